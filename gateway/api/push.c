#include "gateway/api/push_inside.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/kannel.h"
#include "gateway/api/twilio.h"
#include "gateway/base/fault.h"
#include "gateway/base/log.h"

#define WINDOW        128 /* deliveries of a webhook made ahead */
#define CALLBACKS_FLY 24
#define RETRY_SICK    SECOND
#define PURGE_EVERY   (10 * MINUTE)
#define PURGE_ROWS    200
#define KEEP_DONE     (7 * DAY)
#define KEEP_ANY      (30 * DAY)

/* ---- waking ---- */

static void
pump_posted(void *arg)
{
	struct push *push = arg;
	push->woken = false;
	push_pump(push);
}

void
push_wake(struct push *push)
{
	if (push->woken)
		return;
	push->woken = true;
	loop_post(push->core->loop, pump_posted, push);
}

static void reload(struct push *push);

static void
settled(void *arg, bool committed)
{
	struct push *push = arg;
	push->settling = false;
	if (committed) {
		push_launch(push);
		return;
	}
	/* What was written is gone, so what is remembered of it is not true. */
	push_unreserve(push);
	reload(push);
	loop_timer_in(&push->timer, RETRY_SICK);
}

void
push_changed(struct push *push)
{
	if (push->settling)
		return;
	push->settling = true;
	loop_after_commit(push->core->loop, settled, push);
}

void
push_event(struct core *core, const struct event *e)
{
	struct push *push = core->push;
	(void)e;
	if (push && (push->lane_count > 1 || push->callbacks))
		push_wake(push);
}

void
push_callback(struct core *core, const struct callback *callback)
{
	callback_insert(core->db, callback);
	if (core->push)
		core->push->callbacks = true;
}

/* ---- from events to deliveries ---- */

static void
add(struct push *push, struct push_lane *lane, struct delivery *d, int64_t since)
{
	int64_t now = core_now(push->core);
	d->id = core_id(push->core);
	d->hook = lane->row.id;
	d->due = now;
	d->until = MAX(since, now - PUSH_PATIENCE) + PUSH_PATIENCE;
	delivery_insert(push->core->db, d);
	lane->pending++;
}

static bool
expand_received(struct push *push, struct push_lane *lane, const struct hook_event *e)
{
	const struct config_hooks *hooks = &push->core->config->hooks;
	bool any = false;
	for (size_t i = 0; i < hooks->account_count; i++) {
		const struct config_account *a = &hooks->accounts[i];
		struct delivery d = {.kind = DELIVERY_TWILIO_INBOUND,
			.event = e->id,
			.message = e->message,
			.subject = e->contact};
		if (!twilio_listens(push->core, a, e->channel))
			continue;
		snprintf(d.account, sizeof(d.account), "%s", a->sid);
		add(push, lane, &d, e->at);
		any = true;
	}
	return any;
}

static bool
expand_callback(struct push *push, struct push_lane *lane, const struct hook_event *e)
{
	struct callback c;
	if (strncmp(e->name, "message.", 8) != 0)
		return false;
	if (!strcmp(e->name, "message.received"))
		return expand_received(push, lane, e);
	if (!push->callbacks || !callback_load(push->core->db, e->message, &c) ||
		!*c.url ||
		!(c.kannel ? kannel_wants(&c, e->name) : twilio_wants(e->name)))
		return false;
	struct delivery d = {.kind = c.kannel ? DELIVERY_KANNEL : DELIVERY_TWILIO_STATUS,
		.event = e->id,
		.message = e->message,
		.subject = e->message};
	snprintf(d.account, sizeof(d.account), "%s", c.account);
	add(push, lane, &d, e->at);
	return true;
}

static bool
expand_hook(
	struct push *push, struct push_lane *lane, const struct hook_event *e, bool again)
{
	struct delivery d = {.kind = DELIVERY_EVENT,
		.event = e->id,
		.message = e->message,
		.subject = lane->row.id};
	if (!config_events_match(lane->config->events, e->name))
		return false;
	add(push, lane, &d, again ? core_now(push->core) : e->at);
	return true;
}

/* A cursor that passed over nothing of interest need not be written: going over it again
 * after a crash changes nothing. */
