#include "gateway/core/queue.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/core/consent.h"
#include "gateway/core/dispatch.h"
#include "gateway/core/facts.h"
#include "gateway/core/inbox.h"

#define WINDOW  32
#define WAKE    128               /* in one tick, and no longer than this: */
#define STRETCH (2 * 1000 * 1000) /* ns; a reply passes through several ticks */
#define YIELDS  8                 /* times in a row that waking stands back for a reply */
#define SWEEP   (15 * SECOND)
#define SOON    MINUTE /* a retry due before that still holds back its successor */

struct ahead {
	uint64_t route;
	struct queue_entry entries[WINDOW];
	size_t count;
	bool complete; /* the store holds no ready row of this route beyond the entries */
};

struct queue {
	struct core *core;
	struct ahead windows[CONFIG_CHANNELS + 1]; /* [0]: any channel */
	struct loop_timer wake, sweep;
	struct facts_cache cache; /* of those that wake in one tick */
	int yields;
};

static struct ahead *
ahead_for(struct queue *q, uint64_t route)
{
	if (!route)
		return &q->windows[0];
	for (size_t i = 1; i <= CONFIG_CHANNELS; i++) {
		struct ahead *w = &q->windows[i];
		if (!w->route)
			w->route = route;
		if (w->route == route)
			return w;
	}
	return NULL; /* a channel that is no longer configured */
}

static bool
before(const struct queue_entry *a, const struct queue_entry *b)
{
	return a->priority != b->priority ? a->priority < b->priority : a->id < b->id;
}

/* Keeps the window sorted; what falls off its end is still in the store. */
static void
ahead_insert(struct ahead *w, const struct queue_entry *e)
{
	size_t at = 0;
	while (at < w->count && before(&w->entries[at], e))
		at++;
	if (at < w->count && w->entries[at].id == e->id)
		return;
	if (at == w->count && (!w->complete || w->count == WINDOW)) {
		w->complete = false;
		return;
	}
	if (w->count == WINDOW) {
		w->count--;
		w->complete = false;
	}
	memmove(&w->entries[at + 1], &w->entries[at], (w->count - at) * sizeof(*e));
	w->entries[at] = *e;
	w->count++;
}

static void
ahead_drop(struct ahead *w, uint64_t id)
{
	for (size_t i = 0; i < w->count; i++) {
		if (w->entries[i].id != id)
			continue;
		memmove(&w->entries[i], &w->entries[i + 1],
			(w->count - i - 1) * sizeof(w->entries[0]));
		w->count--;
		return;
	}
}

static void
ahead_fill(struct queue *q, struct ahead *w)
{
	if (w->count || w->complete)
		return;
	w->count = messages_ready(q->core->db, w->route, w->entries, WINDOW);
	w->complete = w->count < WINDOW;
}

void
queue_settle(struct queue *q, uint64_t contact)
{
	struct queue_entry e;
	uint64_t route = 0;
	e.id = messages_settle(
		q->core->db, contact, core_now(q->core) + SOON, &route, &e.priority);
	struct ahead *w = e.id ? ahead_for(q, route) : NULL;
	if (!w)
		return;
	ahead_insert(w, &e);
	dispatch_wanted(q->core);
}

void
queue_take(struct queue *q, struct message *m)
{
	bool ready = message_requeue(
		q->core->db, m, core_now(q->core) + SOON, core_now(q->core));
	struct ahead *w = ahead_for(q, m->route);
	if (!ready) {
		queue_settle(q, m->contact);
	} else if (w) {
		ahead_insert(w, &(struct queue_entry){m->id, (int)m->cls});
		dispatch_wanted(q->core);
	}
}

/* One that stays ready because its channel is down looks the same from here: hence the
 * count. */
