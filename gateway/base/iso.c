#include "gateway/base/iso.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Days since 1970-01-01 of a proleptic Gregorian date: a year that begins in March makes
 * the leap day the last one. */
static int64_t
days_of(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t of_era = year - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void
date_of(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t of_era = days - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int m = (int)((5 * of_year + 2) / 153);
	*ret_day = (int)(of_year - (153 * m + 2) / 5 + 1);
	*ret_month = m < 10 ? m + 3 : m - 9;
	*ret_year = year + era * 400 + (*ret_month <= 2);
}

void
iso_format(int64_t wall, int64_t offset, char ret[ISO_MAX])
{
	int64_t local = wall + offset, days = local / DAY, in_day = local % DAY;
	if (in_day < 0) {
		in_day += DAY;
		days--;
	}
	int64_t year;
	int month, day;
	date_of(days, &year, &month, &day);
	ret[0] = '\0';
	if (year < 0 || year > 9999)
		return;
	int n = snprintf(ret, ISO_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%03d", (int)year,
		month, day, (int)(in_day / HOUR), (int)(in_day / MINUTE % 60),
		(int)(in_day / SECOND % 60), (int)(in_day % SECOND));
	int64_t minutes = (offset < 0 ? -offset : offset) / MINUTE;
	if (offset)
		snprintf(ret + n, ISO_MAX - (size_t)n, "%c%02d:%02d",
			offset < 0 ? '-' : '+', (int)(minutes / 60 % 100),
			(int)(minutes % 60));
	else
		snprintf(ret + n, ISO_MAX - (size_t)n, "Z");
}

/* Exactly `digits` digits within [low, high] at *p, which moves on. */
static bool
take(const char **p, int digits, int low, int high, int *ret)
{
	int value = 0;
	for (int i = 0; i < digits; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		value = value * 10 + (**p - '0');
	}
	*ret = value;
	return value >= low && value <= high;
}

static bool
take_char(const char **p, const char *any)
{
	if (!**p || !strchr(any, **p))
		return false;
	(*p)++;
	return true;
}

static int
days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

static bool
take_date(const char **p, int64_t *ret_days)
{
	int year, month, day;
	if (!take(p, 4, 0, 9999, &year) || !take_char(p, "-") ||
		!take(p, 2, 1, 12, &month) || !take_char(p, "-") ||
		!take(p, 2, 1, days_in(year, month), &day))
		return false;
	*ret_days = days_of(year, month, day);
	return true;
}

static bool
take_time(const char **p, int64_t *ret_ms)
{
	int hour, minute, second = 0;
	int64_t fraction = 0;
	if (!take(p, 2, 0, 23, &hour) || !take_char(p, ":") ||
		!take(p, 2, 0, 59, &minute))
		return false;
	if (take_char(p, ":")) {
		if (!take(p, 2, 0, 60, &second))
			return false;
		if (take_char(p, ".,")) {
			int64_t unit = 100;
			if (**p < '0' || **p > '9')
				return false;
			for (; **p >= '0' && **p <= '9'; (*p)++, unit /= 10)
				fraction += (**p - '0') * unit;
		}
	}
	*ret_ms = hour * HOUR + minute * MINUTE + second * SECOND + fraction;
	return true;
}

static bool
take_offset(const char **p, int64_t *ret_ms)
{
	*ret_ms = 0;
	if (take_char(p, "Zz"))
		return true;
	int sign = **p == '-' ? -1 : 1, hour, minute = 0;
	if (!take_char(p, "+-") || !take(p, 2, 0, 23, &hour))
		return false;
	bool colon = take_char(p, ":");
	if ((colon || **p) && !take(p, 2, 0, 59, &minute))
		return false;
	*ret_ms = sign * (hour * HOUR + minute * MINUTE);
	return true;
}

int
iso_parse(const char *text, int64_t *ret_wall, bool *ret_local)
{
	const char *p = text;
	int64_t days, in_day, offset = 0;
	if (!take_date(&p, &days) || !take_char(&p, "Tt ") || !take_time(&p, &in_day))
		return -EINVAL;
	bool local = !*p;
	if ((local && !ret_local) || (!local && (!take_offset(&p, &offset) || *p)))
		return -EINVAL;
	if (ret_local)
		*ret_local = local;
	*ret_wall = days * DAY + in_day - offset;
	return 0;
}
