#include "tests/lib/asker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#define PATIENCE (10 * SECOND)

void
answer_done(struct answer *a)
{
	strbuf_done(&a->raw);
}

const char *
answer_header(const struct answer *a, const char *name)
{
	static char value[512];
	char line[128];
	snprintf(line, sizeof(line), "\r\n%s: ", name);
	const char *at = strcasestr(a->raw.s, line);
	value[0] = '\0';
	if (at && at < a->body) {
		at += strlen(line);
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, "\r"), at);
	}
	return value;
}

json_t *
answer_json(const struct answer *a)
{
	struct strbuf err = STRBUF_SENTENCE;
	json_t *value = json_read(a->body, a->len, &err);
	if (!value)
		fail_msg("not JSON (%s): %s", err.s, a->raw.s);
	strbuf_done(&err);
	return value;
}

int
asker_dial(const struct asker *who)
{
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	struct sockaddr_in remote = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)who->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(who->port ? AF_INET : AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(local.sun_path, sizeof(local.sun_path), "%s", who->path);
	int r = who->port ? connect(fd, (struct sockaddr *)&remote, sizeof(remote))
			  : connect(fd, (struct sockaddr *)&local, sizeof(local));
	assert_int_equal(r, 0);
	return fd;
}

void
asker_write(const struct asker *who, int fd, const char *text, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n =
			send(fd, text + done, len - done, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			loop_turn(who->loop);
		else
			return; /* it was cut: the answer, if any, tells why */
	}
}

static bool
complete(struct answer *a)
{
	const char *end = strstr(a->raw.s, "\r\n\r\n");
	if (!end)
		return false;
	a->body = end + 4;
	a->status = atoi(a->raw.s + 9);
	a->len = (size_t)strtoul(answer_header(a, "Content-Length"), NULL, 10);
	return a->raw.len >= (size_t)(a->body - a->raw.s) + a->len;
}

/* False at the end of the connection. */
static bool
hear(const struct asker *who, int fd, struct strbuf *ret)
{
	char chunk[65536];
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	ssize_t n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	if (n > 0)
		strbuf_add(ret, chunk, (size_t)n);
	else if (!n || errno != EAGAIN)
		return false;
	else if (!loop_turn(who->loop)) {
		poll(&wait, 1, 1);
		if (who->clock)
			clock_sim_advance(who->clock, 1);
	}
	return true;
}

void
asker_await(const struct asker *who, int fd, struct answer *ret)
{
	int64_t stop = clock_mono(clock_real()) + PATIENCE;
	*ret = (struct answer){.raw = STRBUF_INIT(64 << 20)};
	ret->body = ret->raw.s;
	while (!complete(ret) && hear(who, fd, &ret->raw))
		assert_true(clock_mono(clock_real()) < stop);
}

void
asker_until(const struct asker *who, int fd, const char *word, struct strbuf *ret)
{
	int64_t stop = clock_mono(clock_real()) + PATIENCE;
	while (!strstr(ret->s, word) && hear(who, fd, ret))
		if (clock_mono(clock_real()) >= stop)
			fail_msg("never said %s: %s", word, ret->s);
}

void
asker_ask(const struct asker *who, const char *method, const char *target,
	const char *head, const char *body, struct answer *ret)
{
	struct strbuf text = STRBUF_INIT(64 << 20);
	int fd = asker_dial(who);
	strbuf_printf(&text, "%s %s HTTP/1.1\r\n%s%s", method, target,
		head && strcasestr(head, "Host:") ? "" : "Host: localhost\r\n",
		head ? head : "");
	if (body)
		strbuf_printf(&text, "%sContent-Length: %zu\r\n\r\n%s",
			head && strcasestr(head, "Content-Type:")
				? ""
				: "Content-Type: application/json\r\n",
			strlen(body), body);
	else
		strbuf_puts(&text, "\r\n");
	asker_write(who, fd, text.s, text.len);
	asker_await(who, fd, ret);
	strbuf_done(&text);
	close(fd);
}

int
asker_status(const struct asker *who, const char *method, const char *target,
	const char *head, const char *body)
{
	struct answer a;
	asker_ask(who, method, target, head, body, &a);
	answer_done(&a);
	return a.status;
}
