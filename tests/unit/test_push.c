/* Telling others what happens, on the bench: a real core and store, a clock that stands
 * still until told, and a receiver with every fault there is. */
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
#include "gateway/api/twilio.h"
#include "gateway/net/http.h"
#include "gateway/net/json.h"
#include "tests/lib/httpd.h"
#include "tests/lib/rig.h"

#define SECRET  "0123456789abcdef"
#define ACCOUNT "AC0123456789abcdef0123456789abcdef"
#define PATIENT (5 * SECOND) /* real time a test waits at most */

static struct rig bench;
static struct httpd *httpd;
static char request[65536];

/* ---- the bench ---- */

/* `path` of the one webhook; `more` settings, with %d for the receiver's port. */
static void
begin_with(const char *path, const char *more)
{
	char extra[4096];
	setenv("MALGIL_T", SECRET, 1);
	httpd = httpd_start();
	int n = snprintf(extra, sizeof(extra),
		"webhooks = ( { name = \"shop\"; url = \"http://127.0.0.1:%d%s\"; secret "
		"= "
		"\"env:MALGIL_T\"; allow_private = true; timeout = \"400ms\"; } );\n",
		httpd_port(httpd), path);
	/* A port that is not asked for is ignored (C11 7.21.6.1). */
	/* cppcheck-suppress wrongPrintfScanfArgNum */
	snprintf(extra + n, sizeof(extra) - (size_t)n, more, httpd_port(httpd),
		httpd_port(httpd));
	rig_open_with(&bench, false, extra, NULL);
	push_start(&bench.core);
	rig_run(&bench, 0);
}

static void
begin(const char *path)
{
	begin_with(path, "");
}

static void
end(void)
{
	push_stop(&bench.core);
	rig_close(&bench);
	httpd_stop(httpd);
}

/* Statements are known by where they stand, so each has a place of its own. */
static int64_t
deliveries(const char *state)
{
	return db_number(bench.core.db, -1,
		"SELECT count(*) FROM deliveries WHERE state = $1", "t", state);
}

/* The world goes on in real time, the clock with it, until the question is answered. */
static void
until(bool (*done)(int64_t what), int64_t what)
{
	int64_t last = clock_mono(clock_real()), stop = last + PATIENT;
	while (!done(what)) {
		int64_t now = clock_mono(clock_real());
		if (now > stop)
			fail_msg("it never came to %d; %zu requests came; %d pending, "
				 "%d delivered, %d dead",
				(int)what, httpd_count(httpd), (int)deliveries("pending"),
				(int)deliveries("delivered"), (int)deliveries("dead"));
		if (now > last)
			clock_sim_advance(&bench.clock, now - last);
		last = now;
		loop_turn(bench.loop);
	}
}

static bool
requests_are(int64_t n)
{
	return (int64_t)httpd_count(httpd) >= n;
}

static bool
delivered_are(int64_t n)
{
	return deliveries("delivered") >= n && !db_in_transaction(bench.core.db);
}

static bool
dead_are(int64_t n)
{
	return deliveries("dead") >= n && !db_in_transaction(bench.core.db);
}

static bool
tried(int64_t n)
{
	return rig_count(&bench, "SELECT coalesce(max(tries), 0) FROM deliveries") >= n &&
	       !db_in_transaction(bench.core.db);
}

static bool
tries_are(int64_t n)
{
	return rig_count(&bench, "SELECT sum(tries) FROM deliveries") >= n &&
	       !db_in_transaction(bench.core.db);
}

static void
happen(const char *name, const char *detail)
{
	core_event(&bench.core, &(struct event){.name = name, .detail = detail});
	loop_turn(bench.loop);
}

static const char *
nth(size_t n)
{
	if (!httpd_nth(httpd, n, request, sizeof(request)))
		fail_msg("there is no request %zu", n);
	return request;
}

