/* The engine moves a run from step to step until it waits or ends: what entering a step
 * does. */
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

void
move_trouble(struct engine *e, const char *what)
{
	struct strbuf why = STRBUF_SENTENCE;
	strbuf_printf(&why, "%s, step '%s': %s", engine_frame(e)->script,
		engine_frame(e)->step, what);
	engine_effect(e, EFFECT_TROUBLE)->text = arena_strdup(&e->out->arena, why.s);
	strbuf_done(&why);
}

/* ---- ends ---- */

int
move_end(struct engine *e, const char *outcome)
{
	struct run *run = e->run;
	snprintf(run->outcome, sizeof(run->outcome), "%s", outcome);
	run->state = RUN_ENDED;
	engine_effect(e, EFFECT_END)->name = arena_strdup(&e->out->arena, outcome);
	return NOWHERE;
}

/* Where the active frame stands; ends the run when its script or step is gone. */
int
move_locate(struct engine *e)
{
	struct run_frame *f = engine_frame(e);
	e->script = script_find(e->set, f->script, f->hash);
	int at = e->script ? script_step(e->script, f->step) : NOWHERE;
	if (at == NOWHERE) {
		move_trouble(
			e, "the script no longer has it; the conversation was ended");
		return move_end(e, "step-removed");
	}
	snprintf(f->hash, sizeof(f->hash), "%s", e->script->hash);
	snprintf(f->step, sizeof(f->step), "%s", e->script->steps[at].name);
	return at;
}

int
move_follow(const struct engine *e, const struct step *s, const struct script_target *t)
{
	return t && t->step >= 0 ? t->step : (int)(s - e->script->steps) + 1;
}

/* The active script is over: back to the one that started it, or the end. */
int
move_end_frame(struct engine *e, const char *outcome)
{
	struct run *run = e->run;
	if (run->depth <= 1)
		return move_end(e, outcome);
	struct value last = {0};
	bool said = run_get(engine_frame(e), "last", &last);
	char *kept = said ? arena_strdup(&e->out->arena, last.text) : NULL;
	run_forget(engine_frame(e));
	run->depth--;
	int at = move_locate(e);
	if (at == NOWHERE)
		return NOWHERE;
	if (kept)
		run_set(engine_frame(e), "last",
			&(struct value){.kind = VALUE_TEXT, .text = kept});
	const struct step *s = &e->script->steps[at];
	return move_follow(e, s, &s->go);
}

/* ---- beginnings ---- */

int
move_push(struct engine *e, const struct script *script)
{
	struct run *run = e->run;
	struct value last = {0};
	bool said = run->depth && run_get(engine_frame(e), "last", &last);
	if (run->depth == RUN_FRAMES) {
		move_trouble(e, "scripts start each other too deeply");
		return move_end(e, "limit");
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
		move_trouble(e, why.s);
		strbuf_done(&why);
		return move_follow(e, s, &s->go);
	}
	return move_push(e, child);
}

/* ---- the acts of a step ---- */

void
move_act(struct engine *e, const struct step *s)
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

int
move_last_act(struct engine *e, const struct step *s)
{
	if (s->start)
		return start_script(e, s);
	if (s->end)
		return move_end_frame(e, s->end);
	if (s->reopen) {
		struct effect *f = engine_effect(e, EFFECT_REOPEN);
		f->name = s->reopen;
		f->text = facts_fill(e, s->note);
	}
	return move_follow(e, s, &s->go);
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

int
move_wait(struct engine *e, enum run_state state)
{
	struct run *run = e->run;
	run->state = state;
	run->visit++;
	run->answering = e->caused;
	if (++run->waits > STEP_LIMIT) {
		move_trouble(e, "this conversation has waited 250 times; it was ended");
		return move_end(e, "limit");
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

int
move_ask(struct engine *e, const struct step *s)
{
	e->run->tries = e->run->nudges = 0;
	remember_asked(e, s);
	move_wait(e, RUN_REPLY);
	if (e->run->state == RUN_REPLY && s->timeout.after)
		engine_timer(e, TIMER_TIMEOUT, s->timeout.after);
	return NOWHERE;
}

static int
begin_sending(struct engine *e, bool question)
{
	move_wait(e, RUN_SENDING);
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
	move_act(e, s);
	move_wait(e, RUN_LOOKUP);
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
	move_act(e, s);
	facts_get(e, "hours.open", &open);
	const char *topic = facts_fill(e, h->topic), *note = facts_fill(e, h->note);
	e->run->nudges = 0;
	move_wait(e, RUN_TICKET);
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
		move_trouble(e, "what it waits for has no date; it went on at once");
		return move_follow(e, s, &s->go);
	}
	e->run->tries = 0;
	move_wait(e, w->reply ? RUN_REPLY : RUN_PAUSE);
	if (e->run->state != RUN_ENDED && (after || !w->event))
		engine_timer(e, TIMER_WAIT, after);
	return NOWHERE;
}

static int
split(struct engine *e, const struct step *s)
{
	move_act(e, s);
	for (size_t i = 0; i < s->case_count; i++)
		if (facts_true(e, s->cases[i].cond))
			return move_follow(e, s, &s->cases[i].go);
	return move_follow(e, s, NULL);
}

int
move_verb(struct engine *e, const struct step *s)
{
	switch (s->verb) {
	case VERB_ASK:
		return say_text(e, s, &s->ask, true) ? begin_sending(e, true)
						     : move_ask(e, s);
	case VERB_WAIT: return begin_wait(e, s);
	case VERB_LOOKUP: return begin_lookup(e, s);
	case VERB_HANDOFF: return begin_handoff(e, s);
	case VERB_SPLIT: return split(e, s);
	case VERB_NONE: break;
	}
	move_act(e, s);
	return move_last_act(e, s);
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
		return move_end_frame(e, "done");
	const struct step *s = &e->script->steps[at];
	struct run_frame *f = engine_frame(e);
	snprintf(f->step, sizeof(f->step), "%s", s->name);
	if (++e->steps > STEP_LIMIT) {
		move_trouble(e,
			"250 steps without a wait: the script goes in a circle; it "
			"was ended");
		return move_end(e, "limit");
	}
	if (skipped(e, s))
		return at + 1;
	if (s->consent.line)
		record_consent(e, s);
	bool waits =
		s->variant_count ? say_variants(e, s) : say_text(e, s, &s->say, true);
	return waits ? begin_sending(e, false) : move_verb(e, s);
}

void
move_go(struct engine *e, int at)
{
	while (at != NOWHERE && e->run->state != RUN_ENDED)
		at = enter(e, at);
}
