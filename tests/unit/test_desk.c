/* The desk without a terminal and without a gateway: keys and answers go in, requests and
 * a screen come out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/desk/commands.h"
#include "gateway/desk/drafts.h"
#include "gateway/desk/view.h"

#define T0 INT64_C(1795240800000)

static struct desk d;
static struct grid g;
static struct want_request *asked; /* the last one taken */

static int
set_up(void **state)
{
	(void)state;
	desk_init(&d);
	d.now = T0;
	d.link = LINK_UP;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	if (asked)
		want_request_free(asked);
	asked = NULL;
	desk_done(&d);
	grid_done(&g);
	return 0;
}

static void
press(const char *name)
{
	struct key key = {.row = 0};
	snprintf(key.name, sizeof(key.name), "%s", name);
	bool letter = strlen(name) == 1 || (unsigned char)*name >= 0x80;
	key.text = letter ? name : !strcmp(name, "space") ? " " : NULL;
	key.len = key.text ? strlen(key.text) : 0;
	desk_key(&d, &key);
}

static void
type(const char *text)
{
	struct key key = {.name = "paste", .text = text, .len = strlen(text)};
	desk_key(&d, &key);
}

/* Takes requests until one of that kind; the others are forgotten. */
static struct want_request *
take(enum want what)
{
	struct want_request *rq;
	while ((rq = desk_take_request(&d))) {
		if (rq->what == what) {
			if (asked)
				want_request_free(asked);
			asked = rq;
			return rq;
		}
		d.busy[rq->what] = false;
		want_request_free(rq);
	}
	fail_msg("request %d was not made", (int)what);
	return NULL;
}

static void
answer(enum want what, int status, const char *json)
{
	struct want_request *rq = take(what);
	json_t *body = json ? json_loads(json, 0, NULL) : NULL;
	if (json)
		assert_non_null(body);
	const char *why = json_string_value(json_object_get(body, "detail"));
	desk_answer(&d, rq, status, body, why ? why : "it broke");
	json_decref(body);
}

static const char *
screen(void)
{
	static struct strbuf out = STRBUF_INIT(1 << 20);
	strbuf_reset(&out);
	desk_draw(&d, &g);
	grid_dump(&g, &out);
	return out.s;
}

static void
shows(const char *text)
{
	if (!strstr(screen(), text))
		fail_msg("no '%s' in:\n%s", text, screen());
}

static void
shows_not(const char *text)
{
	if (strstr(screen(), text))
		fail_msg("'%s' in:\n%s", text, screen());
}

#define TICKET(id, phone, text)                                                          \
	"{\"id\":\"" id "\",\"contact\":\"9\",\"phone\":\"" phone                        \
	"\",\"state\":\"waiting\",\"priority\":\"normal\",\"bot_muted\":false,"          \
	"\"last_text\":\"" text "\"}"

static void
two_tickets(void)
{
	desk_refresh(&d);
	answer(WANT_LIST, 200,
		"{\"tickets\":[" TICKET("11", "+8210111", "shoes") "," TICKET(
			"12", "+8210222", "hats") "],\"next\":null}");
}

static void
open_first(void)
{
	two_tickets();
	press("enter");
	answer(WANT_THREAD, 200,
		"{\"id\":\"11\",\"contact\":\"9\",\"phone\":\"+8210111\",\"state\":"
		"\"waiting\",\"bot_muted\":false,\"thread\":[{\"id\":\"100\",\"message\":"
		"\"100\",\"direction\":\"in\",\"what\":\"text\",\"text\":\"Is it "
		"blue?\"}]}");
}

/* ---- */

static void
a_filter_narrows_at_once_and_the_gateway_is_asked(void **state)
{
	(void)state;
	two_tickets();
	press("/");
	type("hat");
	shows("hats");
	shows_not("shoes");
	press("enter");
	assert_string_equal(take(WANT_LIST)->path, "/v1/search?q=hat");
	press("/");
	press("esc");
	assert_string_equal(d.filter, "");
}

/* Nothing is done to what is not shown. */
static void
what_is_filtered_away_is_not_chosen(void **state)
{
	(void)state;
	two_tickets();
	assert_string_equal(d.selected, "11");
	press("/");
	type("hat");
	assert_string_equal(d.selected, "12");
	type("nobody");
	assert_string_equal(d.selected, "");
	press("esc");
	d.link = LINK_UP;
	press("c");
	shows("choose a ticket first");
	press("j");
	press("c");
	take(WANT_CHANGE);
}

