#include "gateway/core/dispatch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/fault.h"
#include "gateway/core/almanac.h"
#include "gateway/core/budget.h"
#include "gateway/core/facts.h"
#include "gateway/core/journal.h"
#include "gateway/core/pause.h"
#include "gateway/core/queue.h"
#include "gateway/core/router.h"
#include "gateway/store/contacts.h"
#include "gateway/store/providers.h"

#define LOOK_AGAIN (15 * MINUTE) /* at what waits for an event nobody tells us */
#define REFUSALS   32            /* entries looked at and not sent, in one go */

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

/* TP-VP's grid (23.040 9.2.3.12.1), downwards: the network must not try after the moment.
 */
static int64_t
on_grid(int64_t seconds)
{
	static const struct {
		int64_t upto, step;
	} rows[] = {{12 * 3600, 300}, {24 * 3600, 1800}, {30 * 86400, 86400}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (seconds <= rows[i].upto)
			return MAX(seconds / rows[i].step * rows[i].step, 300);
	return seconds / (7 * 86400) * (7 * 86400);
}

int
dispatch_segment(const struct message *m, const struct segment_plan *plan, int part,
	const struct segment_time *time, struct strbuf *out, struct strbuf *err)
{
	int64_t end = m->expires;
	if (time->closes && (!end || time->closes < end))
		end = time->closes;
	int64_t left = end ? (end - time->now) / 1000 : 0;
	struct submit_options options = {
		.to = m->phone,
		.report = m->report,
		.msg_class = (int8_t)m->msg_class,
		.validity = left > 0 ? on_grid(left) : 0,
		.ref = (uint16_t)m->ref,
	};
	return segment_submit(m->text, plan, (size_t)part - 1, &options, out, err);
}

/* ---- verdicts ---- */

int64_t
dispatch_due(const struct core *core, const struct verdict *v)
{
	bool knows = v->until && !v->waits;
	return knows ? v->until : MAX(v->until, core_now(core) + LOOK_AGAIN);
}

void
dispatch_apply(struct core *core, struct message *m, const struct verdict *v)
{
	int64_t now = core_now(core);
	struct strbuf reason = STRBUF_SENTENCE;
	strbuf_printf(&reason, "%s: %s", v->gate, verdict_rule(v));
	const char *name = NULL;
	switch (v->what) {
	case VERDICT_SEND: break;
	case VERDICT_DEFER:
		message_hold(core->db, m, reason.s, dispatch_due(core, v), now);
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
dispatch_wake(struct core *core, uint64_t id, struct facts_cache *cache)
{
	static struct gate_facts facts;
	struct message m;
	struct verdict v;
	if (!message_load(core->db, id, &m))
		return;
	if (m.state == MESSAGE_HELD) {
		facts_gather_known(core, &m, NULL, NULL, cache, &facts);
		admit(&facts, core_now(core), &v);
		if (v.what == VERDICT_SEND || (v.what == VERDICT_DEFER && v.queues)) {
			queue_take(core->queue, &m);
		} else {
			dispatch_apply(core, &m, &v);
			queue_settle(core->queue, m.contact);
		}
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
		facts_gather(core, &m, NULL, &facts);
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
	for (size_t i = 0; i < ch->work_count; i++)
		if (!ch->works[i].used)
			return &ch->works[i];
	return NULL;
}

/* Of the messages between two parts, the most urgent. */
static struct work *
waiting_work(struct channel *ch)
{
	struct work *best = NULL;
	for (size_t i = 0; i < ch->work_count; i++) {
		struct work *w = &ch->works[i];
		if (w->used && !w->attempt &&
			(!best || w->message.cls < best->message.cls))
			best = w;
	}
	return best;
}

/* Judges a message the channel would take. False when it must not leave now, or by
 * another channel: it then no longer waits here. */
static bool
may_leave(struct channel *ch, struct work *w)
{
	struct core *core = ch->core;
	struct message *m = &w->message;
	static struct gate_facts facts;
	struct verdict v;
	struct channel *better = router_choose(core, m, ch);
	if (better != ch) {
		message_route(core->db, m, better->row.id);
		message_set_routed(core->db, m->id);
		return false;
	}
	facts_gather(core, m, ch, &facts);
	admit(&facts, core_now(core), &v);
	w->closes = v.closes;
	if (v.what == VERDICT_SEND && v.channel_id == ch->row.id)
		return true;
	if (v.what == VERDICT_SEND) {
		/* this SIM has no room, that one has */
		message_route(core->db, m, v.channel_id);
		message_set_routed(core->db, m->id);
	} else {
		dispatch_apply(core, m, &v);
	}
	return false;
}

/* Loads a ready entry and judges it again. False when it must not leave now: it is then
 * no longer ready, or belongs to another SIM. */
static bool
take(struct channel *ch, struct work *w, uint64_t id)
{
	struct core *core = ch->core;
	*w = (struct work){.planned = -1, .plan = w->plan};
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
	mine = mine && may_leave(ch, w);
	if (mine && !dispatch_plan(m, w->plan)) {
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
	bool whole = !(ch->config->ops->caps & DRIVER_TPDU);
	if (!whole && dispatch_segment(m, w->plan, w->part,
			      &(struct segment_time){core_now(core), w->closes}, &tpdu,
			      &err) < 0) {
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
			.parts = whole ? 1 : (unsigned)m->parts,
			.more = !whole && w->part < m->parts,
			.message = m->id,
			.category = message_class_name(m->cls)};
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
	       !core->low_disk && ch->busy < ch->window && !db_poisoned(core->db);
}

/* Promotions leave no faster than their pace: the channel looks again when it is time. */
static bool
keeps_pace(struct channel *ch)
{
	int64_t until = budget_pace(ch);
	int64_t wait = until - core_now(ch->core);
	/* a beat like a machine's is what networks look for: up to a fifth more, as it
	 * comes */
	int64_t jitter = wait * (int64_t)((uint64_t)until * 2654435761u % 20) / 100;
	if (until)
		loop_timer_in(&ch->pace, wait + jitter);
	return until != 0;
}

/* One step: a part of what is under way, unless something more urgent is ready. */
static bool
pump_one(struct channel *ch, int *refused)
{
	struct core *core = ch->core;
	struct queue_entry e;
	struct work *w = waiting_work(ch);
	bool any = queue_peek(core->queue, ch->row.id, &e);
	if (any && e.priority == CLASS_MARKETING && keeps_pace(ch))
		any = false;
	/* Nothing leaves here: what waits stays where it is. A class that is paused by
	 * itself is looked at and held, text by text, or it would keep the classes behind
	 * it waiting. */
	if (any && e.priority != CLASS_NOTICE && paused_here(core, ch->row.name))
		any = false;
	/* A board without a battery clock must not date texts, nor judge windows: only
	 * the answer to somebody's own text leaves until the clock is right. */
	if (any && almanac_behind(core) && e.priority > CLASS_REPLY)
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
	else
		*refused += 1;
	return true;
}

/* When a budget is full, whatever is queued is held one by one: some in each tick, so
 * that a reply gets in between. */
void
dispatch_pump(struct channel *ch)
{
	int refused = 0;
	while (refused < REFUSALS && can_send(ch) && pump_one(ch, &refused))
		;
	if (refused >= REFUSALS)
		dispatch_wanted(ch->core);
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
