#include "gateway/core/core.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "gateway/base/fault.h"
#include "gateway/base/log.h"
#include "gateway/core/almanac.h"
#include "gateway/core/channel_inside.h"
#include "gateway/core/dispatch.h"
#include "gateway/core/feed.h"
#include "gateway/core/handler.h"
#include "gateway/core/hooks.h"
#include "gateway/core/inbox.h"
#include "gateway/core/journal.h"
#include "gateway/core/keep.h"
#include "gateway/core/lookup.h"
#include "gateway/core/away.h"
#include "gateway/core/night.h"
#include "gateway/core/outcome.h"
#include "gateway/core/queue.h"
#include "gateway/core/router.h"
#include "gateway/core/tickets.h"
#include "gateway/store/attempts.h"
#include "gateway/store/ledger.h"

#define PROBE_EVERY SECOND
#define WATCH_EVERY (2 * SECOND)

/* ---- events ---- */

static enum log_level
level_of(const char *name)
{
	static const char *const loud[] = {"message.in_doubt", "message.failed",
		"arrival.undecodable", "arrival.quarantined", "channel.down",
		"channel.blocked", "channel.broken", "channel.sim_changed",
		"channel.not_adopted", "ticket.unclaimed", "ticket.late", "cloud.credit",
		"cloud.keys", "cloud.trouble"};
	for (size_t i = 0; i < ARRAY_LEN(loud); i++)
		if (!strcmp(loud[i], name))
			return LOG_WARN;
	return strncmp(name, "message.", 8) ? LOG_INFO : LOG_DEBUG;
}

void
core_event(struct core *core, const struct event *e)
{
	struct event_row row = {.id = core_id(core),
		.at = core_now(core),
		.name = e->name,
		.message = e->message,
		.contact = e->contact,
		.channel = e->channel,
		.detail = e->detail,
		.ticket = e->ticket};
	event_append(core->db, &row);
	feed_moved(core);
	outcome_event(core, e);
	keep_event(core, e);
	for (size_t i = 0; handlers[i].name; i++)
		if (handlers[i].event)
			handlers[i].event(core, e);
	enum log_level level = level_of(e->name);
	if (!log_enabled(level))
		return;
	const struct channel *ch = e->channel ? channel_by_id(core, e->channel) : NULL;
	struct log_field fields[5];
	size_t n = 0;
	if (ch)
		fields[n++] = LOG_TEXT("channel", ch->row.name);
	if (e->message)
		fields[n++] = LOG_ID("id", e->message);
	if (e->ticket)
		fields[n++] = LOG_ID("ticket", e->ticket);
	if (e->detail && *e->detail)
		fields[n++] = LOG_TEXT("why", e->detail);
	log_line(level, e->name, fields, n);
}

/* ---- the tick's commit, and its loss ---- */

void
core_keep_result(struct core *core, uint64_t attempt, const struct outcome *o)
{
	if (core->kept_count == ARRAY_LEN(core->kept))
		return; /* the attempt is in doubt then, which is true */
	struct kept_result *k = &core->kept[core->kept_count++];
	*k = (struct kept_result){
		attempt, o->reference, o->what == SEND_SENT, o->what != SEND_UNKNOWN, ""};
	snprintf(k->id, sizeof(k->id), "%s", o->id ? o->id : "");
}

/* What no waiting heals. Every promise from here on would be a lie, so the program ends,
 * with a sentence. */
static void
ruin(struct core *core, int r)
{
	if (r != -EBADMSG && r != -ESTALE)
		return;
	core->store_ruined = true;
	if (r == -ESTALE)
		strbuf_set(&core->store_trouble,
			"%s was removed or replaced while it was in use; put the file "
			"back, or restore the newest backup",
			db_path(core->db));
	else
		strbuf_puts(&core->store_trouble,
			"; keep a copy of the file and of the one with -wal beside it, "
			"then: malgil restore --recover, or malgil restore with the "
			"newest backup");
}

/* Nothing but another tick, whose commit pumps. */
static void
pump_again(void *arg)
{
	(void)arg;
}

