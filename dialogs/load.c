/* A file to a script: the strict walk. One table for each group of the language; a key
 * that is in no table is an error with the nearest name. What stands around the steps,
 * and where their gotos lead; the steps themselves are load_steps.c's. */
#include "dialogs/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/conf.h"
#include "gateway/base/suggest.h"
#include "dialogs/journey.h"

#define ID_MAX 60

/* ---- the file ---- */

GROUP_READER(rd_start_group, script_keywords,
	{"keywords", load_str, AT(script_keywords, words)},
	{"match", load_match, AT(script_keywords, match)},
	{"rank", load_int, AT(script_keywords, rank)},
	{"unless", load_expr, AT(script_keywords, unless)},
	{"else", load_target, AT(script_keywords, otherwise)},
	{"from", load_str, AT(script_keywords, from)})

static int
rd_start(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_keywords *k = slot;
	k->rank = 10;
	int r = rd_start_group(l, n, slot);
	if (r < 0)
		return r;
	if (!k->words)
		return conf_fail(n, l->err, "'start' lacks its 'keywords'");
	if (!k->unless != !k->otherwise.name)
		return conf_fail(n, l->err, "'unless' and 'else' come together");
	return load_words(l, conf_get(n, "keywords"), &k->set);
}

static const struct rule words_rules[] = {{"restart", load_words, AT(script, restart)},
	{"leave", load_words, AT(script, leave)}, {0}};
static const struct rule expire_rules[] = {{"after", load_span, AT(script, expire_after)},
	{"then", load_target, AT(script, expire_then)}, {0}};

static int
rd_local_words(struct loader *l, const struct conf_node *n, void *slot)
{
	return load_read_group(l, n, words_rules, slot);
}

static int
rd_expire(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script *s = slot;
	int r = load_read_group(l, n, expire_rules, s);
	return !r && !s->expire_after ? conf_fail(n, l->err, "'expire' lacks 'after'")
				      : r;
}

static const struct rule dialog_rules[] = {{"title", load_str, AT(script, title)},
	{"class", load_class, AT(script, cls)}, {"basis", load_str, AT(script, basis)},
	{"start", rd_start, AT(script, start)}, {"words", rd_local_words, 0},
	{"expire", rd_expire, 0}, {"pin", load_bool, AT(script, pin)},
	{"steps", load_steps, 0}, {0}};

#define JN(member) AT(script, journey.member)

static int
rd_mode(struct loader *l, const struct conf_node *n, void *slot)
{
	return load_one_of(l, n, "leave, pause", slot);
}

static const struct rule exit_rules[] = {{"event", load_str, AT(script_exit, event)},
	{"if", load_expr, AT(script_exit, cond)},
	{"mark", load_str, AT(script_exit, mark)},
	{"mode", rd_mode, AT(script_exit, mode)},
	{"give_up", load_span, AT(script_exit, give_up)}, {0}};

static int
rd_exits(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script *s = slot;
	if (!conf_is_group(n))
		return load_want(l, n, "a group { name = { event = \"...\"; }; }");
	struct script_exit *e = arena_alloc(&s->arena, (conf_count(n) + 1) * sizeof(*e));
	for (size_t i = 0; i < conf_count(n); i++) {
		const struct conf_node *one = conf_at(n, i);
		e[i] = (struct script_exit){.line = conf_line(one),
			.name = arena_strdup(&s->arena, conf_name(one))};
		int r = load_read_group(l, one, exit_rules, &e[i]);
		if (!r && !e[i].event)
			r = conf_fail(one, l->err, "the exit '%s' lacks its 'event'",
				e[i].name);
		if (r < 0)
			return r;
	}
	s->journey.exits = e;
	s->journey.exit_count = conf_count(n);
	return 0;
}

static const struct rule trigger_rules[] = {{"event", load_str, JN(trigger.event)},
	{"date", load_str, JN(trigger.date)}, {"segment", load_expr, JN(trigger.segment)},
	{"keyword", load_str, JN(trigger.keyword)},
	{"settle", load_span, JN(trigger.settle)},
	{"before", load_span, JN(trigger.before)},
	{"after", load_span, JN(trigger.after)}, {"if", load_expr, JN(trigger.cond)},
	{0}};

