#include "gateway/core/journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
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
#define SUSPECT_WAIT (30 * SECOND)
#define EITHER_WAIT  (15 * SECOND) /* for the second of two answers */
#define RESTARTED    2 /* below: where a modem that restarted counts; no proof */
#define TAIL_DIGITS  8

/* After a temporary refusal: 15 s, 1 min, 5 min, then every 15 min until it expires. */
static const int64_t backoff[] = {15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE};

static const char *
tail_of(const char *phone)
{
	size_t n = strlen(phone);
	return n > TAIL_DIGITS ? phone + n - TAIL_DIGITS : phone;
}

static void
announce(struct core *core, const char *name, const struct message *m, const char *detail)
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

/* What certainly did not leave is not counted against anybody. */
static void
nothing_left(struct core *core, const struct message *m, const char *sim)
{
	if (!m->parts_done)
		budget_refund(core, m, sim);
}

static void
done_with(struct channel *ch, struct work *w)
{
	uint64_t contact = w->message.contact;
	message_done(&w->message);
	w->used = false;
	w->attempt = 0;
	queue_settle(ch->core->queue, contact);
}

/* The result after a doubt carries the number the doubtful one would have had. Either the
 * doubtful one never left and the modem gave its number to this one, or this was its late
 * result and ours follows in a moment, outside its wait. A modem answers in order, so the
 * next result in its place, or silence for a while, decides. */
static void
suspect(struct channel *ch, uint64_t doubt, uint64_t attempt)
{
	ch->suspect_doubt = doubt;
	ch->suspect_attempt = attempt;
	loop_timer_in(&ch->suspect, SUSPECT_WAIT);
}

void
journal_suspect_confirmed(struct channel *ch)
{
	uint64_t doubt = ch->suspect_doubt;
	ch->suspect_doubt = 0;
	loop_timer_stop(&ch->suspect);
	if (doubt)
		journal_never_left(ch->core, doubt, "next-reference");
}

bool
journal_suspect_late(struct channel *ch, int reference)
{
	struct core *core = ch->core;
	struct attempt doubt, credited;
	if (!ch->suspect_doubt || !attempt_load(core->db, ch->suspect_doubt, &doubt) ||
		!attempt_load(core->db, ch->suspect_attempt, &credited) ||
		reference != (credited.ref + 1) % 256)
		return false;
	ch->suspect_doubt = 0;
	loop_timer_stop(&ch->suspect);
	attempt_set_ref(core->db, credited.id, reference);
	ch->row.last_mr = reference;
	ch->row_dirty = true;
	journal_accepted(core, doubt.id, credited.ref, "late-result");
	reports_rematch(core, credited.sim, reference, credited.id);
	return true;
}

/* Keeps what the channel's references do. */
static void
count_reference(struct channel *ch, int reference)
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