static void
what_is_marked_is_done_to_all(void **state)
{
	(void)state;
	two_tickets();
	press("space");
	press("space");
	shows("*2 marked");
	press("c");
	assert_string_equal(take(WANT_CHANGE)->path, "/v1/tickets/11/claim");
	assert_string_equal(take(WANT_CHANGE)->path, "/v1/tickets/12/claim");
	assert_int_equal(desk_marked(&d), 0);
}

static void
the_last_command_once_more(void **state)
{
	(void)state;
	two_tickets();
	press("A");
	type("lee");
	press("enter");
	assert_string_equal(take(WANT_CHANGE)->body, "{\"to\":\"lee\"}");
	press("j");
	press(".");
	struct want_request *rq = take(WANT_CHANGE);
	assert_string_equal(rq->path, "/v1/tickets/12/assign");
	assert_string_equal(rq->body, "{\"to\":\"lee\"}");
}

static void
the_chosen_one_stays_chosen(void **state)
{
	(void)state;
	two_tickets();
	press("j");
	assert_string_equal(d.selected, "12");
	d.list_at = 0;
	desk_refresh(&d);
	answer(WANT_LIST, 200,
		"{\"tickets\":[" TICKET("12", "+8210222", "hats") "," TICKET("11",
			"+8210111",
			"shoes") "," TICKET("13", "+8210333", "new") "],"
								     "\"next\":null}");
	assert_string_equal(d.selected, "12");
	d.list_at = 0;
	desk_refresh(&d);
	answer(WANT_LIST, 200, "{\"tickets\":[],\"next\":null}");
	assert_string_equal(d.selected, "");
	shows("Nobody is waiting");
	press("c"); /* nothing to do it to */
	shows("choose a ticket first");
}

static void
a_refusal_says_why_and_keeps_the_draft(void **state)
{
	(void)state;
	open_first();
	press("r");
	type("Yes.");
	press("enter");
	answer(WANT_SEND, 409, "{\"detail\":\"lee has it, for 3 min now\"}");
	shows("lee has it");
	shows("Yes.");
	assert_string_equal(desk_draft(&d, WRITE_REPLY, "11")->text, "Yes.");
}

/* The line broke while it was sent: nobody knows; the same key makes it once. */
static void
sent_again_it_is_the_same_message(void **state)
{
	char key[40];
	(void)state;
	open_first();
	press("r");
	type("Yes.");
	press("enter");
	answer(WANT_SEND, 0, NULL);
	shows("it goes out once");
	snprintf(key, sizeof(key), "%s", d.compose.key);
	assert_non_null(strstr(asked->body, key));
	press("enter");
	assert_non_null(strstr(take(WANT_SEND)->body, key));
	json_t *done =
		json_loads("{\"reply\":{\"id\":\"5\",\"state\":\"held\"}}", 0, NULL);
	desk_answer(&d, asked, 202, done, "");
	json_decref(done);
	assert_true(desk_draft(&d, WRITE_REPLY, "11")->gone);
	press("r");
	assert_string_not_equal(d.compose.key, key);
}

/* Sent, the line broke, changed, sent: the first went out; the second is another text. */
static void
changed_after_it_went_out_it_is_another(void **state)
{
	char key[40];
	(void)state;
	open_first();
	press("r");
	type("Yes.");
	press("enter");
	answer(WANT_SEND, 0, NULL);
	type(" Really.");
	snprintf(key, sizeof(key), "%s", d.compose.key);
	press("enter");
	answer(WANT_SEND, 409, "{\"detail\":\"used\",\"field\":\"key\"}");
	shows("has gone out");
	shows("Yes. Really.");
	assert_string_not_equal(d.compose.key, key);
}

static void
a_newer_text_is_asked_about(void **state)
{
	(void)state;
	open_first();
	press("r");
	type("Yes.");
	json_t *event = json_object();
	desk_event(&d, event); /* one without a name does no harm */
	json_decref(event);
	event = json_loads("{\"name\":\"ticket.text\",\"ticket\":\"11\"}", 0, NULL);
	d.busy[WANT_THREAD] = false;
	desk_event(&d, event);
	json_decref(event);
	answer(WANT_THREAD, 200,
		"{\"id\":\"11\",\"contact\":\"9\",\"phone\":\"+8210111\",\"state\":"
		"\"waiting\",\"thread\":[{\"id\":\"100\",\"message\":\"100\","
		"\"direction\":"
		"\"in\",\"what\":\"text\",\"text\":\"Is it blue?\"},{\"id\":\"101\","
		"\"message\":\"101\",\"direction\":\"in\",\"what\":\"text\",\"text\":"
		"\"Or red?\"}]}");
	shows("A NEWER TEXT ARRIVED");
	press("enter");
	shows("send anyway? y/n");
	press("n");
	shows("Yes.");
	press("enter");
	press("y");
	assert_non_null(strstr(take(WANT_SEND)->body, "\"seen\":\"101\""));
}

