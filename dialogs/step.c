/* The engine hears what happened, an answer, a clock, the rest of the world, and says
 * where the run goes on; going there is step_move.c's. */
#include <stdio.h>
#include <string.h>

#include "dialogs/engine.h"

/* ---- answers ---- */

static void
save_answer(struct engine *e, const struct step *s, const struct value *v)
{
	if (s->save)
		facts_save(e, s->save, v);
	if (s->score) {
		struct effect *f = engine_effect(e, EFFECT_SCORE);
		struct strbuf text = STRBUF_INIT(1024);
		value_print(v, e->env->zone, &text);
		f->name = s->score;
		f->value = arena_strdup(&e->out->arena, text.s);
		strbuf_done(&text);
	}
}

/* `choose` narrows the rows to one: o.2.item becomes o.item. */
static void
choose_row(struct engine *e, const struct step *s, size_t row)
{
	struct run_frame *f = engine_frame(e);
	char prefix[100], name[128];
	size_t n = (size_t)snprintf(prefix, sizeof(prefix), "%s.%zu.", s->choose, row);
	size_t count = f->var_count;
	for (size_t i = 0; i < count; i++) {
		if (strncmp(f->vars[i].name, prefix, n) != 0)
			continue;
		struct value v = {f->vars[i].kind, f->vars[i].number, f->vars[i].time,
			f->vars[i].text};
		snprintf(name, sizeof(name), "%s.%s", s->choose, f->vars[i].name + n);
		run_set(f, name, &v);
	}
	struct value one = value_number((double)row);
	save_answer(e, s, &one);
}

static int
take(struct engine *e, const struct step *s, const struct reply *r, const char *text)
{
	const struct script_answer *a =
		r->kind == REPLY_ANSWER ? &s->answers.items[r->index] : NULL;
	struct value v = value_text(a                         ? a->name
				    : r->kind == REPLY_ACCEPT ? r->value.s
							      : text);
	double number;
	if (r->kind == REPLY_ACCEPT && s->accept.kind == ANSWER_NUMBER &&
		value_parse_number(r->value.s, &number))
		v = value_number(number);
	if (r->kind == REPLY_ROW)
		choose_row(e, s, r->index);
	else
		save_answer(e, s, &v);
	if (a) {
		facts_apply(e, &a->set, &a->add);
		say_text(e, s, &a->say, false);
	}
	move_act(e, s);
	if (a && a->go.step >= 0)
		return a->go.step;
	return move_last_act(e, s);
}

static int
unmatched(struct engine *e, const struct step *s)
{
	if (s->other.name)
		return move_follow(e, s, &s->other);
	if (!s->retry.line) {
		e->out->taken = false;
		return NOWHERE;
	}
	if (e->run->tries >= s->retry.max)
		return s->retry.then.name ? move_follow(e, s, &s->retry.then)
					  : move_end(e, "left");
	unsigned tries = e->run->tries + 1;
	say_text(e, s, s->retry.say.count ? &s->retry.say : &s->ask, false);
	move_wait(e, RUN_REPLY);
	e->run->tries = tries;
	if (e->run->state == RUN_REPLY && s->timeout.after)
		engine_timer(e, TIMER_TIMEOUT, s->timeout.after);
	return NOWHERE;
}

static int
on_text(struct engine *e, const struct step *s, const char *text)
{
	struct reply r = {.value = STRBUF_INIT(4096)};
	int at = NOWHERE;
	e->caused = true;
	e->run->last_text = e->env->now;
	run_set(engine_frame(e), "last",
		&(struct value){.kind = VALUE_TEXT, .text = text});
	if (e->run->state != RUN_REPLY) {
		e->out->taken = false;
		return NOWHERE;
	}
	reply_read(e->script, s, e->run, text, e->env, &r);
	switch (r.kind) {
	case REPLY_NONE: at = unmatched(e, s); break;
	case REPLY_LEAVE: at = move_end(e, "left"); break;
	case REPLY_RESTART:
		run_forget(engine_frame(e));
		at = 0;
		break;
	case REPLY_ANSWER:
	case REPLY_ACCEPT:
	case REPLY_ROW:
	case REPLY_ANY: at = take(e, s, &r, text); break;
	}
	strbuf_done(&r.value);
	return at;
}

/* ---- the clock ---- */

static int
on_timeout(struct engine *e, const struct step *s)
{
	int64_t max = s->timeout.max >= 0 ? s->timeout.max : s->timeout.nudge.count > 0;
	if ((int64_t)e->run->nudges < max) {
		e->run->nudges++;
		say_nudge(e, s, &s->timeout.nudge);
		engine_timer(e, TIMER_TIMEOUT, s->timeout.after);
		return NOWHERE;
	}
	return s->timeout.then.name ? move_follow(e, s, &s->timeout.then)
				    : move_end(e, "expired");
}

