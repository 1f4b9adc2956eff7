/* The driver `gammu`: what core sees of a phone. Everything here runs in the loop's
 * thread and never waits, but for a moment in close(). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/gammu/phone.h"
#include "gateway/base/fault.h"
#include "gateway/base/log.h"

#define CLOSE_PATIENCE 2000          /* ms */
#define BEGIN_PATIENCE (3 * SECOND)  /* for a send to be taken up */
#define CALL_PATIENCE  (45 * SECOND) /* beyond send_timeout: prompt, pauses, lateness */
#define TELL_AGAIN     (2 * MINUTE)  /* what was told and not committed */
#define USSD_PATIENCE  MINUTE
#define SLOTS_MAX      1024
#define REFUSED_MAX    3
#define STORAGE_HIGH   80 /* per cent */
#define STORAGE_LOW    70

enum sending_state {
	SENDING_NONE,
	SENDING_HELD,  /* not released yet */
	SENDING_ASKED, /* the phone has it to do */
	SENDING_BEGUN, /* it may leave any moment */
};

/* A place that holds a message somebody has been told of. */
struct slot {
	uint64_t token, hash;
	struct place place;
	size_t len;
	int64_t told; /* mono */
	bool committed, stuck;
	unsigned refused;
};

struct driver {
	struct driver_env env;
	struct gammu_config *config; /* the phone's too: it may outlive us */
	struct mailbox *mailbox;
	struct phone *phone;

	bool connected, told, registered, taken, up;
	struct channel_identity who;
	struct letter down; /* said when the send has its outcome */
	bool down_waits;

	struct {
		enum sending_state state;
		struct job job;
		uint64_t given_up; /* answered "unknown" by us; its end may yet be told */
		struct loop_timer timer;
	} out;

	struct slot slots[SLOTS_MAX];
	size_t slot_count;
	uint64_t next_token;
	bool storage_high;

	uint64_t ussd; /* ticket, 0 none */
	struct loop_timer ussd_timer;
};

/* ---- up and down ---- */

static void
say_down(struct driver *d, bool blocked, const char *why)
{
	d->up = false;
	channel_down(d->env.channel, blocked, why);
}

/* Sends without outcome are answered first. */
static bool
is_sending(const struct driver *d)
{
	return d->out.state == SENDING_ASKED || d->out.state == SENDING_BEGUN;
}

static void
answer(struct driver *d, const struct outcome *outcome)
{
	uint64_t attempt = d->out.job.id;
	d->out.state = SENDING_NONE;
	loop_timer_stop(&d->out.timer);
	channel_outcome(d->env.channel, attempt, outcome);
}

static void
answer_later(struct driver *d, const char *why)
{
	answer(d, &(struct outcome){.what = SEND_LATER,
			  .reference = -1,
			  .code = -1,
			  .why = why,
			  .channel_fault = true});
}

static void
decide(struct driver *d)
{
	bool may = d->connected && d->told && d->registered && !d->taken;
	if (d->down_waits && !is_sending(d)) {
		d->down_waits = false;
		if (d->out.state == SENDING_HELD)
			answer_later(d, d->down.text);
		say_down(d, d->down.good, d->down.text);
	} else if (may && !d->up) {
		d->up = true;
		channel_ready(d->env.channel);
	} else if (d->connected && d->up && !may && !is_sending(d)) {
		if (d->out.state == SENDING_HELD)
			answer_later(d, "the phone lost its network");
		say_down(d, false, "the phone has no network");
	} else if (d->connected && d->told && !may && !d->up && !d->taken) {
		say_down(d, false, "the phone has no network");
	}
}

