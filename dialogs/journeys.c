/* Who is in which journey: what happened is heard, brings people in, takes them out, and
 * each of its consequences is one transaction with the mark that it was heard. So a crash
 * repeats nobody and skips nobody.
 *
 * An entry (store/entries.h) is a person in a journey: it settles, waits until the person
 * has time, runs, is paused while people talk, ends. Its run is an ordinary run of the
 * shell. Clocks are the column `due`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/conf.h"
#include "gateway/base/fault.h"
#include "gateway/net/json.h"
#include "gateway/store/contacts.h"
#include "gateway/store/entries.h"
#include "gateway/store/links.h"
#include "gateway/store/said.h"
#include "gateway/store/shop_events.h"
#include "dialogs/journey.h"
#include "dialogs/journey_eyes.h"
#include "dialogs/journey_fields.h"
#include "dialogs/shell_inside.h"
#include "dialogs/step.h"

#define BATCH      16
#define LIVE_MAX   64           /* entries of one person that are looked at */
#define BUSY_AGAIN (5 * MINUTE) /* somebody who is talking is looked for again then */
#define HEARD_MAX  16           /* earlier events an exit is looked for in */

static const struct script *
newest(const struct dialogs *d, const char *id)
{
	const struct script *s = script_find(shelf_scripts(d->shelf), id, NULL);
	return s && s->is_journey ? s : NULL;
}

/* ---- ends ---- */

static void
note(struct dialogs *d, const struct entry_row *entry, const char *name, const char *why)
{
	struct strbuf detail = STRBUF_SENTENCE;
	strbuf_printf(&detail, "%s%s%s", entry->script, why ? ": " : "", why ? why : "");
	dialogs_note(d, name, entry->contact, detail.s);
	strbuf_done(&detail);
}

static void
finish(struct dialogs *d, struct entry_row *entry, const char *outcome)
{
	snprintf(entry->state, sizeof(entry->state), "ended");
	snprintf(entry->outcome, sizeof(entry->outcome), "%s", outcome);
	entry->live = false;
	entry->due = 0;
	entry->ended = dialogs_now(d);
	entry_save(d->db, entry);
	note(d, entry, "journey.ended", outcome);
}

void
journeys_ended(struct dialogs *d, uint64_t id, const char *outcome)
{
	struct entry_row entry;
	if (!entry_load(d->db, id, &entry))
		return;
	if (entry.live)
		finish(d, &entry, outcome);
	entry_row_done(&entry);
}

/* Takes somebody out: by their run where there is one. */
static void
take_out(struct dialogs *d, struct entry_row *entry, const char *outcome)
{
	if (entry->run)
		shell_leave(d, entry->run, outcome);
	journeys_ended(d, entry->id, outcome);
}

/* ---- goals ---- */

static int64_t
credit_span(const char *credit, const char *what)
{
	const char *at = credit ? strstr(credit, what) : NULL;
	char span[16];
	int64_t ms;
	if (!at)
		return 0;
	at += strlen(what);
	at += strspn(at, " ");
	snprintf(span, sizeof(span), "%.*s", (int)MIN(strcspn(at, ", "), 15), at);
	return conf_duration(span, &ms) == 0 ? ms : 0;
}

/* The journey's when the last touch, as credit_find() has it for orders too, is a text of
 * its own: what somebody else said last takes the credit. */
static const char *
credited(struct dialogs *d, const struct script *s, uint64_t entry,
	const struct shop_event_row *event)
{
	struct strbuf texts AUTO(strbuf_done) = STRBUF_INIT(1 << 12);
	int64_t send = credit_span(s->journey.goal.credit, "send");
	int64_t click = credit_span(s->journey.goal.credit, "click");
	struct entry_row row;
	struct credit touch;
	struct said_row said;
	if (!entry_load(d->db, entry, &row))
		return NULL;
	bool own = row.run &&
		   credit_find(d->db, event->contact, event->at, click, send, row.run,
			   &touch) &&
		   said_load(d->db, touch.message, &said, &texts) && said.run == row.run;
	entry_row_done(&row);
	return own ? touch.kind : NULL;
}

