#include "gateway/sms/mms.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	PUSH = 0x06,        /* WSP PDU type */
	CONTENT_MMS = 0xBE, /* application/vnd.wap.mms-message as a short integer */
	FIELD_FROM = 0x89,  /* OMA MMS 1.2, table 12 */
	FIELD_TYPE = 0x8C,
	FIELD_SIZE = 0x8E,
	FIELD_SUBJECT = 0x96,
	TYPE_NOTIFICATION = 0x82,
	ADDRESS_PRESENT = 0x80,
	CHARSET_UTF8 = 0xEA,        /* IANA MIBenum 106 as a short integer */
	CHARSET_UCS2_HIGH = 0x03E8, /* 1000: iso-10646-ucs-2 */
};

struct reader {
	const uint8_t *at, *end;
};

static bool
read_uintvar(struct reader *r, size_t *ret)
{
	size_t value = 0;
	for (int i = 0; i < 5 && r->at < r->end; i++) {
		uint8_t octet = *r->at++;
		value = value << 7 | (octet & 0x7F);
		if (!(octet & 0x80)) {
			*ret = value;
			return true;
		}
	}
	return false;
}

/* WSP 8.4.1.2: the length of a value by its first octet; false past the end. A text runs
 * to its NUL. */
static bool
read_value(struct reader *r, struct reader *ret)
{
	size_t len;
	if (r->at >= r->end)
		return false;
	if (*r->at >= 0x80) {
		len = 1;
	} else if (*r->at < 0x20) {
		uint8_t first = *r->at++;
		len = first;
		if (first == 0x1F && !read_uintvar(r, &len))
			return false;
	} else {
		const uint8_t *nul = memchr(r->at, 0, (size_t)(r->end - r->at));
		*ret = (struct reader){r->at, nul ? nul : r->end};
		r->at = nul ? nul + 1 : r->end;
		return true;
	}
	if (len > (size_t)(r->end - r->at))
		len = (size_t)(r->end - r->at);
	*ret = (struct reader){r->at, r->at + len};
	r->at += len;
	return true;
}

static void
add_octets(struct strbuf *out, const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len && at[i]; i++)
		strbuf_putc(out, (char)at[i]);
}

static void
add_ucs2(struct strbuf *out, const uint8_t *at, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2) {
		uint32_t u = (uint32_t)at[i] << 8 | at[i + 1];
		if (u && u != 0xFEFF)
			strbuf_utf8(out, u);
	}
}

/* Is it UTF-8? Other charsets are shown as far as they are ASCII. */
static bool
is_utf8(const char *s)
{
	while (*s) {
		unsigned char c = (unsigned char)*s++;
		int more = c < 0x80    ? 0
			   : c >= 0xF0 ? 3
			   : c >= 0xE0 ? 2
			   : c >= 0xC2 ? 1
				       : -1;
		for (; more > 0 && ((unsigned char)*s & 0xC0) == 0x80; more--)
			s++;
		if (more)
			return false;
	}
	return true;
}

/* Cut between two characters. */
static void
keep_text(const struct strbuf *text, char *ret, size_t size)
{
	size_t n = MIN(text->len, size - 1), k = 0;
	bool good = is_utf8(text->s);
	while (good && n > 0 && n < text->len &&
		((unsigned char)text->s[n] & 0xC0) == 0x80)
		n--;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text->s[i];
		ret[k++] = c < 0x20 || c == 0x7F ? ' ' : good || c < 0x80 ? (char)c : '?';
	}
	ret[k] = '\0';
}

/* Encoded-string-value: a text, or (its length was read) a charset and a text.
 * `long_form` tells which. A text whose first octet is above 7F is quoted with 7F. */
static void
read_string(struct reader v, bool long_form, char *ret, size_t size)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(1024);
	bool ucs2 = false;
	if (long_form && v.at < v.end && *v.at >= 0x80) {
		v.at++; /* a short integer: ASCII, Latin-1 or UTF-8 */
	} else if (long_form && v.at + 2 < v.end && v.at[0] == 2) {
		ucs2 = (v.at[1] << 8 | v.at[2]) == CHARSET_UCS2_HIGH;
		v.at += 3;
	}
	if (v.at < v.end && *v.at == 0x7F && !ucs2)
		v.at++;
	if (ucs2)
		add_ucs2(&text, v.at, (size_t)(v.end - v.at));
	else
		add_octets(&text, v.at, (size_t)(v.end - v.at));
	keep_text(&text, ret, size);
}

/* Address-present-token and an encoded string: "+8210.../TYPE=PLMN". */
static void
read_from(struct reader v, char *ret, size_t size)
{
	if (v.at >= v.end || *v.at++ != ADDRESS_PRESENT)
		return;
	bool long_form = v.at < v.end && *v.at < 0x20;
	struct reader inner = v;
	if (long_form && !read_value(&v, &inner))
		return;
	read_string(inner, long_form, ret, size);
	char *type = strstr(ret, "/TYPE=");
	if (type)
		*type = '\0';
}

static int64_t
read_long(struct reader v)
{
	int64_t value = 0;
	if (v.end - v.at < 1 || v.end - v.at > 7)
		return -1;
	while (v.at < v.end)
		value = value << 8 | *v.at++;
	return value;
}

static void
read_field(uint8_t field, bool long_form, struct reader v, struct mms_notification *n)
{
	if (field == FIELD_FROM)
		read_from(v, n->from, sizeof(n->from));
	else if (field == FIELD_SUBJECT)
		read_string(v, long_form, n->subject, sizeof(n->subject));
	else if (field == FIELD_SIZE)
		n->size = read_long(v);
}

/* The WSP header: transaction id, PDU type, headers with the content type first. */
static bool
skip_push(struct reader *r)
{
	static const char type[] = "application/vnd.wap.mms-message";
	size_t len;
	if (r->end - r->at < 3 || r->at[1] != PUSH)
		return false;
	r->at += 2;
	if (!read_uintvar(r, &len) || len == 0 || len > (size_t)(r->end - r->at))
		return false;
	struct reader headers = {r->at, r->at + len}, value;
	r->at += len;
	/* Content-general-form has a length in front. */
	if (*headers.at < 0x20 && read_value(&headers, &value))
		headers = value;
	if (headers.at < headers.end && *headers.at == CONTENT_MMS)
		return true;
	return (size_t)(headers.end - headers.at) >= sizeof(type) - 1 &&
	       memcmp(headers.at, type, sizeof(type) - 1) == 0;
}

int
mms_parse(const uint8_t *octets, size_t len, struct mms_notification *ret)
{
	struct reader r = {octets, octets + len}, value;
	struct mms_notification n = {.size = -1};
	bool notification = false;
	if (!len || !skip_push(&r))
		return -EINVAL;
	while (r.at < r.end && *r.at >= 0x80) {
		uint8_t field = *r.at++;
		bool long_form = r.at < r.end && *r.at < 0x20;
		if (!read_value(&r, &value))
			break;
		if (field == FIELD_TYPE)
			notification =
				value.at < value.end && *value.at == TYPE_NOTIFICATION;
		read_field(field, long_form, value, &n);
	}
	if (!notification)
		return -EINVAL;
	*ret = n;
	return 0;
}
