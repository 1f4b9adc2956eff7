/* The set-up of a modem: a table of commands, worked through from top to bottom. MUST
 * steps that fail end in recovery, TRY steps are passed over; a SIM or a modem that is
 * still busy is asked again for half a minute. */
#include "drivers/at/init.h"

#include <string.h>

enum init_need { TRY, MUST };

struct init_step {
	const char *text; /* the command; NULL: `make` writes it */
	bool (*make)(struct driver *d, char *ret_text, size_t size);
	enum init_next (*run)(struct driver *d); /* instead of a command */
	const char *prefixes;
	int64_t deadline;
	enum init_need need;
	enum init_next (*done)(struct driver *d,
		const struct chat_reply *reply); /* NULL: OK is enough */
};

#define INIT_BUSY_TRIES 30

static void init_run(struct driver *d);

bool
init_ok(const struct chat_reply *reply)
{
	return reply->final.kind == FINAL_OK;
}

const char *
init_line(const struct chat_reply *reply)
{
	return init_ok(reply) && reply->count > 0 ? reply->lines[0] : "";
}

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
	STEP_MAKE(init_seek_make, "*", 5 * SECOND, TRY, init_seek),
	STEP_TEXT("AT+CMEE=1", "", 5 * SECOND, TRY, NULL),
	STEP_TEXT("AT+CGMI", "*", 5 * SECOND, TRY, init_manufacturer),
	STEP_TEXT("AT+CGMM", "*", 5 * SECOND, TRY, init_model),
	STEP_TEXT("AT+CGMR", "*", 5 * SECOND, TRY, init_revision),
	STEP_RUN(init_profile),
	STEP_MAKE(init_vendor, "*", 10 * SECOND, TRY, init_each),
	STEP_TEXT("AT+CGSN", "*", 5 * SECOND, TRY, init_imei),
	STEP_TEXT("AT+CPIN?", "+CPIN", 15 * SECOND, MUST, init_sim),
	STEP_MAKE(init_iccid_make, "*", 10 * SECOND, TRY, init_iccid),
	STEP_RUN(init_check_who),
	STEP_RUN(init_pin),
	STEP_MAKE(init_tries_make, "*", 10 * SECOND, TRY, init_tries),
	STEP_RUN(init_pin_send),
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
	STEP_MAKE(init_csms_make, "+CSMS", 10 * SECOND, TRY, init_csms),
	STEP_MAKE(init_nack_make, "", 10 * SECOND, TRY, NULL),
	STEP_TEXT("AT+CNMI=?", "+CNMI", 10 * SECOND, TRY, init_cnmi_sets),
	STEP_MAKE(init_cnmi_make, "", 10 * SECOND, TRY, init_cnmi),
	STEP_TEXT("AT+CREG=1", "", 10 * SECOND, TRY, NULL),
	STEP_TEXT("AT+CEREG=1", "", 10 * SECOND, TRY, NULL),
	STEP_TEXT("AT+CLIP=1", "", 10 * SECOND, TRY, NULL),
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
	d->parting[0] = d->facts.reports[0] = '\0';
	console_abort(d, "the modem was set up again");
	ussd_abort(d, "the modem was set up again");
	chores_clear(d);
	receive_forget(d);
	init_run(d);
}

/* The timer of MODEM_INIT. */
void
init_timer(struct driver *d)
{
	if (!init_pin_timer(d))
		init_run(d);
}

bool
init_asks_sim(const struct driver *d)
{
	return steps[d->init.step].done == init_sim;
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

void
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
		/* What an earlier life left without its acknowledgement sends the modem
		 * back to storing soon. */
		if (d->csms)
			loop_timer_in(&d->sweep, 8 * SECOND);
		chores_push(d, CHORE_OPERATOR);
		modem_enter(d, MODEM_SEARCHING);
	} else if (step->run) {
		init_go_on(d, step->run(d));
	} else {
		init_command(d, step);
	}
}
