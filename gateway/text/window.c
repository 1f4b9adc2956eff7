#include "gateway/text/window.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/text/zone.h"

#define DAY_MINUTES  1440
#define WEEK_MINUTES (7 * DAY_MINUTES)
#define SEARCH_DAYS  400
#define RUN_DAYS     40

static const char *const day_names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/* ---- a week as bits, one for each minute: only while windows are made ---- */

struct week {
	bool open[WEEK_MINUTES];
};

static void
week_open(struct week *week, int from, int to)
{
	for (int i = from; i < to; i++)
		week->open[i % WEEK_MINUTES] = true;
}

static void
spread(const struct window *w, struct week *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (int d = 0; d < 7; d++)
		for (int i = 0; i < w->days[d].count; i++)
			week_open(ret, d * DAY_MINUTES + w->days[d].spans[i].from,
				d * DAY_MINUTES + w->days[d].spans[i].to);
}

static int
gather_day(const bool *open, struct window_day *ret)
{
	ret->count = 0;
	for (int m = 0; m < DAY_MINUTES;) {
		if (!open[m]) {
			m++;
			continue;
		}
		if (ret->count == WINDOW_SPANS)
			return -EINVAL;
		int from = m;
		while (m < DAY_MINUTES && open[m])
			m++;
		ret->spans[ret->count].from = (int16_t)from;
		ret->spans[ret->count++].to = (int16_t)m;
	}
	return 0;
}

static int
gather(const struct week *week, struct window *ret)
{
	for (int d = 0; d < 7; d++)
		if (gather_day(week->open + d * DAY_MINUTES, &ret->days[d]) < 0)
			return -EINVAL;
	return 0;
}

/* ---- reading ---- */

struct reader {
	const char *p;
	struct week *week;
	struct strbuf *err;
};

static void
blanks(struct reader *r)
{
	while (isspace((unsigned char)*r->p))
		r->p++;
}

static int
complain(struct reader *r, const char *expected)
{
	size_t n = strcspn(r->p, ",");
	if (!*r->p)
		strbuf_set(r->err, "the hours end too early; %s", expected);
	else
		strbuf_set(r->err, "\"%.*s\" is not understood; %s", (int)MIN(n, 40),
			r->p, expected);
	return -EINVAL;
}

/* A day's name at the reader, or -1. */
static int
take_day(struct reader *r)
{
	for (int d = 0; d < 7; d++) {
		if (strncasecmp(r->p, day_names[d], 3) != 0 ||
			isalpha((unsigned char)r->p[3]))
			continue;
		r->p += 3;
		blanks(r);
		return d;
	}
	return -1;
}

/* "mon-fri", "sat sun", nothing: 0 and the days as bits, bit 0 for Monday. */
static int
take_days(struct reader *r, unsigned *ret_days)
{
	while (isalpha((unsigned char)*r->p)) {
		int first = take_day(r), last = first;
		if (first < 0)
			return complain(
				r, "a day is mon, tue, wed, thu, fri, sat or sun");
		if (*r->p == '-') {
			r->p++;
			blanks(r);
			last = take_day(r);
			if (last < 0)
				return complain(r, "a day is expected after '-'");
		}
		for (int d = first;; d = (d + 1) % 7) {
			*ret_days |= 1u << d;
			if (d == last)
				break;
		}
	}
	return 0;
}

static bool
take_time(struct reader *r, int *ret)
{
	int hour, minute, n = 0;
	if (!isdigit((unsigned char)*r->p) ||
		sscanf(r->p, "%2d:%2d%n", &hour, &minute, &n) != 2 || n < 4 ||
		minute > 59 || hour > 24 || (hour == 24 && minute) || r->p[n - 3] != ':')
		return false;
	*ret = hour * 60 + minute;
	r->p += n;
	blanks(r);
	return true;
}

/* "10:00-18:00" into the week, on each of the days. */
static int
take_hours(struct reader *r, unsigned days)
{
	static const char how[] = "hours are written 10:00-18:00";
	int from, to;
	const char *start = r->p;
	bool read = take_time(r, &from) && from < DAY_MINUTES && *r->p == '-';
	if (read) {
		r->p++;
		blanks(r);
		read = take_time(r, &to);
	}
	if (!read) {
		r->p = start;
		return complain(r, how);
	}
	if (from == to) {
		strbuf_set(r->err,
			"hours that begin and end at %02d:%02d are never open; "
			"00:00-24:00 is "
			"the whole day",
			from / 60, from % 60);
		return -EINVAL;
	}
	for (int d = 0; d < 7; d++)
		if (days >> d & 1)
			week_open(r->week, d * DAY_MINUTES + from,
				d * DAY_MINUTES + to + (to < from ? DAY_MINUTES : 0));
	return 0;
}