static void
what_is_taken_back_is_a_draft_again(void **state)
{
	(void)state;
	open_first();
	press("r");
	type("Yes.");
	press("enter");
	answer(WANT_SEND, 202, "{\"reply\":{\"id\":\"5\",\"state\":\"held\"}}");
	shows("takes it back");
	press("u");
	assert_string_equal(take(WANT_UNDO)->body, "{\"message\":\"5\"}");
	json_t *done = json_object();
	desk_answer(&d, asked, 200, done, "");
	json_decref(done);
	assert_string_equal(d.compose.editor.text.s, "Yes.");
	press("esc");
	d.now += UNDO_SPAN + 1;
	desk_tick(&d);
	press("u");
	shows("nothing to take back");
}

static void
canned_replies_are_found_and_filled(void **state)
{
	(void)state;
	open_first();
	d.busy[WANT_CANNED] = true;
	struct want_request rq = {.what = WANT_CANNED, .path = (char *)""};
	json_t *list =
		json_loads("{\"replies\":[{\"name\":\"shipped\",\"text\":\"{shop}: {no} "
			   "went to {phone}\"},{\"name\":\"hello\",\"text\":\"Hi\"}]}",
			0, NULL);
	desk_answer(&d, &rq, 200, list, "");
	json_decref(list);
	snprintf(d.shop, sizeof(d.shop), "Test");
	press(";");
	type("spd");
	press("enter");
	shows("no:");
	type("77");
	press("enter");
	assert_string_equal(d.compose.editor.text.s, "Test: 77 went to +8210111");
}

/* Also who is not at a desk just now. */
static void
whoever_works_here_can_be_named(void **state)
{
	(void)state;
	struct want_request rq = {.what = WANT_STAFF, .path = (char *)""};
	json_t *list = json_loads("{\"staff\":[{\"name\":\"park\"},{\"name\":\"pak\"},"
				  "{\"name\":\"lee\"}]}",
		0, NULL);
	two_tickets();
	desk_answer(&d, &rq, 200, list, "");
	desk_answer(&d, &rq, 200, list, ""); /* again is the same */
	json_decref(list);
	press(":");
	type("assign pa");
	press("tab");
	assert_string_equal(d.question.line.text.s, "assign park");
	press("tab");
	assert_string_equal(d.question.line.text.s, "assign pak");
	press("tab");
	assert_string_equal(d.question.line.text.s, "assign park");
	press("esc");
}

static void
the_command_line_completes_and_suggests(void **state)
{
	(void)state;
	two_tickets();
	press(":");
	type("clo");
	press("tab");
	assert_string_equal(d.question.line.text.s, "close");
	press("tab");
	assert_string_equal(d.question.line.text.s, "close-next");
	press("tab");
	assert_string_equal(d.question.line.text.s, "close");
	press("esc");
	press(":");
	type("priority h");
	press("tab");
	press("enter");
	assert_string_equal(take(WANT_CHANGE)->body, "{\"priority\":\"high\"}");
	press(":");
	type("snoze");
	press("enter");
	shows("did you mean 'snooze'?");
}

static void
keys_can_be_changed(void **state)
{
	struct strbuf err = STRBUF_SENTENCE;
	(void)state;
	assert_int_equal(command_bind("claim", "C", &err), 0);
	assert_string_equal(command_key(command_find("claim")), "C");
	assert_null(command_for_key(&d, "c"));
	assert_ptr_equal(command_for_key(&d, "C"), command_find("claim"));
	assert_true(command_bind("clam", "x", &err) < 0);
	assert_non_null(strstr(err.s, "did you mean 'claim'?"));
	assert_int_equal(command_bind("claim", "c", &err), 0);
	strbuf_done(&err);
}

static void
offline_nothing_is_pretended(void **state)
{
	(void)state;
	open_first();
	desk_link(&d, LINK_DOWN, "it broke");
	shows("connection lost: it broke");
	press("c");
	shows("nothing was done");
	press("r");
	type("Yes.");
	press("enter");
	shows("the draft is kept");
	assert_string_equal(d.compose.editor.text.s, "Yes.");
	assert_false(d.compose.sending);
}

static void
status_is(const char *json)
{
	struct want_request rq = {.what = WANT_STATUS, .path = (char *)"", .subject = ""};
	json_t *body = json_loads(json, 0, NULL);
	assert_non_null(body);
	desk_answer(&d, &rq, 200, body, "");
	json_decref(body);
}

