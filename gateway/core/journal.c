#include "gateway/core/journal_inside.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/base/log.h"
#include "gateway/core/alive.h"
#include "gateway/core/budget.h"
#include "gateway/core/late.h"
#include "gateway/core/providers.h"
#include "gateway/core/queue.h"
#include "gateway/core/reports.h"
#include "gateway/store/attempts.h"
#include "gateway/store/contacts.h"
#include "gateway/store/providers.h"

#define COUNTING_TRUSTED                                                                 \
	8 /* results in a row that counted plus one, before a plan is written */
#define TAIL_DIGITS 8

/* After a temporary refusal: 15 s, 1 min, 5 min, then every 15 min until it expires. */
static const int64_t backoff[] = {15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE};

static const char *
tail_of(const char *phone)
{
	size_t n = strlen(phone);
	return n > TAIL_DIGITS ? phone + n - TAIL_DIGITS : phone;
}

void
journal_announce(
	struct core *core, const char *name, const struct message *m, const char *detail)
{
	core_event(core, &(struct event){name, m->id, m->contact, m->channel, detail});
}

/* ---- opening ---- */

void
journal_begin(struct channel *ch, struct work *w)
{
	struct core *core = ch->core;
	struct attempt a = {.id = core_id(core),
		.message = w->message.id,
		.part = w->part,
		.channel = ch->row.id,
		.planned_ref = -1,
		.at = core_now(core)};
	if (ch->row.counting >= COUNTING_TRUSTED && ch->row.last_mr >= 0)
		a.planned_ref = (ch->row.last_mr + 1) % 256;
	snprintf(a.sim, sizeof(a.sim), "%s", channel_sim(ch));
	attempt_insert(core->db, &a, tail_of(w->message.phone));
	if (w->message.state != MESSAGE_SENDING)
		message_move(core->db, &w->message, MESSAGE_SENDING, "", core_now(core));
	budget_charge(ch, &w->message);
	w->attempt = a.id;
	w->planned = a.planned_ref;
	FAULT("journal.begun");
}

/* ---- settling ---- */

void
journal_nothing_left(struct core *core, const struct message *m, const char *sim)
{
	if (!m->parts_done)
		budget_refund(core, m, sim);
}

void
journal_done_with(struct channel *ch, struct work *w)
{
	uint64_t contact = w->message.contact;
	message_done(&w->message);
	w->used = false;
	w->attempt = 0;
	queue_settle(ch->core->queue, contact);
}

void
journal_count_reference(struct channel *ch, int reference)
{
	if (reference >= 0 && ch->row.last_mr >= 0 &&
		reference == (ch->row.last_mr + 1) % 256)
		ch->row.counting++;
	else
		ch->row.counting = 0;
	ch->row.last_mr = reference;
	ch->sends_since_read++;
	ch->row_dirty = true;
}

/* A result that is this attempt's own: nothing before it is owed any more. */
static void
learn_reference(struct channel *ch, int reference, uint64_t attempt)
{
	struct attempt a;
	late_answered(ch);
	if (late_is_over(ch) && attempt_load(ch->core->db, attempt, &a))
		journal_numbered(ch->core, &a);
	journal_count_reference(ch, reference);
}

/* One more part is with the network: the whole, or on to the next. */
static void
part_accepted(struct channel *ch, struct message *m)
{
	struct core *core = ch->core;
	message_take_part(core->db, m, ch->row.id, channel_sim(ch), core_now(core));
	if (m->state != MESSAGE_SENT)
		return;
	contact_sent(core->db, m->contact, core_now(core));
	journal_announce(core, "message.sent", m, NULL);
}

