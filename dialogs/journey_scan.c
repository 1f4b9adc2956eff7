/* Journeys of dates and segments: once an hour a look through all people, in chunks, with
 * the place it has come to in the same commit as what it began. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/base/iso.h"
#include "gateway/core/person.h"
#include "gateway/net/json.h"
#include "gateway/store/contacts.h"
#include "gateway/store/entries.h"
#include "dialogs/journey.h"
#include "dialogs/shell_inside.h"
#include "dialogs/step.h"

#define EVERY    HOUR
#define CHUNK    64        /* people with a date in one unit */
#define SEGMENT  256       /* people a segment's condition is asked of in one unit */
#define CATCH_UP (3 * DAY) /* a program that stood still longer begins no older dates */

static bool
scans(const struct dialogs *d, const struct script *s)
{
	return s->is_journey && (s->journey.trigger.date || s->journey.trigger.segment) &&
	       script_find(shelf_scripts(d->shelf), s->id, NULL) == s;
}

/* A segment that was rewritten is a new one: nobody enters it all at once because the
 * words have changed. */
static void
scan_key(const struct script *s, char ret[SCAN_KEY])
{
	uint64_t h = UINT64_C(14695981039346656037);
	const struct expr *segment = s->journey.trigger.segment;
	for (const char *p = segment ? expr_source(segment) : ""; *p; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
	if (segment)
		snprintf(ret, SCAN_KEY, "%s#%08x", s->id, (unsigned)(h >> 32));
	else
		snprintf(ret, SCAN_KEY, "%s", s->id);
}

/* ---- beginning ---- */

static void
enter(struct dialogs *d, const struct script *s, uint64_t contact, int64_t at)
{
	json_t *data = json_object();
	char iso[ISO_MAX];
	iso_format(at, 0, iso);
	json_object_set_new(data, "event.at", json_string(iso));
	journeys_enter(d, &(struct arrival){.script = s,
				  .contact = contact,
				  .key = "",
				  .at = at,
				  .data = data});
	json_decref(data);
}

/* Dates begin like events: only if the condition holds when it is time. */
static void
enter_if(struct dialogs *d, const struct script *s, uint64_t contact, int64_t at)
{
	struct world world;
	world_init(&world, d, contact);
	struct step_env env = world_env(&world);
	struct expr_env ee = {.ctx = env.ctx,
		.get = env.get,
		.aggregate = env.aggregate,
		.now = env.now,
		.zone = env.zone};
	bool wanted = !s->journey.trigger.cond || expr_eval(s->journey.trigger.cond, &ee);
	world_done(&world);
	if (wanted)
		enter(d, s, contact, at);
}

/* ---- dates ---- */

static const char *
zone_of(struct dialogs *d, uint64_t contact, char room[48])
{
	struct contact c;
	bool own = contact_load(d->db, contact, &c) && *c.zone;
	snprintf(room, 48, "%s", own ? c.zone : d->zone);
	return room;
}

/* True when everybody was looked at. */
static bool
scan_some_dates(struct dialogs *d, const struct script *s, struct scan_row *scan)
{
	struct scan_date dates[CHUNK];
	const char *name = s->journey.trigger.date;
	char zone[48];
	if (!strncmp(name, "contact.", 8))
		name += 8;
	size_t n = scan_dates(d->db, name, scan->cursor, dates, CHUNK);
	for (size_t i = 0; i < n; i++) {
		int64_t due = journey_due(s, dates[i].base, scan->since,
			zone_of(d, dates[i].contact, zone));
		if (due <= scan->until)
			enter_if(d, s, dates[i].contact, due);
	}
	if (n)
		scan->cursor = dates[n - 1].contact;
	return n < CHUNK;
}

/* ---- segments ---- */

/* Those in (after, upto] for whom the condition holds, in order. */
static size_t
matches_in_sql(struct dialogs *d, const struct expr *cond, uint64_t after, uint64_t upto,
	uint64_t *ret, size_t max, bool *ret_failed)
{
	struct person_columns columns;
	struct expr_schema schema = person_schema(&columns, dialogs_now(d));
	static struct expr_params params;
	static struct db_value values[EXPR_PARAMS + 2];
	struct strbuf sql = STRBUF_INIT(1 << 20), err = STRBUF_SENTENCE;
	size_t n = 0;
	strbuf_puts(
		&sql, "SELECT c.id FROM contacts c WHERE c.id > $1 AND c.id <= $2 AND ");
	*ret_failed = expr_sql(cond, &schema, dialogs_now(d), d->zone, 3, &sql, &params,
			      &err) < 0;
	if (!*ret_failed) {
		strbuf_puts(&sql, " ORDER BY c.id");
		values[0] = (struct db_value){'i', .number = (int64_t)after};
		values[1] = (struct db_value){'i', .number = (int64_t)upto};
		for (size_t i = 0; i < params.count; i++) {
			const struct value *v = &params.values[i];
			values[i + 2] = (struct db_value){v->kind == VALUE_TEXT   ? 't'
							  : v->kind == VALUE_TIME ? 'i'
										  : 'd',
				v->time, v->number, v->text};
		}
		n = db_ids(db_ask(d->db, sql.s, values, params.count + 2), ret, max);
	}
	arena_done(&columns.arena);
	strbuf_done(&sql);
	strbuf_done(&err);
	return n;
}

/* What SQL cannot know (consent is derived) is asked person by person. */
static size_t
matches_one_by_one(struct dialogs *d, const struct expr *cond, uint64_t after,
	uint64_t upto, uint64_t *ret, size_t max)
{
	uint64_t ids[SEGMENT];
	size_t found = 0;
	size_t n = db_ids(db_select(d->db,
				  "SELECT id FROM contacts WHERE id > $1 AND id <= $2 "
				  "ORDER BY id LIMIT $3",
				  "uui", after, upto, (int64_t)SEGMENT),
		ids, SEGMENT);
	for (size_t i = 0; i < n && found < max; i++) {
		struct world world;
		world_init(&world, d, ids[i]);
		struct step_env env = world_env(&world);
		struct expr_env ee = {.ctx = env.ctx,
			.get = env.get,
			.aggregate = env.aggregate,
			.now = env.now,
			.zone = d->zone};
		if (expr_eval(cond, &ee))
			ret[found++] = ids[i];
		world_done(&world);
	}
	return found;
}

static bool
has(const uint64_t *ids, size_t n, uint64_t id)
{
	for (size_t i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* Whoever has come to fit since the last look begins; whoever no longer fits may begin
 * again one day. The first look of a new journey only remembers who fits already. */
static bool
scan_some_people(struct dialogs *d, const struct script *s, struct scan_row *scan)
{
	uint64_t in[SEGMENT], members[SEGMENT];
	bool failed, first = scan->since == 0;
	uint64_t upto = scan_upto(d->db, scan->cursor, SEGMENT);
	if (!upto)
		return true;
	const struct expr *cond = s->journey.trigger.segment;
	size_t n = matches_in_sql(d, cond, scan->cursor, upto, in, SEGMENT, &failed);
	if (failed)
		n = matches_one_by_one(d, cond, scan->cursor, upto, in, SEGMENT);
	size_t known =
		scan_members(d->db, scan->script, scan->cursor, upto, members, SEGMENT);
	for (size_t i = 0; i < known; i++)
		if (!has(in, n, members[i]))
			scan_member_set(d->db, scan->script, members[i], false);
	for (size_t i = 0; i < n; i++) {
		if (has(members, known, in[i]))
			continue;
		scan_member_set(d->db, scan->script, in[i], true);
		if (!first)
			enter_if(d, s, in[i], dialogs_now(d));
	}
	scan->cursor = upto;
	return false;
}

/* ---- the look ---- */

static void
begin_scan(struct dialogs *d, const struct script *s, struct scan_row *scan)
{
	int64_t now = dialogs_now(d);
	char key[SCAN_KEY];
	scan_key(s, key);
	if (!scan_load(d->db, key, scan)) {
		*scan = (struct scan_row){0};
		snprintf(scan->script, sizeof(scan->script), "%s", key);
		scan->since = s->journey.trigger.date ? now : 0;
		scan->until = s->journey.trigger.date ? now : 0;
		scan_save(d->db, scan);
	}
	if (scan->until > scan->since || now < scan->since + EVERY)
		return;
	if (scan->since && s->journey.trigger.date)
		scan->since = MAX(scan->since, now - CATCH_UP);
	scan->until = now;
	scan->cursor = 0;
}

/* True when there is more to do for this journey at once. */
static bool
scan_one(struct dialogs *d, const struct script *s)
{
	struct scan_row scan;
	begin_scan(d, s, &scan);
	if (scan.until <= scan.since)
		return false;
	bool done = s->journey.trigger.date ? scan_some_dates(d, s, &scan)
					    : scan_some_people(d, s, &scan);
	if (done) {
		scan.since = scan.until;
		scan.cursor = 0;
	}
	scan_save(d->db, &scan);
	FAULT("journeys.scanned");
	return !done;
}

bool
scan_look(struct dialogs *d)
{
	const struct script_set *set = shelf_scripts(d->shelf);
	bool more = false;
	for (size_t i = 0; i < set->count; i++)
		if (scans(d, set->scripts[i]))
			more |= scan_one(d, set->scripts[i]);
	return more;
}

int64_t
scan_next(struct dialogs *d)
{
	const struct script_set *set = shelf_scripts(d->shelf);
	int64_t next = INT64_MAX;
	struct scan_row scan;
	char key[SCAN_KEY];
	for (size_t i = 0; i < set->count; i++) {
		if (!scans(d, set->scripts[i]))
			continue;
		scan_key(set->scripts[i], key);
		next = MIN(next, scan_load(d->db, key, &scan) ? scan.since + EVERY : 0);
	}
	return next;
}

/* A new journey is noticed at once, not at its first hour. */
void
journeys_reload(struct dialogs *d)
{
	scan_look(d);
}
