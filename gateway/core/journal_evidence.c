/* What ends a doubt: an answer that comes late, a number, a report. And what an answer
 * that may be anybody's begins. */
#include "gateway/core/journal_inside.h"

#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/core/late.h"
#include "gateway/core/providers.h"
#include "gateway/core/queue.h"
#include "gateway/core/reports.h"
#include "gateway/store/attempts.h"
#include "gateway/store/contacts.h"

#define EITHER_WAIT (15 * SECOND) /* for the answers that are still out */

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
		journal_announce(core, "message.sent", m, "settled by evidence");
	} else if (!strncmp(m->reason, "closed", 6)) {
		message_move(core->db, m, MESSAGE_FAILED,
			"proven not sent, and closed by then", core_now(core));
		journal_announce(core, "message.failed", m, m->reason);
	} else {
		message_move(core->db, m, MESSAGE_QUEUED, "", core_now(core));
		journal_announce(
			core, "message.queued", m, "settled by evidence: it goes on");
	}
	queue_settle(core->queue, m->contact);
}

/* ---- numbers beside it ---- */

/* Right before it stands one whose number would have been this one: it got none, and so
 * never left. */
static void
before_it(struct core *core, const struct attempt *a)
{
	uint64_t doubt = attempts_last_doubt(core->db, a->channel, a->id);
	struct attempt before;
	if (doubt && a->ref >= RESTARTED && attempt_load(core->db, doubt, &before) &&
		before.planned_ref == a->ref && !strcmp(before.sim, a->sim))
		journal_never_left(core, doubt, "next-reference");
}

/* And the one doubt after it that was to have the same: if it left, it has the next. */
static void
after_it(struct core *core, const struct attempt *a)
{
	uint64_t ids[2];
	struct attempt after;
	if (attempts_doubted_since(core->db, a->channel, a->at, ids, 2) != 1 ||
		ids[0] < a->id || !attempt_load(core->db, ids[0], &after) ||
		after.planned_ref != a->ref || strcmp(after.sim, a->sim) != 0)
		return;
	attempt_set_planned(core->db, after.id, (a->ref + 1) % 256);
	reports_doubted(core, after.id);
}

void
journal_numbered(struct core *core, const struct attempt *a)
{
	if (a->ref < 0 || provider_takes_whole(core, a->channel))
		return;
	before_it(core, a);
	after_it(core, a);
}

/* ---- the evidence ---- */

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
	if (reference < 0)
		return;
	reports_rematch(core, a.sim, reference, a.id);
	a.ref = reference;
	journal_numbered(core, &a);
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
	journal_nothing_left(core, &m, a.sim);
	leave_doubt(core, &m);
	message_done(&m);
}

/* ---- an answer that is anybody's ---- */

/* A report that says this number and the place of this one is about it: unless the other
 * one, which may have that number too, went to the same place. */
static void
plan_for_reports(struct core *core, const struct late_either *e, uint64_t contact)
{
	struct attempt other;
	struct message m;
	if (e->count != 2 || e->heard[0] < 0 ||
		!attempt_load(core->db, e->ids[0], &other) ||
		!message_load(core->db, other.message, &m))
		return;
	if (m.contact != contact)
		attempt_set_planned(core->db, e->ids[1], e->heard[0]);
	message_done(&m);
}

void
journal_settle_either(struct channel *ch, struct work *w, const struct outcome *o,
	struct late_either *either)
{
	struct core *core = ch->core;
	const char *why = "an answer came that may be the late one of a message before";
	uint64_t attempt = w->attempt;
	attempt_move(
		core->db, attempt, "open", "unknown", -1, o->code, why, core_now(core));
	either->heard[either->answers++] =
		o->what == SEND_SENT ? o->reference : LATE_REFUSED;
	plan_for_reports(core, either, w->message.contact);
	message_pin(core->db, &w->message, ch->row.id, channel_sim(ch));
	ch->row.doubts++;
	ch->unknown_row = 0; /* the modem does answer */
	ch->row_dirty = true;
	if (o->what == SEND_SENT)
		journal_count_reference(ch, o->reference);
	journal_enter_doubt(core, &w->message, attempt, false, why);
	journal_done_with(ch, w);
	late_answered(ch);
	either->until = clock_mono(core->clock) + EITHER_WAIT;
	ch->either = *either;
	if (ch->state == CHANNEL_READY)
		channel_rest(ch, MAX(EITHER_WAIT, o->rest),
			"listening for a second, late answer");
}

/* As many answers as texts, and in their order. */
static void
settle_all(struct channel *ch, const struct late_either *e)
{
	for (size_t i = 0; i < e->count; i++)
		if (e->heard[i] == LATE_REFUSED)
			journal_never_left(ch->core, e->ids[i], "late-result");
		else
			journal_accepted(ch->core, e->ids[i], e->heard[i], "late-result");
}

bool
journal_either_answered(struct channel *ch, int reference)
{
	struct late_either *e = &ch->either;
	int last = e->answers ? e->heard[e->answers - 1] : -1;
	if (!e->count || clock_mono(ch->core->clock) > e->until ||
		(reference >= 0 && reference == last))
		return false;
	e->heard[e->answers++] = reference;
	if (reference >= 0) {
		ch->row.last_mr = reference;
		ch->row_dirty = true;
	}
	if (e->answers == e->count) {
		struct late_either all = *e;
		e->count = 0;
		settle_all(ch, &all);
	}
	return true;
}
