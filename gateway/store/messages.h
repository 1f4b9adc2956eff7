/* Rows of `messages`: every text, both ways. Rows in, rows out, no policy; but the list of
 * legal state changes is here, because a row that breaks it is a lie. */
#ifndef MALGIL_STORE_MESSAGES_H
#define MALGIL_STORE_MESSAGES_H

#include "gateway/store/db.h"

enum message_state {
	MESSAGE_ACCEPTED,
	MESSAGE_HELD,
	MESSAGE_QUEUED,
	MESSAGE_SENDING,
	MESSAGE_SENT,
	MESSAGE_DELIVERED,
	MESSAGE_UNDELIVERED,
	MESSAGE_FAILED,
	MESSAGE_EXPIRED,
	MESSAGE_CANCELED,
	MESSAGE_SUPPRESSED,
	MESSAGE_IN_DOUBT,
	MESSAGE_RECEIVED,
	MESSAGE_STATES,
};
const char *message_state_name(enum message_state state);
/* -EINVAL for an unknown name. */
int message_state_parse(const char *name, enum message_state *ret_state) MUST_USE;
/* May a message go from one state to the other? */
bool message_state_may(enum message_state from, enum message_state to);
/* True for states nothing leaves any more except by a later status report or a person. */
bool message_state_final(enum message_state state);

enum message_class { CLASS_NOTICE, CLASS_REPLY, CLASS_SERVICE, CLASS_MARKETING, CLASS_COUNT };
const char *message_class_name(enum message_class cls);
int message_class_parse(const char *name, enum message_class *ret_class) MUST_USE;

/* A row, its texts owned: released with message_done(). */
struct message {
	uint64_t id, contact, reply_to, channel, route;
	bool outbound, ready, report;
	enum message_state state;
	enum message_class cls; /* outbound */
	char *phone;            /* of the contact */
	char *text, *reason, *origin, *key, *splits, *sim, *encoding, *on_doubt;
	int64_t created, due, expires, sent_at, updated; /* created = id's time */
	int parts, parts_done, ref, shifts, msg_class, tries, starts;
};
void message_done(struct message *m);

/* true and a row for message_done(), or false. */
bool message_load(struct db *db, uint64_t id, struct message *ret_message);

struct message_filter {
	const char *state;   /* NULL: all */
	const char *phone;   /* E.164; NULL: all */
	int direction;       /* 0 both, 1 out, -1 in */
	uint64_t before;     /* id: older than this; 0: newest */
	int limit;           /* 1..1000 */
};
/* Newest first; `each` returns false to stop. The row is released after each call. */
void messages_list(struct db *db, const struct message_filter *filter,
	bool (*each)(void *arg, const struct message *m), void *arg);

/* How many messages are in each state. */
void messages_count(struct db *db, int64_t ret_counts[MESSAGE_STATES]);

#endif
