#include "gateway/core/keep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/base/iso.h"
#include "gateway/base/log.h"
#include "gateway/core/dispatch.h"
#include "gateway/core/erase.h"
#include "gateway/core/owner.h"
#include "gateway/core/pause.h"
#include "gateway/store/copy.h"
#include "gateway/store/instance.h"
#include "gateway/store/key.h"
#include "gateway/store/keeplog.h"
#include "gateway/store/meta.h"
#include "gateway/store/restore.h"
#include "gateway/store/vault.h"
#include "gateway/text/zone.h"

#define LOOK       MINUTE
#define NIGHT_HOUR 3
#define RETRY      HOUR
#define OLD        (50 * HOUR) /* two nights without a good copy */

struct keep {
	struct core *core;
	struct reader *thread; /* NULL: no folder */
	struct loop_timer timer;
	struct copy_progress progress;
	bool copying, logging, log_wanted, poked;
	int64_t good, tried;
	int64_t waits;
	struct strbuf why, log_why, key_why, key_beside;
};

/* One errand of the thread, with all it needs to know. */
struct errand {
	struct keep *keep;
	char *folder, id[INSTANCE_ID];
	int64_t now;
	bool copy;
	struct copy_progress *progress;
	struct copy_report report;
	size_t dropped;
	int result, lines;
	struct strbuf err;
	bool key_there; /* older programs laid a copy of it beside the backups */
	struct strbuf key_path;
};

/* ---- in the thread ---- */

static void
copy(struct db *db, struct errand *e)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	vault_path(e->folder, e->id, e->now, VAULT_COPY, &path);
	struct copy_wish wish = {path.s, "backup", e->now, e->progress};
	e->result = store_copy(db, &wish, &e->report, &e->err);
	if (e->result)
		return;
	/* what was agreed while it was copied is in the new log */
	e->lines = keeplog_write(db, e->folder, e->id, e->now, true, &e->err);
	e->result = MIN(e->lines, 0);
	(void)!instance_note(db, e->folder, e->now);
	FAULT("backup.before_rotation");
	e->dropped = vault_rotate(e->folder, e->id);
}

static void
run_errand(struct db *db, void *arg)
{
	struct errand *e = arg;
	if (!db) {
		e->result = -EIO;
		strbuf_set(&e->err, "the store cannot be read");
		return;
	}
	e->key_there = store_key_beside_backups(e->folder, e->id, &e->key_path);
	if (e->copy) {
		copy(db, e);
		return;
	}
	e->lines = keeplog_write(db, e->folder, e->id, e->now, false, &e->err);
	e->result = MIN(e->lines, 0);
}

static void
free_errand(void *arg)
{
	struct errand *e = arg;
	free(e->folder);
	strbuf_done(&e->key_path);
	strbuf_done(&e->err);
	free(e);
}

/* ---- back in the loop ---- */

static void write_log(struct keep *k);

/* Once a day is enough to say the same. */
static void
alarm_owner(struct keep *k, const char *key, const char *text)
{
	struct core *core = k->core;
	int64_t day =
		(core_now(core) + zone_offset(core->config->zone, core_now(core))) / DAY;
	if (meta_number(core->db, key) == day)
		return;
	meta_set_number(core->db, key, day);
	owner_alert(core, text);
}

static void
copied(struct keep *k, const struct errand *e)
{
	struct strbuf said AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct core *core = k->core;
	k->copying = false;
	strbuf_set(&k->why, "%s", e->err.s);
	if (!e->result) {
		k->good = e->now;
		meta_set_number(core->db, "backup.good", e->now);
		meta_drop(core->db, "backup.alarm");
		strbuf_printf(&said,
			"%" PRId64 " MiB, %" PRId64 " contacts, %" PRId64 " messages",
			e->report.bytes >> 20, e->report.contacts, e->report.messages);
		core_event(
			core, &(struct event){.name = "backup.made", .detail = said.s});
	} else if (e->result != -ECANCELED) {
		core_event(core,
			&(struct event){.name = "backup.failed", .detail = e->err.s});
		strbuf_printf(&said, "The backup failed: %s", e->err.s);
		alarm_owner(k, "backup.alarm", said.s);
	}
}

