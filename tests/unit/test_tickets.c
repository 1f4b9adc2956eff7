/* Tickets: who has one, what was promised on the shop's hours, what a customer's text
 * does, and that no clock and no claim is lost in a crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "gateway/base/iso.h"
#include "gateway/core/tickets.h"
#include "tests/lib/rig.h"

static struct rig r;
static const char *const A = "+821011110001", *const B = "+821011110002";

/* ---- the shop: mon-fri 10-18, lunch 12:30-13:30, an answer in 30 minutes ---- */

static int
set_up(void **state)
{
	(void)state;
	rig_open(&r, false); /* Monday 2 March 2026, 09:00 in Seoul */
	struct config *c = (struct config *)r.core.config;
	struct strbuf err = STRBUF_SENTENCE;
	if (hours_read(&c->hours, "mon-fri 10:00-18:00", "12:30-13:30", &err) < 0)
		fail_msg("%s", err.s);
	c->reply = 30 * MINUTE;
	strbuf_done(&err);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	rig_close(&r);
	return 0;
}

static int64_t
at(const char *iso)
{
	int64_t wall = 0;
	assert_int_equal(iso_parse(iso, &wall, NULL), 0);
	return wall;
}

/* As after a sleep of the machine: every timer that was due rings once, at the end. */
static void
jump(int64_t ms)
{
	r.clock.wall += ms;
	r.clock.mono += ms;
	rig_run(&r, 0);
}

static void
go_to(const char *iso)
{
	assert_true(at(iso) >= r.clock.wall);
	jump(at(iso) - r.clock.wall);
}

static struct ticket
only_ticket(void)
{
	struct ticket t;
	uint64_t id = (uint64_t)rig_count(&r, "SELECT max(id) FROM tickets");
	assert_true(ticket_load(r.core.db, id, &t));
	return t;
}

static int64_t
events(const char *name)
{
	return db_number(
		r.core.db, -1, "SELECT count(*) FROM events WHERE name = $1", "t", name);
}

static int64_t
logged(const char *what)
{
	return db_number(r.core.db, -1, "SELECT count(*) FROM ticket_log WHERE what = $1",
		"t", what);
}

static struct ticket
hand_over(const char *from)
{
	rig_receive(&r, "north", from, "사람이랑 얘기할래요");
	struct ticket t = only_ticket();
	tickets_open(&r.core, &(struct ticket_wish){.contact = t.contact,
				      .message = t.message,
				      .run = 77,
				      .queue = "support",
				      .topic = "order",
				      .note = "주문 1234",
				      .priority = TICKET_NORMAL,
				      .mute = true});
	rig_run(&r, 0);
	return only_ticket();
}

static int
close_it(uint64_t id, const char *outcome, bool quiet)
{
	int result = tickets_close(&r.core, id, "minji", outcome, quiet, NULL);
	rig_run(&r, 0);
	return result;
}

static int
reply(uint64_t id, const char *agent, const char *text, struct outbox_receipt *ret)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct ticket_reply how = {.agent = agent, .text = text, .len = strlen(text)};
	struct outbox_receipt receipt;
	int result = tickets_reply(&r.core, id, &how, ret ? ret : &receipt, &err);
	if (result)
		print_message("%s\n", err.s);
	strbuf_done(&err);
	rig_run(&r, 0);
	return result;
}

/* ---- one thread for each contact ---- */

