#include "tests/lib/httpd.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/strbuf.h"

#define KEPT 64
#define LOG  256

struct httpd {
	int listener, port, quit[2];
	pthread_t thread;
	pthread_mutex_t lock;
	char *json;
	int status;
	char type[64];
	char *log[LOG]; /* request n is at n % LOG */
	struct strbuf last;
	size_t count;
	int kept[KEPT]; /* connections that hang */
	size_t kept_count;
};

static bool
complete(const struct strbuf *text)
{
	const char *end = strstr(text->s, "\r\n\r\n");
	const char *length = strcasestr(text->s, "content-length:");
	if (!end)
		return false;
	size_t body = length && length < end ? strtoul(length + 15, NULL, 10) : 0;
	return text->len >= (size_t)(end + 4 - text->s) + body;
}

static void
read_request(int fd, struct strbuf *text)
{
	char chunk[4096];
	struct pollfd p = {.fd = fd, .events = POLLIN};
	while (!complete(text) && poll(&p, 1, 5000) > 0) {
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n <= 0)
			break;
		strbuf_add(text, chunk, (size_t)n);
	}
}

static void
put(int fd, const void *data, size_t len)
{
	const char *p = data;
	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
		if (n <= 0)
			return;
		p += n;
		len -= (size_t)n;
	}
}

static void
answer(int fd, int status, const char *type, const char *body, size_t promised)
{
	char head[256];
	int n = snprintf(head, sizeof(head),
		"HTTP/1.1 %d Whatever\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
		"Connection: close\r\n%s\r\n",
		status, type, promised, status / 100 == 3 ? "Location: /json\r\n" : "");
	put(fd, head, (size_t)n);
	put(fd, body, strlen(body));
}

static void
answer_mega(int fd)
{
	struct strbuf body = STRBUF_INIT(2 << 20);
	strbuf_puts(&body, "{\"no\":\"");
	while (body.len < (1 << 20))
		strbuf_puts(&body, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	strbuf_puts(&body, "\"}");
	answer(fd, 200, "application/json", body.s, body.len);
	strbuf_done(&body);
}

static void
answer_deep(int fd)
{
	char body[5001];
	memset(body, '[', 5000);
	body[5000] = '\0';
	answer(fd, 200, "application/json", body, 5000);
}

/* The path is /later/STATUS/WHEN, WHEN as the header has it ("+" for a blank). */
static void
answer_later(int fd, const char *path)
{
	char head[256], when[80];
	const char *from = strchr(path + 7, '/');
	size_t n = from ? strcspn(from + 1, " ") : 0;
	snprintf(when, sizeof(when), "%.*s", (int)n, from ? from + 1 : "");
	for (char *p = when; *p; p++)
		*p = *p == '+' ? ' ' : *p;
	int len = snprintf(head, sizeof(head),
		"HTTP/1.1 %d Later\r\nRETRY-after: %s\r\nContent-Length: 0\r\n"
		"Connection: close\r\n\r\n",
		atoi(path + 7), when);
	put(fd, head, (size_t)len);
}

/* True when the connection stays open. */
static bool
serve(struct httpd *h, int fd, const char *path)
{
	static const char html[] = "<html><body>Down for maintenance</body></html>";
	if (!strncmp(path, "/hang", 5))
		return true;
	if (!strncmp(path, "/trickle", 8)) {
		put(fd, "HTTP/1.1 200 OK\r\nContent-Type: app", 34);
		return true;
	}
	if (!strncmp(path, "/cut", 4))
		answer(fd, 200, "application/json", "{\"no\":\"1\"", 100);
	else if (!strncmp(path, "/junk", 5))
		answer(fd, 200, "text/html", html, sizeof(html) - 1);
	else if (!strncmp(path, "/mega", 5))
		answer_mega(fd);
	else if (!strncmp(path, "/deep", 5))
		answer_deep(fd);
	else if (!strncmp(path, "/redirect", 9))
		answer(fd, 302, "text/plain", "", 0);
	else if (!strncmp(path, "/status/", 8))
		answer(fd, atoi(path + 8), "text/plain", "no", 2);
	else if (!strncmp(path, "/later/", 7))
		answer_later(fd, path);
	else if (!strncmp(path, "/json", 5))
		answer(fd, h->status, h->type, h->json, strlen(h->json));
	return false; /* /reset: nothing was said */
}

static void
take(struct httpd *h, int fd)
{
	struct strbuf text = STRBUF_INIT(64 * 1024);
	read_request(fd, &text);
	const char *space = strchr(text.s, ' ');
	pthread_mutex_lock(&h->lock);
	free(h->log[h->count % LOG]);
	h->log[h->count % LOG] = xstrdup(text.s);
	h->count++;
	strbuf_reset(&h->last);
	strbuf_puts(&h->last, text.s);
	bool keep = space && serve(h, fd, space + 1) && h->kept_count < KEPT;
	if (keep)
		h->kept[h->kept_count++] = fd;
	else
		close(fd);
	pthread_mutex_unlock(&h->lock);
	strbuf_done(&text);
}

static void *
work(void *arg)
{
	struct httpd *h = arg;
	for (;;) {
		struct pollfd p[2] = {{h->listener, POLLIN, 0}, {h->quit[0], POLLIN, 0}};
		if (poll(p, 2, -1) < 0 || p[1].revents)
			return NULL;
		int fd = accept(h->listener, NULL, NULL);
		if (fd >= 0)
			take(h, fd);
	}
}

struct httpd *
httpd_start(void)
{
	struct httpd *h = xcalloc(1, sizeof(*h));
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	pthread_mutex_init(&h->lock, NULL);
	strbuf_init(&h->last, 64 * 1024);
	h->json = xstrdup("{}");
	h->status = 200;
	snprintf(h->type, sizeof(h->type), "application/json");
	h->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(h->listener, (struct sockaddr *)&at, sizeof(at)) ||
		listen(h->listener, 64) ||
		getsockname(h->listener, (struct sockaddr *)&at, &len) || pipe(h->quit) ||
		pthread_create(&h->thread, NULL, work, h))
		abort();
	h->port = ntohs(at.sin_port);
	return h;
}

