/* The life of an account, and its sends. */
#include "drivers/cloud/cloud.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "drivers/cloud/answer.h"
#include "gateway/base/log.h"

#define TIMEOUT   (30 * SECOND)
#define CALLS     2048 /* of all accounts together */
#define FIELDS    64
#define FULL_REST SECOND

/* One thread speaks HTTP for all accounts of a loop. */
static struct {
	struct loop *loop;
	struct http *http;
	unsigned users;
} shared;

static struct http *
http_take(struct loop *loop)
{
	if (!shared.users++) {
		shared.loop = loop;
		shared.http = http_new_with(loop, CALLS, CLOUD_FLIGHT);
	}
	return shared.http;
}

static void
http_leave(void)
{
	if (--shared.users)
		return;
	http_free(shared.http);
	shared.http = NULL;
}

/* ---- the wire ---- */

void
cloud_note(struct driver *d, const char *fmt, ...)
{
	va_list ap;
	struct strbuf line AUTO(strbuf_done) = STRBUF_INIT(512);
	va_start(ap, fmt);
	strbuf_vprintf(&line, fmt, ap);
	va_end(ap);
	cloud_scrub(&d->config.account, line.s);
	strbuf_putc(&line, '\n');
	while (d->trace.len + line.len > CLOUD_TRACE) {
		const char *end = memchr(d->trace.s, '\n', d->trace.len);
		strbuf_consume(
			&d->trace, end ? (size_t)(end - d->trace.s) + 1 : d->trace.len);
	}
	strbuf_add(&d->trace, line.s, line.len);
}

void
cloud_moment(struct driver *d, char salt[33], struct cloud_moment *ret)
{
	uint8_t bytes[16];
	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		abort();
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(salt + 2 * i, 3, "%02x", bytes[i]);
	*ret = (struct cloud_moment){
		.now = clock_wall(loop_clock(d->loop)), .salt = salt, .mask = false};
}

struct http_call *
cloud_start(struct driver *d, const struct cloud_request *rq, bool once, int64_t timeout,
	void (*done)(void *arg, const struct http_answer *answer), void *arg)
{
	struct http_request request = {.method = rq->method,
		.url = rq->url.s,
		.headers = (const char *const *)rq->headers,
		.body = rq->has_body ? rq->body.s : NULL,
		.len = rq->body.len,
		.timeout = timeout ? timeout : TIMEOUT,
		.max = CLOUD_ANSWER,
		.user = rq->user.len ? rq->user.s : NULL,
		.sigv4 = rq->sigv4.len ? rq->sigv4.s : NULL,
		.once = once,
		.head = true};
	return http_start(d->http, &request, done, arg);
}

size_t
cloud_fields(char *text, struct raw_field *ret, size_t max)
{
	size_t n = 0;
	for (char *line = text, *next; line && *line && n < max; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		char *colon = strchr(line, ':');
		if (!colon)
			continue;
		*colon++ = '\0';
		while (*colon == ' ')
			colon++;
		ret[n++] = (struct raw_field){line, colon};
	}
	return n;
}

/* ---- one send ---- */

static struct cloud_send *
find(struct driver *d, uint64_t attempt)
{
	for (size_t i = 0; i < CLOUD_FLIGHT; i++)
		if (d->sends[i].used && d->sends[i].attempt == attempt)
			return &d->sends[i];
	return NULL;
}

static void
drop(struct cloud_send *s)
{
	loop_forget(s->d->loop, s);
	cloud_request_free(&s->request);
	s->used = s->released = s->waiting = false;
	s->call = NULL;
}

static void
finish(struct cloud_send *s, const struct outcome *o)
{
	struct driver *d = s->d;
	uint64_t attempt = s->attempt;
	drop(s);
	channel_outcome(d->channel, attempt, o);
}

/* From release() nothing may be written: the outcome is the next tick's. */
static void
on_trouble(void *arg)
{
	struct cloud_send *s = arg;
	struct outcome o = {.what = SEND_REJECTED, .reference = -1, .code = -1};
	char why[sizeof(s->trouble)];
	snprintf(why, sizeof(why), "%s", s->trouble);
	o.why = why;
	finish(s, &o);
}

static void
on_full(void *arg)
{
	finish(arg, &(struct outcome){.what = SEND_LATER,
			    .reference = -1,
			    .code = -1,
			    .why = "too many requests are under way",
			    .channel_fault = true,
			    .rest = FULL_REST});
}

static const char *
refusal_event(enum cloud_error error)
{
	return error == CLOUD_CREDIT ? "cloud.credit"
	       : error == CLOUD_AUTH ? "cloud.keys"
				     : "cloud.trouble";
}

