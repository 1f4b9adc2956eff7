#include "gateway/text/date.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/text/numeral.h"
#include "gateway/text/regex.h"
#include "gateway/text/words.h"
#include "gateway/text/zone.h"

struct day {
	int year, month, day; /* year 0: not said */
};

static int64_t
days_of(struct day d)
{
	struct tm tm = {
		.tm_year = d.year - 1900, .tm_mon = d.month - 1, .tm_mday = d.day};
	return (int64_t)timegm(&tm) / 86400;
}

static struct day
day_of(int64_t days)
{
	struct tm tm;
	time_t t = (time_t)(days * 86400);
	gmtime_r(&t, &tm);
	return (struct day){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday};
}

static bool
exists(struct day d)
{
	if (d.year < 1900 || d.year > 2200 || d.month < 1 || d.month > 12 || d.day < 1)
		return false;
	struct day back = day_of(days_of(d));
	return back.month == d.month && back.day == d.day;
}

static int64_t
today(const struct date_env *env)
{
	int64_t local = env->now + zone_offset(env->zone, env->now);
	return (local - (local % DAY + DAY) % DAY) / DAY;
}

/* Monday 0 ... Sunday 6; 1970-01-01 was a Thursday. */
static int
weekday(int64_t days)
{
	return (int)(((days + 3) % 7 + 7) % 7);
}

static int
full_year(int year, const struct date_env *env)
{
	if (year >= 100)
		return year;
	int now = day_of(today(env)).year;
	return env->past && 2000 + year > now ? 1900 + year : 2000 + year;
}

/* The next such day, or the last one for the past; 29 February waits for its year. */
static bool
without_year(struct day d, const struct date_env *env, int64_t *ret)
{
	int64_t now = today(env);
	int year = day_of(now).year;
	for (int i = -1; i < 9; i++) {
		d.year = env->past ? year - i : year + i;
		if (!exists(d))
			continue;
		*ret = days_of(d);
		if (env->past ? *ret <= now : *ret >= now)
			return true;
	}
	return false;
}

static bool
settle(struct day d, const struct date_env *env, int64_t *ret)
{
	if (!d.year)
		return without_year(d, env, ret);
	d.year = full_year(d.year, env);
	*ret = days_of(d);
	return exists(d) && !(env->past && *ret > today(env));
}

/* ---- the forms ---- */

static int
group(const struct regex_groups *g, int i)
{
	return atoi(g->text[i]);
}

static bool
ymd(const struct regex_groups *g, const struct date_env *env, int64_t *ret)
{
	return settle((struct day){group(g, 1), group(g, 2), group(g, 3)}, env, ret);
}

/* 26.3.5 in Korean, 3/5/26 or 5/3/26 elsewhere. */
static bool
three_short(const struct regex_groups *g, const struct date_env *env, int64_t *ret)
{
	int a = group(g, 1), b = group(g, 2), c = group(g, 3);
	if (env->korean && c < 1000)
		return settle((struct day){a ? a : 2000, b, c}, env, ret);
	bool swap = env->day_first ? b <= 12 : a > 12;
	return settle((struct day){c, swap ? b : a, swap ? a : b}, env, ret);
}

static bool
month_day(const struct regex_groups *g, const struct date_env *env, int64_t *ret)
{
	int a = group(g, 1), b = group(g, 2);
	bool swap = env->day_first && !env->korean ? b <= 12
						   : a > 12 && b <= 12 && !env->korean;
	return settle((struct day){0, swap ? b : a, swap ? a : b}, env, ret);
}

static bool
month_day_korean(const struct regex_groups *g, const struct date_env *env, int64_t *ret)
{
	return settle((struct day){0, group(g, 1), group(g, 2)}, env, ret);
}

static bool
month_day_spelt(const struct regex_groups *g, const struct date_env *env, int64_t *ret)
{
	struct numeral m, d;
	char month[40];
	snprintf(month, sizeof(month), "%s",
		!strcmp(g->text[1], "유")   ? "육"
		: !strcmp(g->text[1], "시") ? "십"
					    : g->text[1]);
	return numeral_read(month, &m) && numeral_read(g->text[2], &d) &&
	       settle((struct day){0, (int)m.value, (int)d.value}, env, ret);
}

