#include "gateway/core/providers.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/core/consent.h"
#include "gateway/core/inbox.h"
#include "gateway/core/journal.h"
#include "gateway/store/attempts.h"
#include "gateway/store/contacts.h"
#include "gateway/store/providers.h"

#define CLAIMED       16
#define PARTIAL_AFTER (10 * MINUTE)
#define REPORT_SPAN   (3 * DAY) /* nobody asks about older ones */
#define TEXT_MOST     (256u * 1024)

bool
provider_takes_whole(const struct core *core, uint64_t channel)
{
	for (size_t i = 0; i < core->channel_count; i++)
		if (core->channels[i]->row.id == channel)
			return !(core->channels[i]->config->ops->caps & DRIVER_TPDU);
	return false;
}

void
channel_window(struct channel *ch, unsigned in_flight)
{
	unsigned most = ch->config->ops->in_flight;
	ch->window = in_flight && in_flight < most ? in_flight : most;
}

/* ---- opt-outs ---- */

void
channel_opted_out(struct channel *ch, const char *phone, const char *words)
{
	struct core *core = ch->core;
	struct contact contact;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	char e164[32];
	uint64_t row;
	if (sms_number_e164(phone, core->config->country, e164, &err) < 0)
		return;
	/* Told again at every attempt: the ledger has it. */
	if (contact_find(core->db, e164, &contact) && *contact.stopped)
		return;
	struct consent_change change = {.phone = e164,
		.action = "revoke",
		.scope = consent_pack(core, e164)->stop_scope,
		.words = words,
		.method = "provider",
		.source = ch->row.name};
	if (consent_change(core, &change, &row, &err) < 0)
		core_event(core, &(struct event){.name = "consent.unrecorded",
					 .channel = ch->row.id,
					 .detail = err.s});
}

static void
nobody_there(struct core *core, const char *phone)
{
	struct contact contact;
	if (contact_find(core->db, phone, &contact) && !contact.dead_since)
		contact_set_dead(core->db, contact.id, core_now(core));
}

void
provider_refused(
	struct channel *ch, const char *phone, enum refusal refusal, const char *why)
{
	switch (refusal) {
	case REFUSAL_OTHER: break;
	case REFUSAL_OPTED_OUT: channel_opted_out(ch, phone, why); break;
	case REFUSAL_NOBODY: nobody_there(ch->core, phone); break;
	}
}

/* ---- texts ---- */

static void
deliver(struct channel *ch, const char *from, const char *text, int64_t sent_at,
	const char *partial)
{
	inbox_text(ch->core, ch,
		&(struct inbox_whole){from, text, core_now(ch->core), sent_at, partial});
}

static void
take_part(struct channel *ch, const struct incoming_text *t)
{
	struct strbuf whole AUTO(strbuf_done) = STRBUF_INIT(TEXT_MOST);
	struct provider_part part = {.channel = ch->row.id,
		.sender = t->from,
		.ref = t->ref,
		.text = t->text,
		.total = t->total,
		.part = t->part,
		.at = core_now(ch->core)};
	if (provider_part_add(ch->core->db, &part, &whole))
		deliver(ch, t->from, whole.s, t->sent_at, "");
}

void
channel_text(struct channel *ch, const struct incoming_text *t)
{
	struct core *core = ch->core;
	if (*t->id &&
		!provider_text_insert(core->db, ch->row.id, t->id, core_now(core))) {
		core_event(
			core, &(struct event){.name = "arrival.duplicate",
				      .channel = ch->row.id,
				      .detail = "the provider told of this text before"});
		return;
	}
	FAULT("providers.text");
	if (t->total > 1 && t->part > 0 && t->part <= t->total)
		take_part(ch, t);
	else
		deliver(ch, t->from, t->text, t->sent_at, "");
}

void
providers_sweep(struct core *core)
{
	uint64_t channel;
	char sender[48], note[48];
	int have, total;
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(TEXT_MOST);
	int64_t before = core_now(core) - PARTIAL_AFTER;
	if (!provider_parts_give_up(
		    core->db, before, &channel, sender, &have, &total, &text))
		return;
	struct channel *ch = channel_by_id(core, channel);
	snprintf(note, sizeof(note), "partial: %d of %d parts", have, total);
	if (ch)
		deliver(ch, sender, text.s, 0, note);
}

/* ---- what became of messages ---- */

static const char *const report_names[] = {
	[REPORT_STATE_PENDING] = "pending",
	[REPORT_STATE_DELIVERED] = "delivered",
	[REPORT_STATE_UNDELIVERED] = "failed",
	[REPORT_STATE_EXPIRED] = "expired",
};

static void
conclude(struct core *core, uint64_t id, bool delivered, const char *why)
{
	struct message m;
	if (!message_load(core->db, id, &m))
		return;
	enum message_state to = delivered ? MESSAGE_DELIVERED : MESSAGE_UNDELIVERED;
	if (m.state != to && message_state_may(m.state, to) && m.parts_done >= m.parts) {
		message_move(core->db, &m, to, delivered ? "" : why, core_now(core));
		core_event(core, &(struct event){delivered ? "message.delivered"
							   : "message.undelivered",
					 m.id, m.contact, m.channel, why});
	}
	message_done(&m);
}

