#include "gateway/store/erasure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- numbers nobody writes to ---- */

bool
suppressions_any(struct db *db)
{
	return db_number(db, 0, "SELECT 1 FROM suppressions LIMIT 1", "") != 0;
}

bool
suppression_find(struct db *db, const char *hash, char ret_scope[12], int64_t *ret_at)
{
	struct db_rows *q = db_select(
		db, "SELECT scope, at FROM suppressions WHERE hash = $1", "t", hash);
	bool found = db_next(q);
	if (found) {
		snprintf(ret_scope, 12, "%s", db_text(q, 0));
		*ret_at = db_int(q, 1);
	}
	db_end(q);
	return found;
}

void
suppression_put(struct db *db, const char *hash, const char *scope, int64_t at)
{
	db_run(db,
		"INSERT INTO suppressions(hash, scope, at) VALUES($1, $2, $3) "
		"ON CONFLICT (hash) DO UPDATE SET scope = excluded.scope, at = "
		"excluded.at",
		"tti", hash, scope, at);
}

/* ---- forgetting ---- */

void
erasure_count(
	struct db *db, uint64_t contact, const char *phone, struct erasure_counts *ret)
{
	static const char *const of_contact[] = {
		"SELECT count(*) FROM messages WHERE contact = $1",
		"SELECT count(*) FROM consent WHERE contact = $1",
		"SELECT count(*) FROM tickets WHERE contact = $1",
		"SELECT count(*) FROM attributes WHERE contact = $1",
		"SELECT count(*) FROM tags WHERE contact = $1",
		"SELECT count(*) FROM runs WHERE contact = $1",
	};
	int64_t *const into[] = {&ret->messages, &ret->consents, &ret->tickets,
		&ret->attributes, &ret->tags, &ret->runs};
	for (size_t i = 0; i < ARRAY_LEN(of_contact); i++)
		*into[i] = db_number(db, 0, of_contact[i], "u", contact);
	ret->orders = db_number(
		db, 0, "SELECT count(*) FROM orders WHERE phone = $1", "t", phone);
}

/* By the contact's id, at once: few rows each. */
static const char *const at_once[] = {
	"DELETE FROM attributes WHERE contact = $1",
	"DELETE FROM tags WHERE contact = $1",
	"DELETE FROM audience WHERE contact = $1",
	"UPDATE links SET device = '', url = '' WHERE contact = $1",
	"UPDATE coupons SET contact = 0, run = 0 WHERE contact = $1",
	"UPDATE coupons SET redeemer = 0 WHERE redeemer = $1",
	"UPDATE referrals SET number = '', source = '', state = 'undone', due = 0 WHERE "
	"friend = $1",
	"UPDATE referrals SET due = 0 WHERE giver = $1",
	"DELETE FROM points WHERE contact = $1",
	"DELETE FROM contact_ids WHERE contact = $1",
	"DELETE FROM contact_stats WHERE contact = $1",
	"DELETE FROM contact_categories WHERE contact = $1",
	"DELETE FROM scan_members WHERE contact = $1",
	"UPDATE shop_events SET told = '', data = '', value = NULL, state = 1 WHERE "
	"contact "
	"= $1",
	"UPDATE purchases SET phone = '', categories = '' WHERE contact = $1",
	"UPDATE entries SET state = 'ended', live = 0, outcome = 'forgotten', key = '', "
	"data = '', due = 0, paused = '' WHERE contact = $1",
	"DELETE FROM timers WHERE run IN (SELECT id FROM runs WHERE contact = $1)",
	"UPDATE callbacks SET url = '' WHERE message IN (SELECT id FROM messages WHERE "
	"contact = $1)",
	"DELETE FROM import_values WHERE contact = $1",
	"DELETE FROM absence_told WHERE contact = $1",
	"UPDATE runs SET state = 'ended', outcome = 'forgotten', data = '', told = '', "
	"awaits = 0 WHERE contact = $1",
	"UPDATE tickets SET note = '', topic = 'forgotten' WHERE contact = $1",
	"UPDATE ticket_log SET detail = '' WHERE detail <> '' AND ticket IN "
	"(SELECT id FROM tickets WHERE contact = $1)",
	"UPDATE contacts SET phone = 'erased-' || CAST(id AS TEXT), zone = '', region = "
	"'', "
	"last_in = 0, last_out = 0, last_channel = 0, stopped = 'all', optout_due = 0, "
	"optout_text = 0, dead_since = 0, refused = 0, revived = 0 WHERE id = $1",
};
/* By the number. */
static const char *const by_number[] = {
	("UPDATE purchases SET phone = '', categories = '' WHERE phone = $1 "
	 "AND contact = 0"),
	"UPDATE orders SET phone = '', name = '', track = '' WHERE phone = $1",
	"UPDATE joins SET sender = '', state = 'closed' WHERE sender = $1",
};

