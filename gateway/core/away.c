#include "gateway/core/away.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/core/outbox.h"
#include "gateway/core/pause.h"
#include "gateway/core/tickets_inside.h"
#include "gateway/text/zone.h"

#define PAUSED   "class:marketing"
#define WHY      "the shop is away"
#define DAYS_MAX 62
#define FEW      200

struct away {
	struct core *core;
	struct dates hours, policy; /* as the configuration has them */
	uint64_t running;           /* the vacation that is in force, 0 none */
};

/* The daemon made the configuration for this core and changes it nowhere else. */
static struct config *
config_of(struct core *core)
{
	return (struct config *)(uintptr_t)core->config;
}

/* ---- days ---- */

static void
day_text(int64_t day, char ret[16])
{
	char iso[ISO_MAX];
	iso_format(day * DAY, 0, iso);
	snprintf(ret, 16, "%.10s", iso);
}

static int
read_day(const char *text, size_t n, int64_t *ret, struct strbuf *err)
{
	char one[32];
	int64_t wall;
	snprintf(one, sizeof(one), "%.*sT00:00Z", (int)MIN(n, 12), text);
	if (n != 10 || iso_parse(one, &wall, NULL) < 0) {
		strbuf_set(err, "\"%.*s\" is no day; write it like 2026-12-24",
			(int)MIN(n, 40), text);
		return -EINVAL;
	}
	*ret = wall / DAY;
	return 0;
}

static int
read_days(const char *text, int64_t *from, int64_t *to, struct strbuf *err)
{
	const char *dots = strstr(text, "..");
	if (read_day(text, dots ? (size_t)(dots - text) : strlen(text), from, err) < 0 ||
		read_day(dots ? dots + 2 : text, strlen(dots ? dots + 2 : text), to,
			err) < 0)
		return -EINVAL;
	if (*to >= *from && *to - *from < DAYS_MAX)
		return 0;
	strbuf_set(err,
		*to < *from ? "\"%s\" ends before it begins"
			    : "\"%s\" is more than two months",
		text);
	return -EINVAL;
}

static int64_t
today(const struct core *core)
{
	int64_t now = core_now(core);
	return (now + zone_offset(core->config->zone, now)) / DAY;
}

/* ---- the hours, with everything that was added ---- */

static void
add_days(struct dates *dates, int64_t from, int64_t to)
{
	char text[16];
	for (int64_t day = from; day <= to; day++) {
		day_text(day, text);
		if (dates_add(dates, text, NULL) < 0)
			abort(); /* it was made by ourselves */
	}
}

static void
restore(struct dates *into, const struct dates *from)
{
	dates_done(into);
	*into = (struct dates){0};
	dates_join(into, from);
}

static int64_t
local_day(const struct core *core, int64_t wall)
{
	return (wall + zone_offset(core->config->zone, wall)) / DAY;
}

static void
apply(struct away *a)
{
	struct core *core = a->core;
	struct config *c = config_of(core);
	restore(&c->hours.shut, &a->hours);
	restore(&c->policy->holidays, &a->policy);
	struct db_rows *q = db_select(core->db, "SELECT day FROM holidays", "");
	while (db_next(q)) {
		if (dates_add(&c->hours.shut, db_text(q, 0), NULL) == 0)
			(void)!dates_add(&c->policy->holidays, db_text(q, 0), NULL);
	}
	db_end(q);
	q = db_select(core->db, "SELECT since, until FROM absences WHERE ended = 0", "");
	while (db_next(q))
		add_days(&c->hours.shut, local_day(core, db_int(q, 0)),
			local_day(core, db_int(q, 1) - 1));
	db_end(q);
}

/* What was promised in hours that are none any more is promised for later, and the other
 * way round. */
static void
promise_again(struct core *core)
{
	uint64_t ids[FEW];
	uint64_t after = 0;
	size_t n;
	do {
		n = db_ids(db_select(core->db,
				   "SELECT id FROM tickets WHERE state = 'open' AND "
				   "waiting > 0 AND id > $1 ORDER BY id LIMIT $2",
				   "ui", after, (int64_t)FEW),
			ids, FEW);
		for (size_t i = 0; i < n; i++) {
			struct ticket t;
			after = ids[i];
			if (!ticket_load(core->db, ids[i], &t) || t.late)
				continue;
			int64_t since = t.waiting;
			t.waiting = 0;
			ticket_expect(core, &t, since);
			ticket_remind(core, &t);
			ticket_save(core->db, &t);
		}
	} while (n == FEW);
	tickets_alarm(core);
}

