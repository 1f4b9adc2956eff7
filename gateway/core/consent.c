#include "gateway/core/consent.h"

#include <errno.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/base/iso.h"
#include "gateway/core/channel.h"
#include "gateway/core/erase.h"
#include "gateway/core/outbox.h"
#include "gateway/core/queue.h"
#include "gateway/core/tickets.h"
#include "gateway/store/contacts.h"
#include "gateway/store/ledger.h"
#include "gateway/sms/address.h"
#include "gateway/text/zone.h"
#include "gateway/text/words.h"

const struct pack *
consent_pack(const struct core *core, const char *phone)
{
	struct place place;
	const struct packs *packs = core->config->packs;
	places_find(packs->places, phone, &place);
	const struct pack *pack = packs_country(packs, place.country);
	if (!pack)
		pack = packs_country(packs, core->config->country);
	return pack ? pack : packs_default(packs);
}

enum consent_word
consent_word_from(const struct core *core, const char *phone, const char *normalised)
{
	const struct config *config = core->config;
	struct place place;
	enum consent_word word =
		consent_word(normalised, consent_pack(core, phone), config->policy);
	places_find(config->packs->places, phone, &place);
	const struct pack *others[] = {packs_country(config->packs, config->country),
		packs_country(config->packs, place.country)
			? NULL
			: packs_default(config->packs)};
	for (size_t i = 0; i < ARRAY_LEN(others) && word != CONSENT_STOP; i++)
		if (others[i] && words_in(normalised, others[i]->stop.s))
			word = CONSENT_STOP;
	return word;
}

/* ---- what we say ---- */

void
consent_answer(const struct core *core, enum consent_word word, const struct pack *pack,
	struct strbuf *out)
{
	const struct config *c = core->config;
	const struct policy *p = c->policy;
	struct policy_words words = {.policy = p,
		.shop = c->shop_name,
		.zone = c->zone,
		.now = core_now(core)};
	const char *text = NULL;
	switch (word) {
	case CONSENT_STOP:
		text = p->stop_say   ? p->stop_say
		       : c->stop_say ? c->stop_say
				     : pack->say_stop;
		break;
	case CONSENT_START:
		text = p->start_say   ? p->start_say
		       : c->start_say ? c->start_say
				      : pack->say_start;
		break;
	case CONSENT_HELP:
		text = p->help_say   ? p->help_say
		       : c->help_say ? c->help_say
				     : pack->say_help;
		break;
	case CONSENT_NONE:
	case CONSENT_HINT: break;
	}
	if (text)
		policy_expand(&words, text, out);
}

static void
answer(struct core *core, const struct inbound *in, enum message_class cls,
	const char *text)
{
	struct outbox_receipt receipt;
	struct strbuf err = STRBUF_SENTENCE;
	struct channel *ch = channel_by_id(core, in->channel);
	struct outbox_request request = {.to = in->phone,
		.text = text,
		.text_len = strlen(text),
		.cls = cls,
		.origin = "consent",
		.channel = ch ? channel_name(ch) : NULL,
		.msg_class = -1,
		.reply_to = in->message};
	if (outbox_accept(core, &request, &receipt, &err) < 0)
		core_event(core, &(struct event){"consent.unanswered", in->message,
					 in->contact, in->channel, err.s});
	strbuf_done(&err);
}

static void
record(struct core *core, const struct inbound *in, const char *action, const char *scope)
{
	consent_append(core->db, &(struct consent_row){.id = core_id(core),
					 .contact = in->contact,
					 .message = in->message,
					 .address = in->phone,
					 .action = action,
					 .scope = scope,
					 .method = "keyword",
					 .words = in->text,
					 .at = in->at});
}

/* ---- STOP, START, HELP ---- */

static int
cancel_unsent(struct core *core, uint64_t contact, const char *scope)
{
	uint64_t ids[64];
	size_t n;
	int total = 0;
	const char *cls = !strcmp(scope, "all") ? NULL : "marketing";
	while ((n = messages_unsent(core->db, contact, cls, ids, ARRAY_LEN(ids)))) {
		for (size_t i = 0; i < n; i++) {
			struct message m;
			if (!message_load(core->db, ids[i], &m))
				return total;
			message_move(core->db, &m, MESSAGE_CANCELED,
				"consent: the contact opted out", core_now(core));
			core_event(core, &(struct event){"message.canceled", m.id,
						 contact, 0, "the contact opted out"});
			message_done(&m);
			total++;
		}
	}
	return total;
}

/* What every STOP does, whoever it came from. */
static void
block(struct core *core, uint64_t contact, uint64_t message, const char *scope)
{
	contact_set_stopped(core->db, contact, scope, core_now(core));
	contact_set_optout(core->db, contact, 0, 0);
	cancel_unsent(core, contact, scope);
	core_event(core, &(struct event){"consent.stopped", message, contact, 0, scope});
	queue_settle(core->queue, contact);
}

