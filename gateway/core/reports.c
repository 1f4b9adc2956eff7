#include "gateway/core/reports.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/core/alive.h"
#include "gateway/core/channel_inside.h"
#include "gateway/core/journal.h"
#include "gateway/store/attempts.h"
#include "gateway/store/reports.h"

#define REPORT_WINDOW (63 * DAY) /* the longest TP-VP */
#define EARLY_WINDOW  (10 * MINUTE)
#define CANDIDATES    16
#define DOUBTS_MAX    64

static const char *const class_names[] = {
	[REPORT_DELIVERED] = "delivered",
	[REPORT_FORWARDED] = "forwarded",
	[REPORT_PENDING] = "pending",
	[REPORT_EXPIRED] = "expired",
	[REPORT_FAILED] = "failed",
	[REPORT_GAVE_UP] = "gave-up",
};

/* All parts reported: the message as a whole has an outcome, told once. */
void
reports_conclude(struct core *core, uint64_t id, const char *why)
{
	struct message m;
	struct attempt_reports parts;
	if (!message_load(core->db, id, &m))
		return;
	attempts_reports(core->db, id, &parts);
	enum message_state to = m.state;
	if (parts.failed)
		to = MESSAGE_UNDELIVERED;
	else if (parts.delivered >= m.parts)
		to = MESSAGE_DELIVERED;
	if (to != m.state && message_state_may(m.state, to) && m.parts_done >= m.parts) {
		message_move(core->db, &m, to, to == MESSAGE_UNDELIVERED ? why : "",
			core_now(core));
		core_event(core,
			&(struct event){to == MESSAGE_DELIVERED ? "message.delivered"
								: "message.undelivered",
				m.id, m.contact, m.channel, why});
	}
	message_done(&m);
}

static void
apply(struct core *core, uint64_t attempt, uint64_t message, int status)
{
	enum report_class cls = pdu_status_class((uint8_t)status);
	struct strbuf why = STRBUF_SENTENCE;
	strbuf_printf(&why, "%s (status %02X)", pdu_status_name((uint8_t)status),
		(unsigned)status);
	attempt_set_report(core->db, attempt, class_names[cls], core_now(core));
	number_reported(core, message, status);
	if (cls != REPORT_PENDING && cls != REPORT_FORWARDED)
		reports_conclude(core, message, why.s);
	FAULT("reports.applied");
	strbuf_done(&why);
}

/* How far a submission is from the report's own time stamp, whose offset to our clock is
 * unknown but the same for all of them; without a stamp the newest is the nearest. */
static int64_t
distance(const struct attempt_match *a, int64_t submitted)
{
	return submitted ? llabs(a->at - submitted) : -a->at;
}

/* Two in doubt for one person that would both have had this number, and no time of
 * submission that keeps them apart: it is one's, and nobody knows whose. */
static bool
fits_another(const struct attempt_match *found, size_t n,
	const struct attempt_match *best, int64_t submitted)
{
	for (size_t i = 0; i < n; i++)
		if (found[i].planned && found[i].contact == best->contact &&
			found[i].message != best->message &&
			(!submitted || llabs(found[i].at - best->at) <= EARLY_WINDOW))
			return true;
	return false;
}

/* Same SIM and TP-MR, and the digits agree. A known reference beats a planned one, and
 * among equals the nearest is meant. A planned one is not believed where a message with
 * that very number was nearer and has its report: then the network reports twice. */
static const struct attempt_match *
choose(const struct attempt_match *found, size_t n, const char *recipient,
	int64_t submitted)
{
	const struct attempt_match *best = NULL;
	for (size_t i = 0; i < n; i++) {
		const struct attempt_match *a = &found[i];
		if (*recipient && !sms_address_same(a->phone, recipient))
			continue;
		bool nearer = best && distance(a, submitted) < distance(best, submitted);
		if (a->reported) {
			if (best && best->planned &&
				distance(a, submitted) <= distance(best, submitted))
				return NULL;
		} else if (!best || (a->planned == best->planned && nearer)) {
			best = a;
		}
	}
	return best && best->planned && fits_another(found, n, best, submitted) ? NULL
										: best;
}

/* The one text to that number whose fate is not known; 0 when there is none, or more than
 * one. */
