#include "gateway/store/runs_list.h"

#include <stdio.h>
#include <string.h>

#define ROW                                                                              \
	"SELECT r.id, r.contact, r.script, r.hash, r.step, r.state, r.outcome, r.said, " \
	"r.awaits, r.started, r.updated, r.entry, c.phone FROM runs r JOIN contacts c "  \
	"ON c.id = r.contact "
/* Both are tested on the way down one index. */
#define ALSO                                                                             \
	"AND (CAST($3 AS TEXT) IS NULL OR r.state = $3) AND ($4 = 0 OR r.state <> "      \
	"'ended') ORDER BY r.id DESC LIMIT $5"

static struct db_rows *
select_page(struct db *db, const struct run_filter *f)
{
	uint64_t before = f->before ? f->before : INT64_MAX;
	bool live = f->state && !strcmp(f->state, "live");
	const char *state = live ? NULL : f->state;
	bool unsettled = live || (state && strcmp(state, "ended") != 0);
	int64_t limit = f->limit > 0 ? f->limit : 100;
	if (f->phone)
		return db_select(db,
			ROW "WHERE r.contact = (SELECT id FROM contacts WHERE phone = "
			    "$1) AND r.id < $2 AND (CAST($6 AS TEXT) IS NULL OR r.script "
			    "= $6) " ALSO,
			"tutiit", f->phone, before, state, (int64_t)live, limit,
			f->script);
	if (f->script)
		return db_select(db, ROW "WHERE r.script = $1 AND r.id < $2 " ALSO,
			"tutii", f->script, before, state, (int64_t)live, limit);
	if (state && unsettled)
		return db_select(db,
			ROW "WHERE r.state = $1 AND r.state <> 'ended' AND r.id < $2 "
			    "ORDER BY r.id DESC LIMIT $3",
			"tui", state, before, limit);
	if (live)
		return db_select(db,
			ROW "WHERE r.state <> 'ended' AND r.id < $1 ORDER BY r.id DESC "
			    "LIMIT $2",
			"ui", before, limit);
	return db_select(db,
		ROW "WHERE r.id < $1 AND (CAST($2 AS TEXT) IS NULL OR r.state = $2) "
		    "ORDER BY r.id DESC LIMIT $3",
		"uti", before, state, limit);
}

/* ---- those that have not begun ---- */

#define PENDING                                                                          \
	"SELECT e.id, e.contact, e.script, e.hash, e.state, e.origin, e.due, c.phone "   \
	"FROM entries e JOIN contacts c ON c.id = e.contact WHERE e.live = 1 AND e.run " \
	"= 0 "
#define PENDING_ALSO                                                                     \
	"AND (CAST($3 AS TEXT) IS NULL OR e.state = $3) ORDER BY e.id DESC LIMIT $4"

static bool
is_pending(const char *state)
{
	return state && (!strcmp(state, "settling") || !strcmp(state, "waiting"));
}

static struct db_rows *
select_pending(struct db *db, const struct run_filter *f)
{
	uint64_t before = f->before ? f->before : INT64_MAX;
	const char *state = is_pending(f->state) ? f->state : NULL;
	int64_t limit = f->limit > 0 ? f->limit : 100;
	if (f->phone)
		return db_select(db,
			PENDING "AND e.contact = (SELECT id FROM contacts WHERE phone = "
				"$1) AND e.id < $2 AND (CAST($5 AS TEXT) IS NULL OR "
				"e.script = $5) " PENDING_ALSO,
			"tutit", f->phone, before, state, limit, f->script);
	if (f->script)
		return db_select(db,
			PENDING "AND e.script = $1 AND e.id < $2 " PENDING_ALSO, "tuti",
			f->script, before, state, limit);
	return db_select(db,
		PENDING "AND e.id < $1 AND (CAST($2 AS TEXT) IS NULL OR e.state = $2) "
			"ORDER BY e.id DESC LIMIT $3",
		"uti", before, state, limit);
}

