/* The newest end of the log of events, as text that many streams send at once.
 *
 * It follows the log while anybody listens: after a commit that wrote events the reader
 * thread fetches them once, whatever the number of streams. What it holds is bounded; a
 * stream that falls behind reads the store by itself until it has caught up. */
#ifndef MALGIL_API_TAIL_H
#define MALGIL_API_TAIL_H

#include "gateway/core/feed.h"
#include "gateway/store/lists.h"

#define TAIL_BYTES (256u * 1024)
#define TAIL_PAGE  256 /* events fetched at once */

struct tail {
	struct core *core;
	struct feed_reader feed;
	struct loop_timer retry;
	void (*moved)(
		void *arg); /* in the loop: there is more, or something else changed */
	void *arg;
	bool following, again;
	struct tail_fetch *fetch; /* under way */
	uint64_t from, to;        /* it holds the events behind `from`, up to `to` */
	struct strbuf text;
	struct tail_mark { /* each event, oldest first */
		uint64_t id;
		size_t len;
	} * marks;
	size_t mark_count, mark_cap;
};

void tail_follow(struct tail *tail);
void tail_leave(struct tail *tail);
/* Appends whole events behind `after`, at most about `max` bytes, to `out`; the last
 * one's id, `after` when there is none. False when `after` lies before what it holds. */
bool tail_copy(const struct tail *tail, uint64_t after, size_t max, struct strbuf *out,
	uint64_t *ret_last);

/* For the reader thread: events behind `after` as text, at most `limit` and about `max`
 * bytes. `each` (may be NULL) is told of every one. Returns the last id. */
uint64_t tail_read(struct db *db, uint64_t after, int limit, size_t max,
	struct strbuf *out, void (*each)(void *arg, uint64_t id, size_t len), void *arg);

#endif
