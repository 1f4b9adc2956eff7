/* Conversations over the whole trade: the shipped scripts, a customer on a fake SIM, a
 * clock that jumps, and a daemon that is killed in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/lib/shop.h"

static void
said(const char *part)
{
	struct strbuf like = STRBUF_INIT(512);
	strbuf_printf(&like,
		"SELECT text FROM messages WHERE outbound = 1 AND text LIKE "
		"'%%%s%%'",
		part);
	if (!strcmp(shop_query(like.s), "(none)"))
		fail_msg("nobody was told \"%s\"", part);
	strbuf_done(&like);
}

/* ---- opting in ---- */

static void
joining(void **state)
{
	(void)state;
	shop_copy("optin");
	shop_open(NULL, NULL);
	shop_says("가입");
	shop_heard("만 14세 이상");
	shop_says("네");
	shop_heard("동의하시면");
	shop_says("동의");
	said("수신 동의가 처리되었습니다");
	shop_heard("(광고)Rig\n첫 주문 쿠폰: 주문할 때"); /* no code: the fallback */
	shop_outcome("joined");
	assert_int_equal(shop_texts(), 4);
	assert_string_equal(
		shop_query("SELECT action || ' ' || method || ' ' || words FROM "
			   "consent"),
		"grant sms-double 동의");
	const char *wording = shop_query("SELECT wording FROM consent");
	assert_non_null(strstr(wording, "만 14세 이상"));
	assert_non_null(strstr(wording, "동의하시면"));
	assert_non_null(strstr(wording, shop_query("SELECT hash FROM scripts")));
	assert_string_equal(shop_query("SELECT name FROM tags"), "welcome");
	/* which step of which script each is, is kept beside it */
	assert_string_equal(
		shop_query("SELECT group_concat(step, ' ') FROM (SELECT step FROM "
			   "said WHERE script = 'optin' ORDER BY message) s"),
		"age confirm record gift");
	/* each answers the text that caused it */
	assert_int_equal(rig_count(&shop, "SELECT count(*) FROM messages WHERE outbound "
					  "= 1 AND class = 'reply' AND reply_to > 0"),
		3);
	shop_says("가입");
	shop_heard("이미 소식을 받고");
}

static void
nudged_and_given_up(void **state)
{
	(void)state;
	shop_copy("optin");
	shop_open(NULL, NULL);
	shop_says("가입");
	shop_says("글쎄요");
	shop_heard("1 또는 2로");
	shop_says("1");
	shop_pass(3 * HOUR - MINUTE);
	assert_int_equal(shop_texts(), 3);
	shop_pass(MINUTE);
	shop_heard("마치려면");
	assert_string_equal(
		shop_query("SELECT class FROM messages ORDER BY id DESC LIMIT 1"),
		"service");
	shop_pass(3 * HOUR);
	shop_outcome("declined");
	assert_int_equal(rig_count(&shop, "SELECT count(*) FROM consent"), 0);
	assert_int_equal(rig_count(&shop, "SELECT count(*) FROM timers"), 0);
	assert_int_equal(shop_texts(), 4);
}

static void
killed_in_between(void **state)
{
	(void)state;
	shop_copy("optin");
	shop_open(NULL, NULL);
	shop_says("가입");
	rig_crash(&shop);
	rig_ready(&shop, "north");
	shop_says("1");
	shop_heard("동의하시면");
	rig_crash(&shop);
	rig_ready(&shop, "north");
	shop_pass(3 * HOUR);
	shop_heard("마치려면");
	rig_crash(&shop);
	rig_ready(&shop, "north");
	shop_says("동의합니다");
	said("수신 동의가 처리되었습니다");
	assert_int_equal(shop_texts(), 5);
	assert_int_equal(
		rig_count(&shop, "SELECT count(*) FROM consent WHERE action = 'grant'"),
		1);
}

/* Its clock rang while the program was down. */
static void
late_clock(void **state)
{
	(void)state;
	shop_copy("optin");
	shop_open(NULL, NULL);
	shop_says("가입");
	shop_says("1");
	shop.clock.wall += 4 * HOUR;
	rig_crash(&shop);
	rig_ready(&shop, "north");
	shop_pass(0);
	shop_heard("마치려면");
}

/* The store is rolled back under a text that was being handled: it comes again. */
static void
same_text_twice(void **state)
{
	(void)state;
	shop_copy("optin");
	shop_open(NULL, NULL);
	rig_receive(&shop, "north", SHOP_MINA, "가입");
	loop_turn(shop.loop); /* staged */
	rig_crash(&shop);
	rig_ready(&shop, "north");
	shop_pass(0);
	shop_heard("만 14세 이상");
	assert_int_equal(shop_texts(), 1);
	assert_int_equal(rig_count(&shop, "SELECT count(*) FROM runs"), 1);
}

static void
stop_in_the_middle(void **state)
{
	(void)state;
	shop_copy("optin");
	shop_open(NULL, NULL);
	shop_says("가입");
	shop_says("그만");
	shop_heard("수신거부");
	shop_outcome("stopped");
	shop_pass(5 * HOUR);
	assert_int_equal(shop_texts(), 2);
	shop_says("1");
	assert_int_equal(shop_texts(), 2); /* no question is open any more */
	/* A poster, later: the keyword of the opt-in is a START. */
	shop_says("가입");
	shop_heard("만 14세 이상");
	assert_string_equal(shop_query("SELECT stopped FROM contacts"), "");
	assert_string_equal(
		shop_query("SELECT action FROM consent ORDER BY id DESC LIMIT 1"),
		"unblock");
}

