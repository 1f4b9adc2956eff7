/* Offers: codes are given once, come back when their text does not leave, and are
 * redeemed; links lead where they should and tell people from machines; orders are
 * credited to the last touch; friends, points, and what the report makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/core/offers.h"
#include "gateway/core/outcome.h"
#include "gateway/core/shop_events.h"
#include "gateway/core/proportion.h"
#include "gateway/outreach/report.h"
#include "gateway/store/contacts.h"
#include "gateway/store/coupons.h"
#include "gateway/store/links.h"
#include "tests/lib/rig.h"

static struct rig r;
static const char *const A = "+821011110001", *const B = "+821011110002",
			 *const C = "+821011110003";
#define PHONE "Mozilla/5.0 (Linux; Android 14; SM-S911N) AppleWebKit/537.36 Mobile Safari"

static int
set_up(void **state)
{
	(void)state;
	rig_open_with(&r, false,
		"links = { base = \"https://s.example\"; expire = \"30d\"; };\n"
		"credit = { click = \"5d\"; send = \"12h\"; };\n"
		"points = { percent = 2; };\n",
		"optout_080 = \"080-123-4567\"; phone = \"02-1\"; spread = \"0s\"; "
		"same_text = \"0s\"; sim_ad_parts = 4; caps = { promo = \"9/1d\"; };");
	rig_grant(&r, A);
	rig_grant(&r, B);
	rig_grant(&r, C);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	rig_close(&r);
	return 0;
}

static uint64_t
id_of(const char *phone)
{
	return (uint64_t)db_number(
		r.core.db, 0, "SELECT id FROM contacts WHERE phone = $1", "t", phone);
}

static struct offer_for
whom(const char *phone, uint64_t run)
{
	return (struct offer_for){id_of(phone), run, "cart", "remind", core_now(&r.core)};
}

static void
pool(const char *name, int64_t most, int64_t stands)
{
	struct coupon_pool p = {.most = most, .stands = stands, .reward = "mini serum"};
	snprintf(p.name, sizeof(p.name), "%s", name);
	pool_save(r.core.db, &p);
	rig_run(&r, 0);
}

/* A text with a code in it, as a script or a campaign writes one. */
static uint64_t
offer(const char *phone, uint64_t run, const char *pool_name, struct strbuf *ret_code)
{
	struct offer_for w = whom(phone, run);
	struct outbox_receipt receipt;
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(2000);
	strbuf_reset(ret_code);
	bool got = offer_coupon(&r.core, pool_name, &w, ret_code);
	strbuf_printf(&text, "code %s ", got ? ret_code->s : "none");
	offer_link(&r.core, "https://shop.example/p/1?a=b", &w, &text);
	struct outbox_request request = {.to = phone,
		.text = text.s,
		.text_len = text.len,
		.cls = CLASS_MARKETING,
		.origin = "dialog",
		.msg_class = -1};
	assert_int_equal(outbox_accept(&r.core, &request, &receipt, NULL), 0);
	offers_bind(&r.core, receipt.id, &w);
	rig_run(&r, 0);
	return receipt.id;
}

static const char *
state_of(const char *code)
{
	static struct coupon c;
	return coupon_load(r.core.db, code, &c) ? c.state : "not there";
}

static void
tell(const char *name, const char *phone, const char *json)
{
	json_t *data = json_loads(json, 0, NULL);
	struct shop_event_answer a;
	assert_non_null(data);
	shop_event_take(&r.core,
		&(struct shop_event){.name = name, .phone = phone, .data = data}, &a);
	if (a.status != 202)
		fail_msg("%s: %d %s", name, a.status, a.why.s);
	shop_event_answer_done(&a);
	json_decref(data);
	rig_run(&r, 0);
}

/* ---- coupons ---- */