void
erasure_begin(struct db *db, const struct erasure *e, const char *phone,
	const char *operator_name, const char *why)
{
	db_run(db,
		"INSERT INTO erasures(contact, at, operator, why, kept, state, phone) "
		"VALUES($1, $2, $3, $4, $5, 'working', $6)",
		"uittit", e->contact, e->at, operator_name, why, e->kept, phone);
	/* parts of a text whose others never came */
	db_run(db,
		"UPDATE arrivals SET bytes = $2, hash = 0, error = '' WHERE id IN "
		"(SELECT "
		"p.arrival FROM join_parts p JOIN joins j ON j.id = p.join_id WHERE "
		"j.sender "
		"= $1 AND j.state = 'open')",
		"tb", phone, "", (size_t)0);
	for (size_t i = 0; i < ARRAY_LEN(by_number); i++)
		db_run(db, by_number[i], "t", phone);
	for (size_t i = 0; i < ARRAY_LEN(at_once); i++)
		db_run(db, at_once[i], "u", e->contact);
	if (!e->kept)
		db_run(db, "DELETE FROM consent WHERE contact = $1", "u", e->contact);
}

bool
erasure_next(struct db *db, struct erasure *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT contact, at, kept, cursor, messages FROM erasures WHERE state = "
		"'working' ORDER BY contact LIMIT 1",
		"");
	bool found = db_next(q);
	if (found)
		*ret = (struct erasure){.contact = db_id(q, 0),
			.at = db_int(q, 1),
			.kept = db_int(q, 2),
			.cursor = db_id(q, 3),
			.messages = db_int(q, 4)};
	db_end(q);
	return found;
}

/* What hangs on one text: the octets it came as, its reports with theirs, the digits of
 * its attempts. */
static const char of_reports[] =
	"UPDATE arrivals SET bytes = $2, hash = 0, error = '' WHERE id IN (SELECT "
	"r.arrival FROM attempts a JOIN reports r ON r.attempt = a.id WHERE a.message = "
	"$1)";
static const char of_itself[] =
	"UPDATE arrivals SET bytes = $2, hash = 0, error = '' WHERE message = $1";
static const char report_numbers[] = "UPDATE reports SET recipient = '' WHERE attempt IN "
				     "(SELECT id FROM attempts WHERE message = $1)";
static const char *const of_text[] = {
	report_numbers,
	"UPDATE attempts SET tail = '', why = '' WHERE message = $1",
	"UPDATE messages SET text = '', key = NULL, splits = '', reason = '', "
	"fingerprint = "
	"0 WHERE id = $1",
};

#define TEXTS_LEFT                                                                       \
	"SELECT id FROM messages WHERE contact = $1 AND text <> '' AND state NOT IN "    \
	"('accepted', 'held', 'queued', 'sending') ORDER BY id LIMIT $2"

int
erasure_empty_texts(struct db *db, const struct erasure *e, int max)
{
	uint64_t ids[256];
	size_t n = db_ids(
		db_select(db, TEXTS_LEFT, "ui", e->contact, (int64_t)MIN(max, 256)), ids,
		ARRAY_LEN(ids));
	for (size_t i = 0; i < n; i++) {
		db_run(db, of_reports, "ub", ids[i], "", (size_t)0);
		db_run(db, of_itself, "ub", ids[i], "", (size_t)0);
		for (size_t s = 0; s < ARRAY_LEN(of_text); s++)
			db_run(db, of_text[s], "u", ids[i]);
	}
	db_run(db, "UPDATE erasures SET messages = messages + $2 WHERE contact = $1",
		"ui", e->contact, (int64_t)n);
	return (int)n;
}

bool
erasure_texts_left(struct db *db, uint64_t contact)
{
	return db_number(db, 0,
		       "SELECT 1 FROM messages WHERE contact = $1 AND text <> '' LIMIT 1",
		       "u", contact) != 0;
}

