/* Journeys over the whole trade: the shop tells what happened, the clock jumps, the
 * daemon is killed in between, and what a customer hears is counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/base/fault.h"
#include "gateway/core/shop_events.h"
#include "gateway/core/tickets.h"
#include "gateway/store/attributes.h"
#include "gateway/store/contacts.h"
#include "gateway/store/tickets.h"
#include "gateway/text/value.h"
#include "tests/lib/shop.h"
#include "dialogs/shell.h"

/* A journey of one text in service class: `head` is its settings, `steps` its steps. */
static void
journey(const char *name, const char *head, const char *steps)
{
	char text[4000], file[64];
	snprintf(text, sizeof(text),
		"format = 1; journey = { title = \"t\"; %s\n steps = { %s }; };\n", head,
		steps);
	snprintf(file, sizeof(file), "%s.cfg", name);
	shop_put(file, text);
}

static void
open_shop(void)
{
	shop_open(NULL, "optout_080 = \"080-123-4567\"; month_max = 4; sim_ad_parts = 4; "
			"caps = { "
			"promo = \"1/1d, 3/7d\"; };");
}

static void
pass(int64_t ms)
{
	for (; ms > 0; ms -= HOUR) {
		rig_run(&shop, MIN(ms, HOUR));
		shop_deliver();
		rig_run(&shop, 0);
	}
}

/* Tells an event; what became of it as a status. */
static int
tells(const char *phone, const char *name, const char *id, int64_t ago, const char *data)
{
	struct shop_event_answer a;
	json_error_t e;
	json_t *fields = json_loads(data, 0, &e);
	assert_non_null(fields);
	shop_event_take(&shop.core,
		&(struct shop_event){.name = name,
			.told = id,
			.phone = phone,
			.at = core_now(&shop.core) - ago,
			.data = fields},
		&a);
	int status = a.status;
	shop_event_answer_done(&a);
	json_decref(fields);
	rig_run(&shop, 0);
	shop_deliver();
	rig_run(&shop, 0);
	return status;
}

static int64_t
count(const char *sql)
{
	return rig_count(&shop, sql);
}

static int64_t
texts(void)
{
	return count("SELECT count(*) FROM messages WHERE outbound = 1 AND state IN "
		     "('sent', 'delivered')");
}

static void
entry_is(const char *expected)
{
	assert_string_equal(
		shop_query("SELECT state || ' ' || outcome FROM entries ORDER BY "
			   "id DESC LIMIT 1"),
		expected);
}

static uint64_t
person(const char *phone)
{
	struct contact c;
	bool fresh;
	assert_true(contact_take(shop.core.db, phone, core_id(&shop.core),
		core_now(&shop.core), &c, &fresh));
	assert_int_equal(db_commit(shop.core.db), 0);
	return c.id;
}

/* The clock of the shop's wall. */
static void
until_hour(int hour)
{
	int64_t local = core_now(&shop.core) + 9 * HOUR;
	int64_t to = local - local % DAY + hour * HOUR;
	pass((to > local ? to : to + DAY) - local);
}

static const char cart_7[] = "{\"id\":\"c-7\",\"total\":39000,\"first\":\"앰플\",\"url\":"
			     "\"https://shop.example/c\"}";

/* ---- events ---- */

