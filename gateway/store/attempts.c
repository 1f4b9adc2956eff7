#include "gateway/store/attempts.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                          \
	"a.id, a.message, a.channel, a.part, a.planned_ref, a.ref, a.code, a.at, "       \
	"a.done_at, "                                                                    \
	"a.report_at, a.state, a.sim, a.report, a.evidence, h.name, a.provider_id, "     \
	"a.why, a.price "
#define FROM "FROM attempts a JOIN channels h ON h.id = a.channel "

static void
read_row(struct db_rows *q, struct attempt *a)
{
	*a = (struct attempt){.id = db_id(q, 0),
		.message = db_id(q, 1),
		.channel = db_id(q, 2),
		.part = (int)db_int(q, 3),
		.planned_ref = (int)db_int(q, 4),
		.ref = (int)db_int(q, 5),
		.code = (int)db_int(q, 6),
		.at = db_int(q, 7),
		.done_at = db_int(q, 8),
		.report_at = db_int(q, 9)};
	snprintf(a->state, sizeof(a->state), "%s", db_text(q, 10));
	snprintf(a->sim, sizeof(a->sim), "%s", db_text(q, 11));
	snprintf(a->report, sizeof(a->report), "%s", db_text(q, 12));
	snprintf(a->evidence, sizeof(a->evidence), "%s", db_text(q, 13));
	snprintf(a->channel_name, sizeof(a->channel_name), "%s", db_text(q, 14));
	snprintf(a->provider_id, sizeof(a->provider_id), "%s", db_text(q, 15));
	snprintf(a->why, sizeof(a->why), "%s", db_text(q, 16));
	snprintf(a->price, sizeof(a->price), "%s", db_text(q, 17));
}

void
attempts_list(struct db *db, uint64_t message,
	bool (*each)(void *arg, const struct attempt *a), void *arg)
{
	struct db_rows *q =
		db_select(db, "SELECT " COLUMNS FROM "WHERE a.message = $1 ORDER BY a.id",
			"u", message);
	bool more = true;
	while (more && db_next(q)) {
		struct attempt a;
		read_row(q, &a);
		more = each(arg, &a);
	}
	db_end(q);
}

bool
attempt_load(struct db *db, uint64_t id, struct attempt *ret)
{
	struct db_rows *q =
		db_select(db, "SELECT " COLUMNS FROM "WHERE a.id = $1", "u", id);
	bool found = db_next(q);
	if (found)
		read_row(q, ret);
	db_end(q);
	return found;
}

void
attempt_insert(struct db *db, const struct attempt *a, const char *tail)
{
	db_run(db,
		"INSERT INTO attempts(id, message, part, channel, sim, tail, "
		"planned_ref, at, "
		"state) VALUES($1, $2, $3, $4, $5, $6, $7, $8, 'open')",
		"uuiuttii", a->id, a->message, (int64_t)a->part, a->channel, a->sim, tail,
		(int64_t)a->planned_ref, a->at);
}

bool
attempt_move(struct db *db, uint64_t id, const char *from, const char *to, int ref,
	int code, const char *why, int64_t now)
{
	return db_run(db,
		       "UPDATE attempts SET state = $3, ref = $4, code = $5, why = $6, "
		       "done_at = $7 WHERE id = $1 AND state = $2",
		       "uttiiti", id, from, to, (int64_t)ref, (int64_t)code,
		       why ? why : "", now) == 1;
}

void
attempt_set_evidence(struct db *db, uint64_t id, const char *evidence)
{
	db_run(db, "UPDATE attempts SET evidence = $2 WHERE id = $1", "ut", id, evidence);
}

void
attempt_set_report(struct db *db, uint64_t id, const char *report, int64_t at)
{
	db_run(db, "UPDATE attempts SET report = $2, report_at = $3 WHERE id = $1", "uti",
		id, report, at);
}

void
attempt_set_ref(struct db *db, uint64_t id, int ref)
{
	db_run(db, "UPDATE attempts SET ref = $2 WHERE id = $1", "ui", id, (int64_t)ref);
}

void
attempt_set_provider(struct db *db, uint64_t id, const char *provider_id)
{
	db_run(db, "UPDATE attempts SET provider_id = $2 WHERE id = $1", "ut", id,
		provider_id);
}

