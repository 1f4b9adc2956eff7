/* One message out. AT+CMGS=<length> leaves as soon as the line is free; the PDU and its
 * Ctrl-Z leave when the prompt and release() are both there, whichever comes last.
 *
 * Doubt begins when the kernel has taken Ctrl-Z from us: a send that fails before cannot
 * have gone out, one that ends without a clear answer after it may have. */
#include "drivers/at/modem.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/base/log.h"

/* +CMGS without OK: the message is sent, the modem forgot to say so. */
#define SEND_GRACE (5 * SECOND)
/* What the channel rests after trouble that has no code. */
#define SEND_REST (15 * SECOND)
/* In a row. */
#define SEND_UNBEGUN 3

static bool
send_doubtful(const struct driver *d)
{
	return d->out.state == SENDING_WRITTEN && port_pending(&d->port) == 0;
}

/* The slot is free before the channel hears of it, because it may send again at once. */
static void
send_outcome(struct driver *d, const struct outcome *outcome)
{
	uint64_t attempt = d->out.attempt;
	loop_timer_stop(&d->out.timer);
	d->out.state = SENDING_NONE;
	FAULT("at.before_outcome");
	channel_outcome(d->env.channel, attempt, outcome);
}

static void
send_later(struct driver *d, int code, const char *why, int64_t rest)
{
	struct outcome later = {.what = SEND_LATER,
		.reference = -1,
		.code = code,
		.why = why,
		.channel_fault = rest > 0,
		.rest = rest};
	send_outcome(d, &later);
}

static void
send_unknown(struct driver *d, int code, const char *why)
{
	struct outcome unknown = {
		.what = SEND_UNKNOWN, .reference = -1, .code = code, .why = why};
	send_outcome(d, &unknown);
}

static void
send_sent(struct driver *d, int reference)
{
	struct outcome sent = {.what = SEND_SENT, .reference = reference, .code = -1};
	recover_good(d);
	trouble_accepted(d);
	send_outcome(d, &sent);
}

void
send_abort(struct driver *d, const char *why)
{
	char sentence[256];
	if (d->out.state == SENDING_NONE)
		return;
	if (!send_doubtful(d)) {
		send_later(d, -1, why, SEND_REST);
		return;
	}
	snprintf(sentence, sizeof(sentence), "%s after the message was handed over", why);
	send_unknown(d, -1, sentence);
}

/* ---- the answer ---- */

/* Not now: another time it may be taken. */
static void
send_refused_now(struct driver *d, struct outcome *refused, int code, int64_t rest)
{
	refused->what = SEND_LATER;
	refused->code = code;
	refused->channel_fault = rest > 0;
	refused->rest = rest;
	send_outcome(d, refused);
}

static void
send_refused(struct driver *d, const struct chat_reply *reply, bool doubt)
{
	const struct code *code = codes_find(&reply->final, d->profile.vendor);
	struct outcome refused = {.what = SEND_REJECTED,
		.reference = -1,
		.code = reply->final.code,
		.why = code->sentence,
		.handed_over = doubt};
	enum code_class class = code->class;
	int64_t barred = trouble_refused(d, &reply->final);
	/* Without Ctrl-Z nothing went out, whatever the modem thinks of it. */
	if (!doubt && (class == CODE_UNKNOWN || class == CODE_ACCEPTED))
		class = CODE_TEMPORARY;
	if (barred && class != CODE_UNKNOWN && class != CODE_ACCEPTED) {
		send_refused_now(d, &refused, code->code, barred);
		return;
	}
	switch (class) {
	case CODE_ACCEPTED: send_sent(d, -1); break;
	case CODE_TWICE: refused.again = true; /* fall through */
	case CODE_PERMANENT: send_outcome(d, &refused); break;
	case CODE_TEMPORARY: send_refused_now(d, &refused, code->code, code->rest); break;
	case CODE_OPERATOR:
	case CODE_MODEM:
		send_refused_now(d, &refused, code->code, MAX(code->rest, SECOND));
		break;
	case CODE_UNKNOWN: send_unknown(d, reply->final.code, code->sentence); break;
	}
}