static void
a_hand_over_takes_on_the_open_ticket(void **state)
{
	(void)state;
	rig_receive(&r, "north", A, "여보세요");
	struct ticket before = only_ticket();
	assert_string_equal(before.topic, TICKET_UNMATCHED);
	assert_false(tickets_talking(&r.core, before.contact));
	struct ticket t = hand_over(A);
	assert_int_equal(t.id, before.id);
	assert_string_equal(t.topic, "order");
	assert_string_equal(t.queue, "support");
	assert_int_equal(t.run, 77);
	assert_true(tickets_talking(&r.core, t.contact));
	assert_int_equal(t.waiting, before.waiting); /* the time of arrival is kept */
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM tickets"), 1);
	/* Another wish adds, and takes nothing away. */
	tickets_open(&r.core, &(struct ticket_wish){.contact = t.contact,
				      .topic = "missed-call",
				      .priority = TICKET_HIGH});
	t = only_ticket();
	assert_string_equal(t.topic, "order");
	assert_int_equal(t.priority, TICKET_HIGH);
	assert_int_equal(t.run, 77);
	assert_true(t.mute);
	assert_int_equal(logged("joined"), 1);
	rig_receive(&r, "north", B, "저도요");
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM tickets"), 2);
}

static void
long_names_are_cut_between_characters(void **state)
{
	(void)state;
	char topic[300] = "", note[3 * TICKET_NOTE_MAX] = "";
	for (int i = 0; i < 90; i++)
		strcat(topic, "말");
	for (int i = 0; i < TICKET_NOTE_MAX / 2; i++)
		strcat(note, "길");
	rig_receive(&r, "north", A, "?");
	tickets_open(&r.core, &(struct ticket_wish){.contact = only_ticket().contact,
				      .topic = topic,
				      .note = note,
				      .mute = true});
	assert_int_equal(strlen(only_ticket().topic), 63); /* 21 of three bytes each */
	assert_int_equal(rig_count(&r, "SELECT length(detail) FROM ticket_log "
				       "WHERE what = 'note'"),
		TICKET_NOTE_MAX / 3);
}

/* ---- promises ---- */

static const struct {
	const char *name, *asked, *due;
} promises[] = {
	{"before opening", "2026-03-02T09:05+09:00", "2026-03-02T10:30+09:00"},
	{"in the morning", "2026-03-02T11:00+09:00", "2026-03-02T11:30+09:00"},
	{"across lunch", "2026-03-02T12:15+09:00", "2026-03-02T13:45+09:00"},
	{"across the night", "2026-03-02T17:50+09:00", "2026-03-03T10:20+09:00"},
	{"across the weekend", "2026-03-06T19:00+09:00", "2026-03-09T10:30+09:00"},
};

static void
the_promise_keeps_the_shops_hours(void **state)
{
	(void)state;
	char from[32];
	for (size_t i = 0; i < ARRAY_LEN(promises); i++) {
		print_message("%s\n", promises[i].name);
		go_to(promises[i].asked);
		snprintf(from, sizeof(from), "+8210222200%02d", (int)i);
		rig_receive(&r, "north", from, "언제 와요?");
		struct ticket t = only_ticket();
		assert_int_equal(t.due, at(promises[i].due));
		assert_int_equal(t.first_due, t.due);
		close_it(t.id, NULL, true);
	}
	assert_int_equal(events("ticket.late"), 0);
}

static void
new_york_changes_its_clocks_at_night(void **state)
{
	(void)state;
	struct config *c = (struct config *)r.core.config;
	struct strbuf err = STRBUF_SENTENCE;
	hours_init(&c->hours, "America/New_York");
	assert_int_equal(hours_read(&c->hours, "sat-sun 22:00-04:00", NULL, &err), 0);
	go_to("2026-03-08T01:50:00-05:00"); /* at two it is three */
	rig_receive(&r, "north", A, "anybody there?");
	assert_int_equal(only_ticket().due, at("2026-03-08T03:20:00-04:00"));
	strbuf_done(&err);
}