static void
changed(struct core *core)
{
	apply(core->away);
	promise_again(core);
}

/* ---- holidays ---- */

int
holiday_add(struct core *core, const char *days, const char *name, const char *agent,
	int *ret, struct strbuf *err)
{
	int64_t from, to;
	char text[16];
	if (read_days(days, &from, &to, err) < 0)
		return -EINVAL;
	if (to < today(core)) {
		strbuf_set(err, "%s is over already", days);
		return -EINVAL;
	}
	*ret = 0;
	for (int64_t day = from; day <= to; day++, ++*ret) {
		day_text(day, text);
		db_run(core->db,
			"INSERT INTO holidays(day, name, agent, at) VALUES($1, $2, $3, "
			"$4) ON CONFLICT (day) DO UPDATE SET name = excluded.name",
			"ttti", text, name ? name : "", agent, core_now(core));
	}
	core_event(core, &(struct event){.name = "shop.holiday", .detail = days});
	changed(core);
	return 0;
}

int
holiday_remove(struct core *core, const char *days, int *ret, struct strbuf *err)
{
	int64_t from, to;
	char text[16];
	if (read_days(days, &from, &to, err) < 0)
		return -EINVAL;
	*ret = 0;
	for (int64_t day = from; day <= to; day++) {
		day_text(day, text);
		*ret += db_run(core->db, "DELETE FROM holidays WHERE day = $1", "t",
				text) == 1;
	}
	if (!*ret) {
		strbuf_set(err,
			"%s was not added here; days of the configuration are taken out "
			"there",
			days);
		return -ENOENT;
	}
	core_event(core, &(struct event){.name = "shop.holiday_removed", .detail = days});
	changed(core);
	return 0;
}

/* ---- vacations ---- */

static bool
take_absence(struct db_rows *q, struct absence *ret)
{
	bool found = db_next(q);
	if (found) {
		*ret = (struct absence){
			.id = db_id(q, 0), .since = db_int(q, 1), .until = db_int(q, 2)};
		snprintf(ret->says, sizeof(ret->says), "%s", db_text(q, 3));
		snprintf(ret->agent, sizeof(ret->agent), "%s", db_text(q, 4));
	}
	db_end(q);
	return found;
}

bool
away_next(struct db *db, int64_t now, struct absence *ret)
{
	return take_absence(
		db_select(db,
			"SELECT id, since, until, says, agent FROM absences "
			"WHERE ended = 0 AND until > $1 ORDER BY until LIMIT 1",
			"i", now),
		ret);
}

static void
begin(struct core *core, const struct absence *a)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct pause p = {.what = PAUSED, .until = a->until, .why = WHY};
	core->away->running = a->id;
	/* one a person set, for longer or for good, stays theirs */
	if (!db_number(
		    core->db, 0, "SELECT 1 FROM pauses WHERE what = $1", "t", PAUSED) &&
		pause_set(core, &p, &err) < 0)
		core_event(core,
			&(struct event){.name = "shop.away_unpaused", .detail = err.s});
	core_event(core, &(struct event){.name = "shop.away"});
}

static void
end(struct core *core, uint64_t id, const char *agent)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	db_run(core->db, "UPDATE absences SET ended = $2 WHERE id = $1 AND ended = 0",
		"ui", id, core_now(core));
	if (db_number(core->db, 0, "SELECT 1 FROM pauses WHERE what = $1 AND why = $2",
		    "tt", PAUSED, WHY) &&
		pause_lift(core, PAUSED, agent, &err) < 0)
		core_event(core,
			&(struct event){.name = "shop.away_paused", .detail = err.s});
	core->away->running = 0;
	core_event(core, &(struct event){.name = "shop.back", .detail = agent});
	changed(core);
}

void
away_look(struct core *core)
{
	struct absence a;
	int64_t now = core_now(core);
	uint64_t over = (uint64_t)db_number(core->db, 0,
		"SELECT id FROM absences WHERE ended = 0 AND until <= $1 ORDER BY until "
		"LIMIT 1",
		"i", now);
	if (over)
		end(core, over, "");
	if (away_next(core->db, now, &a) && a.since <= now && core->away->running != a.id)
		begin(core, &a);
}

static int
check_absence(struct core *core, const struct absence *a, struct strbuf *err)
{
	if (a->until <= core_now(core))
		strbuf_set(err, "that vacation would be over already");
	else if (strlen(a->says) + 1 >= sizeof(a->says))
		strbuf_set(err, "what is said has at most 600 bytes");
	else if (db_number(core->db, 0,
			 "SELECT 1 FROM absences WHERE ended = 0 AND since < $2 AND "
			 "until > $1 LIMIT 1",
			 "ii", a->since, a->until))
		strbuf_set(err, "another vacation is set for these days; malgil away end "
				"ends it");
	else
		return 0;
	return -EINVAL;
}