static void
an_event_is_taken_once(void **state)
{
	(void)state;
	journey("thanks", "class = \"service\"; trigger = { event = \"order.paid\"; };",
		"say = { say = \"고맙습니다 {order.id}\"; end = \"said\"; };");
	open_shop();
	until_hour(11);
	assert_int_equal(tells(SHOP_MINA, "order.paid", "e1", 0, "{\"id\":\"1\"}"), 202);
	assert_int_equal(texts(), 1);
	entry_is("ended said");
	int64_t now = core_now(&shop.core);
	assert_int_equal(tells(SHOP_MINA, "order.paid", "e1", core_now(&shop.core) - now,
				 "{\"id\":\"1\"}"),
		200);
	assert_int_equal(tells(SHOP_MINA, "order.paid", "e1", 0, "{\"id\":\"2\"}"), 409);
	assert_int_equal(texts(), 1);
	assert_int_equal(
		tells(SHOP_MINA, "order.paid", "e2", -HOUR, "{\"id\":\"2\"}"), 422);
	/* What the log says of our own doings nobody else may say. */
	assert_int_equal(tells(SHOP_MINA, "message.sent", "e4", 0, "{}"), 422);
	assert_int_equal(tells(SHOP_MINA, "consent.granted", "e5", 0, "{}"), 422);
	assert_int_equal(tells(SHOP_MINA, "messages.read", "e6", 0, "{}"), 202);
	/* A file of last year's orders begins nothing, and counts. */
	assert_int_equal(
		tells(SHOP_MINA, "order.paid", "e3", 300 * DAY, "{\"id\":\"3\"}"), 202);
	assert_int_equal(texts(), 1);
	entry_is("skipped late");
	assert_int_equal(count("SELECT orders FROM contact_stats"), 2);
}

static void
nobody_is_flooded(void **state)
{
	(void)state;
	open_shop();
	for (int i = 0; i < 200; i++)
		assert_int_equal(tells(SHOP_MINA, "product.viewed", NULL, 0, "{}"), 202);
	assert_int_equal(tells(SHOP_MINA, "product.viewed", NULL, 0, "{}"), 429);
	assert_int_equal(tells("+821099990000", "product.viewed", NULL, 0, "{}"), 202);
	pass(3 * HOUR);
	assert_int_equal(tells(SHOP_MINA, "product.viewed", NULL, 0, "{}"), 202);
}

static void
looks_at(const char *sku, int64_t ago)
{
	char data[64];
	snprintf(data, sizeof(data), "{\"sku\":\"%s\"}", sku);
	assert_int_equal(tells(SHOP_MINA, "product.viewed", NULL, ago, data), 202);
}

/* Twice is the same thing twice within a day: looks at other things do not count, nor do
 * they come between; one told late counts where it happened. */
static void
twice_is_the_same_product_twice(void **state)
{
	(void)state;
	journey("look",
		"class = \"service\"; trigger = { event = \"product.viewed\"; settle = "
		"\"1h\"; if = \"product.times >= 2\"; }; key = \"contact\";",
		"say = { say = \"{event.sku} {product.times}\"; end = \"said\"; };");
	open_shop();
	until_hour(9);
	looks_at("a", 0);
	looks_at("b", 0);
	looks_at("a2", 0);
	assert_int_equal(tells(SHOP_MINA, "product.viewed", NULL, 0, "{}"), 202);
	assert_int_equal(count("SELECT count(*) FROM entries"), 0);
	pass(25 * HOUR);
	looks_at("a", 0);
	assert_int_equal(count("SELECT count(*) FROM entries"), 0);
	looks_at("b", 2 * HOUR); /* within a day of the first, and told late */
	assert_int_equal(count("SELECT count(*) FROM entries"), 1);
	assert_string_equal(
		shop_query("SELECT text FROM messages WHERE outbound = 1"), "b 2");
	looks_at("a", 0);
	looks_at("c", 0);
	pass(2 * HOUR);
	entry_is("ended said");
	assert_int_equal(texts(), 2);
	assert_string_equal(shop_query("SELECT text FROM messages WHERE outbound = 1 "
				       "ORDER BY id DESC LIMIT 1"),
		"a 2");
}

/* One request is one text, whatever a script says: not a second in the same run, nor for
 * a second event, until they have asked again. */
static void
asked_once_told_once(void **state)
{
	(void)state;
	journey("back",
		"class = \"service\"; basis = \"request\"; trigger = { event = "
		"\"restock.ready\"; };",
		"one = { say = \"들어왔어요\"; }; two = { say = \"정말이에요\"; end = "
		"\"told\"; };");
	open_shop();
	until_hour(11);
	shop_says("그 앰플 들어오면 알려주세요");
	tells(SHOP_MINA, "restock.ready", "r1", 0, "{}");
	const char *told = "SELECT count(*) FROM messages m JOIN said s ON s.message = "
			   "m.id WHERE m.state = 'sent'";
	assert_int_equal(count(told), 1);
	assert_int_equal(count("SELECT count(*) FROM messages WHERE state = 'canceled' "
			       "AND reason LIKE '%asked once%'"),
		1);
	pass(DAY);
	tells(SHOP_MINA, "restock.ready", "r2", 0, "{}");
	assert_int_equal(count(told), 1);
	pass(DAY);
	shop_says("또 품절이네요. 들어오면 알려주세요");
	tells(SHOP_MINA, "restock.ready", "r3", 0, "{}");
	assert_int_equal(count(told), 2);
}

