#include "drivers/sim/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int
sim_ledger_open(
	struct sim_ledger *l, const char *path, struct loop *loop, struct strbuf *err)
{
	*l = (struct sim_ledger){.fd = -1, .loop = loop, .line = STRBUF_INIT(64 * 1024)};
	l->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	if (l->fd < 0) {
		int e = errno;
		strbuf_set(err, "%s: cannot write the ledger: %s", path, strerror(e));
		return -e;
	}
	return 0;
}

void
sim_ledger_close(struct sim_ledger *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	strbuf_done(&l->line);
}

/* Decimal by hand: a line has half a dozen numbers and printf() would be most of its
 * cost. */
static void
put_int(struct strbuf *b, int64_t value)
{
	char digits[24];
	size_t at = sizeof(digits);
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
	do
		digits[--at] = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0)
		digits[--at] = '-';
	strbuf_add(b, digits + at, sizeof(digits) - at);
}

static void
put_key(struct strbuf *b, const char *key)
{
	strbuf_add(b, ",\"", 2);
	strbuf_puts(b, key);
	strbuf_add(b, "\":", 2);
}

static void
put_escaped(struct strbuf *b, unsigned char c)
{
	if (c == '"' || c == '\\') {
		strbuf_putc(b, '\\');
		strbuf_putc(b, (char)c);
	} else if (c == '\n') {
		strbuf_puts(b, "\\n");
	} else {
		strbuf_printf(b, "\\u%04x", c);
	}
}

int64_t
sim_ledger_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

void
sim_ledger_begin(struct sim_ledger *l, const char *kind)
{
	strbuf_reset(&l->line);
	strbuf_puts(&l->line, "{\"seq\":");
	put_int(&l->line, (int64_t)++l->seq);
	sim_ledger_int(l, "ms", clock_wall(loop_clock(l->loop)));
	sim_ledger_text(l, "kind", kind);
}

void
sim_ledger_bytes(struct sim_ledger *l, const char *key, const char *text, size_t len)
{
	struct strbuf *b = &l->line;
	put_key(b, key);
	strbuf_putc(b, '"');
	size_t from = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7F)
			continue;
		strbuf_add(b, text + from, i - from);
		put_escaped(b, c);
		from = i + 1;
	}
	strbuf_add(b, text + from, len - from);
	strbuf_putc(b, '"');
}

void
sim_ledger_text(struct sim_ledger *l, const char *key, const char *text)
{
	sim_ledger_bytes(l, key, text, strlen(text));
}

void
sim_ledger_int(struct sim_ledger *l, const char *key, int64_t value)
{
	put_key(&l->line, key);
	put_int(&l->line, value);
}

void
sim_ledger_hex(struct sim_ledger *l, const char *key, const uint8_t *p, size_t len)
{
	put_key(&l->line, key);
	strbuf_putc(&l->line, '"');
	strbuf_hex(&l->line, p, len);
	strbuf_putc(&l->line, '"');
}

void
sim_ledger_concat(struct sim_ledger *l, const struct sms_concat *concat)
{
	if (!concat->total)
		return;
	put_key(&l->line, "concat");
	strbuf_puts(&l->line, "{\"ref\":");
	put_int(&l->line, concat->ref);
	sim_ledger_int(l, "seq", concat->seq);
	sim_ledger_int(l, "total", concat->total);
	strbuf_putc(&l->line, '}');
}

void
sim_ledger_end(struct sim_ledger *l)
{
	sim_ledger_int(l, "us", sim_ledger_us());
	strbuf_puts(&l->line, "}\n");
	size_t done = 0;
	while (done < l->line.len && !l->broken) {
		ssize_t n = write(l->fd, l->line.s + done, l->line.len - done);
		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			l->broken = errno;
	}
	if (l->line.full)
		l->broken = EMSGSIZE;
	if (l->broken)
		loop_stop(l->loop);
}
