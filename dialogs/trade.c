#include "dialogs/trade.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogs/known.h"
#include "gateway/core/budget.h"
#include "gateway/core/consent.h"
#include "gateway/sms/address.h"
#include "gateway/sms/phone.h"
#include "gateway/store/contacts.h"
#include "gateway/store/ledger.h"
#include "gateway/store/said.h"
#include "gateway/store/tickets.h"

/* A modem for nobody: only what it can carry is ever asked. */
static const struct driver_ops rehearsal = {
	.name = "rehearsal", .caps = DRIVER_TPDU, .in_flight = 1};

static void
plug_in(struct trade *t)
{
	struct channel *ch = &t->channel;
	t->way = (struct config_channel){.name = (char *)"rehearsal", .ops = &rehearsal};
	ch->core = &t->core;
	ch->config = &t->way;
	ch->state = CHANNEL_READY;
	channel_row_take(t->core.db, t->way.name, core_id(&t->core), &ch->row);
	ch->row.first_seen = 1; /* no SIM to be warmed up */
	strbuf_init(&ch->why, 16);
	t->core.channels[t->core.channel_count++] = ch;
}

static int
find_phone(struct trade *t, const char *phone, struct strbuf *err)
{
	const char *country = t->core.config->country;
	char e164[32];
	int r = 0;
	if (phone)
		r = sms_number_e164(phone, country, e164, err);
	else if (!phone_example(country, e164, sizeof(e164)))
		snprintf(e164, sizeof(e164), "+821000000000");
	if (!r)
		snprintf(t->phone, sizeof(t->phone), "%s", e164);
	return r;
}

int
trade_open(struct trade *t, const struct config *config, const char *phone, int64_t now,
	struct strbuf *err)
{
	struct contact contact;
	bool fresh;
	*t = (struct trade){.core = {.config = config}};
	clock_sim_init(&t->clock, now);
	t->core.clock = &t->clock.clock;
	int r = find_phone(t, phone, err);
	if (!r)
		r = db_open("", DB_SCRATCH, &t->core.db, err);
	if (r)
		return r;
	plug_in(t);
	if (!contact_take(
		    t->core.db, t->phone, core_id(&t->core), now, &contact, &fresh)) {
		strbuf_set(err, "%s", db_error(t->core.db));
		return -EIO;
	}
	t->contact = contact.id;
	return 0;
}

void
trade_close(struct trade *t)
{
	db_close(t->core.db);
	strbuf_done(&t->channel.why);
	*t = (struct trade){.contact = 0};
}

void
trade_set_clock(struct trade *t, int64_t now)
{
	if (now > t->clock.wall)
		clock_sim_advance(&t->clock, now - t->clock.wall);
}

const struct pack *
trade_pack(const struct trade *t)
{
	return consent_pack(&t->core, t->phone);
}

/* ---- texts ---- */

void
trade_hear(struct trade *t, const char *text)
{
	struct message m = {.id = core_id(&t->core),
		.contact = t->contact,
		.state = MESSAGE_RECEIVED,
		.channel = t->channel.row.id,
		.updated = core_now(&t->core),
		.parts = 1,
		.msg_class = -1,
		.origin = (char *)"sms",
		.text = (char *)text};
	message_insert(t->core.db, &m, 0);
	contact_heard(t->core.db, t->contact, t->channel.row.id, core_now(&t->core));
	t->heard = m.id;
}

static const char *
origin_of(const struct trade_offer *o)
{
	return o->timer ? "timer" : "dialog";
}

static bool
on_request(const struct trade_offer *o)
{
	return o->basis && !strcmp(o->basis, "request");
}

int
trade_judge(struct trade *t, const struct trade_offer *o, struct outbox_trial *ret,
	struct strbuf *err)
{
	struct outbox_request request = {.to = t->phone,
		.text = o->text,
		.text_len = strlen(o->text),
		.cls = o->cls,
		.origin = origin_of(o),
		.msg_class = -1,
		.reply_to = o->reply ? t->heard : 0,
		.expires = known_expires(
			trade_pack(t), o->cls, o->basis, core_now(&t->core)),
		.inside = true};
	int r = outbox_try(&t->core, &request, ret, err);
	if (!r && ret->verdict.what == VERDICT_SEND && on_request(o) && !o->reply &&
		said_on_request(
			t->core.db, t->contact, o->script, o->run, core_id(&t->core)))
		ret->verdict.what = VERDICT_CANCEL;
	return r;
}

