/* The user data header: TS 23.040 9.2.3.24. */
#include "gateway/sms/userdata.h"

#include <errno.h>
#include <string.h>

int
sms_udh_decode(const uint8_t *p, size_t len, struct sms_udh_element *elements, size_t max,
	size_t *ret_count, struct strbuf *err)
{
	size_t at = 1, end;
	*ret_count = 0;
	if (len < 1 || p[0] + 1u > len) {
		strbuf_set(err, "The user data header is longer than the user data");
		return -EINVAL;
	}
	end = p[0] + 1u;
	while (at < end) {
		if (end - at < 2 || p[at + 1] > end - at - 2) {
			strbuf_set(err, "An element of the user data header is cut off");
			return -EINVAL;
		}
		if (*ret_count < max)
			elements[(*ret_count)++] = (struct sms_udh_element){
				.iei = p[at], .len = p[at + 1], .data = p + at + 2};
		at += 2u + p[at + 1];
	}
	return (int)end;
}

static void
concat_read(const struct sms_udh_element *e, struct pdu *pdu)
{
	bool wide = e->iei == IEI_CONCAT16;
	const uint8_t *d = e->data;
	struct sms_concat concat = {.ref_bits = wide ? 16 : 8};
	if (e->len != (wide ? 4 : 3)) {
		pdu_warn(pdu, "a concatenation element of the wrong length was ignored");
		return;
	}
	concat.ref = wide ? (uint16_t)(d[0] << 8 | d[1]) : d[0];
	concat.total = d[wide + 1];
	concat.seq = d[wide + 2];
	/* 9.2.3.24.1: a zero, or a part beyond the last, voids the element. */
	if (concat.total == 0 || concat.seq == 0 || concat.seq > concat.total) {
		pdu_warn(pdu, "an impossible concatenation element was ignored");
		return;
	}
	pdu->concat = concat;
}

static void
ports_read(const struct sms_udh_element *e, struct pdu *pdu)
{
	bool wide = e->iei == IEI_PORTS16;
	const uint8_t *d = e->data;
	if (e->len != (wide ? 4 : 2)) {
		pdu_warn(pdu, "a port element of the wrong length was ignored");
		return;
	}
	pdu->has_ports = true;
	pdu->port_bits = wide ? 16 : 8;
	pdu->port_dst = wide ? (uint16_t)(d[0] << 8 | d[1]) : d[0];
	pdu->port_src = wide ? (uint16_t)(d[2] << 8 | d[3]) : d[1];
}

/* Bit 7 store, bits 1..0 what; bits 6..2 tell special kinds (video ...) apart: "other".
 */
static void
waiting_read(const struct sms_udh_element *e, struct pdu *pdu)
{
	if (e->len != 2) {
		pdu_warn(
			pdu, "a message waiting element of the wrong length was ignored");
		return;
	}
	pdu->mwi = true;
	pdu->mwi_store = e->data[0] & 0x80;
	pdu->mwi_kind =
		e->data[0] & 0x7C ? WAITING_OTHER : (enum sms_waiting)(e->data[0] & 3);
	pdu->mwi_count = e->data[1];
	pdu->mwi_active = e->data[1] > 0;
}

static void
language_read(const struct sms_udh_element *e, struct pdu *pdu)
{
	if (e->len != 1) {
		pdu_warn(pdu, "a language element of the wrong length was ignored");
		return;
	}
	if (e->iei == IEI_SINGLE_SHIFT)
		pdu->single_shift = e->data[0];
	else
		pdu->locking_shift = e->data[0];
}

void
sms_udh_interpret(struct pdu *pdu)
{
	for (size_t i = 0; i < pdu->element_count; i++) {
		const struct sms_udh_element *e = &pdu->elements[i];
		switch (e->iei) {
		case IEI_CONCAT8:
		case IEI_CONCAT16: concat_read(e, pdu); break;
		case IEI_WAITING: waiting_read(e, pdu); break;
		case IEI_PORTS8:
		case IEI_PORTS16: ports_read(e, pdu); break;
		case IEI_SINGLE_SHIFT:
		case IEI_LOCKING_SHIFT: language_read(e, pdu); break;
		}
	}
}

size_t
sms_udh_septets(size_t octets)
{
	return (8 * octets + 6) / 7;
}

unsigned
sms_udh_fill(size_t octets)
{
	return (unsigned)(7 * sms_udh_septets(octets) - 8 * octets);
}
