#include "gateway/core/packs.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/packs_check.h"

#define WORDS_MAX 8192

/* ---- parts of a file ---- */

static int
read_dates(const struct conf_node *node, struct dates *dates, struct strbuf *err)
{
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *text = conf_text(node);
	if (!text)
		return conf_fail(
			node, err, "dates between commas are expected, as a text");
	if (dates_add(dates, text, &why) < 0)
		return conf_fail(node, err, "%s", why.s);
	return 0;
}

static int
read_holidays(
	void *dest, const char *name, const struct conf_node *node, struct strbuf *err)
{
	struct pack *p = dest;
	struct dates year AUTO(dates_done) = {0};
	if (!strcmp(name, "source") || !strcmp(name, "confidence")) {
		char **text =
			*name == 's' ? &p->holidays_source : &p->holidays_confidence;
		if (!conf_text(node))
			return conf_fail(node, err, "%s: a text is expected", name);
		*text = xstrdup(conf_text(node));
		return 0;
	}
	if (strlen(name) != 5 || name[0] != 'y' || strspn(name + 1, "0123456789") != 4)
		return conf_fail(node, err,
			"'%s': a year is expected, such as y2026 = \"2026-01-01, ...\"",
			name);
	if (read_dates(node, &year, err) < 0 || packs_check_year(node, &year, err) < 0)
		return -EINVAL;
	dates_join(&p->holidays, &year);
	return 0;
}

#define AT(member) offsetof(struct pack_class, member)
static const struct conf_key class_keys[] = {
	{"hours", CONF_TEXT, AT(hours_text)},
	{"night", CONF_TEXT, AT(night)},
	{"closed_on_holidays", CONF_BOOL, AT(closed_on_holidays)},
	{"caps", CONF_TEXT, AT(caps_text)},
	{"sim", CONF_TEXT, AT(sim)},
	{"sim_parts", CONF_INT, AT(sim_parts), .min = 1, .max = 255},
	{"prefix", CONF_TEXT, AT(prefix)},
	{"suffix", CONF_TEXT, AT(suffix)},
	{"suffix_marks", CONF_TEXT, AT(suffix_marks)},
	{"sender", CONF_BOOL, AT(sender)},
	{"source", CONF_TEXT, AT(source)},
	{"confidence", CONF_TEXT, AT(confidence)},
	{0},
};
#undef AT

static bool
one_of(const char *text, const char *a, const char *b, const char *c)
{
	return !text || !strcmp(text, a) || !strcmp(text, b) || (c && !strcmp(text, c));
}

static int
check_confidence(const struct conf_node *node, const char *text, struct strbuf *err)
{
	if (one_of(text, "high", "medium", "low"))
		return 0;
	return conf_fail(
		node, err, "confidence = \"%s\": high, medium or low is expected", text);
}

static int
read_hours(const struct conf_node *node, struct pack_class *c, struct strbuf *err)
{
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (!c->hours_text)
		return 0;
	if (window_parse(c->hours_text, &c->hours, &why) < 0)
		return conf_fail(conf_get(node, "hours"), err, "%s", why.s);
	if (window_empty(&c->hours))
		return conf_fail(conf_get(node, "hours"), err,
			"these hours are never open: no text could ever leave");
	return 0;
}

