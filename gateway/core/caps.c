#include "gateway/core/caps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/conf.h"
#include "gateway/base/iso.h"
#include "gateway/text/zone.h"

static const char *const period_names[] = {[CAP_ROLLING] = "",
	[CAP_HOUR] = "hour",
	[CAP_DAY] = "day",
	[CAP_MONTH] = "month"};

static int
take_period(const char *text, struct cap *ret)
{
	for (size_t i = CAP_HOUR; i < ARRAY_LEN(period_names); i++) {
		if (!strcmp(text, period_names[i])) {
			ret->per = (enum cap_per)i;
			return 0;
		}
	}
	ret->per = CAP_ROLLING;
	return conf_duration(text, &ret->span) < 0 || ret->span < MINUTE ? -EINVAL : 0;
}

static int
take_cap(const char *text, struct cap *ret, struct strbuf *err)
{
	char *end;
	ret->count = *text >= '0' && *text <= '9' ? strtoll(text, &end, 10) : -1;
	if (ret->count < 0 || ret->count > 1000000000 || *end != '/' ||
		take_period(end + 1, ret) < 0) {
		strbuf_set(err,
			"\"%s\" is no cap; write \"3/7d\", \"4/month\" or \"100/day\"",
			text);
		return -EINVAL;
	}
	if (!ret->count) {
		strbuf_set(err,
			"\"%s\": a cap of 0 would hold every text for ever; to send "
			"none, grant no "
			"consent",
			text);
		return -EINVAL;
	}
	return 0;
}

int
caps_parse(const char *text, struct caps *caps, struct strbuf *err)
{
	for (const char *p = text;;) {
		char one[64];
		p += strspn(p, " \t\n,");
		size_t n = strcspn(p, ",");
		if (!n)
			return 0;
		snprintf(one, sizeof(one), "%.*s", (int)n, p);
		for (size_t end = strlen(one); end && one[end - 1] == ' ';)
			one[--end] = '\0';
		if (caps->count == CAPS_MAX) {
			strbuf_set(err, "there are more than %d caps", CAPS_MAX);
			return -EINVAL;
		}
		if (take_cap(one, &caps->list[caps->count], err) < 0)
			return -EINVAL;
		caps->count++;
		p += n;
	}
}

void
cap_print(const struct cap *cap, struct strbuf *out)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"d", DAY}, {"h", HOUR}, {"m", MINUTE}};
	strbuf_printf(out, "%" PRId64 "/%s", cap->count, period_names[cap->per]);
	if (cap->per != CAP_ROLLING)
		return;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (cap->span % units[i].ms == 0 || units[i].ms == MINUTE) {
			strbuf_printf(out, "%" PRId64 "%s", cap->span / units[i].ms,
				units[i].unit);
			return;
		}
	}
}

/* ---- calendar periods, in local readings ---- */

static int64_t
month_start(int64_t local)
{
	char text[ISO_MAX];
	int64_t start;
	iso_format(local, 0, text);
	snprintf(text + 8, sizeof(text) - 8, "01T00:00Z");
	return iso_parse(text, &start, NULL) < 0 ? local : start;
}

static int64_t
period_start(enum cap_per per, int64_t local)
{
	switch (per) {
	case CAP_ROLLING: break;
	case CAP_HOUR: return local - (local % HOUR + HOUR) % HOUR;
	case CAP_DAY: return local - (local % DAY + DAY) % DAY;
	case CAP_MONTH: return month_start(local);
	}
	return local;
}

static int64_t
period_end(enum cap_per per, int64_t start)
{
	switch (per) {
	case CAP_ROLLING: break;
	case CAP_HOUR: return start + HOUR;
	case CAP_DAY: return start + DAY;
	case CAP_MONTH: return month_start(start + 32 * DAY);
	}
	return start;
}

int64_t
cap_since(const struct cap *cap, const char *zone, int64_t now)
{
	if (cap->per == CAP_ROLLING)
		return now - cap->span + 1;
	int64_t local = now + zone_offset(zone, now);
	return zone_local_first(zone, period_start(cap->per, local));
}

int64_t
cap_until(const struct cap *cap, const char *zone, int64_t now, int64_t oldest)
{
	if (cap->per == CAP_ROLLING)
		return oldest + cap->span;
	int64_t local = now + zone_offset(zone, now);
	int64_t end = period_end(cap->per, period_start(cap->per, local));
	return MAX(zone_local_first(zone, end), now + 1);
}