/* ---- the cart ---- */

static void
cart_opens(void)
{
	shop_copy("cart");
	open_shop();
	rig_grant(&shop, SHOP_MINA);
	until_hour(11);
}

static void
cart_settles_and_reminds(void **state)
{
	(void)state;
	cart_opens();
	assert_int_equal(tells(SHOP_MINA, "cart.updated", "1", 0, cart_7), 202);
	pass(50 * MINUTE);
	assert_int_equal(tells(SHOP_MINA, "cart.updated", "2", 0, cart_7), 202);
	pass(50 * MINUTE);
	assert_int_equal(texts(), 0); /* an hour after the last one */
	pass(15 * MINUTE);
	assert_int_equal(texts(), 1);
	assert_non_null(strstr(
		shop_query("SELECT text FROM messages WHERE outbound = 1"), "앰플"));
	shop_says("배송비 얼마예요?");
	assert_non_null(
		strstr(shop_query("SELECT text FROM messages WHERE outbound = 1 ORDER "
				  "BY id DESC LIMIT 1"),
			"39,000"));
	entry_is("ended no-purchase");
	assert_int_equal(count("SELECT count(*) FROM entries WHERE variant LIKE "
			       "'remind.%' AND said > 0"),
		1);
	/* Not again within a week. */
	assert_int_equal(tells(SHOP_MINA, "cart.updated", "3", 0, cart_7), 202);
	entry_is("skipped again-after");
}

static void
bought_leaves(void **state)
{
	(void)state;
	cart_opens();
	tells(SHOP_MINA, "cart.updated", "1", 0, cart_7);
	tells(SHOP_MINA, "order.paid", "2", 0, "{\"id\":\"9\",\"cart\":\"c-8\"}");
	entry_is("settling ");
	tells(SHOP_MINA, "order.paid", "3", 0,
		"{\"id\":\"10\",\"cart\":\"c-7\",\"total\":39000}");
	entry_is("ended bought");
	pass(3 * HOUR);
	assert_int_equal(texts(), 0);
	assert_int_equal(count("SELECT count(*) FROM entries WHERE goal > 0 AND "
			       "goal_value = 39000"),
		1);
}

/* What happened later is heard first. */
static void
bought_before_the_cart_is_heard(void **state)
{
	(void)state;
	cart_opens();
	tells(SHOP_MINA, "order.paid", "3", MINUTE, "{\"id\":\"10\",\"cart\":\"c-7\"}");
	tells(SHOP_MINA, "cart.updated", "1", 10 * MINUTE, cart_7);
	entry_is("skipped bought");
}

/* A text that waits for its hour is taken back when they buy. */
static void
exit_takes_back_a_waiting_text(void **state)
{
	(void)state;
	cart_opens();
	until_hour(20);
	tells(SHOP_MINA, "cart.updated", "1", 0, cart_7);
	pass(2 * HOUR);
	assert_string_equal(
		shop_query("SELECT state FROM messages WHERE outbound = 1"), "held");
	tells(SHOP_MINA, "order.paid", "3", 0, "{\"id\":\"10\",\"cart\":\"c-7\"}");
	assert_string_equal(
		shop_query("SELECT state FROM messages WHERE outbound = 1"), "canceled");
	entry_is("ended bought");
	pass(20 * HOUR);
	assert_int_equal(texts(), 0);
}

