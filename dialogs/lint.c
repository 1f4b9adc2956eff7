/* What is judged step by step, script by script, and across them. */
#include "dialogs/lint_inside.h"

#include <stdlib.h>
#include <string.h>

#include "dialogs/until.h"
#include "gateway/base/suggest.h"
#include "gateway/core/proportion.h"
#include "gateway/core/wording.h"

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

void
lint_fail(const struct checker *c, unsigned line, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	found(c->l, true, c->s->file, line, fmt, ap);
	va_end(ap);
}

void
lint_warn(const struct checker *c, unsigned line, const char *fmt, ...)
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

/* ---- steps ---- */

static void
check_stop_words(const struct checker *c, const struct wordset *words, unsigned line,
	const char *where)
{
	const struct pack *pack;
	for (size_t i = 0; i < words->count; i++)
		if (rules_is_stop(c->rules, words->words[i], &pack))
			lint_fail(c, line,
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
			lint_fail(c, a->line,
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
		lint_text(c, &a->say);
		lint_class(c, p, &a->say, false);
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
		lint_fail(c, p->line,
			"the question '%s' never ends: give it a 'timeout', or the "
			"script an "
			"'expire'",
			p->name);
	else if (!p->timeout.after && !expires)
		lint_warn(c, p->line,
			"'%s' waits for ever for whoever falls silent: give it a "
			"'timeout', or "
			"the script an 'expire'",
			p->name);
	else if (p->timeout.after && !p->timeout.then.name)
		lint_fail(
			c, p->timeout.line, "the timeout of '%s' lacks 'then'", p->name);
	if (!p->retry.line && !p->other.name &&
		!(p->accepts && p->accept.kind == ANSWER_ANY) &&
		(p->answers.count || p->choose || p->accepts))
		lint_warn(c, p->line,
			"'%s' has neither 'retry' nor 'other': a wrong answer goes to "
			"staff",
			p->name);
	if (p->retry.line && !p->retry.then.name)
		lint_fail(c, p->retry.line, "the retry of '%s' lacks 'then'", p->name);
	if (p->timeout.max > 1)
		lint_fail(
			c, p->timeout.line, "one nudge is the most a question may send");
}

static void
check_wording(const struct checker *c, const struct step *p)
{
	char name[64];
	const char *w = p->consent.wording;
	if (p->consent.grant && !w)
		lint_fail(c, p->consent.line,
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
			lint_fail(c, p->consent.line,
				"'wording' names '%s', which is no step", name);
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
	lint_warn(c, p->start_line,
		"there is no script '%s' beside this one to start%s%s%s", p->start,
		near.best ? "; did you mean '" : "", near.best ? near.best : "",
		near.best ? "'?" : "");
}

static bool
text_links(const struct script_text *t)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct template *body = t->variants[i].body;
		for (size_t k = 0; k < template_count(body); k++) {
			struct template_place p = template_at(body, k);
			if (!strcmp(p.function ? p.path
				    : p.filter ? p.filter
					       : "",
				    "link"))
				return true;
		}
	}
	return false;
}

/* Does any text link, those of the variants under test aside? */
static bool
links_beside(const struct script *s, const struct step *test)
{
	for (size_t i = 0; i < s->step_count; i++) {
		const struct step *p = &s->steps[i];
		bool any = text_links(&p->say) || text_links(&p->ask);
		for (size_t k = 0; k < p->variant_count && p != test; k++)
			any = any || text_links(&p->variants[k].say);
		for (size_t k = 0; k < p->answers.count; k++)
			any = any || text_links(&p->answers.items[k].say);
		if (any)
			return true;
	}
	return false;
}

/* A link all of them come to may be in the answer to what the variants ask; without one,
 * a variant that has none can never win, and the test says nothing. */
static void
check_clicks(const struct checker *c, const struct step *p)
{
	size_t linking = 0;
	if (links_beside(c->s, p))
		return;
	for (size_t i = 0; i < p->variant_count; i++)
		linking += text_links(&p->variants[i].say);
	if (!linking)
		lint_fail(c, p->winner.line,
			"'by = \"click\"', but no text of this script holds a link "
			"({link:/...} or {NAME:link})");
	for (size_t i = 0; linking && i < p->variant_count; i++)
		if (!text_links(&p->variants[i].say))
			lint_fail(c, p->variants[i].line,
				"'by = \"click\"', but who gets the variant '%s' is "
				"shown no link ({link:/...} or {NAME:link}), so it can "
				"never win",
				p->variants[i].name);
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
		lint_fail(c, w->line, "'winner' lacks 'by': goal, click or reply");
	else if (!known)
		lint_fail(c, w->line, "'by = \"%s\"' is none of goal, click, reply%s%s%s",
			w->by, near.best ? "; did you mean '" : "",
			near.best ? near.best : "", near.best ? "'?" : "");
	else if (!strcmp(w->by, "goal") && !c->s->journey.goal.event)
		lint_fail(c, w->line,
			"'by = \"goal\"' needs a journey with a 'goal'; a dialog has "
			"click "
			"and reply");
	else if (!strcmp(w->by, "click"))
		check_clicks(c, p);
	if (p->variant_count < 2 || p->variant_count > CONTEST_MAX)
		lint_fail(c, w->line, "'winner' needs 2 to %d 'variants' to choose from",
			CONTEST_MAX);
	if (w->sure && (w->sure < 50 || w->sure > 99))
		lint_fail(c, w->line, "'sure' is 50 to 99 percent");
	if (w->min_each < 0)
		lint_fail(c, w->line, "'min_each' is a number of people");
}

static void
check_step(const struct checker *c, const struct step *p, bool review)
{
	const struct script_text *texts[] = {&p->say, &p->ask, &p->retry.say,
		&p->timeout.nudge, &p->handoff.open, &p->handoff.closed,
		&p->handoff.unclaimed_say};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		lint_text(c, texts[i]);
		lint_class(c, p, texts[i], review);
	}
	for (size_t i = 0; i < p->variant_count; i++) {
		lint_text(c, &p->variants[i].say);
		lint_class(c, p, &p->variants[i].say, review);
	}
	check_winner(c, p);
	lint_template(c, p->line, p->note, false);
	lint_template(c, p->handoff.line, p->handoff.note, false);
	lint_template(c, p->handoff.line, p->handoff.topic, false);
	lint_cond(c, p->cond_line, p->cond);
	for (size_t i = 0; i < p->case_count; i++)
		lint_cond(c, p->cases[i].line, p->cases[i].cond);
	lint_lookup(c, p);
	check_answers(c, p);
	if ((p->save || p->score) && p->verb != VERB_ASK && p->verb != VERB_WAIT)
		lint_fail(c, p->line,
			"'%s' keeps an answer, but the step '%s' asks nothing",
			p->save ? "save" : "score", p->name);
	check_question(c, p);
	if (p->consent.line)
		check_wording(c, p);
	check_start(c, p);
	if (p->wait.until && !until_good(p->wait.until))
		lint_fail(c, p->wait.line,
			"'until = \"%s\"' is not a time; write \"10:00\", \"thu 12:00\" "
			"or \"order.eta "
			"10:00\"",
			p->wait.until);
}

