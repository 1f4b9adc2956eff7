/* sms/dcs, validity, status, timestamp: the octets of a PDU that are tables of their own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/sms/dcs.h"
#include "gateway/sms/pdu.h"
#include "gateway/sms/timestamp.h"
#include "gateway/sms/validity.h"

static const struct {
	uint8_t first, last;
	enum sms_alphabet alphabet;
	int msg_class; /* -2: the low two bits */
	bool compressed, mwi, reserved;
} codings[] = {
	{0x00, 0x03, SMS_GSM7, -1, 0, 0, 0},
	{0x04, 0x07, SMS_8BIT, -1, 0, 0, 0},
	{0x08, 0x0B, SMS_UCS2, -1, 0, 0, 0},
	{0x0C, 0x0F, SMS_GSM7, -1, 0, 0, 1},
	{0x10, 0x13, SMS_GSM7, -2, 0, 0, 0},
	{0x14, 0x17, SMS_8BIT, -2, 0, 0, 0},
	{0x18, 0x1B, SMS_UCS2, -2, 0, 0, 0},
	{0x20, 0x23, SMS_GSM7, -1, 1, 0, 0},
	{0x38, 0x3B, SMS_UCS2, -2, 1, 0, 0},
	{0x40, 0x43, SMS_GSM7, -1, 0, 0, 0},
	{0x58, 0x5B, SMS_UCS2, -2, 0, 0, 0},
	{0x80, 0x83, SMS_GSM7, -1, 0, 0, 1},
	{0x84, 0x84, SMS_KSC5601, -1, 0, 0, 0},
	{0x85, 0xBF, SMS_GSM7, -1, 0, 0, 1},
	{0xC0, 0xDF, SMS_GSM7, -1, 0, 1, 0},
	{0xE0, 0xEF, SMS_UCS2, -1, 0, 1, 0},
	{0xF0, 0xF3, SMS_GSM7, -2, 0, 0, 0},
	{0xF4, 0xF7, SMS_8BIT, -2, 0, 0, 0},
	{0xF8, 0xFB, SMS_GSM7, -2, 0, 0, 0},
	{0xFC, 0xFF, SMS_8BIT, -2, 0, 0, 0},
};

static void
every_coding_group_is_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(codings); i++) {
		for (unsigned octet = codings[i].first; octet <= codings[i].last;
			octet++) {
			int class = codings[i].msg_class == -2 ? (int)(octet & 3)
							       : codings[i].msg_class;
			struct sms_dcs dcs;

			sms_dcs_decode((uint8_t)octet, &dcs);
			if (dcs.alphabet != codings[i].alphabet ||
				dcs.msg_class != class ||
				dcs.compressed != codings[i].compressed ||
				dcs.mwi != codings[i].mwi ||
				dcs.reserved != codings[i].reserved)
				fail_msg("%02X", octet);
		}
	}
}

static void
waiting_indications_say_what_waits(void **state)
{
	struct sms_dcs dcs;

	(void)state;
	sms_dcs_decode(0xC8, &dcs);
	assert_true(
		dcs.mwi_active && !dcs.mwi_store && dcs.mwi_kind == WAITING_VOICEMAIL);
	sms_dcs_decode(0xD2, &dcs);
	assert_true(!dcs.mwi_active && dcs.mwi_store && dcs.mwi_kind == WAITING_EMAIL);
	sms_dcs_decode(0xEB, &dcs);
	assert_true(dcs.mwi_active && dcs.mwi_store && dcs.mwi_kind == WAITING_OTHER);
}

static const struct {
	uint8_t first, last;
	enum report_class class;
} statuses[] = {
	{0x00, 0x00, REPORT_DELIVERED},
	{0x01, 0x02, REPORT_FORWARDED},
	{0x03, 0x0F, REPORT_GAVE_UP},
	{0x10, 0x1F, REPORT_FORWARDED},
	{0x20, 0x3F, REPORT_PENDING},
	{0x40, 0x45, REPORT_FAILED},
	{0x46, 0x46, REPORT_EXPIRED},
	{0x47, 0x5F, REPORT_FAILED},
	{0x60, 0xFF, REPORT_GAVE_UP},
};

static void
every_status_has_a_class_and_a_name(void **state)
{
	unsigned next = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		assert_int_equal(statuses[i].first, next);
		for (; next <= statuses[i].last; next++) {
			assert_int_equal(
				pdu_status_class((uint8_t)next), statuses[i].class);
			assert_true(strlen(pdu_status_name((uint8_t)next)) > 3);
		}
	}
	assert_int_equal(next, 256);
	assert_string_equal(pdu_status_name(0x63), "service rejected");
	assert_string_equal(pdu_status_name(0x46), "validity period expired");
}

