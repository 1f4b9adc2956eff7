/* The way in: nothing twice, nothing lost, long texts whole, consent words before all
 * else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "tests/lib/rig.h"

static struct rig r;
static const char *const A = "+821011110001", *const B = "+821011110002";

static int64_t
texts(void)
{
	return rig_count(&r, "SELECT count(*) FROM messages WHERE outbound = 0");
}

static int64_t
with(const char *sql, const char *text)
{
	return db_number(r.core.db, -1, sql, "t", text);
}

static int64_t
received(const char *text)
{
	return with(
		"SELECT count(*) FROM messages WHERE outbound = 0 AND text = $1", text);
}

static void
a_text_is_stored_acknowledged_and_ticketed(void **state)
{
	(void)state;
	rig_receive(&r, "north", A, "주문한 거 어디쯤 왔나요");
	assert_int_equal(received("주문한 거 어디쯤 왔나요"), 1);
	assert_int_equal(r.ack_count, 1);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM tickets WHERE state = 'open'"), 1);
	rig_receive(&r, "north", A, "여보세요?");
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM tickets"), 1); /* one while open */
	assert_int_equal(r.send_count, 0);
}

static const uint8_t same[] = {0x04, 0x0C, 0x91, 0x28, 0x01, 0x11, 0x11, 0x00, 0x10, 0x00,
	0x00, 0x62, 0x30, 0x20, 0x90, 0x00, 0x00, 0x63, 0x02, 0xE8, 0x34};

static void
the_same_slot_twice_is_one_two_slots_are_two(void **state)
{
	(void)state;
	rig_receive_bytes(&r, "north", same, sizeof(same), 1);
	rig_receive_bytes(&r, "north", same, sizeof(same), 1);
	assert_int_equal(texts(), 1);
	assert_int_equal(r.ack_count, 2); /* the repeat is deleted too */
	rig_receive_bytes(&r, "north", same, sizeof(same), 2);
	assert_int_equal(texts(), 2);
	rig_crash(&r); /* both still on the SIM, listed again */
	rig_receive_bytes(&r, "north", same, sizeof(same), 1);
	rig_receive_bytes(&r, "north", same, sizeof(same), 2);
	assert_int_equal(texts(), 2);
}

static void
equal_words_are_not_duplicates(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		rig_receive(&r, "north", A, "네");
		rig_run(&r, 2 * SECOND);
	}
	assert_int_equal(received("네"), 3);
}

static char *
long_text(char fill)
{
	char *text = xcalloc(1, 401);
	memset(text, fill, 400);
	return text;
}

static void
parts_join_in_any_order_across_a_crash(void **state)
{
	(void)state;
	char *text = long_text('x'), *other = long_text('y');
	rig_receive_part(&r, "north", A, text, 9, 2);
	rig_receive_part(
		&r, "north", B, other, 9, 0); /* same reference, another sender */
	rig_receive_part(&r, "north", A, text, 9, 0);
	rig_receive_part(&r, "north", A, text, 9, 0); /* repeated by the network */
	assert_int_equal(texts(), 0);
	rig_crash(&r);
	rig_ready(&r, "north");
	rig_receive_part(&r, "north", A, text, 9, 1);
	assert_int_equal(received(text), 1);
	rig_run(&r, HOUR);
	rig_receive_part(&r, "north", A, text, 9, 1); /* and once more, too late */
	assert_int_equal(received(text), 1);
	free(text);
	free(other);
}

static void
the_same_reference_with_other_words_is_another_text(void **state)
{
	(void)state;
	char *first = long_text('x'), *second = long_text('y');
	rig_receive_part(&r, "north", A, first, 9, 0);
	rig_receive_part(&r, "north", A, second, 9, 0);
	for (size_t part = 1; part < 3; part++) {
		rig_receive_part(&r, "north", A, second, 9, part);
	}
	assert_int_equal(received(second), 1);
	for (size_t part = 1; part < 3; part++)
		rig_receive_part(&r, "north", A, first, 9, part);
	assert_int_equal(received(first), 1);
	free(first);
	free(second);
}

