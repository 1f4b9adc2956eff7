#include "gateway/sms/timestamp.h"

#include <errno.h>
#include <string.h>

#include "gateway/sms/userdata.h"
#include "gateway/sms/validity.h"

/* What is left of the TPDU, and where to complain. */
struct cursor {
	const uint8_t *p;
	size_t left;
	struct strbuf *err;
};

static const uint8_t *
take(struct cursor *c, size_t n, const char *what)
{
	const uint8_t *p = c->p;
	if (c->left < n) {
		strbuf_set(c->err, "The PDU ends before its %s", what);
		return NULL;
	}
	c->p += n;
	c->left -= n;
	return p;
}

static int
take_octet(struct cursor *c, const char *what, uint8_t *ret)
{
	const uint8_t *p = take(c, 1, what);
	if (!p)
		return -EINVAL;
	*ret = *p;
	return 0;
}

static int
take_address(struct cursor *c, struct pdu *pdu)
{
	int n = sms_address_decode(c->p, c->left, &pdu->address, c->err);
	if (n < 0)
		return n;
	c->p += n;
	c->left -= (size_t)n;
	if (pdu->address.oddity)
		pdu_warn(pdu, pdu->address.oddity);
	return 0;
}

static int
take_time(struct cursor *c, const char *what, struct pdu *pdu, struct sms_time *ret)
{
	const uint8_t *p = take(c, 7, what);
	if (!p)
		return -EINVAL;
	sms_time_decode(p, ret);
	if (!ret->valid)
		pdu_warn(pdu, "a time stamp is not a date");
	return 0;
}

static int
take_user_data(struct cursor *c, struct pdu *pdu)
{
	if (take_octet(c, "user data length", &pdu->udl) < 0)
		return -EINVAL;
	if (pdu->udl && c->left == 0) {
		strbuf_set(c->err, "The PDU ends before its user data");
		return -EINVAL;
	}
	sms_userdata_decode(c->p, c->left, pdu);
	c->left = 0;
	return 0;
}

static int
take_coding(struct cursor *c, struct pdu *pdu)
{
	pdu->has_pid = pdu->has_dcs = true;
	if (take_octet(c, "protocol identifier", &pdu->pid) < 0)
		return -EINVAL;
	return take_octet(c, "data coding scheme", &pdu->dcs);
}

/* ---- the optional tail of reports: TP-PI and what it announces (9.2.3.27) ---- */

#define PI_PID       0x01
#define PI_DCS       0x02
#define PI_UDL       0x04
#define PI_EXTENSION 0x80

static void
take_announced(struct cursor *c, struct pdu *pdu)
{
	if (pdu->pi & PI_PID && take_octet(c, "", &pdu->pid) == 0)
		pdu->has_pid = true;
	if (pdu->pi & PI_DCS && take_octet(c, "", &pdu->dcs) == 0)
		pdu->has_dcs = true;
	if (pdu->pi & PI_UDL && take_octet(c, "", &pdu->udl) == 0) {
		sms_userdata_decode(c->p, c->left, pdu);
		c->left = 0;
	}
	if ((pdu->pi & (PI_PID | PI_DCS | PI_UDL)) !=
		(unsigned)(pdu->has_pid | pdu->has_dcs << 1 | pdu->has_ud << 2))
		pdu_warn(pdu, "the report ends before all it announces");
}

static int
take_indicator(struct cursor *c, struct pdu *pdu)
{
	uint8_t more;
	if (take_octet(c, "parameter indicator", &pdu->pi) < 0)
		return -EINVAL;
	pdu->has_pi = true;
	more = pdu->pi;
	while (more & PI_EXTENSION)
		if (take_octet(c, "parameter indicator", &more) < 0)
			return -EINVAL;
	return 0;
}

static bool
only_fill(const struct cursor *c)
{
	for (size_t i = 0; i < c->left; i++)
		if (c->p[i] != 0xFF)
			return false;
	return true;
}

