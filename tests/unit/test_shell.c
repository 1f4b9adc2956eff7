/* Conversations over the whole trade: the shipped scripts, a customer on a fake SIM, a
 * clock that jumps, and a daemon that is killed in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/core/tickets.h"
#include "gateway/store/orders.h"
#include "gateway/store/attributes.h"
#include "gateway/store/contacts.h"
#include "tests/lib/rig.h"
#include "dialogs/shell.h"

#define MINA "+821012345678"

static char folder[64];
static struct rig bench;

static void
put(const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
copy(const char *name)
{
	char command[256];
	snprintf(command, sizeof(command), "cp etc/scripts/%s.cfg %s/", name, folder);
	assert_int_equal(system(command), 0);
}

static int
set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/malgil-scripts-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	char command[128];
	rig_close(&bench);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static void
open_shop(void)
{
	char extra[128];
	snprintf(extra, sizeof(extra), "scripts = \"%s\";", folder);
	rig_open_with(
		&bench, false, extra, "optout_080 = \"080-123-4567\"; month_max = 4;");
}

/* The network takes whatever lies on the wire. */
static void
deliver(void)
{
	static int reference;
	for (size_t i = 0; i < bench.send_count; i++)
		if (bench.sends[i].released && !bench.sends[i].answered) {
			rig_sent(&bench, ++reference & 255);
			i = 0;
		}
}

static void
says(const char *text)
{
	rig_run(&bench, SECOND); /* or the network would repeat itself */
	rig_receive(&bench, "north", MINA, text);
	rig_run(&bench, 0);
	deliver();
}

static void
pass(int64_t ms)
{
	rig_run(&bench, ms);
	deliver();
}

static const char *
query(const char *sql)
{
	static char text[2048];
	struct db_rows *q = db_select(bench.core.db, sql, "");
	snprintf(text, sizeof(text), "%s", db_next(q) ? db_text(q, 0) : "(none)");
	db_end(q);
	return text;
}

static void
heard(const char *part)
{
	const char *last = query(
		"SELECT text FROM messages WHERE outbound = 1 ORDER BY id DESC LIMIT 1");
	if (!strstr(last, part))
		fail_msg("the last text is \"%s\", not \"%s\"", last, part);
}

static void
said(const char *part)
{
	struct strbuf like = STRBUF_INIT(512);
	strbuf_printf(&like,
		"SELECT text FROM messages WHERE outbound = 1 AND text LIKE "
		"'%%%s%%'",
		part);
	if (!strcmp(query(like.s), "(none)"))
		fail_msg("nobody was told \"%s\"", part);
	strbuf_done(&like);
}

static int64_t
texts(void)
{
	return rig_count(&bench, "SELECT count(*) FROM messages WHERE outbound = 1");
}

static void
outcome(const char *word)
{
	assert_string_equal(
		query("SELECT outcome FROM runs ORDER BY id DESC LIMIT 1"), word);
}

static void
step_is(const char *name)
{
	assert_string_equal(
		query("SELECT step FROM runs ORDER BY id DESC LIMIT 1"), name);
}

/* ---- opting in ---- */

static void
joining(void **state)
{
	(void)state;
	copy("optin");
	open_shop();
	says("가입");
	heard("만 14세 이상");
	says("네");
	heard("동의하시면");
	says("동의");
	said("수신 동의가 처리되었습니다");
	heard("(광고)Rig\n첫 주문 쿠폰: 주문할 때"); /* no code: the fallback */
	outcome("joined");
	assert_int_equal(texts(), 4);
	assert_string_equal(query("SELECT action || ' ' || method || ' ' || words FROM "
				  "consent"),
		"grant sms-double 동의");
	const char *wording = query("SELECT wording FROM consent");
	assert_non_null(strstr(wording, "만 14세 이상"));
	assert_non_null(strstr(wording, "동의하시면"));
	assert_non_null(strstr(wording, query("SELECT hash FROM scripts")));
	assert_string_equal(query("SELECT name FROM tags"), "welcome");
	/* which step of which script each is, is kept beside it */
	assert_string_equal(query("SELECT group_concat(step, ' ') FROM (SELECT step FROM "
				  "said WHERE script = 'optin' ORDER BY message) s"),
		"age confirm record gift");
	/* each answers the text that caused it */
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM messages WHERE outbound "
					   "= 1 AND class = 'reply' AND reply_to > 0"),
		3);
	says("가입");
	heard("이미 소식을 받고");
}

