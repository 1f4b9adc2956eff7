/* Scripts that are edited while somebody talks, and texts that are no conversation: a
 * machine on the other end, HELP and START. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "dialogs/shell.h"
#include "tests/lib/shop.h"

/* ---- versions ---- */

#define EDIT(step, text)                                                                 \
	"format = 1; dialog = { title = \"e\"; class = \"reply\"; start = { keywords = " \
	"\"편집\"; }; steps = { " step " ask = \"" text "\"; accept = \"any\"; save = "  \
	"\"x\"; timeout = { after = \"1h\"; then = \"z\"; }; }; y = { say = \"" text     \
	" 끝\"; end = \"done\"; }; z = { end = \"left\"; }; }; };\n"

static void
reload(void)
{
	struct strbuf err = STRBUF_SENTENCE;
	if (dialogs_reload(&shop.core, &err) < 0)
		fail_msg("%s", err.s);
	strbuf_done(&err);
	shop_pass(0);
}

static void
edited(void **state)
{
	(void)state;
	shop_put("edit.cfg", EDIT("a = {", "처음"));
	shop_open(NULL, NULL);
	shop_says("편집");
	shop_heard("처음");
	shop_put("edit.cfg", EDIT("b = { was = \"a\";", "나중"));
	reload();
	shop_step_is("b");
	shop_says("네");
	shop_heard("나중 끝");
	shop_says("편집");
	shop_put("edit.cfg", "format = 1; dialog = { nonsense");
	reload();
	assert_int_equal(rig_count(&shop, "SELECT count(*) FROM events WHERE name = "
					  "'script.refused'"),
		1);
	rig_crash(&shop); /* also a new start finds the last good one */
	rig_ready(&shop, "north");
	shop_says("네");
	shop_heard("나중 끝");
	shop_says("편집");
	shop_put("edit.cfg", EDIT("c = {", "셋"));
	reload();
	shop_outcome("step-removed");
	assert_int_equal(rig_count(&shop, "SELECT count(*) FROM tickets"), 1);
}

#define PIN                                                                              \
	"format = 1; dialog = { pin = true; title = \"p\"; class = \"reply\"; start = "  \
	"{ keywords = \"고정\"; }; steps = { a = { ask = \"하나?\"; accept = "       \
	"\"any\"; save = \"x\"; timeout = { after = \"1h\"; then = \"b\"; }; }; b = "    \
	"{ say = \""

/* `pin` keeps the old text for who is in the middle of it, also over a new start. */
static void
pinned(void **state)
{
	(void)state;
	shop_put("pin.cfg", PIN "옛 끝\"; end = \"done\"; }; }; };\n");
	shop_open(NULL, NULL);
	shop_says("고정");
	shop_put("pin.cfg", PIN "새 끝\"; end = \"done\"; }; }; };\n");
	reload();
	rig_crash(&shop);
	rig_ready(&shop, "north");
	shop_says("네");
	shop_heard("옛 끝");
	shop_says("고정");
	shop_says("네");
	shop_heard("새 끝");
}

/* Nobody understood it: one word a day, and a ticket. */
static void
catch_all(void **state)
{
	(void)state;
	shop_copy("optin");
	shop_open(NULL, "catchall = { say = \"[{shop}] 담당자가 곧 답해 드려요.\"; };");
	shop_says("여기 주차되나요?");
	shop_heard("[Rig] 담당자가 곧");
	shop_says("저기요");
	assert_int_equal(shop_texts(), 1);
	shop_pass(DAY);
	shop_says("아직이에요?");
	assert_int_equal(shop_texts(), 2);
	assert_int_equal(rig_count(&shop, "SELECT count(*) FROM tickets"), 1);
}

/* What check refuses is not served; the last good version is. */
static void
judged_on_the_shelf(void **state)
{
	(void)state;
	shop_put("bad.cfg",
		"format = 1; dialog = { class = \"reply\"; start = { keywords = "
		"\"검사\"; }; "
		"steps = { a = { say = \"좋아요\"; end = \"x\"; }; }; };\n");
	shop_open(NULL, NULL);
	shop_put("bad.cfg",
		"format = 1; dialog = { class = \"reply\"; start = { keywords = "
		"\"검사\"; }; "
		"steps = { a = { say = \"30% 할인 쿠폰\"; end = \"x\"; }; }; };\n");
	reload();
	shop_says("검사");
	shop_heard("좋아요");
	assert_non_null(strstr(
		shop_query("SELECT detail FROM events WHERE name = 'script.refused'"),
		"bad.cfg:1: this text of 'a' offers something, so it is marketing"));
}

/* ---- a machine on the other end ---- */

