#include "gateway/core/raw.h"

#include <string.h>
#include <strings.h>

const char *
raw_header(const struct raw_request *rq, const char *name)
{
	for (size_t i = 0; i < rq->header_count; i++)
		if (!strcasecmp(rq->headers[i].name, name))
			return rq->headers[i].value;
	return NULL;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
decode(const char *s, size_t len, struct strbuf *out)
{
	for (size_t i = 0; i < len; i++) {
		int high = s[i] == '%' && len - i > 2 ? hex(s[i + 1]) : -1;
		int low = high >= 0 ? hex(s[i + 2]) : -1;
		if (low >= 0) {
			strbuf_putc(out, (char)(high << 4 | low));
			i += 2;
		} else {
			strbuf_putc(out, s[i] == '+' ? ' ' : s[i]);
		}
	}
}

bool
raw_form_next(const char *form, size_t len, size_t *at, struct strbuf *ret_name,
	struct strbuf *ret_value)
{
	while (*at < len && form[*at] == '&')
		++*at;
	if (*at >= len)
		return false;
	const char *s = form + *at;
	const char *end = memchr(s, '&', len - *at);
	size_t n = end ? (size_t)(end - s) : len - *at;
	const char *equals = memchr(s, '=', n);
	size_t name = equals ? (size_t)(equals - s) : n;
	strbuf_reset(ret_name);
	strbuf_reset(ret_value);
	decode(s, name, ret_name);
	if (equals)
		decode(equals + 1, n - name - 1, ret_value);
	*at += n;
	return true;
}

bool
raw_form_field(const char *form, size_t len, const char *name, struct strbuf *ret)
{
	struct strbuf key AUTO(strbuf_done) = STRBUF_INIT(len + 1);
	struct strbuf value AUTO(strbuf_done) = STRBUF_INIT(len + 1);
	size_t at = 0;
	while (raw_form_next(form, len, &at, &key, &value)) {
		if (key.len != strlen(name) || memcmp(key.s, name, key.len) != 0)
			continue;
		strbuf_add(ret, value.s, value.len);
		return true;
	}
	return false;
}
