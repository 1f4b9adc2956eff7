/* What a network does besides texts: it rings, and it says that an MMS waits. */
#include "drivers/sim/modem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RING_EVERY (5 * SECOND)

enum { MMS_PAYLOAD = 128 }; /* octets behind ports and concatenation */

/* ---- calls ---- */

void
sim_modem_ring(void *arg)
{
	struct sim_modem *m = arg;
	if (m->state == SIM_OFF || m->state == SIM_HUNG || !m->rings) {
		m->rings = 0;
		return;
	}
	m->rings--;
	sim_modem_urc(m, "RING");
	if (m->set.clip && m->caller[0])
		sim_modem_urc(m, "+CLIP: \"%s\",%d,\"\",,\"\",0",
			m->caller + (m->caller[0] == '+'),
			m->caller[0] == '+' ? 145 : 129);
	else if (m->set.clip)
		sim_modem_urc(m, "+CLIP: \"\",128,\"\",,\"\",1");
	sim_modem_settle(m);
	if (m->rings)
		loop_timer_in(&m->ring, RING_EVERY);
}

void
sim_modem_call(struct sim_modem *m, const char *from, unsigned rings)
{
	sim_modem_note(m, "call");
	sim_ledger_text(&m->sim->ledger, "from", from);
	sim_ledger_end(&m->sim->ledger);
	snprintf(m->caller, sizeof(m->caller), "%s", from);
	m->rings = rings;
	sim_modem_ring(m);
}

/* ---- MMS notifications (OMA MMS Encapsulation 1.2, 6.2; WSP 8.2.4.1) ---- */

static void
put_text(struct strbuf *out, int field, const char *text)
{
	if (field)
		strbuf_putc(out, (char)field);
	strbuf_add(out, text, strlen(text) + 1);
}

static void
put_notification(struct strbuf *out, const char *from, const char *subject, int64_t size)
{
	char address[64];
	static const char push[] = "\x01\x06\x01\xBE\x8C\x82";
	static const char expiry[] = "\x88\x05\x81\x03\x03\xF4\x80";
	snprintf(address, sizeof(address), "%s/TYPE=PLMN", from);
	strbuf_add(out, push, sizeof(push) - 1);
	put_text(out, 0x98, "T1");
	strbuf_add(out, "\x8D\x92\x89", 3);
	strbuf_putc(out, (char)(strlen(address) + 2));
	strbuf_putc(out, (char)0x80);
	put_text(out, 0, address);
	if (*subject && strlen(subject) < 26) {
		strbuf_putc(out, (char)0x96);
		strbuf_putc(out, (char)(strlen(subject) + 2));
		strbuf_putc(out, (char)0xEA); /* UTF-8 */
		put_text(out, 0, subject);
	} else if (*subject) {
		put_text(out, 0x96, subject);
	}
	strbuf_add(out, "\x8A\x80\x8E\x03", 4);
	for (int shift = 16; shift >= 0; shift -= 8)
		strbuf_putc(out, (char)(size >> shift & 0xFF));
	strbuf_add(out, expiry, sizeof(expiry) - 1);
	put_text(out, 0x83, "http://mmsc.example/1");
}

static int
push_part(struct sim *sim, struct sim_modem *m, const struct sim_subscriber *from,
	const uint8_t *header, const char *at, size_t len, struct strbuf *err)
{
	struct strbuf out = STRBUF_INIT(256);
	static struct pdu pdu;
	pdu = (struct pdu){
		.type = PDU_DELIVER, .mms = true, .msg_class = -1, .dcs = 0x04};
	int r = sms_address_parse(from->number, &pdu.address, err);
	if (!r)
		r = pdu_put_text(&pdu, header, header[0] + 1u, SMS_8BIT, at, len, err);
	pdu.scts.valid = true;
	pdu.scts.wall = clock_wall(loop_clock(sim->loop)) / SECOND * SECOND;
	pdu.scts.offset_minutes = sim->country->zone;
	if (!r)
		r = pdu_encode(&pdu, &out, err);
	if (!r)
		sim_network_tpdu(sim, m, (const uint8_t *)out.s, out.len);
	strbuf_done(&out);
	return r;
}

int
sim_network_mms(struct sim *sim, const struct sim_subscriber *from, struct sim_modem *m,
	const char *subject, int64_t size, struct strbuf *err)
{
	uint8_t header[] = {11, 0x05, 4, 0x0B, 0x84, 0x23, 0xF0, 0x00, 3, 0, 1, 0};
	struct strbuf push = STRBUF_INIT(1024);
	int r = 0;
	put_notification(&push, from->number, subject, size);
	if (push.full) {
		strbuf_set(err, "the subject is too long");
		r = -EINVAL;
	}
	header[9] = (uint8_t)++sim->concat_ref;
	header[10] = (uint8_t)((push.len + MMS_PAYLOAD - 1) / MMS_PAYLOAD);
	for (size_t at = 0; !r && at < push.len; at += MMS_PAYLOAD) {
		header[11]++;
		r = push_part(sim, m, from, header, push.s + at,
			MIN(push.len - at, (size_t)MMS_PAYLOAD), err);
	}
	strbuf_done(&push);
	return r;
}
