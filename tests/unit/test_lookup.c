/* Look-ups against a shop's file and a shop's service that do everything wrong: whatever
 * happens is an answer in time, with a sentence, and nothing is written anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "gateway/base/log.h"
#include "gateway/core/lookup.h"
#include "gateway/store/db.h"
#include "gateway/store/attributes.h"
#include "gateway/store/contacts.h"
#include "gateway/store/coupons.h"
#include "gateway/store/orders.h"
#include "tests/lib/httpd.h"

static struct {
	char dir[64], shop[96], store[112], file[96];
	struct httpd *httpd;
	struct clock_sim clock;
	struct loop *loop;
	struct connectors *connectors;
	struct lookups *all;
} t;

/* ---- the bench ---- */

static void
exec_on(const char *path, const char *sql)
{
	sqlite3 *db;
	char *why = NULL;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s", why);
	sqlite3_close(db);
}

static void
make_store(void)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct db *db;
	uint64_t id;
	if (db_open(t.store, DB_WRITER, &db, &err) < 0)
		fail_msg("%s", err.s);
	static const struct order_item items[] = {
		{"운동화", "260", "", 1, 32000, true}, {"양말", "", "", 2, 4000, true}};
	struct order_facts facts[] = {
		{.number = "2026-000111",
			.source = "",
			.phone = "+821012345678",
			.state_word = "배송중",
			.state = ORDER_SHIPPED,
			.currency = "KRW",
			.has_total = true,
			.total = 36000,
			.has_items = true,
			.items = items,
			.item_count = 2,
			.has_placed = true,
			.placed = 2000},
		{.number = "2026-000222",
			.source = "",
			.phone = "+821012345678",
			.state_word = "구매확정",
			.state = ORDER_DELIVERED,
			.has_placed = true,
			.placed = 1000},
		{.number = "2026-000333",
			.source = "",
			.phone = "+821099999999",
			.state_word = "paid",
			.state = ORDER_PAID},
	};
	for (size_t i = 0; i < ARRAY_LEN(facts); i++)
		assert_int_equal(order_put(db, &facts[i], i + 1, 5000, &id), ORDER_NEW);
	struct contact c;
	struct referral friend = {.id = 50, .code = "HI-ABCD1234", .state = "joined"};
	bool fresh;
	static const char *const came[] = {"+821012345678", "yes", "+821055550001", "no",
		"+821055550002", "own", "+821055550003", NULL};
	for (size_t i = 0; i < ARRAY_LEN(came); i += 2) {
		assert_true(contact_take(db, came[i], 41 + i, 5000, &c, &fresh));
		if (came[i + 1])
			attribute_save(db, c.id, "invited",
				&(struct attribute){.text = came[i + 1]}, 5000);
		if (!i)
			friend.friend_ = c.id;
	}
	friend.giver = c.id;
	referral_put(db, &friend);
	assert_int_equal(db_commit(db), 0);
	db_close(db);
	strbuf_done(&err);
}

static const char shop_sql[] =
	"CREATE TABLE orders(no TEXT, mobile TEXT, item TEXT, status TEXT, n INT);"
	"INSERT INTO orders VALUES('A1', '010-1234-5678', '모자', '배송완료', 7),"
	"('B1', '010-5555-0001', 'cap', 'Shipped', 1),('B2', '010-5555-0001', 'bag', "
	"'new', 2);"
	"CREATE TABLE junk(t); INSERT INTO junk VALUES(x'ff41fe'), ('a\nb\tc'), (NULL);"
	"CREATE TABLE many AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
	"FROM c "
	"WHERE i < 5000) SELECT i FROM c;";