static void
late_is_said_once_and_an_answer_ends_it(void **state)
{
	(void)state;
	go_to("2026-03-02T10:00:00+09:00");
	rig_receive(&r, "north", A, "언제 와요?");
	rig_run(&r, 29 * MINUTE);
	assert_int_equal(events("ticket.late"), 0);
	rig_run(&r, 2 * MINUTE);
	assert_int_equal(events("ticket.late"), 1);
	rig_run(&r, 2 * HOUR);
	assert_int_equal(events("ticket.late"), 1);
	struct ticket t = only_ticket();
	assert_true(t.late);
	assert_int_equal(reply(t.id, "minji", "오늘 가요", NULL), 0);
	t = only_ticket();
	assert_false(t.late);
	assert_int_equal(t.waiting, 0);
	assert_int_equal(t.answered, r.clock.wall);
	/* The next question has a promise of its own, counted from its first text. */
	rig_run(&r, HOUR);
	rig_receive(&r, "north", A, "몇 시에요?");
	int64_t first = r.clock.wall;
	rig_run(&r, 5 * MINUTE);
	rig_receive(&r, "north", A, "저기요?");
	assert_int_equal(only_ticket().waiting, first);
	assert_int_equal(only_ticket().first_due, t.first_due);
}

/* ---- claims ---- */

static void
of_two_who_claim_one_wins(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	struct ticket t = hand_over(A);
	assert_int_equal(tickets_claim(&r.core, t.id, "minji", &err), 0);
	assert_int_equal(tickets_claim(&r.core, t.id, "jisoo", &err), -EBUSY);
	assert_non_null(strstr(err.s, "minji has it"));
	assert_int_equal(tickets_claim(&r.core, t.id, "minji", &err), 0);
	rig_run(&r, 0);
	assert_string_equal(only_ticket().agent, "minji");
	assert_int_equal(logged("claimed"), 1);
	assert_int_equal(events("ticket.claimed"), 1);
	assert_int_equal(tickets_claim(&r.core, t.id, "", &err), -EINVAL);
	assert_int_equal(tickets_claim(&r.core, 7, "minji", &err), -ENOENT);
	/* Released, it is anybody's again. */
	assert_int_equal(tickets_assign(&r.core, t.id, "owner", "", &err), 0);
	assert_int_equal(tickets_claim(&r.core, t.id, "jisoo", &err), 0);
	assert_string_equal(only_ticket().agent, "jisoo");
	strbuf_done(&err);
}

/* Another gateway on the same store was quicker: what we read is out of date. */
static void
a_claim_is_decided_by_the_store(void **state)
{
	(void)state;
	struct ticket t = hand_over(A);
	assert_true(ticket_take(r.core.db, t.id, "elsewhere", r.clock.wall));
	assert_false(ticket_take(r.core.db, t.id, "minji", r.clock.wall));
	struct strbuf err = STRBUF_SENTENCE;
	assert_int_equal(tickets_claim(&r.core, t.id, "minji", &err), -EBUSY);
	assert_non_null(strstr(err.s, "elsewhere"));
	strbuf_done(&err);
}

static void
nobody_answers_over_a_colleague(void **state)
{
	(void)state;
	struct ticket t = hand_over(A);
	assert_int_equal(reply(t.id, "minji", "네, 확인해 볼게요", NULL), 0);
	assert_string_equal(only_ticket().agent, "minji"); /* the first answer claims */
	size_t sent = r.send_count;
	assert_int_equal(reply(t.id, "jisoo", "저도 볼게요", NULL), -EBUSY);
	assert_int_equal(r.send_count, sent);
	assert_int_equal(tickets_assign(&r.core, t.id, "jisoo", "jisoo", NULL), 0);
	assert_int_equal(reply(t.id, "jisoo", "이제 제가 볼게요", NULL), 0);
	assert_int_equal(only_ticket().staff_texts, 2);
}

static const struct outcome nobody_there = {.what = SEND_REJECTED,
	.reference = -1,
	.code = 1,
	.why = "nobody has this number"};

