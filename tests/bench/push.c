/* What telling others costs: webhook deliveries a second, in order, one after the other,
 * each with its commits; how long after an event's commit the receiver has it; callbacks
 * a second, many at once; all beside the bare HTTP exchange over the same thread and
 * the same connection. Prints one line of JSON for each figure.
 *
 *	push [DELIVERIES]        default 3000 */
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/api/push.h"
#include "gateway/net/http.h"
#include "tests/lib/rig.h"

static struct rig r;
static atomic_long received;
static _Atomic double received_at;
static int port;

static double
seconds(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
figure(const char *name, double value, const char *unit)
{
	printf("{\"figure\":\"%s\",\"value\":%.3f,\"unit\":\"%s\"}\n", name, value, unit);
	fflush(stdout);
}

/* ---- a receiver that costs next to nothing ---- */

static void *
serve(void *arg)
{
	static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	int fd = (int)(intptr_t)arg;
	char text[65536];
	size_t len = 0;
	for (;;) {
		ssize_t n = read(fd, text + len, sizeof(text) - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
		text[len] = '\0';
		const char *end = strstr(text, "\r\n\r\n");
		const char *length = strcasestr(text, "content-length:");
		size_t body = length ? strtoul(length + 15, NULL, 10) : 0;
		if (!end || len < (size_t)(end + 4 - text) + body)
			continue;
		len = 0;
		atomic_store(&received_at, seconds());
		atomic_fetch_add(&received, 1);
		if (write(fd, ok, sizeof(ok) - 1) < 0)
			break;
	}
	close(fd);
	return NULL;
}

static void *
accept_all(void *arg)
{
	int listener = (int)(intptr_t)arg;
	pthread_t thread;
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0)
			return NULL;
		if (!pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd))
			pthread_detach(thread);
	}
}

static void
receiver_start(void)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	pthread_t thread;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 64) ||
		getsockname(fd, (struct sockaddr *)&at, &len) ||
		pthread_create(&thread, NULL, accept_all, (void *)(intptr_t)fd))
		abort();
	pthread_detach(thread);
	port = ntohs(at.sin_port);
}

/* ---- turning the loop as fast as it goes ---- */

static void
until_received(long n)
{
	double stop = seconds() + 60;
	while (atomic_load(&received) < n) {
		loop_turn(r.loop);
		if (seconds() > stop)
			fail_msg("only %ld of %ld came", atomic_load(&received), n);
	}
}

static long bare_left;
static struct http *bare;

static void bare_next(void);

static void
bare_done(void *arg, const struct http_answer *answer)
{
	(void)arg;
	assert_int_equal(answer->status, 200);
	bare_next();
}

static void
bare_next(void)
{
	char url[64], body[400];
	if (!bare_left--)
		return;
	memset(body, 'x', sizeof(body));
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", port);
	assert_non_null(http_start(bare,
		&(struct http_request){.method = "POST",
			.url = url,
			.body = body,
			.len = sizeof(body),
			.timeout = 5000,
			.max = 100},
		bare_done, NULL));
}

static double
bench_bare(long n)
{
	long before = atomic_load(&received);
	double start = seconds();
	bare = http_new(r.loop);
	bare_left = n;
	bare_next();
	until_received(before + n);
	double rate = (double)n / (seconds() - start);
	http_free(bare);
	return rate;
}

static double
bench_in_order(long n)
{
	long before = atomic_load(&received);
	for (long i = 0; i < n; i++)
		core_event(&r.core, &(struct event){.name = "bench.event",
					    .detail = "something that happened"});
	double start = seconds();
	until_received(before + n);
	return (double)n / (seconds() - start);
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void
bench_lag(void)
{
	static double lags[400];
	for (size_t i = 0; i < ARRAY_LEN(lags); i++) {
		long before = atomic_load(&received);
		core_event(&r.core, &(struct event){.name = "bench.event"});
		double start = seconds();
		until_received(before + 1);
		lags[i] = (atomic_load(&received_at) - start) * 1e3;
		double rest = seconds() + 0.002;
		while (seconds() < rest)
			loop_turn(r.loop);
	}
	qsort(lags, ARRAY_LEN(lags), sizeof(lags[0]), by_value);
	figure("webhook lag, p50", lags[ARRAY_LEN(lags) / 2], "ms");
	figure("webhook lag, p99", lags[ARRAY_LEN(lags) * 99 / 100], "ms");
}

static double
bench_callbacks(long n)
{
	struct callback c = {.kannel = true, .mask = 31};
	snprintf(c.url, sizeof(c.url), "http://127.0.0.1:%d/dlr?d=%%d&to=%%p", port);
	for (long i = 0; i < n; i++) {
		struct outbox_receipt receipt;
		char to[32];
		snprintf(to, sizeof(to), "+8210%08ld", 20000000 + i);
		struct outbox_request wish = {.to = to,
			.text = "hi",
			.text_len = 2,
			.cls = CLASS_SERVICE,
			.origin = "bench",
			.msg_class = -1,
			.at = core_now(&r.core) + DAY};
		assert_int_equal(outbox_accept(&r.core, &wish, &receipt, NULL), 0);
		c.message = receipt.id;
		push_callback(&r.core, &c);
		core_event(&r.core,
			&(struct event){.name = "message.sent", .message = receipt.id});
	}
	long before = atomic_load(&received);
	double start = seconds();
	until_received(before + n);
	return (double)n / (seconds() - start);
}

static void
bench(void **state)
{
	char extra[512];
	long n = *(long *)*state;
	receiver_start();
	setenv("MALGIL_BENCH_SECRET", "0123456789abcdef", 1);
	snprintf(extra, sizeof(extra),
		"webhooks = ( { name = \"shop\"; url = \"http://127.0.0.1:%d/\"; secret "
		"= "
		"\"env:MALGIL_BENCH_SECRET\"; allow_private = true; events = "
		"\"bench.*\"; } "
		"); callbacks = { allow_private = true; };",
		port);
	rig_open_with(&r, false, extra, NULL);
	push_start(&r.core);
	rig_run(&r, 0);
	double plain = bench_bare(n), told = bench_in_order(n);
	figure("bare HTTP exchanges, one after the other", plain, "1/s");
	figure("webhook deliveries, in order", told, "1/s");
	figure("webhook deliveries against bare exchanges", told / plain, "");
	bench_lag();
	figure("callbacks, 4 at once to one host", bench_callbacks(n), "1/s");
	push_stop(&r.core);
	rig_close(&r);
}

int
main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 3000;
	void *state = &n;
	const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(bench, state)};
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
