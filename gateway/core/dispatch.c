#include "gateway/core/dispatch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/fault.h"
#include "gateway/core/journal.h"
#include "gateway/core/queue.h"
#include "gateway/store/contacts.h"

#define REPLY_PROOF (10 * MINUTE)
#define STAFF_PROOF DAY /* a person takes longer */
#define CLOCK_SLACK (5 * MINUTE)

/* ---- segments ---- */

void
dispatch_splits(const struct segment_plan *plan, struct strbuf *out)
{
	for (size_t i = 0; i < plan->count; i++)
		strbuf_printf(out, "%s%zu", i ? "," : "", plan->segments[i].from);
}

static enum sms_alphabet
alphabet_of(const char *encoding)
{
	return !strcmp(encoding, "gsm7") ? SMS_GSM7 : SMS_UCS2;
}

bool
dispatch_plan(const struct message *m, struct segment_plan *ret)
{
	const char *p = m->splits;
	size_t len = strlen(m->text), last = 0;
	ret->alphabet = alphabet_of(m->encoding);
	ret->single_shift = (uint8_t)(m->shifts >> 4);
	ret->locking_shift = (uint8_t)(m->shifts & 15);
	ret->ref16 = false;
	for (ret->count = 0; ret->count < SEGMENT_MAX && *p; ret->count++) {
		char *end;
		unsigned long from = strtoul(p, &end, 10);
		if (end == p || from > len || (ret->count ? from <= last : from != 0))
			return false;
		ret->segments[ret->count].from = last = from;
		if (ret->count)
			ret->segments[ret->count - 1].to = from;
		p = *end == ',' ? end + 1 : end;
	}
	if (!ret->count || *p || (int)ret->count != m->parts)
		return false;
	ret->segments[ret->count - 1].to = len;
	return true;
}

int
dispatch_segment(const struct message *m, const struct segment_plan *plan, int part,
	int64_t now, struct strbuf *out, struct strbuf *err)
{
	int64_t left = m->expires ? (m->expires - now) / 1000 : 0;
	struct submit_options options = {
		.to = m->phone,
		.report = m->report,
		.msg_class = (int8_t)m->msg_class,
		.validity = left > 0 ? MAX(left, 300) : 0,
		.ref = (uint16_t)m->ref,
	};
	return segment_submit(m->text, plan, (size_t)part - 1, &options, out, err);
}

/* ---- facts and verdicts ---- */

static bool
proven_reply(struct core *core, const struct message *m, int64_t *ret_at)
{
	struct message inbound;
	if (!m->reply_to || !message_load(core->db, m->reply_to, &inbound))
		return false;
	int64_t span = !strcmp(m->origin, "staff") ? STAFF_PROOF : REPLY_PROOF;
	bool proven = !inbound.outbound && inbound.contact == m->contact &&
		      m->created - inbound.created <= span;
	*ret_at = inbound.created;
	message_done(&inbound);
	return proven;
}

static void
channel_gate_facts(struct core *core, const struct message *m, struct gate_facts *ret)
{
	int64_t until = 0;
	for (size_t i = 0; i < core->channel_count; i++) {
		const struct channel *ch = core->channels[i];
		if (m->route && m->route != ch->row.id)
			continue;
		ret->channels++;
		if (ch->state == CHANNEL_READY && !ret->ready_channel)
			ret->ready_channel = ch->row.name;
		if (ch->state == CHANNEL_RESTING && (!until || ch->rest_until < until))
			until = ch->rest_until;
		if (ch->state != CHANNEL_READY && !ret->channel_why)
			ret->channel_why = ch->why.s;
	}
	ret->channel_until = until;
}

void
dispatch_facts(struct core *core, const struct message *m, struct gate_facts *ret)
{
	static _Thread_local struct contact contact; /* the facts borrow its texts */
	*ret = (struct gate_facts){.cls = m->cls, .expires = m->expires, .stopped = ""};
	if (contact_load(core->db, m->contact, &contact)) {
		ret->stopped = contact.stopped;
		ret->stopped_at = contact.stopped_at;
	}
	ret->proven_reply = proven_reply(core, m, &ret->replied_at);
	if (m->state == MESSAGE_HELD && m->tries)
		ret->retry_at = m->due;
	else if (m->state == MESSAGE_HELD || m->state == MESSAGE_ACCEPTED)
		ret->at = m->due;
	ret->predecessor = m->state == MESSAGE_QUEUED && !m->ready;
	channel_gate_facts(core, m, ret);
}

