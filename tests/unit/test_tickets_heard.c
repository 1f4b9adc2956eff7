/* What a customer's text does to a ticket, who is reminded of it, and that no clock and
 * no claim is lost in a crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>

#include "tests/lib/counter.h"

/* ---- what a customer's text does ---- */

static void
texts_belong_to_whoever_answers(void **state)
{
	(void)state;
	struct ticket t = counter_hand_over(COUNTER_A);
	rig_receive(&counter, "north", COUNTER_A, "주문"); /* a keyword, or not */
	assert_int_equal(counter_events("ticket.text"), 1);
	assert_int_equal(
		db_number(counter.core.db, 0,
			"SELECT ticket FROM events WHERE name = 'ticket.text'", ""),
		(int64_t)t.id);
	counter_close(t.id, "solved", false);
	assert_false(tickets_talking(&counter.core, t.contact));
}

static void
a_text_wakes_what_sleeps(void **state)
{
	(void)state;
	struct ticket t = counter_hand_over(COUNTER_A);
	assert_int_equal(tickets_snooze(&counter.core, t.id, "minji", 0, NULL), 0);
	counter_jump(3 * DAY);
	t = counter_ticket();
	assert_int_equal(ticket_shelf(&t), SHELF_ASLEEP);
	rig_receive(&counter, "north", COUNTER_A, "저기요");
	t = counter_ticket();
	assert_int_equal(ticket_shelf(&t), SHELF_WAITING);
	assert_int_equal(counter_events("ticket.woke"), 1);
}

static void
sleep_ends_at_its_time(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	struct ticket t = counter_hand_over(COUNTER_A);
	counter_reply(t.id, "minji", "내일 다시 볼게요", NULL);
	assert_int_equal(
		tickets_snooze(&counter.core, t.id, "minji", counter.clock.wall, &err),
		-EINVAL);
	assert_int_equal(tickets_snooze(&counter.core, t.id, "minji",
				 counter.clock.wall + 3 * HOUR, &err),
		0);
	rig_run(&counter, 3 * HOUR - SECOND);
	t = counter_ticket();
	assert_int_equal(ticket_shelf(&t), SHELF_ASLEEP);
	rig_run(&counter, 2 * SECOND);
	t = counter_ticket();
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
		struct ticket t = counter_hand_over(from);
		assert_int_equal(counter_close(t.id, NULL, later[i].quiet), 0);
		counter_jump(later[i].after);
		rig_receive(&counter, "north", from, later[i].text);
		assert_int_equal(
			db_number(counter.core.db, -1,
				"SELECT count(*) FROM tickets WHERE contact = $1", "u",
				t.contact),
			later[i].tickets);
		assert_int_equal(
			ticket_open_for(counter.core.db, t.contact) != 0, later[i].open);
	}
}

static void
closing_and_reopening(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	struct ticket t = counter_hand_over(COUNTER_A);
	assert_int_equal(
		tickets_reopen(&counter.core, t.id, "minji", NULL, &err), -EPERM);
	assert_int_equal(counter_close(t.id, NULL, false), 0);
	t = counter_ticket();
	assert_string_equal(t.outcome, "done");
	assert_int_equal(counter.closed, 1);
	assert_int_equal(counter.told_run, 77); /* the dialog goes on, once */
	assert_int_equal(counter_close(t.id, NULL, false), -EPERM);
	assert_int_equal(counter_reply(t.id, "minji", "hi", NULL), -EPERM);
	assert_int_equal(tickets_claim(&counter.core, t.id, "minji", &err), -EPERM);
	assert_int_equal(tickets_note(&counter.core, t.id, "minji", "seen", &err), 0);
	counter_jump(30 * DAY);
	rig_receive(&counter, "north", COUNTER_A, "또 왔어요");
	assert_int_equal(
		tickets_reopen(&counter.core, t.id, "minji", NULL, &err), -EEXIST);
	counter_close(counter_ticket().id, NULL, true);
	assert_int_equal(tickets_reopen(&counter.core, t.id, "minji", "CSAT 1", &err), 0);
	assert_true(tickets_talking(&counter.core, t.contact));
	counter_close(t.id, NULL, false);
	assert_int_equal(counter.closed, 1);
	strbuf_done(&err);
}