static int
on_unclaimed(struct engine *e, const struct step *s)
{
	const struct script_handoff *h = &s->handoff;
	struct value claimed = {0};
	facts_get(e, "ticket.claimed", &claimed);
	if (value_is_true(&claimed))
		return NOWHERE;
	if (h->page && !e->run->nudges) {
		struct effect *f = engine_effect(e, EFFECT_PAGE);
		f->name = h->page;
		f->text = h->queue;
	}
	if ((int64_t)e->run->nudges++ < h->unclaimed_max) {
		say_nudge(e, s, &h->unclaimed_say);
		engine_timer(e, TIMER_UNCLAIMED, h->unclaimed_after);
	}
	return NOWHERE;
}

static int
on_expire(struct engine *e, unsigned depth)
{
	struct run *run = e->run;
	if (!depth || depth > run->depth || run->state == RUN_TICKET)
		return NOWHERE;
	const struct run_frame *f = &run->frames[depth - 1];
	const struct script *script = script_find(e->set, f->script, f->hash);
	if (!script || !script->expire_after)
		return NOWHERE;
	int64_t due = run->last_text + script->expire_after;
	if (due > e->env->now) {
		engine_timer(e, TIMER_EXPIRE, due - e->env->now);
		e->out->last->visit = depth;
		return NOWHERE;
	}
	while (run->depth > depth)
		run_forget(&run->frames[--run->depth]);
	if (move_locate(e) == NOWHERE)
		return NOWHERE;
	return script->expire_then.step >= 0 ? script->expire_then.step
					     : move_end_frame(e, "expired");
}

static int
on_timer(struct engine *e, const struct step *s, const struct step_event *event)
{
	const struct run *run = e->run;
	if (event->timer == TIMER_EXPIRE)
		return on_expire(e, event->visit);
	if (event->visit != run->visit)
		return NOWHERE; /* stale: the run has moved on */
	if (event->timer == TIMER_TIMEOUT && run->state == RUN_REPLY)
		return on_timeout(e, s);
	if (event->timer == TIMER_UNCLAIMED && run->state == RUN_TICKET)
		return on_unclaimed(e, s);
	if (event->timer == TIMER_LOOKUP && run->state == RUN_LOOKUP)
		return move_follow(e, s, &s->on.error);
	if (event->timer != TIMER_WAIT ||
		(run->state != RUN_REPLY && run->state != RUN_PAUSE))
		return NOWHERE;
	return move_follow(e, s, s->none.name ? &s->none : &s->go);
}

/* ---- everything else that happens ---- */

static void
keep_row(struct engine *e, const char *root, const struct step_row *row, size_t number)
{
	char name[128];
	for (size_t i = 0; i < row->count && i < 20; i++) {
		struct value v = value_text(row->values[i]);
		if (number)
			snprintf(name, sizeof(name), "%s.%zu.%s", root, number,
				row->names[i]);
		else
			snprintf(name, sizeof(name), "%s.%s", root, row->names[i]);
		if (row->values[i])
			run_set(engine_frame(e), name, &v);
		if (row->said && !strcmp(row->names[i], "state")) {
			strncat(name, FACTS_SAID, sizeof(name) - strlen(name) - 1);
			v = value_text(row->said);
			run_set(engine_frame(e), name, &v);
		}
	}
}

static int
on_lookup(struct engine *e, const struct step *s, const struct step_event *event)
{
	const char *root = s->lookup.into;
	size_t n = event->row_count;
	char name[128];
	if (e->run->state != RUN_LOOKUP || event->visit != e->run->visit)
		return NOWHERE;
	e->caused = e->run->answering;
	run_unset(engine_frame(e), root);
	if (event->failed)
		return move_follow(e, s, &s->on.error);
	struct value count = value_number((double)MIN(n, STEP_ROWS));
	snprintf(name, sizeof(name), "%s.count", root);
	run_set(engine_frame(e), name, &count);
	if (n == 1)
		keep_row(e, root, &event->rows[0], 0);
	for (size_t i = 0; n > 1 && i < n && i < STEP_ROWS; i++)
		keep_row(e, root, &event->rows[i], i + 1);
	return move_follow(e, s,
		!n                           ? &s->on.none
		: n == 1 || !s->on.many.name ? &s->on.one
					     : &s->on.many);
}

static int
on_sent(struct engine *e, const struct step *s, enum event_kind kind)
{
	if (e->run->state != RUN_SENDING) {
		e->out->taken = false;
		return NOWHERE;
	}
	if (kind == EVENT_DROPPED)
		return move_end(e, "dropped");
	e->run->last_text = e->env->now;
	if (!e->run->resume_verb)
		return move_verb(e, s);
	/* A question that never left cannot be answered. */
	return kind == EVENT_SENT ? move_ask(e, s) : move_follow(e, s, &s->go);
}

