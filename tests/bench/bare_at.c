/* The floor under the bench: what the modem itself allows.
 *
 *	bare_at [-n MESSAGES] [-s SECONDS] TTY...
 *
 * Sends MESSAGES short texts (a SUBMIT made once, default 1000) through each modem with
 * nothing between one result and the next command: no store, no queue, no pauses, one
 * thread, poll() over all of them. Prints one JSON line: messages per second over all
 * modems, per message p50 and p99 in microseconds, and the gap from the +CMGS result to
 * the next AT+CMGS as this loop leaves it. Gives up when a modem is silent for SECONDS
 *(20). */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define MODEMS 64

/* SMSC from the SIM, SMS-SUBMIT to +821055501234, GSM 7-bit, no validity: "hellohello".
 */
static const char pdu[] = "0001000C9128015505214300000AE8329BFD4697D9EC37\x1a";
static const char command[] = "AT+CMGS=22\r";

enum step { INIT, PROMPT, RESULT, DONE };

struct modem {
	const char *path;
	int fd;
	enum step step;
	int init; /* row of `inits` whose OK is awaited */
	long left;
	char in[512];
	size_t in_len;
	int64_t started, result; /* us; 0 before the first */
};

static const char *const inits[] = {"ATE0\r", "AT+CMGF=0\r"};

static struct {
	int64_t *took, *gap;
	size_t took_n, gap_n;
	long failed;
} figures;

static int64_t
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void
fail(const struct modem *m, const char *why)
{
	fprintf(stderr, "bare_at: %s: %s\n", m->path, why);
	exit(1);
}

static void
put(struct modem *m, const char *s, size_t len)
{
	while (len > 0) {
		ssize_t n = write(m->fd, s, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			fail(m, strerror(errno));
		s += n, len -= (size_t)n;
	}
}

static void
open_modem(struct modem *m)
{
	struct termios t;
	m->fd = open(m->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (m->fd < 0)
		fail(m, strerror(errno));
	if (tcgetattr(m->fd, &t) == 0) {
		cfmakeraw(&t);
		t.c_cflag |= CLOCAL | CREAD;
		cfsetspeed(&t, B115200);
		tcsetattr(m->fd, TCSANOW, &t);
	}
	tcflush(m->fd, TCIOFLUSH);
	put(m, inits[0], strlen(inits[0]));
}

static void
next_message(struct modem *m)
{
	if (m->left == 0) {
		m->step = DONE;
		return;
	}
	put(m, command, sizeof(command) - 1);
	int64_t t = now();
	if (m->result)
		figures.gap[figures.gap_n++] = t - m->result;
	m->started = t;
	m->step = PROMPT;
}

static bool
starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static void
on_line(struct modem *m, const char *line)
{
	bool ok = !strcmp(line, "OK");
	bool error = starts(line, "ERROR") || starts(line, "+CMS ERROR");
	if (starts(line, "+CMGS:"))
		m->result = now();
	if (!ok && !error)
		return;
	if (m->step == INIT && ++m->init < (int)(sizeof(inits) / sizeof(*inits))) {
		put(m, inits[m->init], strlen(inits[m->init]));
		return;
	}
	if (m->step != INIT) {
		figures.failed += error;
		figures.took[figures.took_n++] = now() - m->started;
		m->left--;
	}
	next_message(m);
}

/* Cuts lines off what has come; a prompt is no line. */
static void
on_bytes(struct modem *m)
{
	size_t at = 0;
	for (size_t i = 0; i < m->in_len; i++) {
		if (m->step == PROMPT && i == at && m->in[i] == '>') {
			put(m, pdu, sizeof(pdu) - 1);
			m->step = RESULT;
			at = i + 1;
		} else if (m->in[i] == ' ' && i == at) {
			at = i + 1;
		} else if (m->in[i] == '\r' || m->in[i] == '\n') {
			m->in[i] = '\0';
			if (i > at)
				on_line(m, m->in + at);
			at = i + 1;
		}
	}
	memmove(m->in, m->in + at, m->in_len - at);
	m->in_len -= at;
}

static void
read_modem(struct modem *m)
{
	if (m->in_len == sizeof(m->in))
		fail(m, "a line without end");
	ssize_t n = read(m->fd, m->in + m->in_len, sizeof(m->in) - m->in_len);
	if (n <= 0 && errno != EINTR)
		fail(m, "gone");
	if (n > 0)
		m->in_len += (size_t)n;
	on_bytes(m);
}

static void
run(struct modem *modems, size_t count, int silence_ms)
{
	struct pollfd fds[MODEMS];
	for (;;) {
		size_t busy = 0;
		for (size_t i = 0; i < count; i++) {
			fds[i] = (struct pollfd){.fd = modems[i].fd, .events = POLLIN};
			busy += modems[i].step != DONE;
		}
		if (!busy)
			return;
		int ready = poll(fds, count, silence_ms);
		if (ready == 0)
			fail(&modems[0], "silence");
		for (size_t i = 0; i < count; i++)
			if (fds[i].revents)
				read_modem(&modems[i]);
	}
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* The value below which `percent` of the sorted figures lie. */
static long long
quantile(const int64_t *v, size_t n, size_t percent)
{
	return n ? (long long)v[(n - 1) * percent / 100] : 0;
}

static void
report(size_t modems, int64_t us)
{
	qsort(figures.took, figures.took_n, sizeof(int64_t), by_size);
	qsort(figures.gap, figures.gap_n, sizeof(int64_t), by_size);
	printf("{\"what\":\"bare_at\",\"modems\":%zu,\"messages\":%zu,\"failed\":%ld,"
	       "\"per_second\":%.1f,\"p50_us\":%lld,\"p99_us\":%lld,"
	       "\"gap_p50_us\":%lld,\"gap_p99_us\":%lld}\n",
		modems, figures.took_n, figures.failed,
		us > 0 ? (double)figures.took_n * 1e6 / (double)us : 0.0,
		quantile(figures.took, figures.took_n, 50),
		quantile(figures.took, figures.took_n, 99),
		quantile(figures.gap, figures.gap_n, 50),
		quantile(figures.gap, figures.gap_n, 99));
}

int
main(int argc, char **argv)
{
	static struct modem modems[MODEMS];
	long messages = 1000;
	int seconds = 20, option;
	while ((option = getopt(argc, argv, "n:s:")) != -1) {
		if (option == 'n')
			messages = strtol(optarg, NULL, 10);
		else if (option == 's')
			seconds = (int)strtol(optarg, NULL, 10);
		else
			return 2;
	}
	size_t count = (size_t)(argc - optind);
	if (count == 0 || count > MODEMS || messages < 1 || messages > 1000000) {
		fprintf(stderr, "usage: bare_at [-n MESSAGES] [-s SECONDS] TTY...\n");
		return 2;
	}
	figures.took = calloc((size_t)messages * count, sizeof(int64_t));
	figures.gap = calloc((size_t)messages * count, sizeof(int64_t));
	if (!figures.took || !figures.gap)
		return 1;
	for (size_t i = 0; i < count; i++) {
		modems[i].path = argv[optind + (int)i];
		modems[i].left = messages;
		open_modem(&modems[i]);
	}
	int64_t started = now();
	run(modems, count, seconds * 1000);
	report(count, now() - started);
	return figures.failed ? 1 : 0;
}
