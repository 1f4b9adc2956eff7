/* Rows of `consent`: the append-only ledger, and of `events`: the two histories the
 * program writes and never rewrites. */
#ifndef MALGIL_STORE_LEDGER_H
#define MALGIL_STORE_LEDGER_H

#include "gateway/store/db.h"

struct consent_row {
	uint64_t id, contact, message;
	const char *address, *action, *scope, *method, *words, *wording, *operator_name;
	int64_t at;
};
void consent_append(struct db *db, const struct consent_row *row);
/* Time of the contact's newest ledger row, 0 none. */
int64_t consent_newest(struct db *db, uint64_t contact);

struct event_row {
	uint64_t id, message, contact, channel, ticket;
	const char *name, *detail;
	int64_t at;
};
void event_append(struct db *db, const struct event_row *row);
/* The newest id in the store, whatever it names: new ids must be greater. */
uint64_t ledger_newest_id(struct db *db);

#endif