static int
commit(void *arg)
{
	struct core *core = arg;
	/* A driver that refuses at once frees its channel for the next: a few rounds. */
	for (int i = 0; i < 4 && core->pump_wanted && !core->store_sick; i++)
		dispatch_pump_all(core);
	if (core->pump_wanted && !core->store_sick)
		loop_post(core->loop, pump_again, core);
	for (size_t i = 0; i < core->channel_count && !core->store_sick; i++)
		channel_flush(core->channels[i]);
	if (core->store_sick) {
		db_rollback(core->db); /* a stray write while sick is not a promise */
		return -EIO;
	}
	struct strbuf why = STRBUF_SENTENCE;
	int poisoned = db_poisoned(core->db);
	if (poisoned)
		strbuf_set(&why, "%s", db_error(core->db));
	int r = -ESTALE;
	if (db_in_transaction(core->db) && !db_present(core->db))
		db_rollback(core->db);
	else
		r = db_commit(core->db);
	if (r)
		strbuf_set(
			&core->store_trouble, "%s", why.len ? why.s : db_error(core->db));
	ruin(core, r);
	if (!r) {
		core->kept_count = 0;
		inbox_committed(core);
	}
	core->tick_staged = false;
	strbuf_done(&why);
	return r;
}

/* Nothing in memory about the lost tick is true: everything above the store is read from
 * it again, once it can be written. */
static void
on_lost(void *arg)
{
	struct core *core = arg;
	if (core->store_sick)
		return;
	core->store_sick = true;
	log_event(LOG_ERROR, core->store_ruined ? "store.ruined" : "store.sick",
		LOG_TEXT("why", core->store_trouble.s));
	if (core->store_ruined)
		loop_stop(core->loop);
	for (size_t i = 0; i < core->channel_count; i++)
		channel_forget_work(core->channels[i]);
	loop_timer_in(&core->probe, PROBE_EVERY);
}

static void
apply_kept(struct core *core)
{
	size_t n = core->kept_count;
	for (size_t i = 0; i < n; i++) {
		const struct kept_result *k = &core->kept[i];
		if (k->sent && *k->id)
			attempt_set_provider(core->db, k->attempt, k->id);
		if (k->sent)
			journal_accepted(core, k->attempt, k->reference, "late-result");
		else if (k->known)
			journal_never_left(core, k->attempt, "late-result");
	}
}

/* The probe alone would not do: on a full disk a small commit may find room where the
 * rebuild does not. What is rebuilt is durable before anything acts on it, as after a
 * crash. */
static int
heal(struct core *core)
{
	int r = db_probe(core->db);
	if (r)
		return r;
	for (size_t i = 0; i < core->channel_count; i++)
		channel_forget_work(core->channels[i]);
	journal_recover(core);
	apply_kept(core);
	for (size_t i = 0; i < core->channel_count; i++)
		channel_flush(core->channels[i]);
	FAULT("core.healing");
	r = db_commit(core->db);
	FAULT("core.healed");
	return r;
}

static void
on_probe(void *arg)
{
	struct core *core = arg;
	int r = db_present(core->db) ? heal(core) : -ESTALE;
	if (r && !core->store_ruined) {
		strbuf_set(&core->store_trouble, "%s", db_error(core->db));
		ruin(core, r);
		if (core->store_ruined) {
			log_event(LOG_ERROR, "store.ruined",
				LOG_TEXT("why", core->store_trouble.s));
			loop_stop(core->loop);
		}
	}
	if (r) {
		loop_timer_in(&core->probe, PROBE_EVERY);
		return;
	}
	core->store_sick = false;
	core->kept_count = 0;
	log_event(LOG_INFO, "store.well", LOG_TEXT("path", db_path(core->db)));
	queue_reload(core->queue);
	tickets_alarm(core);
	inbox_resume(core);
	hooks_wake(core);
	/* What arrived meanwhile still lies on the SIMs: listing them again brings it in.
	 */
	for (size_t i = 0; i < core->channel_count; i++)
		channel_restart(core->channels[i]);
	dispatch_wanted(core);
}

/* ---- watching the disk ---- */

static void
on_watch(void *arg)
{
	struct core *core = arg;
	struct statvfs fs;
	loop_timer_in(&core->watch, WATCH_EVERY);
	almanac_look(core);
	if (!db_present(core->db) && !core->store_sick) {
		ruin(core, -ESTALE);
		on_lost(core);
	}
	if (statvfs(db_path(core->db), &fs) != 0)
		return;
	int64_t free_mib = (int64_t)(fs.f_bavail * (fs.f_frsize >> 10) >> 10);
	bool low = free_mib < core->config->store_reserve;
	if (low == core->low_disk)
		return;
	core->low_disk = low;
	log_event(low ? LOG_ERROR : LOG_INFO, low ? "store.disk_low" : "store.disk_well",
		LOG_INT("free_mib", free_mib));
	if (!low)
		dispatch_wanted(core);
}

