#include "dialogs/lint.h"

#include <stdlib.h>
#include <string.h>

#include "dialogs/lint_names.h"
#include "dialogs/promo.h"
#include "dialogs/until.h"
#include "gateway/base/suggest.h"
#include "gateway/core/proportion.h"
#include "gateway/core/wording.h"

#define TEXT_MAX 4000 /* bytes: about thirty segments of Korean */

struct checker {
	struct lint *l;
	const struct script *s;
	const struct script_set *set;
	const struct rules *rules;
};

static void
found(struct lint *l, bool error, const char *file, unsigned line, const char *fmt,
	va_list ap)
{
	struct strbuf text = STRBUF_SENTENCE;
	if (l->count % 16 == 0)
		l->found = xrealloc(l->found, (l->count + 16) * sizeof(*l->found));
	strbuf_printf(&text, "%s:%u: %s", file, line, error ? "" : "warning: ");
	strbuf_vprintf(&text, fmt, ap);
	l->found[l->count++] =
		(struct lint_found){error, arena_strdup(&l->arena, text.s)};
	l->errors += error;
	strbuf_done(&text);
}

static void
fail(const struct checker *c, unsigned line, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void
warn(const struct checker *c, unsigned line, const char *fmt, ...) PRINTF_LIKE(3, 4);

static void
fail(const struct checker *c, unsigned line, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	found(c->l, true, c->s->file, line, fmt, ap);
	va_end(ap);
}

static void
warn(const struct checker *c, unsigned line, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	found(c->l, false, c->s->file, line, fmt, ap);
	va_end(ap);
}

void
lint_done(struct lint *l)
{
	arena_done(&l->arena);
	free(l->found);
	*l = (struct lint){0};
}

/* ---- where a step may lead ---- */

#define EDGES 128

struct edges {
	int to[EDGES];
	bool waited[EDGES]; /* somebody or some time came between */
	size_t count;
};

static void
edge(struct edges *e, int to, bool waited)
{
	if (e->count < EDGES) {
		e->to[e->count] = to;
		e->waited[e->count++] = waited;
	}
}

static void
edge_target(struct edges *e, const struct script_target *t, bool waited)
{
	if (t->step >= 0)
		edge(e, t->step, waited);
}

static bool
waits(const struct step *s)
{
	return s->verb == VERB_ASK || s->verb == VERB_WAIT || s->verb == VERB_HANDOFF;
}

static void
edges_of(const struct script *s, int at, struct edges *e)
{
	const struct step *p = &s->steps[at];
	const struct script_target *all[] = {
		&p->other, &p->none, &p->retry.then, &p->timeout.then};
	const struct script_target *on[] = {
		&p->on.none, &p->on.one, &p->on.many, &p->on.error};
	bool waited = waits(p);
	e->count = 0;
	if (p->cond || p->once)
		edge(e, at + 1, false);
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		edge_target(e, all[i], true);
	for (size_t i = 0; i < ARRAY_LEN(on); i++)
		edge_target(e, on[i], false);
	if (p->verb == VERB_LOOKUP &&
		(p->on.none.step < 0 || p->on.one.step < 0 || p->on.error.step < 0))
		edge(e, at + 1, false);
	for (size_t i = 0; i < p->answers.count; i++)
		edge_target(e, &p->answers.items[i].go, true);
	for (size_t i = 0; i < p->case_count; i++)
		edge_target(e, &p->cases[i].go, false);
	bool goes_on = !p->end && p->verb != VERB_SPLIT && p->verb != VERB_LOOKUP;
	if (goes_on && p->go.step >= 0)
		edge(e, p->go.step, waited);
	else if (goes_on)
		edge(e, at + 1, waited);
}

/* Does every answer of a question lead elsewhere, so that nothing falls through? */
static void
reach(const struct script *s, int at, bool *seen)
{
	struct edges e;
	if (at < 0 || at >= (int)s->step_count || seen[at])
		return;
	seen[at] = true;
	edges_of(s, at, &e);
	for (size_t i = 0; i < e.count; i++)
		reach(s, e.to[i], seen);
}

static void
check_reach(const struct checker *c)
{
	const struct script *s = c->s;
	bool *seen = xcalloc(s->step_count, sizeof(*seen));
	reach(s, 0, seen);
	reach(s, s->start.otherwise.step, seen);
	reach(s, s->expire_then.step, seen);
	for (size_t i = 0; i < s->step_count; i++)
		if (!seen[i])
			fail(c, s->steps[i].line, "nothing leads to the step '%s'",
				s->steps[i].name);
	free(seen);
}

enum { FRESH, OPEN, CLOSED };

/* A way back to an open step over edges without a wait. */
static bool
circle(const struct checker *c, int at, char *state)
{
	struct edges e;
	if (at < 0 || at >= (int)c->s->step_count || state[at] == CLOSED)
		return false;
	if (state[at] == OPEN)
		return true;
	state[at] = OPEN;
	edges_of(c->s, at, &e);
	for (size_t i = 0; i < e.count; i++)
		if (!e.waited[i] && circle(c, e.to[i], state))
			return true;
	state[at] = CLOSED;
	return false;
}

static void
check_circles(const struct checker *c)
{
	char *state = xcalloc(c->s->step_count, 1);
	for (size_t i = 0; i < c->s->step_count; i++) {
		if (state[i] != FRESH || !circle(c, (int)i, state))
			continue;
		size_t first = 0;
		while (state[first] != OPEN)
			first++;
		fail(c, c->s->steps[first].line,
			"from '%s' the script comes back to itself without waiting for "
			"anybody",
			c->s->steps[first].name);
		break;
	}
	free(state);
}

/* ---- texts ---- */

static void
check_policy(const struct checker *c, unsigned line, const char *path)
{
	struct suggest near;
	if (rules_value(c->rules, path))
		return;
	suggest_init(&near, path);
	for (size_t i = 0; i < c->rules->value_count; i++)
		suggest_offer(&near, c->rules->values[i].name);
	fail(c, line, "the shop's policy has no '%s'%s%s%s", path + 7,
		near.best ? "; did you mean '" : "", near.best ? near.best + 7 : "",
		near.best ? "'?" : "");
}

/* Hours and promises are there where malgil.cfg says them. */
static bool
promised(const struct checker *c, const char *path)
{
	const struct config *config = c->rules->config;
	return (!strcmp(path, "hours.reply") && config->reply) ||
	       (!strcmp(path, "hours.next") && config->hours_week);
}

static void
check_place(
	const struct checker *c, unsigned line, struct template_place p, bool customer)
{
	struct suggest near;
	if (p.function && !strcmp(p.path, "coupon") && !p.fallback && customer)
		warn(c, line,
			"{coupon:%s} may have run out: give it a fallback, or the text "
			"stays away",
			p.filter ? p.filter : "");
	if (p.function && !strcmp(p.path, "link") && p.filter && *p.filter == '/' &&
		!p.fallback && customer && !c->rules->config->shop_site)
		warn(c, line,
			"malgil.cfg says no shop.site, so {link:%s} leads nowhere and "
			"the "
			"text stays away until it does",
			p.filter);
	if (p.function)
		return;
	if (!strncmp(p.path, "policy.", 7)) {
		check_policy(c, line, p.path);
		if (p.fallback)
			fail(c, line,
				"{%s} takes no fallback: a made-up number would be a lie",
				p.path);
		return;
	}
	if (!names_known(c->s, p.path)) {
		suggest_init(&near, p.path);
		names_suggest(c->s, &near);
		fail(c, line, "nothing gives {%s} a value in this script%s%s%s", p.path,
			near.best ? "; did you mean '" : "", near.best ? near.best : "",
			near.best ? "'?" : "");
	} else if (p.fallback || !customer || promised(c, p.path) ||
		   names_certain(c->s, p.path, p.filter))
		return;
	else if (!strcmp(p.path, "hours.reply") || !strcmp(p.path, "hours.next"))
		warn(c, line,
			"malgil.cfg says no %s: give {%s} a fallback, or the text stays "
			"away until it does",
			!strcmp(p.path, "hours.next") ? "hours.week" : p.path, p.path);
	else
		fail(c, line, "{%s} may have no value: give it a fallback, {%s|...}",
			p.path, p.path);
}

static void
check_template(
	const struct checker *c, unsigned line, const struct template *t, bool customer)
{
	for (size_t i = 0; t && i < template_count(t); i++)
		check_place(c, line, template_at(t, i), customer);
}

/* Wording that one of the shop's packs forbids. */
static void
check_forbidden(const struct checker *c, unsigned line, const struct template *t)
{
	const struct packs *packs = c->rules->config->packs;
	struct strbuf words = STRBUF_INIT(8192);
	char word[64];
	template_literal(t, &words);
	if (words.full || words.len > TEXT_MAX)
		fail(c, line, "this text has over %d bytes: no phone would take it",
			TEXT_MAX);
	for (size_t i = 0; i < packs->meant; i++)
		if (wording_forbidden(&packs->list[i], words.s, word))
			fail(c, line, "the pack of %s forbids the wording '%s'",
				packs->list[i].country, word);
	strbuf_done(&words);
}

static void
check_text(const struct checker *c, const struct script_text *t)
{
	for (size_t i = 0; i < t->count; i++) {
		check_template(c, t->line, t->variants[i].body, true);
		check_forbidden(c, t->line, t->variants[i].body);
	}
}

/* ---- conditions ---- */

struct condition {
	const struct checker *c;
	unsigned line;
};

static void
check_name(void *ctx, char what, const char *name)
{
	const struct condition *cond = ctx;
	struct suggest near;
	if (what == 'e' || names_known(cond->c->s, name))
		return;
	suggest_init(&near, name);
	names_suggest(cond->c->s, &near);
	(what == 'v' ? warn : fail)(cond->c, cond->line,
		"nothing gives '%s' a value in this script%s%s%s", name,
		near.best ? "; did you mean '" : "", near.best ? near.best : "",
		near.best ? "'?" : "");
}

static void
check_cond(const struct checker *c, unsigned line, const struct expr *e)
{
	struct condition cond = {c, line};
	if (e)
		expr_names(e, check_name, &cond);
}

static void
check_lookup(const struct checker *c, const struct step *p)
{
	const struct connectors *all = c->rules->config->connectors;
	const struct connector *connector;
	const struct connector_query *query;
	struct strbuf why = STRBUF_SENTENCE;
	for (size_t i = 0; i < p->lookup.arg_count; i++)
		check_template(c, p->lookup.line, p->lookup.args[i], true);
	if (p->lookup.line && all &&
		connectors_find(all, p->lookup.use, p->lookup.query, p->lookup.arg_count,
			&connector, &query, &why) < 0)
		warn(c, p->lookup.line, "%s; until then it goes to 'error'", why.s);
	strbuf_done(&why);
}

static bool
any_variant(const struct script_text *t, bool (*test)(const struct template *t))
{
	for (size_t i = 0; i < t->count; i++)
		if (test(t->variants[i].body))
			return true;
	return false;
}

/* Somewhere customers are asked how it was: reviews are not bought. */
static bool
asks_for_review(const struct script *s)
{
	for (size_t i = 0; i < s->step_count; i++) {
		const struct step *p = &s->steps[i];
		if (any_variant(&p->ask, promo_asks_opinion) ||
			any_variant(&p->say, promo_asks_opinion))
			return true;
		for (size_t k = 0; k < p->variant_count; k++)
			if (any_variant(&p->variants[k].say, promo_asks_opinion))
				return true;
	}
	return false;
}

static void
check_class(const struct checker *c, const struct step *p, const struct script_text *t,
	bool review)
{
	enum message_class cls = p->cls      ? p->cls
				 : c->s->cls ? c->s->cls
					     : CLASS_MARKETING;
	if (cls == CLASS_SERVICE && any_variant(t, promo_suggests))
		fail(c, t->line,
			"this text of '%s' suggests something to buy, so it is "
			"marketing: "
			"write class = \"marketing\"; in the step",
			p->name);
	if (!t->count || !t->offers)
		return;
	if (cls != CLASS_MARKETING)
		fail(c, t->line,
			"this text of '%s' offers something, so it is marketing: write "
			"class = "
			"\"marketing\"; in the step",
			p->name);
	if (review)
		fail(c, t->line, "a coupon or gift in a script that asks for a review");
}

/* ---- steps ---- */

static void
check_stop_words(const struct checker *c, const struct wordset *words, unsigned line,
	const char *where)
{
	const struct pack *pack;
	for (size_t i = 0; i < words->count; i++)
		if (rules_is_stop(c->rules, words->words[i], &pack))
			fail(c, line,
				"'%s' in %s is a STOP word (the pack of %s): whoever "
				"writes "
				"it is unsubscribed and never gets here",
				words->words[i], where, pack->country);
}

/* A word of two answers is a word of none. */
static void
check_shared_words(const struct checker *c, const struct step *p, size_t later)
{
	const struct script_answer *a = &p->answers.items[later];
	for (size_t k = 0; k < a->is.count * later; k++) {
		const struct script_answer *b = &p->answers.items[k % later];
		const char *word = a->is.words[k / later];
		if (wordset_has(&b->is, word))
			fail(c, a->line,
				"'%s' is an answer of both '%s' and '%s', so it is none",
				word, b->name, a->name);
	}
}

static void
check_answers(const struct checker *c, const struct step *p)
{
	for (size_t i = 0; i < p->answers.count; i++) {
		const struct script_answer *a = &p->answers.items[i];
		check_stop_words(c, &a->is, a->line, "an answer");
		check_text(c, &a->say);
		check_class(c, p, &a->say, false);
		check_shared_words(c, p, i);
	}
}

/* Whoever never answers, or never answers rightly, must get somewhere. */
static void
check_question(const struct checker *c, const struct step *p)
{
	bool expires = c->s->expire_after > 0;
	if (p->verb != VERB_ASK)
		return;
	if (!p->timeout.after && !expires && !p->retry.then.name && !p->other.name)
		fail(c, p->line,
			"the question '%s' never ends: give it a 'timeout', or the "
			"script an "
			"'expire'",
			p->name);
	else if (!p->timeout.after && !expires)
		warn(c, p->line,
			"'%s' waits for ever for whoever falls silent: give it a "
			"'timeout', or "
			"the script an 'expire'",
			p->name);
	else if (p->timeout.after && !p->timeout.then.name)
		fail(c, p->timeout.line, "the timeout of '%s' lacks 'then'", p->name);
	if (!p->retry.line && !p->other.name &&
		!(p->accepts && p->accept.kind == ANSWER_ANY) &&
		(p->answers.count || p->choose || p->accepts))
		warn(c, p->line,
			"'%s' has neither 'retry' nor 'other': a wrong answer goes to "
			"staff",
			p->name);
	if (p->retry.line && !p->retry.then.name)
		fail(c, p->retry.line, "the retry of '%s' lacks 'then'", p->name);
	if (p->timeout.max > 1)
		fail(c, p->timeout.line, "one nudge is the most a question may send");
}

static void
check_wording(const struct checker *c, const struct step *p)
{
	char name[64];
	const char *w = p->consent.wording;
	if (p->consent.grant && !w)
		fail(c, p->consent.line,
			"a consent without 'wording' proves nothing: name the steps "
			"whose texts were shown");
	while (w && *w) {
		w += strspn(w, ", ");
		size_t n = strcspn(w, ", ");
		if (!n)
			break;
		memcpy(name, w, MIN(n, sizeof(name) - 1));
		name[MIN(n, sizeof(name) - 1)] = '\0';
		if (script_step(c->s, name) < 0)
			fail(c, p->consent.line, "'wording' names '%s', which is no step",
				name);
		w += n;
	}
}

static void
check_start(const struct checker *c, const struct step *p)
{
	struct suggest near;
	if (!p->start || script_find(c->set, p->start, NULL))
		return;
	suggest_init(&near, p->start);
	for (size_t i = 0; i < c->set->count; i++)
		suggest_offer(&near, c->set->scripts[i]->id);
	/* It may come from another folder, so this is not the end of it. */
	warn(c, p->start_line, "there is no script '%s' beside this one to start%s%s%s",
		p->start, near.best ? "; did you mean '" : "", near.best ? near.best : "",
		near.best ? "'?" : "");
}

static void
check_winner(const struct checker *c, const struct step *p)
{
	static const char *const ways[] = {"goal", "click", "reply"};
	const struct script_winner *w = &p->winner;
	struct suggest near;
	bool known = false;
	if (!w->line)
		return;
	suggest_init(&near, w->by ? w->by : "");
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		known = known || (w->by && !strcmp(w->by, ways[i]));
		suggest_offer(&near, ways[i]);
	}
	if (!w->by)
		fail(c, w->line, "'winner' lacks 'by': goal, click or reply");
	else if (!known)
		fail(c, w->line, "'by = \"%s\"' is none of goal, click, reply%s%s%s",
			w->by, near.best ? "; did you mean '" : "",
			near.best ? near.best : "", near.best ? "'?" : "");
	else if (!strcmp(w->by, "goal") && !c->s->journey.goal.event)
		fail(c, w->line,
			"'by = \"goal\"' needs a journey with a 'goal'; a dialog has "
			"click "
			"and reply");
	if (p->variant_count < 2 || p->variant_count > CONTEST_MAX)
		fail(c, w->line, "'winner' needs 2 to %d 'variants' to choose from",
			CONTEST_MAX);
	if (w->sure && (w->sure < 50 || w->sure > 99))
		fail(c, w->line, "'sure' is 50 to 99 percent");
	if (w->min_each < 0)
		fail(c, w->line, "'min_each' is a number of people");
}

