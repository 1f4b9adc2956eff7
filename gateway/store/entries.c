#include "gateway/store/entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS                                                                          \
	"id, contact, event, run, script, hash, key, state, outcome, paused, live, "     \
	"data, origin, due, repeats, started, ended "

void
entry_row_done(struct entry_row *row)
{
	free(row->data);
	row->data = NULL;
}

void
entry_insert(struct db *db, const struct entry_row *e)
{
	db_run(db,
		"INSERT INTO entries(id, contact, event, run, script, hash, key, state, "
		"outcome, paused, live, data, origin, due, repeats, started, ended) "
		"VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
		"$15, "
		"$16, $17)",
		"uuuuttttttitiiiii", e->id, e->contact, e->event, e->run, e->script,
		e->hash, e->key, e->state, e->outcome, e->paused, (int64_t)e->live,
		e->data ? e->data : "", e->origin, e->due, e->repeats, e->started,
		e->ended);
}

void
entry_save(struct db *db, const struct entry_row *e)
{
	db_run(db,
		"UPDATE entries SET event = $2, run = $3, hash = $4, state = $5, outcome "
		"= $6, paused = $7, live = $8, data = $9, origin = $10, due = $11, "
		"repeats = $12, started = $13, ended = $14, starts = 0 WHERE id = $1",
		"uuuttttitiiiii", e->id, e->event, e->run, e->hash, e->state, e->outcome,
		e->paused, (int64_t)e->live, e->data ? e->data : "", e->origin, e->due,
		e->repeats, e->started, e->ended);
}

static bool
read_row(struct db_rows *q, struct entry_row *e)
{
	bool found = db_next(q);
	if (found) {
		*e = (struct entry_row){.id = db_id(q, 0),
			.contact = db_id(q, 1),
			.event = db_id(q, 2),
			.run = db_id(q, 3),
			.live = db_int(q, 10) != 0,
			.data = xstrdup(db_text(q, 11)),
			.origin = db_int(q, 12),
			.due = db_int(q, 13),
			.repeats = db_int(q, 14),
			.started = db_int(q, 15),
			.ended = db_int(q, 16)};
		snprintf(e->script, sizeof(e->script), "%s", db_text(q, 4));
		snprintf(e->hash, sizeof(e->hash), "%s", db_text(q, 5));
		snprintf(e->key, sizeof(e->key), "%s", db_text(q, 6));
		snprintf(e->state, sizeof(e->state), "%s", db_text(q, 7));
		snprintf(e->outcome, sizeof(e->outcome), "%s", db_text(q, 8));
		snprintf(e->paused, sizeof(e->paused), "%s", db_text(q, 9));
	}
	db_end(q);
	return found;
}

bool
entry_load(struct db *db, uint64_t id, struct entry_row *ret)
{
	return id &&
	       read_row(db_select(db, "SELECT " COLUMNS "FROM entries WHERE id = $1", "u",
				id),
		       ret);
}

bool
entry_load_live(struct db *db, uint64_t contact, const char *script, const char *key,
	struct entry_row *ret)
{
	return read_row(db_select(db,
				"SELECT " COLUMNS "FROM entries WHERE contact = $1 AND "
				"script = $2 AND key = $3 AND live = 1",
				"utt", contact, script, key),
		ret);
}

size_t
entries_of(struct db *db, uint64_t contact, uint64_t *ret_ids, size_t max)
{
	return db_ids(db_select(db,
			      "SELECT id FROM entries WHERE contact = $1 AND live = 1 "
			      "ORDER BY id LIMIT $2",
			      "ui", contact, (int64_t)max),
		ret_ids, max);
}

size_t
entries_due(struct db *db, int64_t now, uint64_t *ret_ids, size_t max)
{
	return db_ids(db_select(db,
			      "SELECT id FROM entries WHERE due > 0 AND due <= $1 "
			      "ORDER BY due, id LIMIT $2",
			      "ii", now, (int64_t)max),
		ret_ids, max);
}

int64_t
entries_next(struct db *db)
{
	return db_number(db, 0,
		"SELECT due FROM entries WHERE due > 0 ORDER BY due, id LIMIT 1", "");
}

void
entry_past(struct db *db, uint64_t contact, const char *script, int64_t since,
	int64_t *ret_last, int64_t *ret_starts)
{
	struct db_rows *q = db_select(db,
		"SELECT max(started), sum(CASE WHEN started >= $3 THEN 1 ELSE 0 END) "
		"FROM "
		"entries WHERE script = $2 AND contact = $1 AND started > 0",
		"uti", contact, script, since);
	*ret_last = *ret_starts = 0;
	if (db_next(q)) {
		*ret_last = db_int(q, 0);
		*ret_starts = db_int(q, 1);
	}
	db_end(q);
}

