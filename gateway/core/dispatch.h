/* What leaves next, by which channel, segment by segment: from a ready message to an
 * attempt row and a driver's send(), in one commit, and on from each result. */
#ifndef MALGIL_CORE_DISPATCH_H
#define MALGIL_CORE_DISPATCH_H

#include "gateway/core/channel_inside.h"
#include "gateway/core/gates.h"

/* Something may leave: every channel that can send is pumped before this tick's commit.
 */
void dispatch_wanted(struct core *core);
void dispatch_pump_all(struct core *core);
/* Gives the channel work until it has no room or there is none. */
void dispatch_pump(struct channel *ch);

/* A held message's time has come: judged again. `cache` (core/facts.h): what the many
 * that wake together have in common. */
struct facts_cache;
void dispatch_wake(struct core *core, uint64_t id, struct facts_cache *cache);
/* A message's time to be useful is over. */
void dispatch_overdue(struct core *core, uint64_t id);
/* When a deferred message is looked at again. */
int64_t dispatch_due(const struct core *core, const struct verdict *v);
/* Applies a verdict that is not "send" to a message that has not left. */
void dispatch_apply(struct core *core, struct message *m, const struct verdict *v);

/* The plan a message was accepted with, rebuilt from its row. False when the row is
 * damaged. */
bool dispatch_plan(const struct message *m, struct segment_plan *ret);
/* "0,134,268": the form `splits` has. */
void dispatch_splits(const struct segment_plan *plan, struct strbuf *out);
/* Now, and the moment after which the network may no longer try (0: the message's own).
 */
struct segment_time {
	int64_t now, closes;
};
int dispatch_segment(const struct message *m, const struct segment_plan *plan, int part,
	const struct segment_time *time, struct strbuf *out, struct strbuf *err) MUST_USE;

#endif
