/* What keeps a channel fit, and what arrives that is no text. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/core/special.h"
#include "gateway/core/upkeep.h"
#include "gateway/sms/pdu.h"
#include "tests/lib/rig.h"

static struct rig r;
static const char *const A = "+821011110001";

#define EVENTS(name) rig_count(&r, "SELECT count(*) FROM events WHERE name = '" name "'")
#define TICKETS(topic)                                                                   \
	rig_count(&r,                                                                    \
		"SELECT count(*) FROM tickets WHERE state = 'open' AND topic = '" topic  \
		"'")

static struct channel *
north(void)
{
	return channel_find(&r.core, "north");
}

static int
open_rig(void **state)
{
	(void)state;
	rig_open_with(&r, false, "owner = { phone = \"010-9999-0000\"; };", NULL);
	return 0;
}

static int
close_rig(void **state)
{
	(void)state;
	rig_close(&r);
	return 0;
}

static int64_t
alerts(void)
{
	/* sent, or kept where no channel works that could carry it */
	return rig_count(&r,
		"SELECT (SELECT count(*) FROM messages WHERE origin = "
		"'owner') + (SELECT count(*) FROM owner_alerts WHERE state = "
		"'waiting')");
}

/* ---- the owner ---- */

static void
a_channel_that_stays_away_is_an_alarm_once(void **state)
{
	(void)state;
	channel_down(north(), false, "unplugged");
	rig_run(&r, 59 * SECOND);
	assert_int_equal(alerts(), 0);
	rig_run(&r, 2 * SECOND);
	assert_int_equal(alerts(), 1);
	channel_down(north(), false, "still unplugged");
	rig_run(&r, HOUR);
	assert_int_equal(alerts(), 1);
	rig_ready(&r, "north");
	assert_int_equal(EVENTS("channel.back"), 1);
}

static void
one_that_is_back_in_time_is_none(void **state)
{
	(void)state;
	channel_down(north(), false, "unplugged");
	rig_run(&r, 30 * SECOND);
	rig_ready(&r, "north");
	rig_run(&r, HOUR);
	assert_int_equal(alerts(), 0);
}

static void
what_only_a_person_can_mend_is_told_at_once(void **state)
{
	(void)state;
	channel_down(north(), true, "the SIM wants its PUK");
	rig_run(&r, 1);
	assert_int_equal(alerts(), 1);
}

static void
the_same_trouble_is_told_every_six_hours(void **state)
{
	(void)state;
	for (int i = 0; i < 7; i++) {
		channel_notice(north(), "sim.storage_high", "nearly full");
		rig_run(&r, HOUR);
	}
	assert_int_equal(EVENTS("sim.storage_high"), 7);
	assert_int_equal(alerts(), 2);
	channel_notice(north(), "modem.power", "not for the owner");
	rig_run(&r, HOUR);
	assert_int_equal(alerts(), 2);
	rig_crash(&r); /* and a restart does not begin to count anew */
	rig_ready(&r, "north");
	channel_notice(north(), "sim.storage_high", "nearly full");
	rig_run(&r, SECOND);
	assert_int_equal(alerts(), 2);
}

/* ---- amounts ---- */

static void
an_amount_is_read_as_it_is_written(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {{"Balance 12,340 KRW", 1234000}, {"1.234,50 EUR", 123450},
		{"1,234.5", 123450}, {"$ 0.07", 7}, {"12.340", 1234000}, {"잔액 0원", 0},
		{"5.", 500}, {"none", -1}, {"", -1}, {"999999999999999999999", -2},
		{"1,234,567.89", 123456789}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t got = upkeep_amount(rows[i].text);
		if (rows[i].want == -2 ? got <= 0 : got != rows[i].want)
			fail_msg("%s: %lld", rows[i].text, (long long)got);
	}
}

/* ---- what arrives ---- */