static void
a_code_is_given_once(void **state)
{
	struct strbuf a AUTO(strbuf_done) = STRBUF_INIT(64),
			b AUTO(strbuf_done) = STRBUF_INIT(64);
	(void)state;
	pool("TEN", 0, 0);
	coupon_insert(r.core.db, "TEN-AAAA", "TEN", core_id(&r.core));
	coupon_insert(r.core.db, "TEN-BBBB", "TEN", core_id(&r.core));
	assert_false(coupon_insert(r.core.db, "ten aaaa", "TEN", core_id(&r.core)));
	uint64_t text = offer(A, 1, "TEN", &a);
	offer(B, 2, "TEN", &b);
	assert_string_equal(a.s, "TEN-AAAA");
	assert_string_equal(b.s, "TEN-BBBB");
	rig_crash(&r);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM coupons WHERE state = "
				       "'given' AND message > 0"),
		2);
	/* Dry: the text goes out without, and the owner hears it once. */
	offer(C, 3, "TEN", &a);
	assert_int_equal(a.len, 0);
	offer(C, 4, "TEN", &a);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM events WHERE name = 'coupons.dry'"),
		1);
	assert_int_equal(text > 0, 1);
}

static void
what_does_not_leave_comes_back(void **state)
{
	struct strbuf a AUTO(strbuf_done) = STRBUF_INIT(64),
			err AUTO(strbuf_done) = STRBUF_SENTENCE;
	(void)state;
	pool("TEN", 0, 0);
	coupon_insert(r.core.db, "TEN-AAAA", "TEN", core_id(&r.core));
	/* Nobody agreed: suppressed at once, and the code is free again. */
	rig_receive(&r, "north", "+821011119999", "hello");
	rig_run(&r, 0);
	uint64_t text = offer("+821011119999", 1, "TEN", &a);
	assert_string_equal(rig_state(&r, text), "suppressed");
	assert_string_equal(state_of("TEN-AAAA"), "free");
	/* Drawn for a text that was never written. */
	struct offer_for w = whom(A, 5);
	strbuf_reset(&a);
	assert_true(offer_coupon(&r.core, "TEN", &w, &a));
	rig_run(&r, 0);
	assert_string_equal(state_of("TEN-AAAA"), "given");
	rig_run(&r, 15 * MINUTE);
	assert_string_equal(state_of("TEN-AAAA"), "free");
	/* Taken back before it left. */
	text = offer(A, 6, "TEN", &a);
	assert_string_equal(state_of("TEN-AAAA"), "given");
	if (!strcmp(rig_state(&r, text), "sending")) {
		rig_unknown(&r); /* it may have been seen: never again */
		rig_run(&r, 0);
		assert_string_equal(state_of("ten-aaaa"), "given");
	} else {
		assert_int_equal(outbox_cancel(&r.core, text, &err), 0);
		rig_run(&r, 0);
		assert_string_equal(state_of("TEN-AAAA"), "free");
	}
}

static void
the_shop_redeems(void **state)
{
	struct strbuf a AUTO(strbuf_done) = STRBUF_INIT(64);
	(void)state;
	pool("TEN", 1000, 0);
	offer(A, 1, "TEN", &a);
	assert_int_equal(a.len, 8);
	char said[200];
	snprintf(said, sizeof(said), "{\"id\":\"o1\",\"total\":30000,\"coupon\":\"%s\"}",
		a.s);
	tell("order.paid", A, said);
	assert_string_equal(state_of(a.s), "redeemed");
	snprintf(said, sizeof(said), "{\"code\":\"%s\",\"order\":\"o1\"}", a.s);
	tell("coupon.redeemed", A, said);
	assert_int_equal(rig_count(&r, "SELECT times FROM coupons WHERE times > 0"), 1);
}

/* ---- links ---- */

