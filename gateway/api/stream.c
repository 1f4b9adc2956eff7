#include "gateway/api/stream.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "gateway/api/call.h"
#include "gateway/base/log.h"
#include "gateway/store/access.h"

#define STREAMS    2000
#define CHUNK      1024         /* bytes libmicrohttpd takes at once */
#define PIECE      (16u * 1024) /* of events, in a stream's buffer */
#define PAGE       200          /* events of the past read at once */
#define BUFFER_MAX (16u << 20)  /* one event that is larger than a piece still fits */
#define HEARTBEAT  (15 * SECOND)
#define RETRY      50 /* ms, when the reader had no room or no store */
#define LAZY_BEATS                                                                       \
	4 /* heartbeats without taking a byte though it should: it is dropped */

struct stream {
	struct call *call;
	uint64_t sent; /* everything up to this event is in `out`, or was */
	struct strbuf out;
	bool idle;   /* suspended: it has everything */
	bool hungry; /* nobody could read the past for it */
	bool over;
	int lazy;
	uint64_t taken, seen; /* bytes taken so far; at the last heartbeat */
	struct past *past;    /* reading the store for it */
	struct stream *next, **prev;
};

/* ---- the past, read by the reader thread ---- */

struct past {
	struct stream *stream; /* NULL once it is gone */
	uint64_t after, last;
	bool failed;
	struct strbuf out;
};

static void
free_past(void *arg)
{
	struct past *past = arg;
	if (past->stream)
		past->stream->past = NULL;
	strbuf_done(&past->out);
	free(past);
}

static void
read_past(struct db *db, void *arg)
{
	struct past *past = arg;
	past->last = past->after;
	if (db)
		past->last =
			tail_read(db, past->after, PAGE, PIECE, &past->out, NULL, NULL);
	past->failed = !db || db_poisoned(db);
}

static void
wake(struct stream *s)
{
	if (!s->idle)
		return;
	s->idle = false;
	MHD_resume_connection(s->call->connection);
	api_wake(s->call->api);
}

static void
starve(struct stream *s)
{
	struct api *api = s->call->api;
	s->hungry = true;
	if (!loop_timer_active(&api->hungry))
		loop_timer_in(&api->hungry, RETRY);
}

static void
on_hungry(void *arg)
{
	struct api *api = arg;
	for (struct stream *s = api->streams; s; s = s->next) {
		if (!s->hungry)
			continue;
		s->hungry = false;
		wake(s);
	}
}

static void
have_past(void *arg)
{
	struct past *past = arg;
	struct stream *s = past->stream;
	if (s && past->out.len) {
		s->sent = past->last;
		strbuf_add(&s->out, past->out.s, past->out.len);
		wake(s);
	} else if (s && past->failed) {
		starve(s);
	}
	free_past(past);
}

static void
ask_past(struct stream *s)
{
	if (s->past)
		return;
	struct past *past = xcalloc(1, sizeof(*past));
	*past = (struct past){
		.stream = s, .after = s->sent, .out = STRBUF_INIT(BUFFER_MAX)};
	s->past = past;
	if (!reader_submit(
		    s->call->api->core->reader, read_past, have_past, free_past, past))
		return;
	free_past(past);
	starve(s);
}

/* ---- what libmicrohttpd asks for ---- */

static void
fill(struct stream *s)
{
	uint64_t last;
	if (tail_copy(&s->call->api->tail, s->sent, PIECE, &s->out, &last))
		s->sent = last;
	else
		ask_past(s);
}

static ssize_t
take(void *arg, uint64_t pos, char *buffer, size_t max)
{
	struct stream *s = arg;
	(void)pos;
	if (s->over || s->call->api->stopping)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (!s->out.len)
		fill(s);
	if (!s->out.len) {
		strbuf_done(&s->out); /* silence costs no buffer */
		strbuf_init(&s->out, BUFFER_MAX);
		s->idle = true;
		MHD_suspend_connection(s->call->connection);
		return 0;
	}
	size_t n = MIN(max, s->out.len);
	memcpy(buffer, s->out.s, n);
	strbuf_consume(&s->out, n);
	s->taken += n;
	return (ssize_t)n;
}

/* ---- all of them ---- */

/* In the loop, never inside an effect: resuming has libmicrohttpd run in a fresh tick. */
static void
wake_all(void *arg)
{
	struct api *api = arg;
	for (struct stream *s = api->streams; s; s = s->next)
		if (s->sent < api->tail.to)
			wake(s);
}