/* The first final word counts: what comes late or twice changes nothing. */
static void
apply(struct core *core, const struct attempt *a, const char *state, const char *why)
{
	bool final = strcmp(state, "pending") != 0;
	if (*a->report && strcmp(a->report, "pending") != 0)
		return;
	attempt_set_report(core->db, a->id, state, core_now(core));
	if (final)
		conclude(core, a->message, !strcmp(state, "delivered"), why);
}

/* What the provider knows of it, it has accepted. */
static void
settle_doubt(struct channel *ch, struct attempt *a, const char *id, const char *how)
{
	if (*id)
		attempt_set_provider(ch->core->db, a->id, id);
	journal_accepted(ch->core, a->id, -1, how);
}

void
channel_found(struct channel *ch, uint64_t attempt, const char *id)
{
	struct attempt a;
	if (!attempt_load(ch->core->db, attempt, &a))
		return;
	settle_doubt(ch, &a, id, "look-up");
	provider_reports_due(ch, attempt, a.message);
}

static uint64_t
find_attempt(struct channel *ch, const struct incoming_report *r)
{
	struct db *db = ch->core->db;
	uint64_t id = *r->id ? attempt_by_provider(db, ch->row.id, r->id) : 0;
	return id || !r->message ? id : attempt_of_message(db, ch->row.id, r->message);
}

void
channel_report(struct channel *ch, const struct incoming_report *in)
{
	struct core *core = ch->core;
	struct attempt a;
	struct provider_report r = {.id = core_id(core),
		.channel = ch->row.id,
		.message = in->message,
		.at = core_now(core)};
	snprintf(r.provider_id, sizeof(r.provider_id), "%s", in->id);
	snprintf(r.state, sizeof(r.state), "%s", report_names[in->state]);
	snprintf(r.why, sizeof(r.why), "%s", in->why);
	snprintf(r.price, sizeof(r.price), "%s", in->price);
	r.attempt = find_attempt(ch, in);
	/* While its answer is awaited nothing is settled: the answer finds this row. */
	if (r.attempt &&
		(!attempt_load(core->db, r.attempt, &a) || !strcmp(a.state, "open")))
		r.attempt = 0;
	provider_report_insert(core->db, &r);
	FAULT("providers.reported");
	provider_refused(ch, in->phone, in->refusal, in->why);
	if (!r.attempt) {
		core_event(core, &(struct event){.name = "report.unmatched",
					 .channel = ch->row.id,
					 .detail = "no message with this id yet"});
		return;
	}
	if (!strcmp(a.state, "unknown"))
		settle_doubt(ch, &a, in->id, "provider-report");
	if (*r.price)
		attempt_set_price(core->db, a.id, r.price);
	apply(core, &a, r.state, r.why);
}

void
provider_reports_due(struct channel *ch, uint64_t attempt, uint64_t message)
{
	struct provider_report found[CLAIMED];
	struct attempt a;
	if (!attempt_load(ch->core->db, attempt, &a))
		return;
	size_t n = provider_reports_claim(ch->core->db, ch->row.id, a.provider_id,
		message, attempt, found, CLAIMED);
	for (size_t i = 0; i < n; i++) {
		if (*found[i].price)
			attempt_set_price(ch->core->db, attempt, found[i].price);
		apply(ch->core, &a, found[i].state, found[i].why);
		if (strcmp(found[i].state, "pending") != 0)
			snprintf(a.report, sizeof(a.report), "%s", found[i].state);
	}
}

/* ---- what is still to be asked about ---- */

size_t
channel_unreported(struct channel *ch, uint64_t after, struct asked *ret, size_t max)
{
	struct unreported found[64];
	size_t n = attempts_unreported(ch->core->db, ch->row.id, after,
		core_now(ch->core) - REPORT_SPAN, found, MIN(max, ARRAY_LEN(found)));
	for (size_t i = 0; i < n; i++) {
		ret[i] = (struct asked){
			.attempt = found[i].attempt, .message = found[i].message};
		snprintf(ret[i].id, sizeof(ret[i].id), "%s", found[i].provider_id);
	}
	return n;
}

size_t
channel_doubts(struct channel *ch, struct asked *ret, size_t max)
{
	uint64_t ids[64];
	size_t n = attempts_doubted_since(ch->core->db, ch->row.id,
		core_now(ch->core) - DAY, ids, MIN(max, ARRAY_LEN(ids)));
	size_t count = 0;
	for (size_t i = 0; i < n; i++) {
		struct attempt a;
		struct message m;
		if (!attempt_load(ch->core->db, ids[i], &a) ||
			!message_load(ch->core->db, a.message, &m))
			continue;
		ret[count] = (struct asked){.attempt = a.id, .message = a.message};
		snprintf(ret[count++].phone, sizeof(ret[0].phone), "%s", m.phone);
		message_done(&m);
	}
	return count;
}