size_t
attempts_unsettled(
	struct db *db, uint64_t channel, const char *state, uint64_t *ret_ids, size_t max)
{
	/* Two statements: one with "any channel, or this" in it could use no index. The
	 * plus keeps SQLite from walking the whole table in the order of its ids. */
	struct db_rows *q =
		channel ? db_select(db,
				  "SELECT id FROM attempts WHERE state IN ('open', "
				  "'unknown') "
				  "AND state = $1 AND evidence = '' AND channel = $2 "
				  "ORDER BY id LIMIT $3",
				  "tui", state, channel, (int64_t)max)
			: db_select(db,
				  "SELECT id FROM attempts WHERE state IN ('open', "
				  "'unknown') "
				  "AND state = $1 AND evidence = '' ORDER BY +id LIMIT "
				  "$2",
				  "ti", state, (int64_t)max);
	return db_ids(q, ret_ids, max);
}

size_t
attempts_doubted_since(
	struct db *db, uint64_t channel, int64_t since, uint64_t *ret_ids, size_t max)
{
	struct db_rows *q = db_select(db,
		"SELECT id FROM attempts WHERE state IN ('open', 'unknown') "
		"AND state = 'unknown' AND evidence = '' AND channel = $1 AND at >= $2 "
		"ORDER BY id DESC LIMIT $3",
		"uii", channel, since, (int64_t)max);
	return db_ids(q, ret_ids, max);
}

static bool
sent_between(struct db *db, uint64_t channel, uint64_t after, uint64_t before)
{
	return db_number(db, 0,
		       "SELECT 1 FROM attempts WHERE id > $1 AND ($2 = 0 OR id < $2) "
		       "AND channel = $3 AND state = 'sent' ORDER BY id LIMIT 1",
		       "uuu", after, before, channel) != 0;
}

uint64_t
attempts_last_doubt(struct db *db, uint64_t channel, uint64_t before)
{
	uint64_t ids[2] = {0};
	struct db_rows *q = db_select(db,
		"SELECT id FROM attempts WHERE state IN ('open', 'unknown') "
		"AND state = 'unknown' AND evidence = '' AND channel = $1 "
		"AND ($2 = 0 OR id < $2) ORDER BY id DESC LIMIT 2",
		"uu", channel, before);
	for (size_t n = 0; n < 2 && db_next(q); n++)
		ids[n] = db_id(q, 0);
	db_end(q);
	if (!ids[0] || sent_between(db, channel, ids[0], before))
		return 0;
	if (ids[1] && !sent_between(db, channel, ids[1], ids[0]))
		return 0;
	return ids[0];
}

uint64_t
attempt_doubtful(struct db *db, uint64_t message)
{
	return (uint64_t)db_number(db, 0,
		"SELECT id FROM attempts WHERE message = $1 AND state IN ('open', "
		"'unknown') "
		"ORDER BY id DESC LIMIT 1",
		"u", message);
}

#define MATCH                                                                            \
	"SELECT a.id, a.message, a.at, a.tail, c.phone, c.id FROM attempts a "           \
	"JOIN messages m ON m.id = a.message JOIN contacts c ON c.id = m.contact "

enum match_kind { MATCH_KNOWN, MATCH_PLANNED, MATCH_REPORTED };

static size_t
read_matches(
	struct db_rows *q, enum match_kind kind, struct attempt_match *ret, size_t max)
{
	size_t n = 0;
	for (; n < max && db_next(q); n++) {
		ret[n] = (struct attempt_match){.id = db_id(q, 0),
			.message = db_id(q, 1),
			.contact = db_id(q, 5),
			.at = db_int(q, 2),
			.planned = kind == MATCH_PLANNED,
			.reported = kind == MATCH_REPORTED};
		snprintf(ret[n].tail, sizeof(ret[n].tail), "%s", db_text(q, 3));
		snprintf(ret[n].phone, sizeof(ret[n].phone), "%s", db_text(q, 4));
	}
	db_end(q);
	return n;
}

/* The index holds only what still waits for its report, newest last: what was delivered
 * years ago under the same of 256 references costs nothing. What has its report matters
 * only beside a planned one, and is then looked for among the same contact's texts. */