static void
settle_sent(struct channel *ch, struct work *w, const struct outcome *o)
{
	struct core *core = ch->core;
	uint64_t attempt = w->attempt, id = w->message.id;
	bool several = w->message.parts > 1;
	attempt_move(core->db, attempt, "open", "sent", o->reference, o->code, "",
		core_now(core));
	if (o->id)
		attempt_set_provider(core->db, attempt, o->id);
	if (o->price && *o->price)
		attempt_set_price(core->db, attempt, o->price);
	ch->row.sent++;
	ch->last_sent = core_now(core);
	ch->unknown_row = ch->breaks = ch->rests = 0;
	ch->row_dirty = true;
	if (provider_takes_whole(core, ch->row.id))
		w->message.parts_done = w->message.parts - 1;
	else
		learn_reference(ch, o->reference, attempt);
	part_accepted(ch, &w->message);
	w->attempt = 0;
	w->part++;
	if (w->message.state == MESSAGE_SENT)
		journal_done_with(ch, w);
	reports_rematch(core, channel_sim(ch), o->reference, attempt);
	if (provider_takes_whole(core, ch->row.id))
		provider_reports_due(ch, attempt, id);
	else if (several && !w->used)
		reports_conclude(core, id, "a part was not delivered");
}

/* The message waits for its next try, or its time is over. */
static void
try_later(struct core *core, struct message *m, const char *why)
{
	int64_t wait = backoff[MIN((size_t)m->tries, ARRAY_LEN(backoff) - 1)];
	int64_t now = core_now(core);
	struct strbuf reason = STRBUF_SENTENCE;
	strbuf_printf(&reason, "schedule: tried again later: %s", why);
	wait += (int64_t)(m->id % 1000) * wait / 10000; /* up to a tenth of jitter */
	message_set_tries(core->db, m, m->tries + 1);
	if (m->expires && now + wait >= m->expires) {
		strbuf_set(&reason, "expiry: refused until its time was over: %s", why);
		message_move(core->db, m, MESSAGE_EXPIRED, reason.s, now);
		journal_announce(core, "message.expired", m, reason.s);
	} else {
		message_hold(core->db, m, reason.s, now + wait, now);
		queue_alarm(core->queue);
		journal_announce(core, "message.retrying", m, why);
	}
	strbuf_done(&reason);
}

static void
settle_later(struct channel *ch, struct work *w, const struct outcome *o)
{
	struct core *core = ch->core;
	const char *why = o->why ? o->why : "the channel could not take it";
	attempt_move(
		core->db, w->attempt, "open", "later", -1, o->code, why, core_now(core));
	journal_nothing_left(core, &w->message, channel_sim(ch));
	if (o->channel_fault) {
		message_move(core->db, &w->message, MESSAGE_QUEUED, "", core_now(core));
		if (ch->state == CHANNEL_READY)
			channel_rest(ch, o->rest, why);
	} else {
		try_later(core, &w->message, why);
	}
	journal_done_with(ch, w);
}

/* Unassigned number, unidentified and unknown subscriber (27.005 3.2.5, 24.011 E.2). */
static bool
says_nobody(const struct channel *ch, const struct outcome *o)
{
	bool cms = ch->config->ops->caps & DRIVER_TPDU;
	return o->nobody || (cms && (o->code == 1 || o->code == 28 || o->code == 30));
}

static void
settle_rejected(struct channel *ch, struct work *w, const struct outcome *o)
{
	if (o->again && !w->message.tries) {
		settle_later(ch, w, o);
		return;
	}
	struct core *core = ch->core;
	struct message *m = &w->message;
	struct strbuf reason = STRBUF_SENTENCE;
	const char *why = o->why ? o->why : "refused";
	attempt_move(core->db, w->attempt, "open", "rejected", -1, o->code, why,
		core_now(core));
	journal_nothing_left(core, m, channel_sim(ch));
	if (m->parts > 1)
		strbuf_printf(&reason, "part %d of %d: ", w->part, m->parts);
	strbuf_puts(&reason, why);
	message_move(core->db, m, MESSAGE_FAILED, reason.s, core_now(core));
	ch->row.failed++;
	ch->row_dirty = true;
	journal_announce(core, "message.failed", m, reason.s);
	if (says_nobody(ch, o))
		number_refused(core, m->contact, why);
	strbuf_done(&reason);
	provider_refused(ch, m->phone, o->refusal, why);
	journal_done_with(ch, w);
}

static const char *
doubt_policy(const struct message *m)
{
	if (*m->on_doubt)
		return m->on_doubt;
	return m->cls == CLASS_MARKETING ? "close" : "hold";
}