static const char connectors_text[] =
	"format = 1; connectors = {\n"
	"shop = { type = \"sql\"; file = \"%s\"; timeout = \"400ms\"; rows = 10; queries "
	"= {\n"
	" by_phone = { args = \"phone\"; sql = \"SELECT no, item, status AS state FROM "
	"orders "
	"WHERE mobile = :phone_dashed ORDER BY no\"; };\n"
	" by_local = { args = \"phone\"; sql = \"SELECT no FROM orders WHERE "
	"replace(mobile, '-', '') = :phone_local\"; };\n"
	" by_no = { args = \"no\"; sql = \"SELECT no, n FROM orders WHERE no = :no\"; "
	"};\n"
	" junk = { sql = \"SELECT t AS text FROM junk\"; };\n"
	" many = { sql = \"SELECT i FROM many\"; };\n"
	" wide = { sql = \"SELECT printf('%%.*c', 300000, 'x') AS w FROM many\"; };\n"
	" hang = { sql = \"WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM "
	"c) "
	"SELECT count(*) FROM c\"; };\n"
	" write = { sql = \"DELETE FROM orders\"; };\n"
	" insert = { sql = \"INSERT INTO orders(no) VALUES('X') RETURNING no\"; };\n"
	" two = { sql = \"SELECT 1; DELETE FROM orders\"; };\n"
	" attach = { sql = \"ATTACH '/etc/passwd' AS p\"; };\n"
	" pragma = { sql = \"PRAGMA journal_mode = DELETE\"; };\n"
	" load = { sql = \"SELECT load_extension('x')\"; };\n"
	" blob = { sql = \"SELECT length(randomblob(2000000000))\"; };\n"
	" explain = { sql = \"EXPLAIN SELECT 1\"; };\n"
	" nothing = { sql = \"-- nothing\"; };\n"
	" column = { sql = \"SELECT nosuch FROM orders\"; };\n"
	" unbound = { args = \"no\"; sql = \"SELECT * FROM orders WHERE no = :other\"; "
	"};\n"
	" commented = { sql = \"SELECT no FROM orders WHERE no = 'A1'; -- that is all\"; "
	"};\n"
	"}; };\n"
	"web = { type = \"http\"; timeout = \"400ms\"; max_kib = 64; rows = 5;\n"
	" headers = { X-Key = \"secret\"; }; queries = {\n"
	" order = { args = \"no, phone\"; url = "
	"\"http://127.0.0.1:%d/json/{no}?p={phone_local}\";\n"
	"  rows = \"/data\"; fields = { no = \"/no\"; item = \"/items/0/name\"; "
	"state = \"/st\"; n = \"/n\"; }; };\n"
	" plain = { url = \"http://127.0.0.1:%d/json\"; };\n"
	" post = { args = \"no\"; method = \"POST\"; url = \"http://127.0.0.1:%d/json\"; "
	"body = \"{\\\"no\\\": \\\"{no}\\\"}\"; };\n"
	" fault = { args = \"kind\"; url = \"http://127.0.0.1:%d/{kind}\"; };\n"
	" status = { args = \"code\"; url = \"http://127.0.0.1:%d/status/{code}\"; "
	"none = \"404, 410\"; };\n"
	" nobody = { url = \"http://127.0.0.1:1/x\"; };\n"
	"}; };\n"
	"slow = { type = \"http\"; timeout = \"30s\"; queries = { "
	"hang = { url = \"http://127.0.0.1:%d/hang\"; }; "
	"ok = { url = \"http://127.0.0.1:%d/json\"; }; "
	"bad = { url = \"http://127.0.0.1:%d/junk\"; }; }; };\n"
	"};\n";

static void
begin(void)
{
	struct strbuf err = STRBUF_SENTENCE, text = STRBUF_INIT(1 << 16);
	int port = httpd_port(t.httpd);
	strbuf_printf(&text, connectors_text, t.shop, port, port, port, port, port, port,
		port, port);
	FILE *f = fopen(t.file, "w");
	assert_non_null(f);
	fputs(text.s, f);
	fclose(f);
	if (connectors_load(t.file, &t.connectors, &err))
		fail_msg("%s", err.s);
	clock_sim_init(&t.clock, INT64_C(1772409600000));
	t.loop = loop_new(&t.clock.clock);
	t.all = lookups_new(t.loop, t.connectors, t.store, "KR");
	strbuf_done(&err);
	strbuf_done(&text);
}

static void
end(void)
{
	lookups_free(t.all);
	connectors_free(t.connectors);
	loop_free(t.loop);
}

