/* Telling others what happens: the order, every fault of a receiver, crashes in between,
 * and where it may go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <inttypes.h>
#include <cmocka.h>

#include "gateway/api/push.h"
#include "gateway/api/push_sign.h"
#include "gateway/net/http.h"
#include "tests/lib/listener.h"

static bool
tried(int64_t n)
{
	return rig_count(&listener, "SELECT coalesce(max(tries), 0) FROM deliveries") >=
		       n &&
	       !db_in_transaction(listener.core.db);
}

static bool
tries_are(int64_t n)
{
	return rig_count(&listener, "SELECT sum(tries) FROM deliveries") >= n &&
	       !db_in_transaction(listener.core.db);
}

static json_t *
body_of(size_t n)
{
	const char *body = strstr(listener_nth(n), "\r\n\r\n");
	json_t *value = json_read(body + 4, strlen(body + 4), NULL);
	assert_non_null(value);
	return value;
}

static const char *
member(const json_t *object, const char *a, const char *b)
{
	return json_string_value(json_object_get(json_object_get(object, a), b));
}

/* A header of request n, copied. */
static void
header_of(size_t n, const char *name, char ret[256])
{
	const char *at = strcasestr(listener_nth(n), name);
	assert_non_null(at);
	at += strlen(name) + 2;
	snprintf(ret, 256, "%.*s", (int)strcspn(at, "\r"), at);
}

/* ---- order, and what is said ---- */

static void
test_in_order_and_signed(void **state)
{
	char text[32], signature[256];
	struct strbuf again = STRBUF_INIT(512);
	(void)state;
	listener_begin("/json");
	size_t before = httpd_count(listener_httpd);
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "number %d", i);
		listener_happen("test.happened", text);
	}
	listener_until(listener_heard, (int64_t)before + 100);
	for (size_t i = 0; i < 100; i++) {
		json_t *body = body_of(before + i);
		snprintf(text, sizeof(text), "number %zu", i);
		assert_string_equal(member(body, "event", "detail"), text);
		assert_string_equal(member(body, "event", "name"), "test.happened");
		assert_true(json_is_null(json_object_get(body, "message")));
		json_decref(body);
	}
	header_of(before, "Malgil-Signature", signature);
	const char *body = strstr(listener_nth(before), "\r\n\r\n") + 4;
	push_sign(LISTENER_SECRET, strtoll(signature + 2, NULL, 10), body, strlen(body),
		&again);
	assert_string_equal(signature, again.s);
	listener_until(listener_delivered, 100);
	assert_int_equal(listener_deliveries("pending"), 0);
	strbuf_done(&again);
	listener_end();
}

static void
test_tells_of_messages(void **state)
{
	(void)state;
	listener_begin("/json");
	rig_receive(&listener, "north", "+821012345678", "안녕 가게");
	listener_until(listener_heard, 1);
	size_t i = 0;
	while (!strstr(listener_nth(i), "message.received"))
		i++;
	json_t *body = body_of(i);
	assert_string_equal(member(body, "message", "text"), "안녕 가게");
	assert_string_equal(member(body, "message", "phone"), "+821012345678");
	assert_string_equal(member(body, "message", "direction"), "in");
	assert_string_equal(member(body, "event", "channel"), "north");
	json_decref(body);
	/* Its text is in the store once. */
	assert_int_equal(
		rig_count(&listener, "SELECT count(*) FROM deliveries WHERE account LIKE "
				     "'%안녕%' OR why LIKE '%안녕%'"),
		0);
	listener_end();
}

/* ---- faults ---- */

