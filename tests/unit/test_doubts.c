/* What must not settle a doubt: evidence that is about another message, or about nothing
 * any more. The message stays in doubt, because sending it again would be the second time
 * the customer gets it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/core/journal.h"
#include "tests/lib/rig.h"

static struct rig r;
static const char *const A = "+821011110001", *const C = "+821011110003";

/* Ten results that count up teach the channel; the next reference is then planned. */
static void
teach(int first)
{
	for (int i = 0; i < 10; i++) {
		rig_send(&r, C, "teach");
		rig_sent(&r, (first + i) % 256);
	}
}

static struct channel *
north(void)
{
	return channel_find(&r.core, "north");
}

/* The doubtful one went out with 110; 255 messages later the counter is there again. */
static void
a_counter_that_came_round_proves_nothing(void **state)
{
	(void)state;
	teach(100);
	uint64_t id = rig_send(&r, A, "hi");
	rig_unknown(&r);
	for (int i = 1; i <= 258; i++) {
		rig_send(&r, C, "next");
		rig_sent(&r, (110 + i) % 256);
	}
	rig_run(&r, HOUR);
	assert_string_equal(rig_state(&r, id), "in_doubt");
}

/* The SIM's last reference is that of the message after it. */
static void
the_sim_after_another_result_proves_nothing(void **state)
{
	(void)state;
	teach(100);
	channel_sim_reference(north(), 109);
	uint64_t id = rig_send(&r, A, "hi");
	rig_unknown(&r);
	rig_send(&r, C, "next");
	rig_sent(&r, 111);
	channel_sim_reference(north(), 111);
	rig_run(&r, HOUR);
	assert_string_equal(rig_state(&r, id), "in_doubt");
}

/* It went out as 0 before the modem restarted, whose counter starts there again. */
static void
a_counter_that_restarts_proves_nothing(void **state)
{
	(void)state;
	for (int start = 0; start <= 1; start++) {
		teach(246 + start);
		uint64_t id = rig_send(&r, A, "hi");
		rig_unknown(&r);
		channel_down(north(), false, "the modem has restarted");
		rig_ready(&r, "north");
		rig_send(&r, C, "next");
		rig_sent(&r, start);
		rig_run(&r, HOUR);
		assert_string_equal(rig_state(&r, id), "in_doubt");
	}
}

/* One left open for good must not keep the next from being settled. */
static void
an_old_doubt_does_not_cover_a_new_one(void **state)
{
	(void)state;
	rig_grant(&r, A);
	uint64_t old = rig_send_class(&r, A, "sale", CLASS_MARKETING);
	rig_unknown(&r);
	rig_run(&r, DAY);
	teach(100);
	uint64_t id = rig_send(&r, A, "hi");
	rig_unknown(&r);
	rig_run(&r, 11 * MINUTE); /* nobody answers any more */
	rig_send(&r, C, "next");
	rig_sent(&r, 110);
	rig_run(&r, MINUTE);
	assert_string_equal(rig_state(&r, id), "sending"); /* proven, and sent again */
	rig_sent(&r, 111);
	id = rig_send(&r, A, "late");
	rig_unknown(&r);
	channel_evidence(north(), 0, EVIDENCE_ACCEPTED, 112);
	rig_run(&r, 0);
	assert_string_equal(rig_state(&r, id), "sent");
	assert_string_equal(rig_state(&r, old), "in_doubt");
}

/* The late result of the doubtful one comes while another waits for its own: it settles
 * the first, and what became of the second nobody has said. */
static void
a_late_result_in_anothers_wait_is_not_its_own(void **state)
{
	(void)state;
	teach(100);
	uint64_t first = rig_send(&r, A, "late");
	rig_unknown(&r); /* planned as 110 */
	rig_send(&r, C, "between");
	rig_sent(&r, 111);
	uint64_t second = rig_send(&r, C, "waits");
	rig_sent(&r, 110);
	assert_string_equal(rig_state(&r, first), "sent");
	assert_string_equal(rig_state(&r, second), "in_doubt");
}

/* A late result says its own number: one that was never planned is not this one's. */
static void
a_late_result_with_another_number_is_not_ours(void **state)
{
	(void)state;
	teach(100);
	uint64_t id = rig_send(&r, A, "hi");
	rig_unknown(&r);
	rig_send(&r, C, "next");
	rig_sent(&r, 111);
	channel_evidence(north(), 0, EVIDENCE_ACCEPTED, 112);
	rig_run(&r, 0);
	assert_string_equal(rig_state(&r, id), "in_doubt");
}