static int
set_up(void **state)
{
	(void)state;
	log_open(stderr, LOG_OFF, clock_real());
	snprintf(t.dir, sizeof(t.dir), "/tmp/malgil-lookup-XXXXXX");
	assert_non_null(mkdtemp(t.dir));
	snprintf(t.shop, sizeof(t.shop), "%s/shop.db", t.dir);
	snprintf(t.store, sizeof(t.store), "sqlite:%s/malgil.db", t.dir);
	snprintf(t.file, sizeof(t.file), "%s/connectors.cfg", t.dir);
	exec_on(t.shop, shop_sql);
	make_store();
	t.httpd = httpd_start();
	begin();
	return 0;
}

static int
tear_down(void **state)
{
	char command[96];
	(void)state;
	end();
	httpd_stop(t.httpd);
	snprintf(command, sizeof(command), "rm -rf '%s'", t.dir);
	return system(command);
}

/* ---- asking ---- */

struct heard {
	struct strbuf text; /* "one: no=A1 state=delivered(배송완료);" */
	int times;
};

static void
on_result(void *arg, const struct lookup_result *r)
{
	struct heard *h = arg;
	h->times++;
	strbuf_printf(&h->text, "%s%s:", lookup_found_name(r->found), r->more ? "+" : "");
	for (size_t i = 0; i < r->count; i++) {
		for (size_t n = 0; n < r->rows[i].count; n++) {
			const struct lookup_field *f = &r->rows[i].fields[n];
			strbuf_printf(&h->text, " %s=%s", f->name, f->value);
			if (f->label)
				strbuf_printf(&h->text, "(%s)", f->label);
		}
		strbuf_putc(&h->text, ';');
	}
	if (r->why)
		strbuf_printf(&h->text, " %s", r->why);
}

/* Turns the loop, the simulated clock keeping pace with the real one, until it was told.
 */
static void
wait_for(struct heard *h, int times)
{
	int64_t last = clock_mono(clock_real()), until = last + 20 * SECOND;
	while (h->times < times) {
		int64_t now = clock_mono(clock_real());
		assert_true(now < until);
		if (now > last)
			clock_sim_advance(&t.clock, now - last);
		last = now;
		loop_turn(t.loop);
	}
}

/* "shop.by_no|A1|..." */
static struct lookup *
start(const char *question, struct heard *h)
{
	char text[2048], *words[8] = {NULL}, *save = NULL;
	size_t n = 0;
	snprintf(text, sizeof(text), "%s", question);
	for (char *p = strtok_r(text, "|", &save); p; p = strtok_r(NULL, "|", &save))
		words[n++] = p;
	char *dot = strchr(words[0], '.');
	*dot = '\0';
	struct lookup_ask ask = {.use = words[0],
		.query = dot + 1,
		.args = (const char *const *)words + 1,
		.arg_count = n - 1};
	return lookup_start(t.all, &ask, on_result, h);
}

static const char *
ask(const char *question)
{
	static struct heard h;
	strbuf_done(&h.text);
	h = (struct heard){.text = STRBUF_INIT(1 << 20)};
	start(question, &h);
	assert_int_equal(h.times, 0); /* never from inside */
	wait_for(&h, 1);
	return h.text.s;
}

/* ---- malgil's own orders ---- */

static const struct {
	const char *name, *question, *expect;
} own[] = {
	{"open", "malgil.open_orders_by_phone|+821012345678",
		"one: no=2026-000111 item=운동화 items=운동화 외 1건 quantity=3 "
		"state=shipped(배송중) total=36000 currency=KRW "
		"placed=1970-01-01T00:00:02.000Z;"},
	{"any spelling", "malgil.open_orders_by_phone|010-1234-5678",
		"one: no=2026-000111"},
	{"all, the newest first", "malgil.orders_by_phone|+821012345678",
		"many: no=2026-000111"},
	{"nobody's", "malgil.orders_by_phone|+821000000000", "none:"},
	{"by number", "malgil.order|2026-000333", "one: no=2026-000333"},
	{"end of a number", "malgil.order|000222|+821012345678", "one: no=2026-000222"},
	{"end without the phone", "malgil.order|000222", "none:"},
	{"end of a stranger's", "malgil.order|000333|+821012345678", "none:"},
	{"a stranger's whole number", "malgil.order|2026-000333|+821012345678", "none:"},
	{"too short an end", "malgil.order|222|+821012345678", "none:"},
	{"a friend's code", "malgil.invitation|010-1234-5678",
		"one: result=yes code=HI-ABCD1234"},
	{"their own code", "malgil.invitation|+821055550002", "one: result=own"},
	{"nobody's code", "malgil.invitation|+821055550001", "none:"},
	{"no code", "malgil.invitation|+821055550003", "none:"},
	{"nobody known", "malgil.invitation|+821055550009", "none:"},
	{"a pattern is no pattern", "malgil.order|%0222|+821012345678", "none:"},
};