static void
on_down(struct driver *d, const struct letter *l)
{
	d->connected = d->told = d->taken = false;
	d->slot_count = 0; /* told again, under new tokens */
	if (!*l->text)
		return;
	d->down = *l;
	d->down_waits = true;
	log_event(LOG_INFO, "gammu.down", LOG_TEXT("device", d->config->device),
		LOG_TEXT("why", l->text));
	decide(d);
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
	decide(d);
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

/* ---- messages in ---- */

static struct slot *
slot_token(struct driver *d, uint64_t token)
{
	for (size_t i = 0; i < d->slot_count; i++)
		if (d->slots[i].token == token)
			return &d->slots[i];
	return NULL;
}

static struct slot *
slot_place(struct driver *d, const struct place *place)
{
	for (size_t i = 0; i < d->slot_count; i++)
		if (d->slots[i].place.location == place->location &&
			d->slots[i].place.folder == place->folder &&
			d->slots[i].place.memory == place->memory)
			return &d->slots[i];
	if (d->slot_count == SLOTS_MAX)
		return NULL;
	d->slots[d->slot_count] = (struct slot){.place = *place};
	return &d->slots[d->slot_count++];
}

static uint64_t
hash_of(const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static unsigned
occurrence(const struct driver *d, const struct slot *slot)
{
	unsigned n = 1;
	for (size_t i = 0; i < d->slot_count; i++)
		n += &d->slots[i] != slot && d->slots[i].hash == slot->hash &&
		     d->slots[i].len == slot->len && d->slots[i].token < slot->token;
	return n;
}

static void
on_incoming(struct driver *d, const struct letter *l)
{
	const void *bytes = l->good ? (const void *)l->octets : l->text;
	size_t len = l->good ? l->len : strlen(l->text);
	struct slot *slot = slot_place(d, &l->place);
	uint64_t hash = hash_of(bytes, len);
	int64_t now = clock_mono(loop_clock(d->env.loop));
	if (d->taken || !d->connected || !slot)
		return; /* the next look finds it again */
	if (slot->token && slot->hash == hash && slot->len == len) {
		if (slot->committed || slot->stuck || now - slot->told < TELL_AGAIN)
			return;
	} else {
		*slot = (struct slot){.place = l->place,
			.token = ++d->next_token,
			.hash = hash,
			.len = len};
	}
	slot->told = now;
	/* The callee may come back to committed(): `slot` is not used after this. */
	struct incoming in = {.kind = l->good ? INCOMING_TPDU : INCOMING_JUNK,
		.token = slot->token,
		.bytes = bytes,
		.len = len,
		.smsc = l->good ? l->text : "",
		.occurrence = occurrence(d, slot)};
	channel_received(d->env.channel, &in);
}

static void
gammu_committed(struct driver *d, uint64_t token)
{
	struct slot *slot = slot_token(d, token);
	struct job job = {.kind = JOB_DELETE, .id = token};
	if (!slot || slot->committed || slot->stuck)
		return;
	slot->committed = true;
	job.place = slot->place;
	phone_ask(d->phone, &job);
}

static void
on_deleted(struct driver *d, const struct letter *l)
{
	struct slot *slot = slot_token(d, l->id);
	char why[160];
	FAULT("gammu.after_delete");
	if (!slot)
		return;
	if (l->good) {
		*slot = d->slots[--d->slot_count];
		return;
	}
	slot->committed =
		false; /* the next look tells it again, and it is deleted again */
	slot->told = 0;
	if (++slot->refused < REFUSED_MAX)
		return;
	slot->stuck = true;
	snprintf(why, sizeof(why),
		"place %d of folder %d cannot be deleted; its text is stored, and the "
		"place is left alone from now on",
		slot->place.location, slot->place.folder);
	channel_notice(d->env.channel, "sim.slot_stuck", why);
}

/* ---- messages out ---- */

static void
gammu_send(struct driver *d, const struct outgoing *out)
{
	d->out.job =
		(struct job){.kind = JOB_SEND, .id = out->attempt, .len = out->tpdu_len};
	if (!d->up || d->out.state != SENDING_NONE ||
		out->tpdu_len > sizeof(d->out.job.octets)) {
		answer_later(d, "the phone is not ready");
		return;
	}
	memcpy(d->out.job.octets, out->tpdu, out->tpdu_len);
	if (!d->config->reports)
		d->out.job.octets[0] &= 0xDF; /* TP-SRR */
	d->out.state = SENDING_HELD;
}

static void
gammu_release(struct driver *d, uint64_t attempt)
{
	if (d->out.state != SENDING_HELD || d->out.job.id != attempt)
		return;
	FAULT("gammu.before_hand_over");
	d->out.state = SENDING_ASKED;
	phone_ask(d->phone, &d->out.job);
	loop_timer_in(&d->out.timer, BEGIN_PATIENCE);
}

static void
gammu_withdraw(struct driver *d, uint64_t attempt)
{
	if (d->out.state == SENDING_HELD && d->out.job.id == attempt)
		d->out.state = SENDING_NONE;
}

/* The thread is stuck in a call. Not begun: it certainly did not leave. */
static void
on_overdue(void *arg)
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
		answer_later(d, "the phone is busy");
		return;
	}
	d->out.given_up = d->out.job.id;
	answer(d, &(struct outcome){.what = SEND_UNKNOWN,
			  .reference = -1,
			  .code = -1,
			  .why = "the phone did not say what became of it; it may have "
				 "gone out"});
	on_down(d, &down);
	phone_hurry(d->phone);
}

static void
on_begun(struct driver *d, const struct letter *l)
{
	if (d->out.state != SENDING_ASKED || d->out.job.id != l->id)
		return;
	d->out.state = SENDING_BEGUN;
	loop_timer_in(&d->out.timer, d->config->send_timeout + CALL_PATIENCE);
}

/* What became of a send that was answered "unknown" before. */
static void
on_late(struct driver *d, uint64_t attempt, const struct outcome *o)
{
	if (o->what == SEND_SENT)
		channel_evidence(
			d->env.channel, attempt, EVIDENCE_ACCEPTED, o->reference);
	else if (o->what != SEND_UNKNOWN)
		channel_evidence(d->env.channel, attempt, EVIDENCE_NEVER_LEFT, -1);
}

static void
on_outcome(struct driver *d, const struct letter *l)
{
	struct outcome outcome = l->outcome;
	outcome.why = outcome.what == SEND_SENT ? NULL : l->text;
	if (is_sending(d) && d->out.job.id == l->id) {
		answer(d, &outcome);
	} else if (d->out.given_up && d->out.given_up == l->id) {
		d->out.given_up = 0;
		on_late(d, l->id, &outcome);
	}
	decide(d);
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
		decide(d);
		break;
	case LETTER_INCOMING: on_incoming(d, l); break;
	case LETTER_DELETED: on_deleted(d, l); break;
	case LETTER_BEGUN: on_begun(d, l); break;
	case LETTER_OUTCOME: on_outcome(d, l); break;
	case LETTER_EVIDENCE: on_late(d, l->id, &l->outcome); break;
	case LETTER_CALL: channel_called(d->env.channel, l->text); break;
	case LETTER_USSD: ussd_done(d, l->text); break;
	case LETTER_DOWN: on_down(d, l); break;
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
	if (l->kind == LETTER_OUTCOME && is_sending(d) && d->out.job.id == l->id)
		answer(d, &outcome);
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
	loop_timer_init(&d->out.timer, env->loop, on_overdue, d);
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
		answer_later(d, "the channel was closed");
	if (d->phone)
		ended = phone_stop(d->phone, CLOSE_PATIENCE);
	if (!ended)
		log_event(LOG_WARN, "gammu.left_behind",
			LOG_TEXT("device", d->config->device));
	mailbox_free(d->mailbox, on_last_letter);
	if (is_sending(d))
		answer(d, &(struct outcome){.what = SEND_UNKNOWN,
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
