/* Opening time: nights, weekends, lunch, holidays, and clocks that change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "gateway/base/iso.h"
#include "gateway/text/hours.h"
#include "tests/lib/random.h"

static int64_t
at(const char *iso)
{
	int64_t wall = 0;
	assert_int_equal(iso_parse(iso, &wall, NULL), 0);
	return wall;
}

static void
make(struct hours *h, const char *zone, const char *week, const char *lunch,
	const char *shut)
{
	struct strbuf err = STRBUF_SENTENCE;
	hours_init(h, zone);
	if (hours_read(h, week, lunch, &err) < 0)
		fail_msg("%s", err.s);
	assert_int_equal(dates_add(&h->shut, shut, &err), 0);
	strbuf_done(&err);
}

/* 2026-03-02 is a Monday. `after`: the moment `minutes` of opening time have passed. */
static const struct {
	const char *name, *from;
	int minutes;
	const char *after;
} promises[] = {
	{"within the morning", "2026-03-02T10:00+09:00", 30, "2026-03-02T10:30+09:00"},
	{"before the shop opens", "2026-03-02T06:00+09:00", 30, "2026-03-02T10:30+09:00"},
	{"across lunch", "2026-03-02T12:20+09:00", 30, "2026-03-02T13:50+09:00"},
	{"ends as lunch begins", "2026-03-02T12:00+09:00", 30, "2026-03-02T12:30+09:00"},
	{"begins at lunch", "2026-03-02T12:45+09:00", 30, "2026-03-02T14:00+09:00"},
	{"across a night", "2026-03-02T17:50+09:00", 30, "2026-03-03T10:20+09:00"},
	{"after closing", "2026-03-02T22:00+09:00", 30, "2026-03-03T10:30+09:00"},
	{"across a weekend", "2026-03-06T17:45+09:00", 30, "2026-03-09T10:15+09:00"},
	{"across a holiday", "2026-05-04T17:45+09:00", 30, "2026-05-06T10:15+09:00"},
	{"a whole day of seven hours", "2026-03-02T10:00+09:00", 420,
		"2026-03-02T18:00+09:00"},
	{"a week of them", "2026-03-02T10:00+09:00", 5 * 420, "2026-03-06T18:00+09:00"},
	{"and a minute", "2026-03-02T10:00+09:00", 5 * 420 + 1, "2026-03-09T10:01+09:00"},
	{"no time at all", "2026-03-02T22:00+09:00", 0, "2026-03-02T22:00+09:00"},
};

static void
promised_times_fall_into_opening_hours(void **state)
{
	(void)state;
	struct hours h;
	make(&h, "Asia/Seoul", "mon-fri 10:00-18:00", "12:30-13:30", "2026-05-05");
	for (size_t i = 0; i < ARRAY_LEN(promises); i++) {
		int64_t from = at(promises[i].from), after = at(promises[i].after);
		int64_t span = promises[i].minutes * MINUTE;
		print_message("%s\n", promises[i].name);
		assert_int_equal(hours_after(&h, from, span), after);
		assert_int_equal(hours_between(&h, from, after), span);
	}
	hours_done(&h);
}

static const struct {
	const char *name, *zone, *week, *from, *to;
	int minutes;
} changes[] = {
	{"spring in New York: 01:00-04:00 has two hours", "America/New_York",
		"sun 01:00-04:00", "2026-03-08T00:00-05:00", "2026-03-09T00:00-04:00",
		120},
	{"autumn in New York: 01:00-04:00 has four", "America/New_York",
		"sun 01:00-04:00", "2026-11-01T00:00-04:00", "2026-11-02T00:00-05:00",
		240},
	{"an ordinary Sunday there", "America/New_York", "sun 01:00-04:00",
		"2026-06-07T00:00-04:00", "2026-06-08T00:00-04:00", 180},
	{"hours that lie in the gap never come", "Europe/Berlin", "02:00-03:00",
		"2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00", 0},
	{"a night shift over the change", "Europe/Berlin", "22:00-06:00",
		"2026-03-28T12:00+01:00", "2026-03-29T12:00+02:00", 420},
	{"a day shift does not notice", "Europe/Berlin", "mon-sun 10:00-18:00",
		"2026-03-28T00:00+01:00", "2026-03-30T00:00+02:00", 960},
	{"Seoul has no such thing", "Asia/Seoul", "mon-fri 10:00-18:00",
		"2026-03-01T00:00+09:00", "2026-04-01T00:00+09:00", 22 * 480},
};

static void
clocks_that_change_are_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		struct hours h;
		make(&h, changes[i].zone, changes[i].week, NULL, "");
		print_message("%s\n", changes[i].name);
		assert_int_equal(
			hours_between(&h, at(changes[i].from), at(changes[i].to)),
			changes[i].minutes * MINUTE);
		hours_done(&h);
	}
}

