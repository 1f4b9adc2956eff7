#include "dialogs/journey.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/text/zone.h"

/* ---- the window ---- */

/* days = "mon, wed" and hours = "10:00-12:00, 14:00-18:00" as one text for
 * window_parse(): every stretch of hours with its days. */
static void
spell_window(const struct script *s, struct strbuf *out)
{
	const char *hours =
		s->journey.window.hours ? s->journey.window.hours : "00:00-24:00";
	const char *days = s->journey.window.days;
	for (const char *p = hours; *p;) {
		size_t n = strcspn(p, ",");
		strbuf_printf(out, "%s", out->len ? ", " : "");
		for (const char *d = days ? days : ""; *d; d++)
			strbuf_putc(out, *d == ',' ? ' ' : *d);
		strbuf_printf(out, "%s%.*s", days ? " " : "", (int)n, p);
		p += n + (p[n] == ',');
	}
}

int
journey_window(const struct script *s, struct window *ret, struct strbuf *err)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(1000);
	if (!s->journey.window.hours && !s->journey.window.days)
		return window_parse("always", ret, err);
	spell_window(s, &text);
	int r = window_parse(text.s, ret, err);
	if (!r && window_empty(ret)) {
		strbuf_set(err, "it is never open");
		return -EINVAL;
	}
	return r;
}

const char *
journey_zone(const struct script *s, const char *contact, const char *shop)
{
	const char *tz = s->journey.window.tz;
	if (!tz || !strcmp(tz, "contact"))
		return contact;
	return !strcmp(tz, "shop") ? shop : tz;
}

int64_t
journey_opens(const struct script *s, int64_t now, const char *zone, uint64_t seed)
{
	struct window w;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (journey_window(s, &w, &err) < 0 || window_always(&w))
		return now;
	struct window_rule rule = {.window = &w, .zone = zone};
	int64_t open = window_next(&rule, 1, now, 0, NULL),
		spread = s->journey.window.spread;
	if (open == now || open == WINDOW_NEVER || !spread)
		return open;
	uint64_t h = (seed ^ UINT64_C(0x9E3779B97F4A7C15)) * UINT64_C(0xBF58476D1CE4E5B9);
	int64_t later = open + (int64_t)((h >> 20) % (uint64_t)spread);
	return window_next(&rule, 1, later, 0, NULL) == later ? later : open;
}

/* ---- beginning ---- */

const char *
journey_again(const struct script *s, const struct journey_past *past, int64_t now)
{
	if (past->last && s->journey.again.after &&
		now - past->last < s->journey.again.after)
		return "again-after";
	if (s->journey.again.max && past->starts >= s->journey.again.max)
		return "again-max";
	return NULL;
}

bool
journey_holds_out(const struct script *s, uint64_t contact)
{
	uint64_t h = contact * UINT64_C(0x9E3779B97F4A7C15);
	for (const char *p = s->id; *p; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
	h ^= h >> 29;
	h *= UINT64_C(0xBF58476D1CE4E5B9);
	return (int64_t)((h >> 33) % 100) < s->journey.holdout;
}

static bool
since_trigger(const struct script *s)
{
	return !s->journey.late.since || !strcmp(s->journey.late.since, "trigger");
}

int64_t
journey_patience(const struct script *s)
{
	int64_t drop = s->journey.late.drop_after;
	return drop && since_trigger(s) ? drop : JOURNEY_STALE;
}

int64_t
journey_ends(const struct script *s, int64_t origin, int64_t started)
{
	int64_t drop = s->journey.late.drop_after;
	return !drop ? 0 : drop + (since_trigger(s) || !started ? origin : started);
}

bool
journey_good(const struct script *s, struct strbuf *err)
{
	const struct script_journey *j = &s->journey;
	if ((j->trigger.before || j->trigger.after) && !j->trigger.date)
		strbuf_set(err, "before and after belong to a trigger with a date");
	else if (j->trigger.before && j->trigger.after)
		strbuf_set(err, "a trigger is before a date or after it");
	else if (j->trigger.date && !strchr(j->trigger.date, '.'))
		strbuf_set(err,
			"date = \"%s\" should be a field such as contact.birthday",
			j->trigger.date);
	else if (j->trigger.before > 360 * DAY || j->trigger.after > 360 * DAY)
		strbuf_set(err, "before and after are at most 360 days");
	else if (j->late.drop_after && since_trigger(s) &&
		 j->late.drop_after < j->trigger.settle)
		strbuf_set(err, "nothing would ever be sent: 'settle' is longer than "
				"'drop_after' from the trigger");
	else if (!j->again.max != !j->again.per)
		strbuf_set(err, "again: 'max' and 'per' come together");
	else if (j->late.since && strcmp(j->late.since, "trigger") != 0 &&
		 strcmp(j->late.since, "start") != 0)
		strbuf_set(
			err, "late: since is trigger or start, not '%s'", j->late.since);
	else if (j->window.tz && strcmp(j->window.tz, "contact") != 0 &&
		 strcmp(j->window.tz, "shop") != 0 && !zone_known(j->window.tz))
		strbuf_set(err, "window: there is no time zone '%s'", j->window.tz);
	else
		return true;
	return false;
}

/* ---- dates ---- */

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Midnight of that day of that year, as ms on the wall. */
static int64_t
local_midnight(int year, int month, int day)
{
	struct tm tm = {.tm_year = year - 1900, .tm_mon = month, .tm_mday = day};
	if (month == 1 && day == 29 && !is_leap(year))
		tm.tm_mday = 28;
	return (int64_t)timegm(&tm) * 1000;
}

int64_t
journey_due(const struct script *s, int64_t base, int64_t after, const char *zone)
{
	int64_t shift = s->journey.trigger.after - s->journey.trigger.before;
	int64_t local = base + zone_offset(zone, base);
	time_t seconds = (time_t)((local - ((local % SECOND) + SECOND) % SECOND) / 1000);
	time_t now = (time_t)((after + zone_offset(zone, after)) / 1000);
	struct tm day, today;
	if (!gmtime_r(&seconds, &day) || !gmtime_r(&now, &today))
		return INT64_MAX;
	bool whole = ((local % DAY) + DAY) % DAY == 0;
	for (int year = MAX(day.tm_year, today.tm_year - 1); year < today.tm_year + 4;
		year++) {
		if (year == day.tm_year && !whole && shift <= 0)
			continue; /* it was over when it became known */
		int64_t at = zone_from_local(zone,
			local_midnight(year + 1900, day.tm_mon, day.tm_mday) + shift);
		if (at > after)
			return at;
	}
	return INT64_MAX;
}

/* ---- events ---- */

bool
journey_hears(const struct script *s, const char *event)
{
	const struct script_journey *j = &s->journey;
	if ((j->trigger.event && !strcmp(j->trigger.event, event)) ||
		(j->goal.event && !strcmp(j->goal.event, event)))
		return true;
	for (size_t i = 0; i < j->exit_count; i++)
		if (!strcmp(j->exits[i].event, event) ||
			(exit_pauses(&j->exits[i]) && !strcmp(event, "ticket.closed")))
			return true;
	for (size_t i = 0; i < s->step_count; i++)
		if (s->steps[i].wait.event && !strcmp(s->steps[i].wait.event, event))
			return true;
	return false;
}
