/* Rows of `consent`: the append-only ledger, and of `events`: the two histories the
 * program writes and never rewrites. */
#ifndef MALGIL_STORE_LEDGER_H
#define MALGIL_STORE_LEDGER_H

#include "gateway/store/db.h"

/* One entry. `action` is grant, revoke, unblock (START), deny (asked, and said no), kept
 * (a person decided that a text was no opt-out), reconfirm (told again, and kept). Texts
 * may be NULL. */
struct consent_row {
	uint64_t id, contact, message;
	const char *address, *action, *scope, *list, *method, *words, *wording, *hash,
		*operator_name, *basis, *source, *age;
	int64_t at, expires;
	bool night;
};
void consent_append(struct db *db, const struct consent_row *row);
/* Time of the contact's newest ledger row, 0 none. */
int64_t consent_newest(struct db *db, uint64_t contact);

/* What the ledger comes to, for promotions. */
struct consent_state {
	bool granted;
	bool night;          /* in the pack's night too */
	uint64_t row;        /* the grant */
	int64_t at, expires; /* of the grant, or when it was last kept; 0 never */
	char basis[16];      /* express | sale | soft | request */
	char list[48];
};
/* Reads the contact's ledger from its beginning. */
void consent_derive(struct db *db, uint64_t contact, struct consent_state *ret);
/* One more row of it, in its order: columns id, action, scope, basis, list, at, expires,
 * night. For who reads the ledgers of many. */
void consent_apply(struct consent_state *state, struct db_rows *row);

struct event_row {
	uint64_t id, message, contact, channel, ticket;
	const char *name, *detail;
	int64_t at;
};
void event_append(struct db *db, const struct event_row *row);
/* A contact's events of one name in the log since a time: how many, the first and the
 * last.
 */
int64_t events_count(struct db *db, uint64_t contact, const char *name, int64_t since,
	int64_t *ret_first, int64_t *ret_last);
/* The newest id in the store, whatever it names: new ids must be greater. */
uint64_t ledger_newest_id(struct db *db);

/* Notes that the program started: the first write, which finds out whether it may write.
 */
void ledger_started(struct db *db, int64_t at);

#endif
