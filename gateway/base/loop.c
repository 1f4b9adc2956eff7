#include "gateway/base/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define TICK_UNITS  256
#define TICK_NS_MIN UINT64_C(300000)
#define TICK_NS_MAX UINT64_C(5000000)
#define SIGNALS     8

struct effect {
	void (*fn)(void *arg, bool committed);
	void *arg;
};

struct unit {
	void (*fn)(void *arg);
	void *arg;
};

/* A growing array used as a queue: read from `head`, rewound when empty. */
struct queue {
	void *items;
	size_t head, count, cap;
};

struct signal_hook {
	uv_signal_t uv;
	void (*fn)(void *arg);
	void *arg;
};

struct loop {
	uv_loop_t uv;
	uv_prepare_t prepare;
	uv_check_t check;
	uv_idle_t idle;   /* active while posted units wait, so that the poll does not */
	uv_timer_t alarm; /* armed for the earliest of `heap` */
	const struct clock *clock;
	struct loop_tick tick;
	struct queue effects, running, units;
	struct loop_timer **heap;
	size_t timers, heap_cap;
	struct signal_hook signals[SIGNALS];
	size_t signal_count;
	uint64_t commit_ns; /* what the last commit of something took */
	bool worked;        /* something ran since loop_turn() began */
	bool firing;        /* in on_alarm(): libuv asks no more before it returns */
	bool stopping;
};

struct loop_watch {
	uv_poll_t uv;
	void (*fn)(void *arg, unsigned events);
	void *arg;
	int events; /* as libuv knows them; 0 before the first */
	bool closed;
};

/* ---- queues ---- */

static void *
queue_push(struct queue *q, size_t size)
{
	if (q->count == q->cap) {
		q->cap = q->cap ? q->cap * 2 : 64;
		q->items = xrealloc(q->items, q->cap * size);
	}
	return (char *)q->items + size * q->count++;
}

static void
queue_rewind(struct queue *q)
{
	if (q->head == q->count)
		q->head = q->count = 0;
}

/* ---- the tick ---- */

static void
run_effects(struct loop *loop, bool committed)
{
	struct queue batch = loop->effects;
	loop->effects = loop->running;
	loop->running = batch;
	struct queue *run = &loop->running;
	for (; run->head < run->count; run->head++) {
		struct effect e = ((struct effect *)run->items)[run->head];
		if (e.fn)
			e.fn(e.arg, committed);
	}
	queue_rewind(run);
}

/* Returns whether effects ran: what they caused is the next tick's. */
static bool
end_tick(struct loop *loop)
{
	uint64_t before = uv_hrtime();
	bool committed = !loop->tick.commit || loop->tick.commit(loop->tick.arg) == 0;
	bool any = loop->effects.count > 0;
	if (any) {
		loop->commit_ns = uv_hrtime() - before;
		loop->worked = true;
		run_effects(loop, committed);
	}
	if (!committed && loop->tick.failed)
		loop->tick.failed(loop->tick.arg);
	return any;
}

static void on_idle(uv_idle_t *h);

/* What effects caused must not wait for the world: an active idle handle keeps the poll
 * that follows from blocking, and uv_check ends that tick. */
static void
on_prepare(uv_prepare_t *h)
{
	struct loop *loop = h->data;
	if (end_tick(loop))
		uv_idle_start(&loop->idle, on_idle);
}

static void
on_check(uv_check_t *h)
{
	end_tick(h->data);
}

static void
on_idle(uv_idle_t *h)
{
	struct loop *loop = h->data;
	struct queue *q = &loop->units;
	/* As long as a commit takes: on a quick disk the wire hardly waits for long work,
	 * on a slow one the work still gets half of the time. */
	uint64_t span = MIN(MAX(loop->commit_ns, TICK_NS_MIN), TICK_NS_MAX);
	uint64_t stop = uv_hrtime() + span;
	for (size_t n = 0; n < TICK_UNITS && q->head < q->count; n++) {
		struct unit u = ((struct unit *)q->items)[q->head++];
		if (!u.fn)
			continue;
		loop->worked = true;
		u.fn(u.arg);
		if (uv_hrtime() > stop)
			break;
	}
	queue_rewind(q);
	if (!q->count && !loop->effects.count)
		uv_idle_stop(&loop->idle);
}

void
loop_after_commit(struct loop *loop, void (*fn)(void *arg, bool committed), void *arg)
{
	struct effect *e = queue_push(&loop->effects, sizeof(*e));
	*e = (struct effect){fn, arg};
}

void
loop_post(struct loop *loop, void (*fn)(void *arg), void *arg)
{
	struct unit *u = queue_push(&loop->units, sizeof(*u));
	*u = (struct unit){fn, arg};
	uv_idle_start(&loop->idle, on_idle);
}

