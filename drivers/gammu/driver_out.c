/* Messages out: one at a time is with the phone. */
#include "drivers/gammu/driver_inside.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/fault.h"

#define BEGIN_PATIENCE (3 * SECOND)  /* for a send to be taken up */
#define CALL_PATIENCE  (45 * SECOND) /* beyond send_timeout: prompt, pauses, lateness */

/* Sends without outcome are answered first. */
bool
gammu_is_sending(const struct driver *d)
{
	return d->out.state == SENDING_ASKED || d->out.state == SENDING_BEGUN;
}

void
gammu_answer(struct driver *d, const struct outcome *outcome)
{
	uint64_t attempt = d->out.job.id;
	d->out.state = SENDING_NONE;
	loop_timer_stop(&d->out.timer);
	channel_outcome(d->env.channel, attempt, outcome);
}

void
gammu_answer_later(struct driver *d, const char *why)
{
	gammu_answer(d, &(struct outcome){.what = SEND_LATER,
				.reference = -1,
				.code = -1,
				.why = why,
				.channel_fault = true});
}

void
gammu_send(struct driver *d, const struct outgoing *out)
{
	d->out.job =
		(struct job){.kind = JOB_SEND, .id = out->attempt, .len = out->tpdu_len};
	if (!d->up || d->out.state != SENDING_NONE ||
		out->tpdu_len > sizeof(d->out.job.octets)) {
		gammu_answer_later(d, "the phone is not ready");
		return;
	}
	memcpy(d->out.job.octets, out->tpdu, out->tpdu_len);
	if (!d->config->reports)
		d->out.job.octets[0] &= 0xDF; /* TP-SRR */
	d->out.state = SENDING_HELD;
}

void
gammu_release(struct driver *d, uint64_t attempt)
{
	if (d->out.state != SENDING_HELD || d->out.job.id != attempt)
		return;
	FAULT("gammu.before_hand_over");
	d->out.state = SENDING_ASKED;
	phone_ask(d->phone, &d->out.job);
	loop_timer_in(&d->out.timer, BEGIN_PATIENCE);
}

void
gammu_withdraw(struct driver *d, uint64_t attempt)
{
	if (d->out.state == SENDING_HELD && d->out.job.id == attempt)
		d->out.state = SENDING_NONE;
}

/* The thread is stuck in a call. Not begun: it certainly did not leave. */
void
gammu_on_overdue(void *arg)
{
	struct driver *d = arg;
	const char *why = "the phone has not answered for too long";
	struct letter down = {.kind = LETTER_DOWN};
	snprintf(down.text, sizeof(down.text), "%s", why);
	if (d->out.state == SENDING_ASKED && !phone_take_back(d->phone, d->out.job.id)) {
		loop_timer_in(&d->out.timer, d->config->send_timeout + CALL_PATIENCE);
		return;
	}
	if (d->out.state == SENDING_ASKED) { /* busy with something else */
		gammu_answer_later(d, "the phone is busy");
		return;
	}
	d->out.given_up = d->out.job.id;
	gammu_answer(
		d, &(struct outcome){.what = SEND_UNKNOWN,
			   .reference = -1,
			   .code = -1,
			   .why = "the phone did not say what became of it; it may have "
				  "gone out"});
	gammu_on_down(d, &down);
	phone_hurry(d->phone);
}

void
gammu_on_begun(struct driver *d, const struct letter *l)
{
	if (d->out.state != SENDING_ASKED || d->out.job.id != l->id)
		return;
	d->out.state = SENDING_BEGUN;
	loop_timer_in(&d->out.timer, d->config->send_timeout + CALL_PATIENCE);
}

/* What became of a send that was answered "unknown" before. */
void
gammu_on_late(struct driver *d, uint64_t attempt, const struct outcome *o)
{
	if (o->what == SEND_SENT)
		channel_evidence(
			d->env.channel, attempt, EVIDENCE_ACCEPTED, o->reference);
	else if (o->what != SEND_UNKNOWN)
		channel_evidence(d->env.channel, attempt, EVIDENCE_NEVER_LEFT, -1);
}

void
gammu_on_outcome(struct driver *d, const struct letter *l)
{
	struct outcome outcome = l->outcome;
	outcome.why = outcome.what == SEND_SENT ? NULL : l->text;
	if (gammu_is_sending(d) && d->out.job.id == l->id) {
		gammu_answer(d, &outcome);
	} else if (d->out.given_up && d->out.given_up == l->id) {
		d->out.given_up = 0;
		gammu_on_late(d, l->id, &outcome);
	}
	gammu_decide(d);
}
