/* Numbers as people write them: the second half of address.h. */
#include "gateway/sms/address.h"

#include <errno.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "gateway/sms/phone.h"

#define SHORT_CODE_MIN 3
#define SHORT_CODE_MAX 6

/* Korean digit words, as people spell numbers out ("공일공에 1234..."). */
static const struct {
	uint32_t syllable;
	char digit;
} korean[] = {
	{0xACF5, '0'}, /* 공 */
	{0xC601, '0'}, /* 영 */
	{0xC77C, '1'}, /* 일 */
	{0xC774, '2'}, /* 이 */
	{0xC0BC, '3'}, /* 삼 */
	{0xC0AC, '4'}, /* 사 */
	{0xC624, '5'}, /* 오 */
	{0xC721, '6'}, /* 육 */
	{0xB959, '6'}, /* 륙 */
	{0xCE60, '7'}, /* 칠 */
	{0xD314, '8'}, /* 팔 */
	{0xAD6C, '9'}, /* 구 */
};

static int
digit_of(UChar32 c)
{
	int32_t value = u_charDigitValue(c);
	if (value >= 0)
		return '0' + value;
	for (size_t i = 0; i < ARRAY_LEN(korean); i++)
		if (korean[i].syllable == (uint32_t)c)
			return korean[i].digit;
	return -1;
}

static bool
is_punctuation(UChar32 c)
{
	static const char plain[] = " \t-.()/";
	return (c > 0 && c < 128 && strchr(plain, (int)c)) || u_isspace(c) ||
	       u_charType(c) == U_DASH_PUNCTUATION || c == 0xFF0E || c == 0xFF08 ||
	       c == 0xFF09 || c == 0x00B7;
}

/* Digits with at most a leading '+'; false when anything else is in there. */
static bool
squeeze(const char *text, char *ret, size_t size)
{
	size_t n = 0, at = 0, len = strlen(text);
	while (at < len) {
		UChar32 c;
		int d;
		U8_NEXT((const uint8_t *)text, at, len, c);
		d = c < 0 ? -1 : digit_of(c);
		if ((c == '+' || c == 0xFF0B) && n == 0)
			d = '+';
		if (d < 0 && c > 0 && is_punctuation(c))
			continue;
		if (d < 0 || n + 1 >= size)
			return false;
		ret[n++] = (char)d;
	}
	ret[n] = '\0';
	return n > 0;
}

int
sms_number_e164(const char *text, const char *region, char ret[32], struct strbuf *err)
{
	char squeezed[32];
	size_t len;
	if (!squeeze(text, squeezed, sizeof squeezed))
		goto refused;
	len = strlen(squeezed);
	if (squeezed[0] != '+' && squeezed[0] != '0' && len >= SHORT_CODE_MIN &&
		len <= SHORT_CODE_MAX) {
		memcpy(ret, squeezed, len + 1);
		return 0;
	}
	switch (phone_parse(squeezed, region ? region : "", ret, 32)) {
	case PHONE_OPEN:
	case PHONE_LOCAL: return 0;
	case PHONE_NONE: break;
	}
refused:
	strbuf_set(err, "\"%s\" is not a number anyone can be reached at", text);
	return -EINVAL;
}

void
sms_number_format(const char *e164, const char *region, char ret[48])
{
	size_t len = strlen(e164);
	if (*e164 == '+' && phone_format(e164, region ? region : "", ret, 48))
		return;
	len = MIN(len, 47);
	memcpy(ret, e164, len);
	ret[len] = '\0';
}

void
sms_number_region(const char *e164, char ret[4])
{
	if (*e164 != '+' || !phone_region(e164, ret, 4))
		ret[0] = '\0';
}
