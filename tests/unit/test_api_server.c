/* The server's promises over a real core and a real socket: an answer that promises
 * something leaves after the commit, and says so when there was none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "gateway/api/server.h"
#include "gateway/net/json.h"
#include "tests/lib/rig.h"

#define PATIENCE (10 * SECOND)

static struct rig r;
static struct api *api;
static char path[108];

/* ---- a client, turned by hand ---- */

struct answer {
	struct strbuf raw;
	int status;
	const char *body; /* in raw */
};

static int
dial(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Writes as much as fits and turns the loop for the rest. */
static void
say(int fd, const char *method, const char *target, const char *body)
{
	struct strbuf text = STRBUF_INIT(8 << 20);
	strbuf_printf(&text, "%s %s HTTP/1.1\r\nHost: malgil\r\nContent-Length: %zu\r\n",
		method, target, strlen(body));
	if (*body)
		strbuf_puts(&text, "Content-Type: application/json\r\n");
	strbuf_puts(&text, "\r\n");
	strbuf_puts(&text, body);
	while (text.len) {
		ssize_t n = write(fd, text.s, text.len);
		assert_true(n > 0 || errno == EAGAIN);
		if (n > 0)
			strbuf_consume(&text, (size_t)n);
		else
			loop_turn(r.loop);
	}
	strbuf_done(&text);
}

static bool
complete(struct answer *a)
{
	const char *end = strstr(a->raw.s, "\r\n\r\n");
	const char *length = strcasestr(a->raw.s, "\r\nContent-Length: ");
	if (!end || !length || length > end)
		return false;
	a->body = end + 4;
	a->status = atoi(a->raw.s + 9);
	return strlen(a->body) >= (size_t)atoi(length + 18);
}

/* Takes what has arrived; true when that is a whole answer. */
static bool
hear(int fd, struct answer *a)
{
	char chunk[65536];
	ssize_t n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	if (n > 0)
		strbuf_add(&a->raw, chunk, (size_t)n);
	return complete(a);
}

static void
await(int fd, struct answer *a)
{
	int64_t stop = clock_mono(clock_real()) + PATIENCE;
	a->raw = (struct strbuf)STRBUF_INIT(16 << 20);
	while (!hear(fd, a)) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		if (!loop_turn(r.loop))
			poll(&wait, 1, 1);
		assert_true(clock_mono(clock_real()) < stop);
	}
}

static void
ask(const char *method, const char *target, const char *body, struct answer *a)
{
	int fd = dial();
	say(fd, method, target, body);
	await(fd, a);
	close(fd);
}

static int
status_of(const char *method, const char *target, const char *body)
{
	struct answer a;
	ask(method, target, body, &a);
	strbuf_done(&a.raw);
	return a.status;
}

/* ---- the bench ---- */

static int
set_up(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	rig_open(&r, false);
	r.core.reader = reader_new(r.loop, r.core.config->store);
	snprintf(path, sizeof(path), "%s/api.sock", r.dir);
	int fd = api_listen_unix(path, &err);
	assert_true(fd >= 0);
	assert_int_equal(api_start(&r.core, fd, &api, &err), 0);
	strbuf_done(&err);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	api_stop(api);
	assert_int_not_equal(access(path, F_OK), 0);
	reader_free(r.core.reader);
	r.core.reader = NULL;
	rig_close(&r);
	return 0;
}

static const char *const good = "{\"to\":\"010-1111-0001\",\"text\":\"hi\"}";

static void
break_the_tick(void)
{
	db_run(r.core.db, "INSERT INTO a_table_that_is_not_there VALUES(1)", "");
}

/* ---- the promises ---- */

static int listener_of_commits;
static int commits, early;

