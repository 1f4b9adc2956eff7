#include "gateway/api/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/api/call.h"
#include "gateway/api/line.h"
#include "gateway/api/stream.h"
#include "gateway/base/log.h"

#define LOCAL_CONNECTIONS 512
#define IDLE_SECONDS      75u
#define CONNECTION_BYTES  (16u * 1024)
#define DRAIN_MAX         (64u << 20) /* of a refused body; then it is cut */
#define PIECES            16          /* of files, in one tick */
#define PIECES_MS         3
#define GUESSES           10 /* wrong tokens at once from one address, */
#define GUESSES_A_MINUTE  6  /* and then */

/* ---- the loop's side: libmicrohttpd only works when it is run ---- */

static void pump(void *arg);

/* Asks when it wants to run next. A timeout of 0 means at once, which is a fresh tick:
 * what it has done so far is committed in between. */
static void
reschedule(struct api *api)
{
	MHD_UNSIGNED_LONG_LONG wait;
	if (MHD_get_timeout(api->daemon, &wait) != MHD_YES)
		loop_timer_stop(&api->timer);
	else if (wait)
		loop_timer_in(&api->timer, (int64_t)wait);
	else
		api_wake(api);
}

/* With all places taken libmicrohttpd stops listening, and begins again in a run that
 * finds a place free, of which no descriptor tells: so whenever somebody has left, there
 * is another run. */