static void
visits_told_apart(void **state)
{
	static const struct {
		const char *agent;
		bool head, ahead;
		int64_t since;
		bool machine;
	} rows[] = {
		{PHONE, false, false, 60000, false},
		{PHONE, true, false, 60000, true},
		{PHONE, false, true, 60000, true},
		{PHONE, false, false, -1, true},
		{PHONE, false, false, 500, true},
		{"", false, false, 60000, true},
		{"facebookexternalhit/1.1; kakaotalk-scrap/1.0", false, false, 60000,
			true},
		{"curl/8.5", false, false, 60000, true},
		{"Mozilla/5.0 (compatible; Googlebot/2.1)", false, false, 60000, true},
		{"Mozilla/5.0 (iPhone) KAKAOTALK 10.6.5", false, false, 60000, false},
		{"Mozilla/5.0 (iPhone) NAVER(inapp; search)", false, false, 60000, false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(visit_is_machine(&(struct visit){rows[i].agent,
							  rows[i].head, rows[i].ahead},
					 rows[i].since) != NULL,
			rows[i].machine);
}

static const char *
link_code(void)
{
	static char code[16];
	struct db_rows *q = db_select(
		r.core.db, "SELECT code FROM links ORDER BY id DESC LIMIT 1", "");
	assert_true(db_next(q));
	snprintf(code, sizeof(code), "%s", db_text(q, 0));
	db_end(q);
	return code;
}

static enum visit_answer
visit(const char *code, const char *agent)
{
	struct strbuf url AUTO(strbuf_done) = STRBUF_INIT(4096);
	enum visit_answer what =
		offer_visit(&r.core, code, &(struct visit){agent, false, false}, &url);
	if (what == VISIT_GOES)
		assert_string_equal(url.s, "https://shop.example/p/1?a=b");
	rig_run(&r, 0);
	return what;
}

#define CLICKS(kind) rig_count(&r, "SELECT count(*) FROM clicks WHERE kind = '" kind "'")

static void
links_lead_and_count(void **state)
{
	struct strbuf a AUTO(strbuf_done) = STRBUF_INIT(64),
			out AUTO(strbuf_done) = STRBUF_INIT(4096);
	(void)state;
	uint64_t text = offer(A, 1, "NONE", &a);
	const char *code = link_code();
	assert_int_equal(strlen(code), LINK_CODE);
	rig_sent(&r, 7);
	rig_run(&r, MINUTE);
	assert_int_equal(visit(code, "Googlebot/2.1"), VISIT_GOES);
	assert_int_equal(CLICKS("machine"), 1);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM events WHERE name = 'link.clicked'"),
		0);
	assert_int_equal(visit(code, PHONE), VISIT_GOES);
	assert_int_equal(visit(code, PHONE), VISIT_GOES);
	assert_int_equal(visit(code, "Mozilla/5.0 (iPhone) Safari"), VISIT_GOES);
	assert_int_equal(CLICKS("person"), 1);
	assert_int_equal(CLICKS("again"), 1);
	assert_int_equal(CLICKS("other"), 1);
	assert_int_equal((int64_t)text,
		rig_count(&r, "SELECT message FROM events WHERE name = 'link.clicked'"));
	/* Nothing but what a text said. */
	assert_int_equal(visit("AAAAAAA", PHONE), VISIT_GONE);
	assert_int_equal(visit("", PHONE), VISIT_GONE);
	struct offer_for w = whom(A, 9);
	assert_false(offer_link(&r.core, "javascript:alert(1)", &w, &out));
	assert_false(offer_link(&r.core, "https://x/\r\nSet-Cookie: a", &w, &out));
	rig_skip(&r, 31 * DAY);
	assert_int_equal(visit(code, PHONE), VISIT_OVER);
}

/* ---- credit ---- */

static void
the_last_touch_is_credited(void **state)
{
	struct strbuf a AUTO(strbuf_done) = STRBUF_INIT(64);
	(void)state;
	uint64_t text = offer(A, 1, "NONE", &a);
	rig_sent(&r, 7);
	rig_run(&r, HOUR);
	tell("order.paid", A, "{\"id\":\"o1\",\"total\":10000}");
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM credits WHERE kind = 'send'"), 1);
	rig_run(&r, 20 * HOUR);
	tell("order.paid", A,
		"{\"id\":\"o2\",\"total\":10000}"); /* too late for the send */
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM credits"), 1);
	visit(link_code(), PHONE);
	rig_run(&r, 2 * DAY);
	tell("order.paid", A, "{\"id\":\"o3\",\"total\":10000}");
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM credits WHERE kind = 'click' "
			      "AND number = 'o3'"),
		1);
	assert_int_equal((int64_t)text,
		rig_count(&r, "SELECT message FROM credits WHERE number = 'o3'"));
	rig_skip(&r, 6 * DAY);
	tell("order.paid", A, "{\"id\":\"o4\",\"total\":10000}");
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM credits"), 2);
}

