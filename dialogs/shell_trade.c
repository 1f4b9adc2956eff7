/* What the engine's side needs of the trade: the outbox, tickets, the ledger, hours. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/core/consent.h"
#include "gateway/core/offers.h"
#include "gateway/core/outbox.h"
#include "gateway/core/shop_events.h"
#include "gateway/core/tickets.h"
#include "gateway/sms/address.h"
#include "gateway/store/attributes.h"
#include "gateway/store/contacts.h"
#include "gateway/store/ledger.h"
#include "gateway/store/said.h"
#include "dialogs/known.h"
#include "dialogs/shell_inside.h"

uint64_t
dialogs_id(struct dialogs *d)
{
	return core_id(d->core);
}

int64_t
dialogs_now(const struct dialogs *d)
{
	return core_now(d->core);
}

void
dialogs_note(struct dialogs *d, const char *name, uint64_t contact, const char *detail)
{
	core_event(d->core,
		&(struct event){.name = name, .contact = contact, .detail = detail});
}

void
dialogs_emit(struct dialogs *d, const char *name, uint64_t contact, const char *detail,
	const double *value)
{
	shop_event_note(d->core, contact, name, detail, value, 0);
}

void
dialogs_overheard(
	struct dialogs *d, const char *name, uint64_t contact, const char *detail)
{
	shop_event_overheard(d->core, contact, name, detail);
}

void
dialogs_score(struct dialogs *d, const char *name, uint64_t contact, const char *detail,
	const double *value)
{
	struct ticket t;
	bool talked = ticket_load_last(d->db, contact, &t);
	shop_event_note(d->core, contact, name, detail, value, talked ? t.id : 0);
}

/* ---- texts ---- */

static int64_t
expires_of(const struct dialogs *d, const struct saying *s)
{
	return known_expires(dialogs_pack(d, s->phone), s->cls, s->basis, dialogs_now(d));
}

enum fate
dialogs_say(struct dialogs *d, const struct saying *s, uint64_t *ret, struct strbuf *err)
{
	char key[64];
	struct outbox_receipt receipt;
	struct outbox_request request = {.to = s->phone,
		.text = s->text,
		.text_len = strlen(s->text),
		.cls = s->cls,
		.origin = s->now_or_never ? "timer" : "dialog",
		.key = key,
		.msg_class = -1,
		.reply_to = s->reply_to,
		.at = s->not_before,
		.expires = s->expires ? s->expires : expires_of(d, s),
		.inside = true};
	snprintf(key, sizeof(key), "dialog:%" PRIu64 ":%" PRId64, s->run, s->number);
	if (outbox_accept(d->core, &request, &receipt, err) < 0)
		return FATE_REFUSED;
	*ret = receipt.id;
	if (!receipt.repeated)
		said_insert(d->db, &(struct said_row){.message = receipt.id,
					   .contact = s->contact,
					   .run = s->run,
					   .script = s->script,
					   .hash = s->hash,
					   .step = s->step,
					   .variant = s->variant,
					   .basis = s->basis,
					   .visit = s->visit,
					   .at = dialogs_now(d)});
	offers_bind(d->core, receipt.id,
		&(struct offer_for){.contact = s->contact,
			.run = s->run,
			.script = s->script,
			.step = s->step,
			.now = dialogs_now(d)});
	if (receipt.state == MESSAGE_HELD && s->now_or_never)
		dialogs_unsay(d, receipt.id);
	if (receipt.state == MESSAGE_EXPIRED)
		return FATE_DROPPED;
	return receipt.state == MESSAGE_SUPPRESSED || receipt.state == MESSAGE_CANCELED
		       ? FATE_SUPPRESSED
		       : FATE_ON_ITS_WAY;
}

void
dialogs_unsay(struct dialogs *d, uint64_t message)
{
	struct strbuf err = STRBUF_SENTENCE;
	if (outbox_cancel(d->core, message, &err) < 0) /* it has left: so be it */
		log_event(LOG_DEBUG, "dialog.too_late", LOG_ID("id", message),
			LOG_TEXT("why", err.s));
	strbuf_done(&err);
}

/* ---- tickets ---- */

static struct ticket_wish
wish_of(const struct thread *t)
{
	struct ticket_wish wish = {.contact = t->contact,
		.message = t->message,
		.run = t->mute ? t->run : 0,
		.queue = t->queue,
		.topic = t->topic ? t->topic : t->queue,
		.note = t->note,
		.mute = t->mute,
		.remind = t->remind,
		.remind_max = t->remind_max};
	if (!wish.topic)
		wish.topic = TICKET_UNMATCHED;
	if (!t->priority || ticket_priority_parse(t->priority, &wish.priority) < 0)
		wish.priority = TICKET_NORMAL;
	return wish;
}

void
dialogs_ticket(struct dialogs *d, const struct thread *t)
{
	struct ticket_wish wish = wish_of(t);
	tickets_open(d->core, &wish);
}

