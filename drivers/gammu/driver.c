/* The driver `gammu`: what core sees of a phone. Everything here runs in the loop's
 * thread and never waits, but for a moment in close(). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/gammu/driver_inside.h"
#include "gateway/base/log.h"

#define CLOSE_PATIENCE 2000 /* ms */
#define USSD_PATIENCE  MINUTE
#define STORAGE_HIGH   80 /* per cent */
#define STORAGE_LOW    70

/* ---- up and down ---- */

static void
say_down(struct driver *d, bool blocked, const char *why)
{
	d->up = false;
	channel_down(d->env.channel, blocked, why);
}

void
gammu_decide(struct driver *d)
{
	bool may = d->connected && d->told && d->registered && !d->taken;
	if (d->down_waits && !gammu_is_sending(d)) {
		d->down_waits = false;
		if (d->out.state == SENDING_HELD)
			gammu_answer_later(d, d->down.text);
		say_down(d, d->down.good, d->down.text);
	} else if (may && !d->up) {
		d->up = true;
		channel_ready(d->env.channel);
	} else if (d->connected && d->up && !may && !gammu_is_sending(d)) {
		if (d->out.state == SENDING_HELD)
			gammu_answer_later(d, "the phone lost its network");
		say_down(d, false, "the phone has no network");
	} else if (d->connected && d->told && !may && !d->up && !d->taken) {
		say_down(d, false, "the phone has no network");
	}
}

void
gammu_on_down(struct driver *d, const struct letter *l)
{
	d->connected = d->told = d->taken = false;
	d->slot_count = 0; /* told again, under new tokens */
	if (!*l->text)
		return;
	d->down = *l;
	d->down_waits = true;
	log_event(LOG_INFO, "gammu.down", LOG_TEXT("device", d->config->device),
		LOG_TEXT("why", l->text));
	gammu_decide(d);
}

/* ---- who it is ---- */

static void
on_who(struct driver *d, const struct letter *l)
{
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	d->who = l->who;
	d->connected = true;
	d->told = false;
	d->slot_count = 0;
	d->taken = channel_taken(d->env.channel, &d->who, &why);
	if (d->taken) {
		channel_down(d->env.channel, true, why.s);
		return;
	}
	channel_identify(d->env.channel, &d->who);
}

static void
storage(struct driver *d, const struct channel_facts *f)
{
	char why[120];
	if (f->storage_used < 0 || f->storage_total <= 0)
		return;
	if (f->storage_used * 100 < f->storage_total * STORAGE_LOW)
		d->storage_high = false;
	if (d->storage_high || f->storage_used * 100 < f->storage_total * STORAGE_HIGH)
		return;
	d->storage_high = true;
	snprintf(why, sizeof(why), "%d of %d places for messages are taken",
		f->storage_used, f->storage_total);
	channel_notice(d->env.channel, "sim.storage_high", why);
}

static void
on_facts(struct driver *d, const struct letter *l)
{
	d->registered = l->registered;
	channel_heard(d->env.channel);
	channel_facts(d->env.channel, &l->facts);
	storage(d, &l->facts);
	gammu_decide(d);
}

/* ---- the PIN: once for each SIM and PIN, and never without a durable note ---- */

static void
pin_key(const struct driver *d, char *ret, size_t size)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (const char *s = d->who.imei; *s; s++)
		hash = (hash ^ (uint8_t)*s) * UINT64_C(0x100000001b3);
	for (const char *s = d->config->pin; *s; s++)
		hash = (hash ^ (uint8_t)*s) * UINT64_C(0x100000001b3);
	snprintf(ret, size, "pin.%s.%016llx", d->who.imei, (unsigned long long)hash);
}

static void
pin_go(void *arg)
{
	struct driver *d = arg;
	struct job job = {.kind = JOB_PIN};
	snprintf(job.text, sizeof(job.text), "%s", d->config->pin);
	phone_ask(d->phone, &job);
}

static void
pin_noted(void *arg)
{
	(void)arg;
}

static void
on_locked(struct driver *d, const struct letter *l)
{
	char key[64], known[16] = "";
	const char *why = NULL;
	d->who = l->who;
	if (!d->config->pin)
		why = "the SIM wants its PIN: set `pin` in the channel";
	else if (!*d->who.imei)
		why = "the SIM wants its PIN, but the phone cannot be told from others: "
		      "enter it in the phone and switch the PIN off";
	else {
		pin_key(d, key, sizeof(key));
		channel_recall(d->env.channel, key, known, sizeof(known));
		if (!strcmp(known, "wrong"))
			why = "this pin has been tried on this SIM before and did not "
			      "open it; it is not tried again. Correct `pin`, or unlock "
			      "the SIM in a phone";
		else if (!strcmp(known, "tried"))
			why = "this pin was being tried when the gateway ended or the "
			      "phone went, and what the SIM said is not known; it is not "
			      "tried again. Switch the SIM's PIN off in a phone";
	}
	if (why)
		say_down(d, true, why);
	else
		channel_remember(d->env.channel, key, "tried", pin_go, d);
}

static void
on_pin(struct driver *d, const struct letter *l)
{
	char key[64];
	if (!l->good && !l->registered)
		return; /* stays "tried" */
	pin_key(d, key, sizeof(key));
	channel_remember(d->env.channel, key, l->good ? "right" : "wrong", pin_noted, d);
}

/* ---- codes ---- */

static void
ussd_done(struct driver *d, const char *text)
{
	uint64_t ticket = d->ussd;
	d->ussd = 0;
	loop_timer_stop(&d->ussd_timer);
	if (ticket)
		channel_command_done(d->env.channel, ticket, text);
}

static void
on_ussd_overdue(void *arg)
{
	ussd_done(arg, "the network did not answer");
}

