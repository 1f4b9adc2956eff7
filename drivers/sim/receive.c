/* From the air into the modem: stored and announced, or handed straight to the client, as
 * AT+CNMI and AT+CSMS say (27.005 3.4). What cannot be taken now stays with the network.
 */
#include "drivers/sim/modem.h"

#include <string.h>

enum { ACK_WAIT = 5000, RETRY_WAIT = 1000 };

/* What became of an offered parcel. */
enum taken { TAKEN, TAKEN_NEEDS_ACK, NOT_NOW };

/* A message indication: <mode> 0 keeps it in the modem until AT+CNMI asks (27.005 3.4.1).
 */
static void PRINTF_LIKE(2, 3) indicate(struct sim_modem *m, const char *fmt, ...)
{
	struct strbuf *b = &m->sim->scratch;
	va_list ap;
	strbuf_reset(b);
	va_start(ap, fmt);
	strbuf_vprintf(b, fmt, ap);
	va_end(ap);
	if (m->set.cnmi[0])
		sim_modem_urc(m, "%s", b->s);
	else
		strbuf_printf(&m->buffered, "\r\n%s\r\n", b->s);
}

void
sim_receive_routing(struct sim_modem *m, bool drop)
{
	if (!m->set.cnmi[0])
		return;
	if (!drop)
		strbuf_add(&m->held, m->buffered.s, m->buffered.len);
	strbuf_reset(&m->buffered);
}

static void
note_taken(struct sim_modem *m, const struct sim_parcel *p, const char *how)
{
	struct sim_ledger *l = &m->sim->ledger;
	struct pdu pdu;
	sim_modem_note(m, p->report ? "report" : "deliver");
	sim_ledger_text(l, "how", how);
	if (pdu_decode(p->tpdu, p->len, PDU_TO_PHONE, &pdu, NULL) == 0) {
		if (p->report) {
			sim_ledger_int(l, "mr", pdu.mr);
			sim_ledger_int(l, "status", pdu.status);
			sim_ledger_text(l, "to", pdu.address.text);
		} else {
			sim_ledger_text(l, "from", pdu.address.text);
			sim_ledger_text(l, "to", m->me->number);
			sim_ledger_concat(l, &pdu.concat);
			sim_ledger_bytes(l, "text", pdu.text, pdu.text_len);
		}
	}
	sim_ledger_hex(l, "tpdu", p->tpdu, p->len);
	sim_ledger_end(l);
	m->received++;
}

static bool
wants_ack(const struct sim_modem *m)
{
	return m->set.csms == 1 || sim_fault_on(&m->faults, FAULT_CNMA_REQUIRED);
}

/* +CMT and +CDS: the client has it, the modem keeps nothing. */
static enum taken
hand_over(struct sim_modem *m, const struct sim_parcel *p)
{
	struct strbuf *b = &m->scratch;
	char hex[sizeof(p->tpdu) * 2 + 32];
	note_taken(m, p, p->report ? "cds" : "cmt");
	strbuf_reset(b);
	strbuf_puts(b, m->sim->smsc_hex);
	strbuf_hex(b, p->tpdu, p->len);
	memcpy(hex, b->s, b->len + 1);
	if (p->report)
		indicate(m, "+CDS: %u\r\n%s", p->len, hex);
	else
		indicate(m, "+CMT: ,%u\r\n%s", p->len, hex);
	return wants_ack(m) ? TAKEN_NEEDS_ACK : TAKEN;
}

static void
say_full(struct sim_modem *m)
{
	const struct sim_fault_armed *f = sim_fault_on(&m->faults, FAULT_STORAGE_FULL);
	if (m->full_said)
		return;
	m->full_said = true;
	sim_modem_note(m, "full");
	sim_ledger_end(&m->sim->ledger);
	if (f && !strcmp(f->word, "smmemfull"))
		indicate(m, "^SMMEMFULL: \"SM\"");
	else if (f && !strcmp(f->word, "smsfull"))
		indicate(m, "+SMS FULL");
}

static void
announce(struct sim_modem *m, const char *urc, enum sim_memory mem, int index)
{
	struct sim_fault_armed f;
	if (sim_modem_strike(m, FAULT_CMTI_LOST, &f))
		return;
	index += sim_fault_any(&m->faults, FAULT_INDEX_ZERO) ? 0 : 1;
	indicate(m, "%s: \"%s\",%d", urc, sim_memory_name(mem), index);
}