static void
expand(struct push *push, struct push_lane *lane)
{
	static struct hook_event events[HOOK_FEW];
	struct hook_row *row = &lane->row;
	bool again = row->replay_to > row->replay_at, any = again;
	uint64_t *cursor = again ? &row->replay_at : &row->cursor;
	lane->more = false;
	if (row->disabled || (lane->config && lane->pending >= WINDOW))
		return;
	size_t n = hook_events(push->core->db, *cursor,
		again ? row->replay_to : (uint64_t)INT64_MAX, events, HOOK_FEW);
	for (size_t i = 0; i < n; i++)
		any |= lane->config ? expand_hook(push, lane, &events[i], again)
				    : expand_callback(push, lane, &events[i]);
	if (n)
		*cursor = events[n - 1].id;
	else if (again)
		row->replay_at = row->replay_to = 0;
	lane->more = n == HOOK_FEW || again;
	if (!any && n < HOOK_FEW)
		return;
	hook_save(push->core->db, row);
	push_changed(push);
}

/* ---- from deliveries to tries ---- */

static void
sooner(int64_t *next, int64_t at)
{
	if (at && (!*next || at < *next))
		*next = at;
}

void
push_flush(struct push *push, struct push_lane *lane)
{
	if (!lane->done_count)
		return;
	for (size_t i = 0; i < lane->done_count; i++)
		delivery_save(push->core->db, &lane->done[i]);
	hook_save(push->core->db, &lane->row);
	lane->done_count = 0;
	push_changed(push);
}

static void
on_flush(void *arg)
{
	struct push *push = arg;
	for (size_t i = 0; i < push->lane_count; i++)
		push_flush(push, &push->lanes[i]);
}

/* The first in line that is not done. What is done is written down when the line is at
 * its end. */
static bool
next_head(struct push *push, struct push_lane *lane, struct delivery *ret)
{
	size_t n = lane->done_count;
	uint64_t after = n ? lane->done[n - 1].id : 0;
	if (lane->pending > 0 && delivery_head(push->core->db, lane->row.id, after, ret))
		return true;
	push_flush(push, lane);
	if (!n || lane->pending <= 0)
		lane->pending = 0;
	return n && delivery_head(push->core->db, lane->row.id, 0, ret);
}

/* One at a time: what is behind the first waits for it. */
static void
pick_head(struct push *push, struct push_lane *lane, int64_t now, int64_t *next)
{
	struct delivery d;
	while (!lane->flying && !lane->row.disabled && next_head(push, lane, &d)) {
		if (d.due > now) {
			sooner(next, d.due);
			return;
		}
		if (push_reserve(push, lane, &d, NULL) == PUSH_LATER)
			return;
	}
}

static void
pick_one(struct push *push, struct push_lane *lane, struct delivery *d)
{
	int64_t until = 0;
	if (push_reserve(push, lane, d, &until) != PUSH_LATER || !until)
		return;
	d->due = until; /* out of the way of the others, no try counted */
	delivery_save(push->core->db, d);
	push_changed(push);
}

static void
pick_many(struct push *push, struct push_lane *lane, int64_t now, int64_t *next)
{
	static struct delivery ready[HOOK_FEW];
	if (lane->pending <= 0)
		return;
	size_t n = deliveries_ready(push->core->db, lane->row.id, now, ready, HOOK_FEW);
	for (size_t i = 0; i < n && lane->flying < CALLBACKS_FLY; i++)
		if (!push_flies(push, ready[i].id))
			pick_one(push, lane, &ready[i]);
	int64_t due = deliveries_next_due(push->core->db, lane->row.id);
	if (due > now)
		sooner(next, due);
	else if (n == HOOK_FEW && !lane->flying)
		lane->more = true;
	if (!due)
		lane->pending = 0;
}

void
push_pump(struct push *push)
{
	int64_t now = core_now(push->core), next = 0;
	bool more = false;
	if (push->core->store_sick) {
		loop_timer_in(&push->timer, RETRY_SICK);
		return;
	}
	for (size_t i = 0; i < push->lane_count; i++) {
		struct push_lane *lane = &push->lanes[i];
		expand(push, lane);
		if (lane->config)
			pick_head(push, lane, now, &next);
		else
			pick_many(push, lane, now, &next);
		more |= lane->more;
		if (lane->done_count && !loop_timer_active(&push->flush))
			loop_timer_in(&push->flush, PUSH_DONE_MS);
	}
	if (more)
		push_wake(push);
	if (next)
		loop_timer_in(&push->timer, MAX(next - now, 1));
}

static void
on_timer(void *arg)
{
	push_pump(arg);
}

static void
on_purge(void *arg)
{
	struct push *push = arg;
	struct core *core = push->core;
	int64_t now = core_now(core);
	uint64_t oldest = (uint64_t)MAX(now - KEEP_ANY, 0) << 20;
	int n = 0;
	if (!core->store_sick && !core->low_disk) {
		n = deliveries_purge(core->db, now - KEEP_DONE, oldest, PURGE_ROWS);
		n = MAX(n, callbacks_purge(core->db, oldest, PURGE_ROWS));
	}
	loop_timer_in(&push->purge, n >= PURGE_ROWS ? SECOND : PURGE_EVERY);
}