static void
nudged_and_given_up(void **state)
{
	(void)state;
	copy("optin");
	open_shop();
	says("가입");
	says("글쎄요");
	heard("1 또는 2로");
	says("1");
	pass(3 * HOUR - MINUTE);
	assert_int_equal(texts(), 3);
	pass(MINUTE);
	heard("마치려면");
	assert_string_equal(
		query("SELECT class FROM messages ORDER BY id DESC LIMIT 1"), "service");
	pass(3 * HOUR);
	outcome("declined");
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM consent"), 0);
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM timers"), 0);
	assert_int_equal(texts(), 4);
}

static void
killed_in_between(void **state)
{
	(void)state;
	copy("optin");
	open_shop();
	says("가입");
	rig_crash(&bench);
	rig_ready(&bench, "north");
	says("1");
	heard("동의하시면");
	rig_crash(&bench);
	rig_ready(&bench, "north");
	pass(3 * HOUR);
	heard("마치려면");
	rig_crash(&bench);
	rig_ready(&bench, "north");
	says("동의합니다");
	said("수신 동의가 처리되었습니다");
	assert_int_equal(texts(), 5);
	assert_int_equal(
		rig_count(&bench, "SELECT count(*) FROM consent WHERE action = 'grant'"),
		1);
}

/* Its clock rang while the program was down. */
static void
late_clock(void **state)
{
	(void)state;
	copy("optin");
	open_shop();
	says("가입");
	says("1");
	bench.clock.wall += 4 * HOUR;
	rig_crash(&bench);
	rig_ready(&bench, "north");
	pass(0);
	heard("마치려면");
}

/* The store is rolled back under a text that was being handled: it comes again. */
static void
same_text_twice(void **state)
{
	(void)state;
	copy("optin");
	open_shop();
	rig_receive(&bench, "north", MINA, "가입");
	loop_turn(bench.loop); /* staged */
	rig_crash(&bench);
	rig_ready(&bench, "north");
	pass(0);
	heard("만 14세 이상");
	assert_int_equal(texts(), 1);
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM runs"), 1);
}

static void
stop_in_the_middle(void **state)
{
	(void)state;
	copy("optin");
	open_shop();
	says("가입");
	says("그만");
	heard("수신거부");
	outcome("stopped");
	pass(5 * HOUR);
	assert_int_equal(texts(), 2);
	says("1");
	assert_int_equal(texts(), 2); /* no question is open any more */
	/* A poster, later: the keyword of the opt-in is a START. */
	says("가입");
	heard("만 14세 이상");
	assert_string_equal(query("SELECT stopped FROM contacts"), "");
	assert_string_equal(
		query("SELECT action FROM consent ORDER BY id DESC LIMIT 1"), "unblock");
}

/* ---- the quiz ---- */

static void
quiz(void **state)
{
	(void)state;
	copy("quiz");
	copy("optin");
	open_shop();
	says("퀴즈");
	says("당김");
	heard("가장 큰 고민");
	assert_string_equal(
		query("SELECT text FROM attributes WHERE name = 'skin'"), "dry");
	says("다시");
	heard("30초 퀴즈");
	says("가입"); /* no answer here, but a keyword there */
	heard("만 14세 이상");
	assert_string_equal(
		query("SELECT outcome FROM runs ORDER BY id LIMIT 1"), "interrupted");
	says("아니요");
	heard("만 14세부터");
	outcome("declined");
	assert_string_equal(query("SELECT action FROM consent"), "deny");
	says("감사합니다!");
	assert_int_equal(texts(), 5);
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM tickets"), 0);
	says("매장 위치가 어디예요?");
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM tickets"), 1);
}