static void
reach(struct dialogs *d, const struct script *s, uint64_t entry,
	const struct shop_event_row *event)
{
	entry_reach(d->db, entry,
		&(struct entry_goal){.at = event->at,
			.event = event->id,
			.has_value = event->has_value,
			.value = event->value,
			.credit = credited(d, s, entry, event)});
	dialogs_note(d, "journey.goal", event->contact, s->id);
}

static void
goals(struct dialogs *d, const struct shop_event_row *event)
{
	const struct script_set *set = shelf_scripts(d->shelf);
	for (size_t i = 0; i < set->count; i++) {
		const struct script *s = set->scripts[i];
		if (!s->is_journey || !s->journey.goal.event ||
			strcmp(s->journey.goal.event, event->name) != 0 ||
			newest(d, s->id) != s)
			continue;
		int64_t within = s->journey.goal.within;
		uint64_t entry = entry_without_goal(
			d->db, event->contact, s->id, within ? event->at - within : 1);
		if (entry)
			reach(d, s, entry, event);
	}
}

/* ---- running ---- */

struct fields {
	const char *names[RUN_VARS / 2], *values[RUN_VARS / 2];
	struct step_row row;
};

static const struct step_row *
as_row(const json_t *data, struct fields *ret)
{
	const char *key;
	json_t *value;
	size_t n = 0;
	json_object_foreach((json_t *)(uintptr_t)data, key,
		value) if (json_is_string(value) && n < ARRAY_LEN(ret->names))
	{
		ret->names[n] = key;
		ret->values[n++] = json_string_value(value);
	}
	ret->row = (struct step_row){ret->names, ret->values, n, NULL};
	return &ret->row;
}

static void
run(struct dialogs *d, const struct script *s, struct entry_row *entry,
	const json_t *data, const struct heard *heard)
{
	struct fields *fields = xcalloc(1, sizeof(*fields));
	snprintf(entry->state, sizeof(entry->state), "running");
	snprintf(entry->hash, sizeof(entry->hash), "%s", s->hash);
	entry->started = dialogs_now(d);
	entry->due = 0;
	entry->run = dialogs_id(d);
	entry_save(d->db, entry);
	note(d, entry, "journey.started", NULL);
	shell_start(d, &(struct beginning){.script = s,
			       .contact = entry->contact,
			       .run = entry->run,
			       .entry = entry->id,
			       .heard = heard ? heard->message : 0,
			       .text = heard ? heard->text : NULL,
			       .row = as_row(data, fields)});
	free(fields);
}

/* Is the person in the middle of something else? */
static bool
talks(struct dialogs *d, const struct entry_row *entry)
{
	int64_t open = 0, claimed = 0;
	struct run_row row;
	uint64_t other = run_talking(d->db, entry->contact);
	dialogs_ticket_fact(d, entry->contact, "open", &open);
	dialogs_ticket_fact(d, entry->contact, "claimed", &claimed);
	if (open && claimed)
		return true;
	if (!other || !run_load(d->db, other, &row))
		return false;
	bool asks = !strcmp(row.state, "reply");
	run_row_done(&row);
	return asks;
}

/* Settled, or waited long enough: it begins, unless something speaks against it now. */
static void
begin(struct dialogs *d, struct entry_row *entry, const json_t *data,
	const struct heard *heard)
{
	const struct script *s = newest(d, entry->script);
	struct eyes eyes;
	if (!s) {
		finish(d, entry, "step-removed");
		return;
	}
	int64_t now = dialogs_now(d), ends = journey_ends(s, entry->origin, 0);
	eyes_open(&eyes, d, entry->contact, data);
	bool wanted = eyes_hold(&eyes, s->journey.trigger.cond);
	eyes_close(&eyes);
	const char *busy = s->journey.busy ? s->journey.busy : "wait";
	bool talking = !heard && talks(d, entry);
	if (!wanted)
		finish(d, entry, "condition");
	else if (ends && now >= ends)
		finish(d, entry, "dropped");
	else if (talking && !strcmp(busy, "skip"))
		finish(d, entry, "busy");
	else if (talking && !strcmp(busy, "wait")) {
		snprintf(entry->state, sizeof(entry->state), "waiting");
		entry->due = now + BUSY_AGAIN;
		entry_save(d->db, entry);
	} else {
		if (talking)
			shell_leave(d, run_talking(d->db, entry->contact), "interrupted");
		run(d, s, entry, data, heard);
	}
}