static void
stop(struct core *core, const struct inbound *in, const struct pack *pack,
	const struct contact *contact)
{
	bool already = *contact->stopped != '\0';
	struct strbuf say = STRBUF_INIT(1024);
	/* A narrower STOP does not lift a wider one. */
	const char *scope =
		already && !strcmp(contact->stopped, "all") ? "all" : pack->stop_scope;
	record(core, in, "revoke", scope);
	block(core, in->contact, in->message, scope);
	consent_answer(core, CONSENT_STOP, pack, &say);
	FAULT("consent.stopped");
	if (!already && !in->stale)
		answer(core, in, CLASS_NOTICE, say.s);
	strbuf_done(&say);
}

/* START lifts the block and grants nothing: marketing needs an opt-in of its own, which a
 * dialog asks for where the shop has one. */
static void
start(struct core *core, const struct inbound *in, const struct pack *pack,
	const struct contact *contact)
{
	record(core, in, "unblock", contact->stopped);
	contact_set_stopped(core->db, in->contact, "", in->at);
	core_event(core, &(struct event){"consent.unblocked", in->message, in->contact,
				 in->channel, NULL});
	if (handlers_came_back(core, in))
		return;
	struct strbuf say = STRBUF_INIT(1024);
	consent_answer(core, CONSENT_START, pack, &say);
	answer(core, in, CLASS_NOTICE, say.s);
	strbuf_done(&say);
}

static void
help(struct core *core, const struct inbound *in, const struct pack *pack)
{
	struct strbuf say = STRBUF_INIT(1024);
	core_event(core, &(struct event){"consent.help", in->message, in->contact,
				 in->channel, NULL});
	consent_answer(core, CONSENT_HELP, pack, &say);
	answer(core, in, CLASS_REPLY, say.s);
	strbuf_done(&say);
}

/* ---- what looks like an opt-out ---- */

int64_t
consent_decide_by(const struct core *core, const struct pack *pack)
{
	const char *zone = core->config->zone;
	int64_t local = core_now(core) + zone_offset(zone, core_now(core));
	int64_t day = local / DAY;
	do
		day++; /* 1970-01-01 was a Thursday */
	while ((day + 3) % 7 >= 5 || dates_has(&pack->holidays, day));
	return zone_from_local(zone, day * DAY + local % DAY);
}

/* "Stop. Thank you" is for a person to read; promotions wait until somebody has. */
static void
hint(struct core *core, const struct inbound *in, const struct pack *pack)
{
	contact_set_optout(
		core->db, in->contact, in->message, consent_decide_by(core, pack));
	core_event(core, &(struct event){"consent.looks_like_optout", in->message,
				 in->contact, in->channel, NULL});
	tickets_open(core,
		&(struct ticket_wish){.contact = in->contact,
			.message = in->message,
			.topic = "opt-out",
			.priority = TICKET_NORMAL,
			.note = "looks like an opt-out; promotions are held until it is "
				"decided"});
}

/* Nobody decided in time: it counts, with the text as its proof. */
static void
imply(struct core *core, uint64_t id)
{
	struct contact contact;
	struct message text = {.text = NULL};
	if (!contact_load(core->db, id, &contact))
		return;
	const struct pack *pack = consent_pack(core, contact.phone);
	bool found =
		contact.optout_text && message_load(core->db, contact.optout_text, &text);
	consent_append(core->db, &(struct consent_row){.id = core_id(core),
					 .contact = id,
					 .message = contact.optout_text,
					 .address = contact.phone,
					 .action = "revoke",
					 .scope = pack->stop_scope,
					 .method = "implied",
					 .words = found ? text.text : NULL,
					 .at = core_now(core)});
	block(core, id, contact.optout_text, pack->stop_scope);
	if (found)
		message_done(&text);
}

void
consent_sweep(struct core *core)
{
	uint64_t ids[64];
	size_t n = contacts_optout_due(core->db, core_now(core), ids, ARRAY_LEN(ids));
	for (size_t i = 0; i < n; i++)
		imply(core, ids[i]);
}

/* ---- a text comes in ---- */

static enum consent_word
acting(struct core *core, const struct inbound *in, enum consent_word word,
	const struct pack *pack, const struct contact *contact)
{
	struct consent_where where = {.stopped = *contact->stopped != '\0'};
	if (word == CONSENT_START || word == CONSENT_HELP) {
		enum handler_asks asks = handlers_ask(core, in);
		where.ticket_open = ticket_open_for(core->db, in->contact) != 0;
		where.asked = asks != HANDLER_ASKS_NOTHING;
		where.answers = asks == HANDLER_ANSWERED;
	}
	return consent_acts(word, pack, &where);
}

