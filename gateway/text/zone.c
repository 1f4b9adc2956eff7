#include "gateway/text/zone.h"

#include <stdio.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/uloc.h>
#include <unicode/ustring.h>

#define REMEMBERED 64          /* zones; a power of two */
#define SPANS      4           /* of each */
#define FARTHEST   (16 * HOUR) /* no zone is or was further from UTC */

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

/* ---- spans ---- */

static int64_t
transition(UCalendar *calendar, UTimeZoneTransitionType type, int64_t otherwise)
{
	UErrorCode status = U_ZERO_ERROR;
	UDate when;
	if (ucal_getTimeZoneTransitionDate(calendar, type, &when, &status) &&
		U_SUCCESS(status))
		return (int64_t)when;
	return otherwise;
}

static void
ask_icu(const char *zone, int64_t wall, struct zone_span *ret)
{
	UChar name[64];
	UErrorCode status = U_ZERO_ERROR;
	*ret = (struct zone_span){.from = INT64_MIN, .until = INT64_MAX};
	u_strFromUTF8(name, ARRAY_LEN(name), NULL, zone, -1, &status);
	UCalendar *calendar = ucal_open(name, -1, NULL, UCAL_GREGORIAN, &status);
	if (U_FAILURE(status))
		return;
	ucal_setMillis(calendar, (UDate)wall, &status);
	int64_t offset = ucal_get(calendar, UCAL_ZONE_OFFSET, &status);
	offset += ucal_get(calendar, UCAL_DST_OFFSET, &status);
	if (U_SUCCESS(status)) {
		ret->offset = offset;
		ret->from = transition(
			calendar, UCAL_TZ_TRANSITION_PREVIOUS_INCLUSIVE, INT64_MIN);
		ret->until = transition(calendar, UCAL_TZ_TRANSITION_NEXT, INT64_MAX);
	}
	ucal_close(calendar);
}

struct remembered {
	char zone[48];
	struct zone_span spans[SPANS];
	unsigned count, next;
};

static struct remembered *
remembered(const char *zone)
{
	static _Thread_local struct remembered all[REMEMBERED];
	uint32_t hash = 2166136261u;
	for (const char *p = zone; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619u;
	struct remembered *r = &all[(hash ^ hash >> 16) % REMEMBERED];
	if (strcmp(r->zone, zone) != 0) {
		snprintf(r->zone, sizeof(r->zone), "%s", zone);
		r->count = r->next = 0;
	}
	return r;
}

void
zone_span(const char *zone, int64_t wall, struct zone_span *ret)
{
	if (strlen(zone) >= sizeof(((struct remembered *)0)->zone)) {
		ask_icu(zone, wall, ret);
		return;
	}
	struct remembered *r = remembered(zone);
	for (unsigned i = 0; i < r->count; i++) {
		if (wall >= r->spans[i].from && wall < r->spans[i].until) {
			*ret = r->spans[i];
			return;
		}
	}
	ask_icu(zone, wall, ret);
	r->spans[r->next++ % SPANS] = *ret;
	r->count = MIN(r->next, SPANS);
}

int64_t
zone_offset(const char *zone, int64_t wall)
{
	struct zone_span span;
	zone_span(zone, wall, &span);
	return span.offset;
}

/* ---- local readings ---- */

int64_t
zone_local_first(const char *zone, int64_t local)
{
	struct zone_span span;
	zone_span(zone, local - FARTHEST, &span);
	for (;;) {
		int64_t moment = MAX(local - span.offset, span.from);
		if (moment < span.until)
			return moment;
		zone_span(zone, span.until, &span);
	}
}

int64_t
zone_local_last(const char *zone, int64_t local)
{
	struct zone_span span;
	int64_t found = INT64_MIN;
	zone_span(zone, local - FARTHEST, &span);
	for (;;) {
		int64_t moment = local - span.offset;
		if (moment > span.from)
			found = MIN(moment, span.until);
		if (span.until > local + FARTHEST)
			return found;
		zone_span(zone, span.until, &span);
	}
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