static void
machine(void **state)
{
	(void)state;
	shop_put("echo.cfg",
		"format = 1; dialog = { title = \"m\"; class = \"reply\"; start = { "
		"keywords = \"메아리\"; }; steps = { a = { say = \"메아리가 "
		"되돌아와요\"; "
		"end = \"done\"; }; }; };\n");
	shop_open(NULL, NULL);
	for (int i = 0; i < 6; i++) {
		shop_says("메아리");
		shop_pass(SECOND);
	}
	assert_int_equal(shop_texts(), 3);
	assert_int_equal(
		rig_count(&shop, "SELECT count(*) FROM tickets WHERE topic = 'loop'"), 1);
	assert_int_equal(rig_count(&shop, "SELECT count(*) FROM runs"), 4);
}

/* An answer that fits is progress; the same question over and over is none. */
static void
same_question(void **state)
{
	(void)state;
	shop_put("stubborn.cfg",
		"format = 1; dialog = { title = \"s\"; class = \"reply\"; start = { "
		"keywords = \"고집\"; }; steps = { a = { ask = \"몇 번?\"; accept = "
		"\"number 1-5\"; save = \"n\"; retry = { max = 50; then = \"z\"; }; goto "
		"= \"a\"; }; z = { end = \"left\"; }; }; };\n");
	shop_open(NULL, NULL);
	shop_says("고집");
	for (int i = 0; i < 5; i++)
		shop_says("3");
	assert_int_equal(shop_texts(), 6);
	for (int i = 0; i < 5; i++)
		shop_says("글쎄");
	assert_int_equal(shop_texts(), 8); /* asked three times in a row, then silence */
	shop_outcome("loop");
}

static void
machine_is_muted(void **state)
{
	(void)state;
	shop_put("echo.cfg",
		"format = 1; dialog = { class = \"reply\"; start = { keywords = "
		"\"메아리\"; "
		"}; steps = { a = { say = \"메아리가 되돌아와요\"; end = \"done\"; }; }; "
		"};\n");
	shop_open(NULL,
		"loop = { same_out = 2; same_per = \"10m\"; then = \"mute 1h, ticket\"; "
		"};");
	for (int i = 0; i < 5; i++)
		shop_says("메아리");
	assert_int_equal(shop_texts(), 2);
	assert_int_equal(
		rig_count(&shop, "SELECT count(*) FROM tickets WHERE mute = 0"), 1);
	shop_pass(HOUR);
	shop_says("메아리");
	assert_int_equal(shop_texts(), 3);
}

/* ---- words that are nobody's answer ---- */

/* HELP gives way to an open question. */
static void
help_is_an_answer(void **state)
{
	(void)state;
	shop_put("ask.cfg",
		"format = 1; dialog = { title = \"q\"; class = \"reply\"; start = { "
		"keywords = \"질문\"; }; steps = { a = { ask = \"무엇이 필요해요?\"; "
		"accept = \"any\"; save = \"x\"; timeout = { after = \"1h\"; then = "
		"\"b\"; }; }; b = { say = \"{x|?} 받았어요\"; end = \"done\"; }; }; "
		"};\n");
	shop_open(NULL, NULL);
	shop_says("질문");
	shop_says("도움");
	shop_heard("도움 받았어요");
	shop_says("도움");
	shop_heard("문자로 보내 주시면");
}

/* START lifts the block and is answered by the question for a new consent. */
static void
start_asks_anew(void **state)
{
	(void)state;
	shop_copy("optin");
	shop_open(NULL, NULL);
	shop_says("그만");
	shop_heard("수신거부");
	assert_int_equal(shop_texts(), 1);
	shop_says("시작");
	shop_heard("만 14세 이상");
	assert_int_equal(shop_texts(), 2);
	assert_string_equal(shop_query("SELECT stopped FROM contacts"), "");
	assert_string_equal(
		shop_query("SELECT 1 FROM consent WHERE action = 'grant'"), "(none)");
	shop_says("네");
	shop_says("동의");
	assert_int_equal(
		rig_count(&shop, "SELECT count(*) FROM consent WHERE action = 'grant'"),
		1);
}

static void
start_alone(void **state)
{
	(void)state;
	shop_open(NULL, NULL);
	shop_says("그만");
	shop_says("start");
	shop_heard("수신거부가 해제");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SHOP_CASE(edited),
		SHOP_CASE(pinned),
		SHOP_CASE(catch_all),
		SHOP_CASE(judged_on_the_shelf),
		SHOP_CASE(machine),
		SHOP_CASE(same_question),
		SHOP_CASE(machine_is_muted),
		SHOP_CASE(help_is_an_answer),
		SHOP_CASE(start_asks_anew),
		SHOP_CASE(start_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