static json_t *
body_of(size_t n)
{
	const char *body = strstr(nth(n), "\r\n\r\n");
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
	const char *at = strcasestr(nth(n), name);
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
	begin("/json");
	size_t before = httpd_count(httpd);
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "number %d", i);
		happen("test.happened", text);
	}
	until(requests_are, (int64_t)before + 100);
	for (size_t i = 0; i < 100; i++) {
		json_t *body = body_of(before + i);
		snprintf(text, sizeof(text), "number %zu", i);
		assert_string_equal(member(body, "event", "detail"), text);
		assert_string_equal(member(body, "event", "name"), "test.happened");
		assert_true(json_is_null(json_object_get(body, "message")));
		json_decref(body);
	}
	header_of(before, "Malgil-Signature", signature);
	const char *body = strstr(nth(before), "\r\n\r\n") + 4;
	push_sign(SECRET, strtoll(signature + 2, NULL, 10), body, strlen(body), &again);
	assert_string_equal(signature, again.s);
	until(delivered_are, 100);
	assert_int_equal(deliveries("pending"), 0);
	strbuf_done(&again);
	end();
}

static void
test_tells_of_messages(void **state)
{
	(void)state;
	begin("/json");
	rig_receive(&bench, "north", "+821012345678", "안녕 가게");
	until(requests_are, 1);
	size_t i = 0;
	while (!strstr(nth(i), "message.received"))
		i++;
	json_t *body = body_of(i);
	assert_string_equal(member(body, "message", "text"), "안녕 가게");
	assert_string_equal(member(body, "message", "phone"), "+821012345678");
	assert_string_equal(member(body, "message", "direction"), "in");
	assert_string_equal(member(body, "event", "channel"), "north");
	json_decref(body);
	/* Its text is in the store once. */
	assert_int_equal(
		rig_count(&bench, "SELECT count(*) FROM deliveries WHERE account LIKE "
				  "'%안녕%' OR why LIKE '%안녕%'"),
		0);
	end();
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
		begin(rows[i].path);
		happen("test.happened", "x");
		happen("test.happened", "y");
		until(tried, 1);
		struct hook_row row;
		assert_true(hook_load(bench.core.db, "shop", &row));
		assert_true(delivery_head(bench.core.db, row.id, 0, &d));
		assert_string_equal(d.why, rows[i].why);
		assert_int_equal(d.status,
			strcmp(rows[i].path, "/trickle") ? rows[i].status : d.status);
		assert_int_equal(d.state, DELIVERY_PENDING);
		assert_in_range(d.due - bench.clock.wall, 4000, 6000);
		/* What is behind waits for it. */
		assert_int_equal(deliveries("pending"), 2);
		assert_int_equal(httpd_count(httpd), 1);
		uint64_t id = d.id;
		rig_run(&bench, 6 * SECOND);
		until(tried, 2);
		assert_int_equal(httpd_count(httpd), 2);
		char first[256], second[256];
		header_of(0, "Malgil-Delivery", first);
		header_of(1, "Malgil-Delivery", second);
		assert_string_equal(first, second);
		assert_true(strtoull(first, NULL, 10) == id);
		end();
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
		begin(rows[i].path);
		happen("test.happened", "x");
		until(tried, 1);
		assert_true(hook_load(bench.core.db, "shop", &row));
		assert_true(delivery_head(bench.core.db, row.id, 0, &d));
		print_message("%s\n", rows[i].path);
		assert_in_range(d.due - bench.clock.wall, rows[i].from, rows[i].to);
		end();
	}
}

static void
test_comes_back(void **state)
{
	(void)state;
	begin("/json");
	httpd_turn(httpd, 503, "text/plain");
	happen("test.happened", "one");
	happen("test.happened", "two");
	until(tried, 1);
	httpd_turn(httpd, 200, "text/plain");
	rig_run(&bench, 6 * SECOND);
	until(delivered_are, 2);
	struct hook_row row;
	assert_true(hook_load(bench.core.db, "shop", &row));
	assert_string_equal(row.why, "");
	assert_true(row.good_at >= row.bad_at && row.bad_at > 0);
	end();
}

