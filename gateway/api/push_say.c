/* What a delivery says: composed anew for each try, from the event and the message. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/api/kannel.h"
#include "gateway/api/push_inside.h"
#include "gateway/api/push_sign.h"
#include "gateway/api/twilio.h"
#include "gateway/core/channel_inside.h"
#include "gateway/net/jsonw.h"
#include "gateway/store/contacts.h"
#include "gateway/store/messages.h"

#define BODY_MAX (1024 * 1024)
#define URL_MAX  (16 * 1024)

void
push_call_init(struct push_call *call)
{
	*call = (struct push_call){.method = "POST", .timeout = 10 * SECOND};
	strbuf_init(&call->url, URL_MAX);
	strbuf_init(&call->body, BODY_MAX);
	for (size_t i = 0; i < PUSH_HEADERS; i++)
		strbuf_init(&call->headers[i], 4096);
}

void
push_call_done(struct push_call *call)
{
	strbuf_done(&call->url);
	strbuf_done(&call->body);
	for (size_t i = 0; i < PUSH_HEADERS; i++)
		strbuf_done(&call->headers[i]);
}

void
push_header(struct push_call *call, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	if (call->header_count < PUSH_HEADERS)
		strbuf_vprintf(&call->headers[call->header_count++], fmt, ap);
	va_end(ap);
}

/* ---- JSON ---- */

/* What a script hands on is about somebody who is known by their number elsewhere: an
 * audience of an advertising platform is made of those. */
static void
write_whom(struct core *core, struct jsonw *w, const struct hook_event *e)
{
	struct contact c;
	if (!strcmp(e->name, "dialog.webhook") && e->contact &&
		contact_load(core->db, e->contact, &c) && *c.phone == '+')
		jsonw_text(w, "phone", c.phone);
}

static void
write_event(struct core *core, struct jsonw *w, const struct hook_event *e)
{
	const struct channel *ch = channel_by_id(core, e->channel);
	jsonw_open(w, "event", '{');
	jsonw_id(w, "id", e->id);
	jsonw_time(w, "at", e->at);
	jsonw_text(w, "name", e->name);
	jsonw_id(w, "message", e->message);
	jsonw_id(w, "contact", e->contact);
	write_whom(core, w, e);
	jsonw_id(w, "ticket", e->ticket);
	jsonw_text(w, "channel", ch ? ch->row.name : NULL);
	jsonw_some(w, "detail", e->detail);
	jsonw_close(w, '}');
}

/* What of a message never changes: its state is what the event is about. */
static void
write_message(struct jsonw *w, const struct message *m)
{
	jsonw_open(w, "message", '{');
	jsonw_id(w, "id", m->id);
	jsonw_text(w, "direction", m->outbound ? "out" : "in");
	jsonw_text(w, "phone", m->phone);
	jsonw_text(w, "text", m->text);
	jsonw_text(w, "class", m->outbound ? message_class_name(m->cls) : NULL);
	jsonw_some(w, "origin", m->origin);
	jsonw_some(w, "key", m->key);
	jsonw_id(w, "reply_to", m->reply_to);
	jsonw_int(w, "parts", m->parts);
	jsonw_time(w, "created", m->created);
	jsonw_close(w, '}');
}

static int
load_event(struct core *core, const struct delivery *d, struct hook_event *ret)
{
	if (d->kind != DELIVERY_TEST)
		return hook_event_load(core->db, d->event, ret) ? 0 : -ENOENT;
	*ret = (struct hook_event){.id = d->id,
		.at = ids_wall(d->id),
		.name = "webhook.test",
		.detail = xstrdup("somebody asked for a test")};
	return 0;
}

int
push_event_json(
	struct core *core, const char *hook, const struct delivery *d, struct strbuf *ret)
{
	struct jsonw w = {ret};
	struct hook_event e;
	struct message m;
	int r = load_event(core, d, &e);
	if (r)
		return r;
	jsonw_open(&w, NULL, '{');
	jsonw_id(&w, "delivery", d->id);
	jsonw_text(&w, "webhook", hook);
	write_event(core, &w, &e);
	if (e.message && message_load(core->db, e.message, &m)) {
		write_message(&w, &m);
		message_done(&m);
	} else {
		jsonw_null(&w, "message");
	}
	jsonw_close(&w, '}');
	hook_event_done(&e);
	return 0;
}

/* ---- the webhooks of the configuration ---- */

static int
compose_event(struct push *push, const struct push_lane *lane, const struct delivery *d,
	struct push_call *ret)
{
	const struct config_hook *hook = lane->config;
	struct strbuf signature AUTO(strbuf_done) = STRBUF_INIT(256);
	int r = push_event_json(push->core, hook->name, d, &ret->body);
	if (r)
		return r;
	push_sign(hook->secret, core_now(push->core) / 1000, ret->body.s, ret->body.len,
		&signature);
	strbuf_puts(&ret->url, hook->url);
	ret->timeout = hook->timeout;
	ret->outside = !hook->allow_private;
	push_header(ret, "Content-Type: application/json");
	push_header(ret, "Malgil-Delivery: %" PRIu64, d->id);
	push_header(ret, "Malgil-Attempt: %d", d->tries + 1);
	push_header(ret, "Malgil-Signature: %s", signature.s);
	return 0;
}

int
push_compose(struct push *push, const struct push_lane *lane, const struct delivery *d,
	struct push_call *ret)
{
	int r = -ENOENT;
	switch (d->kind) {
	case DELIVERY_EVENT:
	case DELIVERY_TEST: r = compose_event(push, lane, d, ret); break;
	case DELIVERY_TWILIO_STATUS:
	case DELIVERY_TWILIO_INBOUND: r = twilio_compose(push->core, d, ret); break;
	case DELIVERY_KANNEL: r = kannel_compose(push->core, d, ret); break;
	}
	return r ? r : ret->url.full || ret->body.full ? -ENOENT : 0;
}
