#include "gateway/store/reports.h"

#include <stdio.h>

void
report_insert(struct db *db, const struct report *r)
{
	db_run(db,
		"INSERT INTO reports(id, arrival, channel, sim, mr, recipient, status, "
		"submitted, at, attempt) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, "
		"nullif($10, 0))",
		"uuutitiiiu", r->id, r->arrival, r->channel, r->sim, (int64_t)r->mr,
		r->recipient, (int64_t)r->status, r->submitted, r->at, r->attempt);
}

void
report_match(struct db *db, uint64_t id, uint64_t attempt)
{
	db_run(db, "UPDATE reports SET attempt = $2 WHERE id = $1", "uu", id, attempt);
}

#define COLUMNS "id, arrival, channel, sim, mr, recipient, status, submitted, at"

static size_t
read_reports(struct db_rows *q, struct report *ret, size_t max)
{
	size_t n = 0;
	for (; n < max && db_next(q); n++) {
		ret[n] = (struct report){.id = db_id(q, 0),
			.arrival = db_id(q, 1),
			.channel = db_id(q, 2),
			.mr = (int)db_int(q, 4),
			.status = (int)db_int(q, 6),
			.submitted = db_int(q, 7),
			.at = db_int(q, 8)};
		snprintf(ret[n].sim, sizeof(ret[n].sim), "%s", db_text(q, 3));
		snprintf(ret[n].recipient, sizeof(ret[n].recipient), "%s", db_text(q, 5));
	}
	db_end(q);
	return n;
}

size_t
reports_unmatched(struct db *db, const char *sim, int mr, int64_t since,
	struct report *ret, size_t max)
{
	struct db_rows *q = db_select(db,
		"SELECT " COLUMNS " FROM reports WHERE attempt IS NULL AND sim = $1 "
		"AND mr = $2 AND at >= $3 ORDER BY id LIMIT $4",
		"tiii", sim, (int64_t)mr, since, (int64_t)max);
	return read_reports(q, ret, max);
}

size_t
reports_unmatched_after(
	struct db *db, const char *sim, uint64_t after, struct report *ret, size_t max)
{
	struct db_rows *q = db_select(db,
		"SELECT " COLUMNS " FROM reports WHERE attempt IS NULL AND id > $1 "
		"AND sim = $2 ORDER BY id LIMIT $3",
		"uti", after, sim, (int64_t)max);
	return read_reports(q, ret, max);
}
