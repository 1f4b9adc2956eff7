#include "gateway/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/api/push.h"
#include "gateway/api/server.h"
#include "gateway/api/folders.h"
#include "gateway/api/sources.h"
#include "gateway/api/twilio.h"
#include "gateway/base/fault.h"
#include "gateway/base/log.h"
#include "gateway/base/supervisor.h"
#include "gateway/core/checkup.h"
#include "gateway/core/tickets.h"
#include "gateway/core/wal.h"
#include "gateway/outreach/campaign.h"
#include "gateway/store/instance.h"
#include "gateway/store/restore.h"
#include "gateway/verbs/verbs.h"
#include "dialogs/shell.h"

#define DRAIN_LIMIT (30 * SECOND)
#define DRAIN_LOOK  50
#define HOLD_LOOK   2
#define RETIRE_LOOK 200

extern const struct driver_ops driver_at, driver_cloud, driver_gammu;

const struct driver_ops *const drivers[] = {
	&driver_at, &driver_cloud, &driver_gammu, NULL};

const struct handler handlers[] = {
	{"blocked", handler_blocked},
	{"talking", handler_talking},
	{.name = "dialogs",
		.handle = dialogs_handle,
		.ticket = dialogs_ticket_event,
		.event = dialogs_event,
		.asks = dialogs_asks,
		.wish = dialogs_wish,
		.came_back = dialogs_came_back},
	{.name = "campaigns", .wish = campaigns_wish},
	{"twilio", twilio_handle, .event = push_event},
	{.name = "ticket", .handle = handler_ticket, .event = tickets_event},
	{NULL, NULL},
};

struct daemon {
	const char *config_path;
	struct config *config;
	struct loop *loop;
	struct core core;
	struct api *api;                      /* at the unix socket */
	struct api *network;                  /* NULL: none is listened on */
	struct strbuf network_is, network_at; /* what it was opened with, and where */
	struct api *retired;                  /* the one before, while it is in use */
	struct loop_timer retire;
	int64_t retired_until;
	struct wal *wal; /* NULL before the store is open */
	struct checkup *checkup;
	struct loop_timer drain, watchdog;
	int64_t drain_until;
	bool stopping, reloading;
	int exit_code;
};

/* ---- the supervisor ---- */

static void
tell(const char *state)
{
	int r = supervisor_tell(state);
	if (r < 0)
		log_event(
			LOG_WARN, "gateway.notify_failed", LOG_TEXT("why", strerror(-r)));
}

static void
on_watchdog(void *arg)
{
	struct daemon *d = arg;
	tell("WATCHDOG=1");
	loop_timer_in(&d->watchdog, supervisor_interval());
}

/* ---- the API on a network ---- */

static void
describe_file(const char *path, struct strbuf *ret)
{
	struct stat st = {0};
	if (path && stat(path, &st) == 0)
		strbuf_printf(ret, " %s %lld.%ld %lld", path,
			(long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
			(long long)st.st_size);
}

static void
describe_network(const struct config *config, struct strbuf *ret)
{
	strbuf_printf(ret, "%s %d", config->api_listen ? config->api_listen : "",
		(int)config->api_connections);
	describe_file(config->api_certificate, ret);
	describe_file(config->api_key, ret);
}

/* On `fd`, or (-1) where the configuration says. */
static int
open_network(struct daemon *d, int fd, struct strbuf *err)
{
	if (!d->config->api_listen)
		return 0;
	strbuf_reset(&d->network_is);
	describe_network(d->config, &d->network_is);
	strbuf_set(&d->network_at, "%s", d->config->api_listen);
	if (fd < 0)
		fd = api_listen_tcp(d->config->api_listen, err);
	int r = fd < 0 ? fd : api_start(&d->core, fd, &d->network, err);
	if (!r)
		log_event(LOG_INFO, "api.listening",
			LOG_TEXT("address", d->config->api_listen),
			LOG_TEXT("tls", d->config->api_certificate ? "yes" : "no"));
	return r;
}

/* Whoever was connected when the configuration changed has time to finish. */
static void
on_retire(void *arg)
{
	struct daemon *d = arg;
	bool late = clock_mono(loop_clock(d->loop)) >= d->retired_until;
	if (!late && !api_deserted(d->retired)) {
		loop_timer_in(&d->retire, RETIRE_LOOK);
		return;
	}
	api_stop(d->retired);
	d->retired = NULL;
}

/* The old one goes on for those who are connected. The address stays open without a
 * moment's gap when it is the same one. Returns its descriptor, -1 when there is none. */
static int
retire_network(struct daemon *d)
{
	if (!d->network)
		return -1;
	api_stop(d->retired);
	d->retired = d->network;
	d->network = NULL;
	d->retired_until = clock_mono(loop_clock(d->loop)) + DRAIN_LIMIT;
	api_release(d->retired);
	int fd = api_retire(d->retired);
	loop_timer_in(&d->retire, RETIRE_LOOK);
	if (d->config->api_listen && !strcmp(d->config->api_listen, d->network_at.s))
		return fd;
	close(fd);
	return -1;
}

/* With a new configuration: another address, another certificate. When it fails there is
 * a sentence, and the unix socket still answers. */
static void
reopen_network(struct daemon *d)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct strbuf now AUTO(strbuf_done) = STRBUF_INIT(16 * 1024);
	describe_network(d->config, &now);
	if (d->network && !strcmp(now.s, d->network_is.s))
		return;
	if (open_network(d, retire_network(d), &err) < 0)
		log_event(LOG_ERROR, "api.not_listening", LOG_TEXT("why", err.s));
}