static void
quiz_expires(void **state)
{
	(void)state;
	put("slow.cfg",
		"format = 1; dialog = { title = \"s\"; class = \"reply\"; start = "
		"{ keywords = \"느긋\"; }; expire = { after = \"2d\"; }; steps = { a "
		"= { ask = \"하나?\"; accept = \"any\"; save = \"x\"; }; b = { end = "
		"\"done\"; }; }; };\n");
	open_shop();
	says("느긋");
	heard("하나?");
	pass(2 * DAY - MINUTE);
	step_is("a");
	pass(2 * MINUTE);
	outcome("expired");
	says("늦은 답");
	assert_int_equal(texts(), 1);
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM tickets"), 1);
}

/* ---- orders ---- */

/* Answers come from another thread: the loop turns until one is there. */
static void
until_answered(int64_t before)
{
	int64_t until = clock_mono(clock_real()) + 20 * SECOND;
	while (texts() == before) {
		assert_true(clock_mono(clock_real()) < until);
		rig_run(&bench, 0);
		deliver();
	}
}

static void
open_with_orders(void)
{
	char path[128], extra[400];
	snprintf(path, sizeof(path), "%s/connectors", folder);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs("format = 1; connectors = { shop_db = { type = \"malgil\"; }; shop_http = "
	      "{ "
	      "type = \"malgil\"; }; };\n",
		f);
	fclose(f);
	snprintf(extra, sizeof(extra),
		"scripts = \"%s\"; connectors = \"%s\"; hours = { week = \"mon-fri "
		"09:00-18:00\"; reply = \"30m\"; };",
		folder, path);
	rig_open_with(
		&bench, false, extra, "optout_080 = \"080-123-4567\"; month_max = 4;");
}

static void
has_order(const char *number, const char *item)
{
	uint64_t id;
	struct order_item items[] = {
		{.item = item, .variant = "", .sku = "", .quantity = 1}};
	order_put(bench.core.db,
		&(struct order_facts){.number = number,
			.source = "",
			.phone = MINA,
			.state_word = "배송중",
			.state = ORDER_SHIPPED,
			.has_items = true,
			.items = items,
			.item_count = 1},
		core_id(&bench.core), core_now(&bench.core), &id);
	assert_int_equal(db_commit(bench.core.db), 0);
}

static const char *
ticket(void)
{
	return query("SELECT topic || ' ' || state FROM tickets");
}

static void
close_ticket(bool quiet)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct ticket t;
	assert_true(ticket_load(bench.core.db,
		(uint64_t)rig_count(&bench, "SELECT id FROM tickets"), &t));
	if (tickets_close(&bench.core, t.id, "minji", NULL, quiet, &err) < 0)
		fail_msg("%s", err.s);
	strbuf_done(&err);
	pass(0);
}

static void
order_and_a_person(void **state)
{
	(void)state;
	copy("order");
	copy("csat");
	open_with_orders();
	has_order("20260301001", "청자 찻잔");
	rig_receive(&bench, "north", MINA, "제 주문 어디쯤이에요?");
	until_answered(0);
	pass(0);
	assert_non_null(strstr(query("SELECT text FROM messages WHERE outbound = 1 ORDER "
				     "BY id LIMIT 1"),
		"청자 찻잔 배송"));
	heard("더 필요하세요?");
	says("상담원");
	heard("보통 30분 안에");
	assert_string_equal(ticket(), "order open");
	assert_string_equal(query("SELECT state FROM runs"), "ticket");
	int64_t before = texts();
	says("주문"); /* the bot is mute */
	assert_int_equal(texts(), before);
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_receipt receipt;
	uint64_t id = (uint64_t)rig_count(&bench, "SELECT id FROM tickets");
	struct ticket_reply reply = {
		.agent = "minji", .text = "내일 도착해요", .len = 19};
	if (tickets_reply(&bench.core, id, &reply, &receipt, &err) < 0)
		fail_msg("%s", err.s);
	strbuf_done(&err);
	pass(0);
	close_ticket(false);
	heard("상담은 어떠셨나요?");
	says("5");
	outcome("done");
	assert_int_equal(rig_count(&bench,
				 "SELECT count(*) FROM events WHERE name = 'score.csat'"),
		1);
}

