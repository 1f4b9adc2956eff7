/* The journal's promises, one by one, on a bench: what happens when the modem answers,
 * does not, answers late, or the power goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "gateway/core/journal.h"
#include "tests/lib/rig.h"

static struct rig r;
static const char *const A = "+821011110001", *const C = "+821011110003";

static char *
long_text(void)
{
	char *text = xcalloc(1, 401);
	memset(text, 'x', 400); /* three GSM 7-bit segments */
	return text;
}

static void
a_send_is_durable_before_it_is_released(void **state)
{
	(void)state;
	struct outbox_receipt receipt;
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_request request = {.to = A,
		.text = "hi",
		.text_len = 2,
		.cls = CLASS_SERVICE,
		.msg_class = -1};
	assert_int_equal(outbox_accept(&r.core, &request, &receipt, &err), 0);
	assert_int_equal(r.send_count, 0);
	rig_run(&r, 0);
	assert_int_equal(r.send_count, 1);
	assert_true(rig_last(&r, 0)->released);
	assert_string_equal(rig_state(&r, receipt.id), "sending");
	rig_sent(&r, 7);
	assert_string_equal(rig_state(&r, receipt.id), "sent");
	rig_report(&r, "north", 7, A, 0);
	assert_string_equal(rig_state(&r, receipt.id), "delivered");
	strbuf_done(&err);
}

static void
a_lost_tick_withdraws(void **state)
{
	(void)state;
	struct outbox_receipt receipt;
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_request request = {.to = A,
		.text = "hi",
		.text_len = 2,
		.cls = CLASS_SERVICE,
		.msg_class = -1};
	assert_int_equal(outbox_accept(&r.core, &request, &receipt, &err), 0);
	db_run(r.core.db, "INSERT INTO parts_of_a_table_that_is_not_there VALUES(1)", "");
	rig_run(&r, 0);
	assert_true(r.core.store_sick);
	assert_string_equal(rig_state(&r, receipt.id), "absent");
	assert_int_equal(outbox_accept(&r.core, &request, &receipt, &err), -EAGAIN);
	rig_run(&r, 2 * SECOND); /* the probe finds the store well again */
	assert_false(r.core.store_sick);
	uint64_t id = rig_send(&r, A, "again");
	rig_sent(&r, 1);
	assert_string_equal(rig_state(&r, id), "sent");
	strbuf_done(&err);
}

static void
a_result_in_a_lost_tick_is_not_forgotten(void **state)
{
	(void)state;
	uint64_t id = rig_send(&r, A, "hi");
	struct rig_send *s = rig_last(&r, 0);
	s->answered = true;
	channel_outcome(s->ch, s->attempt,
		&(struct outcome){.what = SEND_SENT, .reference = 9, .code = -1});
	db_run(r.core.db, "INSERT INTO nowhere VALUES(1)", "");
	rig_run(&r, 0);
	assert_true(r.core.store_sick);
	assert_string_equal(rig_state(&r, id), "sending");
	rig_run(&r, 2 * SECOND);
	assert_string_equal(rig_state(&r, id), "sent");
	assert_int_equal(r.send_count, 1);
}

static void
a_crash_with_one_in_flight_is_a_doubt(void **state)
{
	(void)state;
	uint64_t id = rig_send(&r, A, "hi"), next = rig_send(&r, C, "next");
	rig_crash(&r);
	assert_string_equal(rig_state(&r, id), "in_doubt");
	assert_string_equal(rig_state(&r, next), "queued");
	rig_ready(&r, "north");
	assert_string_equal(rig_last(&r, 0)->to, C); /* a doubt holds nobody else back */
	rig_sent(&r, 20);
	assert_int_equal(r.send_count, 2);
	/* and ends as a doubt when its time is over, not as anything else */
	rig_run(&r, 4 * DAY);
	assert_string_equal(rig_state(&r, id), "in_doubt");
	assert_int_equal(r.send_count, 2);
}

static void
the_network_resolves_a_doubt(void **state)
{
	(void)state;
	uint64_t id = rig_send(&r, A, "hi");
	rig_unknown(&r);
	assert_string_equal(rig_state(&r, id), "in_doubt");
	channel_evidence(channel_find(&r.core, "north"), 0, EVIDENCE_ACCEPTED, 44);
	rig_run(&r, 0);
	assert_string_equal(rig_state(&r, id), "sent");
	rig_report(
		&r, "north", 44, "01011110001", 0); /* national, as operators write it */
	assert_string_equal(rig_state(&r, id), "delivered");
}