static void
check_step(const struct checker *c, const struct step *p, bool review)
{
	const struct script_text *texts[] = {&p->say, &p->ask, &p->retry.say,
		&p->timeout.nudge, &p->handoff.open, &p->handoff.closed,
		&p->handoff.unclaimed_say};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		check_text(c, texts[i]);
		check_class(c, p, texts[i], review);
	}
	for (size_t i = 0; i < p->variant_count; i++) {
		check_text(c, &p->variants[i].say);
		check_class(c, p, &p->variants[i].say, review);
	}
	check_winner(c, p);
	check_template(c, p->line, p->note, false);
	check_template(c, p->handoff.line, p->handoff.note, false);
	check_template(c, p->handoff.line, p->handoff.topic, false);
	check_cond(c, p->cond_line, p->cond);
	for (size_t i = 0; i < p->case_count; i++)
		check_cond(c, p->cases[i].line, p->cases[i].cond);
	check_lookup(c, p);
	check_answers(c, p);
	if ((p->save || p->score) && p->verb != VERB_ASK && p->verb != VERB_WAIT)
		fail(c, p->line, "'%s' keeps an answer, but the step '%s' asks nothing",
			p->save ? "save" : "score", p->name);
	check_question(c, p);
	if (p->consent.line)
		check_wording(c, p);
	check_start(c, p);
	if (p->wait.until && !until_good(p->wait.until))
		fail(c, p->wait.line,
			"'until = \"%s\"' is not a time; write \"10:00\", \"thu 12:00\" "
			"or \"order.eta "
			"10:00\"",
			p->wait.until);
}

