/* What the trade shares: one struct, made by the daemon, handed to everything in core/. */
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
	bool draining;    /* no new attempts: the daemon is stopping */
	bool store_sick;  /* a commit failed: nothing is accepted until a probe succeeds */
	struct strbuf store_trouble; /* why, for people */
	struct loop_timer probe;
};

/* Opens nothing: wires queue, inbox and channels to an open store and recovers what a crash
 * left in flight. 0, or -errno with a sentence. */
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

/* Appends to the events log; zero ids are left out. `detail` may be NULL. Also the one place
 * where an event becomes a log line. */
struct event {
	const char *name; /* "message.sent" */
	uint64_t message, contact, channel;
	const char *detail;
};
void core_event(struct core *core, const struct event *event);

#endif