/* An answer that did not arrive is none: the customer waits as before. */
static void
an_answer_that_fails_answers_nobody(void **state)
{
	(void)state;
	struct ticket t = hand_over(A);
	int64_t waiting = t.waiting;
	assert_int_equal(reply(t.id, "minji", "네, 확인해 볼게요", NULL), 0);
	rig_run(&r, MINUTE);
	assert_int_equal(only_ticket().waiting, 0);
	rig_answer(&r, &nobody_there);
	rig_run(&r, 0);
	t = only_ticket();
	assert_in_range(t.waiting, waiting, waiting + SECOND);
	assert_int_equal(ticket_shelf(&t), SHELF_WAITING);
	assert_int_equal(events("ticket.reply_failed"), 1);
	assert_int_equal(logged("reply_failed"), 1);
	assert_string_equal(t.agent, "minji"); /* and hers it stays */
}

/* Also when she closed it, sure of having answered. */
static void
an_answer_that_fails_opens_it_again(void **state)
{
	(void)state;
	struct ticket t = hand_over(A);
	assert_int_equal(reply(t.id, "minji", "다 됐어요", NULL), 0);
	assert_int_equal(close_it(t.id, "done", false), 0);
	rig_run(&r, 0);
	rig_answer(&r, &nobody_there);
	rig_run(&r, 0);
	t = only_ticket();
	assert_true(t.open);
	assert_true(t.waiting > 0);
	assert_int_equal(events("ticket.reopened"), 1);
}

static void
a_draft_older_than_the_last_text_is_held_back(void **state)
{
	(void)state;
	struct ticket t = hand_over(A);
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_receipt receipt;
	struct ticket_reply how = {.agent = "minji",
		.text = "네",
		.len = strlen("네"),
		.seen = ticket_last_text(r.core.db, t.contact)};
	rig_receive(&r, "north", A, "아니다, 취소할게요");
	assert_int_equal(tickets_reply(&r.core, t.id, &how, &receipt, &err), -ESTALE);
	how.seen = ticket_last_text(r.core.db, t.contact);
	assert_int_equal(tickets_reply(&r.core, t.id, &how, &receipt, &err), 0);
	strbuf_done(&err);
}

/* ---- the answer of a person ---- */

static void
an_answer_is_a_reply_and_the_same_key_sends_once(void **state)
{
	(void)state;
	struct ticket t = hand_over(A);
	struct outbox_receipt first, again;
	struct ticket_reply how = {
		.agent = "minji", .text = "hi", .len = 2, .key = "draft-1"};
	assert_int_equal(tickets_reply(&r.core, t.id, &how, &first, NULL), 0);
	assert_int_equal(tickets_reply(&r.core, t.id, &how, &again, NULL), 0);
	rig_run(&r, 0);
	assert_int_equal(first.id, again.id);
	assert_int_equal(r.send_count, 1);
	assert_string_equal(rig_last(&r, 0)->to, A);
	assert_int_equal(only_ticket().staff_texts, 1);
	assert_int_equal(logged("replied"), 1);
	struct message m;
	assert_true(message_load(r.core.db, first.id, &m));
	assert_int_equal(m.cls, CLASS_REPLY);
	assert_int_equal(m.reply_to, ticket_last_text(r.core.db, t.contact));
	message_done(&m);
}

static void
a_suppressed_answer_answers_nobody(void **state)
{
	(void)state;
	struct ticket t = hand_over(A);
	db_run(r.core.db, "UPDATE contacts SET stopped = 'all', stopped_at = $1", "i",
		r.clock.wall + HOUR);
	struct outbox_receipt receipt;
	assert_int_equal(reply(t.id, "minji", "hi", &receipt), 0);
	assert_int_equal(receipt.state, MESSAGE_SUPPRESSED);
	assert_int_equal(r.send_count, 0);
	t = only_ticket();
	assert_int_not_equal(t.waiting, 0);
	assert_int_equal(t.staff_texts, 0);
	assert_int_equal(logged("replied"), 1); /* but it is seen */
}

/* ---- what a customer's text does ---- */