static int
read_class(void *dest, const char *name, const struct conf_node *node, struct strbuf *err)
{
	struct pack_rules *rules = dest;
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	enum message_class cls;
	if (message_class_parse(name, &cls) < 0 || cls == CLASS_NOTICE)
		return conf_fail(
			node, err, "'%s': marketing, service or reply is expected", name);
	if (!conf_is_group(node))
		return conf_fail(node, err, "'%s' should be a group { }", name);
	struct pack_class *c = &rules->classes[cls];
	rules->has[cls] = true;
	if (conf_read(node, class_keys, c, err) < 0 || read_hours(node, c, err) < 0 ||
		check_confidence(node, c->confidence, err) < 0)
		return -EINVAL;
	if (c->caps_text && caps_parse(c->caps_text, &c->caps, &why) < 0)
		return conf_fail(conf_get(node, "caps"), err, "%s", why.s);
	if (!one_of(c->night, "consent", "never", NULL))
		return conf_fail(
			node, err, "night = \"%s\": \"consent\" is expected", c->night);
	if (!one_of(c->sim, "refuse", "allow", NULL))
		return conf_fail(
			node, err, "sim = \"%s\": \"refuse\" is expected", c->sim);
	if (c->suffix && !c->suffix_marks)
		return conf_fail(node, err,
			"a suffix needs suffix_marks: the words that show it is there "
			"already");
	return 0;
}

static struct pack_rules *
add_rules(struct pack *p, const char *region)
{
	p->rules = xrealloc(p->rules, (p->rules_count + 1) * sizeof(*p->rules));
	struct pack_rules *r = &p->rules[p->rules_count++];
	*r = (struct pack_rules){0};
	snprintf(r->region, sizeof(r->region), "%s", region);
	return r;
}

static int
read_country_class(
	void *dest, const char *name, const struct conf_node *node, struct strbuf *err)
{
	return read_class(&((struct pack *)dest)->rules[0], name, node, err);
}

static int
read_region(
	void *dest, const char *name, const struct conf_node *node, struct strbuf *err)
{
	struct pack *p = dest;
	if (strlen(name) < 2 || strlen(name) > 3 || !conf_is_group(node))
		return conf_fail(node, err,
			"'%s': a region is two or three letters and a group", name);
	if (pack_region(p, name))
		return conf_fail(node, err, "the region %s stands here twice", name);
	struct pack_rules *r = add_rules(p, name);
	for (size_t i = 0; i < conf_count(node); i++) {
		const struct conf_node *member = conf_at(node, i);
		const char *key = conf_name(member);
		int result = !strcmp(key, "holidays")
				     ? read_dates(member, &r->holidays, err)
				     : read_class(r, key, member, err);
		if (result < 0)
			return result;
	}
	return 0;
}

/* Words by language: the languages only order the file. */
static int
add_words(struct strbuf *list, const struct conf_node *node, struct strbuf *err)
{
	const char *text = conf_text(node);
	if (!text || !*text)
		return conf_fail(
			node, err, "words between commas are expected, as a text");
	strbuf_printf(list, "%s%s", list->len ? ", " : "", text);
	return list->full ? conf_fail(node, err, "there are too many words") : 0;
}

static int
read_stop(void *dest, const char *name, const struct conf_node *node, struct strbuf *err)
{
	(void)name;
	return add_words(&((struct pack *)dest)->stop, node, err);
}

static int
read_hints(void *dest, const char *name, const struct conf_node *node, struct strbuf *err)
{
	(void)name;
	return add_words(&((struct pack *)dest)->hints, node, err);
}

static int
read_start(void *dest, const char *name, const struct conf_node *node, struct strbuf *err)
{
	(void)name;
	return add_words(&((struct pack *)dest)->start, node, err);
}

static int
read_help(void *dest, const char *name, const struct conf_node *node, struct strbuf *err)
{
	(void)name;
	return add_words(&((struct pack *)dest)->help, node, err);
}

/* ---- the file ---- */

