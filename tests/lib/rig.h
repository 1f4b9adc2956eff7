/* The trade on a bench: a real core over a real SQLite file, a clock that stands still
 * until told, and a driver that does what the test says. */
#ifndef MALGIL_TESTS_RIG_H
#define MALGIL_TESTS_RIG_H

#include "gateway/core/channel_inside.h"
#include "gateway/core/outbox.h"

#define RIG_SENDS 512

struct rig_send {
	struct channel *ch;
	uint64_t attempt;
	char to[48];
	uint8_t tpdu[200];
	size_t len;
	unsigned part, parts;
	bool released, withdrawn, answered;
};

struct rig {
	struct clock_sim clock;
	struct loop *loop;
	struct core core;
	char dir[64], config_path[96];
	struct rig_send sends[RIG_SENDS]; /* everything handed to any fake driver */
	size_t send_count;
	uint64_t acknowledged[RIG_SENDS]; /* tokens given to committed() */
	size_t ack_count;
	uint64_t next_token;
	int resets;
	uint64_t hurried; /* the last attempt whose answer is not worth its full time */
	bool obliging;    /* whatever is released is with the network in the next tick */
	/* What the drivers do with a request to /hooks/CHANNEL; NULL: 403. */
	int (*webhook)(const struct raw_request *rq, struct raw_response *res);
	/* What handlers were told of tickets with a run. */
	unsigned closed, unclaimed;
	uint64_t told_run;
};
extern struct rig *rig; /* the one under test */
/* Of the rigs opened from now on: when their world begins (wall time), the shop's name,
 * where it is. */
extern int64_t rig_begins;
extern const char *rig_shop, *rig_country, *rig_zone;
/* And whether they look at their file every two seconds, as a daemon does. */
extern bool rig_watches;

/* A fresh store and run_dir; channels "north" and, with `two`, "south", both up and
 * ready. */
void rig_open(struct rig *r, bool two);
/* The same with more settings, and with a policy.cfg (what stands inside its group) or
 * NULL. */
void rig_open_with(struct rig *r, bool two, const char *extra, const char *policy);
void rig_close(struct rig *r);
/* What kill -9 leaves: the store as it was committed, and nothing else; then a new start.
 */
void rig_crash(struct rig *r);
/* Lets `ms` of simulated time pass. 0: whatever is due now. */
void rig_run(struct rig *r, int64_t ms);
/* As a sleep of the machine: that much is gone at once, every timer that was due rings
 * once, and a minute passes in which the rest is made up for. For months. */
void rig_skip(struct rig *r, int64_t ms);

void rig_ready(struct rig *r, const char *channel);
/* Accepts and commits; the id. Fails the test when it is refused. */
/* They agree to promotions. */
void rig_grant(struct rig *r, const char *phone);
uint64_t rig_send(struct rig *r, const char *to, const char *text);
uint64_t
rig_send_class(struct rig *r, const char *to, const char *text, enum message_class cls);
/* The n-th hand-over from the end, 0 the newest. */
struct rig_send *rig_last(struct rig *r, size_t n);
/* The driver answers the newest unanswered send. */
void rig_sent(struct rig *r, int reference);
void rig_answer(struct rig *r, const struct outcome *outcome);
void rig_unknown(struct rig *r);

/* A text from a handset, in as many parts as it takes; `ref` names the set. */
void rig_receive(struct rig *r, const char *channel, const char *from, const char *text);
void rig_receive_part(struct rig *r, const char *channel, const char *from,
	const char *text, int ref, size_t part);
void rig_receive_bytes(struct rig *r, const char *channel, const void *bytes, size_t len,
	unsigned occurrence);
void rig_report(struct rig *r, const char *channel, int mr, const char *to, int status);

/* "sent", "in_doubt" ... of a message; static until the next call. */
const char *rig_state(struct rig *r, uint64_t id);
int64_t rig_count(struct rig *r, const char *sql); /* one number */

#endif
