/* A host's name to its addresses without making the loop wait: the resolver works in a
 * thread of the C library's, and is asked now and then whether it is done. */
#ifndef MALGIL_AT_RESOLVE_H
#define MALGIL_AT_RESOLVE_H

#include <netdb.h>

#include "gateway/base/loop.h"

struct resolve {
	struct loop_timer timer;
	struct resolve_job *job; /* NULL: nothing is asked */
	int64_t deadline;
	void (*done)(void *arg, const struct addrinfo *found, const char *why);
	void *arg;
};

/* `done` comes from the loop, once a start: addresses borrowed for the call, or NULL and
 * a sentence. */
void resolve_init(struct resolve *r, struct loop *loop,
	void (*done)(void *arg, const struct addrinfo *found, const char *why),
	void *arg);
void resolve_start(struct resolve *r, const char *host, const char *service);
/* Nothing is called any more. A job that cannot be stopped is forgotten, and freed when a
 * later call finds it done. */
void resolve_stop(struct resolve *r);

#endif
