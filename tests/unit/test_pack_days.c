/* The holidays and words of the shipped packs, computed once more by the rules of each
 * country: Easter by its algorithm, the moons by ICU's calendars, substitutes by weekday.
 * A date that was typed wrong, or forgotten, fails here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include "gateway/base/iso.h"
#include "gateway/core/packs.h"
#include "gateway/sms/segment.h"
#include "gateway/text/words.h"

#define FIRST 2026
#define LAST  2028

enum { MON, TUE, WED, THU, FRI, SAT, SUN };

static struct packs *packs;

static int
load(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	if (packs_load("etc/packs", "", "KR", &packs, &err) < 0)
		fail_msg("%s", err.s);
	strbuf_done(&err);
	return 0;
}

static int
drop(void **state)
{
	(void)state;
	packs_free(packs);
	return 0;
}

/* ---- days ---- */

static int
day_of(int y, int m, int d)
{
	char text[ISO_MAX];
	int64_t wall;
	snprintf(text, sizeof(text), "%04d-%02d-%02dT00:00:00Z", y, m, d);
	assert_int_equal(iso_parse(text, &wall, NULL), 0);
	return (int)(wall / DAY);
}

static int
weekday(int day)
{
	return (day + 3) % 7; /* 1970-01-01 was a Thursday */
}

/* Anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, chapter 8). */
static int
easter(int y)
{
	int a = y % 19, b = y / 100, c = y % 100, d = b / 4, e = b % 4;
	int g = (8 * b + 13) / 25, h = (19 * a + b - d - g + 15) % 30;
	int i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7;
	int m = (a + 11 * h + 19 * l) / 433, month = (h + l - 7 * m + 90) / 25;
	return day_of(y, month, (h + l - 7 * m + 33 * month + 19) % 32);
}

/* The n-th such weekday of a month, from its end where n < 0. */
static int
nth(int y, int m, int wd, int n)
{
	if (n > 0) {
		int first = day_of(y, m, 1);
		return first + (wd - weekday(first) + 7) % 7 + 7 * (n - 1);
	}
	int last = day_of(m == 12 ? y + 1 : y, m % 12 + 1, 1) - 1;
	return last - (weekday(last) - wd + 7) % 7;
}

/* The first day of a year that is month `m`, day `d` of one of ICU's calendars, and the
 * second (0: none): a lunar year is shorter than ours. */
static void
moon(const char *calendar, int y, int m, int d, int ret[2])
{
	UErrorCode status = U_ZERO_ERROR;
	UChar zone[16];
	u_uastrcpy(zone, "Etc/GMT-9");
	UCalendar *cal = ucal_open(zone, -1, calendar, UCAL_DEFAULT, &status);
	assert_true(U_SUCCESS(status));
	int n = 0;
	ret[0] = ret[1] = 0;
	for (int day = day_of(y, 1, 1); day < day_of(y + 1, 1, 1) && n < 2; day++) {
		ucal_setMillis(cal, ((double)day + 0.1) * DAY, &status);
		if (ucal_get(cal, UCAL_MONTH, &status) == m - 1 &&
			ucal_get(cal, UCAL_DATE, &status) == d &&
			!ucal_get(cal, UCAL_IS_LEAP_MONTH, &status))
			ret[n++] = day;
		assert_true(U_SUCCESS(status));
	}
	ucal_close(cal);
}

/* ---- sets of days ---- */

struct days {
	int list[64];
	size_t count;
};

static bool
in(const struct days *s, int day)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->list[i] == day)
			return true;
	return false;
}

static void
add(struct days *s, int day)
{
	if (!in(s, day))
		s->list[s->count++] = day;
}

/* "0101 0501": month and day. */
static void
fixed(struct days *s, int y, const char *text)
{
	char *end;
	for (const char *p = text; *p; p = end) {
		long n = strtol(p, &end, 10);
		add(s, day_of(y, (int)n / 100, (int)n % 100));
	}
}

/* The next day that is neither weekend (Saturday counts where `saturday`) nor holiday. */
static void
next_free(struct days *s, int day, bool saturday)
{
	do
		day++;
	while (weekday(day) == SUN || (saturday && weekday(day) == SAT) || in(s, day));
	add(s, day);
}