static void
opening_and_next_opening(void **state)
{
	(void)state;
	struct hours h;
	make(&h, "Asia/Seoul", "mon-fri 10:00-18:00", "12:30-13:30", "2026-03-03");
	assert_true(hours_open(&h, at("2026-03-02T10:00+09:00")));
	assert_true(hours_open(&h, at("2026-03-02T17:59+09:00")));
	assert_false(hours_open(&h, at("2026-03-02T18:00+09:00")));
	assert_false(hours_open(&h, at("2026-03-02T12:30+09:00")));
	assert_false(hours_open(&h, at("2026-03-03T11:00+09:00")));
	assert_int_equal(hours_next(&h, at("2026-03-02T18:00+09:00")),
		at("2026-03-04T10:00+09:00"));
	assert_int_equal(hours_next(&h, at("2026-03-02T11:00+09:00")),
		at("2026-03-02T11:00+09:00"));
	assert_int_equal(hours_reopens(&h, at("2026-03-02T11:00+09:00")),
		at("2026-03-02T13:30+09:00"));
	assert_int_equal(hours_reopens(&h, at("2026-03-02T14:00+09:00")),
		at("2026-03-04T10:00+09:00"));
	assert_int_equal(hours_reopens(&h, at("2026-03-01T14:00+09:00")),
		at("2026-03-02T10:00+09:00"));
	hours_done(&h);
}

static void
without_hours_time_simply_passes(void **state)
{
	(void)state;
	struct hours h;
	hours_init(&h, "Asia/Seoul");
	assert_true(hours_open(&h, 12345));
	assert_int_equal(hours_after(&h, 1000, HOUR), 1000 + HOUR);
	assert_int_equal(hours_between(&h, 1000, 1000 + DAY), DAY);
	assert_int_equal(hours_between(&h, 5000, 1000), 0);
	assert_int_equal(hours_reopens(&h, 12345), HOURS_NEVER);
	hours_done(&h);
	/* Always open but for one day. */
	make(&h, "Asia/Seoul", "always", NULL, "2026-03-03");
	assert_int_equal(hours_between(&h, at("2026-03-01T00:00+09:00"),
				 at("2026-06-09T00:00+09:00")),
		99 * DAY);
	assert_int_equal(hours_after(&h, at("2026-03-02T23:00+09:00"), 2 * HOUR),
		at("2026-03-04T01:00+09:00"));
	hours_done(&h);
}

static void
a_year_shut_is_never(void **state)
{
	(void)state;
	struct hours h;
	struct strbuf err = STRBUF_SENTENCE;
	make(&h, "Asia/Seoul", "mon 10:00-11:00", NULL, "");
	for (int64_t day = at("2026-01-01T00:00Z") / DAY, n = 0; n < 1200; n++) {
		h.shut.days = xrealloc(h.shut.days, (size_t)(n + 1) * sizeof(int32_t));
		h.shut.days[n] = (int32_t)(day + n);
		h.shut.count = (size_t)n + 1;
	}
	assert_int_equal(hours_next(&h, at("2026-03-01T00:00Z")), HOURS_NEVER);
	assert_int_equal(hours_after(&h, at("2026-03-01T00:00Z"), MINUTE), HOURS_NEVER);
	hours_done(&h);
	hours_init(&h, "Asia/Seoul");
	assert_int_equal(hours_read(&h, "mon 10:00-11:00", "10:00-12:00", &err), -EINVAL);
	assert_non_null(strstr(err.s, "never be open"));
	assert_int_equal(hours_read(&h, "mno 10:00-11:00", NULL, &err), -EINVAL);
	assert_int_equal(hours_read(&h, "mon-fri 10:00-18:00", "lunch", &err), -EINVAL);
	assert_true(hours_open(&h, 0)); /* untouched */
	strbuf_done(&err);
	hours_done(&h);
}

/* after() and between() undo each other, and minutes counted one by one agree. */
static void
counting_minutes_agrees(void **state)
{
	(void)state;
	static const char *const zones[] = {
		"Asia/Seoul", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"};
	static const char *const weeks[] = {"mon-fri 10:00-18:00", "22:00-06:00",
		"sat-sun 00:30-03:30, wed 12:00-24:00", "mon 00:00-24:00"};
	struct test_random random = {20261121};
	for (int i = 0; i < 400; i++) {
		struct hours h;
		make(&h, zones[random_below(&random, 4)], weeks[random_below(&random, 4)],
			random_below(&random, 2) ? "12:00-13:00" : NULL, "2026-03-04");
		/* Around the changes of 2026, and elsewhere. */
		int64_t from = at("2026-03-01T00:00Z") +
			       (int64_t)random_below(&random, 280 * 1440) * MINUTE;
		int64_t to = from + (int64_t)random_below(&random, 9 * 1440) * MINUTE;
		int64_t minutes = 0;
		for (int64_t t = from; t < to; t += MINUTE)
			minutes += hours_open(&h, t);
		int64_t span = hours_between(&h, from, to);
		assert_int_equal(span, minutes * MINUTE);
		int64_t end = hours_after(&h, from, span);
		assert_true(end <= to);
		assert_int_equal(hours_between(&h, from, end), span);
		hours_done(&h);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(promised_times_fall_into_opening_hours),
		cmocka_unit_test(clocks_that_change_are_counted),
		cmocka_unit_test(opening_and_next_opening),
		cmocka_unit_test(without_hours_time_simply_passes),
		cmocka_unit_test(a_year_shut_is_never),
		cmocka_unit_test(counting_minutes_agrees),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
