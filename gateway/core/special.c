#include "gateway/core/special.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/policy.h"
#include "gateway/core/tickets.h"
#include "gateway/sms/mms.h"
#include "gateway/core/erase.h"
#include "gateway/store/contacts.h"
#include "gateway/text/zone.h"

static const char *const mms_default[] = {
	"[{shop}] MMS messages (pictures, long texts) do not reach us. Please send short "
	"texts, "
	"one after the other.",
	"[{shop}] 사진이나 긴 문자(MMS)는 받을 수 없습니다. 짧은 문자로 나누어 보내 "
	"주세요.",
};

static const char *const call_default[] = {
	"[{shop}] Calls to this number are not answered. Please send us a text: we will "
	"answer it.",
	"[{shop}] 이 번호로는 전화를 받을 수 없습니다. 문자로 남겨 주시면 답해 "
	"드리겠습니다.",
};

void
special_number(const struct core *core, const char *from, char ret[48])
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	char e164[32];
	bool dialable = *from && strspn(from, "+0123456789") == strlen(from);
	if (dialable && sms_number_e164(from, core->config->country, e164, &err) == 0)
		snprintf(ret, 48, "%s", e164);
	else
		snprintf(ret, 48, "%.47s", *from ? from : "unknown");
}

/* A row among the messages, so that it is found where people look. */
static uint64_t
keep(struct core *core, const struct special_mms *in, const char *phone,
	const char *reason, const char *text, struct contact *contact)
{
	bool fresh;
	if (!contact_meet(core, phone, in->at, contact, &fresh))
		return 0;
	struct message m = {.id = core_id(core),
		.contact = contact->id,
		.state = MESSAGE_RECEIVED,
		.channel = in->channel,
		.sent_at = in->sent_at,
		.updated = in->at,
		.parts = 1,
		.msg_class = -1,
		.origin = (char *)"sms",
		.reason = (char *)reason,
		.text = (char *)text};
	message_insert(core->db, &m, 0);
	if (!in->stale)
		contact_heard(core->db, contact->id, in->channel, in->at);
	core_event(core, &(struct event){"message.received", m.id, contact->id,
				 in->channel, reason});
	return m.id;
}

/* ---- type 0, message waiting ---- */

static const char *const waiting_names[] = {
	[WAITING_VOICEMAIL] = "voice mail",
	[WAITING_FAX] = "a fax",
	[WAITING_EMAIL] = "an e-mail",
	[WAITING_OTHER] = "something",
};

static void
waiting(struct core *core, const struct arrival *a, const struct pdu *pdu)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(2048);
	struct special_mms in = {.channel = a->channel,
		.at = a->at,
		.sent_at = pdu->scts.valid ? pdu->scts.wall : 0};
	struct contact contact;
	char phone[48];
	uint64_t id;
	if (!pdu->mwi_active) {
		arrival_finish(core->db, a->id, "done", 0, "nothing waits any more");
		core_event(core, &(struct event){"sim.nothing_waits", 0, 0, a->channel,
					 waiting_names[pdu->mwi_kind]});
		return;
	}
	strbuf_printf(&text, "(%s waits", waiting_names[pdu->mwi_kind]);
	if (pdu->mwi_count > 0)
		strbuf_printf(&text, ": %d", pdu->mwi_count);
	strbuf_printf(&text, ")%s%s", pdu->text_len ? " " : "", pdu->text);
	special_number(core, pdu->address.text, phone);
	id = keep(core, &in, phone, "waiting", text.s, &contact);
	arrival_finish(core->db, a->id, "done", id, "");
	core_event(
		core, &(struct event){"sim.waiting", id, contact.id, a->channel, text.s});
	if (id)
		tickets_open(core, &(struct ticket_wish){.contact = contact.id,
					   .message = id,
					   .topic = "voicemail",
					   .priority = TICKET_NORMAL,
					   .note = text.s});
}