int
erasure_walk_events(struct db *db, struct erasure *e, int max)
{
	int64_t last = db_number(db, 0,
		"SELECT max(id) FROM (SELECT id FROM events WHERE id > $1 ORDER BY id "
		"LIMIT "
		"$2) AS some",
		"ui", e->cursor, (int64_t)max);
	if (!last)
		return 0;
	int64_t n =
		db_number(db, 0, "SELECT count(*) FROM events WHERE id > $1 AND id <= $2",
			"ui", e->cursor, last);
	db_run(db,
		"UPDATE events SET detail = '' WHERE id > $1 AND id <= $2 AND contact = "
		"$3 "
		"AND detail <> ''",
		"uiu", e->cursor, last, e->contact);
	e->cursor = (uint64_t)last;
	db_run(db, "UPDATE erasures SET cursor = $2 WHERE contact = $1", "uu", e->contact,
		e->cursor);
	return (int)n;
}

void
erasure_finish(struct db *db, uint64_t contact, int64_t now)
{
	db_run(db,
		"UPDATE erasures SET state = 'done', done_at = $2, phone = '' WHERE "
		"contact = "
		"$1",
		"ui", contact, now);
}

int
erasures_release(struct db *db, int64_t now, int max)
{
	uint64_t ids[64];
	size_t n =
		db_ids(db_select(db,
			       "SELECT contact FROM erasures WHERE kept > 0 AND kept <= "
			       "$1 ORDER BY kept LIMIT $2",
			       "ii", now, (int64_t)MIN(max, 64)),
			ids, ARRAY_LEN(ids));
	for (size_t i = 0; i < n; i++) {
		db_run(db, "DELETE FROM consent WHERE contact = $1", "u", ids[i]);
		db_run(db, "UPDATE erasures SET kept = 0 WHERE contact = $1", "u",
			ids[i]);
	}
	return (int)n;
}

/* ---- what is thrown away with time ---- */

/* Ids begin with their time in ms, 2^20 of them in each. `$1` is such an id, `$2` how
 * many. A walk by id finds what is left quickly only where what is done no longer matches
 * an index, so each takes the oldest of a stretch that moves on (see purge_some). */
static const struct {
	const char *name, *some, *count;
} purges[PURGE_KINDS] = {
	[PURGE_TEXTS] = {"texts",
		"UPDATE messages SET text = '', splits = '' WHERE id > $1 AND id <= $2 "
		"AND "
		"text <> '' AND state NOT IN ('accepted', 'held', 'queued', 'sending')",
		"SELECT count(*) FROM messages WHERE id <= $1 AND text <> '' AND state "
		"NOT IN "
		"('accepted', 'held', 'queued', 'sending')"},
	[PURGE_RAW] = {"raw",
		"UPDATE arrivals SET bytes = $3 WHERE id > $1 AND id <= $2 AND "
		"state <> 'new' AND length(bytes) > 0",
		"SELECT count(*) FROM arrivals WHERE id <= $1 AND state <> 'new' AND "
		"length(bytes) > 0"},
	[PURGE_EVENTS] = {"events", "DELETE FROM events WHERE id > $1 AND id <= $2",
		"SELECT count(*) FROM events WHERE id <= $1"},
	[PURGE_CHARGES] = {"charges",
		"DELETE FROM charges WHERE message > $1 AND message <= "
		"$2",
		"SELECT count(*) FROM charges WHERE message <= $1"},
	[PURGE_JOINS] = {"joins",
		"UPDATE joins SET sender = '' WHERE id > $1 AND id <= $2 AND state <> "
		"'open' "
		"AND sender <> ''",
		"SELECT count(*) FROM joins WHERE id <= $1 AND state <> 'open' AND "
		"sender <> "
		"''"},
	[PURGE_AUDIT] = {"audit", "DELETE FROM audit WHERE id > $1 AND id <= $2",
		"SELECT count(*) FROM audit WHERE id <= $1"},
	[PURGE_CALLS] = {"calls",
		"DELETE FROM provider_calls WHERE id > $1 AND id <= $2 AND state <> "
		"'new'",
		"SELECT count(*) FROM provider_calls WHERE id <= $1 AND state <> 'new'"},
	[PURGE_SOURCES] = {"sources",
		"DELETE FROM source_calls WHERE id > $1 AND id <= $2 AND state <> 'new'",
		"SELECT count(*) FROM source_calls WHERE id <= $1 AND state <> 'new'"},
};
/* The last of the next `$2` rows after `$1` that are no newer than `$3`. */
static const char *const stretches[PURGE_KINDS] = {
	[PURGE_TEXTS] =
		"SELECT max(id) FROM (SELECT id FROM messages WHERE id > $1 AND id <= "
		"$3 ORDER BY id LIMIT $2) AS some",
	[PURGE_RAW] =
		"SELECT max(id) FROM (SELECT id FROM arrivals WHERE id > $1 AND id <= $3 "
		"ORDER BY id LIMIT $2) AS some",
	[PURGE_EVENTS] =
		"SELECT max(id) FROM (SELECT id FROM events WHERE id > $1 AND id <= "
		"$3 ORDER BY id LIMIT $2) AS some",
	[PURGE_CHARGES] =
		"SELECT max(message) FROM (SELECT message FROM charges WHERE message "
		"> $1 AND message <= $3 ORDER BY message LIMIT $2) AS some",
	[PURGE_JOINS] =
		"SELECT max(id) FROM (SELECT id FROM joins WHERE id > $1 AND id <= $3 "
		"ORDER BY id LIMIT $2) AS some",
	[PURGE_AUDIT] =
		"SELECT max(id) FROM (SELECT id FROM audit WHERE id > $1 AND id <= $3 "
		"ORDER BY id LIMIT $2) AS some",
	[PURGE_CALLS] =
		"SELECT max(id) FROM (SELECT id FROM provider_calls WHERE id > $1 AND id "
		"<= $3 ORDER BY id LIMIT $2) AS some",
	[PURGE_SOURCES] = "SELECT max(id) FROM (SELECT id FROM source_calls WHERE id > "
			  "$1 AND id <= "
			  "$3 ORDER BY id LIMIT $2) AS some",
};

