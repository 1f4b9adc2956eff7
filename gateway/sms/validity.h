/* TP-VP, the validity period of a submission: TS 23.040 9.2.3.12. Pure. */
#ifndef MALGIL_SMS_VALIDITY_H
#define MALGIL_SMS_VALIDITY_H

#include "gateway/sms/pdu.h"

/* Octets the format takes on the wire: 0, 7, 1, 7. */
size_t sms_validity_size(enum vp_format format);
/* Reads sms_validity_size() octets. Returns them, or -EINVAL with a sentence when there
 * are fewer or an absolute time is no date. `ret_oddity` becomes a static sentence when
 * something was ignored as the clause asks (padding that is not zero), else stays. */
int sms_validity_decode(enum vp_format format, const uint8_t *p, size_t len,
	struct sms_validity *ret_vp, const char **ret_oddity,
	struct strbuf *err) MUST_USE;
/* What an enhanced period's first octet asks for: "none", "relative", "seconds", "time"
 * or "reserved", and whether the SC may try only once. */
const char *sms_validity_kind(const struct sms_validity *vp);
bool sms_validity_single_shot(const struct sms_validity *vp);
/* A relative period of at least pdu_validity_octet(seconds), ready to encode. */
void sms_validity_relative(int64_t seconds, struct sms_validity *ret_vp);

#endif
