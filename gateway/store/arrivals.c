#include "gateway/store/arrivals.h"

#include <stdio.h>
#include <string.h>

int64_t
arrival_hash(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint64_t h = UINT64_C(0xCBF29CE484222325);
	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001B3);
	return (int64_t)(h >> 1);
}

void
arrival_insert(struct db *db, const struct arrival *a)
{
	db_run(db,
		"INSERT INTO arrivals(id, channel, sim, kind, bytes, hash, smsc, at, "
		"starts, "
		"state) VALUES($1, $2, $3, $4, $5, $6, $7, $8, 1, 'new')",
		"uuttbiti", a->id, a->channel, a->sim, a->kind, (const void *)a->bytes,
		a->len, a->hash, a->smsc, a->at);
}

int64_t
arrivals_same(struct db *db, const struct arrival *a, int64_t since)
{
	return db_number(db, 0,
		"SELECT count(*) FROM arrivals WHERE sim = $1 AND hash = $2 AND bytes = "
		"$3 "
		"AND at >= $4",
		"tibi", a->sim, a->hash, (const void *)a->bytes, a->len, since);
}

#define COLUMNS "id, channel, sim, kind, smsc, at, hash, starts, bytes"

static void
read_row(struct db_rows *q, struct arrival *a)
{
	memset(a, 0, offsetof(struct arrival, bytes));
	a->id = db_id(q, 0);
	a->channel = db_id(q, 1);
	snprintf(a->sim, sizeof(a->sim), "%s", db_text(q, 2));
	snprintf(a->kind, sizeof(a->kind), "%s", db_text(q, 3));
	snprintf(a->smsc, sizeof(a->smsc), "%s", db_text(q, 4));
	a->at = db_int(q, 5);
	a->hash = db_int(q, 6);
	a->starts = (int)db_int(q, 7);
	const void *bytes = db_bytes(q, 8, &a->len);
	a->len = MIN(a->len, sizeof(a->bytes));
	memcpy(a->bytes, bytes, a->len);
}

size_t
arrivals_new(struct db *db, struct arrival *ret, size_t max)
{
	struct db_rows *q = db_select(db,
		"SELECT " COLUMNS
		" FROM arrivals WHERE state = 'new' ORDER BY id LIMIT $1",
		"i", (int64_t)max);
	size_t n = 0;
	while (n < max && db_next(q))
		read_row(q, &ret[n++]);
	db_end(q);
	return n;
}

bool
arrival_load(struct db *db, uint64_t id, struct arrival *ret)
{
	struct db_rows *q =
		db_select(db, "SELECT " COLUMNS " FROM arrivals WHERE id = $1", "u", id);
	bool found = db_next(q);
	if (found)
		read_row(q, ret);
	db_end(q);
	return found;
}

void
arrival_finish(struct db *db, uint64_t id, const char *state, uint64_t message,
	const char *error)
{
	db_run(db,
		"UPDATE arrivals SET state = $2, message = nullif($3, 0), error = $4 "
		"WHERE id = $1",
		"utut", id, state, message, error ? error : "");
}

uint64_t
arrivals_newest_new(struct db *db)
{
	return (uint64_t)db_number(
		db, 0, "SELECT max(id) FROM arrivals WHERE state = 'new'", "");
}

void
arrival_count_start(struct db *db, uint64_t id)
{
	db_run(db, "UPDATE arrivals SET starts = starts + 1 WHERE id = $1", "u", id);
}
