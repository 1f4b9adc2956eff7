/* Windows against an oracle that knows only minutes and what the clock on the wall shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>
#include <unicode/uenum.h>

#include "gateway/base/iso.h"
#include "gateway/text/window.h"
#include "gateway/text/zone.h"

static int64_t
at(const char *text)
{
	int64_t wall;
	if (iso_parse(text, &wall, NULL) < 0)
		fail_msg("the test's own time %s", text);
	return wall;
}

static struct window
parsed(const char *text)
{
	struct window w;
	struct strbuf err = STRBUF_SENTENCE;
	if (window_parse(text, &w, &err) < 0)
		fail_msg("%s: %s", text, err.s);
	return w;
}

/* ---- reading ---- */

static void
hours_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *text, *printed;
	} rows[] = {
		{"08:00-21:00", "08:00-21:00"},
		{"mon-sat 09:00-21:00, sun 12:00-21:00",
			"mon-sat 09:00-21:00, sun 12:00-21:00"},
		{" Mon - Fri  10:00 - 18:00 ", "mon-fri 10:00-18:00"},
		{"sat sun 10:00-14:00", "sat-sun 10:00-14:00"},
		{"mon, wed 10:00-11:00", "mon 10:00-11:00, wed 10:00-11:00"},
		{"fri-mon 00:00-24:00", "mon 00:00-24:00, fri-sun 00:00-24:00"},
		{"22:00-06:00", "00:00-06:00, 22:00-24:00"},
		{"mon 22:00-06:00", "mon 22:00-24:00, tue 00:00-06:00"},
		{"sun 23:30-00:30", "mon 00:00-00:30, sun 23:30-24:00"},
		{"08:00-12:00, 12:00-13:00", "08:00-13:00"},
		{"always", "always"},
		{"never", "never"},
		{"00:00-24:00", "always"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf out = STRBUF_SENTENCE;
		struct window w = parsed(rows[i].text), again;
		window_print(&w, &out);
		assert_string_equal(out.s, rows[i].printed);
		again = parsed(out.s);
		assert_memory_equal(&w.days[3].spans, &again.days[3].spans,
			sizeof(w.days[3].spans[0]) * w.days[3].count);
		strbuf_done(&out);
	}
}

static void
nonsense_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"", "too early"},
		{"mon", "too early"},
		{"mon-fri", "too early"},
		{"25:00-26:00", "25:00"},
		{"24:00-25:00", "24:00-25:00"},
		{"24:00-08:00", "24:00-08:00"},
		{"08:60-09:00", "08:60"},
		{"8-21", "8-21"},
		{"moon 08:00-09:00", "moon"},
		{"mon- 08:00-09:00", "after '-'"},
		{"08:00-09:00 sat", "sat"},
		{"08:00-08:00", "never open"},
		{"08:00-09:00,", "too early"},
		{"sometimes", "sometimes"},
		{"00:00-00:01,00:02-00:03,00:04-00:05,00:06-00:07,00:08-00:09,00:10-00:"
		 "11,"
		 "00:12-00:13,00:14-00:15,00:16-00:17",
			"more than 8"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct window w;
		struct strbuf err = STRBUF_SENTENCE;
		assert_true(window_parse(rows[i].text, &w, &err) < 0);
		if (!strstr(err.s, rows[i].says))
			fail_msg("%s: %s", rows[i].text, err.s);
		strbuf_done(&err);
	}
}

static void
quiet_hours_are_subtracted(void **state)
{
	(void)state;
	struct strbuf out = STRBUF_SENTENCE;
	struct window w = parsed("always"), quiet = parsed("20:50-08:00");
	assert_int_equal(window_subtract(&w, &quiet), 0);
	window_print(&w, &out);
	assert_string_equal(out.s, "08:00-20:50");
	quiet = parsed("always");
	assert_int_equal(window_subtract(&w, &quiet), 0);
	assert_true(window_empty(&w));
	strbuf_done(&out);
}

/* ---- a table of moments ---- */

struct moment {
	const char *name, *hours, *zone, *shut, *from, *opens,
		*closes; /* UTC; NULL never */
	int64_t margin;
};

