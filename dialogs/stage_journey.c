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

/* ---- what a condition sees: journey_eyes.c ---- */

struct sight {
	struct stage *s;
	struct step_env env;
	const struct stage_pairs *data, *happening; /* of the entry, of the event */
};

static void
see(void *ctx, const char *name, struct value *ret)
{
	const struct sight *e = ctx;
	const char *found = NULL;
	if (e->happening && !strncmp(name, "event.", 6))
		found = stage_pair(e->happening, name);
	if (!found && e->data)
		found = stage_pair(e->data, name);
	if (!found && e->happening)
		found = stage_pair(e->happening, name);
	if (found)
		*ret = value_text(found);
	else
		e->env.get(
			e->env.ctx, !strcmp(name, "name") ? "contact.name" : name, ret);
}

static void
see_events(void *ctx, enum expr_aggregate what, const char *event, int64_t since,
	struct value *ret)
{
	const struct sight *e = ctx;
	e->env.aggregate(e->env.ctx, what, event, since, ret);
}

static bool
holds(struct stage *s, const struct expr *cond, const struct stage_pairs *data,
	const struct stage_pairs *happening)
{
	struct sight sight = {s, stage_env(s), data, happening};
	struct expr_env ee = {.ctx = &sight,
		.get = see,
		.aggregate = see_events,
		.now = s->now,
		.zone = sight.env.zone};
	return !cond || expr_eval(cond, &ee);
}

static const struct script_exit *
exit_of(struct stage *s, const struct script *script, const struct stage_entry *entry,
	const char *event, const struct stage_pairs *happening, bool pausing)
{
	for (size_t k = 0; k < script->journey.exit_count; k++) {
		const struct script_exit *x = &script->journey.exits[k];
		if (exit_pauses(x) == pausing && !strcmp(x->event, event) &&
			holds(s, x->cond, &entry->data, happening))
			return x;
	}
	return NULL;
}

/* The newest version of the script under test, NULL when that is no journey. */
static const struct script *
subject(const struct stage *s)
{
	const struct script *script = script_find(&s->set, s->main->id, NULL);
	return script && script->is_journey ? script : NULL;
}

/* ---- entries ---- */

static void
entry_done(struct stage_entry *entry)
{
	free(entry->script);
	free(entry->key);
	stage_pairs_done(&entry->data);
}

void
stage_entries_done(struct stage *s)
{
	for (size_t i = 0; i < s->entry_count; i++)
		entry_done(&s->entries[i]);
	free(s->entries);
}

static void
forget(struct stage *s, const struct stage_entry *entry)
{
	size_t i = (size_t)(entry - s->entries);
	entry_done(&s->entries[i]);
	memmove(s->entries + i, s->entries + i + 1,
		(--s->entry_count - i) * sizeof(*s->entries));
}

/* Whose run is over is out of the journey. */
static void
forget_over(struct stage *s)
{
	for (size_t i = s->entry_count; i-- > 0;) {
		uint64_t id = s->entries[i].run;
		const struct run *run = id ? stage_run(s, id) : NULL;
		if (id && (!run || run->state == RUN_ENDED))
			forget(s, &s->entries[i]);
	}
}

static struct stage_entry *
entry_of(struct stage *s, uint64_t id)
{
	forget_over(s);
	for (size_t i = 0; i < s->entry_count; i++)
		if (s->entries[i].id == id)
			return &s->entries[i];
	return NULL;
}

static struct stage_entry *
entry_with_key(struct stage *s, const char *key)
{
	forget_over(s);
	for (size_t i = 0; i < s->entry_count; i++)
		if (!strcmp(s->entries[i].key, key))
			return &s->entries[i];
	return NULL;
}

static void
set_due(struct stage *s, struct stage_entry *entry, int64_t at)
{
	entry->due = at;
	if (at)
		stage_add_timer(s, (struct stage_timer){.at = at, .entry = entry->id});
}

