/* A file to a script: the strict walk. One table for each group of the language; a key
 * that is in no table is an error with the nearest name. */
#include "dialogs/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/conf.h"
#include "gateway/base/suggest.h"

#define STEPS_MAX 1000

struct loader {
	struct script *s;
	struct strbuf *err;
};

struct rule {
	const char *name;
	int (*read)(struct loader *l, const struct conf_node *n, void *slot);
	size_t offset;
};

/* ---- the walk ---- */

static int
unknown_key(struct loader *l, const struct conf_node *n, const struct rule *rules)
{
	struct suggest near;
	suggest_init(&near, conf_name(n));
	for (const struct rule *r = rules; r->name; r++)
		suggest_offer(&near, r->name);
	if (near.best)
		return conf_fail(n, l->err, "there is no '%s' here; did you mean '%s'?",
			conf_name(n), near.best);
	return conf_fail(n, l->err, "there is no '%s' here", conf_name(n));
}

static int
read_group(struct loader *l, const struct conf_node *group, const struct rule *rules,
	void *dest)
{
	if (!conf_is_group(group))
		return conf_fail(group, l->err, "'%s' should be a group { }, not %s",
			conf_name(group), conf_kind(group));
	for (size_t i = 0; i < conf_count(group); i++) {
		const struct conf_node *n = conf_at(group, i);
		const struct rule *r = rules;
		while (r->name && strcmp(r->name, conf_name(n)) != 0)
			r++;
		if (!r->name)
			return unknown_key(l, n, rules);
		int e = r->read(l, n, (char *)dest + r->offset);
		if (e < 0)
			return e;
	}
	return 0;
}

/* ---- single values ---- */

static int
want(struct loader *l, const struct conf_node *n, const char *what)
{
	return conf_fail(
		n, l->err, "'%s' should be %s, not %s", conf_name(n), what, conf_kind(n));
}

static int
get_text(struct loader *l, const struct conf_node *n, const char **ret)
{
	*ret = conf_text(n);
	if (!*ret)
		return want(l, n, "a text in quotes");
	if (!**ret)
		return conf_fail(n, l->err, "'%s' is empty", conf_name(n));
	return 0;
}

static int
rd_str(struct loader *l, const struct conf_node *n, void *slot)
{
	const char *text;
	int r = get_text(l, n, &text);
	if (!r)
		*(const char **)slot = arena_strdup(&l->s->arena, text);
	return r;
}

/* A word out of a fixed set, listed as "a, b, c". */
static int
one_of(struct loader *l, const struct conf_node *n, const char *list, const char **slot)
{
	const char *text;
	int r = rd_str(l, n, slot);
	if (r < 0)
		return r;
	text = *slot;
	struct suggest near;
	char word[40], best[40] = "";
	suggest_init(&near, text);
	for (const char *p = list; *p;) {
		size_t k = strcspn(p, ",");
		snprintf(word, sizeof(word), "%.*s", (int)k, p);
		if (!strcmp(word, text))
			return 0;
		size_t before = near.distance;
		suggest_offer(&near, word);
		if (near.best == word && (near.distance < before || !*best))
			memcpy(best, word, sizeof(best));
		p += k + (p[k] == ',');
		p += strspn(p, " ");
	}
	if (*best)
		return conf_fail(n, l->err, "'%s' is not a %s; did you mean '%s'?", text,
			conf_name(n), best);
	return conf_fail(n, l->err, "'%s' is not a %s (%s)", text, conf_name(n), list);
}

static int
rd_int(struct loader *l, const struct conf_node *n, void *slot)
{
	int64_t *at = slot;
	if (!conf_int(n, at))
		return want(l, n, "a whole number");
	return *at < 0 ? conf_fail(n, l->err, "'%s' is below zero", conf_name(n)) : 0;
}

static int
rd_fuzzy(struct loader *l, const struct conf_node *n, void *slot)
{
	int r = rd_int(l, n, slot);
	if (!r && *(int64_t *)slot > 3)
		return conf_fail(n, l->err, "fuzzy is a distance of 0 to 3 letters");
	return r;
}

static int
rd_percent(struct loader *l, const struct conf_node *n, void *slot)
{
	int r = rd_int(l, n, slot);
	if (!r && *(int64_t *)slot > 100)
		return conf_fail(n, l->err, "'%s' is a share of 0 to 100", conf_name(n));
	return r;
}

