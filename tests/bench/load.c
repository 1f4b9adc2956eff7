/* The bench's customers: puts load on a running gateway and says what became of it.
 *
 *	load send [-n N] [-b BATCH] [-c CONNECTIONS] [-k CONTACTS] [-m CHANNEL] [-r 1]
 *		[-q] [-s SECONDS] SOCKET LEDGER PID
 *	load inbound [-n N] [-r RATE] [-t TEXT] CONTROL LEDGER MODEM
 *	load ask [-n N] SOCKET PATH
 *	load memory PID
 *
 * `send` posts N short texts to the API in batches (1: each by itself), one request at a
 * time on each connection, to CONTACTS numbers (as many as texts), until the simulator's
 * ledger has seen all of them submitted and the gateway counts them as sent; -q stops at
 * their acceptance, with -s no more are posted after that time; -r 1 asks for status
 * reports. PID is the gateway, for its CPU time. `inbound` lets RATE handsets a second
 * text the gateway and pairs each text, from when the network has it, with the first one
 * that goes back to that handset, both by the ledger's clock. `ask` times N GETs.
 * One JSON line each. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LIMIT       INT64_C(120000000) /* us: nothing here takes longer */
#define CONNECTIONS 64
#define REPLY_MAX   (1 << 20)

static struct {
	long n, batch, connections, contacts, rate, seconds;
	const char *channel, *text;
	bool report, queue_only;
} options = {.n = 1000,
	.batch = 100,
	.connections = 1,
	.rate = 100,
	.seconds = 100,
	.text = "help"};

static int64_t
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void __attribute__((noreturn, format(printf, 1, 2))) fail(const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fputs("load: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

static void *
room(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size);
	if (!p)
		fail("out of memory");
	return p;
}

/* The pulse of every loop here that has no descriptor to wait for: a millisecond. */
static void
pulse(void)
{
	static int timer = -1;
	const struct itimerspec every = {{0, 1000000}, {0, 1000000}};
	uint64_t beats;
	if (timer < 0) {
		timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
		timerfd_settime(timer, 0, &every, NULL);
	}
	if (read(timer, &beats, sizeof(beats)) < 0)
		fail("timer: %s", strerror(errno));
}

static int
dial(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (strlen(path) >= sizeof(to.sun_path))
		fail("%s: the path is too long", path);
	strcpy(to.sun_path, path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		fail("%s: %s", path, strerror(errno));
	return fd;
}

static void
put(int fd, const char *s, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, s, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			fail("write: %s", strerror(errno));
		s += n, len -= (size_t)n;
	}
}

/* ---- figures ---- */

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static long long
quantile(const int64_t *sorted, size_t n, size_t percent)
{
	return n ? (long long)sorted[(n - 1) * percent / 100] : -1;
}

static void
print_quantiles(const char *name, int64_t *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_size);
	printf(",\"%s_p50_us\":%lld,\"%s_p99_us\":%lld,\"%s_max_us\":%lld", name,
		quantile(v, n, 50), name, quantile(v, n, 99), name, quantile(v, n, 100));
}

/* ---- what the kernel knows of the gateway ---- */

/* CPU time of all its threads, ns. */
static int64_t
cpu_of(const char *pid)
{
	char path[320];
	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	DIR *dir = opendir(path);
	if (!dir)
		fail("%s: %s", path, strerror(errno));
	int64_t total = 0, ns;
	for (struct dirent *e; (e = readdir(dir));) {
		snprintf(
			path, sizeof(path), "/proc/%s/task/%s/schedstat", pid, e->d_name);
		FILE *f = *e->d_name != '.' ? fopen(path, "re") : NULL;
		if (f && fscanf(f, "%" SCNd64, &ns) == 1)
			total += ns;
		if (f)
			fclose(f);
	}
	closedir(dir);
	return total;
}

static void
print_memory(const char *pid)
{
	char path[64], line[256];
	long kb, resident = 0, private = 0;
	snprintf(path, sizeof(path), "/proc/%s/smaps_rollup", pid);
	FILE *f = fopen(path, "re");
	if (!f)
		fail("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Rss: %ld", &kb) == 1)
			resident = kb;
		else if (sscanf(line, "Private_Clean: %ld", &kb) == 1 ||
			 sscanf(line, "Private_Dirty: %ld", &kb) == 1)
		private += kb;
	}
	fclose(f);
	printf("{\"what\":\"memory\",\"resident_kb\":%ld,\"private_kb\":%ld}\n", resident,
		private);
}

