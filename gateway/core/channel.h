/* A channel from the inside: what core keeps of it, and the small view others get. The
 * driver's side of the same thing is driver.h. */
#ifndef MALGIL_CORE_CHANNEL_H
#define MALGIL_CORE_CHANNEL_H

#include "gateway/core/core.h"

enum channel_state {
	CHANNEL_STARTING, /* the driver is at work on it */
	CHANNEL_READY,
	CHANNEL_RESTING, /* its own trouble: tried again at `until` */
	CHANNEL_BROKEN, /* breaker open: two unknown outcomes in a row, or three in 10 min
			 */
	CHANNEL_DOWN,   /* the driver says it cannot send */
	CHANNEL_BLOCKED, /* a person must act */
};
const char *channel_state_name(enum channel_state state);

/* A snapshot for people; texts borrowed until the next turn of the loop. */
struct channel_view {
	const char *name, *driver;
	uint64_t id;
	enum channel_state state;
	const char *why; /* last error or what it waits for, "" */
	int64_t until;   /* RESTING: wall time */
	const struct channel_identity *who;
	const struct channel_facts *facts;
	int64_t sent, failed, in_doubt;
	int64_t heard, last_sent; /* wall, 0 not since the start */
	int64_t queue;            /* messages that wait for this channel alone */
	int in_flight;
	double gap_p50_ms, gap_p99_ms; /* from a result to the next command; -1 unknown */
	bool adopted;
	const char *balance;           /* as last heard, "" never */
	int64_t balance_at, tested_at; /* wall, 0 never */
};
void channel_view(struct core *core, const struct channel *ch, struct channel_view *ret);
struct channel *channel_find(struct core *core, const char *name);
struct channel *channel_by_id(struct core *core, uint64_t id);
const char *channel_name(const struct channel *ch);

/* Console: `done(arg, answer)` once, from the loop (answer NULL: it never came). 0, or
 * -EPERM, -EBUSY, -ENOTSUP with a sentence. */
int channel_command(struct core *core, struct channel *ch, const char *line,
	void (*done)(void *arg, const char *answer), void *arg,
	struct strbuf *err) MUST_USE;
/* Nobody waits for the answer any more. */
void channel_command_forget(struct core *core, void *arg);
/* Dials a USSD code; `done` as above, with a text for people. */
int channel_ussd(struct core *core, struct channel *ch, const char *code,
	void (*done)(void *arg, const char *answer), void *arg,
	struct strbuf *err) MUST_USE;
void channel_trace(const struct channel *ch, struct strbuf *out);
void channel_reset(struct channel *ch);
/* Accepts a SIM that came with texts on it: from now on they are deleted once stored. */
void channel_adopt(struct core *core, struct channel *ch);

#endif
