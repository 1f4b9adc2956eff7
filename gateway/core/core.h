/* What the trade shares: one struct, made by the daemon, handed to everything in core/.
 */
#ifndef MALGIL_CORE_CORE_H
#define MALGIL_CORE_CORE_H

#include "gateway/base/ids.h"
#include "gateway/base/loop.h"
#include "gateway/core/config.h"
#include "gateway/store/db.h"
#include "gateway/store/reader.h"

struct channel;
struct queue;
struct inbox;
struct dialogs;
struct lookups;
struct tickets;
struct night;
struct keep;
struct folders;
struct platforms;
struct away;
struct hooks;
struct router;
struct push;
struct campaigns;
struct feed_reader;

struct core {
	struct loop *loop;
	const struct clock *clock;
	const struct config *config;
	struct db *db;
	struct reader *reader;
	struct ids ids;
	struct channel *channels[CONFIG_CHANNELS];
	size_t channel_count;
	struct queue *queue;
	struct inbox *inbox;
	struct hooks *hooks;         /* core/hooks.h */
	struct router *router;       /* core/router.h */
	struct dialogs *dialogs;     /* dialogs/shell.h; NULL without scripts */
	struct lookups *lookups;     /* core/lookup.h */
	struct tickets *tickets;     /* the clocks of core/tickets.h */
	struct away *away;           /* core/away.h: holidays, vacations */
	bool digesting;              /* core/digest.h: the month is being counted */
	struct night *night;         /* core/night.h: what is done in quiet hours */
	struct keep *keep;           /* core/keep.h: backups, and the log beside them */
	struct folders *folders;     /* api/folders.h; NULL while none is watched */
	struct platforms *platforms; /* api/sources.h; NULL while it is not running */
	struct campaigns *campaigns; /* outreach/campaign.h */
	struct push *push;           /* api/push.h; NULL while it is not running */
	struct feed_reader *feed;    /* core/feed.h */
	bool feed_moved;
	bool draining;  /* no new attempts: the daemon is stopping */
	bool reloading; /* draining for a new configuration: what is asked for is taken */
	bool clock_odd; /* core/almanac.h: the hour cannot be believed */
	int64_t clock_believed, clock_ahead; /* core/almanac.c, from the store; 0 none */
	bool low_disk;    /* under limits.reserve_mib: only results are written */
	bool pump_wanted; /* see core/dispatch.h */
	bool wash_log;    /* words were forgotten: they leave the -wal file too */
	bool tick_staged; /* something raw is stored in this tick, not yet durable */
	bool store_sick; /* a commit failed: nothing is accepted until a probe succeeds */
	bool store_ruined; /* sick for good: the file is damaged or gone, the loop ends */
	struct strbuf store_trouble; /* why, for people */
	struct loop_timer probe, watch;
	/* Results of this tick, so that a lost tick does not forget what the network
	 * said. */
	struct kept_result {
		uint64_t attempt;
		int reference;
		bool sent, known;
		char id[64];
	} kept[320];
	size_t kept_count;
};

struct outcome;
/* Remembers a result until the tick that wrote it is durable; after a lost tick it is
 * applied again, as evidence. */
void core_keep_result(struct core *core, uint64_t attempt, const struct outcome *outcome);

/* Opens nothing: wires queue, inbox and channels to an open store and recovers what a
 * crash left in flight. 0, or -errno with a sentence. */
int core_start(struct core *core, struct strbuf *err) MUST_USE;
/* Stops taking new work; returns true when nothing is in flight any more. */
bool core_drained(struct core *core);
void core_stop(struct core *core);

static inline int64_t
core_now(const struct core *core)
{
	return clock_wall(core->clock);
}

static inline uint64_t
core_id(struct core *core)
{
	return ids_next(&core->ids, core_now(core));
}

/* Appends to the events log; zero ids are left out. `detail` may be NULL. Also the one
 * place where an event becomes a log line. */
struct event {
	const char *name; /* "message.sent" */
	uint64_t message, contact, channel;
	const char *detail;
	uint64_t ticket;
	uint64_t shop; /* the row of shop_events that says more, 0 none */
};
void core_event(struct core *core, const struct event *event);

#endif