/* Whoever sits here hears what nothing could carry to the owner. */
static void
alarms_stand_below(void **state)
{
	(void)state;
	two_tickets();
	shows_not("disk");
	status_is("{\"zone\":\"Asia/Seoul\",\"counts\":{},\"alerts\":[\"The backup "
		  "failed: the disk is full\",\"shop: no SIM\"]}");
	shows("2 alerts the owner was not told; the last: The backup failed: the disk");
	press("/");
	type("hat");
	shows("hats");
	press("escape");
	status_is("{\"counts\":{},\"alerts\":[]}");
	shows_not("disk");
}

/* Whatever the gateway answers, nothing falls over. */
static void
strange_answers_do_no_harm(void **state)
{
	static const char *const answers[] = {"{}", "[]", "{\"tickets\":7}",
		"{\"tickets\":[7,null,{}]}", "{\"thread\":[[]],\"id\":5}",
		"{\"days\":[1,2],\"agents\":{}}", "{\"present\":[{}]}",
		"{\"counts\":[],\"zone\":\"Nowhere/Land\"}"};
	(void)state;
	open_first();
	for (int what = 0; what < WANT_COUNT; what++)
		for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
			struct want_request rq = {.what = (enum want)what,
				.path = (char *)"",
				.subject = "11"};
			json_t *body = json_loads(answers[i], 0, NULL);
			desk_answer(&d, &rq, 200, body, "");
			json_decref(body);
			screen();
		}
}

static void
draw_in_any_view(int rows, int cols)
{
	d.rows = rows;
	d.cols = cols;
	for (int view = 0; view < 2 * VIEW_COUNT; view++) {
		d.language = (enum language)(view & 1);
		d.view = (enum view)(view / 2);
		screen();
		assert_true(g.cursor_row < rows);
		assert_true(g.cursor_col < cols);
	}
	d.view = VIEW_THREAD;
}

/* Every view in every size, in both languages, with whatever there is. */
static void
any_window_will_do(void **state)
{
	(void)state;
	open_first();
	press("r");
	type("한글 text 👍🏽 that is longer than a narrow window\nand has lines");
	for (int rows = 1; rows < 60; rows += 7)
		for (int cols = 1; cols < 200; cols += 13)
			draw_in_any_view(rows, cols);
}

/* What the gateway does not say again is older than what it does: order and states. */
static void
a_thread_is_merged_at_its_end(void **state)
{
	(void)state;
	open_first();
	struct want_request rq = {
		.what = WANT_THREAD, .path = (char *)"", .subject = "11"};
	json_t *body = json_loads(
		"{\"id\":\"11\",\"thread\":[{\"id\":\"100\",\"direction\":\"in\","
		"\"text\":"
		"\"Is it "
		"blue?\"},{\"id\":\"101\",\"direction\":\"out\",\"state\":\"sent\","
		"\"text\":\"Yes\"}]}",
		0, NULL);
	desk_answer(&d, &rq, 200, body, "");
	desk_answer(&d, &rq, 200, body, "");
	json_decref(body);
	assert_int_equal(d.thread.count, 2);
	body = json_loads(
		"{\"id\":\"11\",\"thread\":[{\"id\":\"101\",\"direction\":\"out\","
		"\"state\":\"delivered\",\"text\":\"Yes\"}]}",
		0, NULL);
	desk_answer(&d, &rq, 200, body, "");
	json_decref(body);
	assert_int_equal(d.thread.count, 2);
	shows("[delivered]");
	rq.what = WANT_OLDER;
	body = json_loads(
		"{\"id\":\"11\",\"thread\":[{\"id\":\"98\",\"direction\":\"in\","
		"\"text\":\"long ago\"},{\"id\":\"100\",\"text\":\"twice\"}]}",
		0, NULL);
	desk_answer(&d, &rq, 200, body, "");
	json_decref(body);
	assert_int_equal(d.thread.count, 3);
	assert_string_equal(d.thread.lines[0].text, "long ago");
}