size_t
attempts_matching(struct db *db, const char *sim, int mr, int64_t since,
	struct attempt_match *ret, size_t max)
{
	struct db_rows *q = db_select(db,
		MATCH "WHERE a.sim = $1 AND a.ref = $2 AND a.state = 'sent' "
		      "AND a.report IN ('', 'pending', 'forwarded') AND a.at >= $3 "
		      "ORDER BY a.id DESC LIMIT $4",
		"tiii", sim, (int64_t)mr, since, (int64_t)max);
	size_t known = read_matches(q, MATCH_KNOWN, ret, max);
	q = db_select(db,
		MATCH
		"WHERE a.state IN ('open', 'unknown') AND a.sim = $1 "
		"AND a.planned_ref = $2 AND a.at >= $3 ORDER BY +a.id DESC LIMIT $4",
		"tiii", sim, (int64_t)mr, since, (int64_t)(max - known));
	size_t n = known + read_matches(q, MATCH_PLANNED, ret + known, max - known);
	if (n == known || n == max)
		return n;
	q = db_select(db,
		"SELECT a.id, a.message, a.at, a.tail, c.phone, c.id FROM contacts c "
		"JOIN messages m ON m.contact = c.id JOIN attempts a ON a.message = m.id "
		"WHERE c.id = $1 AND a.sim = $2 AND a.ref = $3 AND a.state = 'sent' "
		"AND a.report IN ('delivered', 'failed', 'gave-up', 'expired') "
		"AND a.at >= $4 ORDER BY m.id DESC LIMIT $5",
		"utiii", ret[known].contact, sim, (int64_t)mr, since, (int64_t)(max - n));
	return n + read_matches(q, MATCH_REPORTED, ret + n, max - n);
}

size_t
attempts_unknown_on(struct db *db, const char *sim, int64_t since,
	struct attempt_match *ret, size_t max)
{
	struct db_rows *q = db_select(db,
		MATCH "WHERE a.state IN ('open', 'unknown') AND a.sim = $1 "
		      "AND a.at >= $2 ORDER BY +a.id DESC LIMIT $3",
		"tii", sim, since, (int64_t)max);
	return read_matches(q, MATCH_PLANNED, ret, max);
}

bool
attempt_may_be(struct db *db, uint64_t id, const char *state, int mr, int64_t since)
{
	return db_number(db, 0,
		       "SELECT count(*) FROM attempts d WHERE d.id = $1 "
		       "AND d.state = $4 AND d.planned_ref IN ($2, -1) "
		       "AND NOT EXISTS(SELECT 1 FROM messages n "
		       "JOIN messages m ON m.contact = n.contact "
		       "JOIN attempts a ON a.message = m.id "
		       "WHERE n.id = d.message AND a.sim = d.sim AND a.at >= $3 "
		       "AND a.state = 'sent' AND a.ref IN ($2, -1))",
		       "uiit", id, (int64_t)mr, since, state) != 0;
}

size_t
attempts_owed(struct db *db, uint64_t channel, int64_t since, uint64_t before,
	struct attempt *ret, size_t max)
{
	uint64_t ids[32];
	size_t half = MIN(max / 2, ARRAY_LEN(ids) / 2), n = 0;
	size_t found = attempts_doubted_since(db, channel, since, ids, half);
	struct db_rows *q = db_select(db,
		"SELECT id FROM attempts WHERE evidence <> '' AND channel = $1 "
		"AND state = 'sent' AND evidence <> 'late-result' AND at >= $2 "
		"ORDER BY id DESC LIMIT $3",
		"uii", channel, since, (int64_t)half);
	found += db_ids(q, ids + found, half);
	for (size_t i = 0; i < found; i++)
		n += ids[i] < before && attempt_load(db, ids[i], &ret[n]);
	return n;
}

void
attempt_set_planned(struct db *db, uint64_t id, int ref)
{
	db_run(db, "UPDATE attempts SET planned_ref = $2 WHERE id = $1", "ui", id,
		(int64_t)ref);
}

void
attempts_reports(struct db *db, uint64_t message, struct attempt_reports *ret)
{
	*ret = (struct attempt_reports){0};
	struct db_rows *q = db_select(db,
		"SELECT count(*), count(*) FILTER (WHERE report = 'delivered'), "
		"count(*) FILTER (WHERE report IN ('failed', 'gave-up', 'expired')), "
		"count(*) FILTER (WHERE report = 'expired') "
		"FROM attempts WHERE message = $1 AND state = 'sent'",
		"u", message);
	if (db_next(q)) {
		ret->sent = (int)db_int(q, 0);
		ret->delivered = (int)db_int(q, 1);
		ret->failed = (int)db_int(q, 2);
		ret->expired = (int)db_int(q, 3);
	}
	db_end(q);
}
