/* Bytes to tokens: the first of the modem driver's three layers.
 *
 * Knows how modems end lines (CR, LF, CRLF, CRCRLF, a bare CR), what noise looks like
 * (NUL, 0xFF, control characters, bytes that are not ASCII, blanks around a line) and how
 * a prompt arrives: `>` at the start of a line with no line end behind it, so that it
 * must be seen in the partial buffer, and only while one is expected. Refuses to know
 * what any line means.
 *
 * Pure: no I/O, no clock, no allocation. Tokens are pulled, not pushed, because what the
 * next bytes mean may depend on what the caller does about the token before. */
#ifndef MALGIL_AT_LINES_H
#define MALGIL_AT_LINES_H

#include "gateway/base/def.h"

/* The longest legal PDU line is about 370 digits; free text answers stay far below. */
#define LINES_MAX 1024

enum token_kind {
	TOKEN_LINE,   /* a line that is not blank, without its end and outer blanks */
	TOKEN_PROMPT, /* "> " while `want_prompt` was set; clears it */
	TOKEN_LONG,   /* a line of more than LINES_MAX bytes was dropped up to its end */
};

struct token {
	enum token_kind kind;
	const char *text; /* NUL-terminated, valid until the next call; "" unless
			     TOKEN_LINE */
	size_t len;
};

/* Zeroed memory is a tokeniser at the start of a line. */
struct lines {
	char buf[LINES_MAX + 1];
	size_t len;
	bool dropping;
	bool want_prompt; /* set by the owner */
};

/* Takes bytes from `*bytes`, `*len` (which are moved on) until a token is complete: true
 * and the token, or false when all bytes are taken and no token is ready. */
bool
lines_next(struct lines *l, const char **bytes, size_t *len, struct token *ret_token);

/* Forgets a half line, after the device was closed. */
void lines_reset(struct lines *l);

#endif