#define AT(member) offsetof(struct pack, member)
static const struct conf_key stop_keys[] = {
	{"scope", CONF_TEXT, AT(stop_scope), .required = true},
	{"match", CONF_TEXT, AT(stop_match), .required = true},
	{"after", CONF_TEXT, AT(after_stop)},
	{"say", CONF_TEXT, AT(say_stop), .required = true},
	{"words", CONF_EACH, .each = read_stop, .required = true},
	{"hints", CONF_EACH, .each = read_hints},
	{0},
};
static const struct conf_key start_keys[] = {
	{"say", CONF_TEXT, AT(say_start), .required = true},
	{"words", CONF_EACH, .each = read_start, .required = true},
	{0},
};
static const struct conf_key help_keys[] = {
	{"say", CONF_TEXT, AT(say_help), .required = true},
	{"always", CONF_BOOL, AT(help_always)},
	{"words", CONF_EACH, .each = read_help, .required = true},
	{0},
};
static const struct conf_key consent_keys[] = {
	{"bases", CONF_TEXT, AT(bases), .required = true},
	{"sale_for", CONF_DURATION, AT(sale_for)},
	{"request_for", CONF_DURATION, AT(request_for)},
	{"renew", CONF_DURATION, AT(renew), .min = DAY, .max = 3650 * DAY},
	{"keep", CONF_DURATION, AT(keep_consent)},
	{"source", CONF_ANY},
	{"confidence", CONF_ANY},
	{0},
};
static const struct conf_key notice_keys[] = {
	{"result", CONF_DURATION, AT(notice_result)},
	{"reconfirm", CONF_DURATION, AT(notice_reconfirm)},
	{"granted", CONF_TEXT, AT(say_granted)},
	{"refused", CONF_TEXT, AT(say_refused)},
	{"say", CONF_TEXT, AT(say_reconfirm)},
	{"source", CONF_ANY},
	{"confidence", CONF_ANY},
	{0},
};
static const struct conf_key retention_keys[] = {
	{"texts", CONF_DURATION, AT(keep_texts), .min = DAY, .max = 36500 * DAY},
	{"raw", CONF_DURATION, AT(keep_raw), .min = DAY, .max = 36500 * DAY},
	{"events", CONF_DURATION, AT(keep_events), .min = 3 * DAY, .max = 36500 * DAY},
	{"source", CONF_ANY},
	{"confidence", CONF_ANY},
	{0},
};
static const struct conf_key sim_keys[] = {
	{"marketing", CONF_TEXT, AT(sim_marketing)},
	{"all", CONF_TEXT, AT(sim_all)},
	{"recipients", CONF_TEXT, AT(sim_recipients)},
	{"reserve", CONF_INT, AT(sim_reserve), .min = 0, .max = 100000},
	{"source", CONF_ANY},
	{"confidence", CONF_ANY},
	{0},
};
static const struct conf_key length_keys[] = {
	{"charset", CONF_TEXT, AT(charset), .required = true},
	{"sms", CONF_INT, AT(sms_bytes), .required = true, .min = 1, .max = 10000},
	{"lms", CONF_INT, AT(lms_bytes), .required = true, .min = 1, .max = 100000},
	{0},
};
static const struct conf_key pack_keys[] = {
	{"format", CONF_ANY},
	{"country", CONF_TEXT, AT(country), .required = true},
	{"name", CONF_TEXT, AT(name), .required = true},
	{"lang", CONF_TEXT, AT(lang)},
	{"day_first", CONF_BOOL, AT(day_first)},
	{"forbids", CONF_TEXT, AT(forbids)},
	{"as_of", CONF_TEXT, AT(as_of), .required = true},
	{"source", CONF_TEXT, AT(source), .required = true},
	{"confidence", CONF_TEXT, AT(confidence), .required = true},
	{"classes", CONF_EACH, .each = read_country_class},
	{"regions", CONF_EACH, .each = read_region},
	{"stop", CONF_GROUP, .sub = stop_keys, .required = true},
	{"start", CONF_GROUP, .sub = start_keys, .required = true},
	{"help", CONF_GROUP, .sub = help_keys, .required = true},
	{"consent", CONF_GROUP, .sub = consent_keys, .required = true},
	{"notices", CONF_GROUP, .sub = notice_keys},
	{"retention", CONF_GROUP, .sub = retention_keys},
	{"sim", CONF_GROUP, .sub = sim_keys},
	{"lengths", CONF_GROUP, .sub = length_keys},
	{"holidays", CONF_EACH, .each = read_holidays},
	{0},
};
#undef AT

