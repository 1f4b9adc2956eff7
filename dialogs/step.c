/* The engine moves a run from step to step until it waits or ends. */
#include "dialogs/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogs/until.h"

struct effect *
engine_effect(struct engine *e, enum effect_kind kind)
{
	struct effect *f = arena_alloc(&e->out->arena, sizeof(*f));
	f->kind = kind;
	f->visit = e->run->visit;
	f->script = arena_strdup(&e->out->arena, engine_frame(e)->script);
	f->step = arena_strdup(&e->out->arena, engine_frame(e)->step);
	if (e->out->last)
		e->out->last->next = f;
	else
		e->out->first = f;
	e->out->last = f;
	return f;
}

void
engine_timer(struct engine *e, enum timer_kind kind, int64_t after)
{
	struct effect *f = engine_effect(e, EFFECT_TIMER);
	f->timer = kind;
	f->at = e->env->now + after;
}

static void
trouble(struct engine *e, const char *what)
{
	struct strbuf why = STRBUF_SENTENCE;
	strbuf_printf(&why, "%s, step '%s': %s", engine_frame(e)->script,
		engine_frame(e)->step, what);
	engine_effect(e, EFFECT_TROUBLE)->text = arena_strdup(&e->out->arena, why.s);
	strbuf_done(&why);
}

/* ---- ends ---- */

static int
end_run(struct engine *e, const char *outcome)
{
	struct run *run = e->run;
	snprintf(run->outcome, sizeof(run->outcome), "%s", outcome);
	run->state = RUN_ENDED;
	engine_effect(e, EFFECT_END)->name = arena_strdup(&e->out->arena, outcome);
	return NOWHERE;
}

/* Where the active frame stands; ends the run when its script or step is gone. */
static int
locate(struct engine *e)
{
	struct run_frame *f = engine_frame(e);
	e->script = script_find(e->set, f->script, f->hash);
	int at = e->script ? script_step(e->script, f->step) : NOWHERE;
	if (at == NOWHERE) {
		trouble(e, "the script no longer has it; the conversation was ended");
		return end_run(e, "step-removed");
	}
	snprintf(f->hash, sizeof(f->hash), "%s", e->script->hash);
	snprintf(f->step, sizeof(f->step), "%s", e->script->steps[at].name);
	return at;
}

static int
follow(const struct engine *e, const struct step *s, const struct script_target *t)
{
	return t && t->step >= 0 ? t->step : (int)(s - e->script->steps) + 1;
}

/* The active script is over: back to the one that started it, or the end. */
static int
end_frame(struct engine *e, const char *outcome)
{
	struct run *run = e->run;
	if (run->depth <= 1)
		return end_run(e, outcome);
	struct value last = {0};
	bool said = run_get(engine_frame(e), "last", &last);
	char *kept = said ? arena_strdup(&e->out->arena, last.text) : NULL;
	run_forget(engine_frame(e));
	run->depth--;
	int at = locate(e);
	if (at == NOWHERE)
		return NOWHERE;
	if (kept)
		run_set(engine_frame(e), "last",
			&(struct value){.kind = VALUE_TEXT, .text = kept});
	const struct step *s = &e->script->steps[at];
	return follow(e, s, &s->go);
}

/* ---- beginnings ---- */

static int
push(struct engine *e, const struct script *script)
{
	struct run *run = e->run;
	struct value last = {0};
	bool said = run->depth && run_get(engine_frame(e), "last", &last);
	if (run->depth == RUN_FRAMES) {
		trouble(e, "scripts start each other too deeply");
		return end_run(e, "limit");
	}
	struct run_frame *f = &run->frames[run->depth++];
	*f = (struct run_frame){0};
	snprintf(f->script, sizeof(f->script), "%s", script->id);
	snprintf(f->hash, sizeof(f->hash), "%s", script->hash);
	snprintf(f->step, sizeof(f->step), "%s", script->steps[0].name);
	if (said)
		run_set(f, "last", &last);
	e->script = script;
	if (script->expire_after) {
		engine_timer(e, TIMER_EXPIRE, script->expire_after);
		e->out->last->visit = run->depth;
	}
	return 0;
}