/* ---- life ---- */

static int
open_channels(struct core *core, struct strbuf *err)
{
	for (size_t i = 0; i < core->config->channel_count; i++)
		if (!channel_open(core, &core->config->channels[i], err))
			return -EIO;
	return 0;
}

static int
open_drivers(struct core *core, struct strbuf *err)
{
	for (size_t i = 0; i < core->channel_count; i++) {
		struct channel *ch = core->channels[i];
		struct driver_env env = {.loop = core->loop,
			.channel = ch,
			.config = ch->config->node,
			.lock_dir = core->config->run_dir,
			.notes_dir = core->config->notes_dir,
			.public_url = core->config->api_public};
		ch->driver = ch->config->ops->open(&env, err);
		if (!ch->driver)
			return -EINVAL;
	}
	return 0;
}

/* The rebuild is one durable step before any driver may act on it. */
static int
recover(struct core *core, struct strbuf *err)
{
	ledger_started(core->db, core_now(core));
	journal_recover(core);
	inbox_recover(core);
	hooks_wake(core);
	for (size_t i = 0; i < core->channel_count; i++)
		channel_flush(core->channels[i]);
	FAULT("core.recovering");
	int poisoned = db_poisoned(core->db);
	int r = db_commit(core->db);
	if (r || poisoned)
		strbuf_set(err, "the store cannot be written: %s", db_error(core->db));
	FAULT("core.recovered");
	return r;
}

int
core_start(struct core *core, struct strbuf *err)
{
	strbuf_init(&core->store_trouble, 1024);
	ids_seen(&core->ids, ledger_newest_id(core->db));
	loop_timer_init(&core->probe, core->loop, on_probe, core);
	loop_timer_init(&core->watch, core->loop, on_watch, core);
	int r = open_channels(core, err);
	if (r)
		return r;
	core->queue = queue_new(core);
	core->inbox = inbox_new(core);
	core->hooks = hooks_new(core);
	core->router = router_new(core);
	core->lookups = lookups_new(core->loop, core->config->connectors,
		core->config->store, core->config->country);
	core->tickets = tickets_new(core);
	core->away = away_new(core);
	core->night = night_new(core);
	core->keep = keep_new(core);
	r = recover(core, err);
	if (r)
		return r;
	loop_on_tick(core->loop, &(struct loop_tick){commit, on_lost, core});
	on_watch(core);
	r = open_drivers(core, err);
	dispatch_wanted(core);
	return r;
}

bool
core_drained(struct core *core)
{
	core->draining = true;
	for (size_t i = 0; i < core->channel_count; i++)
		if (core->channels[i]->busy)
			return false;
	return true;
}

void
core_stop(struct core *core)
{
	FAULT("core.stopping");
	for (size_t i = 0; i < core->channel_count; i++) {
		channel_close(core->channels[i]);
		if (!core->store_sick)
			channel_flush(core->channels[i]);
	}
	if (!core->store_sick && core->db && db_commit(core->db) != 0)
		log_event(LOG_ERROR, "store.last_commit_failed",
			LOG_TEXT("why", db_error(core->db)));
	loop_on_tick(core->loop, &(struct loop_tick){0});
	loop_turn(core->loop); /* effects that still wait find their drivers gone */
	queue_free(core->queue);
	inbox_free(core->inbox);
	hooks_free(core->hooks);
	router_free(core->router);
	core->router = NULL;
	lookups_free(core->lookups);
	core->lookups = NULL;
	tickets_free(core->tickets);
	night_free(core->night);
	keep_free(core->keep);
	core->keep = NULL;
	away_free(core->away);
	core->away = NULL;
	loop_timer_stop(&core->probe);
	loop_timer_stop(&core->watch);
	for (size_t i = 0; i < core->channel_count; i++)
		channel_free(core->channels[i]);
	core->channel_count = 0;
	strbuf_done(&core->store_trouble);
}