static const struct moment moments[] = {
	{"open at the opening instant", "08:00-21:00", "Asia/Seoul", NULL,
		"2026-03-01T23:00:00Z", "2026-03-01T23:00:00Z", "2026-03-02T12:00:00Z"},
	{"a millisecond before it", "08:00-21:00", "Asia/Seoul", NULL,
		"2026-03-01T22:59:59.999Z", "2026-03-01T23:00:00Z",
		"2026-03-02T12:00:00Z"},
	{"shut at the closing instant", "08:00-21:00", "Asia/Seoul", NULL,
		"2026-03-02T12:00:00Z", "2026-03-02T23:00:00Z", "2026-03-03T12:00:00Z"},
	{"the margin before the end", "08:00-21:00", "Asia/Seoul", NULL,
		"2026-03-02T11:54:00Z", "2026-03-02T23:00:00Z", "2026-03-03T12:00:00Z",
		6 * MINUTE},
	{"just outside the margin", "08:00-21:00", "Asia/Seoul", NULL,
		"2026-03-02T11:53:59Z", "2026-03-02T11:53:59Z", "2026-03-02T12:00:00Z",
		6 * MINUTE},
	{"midnight is no end where hours go on", "22:00-06:00", "Europe/Paris", NULL,
		"2026-01-10T22:58:00Z", "2026-01-10T22:58:00Z", "2026-01-11T05:00:00Z",
		6 * MINUTE},
	{"a Sunday waits for Monday", "mon-sat 08:00-20:00", "Europe/Paris", NULL,
		"2026-11-01T10:00:00Z", "2026-11-02T07:00:00Z", "2026-11-02T19:00:00Z"},
	{"a holiday is skipped", "mon-sat 08:00-20:00", "Europe/Paris", "2026-12-25",
		"2026-12-24T19:00:00Z", "2026-12-26T07:00:00Z", "2026-12-26T19:00:00Z"},
	{"a holiday cuts the night before it", "22:00-06:00", "Europe/Paris",
		"2026-12-25", "2026-12-24T21:30:00Z", "2026-12-24T21:30:00Z",
		"2026-12-24T23:00:00Z"},
	{"leap day", "08:00-21:00", "Asia/Seoul", "2028-02-29", "2028-02-28T13:00:00Z",
		"2028-02-29T23:00:00Z", "2028-03-01T12:00:00Z"},
	{"the year's end", "09:00-10:00", "Asia/Tokyo", "2026-12-31, 2027-01-01",
		"2026-12-30T02:00:00Z", "2027-01-02T00:00:00Z", "2027-01-02T01:00:00Z"},
	{"an opening in the gap opens after it", "02:30-05:00", "America/New_York", NULL,
		"2026-03-08T06:00:00Z", "2026-03-08T07:00:00Z", "2026-03-08T09:00:00Z"},
	{"hours wholly in the gap never come", "02:10-02:50", "America/New_York", NULL,
		"2026-03-08T06:00:00Z", "2026-03-09T06:10:00Z", "2026-03-09T06:50:00Z"},
	{"a closing in the gap", "00:30-02:30", "America/New_York", NULL,
		"2026-03-08T06:00:00Z", "2026-03-08T06:00:00Z", "2026-03-08T07:00:00Z"},
	{"an opening in the fold opens at its first showing", "01:30-04:00",
		"America/New_York", NULL, "2026-11-01T04:00:00Z", "2026-11-01T05:30:00Z",
		"2026-11-01T09:00:00Z"},
	{"a closing in the fold closes at its last", "00:00-01:30", "America/New_York",
		NULL, "2026-11-01T06:10:00Z", "2026-11-01T06:10:00Z",
		"2026-11-01T06:30:00Z"},
	{"half an hour of daylight saving", "01:45-03:00", "Australia/Lord_Howe", NULL,
		"2026-04-04T14:40:00Z", "2026-04-04T14:45:00Z", "2026-04-04T16:30:00Z"},
	{"clocks change at midnight: the first hour is gone", "00:00-08:00",
		"Asia/Beirut", NULL, "2026-03-28T21:00:00Z", "2026-03-28T22:00:00Z",
		"2026-03-29T05:00:00Z"},
	{"never", "never", "Asia/Seoul", NULL, "2026-01-01T00:00:00Z", NULL, NULL},
	{"always", "always", "Asia/Seoul", NULL, "2026-01-01T00:00:00Z",
		"2026-01-01T00:00:00Z", NULL, HOUR},
};

static void
moments_are_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
		const struct moment *m = &moments[i];
		struct window w = parsed(m->hours);
		struct dates shut = {0};
		struct strbuf err = STRBUF_SENTENCE;
		if (m->shut)
			assert_int_equal(dates_add(&shut, m->shut, &err), 0);
		struct window_rule rule = {&w, &shut, m->zone, m->name};
		size_t blamed;
		int64_t next = window_next(&rule, 1, at(m->from), m->margin, &blamed);
		if (next != (m->opens ? at(m->opens) : WINDOW_NEVER))
			fail_msg("%s: opens at %lld", m->name, (long long)next);
		if (next != WINDOW_NEVER &&
			window_closes(&rule, 1, next) !=
				(m->closes ? at(m->closes) : WINDOW_NEVER))
			fail_msg("%s: closes at %lld", m->name,
				(long long)window_closes(&rule, 1, next));
		assert_int_equal(blamed, next == at(m->from) ? 1 : 0);
		dates_done(&shut);
		strbuf_done(&err);
	}
}

