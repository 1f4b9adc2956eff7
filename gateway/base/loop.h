/* The event loop: libuv underneath, and on top the one rule the house is built on.
 *
 * A tick is a transaction. Everything one turn of the loop causes is committed together,
 * just before the loop waits for the world again and just after the world has answered
 * (uv_prepare and uv_check). What cannot be taken back (bytes that make a modem send, a
 * reply that says "accepted") is registered as an *effect* and runs only after that
 * commit.
 *
 * The loop does not know what a store is: it calls the `commit` it was given. Timers run
 * under any clock; under a simulated one loop_run_until() jumps from deadline to
 * deadline.
 *
 * Single-threaded: every function here belongs to the thread that runs the loop, except
 * what mailbox.h offers. Nothing is ever freed inside its own callback: closing is safe
 * anywhere. */
#ifndef MALGIL_BASE_LOOP_H
#define MALGIL_BASE_LOOP_H

#include "gateway/base/clock.h"

struct loop;

/* `clock` is borrowed for the life of the loop. */
struct loop *loop_new(const struct clock *clock);
void loop_free(struct loop *loop);
const struct clock *loop_clock(const struct loop *loop);

/* Runs until loop_stop(). loop_turn() makes one turn, waiting for nothing: it returns
 * true when something ran. loop_run_until() needs a simulated clock: it turns the loop
 * and jumps the clock from timer to timer until `sim` reaches `mono`. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
bool loop_turn(struct loop *loop);
void loop_run_until(struct loop *loop, struct clock_sim *sim, int64_t mono);

/* ---- the tick ---- */

/* Called at the end of every tick. `commit` returns 0 when whatever the tick wrote is
 * durable (or when it wrote nothing); any other value means it was rolled back. `failed`
 * follows the dropped effects of a tick that could not be committed. */
struct loop_tick {
	int (*commit)(void *arg);
	void (*failed)(void *arg);
	void *arg;
};
void loop_on_tick(struct loop *loop, const struct loop_tick *tick);

/* Runs `fn(arg, true)` after the commit of the tick this is called in, in order of
 * registration; `fn(arg, false)` when that tick was rolled back. An effect never writes
 * to the store. An effect registered by an effect belongs to the next tick. */
void
loop_after_commit(struct loop *loop, void (*fn)(void *arg, bool committed), void *arg);

/* Runs `fn(arg)` in the next tick. At most 256 posted units make one tick, for about as
 * long as the last commit took (0.3 to 5 ms); the rest waits for the one after, so long
 * work never starves the wire. */
void loop_post(struct loop *loop, void (*fn)(void *arg), void *arg);

/* Forgets every effect and posted unit whose `arg` is `arg`, without calling them. */
void loop_forget(struct loop *loop, const void *arg);

/* ---- timers ---- */

/* Lives inside its owner; zeroed memory is a stopped timer. */
struct loop_timer {
	struct loop *loop;
	void (*fn)(void *arg);
	void *arg;
	int64_t deadline; /* mono */
	size_t slot;      /* place in the heap + 1, 0 when stopped */
};
void loop_timer_init(
	struct loop_timer *t, struct loop *loop, void (*fn)(void *arg), void *arg);
void loop_timer_at(struct loop_timer *t, int64_t mono); /* also moves a running timer */
void loop_timer_in(struct loop_timer *t, int64_t ms);
void loop_timer_stop(struct loop_timer *t);
static inline bool
loop_timer_active(const struct loop_timer *t)
{
	return t->slot != 0;
}

/* ---- file descriptors ---- */

enum {
	LOOP_READ = 1,
	LOOP_WRITE = 2,
	LOOP_HANGUP = 4, /* reported only: the other side is gone or the descriptor is in
			    error */
};

struct loop_watch;

/* Watches `fd` (which stays the caller's) for the given events until loop_watch_close().
 */
struct loop_watch *loop_watch_open(struct loop *loop, int fd, unsigned events,
	void (*fn)(void *arg, unsigned events), void *arg);
void loop_watch_events(struct loop_watch *w, unsigned events);
/* Stops watching at once; the caller may close `fd` right after. NULL is allowed. */
void loop_watch_close(struct loop_watch *w);

/* Calls `fn` in the loop when the signal arrives. At most 8 signals. */
void loop_on_signal(struct loop *loop, int signum, void (*fn)(void *arg), void *arg);

#endif