void
loop_forget(struct loop *loop, const void *arg)
{
	struct queue *queues[] = {&loop->effects, &loop->running};
	for (size_t k = 0; k < ARRAY_LEN(queues); k++) {
		struct effect *e = queues[k]->items;
		for (size_t i = queues[k]->head; i < queues[k]->count; i++)
			if (e[i].arg == arg)
				e[i].fn = NULL;
	}
	struct unit *u = loop->units.items;
	for (size_t i = loop->units.head; i < loop->units.count; i++)
		if (u[i].arg == arg)
			u[i].fn = NULL;
}

void
loop_on_tick(struct loop *loop, const struct loop_tick *tick)
{
	loop->tick = *tick;
}

/* ---- timers: a binary heap over the handed-in clock, one uv timer for its top ---- */

static void
heap_put(struct loop *loop, size_t i, struct loop_timer *t)
{
	loop->heap[i] = t;
	t->slot = i + 1;
}

static void
heap_up(struct loop *loop, size_t i)
{
	struct loop_timer *t = loop->heap[i];
	while (i && loop->heap[(i - 1) / 2]->deadline > t->deadline) {
		heap_put(loop, i, loop->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	heap_put(loop, i, t);
}

static void
heap_down(struct loop *loop, size_t i)
{
	struct loop_timer *t = loop->heap[i];
	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= loop->timers)
			break;
		if (child + 1 < loop->timers &&
			loop->heap[child + 1]->deadline < loop->heap[child]->deadline)
			child++;
		if (loop->heap[child]->deadline >= t->deadline)
			break;
		heap_put(loop, i, loop->heap[child]);
		i = child;
	}
	heap_put(loop, i, t);
}

static void
heap_remove(struct loop *loop, struct loop_timer *t)
{
	size_t i = t->slot - 1;
	struct loop_timer *last = loop->heap[--loop->timers];
	t->slot = 0;
	if (last == t)
		return;
	heap_put(loop, i, last);
	heap_up(loop, i);
	heap_down(loop, last->slot - 1);
}

/* Fires timers that are due, a tick's worth at most: one that sets itself again for "now"
 * must not keep the loop from everything else. */
static void
fire_due(struct loop *loop)
{
	int64_t now = clock_mono(loop->clock);
	for (size_t n = 0; n < TICK_UNITS; n++) {
		if (!loop->timers || loop->heap[0]->deadline > now)
			break;
		struct loop_timer *t = loop->heap[0];
		heap_remove(loop, t);
		loop->worked = true;
		t->fn(t->arg);
	}
}

static void arm(struct loop *loop);

static void
arm_later(void *arg)
{
	arm(arg);
}

/* libuv calls a timer that is due again at once, as often as that happens, and comes to
 * nothing else: not to the commit that such a timer may be waiting for. What is due after
 * a tick's worth waits for the next turn. */
static void
on_alarm(uv_timer_t *h)
{
	struct loop *loop = h->data;
	loop->firing = true;
	fire_due(loop);
	loop->firing = false;
	if (loop->timers && loop->heap[0]->deadline <= clock_mono(loop->clock))
		loop_post(loop, arm_later, loop);
	else
		arm(loop);
}

static void
arm(struct loop *loop)
{
	if (loop->clock != clock_real())
		return; /* a simulated clock moves in loop_run_until() alone */
	if (loop->firing)
		return; /* on_alarm() will */
	if (!loop->timers) {
		uv_timer_stop(&loop->alarm);
		return;
	}
	int64_t wait = loop->heap[0]->deadline - clock_mono(loop->clock);
	uv_update_time(&loop->uv);
	uv_timer_start(&loop->alarm, on_alarm, wait > 0 ? (uint64_t)wait : 0, 0);
}

void
loop_timer_init(struct loop_timer *t, struct loop *loop, void (*fn)(void *arg), void *arg)
{
	*t = (struct loop_timer){.loop = loop, .fn = fn, .arg = arg};
}

void
loop_timer_at(struct loop_timer *t, int64_t mono)
{
	struct loop *loop = t->loop;
	bool was_first = t->slot == 1;
	if (t->slot)
		heap_remove(loop, t);
	if (loop->timers == loop->heap_cap) {
		loop->heap_cap = loop->heap_cap ? loop->heap_cap * 2 : 64;
		loop->heap = xrealloc(loop->heap, loop->heap_cap * sizeof(*loop->heap));
	}
	t->deadline = mono;
	heap_put(loop, loop->timers++, t);
	heap_up(loop, t->slot - 1);
	if (t->slot == 1 || was_first)
		arm(loop);
}

void
loop_timer_in(struct loop_timer *t, int64_t ms)
{
	loop_timer_at(t, clock_mono(t->loop->clock) + ms);
}

void
loop_timer_stop(struct loop_timer *t)
{
	if (!t->slot)
		return;
	bool was_first = t->slot == 1;
	heap_remove(t->loop, t);
	if (was_first)
		arm(t->loop);
}

/* ---- descriptors and signals ---- */

