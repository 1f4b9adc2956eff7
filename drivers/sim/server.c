/* The socket of control.h. */
#include "drivers/sim/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "drivers/sim/handset.h"

enum { LINE_MAX_BYTES = 64 * 1024, UNSENT_MAX = 4 * 1024 * 1024 };

struct client {
	struct client *next;
	struct sim *sim;
	int fd;
	struct loop_watch *watch;
	struct strbuf in, out, answer;
	struct sim_listener listener;
	bool gone;
};

struct sim_control {
	int fd;
	char path[108];
	struct loop_watch *watch;
	struct client *clients;
};

static void
client_free(struct client *c)
{
	sim_handset_detach(&c->listener);
	loop_watch_close(c->watch);
	close(c->fd);
	strbuf_done(&c->in);
	strbuf_done(&c->out);
	strbuf_done(&c->answer);
	free(c);
}

static void
reap(struct sim_control *control)
{
	for (struct client **at = &control->clients; *at;) {
		struct client *c = *at;
		if (!c->gone) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		client_free(c);
	}
}

static void
flush(struct client *c)
{
	ssize_t n = c->out.len ? send(c->fd, c->out.s, c->out.len, MSG_NOSIGNAL) : 0;
	if (n > 0)
		strbuf_consume(&c->out, (size_t)n);
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		c->gone = true;
	if (c->out.full)
		c->gone = true;
	loop_watch_events(c->watch, c->out.len ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

/* A handset's text for a watcher; its end is noticed by the socket's own event. */
static void
on_text(void *arg, const char *from, const char *text, size_t len)
{
	struct client *c = arg;
	strbuf_printf(&c->out, "text %s ", from);
	sim_escape(&c->out, text, len);
	strbuf_putc(&c->out, '\n');
	flush(c);
}

static int
attach(struct client *c, const char *number, struct strbuf *answer)
{
	struct sim_subscriber *who = sim_subscriber(c->sim, number, answer);
	if (!who)
		return -EINVAL;
	if (who->modem) {
		strbuf_set(
			answer, "%s is a modem's number, not a handset's", who->number);
		return -EINVAL;
	}
	sim_handset_detach(&c->listener);
	c->listener.fn = on_text;
	c->listener.arg = c;
	sim_handset_attach(who, &c->listener);
	strbuf_puts(answer, who->number);
	return 0;
}

static void
obey(struct client *c, const char *line)
{
	int r;
	strbuf_reset(&c->answer);
	if (!strncmp(line, "attach ", 7))
		r = attach(c, line + 7, &c->answer);
	else
		r = sim_command(c->sim, line, &c->answer);
	strbuf_puts(&c->out, r < 0 ? "error" : "ok");
	if (c->answer.len)
		strbuf_printf(&c->out, " %s", c->answer.s);
	strbuf_putc(&c->out, '\n');
}

static void
on_client(void *arg, unsigned events)
{
	struct client *c = arg;
	char buf[4096];
	if (events & (LOOP_READ | LOOP_HANGUP)) {
		ssize_t n = read(c->fd, buf, sizeof(buf));
		if (n > 0)
			strbuf_add(&c->in, buf, (size_t)n);
		else if (n == 0 || (errno != EAGAIN && errno != EINTR))
			c->gone = true;
	}
	char *end;
	while (!c->gone && (end = memchr(c->in.s, '\n', c->in.len))) {
		size_t len = (size_t)(end - c->in.s);
		*end = '\0';
		if (len && end[-1] == '\r')
			end[-1] = '\0';
		obey(c, c->in.s);
		strbuf_consume(&c->in, len + 1);
	}
	c->gone |= c->in.full;
	flush(c);
	reap(c->sim->control);
}

static void
on_connection(void *arg, unsigned events)
{
	struct sim *sim = arg;
	(void)events;
	int fd = accept4(sim->control->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	struct client *c = xcalloc(1, sizeof(*c));
	c->sim = sim;
	c->fd = fd;
	strbuf_init(&c->in, LINE_MAX_BYTES);
	strbuf_init(&c->out, UNSENT_MAX);
	strbuf_init(&c->answer, LINE_MAX_BYTES);
	c->watch = loop_watch_open(sim->loop, fd, LOOP_READ, on_client, c);
	c->next = sim->control->clients;
	sim->control->clients = c;
}

/* A socket file nobody answers at is what a killed network left. */
static bool
somebody_answers(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = fd >= 0 && connect(fd, (const void *)addr, sizeof(*addr)) == 0;
	if (fd >= 0)
		close(fd);
	return yes;
}

int
sim_control_open(struct sim *sim, const char *path, struct strbuf *err)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(addr.sun_path)) {
		strbuf_set(err, "%s is too long for a socket's name", path);
		return -ENAMETOOLONG;
	}
	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (somebody_answers(&addr)) {
		strbuf_set(err, "another simulated network is running at %s", path);
		return -EADDRINUSE;
	}
	unlink(path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	mode_t mask = umask(0177);
	int r = fd < 0 || bind(fd, (void *)&addr, sizeof(addr)) < 0 || listen(fd, 16) < 0
			? -errno
			: 0;
	umask(mask);
	if (r < 0) {
		strbuf_set(err, "%s: cannot listen: %s", path, strerror(-r));
		if (fd >= 0)
			close(fd);
		return r;
	}
	struct sim_control *control = xcalloc(1, sizeof(*control));
	control->fd = fd;
	memcpy(control->path, path, strlen(path) + 1);
	control->watch = loop_watch_open(sim->loop, fd, LOOP_READ, on_connection, sim);
	sim->control = control;
	return 0;
}

void
sim_control_close(struct sim *sim)
{
	struct sim_control *control = sim->control;
	if (!control)
		return;
	for (struct client *c = control->clients; c; c = c->next)
		c->gone = true;
	reap(control);
	loop_watch_close(control->watch);
	close(control->fd);
	unlink(control->path);
	free(control);
	sim->control = NULL;
}