static void
test_faults_are_repeated(void **state)
{
	static const struct {
		const char *path, *why;
		int status;
	} rows[] = {
		{"/status/500", "it answered 500", 500},
		{"/status/404", "it answered 404", 404},
		{"/redirect",
			"it answered 302, which sends elsewhere and is not followed",
			302},
		{"/reset", "Server returned nothing (no headers, no data)", 0},
		{"/hang", "no answer within 400 ms", 0},
		{"/trickle", "no answer within 400 ms", 200},
		{"/mega", "the answer is larger than 65536 bytes", 200},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct delivery d;
		listener_begin(rows[i].path);
		listener_happen("test.happened", "x");
		listener_happen("test.happened", "y");
		listener_until(tried, 1);
		struct hook_row row;
		assert_true(hook_load(listener.core.db, "shop", &row));
		assert_true(delivery_head(listener.core.db, row.id, 0, &d));
		assert_string_equal(d.why, rows[i].why);
		assert_int_equal(d.status,
			strcmp(rows[i].path, "/trickle") ? rows[i].status : d.status);
		assert_int_equal(d.state, DELIVERY_PENDING);
		assert_in_range(d.due - listener.clock.wall, 4000, 6000);
		/* What is behind waits for it. */
		assert_int_equal(listener_deliveries("pending"), 2);
		assert_int_equal(httpd_count(listener_httpd), 1);
		uint64_t id = d.id;
		rig_run(&listener, 6 * SECOND);
		listener_until(tried, 2);
		assert_int_equal(httpd_count(listener_httpd), 2);
		char first[256], second[256];
		header_of(0, "Malgil-Delivery", first);
		header_of(1, "Malgil-Delivery", second);
		assert_string_equal(first, second);
		assert_true(strtoull(first, NULL, 10) == id);
		listener_end();
	}
}

/* Whoever says when to come again is not asked sooner, and not later than is sane. */
static void
test_comes_when_asked(void **state)
{
	static const struct {
		const char *path;
		int64_t from, to;
	} rows[] = {
		{"/later/429/120", 119 * SECOND, 121 * SECOND},
		{"/later/503/1", 4 * SECOND, 6 * SECOND},
		{"/later/503/99999999999999999999", HOUR - SECOND, HOUR + SECOND},
		{"/later/503/-5", 4 * SECOND, 6 * SECOND},
		{"/later/503/soon", 4 * SECOND, 6 * SECOND},
		{"/later/503/Fri,+31+Dec+9999+23:59:59+GMT", HOUR - SECOND,
			HOUR + SECOND},
		{"/later/503/Sun,+06+Nov+1994+08:49:37+GMT", 4 * SECOND, 6 * SECOND},
		{"/later/500/120", 4 * SECOND, 6 * SECOND},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct delivery d;
		struct hook_row row;
		listener_begin(rows[i].path);
		listener_happen("test.happened", "x");
		listener_until(tried, 1);
		assert_true(hook_load(listener.core.db, "shop", &row));
		assert_true(delivery_head(listener.core.db, row.id, 0, &d));
		print_message("%s\n", rows[i].path);
		assert_in_range(d.due - listener.clock.wall, rows[i].from, rows[i].to);
		listener_end();
	}
}

static void
test_comes_back(void **state)
{
	(void)state;
	listener_begin("/json");
	httpd_turn(listener_httpd, 503, "text/plain");
	listener_happen("test.happened", "one");
	listener_happen("test.happened", "two");
	listener_until(tried, 1);
	httpd_turn(listener_httpd, 200, "text/plain");
	rig_run(&listener, 6 * SECOND);
	listener_until(listener_delivered, 2);
	struct hook_row row;
	assert_true(hook_load(listener.core.db, "shop", &row));
	assert_string_equal(row.why, "");
	assert_true(row.good_at >= row.bad_at && row.bad_at > 0);
	listener_end();
}

static void
test_dead_after_two_days(void **state)
{
	int n;
	struct strbuf err = STRBUF_SENTENCE;
	(void)state;
	listener_begin("/json");
	httpd_turn(listener_httpd, 500, "text/plain");
	listener_happen("test.happened", "poison");
	listener_happen("test.happened", "behind it");
	int64_t start = listener.clock.wall;
	for (int64_t tries = 1; listener_deliveries("dead") < 2; tries++) {
		listener_until(tries_are, tries);
		int64_t next = rig_count(&listener,
			"SELECT coalesce(min(due), 0) FROM deliveries WHERE state = "
			"'pending' AND tries > 0");
		if (next > listener.clock.wall)
			rig_run(&listener, next - listener.clock.wall);
		assert_true(tries < 60);
	}
	listener_until(listener_dead, 2);
	assert_in_range(listener.clock.wall - start, 2 * DAY - MINUTE, 2 * DAY + HOUR);
	/* 5 s, 15 s, 1, 5, 15, 30 min, 1, 2 h, then every 4 h. */
	assert_in_range(
		rig_count(&listener, "SELECT max(tries) FROM deliveries"), 16, 22);
	assert_int_equal(rig_count(&listener, "SELECT count(*) FROM events WHERE name = "
					      "'webhook.dead'"),
		2);
	httpd_turn(listener_httpd, 200, "text/plain");
	assert_int_equal(push_again(&listener.core, "shop", 0, &n, &err), 0);
	assert_int_equal(n, 2);
	listener_until(listener_delivered, 2);
	assert_int_equal(listener_deliveries("dead"), 0);
	strbuf_done(&err);
	listener_end();
}