/* Two are open, and the number tells which of them the modem answers at last. */
static void
a_late_result_finds_its_own_among_several(void **state)
{
	(void)state;
	teach(100);
	uint64_t first = rig_send(&r, A, "one");
	rig_unknown(&r);
	rig_send(&r, C, "between");
	rig_sent(&r, 111);
	teach(112);
	uint64_t second = rig_send(&r, A, "two");
	rig_unknown(&r);
	channel_evidence(north(), 0, EVIDENCE_ACCEPTED, 122);
	rig_run(&r, 0);
	assert_string_equal(rig_state(&r, second), "sent");
	assert_string_equal(rig_state(&r, first), "in_doubt");
}

/* The network may report twice, with another time of discharge. */
static void
a_second_report_of_another_message_proves_nothing(void **state)
{
	(void)state;
	teach(100);
	uint64_t id = rig_send(&r, A, "hi"); /* never left, and the number was free */
	rig_unknown(&r);
	rig_run(&r, 11 * MINUTE);
	uint64_t next = rig_send(&r, A, "next");
	rig_run(&r, SECOND);
	rig_sent(&r, 110);
	rig_report(&r, "north", 110, A, 0);
	assert_string_equal(rig_state(&r, next), "delivered");
	rig_run(&r, SECOND);
	assert_string_equal(rig_state(&r, id), "sending");
	rig_report(&r, "north", 110, A, 0);
	assert_string_equal(rig_state(&r, id), "sending");
	rig_unknown(&r);
	assert_string_equal(rig_state(&r, id), "in_doubt");
}

/* The late answer of the first in the wait of the second, which the modem swallows: what
 * counts on after it looks as if the first had never left. */
static void
a_planned_number_alone_settles_nobody(void **state)
{
	(void)state;
	teach(100);
	uint64_t first = rig_send(&r, A, "late");
	rig_unknown(&r);
	uint64_t second = rig_send(&r, C, "swallowed");
	rig_sent(&r, 110);
	rig_run(&r, MINUTE);
	uint64_t third = rig_send(&r, C, "third");
	rig_sent(&r, 111);
	assert_string_equal(rig_state(&r, third), "sent");
	rig_run(&r, HOUR);
	assert_string_equal(rig_state(&r, first), "in_doubt");
	assert_string_equal(rig_state(&r, second), "in_doubt");
}

/* The first had the number; so the second's, if it left, is the next. */
static void
the_report_of_one_moves_the_plan_of_the_other(void **state)
{
	(void)state;
	for (int early = 0; early < 2; early++) {
		teach(early ? 150 : 100);
		int mr = early ? 160 : 110;
		uint64_t first = rig_send(&r, A, "late");
		rig_unknown(&r);
		uint64_t second = rig_send(&r, C, "next");
		rig_sent(&r, mr);
		rig_run(&r, SECOND);
		rig_report(&r, "north", early ? mr + 1 : mr, early ? C : A, 0);
		assert_string_equal(rig_state(&r, early ? second : first),
			early ? "in_doubt" : "delivered");
		rig_report(&r, "north", early ? mr : mr + 1, early ? A : C, 0);
		assert_string_equal(rig_state(&r, first), "delivered");
		assert_string_equal(rig_state(&r, second), "delivered");
		rig_run(&r, HOUR);
	}
}

/* The gateway ended in the middle, and the modem has answered its whole setting up since:
 * one doubt, not two. It is settled by the report of the next, and by nothing less. */
static void
after_a_crash_the_next_one_is_no_doubt(void **state)
{
	(void)state;
	teach(100);
	uint64_t first = rig_send(&r, A, "late");
	rig_crash(&r);
	rig_ready(&r, "north");
	uint64_t second = rig_send(&r, C, "next");
	rig_sent(&r, 110);
	assert_string_equal(rig_state(&r, second), "sent");
	rig_send(&r, C, "third");
	rig_sent(&r, 111);
	rig_run(&r, HOUR);
	assert_string_equal(rig_state(&r, first), "in_doubt");
	rig_report(&r, "north", 110, C, 0);
	assert_string_equal(rig_state(&r, second), "delivered");
	rig_run(&r, SECOND);
	assert_string_equal(rig_state(&r, first), "sending");
	rig_sent(&r, 112);
}