static void
test_dead_after_two_days(void **state)
{
	int n;
	struct strbuf err = STRBUF_SENTENCE;
	(void)state;
	begin("/json");
	httpd_turn(httpd, 500, "text/plain");
	happen("test.happened", "poison");
	happen("test.happened", "behind it");
	int64_t start = bench.clock.wall;
	for (int64_t tries = 1; deliveries("dead") < 2; tries++) {
		until(tries_are, tries);
		int64_t next = rig_count(&bench,
			"SELECT coalesce(min(due), 0) FROM deliveries WHERE state = "
			"'pending' AND tries > 0");
		if (next > bench.clock.wall)
			rig_run(&bench, next - bench.clock.wall);
		assert_true(tries < 60);
	}
	until(dead_are, 2);
	assert_in_range(bench.clock.wall - start, 2 * DAY - MINUTE, 2 * DAY + HOUR);
	/* 5 s, 15 s, 1, 5, 15, 30 min, 1, 2 h, then every 4 h. */
	assert_in_range(rig_count(&bench, "SELECT max(tries) FROM deliveries"), 16, 22);
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM events WHERE name = "
					   "'webhook.dead'"),
		2);
	httpd_turn(httpd, 200, "text/plain");
	assert_int_equal(push_again(&bench.core, "shop", 0, &n, &err), 0);
	assert_int_equal(n, 2);
	until(delivered_are, 2);
	assert_int_equal(deliveries("dead"), 0);
	strbuf_done(&err);
	end();
}

static void
test_gone_disables(void **state)
{
	struct hook_row row;
	struct strbuf err = STRBUF_SENTENCE;
	(void)state;
	begin("/json");
	httpd_turn(httpd, 410, "text/plain");
	happen("test.happened", "one");
	happen("test.happened", "two");
	until(dead_are, 1);
	happen("test.happened", "three");
	rig_run(&bench, DAY);
	assert_int_equal(httpd_count(httpd), 1);
	assert_true(hook_load(bench.core.db, "shop", &row));
	assert_true(row.disabled);
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM events WHERE name = "
					   "'webhook.disabled'"),
		1);
	/* Nothing between is lost. */
	httpd_turn(httpd, 200, "text/plain");
	assert_int_equal(push_enable(&bench.core, "shop", true, &err), 0);
	until(requests_are, 3);
	json_t *body = body_of(1);
	assert_string_equal(member(body, "event", "detail"), "two");
	json_decref(body);
	strbuf_done(&err);
	end();
}

/* ---- crashes ---- */

/* The answer is lost with the program: it is sent again, under the same id. */
static void
test_lost_answer(void **state)
{
	char first[256], again[256];
	(void)state;
	begin("/hang");
	happen("test.happened", "x");
	until(requests_are, 1);
	push_stop(&bench.core);
	rig_crash(&bench);
	push_start(&bench.core);
	rig_run(&bench, 0);
	until(requests_are, 2);
	header_of(0, "Malgil-Delivery", first);
	header_of(1, "Malgil-Delivery", again);
	assert_string_equal(first, again);
	end();
}

static void
test_goes_on_after_a_crash(void **state)
{
	(void)state;
	begin("/json");
	httpd_turn(httpd, 500, "text/plain");
	for (int i = 0; i < 300; i++)
		happen("test.happened", "x");
	until(tried, 1);
	push_stop(&bench.core);
	rig_crash(&bench);
	httpd_turn(httpd, 200, "text/plain");
	push_start(&bench.core);
	rig_run(&bench, 10 * SECOND);
	until(delivered_are, 300);
	assert_int_equal(rig_count(&bench, "SELECT count(DISTINCT event) FROM deliveries "
					   "WHERE state = 'delivered'"),
		rig_count(&bench, "SELECT count(*) FROM deliveries"));
	end();
}

/* The store loses a tick: nothing is believed that it does not hold. */
static void
test_lost_tick(void **state)
{
	(void)state;
	begin("/json");
	happen("test.happened", "one");
	until(delivered_are, 1);
	core_event(&bench.core,
		&(struct event){.name = "test.happened", .detail = "never was"});
	db_run(bench.core.db, "INSERT INTO no_such_table VALUES(1)", "");
	loop_turn(bench.loop);
	rig_run(&bench, 5 * SECOND);
	happen("test.happened", "two");
	until(delivered_are, 2);
	assert_int_equal(httpd_count(httpd), 2);
	json_t *body = body_of(1);
	assert_string_equal(member(body, "event", "detail"), "two");
	json_decref(body);
	end();
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
	begin("/json");
	struct http *http = http_new(bench.loop);
	heard = (struct heard){.times = 0};
	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char url[128], resolve[128];
		snprintf(url, sizeof(url), "http://%s:%d/json", rows[i].host,
			httpd_port(httpd));
		snprintf(resolve, sizeof(resolve), "%s:%d:%s", rows[i].host,
			httpd_port(httpd), rows[i].resolve);
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
		until(answers_are, (int64_t)i + 1);
		if (heard.failed != -EACCES ||
			!strstr(heard.why, "not an address outside"))
			fail_msg("%s: %d %s", url, heard.failed, heard.why);
	}
	unsetenv("http_proxy");
	assert_int_equal(httpd_count(httpd), 0);
	http_free(http);
	end();
}

