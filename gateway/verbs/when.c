#include "gateway/verbs/when.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/conf.h"
#include "gateway/base/iso.h"
#include "gateway/text/zone.h"

/* "9:00" or "09:00": today, or tomorrow when that has passed. */
static int
next_time_of_day(const char *text, const char *zone, int64_t now, int64_t *ret)
{
	char today[ISO_MAX], full[64];
	int64_t local;
	bool is_local;
	if (!*text || strlen(text) > 8 || !strchr(text, ':'))
		return -EINVAL;
	iso_format(now + zone_offset(zone, now), 0, today);
	snprintf(
		full, sizeof(full), "%.10sT%s%s", today, text[1] == ':' ? "0" : "", text);
	if (iso_parse(full, &local, &is_local) < 0 || !is_local)
		return -EINVAL;
	*ret = zone_from_local(zone, local);
	if (*ret <= now)
		*ret = zone_from_local(zone, local + DAY);
	return 0;
}

int
when_parse(const char *text, const char *zone, int64_t now, int64_t *ret_wall,
	struct strbuf *err)
{
	int64_t value;
	bool local;
	if (!iso_parse(text, &value, &local)) {
		*ret_wall = local ? zone_from_local(zone, value) : value;
		return 0;
	}
	if (!conf_duration(text, &value)) {
		*ret_wall = now + value;
		return 0;
	}
	if (!next_time_of_day(text, zone, now, ret_wall))
		return 0;
	strbuf_set(err, "'%s' is not a time; write 2030-01-31 09:00, 09:00, or 4h", text);
	return -EINVAL;
}
