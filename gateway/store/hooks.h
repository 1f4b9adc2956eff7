/* Rows of `hooks`, `deliveries` and `callbacks`: who listens to the event log, how far
 * they have heard it, and what became of each call. Rows in, rows out, no policy.
 *
 * A delivery is pending until it was answered well or given up. It holds ids alone: what
 * is said is composed anew for each try from the event and the message, which stay where
 * they are. */
#ifndef MALGIL_STORE_HOOKS_H
#define MALGIL_STORE_HOOKS_H

#include "gateway/store/db.h"

#define HOOK_NAME     64
#define HOOK_WHY      256
#define HOOK_URL      2048
#define HOOK_ACCOUNT  64
#define HOOK_EVENT    64
#define HOOK_FEW      64 /* rows read at once */
#define HOOK_COUNT_TO 10000

struct hook_row {
	uint64_t id;
	char name[HOOK_NAME], url[HOOK_URL], why[HOOK_WHY];
	uint64_t cursor, replay_at, replay_to;
	bool disabled;
	int64_t good_at, bad_at;
};
bool hook_load(struct db *db, const char *name, struct hook_row *ret);
void hook_insert(struct db *db, const struct hook_row *h);
void hook_save(struct db *db, const struct hook_row *h);
/* The newest event there is, 0 none. */
uint64_t hooks_newest_event(struct db *db);

enum delivery_kind {
	DELIVERY_EVENT,
	DELIVERY_TEST,
	DELIVERY_TWILIO_STATUS,
	DELIVERY_TWILIO_INBOUND,
	DELIVERY_KANNEL,
};
const char *delivery_kind_name(enum delivery_kind kind);

enum delivery_state { DELIVERY_PENDING, DELIVERY_DELIVERED, DELIVERY_DEAD };
const char *delivery_state_name(enum delivery_state state);

struct delivery {
	uint64_t id, hook, event, message, subject;
	enum delivery_kind kind;
	enum delivery_state state;
	char account[HOOK_ACCOUNT], why[HOOK_WHY];
	int tries, status;
	int64_t due, until, took, done_at;
};
void delivery_insert(struct db *db, const struct delivery *d);
bool delivery_load(struct db *db, uint64_t id, struct delivery *ret);
/* What a try changes: state, tries, due, until, status, took, why, done_at. */
void delivery_save(struct db *db, const struct delivery *d);
/* Those that may be tried at `now`, soonest due first: pending, and nothing of the same
 * subject is pending before it. */
size_t deliveries_ready(
	struct db *db, uint64_t hook, int64_t now, struct delivery *ret, size_t max);
/* The oldest pending one behind `after`, due or not. */
bool delivery_head(struct db *db, uint64_t hook, uint64_t after, struct delivery *ret);
/* When the next pending one is due, 0 when there is none. */
int64_t deliveries_next_due(struct db *db, uint64_t hook);
/* Counted up to HOOK_COUNT_TO. */
int64_t deliveries_count(struct db *db, uint64_t hook, enum delivery_state state);
/* Removes at most `max` finished before `done`, and whatever is older than `oldest`.
 * Returns how many went. */
int deliveries_purge(struct db *db, int64_t done, uint64_t oldest, int max);
/* Dead ones become pending again, oldest first, at most `max`. */
int deliveries_revive(struct db *db, uint64_t hook, int64_t now, int64_t until, int max);

struct delivery_filter {
	uint64_t hook;
	const char *state; /* NULL: all */
	uint64_t before;   /* 0: the newest */
	int limit;
};
/* Newest first, each with the name of its event; `each` returns false to stop. */
void deliveries_list(struct db *db, const struct delivery_filter *filter,
	bool (*each)(void *arg, const struct delivery *d, const char *event), void *arg);

/* An event as hooks look at it; the texts owned, for hook_event_done(). */
struct hook_event {
	uint64_t id, message, contact, channel, ticket;
	int64_t at;
	char name[HOOK_EVENT];
	char *detail;
};
void hook_event_done(struct hook_event *e);
bool hook_event_load(struct db *db, uint64_t id, struct hook_event *ret);
/* Only id, message, contact, channel and name, of those after `after` up to `to`. */
size_t hook_events(
	struct db *db, uint64_t after, uint64_t to, struct hook_event *ret, size_t max);

struct callback {
	uint64_t message;
	bool kannel; /* else Twilio */
	char account[HOOK_ACCOUNT], service[HOOK_ACCOUNT], url[HOOK_URL];
	int mask;
};
void callback_insert(struct db *db, const struct callback *c);
bool callback_load(struct db *db, uint64_t message, struct callback *ret);
bool callbacks_any(struct db *db);
int callbacks_purge(struct db *db, uint64_t oldest, int max);

#endif