static void
arrive(const struct pdu *pdu)
{
	struct strbuf out = STRBUF_INIT(256), err = STRBUF_SENTENCE;
	if (pdu_encode(pdu, &out, &err) < 0)
		fail_msg("%s", err.s);
	rig_receive_bytes(&r, "north", out.s, out.len, 1);
	rig_run(&r, 10);
	strbuf_done(&out);
	strbuf_done(&err);
}

static struct pdu
deliver(const char *from)
{
	struct pdu pdu = {.type = PDU_DELIVER, .mms = true, .msg_class = -1};
	assert_int_equal(sms_address_parse(from, &pdu.address, NULL), 0);
	pdu.scts =
		(struct sms_time){.valid = true, .wall = core_now(&r.core) / 1000 * 1000};
	return pdu;
}

static void
type_0_is_acknowledged_and_not_shown(void **state)
{
	(void)state;
	struct pdu pdu = deliver(A);
	pdu.pid = SMS_PID_TYPE0;
	assert_int_equal(pdu_put_text(&pdu, NULL, 0, SMS_GSM7, "spy", 3, NULL), 0);
	arrive(&pdu);
	assert_int_equal(EVENTS("arrival.type0"), 1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM messages"), 0);
	assert_int_equal(r.ack_count, 1);
}

static void
voice_mail_is_a_ticket_and_no_text(void **state)
{
	(void)state;
	struct pdu pdu = deliver(A);
	pdu.dcs = 0xC8; /* 23.038 4: discard, voice mail waits */
	assert_int_equal(pdu_put_text(&pdu, NULL, 0, SMS_GSM7, "2 new", 5, NULL), 0);
	arrive(&pdu);
	assert_int_equal(TICKETS("voicemail"), 1);
	assert_int_equal(r.ack_count, 1);
	pdu = deliver(A);
	pdu.dcs = 0xC0; /* nothing waits any more */
	assert_int_equal(pdu_put_text(&pdu, NULL, 0, SMS_GSM7, "", 0, NULL), 0);
	arrive(&pdu);
	assert_int_equal(EVENTS("sim.nothing_waits"), 1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM tickets"), 1);
}

static void
mms_part(const char *octets, size_t len, unsigned ref, unsigned total, unsigned seq)
{
	const uint8_t header[] = {11, 0x05, 4, 0x0B, 0x84, 0x23, 0xF0, 0x00, 3,
		(uint8_t)ref, (uint8_t)total, (uint8_t)seq};
	struct pdu pdu = deliver("1234");
	pdu.dcs = 0x04;
	assert_int_equal(
		pdu_put_text(&pdu, header, sizeof(header), SMS_8BIT, octets, len, NULL),
		0);
	arrive(&pdu);
}

static const char push[] = "\x01\x06\x01\xBE\x8C\x82\x89\x19\x80"
			   "+821011110001/TYPE=PLMN\0\x96Photo\0\x8E\x02\x08\x00";

static void
an_mms_is_a_ticket_and_is_explained_once_a_day(void **state)
{
	(void)state;
	mms_part(push, sizeof(push) - 1, 1, 1, 1);
	assert_int_equal(TICKETS("mms"), 1);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM messages WHERE outbound = 0 AND "
			      "text = '[MMS] Photo (2 KB)' AND reason = 'mms'"),
		1);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM messages WHERE origin = 'mms'"), 1);
	/* In two parts, the second first. */
	mms_part(&push[20], sizeof(push) - 21, 2, 2, 2);
	mms_part(push, 20, 2, 2, 1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM messages WHERE text = "
				       "'[MMS] Photo (2 KB)'"),
		2);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM messages WHERE origin = 'mms'"), 1);
	rig_run(&r, DAY);
	mms_part(push, sizeof(push) - 1, 3, 1, 1);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM messages WHERE origin = 'mms'"), 2);
}

static void
binary_that_is_no_mms_is_kept_as_data(void **state)
{
	(void)state;
	mms_part("\x01\x06\x01\xAE\x00", 5, 1, 1, 1);
	assert_int_equal(TICKETS("mms"), 0);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM messages WHERE outbound = 0 AND "
			      "reason LIKE 'data%'"),
		1);
}