void
stage_tell_entries(const struct stage *s, struct strbuf *out)
{
	for (size_t i = 0; i < s->entry_count; i++) {
		const struct stage_entry *entry = &s->entries[i];
		if (!entry->run)
			strbuf_printf(out, "; %s%s%s %s", entry->script,
				*entry->key ? " of " : "", entry->key,
				entry->waits ? "waits until they have time" : "settles");
	}
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

static void
finish(struct stage *s, const struct stage_entry *entry, const char *outcome)
{
	forget(s, entry);
	stage_show(s, '=', outcome);
}

/* Is the customer in the middle of something else? */
static bool
talks(struct stage *s)
{
	const struct run *run = stage_dialog(s);
	return (s->ticket && s->claimed) || (run && run->state == RUN_REPLY);
}

/* It begins, unless something speaks against it now. */
static void
begin(struct stage *s, uint64_t id, const struct script *script, const char *text)
{
	struct stage_entry *entry = entry_of(s, id);
	const char *busy = script->journey.busy ? script->journey.busy : "wait";
	int64_t ends = journey_ends(script, entry->origin, 0);
	bool talking = !text && talks(s);
	entry->due = 0;
	if (!holds(s, script->journey.trigger.cond, &entry->data, NULL))
		finish(s, entry, "condition");
	else if (ends && s->now >= ends)
		finish(s, entry, "dropped");
	else if (talking && !strcmp(busy, "skip"))
		finish(s, entry, "busy");
	else if (talking && !strcmp(busy, "wait")) {
		entry->waits = true;
		set_due(s, entry, s->now + BUSY_AGAIN);
	} else {
		struct run *other = talking ? stage_dialog(s) : NULL;
		if (other)
			stage_feed(s, other,
				&(struct step_event){
					.kind = EVENT_LEAVE, .name = "interrupted"});
		entry = entry_of(s, id);
		s->starts[s->start_count++ % ARRAY_LEN(s->starts)] = s->now;
		if (entry && !stage_start(s, script, text, entry))
			forget(s, entry);
	}
}

/* The same key again: while it settles, it settles anew, with what is newest. */
static void
repeat(struct stage *s, const struct script *script, struct stage_entry *entry,
	const struct stage_pairs *data)
{
	if (entry->run || entry->waits)
		return;
	stage_pairs_done(&entry->data);
	for (size_t i = 0; i < data->count; i++)
		stage_put(&entry->data, data->items[i].name, data->items[i].text);
	entry->origin = s->now;
	set_due(s, entry, s->now + script->journey.trigger.settle);
}

/* What brings somebody in: of which key, when it happened, its fields. */
struct coming {
	const char *key, *text; /* a keyword's, else NULL */
	int64_t at;
	const struct stage_pairs *data;
};

static void
come_in(struct stage *s, const struct script *script, const struct coming *c)
{
	int64_t settle = script->journey.trigger.settle;
	struct stage_entry *entry = entry_with_key(s, c->key);
	if (entry) {
		repeat(s, script, entry, c->data);
		return;
	}
	if (refused(s, script))
		return;
	s->entries = xrealloc(s->entries, (s->entry_count + 1) * sizeof(*s->entries));
	entry = &s->entries[s->entry_count++];
	*entry = (struct stage_entry){.id = ++s->next_entry,
		.script = xstrdup(script->id),
		.key = xstrdup(c->key),
		.origin = c->at};
	repeat(s, script, entry, c->data);
	entry->origin = c->at;
	if (!settle || c->text)
		begin(s, entry->id, script, c->text);
}

void
stage_enter(struct stage *s, const struct script *script, const char *text)
{
	struct stage_pairs none = {0};
	if (script->is_journey)
		come_in(s, script, &(struct coming){"", text, s->now, &none});
	else
		(void)stage_start(s, script, text, NULL);
}

void
stage_ring(struct stage *s, uint64_t id)
{
	struct stage_entry *entry = entry_of(s, id);
	struct run *run = entry && entry->run ? stage_run(s, entry->run) : NULL;
	const struct script *script =
		entry ? script_find(&s->set, entry->script, NULL) : NULL;
	char name[64];
	if (!script || !entry->due || entry->due > s->now)
		return; /* it has been set anew since */
	entry->due = 0;
	if (!run) {
		begin(s, id, script, NULL);
		return;
	}
	snprintf(name, sizeof(name), "%s", entry->paused);
	*entry->paused = '\0';
	stage_feed(s, run, &(struct step_event){.kind = EVENT_LEAVE, .name = name});
}

/* ---- things that happen ---- */

/* Exits act while an event settles, and while it waits. */
static void
settle_exits(struct stage *s, const struct script *script, const char *event,
	const struct stage_pairs *happening)
{
	for (size_t i = 0; i < s->entry_count; i++) {
		struct stage_entry *entry = &s->entries[i];
		const struct script_exit *x =
			entry->run ? NULL
				   : exit_of(s, script, entry, event, happening, false);
		if (x) {
			finish(s, entry, x->name);
			i--;
		}
	}
}

static void
pause_or_resume(struct stage *s, const struct script *script, const char *event,
	const struct stage_pairs *happening)
{
	bool closed = !strcmp(event, "ticket.closed");
	forget_over(s);
	for (size_t i = 0; i < s->entry_count; i++) {
		struct stage_entry *entry = &s->entries[i];
		const struct run *run = entry->run ? stage_run(s, entry->run) : NULL;
		if (closed && *entry->paused) {
			*entry->paused = '\0';
			entry->due = 0;
			stage_unpark(s);
		}
		const struct script_exit *x =
			run && run->state != RUN_TICKET && !*entry->paused
				? exit_of(s, script, entry, event, happening, true)
				: NULL;
		if (!x)
			continue;
		snprintf(entry->paused, sizeof(entry->paused), "%s", x->name);
		set_due(s, entry, x->give_up ? s->now + x->give_up : 0);
	}
}

bool
stage_paused(struct stage *s, const struct run *run)
{
	for (size_t i = 0; run && i < s->entry_count; i++) {
		const struct stage_entry *entry = &s->entries[i];
		if (entry->run == run->id)
			return *entry->paused && (!entry->due || s->now < entry->due);
	}
	return false;
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
count_times(struct stage *s, struct stage_pairs *full)
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
	stage_drop(&s->facts, "product.times");
	if (!times)
		return;
	stage_put(&s->facts, "product.times", text);
	stage_put(full, "product.times", text);
}

/* Its fields by both of their names go into `full`. */
static void
remember(struct stage *s, const char *event, const char **names, const char **values,
	size_t count, struct stage_pairs *full)
{
	char name[160];
	size_t root = strcspn(event, ".");
	const char *sku = NULL;
	double value = 0;
	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%.*s.%s", (int)root, event, names[i]);
		stage_put(&s->facts, name, values[i]);
		stage_put(full, name, values[i]);
		snprintf(name, sizeof(name), "event.%s", names[i]);
		stage_put(&s->facts, name, values[i]);
		stage_put(full, name, values[i]);
		if (!strcmp(names[i], "sku"))
			sku = values[i];
		if (!strcmp(names[i], "total") || !strcmp(names[i], "value"))
			value = atof(values[i]);
	}
	s->events = xrealloc(s->events, (s->event_count + 1) * sizeof(*s->events));
	s->events[s->event_count++] = (struct stage_event){
		xstrdup(event), sku ? xstrdup(sku) : NULL, s->now, value};
	count_times(s, full);
	count_order(s, event);
}