void
entry_said(struct db *db, uint64_t id, const char *variant, int64_t now)
{
	db_run(db,
		"UPDATE entries SET said = $3, variant = CASE WHEN $2 = '' THEN variant "
		"ELSE $2 END WHERE id = $1",
		"uti", id, variant, now);
}

uint64_t
entry_without_goal(struct db *db, uint64_t contact, const char *script, int64_t since)
{
	return (uint64_t)db_number(db, 0,
		"SELECT id FROM entries WHERE script = $2 AND contact = $1 AND started "
		">= $3 AND started > 0 AND goal = 0 ORDER BY origin DESC LIMIT 1",
		"uti", contact, script, since);
}

void
entry_reach(struct db *db, uint64_t id, const struct entry_goal *g)
{
	db_run(db,
		"UPDATE entries SET goal = $2, goal_event = $3, goal_value = CASE WHEN "
		"$4 = 1 THEN $5 END, credit = $6 WHERE id = $1 AND goal = 0",
		"uiuidt", id, g->at, g->event, (int64_t)g->has_value, g->value,
		g->credit ? g->credit : "");
}

/* ---- looks through all people ---- */

bool
scan_load(struct db *db, const char *script, struct scan_row *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT since, until, cursor FROM scans WHERE script = $1", "t", script);
	bool found = db_next(q);
	if (found) {
		*ret = (struct scan_row){.since = db_int(q, 0),
			.until = db_int(q, 1),
			.cursor = db_id(q, 2)};
		snprintf(ret->script, sizeof(ret->script), "%s", script);
	}
	db_end(q);
	return found;
}

void
scan_save(struct db *db, const struct scan_row *r)
{
	db_run(db,
		"INSERT INTO scans(script, since, until, cursor) VALUES($1, $2, $3, $4) "
		"ON CONFLICT (script) DO UPDATE SET since = excluded.since, until = "
		"excluded.until, cursor = excluded.cursor",
		"tiiu", r->script, r->since, r->until, r->cursor);
}

uint64_t
scan_upto(struct db *db, uint64_t after, int max)
{
	return (uint64_t)db_number(db, 0,
		"SELECT max(id) FROM (SELECT id FROM contacts WHERE id > $1 ORDER BY id "
		"LIMIT $2) s",
		"ui", after, (int64_t)max);
}

size_t
scan_dates(struct db *db, const char *name, uint64_t after, struct scan_date *ret,
	size_t max)
{
	struct db_rows *q;
	size_t n = 0;
	if (!strcmp(name, "first_order"))
		q = db_select(db,
			"SELECT contact, first_order FROM contact_stats WHERE contact > "
			"$1 AND first_order > 0 ORDER BY contact LIMIT $2",
			"ui", after, (int64_t)max);
	else if (!strcmp(name, "last_order"))
		q = db_select(db,
			"SELECT contact, last_order FROM contact_stats WHERE contact > "
			"$1 AND last_order > 0 ORDER BY contact LIMIT $2",
			"ui", after, (int64_t)max);
	else if (!strcmp(name, "created"))
		q = db_select(db,
			"SELECT id, created FROM contacts WHERE id > $1 ORDER BY id "
			"LIMIT $2",
			"ui", after, (int64_t)max);
	else
		q = db_select(db,
			"SELECT contact, moment FROM attributes WHERE name = $2 AND "
			"contact > $1 AND moment IS NOT NULL ORDER BY contact LIMIT $3",
			"uti", after, name, (int64_t)max);
	while (n < max && db_next(q))
		ret[n++] = (struct scan_date){db_id(q, 0), db_int(q, 1)};
	db_end(q);
	return n;
}

bool
scan_member(struct db *db, const char *script, uint64_t contact)
{
	return db_number(db, 0,
		       "SELECT count(*) FROM scan_members WHERE script = $1 AND contact "
		       "= $2",
		       "tu", script, contact) > 0;
}

void
scan_member_set(struct db *db, const char *script, uint64_t contact, bool in)
{
	if (in)
		db_run(db,
			"INSERT INTO scan_members(script, contact) VALUES($1, $2) ON "
			"CONFLICT (script, contact) DO NOTHING",
			"tu", script, contact);
	else
		db_run(db, "DELETE FROM scan_members WHERE script = $1 AND contact = $2",
			"tu", script, contact);
}

size_t
scan_members(struct db *db, const char *script, uint64_t after, uint64_t upto,
	uint64_t *ret_ids, size_t max)
{
	return db_ids(db_select(db,
			      "SELECT contact FROM scan_members WHERE script = $1 AND "
			      "contact > $2 AND contact <= $3 ORDER BY contact LIMIT $4",
			      "tuui", script, after, upto, (int64_t)max),
		ret_ids, max);
}
