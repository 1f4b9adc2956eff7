/* Looking at a request before its body is read: everything that can be said from its
 * head. */
#include "gateway/api/access.h"

#include <stdlib.h>
#include <string.h>

/* Of which two would mean two things: a proxy before us may believe the other one. */
static enum MHD_Result
check_header(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	static const char *const once[] = {"Host", "Authorization", "Content-Length",
		"Content-Type", "Transfer-Encoding", "Origin", "Idempotency-Key"};
	struct call *call = arg;
	(void)kind;
	for (size_t i = 0; i < ARRAY_LEN(once); i++) {
		if (strcasecmp(name, once[i]) != 0 || value == call_header(call, name))
			continue;
		request_problem(&call->rq, 400,
			"the header %s stands there twice, and may stand there once",
			once[i]);
		return MHD_NO;
	}
	return MHD_YES;
}

static void
check_headers(struct call *call)
{
	MHD_get_connection_values(call->connection, MHD_HEADER_KIND, check_header, call);
	if (!call->response && *call_header(call, "Content-Length") &&
		*call_header(call, "Transfer-Encoding"))
		request_problem(&call->rq, 400,
			"Content-Length and Transfer-Encoding contradict each other; "
			"send one of them");
}

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
	else if (value && value != MHD_lookup_connection_value(check->call->connection,
					   MHD_GET_ARGUMENT_KIND, name))
		request_problem_field(
			rq, 400, name, "%s stands twice in the query", name);
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

const char *
call_header(const struct call *call, const char *name)
{
	const char *value =
		MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, name);
	return value ? value : "";
}

/* JSON is UTF-8; whoever says another charset means other bytes. */
static bool
charset_is_ours(const char *type)
{
	const char *charset = strcasestr(type, "charset=");
	if (!charset)
		return true;
	charset += strlen("charset=");
	charset += *charset == '"';
	size_t n = strcspn(charset, "\"; ");
	return (n == 5 && !strncasecmp(charset, "utf-8", n)) ||
	       (n == 4 && !strncasecmp(charset, "utf8", n)) ||
	       (n == 8 && !strncasecmp(charset, "us-ascii", n));
}

/* No type at all is taken for JSON; what curl says unasked is not. */
static void
check_type(struct call *call)
{
	const char *type = call_header(call, "Content-Type");
	if (!strtoull(call_header(call, "Content-Length"), NULL, 10) &&
		!*call_header(call, "Transfer-Encoding"))
		return; /* nothing has no type */
	size_t n = strcspn(type, "; ");
	call->rq.ndjson = n == 20 && !strncasecmp(type, "application/x-ndjson", n);
	if (!n || call->rq.ndjson ||
		(n == 16 && !strncasecmp(type, "application/json", n))) {
		if (!charset_is_ours(type))
			request_problem(&call->rq, 415,
				"the body is declared as '%.60s'; JSON is UTF-8", type);
		return;
	}
	request_problem(&call->rq, 415,
		"the body is declared as '%.60s'; send Content-Type: application/json",
		type);
}

void
call_too_many(struct call *call)
{
	request_problem(&call->rq, 503,
		"too many large requests are being read at once; try again");
}

static void
check_length(struct call *call)
{
	const struct route *route = call->rq.route;
	unsigned long long length =
		strtoull(call_header(call, "Content-Length"), NULL, 10);
	if (length > route->body_max)
		call_too_large(call);
	else if (!(route->flags & ROUTE_STREAM) &&
		 call->api->bodies + length > BODIES_MAX)
		call_too_many(call);
}

/* What would end a C string, or stand for the slash between two parts. */
static bool
path_is_odd(const char *target)
{
	for (const char *p = target; *p && *p != '?'; p++)
		if (p[0] == '%' && ((p[1] == '0' && p[2] == '0') ||
					   (p[1] == '2' && (p[2] | 0x20) == 'f')))
			return true;
	return false;
}

static bool
query_has_nul(const char *target)
{
	const char *query = strchr(target, '?');
	return query && strstr(query, "%00");
}

void
call_check_head(struct call *call, const char *method, const char *path)
{
	struct request *rq = &call->rq;
	struct strbuf allow AUTO(strbuf_done) = STRBUF_INIT(256);
	call->path = path;
	call->head_only = !strcmp(method, "HEAD");
	check_headers(call);
	if (call->response)
		return;
	if (!json_utf8(path)) {
		request_problem(rq, 400, "the path is not UTF-8");
		return;
	}
	if (path_is_odd(call->target)) {
		request_problem(rq, 400,
			"the path has an escaped %%00 or %%2F in it, which none here "
			"has");
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
	if (!access_check(call, rq->route->role == ROLE_NONE))
		return;
	bool raw = rq->route->flags & ROUTE_RAW;
	struct query_check check = {call, rq->route->query};
	if (!raw && query_has_nul(call->target))
		request_problem(rq, 400,
			"the query has an escaped %%00 in it, which no text has");
	else if (!raw)
		MHD_get_connection_values(
			call->connection, MHD_GET_ARGUMENT_KIND, check_query, &check);
	bool stream = rq->route->flags & ROUTE_STREAM;
	if (!call->response && rq->route->body_max && !raw && !stream)
		check_type(call);
	if (!call->response)
		check_length(call);
}