/* ---- the quiz ---- */

static void
quiz(void **state)
{
	(void)state;
	shop_copy("quiz");
	shop_copy("optin");
	shop_open(NULL, NULL);
	shop_says("퀴즈");
	shop_says("당김");
	shop_heard("가장 큰 고민");
	assert_string_equal(
		shop_query("SELECT text FROM attributes WHERE name = 'skin'"), "dry");
	shop_says("다시");
	shop_heard("30초 퀴즈");
	shop_says("가입"); /* no answer here, but a keyword there */
	shop_heard("만 14세 이상");
	assert_string_equal(shop_query("SELECT outcome FROM runs ORDER BY id LIMIT 1"),
		"interrupted");
	shop_says("아니요");
	shop_heard("만 14세부터");
	shop_outcome("declined");
	assert_string_equal(shop_query("SELECT action FROM consent"), "deny");
	shop_says("감사합니다!");
	assert_int_equal(shop_texts(), 5);
	assert_int_equal(rig_count(&shop, "SELECT count(*) FROM tickets"), 0);
	shop_says("매장 위치가 어디예요?");
	assert_int_equal(rig_count(&shop, "SELECT count(*) FROM tickets"), 1);
}

static void
quiz_expires(void **state)
{
	(void)state;
	shop_put("slow.cfg",
		"format = 1; dialog = { title = \"s\"; class = \"reply\"; start = "
		"{ keywords = \"느긋\"; }; expire = { after = \"2d\"; }; steps = { a "
		"= { ask = \"하나?\"; accept = \"any\"; save = \"x\"; }; b = { end = "
		"\"done\"; }; }; };\n");
	shop_open(NULL, NULL);
	shop_says("느긋");
	shop_heard("하나?");
	shop_pass(2 * DAY - MINUTE);
	shop_step_is("a");
	shop_pass(2 * MINUTE);
	shop_outcome("expired");
	shop_says("늦은 답");
	assert_int_equal(shop_texts(), 1);
	assert_int_equal(rig_count(&shop, "SELECT count(*) FROM tickets"), 1);
}

/* Two texts within one second, the second before the answer to the first has left: both
 * are heard, in their order, each once. */
static void
two_in_one_second(void **state)
{
	(void)state;
	shop_copy("quiz");
	shop_open(NULL, NULL);
	rig_run(&shop, SECOND);
	rig_receive(&shop, "north", SHOP_MINA, "퀴즈");
	rig_receive(&shop, "north", SHOP_MINA, "1");
	rig_run(&shop, 0);
	shop_deliver();
	assert_int_equal(rig_count(&shop, "SELECT count(*) FROM runs"), 1);
	shop_step_is("worry");
	assert_int_equal(shop_texts(), 2);
}

/* An answer to a question that is over becomes a ticket. */
static void
late_answer(void **state)
{
	shop_copy("quiz");
	(void)state;
	shop_open(NULL, NULL);
	shop_says("퀴즈");
	shop_pass(3 * DAY);
	assert_string_equal(shop_query("SELECT state FROM runs"), "ended");
	int64_t before = shop_texts();
	shop_says("2");
	assert_int_equal(shop_texts(), before);
	assert_int_equal(rig_count(&shop, "SELECT count(*) FROM tickets"), 1);
}

/* ---- service texts: the run waits until they have left ---- */

static void
waits_for_its_text(void **state)
{
	(void)state;
	shop_put("care.cfg",
		"format = 1; dialog = { title = \"c\"; class = \"service\"; start = "
		"{ keywords = \"돌봄\"; }; steps = { a = { say = \"네\"; wait = { for = "
		"\"2h\"; }; }; b = { say = \"지금\"; }; c = { ask = \"어때요?\"; accept "
		"= \"number 1-5\"; save = \"n\"; score = \"care\"; }; d = { end = "
		"\"done\"; }; }; expire = { after = \"2d\"; }; };\n");
	shop_open(NULL, NULL);
	shop_says("돌봄");
	shop_heard("네");
	rig_run(&shop, 2 * HOUR);
	shop_heard("지금");
	shop_step_is("b");
	assert_string_equal(shop_query("SELECT state FROM runs"), "sending");
	rig_sent(&shop, 9); /* the question follows only now */
	shop_heard("어때요?");
	rig_crash(&shop); /* its fate is unknown: it may be on the phone */
	rig_ready(&shop, "north");
	shop_pass(0);
	assert_string_equal(shop_query("SELECT state FROM runs"), "reply");
	shop_says("5");
	shop_outcome("done");
	assert_int_equal(rig_count(&shop, "SELECT count(*) FROM events WHERE name = "
					  "'score.care'"),
		1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SHOP_CASE(joining),
		SHOP_CASE(nudged_and_given_up),
		SHOP_CASE(killed_in_between),
		SHOP_CASE(late_clock),
		SHOP_CASE(same_text_twice),
		SHOP_CASE(stop_in_the_middle),
		SHOP_CASE(quiz),
		SHOP_CASE(quiz_expires),
		SHOP_CASE(two_in_one_second),
		SHOP_CASE(late_answer),
		SHOP_CASE(waits_for_its_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
