#include "gateway/core/almanac.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/base/log.h"
#include "gateway/core/dispatch.h"
#include "gateway/core/queue.h"
#include "gateway/store/meta.h"

#define SLACK (5 * MINUTE)
#define MARK  HOUR /* how old the newest believed hour may be in the store */
#define WAKE  200  /* held texts woken in a tick */

/* In `meta`: the newest hour believed, and how far the ids ran ahead of it. */
#define BELIEVED "clock.believed"
#define AHEAD    "clock.ahead"

/* The day the compiler ran (C11 6.10.8.1, "Nov  2 2026"), less one for the zone it ran
 * in: no clock of a computer that runs this can be before it. */
int64_t
almanac_built(void)
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

int64_t
almanac_newest(const struct core *core)
{
	int64_t newest = ids_wall(core->ids.last);
	/* Ids that ran ahead go on in steps of one: a moment holds a million. */
	if (core->clock_believed && newest <= core->clock_ahead + MINUTE)
		return core->clock_believed;
	return newest;
}

bool
almanac_behind(const struct core *core)
{
	return core_now(core) < almanac_newest(core) - SLACK;
}

/* Read anew each time: a tick that was lost takes its word back. */
static void
read_belief(struct core *core)
{
	core->clock_believed = meta_number(core->db, BELIEVED);
	core->clock_ahead = meta_number(core->db, AHEAD);
}

/* While the ids are ahead they say nothing of the hour, so the store is told it. */
static void
mark_belief(struct core *core)
{
	int64_t now = core_now(core);
	if (!core->clock_believed || core->store_sick || core->low_disk ||
		now < core->clock_believed + MARK || now > core->clock_ahead)
		return;
	core->clock_believed = now;
	meta_set_number(core->db, BELIEVED, now);
}

void
almanac_look(struct core *core)
{
	read_belief(core);
	int64_t now = core_now(core), newest = almanac_newest(core);
	bool odd = almanac_behind(core) ||
		   (core->clock == clock_real() && now < almanac_built());
	char says[ISO_MAX], knows[ISO_MAX];
	if (!odd)
		mark_belief(core);
	if (odd == core->clock_odd)
		return;
	core->clock_odd = odd;
	iso_format(now, 0, says);
	iso_format(MAX(newest, almanac_built()), 0, knows);
	log_event(odd ? LOG_ERROR : LOG_INFO, odd ? "clock.wrong" : "clock.right",
		LOG_TEXT("says", says), LOG_TEXT("newest", knows));
	if (odd)
		return;
	queue_alarm(core->queue);
	dispatch_wanted(core);
}

/* Those the clock held are looked at again, some in each tick. */
static void
wake_some(void *arg)
{
	struct core *core = arg;
	if (core->store_sick)
		return;
	int n = db_run(core->db,
		"UPDATE messages SET due = $1, reason = '' WHERE id IN (SELECT id FROM "
		"messages WHERE state = 'held' AND due > $1 AND reason LIKE "
		"'schedule: the clock of this computer %' ORDER BY due LIMIT $2)",
		"ii", core_now(core), (int64_t)WAKE);
	queue_alarm(core->queue);
	if (n == WAKE)
		loop_post(core->loop, wake_some, core);
}

int
almanac_accept(struct core *core, const char *agent, struct strbuf *err)
{
	struct strbuf detail AUTO(strbuf_done) = STRBUF_SENTENCE;
	int64_t now = core_now(core);
	char says[ISO_MAX], knows[ISO_MAX];
	iso_format(now, 0, says);
	almanac_look(core);
	if (core->clock == clock_real() && now < almanac_built()) {
		strbuf_set(err,
			"the clock says %s, and this program was built after that: set "
			"the clock",
			says);
		return -EINVAL;
	}
	if (!core->clock_odd) {
		strbuf_set(err, "the clock (%s) is believed already", says);
		return -EALREADY;
	}
	iso_format(almanac_newest(core), 0, knows);
	meta_set_number(core->db, BELIEVED, now);
	meta_set_number(core->db, AHEAD, ids_wall(core->ids.last));
	strbuf_printf(&detail, "%s instead of %s%s%s", says, knows, *agent ? ", by " : "",
		agent);
	core_event(core,
		&(struct event){.name = "gateway.clock_accepted", .detail = detail.s});
	almanac_look(core);
	wake_some(core);
	return 0;
}
