#include "drivers/at/field.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/strbuf.h"

static const char *
field_end(const char *p)
{
	bool quoted = false;
	int depth = 0;
	for (; *p; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (!quoted && *p == '(')
			depth++;
		else if (!quoted && *p == ')' && depth > 0)
			depth--;
		else if (!quoted && depth == 0 && *p == ',')
			break;
	}
	return p;
}

/* The line's last field may be followed by nothing: "1," has two fields. The end is
 * marked by a NULL cursor. */
bool
field_next(const char **p, struct field *ret_field)
{
	const char *start = *p, *end;
	if (!start)
		return false;
	while (*start == ' ')
		start++;
	end = field_end(start);
	*p = *end == ',' ? end + 1 : NULL;
	while (end > start && end[-1] == ' ')
		end--;
	ret_field->quoted = end - start >= 2 && *start == '"' && end[-1] == '"';
	if (ret_field->quoted) {
		start++;
		end--;
	}
	ret_field->s = start;
	ret_field->len = (size_t)(end - start);
	return true;
}

bool
field_skip(const char **p, unsigned count, struct field *ret_field)
{
	while (count-- > 0)
		if (!field_next(p, ret_field))
			return false;
	return true;
}

int
field_int(const struct field *f)
{
	int value = 0;
	if (f->len == 0 || f->len > 9)
		return -1;
	for (size_t i = 0; i < f->len; i++) {
		if (!isdigit((unsigned char)f->s[i]))
			return -1;
		value = value * 10 + (f->s[i] - '0');
	}
	return value;
}

static int
field_nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
field_hex(const struct field *f, uint8_t *ret_octets, size_t max, size_t *ret_len)
{
	if (f->len % 2 || f->len / 2 > max)
		return -EINVAL;
	for (size_t i = 0; i < f->len; i += 2) {
		int high = field_nibble(f->s[i]), low = field_nibble(f->s[i + 1]);
		if (high < 0 || low < 0)
			return -EINVAL;
		ret_octets[i / 2] = (uint8_t)(high << 4 | low);
	}
	*ret_len = f->len / 2;
	return 0;
}

/* A plain number may consist of hex digits too; UCS-2 of digits and Latin letters has
 * "00" in every first octet, Hangul has not, but then it has letters A-F or is long. */
static bool
field_is_ucs2(const struct field *f)
{
	bool zeros = f->len >= 4;
	bool letters = false;
	if (f->len < 4 || f->len % 4 || strspn(f->s, "0123456789ABCDEFabcdef") < f->len)
		return false;
	for (size_t i = 0; i < f->len; i++) {
		zeros = zeros && (i % 4 > 1 || f->s[i] == '0');
		letters = letters || !isdigit((unsigned char)f->s[i]);
	}
	return zeros || (letters && f->len >= 8);
}

void
field_copy(const struct field *f, char *ret_text, size_t size)
{
	snprintf(ret_text, size, "%.*s", (int)MIN(f->len, size - 1), f->s);
}

void
field_text(const struct field *f, char *ret_text, size_t size)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(256);
	uint8_t octets[128] = {0};
	size_t len;
	if (!field_is_ucs2(f) || field_hex(f, octets, sizeof(octets), &len)) {
		field_copy(f, ret_text, size);
		return;
	}
	for (size_t i = 0; i + 1 < len; i += 2)
		strbuf_utf8(&text, (uint32_t)octets[i] << 8 | octets[i + 1]);
	snprintf(ret_text, size, "%s", text.s);
}