/* Nobody heard the number of the one that the crash left. A number further on is what
 * follows it; one that the SIM has passed is an older text's. */
static void
after_a_crash_a_number_further_on_is_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		rig_send(&r, C, "before");
		rig_sent(&r, 16 + i);
	}
	uint64_t first = rig_send(&r, A, "left as 19");
	rig_crash(&r);
	rig_ready(&r, "north");
	uint64_t second = rig_send(&r, C, "next");
	rig_sent(&r, 20);
	assert_string_equal(rig_state(&r, second), "sent");
	rig_send(&r, C, "and on");
	rig_sent(&r, 21);
	uint64_t third = rig_send(&r, C, "third");
	rig_sent(&r, 19);
	assert_string_equal(rig_state(&r, third), "in_doubt");
	assert_string_equal(rig_state(&r, first), "in_doubt");
}

/* Both for one person: the report is about the one or the other. */
static void
a_report_for_two_of_one_person_settles_neither(void **state)
{
	(void)state;
	teach(100);
	uint64_t first = rig_send(&r, A, "one");
	rig_unknown(&r);
	uint64_t second = rig_send(&r, A, "two");
	rig_run(&r, 0);
	rig_sent(&r, 110);
	rig_report(&r, "north", 110, A, 0);
	rig_run(&r, MINUTE);
	assert_string_equal(rig_state(&r, first), "in_doubt");
	assert_string_equal(rig_state(&r, second), "in_doubt");
}

/* ---- before the references are trusted ---- */

/* The modem answers the first after it was given up on, while the second waits, and never
 * says a word about the second: neither may be called sent. */
static void
an_answer_that_may_be_anothers_is_nobodys(void **state)
{
	(void)state;
	rig_send(&r, C, "before");
	rig_sent(&r, 16);
	uint64_t first = rig_send(&r, A, "late");
	rig_unknown(&r);
	uint64_t second = rig_send(&r, C, "swallowed");
	rig_sent(&r, 17);
	assert_string_equal(rig_state(&r, first), "in_doubt");
	assert_string_equal(rig_state(&r, second), "in_doubt");
	rig_run(&r, HOUR);
	assert_string_equal(rig_state(&r, first), "in_doubt");
	assert_string_equal(rig_state(&r, second), "in_doubt");
}

/* The channel listens for a moment, and goes on; the next answer is the next text's. */
static void
after_it_the_channel_listens_and_goes_on(void **state)
{
	(void)state;
	rig_send(&r, C, "before");
	rig_sent(&r, 16);
	rig_send(&r, A, "late");
	rig_unknown(&r);
	rig_send(&r, C, "swallowed");
	rig_sent(&r, 17);
	uint64_t third = rig_send(&r, A, "third");
	rig_run(&r, 10 * SECOND);
	assert_string_equal(rig_state(&r, third), "queued");
	rig_run(&r, 6 * SECOND);
	assert_string_equal(rig_state(&r, third), "sending");
	rig_sent(&r, 18);
	assert_string_equal(rig_state(&r, third), "sent");
}

/* Two answers for two texts. */
static void
a_second_answer_settles_both(void **state)
{
	(void)state;
	uint64_t first = rig_send(&r, A, "late");
	rig_unknown(&r);
	uint64_t second = rig_send(&r, C, "next");
	rig_sent(&r, 17);
	rig_run(&r, SECOND);
	channel_evidence(north(), 0, EVIDENCE_ACCEPTED, 18);
	rig_run(&r, 0);
	assert_string_equal(rig_state(&r, first), "sent");
	assert_string_equal(rig_state(&r, second), "sent");
	rig_report(&r, "north", 17, A, 0);
	rig_report(&r, "north", 18, C, 0);
	assert_string_equal(rig_state(&r, first), "delivered");
	assert_string_equal(rig_state(&r, second), "delivered");
}

/* The report names the number, and so which of the two it was. */
static void
a_report_says_whose_answer_it_was(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		uint64_t first = rig_send(&r, A, "late");
		rig_unknown(&r);
		uint64_t second = rig_send(&r, C, "next");
		rig_sent(&r, 17 + i);
		rig_run(&r, SECOND);
		rig_report(&r, "north", 17 + i, i ? C : A, 0);
		assert_string_equal(rig_state(&r, i ? second : first), "delivered");
		assert_string_equal(rig_state(&r, i ? first : second), "in_doubt");
		rig_run(&r, HOUR);
	}
}