/* ---- several at once ---- */

static void
several_rules_intersect(void **state)
{
	(void)state;
	struct window wide = parsed("08:00-21:00"), late = parsed("12:00-17:00");
	struct window night = parsed("22:00-06:00");
	struct window_rule rules[] = {
		{&wide, NULL, "America/New_York", "federal"},
		{&wide, NULL, "Pacific/Honolulu", "federal"},
		{&late, NULL, "America/New_York", "shop"},
	};
	size_t blamed;
	/* Winter: Honolulu opens at 18:00 UTC, the shop's hours end at 22:00 UTC. */
	int64_t next = window_next(rules, 3, at("2026-01-15T13:30:00Z"), 0, &blamed);
	assert_true(next == at("2026-01-15T18:00:00Z"));
	assert_int_equal(blamed, 1);
	assert_true(window_closes(rules, 3, next) == at("2026-01-15T22:00:00Z"));
	/* With a margin longer than what is left that day. */
	next = window_next(rules, 3, at("2026-01-15T21:00:00Z"), 2 * HOUR, &blamed);
	assert_true(next == at("2026-01-16T18:00:00Z"));
	/* Contradictory: never, and found out. */
	struct window_rule against[] = {
		{&late, NULL, "Asia/Seoul", "a"}, {&night, NULL, "Asia/Seoul", "b"}};
	assert_true(window_next(against, 2, at("2026-01-15T21:00:00Z"), 0, &blamed) ==
		    WINDOW_NEVER);
	/* Too short for the margin, every day: never. */
	assert_true(window_next(rules, 1, at("2026-01-15T21:00:00Z"), 14 * HOUR,
			    &blamed) == WINDOW_NEVER);
	assert_true(window_next(rules, 0, 5, HOUR, &blamed) == 5);
}

/* ---- every zone, every change of clocks from 2024 to 2030 ---- */

#define STEP  (15 * MINUTE)
#define SPAN  (4 * DAY)
#define STEPS ((int)(SPAN / STEP))

/* Offsets from ICU's calendar, asked one by one: nothing of ours. */
struct oracle {
	int64_t start;
	int64_t highest[STEPS],
		lowest[STEPS]; /* the wall shown so far, and from here on */
};

static void
look(UCalendar *calendar, int64_t start, struct oracle *o)
{
	UErrorCode status = U_ZERO_ERROR;
	o->start = start;
	for (int i = 0; i < STEPS; i++) {
		int64_t t = start + i * STEP;
		ucal_setMillis(calendar, (UDate)t, &status);
		int64_t local = t + ucal_get(calendar, UCAL_ZONE_OFFSET, &status) +
				ucal_get(calendar, UCAL_DST_OFFSET, &status);
		o->lowest[i] = local;
		o->highest[i] =
			i && o->highest[i - 1] > local ? o->highest[i - 1] : local;
	}
	for (int i = STEPS - 1; i-- > 0;)
		o->lowest[i] = MIN(o->lowest[i], o->lowest[i + 1]);
	assert_true(U_SUCCESS(status));
}

/* Open: some hours have been reached, and their end is still to be shown. */
static bool
is_open(const struct oracle *o, int i, const struct window *w)
{
	for (int64_t day = o->lowest[i] / DAY - 1; day <= o->highest[i] / DAY; day++) {
		const struct window_day *hours = &w->days[(day + 3) % 7];
		for (int s = 0; s < hours->count; s++)
			if (o->highest[i] >= day * DAY + hours->spans[s].from * MINUTE &&
				o->lowest[i] < day * DAY + hours->spans[s].to * MINUTE)
				return true;
	}
	return false;
}

static int
compare(const struct oracle *o, const struct window *w, const char *zone)
{
	struct window_rule rule = {w, NULL, zone, NULL};
	int64_t expected = 0;
	int checked = 0;
	/* From the end backwards: the next open step is known when it is asked for. */
	for (int i = STEPS - 1; i >= STEPS / 8; i--) {
		bool open = is_open(o, i, w);
		if (open)
			expected = o->start + i * STEP;
		if (!expected || i > STEPS - STEPS / 8)
			continue; /* the oracle's sight ends */
		int64_t next = window_next(&rule, 1, o->start + i * STEP, 0, NULL);
		if (next != expected)
			fail_msg("%s at %lld: %lld, expected %lld", zone,
				(long long)(o->start + i * STEP), (long long)next,
				(long long)expected);
		checked++;
	}
	return checked;
}

