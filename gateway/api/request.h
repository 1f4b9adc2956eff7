/* One HTTP request as a handler sees it: what was asked, and the ways to answer. Handlers
 * do not know libmicrohttpd; server.c alone does.
 *
 * A handler answers at once with request_reply() or request_problem(), or calls
 * request_wait() and answers later, exactly once. What it wrote to the store is not
 * durable before the tick's commit: an answer that promises something goes through
 * request_after_commit(). */
#ifndef MALGIL_API_REQUEST_H
#define MALGIL_API_REQUEST_H

#include "gateway/api/routes.h"
#include "gateway/core/core.h"
#include "gateway/net/json.h"

struct api;

struct request {
	struct api *api;
	struct core *core;
	const struct route *route;
	char param[ROUTE_PARAM_MAX]; /* what stood at {id}, {name} or {phone}; "" none */
	struct strbuf body;
	bool ndjson; /* the body is application/x-ndjson */
	/* Whoever asks: their role, and their name, which is that of a person of the
	 * staff, of a token, or of the Unix login at the socket; "" unknown. */
	enum role role;
	char agent[64];
	uint64_t token;   /* they showed it; 0 none */
	char via[48];     /* "socket", or the address they came from */
	char detail[160]; /* what the audit log should know beside the route and param */

	/* ROUTE_STREAM: the handler is called when the head is read, and sets these: for
	 * each piece of the body as it comes, and once behind the last. Whoever answers
	 * before is called no more. */
	void (*piece)(struct request *rq, const char *data, size_t len);
	void (*finish)(struct request *rq);

	/* The handler's own state: freed by `state_free` when the request is over.
	 * Effects and posted units with `state` as argument are forgotten then. */
	void *state;
	void (*state_free)(void *state);
};

/* ---- what was asked ---- */

/* A parameter of the query, NULL when not given. Only those the route names get here. */
const char *request_query(const struct request *rq, const char *name);
/* Each answers 400 itself and returns false when the value is not what was expected. */
bool request_query_int(struct request *rq, const char *name, int64_t min, int64_t max,
	int64_t otherwise, int64_t *ret) MUST_USE;
bool request_query_id(struct request *rq, const char *name, uint64_t *ret) MUST_USE;
/* `names` ends with NULL; *ret is NULL when the parameter was not given. */
bool request_query_name(struct request *rq, const char *name, const char *const *names,
	const char **ret) MUST_USE;
/* The {id} of the path; answers 404 itself. */
bool request_param_id(struct request *rq, const char *what, uint64_t *ret) MUST_USE;
/* A number in any spelling to E.164, in the shop's country; answers 400 itself. */
bool request_phone(struct request *rq, const char *text, char ret[32]) MUST_USE;

/* ---- answers ---- */

/* JSON, not empty; the buffer's memory is taken over. */
void request_reply(struct request *rq, int status, struct strbuf *json);
/* The same for any other media type. */
void
request_reply_as(struct request *rq, int status, const char *type, struct strbuf *body);
/* RFC 9457 problem JSON with one sentence. */
void
request_problem(struct request *rq, int status, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The same about one field of the body or the query. */
void request_problem_field(struct request *rq, int status, const char *field,
	const char *fmt, ...) PRINTF_LIKE(4, 5);

/* ---- later ---- */

/* The answer comes later; after `ms` the request is answered 504 and `gone(state)` told
 * that nobody waits any more (it may be NULL). */
void request_wait(struct request *rq, int64_t ms, void (*gone)(void *state));
/* Runs `fn(rq)` when what this tick wrote is durable; answers 503 when it was not.
 * Implies request_wait(). */
void request_after_commit(struct request *rq, void (*fn)(struct request *rq));

/* Reads for the request in the reader thread. `job` outlives a request that gave up: it
 * may only be touched by `read` (in the thread) and `answer` (in the loop, not called
 * when nobody waits any more); `release` frees it. */
struct request_read {
	void (*read)(struct db *db, void *job);
	void (*answer)(struct request *rq, void *job);
	void (*release)(void *job);
};
/* Takes `job`. Answers 503 itself when the reader is overrun or the store cannot be
 * opened. */
void request_read(struct request *rq, const struct request_read *how, void *job);

#endif
