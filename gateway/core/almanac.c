#include "gateway/core/almanac.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/base/log.h"
#include "gateway/core/dispatch.h"
#include "gateway/core/queue.h"

#define SLACK (5 * MINUTE)

/* The day the compiler ran (C11 6.10.8.1, "Nov  2 2026"), less one for the zone it ran
 * in: no clock of a computer that runs this can be before it. */
static int64_t
built(void)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const char date[] = __DATE__;
	char name[4] = {date[0], date[1], date[2], '\0'}, text[ISO_MAX];
	const char *month = strstr(months, name);
	int64_t wall;
	snprintf(text, sizeof(text), "%.4s-%02d-%02ldT00:00:00Z", date + 7,
		month ? (int)(month - months) / 3 + 1 : 1, strtol(date + 4, NULL, 10));
	return iso_parse(text, &wall, NULL) < 0 ? 0 : wall - DAY;
}

void
almanac_look(struct core *core)
{
	int64_t now = core_now(core), newest = ids_wall(core->ids.last);
	bool odd = now < newest - SLACK || (core->clock == clock_real() && now < built());
	char says[ISO_MAX], knows[ISO_MAX];
	if (odd == core->clock_odd)
		return;
	core->clock_odd = odd;
	iso_format(now, 0, says);
	iso_format(MAX(newest, built()), 0, knows);
	log_event(odd ? LOG_ERROR : LOG_INFO, odd ? "clock.wrong" : "clock.right",
		LOG_TEXT("says", says), LOG_TEXT("newest", knows));
	if (odd)
		return;
	queue_alarm(core->queue);
	dispatch_wanted(core);
}
