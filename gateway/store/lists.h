/* Lists people ask for. Read only, so fit for the reader thread; nothing in core needs
 * them. Rows and their texts are borrowed for the call; `each` returns false to stop. */
#ifndef MALGIL_STORE_LISTS_H
#define MALGIL_STORE_LISTS_H

#include "gateway/store/db.h"

/* The names of channels, also of those that left the configuration. */
#define LIST_CHANNELS 256
struct channel_names {
	struct {
		uint64_t id;
		char name[64];
	} rows[LIST_CHANNELS];
	size_t count;
};
void channel_names_load(struct db *db, struct channel_names *ret);
/* NULL for 0 and for a channel nobody knows. */
const char *channel_names_find(const struct channel_names *names, uint64_t id);

struct event_item {
	uint64_t id, message, contact, channel, ticket;
	const char *name, *detail;
	int64_t at;
};
/* Oldest first, those after `after`. */
void events_list(struct db *db, uint64_t after, int limit,
	bool (*each)(void *arg, const struct event_item *e), void *arg);

/* The newest one's id, 0 none. */
uint64_t events_newest(struct db *db);

struct consent_item {
	uint64_t id, message;
	const char *address, *action, *scope, *list, *method, *words, *wording,
		*operator_name, *basis;
	int64_t at;
};
struct consent_standing {
	uint64_t contact; /* 0: nobody with that number */
	char stopped[12];
	int64_t stopped_at;
};
/* What holds now, and the ledger it follows from, newest first. */
void consent_list(struct db *db, const char *phone, int limit,
	struct consent_standing *ret_standing,
	bool (*each)(void *arg, const struct consent_item *c), void *arg);

struct arrival_item {
	uint64_t id, channel, message;
	const char *sim, *kind, *smsc, *state, *error;
	const void *bytes;
	size_t len;
	int64_t at;
	int starts;
};
/* Newest first, older than `before` (0: all). `state` NULL: whatever could not be read,
 * that is undecodable and quarantined. */
void arrivals_list(struct db *db, const char *state, uint64_t before, int limit,
	bool (*each)(void *arg, const struct arrival_item *a), void *arg);

struct report_item {
	uint64_t id, channel, attempt, message;
	const char *sim, *recipient;
	int mr, status;
	int64_t submitted, at;
};
/* Newest first, older than `before` (0: all). */
void reports_list(struct db *db, bool unmatched, uint64_t before, int limit,
	bool (*each)(void *arg, const struct report_item *r), void *arg);

#endif