/* A policy is asked for only where it is used; the KR pack wants its number for refusals.
 */
static void
check_marketing(const struct checker *c)
{
	bool marketing = c->s->cls == CLASS_MARKETING;
	for (size_t i = 0; i < c->s->step_count; i++)
		marketing = marketing || c->s->steps[i].cls == CLASS_MARKETING;
	if (marketing && !strcmp(c->rules->pack->country, "KR") &&
		!c->rules->config->policy->optout_080)
		fail(c, c->s->line,
			"marketing in Korea needs policy.optout_080, the free number "
			"that takes refusals");
	if (!c->s->cls)
		warn(c, c->s->line,
			"no 'class' is given, so every text counts as marketing");
}

void
lint_script(struct lint *l, const struct script *s, const struct script_set *set,
	const struct rules *rules)
{
	struct checker c = {l, s, set, rules};
	bool review = asks_for_review(s);
	check_stop_words(&c, &s->start.set, s->start.line, "the keywords");
	check_stop_words(&c, &s->restart, s->line, "the restart words");
	check_stop_words(&c, &s->leave, s->line, "the leave words");
	if (s->step_count && !s->is_journey && !s->start.line && set->count <= 1)
		warn(&c, s->line, "no 'start': only another script can begin this one");
	for (size_t i = 0; i < s->step_count; i++)
		check_step(&c, &s->steps[i], review);
	check_cond(&c, s->start.line, s->start.unless);
	check_cond(&c, s->journey.trigger.line, s->journey.trigger.cond);
	check_cond(&c, s->journey.trigger.line, s->journey.trigger.segment);
	for (size_t i = 0; i < s->journey.exit_count; i++)
		check_cond(&c, s->journey.exits[i].line, s->journey.exits[i].cond);
	check_reach(&c);
	check_circles(&c);
	check_marketing(&c);
	if (s->is_journey && s->journey.holdout)
		warn(&c, s->line,
			"a holdout needs about 1,000 people before it says anything");
}

