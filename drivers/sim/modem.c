#include "drivers/sim/modem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sim/commands.h"

enum { ME_SLOTS = 50, SR_SLOTS = 20, PIN_TRIES = 3, PUK_TRIES = 10 };

static void on_life(void *arg);

/* ---- birth ---- */

/* Luhn's digit closes an IMEI (23.003 6.2.1) and an ICCID (E.118). */
static void
add_luhn(char *digits)
{
	size_t len = strlen(digits);
	unsigned sum = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned d = (unsigned)(digits[len - 1 - i] - '0');
		if (i % 2 == 0)
			d = d * 2 > 9 ? d * 2 - 9 : d * 2;
		sum += d;
	}
	digits[len] = (char)('0' + (10 - sum % 10) % 10);
	digits[len + 1] = '\0';
}

static void
make_identity(struct sim_modem *m)
{
	const struct sim_country *c = m->sim->country;
	snprintf(m->name, sizeof(m->name), "modem%u", m->index);
	snprintf(m->imei, sizeof(m->imei), "35693803564%03u", m->index % 1000);
	add_luhn(m->imei);
	snprintf(m->imsi, sizeof(m->imsi), "%s%0*u", c->imsi, 15 - (int)strlen(c->imsi),
		m->index + 1);
	snprintf(m->iccid, sizeof(m->iccid), "%s%0*u", c->iccid,
		18 - (int)strlen(c->iccid), m->index + 1);
	add_luhn(m->iccid);
}

static void
init_timers(struct sim_modem *m)
{
	struct loop *loop = m->sim->loop;
	loop_timer_init(&m->work, loop, sim_submit_work, m);
	loop_timer_init(&m->later, loop, sim_submit_late, m);
	loop_timer_init(&m->life, loop, on_life, m);
	loop_timer_init(&m->flood, loop, sim_modem_flood, m);
	loop_timer_init(&m->ack, loop, sim_receive_timeout, m);
	loop_timer_init(&m->ring, loop, sim_modem_ring, m);
}

int
sim_modem_init(struct sim *sim, struct sim_modem *m, unsigned index, struct strbuf *err)
{
	char number[32];
	*m = (struct sim_modem){.sim = sim,
		.index = index,
		.last_mr = 255,
		.pin_tries = PIN_TRIES,
		.puk_tries = PUK_TRIES,
		.latency = sim->options.latency,
		.in = STRBUF_INIT(64 * 1024),
		.held = STRBUF_INIT(64 * 1024),
		.buffered = STRBUF_INIT(64 * 1024),
		.scratch = STRBUF_INIT(8 * 1024)};
	m->last_next = &m->first;
	make_identity(m);
	snprintf(m->balance, sizeof(m->balance), "Balance 12,340 KRW");
	init_timers(m);
	sim_storage_init(&m->storage, sim->options.storage, ME_SLOTS, SR_SLOTS);
	if (sim->options.pin) {
		m->pin_on = true;
		snprintf(m->pin, sizeof(m->pin), "%s", sim->options.pin);
	}
	sim_pty_init(&m->port, sim->loop, sim_modem_hear, m);
	snprintf(number, sizeof(number), sim->country->number, index);
	m->me = sim_subscriber(sim, number, err);
	if (!m->me)
		return -EINVAL;
	m->me->modem = m;
	snprintf(m->link, sizeof(m->link), "%s/%s", sim->dir, m->name);
	return sim_modem_plug(m, m->link, err);
}

void
sim_modem_done(struct sim_modem *m)
{
	loop_timer_stop(&m->work);
	loop_timer_stop(&m->later);
	loop_timer_stop(&m->life);
	loop_timer_stop(&m->flood);
	loop_timer_stop(&m->ack);
	loop_timer_stop(&m->ring);
	sim_pty_done(&m->port);
	sim_storage_done(&m->storage);
	if (m->unacked)
		sim_parcel_free(m->sim, m->unacked);
	while (m->first) {
		struct sim_parcel *p = m->first;
		m->first = p->next;
		sim_parcel_free(m->sim, p);
	}
	strbuf_done(&m->in);
	strbuf_done(&m->held);
	strbuf_done(&m->buffered);
	strbuf_done(&m->scratch);
}

void
sim_modem_note(struct sim_modem *m, const char *kind)
{
	sim_ledger_begin(&m->sim->ledger, kind);
	sim_ledger_text(&m->sim->ledger, "modem", m->name);
}

static void
note_alone(struct sim_modem *m, const char *kind)
{
	sim_modem_note(m, kind);
	sim_ledger_end(&m->sim->ledger);
}

/* ---- life ---- */

/* What a power cycle or AT+CFUN=1,1 leaves: defaults, and a SIM that wants its PIN again.
 */
