/* A provider in the cloud that never was: answers on loopback as each of them would,
 *keeps a ledger of what it accepted, and fails by the list.
 *
 *	provider --ready FILE --ledger FILE [--latency MS] [--seconds N]
 *
 * It writes its port to FILE and every text it accepts as a line "NUMBER ID" to the
 *ledger, so that a test counts losses and doubles without asking the gateway. Which
 *protocol is meant the path tells; what goes wrong the last two digits of the number: 90
 *429 with Retry-After: 1, once    91 429 without, once     92 500, nothing accepted 93
 *503 once                         94 they opted out        95 nobody has the number 96
 *accepted, and never answered     97 closed before anything was accepted 98 accepted,
 *answered with garbage  99 accepted, the answer trickles and is cut 89 the credit is used
 *up            88 redirected elsewhere */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 2048
#define REQUEST     (64 * 1024)
#define SEEN        4096

static const struct protocol {
	const char *path; /* part of it */
	int status;
	const char *accept; /* %s is the id */
	int bad;            /* HTTP of an error */
	const char *error;  /* %s is the code */
	const char *optout, *invalid, *credit;
} protocols[] = {
	{"/2010-04-01/", 201,
		"{\"sid\":\"SM%s\",\"status\":\"queued\",\"error_code\":null,\"price\":"
		"null}",
		400, "{\"code\":%s,\"message\":\"refused\",\"status\":400}", "21610",
		"21211", "20003"},
	{"/sms/json", 200,
		"{\"message-count\":\"1\",\"messages\":[{\"status\":\"0\",\"message-id\":"
		"\"%s\","
		"\"message-price\":\"0.0333\"}]}",
		200, "{\"messages\":[{\"status\":\"%s\",\"error-text\":\"refused\"}]}",
		"7", "33", "9"},
	{"/v1/messages", 202, "{\"message_uuid\":\"%s\"}", 422,
		"{\"title\":\"%s\",\"detail\":\"refused\"}", "1120", "1120", "1120"},
	{"/v1/Account/", 202, "{\"message_uuid\":[\"%s\"],\"api_id\":\"a\"}", 400,
		"{\"error_code\":%s,\"error\":\"refused\"}", "200", "50", "900"},
	{"/v2/messages", 200,
		"{\"data\":{\"id\":\"%s\",\"to\":[{\"status\":\"queued\"}]}}", 400,
		"{\"errors\":[{\"code\":\"%s\",\"title\":\"refused\"}]}", "40300",
		"10002", "10009"},
	{"/workspaces/", 202, "{\"id\":\"%s\",\"status\":\"accepted\"}", 422,
		"{\"code\":\"%s\",\"message\":\"refused\"}", "x", "x", "x"},
	{"/xms/v1/", 201, "{\"id\":\"%s\",\"canceled\":false}", 400,
		"{\"code\":\"%s\",\"text\":\"refused\"}", "x", "syntax_x", "x"},
	{"/sms/3/messages", 200,
		"{\"messages\":[{\"messageId\":\"%s\",\"status\":{\"groupId\":1,\"id\":"
		"26}}]}",
		200,
		"{\"messages\":[{\"messageId\":\"x\",\"status\":{\"groupId\":5,\"id\":%s}"
		"}]}",
		"7033", "51", "12"},
	{"/messages/v4/", 200,
		"{\"failedMessageList\":[],\"messageList\":[{\"messageId\":\"%s\","
		"\"statusCode\":"
		"\"2000\"}]}",
		400, "{\"errorCode\":\"%s\",\"errorMessage\":\"refused\"}", "1062",
		"1062", "NotEnoughBalance"},
	{"/sms/v2/services/", 202,
		"{\"requestId\":\"%s\",\"statusCode\":\"202\",\"statusName\":"
		"\"success\"}",
		400, "{\"statusCode\":\"%s\"}", "400", "400", "400"},
	{"/sms/v3.0/", 200,
		"{\"header\":{\"isSuccessful\":true,\"resultCode\":0},\"body\":{\"data\":"
		"{"
		"\"requestId\":\"%s\",\"sendResultList\":[{\"recipientSeq\":1,"
		"\"resultCode\":0}]}}}",
		200, "{\"header\":{\"isSuccessful\":false,\"resultCode\":%s}}", "-6001",
		"-2019", "-2052"},
	{"/send/", 200, "{\"result_code\":1,\"message\":\"ok\",\"msg_id\":%s}", 200,
		"{\"result_code\":%s,\"message\":\"refused\"}", "-803", "-803", "-201"},
	{"/cgi-bin/sendsms", 202, "0: Accepted for delivery", 403, "refused %s", "x", "x",
		"x"},
	{"app=ws", 200,
		"{\"data\":[{\"status\":\"OK\",\"error\":\"0\",\"smslog_id\":\"%s\"}]}",
		200, "{\"status\":\"ERR\",\"error\":\"%s\"}", "200", "201", "103"},
	{"/messages", 200,
		"{\"id\":\"%s\",\"messages\":[{\"apiMessageId\":\"c%s\",\"accepted\":"
		"true}]}",
		400, "{\"error\":{\"code\":\"%s\",\"message\":\"refused\"}}", "opted_out",
		"invalid_number", "no_credit"},
	{"/", 200, "{\"MessageId\":\"%s\"}", 400, "{\"__type\":\"%s\"}",
		"DESTINATION_PHONE_NUMBER_OPTED_OUT", "INVALID_PARAMETER",
		"ServiceQuotaExceededException"},
};