static void
test_inside_is_refused(void **state)
{
	(void)state;
	begin_with("/json",
		"twilio = ( { sid = \"" ACCOUNT "\"; auth_token = "
		"\"env:MALGIL_T\"; sms_url = \"http://localhost:%d/json\"; } );");
	rig_receive(&bench, "north", "+821012345678", "hello");
	until(tried, 1);
	rig_run(&bench, 3 * DAY);
	until(dead_are, 1);
	assert_int_equal(
		rig_count(&bench, "SELECT count(*) FROM deliveries WHERE state = "
				  "'dead' AND why LIKE '%not an address outside%'"),
		1);
	/* Whoever texted is not forgotten. */
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM tickets"), 1);
	end();
}

/* ---- once more ---- */

static void
test_replay(void **state)
{
	struct strbuf err = STRBUF_SENTENCE;
	char text[32];
	(void)state;
	begin("/json");
	uint64_t ids[10];
	for (int i = 0; i < 10; i++) {
		snprintf(text, sizeof(text), "%d", i);
		happen("test.happened", text);
		ids[i] = hooks_newest_event(bench.core.db);
	}
	until(delivered_are, 10);
	assert_int_equal(push_replay(&bench.core, "shop", ids[3], ids[6], &err), 0);
	assert_int_equal(push_replay(&bench.core, "shop", ids[3], 0, &err), -EBUSY);
	happen("test.happened", "new");
	until(delivered_are, 15);
	static const char *const want[] = {"3", "4", "5", "6", "new"};
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		json_t *body = body_of(10 + i);
		assert_string_equal(member(body, "event", "detail"), want[i]);
		json_decref(body);
	}
	rig_run(&bench, 0);
	assert_int_equal(push_replay(&bench.core, "shop",
				 hooks_newest_event(bench.core.db) + 1, 0, &err),
		-EINVAL);
	assert_int_equal(push_replay(&bench.core, "nobody", ids[3], 0, &err), -ENOENT);
	strbuf_done(&err);
	end();
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
	begin("/json");
	httpd_turn(httpd, 500, "text/plain");
	happen("test.happened", "stuck");
	happen("test.happened", "next");
	until(tried, 1);
	httpd_turn(httpd, 200, "text/plain");
	/* A test does not wait in line. */
	assert_int_equal(push_test(&bench.core, "shop", on_tested, &told, &err), 0);
	until(delivered_are, 1);
	assert_int_equal(told.status, 200);
	assert_int_equal(told.state, DELIVERY_DELIVERED);
	json_t *body = body_of(1);
	assert_string_equal(member(body, "event", "name"), "webhook.test");
	json_decref(body);
	assert_int_equal(push_skip(&bench.core, "shop", &err), 0);
	until(delivered_are, 2);
	body = body_of(2);
	assert_string_equal(member(body, "event", "detail"), "next");
	json_decref(body);
	assert_int_equal(deliveries("dead"), 1);
	assert_int_equal(push_skip(&bench.core, "shop", &err), -EINVAL);
	strbuf_done(&err);
	end();
}

static void
test_only_what_is_wanted(void **state)
{
	(void)state;
	setenv("MALGIL_T", SECRET, 1);
	httpd = httpd_start();
	char extra[1024];
	snprintf(extra, sizeof(extra),
		"webhooks = ( { name = \"few\"; url = \"http://127.0.0.1:%d/json\"; "
		"secret = "
		"\"env:MALGIL_T\"; allow_private = true; events = \"a.*, -a.b\"; } );",
		httpd_port(httpd));
	rig_open_with(&bench, false, extra, NULL);
	happen("a.before", "it began after this");
	push_start(&bench.core);
	for (int i = 0; i < 500; i++)
		happen("b.c", "unwanted");
	happen("a.b", "unwanted");
	happen("a.c", "wanted");
	until(delivered_are, 1);
	rig_run(&bench, MINUTE);
	assert_int_equal(httpd_count(httpd), 1);
	end();
}

