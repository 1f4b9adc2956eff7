/* When the modem does not do what it should: find back to a known state with the mildest
 * means, and only then with stronger ones. */
#include "drivers/at/modem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/log.h"

#define RESYNC_ESC   INT64_C(300) /* for whatever the modem says to ESC */
#define RESYNC_AT    INT64_C(500)
#define RESYNC_QUIET INT64_C(100) /* late answers to older commands end here */
#define GOOD_AFTER   MINUTE
#define ABSENT_LOOK  INT64_C(500)

enum {
	RESYNC_TRIES = 6,
	SEEK_TRIES = 2, /* of a port that may be anything */
};

/* ---- resynchronisation: ESC, then AT until it answers ---- */

static void resync_answer(void *arg, const struct chat_reply *reply);

static void
resync_ask(struct driver *d)
{
	struct chat_command command = {.text = "AT",
		.prefixes = "",
		.arg = d,
		.deadline = RESYNC_AT,
		.done = resync_answer};
	d->recover.attempts++;
	chat_send(&d->chat, &command);
}

static void
resync_answer(void *arg, const struct chat_reply *reply)
{
	struct driver *d = arg;
	if (reply->result == CHAT_CANCELED)
		return;
	if (reply->result == CHAT_DONE) {
		d->recover.answered = true;
		loop_timer_in(&d->timer, RESYNC_QUIET);
	} else if (d->recover.attempts >= (seek_going(d) ? SEEK_TRIES : RESYNC_TRIES)) {
		recover_fault(d, "the modem does not answer");
	} else {
		/* Never Ctrl-Z: a fragment of a PDU would go out. */
		if (reply->result == CHAT_STUCK)
			chat_raw(&d->chat, "\x1b", 1);
		resync_ask(d);
	}
}

/* The timer of MODEM_RESYNC: ESC has had its time, or the line has been quiet. */
void
recover_resync_timer(struct driver *d)
{
	if (d->recover.answered)
		modem_enter(d, d->recover.resume);
	else
		resync_ask(d);
}

void
recover_resync(struct driver *d, enum modem_state resume)
{
	if (d->state == MODEM_RESYNC || d->state == MODEM_CLOSED ||
		d->state == MODEM_OPENING)
		return;
	if (resume != MODEM_ONLINE && resume != MODEM_SEARCHING &&
		resume != MODEM_BLOCKED)
		resume = MODEM_INIT;
	d->recover.resume = resume;
	modem_enter(d, MODEM_RESYNC);
}

/* Called on entering MODEM_RESYNC. */
void
recover_begin(struct driver *d)
{
	d->recover.attempts = 0;
	d->recover.answered = false;
	chat_cancel(&d->chat);
	chat_raw(&d->chat, "\x1b\r", 2);
	loop_timer_in(&d->timer, RESYNC_ESC);
}

void
recover_reinit(struct driver *d, const char *why)
{
	d->reinit = false;
	chat_cancel(&d->chat);
	send_abort(d, why);
	modem_down(d, false, why);
	if (d->state == MODEM_RESYNC)
		d->recover.resume = MODEM_INIT;
	else
		recover_resync(d, MODEM_INIT);
}

/* ---- opening ---- */

static int64_t
recover_backoff(unsigned failures)
{
	static const int64_t waits[] = {500, SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND};
	return waits[MIN(failures, ARRAY_LEN(waits) - 1)];
}

void
recover_open(struct driver *d)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	modem_enter(d, MODEM_OPENING);
	lines_reset(&d->chat.lines);
	if (!seek_next(d)) {
		seek_sentence(d, &err);
		d->recover.absent = true;
		modem_enter(d, MODEM_CLOSED);
		modem_down(d, false, err.s);
		return;
	}
	int r = port_open(
		&d->port, d->device, (int)d->config.baud, d->env.lock_dir, &err);
	if (r == 0)
		return;
	if (seek_going(d)) {
		recover_not_it(d, err.s);
		return;
	}
	d->recover.absent = r == -ENOENT || r == -ENODEV || r == -ENXIO;
	modem_enter(d, MODEM_CLOSED);
	modem_down(d, false, err.s);
}

void
recover_not_it(struct driver *d, const char *why)
{
	seek_refused(d, why);
	chat_cancel(&d->chat);
	port_close(&d->port);
	d->recover.opens = 0;
	modem_enter(d, MODEM_CLOSED);
	loop_timer_in(&d->timer, 0);
}

void
recover_reopen(struct driver *d)
{
	port_close(&d->port);
	modem_enter(d, MODEM_CLOSED);
}

/* Called on entering MODEM_CLOSED: when to try again. */
void
recover_wait(struct driver *d)
{
	int64_t now = clock_mono(loop_clock(d->env.loop));
	/* What is not there costs nothing to look for, and should be at work soon after
	 * it is plugged in. */
	int64_t next = now + (d->recover.absent ? ABSENT_LOOK
						: recover_backoff(d->recover.opens++));
	d->recover.absent = false;
	loop_timer_at(&d->timer, MAX(next, d->recover.not_before));
}

void
recover_lost(struct driver *d, const char *why)
{
	char sentence[384];
	if (seek_going(d)) {
		recover_not_it(d, why);
		return;
	}
	snprintf(sentence, sizeof(sentence), "%s: %s", d->device, why);
	d->recover.opens = 0;
	send_abort(d, sentence);
	modem_enter(d, MODEM_CLOSED);
	modem_down(d, false, sentence);
}

/* ---- trouble ---- */

void
recover_fault(struct driver *d, const char *why)
{
	struct strbuf wire AUTO(strbuf_done) = STRBUF_INIT(WIRE_SIZE + 1);
	if (seek_going(d)) {
		recover_not_it(d, why);
		return;
	}
	wire_print(&d->chat.wire, &wire);
	send_abort(d, why);
	log_event(LOG_WARN, "at.fault", LOG_TEXT("channel", d->chat.name),
		LOG_TEXT("why", why), LOG_TEXT("wire", wire.s));
	modem_down(d, false, why);
	ladder_climb(d, why);
}

/* Not a step on the ladder: nothing is known to be wrong. */
void
recover_restart(struct driver *d, const char *why)
{
	modem_down(d, false, why);
	d->recover.not_before = clock_mono(loop_clock(d->env.loop)) + SECOND;
	recover_reopen(d);
}

static void
recover_is_good(void *arg)
{
	recover_good(arg);
}

void
recover_init(struct driver *d)
{
	loop_timer_init(&d->recover.good, d->env.loop, recover_is_good, d);
}

void
recover_good(struct driver *d)
{
	d->recover.opens = 0;
	ladder_down(d);
	loop_timer_stop(&d->recover.good);
}

/* Called on entering MODEM_ONLINE. */
void
recover_watch(struct driver *d)
{
	loop_timer_in(&d->recover.good, GOOD_AFTER);
}

void
recover_stop(struct driver *d)
{
	loop_timer_stop(&d->recover.good);
}
