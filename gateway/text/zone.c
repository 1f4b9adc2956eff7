#include "gateway/text/zone.h"

#include <string.h>
#include <unicode/ucal.h>
#include <unicode/uloc.h>
#include <unicode/ustring.h>

bool
zone_known(const char *name)
{
	UChar wide[64], canonical[64];
	UBool system = 0;
	UErrorCode status = U_ZERO_ERROR;
	if (!*name || strlen(name) >= ARRAY_LEN(wide))
		return false;
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p >= 0x80)
			return false;
	u_charsToUChars(name, wide, (int32_t)strlen(name) + 1);
	ucal_getCanonicalTimeZoneID(
		wide, -1, canonical, ARRAY_LEN(canonical), &system, &status);
	return U_SUCCESS(status) && system;
}

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

bool
country_known(const char *code)
{
	for (const char *const *known = uloc_getISOCountries(); *known; known++)
		if (!strcmp(*known, code))
			return true;
	return false;
}
