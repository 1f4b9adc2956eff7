/* Times as text: ISO 8601, zones with their changes, and what people type. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "gateway/base/iso.h"
#include "gateway/text/zone.h"
#include "gateway/verbs/when.h"

static const struct {
	const char *text;
	int64_t wall;
	bool local, good;
} isos[] = {
	{"1970-01-01T00:00:00Z", 0, false, true},
	{"1970-01-01T00:00:00.001Z", 1, false, true},
	{"1970-01-01 00:01z", MINUTE, false, true},
	{"1970-01-01T00:00:00,5Z", 500, false, true},
	{"1970-01-01T00:00:00.123456789Z", 123, false, true},
	{"1970-01-01T09:00:00+09:00", 0, false, true},
	{"1969-12-31T19:00:00-0500", 0, false, true},
	{"1970-01-01T05:30+0530", 0, false, true},
	{"1970-01-01T09:00+09", 0, false, true},
	{"2000-02-29T00:00:00Z", INT64_C(951782400000), false, true},
	{"2026-11-21T19:48:16Z", INT64_C(1795290496000), false, true},
	{"1600-01-01T00:00:00Z", INT64_C(-11676096000000), false, true},
	{"1970-01-02 00:00", DAY, true, true},
	/* a leap second is the one after it; there is no 61st more */
	{"2016-12-31T23:59:60Z", INT64_C(1483228800000), false, true},
	{"2017-01-01T08:59:60+09:00", INT64_C(1483228800000), false, true},
	{"2016-12-31T23:59:61Z", 0, false, false},
	{"1970-01-02T00:00:07", DAY + 7000, true, true},
	{"1970-01-01", 0, false, false},
	{"1970-01-01T", 0, false, false},
	{"1970-01-01T24:00:00Z", 0, false, false},
	{"1970-01-01T00:60:00Z", 0, false, false},
	{"2023-02-29T00:00:00Z", 0, false, false},
	{"1900-02-29T00:00:00Z", 0, false, false},
	{"2023-00-10T00:00:00Z", 0, false, false},
	{"2023-13-10T00:00:00Z", 0, false, false},
	{"2023-04-31T00:00:00Z", 0, false, false},
	{"2023-4-03T00:00:00Z", 0, false, false},
	{"1970-01-01T00:00:00.Z", 0, false, false},
	{"1970-01-01T00:00:00Zx", 0, false, false},
	{"1970-01-01T00:00:00+25:00", 0, false, false},
	{"1970-01-01T00:00:00+09:", 0, false, false},
	{"", 0, false, false},
	{"4h", 0, false, false},
};

static void
iso_reads_exactly_what_it_should(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(isos); i++) {
		int64_t wall = 42;
		bool local = false;
		print_message("'%s'\n", isos[i].text);
		assert_int_equal(iso_parse(isos[i].text, &wall, &local),
			isos[i].good ? 0 : -EINVAL);
		assert_int_equal(wall, isos[i].good ? isos[i].wall : 42);
		assert_int_equal(local, isos[i].local);
		if (isos[i].local)
			assert_int_equal(iso_parse(isos[i].text, &wall, NULL), -EINVAL);
	}
}

static void
iso_goes_round(void **state)
{
	(void)state;
	char text[ISO_MAX];
	const int64_t offsets[] = {0, 9 * HOUR, -5 * HOUR - 30 * MINUTE};
	int64_t wall = INT64_C(-62135596800000); /* the year 1 */
	for (size_t i = 0; wall < INT64_C(253370764800000); i++, wall += 9999999999973) {
		int64_t back = 1;
		iso_format(wall, offsets[i % ARRAY_LEN(offsets)], text);
		assert_int_equal(iso_parse(text, &back, NULL), 0);
		assert_int_equal(back, wall);
	}
	iso_format(INT64_C(1795290496123), 9 * HOUR, text);
	assert_string_equal(text, "2026-11-22T04:48:16.123+09:00");
	iso_format(INT64_MAX / 2, 0, text);
	assert_string_equal(text, "");
}

