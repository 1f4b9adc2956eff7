/* Inside of push: what its files share. */
#ifndef MALGIL_API_PUSH_INSIDE_H
#define MALGIL_API_PUSH_INSIDE_H

#include "gateway/api/push.h"
#include "gateway/net/http.h"

#define PUSH_HEADERS  8
#define PUSH_FLIGHTS  48
#define PUSH_LANES    (CONFIG_HOOKS + 1)
#define PUSH_HOST     128
#define PUSH_ANSWER   (64 * 1024)
#define PUSH_PATIENCE (2 * DAY)
#define PUSH_DONE     32
#define PUSH_DONE_MS  20

/* One request, ready to go. */
struct push_call {
	const char *method;
	struct strbuf url, body;
	struct strbuf headers[PUSH_HEADERS];
	size_t header_count;
	bool outside;
	int64_t timeout;
};
void push_call_init(struct push_call *call);
void push_call_done(struct push_call *call);
void push_header(struct push_call *call, const char *fmt, ...) PRINTF_LIKE(2, 3);

struct push_lane {
	struct hook_row row;
	const struct config_hook *config; /* NULL: the callbacks */
	int64_t pending;                  /* at least so many wait */
	unsigned flying;
	bool more; /* there may be more events right now */
	/* Delivered, and not written down yet: a commit for each would make the disk the
	 * pace. What a crash forgets of them is sent again. */
	struct delivery done[PUSH_DONE];
	size_t done_count;
};

struct push_flight {
	struct push *push;
	struct push_lane *lane;
	struct delivery delivery;
	struct push_call call;
	struct http_call *http; /* NULL until it is launched */
	int64_t began;
	bool used;
	char host[PUSH_HOST];
};

struct push {
	struct core *core;
	struct http *outside, *inside; /* made when first needed */
	struct push_lane lanes[PUSH_LANES];
	size_t lane_count; /* the last one is the callbacks' */
	struct push_flight flights[PUSH_FLIGHTS];
	size_t flying;
	struct push_host { /* hosts that do not answer, for callbacks alone */
		char name[PUSH_HOST];
		int failures;
		int64_t until; /* wall */
	} hosts[64];
	struct push_test { /* somebody waits for what becomes of a test; arg NULL: free */
		uint64_t delivery;
		void (*done)(void *arg, const struct delivery *d);
		void *arg;
	} tests[8];
	struct loop_timer timer, purge, flush;
	bool woken;     /* a pump is posted */
	bool settling;  /* an effect is registered */
	bool callbacks; /* somebody may want to be called back */
};

static inline struct push_lane *
push_callbacks_lane(struct push *push)
{
	return &push->lanes[push->lane_count - 1];
}

/* push.c: the cursors and the order */
void push_wake(struct push *push);
void push_pump(struct push *push);
/* The tick has written, or wants something launched: after its commit. */
void push_changed(struct push *push);

void push_tested(struct push *push, const struct delivery *d);

/* Writes down what was delivered by a lane. */
void push_flush(struct push *push, struct push_lane *lane);

/* push_flight.c: the tries. What is reserved in a tick is launched after its commit. */
enum push_reserved {
	PUSH_RESERVED,
	PUSH_GONE,  /* there is nothing to tell of any more: the delivery was ended */
	PUSH_LATER, /* no room now */
};
/* Callbacks alone: with PUSH_LATER `ret_until` is when its host may be asked again, 0:
 * when one of those under way comes back. */
enum push_reserved push_reserve(struct push *push, struct push_lane *lane,
	const struct delivery *d, int64_t *ret_until);
void push_launch(struct push *push);
/* Forgets what was reserved in a tick that was lost. */
void push_unreserve(struct push *push);
bool push_flies(const struct push *push, uint64_t delivery);

/* push_say.c: what is said. 0, or -ENOENT when there is nothing to tell of any more. */
int push_compose(struct push *push, const struct push_lane *lane,
	const struct delivery *d, struct push_call *ret) MUST_USE;
/* Appends one delivery's JSON for an event. */
int push_event_json(struct core *core, const char *hook, const struct delivery *d,
	struct strbuf *ret) MUST_USE;

#endif