static int
start_script(struct engine *e, const struct step *s)
{
	const struct script *child = script_find(e->set, s->start, NULL);
	if (!child) {
		struct strbuf why = STRBUF_SENTENCE;
		strbuf_printf(&why, "there is no script '%s' to start", s->start);
		trouble(e, why.s);
		strbuf_done(&why);
		return follow(e, s, &s->go);
	}
	return push(e, child);
}

/* ---- the acts of a step ---- */

static void
act(struct engine *e, const struct step *s)
{
	facts_apply(e, &s->set, &s->add);
	if (s->tag)
		engine_effect(e, EFFECT_TAG)->name = s->tag;
	if (s->untag)
		engine_effect(e, EFFECT_UNTAG)->name = s->untag;
	if (s->emit)
		engine_effect(e, EFFECT_EMIT)->name = s->emit;
	if (s->webhook)
		engine_effect(e, EFFECT_WEBHOOK)->name = s->webhook;
	const char *note = s->reopen ? NULL : facts_fill(e, s->note);
	if (note && *note)
		engine_effect(e, EFFECT_NOTE)->text = note;
}

static int
last_act(struct engine *e, const struct step *s)
{
	if (s->start)
		return start_script(e, s);
	if (s->end)
		return end_frame(e, s->end);
	if (s->reopen) {
		struct effect *f = engine_effect(e, EFFECT_REOPEN);
		f->name = s->reopen;
		f->text = facts_fill(e, s->note);
	}
	return follow(e, s, &s->go);
}

/* The texts that were shown, in the order `wording` names their steps. */
static const char *
shown_wording(struct engine *e, const char *steps)
{
	struct strbuf all = STRBUF_INIT(8192), name = STRBUF_INIT(128);
	while (steps && *steps) {
		steps += strspn(steps, ", ");
		size_t n = strcspn(steps, ", ");
		struct value v = {0};
		strbuf_reset(&name);
		strbuf_puts(&name, "shown.");
		strbuf_add(&name, steps, n);
		if (n && run_get(engine_frame(e), name.s, &v))
			strbuf_printf(&all, "%s%s", all.len ? "\n" : "", v.text);
		steps += n;
	}
	const char *kept = arena_strdup(&e->out->arena, all.s);
	strbuf_done(&all);
	strbuf_done(&name);
	return kept;
}

static void
record_consent(struct engine *e, const struct step *s)
{
	const char *wording = shown_wording(e, s->consent.wording);
	struct effect *f = engine_effect(e, EFFECT_CONSENT);
	f->consent = &s->consent;
	f->text = wording;
	f->value = arena_strdup(&e->out->arena, e->script->hash);
}

static int
wait_in(struct engine *e, enum run_state state)
{
	struct run *run = e->run;
	run->state = state;
	run->visit++;
	run->answering = e->caused;
	if (++run->waits > STEP_LIMIT) {
		trouble(e, "this conversation has waited 250 times; it was ended");
		return end_run(e, "limit");
	}
	return NOWHERE;
}

static void
remember_asked(struct engine *e, const struct step *s)
{
	char name[160];
	if (!s->once)
		return;
	snprintf(name, sizeof(name), "contact.asked.%s.%s", e->script->id, s->name);
	struct value v = value_time(e->env->now);
	facts_save(e, name, &v);
}

static int
begin_question(struct engine *e, const struct step *s)
{
	e->run->tries = e->run->nudges = 0;
	remember_asked(e, s);
	wait_in(e, RUN_REPLY);
	if (e->run->state == RUN_REPLY && s->timeout.after)
		engine_timer(e, TIMER_TIMEOUT, s->timeout.after);
	return NOWHERE;
}

static int
begin_sending(struct engine *e, bool question)
{
	wait_in(e, RUN_SENDING);
	e->run->resume_verb = question;
	return NOWHERE;
}