/* ---- coming in ---- */

static void
keep_out(struct dialogs *d, const struct arrival *a, const char *state, const char *why)
{
	struct entry_row entry = {.id = dialogs_id(d),
		.contact = a->contact,
		.event = a->event,
		.origin = a->at,
		.started = *state == 'h' ? dialogs_now(d) : 0,
		.ended = dialogs_now(d)};
	snprintf(entry.script, sizeof(entry.script), "%s", a->script->id);
	snprintf(entry.hash, sizeof(entry.hash), "%s", a->script->hash);
	snprintf(entry.key, sizeof(entry.key), "%s", a->key);
	snprintf(entry.state, sizeof(entry.state), "%s", state);
	snprintf(entry.outcome, sizeof(entry.outcome), "%s", why);
	entry_insert(d->db, &entry);
	note(d, &entry, *state == 'h' ? "journey.holdout" : "journey.skipped", why);
}

/* The same key again: while it settles, it settles anew, with what is newest. */
static void
repeat(struct dialogs *d, const struct arrival *a, struct entry_row *entry)
{
	entry->repeats++;
	if (!strcmp(entry->state, "settling") && a->at >= entry->origin) {
		journey_products(d->db, a->contact, a->at, a->data);
		char *text = json_dumps(a->data, JSON_COMPACT);
		free(entry->data);
		entry->data = text;
		entry->origin = a->at;
		entry->event = a->event;
		entry->due =
			MAX(a->at + a->script->journey.trigger.settle, dialogs_now(d));
	}
	entry_save(d->db, entry);
}

/* Something that takes them out may have come before what brings them in, though it
 * happened later. */
static const struct script_exit *
left_already(struct dialogs *d, const struct arrival *a)
{
	const struct script_journey *j = &a->script->journey;
	const struct script_exit *found = NULL;
	struct shop_event_row rows[HEARD_MAX];
	struct strbuf room = STRBUF_INIT(1 << 20), err = STRBUF_SENTENCE;
	struct eyes eyes;
	for (size_t i = 0; i < j->exit_count && a->event && !found; i++) {
		if (exit_pauses(&j->exits[i]))
			continue;
		size_t n = shop_events_since(d->db, a->contact, j->exits[i].event, a->at,
			a->event, rows, HEARD_MAX, &room);
		for (size_t k = 0; k < n && !found; k++) {
			json_t *data =
				json_read(rows[k].data, strlen(rows[k].data), &err);
			eyes_open(&eyes, d, a->contact, a->data);
			eyes.happening = data;
			eyes.event = rows[k].name;
			found = eyes_exit(a->script, &eyes, false);
			eyes_close(&eyes);
			json_decref(data);
		}
	}
	strbuf_done(&room);
	strbuf_done(&err);
	return found;
}

/* Why they may not come in, NULL when they may. */
static const char *
refused(struct dialogs *d, const struct arrival *a)
{
	struct journey_past past;
	int64_t now = dialogs_now(d), per = a->script->journey.again.per;
	const struct script_exit *x;
	if (now - a->at > journey_patience(a->script))
		return "late";
	entry_past(d->db, a->contact, a->script->id, per ? now - per : 1, &past.last,
		&past.starts);
	const char *why = journey_again(a->script, &past, now);
	if (why)
		return why;
	x = left_already(d, a);
	return x ? x->name : NULL;
}