static void
window_and_late(void **state)
{
	(void)state;
	cart_opens();
	/* the first Saturday, in the evening: Sunday is shut, 48 h are over on Monday */
	while ((((core_now(&shop.core) + 9 * HOUR) / DAY) + 3) % 7 != 5)
		pass(DAY);
	until_hour(19);
	tells(SHOP_MINA, "cart.updated", "1", 0, cart_7);
	pass(26 * HOUR); /* Sunday evening */
	assert_int_equal(texts(), 0);
	pass(14 * HOUR); /* Monday, 11:00: 40 hours */
	assert_int_equal(texts(), 1);
}

static void
too_late_is_dropped(void **state)
{
	(void)state;
	journey("late",
		"class = \"service\"; trigger = { event = \"a.b\"; }; window = { hours = "
		"\"10:00-11:00\"; }; late = { drop_after = \"3h\"; };",
		"say = { say = \"x\"; end = \"said\"; };");
	open_shop();
	until_hour(12);
	tells(SHOP_MINA, "a.b", NULL, 0, "{}");
	entry_is("ended dropped");
	pass(2 * DAY);
	assert_int_equal(texts(), 0);
}

/* ---- people first ---- */

static void
pauses_while_people_talk(void **state)
{
	(void)state;
	journey("slow",
		"class = \"service\"; trigger = { event = \"a.b\"; }; exit = { talking = "
		"{ event = \"ticket.opened\"; mode = \"pause\"; give_up = \"2d\"; }; };",
		"w = { wait = { for = \"1h\"; }; }; say = { say = \"x\"; end = \"said\"; "
		"};");
	open_shop();
	until_hour(11);
	tells(SHOP_MINA, "a.b", NULL, 0, "{}");
	shop_says("상담원 있어요?");
	entry_is("paused ");
	pass(3 * HOUR);
	assert_int_equal(texts(), 0);
	struct ticket t;
	assert_true(ticket_load_last(shop.core.db, person(SHOP_MINA), &t));
	struct strbuf err = STRBUF_SENTENCE;
	assert_int_equal(tickets_close(&shop.core, t.id, "kim", "done", false, &err), 0);
	rig_run(&shop, 0);
	pass(MINUTE);
	assert_int_equal(texts(), 1);
	entry_is("ended said");
	tells(SHOP_MINA, "a.b", NULL, 0, "{}");
	shop_says("또 궁금해요");
	entry_is("paused ");
	pass(2 * DAY + HOUR);
	entry_is("ended talking");
	strbuf_done(&err);
}

static void
a_conversation_is_not_broken_into(void **state)
{
	(void)state;
	shop_put("ask.cfg",
		"format = 1; dialog = { title = \"q\"; class = \"reply\"; start = { "
		"keywords = \"질문\"; }; expire = { after = \"40m\"; }; steps = { q = { "
		"ask = \"이름?\"; accept = \"any\"; save = \"n\"; end = \"done\"; }; }; "
		"};\n");
	journey("wait", "class = \"service\"; trigger = { event = \"a.b\"; };",
		"say = { say = \"x\"; end = \"said\"; };");
	journey("skip",
		"class = \"service\"; trigger = { event = \"a.c\"; }; busy = \"skip\";",
		"say = { say = \"y\"; end = \"said\"; };");
	open_shop();
	until_hour(11);
	shop_says("질문");
	tells(SHOP_MINA, "a.c", NULL, 0, "{}");
	entry_is("ended busy");
	tells(SHOP_MINA, "a.b", NULL, 0, "{}");
	entry_is("waiting ");
	assert_int_equal(texts(), 1);
	pass(HOUR);
	entry_is("ended said");
}

/* A journey that sleeps for weeks is nobody's conversation: keywords leave it alone. */
static void
keywords_do_not_end_a_sleeping_journey(void **state)
{
	(void)state;
	shop_copy("menu");
	journey("slow", "class = \"service\"; trigger = { event = \"a.b\"; };",
		"w = { wait = { for = \"3d\"; }; }; say = { say = \"x\"; end = \"said\"; "
		"};");
	open_shop();
	until_hour(11);
	tells(SHOP_MINA, "a.b", NULL, 0, "{}");
	shop_says("메뉴");
	assert_int_equal(
		count("SELECT count(*) FROM entries WHERE state = 'running'"), 1);
	pass(3 * DAY + HOUR);
	assert_int_equal(count("SELECT count(*) FROM entries WHERE outcome = 'said'"), 1);
}

