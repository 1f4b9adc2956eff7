/* One try each: reserved in a tick, launched after its commit, judged when it is back. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway/api/push_inside.h"
#include "gateway/api/twilio.h"
#include "gateway/base/fault.h"
#include "gateway/base/log.h"

#define PER_HOST     4    /* callbacks at once */
#define HOST_SECONDS 5    /* the first pause of a host that does not answer */
#define HOST_DOUBLES 9    /* and how often it doubles: 43 min */
#define ASKED_MOST   HOUR /* that somebody may ask us to wait */

/* ---- hosts, for callbacks ---- */

/* "host:port" as the url has it. */
static void
host_of(const char *url, char ret[PUSH_HOST])
{
	const char *at = strstr(url, "://");
	at = at ? at + 3 : url;
	size_t n = strcspn(at, "/?#");
	for (const char *p = at; p < at + n; p++)
		if (*p == '@') { /* a password before it */
			n -= (size_t)(p + 1 - at);
			at = p + 1;
		}
	snprintf(ret, PUSH_HOST, "%.*s", (int)MIN(n, (size_t)PUSH_HOST - 1), at);
}

/* Its place in the table; a host that answers has none. With `make` the one that may be
 * asked soonest gives way. */
static struct push_host *
find_host(struct push *push, const char *name, bool make)
{
	struct push_host *first = &push->hosts[0];
	for (size_t i = 0; i < ARRAY_LEN(push->hosts); i++) {
		struct push_host *h = &push->hosts[i];
		if (!strcmp(h->name, name))
			return h;
		if (h->until < first->until)
			first = h;
	}
	if (!make)
		return NULL;
	*first = (struct push_host){.failures = 0};
	snprintf(first->name, sizeof(first->name), "%s", name);
	return first;
}

static void
note_host(struct push *push, const char *name, bool answered)
{
	struct push_host *h = find_host(push, name, !answered);
	if (!h)
		return;
	if (answered) {
		*h = (struct push_host){.failures = 0};
		return;
	}
	h->until = core_now(push->core) +
		   (HOST_SECONDS * SECOND << MIN(h->failures, HOST_DOUBLES));
	h->failures++;
}

static bool
host_free(struct push *push, const char *name, int64_t *ret_until)
{
	const struct push_host *h = find_host(push, name, false);
	size_t n = 0;
	for (size_t i = 0; i < PUSH_FLIGHTS; i++)
		if (push->flights[i].used && !push->flights[i].lane->config &&
			!strcmp(push->flights[i].host, name))
			n++;
	*ret_until = h && h->until > core_now(push->core) ? h->until : 0;
	/* One at a time finds out whether it is back. */
	return !*ret_until && n < (h ? 1 : PER_HOST);
}

/* ---- places ---- */

bool
push_flies(const struct push *push, uint64_t delivery)
{
	for (size_t i = 0; i < PUSH_FLIGHTS; i++)
		if (push->flights[i].used && push->flights[i].delivery.id == delivery)
			return true;
	return false;
}

static struct push_flight *
free_place(struct push *push)
{
	for (size_t i = 0; i < PUSH_FLIGHTS; i++)
		if (!push->flights[i].used)
			return &push->flights[i];
	return NULL;
}

static void
leave(struct push_flight *f)
{
	push_call_done(&f->call);
	f->used = false;
	f->lane->flying--;
	f->push->flying--;
}

void
push_unreserve(struct push *push)
{
	for (size_t i = 0; i < PUSH_FLIGHTS; i++)
		if (push->flights[i].used && !push->flights[i].http)
			leave(&push->flights[i]);
}

/* ---- judging ---- */

/* The pause after so many tries, in seconds; the last one goes on. Spread a little, so
 * that what failed together does not come back together. */