static void
test_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		const char *got = ask(own[i].question);
		if (strncmp(got, own[i].expect, strlen(own[i].expect)) != 0)
			fail_msg("%s: %s", own[i].name, got);
	}
}

/* ---- the shop's file ---- */

static const struct {
	const char *name, *question, *expect;
} sql[] = {
	{"one", "shop.by_phone|+821012345678",
		"one: no=A1 item=모자 state=delivered(배송완료);"},
	{"many", "shop.by_phone|+821055550001",
		"many: no=B1 item=cap state=shipped(Shipped); no=B2 item=bag "
		"state=placed(new);"},
	{"none", "shop.by_phone|+821000000000", "none:"},
	{"local spelling", "shop.by_local|+821012345678", "one: no=A1;"},
	{"numbers are texts", "shop.by_no|A1", "one: no=A1 n=7;"},
	{"injection", "shop.by_no|' OR '1'='1", "none:"},
	{"injection with a statement", "shop.by_no|A1'; DROP TABLE orders; --", "none:"},
	{"what is not text", "shop.junk",
		"many: text=\xEF\xBF\xBD"
		"A\xEF\xBF\xBD; text=a b c;;"},
	{"thousands of rows", "shop.many",
		"many+: i=1; i=2; i=3; i=4; i=5; i=6; i=7; i=8; "
		"i=9; i=10;"},
	{"hang", "shop.hang", " did not answer within 400 ms"},
	{"a comment behind it", "shop.commented", "one: no=A1;"},
	{"delete", "shop.write", "error: the statement would do more than read"},
	{"insert returning", "shop.insert",
		"error: the statement would do more than read"},
	{"two", "shop.two", "error: there is more than one statement"},
	{"attach", "shop.attach", "error: the statement would do more than read"},
	{"pragma", "shop.pragma", "error: the statement would do more than read"},
	{"extension", "shop.load", "error: the statement would do more than read"},
	{"memory", "shop.blob", "error: the statement would do more than read"},
	{"explain", "shop.explain", "error: the statement is not a SELECT"},
	{"nothing", "shop.nothing", "error: the statement selects nothing"},
	{"no such column", "shop.column",
		"error: the statement is wrong: no such column"},
	{"no such argument", "shop.unbound|x", "error: the statement asks for :other"},
	{"no such query", "shop.by_nо|x", "error: there is no query"},
	{"empty argument", "shop.by_no",
		"error: shop.by_no wants 1 argument: no; 0 were given"},
};

static void
test_sql(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sql); i++) {
		int64_t began = clock_mono(clock_real());
		const char *got = ask(sql[i].question);
		if (!strstr(got, sql[i].expect))
			fail_msg("%s: %s", sql[i].name, got);
		assert_true(clock_mono(clock_real()) - began < 3 * SECOND);
		ask("shop.by_no|A1"); /* a good one between, or the connector is left
					 alone */
	}
	assert_string_equal(
		ask("shop.by_no|B2"), "one: no=B2 n=2;"); /* nothing was deleted */
}

static void
test_sql_bounds(void **state)
{
	(void)state;
	const char *got = ask("shop.wide"); /* each value 300,000 bytes, 1000 kept */
	assert_true(!strncmp(got, "many+: w=xxx", 12));
	assert_true(strlen(got) < 11 * 1010);
}