static void
power_on(struct sim_modem *m)
{
	m->set = (struct sim_settings){.echo = true, .verbose = true, .radio = true};
	m->set.cmgf = m->text_after_boot;
	snprintf(m->set.charset, sizeof(m->set.charset), "GSM");
	snprintf(m->set.smsc, sizeof(m->set.smsc), "%s", m->sim->country->smsc);
	if (m->pin_on && m->lock == SIM_UNLOCKED)
		m->lock = SIM_WANTS_PIN;
	if (sim_fault_on(&m->faults, FAULT_MR_RESET))
		m->last_mr = 255;
	m->line_len = m->bytes_len = 0;
	m->line_over = m->muted = m->full_said = false;
	m->last[0] = '\0';
	m->state = SIM_IDLE;
}

/* What was at work dies with the power; what was handed over without an acknowledgement
 * goes back to the network, which will try again. */
static void
power_off(struct sim_modem *m)
{
	loop_timer_stop(&m->work);
	loop_timer_stop(&m->later);
	loop_timer_stop(&m->life);
	loop_timer_stop(&m->ack);
	strbuf_reset(&m->in);
	strbuf_reset(&m->held);
	strbuf_reset(&m->buffered);
	sim_receive_put_back(m);
	m->put_back = false;
	m->state = SIM_OFF;
}

int
sim_modem_plug(struct sim_modem *m, const char *link, struct strbuf *err)
{
	int r = sim_pty_plug(&m->port, link, err);
	if (r < 0)
		return r;
	power_off(m);
	power_on(m);
	sim_modem_note(m, "plug");
	sim_ledger_text(&m->sim->ledger, "path", link);
	sim_ledger_end(&m->sim->ledger);
	sim_modem_settle(m);
	return 0;
}

void
sim_modem_unplug(struct sim_modem *m, int64_t back_after)
{
	power_off(m);
	sim_pty_unplug(&m->port);
	note_alone(m, "unplug");
	m->next_life = SIM_LIFE_PLUG;
	if (back_after)
		loop_timer_in(&m->life, back_after);
}

void
sim_modem_reboot(struct sim_modem *m, int64_t back_after)
{
	if (!sim_pty_plugged(&m->port))
		return; /* it starts when it is plugged in */
	power_off(m);
	note_alone(m, "reboot");
	m->next_life = SIM_LIFE_BOOT;
	loop_timer_in(&m->life, back_after);
}

const char *
sim_modem_lock(const struct sim_modem *m)
{
	switch (m->lock) {
	case SIM_UNLOCKED: return "READY";
	case SIM_WANTS_PIN: return "SIM PIN";
	case SIM_WANTS_PUK: return "SIM PUK";
	}
	abort();
}

static void
boot_said(struct sim_modem *m)
{
	sim_modem_shout(m, "RDY");
	sim_modem_shout(m, "+CFUN: 1");
	sim_modem_shout(m, "+CPIN: %s", sim_modem_lock(m));
	if (m->lock == SIM_UNLOCKED) {
		sim_modem_shout(m, "Call Ready");
		sim_modem_shout(m, "SMS Ready");
	}
}

static void
on_life(void *arg)
{
	struct sim_modem *m = arg;
	struct strbuf err = STRBUF_SENTENCE;
	switch (m->next_life) {
	case SIM_LIFE_BOOT:
		power_on(m);
		note_alone(m, "boot");
		boot_said(m);
		break;
	case SIM_LIFE_PLUG:
		/* Without a terminal it stays unplugged; the ledger shows it. */
		if (sim_modem_plug(m, m->link, &err) < 0)
			note_alone(m, "plug-failed");
		break;
	case SIM_LIFE_WAKE:
		if (m->state == SIM_HUNG)
			m->state = SIM_IDLE;
		break;
	}
	strbuf_done(&err);
	sim_modem_settle(m);
}

int
sim_modem_registration(const struct sim_modem *m)
{
	const struct sim_fault_armed *stat = sim_fault_on(&m->faults, FAULT_CREG_STAT);
	if (!m->set.radio || m->lock != SIM_UNLOCKED)
		return 0;
	if (sim_fault_on(&m->faults, FAULT_CREG_SEARCHING))
		return 2;
	return stat ? (int)stat->value : 1;
}

bool
sim_modem_registered(const struct sim_modem *m)
{
	int stat = sim_modem_registration(m);
	return stat == 1 || (stat >= 5 && stat <= 7) || stat == 9 || stat == 10;
}

bool
sim_modem_sim_ready(const struct sim_modem *m)
{
	return m->state != SIM_OFF && m->lock == SIM_UNLOCKED &&
	       (!m->sim_busy_until ||
		       clock_mono(loop_clock(m->sim->loop)) >= m->sim_busy_until);
}

/* ---- faults ---- */

