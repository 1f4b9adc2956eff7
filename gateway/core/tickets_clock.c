/* What time does to tickets: it wakes them, makes them late, and reminds of them. */
#include "gateway/core/tickets_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/owner.h"
#include "gateway/text/zone.h"

#define RINGING      32
#define LOOK_AGAIN   MINUTE /* the wall clock may be set while we wait */
#define NOTICE_EVERY (10 * MINUTE)
#define NOTICE_COUNT 1000

struct tickets {
	struct core *core;
	struct loop_timer alarm;
};

/* ---- telling the owner ---- */

static void
local_time(const struct core *core, int64_t wall, char ret[24])
{
	int64_t minutes = (wall + zone_offset(core->config->zone, wall)) / MINUTE;
	snprintf(ret, 24, "%02d:%02d", (int)(minutes / 60 % 24), (int)(minutes % 60));
}

/* One text for all who wait, and not at every reminder: an alarm that rings all the time
 * is switched off. */
static void
tell_owner(struct core *core)
{
	static const char moment[] = "tickets.owner_told";
	int64_t since = 0, now = core_now(core);
	int64_t waiting = tickets_unclaimed(core->db, NOTICE_COUNT, &since);
	struct strbuf text AUTO(strbuf_done) = STRBUF_SENTENCE;
	char when[24];
	if (!waiting || now - moment_load(core->db, moment) < NOTICE_EVERY)
		return;
	moment_save(core->db, moment, now);
	local_time(core, since, when);
	if (!strcmp(core->config->country, "KR"))
		strbuf_printf(&text,
			"[%s] 아무도 맡지 않은 문의가 %d건 있습니다. 가장 오래된 문의: "
			"%s",
			core->config->shop_name, (int)waiting, when);
	else
		strbuf_printf(&text, "%s: %d waiting that nobody has taken, since %s",
			core->config->shop_name, (int)waiting, when);
	owner_alert(core, text.s);
}

/* ---- one ticket ---- */

/* True when nobody has taken it and the owner should know. */
static bool
remind(struct core *core, struct ticket *t)
{
	char count[24];
	t->remind_at = 0;
	if (*t->agent || !t->waiting || t->snooze)
		return false;
	t->reminded++;
	ticket_remind(core, t);
	snprintf(count, sizeof(count), "%d", t->reminded);
	ticket_record(core, t, "unclaimed", "", count, 0);
	return true;
}

static bool
ring(struct core *core, uint64_t id)
{
	struct ticket t;
	bool reminded = false;
	int64_t now = core_now(core);
	if (!ticket_load(core->db, id, &t))
		return false;
	if (t.snooze && t.snooze <= now)
		ticket_wake(core, &t, "its time has come");
	if (t.due && t.due <= now && !t.late) {
		t.late = true;
		ticket_record(core, &t, "late", "", t.agent, 0);
	}
	if (t.remind_at && t.remind_at <= now)
		reminded = remind(core, &t);
	ticket_save(core->db, &t); /* not touched: nobody did anything */
	if (reminded)
		ticket_tell(core, HANDLER_UNCLAIMED, &t);
	return reminded;
}

/* ---- the alarm ---- */

void
tickets_alarm(struct core *core)
{
	int64_t next = tickets_next_ring(core->db);
	if (!core->tickets)
		return; /* what rings meanwhile is found at the start */
	if (!next) {
		loop_timer_stop(&core->tickets->alarm);
		return;
	}
	int64_t wait = MAX(next - core_now(core), 0);
	loop_timer_in(&core->tickets->alarm, MIN(wait, LOOK_AGAIN));
}

static void
on_alarm(void *arg)
{
	struct tickets *tickets = arg;
	struct core *core = tickets->core;
	uint64_t ids[RINGING];
	bool reminded = false;
	if (core->store_sick)
		return;
	size_t n = tickets_ringing(core->db, core_now(core), ids, RINGING);
	for (size_t i = 0; i < n; i++)
		reminded |= ring(core, ids[i]);
	if (reminded)
		tell_owner(core);
	tickets_alarm(core);
}

struct tickets *
tickets_new(struct core *core)
{
	struct tickets *tickets = xcalloc(1, sizeof(*tickets));
	tickets->core = core;
	loop_timer_init(&tickets->alarm, core->loop, on_alarm, tickets);
	loop_timer_in(&tickets->alarm, 0);
	return tickets;
}

void
tickets_free(struct tickets *tickets)
{
	if (!tickets)
		return;
	loop_timer_stop(&tickets->alarm);
	free(tickets);
}