/* Does this step send anything that is a promotion? What sends nothing needs no number.
 */
static bool
advertises(const struct script *s, const struct step *p)
{
	bool speaks = p->say.count || p->ask.count || p->variant_count ||
		      p->handoff.open.count || p->handoff.closed.count ||
		      p->handoff.unclaimed_say.count;
	return speaks && (p->cls ? p->cls : s->cls) == CLASS_MARKETING;
}

/* A policy is asked for only where it is used; the KR pack wants its number for refusals.
 */
static void
check_marketing(const struct checker *c)
{
	bool marketing = false;
	for (size_t i = 0; i < c->s->step_count; i++)
		marketing = marketing || advertises(c->s, &c->s->steps[i]);
	if (marketing && !strcmp(c->rules->pack->country, "KR") &&
		!c->rules->config->policy->optout_080)
		lint_fail(c, c->s->line,
			"marketing in Korea needs policy.optout_080, the free number "
			"that takes refusals");
	if (!c->s->cls)
		lint_warn(c, c->s->line,
			"no 'class' is given, so every text counts as marketing");
}

void
lint_script(struct lint *l, const struct script *s, const struct script_set *set,
	const struct rules *rules)
{
	struct checker c = {l, s, set, rules};
	bool review = lint_asks_for_review(s);
	check_stop_words(&c, &s->start.set, s->start.line, "the keywords");
	check_stop_words(&c, &s->restart, s->line, "the restart words");
	check_stop_words(&c, &s->leave, s->line, "the leave words");
	if (s->step_count && !s->is_journey && !s->start.line && set->count <= 1)
		lint_warn(&c, s->line,
			"no 'start': only another script can begin this one");
	for (size_t i = 0; i < s->step_count; i++)
		check_step(&c, &s->steps[i], review);
	lint_cond(&c, s->start.line, s->start.unless);
	lint_cond(&c, s->journey.trigger.line, s->journey.trigger.cond);
	lint_cond(&c, s->journey.trigger.line, s->journey.trigger.segment);
	for (size_t i = 0; i < s->journey.exit_count; i++)
		lint_cond(&c, s->journey.exits[i].line, s->journey.exits[i].cond);
	lint_heard(&c);
	lint_reach(&c);
	lint_circles(&c);
	check_marketing(&c);
	if (s->is_journey && s->journey.holdout)
		lint_warn(&c, s->line,
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
			lint_fail(&c, b->start.line,
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
			lint_fail(&c, s->line,
				"scripts that start each other in a circle lead back "
				"here");
	}
}