static void
holdout_is_watched_only(void **state)
{
	(void)state;
	journey("half",
		"class = \"service\"; trigger = { event = \"a.b\"; }; holdout = 50; goal "
		"= "
		"{ event = \"a.c\"; within = \"1d\"; credit = \"send 12h\"; };",
		"say = { say = \"x\"; end = \"said\"; };");
	open_shop();
	until_hour(11);
	char phone[20];
	for (int i = 0; i < 40; i++) {
		snprintf(phone, sizeof(phone), "+8210222200%02d", i);
		tells(phone, "a.b", NULL, 0, "{}");
		pass(MINUTE); /* what has not left brought nobody */
		tells(phone, "a.c", NULL, 0, "{}");
	}
	int64_t held = count("SELECT count(*) FROM entries WHERE state = 'holdout'");
	assert_in_range(held, 8, 32);
	pass(2 * HOUR);
	assert_int_equal(texts(), 40 - held);
	assert_int_equal(count("SELECT count(*) FROM entries WHERE goal > 0"), 40);
	assert_int_equal(count("SELECT count(*) FROM entries WHERE state = 'holdout' AND "
			       "credit <> ''"),
		0);
	assert_int_equal(
		count("SELECT count(*) FROM entries WHERE credit = 'send'"), 40 - held);
}

static void
keyword_begins_one(void **state)
{
	(void)state;
	journey("summer",
		"class = \"service\"; trigger = { keyword = \"여름, SUMMER\"; }; again = "
		"{ "
		"after = \"7d\"; };",
		"say = { say = \"반가워요\"; end = \"said\"; };");
	open_shop();
	until_hour(11);
	shop_says("summer");
	assert_int_equal(texts(), 1);
	entry_is("ended said");
	shop_says("여름");
	assert_int_equal(texts(), 1);
	entry_is("skipped again-after");
}

/* ---- dates and segments ---- */

static void
birthday(uint64_t contact, const char *day)
{
	struct value v = value_text(day);
	struct attribute a = {.text = day};
	a.has_moment = value_as_time(&v, "Asia/Seoul", &a.moment);
	attribute_save(shop.core.db, contact, "birthday", &a, core_now(&shop.core));
	assert_int_equal(db_commit(shop.core.db), 0);
}

static void
dates_come_every_year(void **state)
{
	(void)state;
	char day[40];
	journey("birthday",
		"class = \"service\"; trigger = { date = \"contact.birthday\"; before = "
		"\"2d\"; };",
		"say = { say = \"생일\"; end = \"said\"; };");
	open_shop();
	int64_t in_five = core_now(&shop.core) + 9 * HOUR + 5 * DAY;
	time_t t = (time_t)(in_five / 1000);
	struct tm tm;
	gmtime_r(&t, &tm);
	snprintf(day, sizeof(day), "1990-%02d-%02d", tm.tm_mon + 1, tm.tm_mday);
	birthday(person(SHOP_MINA), day);
	pass(2 * DAY);
	assert_int_equal(count("SELECT count(*) FROM entries"), 0);
	pass(DAY + 12 * HOUR);
	assert_int_equal(texts(), 1);
	rig_crash(&shop);
	rig_ready(&shop, "north");
	pass(5 * DAY);
	assert_int_equal(texts(), 1);
}

static void
entering_a_segment_begins(void **state)
{
	(void)state;
	journey("vip",
		"class = \"service\"; trigger = { segment = \"contact.orders >= 2 and "
		"not "
		"contact.tags has vip\"; };",
		"say = { say = \"단골\"; tag = \"vip\"; end = \"said\"; };");
	open_shop();
	until_hour(11);
	tells("+821099990000", "order.paid", "1", 0, "{\"id\":\"1\"}");
	tells("+821099990000", "order.paid", "2", 0, "{\"id\":\"2\"}");
	pass(2 * HOUR);
	int64_t first = count("SELECT count(*) FROM entries");
	tells(SHOP_MINA, "order.paid", "3", 0, "{\"id\":\"3\"}");
	pass(2 * HOUR);
	assert_int_equal(count("SELECT count(*) FROM entries"), first);
	tells(SHOP_MINA, "order.paid", "4", 0, "{\"id\":\"4\"}");
	pass(2 * HOUR);
	assert_int_equal(count("SELECT count(*) FROM entries"), first + 1);
	entry_is("ended said");
	pass(3 * HOUR);
	assert_int_equal(count("SELECT count(*) FROM entries"), first + 1);
}