static int
begin_lookup(struct engine *e, const struct step *s)
{
	struct strbuf args = STRBUF_INIT(16384);
	/* Each is filled by itself: what a customer wrote is one value, commas and all.
	 */
	for (size_t i = 0; i < s->lookup.arg_count; i++) {
		const char *filled = facts_fill(e, s->lookup.args[i]);
		if (i)
			strbuf_putc(&args, '\n');
		for (const char *p = filled ? filled : ""; *p; p++)
			strbuf_putc(&args, *p == '\n' ? ' ' : *p);
	}
	act(e, s);
	wait_in(e, RUN_LOOKUP);
	if (e->run->state == RUN_LOOKUP) {
		struct effect *f = engine_effect(e, EFFECT_LOOKUP);
		f->lookup = &s->lookup;
		f->value =
			s->lookup.arg_count ? arena_strdup(&e->out->arena, args.s) : NULL;
		engine_timer(e, TIMER_LOOKUP,
			s->lookup.timeout ? s->lookup.timeout : 5 * SECOND);
	}
	strbuf_done(&args);
	return NOWHERE;
}

static int
begin_handoff(struct engine *e, const struct step *s)
{
	const struct script_handoff *h = &s->handoff;
	struct value open = {0};
	act(e, s);
	facts_get(e, "hours.open", &open);
	const char *topic = facts_fill(e, h->topic), *note = facts_fill(e, h->note);
	e->run->nudges = 0;
	wait_in(e, RUN_TICKET);
	if (e->run->state != RUN_TICKET)
		return NOWHERE;
	struct effect *f = engine_effect(e, EFFECT_HANDOFF);
	f->handoff = h;
	f->name = topic;
	f->text = note;
	bool shut = open.kind != VALUE_MISSING && !value_is_true(&open);
	say_text(e, s, shut && h->closed.count ? &h->closed : &h->open, false);
	if (h->unclaimed_after)
		engine_timer(e, TIMER_UNCLAIMED, h->unclaimed_after);
	return NOWHERE;
}

static void
field_of(void *ctx, const char *name, struct value *ret)
{
	facts_get(ctx, name, ret);
}

static int
begin_wait(struct engine *e, const struct step *s)
{
	const struct script_wait *w = &s->wait;
	int64_t after = w->reply ? w->reply : w->wait_for;
	if (w->until &&
		!until_next(w->until, e->env->now, e->env->zone, field_of, e, &after)) {
		trouble(e, "what it waits for has no date; it went on at once");
		return follow(e, s, &s->go);
	}
	e->run->tries = 0;
	wait_in(e, w->reply ? RUN_REPLY : RUN_PAUSE);
	if (e->run->state != RUN_ENDED && (after || !w->event))
		engine_timer(e, TIMER_WAIT, after);
	return NOWHERE;
}

static int
split(struct engine *e, const struct step *s)
{
	act(e, s);
	for (size_t i = 0; i < s->case_count; i++)
		if (facts_true(e, s->cases[i].cond))
			return follow(e, s, &s->cases[i].go);
	return follow(e, s, NULL);
}

static int
do_verb(struct engine *e, const struct step *s)
{
	switch (s->verb) {
	case VERB_ASK:
		return say_text(e, s, &s->ask, true) ? begin_sending(e, true)
						     : begin_question(e, s);
	case VERB_WAIT: return begin_wait(e, s);
	case VERB_LOOKUP: return begin_lookup(e, s);
	case VERB_HANDOFF: return begin_handoff(e, s);
	case VERB_SPLIT: return split(e, s);
	case VERB_NONE: break;
	}
	act(e, s);
	return last_act(e, s);
}

static bool
skipped(struct engine *e, const struct step *s)
{
	char name[160];
	struct value v = {0};
	int64_t asked;
	if (!facts_true(e, s->cond))
		return true;
	if (!s->once)
		return false;
	snprintf(name, sizeof(name), "contact.asked.%s.%s", e->script->id, s->name);
	facts_get(e, name, &v);
	return value_as_time(&v, e->env->zone, &asked) && e->env->now - asked < s->once;
}