/* What a refusal tells about the modem itself. */
static void
send_learn(struct driver *d, const struct final *final)
{
	const struct code *code = codes_find(final, d->profile.vendor);
	if (final->kind == FINAL_CMS && (code->code == 304 || code->code == 305))
		chores_push(d, CHORE_PDU_MODE);
	else if (final->kind == FINAL_CMS && (code->code == 322 || code->code == 208))
		receive_sweep_soon(d);
	else if ((final->kind == FINAL_CMS && code->code >= 310 && code->code <= 318) ||
		 (final->kind == FINAL_CME && code->code >= 10 && code->code <= 18))
		d->reinit = code->class == CODE_OPERATOR;
	else if (code->class == CODE_MODEM)
		d->reinit = true;
}

/* It answers AT, and takes no message: after a few of those it is sick. */
static void
send_unbegun(struct driver *d)
{
	if (++d->unsent < SEND_UNBEGUN)
		return;
	d->unsent = 0;
	recover_fault(d, "the modem answers, but takes no messages");
}

static void
send_finished(struct driver *d, const struct chat_reply *reply)
{
	bool doubt = send_doubtful(d);
	int mr = -1;
	if (doubt)
		d->unsent = 0;
	if (reply->final.kind != FINAL_OK) {
		send_learn(d, &reply->final);
		/* The line must be known good before the next AT+CMGS; said first, so
		 * that a send from inside the outcome waits for it. */
		if (doubt && codes_find(&reply->final, d->profile.vendor)->class ==
				     CODE_UNKNOWN)
			recover_resync(d, d->state);
		send_refused(d, reply, doubt);
	} else if (doubt) {
		if (reply->count > 0 && parse_cmgs(reply->lines[0], &mr))
			mr = -1;
		send_sent(d, mr);
	} else {
		/* An OK without our having sent anything answers something else. */
		recover_resync(d, d->state);
		send_later(d, -1,
			"the modem ended the command before the message was sent",
			SECOND);
		send_unbegun(d);
	}
}

static void
send_unanswered(struct driver *d)
{
	bool doubt = send_doubtful(d);
	recover_resync(d, d->state);
	if (doubt) {
		send_unknown(
			d, -1, "the modem gave no answer; the message may have gone out");
		return;
	}
	/* It answered since, or is being seen to: no reason to rest for long. */
	send_later(d, -1, "the modem did not ask for the message", 2 * SECOND);
	send_unbegun(d);
}

static void
send_done(void *arg, const struct chat_reply *reply)
{
	struct driver *d = arg;
	/* Withdrawn, perhaps followed by another send that waits for the line. */
	bool orphan = d->out.state == SENDING_NONE || d->out.state == SENDING_QUEUED;
	switch (reply->result) {
	case CHAT_CANCELED: break; /* by ESC or by recovery, which answers for itself */
	case CHAT_DONE:
		if (!orphan)
			send_finished(d, reply);
		break;
	case CHAT_TIMEOUT:
	case CHAT_STUCK:
		if (orphan)
			recover_resync(d, d->state);
		else
			send_unanswered(d);
		break;
	}
	modem_pump(d);
}

/* ---- the message itself ---- */

static void
send_ctrl_z(struct driver *d, const char *hex, size_t len)
{
	FAULT("at.before_ctrl_z");
	d->out.state = SENDING_WRITTEN;
	chat_submit(&d->chat, hex, len, true);
	FAULT("at.after_ctrl_z");
}

static void
send_next_chunk(struct driver *d)
{
	const char *hex = d->out.hex + d->out.hex_done;
	size_t left = d->out.hex_len - d->out.hex_done;
	size_t chunk = d->profile.chunk > 0 ? MIN((size_t)d->profile.chunk, left) : left;
	d->out.state = SENDING_WRITING;
	if (chunk == left && d->profile.ctrlz_delay == 0) {
		send_ctrl_z(d, hex, left);
		return;
	}
	d->out.hex_done += chunk;
	if (chunk > 0)
		chat_submit(&d->chat, hex, chunk, false);
	if (chunk == left)
		loop_timer_in(&d->out.timer, left == 0 ? 0 : d->profile.ctrlz_delay);
	else
		loop_timer_in(&d->out.timer, d->profile.chunk_gap);
}