static void
a_partial_is_shown_and_amended(void **state)
{
	(void)state;
	char *text = long_text('x');
	rig_receive_part(&r, "north", A, text, 9, 0);
	rig_receive_part(&r, "north", A, text, 9, 2);
	rig_run(&r, 9 * MINUTE);
	assert_int_equal(texts(), 0);
	rig_run(&r, 3 * MINUTE);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM messages WHERE outbound = 0 AND "
			      "reason = 'partial: 2 of 3 parts'"),
		1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM tickets"), 0);
	rig_receive_part(&r, "north", A, text, 9, 1);
	assert_int_equal(received(text), 1);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM messages WHERE reason = 'amended'"),
		1);
	free(text);
}

static void
junk_is_kept_and_shown(void **state)
{
	(void)state;
	struct incoming junk = {.kind = INCOMING_JUNK,
		.token = 5,
		.bytes = (const uint8_t *)"+CMGL garbage",
		.len = 13,
		.occurrence = 1};
	channel_received(channel_find(&r.core, "north"), &junk);
	rig_run(&r, 0);
	rig_receive_bytes(&r, "north", "\xFF\xFF\xFF", 3, 1);
	assert_int_equal(
		rig_count(
			&r, "SELECT count(*) FROM arrivals WHERE state = 'undecodable'"),
		2);
	assert_int_equal(r.ack_count, 2);
}

static void
what_ends_the_program_twice_is_set_aside(void **state)
{
	(void)state;
	struct channel *ch = channel_find(&r.core, "north");
	struct incoming in = {.kind = INCOMING_TPDU,
		.token = 5,
		.bytes = same,
		.len = sizeof(same),
		.occurrence = 1};
	channel_received(ch, &in);
	assert_int_equal(db_commit(r.core.db), 0); /* stored, and then the program ends */
	db_run(r.core.db, "UPDATE arrivals SET starts = 2", "");
	assert_int_equal(db_commit(r.core.db), 0);
	rig_crash(&r);
	assert_int_equal(
		rig_count(
			&r, "SELECT count(*) FROM arrivals WHERE state = 'quarantined'"),
		1);
	assert_int_equal(texts(), 0);
}

/* ---- consent ---- */

static void
stop_is_one_commit(void **state)
{
	(void)state;
	rig_send(&r, B, "keeps the modem busy");
	rig_grant(&r, A);
	uint64_t promo = rig_send_class(&r, A, "sale", CLASS_MARKETING);
	uint64_t service = rig_send(&r, A, "your parcel");
	rig_receive(&r, "north", A,
		"\xE2\x80\x98\xEF\xBC\xB3\xEF\xBC\xB4\xEF\xBC\xAF\xEF\xBC\xB0"
		"\xE2\x80\x99 !!"); /* ‘ＳＴＯＰ’ !! */
	assert_string_equal(rig_state(&r, promo), "canceled");
	assert_string_equal(rig_state(&r, service), "queued");
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM consent WHERE action = 'revoke' AND "
			      "message IS NOT NULL"),
		1);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM messages WHERE class = 'notice'"), 1);
	rig_receive(&r, "north", A, "그만"); /* again: recorded, not confirmed */
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM consent"), 3);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM messages WHERE class = 'notice'"), 1);
	rig_sent(&r, 1);
	assert_string_equal(rig_last(&r, 0)->to, A); /* the confirmation goes first */
	rig_sent(&r, 2);
	assert_string_equal(rig_state(&r, service), "sending");
	rig_sent(&r, 3);
	uint64_t later = rig_send_class(&r, A, "sale", CLASS_MARKETING);
	assert_string_equal(rig_state(&r, later), "suppressed");
}

static void
start_lifts_only_what_was_stopped(void **state)
{
	(void)state;
	rig_receive(&r, "north", A, "시작"); /* never stopped: ordinary words */
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM tickets"), 1);
	rig_receive(&r, "north", B, "수신거부");
	rig_receive(&r, "north", B, "시작");
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM consent WHERE action = 'unblock'"),
		1);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM contacts WHERE stopped <> ''"), 0);
}