static void
the_history_cannot_be_changed(void **state)
{
	(void)state;
	counter_hand_over(COUNTER_A);
	db_savepoint(counter.core.db);
	assert_int_equal(
		db_run(counter.core.db, "UPDATE ticket_log SET agent = 'x'", ""), -1);
	db_savepoint_undo(counter.core.db);
	db_savepoint(counter.core.db);
	assert_int_equal(db_run(counter.core.db, "DELETE FROM ticket_log", ""), -1);
	db_savepoint_undo(counter.core.db);
	assert_true(counter_logged("opened") > 0);
}

/* ---- reminders ---- */

static void
the_owner_hears_of_what_nobody_takes(void **state)
{
	(void)state;
	struct config *c = (struct config *)counter.core.config;
	c->owner_phone = xstrdup("+821099990000");
	rig_receive(&counter, "north", COUNTER_A,
		"여보세요"); /* 09:00: the shop opens at ten */
	rig_receive(&counter, "north", COUNTER_B, "여보세요");
	rig_run(&counter, 74 * MINUTE);
	assert_int_equal(counter_events("ticket.unclaimed"), 0);
	rig_run(&counter, 2 * MINUTE); /* 10:16 */
	assert_int_equal(counter_events("ticket.unclaimed"), 2);
	assert_int_equal(counter_events("owner.alert"), 1); /* one for both */
	assert_string_equal(rig_last(&counter, 0)->to, "+821099990000");
	rig_sent(&counter, 1);
	rig_run(&counter, 5 * HOUR);
	assert_int_equal(
		counter_events("ticket.unclaimed"), 6); /* three each, then silence */
	assert_int_equal(counter_events("owner.alert"), 3);
}

static void
who_has_it_is_not_reminded(void **state)
{
	(void)state;
	struct ticket t = counter_hand_over(COUNTER_A);
	assert_int_equal(tickets_claim(&counter.core, t.id, "minji", NULL), 0);
	rig_run(&counter, 5 * HOUR);
	assert_int_equal(counter_events("ticket.unclaimed"), 0);
	/* Given back it is. */
	assert_int_equal(tickets_assign(&counter.core, t.id, "minji", "", NULL), 0);
	rig_run(&counter, 3 * HOUR);
	assert_int_equal(counter_events("ticket.unclaimed"), 3);
}

static void
the_dialog_may_tell_the_customer_to_be_patient(void **state)
{
	(void)state;
	rig_receive(&counter, "north", COUNTER_A, "사람이랑 얘기할래요");
	tickets_open(
		&counter.core, &(struct ticket_wish){.contact = counter_ticket().contact,
				       .run = 5,
				       .topic = "order",
				       .mute = true,
				       .remind = 20 * MINUTE,
				       .remind_max = 1});
	rig_run(&counter, HOUR + 19 * MINUTE);
	assert_int_equal(counter.unclaimed, 0);
	rig_run(&counter, 2 * MINUTE);
	assert_int_equal(counter.unclaimed, 1);
	assert_int_equal(counter.told_run, 5);
	rig_run(&counter, 3 * HOUR);
	assert_int_equal(counter.unclaimed, 1);
}

static void
promotions_held_for_the_talk_are_due_when_it_ends(void **state)
{
	(void)state;
	struct ticket t = counter_hand_over(COUNTER_A);
	struct outbox_receipt receipt;
	struct outbox_request request = {.to = COUNTER_A,
		.text = "(광고) 세일",
		.text_len = strlen("(광고) 세일"),
		.cls = CLASS_SERVICE,
		.origin = "api",
		.at = counter.clock.wall + 30 * DAY,
		.msg_class = -1};
	assert_int_equal(outbox_accept(&counter.core, &request, &receipt, NULL), 0);
	uint64_t held = receipt.id;
	/* As the gate "talking" holds one. */
	db_run(counter.core.db,
		"UPDATE messages SET class = 'marketing', reason = 'talking: a person "
		"is' "
		"WHERE id = $1",
		"u", held);
	rig_run(&counter, HOUR);
	assert_string_equal(rig_state(&counter, held), "held");
	counter_close(t.id, NULL, false);
	rig_run(&counter, MINUTE);
	assert_string_not_equal(rig_state(&counter, held), "held");
}

/* ---- crashes ---- */