static void
test_sql_file_trouble(void **state)
{
	char moved[112];
	sqlite3 *db;
	(void)state;
	assert_int_equal(sqlite3_open(t.shop, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	assert_non_null(strstr(ask("shop.by_no|A1"), "error: "));
	sqlite3_close(db);
	assert_string_equal(ask("shop.by_no|A1"), "one: no=A1 n=7;");
	snprintf(moved, sizeof(moved), "%s.away", t.shop);
	assert_int_equal(rename(t.shop, moved), 0);
	assert_non_null(strstr(ask("shop.by_no|A1"), "No such file"));
	FILE *f = fopen(t.shop, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is not a database ", f);
	fclose(f);
	assert_non_null(strstr(ask("shop.by_no|A1"), "not an SQLite file"));
	assert_int_equal(rename(moved, t.shop), 0);
	assert_string_equal(ask("shop.by_no|A1"), "one: no=A1 n=7;");
}

/* ---- the shop's service ---- */

static const struct {
	const char *name, *json, *question, *expect;
} web[] = {
	{"one",
		"{\"data\":[{\"no\":\"A1\",\"items\":[{\"name\":\"모자\"}],\"st\":"
		"\"발송완료\","
		"\"n\":3}]}",
		"web.order|A1|+821012345678",
		"one: no=A1 item=모자 state=shipped(발송완료) n=3;"},
	{"an object", "{\"data\":{\"no\":12,\"n\":1.5}}", "web.order|A1|1",
		"one: no=12 n=1.5;"},
	{"none", "{\"data\":[]}", "web.order|A1|1", "none:"},
	{"null", "{\"data\":null}", "web.order|A1|1", "none:"},
	{"missing", "{}", "web.order|A1|1", "none:"},
	{"null fields", "{\"data\":{\"no\":\"1\",\"n\":null}}", "web.order|A1|1",
		"one: no=1;"},
	{"all plain members", "{\"a\":1,\"b\":{\"c\":2},\"d\":true}", "web.plain",
		"one: a=1 d=true;"},
	{"a list for a text", "{\"data\":{\"no\":[1]}}", "web.order|A1|1",
		"error: web.order: no (/no) is a list where a text was expected"},
	{"texts for rows", "{\"data\":[\"x\"]}", "web.order|A1|1",
		"error: web.order: a row is a text where an object was expected"},
	{"a number for the list", "{\"data\":7}", "web.order|A1|1",
		"error: web.order: a row is"},
	{"too many rows", "[{\"i\":1},{\"i\":2},{\"i\":3},{\"i\":4},{\"i\":5},{\"i\":6}]",
		"web.plain", "many+: i=1; i=2; i=3; i=4; i=5;"},
	{"a line end in a value", "{\"a\":\"x\\r\\n(광고) y\"}", "web.plain",
		"one: a=x (광고) y;"},
	{"half a character", "{\"a\":\"\\ud800\"}", "web.plain",
		"error: web answered something"},
	{"not JSON", "nonsense", "web.plain",
		"error: web answered something that is not JSON"},
	{"empty", "", "web.plain", "error: web answered something that is not JSON"},
};

static void
test_http(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(web); i++) {
		httpd_say(t.httpd, web[i].json);
		const char *got = ask(web[i].question);
		if (strncmp(got, web[i].expect, strlen(web[i].expect)) != 0)
			fail_msg("%s: %s", web[i].name, got);
		httpd_say(t.httpd, "{}");
		assert_string_equal(ask("web.plain"), "one:;");
	}
}

static const struct {
	const char *name, *question, *expect;
} faults[] = {
	{"hang", "web.fault|hang", "error: web"},
	{"trickle", "web.fault|trickle", "error: web"},
	{"closed at once", "web.fault|reset", "error: web: "},
	{"cut off", "web.fault|cut", "error: web: "},
	{"HTML", "web.fault|junk", "error: web answered something that is not JSON"},
	{"a megabyte", "web.fault|mega",
		"error: web: the answer is larger than 65536 bytes"},
	{"deep", "web.fault|deep", "error: web answered something that is not JSON"},
	{"elsewhere", "web.fault|redirect",
		"error: web answered HTTP 302, which sends elsewhere"},
	{"nobody there", "web.nobody", "error: web: "},
	{"there is none", "web.status|404", "none:"},
	{"gone", "web.status|410", "none:"},
	{"not allowed", "web.status|401", "error: web answered HTTP 401"},
	{"broken", "web.status|500", "error: web answered HTTP 500"},
	{"no content", "web.status|204", "none:"},
};

static void
test_http_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		int64_t began = clock_mono(clock_real());
		const char *got = ask(faults[i].question);
		if (strncmp(got, faults[i].expect, strlen(faults[i].expect)) != 0)
			fail_msg("%s: %s", faults[i].name, got);
		assert_true(clock_mono(clock_real()) - began < 2 * SECOND);
		ask("web.plain");
	}
}

