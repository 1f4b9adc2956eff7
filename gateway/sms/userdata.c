#include "gateway/sms/userdata.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucnv.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include "gateway/sms/dcs.h"
#include "gateway/sms/gsm7.h"

void
pdu_warn(struct pdu *pdu, const char *warning)
{
	for (size_t i = 0; i < pdu->warning_count; i++)
		if (strcmp(pdu->warnings[i], warning) == 0)
			return;
	if (pdu->warning_count < PDU_MAX_WARNINGS)
		pdu->warnings[pdu->warning_count++] = warning;
}

/* ---- alphabets ---- */

bool
sms_utf16_to_utf8(const uint8_t *octets, size_t len, struct strbuf *out)
{
	bool clean = len % 2 == 0;
	for (size_t i = 0; i + 1 < len; i += 2) {
		uint32_t unit = (uint32_t)(octets[i] << 8 | octets[i + 1]), low = 0;
		if (U16_IS_LEAD(unit) && i + 3 < len)
			low = (uint32_t)(octets[i + 2] << 8 | octets[i + 3]);
		if (U16_IS_LEAD(unit) && U16_IS_TRAIL(low)) {
			unit = (uint32_t)U16_GET_SUPPLEMENTARY(unit, low);
			i += 2;
		}
		if (U_IS_SURROGATE(unit))
			clean = false;
		strbuf_utf8(out, unit); /* a lone surrogate comes out as U+FFFD */
	}
	return clean;
}

static void
units_to_utf8(const UChar *units, int32_t count, struct strbuf *out)
{
	for (int32_t i = 0; i < count;) {
		UChar32 c;
		U16_NEXT(units, i, count, c);
		strbuf_utf8(out, (uint32_t)c);
	}
}

/* Every octet gives at most one unit. Negative when a sequence is not code page 949 and
 * `strict` asks to stop there. */
static int32_t
cp949_decode(const uint8_t *octets, size_t len, bool strict, UChar *units, int32_t max)
{
	UErrorCode status = U_ZERO_ERROR;
	UConverter *cp949 = ucnv_open("windows-949", &status);
	int32_t count;

	if (U_FAILURE(status))
		return -1;
	if (strict)
		ucnv_setToUCallBack(
			cp949, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &status);
	count = ucnv_toUChars(
		cp949, units, max, (const char *)octets, (int32_t)len, &status);
	ucnv_close(cp949);
	return U_FAILURE(status) ? -1 : count;
}

/* One damaged pair in a Korean text is no reason to doubt it; a quarter of it is. */
static bool
mostly_damaged(const UChar *units, int32_t count)
{
	int32_t damaged = 0;
	for (int32_t i = 0; i < count; i++)
		damaged += units[i] == 0xFFFD;
	return 4 * damaged >= count;
}

bool
sms_ksc5601_to_utf8(const uint8_t *octets, size_t len, struct strbuf *out)
{
	UChar *units = xcalloc(len + 1, sizeof *units);
	struct strbuf utf16 = STRBUF_INIT(3 * len + 8);
	int32_t count = cp949_decode(octets, len, true, units, (int32_t)len + 1);
	bool clean = count >= 0;
	if (!clean)
		count = cp949_decode(octets, len, false, units, (int32_t)len + 1);
	if (!clean && mostly_damaged(units, count) &&
		sms_utf16_to_utf8(octets, len, &utf16))
		strbuf_add(out, utf16.s, utf16.len);
	else
		units_to_utf8(units, count, out);
	strbuf_done(&utf16);
	free(units);
	return clean;
}

/* ---- decoding ---- */

size_t
sms_userdata_septets(const struct pdu *pdu, uint8_t *ret_septets)
{
	size_t header = sms_udh_septets(pdu->payload_at);
	size_t udl = MIN(pdu->udl, UD_MAX_SEPTETS);
	if (udl <= header)
		return 0;
	return gsm7_unpack(pdu->ud + pdu->payload_at, pdu->ud_len - pdu->payload_at,
		sms_udh_fill(pdu->payload_at), udl - header, ret_septets);
}

static void
text_decode(struct pdu *pdu)
{
	struct strbuf text = STRBUF_INIT(sizeof pdu->text - 1);
	const uint8_t *payload = pdu->ud + pdu->payload_at;
	size_t len = pdu->ud_len - pdu->payload_at;
	uint8_t septets[UD_MAX_SEPTETS];
	switch (pdu->alphabet) {
	case SMS_GSM7:
		gsm7_to_utf8(septets, sms_userdata_septets(pdu, septets),
			pdu->single_shift, pdu->locking_shift, &text);
		break;
	case SMS_UCS2:
		/* A half pair at either end is a handset's split; joining mends it. */
		if (!sms_utf16_to_utf8(payload, len, &text) && pdu->concat.total < 2)
			pdu_warn(pdu, "the UCS-2 text is not well formed");
		break;
	case SMS_KSC5601:
		if (!sms_ksc5601_to_utf8(payload, len, &text) && pdu->concat.total < 2)
			pdu_warn(pdu, "the text is not well-formed KS C 5601");
		break;
	case SMS_8BIT: break;
	}
	memcpy(pdu->text, text.s, text.len + 1);
	pdu->text_len = text.len;
	strbuf_done(&text);
}