static int
rd_trigger(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script *s = slot;
	int r = load_read_group(l, n, trigger_rules, s);
	s->journey.trigger.line = conf_line(n);
	if (r < 0)
		return r;
	if (!!s->journey.trigger.event + !!s->journey.trigger.date +
			!!s->journey.trigger.segment + !!s->journey.trigger.keyword !=
		1)
		return conf_fail(
			n, l->err, "'trigger' has one of event, date, segment, keyword");
	if (!s->journey.trigger.keyword)
		return 0;
	s->start = (struct script_keywords){.words = s->journey.trigger.keyword,
		.match = MATCH_FIRST_WORD,
		.rank = 10,
		.line = conf_line(n)};
	return load_words(l, conf_get(n, "keyword"), &s->start.set);
}

/* What only journeys ask of their own settings. */
static int
check_journey(struct loader *l, const struct conf_node *body)
{
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	const struct conf_node *window = conf_get(body, "window");
	struct window w;
	if (window && journey_window(l->s, &w, &why) < 0)
		return conf_fail(window, l->err, "window: %s", why.s);
	if (!journey_good(l->s, &why))
		return conf_fail(body, l->err, "%s", why.s);
	return 0;
}

/* Sub-groups whose members sit in the script itself. */
#define PLAIN_GROUP(fn, ...)                                                             \
	static int fn(struct loader *l, const struct conf_node *n, void *slot)           \
	{                                                                                \
		static const struct rule rules[] = {__VA_ARGS__, {0}};                   \
		return load_read_group(l, n, rules, slot);                               \
	}

static int
rd_on_hit(struct loader *l, const struct conf_node *n, void *slot)
{
	return load_one_of(l, n, "skip, defer", slot);
}

static int
rd_busy(struct loader *l, const struct conf_node *n, void *slot)
{
	return load_one_of(l, n, "wait, skip, interrupt", slot);
}

PLAIN_GROUP(rd_again, {"after", load_span, JN(again.after)},
	{"max", load_int, JN(again.max)}, {"per", load_span, JN(again.per)})
PLAIN_GROUP(rd_window, {"hours", load_str, JN(window.hours)},
	{"days", load_str, JN(window.days)}, {"spread", load_span, JN(window.spread)},
	{"tz", load_str, JN(window.tz)})
PLAIN_GROUP(rd_late, {"drop_after", load_span, JN(late.drop_after)},
	{"since", load_str, JN(late.since)}, {"recheck", load_bool, JN(late.recheck)})
PLAIN_GROUP(
	rd_cap, {"group", load_str, JN(cap.group)}, {"on_hit", rd_on_hit, JN(cap.on_hit)})
PLAIN_GROUP(rd_goal, {"event", load_str, JN(goal.event)},
	{"within", load_span, JN(goal.within)}, {"credit", load_str, JN(goal.credit)})

static const struct rule journey_rules[] = {{"title", load_str, AT(script, title)},
	{"class", load_class, AT(script, cls)}, {"basis", load_str, AT(script, basis)},
	{"trigger", rd_trigger, 0}, {"key", load_str, JN(key)}, {"again", rd_again, 0},
	{"exit", rd_exits, 0}, {"window", rd_window, 0}, {"late", rd_late, 0},
	{"cap", rd_cap, 0}, {"holdout", load_percent, JN(holdout)}, {"goal", rd_goal, 0},
	{"busy", rd_busy, JN(busy)}, {"words", rd_local_words, 0},
	{"expire", rd_expire, 0}, {"pin", load_bool, AT(script, pin)},
	{"steps", load_steps, 0}, {0}};

/* ---- resolving ---- */

static int
resolve(struct loader *l, struct script_target *t)
{
	struct script *s = l->s;
	struct suggest near;
	t->step = -1;
	if (!t->name)
		return 0;
	suggest_init(&near, t->name);
	for (size_t i = 0; i < s->step_count; i++) {
		if (!strcmp(s->steps[i].name, t->name)) {
			t->step = (int)i;
			return 0;
		}
		suggest_offer(&near, s->steps[i].name);
	}
	if (l->err)
		strbuf_printf(l->err, "%s%s:%u: there is no step '%s'%s%s%s",
			l->err->len ? "\n" : "", s->file, t->line, t->name,
			near.best ? "; did you mean '" : "", near.best ? near.best : "",
			near.best ? "'?" : "");
	return -EINVAL;
}

static int
resolve_step(struct loader *l, struct step *s)
{
	struct script_target *all[] = {&s->go, &s->other, &s->none, &s->retry.then,
		&s->timeout.then, &s->on.none, &s->on.one, &s->on.many, &s->on.error};
	int r = 0;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		r |= resolve(l, all[i]);
	for (size_t i = 0; i < s->answers.count; i++)
		r |= resolve(l, (struct script_target *)&s->answers.items[i].go);
	for (size_t i = 0; i < s->case_count; i++)
		r |= resolve(l, (struct script_target *)&s->cases[i].go);
	return r;
}