static void
relative_validity_is_a_grid_both_ways(void **state)
{
	(void)state;
	for (int v = 0; v < 256; v++) {
		int64_t seconds = pdu_validity_seconds((uint8_t)v);

		assert_int_equal(pdu_validity_octet(seconds), v);
		if (v > 0) {
			assert_true(seconds > pdu_validity_seconds((uint8_t)(v - 1)));
			assert_int_equal(pdu_validity_octet(seconds - 1), v - 1);
		}
	}
	assert_int_equal(pdu_validity_seconds(0), 300);
	assert_int_equal(pdu_validity_seconds(143), 12 * 3600);
	assert_int_equal(pdu_validity_seconds(167), 24 * 3600);
	assert_int_equal(pdu_validity_seconds(168), 2 * 86400);
	assert_int_equal(pdu_validity_seconds(196), 30 * 86400);
	assert_int_equal(pdu_validity_seconds(197), 5 * 7 * 86400);
	assert_int_equal(pdu_validity_seconds(255), 63 * 7 * 86400);
	assert_int_equal(pdu_validity_octet(0), 0);
	assert_int_equal(pdu_validity_octet(INT64_MAX), 255);
}

static const struct {
	const char *octets, *kind;
	int64_t seconds;
	bool odd;
} enhanced[] = {
	{"\x00\0\0\0\0\0\0", "none", 0, false},
	{"\x01\x0B\0\0\0\0\0", "relative", 3600, false},
	{"\x42\x3C\0\0\0\0\0", "seconds", 60, false},
	{"\x03\x21\x43\x65\0\0\0", "time", 12 * 3600 + 34 * 60 + 56, false},
	{"\x82\x00\x3C\0\0\0\0", "seconds", 60, false}, /* one octet more of functions */
	{"\x02\x3C\0\0\0\0\1", "seconds", 60, true},
	{"\x05\0\0\0\0\0\0", "reserved", -1, false},
};

static void
enhanced_validity_has_four_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(enhanced); i++) {
		const char *oddity = NULL;
		struct sms_validity vp;

		assert_int_equal(sms_validity_decode(VP_ENHANCED,
					 (const uint8_t *)enhanced[i].octets, 7, &vp,
					 &oddity, NULL),
			7);
		assert_string_equal(sms_validity_kind(&vp), enhanced[i].kind);
		assert_int_equal(vp.seconds, enhanced[i].seconds);
		assert_int_equal(oddity != NULL, enhanced[i].odd);
	}
}

/* ---- time stamps ---- */

static const struct {
	const char *octets, *iso; /* "" when it is no date */
	int64_t seconds;
} stamps[] = {
	{"\x62\x11\x12\x71\x00\x00\x63", "2026-11-21T17:00:00+09:00", 1795248000},
	{"\x00\x20\x92\x32\x95\x95\x08", "2000-02-29T23:59:59-00:00", 951868799},
	{"\x09\x10\x10\x00\x00\x00\x00", "1990-01-01T00:00:00+00:00", 631152000},
	{"\x98\x21\x13\x32\x95\x95\x00", "2089-12-31T23:59:59+00:00", 3786911999},
	{"\x62\x20\x92\x00\x00\x00\x00", "", 0}, /* 2026 is no leap year */
	{"\x62\x31\x10\x00\x00\x00\x00", "", 0}, /* month 13 */
	{"\x62\x11\x00\x00\x00\x00\x00", "", 0}, /* day 0 */
	{"\x62\x11\x12\x42\x00\x00\x00", "", 0}, /* hour 24 */
	{"\x62\x11\x12\x00\x06\x00\x00", "", 0}, /* minute 60 */
	{"\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "", 0}, {"\x00\x00\x00\x00\x00\x00\x00", "", 0},
	{"\x62\x11\x12\x00\x00\x00\xFF", "", 0}, /* 85 quarters */
};

static void
stamps_go_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(stamps); i++) {
		struct sms_time time;
		char iso[SMS_TIME_ISO];
		uint8_t back[7];

		sms_time_decode((const uint8_t *)stamps[i].octets, &time);
		sms_time_iso(&time, iso);
		assert_string_equal(iso, stamps[i].iso);
		assert_int_equal(time.valid, *iso != '\0');
		if (time.valid) {
			assert_int_equal(time.wall, stamps[i].seconds * SECOND);
			assert_int_equal(sms_time_encode(&time, back), 0);
			assert_memory_equal(back, stamps[i].octets, 7);
		} else {
			assert_true(sms_time_encode(&time, back) < 0);
		}
	}
}

static void
what_no_stamp_can_say_is_refused(void **state)
{
	struct sms_time time = {.valid = true, .wall = 1700000000 * SECOND};
	uint8_t back[7];

	(void)state;
	assert_int_equal(sms_time_encode(&time, back), 0);
	time.offset_minutes = 10;
	assert_true(sms_time_encode(&time, back) < 0);
	time.offset_minutes = 80 * 15;
	assert_true(sms_time_encode(&time, back) < 0);
	time.offset_minutes = 0;
	time.wall = INT64_MAX;
	assert_true(sms_time_encode(&time, back) < 0);
	time.wall = INT64_C(3786912000) * SECOND; /* 2090 */
	assert_true(sms_time_encode(&time, back) < 0);
	time.wall = 0; /* 1970 */
	assert_true(sms_time_encode(&time, back) < 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_coding_group_is_known),
		cmocka_unit_test(waiting_indications_say_what_waits),
		cmocka_unit_test(every_status_has_a_class_and_a_name),
		cmocka_unit_test(relative_validity_is_a_grid_both_ways),
		cmocka_unit_test(enhanced_validity_has_four_kinds),
		cmocka_unit_test(stamps_go_both_ways),
		cmocka_unit_test(what_no_stamp_can_say_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