static void
move(struct days *s, int y, int m, int d)
{
	int day = day_of(y, m, d);
	if (weekday(day) == SAT || weekday(day) == SUN)
		next_free(s, day, true);
}

/* ---- countries ---- */

static void
germany(struct days *s, int y)
{
	int e = easter(y);
	fixed(s, y, "0101 0501 1003 1225 1226");
	add(s, e - 2), add(s, e + 1), add(s, e + 39), add(s, e + 50);
}

static void
france(struct days *s, int y)
{
	int e = easter(y);
	fixed(s, y, "0101 0501 0508 0714 0815 1101 1111 1225");
	add(s, e + 1), add(s, e + 39), add(s, e + 50);
}

static void
italy(struct days *s, int y)
{
	fixed(s, y, "0101 0106 0425 0501 0602 0815 1004 1101 1208 1225 1226");
	add(s, easter(y)), add(s, easter(y) + 1);
}

static void
spain(struct days *s, int y)
{
	fixed(s, y, "0101 0106 0501 0815 1012 1101 1206 1208 1225");
	add(s, easter(y) - 2);
}

static void
britain(struct days *s, int y)
{
	fixed(s, y, "0101 1225 1226");
	add(s, easter(y) - 2), add(s, easter(y) + 1);
	add(s, nth(y, 5, MON, 1)), add(s, nth(y, 5, MON, -1)), add(s, nth(y, 8, MON, -1));
	move(s, y, 1, 1), move(s, y, 12, 25), move(s, y, 12, 26);
}

static void
australia(struct days *s, int y)
{
	int e = easter(y);
	fixed(s, y, "0101 0126 0425 1225 1226");
	add(s, e - 2), add(s, e - 1), add(s, e), add(s, e + 1);
	add(s, nth(y, 6, MON, 2));
	move(s, y, 1, 1), move(s, y, 1, 26), move(s, y, 12, 25), move(s, y, 12, 26);
}

static void
canada(struct days *s, int y)
{
	int victoria = day_of(y, 5, 24);
	fixed(s, y, "0101 0701 0930 1111 1225 1226");
	add(s, easter(y) - 2), add(s, victoria - weekday(victoria));
	add(s, nth(y, 9, MON, 1)), add(s, nth(y, 10, MON, 2));
}

static void
america(struct days *s, int y)
{
	struct days dates = {0};
	fixed(&dates, y, "0101 0619 0704 1111 1225");
	add(&dates, day_of(y + 1, 1, 1));
	for (size_t i = 0; i < dates.count; i++) {
		int day = dates.list[i], wd = weekday(day);
		int seen = wd == SAT ? day - 1 : wd == SUN ? day + 1 : day;
		if (day < day_of(y + 1, 1, 1))
			add(s, day);
		if (seen < day_of(y + 1, 1, 1) && seen >= day_of(y, 1, 1))
			add(s, seen);
	}
	add(s, nth(y, 1, MON, 3)), add(s, nth(y, 2, MON, 3)), add(s, nth(y, 5, MON, -1));
	add(s, nth(y, 9, MON, 1)), add(s, nth(y, 10, MON, 2)), add(s, nth(y, 11, THU, 4));
}

/* Equinoxes as the National Astronomical Observatory's formula gives them (1980-2099). */
static void
japan(struct days *s, int y)
{
	double drift = 0.242194 * (y - 1980) - (int)((y - 1980) / 4);
	fixed(s, y, "0101 0211 0223 0429 0503 0504 0505 0811 1103 1123");
	add(s, day_of(y, 3, (int)(20.8431 + drift)));
	add(s, day_of(y, 9, (int)(23.2488 + drift)));
	add(s, nth(y, 1, MON, 2)), add(s, nth(y, 7, MON, 3));
	add(s, nth(y, 9, MON, 3)), add(s, nth(y, 10, MON, 2));
	struct days own = *s;
	for (size_t i = 0; i < own.count; i++) {
		int day = own.list[i];
		if (weekday(day) == SUN) {
			while (in(s, day))
				day++;
			add(s, day);
		}
		if (in(&own, own.list[i] + 2))
			add(s, own.list[i] + 1); /* between two holidays */
	}
}