static void
test_rows_do_not_pile_up(void **state)
{
	(void)state;
	begin("/json");
	httpd_turn(httpd, 500, "text/plain");
	for (int i = 0; i < 2000; i++)
		core_event(&bench.core, &(struct event){.name = "test.happened"});
	until(tried, 1);
	rig_run(&bench, SECOND);
	assert_in_range(deliveries("pending"), 1, 256);
	httpd_turn(httpd, 200, "text/plain");
	rig_run(&bench, 6 * SECOND);
	until(delivered_are, 2000);
	/* What was delivered goes after a week, a month at the latest. */
	rig_run(&bench, 8 * DAY);
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM deliveries"), 0);
	end();
}

/* ---- callbacks ---- */

static uint64_t
send_with_callback(const char *to, const char *url, bool kannel)
{
	struct outbox_receipt receipt;
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_request wish = {.to = to,
		.text = "hi",
		.text_len = 2,
		.cls = CLASS_SERVICE,
		.origin = "api",
		.msg_class = -1};
	if (outbox_accept(&bench.core, &wish, &receipt, &err) < 0)
		fail_msg("%s", err.s);
	struct callback c = {.message = receipt.id, .kannel = kannel, .mask = 31};
	snprintf(c.account, sizeof(c.account), "%s", kannel ? "joe" : ACCOUNT);
	snprintf(c.url, sizeof(c.url), url, httpd_port(httpd));
	push_callback(&bench.core, &c);
	rig_run(&bench, 0);
	strbuf_done(&err);
	return receipt.id;
}

#define TWILIO                                                                           \
	"twilio = ( { sid = \"" ACCOUNT "\"; auth_token = \"env:MALGIL_T\"; "            \
	"sms_url = \"http://127.0.0.1:%d/json/in\"; allow_private = true; "              \
	"numbers = { north = \"+821055550000\"; }; } ); "                                \
	"callbacks = { allow_private = true; };"

/* Requests that hold the word, in order, joined. */
static void
statuses(const char *field, struct strbuf *ret)
{
	for (size_t i = 0; i < httpd_count(httpd); i++) {
		const char *at = strstr(nth(i), field);
		if (at)
			strbuf_printf(ret, "%.*s ",
				(int)strcspn(at + strlen(field), "& \r"),
				at + strlen(field));
	}
}

static bool
callbacks_done(int64_t n)
{
	return rig_count(&bench, "SELECT count(*) FROM deliveries WHERE state = "
				 "'delivered' AND kind <> 'event'") >= n &&
	       !db_in_transaction(bench.core.db);
}

static void
test_status_callbacks(void **state)
{
	struct strbuf got = STRBUF_INIT(1024);
	(void)state;
	begin_with("/status/500", TWILIO);
	send_with_callback("+821012345678", "http://127.0.0.1:%d/json/status", false);
	rig_sent(&bench, 7);
	rig_report(&bench, "north", 7, "+821012345678", 0);
	until(callbacks_done, 3);
	statuses("MessageStatus=", &got);
	assert_string_equal(got.s, "queued sent delivered ");
	strbuf_done(&got);
	end();
}

static void
test_kannel_reports(void **state)
{
	struct strbuf got = STRBUF_INIT(1024);
	(void)state;
	begin_with("/status/500", TWILIO);
	send_with_callback(
		"+821012345678", "http://127.0.0.1:%d/json/dlr?d=%%d&p=%%p", true);
	rig_sent(&bench, 7);
	rig_report(&bench, "north", 7, "+821012345678", 0x46);
	until(callbacks_done, 2);
	statuses("/json/dlr?d=", &got);
	assert_string_equal(got.s, "8 2 ");
	assert_non_null(strstr(nth(0), " "));
	strbuf_done(&got);
	end();
}

/* A host that does not answer holds up nobody else, and is not hammered. */
static void
test_dead_host_waits_alone(void **state)
{
	char to[32];
	(void)state;
	begin_with("/json/hook", TWILIO);
	for (int i = 0; i < 100; i++) {
		snprintf(to, sizeof(to), "+8210123450%02d", i);
		send_with_callback(to, "http://127.0.0.1:1/never?%d", false);
	}
	send_with_callback("+821099998888", "http://127.0.0.1:%d/json/alive", false);
	until(callbacks_done, 1);
	assert_in_range(
		rig_count(&bench, "SELECT sum(tries) FROM deliveries WHERE kind = "
				  "'twilio.status' AND state = 'pending'"),
		1, 12);
	end();
}

