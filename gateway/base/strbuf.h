/* A string that grows up to a ceiling it was born with.
 *
 * The bytes are always followed by a NUL, so `s` may be handed to anything that wants a C
 * string; binary data is welcome too and `len` is the truth. An addition that would pass
 * the ceiling adds nothing and sets `full`, which stays set until strbuf_reset(): a
 * writer makes all its additions and asks once at the end. Owned by whoever initialised
 * it. */
#ifndef MALGIL_BASE_STRBUF_H
#define MALGIL_BASE_STRBUF_H

#include "gateway/base/def.h"

#include <stdarg.h>

struct strbuf {
	char *s;    /* never NULL once initialised */
	size_t len; /* bytes before the NUL */
	size_t cap; /* bytes allocated, 0 while `s` is the shared empty string */
	size_t max; /* ceiling for `len` */
	bool full;
};

extern char strbuf_empty[1];

#define STRBUF_INIT(ceiling)                                                             \
	{                                                                                \
		.s = strbuf_empty, .max = (ceiling)                                      \
	}
/* The usual ceiling of a sentence for a person. */
#define STRBUF_SENTENCE STRBUF_INIT(1024)

void strbuf_init(struct strbuf *b, size_t max);
void strbuf_done(struct strbuf *b);
void strbuf_reset(struct strbuf *b);

void strbuf_add(struct strbuf *b, const void *data, size_t len);
void strbuf_puts(struct strbuf *b, const char *s);
void strbuf_putc(struct strbuf *b, char c);
void strbuf_printf(struct strbuf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strbuf_vprintf(struct strbuf *b, const char *fmt, va_list ap);

/* One Unicode scalar value as UTF-8; anything else becomes U+FFFD. */
void strbuf_utf8(struct strbuf *b, uint32_t scalar);

/* Upper-case hex of `len` bytes. */
void strbuf_hex(struct strbuf *b, const void *data, size_t len);

/* Drops the first `n` bytes (n <= len). */
void strbuf_consume(struct strbuf *b, size_t n);

/* Keeps the first `n` bytes (n <= len), and forgets that something did not fit. */
void strbuf_truncate(struct strbuf *b, size_t n);

/* Replaces the whole content with the formatted text: how errors are written. A NULL
 * buffer is allowed and ignored, for callers no person will read. */
void strbuf_set(struct strbuf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
