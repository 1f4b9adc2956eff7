/* Where a provider does not tell, it is asked: what became of messages, whether it has
 * one that is in doubt, and which texts have come. What is asked about is read from the
 * store each time, so a restart forgets nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/cloud/cloud.h"
#include "drivers/cloud/hook.h"

#define EVERY   (30 * SECOND)
#define TIMEOUT (15 * SECOND)
#define FIELDS  64

static struct cloud_ask *
place(struct driver *d)
{
	for (size_t i = 0; i < CLOUD_ASKING; i++)
		if (!d->asks[i].call)
			return &d->asks[i];
	return NULL;
}

/* ---- answers ---- */

struct filling {
	struct cloud_ask *ask;
	char key[24];
};

static bool
value_of(void *arg, const char *name, struct strbuf *out)
{
	struct filling *f = arg;
	if (!strcmp(name, "msg.id"))
		strbuf_puts(out, f->ask->about.id);
	else if (!strcmp(name, "msg.key"))
		strbuf_puts(out, f->key);
	else if (!strcmp(name, "msg.phone") || !strcmp(name, "msg.to"))
		strbuf_puts(out, f->ask->about.phone);
	else
		return false;
	return true;
}

static bool
fill(struct cloud_ask *ask, const char *text, struct strbuf *out)
{
	struct filling f = {.ask = ask};
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct tpl_scope scope = {value_of, &f};
	snprintf(f.key, sizeof(f.key), "%llu", (unsigned long long)ask->about.message);
	return tpl_fill(text, TPL_PLAIN, &scope, out, &err);
}

/* The state of one message at one place of the answer. */
static void
read_state(struct cloud_ask *ask, const struct cloud_doc *doc)
{
	struct driver *d = ask->d;
	const struct cloud_profile *p = d->config.profile;
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(512);
	struct strbuf word AUTO(strbuf_done) = STRBUF_INIT(128);
	if (!fill(ask, ask->call->state, &path) ||
		!cloud_pick(doc, NULL, path.s, &word) || !json_utf8(word.s) ||
		!p->status_count)
		return;
	enum cloud_state state = cloud_state_of(&p->status[0], word.s);
	enum cloud_error error = cloud_error_of(p, word.s);
	enum report_state told = state == CLOUD_STATE_DELIVERED ? REPORT_STATE_DELIVERED
				 : state == CLOUD_STATE_EXPIRED ? REPORT_STATE_EXPIRED
				 : state >= CLOUD_STATE_UNDELIVERED
					 ? REPORT_STATE_UNDELIVERED
					 : REPORT_STATE_PENDING;
	/* Nothing new is no row. */
	if (told == REPORT_STATE_PENDING)
		return;
	channel_report(
		d->channel, &(struct incoming_report){.id = ask->about.id,
				    .message = ask->about.message,
				    .state = told,
				    .why = word.s,
				    .price = "",
				    .refusal = error == CLOUD_OPTOUT ? REFUSAL_OPTED_OUT
								     : REFUSAL_OTHER,
				    .phone = ask->about.phone});
}

static bool
is_ours(struct cloud_ask *ask, const struct cloud_doc *doc, const json_t *e)
{
	const struct cloud_pairs *rules = &ask->call->match;
	for (size_t i = 0; i < rules->count; i++) {
		struct strbuf want AUTO(strbuf_done) = STRBUF_INIT(512);
		struct strbuf have AUTO(strbuf_done) = STRBUF_INIT(4096);
		if (!rules->list[i].v || !fill(ask, rules->list[i].v, &want) ||
			!cloud_pick(doc, e, rules->list[i].k, &have) ||
			strcmp(want.s, have.s) != 0)
			return false;
	}
	return true;
}

/* Only that it is there is evidence: what is not found may be on its way still. */
static void
read_found(struct cloud_ask *ask, const struct cloud_doc *doc)
{
	const struct cloud_call *c = ask->call;
	const json_t *list =
		c->each ? json_pointer(doc->json, c->each[1] ? c->each : "") : NULL;
	size_t n = list ? json_array_size(list) : 1;
	for (size_t i = 0; i < n; i++) {
		struct strbuf id AUTO(strbuf_done) = STRBUF_INIT(127);
		const json_t *e = list ? json_array_get(list, i) : NULL;
		if (!is_ours(ask, doc, e) || !cloud_pick_all(doc, e, &c->id, &id) ||
			id.full || !json_utf8(id.s))
			continue;
		channel_found(ask->d->channel, ask->about.attempt, id.s);
		return;
	}
}