/* A result that is this attempt's own. */
static void
learn_reference(struct channel *ch, int reference, uint64_t attempt)
{
	journal_suspect_confirmed(ch);
	late_answered(ch);
	uint64_t doubt = attempts_last_doubt(ch->core->db, ch->row.id, attempt);
	struct attempt a;
	if (doubt && reference >= RESTARTED && attempt_load(ch->core->db, doubt, &a) &&
		a.planned_ref == reference)
		suspect(ch, doubt, attempt);
	count_reference(ch, reference);
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
	announce(core, "message.sent", m, NULL);
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
		done_with(ch, w);
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
		announce(core, "message.expired", m, reason.s);
	} else {
		message_hold(core->db, m, reason.s, now + wait, now);
		queue_alarm(core->queue);
		announce(core, "message.retrying", m, why);
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
	nothing_left(core, &w->message, channel_sim(ch));
	if (o->channel_fault) {
		message_move(core->db, &w->message, MESSAGE_QUEUED, "", core_now(core));
		if (ch->state == CHANNEL_READY)
			channel_rest(ch, o->rest, why);
	} else {
		try_later(core, &w->message, why);
	}
	done_with(ch, w);
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
	nothing_left(core, m, channel_sim(ch));
	if (m->parts > 1)
		strbuf_printf(&reason, "part %d of %d: ", w->part, m->parts);
	strbuf_puts(&reason, why);
	message_move(core->db, m, MESSAGE_FAILED, reason.s, core_now(core));
	ch->row.failed++;
	ch->row_dirty = true;
	announce(core, "message.failed", m, reason.s);
	if (says_nobody(ch, o))
		number_refused(core, m->contact, why);
	strbuf_done(&reason);
	provider_refused(ch, m->phone, o->refusal, why);
	done_with(ch, w);
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

/* A message with a part in doubt is in doubt as a whole; what happens next is its policy.
 * `again`: it may be to send again; not where there was an answer, if only of another. */
static void
enter_doubt(struct core *core, struct message *m, uint64_t attempt, bool again,
	const char *why)
{
	if (settled_by_report(core, m, attempt))
		return;
	const char *policy = doubt_policy(m);
	struct strbuf reason = STRBUF_SENTENCE;
	bool closed = !strcmp(policy, "close");
	strbuf_printf(&reason, "%s%s", closed ? "closed: " : "", why);
	message_move(core->db, m, MESSAGE_IN_DOUBT, reason.s, core_now(core));
	announce(core, "message.in_doubt", m, reason.s);
	reports_doubted(core, attempt);
	if (again && !strcmp(policy, "resend") && is_unknown(core, attempt)) {
		attempt_set_evidence(core->db, attempt, "resent");
		message_move(core->db, m, MESSAGE_QUEUED, "", core_now(core));
		announce(core, "message.resent", m,
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
	enter_doubt(core, &w->message, w->attempt, true, why);
	uint64_t attempt = w->attempt;
	done_with(ch, w);
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

/* It answers this message or the one in doubt before it: neither is called sent. A second
 * answer settles both, and so that it does not come in a third one's wait the channel
 * rests for a moment; else a status report that names one of them does. */
static void
settle_either(struct channel *ch, struct work *w, const struct outcome *o, uint64_t doubt)
{
	struct core *core = ch->core;
	const char *why = "an answer came that may be the late one of the message before";
	uint64_t attempt = w->attempt;
	attempt_move(
		core->db, attempt, "open", "unknown", -1, o->code, why, core_now(core));
	if (o->reference >= 0)
		attempt_set_planned(core->db, attempt, o->reference);
	message_pin(core->db, &w->message, ch->row.id, channel_sim(ch));
	ch->row.doubts++;
	ch->unknown_row = 0; /* the modem does answer */
	count_reference(ch, o->reference);
	enter_doubt(core, &w->message, attempt, false, why);
	done_with(ch, w);
	late_answered(ch);
	ch->either_doubt = doubt;
	ch->either_attempt = attempt;
	ch->either_mr = o->reference;
	ch->either_until = clock_mono(core->clock) + EITHER_WAIT;
	if (ch->state == CHANNEL_READY)
		channel_rest(ch, EITHER_WAIT, "listening for a second, late answer");
}

bool
journal_either_answered(struct channel *ch, int reference)
{
	struct core *core = ch->core;
	if (!ch->either_doubt || clock_mono(core->clock) > ch->either_until ||
		(reference >= 0 && reference == ch->either_mr))
		return false;
	journal_accepted(core, ch->either_doubt, ch->either_mr, "late-result");
	journal_accepted(core, ch->either_attempt, reference, "late-result");
	ch->either_doubt = 0;
	if (reference >= 0)
		ch->row.last_mr = reference;
	ch->row_dirty = true;
	return true;
}

static void
settle_answered(struct channel *ch, struct work *w, const struct outcome *o)
{
	uint64_t doubt;
	if (provider_takes_whole(ch->core, ch->row.id)) {
		settle_sent(ch, w, o);
		return;
	}
	switch (late_judge(ch, w->attempt, o->reference, &doubt)) {
	case LATE_OWN: settle_sent(ch, w, o); break;
	case LATE_OTHERS: settle_others(ch, w, o, doubt); break;
	case LATE_EITHER: settle_either(ch, w, o, doubt); break;
	}
}

void
journal_settle(struct channel *ch, struct work *w, const struct outcome *outcome)
{
	FAULT("journal.result");
	switch (outcome->what) {
	case SEND_SENT: settle_answered(ch, w, outcome); break;
	case SEND_LATER: settle_later(ch, w, outcome); break;
	case SEND_REJECTED: settle_rejected(ch, w, outcome); break;
	case SEND_UNKNOWN: settle_unknown(ch, w, outcome); break;
	}
	FAULT("journal.settled");
}

/* ---- evidence ---- */

uint64_t
journal_open_doubt(struct channel *ch)
{
	return attempts_last_doubt(ch->core->db, ch->row.id, 0);
}

/* Loads an attempt in doubt and its message; false when it is not (or no longer) in
 * doubt. */
static bool
load_doubt(struct core *core, uint64_t id, struct attempt *a, struct message *m)
{
	if (!attempt_load(core->db, id, a) || strcmp(a->state, "unknown") != 0 ||
		*a->evidence)
		return false;
	return message_load(core->db, a->message, m);
}

/* The doubtful part is settled; the message goes on where it stood. */
static void
leave_doubt(struct core *core, struct message *m)
{
	FAULT("journal.evidence");
	if (m->state != MESSAGE_IN_DOUBT)
		return;
	if (m->parts_done >= m->parts) {
		message_move(core->db, m, MESSAGE_SENT, "", core_now(core));
		message_set_sent(core->db, m, core_now(core));
		contact_sent(core->db, m->contact, core_now(core));
		announce(core, "message.sent", m, "settled by evidence");
	} else if (!strncmp(m->reason, "closed", 6)) {
		message_move(core->db, m, MESSAGE_FAILED,
			"proven not sent, and closed by then", core_now(core));
		announce(core, "message.failed", m, m->reason);
	} else {
		message_move(core->db, m, MESSAGE_QUEUED, "", core_now(core));
		announce(core, "message.queued", m, "settled by evidence: it goes on");
	}
	queue_settle(core->queue, m->contact);
}

void
journal_accepted(struct core *core, uint64_t attempt, int reference, const char *how)
{
	struct attempt a;
	struct message m;
	if (!load_doubt(core, attempt, &a, &m))
		return;
	attempt_move(core->db, a.id, "unknown", "sent", reference, a.code, a.why,
		core_now(core));
	attempt_set_evidence(core->db, a.id, how);
	message_set_parts_done(core->db, &m,
		provider_takes_whole(core, a.channel) ? m.parts : m.parts_done + 1);
	leave_doubt(core, &m);
	message_done(&m);
	if (reference >= 0)
		reports_rematch(core, a.sim, reference, a.id);
}

void
journal_never_left(struct core *core, uint64_t attempt, const char *how)
{
	struct attempt a;
	struct message m;
	if (!load_doubt(core, attempt, &a, &m))
		return;
	attempt_move(core->db, a.id, "unknown", "never_left", -1, a.code, a.why,
		core_now(core));
	attempt_set_evidence(core->db, a.id, how);
	nothing_left(core, &m, a.sim);
	leave_doubt(core, &m);
	message_done(&m);
}

/* ---- recovery ---- */

#define BATCH 256

static void
doubt_open_attempts(struct core *core)
{
	uint64_t ids[BATCH];
	size_t n;
	/* `open` attempts become `unknown`, so each round finds the next ones. */
	while ((n = attempts_unsettled(core->db, 0, "open", ids, BATCH))) {
		for (size_t i = 0; i < n; i++) {
			struct attempt a;
			struct message m;
			if (!attempt_load(core->db, ids[i], &a) ||
				!message_load(core->db, a.message, &m))
				return;
			const char *why = "the gateway ended while the modem had it";
			attempt_move(core->db, a.id, "open", "unknown", -1, -1, why,
				core_now(core));
			message_pin(core->db, &m, a.channel, a.sim);
			if (m.state == MESSAGE_SENDING)
				enter_doubt(core, &m, a.id, true, why);
			queue_settle(core->queue, m.contact); /* who waited behind it */
			struct channel *ch = channel_by_id(core, a.channel);
			if (ch) {
				ch->row.doubts++;
				ch->row_dirty = true;
				late_unanswered(ch, a.id);
			}
			message_done(&m);
			FAULT("journal.doubted");
		}
	}
}

static void
requeue_interrupted(struct core *core)
{
	uint64_t ids[BATCH];
	size_t n;
	while ((n = messages_in_state(core->db, MESSAGE_SENDING, 0, ids, BATCH))) {
		for (size_t i = 0; i < n; i++) {
			struct message m;
			if (!message_load(core->db, ids[i], &m))
				return;
			message_move(core->db, &m, MESSAGE_QUEUED, "", core_now(core));
			queue_settle(core->queue, m.contact);
			message_done(&m);
			FAULT("journal.requeued");
		}
	}
}

void
journal_recover(struct core *core)
{
	doubt_open_attempts(core);
	requeue_interrupted(core);
}

void
journal_set_aside(struct channel *ch)
{
	struct core *core = ch->core;
	for (size_t i = 0; i < ch->work_count && !core->store_sick; i++) {
		struct work *w = &ch->works[i];
		if (!w->used || w->attempt)
			continue;
		message_move(core->db, &w->message, MESSAGE_QUEUED, "", core_now(core));
		done_with(ch, w);
	}
}

/* ---- a person, or time, decides ---- */

void
journal_close_doubt(struct core *core, struct message *m, const char *why)
{
	struct strbuf reason = STRBUF_SENTENCE;
	strbuf_printf(&reason, "closed: %s", why);
	message_close_doubt(core->db, m, reason.s, core_now(core));
	announce(core, "message.doubt_closed", m, reason.s);
	strbuf_done(&reason);
}

int
journal_resolve(struct core *core, uint64_t id, const char *how, struct strbuf *err)
{
	struct message m;
	if (!message_load(core->db, id, &m)) {
		strbuf_set(err, "there is no message with that id");
		return -ENOENT;
	}
	int r = 0;
	uint64_t attempt = attempt_doubtful(core->db, id);
	if (m.state != MESSAGE_IN_DOUBT || !attempt) {
		strbuf_set(err,
			"the message is %s, not in doubt: there is nothing to settle",
			message_state_name(m.state));
		r = -EPERM;
	} else if (!strcmp(how, "sent")) {
		attempt_set_evidence(core->db, attempt, "");
		journal_accepted(core, attempt, -1, "person");
	} else if (!strcmp(how, "resend")) {
		attempt_set_evidence(core->db, attempt, "resent");
		message_move(core->db, &m, MESSAGE_QUEUED, "", core_now(core));
		message_renew(core->db, &m, core_now(core) + core->config->keep_expires);
		announce(core, "message.resent", &m, "a person decided to send it again");
		queue_settle(core->queue, m.contact);
	} else if (!strcmp(how, "close")) {
		journal_close_doubt(core, &m, "a person left it so");
	} else {
		strbuf_set(err,
			"'%s' is not a way to settle a doubt: sent, resend or close",
			how);
		r = -EINVAL;
	}
	message_done(&m);
	return r;
}
