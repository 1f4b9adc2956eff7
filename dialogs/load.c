/* A file to a script: the strict walk. One table for each group of the language; a key
 * that is in no table is an error with the nearest name. */
#include "dialogs/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/conf.h"
#include "gateway/base/suggest.h"
#include "dialogs/journey.h"

#define STEPS_MAX   1000
#define ARGS_MAX    16
#define CHOICES_MAX SCRIPT_CHOICES
#define ID_MAX      60

/* ---- groups inside a step ---- */

#define AT(type, member) offsetof(struct type, member)

static const struct rule answer_rules[] = {{"is", load_str, AT(script_answer, words)},
	{"match", load_match, AT(script_answer, match)},
	{"goto", load_target, AT(script_answer, go)},
	{"set", load_values, AT(script_answer, set)},
	{"add", load_add, AT(script_answer, add)},
	{"say", load_text, AT(script_answer, say)}, {0}};

static int
rd_answers(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_answers *answers = slot;
	if (!conf_is_group(n) || !conf_count(n))
		return load_want(l, n, "a group { label = { is = \"...\"; }; }");
	if (conf_count(n) > CHOICES_MAX)
		return conf_fail(n, l->err, "a question has at most %d answers, not %zu",
			CHOICES_MAX, conf_count(n));
	struct script_answer *a = arena_alloc(&l->s->arena, conf_count(n) * sizeof(*a));
	for (size_t i = 0; i < conf_count(n); i++) {
		const struct conf_node *one = conf_at(n, i);
		a[i] = (struct script_answer){.line = conf_line(one),
			.name = arena_strdup(&l->s->arena, conf_name(one))};
		int r = load_read_group(l, one, answer_rules, &a[i]);
		if (r < 0)
			return r;
		if (!a[i].words)
			return conf_fail(one, l->err,
				"the answer '%s' lacks 'is', its words", a[i].name);
		r = load_words(l, conf_get(one, "is"), &a[i].is);
		if (r < 0)
			return r;
	}
	*answers = (struct script_answers){a, conf_count(n), conf_line(n)};
	return 0;
}

static const struct rule case_rules[] = {{"if", load_expr, AT(script_case, cond)},
	{"goto", load_target, AT(script_case, go)}, {0}};