static int
rd_bool(struct loader *l, const struct conf_node *n, void *slot)
{
	return conf_bool(n, slot) ? 0 : want(l, n, "true or false (without quotes)");
}

static int
rd_span(struct loader *l, const struct conf_node *n, void *slot)
{
	const char *text;
	int r = get_text(l, n, &text);
	if (r < 0)
		return r;
	if (conf_duration(text, slot) < 0 || *(int64_t *)slot <= 0)
		return conf_fail(n, l->err,
			"'%s = \"%s\"' is not a length of time; write \"90m\", \"4h\", "
			"\"2d\" or "
			"\"3mo\"",
			conf_name(n), text);
	return 0;
}

static void
free_template(void *t)
{
	template_free(t);
}

static int
make_template(struct loader *l, const struct conf_node *n, const char *text,
	const struct template **ret)
{
	struct strbuf why = STRBUF_SENTENCE;
	struct template *t = NULL;
	int r = template_parse(text, &t, &why);
	if (r < 0)
		r = conf_fail(n, l->err, "in '%s', %s", conf_name(n), why.s);
	else
		arena_at_end(&l->s->arena, free_template, t);
	*ret = t;
	strbuf_done(&why);
	return r;
}

static int
rd_template(struct loader *l, const struct conf_node *n, void *slot)
{
	const char *text;
	int r = get_text(l, n, &text);
	return r < 0 ? r : make_template(l, n, text, slot);
}

static void
free_expr(void *e)
{
	expr_free(e);
}

static int
rd_expr(struct loader *l, const struct conf_node *n, void *slot)
{
	struct strbuf why = STRBUF_SENTENCE;
	struct expr *e = NULL;
	const char *text;
	int r = get_text(l, n, &text);
	if (r < 0)
		return r;
	r = expr_parse(text, &e, &why);
	if (r < 0)
		r = conf_fail(n, l->err, "in '%s', %s", conf_name(n), why.s);
	else
		arena_at_end(&l->s->arena, free_expr, e);
	*(struct expr **)slot = e;
	strbuf_done(&why);
	return r;
}

static void
done_wordset(void *w)
{
	wordset_done(w);
}

static int
rd_words(struct loader *l, const struct conf_node *n, void *slot)
{
	struct wordset *w = arena_alloc(&l->s->arena, sizeof(*w));
	const char *text;
	int r = get_text(l, n, &text);
	if (r < 0)
		return r;
	wordset_init(w, text);
	arena_at_end(&l->s->arena, done_wordset, w);
	*(struct wordset *)slot = *w;
	if (!w->count)
		return conf_fail(n, l->err, "'%s' holds no word that could be matched",
			conf_name(n));
	return 0;
}

static bool
language_code(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz");
	return (n == 2 || n == 3) && (!name[n] || (name[n] == '-' && strlen(name) <= 10));
}

/* One text, or a group of them by language. */
static int
rd_text(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_text *t = slot;
	bool group = conf_is_group(n);
	size_t count = group ? conf_count(n) : 1;
	struct text_variant *v = arena_alloc(&l->s->arena, (count + 1) * sizeof(*v));
	if (!count)
		return conf_fail(n, l->err, "'%s' holds no text", conf_name(n));
	for (size_t i = 0; i < count; i++) {
		const struct conf_node *one = group ? conf_at(n, i) : n;
		const char *text;
		if (group && !language_code(conf_name(one)))
			return conf_fail(one, l->err,
				"'%s' is not a language; a text is \"...\" or { ko = "
				"\"...\"; en = "
				"\"...\"; }",
				conf_name(one));
		int r = get_text(l, one, &text);
		if (!r)
			r = make_template(l, one, text, &v[i].template);
		if (r < 0)
			return r;
		snprintf(v[i].lang, sizeof(v[i].lang), "%s", group ? conf_name(one) : "");
	}
	*t = (struct script_text){.variants = v, .count = count, .line = conf_line(n)};
	return 0;
}

static int
rd_target(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_target *t = slot;
	t->line = conf_line(n);
	return rd_str(l, n, &t->name);
}

static int
rd_class(struct loader *l, const struct conf_node *n, void *slot)
{
	const char *name = "";
	int r = one_of(l, n, "reply, service, marketing", &name);
	if (!r)
		*(enum text_class *)slot = *name == 'r'   ? CLASS_REPLY
					   : *name == 's' ? CLASS_SERVICE
							  : CLASS_MARKETING;
	return r;
}

