#include "gateway/api/request.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/call.h"
#include "gateway/api/fields.h"
#include "gateway/api/problem.h"
#include "gateway/api/twilio.h"
#include "gateway/base/log.h"
#include "gateway/sms/address.h"

#define READ_DEADLINE   (30 * SECOND)
#define COMMIT_DEADLINE (30 * SECOND)

/* A job in the reader thread; `call` is NULL once nobody waits for it. */
struct reading {
	struct call *call;
	const struct request_read *how;
	void *job;
	bool no_store;
};

static struct call *
call_of(struct request *rq)
{
	return (struct call *)rq;
}

/* ---- life ---- */

static void
too_late(void *arg)
{
	struct call *call = arg;
	request_problem(
		&call->rq, 504, "no answer came in time; nothing is known to be wrong");
	if (call->gone)
		call->gone(call->rq.state);
}

struct call *
call_new(struct api *api, struct MHD_Connection *connection, const char *target)
{
	struct call *call = xcalloc(1, sizeof(*call));
	call->target = xstrdup(target);
	call->api = api;
	call->connection = connection;
	call->rq.api = api;
	call->rq.core = api->core;
	strbuf_init(&call->rq.body, SIZE_MAX / 2);
	loop_timer_init(&call->deadline, api->core->loop, too_late, call);
	return call;
}

static void
unlink_suspended(struct call *call)
{
	if (call->prev)
		call->prev->next = call->next;
	else
		call->api->suspended = call->next;
	if (call->next)
		call->next->prev = call->prev;
	call->suspended = false;
}

/* It is over, or answered. */
static void
unlink_changing(struct call *call)
{
	call->api->changing -= call->changing;
	call->changing = false;
}

void
call_free(struct call *call)
{
	struct loop *loop = call->api->core->loop;
	if (call->suspended)
		unlink_suspended(call);
	loop_timer_stop(&call->deadline);
	if (call->commit_pending)
		loop_forget(loop, call);
	if (call->reading)
		call->reading->call = NULL;
	if (call->rq.state) {
		loop_forget(loop, call->rq.state);
		call->rq.state_free(call->rq.state);
	}
	unlink_changing(call);
	call->api->uploads -= call->rq.piece != NULL;
	call->api->answered[call->status / 100 % 6]++;
	call->api->bodies -= call->rq.body.len;
	strbuf_done(&call->rq.body);
	if (call->response)
		MHD_destroy_response(call->response);
	call_free_keyed(call);
	free(call->target);
	free(call);
}

void
call_suspend(struct call *call)
{
	MHD_suspend_connection(call->connection);
	call->suspended = true;
	call->prev = NULL;
	call->next = call->api->suspended;
	if (call->next)
		call->next->prev = call;
	call->api->suspended = call;
}

void
call_hold(struct call *call)
{
	call->held = true;
	call_suspend(call);
}

void
calls_release(struct api *api)
{
	for (struct call *call = api->suspended, *next; call; call = next) {
		next = call->next;
		if (!call->held)
			continue;
		call->held = false;
		unlink_suspended(call);
		MHD_resume_connection(call->connection);
		api_wake(api);
	}
}

void
call_too_large(struct call *call)
{
	const struct route *route = call->rq.route;
	if (!route->body_max)
		request_problem(&call->rq, 400, "%s %s takes no body", route->method,
			route->pattern);
	else
		request_problem(&call->rq, 413, "the body is larger than %zu KiB",
			route->body_max / 1024);
}

/* ---- what was asked ---- */

const char *
request_query(const struct request *rq, const char *name)
{
	const struct call *call = (const struct call *)rq;
	return MHD_lookup_connection_value(call->connection, MHD_GET_ARGUMENT_KIND, name);
}

bool
request_query_int(struct request *rq, const char *name, int64_t min, int64_t max,
	int64_t otherwise, int64_t *ret)
{
	const char *text = request_query(rq, name);
	char *end;
	*ret = otherwise;
	if (!text)
		return true;
	long long value = strtoll(text, &end, 10);
	bool digits = *text >= '0' && *text <= '9' && strlen(text) < 19 && !*end;
	if (digits && value >= min && value <= max) {
		*ret = value;
		return true;
	}
	request_problem_field(rq, 400, name, "%s must be a number from %lld to %lld",
		name, (long long)min, (long long)max);
	return false;
}

bool
request_query_id(struct request *rq, const char *name, uint64_t *ret)
{
	const char *text = request_query(rq, name);
	*ret = 0;
	if (!text || !strcmp(text, "0") || !ids_parse(text, ret))
		return true;
	request_problem_field(
		rq, 400, name, "%s must be an id, which is digits alone", name);
	return false;
}

bool
request_query_name(
	struct request *rq, const char *name, const char *const *names, const char **ret)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *text = request_query(rq, name);
	*ret = NULL;
	if (!text || !field_name(name, names, text, ret, &err))
		return true;
	request_problem_field(rq, 400, name, "%s", err.s);
	return false;
}

bool
request_param_id(struct request *rq, const char *what, uint64_t *ret)
{
	if (!ids_parse(rq->param, ret))
		return true;
	request_problem(rq, 404, "there is no %s '%.40s'; an id is digits alone", what,
		rq->param);
	return false;
}