static int
month_named(const char *name)
{
	static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	for (int i = 0; i < 12; i++)
		if (!strncmp(months + i * 3, name, 3))
			return i + 1;
	return 0;
}

static bool
name_day(const struct regex_groups *g, const struct date_env *env, int64_t *ret)
{
	return settle((struct day){group(g, 3), month_named(g->text[1]), group(g, 2)},
		env, ret);
}

static bool
day_name(const struct regex_groups *g, const struct date_env *env, int64_t *ret)
{
	return settle((struct day){group(g, 3), month_named(g->text[2]), group(g, 1)},
		env, ret);
}

static bool
relative_word(const struct regex_groups *g, const struct date_env *env, int64_t *ret)
{
	static const struct {
		const char *word;
		int days;
	} rows[] = {{"내일모레", 2}, {"오늘", 0}, {"금일", 0}, {"내일", 1}, {"낼", 1},
		{"명일", 1}, {"모레", 2}, {"글피", 3}, {"어제", -1}, {"엊그제", -2},
		{"그저께", -2}, {"그제", -2}, {"day after tomorrow", 2},
		{"day before yesterday", -2}, {"today", 0}, {"tonight", 0},
		{"tomorrow", 1}, {"tmr", 1}, {"yesterday", -1}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!strcmp(rows[i].word, g->text[1])) {
			*ret = today(env) + rows[i].days;
			return true;
		}
	}
	return false;
}

static int64_t
plus_months(int64_t days, int months)
{
	struct day d = day_of(days);
	int m = d.year * 12 + d.month - 1 + months;
	d.year = m / 12;
	d.month = m % 12 + 1;
	while (!exists(d) && d.day > 28)
		d.day--;
	return days_of(d);
}

static int
amount(const char *text)
{
	static const char *const small[] = {"한", "두", "세", "네"};
	struct numeral n;
	if (!strcmp(text, "a") || !strcmp(text, "an"))
		return 1;
	for (size_t i = 0; i < ARRAY_LEN(small); i++)
		if (!strcmp(small[i], text))
			return (int)i + 1;
	return numeral_read(text, &n) ? (int)n.value : -1;
}

/* Groups: amount, unit, ago when the third is there. */
static bool
shift(const struct regex_groups *g, const struct date_env *env, int64_t *ret)
{
	const char *unit = g->text[2];
	int n = amount(g->text[1]), sign = *g->text[3] ? -1 : 1;
	if (n < 0 || n > 1000)
		return false;
	if (!strcmp(unit, "주") || !strcmp(unit, "주일") || !strncmp(unit, "week", 4))
		*ret = today(env) + sign * n * 7;
	else if (!strcmp(unit, "달") || !strcmp(unit, "개월") ||
		 !strncmp(unit, "month", 5))
		*ret = plus_months(today(env), sign * n);
	else
		*ret = today(env) + sign * n;
	return true;
}

static bool
shift_word(const struct regex_groups *g, const struct date_env *env, int64_t *ret)
{
	static const struct {
		const char *word;
		int days;
	} rows[] = {{"하루", 1}, {"이틀", 2}, {"사흘", 3}, {"나흘", 4}, {"닷새", 5},
		{"일주일", 7}, {"열흘", 10}, {"보름", 15}};
	int sign = *g->text[3] ? -1 : 1;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (!strcmp(rows[i].word, g->text[1])) {
			*ret = today(env) + sign * rows[i].days;
			return true;
		}
	return false;
}

static int
weekday_named(const char *name)
{
	static const char english[] = "montuewedthufrisatsun";
	static const char *const korean[] = {"월", "화", "수", "목", "금", "토", "일"};
	for (int i = 0; i < 7; i++)
		if (!strncmp(english + i * 3, name, 3) || !strncmp(korean[i], name, 3))
			return i;
	return -1;
}