static int
rd_match(struct loader *l, const struct conf_node *n, void *slot)
{
	const char *name = "";
	int r = one_of(l, n, "exact, word, first-word, any-word, phrase", &name);
	if (!r)
		match_mode_read(name, slot);
	return r;
}

static int
rd_accept(struct loader *l, const struct conf_node *n, void *slot)
{
	struct strbuf why = STRBUF_SENTENCE;
	const char *text;
	int r = get_text(l, n, &text);
	if (!r && answer_parse(text, slot, &why) < 0)
		r = conf_fail(n, l->err, "in 'accept', %s", why.s);
	strbuf_done(&why);
	return r;
}

/* ---- set, add ---- */

static int
one_value(struct loader *l, const struct conf_node *n, const char *prefix,
	struct script_value *v)
{
	int64_t number;
	bool truth;
	char name[128];
	snprintf(name, sizeof(name), "%s%s", prefix, conf_name(n));
	v->name = arena_strdup(&l->s->arena, name);
	if (conf_int(n, &number)) {
		v->number = (double)number;
		return 0;
	}
	if (conf_bool(n, &truth))
		return make_template(l, n, truth ? "true" : "false", &v->template);
	return rd_template(l, n, &v->template);
}

static int
rd_values(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_values *values = slot;
	size_t count = 0, room = 0;
	if (!conf_is_group(n))
		return want(l, n, "a group { name = value; }");
	for (size_t i = 0; i < conf_count(n); i++)
		room += conf_is_group(conf_at(n, i)) ? conf_count(conf_at(n, i)) : 1;
	struct script_value *v = arena_alloc(&l->s->arena, (room + 1) * sizeof(*v));
	for (size_t i = 0; i < conf_count(n); i++) {
		const struct conf_node *one = conf_at(n, i);
		bool group = conf_is_group(one);
		if (group && strcmp(conf_name(one), "contact") != 0)
			return conf_fail(
				one, l->err, "only 'contact' may be a group here");
		for (size_t k = 0; k < (group ? conf_count(one) : 1); k++) {
			int r = one_value(l, group ? conf_at(one, k) : one,
				group ? "contact." : "", &v[count++]);
			if (r < 0)
				return r;
		}
	}
	*values = (struct script_values){v, count};
	return 0;
}

static int
rd_add(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_values *values = slot;
	int r = rd_values(l, n, slot);
	for (size_t i = 0; !r && i < values->count; i++)
		if (values->items[i].template)
			return conf_fail(n, l->err,
				"'add' holds whole numbers: add = { warm = 2; }");
	return r;
}

/* ---- groups inside a step ---- */

#define AT(type, member) offsetof(struct type, member)

static const struct rule answer_rules[] = {{"is", rd_str, AT(script_answer, words)},
	{"match", rd_match, AT(script_answer, match)},
	{"goto", rd_target, AT(script_answer, go)},
	{"set", rd_values, AT(script_answer, set)},
	{"add", rd_add, AT(script_answer, add)}, {"say", rd_text, AT(script_answer, say)},
	{0}};

static int
rd_answers(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_answers *answers = slot;
	if (!conf_is_group(n) || !conf_count(n))
		return want(l, n, "a group { label = { is = \"...\"; }; }");
	struct script_answer *a = arena_alloc(&l->s->arena, conf_count(n) * sizeof(*a));
	for (size_t i = 0; i < conf_count(n); i++) {
		const struct conf_node *one = conf_at(n, i);
		a[i] = (struct script_answer){.line = conf_line(one),
			.name = arena_strdup(&l->s->arena, conf_name(one))};
		int r = read_group(l, one, answer_rules, &a[i]);
		if (r < 0)
			return r;
		if (!a[i].words)
			return conf_fail(one, l->err,
				"the answer '%s' lacks 'is', its words", a[i].name);
		r = rd_words(l, conf_get(one, "is"), &a[i].is);
		if (r < 0)
			return r;
	}
	*answers = (struct script_answers){a, conf_count(n), conf_line(n)};
	return 0;
}

static const struct rule case_rules[] = {{"if", rd_expr, AT(script_case, cond)},
	{"goto", rd_target, AT(script_case, go)}, {0}};