bool
request_phone(struct request *rq, const char *text, char ret[32])
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (!sms_number_e164(text, rq->core->config->country, ret, &err))
		return true;
	request_problem_field(rq, 400, "phone", "%s", err.s);
	return false;
}

/* ---- answers ---- */

void
request_reply_as(struct request *rq, int status, const char *type, struct strbuf *body)
{
	struct call *call = call_of(rq);
	if (call->response) { /* it was given up on */
		strbuf_done(body);
		return;
	}
	if (call_keep_keyed(call, status, type, body))
		return;
	loop_timer_stop(&call->deadline);
	unlink_changing(call);
	call->status = status;
	call->answer_len = body->len;
	call->response = MHD_create_response_from_buffer_with_free_callback(
		body->len, body->s, free);
	if (!call->response || !body->cap)
		abort(); /* out of memory, or an empty answer, which has no buffer to take
			  */
	*body = (struct strbuf)STRBUF_INIT(0);
	MHD_add_response_header(call->response, "Content-Type", type);
	MHD_add_response_header(call->response, "Cache-Control", "no-store");
	if (call->api->retiring)
		MHD_add_response_header(call->response, "Connection", "close");
	if (status == 503 || status == 429)
		MHD_add_response_header(call->response, "Retry-After", "2");
	log_event(LOG_DEBUG, "api.answered", LOG_INT("status", status),
		LOG_TEXT("method", rq->route ? rq->route->method : NULL),
		LOG_TEXT("route", rq->route ? rq->route->pattern : NULL));
	if (!call->suspended)
		return;
	unlink_suspended(call);
	MHD_resume_connection(call->connection);
	api_wake(call->api);
}

void
request_reply(struct request *rq, int status, struct strbuf *json)
{
	request_reply_as(rq, status, "application/json", json);
}

/* Whoever speaks to the facade hears every refusal in its shape, also those that come
 * before its handler or after it. */
static bool
reply_as_twilio(struct request *rq, int status, const char *sentence)
{
	const char *target = call_of(rq)->target;
	struct strbuf body = STRBUF_INIT(64 * 1024);
	if (!target || strncmp(target, TWILIO_ROOT, strlen(TWILIO_ROOT)) != 0)
		return false;
	twilio_error_write(&body, status, twilio_error_of(status), sentence);
	request_reply_as(rq, status, "application/json", &body);
	return true;
}

static void
reply_problem(
	struct request *rq, int status, const char *field, const char *fmt, va_list ap)
{
	struct strbuf sentence AUTO(strbuf_done) = STRBUF_INIT(4096);
	struct strbuf body = STRBUF_INIT(64 * 1024);
	strbuf_vprintf(&sentence, fmt, ap);
	if (reply_as_twilio(rq, status, sentence.s))
		return;
	problem_write(&body, status, field, sentence.s);
	request_reply_as(rq, status, "application/problem+json", &body);
}

void
request_problem(struct request *rq, int status, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	reply_problem(rq, status, NULL, fmt, ap);
	va_end(ap);
}

void
request_problem_field(
	struct request *rq, int status, const char *field, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	reply_problem(rq, status, field, fmt, ap);
	va_end(ap);
}

/* ---- later ---- */

void
request_wait(struct request *rq, int64_t ms, void (*gone)(void *state))
{
	struct call *call = call_of(rq);
	call->waiting = true;
	call->gone = gone;
	loop_timer_in(&call->deadline, ms);
}

static void
settled(void *arg, bool committed)
{
	struct call *call = arg;
	call->commit_pending = false;
	if (committed && !call_reply_keyed(call))
		call->on_commit(&call->rq);
	else if (!committed)
		request_problem(&call->rq, 503,
			"the store could not write this down, so nothing was done; try "
			"again");
}

void
request_after_commit(struct request *rq, void (*fn)(struct request *rq))
{
	struct call *call = call_of(rq);
	request_wait(rq, COMMIT_DEADLINE, NULL);
	call->on_commit = fn;
	call->commit_pending = true;
	call_record_keyed(call);
	loop_after_commit(rq->core->loop, settled, call);
}

static void
reading_run(struct db *db, void *arg)
{
	struct reading *reading = arg;
	reading->no_store = !db;
	if (db)
		reading->how->read(db, reading->job);
}

static void
reading_free(void *arg)
{
	struct reading *reading = arg;
	if (reading->call)
		reading->call->reading = NULL;
	reading->how->release(reading->job);
	free(reading);
}

static void
reading_done(void *arg)
{
	struct reading *reading = arg;
	struct call *call = reading->call;
	if (call && reading->no_store)
		request_problem(
			&call->rq, 503, "the store cannot be read right now; try again");
	else if (call)
		reading->how->answer(&call->rq, reading->job);
	reading_free(reading);
}

void
request_read(struct request *rq, const struct request_read *how, void *job)
{
	struct call *call = call_of(rq);
	struct reading *reading = xcalloc(1, sizeof(*reading));
	*reading = (struct reading){call, how, job, false};
	call->reading = reading;
	if (!reader_submit(
		    rq->core->reader, reading_run, reading_done, reading_free, reading)) {
		request_wait(rq, READ_DEADLINE, NULL);
		return;
	}
	reading_free(reading);
	request_problem(rq, 503, "too many lists are being read at once; try again");
}