/* Groups: this or next or last, the weekday. */
static bool
weekday_read(const struct regex_groups *g, const struct date_env *env, int64_t *ret)
{
	static const struct {
		const char *word;
		int weeks;
	} rows[] = {{"다다음", 2}, {"다음", 1}, {"담", 1}, {"차", 1}, {"next", 1},
		{"이번", 0}, {"금", 0}, {"this", 0}, {"지난", -1}, {"저번", -1},
		{"last", -1}};
	int want = weekday_named(g->text[2]);
	int64_t now = today(env);
	if (want < 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!strcmp(rows[i].word, g->text[1])) {
			*ret = now - weekday(now) + want + 7 * rows[i].weeks;
			return true;
		}
	}
	int ahead = (want - weekday(now) + 7) % 7;
	*ret = env->past ? now - (7 - ahead) % 7 - (ahead ? 0 : 7)
			 : now + (ahead ? ahead : 7);
	return true;
}

/* Groups: this or next month (may be absent), the day. */
static bool
day_of_month(const struct regex_groups *g, const struct date_env *env, int64_t *ret)
{
	int64_t now = today(env);
	struct day d = day_of(now);
	d.day = group(g, 2);
	if (*g->text[1]) {
		int months = !strncmp(g->text[1], "이번", strlen("이번")) ? 0 : 1;
		struct day first = {d.year, d.month, 1};
		first = day_of(plus_months(days_of(first), months));
		first.day = d.day;
		*ret = days_of(first);
		return exists(first);
	}
	for (int i = 0; i < 3; i++) {
		struct day first = {day_of(now).year, day_of(now).month, 1};
		first = day_of(plus_months(days_of(first), env->past ? -i : i));
		first.day = d.day;
		*ret = exists(first) ? days_of(first) : INT64_MIN;
		if (exists(first) && (env->past ? *ret <= now : *ret >= now))
			return true;
	}
	return false;
}

#define MONTHS   "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?"
#define WEEKDAYS "(mon|tue|wed|thu|fri|sat|sun)(?:day|s|sday|nesday|r|rs|rsday|urday)?\\b"
#define ALONE_A  "(?<![0-9])"
#define ALONE_B  "(?![0-9])"

/* The more particular first. */
static const struct {
	const char *pattern;
	bool (*read)(
		const struct regex_groups *g, const struct date_env *env, int64_t *ret);
} forms[] = {
	{ALONE_A "(\\d{4})\\s*(?:[-./]|년생?)\\s*(\\d{1,2})\\s*[-./"
		 "월]\\s*(\\d{1,2})" ALONE_B,
		ymd},
	{ALONE_A "(\\d{1,2})\\s*(?:[-./]|년생?)\\s*(\\d{1,2})\\s*[-./"
		 "월]\\s*(\\d{2}|\\d{4}|\\d)" ALONE_B,
		three_short},
	{ALONE_A "(\\d{1,2})\\s*월\\s*(\\d{1,2})" ALONE_B, month_day_korean},
	{"([일이삼사오유육칠팔구시십]+)월\\s*([일이삼사오육칠팔구십]+)일",
		month_day_spelt},
	{ALONE_A "(\\d{1,2})\\s*[-/.]\\s*(\\d{1,2})" ALONE_B, month_day},
	{"\\b" MONTHS "\\s*(\\d{1,2})" ALONE_B "(?:st|nd|rd|th)?(?:,?\\s*(\\d{4}))?",
		name_day},
	{ALONE_A "(\\d{1,2})(?:st|nd|rd|th)?\\s*(?:of\\s+)?" MONTHS "(?:,?\\s*(\\d{4}))?",
		day_name},
	{"(내일모레|오늘|금일|내일|낼|명일|모레|글피|엊그제|어제|그저께|그제|day after "
	 "tomorrow|"
	 "day before yesterday|today|tonight|tomorrow|tmr|yesterday)",
		relative_word},
	{ALONE_A "(\\d{1,3}|[일이삼사오육칠팔구십]+|한|두|세|네)\\s*(일|주일|주|달|개월)"
		 "\\s*"
		 "(?:뒤|후|있다가|(전))",
		shift},
	{"(하루|이틀|사흘|나흘|닷새|일주일|열흘|보름)()\\s*(?:뒤|후|있다가|(전))",
		shift_word},
	{"\\bin (\\d{1,3}|an?|two|three|four|five|six|ten) (day|week|month)s?()\\b",
		shift},
	{"\\b(\\d{1,3}|an?|two|three|four|five|six) (day|week|month)s? "
	 "(?:from|later|(ago))",
		shift},
	{"(다다음|다음|담|차|이번|금|지난|저번)\\s*주\\s*([월화수목금토일])(?:요일|욜)?",
		weekday_read},
	{"()([월화수목금토일])(?:요일|욜)", weekday_read},
	{"(?:\\b(next|this|last) )?\\b" WEEKDAYS, weekday_read},
	{"(이번\\s*달|다음\\s*달|담달)?\\s*" ALONE_A
	 "(\\d{1,2})\\s*일(?!\\s*(?:뒤|후|전|째|간|동안))",
		day_of_month},
	{ALONE_A "(\\d{4})(\\d{2})(\\d{2})" ALONE_B, ymd},
	{ALONE_A "(\\d{2})(\\d{2})(\\d{2})" ALONE_B, three_short},
	{ALONE_A "(\\d{2})(\\d{2})" ALONE_B, month_day},
};

