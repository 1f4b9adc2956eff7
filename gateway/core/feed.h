/* Who wants to know that something happened: streams and webhooks, which are views of the
 * log of events. They are told that there is more, once a tick and after its commit, and
 * read the store for what it is: so nobody is told of what did not become durable, and
 * who was not there misses nothing. */
#ifndef MALGIL_CORE_FEED_H
#define MALGIL_CORE_FEED_H

#include "gateway/core/core.h"

struct feed_reader {
	void (*more)(void *arg); /* in an effect: it must not write to the store */
	void *arg;
	struct feed_reader *next, **prev;
};

/* `reader` is the caller's, and stays in the list until it leaves. Neither may be called
 * from `more`. */
void feed_join(struct core *core, struct feed_reader *reader);
void feed_leave(struct feed_reader *reader);

/* core_event() says so. */
void feed_moved(struct core *core);

#endif