static void
korea(struct days *s, int y)
{
	static const char single[] = "0301 0505 0717 0815 1003 1009 1225";
	int seol[2], chuseok[2], buddha[2];
	moon("ko@calendar=dangi", y, 1, 1, seol);
	moon("ko@calendar=dangi", y, 8, 15, chuseok);
	moon("ko@calendar=dangi", y, 4, 8, buddha);
	struct days moved = {0};
	fixed(&moved, y, single);
	add(&moved, buddha[0]);
	fixed(s, y, "0101 0501 0606");
	fixed(s, y, single);
	add(s, buddha[0]);
	for (int i = -1; i <= 1; i++)
		add(s, seol[0] + i), add(s, chuseok[0] + i);
	if (y == 2026)
		fixed(s, y, "0603"); /* local elections */
	if (y == 2028)
		fixed(s, y, "0412"); /* National Assembly */
	const int feasts[] = {seol[0], chuseok[0]};
	for (size_t f = 0; f < ARRAY_LEN(feasts); f++) {
		bool meets = false;
		for (int i = -1; i <= 1; i++)
			meets |= weekday(feasts[f] + i) == SUN ||
				 in(&moved, feasts[f] + i);
		if (meets)
			next_free(s, feasts[f] + 1, false);
	}
	for (size_t i = 0; i < moved.count; i++)
		if (weekday(moved.list[i]) == SAT || weekday(moved.list[i]) == SUN)
			next_free(s, moved.list[i], true);
}

static void
india(struct days *s, int y)
{
	fixed(s, y, "0126 0815 1002");
}

static void
same(const char *what, const struct dates *have, const struct days *want)
{
	char text[ISO_MAX];
	for (size_t i = 0; i < want->count; i++) {
		iso_format(want->list[i] * DAY, 0, text);
		if (!dates_has(have, want->list[i]))
			fail_msg("%s: %.10s is missing", what, text);
	}
	for (size_t i = 0; i < have->count; i++) {
		iso_format(have->days[i] * DAY, 0, text);
		if (!in(want, have->days[i]))
			fail_msg("%s: %.10s is no holiday", what, text);
	}
}

static void
holidays_are_what_the_rules_give(void **state)
{
	(void)state;
	static const struct {
		const char *country;
		void (*make)(struct days *s, int y);
	} rows[] = {{"DE", germany}, {"FR", france}, {"IT", italy}, {"ES", spain},
		{"GB", britain}, {"AU", australia}, {"CA", canada}, {"US", america},
		{"JP", japan}, {"KR", korea}, {"IN", india}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct days want = {0};
		for (int y = FIRST; y <= LAST; y++) {
			struct days year = {0};
			rows[i].make(&year, y);
			for (size_t d = 0; d < year.count; d++)
				add(&want, year.list[d]);
		}
		same(rows[i].country, &packs_country(packs, rows[i].country)->holidays,
			&want);
	}
}

/* Singapore announces its moons a year ahead: they may lie a day beside the calculation.
 */
static void
singapore_keeps_its_four_calendars(void **state)
{
	(void)state;
	const struct dates *have = &packs_country(packs, "SG")->holidays;
	static const struct {
		const char *calendar;
		int month, day, off;
	} near[] = {{"en@calendar=islamic-umalqura", 10, 1, 0},
		{"en@calendar=islamic-umalqura", 12, 10, 0},
		{"zh@calendar=chinese", 4, 15, 0}};
	for (int y = FIRST; y <= LAST; y++) {
		struct days exact = {0};
		int at[2];
		fixed(&exact, y, "0101 0501 0809 1225");
		add(&exact, easter(y) - 2);
		moon("zh@calendar=chinese", y, 1, 1, at);
		add(&exact, at[0]), add(&exact, at[0] + 1);
		for (size_t i = 0; i < exact.count; i++)
			if (!dates_has(have, exact.list[i]))
				fail_msg("SG %d: day %zu is missing", y, i);
		for (size_t i = 0; i < ARRAY_LEN(near); i++) {
			moon(near[i].calendar, y, near[i].month, near[i].day, at);
			bool found = false;
			for (int d = -2; d <= 2; d++)
				found |= dates_has(have, at[0] + near[i].off + d);
			if (!found)
				fail_msg("SG %d: moon %zu is missing", y, i);
		}
	}
	/* Deepavali is the day before the new moon between mid October and mid November
	 */
	for (int y = FIRST; y <= LAST; y++) {
		int at[2];
		bool found = false;
		for (int m = 9; m <= 10; m++) {
			moon("zh@calendar=chinese", y, m, 1, at);
			found |= at[0] >= day_of(y, 10, 15) &&
				 at[0] < day_of(y, 11, 15) && dates_has(have, at[0] - 1);
		}
		if (!found)
			fail_msg("SG %d: Deepavali is missing", y);
	}
	/* a Sunday is made good on the next day that is no holiday */
	for (size_t i = 0; i < have->count; i++) {
		int day = have->days[i];
		while (weekday(have->days[i]) == SUN && dates_has(have, day + 1))
			day++;
		if (weekday(have->days[i]) == SUN && day == have->days[i])
			fail_msg("SG: the Sunday %d has no day after it", day);
	}
}