static int
rd_split(struct loader *l, const struct conf_node *n, void *slot)
{
	struct step *step = slot;
	if (!conf_is_group(n) || !conf_count(n))
		return want(
			l, n, "a group { name = { if = \"...\"; goto = \"...\"; }; }");
	size_t count = conf_count(n);
	struct script_case *c = arena_alloc(&l->s->arena, count * sizeof(*c));
	for (size_t i = 0; i < count; i++) {
		const struct conf_node *one = conf_at(n, i);
		c[i] = (struct script_case){.line = conf_line(one),
			.name = arena_strdup(&l->s->arena, conf_name(one))};
		int r = read_group(l, one, case_rules, &c[i]);
		if (r < 0)
			return r;
		if (!c[i].go.name)
			return conf_fail(one, l->err, "'%s' lacks its 'goto'", c[i].name);
		if (!c[i].cond && i + 1 < count)
			return conf_fail(one, l->err,
				"'%s' has no 'if', so it takes everybody: it must be the "
				"last",
				c[i].name);
		if (c[i].cond && i + 1 == count)
			return conf_fail(one, l->err,
				"the last case of a split has no 'if': it takes "
				"everybody else");
	}
	step->cases = c;
	step->case_count = count;
	return 0;
}

static const struct rule variant_rules[] = {
	{"share", rd_percent, AT(script_variant, share)},
	{"say", rd_text, AT(script_variant, say)}, {0}};

static int
rd_variants(struct loader *l, const struct conf_node *n, void *slot)
{
	struct step *step = slot;
	if (!conf_is_group(n) || !conf_count(n))
		return want(l, n, "a group { a = { share = 50; say = \"...\"; }; }");
	struct script_variant *v = arena_alloc(&l->s->arena, conf_count(n) * sizeof(*v));
	int64_t sum = 0;
	for (size_t i = 0; i < conf_count(n); i++) {
		const struct conf_node *one = conf_at(n, i);
		v[i] = (struct script_variant){.line = conf_line(one),
			.name = arena_strdup(&l->s->arena, conf_name(one))};
		int r = read_group(l, one, variant_rules, &v[i]);
		if (r < 0)
			return r;
		if (!v[i].say.count)
			return conf_fail(one, l->err, "the variant '%s' lacks its 'say'",
				v[i].name);
		sum += v[i].share;
	}
	if (sum != 100)
		return conf_fail(n, l->err,
			"the shares of the variants add up to %d, not 100", (int)sum);
	step->variants = v;
	step->variant_count = conf_count(n);
	return 0;
}