static bool
act(struct core *core, const struct inbound *in, enum consent_word word,
	const struct pack *pack, const struct contact *contact)
{
	switch (acting(core, in, word, pack, contact)) {
	case CONSENT_NONE: return false;
	case CONSENT_STOP: stop(core, in, pack, contact); break;
	case CONSENT_START: start(core, in, pack, contact); break;
	case CONSENT_HELP: help(core, in, pack); break;
	case CONSENT_HINT: hint(core, in, pack); break;
	}
	return true;
}

bool
consent_handle(struct core *core, const struct inbound *in)
{
	struct contact contact;
	const struct pack *pack = consent_pack(core, in->phone);
	enum consent_word word = consent_word_from(core, in->phone, in->normalised);
	if (word == CONSENT_NONE || !contact_load(core->db, in->contact, &contact))
		return false;
	/* An old STOP from a drained SIM counts only if nothing newer was said since. */
	int64_t said = in->sent_at ? in->sent_at : in->at;
	if (in->stale &&
		(word != CONSENT_STOP || said <= consent_newest(core->db, in->contact)))
		return false;
	return act(core, in, word, pack, &contact);
}

/* ---- staff, imports, providers ---- */

static int
check_change(struct core *core, const struct consent_change *c,
	const struct contact *contact, struct strbuf *err)
{
	char when[ISO_MAX];
	int64_t at = c->at ? c->at : core_now(core);
	if (at > core_now(core)) {
		strbuf_set(err, "a consent cannot be given in the future");
		return -EINVAL;
	}
	if (strcmp(c->action, "grant") != 0)
		return 0;
	if ((!c->words || !*c->words) && (!c->source || !*c->source) && !c->message) {
		strbuf_set(err,
			"a consent needs its proof: their words, or where it is kept");
		return -EINVAL;
	}
	if (contact->suppressed && c->method && !strcmp(c->method, "import")) {
		strbuf_set(err, "they asked to be forgotten: only they themselves can "
				"agree again");
		return -EPERM;
	}
	if (!strcmp(contact->stopped, "all")) {
		strbuf_set(err,
			"they said stop to everything: only their own START lifts that");
		return -EPERM;
	}
	if (*contact->stopped && at <= contact->stopped_at) {
		iso_format(contact->stopped_at,
			zone_offset(core->config->zone, contact->stopped_at), when);
		strbuf_set(err,
			"they said stop on %.10s: a consent from before that is void",
			when);
		return -EPERM;
	}
	return 0;
}

static int
find_contact(
	struct core *core, const char *phone, struct contact *ret, struct strbuf *err)
{
	char e164[32];
	bool fresh;
	if (sms_number_e164(phone, core->config->country, e164, err) < 0)
		return -EINVAL;
	if (contact_meet(core, e164, core_now(core), ret, &fresh))
		return 0;
	strbuf_set(err, "the store cannot be written (%s)", db_error(core->db));
	return -EAGAIN;
}

static void
apply_change(struct core *core, const struct consent_change *c,
	const struct contact *contact, uint64_t row)
{
	const char *scope = c->scope && *c->scope ? c->scope : "marketing";
	bool grant = !strcmp(c->action, "grant");
	if (!strcmp(c->action, "revoke") && strcmp(scope, "night") != 0 &&
		(!c->list || !*c->list))
		block(core, contact->id, c->message,
			!strcmp(scope, "all") ? "all" : "marketing");
	if (grant && *contact->stopped)
		contact_set_stopped(core->db, contact->id, "", core_now(core));
	if (grant || !strcmp(c->action, "kept"))
		contact_set_optout(core->db, contact->id, 0, 0);
	(void)row;
	core_event(core, &(struct event){grant ? "consent.granted" : "consent.changed",
				 c->message, contact->id, 0, c->action});
}

int
consent_change(struct core *core, const struct consent_change *c, uint64_t *ret_row,
	struct strbuf *err)
{
	struct contact contact;
	int r = find_contact(core, c->phone, &contact, err);
	if (!r)
		r = check_change(core, c, &contact, err);
	if (r)
		return r;
	struct consent_row row = {.id = core_id(core),
		.contact = contact.id,
		.message = c->message,
		.address = contact.phone,
		.action = c->action,
		.scope = c->scope && *c->scope ? c->scope : "marketing",
		.list = c->list,
		.method = c->method && *c->method ? c->method : "staff",
		.words = c->words,
		.wording = c->wording,
		.operator_name = c->operator_name,
		.basis = c->basis && *c->basis ? c->basis : "express",
		.source = c->source,
		.age = c->age,
		.at = c->at ? c->at : core_now(core),
		.expires = c->expires,
		.night = c->night};
	if (strcmp(c->action, "grant") != 0)
		row.basis = "";
	consent_append(core->db, &row);
	apply_change(core, c, &contact, row.id);
	if (db_poisoned(core->db)) {
		strbuf_set(err, "the store cannot be written (%s)", db_error(core->db));
		return -EAGAIN;
	}
	*ret_row = row.id;
	return 0;
}
