#include "gateway/text/zone.h"

#include <string.h>
#include <unicode/ucal.h>
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