static void
test_gone_disables(void **state)
{
	struct hook_row row;
	struct strbuf err = STRBUF_SENTENCE;
	(void)state;
	listener_begin("/json");
	httpd_turn(listener_httpd, 410, "text/plain");
	listener_happen("test.happened", "one");
	listener_happen("test.happened", "two");
	listener_until(listener_dead, 1);
	listener_happen("test.happened", "three");
	rig_run(&listener, DAY);
	assert_int_equal(httpd_count(listener_httpd), 1);
	assert_true(hook_load(listener.core.db, "shop", &row));
	assert_true(row.disabled);
	assert_int_equal(rig_count(&listener, "SELECT count(*) FROM events WHERE name = "
					      "'webhook.disabled'"),
		1);
	/* Nothing between is lost. */
	httpd_turn(listener_httpd, 200, "text/plain");
	assert_int_equal(push_enable(&listener.core, "shop", true, &err), 0);
	listener_until(listener_heard, 3);
	json_t *body = body_of(1);
	assert_string_equal(member(body, "event", "detail"), "two");
	json_decref(body);
	strbuf_done(&err);
	listener_end();
}

/* ---- crashes ---- */

/* The answer is lost with the program: it is sent again, under the same id. */
static void
test_lost_answer(void **state)
{
	char first[256], again[256];
	(void)state;
	listener_begin("/hang");
	listener_happen("test.happened", "x");
	listener_until(listener_heard, 1);
	push_stop(&listener.core);
	rig_crash(&listener);
	push_start(&listener.core);
	rig_run(&listener, 0);
	listener_until(listener_heard, 2);
	header_of(0, "Malgil-Delivery", first);
	header_of(1, "Malgil-Delivery", again);
	assert_string_equal(first, again);
	listener_end();
}

static void
test_goes_on_after_a_crash(void **state)
{
	(void)state;
	listener_begin("/json");
	httpd_turn(listener_httpd, 500, "text/plain");
	for (int i = 0; i < 300; i++)
		listener_happen("test.happened", "x");
	listener_until(tried, 1);
	push_stop(&listener.core);
	rig_crash(&listener);
	httpd_turn(listener_httpd, 200, "text/plain");
	push_start(&listener.core);
	rig_run(&listener, 10 * SECOND);
	listener_until(listener_delivered, 300);
	assert_int_equal(
		rig_count(&listener, "SELECT count(DISTINCT event) FROM deliveries "
				     "WHERE state = 'delivered'"),
		rig_count(&listener, "SELECT count(*) FROM deliveries"));
	listener_end();
}

/* The store loses a tick: nothing is believed that it does not hold. */
static void
test_lost_tick(void **state)
{
	(void)state;
	listener_begin("/json");
	listener_happen("test.happened", "one");
	listener_until(listener_delivered, 1);
	core_event(&listener.core,
		&(struct event){.name = "test.happened", .detail = "never was"});
	db_run(listener.core.db, "INSERT INTO no_such_table VALUES(1)", "");
	loop_turn(listener.loop);
	rig_run(&listener, 5 * SECOND);
	listener_happen("test.happened", "two");
	listener_until(listener_delivered, 2);
	assert_int_equal(httpd_count(listener_httpd), 2);
	json_t *body = body_of(1);
	assert_string_equal(member(body, "event", "detail"), "two");
	json_decref(body);
	listener_end();
}