static void
no_clock_is_lost_in_a_crash(void **state)
{
	(void)state;
	counter_go_to("2026-03-02T10:00:00+09:00");
	struct ticket t = counter_hand_over(COUNTER_A);
	int64_t due = t.due;
	rig_crash(&counter);
	t = counter_ticket();
	assert_int_equal(t.due, due);
	assert_true(tickets_talking(&counter.core, t.contact));
	counter.clock.wall += DAY; /* it was down when they rang */
	counter.clock.mono += DAY;
	rig_crash(&counter);
	assert_int_equal(counter_events("ticket.late"), 1);
	assert_int_equal(counter_events("ticket.unclaimed"), 1);
	assert_true(counter_ticket().late);
}

static void
what_was_not_committed_never_was(void **state)
{
	(void)state;
	struct ticket t = counter_hand_over(COUNTER_A);
	assert_int_equal(tickets_claim(&counter.core, t.id, "minji", NULL), 0);
	assert_int_equal(
		tickets_note(&counter.core, t.id, "minji", "not written down", NULL), 0);
	rig_crash(&counter); /* before the tick ended */
	assert_string_equal(counter_ticket().agent, "");
	assert_int_equal(counter_logged("claimed"), 0);
	assert_int_equal(tickets_claim(&counter.core, t.id, "jisoo", NULL), 0);
	rig_run(&counter, 0);
	rig_crash(&counter);
	assert_string_equal(counter_ticket().agent, "jisoo");
	assert_int_equal(counter_logged("claimed"), 1);
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
		ids[i] = counter_hand_over(from).id;
		rig_run(&counter, MINUTE);
	}
	counter_reply(ids[1], "minji", "네", NULL);
	assert_int_equal(tickets_snooze(&counter.core, ids[2], "minji", 0, NULL), 0);
	counter_close(ids[3], NULL, false);
	assert_int_equal(
		tickets_prioritise(&counter.core, ids[6], "minji", TICKET_URGENT, NULL),
		0);
	rig_run(&counter, 0);
	struct seen all = {""}, by_one = {""};
	struct ticket_filter f = {
		.last = SHELF_CLOSED, .limit = 10, .after_place = INT64_MIN};
	tickets_list(counter.core.db, &f, collect, &all);
	assert_string_equal(all.order, "645123");
	f.limit = 1;
	for (int i = 0; i < 8; i++)
		tickets_list(counter.core.db, &f, collect_one, (void *[]){&by_one, &f});
	assert_string_equal(by_one.order, "645123");
	struct seen mine = {""};
	f = (struct ticket_filter){.last = SHELF_CLOSED,
		.limit = 10,
		.after_place = INT64_MIN,
		.agent = "minji"};
	tickets_list(counter.core.db, &f, collect, &mine);
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
	struct ticket t = counter_hand_over(COUNTER_A);
	rig_run(&counter, MINUTE);
	counter_reply(t.id, "minji", "볼게요", NULL);
	rig_sent(&counter, 1);
	assert_int_equal(
		tickets_note(&counter.core, t.id, "minji", "재고 없음", NULL), 0);
	rig_run(&counter, MINUTE);
	rig_receive(&counter, "north", COUNTER_A, "네");
	counter_close(t.id, "solved", false);
	t = counter_ticket();
	ticket_thread(counter.core.db, &t, 3, 100, 0, write_down, &out);
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
	ticket_thread(counter.core.db, &t, 0, 2, 0, write_down, &out);
	assert_string_equal(out.s, "> text /: 네\n  closed minji: solved\n");
	strbuf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		COUNTER_CASE(texts_belong_to_whoever_answers),
		COUNTER_CASE(a_text_wakes_what_sleeps),
		COUNTER_CASE(sleep_ends_at_its_time),
		COUNTER_CASE(what_a_text_after_the_close_does),
		COUNTER_CASE(closing_and_reopening),
		COUNTER_CASE(the_history_cannot_be_changed),
		COUNTER_CASE(the_owner_hears_of_what_nobody_takes),
		COUNTER_CASE(who_has_it_is_not_reminded),
		COUNTER_CASE(the_dialog_may_tell_the_customer_to_be_patient),
		COUNTER_CASE(promotions_held_for_the_talk_are_due_when_it_ends),
		COUNTER_CASE(no_clock_is_lost_in_a_crash),
		COUNTER_CASE(what_was_not_committed_never_was),
		COUNTER_CASE(the_unanswered_come_first),
		COUNTER_CASE(the_thread_reads_as_it_happened),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