/* Ten results that count up teach the channel; the next reference is then planned. */
static void
teach(void)
{
	for (int i = 0; i < 10; i++) {
		rig_send(&r, C, "teach");
		rig_sent(&r, 100 + i);
	}
}

/* The number the doubtful one would have had: it is the next one's, or the late result of
 * the doubtful one. A report says which. */
static void
the_next_reference_proves_it_never_left(void **state)
{
	(void)state;
	teach();
	uint64_t id = rig_send(&r, A, "hi");
	rig_unknown(&r);
	uint64_t next = rig_send(&r, C, "next");
	rig_sent(&r, 110);
	assert_string_equal(rig_state(&r, next), "in_doubt");
	assert_string_equal(rig_state(&r, id), "in_doubt");
	rig_report(&r, "north", 110, C, 0);
	assert_string_equal(rig_state(&r, next), "delivered");
	rig_run(&r, MINUTE);
	assert_string_equal(rig_state(&r, id), "sending"); /* it never left: again */
	rig_sent(&r, 111);
	assert_string_equal(rig_state(&r, id), "sent");
}

/* None answers after ten minutes: then the number alone is proof. */
static void
and_without_a_report_when_no_answer_can_come(void **state)
{
	(void)state;
	teach();
	uint64_t id = rig_send(&r, A, "hi");
	rig_unknown(&r);
	rig_run(&r, 11 * MINUTE);
	uint64_t next = rig_send(&r, C, "next");
	rig_sent(&r, 110);
	assert_string_equal(rig_state(&r, next), "sent");
	rig_run(&r, SECOND);
	assert_string_equal(rig_state(&r, id), "sending");
	rig_sent(&r, 111);
}

static void
a_late_result_taken_for_the_next_one_is_put_right(void **state)
{
	(void)state;
	teach();
	uint64_t id = rig_send(&r, A, "hi");
	rig_unknown(&r);
	uint64_t next = rig_send(&r, C, "next");
	rig_sent(&r, 110); /* the doubtful one's, late */
	channel_evidence(channel_find(&r.core, "north"), 0, EVIDENCE_ACCEPTED, 111);
	rig_run(&r, MINUTE);
	assert_string_equal(rig_state(&r, id), "sent");
	rig_report(&r, "north", 111, C, 0);
	assert_string_equal(rig_state(&r, next), "delivered");
	rig_report(&r, "north", 110, A, 0);
	assert_string_equal(rig_state(&r, id), "delivered");
	assert_int_equal(r.send_count, 12);
}

static void
another_next_reference_proves_nothing(void **state)
{
	(void)state;
	teach();
	uint64_t id = rig_send(&r, A, "hi");
	rig_unknown(&r);
	rig_send(&r, C, "next");
	rig_sent(&r, 111);
	assert_string_equal(rig_state(&r, id), "in_doubt");
	rig_report(&r, "north", 110, A, 0); /* but a report with the planned one does */
	assert_string_equal(rig_state(&r, id), "delivered");
}

/* What a watchdog asks of /healthz: when the device last spoke, when a text last left. */
static void
the_last_word_and_the_last_text_are_known(void **state)
{
	(void)state;
	struct channel_view v;
	struct channel *ch = channel_find(&r.core, "north");
	rig_send(&r, A, "one");
	rig_unknown(&r); /* silence is no word */
	channel_view(&r.core, ch, &v);
	assert_int_equal(v.heard, 0);
	assert_int_equal(v.last_sent, 0);
	rig_run(&r, HOUR);
	rig_ready(&r, "north");
	rig_send(&r, C, "two");
	rig_sent(&r, 9);
	channel_view(&r.core, ch, &v);
	assert_int_equal(v.heard, r.clock.wall);
	assert_int_equal(v.last_sent, r.clock.wall);
}

/* The network's report overtakes the modem's answer, which then never comes. */
static void
a_report_before_the_doubt_proves_it_was_sent(void **state)
{
	(void)state;
	teach();
	uint64_t id = rig_send(&r, A, "hi");
	rig_report(&r, "north", 110, A, 0);
	assert_string_equal(rig_state(&r, id), "sending");
	rig_unknown(&r);
	assert_string_equal(rig_state(&r, id), "delivered");
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM messages WHERE state = "
				       "'delivered' AND sent_at > 0"),
		1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM events WHERE name = "
				       "'message.in_doubt'"),
		0);
}