void
httpd_stop(struct httpd *h)
{
	if (write(h->quit[1], "q", 1) != 1)
		abort();
	pthread_join(h->thread, NULL);
	for (size_t i = 0; i < h->kept_count; i++)
		close(h->kept[i]);
	close(h->listener);
	close(h->quit[0]);
	close(h->quit[1]);
	strbuf_done(&h->last);
	for (size_t i = 0; i < LOG; i++)
		free(h->log[i]);
	free(h->json);
	free(h);
}

int
httpd_port(const struct httpd *h)
{
	return h->port;
}

void
httpd_say(struct httpd *h, const char *json)
{
	pthread_mutex_lock(&h->lock);
	free(h->json);
	h->json = xstrdup(json);
	pthread_mutex_unlock(&h->lock);
}

void
httpd_turn(struct httpd *h, int status, const char *type)
{
	pthread_mutex_lock(&h->lock);
	h->status = status;
	snprintf(h->type, sizeof(h->type), "%s", type);
	pthread_mutex_unlock(&h->lock);
}

bool
httpd_nth(struct httpd *h, size_t n, char *ret, size_t size)
{
	pthread_mutex_lock(&h->lock);
	bool there = n < h->count && h->count - n <= LOG;
	if (there)
		snprintf(ret, size, "%s", h->log[n % LOG]);
	pthread_mutex_unlock(&h->lock);
	return there;
}

size_t
httpd_count(struct httpd *h)
{
	pthread_mutex_lock(&h->lock);
	size_t n = h->count;
	pthread_mutex_unlock(&h->lock);
	return n;
}

void
httpd_last(struct httpd *h, char *ret, size_t size)
{
	pthread_mutex_lock(&h->lock);
	snprintf(ret, size, "%s", h->last.s);
	pthread_mutex_unlock(&h->lock);
}