/* ---- where it may go ---- */

static struct heard {
	int times, failed;
	char why[200];
} heard;

static void
on_answer(void *arg, const struct http_answer *a)
{
	(void)arg;
	heard.times++;
	heard.failed = a->failed;
	snprintf(heard.why, sizeof(heard.why), "%s", a->why);
}

static bool
answers_are(int64_t n)
{
	return heard.times >= n;
}

/* A name may point anywhere at any moment: what counts is the address connected to. */
static void
test_stays_outside(void **state)
{
	static const struct {
		const char *host, *resolve;
	} rows[] = {
		{"127.0.0.1", NULL},
		{"localhost", NULL},
		{"0.0.0.0", NULL},
		{"[::1]", NULL},
		{"[::ffff:127.0.0.1]", NULL},
		{"2130706433", NULL},
		{"0x7f.1", NULL},
		{"rebound.shop.example", "127.0.0.1"},
		{"rebound.shop.example", "169.254.169.254"},
		{"rebound.shop.example", "10.1.2.3,192.168.0.9,[fd00::1]"},
	};
	(void)state;
	listener_begin("/json");
	struct http *http = http_new(listener.loop);
	heard = (struct heard){.times = 0};
	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char url[128], resolve[128];
		snprintf(url, sizeof(url), "http://%s:%d/json", rows[i].host,
			httpd_port(listener_httpd));
		snprintf(resolve, sizeof(resolve), "%s:%d:%s", rows[i].host,
			httpd_port(listener_httpd), rows[i].resolve);
		assert_non_null(http_start(http,
			&(struct http_request){.method = "POST",
				.url = url,
				.body = "x",
				.len = 1,
				.timeout = 2000,
				.max = 100,
				.outside = true,
				.resolve = rows[i].resolve ? resolve : NULL},
			on_answer, NULL));
		listener_until(answers_are, (int64_t)i + 1);
		if (heard.failed != -EACCES ||
			!strstr(heard.why, "not an address outside"))
			fail_msg("%s: %d %s", url, heard.failed, heard.why);
	}
	unsetenv("http_proxy");
	assert_int_equal(httpd_count(listener_httpd), 0);
	http_free(http);
	listener_end();
}

static void
test_inside_is_refused(void **state)
{
	(void)state;
	listener_begin_with("/json",
		"twilio = ( { sid = \"" LISTENER_ACCOUNT "\"; auth_token = "
		"\"env:MALGIL_T\"; sms_url = \"http://localhost:%d/json\"; } );");
	rig_receive(&listener, "north", "+821012345678", "hello");
	listener_until(tried, 1);
	rig_run(&listener, 3 * DAY);
	listener_until(listener_dead, 1);
	assert_int_equal(
		rig_count(&listener, "SELECT count(*) FROM deliveries WHERE state = "
				     "'dead' AND why LIKE '%not an address outside%'"),
		1);
	/* Whoever texted is not forgotten. */
	assert_int_equal(rig_count(&listener, "SELECT count(*) FROM tickets"), 1);
	listener_end();
}

/* ---- once more ---- */

static void
test_replay(void **state)
{
	struct strbuf err = STRBUF_SENTENCE;
	char text[32];
	(void)state;
	listener_begin("/json");
	uint64_t ids[10];
	for (int i = 0; i < 10; i++) {
		snprintf(text, sizeof(text), "%d", i);
		listener_happen("test.happened", text);
		ids[i] = hooks_newest_event(listener.core.db);
	}
	listener_until(listener_delivered, 10);
	assert_int_equal(push_replay(&listener.core, "shop", ids[3], ids[6], &err), 0);
	assert_int_equal(push_replay(&listener.core, "shop", ids[3], 0, &err), -EBUSY);
	listener_happen("test.happened", "new");
	listener_until(listener_delivered, 15);
	static const char *const want[] = {"3", "4", "5", "6", "new"};
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		json_t *body = body_of(10 + i);
		assert_string_equal(member(body, "event", "detail"), want[i]);
		json_decref(body);
	}
	rig_run(&listener, 0);
	assert_int_equal(push_replay(&listener.core, "shop",
				 hooks_newest_event(listener.core.db) + 1, 0, &err),
		-EINVAL);
	assert_int_equal(push_replay(&listener.core, "nobody", ids[3], 0, &err), -ENOENT);
	strbuf_done(&err);
	listener_end();
}

