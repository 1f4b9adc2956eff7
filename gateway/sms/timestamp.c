#include "gateway/sms/timestamp.h"

#include <errno.h>
#include <stdio.h>

#define YEAR_2100    INT64_C(4102444800000)
#define MAX_QUARTERS 79 /* what two digits and a sign bit can say */

/* Days since 1970 of a civil date, and back: years start in March so that the leap day is
 * the last of its year. Good for 1900 to 2100 and far beyond. */
static int64_t
days_from_civil(int y, int m, int d)
{
	int64_t year = m <= 2 ? y - 1 : y;
	int64_t month = (m + 9) % 12;
	return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 +
	       d - 1 - 719468;
}

static void
civil_from_days(int64_t days, int *y, int *m, int *d)
{
	int64_t n = days + 719468, era = n / 146097, doe = n % 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	*d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*y = (int)(yoe + 400 * era + (*m <= 2));
}

/* Two swapped decimal digits, -1 when either is none. */
static int
swapped(uint8_t octet)
{
	int high = octet & 0x0F, low = octet >> 4;
	return high > 9 || low > 9 ? -1 : 10 * high + low;
}

static int
days_in_month(int y, int m)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	return days[m - 1] + (m == 2 && y % 4 == 0);
}

void
sms_time_decode(const uint8_t p[7], struct sms_time *ret_time)
{
	int f[6], zone;
	int64_t seconds;
	*ret_time = (struct sms_time){0};
	for (int i = 0; i < 6; i++)
		if ((f[i] = swapped(p[i])) < 0)
			return;
	/* Bit 3 of the zone is its sign, not part of its first digit; its second digit
	 * has been seen up to A (ofono's captured reports). */
	zone = 10 * (p[6] & 7) + (p[6] >> 4);
	if (zone > MAX_QUARTERS || f[1] < 1 || f[1] > 12 || f[2] < 1 || f[3] > 23 ||
		f[4] > 59 || f[5] > 59)
		return;
	f[0] += f[0] >= 90 ? 1900 : 2000;
	if (f[2] > days_in_month(f[0], f[1]))
		return;
	if (p[6] & 8)
		zone = -zone;
	seconds = days_from_civil(f[0], f[1], f[2]) * 86400 + f[3] * 3600 + f[4] * 60 +
		  f[5];
	ret_time->valid = true;
	ret_time->minus_zero = p[6] & 8 && zone == 0;
	ret_time->offset_minutes = 15 * zone;
	ret_time->wall = seconds * SECOND - ret_time->offset_minutes * MINUTE;
}

static uint8_t
swap(int n)
{
	return (uint8_t)(n % 10 << 4 | n / 10);
}

/* The stamp's own local time, split. */
static void
local_fields(const struct sms_time *time, int f[6])
{
	int64_t ms = time->wall + time->offset_minutes * MINUTE;
	int64_t days = ms / DAY, rest;
	if (ms % DAY < 0)
		days--;
	rest = (ms - days * DAY) / SECOND;
	civil_from_days(days, &f[0], &f[1], &f[2]);
	f[3] = (int)(rest / 3600);
	f[4] = (int)(rest / 60 % 60);
	f[5] = (int)(rest % 60);
}

int
sms_time_encode(const struct sms_time *time, uint8_t ret[7])
{
	int f[6], quarters = time->offset_minutes / 15;
	if (!time->valid || time->offset_minutes % 15 || quarters < -MAX_QUARTERS ||
		quarters > MAX_QUARTERS || time->wall < 0 || time->wall > YEAR_2100)
		return -EINVAL;
	local_fields(time, f);
	if (f[0] < 1990 || f[0] > 2089)
		return -EINVAL;
	f[0] %= 100;
	for (int i = 0; i < 6; i++)
		ret[i] = swap(f[i]);
	ret[6] = swap(quarters < 0 ? -quarters : quarters);
	if (quarters < 0 || time->minus_zero)
		ret[6] |= 8;
	return 0;
}

void
sms_time_iso(const struct sms_time *time, char ret[SMS_TIME_ISO])
{
	int f[6], zone = time->offset_minutes;
	ret[0] = '\0';
	if (!time->valid)
		return;
	local_fields(time, f);
	snprintf(ret, SMS_TIME_ISO, "%04u-%02u-%02uT%02u:%02u:%02u%c%02u:%02u",
		(unsigned)f[0] % 10000, (unsigned)f[1] % 100, (unsigned)f[2] % 100,
		(unsigned)f[3] % 100, (unsigned)f[4] % 100, (unsigned)f[5] % 100,
		zone < 0 || time->minus_zero ? '-' : '+',
		(unsigned)(zone < 0 ? -zone : zone) / 60 % 100,
		(unsigned)(zone < 0 ? -zone : zone) % 60);
}