static void
nobody_comes(void **state)
{
	(void)state;
	copy("order");
	copy("csat");
	open_with_orders();
	has_order("20260301001", "청자 찻잔");
	rig_receive(&bench, "north", MINA, "주문");
	until_answered(0);
	pass(0);
	says("상담원");
	assert_string_equal(ticket(), "order open");
	pass(15 * MINUTE);
	heard("조금만 더 기다려");
	int64_t before = texts();
	close_ticket(true); /* spam: nobody is asked how it was */
	outcome("closed");
	assert_int_equal(texts(), before);
}

/* No connector of that name: an error to the script, and a person takes over. */
static void
order_without_a_connector(void **state)
{
	(void)state;
	copy("order");
	open_shop();
	says("제 주문 어디쯤이에요?");
	pass(0);
	assert_string_equal(query("SELECT state FROM runs"), "ticket");
	assert_string_equal(ticket(), "order open");
}

/* The question was on its way when the program died: its deadline ends it. */
static void
killed_while_asking(void **state)
{
	(void)state;
	copy("order");
	open_with_orders();
	rig_receive(&bench, "north", MINA, "주문");
	for (int i = 0; i < 50 && !strcmp(query("SELECT state FROM runs"), "(none)"); i++)
		loop_turn(bench.loop);
	assert_string_equal(query("SELECT state FROM runs"), "lookup");
	assert_int_equal(db_commit(bench.core.db), 0);
	rig_crash(&bench);
	rig_ready(&bench, "north");
	pass(10 * SECOND);
	assert_string_equal(query("SELECT state FROM runs"), "ticket");
}

/* ---- service texts: the run waits until they have left ---- */

static void
waits_for_its_text(void **state)
{
	(void)state;
	put("care.cfg",
		"format = 1; dialog = { title = \"c\"; class = \"service\"; start = "
		"{ keywords = \"돌봄\"; }; steps = { a = { say = \"네\"; wait = { for = "
		"\"2h\"; }; }; b = { say = \"지금\"; }; c = { ask = \"어때요?\"; accept "
		"= \"number 1-5\"; save = \"n\"; score = \"care\"; }; d = { end = "
		"\"done\"; }; }; expire = { after = \"2d\"; }; };\n");
	open_shop();
	says("돌봄");
	heard("네");
	rig_run(&bench, 2 * HOUR);
	heard("지금");
	step_is("b");
	assert_string_equal(query("SELECT state FROM runs"), "sending");
	rig_sent(&bench, 9); /* the question follows only now */
	heard("어때요?");
	rig_crash(&bench); /* its fate is unknown: it may be on the phone */
	rig_ready(&bench, "north");
	pass(0);
	assert_string_equal(query("SELECT state FROM runs"), "reply");
	says("5");
	outcome("done");
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM events WHERE name = "
					   "'score.care'"),
		1);
}

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
	if (dialogs_reload(&bench.core, &err) < 0)
		fail_msg("%s", err.s);
	strbuf_done(&err);
	pass(0);
}

static void
edited(void **state)
{
	(void)state;
	put("edit.cfg", EDIT("a = {", "처음"));
	open_shop();
	says("편집");
	heard("처음");
	put("edit.cfg", EDIT("b = { was = \"a\";", "나중"));
	reload();
	step_is("b");
	says("네");
	heard("나중 끝");
	says("편집");
	put("edit.cfg", "format = 1; dialog = { nonsense");
	reload();
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM events WHERE name = "
					   "'script.refused'"),
		1);
	rig_crash(&bench); /* also a new start finds the last good one */
	rig_ready(&bench, "north");
	says("네");
	heard("나중 끝");
	says("편집");
	put("edit.cfg", EDIT("c = {", "셋"));
	reload();
	outcome("step-removed");
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM tickets"), 1);
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
	put("pin.cfg", PIN "옛 끝\"; end = \"done\"; }; }; };\n");
	open_shop();
	says("고정");
	put("pin.cfg", PIN "새 끝\"; end = \"done\"; }; }; };\n");
	reload();
	rig_crash(&bench);
	rig_ready(&bench, "north");
	says("네");
	heard("옛 끝");
	says("고정");
	says("네");
	heard("새 끝");
}