/* What was waited for is what the steps after it speak of. */
static void
keep_happening(struct engine *e)
{
	const struct step_event *event = e->happening;
	const struct step_row *row = event->row_count ? event->rows : NULL;
	char name[160];
	for (size_t i = 0; row && i < row->count; i++) {
		struct value v = value_text(row->values[i]);
		snprintf(name, sizeof(name), "event.%s", row->names[i]);
		run_set(engine_frame(e), name, &v);
		snprintf(name, sizeof(name), "%.*s.%s", (int)strcspn(event->name, "."),
			event->name, row->names[i]);
		run_set(engine_frame(e), name, &v);
	}
}

static int
on_happened(struct engine *e, const struct step *s, const struct step_event *event)
{
	const struct script_journey *j = &e->script->journey;
	const char *name = event->name;
	e->happening = event;
	for (size_t i = 0; i < j->exit_count; i++) {
		const struct script_exit *x = &j->exits[i];
		bool pause = x->mode && !strcmp(x->mode, "pause");
		if (!pause && !strcmp(x->event, name) && facts_true(e, x->cond))
			return move_end(e, x->name);
	}
	if (e->run->state == RUN_PAUSE && s->wait.event && !strcmp(s->wait.event, name)) {
		keep_happening(e);
		return move_follow(e, s, &s->go);
	}
	e->out->taken = false;
	return NOWHERE;
}

static int
on_start(struct engine *e, const struct step_event *event)
{
	const struct script *script = event->script;
	e->run->started = e->run->last_text = e->env->now;
	e->caused = event->text != NULL;
	int at = move_push(e, script);
	for (size_t i = 0; event->row_count && i < event->rows[0].count; i++) {
		struct value v = value_text(event->rows[0].values[i]);
		run_set(engine_frame(e), event->rows[0].names[i], &v);
	}
	if (event->text)
		run_set(engine_frame(e), "last",
			&(struct value){.kind = VALUE_TEXT, .text = event->text});
	if (event->at_step)
		at = script_step(script, event->at_step);
	else if (script->start.unless && facts_true(e, script->start.unless))
		at = script->start.otherwise.step;
	return at;
}

static int
on_event(struct engine *e, const struct step_event *event)
{
	if (event->kind == EVENT_START)
		return on_start(e, event);
	int at = move_locate(e);
	if (at == NOWHERE)
		return NOWHERE;
	const struct step *s = &e->script->steps[at];
	switch (event->kind) {
	case EVENT_TEXT: return on_text(e, s, event->text);
	case EVENT_TIMER: return on_timer(e, s, event);
	case EVENT_LOOKUP: return on_lookup(e, s, event);
	case EVENT_CLOSED:
		if (e->run->state == RUN_TICKET)
			return move_last_act(e, s);
		break;
	case EVENT_HAPPENED: return on_happened(e, s, event);
	case EVENT_SENT:
	case EVENT_SUPPRESSED:
	case EVENT_DROPPED: return on_sent(e, s, event->kind);
	case EVENT_LEAVE: return move_end(e, event->name);
	case EVENT_START:
	case EVENT_RELOADED: break;
	}
	return NOWHERE;
}

void
step(const struct script_set *set, struct run *run, const struct step_event *event,
	const struct step_env *env, struct step_result *ret)
{
	*ret = (struct step_result){.taken = true};
	struct engine e = {.set = set, .run = run, .env = env, .out = ret};
	if (run->state == RUN_ENDED ||
		(run->state == RUN_NEW) != (event->kind == EVENT_START)) {
		ret->taken = false;
		return;
	}
	move_go(&e, on_event(&e, event));
}

static const struct step *
waiting(const struct script_set *set, const struct run *run, const struct script **ret)
{
	if (run->state != RUN_REPLY || !run->depth)
		return NULL;
	const struct run_frame *f = &run->frames[run->depth - 1];
	*ret = script_find(set, f->script, f->hash);
	int at = *ret ? script_step(*ret, f->step) : -1;
	return at < 0 ? NULL : &(*ret)->steps[at];
}

bool
step_fits(const struct script_set *set, const struct run *run, const char *text,
	const struct step_env *env)
{
	const struct script *script;
	const struct step *s = waiting(set, run, &script);
	struct reply r = {.value = STRBUF_INIT(4096)};
	if (s)
		reply_read(script, s, run, text, env, &r);
	strbuf_done(&r.value);
	return s && r.kind != REPLY_NONE;
}

bool
step_minds(const struct script_set *set, const struct run *run)
{
	const struct script *script;
	const struct step *s = waiting(set, run, &script);
	return s && (s->other.name || s->retry.line);
}