static int
gammu_ussd(struct driver *d, const char *code, uint64_t ticket, struct strbuf *err)
{
	struct job job = {.kind = JOB_USSD};
	size_t len = strlen(code);
	if (len == 0 || len >= sizeof(job.text) - 1 ||
		strspn(code, "0123456789*#+") != len) {
		strbuf_set(err, "\"%s\" is no code: digits, * and # alone", code);
		return -EINVAL;
	}
	if (!d->up || d->ussd) {
		strbuf_set(err, d->up ? "another code is being dialled"
				      : "the phone is not ready");
		return -EBUSY;
	}
	d->ussd = ticket;
	snprintf(job.text, sizeof(job.text), "%s", code);
	phone_ask(d->phone, &job);
	loop_timer_in(&d->ussd_timer, USSD_PATIENCE);
	return 0;
}

/* ---- letters ---- */

static void
take_letter(struct driver *d, const struct letter *l)
{
	switch (l->kind) {
	case LETTER_LOCKED: on_locked(d, l); break;
	case LETTER_PIN: on_pin(d, l); break;
	case LETTER_WHO: on_who(d, l); break;
	case LETTER_FACTS: on_facts(d, l); break;
	case LETTER_TOLD:
		d->told = true;
		gammu_decide(d);
		break;
	case LETTER_INCOMING: gammu_on_incoming(d, l); break;
	case LETTER_DELETED: gammu_on_deleted(d, l); break;
	case LETTER_BEGUN: gammu_on_begun(d, l); break;
	case LETTER_OUTCOME: gammu_on_outcome(d, l); break;
	case LETTER_EVIDENCE: gammu_on_late(d, l->id, &l->outcome); break;
	case LETTER_CALL: channel_called(d->env.channel, l->text); break;
	case LETTER_USSD: ussd_done(d, l->text); break;
	case LETTER_DOWN: gammu_on_down(d, l); break;
	}
}

static void
on_letter(void *arg, void *what)
{
	take_letter(arg, what);
	free(what);
}

/* While closing only what became of a send matters. */
static void
on_last_letter(void *what)
{
	const struct letter *l = what;
	struct driver *d = l->arg;
	struct outcome outcome = l->outcome;
	outcome.why = l->text;
	if (l->kind == LETTER_OUTCOME && gammu_is_sending(d) && d->out.job.id == l->id)
		gammu_answer(d, &outcome);
	free(what);
}

/* ---- life ---- */

static int
gammu_check(const struct conf_node *group, struct strbuf *err)
{
	struct gammu_config config;
	int r = gammu_config_read(group, &config, err);
	if (r == 0)
		gammu_config_free(&config);
	return r;
}

static void
begin(void *arg)
{
	struct driver *d = arg;
	const struct phone_setup setup = {.config = d->config,
		.lock_dir = d->env.lock_dir,
		.to = d->mailbox,
		.arg = d};
	d->phone = phone_start(&setup);
}

static struct driver *
gammu_open(const struct driver_env *env, struct strbuf *err)
{
	struct gammu_config config;
	struct driver *d;
	if (gammu_config_read(env->config, &config, err))
		return NULL;
	d = xcalloc(1, sizeof(*d));
	d->env = *env;
	d->config = xmalloc(sizeof(config));
	*d->config = config;
	d->registered = true;
	d->mailbox = mailbox_new(env->loop, on_letter, d);
	loop_timer_init(&d->out.timer, env->loop, gammu_on_overdue, d);
	loop_timer_init(&d->ussd_timer, env->loop, on_ussd_overdue, d);
	loop_post(
		env->loop, begin, d); /* the channel is not ready to hear anything yet */
	return d;
}

static void
gammu_close(struct driver *d)
{
	bool ended = true;
	if (d->out.state == SENDING_HELD ||
		(d->out.state == SENDING_ASKED &&
			phone_take_back(d->phone, d->out.job.id)))
		gammu_answer_later(d, "the channel was closed");
	if (d->phone)
		ended = phone_stop(d->phone, CLOSE_PATIENCE);
	if (!ended)
		log_event(LOG_WARN, "gammu.left_behind",
			LOG_TEXT("device", d->config->device));
	mailbox_free(d->mailbox, on_last_letter);
	if (gammu_is_sending(d))
		gammu_answer(
			d, &(struct outcome){.what = SEND_UNKNOWN,
				   .reference = -1,
				   .code = -1,
				   .why = "the channel was closed while the phone was "
					  "sending; it may have gone out"});
	ussd_done(d, "the channel was closed");
	loop_forget(d->env.loop, d);
	loop_timer_stop(&d->out.timer);
	loop_timer_stop(&d->ussd_timer);
	if (ended) {
		gammu_config_free(d->config);
		free(d->config);
	}
	free(d);
}

static void
gammu_trace(struct driver *d, struct strbuf *out)
{
	if (d->phone)
		phone_trace(d->phone, out);
}

static void
gammu_reset(struct driver *d)
{
	if (d->phone)
		phone_hurry(d->phone);
}

const struct driver_ops driver_gammu = {
	.name = "gammu",
	.caps = DRIVER_TPDU | DRIVER_UNICODE | DRIVER_REPORTS | DRIVER_INBOUND |
		DRIVER_FLASH,
	.in_flight = 1,
	.check = gammu_check,
	.clash = gammu_config_clash,
	.names = gammu_config_names,
	.open = gammu_open,
	.close = gammu_close,
	.send = gammu_send,
	.release = gammu_release,
	.withdraw = gammu_withdraw,
	.committed = gammu_committed,
	.ussd = gammu_ussd,
	.trace = gammu_trace,
	.reset = gammu_reset,
};