static void
zones_know_their_changes(void **state)
{
	(void)state;
	const int64_t winter = INT64_C(1768478400000); /* 2026-01-15T12:00Z */
	const int64_t summer = INT64_C(1784116800000); /* 2026-07-15T12:00Z */
	assert_int_equal(zone_offset("Asia/Seoul", winter), 9 * HOUR);
	assert_int_equal(zone_offset("Asia/Seoul", summer), 9 * HOUR);
	assert_int_equal(zone_offset("Europe/Berlin", winter), HOUR);
	assert_int_equal(zone_offset("Europe/Berlin", summer), 2 * HOUR);
	assert_int_equal(zone_offset("Asia/Kathmandu", summer), 5 * HOUR + 45 * MINUTE);
	assert_int_equal(zone_offset("No/Where", summer), 0);
}

static const struct {
	const char *name, *zone, *local, *expect;
} readings[] = {
	{"ordinary", "Asia/Seoul", "2026-11-22T09:00", "2026-11-22T00:00:00.000Z"},
	{"before the change", "Europe/Berlin", "2026-03-29T01:59",
		"2026-03-29T00:59:00.000Z"},
	{"never happened", "Europe/Berlin", "2026-03-29T02:30",
		"2026-03-29T01:30:00.000Z"},
	{"after the change", "Europe/Berlin", "2026-03-29T03:00",
		"2026-03-29T01:00:00.000Z"},
	{"first of two", "Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00.000Z"},
	{"after both", "Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00:00.000Z"},
};

static void
local_readings_name_a_moment(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(readings); i++) {
		int64_t local;
		bool is_local;
		char text[ISO_MAX];
		print_message("%s\n", readings[i].name);
		assert_int_equal(iso_parse(readings[i].local, &local, &is_local), 0);
		iso_format(zone_from_local(readings[i].zone, local), 0, text);
		assert_string_equal(text, readings[i].expect);
	}
}

/* It is 04:48:16 in the morning of Sunday 22 November 2026 in Seoul. */
#define NOW INT64_C(1795290496000)

static const struct {
	const char *typed, *expect;
} typed[] = {
	{"2030-01-31 09:00", "2030-01-31T00:00:00.000Z"},
	{"2030-01-31T09:00:30", "2030-01-31T00:00:30.000Z"},
	{"2030-01-31T09:00Z", "2030-01-31T09:00:00.000Z"},
	{"4h", "2026-11-21T23:48:16.000Z"},
	{"90s", "2026-11-21T19:49:46.000Z"},
	{"09:00", "2026-11-22T00:00:00.000Z"},
	{"9:00", "2026-11-22T00:00:00.000Z"},
	{"04:48", "2026-11-22T19:48:00.000Z"},
	{"04:48:17", "2026-11-21T19:48:17.000Z"},
	{"tomorrow", NULL},
	{"25:00", NULL},
	{"9", NULL},
	{"", NULL},
	{":", NULL},
	{"9:00Z", NULL},
};

static void
people_type_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(typed); i++) {
		struct strbuf err = STRBUF_SENTENCE;
		int64_t wall = 0;
		char text[ISO_MAX];
		print_message("'%s'\n", typed[i].typed);
		int r = when_parse(typed[i].typed, "Asia/Seoul", NOW, &wall, &err);
		assert_int_equal(r, typed[i].expect ? 0 : -EINVAL);
		iso_format(wall, 0, text);
		if (typed[i].expect)
			assert_string_equal(text, typed[i].expect);
		else
			assert_non_null(strstr(err.s, "is not a time"));
		strbuf_done(&err);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(iso_reads_exactly_what_it_should),
		cmocka_unit_test(iso_goes_round),
		cmocka_unit_test(zones_know_their_changes),
		cmocka_unit_test(local_readings_name_a_moment),
		cmocka_unit_test(people_type_times),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