static void
send_write(struct driver *d)
{
	if (d->out.hex_done == d->out.hex_len)
		send_ctrl_z(d, "", 0);
	else
		send_next_chunk(d);
}

static void
send_timer(void *arg)
{
	struct driver *d = arg;
	if (d->out.state == SENDING_OPEN || d->out.state == SENDING_WRITING)
		send_write(d);
}

void
send_init(struct driver *d)
{
	loop_timer_init(&d->out.timer, d->env.loop, send_timer, d);
}

static void
send_go(struct driver *d)
{
	FAULT("at.before_pdu");
	if (d->profile.prompt_delay > 0)
		loop_timer_in(&d->out.timer, d->profile.prompt_delay);
	else
		send_write(d);
}

void
send_prompted(struct driver *d)
{
	if (d->out.state != SENDING_ASKED) {
		chat_escape(&d->chat, SECOND / 3); /* it was withdrawn meanwhile */
		return;
	}
	d->out.state = SENDING_OPEN;
	if (d->out.released)
		send_go(d);
}

void
send_release(struct driver *d, uint64_t attempt)
{
	if (d->out.state == SENDING_NONE || d->out.attempt != attempt || d->out.released)
		return;
	d->out.released = true;
	if (d->out.state == SENDING_OPEN)
		send_go(d);
}

void
send_withdraw(struct driver *d, uint64_t attempt)
{
	bool open = d->out.state == SENDING_OPEN;
	if (d->out.state == SENDING_NONE || d->out.attempt != attempt || d->out.released)
		return;
	loop_timer_stop(&d->out.timer);
	d->out.state = SENDING_NONE;
	if (open)
		chat_escape(&d->chat, SECOND / 3);
}

/* The same time that is left for an OK when +CMGS came without it. */
void
send_hurry(struct driver *d, uint64_t attempt)
{
	if (d->out.state == SENDING_WRITTEN && d->out.attempt == attempt)
		chat_hurry(&d->chat, SEND_GRACE);
}

/* ---- the way to the prompt ---- */

static void
send_ask(struct driver *d)
{
	char text[32];
	struct chat_command command = {.text = text,
		.prefixes = "+CMGS",
		.arg = d,
		.deadline = d->profile.prompt_timeout,
		.submit = d->profile.submit_timeout,
		.grace = SEND_GRACE,
		.done = send_done};
	snprintf(text, sizeof(text), "AT+CMGS=%zu", d->out.tpdu_len);
	d->out.state = SENDING_ASKED;
	d->chore_turn = true;
	chat_send(&d->chat, &command);
	FAULT("at.asked");
}

static void
send_kept_open(void *arg, const struct chat_reply *reply)
{
	struct driver *d = arg;
	/* AT+CMMS is a favour: refused or not, the message goes on. */
	if (reply->result == CHAT_TIMEOUT || reply->result == CHAT_STUCK)
		recover_resync(d, d->state);
	else if (reply->result == CHAT_DONE && d->out.state == SENDING_QUEUED)
		send_ask(d);
	modem_pump(d);
}

void
send_start(struct driver *d)
{
	struct chat_command command = {.text = "AT+CMMS=1",
		.prefixes = "",
		.arg = d,
		.deadline = 5 * SECOND,
		.done = send_kept_open};
	assert(d->out.state == SENDING_QUEUED);
	if (d->profile.more_messages && d->out.more)
		chat_send(&d->chat, &command);
	else
		send_ask(d);
}

void
send_accept(struct driver *d, const struct outgoing *out)
{
	struct sending *s = &d->out;
	struct strbuf hex AUTO(strbuf_done) = STRBUF_INIT(sizeof(s->hex) - 1);
	assert(s->state == SENDING_NONE);
	/* Use the SIM's own service centre: an SMSC part of length 0. */
	strbuf_puts(&hex, "00");
	strbuf_hex(&hex, out->tpdu, out->tpdu_len);
	assert(!hex.full);
	memcpy(s->hex, hex.s, hex.len);
	s->hex_len = hex.len;
	s->hex_done = 0;
	s->tpdu_len = out->tpdu_len;
	s->attempt = out->attempt;
	s->to = trouble_hash(out->to ? out->to : "");
	s->more = out->more;
	s->released = false;
	s->state = SENDING_QUEUED;
	modem_pump(d);
}