static void
drafts_are_on_disk(void **state)
{
	struct strbuf err = STRBUF_SENTENCE;
	char dir[] = "/tmp/malgil-drafts-XXXXXX";
	struct desk other;
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(d.drafts_dir, sizeof(d.drafts_dir), "%s/a/b", dir);
	assert_int_equal(drafts_open(&d, &err), 0);
	open_first();
	press("r");
	type("half a \"sentence\"\n한글");
	press("esc");
	press("n");
	type("a note");
	press("esc");
	assert_int_equal(drafts_save(&d, &err), 0);
	desk_init(&other);
	snprintf(other.drafts_dir, sizeof(other.drafts_dir), "%s/a/b", dir);
	assert_int_equal(drafts_open(&other, &err), 0);
	assert_int_equal(other.draft_count, 2);
	assert_string_equal(
		desk_draft(&other, WRITE_REPLY, "11")->text, "half a \"sentence\"\n한글");
	assert_string_equal(desk_draft(&other, WRITE_REPLY, "11")->key,
		desk_draft(&d, WRITE_REPLY, "11")->key);
	desk_done(&other);
	press("r");
	press("ctrl-u");
	press("backspace");
	press("ctrl-u");
	press("esc");
	press("n");
	press("ctrl-u");
	press("esc");
	assert_int_equal(drafts_save(&d, &err), 0);
	char path[128];
	snprintf(path, sizeof(path), "%s/a/b", dir);
	assert_int_equal(rmdir(path), 0); /* nothing is left in it */
	snprintf(path, sizeof(path), "%s/a", dir);
	rmdir(path);
	rmdir(dir);
	strbuf_done(&err);
}

static void
click(int row)
{
	struct key key = {.name = "click", .row = row, .col = 30};
	desk_key(&d, &key);
}

static void
a_click_chooses_and_a_second_opens(void **state)
{
	(void)state;
	two_tickets();
	screen();
	click(2);
	assert_string_equal(d.selected, "12");
	assert_int_equal(d.view, VIEW_INBOX);
	click(9); /* there is nothing */
	click(0);
	assert_string_equal(d.selected, "12");
	click(2);
	assert_int_equal(d.view, VIEW_THREAD);
}

static void
it_says_what_is_not_shown(void **state)
{
	(void)state;
	two_tickets();
	snprintf(d.me, sizeof(d.me), "kim");
	press("i");
	shows("@kim");
	assert_string_equal(
		take(WANT_LIST)->path, "/v1/tickets?state=open&limit=200&agent=kim");
	press("i");
	press("tab");
	shows("[waiting]");
	press("esc");
	shows_not("[waiting]");
}

#define AT_A_DESK(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* The gates speak English; a reason that was stored has the gate before it. */
static void
reasons_are_said_in_korean(void **state)
{
	static struct desk korean = {.language = LANGUAGE_KO};
	static const char *const said[][2] = {
		{"the contact opted out", "수신을 거부했습니다"},
		{"schedule: it was asked to leave later",
			"예약·정지: 나중에 보내도록 예약했습니다"},
		{"shop: a word of somebody else", "shop: a word of somebody else"},
		{"", ""},
	};
	char text[64];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(said); i++) {
		desk_reason(&korean, said[i][0], text, sizeof(text));
		assert_string_equal(text, said[i][1]);
	}
	desk_reason(&korean, said[0][0], text, 9); /* no half of a letter */
	assert_string_equal(text, "수신");
	korean.language = LANGUAGE_EN;
	desk_reason(&korean, said[1][0], text, sizeof(text));
	assert_string_equal(text, said[1][0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		AT_A_DESK(a_filter_narrows_at_once_and_the_gateway_is_asked),
		AT_A_DESK(what_is_filtered_away_is_not_chosen),
		AT_A_DESK(what_is_marked_is_done_to_all),
		AT_A_DESK(the_last_command_once_more),
		AT_A_DESK(the_chosen_one_stays_chosen),
		AT_A_DESK(a_refusal_says_why_and_keeps_the_draft),
		AT_A_DESK(sent_again_it_is_the_same_message),
		AT_A_DESK(changed_after_it_went_out_it_is_another),
		AT_A_DESK(a_newer_text_is_asked_about),
		AT_A_DESK(what_is_taken_back_is_a_draft_again),
		AT_A_DESK(canned_replies_are_found_and_filled),
		AT_A_DESK(whoever_works_here_can_be_named),
		AT_A_DESK(the_command_line_completes_and_suggests),
		AT_A_DESK(keys_can_be_changed),
		AT_A_DESK(offline_nothing_is_pretended),
		AT_A_DESK(alarms_stand_below),
		AT_A_DESK(strange_answers_do_no_harm),
		AT_A_DESK(any_window_will_do),
		AT_A_DESK(a_thread_is_merged_at_its_end),
		AT_A_DESK(a_click_chooses_and_a_second_opens),
		AT_A_DESK(it_says_what_is_not_shown),
		AT_A_DESK(drafts_are_on_disk),
		cmocka_unit_test(reasons_are_said_in_korean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
