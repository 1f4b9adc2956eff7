/* The set-up of a modem: a table of commands, worked through from top to bottom. MUST
 * steps that fail end in recovery, TRY steps are passed over; a SIM or a modem that is
 * still busy is asked again for half a minute. */
#include "drivers/at/modem.h"
#include "gateway/base/log.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum init_next {
	INIT_NEXT,   /* go on */
	INIT_AGAIN,  /* the same step, with its next alternative */
	INIT_LATER,  /* the same step in a second */
	INIT_SLOWLY, /* the same step in five */
	INIT_WAIT,   /* somebody else goes on */
	INIT_FAILED, /* as if the modem had said ERROR */
};

enum init_need { TRY, MUST };

struct init_step {
	const char *text; /* the command; NULL: `make` writes it */
	/* False: nothing (more) to do here. NULL with no text: `run` is all there is. */
	bool (*make)(struct driver *d, char *ret_text, size_t size);
	enum init_next (*run)(struct driver *d);
	const char *prefixes;
	int64_t deadline;
	enum init_need need;
	/* NULL: OK is enough. Called for every final result; see init_answer(). */
	enum init_next (*done)(struct driver *d, const struct chat_reply *reply);
};

#define INIT_BUSY_TRIES 30
#define PIN_AGAIN       (5 * SECOND) /* the store did not say that it kept the note */

static const struct init_step steps[];

static void init_run(struct driver *d);
static void init_go_on(struct driver *d, enum init_next next);

static bool
init_ok(const struct chat_reply *reply)
{
	return reply->final.kind == FINAL_OK;
}

static const char *
init_line(const struct chat_reply *reply)
{
	return init_ok(reply) && reply->count > 0 ? reply->lines[0] : "";
}

/* ---- who it is ---- */

static enum init_next
init_manufacturer(struct driver *d, const struct chat_reply *reply)
{
	parse_value(init_line(reply), "+CGMI", d->who.manufacturer,
		sizeof(d->who.manufacturer));
	return INIT_NEXT;
}

static enum init_next
init_model(struct driver *d, const struct chat_reply *reply)
{
	parse_value(init_line(reply), "+CGMM", d->who.model, sizeof(d->who.model));
	return INIT_NEXT;
}

static enum init_next
init_revision(struct driver *d, const struct chat_reply *reply)
{
	parse_value(init_line(reply), "+CGMR", d->who.revision, sizeof(d->who.revision));
	return INIT_NEXT;
}

static enum init_next
init_profile(struct driver *d)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct profile found;
	int r = profile_find(d->env.notes_dir, d->config.profile, d->who.manufacturer,
		d->who.model, &found, &err);

	profile_free(&d->profile);
	d->profile = found;
	d->chat.gap = found.command_gap;
	snprintf(d->who.profile, sizeof(d->who.profile), "%s", found.name);
	if (r)
		modem_notice(d, "modem.profile", "%s; using the built-in profile", err.s);
	return INIT_NEXT;
}

static bool
init_vendor(struct driver *d, char *ret_text, size_t size)
{
	const char *list = d->profile.init;
	bool found = true;

	for (size_t i = 0; found && i <= d->init.item; i++)
		found = profile_next(&list, ";;", ret_text, size);
	return found;
}

static enum init_next
init_each(struct driver *d, const struct chat_reply *reply)
{
	(void)reply;
	d->init.item++;
	return INIT_AGAIN;
}

static enum init_next
init_imei(struct driver *d, const struct chat_reply *reply)
{
	for (size_t i = 0; i < reply->count; i++)
		if (parse_digits(reply->lines[i], 14, d->who.imei, sizeof(d->who.imei)) ==
			0)
			break;
	return INIT_NEXT;
}

static enum init_next
init_imsi(struct driver *d, const struct chat_reply *reply)
{
	if (!parse_digits(init_line(reply), 6, d->who.imsi, sizeof(d->who.imsi)))
		return INIT_NEXT;
	return INIT_NEXT;
}

static const char *const iccid_commands[] = {"AT+CCID", "AT+CRSM=176,12258,0,0,10",
	"AT+ICCID", "AT^ICCID?", "AT+QCCID", "AT+CICCID", "AT#CCID", "AT^SCID"};

