/* The device itself: bytes in, bytes out, never waiting.
 *
 * `serial:PATH` is a real serial port (libserialport), `tty:PATH` a terminal device
 * opened with plain termios (pseudo-terminals, socat), `tcp:HOST:PORT` a port server
 * (ser2net). What the kernel does not take at once is kept and written as soon as it can
 * be; for the one question that matters, whether the last byte of a message was handed
 * over, there is port_pending(). */
#ifndef MALGIL_AT_PORT_H
#define MALGIL_AT_PORT_H

#include "gateway/base/lock.h"
#include "drivers/at/resolve.h"
#include "gateway/base/loop.h"

enum port_kind { PORT_SERIAL, PORT_TTY, PORT_TCP };

struct port_owner {
	void (*opened)(void *arg); /* from port_open() itself, for tcp later */
	void (*bytes)(void *arg, const char *bytes, size_t len);
	/* The device is gone. Comes from the loop, never from inside port_write(); the
	 * port is closed by then, but port_pending() still answers. */
	void (*lost)(void *arg, const char *why);
	void *arg;
};

struct port {
	struct loop *loop;
	struct port_owner owner;
	struct loop_watch *watch;
	int fd; /* -1 closed */
	void *serial;
	bool connecting;
	int write_error;   /* errno of a write that failed, told through `lost` */
	struct strbuf out; /* not yet taken by the kernel */
	struct lock lock;
	struct resolve resolve;             /* tcp: the name is being looked up */
	unsigned connects;                  /* which of a name's addresses is next */
	unsigned opens;                     /* successful ones */
	uint64_t read_total, written_total; /* bytes since the last of them */
};

/* "serial:PATH", "tty:PATH", "tcp:HOST:PORT", or a plain path (serial). -EINVAL,
 * sentence. */
int port_parse(const char *device, enum port_kind *ret_kind, const char **ret_rest,
	struct strbuf *err) MUST_USE;

void port_init(struct port *p, struct loop *loop, const struct port_owner *owner);
/* 0, or -errno and a sentence. */
int port_open(struct port *p, const char *device, int baud, const char *lock_dir,
	struct strbuf *err) MUST_USE;
void port_close(struct port *p); /* keeps what was pending, for port_pending() */
void port_done(struct port *p);
void port_write(struct port *p, const char *bytes, size_t len);
size_t port_pending(const struct port *p);
bool port_is_open(const struct port *p);

#endif