static void
logged(struct keep *k, const struct errand *e)
{
	bool was_good = !k->log_why.len;
	k->logging = false;
	strbuf_set(&k->log_why, "%s", e->result ? e->err.s : "");
	if (e->result && was_good)
		core_event(k->core,
			&(struct event){.name = "backup.log_failed", .detail = e->err.s});
	if (k->log_wanted && !e->result)
		write_log(k);
}

static void
errand_done(void *arg)
{
	struct errand *e = arg;
	struct keep *k = e->keep;
	if (e->copy)
		copied(k, e);
	else
		logged(k, e);
	strbuf_set(&k->key_beside, "%s", e->key_there ? e->key_path.s : "");
	free_errand(e);
}

static int
send_out(struct keep *k, bool copy_too)
{
	struct core *core = k->core;
	struct errand *e = xcalloc(1, sizeof(*e));
	*e = (struct errand){.keep = k,
		.folder = xstrdup(core->config->owner_backup),
		.now = core_now(core),
		.copy = copy_too,
		.progress = &k->progress,
		.key_path = STRBUF_INIT(4096),
		.err = STRBUF_SENTENCE};
	instance_id(core->db, e->id);
	int r = reader_submit(k->thread, run_errand, errand_done, free_errand, e);
	if (r)
		free_errand(e);
	return r;
}

/* ---- the log ---- */

static void
write_log(struct keep *k)
{
	k->log_wanted = k->logging;
	if (!k->logging)
		k->logging = send_out(k, false) == 0;
}

static void
poke(void *arg)
{
	struct keep *k = arg;
	k->poked = false;
	write_log(k);
}

/* An effect may not write, and what makes the instance's id may: so a tick later. */
static void
after_commit(void *arg, bool committed)
{
	struct keep *k = arg;
	if (committed)
		loop_post(k->core->loop, poke, k);
	else
		k->poked = false;
}

void
keep_event(struct core *core, const struct event *e)
{
	struct keep *k = core->keep;
	if (!k || !k->thread || k->poked ||
		(strncmp(e->name, "consent.", 8) != 0 &&
			strcmp(e->name, "contact.forgotten") != 0))
		return;
	k->poked = true;
	loop_after_commit(core->loop, after_commit, k);
}

/* ---- the copies ---- */

int
keep_backup(struct core *core, struct strbuf *err)
{
	struct keep *k = core->keep;
	if (!k->thread) {
		strbuf_set(err,
			"no folder for backups is configured: set owner.backup in "
			"malgil.cfg");
		return -ENOENT;
	}
	if (k->copying)
		return 0;
	k->tried = core_now(core);
	atomic_store(&k->progress.done, 0);
	atomic_store(&k->progress.total, 0);
	int r = send_out(k, true);
	k->copying = r == 0;
	if (r)
		strbuf_set(err, "too much is waiting to be read; try again");
	return r;
}

static void
back_up_at_night(struct keep *k)
{
	struct core *core = k->core;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	int64_t now = core_now(core), local = now + zone_offset(core->config->zone, now);
	int64_t night = local / DAY * DAY + NIGHT_HOUR * HOUR - (local - now);
	if (now >= night && k->good < night && now - k->tried >= RETRY)
		(void)!keep_backup(core, &err);
}

static void
watch_age(struct keep *k)
{
	struct core *core = k->core;
	char when[ISO_MAX];
	struct strbuf text AUTO(strbuf_done) = STRBUF_SENTENCE;
	int64_t since = meta_number(core->db, "backup.since"), now = core_now(core);
	if (!since)
		meta_set_number(core->db, "backup.since", since = now);
	if (now - MAX(k->good, since) < OLD)
		return;
	iso_format(k->good, zone_offset(core->config->zone, k->good), when);
	strbuf_printf(&text, "The last good backup is from %.10s. %s",
		k->good ? when : "never",
		k->why.len ? k->why.s : "Is the disk for backups there?");
	alarm_owner(k, "backup.old", text.s);
}