static bool
init_iccid_make(struct driver *d, char *ret_text, size_t size)
{
	if (d->init.item >= ARRAY_LEN(iccid_commands))
		return false;
	snprintf(ret_text, size, "%s", iccid_commands[d->init.item]);
	return true;
}

static enum init_next
init_iccid(struct driver *d, const struct chat_reply *reply)
{
	const char *line = init_line(reply);

	if (parse_crsm_iccid(line, d->who.iccid, sizeof(d->who.iccid)) == 0)
		return INIT_NEXT;
	if (!parse_after(line, "+CRSM") &&
		parse_digits(line, 18, d->who.iccid, sizeof(d->who.iccid)) == 0)
		return INIT_NEXT;
	d->init.item++;
	return INIT_AGAIN;
}

/* EF_SMSS, 31.102 4.2.9: the last TP-MR used. */
static enum init_next
init_last_mr(struct driver *d, const struct chat_reply *reply)
{
	int mr;

	if (parse_crsm_mr(init_line(reply), &mr) == 0)
		d->sim_mr = mr;
	return INIT_NEXT;
}

/* Told before anything is read from the SIM: what is received belongs to this one. */
static enum init_next
init_identify(struct driver *d)
{
	channel_identify(d->env.channel, &d->who);
	if (d->sim_mr >= 0)
		channel_sim_reference(d->env.channel, d->sim_mr);
	return INIT_NEXT;
}

static enum init_next
init_number(struct driver *d, const struct chat_reply *reply)
{
	const char *p = init_line(reply);
	char digits[22];

	while (*p && *p != ',')
		p++;
	if (parse_digits(p, 5, digits, sizeof(digits)) == 0)
		snprintf(d->who.own_number, sizeof(d->who.own_number), "%s%s",
			strchr(p, '+') ? "+" : "", digits);
	return INIT_NEXT;
}

/* ---- the PIN: at most once for each SIM and PIN, and never without a durable note ----
 */

static enum init_next
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
		steps[d->init.step].done != init_sim)
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