static void
a_missed_call_is_a_ticket(void **state)
{
	(void)state;
	channel_called(north(), "01011110001");
	rig_run(&r, 10);
	assert_int_equal(TICKETS("missed-call"), 1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM contacts WHERE phone = "
				       "'+821011110001'"),
		1);
#define TOLD "SELECT count(*) FROM messages WHERE origin = 'call'"
	assert_int_equal(
		rig_count(&r, TOLD " AND text LIKE '%전화%' AND class = 'service'"), 1);
	rig_sent(&r, 1);
	channel_called(north(), "01011110001");
	rig_run(&r, 10);
	assert_int_equal(rig_count(&r, TOLD), 1); /* once a day */
	channel_called(north(), "");
	rig_run(&r, 10);
	assert_int_equal(EVENTS("call.missed"), 3);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM tickets"), 1);
	channel_called(north(), "025551234"); /* a desk telephone reads nothing */
	rig_run(&r, 10);
	assert_int_equal(rig_count(&r, TOLD), 1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM tickets"), 2);
}

/* ---- the text to itself ---- */

static void
a_text_to_itself_proves_both_ways(void **state)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct channel_identity who = {.own_number = "+821070000000", .imsi = "1"};
	char text[32];
	(void)state;
	assert_int_equal(upkeep_test(north(), &err), -EINVAL);
	assert_non_null(strstr(err.s, "does not tell its own number"));
	channel_identify(north(), &who);
	assert_int_equal(upkeep_test(north(), &err), 0);
	rig_run(&r, 10);
	rig_sent(&r, 1);
	snprintf(text, sizeof(text), "%s", north()->upkeep.test);
	assert_int_equal(upkeep_test(north(), &err), -EINVAL);
	rig_receive(&r, "north", "+821070000000", text);
	rig_run(&r, 10);
	assert_int_equal(EVENTS("channel.test_passed"), 1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM tickets"), 0);
	assert_int_equal(upkeep_test(north(), &err), 0);
	rig_run(&r, 10);
	rig_sent(&r, 2);
	rig_run(&r, 30 * MINUTE); /* nothing comes back */
	assert_int_equal(EVENTS("channel.test_failed"), 1);
	assert_int_equal(alerts(), 1);
}

/* ---- refused by mistake ---- */

static void
a_refusal_that_may_be_mistaken_is_tried_once_more(void **state)
{
	(void)state;
	const struct outcome refused = {.what = SEND_REJECTED,
		.reference = -1,
		.code = 304,
		.why = "the modem found the PDU invalid",
		.again = true};
	uint64_t id = rig_send(&r, A, "right as it is");
	rig_answer(&r, &refused);
	assert_string_equal(rig_state(&r, id), "held");
	rig_run(&r, 20 * SECOND);
	rig_answer(&r, &refused);
	assert_string_equal(rig_state(&r, id), "failed");
	id = rig_send(&r, A, "right too");
	rig_answer(&r, &refused);
	rig_run(&r, 20 * SECOND);
	rig_sent(&r, 5);
	assert_string_equal(rig_state(&r, id), "sent");
}

#define ON_RIG(test) cmocka_unit_test_setup_teardown(test, open_rig, close_rig)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_RIG(a_channel_that_stays_away_is_an_alarm_once),
		ON_RIG(one_that_is_back_in_time_is_none),
		ON_RIG(what_only_a_person_can_mend_is_told_at_once),
		ON_RIG(the_same_trouble_is_told_every_six_hours),
		cmocka_unit_test(an_amount_is_read_as_it_is_written),
		ON_RIG(type_0_is_acknowledged_and_not_shown),
		ON_RIG(voice_mail_is_a_ticket_and_no_text),
		ON_RIG(an_mms_is_a_ticket_and_is_explained_once_a_day),
		ON_RIG(binary_that_is_no_mms_is_kept_as_data),
		ON_RIG(a_missed_call_is_a_ticket),
		ON_RIG(a_text_to_itself_proves_both_ways),
		ON_RIG(a_refusal_that_may_be_mistaken_is_tried_once_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