/* Each week again, for as long as it is so. */
static void
alarm_of_key(struct keep *k, const char *text)
{
	int64_t now = core_now(k->core);
	if (now - meta_number(k->core->db, "key.alarm") < 7 * DAY)
		return;
	meta_set_number(k->core->db, "key.alarm", now);
	core_event(k->core, &(struct event){.name = "key.trouble", .detail = text});
	owner_alert(k->core, text);
}

static void
watch_key(struct keep *k)
{
	struct core *core = k->core;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	int r = erase_key_ready(core, &err);
	int64_t lost = store_key_given_up(core->db);
	char when[ISO_MAX];
	strbuf_reset(&k->key_why);
	if (r) {
		strbuf_puts(&k->key_why, err.s);
	} else if (lost) {
		iso_format(lost, zone_offset(core->config->zone, lost), when);
		strbuf_printf(&k->key_why,
			"Restored without its key on %.10s: who was forgotten before is "
			"not recognised when they come back. If the key turns up: malgil "
			"restore --key CODE",
			when);
	} else if (k->key_beside.len) {
		strbuf_printf(&k->key_why,
			"%s is a copy of the key beside the backups, which together tell "
			"who was forgotten. Write it down (malgil backup key), then "
			"delete that file",
			k->key_beside.s);
	}
	if (k->key_why.len)
		alarm_of_key(k, k->key_why.s);
	else if (meta_number(core->db, "key.alarm"))
		meta_drop(core->db, "key.alarm");
}

static void
on_timer(void *arg)
{
	struct keep *k = arg;
	struct core *core = k->core;
	loop_timer_in(&k->timer, LOOK);
	if (core->store_sick || core->draining)
		return;
	watch_key(k);
	if (!k->thread)
		return;
	back_up_at_night(k);
	watch_age(k);
	write_log(k); /* the stick may be back */
}

/* ---- waiting for the owner ---- */

int64_t
keep_waits(const struct core *core)
{
	return core->keep ? core->keep->waits : 0;
}

bool
keep_confirm(struct core *core, const char *who)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (!restore_waits(core->db))
		return false;
	if (db_number(core->db, 0,
		    "SELECT 1 FROM pauses WHERE what = 'class:marketing' AND agent = "
		    "'restore'",
		    ""))
		(void)!pause_lift(core, "class:marketing", who, &err);
	restore_confirm(core->db);
	core->keep->waits = 0;
	core_event(core, &(struct event){.name = "store.confirmed", .detail = who});
	dispatch_wanted(core);
	return true;
}

/* ---- life ---- */

void
keep_state(struct core *core, struct keep_state *ret)
{
	struct keep *k = core->keep;
	*ret = (struct keep_state){.running = k->copying,
		.done = atomic_load(&k->progress.done),
		.total = atomic_load(&k->progress.total),
		.good = k->good,
		.tried = k->tried,
		.why = k->why.len ? k->why.s : "",
		.log = k->log_why.len ? k->log_why.s : "",
		.key = k->key_why.len ? k->key_why.s : ""};
}

struct keep *
keep_new(struct core *core)
{
	struct keep *k = xcalloc(1, sizeof(*k));
	k->core = core;
	strbuf_init(&k->why, 1024);
	strbuf_init(&k->log_why, 1024);
	strbuf_init(&k->key_why, 8192);
	strbuf_init(&k->key_beside, 4096);
	k->good = meta_number(core->db, "backup.good");
	k->waits = restore_waits(core->db);
	watch_key(k);
	if (k->waits)
		log_event(LOG_WARN, "store.restored",
			LOG_TEXT("why", "promotions and clocks wait for: malgil restore "
					"--confirm"));
	if (core->config->owner_backup)
		k->thread = reader_new(core->loop, core->config->store);
	loop_timer_init(&k->timer, core->loop, on_timer, k);
	loop_timer_in(&k->timer, LOOK);
	return k;
}

void
keep_free(struct keep *k)
{
	if (!k)
		return;
	atomic_store(&k->progress.stop, true);
	loop_timer_stop(&k->timer);
	loop_forget(k->core->loop, k);
	reader_free(k->thread);
	strbuf_done(&k->why);
	strbuf_done(&k->log_why);
	strbuf_done(&k->key_why);
	strbuf_done(&k->key_beside);
	free(k);
}