static int
resolve_all(struct loader *l)
{
	struct script *s = l->s;
	int r = resolve(l, &s->start.otherwise);
	r |= resolve(l, &s->expire_then);
	for (size_t i = 0; i < s->step_count; i++)
		r |= resolve_step(l, &s->steps[i]);
	return r;
}

/* FNV-1a: names a version, protects nothing. */
static void
hash_text(const char *text, size_t len, char ret[17])
{
	uint64_t h = UINT64_C(14695981039346656037);
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
	snprintf(ret, 17, "%016llx", (unsigned long long)h);
}

static char *
id_of(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *dot = strrchr(name, '.');
	return arena_strndup(
		a, name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
}

static int
read_root(struct loader *l, const struct conf_node *root)
{
	static const char *const keys[] = {"format", "dialog", "journey"};
	const struct conf_node *dialog = conf_get(root, "dialog");
	const struct conf_node *journey = conf_get(root, "journey");
	const struct conf_node *format = conf_get(root, "format"), *body;
	int64_t version;
	for (size_t i = 0; i < conf_count(root); i++) {
		const struct conf_node *n = conf_at(root, i);
		struct suggest near;
		bool known = false;
		suggest_init(&near, conf_name(n));
		for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
			known = known || !strcmp(keys[k], conf_name(n));
			suggest_offer(&near, keys[k]);
		}
		if (!known)
			return conf_fail(n, l->err,
				"there is no '%s' in a script; it has 'format' and "
				"one 'dialog' or 'journey'",
				conf_name(n));
	}
	if (!format || !conf_int(format, &version) || version != 1) {
		strbuf_set(l->err, "%s:%u: a script begins with: format = 1;", l->s->file,
			format ? conf_line(format) : 1);
		return -EINVAL;
	}
	if (!dialog == !journey) {
		strbuf_set(l->err, "%s:1: a script holds one 'dialog' or one 'journey'",
			l->s->file);
		return -EINVAL;
	}
	body = dialog ? dialog : journey;
	l->s->is_journey = journey != NULL;
	l->s->line = conf_line(body);
	int r = load_read_group(l, body, dialog ? dialog_rules : journey_rules, l->s);
	if (!r && !l->s->step_count)
		return conf_fail(body, l->err, "'%s' has no 'steps'", conf_name(body));
	if (!r && journey && !l->s->journey.trigger.line)
		return conf_fail(body, l->err, "a journey needs its 'trigger'");
	if (!r && journey)
		r = check_journey(l, body);
	return r;
}

int
script_parse(const char *path, const char *text, size_t len, struct script **ret,
	struct strbuf *err)
{
	struct conf *conf;
	int r = conf_parse(path, text, len, &conf, err);
	if (r < 0)
		return r;
	struct script *s = xcalloc(1, sizeof(*s));
	struct loader l = {.s = s, .err = err};
	s->file = arena_strdup(&s->arena, path);
	s->id = id_of(&s->arena, path);
	hash_text(text, len, s->hash);
	if (strlen(s->id) > ID_MAX) {
		strbuf_set(err, "%s:1: the name of a script's file has at most %d bytes",
			path, ID_MAX);
		conf_close(conf);
		script_free(s);
		return -EINVAL;
	}
	r = read_root(&l, conf_root(conf));
	if (!r)
		r = resolve_all(&l);
	conf_close(conf);
	if (r < 0) {
		script_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

static int
read_file(const char *path, struct strbuf *text, struct strbuf *err)
{
	FILE *f = fopen(path, "re");
	char chunk[8192];
	size_t n;
	if (!f) {
		int e = errno;
		strbuf_set(err, "%s: cannot be opened: %s", path, strerror(e));
		return -e;
	}
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0 && !text->full)
		strbuf_add(text, chunk, n);
	bool failed = ferror(f) || text->full;
	fclose(f);
	if (failed)
		strbuf_set(err, "%s: cannot be read, or is larger than 1 MiB", path);
	return failed ? -EINVAL : 0;
}

int
script_load(const char *path, struct script **ret, struct strbuf *err)
{
	struct strbuf text = STRBUF_INIT(1 << 20);
	int r = read_file(path, &text, err);
	if (!r)
		r = script_parse(path, text.s, text.len, ret, err);
	strbuf_done(&text);
	return r;
}

void
script_free(struct script *s)
{
	if (!s)
		return;
	arena_done(&s->arena);
	free(s);
}
