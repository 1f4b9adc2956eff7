#include "gateway/store/attempts.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                          \
	"a.id, a.message, a.channel, a.part, a.planned_ref, a.ref, a.code, a.at, "       \
	"a.done_at, "                                                                    \
	"a.report_at, a.state, a.sim, a.report, a.evidence, h.name, a.provider_id, "     \
	"a.why "
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
	struct db_rows *q = db_select(db,
		"SELECT id FROM attempts WHERE state IN ('open', 'unknown') AND state = "
		"$1 "
		"AND evidence = '' AND ($2 = 0 OR channel = $2) ORDER BY id LIMIT $3",
		"tui", state, channel, (int64_t)max);
	size_t n = 0;
	while (n < max && db_next(q))
		ret_ids[n++] = db_id(q, 0);
	db_end(q);
	return n;
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

size_t
attempts_matching(struct db *db, const char *sim, int mr, int64_t since,
	struct attempt_match *ret, size_t max)
{
	struct db_rows *q = db_select(db,
		"SELECT a.id, a.message, a.at, 0, a.tail, c.phone FROM attempts a "
		"JOIN messages m ON m.id = a.message JOIN contacts c ON c.id = m.contact "
		"WHERE a.sim = $1 AND a.ref = $2 AND a.ref >= 0 AND a.state = 'sent' "
		"AND a.at >= $3 AND a.report IN ('', 'pending', 'forwarded') "
		"UNION ALL SELECT a.id, a.message, a.at, 1, a.tail, c.phone FROM "
		"attempts a "
		"JOIN messages m ON m.id = a.message JOIN contacts c ON c.id = m.contact "
		"WHERE a.state IN ('open', 'unknown') AND a.sim = $1 AND a.planned_ref = "
		"$2 "
		"AND a.at >= $3 ORDER BY 4, 1 DESC LIMIT $4",
		"tiii", sim, (int64_t)mr, since, (int64_t)max);
	size_t n = 0;
	for (; n < max && db_next(q); n++) {
		ret[n] = (struct attempt_match){.id = db_id(q, 0),
			.message = db_id(q, 1),
			.at = db_int(q, 2),
			.planned = db_int(q, 3) != 0};
		snprintf(ret[n].tail, sizeof(ret[n].tail), "%s", db_text(q, 4));
		snprintf(ret[n].phone, sizeof(ret[n].phone), "%s", db_text(q, 5));
	}
	db_end(q);
	return n;
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