/* Is whoever asked still allowed to hear? */
static bool
still_welcome(const struct stream *s)
{
	const struct request *rq = &s->call->rq;
	struct token t;
	if (!rq->token)
		return true;
	bool found = token_load(rq->core->db, rq->token, &t);
	return !found ? db_poisoned(rq->core->db) != 0
		      : !t.revoked && !t.owner_gone &&
				(!t.expires || core_now(rq->core) < t.expires);
}

static void
drop(struct stream *s, const char *why)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		s->call->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	log_event(LOG_INFO, "api.stream_dropped", LOG_TEXT("who", s->call->rq.agent),
		LOG_TEXT("why", why));
	s->over = true;
	shutdown(info->connect_fd, SHUT_RDWR);
	wake(s);
}

static void
beat(struct stream *s)
{
	bool lazy = !s->idle && s->taken == s->seen;
	s->lazy = lazy ? s->lazy + 1 : 0;
	s->seen = s->taken;
	if (s->lazy >= LAZY_BEATS) {
		drop(s, "it does not read");
	} else if (!still_welcome(s)) {
		drop(s, "its token is over");
	} else if (s->idle) {
		strbuf_puts(&s->out, ":\n\n");
		wake(s);
	}
}

static void
on_heartbeat(void *arg)
{
	struct api *api = arg;
	loop_timer_in(&api->heartbeat, HEARTBEAT);
	for (struct stream *s = api->streams; s; s = s->next)
		if (!s->over)
			beat(s);
}

static void
first_stream(struct api *api)
{
	api->tail.core = api->core;
	api->tail.moved = wake_all;
	api->tail.arg = api;
	tail_follow(&api->tail);
	loop_timer_init(&api->hungry, api->core->loop, on_hungry, api);
	loop_timer_init(&api->heartbeat, api->core->loop, on_heartbeat, api);
	loop_timer_in(&api->heartbeat, HEARTBEAT);
}

static void
free_stream(void *arg)
{
	struct stream *s = arg;
	struct api *api = s->call->api;
	*s->prev = s->next;
	if (s->next)
		s->next->prev = s->prev;
	if (s->past)
		s->past->stream = NULL;
	strbuf_done(&s->out);
	free(s);
	if (--api->stream_count)
		return;
	tail_leave(&api->tail);
	loop_timer_stop(&api->heartbeat);
	loop_timer_stop(&api->hungry);
}

static struct stream *
new_stream(struct request *rq)
{
	struct call *call = (struct call *)rq;
	struct api *api = call->api;
	struct stream *s = xcalloc(1, sizeof(*s));
	if (!api->stream_count++)
		first_stream(api);
	s->call = call;
	s->next = api->streams;
	s->prev = &api->streams;
	if (s->next)
		s->next->prev = &s->next;
	api->streams = s;
	strbuf_init(&s->out, BUFFER_MAX);
	rq->state = s;
	rq->state_free = free_stream;
	return s;
}

/* ---- a new one ---- */

/* False after answering 400. */
static bool
read_cursor(struct request *rq, bool *ret_given, uint64_t *ret)
{
	const char *last = call_header((struct call *)rq, "Last-Event-ID");
	*ret_given = *last || request_query(rq, "after");
	if (!*last)
		return request_query_id(rq, "after", ret);
	*ret = 0;
	if (!strcmp(last, "0") || !ids_parse(last, ret))
		return true;
	request_problem(rq, 400, "Last-Event-ID must be the id of an event");
	return false;
}

void
stream_open(struct request *rq)
{
	struct call *call = (struct call *)rq;
	bool given;
	uint64_t after;
	if (!read_cursor(rq, &given, &after))
		return;
	if (rq->core->store_sick || call->api->stream_count >= STREAMS) {
		request_problem(rq, 503,
			rq->core->store_sick ? "the store cannot be read right now"
					     : "too many streams are open");
		return;
	}
	struct stream *s = new_stream(rq);
	s->sent = given ? after : call->api->tail.to;
	strbuf_puts(&s->out, "retry: 3000\n\n");
	call->endless = true;
	call->status = 200;
	call->response =
		MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, CHUNK, take, s, NULL);
	if (!call->response)
		abort(); /* out of memory */
	MHD_add_response_header(call->response, "Content-Type", "text/event-stream");
	MHD_add_response_header(call->response, "Cache-Control", "no-store");
	MHD_add_response_header(call->response, "X-Accel-Buffering", "no");
}

void
streams_end(struct api *api)
{
	for (struct stream *s = api->streams; s; s = s->next) {
		s->over = true;
		wake(s);
	}
}
