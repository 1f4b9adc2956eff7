#include "drivers/sim/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <termios.h>
#include <unistd.h>

enum { UNREAD_MAX = 256 * 1024 };

static void on_drip(void *arg);

void
sim_pty_init(struct sim_pty *p, struct loop *loop,
	void (*received)(void *arg, const uint8_t *bytes, size_t len), void *arg)
{
	*p = (struct sim_pty){.loop = loop,
		.master = -1,
		.slave = -1,
		.notify = -1,
		.out = STRBUF_INIT(UNREAD_MAX),
		.piece = 1,
		.received = received,
		.arg = arg};
	loop_timer_init(&p->timer, loop, on_drip, p);
}

/* A line nobody has configured must not echo our own words back at us. */
static void
make_raw(int fd)
{
	struct termios t;
	if (tcgetattr(fd, &t) == 0) {
		cfmakeraw(&t);
		cfsetspeed(&t, B115200);
		tcsetattr(fd, TCSANOW, &t);
	}
}

/* ---- who holds the port ---- */

static void
last_client_left(struct sim_pty *p)
{
	strbuf_reset(&p->out);
	tcflush(p->slave, TCIFLUSH);
	make_raw(p->slave);
}

static void
read_notices(struct sim_pty *p)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;
	while (p->notify >= 0 && (n = read(p->notify, buf, sizeof(buf))) > 0) {
		for (char *at = buf; at < buf + n;) {
			const struct inotify_event *e = (const void *)at;
			at += sizeof(*e) + e->len;
			if (e->mask & IN_OPEN)
				p->clients++;
			else if (e->mask & IN_CLOSE && p->clients && !--p->clients)
				last_client_left(p);
		}
	}
}

bool
sim_pty_held(struct sim_pty *p)
{
	if (p->notify < 0)
		return sim_pty_plugged(p);
	read_notices(p);
	return p->clients > 0;
}

static void
on_notice(void *arg, unsigned events)
{
	(void)events;
	read_notices(arg);
}

/* ---- bytes ---- */

/* The order matters: whoever wrote these bytes opened the port before, so the notices
 * read after them are complete, and an answer is never dropped with the previous
 * client's. */
static void
on_master(void *arg, unsigned events)
{
	struct sim_pty *p = arg;
	uint8_t buf[4096];
	if (events & (LOOP_READ | LOOP_HANGUP)) {
		ssize_t n = read(p->master, buf, sizeof(buf));
		read_notices(p);
		p->heard += n > 0 ? (uint64_t)n : 0;
		if (n > 0)
			p->received(p->arg, buf, (size_t)n);
	}
	if (events & LOOP_WRITE && sim_pty_plugged(p)) {
		p->throttled = false;
		loop_watch_events(p->watch, LOOP_READ);
		sim_pty_flush(p);
	}
}

void
sim_pty_say(struct sim_pty *p, const void *bytes, size_t len)
{
	if (sim_pty_plugged(p))
		strbuf_add(&p->out, bytes, len);
}

static void
put_on_line(struct sim_pty *p, size_t most)
{
	size_t len = MIN(most, p->out.len);
	ssize_t n = write(p->master, p->out.s, len);
	if (n > 0) {
		p->said += (uint64_t)n;
		if ((size_t)n == p->out.len)
			strbuf_reset(&p->out);
		else
			strbuf_consume(&p->out, (size_t)n);
	}
	if (n < (ssize_t)len) {
		p->throttled = true;
		loop_watch_events(p->watch, LOOP_READ | LOOP_WRITE);
	}
}

void
sim_pty_flush(struct sim_pty *p)
{
	if (!sim_pty_plugged(p) || !p->out.len || p->throttled)
		return;
	if (!sim_pty_held(p)) {
		strbuf_reset(&p->out);
		return;
	}
	if (!p->drip)
		put_on_line(p, p->out.len);
	else if (!loop_timer_active(&p->timer))
		loop_timer_in(&p->timer, p->drip);
}

static void
on_drip(void *arg)
{
	struct sim_pty *p = arg;
	if (!sim_pty_plugged(p) || !p->out.len)
		return;
	if (!p->throttled)
		put_on_line(p, p->drip ? p->piece : p->out.len);
	if (p->out.len && !loop_timer_active(&p->timer))
		loop_timer_in(&p->timer, p->drip);
}

/* ---- plugging ---- */

static int
open_pair(int *ret_master, int *ret_slave, char path[64])
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (master < 0)
		return -errno;
	int slave = -1;
	if (grantpt(master) == 0 && unlockpt(master) == 0 &&
		ptsname_r(master, path, 64) == 0)
		slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0) {
		int e = errno;
		close(master);
		return -e;
	}
	make_raw(slave);
	*ret_master = master;
	*ret_slave = slave;
	return 0;
}

/* Replaces the link in one step, so that no client ever finds it half made. */
static int
point_link(const char *link, const char *path)
{
	char fresh[300];
	snprintf(fresh, sizeof(fresh), "%s.new", link);
	unlink(fresh);
	if (symlink(path, fresh) < 0 || rename(fresh, link) < 0)
		return -errno;
	return 0;
}

static void
watch_holders(struct sim_pty *p)
{
	p->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (p->notify < 0)
		return;
	if (inotify_add_watch(p->notify, p->path, IN_OPEN | IN_CLOSE) < 0) {
		close(p->notify);
		p->notify = -1;
		return;
	}
	p->notify_watch = loop_watch_open(p->loop, p->notify, LOOP_READ, on_notice, p);
}

/* A replugged device gets another name, as ttyUSB numbers do; the kernel would give the
 * old. */
static int
open_other_pair(const char *old, int *ret_master, int *ret_slave, char path[64])
{
	int master, slave;
	int r = open_pair(ret_master, ret_slave, path);
	if (r < 0 || strcmp(path, old) != 0)
		return r;
	master = *ret_master;
	slave = *ret_slave;
	r = open_pair(ret_master, ret_slave, path);
	close(master);
	close(slave);
	return r;
}

int
sim_pty_plug(struct sim_pty *p, const char *link, struct strbuf *err)
{
	int master = -1, slave = -1;
	char path[64], name[sizeof(p->link)];
	snprintf(name, sizeof(name), "%s", link);
	int r = open_other_pair(p->path, &master, &slave, path);
	if (r < 0) {
		strbuf_set(err, "cannot make a pseudo-terminal for %s: %s", name,
			strerror(-r));
		return r;
	}
	sim_pty_unplug(p);
	r = point_link(name, path);
	if (r < 0) {
		strbuf_set(err, "cannot make the link %s: %s", name, strerror(-r));
		close(master);
		close(slave);
		return r;
	}
	p->master = master;
	p->slave = slave;
	memcpy(p->link, name, sizeof(p->link));
	memcpy(p->path, path, sizeof(p->path));
	p->watch = loop_watch_open(p->loop, master, LOOP_READ, on_master, p);
	watch_holders(p);
	return 0;
}

void
sim_pty_unplug(struct sim_pty *p)
{
	if (!sim_pty_plugged(p))
		return;
	unlink(p->link);
	loop_watch_close(p->watch);
	loop_watch_close(p->notify_watch);
	loop_timer_stop(&p->timer);
	close(p->slave);
	close(p->master);
	if (p->notify >= 0)
		close(p->notify);
	p->watch = p->notify_watch = NULL;
	p->master = p->slave = p->notify = -1;
	p->clients = 0;
	p->throttled = false;
	strbuf_reset(&p->out);
}

void
sim_pty_done(struct sim_pty *p)
{
	sim_pty_unplug(p);
	strbuf_done(&p->out);
}
