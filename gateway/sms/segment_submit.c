/* A planned segment as octets: the second half of segment.h. */
#include "gateway/sms/segment.h"

#include <errno.h>

#include "gateway/sms/dcs.h"
#include "gateway/sms/userdata.h"
#include "gateway/sms/validity.h"

static size_t
header_build(const struct segment_plan *plan, size_t index, uint16_t ref, uint8_t *h)
{
	size_t n = 1;
	if (plan->count > 1) {
		h[n++] = plan->ref16 ? IEI_CONCAT16 : IEI_CONCAT8;
		h[n++] = plan->ref16 ? 4 : 3;
		if (plan->ref16)
			h[n++] = (uint8_t)(ref >> 8);
		h[n++] = (uint8_t)ref;
		h[n++] = (uint8_t)plan->count;
		h[n++] = (uint8_t)(index + 1);
	}
	if (plan->single_shift) {
		h[n++] = IEI_SINGLE_SHIFT;
		h[n++] = 1;
		h[n++] = plan->single_shift;
	}
	if (plan->locking_shift) {
		h[n++] = IEI_LOCKING_SHIFT;
		h[n++] = 1;
		h[n++] = plan->locking_shift;
	}
	h[0] = (uint8_t)(n - 1);
	return n > 1 ? n : 0;
}

int
segment_user_data(const char *text, const struct segment_plan *plan, size_t index,
	uint16_t ref, int8_t msg_class, struct pdu *pdu, struct strbuf *err)
{
	const struct segment *s = &plan->segments[index];
	uint8_t header[16];
	size_t n = header_build(plan, index, ref, header);
	pdu->single_shift = plan->single_shift;
	pdu->locking_shift = plan->locking_shift;
	pdu->msg_class = msg_class;
	pdu->dcs = sms_dcs_octet(plan->alphabet, msg_class);
	pdu->has_dcs = true;
	return pdu_put_text(
		pdu, header, n, plan->alphabet, text + s->from, s->to - s->from, err);
}

int
segment_submit(const char *text, const struct segment_plan *plan, size_t index,
	const struct submit_options *options, struct strbuf *out, struct strbuf *err)
{
	struct pdu pdu = {.type = PDU_SUBMIT, .srr = options->report};
	if (sms_address_parse(options->to, &pdu.address, err) < 0)
		return -EINVAL;
	if (pdu.address.toa == 0xD0) {
		strbuf_set(err, "\"%s\" is a name; a text can only go to a number",
			options->to);
		return -EINVAL;
	}
	if (options->validity > 0)
		sms_validity_relative(options->validity, &pdu.vp);
	if (segment_user_data(
		    text, plan, index, options->ref, options->msg_class, &pdu, err) < 0)
		return -EINVAL;
	return pdu_encode(&pdu, out, err);
}
