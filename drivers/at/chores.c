/* Everything but sends that the modem is asked in passing: one queue, one table. */
#include "drivers/at/modem.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/base/log.h"

static void
chore_use(struct driver *d, const struct chore *c, const struct chat_reply *reply)
{
	struct mem_use use[PARSE_GROUPS];
	size_t count;
	(void)c;
	if (reply->count > 0 && parse_cpms(reply->lines[0], use, &count) == 0)
		receive_use(d, use, count);
}

static void
chore_creg(struct driver *d, const struct chore *c, const struct chat_reply *reply)
{
	const char *name = c->kind == CHORE_CREG    ? "+CREG"
			   : c->kind == CHORE_CEREG ? "+CEREG"
						    : "+CGREG";
	int *stat = c->kind == CHORE_CREG    ? &d->creg
		    : c->kind == CHORE_CEREG ? &d->cereg
					     : &d->cgreg;
	struct creg creg;
	*stat = -1;
	if (reply->count > 0 && parse_creg(reply->lines[0], name, true, &creg) == 0)
		*stat = creg.stat;
	modem_facts(d);
}

static void
chore_signal(struct driver *d, const struct chore *c, const struct chat_reply *reply)
{
	(void)c;
	if (reply->count > 0 && parse_csq(reply->lines[0], &d->facts.signal_dbm) == 0)
		modem_facts(d);
}

/* EF_SMSS between two sends: core learns whether this SIM keeps it true. */
static void
chore_reference(struct driver *d, const struct chore *c, const struct chat_reply *reply)
{
	int mr;
	(void)c;
	if (reply->count > 0 && parse_crsm_mr(reply->lines[0], &mr) == 0)
		channel_sim_reference(d->env.channel, mr);
}

static void
chore_operator(struct driver *d, const struct chore *c, const struct chat_reply *reply)
{
	(void)c;
	if (reply->count > 0 && parse_cops(reply->lines[0], d->facts.operator_name,
					sizeof(d->facts.operator_name)) == 0)
		modem_facts(d);
}

static void
chore_pdu_mode(struct driver *d, const struct chore *c, const struct chat_reply *reply)
{
	(void)c;
	if (reply->final.kind != FINAL_OK)
		d->reinit = true;
}

static void
chore_sim(struct driver *d, const struct chore *c, const struct chat_reply *reply)
{
	(void)c;
	if (reply->count > 0 && strstr(reply->lines[0], "READY"))
		d->reinit = true;
}

/* 27.005 4.6.1: CMS 340 says that no acknowledgement was expected: it came too late, and
 * the modem has gone back to storing; or, under CSMS 0, it never wants one. Some want it
 * there too, and withhold the next message until it comes. */
static void
chore_ack(struct driver *d, const struct chore *c, const struct chat_reply *reply)
{
	bool good = reply->final.kind == FINAL_OK;
	bool late = reply->final.kind == FINAL_CMS &&
		    codes_find(&reply->final, VENDOR_CMS_NONE)->code == 340;
	(void)c;
	if (!d->csms) {
		d->ack = good ? ACK_WANTED : ACK_NOT;
		return;
	}
	if (late && d->announce[0])
		chores_push(d, CHORE_ANNOUNCE);
	d->cnma_errors = good || late ? 0 : d->cnma_errors + 1;
	if (d->cnma_errors < 2)
		return;
	d->cnma_refused = d->reinit = true;
	d->cnma_errors = 0;
	modem_notice(d, "modem.no_acknowledgement",
		"the modem refuses %s; reports that come while the gateway is down are "
		"lost",
		d->profile.cnma);
}

/* Nobody tells when it has gone back to storing. */
static void
chore_routes(struct driver *d, const struct chore *c, const struct chat_reply *reply)
{
	const char *set = strchr(d->announce, '='), *is;
	(void)c;
	is = reply->count > 0 ? parse_after(reply->lines[0], "+CNMI") : NULL;
	if (set && is && strcmp(set + 1, is) != 0)
		chores_push(d, CHORE_ANNOUNCE);
}