/* The same when the program ended in between; what is left of a long text goes on. */
static void
a_report_before_the_crash_proves_it_was_sent(void **state)
{
	(void)state;
	char text[301];
	memset(text, 'x', 300);
	text[300] = '\0';
	teach();
	uint64_t id = rig_send(&r, A, text);
	rig_report(&r, "north", 110, A, 0);
	size_t sends = r.send_count;
	rig_crash(&r);
	rig_ready(&r, "north");
	rig_run(&r, SECOND);
	assert_string_equal(rig_state(&r, id), "sending");
	assert_int_equal(r.send_count, sends + 1);
	assert_int_equal(rig_count(&r, "SELECT max(part) FROM attempts"), 2);
	rig_sent(&r, 111);
	rig_report(&r, "north", 111, A, 0);
	assert_string_equal(rig_state(&r, id), "delivered");
}

/* Whoever asked for a second try when in doubt gets none: there is no doubt. */
static void
a_reported_text_is_not_sent_again(void **state)
{
	(void)state;
	struct outbox_receipt receipt;
	struct strbuf err = STRBUF_SENTENCE;
	teach();
	struct outbox_request request = {.to = A,
		.text = "hi",
		.text_len = 2,
		.cls = CLASS_SERVICE,
		.origin = "test",
		.on_doubt = "resend",
		.msg_class = -1};
	assert_int_equal(outbox_accept(&r.core, &request, &receipt, &err), 0);
	rig_run(&r, 0);
	size_t sends = r.send_count;
	rig_report(&r, "north", 110, A, 0);
	rig_unknown(&r);
	rig_run(&r, HOUR);
	assert_string_equal(rig_state(&r, receipt.id), "delivered");
	assert_int_equal(r.send_count, sends);
	strbuf_done(&err);
}

static void
the_sim_proves_it_was_never_submitted(void **state)
{
	(void)state;
	struct channel *ch = channel_find(&r.core, "north");
	teach();
	channel_sim_reference(
		ch, 109); /* it agreed after ten sends: from now on believed */
	uint64_t id = rig_send(&r, A, "hi");
	rig_unknown(&r);
	channel_sim_reference(ch, 109);
	rig_run(&r, 0);
	assert_string_equal(rig_state(&r, id), "sending");
}

static void
a_person_settles_a_doubt(void **state)
{
	(void)state;
	static const struct {
		const char *how, *then;
		int sends;
	} rows[] = {
		{"sent", "sent", 1}, {"close", "in_doubt", 1}, {"resend", "sending", 2}};
	struct strbuf err = STRBUF_SENTENCE;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t before = r.send_count;
		uint64_t id = rig_send(&r, A, "hi");
		rig_unknown(&r);
		rig_ready(&r, "north");
		assert_int_equal(journal_resolve(&r.core, id, "maybe", &err), -EINVAL);
		assert_int_equal(journal_resolve(&r.core, id, rows[i].how, &err), 0);
		rig_run(&r, MINUTE);
		rig_ready(&r, "north");
		assert_string_equal(rig_state(&r, id), rows[i].then);
		assert_int_equal(r.send_count - before, rows[i].sends);
		rig_run(&r, HOUR);
	}
	rig_sent(&r, 3);
	strbuf_done(&err);
}

static void
marketing_in_doubt_is_closed(void **state)
{
	(void)state;
	rig_grant(&r, A);
	uint64_t id = rig_send_class(&r, A, "sale", CLASS_MARKETING);
	rig_unknown(&r);
	assert_string_equal(rig_state(&r, id), "in_doubt");
	assert_int_equal(
		rig_count(
			&r, "SELECT count(*) FROM messages WHERE reason LIKE 'closed:%'"),
		1);
}

static void
parts_stop_at_a_doubt_and_go_on_after_it(void **state)
{
	(void)state;
	char *text = long_text();
	uint64_t id = rig_send(&r, A, text);
	rig_sent(&r, 1);
	assert_int_equal(rig_last(&r, 0)->part, 2);
	struct rig_send second = *rig_last(&r, 0);
	rig_unknown(&r);
	assert_string_equal(rig_state(&r, id), "in_doubt");
	assert_int_equal(r.send_count, 2);
	struct strbuf err = STRBUF_SENTENCE;
	assert_int_equal(journal_resolve(&r.core, id, "resend", &err), 0);
	rig_run(&r, 0);
	assert_int_equal(rig_last(&r, 0)->part, 2); /* the same part, octet for octet */
	assert_int_equal(rig_last(&r, 0)->len, second.len);
	assert_memory_equal(rig_last(&r, 0)->tpdu, second.tpdu, second.len);
	rig_sent(&r, 3);
	rig_sent(&r, 4);
	assert_string_equal(rig_state(&r, id), "sent");
	assert_int_equal(r.send_count, 4);
	strbuf_done(&err);
	free(text);
}

