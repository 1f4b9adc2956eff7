#include "gateway/base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char strbuf_empty[1] = "";

void
strbuf_init(struct strbuf *b, size_t max)
{
	*b = (struct strbuf)STRBUF_INIT(max);
}

void
strbuf_done(struct strbuf *b)
{
	if (b->cap)
		free(b->s);
	strbuf_init(b, b->max);
}

void
strbuf_truncate(struct strbuf *b, size_t n)
{
	if (b->cap)
		b->s[n] = '\0';
	b->len = n;
	b->full = false;
}

void
strbuf_reset(struct strbuf *b)
{
	strbuf_truncate(b, 0);
}

/* Room for `extra` bytes and the NUL, or false with `full` set. */
static bool
reserve(struct strbuf *b, size_t extra)
{
	if (b->full || extra > b->max - b->len) {
		b->full = true;
		return false;
	}
	size_t need = b->len + extra + 1;
	if (need <= b->cap)
		return true;
	size_t cap = MAX(b->cap * 2, 64);
	cap = MIN(MAX(cap, need), b->max + 1);
	b->s = xrealloc(b->cap ? b->s : NULL, cap);
	b->cap = cap;
	return true;
}

void
strbuf_add(struct strbuf *b, const void *data, size_t len)
{
	if (!len || !reserve(b, len))
		return;
	memcpy(b->s + b->len, data, len);
	b->len += len;
	b->s[b->len] = '\0';
}

void
strbuf_puts(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

void
strbuf_putc(struct strbuf *b, char c)
{
	strbuf_add(b, &c, 1);
}

void
strbuf_vprintf(struct strbuf *b, const char *fmt, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	if (n > 0 && reserve(b, (size_t)n)) {
		vsnprintf(b->s + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void
strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	strbuf_vprintf(b, fmt, ap);
	va_end(ap);
}

void
strbuf_set(struct strbuf *b, const char *fmt, ...)
{
	if (!b)
		return;
	strbuf_reset(b);
	va_list ap;
	va_start(ap, fmt);
	strbuf_vprintf(b, fmt, ap);
	va_end(ap);
}

void
strbuf_utf8(struct strbuf *b, uint32_t c)
{
	if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		c = 0xFFFD;
	char out[4];
	size_t n = 1;
	if (c < 0x80) {
		out[0] = (char)c;
	} else if (c < 0x800) {
		out[0] = (char)(0xC0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3F));
		n = 2;
	} else if (c < 0x10000) {
		out[0] = (char)(0xE0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3F));
		out[2] = (char)(0x80 | (c & 0x3F));
		n = 3;
	} else {
		out[0] = (char)(0xF0 | c >> 18);
		out[1] = (char)(0x80 | (c >> 12 & 0x3F));
		out[2] = (char)(0x80 | (c >> 6 & 0x3F));
		out[3] = (char)(0x80 | (c & 0x3F));
		n = 4;
	}
	strbuf_add(b, out, n);
}

void
strbuf_hex(struct strbuf *b, const void *data, size_t len)
{
	static const char digit[] = "0123456789ABCDEF";
	const uint8_t *p = data;
	if (!reserve(b, len * 2))
		return;
	for (size_t i = 0; i < len; i++) {
		b->s[b->len++] = digit[p[i] >> 4];
		b->s[b->len++] = digit[p[i] & 15];
	}
	b->s[b->len] = '\0';
}

void
strbuf_consume(struct strbuf *b, size_t n)
{
	if (!n)
		return;
	memmove(b->s, b->s + n, b->len - n + 1);
	b->len -= n;
}