static int
watch_commit(void *arg)
{
	char byte;
	(void)arg;
	if (!db_in_transaction(r.core.db))
		return 0;
	commits++;
	if (listener_of_commits >= 0 &&
		recv(listener_of_commits, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)
		early++;
	return db_commit(r.core.db);
}

static void
the_answer_leaves_after_the_commit(void **state)
{
	(void)state;
	struct answer a;
	int fd = dial();
	commits = early = 0;
	listener_of_commits = fd;
	loop_on_tick(r.loop, &(struct loop_tick){watch_commit, NULL, NULL});
	say(fd, "POST", "/v1/messages", good);
	await(fd, &a);
	assert_int_equal(a.status, 202);
	assert_true(commits >= 1);
	assert_int_equal(early, 0);
	assert_false(db_in_transaction(r.core.db));
	strbuf_done(&a.raw);
	close(fd);
}

static void
many_posts_share_a_commit(void **state)
{
	(void)state;
	enum { CLIENTS = 40 };
	int fds[CLIENTS];
	commits = 0;
	listener_of_commits = -1;
	loop_on_tick(r.loop, &(struct loop_tick){watch_commit, NULL, NULL});
	for (int i = 0; i < CLIENTS; i++) {
		char body[128];
		fds[i] = dial();
		snprintf(body, sizeof(body), "{\"to\":\"010-2222-%04d\",\"text\":\"hi\"}",
			i);
		say(fds[i], "POST", "/v1/messages", body);
	}
	for (int i = 0; i < CLIENTS; i++) {
		struct answer a;
		await(fds[i], &a);
		assert_int_equal(a.status, 202);
		strbuf_done(&a.raw);
		close(fds[i]);
	}
	assert_in_range(commits, 1, CLIENTS / 4);
}

static void
a_lost_commit_is_said(void **state)
{
	(void)state;
	struct answer a;
	break_the_tick();
	ask("POST", "/v1/messages", good, &a);
	assert_int_equal(a.status, 503);
	assert_non_null(strstr(a.raw.s, "Retry-After: "));
	strbuf_done(&a.raw);
	assert_true(r.core.store_sick);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM messages"), 0);
	assert_int_equal(status_of("POST", "/v1/messages", good), 503);
	assert_int_equal(status_of("GET", "/healthz", ""), 503);
	rig_run(&r, 2 * SECOND); /* the probe finds it well again */
	assert_int_equal(status_of("POST", "/v1/messages", good), 202);
	assert_int_equal(status_of("GET", "/healthz", ""), 200);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM messages"), 1);
}

static void
a_change_in_a_lost_commit_did_not_happen(void **state)
{
	(void)state;
	char target[96];
	uint64_t id =
		rig_send(&r, "+821011110001", "first"); /* goes to the driver at once */
	id = rig_send(&r, "+821011110001", "second");   /* waits for it */
	snprintf(target, sizeof(target), "/v1/messages/%llu/cancel",
		(unsigned long long)id);
	break_the_tick();
	assert_int_not_equal(status_of("POST", target, ""), 200);
	assert_string_equal(rig_state(&r, id), "queued");
	rig_run(&r, 2 * SECOND);
	assert_int_equal(status_of("POST", target, ""), 200);
	assert_string_equal(rig_state(&r, id), "canceled");
}

static void
fill_batch(struct strbuf *body, int count)
{
	for (int i = 0; i < count; i++)
		strbuf_printf(body, "%c{\"to\":\"010-3333-%04d\",\"text\":\"number %d\"}",
			i ? ',' : '[', i, i);
	strbuf_putc(body, ']');
}

/* Halfway through a batch the store fails: what was said to be accepted is exactly what
 * is there, and everything else was said to be refused. */
static void
a_batch_tells_the_truth_about_each(void **state)
{
	(void)state;
	enum { COUNT = 1000 };
	struct strbuf body = STRBUF_INIT(1 << 20), err = STRBUF_SENTENCE;
	struct answer a = {.raw = STRBUF_INIT(1 << 20)};
	int fd = dial();
	fill_batch(&body, COUNT);
	say(fd, "POST", "/v1/messages/batch", body.s);
	while (!rig_count(&r, "SELECT count(*) FROM messages"))
		loop_turn(r.loop);
	break_the_tick();
	strbuf_done(&a.raw);
	await(fd, &a);
	assert_int_equal(a.status, 200);
	json_t *list = json_read(a.body, strlen(a.body), &err);
	assert_int_equal(json_array_size(list), COUNT);
	int accepted = 0;
	for (size_t i = 0; i < COUNT; i++) {
		const json_t *item = json_array_get(list, i);
		int64_t status = json_integer_value(json_object_get(item, "status"));
		assert_true(status == 202 || status == 503);
		accepted += status == 202;
		assert_int_equal(status == 202, json_object_get(item, "id") != NULL);
	}
	assert_in_range(accepted, 1, COUNT - 1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM messages"), accepted);
	json_decref(list);
	strbuf_done(&a.raw);
	strbuf_done(&body);
	strbuf_done(&err);
	close(fd);
}

static void
a_client_that_leaves_is_forgotten(void **state)
{
	(void)state;
	struct strbuf body = STRBUF_INIT(1 << 20);
	int fd = dial();
	fill_batch(&body, 1000);
	say(fd, "POST", "/v1/messages/batch", body.s);
	close(fd);
	strbuf_done(&body);
	fd = dial();
	say(fd, "GET", "/v1/messages?limit=1000", "");
	close(fd);
	assert_int_equal(status_of("GET", "/v1/events", ""), 200);
	rig_run(&r, MINUTE);
	assert_int_equal(status_of("GET", "/healthz", ""), 200);
}

static void
whoever_waits_is_told_of_the_end(void **state)
{
	(void)state;
	struct strbuf body = STRBUF_INIT(1 << 20), err = STRBUF_SENTENCE;
	struct answer a = {.raw = STRBUF_INIT(1 << 20)};
	int fd = dial();
	fill_batch(&body, 1000);
	say(fd, "POST", "/v1/messages/batch", body.s);
	while (!rig_count(&r, "SELECT count(*) FROM messages"))
		loop_turn(r.loop);
	api_stop(api);
	assert_true(hear(fd, &a));
	assert_int_equal(a.status, 503);
	strbuf_done(&a.raw);
	strbuf_done(&body);
	close(fd);
	int listener = api_listen_unix(path, &err);
	assert_true(listener >= 0);
	assert_int_equal(api_start(&r.core, listener, &api, &err), 0);
	assert_int_equal(status_of("GET", "/healthz", ""), 200);
	strbuf_done(&err);
}

/* More half requests than there are places, all gone again: whoever comes next is heard.
 */
static void
a_crowd_that_leaves_is_forgotten_too(void **state)
{
	(void)state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct rlimit files;
	int fds[600];
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = MIN(files.rlim_max, 4096);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		assert_int_equal(
			connect(fds[i], (struct sockaddr *)&address, sizeof(address)), 0);
		assert_int_equal(write(fds[i], "GET /", 5), 5);
		while (loop_turn(r.loop))
			;
	}
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close(fds[i]);
	while (loop_turn(r.loop))
		;
	assert_int_equal(status_of("GET", "/healthz", ""), 200);
}

static void
lists_come_from_the_reader(void **state)
{
	(void)state;
	struct answer a;
	rig_send(&r, "+821011110001", "one");
	ask("GET", "/v1/messages", "", &a);
	assert_int_equal(a.status, 200);
	assert_non_null(strstr(a.body, "\"text\":\"one\""));
	strbuf_done(&a.raw);
}

/* ---- what came in ---- */

static json_t *
get(const char *target)
{
	struct answer a;
	struct strbuf err = STRBUF_SENTENCE;
	ask("GET", target, "", &a);
	assert_int_equal(a.status, 200);
	json_t *value = json_read(a.body, strlen(a.body), &err);
	assert_non_null(value);
	strbuf_done(&a.raw);
	strbuf_done(&err);
	return value;
}

static const char *
text_in(const json_t *object, const char *list, size_t i, const char *name)
{
	const json_t *item = json_array_get(json_object_get(object, list), i);
	return json_string_value(json_object_get(item, name));
}

static size_t
length(const json_t *object, const char *list)
{
	return json_array_size(json_object_get(object, list));
}

static void
tickets_are_paged_without_a_gap(void **state)
{
	(void)state;
	char target[128] = "/v1/tickets?limit=2", from[32];
	size_t seen = 0;
	for (int i = 0; i < 5; i++) { /* all touched in the same millisecond */
		snprintf(from, sizeof(from), "+82101111%04d", i);
		rig_receive(&r, "north", from, "where is my order?");
	}
	for (bool more = true; more;) {
		json_t *page = get(target);
		const char *next = json_string_value(json_object_get(page, "next"));
		for (size_t i = 0; i < length(page, "tickets"); i++, seen++) {
			snprintf(from, sizeof(from), "+82101111%04d", (int)seen);
			assert_string_equal(text_in(page, "tickets", i, "phone"), from);
			assert_string_equal(text_in(page, "tickets", i, "text"),
				"where is my order?");
		}
		more = next != NULL;
		snprintf(target, sizeof(target), "/v1/tickets?limit=2&before=%s",
			more ? next : "");
		json_decref(page);
	}
	assert_int_equal(seen, 5);
	json_t *closed = get("/v1/tickets?state=closed"),
	       *all = get("/v1/tickets?state=all");
	assert_int_equal(length(closed, "tickets"), 0);
	assert_int_equal(length(all, "tickets"), 5);
	json_decref(closed);
	json_decref(all);
}

static void
a_stop_is_in_the_ledger(void **state)
{
	(void)state;
	rig_receive(&r, "north", "+821011110001", "STOP");
	json_t *c = get("/v1/consent/010-1111-0001");
	assert_string_equal(
		json_string_value(json_object_get(c, "phone")), "+821011110001");
	assert_int_equal(length(c, "ledger"), 1);
	assert_string_equal(json_string_value(json_object_get(c, "stopped")),
		text_in(c, "ledger", 0, "scope"));
	assert_string_equal(text_in(c, "ledger", 0, "action"), "revoke");
	assert_string_equal(text_in(c, "ledger", 0, "method"), "keyword");
	assert_string_equal(text_in(c, "ledger", 0, "words"), "STOP");
	assert_non_null(text_in(c, "ledger", 0, "message"));
	json_decref(c);
	json_t *in = get("/v1/messages?direction=in");
	assert_string_equal(text_in(in, "messages", 0, "state"), "received");
	json_decref(in);
}

static void
what_could_not_be_read_is_shown(void **state)
{
	(void)state;
	rig_receive(&r, "north", "+821011110001", "fine");
	rig_receive_bytes(&r, "north", "\x01\xFF\xAB", 3, 1);
	json_t *bad = get("/v1/arrivals"), *done = get("/v1/arrivals?state=done");
	assert_int_equal(length(bad, "arrivals"), 1);
	assert_string_equal(text_in(bad, "arrivals", 0, "bytes"), "01FFAB");
	assert_string_equal(text_in(bad, "arrivals", 0, "state"), "undecodable");
	assert_string_equal(text_in(bad, "arrivals", 0, "channel"), "north");
	assert_non_null(text_in(bad, "arrivals", 0, "error"));
	assert_int_equal(length(done, "arrivals"), 1);
	json_decref(bad);
	json_decref(done);
}

static void
reports_are_shown_matched_or_not(void **state)
{
	(void)state;
	char id[32];
	snprintf(id, sizeof(id), "%llu",
		(unsigned long long)rig_send(&r, "+821011110001", "a"));
	rig_sent(&r, 7);
	rig_report(&r, "north", 7, "+821011110001", 0);
	rig_report(&r, "north", 99, "+821099990001", 0);
	json_t *all = get("/v1/reports"), *stray = get("/v1/reports?unmatched=1");
	assert_int_equal(length(all, "reports"), 2);
	assert_string_equal(text_in(all, "reports", 1, "message"), id);
	assert_int_equal(length(stray, "reports"), 1);
	assert_string_equal(text_in(stray, "reports", 0, "recipient"), "+821099990001");
	assert_null(text_in(stray, "reports", 0, "message"));
	json_decref(all);
	json_decref(stray);
}

static void
a_message_shows_its_attempts(void **state)
{
	(void)state;
	char target[96];
	snprintf(target, sizeof(target), "/v1/messages/%llu",
		(unsigned long long)rig_send(&r, "+821011110001", "a"));
	rig_answer(&r, &(struct outcome){.what = SEND_LATER,
			       .code = 332,
			       .reference = -1,
			       .why = "network timeout"});
	rig_run(&r, 10 * MINUTE);
	rig_sent(&r, 8);
	rig_report(&r, "north", 8, "+821011110001", 0);
	json_t *m = get(target);
	assert_string_equal(json_string_value(json_object_get(m, "state")), "delivered");
	assert_string_equal(json_string_value(json_object_get(m, "report")), "delivered");
	assert_int_equal(length(m, "attempts"), 2);
	assert_string_equal(text_in(m, "attempts", 0, "outcome"), "later");
	assert_string_equal(text_in(m, "attempts", 0, "why"), "network timeout");
	assert_string_equal(text_in(m, "attempts", 1, "outcome"), "sent");
	const json_t *last = json_array_get(json_object_get(m, "attempts"), 1);
	assert_int_equal(json_integer_value(json_object_get(last, "reference")), 8);
	json_decref(m);
}

static void
a_doubt_is_resolved_by_hand(void **state)
{
	(void)state;
	char target[96];
	uint64_t id = rig_send(&r, "+821011110001", "a");
	snprintf(target, sizeof(target), "/v1/messages/%llu/resolve",
		(unsigned long long)id);
	rig_unknown(&r);
	assert_string_equal(rig_state(&r, id), "in_doubt");
	assert_int_equal(status_of("POST", target, "{\"how\":\"sent\"}"), 200);
	assert_string_equal(rig_state(&r, id), "sent");
	assert_int_equal(status_of("POST", target, "{\"how\":\"sent\"}"), 409);
}

static void
a_draining_gateway_only_looks(void **state)
{
	(void)state;
	r.core.draining = true;
	assert_int_equal(status_of("POST", "/v1/messages", good), 503);
	assert_int_equal(status_of("POST", "/v1/channels/north/adopt", ""), 503);
	assert_int_equal(status_of("GET", "/v1/channels/north", ""), 200);
	r.core.draining = false;
	assert_int_equal(status_of("POST", "/v1/channels/north/adopt", ""), 200);
}

static void
a_channel_without_console_says_so(void **state)
{
	(void)state;
	assert_int_equal(
		status_of("POST", "/v1/channels/north/command", "{\"at\":\"AT\"}"), 501);
}

/* ---- the socket file ---- */

static void
a_name_that_answers_is_never_taken(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	assert_int_equal(api_listen_unix(path, &err), -EADDRINUSE);
	assert_non_null(strstr(err.s, "another gateway"));
	assert_int_equal(status_of("GET", "/healthz", ""), 200);
	strbuf_done(&err);
}

static void
what_a_dead_process_left_is_replaced(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	char name[128];
	snprintf(name, sizeof(name), "%s/stale.sock", r.dir);
	int fd = api_listen_unix(name, &err);
	assert_true(fd >= 0);
	close(fd); /* and the file stays */
	fd = api_listen_unix(name, &err);
	assert_true(fd >= 0);
	close(fd);
	strbuf_done(&err);
}

static void
nothing_else_is_overwritten(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	char name[256];
	memset(name, 'x', sizeof(name));
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(api_listen_unix(r.config_path, &err), -EEXIST);
	assert_int_equal(access(r.config_path, R_OK), 0);
	assert_int_equal(api_listen_unix("/no/such/folder/x.sock", &err), -ENOENT);
	assert_int_equal(api_listen_unix(name, &err), -ENAMETOOLONG);
	strbuf_done(&err);
}

#define ON_A_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_BENCH(the_answer_leaves_after_the_commit),
		ON_A_BENCH(many_posts_share_a_commit),
		ON_A_BENCH(a_lost_commit_is_said),
		ON_A_BENCH(a_change_in_a_lost_commit_did_not_happen),
		ON_A_BENCH(a_batch_tells_the_truth_about_each),
		ON_A_BENCH(a_client_that_leaves_is_forgotten),
		ON_A_BENCH(a_crowd_that_leaves_is_forgotten_too),
		ON_A_BENCH(whoever_waits_is_told_of_the_end),
		ON_A_BENCH(lists_come_from_the_reader),
		ON_A_BENCH(tickets_are_paged_without_a_gap),
		ON_A_BENCH(a_stop_is_in_the_ledger),
		ON_A_BENCH(what_could_not_be_read_is_shown),
		ON_A_BENCH(reports_are_shown_matched_or_not),
		ON_A_BENCH(a_message_shows_its_attempts),
		ON_A_BENCH(a_doubt_is_resolved_by_hand),
		ON_A_BENCH(a_draining_gateway_only_looks),
		ON_A_BENCH(a_channel_without_console_says_so),
		ON_A_BENCH(a_name_that_answers_is_never_taken),
		ON_A_BENCH(what_a_dead_process_left_is_replaced),
		ON_A_BENCH(nothing_else_is_overwritten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