static void
texts_belong_to_whoever_answers(void **state)
{
	(void)state;
	struct ticket t = hand_over(A);
	rig_receive(&r, "north", A, "주문"); /* a keyword, or not */
	assert_int_equal(events("ticket.text"), 1);
	assert_int_equal(
		db_number(r.core.db, 0,
			"SELECT ticket FROM events WHERE name = 'ticket.text'", ""),
		(int64_t)t.id);
	close_it(t.id, "solved", false);
	assert_false(tickets_talking(&r.core, t.contact));
}

static void
a_text_wakes_what_sleeps(void **state)
{
	(void)state;
	struct ticket t = hand_over(A);
	assert_int_equal(tickets_snooze(&r.core, t.id, "minji", 0, NULL), 0);
	jump(3 * DAY);
	t = only_ticket();
	assert_int_equal(ticket_shelf(&t), SHELF_ASLEEP);
	rig_receive(&r, "north", A, "저기요");
	t = only_ticket();
	assert_int_equal(ticket_shelf(&t), SHELF_WAITING);
	assert_int_equal(events("ticket.woke"), 1);
}

static void
sleep_ends_at_its_time(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	struct ticket t = hand_over(A);
	reply(t.id, "minji", "내일 다시 볼게요", NULL);
	assert_int_equal(
		tickets_snooze(&r.core, t.id, "minji", r.clock.wall, &err), -EINVAL);
	assert_int_equal(
		tickets_snooze(&r.core, t.id, "minji", r.clock.wall + 3 * HOUR, &err), 0);
	rig_run(&r, 3 * HOUR - SECOND);
	t = only_ticket();
	assert_int_equal(ticket_shelf(&t), SHELF_ASLEEP);
	rig_run(&r, 2 * SECOND);
	t = only_ticket();
	assert_int_equal(ticket_shelf(&t), SHELF_WAITING);
	assert_int_equal(t.waiting, 0); /* nobody waits: it wants a look */
	strbuf_done(&err);
}

static const struct {
	const char *name, *text;
	int64_t after;
	bool quiet;
	int tickets;
	bool open;
} later[] = {
	{"thanks within a day: silence", "넵 감사합니다!", HOUR, false, 1, false},
	{"a thumb", "👍", HOUR, false, 1, false},
	{"thanks that ask", "감사합니다. 언제 오나요?", HOUR, false, 1, true},
	{"thanks two days later", "감사합니다", 2 * DAY, false, 1, true},
	{"a new question in time", "다시 안 돼요", 6 * DAY, false, 1, true},
	{"a new question later", "다시 안 돼요", 8 * DAY, false, 2, true},
	{"after a quiet close", "다시 안 돼요", HOUR, true, 2, true},
};

static void
what_a_text_after_the_close_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(later); i++) {
		print_message("%s\n", later[i].name);
		char from[32];
		snprintf(from, sizeof(from), "+8210333300%02d", (int)i);
		struct ticket t = hand_over(from);
		assert_int_equal(close_it(t.id, NULL, later[i].quiet), 0);
		jump(later[i].after);
		rig_receive(&r, "north", from, later[i].text);
		assert_int_equal(
			db_number(r.core.db, -1,
				"SELECT count(*) FROM tickets WHERE contact = $1", "u",
				t.contact),
			later[i].tickets);
		assert_int_equal(
			ticket_open_for(r.core.db, t.contact) != 0, later[i].open);
	}
}