/* It comes while the answer is still waited for: no doubt is left when that is given up,
 * and the answer is not taken for the next text's. */
static void
a_report_before_the_answer_is_believed(void **state)
{
	(void)state;
	uint64_t first = rig_send(&r, A, "late");
	rig_run(&r, SECOND);
	rig_report(&r, "north", 17, A, 0);
	assert_string_equal(rig_state(&r, first), "sending");
	rig_unknown(&r);
	assert_string_equal(rig_state(&r, first), "delivered");
	uint64_t second = rig_send(&r, C, "swallowed");
	rig_sent(&r, 17);
	assert_string_equal(rig_state(&r, second), "in_doubt");
	rig_run(&r, MINUTE);
	assert_string_equal(rig_state(&r, second), "in_doubt");
}

/* Whether its number was foreseen (the second) or not (the first, and the only one to
 * that number). A report about something else hurries nobody. */
static void
a_report_ends_the_wait_for_a_lost_answer(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		uint64_t id = rig_send(&r, A, "swallowed");
		uint64_t attempt = (uint64_t)rig_count(
			&r, "SELECT id FROM attempts WHERE state = 'open'");
		r.hurried = 0;
		rig_report(&r, "north", 18 + i, C, 0);
		assert_int_equal(r.hurried, 0);
		rig_report(&r, "north", 17 + i, A, 0);
		assert_int_equal(r.hurried, attempt);
		rig_unknown(&r);
		assert_string_equal(rig_state(&r, id), "delivered");
		rig_run(&r, 5 * MINUTE);
	}
}

/* Two texts to one number: a report about it names neither. */
static void
a_report_that_fits_two_settles_none(void **state)
{
	(void)state;
	uint64_t first = rig_send(&r, A, "one");
	rig_unknown(&r);
	rig_run(&r, HOUR);
	uint64_t second = rig_send(&r, A, "two");
	rig_unknown(&r);
	rig_report(&r, "north", 17, A, 0);
	assert_string_equal(rig_state(&r, first), "in_doubt");
	assert_string_equal(rig_state(&r, second), "in_doubt");
}

/* The network says twice that an older text to that number arrived. */
static void
a_second_report_of_an_older_text_is_not_the_doubts(void **state)
{
	(void)state;
	uint64_t old = rig_send(&r, A, "old");
	rig_sent(&r, 17);
	rig_report(&r, "north", 17, A, 0);
	assert_string_equal(rig_state(&r, old), "delivered");
	uint64_t id = rig_send(&r, A, "never left");
	rig_unknown(&r);
	rig_run(&r, SECOND);
	rig_report(&r, "north", 17, A, 0x40);
	assert_string_equal(rig_state(&r, id), "in_doubt");
}

/* Two were given up, and a third waits; the channel has passed its self-test by then. */
static void
give_up_two(uint64_t ids[3])
{
	ids[0] = rig_send(&r, A, "one");
	rig_unknown(&r);
	ids[1] = rig_send(&r, A, "two");
	rig_run(&r, 0);
	rig_unknown(&r);
	ids[2] = rig_send(&r, C, "three");
	rig_run(&r, 6 * SECOND);
	rig_ready(&r, "north");
	assert_string_equal(rig_state(&r, ids[2]), "sending");
}

/* Answers of the first two, and the third was swallowed: or of any two of them. */
static void
two_answers_for_three_settle_none(void **state)
{
	(void)state;
	uint64_t ids[3];
	give_up_two(ids);
	rig_sent(&r, 17);
	rig_run(&r, SECOND);
	channel_evidence(north(), 0, EVIDENCE_ACCEPTED, 18);
	rig_run(&r, HOUR);
	for (int i = 0; i < 3; i++)
		assert_string_equal(rig_state(&r, ids[i]), "in_doubt");
}

static void
three_answers_for_three_settle_all(void **state)
{
	(void)state;
	uint64_t ids[3];
	give_up_two(ids);
	rig_sent(&r, 17);
	for (int i = 18; i <= 19; i++) {
		rig_run(&r, SECOND);
		channel_evidence(north(), 0, EVIDENCE_ACCEPTED, i);
	}
	rig_run(&r, 0);
	for (int i = 0; i < 3; i++)
		assert_string_equal(rig_state(&r, ids[i]), "sent");
}

