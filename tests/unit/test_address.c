/* sms/address: fields of a TPDU, and numbers as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/sms/address.h"

static const struct {
	const char *name, *text;
	uint8_t toa;     /* 0: refused */
	const char *hex; /* the field */
} fields[] = {
	{"international", "+821012345678", 0x91, "0C91280121436587"},
	{"odd international", "+82101234567", 0x91, "0B912801214365F7"},
	{"short code", "1544", 0x81, "04815144"},
	{"star and hash", "*100#", 0x81, "05811A00FB"},
	{"name", "Malgil", 0xD0, "0BD0CD30FB9C6603"},
	{"name with a euro", "a€", 0xD0, "06D0E14D19"},
	{"eleven characters", "ABCDEFGHIJK", 0xD0, "14D041E19058341E9149E512"},
	{"twelve characters", "ABCDEFGHIJKL", 0, NULL},
	{"eleven with a euro", "ABCDEFGHIJ€", 0, NULL},
	{"Hangul", "말길", 0, NULL},
	{"nothing", "", 0, NULL},
	{"21 digits", "123456789012345678901", 0, NULL},
};

static void
addresses_go_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		struct strbuf err = STRBUF_SENTENCE, out = STRBUF_INIT(64),
			      hex = STRBUF_INIT(128);
		struct sms_address a, b;
		int r = sms_address_parse(fields[i].text, &a, &err);

		if ((r < 0) != (fields[i].toa == 0))
			fail_msg("%s: %d %s", fields[i].name, r, err.s);
		if (r == 0) {
			assert_int_equal(a.toa, fields[i].toa);
			assert_int_equal(sms_address_encode(&a, &out), 0);
			strbuf_hex(&hex, out.s, out.len);
			if (strcmp(hex.s, fields[i].hex) != 0)
				fail_msg("%s: %s", fields[i].name, hex.s);
			assert_int_equal(sms_address_decode((const uint8_t *)out.s,
						 out.len, &b, &err),
				out.len);
			assert_string_equal(b.text, fields[i].text);
		} else {
			assert_true(err.len > 10);
		}
		strbuf_done(&err);
		strbuf_done(&out);
		strbuf_done(&hex);
	}
}

static const struct {
	const char *a, *b;
	bool same;
} pairs[] = {
	{"+821012345678", "01012345678", true},
	{"01012345678", "+821012345678", true},
	{"+821012345678", "821012345678", true},
	{"+821012345678", "+821012345678", true},
	{"+821012345678", "+811012345678", false}, /* two countries */
	{"+821012345678", "01012345679", false},
	{"+821012345678", "345678", true}, /* six digits will do */
	{"+821012345678", "45678", false}, /* five will not */
	{"1544", "1544", true},
	{"1544", "1545", false},
	{"Malgil", "Malgil", true},
	{"Malgil", "malgil", false},
	{"", "", true},
};

static void
one_subscriber_in_two_spellings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (sms_address_same(pairs[i].a, pairs[i].b) != pairs[i].same)
			fail_msg("%s, %s", pairs[i].a, pairs[i].b);
}

static const struct {
	const char *text, *region, *e164; /* NULL: refused */
} numbers[] = {
	{"010-1234-5678", "KR", "+821012345678"},
	{"01012345678", "KR", "+821012345678"},
	{"010 1234 5678", "KR", "+821012345678"},
	{"010.1234.5678", "KR", "+821012345678"},
	{"+82 10 1234 5678", "KR", "+821012345678"},
	{"+82 (0)10-1234-5678", "KR", "+821012345678"},
	{"+8201012345678", "KR", "+821012345678"},
	{"82-10-1234-5678", "KR", "+821012345678"},
	{"0082 10 1234 5678", "DE", "+821012345678"},
	{"０１０－１２３４－５６７８", "KR", "+821012345678"},
	{"＋８２１０１２３４５６７８", "US", "+821012345678"},
	{"공일공 일이삼사 오육칠팔", "KR", "+821012345678"},
	{"02-312-3456", "KR", "+8223123456"},
	{"+1 (650) 253-0000", "KR", "+16502530000"},
	{"(650) 253-0000", "US", "+16502530000"},
	{"114", "KR", "114"},
	{"1588", "KR", "1588"},
	{"40404", "US", "40404"},
	{"1544-1234", "KR", "15441234"}, /* cannot be called from abroad */
	{"+82 1544 1234", "KR", "15441234"},
	{"080-123-4567", "KR", "+82801234567"},
	{"0345 850 0000", "GB", "+443458500000"}, /* a nationwide number that can */
	{"+821012345678", "", "+821012345678"},
	{"010-1234-5678", "", NULL},
	{"hello", "KR", NULL},
	{"", "KR", NULL},
	{"12", "KR", NULL},
	{"+82", "KR", NULL},
	{"010-1", "KR", NULL}, /* cut short: no short code begins with 0 */
	{"010-12345", "KR", NULL},
	{"010-1234", "KR", NULL}, /* as long as some number is, and no mobile one */
	{"010-123-456", "KR", NULL},
	{"+82101234", "KR", NULL},
	{"0151 2345", "DE", NULL},
	{"0151 23456789", "DE", "+4915123456789"},
	{"0341 1234", "DE", "+493411234"}, /* a landline may be so short */
	{"+12025550", "KR", NULL},         /* without its area code */
	{"253-0000", "US", NULL},
	{"312-3456", "KR", NULL},
	{"06 1234 5678", "IT", "+390612345678"}, /* there a zero belongs to it */
	{"+999123456789", "KR", NULL},
	{"010-1234-5678 ext", "KR", NULL},
	{"010123456781234567812345678901234567890", "KR", NULL},
	{"01\xFF", "KR", NULL},
};

static void
numbers_become_e164(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		struct strbuf err = STRBUF_SENTENCE;
		char got[32] = "";
		int r = sms_number_e164(numbers[i].text, numbers[i].region, got, &err);

		if (r == 0 ? !numbers[i].e164 || strcmp(got, numbers[i].e164) != 0
			   : numbers[i].e164 != NULL || err.len < 10)
			fail_msg("%s (%s): %d '%s' %s", numbers[i].text,
				numbers[i].region, r, got, err.s);
		strbuf_done(&err);
	}
}

static const struct {
	const char *e164, *region, *shown, *home;
} shown[] = {
	{"+821012345678", "KR", "010-1234-5678", "KR"},
	{"+821012345678", "US", "+82 10-1234-5678", "KR"},
	{"+16502530000", "US", "(650) 253-0000", "US"},
	{"+16135550123", "US", "(613) 555-0123", "CA"},
	{"1544", "KR", "1544", ""},
	{"Malgil", "KR", "Malgil", ""},
	{"+999123", "KR", "+999123", ""},
};

static void
numbers_are_shown_to_people(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
		char text[48], region[4];

		sms_number_format(shown[i].e164, shown[i].region, text);
		sms_number_region(shown[i].e164, region);
		if (strcmp(text, shown[i].shown) != 0 ||
			strcmp(region, shown[i].home) != 0)
			fail_msg("%s: '%s' '%s'", shown[i].e164, text, region);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_go_both_ways),
		cmocka_unit_test(one_subscriber_in_two_spellings),
		cmocka_unit_test(numbers_become_e164),
		cmocka_unit_test(numbers_are_shown_to_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