static void
closing_and_reopening(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	struct ticket t = hand_over(A);
	assert_int_equal(tickets_reopen(&r.core, t.id, "minji", NULL, &err), -EPERM);
	assert_int_equal(close_it(t.id, NULL, false), 0);
	t = only_ticket();
	assert_string_equal(t.outcome, "done");
	assert_int_equal(r.closed, 1);
	assert_int_equal(r.told_run, 77); /* the dialog goes on, once */
	assert_int_equal(close_it(t.id, NULL, false), -EPERM);
	assert_int_equal(reply(t.id, "minji", "hi", NULL), -EPERM);
	assert_int_equal(tickets_claim(&r.core, t.id, "minji", &err), -EPERM);
	assert_int_equal(tickets_note(&r.core, t.id, "minji", "seen", &err), 0);
	jump(30 * DAY);
	rig_receive(&r, "north", A, "또 왔어요");
	assert_int_equal(tickets_reopen(&r.core, t.id, "minji", NULL, &err), -EEXIST);
	close_it(only_ticket().id, NULL, true);
	assert_int_equal(tickets_reopen(&r.core, t.id, "minji", "CSAT 1", &err), 0);
	assert_true(tickets_talking(&r.core, t.contact));
	close_it(t.id, NULL, false);
	assert_int_equal(r.closed, 1);
	strbuf_done(&err);
}

static void
the_history_cannot_be_changed(void **state)
{
	(void)state;
	hand_over(A);
	db_savepoint(r.core.db);
	assert_int_equal(db_run(r.core.db, "UPDATE ticket_log SET agent = 'x'", ""), -1);
	db_savepoint_undo(r.core.db);
	db_savepoint(r.core.db);
	assert_int_equal(db_run(r.core.db, "DELETE FROM ticket_log", ""), -1);
	db_savepoint_undo(r.core.db);
	assert_true(logged("opened") > 0);
}

/* ---- reminders ---- */

static void
the_owner_hears_of_what_nobody_takes(void **state)
{
	(void)state;
	struct config *c = (struct config *)r.core.config;
	c->owner_phone = xstrdup("+821099990000");
	rig_receive(&r, "north", A, "여보세요"); /* 09:00: the shop opens at ten */
	rig_receive(&r, "north", B, "여보세요");
	rig_run(&r, 74 * MINUTE);
	assert_int_equal(events("ticket.unclaimed"), 0);
	rig_run(&r, 2 * MINUTE); /* 10:16 */
	assert_int_equal(events("ticket.unclaimed"), 2);
	assert_int_equal(events("owner.alert"), 1); /* one for both */
	assert_string_equal(rig_last(&r, 0)->to, "+821099990000");
	rig_sent(&r, 1);
	rig_run(&r, 5 * HOUR);
	assert_int_equal(events("ticket.unclaimed"), 6); /* three each, then silence */
	assert_int_equal(events("owner.alert"), 3);
}

static void
who_has_it_is_not_reminded(void **state)
{
	(void)state;
	struct ticket t = hand_over(A);
	assert_int_equal(tickets_claim(&r.core, t.id, "minji", NULL), 0);
	rig_run(&r, 5 * HOUR);
	assert_int_equal(events("ticket.unclaimed"), 0);
	/* Given back it is. */
	assert_int_equal(tickets_assign(&r.core, t.id, "minji", "", NULL), 0);
	rig_run(&r, 3 * HOUR);
	assert_int_equal(events("ticket.unclaimed"), 3);
}

static void
the_dialog_may_tell_the_customer_to_be_patient(void **state)
{
	(void)state;
	rig_receive(&r, "north", A, "사람이랑 얘기할래요");
	tickets_open(&r.core, &(struct ticket_wish){.contact = only_ticket().contact,
				      .run = 5,
				      .topic = "order",
				      .mute = true,
				      .remind = 20 * MINUTE,
				      .remind_max = 1});
	rig_run(&r, HOUR + 19 * MINUTE);
	assert_int_equal(r.unclaimed, 0);
	rig_run(&r, 2 * MINUTE);
	assert_int_equal(r.unclaimed, 1);
	assert_int_equal(r.told_run, 5);
	rig_run(&r, 3 * HOUR);
	assert_int_equal(r.unclaimed, 1);
}