static enum taken
store(struct sim_modem *m, const struct sim_parcel *p)
{
	struct sim_fault_armed f;
	enum sim_memory mem = p->report ? SIM_SR : m->set.mem[2];
	if (!p->report && sim_fault_on(&m->faults, FAULT_CMTI_WRONG_MEM))
		mem = SIM_ME;
	if (!p->report && sim_modem_strike(m, FAULT_CMTI_MINUS_ONE, &f)) {
		indicate(m, "+CMTI: ,-1");
		return NOT_NOW;
	}
	bool full = !p->report && sim_fault_on(&m->faults, FAULT_STORAGE_FULL);
	int i = full ? -1
		     : sim_storage_add(&m->storage, mem, SIM_UNREAD, p->tpdu, p->len);
	if (i < 0) {
		say_full(m);
		return NOT_NOW;
	}
	note_taken(m, p, p->report ? "cdsi" : m->set.cnmi[1] ? "cmti" : "stored");
	if (p->report)
		announce(m, "+CDSI",
			sim_fault_on(&m->faults, FAULT_CDSI_WRONG_MEM) ? SIM_SM : mem, i);
	else if (m->set.cnmi[1])
		announce(m, "+CMTI", mem, i);
	return TAKEN;
}

/* 27.005 3.4.1: <mt> 2 routes everything but class 2 to the client, 3 only class 3. */
static bool
goes_straight(const struct sim_modem *m, const struct sim_parcel *p)
{
	struct pdu pdu;
	int mt = m->set.cnmi[1];
	if (mt < 2)
		return false;
	int cls = pdu_decode(p->tpdu, p->len, PDU_TO_PHONE, &pdu, NULL) < 0
			  ? -1
			  : pdu.msg_class;
	return mt == 2 ? cls != 2 : cls == 3;
}

static enum taken
offer(struct sim_modem *m, const struct sim_parcel *p)
{
	if (p->report && !m->set.cnmi[3]) {
		note_taken(m, p, "dropped");
		return TAKEN;
	}
	if (p->report ? m->set.cnmi[3] == 1 : goes_straight(m, p))
		return hand_over(m, p);
	return store(m, p);
}

static bool
reachable(const struct sim_modem *m)
{
	return m->state != SIM_OFF && !m->unacked && !m->put_back &&
	       sim_modem_registered(m) && sim_modem_sim_ready(m);
}

static void
shift(struct sim_modem *m)
{
	m->first = m->first->next;
	if (!m->first)
		m->last_next = &m->first;
	m->waiting--;
}

void
sim_receive_pending(struct sim_modem *m)
{
	while (m->first && reachable(m)) {
		struct sim_parcel *p = m->first;
		enum taken taken = offer(m, p);
		if (taken == NOT_NOW)
			return;
		shift(m);
		if (taken == TAKEN) {
			sim_parcel_free(m->sim, p);
			continue;
		}
		m->unacked = p;
		loop_timer_in(&m->ack, ACK_WAIT);
	}
}

void
sim_receive(struct sim_modem *m, struct sim_parcel *p)
{
	p->next = NULL;
	*m->last_next = p;
	m->last_next = &p->next;
	m->waiting++;
	sim_modem_settle(m);
}

/* report-before-ok: past every queue, in the middle of the client's wait. */
void
sim_receive_report_now(struct sim_modem *m, struct sim_parcel *p)
{
	enum sim_state was = m->state;
	m->state = SIM_IDLE;
	if (offer(m, p) == TAKEN_NEEDS_ACK && !m->unacked) {
		m->unacked = p;
		loop_timer_in(&m->ack, ACK_WAIT);
	} else {
		sim_parcel_free(m->sim, p);
	}
	m->state = was;
}

static void
note_ack(struct sim_modem *m, const char *result)
{
	sim_modem_note(m, "ack");
	sim_ledger_text(&m->sim->ledger, "result", result);
	sim_ledger_hex(&m->sim->ledger, "tpdu", m->unacked->tpdu, m->unacked->len);
	sim_ledger_end(&m->sim->ledger);
}

void
sim_receive_put_back(struct sim_modem *m)
{
	if (!m->unacked)
		return;
	m->unacked->next = m->first;
	if (!m->first)
		m->last_next = &m->unacked->next;
	m->first = m->unacked;
	m->unacked = NULL;
	m->waiting++;
}

int
sim_receive_ack(struct sim_modem *m, bool good)
{
	if (!m->unacked)
		return SIM_CMS(340);
	loop_timer_stop(&m->ack);
	note_ack(m, good ? "good" : "refused");
	if (good) {
		sim_parcel_free(m->sim, m->unacked);
		m->unacked = NULL;
		return SIM_OK;
	}
	/* RP-ERROR: the SC tries again later (23.040 9.3). */
	sim_receive_put_back(m);
	m->put_back = true;
	loop_timer_in(&m->ack, RETRY_WAIT);
	return SIM_OK;
}

/* 27.005 3.4.1: without an acknowledgement in time the ME answers RP-ERROR and stops
 * routing to the client; the SC will try again, and then the message is stored. */
void
sim_receive_timeout(void *arg)
{
	struct sim_modem *m = arg;
	if (m->put_back) {
		m->put_back = false;
		sim_modem_settle(m);
		return;
	}
	if (!m->unacked)
		return;
	note_ack(m, "late");
	m->set.cnmi[1] = m->set.cnmi[3] = 0;
	sim_receive_put_back(m);
	sim_modem_settle(m);
}