/* What was sent, byte by byte where it matters. */
static const struct {
	const char *name, *question, *expect;
} requests[] = {
	{"escaped in the path", "web.order|A/1 ?&#../x|+821012345678",
		"GET /json/A%2F1%20%3F%26%23..%2Fx?p=01012345678 HTTP/"},
	{"a header", "web.plain", "\r\nX-Key: secret\r\n"},
	{"a body", "web.post|1\",\"admin\":\"1",
		"{\"no\": \"1\\\",\\\"admin\\\":\\\"1\"}"},
	{"its type", "web.post|1", "Content-Type: application/json\r\n"},
	{"a line end", "web.order|a\r\nX-Evil: 1|1",
		"GET /json/a%0D%0AX-Evil%3A%201?p=1 HTTP/"},
};

static void
test_http_requests(void **state)
{
	char last[8192];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		ask(requests[i].question);
		httpd_last(t.httpd, last, sizeof(last));
		if (!strstr(last, requests[i].expect))
			fail_msg("%s: %s", requests[i].name, last);
	}
	size_t before = httpd_count(t.httpd);
	assert_non_null(strstr(ask("web.order|..|1"), "does not fit"));
	assert_int_equal(httpd_count(t.httpd), before);
}

/* ---- time ---- */

static void
test_breaker(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		assert_non_null(strstr(ask("slow.bad"), "not JSON"));
	size_t before = httpd_count(t.httpd);
	assert_non_null(strstr(ask("slow.ok"), "left alone"));
	assert_int_equal(httpd_count(t.httpd), before);
	clock_sim_advance(&t.clock, 30 * SECOND);
	assert_non_null(
		strstr(ask("slow.bad"), "not JSON")); /* the one that is let through */
	assert_non_null(strstr(ask("slow.ok"), "left alone"));
	clock_sim_advance(&t.clock, 30 * SECOND);
	assert_string_equal(ask("slow.ok"), "one:;");
	assert_string_equal(ask("slow.ok"), "one:;");
}

static void
test_cache(void **state)
{
	struct heard h = {.text = STRBUF_INIT(4096)};
	struct lookup_ask what = {.use = "slow", .query = "ok", .cache = MINUTE};
	(void)state;
	httpd_say(t.httpd, "{\"a\":1}");
	lookup_start(t.all, &what, on_result, &h);
	wait_for(&h, 1);
	size_t before = httpd_count(t.httpd);
	httpd_say(t.httpd, "{\"a\":2}");
	lookup_start(t.all, &what, on_result, &h);
	wait_for(&h, 2);
	assert_int_equal(httpd_count(t.httpd), before);
	clock_sim_advance(&t.clock, MINUTE + 1);
	lookup_start(t.all, &what, on_result, &h);
	wait_for(&h, 3);
	assert_string_equal(h.text.s, "one: a=1;one: a=1;one: a=2;");
	strbuf_done(&h.text);
}

/* The clock alone ends it: the other side is never waited for. */
static void
test_deadline(void **state)
{
	struct heard h = {.text = STRBUF_INIT(4096)};
	struct lookup_ask what = {.use = "slow", .query = "hang", .timeout = 7 * SECOND};
	(void)state;
	lookup_start(t.all, &what, on_result, &h);
	loop_run_until(t.loop, &t.clock, t.clock.mono + 7 * SECOND - 1);
	assert_int_equal(h.times, 0);
	loop_run_until(t.loop, &t.clock, t.clock.mono + 1);
	assert_int_equal(h.times, 1);
	assert_string_equal(h.text.s, "error: slow.hang did not answer within 7000 ms");
	strbuf_done(&h.text);
}

