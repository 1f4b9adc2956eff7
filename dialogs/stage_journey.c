/* The journey under test on the stage: what brings the customer in, keeps them out, holds
 * them. Journeys beside it begin nothing, or every talk would hear all of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogs/journey.h"
#include "dialogs/journey_fields.h"
#include "dialogs/stage.h"
#include "gateway/base/iso.h"

#define BUSY_AGAIN (5 * MINUTE)

static bool
holds_as(struct stage *s, const struct expr *cond,
	void (*see)(void *ctx, const char *name, struct value *ret))
{
	struct step_env env = stage_env(s);
	struct expr_env ee = {.ctx = s,
		.get = see ? see : env.get,
		.aggregate = env.aggregate,
		.now = s->now,
		.zone = env.zone};
	return !cond || expr_eval(cond, &ee);
}

static bool
holds(struct stage *s, const struct expr *cond)
{
	return holds_as(s, cond, NULL);
}

/* What brought them in stands as it was, whatever else has happened since. */
static void
see_arrival(void *ctx, const char *name, struct value *ret)
{
	struct stage *s = ctx;
	const char *own = stage_pair(&s->arrival, name);
	struct step_env env = stage_env(s);
	if (own)
		*ret = value_text(own);
	else
		env.get(env.ctx, name, ret);
}

/* The newest version of the script under test, NULL when that is no journey. */
static const struct script *
subject(const struct stage *s)
{
	const struct script *script = script_find(&s->set, s->main->id, NULL);
	return script && script->is_journey ? script : NULL;
}

static bool
is_of(const struct run *run, const struct script *script)
{
	return run->state != RUN_ENDED && run->depth &&
	       !strcmp(run->frames[0].script, script->id);
}

static struct run *
live_run(struct stage *s, const struct script *script)
{
	for (size_t i = 0; i < s->run_count; i++)
		if (is_of(&s->runs[i], script))
			return &s->runs[i];
	return NULL;
}

/* ---- coming in ---- */

static const char *
refused(const struct stage *s, const struct script *script)
{
	struct journey_past past = {0};
	int64_t since = script->journey.again.per ? s->now - script->journey.again.per
						  : INT64_MIN;
	for (size_t i = 0; i < s->start_count; i++)
		past.starts += s->starts[i % ARRAY_LEN(s->starts)] >= since;
	if (s->start_count)
		past.last = s->starts[(s->start_count - 1) % ARRAY_LEN(s->starts)];
	return journey_again(script, &past, s->now);
}

static struct stage_timer *
settling(struct stage *s)
{
	for (size_t i = 0; i < s->timer_count; i++)
		if (s->timers[i].kind == TIMER_WAIT && !s->timers[i].run)
			return &s->timers[i];
	return NULL;
}

static void
wait_for(struct stage *s, const struct script *script, int64_t at)
{
	stage_add_timer(
		s, (struct stage_timer){
			   .kind = TIMER_WAIT, .at = at, .held = xstrdup(script->id)});
}

/* It begins, unless something speaks against it now. */
static void
begin(struct stage *s, const struct script *script, const char *text, int64_t origin)
{
	const struct run *other = text ? NULL : stage_dialog(s);
	bool talking = other && other->state == RUN_REPLY && !is_of(other, script);
	const char *busy = script->journey.busy ? script->journey.busy : "wait";
	int64_t ends = journey_ends(script, origin, 0);
	if (!holds_as(s, script->journey.trigger.cond, see_arrival))
		return;
	if (ends && s->now >= ends) {
		stage_show(s, '=', "dropped");
		return;
	}
	if (talking && !strcmp(busy, "skip")) {
		stage_show(s, '=', "busy");
		return;
	}
	if (talking && !strcmp(busy, "wait")) {
		wait_for(s, script, s->now + BUSY_AGAIN);
		return;
	}
	if (talking)
		stage_feed(s, stage_dialog(s),
			&(struct step_event){.kind = EVENT_LEAVE, .name = "interrupted"});
	s->starts[s->start_count++ % ARRAY_LEN(s->starts)] = s->now;
	stage_start(s, script, text);
}