static int64_t
pause_after(int tries, uint64_t id)
{
	static const int seconds[] = {5, 15, 60, 300, 900, 1800, 3600, 7200, 14400};
	size_t i = MIN((size_t)MAX(tries, 1), ARRAY_LEN(seconds)) - 1;
	int64_t ms = seconds[i] * SECOND;
	uint64_t hash = (id ^ (uint64_t)tries) * UINT64_C(0x9e3779b97f4a7c15);
	return ms + ms / 8 * (int64_t)(hash >> 56) / 256;
}

/* What it asked for itself, in seconds or as a date: 0 when it did not. */
static int64_t
asked_pause(const struct http_answer *a, int64_t now)
{
	const char *p = a->head.len ? a->head.s : "";
	char *end;
	if (a->failed || (a->status != 429 && a->status != 503))
		return 0;
	while (*p && strncasecmp(p, "retry-after:", 12) != 0)
		p += strcspn(p, "\n"), p += *p == '\n';
	if (!*p)
		return 0;
	p += 12;
	p += strspn(p, " \t");
	int64_t seconds = strtoll(p, &end, 10);
	if (end != p)
		return MIN(MAX(seconds, 0), ASKED_MOST / SECOND) * SECOND;
	char date[64];
	snprintf(date, sizeof(date), "%.*s", (int)strcspn(p, "\r\n"), p);
	int64_t at = http_date(date);
	return at > now ? MIN(at - now, ASKED_MOST) : 0;
}

static void
bury(struct push *push, struct push_lane *lane, struct delivery *d)
{
	struct strbuf detail AUTO(strbuf_done) = STRBUF_SENTENCE;
	d->state = DELIVERY_DEAD;
	d->done_at = core_now(push->core);
	if (d->kind == DELIVERY_TEST)
		return; /* whoever asked for it looks at it */
	strbuf_printf(&detail, "%s: delivery %" PRIu64 ": %s", lane->row.name, d->id,
		*d->why ? d->why : "given up");
	core_event(push->core, &(struct event){.name = "webhook.dead",
				       .message = d->message,
				       .detail = detail.s});
	if (d->kind == DELIVERY_TWILIO_INBOUND)
		twilio_unanswered(push->core, d);
}

static void
disable(struct push *push, struct push_lane *lane)
{
	struct strbuf detail AUTO(strbuf_done) = STRBUF_SENTENCE;
	lane->row.disabled = true;
	snprintf(lane->row.why, sizeof(lane->row.why),
		"it answered 410: nobody is there any more");
	strbuf_printf(&detail, "%s: %s", lane->row.name, lane->row.why);
	core_event(push->core,
		&(struct event){.name = "webhook.disabled", .detail = detail.s});
}

static void
judge_failure(
	struct push *push, struct push_lane *lane, struct delivery *d, int64_t asked)
{
	int64_t now = core_now(push->core);
	lane->row.bad_at = now;
	snprintf(lane->row.why, sizeof(lane->row.why), "%s", d->why);
	if (d->status == 410 && lane->config && d->kind == DELIVERY_EVENT)
		disable(push, lane);
	if (d->status == 410 || d->kind == DELIVERY_TEST || now >= d->until)
		bury(push, lane, d);
	else
		d->due = MIN(now + MAX(pause_after(d->tries, d->id), asked), d->until);
	if (d->tries == 1 || d->state == DELIVERY_DEAD)
		log_event(LOG_WARN, "webhook.failed", LOG_TEXT("name", lane->row.name),
			LOG_ID("delivery", d->id), LOG_TEXT("why", d->why));
}

static void
take_answer(struct push_flight *f, const struct http_answer *a)
{
	struct push *push = f->push;
	struct push_lane *lane = f->lane;
	struct delivery *d = &f->delivery;
	d->tries++;
	d->status = a->status;
	d->took = clock_mono(push->core->clock) - f->began;
	d->why[0] = '\0';
	if (a->failed)
		snprintf(d->why, sizeof(d->why), "%s", a->why);
	else if (a->status / 100 != 2)
		snprintf(d->why, sizeof(d->why), "it answered %d%s", a->status,
			a->status / 100 == 3
				? ", which sends elsewhere and is not followed"
				: "");
	if (*d->why) {
		judge_failure(push, lane, d, asked_pause(a, core_now(push->core)));
	} else {
		d->state = DELIVERY_DELIVERED;
		d->done_at = lane->row.good_at = core_now(push->core);
		lane->row.why[0] = '\0';
		if (d->kind == DELIVERY_TWILIO_INBOUND)
			twilio_answered(push->core, d, a);
	}
	if (!lane->config)
		note_host(push, f->host, !a->failed || a->failed == -EMSGSIZE);
}