/* ---- HTTP, as much of it as this needs ---- */

struct connection {
	int fd;
	bool waiting;
	char *in;
	size_t len;
	int64_t asked;
};

static void
connection_open(struct connection *c, const char *socket)
{
	*c = (struct connection){.fd = dial(socket), .in = room(REPLY_MAX + 1, 1)};
}

static void
connection_ask(
	struct connection *c, const char *method, const char *path, const char *body)
{
	char head[512];
	int n = snprintf(head, sizeof(head),
		"%s %s HTTP/1.1\r\nHost: malgil\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\n\r\n",
		method, path, strlen(body));
	c->len = 0;
	c->waiting = true;
	c->asked = now();
	put(c->fd, head, (size_t)n);
	put(c->fd, body, strlen(body));
}

/* The body of the reply once it is whole, NULL before. */
static const char *
connection_read(struct connection *c)
{
	ssize_t n = read(c->fd, c->in + c->len, REPLY_MAX - c->len);
	if (n <= 0)
		fail("the gateway closed the connection");
	c->len += (size_t)n;
	c->in[c->len] = '\0';
	char *body = strstr(c->in, "\r\n\r\n");
	char *length = strcasestr(c->in, "\r\nContent-Length:");
	if (!body || !length || length > body)
		return NULL;
	body += 4;
	if (c->len < (size_t)(body - c->in) + strtoul(length + 17, NULL, 10))
		return NULL;
	c->waiting = false;
	return body;
}

static const char *
get(struct connection *c, const char *path)
{
	const char *body;
	connection_ask(c, "GET", path, "");
	while (!(body = connection_read(c)))
		;
	return body;
}

static long
count_of(const char *in, const char *what)
{
	long n = 0;
	for (; (in = strstr(in, what)); in += strlen(what))
		n++;
	return n;
}

/* ---- the ledger, followed as it grows ---- */

struct ledger {
	FILE *file;
	char line[4096];
	size_t len;
};

static void
ledger_open(struct ledger *l, const char *path, bool from_end)
{
	*l = (struct ledger){.file = fopen(path, "re")};
	if (!l->file)
		fail("%s: %s", path, strerror(errno));
	if (from_end)
		fseek(l->file, 0, SEEK_END);
}

/* The next whole line, NULL when there is none yet. */
static const char *
ledger_next(struct ledger *l)
{
	clearerr(l->file);
	while (fgets(l->line + l->len, (int)(sizeof(l->line) - l->len), l->file)) {
		l->len += strlen(l->line + l->len);
		if (l->line[l->len - 1] == '\n' || l->len + 1 == sizeof(l->line)) {
			l->len = 0;
			return l->line;
		}
	}
	return NULL;
}

static int64_t
field_int(const char *line, const char *key)
{
	char want[32];
	snprintf(want, sizeof(want), "\"%s\":", key);
	const char *at = strstr(line, want);
	return at ? strtoll(at + strlen(want), NULL, 10) : -1;
}

static bool
is_kind(const char *line, const char *kind)
{
	char want[40];
	snprintf(want, sizeof(want), "\"kind\":\"%s\"", kind);
	return strstr(line, want) != NULL;
}

/* ---- send ---- */

static struct {
	struct connection c[CONNECTIONS];
	char *body;
	int64_t started;
	long posted, accepted, submitted;
	int64_t *gap, *busy_gap, *took; /* busy: while texts were still being accepted */
	size_t gaps, busy_gaps, takes;
} sending;

static size_t
write_message(char *to, long i)
{
	char channel[80] = "";
	if (options.channel)
		snprintf(
			channel, sizeof(channel), ",\"channel\":\"%s\"", options.channel);
	return (size_t)sprintf(to,
		"{\"to\":\"+8210%08ld\",\"text\":\"hellohello\",\"report\":%s%s}",
		20000000 + i % options.contacts, options.report ? "true" : "false",
		channel);
}

static void
post_next(struct connection *c)
{
	char *at = sending.body;
	if (now() - sending.started > options.seconds * 1000000)
		options.n = sending.posted;
	long n = options.n - sending.posted < options.batch ? options.n - sending.posted
							    : options.batch;
	if (n == 0)
		return;
	if (options.batch > 1)
		*at++ = '[';
	for (long i = 0; i < n; i++) {
		if (i)
			*at++ = ',';
		at += write_message(at, sending.posted++);
	}
	if (options.batch > 1)
		*at++ = ']';
	*at = '\0';
	connection_ask(c, "POST",
		options.batch > 1 ? "/v1/messages/batch" : "/v1/messages", sending.body);
}

