/* The SIM's PIN goes out at most once for each SIM and PIN, and never without a durable
 * note that it did: a wrong one blocks the SIM at the third try, whoever made the others.
 */
#include "drivers/at/init.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PIN_BUSY_TRIES 30
#define PIN_AGAIN      (5 * SECOND) /* the store did not say that it kept the note */

enum init_next
init_sim(struct driver *d, const struct chat_reply *reply)
{
	char state[32];
	if (!init_ok(reply))
		return INIT_FAILED;
	if (reply->count == 0) /* some say OK at once and the state seconds later */
		return d->init.tries < 3 ? INIT_SLOWLY : INIT_FAILED;
	parse_value(reply->lines[0], "+CPIN", state, sizeof(state));
	d->init.pin_wanted = strcasecmp(state, "SIM PIN") == 0;
	if (strcasecmp(state, "READY") == 0 || d->init.pin_wanted)
		return INIT_NEXT;
	if (strstr(state, "NOT READY"))
		return INIT_LATER;
	if (strstr(state, "PUK"))
		modem_block(d,
			"the SIM is blocked and wants its PUK: put it into a phone and "
			"enter the PUK there");
	else
		modem_block(d,
			"the SIM or the modem is locked in a way only a person can open");
	return INIT_WAIT;
}

/* The state came by itself, after its OK. */
void
init_sim_news(struct driver *d, const char *line)
{
	const struct chat_reply reply = {
		.final = {FINAL_OK, -1, "OK"}, .lines = &line, .count = 1};
	if (d->state != MODEM_INIT || d->chat.state != CHAT_IDLE || d->init.tries == 0 ||
		!init_asks_sim(d))
		return;
	loop_timer_stop(&d->timer);
	init_go_on(d, init_sim(d, &reply));
}

/* FNV-1a: the note must tell PINs apart, not hide them; the store is as private as the
 * configuration the PIN stands in. */
