/* Rows of `joins` and `join_parts`: long texts being put together, durably. */
#ifndef MALGIL_STORE_JOINS_H
#define MALGIL_STORE_JOINS_H

#include "gateway/store/db.h"

struct join_key {
	const char *sim, *sender;
	int ref, bits, total;
};

struct join_set {
	uint64_t id, message;
	int have, total;
	int64_t first;
	bool joined;
	char sender[48];
};

/* What an incoming part meets: the newest set of this key since `since` in which its sequence
 * number is free and which still waits (JOIN_FITS); one that holds the very same part, open or
 * joined (JOIN_DUPLICATE); or neither (JOIN_NEW). */
enum join_fit { JOIN_NEW, JOIN_FITS, JOIN_DUPLICATE };
enum join_fit join_find(struct db *db, const struct join_key *key, int seq, int64_t hash,
	int64_t since, struct join_set *ret);
void join_open(struct db *db, uint64_t id, const struct join_key *key, int64_t at);
void join_add(struct db *db, uint64_t join, int seq, uint64_t arrival, int64_t hash);
void join_close(struct db *db, uint64_t join, const char *state, uint64_t message);
void join_set_message(struct db *db, uint64_t join, uint64_t message);
/* Arrival ids by sequence number; 0 where a part is missing. `ret` has room for 256. */
void join_arrivals(struct db *db, uint64_t join, uint64_t ret[256]);
/* Open sets whose first part came before `before`; `unshown`: only those no one was shown. */
size_t joins_older(struct db *db, int64_t before, bool unshown, struct join_set *ret, size_t max);

#endif
