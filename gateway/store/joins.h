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

/* What an incoming part meets: the newest set of this key since `since` in which its
 * sequence number is free and which still waits (JOINS_FITS); one that holds the very
 * same part, open or joined (JOINS_DUPLICATE); or neither (JOINS_NEW). */
enum joins_fit { JOINS_NEW, JOINS_FITS, JOINS_DUPLICATE };
enum joins_fit joins_find(struct db *db, const struct join_key *key, int seq,
	int64_t hash, int64_t since, struct join_set *ret);
void joins_open(struct db *db, uint64_t id, const struct join_key *key, int64_t at);
void joins_add(struct db *db, uint64_t join, int seq, uint64_t arrival, int64_t hash);
void joins_close(struct db *db, uint64_t join, const char *state, uint64_t message);
void joins_set_message(struct db *db, uint64_t join, uint64_t message);
/* The channel its parts came by. */
uint64_t joins_channel(struct db *db, uint64_t join);
/* Arrival ids by sequence number; 0 where a part is missing. `ret` has room for 256. */
void joins_arrivals(struct db *db, uint64_t join, uint64_t ret[256]);
/* Open sets whose first part came before `before`; `unshown`: only those no one was
 * shown. */
size_t joins_older(
	struct db *db, int64_t before, bool unshown, struct join_set *ret, size_t max);

#endif
