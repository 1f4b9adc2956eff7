/* Rows of `messages`: every text, both ways. Rows in, rows out, no policy; but the list
 * of legal state changes is here, because a row that breaks it is a lie. */
#ifndef MALGIL_STORE_MESSAGES_H
#define MALGIL_STORE_MESSAGES_H

#include "gateway/store/db.h"
#include "gateway/text/class.h"

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

/* A row, its texts owned: released with message_done(). */
struct message {
	uint64_t id, contact, reply_to, channel, route;
	bool outbound, ready, report;
	bool skip; /* a full cap ends it */
	enum message_state state;
	enum message_class cls; /* outbound */
	char *phone;            /* of the contact */
	char *text, *reason, *origin, *key, *splits, *sim, *encoding, *on_doubt;
	int64_t not_before; /* as asked for; `due` is when a held one wakes */
	int64_t created, due, expires, sent_at, updated; /* created = id's time */
	int parts, parts_done, ref, shifts, msg_class, tries, starts;
};
void message_done(struct message *m);

/* true and a row for message_done(), or false. */
bool message_load(struct db *db, uint64_t id, struct message *ret_message);

struct message_filter {
	const char *state; /* NULL: all */
	const char *phone; /* E.164; NULL: all */
	int direction;     /* 0 both, 1 out, -1 in */
	uint64_t before;   /* id: older than this; 0: newest */
	int limit;         /* 1..1000 */
};
/* Newest first; `each` returns false to stop. The row is released after each call. */
void messages_list(struct db *db, const struct message_filter *filter,
	bool (*each)(void *arg, const struct message *m), void *arg);

/* The newest text the contact sent, 0 none. */
uint64_t messages_newest_inbound(struct db *db, uint64_t contact);

/* ---- writing: for core alone ---- */

/* Inserts the row; `m->phone` is not stored here. False when the key is taken. */
bool message_insert(struct db *db, const struct message *m, int64_t fingerprint);
/* The message a key belongs to: 0 when free; its fingerprint in `ret_fingerprint`. */
uint64_t message_by_key(struct db *db, const char *key, int64_t *ret_fingerprint);
/* The state that was told when the text of that key was accepted; kept for repeats. */
void message_set_told(struct db *db, const struct message *m);
bool message_told(struct db *db, uint64_t id, enum message_state *ret);
/* Moves a message on and keeps `m` in step. An illegal move aborts: it is a bug. */
void message_move(struct db *db, struct message *m, enum message_state to,
	const char *reason, int64_t now);
/* Held until `due` (then in `m` too). */
void message_hold(
	struct db *db, struct message *m, const char *reason, int64_t due, int64_t now);
/* From held to queued: ready at once, when nothing else of the contact's waits, is being
 * sent or will be tried again before `soon`. Says whether it is. */
bool message_requeue(struct db *db, struct message *m, int64_t soon, int64_t now);
/* Sends it by another channel from now on: only what has not left in part. */
void message_route(struct db *db, struct message *m, uint64_t route);
void message_pin(struct db *db, struct message *m, uint64_t channel, const char *sim);
/* One more part is with the network: pinned to the channel and SIM, and `sent` when it
 * was the last one. One statement, because it is what every text costs. */
void message_take_part(
	struct db *db, struct message *m, uint64_t channel, const char *sim, int64_t now);
void message_set_parts_done(struct db *db, struct message *m, int parts_done);
/* When its last part was with the network, found out later. */
void message_set_sent(struct db *db, struct message *m, int64_t at);
/* A doubt nobody will settle: stays in doubt, no longer expires. */
void
message_close_doubt(struct db *db, struct message *m, const char *reason, int64_t now);
/* Its text is no longer kept; only of one that is over. */
void message_blank(struct db *db, uint64_t id, int64_t now);
void message_renew(struct db *db, struct message *m, int64_t expires);
void message_set_tries(struct db *db, struct message *m, int tries);

/* The queue's view: see core/queue.h for what `ready` means. */
struct queue_entry {
	uint64_t id;
	int priority;
};
size_t messages_ready(struct db *db, uint64_t route, struct queue_entry *ret, size_t max);
/* Chooses which message of the contact, if any, is ready: none while one is in flight;
 * else the first by priority and age whose class has no earlier text retrying before
 * `soon`. Returns its id and fills route and priority, or 0. */
uint64_t messages_settle(struct db *db, uint64_t contact, int64_t soon,
	uint64_t *ret_route, int *ret_priority);
/* Ids of held messages due by `now`, oldest due first; and when the next one is (0:
 * none). */
size_t messages_due(struct db *db, int64_t now, uint64_t *ret_ids, size_t max);
int64_t messages_next_due(struct db *db);
/* Ids of unfinished messages past their time. */
size_t messages_overdue(struct db *db, int64_t now, uint64_t *ret_ids, size_t max);
/* Unsent messages of a contact and class (all classes but notice when `cls` is NULL). */
size_t messages_unsent(
	struct db *db, uint64_t contact, const char *cls, uint64_t *ret_ids, size_t max);
/* Ids in a state, oldest first, after `after`. */
size_t messages_in_state(struct db *db, enum message_state state, uint64_t after,
	uint64_t *ret_ids, size_t max);
/* Counted up to 10,000: a status line must not read a million rows. */
int64_t messages_waiting_for(struct db *db, uint64_t route);

/* How many messages are in each state. */
void messages_count(struct db *db, int64_t ret_counts[MESSAGE_STATES]);

#endif