static void
turn(struct api *api)
{
	unsigned before = api->connections;
	int64_t begin = clock_mono(api->core->clock);
	MHD_run(api->daemon);
	/* A file comes in small pieces; several of them are worth one commit. */
	for (int i = 0; i < PIECES && api->uploads; i++) {
		if (clock_mono(api->core->clock) - begin >= PIECES_MS)
			break;
		MHD_run(api->daemon);
	}
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(api->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
	api->connections = info->num_connections;
	if (api->connections < before)
		api_wake(api);
	reschedule(api);
}

static void
pump(void *arg)
{
	struct api *api = arg;
	api->woken = false;
	turn(api);
}

static void
on_ready(void *arg, unsigned events)
{
	(void)events;
	turn(arg);
}

void
api_wake(struct api *api)
{
	if (api->woken)
		return;
	api->woken = true;
	loop_post(api->core->loop, pump, api);
}

/* ---- reading and running ---- */

static void
take_body(struct call *call, const char *data, size_t len)
{
	if (call->response) {
		call->drained += len;
		return;
	}
	if (call->rq.piece) {
		call->streamed += len;
		if (call->streamed > call->rq.route->body_max)
			call_too_large(call);
		else
			call->rq.piece(&call->rq, data, len);
		return;
	}
	struct strbuf *body = &call->rq.body;
	bool large = body->len + len > call->rq.route->body_max;
	if (large || call->api->bodies + len > BODIES_MAX) {
		call->api->bodies -= body->len;
		strbuf_done(body);
		strbuf_init(body, 0);
		large ? call_too_large(call) : call_too_many(call);
		return;
	}
	strbuf_add(body, data, len);
	call->api->bodies += len;
}

static enum MHD_Result
queue_response(struct call *call)
{
	if (!call->endless)
		line_answer(line_of(call->connection), call->answer_len);
	return MHD_queue_response(
		call->connection, (unsigned)call->status, call->response);
}

static bool
changes(const struct call *call)
{
	return strcmp(call->rq.route->method, "GET") != 0;
}

/* While it stops nothing is changed any more: what a tick would have to commit might find
 * its core taken down. Looking goes on to the end. */
static bool
refuse_stopping(struct call *call)
{
	const struct core *core = call->api->core;
	bool closed = changes(call) && core->draining && !core->reloading;
	if (!call->api->stopping && !closed)
		return false;
	request_problem(
		&call->rq, 503, "the gateway is stopping; try again when it is back");
	return true;
}

static void
handle(struct call *call)
{
	call->ran = true;
	if (refuse_stopping(call))
		return;
	call->changing = changes(call);
	call->api->changing += call->changing;
	call_begin_keyed(call);
	if (call->response)
		return;
	if (call->rq.finish)
		call->rq.finish(&call->rq);
	else
		call->rq.route->handle(&call->rq);
	call_mark_keyed(call);
	call_audit(call);
}

/* The body is complete: runs the handler once; when its answer comes later the connection
 * is suspended, and libmicrohttpd calls here again after it was resumed. */
static enum MHD_Result
run(struct call *call)
{
	line_quiet(line_of(call->connection));
	if (!call->response && !call->ran) {
		if (call->api->holding && changes(call)) {
			call_hold(call);
			return MHD_YES;
		}
		handle(call);
	}
	if (call->response)
		return queue_response(call);
	if (!call->waiting)
		abort(); /* a handler that neither answers nor waits */
	call_suspend(call);
	return MHD_YES;
}

static void
begin_upload(struct call *call)
{
	call->rq.route->handle(&call->rq);
	call->api->uploads += call->rq.piece != NULL;
}

/* The request line is read: the only moment at which it can be seen as it came. */
static void *
on_target(void *arg, const char *target, struct MHD_Connection *connection)
{
	return call_new(arg, connection, target);
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *len,
	void **state)
{
	struct call *call = *state;
	(void)arg;
	(void)version;
	if (!call->begun) {
		call->begun = true;
		line_head(line_of(connection));
		call_check_head(call, method, url);
		if (!call->response && call->rq.route->flags & ROUTE_STREAM &&
			!refuse_stopping(call))
			begin_upload(call);
		/* A client that asks before sending its body, or has more than would be
		 * read, hears the refusal instead. */
		bool now = *call_header(call, "Expect") ||
			   strtoull(call_header(call, "Content-Length"), NULL, 10) >
				   DRAIN_MAX;
		return call->response && now ? queue_response(call) : MHD_YES;
	}
	if (!*len)
		return run(call);
	if (call->api->holding && call->rq.piece && !call->response) {
		line_quiet(line_of(connection));
		call_hold(call); /* what is not taken is offered again */
		return MHD_YES;
	}
	line_body(line_of(connection), *len);
	take_body(call, data, *len);
	*len = 0;
	return call->drained > DRAIN_MAX ? MHD_NO : MHD_YES;
}

static void
on_completed(void *arg, struct MHD_Connection *connection, void **state,
	enum MHD_RequestTerminationCode why)
{
	(void)arg;
	(void)why;
	if (*state)
		call_free(*state);
	*state = NULL;
	line_done(line_of(connection));
}

static void
on_connection(void *arg, struct MHD_Connection *connection, void **state,
	enum MHD_ConnectionNotificationCode what)
{
	struct api *api = arg;
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		line_opened(connection, api->core->loop, !api->certificate, state);
	else
		line_closed(state);
}

/* ---- life ---- */

static int
read_file(const char *path, char **ret, struct strbuf *err)
{
	struct strbuf text = STRBUF_INIT(1 << 20);
	char chunk[4096];
	size_t n;
	FILE *f = fopen(path, "re");
	while (f && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		strbuf_add(&text, chunk, n);
	bool good = f && !ferror(f) && text.len && !text.full;
	int r = good ? 0 : f ? -EINVAL : -errno;
	if (f)
		fclose(f);
	if (good)
		*ret = xstrdup(text.s);
	else
		strbuf_set(err, "%s cannot be read: %s", path,
			r == -EINVAL ? "it is not a PEM file" : strerror(-r));
	strbuf_done(&text);
	return r;
}

static int
read_certificate(struct api *api, const struct config *config, struct strbuf *err)
{
	if (api->local || !config->api_certificate)
		return 0;
	int r = read_file(config->api_certificate, &api->certificate, err);
	return r ? r : read_file(config->api_key, &api->key, err);
}

/* Half of the descriptors there may be: the store, the modems and the socket need theirs.
 */
static unsigned
places(const struct api *api)
{
	struct rlimit files;
	if (api->local || getrlimit(RLIMIT_NOFILE, &files) != 0)
		return LOCAL_CONNECTIONS;
	rlim_t wanted = (rlim_t)api->core->config->api_connections * 2;
	if (files.rlim_cur < wanted) {
		files.rlim_cur = MIN(wanted, files.rlim_max);
		setrlimit(RLIMIT_NOFILE, &files);
		getrlimit(RLIMIT_NOFILE, &files);
	}
	return (unsigned)MIN(wanted, files.rlim_cur) / 2;
}

static struct MHD_Daemon *
start_daemon(struct api *api, int listen_fd)
{
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, api->certificate},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, api->key},
		{MHD_OPTION_END, 0, NULL},
	};
	if (!api->certificate)
		tls[0] = tls[2];
	else
		flags |= MHD_USE_TLS;
	return MHD_start_daemon(flags, 0, NULL, NULL, on_request, api,
		MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, api,
		MHD_OPTION_URI_LOG_CALLBACK, on_target, api, MHD_OPTION_CONNECTION_LIMIT,
		places(api), MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
		MHD_OPTION_CONNECTION_MEMORY_INCREMENT, (size_t)CONNECTION_BYTES / 4,
		MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

static void
free_api(struct api *api)
{
	free(api->certificate);
	free(api->key);
	free(api);
}

static struct api *
new_api(struct core *core, int listen_fd)
{
	int domain = 0;
	socklen_t len = sizeof(domain);
	struct api *api = xcalloc(1, sizeof(*api));
	api->core = core;
	getsockopt(listen_fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
	api->local = domain == AF_UNIX;
	api->rates.rate = (double)core->config->api_rate;
	api->rates.burst = 2 * api->rates.rate;
	api->guesses.rate = GUESSES_A_MINUTE / 60.0;
	api->guesses.burst = GUESSES;
	return api;
}

int
api_start(struct core *core, int listen_fd, struct api **ret, struct strbuf *err)
{
	struct api *api = new_api(core, listen_fd);
	int r = read_certificate(api, core->config, err);
	if (!r)
		api->daemon = start_daemon(api, listen_fd);
	if (!r && !api->daemon) {
		r = errno ? -errno : -EIO;
		strbuf_set(err, "the HTTP server cannot start%s: %s",
			api->certificate ? " with this certificate and key" : "",
			strerror(-r));
	}
	if (r) {
		close(listen_fd);
		free_api(api);
		return r;
	}
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(api->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	loop_timer_init(&api->timer, core->loop, pump, api);
	api->watch =
		loop_watch_open(core->loop, info->epoll_fd, LOOP_READ, on_ready, api);
	*ret = api;
	return 0;
}

bool
api_hold(struct api *api)
{
	api->holding = true;
	return !api->changing;
}

void
api_release(struct api *api)
{
	api->holding = false;
	api->rates.rate = (double)api->core->config->api_rate;
	api->rates.burst = 2 * api->rates.rate;
	calls_release(api);
}

int
api_retire(struct api *api)
{
	api->retiring = true;
	streams_end(api);
	return MHD_quiesce_daemon(api->daemon);
}

bool
api_deserted(struct api *api)
{
	turn(api);
	return !api->connections;
}

/* Before the descriptor is closed: nobody else can have taken the name while it answers.
 */
static void
remove_socket_file(struct api *api)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(api->daemon, MHD_DAEMON_INFO_LISTEN_FD);
	struct sockaddr_un address = {0};
	socklen_t len = sizeof(address) - 1;
	if (api->local && info &&
		!getsockname(info->listen_fd, (struct sockaddr *)&address, &len) &&
		*address.sun_path)
		unlink(address.sun_path);
}

void
api_stop(struct api *api)
{
	if (!api)
		return;
	api->stopping = true;
	while (api->suspended)
		request_problem(&api->suspended->rq, 503, "the gateway is stopping");
	streams_end(api);
	/* What was just answered is written out as far as the sockets take it at once. */
	for (int i = 0; i < 3; i++)
		MHD_run(api->daemon);
	loop_watch_close(api->watch);
	loop_timer_stop(&api->timer);
	remove_socket_file(api);
	MHD_stop_daemon(api->daemon);
	loop_forget(api->core->loop, api);
	free_api(api);
}