void
dialogs_reopen(struct dialogs *d, const struct thread *t)
{
	struct ticket_wish wish = wish_of(t);
	tickets_open_again(d->core, &wish);
}

bool
dialogs_ticket_fact(struct dialogs *d, uint64_t contact, const char *name, int64_t *ret)
{
	struct ticket t;
	if (!ticket_load_last(d->db, contact, &t))
		return false;
	if (!strcmp(name, "open"))
		*ret = t.open;
	else if (!strcmp(name, "claimed"))
		*ret = t.claimed != 0;
	else if (!strcmp(name, "staff_texts"))
		*ret = t.staff_texts;
	else if (!strcmp(name, "closed"))
		*ret = t.open ? 0 : t.closed;
	else
		return false;
	return true;
}

void
dialogs_ticket_outcome(struct dialogs *d, uint64_t contact, struct strbuf *out)
{
	struct ticket t;
	if (ticket_load_last(d->db, contact, &t))
		strbuf_puts(out, t.outcome);
}

/* ---- consent ---- */

void
dialogs_consent(struct dialogs *d, const struct record *r)
{
	bool grant = !strcmp(r->action, "grant");
	consent_append(d->db, &(struct consent_row){.id = dialogs_id(d),
				      .contact = r->contact,
				      .message = r->message,
				      .address = r->phone,
				      .action = r->action,
				      .scope = "marketing",
				      .list = r->list,
				      .method = r->method,
				      .words = r->words,
				      .wording = r->wording,
				      .hash = r->hash,
				      .basis = grant ? "express" : "",
				      .source = r->reason,
				      .night = r->night,
				      .at = dialogs_now(d)});
	if (grant) /* what looked like an opt-out is decided: they agreed anew */
		contact_set_optout(d->db, r->contact, 0, 0);
	core_event(d->core,
		&(struct event){.name = grant ? "consent.granted" : "consent.denied",
			.message = r->message,
			.contact = r->contact,
			.detail = r->list});
}

bool
dialogs_consented(struct dialogs *d, uint64_t contact, bool *ret_night)
{
	struct consent_state state;
	consent_derive(d->db, contact, &state);
	if (ret_night)
		*ret_night = state.night;
	return state.granted && (!state.expires || state.expires > dialogs_now(d)) &&
	       !dialogs_is_stopped(d, contact);
}

bool
dialogs_is_stopped(struct dialogs *d, uint64_t contact)
{
	struct contact c;
	return contact_load(d->db, contact, &c) && *c.stopped;
}

void
dialogs_unblock(struct dialogs *d, const struct heard *in)
{
	struct contact c;
	if (!contact_load(d->db, in->contact, &c))
		return;
	consent_append(d->db, &(struct consent_row){.id = dialogs_id(d),
				      .contact = in->contact,
				      .message = in->message,
				      .address = in->phone,
				      .action = "unblock",
				      .scope = c.stopped,
				      .method = "keyword",
				      .words = in->text,
				      .at = in->at});
	contact_set_stopped(d->db, in->contact, "", in->at);
	core_event(d->core, &(struct event){.name = "consent.unblocked",
				    .message = in->message,
				    .contact = in->contact,
				    .detail = "asked to join again"});
}

/* ---- small facts ---- */

bool
dialogs_phone(const struct dialogs *d, const char *text, struct strbuf *out)
{
	char e164[32];
	struct strbuf err = STRBUF_SENTENCE;
	bool good = sms_number_e164(text, d->country, e164, &err) == 0;
	if (good)
		strbuf_puts(out, e164);
	strbuf_done(&err);
	return good;
}

struct reader *
dialogs_reader(struct dialogs *d)
{
	return d->core->reader;
}

struct lookups *
dialogs_lookups(struct dialogs *d)
{
	return d->core->lookups;
}

const struct pack *
dialogs_pack(const struct dialogs *d, const char *phone)
{
	return consent_pack(d->core, phone);
}

/* ---- silence ---- */

#define MUTED "bot.muted"

bool
dialogs_loops(struct dialogs *d, uint64_t contact, int64_t advanced, const char *text)
{
	return known_loops(
		d->db, d->core->config->policy, contact, advanced, text, dialogs_now(d));
}

void
dialogs_mute(struct dialogs *d, uint64_t contact, int64_t until)
{
	attribute_save(d->db, contact, MUTED,
		&(struct attribute){.has_moment = true, .moment = until}, dialogs_now(d));
}

bool
dialogs_muted(struct dialogs *d, uint64_t contact)
{
	struct attribute a = {0};
	struct strbuf text AUTO(strbuf_done) = STRBUF_SENTENCE;
	return attribute_load(d->db, contact, MUTED, &a, &text) && a.has_moment &&
	       a.moment > dialogs_now(d);
}