/* Enters the step `at`; the next one, or NOWHERE. */
static int
enter(struct engine *e, int at)
{
	if (at >= (int)e->script->step_count)
		return end_frame(e, "done");
	const struct step *s = &e->script->steps[at];
	struct run_frame *f = engine_frame(e);
	snprintf(f->step, sizeof(f->step), "%s", s->name);
	if (++e->steps > STEP_LIMIT) {
		trouble(e, "250 steps without a wait: the script goes in a circle; it "
			   "was ended");
		return end_run(e, "limit");
	}
	if (skipped(e, s))
		return at + 1;
	if (s->consent.line)
		record_consent(e, s);
	bool waits =
		s->variant_count ? say_variants(e, s) : say_text(e, s, &s->say, true);
	return waits ? begin_sending(e, false) : do_verb(e, s);
}

static void
go(struct engine *e, int at)
{
	while (at != NOWHERE && e->run->state != RUN_ENDED)
		at = enter(e, at);
}

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
	act(e, s);
	if (a && a->go.step >= 0)
		return a->go.step;
	return last_act(e, s);
}

static int
unmatched(struct engine *e, const struct step *s)
{
	if (s->other.name)
		return follow(e, s, &s->other);
	if (!s->retry.line) {
		e->out->taken = false;
		return NOWHERE;
	}
	if (e->run->tries >= s->retry.max)
		return s->retry.then.name ? follow(e, s, &s->retry.then)
					  : end_run(e, "left");
	unsigned tries = e->run->tries + 1;
	say_text(e, s, s->retry.say.count ? &s->retry.say : &s->ask, false);
	wait_in(e, RUN_REPLY);
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
	case REPLY_LEAVE: at = end_run(e, "left"); break;
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
	return s->timeout.then.name ? follow(e, s, &s->timeout.then)
				    : end_run(e, "expired");
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
	if (locate(e) == NOWHERE)
		return NOWHERE;
	return script->expire_then.step >= 0 ? script->expire_then.step
					     : end_frame(e, "expired");
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
		return follow(e, s, &s->on.error);
	if (event->timer != TIMER_WAIT ||
		(run->state != RUN_REPLY && run->state != RUN_PAUSE))
		return NOWHERE;
	return follow(e, s, s->none.name ? &s->none : &s->go);
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
		return follow(e, s, &s->on.error);
	struct value count = value_number((double)MIN(n, STEP_ROWS));
	snprintf(name, sizeof(name), "%s.count", root);
	run_set(engine_frame(e), name, &count);
	if (n == 1)
		keep_row(e, root, &event->rows[0], 0);
	for (size_t i = 0; n > 1 && i < n && i < STEP_ROWS; i++)
		keep_row(e, root, &event->rows[i], i + 1);
	return follow(e, s,
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
		return end_run(e, "dropped");
	e->run->last_text = e->env->now;
	if (!e->run->resume_verb)
		return do_verb(e, s);
	/* A question that never left cannot be answered. */
	return kind == EVENT_SENT ? begin_question(e, s) : follow(e, s, &s->go);
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
			return end_run(e, x->name);
	}
	if (e->run->state == RUN_PAUSE && s->wait.event && !strcmp(s->wait.event, name)) {
		keep_happening(e);
		return follow(e, s, &s->go);
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
	int at = push(e, script);
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
	int at = locate(e);
	if (at == NOWHERE)
		return NOWHERE;
	const struct step *s = &e->script->steps[at];
	switch (event->kind) {
	case EVENT_TEXT: return on_text(e, s, event->text);
	case EVENT_TIMER: return on_timer(e, s, event);
	case EVENT_LOOKUP: return on_lookup(e, s, event);
	case EVENT_CLOSED:
		if (e->run->state == RUN_TICKET)
			return last_act(e, s);
		break;
	case EVENT_HAPPENED: return on_happened(e, s, event);
	case EVENT_SENT:
	case EVENT_SUPPRESSED:
	case EVENT_DROPPED: return on_sent(e, s, event->kind);
	case EVENT_LEAVE: return end_run(e, event->name);
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
	go(&e, on_event(&e, event));
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