static void
promotions_held_for_the_talk_are_due_when_it_ends(void **state)
{
	(void)state;
	struct ticket t = hand_over(A);
	struct outbox_receipt receipt;
	struct outbox_request request = {.to = A,
		.text = "(광고) 세일",
		.text_len = strlen("(광고) 세일"),
		.cls = CLASS_SERVICE,
		.origin = "api",
		.at = r.clock.wall + 30 * DAY,
		.msg_class = -1};
	assert_int_equal(outbox_accept(&r.core, &request, &receipt, NULL), 0);
	uint64_t held = receipt.id;
	/* As the gate "talking" holds one. */
	db_run(r.core.db,
		"UPDATE messages SET class = 'marketing', reason = 'talking: a person "
		"is' "
		"WHERE id = $1",
		"u", held);
	rig_run(&r, HOUR);
	assert_string_equal(rig_state(&r, held), "held");
	close_it(t.id, NULL, false);
	rig_run(&r, MINUTE);
	assert_string_not_equal(rig_state(&r, held), "held");
}

/* ---- crashes ---- */

static void
no_clock_is_lost_in_a_crash(void **state)
{
	(void)state;
	go_to("2026-03-02T10:00:00+09:00");
	struct ticket t = hand_over(A);
	int64_t due = t.due;
	rig_crash(&r);
	t = only_ticket();
	assert_int_equal(t.due, due);
	assert_true(tickets_talking(&r.core, t.contact));
	r.clock.wall += DAY; /* it was down when they rang */
	r.clock.mono += DAY;
	rig_crash(&r);
	assert_int_equal(events("ticket.late"), 1);
	assert_int_equal(events("ticket.unclaimed"), 1);
	assert_true(only_ticket().late);
}

static void
what_was_not_committed_never_was(void **state)
{
	(void)state;
	struct ticket t = hand_over(A);
	assert_int_equal(tickets_claim(&r.core, t.id, "minji", NULL), 0);
	assert_int_equal(
		tickets_note(&r.core, t.id, "minji", "not written down", NULL), 0);
	rig_crash(&r); /* before the tick ended */
	assert_string_equal(only_ticket().agent, "");
	assert_int_equal(logged("claimed"), 0);
	assert_int_equal(tickets_claim(&r.core, t.id, "jisoo", NULL), 0);
	rig_run(&r, 0);
	rig_crash(&r);
	assert_string_equal(only_ticket().agent, "jisoo");
	assert_int_equal(logged("claimed"), 1);
}

/* ---- lists ---- */

struct seen {
	char order[64];
};

static bool
collect(void *arg, const struct ticket_item *item)
{
	struct seen *seen = arg;
	strcat(seen->order, item->t.phone + strlen(item->t.phone) - 1);
	return true;
}

static bool
collect_one(void *arg, const struct ticket_item *item)
{
	collect(((void **)arg)[0], item);
	struct ticket_filter *f = ((void **)arg)[1];
	f->after_shelf = item->shelf;
	f->after_place = item->place;
	f->after = item->t.id;
	return true;
}

static void
the_unanswered_come_first(void **state)
{
	(void)state;
	char from[32];
	uint64_t ids[7];
	for (int i = 1; i <= 6; i++) {
		snprintf(from, sizeof(from), "+82104444000%d", i);
		ids[i] = hand_over(from).id;
		rig_run(&r, MINUTE);
	}
	reply(ids[1], "minji", "네", NULL);
	assert_int_equal(tickets_snooze(&r.core, ids[2], "minji", 0, NULL), 0);
	close_it(ids[3], NULL, false);
	assert_int_equal(
		tickets_prioritise(&r.core, ids[6], "minji", TICKET_URGENT, NULL), 0);
	rig_run(&r, 0);
	struct seen all = {""}, by_one = {""};
	struct ticket_filter f = {
		.last = SHELF_CLOSED, .limit = 10, .after_place = INT64_MIN};
	tickets_list(r.core.db, &f, collect, &all);
	assert_string_equal(all.order, "645123");
	f.limit = 1;
	for (int i = 0; i < 8; i++)
		tickets_list(r.core.db, &f, collect_one, (void *[]){&by_one, &f});
	assert_string_equal(by_one.order, "645123");
	struct seen mine = {""};
	f = (struct ticket_filter){.last = SHELF_CLOSED,
		.limit = 10,
		.after_place = INT64_MIN,
		.agent = "minji"};
	tickets_list(r.core.db, &f, collect, &mine);
	assert_string_equal(mine.order, "1");
}

