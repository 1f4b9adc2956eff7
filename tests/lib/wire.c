#include "tests/lib/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
/* cmocka wants the above first */
#include <cmocka.h>

void
wire_fail(struct channel *ch, const char *fmt, ...)
{
	struct strbuf wire AUTO(strbuf_done) = STRBUF_INIT(WIRE_SIZE + 1);
	va_list ap;

	fprintf(stderr, "%s:%u: ", ch->file, ch->line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	if (ch->driver)
		driver_at.trace(ch->driver, &wire);
	fprintf(stderr, "\n%s", wire.s);
	for (size_t i = ch->event_next; i < ch->events; i++)
		fprintf(stderr, "! %s\n", ch->event[i]);
	fail();
}

void
wire_open(struct channel *ch)
{
	char name[128];
	struct termios t;
	int slave;

	assert_int_equal(openpty(&ch->master, &slave, name, NULL, NULL), 0);
	/* Raw from the start: nothing may be echoed before the driver has opened it. */
	assert_int_equal(tcgetattr(slave, &t), 0);
	cfmakeraw(&t);
	assert_int_equal(tcsetattr(slave, TCSANOW, &t), 0);
	fcntl(ch->master, F_SETFL, O_NONBLOCK);
	unlink(ch->device);
	assert_int_equal(symlink(name, ch->device), 0);
	ch->told = ch->heard = 0;
	ch->opens = ch->driver->port.opens + 1;
	strbuf_reset(&ch->heard_bytes);
	/* The driver must find somebody there when it opens; then its own end is enough.
	 */
	for (int i = 0; i < 9000 && !port_is_open(&ch->driver->port); i++)
		loop_run_until(ch->loop, &ch->clock, ch->clock.mono + 10);
	close(slave);
	if (!port_is_open(&ch->driver->port))
		wire_fail(ch, "the driver did not open the device");
}

static void
wire_hear(struct channel *ch)
{
	char bytes[4096];
	const struct port *p = ch->driver ? &ch->driver->port : NULL;
	ssize_t n;

	if (p && p->opens !=
			 ch->opens) { /* the driver closed and opened the same device */
		ch->told = ch->heard = 0;
		ch->opens = p->opens;
	}
	n = ch->master >= 0 ? read(ch->master, bytes, sizeof(bytes)) : -1;

	if (n <= 0)
		return;
	ch->heard += (uint64_t)n;
	strbuf_add(&ch->heard_bytes, bytes, (size_t)n);
}

static bool
wire_is_settled(const struct channel *ch)
{
	const struct port *p = ch->driver ? &ch->driver->port : NULL;

	return !p || ch->master < 0 || !port_is_open(p) ||
	       (p->read_total >= ch->told && ch->heard >= p->written_total &&
		       p->out.len == 0);
}

/* Turns the loop until both sides have everything the other wrote. */
void
wire_settle(struct channel *ch)
{
	int64_t deadline = clock_mono(clock_real()) + WIRE_PATIENCE;

	do {
		struct pollfd p = {ch->master, POLLIN, 0};

		while (loop_turn(ch->loop))
			;
		wire_hear(ch);
		if (wire_is_settled(ch) && !loop_turn(ch->loop))
			return;
		poll(&p, 1, 1);
	} while (clock_mono(clock_real()) < deadline);
	wire_fail(ch, "bytes got stuck in the pseudo-terminal");
}

void
wire_tell(struct channel *ch, const char *bytes, size_t len)
{
	size_t step = ch->trickle ? 1 : len;

	for (size_t i = 0; i < len; i += step) {
		assert_int_equal(write(ch->master, bytes + i, step), step);
		ch->told += step;
		wire_settle(ch);
	}
}

bool
wire_take(struct channel *ch, char *ret, size_t size)
{
	struct strbuf *b = &ch->heard_bytes;
	size_t n = strcspn(b->s, "\r\x1a\x1b");

	if (n == b->len)
		return false;
	if (b->s[n] == 0x1b && n > 0)
		n--; /* cannot happen but for a bug: shown as it is */
	if (b->s[0] == 0x1b) {
		snprintf(ret, size, "^[");
		n = b->s[1] == '\r';
	} else {
		snprintf(ret, size, "%.*s%s", (int)n, b->s, b->s[n] == 0x1a ? "^Z" : "");
	}
	strbuf_consume(b, n + 1);
	return true;
}

void
wire_expect(struct channel *ch, const char *want)
{
	char got[1024] = "(nothing)";

	wire_settle(ch);
	if (!wire_take(ch, got, sizeof(got)) || strcmp(got, want) != 0)
		wire_fail(ch, "expected \"%s\" from the driver, got \"%s\"", want, got);
}

void
wire_expect_event(struct channel *ch, const char *want)
{
	const char *got;

	wire_settle(ch);
	got = ch->event_next < ch->events ? ch->event[ch->event_next] : "(nothing)";
	if (fnmatch(want, got, 0) != 0)
		wire_fail(ch, "expected \"! %s\", got \"! %s\"", want, got);
	ch->event_next++;
}