/* ---- answers to inbound texts ---- */

static bool
answered(int64_t n)
{
	return rig_count(&bench,
		       "SELECT count(*) FROM messages WHERE origin = 'twilio'") >= n &&
	       callbacks_done(1);
}

static void
test_twiml_is_sent(void **state)
{
	(void)state;
	begin_with("/status/500", TWILIO);
	httpd_say(httpd, "<Response><Message>first &amp; 안녕</Message><Message "
			 "to=\"+821077778888\">to another</Message></Response>");
	httpd_turn(httpd, 200, "text/xml");
	rig_receive(&bench, "north", "+821012345678", "hello");
	until(answered, 2);
	assert_int_equal(
		rig_count(&bench, "SELECT count(*) FROM messages m JOIN contacts "
				  "c ON c.id = m.contact WHERE m.class = 'reply' "
				  "AND m.text = 'first & 안녕' AND c.phone = "
				  "'+821012345678' AND m.reply_to > 0"),
		1);
	assert_int_equal(
		rig_count(&bench, "SELECT count(*) FROM messages m JOIN contacts "
				  "c ON c.id = m.contact WHERE m.class = "
				  "'service' AND c.phone = '+821077778888'"),
		1);
	/* The application answers: nobody is called. */
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM tickets"), 0);
	end();
}

static void
test_bad_twiml(void **state)
{
	static const struct {
		const char *body, *type, *says;
	} rows[] = {
		{"<Response><Message>x", "text/xml", "%TwiML%"},
		{"<!DOCTYPE a [<!ENTITY b "
		 "\"c\">]><Response><Message>&b;</Message></Response>",
			"text/xml", "%DOCTYPE%"},
		{"<Response><Message from=\"+999\">x</Message></Response>", "text/xml",
			"%from%"},
		{"<Response><Message to=\"12\">x</Message></Response>", "text/xml",
			"%12%"},
		{"{\"json\":1}", "application/json", "%TwiML%"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		begin_with("/status/500", TWILIO);
		httpd_say(httpd, rows[i].body);
		httpd_turn(httpd, 200, rows[i].type);
		rig_receive(&bench, "north", "+821012345678", "hello");
		until(callbacks_done, 1);
		if (db_number(bench.core.db, -1,
			    "SELECT count(*) FROM events WHERE name = "
			    "'twilio.answer_unusable' AND detail LIKE $1",
			    "t", rows[i].says) != 1)
			fail_msg("nothing was said of %s", rows[i].body);
		assert_int_equal(rig_count(&bench, "SELECT count(*) FROM messages WHERE "
						   "origin = 'twilio'"),
			0);
		end();
	}
}

static void
test_plain_answers(void **state)
{
	(void)state;
	begin_with("/status/500", TWILIO);
	httpd_say(httpd, "  just text\n");
	httpd_turn(httpd, 200, "text/plain");
	rig_receive(&bench, "north", "+821012345678", "hello");
	until(answered, 1);
	end();
}

/* The stop of a customer holds against an application too. */
static void
test_stop_holds(void **state)
{
	(void)state;
	begin_with("/status/500", TWILIO);
	httpd_say(httpd, "<Response><Message>but wait</Message></Response>");
	httpd_turn(httpd, 200, "text/xml");
	rig_receive(&bench, "north", "+821012345678", "STOP ALL");
	until(answered, 1);
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM messages WHERE origin = "
					   "'twilio' AND state = 'suppressed'"),
		rig_count(&bench, "SELECT count(*) FROM contacts WHERE stopped = 'all'"));
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order_and_signed),
		cmocka_unit_test(test_tells_of_messages),
		cmocka_unit_test(test_faults_are_repeated),
		cmocka_unit_test(test_comes_back),
		cmocka_unit_test(test_comes_when_asked),
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
		cmocka_unit_test(test_status_callbacks),
		cmocka_unit_test(test_kannel_reports),
		cmocka_unit_test(test_dead_host_waits_alone),
		cmocka_unit_test(test_twiml_is_sent),
		cmocka_unit_test(test_bad_twiml),
		cmocka_unit_test(test_plain_answers),
		cmocka_unit_test(test_stop_holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