/* Nobody understood it: one word a day, and a ticket. */
static void
catch_all(void **state)
{
	(void)state;
	char extra[128];
	copy("optin");
	snprintf(extra, sizeof(extra), "scripts = \"%s\";", folder);
	rig_open_with(&bench, false, extra,
		"catchall = { say = \"[{shop}] 담당자가 곧 답해 드려요.\"; };");
	says("여기 주차되나요?");
	heard("[Rig] 담당자가 곧");
	says("저기요");
	assert_int_equal(texts(), 1);
	pass(DAY);
	says("아직이에요?");
	assert_int_equal(texts(), 2);
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM tickets"), 1);
}

/* ---- a machine on the other end ---- */

static void
machine(void **state)
{
	(void)state;
	put("echo.cfg",
		"format = 1; dialog = { title = \"m\"; class = \"reply\"; start = { "
		"keywords = \"메아리\"; }; steps = { a = { say = \"메아리가 "
		"되돌아와요\"; "
		"end = \"done\"; }; }; };\n");
	open_shop();
	for (int i = 0; i < 6; i++) {
		says("메아리");
		pass(SECOND);
	}
	assert_int_equal(texts(), 3);
	assert_int_equal(
		rig_count(&bench, "SELECT count(*) FROM tickets WHERE topic = 'loop'"),
		1);
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM runs"), 4);
}

/* An answer that fits is progress; the same question over and over is none. */
static void
same_question(void **state)
{
	(void)state;
	put("stubborn.cfg",
		"format = 1; dialog = { title = \"s\"; class = \"reply\"; start = { "
		"keywords = \"고집\"; }; steps = { a = { ask = \"몇 번?\"; accept = "
		"\"number 1-5\"; save = \"n\"; retry = { max = 50; then = \"z\"; }; goto "
		"= \"a\"; }; z = { end = \"left\"; }; }; };\n");
	open_shop();
	says("고집");
	for (int i = 0; i < 5; i++)
		says("3");
	assert_int_equal(texts(), 6);
	for (int i = 0; i < 5; i++)
		says("글쎄");
	assert_int_equal(texts(), 8); /* asked three times in a row, then silence */
	outcome("loop");
}

/* HELP gives way to an open question. */
static void
help_is_an_answer(void **state)
{
	(void)state;
	put("ask.cfg",
		"format = 1; dialog = { title = \"q\"; class = \"reply\"; start = { "
		"keywords = \"질문\"; }; steps = { a = { ask = \"무엇이 필요해요?\"; "
		"accept = \"any\"; save = \"x\"; timeout = { after = \"1h\"; then = "
		"\"b\"; }; }; b = { say = \"{x|?} 받았어요\"; end = \"done\"; }; }; "
		"};\n");
	open_shop();
	says("질문");
	says("도움");
	heard("도움 받았어요");
	says("도움");
	heard("문자로 보내 주시면");
}

static void
machine_is_muted(void **state)
{
	(void)state;
	char extra[128];
	put("echo.cfg",
		"format = 1; dialog = { class = \"reply\"; start = { keywords = "
		"\"메아리\"; "
		"}; steps = { a = { say = \"메아리가 되돌아와요\"; end = \"done\"; }; }; "
		"};\n");
	snprintf(extra, sizeof(extra), "scripts = \"%s\";", folder);
	rig_open_with(&bench, false, extra,
		"loop = { same_out = 2; same_per = \"10m\"; then = \"mute 1h, ticket\"; "
		"};");
	for (int i = 0; i < 5; i++)
		says("메아리");
	assert_int_equal(texts(), 2);
	assert_int_equal(
		rig_count(&bench, "SELECT count(*) FROM tickets WHERE mute = 0"), 1);
	pass(HOUR);
	says("메아리");
	assert_int_equal(texts(), 3);
}

/* START lifts the block and is answered by the question for a new consent. */
static void
start_asks_anew(void **state)
{
	(void)state;
	copy("optin");
	open_shop();
	says("그만");
	heard("수신거부");
	assert_int_equal(texts(), 1);
	says("시작");
	heard("만 14세 이상");
	assert_int_equal(texts(), 2);
	assert_string_equal(query("SELECT stopped FROM contacts"), "");
	assert_string_equal(
		query("SELECT 1 FROM consent WHERE action = 'grant'"), "(none)");
	says("네");
	says("동의");
	assert_int_equal(
		rig_count(&bench, "SELECT count(*) FROM consent WHERE action = 'grant'"),
		1);
}