/* ---- stopping and reloading ---- */

static int
begin(struct daemon *d, struct strbuf *err)
{
	d->core.loop = d->loop;
	d->core.clock = loop_clock(d->loop);
	d->core.config = d->config;
	d->core.draining = false;
	int r = core_start(&d->core, err);
	if (!r)
		r = dialogs_start(&d->core, err);
	if (!r) {
		campaigns_start(&d->core);
		push_start(&d->core);
		platforms_start(&d->core);
		folders_start(&d->core);
	}
	return r;
}

/* The whole new configuration was good; everything in flight has its result. */
static void
restart_core(struct daemon *d)
{
	struct config *fresh = NULL;
	struct strbuf err = STRBUF_SENTENCE;
	if (config_load(d->config_path, &fresh, &err) == 0) {
		folders_stop(&d->core);
		platforms_stop(&d->core);
		push_stop(&d->core);
		campaigns_stop(&d->core);
		dialogs_stop(&d->core);
		core_stop(&d->core);
		config_free(d->config);
		d->config = fresh;
	}
	d->reloading = false;
	if (!fresh) {
		log_event(LOG_ERROR, "gateway.reload_refused", LOG_TEXT("why", err.s));
		d->core.draining = false;
	} else if (begin(d, &err) < 0) {
		log_event(LOG_ERROR, "gateway.reload_failed", LOG_TEXT("why", err.s));
		d->exit_code = EXIT_REFUSED;
		loop_stop(d->loop);
	} else {
		log_event(LOG_INFO, "gateway.reloaded", LOG_TEXT("file", d->config_path));
	}
	strbuf_done(&err);
}

/* Nothing is being changed through the API, and nothing begins to be. */
static bool
hold_api(struct daemon *d)
{
	bool quiet = api_hold(d->api);
	quiet &= !d->retired || api_hold(d->retired);
	return (!d->network || api_hold(d->network)) && quiet;
}

static void
reload(struct daemon *d)
{
	restart_core(d);
	d->core.reloading = false;
	if (d->exit_code == EXIT_DONE)
		reopen_network(d);
	api_release(d->api);
	if (d->retired)
		api_release(d->retired);
	if (d->network)
		api_release(d->network);
}

static void
on_drain(void *arg)
{
	struct daemon *d = arg;
	bool late = clock_mono(loop_clock(d->loop)) >= d->drain_until;
	if (!core_drained(&d->core) && !late)
		loop_timer_in(&d->drain, DRAIN_LOOK);
	else if (d->stopping)
		loop_stop(d->loop);
	else if (!hold_api(d) && !late)
		loop_timer_in(&d->drain, HOLD_LOOK);
	else
		reload(d);
}

static void
start_drain(struct daemon *d)
{
	d->drain_until = clock_mono(loop_clock(d->loop)) + DRAIN_LIMIT;
	loop_timer_in(&d->drain, 0);
}

static void
on_terminate(void *arg)
{
	struct daemon *d = arg;
	if (d->stopping) {
		loop_stop(d->loop); /* asked twice: at once */
		return;
	}
	d->stopping = true;
	d->core.reloading = false;
	tell("STOPPING=1");
	log_event(LOG_INFO, "gateway.draining", LOG_TEXT("store", db_path(d->core.db)));
	start_drain(d);
}

static void
on_hangup(void *arg)
{
	struct daemon *d = arg;
	struct config *fresh;
	struct strbuf err = STRBUF_SENTENCE;
	if (d->stopping || d->reloading)
		return;
	if (config_load(d->config_path, &fresh, &err) < 0) {
		log_event(LOG_ERROR, "gateway.reload_refused", LOG_TEXT("why", err.s));
	} else if (strcmp(fresh->store, d->config->store) != 0 ||
		   strcmp(fresh->run_dir, d->config->run_dir) != 0) {
		log_event(LOG_ERROR, "gateway.reload_refused",
			LOG_TEXT("why", "store and run_dir change only with a restart"));
		config_free(fresh);
	} else {
		config_free(fresh);
		d->reloading = d->core.reloading = true;
		start_drain(d);
	}
	strbuf_done(&err);
}

/* ---- starting ---- */