/* Generates the reader of a group with a `line`, whose presence is thereby known. */
#define GROUP_READER(fn, type, ...)                                                      \
	static const struct rule type##_rules[] = {__VA_ARGS__, {0}};                    \
	static int fn(struct loader *l, const struct conf_node *n, void *slot)           \
	{                                                                                \
		struct type *g = slot;                                                   \
		g->line = conf_line(n);                                                  \
		return read_group(l, n, type##_rules, g);                                \
	}

GROUP_READER(rd_retry, script_retry, {"max", rd_int, AT(script_retry, max)},
	{"say", rd_text, AT(script_retry, say)},
	{"then", rd_target, AT(script_retry, then)})

GROUP_READER(rd_timeout_group, script_timeout,
	{"after", rd_span, AT(script_timeout, after)},
	{"nudge", rd_text, AT(script_timeout, nudge)},
	{"max", rd_int, AT(script_timeout, max)},
	{"then", rd_target, AT(script_timeout, then)})

static int
rd_timeout(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_timeout *t = slot;
	t->max = -1;
	int r = rd_timeout_group(l, n, slot);
	if (!r && !t->after)
		return conf_fail(n, l->err, "'timeout' lacks 'after'");
	if (!r && t->max > 0 && !t->nudge.count)
		return conf_fail(
			n, l->err, "'max' counts nudges, but there is no 'nudge'");
	return r;
}

GROUP_READER(rd_consent_group, script_consent,
	{"grant", rd_str, AT(script_consent, grant)},
	{"deny", rd_str, AT(script_consent, deny)},
	{"list", rd_str, AT(script_consent, list)},
	{"night", rd_bool, AT(script_consent, night)},
	{"method", rd_str, AT(script_consent, method)},
	{"reason", rd_str, AT(script_consent, reason)},
	{"wording", rd_str, AT(script_consent, wording)})

static int
rd_consent(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_consent *c = slot;
	int r = rd_consent_group(l, n, slot);
	if (!r && !c->grant == !c->deny)
		return conf_fail(n, l->err, "'consent' has either 'grant' or 'deny'");
	return r;
}

GROUP_READER(rd_lookup_group, script_lookup, {"use", rd_str, AT(script_lookup, use)},
	{"query", rd_str, AT(script_lookup, query)},
	{"args", rd_template, AT(script_lookup, args)},
	{"timeout", rd_span, AT(script_lookup, timeout)},
	{"cache", rd_span, AT(script_lookup, cache)},
	{"into", rd_str, AT(script_lookup, into)})

static int
rd_lookup(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_lookup *k = slot;
	int r = rd_lookup_group(l, n, slot);
	if (!r && (!k->use || !k->query || !k->into))
		return conf_fail(n, l->err, "'lookup' needs 'use', 'query' and 'into'");
	return r;
}

GROUP_READER(rd_on, script_on, {"none", rd_target, AT(script_on, none)},
	{"one", rd_target, AT(script_on, one)}, {"many", rd_target, AT(script_on, many)},
	{"error", rd_target, AT(script_on, error)})

static const struct rule unclaimed_rules[] = {
	{"after", rd_span, AT(script_handoff, unclaimed_after)},
	{"say", rd_text, AT(script_handoff, unclaimed_say)},
	{"max", rd_int, AT(script_handoff, unclaimed_max)},
	{"page", rd_str, AT(script_handoff, page)}, {0}};

static int
rd_unclaimed(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_handoff *h = slot;
	h->unclaimed_max = 1;
	int r = read_group(l, n, unclaimed_rules, h);
	if (!r && !h->unclaimed_after)
		return conf_fail(n, l->err, "'unclaimed' lacks 'after'");
	return r;
}

static int
rd_priority(struct loader *l, const struct conf_node *n, void *slot)
{
	return one_of(l, n, "low, normal, high, urgent", slot);
}

GROUP_READER(rd_handoff_group, script_handoff,
	{"queue", rd_str, AT(script_handoff, queue)},
	{"topic", rd_template, AT(script_handoff, topic)},
	{"priority", rd_priority, AT(script_handoff, priority)},
	{"note", rd_template, AT(script_handoff, note)},
	{"open", rd_text, AT(script_handoff, open)},
	{"closed", rd_text, AT(script_handoff, closed)}, {"unclaimed", rd_unclaimed, 0})

static int
rd_handoff(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_handoff *h = slot;
	int r = rd_handoff_group(l, n, slot);
	if (!r && !h->queue)
		return conf_fail(n, l->err, "'handoff' lacks its 'queue'");
	return r;
}

GROUP_READER(rd_wait_group, script_wait, {"for", rd_span, AT(script_wait, wait_for)},
	{"until", rd_str, AT(script_wait, until)},
	{"reply", rd_span, AT(script_wait, reply)},
	{"event", rd_str, AT(script_wait, event)})

static int
rd_wait(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_wait *w = slot;
	int r = rd_wait_group(l, n, slot);
	if (r < 0)
		return r;
	int kinds = !!w->until + !!w->reply + !!w->event + (w->wait_for && !w->event);
	if (kinds != 1)
		return conf_fail(n, l->err,
			"'wait' has one of 'for', 'until', 'reply' or 'event' ('event' "
			"takes 'for' as "
			"its limit)");
	return 0;
}

GROUP_READER(rd_winner, script_winner, {"by", rd_str, AT(script_winner, by)},
	{"min_each", rd_int, AT(script_winner, min_each)},
	{"sure", rd_percent, AT(script_winner, sure)},
	{"stop", rd_span, AT(script_winner, stop)})

/* ---- a step ---- */

static int
rd_step_start(struct loader *l, const struct conf_node *n, void *slot)
{
	struct step *s = slot;
	s->start_line = conf_line(n);
	return rd_str(l, n, &s->start);
}

static const struct rule step_rules[] = {{"class", rd_class, AT(step, cls)},
	{"basis", rd_str, AT(step, basis)}, {"if", rd_expr, AT(step, cond)},
	{"was", rd_str, AT(step, was)}, {"note", rd_template, AT(step, note)},
	{"consent", rd_consent, AT(step, consent)}, {"say", rd_text, AT(step, say)},
	{"variants", rd_variants, 0}, {"winner", rd_winner, AT(step, winner)},
	{"ask", rd_text, AT(step, ask)}, {"answers", rd_answers, AT(step, answers)},
	{"accept", rd_accept, AT(step, accept)}, {"choose", rd_str, AT(step, choose)},
	{"fuzzy", rd_fuzzy, AT(step, fuzzy)}, {"once", rd_span, AT(step, once)},
	{"other", rd_target, AT(step, other)}, {"none", rd_target, AT(step, none)},
	{"retry", rd_retry, AT(step, retry)}, {"timeout", rd_timeout, AT(step, timeout)},
	{"split", rd_split, 0}, {"lookup", rd_lookup, AT(step, lookup)},
	{"on", rd_on, AT(step, on)}, {"handoff", rd_handoff, AT(step, handoff)},
	{"wait", rd_wait, AT(step, wait)}, {"set", rd_values, AT(step, set)},
	{"add", rd_add, AT(step, add)}, {"save", rd_str, AT(step, save)},
	{"score", rd_str, AT(step, score)}, {"tag", rd_str, AT(step, tag)},
	{"untag", rd_str, AT(step, untag)}, {"emit", rd_str, AT(step, emit)},
	{"webhook", rd_str, AT(step, webhook)}, {"start", rd_step_start, 0},
	{"reopen", rd_str, AT(step, reopen)}, {"end", rd_str, AT(step, end)},
	{"goto", rd_target, AT(step, go)}, {0}};

static const char *const verb_names[] = {[VERB_ASK] = "ask",
	[VERB_WAIT] = "wait",
	[VERB_LOOKUP] = "lookup",
	[VERB_HANDOFF] = "handoff",
	[VERB_SPLIT] = "split"};

static int
find_verb(struct loader *l, const struct conf_node *n, struct step *s)
{
	for (size_t v = VERB_ASK; v < ARRAY_LEN(verb_names); v++) {
		const struct conf_node *at = conf_get(n, verb_names[v]);
		if (!at)
			continue;
		if (s->verb)
			return conf_fail(at, l->err,
				"the step '%s' has both '%s' and '%s'; it may do one of "
				"ask, wait, lookup, "
				"handoff, split",
				s->name, verb_names[s->verb], verb_names[v]);
		s->verb = (enum step_verb)v;
	}
	return 0;
}

/* Keys that mean nothing without their verb. */
static int
check_company(struct loader *l, const struct conf_node *n, const struct step *s)
{
	static const struct {
		const char *key, *needs;
		unsigned verbs;
	} rows[] = {{"answers", "ask' or 'wait", 1u << VERB_ASK | 1u << VERB_WAIT},
		{"other", "ask' or 'wait", 1u << VERB_ASK | 1u << VERB_WAIT},
		{"accept", "ask", 1u << VERB_ASK}, {"choose", "ask", 1u << VERB_ASK},
		{"fuzzy", "ask' or 'wait", 1u << VERB_ASK | 1u << VERB_WAIT},
		{"retry", "ask", 1u << VERB_ASK}, {"timeout", "ask", 1u << VERB_ASK},
		{"once", "ask", 1u << VERB_ASK}, {"none", "wait", 1u << VERB_WAIT},
		{"on", "lookup", 1u << VERB_LOOKUP}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct conf_node *at = conf_get(n, rows[i].key);
		if (at && !(rows[i].verbs & 1u << s->verb))
			return conf_fail(at, l->err,
				"'%s' belongs to '%s', which the step '%s' lacks",
				rows[i].key, rows[i].needs, s->name);
	}
	if (s->verb == VERB_LOOKUP && !s->on.line)
		return conf_fail(n, l->err,
			"the lookup of '%s' lacks 'on { none, one, many, error }'",
			s->name);
	if (s->say.count && s->variant_count)
		return conf_fail(
			n, l->err, "'%s' has 'say' and 'variants'; one of them", s->name);
	if ((s->start != NULL) + (s->reopen != NULL) + (s->end != NULL) > 1)
		return conf_fail(n, l->err,
			"'%s' has more than one of start, reopen, end", s->name);
	if (s->end && s->go.name)
		return conf_fail(
			n, l->err, "'%s' ends, so its 'goto' is never followed", s->name);
	return 0;
}

static int
read_step(struct loader *l, const struct conf_node *n, struct step *s)
{
	s->name = arena_strdup(&l->s->arena, conf_name(n));
	s->line = conf_line(n);
	if (strlen(s->name) > 60)
		return conf_fail(n, l->err, "a step's name has at most 60 letters");
	int r = read_group(l, n, step_rules, s);
	if (!r)
		r = find_verb(l, n, s);
	if (!r)
		r = check_company(l, n, s);
	s->accepts = !r && conf_get(n, "accept") != NULL;
	return r;
}

static int
rd_steps(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script *s = slot;
	if (!conf_is_group(n) || !conf_count(n))
		return want(l, n, "a group of named steps { name = { ... }; }");
	if (conf_count(n) > STEPS_MAX)
		return conf_fail(n, l->err, "a script has at most %d steps", STEPS_MAX);
	s->step_count = conf_count(n);
	s->steps = arena_alloc(&s->arena, s->step_count * sizeof(*s->steps));
	for (size_t i = 0; i < s->step_count; i++) {
		int r = read_step(l, conf_at(n, i), &s->steps[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* ---- the file ---- */

GROUP_READER(rd_start_group, script_keywords,
	{"keywords", rd_str, AT(script_keywords, words)},
	{"match", rd_match, AT(script_keywords, match)},
	{"rank", rd_int, AT(script_keywords, rank)},
	{"unless", rd_expr, AT(script_keywords, unless)},
	{"else", rd_target, AT(script_keywords, otherwise)},
	{"from", rd_str, AT(script_keywords, from)})

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
	return rd_words(l, conf_get(n, "keywords"), &k->set);
}

static const struct rule words_rules[] = {{"restart", rd_words, AT(script, restart)},
	{"leave", rd_words, AT(script, leave)}, {0}};
static const struct rule expire_rules[] = {{"after", rd_span, AT(script, expire_after)},
	{"then", rd_target, AT(script, expire_then)}, {0}};

static int
rd_local_words(struct loader *l, const struct conf_node *n, void *slot)
{
	return read_group(l, n, words_rules, slot);
}

static int
rd_expire(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script *s = slot;
	int r = read_group(l, n, expire_rules, s);
	return !r && !s->expire_after ? conf_fail(n, l->err, "'expire' lacks 'after'")
				      : r;
}

static const struct rule dialog_rules[] = {{"title", rd_str, AT(script, title)},
	{"class", rd_class, AT(script, cls)}, {"basis", rd_str, AT(script, basis)},
	{"start", rd_start, AT(script, start)}, {"words", rd_local_words, 0},
	{"expire", rd_expire, 0}, {"pin", rd_bool, AT(script, pin)},
	{"steps", rd_steps, 0}, {0}};

#define JN(member) AT(script, journey.member)

static int
rd_mode(struct loader *l, const struct conf_node *n, void *slot)
{
	return one_of(l, n, "leave, pause", slot);
}

static const struct rule exit_rules[] = {{"event", rd_str, AT(script_exit, event)},
	{"if", rd_expr, AT(script_exit, cond)}, {"mark", rd_str, AT(script_exit, mark)},
	{"mode", rd_mode, AT(script_exit, mode)},
	{"give_up", rd_span, AT(script_exit, give_up)}, {0}};

static int
rd_exits(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script *s = slot;
	if (!conf_is_group(n))
		return want(l, n, "a group { name = { event = \"...\"; }; }");
	struct script_exit *e = arena_alloc(&s->arena, (conf_count(n) + 1) * sizeof(*e));
	for (size_t i = 0; i < conf_count(n); i++) {
		const struct conf_node *one = conf_at(n, i);
		e[i] = (struct script_exit){.line = conf_line(one),
			.name = arena_strdup(&s->arena, conf_name(one))};
		int r = read_group(l, one, exit_rules, &e[i]);
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

static const struct rule trigger_rules[] = {{"event", rd_str, JN(trigger.event)},
	{"date", rd_str, JN(trigger.date)}, {"segment", rd_expr, JN(trigger.segment)},
	{"keyword", rd_str, JN(trigger.keyword)}, {"settle", rd_span, JN(trigger.settle)},
	{"before", rd_span, JN(trigger.before)}, {"after", rd_span, JN(trigger.after)},
	{"if", rd_expr, JN(trigger.cond)}, {0}};

static int
rd_trigger(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script *s = slot;
	int r = read_group(l, n, trigger_rules, s);
	s->journey.trigger.line = conf_line(n);
	if (r < 0)
		return r;
	if (!!s->journey.trigger.event + !!s->journey.trigger.date +
			!!s->journey.trigger.segment + !!s->journey.trigger.keyword !=
		1)
		return conf_fail(
			n, l->err, "'trigger' has one of event, date, segment, keyword");
	return 0;
}

/* Sub-groups whose members sit in the script itself. */
#define PLAIN_GROUP(fn, ...)                                                             \
	static int fn(struct loader *l, const struct conf_node *n, void *slot)           \
	{                                                                                \
		static const struct rule rules[] = {__VA_ARGS__, {0}};                   \
		return read_group(l, n, rules, slot);                                    \
	}

static int
rd_on_hit(struct loader *l, const struct conf_node *n, void *slot)
{
	return one_of(l, n, "skip, defer", slot);
}

static int
rd_busy(struct loader *l, const struct conf_node *n, void *slot)
{
	return one_of(l, n, "wait, skip, interrupt", slot);
}

PLAIN_GROUP(rd_again, {"after", rd_span, JN(again.after)}, {"max", rd_int, JN(again.max)},
	{"per", rd_span, JN(again.per)})
PLAIN_GROUP(rd_window, {"hours", rd_str, JN(window.hours)},
	{"days", rd_str, JN(window.days)}, {"spread", rd_span, JN(window.spread)},
	{"tz", rd_str, JN(window.tz)})
PLAIN_GROUP(rd_late, {"drop_after", rd_span, JN(late.drop_after)},
	{"since", rd_str, JN(late.since)}, {"recheck", rd_bool, JN(late.recheck)})
PLAIN_GROUP(
	rd_cap, {"group", rd_str, JN(cap.group)}, {"on_hit", rd_on_hit, JN(cap.on_hit)})
PLAIN_GROUP(rd_goal, {"event", rd_str, JN(goal.event)},
	{"within", rd_span, JN(goal.within)}, {"credit", rd_str, JN(goal.credit)})

static const struct rule journey_rules[] = {{"title", rd_str, AT(script, title)},
	{"class", rd_class, AT(script, cls)}, {"basis", rd_str, AT(script, basis)},
	{"trigger", rd_trigger, 0}, {"key", rd_str, JN(key)}, {"again", rd_again, 0},
	{"exit", rd_exits, 0}, {"window", rd_window, 0}, {"late", rd_late, 0},
	{"cap", rd_cap, 0}, {"holdout", rd_percent, JN(holdout)}, {"goal", rd_goal, 0},
	{"busy", rd_busy, JN(busy)}, {"words", rd_local_words, 0},
	{"expire", rd_expire, 0}, {"pin", rd_bool, AT(script, pin)},
	{"steps", rd_steps, 0}, {0}};

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
	strbuf_set(l->err, "%s:%u: there is no step '%s'%s%s%s", s->file, t->line,
		t->name, near.best ? "; did you mean '" : "", near.best ? near.best : "",
		near.best ? "'?" : "");
	return -EINVAL;
}

static int
resolve_step(struct loader *l, struct step *s)
{
	struct script_target *all[] = {&s->go, &s->other, &s->none, &s->retry.then,
		&s->timeout.then, &s->on.none, &s->on.one, &s->on.many, &s->on.error};
	int r = 0;
	for (size_t i = 0; !r && i < ARRAY_LEN(all); i++)
		r = resolve(l, all[i]);
	for (size_t i = 0; !r && i < s->answers.count; i++)
		r = resolve(l, (struct script_target *)&s->answers.items[i].go);
	for (size_t i = 0; !r && i < s->case_count; i++)
		r = resolve(l, (struct script_target *)&s->cases[i].go);
	return r;
}

static int
resolve_all(struct loader *l)
{
	struct script *s = l->s;
	int r = resolve(l, &s->start.otherwise);
	if (!r)
		r = resolve(l, &s->expire_then);
	for (size_t i = 0; !r && i < s->step_count; i++)
		r = resolve_step(l, &s->steps[i]);
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
	int r = read_group(l, body, dialog ? dialog_rules : journey_rules, l->s);
	if (!r && !l->s->step_count)
		return conf_fail(body, l->err, "'%s' has no 'steps'", conf_name(body));
	if (!r && journey && !l->s->journey.trigger.line)
		return conf_fail(body, l->err, "a journey needs its 'trigger'");
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
	struct loader l = {s, err};
	s->file = arena_strdup(&s->arena, path);
	s->id = id_of(&s->arena, path);
	hash_text(text, len, s->hash);
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