static uint64_t
only_unknown(struct core *core, const struct report *r)
{
	struct attempt_match found[DOUBTS_MAX];
	int64_t since = r->at - REPORT_WINDOW;
	uint64_t only = 0;
	if (!*r->recipient)
		return 0;
	size_t n = attempts_unknown_on(core->db, r->sim, since, found, DOUBTS_MAX);
	if (n == DOUBTS_MAX)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (!sms_address_same(found[i].phone, r->recipient))
			continue;
		if (only || found[i].at > r->at ||
			(r->submitted && r->submitted < found[i].at - DAY))
			return 0;
		only = found[i].id;
	}
	return only;
}

/* Nobody is known to have that reference, but one text alone went to that number whose
 * fate is not known: the report is about it, because it is about something this SIM sent
 * there. 0 when that cannot be said for certain. */
static uint64_t
only_doubt(struct core *core, const struct report *r)
{
	uint64_t only = only_unknown(core, r);
	return only && attempt_may_be(
			       core->db, only, "unknown", r->mr, r->at - REPORT_WINDOW)
		       ? only
		       : 0;
}

/* The text it is about is with the modem still, which has not answered: should the answer
 * be lost, the line is not kept waiting for it. */
static void
hurry(struct core *core, const struct report *r, bool matched)
{
	struct channel *ch = channel_by_id(core, r->channel);
	uint64_t id = matched ? r->attempt : only_unknown(core, r);
	if (ch && id &&
		(matched || attempt_may_be(
				    core->db, id, "open", r->mr, r->at - REPORT_WINDOW)))
		channel_hurry(ch, id);
}

static bool
match(struct core *core, struct report *r)
{
	struct attempt_match found[CANDIDATES];
	size_t n = attempts_matching(
		core->db, r->sim, r->mr, r->at - REPORT_WINDOW, found, CANDIDATES);
	const struct attempt_match *a = choose(found, n, r->recipient, r->submitted);
	r->attempt = a ? a->id : only_doubt(core, r);
	if (r->attempt && (!a || a->planned))
		journal_accepted(core, r->attempt, r->mr, "status-report");
	return r->attempt != 0;
}

void
reports_doubted(struct core *core, uint64_t attempt)
{
	struct report found[CANDIDATES];
	struct attempt a;
	if (!attempt_load(core->db, attempt, &a))
		return;
	if (*a.report && a.planned_ref >= 0) {
		journal_accepted(core, attempt, a.planned_ref, "status-report");
		return;
	}
	size_t n = reports_unmatched_after(core->db, a.sim, attempt, found, CANDIDATES);
	for (size_t i = 0; i < n; i++) {
		if (only_doubt(core, &found[i]) != attempt)
			continue;
		report_match(core->db, found[i].id, attempt);
		journal_accepted(core, attempt, found[i].mr, "status-report");
		apply(core, attempt, a.message, found[i].status);
		return;
	}
}

void
reports_received(struct core *core, const struct arrival *arrival, const struct pdu *pdu)
{
	struct report r = {.id = core_id(core),
		.arrival = arrival->id,
		.channel = arrival->channel,
		.mr = pdu->mr,
		.status = pdu->status,
		.submitted = pdu->scts.valid ? pdu->scts.wall : 0,
		.at = arrival->at};
	snprintf(r.sim, sizeof(r.sim), "%s", arrival->sim);
	snprintf(r.recipient, sizeof(r.recipient), "%s", pdu->address.text);
	bool matched = match(core, &r);
	report_insert(core->db, &r);
	FAULT("reports.stored");
	hurry(core, &r, matched);
	if (matched) {
		struct attempt a;
		if (attempt_load(core->db, r.attempt, &a)) {
			apply(core, a.id, a.message, r.status);
			journal_numbered(core, &a);
		}
	} else {
		core_event(
			core, &(struct event){"report.unmatched", 0, 0, r.channel,
				      "no attempt with this reference and number yet"});
	}
}

void
reports_rematch(struct core *core, const char *sim, int reference, uint64_t attempt)
{
	struct report found[CANDIDATES];
	struct attempt a;
	struct message m;
	if (reference < 0)
		return;
	size_t n = reports_unmatched(core->db, sim, reference,
		core_now(core) - EARLY_WINDOW, found, CANDIDATES);
	if (!n || !attempt_load(core->db, attempt, &a) ||
		!message_load(core->db, a.message, &m))
		return;
	for (size_t i = 0; i < n; i++) {
		if (found[i].at < a.at ||
			(*found[i].recipient &&
				!sms_address_same(m.phone, found[i].recipient)))
			continue;
		report_match(core->db, found[i].id, attempt);
		apply(core, attempt, a.message, found[i].status);
		journal_numbered(core, &a);
	}
	message_done(&m);
}
