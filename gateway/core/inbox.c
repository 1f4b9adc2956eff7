#include "gateway/core/inbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/base/log.h"
#include "gateway/core/channel_inside.h"
#include "gateway/core/consent.h"
#include "gateway/core/erase.h"
#include "gateway/core/alive.h"
#include "gateway/core/reports.h"
#include "gateway/core/special.h"
#include "gateway/core/upkeep.h"
#include "gateway/sms/join.h"
#include "gateway/sms/mms.h"
#include "gateway/store/arrivals.h"
#include "gateway/store/contacts.h"
#include "gateway/store/joins.h"
#include "gateway/text/words.h"

#define DEDUPE_SPAN   (72 * HOUR)
#define JOIN_SPAN     (72 * HOUR)
#define PARTIAL_AFTER (10 * MINUTE)
#define STALE_AFTER   (12 * HOUR)
#define BATCH         16
#define STARTS        2 /* in which it was in hand; the third sets it aside */
#define SWEEP         MINUTE
#define KEPT          64

struct kept {
	uint64_t channel;
	size_t len;
	uint8_t bytes[256];
	char smsc[32];
};

struct inbox {
	struct core *core;
	bool posted;
	struct kept kept[KEPT];
	size_t kept_count;
	/* Up to `left_over` they are from an earlier life; the start of `counted` is
	 * durable. */
	uint64_t left_over, counted;
	struct loop_timer sweep;
	struct arrival batch[BATCH];
};

static void work(void *arg);

static void
post(struct inbox *inbox)
{
	if (inbox->posted)
		return;
	inbox->posted = true;
	loop_post(inbox->core->loop, work, inbox);
}

/* ---- staging ---- */

void
inbox_keep(struct core *core, const struct channel *ch, const struct incoming *in)
{
	struct inbox *inbox = core->inbox;
	if ((in->token && !in->direct) || in->kind != INCOMING_TPDU)
		return;
	if (inbox->kept_count == KEPT || in->len > sizeof(inbox->kept[0].bytes)) {
		log_event(LOG_ERROR, "arrival.lost", LOG_TEXT("channel", ch->row.name),
			LOG_TEXT("why",
				"the store cannot be written, and memory is bounded"));
		return;
	}
	struct kept *k = &inbox->kept[inbox->kept_count++];
	k->channel = ch->row.id;
	k->len = in->len;
	memcpy(k->bytes, in->bytes, in->len);
	snprintf(k->smsc, sizeof(k->smsc), "%s", in->smsc ? in->smsc : "");
}

void
inbox_committed(struct core *core)
{
	core->inbox->kept_count = 0;
}

static void
stage_kept(struct inbox *inbox)
{
	size_t n = inbox->kept_count;
	struct kept *kept = xmalloc(sizeof(inbox->kept));
	memcpy(kept, inbox->kept, sizeof(inbox->kept));
	inbox->kept_count =
		0; /* staging keeps them again, for this tick may be lost too */
	for (size_t i = 0; i < n; i++) {
		struct channel *ch = channel_by_id(inbox->core, kept[i].channel);
		struct incoming in = {.kind = INCOMING_TPDU,
			.bytes = kept[i].bytes,
			.len = kept[i].len,
			.smsc = kept[i].smsc,
			.occurrence = 1};
		if (ch)
			inbox_stage(inbox->core, ch, &in);
	}
	free(kept);
}

/* A status report handed over directly is read once: there is no slot to read again.
 * Within a second the references of a busy modem come round, and two reports may be
 * alike. */
static bool
told_once(const struct incoming *in)
{
	return (!in->token || in->direct) && in->kind == INCOMING_TPDU && in->len &&
	       (in->bytes[0] & 3) == 2;
}