bool
special_arrival(struct core *core, const struct arrival *a, const struct pdu *pdu)
{
	if (pdu->has_pid && pdu->pid == SMS_PID_TYPE0) {
		arrival_finish(core->db, a->id, "done", 0,
			"type 0: acknowledged and not shown, as 23.040 9.2.3.9 wants");
		core_event(core, &(struct event){"arrival.type0", 0, 0, a->channel,
					 pdu->address.text});
		return true;
	}
	if (!pdu->mwi || pdu->concat.total > 1)
		return false;
	waiting(core, a, pdu);
	return true;
}

/* ---- MMS ---- */

static void
mms_words(const struct mms_notification *n, struct strbuf *out)
{
	strbuf_printf(out, "[MMS] %s", n->subject[0] ? n->subject : "(no subject)");
	if (n->size >= 0)
		strbuf_printf(out, " (%" PRId64 " KB)", (n->size + 1023) / 1024);
}

/* What somebody is told who came another way than by text. */
struct hint {
	const char *origin, *event; /* event: it could not be told */
	const char *say;            /* of the configuration, NULL the usual one */
	const char *const *usual;   /* English, Korean */
	enum message_class cls;
	uint64_t message; /* what it answers, 0 none */
};

/* Once a day and sender: the key says so. */
static void
explain(struct core *core, const struct contact *contact, const struct hint *hint)
{
	const struct config *c = core->config;
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(2048);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct outbox_receipt receipt;
	char key[80];
	int64_t now = core_now(core);
	const char *say =
		hint->say ? hint->say : hint->usual[!strncmp(contact->phone, "+82", 3)];
	struct policy_words words = {c->policy, c->shop_name, c->zone, now};
	if (*contact->phone != '+' || !*say)
		return;
	policy_expand(&words, say, &text);
	snprintf(key, sizeof(key), "%s:%" PRIu64 ":%" PRId64, hint->origin, contact->id,
		(now + zone_offset(c->zone, now)) / DAY);
	struct outbox_request request = {.to = contact->phone,
		.text = text.s,
		.text_len = text.len,
		.cls = hint->cls,
		.key = key,
		.origin = hint->origin,
		.msg_class = -1,
		.inside = true,
		.reply_to = hint->message};
	int64_t fingerprint;
	if (message_by_key(core->db, key, &fingerprint))
		return; /* explained today already */
	if (outbox_accept(core, &request, &receipt, &err) < 0)
		core_event(core, &(struct event){hint->event, hint->message, contact->id,
					 0, err.s});
}

uint64_t
special_mms(struct core *core, const struct special_mms *mms)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(1024);
	struct mms_notification n;
	struct contact contact;
	char phone[48];
	uint64_t id;
	if (mms_parse(mms->octets, mms->len, &n) < 0)
		return 0;
	mms_words(&n, &text);
	special_number(core, n.from[0] ? n.from : mms->from, phone);
	id = keep(core, mms, phone, mms->stale ? "stale" : "mms", text.s, &contact);
	if (!id)
		return 0;
	tickets_open(core, &(struct ticket_wish){.contact = contact.id,
				   .message = id,
				   .topic = "mms",
				   .priority = TICKET_NORMAL,
				   .note = text.s});
	if (!mms->stale)
		explain(core, &contact,
			&(struct hint){"mms", "mms.unexplained", core->config->mms_say,
				mms_default, CLASS_REPLY, id});
	return id;
}

/* ---- calls ---- */

void
special_call(struct core *core, uint64_t channel, const char *number)
{
	struct contact contact;
	bool fresh;
	char phone[48];
	if (!*number) {
		core_event(core, &(struct event){"call.missed", 0, 0, channel,
					 "the number was withheld"});
		return;
	}
	special_number(core, number, phone);
	if (!contact_meet(core, phone, core_now(core), &contact, &fresh))
		return;
	core_event(core, &(struct event){"call.missed", 0, contact.id, channel, phone});
	tickets_open(core, &(struct ticket_wish){.contact = contact.id,
				   .topic = "missed-call",
				   .priority = TICKET_NORMAL,
				   .note = "they rang, and nobody answers calls here"});
	/* A Korean number that is no mobile's has nobody who could read it. */
	if (strncmp(phone, "+82", 3) != 0 || !strncmp(phone, "+8210", 5))
		explain(core, &contact,
			&(struct hint){"call", "call.unexplained", core->config->call_say,
				call_default, CLASS_SERVICE, 0});
}
