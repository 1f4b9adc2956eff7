#include "gateway/core/hooks.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/core/providers.h"
#include "gateway/net/sign.h"
#include "gateway/store/providers.h"

#define STARTS    3
#define BATCH     16
#define SAME_SPAN (3 * DAY)
#define SWEEP     MINUTE

struct hooks {
	struct core *core;
	struct loop_timer sweep;
	bool posted;
	uint64_t counted;   /* its start is durable */
	uint64_t left_over; /* the newest an earlier life left, 0 none any more */
};

static void work(void *arg);

static void
post(struct hooks *h)
{
	if (h->posted)
		return;
	h->posted = true;
	loop_post(h->core->loop, work, h);
}

void
hooks_wake(struct core *core)
{
	post(core->hooks);
}

/* ---- staging ---- */

bool
channel_hook(struct channel *ch, const void *bytes, size_t len)
{
	struct core *core = ch->core;
	struct strbuf md AUTO(strbuf_done) = STRBUF_INIT(64);
	struct strbuf hex AUTO(strbuf_done) = STRBUF_INIT(128);
	if (len > PROVIDER_CALL_MOST)
		return false;
	sign_digest(SIGN_SHA256, bytes, len, &md);
	sign_hex(&hex, md.s, md.len);
	int64_t now = core_now(core);
	if (!provider_call_insert(core->db, core_id(core), ch->row.id, now,
		    now - SAME_SPAN, hex.s, bytes, len))
		return true;
	core->tick_staged = true;
	FAULT("hooks.staged");
	post(core->hooks);
	return true;
}

/* ---- reading ---- */

static void
set_aside(struct core *core, const struct provider_call *h, const char *state,
	const char *why)
{
	provider_call_finish(core->db, h->id, state, why);
	core_event(core,
		&(struct event){.name = !strcmp(state, "unread") ? "arrival.undecodable"
								 : "arrival.quarantined",
			.channel = h->channel,
			.detail = why});
}

static void
read_one(struct core *core, const struct provider_call *h)
{
	struct channel *ch = channel_by_id(core, h->channel);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	FAULT("hooks.reading");
	db_savepoint(core->db);
	if (!ch || !ch->driver || !ch->config->ops->interpret) {
		set_aside(core, h, "unread", "its channel is no longer configured");
	} else if (ch->config->ops->interpret(
			   ch->driver, h->bytes.s, h->bytes.len, &err)) {
		provider_call_finish(core->db, h->id, "done", "");
	} else {
		set_aside(core, h, "unread", err.s);
	}
	if (!db_poisoned(core->db)) {
		db_savepoint_keep(core->db);
		FAULT("hooks.read");
		return;
	}
	strbuf_set(&err, "%s", db_error(core->db));
	db_savepoint_undo(core->db);
	set_aside(core, h, "quarantined", err.s);
}

/* What an earlier life left is read one by one, each start counted durably before. */
static bool
left_over(struct hooks *hooks, const struct provider_call *h)
{
	struct core *core = hooks->core;
	if (h->at > (int64_t)hooks->left_over || hooks->counted == h->id)
		return false;
	if (h->starts >= STARTS - 1) {
		set_aside(core, h, "quarantined", "reading it ended the program twice");
	} else {
		provider_call_start(core->db, h->id);
		hooks->counted = h->id;
		core->tick_staged = true;
	}
	return true;
}

static void
work(void *arg)
{
	struct hooks *hooks = arg;
	struct core *core = hooks->core;
	struct provider_call h;
	hooks->posted = false;
	if (core->store_sick)
		return;
	if (core->tick_staged) {
		post(hooks);
		return;
	}
	uint64_t after = 0;
	for (int i = 0; i < BATCH && provider_call_next(core->db, after, &h); i++) {
		after = h.id;
		bool counting = left_over(hooks, &h);
		if (!counting)
			read_one(core, &h);
		provider_call_done(&h);
		if (counting || i == BATCH - 1) {
			post(hooks);
			return;
		}
	}
}

/* ---- life ---- */

static void
on_sweep(void *arg)
{
	struct hooks *h = arg;
	loop_timer_in(&h->sweep, SWEEP);
	if (!h->core->store_sick)
		providers_sweep(h->core);
}

struct hooks *
hooks_new(struct core *core)
{
	struct hooks *h = xcalloc(1, sizeof(*h));
	h->core = core;
	h->left_over = (uint64_t)core_now(core);
	loop_timer_init(&h->sweep, core->loop, on_sweep, h);
	loop_timer_in(&h->sweep, SWEEP);
	return h;
}

void
hooks_free(struct hooks *h)
{
	if (!h)
		return;
	loop_timer_stop(&h->sweep);
	loop_forget(h->core->loop, h);
	free(h);
}