static int
take_items(struct reader *r)
{
	unsigned days = 0;
	for (;;) {
		blanks(r);
		if (take_days(r, &days) < 0)
			return -EINVAL;
		/* "mon, wed 10:00-12:00": days wait for the hours that follow */
		if (!(*r->p == ',' && days)) {
			if (take_hours(r, days ? days : 127) < 0)
				return -EINVAL;
			days = 0;
		}
		if (!*r->p)
			return days ? complain(r, "hours are expected after the days")
				    : 0;
		if (*r->p != ',')
			return complain(r, "',' and more hours are expected");
		r->p++;
	}
}

int
window_parse(const char *text, struct window *ret, struct strbuf *err)
{
	struct week *week = xcalloc(1, sizeof(*week));
	struct reader r = {text, week, err};
	int result = 0;
	blanks(&r);
	if (!strcmp(r.p, "always"))
		week_open(week, 0, WEEK_MINUTES);
	else if (strcmp(r.p, "never") != 0)
		result = take_items(&r);
	struct window w;
	if (!result && gather(week, &w) < 0) {
		strbuf_set(err, "there are more than %d stretches of hours in one day",
			WINDOW_SPANS);
		result = -EINVAL;
	}
	if (!result)
		*ret = w;
	free(week);
	return result;
}

/* ---- arithmetic ---- */

int
window_subtract(struct window *w, const struct window *quiet)
{
	struct week open, shut;
	struct window left;
	spread(w, &open);
	spread(quiet, &shut);
	for (int m = 0; m < WEEK_MINUTES; m++)
		open.open[m] = open.open[m] && !shut.open[m];
	if (gather(&open, &left) < 0)
		return -EINVAL;
	*w = left;
	return 0;
}

bool
window_empty(const struct window *w)
{
	for (int d = 0; d < 7; d++)
		if (w->days[d].count)
			return false;
	return true;
}

bool
window_always(const struct window *w)
{
	for (int d = 0; d < 7; d++)
		if (w->days[d].count != 1 || w->days[d].spans[0].from != 0 ||
			w->days[d].spans[0].to != DAY_MINUTES)
			return false;
	return true;
}

static bool
same_day(const struct window_day *a, const struct window_day *b)
{
	if (a->count != b->count)
		return false;
	for (int i = 0; i < a->count; i++)
		if (a->spans[i].from != b->spans[i].from ||
			a->spans[i].to != b->spans[i].to)
			return false;
	return true;
}

void
window_print(const struct window *w, struct strbuf *out)
{
	if (window_empty(w) || window_always(w)) {
		strbuf_puts(out, window_empty(w) ? "never" : "always");
		return;
	}
	const char *between = "";
	for (int d = 0, last; d < 7; d = last + 1) {
		const struct window_day *day = &w->days[d];
		for (last = d; last < 6 && same_day(day, &w->days[last + 1]);)
			last++;
		for (int i = 0; i < day->count; i++, between = ", ") {
			strbuf_puts(out, between);
			if (d != 0 || last != 6)
				strbuf_printf(out, "%s%s%s ", day_names[d],
					last > d ? "-" : "",
					last > d ? day_names[last] : "");
			strbuf_printf(out, "%02d:%02d-%02d:%02d", day->spans[i].from / 60,
				day->spans[i].from % 60, day->spans[i].to / 60,
				day->spans[i].to % 60);
		}
	}
}

/* ---- dates ---- */

static void
dates_insert(struct dates *dates, int32_t day)
{
	size_t at = 0;
	while (at < dates->count && dates->days[at] < day)
		at++;
	if (at < dates->count && dates->days[at] == day)
		return;
	dates->days = xrealloc(dates->days, (dates->count + 1) * sizeof(*dates->days));
	memmove(dates->days + at + 1, dates->days + at,
		(dates->count - at) * sizeof(*dates->days));
	dates->days[at] = day;
	dates->count++;
}

int
dates_add(struct dates *dates, const char *text, struct strbuf *err)
{
	for (const char *p = text; *p;) {
		char one[32];
		int64_t wall;
		p += strspn(p, " \t\n,");
		size_t n = strcspn(p, " \t\n,");
		if (!n)
			return 0;
		snprintf(one, sizeof(one), "%.*sT00:00Z", (int)MIN(n, 12), p);
		if (n != 10 || iso_parse(one, &wall, NULL) < 0) {
			strbuf_set(err, "\"%.*s\" is no date; write it like 2026-12-25",
				(int)MIN(n, 40), p);
			return -EINVAL;
		}
		dates_insert(dates, (int32_t)(wall / DAY));
		p += n;
	}
	return 0;
}

void
dates_join(struct dates *dates, const struct dates *more)
{
	for (size_t i = 0; i < more->count; i++)
		dates_insert(dates, more->days[i]);
}

bool
dates_has(const struct dates *dates, int64_t day)
{
	size_t low = 0, high = dates ? dates->count : 0;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (dates->days[mid] < day)
			low = mid + 1;
		else
			high = mid;
	}
	return dates && low < dates->count && dates->days[low] == day;
}