static void
pending_row(struct db_rows *q, run_each each, void *arg)
{
	struct run_row row = {.id = db_id(q, 0),
		.contact = db_id(q, 1),
		.started = db_int(q, 5),
		.updated = db_int(q, 5),
		.entry = db_id(q, 0)};
	snprintf(row.script, sizeof(row.script), "%s", db_text(q, 2));
	snprintf(row.hash, sizeof(row.hash), "%s", db_text(q, 3));
	snprintf(row.state, sizeof(row.state), "%s", db_text(q, 4));
	each(arg, &row, db_text(q, 7), db_int(q, 6));
}

static void
begun_row(struct db_rows *q, run_each each, void *arg)
{
	struct run_row row = {.id = db_id(q, 0),
		.contact = db_id(q, 1),
		.said = db_int(q, 7),
		.awaits = db_id(q, 8),
		.started = db_int(q, 9),
		.updated = db_int(q, 10),
		.entry = db_id(q, 11)};
	snprintf(row.script, sizeof(row.script), "%s", db_text(q, 2));
	snprintf(row.hash, sizeof(row.hash), "%s", db_text(q, 3));
	snprintf(row.step, sizeof(row.step), "%s", db_text(q, 4));
	snprintf(row.state, sizeof(row.state), "%s", db_text(q, 5));
	snprintf(row.outcome, sizeof(row.outcome), "%s", db_text(q, 6));
	each(arg, &row, db_text(q, 12), 0);
}

/* Two lists of ids that come from one clock, newest first, as one. */
void
runs_list(struct db *db, const struct run_filter *f, run_each each, void *arg)
{
	bool only = is_pending(f->state);
	bool both = !f->state || !strcmp(f->state, "live");
	struct db_rows *begun = only ? NULL : select_page(db, f);
	struct db_rows *pending = only || both ? select_pending(db, f) : NULL;
	bool a = begun && db_next(begun), b = pending && db_next(pending);
	int limit = f->limit > 0 ? f->limit : 100;
	for (int n = 0; n < limit && (a || b); n++) {
		if (a && (!b || db_id(begun, 0) > db_id(pending, 0))) {
			begun_row(begun, each, arg);
			a = db_next(begun);
		} else {
			pending_row(pending, each, arg);
			b = db_next(pending);
		}
	}
	if (begun)
		db_end(begun);
	if (pending)
		db_end(pending);
}

size_t
timers_of(struct db *db, uint64_t run, struct timer_row *ret, size_t max)
{
	size_t n = 0;
	struct db_rows *q = db_select(db,
		"SELECT id, run, visit, kind, due FROM timers WHERE run = $1 ORDER BY "
		"due, id LIMIT $2",
		"ui", run, (int64_t)max);
	while (n < max && db_next(q))
		ret[n++] = (struct timer_row){db_id(q, 0), db_id(q, 1),
			(unsigned)db_int(q, 2), (int)db_int(q, 3), db_int(q, 4)};
	db_end(q);
	return n;
}

size_t
run_texts(struct db *db, uint64_t run, struct run_text *ret, size_t max)
{
	size_t n = 0;
	struct db_rows *q = db_select(db,
		"SELECT s.message, s.step, s.variant, s.at, m.state FROM said s JOIN "
		"messages m ON m.id = s.message WHERE s.run = $1 ORDER BY s.message DESC "
		"LIMIT $2",
		"ui", run, (int64_t)max);
	while (n < max && db_next(q)) {
		struct run_text *t = &ret[n++];
		t->message = db_id(q, 0);
		snprintf(t->step, sizeof(t->step), "%s", db_text(q, 1));
		snprintf(t->variant, sizeof(t->variant), "%s", db_text(q, 2));
		t->at = db_int(q, 3);
		snprintf(t->state, sizeof(t->state), "%s", db_text(q, 4));
	}
	db_end(q);
	return n;
}
