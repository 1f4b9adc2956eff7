#include "gateway/store/joins.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS "j.id, j.message, j.have, j.total, j.first, j.state, j.sender"

static void
read_row(struct db_rows *q, struct join_set *s)
{
	*s = (struct join_set){.id = db_id(q, 0),
		.message = db_id(q, 1),
		.have = (int)db_int(q, 2),
		.total = (int)db_int(q, 3),
		.first = db_int(q, 4),
		.joined = strcmp(db_text(q, 5), "open") != 0};
	snprintf(s->sender, sizeof(s->sender), "%s", db_text(q, 6));
}

/* Walks the sets of the key from the newest: an equal part anywhere among them is a
 * repeat by the network; the newest open set without this number takes it. */
enum joins_fit
joins_find(struct db *db, const struct join_key *k, int seq, int64_t hash, int64_t since,
	struct join_set *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT " COLUMNS ", p.hash FROM joins j LEFT JOIN join_parts p "
		"ON p.join_id = j.id AND p.seq = $6 WHERE j.sim = $1 AND j.sender = $2 "
		"AND j.ref = $3 AND j.bits = $4 AND j.total = $5 AND j.first >= $7 "
		"ORDER BY j.id DESC LIMIT 32",
		"ttiiiii", k->sim, k->sender, (int64_t)k->ref, (int64_t)k->bits,
		(int64_t)k->total, (int64_t)seq, since);
	enum joins_fit fit = JOINS_NEW;
	while (fit != JOINS_DUPLICATE && db_next(q)) {
		struct join_set set;
		read_row(q, &set);
		if (!db_null(q, 7) && db_int(q, 7) == hash) {
			fit = JOINS_DUPLICATE;
			*ret = set;
		} else if (db_null(q, 7) && !set.joined && fit == JOINS_NEW) {
			fit = JOINS_FITS;
			*ret = set;
		}
	}
	db_end(q);
	return fit;
}

void
joins_open(struct db *db, uint64_t id, const struct join_key *k, int64_t at)
{
	db_run(db,
		"INSERT INTO joins(id, sim, sender, ref, bits, total, first, state) "
		"VALUES($1, $2, $3, $4, $5, $6, $7, 'open')",
		"uttiiii", id, k->sim, k->sender, (int64_t)k->ref, (int64_t)k->bits,
		(int64_t)k->total, at);
}

void
joins_add(struct db *db, uint64_t join, int seq, uint64_t arrival, int64_t hash)
{
	db_run(db,
		"INSERT INTO join_parts(join_id, seq, arrival, hash) VALUES($1, $2, $3, "
		"$4)",
		"uiui", join, (int64_t)seq, arrival, hash);
	db_run(db, "UPDATE joins SET have = have + 1 WHERE id = $1", "u", join);
}

void
joins_close(struct db *db, uint64_t join, const char *state, uint64_t message)
{
	db_run(db, "UPDATE joins SET state = $2, message = nullif($3, 0) WHERE id = $1",
		"utu", join, state, message);
}

void
joins_set_message(struct db *db, uint64_t join, uint64_t message)
{
	db_run(db, "UPDATE joins SET message = $2 WHERE id = $1", "uu", join, message);
}

uint64_t
joins_channel(struct db *db, uint64_t join)
{
	return (uint64_t)db_number(db, 0,
		"SELECT a.channel FROM join_parts p JOIN arrivals a ON a.id = p.arrival "
		"WHERE p.join_id = $1 LIMIT 1",
		"u", join);
}

void
joins_arrivals(struct db *db, uint64_t join, uint64_t ret[256])
{
	memset(ret, 0, 256 * sizeof(*ret));
	struct db_rows *q = db_select(
		db, "SELECT seq, arrival FROM join_parts WHERE join_id = $1", "u", join);
	while (db_next(q))
		ret[db_int(q, 0) & 255] = db_id(q, 1);
	db_end(q);
}

size_t
joins_older(struct db *db, int64_t before, bool unshown, struct join_set *ret, size_t max)
{
	struct db_rows *q = db_select(db,
		"SELECT " COLUMNS " FROM joins j WHERE j.state = 'open' AND j.first < $1 "
		"AND ($2 = 0 OR j.message IS NULL) ORDER BY j.first LIMIT $3",
		"iii", before, (int64_t)unshown, (int64_t)max);
	size_t n = 0;
	while (n < max && db_next(q))
		read_row(q, &ret[n++]);
	db_end(q);
	return n;
}