static int
make_run_dir(const char *path, struct strbuf *err)
{
	if (mkdir(path, 0750) == 0 || errno == EEXIST)
		return 0;
	int r = -errno;
	strbuf_set(err, "run_dir %s cannot be made: %s", path, strerror(errno));
	return r;
}

static int
open_api(struct daemon *d, struct strbuf *err)
{
	char path[108];
	int r = config_socket_path(d->config, path, err);
	if (r < 0)
		return r;
	int fd = api_listen_unix(path, err);
	if (fd < 0)
		return fd;
	r = api_start(&d->core, fd, &d->api, err);
	if (!r && d->config->api_staff_group)
		r = api_share_unix(path, d->config->api_staff_group, err);
	return r ? r : open_network(d, -1, err);
}

static int
start(struct daemon *d, struct strbuf *err)
{
	enum log_level level = LOG_INFO;
	int r = config_load(d->config_path, &d->config, err);
	if (r)
		return r;
	if (log_level_parse(d->config->log_level, &level) == 0)
		log_open(stderr, level, clock_real());
	if (!strcmp(d->config->packs->dir, PACKS_BUILT_IN))
		log_event(LOG_WARN, "packs.built_in",
			LOG_TEXT("why",
				"no folder of packs is near the program: the ones it was "
				"built with hold; pack_dir = \"...\" names others"));
	r = make_run_dir(d->config->run_dir, err);
	if (!r)
		r = restore_finish(store_file(d->config->store), NULL, err);
	if (!r)
		r = db_open(d->config->store, DB_WRITER, &d->core.db, err);
	if (!r)
		r = instance_claim(d->core.db, d->config->run_dir,
			d->config->owner_backup, clock_wall(clock_real()), err);
	if (r)
		return r;
	d->core.reader = reader_new(d->loop, d->config->store);
	r = begin(d, err);
	if (!r)
		d->wal = wal_new(&d->core);
	if (!r)
		d->checkup = checkup_new(&d->core);
	if (!r)
		r = open_api(d, err);
	return r;
}

/* The API first: what arrives once the core is going could be answered, not kept. */
static void
stop(struct daemon *d)
{
	api_stop(d->retired);
	api_stop(d->network);
	api_stop(d->api);
	folders_stop(&d->core);
	platforms_stop(&d->core);
	push_stop(&d->core);
	campaigns_stop(&d->core);
	dialogs_stop(&d->core);
	if (d->core.queue)
		core_stop(&d->core);
	reader_free(d->core.reader);
	checkup_free(d->checkup);
	wal_free(d->wal);
	db_close(d->core.db);
	config_free(d->config);
}

int
daemon_serve(const char *config_path)
{
	struct daemon d = {.config_path = config_path,
		.exit_code = EXIT_DONE,
		.network_is = STRBUF_INIT(16 * 1024),
		.network_at = STRBUF_INIT(1024)};
	struct strbuf err = STRBUF_SENTENCE;
	d.loop = loop_new(clock_real());
	loop_timer_init(&d.drain, d.loop, on_drain, &d);
	loop_timer_init(&d.retire, d.loop, on_retire, &d);
	loop_timer_init(&d.watchdog, d.loop, on_watchdog, &d);
	loop_on_signal(d.loop, SIGTERM, on_terminate, &d);
	loop_on_signal(d.loop, SIGINT, on_terminate, &d);
	loop_on_signal(d.loop, SIGHUP, on_hangup, &d);
	if (start(&d, &err) < 0) {
		fprintf(stderr, "malgil serve: %s\n", err.s);
		d.exit_code = EXIT_REFUSED;
	} else {
		log_event(
			LOG_INFO, "gateway.ready", LOG_TEXT("store", db_path(d.core.db)));
		puts("gateway.ready");
		fflush(stdout);
		tell("READY=1");
		if (supervisor_interval())
			on_watchdog(&d);
		loop_run(d.loop);
		if (d.core.store_ruined) {
			fprintf(stderr, "malgil serve: %s\n", d.core.store_trouble.s);
			d.exit_code = EXIT_REFUSED;
		}
		log_event(LOG_INFO, "gateway.stopped",
			LOG_TEXT("store", db_path(d.core.db)));
	}
	stop(&d);
	loop_free(d.loop);
	strbuf_done(&d.network_is);
	strbuf_done(&d.network_at);
	strbuf_done(&err);
	return d.exit_code;
}

static int
run(struct verb_args *args)
{
	if (verb_no_words(args))
		return EXIT_USAGE;
	return daemon_serve(args->config_path);
}

const struct verb verb_serve = {
	.name = "serve",
	.summary = "run the gateway in the foreground",
	.usage = "serve",
	.example = "  malgil -c etc/malgil.cfg serve\n"
		   "  It is ready when it prints gateway.ready. Stop it with Ctrl-C or "
		   "SIGTERM: it\n"
		   "  waits for what the modems are sending. SIGHUP reads the "
		   "configuration again.",
	.run = run,
};