bool
queue_yields(struct queue *q, int *yields)
{
	const struct ahead *any = &q->windows[0];
	bool urgent = inbox_busy(q->core);
	for (size_t i = 0; i <= CONFIG_CHANNELS && !urgent; i++) {
		const struct ahead *w = &any[i];
		urgent = w->count && w->entries[0].priority <= CLASS_REPLY;
	}
	if (!urgent || *yields >= YIELDS) {
		*yields = 0;
		return false;
	}
	++*yields;
	return true;
}

bool
queue_peek(struct queue *q, uint64_t channel, struct queue_entry *ret)
{
	struct ahead *own = ahead_for(q, channel), *any = &q->windows[0];
	const struct queue_entry *best = NULL;
	ahead_fill(q, any);
	if (any->count)
		best = &any->entries[0];
	if (own) {
		ahead_fill(q, own);
		if (own->count && (!best || before(&own->entries[0], best)))
			best = &own->entries[0];
	}
	if (best)
		*ret = *best;
	return best != NULL;
}

void
queue_drop(struct queue *q, uint64_t channel, uint64_t message)
{
	ahead_drop(&q->windows[0], message);
	struct ahead *own = ahead_for(q, channel);
	if (own)
		ahead_drop(own, message);
}

void
queue_grown(struct queue *q)
{
	for (size_t i = 0; i <= CONFIG_CHANNELS; i++) {
		q->windows[i].count = 0;
		q->windows[i].complete = false;
	}
	dispatch_wanted(q->core);
}

void
queue_reload(struct queue *q)
{
	queue_grown(q);
	queue_alarm(q);
}

/* ---- held messages wake, late ones expire ---- */

void
queue_alarm(struct queue *q)
{
	int64_t due = messages_next_due(q->core->db);
	if (!due) {
		loop_timer_stop(&q->wake);
		return;
	}
	int64_t wait = due - core_now(q->core);
	loop_timer_in(&q->wake, MAX(wait, 0));
}

/* How long a piece of work takes: by the machine's clock, also where a test's stands
 * still. */
static int64_t
stopwatch(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
on_wake(void *arg)
{
	struct queue *q = arg;
	uint64_t ids[WAKE];
	if (q->core->store_sick)
		return;
	if (queue_yields(q, &q->yields)) {
		loop_timer_in(&q->wake, 1);
		return;
	}
	size_t n = messages_due(q->core->db, core_now(q->core), ids, WAKE), i = 0;
	facts_cache_reset(&q->cache, q->core);
	for (int64_t end = stopwatch() + STRETCH; i < n && stopwatch() < end; i++)
		dispatch_wake(q->core, ids[i], &q->cache);
	/* At eight o'clock thousands wake: a moment between the batches lets replies
	 * through. */
	if (n == WAKE || i < n)
		loop_timer_in(&q->wake, 1);
	else
		queue_alarm(q);
}

/* Also the moment to notice that the clock on the wall was put right: no timer knows. */
static void
on_sweep(void *arg)
{
	struct queue *q = arg;
	uint64_t ids[WAKE];
	loop_timer_in(&q->sweep, SWEEP);
	if (q->core->store_sick)
		return;
	queue_alarm(q);
	dispatch_wanted(q->core);
	consent_sweep(q->core);
	size_t n = messages_overdue(q->core->db, core_now(q->core), ids, WAKE);
	for (size_t i = 0; i < n; i++)
		dispatch_overdue(q->core, ids[i]);
	if (n == WAKE)
		loop_timer_in(&q->sweep, 1);
}

struct queue *
queue_new(struct core *core)
{
	struct queue *q = xcalloc(1, sizeof(*q));
	q->core = core;
	loop_timer_init(&q->wake, core->loop, on_wake, q);
	loop_timer_init(&q->sweep, core->loop, on_sweep, q);
	loop_timer_in(&q->sweep, 0);
	queue_alarm(q);
	return q;
}

void
queue_free(struct queue *q)
{
	if (!q)
		return;
	loop_timer_stop(&q->wake);
	loop_timer_stop(&q->sweep);
	facts_cache_done(&q->cache);
	free(q);
}