/* Nothing in this tail is worth losing a report for: SIM records hold them padded with
 * FF, with a stray octet, or cut. */
static void
take_report_tail(struct cursor *c, struct pdu *pdu)
{
	struct cursor quiet = {c->p, c->left, NULL};
	if (c->left > 0 && !only_fill(c)) {
		if (take_indicator(&quiet, pdu) < 0)
			pdu_warn(pdu, "the report ends before all it announces");
		else
			take_announced(&quiet, pdu);
	}
	c->p = quiet.p;
	c->left = quiet.left;
}

/* ---- one function per type ---- */

static int
decode_deliver(struct cursor *c, struct pdu *pdu)
{
	pdu->mms = pdu->first & 0x04;
	pdu->lp = pdu->first & 0x08;
	pdu->sri = pdu->first & 0x20;
	pdu->rp = pdu->first & 0x80;
	if (take_address(c, pdu) < 0 || take_coding(c, pdu) < 0 ||
		take_time(c, "time stamp", pdu, &pdu->scts) < 0)
		return -EINVAL;
	return take_user_data(c, pdu);
}

static int
decode_submit(struct cursor *c, struct pdu *pdu)
{
	const char *oddity = NULL;
	int n;
	pdu->rd = pdu->first & 0x04;
	pdu->srr = pdu->first & 0x20;
	pdu->rp = pdu->first & 0x80;
	if (take_octet(c, "message reference", &pdu->mr) < 0 ||
		take_address(c, pdu) < 0 || take_coding(c, pdu) < 0)
		return -EINVAL;
	n = sms_validity_decode((enum vp_format)(pdu->first >> 3 & 3), c->p, c->left,
		&pdu->vp, &oddity, c->err);
	if (n < 0)
		return n;
	c->p += n;
	c->left -= (size_t)n;
	if (oddity)
		pdu_warn(pdu, oddity);
	if (take_user_data(c, pdu) < 0)
		return -EINVAL;
	/* What a phone submits is ours or a draft: a service centre would refuse it too.
	 */
	if (pdu->udhi && pdu->payload_at == 0) {
		strbuf_set(c->err, "The user data header is longer than the user data");
		return -EINVAL;
	}
	return 0;
}

static int
decode_status_report(struct cursor *c, struct pdu *pdu)
{
	pdu->mms = pdu->first & 0x04;
	pdu->lp = pdu->first & 0x08;
	pdu->srq = pdu->first & 0x20;
	if (take_octet(c, "message reference", &pdu->mr) < 0 ||
		take_address(c, pdu) < 0 ||
		take_time(c, "time stamp", pdu, &pdu->scts) < 0 ||
		take_time(c, "discharge time", pdu, &pdu->discharge) < 0 ||
		take_octet(c, "status", &pdu->status) < 0)
		return -EINVAL;
	take_report_tail(c, pdu);
	return 0;
}

/* These two never lie on a SIM: nothing excuses a broken one. */
static int
refuse_cut_report(struct cursor *c, const struct pdu *pdu)
{
	if (pdu->warning_count == 0)
		return 0;
	strbuf_set(c->err, "The report cannot be read: %s", pdu->warnings[0]);
	return -EINVAL;
}

/* The failure cause is there only when the transfer failed; it is 80 or more, a parameter
 * indicator never is. */
static int
take_cause(struct cursor *c, struct pdu *pdu)
{
	pdu->has_fcs = c->left > 0 && c->p[0] >= 0x80;
	return pdu->has_fcs ? take_octet(c, "failure cause", &pdu->fcs) : 0;
}

static int
decode_deliver_report(struct cursor *c, struct pdu *pdu)
{
	if (take_cause(c, pdu) < 0 || take_indicator(c, pdu) < 0)
		return -EINVAL;
	take_announced(c, pdu);
	return refuse_cut_report(c, pdu);
}

