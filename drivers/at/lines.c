#include "drivers/at/lines.h"

#include <string.h>

/* Power-up noise and echoes of ESC and Ctrl-Z carry no meaning inside a line. */
static bool
lines_is_noise(unsigned char c)
{
	return c < 0x20 || c == 0x7f || c == 0xff;
}

static bool
lines_finish(struct lines *l, struct token *ret_token)
{
	size_t len = l->len;
	bool dropped = l->dropping;
	l->len = 0;
	l->dropping = false;
	if (dropped) {
		*ret_token = (struct token){TOKEN_LONG, "", 0};
		return true;
	}
	while (len > 0 && l->buf[len - 1] == ' ')
		len--;
	if (len == 0)
		return false;
	l->buf[len] = '\0';
	*ret_token = (struct token){TOKEN_LINE, l->buf, len};
	return true;
}

static void
lines_add(struct lines *l, unsigned char c)
{
	if (c == '\t')
		c = ' ';
	/* Answers are ASCII. Anything else is damage: before a line it is noise, inside a
	 * line it took the place of something and must spoil it, not vanish from it. */
	if (c >= 0x80 && c < 0xff)
		c = l->len == 0 ? '\0' : '?';
	if (l->dropping || lines_is_noise(c) || (c == ' ' && l->len == 0))
		return;
	if (l->len == LINES_MAX) {
		l->dropping = true;
		return;
	}
	l->buf[l->len++] = (char)c;
}

bool
lines_next(struct lines *l, const char **bytes, size_t *len, struct token *ret_token)
{
	while (*len > 0) {
		char c = **bytes;
		(*bytes)++;
		(*len)--;
		if (c == '\r' || c == '\n') {
			if (lines_finish(l, ret_token))
				return true;
		} else if (c == '>' && l->want_prompt && l->len == 0 && !l->dropping) {
			l->want_prompt = false;
			*ret_token = (struct token){TOKEN_PROMPT, "", 0};
			return true;
		} else {
			lines_add(l, (unsigned char)c);
		}
	}
	return false;
}

void
lines_reset(struct lines *l)
{
	l->len = 0;
	l->dropping = false;
	l->want_prompt = false;
}