void
trade_sent(struct trade *t, const struct trade_offer *o, const struct outbox_trial *trial)
{
	int64_t now = core_now(&t->core);
	struct message m = {.id = core_id(&t->core),
		.contact = t->contact,
		.outbound = true,
		.state = MESSAGE_SENT,
		.cls = o->cls,
		.phone = t->phone,
		.text = (char *)o->text, /* the guard against loops compares what was said
					  */
		.origin = (char *)origin_of(o),
		.channel = t->channel.row.id,
		.parts = trial->parts,
		.msg_class = -1,
		.created = now,
		.sent_at = now,
		.updated = now};
	message_insert(t->core.db, &m, 0);
	if (on_request(o) && !o->reply)
		said_insert(t->core.db, &(struct said_row){.message = m.id,
						.contact = t->contact,
						.run = o->run,
						.script = o->script,
						.hash = "",
						.step = "",
						.basis = o->basis,
						.at = now});
	m.text = trial->text;
	budget_charge(&t->channel, &m);
	contact_sent(t->core.db, t->contact, now);
}

/* ---- consent ---- */

static void
record(struct trade *t, struct consent_row row)
{
	row.id = core_id(&t->core);
	row.contact = t->contact;
	row.message = t->heard;
	row.address = t->phone;
	row.at = core_now(&t->core);
	consent_append(t->core.db, &row);
}

void
trade_consent(struct trade *t, bool grant, bool night, const char *list)
{
	record(t, (struct consent_row){.action = grant ? "grant" : "deny",
			  .scope = "marketing",
			  .method = "dialog",
			  .list = list,
			  .basis = grant ? "express" : "",
			  .night = night});
	if (grant)
		contact_set_optout(t->core.db, t->contact, 0, 0);
}

void
trade_stop(struct trade *t, const char *scope, const char *method, const char *words)
{
	record(t, (struct consent_row){.action = "revoke",
			  .scope = scope,
			  .method = method,
			  .words = words});
	contact_set_stopped(t->core.db, t->contact, scope, core_now(&t->core));
	contact_set_optout(t->core.db, t->contact, 0, 0);
}

void
trade_unblock(struct trade *t, const char *words)
{
	struct contact c = {0};
	contact_load(t->core.db, t->contact, &c);
	record(t, (struct consent_row){.action = "unblock",
			  .scope = c.stopped,
			  .method = "keyword",
			  .words = words});
	contact_set_stopped(t->core.db, t->contact, "", core_now(&t->core));
}

bool
trade_stopped(struct trade *t)
{
	struct contact c;
	return contact_load(t->core.db, t->contact, &c) && *c.stopped;
}

bool
trade_consented(struct trade *t, bool *ret_night)
{
	struct consent_state state;
	consent_derive(t->core.db, t->contact, &state);
	if (ret_night)
		*ret_night = state.granted && state.night;
	return state.granted && (!state.expires || state.expires > core_now(&t->core)) &&
	       !trade_stopped(t);
}

void
trade_doubt_consent(struct trade *t, int64_t due)
{
	contact_set_optout(t->core.db, t->contact, due ? t->heard : 0, due);
}

/* ---- staff ---- */

void
trade_talking(struct trade *t, bool talking)
{
	int64_t now = core_now(&t->core);
	struct ticket row;
	if (talking && !t->ticket) {
		row = (struct ticket){.id = core_id(&t->core),
			.contact = t->contact,
			.message = t->heard,
			.open = true,
			.mute = true,
			.priority = TICKET_NORMAL,
			.created = now,
			.updated = now};
		ticket_insert(t->core.db, &row, "");
		t->ticket = row.id;
	} else if (!talking && t->ticket) {
		if (ticket_load(t->core.db, t->ticket, &row)) {
			row.open = row.mute = false;
			row.closed = row.updated = now;
			ticket_save(t->core.db, &row);
		}
		t->ticket = 0;
	}
}