static int
decode_submit_report(struct cursor *c, struct pdu *pdu)
{
	if (take_cause(c, pdu) < 0 || take_indicator(c, pdu) < 0 ||
		take_time(c, "time stamp", pdu, &pdu->scts) < 0)
		return -EINVAL;
	take_announced(c, pdu);
	return refuse_cut_report(c, pdu);
}

static int
decode_command(struct cursor *c, struct pdu *pdu)
{
	pdu->srr = pdu->first & 0x20;
	if (take_octet(c, "message reference", &pdu->mr) < 0 ||
		take_octet(c, "protocol identifier", &pdu->pid) < 0 ||
		take_octet(c, "command type", &pdu->command) < 0 ||
		take_octet(c, "message number", &pdu->command_mr) < 0 ||
		take_address(c, pdu) < 0)
		return -EINVAL;
	pdu->has_pid = true;
	if (take_octet(c, "command data length", &pdu->udl) < 0)
		return -EINVAL;
	pdu->dcs = 0x04; /* command data are octets; no field says so */
	sms_userdata_decode(c->p, c->left, pdu);
	c->left = 0;
	return 0;
}

static int
pick_type(uint8_t first, enum pdu_direction direction, enum pdu_type *ret,
	struct strbuf *err)
{
	static const enum pdu_type types[2][3] = {
		[PDU_TO_PHONE] = {PDU_DELIVER, PDU_SUBMIT_REPORT, PDU_STATUS_REPORT},
		[PDU_FROM_PHONE] = {PDU_DELIVER_REPORT, PDU_SUBMIT, PDU_COMMAND},
	};
	if ((first & 3) == 3) {
		strbuf_set(err, "First octet %02X: message type 3 is reserved", first);
		return -EINVAL;
	}
	*ret = types[direction][first & 3];
	return 0;
}

static int
decode_type(struct cursor *c, struct pdu *pdu)
{
	switch (pdu->type) {
	case PDU_DELIVER: return decode_deliver(c, pdu);
	case PDU_DELIVER_REPORT: return decode_deliver_report(c, pdu);
	case PDU_SUBMIT: return decode_submit(c, pdu);
	case PDU_SUBMIT_REPORT: return decode_submit_report(c, pdu);
	case PDU_STATUS_REPORT: return decode_status_report(c, pdu);
	case PDU_COMMAND: return decode_command(c, pdu);
	}
	return -EINVAL;
}

int
pdu_decode(const uint8_t *tpdu, size_t len, enum pdu_direction direction,
	struct pdu *ret_pdu, struct strbuf *err)
{
	struct cursor c = {tpdu, len, err};
	struct pdu *pdu = ret_pdu;
	memset(pdu, 0, sizeof *pdu);
	pdu->msg_class = -1;
	pdu->mwi_count = -1;
	pdu->vp.seconds = -1;
	pdu->tpdu_len = (unsigned)len;
	if (take_octet(&c, "first octet", &pdu->first) < 0 ||
		pick_type(pdu->first, direction, &pdu->type, err) < 0)
		return -EINVAL;
	pdu->udhi = pdu->first & 0x40;
	if (decode_type(&c, pdu) < 0)
		return -EINVAL;
	pdu->trailing += (unsigned)c.left;
	if (pdu->trailing)
		pdu_warn(pdu, "octets follow the last field");
	return 0;
}

const char *
pdu_type_name(enum pdu_type type)
{
	switch (type) {
	case PDU_DELIVER: return "SMS-DELIVER";
	case PDU_DELIVER_REPORT: return "SMS-DELIVER-REPORT";
	case PDU_SUBMIT: return "SMS-SUBMIT";
	case PDU_SUBMIT_REPORT: return "SMS-SUBMIT-REPORT";
	case PDU_STATUS_REPORT: return "SMS-STATUS-REPORT";
	case PDU_COMMAND: return "SMS-COMMAND";
	}
	return "";
}