static void
tell(struct cloud_send *s, struct cloud_result *r)
{
	struct driver *d = s->d;
	char price[40];
	snprintf(price, sizeof(price), "%s%s%s", r->price,
		*r->price && *r->currency ? " " : "", r->currency);
	cloud_scrub(&d->config.account, r->why);
	struct outcome o = {.what = r->what,
		.reference = -1,
		.id = *r->id ? r->id : NULL,
		.code = r->code,
		.why = *r->why ? r->why : NULL,
		.channel_fault = r->channel_fault,
		.rest = r->rest,
		.price = *price ? price : NULL,
		.refusal = r->error == CLOUD_OPTOUT    ? REFUSAL_OPTED_OUT
			   : r->error == CLOUD_INVALID ? REFUSAL_NOBODY
						       : REFUSAL_OTHER};
	if (r->person)
		channel_notice(d->channel, refusal_event(r->error), r->why);
	finish(s, &o);
}

static void
on_answer(void *arg, const struct http_answer *a)
{
	struct cloud_send *s = arg;
	struct driver *d = s->d;
	struct raw_field fields[FIELDS];
	struct cloud_result r;
	struct strbuf head AUTO(strbuf_done) = STRBUF_INIT(a->head.len + 1);
	strbuf_add(&head, a->head.s, a->head.len);
	struct cloud_answer answer = {.failed = a->failed,
		.left = a->left,
		.status = a->status,
		.why = a->why,
		.headers = fields,
		.header_count = cloud_fields(head.s, fields, FIELDS),
		.body = a->body.s,
		.len = a->body.len};
	int64_t now = clock_wall(loop_clock(d->loop));
	s->call = NULL;
	cloud_answer_read(d->config.profile, d->config.profile->send, &answer, now, &r);
	cloud_note(d, "< %d %s%s %lld ms", a->status, *r.id ? r.id : "", r.why,
		(long long)(clock_mono(loop_clock(d->loop)) - s->begun));
	tell(s, &r);
}

static void
begin(struct cloud_send *s)
{
	struct driver *d = s->d;
	const struct cloud_call *call = d->config.profile->send;
	int64_t timeout = d->config.timeout ? d->config.timeout : call->timeout;
	s->waiting = false;
	s->begun = clock_mono(loop_clock(d->loop));
	cloud_note(d, "> %s attempt %llu", s->request.method,
		(unsigned long long)s->attempt);
	s->call = cloud_start(d, &s->request, true, timeout, on_answer, s);
	if (!s->call)
		loop_post(d->loop, on_full, s);
}

/* ---- the rate ---- */

static int64_t
rate_of(const struct driver *d)
{
	const struct cloud_throttle *t = d->config.profile->throttle;
	return d->config.rate ? d->config.rate : t ? t->rate : 0;
}

/* Until the next may leave; those that waited when a rate was taken away go at once. */
static int64_t
pace_of(const struct driver *d)
{
	int64_t rate = rate_of(d);
	return rate ? MAX(SECOND / rate, 1) : 1;
}

static bool
take_token(struct driver *d)
{
	int64_t rate = rate_of(d), now = clock_mono(loop_clock(d->loop));
	const struct cloud_throttle *t = d->config.profile->throttle;
	double burst = (double)MAX(t && t->burst ? t->burst : rate / 10, 1);
	if (!rate)
		return true;
	d->tokens += (double)(now - d->tokens_at) * (double)rate / 1000.0;
	d->tokens = MIN(d->tokens, burst);
	d->tokens_at = now;
	if (d->tokens < 1)
		return false;
	d->tokens -= 1;
	return true;
}

static struct cloud_send *
first_waiting(struct driver *d)
{
	struct cloud_send *first = NULL;
	for (size_t i = 0; i < CLOUD_FLIGHT; i++)
		if (d->sends[i].used && d->sends[i].waiting &&
			(!first || d->sends[i].attempt < first->attempt))
			first = &d->sends[i];
	return first;
}

static void
on_pace(void *arg)
{
	struct driver *d = arg;
	struct cloud_send *s;
	while ((s = first_waiting(d)) && take_token(d))
		begin(s);
	if (s)
		loop_timer_in(&d->pace, pace_of(d));
}

/* ---- core's calls ---- */

static void
cloud_send(struct driver *d, const struct outgoing *out)
{
	struct cloud_send *s = d->sends;
	char salt[33], key[24];
	struct cloud_moment moment;
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	while (s->used)
		s++;
	cloud_moment(d, salt, &moment);
	snprintf(key, sizeof(key), "%llu", (unsigned long long)out->message);
	struct cloud_message m = {.to = out->to,
		.from = d->config.from ? d->config.from : "",
		.text = out->text,
		.key = key,
		.id = "",
		.category = out->category ? out->category : ""};
	*s = (struct cloud_send){.used = true, .attempt = out->attempt, .d = d};
	if (cloud_build(&d->config.account, d->config.profile->send, &m, &moment,
		    &s->request, &why) < 0)
		snprintf(s->trouble, sizeof(s->trouble), "%.250s",
			why.len ? why.s : "the request cannot be made");
}

static void
cloud_release(struct driver *d, uint64_t attempt)
{
	struct cloud_send *s = find(d, attempt);
	if (!s)
		return;
	s->released = true;
	if (*s->trouble) {
		loop_post(d->loop, on_trouble, s);
		return;
	}
	if (!first_waiting(d) && take_token(d)) {
		begin(s);
		return;
	}
	s->waiting = true;
	if (!loop_timer_active(&d->pace))
		loop_timer_in(&d->pace, pace_of(d));
}

