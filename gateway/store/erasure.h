/* Rows of `erasures` and `suppressions`, and everything a person leaves behind in other
 * tables. Whoever adds a table that holds something of a person adds a line to the lists
 * in erasure.c: nothing else needs to know. */
#ifndef MALGIL_STORE_ERASURE_H
#define MALGIL_STORE_ERASURE_H

#include "gateway/store/db.h"

struct erasure {
	uint64_t contact, cursor;
	int64_t at, kept, done_at, messages;
};

/* ---- numbers nobody writes to ---- */

bool suppressions_any(struct db *db);
/* The scope into `ret_scope` (12 bytes) and when; false: not on the list. */
bool
suppression_find(struct db *db, const char *hash, char ret_scope[12], int64_t *ret_at);
void suppression_put(struct db *db, const char *hash, const char *scope, int64_t at);

/* ---- forgetting ---- */

/* What there is of a contact, for who asks before it is done. */
struct erasure_counts {
	int64_t messages, consents, tickets, attributes, tags, orders, runs;
};
void erasure_count(
	struct db *db, uint64_t contact, const char *phone, struct erasure_counts *ret);
/* The proof, and at once all that finds the person: number, place, fields, tags, orders,
 * runs. Their consents go too, unless `kept` says until when the law wants them. */
void erasure_begin(struct db *db, const struct erasure *e, const char *phone,
	const char *operator_name, const char *why);
/* The next one that is not done; false: none. */
bool erasure_next(struct db *db, struct erasure *ret);
/* Empties at most `max` texts of it, with the raw octets and reports they came as.
 * Returns how many; texts that are under way are left for later. */
int erasure_empty_texts(struct db *db, const struct erasure *e, int max);
bool erasure_texts_left(struct db *db, uint64_t contact);
/* Walks at most `max` events after the cursor and empties what they said of the person.
 * Moves the cursor; returns how many it walked. */
int erasure_walk_events(struct db *db, struct erasure *e, int max);
void erasure_finish(struct db *db, uint64_t contact, int64_t now);
/* Throws away the consents of the forgotten whose time is over; returns how many people.
 */
int erasures_release(struct db *db, int64_t now, int max);

/* ---- what is thrown away with time ---- */

enum purge_what {
	PURGE_TEXTS,
	PURGE_RAW,
	PURGE_EVENTS,
	PURGE_CHARGES,
	PURGE_JOINS,
	PURGE_AUDIT,
	PURGE_CALLS,  /* of providers */
	PURGE_SOURCES /* and of the shop's platforms */
};
#define PURGE_KINDS 8
const char *purge_name(enum purge_what what);
/* At most `max` rows older than `before`, from the oldest; returns how many. */
int purge_some(struct db *db, enum purge_what what, int64_t before, int max);
/* People nobody has heard of or written to since then, who bought nothing since then and
 * with whom nothing is going on: some of them after the contact `*from`, which moves on;
 * 0 when all were looked at. Their numbers. Returns how many. */
size_t contacts_inactive(struct db *db, int64_t since, uint64_t *from, int max,
	char (*ret_phones)[48], size_t most);
int64_t contacts_inactive_count(struct db *db, int64_t since);
/* How many there are, for the reader thread. */
int64_t purge_count(struct db *db, enum purge_what what, int64_t before);

#endif