static bool
is_unknown(struct core *core, uint64_t attempt)
{
	struct attempt a;
	return attempt_load(core->db, attempt, &a) && !strcmp(a.state, "unknown");
}

/* The report came while the part was still with the modem: the network has it, whatever
 * the modem says or does not say. */
static bool
settled_by_report(struct core *core, struct message *m, uint64_t attempt)
{
	struct attempt a;
	if (!attempt_load(core->db, attempt, &a) || !*a.report)
		return false;
	message_move(core->db, m, MESSAGE_IN_DOUBT, "", core_now(core));
	journal_accepted(core, attempt, a.planned_ref, "status-report");
	reports_conclude(core, m->id, "a part was not delivered");
	return true;
}

void
journal_enter_doubt(struct core *core, struct message *m, uint64_t attempt, bool again,
	const char *why)
{
	if (settled_by_report(core, m, attempt))
		return;
	const char *policy = doubt_policy(m);
	struct strbuf reason = STRBUF_SENTENCE;
	bool closed = !strcmp(policy, "close");
	strbuf_printf(&reason, "%s%s", closed ? "closed: " : "", why);
	message_move(core->db, m, MESSAGE_IN_DOUBT, reason.s, core_now(core));
	journal_announce(core, "message.in_doubt", m, reason.s);
	reports_doubted(core, attempt);
	if (again && !strcmp(policy, "resend") && is_unknown(core, attempt)) {
		attempt_set_evidence(core->db, attempt, "resent");
		message_move(core->db, m, MESSAGE_QUEUED, "", core_now(core));
		journal_announce(core, "message.resent", m,
			"its policy is to send again when in doubt");
	}
	strbuf_done(&reason);
}

static void
settle_unknown(struct channel *ch, struct work *w, const struct outcome *o)
{
	struct core *core = ch->core;
	const char *why = o->why ? o->why : "the modem never said whether it was sent";
	attempt_move(core->db, w->attempt, "open", "unknown", -1, o->code, why,
		core_now(core));
	message_pin(core->db, &w->message, ch->row.id, channel_sim(ch));
	ch->row.doubts++;
	ch->row_dirty = true;
	journal_enter_doubt(core, &w->message, w->attempt, true, why);
	uint64_t attempt = w->attempt;
	journal_done_with(ch, w);
	channel_doubted(ch);
	late_unanswered(ch, attempt);
}

/* The result that came in the wait of this message is the late one of another. What
 * became of this one nobody has said. */
static void
settle_others(struct channel *ch, struct work *w, const struct outcome *o, uint64_t doubt)
{
	struct outcome nobody = {.what = SEND_UNKNOWN,
		.reference = -1,
		.code = -1,
		.why = "the answer that came was the late one of another message"};
	settle_unknown(ch, w, &nobody);
	journal_accepted(ch->core, doubt, o->reference, "late-result");
}

static void
settle_own(struct channel *ch, struct work *w, const struct outcome *o)
{
	switch (o->what) {
	case SEND_SENT: settle_sent(ch, w, o); break;
	case SEND_LATER: settle_later(ch, w, o); break;
	case SEND_REJECTED: settle_rejected(ch, w, o); break;
	case SEND_UNKNOWN: settle_unknown(ch, w, o); break;
	}
}

/* Whose is it? */
static void
settle_answered(struct channel *ch, struct work *w, const struct outcome *o)
{
	struct late_either either;
	switch (late_judge(ch, w->attempt, o, &either)) {
	case LATE_OWN: settle_own(ch, w, o); break;
	case LATE_OTHERS: settle_others(ch, w, o, either.ids[0]); break;
	case LATE_EITHER: journal_settle_either(ch, w, o, &either); break;
	}
}

void
journal_settle(struct channel *ch, struct work *w, const struct outcome *outcome)
{
	bool answer = outcome->what == SEND_SENT || outcome->handed_over;
	FAULT("journal.result");
	if (answer && !provider_takes_whole(ch->core, ch->row.id))
		settle_answered(ch, w, outcome);
	else
		settle_own(ch, w, outcome);
	FAULT("journal.settled");
}