static void
chore_nothing(struct driver *d, const struct chore *c, const struct chat_reply *reply)
{
	(void)d, (void)c, (void)reply;
}

static void
chore_console(struct driver *d, const struct chore *c, const struct chat_reply *reply)
{
	(void)c;
	console_answer(d, reply);
}

/* Indexed by enum chore_kind. A chore with `memory` needs its memory selected first. */
static const struct {
	const char *text; /* a format for the index where it has a %d */
	const char *prefixes;
	int64_t deadline;
	bool memory, pdus;
	void (*done)(
		struct driver *d, const struct chore *c, const struct chat_reply *reply);
} kinds[] = {
	[CHORE_READ] = {"AT+CMGR=%d", "+CMGR", 10 * SECOND, true, true, receive_read},
	[CHORE_DELETE] = {"AT+CMGD=%d", "", 10 * SECOND, true, false, receive_deleted},
	[CHORE_LIST] = {"AT+CMGL=4", "+CMGL", 60 * SECOND, true, true, receive_listed},
	[CHORE_USE] = {"AT+CPMS?", "+CPMS", 10 * SECOND, false, false, chore_use},
	[CHORE_CREG] = {"AT+CREG?", "+CREG", 10 * SECOND, false, false, chore_creg},
	[CHORE_CEREG] = {"AT+CEREG?", "+CEREG", 10 * SECOND, false, false, chore_creg},
	[CHORE_CGREG] = {"AT+CGREG?", "+CGREG", 10 * SECOND, false, false, chore_creg},
	[CHORE_SIGNAL] = {"AT+CSQ", "+CSQ", 10 * SECOND, false, false, chore_signal},
	[CHORE_REFERENCE] = {"AT+CRSM=176,28483,0,0,2", "+CRSM", 10 * SECOND, false,
		false, chore_reference},
	[CHORE_OPERATOR] = {"AT+COPS?", "+COPS", 10 * SECOND, false, false,
		chore_operator},
	[CHORE_PDU_MODE] = {"AT+CMGF=0", "", 10 * SECOND, false, false, chore_pdu_mode},
	[CHORE_SIM] = {"AT+CPIN?", "+CPIN", 15 * SECOND, false, false, chore_sim},
	[CHORE_ACK] = {"", "", 5 * SECOND, false, false, chore_ack},
	[CHORE_ROUTES] = {"AT+CNMI?", "+CNMI", 10 * SECOND, false, false, chore_routes},
	[CHORE_ANNOUNCE] = {"", "", 10 * SECOND, false, false, chore_nothing},
	[CHORE_USSD] = {"", "", 15 * SECOND, false, false, ussd_dialled},
	[CHORE_USSD_END] = {"AT+CUSD=2", "", 10 * SECOND, false, false, chore_nothing},
	[CHORE_CONSOLE] = {"", "*", 60 * SECOND, false, false, chore_console},
};

/* ---- the queue ---- */

bool
chores_add(struct driver *d, const struct chore *chore)
{
	if (d->chore_count == CHORES_MAX)
		return false; /* the sweep will find it again */
	d->chore[(d->chore_head + d->chore_count++) % CHORES_MAX] = *chore;
	return true;
}

bool
chores_first(struct driver *d, const struct chore *chore)
{
	size_t at = d->chore_running;
	if (!chores_add(d, chore))
		return false;
	for (size_t i = d->chore_count - 1; i > at; i--)
		d->chore[(d->chore_head + i) % CHORES_MAX] =
			d->chore[(d->chore_head + i - 1) % CHORES_MAX];
	d->chore[(d->chore_head + at) % CHORES_MAX] = *chore;
	return true;
}

