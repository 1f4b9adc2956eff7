#include "gateway/outreach/spec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/conf.h"
#include "gateway/base/iso.h"
#include "gateway/base/suggest.h"
#include "gateway/core/audience.h"
#include "gateway/text/expr.h"
#include "gateway/text/window.h"

/* Where the reader is, for sentences. */
struct reading {
	struct spec *spec;
	char *field; /* 128 bytes */
	struct strbuf *err;
};

static int
wrong(struct reading *r, const char *field, const char *fmt, ...) PRINTF_LIKE(3, 4);
static int
wrong(struct reading *r, const char *field, const char *fmt, ...)
{
	va_list ap;
	snprintf(r->field, 128, "%s", field);
	strbuf_reset(r->err);
	strbuf_printf(r->err, "%s: ", field);
	va_start(ap, fmt);
	strbuf_vprintf(r->err, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

bool
spec_name_good(const char *name)
{
	size_t n = strlen(name);
	return n > 0 && n < SPEC_NAME - 8 && *name != '-' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

/* ---- values ---- */

struct key {
	const char *name;
	int (*read)(struct reading *r, const char *field, const json_t *v, void *to);
	size_t offset, size;
};

/* Every member by the table; `prefix` is "winner." */
static int
read_keys(struct reading *r, const char *prefix, const json_t *object,
	const struct key *keys, size_t count, void *dest)
{
	const char *name;
	json_t *v;
	char field[128];
	if (!json_is_object(object)) {
		snprintf(field, sizeof(field), "%.*s",
			(int)MAX((int)strlen(prefix) - 1, 0), prefix);
		return wrong(r, field, "a group { ... } is expected");
	}
	json_object_foreach((json_t *)(uintptr_t)object, name, v)
	{
		size_t i = 0;
		snprintf(field, sizeof(field), "%s%.60s", prefix, name);
		while (i < count && strcmp(keys[i].name, name) != 0)
			i++;
		if (i == count) {
			struct suggest near;
			suggest_init(&near, name);
			for (i = 0; i < count; i++)
				suggest_offer(&near, keys[i].name);
			return wrong(r, field, "there is no such setting%s%s%s",
				near.best ? "; did you mean '" : "",
				near.best ? near.best : "", near.best ? "'?" : "");
		}
		if (keys[i].size && json_is_string(v) &&
			json_string_length(v) >= keys[i].size)
			return wrong(r, field, "at most %zu bytes are expected",
				keys[i].size - 1);
		int e = keys[i].read(r, field, v, (char *)dest + keys[i].offset);
		if (e < 0)
			return e;
	}
	return 0;
}

static const char *
text_of(struct reading *r, const char *field, const json_t *v)
{
	if (json_is_string(v) && json_string_length(v))
		return json_string_value(v);
	wrong(r, field, "a text is expected");
	return NULL;
}

static int
take_text(struct reading *r, const char *field, const json_t *v, void *to)
{
	const char *text = text_of(r, field, v);
	if (!text)
		return -EINVAL;
	memcpy(to, text, strlen(text) + 1); /* read_keys() knows the size */
	return 0;
}

static int
take_name(struct reading *r, const char *field, const json_t *v, void *to)
{
	const char *text = text_of(r, field, v);
	if (!text)
		return -EINVAL;
	if (!spec_name_good(text))
		return wrong(r, field,
			"a name is a-z, 0-9 and -, at most %d of them; found \"%.40s\"",
			SPEC_NAME - 9, text);
	return take_text(r, field, v, to);
}

static int
take_rule(struct reading *r, const char *field, const json_t *v, void *to)
{
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct expr *e;
	const char *text = text_of(r, field, v);
	if (!text)
		return -EINVAL;
	if (expr_parse(text, &e, &why) < 0)
		return wrong(r, field, "%s", why.s);
	expr_free(e);
	return take_text(r, field, v, to);
}

static int
take_duration(struct reading *r, const char *field, const json_t *v, void *to)
{
	int64_t ms;
	if (!json_is_string(v) || conf_duration(json_string_value(v), &ms) < 0 || ms <= 0)
		return wrong(
			r, field, "a time like \"90m\", \"4h\" or \"2d\" is expected");
	*(int64_t *)to = ms;
	return 0;
}

static int
take_percent(struct reading *r, const char *field, const json_t *v, void *to)
{
	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
		json_integer_value(v) > 100)
		return wrong(
			r, field, "a whole number of percent, 0 to 100, is expected");
	*(int64_t *)to = json_integer_value(v);
	return 0;
}

static int
take_number(struct reading *r, const char *field, const json_t *v, void *to)
{
	if (!json_is_integer(v) || json_integer_value(v) < 1 ||
		json_integer_value(v) > 1000000)
		return wrong(r, field, "a whole number from 1 is expected");
	*(int64_t *)to = json_integer_value(v);
	return 0;
}

static int
take_moment(struct reading *r, const char *field, const json_t *v, void *to)
{
	if (!json_is_string(v) || iso_parse(json_string_value(v), to, NULL) < 0)
		return wrong(r, field,
			"a moment like \"2026-12-01T09:00:00+09:00\" is expected");
	return 0;
}

static int
take_class(struct reading *r, const char *field, const json_t *v, void *to)
{
	const char *text = text_of(r, field, v);
	enum message_class cls;
	if (!text || message_class_parse(text, &cls) < 0 ||
		(cls != CLASS_MARKETING && cls != CLASS_SERVICE))
		return wrong(r, field, "marketing or service is expected");
	*(enum message_class *)to = cls;
	return 0;
}

static int
take_cap(struct reading *r, const char *field, const json_t *v, void *to)
{
	const char *text = json_is_string(v) ? json_string_value(v) : "";
	*(bool *)to = !strcmp(text, "skip");
	return *(bool *)to || !strcmp(text, "defer")
		       ? 0
		       : wrong(r, field, "skip or defer is expected");
}

static int
take_by(struct reading *r, const char *field, const json_t *v, void *to)
{
	static const char *const names[] = {"goal", "reply", "click"};
	for (size_t i = 0; json_is_string(v) && i < ARRAY_LEN(names); i++)
		if (!strcmp(json_string_value(v), names[i]))
			return take_text(r, field, v, to);
	return wrong(r, field, "goal, reply or click is expected");
}

static int
take_slot(struct reading *r, const char *field, const json_t *v, void *to)
{
	static const char days[] = "mon tue wed thu fri sat sun";
	const char *text = text_of(r, field, v);
	char day[4], more;
	int hour, minute;
	if (!text)
		return -EINVAL;
	if (!strcmp(text, "now"))
		return take_text(r, field, v, to);
	if (sscanf(text, "%3s %2d:%2d%c", day, &hour, &minute, &more) != 3 ||
		strlen(day) != 3 || !strstr(days, day) || hour < 0 || hour > 22 ||
		minute < 0 || minute > 59 || strlen(text) != 9)
		return wrong(r, field,
			"\"%.40s\" is no slot; write it like \"thu 12:00\", or \"now\"",
			text);
	return take_text(r, field, v, to);
}

/* "600/1h" */
static int
take_throttle(struct reading *r, const char *field, const json_t *v, void *to)
{
	struct spec *s = to;
	const char *text = json_is_string(v) ? json_string_value(v) : "";
	char *end;
	long n = strtol(text, &end, 10);
	if (n < 1 || n > 1000000 || *end != '/' ||
		conf_duration(end + 1, &s->throttle_per) < 0 || s->throttle_per <= 0)
		return wrong(r, field,
			"so many people in a time, like \"600/1h\", is "
			"expected");
	s->throttle = n;
	return 0;
}

/* ---- texts ---- */

/* What may be missing needs a fallback: a raw gap must not leave. */
static int
check_place(struct reading *r, const char *field, const struct template_place *p)
{
	static const char *const sure[] = {"shop", "now", "contact.phone"};
	if (p->function)
		return 0; /* an empty pool pauses the campaign */
	for (size_t i = 0; i < ARRAY_LEN(sure); i++)
		if (!strcmp(p->path, sure[i]))
			return 0;
	if (strcmp(p->path, "name") != 0 && strncmp(p->path, "contact.", 8) != 0)
		return wrong(r, field,
			"{%s} is nothing a campaign knows: contact.*, name, shop, now "
			"and "
			"{coupon:}, {link:}, {price:} are",
			p->path);
	return p->fallback ? 0
			   : wrong(r, field,
				     "{%s} may be missing: say what stands there then, "
				     "{%s|...}",
				     p->path, p->path);
}

static int
add_text(struct reading *r, const char *field, const char *lang, const json_t *v,
	struct spec_text *to)
{
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct template *t;
	const char *text = text_of(r, field, v);
	if (!text)
		return -EINVAL;
	if (to->count == SPEC_LANGUAGES || strlen(lang) >= sizeof(to->of[0].lang))
		return wrong(r, field,
			"at most %d languages, as \"ko\" or \"en\", are "
			"expected",
			SPEC_LANGUAGES);
	if (strlen(text) > SPEC_TEXT)
		return wrong(r, field, "at most %d bytes are expected", SPEC_TEXT);
	if (template_parse(text, &t, &why) < 0)
		return wrong(r, field, "%s", why.s);
	snprintf(to->of[to->count].lang, sizeof(to->of[0].lang), "%s", lang);
	to->of[to->count++].text = t;
	for (size_t i = 0; i < template_count(t); i++) {
		struct template_place p = template_at(t, i);
		int e = check_place(r, field, &p);
		if (e < 0)
			return e;
	}
	return 0;
}

static int
take_texts(struct reading *r, const char *field, const json_t *v, void *to)
{
	const char *lang;
	json_t *one;
	char inner[128];
	struct spec_text *text = to;
	if (!json_is_object(v))
		return add_text(r, field, "", v, text);
	json_object_foreach((json_t *)(uintptr_t)v, lang, one)
	{
		snprintf(inner, sizeof(inner), "%.100s.%.16s", field, lang);
		int e = add_text(r, inner, lang, one, text);
		if (e < 0)
			return e;
	}
	return text->count ? 0 : wrong(r, field, "a text is expected");
}

static int
take_text_alone(struct reading *r, const char *field, const json_t *v, void *to)
{
	struct spec *s = to;
	if (s->variant_count)
		return wrong(r, field, "either text or variants, not both");
	s->variants[0].share = 100;
	s->variant_count = 1;
	return take_texts(r, field, v, &s->variants[0].text);
}

const struct template *
spec_text_for(const struct spec_text *text, const char *lang)
{
	for (size_t i = 0; i < text->count; i++)
		if (lang && !strcmp(text->of[i].lang, lang))
			return text->of[i].text;
	return text->count ? text->of[0].text : NULL;
}

bool
spec_draws(const struct spec_text *text)
{
	for (size_t i = 0; i < text->count; i++)
		for (size_t k = 0; k < template_count(text->of[i].text); k++)
			if (template_at(text->of[i].text, k).function)
				return true;
	return false;
}

/* ---- groups ---- */

#define AT(type, member) offsetof(type, member), sizeof(((type *)0)->member)

static int
take_variants(struct reading *r, const char *field, const json_t *v, void *to)
{
	static const struct key keys[] = {
		{"share", take_percent, offsetof(struct spec_variant, share), 0},
		{"text", take_texts, offsetof(struct spec_variant, text), 0}};
	struct spec *s = to;
	const char *name;
	json_t *one;
	char inner[128];
	int64_t sum = 0;
	if (s->variant_count)
		return wrong(r, field, "either text or variants, not both");
	if (!json_is_object(v) || json_object_size(v) < 2 ||
		json_object_size(v) > SPEC_VARIANTS)
		return wrong(r, field, "a group of 2 to %d variants is expected",
			SPEC_VARIANTS);
	json_object_foreach((json_t *)(uintptr_t)v, name, one)
	{
		struct spec_variant *new = &s->variants[s->variant_count++];
		snprintf(inner, sizeof(inner), "%s.%.40s.", field, name);
		if (!spec_name_good(name))
			return wrong(
				r, field, "\"%.40s\" is no name: a-z, 0-9 and -", name);
		snprintf(new->name, sizeof(new->name), "%s", name);
		int e = read_keys(r, inner, one, keys, ARRAY_LEN(keys), new);
		if (e < 0)
			return e;
		if (!new->text.count)
			return wrong(r, field, "variant '%s' has no text", name);
		sum += new->share;
	}
	return sum == 100
		       ? 0
		       : wrong(r, field, "the shares make %lld, not 100", (long long)sum);
}

static int
take_winner(struct reading *r, const char *field, const json_t *v, void *to)
{
	static const struct key keys[] = {{"by", take_by, AT(struct spec, winner.by)},
		{"min_each", take_number, offsetof(struct spec, winner.min_each), 0},
		{"sure", take_percent, offsetof(struct spec, winner.sure), 0},
		{"test", take_percent, offsetof(struct spec, winner.test), 0},
		{"after", take_duration, offsetof(struct spec, winner.after), 0}};
	struct spec *s = to;
	int e = read_keys(r, "winner.", v, keys, ARRAY_LEN(keys), s);
	if (e < 0)
		return e;
	if (!*s->winner.by)
		return wrong(r, field, "`by` is missing: goal, reply or click");
	if (s->winner.sure < 50 || s->winner.sure > 99)
		return wrong(r, "winner.sure", "50 to 99 percent are expected");
	return 0;
}

static int
take_stages(struct reading *r, const char *field, const json_t *v, void *to)
{
	static const struct key keys[] = {{"if", take_rule, AT(struct spec_stage, rule)},
		{"wait", take_duration, offsetof(struct spec_stage, wait), 0}};
	struct spec *s = to;
	const char *name;
	json_t *one;
	char inner[128];
	if (!json_is_object(v) || !json_object_size(v) ||
		json_object_size(v) > SPEC_STAGES)
		return wrong(
			r, field, "a group of 1 to %d stages is expected", SPEC_STAGES);
	json_object_foreach((json_t *)(uintptr_t)v, name, one)
	{
		struct spec_stage *new = &s->stages[s->stage_count++];
		snprintf(new->name, sizeof(new->name), "%.60s", name);
		snprintf(inner, sizeof(inner), "%s.%.40s.", field, name);
		int e = read_keys(r, inner, one, keys, ARRAY_LEN(keys), new);
		if (e < 0)
			return e;
		if (!*new->rule || !new->wait)
			return wrong(r, field,
				"stage '%.40s' needs `if` (who) and `wait` (how long "
				"before "
				"the next)",
				name);
	}
	return 0;
}

static int
take_goal(struct reading *r, const char *field, const json_t *v, void *to)
{
	static const struct key keys[] = {{"event", take_text, AT(struct spec, goal)},
		{"within", take_duration, offsetof(struct spec, within), 0}};
	struct spec *s = to;
	int e = read_keys(r, "goal.", v, keys, ARRAY_LEN(keys), s);
	return e < 0 ? e : *s->goal ? 0 : wrong(r, field, "`event` is missing");
}

static int
take_remind(struct reading *r, const char *field, const json_t *v, void *to)
{
	static const struct key keys[] = {
		{"after", take_duration, offsetof(struct spec, remind_after), 0},
		{"text", take_texts, offsetof(struct spec, remind), 0}};
	struct spec *s = to;
	int e = read_keys(r, "remind.", v, keys, ARRAY_LEN(keys), s);
	if (e < 0)
		return e;
	return s->remind_after && s->remind.count
		       ? 0
		       : wrong(r, field, "`after` and `text` are needed");
}

static const struct key keys[] = {
	{"name", take_name, AT(struct spec, name)},
	{"title", take_text, AT(struct spec, title)},
	{"audience", take_name, AT(struct spec, audience)},
	{"if", take_rule, AT(struct spec, rule)},
	{"class", take_class, offsetof(struct spec, cls), 0},
	{"channel", take_text, AT(struct spec, channel)},
	{"tag", take_text, AT(struct spec, tag)},
	{"slot", take_slot, AT(struct spec, slot)},
	{"at", take_moment, offsetof(struct spec, at), 0},
	{"expires", take_duration, offsetof(struct spec, expires), 0},
	{"cap", take_cap, offsetof(struct spec, skip_capped), 0},
	{"text", take_text_alone, 0, 0},
	{"variants", take_variants, 0, 0},
	{"winner", take_winner, 0, 0},
	{"stages", take_stages, 0, 0},
	{"throttle", take_throttle, 0, 0},
	{"holdout", take_percent, offsetof(struct spec, holdout), 0},
	{"goal", take_goal, 0, 0},
	{"remind", take_remind, 0, 0},
};

/* What one setting asks of another. */
static int
check_whole(struct reading *r)
{
	struct spec *s = r->spec;
	if (!*s->name)
		return wrong(r, "name", "it is missing");
	if (!s->variant_count)
		return wrong(r, "text", "it is missing");
	if (!*s->audience && !*s->rule)
		return wrong(r, "audience",
			"whom it is for is missing: audience = \"NAME\" or if = "
			"\"EXPRESSION\" (audience = \"everybody\" is everybody)");
	if (s->holdout > 90)
		return wrong(
			r, "holdout", "more than 90 percent leave nobody to write to");
	if (*s->winner.by && s->variant_count < 2)
		return wrong(r, "winner", "there are no variants to choose from");
	if (!strcmp(s->winner.by, "goal") && !*s->goal)
		return wrong(r, "winner.by", "the campaign has no goal");
	if (s->winner.test && (!s->winner.after || s->winner.test > 90))
		return wrong(r, "winner.test",
			"with `test` (at most 90) `after` says how long the test runs");
	if (s->winner.test && s->stage_count)
		return wrong(
			r, "stages", "a campaign tests first or has stages, not both");
	if (s->remind_after && !*s->goal)
		return wrong(r, "remind",
			"a reminder is for those who did not reach the "
			"goal: `goal` is missing");
	if (!*s->slot && s->cls == CLASS_MARKETING)
		snprintf(s->slot, sizeof(s->slot), "%s", AUDIENCE_SLOT);
	if (!strcmp(s->slot, "now"))
		*s->slot = '\0';
	if (!s->within)
		s->within = 5 * DAY;
	return 0;
}

int
spec_read(const json_t *object, struct spec **ret, char field[128], struct strbuf *err)
{
	struct spec *s = xcalloc(1, sizeof(*s));
	struct reading r = {s, field, err};
	*field = '\0';
	s->cls = CLASS_MARKETING;
	s->winner.min_each = 200;
	s->winner.sure = 95;
	int e = read_keys(&r, "", object, keys, ARRAY_LEN(keys), s);
	if (!e)
		e = check_whole(&r);
	if (e < 0) {
		spec_free(s);
		return e;
	}
	*ret = s;
	return 0;
}

static void
text_free(struct spec_text *text)
{
	for (size_t i = 0; i < text->count; i++)
		template_free(text->of[i].text);
}

void
spec_free(struct spec *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->variant_count; i++)
		text_free(&s->variants[i].text);
	text_free(&s->remind);
	free(s);
}
