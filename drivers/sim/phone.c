/* Clients of the control socket: `malgil sim phone`, a handset held at the terminal, and
 * `malgil sim tell`, one command from a shell script. */
#include "drivers/sim/handset.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct phone {
	int fd;
	const char *number, *to;
	struct strbuf typed, heard, *err;
	unsigned unanswered; /* commands whose ok has not come */
	bool input_over, failed;
};

static int
call(const char *dir, struct strbuf *err)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int n = snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/control", dir);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (n < (int)sizeof(addr.sun_path) && fd >= 0 &&
		connect(fd, (const void *)&addr, sizeof(addr)) == 0)
		return fd;
	int e = errno;
	strbuf_set(err, "no simulated network answers in %s: %s", dir, strerror(e));
	if (fd >= 0)
		close(fd);
	return -e;
}

static void
ask(struct phone *p, struct strbuf *line)
{
	size_t done = 0;
	while (done < line->len && !p->failed) {
		ssize_t n = send(p->fd, line->s + done, line->len - done, MSG_NOSIGNAL);
		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR)
			p->failed = true;
	}
	p->unanswered++;
}

static void
print_text(const char *line)
{
	const char *text = strchr(line, ' ');
	int from = (int)(text ? text - line : 0);
	char copy[64 * 1024];
	snprintf(copy, sizeof(copy), "%s", text ? text + 1 : line);
	if (isatty(STDOUT_FILENO))
		sim_unescape(copy);
	printf("%.*s: %s\n", from, line, copy);
	fflush(stdout);
}

static void
take_line(struct phone *p, const char *line)
{
	if (!strncmp(line, "text ", 5)) {
		print_text(line + 5);
		return;
	}
	if (p->unanswered)
		p->unanswered--;
	if (strncmp(line, "error ", 6) != 0)
		return;
	/* A refused text is told at once; the handset stays in the hand. */
	fprintf(stderr, "%s\n", line + 6);
	strbuf_set(p->err, "%s", line + 6);
}

static void
send_line(struct phone *p, const char *line)
{
	struct strbuf out = STRBUF_INIT(64 * 1024);
	if (*line) {
		strbuf_printf(&out, "text %s %s ", p->number, p->to);
		sim_escape(&out, line, strlen(line));
		strbuf_putc(&out, '\n');
		ask(p, &out);
	}
	strbuf_done(&out);
}

/* Reads what is there and hands over its whole lines; false at the end. */
static bool
read_lines(struct phone *p, int fd, struct strbuf *in,
	void (*each)(struct phone *p, const char *line))
{
	char buf[4096], *end;
	ssize_t n = read(fd, buf, sizeof(buf));
	if (n <= 0)
		return n < 0 && errno == EINTR;
	strbuf_add(in, buf, (size_t)n);
	while ((end = memchr(in->s, '\n', in->len))) {
		size_t len = (size_t)(end - in->s);
		*end = '\0';
		if (len && end[-1] == '\r')
			end[-1] = '\0';
		each(p, in->s);
		strbuf_consume(in, len + 1);
	}
	return !in->full;
}

static void
hold(struct phone *p)
{
	while (!p->failed && !(p->input_over && !p->unanswered)) {
		struct pollfd fds[2] = {{p->fd, POLLIN, 0},
			{p->input_over ? -1 : STDIN_FILENO, POLLIN, 0}};
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			p->failed = true;
		if (fds[1].revents &&
			!read_lines(p, STDIN_FILENO, &p->typed, send_line)) {
			p->input_over = true;
			if (p->typed.len)
				send_line(p, p->typed.s);
		}
		if (fds[0].revents && !read_lines(p, p->fd, &p->heard, take_line))
			p->failed = true;
	}
}

int
sim_phone(const char *dir, const char *number, const char *to, struct strbuf *err)
{
	struct phone p = {.number = number,
		.to = to,
		.typed = STRBUF_INIT(64 * 1024),
		.heard = STRBUF_INIT(256 * 1024),
		.err = err};
	struct strbuf attach = STRBUF_INIT(256);
	p.fd = call(dir, err);
	if (p.fd < 0)
		return p.fd;
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		printf("The handset %s. A line you type is a text to %s; Ctrl-D hangs "
		       "up.\n",
			number, to);
	strbuf_printf(&attach, "attach %s\n", number);
	ask(&p, &attach);
	hold(&p);
	if (p.failed)
		strbuf_set(err, "the simulated network in %s is gone", dir);
	close(p.fd);
	strbuf_done(&attach);
	strbuf_done(&p.typed);
	strbuf_done(&p.heard);
	return err->len ? -EPIPE : 0;
}

int
sim_tell(const char *dir, const char *line, struct strbuf *answer)
{
	struct phone p = {.err = answer};
	struct strbuf out = STRBUF_INIT(64 * 1024), in = STRBUF_INIT(64 * 1024);
	char *end = NULL, buf[4096];
	ssize_t n = 1;
	p.fd = call(dir, answer);
	if (p.fd < 0)
		return p.fd;
	strbuf_printf(&out, "%s\n", line);
	ask(&p, &out);
	while (!p.failed && n > 0 && !(end = memchr(in.s, '\n', in.len))) {
		n = read(p.fd, buf, sizeof(buf));
		strbuf_add(&in, buf, n > 0 ? (size_t)n : 0);
	}
	close(p.fd);
	int r = end && !strncmp(in.s, "ok", 2) ? 0 : -EINVAL;
	size_t word = r ? strlen("error ") : strlen("ok ");
	if (!end)
		strbuf_set(answer, "the simulated network in %s is gone", dir);
	else if (in.len > word)
		strbuf_set(
			answer, "%.*s", (int)(end - in.s - (ptrdiff_t)word), in.s + word);
	strbuf_done(&out);
	strbuf_done(&in);
	return r;
}
