/* Calling the application back: what became of its messages, and what came in; and doing
 * what it answers. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/push_inside.h"
#include "gateway/api/push_sign.h"
#include "gateway/api/twilio.h"
#include "gateway/api/twiml.h"
#include "gateway/core/channel_inside.h"
#include "gateway/core/outbox.h"
#include "gateway/core/tickets.h"
#include "gateway/net/json.h"

#define STALE (12 * HOUR) /* an answer to what was written before would surprise */

/* Which events are told, and as which status: what was true then, whatever is now. */
static const struct {
	const char *event, *status;
	int code; /* 0: by the message's reason */
} told[] = {
	{"message.accepted", "queued", 0},
	{"message.sent", "sent", 0},
	{"message.delivered", "delivered", 0},
	{"message.undelivered", "undelivered", 30003},
	{"message.failed", "failed", 30008},
	{"message.expired", "failed", 30036},
	{"message.suppressed", "failed", 30007},
	{"message.canceled", "canceled", 0},
	{"message.doubt_closed", "undelivered", 30008},
};

static int
find_told(const char *event)
{
	for (size_t i = 0; i < ARRAY_LEN(told); i++)
		if (!strcmp(told[i].event, event))
			return (int)i;
	return -1;
}

bool
twilio_wants(const char *event)
{
	return find_told(event) >= 0;
}

/* ---- composing ---- */

static const char *
number_of(struct core *core, const struct config_account *a, uint64_t channel)
{
	const struct channel *ch = channel_by_id(core, channel);
	return twilio_number(a, ch ? ch->row.name : NULL);
}

/* Signs and writes the form. The id under which it is repeated is told as Twilio does. */
static void
finish_call(const struct config_account *a, const struct delivery *d, const char *url,
	struct push_form *form, struct push_call *ret)
{
	struct strbuf signature AUTO(strbuf_done) = STRBUF_INIT(128);
	push_sign_twilio(a->auth_token, url, form, &signature);
	push_form_write(form, &ret->body);
	strbuf_puts(&ret->url, url);
	ret->outside = !a->allow_private;
	push_header(
		ret, "Content-Type: application/x-www-form-urlencoded; charset=utf-8");
	push_header(ret, "X-Twilio-Signature: %s", signature.s);
	push_header(ret, "I-Twilio-Idempotency-Token: %" PRIu64, d->id);
	push_header(ret, "Accept: */*");
}

static int
compose_status(struct core *core, const struct config_account *a,
	const struct delivery *d, const struct message *m, struct push_call *ret)
{
	struct push_form form = {.count = 0};
	struct hook_event e;
	struct callback c;
	char sid[TWILIO_SID], code[16] = "";
	if (!callback_load(core->db, d->message, &c) ||
		!hook_event_load(core->db, d->event, &e))
		return -ENOENT;
	hook_event_done(&e);
	int i = find_told(e.name);
	if (i < 0 || !*c.url)
		return -ENOENT;
	int number = told[i].code;
	if (m->state == MESSAGE_SUPPRESSED)
		twilio_status(m, core_now(core), &number);
	if (number)
		snprintf(code, sizeof(code), "%d", number);
	twilio_sid(m->id, sid);
	push_form_add(&form, "AccountSid", a->sid);
	push_form_add(&form, "ApiVersion", "2010-04-01");
	push_form_add(
		&form, "From", number_of(core, a, m->channel ? m->channel : m->route));
	push_form_add(&form, "MessageSid", sid);
	push_form_add(&form, "MessageStatus", told[i].status);
	push_form_add(&form, "SmsSid", sid);
	push_form_add(&form, "SmsStatus", told[i].status);
	push_form_add(&form, "To", m->phone);
	push_form_add(&form, "ErrorCode", *code ? code : NULL);
	push_form_add(&form, "MessagingServiceSid", *c.service ? c.service : NULL);
	finish_call(a, d, c.url, &form, ret);
	return 0;
}

static void
compose_inbound(struct core *core, const struct config_account *a,
	const struct delivery *d, const struct message *m, struct push_call *ret)
{
	struct push_form form = {.count = 0};
	char sid[TWILIO_SID], parts[16];
	twilio_sid(m->id, sid);
	snprintf(parts, sizeof(parts), "%d", m->parts);
	push_form_add(&form, "AccountSid", a->sid);
	push_form_add(&form, "ApiVersion", "2010-04-01");
	push_form_add(&form, "Body", m->text);
	push_form_add(&form, "From", m->phone);
	push_form_add(&form, "MessageSid", sid);
	push_form_add(&form, "NumMedia", "0");
	push_form_add(&form, "NumSegments", parts);
	push_form_add(&form, "SmsMessageSid", sid);
	push_form_add(&form, "SmsSid", sid);
	push_form_add(&form, "SmsStatus", "received");
	push_form_add(&form, "To", number_of(core, a, m->channel));
	push_form_add(&form, "ToCountry", core->config->country);
	finish_call(a, d, a->sms_url, &form, ret);
}

int
twilio_compose(struct core *core, const struct delivery *d, struct push_call *ret)
{
	const struct config_account *a =
		config_account_find(&core->config->hooks, d->account);
	struct message m;
	int r = 0;
	if (!a || !message_load(core->db, d->message, &m))
		return -ENOENT;
	if (d->kind == DELIVERY_TWILIO_STATUS)
		r = compose_status(core, a, d, &m, ret);
	else if (a->sms_url)
		compose_inbound(core, a, d, &m, ret);
	else
		r = -ENOENT;
	message_done(&m);
	return r;
}