static bool
write_down(void *arg, const struct thread_line *line)
{
	struct strbuf *out = arg;
	strbuf_printf(out, "%s%s %s%s%s: %s\n",
		!line->message   ? "  "
		: line->outbound ? "< "
				 : "> ",
		line->what, line->agent, *line->state ? "/" : "",
		line->outbound ? line->state : "", line->text);
	return true;
}

static void
the_thread_reads_as_it_happened(void **state)
{
	(void)state;
	struct strbuf out = STRBUF_INIT(65536);
	struct ticket t = hand_over(A);
	rig_run(&r, MINUTE);
	reply(t.id, "minji", "볼게요", NULL);
	rig_sent(&r, 1);
	assert_int_equal(tickets_note(&r.core, t.id, "minji", "재고 없음", NULL), 0);
	rig_run(&r, MINUTE);
	rig_receive(&r, "north", A, "네");
	close_it(t.id, "solved", false);
	t = only_ticket();
	ticket_thread(r.core.db, &t, 3, 100, 0, write_down, &out);
	assert_string_equal(out.s, "> text /: 사람이랑 얘기할래요\n"
				   "  opened : unmatched\n"
				   "  opened : order\n"
				   "  note : 주문 1234\n"
				   "< text minji/sent: 볼게요\n"
				   "  claimed minji: \n"
				   "  note minji: 재고 없음\n"
				   "> text /: 네\n"
				   "  closed minji: solved\n");
	strbuf_reset(&out);
	ticket_thread(r.core.db, &t, 0, 2, 0, write_down, &out);
	assert_string_equal(out.s, "> text /: 네\n  closed minji: solved\n");
	strbuf_done(&out);
}

#define ON_A_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_BENCH(a_hand_over_takes_on_the_open_ticket),
		ON_A_BENCH(long_names_are_cut_between_characters),
		ON_A_BENCH(the_promise_keeps_the_shops_hours),
		ON_A_BENCH(new_york_changes_its_clocks_at_night),
		ON_A_BENCH(late_is_said_once_and_an_answer_ends_it),
		ON_A_BENCH(of_two_who_claim_one_wins),
		ON_A_BENCH(a_claim_is_decided_by_the_store),
		ON_A_BENCH(nobody_answers_over_a_colleague),
		ON_A_BENCH(an_answer_that_fails_answers_nobody),
		ON_A_BENCH(an_answer_that_fails_opens_it_again),
		ON_A_BENCH(a_draft_older_than_the_last_text_is_held_back),
		ON_A_BENCH(an_answer_is_a_reply_and_the_same_key_sends_once),
		ON_A_BENCH(a_suppressed_answer_answers_nobody),
		ON_A_BENCH(texts_belong_to_whoever_answers),
		ON_A_BENCH(a_text_wakes_what_sleeps),
		ON_A_BENCH(sleep_ends_at_its_time),
		ON_A_BENCH(what_a_text_after_the_close_does),
		ON_A_BENCH(closing_and_reopening),
		ON_A_BENCH(the_history_cannot_be_changed),
		ON_A_BENCH(the_owner_hears_of_what_nobody_takes),
		ON_A_BENCH(who_has_it_is_not_reminded),
		ON_A_BENCH(the_dialog_may_tell_the_customer_to_be_patient),
		ON_A_BENCH(promotions_held_for_the_talk_are_due_when_it_ends),
		ON_A_BENCH(no_clock_is_lost_in_a_crash),
		ON_A_BENCH(what_was_not_committed_never_was),
		ON_A_BENCH(the_unanswered_come_first),
		ON_A_BENCH(the_thread_reads_as_it_happened),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