struct connection {
	int fd;
	char *in;
	size_t len;
	char *out; /* waits until `due` */
	size_t out_len;
	int64_t due;
	bool closes, hangs;
};

static struct connection connections[CONNECTIONS];
static struct connection *waiting[CONNECTIONS * 2]; /* in the order of their due times */
static size_t first, last;
static FILE *ledger;
static int64_t latency;
static uint64_t ids = 100000000;
static char seen[SEEN][24];
static size_t seen_count;

static int64_t
now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
hang_up(struct connection *c)
{
	close(c->fd);
	free(c->out);
	c->out = NULL;
	c->fd = -1;
	c->len = 0;
	c->hangs = c->closes = false;
}

/* The first seven digits or more behind a word that means "to". */
static void
number_in(const char *text, char ret[24])
{
	static const char *const words[] = {"\"to\"",
		"To=", "to=", "receiver=", "\"dst\"", "\"recipients\"", "recipientNo",
		"DestinationPhoneNumber", "identifierValue"};
	*ret = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		const char *at = strstr(text, words[i]);
		for (; at && *at; at++) {
			if (!strncmp(at, "%2B", 3))
				at += 3;
			size_t n = strspn(at, "0123456789");
			if (n >= 7 && n < 24) {
				memcpy(ret, at, n);
				ret[n] = '\0';
				return;
			}
			at += n ? n - 1 : 0;
		}
	}
}

static bool
first_time(const char *number)
{
	for (size_t i = 0; i < seen_count; i++)
		if (!strcmp(seen[i], number))
			return false;
	if (seen_count < SEEN)
		snprintf(seen[seen_count++], sizeof(seen[0]), "%s", number);
	return true;
}

static void
answer(struct connection *c, int status, const char *more, const char *body)
{
	size_t size = strlen(body) + strlen(more) + 256;
	c->out = malloc(size);
	c->out_len = (size_t)snprintf(c->out, size,
		"HTTP/1.1 %d X\r\nContent-Type: %s\r\n%sContent-Length: %zu\r\n\r\n%s",
		status, *body == '{' ? "application/json" : "text/plain", more,
		strlen(body), body);
	c->due = now() + latency;
	waiting[last++ % (CONNECTIONS * 2)] = c;
}

static void
accepted(struct connection *c, const struct protocol *p, const char *number, int fault)
{
	char id[32], body[1024];
	snprintf(id, sizeof(id), "%llu", (unsigned long long)++ids);
	fprintf(ledger, "%s %s\n", number, id);
	if (latency == 0)
		fflush(ledger);
	snprintf(body, sizeof(body), p->accept, id, id);
	if (fault == 96) {
		c->hangs = true;
	} else if (fault == 98) {
		answer(c, p->status, "", "{\"what\": is this");
	} else if (fault == 99) {
		answer(c, p->status, "", body);
		c->out_len -= strlen(body) / 2;
		c->closes = true;
	} else {
		answer(c, p->status, "", body);
	}
}

static void
act(struct connection *c, const char *path)
{
	const struct protocol *p = protocols;
	char number[24], body[512];
	while (!strstr(path, p->path))
		p++;
	number_in(c->in, number);
	size_t n = strlen(number);
	int fault = n >= 2 ? atoi(number + n - 2) : 0;
	const char *code = fault == 94 ? p->optout : fault == 95 ? p->invalid : p->credit;
	if (!n) {
		answer(c, 200, "", "{\"messages\":[],\"batches\":[],\"results\":[]}");
	} else if (fault == 92) {
		answer(c, 500, "", "{}");
	} else if (fault == 97) {
		hang_up(c);
	} else if (fault == 88) {
		answer(c, 302, "Location: http://127.0.0.1:1/\r\n", "");
	} else if (fault == 94 || fault == 95 || fault == 89) {
		snprintf(body, sizeof(body), p->error, code);
		answer(c, p->bad, "", body);
	} else if ((fault == 90 || fault == 91) && first_time(number)) {
		answer(c, 429, fault == 90 ? "Retry-After: 1\r\n" : "", "{}");
	} else if (fault == 93 && first_time(number)) {
		answer(c, 503, "Retry-After: 1\r\n", "{}");
	} else {
		accepted(c, p, number, fault);
	}
}