void
journeys_enter(struct dialogs *d, const struct arrival *a)
{
	struct entry_row entry;
	int64_t settle = a->script->journey.trigger.settle;
	if (entry_load_live(d->db, a->contact, a->script->id, a->key, &entry)) {
		repeat(d, a, &entry);
		entry_row_done(&entry);
		return;
	}
	const char *why = refused(d, a);
	if (why) {
		keep_out(d, a, "skipped", why);
		return;
	}
	if (journey_holds_out(a->script, a->contact)) {
		keep_out(d, a, "holdout", "holdout");
		return;
	}
	journey_products(d->db, a->contact, a->at, a->data);
	entry = (struct entry_row){.id = dialogs_id(d),
		.contact = a->contact,
		.event = a->event,
		.live = true,
		.data = json_dumps(a->data, JSON_COMPACT),
		.origin = a->at,
		.due = MAX(a->at + settle, dialogs_now(d))};
	snprintf(entry.script, sizeof(entry.script), "%s", a->script->id);
	snprintf(entry.hash, sizeof(entry.hash), "%s", a->script->hash);
	snprintf(entry.key, sizeof(entry.key), "%s", a->key);
	snprintf(entry.state, sizeof(entry.state), "settling");
	entry_insert(d->db, &entry);
	FAULT("journeys.entered");
	if (!settle || a->heard)
		begin(d, &entry, a->data, a->heard);
	entry_row_done(&entry);
}

void
journeys_keyword(struct dialogs *d, const struct script *script, const struct heard *in)
{
	json_t *data = json_object();
	journeys_enter(d, &(struct arrival){.script = script,
				  .contact = in->contact,
				  .key = "",
				  .at = dialogs_now(d),
				  .data = data,
				  .heard = in});
	json_decref(data);
}

/* ---- hearing ---- */

/* An event's fields by their full names: cart.total and event.total. */
static json_t *
full_names(const struct shop_event_row *event, const json_t *data)
{
	json_t *full = json_object();
	const char *key;
	json_t *value;
	char name[160];
	int root = (int)strcspn(event->name, ".");
	json_object_foreach((json_t *)(uintptr_t)data, key, value)
	{
		snprintf(name, sizeof(name), "%.*s.%s", root, event->name, key);
		json_object_set(full, name, value);
		snprintf(name, sizeof(name), "event.%s", key);
		json_object_set(full, name, value);
	}
	return full;
}

static void
trigger(struct dialogs *d, const struct script *s, const struct shop_event_row *event,
	const json_t *data)
{
	struct eyes eyes;
	json_t *full = full_names(event, data);
	journey_times(d->db, event, full);
	eyes_open(&eyes, d, event->contact, full);
	bool wanted = eyes_hold(&eyes, s->journey.trigger.cond);
	struct value v = {0};
	char key[ENTRY_KEY] = "";
	if (s->journey.key && strcmp(s->journey.key, "contact") != 0)
		eyes_see(&eyes, s->journey.key, &v);
	if (value_as_text(&v))
		snprintf(key, sizeof(key), "%s", value_as_text(&v));
	eyes_close(&eyes);
	if (wanted)
		journeys_enter(d, &(struct arrival){.script = s,
					  .contact = event->contact,
					  .event = event->id,
					  .key = key,
					  .at = event->at,
					  .data = full});
	json_decref(full);
}

static void
triggers(struct dialogs *d, const struct shop_event_row *event, const json_t *data)
{
	const struct script_set *set = shelf_scripts(d->shelf);
	for (size_t i = 0; i < set->count; i++) {
		const struct script *s = set->scripts[i];
		if (s->is_journey && s->journey.trigger.event &&
			!strcmp(s->journey.trigger.event, event->name) &&
			newest(d, s->id) == s)
			trigger(d, s, event, data);
	}
}

static void
pause_entry(struct dialogs *d, struct entry_row *entry, const struct script_exit *x)
{
	struct run_row row;
	bool with_staff = false;
	if (run_load(d->db, entry->run, &row)) {
		with_staff = !strcmp(row.state, "ticket"); /* it opened that itself */
		run_row_done(&row);
	}
	if (with_staff || strcmp(entry->state, "running") != 0)
		return;
	snprintf(entry->state, sizeof(entry->state), "paused");
	snprintf(entry->paused, sizeof(entry->paused), "%s", x->name);
	entry->due = x->give_up ? dialogs_now(d) + x->give_up : 0;
	entry_save(d->db, entry);
	note(d, entry, "journey.paused", x->name);
}