/* The same of two rules in two zones that must both be open: when they are next, and when
 * the first of them shuts. */
static int
compare_both(const struct oracle o[2], const struct window *w[2], const char *zones[2])
{
	struct window_rule rules[] = {
		{w[0], NULL, zones[0], NULL}, {w[1], NULL, zones[1], NULL}};
	int64_t opens = 0, closes = 0;
	int checked = 0;
	for (int i = STEPS - 1; i >= STEPS / 8; i--) {
		int64_t t = o[0].start + i * STEP;
		bool open = is_open(&o[0], i, w[0]) && is_open(&o[1], i, w[1]);
		if (open)
			opens = t;
		else
			closes = t;
		if (!opens || !closes || i > STEPS - STEPS / 8)
			continue; /* the oracle's sight ends */
		int64_t next = window_next(rules, 2, t, 0, NULL);
		if (next != opens)
			fail_msg("%s and %s at %lld: %lld, expected %lld", zones[0],
				zones[1], (long long)t, (long long)next,
				(long long)opens);
		if (open)
			assert_true(window_closes(rules, 2, t) == closes);
		checked++;
	}
	return checked;
}

/* At each change of each zone, beside a zone elsewhere: a number whose place is not sure,
 * or a shop that is not where its customer is. */
static void
every_change_beside_another_zone(void **state)
{
	(void)state;
	static const char *const others[] = {"Asia/Seoul", "America/New_York",
		"Europe/London", "Australia/Lord_Howe", "America/St_Johns",
		"Pacific/Chatham", "Africa/Casablanca"};
	struct window w[] = {parsed("08:00-21:00"), parsed("22:15-02:30"),
		parsed("mon-sat 10:00-22:00"), parsed("00:00-01:30, 02:00-14:30")};
	UErrorCode status = U_ZERO_ERROR;
	UEnumeration *zones = ucal_openTimeZoneIDEnumeration(
		UCAL_ZONE_TYPE_CANONICAL, NULL, NULL, &status);
	int64_t from = at("2024-01-01T00:00:00Z"), until = at("2031-01-01T00:00:00Z");
	static struct oracle o[2];
	int changes = 0, checked = 0;
	const char *zone;
	while ((zone = uenum_next(zones, NULL, &status))) {
		struct zone_span span;
		for (zone_span(zone, from, &span); span.until < until;
			zone_span(zone, span.until, &span)) {
			int k = changes++;
			const char *both[] = {zone, others[k % ARRAY_LEN(others)]};
			const struct window *of[] = {&w[k % 4], &w[k / 4 % 4]};
			for (int i = 0; i < 2; i++) {
				UChar wide[64];
				u_uastrcpy(wide, both[i]);
				UCalendar *calendar = ucal_open(
					wide, -1, NULL, UCAL_GREGORIAN, &status);
				look(calendar, (span.until - SPAN / 2) / STEP * STEP,
					&o[i]);
				ucal_close(calendar);
			}
			checked += compare_both(o, of, both);
		}
	}
	uenum_close(zones);
	assert_true(changes > 1000);
	assert_true(checked > 100 * changes);
}

static void
every_change_of_every_zone(void **state)
{
	(void)state;
	static const char *const weeks[] = {"08:00-21:00", "22:15-02:30",
		"00:00-01:30, 02:00-02:30, 03:00-04:00",
		"mon-sat 23:30-00:30, sun 01:45-03:15"};
	struct window w[ARRAY_LEN(weeks)];
	for (size_t i = 0; i < ARRAY_LEN(weeks); i++)
		w[i] = parsed(weeks[i]);
	UErrorCode status = U_ZERO_ERROR;
	UEnumeration *zones = ucal_openTimeZoneIDEnumeration(
		UCAL_ZONE_TYPE_CANONICAL, NULL, NULL, &status);
	int64_t from = at("2024-01-01T00:00:00Z"), until = at("2031-01-01T00:00:00Z");
	static struct oracle o;
	int changes = 0, checked = 0, count = 0;
	const char *zone;
	while ((zone = uenum_next(zones, NULL, &status))) {
		UChar wide[64];
		u_uastrcpy(wide, zone);
		UCalendar *calendar = ucal_open(wide, -1, NULL, UCAL_GREGORIAN, &status);
		struct zone_span span;
		count++;
		for (zone_span(zone, from, &span); span.until < until;
			zone_span(zone, span.until, &span)) {
			/* on a step's edge, so that what the oracle samples is exact */
			look(calendar, (span.until - SPAN / 2) / STEP * STEP, &o);
			checked += compare(&o, &w[changes++ % ARRAY_LEN(weeks)], zone);
		}
		ucal_close(calendar);
	}
	uenum_close(zones);
	assert_true(count > 300);
	assert_true(changes > 1000);
	assert_true(checked > 100 * changes);
}