/* ---- regions ---- */

static void
penance(struct days *s, int y)
{
	int before = day_of(y, 11, 22); /* the Wednesday before 23 November */
	add(s, before - (weekday(before) - WED + 7) % 7);
}

static void
regions_keep_their_own(void **state)
{
	(void)state;
	static const struct {
		const char *country, *region, *dates;
		int easter; /* days after Easter, 0: none */
	} rows[] = {{"DE", "BW", "0106 1101", 60}, {"DE", "BY", "0106 0815 1101", 60},
		{"DE", "BE", "0308", 0}, {"DE", "BB", "1031", 0}, {"DE", "HB", "1031", 0},
		{"DE", "HH", "1031", 0}, {"DE", "HE", "", 60},
		{"DE", "MV", "0308 1031", 0}, {"DE", "NI", "1031", 0},
		{"DE", "NW", "1101", 60}, {"DE", "RP", "1101", 60},
		{"DE", "SL", "0815 1101", 60}, {"DE", "SN", "1031", 0},
		{"DE", "ST", "0106 1031", 0}, {"DE", "SH", "1031", 0},
		{"DE", "TH", "0920 1031", 0}, {"FR", "ALS", "1226", -2}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct days want = {0};
		const struct pack_rules *r = pack_region(
			packs_country(packs, rows[i].country), rows[i].region);
		assert_non_null(r);
		for (int y = FIRST; y <= LAST; y++) {
			fixed(&want, y, rows[i].dates);
			if (rows[i].easter)
				add(&want, easter(y) + rows[i].easter);
			if (!strcmp(rows[i].region, "SN"))
				penance(&want, y);
		}
		if (!strcmp(rows[i].region, "BE"))
			add(&want, day_of(2028, 6, 17)); /* 75 years after 1953, once */
		same(rows[i].region, &r->holidays, &want);
	}
	struct days victory = {0}, pioneer = {0};
	for (int y = FIRST; y <= LAST; y++) {
		int day = day_of(y, 7, 24);
		add(&victory, nth(y, 8, MON, 2));
		add(&pioneer, day);
		add(&pioneer, weekday(day) == SAT   ? day - 1
			      : weekday(day) == SUN ? day + 1
						    : day);
	}
	const struct pack *us = packs_country(packs, "US");
	same("US-RI", &pack_region(us, "RI")->holidays, &victory);
	same("US-UT", &pack_region(us, "UT")->holidays, &pioneer);
}

/* ---- words ---- */

static bool
is_of(UChar32 c, int32_t from, int32_t to)
{
	return c >= from && c <= to;
}

/* The word as a thumb in a hurry writes it: without accents (Latin), without blanks
 * (Korean, Japanese, Chinese). False: it is that already. */
static bool
hurried(const char *word, struct strbuf *out)
{
	static const struct {
		const char *accented, *plain;
	} letters[] = {{"á", "a"}, {"à", "a"}, {"â", "a"}, {"ä", "a"}, {"é", "e"},
		{"è", "e"}, {"ê", "e"}, {"ë", "e"}, {"í", "i"}, {"î", "i"}, {"ó", "o"},
		{"ô", "o"}, {"ú", "u"}, {"ù", "u"}, {"û", "u"}, {"ç", "c"}, {"ñ", "n"},
		{"ừ", "u"}, {"ố", "o"}};
	bool changed = false, wide = false;
	const char *p = word;
	strbuf_reset(out);
	for (const char *q = word; *q; q++)
		wide |= (unsigned char)*q >= 0xE3; /* kana, han, hangul */
	while (*p) {
		size_t i = 0;
		while (i < ARRAY_LEN(letters) &&
			strncmp(p, letters[i].accented, strlen(letters[i].accented)))
			i++;
		if (i < ARRAY_LEN(letters)) {
			strbuf_puts(out, letters[i].plain);
			p += strlen(letters[i].accented);
			changed = true;
		} else if (wide && *p == ' ') {
			p++;
			changed = true;
		} else {
			strbuf_putc(out, *p++);
		}
	}
	return changed;
}