static void
conversation_is_not_consent(void **state)
{
	(void)state;
	const char *const rows[] = {"취소", "cancel", "end", "stop 12345",
		"그만 좀 비싸요", "quit", "배송 중지해 주세요", "Please stop by tomorrow",
		"1", "네", "동의"};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		rig_receive(&r, "north", A, rows[i]);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM consent"), 0);
	assert_int_equal(texts(), (int64_t)ARRAY_LEN(rows));
}

static void
help_answers_unless_a_person_does(void **state)
{
	(void)state;
	rig_receive(&r, "north", A, "도움말");
	assert_int_equal(r.send_count, 1);
	rig_sent(&r, 1);
	rig_receive(&r, "north", A, "그게 아니라 사람이랑 얘기하고 싶어요");
	rig_receive(&r, "north", A, "도움말");
	assert_int_equal(r.send_count, 1);
}

static void
an_old_text_is_for_people(void **state)
{
	(void)state;
	rig_run(&r, 13 * HOUR);
	rig_receive_bytes(
		&r, "north", same, sizeof(same), 1); /* "hi", stamped at the start */
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM messages WHERE reason = 'stale'"), 1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM tickets"), 1);
	assert_int_equal(rig_count(&r, "SELECT max(last_in) FROM contacts"), 0);
}

/* ---- a SIM with texts on it ---- */

static void
many_texts_on_a_new_sim_are_not_deleted(void **state)
{
	(void)state;
	struct channel *ch = channel_find(&r.core, "north");
	struct channel_identity who = {.imsi = "450059999999999"};
	channel_down(ch, false, "the modem was unplugged");
	channel_identify(ch, &who);
	for (int i = 0; i < 21; i++) {
		rig_receive(&r, "north", A, "old friend");
		rig_run(&r, SECOND);
	}
	channel_ready(ch);
	rig_run(&r, 0);
	assert_int_equal(texts(), 21);
	assert_int_equal(r.ack_count, 0);
	channel_adopt(&r.core, ch);
	assert_int_equal(r.ack_count, 21);
}

/* ---- order ---- */

static void
replies_overtake_and_each_contact_keeps_its_order(void **state)
{
	(void)state;
	uint64_t first = rig_send(&r, A, "1"), second = rig_send(&r, A, "2");
	rig_grant(&r, B);
	uint64_t promo = rig_send_class(&r, B, "sale", CLASS_MARKETING);
	rig_receive(&r, "north", "+821011110009", "도움말");
	rig_sent(&r, 1);
	assert_string_equal(rig_state(&r, first), "sent");
	assert_string_equal(rig_last(&r, 0)->to, "+821011110009");
	rig_sent(&r, 2);
	assert_string_equal(rig_state(&r, second), "sending");
	rig_sent(&r, 3);
	assert_string_equal(rig_state(&r, promo), "sending");
	rig_sent(&r, 4);
}

static void
a_reply_slips_between_the_parts_of_a_long_text(void **state)
{
	(void)state;
	char *text = long_text('x');
	uint64_t big = rig_send(&r, A, text);
	rig_receive(&r, "north", B, "도움말");
	rig_sent(&r, 1);
	assert_string_equal(rig_last(&r, 0)->to, B);
	rig_sent(&r, 2);
	assert_int_equal(rig_last(&r, 0)->part, 2);
	rig_sent(&r, 3);
	rig_sent(&r, 4);
	assert_string_equal(rig_state(&r, big), "sent");
	free(text);
}

static void
a_contact_has_one_text_in_flight(void **state)
{
	(void)state;
	rig_send(&r, A, "1");
	rig_send(&r, A, "2");
	assert_int_equal(r.send_count, 1); /* though another channel is free */
	rig_send(&r, B, "3");
	assert_int_equal(r.send_count, 2);
}