static void
cloud_withdraw(struct driver *d, uint64_t attempt)
{
	struct cloud_send *s = find(d, attempt);
	if (s)
		drop(s);
}

static void
cloud_committed(struct driver *d, uint64_t token)
{
	(void)d;
	(void)token;
}

static void
cloud_trace(struct driver *d, struct strbuf *out)
{
	strbuf_add(out, d->trace.s, d->trace.len);
}

/* ---- life ---- */

static void
on_open(void *arg)
{
	struct driver *d = arg;
	struct channel_identity who = {.imei = ""};
	struct channel_facts facts = {.storage_used = -1, .storage_total = -1};
	const struct cloud_profile *p = d->config.profile;
	snprintf(who.manufacturer, sizeof(who.manufacturer), "%s",
		p->title ? p->title : p->name);
	snprintf(who.profile, sizeof(who.profile), "%s", p->name);
	snprintf(who.own_number, sizeof(who.own_number), "%s",
		d->config.from ? d->config.from : "");
	snprintf(facts.operator_name, sizeof(facts.operator_name), "%s",
		p->title ? p->title : p->name);
	snprintf(facts.registration, sizeof(facts.registration), "account");
	channel_window(d->channel, (unsigned)d->config.in_flight);
	channel_identify(d->channel, &who);
	channel_facts(d->channel, &facts);
	channel_ready(d->channel);
}

static void
cloud_reset(struct driver *d)
{
	loop_forget(d->loop, d);
	loop_post(d->loop, on_open, d);
}

static int
cloud_check(const struct conf_node *group, struct strbuf *err)
{
	struct cloud_config config;
	int r = cloud_config_read(group, NULL, &config, err);
	if (!r)
		cloud_config_free(&config);
	return r;
}

static struct driver *
cloud_open(const struct driver_env *env, struct strbuf *err)
{
	struct driver *d = xcalloc(1, sizeof(*d));
	d->loop = env->loop;
	d->channel = env->channel;
	if (cloud_config_read(env->config, env->public_url, &d->config, err) < 0) {
		free(d);
		return NULL;
	}
	strbuf_init(&d->trace, CLOUD_TRACE);
	strbuf_init(&d->certificate, 16 * 1024);
	d->http = http_take(d->loop);
	d->tokens_at = clock_mono(loop_clock(d->loop));
	d->tokens = 1;
	loop_timer_init(&d->pace, d->loop, on_pace, d);
	cloud_asks_open(d);
	loop_post(d->loop, on_open, d);
	return d;
}

/* What libcurl has may have left; the rest has not. */
static void
abandon(struct cloud_send *s)
{
	struct outcome o = {.what = s->call ? SEND_UNKNOWN : SEND_LATER,
		.reference = -1,
		.code = -1,
		.channel_fault = !s->call,
		.why = "the gateway is stopping"};
	if (s->call)
		http_cancel(s->call);
	finish(s, &o);
}

static void
cloud_close(struct driver *d)
{
	loop_timer_stop(&d->pace);
	cloud_asks_close(d);
	cloud_calls_close(d);
	for (size_t i = 0; i < CLOUD_FLIGHT; i++)
		if (d->sends[i].used)
			abandon(&d->sends[i]);
	loop_forget(d->loop, d);
	http_leave();
	strbuf_done(&d->trace);
	strbuf_done(&d->certificate);
	cloud_config_free(&d->config);
	free(d);
}

static int
cloud_preview(const struct driver_env *env, const struct outgoing *out,
	struct strbuf *ret, struct strbuf *err)
{
	struct cloud_config c;
	struct cloud_request rq;
	struct cloud_moment moment = {.now = clock_wall(clock_real()),
		.salt = "0123456789abcdef0123456789abcdef",
		.mask = true};
	char key[24];
	if (cloud_config_read(env->config, env->public_url, &c, err) < 0)
		return -EINVAL;
	snprintf(key, sizeof(key), "%llu", (unsigned long long)out->message);
	struct cloud_message m = {.to = out->to,
		.from = c.from ? c.from : "",
		.text = out->text,
		.key = key,
		.id = "",
		.category = out->category};
	int r = cloud_build(&c.account, c.profile->send, &m, &moment, &rq, err);
	if (!r)
		cloud_request_print(&rq, ret);
	cloud_scrub(&c.account, ret->s);
	cloud_request_free(&rq);
	cloud_config_free(&c);
	return r;
}

extern const struct driver_ops driver_cloud;
const struct driver_ops driver_cloud = {
	.name = "cloud",
	.caps = DRIVER_UNICODE | DRIVER_REPORTS | DRIVER_INBOUND,
	.in_flight = CLOUD_FLIGHT,
	.check = cloud_check,
	.open = cloud_open,
	.close = cloud_close,
	.send = cloud_send,
	.release = cloud_release,
	.withdraw = cloud_withdraw,
	.committed = cloud_committed,
	.trace = cloud_trace,
	.reset = cloud_reset,
	.webhook = cloud_webhook,
	.interpret = cloud_interpret,
	.about = cloud_profile_about,
	.preview = cloud_preview,
};
