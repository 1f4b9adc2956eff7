/* Rows of `contacts`: the people and numbers texts go to and come from. */
#ifndef MALGIL_STORE_CONTACTS_H
#define MALGIL_STORE_CONTACTS_H

#include "gateway/store/db.h"

struct contact {
	uint64_t id, last_channel;
	char phone[48], stopped[12];
	int64_t stopped_at, last_in, last_out;
};

/* Finds the contact of a number, or makes it with `new_id` (consumed only then: true in
 * `ret_new`). False only when the transaction is poisoned. */
bool contact_take(struct db *db, const char *phone, uint64_t new_id, int64_t now,
	struct contact *ret, bool *ret_new);
bool contact_load(struct db *db, uint64_t id, struct contact *ret);
void contact_heard(struct db *db, uint64_t id, uint64_t channel, int64_t at);
void contact_sent(struct db *db, uint64_t id, int64_t at);
void contact_set_stopped(struct db *db, uint64_t id, const char *scope, int64_t at);
/* The next 8-bit concatenation reference towards this contact, 1..255. */
int contact_next_ref(struct db *db, uint64_t id);

#endif
