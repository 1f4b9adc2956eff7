/* TP-UD: the header (TS 23.040 9.2.3.24) and the payload behind it, in all its alphabets.
 * Shared by the decoder, the encoder, the planner and the joining of parts. Pure. */
#ifndef MALGIL_SMS_USERDATA_H
#define MALGIL_SMS_USERDATA_H

#include "gateway/sms/pdu.h"

#define UD_MAX_OCTETS  140
#define UD_MAX_SEPTETS 160

/* ---- header ---- */

/* The information elements somebody here reads or writes (9.2.3.24). */
enum {
	IEI_CONCAT8 = 0x00,
	IEI_WAITING = 0x01,
	IEI_PORTS8 = 0x04,
	IEI_PORTS16 = 0x05,
	IEI_CONCAT16 = 0x08,
	IEI_SINGLE_SHIFT = 0x24,
	IEI_LOCKING_SHIFT = 0x25,
};

/* Splits a header that starts with its own length octet. Returns octets consumed (length
 * octet included), or -EINVAL with a sentence when it is longer than `len` or an element
 * is longer than the header; the elements before the bad one are still counted. */
int sms_udh_decode(const uint8_t *p, size_t len, struct sms_udh_element *elements,
	size_t max, size_t *ret_count, struct strbuf *err) MUST_USE;
/* Reads concatenation, ports and language out of pdu->elements; the last of a kind wins.
 */
void sms_udh_interpret(struct pdu *pdu);
/* Septets a header of `octets` takes, and the fill bits behind it. */
size_t sms_udh_septets(size_t octets);
unsigned sms_udh_fill(size_t octets);

/* ---- payload ---- */

/* Takes the user data of `udl` at `p` into `pdu` and decodes it: has_dcs and dcs are read
 * already. Too few or too many octets, and a broken header, are warnings. */
void sms_userdata_decode(const uint8_t *p, size_t len, struct pdu *pdu);
/* The septets of the text of a GSM 7-bit PDU; room for UD_MAX_SEPTETS. */
size_t sms_userdata_septets(const struct pdu *pdu, uint8_t *ret_septets);

/* UTF-16BE to UTF-8; lone surrogates become U+FFFD, an odd last octet is dropped. True
 * when neither happened. */
bool sms_utf16_to_utf8(const uint8_t *octets, size_t len, struct strbuf *out);
/* KS C 5601 in its usual extension (code page 949). A text that is mostly not, but reads
 * as UTF-16, is taken for that; else U+FFFD. True when it was clean. */
bool sms_ksc5601_to_utf8(const uint8_t *octets, size_t len, struct strbuf *out);

/* ---- for the decoder's files ---- */

/* Adds a static sentence once; what does not fit is left out. */
void pdu_warn(struct pdu *pdu, const char *warning);

#endif