const char *
purge_name(enum purge_what what)
{
	return purges[what].name;
}

static uint64_t
newest_id(int64_t before)
{
	return before > 0 ? (uint64_t)before << 20 : 0;
}

/* How far the walk came is kept: what was looked at once is not looked at every night. */
int
purge_some(struct db *db, enum purge_what what, int64_t before, int max)
{
	char key[32];
	snprintf(key, sizeof(key), "purged.%s", purges[what].name);
	int64_t from = db_number(
		db, 0, "SELECT CAST(value AS BIGINT) FROM meta WHERE key = $1", "t", key);
	int64_t to = db_number(
		db, 0, stretches[what], "iiu", from, (int64_t)max, newest_id(before));
	if (!to)
		return 0;
	int n = what == PURGE_RAW
			? db_run(db, purges[what].some, "iib", from, to, "", (size_t)0)
			: db_run(db, purges[what].some, "ii", from, to);
	db_run(db,
		"INSERT INTO meta(key, value) VALUES($1, CAST($2 AS TEXT)) "
		"ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		"ti", key, to);
	return n > 0 ? n : 1;
}

#define INACTIVE                                                                         \
	"c.last_in < $1 AND c.last_out < $1 AND c.created < $1 AND c.phone NOT LIKE "    \
	"'erased-%' AND NOT EXISTS (SELECT 1 FROM contact_stats s WHERE s.contact = "    \
	"c.id "                                                                          \
	"AND (s.last_order >= $1 OR s.last_event >= $1)) AND NOT EXISTS (SELECT 1 FROM " \
	"tickets t WHERE t.contact = c.id AND t.state = 'open') AND NOT EXISTS (SELECT " \
	"1 "                                                                             \
	"FROM entries e WHERE e.contact = c.id AND e.live = 1) AND NOT EXISTS (SELECT "  \
	"1 "                                                                             \
	"FROM runs r WHERE r.contact = c.id AND r.state <> 'ended')"

size_t
contacts_inactive(struct db *db, int64_t since, uint64_t *from, int max,
	char (*ret_phones)[48], size_t most)
{
	size_t n = 0;
	int64_t to = db_number(db, 0,
		"SELECT max(id) FROM (SELECT id FROM contacts WHERE id > $1 ORDER BY id "
		"LIMIT $2) AS some",
		"ui", *from, (int64_t)max);
	struct db_rows *q = db_select(db,
		"SELECT c.id, c.phone FROM contacts c WHERE c.id > $2 AND c.id <= $3 "
		"AND " INACTIVE " ORDER BY c.id",
		"iui", since, *from, to);
	while (n < most && db_next(q)) {
		to = n + 1 == most ? db_int(q, 0) : to;
		snprintf(ret_phones[n++], 48, "%s", db_text(q, 1));
	}
	db_end(q);
	*from = (uint64_t)to;
	return n;
}

int64_t
contacts_inactive_count(struct db *db, int64_t since)
{
	return db_number(
		db, 0, "SELECT count(*) FROM contacts c WHERE " INACTIVE, "i", since);
}

int64_t
purge_count(struct db *db, enum purge_what what, int64_t before)
{
	return db_number(db, 0, purges[what].count, "u", newest_id(before));
}
