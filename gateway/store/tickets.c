#include "gateway/store/tickets.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- names ---- */

static const char *const priorities[TICKET_PRIORITIES] = {
	[TICKET_LOW] = "low",
	[TICKET_NORMAL] = "normal",
	[TICKET_HIGH] = "high",
	[TICKET_URGENT] = "urgent",
};
static const char *const shelves[SHELF_COUNT] = {
	[SHELF_WAITING] = "waiting",
	[SHELF_ANSWERED] = "answered",
	[SHELF_ASLEEP] = "snoozed",
	[SHELF_CLOSED] = "closed",
};

const char *
ticket_priority_name(enum ticket_priority priority)
{
	return priorities[priority];
}

int
ticket_priority_parse(const char *name, enum ticket_priority *ret)
{
	for (int i = 0; i < TICKET_PRIORITIES; i++) {
		if (!strcmp(priorities[i], name)) {
			*ret = (enum ticket_priority)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *
ticket_shelf_name(enum ticket_shelf shelf)
{
	return shelves[shelf];
}

/* ---- what follows from a row ---- */

enum ticket_shelf
ticket_shelf(const struct ticket *t)
{
	if (!t->open)
		return SHELF_CLOSED;
	if (t->snooze)
		return SHELF_ASLEEP;
	return t->waiting || t->woken ? SHELF_WAITING : SHELF_ANSWERED;
}

/* Among those who wait the more urgent first, then who is due first; where nothing is
 * promised, who has waited longest. Elsewhere the last touched first. */
static int64_t
place_of(const struct ticket *t)
{
	const int64_t step = INT64_C(100000000000000); /* later than any time */
	int64_t when = t->due ? t->due : t->waiting ? t->waiting : t->woken;
	switch (ticket_shelf(t)) {
	case SHELF_WAITING: return (TICKET_URGENT - t->priority) * step + when;
	case SHELF_ASLEEP: return t->snooze;
	case SHELF_ANSWERED:
	case SHELF_CLOSED: break;
	case SHELF_COUNT: break;
	}
	return -t->updated;
}

static void
sooner(int64_t *wake, int64_t at)
{
	if (at && at != INT64_MAX && (!*wake || at < *wake))
		*wake = at;
}

static int64_t
wake_of(const struct ticket *t)
{
	int64_t wake = 0;
	if (!t->open)
		return 0;
	sooner(&wake, t->snooze);
	sooner(&wake, t->late ? 0 : t->due);
	sooner(&wake, t->remind_at);
	return wake;
}

/* ---- rows ---- */

#define COLUMNS                                                                          \
	"t.id, t.contact, t.message, t.run, t.state, t.mute, t.late, t.quiet, c.phone, " \
	"t.queue, t.topic, t.agent, t.outcome, t.priority, t.created, t.updated, "       \
	"t.claimed, t.waiting, t.due, t.first_due, t.answered, t.snooze, t.woken, "      \
	"t.remind, t.remind_at, t.closed, t.staff_texts, t.reminded, t.remind_max, "     \
	"t.reopened "
#define FROM "FROM tickets t JOIN contacts c ON c.id = t.contact "

static void
read_columns(struct db_rows *q, struct ticket *t)
{
	*t = (struct ticket){.id = db_id(q, 0),
		.contact = db_id(q, 1),
		.message = db_id(q, 2),
		.run = db_id(q, 3),
		.open = !strcmp(db_text(q, 4), "open"),
		.mute = db_int(q, 5) != 0,
		.late = db_int(q, 6) != 0,
		.quiet = db_int(q, 7) != 0,
		.priority = (enum ticket_priority)MIN(
			MAX(db_int(q, 13), TICKET_LOW), TICKET_URGENT)};
	snprintf(t->phone, sizeof(t->phone), "%s", db_text(q, 8));
	char *names[] = {t->queue, t->topic, t->agent, t->outcome};
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		snprintf(names[i], TICKET_NAME, "%s", db_text(q, 9 + (int)i));
	int64_t *times[] = {&t->created, &t->updated, &t->claimed, &t->waiting, &t->due,
		&t->first_due, &t->answered, &t->snooze, &t->woken, &t->remind,
		&t->remind_at, &t->closed};
	for (size_t i = 0; i < ARRAY_LEN(times); i++)
		*times[i] = db_int(q, 14 + (int)i);
	int *counts[] = {&t->staff_texts, &t->reminded, &t->remind_max, &t->reopened};
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		*counts[i] = (int)db_int(q, 26 + (int)i);
}

static bool
read_one(struct db_rows *q, struct ticket *ret)
{
	bool found = db_next(q);
	if (found)
		read_columns(q, ret);
	db_end(q);
	return found;
}

bool
ticket_load(struct db *db, uint64_t id, struct ticket *ret)
{
	return read_one(
		db_select(db, "SELECT " COLUMNS FROM "WHERE t.id = $1", "u", id), ret);
}

bool
ticket_load_open(struct db *db, uint64_t contact, struct ticket *ret)
{
	return read_one(db_select(db,
				"SELECT " COLUMNS FROM
				"WHERE t.contact = $1 AND t.state = 'open'",
				"u", contact),
		ret);
}

bool
ticket_load_last(struct db *db, uint64_t contact, struct ticket *ret)
{
	return read_one(db_select(db,
				"SELECT " COLUMNS FROM
				"WHERE t.contact = $1 ORDER BY t.id DESC LIMIT 1",
				"u", contact),
		ret);
}

uint64_t
ticket_open_for(struct db *db, uint64_t contact)
{
	return (uint64_t)db_number(db, 0,
		"SELECT id FROM tickets WHERE contact = $1 AND state = 'open'", "u",
		contact);
}

uint64_t
ticket_last_text(struct db *db, uint64_t contact)
{
	return (uint64_t)db_number(db, 0,
		"SELECT id FROM messages WHERE contact = $1 AND outbound = 0 "
		"ORDER BY id DESC LIMIT 1",
		"u", contact);
}

bool
ticket_mutes(struct db *db, uint64_t contact)
{
	return db_number(db, 0,
		"SELECT mute FROM tickets WHERE contact = $1 AND state = 'open'", "u",
		contact);
}

uint64_t
ticket_last_answer(struct db *db, uint64_t ticket, uint64_t but)
{
	return (uint64_t)db_number(db, 0,
		"SELECT max(l.message) FROM ticket_log l JOIN messages m "
		"ON m.id = l.message WHERE l.ticket = $1 AND l.what = 'replied' "
		"AND l.message <> $2 AND m.state NOT IN ('canceled', 'suppressed')",
		"uu", ticket, but);
}

bool
ticket_taken_back(struct db *db, uint64_t message)
{
	return db_number(db, 0,
		"SELECT 1 FROM ticket_log WHERE message = $1 AND what = 'unreplied'", "u",
		message);
}

void
ticket_insert(struct db *db, const struct ticket *t, const char *note)
{
	db_run(db,
		"INSERT INTO tickets(id, contact, state, topic, message, note, created, "
		"updated) VALUES($1, $2, 'open', $3, $4, $5, $6, $6)",
		"uututi", t->id, t->contact, t->topic, t->message, note ? note : "",
		t->created);
	ticket_save(db, t);
}

void
ticket_save(struct db *db, const struct ticket *t)
{
	db_run(db,
		"UPDATE tickets SET state = $2, run = $3, mute = $4, late = $5, "
		"quiet = $6, queue = $7, topic = $8, agent = $9, outcome = $10, "
		"priority = $11, updated = $12, claimed = $13, waiting = $14, due = $15, "
		"first_due = $16, answered = $17, snooze = $18, woken = $19, "
		"remind = $20, remind_at = $21, closed = $22, staff_texts = $23, "
		"reminded = $24, remind_max = $25, reopened = $26, wake = $27, "
		"shelf = $28, place = $29, message = $30 WHERE id = $1",
		"utuiiittttiiiiiiiiiiiiiiiiiiiu", t->id, t->open ? "open" : "closed",
		t->run, (int64_t)t->mute, (int64_t)t->late, (int64_t)t->quiet, t->queue,
		t->topic, t->agent, t->outcome, (int64_t)t->priority, t->updated,
		t->claimed, t->waiting, t->due, t->first_due, t->answered, t->snooze,
		t->woken, t->remind, t->remind_at, t->closed, (int64_t)t->staff_texts,
		(int64_t)t->reminded, (int64_t)t->remind_max, (int64_t)t->reopened,
		wake_of(t), (int64_t)ticket_shelf(t), place_of(t), t->message);
}

bool
ticket_take(struct db *db, uint64_t id, const char *agent, int64_t at)
{
	return db_run(db,
		       "UPDATE tickets SET agent = $2, claimed = $3 "
		       "WHERE id = $1 AND agent = '' AND state = 'open'",
		       "uti", id, agent, at) == 1;
}

int
tickets_free_promotions(struct db *db, uint64_t contact, int64_t now)
{
	return db_run(db,
		"UPDATE messages SET due = $2 WHERE contact = $1 AND state = 'held' "
		"AND class = 'marketing' AND reason LIKE 'talking:%'",
		"ui", contact, now);
}

/* ---- clocks ---- */

size_t
tickets_ringing(struct db *db, int64_t now, uint64_t *ret_ids, size_t max)
{
	struct db_rows *q = db_select(db,
		"SELECT id FROM tickets WHERE wake > 0 AND wake <= $1 "
		"ORDER BY wake LIMIT $2",
		"ii", now, (int64_t)max);
	return db_ids(q, ret_ids, max);
}

int64_t
tickets_next_ring(struct db *db)
{
	return db_number(db, 0,
		"SELECT wake FROM tickets WHERE wake > 0 ORDER BY wake LIMIT 1", "");
}

int64_t
tickets_unclaimed(struct db *db, int64_t max, int64_t *ret_since)
{
	struct db_rows *q = db_select(db,
		"SELECT waiting FROM tickets WHERE shelf = 0 AND agent = '' "
		"AND waiting > 0 ORDER BY place LIMIT $1",
		"i", max);
	int64_t n = 0, since = INT64_MAX;
	for (; db_next(q); n++)
		since = MIN(since, db_int(q, 0));
	db_end(q);
	if (n)
		*ret_since = since;
	return n;
}

/* ---- history ---- */

void
ticket_log(struct db *db, const struct ticket_entry *e)
{
	db_run(db,
		"INSERT INTO ticket_log(id, ticket, at, what, agent, detail, message) "
		"VALUES($1, $2, $3, $4, $5, $6, nullif($7, 0))",
		"uuitttu", e->id, e->ticket, e->at, e->what, e->agent ? e->agent : "",
		e->detail ? e->detail : "", e->message);
}

int64_t
moment_load(struct db *db, const char *name)
{
	return db_number(db, 0, "SELECT CAST(value AS BIGINT) FROM meta WHERE key = $1",
		"t", name);
}

void
moment_save(struct db *db, const char *name, int64_t at)
{
	db_run(db,
		"INSERT INTO meta(key, value) VALUES($1, CAST($2 AS TEXT)) "
		"ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		"ti", name, at);
}

/* ---- lists ---- */

#define ITEM                                                                             \
	"SELECT " COLUMNS                                                                \
	", t.shelf, t.place, t.note, m.text, (SELECT a.text FROM attributes a "          \
	"WHERE a.contact = t.contact AND a.name = 'name'), (SELECT n.text FROM "         \
	"messages n WHERE n.contact = t.contact AND n.outbound = 0 "                     \
	"ORDER BY n.id DESC LIMIT 1) " FROM "LEFT JOIN messages m ON m.id = t.message "

static struct ticket_item
item_of(struct db_rows *q)
{
	struct ticket_item item = {.shelf = (enum ticket_shelf)db_int(q, 30),
		.place = db_int(q, 31),
		.note = db_text(q, 32),
		.text = db_text(q, 33),
		.name = db_text(q, 34),
		.newest = db_text(q, 35)};
	read_columns(q, &item.t);
	return item;
}

void
tickets_list(struct db *db, const struct ticket_filter *f,
	bool (*each)(void *arg, const struct ticket_item *item), void *arg)
{
	struct db_rows *q = db_select(db,
		ITEM "WHERE t.shelf >= $1 AND t.shelf <= $2 "
		     "AND (t.shelf, t.place, t.id) > ($3, $4, $5) "
		     "AND (CAST($6 AS TEXT) IS NULL OR t.queue = $6) "
		     "AND (CAST($7 AS TEXT) IS NULL OR t.agent = $7) "
		     "ORDER BY t.shelf, t.place, t.id LIMIT $8",
		"iiiiutti", (int64_t)f->first, (int64_t)f->last, (int64_t)f->after_shelf,
		f->after_place, f->after, f->queue, f->agent, (int64_t)f->limit);
	bool more = true;
	while (more && db_next(q)) {
		struct ticket_item item = item_of(q);
		more = each(arg, &item);
	}
	db_end(q);
}

bool
ticket_item_load(struct db *db, uint64_t id,
	bool (*each)(void *arg, const struct ticket_item *item), void *arg)
{
	struct db_rows *q = db_select(db, ITEM "WHERE t.id = $1", "u", id);
	bool found = db_next(q);
	if (found) {
		struct ticket_item item = item_of(q);
		each(arg, &item);
	}
	db_end(q);
	return found;
}

/* The id of the `context`-th text before the one that opened it. */
static uint64_t
thread_start(struct db *db, const struct ticket *t, int context)
{
	uint64_t first = t->message ? MIN(t->message, t->id) : t->id;
	if (context <= 0)
		return first;
	return (uint64_t)db_number(db, (int64_t)first,
		"SELECT min(id) FROM (SELECT id FROM messages WHERE contact = $1 "
		"AND id < $2 ORDER BY id DESC LIMIT $3) AS before",
		"uui", t->contact, first, (int64_t)context);
}

void
ticket_thread(struct db *db, const struct ticket *t, int context, int limit,
	uint64_t before, bool (*each)(void *arg, const struct thread_line *line),
	void *arg)
{
	/* Ids are made in the order of what happened, and say when. */
	uint64_t end = t->open ? INT64_MAX : (uint64_t)(t->closed + 1) << 20;
	if (before)
		end = MIN(end, before);
	struct db_rows *q = db_select(db,
		"SELECT id, message, at, outbound, what, agent, body, state FROM ("
		"SELECT m.id AS id, m.id AS message, m.id / 1048576 AS at, "
		"m.outbound AS outbound, 'text' AS what, coalesce((SELECT l.agent FROM "
		"ticket_log l WHERE l.message = m.id AND l.what = 'replied'), '') "
		"AS agent, m.text AS body, m.state AS state FROM messages m "
		"WHERE m.contact = $1 AND m.id >= $2 AND m.id < $3 UNION ALL "
		"SELECT l.id, 0, l.at, 0, l.what, l.agent, l.detail, '' "
		"FROM ticket_log l WHERE l.ticket = $4 AND l.what <> 'replied' "
		"AND l.id < $6 ORDER BY 1 DESC LIMIT $5) AS newest ORDER BY id",
		"uuuuiu", t->contact, thread_start(db, t, context), end, t->id,
		(int64_t)limit, before ? before : INT64_MAX);
	bool more = true;
	while (more && db_next(q)) {
		struct thread_line line = {.id = db_id(q, 0),
			.message = db_id(q, 1),
			.at = db_int(q, 2),
			.outbound = db_int(q, 3) != 0,
			.what = db_text(q, 4),
			.agent = db_text(q, 5),
			.text = db_text(q, 6),
			.state = db_text(q, 7)};
		more = each(arg, &line);
	}
	db_end(q);
}