void
inbox_stage(struct core *core, struct channel *ch, const struct incoming *in)
{
	static struct arrival a; /* large; one thread stages */
	memset(&a, 0, offsetof(struct arrival, bytes));
	a.id = core_id(core);
	a.channel = ch->row.id;
	a.at = core_now(core);
	a.len = MIN(in->len, sizeof(a.bytes));
	memcpy(a.bytes, in->bytes, a.len);
	a.hash = arrival_hash(a.bytes, a.len);
	snprintf(a.sim, sizeof(a.sim), "%s", channel_sim(ch));
	snprintf(a.kind, sizeof(a.kind), "%s",
		in->kind == INCOMING_TPDU ? "tpdu" : "junk");
	snprintf(a.smsc, sizeof(a.smsc), "%s", in->smsc ? in->smsc : "");
	int64_t known =
		told_once(in) ? 0 : arrivals_same(core->db, &a, a.at - DEDUPE_SPAN);
	if (known >= (int64_t)MAX(in->occurrence, 1u)) {
		core_event(core, &(struct event){"arrival.duplicate", 0, 0, ch->row.id,
					 "the same bytes were stored before"});
		return;
	}
	arrival_insert(core->db, &a);
	core->tick_staged = true;
	inbox_keep(core, ch, in);
	FAULT("inbox.staged");
	post(core->inbox);
}

/* ---- one text ---- */

struct text {
	struct channel *ch; /* NULL when no longer configured */
	uint64_t channel;
	const struct sms_address *from;
	const char *body;
	size_t len;
	int64_t at, sent_at;
	const char *partial; /* "" or why it is not whole */
	bool flash;          /* class 0: to be shown at once, not to be kept */
	uint64_t join;
};

static bool
is_stale(const struct core *core, const struct text *t)
{
	if (!t->sent_at)
		return false;
	if (core_now(core) - t->sent_at > STALE_AFTER)
		return true;
	/* What waited on the SIM from before the shop plugged it in. An hour of grace:
	 * the network's clock is not ours. */
	return t->ch && t->ch->row.first_seen &&
	       t->sent_at + HOUR < t->ch->row.first_seen;
}

/* U+0000 may stand in a text; the store's texts end there, so it becomes a visible sign.
 */
static char *
printable(const char *body, size_t len)
{
	struct strbuf out = STRBUF_INIT(256 * 1024);
	for (size_t i = 0; i < len; i++) {
		if (body[i])
			strbuf_putc(&out, body[i]);
		else
			strbuf_utf8(&out, 0x2400);
	}
	char *copy = xstrdup(out.s);
	strbuf_done(&out);
	return copy;
}

static uint64_t
store_text(struct core *core, const struct text *t, struct contact *contact, bool stale)
{
	char phone[48];
	bool fresh;
	special_number(core, t->from->text, phone);
	if (!contact_meet(core, phone, t->at, contact, &fresh))
		return 0;
	struct message m = {.id = core_id(core),
		.contact = contact->id,
		.state = MESSAGE_RECEIVED,
		.channel = t->channel,
		.sent_at = t->sent_at,
		.updated = t->at,
		.parts = 1,
		.msg_class = t->flash ? 0 : -1,
		.origin = (char *)"sms",
		.reason = (char *)(*t->partial ? t->partial
				   : stale     ? "stale"
					       : ""),
		.text = printable(t->body, t->len)};
	message_insert(core->db, &m, 0);
	free(m.text);
	if (!stale)
		contact_heard(core->db, contact->id, t->channel, t->at);
	number_lives(core, contact);
	core_event(
		core, &(struct event){"message.received", m.id, contact->id, t->channel,
			      *t->partial ? "partial"
			      : stale     ? "stale"
			      : t->flash  ? "flash"
					  : NULL});
	FAULT("inbox.stored");
	return m.id;
}