static void
take_reply(struct connection *c)
{
	const char *body = connection_read(c);
	if (!body)
		return;
	sending.took[sending.takes++] = now() - c->asked;
	if (options.batch > 1)
		sending.accepted += count_of(body, "\"status\":202");
	else if (!strncmp(c->in, "HTTP/1.1 202", 12))
		sending.accepted++;
	post_next(c);
}

static bool
talk(int wait_ms)
{
	struct pollfd fds[CONNECTIONS];
	bool busy = false;
	for (long i = 0; i < options.connections; i++) {
		fds[i] = (struct pollfd){.fd = sending.c[i].fd, .events = POLLIN};
		busy = busy || sending.c[i].waiting;
	}
	if (!busy || poll(fds, (nfds_t)options.connections, wait_ms) <= 0)
		return busy;
	for (long i = 0; i < options.connections; i++)
		if (fds[i].revents && sending.c[i].waiting)
			take_reply(&sending.c[i]);
	return true;
}

static void
follow(struct ledger *l, bool accepting)
{
	const char *line;
	while ((line = ledger_next(l))) {
		if (!is_kind(line, "submit"))
			continue;
		sending.submitted++;
		int64_t gap = field_int(line, "gap_us");
		if (gap >= 0 && accepting && sending.busy_gaps < (size_t)options.n)
			sending.busy_gap[sending.busy_gaps++] = gap;
		else if (gap >= 0 && sending.gaps < (size_t)options.n)
			sending.gap[sending.gaps++] = gap;
	}
}

static long
total_sent(struct connection *c)
{
	long total = 0;
	const char *body = get(c, "/v1/channels");
	for (const char *at = body; (at = strstr(at, "\"sent\":")); at += 7)
		total += strtol(at + 7, NULL, 10);
	return total;
}

static void
send_all(const char *socket, const char *ledger_path, const char *pid)
{
	struct ledger ledger;
	struct connection ask;
	connection_open(&ask, socket);
	for (long i = 0; i < options.connections; i++)
		connection_open(&sending.c[i], socket);
	sending.body = room((size_t)options.batch * 200 + 16, 1);
	sending.gap = room((size_t)options.n, sizeof(int64_t));
	sending.busy_gap = room((size_t)options.n, sizeof(int64_t));
	sending.took = room((size_t)options.n, sizeof(int64_t));
	ledger_open(&ledger, ledger_path, true);
	long before = options.queue_only ? 0 : total_sent(&ask);
	int64_t cpu = cpu_of(pid), started = now(), accepted = 0;
	sending.started = started;
	for (long i = 0; i < options.connections; i++)
		post_next(&sending.c[i]);
	while (talk(5) || (!options.queue_only && sending.submitted < options.n)) {
		if (!accepted && sending.posted == options.n && !talk(0))
			accepted = now();
		if (accepted)
			pulse();
		follow(&ledger, !accepted);
		if (now() - started > LIMIT)
			fail("%ld of %ld accepted, %ld submitted: no more within the "
			     "limit",
				sending.accepted, options.n, sending.submitted);
	}
	if (!accepted)
		accepted = now();
	while (!options.queue_only && total_sent(&ask) < before + options.n)
		pulse();
	int64_t took = now() - started;
	cpu = cpu_of(pid) - cpu;
	if (sending.accepted != options.n)
		fail("only %ld of %ld were accepted", sending.accepted, options.n);
	printf("{\"what\":\"send\",\"messages\":%ld,\"per_second\":%.1f,"
	       "\"accepted_per_second\":%.1f,\"cpu_us\":%.1f",
		options.n, (double)options.n * 1e6 / (double)took,
		(double)options.n * 1e6 / (double)(accepted - started),
		(double)cpu / 1e3 / (double)options.n);
	print_quantiles("gap", sending.gap, sending.gaps);
	print_quantiles("busy_gap", sending.busy_gap, sending.busy_gaps);
	print_quantiles("post", sending.took, sending.takes);
	puts("}");
}

/* ---- inbound ---- */

struct pair {
	int64_t came, answered;
};

static struct pair *
pair_of(struct pair *pairs, const char *line, const char *key)
{
	char want[32];
	snprintf(want, sizeof(want), "\"%s\":\"+8210", key);
	const char *at = strstr(line, want);
	long i = at ? strtol(at + strlen(want), NULL, 10) - 30000000 : -1;
	return i >= 0 && i < options.n ? &pairs[i] : NULL;
}

