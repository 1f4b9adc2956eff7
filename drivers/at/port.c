#include "drivers/at/port.h"

#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

enum {
	PORT_READ = 4096,
	PORT_OUT = 16384, /* a modem that takes nothing for this long is not there */
};

/* "HOST:PORT", "[V6]:PORT" in two. */
static bool
port_split(const char *rest, char host[256], char service[8])
{
	const char *colon = strrchr(rest, ':');
	size_t len = colon ? (size_t)(colon - rest) : 0;
	char *end;
	long port = colon ? strtol(colon + 1, &end, 10) : 0;

	/* getaddrinfo() takes 99999 and means 34463. */
	if (len == 0 || len > 254 || port < 1 || port > 65535 || *end)
		return false;
	if (*rest == '[' && rest[len - 1] == ']') {
		rest++;
		len -= 2;
	} else if (memchr(rest, ':', len)) {
		return false;
	}
	snprintf(host, 256, "%.*s", (int)len, rest);
	snprintf(service, 8, "%ld", port);
	return host[0] && strcspn(host, " \t/@\"") == strlen(host);
}

static bool
port_is_address(const char *rest)
{
	char host[256], service[8];

	return port_split(rest, host, service);
}

int
port_parse(const char *device, enum port_kind *ret_kind, const char **ret_rest,
	struct strbuf *err)
{
	static const char *const names[] = {"serial:", "tty:", "tcp:"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strncmp(device, names[i], strlen(names[i])) == 0) {
			*ret_kind = (enum port_kind)i;
			*ret_rest = device + strlen(names[i]);
			if (i == PORT_TCP ? port_is_address(*ret_rest)
					  : **ret_rest == '/')
				return 0;
			strbuf_set(err, "device \"%s\": expected %s", device,
				i == PORT_TCP ? "tcp:HOST:PORT, such as "
						"tcp:192.168.0.5:2001"
					      : "an absolute path");
			return -EINVAL;
		}
	if (*device == '/') {
		*ret_kind = PORT_SERIAL;
		*ret_rest = device;
		return 0;
	}
	strbuf_set(err,
		"device \"%s\": expected serial:/dev/ttyUSB0, tty:/PATH or "
		"tcp:HOST:PORT",
		device);
	return -EINVAL;
}

static void port_resolved(void *arg, const struct addrinfo *found, const char *why);

void
port_init(struct port *p, struct loop *loop, const struct port_owner *owner)
{
	memset(p, 0, sizeof(*p));
	p->loop = loop;
	p->owner = *owner;
	p->fd = -1;
	resolve_init(&p->resolve, loop, port_resolved, p);
	strbuf_init(&p->out, PORT_OUT);
}

bool
port_is_open(const struct port *p)
{
	return p->fd >= 0 && !p->connecting;
}

size_t
port_pending(const struct port *p)
{
	return p->out.len;
}

void
port_close(struct port *p)
{
	loop_watch_close(p->watch);
	resolve_stop(&p->resolve);
	p->watch = NULL;
	loop_forget(p->loop, p);
	if (p->serial) {
		sp_close(p->serial);
		sp_free_port(p->serial);
		p->serial = NULL;
	} else if (p->fd >= 0) {
		close(p->fd);
	}
	p->fd = -1;
	p->connecting = false;
	lock_drop(&p->lock);
}

void
port_done(struct port *p)
{
	port_close(p);
	strbuf_done(&p->out);
}

/* ---- bytes ---- */

static void
port_lost(struct port *p, int error)
{
	const char *why = error ? strerror(error) : "the device has gone";
	port_close(p);
	p->owner.lost(p->owner.arg, why);
}

static void
port_lost_later(void *arg)
{
	struct port *p = arg;
	port_lost(p, p->write_error);
}

static void
port_flush(struct port *p)
{
	while (p->fd >= 0 && p->out.len > 0) {
		ssize_t n = write(p->fd, p->out.s, p->out.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN && !p->write_error) {
			p->write_error = errno;
			loop_post(p->loop, port_lost_later, p);
		}
		if (n <= 0)
			break;
		p->written_total += (uint64_t)n;
		strbuf_consume(&p->out, (size_t)n);
	}
	if (p->watch)
		loop_watch_events(p->watch,
			LOOP_READ | (p->out.len > 0 && !p->write_error ? LOOP_WRITE : 0));
}