/* ---- points and friends ---- */

static void
points_follow_orders(void **state)
{
	(void)state;
	tell("order.paid", A, "{\"id\":\"o1\",\"total\":30000}");
	assert_int_equal(points_balance(r.core.db, id_of(A)), 600);
	assert_int_equal(
		rig_count(&r, "SELECT CAST(number AS INT) FROM attributes WHERE name = "
			      "'points'"),
		600);
	tell("order.refunded", A, "{\"id\":\"o1\"}");
	tell("order.canceled", A, "{\"id\":\"o1\"}");
	assert_int_equal(points_balance(r.core.db, id_of(A)), 0);
}

#define EVENTS(name)                                                                     \
	rig_count(&r, "SELECT count(*) FROM shop_events WHERE name = '" name "'")

static void
a_friend_comes(void **state)
{
	struct strbuf a AUTO(strbuf_done) = STRBUF_INIT(64);
	char said[200];
	(void)state;
	pool("FRIEND", 100, 14 * DAY);
	offer(A, 1, "FRIEND", &a);
	struct strbuf again AUTO(strbuf_done) = STRBUF_INIT(64);
	offer(A, 2, "FRIEND", &again);
	assert_string_equal(a.s, again.s); /* theirs */
	/* Their own order with it makes nobody a friend. */
	snprintf(said, sizeof(said), "{\"id\":\"o1\",\"total\":9000,\"coupon\":\"%s\"}",
		a.s);
	tell("order.paid", A, said);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM referrals"), 0);
	snprintf(said, sizeof(said), "{\"id\":\"o2\",\"total\":9000,\"coupon\":\"%s\"}",
		a.s);
	tell("order.paid", B, said);
	assert_int_equal(EVENTS("referral.bought"), 1);
	snprintf(said, sizeof(said), "{\"id\":\"o3\",\"total\":9000,\"coupon\":\"%s\"}",
		a.s);
	tell("order.paid", C, said);
	tell("order.returned", C, "{\"id\":\"o3\"}");
	rig_skip(&r, 13 * DAY);
	assert_int_equal(EVENTS("referral.stood"), 0);
	rig_run(&r, 2 * DAY);
	assert_int_equal(EVENTS("referral.stood"), 1); /* B's stood, C's did not */
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM shop_events WHERE name = "
				       "'referral.stood' AND data LIKE '%mini serum%'"),
		1);
	rig_skip(&r, 60 * DAY);
	assert_int_equal(EVENTS("referral.stood"), 1);
}

/* ---- the report ---- */

static void
a_difference_or_chance(void **state)
{
	static const struct {
		struct share a, b;
		enum proportion_verdict verdict;
	} rows[] = {
		{{1, 10}, {9, 10}, PROPORTION_NOT_ENOUGH},
		{{0, 1000}, {1, 1000}, PROPORTION_NOT_ENOUGH},
		{{100, 1000}, {105, 1000}, PROPORTION_SAME},
		{{100, 1000}, {150, 1000}, PROPORTION_DIFFERENT},
		{{0, 0}, {5, 10}, PROPORTION_NOT_ENOUGH},
		{{5, 3}, {1, 1000}, PROPORTION_NOT_ENOUGH},
	};
	struct proportion p;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		proportion_compare(rows[i].a, rows[i].b, &p);
		assert_int_equal(p.verdict, rows[i].verdict);
	}
	/* 100 of 1000 against 150 of 1000: z = 3.381, p = 0.00072 */
	proportion_compare((struct share){100, 1000}, (struct share){150, 1000}, &p);
	assert_true(p.p > 0.0007 && p.p < 0.00075);
	assert_true(p.low > 0.020 && p.low < 0.022 && p.high > 0.078 && p.high < 0.080);
}

