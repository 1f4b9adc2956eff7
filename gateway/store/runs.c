#include "gateway/store/runs.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- runs ---- */

void
run_row_done(struct run_row *row)
{
	free(row->data);
	row->data = NULL;
}

void
run_insert(struct db *db, const struct run_row *r)
{
	db_run(db,
		"INSERT INTO runs(id, contact, script, hash, step, state, outcome, data, "
		"said, heard, advanced, awaits, told, started, updated, entry) "
		"VALUES($1, "
		"$2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
		"uuttttttiuiutiiu", r->id, r->contact, r->script, r->hash, r->step,
		r->state, r->outcome, r->data ? r->data : "", r->said, r->heard,
		r->advanced, r->awaits, r->told, r->started, r->updated, r->entry);
}

void
run_save(struct db *db, const struct run_row *r)
{
	db_run(db,
		"UPDATE runs SET hash = $2, step = $3, state = $4, outcome = $5, data = "
		"$6, said = $7, heard = $8, advanced = $9, awaits = $10, told = $11, "
		"updated = $12 WHERE id = $1",
		"utttttiuiuti", r->id, r->hash, r->step, r->state, r->outcome,
		r->data ? r->data : "", r->said, r->heard, r->advanced, r->awaits,
		r->told, r->updated);
}

bool
run_load(struct db *db, uint64_t id, struct run_row *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT id, contact, script, hash, step, state, outcome, data, said, "
		"heard, advanced, awaits, told, started, updated, entry FROM runs WHERE "
		"id = "
		"$1",
		"u", id);
	bool found = db_next(q);
	if (found) {
		*ret = (struct run_row){.id = db_id(q, 0),
			.contact = db_id(q, 1),
			.data = xstrdup(db_text(q, 7)),
			.said = db_int(q, 8),
			.heard = db_id(q, 9),
			.advanced = db_int(q, 10),
			.awaits = db_id(q, 11),
			.started = db_int(q, 13),
			.updated = db_int(q, 14),
			.entry = db_id(q, 15)};
		snprintf(ret->script, sizeof(ret->script), "%s", db_text(q, 2));
		snprintf(ret->hash, sizeof(ret->hash), "%s", db_text(q, 3));
		snprintf(ret->step, sizeof(ret->step), "%s", db_text(q, 4));
		snprintf(ret->state, sizeof(ret->state), "%s", db_text(q, 5));
		snprintf(ret->outcome, sizeof(ret->outcome), "%s", db_text(q, 6));
		snprintf(ret->told, sizeof(ret->told), "%s", db_text(q, 12));
	}
	db_end(q);
	return found;
}

uint64_t
run_talking(struct db *db, uint64_t contact)
{
	uint64_t asks = (uint64_t)db_number(db, 0,
		"SELECT max(id) FROM runs WHERE contact = $1 AND state = 'reply'", "u",
		contact);
	if (asks)
		return asks;
	return (uint64_t)db_number(db, 0,
		"SELECT max(id) FROM runs WHERE contact = $1 "
		"AND state IN ('pause', 'lookup', 'sending') AND entry = 0",
		"u", contact);
}

size_t
runs_of(struct db *db, uint64_t contact, uint64_t *ret_ids, size_t max)
{
	return db_ids(
		db_select(db,
			"SELECT id FROM runs WHERE contact = $1 AND state IN ('reply', "
			"'pause', 'lookup', 'sending', 'ticket') ORDER BY id LIMIT $2",
			"ui", contact, (int64_t)max),
		ret_ids, max);
}

int64_t
run_last_end(struct db *db, uint64_t contact)
{
	return db_number(db, 0,
		"SELECT max(updated) FROM runs WHERE contact = $1 AND state = 'ended'",
		"u", contact);
}

int64_t
run_last_advance(struct db *db, uint64_t contact)
{
	return db_number(
		db, 0, "SELECT max(advanced) FROM runs WHERE contact = $1", "u", contact);
}

size_t
runs_live(struct db *db, uint64_t after, uint64_t *ret_ids, size_t max)
{
	return db_ids(db_select(db,
			      "SELECT id FROM runs WHERE state <> 'ended' AND id > $1 "
			      "ORDER BY id LIMIT $2",
			      "ui", after, (int64_t)max),
		ret_ids, max);
}

bool
run_tell(struct db *db, uint64_t message, const char *fate)
{
	return db_run(db,
		       "UPDATE runs SET told = $2, awaits = 0 WHERE awaits = $1 "
		       "AND awaits > 0",
		       "ut", message, fate) > 0;
}

bool
run_tell_run(struct db *db, uint64_t run, const char *what)
{
	return db_run(db, "UPDATE runs SET told = $2 WHERE id = $1 AND state = 'ticket'",
		       "ut", run, what) > 0;
}

