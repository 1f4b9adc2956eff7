/* Where the steps of a script lead: those nobody comes to, and circles without a wait. */
#include <stdlib.h>
#include <string.h>

#include "dialogs/lint_inside.h"

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

void
lint_reach(const struct checker *c)
{
	const struct script *s = c->s;
	bool *seen = xcalloc(s->step_count, sizeof(*seen));
	reach(s, 0, seen);
	reach(s, s->start.otherwise.step, seen);
	reach(s, s->expire_then.step, seen);
	for (size_t i = 0; i < s->step_count; i++)
		if (!seen[i])
			lint_fail(c, s->steps[i].line, "nothing leads to the step '%s'",
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

void
lint_circles(const struct checker *c)
{
	char *state = xcalloc(c->s->step_count, 1);
	for (size_t i = 0; i < c->s->step_count; i++) {
		if (state[i] != FRESH || !circle(c, (int)i, state))
			continue;
		size_t first = 0;
		while (state[first] != OPEN)
			first++;
		lint_fail(c, c->s->steps[first].line,
			"from '%s' the script comes back to itself without waiting for "
			"anybody",
			c->s->steps[first].name);
		break;
	}
	free(state);
}
