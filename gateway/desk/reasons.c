/* What the gates say, in the language of who reads it. The gateway speaks English; what
 * has no translation stays as it came. */
#include <stdio.h>
#include <string.h>

#include "gateway/desk/model.h"
#include "gateway/text/why.h"

/* A reason that was stored begins with its gate: "window: outside the hours ...". */
static const char *
skip_gate(const struct desk *d, const char *text, struct strbuf *out)
{
	char gate[16];
	size_t n = strcspn(text, ":");
	if (n >= sizeof(gate) || strncmp(text + n, ": ", 2) != 0)
		return text;
	memcpy(gate, text, n);
	gate[n] = '\0';
	const char *name = phrase_gate(d->language, gate);
	if (name == gate)
		return text;
	strbuf_printf(out, "%s: ", name);
	return text + n + 2;
}

/* At most `size` bytes, and no half of a letter. */
static void
cut(const char *text, char *ret, size_t size)
{
	size_t n = strlen(text);
	if (n >= size)
		for (n = size - 1; n && ((unsigned char)text[n] & 0xC0) == 0x80;)
			n--;
	memcpy(ret, text, n);
	ret[n] = '\0';
}

void
desk_reason(const struct desk *d, const char *text, char *ret, size_t size)
{
	struct strbuf out AUTO(strbuf_done) = STRBUF_INIT(4096);
	if (d->language == LANGUAGE_KO)
		why_korean(skip_gate(d, text, &out), &out);
	else
		strbuf_puts(&out, text);
	cut(out.s, ret, size);
}