static size_t
follow_pairs(struct ledger *l, struct pair *pairs)
{
	size_t answered = 0;
	const char *line;
	while ((line = ledger_next(l))) {
		struct pair *p = NULL;
		int64_t us = field_int(line, "us");
		if (is_kind(line, "inbound") && (p = pair_of(pairs, line, "from")) &&
			!p->came)
			p->came = us;
		else if (is_kind(line, "submit") && (p = pair_of(pairs, line, "to")) &&
			 !p->answered && p->came) {
			p->answered = us;
			answered++;
		}
	}
	return answered;
}

static void
receive_all(const char *control, const char *ledger_path, const char *modem)
{
	struct ledger ledger;
	char line[256];
	struct pair *pairs = room((size_t)options.n, sizeof(*pairs));
	int64_t *took = room((size_t)options.n, sizeof(*took));
	ledger_open(&ledger, ledger_path, true);
	int fd = dial(control);
	int64_t started = now();
	size_t answered = 0;
	for (long i = 0; i < options.n || answered < (size_t)options.n;) {
		if (i < options.n && now() - started >= i * 1000000 / options.rate) {
			int len = snprintf(line, sizeof(line), "text +8210%08ld %s %s\n",
				30000000 + i++, modem, options.text);
			put(fd, line, (size_t)len);
			if (read(fd, line, sizeof(line)) < 2 ||
				strncmp(line, "ok", 2) != 0)
				fail("the simulator refused: %.80s", line);
		} else {
			pulse();
		}
		answered += follow_pairs(&ledger, pairs);
		if (now() - started > LIMIT)
			fail("%zu of %ld texts were answered", answered, options.n);
	}
	for (long i = 0; i < options.n; i++)
		took[i] = pairs[i].answered - pairs[i].came;
	printf("{\"what\":\"inbound\",\"messages\":%ld,\"rate\":%ld", options.n,
		options.rate);
	print_quantiles("reply", took, (size_t)options.n);
	puts("}");
}

/* ---- ask ---- */

static void
ask_often(const char *socket, const char *path)
{
	struct connection c;
	int64_t *took = room((size_t)options.n, sizeof(*took));
	connection_open(&c, socket);
	for (long i = 0; i < options.n; i++) {
		int64_t t = now();
		get(&c, path);
		if (strncmp(c.in, "HTTP/1.1 200", 12) != 0)
			fail("%s: %.60s", path, c.in);
		took[i] = now() - t;
	}
	printf("{\"what\":\"ask\",\"path\":\"%s\"", path);
	print_quantiles("get", took, (size_t)options.n);
	puts("}");
}

/* ---- the command line ---- */

static int
usage(void)
{
	fputs("usage: load send|inbound|ask|memory [options] ..., see load.c\n", stderr);
	return 2;
}

static bool
read_options(int argc, char **argv)
{
	int option;
	while ((option = getopt(argc, argv, "n:b:c:k:m:r:s:t:q")) != -1) {
		switch (option) {
		case 'n': options.n = strtol(optarg, NULL, 10); break;
		case 'b': options.batch = strtol(optarg, NULL, 10); break;
		case 'c': options.connections = strtol(optarg, NULL, 10); break;
		case 'k': options.contacts = strtol(optarg, NULL, 10); break;
		case 'm': options.channel = optarg; break;
		case 's': options.seconds = strtol(optarg, NULL, 10); break;
		case 't': options.text = optarg; break;
		case 'q': options.queue_only = true; break;
		case 'r': options.rate = strtol(optarg, NULL, 10); break;
		default: return false;
		}
	}
	options.report = options.rate == 1; /* send -r 1 */
	if (!options.contacts)
		options.contacts = options.n;
	return options.n > 0 && options.n <= 10000000 && options.batch > 0 &&
	       options.batch <= 1000 && options.connections > 0 &&
	       options.connections <= CONNECTIONS && options.contacts > 0 &&
	       options.rate > 0;
}

int
main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	if (argc < 2 || !read_options(argc - 1, argv + 1))
		return usage();
	char **words = argv + 1 + optind;
	int count = argc - 1 - optind;
	if (!strcmp(verb, "send") && count == 3)
		send_all(words[0], words[1], words[2]);
	else if (!strcmp(verb, "inbound") && count == 3)
		receive_all(words[0], words[1], words[2]);
	else if (!strcmp(verb, "ask") && count == 2)
		ask_often(words[0], words[1]);
	else if (!strcmp(verb, "memory") && count == 1)
		print_memory(words[0]);
	else
		return usage();
	return 0;
}
