/* Telephone numbers: as the network writes them (TS 23.040 9.1.2.5) and as people do. */
#ifndef MALGIL_SMS_ADDRESS_H
#define MALGIL_SMS_ADDRESS_H

#include "gateway/base/strbuf.h"

/* An address field of a TPDU. `text` is '+' and digits when the type of number is
 * international, the bare digits (with * # a b c) otherwise, the decoded characters of an
 * alphanumeric sender; empty when the field was empty (legal in reports). UTF-8. */
struct sms_address {
	uint8_t toa; /* type-of-address octet as received or to be sent, 0x91, 0x81, 0xD0
			... */
	char text[48]; /* 20 digits, or 11 characters of up to 3 bytes, and the NUL */
	/* What was odd about the field though it could be read, static; NULL when
	 * nothing. */
	const char *oddity;
};

/* Address field with its length octet (semi-octets), as in a TPDU. Returns octets
 * consumed, or -EINVAL with a sentence. */
int sms_address_decode(const uint8_t *p, size_t len, struct sms_address *ret_addr,
	struct strbuf *err) MUST_USE;
/* RP address: the length octet counts octets of TOA and digits (the SMSC prefix). A
 * length of 0 means "none given": toa 0, empty text, one octet consumed. */
int sms_smsc_decode(const uint8_t *p, size_t len, struct sms_address *ret_addr,
	struct strbuf *err) MUST_USE;
/* From text: "+..." gives 0x91, digits 0x81, anything else alphanumeric 0xD0 (at most 11
 * septets). -EINVAL with a sentence when it fits none of them. */
int sms_address_parse(
	const char *text, struct sms_address *ret_addr, struct strbuf *err) MUST_USE;
/* Appends the field (length octet first) to `out`. -EINVAL when the text cannot be an
 * address of that type. */
int sms_address_encode(const struct sms_address *addr, struct strbuf *out) MUST_USE;

/* True when two spellings may be one subscriber: equal, or the last `tail` digits (8
 * unless one is shorter, at least 6) agree and at most one is international. For status
 * reports, whose number operators rewrite (ofono and Kannel practice, see
 * firmware-notes). */
bool sms_address_same(const char *a, const char *b);

/* Any spelling of a dialable number ("010-1234-5678", full-width digits, "+82 10 ...") to
 * E.164 by libphonenumber, with `region` (ISO 3166-1 alpha-2) for national spellings.
 * Short codes (3 to 6 digits, not from 0) and carrier service numbers stay as bare
 * digits. `ret` needs 32 bytes. -EINVAL with a sentence ("... is not a number anyone can
 * be reached at"). */
int sms_number_e164(
	const char *text, const char *region, char ret[32], struct strbuf *err) MUST_USE;
/* For people of `region`: national format at home, international abroad. */
void sms_number_format(const char *e164, const char *region, char ret[48]);
/* The ISO region an E.164 number belongs to ("KR"), or "" when it belongs to none. */
void sms_number_region(const char *e164, char ret[4]);

#endif