/* What went well in a line is written down with others; all else at once. */
static void
keep(struct push *push, struct push_lane *lane, const struct delivery *d)
{
	bool well = d->state == DELIVERY_DELIVERED && d->kind == DELIVERY_EVENT;
	if (d->state != DELIVERY_PENDING)
		lane->pending = MAX(lane->pending - 1, 0);
	if (well)
		lane->done[lane->done_count++] = *d;
	if (!well || lane->done_count == PUSH_DONE)
		push_flush(push, lane);
	if (well)
		return;
	delivery_save(push->core->db, d);
	hook_save(push->core->db, &lane->row);
	push_changed(push);
}

static void
on_answer(void *arg, const struct http_answer *answer)
{
	struct push_flight *f = arg;
	struct push *push = f->push;
	f->http = NULL;
	FAULT("push.answered");
	take_answer(f, answer);
	keep(push, f->lane, &f->delivery);
	if (f->delivery.kind == DELIVERY_TEST)
		push_tested(push, &f->delivery);
	leave(f);
	push_pump(push);
}

/* ---- going ---- */

enum push_reserved
push_reserve(struct push *push, struct push_lane *lane, const struct delivery *d,
	int64_t *ret_until)
{
	struct push_flight *f = free_place(push);
	struct delivery gone = *d;
	if (!f)
		return PUSH_LATER;
	*f = (struct push_flight){.push = push, .lane = lane, .delivery = *d};
	push_call_init(&f->call);
	if (push_compose(push, lane, d, &f->call) < 0) {
		push_call_done(&f->call);
		snprintf(gone.why, sizeof(gone.why),
			"what it tells of is not in the store any more");
		bury(push, lane, &gone);
		delivery_save(push->core->db, &gone);
		lane->pending = MAX(lane->pending - 1, 0);
		push_changed(push);
		return PUSH_GONE;
	}
	host_of(f->call.url.s, f->host);
	if (ret_until && !host_free(push, f->host, ret_until)) {
		push_call_done(&f->call);
		return PUSH_LATER;
	}
	f->used = true;
	lane->flying++;
	push->flying++;
	push_changed(push);
	return PUSH_RESERVED;
}

/* Two, because a connection kept open by one who may go inside would serve the next who
 * may not. */
static struct http *
http_for(struct push *push, bool outside)
{
	struct http **http = outside ? &push->outside : &push->inside;
	if (!*http)
		*http = http_new(push->core->loop);
	return *http;
}

static void
launch(struct push *push, struct push_flight *f)
{
	const char *headers[PUSH_HEADERS + 1] = {NULL};
	const struct push_call *c = &f->call;
	bool post = strcmp(c->method, "GET") != 0;
	for (size_t i = 0; i < c->header_count; i++)
		headers[i] = c->headers[i].s;
	f->began = clock_mono(push->core->clock);
	f->http = http_start(http_for(push, c->outside),
		&(struct http_request){.method = c->method,
			.url = c->url.s,
			.headers = headers,
			.body = post ? c->body.s : NULL,
			.len = c->body.len,
			.timeout = c->timeout,
			.max = PUSH_ANSWER,
			.head = true,
			.outside = c->outside},
		on_answer, f);
	if (!f->http)
		abort(); /* more are under way than there are places here */
}

void
push_launch(struct push *push)
{
	for (size_t i = 0; i < PUSH_FLIGHTS; i++)
		if (push->flights[i].used && !push->flights[i].http)
			launch(push, &push->flights[i]);
}