static void
who_fits_a_new_segment_already_is_left_alone(void **state)
{
	(void)state;
	open_shop();
	until_hour(11);
	tells(SHOP_MINA, "order.paid", "1", 0, "{\"id\":\"1\"}");
	journey("one",
		"class = \"service\"; trigger = { segment = \"contact.orders >= 1\"; };",
		"say = { say = \"x\"; end = \"said\"; };");
	struct strbuf err = STRBUF_SENTENCE;
	assert_int_equal(dialogs_reload(&shop.core, &err), 0);
	pass(3 * HOUR);
	assert_int_equal(count("SELECT count(*) FROM entries"), 0);
	assert_int_equal(count("SELECT count(*) FROM scan_members"), 1);
	strbuf_done(&err);
}

/* ---- crashes ---- */

/* Killed after every tick of the way: each person is begun once, heard once. */
static void
a_crash_repeats_and_skips_nobody(void **state)
{
	(void)state;
	char phone[20], id[8];
	journey("thanks",
		"class = \"service\"; trigger = { event = \"order.paid\"; settle = "
		"\"10m\"; };",
		"say = { say = \"고맙습니다\"; end = \"said\"; };");
	open_shop();
	until_hour(11);
	for (int i = 0; i < 12; i++) {
		struct shop_event_answer a;
		snprintf(phone, sizeof(phone), "+8210333300%02d", i);
		snprintf(id, sizeof(id), "e%d", i);
		shop_event_take(&shop.core,
			&(struct shop_event){
				.name = "order.paid", .told = id, .phone = phone},
			&a);
		assert_int_equal(a.status, 202);
		shop_event_answer_done(&a);
		if (i % 3 == 0)
			loop_turn(
				shop.loop); /* some are heard before the end, some not */
		if (i % 4 == 3) {
			assert_int_equal(db_commit(shop.core.db), 0);
			rig_crash(&shop);
			rig_ready(&shop, "north");
		}
	}
	rig_run(&shop, 0);
	assert_int_equal(count("SELECT count(*) FROM shop_events WHERE state <> 1"), 0);
	assert_int_equal(
		count("SELECT count(*) FROM entries WHERE state = 'settling'"), 12);
	rig_run(&shop, 10 * MINUTE);
	rig_crash(&shop);
	rig_ready(&shop, "north");
	pass(HOUR);
	assert_int_equal(count("SELECT count(*) FROM entries WHERE state = 'ended'"), 12);
	assert_int_equal(count("SELECT count(*) FROM messages WHERE outbound = 1"), 12);
	assert_int_equal(count("SELECT count(DISTINCT contact) FROM messages"), 12);
}

/* What was in hand at every end of the program is set aside; what lay beside it is not.
 */
static void
only_the_suspect_is_set_aside(void **state)
{
	(void)state;
	char phone[20];
	journey("thanks", "class = \"service\"; trigger = { event = \"order.paid\"; };",
		"say = { say = \"고맙습니다\"; end = \"said\"; };");
	open_shop();
	until_hour(11);
	for (int i = 0; i < 10; i++) {
		struct shop_event_answer a;
		snprintf(phone, sizeof(phone), "+8210333300%02d", i);
		shop_event_take(&shop.core,
			&(struct shop_event){.name = "order.paid", .phone = phone}, &a);
		shop_event_answer_done(&a);
	}
	assert_int_equal(db_commit(shop.core.db), 0);
	/* The first was in hand thrice, and alone at last; three lay beside it once. */
	db_run(shop.core.db,
		"UPDATE shop_events SET starts = CASE WHEN id = (SELECT min(id) FROM "
		"shop_events) THEN 3 ELSE 1 END WHERE id IN (SELECT id FROM shop_events "
		"ORDER BY id LIMIT 4)",
		"");
	assert_int_equal(db_commit(shop.core.db), 0);
	rig_crash(&shop);
	rig_ready(&shop, "north");
	pass(HOUR);
	assert_int_equal(count("SELECT count(*) FROM shop_events WHERE state = 2"), 1);
	assert_int_equal(count("SELECT count(*) FROM shop_events WHERE state = 1"), 9);
	assert_int_equal(count("SELECT max(starts) FROM shop_events WHERE state = 1"), 2);
	assert_int_equal(count("SELECT count(*) FROM entries WHERE outcome = 'said'"), 9);
}

