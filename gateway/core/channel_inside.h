/* struct channel, for the files of core/ that share it: channel.c (what the driver
 * tells), channel_view.c (what people see), dispatch.c (what leaves next), journal.c
 * (what became of it). */
#ifndef MALGIL_CORE_CHANNEL_INSIDE_H
#define MALGIL_CORE_CHANNEL_INSIDE_H

#include "gateway/core/channel.h"
#include "gateway/core/upkeep.h"
#include "gateway/sms/segment.h"
#include "gateway/store/channels.h"
#include "gateway/store/messages.h"

#define CHANNEL_GAPS        512
#define CHANNEL_HELD_TOKENS 256

#define LATE_MOST    4    /* texts among which answers are shared out */
#define LATE_REFUSED (-2) /* beside a reference, and -1 for accepted without one */

/* Texts that left one after another, and fewer answers than texts. */
struct late_either {
	uint64_t ids[LATE_MOST]; /* in the order in which the modem was given them */
	int heard[LATE_MOST];
	size_t count, answers; /* count 0: none, or too many to tell */
	int64_t until;         /* mono: answers are listened for until then */
};

/* A message on its way through this channel: between parts `attempt` is 0. */
struct work {
	bool used;
	struct message message;
	struct segment_plan *plan; /* owned by the channel, one for each place */
	int64_t closes; /* the network may try until then, 0: as long as it is useful */
	uint64_t attempt;
	int part;    /* 1-based: in flight, or next */
	int planned; /* TP-MR expected, -1 */
};

struct channel {
	struct core *core;
	const struct config_channel *config;
	struct channel_row row;
	bool row_dirty; /* saved once before the tick's commit */
	struct driver *driver;
	enum channel_state state;
	int64_t state_since; /* mono: no longer ready since then */
	struct strbuf why;
	struct channel_identity who;
	struct channel_facts facts;
	bool identified;

	struct work *works; /* as many as the driver takes at once, and a few */
	struct segment_plan *plans;
	size_t work_count;
	unsigned window; /* sends the driver takes at once, now */
	unsigned busy; /* sends the driver has not answered, also those of a lost tick */
	struct loop_timer rest, pace;
	int64_t rest_until;       /* wall */
	int64_t heard, last_sent; /* wall: its last word and SENT; 0 not since start */
	int rests;                /* in a row, for the backoff */

	int unknown_row;       /* unknown outcomes in a row */
	int64_t unknown_at[3]; /* wall times of the last three */
	int breaks;            /* breaker openings since the last good send */
	int64_t broken_until;  /* mono: not closed before */

	/* Answers that may be late ones: see late.h. */
	uint64_t owed_from; /* the first attempt that the modem owes an answer, 0 none */
	int64_t late_until; /* mono: no answer to an earlier attempt comes after that */
	struct late_either either;

	int sim_mr;         /* EF_SMSS as last read, -1 */
	int sim_mr_follows; /* sends after which it agreed with +CMGS */
	int sends_since_read;

	uint64_t held_tokens[CHANNEL_HELD_TOKENS]; /* stored, not yet deleted: SIM not
						      adopted */
	size_t held_count;
	int drained; /* texts handed over since the device came up */

	uint64_t result_ns; /* when the last result came, 0: the gap is not being measured
			     */
	float gaps[CHANNEL_GAPS];
	size_t gap_count; /* ever */

	struct upkeep upkeep;

	struct {
		uint64_t ticket;
		void (*done)(void *arg, const char *answer);
		void *arg;
	} commands[4];
};

/* Texts of the SIM's identity: IMSI, else ICCID, else the channel's name. */
const char *channel_sim(const struct channel *ch);
void channel_set_state(struct channel *ch, enum channel_state state, const char *why);
/* Takes the channel out of use for a while (0: the default, growing while it goes on). */
void channel_rest(struct channel *ch, int64_t ms, const char *why);
/* Counts an unknown outcome and opens the breaker when there were too many. */
void channel_doubted(struct channel *ch);
bool
channel_open(struct core *core, const struct config_channel *config, struct strbuf *err);
/* Closes the driver; the struct stays until channel_free(), for effects still under way.
 */
void channel_close(struct channel *ch);
void channel_free(struct channel *ch);
/* Asks the driver to begin anew, where it can. */
void channel_restart(struct channel *ch);
/* The network has that attempt, says its report: its answer is not waited for long. */
void channel_hurry(struct channel *ch, uint64_t attempt);
/* Before the commit of a tick: the row, once. */
void channel_flush(struct channel *ch);
/* After a lost tick: nothing in memory about work in flight is true any more. */
void channel_forget_work(struct channel *ch);

#endif