static void
on_tested(void *arg, const struct delivery *d)
{
	*(struct delivery *)arg = *d;
}

static void
test_skip_and_test(void **state)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct delivery told = {.id = 0};
	(void)state;
	listener_begin("/json");
	httpd_turn(listener_httpd, 500, "text/plain");
	listener_happen("test.happened", "stuck");
	listener_happen("test.happened", "next");
	listener_until(tried, 1);
	httpd_turn(listener_httpd, 200, "text/plain");
	/* A test does not wait in line. */
	assert_int_equal(push_test(&listener.core, "shop", on_tested, &told, &err), 0);
	listener_until(listener_delivered, 1);
	assert_int_equal(told.status, 200);
	assert_int_equal(told.state, DELIVERY_DELIVERED);
	json_t *body = body_of(1);
	assert_string_equal(member(body, "event", "name"), "webhook.test");
	json_decref(body);
	assert_int_equal(push_skip(&listener.core, "shop", &err), 0);
	listener_until(listener_delivered, 2);
	body = body_of(2);
	assert_string_equal(member(body, "event", "detail"), "next");
	json_decref(body);
	assert_int_equal(listener_deliveries("dead"), 1);
	assert_int_equal(push_skip(&listener.core, "shop", &err), -EINVAL);
	strbuf_done(&err);
	listener_end();
}

static void
test_only_what_is_wanted(void **state)
{
	(void)state;
	setenv("MALGIL_T", LISTENER_SECRET, 1);
	listener_httpd = httpd_start();
	char extra[1024];
	snprintf(extra, sizeof(extra),
		"webhooks = ( { name = \"few\"; url = \"http://127.0.0.1:%d/json\"; "
		"secret = "
		"\"env:MALGIL_T\"; allow_private = true; events = \"a.*, -a.b\"; } );",
		httpd_port(listener_httpd));
	rig_open_with(&listener, false, extra, NULL);
	listener_happen("a.before", "it began after this");
	push_start(&listener.core);
	for (int i = 0; i < 500; i++)
		listener_happen("b.c", "unwanted");
	listener_happen("a.b", "unwanted");
	listener_happen("a.c", "wanted");
	listener_until(listener_delivered, 1);
	rig_run(&listener, MINUTE);
	assert_int_equal(httpd_count(listener_httpd), 1);
	listener_end();
}

static void
test_rows_do_not_pile_up(void **state)
{
	(void)state;
	listener_begin("/json");
	httpd_turn(listener_httpd, 500, "text/plain");
	for (int i = 0; i < 2000; i++)
		core_event(&listener.core, &(struct event){.name = "test.happened"});
	listener_until(tried, 1);
	rig_run(&listener, SECOND);
	assert_in_range(listener_deliveries("pending"), 1, 256);
	httpd_turn(listener_httpd, 200, "text/plain");
	rig_run(&listener, 6 * SECOND);
	listener_until(listener_delivered, 2000);
	/* What was delivered goes after a week, a month at the latest. */
	rig_run(&listener, 8 * DAY);
	assert_int_equal(rig_count(&listener, "SELECT count(*) FROM deliveries"), 0);
	listener_end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order_and_signed),
		cmocka_unit_test(test_tells_of_messages),
		cmocka_unit_test(test_faults_are_repeated),
		cmocka_unit_test(test_comes_when_asked),
		cmocka_unit_test(test_comes_back),
		cmocka_unit_test(test_dead_after_two_days),
		cmocka_unit_test(test_gone_disables),
		cmocka_unit_test(test_lost_answer),
		cmocka_unit_test(test_goes_on_after_a_crash),
		cmocka_unit_test(test_lost_tick),
		cmocka_unit_test(test_stays_outside),
		cmocka_unit_test(test_inside_is_refused),
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_skip_and_test),
		cmocka_unit_test(test_only_what_is_wanted),
		cmocka_unit_test(test_rows_do_not_pile_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