static void
on_poll(uv_poll_t *h, int status, int events)
{
	struct loop_watch *w = h->data;
	struct loop *loop = h->loop->data;
	unsigned seen = status < 0 ? LOOP_HANGUP : 0;
	if (status < 0)
		w->events = 0; /* libuv has stopped watching */
	if (events & UV_READABLE)
		seen |= LOOP_READ;
	if (events & UV_WRITABLE)
		seen |= LOOP_WRITE;
	if (events & UV_DISCONNECT)
		seen |= LOOP_HANGUP;
	loop->worked = true;
	if (!w->closed)
		w->fn(w->arg, seen);
}

struct loop_watch *
loop_watch_open(struct loop *loop, int fd, unsigned events,
	void (*fn)(void *arg, unsigned events), void *arg)
{
	struct loop_watch *w = xcalloc(1, sizeof(*w));
	w->fn = fn;
	w->arg = arg;
	if (uv_poll_init(&loop->uv, &w->uv, fd) != 0)
		abort(); /* not a pollable descriptor: a bug of the caller */
	w->uv.data = w;
	loop_watch_events(w, events);
	return w;
}

void
loop_watch_events(struct loop_watch *w, unsigned events)
{
	int uv = UV_DISCONNECT;
	if (events & LOOP_READ)
		uv |= UV_READABLE;
	if (events & LOOP_WRITE)
		uv |= UV_WRITABLE;
	if (uv == w->events)
		return; /* libuv would tell the kernel to forget it and to watch it again
			 */
	w->events = uv;
	uv_poll_start(&w->uv, uv, on_poll);
}

static void
free_watch(uv_handle_t *h)
{
	free(h->data);
}

void
loop_watch_close(struct loop_watch *w)
{
	if (!w || w->closed)
		return;
	w->closed = true;
	uv_poll_stop(&w->uv);
	uv_close((uv_handle_t *)&w->uv, free_watch);
}

static void
on_signal(uv_signal_t *h, int signum)
{
	struct signal_hook *hook = h->data;
	(void)signum;
	hook->fn(hook->arg);
}

void
loop_on_signal(struct loop *loop, int signum, void (*fn)(void *arg), void *arg)
{
	if (loop->signal_count == SIGNALS)
		abort();
	struct signal_hook *hook = &loop->signals[loop->signal_count++];
	hook->fn = fn;
	hook->arg = arg;
	uv_signal_init(&loop->uv, &hook->uv);
	hook->uv.data = hook;
	uv_signal_start(&hook->uv, on_signal, signum);
	uv_unref((uv_handle_t *)&hook->uv);
}

/* ---- life ---- */

struct loop *
loop_new(const struct clock *clock)
{
	struct loop *loop = xcalloc(1, sizeof(*loop));
	if (uv_loop_init(&loop->uv) != 0)
		abort();
	loop->uv.data = loop;
	loop->clock = clock;
	uv_prepare_init(&loop->uv, &loop->prepare);
	uv_check_init(&loop->uv, &loop->check);
	uv_idle_init(&loop->uv, &loop->idle);
	uv_timer_init(&loop->uv, &loop->alarm);
	loop->prepare.data = loop->check.data = loop->idle.data = loop->alarm.data = loop;
	uv_prepare_start(&loop->prepare, on_prepare);
	uv_check_start(&loop->check, on_check);
	return loop;
}

static void
close_leftover(uv_handle_t *h, void *arg)
{
	(void)arg;
	if (!uv_is_closing(h))
		uv_close(h, h->type == UV_POLL ? free_watch : NULL);
}

void
loop_free(struct loop *loop)
{
	uv_walk(&loop->uv, close_leftover, NULL);
	while (uv_run(&loop->uv, UV_RUN_NOWAIT))
		;
	uv_loop_close(&loop->uv);
	free(loop->effects.items);
	free(loop->running.items);
	free(loop->units.items);
	free(loop->heap);
	free(loop);
}

const struct clock *
loop_clock(const struct loop *loop)
{
	return loop->clock;
}

void
loop_run(struct loop *loop)
{
	loop->stopping = false;
	while (!loop->stopping)
		uv_run(&loop->uv, UV_RUN_ONCE);
}

void
loop_stop(struct loop *loop)
{
	loop->stopping = true;
	uv_stop(&loop->uv);
}

bool
loop_turn(struct loop *loop)
{
	loop->worked = false;
	uv_run(&loop->uv, UV_RUN_NOWAIT);
	if (loop->clock != clock_real())
		fire_due(loop);
	end_tick(loop);
	return loop->worked || loop->units.count || loop->effects.count;
}

void
loop_run_until(struct loop *loop, struct clock_sim *sim, int64_t mono)
{
	for (;;) {
		while (loop_turn(loop))
			;
		int64_t next = loop->timers ? loop->heap[0]->deadline : mono;
		if (next >= mono)
			break;
		if (next > sim->mono)
			clock_sim_advance(sim, next - sim->mono);
	}
	if (mono > sim->mono)
		clock_sim_advance(sim, mono - sim->mono);
	while (loop_turn(loop))
		;
}