/* Whole texts go down the line; what is partial is shown to people and to nobody else. */
static uint64_t
deliver(struct core *core, const struct text *t)
{
	struct contact contact;
	bool stale = is_stale(core, t);
	uint64_t id = store_text(core, t, &contact, stale);
	if (!id || *t->partial)
		return id;
	struct strbuf plain = STRBUF_INIT(64 * 1024);
	words_normalise(t->body, &plain);
	struct inbound in = {.message = id,
		.contact = contact.id,
		.channel = t->channel,
		.phone = contact.phone,
		.text = t->body,
		.normalised = plain.s,
		.at = t->at,
		.sent_at = t->sent_at,
		.stale = stale};
	bool handled = upkeep_heard(core, t->ch, &in) || consent_handle(core, &in);
	for (size_t i = 0; handlers[i].name && !handled; i++)
		if (handlers[i].handle &&
			(!stale || !handlers[i + 1]
					    .name)) /* a stale text is for people alone */
			handled = handlers[i].handle(core, &in);
	strbuf_done(&plain);
	return id;
}

uint64_t
inbox_text(struct core *core, struct channel *ch, const struct inbox_whole *whole)
{
	struct sms_address from = {.toa = 0};
	snprintf(from.text, sizeof(from.text), "%s", whole->from);
	struct text t = {.ch = ch,
		.channel = ch->row.id,
		.from = &from,
		.body = whole->text,
		.len = strlen(whole->text),
		.at = whole->at,
		.sent_at = whole->sent_at,
		.partial = whole->partial};
	return deliver(core, &t);
}

/* ---- long texts ---- */

static bool
is_mms(const struct pdu *pdu)
{
	return pdu->has_ports && pdu->port_dst == MMS_PORT && pdu->alphabet == SMS_8BIT;
}

/* What is in `t` as octets; 0 when it is no MMS notification after all. */
static uint64_t
deliver_mms(struct core *core, const struct text *t)
{
	return special_mms(core, &(struct special_mms){.channel = t->channel,
					 .from = t->from->text,
					 .octets = (const uint8_t *)t->body,
					 .len = t->len,
					 .at = t->at,
					 .sent_at = t->sent_at,
					 .stale = is_stale(core, t)});
}

/* Decodes the parts of a set in order, NULL where one is missing, into the text. The
 * sender and the time stamp come from the first part there is. */
static bool
read_set(struct core *core, uint64_t join, int total, struct strbuf *out,
	struct sms_address *ret_from, struct text *ret, bool *ret_mms)
{
	static struct arrival a;
	static struct pdu pdus[256];
	const struct pdu *parts[256] = {NULL}, *first = NULL;
	uint64_t ids[256];
	struct strbuf err = STRBUF_SENTENCE;
	joins_arrivals(core->db, join, ids);
	for (int i = 0; i < total; i++) {
		struct pdu *pdu = &pdus[i];
		if (!ids[i + 1] || !arrival_load(core->db, ids[i + 1], &a) ||
			pdu_decode(a.bytes, a.len, PDU_TO_PHONE, pdu, &err) < 0)
			continue;
		parts[i] = pdu;
		if (!first)
			first = pdu;
	}
	strbuf_done(&err);
	if (!first)
		return false;
	*ret_mms = is_mms(first);
	if (*ret_mms)
		join_octets(parts, (size_t)total, out);
	else
		join_text(parts, (size_t)total, out);
	*ret_from = first->address;
	ret->sent_at = first->scts.valid ? first->scts.wall : 0;
	ret->flash = first->msg_class == 0;
	return true;
}

static uint64_t
deliver_set(struct core *core, uint64_t channel, const struct join_set *set,
	const char *partial)
{
	struct strbuf body = STRBUF_INIT(256 * 1024);
	struct sms_address from;
	struct text t = {.ch = channel_by_id(core, channel),
		.channel = channel,
		.from = &from,
		.at = core_now(core),
		.partial = partial};
	bool mms;
	uint64_t id = 0;
	if (read_set(core, set->id, set->total, &body, &from, &t, &mms)) {
		t.body = body.s;
		t.len = body.len;
		if (mms)
			id = deliver_mms(core, &t);
		if (!id)
			id = deliver(core, &t);
	}
	strbuf_done(&body);
	return id;
}

