#include "dialogs/until.h"

#include <stdio.h>
#include <string.h>

#include "gateway/text/zone.h"

struct until {
	char what[64]; /* a weekday, a field, or nothing */
	unsigned hour, minute;
};

static bool
parse(const char *text, struct until *ret)
{
	char after;
	ret->what[0] = '\0';
	if (sscanf(text, "%2u:%2u%c", &ret->hour, &ret->minute, &after) != 2 &&
		sscanf(text, "%63s %2u:%2u%c", ret->what, &ret->hour, &ret->minute,
			&after) != 3)
		return false;
	return ret->hour < 24 && ret->minute < 60;
}

static int
weekday(const char *name)
{
	static const char *const names[] = {
		"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
	for (int i = 0; i < 7; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

bool
until_good(const char *text)
{
	struct until u;
	return parse(text, &u) &&
	       (!*u.what || weekday(u.what) >= 0 || strchr(u.what, '.'));
}

bool
until_next(const char *text, int64_t now, const char *zone,
	void (*get)(void *ctx, const char *name, struct value *ret), void *ctx,
	int64_t *ret)
{
	struct until u;
	struct value v = {0};
	if (!parse(text, &u))
		return false;
	int day = weekday(u.what);
	int64_t base = now, at;
	if (*u.what && day < 0) {
		get(ctx, u.what, &v);
		if (!value_as_time(&v, zone, &base))
			return false;
	}
	int64_t local = base + zone_offset(zone, base);
	local -= (local % DAY + DAY) % DAY;
	if (day >= 0)
		local += ((day - (local / DAY + 3) % 7 + 7) % 7) * DAY;
	local += u.hour * HOUR + u.minute * MINUTE;
	at = zone_from_local(zone, local);
	if (at <= now && (!*u.what || day >= 0))
		at = zone_from_local(zone, local + (day >= 0 ? 7 * DAY : DAY));
	*ret = MAX(at - now, 0);
	return true;
}
