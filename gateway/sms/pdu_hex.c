/* PDUs as modems print them. */
#include "gateway/sms/pdu.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define TPDU_MAX 256
#define SMSC_MAX 12

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Octets of `hex` up to trailing white space, -EINVAL with a sentence. */
static int
hex_octets(const char *hex, uint8_t *ret, size_t max, struct strbuf *err)
{
	size_t len = strlen(hex);
	while (len > 0 && isspace((unsigned char)hex[len - 1]))
		len--;
	for (size_t i = 0; i < len; i++) {
		if (hex_digit(hex[i]) < 0) {
			strbuf_set(
				err, "Character %zu is not a hexadecimal digit", i + 1);
			return -EINVAL;
		}
	}
	if (len == 0 || len % 2 || len / 2 > max) {
		strbuf_set(err, "%zu hexadecimal digits are not a PDU", len);
		return -EINVAL;
	}
	for (size_t i = 0; i < len; i += 2)
		ret[i / 2] = (uint8_t)(hex_digit(hex[i]) << 4 | hex_digit(hex[i + 1]));
	return (int)(len / 2);
}

int
pdu_from_hex(const char *hex, bool has_smsc, struct sms_address *ret_smsc,
	uint8_t ret_tpdu[256], struct strbuf *err)
{
	uint8_t octets[TPDU_MAX + SMSC_MAX];
	struct sms_address smsc = {0};
	int len = hex_octets(hex, octets, has_smsc ? sizeof octets : TPDU_MAX, err);
	int prefix = 0;
	if (len < 0)
		return len;
	if (has_smsc) {
		prefix = sms_smsc_decode(octets, (size_t)len, &smsc, err);
		if (prefix < 0)
			return prefix;
	}
	if (len == prefix || len - prefix > TPDU_MAX) {
		strbuf_set(err, "A PDU cannot have %d octets", len - prefix);
		return -EINVAL;
	}
	*ret_smsc = smsc;
	memcpy(ret_tpdu, octets + prefix, (size_t)(len - prefix));
	return len - prefix;
}