static void
resume_entry(struct dialogs *d, struct entry_row *entry)
{
	if (strcmp(entry->state, "paused") != 0)
		return;
	snprintf(entry->state, sizeof(entry->state), "running");
	*entry->paused = '\0';
	entry->due = 0;
	entry_save(d->db, entry);
	timers_unpark(d->db, entry->run, dialogs_now(d));
	note(d, entry, "journey.resumed", NULL);
}

/* Its run hears what happened, and may leave on it: then the exit's mark counts. */
static void
tell_run(struct dialogs *d, const struct script *s, const struct entry_row *entry,
	const struct shop_event_row *event, const json_t *data)
{
	struct fields *fields = xcalloc(1, sizeof(*fields));
	struct entry_row after;
	shell_happened(d, entry->run,
		&(struct step_event){.kind = EVENT_HAPPENED,
			.name = event->name,
			.rows = as_row(data, fields),
			.row_count = 1});
	free(fields);
	if (!entry_load(d->db, entry->id, &after))
		return;
	for (size_t i = 0; !after.live && i < s->journey.exit_count; i++) {
		const struct script_exit *x = &s->journey.exits[i];
		if (!strcmp(x->name, after.outcome) && x->mark &&
			!strcmp(x->mark, "goal"))
			reach(d, s, entry->id, event);
	}
	entry_row_done(&after);
}

/* Somebody who is in a journey: does this take them out of it, hold them, let them go on?
 */
static void
tell_entry(struct dialogs *d, uint64_t id, const struct shop_event_row *event,
	const json_t *data)
{
	struct entry_row entry;
	struct strbuf err = STRBUF_SENTENCE;
	struct eyes eyes;
	if (!entry_load(d->db, id, &entry))
		return;
	const struct script *s =
		script_find(shelf_scripts(d->shelf), entry.script, entry.hash);
	bool before = event->at < entry.origin - JOURNEY_SKEW;
	if (!s || !s->is_journey || before || !journey_hears(s, event->name)) {
		entry_row_done(&entry);
		strbuf_done(&err);
		return;
	}
	json_t *own = json_read(entry.data, strlen(entry.data), &err);
	eyes_open(&eyes, d, entry.contact, own);
	eyes.happening = data;
	eyes.event = event->name;
	const struct script_exit *leaves = eyes_exit(s, &eyes, false);
	const struct script_exit *holds_it = eyes_exit(s, &eyes, true);
	eyes_close(&eyes);
	json_decref(own);
	if (entry.run)
		tell_run(d, s, &entry, event, data);
	else if (leaves)
		take_out(d, &entry, leaves->name);
	if (!entry.run && leaves && leaves->mark && !strcmp(leaves->mark, "goal"))
		reach(d, s, entry.id, event);
	entry_row_done(&entry);
	if (entry_load(d->db, id, &entry)) {
		if (entry.live && holds_it)
			pause_entry(d, &entry, holds_it);
		else if (entry.live && !strcmp(event->name, "ticket.closed"))
			resume_entry(d, &entry);
		entry_row_done(&entry);
	}
	strbuf_done(&err);
}

static void
hear(struct dialogs *d, const struct shop_event_row *event)
{
	uint64_t ids[LIVE_MAX];
	struct strbuf err = STRBUF_SENTENCE;
	const char *text = *event->data ? event->data : "{}";
	json_t *data = json_read(text, strlen(text), &err);
	size_t n = entries_of(d->db, event->contact, ids, LIVE_MAX);
	goals(d, event);
	for (size_t i = 0; i < n; i++)
		tell_entry(d, ids[i], event, data);
	triggers(d, event, data);
	shop_event_heard(d->db, event->id);
	FAULT("journeys.heard");
	json_decref(data);
	strbuf_done(&err);
}