int
away_set(struct core *core, const char *first, const char *last, const char *says,
	const char *agent, struct absence *ret, struct strbuf *err)
{
	int64_t from, to;
	const char *zone = core->config->zone;
	if (read_day(first, strlen(first), &from, err) < 0 ||
		read_day(last, strlen(last), &to, err) < 0)
		return -EINVAL;
	if (to < from || to - from > 366) {
		strbuf_set(err, to < from ? "%s is before %s" : "from %s to %s is a year",
			to < from ? last : first, to < from ? first : last);
		return -EINVAL;
	}
	*ret = (struct absence){.id = core_id(core),
		.since = zone_from_local(zone, from * DAY),
		.until = zone_from_local(zone, (to + 1) * DAY)};
	ret->since = MAX(ret->since, from == today(core) ? core_now(core) : 0);
	snprintf(ret->says, sizeof(ret->says), "%s", says ? says : "");
	snprintf(ret->agent, sizeof(ret->agent), "%s", agent);
	if (check_absence(core, ret, err) < 0)
		return -EINVAL;
	db_run(core->db,
		"INSERT INTO absences(id, since, until, says, agent) VALUES($1, $2, $3, "
		"$4, $5)",
		"uiitt", ret->id, ret->since, ret->until, ret->says, ret->agent);
	changed(core);
	away_look(core);
	return 0;
}

int
away_end(struct core *core, const char *agent, struct strbuf *err)
{
	struct absence a;
	if (!away_next(core->db, core_now(core), &a)) {
		strbuf_set(err, "no vacation is set");
		return -ENOENT;
	}
	end(core, a.id, agent);
	return 0;
}

/* ---- what customers are told ---- */

/* The first day somebody is there again. */
static void
back_on(const struct core *core, const struct absence *a, char ret[16])
{
	int64_t open = hours_next(&core->config->hours, a->until);
	if (open == HOURS_NEVER)
		open = a->until;
	day_text(local_day(core, open), ret);
}

static void
compose(const struct core *core, const struct absence *a, struct strbuf *out)
{
	char day[16];
	back_on(core, a, day);
	int month = (int)strtol(day + 5, NULL, 10), date = (int)strtol(day + 8, NULL, 10);
	if (*a->says)
		strbuf_puts(out, a->says);
	else if (!strcmp(core->config->country, "KR"))
		strbuf_printf(out,
			"[%s] 지금은 휴가 중이라 %d월 %d일부터 답해 드립니다. 남겨 주신 "
			"문자는 돌아와서 확인하겠습니다.",
			core->config->shop_name, month, date);
	else
		strbuf_printf(out,
			"%s: We are away and answer from %s on. Your text "
			"waits for us.",
			core->config->shop_name, day);
}

void
away_answer(struct core *core, const struct inbound *in)
{
	struct absence a;
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(2048);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct outbox_receipt receipt;
	if (!core->away || !core->away->running || in->stale ||
		!away_next(core->db, core_now(core), &a) || a.since > core_now(core))
		return;
	if (db_run(core->db,
		    "INSERT INTO absence_told(absence, contact, at) VALUES($1, $2, $3) "
		    "ON CONFLICT (contact, absence) DO NOTHING",
		    "uui", a.id, in->contact, core_now(core)) != 1)
		return;
	compose(core, &a, &text);
	struct outbox_request request = {.to = in->phone,
		.text = text.s,
		.text_len = text.len,
		.cls = CLASS_REPLY,
		.origin = "away",
		.reply_to = in->message,
		.msg_class = -1,
		.inside = true};
	if (outbox_accept(core, &request, &receipt, &err) < 0)
		core_event(core, &(struct event){.name = "shop.away_unsaid",
					 .contact = in->contact,
					 .detail = err.s});
}

struct away *
away_new(struct core *core)
{
	struct away *a = xcalloc(1, sizeof(*a));
	a->core = core;
	dates_join(&a->hours, &core->config->hours.shut);
	dates_join(&a->policy, &core->config->policy->holidays);
	core->away = a;
	apply(a);
	away_look(core);
	return a;
}

void
away_free(struct away *a)
{
	if (!a)
		return;
	dates_done(&a->hours);
	dates_done(&a->policy);
	free(a);
}