static const char *
rule_of(const struct verdict *v)
{
	for (size_t i = 0; i < v->gate_count; i++)
		if (!strcmp(v->gates[i].gate, v->gate))
			return v->gates[i].rule;
	return "";
}

void
dispatch_apply(struct core *core, struct message *m, const struct verdict *v)
{
	int64_t now = core_now(core);
	struct strbuf reason = STRBUF_SENTENCE;
	strbuf_printf(&reason, "%s: %s", v->gate, rule_of(v));
	const char *name = NULL;
	switch (v->what) {
	case VERDICT_SEND: break;
	case VERDICT_DEFER:
		message_hold(core->db, m, reason.s, v->until, now);
		queue_alarm(core->queue);
		name = "message.held";
		break;
	case VERDICT_SUPPRESS:
		message_move(core->db, m, MESSAGE_SUPPRESSED, reason.s, now);
		name = "message.suppressed";
		break;
	case VERDICT_EXPIRE:
		message_move(core->db, m, MESSAGE_EXPIRED, reason.s, now);
		name = "message.expired";
		break;
	case VERDICT_CANCEL:
		message_move(core->db, m, MESSAGE_CANCELED, reason.s, now);
		name = "message.canceled";
		break;
	}
	if (name)
		core_event(core,
			&(struct event){name, m->id, m->contact, m->channel, reason.s});
	strbuf_done(&reason);
}

void
dispatch_wake(struct core *core, uint64_t id)
{
	struct message m;
	struct gate_facts facts;
	struct verdict v;
	if (!message_load(core->db, id, &m))
		return;
	if (m.state == MESSAGE_HELD) {
		dispatch_facts(core, &m, &facts);
		admit(&facts, core_now(core), &v);
		if (v.what == VERDICT_DEFER && v.until > core_now(core) &&
			(!strcmp(v.gate, "schedule")))
			message_hold(core->db, &m, rule_of(&v), v.until, core_now(core));
		else if (v.what == VERDICT_SEND || v.what == VERDICT_DEFER)
			message_move(core->db, &m, MESSAGE_QUEUED, "", core_now(core));
		else
			dispatch_apply(core, &m, &v);
		queue_settle(core->queue, m.contact);
	}
	message_done(&m);
}

void
dispatch_overdue(struct core *core, uint64_t id)
{
	struct message m;
	if (!message_load(core->db, id, &m))
		return;
	if (m.state == MESSAGE_IN_DOUBT) {
		journal_close_doubt(
			core, &m, "its time is over and nothing settled the doubt");
	} else if (message_state_may(m.state, MESSAGE_EXPIRED)) {
		struct verdict v;
		struct gate_facts facts;
		dispatch_facts(core, &m, &facts);
		admit(&facts, core_now(core), &v);
		if (v.what != VERDICT_EXPIRE && v.what != VERDICT_SUPPRESS) {
			v.what = VERDICT_EXPIRE;
			v.gate = "expiry";
		}
		dispatch_apply(core, &m, &v);
		queue_settle(core->queue, m.contact);
	}
	message_done(&m);
}

/* ---- pumping ---- */

static struct work *
free_work(struct channel *ch)
{
	for (size_t i = 0; i < CHANNEL_WORKS; i++)
		if (!ch->works[i].used)
			return &ch->works[i];
	return NULL;
}

/* Of the messages between two parts, the most urgent. */
static struct work *
waiting_work(struct channel *ch)
{
	struct work *best = NULL;
	for (size_t i = 0; i < CHANNEL_WORKS; i++) {
		struct work *w = &ch->works[i];
		if (w->used && !w->attempt &&
			(!best || w->message.cls < best->message.cls))
			best = w;
	}
	return best;
}

/* A board without a battery clock must not date texts, nor judge windows: only the answer
 * to somebody's own text leaves until the clock is right. */
static bool
clock_is_wrong(const struct core *core)
{
	return core_now(core) + CLOCK_SLACK < ids_wall(core->ids.last);
}

/* Loads a ready entry and judges it again. False when it must not leave now: it is then
 * no longer ready, or belongs to another SIM. */