static void
join_part(struct core *core, const struct arrival *a, const struct pdu *pdu)
{
	struct join_set set;
	struct join_key key = {.sim = a->sim,
		.sender = pdu->address.text,
		.ref = pdu->concat.ref,
		.bits = pdu->concat.ref_bits,
		.total = pdu->concat.total};
	/* A repeated part may carry another time stamp: what it says is its user data. */
	int64_t hash = arrival_hash(pdu->ud, pdu->ud_len);
	switch (joins_find(
		core->db, &key, pdu->concat.seq, hash, a->at - JOIN_SPAN, &set)) {
	case JOINS_DUPLICATE:
		arrival_finish(core->db, a->id, "done", set.message, "repeated part");
		return;
	case JOINS_NEW:
		set = (struct join_set){.id = core_id(core), .total = key.total};
		joins_open(core->db, set.id, &key, a->at);
		break;
	case JOINS_FITS: break;
	}
	joins_add(core->db, set.id, pdu->concat.seq, a->id, hash);
	FAULT("inbox.part");
	if (++set.have < set.total) {
		arrival_finish(core->db, a->id, "part", set.message, "");
		return;
	}
	uint64_t id = deliver_set(core, a->channel, &set, set.message ? "amended" : "");
	FAULT("inbox.joined");
	joins_close(core->db, set.id, "joined", id);
	arrival_finish(core->db, a->id, "done", id, "");
}

static void
on_sweep(void *arg)
{
	struct inbox *inbox = arg;
	struct core *core = inbox->core;
	struct join_set sets[BATCH];
	loop_timer_in(&inbox->sweep, SWEEP);
	if (core->store_sick)
		return;
	size_t n =
		joins_older(core->db, core_now(core) - PARTIAL_AFTER, true, sets, BATCH);
	for (size_t i = 0; i < n; i++) {
		struct strbuf note = STRBUF_SENTENCE;
		strbuf_printf(
			&note, "partial: %d of %d parts", sets[i].have, sets[i].total);
		uint64_t id = deliver_set(
			core, joins_channel(core->db, sets[i].id), &sets[i], note.s);
		if (id)
			joins_set_message(core->db, sets[i].id, id);
		else
			joins_close(core->db, sets[i].id, "closed", 0);
		strbuf_done(&note);
	}
	n = joins_older(core->db, core_now(core) - JOIN_SPAN, false, sets, BATCH);
	for (size_t i = 0; i < n; i++)
		joins_close(core->db, sets[i].id, "closed", sets[i].message);
}

/* ---- one arrival ---- */

static void
handle_deliver(struct core *core, const struct arrival *a, const struct pdu *pdu)
{
	if (special_arrival(core, a, pdu))
		return;
	if (pdu->concat.total > 1) {
		join_part(core, a, pdu);
		return;
	}
	struct text t = {.ch = channel_by_id(core, a->channel),
		.channel = a->channel,
		.from = &pdu->address,
		.body = pdu->text,
		.len = pdu->text_len,
		.at = a->at,
		.sent_at = pdu->scts.valid ? pdu->scts.wall : 0,
		.flash = pdu->msg_class == 0,
		.partial = ""};
	struct strbuf hex = STRBUF_INIT(512);
	uint64_t id = 0;
	if (is_mms(pdu)) {
		t.body = (const char *)pdu->ud + pdu->payload_at;
		t.len = pdu->ud_len - pdu->payload_at;
		id = deliver_mms(core, &t);
	}
	if (pdu->alphabet == SMS_8BIT) {
		strbuf_hex(
			&hex, pdu->ud + pdu->payload_at, pdu->ud_len - pdu->payload_at);
		t.body = hex.s;
		t.len = hex.len;
		t.partial = "data: not a text";
	}
	arrival_finish(core->db, a->id, "done", id ? id : deliver(core, &t), "");
	strbuf_done(&hex);
}

