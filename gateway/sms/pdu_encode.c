#include "gateway/sms/pdu.h"

#include <errno.h>
#include <string.h>

#include "gateway/sms/dcs.h"
#include "gateway/sms/timestamp.h"
#include "gateway/sms/userdata.h"
#include "gateway/sms/validity.h"

static void
put(struct strbuf *out, uint8_t octet)
{
	strbuf_putc(out, (char)octet);
}

static int
put_address(const struct pdu *pdu, struct strbuf *out, struct strbuf *err)
{
	int r = sms_address_encode(&pdu->address, out);
	if (r < 0)
		strbuf_set(err, "\"%s\" cannot be an address of type %02X",
			pdu->address.text, pdu->address.toa);
	return r;
}

static int
put_time(const struct sms_time *time, struct strbuf *out, struct strbuf *err)
{
	uint8_t octets[7];
	if (sms_time_encode(time, octets) < 0) {
		strbuf_set(err,
			"A time stamp needs a date between 1990 and 2089 and whole "
			"quarters of an hour");
		return -EINVAL;
	}
	strbuf_add(out, octets, sizeof octets);
	return 0;
}

/* udl counts septets in the default alphabet, octets in all others and when compressed.
 */
static int
put_user_data(
	const struct pdu *pdu, uint8_t coding, struct strbuf *out, struct strbuf *err)
{
	size_t octets = pdu->udl;
	struct sms_dcs dcs;
	sms_dcs_decode(coding, &dcs);
	if (dcs.alphabet == SMS_GSM7 && !dcs.compressed)
		octets = (7u * pdu->udl + 7) / 8;
	if (octets != pdu->ud_len || pdu->ud_len > UD_MAX_OCTETS) {
		strbuf_set(err, "User data of %zu octets with length %u cannot be sent",
			pdu->ud_len, pdu->udl);
		return -EINVAL;
	}
	if (pdu->udhi && (pdu->ud_len == 0 || pdu->ud[0] >= pdu->ud_len)) {
		strbuf_set(err, "The user data header is longer than the user data");
		return -EINVAL;
	}
	put(out, pdu->udl);
	strbuf_add(out, pdu->ud, pdu->ud_len);
	return 0;
}

/* ---- one function per type ---- */

static uint8_t
first_octet(const struct pdu *pdu)
{
	unsigned first = pdu->udhi ? 0x40 : 0;
	switch (pdu->type) {
	case PDU_DELIVER:
		first |= 0x00u | pdu->mms << 2 | pdu->lp << 3 | pdu->sri << 5 |
			 pdu->rp << 7;
		break;
	case PDU_SUBMIT:
		first |= 0x01u | pdu->rd << 2 | (unsigned)pdu->vp.format << 3 |
			 pdu->srr << 5 | pdu->rp << 7;
		break;
	case PDU_STATUS_REPORT:
		first |= 0x02u | pdu->mms << 2 | pdu->lp << 3 | pdu->srq << 5;
		break;
	case PDU_COMMAND: first |= 0x02u | pdu->srr << 5; break;
	case PDU_DELIVER_REPORT: break;
	case PDU_SUBMIT_REPORT: first |= 0x01u; break;
	}
	return (uint8_t)first;
}

static int
encode_deliver(const struct pdu *pdu, struct strbuf *out, struct strbuf *err)
{
	if (put_address(pdu, out, err) < 0)
		return -EINVAL;
	put(out, pdu->pid);
	put(out, pdu->dcs);
	if (put_time(&pdu->scts, out, err) < 0)
		return -EINVAL;
	return put_user_data(pdu, pdu->dcs, out, err);
}

static int
encode_submit(const struct pdu *pdu, struct strbuf *out, struct strbuf *err)
{
	put(out, pdu->mr);
	if (put_address(pdu, out, err) < 0)
		return -EINVAL;
	put(out, pdu->pid);
	put(out, pdu->dcs);
	strbuf_add(out, pdu->vp.octets, sms_validity_size(pdu->vp.format));
	return put_user_data(pdu, pdu->dcs, out, err);
}

static uint8_t
indicator(const struct pdu *pdu)
{
	return (uint8_t)(pdu->has_pid | pdu->has_dcs << 1 | pdu->has_ud << 2);
}

static int
put_announced(const struct pdu *pdu, struct strbuf *out, struct strbuf *err)
{
	if (pdu->has_pid)
		put(out, pdu->pid);
	if (pdu->has_dcs)
		put(out, pdu->dcs);
	if (pdu->has_ud)
		return put_user_data(pdu, pdu->has_dcs ? pdu->dcs : 0, out, err);
	return 0;
}

static int
encode_status_report(const struct pdu *pdu, struct strbuf *out, struct strbuf *err)
{
	put(out, pdu->mr);
	if (put_address(pdu, out, err) < 0 || put_time(&pdu->scts, out, err) < 0 ||
		put_time(&pdu->discharge, out, err) < 0)
		return -EINVAL;
	put(out, pdu->status);
	if (!pdu->has_pi && !indicator(pdu))
		return 0;
	put(out, indicator(pdu));
	return put_announced(pdu, out, err);
}

static int
encode_report(const struct pdu *pdu, struct strbuf *out, struct strbuf *err)
{
	if (pdu->has_fcs && pdu->fcs < 0x80) {
		strbuf_set(err, "A failure cause is 80 or more, not %02X", pdu->fcs);
		return -EINVAL;
	}
	if (pdu->has_fcs)
		put(out, pdu->fcs);
	put(out, indicator(pdu));
	if (pdu->type == PDU_SUBMIT_REPORT && put_time(&pdu->scts, out, err) < 0)
		return -EINVAL;
	return put_announced(pdu, out, err);
}

static int
encode_command(const struct pdu *pdu, struct strbuf *out, struct strbuf *err)
{
	put(out, pdu->mr);
	put(out, pdu->pid);
	put(out, pdu->command);
	put(out, pdu->command_mr);
	if (put_address(pdu, out, err) < 0)
		return -EINVAL;
	return put_user_data(pdu, 0x04, out, err);
}

static int
encode_type(const struct pdu *pdu, struct strbuf *out, struct strbuf *err)
{
	switch (pdu->type) {
	case PDU_DELIVER: return encode_deliver(pdu, out, err);
	case PDU_SUBMIT: return encode_submit(pdu, out, err);
	case PDU_STATUS_REPORT: return encode_status_report(pdu, out, err);
	case PDU_DELIVER_REPORT:
	case PDU_SUBMIT_REPORT: return encode_report(pdu, out, err);
	case PDU_COMMAND: return encode_command(pdu, out, err);
	}
	return -EINVAL;
}

int
pdu_encode(const struct pdu *pdu, struct strbuf *out, struct strbuf *err)
{
	struct strbuf octets = STRBUF_INIT(256);
	int r;
	put(&octets, first_octet(pdu));
	r = encode_type(pdu, &octets, err);
	if (r == 0)
		strbuf_add(out, octets.s, octets.len);
	strbuf_done(&octets);
	return r;
}