static void
test_cancel(void **state)
{
	struct heard gone = {.text = STRBUF_INIT(4096)}, h = {.text = STRBUF_INIT(4096)};
	static const char *const questions[] = {
		"slow.hang", "shop.hang", "shop.by_no|A1", "nowhere.x", "malgil.order|1"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(questions); i++)
		lookup_cancel(start(questions[i], &gone));
	for (size_t i = 0; i < ARRAY_LEN(questions); i++)
		start(questions[i], &gone); /* and these are under way when all ends */
	start("web.plain", &h);
	wait_for(&h, 1);
	int before = gone.times;
	end();
	assert_int_equal(gone.times, before);
	begin();
	strbuf_done(&gone.text);
	strbuf_done(&h.text);
}

/* ---- the file of connectors ---- */

static const struct {
	const char *name, *text, *expect;
} files[] = {
	{"a type nobody knows", "format = 1; connectors = { a = { type = \"ftp\"; }; };",
		"type should be \"sql\""},
	{"a setting nobody knows",
		"format = 1; connectors = { a = { type = \"sql\"; fiel = \"x\"; }; };",
		"did you mean 'file'?"},
	{"no file",
		"format = 1; connectors = { a = { type = \"sql\"; queries = {}; }; };",
		"lacks the setting 'file'"},
	{"a placeholder for nothing",
		"format = 1; connectors = { a = { type = \"http\"; queries = { q = { url "
		"= "
		"\"http://h/{x}\"; }; }; }; };",
		"{x} in url is not among its args"},
	{"an argument in the host",
		"format = 1; connectors = { a = { type = \"http\"; queries = { q = { "
		"args = "
		"\"x\"; url = \"http://{x}/\"; }; }; }; };",
		"the host in url must be written out"},
	{"a file URL",
		"format = 1; connectors = { a = { type = \"http\"; queries = { q = { url "
		"= "
		"\"file:///etc/passwd\"; }; }; }; };",
		"url should begin with https://"},
	{"a body that is not JSON",
		"format = 1; connectors = { a = { type = \"http\"; queries = { q = { url "
		"= "
		"\"http://h/\"; method = \"POST\"; body = \"{x\"; }; }; }; };",
		"body:"},
	{"a pointer that is none",
		"format = 1; connectors = { a = { type = \"http\"; queries = { q = { url "
		"= "
		"\"http://h/\"; fields = { a = \"b\"; }; }; }; }; };",
		"JSON pointer"},
	{"a header in two lines",
		"format = 1; connectors = { a = { type = \"http\"; headers = { X = "
		"\"a\\r\\nY: b\"; }; queries = { q = { url = \"http://h/\"; }; }; }; };",
		"one line of text"},
	{"a name with a blank",
		"format = 1; connectors = { a = { type = \"sql\"; file = \"f\"; queries "
		"= { q = "
		"{ args = \"a b\"; sql = \"SELECT 1\"; }; }; }; };",
		"commas"},
	{"a list", "format = 1; connectors = ( );", "should be a group"},
};

static void
test_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct strbuf err = STRBUF_SENTENCE;
		struct connectors *all;
		FILE *f = fopen(t.file, "w");
		fputs(files[i].text, f);
		fclose(f);
		assert_true(connectors_load(t.file, &all, &err) < 0);
		if (!strstr(err.s, files[i].expect))
			fail_msg("%s: %s", files[i].name, err.s);
		strbuf_done(&err);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_sql),
		cmocka_unit_test(test_sql_bounds),
		cmocka_unit_test(test_sql_file_trouble),
		cmocka_unit_test(test_http),
		cmocka_unit_test(test_http_faults),
		cmocka_unit_test(test_http_requests),
		cmocka_unit_test(test_breaker),
		cmocka_unit_test(test_cache),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_files),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