static int
read_budget(const struct conf_node *sim, const char *name, const char *text,
	struct caps *caps, struct strbuf *err)
{
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (text && caps_parse(text, caps, &why) < 0)
		return conf_fail(conf_get(sim, name), err, "%s", why.s);
	return 0;
}

static int
check_pack(const struct conf_node *node, struct pack *p, struct strbuf *err)
{
	const struct conf_node *stop = conf_get(node, "stop"),
			       *sim = conf_get(node, "sim");
	if (!one_of(p->stop_scope, "marketing", "all", NULL))
		return conf_fail(stop, err,
			"scope = \"%s\": \"marketing\" or \"all\" is expected",
			p->stop_scope);
	if (!one_of(p->stop_match, "exact", "first-word", NULL))
		return conf_fail(stop, err,
			"match = \"%s\": \"exact\" or \"first-word\" is expected",
			p->stop_match);
	if (!one_of(p->after_stop, "human", "nobody", NULL))
		return conf_fail(stop, err,
			"after = \"%s\": \"human\" or \"nobody\" is expected",
			p->after_stop);
	if (check_confidence(node, p->confidence, err) < 0)
		return -EINVAL;
	if ((p->notice_result && (!p->say_granted || !p->say_refused)) ||
		(p->notice_reconfirm && !p->say_reconfirm))
		return conf_fail(conf_get(node, "notices"), err,
			"a notice needs its words: granted and refused for result, say "
			"for "
			"reconfirm");
	if (p->renew && p->notice_reconfirm >= p->renew)
		return conf_fail(conf_get(node, "notices"), err,
			"reconfirm has to come before the grant is due for renewal "
			"(consent.renew)");
	if (!sim)
		return 0;
	if (read_budget(sim, "marketing", p->sim_marketing, &p->sim_marketing_caps, err) <
			0 ||
		read_budget(sim, "all", p->sim_all, &p->sim_all_caps, err) < 0)
		return -EINVAL;
	return read_budget(
		sim, "recipients", p->sim_recipients, &p->sim_recipients_caps, err);
}

int
pack_load(const char *path, struct pack *ret, struct strbuf *err)
{
	*ret = (struct pack){0};
	strbuf_init(&ret->stop, WORDS_MAX);
	strbuf_init(&ret->hints, WORDS_MAX);
	strbuf_init(&ret->start, WORDS_MAX);
	strbuf_init(&ret->help, WORDS_MAX);
	add_rules(ret, "");
	int r = packs_open(path, &ret->document, err);
	const struct conf_node *root = r ? NULL : conf_root(ret->document);
	const struct conf_node *node = root ? conf_get(root, "pack") : NULL;
	if (root && (!node || !conf_is_group(node)))
		r = conf_fail(root, err, "pack = { country = \"KR\"; ... }; is expected");
	if (!r)
		r = conf_read(node, pack_keys, ret, err);
	if (!r)
		r = check_pack(node, ret, err);
	if (!r)
		r = packs_check(node, ret, err);
	if (!r && !ret->lang)
		ret->lang = xstrdup("en");
	if (r)
		pack_free(ret);
	return r;
}

void
pack_free(struct pack *p)
{
	conf_free(pack_keys, p);
	for (size_t i = 0; i < p->rules_count; i++) {
		for (int c = 0; c < CLASS_COUNT; c++)
			conf_free(class_keys, &p->rules[i].classes[c]);
		dates_done(&p->rules[i].holidays);
	}
	free(p->rules);
	dates_done(&p->holidays);
	free(p->holidays_source);
	free(p->holidays_confidence);
	strbuf_done(&p->stop);
	strbuf_done(&p->hints);
	strbuf_done(&p->start);
	strbuf_done(&p->help);
	conf_close(p->document);
	*p = (struct pack){0};
}
