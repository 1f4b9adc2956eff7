#include "gateway/sms/gsm7.h"

#include <errno.h>
#include <string.h>
#include <unicode/utf8.h>

#include "gateway/sms/gsm7_tables.h"

#define ESCAPE 0x1B

static const struct {
	const char *iso, *name;
} languages[GSM7_LANGUAGES] = {
	[1] = {"tr", "Turkish"},
	[2] = {"es", "Spanish"},
	[3] = {"pt", "Portuguese"},
	[4] = {"bn", "Bengali"},
	[5] = {"gu", "Gujarati"},
	[6] = {"hi", "Hindi"},
	[7] = {"kn", "Kannada"},
	[8] = {"ml", "Malayalam"},
	[9] = {"or", "Oriya"},
	[10] = {"pa", "Punjabi"},
	[11] = {"ta", "Tamil"},
	[12] = {"te", "Telugu"},
	[13] = {"ur", "Urdu"},
};

/* 23.038 6.2.1.2.4: an element naming an unknown language is ignored. */
static const uint16_t *
table_locking(uint8_t id)
{
	return gsm7_locking[gsm7_has_locking(id) ? id : 0];
}

static const uint16_t *
table_single(uint8_t id)
{
	return gsm7_single[id < GSM7_LANGUAGES ? id : 0];
}

static uint16_t
locked_char(const uint16_t *locking, uint8_t code)
{
	if (code == ESCAPE)
		return ' ';
	/* Annex A leaves holes; the default alphabet fills them. */
	return locking[code] ? locking[code] : gsm7_locking[0][code];
}

void
gsm7_to_utf8(const uint8_t *septets, size_t count, uint8_t single_shift,
	uint8_t locking_shift, struct strbuf *out)
{
	const uint16_t *locking = table_locking(locking_shift);
	const uint16_t *single = table_single(single_shift);
	for (size_t i = 0; i < count; i++) {
		uint8_t code = septets[i] & 0x7F;
		uint16_t scalar = 0;
		if (code == ESCAPE && i + 1 < count) {
			code = septets[++i] & 0x7F;
			scalar = single[code];
		}
		strbuf_utf8(out, scalar ? scalar : locked_char(locking, code));
	}
}

/* The code of a scalar, -1 when the table lacks it. Most text is ASCII and most of ASCII
 * stands at its own place. */
static int
table_find(const uint16_t *table, uint32_t scalar)
{
	if (scalar < 128 && table[scalar] == scalar && scalar)
		return (int)scalar;
	if (scalar == 0 || scalar > 0xFFFF)
		return -1;
	for (int i = 0; i < 128; i++)
		if (table[i] == scalar)
			return i;
	return -1;
}

size_t
gsm7_from_scalar(
	uint32_t scalar, uint8_t single_shift, uint8_t locking_shift, uint8_t ret[2])
{
	int code = table_find(table_locking(locking_shift), scalar);
	if (code >= 0) {
		ret[0] = (uint8_t)code;
		return 1;
	}
	code = table_find(table_single(single_shift), scalar);
	if (code < 0)
		return 0;
	ret[0] = ESCAPE;
	ret[1] = (uint8_t)code;
	return 2;
}

int
gsm7_from_utf8(const char *text, size_t len, uint8_t single_shift, uint8_t locking_shift,
	uint8_t *ret_septets, size_t max)
{
	size_t count = 0, at = 0;
	while (at < len) {
		uint8_t pair[2];
		UChar32 c;
		size_t n;
		U8_NEXT((const uint8_t *)text, at, len, c);
		n = c < 0 ? 0
			  : gsm7_from_scalar(
				    (uint32_t)c, single_shift, locking_shift, pair);
		if (n == 0 || count + n > max)
			return -EINVAL;
		memcpy(ret_septets + count, pair, n);
		count += n;
	}
	return (int)count;
}

size_t
gsm7_pack(const uint8_t *septets, size_t count, unsigned fill, uint8_t *out)
{
	size_t octets = (fill + 7 * count + 7) / 8;
	size_t bit = fill;
	memset(out, 0, octets);
	for (size_t i = 0; i < count; i++, bit += 7) {
		unsigned v = (septets[i] & 0x7Fu) << (bit % 8);
		out[bit / 8] |= (uint8_t)v;
		if (v > 0xFF)
			out[bit / 8 + 1] |= (uint8_t)(v >> 8);
	}
	return octets;
}

size_t
gsm7_unpack(
	const uint8_t *in, size_t len, unsigned fill, size_t count, uint8_t *ret_septets)
{
	size_t bit = fill, i;
	for (i = 0; i < count && bit + 7 <= 8 * len; i++, bit += 7) {
		unsigned v = in[bit / 8];
		if (bit % 8 > 1)
			v |= (unsigned)in[bit / 8 + 1] << 8;
		ret_septets[i] = (v >> (bit % 8)) & 0x7F;
	}
	return i;
}

const char *
gsm7_language_name(uint8_t id)
{
	return id < GSM7_LANGUAGES ? languages[id].name : NULL;
}

uint8_t
gsm7_language_id(const char *iso)
{
	for (uint8_t i = 1; i < GSM7_LANGUAGES; i++)
		if (strcmp(iso, languages[i].iso) == 0)
			return i;
	return 0;
}

bool
gsm7_has_locking(uint8_t id)
{
	/* A space stands in every locking table. */
	return id < GSM7_LANGUAGES && gsm7_locking[id][0x20] == ' ';
}
