#include "gateway/text/zone.h"

#include <unicode/ucal.h>
#include <unicode/ustring.h>

int64_t
zone_offset(const char *zone, int64_t wall)
{
	UChar name[64];
	UErrorCode status = U_ZERO_ERROR;
	u_strFromUTF8(name, ARRAY_LEN(name), NULL, zone, -1, &status);
	UCalendar *calendar = ucal_open(name, -1, NULL, UCAL_GREGORIAN, &status);
	if (U_FAILURE(status))
		return 0;
	ucal_setMillis(calendar, (UDate)wall, &status);
	int64_t offset = ucal_get(calendar, UCAL_ZONE_OFFSET, &status);
	offset += ucal_get(calendar, UCAL_DST_OFFSET, &status);
	ucal_close(calendar);
	return U_FAILURE(status) ? 0 : offset;
}

/* The offsets a day before and a day after bracket any change; the earlier one is tried
 * first, which is the first of two readings and, in a gap, lands behind it. */
int64_t
zone_from_local(const char *zone, int64_t local)
{
	int64_t before = zone_offset(zone, local - DAY);
	int64_t after = zone_offset(zone, local + DAY);
	if (zone_offset(zone, local - before) == before)
		return local - before;
	if (zone_offset(zone, local - after) == after)
		return local - after;
	return local - before;
}
