#include "gateway/api/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/api/call.h"
#include "gateway/base/log.h"

#define CONNECTIONS      512
#define IDLE_SECONDS     60u
#define CONNECTION_BYTES (64u * 1024)
#define DRAIN_MAX        (64u << 20) /* of a refused body, before the connection is cut */
#define BODIES_MAX       (64u << 20) /* of all requests together */

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
	MHD_run(api->daemon);
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

/* ---- who asks ---- */

/* Looked up once for each user who asks in turn; one without a name is a number. */
static const char *
login_name(struct api *api, uid_t uid)
{
	struct passwd pw, *found = NULL;
	char buffer[4096];
	if (api->login.known && api->login.uid == uid)
		return api->login.name;
	if (getpwuid_r(uid, &pw, buffer, sizeof(buffer), &found) == 0 && found)
		snprintf(api->login.name, sizeof(api->login.name), "%s", pw.pw_name);
	else
		snprintf(api->login.name, sizeof(api->login.name), "%u", (unsigned)uid);
	api->login.uid = uid;
	api->login.known = true;
	return api->login.name;
}

/* The unix socket's other end, told by the kernel: root and the daemon's own user own the
 * place. Everybody else, and TCP as long as there are no tokens, is nobody. */
static void
recognise(struct call *call)
{
	struct api *api = call->api;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		call->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct ucred peer;
	socklen_t len = sizeof(peer);
	call->rq.role = ROLE_NONE;
	if (!api->local || !info ||
		getsockopt(info->connect_fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return;
	if (peer.uid == 0 || peer.uid == geteuid())
		call->rq.role = ROLE_OWNER;
	snprintf(call->rq.agent, sizeof(call->rq.agent), "%s", login_name(api, peer.uid));
}

/* ---- looking at a request before its body is read ---- */

struct query_check {
	struct call *call;
	const char *known;
};

static enum MHD_Result
check_query(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct query_check *check = arg;
	struct request *rq = &check->call->rq;
	char near[64];
	(void)kind;
	if (!json_utf8(name) || (value && !json_utf8(value)))
		request_problem(rq, 400, "the query is not UTF-8");
	else if (route_knows_query(check->known, name, near))
		return MHD_YES;
	else if (*near)
		request_problem_field(rq, 400, name,
			"there is no query parameter '%s' here; did you mean '%s'?", name,
			near);
	else
		request_problem_field(
			rq, 400, name, "there is no query parameter '%s' here", name);
	return MHD_NO;
}

static const char *
header(const struct call *call, const char *name)
{
	const char *value =
		MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, name);
	return value ? value : "";
}

/* No type at all is taken for JSON; what curl says unasked is not. */
static void
check_type(struct call *call)
{
	const char *type = header(call, "Content-Type");
	size_t n = strcspn(type, "; ");
	call->rq.ndjson = n == 20 && !strncasecmp(type, "application/x-ndjson", n);
	if (!n || call->rq.ndjson ||
		(n == 16 && !strncasecmp(type, "application/json", n)))
		return;
	request_problem(&call->rq, 415,
		"the body is declared as '%.60s'; send Content-Type: application/json",
		type);
}

static void
call_too_many(struct call *call)
{
	request_problem(&call->rq, 503,
		"too many large requests are being read at once; try again");
}

static void
check_length(struct call *call)
{
	const struct route *route = call->rq.route;
	unsigned long long length = strtoull(header(call, "Content-Length"), NULL, 10);
	if (length > route->body_max)
		call_too_large(call);
	else if (call->api->bodies + length > BODIES_MAX)
		call_too_many(call);
}

/* Everything that can be said from the request's head. Sets the response when it is
 * refused. */
static void
check_head(struct call *call, const char *method, const char *path)
{
	struct request *rq = &call->rq;
	struct strbuf allow AUTO(strbuf_done) = STRBUF_INIT(256);
	if (!json_utf8(path)) {
		request_problem(rq, 400, "the path is not UTF-8");
		return;
	}
	switch (route_match(routes, method, path, &rq->route, rq->param, &allow)) {
	case ROUTE_NO_PATH:
		request_problem(rq, 404, "there is nothing at %.100s", path);
		return;
	case ROUTE_NO_METHOD:
		request_problem(rq, 405, "%.100s does not do %.16s, only %s", path,
			method, allow.s);
		MHD_add_response_header(call->response, "Allow", allow.s);
		return;
	case ROUTE_FOUND: break;
	}
	recognise(call);
	if (rq->role < rq->route->role) {
		request_problem(rq, call->api->local ? 403 : 401,
			"only root and the user the gateway runs as may do this");
		return;
	}
	struct query_check check = {call, rq->route->query};
	MHD_get_connection_values(
		call->connection, MHD_GET_ARGUMENT_KIND, check_query, &check);
	if (!call->response && rq->route->body_max)
		check_type(call);
	if (!call->response)
		check_length(call);
}

/* ---- reading and running ---- */

static void
take_body(struct call *call, const char *data, size_t len)
{
	call->drained += len;
	if (call->response)
		return;
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
	return MHD_queue_response(
		call->connection, (unsigned)call->status, call->response);
}

/* While it drains nothing is changed any more: what a tick would have to commit might
 * find its core taken down. Looking goes on to the end. */
static bool
refuse_stopping(struct call *call)
{
	bool changes = !strcmp(call->rq.route->method, "POST");
	if (!call->api->stopping && !(changes && call->api->core->draining))
		return false;
	request_problem(
		&call->rq, 503, "the gateway is stopping; try again when it is back");
	return true;
}

/* The body is complete: runs the handler once; when its answer comes later the connection
 * is suspended, and libmicrohttpd calls here again after it was resumed. */
static enum MHD_Result
run(struct call *call)
{
	if (!call->response && !call->ran) {
		call->ran = true;
		if (!refuse_stopping(call))
			call->rq.route->handle(&call->rq);
	}
	if (call->response)
		return queue_response(call);
	if (!call->waiting)
		abort(); /* a handler that neither answers nor waits */
	call_suspend(call);
	return MHD_YES;
}

static enum MHD_Result
on_request(void *arg, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *len,
	void **state)
{
	struct call *call = *state;
	(void)version;
	if (!call) {
		*state = call = call_new(arg, connection);
		check_head(call, method, url);
		/* A client that asks before sending its body hears the refusal instead.
		 */
		bool asks = *header(call, "Expect");
		return call->response && asks ? queue_response(call) : MHD_YES;
	}
	if (!*len)
		return run(call);
	take_body(call, data, *len);
	*len = 0;
	return call->drained > DRAIN_MAX ? MHD_NO : MHD_YES;
}

static void
on_completed(void *arg, struct MHD_Connection *connection, void **state,
	enum MHD_RequestTerminationCode why)
{
	(void)arg;
	(void)connection;
	(void)why;
	if (*state)
		call_free(*state);
	*state = NULL;
}

/* ---- life ---- */

static struct MHD_Daemon *
start_daemon(struct api *api, int listen_fd)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
		on_request, api, MHD_OPTION_LISTEN_SOCKET, listen_fd,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
		MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
		MHD_OPTION_CONNECTION_MEMORY_INCREMENT, (size_t)CONNECTION_BYTES / 4,
		MHD_OPTION_END);
}

int
api_start(struct core *core, int listen_fd, struct api **ret, struct strbuf *err)
{
	int domain = 0;
	socklen_t len = sizeof(domain);
	struct api *api = xcalloc(1, sizeof(*api));
	api->core = core;
	getsockopt(listen_fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
	api->local = domain == AF_UNIX;
	api->daemon = start_daemon(api, listen_fd);
	if (!api->daemon) {
		int r = errno ? -errno : -EIO;
		strbuf_set(err, "the HTTP server cannot start: %s", strerror(-r));
		close(listen_fd);
		free(api);
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
	/* What was just answered is written out as far as the sockets take it at once. */
	for (int i = 0; i < 3; i++)
		MHD_run(api->daemon);
	loop_watch_close(api->watch);
	loop_timer_stop(&api->timer);
	remove_socket_file(api);
	MHD_stop_daemon(api->daemon);
	loop_forget(api->core->loop, api);
	free(api);
}