/* A day by another count than the forms': better asked again than taken for one of ours.
 */
static const char beyond[] =
	"음력|윤달|\\blunar\\b|(?:첫|둘|셋|넷|다섯)째\\s*주|마지막\\s*주|"
	"\\b(?:first|second|third|last) [a-z]+ (?:of|in)\\b";

struct said {
	int64_t days;
	bool weekday; /* only its name: it may stand beside a date */
};

/* Runs of digits alone could be an hour or an order's number: they say no second day. */
static bool
form_said(const char *text, bool digits_too, const struct date_env *env,
	struct regex_groups *g, struct said *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		bool digits = forms[i].read == month_day || forms[i].read == three_short;
		if ((digits && !digits_too) || !regex_find(forms[i].pattern, text, g))
			continue;
		ret->weekday = forms[i].read == weekday_read && !*g->text[1];
		return forms[i].read(g, env, &ret->days);
	}
	return false;
}

/* Two days are none ("금요일 말고 토요일"), unless one is the other's day of the week. */
static bool
agree(struct said *first, const struct said *second)
{
	if (first->days == second->days)
		return true;
	if (weekday(first->days) != weekday(second->days) ||
		first->weekday == second->weekday)
		return false;
	if (first->weekday)
		*first = *second;
	return true;
}

bool
date_read(const char *text, const struct date_env *env, char ret[16])
{
	struct strbuf folded = STRBUF_INIT(512), rest = STRBUF_INIT(512);
	struct regex_groups g;
	struct said first, second;
	words_fold(text, &folded);
	bool good = !folded.full && !regex_find(beyond, folded.s, &g) &&
		    form_said(folded.s, true, env, &g, &first);
	if (good) {
		strbuf_add(&rest, folded.s, g.start);
		strbuf_puts(&rest, " , ");
		strbuf_puts(&rest, folded.s + g.end);
		if (form_said(rest.s, false, env, &g, &second))
			good = agree(&first, &second);
	}
	strbuf_done(&folded);
	strbuf_done(&rest);
	if (!good)
		return false;
	struct day d = day_of(first.days);
	snprintf(ret, 16, "%04u-%02u-%02u", (unsigned)d.year % 10000,
		(unsigned)d.month % 100, (unsigned)d.day % 100);
	return true;
}

/* ---- times of day ---- */

enum half { HALF_UNKNOWN, HALF_AM, HALF_PM };