static void
refuse(enum send_outcome what, bool handed_over)
{
	rig_answer(&r, &(struct outcome){.what = what,
			       .reference = -1,
			       .code = 38,
			       .why = "refused",
			       .handed_over = handed_over});
}

/* The first may be refused only now, while the second waits, and leaves after all. */
static void
a_refusal_that_may_be_anothers_is_nobodys(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		if (i)
			teach(100);
		uint64_t first = rig_send(&r, A, "late");
		rig_unknown(&r);
		uint64_t second = rig_send(&r, C, "next");
		refuse(i ? SEND_LATER : SEND_REJECTED, true);
		rig_run(&r, HOUR);
		assert_string_equal(rig_state(&r, first), "in_doubt");
		assert_string_equal(rig_state(&r, second), "in_doubt");
	}
}

/* Then the second is answered too. */
static void
a_refusal_and_an_answer_settle_both(void **state)
{
	(void)state;
	uint64_t first = rig_send(&r, A, "late");
	rig_unknown(&r);
	uint64_t second = rig_send(&r, C, "next");
	refuse(SEND_REJECTED, true);
	rig_run(&r, SECOND);
	channel_evidence(north(), 0, EVIDENCE_ACCEPTED, 18);
	rig_run(&r, MINUTE);
	assert_string_equal(rig_state(&r, second), "sent");
	assert_string_equal(rig_state(&r, first), "sending"); /* it never left: again */
	rig_sent(&r, 19);
}

/* Before its last octet was handed over the refusal is about itself alone; and so it is
 * where nothing else is owed. */
static void
a_refusal_of_its_own_is_believed(void **state)
{
	(void)state;
	rig_send(&r, A, "late");
	rig_unknown(&r);
	uint64_t id = rig_send(&r, C, "next");
	refuse(SEND_REJECTED, false);
	assert_string_equal(rig_state(&r, id), "failed");
	rig_run(&r, 11 * MINUTE);
	id = rig_send(&r, C, "next");
	refuse(SEND_REJECTED, true);
	assert_string_equal(rig_state(&r, id), "failed");
}

static int
open_rig(void **state)
{
	(void)state;
	rig_open(&r, false);
	return 0;
}

static int
close_rig(void **state)
{
	(void)state;
	rig_close(&r);
	return 0;
}

#define ON_RIG(test) cmocka_unit_test_setup_teardown(test, open_rig, close_rig)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_RIG(a_counter_that_came_round_proves_nothing),
		ON_RIG(the_sim_after_another_result_proves_nothing),
		ON_RIG(a_counter_that_restarts_proves_nothing),
		ON_RIG(an_old_doubt_does_not_cover_a_new_one),
		ON_RIG(a_late_result_in_anothers_wait_is_not_its_own),
		ON_RIG(a_late_result_with_another_number_is_not_ours),
		ON_RIG(a_late_result_finds_its_own_among_several),
		ON_RIG(a_second_report_of_another_message_proves_nothing),
		ON_RIG(an_answer_that_may_be_anothers_is_nobodys),
		ON_RIG(after_it_the_channel_listens_and_goes_on),
		ON_RIG(a_second_answer_settles_both),
		ON_RIG(a_report_says_whose_answer_it_was),
		ON_RIG(a_report_before_the_answer_is_believed),
		ON_RIG(a_report_ends_the_wait_for_a_lost_answer),
		ON_RIG(a_report_that_fits_two_settles_none),
		ON_RIG(a_second_report_of_an_older_text_is_not_the_doubts),
		ON_RIG(a_planned_number_alone_settles_nobody),
		ON_RIG(the_report_of_one_moves_the_plan_of_the_other),
		ON_RIG(after_a_crash_the_next_one_is_no_doubt),
		ON_RIG(after_a_crash_a_number_further_on_is_its_own),
		ON_RIG(a_report_for_two_of_one_person_settles_neither),
		ON_RIG(two_answers_for_three_settle_none),
		ON_RIG(three_answers_for_three_settle_all),
		ON_RIG(a_refusal_that_may_be_anothers_is_nobodys),
		ON_RIG(a_refusal_and_an_answer_settle_both),
		ON_RIG(a_refusal_of_its_own_is_believed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
