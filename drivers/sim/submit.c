/* From AT+CMGS to the air: prompt, PDU, latency, answer. Where most of a modem's lies
 * live. */
#include "drivers/sim/modem.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "drivers/sim/commands.h"
#include "gateway/sms/segment.h"

static bool
at_prompt(const struct sim_fault_armed *f)
{
	return !strcmp(f->word, "prompt");
}

/* A refusal armed for the prompt must not be used up by the PDU stage, nor the reverse.
 */
static bool
refused(struct sim_modem *m, bool prompt, struct sim_fault_armed *f)
{
	const struct sim_fault_armed *armed = NULL;
	for (size_t i = 0; !armed && i < m->faults.count; i++)
		if (m->faults.armed[i].id == FAULT_CMS)
			armed = &m->faults.armed[i];
	return armed && at_prompt(armed) == prompt && sim_modem_strike(m, FAULT_CMS, f);
}

static void
note_refusal(struct sim_modem *m, int code)
{
	sim_modem_note(m, "refused");
	sim_ledger_int(&m->sim->ledger, "cms", code);
	sim_ledger_end(&m->sim->ledger);
}

static int
read_arguments(struct sim_modem *m, enum sim_data what, char *args)
{
	struct sim_args a;
	int n;
	bool quoted = *args == '"';
	sim_args_split(args, &a);
	if (m->set.cmgf) {
		if (!quoted && what == SIM_DATA_SEND)
			return SIM_CMS(305);
		snprintf(m->dest, sizeof(m->dest), "%s", a.v[0]);
		return SIM_OK;
	}
	if (sim_args_int(a.v[0], 1, 176, -1, &n) < 0 || n < 0)
		return SIM_CMS(304);
	m->length = (unsigned)n;
	if (sim_args_int(a.v[1], 0, 3, SIM_UNSENT, &n) < 0)
		return SIM_CMS(304);
	m->stat = (unsigned)n;
	return SIM_OK;
}

int
sim_submit_begin(struct sim_modem *m, enum sim_data what, char *args)
{
	struct sim_fault_armed f;
	int r = read_arguments(m, what, args);
	if (r != SIM_OK)
		return r;
	m->data = what;
	if (what == SIM_DATA_SEND) {
		m->gap = m->answered ? sim_ledger_us() - m->answered : -1;
		m->answered = 0;
		if (sim_modem_act(m))
			return SIM_LATER;
		if (!sim_modem_registered(m))
			return SIM_CMS(331);
		if (refused(m, true, &f)) {
			note_refusal(m, (int)f.value);
			return SIM_CMS((int)f.value);
		}
		if (sim_modem_strike(m, FAULT_NO_PROMPT, &f)) {
			m->state = SIM_DATA;
			m->bytes_len = 0;
			m->muted = true;
			return SIM_LATER;
		}
		if (sim_modem_strike(m, FAULT_URC_BEFORE_PROMPT, &f))
			sim_modem_shout(m, "+CMTI: \"SM\",%u",
				sim_storage_used(&m->storage, SIM_SM));
	}
	sim_modem_prompt(m);
	return SIM_LATER;
}

/* 27.005 3.5.1: ESC leaves without sending. */
void
sim_submit_escape(struct sim_modem *m)
{
	m->muted = false;
	m->state = SIM_BUSY;
	sim_modem_finish(m, SIM_OK);
}

static void submit(struct sim_modem *m);

/* ---- the PDU ---- */

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* SMSC prefix and TPDU from what was typed; line ends in between are not ours to mind.
 * Leaves the TPDU in m->tx. */
static int
parse_pdu(struct sim_modem *m)
{
	uint8_t all[sizeof(m->bytes) / 2];
	size_t n = 0, half = 0;
	for (size_t i = 0; i < m->bytes_len; i++) {
		int d = hex_digit(m->bytes[i]);
		if (isspace((unsigned char)m->bytes[i]))
			continue;
		if (d < 0)
			return -EINVAL;
		if (half++ % 2)
			all[n++] |= (uint8_t)d;
		else
			all[n] = (uint8_t)(d << 4);
	}
	if (half % 2 || !n || m->bytes_over || n < 1u + all[0])
		return -EINVAL;
	size_t len = n - 1 - all[0];
	if (len != m->length || len > sizeof(m->tx))
		return -EINVAL;
	memcpy(m->tx, all + 1 + all[0], len);
	m->tx_len = len;
	return 0;
}

/* Text mode: one segment, no concatenation, as a modem does it. */
static int
build_from_text(struct sim_modem *m)
{
	static const struct segment_options plain;
	struct segment_plan plan;
	struct submit_options to = {.to = m->dest, .msg_class = -1};
	struct strbuf out = STRBUF_INIT(sizeof(m->tx));
	struct strbuf err = STRBUF_SENTENCE;
	size_t len = m->bytes_len;
	int r = segment_plan(m->bytes, len, &plain, &plan, &err);
	if (!r && plan.count == 1)
		r = segment_submit(m->bytes, &plan, 0, &to, &out, &err);
	else
		r = -EINVAL;
	if (!r) {
		memcpy(m->tx, out.s, out.len);
		m->tx_len = out.len;
	}
	strbuf_done(&out);
	strbuf_done(&err);
	return r;
}

static int
write_slot(struct sim_modem *m)
{
	int i = sim_storage_add(
		&m->storage, m->set.mem[1], (enum sim_stat)m->stat, m->tx, m->tx_len);
	if (i < 0)
		return SIM_CMS(322);
	sim_modem_line(m, "+CMGW: %d",
		i + (sim_fault_any(&m->faults, FAULT_INDEX_ZERO) ? 0 : 1));
	return SIM_OK;
}