/* ---- life ---- */

/* The row of a webhook, made when it is new; one whose url changed is enabled again. */
static void
open_lane(struct push *push, const char *name, const char *url)
{
	struct core *core = push->core;
	struct push_lane *lane = &push->lanes[push->lane_count++];
	struct hook_row *row = &lane->row;
	if (!hook_load(core->db, name, row)) {
		*row = (struct hook_row){
			.id = core_id(core), .cursor = hooks_newest_event(core->db)};
		snprintf(row->name, sizeof(row->name), "%s", name);
		snprintf(row->url, sizeof(row->url), "%s", url);
		hook_insert(core->db, row);
	} else if (strcmp(row->url, url) != 0) {
		snprintf(row->url, sizeof(row->url), "%s", url);
		row->disabled = false;
		row->why[0] = '\0';
		hook_save(core->db, row);
	}
	lane->pending = deliveries_count(core->db, row->id, DELIVERY_PENDING);
	lane->more = true;
}

static void
reload(struct push *push)
{
	for (size_t i = 0; i < push->lane_count; i++) {
		struct push_lane *lane = &push->lanes[i];
		if (!hook_load(push->core->db, lane->row.name, &lane->row))
			continue; /* it was made in the lost tick */
		lane->pending =
			deliveries_count(push->core->db, lane->row.id, DELIVERY_PENDING);
	}
}

void
push_start(struct core *core)
{
	const struct config_hooks *hooks = &core->config->hooks;
	struct push *push = xcalloc(1, sizeof(*push));
	push->core = core;
	loop_timer_init(&push->timer, core->loop, on_timer, push);
	loop_timer_init(&push->purge, core->loop, on_purge, push);
	loop_timer_init(&push->flush, core->loop, on_flush, push);
	for (size_t i = 0; i < hooks->hook_count; i++) {
		open_lane(push, hooks->hooks[i].name, hooks->hooks[i].url);
		push->lanes[i].config = &hooks->hooks[i];
	}
	open_lane(push, PUSH_CALLBACKS, "");
	push->callbacks = callbacks_any(core->db);
	for (size_t i = 0; i < hooks->account_count; i++)
		push->callbacks |= hooks->accounts[i].sms_url != NULL;
	core->push = push;
	push_wake(push);
	loop_timer_in(&push->purge, MINUTE);
}

void
push_stop(struct core *core)
{
	struct push *push = core->push;
	if (!push)
		return;
	on_flush(push);
	core->push = NULL;
	loop_timer_stop(&push->timer);
	loop_timer_stop(&push->purge);
	loop_timer_stop(&push->flush);
	loop_forget(core->loop, push);
	http_free(push->outside);
	http_free(push->inside);
	for (size_t i = 0; i < PUSH_FLIGHTS; i++)
		if (push->flights[i].used)
			push_call_done(&push->flights[i].call);
	free(push);
}

/* ---- what people do ---- */

static struct push_lane *
find(struct core *core, const char *name, struct strbuf *err)
{
	struct push *push = core->push;
	for (size_t i = 0; push && i < push->lane_count; i++) {
		if (strcmp(push->lanes[i].row.name, name) != 0)
			continue;
		push_flush(push, &push->lanes[i]);
		return &push->lanes[i];
	}
	strbuf_set(err, "there is no webhook '%.64s' in the configuration", name);
	return NULL;
}

int
push_test(struct core *core, const char *name,
	void (*done)(void *arg, const struct delivery *d), void *arg, struct strbuf *err)
{
	struct push_lane *lane = find(core, name, err);
	struct push_test *t = NULL;
	if (!lane)
		return -ENOENT;
	if (!lane->config) {
		strbuf_set(err, "callbacks have no address of their own to be tested");
		return -EPERM;
	}
	for (size_t i = 0; i < ARRAY_LEN(core->push->tests); i++)
		if (!core->push->tests[i].arg)
			t = &core->push->tests[i];
	if (!t) {
		strbuf_set(err, "many are being tested already; try again");
		return -EBUSY;
	}
	struct delivery d = {.kind = DELIVERY_TEST, .subject = lane->row.id};
	add(core->push, lane, &d, core_now(core));
	*t = (struct push_test){d.id, done, arg};
	push_changed(core->push);
	if (push_reserve(core->push, lane, &d, NULL) == PUSH_LATER)
		push_wake(core->push);
	return 0;
}

