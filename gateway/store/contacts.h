/* Rows of `contacts`: the people and numbers texts go to and come from. */
#ifndef MALGIL_STORE_CONTACTS_H
#define MALGIL_STORE_CONTACTS_H

#include "gateway/store/db.h"

struct contact {
	uint64_t id, last_channel;
	char phone[48], stopped[12];
	int64_t stopped_at, last_in, last_out;
	char zone[48], region[4]; /* told by the person; "" unknown */
	int64_t optout_due;   /* a text looks like an opt-out: it is one from then on, 0
				 none */
	uint64_t optout_text; /* that text */
	int64_t dead_since;   /* 0: reachable as far as we know */
	int refused;          /* permanent refusals by the network in a row */
	int64_t revived;    /* alive again after long: older consents are void, 0 never */
	int64_t suppressed; /* forgotten then, and here again; 0: no */
};

/* Finds the contact of a number, or makes it with `new_id` (consumed only then: true in
 * `ret_new`). False only when the transaction is poisoned. */
bool contact_take(struct db *db, const char *phone, uint64_t new_id, int64_t now,
	struct contact *ret, bool *ret_new);
/* The contact of a number, if there is one. */
bool contact_find(struct db *db, const char *phone, struct contact *ret);
bool contact_load(struct db *db, uint64_t id, struct contact *ret);
void contact_heard(struct db *db, uint64_t id, uint64_t channel, int64_t at);
void contact_sent(struct db *db, uint64_t id, int64_t at);
void contact_set_stopped(struct db *db, uint64_t id, const char *scope, int64_t at);
/* Remembers a text that looks like an opt-out, or (due 0) that it was none. */
void contact_set_optout(struct db *db, uint64_t id, uint64_t text, int64_t due);
/* Contacts whose time to be asked about it is over. */
size_t contacts_optout_due(struct db *db, int64_t now, uint64_t *ret_ids, size_t max);
void contact_set_dead(struct db *db, uint64_t id, int64_t since);
/* It was forgotten at that time, and came back. */
void contact_set_suppressed(struct db *db, uint64_t id, int64_t at);
void contact_set_refused(struct db *db, uint64_t id, int refused);
void contact_set_revived(struct db *db, uint64_t id, int64_t at);
void contact_set_place(struct db *db, uint64_t id, const char *zone, const char *region);
/* The next 8-bit concatenation reference towards this contact, 1..255. */
int contact_next_ref(struct db *db, uint64_t id);

#endif