static void
start_alone(void **state)
{
	(void)state;
	open_shop();
	says("그만");
	says("start");
	heard("수신거부가 해제");
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
happened(const char *name, const char *detail)
{
	struct contact c;
	assert_true(contact_find(bench.core.db, "+821012345678", &c));
	core_event(&bench.core,
		&(struct event){.name = name, .contact = c.id, .detail = detail});
	pass(0);
}

static void
counts_and_sums(void **state)
{
	(void)state;
	put("facts.cfg", FACTS);
	open_shop();
	says("등급");
	heard("0 0");
	happened("order.paid", "39000");
	says("등급");
	heard("0 0");
	happened("order.paid", "{\"total\": 20000}");
	says("등급");
	heard("VIP");
	pass(91 * DAY);
	says("등급");
	heard("0 0");
}

static void
emptied(void **state)
{
	(void)state;
	struct contact c;
	put("facts.cfg", FACTS);
	open_shop();
	says("안녕하세요");
	assert_true(contact_find(bench.core.db, "+821012345678", &c));
	attribute_save(bench.core.db, c.id, "old", &(struct attribute){.text = "x"}, 1);
	says("등급");
	heard("0 0");
	assert_string_equal(
		query("SELECT 1 FROM attributes WHERE name = 'old'"), "(none)");
}

/* Two texts within one second, the second before the answer to the first has left: both
 * are heard, in their order, each once. */
static void
two_in_one_second(void **state)
{
	(void)state;
	copy("quiz");
	open_shop();
	rig_run(&bench, SECOND);
	rig_receive(&bench, "north", MINA, "퀴즈");
	rig_receive(&bench, "north", MINA, "1");
	rig_run(&bench, 0);
	deliver();
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM runs"), 1);
	step_is("worry");
	assert_int_equal(texts(), 2);
}

/* An answer to a question that is over becomes a ticket. */
static void
late_answer(void **state)
{
	copy("quiz");
	(void)state;
	open_shop();
	says("퀴즈");
	pass(3 * DAY);
	assert_string_equal(query("SELECT state FROM runs"), "ended");
	int64_t before = texts();
	says("2");
	assert_int_equal(texts(), before);
	assert_int_equal(rig_count(&bench, "SELECT count(*) FROM tickets"), 1);
}

/* What check refuses is not served; the last good version is. */
static void
judged_on_the_shelf(void **state)
{
	(void)state;
	put("bad.cfg", "format = 1; dialog = { class = \"reply\"; start = { keywords = "
		       "\"검사\"; }; "
		       "steps = { a = { say = \"좋아요\"; end = \"x\"; }; }; };\n");
	open_shop();
	put("bad.cfg",
		"format = 1; dialog = { class = \"reply\"; start = { keywords = "
		"\"검사\"; }; "
		"steps = { a = { say = \"30% 할인 쿠폰\"; end = \"x\"; }; }; };\n");
	reload();
	says("검사");
	heard("좋아요");
	assert_non_null(strstr(
		query("SELECT detail FROM events WHERE name = 'script.refused'"),
		"bad.cfg:1: this text of 'a' offers something, so it is marketing"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(joining),
		CASE(nudged_and_given_up),
		CASE(killed_in_between),
		CASE(late_clock),
		CASE(same_text_twice),
		CASE(stop_in_the_middle),
		CASE(quiz),
		CASE(quiz_expires),
		CASE(order_and_a_person),
		CASE(nobody_comes),
		CASE(order_without_a_connector),
		CASE(killed_while_asking),
		CASE(waits_for_its_text),
		CASE(edited),
		CASE(pinned),
		CASE(catch_all),
		CASE(machine),
		CASE(same_question),
		CASE(help_is_an_answer),
		CASE(machine_is_muted),
		CASE(start_asks_anew),
		CASE(start_alone),
		CASE(counts_and_sums),
		CASE(emptied),
		CASE(two_in_one_second),
		CASE(late_answer),
		CASE(judged_on_the_shelf),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