static void
check_hurry(const char *country, const char *list)
{
	struct strbuf plain = STRBUF_SENTENCE;
	struct wordset set;
	wordset_init(&set, list);
	for (size_t w = 0; w < set.count; w++)
		if (hurried(set.words[w], &plain) && !words_in(plain.s, list))
			fail_msg(
				"%s: '%s', but not '%s'", country, set.words[w], plain.s);
	wordset_done(&set);
	strbuf_done(&plain);
}

static void
words_in_a_hurry_are_known_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < packs->count; i++) {
		const struct pack *p = &packs->list[i];
		check_hurry(p->country, p->stop.s);
		check_hurry(p->country, p->start.s);
		check_hurry(p->country, p->help.s);
	}
}

/* "ALTA para volver": what a text tells people to send is a word that works. */
static void
promised(const struct pack *p, const char *text)
{
	struct strbuf word = STRBUF_SENTENCE, plain = STRBUF_SENTENCE;
	for (const char *q = text ? text : ""; *q; q++) {
		strbuf_reset(&word);
		while (is_of(*q, 'A', 'Z'))
			strbuf_putc(&word, *q++);
		if (word.len >= 4) {
			words_normalise(word.s, &plain);
			if (!words_in(plain.s, p->stop.s) &&
				!words_in(plain.s, p->start.s) &&
				!words_in(plain.s, p->help.s))
				fail_msg("%s: '%s' says %s", p->country, text, word.s);
		}
		if (!*q)
			break;
	}
	strbuf_done(&word);
	strbuf_done(&plain);
}

static void
what_texts_tell_to_send_works(void **state)
{
	(void)state;
	for (size_t i = 0; i < packs->count; i++) {
		const struct pack *p = &packs->list[i];
		promised(p, p->say_stop);
		promised(p, p->say_start);
		promised(p, p->say_help);
		promised(p, p->rules[0].classes[CLASS_MARKETING].suffix);
	}
	const struct pack *kr = packs_country(packs, "KR"),
			  *jp = packs_country(packs, "JP");
	assert_true(words_in("그만", kr->stop.s) && strstr(kr->say_start, "'그만'"));
	assert_true(words_in("停止", jp->stop.s) && strstr(jp->say_start, "「停止」"));
	assert_true(words_in("再開", jp->start.s) && strstr(jp->say_stop, "「再開」"));
}

/* An answer of two segments costs twice; one letter outside GSM is enough for that. */
static void
answers_fit_one_segment(void **state)
{
	(void)state;
	static struct segment_plan plan;
	static const struct segment_options options = {.alphabet = SEGMENT_AUTO};
	struct strbuf err = STRBUF_SENTENCE;
	for (size_t i = 0; i < packs->count; i++) {
		const struct pack *p = &packs->list[i];
		const char *texts[] = {p->say_stop, p->say_start, p->say_help};
		for (size_t t = 0; t < ARRAY_LEN(texts); t++) {
			assert_int_equal(segment_plan(texts[t], strlen(texts[t]),
						 &options, &plan, &err),
				0);
			if (plan.count != 1)
				fail_msg("%s: %zu segments: %s", p->country, plan.count,
					texts[t]);
		}
	}
	strbuf_done(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holidays_are_what_the_rules_give),
		cmocka_unit_test(singapore_keeps_its_four_calendars),
		cmocka_unit_test(regions_keep_their_own),
		cmocka_unit_test(words_in_a_hurry_are_known_too),
		cmocka_unit_test(what_texts_tell_to_send_works),
		cmocka_unit_test(answers_fit_one_segment),
	};
	return cmocka_run_group_tests(tests, load, drop);
}
