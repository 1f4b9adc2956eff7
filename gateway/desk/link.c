#include "gateway/desk/link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/net/http.h"

#define PATIENCE   (15 * SECOND)
#define ANSWER_MAX (64u << 20)
#define FLIGHTS    16 /* requests under way */
#define SILENCE    (60 * SECOND)
#define POLL       60 /* ms, where the gateway does not stream */
#define RETRY_MIN  100
#define RETRY_MAX  (4 * SECOND)
#define RETRY_DEAD (10 * SECOND) /* when the login is refused */
#define EVENT_MAX  (1u << 20)
#define PATIENT    400 /* ms after the gateway said that this was too much at once */
#define TIRED      3   /* times it could not look, until it is said */

struct flight {
	struct link *link;
	struct want_request *rq;
};

struct link {
	struct loop *loop;
	struct desk *d;
	struct http *http;
	char *socket, *url;
	char *headers_text; /* "Authorization: ..." */
	void (*changed)(void *arg);
	void *arg;
	size_t under_way;
	bool hello, streaming;         /* under way */
	struct loop_timer again, held; /* `held` runs while nothing is asked */
	int64_t wait;
	char cursor[DESK_ID];
	struct strbuf line, page; /* of the stream: a line, or a whole page */
	bool paged;
};

/* ---- asking ---- */

/* Whatever comes in comes now: the model reads no clock. */
static void
look_at_clock(struct link *l)
{
	l->d->now = clock_wall(loop_clock(l->loop));
}

static struct http_call *
start(struct link *l, const char *method, const char *path, const char *body, bool stream,
	void (*done)(void *arg, const struct http_answer *a), void *arg);

static void say_hello(void *arg);

static void
line_down(struct link *l, enum link_state state, const char *why)
{
	bool dead = state == LINK_REFUSED;
	desk_link(l->d, state, why);
	l->wait = dead ? RETRY_DEAD : MIN(MAX(l->wait * 2, RETRY_MIN), RETRY_MAX);
	if (!loop_timer_active(&l->again))
		loop_timer_in(&l->again, l->wait);
}

static const char *
sentence(const json_t *body, int status, char *room, size_t size)
{
	const char *detail = json_string_value(json_object_get(body, "detail"));
	if (detail)
		return detail;
	snprintf(room, size, "HTTP %d", status);
	return room;
}

static bool
refuses(int status)
{
	return status == 401 || status == 403;
}

/* A great many at once, or a gateway that cannot look just now: the same a little later,
 * for nothing else would ask again for a list that was refused. A change is not repeated
 * by itself: the desk says that it was not made. */
static bool
comes_again(const struct want_request *rq, int status)
{
	return status == 429 || (status == 503 && !strcmp(rq->method, "GET"));
}

static void
on_answer(void *arg, const struct http_answer *a)
{
	struct flight *f = arg;
	struct link *l = f->link;
	char room[32];
	json_t *body = a->failed ? NULL : json_loadb(a->body.s, a->body.len, 0, NULL);
	const char *why =
		a->failed ? a->why : sentence(body, a->status, room, sizeof(room));
	l->under_way--;
	look_at_clock(l);
	if (comes_again(f->rq, a->status)) {
		if (a->status == 503 && ++f->rq->turned_away == TIRED)
			desk_say(l->d, NOTICE_BAD, "%s", why);
		desk_put_back(l->d, f->rq);
		loop_timer_in(&l->held, PATIENT);
		json_decref(body);
		free(f);
		l->changed(l->arg);
		return;
	}
	desk_answer(l->d, f->rq, a->failed ? 0 : a->status, body, why);
	if (a->failed && a->failed != -EMSGSIZE)
		line_down(l, LINK_DOWN, why);
	else if (a->status == 401)
		line_down(l, LINK_REFUSED, why);
	json_decref(body);
	want_request_free(f->rq);
	free(f);
	l->changed(l->arg);
}

static void
not_now(struct link *l, struct want_request *rq)
{
	desk_answer(l->d, rq, 0, NULL, l->d->link_why);
	want_request_free(rq);
}

void
link_pump(struct link *l)
{
	bool held = loop_timer_active(&l->held);
	while (l->d->wants &&
		((l->under_way < FLIGHTS && !held) || l->d->link != LINK_UP)) {
		struct want_request *rq = desk_take_request(l->d);
		if (l->d->link != LINK_UP) {
			not_now(l, rq);
			continue;
		}
		struct flight *f = xcalloc(1, sizeof(*f));
		*f = (struct flight){l, rq};
		l->under_way++;
		if (!start(l, rq->method, rq->path, rq->body, false, on_answer, f)) {
			l->under_way--;
			free(f);
			not_now(l, rq);
		}
	}
}

static void
on_held(void *arg)
{
	link_pump(arg);
}

/* ---- the stream: server-sent events, or pages when the gateway has none ---- */

static void listen_on(struct link *l);

static void
take_event(struct link *l, const json_t *event)
{
	const char *id = json_string_value(json_object_get(event, "id"));
	if (id)
		snprintf(l->cursor, sizeof(l->cursor), "%s", id);
	desk_event(l->d, event);
}

static void
take_line(struct link *l)
{
	if (!strncmp(l->line.s, "data:", 5)) {
		json_t *event = json_loadb(l->line.s + 5, l->line.len - 5, 0, NULL);
		if (event)
			take_event(l, event);
		json_decref(event);
	}
	strbuf_reset(&l->line);
}