static void
note_fault(struct sim_modem *m, const char *kind, const struct sim_fault_armed *armed)
{
	const struct sim_fault_row *row = &sim_fault_rows[armed->id];
	sim_modem_note(m, kind);
	sim_ledger_text(&m->sim->ledger, "fault", row->name);
	if (row->key)
		sim_ledger_int(&m->sim->ledger, row->key, armed->value);
	sim_ledger_end(&m->sim->ledger);
}

bool
sim_modem_strike(struct sim_modem *m, enum sim_fault id, struct sim_fault_armed *ret)
{
	if (!sim_fault_strike(&m->faults, id, ret))
		return false;
	note_fault(m, "fault", ret);
	return true;
}

static void
re_enumerate(struct sim_modem *m, const struct sim_fault_armed *armed)
{
	if (armed->word[0] && !strchr(armed->word, '/'))
		snprintf(m->link, sizeof(m->link), "%s/%s", m->sim->dir, armed->word);
	sim_modem_unplug(m, MAX(armed->value, 1));
}

static void
hang(struct sim_modem *m, int64_t ms)
{
	if (m->state == SIM_OFF)
		return;
	loop_timer_stop(&m->work);
	m->state = SIM_HUNG;
	m->line_len = 0;
	strbuf_reset(&m->in);
	m->next_life = SIM_LIFE_WAKE;
	if (ms)
		loop_timer_in(&m->life, ms);
}

/* True when the modem is not the same afterwards: whatever was going on is over. */
static bool
act(struct sim_modem *m, const struct sim_fault_armed *armed)
{
	note_fault(m, "fault", armed);
	switch ((int)armed->id) {
	case FAULT_MR_SET: m->last_mr = (int)(armed->value + 255) % 256; return false;
	case FAULT_SIM_BUSY:
		m->sim_busy_until = clock_mono(loop_clock(m->sim->loop)) + armed->value;
		return false;
	case FAULT_SIM_PIN:
		m->pin_on = true;
		snprintf(m->pin, sizeof(m->pin), "%04u",
			(unsigned)armed->value % 100000000u);
		m->lock = SIM_WANTS_PIN;
		return false;
	case FAULT_SIM_PUK:
		m->pin_on = true;
		m->pin_tries = 0;
		m->lock = SIM_WANTS_PUK;
		return false;
	case FAULT_REBOOT:
		m->text_after_boot = !strcmp(armed->word, "text");
		sim_modem_reboot(m, armed->value);
		return true;
	case FAULT_UNPLUG: sim_modem_unplug(m, armed->value); return true;
	case FAULT_RE_ENUMERATE: re_enumerate(m, armed); return true;
	case FAULT_HANG: hang(m, armed->value); return true;
	}
	return false;
}

bool
sim_modem_act(struct sim_modem *m)
{
	for (size_t i = 0; i < m->faults.count; i++) {
		struct sim_fault_armed armed;
		enum sim_fault id = m->faults.armed[i].id;
		if (sim_fault_rows[id].kind != FAULT_ACTION)
			continue;
		if (sim_fault_strike(&m->faults, id, &armed) && act(m, &armed))
			return true;
	}
	return false;
}

/* AT+CREG=1 and 2: the change is told (27.007 7.2). */
static void
tell_registration(struct sim_modem *m, int was)
{
	int stat = sim_modem_registration(m);
	if (stat == was || m->state == SIM_OFF || m->state == SIM_HUNG || !m->set.creg[0])
		return;
	sim_modem_urc(m, "+CREG: %d", stat);
}

int
sim_modem_fault(
	struct sim_modem *m, const struct sim_fault_armed *armed, struct strbuf *err)
{
	if (sim_fault_rows[armed->id].kind == FAULT_ACTION && !armed->after) {
		act(m, armed);
		sim_modem_settle(m);
		return 0;
	}
	int was = sim_modem_registration(m);
	int r = sim_fault_arm(&m->faults, armed, err);
	if (r < 0)
		return r;
	tell_registration(m, was);
	note_fault(m, "arm", armed);
	if (armed->id == FAULT_TRICKLE) {
		m->port.drip = armed->value;
		m->port.piece = armed->word[0] ? (size_t)MAX(atoi(armed->word), 1) : 1;
	} else if (armed->id == FAULT_URC_FLOOD) {
		loop_timer_in(&m->flood, MAX(armed->value, 1));
	}
	return 0;
}

void
sim_modem_clear(struct sim_modem *m)
{
	int was = sim_modem_registration(m);
	sim_fault_clear(&m->faults);
	m->port.drip = 0;
	m->muted = false;
	m->text_after_boot = false;
	m->sim_busy_until = 0;
	loop_timer_stop(&m->flood);
	if (m->state == SIM_HUNG)
		m->state = SIM_IDLE;
	tell_registration(m, was);
	note_alone(m, "clear");
	sim_modem_settle(m);
}