static void
a_key_makes_a_request_once(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_receipt first, again;
	struct outbox_request q = {.to = "010-1111-0001",
		.text = "hi",
		.text_len = 2,
		.cls = CLASS_SERVICE,
		.key = "order-1",
		.msg_class = -1};
	assert_int_equal(outbox_accept(&r.core, &q, &first, &err), 0);
	q.to = "+82 10 1111 0001"; /* the same number, spelt otherwise */
	assert_int_equal(outbox_accept(&r.core, &q, &again, &err), 0);
	assert_true(again.repeated && again.id == first.id);
	q.text = "ho";
	assert_int_equal(outbox_accept(&r.core, &q, &again, &err), -EEXIST);
	strbuf_done(&err);
}

static void
held_messages_leave_on_time(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_receipt receipt;
	struct outbox_request q = {.to = A,
		.text = "hi",
		.text_len = 2,
		.cls = CLASS_SERVICE,
		.msg_class = -1,
		.at = r.clock.wall + HOUR};
	assert_int_equal(outbox_accept(&r.core, &q, &receipt, &err), 0);
	rig_run(&r, HOUR - 1);
	assert_string_equal(rig_state(&r, receipt.id), "held");
	rig_crash(&r);
	rig_ready(&r, "north");
	rig_run(&r, 1);
	assert_string_equal(rig_state(&r, receipt.id), "sending");
	rig_sent(&r, 1);
	channel_down(channel_find(&r.core, "north"), false, "gone");
	q.at = r.clock.wall + HOUR; /* with no channel to go by it is held all the same */
	q.text = "ho";
	assert_int_equal(outbox_accept(&r.core, &q, &receipt, &err), 0);
	assert_int_equal(receipt.state, MESSAGE_HELD);
	rig_ready(&r, "north");
	assert_string_equal(rig_state(&r, receipt.id), "held");
	rig_run(&r, HOUR);
	uint64_t late = rig_send(&r, A, "second");
	assert_int_equal(outbox_cancel(&r.core, late, &err), 0);
	assert_string_equal(rig_state(&r, late), "canceled");
	assert_int_equal(outbox_cancel(&r.core, receipt.id, &err), -EPERM);
	strbuf_done(&err);
}

/* A sender nobody could dial is answered as it is written, once it has written. */
static void
an_odd_sender_can_be_answered(void **state)
{
	(void)state;
	struct outbox_receipt receipt;
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_request request = {.to = "0101",
		.text = "hi",
		.text_len = 2,
		.cls = CLASS_SERVICE,
		.origin = "test",
		.msg_class = -1};
	assert_int_equal(outbox_accept(&r.core, &request, &receipt, &err), -EINVAL);
	rig_receive(&r, "north", "0101", "hello");
	assert_int_equal(outbox_accept(&r.core, &request, &receipt, &err), 0);
	rig_run(&r, 0);
	rig_sent(&r, 1);
	assert_string_equal(rig_state(&r, receipt.id), "sent");
	strbuf_done(&err);
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
		ON_ONE(a_text_is_stored_acknowledged_and_ticketed),
		ON_ONE(an_odd_sender_can_be_answered),
		ON_ONE(the_same_slot_twice_is_one_two_slots_are_two),
		ON_ONE(equal_words_are_not_duplicates),
		ON_ONE(parts_join_in_any_order_across_a_crash),
		ON_ONE(the_same_reference_with_other_words_is_another_text),
		ON_ONE(a_partial_is_shown_and_amended),
		ON_ONE(junk_is_kept_and_shown),
		ON_ONE(what_ends_the_program_twice_is_set_aside),
		ON_ONE(stop_is_one_commit),
		ON_ONE(start_lifts_only_what_was_stopped),
		ON_ONE(conversation_is_not_consent),
		ON_ONE(help_answers_unless_a_person_does),
		ON_ONE(an_old_text_is_for_people),
		ON_ONE(many_texts_on_a_new_sim_are_not_deleted),
		ON_ONE(replies_overtake_and_each_contact_keeps_its_order),
		ON_ONE(a_reply_slips_between_the_parts_of_a_long_text),
		ON_TWO(a_contact_has_one_text_in_flight),
		ON_ONE(a_key_makes_a_request_once),
		ON_ONE(held_messages_leave_on_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