static void
trigger(struct stage *s, const struct script *script, const struct stage_pairs *full)
{
	const char *key = script->journey.key;
	struct sight sight = {s, stage_env(s), full, NULL};
	struct value v = {0};
	if (key && strcmp(key, "contact") != 0)
		see(&sight, key, &v);
	char *own = xstrdup(value_as_text(&v) ? value_as_text(&v) : "");
	if (holds(s, script->journey.trigger.cond, full, NULL))
		come_in(s, script, &(struct coming){own, NULL, s->now, full});
	free(own);
}

void
stage_emit(struct stage *s, const char *event, const char **names, const char **values,
	size_t count)
{
	const struct script *script = subject(s);
	struct step_row row = {names, values, count, NULL};
	struct stage_pairs full = {0};
	remember(s, event, names, values, count, &full);
	if (script) {
		settle_exits(s, script, event, &full);
		pause_or_resume(s, script, event, &full);
	}
	for (size_t i = 0; i < s->run_count; i++)
		if (s->runs[i].state != RUN_ENDED && s->runs[i].state != RUN_NEW)
			stage_feed(s, &s->runs[i],
				&(struct step_event){.kind = EVENT_HAPPENED,
					.name = event,
					.rows = &row,
					.row_count = 1});
	if (script && script->journey.trigger.event &&
		!strcmp(script->journey.trigger.event, event))
		trigger(s, script, &full);
	stage_pairs_done(&full);
}

/* ---- dates, segments, hours ---- */

bool
stage_scans(const struct stage *s)
{
	const struct script *script = subject(s);
	return script &&
	       (script->journey.trigger.date || script->journey.trigger.segment);
}

static void
come_on_time(struct stage *s, const struct script *script, int64_t at)
{
	struct stage_pairs data = {0};
	char iso[ISO_MAX];
	iso_format(at, 0, iso);
	stage_put(&data, "event.at", iso);
	if (holds(s, script->journey.trigger.cond, &data, NULL))
		come_in(s, script, &(struct coming){"", NULL, at, &data});
	stage_pairs_done(&data);
}

static void
scan_date(struct stage *s, const struct script *script)
{
	struct step_env env = stage_env(s);
	struct value v = {0};
	int64_t base, due, since = s->scanned ? s->scanned : s->now - HOUR;
	s->scanned = s->now;
	env.get(env.ctx, script->journey.trigger.date, &v);
	if (value_as_time(&v, env.zone, &base) &&
		(due = journey_due(script, base, since, env.zone)) <= s->now)
		come_on_time(s, script, due);
}

void
stage_scan(struct stage *s)
{
	const struct script *script = subject(s);
	if (!script)
		return;
	if (script->journey.trigger.date)
		scan_date(s, script);
	if (!script->journey.trigger.segment)
		return;
	bool in = holds(s, script->journey.trigger.segment, NULL, NULL);
	if (in && !s->member)
		come_on_time(s, script, s->now);
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