static bool
take(struct channel *ch, struct work *w, uint64_t id)
{
	struct core *core = ch->core;
	struct gate_facts facts;
	struct verdict v;
	*w = (struct work){.planned = -1};
	if (!message_load(core->db, id, &w->message))
		return false;
	struct message *m = &w->message;
	bool mine = m->state == MESSAGE_QUEUED && m->ready;
	if (mine && *m->sim && strcmp(m->sim, channel_sim(ch)) != 0) {
		message_hold(core->db, m, "schedule: its first part left by another SIM",
			core_now(core) + 10 * MINUTE, core_now(core));
		queue_alarm(core->queue);
		mine = false;
	}
	if (mine) {
		dispatch_facts(core, m, &facts);
		admit(&facts, core_now(core), &v);
		mine = v.what == VERDICT_SEND || v.what == VERDICT_DEFER;
		if (!mine)
			dispatch_apply(core, m, &v);
	}
	if (mine && !dispatch_plan(m, &w->plan)) {
		message_move(core->db, m, MESSAGE_FAILED,
			"its stored segments make no sense", core_now(core));
		mine = false;
	}
	if (!mine) {
		queue_settle(core->queue, m->contact);
		message_done(m);
		return false;
	}
	w->used = true;
	w->part = m->parts_done + 1;
	return true;
}

struct handed {
	struct channel *ch;
	uint64_t attempt;
};

static void
on_durable(void *arg, bool committed)
{
	struct handed *h = arg;
	struct channel *ch = h->ch;
	FAULT("journal.attempt_durable");
	if (!ch->driver) {
		/* closed meanwhile: the attempt stays open in the journal, and is honest
		 */
	} else if (committed) {
		ch->config->ops->release(ch->driver, h->attempt);
	} else {
		ch->config->ops->withdraw(ch->driver, h->attempt);
		ch->busy--;
	}
	free(h);
}

static void
note_gap(struct channel *ch)
{
	if (!ch->result_ns)
		return;
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	uint64_t now = (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
	ch->gaps[ch->gap_count++ % CHANNEL_GAPS] = (float)(now - ch->result_ns) / 1e6f;
	ch->result_ns = 0;
}

static void
send_part(struct channel *ch, struct work *w)
{
	struct core *core = ch->core;
	struct message *m = &w->message;
	struct strbuf tpdu = STRBUF_INIT(256), err = STRBUF_SENTENCE;
	if (dispatch_segment(m, &w->plan, w->part, core_now(core), &tpdu, &err) < 0) {
		if (m->state == MESSAGE_QUEUED || m->state == MESSAGE_SENDING)
			message_move(core->db, m, MESSAGE_FAILED, err.s, core_now(core));
		core_event(core, &(struct event){"message.failed", m->id, m->contact,
					 ch->row.id, err.s});
		queue_settle(core->queue, m->contact);
		message_done(m);
		w->used = false;
	} else {
		journal_begin(ch, w);
		struct outgoing out = {.attempt = w->attempt,
			.to = m->phone,
			.tpdu = (const uint8_t *)tpdu.s,
			.tpdu_len = tpdu.len,
			.text = m->text,
			.part = (unsigned)w->part,
			.parts = (unsigned)m->parts,
			.more = w->part < m->parts};
		ch->busy++;
		ch->config->ops->send(ch->driver, &out);
		note_gap(ch);
		struct handed *h = xcalloc(1, sizeof(*h));
		*h = (struct handed){ch, w->attempt};
		loop_after_commit(core->loop, on_durable, h);
	}
	strbuf_done(&tpdu);
	strbuf_done(&err);
}

static bool
can_send(const struct channel *ch)
{
	const struct core *core = ch->core;
	return ch->state == CHANNEL_READY && !core->draining && !core->store_sick &&
	       !core->low_disk && ch->busy < ch->config->ops->in_flight &&
	       !db_poisoned(core->db);
}

/* One step: a part of what is under way, unless something more urgent is ready. */
static bool
pump_one(struct channel *ch)
{
	struct core *core = ch->core;
	struct queue_entry e;
	struct work *w = waiting_work(ch);
	bool any = queue_peek(core->queue, ch->row.id, &e);
	if (any && clock_is_wrong(core) && e.priority > CLASS_REPLY)
		any = false;
	if (w && (!any || (int)w->message.cls <= e.priority)) {
		send_part(ch, w);
		return true;
	}
	if (!any)
		return false;
	struct work *fresh = free_work(ch);
	if (!fresh)
		return false;
	queue_drop(core->queue, ch->row.id, e.id);
	if (take(ch, fresh, e.id))
		send_part(ch, fresh);
	return true;
}

void
dispatch_pump(struct channel *ch)
{
	while (can_send(ch) && pump_one(ch))
		;
}

void
dispatch_wanted(struct core *core)
{
	core->pump_wanted = true;
}

void
dispatch_pump_all(struct core *core)
{
	if (!core->pump_wanted)
		return;
	core->pump_wanted = false;
	for (size_t i = 0; i < core->channel_count; i++)
		dispatch_pump(core->channels[i]);
}