static void
header_decode(struct pdu *pdu)
{
	int header = sms_udh_decode(pdu->ud, pdu->ud_len, pdu->elements, PDU_MAX_ELEMENTS,
		&pdu->element_count, NULL);
	if (header >= 0) {
		pdu->payload_at = (size_t)header;
	} else if (pdu->ud_len && pdu->ud[0] < pdu->ud_len) {
		pdu_warn(pdu, "the user data header has an element that is cut off");
		pdu->payload_at = pdu->ud[0] + 1u;
	} else {
		/* Nothing tells where the text starts: show all of it. */
		pdu_warn(pdu, "the user data header is longer than the user data");
	}
	sms_udh_interpret(pdu);
}

void
sms_userdata_decode(const uint8_t *p, size_t len, struct pdu *pdu)
{
	struct sms_dcs dcs;
	size_t octets;
	sms_dcs_decode(pdu->dcs, &dcs);
	pdu->alphabet = dcs.alphabet;
	pdu->msg_class = dcs.msg_class;
	pdu->compressed = dcs.compressed;
	pdu->mwi = dcs.mwi;
	pdu->mwi_active = dcs.mwi_active;
	pdu->mwi_store = dcs.mwi_store;
	pdu->mwi_kind = dcs.mwi_kind;
	if (dcs.reserved)
		pdu_warn(pdu, "a reserved data coding was read as the default alphabet");
	pdu->has_ud = true;
	octets = pdu->udl;
	if (dcs.alphabet == SMS_GSM7 && !dcs.compressed)
		octets = (7u * pdu->udl + 7) / 8;
	if (len < octets)
		pdu_warn(pdu, "the user data is shorter than its length says");
	else
		pdu->trailing = (unsigned)(len - octets);
	octets = MIN(octets, len);
	if (octets > UD_MAX_OCTETS)
		pdu_warn(pdu, "the user data is longer than 140 octets");
	pdu->ud_len = MIN(octets, UD_MAX_OCTETS);
	memcpy(pdu->ud, p, pdu->ud_len);
	if (pdu->udhi)
		header_decode(pdu);
	if (!pdu->compressed)
		text_decode(pdu);
}

/* ---- encoding ---- */

static int
septets_put(struct pdu *pdu, size_t header_len, const char *text, size_t len)
{
	size_t header = sms_udh_septets(header_len);
	uint8_t septets[UD_MAX_SEPTETS];
	int n = gsm7_from_utf8(text, len, pdu->single_shift, pdu->locking_shift, septets,
		UD_MAX_SEPTETS - header);
	if (n < 0)
		return -EINVAL;
	/* Whole septets even behind a bare header, whose fill bits are then the last
	 * ones. */
	pdu->udl = (uint8_t)(header + (size_t)n);
	pdu->ud_len = (7u * pdu->udl + 7) / 8;
	memset(pdu->ud + header_len, 0, pdu->ud_len - header_len);
	gsm7_pack(septets, (size_t)n, sms_udh_fill(header_len), pdu->ud + header_len);
	return 0;
}

static int
utf16_put(struct pdu *pdu, const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		UChar32 c;
		UChar units[2];
		int n = 0;
		U8_NEXT((const uint8_t *)text, i, len, c);
		if (c < 0)
			return -EINVAL;
		U16_APPEND_UNSAFE(units, n, c);
		if (pdu->ud_len + 2 * (size_t)n > UD_MAX_OCTETS)
			return -EINVAL;
		for (int k = 0; k < n; k++) {
			pdu->ud[pdu->ud_len++] = (uint8_t)(units[k] >> 8);
			pdu->ud[pdu->ud_len++] = (uint8_t)units[k];
		}
	}
	pdu->udl = (uint8_t)pdu->ud_len;
	return 0;
}

static int
octets_put(struct pdu *pdu, const char *data, size_t len)
{
	if (pdu->ud_len + len > UD_MAX_OCTETS)
		return -EINVAL;
	memcpy(pdu->ud + pdu->ud_len, data, len);
	pdu->ud_len += len;
	pdu->udl = (uint8_t)pdu->ud_len;
	return 0;
}

int
pdu_put_text(struct pdu *pdu, const uint8_t *header, size_t header_len,
	enum sms_alphabet alphabet, const char *text, size_t len, struct strbuf *err)
{
	int r = -EINVAL;
	if (header_len > UD_MAX_OCTETS) {
		strbuf_set(
			err, "A user data header of %zu octets does not fit", header_len);
		return -EINVAL;
	}
	if (header_len)
		memcpy(pdu->ud, header, header_len);
	pdu->ud_len = pdu->payload_at = header_len;
	pdu->udhi = header_len > 0;
	pdu->has_ud = true;
	pdu->alphabet = alphabet;
	switch (alphabet) {
	case SMS_GSM7: r = septets_put(pdu, header_len, text, len); break;
	case SMS_UCS2: r = utf16_put(pdu, text, len); break;
	case SMS_8BIT: r = octets_put(pdu, text, len); break;
	case SMS_KSC5601: break; /* networks send it, nobody may submit it */
	}
	if (r < 0)
		strbuf_set(err, "The text does not fit in one message as %s",
			sms_alphabet_name(alphabet));
	return r;
}