void
stage_enter(struct stage *s, const struct script *script, const char *text)
{
	if (!script->is_journey) {
		stage_start(s, script, text);
		return;
	}
	int64_t settle = script->journey.trigger.settle;
	struct stage_timer *t = settling(s);
	if (t)
		t->at = s->now + settle;
	if (t || live_run(s, script) || refused(s, script))
		return; /* one live run for each key; a rehearsal has one key */
	if (settle && !text)
		wait_for(s, script, s->now + settle);
	else
		begin(s, script, text, s->now);
}

void
stage_settled(struct stage *s, const char *id)
{
	const struct script *script = script_find(&s->set, id, NULL);
	if (script)
		begin(s, script, NULL, s->now - script->journey.trigger.settle);
}

/* ---- things that happen ---- */

/* Exits act while an event settles. */
static void
settle_exits(struct stage *s, const struct script *script, const char *event)
{
	struct stage_timer *t = settling(s);
	for (size_t k = 0; t && k < script->journey.exit_count; k++) {
		const struct script_exit *x = &script->journey.exits[k];
		if (exit_pauses(x) || strcmp(x->event, event) != 0 || !holds(s, x->cond))
			continue;
		stage_show(s, '=', x->name);
		free(t->held);
		*t = s->timers[--s->timer_count];
		return;
	}
}

static void
pause_or_resume(struct stage *s, const struct script *script, const char *event)
{
	const struct run *run = live_run(s, script);
	if (!strcmp(event, "ticket.closed") && *s->paused) {
		*s->paused = '\0';
		stage_unpark(s);
	}
	for (size_t i = 0; run && i < script->journey.exit_count; i++) {
		const struct script_exit *x = &script->journey.exits[i];
		if (!exit_pauses(x) || strcmp(x->event, event) != 0 ||
			run->state == RUN_TICKET || !holds(s, x->cond))
			continue;
		snprintf(s->paused, sizeof(s->paused), "%s", x->name);
		s->give_up = x->give_up ? s->now + x->give_up : 0;
	}
}

bool
stage_paused(struct stage *s, const struct run *run)
{
	const struct script *script = subject(s);
	if (!script || !*s->paused || !run || !is_of(run, script))
		return false;
	return !s->give_up || s->now < s->give_up;
}

static void
give_up(struct stage *s, const struct script *script)
{
	struct run *run = *s->paused && s->give_up && s->now >= s->give_up
				  ? live_run(s, script)
				  : NULL;
	char name[64];
	if (!run)
		return;
	snprintf(name, sizeof(name), "%s", s->paused);
	*s->paused = '\0';
	stage_feed(s, run, &(struct step_event){.kind = EVENT_LEAVE, .name = name});
}

/* What the daemon counts of orders, as far as one customer needs it. */
static void
count_order(struct stage *s, const char *event)
{
	char text[ISO_MAX];
	const char *before = stage_pair(&s->contact, "orders");
	if (strcmp(event, "order.paid") != 0)
		return;
	snprintf(text, sizeof(text), "%d", (before ? atoi(before) : 0) + 1);
	stage_put(&s->contact, "orders", text);
	iso_format(s->now, 0, text);
	if (!before)
		stage_put(&s->contact, "first_order", text);
	stage_put(&s->contact, "last_order", text);
}

/* As journey_times() counts them, of the newest event. */
static void
count_times(struct stage *s)
{
	const struct stage_event *newest = &s->events[s->event_count - 1];
	unsigned times = 0;
	char text[16];
	for (size_t i = 0; newest->sku && i < s->event_count; i++) {
		const struct stage_event *e = &s->events[i];
		times += e->sku && !strcmp(e->sku, newest->sku) &&
			 !strcmp(e->name, newest->name) &&
			 e->at >= newest->at - TIMES_WITHIN;
	}
	snprintf(text, sizeof(text), "%u", times);
	if (times)
		stage_put(&s->facts, "product.times", text);
	else
		stage_drop(&s->facts, "product.times");
}