static int
rd_split(struct loader *l, const struct conf_node *n, void *slot)
{
	struct step *step = slot;
	if (!conf_is_group(n) || !conf_count(n))
		return load_want(
			l, n, "a group { name = { if = \"...\"; goto = \"...\"; }; }");
	if (conf_count(n) > CHOICES_MAX)
		return conf_fail(n, l->err, "a split has at most %d cases, not %zu",
			CHOICES_MAX, conf_count(n));
	size_t count = conf_count(n);
	struct script_case *c = arena_alloc(&l->s->arena, count * sizeof(*c));
	for (size_t i = 0; i < count; i++) {
		const struct conf_node *one = conf_at(n, i);
		c[i] = (struct script_case){.line = conf_line(one),
			.name = arena_strdup(&l->s->arena, conf_name(one))};
		int r = load_read_group(l, one, case_rules, &c[i]);
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
	{"share", load_percent, AT(script_variant, share)},
	{"say", load_text, AT(script_variant, say)}, {0}};

static int
rd_variants(struct loader *l, const struct conf_node *n, void *slot)
{
	struct step *step = slot;
	if (!conf_is_group(n) || !conf_count(n))
		return load_want(l, n, "a group { a = { share = 50; say = \"...\"; }; }");
	struct script_variant *v = arena_alloc(&l->s->arena, conf_count(n) * sizeof(*v));
	int64_t sum = 0;
	for (size_t i = 0; i < conf_count(n); i++) {
		const struct conf_node *one = conf_at(n, i);
		v[i] = (struct script_variant){.line = conf_line(one),
			.name = arena_strdup(&l->s->arena, conf_name(one))};
		int r = load_read_group(l, one, variant_rules, &v[i]);
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
		return load_read_group(l, n, type##_rules, g);                           \
	}

GROUP_READER(rd_retry, script_retry, {"max", load_int, AT(script_retry, max)},
	{"say", load_text, AT(script_retry, say)},
	{"then", load_target, AT(script_retry, then)})

GROUP_READER(rd_timeout_group, script_timeout,
	{"after", load_span, AT(script_timeout, after)},
	{"nudge", load_text, AT(script_timeout, nudge)},
	{"max", load_int, AT(script_timeout, max)},
	{"then", load_target, AT(script_timeout, then)})

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
	{"grant", load_str, AT(script_consent, grant)},
	{"deny", load_str, AT(script_consent, deny)},
	{"list", load_str, AT(script_consent, list)},
	{"night", load_bool, AT(script_consent, night)},
	{"method", load_str, AT(script_consent, method)},
	{"reason", load_str, AT(script_consent, reason)},
	{"wording", load_str, AT(script_consent, wording)})

static int
rd_consent(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_consent *c = slot;
	int r = rd_consent_group(l, n, slot);
	if (!r && !c->grant == !c->deny)
		return conf_fail(n, l->err, "'consent' has either 'grant' or 'deny'");
	return r;
}

/* One text with commas between them; a comma inside braces belongs to its fallback. */
static int
rd_args(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_lookup *k = slot;
	const char *text = conf_text(n);
	const struct template **args =
		arena_alloc(&l->s->arena, ARGS_MAX * sizeof(*args));
	if (!text)
		return load_want(l, n, "a text in quotes");
	for (const char *p = text; *p || p == text;) {
		char one[512];
		p += strspn(p, " ");
		size_t len = load_until_comma(p), used = len;
		while (len && p[len - 1] == ' ')
			len--;
		snprintf(one, sizeof(one), "%.*s", (int)MIN(len, sizeof(one) - 1), p);
		if (k->arg_count == ARGS_MAX || len >= sizeof(one))
			return conf_fail(n, l->err,
				"a look-up has at most %d arguments of 500 bytes",
				ARGS_MAX);
		int r = load_make_template(l, n, one, &args[k->arg_count++]);
		if (r < 0)
			return r;
		p += used;
		if (!*p)
			break;
		p++;
	}
	k->args = args;
	return 0;
}

GROUP_READER(rd_lookup_group, script_lookup, {"use", load_str, AT(script_lookup, use)},
	{"query", load_str, AT(script_lookup, query)}, {"args", rd_args, 0},
	{"timeout", load_span, AT(script_lookup, timeout)},
	{"cache", load_span, AT(script_lookup, cache)},
	{"into", load_name, AT(script_lookup, into)})

static int
rd_lookup(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_lookup *k = slot;
	int r = rd_lookup_group(l, n, slot);
	if (!r && (!k->use || !k->query || !k->into))
		return conf_fail(n, l->err, "'lookup' needs 'use', 'query' and 'into'");
	return r;
}

GROUP_READER(rd_on, script_on, {"none", load_target, AT(script_on, none)},
	{"one", load_target, AT(script_on, one)},
	{"many", load_target, AT(script_on, many)},
	{"error", load_target, AT(script_on, error)})

static const struct rule unclaimed_rules[] = {
	{"after", load_span, AT(script_handoff, unclaimed_after)},
	{"say", load_text, AT(script_handoff, unclaimed_say)},
	{"max", load_int, AT(script_handoff, unclaimed_max)},
	{"page", load_str, AT(script_handoff, page)}, {0}};

static int
rd_unclaimed(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_handoff *h = slot;
	h->unclaimed_max = 1;
	int r = load_read_group(l, n, unclaimed_rules, h);
	if (!r && !h->unclaimed_after)
		return conf_fail(n, l->err, "'unclaimed' lacks 'after'");
	return r;
}

static int
rd_priority(struct loader *l, const struct conf_node *n, void *slot)
{
	return load_one_of(l, n, "low, normal, high, urgent", slot);
}

GROUP_READER(rd_handoff_group, script_handoff,
	{"queue", load_str, AT(script_handoff, queue)},
	{"topic", load_template, AT(script_handoff, topic)},
	{"priority", rd_priority, AT(script_handoff, priority)},
	{"note", load_template, AT(script_handoff, note)},
	{"open", load_text, AT(script_handoff, open)},
	{"closed", load_text, AT(script_handoff, closed)}, {"unclaimed", rd_unclaimed, 0})

static int
rd_handoff(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_handoff *h = slot;
	int r = rd_handoff_group(l, n, slot);
	if (!r && !h->queue)
		return conf_fail(n, l->err, "'handoff' lacks its 'queue'");
	return r;
}

GROUP_READER(rd_wait_group, script_wait, {"for", load_span, AT(script_wait, wait_for)},
	{"until", load_str, AT(script_wait, until)},
	{"reply", load_span, AT(script_wait, reply)},
	{"event", load_str, AT(script_wait, event)})

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

GROUP_READER(rd_winner, script_winner, {"by", load_str, AT(script_winner, by)},
	{"min_each", load_int, AT(script_winner, min_each)},
	{"sure", load_percent, AT(script_winner, sure)},
	{"stop", load_span, AT(script_winner, stop)})

/* ---- a step ---- */

static int
rd_step_start(struct loader *l, const struct conf_node *n, void *slot)
{
	struct step *s = slot;
	s->start_line = conf_line(n);
	return load_str(l, n, &s->start);
}

static int
rd_step_if(struct loader *l, const struct conf_node *n, void *slot)
{
	struct step *s = slot;
	s->cond_line = conf_line(n);
	return load_expr(l, n, &s->cond);
}

static const struct rule step_rules[] = {{"class", load_class, AT(step, cls)},
	{"basis", load_str, AT(step, basis)}, {"if", rd_step_if, 0},
	{"was", load_str, AT(step, was)}, {"note", load_template, AT(step, note)},
	{"consent", rd_consent, AT(step, consent)}, {"say", load_text, AT(step, say)},
	{"variants", rd_variants, 0}, {"winner", rd_winner, AT(step, winner)},
	{"ask", load_text, AT(step, ask)}, {"answers", rd_answers, AT(step, answers)},
	{"accept", load_accept, AT(step, accept)},
	{"choose", load_name, AT(step, choose)}, {"fuzzy", load_fuzzy, AT(step, fuzzy)},
	{"once", load_span, AT(step, once)}, {"other", load_target, AT(step, other)},
	{"none", load_target, AT(step, none)}, {"retry", rd_retry, AT(step, retry)},
	{"timeout", rd_timeout, AT(step, timeout)}, {"split", rd_split, 0},
	{"lookup", rd_lookup, AT(step, lookup)}, {"on", rd_on, AT(step, on)},
	{"handoff", rd_handoff, AT(step, handoff)}, {"wait", rd_wait, AT(step, wait)},
	{"set", load_values, AT(step, set)}, {"add", load_add, AT(step, add)},
	{"save", load_name, AT(step, save)}, {"score", load_name, AT(step, score)},
	{"tag", load_str, AT(step, tag)}, {"untag", load_str, AT(step, untag)},
	{"emit", load_str, AT(step, emit)}, {"webhook", load_str, AT(step, webhook)},
	{"start", rd_step_start, 0}, {"reopen", load_str, AT(step, reopen)},
	{"end", load_str, AT(step, end)}, {"goto", load_target, AT(step, go)}, {0}};

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
	int r = load_read_group(l, n, step_rules, s);
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
		return load_want(l, n, "a group of named steps { name = { ... }; }");
	if (conf_count(n) > STEPS_MAX)
		return conf_fail(n, l->err, "a script has at most %d steps", STEPS_MAX);
	s->step_count = conf_count(n);
	s->steps = arena_alloc(&s->arena, s->step_count * sizeof(*s->steps));
	int result = 0;
	for (size_t i = 0; i < s->step_count; i++) {
		int r = read_step(l, conf_at(n, i), &s->steps[i]);
		result = r < 0 ? r : result;
	}
	return result;
}

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
	{"steps", rd_steps, 0}, {0}};

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
	struct loader l = {s, err};
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