/* ---- an edit with many inside ---- */

#define MANY 10000

static void
fill(void)
{
	struct db *db = shop.core.db;
	db_run(db,
		"INSERT INTO contacts(id, phone, created) WITH RECURSIVE n(i) AS (SELECT "
		"1 "
		"UNION ALL SELECT i + 1 FROM n WHERE i < 10000) SELECT i, '+8210' || "
		"(40000000 + i), 1 FROM n",
		"");
	db_run(db,
		"INSERT INTO shop_events(id, contact, name, at, source, data) SELECT id, "
		"id, 'a.b', $1, 'shop', '{\"x\":\"1\"}' FROM contacts WHERE id <= 10000",
		"i", core_now(&shop.core));
	assert_int_equal(db_commit(db), 0);
}

static void
an_edit_moves_who_is_inside(void **state)
{
	(void)state;
	const char *head = "class = \"service\"; trigger = { event = \"a.b\"; };";
	struct strbuf err = STRBUF_SENTENCE;
	journey("slow", head,
		"one = { wait = { for = \"3d\"; }; }; two = { end = \"old\"; };");
	open_shop();
	fill();
	rig_run(&shop, 1);
	pass(MINUTE);
	assert_int_equal(count("SELECT count(*) FROM runs WHERE state = 'pause'"), MANY);
	journey("slow", head,
		"uno = { was = \"one\"; wait = { for = \"3d\"; }; }; two = { end = "
		"\"new\"; };");
	assert_int_equal(dialogs_reload(&shop.core, &err), 0);
	rig_run(&shop, 1);
	pass(MINUTE);
	assert_int_equal(count("SELECT count(*) FROM runs WHERE state = 'pause'"), MANY);
	assert_int_equal(count("SELECT count(*) FROM runs WHERE step = 'uno'"), MANY);
	journey("slow", head,
		"tres = { wait = { for = \"3d\"; }; }; two = { end = \"new\"; };");
	assert_int_equal(dialogs_reload(&shop.core, &err), 0);
	pass(MINUTE);
	assert_int_equal(
		count("SELECT count(*) FROM entries WHERE outcome = 'step-removed'"),
		MANY);
	assert_int_equal(count("SELECT count(*) FROM tickets"), 0);
	strbuf_done(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SHOP_CASE(an_event_is_taken_once),
		SHOP_CASE(nobody_is_flooded),
		SHOP_CASE(twice_is_the_same_product_twice),
		SHOP_CASE(asked_once_told_once),
		SHOP_CASE(cart_settles_and_reminds),
		SHOP_CASE(bought_leaves),
		SHOP_CASE(bought_before_the_cart_is_heard),
		SHOP_CASE(exit_takes_back_a_waiting_text),
		SHOP_CASE(window_and_late),
		SHOP_CASE(too_late_is_dropped),
		SHOP_CASE(pauses_while_people_talk),
		SHOP_CASE(a_conversation_is_not_broken_into),
		SHOP_CASE(keywords_do_not_end_a_sleeping_journey),
		SHOP_CASE(holdout_is_watched_only),
		SHOP_CASE(keyword_begins_one),
		SHOP_CASE(dates_come_every_year),
		SHOP_CASE(entering_a_segment_begins),
		SHOP_CASE(who_fits_a_new_segment_already_is_left_alone),
		SHOP_CASE(a_crash_repeats_and_skips_nobody),
		SHOP_CASE(only_the_suspect_is_set_aside),
		SHOP_CASE(an_edit_moves_who_is_inside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
