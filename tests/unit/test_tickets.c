/* Tickets: who has one, what was promised on the shop's hours, and the answer of a
 * person. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>

#include "tests/lib/counter.h"

/* ---- one thread for each contact ---- */

static void
a_hand_over_takes_on_the_open_ticket(void **state)
{
	(void)state;
	rig_receive(&counter, "north", COUNTER_A, "여보세요");
	struct ticket before = counter_ticket();
	assert_string_equal(before.topic, TICKET_UNMATCHED);
	assert_false(tickets_talking(&counter.core, before.contact));
	struct ticket t = counter_hand_over(COUNTER_A);
	assert_int_equal(t.id, before.id);
	assert_string_equal(t.topic, "order");
	assert_string_equal(t.queue, "support");
	assert_int_equal(t.run, 77);
	assert_true(tickets_talking(&counter.core, t.contact));
	assert_int_equal(t.waiting, before.waiting); /* the time of arrival is kept */
	assert_int_equal(rig_count(&counter, "SELECT count(*) FROM tickets"), 1);
	/* Another wish adds, and takes nothing away. */
	tickets_open(&counter.core, &(struct ticket_wish){.contact = t.contact,
					    .topic = "missed-call",
					    .priority = TICKET_HIGH});
	t = counter_ticket();
	assert_string_equal(t.topic, "order");
	assert_int_equal(t.priority, TICKET_HIGH);
	assert_int_equal(t.run, 77);
	assert_true(t.mute);
	assert_int_equal(counter_logged("joined"), 1);
	rig_receive(&counter, "north", COUNTER_B, "저도요");
	assert_int_equal(rig_count(&counter, "SELECT count(*) FROM tickets"), 2);
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
	rig_receive(&counter, "north", COUNTER_A, "?");
	tickets_open(
		&counter.core, &(struct ticket_wish){.contact = counter_ticket().contact,
				       .topic = topic,
				       .note = note,
				       .mute = true});
	assert_int_equal(strlen(counter_ticket().topic), 63); /* 21 of three bytes each */
	assert_int_equal(rig_count(&counter, "SELECT length(detail) FROM ticket_log "
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
		counter_go_to(promises[i].asked);
		snprintf(from, sizeof(from), "+8210222200%02d", (int)i);
		rig_receive(&counter, "north", from, "언제 와요?");
		struct ticket t = counter_ticket();
		assert_int_equal(t.due, counter_at(promises[i].due));
		assert_int_equal(t.first_due, t.due);
		counter_close(t.id, NULL, true);
	}
	assert_int_equal(counter_events("ticket.late"), 0);
}

static void
new_york_changes_its_clocks_at_night(void **state)
{
	(void)state;
	struct config *c = (struct config *)counter.core.config;
	struct strbuf err = STRBUF_SENTENCE;
	hours_init(&c->hours, "America/New_York");
	assert_int_equal(hours_read(&c->hours, "sat-sun 22:00-04:00", NULL, &err), 0);
	counter_go_to("2026-03-08T01:50:00-05:00"); /* at two it is three */
	rig_receive(&counter, "north", COUNTER_A, "anybody there?");
	assert_int_equal(counter_ticket().due, counter_at("2026-03-08T03:20:00-04:00"));
	strbuf_done(&err);
}

static void
late_is_said_once_and_an_answer_ends_it(void **state)
{
	(void)state;
	counter_go_to("2026-03-02T10:00:00+09:00");
	rig_receive(&counter, "north", COUNTER_A, "언제 와요?");
	rig_run(&counter, 29 * MINUTE);
	assert_int_equal(counter_events("ticket.late"), 0);
	rig_run(&counter, 2 * MINUTE);
	assert_int_equal(counter_events("ticket.late"), 1);
	rig_run(&counter, 2 * HOUR);
	assert_int_equal(counter_events("ticket.late"), 1);
	struct ticket t = counter_ticket();
	assert_true(t.late);
	assert_int_equal(counter_reply(t.id, "minji", "오늘 가요", NULL), 0);
	t = counter_ticket();
	assert_false(t.late);
	assert_int_equal(t.waiting, 0);
	assert_int_equal(t.answered, counter.clock.wall);
	/* The next question has a promise of its own, counted from its first text. */
	rig_run(&counter, HOUR);
	rig_receive(&counter, "north", COUNTER_A, "몇 시에요?");
	int64_t first = counter.clock.wall;
	rig_run(&counter, 5 * MINUTE);
	rig_receive(&counter, "north", COUNTER_A, "저기요?");
	assert_int_equal(counter_ticket().waiting, first);
	assert_int_equal(counter_ticket().first_due, t.first_due);
}

/* ---- claims ---- */

static void
of_two_who_claim_one_wins(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	struct ticket t = counter_hand_over(COUNTER_A);
	assert_int_equal(tickets_claim(&counter.core, t.id, "minji", &err), 0);
	assert_int_equal(tickets_claim(&counter.core, t.id, "jisoo", &err), -EBUSY);
	assert_non_null(strstr(err.s, "minji has it"));
	assert_int_equal(tickets_claim(&counter.core, t.id, "minji", &err), 0);
	rig_run(&counter, 0);
	assert_string_equal(counter_ticket().agent, "minji");
	assert_int_equal(counter_logged("claimed"), 1);
	assert_int_equal(counter_events("ticket.claimed"), 1);
	assert_int_equal(tickets_claim(&counter.core, t.id, "", &err), -EINVAL);
	assert_int_equal(tickets_claim(&counter.core, 7, "minji", &err), -ENOENT);
	/* Released, it is anybody's again. */
	assert_int_equal(tickets_assign(&counter.core, t.id, "owner", "", &err), 0);
	assert_int_equal(tickets_claim(&counter.core, t.id, "jisoo", &err), 0);
	assert_string_equal(counter_ticket().agent, "jisoo");
	strbuf_done(&err);
}

/* Another gateway on the same store was quicker: what we read is out of date. */
static void
a_claim_is_decided_by_the_store(void **state)
{
	(void)state;
	struct ticket t = counter_hand_over(COUNTER_A);
	assert_true(ticket_take(counter.core.db, t.id, "elsewhere", counter.clock.wall));
	assert_false(ticket_take(counter.core.db, t.id, "minji", counter.clock.wall));
	struct strbuf err = STRBUF_SENTENCE;
	assert_int_equal(tickets_claim(&counter.core, t.id, "minji", &err), -EBUSY);
	assert_non_null(strstr(err.s, "elsewhere"));
	strbuf_done(&err);
}

static void
nobody_answers_over_a_colleague(void **state)
{
	(void)state;
	struct ticket t = counter_hand_over(COUNTER_A);
	assert_int_equal(counter_reply(t.id, "minji", "네, 확인해 볼게요", NULL), 0);
	assert_string_equal(
		counter_ticket().agent, "minji"); /* the first answer claims */
	size_t sent = counter.send_count;
	assert_int_equal(counter_reply(t.id, "jisoo", "저도 볼게요", NULL), -EBUSY);
	assert_int_equal(counter.send_count, sent);
	assert_int_equal(tickets_assign(&counter.core, t.id, "jisoo", "jisoo", NULL), 0);
	assert_int_equal(counter_reply(t.id, "jisoo", "이제 제가 볼게요", NULL), 0);
	assert_int_equal(counter_ticket().staff_texts, 2);
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
	struct ticket t = counter_hand_over(COUNTER_A);
	int64_t waiting = t.waiting;
	assert_int_equal(counter_reply(t.id, "minji", "네, 확인해 볼게요", NULL), 0);
	rig_run(&counter, MINUTE);
	assert_int_equal(counter_ticket().waiting, 0);
	rig_answer(&counter, &nobody_there);
	rig_run(&counter, 0);
	t = counter_ticket();
	assert_in_range(t.waiting, waiting, waiting + SECOND);
	assert_int_equal(ticket_shelf(&t), SHELF_WAITING);
	assert_int_equal(counter_events("ticket.reply_failed"), 1);
	assert_int_equal(counter_logged("reply_failed"), 1);
	assert_string_equal(t.agent, "minji"); /* and hers it stays */
}

/* Also when she closed it, sure of having answered. */
static void
an_answer_that_fails_opens_it_again(void **state)
{
	(void)state;
	struct ticket t = counter_hand_over(COUNTER_A);
	assert_int_equal(counter_reply(t.id, "minji", "다 됐어요", NULL), 0);
	assert_int_equal(counter_close(t.id, "done", false), 0);
	rig_run(&counter, 0);
	rig_answer(&counter, &nobody_there);
	rig_run(&counter, 0);
	t = counter_ticket();
	assert_true(t.open);
	assert_true(t.waiting > 0);
	assert_int_equal(counter_events("ticket.reopened"), 1);
}

static void
a_draft_older_than_the_last_text_is_held_back(void **state)
{
	(void)state;
	struct ticket t = counter_hand_over(COUNTER_A);
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_receipt receipt;
	struct ticket_reply how = {.agent = "minji",
		.text = "네",
		.len = strlen("네"),
		.seen = ticket_last_text(counter.core.db, t.contact)};
	rig_receive(&counter, "north", COUNTER_A, "아니다, 취소할게요");
	assert_int_equal(
		tickets_reply(&counter.core, t.id, &how, &receipt, &err), -ESTALE);
	how.seen = ticket_last_text(counter.core.db, t.contact);
	assert_int_equal(tickets_reply(&counter.core, t.id, &how, &receipt, &err), 0);
	strbuf_done(&err);
}

/* ---- the answer of a person ---- */

static void
an_answer_is_a_reply_and_the_same_key_sends_once(void **state)
{
	(void)state;
	struct ticket t = counter_hand_over(COUNTER_A);
	struct outbox_receipt first, again;
	struct ticket_reply how = {
		.agent = "minji", .text = "hi", .len = 2, .key = "draft-1"};
	assert_int_equal(tickets_reply(&counter.core, t.id, &how, &first, NULL), 0);
	assert_int_equal(tickets_reply(&counter.core, t.id, &how, &again, NULL), 0);
	rig_run(&counter, 0);
	assert_int_equal(first.id, again.id);
	assert_int_equal(counter.send_count, 1);
	assert_string_equal(rig_last(&counter, 0)->to, COUNTER_A);
	assert_int_equal(counter_ticket().staff_texts, 1);
	assert_int_equal(counter_logged("replied"), 1);
	struct message m;
	assert_true(message_load(counter.core.db, first.id, &m));
	assert_int_equal(m.cls, CLASS_REPLY);
	assert_int_equal(m.reply_to, ticket_last_text(counter.core.db, t.contact));
	message_done(&m);
}

static void
a_suppressed_answer_answers_nobody(void **state)
{
	(void)state;
	struct ticket t = counter_hand_over(COUNTER_A);
	db_run(counter.core.db, "UPDATE contacts SET stopped = 'all', stopped_at = $1",
		"i", counter.clock.wall + HOUR);
	struct outbox_receipt receipt;
	assert_int_equal(counter_reply(t.id, "minji", "hi", &receipt), 0);
	assert_int_equal(receipt.state, MESSAGE_SUPPRESSED);
	assert_int_equal(counter.send_count, 0);
	t = counter_ticket();
	assert_int_not_equal(t.waiting, 0);
	assert_int_equal(t.staff_texts, 0);
	assert_int_equal(counter_logged("replied"), 1); /* but it is seen */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		COUNTER_CASE(a_hand_over_takes_on_the_open_ticket),
		COUNTER_CASE(long_names_are_cut_between_characters),
		COUNTER_CASE(the_promise_keeps_the_shops_hours),
		COUNTER_CASE(new_york_changes_its_clocks_at_night),
		COUNTER_CASE(late_is_said_once_and_an_answer_ends_it),
		COUNTER_CASE(of_two_who_claim_one_wins),
		COUNTER_CASE(a_claim_is_decided_by_the_store),
		COUNTER_CASE(nobody_answers_over_a_colleague),
		COUNTER_CASE(an_answer_that_fails_answers_nobody),
		COUNTER_CASE(an_answer_that_fails_opens_it_again),
		COUNTER_CASE(a_draft_older_than_the_last_text_is_held_back),
		COUNTER_CASE(an_answer_is_a_reply_and_the_same_key_sends_once),
		COUNTER_CASE(a_suppressed_answer_answers_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