size_t
runs_told(struct db *db, uint64_t *ret_ids, size_t max)
{
	return db_ids(db_select(db,
			      "SELECT id FROM runs WHERE told <> '' ORDER BY id "
			      "LIMIT $1",
			      "i", (int64_t)max),
		ret_ids, max);
}

/* ---- timers ---- */

void
timer_insert(struct db *db, const struct timer_row *r)
{
	db_run(db,
		"INSERT INTO timers(id, run, visit, kind, due) VALUES($1, $2, $3, $4, "
		"$5)",
		"uuiii", r->id, r->run, (int64_t)r->visit, (int64_t)r->kind, r->due);
}

static size_t
read_timers(struct db_rows *q, struct timer_row *ret, size_t max)
{
	size_t n = 0;
	while (n < max && db_next(q)) {
		ret[n++] = (struct timer_row){db_id(q, 0), db_id(q, 1),
			(unsigned)db_int(q, 2), (int)db_int(q, 3), db_int(q, 4)};
	}
	db_end(q);
	return n;
}

size_t
timers_due(struct db *db, int64_t now, struct timer_row *ret, size_t max)
{
	return read_timers(
		db_select(db,
			"SELECT id, run, visit, kind, due FROM timers WHERE due <= $1 "
			"ORDER BY due, id LIMIT $2",
			"ii", now, (int64_t)max),
		ret, max);
}

int64_t
timers_next(struct db *db)
{
	return db_number(db, 0, "SELECT due FROM timers ORDER BY due, id LIMIT 1", "");
}

void
timer_delete(struct db *db, uint64_t id)
{
	db_run(db, "DELETE FROM timers WHERE id = $1", "u", id);
}

void
timers_forget(struct db *db, uint64_t run)
{
	db_run(db, "DELETE FROM timers WHERE run = $1", "u", run);
}

#define PARKED INT64_MAX

void
timer_park(struct db *db, uint64_t id)
{
	db_run(db, "UPDATE timers SET due = $2 WHERE id = $1", "ui", id, PARKED);
}

void
timers_unpark(struct db *db, uint64_t run, int64_t now)
{
	db_run(db, "UPDATE timers SET due = $2 WHERE run = $1 AND due = $3", "uii", run,
		now, PARKED);
}

void
run_count_texts(struct db *db, uint64_t contact, uint64_t since, const char *text,
	int64_t *ret_all, int64_t *ret_same)
{
	struct db_rows *q = db_select(db,
		"SELECT count(*), count(CASE WHEN s.text = $3 THEN 1 END) FROM (SELECT "
		"text FROM messages WHERE contact = $1 AND id > $2 AND outbound = 1 AND "
		"origin IN ('dialog', 'timer') LIMIT 200) s",
		"uut", contact, since, text);
	*ret_all = *ret_same = 0;
	if (db_next(q)) {
		*ret_all = db_int(q, 0);
		*ret_same = db_int(q, 1);
	}
	db_end(q);
}

/* ---- scripts ---- */

void
script_keep(struct db *db, const struct script_row *row, const char *text, int64_t now)
{
	db_run(db,
		"INSERT INTO scripts(id, hash, text, loaded) VALUES($1, $2, $3, $4) "
		"ON CONFLICT (id, hash) DO UPDATE SET loaded = excluded.loaded",
		"ttti", row->id, row->hash, text, now);
}

bool
script_recall(struct db *db, struct script_row *row, struct strbuf *ret_text)
{
	struct db_rows *q =
		*row->hash ? db_select(db,
				     "SELECT hash, text FROM scripts WHERE id = $1 AND "
				     "hash = $2",
				     "tt", row->id, row->hash)
			   : db_select(db,
				     "SELECT hash, text FROM scripts WHERE id = $1 "
				     "ORDER BY loaded DESC LIMIT 1",
				     "t", row->id);
	bool found = db_next(q);
	if (found) {
		snprintf(row->hash, sizeof(row->hash), "%s", db_text(q, 0));
		strbuf_reset(ret_text);
		strbuf_puts(ret_text, db_text(q, 1));
	}
	db_end(q);
	return found;
}

size_t
scripts_followed(struct db *db, struct script_row *ret, size_t max)
{
	struct db_rows *q = db_select(db,
		"SELECT DISTINCT script, hash FROM runs WHERE state <> 'ended' LIMIT $1",
		"i", (int64_t)max);
	size_t n = 0;
	while (n < max && db_next(q)) {
		snprintf(ret[n].id, sizeof(ret[n].id), "%s", db_text(q, 0));
		snprintf(ret[n++].hash, sizeof(ret->hash), "%s", db_text(q, 1));
	}
	db_end(q);
	return n;
}