static void
init_pin_key(const struct driver *d, char *ret_key, size_t size)
{
	const char *sim = d->who.iccid[0] ? d->who.iccid : d->who.imei;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (const char *p = sim; *p; p++)
		hash = (hash ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
	for (const char *p = d->config.pin; *p; p++)
		hash = (hash ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
	snprintf(ret_key, size, "pin.%s.%016llx", sim, (unsigned long long)hash);
}

static void
init_pin_note(struct driver *d, const char *what, void (*then)(void *arg))
{
	char key[64];
	init_pin_key(d, key, sizeof(key));
	channel_remember(d->env.channel, key, what, then, d);
}

static void
init_pin_noted(void *arg)
{
	(void)arg;
}

static int
init_pin_code(const struct final *f)
{
	if (f->kind != FINAL_CME)
		return -1;
	return f->code >= 0 ? f->code : codes_cme_number(f->text);
}

/* 27.007 9.2: not allowed now, SIM busy; Wavecom's "please wait". */
static bool
init_pin_unread(const struct final *f)
{
	int code = init_pin_code(f);
	return code == 3 || code == 14 || code == 515;
}

/* Incorrect password, or its third time: the SIM wants the PUK. A bare ERROR says no more
 * than that the PIN did not open it. */
static bool
init_pin_refused(const struct final *f)
{
	int code = init_pin_code(f);
	return f->kind == FINAL_ERROR || code == 16 || code == 12;
}

static void
init_pin_answer(void *arg, const struct chat_reply *reply)
{
	struct driver *d = arg;
	if (reply->result == CHAT_CANCELED)
		return;
	if (reply->result == CHAT_DONE && init_ok(reply)) {
		init_pin_note(d, "right", init_pin_noted);
		init_go_on(d, INIT_NEXT);
		return;
	}
	/* Busy: it never looked at the PIN. Anything but "wrong" leaves the note as it
	 * is: the next set-up asks how many tries are left. */
	if (reply->result == CHAT_DONE && init_pin_unread(&reply->final)) {
		init_pin_note(d, "unread", init_pin_noted);
		if (d->init.tries < PIN_BUSY_TRIES)
			init_go_on(d, INIT_LATER);
		else
			recover_fault(d, "the SIM stays busy");
		return;
	}
	if (reply->result != CHAT_DONE || !init_pin_refused(&reply->final)) {
		recover_fault(d, "the modem did not say what became of the PIN");
		return;
	}
	init_pin_note(d, "wrong", init_pin_noted);
	modem_block(d,
		"the SIM did not accept the configured pin; it is not tried again. "
		"Correct `pin`, or unlock the SIM in a phone");
}

/* The note is durable: now, and only now, the PIN may go out. */
static void
init_pin_go(void *arg)
{
	struct driver *d = arg;
	char text[32];
	struct chat_command command = {.text = text,
		.prefixes = "",
		.arg = d,
		.deadline = 30 * SECOND,
		.done = init_pin_answer};
	if (d->state != MODEM_INIT || !d->init.pin_asked || d->chat.state != CHAT_IDLE)
		return;
	loop_timer_stop(&d->timer);
	d->init.pin_asked = false;
	snprintf(text, sizeof(text), "AT+CPIN=\"%s\"", d->config.pin);
	chat_send(&d->chat, &command);
}

static enum init_next
init_pin_stop(struct driver *d, const char *why)
{
	modem_block(d, why);
	return INIT_WAIT;
}

enum init_next
init_pin(struct driver *d)
{
	char key[64];
	d->init.pin_known[0] = '\0';
	d->init.tries_left = -1;
	if (d->config.pin && (d->who.iccid[0] || d->who.imei[0])) {
		init_pin_key(d, key, sizeof(key));
		channel_recall(d->env.channel, key, d->init.pin_known,
			sizeof(d->init.pin_known));
	}
	if (!d->init.pin_wanted)
		return INIT_NEXT;
	if (!d->config.pin || !*d->config.pin)
		return init_pin_stop(
			d, "the SIM wants its PIN: set `pin` in the channel");
	if (!d->who.iccid[0] && !d->who.imei[0])
		return init_pin_stop(d,
			"the SIM wants its PIN, but cannot be told from others: enter it "
			"in a phone and switch the PIN off");
	if (strcmp(d->init.pin_known, "wrong") == 0)
		return init_pin_stop(d,
			"this pin has been tried on this SIM before and did not "
			"open it; it is not tried again. Correct `pin`, or "
			"unlock the SIM in a phone");
	return INIT_NEXT;
}

static bool
init_pin_in_doubt(const struct driver *d)
{
	return d->init.pin_wanted && strcmp(d->init.pin_known, "tried") == 0;
}

/* What became of the last try is not known. A SIM counts wrong ones: if none is missing
 * it was not wrong, or never reached the SIM, and trying again costs nothing. */
bool
init_tries_make(struct driver *d, char *ret_text, size_t size)
{
	const char *command = d->profile.pin_tries;
	snprintf(ret_text, size, "%s", command ? command : "");
	return d->init.pin_wanted && *ret_text;
}

/* The first number of the answer, in every maker's dress: "+CPINR: SIM PIN,3,3",
 * "^CPIN: SIM PIN,3,10,3,10,3", "+QPINC: "SC",3,10", "#PCT: 3", "+UPINCNT: 3,3,10,10". */
enum init_next
init_tries(struct driver *d, const struct chat_reply *reply)
{
	const char *p = strchr(init_line(reply), ':');
	for (p = p ? p + 1 : ""; *p; p++)
		if (isdigit((unsigned char)*p) &&
			(p[-1] == ' ' || p[-1] == ',' || p[-1] == ':')) {
			d->init.tries_left = atoi(p);
			break;
		}
	return INIT_NEXT;
}

/* Every SIM begins with three tries (31.102 and its predecessors). */
enum init_next
init_pin_send(struct driver *d)
{
	if (!d->init.pin_wanted) {
		/* Open already: what was tried last was the right one. */
		if (strcmp(d->init.pin_known, "tried") == 0)
			init_pin_note(d, "right", init_pin_noted);
		return INIT_NEXT;
	}
	if (init_pin_in_doubt(d) && d->init.tries_left < 3)
		return init_pin_stop(d,
			d->init.tries_left < 0
				? "this pin was being tried when the gateway ended or "
				  "the modem went, and what the SIM said is not known; "
				  "it is not tried again. Switch the SIM's PIN off in a "
				  "phone, or correct `pin`"
				: "this pin was being tried when the gateway ended or "
				  "the modem went, and the SIM has counted a wrong one; "
				  "it is not tried again. Correct `pin`, or unlock the "
				  "SIM in a phone");
	/* Whoever tried before us may have been as sure. */
	if (d->init.tries_left >= 0 && d->init.tries_left <= 1)
		return init_pin_stop(d,
			"the SIM has one try for its PIN left, and a wrong one blocks "
			"it: "
			"it is not tried. Enter the PIN in a phone, and all three tries "
			"are there again");
	d->init.pin_asked = true;
	loop_timer_in(&d->timer, PIN_AGAIN);
	init_pin_note(d, "tried", init_pin_go);
	return INIT_WAIT;
}

/* After the PIN the SIM takes a moment. */
bool
init_opened_make(struct driver *d, char *ret_text, size_t size)
{
	snprintf(ret_text, size, "AT+CPIN?");
	return d->init.pin_wanted;
}

enum init_next
init_opened(struct driver *d, const struct chat_reply *reply)
{
	if (strstr(init_line(reply), "READY"))
		return INIT_NEXT;
	if (d->init.tries < 10)
		return INIT_LATER;
	modem_block(d, "the SIM took the pin and did not open");
	return INIT_WAIT;
}

/* The timer of MODEM_INIT while a note is on its way; true when it was that. */
bool
init_pin_timer(struct driver *d)
{
	if (!d->init.pin_asked)
		return false;
	init_pin_note(d, "tried", init_pin_go);
	if (d->init.pin_asked)
		loop_timer_in(&d->timer, PIN_AGAIN);
	return true;
}