/* By the word it was closed with; what is still open counts for nothing. */
static void
feedback_is_heard_and_acted_on(void **state)
{
	static const char *const said[] = {"acted", "feedback", "반영", "의견", "done"};
	struct report report;
	char number[24];
	int64_t from = core_now(&r.core);
	(void)state;
	for (size_t i = 0; i <= ARRAY_LEN(said); i++) {
		snprintf(number, sizeof(number), "+82105555000%zu", i);
		rig_receive(&r, "north", number, "the lid leaks");
		rig_run(&r, SECOND);
		if (i < ARRAY_LEN(said))
			db_run(r.core.db,
				"UPDATE tickets SET outcome = $1, closed = $2, state = "
				"'closed' WHERE contact = $3",
				"tiu", said[i], core_now(&r.core), id_of(number));
	}
	assert_int_equal(db_commit(r.core.db), 0);
	int64_t until = core_now(&r.core) + 1;
	report_count(r.core.db,
		&(struct report_ask){from, until, until, "Asia/Seoul", 10 * SECOND},
		&report);
	assert_int_equal(report.tickets.opened, ARRAY_LEN(said) + 1);
	assert_int_equal(report.tickets.feedback, 4);
	assert_int_equal(report.tickets.acted, 2);
	report_done(&report);
}

static void
the_report_counts(void **state)
{
	struct strbuf a AUTO(strbuf_done) = STRBUF_INIT(64);
	struct report report;
	int64_t from = core_now(&r.core) - HOUR;
	(void)state;
	offer(A, 1, "NONE", &a);
	rig_sent(&r, 7);
	rig_report(&r, "north", 7, A, 0);
	rig_run(&r, HOUR);
	visit(link_code(), PHONE);
	rig_receive(&r, "north", A, "how much?");
	rig_run(&r, 0);
	tell("order.paid", A, "{\"id\":\"o1\",\"total\":10000}");
	tell("order.paid", A, "{\"id\":\"o2\",\"total\":30000}");
	rig_receive(&r, "north", A, "STOP");
	rig_run(&r, 0);
	int64_t until = core_now(&r.core) + 1;
	report_count(r.core.db,
		&(struct report_ask){from, until, until, "Asia/Seoul", 10 * SECOND},
		&report);
	assert_false(report.partial);
	assert_int_equal(report.texts.promotions, 1);
	assert_int_equal(report.texts.delivered, 1);
	assert_int_equal(report.texts.linked, 1);
	assert_int_equal(report.texts.clicked, 1);
	assert_int_equal(report.texts.replied, 1);
	assert_int_equal(report.texts.reply_ms, HOUR);
	assert_int_equal(report.texts.reached, 1);
	assert_int_equal(report.texts.left, 1);
	assert_int_equal(report.shop.orders, 2);
	assert_int_equal(report.shop.revenue, 40000 * 1000);
	assert_int_equal(report.shop.credited, 2);
	assert_int_equal(report.shop.by_click, 2);
	assert_int_equal(report.tickets.opened, 1);
	assert_int_equal(report.tickets.unanswered, 1);
	int64_t sent = 0;
	for (size_t i = 0; i < report.day_count; i++)
		sent += report.days[i].sent;
	assert_int_equal(sent, report.texts.sent);
	report_done(&report);
	/* Before anything was. */
	report_count(r.core.db,
		&(struct report_ask){
			from - 30 * DAY, from, until, "Asia/Seoul", 10 * SECOND},
		&report);
	assert_int_equal(report.texts.sent + report.shop.orders + report.texts.left, 0);
	report_done(&report);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_code_is_given_once),
		TEST(what_does_not_leave_comes_back),
		TEST(the_shop_redeems),
		cmocka_unit_test(visits_told_apart),
		TEST(links_lead_and_count),
		TEST(the_last_touch_is_credited),
		TEST(points_follow_orders),
		TEST(a_friend_comes),
		cmocka_unit_test(a_difference_or_chance),
		TEST(the_report_counts),
		TEST(feedback_is_heard_and_acted_on),
	};
	return cmocka_run_group_tests_name("offers", tests, NULL, NULL);
}
