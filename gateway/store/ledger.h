/* Rows of `consent`: the append-only ledger, and of `tickets`, and of `events`: the three
 * histories the program writes and never rewrites. */
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

/* Does the newest word of the ledger about promotions grant them? */
bool consent_granted(struct db *db, uint64_t contact);

struct ticket_row {
	uint64_t id, contact, message;
	const char *topic, *note;
	int64_t at;
};
/* The contact's open ticket of that topic, 0 none ("" matches any). */
uint64_t ticket_open_for(struct db *db, uint64_t contact, const char *topic);
/* An open ticket of any other topic: a person has it. 0 none. */
uint64_t ticket_talking(struct db *db, uint64_t contact, const char *but);
void ticket_insert(struct db *db, const struct ticket_row *row);
void ticket_touch(struct db *db, uint64_t id, int64_t at);

struct event_row {
	uint64_t id, message, contact, channel;
	const char *name, *detail;
	int64_t at;
};
void event_append(struct db *db, const struct event_row *row);
/* The newest id in the store, whatever it names: new ids must be greater. */
uint64_t ledger_newest_id(struct db *db);

#endif