/* ---- across scripts ---- */

static void
same_keywords(struct lint *l, const struct script *a, const struct script *b)
{
	struct checker c = {.l = l, .s = b};
	if (!a->start.line || !b->start.line || a->start.rank != b->start.rank)
		return;
	for (size_t i = 0; i < b->start.set.count; i++)
		if (wordset_has(&a->start.set, b->start.set.words[i]))
			fail(&c, b->start.line,
				"the keyword '%s' also starts %s (line %u) with the same "
				"rank %d; one of "
				"them needs another rank",
				b->start.set.words[i], a->id, a->start.line,
				(int)a->start.rank);
}

static bool
starts_itself(
	const struct script_set *set, const struct script *s, const char *id, int depth)
{
	for (size_t i = 0; depth && i < s->step_count; i++) {
		const char *child = s->steps[i].start;
		const struct script *next = child ? script_find(set, child, NULL) : NULL;
		if (next && (!strcmp(next->id, id) ||
				    starts_itself(set, next, id, depth - 1)))
			return true;
	}
	return false;
}

void
lint_set(struct lint *l, const struct script_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct script *s = set->scripts[i];
		struct checker c = {.l = l, .s = s};
		for (size_t k = 0; k < i; k++)
			same_keywords(l, set->scripts[k], s);
		if (starts_itself(set, s, s->id, 8))
			fail(&c, s->line,
				"scripts that start each other in a circle lead back "
				"here");
	}
}
