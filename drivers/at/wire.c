#include "drivers/at/wire.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum {
	WIRE_HEX_RUN = 20, /* an IMSI or ICCID is shorter and stays readable */
};

static size_t
wire_hex_run(const char *s, size_t len)
{
	size_t n = 0;
	while (n < len && isxdigit((unsigned char)s[n]))
		n++;
	return n;
}

/* Any command that carries a PIN: +CPIN=, +CLCK=, +CPWD=, also vendor spellings of them.
 */
static size_t
wire_secret_at(const char *text, size_t len)
{
	static const char *const names[] = {"CPIN=", "CLCK=", "CPWD=", "PIN="};
	for (size_t i = 0; i < len; i++)
		for (size_t k = 0; k < ARRAY_LEN(names); k++) {
			size_t n = strlen(names[k]);
			if (len - i >= n && strncasecmp(text + i, names[k], n) == 0)
				return i + n;
		}
	return len;
}

void
wire_mask(const char *text, size_t len, bool show_pdu, struct strbuf *out)
{
	size_t secret = wire_secret_at(text, len);
	for (size_t i = 0; i < secret;) {
		size_t run = wire_hex_run(text + i, secret - i);
		unsigned char c = (unsigned char)text[i];
		if (run > WIRE_HEX_RUN && !show_pdu) {
			strbuf_printf(out, "(%zu octets)", run / 2);
			i += run;
			continue;
		}
		if (c == 0x1a)
			strbuf_puts(out, "^Z");
		else if (c == 0x1b)
			strbuf_puts(out, "^[");
		else if (c != '\r' && c != '\n')
			strbuf_putc(out, c < 0x20 || c == 0x7f ? '.' : (char)c);
		i++;
	}
	if (secret < len)
		strbuf_puts(out, "****");
}

static void
wire_drop_line(struct wire *w)
{
	char c = '\0';
	while (w->used > 0 && c != '\n') {
		c = w->ring[w->head];
		w->head = (w->head + 1) % WIRE_SIZE;
		w->used--;
	}
}

void
wire_note(struct wire *w, char direction, const char *text, size_t len)
{
	struct strbuf line AUTO(strbuf_done) = STRBUF_INIT(WIRE_SIZE);
	strbuf_putc(&line, direction);
	strbuf_putc(&line, ' ');
	wire_mask(text, MIN(len, (size_t)WIRE_SIZE / 4), w->show_pdu, &line);
	strbuf_putc(&line, '\n');
	while (WIRE_SIZE - w->used < line.len)
		wire_drop_line(w);
	for (size_t i = 0; i < line.len; i++)
		w->ring[(w->head + w->used++) % WIRE_SIZE] = line.s[i];
}

void
wire_print(const struct wire *w, struct strbuf *out)
{
	for (size_t i = 0; i < w->used; i++)
		strbuf_putc(out, w->ring[(w->head + i) % WIRE_SIZE]);
}