static void
on_data(void *arg, const char *bytes, size_t len)
{
	struct link *l = arg;
	look_at_clock(l);
	if (!l->paged && !l->line.len && len && *bytes == '{')
		l->paged = true;
	if (l->paged) {
		strbuf_add(&l->page, bytes, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		if (bytes[i] == '\n')
			take_line(l);
		else if (bytes[i] != '\r')
			strbuf_putc(&l->line, bytes[i]);
	l->changed(l->arg);
}

static void
take_page(struct link *l)
{
	json_t *body = json_loadb(l->page.s, l->page.len, 0, NULL), *event;
	const char *next = json_string_value(json_object_get(body, "next"));
	size_t i;
	json_array_foreach(json_object_get(body, "events"), i, event)
		take_event(l, event);
	if (next)
		snprintf(l->cursor, sizeof(l->cursor), "%s", next);
	if (i)
		l->changed(l->arg);
	json_decref(body);
}

static void
on_stream_end(void *arg, const struct http_answer *a)
{
	struct link *l = arg;
	l->streaming = false;
	look_at_clock(l);
	if (l->paged && !a->failed) {
		take_page(l);
		loop_timer_in(&l->again, POLL);
		return;
	}
	if (a->status == 429) {
		loop_timer_in(&l->again, PATIENT);
		return;
	}
	if (refuses(a->status))
		line_down(l, LINK_REFUSED, a->why);
	else
		line_down(l, LINK_DOWN, a->failed ? a->why : "the stream ended");
	l->changed(l->arg);
}

static void
listen_on(struct link *l)
{
	char path[96];
	if (l->streaming)
		return;
	snprintf(path, sizeof(path), "/v1/events?after=%s", l->cursor);
	strbuf_reset(&l->line);
	strbuf_reset(&l->page);
	l->paged = false;
	l->streaming = start(l, "GET", path, NULL, true, on_stream_end, l) != NULL;
}

/* ---- hello: who am I, and from where on do I listen ---- */

static void
on_hello(void *arg, const struct http_answer *a)
{
	struct link *l = arg;
	struct want_request status = {.what = WANT_STATUS, .path = ""};
	char room[32], nobody[160];
	json_t *body = a->failed ? NULL : json_loadb(a->body.s, a->body.len, 0, NULL);
	const char *why =
		a->failed ? a->why : sentence(body, a->status, room, sizeof(room));
	const char *cursor = json_string_value(json_object_get(body, "cursor"));
	l->hello = false;
	look_at_clock(l);
	if (a->failed == -ECONNREFUSED) {
		snprintf(nobody, sizeof(nobody), "no gateway answers at %s",
			l->socket ? l->socket : l->url);
		why = nobody;
	}
	if (a->failed || a->status != 200 || !cursor) {
		line_down(l, refuses(a->status) ? LINK_REFUSED : LINK_DOWN, why);
	} else {
		l->wait = 0;
		snprintf(l->cursor, sizeof(l->cursor), "%s", cursor);
		bool busy = l->d->busy[WANT_STATUS];
		desk_answer(l->d, &status, a->status, body, "");
		l->d->busy[WANT_STATUS] = busy;
		desk_link(l->d, LINK_UP, "");
		listen_on(l);
	}
	json_decref(body);
	l->changed(l->arg);
}

static void
say_hello(void *arg)
{
	struct link *l = arg;
	if (l->d->link == LINK_UP) {
		listen_on(l);
		return;
	}
	if (!l->hello)
		l->hello = start(l, "GET", "/v1/desk", NULL, false, on_hello, l) != NULL;
	if (!l->hello)
		loop_timer_in(&l->again, RETRY_MAX);
}

/* ---- life ---- */

static struct http_call *
start(struct link *l, const char *method, const char *path, const char *body, bool stream,
	void (*done)(void *arg, const struct http_answer *a), void *arg)
{
	struct strbuf url AUTO(strbuf_done) = STRBUF_INIT(16 * 1024);
	const char *headers[4] = {NULL};
	size_t n = 0;
	strbuf_printf(&url, "%s%s", l->socket ? "http://malgil" : l->url, path);
	if (l->headers_text)
		headers[n++] = l->headers_text;
	if (body)
		headers[n++] = "Content-Type: application/json";
	if (stream)
		headers[n++] = "Accept: text/event-stream";
	struct http_request rq = {.method = method,
		.url = url.s,
		.headers = headers,
		.body = body                      ? body
			: !strcmp(method, "POST") ? ""
						  : NULL,
		.len = body ? strlen(body) : 0,
		.timeout = stream ? SILENCE : PATIENCE,
		.max = ANSWER_MAX,
		.socket = l->socket,
		.data = stream ? on_data : NULL};
	return http_start(l->http, &rq, done, arg);
}

struct link *
link_new(struct loop *loop, struct desk *d, const struct link_options *how)
{
	struct link *l = xcalloc(1, sizeof(*l));
	l->loop = loop;
	l->d = d;
	l->http = http_new(loop);
	l->socket = how->socket ? xstrdup(how->socket) : NULL;
	l->url = how->url ? xstrdup(how->url) : NULL;
	l->changed = how->changed;
	l->arg = how->arg;
	strbuf_init(&l->line, EVENT_MAX);
	strbuf_init(&l->page, ANSWER_MAX);
	if (how->token) {
		size_t size = strlen(how->token) + 32;
		l->headers_text = xmalloc(size);
		snprintf(l->headers_text, size, "Authorization: Bearer %s", how->token);
	}
	loop_timer_init(&l->again, loop, say_hello, l);
	loop_timer_init(&l->held, loop, on_held, l);
	say_hello(l);
	return l;
}

void
link_free(struct link *l)
{
	if (!l)
		return;
	loop_timer_stop(&l->again);
	loop_timer_stop(&l->held);
	http_free(l->http);
	strbuf_done(&l->line);
	strbuf_done(&l->page);
	free(l->headers_text);
	free(l->socket);
	free(l->url);
	free(l);
}