void
port_write(struct port *p, const char *bytes, size_t len)
{
	bool waiting = p->out.len > 0;
	if (!port_is_open(p))
		return;
	strbuf_add(&p->out, bytes, len);
	if (p->out.full && !p->write_error) {
		p->write_error = ETIMEDOUT;
		loop_post(p->loop, port_lost_later, p);
	} else if (!waiting) {
		port_flush(p);
	}
}

static void
port_read(struct port *p)
{
	char bytes[PORT_READ];
	ssize_t n;
	/* One read a turn would do; a few keep a flood from costing a turn each. */
	for (int i = 0; i < 4 && p->fd >= 0; i++) {
		n = read(p->fd, bytes, sizeof(bytes));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			port_lost(p, n < 0 ? errno : 0);
			return;
		}
		p->read_total += (uint64_t)n;
		p->owner.bytes(p->owner.arg, bytes, (size_t)n);
		if ((size_t)n < sizeof(bytes))
			return;
	}
}

static void
port_connected(struct port *p)
{
	int error = 0;
	socklen_t len = sizeof(error);
	getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error) {
		port_lost(p, error);
		return;
	}
	p->connecting = false;
	loop_watch_events(p->watch, LOOP_READ);
	p->owner.opened(p->owner.arg);
}

static void
port_event(void *arg, unsigned events)
{
	struct port *p = arg;
	if (p->connecting) {
		port_connected(p);
		return;
	}
	if (events & (LOOP_READ | LOOP_HANGUP))
		port_read(p);
	if (p->fd >= 0 && (events & LOOP_WRITE))
		port_flush(p);
	/* Nothing left to read and the other side gone: read() may still say EAGAIN. */
	if (p->fd >= 0 && (events & LOOP_HANGUP) && !(events & LOOP_READ))
		port_lost(p, 0);
}

/* ---- opening ---- */

static int
port_open_tty(struct port *p, const char *path, struct strbuf *err)
{
	int r;
	p->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (p->fd < 0) {
		r = -errno;
		strbuf_set(err, "%s cannot be opened: %s", path, strerror(-r));
		return r;
	}
	if (!isatty(p->fd)) {
		strbuf_set(err, "%s is not a terminal device", path);
		return -ENOTTY;
	}
	return 0;
}

/* Once it is ours: before that its settings are another's. */
static int
port_set_raw(struct port *p, const char *path, struct strbuf *err)
{
	struct termios t;
	int r = tcgetattr(p->fd, &t);
	if (r == 0) {
		cfmakeraw(&t);
		t.c_cflag |= CLOCAL | CREAD;
		t.c_cc[VMIN] = 1;
		t.c_cc[VTIME] = 0;
		r = tcsetattr(p->fd, TCSANOW, &t);
	}
	if (r) {
		r = -errno;
		strbuf_set(err, "%s cannot be set up: %s", path, strerror(-r));
	}
	return r;
}

static int
port_serial_failed(const char *path, enum sp_return r, struct strbuf *err)
{
	int error = r == SP_ERR_FAIL ? sp_last_error_code() : EINVAL;
	strbuf_set(err, "%s cannot be opened: %s", path,
		r == SP_ERR_ARG ? "no such serial device (a pseudo-terminal is tty:PATH)"
				: strerror(error));
	return -(error ? error : EIO);
}

