/* Conversations that ask: the orders of the shop, a person, and what is known of who
 * writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/core/shop_events.h"
#include "gateway/core/tickets.h"
#include "gateway/store/attributes.h"
#include "gateway/store/contacts.h"
#include "gateway/store/orders.h"
#include "tests/lib/shop.h"

/* ---- orders ---- */

/* Answers come from another thread: the loop turns until one is there. */
static void
until_answered(int64_t before)
{
	int64_t until = clock_mono(clock_real()) + 20 * SECOND;
	while (shop_texts() == before) {
		assert_true(clock_mono(clock_real()) < until);
		rig_run(&shop, 0);
		shop_deliver();
	}
}

static void
open_with_orders(void)
{
	char extra[400];
	shop_put("connectors", "format = 1; connectors = { shop_db = { type = "
			       "\"malgil\"; }; shop_http = "
			       "{ type = \"malgil\"; }; };\n");
	snprintf(extra, sizeof(extra),
		"connectors = \"%s/connectors\"; hours = { week = \"mon-fri "
		"09:00-18:00\"; reply = \"30m\"; };",
		shop_folder);
	shop_open(extra, NULL);
}

static void
has_order(const char *number, const char *item)
{
	uint64_t id;
	struct order_item items[] = {
		{.item = item, .variant = "", .sku = "", .quantity = 1}};
	order_put(shop.core.db,
		&(struct order_facts){.number = number,
			.source = "",
			.phone = SHOP_MINA,
			.state_word = "배송중",
			.state = ORDER_SHIPPED,
			.has_items = true,
			.items = items,
			.item_count = 1},
		core_id(&shop.core), core_now(&shop.core), &id);
	assert_int_equal(db_commit(shop.core.db), 0);
}

static const char *
ticket(void)
{
	return shop_query("SELECT topic || ' ' || state FROM tickets");
}

static void
close_ticket(bool quiet)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct ticket t;
	assert_true(ticket_load(
		shop.core.db, (uint64_t)rig_count(&shop, "SELECT id FROM tickets"), &t));
	if (tickets_close(&shop.core, t.id, "minji", NULL, quiet, &err) < 0)
		fail_msg("%s", err.s);
	strbuf_done(&err);
	shop_pass(0);
}

static void
order_and_a_person(void **state)
{
	(void)state;
	shop_copy("order");
	shop_copy("csat");
	open_with_orders();
	has_order("20260301001", "청자 찻잔");
	rig_receive(&shop, "north", SHOP_MINA, "제 주문 어디쯤이에요?");
	until_answered(0);
	shop_pass(0);
	assert_non_null(
		strstr(shop_query("SELECT text FROM messages WHERE outbound = 1 ORDER "
				  "BY id LIMIT 1"),
			"청자 찻잔 배송"));
	shop_heard("더 필요하세요?");
	shop_says("상담원");
	shop_heard("보통 30분 안에");
	assert_string_equal(ticket(), "order open");
	assert_string_equal(shop_query("SELECT state FROM runs"), "ticket");
	int64_t before = shop_texts();
	shop_says("주문"); /* the bot is mute */
	assert_int_equal(shop_texts(), before);
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_receipt receipt;
	uint64_t id = (uint64_t)rig_count(&shop, "SELECT id FROM tickets");
	struct ticket_reply reply = {
		.agent = "minji", .text = "내일 도착해요", .len = 19};
	if (tickets_reply(&shop.core, id, &reply, &receipt, &err) < 0)
		fail_msg("%s", err.s);
	strbuf_done(&err);
	shop_pass(0);
	close_ticket(false);
	shop_heard("상담은 어떠셨나요?");
	shop_says("5");
	shop_outcome("done");
	assert_int_equal(
		rig_count(&shop, "SELECT count(*) FROM events WHERE name = 'score.csat'"),
		1);
}