static void
a_crash_between_parts_doubts_only_the_one_in_flight(void **state)
{
	(void)state;
	char *text = long_text();
	uint64_t id = rig_send(&r, A, text);
	rig_sent(&r, 1);
	rig_sent(&r, 2);
	rig_crash(&r);
	assert_string_equal(rig_state(&r, id), "in_doubt");
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM attempts WHERE state = 'unknown'"),
		1);
	assert_int_equal(
		rig_count(&r, "SELECT part FROM attempts WHERE state = 'unknown'"), 3);
	free(text);
}

static void
a_pinned_message_waits_for_its_sim(void **state)
{
	(void)state;
	char *text = long_text();
	uint64_t id = rig_send(&r, A, text);
	struct channel *first = rig_last(&r, 0)->ch;
	rig_sent(&r, 1);
	rig_answer(&r, &(struct outcome){.what = SEND_LATER,
			       .reference = -1,
			       .code = 331,
			       .why = "no network",
			       .channel_fault = true});
	assert_string_equal(rig_state(&r, id), "queued");
	size_t before = r.send_count;
	rig_run(&r, SECOND); /* the other channel is free, and must not take it */
	assert_int_equal(r.send_count, before);
	rig_run(&r, 10 * SECOND);
	assert_int_equal(r.send_count, before + 1);
	assert_ptr_equal(rig_last(&r, 0)->ch, first);
	assert_int_equal(rig_last(&r, 0)->part, 2);
	free(text);
}

static void
another_channel_takes_what_never_left(void **state)
{
	(void)state;
	uint64_t id = rig_send(&r, A, "hi");
	struct channel *first = rig_last(&r, 0)->ch;
	rig_answer(&r, &(struct outcome){.what = SEND_LATER,
			       .reference = -1,
			       .code = 331,
			       .why = "no network",
			       .channel_fault = true});
	assert_string_equal(rig_state(&r, id), "sending");
	assert_ptr_not_equal(rig_last(&r, 0)->ch, first);
	assert_int_equal(
		rig_count(&r, "SELECT tries FROM messages WHERE outbound = 1"), 0);
}

static void
refusals_back_off_until_it_expires(void **state)
{
	(void)state;
	uint64_t id = rig_send(&r, A, "hi");
	const struct outcome busy = {
		.what = SEND_LATER, .reference = -1, .code = 42, .why = "congestion"};
	int tries = 0;
	int64_t start = r.clock.wall;
	while (strcmp(rig_state(&r, id), "sending") == 0 && tries < 1000) {
		rig_answer(&r, &busy);
		tries++;
		rig_run(&r, 20 * MINUTE);
	}
	assert_string_equal(rig_state(&r, id), "expired");
	assert_true(tries > 100 && tries < 400);
	assert_true(r.clock.wall - start <= 3 * DAY + 20 * MINUTE);
}

static void
a_rejected_number_blocks_nobody(void **state)
{
	(void)state;
	uint64_t bad = rig_send(&r, A, "hi"), good = rig_send(&r, C, "hi");
	rig_answer(&r, &(struct outcome){.what = SEND_REJECTED,
			       .reference = -1,
			       .code = 1,
			       .why = "unassigned number"});
	assert_string_equal(rig_state(&r, bad), "failed");
	rig_sent(&r, 1);
	assert_string_equal(rig_state(&r, good), "sent");
}

static void
two_unknowns_open_the_breaker(void **state)
{
	(void)state;
	struct channel *ch = channel_find(&r.core, "north");
	rig_send(&r, A, "1");
	rig_unknown(&r);
	rig_send(&r, A, "2");
	rig_unknown(&r);
	assert_int_equal(ch->state, CHANNEL_BROKEN);
	uint64_t id = rig_send(&r, C, "3");
	assert_string_equal(rig_state(&r, id), "queued");
	rig_run(&r, 6 * SECOND);
	assert_int_equal(r.resets, 1); /* restarted and tested */
	rig_ready(&r, "north");
	assert_string_equal(rig_state(&r, id), "sending");
}

static void
reports_tell_once_and_the_last_word_counts(void **state)
{
	(void)state;
	char *text = long_text();
	uint64_t id = rig_send(&r, A, text);
	for (int mr = 1; mr <= 3; mr++)
		rig_sent(&r, mr);
	rig_report(&r, "north", 1, A, 0x30); /* still trying */
	rig_report(&r, "north", 3, A, 0);
	rig_report(&r, "north", 2, A, 0);
	assert_string_equal(rig_state(&r, id), "sent");
	rig_report(&r, "north", 1, A, 0);
	assert_string_equal(rig_state(&r, id), "delivered");
	rig_report(&r, "north", 1, A, 0x46);
	assert_string_equal(rig_state(&r, id), "delivered");
	assert_int_equal(
		rig_count(&r,
			"SELECT count(*) FROM events WHERE name = 'message.delivered'"),
		1);
	free(text);
}