static void
init_pin_answer(void *arg, const struct chat_reply *reply)
{
	struct driver *d = arg;

	if (reply->result == CHAT_CANCELED)
		return;
	if (reply->result == CHAT_DONE && init_ok(reply)) {
		init_pin_note(d, "right", init_pin_noted);
		d->init.step++;
		init_run(d);
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
init_pin(struct driver *d)
{
	char key[64], known[16] = "";

	if (!d->init.pin_wanted)
		return INIT_NEXT;
	if (!d->config.pin || !*d->config.pin) {
		modem_block(d, "the SIM wants its PIN: set `pin` in the channel");
		return INIT_WAIT;
	}
	if (!d->who.iccid[0] && !d->who.imei[0]) {
		modem_block(d,
			"the SIM wants its PIN, but cannot be told from others: enter it "
			"in a phone and switch the PIN off");
		return INIT_WAIT;
	}
	init_pin_key(d, key, sizeof(key));
	channel_recall(d->env.channel, key, known, sizeof(known));
	if (known[0] && strcmp(known, "right") != 0) {
		modem_block(d,
			"this pin has been tried on this SIM before and did not open it; "
			"it is not tried again. Correct `pin`, or unlock the SIM in a "
			"phone");
		return INIT_WAIT;
	}
	d->init.pin_asked = true;
	loop_timer_in(&d->timer, PIN_AGAIN);
	init_pin_note(d, "tried", init_pin_go);
	return INIT_WAIT;
}

/* After the PIN the SIM takes a moment. */
static bool
init_opened_make(struct driver *d, char *ret_text, size_t size)
{
	snprintf(ret_text, size, "AT+CPIN?");
	return d->init.pin_wanted;
}

static enum init_next
init_opened(struct driver *d, const struct chat_reply *reply)
{
	if (strstr(init_line(reply), "READY"))
		return INIT_NEXT;
	if (d->init.tries < 10)
		return INIT_LATER;
	modem_block(d, "the SIM took the pin and did not open");
	return INIT_WAIT;
}

/* ---- how it stores and tells ---- */

static enum init_next
init_csca(struct driver *d, const struct chat_reply *reply)
{
	char number[24];

	if (parse_csca(init_line(reply), number, sizeof(number)) == 0 && !number[0] &&
		!d->config.smsc)
		modem_notice(d, "sim.no_smsc",
			"the SIM has no service centre number; if sending "
			"fails, set `smsc` in the channel");
	return INIT_NEXT;
}

static bool
init_csca_make(struct driver *d, char *ret_text, size_t size)
{
	if (!d->config.smsc || !*d->config.smsc)
		return false;
	snprintf(ret_text, size, "AT+CSCA=\"%s\",%d", d->config.smsc,
		*d->config.smsc == '+' ? 145 : 129);
	return true;
}

static enum init_next
init_mems(struct driver *d, const struct chat_reply *reply)
{
	if (parse_cpms_test(init_line(reply), &d->init.mems))
		d->init.mems.count = 0;
	return INIT_NEXT;
}

/* A memory is a candidate when every group offers it, so that what is received can be
 * read and deleted without changing memories; without an answer to AT+CPMS=? all are
 * tried. */
static bool
init_mem_offered(const struct driver *d, const char *mem)
{
	for (size_t i = 0; i < d->init.mems.count; i++)
		if (!parse_mem_has(&d->init.mems.group[i], mem))
			return false;
	return true;
}

static bool
init_mem_item(struct driver *d, char *ret_mem, size_t size)
{
	const char *list = d->profile.storage;
	size_t item = 0;

	while (profile_next(&list, ",", ret_mem, size))
		if (init_mem_offered(d, ret_mem) && item++ == d->init.item)
			return true;
	return false;
}

static bool
init_mem_make(struct driver *d, char *ret_text, size_t size)
{
	size_t args = d->init.mems.count ? d->init.mems.count : 3;
	char mem[PARSE_MEM_SIZE];
	int n;

	if (!init_mem_item(d, mem, sizeof(mem)))
		return false;
	n = snprintf(ret_text, size, "AT+CPMS=\"%s\"", mem);
	for (size_t i = 1; i < args; i++)
		n += snprintf(ret_text + n, size - (size_t)n, ",\"%s\"", mem);
	return true;
}

static enum init_next
init_mem(struct driver *d, const struct chat_reply *reply)
{
	struct mem_use use[PARSE_GROUPS];
	size_t count;

	if (!init_ok(reply)) {
		d->init.item++;
		return INIT_AGAIN;
	}
	init_mem_item(d, d->mem, sizeof(d->mem));
	memcpy(d->receive, d->mem, sizeof(d->receive));
	if (parse_cpms(init_line(reply), use, &count) == 0)
		receive_use(d, use, count);
	return INIT_NEXT;
}

/* None could be set: at least learn which one is in use. */
static bool
init_mem_ask_make(struct driver *d, char *ret_text, size_t size)
{
	snprintf(ret_text, size, "AT+CPMS?");
	return d->mem[0] == '\0';
}

static enum init_next
init_mem_ask(struct driver *d, const struct chat_reply *reply)
{
	struct mem_use use[PARSE_GROUPS];
	size_t count;

	if (parse_cpms(init_line(reply), use, &count) == 0 && count > 0) {
		memcpy(d->mem, use[0].name, sizeof(d->mem));
		memcpy(d->receive, use[count - 1].name, sizeof(d->receive));
		receive_use(d, use, count);
	}
	return INIT_NEXT;
}

static enum init_next
init_cnmi_sets(struct driver *d, const struct chat_reply *reply)
{
	if (parse_sets(init_line(reply), "+CNMI", &d->init.cnmi))
		d->init.cnmi.count = 0;
	return INIT_NEXT;
}

static bool
init_cnmi_offered(const struct driver *d, const char *candidate)
{
	for (size_t i = 0; i < d->init.cnmi.count && candidate && *candidate; i++) {
		int value = *candidate - '0';

		if (value >= 0 && value < 10 &&
			!parse_sets_has(&d->init.cnmi, i, (unsigned)value))
			return false;
		candidate = strchr(candidate, ',');
		candidate += candidate != NULL;
	}
	return true;
}

static bool
init_cnmi_make(struct driver *d, char *ret_text, size_t size)
{
	const char *list = d->profile.cnmi;
	char candidate[32];
	size_t item = 0;

	while (profile_next(&list, ";", candidate, sizeof(candidate)))
		if (init_cnmi_offered(d, candidate) && item++ == d->init.item) {
			snprintf(ret_text, size, "AT+CNMI=%s", candidate);
			return true;
		}
	log_event(LOG_WARN, "at.polling", LOG_TEXT("channel", d->chat.name),
		LOG_TEXT("why", "the modem refuses to announce messages"));
	return false;
}

static enum init_next
init_cnmi(struct driver *d, const struct chat_reply *reply)
{
	d->init.item++;
	return init_ok(reply) ? INIT_NEXT : INIT_AGAIN;
}

/* ---- the script ---- */

#define STEP_TEXT(t, p, dl, n, fn)                                                       \
	{                                                                                \
		t, NULL, NULL, p, dl, n, fn                                              \
	}
#define STEP_MAKE(mk, p, dl, n, fn)                                                      \
	{                                                                                \
		NULL, mk, NULL, p, dl, n, fn                                             \
	}
#define STEP_RUN(r)                                                                      \
	{                                                                                \
		NULL, NULL, r, "", 0, TRY, NULL                                          \
	}

static const struct init_step steps[] = {
	STEP_TEXT("ATE0", "", 5 * SECOND, MUST, NULL),
	STEP_TEXT("AT+CMEE=1", "", 5 * SECOND, TRY, NULL),
	STEP_TEXT("AT+CGMI", "*", 5 * SECOND, TRY, init_manufacturer),
	STEP_TEXT("AT+CGMM", "*", 5 * SECOND, TRY, init_model),
	STEP_TEXT("AT+CGMR", "*", 5 * SECOND, TRY, init_revision),
	STEP_RUN(init_profile),
	STEP_MAKE(init_vendor, "*", 10 * SECOND, TRY, init_each),
	STEP_TEXT("AT+CGSN", "*", 5 * SECOND, TRY, init_imei),
	STEP_TEXT("AT+CPIN?", "+CPIN", 15 * SECOND, MUST, init_sim),
	STEP_MAKE(init_iccid_make, "*", 10 * SECOND, TRY, init_iccid),
	STEP_RUN(init_pin),
	STEP_MAKE(init_opened_make, "+CPIN", 15 * SECOND, TRY, init_opened),
	STEP_TEXT("AT+CIMI", "*", 10 * SECOND, TRY, init_imsi),
	STEP_TEXT("AT+CRSM=176,28483,0,0,2", "+CRSM", 10 * SECOND, TRY, init_last_mr),
	STEP_TEXT("AT+CNUM", "+CNUM", 10 * SECOND, TRY, init_number),
	STEP_RUN(init_identify),
	STEP_TEXT("AT+CMGF=0", "", 10 * SECOND, MUST, NULL),
	STEP_TEXT("AT+CSCA?", "+CSCA", 10 * SECOND, TRY, init_csca),
	STEP_MAKE(init_csca_make, "", 10 * SECOND, TRY, NULL),
	STEP_TEXT("AT+CPMS=?", "+CPMS", 10 * SECOND, TRY, init_mems),
	STEP_MAKE(init_mem_make, "+CPMS", 10 * SECOND, TRY, init_mem),
	STEP_MAKE(init_mem_ask_make, "+CPMS", 10 * SECOND, TRY, init_mem_ask),
	STEP_TEXT("AT+CSMS=0", "+CSMS", 10 * SECOND, TRY, NULL),
	STEP_TEXT("AT+CNMI=?", "+CNMI", 10 * SECOND, TRY, init_cnmi_sets),
	STEP_MAKE(init_cnmi_make, "", 10 * SECOND, TRY, init_cnmi),
	STEP_TEXT("AT+CREG=1", "", 10 * SECOND, TRY, NULL),
	STEP_TEXT("AT+CEREG=1", "", 10 * SECOND, TRY, NULL),
};

void
init_begin(struct driver *d)
{
	memset(&d->init, 0, sizeof(d->init));
	memset(&d->who, 0, sizeof(d->who));
	d->sim_mr = -1;
	d->creg = d->cereg = d->cgreg = -1;
	d->mem[0] = d->receive[0] = '\0';
	d->facts.storage_used = d->facts.storage_total = -1;
	console_abort(d, "the modem was set up again");
	chores_clear(d);
	receive_forget(d);
	init_run(d);
}

/* The timer of MODEM_INIT. */
void
init_timer(struct driver *d)
{
	if (d->init.pin_asked)
		init_pin_note(d, "tried", init_pin_go);
	if (d->init.pin_asked)
		loop_timer_in(&d->timer, PIN_AGAIN);
	else
		init_run(d);
}

static bool
init_is_busy(const struct final *f)
{
	const struct code *code = codes_find(f, VENDOR_CMS_NONE);

	if (f->kind == FINAL_CME)
		return code->code == 14 || code->code == 515;
	return f->kind == FINAL_CMS && (code->code == 302 || code->code == 314);
}

/* No SIM and its like: waiting longer does not help. */
static const char *
init_hopeless(const struct final *f)
{
	const struct code *code = codes_find(f, VENDOR_CMS_NONE);

	if (f->kind == FINAL_CME && code->class == CODE_OPERATOR && code->code >= 10 &&
		code->code <= 15)
		return code->sentence;
	return NULL;
}

static void
init_go_on(struct driver *d, enum init_next next)
{
	const char *why;

	switch (next) {
	case INIT_NEXT:
		d->init.step++;
		d->init.item = 0;
		d->init.tries = 0;
		init_run(d);
		break;
	case INIT_AGAIN: init_run(d); break;
	case INIT_LATER:
	case INIT_SLOWLY:
		d->init.tries++;
		loop_timer_in(&d->timer, next == INIT_LATER ? SECOND : 5 * SECOND);
		break;
	case INIT_FAILED:
		why = "the modem refuses a command that it cannot do without";
		recover_fault(d, why);
		break;
	case INIT_WAIT: break;
	}
}

static void
init_answer(void *arg, const struct chat_reply *reply)
{
	struct driver *d = arg;
	const struct init_step *step = &steps[d->init.step];
	enum init_next next = INIT_NEXT;
	const char *why;

	if (reply->result == CHAT_CANCELED)
		return;
	if (reply->result != CHAT_DONE) {
		if (step->need == MUST)
			recover_fault(d, "the modem stopped answering during its set-up");
		else
			recover_fault(d, "the modem did not answer a question");
		return;
	}
	if (!init_ok(reply) && init_is_busy(&reply->final) &&
		d->init.tries < INIT_BUSY_TRIES) {
		init_go_on(d, INIT_LATER);
		return;
	}
	if (!init_ok(reply) && step->need == MUST &&
		(why = init_hopeless(&reply->final))) {
		modem_block(d, why);
		return;
	}
	if (step->done)
		next = step->done(d, reply);
	else if (!init_ok(reply) && step->need == MUST)
		next = INIT_FAILED;
	init_go_on(d, next);
}

static void
init_command(struct driver *d, const struct init_step *step)
{
	char text[256];
	struct chat_command command = {.text = step->text,
		.prefixes = step->prefixes,
		.deadline = step->deadline,
		.done = init_answer,
		.arg = d};

	if (!step->text) {
		if (!step->make(d, text, sizeof(text))) {
			init_go_on(d, INIT_NEXT);
			return;
		}
		command.text = text;
	}
	/* Wavecom: "+CPIN: READY" with no OK behind it. */
	if (d->profile.cpin_no_ok && strcmp(step->prefixes, "+CPIN") == 0)
		command.grace = SECOND / 2;
	chat_send(&d->chat, &command);
}

static void
init_run(struct driver *d)
{
	const struct init_step *step = &steps[d->init.step];

	if (d->init.step == ARRAY_LEN(steps)) {
		receive_drain(d);
		receive_sweep(d);
		chores_push(d, CHORE_OPERATOR);
		modem_enter(d, MODEM_SEARCHING);
	} else if (step->run) {
		init_go_on(d, step->run(d));
	} else {
		init_command(d, step);
	}
}