void
journeys_note(struct dialogs *d, const char *name, uint64_t contact, const char *detail)
{
	const struct script_set *set = shelf_scripts(d->shelf);
	if (!strncmp(name, "journey.", 8))
		return;
	if (!strcmp(name, "ticket.reopened"))
		name = "ticket.opened"; /* people talk again */
	for (size_t i = 0; i < set->count; i++)
		if (set->scripts[i]->is_journey && journey_hears(set->scripts[i], name)) {
			dialogs_overheard(d, name, contact, detail);
			shell_wake(d);
			return;
		}
}

/* ---- clocks ---- */

static void
ring(struct dialogs *d, uint64_t id)
{
	struct entry_row entry;
	struct strbuf err = STRBUF_SENTENCE;
	if (!entry_load(d->db, id, &entry))
		return;
	json_t *data = json_read(entry.data, strlen(entry.data), &err);
	FAULT("journeys.ring");
	if (!strcmp(entry.state, "paused"))
		take_out(d, &entry, entry.paused);
	else if (entry.live && !entry.run)
		begin(d, &entry, data, NULL);
	else {
		entry.due = 0;
		entry_save(d->db, &entry);
	}
	json_decref(data);
	entry_row_done(&entry);
	strbuf_done(&err);
}

static void
set_aside(struct dialogs *d, uint64_t id)
{
	struct entry_row entry;
	if (!entry_load(d->db, id, &entry))
		return;
	if (entry.run)
		shell_set_aside(d, entry.run);
	entry_row_done(&entry);
	journeys_ended(d, id, "set-aside");
}

bool
journeys_paused(struct dialogs *d, uint64_t id)
{
	struct entry_row entry;
	bool paused = entry_load(d->db, id, &entry) && !strcmp(entry.state, "paused");
	if (paused || entry.id)
		entry_row_done(&entry);
	return paused;
}

/* ---- looking ---- */

static void
set_event_aside(struct dialogs *d, const struct shop_event_row *event)
{
	shop_event_set_aside(d->db, event->id);
	dialogs_note(d, "journey.set_aside", event->contact, event->name);
}

static bool
hear_some(struct dialogs *d)
{
	struct shop_event_row rows[BATCH];
	uint64_t ids[BATCH];
	struct strbuf room = STRBUF_INIT(4 << 20);
	bool aside;
	size_t n = shop_events_unheard(d->db, rows, BATCH, &room);
	for (size_t i = 0; i < n; i++)
		ids[i] = rows[i].id;
	size_t now = care_admits(d, CARE_EVENT, ids, n, &aside);
	if (aside)
		set_event_aside(d, &rows[0]);
	for (size_t i = 0; i < now && !aside; i++) {
		db_savepoint(d->db);
		hear(d, &rows[i]);
		if (!db_poisoned(d->db)) {
			db_savepoint_keep(d->db);
			continue;
		}
		db_savepoint_undo(d->db);
		set_event_aside(d, &rows[i]);
	}
	strbuf_done(&room);
	return now && (n == BATCH || now < n || aside);
}

static bool
ring_some(struct dialogs *d)
{
	uint64_t ids[BATCH];
	bool aside;
	size_t n = entries_due(d->db, dialogs_now(d), ids, BATCH);
	size_t now = care_admits(d, CARE_ENTRY, ids, n, &aside);
	if (aside)
		set_aside(d, ids[0]);
	for (size_t i = 0; i < now && !aside; i++) {
		db_savepoint(d->db);
		ring(d, ids[i]);
		if (!db_poisoned(d->db)) {
			db_savepoint_keep(d->db);
			continue;
		}
		db_savepoint_undo(d->db);
		set_aside(d, ids[i]);
	}
	return now && (n == BATCH || now < n || aside);
}

bool
journeys_look(struct dialogs *d)
{
	bool more = hear_some(d);
	more |= ring_some(d);
	return scan_look(d) || more;
}

int64_t
journeys_next(struct dialogs *d)
{
	int64_t due = entries_next(d->db);
	return MIN(due ? due : INT64_MAX, scan_next(d));
}