static void
handle_tpdu(struct core *core, const struct arrival *a)
{
	static struct pdu pdu;
	struct strbuf err = STRBUF_SENTENCE;
	if (strcmp(a->kind, "tpdu") != 0) {
		strbuf_puts(&err, "not a PDU");
	} else if (pdu_decode(a->bytes, a->len, PDU_TO_PHONE, &pdu, &err) == 0) {
		if (pdu.type == PDU_DELIVER) {
			handle_deliver(core, a, &pdu);
			strbuf_done(&err);
			return;
		}
		if (pdu.type == PDU_STATUS_REPORT) {
			reports_received(core, a, &pdu);
			arrival_finish(core->db, a->id, "done", 0, "");
			strbuf_done(&err);
			return;
		}
		strbuf_puts(&err, "a kind of PDU no phone is sent");
	}
	arrival_finish(core->db, a->id, "undecodable", 0, err.s);
	core_event(core, &(struct event){"arrival.undecodable", 0, 0, a->channel, err.s});
	strbuf_done(&err);
}

/* Each under a savepoint of its own: one that breaks a rule of the store is set aside and
 * takes nothing else with it. */
static void
handle_one(struct core *core, const struct arrival *a)
{
	FAULT("inbox.handling");
	db_savepoint(core->db);
	handle_tpdu(core, a);
	if (!db_poisoned(core->db)) {
		db_savepoint_keep(core->db);
		FAULT("inbox.handled");
		return;
	}
	struct strbuf why = STRBUF_SENTENCE;
	strbuf_puts(&why, db_error(core->db));
	db_savepoint_undo(core->db);
	arrival_finish(core->db, a->id, "quarantined", 0, why.s);
	core_event(core, &(struct event){"arrival.quarantined", 0, 0, a->channel, why.s});
	strbuf_done(&why);
}

/* What an earlier life left is handled one by one, each in a tick of its own that begins
 * after its start was counted durably: so only what was in hand when the program ended is
 * suspected, and nothing that merely lay beside it. False when none is left. */
static bool
handle_left_over(struct inbox *inbox)
{
	struct core *core = inbox->core;
	struct arrival *a = &inbox->batch[0];
	if (!arrivals_new(core->db, a, 1) || a->id > inbox->left_over) {
		inbox->left_over = 0;
		return false;
	}
	if (inbox->counted == a->id) {
		handle_one(core, a);
	} else if (a->starts >= STARTS) {
		const char *why = "handling it ended the program twice";
		arrival_finish(core->db, a->id, "quarantined", 0, why);
		core_event(core, &(struct event){.name = "arrival.quarantined",
					 .channel = a->channel,
					 .detail = why});
	} else {
		arrival_count_start(core->db, a->id);
		inbox->counted = a->id;
		core->tick_staged = true; /* not before this is durable */
	}
	return true;
}

static void
work(void *arg)
{
	struct inbox *inbox = arg;
	struct core *core = inbox->core;
	inbox->posted = false;
	if (core->store_sick)
		return;
	/* What was staged in this very tick is not durable yet: it waits for the next. */
	if (core->tick_staged) {
		post(inbox);
		return;
	}
	if (inbox->left_over && handle_left_over(inbox)) {
		post(inbox);
		return;
	}
	size_t n = arrivals_new(core->db, inbox->batch, BATCH);
	for (size_t i = 0; i < n; i++)
		handle_one(core, &inbox->batch[i]);
	if (n == BATCH)
		post(inbox);
}

bool
inbox_busy(const struct core *core)
{
	return core->inbox && core->inbox->posted;
}

/* ---- life ---- */

void
inbox_recover(struct core *core)
{
	core->inbox->left_over = arrivals_newest_new(core->db);
	post(core->inbox);
}

void
inbox_resume(struct core *core)
{
	core->inbox->counted = 0;
	stage_kept(core->inbox);
	post(core->inbox);
}

struct inbox *
inbox_new(struct core *core)
{
	struct inbox *inbox = xcalloc(1, sizeof(*inbox));
	inbox->core = core;
	loop_timer_init(&inbox->sweep, core->loop, on_sweep, inbox);
	loop_timer_in(&inbox->sweep, SWEEP);
	return inbox;
}

void
inbox_free(struct inbox *inbox)
{
	if (!inbox)
		return;
	loop_timer_stop(&inbox->sweep);
	loop_forget(inbox->core->loop, inbox);
	free(inbox);
}