void
push_tested(struct push *push, const struct delivery *d)
{
	for (size_t i = 0; i < ARRAY_LEN(push->tests); i++) {
		struct push_test t = push->tests[i];
		if (!t.arg || t.delivery != d->id)
			continue;
		push->tests[i].arg = NULL;
		t.done(t.arg, d);
	}
}

void
push_test_forget(struct core *core, const void *arg)
{
	for (size_t i = 0; core->push && i < ARRAY_LEN(core->push->tests); i++)
		if (core->push->tests[i].arg == arg)
			core->push->tests[i].arg = NULL;
}

int
push_replay(struct core *core, const char *name, uint64_t from, uint64_t to,
	struct strbuf *err)
{
	struct push_lane *lane = find(core, name, err);
	uint64_t newest = hooks_newest_event(core->db);
	if (!lane)
		return -ENOENT;
	struct hook_row *row = &lane->row;
	if (!lane->config) {
		strbuf_set(err, "callbacks are repeated one by one, by their id");
		return -EPERM;
	}
	if (row->replay_to > row->replay_at) {
		strbuf_set(err, "a replay up to event %" PRIu64 " is under way",
			row->replay_to);
		return -EBUSY;
	}
	/* What the cursor has not reached yet is told anyway. */
	uint64_t last = MIN(to ? to : newest, row->cursor);
	if (!from || from > last) {
		strbuf_set(err, "there is nothing to replay from %" PRIu64 " to %" PRIu64,
			from, last);
		return -EINVAL;
	}
	row->replay_at = from - 1;
	row->replay_to = last;
	hook_save(core->db, row);
	push_changed(core->push);
	push_wake(core->push);
	return 0;
}

int
push_again(struct core *core, const char *name, uint64_t id, int *ret, struct strbuf *err)
{
	struct push_lane *lane = find(core, name, err);
	int64_t now = core_now(core);
	struct delivery d;
	if (!lane)
		return -ENOENT;
	if (!id) {
		*ret = deliveries_revive(
			core->db, lane->row.id, now, now + PUSH_PATIENCE, 1000);
	} else if (!delivery_load(core->db, id, &d) || d.hook != lane->row.id) {
		strbuf_set(err, "'%s' has no delivery %" PRIu64, name, id);
		return -ENOENT;
	} else if (d.state == DELIVERY_PENDING) {
		strbuf_set(err, "delivery %" PRIu64 " has not ended yet", id);
		return -EBUSY;
	} else {
		d.state = DELIVERY_PENDING;
		d.tries = 0;
		d.due = now;
		d.until = now + PUSH_PATIENCE;
		d.done_at = 0;
		delivery_save(core->db, &d);
		*ret = 1;
	}
	lane->pending += *ret;
	push_changed(core->push);
	push_wake(core->push);
	return 0;
}

int
push_skip(struct core *core, const char *name, struct strbuf *err)
{
	struct push_lane *lane = find(core, name, err);
	struct delivery d;
	if (!lane)
		return -ENOENT;
	if (!lane->config || !delivery_head(core->db, lane->row.id, 0, &d)) {
		strbuf_set(err, "nothing of '%s' waits in line", name);
		return -EINVAL;
	}
	if (push_flies(core->push, d.id)) {
		strbuf_set(err, "delivery %" PRIu64 " is being tried right now", d.id);
		return -EBUSY;
	}
	d.state = DELIVERY_DEAD;
	d.done_at = core_now(core);
	delivery_save(core->db, &d);
	lane->pending = MAX(lane->pending - 1, 0);
	push_changed(core->push);
	push_wake(core->push);
	return 0;
}

/* Whoever enables it has just mended the other side: no pause is waited out. */
static void
hurry(struct core *core, struct push_lane *lane)
{
	struct delivery d;
	if (!lane->config || !delivery_head(core->db, lane->row.id, 0, &d) ||
		push_flies(core->push, d.id))
		return;
	d.due = core_now(core);
	delivery_save(core->db, &d);
}

int
push_enable(struct core *core, const char *name, bool enabled, struct strbuf *err)
{
	struct push_lane *lane = find(core, name, err);
	if (!lane)
		return -ENOENT;
	lane->row.disabled = !enabled;
	snprintf(lane->row.why, sizeof(lane->row.why), "%s",
		enabled ? "" : "a person disabled it");
	hook_save(core->db, &lane->row);
	if (enabled)
		hurry(core, lane);
	push_changed(core->push);
	push_wake(core->push);
	return 0;
}