static void
nobody_comes(void **state)
{
	(void)state;
	shop_copy("order");
	shop_copy("csat");
	open_with_orders();
	has_order("20260301001", "청자 찻잔");
	rig_receive(&shop, "north", SHOP_MINA, "주문");
	until_answered(0);
	shop_pass(0);
	shop_says("상담원");
	assert_string_equal(ticket(), "order open");
	shop_pass(15 * MINUTE);
	shop_heard("조금만 더 기다려");
	int64_t before = shop_texts();
	close_ticket(true); /* spam: nobody is asked how it was */
	shop_outcome("closed");
	assert_int_equal(shop_texts(), before);
}

/* No connector of that name: an error to the script, and a person takes over. */
static void
order_without_a_connector(void **state)
{
	(void)state;
	shop_copy("order");
	shop_open(NULL, NULL);
	shop_says("제 주문 어디쯤이에요?");
	shop_pass(0);
	assert_string_equal(shop_query("SELECT state FROM runs"), "ticket");
	assert_string_equal(ticket(), "order open");
}

/* The question was on its way when the program died: its deadline ends it. */
static void
killed_while_asking(void **state)
{
	(void)state;
	shop_copy("order");
	open_with_orders();
	rig_receive(&shop, "north", SHOP_MINA, "주문");
	for (int i = 0; i < 50 && !strcmp(shop_query("SELECT state FROM runs"), "(none)");
		i++)
		loop_turn(shop.loop);
	assert_string_equal(shop_query("SELECT state FROM runs"), "lookup");
	assert_int_equal(db_commit(shop.core.db), 0);
	rig_crash(&shop);
	rig_ready(&shop, "north");
	shop_pass(10 * SECOND);
	assert_string_equal(shop_query("SELECT state FROM runs"), "ticket");
}

/* ---- what is known ---- */

#define FACTS                                                                            \
	"format = 1; dialog = { class = \"reply\"; start = { keywords = \"등급\"; }; " \
	"steps "                                                                         \
	"= { s = { set = { contact = { old = \"\"; }; }; split = { vip = { if = "        \
	"\"count(order.paid within 90d) >= 2 and sum(order.paid) > 50000\"; goto = "     \
	"\"vip\"; }; none = { if = \"contact.old\"; goto = \"old\"; }; rest = { goto = " \
	"\"rest\"; }; }; }; vip = { say = \"VIP\"; end = \"a\"; }; old = { say = "       \
	"\"OLD\"; end = \"b\"; }; rest = { say = \"{contact.orders} {contact.ltv}\"; "   \
	"end = \"c\"; }; }; };\n"

static void
paid(const char *order, double total)
{
	struct shop_event_answer a;
	json_t *data = json_pack("{s:s, s:f}", "id", order, "total", total);
	shop_event_take(&shop.core,
		&(struct shop_event){.name = "order.paid",
			.told = order,
			.phone = SHOP_MINA,
			.at = core_now(&shop.core),
			.data = data},
		&a);
	assert_int_equal(a.status, 202);
	shop_event_answer_done(&a);
	json_decref(data);
	shop_pass(0);
}

static void
counts_and_sums(void **state)
{
	(void)state;
	shop_put("facts.cfg", FACTS);
	shop_open(NULL, NULL);
	shop_says("등급");
	shop_heard("0 0");
	paid("A-1", 39000);
	shop_says("등급");
	shop_heard("1 39000");
	paid("A-2", 20000);
	shop_says("등급");
	shop_heard("VIP");
	rig_skip(&shop, 91 * DAY); /* too long ago for the count, not for the sums */
	shop_says("등급");
	shop_heard("2 59000");
}

static void
emptied(void **state)
{
	(void)state;
	struct contact c;
	shop_put("facts.cfg", FACTS);
	shop_open(NULL, NULL);
	shop_says("안녕하세요");
	assert_true(contact_find(shop.core.db, "+821012345678", &c));
	attribute_save(shop.core.db, c.id, "old", &(struct attribute){.text = "x"}, 1);
	shop_says("등급");
	shop_heard("0 0");
	assert_string_equal(
		shop_query("SELECT 1 FROM attributes WHERE name = 'old'"), "(none)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SHOP_CASE(order_and_a_person),
		SHOP_CASE(nobody_comes),
		SHOP_CASE(order_without_a_connector),
		SHOP_CASE(killed_while_asking),
		SHOP_CASE(counts_and_sums),
		SHOP_CASE(emptied),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