static void
start_work(struct sim_modem *m)
{
	m->state = SIM_BUSY;
	if (m->latency > 0)
		loop_timer_in(&m->work, m->latency);
	else
		submit(m);
}

void
sim_submit_data(struct sim_modem *m)
{
	struct sim_fault_armed f;
	m->state = SIM_BUSY;
	if (m->muted) { /* it never asked for a PDU and does not know what this was */
		m->muted = false;
		sim_modem_finish(m, SIM_ERROR);
		return;
	}
	if (m->data == SIM_DATA_STUCK) {
		sim_modem_finish(m, SIM_CMS(304));
		return;
	}
	if (m->data == SIM_DATA_ACK) {
		sim_modem_finish(m, sim_receive_ack(m, m->stat != 2));
		return;
	}
	int r = m->set.cmgf ? build_from_text(m) : parse_pdu(m);
	if (r < 0 || sim_modem_strike(m, FAULT_LENGTH_MISMATCH, &f)) {
		note_refusal(m, 304);
		sim_modem_finish(m, SIM_CMS(304));
		return;
	}
	if (m->data == SIM_DATA_WRITE)
		sim_modem_finish(m, write_slot(m));
	else
		start_work(m);
}

int
sim_submit_stored(struct sim_modem *m, unsigned index)
{
	struct sim_slot *slot = sim_storage_at(&m->storage, m->set.mem[1], index);
	if (!slot || !slot->used || slot->stat < SIM_UNSENT)
		return SIM_CMS(321);
	memcpy(m->tx, slot->tpdu, slot->len);
	m->tx_len = slot->len;
	slot->stat = SIM_SENT;
	start_work(m);
	return SIM_LATER;
}

/* ---- the network's answer ---- */

/* 23.040 9.2.3.6: the ME counts, modulo 256, and the SIM remembers (EF_SMSS). */
static int
next_reference(struct sim_modem *m)
{
	const struct sim_fault_armed *f = sim_fault_on(&m->faults, FAULT_MR_CONSTANT);
	m->last_mr = f ? (int)(f->value & 255) : (m->last_mr + 1) & 255;
	return m->last_mr;
}

static void
say_cmgs(struct sim_modem *m, int mr)
{
	char line[40];
	int n = snprintf(line, sizeof(line), "\r\n+CMGS: %d\r\n", mr);
	m->answered = sim_ledger_us();
	sim_modem_say(m, line, (size_t)n);
}

/* How the modem tells that the message is on air, or fails to. */
static void
answer_sent(struct sim_modem *m, int mr)
{
	struct sim_fault_armed f;
	if (sim_modem_strike(m, FAULT_SENT_BUT_CMS, &f)) {
		sim_modem_finish(m, SIM_CMS((int)f.value));
	} else if (sim_modem_strike(m, FAULT_LOST_OK, &f)) {
		sim_modem_finish(m, SIM_SILENT);
	} else if (sim_modem_strike(m, FAULT_LOST_CMGS_LATE, &f)) {
		m->late = f;
		m->late_mr = mr;
		loop_timer_in(&m->later, MAX(f.value, 1));
		sim_modem_finish(m, SIM_SILENT);
	} else if (sim_modem_strike(m, FAULT_OK_NO_CMGS, &f)) {
		sim_modem_finish(m, SIM_OK);
	} else if (sim_modem_strike(m, FAULT_CMGS_NO_OK, &f)) {
		say_cmgs(m, mr);
		sim_modem_finish(m, SIM_SILENT);
	} else {
		if (sim_modem_strike(m, FAULT_WRONG_MR, &f))
			mr = (int)((mr + f.value) & 255);
		say_cmgs(m, mr);
		sim_modem_finish(m, SIM_OK);
	}
}

static void
submit(struct sim_modem *m)
{
	struct sim_fault_armed f;
	struct pdu pdu;
	if (pdu_decode(m->tx, m->tx_len, PDU_FROM_PHONE, &pdu, NULL) < 0 ||
		pdu.type != PDU_SUBMIT || !pdu.address.text[0]) {
		note_refusal(m, 304);
		sim_modem_finish(m, SIM_CMS(304));
	} else if (!sim_modem_registered(m)) {
		note_refusal(m, 331);
		sim_modem_finish(m, SIM_CMS(331));
	} else if (sim_modem_strike(m, FAULT_NO_ANSWER, &f)) {
		sim_modem_finish(m, SIM_SILENT);
	} else if (refused(m, false, &f)) {
		next_reference(m);
		note_refusal(m, (int)f.value);
		sim_modem_finish(m, SIM_CMS((int)f.value));
	} else {
		int mr = next_reference(m);
		m->tx[1] = (uint8_t)mr;
		bool early = sim_modem_strike(m, FAULT_REPORT_BEFORE_OK, &f);
		m->submitted++;
		sim_network_submit(m->sim, m, &pdu, m->tx, m->tx_len, early);
		answer_sent(m, mr);
	}
}

void
sim_submit_work(void *arg)
{
	submit(arg);
	sim_modem_settle(arg);
}

void
sim_submit_late(void *arg)
{
	struct sim_modem *m = arg;
	if (m->late.id == FAULT_CPIN_LATE) {
		sim_modem_shout(m, "+CPIN: %s", sim_modem_lock(m));
	} else {
		say_cmgs(m, m->late_mr);
		sim_modem_result(m, SIM_OK);
	}
	sim_pty_flush(&m->port);
}