void
chores_push(struct driver *d, enum chore_kind kind)
{
	struct chore chore = {.kind = kind};
	for (size_t i = d->chore_running; i < d->chore_count; i++)
		if (d->chore[(d->chore_head + i) % CHORES_MAX].kind == kind)
			return;
	chores_add(d, &chore);
}

void
chores_clear(struct driver *d)
{
	d->chore_head = d->chore_count = 0;
	d->chore_running = false;
}

bool
chores_waiting(const struct driver *d)
{
	return d->chore_count > 0;
}

static void
chore_pop(struct driver *d)
{
	d->chore_head = (d->chore_head + 1) % CHORES_MAX;
	d->chore_count--;
	d->chore_running = false;
}

/* ---- running ---- */

static void
chore_done(void *arg, const struct chat_reply *reply)
{
	struct driver *d = arg;
	struct chore chore = d->chore[d->chore_head];
	if (!d->chore_running) /* the queue was cleared under it */
		return;
	chore_pop(d);
	if (reply->result == CHAT_DONE) {
		kinds[chore.kind].done(d, &chore, reply);
		modem_pump(d);
		return;
	}
	if (chore.kind == CHORE_CONSOLE)
		console_abort(d, "the modem did not answer");
	if (chore.kind == CHORE_USSD)
		ussd_abort(d, "the modem did not answer");
	if (reply->result != CHAT_CANCELED)
		recover_resync(d, d->state);
}

/* A memory that cannot be selected takes its chore with it; the sweep comes back to it.
 */
static void
chore_selected(void *arg, const struct chat_reply *reply)
{
	struct driver *d = arg;
	struct mem_use use[PARSE_GROUPS];
	size_t count = 0;
	if (!d->chore_running)
		return;
	d->chore_running = false;
	if (reply->result == CHAT_CANCELED)
		return;
	if (reply->result != CHAT_DONE) {
		recover_resync(d, d->state);
		return;
	}
	if (reply->final.kind == FINAL_OK) {
		snprintf(d->mem, sizeof(d->mem), "%s", d->chore[d->chore_head].mem);
		if (reply->count > 0 && parse_cpms(reply->lines[0], use, &count) == 0)
			receive_use(d, use, count);
		if (strcmp(d->mem, "SR") == 0)
			d->kept_total = count > 0 && use[0].used > 0 ? use[0].total : 0;
	} else {
		log_event(LOG_WARN, "at.memory_refused",
			LOG_TEXT("channel", d->chat.name),
			LOG_TEXT("memory", d->chore[d->chore_head].mem));
		chore_pop(d);
	}
	modem_pump(d);
}

void
chores_start(struct driver *d)
{
	const struct chore *c = &d->chore[d->chore_head];
	char text[192];
	struct chat_command command = {.text = text, .arg = d, .deadline = 10 * SECOND};
	d->chore_running = true;
	d->chore_turn = false;
	if (c->kind == CHORE_CONSOLE) {
		command.text = d->console.line;
	} else if (c->kind == CHORE_USSD) {
		ussd_text(d, text, sizeof(text));
	} else if (c->kind == CHORE_ACK) {
		command.text = d->profile.cnma;
	} else if (c->kind == CHORE_ANNOUNCE) {
		command.text = d->announce;
	} else if (kinds[c->kind].memory && c->mem[0] && strcmp(c->mem, d->mem) != 0) {
		snprintf(text, sizeof(text), "AT+CPMS=\"%s\"", c->mem);
		command.prefixes = "+CPMS";
		command.done = chore_selected;
		chat_send(&d->chat, &command);
		return;
	} else {
		snprintf(text, sizeof(text), kinds[c->kind].text, c->index);
	}
	command.prefixes = kinds[c->kind].prefixes;
	command.deadline = kinds[c->kind].deadline;
	command.pdus = kinds[c->kind].pdus;
	command.done = chore_done;
	if (c->kind == CHORE_DELETE)
		FAULT("at.before_delete");
	chat_send(&d->chat, &command);
}