static int
port_open_serial(struct port *p, const char *path, int baud, struct strbuf *err)
{
	struct sp_port *serial = NULL;
	enum sp_return r = sp_get_port_by_name(path, &serial);
	if (r == SP_OK && (r = sp_open(serial, SP_MODE_READ_WRITE)) != SP_OK)
		sp_free_port(serial);
	if (r != SP_OK)
		return port_serial_failed(path, r, err);
	p->serial = serial;
	if ((r = sp_set_baudrate(serial, baud)) == SP_OK &&
		(r = sp_set_bits(serial, 8)) == SP_OK &&
		(r = sp_set_parity(serial, SP_PARITY_NONE)) == SP_OK &&
		(r = sp_set_stopbits(serial, 1)) == SP_OK &&
		(r = sp_set_flowcontrol(serial, SP_FLOWCONTROL_NONE)) == SP_OK &&
		(r = sp_get_port_handle(serial, &p->fd)) == SP_OK) {
		/* Some modems stay silent without these; a device without the lines
		 * refuses. */
		if (sp_set_dtr(serial, SP_DTR_ON) != SP_OK ||
			sp_set_rts(serial, SP_RTS_ON) != SP_OK)
			return 0;
		return 0;
	}
	return port_serial_failed(path, r, err);
}

/* One address after the other would take minutes where packets are dropped; the next try
 * takes the next one. */
static int
port_connect(struct port *p, const struct addrinfo *found)
{
	const struct addrinfo *at = found;
	int one = 1;
	for (unsigned i = 0; i < p->connects && at->ai_next; i++)
		at = at->ai_next;
	p->connects = at->ai_next ? p->connects + 1 : 0;
	p->fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0 ||
		(connect(p->fd, at->ai_addr, at->ai_addrlen) && errno != EINPROGRESS))
		return -errno;
	setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(p->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	p->connecting = true;
	return 0;
}

static void
port_resolved(void *arg, const struct addrinfo *found, const char *why)
{
	struct port *p = arg;
	int r = found ? port_connect(p, found) : 0;
	if (!found || r) {
		port_close(p);
		p->owner.lost(p->owner.arg, found ? strerror(-r) : why);
		return;
	}
	p->watch = loop_watch_open(p->loop, p->fd, LOOP_WRITE, port_event, p);
}

/* An address connects at once, a name when it is known which address it has. */
static int
port_open_tcp(struct port *p, const char *rest, struct strbuf *err)
{
	struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	char host[256], service[8];
	int r;

	if (!port_split(rest, host, service)) {
		strbuf_set(
			err, "tcp:%s is not HOST:PORT, such as 192.168.0.5:2001", rest);
		return -EINVAL;
	}
	if (getaddrinfo(host, service, &hints, &found)) {
		resolve_start(&p->resolve, host, service);
		p->connecting = true;
		return 0;
	}
	r = port_connect(p, found);
	freeaddrinfo(found);
	if (r)
		strbuf_set(err, "tcp:%s cannot be reached: %s", rest, strerror(-r));
	return r;
}

static int
port_open_kind(struct port *p, const char *device, int baud, const char *lock_dir,
	struct strbuf *err)
{
	enum port_kind kind = PORT_TTY;
	const char *rest = device;
	int r = port_parse(device, &kind, &rest, err);
	if (r)
		return r;
	switch (kind) {
	case PORT_TCP: return port_open_tcp(p, rest, err);
	case PORT_TTY: r = port_open_tty(p, rest, err); break;
	case PORT_SERIAL: r = port_open_serial(p, rest, baud, err); break;
	}
	if (r)
		return r;
	r = lock_take(&p->lock, lock_dir, rest, p->fd, err);
	if (r == 0 && kind == PORT_TTY)
		r = port_set_raw(p, rest, err);
	if (r)
		return r;
	/* Not for PORT_TTY: a pseudo-terminal stays exclusive as long as its other side
	 * lives, and after a crash would shut out our own next start. */
	if (kind == PORT_SERIAL)
		ioctl(p->fd, TIOCEXCL);
	tcflush(p->fd, TCIFLUSH);
	return 0;
}

int
port_open(struct port *p, const char *device, int baud, const char *lock_dir,
	struct strbuf *err)
{
	int r = port_open_kind(p, device, baud, lock_dir, err);
	if (r) {
		port_close(p);
		return r;
	}
	p->write_error = 0;
	p->read_total = p->written_total = 0;
	p->opens++;
	strbuf_reset(&p->out);
	if (p->fd >= 0)
		p->watch = loop_watch_open(p->loop, p->fd,
			p->connecting ? LOOP_WRITE : LOOP_READ, port_event, p);
	if (!p->connecting)
		p->owner.opened(p->owner.arg);
	return 0;
}