/* A whole request, or nothing yet. */
static void
take(struct connection *c)
{
	c->in[c->len] = '\0';
	char *end = strstr(c->in, "\r\n\r\n");
	char *length = strcasestr(c->in, "\r\ncontent-length:");
	if (!end || c->out || c->hangs)
		return;
	size_t need = (size_t)(end - c->in) + 4;
	if (length && length < end)
		need += strtoul(length + 17, NULL, 10);
	if (c->len < need)
		return;
	char *path = strchr(c->in, ' ');
	char path_end = '\0', *stop = path ? strchr(path + 1, ' ') : NULL;
	if (!stop) {
		hang_up(c);
		return;
	}
	path_end = *stop;
	*stop = '\0';
	char copy[4096];
	snprintf(copy, sizeof(copy), "%s", path + 1);
	*stop = path_end;
	c->len -= need;
	act(c, copy);
	if (c->fd >= 0)
		memmove(c->in, c->in + need, c->len);
}

static void
send_due(void)
{
	int64_t t = now();
	while (first != last && waiting[first % (CONNECTIONS * 2)]->due <= t) {
		struct connection *c = waiting[first++ % (CONNECTIONS * 2)];
		if (c->fd < 0 || !c->out)
			continue;
		if (write(c->fd, c->out, c->out_len) < 0)
			c->closes = true;
		free(c->out);
		c->out = NULL;
		if (c->closes)
			hang_up(c);
		else
			take(c);
	}
}

static void
receive(struct connection *c)
{
	ssize_t n = read(c->fd, c->in + c->len, REQUEST - 1 - c->len);
	if (n <= 0 && (n == 0 || errno != EAGAIN)) {
		hang_up(c);
		return;
	}
	if (n > 0)
		c->len += (size_t)n;
	take(c);
}

static void
welcome(int epoll, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct connection *c = connections;
	int one = 1;
	if (fd < 0)
		return;
	while (c < connections + CONNECTIONS && c->in && c->fd >= 0)
		c++;
	if (c == connections + CONNECTIONS) {
		close(fd);
		return;
	}
	if (!c->in)
		c->in = malloc(REQUEST);
	c->fd = fd;
	c->len = 0;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &ev);
}

static volatile sig_atomic_t stopping;

static void
on_term(int sig)
{
	(void)sig;
	stopping = 1;
}

static bool
tell_port(const char *ready, int port)
{
	char part[512];
	snprintf(part, sizeof(part), "%s.part", ready);
	FILE *f = fopen(part, "we");
	if (!f)
		return false;
	fprintf(f, "%d\n", port);
	return fclose(f) == 0 && rename(part, ready) == 0;
}

static int
listen_on(const char *ready)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 512) ||
		getsockname(fd, (struct sockaddr *)&at, &len) ||
		!tell_port(ready, ntohs(at.sin_port))) {
		close(fd);
		return -1;
	}
	return fd;
}

int
main(int argc, char **argv)
{
	const char *ready = NULL, *path = NULL;
	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--ready"))
			ready = argv[i + 1];
		else if (!strcmp(argv[i], "--ledger"))
			path = argv[i + 1];
		else if (!strcmp(argv[i], "--latency"))
			latency = atoi(argv[i + 1]);
	}
	ledger = path ? fopen(path, "a") : NULL;
	if (!ready || !ledger)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, on_term);
	int listener = listen_on(ready), epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = NULL}, got[256];
	if (listener < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &ev))
		return 1;
	while (!stopping) {
		int wait = 500;
		if (first != last) {
			int64_t left = waiting[first % (CONNECTIONS * 2)]->due - now();
			wait = left < 0 ? 0 : (int)left;
		}
		int n = epoll_wait(epoll, got, 256, wait);
		for (int i = 0; i < n; i++) {
			struct connection *c = got[i].data.ptr;
			if (!c)
				welcome(epoll, listener);
			else if (c->fd >= 0)
				receive(c);
		}
		send_due();
		if (first == last)
			fflush(ledger);
	}
	fclose(ledger);
	return 0;
}