static enum half
half_of(const char *folded)
{
	static const char am[] = "(오전|새벽|아침|[0-9 ]a\\.?m\\b|morning)";
	static const char pm[] =
		"(오후|저녁|밤|점심|낮|[0-9 ]p\\.?m\\b|afternoon|evening|tonight)";
	struct regex_groups g;
	if (regex_find(pm, folded, &g))
		return HALF_PM;
	return regex_find(am, folded, &g) ? HALF_AM : HALF_UNKNOWN;
}

static int
hour_named(const char *text)
{
	static const char *const names[] = {"한", "두", "세", "네", "다섯", "여섯",
		"일곱", "여덟", "아홉", "열", "열한", "열두"};
	struct numeral n;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcmp(names[i], text))
			return (int)i + 1;
	return numeral_read(text, &n) ? (int)n.value : -1;
}

#define HOUR_SAID                                                                        \
	"(\\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"

/* Hour and minute as said; -1 when there is none. */
static int
clock_said(const char *folded, int *ret_minute)
{
	struct regex_groups g;
	*ret_minute = 0;
	if (regex_find(ALONE_A "(\\d{1,2}|열한|열두|열|한|두|세|네|다섯|여섯|일곱|여덟|"
			       "아홉)\\s*시(?!간)"
			       "\\s*(?:(\\d{1,2})\\s*분?|(반))?",
		    folded, &g)) {
		*ret_minute = *g.text[3] ? 30 : atoi(g.text[2]);
		return hour_named(g.text[1]);
	}
	if (regex_find("\\bhalf past " HOUR_SAID "\\b", folded, &g)) {
		*ret_minute = 30;
		return hour_named(g.text[1]);
	}
	if (regex_find("\\bquarter (past|to) " HOUR_SAID "\\b", folded, &g)) {
		bool to = !strcmp(g.text[1], "to");
		*ret_minute = to ? 45 : 15;
		return to ? (hour_named(g.text[2]) + 11) % 12 : hour_named(g.text[2]);
	}
	if (regex_find(ALONE_A "(\\d{1,2})\\s*[:.]\\s*(\\d{2})" ALONE_B, folded, &g) ||
		regex_find(ALONE_A HOUR_SAID "\\s*()(?:[ap]\\.?m\\b|o'?clock)", folded,
			&g) ||
		regex_find("^(\\d{1,2})(\\d{2})\\D*$", folded, &g) ||
		regex_find("^(?:at |about |around )?" HOUR_SAID "()(?:요|이요)?\\W*$",
			folded, &g)) {
		*ret_minute = atoi(g.text[2]);
		return hour_named(g.text[1]);
	}
	return -1;
}

static bool
within(int minutes, int from, int to)
{
	return from <= to ? minutes >= from && minutes <= to
			  : minutes >= from || minutes <= to;
}

static bool
choose_half(int hour, int minute, enum half half, int from, int to, int *ret)
{
	int am = hour % 12 * 60 + minute, pm = am + 12 * 60, first = pm;
	if (hour > 12 || hour == 0)
		first = am = pm = hour * 60 + minute;
	else if (half == HALF_AM)
		first = pm = am;
	else if (half == HALF_PM)
		am = pm;
	else if (hour >= 7 && hour < 12)
		first = am;
	*ret = within(first, from, to) ? first : first == am ? pm : am;
	return within(*ret, from, to);
}

bool
time_read(const char *text, int from, int to, int *ret)
{
	struct strbuf folded = STRBUF_INIT(512);
	struct regex_groups g;
	int minute = 0, hour = -1;
	enum half half = HALF_UNKNOWN;
	words_fold(text, &folded);
	if (!folded.full && regex_find("(정오|\\bnoon\\b)", folded.s, &g))
		hour = 12, half = HALF_PM;
	else if (!folded.full && regex_find("(자정|\\bmidnight\\b)", folded.s, &g))
		hour = 0;
	else if (!folded.full) {
		half = half_of(folded.s);
		hour = clock_said(folded.s, &minute);
	}
	strbuf_done(&folded);
	if (hour == 24 && !minute)
		hour = 0;
	if (hour < 0 || hour > 23 || minute > 59)
		return false;
	return choose_half(hour, minute, half, from, to, ret);
}