static void
read_answer(struct cloud_ask *ask, const struct http_answer *a)
{
	struct driver *d = ask->d;
	const struct cloud_profile *p = d->config.profile;
	struct raw_field fields[FIELDS];
	struct cloud_doc doc;
	if (ask->call == p->fetch) {
		struct strbuf packed AUTO(strbuf_done) = STRBUF_INIT(CLOUD_ANSWER + 256);
		cloud_pack("", a->type, a->body.s, a->body.len, &packed);
		if (a->body.len > 2 && !packed.full)
			(void)!channel_hook(d->channel, packed.s, packed.len);
		return;
	}
	struct strbuf head AUTO(strbuf_done) = STRBUF_INIT(a->head.len + 1);
	strbuf_add(&head, a->head.s, a->head.len);
	size_t n = cloud_fields(head.s, fields, FIELDS);
	cloud_doc_open(&doc, a->body.s, a->body.len, "", fields, n);
	if (ask->call == p->lookup)
		read_found(ask, &doc);
	else if (ask->call->state)
		read_state(ask, &doc);
	else
		cloud_hear(d, &doc);
	cloud_doc_close(&doc);
}

static void
on_answer(void *arg, const struct http_answer *a)
{
	struct cloud_ask *ask = arg;
	ask->http = NULL;
	if (!a->failed && a->status >= 200 && a->status < 300)
		read_answer(ask, a);
	ask->call = NULL;
}

/* ---- questions ---- */

/* False when no more can be asked now. */
static bool
ask(struct driver *d, const struct cloud_call *call, const struct asked *about)
{
	struct cloud_ask *a = place(d);
	struct cloud_request rq;
	struct cloud_moment moment;
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	char salt[33], key[24];
	if (!a)
		return false;
	cloud_moment(d, salt, &moment);
	snprintf(key, sizeof(key), "%llu", (unsigned long long)about->message);
	struct cloud_message m = {.to = about->phone,
		.from = d->config.from ? d->config.from : "",
		.text = "",
		.key = key,
		.id = about->id,
		.category = ""};
	*a = (struct cloud_ask){.d = d, .call = call, .about = *about};
	if (cloud_build(&d->config.account, call, &m, &moment, &rq, &why) == 0)
		a->http = cloud_start(d, &rq, false,
			call->timeout ? call->timeout : TIMEOUT, on_answer, a);
	cloud_request_free(&rq);
	if (!a->http)
		a->call = NULL;
	return true;
}

static void
again(struct loop_timer *t, const struct cloud_call *call)
{
	loop_timer_in(t, call->every ? call->every : EVERY);
}

static void
on_poll(void *arg)
{
	struct driver *d = arg;
	struct asked list[CLOUD_ASKING];
	const struct cloud_call *call = d->config.profile->poll;
	size_t n = channel_unreported(d->channel, d->polled, list, CLOUD_ASKING);
	/* From the start again, once all were asked about. */
	if (n < CLOUD_ASKING)
		d->polled = 0;
	for (size_t i = 0; i < n && ask(d, call, &list[i]); i++)
		if (n == CLOUD_ASKING)
			d->polled = list[i].attempt;
	again(&d->poll, call);
}

static void
on_lookup(void *arg)
{
	struct driver *d = arg;
	struct asked list[CLOUD_ASKING];
	size_t n = channel_doubts(d->channel, list, CLOUD_ASKING / 2);
	for (size_t i = 0; i < n && ask(d, d->config.profile->lookup, &list[i]); i++)
		;
	again(&d->lookup, d->config.profile->lookup);
}

static void
on_fetch(void *arg)
{
	struct driver *d = arg;
	ask(d, d->config.profile->fetch, &(struct asked){.attempt = 0});
	again(&d->fetch, d->config.profile->fetch);
}

void
cloud_asks_open(struct driver *d)
{
	const struct cloud_profile *p = d->config.profile;
	loop_timer_init(&d->poll, d->loop, on_poll, d);
	loop_timer_init(&d->lookup, d->loop, on_lookup, d);
	loop_timer_init(&d->fetch, d->loop, on_fetch, d);
	if (p->poll)
		again(&d->poll, p->poll);
	if (p->lookup)
		again(&d->lookup, p->lookup);
	if (p->fetch)
		again(&d->fetch, p->fetch);
}

void
cloud_asks_close(struct driver *d)
{
	loop_timer_stop(&d->poll);
	loop_timer_stop(&d->lookup);
	loop_timer_stop(&d->fetch);
	for (size_t i = 0; i < CLOUD_ASKING; i++)
		if (d->asks[i].http)
			http_cancel(d->asks[i].http);
}