static void
a_report_may_come_before_the_result(void **state)
{
	(void)state;
	uint64_t id = rig_send(&r, A, "hi");
	rig_run(&r, SECOND);
	rig_report(&r, "north", 55, A, 0);
	assert_string_equal(rig_state(&r, id), "sending");
	rig_sent(&r, 55);
	assert_string_equal(rig_state(&r, id), "delivered");
}

/* 256 texts to one number in a second: the reports of the first and the last are alike.
 */
static void
reports_alike_are_two(void **state)
{
	(void)state;
	static const uint8_t report[] = {0x06, 5, 0x0C, 0x91, 0x28, 0x01, 0x11, 0x11,
		0x00, 0x10, 0x62, 0x30, 0x20, 0x90, 0x00, 0x00, 0x63, 0x62, 0x30, 0x20,
		0x90, 0x00, 0x00, 0x63, 0x00};
	struct incoming in = {.kind = INCOMING_TPDU,
		.bytes = report,
		.len = sizeof(report),
		.smsc = "",
		.occurrence = 1};
	uint64_t ids[2];
	for (size_t i = 0; i < 2; i++) {
		ids[i] = rig_send(&r, A, i ? "second" : "first");
		rig_sent(&r, 5);
		channel_received(channel_find(&r.core, "north"), &in);
		rig_run(&r, 0);
		assert_string_equal(rig_state(&r, ids[i]), "delivered");
	}
}

static void
references_wrap(void **state)
{
	(void)state;
	uint64_t old = rig_send(&r, A, "old");
	rig_sent(&r, 5);
	rig_run(&r, DAY);
	uint64_t newer = rig_send(&r, A, "new");
	rig_sent(&r, 5);
	rig_report(&r, "north", 5, A, 0);
	assert_string_equal(rig_state(&r, newer), "delivered");
	assert_string_equal(rig_state(&r, old), "sent");
	rig_report(&r, "north", 77, A, 0); /* nobody's: kept and shown */
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM reports WHERE attempt IS NULL"), 1);
}

static int
one(void **state)
{
	(void)state;
	rig_open(&r, false);
	return 0;
}

static int
two(void **state)
{
	(void)state;
	rig_open(&r, true);
	return 0;
}

static int
close_rig(void **state)
{
	(void)state;
	rig_close(&r);
	return 0;
}

#define ON_ONE(test) cmocka_unit_test_setup_teardown(test, one, close_rig)
#define ON_TWO(test) cmocka_unit_test_setup_teardown(test, two, close_rig)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_ONE(a_send_is_durable_before_it_is_released),
		ON_ONE(a_lost_tick_withdraws),
		ON_ONE(a_result_in_a_lost_tick_is_not_forgotten),
		ON_ONE(a_crash_with_one_in_flight_is_a_doubt),
		ON_ONE(the_network_resolves_a_doubt),
		ON_ONE(the_next_reference_proves_it_never_left),
		ON_ONE(and_without_a_report_when_no_answer_can_come),
		ON_ONE(a_late_result_taken_for_the_next_one_is_put_right),
		ON_ONE(another_next_reference_proves_nothing),
		ON_ONE(the_last_word_and_the_last_text_are_known),
		ON_ONE(a_report_before_the_doubt_proves_it_was_sent),
		ON_ONE(a_report_before_the_crash_proves_it_was_sent),
		ON_ONE(a_reported_text_is_not_sent_again),
		ON_ONE(the_sim_proves_it_was_never_submitted),
		ON_ONE(a_person_settles_a_doubt),
		ON_ONE(marketing_in_doubt_is_closed),
		ON_ONE(parts_stop_at_a_doubt_and_go_on_after_it),
		ON_ONE(a_crash_between_parts_doubts_only_the_one_in_flight),
		ON_TWO(a_pinned_message_waits_for_its_sim),
		ON_TWO(another_channel_takes_what_never_left),
		ON_ONE(refusals_back_off_until_it_expires),
		ON_ONE(a_rejected_number_blocks_nobody),
		ON_ONE(two_unknowns_open_the_breaker),
		ON_ONE(reports_tell_once_and_the_last_word_counts),
		ON_ONE(a_report_may_come_before_the_result),
		ON_ONE(reports_alike_are_two),
		ON_ONE(references_wrap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
