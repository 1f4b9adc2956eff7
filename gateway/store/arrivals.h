/* Rows of `arrivals`: what drivers received, byte for byte, before anyone looked inside.
 */
#ifndef MALGIL_STORE_ARRIVALS_H
#define MALGIL_STORE_ARRIVALS_H

#include "gateway/store/db.h"

struct arrival {
	uint64_t id, channel;
	char sim[24], kind[8], smsc[24];
	int64_t at, hash;
	int starts;
	size_t len;
	uint8_t bytes[1024];
};

/* FNV-1a, 63 bits: to find equal bytes quickly; equality itself is tested on the bytes.
 */
int64_t arrival_hash(const void *bytes, size_t len);
void arrival_insert(struct db *db, const struct arrival *a);
/* How many arrivals of the SIM since `since` had exactly these bytes. */
int64_t arrivals_same(struct db *db, const struct arrival *a, int64_t since);
/* Fills up to `max` unhandled arrivals, oldest first. */
size_t arrivals_new(struct db *db, struct arrival *ret, size_t max);
bool arrival_load(struct db *db, uint64_t id, struct arrival *ret);
/* state: done | part | quarantined | undecodable */
void arrival_finish(struct db *db, uint64_t id, const char *state, uint64_t message,
	const char *error);
/* The newest arrival nobody has finished, 0 none. */
uint64_t arrivals_newest_new(struct db *db);
/* One more start in which this one is about to be handled. */
void arrival_count_start(struct db *db, uint64_t id);

#endif
