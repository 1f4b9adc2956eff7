/* The steps of a script: the groups that may stand in one, and what may stand together.
 */
#include <stdio.h>
#include <string.h>

#include "dialogs/load.h"

#define STEPS_MAX   1000
#define ARGS_MAX    16
#define CHOICES_MAX SCRIPT_CHOICES

/* ---- groups inside a step ---- */

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

int
load_steps(struct loader *l, const struct conf_node *n, void *slot)
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