/* Every local reading, first and last: what the clock shows then, in every zone, over a
 * day with a change and one without. */
static void
readings_round_trip(void **state)
{
	(void)state;
	UErrorCode status = U_ZERO_ERROR;
	UEnumeration *zones = ucal_openTimeZoneIDEnumeration(
		UCAL_ZONE_TYPE_CANONICAL, NULL, NULL, &status);
	int64_t base = at("2026-03-29T00:00:00Z");
	const char *zone;
	while ((zone = uenum_next(zones, NULL, &status))) {
		for (int64_t local = base; local < base + 2 * DAY; local += 7 * MINUTE) {
			int64_t first = zone_local_first(zone, local);
			int64_t last = zone_local_last(zone, local);
			assert_true(first <= last);
			int64_t shown = first + zone_offset(zone, first);
			assert_true(shown >= local);
			assert_true(first - 1 + zone_offset(zone, first - 1) < local);
			assert_true(last - 1 + zone_offset(zone, last - 1) < local);
			assert_true(last + zone_offset(zone, last) >= local);
		}
	}
	uenum_close(zones);
}

/* A window and its margin, at random: what window_next() says is open, stays open longer
 * than the margin, and asking again there changes nothing. */
static void
next_is_a_fixpoint(void **state)
{
	(void)state;
	static const char *const zones[] = {"Asia/Seoul", "America/New_York",
		"Pacific/Apia", "Australia/Lord_Howe", "Africa/Casablanca",
		"America/St_Johns", "UTC"};
	struct window a = parsed("mon-fri 08:00-20:00, sat 12:00-14:00");
	struct window b = parsed("21:00-11:00");
	uint64_t seed = 88172645463325252u;
	for (int i = 0; i < 4000; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		int64_t t = at("2024-01-01T00:00:00Z") +
			    (int64_t)(seed % (uint64_t)(2500 * DAY));
		int64_t margin = (int64_t)(seed >> 40) % (90 * MINUTE);
		struct window_rule rules[] = {
			{&a, NULL, zones[seed % ARRAY_LEN(zones)], NULL},
			{&b, NULL, zones[(seed >> 8) % ARRAY_LEN(zones)], NULL}};
		int64_t next = window_next(rules, 2, t, margin, NULL);
		if (next == WINDOW_NEVER)
			continue; /* two zones may have no hour in common that is long
				     enough */
		assert_true(next >= t);
		assert_true(window_next(rules, 2, next, margin, NULL) == next);
		assert_true(window_closes(rules, 2, next) - next > margin);
		if (next > t) /* a moment sooner was too soon */
			assert_true(
				window_next(rules, 2, next - 1, margin, NULL) == next);
	}
}

static void
dates_are_read(void **state)
{
	(void)state;
	struct dates d = {0};
	struct strbuf err = STRBUF_SENTENCE;
	assert_int_equal(
		dates_add(&d, "2026-12-25, 2026-01-01,2026-12-25 2028-02-29", &err), 0);
	assert_int_equal(d.count, 3);
	assert_true(dates_has(&d, at("2028-02-29T00:00:00Z") / DAY));
	assert_false(dates_has(&d, at("2028-03-01T00:00:00Z") / DAY));
	assert_true(dates_add(&d, "2027-02-29", &err) < 0);
	assert_non_null(strstr(err.s, "2027-02-29"));
	assert_true(dates_add(&d, "christmas", &err) < 0);
	assert_false(dates_has(NULL, 0));
	dates_done(&d);
	strbuf_done(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hours_are_read),
		cmocka_unit_test(nonsense_is_named),
		cmocka_unit_test(quiet_hours_are_subtracted),
		cmocka_unit_test(moments_are_right),
		cmocka_unit_test(several_rules_intersect),
		cmocka_unit_test(every_change_of_every_zone),
		cmocka_unit_test(every_change_beside_another_zone),
		cmocka_unit_test(readings_round_trip),
		cmocka_unit_test(next_is_a_fixpoint),
		cmocka_unit_test(dates_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
