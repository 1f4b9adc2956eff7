/* The GSM 7-bit alphabet: TS 23.038 default table, extension, and every national single
 * and locking shift table of its Annex A; septet packing with fill bits. Pure. */
#ifndef MALGIL_SMS_GSM7_H
#define MALGIL_SMS_GSM7_H

#include "gateway/base/strbuf.h"

#define GSM7_LANGUAGES 14 /* ids 0 (default) to 13 (Urdu) */

/* Septets to UTF-8. An unmapped escape is the locking table's character, 1B 1B a space.
 */
void gsm7_to_utf8(const uint8_t *septets, size_t count, uint8_t single_shift,
	uint8_t locking_shift, struct strbuf *out);

/* The septets of one scalar value: 1 or 2 written to `ret`, 0 when it has none. */
size_t gsm7_from_scalar(
	uint32_t scalar, uint8_t single_shift, uint8_t locking_shift, uint8_t ret[2]);

/* UTF-8 to septets; returns the count or -EINVAL when a character has none (`max` too
 * small counts as that too). */
int gsm7_from_utf8(const char *text, size_t len, uint8_t single_shift,
	uint8_t locking_shift, uint8_t *ret_septets, size_t max) MUST_USE;

/* Packs after `fill` zero bits (0..6). Returns octets written: ceil((fill + 7 count) /
 * 8). */
size_t gsm7_pack(const uint8_t *septets, size_t count, unsigned fill, uint8_t *out);
/* Unpacks at most `count` septets out of `len` octets; returns how many there were. */
size_t gsm7_unpack(
	const uint8_t *in, size_t len, unsigned fill, size_t count, uint8_t *ret_septets);

/* National language name for people ("Turkish"), NULL for an unknown id; and back from an
 * ISO 639 code ("tr") to the id, 0 when there is none. */
const char *gsm7_language_name(uint8_t id);
uint8_t gsm7_language_id(const char *iso);
bool gsm7_has_locking(uint8_t id);

#endif