const char *
twilio_channel(
	struct core *core, const struct config_account *account, const char *number)
{
	for (size_t i = 0; i < account->number_count; i++)
		if (!strcmp(account->numbers[i].phone, number) &&
			channel_find(core, account->numbers[i].channel))
			return account->numbers[i].channel;
	const struct channel *ch = channel_find(core, number);
	return ch ? ch->row.name : NULL;
}

/* ---- what it answers ---- */

static void
complain(struct core *core, const struct delivery *d, const char *why)
{
	core_event(core, &(struct event){.name = "twilio.answer_unusable",
				 .message = d->message,
				 .detail = why});
}

struct reply {
	const struct config_account *account;
	const struct delivery *delivery;
	const struct message *inbound;
	size_t number; /* of this answer's messages */
};

static void
send_reply(struct core *core, const struct reply *r, const struct twiml_message *t)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct outbox_receipt receipt;
	const struct message *m = r->inbound;
	const char *to = *t->to ? t->to : m->phone;
	bool same = !strcmp(to, m->phone);
	char key[96];
	snprintf(key, sizeof(key), "twiml-%" PRIu64 "-%zu", r->delivery->id, r->number);
	const struct channel *came = channel_by_id(core, m->channel);
	const char *channel = *t->from ? twilio_channel(core, r->account, t->from)
			      : came   ? came->row.name
				       : NULL;
	struct outbox_request request = {.to = to,
		.text = t->text.s,
		.text_len = t->text.len,
		.cls = same ? CLASS_REPLY : CLASS_SERVICE,
		.channel = same && !*t->from ? NULL : channel,
		.key = key,
		.origin = "twilio",
		.msg_class = -1,
		.reply_to = same ? m->id : 0,
		.inside = true};
	if (*t->from && !channel) {
		complain(core, r->delivery, "the 'from' of <Message> is no number here");
		return;
	}
	if (!json_utf8(t->text.s))
		strbuf_set(&err, "the text is not UTF-8");
	else if (!outbox_accept(core, &request, &receipt, &err)) {
		struct callback c = {.message = receipt.id};
		snprintf(c.account, sizeof(c.account), "%s", r->account->sid);
		snprintf(c.url, sizeof(c.url), "%s", t->callback);
		if (*c.url && !receipt.repeated && config_url_valid(c.url, HOOK_URL - 1))
			push_callback(core, &c);
		return;
	}
	complain(core, r->delivery, err.s);
}

static void
do_twiml(struct core *core, struct reply *r, const struct twiml *t)
{
	for (size_t i = 0; i < t->count; i++) {
		r->number = i;
		if (t->messages[i].text.len)
			send_reply(core, r, &t->messages[i]);
	}
	if (t->media)
		complain(core, r->delivery, "media cannot be sent; the text went alone");
	if (*t->redirect)
		complain(core, r->delivery, "<Redirect> is not followed");
}

static void
take_answer(struct core *core, struct reply *r, const struct http_answer *answer)
{
	static struct twiml t;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	bool plain = !strcmp(answer->type, "text/plain");
	size_t n = strspn(answer->body.s, " \t\r\n");
	if (n == answer->body.len)
		return;
	if (plain && answer->body.s[n] != '<') {
		struct twiml_message m = {.text = answer->body};
		send_reply(core, r, &m);
		return;
	}
	if (twiml_read(answer->body.s, answer->body.len, &t, &err) < 0)
		complain(core, r->delivery, err.s);
	else
		do_twiml(core, r, &t);
	twiml_done(&t);
}

void
twilio_answered(
	struct core *core, const struct delivery *d, const struct http_answer *answer)
{
	struct message m;
	struct reply r = {
		.account = config_account_find(&core->config->hooks, d->account),
		.delivery = d,
		.inbound = &m};
	if (!r.account || !message_load(core->db, d->message, &m))
		return;
	if (core_now(core) - m.created < STALE)
		take_answer(core, &r, answer);
	else if (answer->body.len)
		complain(core, d, "the text is over 12 h old: no machine answers it");
	message_done(&m);
}

/* ---- in the line of handlers ---- */

bool
twilio_listens(struct core *core, const struct config_account *a, uint64_t channel)
{
	const struct channel *ch = channel_by_id(core, channel);
	for (size_t i = 0; ch && i < a->number_count; i++)
		if (!strcmp(a->numbers[i].channel, ch->row.name))
			return a->sms_url != NULL;
	return !a->number_count && a->sms_url;
}

bool
twilio_handle(struct core *core, const struct inbound *in)
{
	const struct config_hooks *hooks = &core->config->hooks;
	for (size_t i = 0; i < hooks->account_count; i++)
		if (twilio_listens(core, &hooks->accounts[i], in->channel))
			return true;
	return false;
}

/* Whoever texted waits for an answer: a person gives it. */
void
twilio_unanswered(struct core *core, const struct delivery *d)
{
	struct message m;
	if (!message_load(core->db, d->message, &m))
		return;
	tickets_open(
		core, &(struct ticket_wish){.contact = m.contact,
			      .message = m.id,
			      .topic = TICKET_UNMATCHED,
			      .priority = TICKET_NORMAL,
			      .note = "the application at sms_url could not be reached"});
	message_done(&m);
}