static void
remember(struct stage *s, const char *event, const char **names, const char **values,
	size_t count)
{
	char name[160];
	size_t root = strcspn(event, ".");
	const char *sku = NULL;
	double value = 0;
	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%.*s.%s", (int)root, event, names[i]);
		stage_put(&s->facts, name, values[i]);
		snprintf(name, sizeof(name), "event.%s", names[i]);
		stage_put(&s->facts, name, values[i]);
		if (!strcmp(names[i], "sku"))
			sku = values[i];
		if (!strcmp(names[i], "total") || !strcmp(names[i], "value"))
			value = atof(values[i]);
	}
	s->events = xrealloc(s->events, (s->event_count + 1) * sizeof(*s->events));
	s->events[s->event_count++] = (struct stage_event){
		xstrdup(event), sku ? xstrdup(sku) : NULL, s->now, value};
	count_times(s);
	count_order(s, event);
}

/* What brings somebody in stays with them: the newest while it settles. */
static void
keep_arrival(struct stage *s, const char *event, const char **names, const char **values,
	size_t count)
{
	char name[160];
	stage_pairs_done(&s->arrival);
	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%.*s.%s", (int)strcspn(event, "."), event,
			names[i]);
		stage_put(&s->arrival, name, values[i]);
		snprintf(name, sizeof(name), "event.%s", names[i]);
		stage_put(&s->arrival, name, values[i]);
	}
	const char *times = stage_pair(&s->facts, "product.times");
	if (times)
		stage_put(&s->arrival, "product.times", times);
}

void
stage_emit(struct stage *s, const char *event, const char **names, const char **values,
	size_t count)
{
	const struct script *script = subject(s);
	struct step_row row = {names, values, count, NULL};
	remember(s, event, names, values, count);
	if (script) {
		settle_exits(s, script, event);
		pause_or_resume(s, script, event);
	}
	for (size_t i = 0; i < s->run_count; i++)
		if (s->runs[i].state != RUN_ENDED && s->runs[i].state != RUN_NEW)
			stage_feed(s, &s->runs[i],
				&(struct step_event){.kind = EVENT_HAPPENED,
					.name = event,
					.rows = &row,
					.row_count = 1});
	if (script && script->journey.trigger.event &&
		!strcmp(script->journey.trigger.event, event) &&
		holds(s, script->journey.trigger.cond)) {
		keep_arrival(s, event, names, values, count);
		stage_enter(s, script, NULL);
	}
}

/* ---- dates, segments, hours ---- */

bool
stage_scans(const struct stage *s)
{
	const struct script *script = subject(s);
	return script &&
	       (script->journey.trigger.date || script->journey.trigger.segment ||
		       (*s->paused && s->give_up));
}

static void
scan_date(struct stage *s, const struct script *script)
{
	struct step_env env = stage_env(s);
	struct value v = {0};
	int64_t base, since = s->scanned ? s->scanned : s->now - HOUR;
	s->scanned = s->now;
	env.get(env.ctx, script->journey.trigger.date, &v);
	if (value_as_time(&v, env.zone, &base) &&
		journey_due(script, base, since, env.zone) <= s->now &&
		holds(s, script->journey.trigger.cond))
		stage_enter(s, script, NULL);
}

void
stage_scan(struct stage *s)
{
	const struct script *script = subject(s);
	if (!script)
		return;
	give_up(s, script);
	if (script->journey.trigger.date)
		scan_date(s, script);
	if (!script->journey.trigger.segment)
		return;
	bool in = holds(s, script->journey.trigger.segment);
	if (in && !s->member && holds(s, script->journey.trigger.cond))
		stage_enter(s, script, NULL);
	s->member = in;
}

int64_t
stage_opens(const struct stage *s, const struct script *script, uint64_t run,
	enum message_class cls)
{
	if (!script || !script->is_journey || cls == CLASS_REPLY)
		return s->now;
	const char *zone = s->rules->config->zone;
	return journey_opens(script, s->now, journey_zone(script, zone, zone), run);
}