void
dates_done(struct dates *dates)
{
	free(dates->days);
	*dates = (struct dates){0};
}

/* ---- walking the days ---- */

static int64_t
day_of(int64_t local)
{
	return local >= 0 ? local / DAY : -((DAY - 1 - local) / DAY);
}

/* The hours of one date; 1970-01-01 was a Thursday. None where the date is shut. */
static const struct window_day *
hours_of(const struct window_rule *rule, int64_t day)
{
	static const struct window_day none;
	int weekday = (int)((day % 7 + 10) % 7);
	return dates_has(rule->shut, day) ? &none : &rule->window->days[weekday];
}

static int64_t
local_of(const struct window_rule *rule, int64_t wall)
{
	return wall + zone_offset(rule->zone, wall);
}

/* The first moment from `wall` on at which one rule is open. */
static int64_t
next_of_one(const struct window_rule *rule, int64_t wall)
{
	if (window_always(rule->window) && (!rule->shut || !rule->shut->count))
		return wall;
	int64_t today = day_of(local_of(rule, wall));
	/* Two days back: a clock set back over midnight shows yesterday twice. */
	for (int64_t day = today - 2; day < today + SEARCH_DAYS; day++) {
		const struct window_day *hours = hours_of(rule, day);
		for (int i = 0; i < hours->count; i++) {
			int64_t to = day * DAY + hours->spans[i].to * MINUTE;
			if (wall >= zone_local_last(rule->zone, to))
				continue;
			int64_t from = zone_local_first(
				rule->zone, day * DAY + hours->spans[i].from * MINUTE);
			/* Hours that lie wholly in a gap never come. */
			if (from < zone_local_last(rule->zone, to))
				return MAX(wall, from);
		}
	}
	return WINDOW_NEVER;
}

/* When one rule that is open at `wall` shuts: hours that touch are one stretch. */
static int64_t
closes_of_one(const struct window_rule *rule, int64_t wall)
{
	if (window_always(rule->window) && (!rule->shut || !rule->shut->count))
		return WINDOW_NEVER;
	int64_t today = day_of(local_of(rule, wall)), end = wall;
	for (int64_t day = today - 2; day < today + RUN_DAYS; day++) {
		const struct window_day *hours = hours_of(rule, day);
		for (int i = 0; i < hours->count; i++) {
			int64_t start = day * DAY;
			int64_t from = zone_local_first(
				rule->zone, start + hours->spans[i].from * MINUTE);
			int64_t to = zone_local_last(
				rule->zone, start + hours->spans[i].to * MINUTE);
			if (from > end)
				return end;
			end = MAX(end, to);
		}
		if (end < zone_local_first(rule->zone, (day + 1) * DAY) && day >= today)
			return end;
	}
	return WINDOW_NEVER;
}

int64_t
window_closes(const struct window_rule *rules, size_t n, int64_t wall)
{
	int64_t end = WINDOW_NEVER;
	for (size_t i = 0; i < n; i++)
		end = MIN(end, closes_of_one(&rules[i], wall));
	return end;
}

/* The first moment at which all are open, however shortly. The last rule that moved it on
 * is the one to name. */
static int64_t
next_of_all(const struct window_rule *rules, size_t n, int64_t wall, size_t *rule)
{
	int64_t until = wall + SEARCH_DAYS * DAY;
	for (size_t agreed = 0, i = 0; agreed < n; i = (i + 1) % n) {
		int64_t open = next_of_one(&rules[i], wall);
		if (open > wall) {
			*rule = i;
			agreed = 0;
		}
		if (open > until)
			return WINDOW_NEVER;
		wall = open;
		agreed++;
	}
	return wall;
}

int64_t
window_next(const struct window_rule *rules, size_t n, int64_t wall, int64_t margin,
	size_t *ret_rule)
{
	size_t rule = n, longest = n;
	int64_t start = wall, until = wall + SEARCH_DAYS * DAY, best = INT64_MIN;
	/* Who is to be named: the rule that would open last if each stood alone. */
	for (size_t i = 0; i < n; i++) {
		int64_t open = next_of_one(&rules[i], wall);
		if (open > wall && open > best) {
			best = open;
			longest = i;
		}
	}
	for (;;) {
		wall = next_of_all(rules, n, wall, &rule);
		if (wall == WINDOW_NEVER)
			break;
		int64_t end = window_closes(rules, n, wall);
		if (end == WINDOW_NEVER || end - wall > margin)
			break;
		/* Too close to its end: the one that shuts it makes it wait. */
		for (size_t i = 0; i < n && longest == n; i++)
			if (closes_of_one(&rules[i], wall) == end)
				longest = i;
		wall = end;
		if (wall > until) {
			wall = WINDOW_NEVER;
			break;
		}
	}
	if (ret_rule)
		*ret_rule = wall == start ? n : longest < n ? longest : rule;
	return wall;
}
