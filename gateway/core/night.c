#include "gateway/core/night.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/core/away.h"
#include "gateway/core/budget.h"
#include "gateway/core/digest.h"
#include "gateway/core/erase.h"
#include "gateway/core/rolls.h"
#include "gateway/core/notices.h"
#include "gateway/core/outcome.h"
#include "gateway/core/owner.h"
#include "gateway/text/zone.h"

#define AGAIN      20 /* ms between two ticks of work: replies go between */
#define LOOK       MINUTE
#define NIGHT_HOUR 3
#define SOME       250
#define FEW        50

struct night {
	struct core *core;
	struct loop_timer timer;
};

/* ---- what is remembered ---- */

static int64_t
note_get(struct core *core, const char *key)
{
	return db_number(core->db, 0,
		"SELECT CAST(value AS BIGINT) FROM meta WHERE key = $1", "t", key);
}

static void
note_set(struct core *core, const char *key, int64_t value)
{
	db_run(core->db,
		"INSERT INTO meta(key, value) VALUES($1, CAST($2 AS TEXT)) "
		"ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		"ti", key, value);
}

static int64_t
local_day(const struct core *core)
{
	int64_t now = core_now(core);
	return (now + zone_offset(core->config->zone, now)) / DAY;
}

/* ---- throwing away ---- */

static int64_t
shorter(int64_t a, int64_t b)
{
	return !a ? b : !b ? a : MIN(a, b);
}

int64_t
night_keeps_since(const struct core *core, enum purge_what what)
{
	const struct config *c = core->config;
	const struct pack *home = packs_country(c->packs, c->country);
	const struct policy *p = c->policy;
	int64_t keep = 0;
	if (!home)
		home = packs_default(c->packs);
	switch (what) {
	case PURGE_TEXTS: keep = shorter(p->keep_texts, home->keep_texts); break;
	case PURGE_JOINS:
	case PURGE_CALLS:
	case PURGE_SOURCES:
	case PURGE_RAW: keep = shorter(p->keep_raw, home->keep_raw); break;
	case PURGE_EVENTS: keep = shorter(p->keep_events, home->keep_events); break;
	case PURGE_AUDIT: keep = 1100 * DAY; break;  /* three years */
	case PURGE_CHARGES: keep = 400 * DAY; break; /* no cap looks back so far */
	}
	return keep ? core_now(core) - keep : 0;
}

static int
purge(struct core *core, enum purge_what what)
{
	int64_t before = night_keeps_since(core, what);
	int n = before ? purge_some(core->db, what, before, SOME) : 0;
	char key[40];
	snprintf(key, sizeof(key), "night.count.%s", purge_name(what));
	if (n > 0)
		note_set(core, key, note_get(core, key) + n);
	return n;
}

static int
purge_texts(struct core *core)
{
	return purge(core, PURGE_TEXTS);
}
static int
purge_raw(struct core *core)
{
	return purge(core, PURGE_RAW);
}
static int
purge_events(struct core *core)
{
	return purge(core, PURGE_EVENTS);
}
static int
purge_charges(struct core *core)
{
	return purge(core, PURGE_CHARGES);
}
static int
purge_joins(struct core *core)
{
	return purge(core, PURGE_JOINS);
}

static int
purge_audit(struct core *core)
{
	return purge(core, PURGE_AUDIT);
}
static int
purge_calls(struct core *core)
{
	return purge(core, PURGE_CALLS);
}
static int
purge_sources(struct core *core)
{
	return purge(core, PURGE_SOURCES);
}

int64_t
night_inactive_since(const struct core *core)
{
	int64_t keep = core->config->policy->keep_contacts;
	return keep ? core_now(core) - keep : 0;
}

/* The way of everybody who is forgotten: some in each tick. */
static int
forget_inactive(struct core *core)
{
	char phones[8][48];
	int64_t since = night_inactive_since(core);
	uint64_t from = (uint64_t)note_get(core, "night.inactive");
	if (!since)
		return 0;
	size_t n = contacts_inactive(
		core->db, since, &from, SOME, phones, ARRAY_LEN(phones));
	for (size_t i = 0; i < n; i++) {
		struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
		struct erase_report report;
		struct erase_wish wish = {.phone = phones[i], .why = "nothing was heard"};
		if (erase_contact(core, &wish, &report, &err) < 0)
			core_event(core, &(struct event){.name = "retention.left",
						 .detail = err.s});
	}
	note_set(core, "night.inactive", (int64_t)from);
	return from ? 1 : 0;
}

static int
release(struct core *core)
{
	return erasures_release(core->db, core_now(core), FEW);
}

/* ---- what the owner should hear ---- */

/* People who forget that they joined leave when they hear from the shop again. */
static int
warn_of_silence(struct core *core)
{
	char text[200];
	int64_t silence = core->config->policy->silence;
	int64_t last = db_number(
		core->db, 0, "SELECT max(day) FROM used WHERE marketing > 0", "");
	int64_t days = local_day(core) - last;
	if (!silence || !last || days * DAY < silence ||
		note_get(core, "silence") == last)
		return 0;
	note_set(core, "silence", last);
	snprintf(text, sizeof(text),
		"No promotion has left for %" PRId64 " days. People who forget that they "
		"joined leave when they hear from you again.",
		days);
	owner_alert(core, text);
	return 0;
}

static int
digest(struct core *core)
{
	digest_look(core);
	return 0;
}

static const struct {
	const char *name;
	int (*some)(struct core *core); /* how many rows; 0: this is done */
} steps[] = {
	{"texts", purge_texts},
	{"raw", purge_raw},
	{"events", purge_events},
	{"charges", purge_charges},
	{"joins", purge_joins},
	{"audit", purge_audit},
	{"calls", purge_calls},
	{"sources", purge_sources},
	{"inactive", forget_inactive},
	{"released", release},
	{"results", notices_results},
	{"reconfirm", notices_reconfirm},
	{"silence", warn_of_silence},
	{"digest", digest},
};

static void
report(struct core *core)
{
	struct strbuf detail AUTO(strbuf_done) = STRBUF_SENTENCE;
	for (int i = 0; i < PURGE_KINDS; i++) {
		char key[40];
		snprintf(key, sizeof(key), "night.count.%s",
			purge_name((enum purge_what)i));
		int64_t n = note_get(core, key);
		if (n)
			strbuf_printf(&detail, "%s%s %" PRId64, detail.len ? ", " : "",
				purge_name((enum purge_what)i), n);
		if (n)
			note_set(core, key, 0);
	}
	if (detail.len)
		core_event(core,
			&(struct event){.name = "retention.purged", .detail = detail.s});
}

/* One step's worth; false when the night is over. */
static bool
work_at_night(struct core *core)
{
	int64_t now = core_now(core), day = local_day(core);
	int64_t hour = (now + zone_offset(core->config->zone, now)) % DAY / HOUR;
	size_t step = (size_t)note_get(core, "night.step");
	if (hour < NIGHT_HOUR || note_get(core, "night.done") >= day)
		return false;
	if (step < ARRAY_LEN(steps)) {
		if (!steps[step].some(core))
			note_set(core, "night.step", (int64_t)step + 1);
		return true;
	}
	report(core);
	core->wash_log = true;
	note_set(core, "night.step", 0);
	note_set(core, "night.done", day);
	return false;
}

/* Once for each SIM and day: at four fifths, and when it holds texts back. */
static void
watch_budget(
	struct core *core, struct channel *ch, enum message_class cls, const char *what)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_SENTENCE;
	char key[128];
	int64_t left, daily, day = local_day(core);
	budget_room(ch, cls, &left, &daily);
	if (cls == CLASS_MARKETING) { /* one budget is told of once */
		int64_t all_left, all;
		budget_room(ch, CLASS_SERVICE, &all_left, &all);
		if (left == all_left && daily == all)
			return;
	}
	if (daily > 1000000 || left * 5 > daily)
		return;
	snprintf(key, sizeof(key), "budget.%s.%s.%s", left ? "near" : "full", what,
		channel_sim(ch));
	if (note_get(core, key) == day)
		return;
	note_set(core, key, day);
	if (left)
		strbuf_printf(&text,
			"The SIM of %s has had %" PRId64 " of the %" PRId64
			" %s it bears in a day.",
			ch->row.name, daily - left, daily, what);
	else
		strbuf_printf(&text,
			"The SIM of %s has had the %" PRId64
			" %s it bears in a day; more of them wait until "
			"midnight. Answers to customers still leave.",
			ch->row.name, daily, what);
	owner_alert(core, text.s);
}

static void
watch_budgets(struct core *core)
{
	for (size_t i = 0; i < core->channel_count; i++) {
		if (!core->channels[i]->identified)
			continue;
		watch_budget(core, core->channels[i], CLASS_SERVICE, "texts");
		watch_budget(core, core->channels[i], CLASS_MARKETING, "promotions");
	}
}

/* ---- the timer ---- */

static void
on_timer(void *arg)
{
	struct night *n = arg;
	struct core *core = n->core;
	bool more = false, undoing = false;
	if (!core->store_sick && !core->draining) {
		more = erase_some(core);
		undoing = !more && rolls_undo_some(core);
		more = more || undoing || outcome_look(core) || work_at_night(core);
		if (!more) {
			watch_budgets(core);
			away_look(core);
			owner_look(core);
		}
	}
	/* somebody sits there and waits for it; each tick is a few milliseconds */
	loop_timer_in(&n->timer, undoing ? 0 : more ? AGAIN : LOOK);
}

struct night *
night_new(struct core *core)
{
	struct night *n = xcalloc(1, sizeof(*n));
	n->core = core;
	loop_timer_init(&n->timer, core->loop, on_timer, n);
	struct erasure left;
	loop_timer_in(&n->timer, erasure_next(core->db, &left) ? AGAIN : LOOK);
	return n;
}

void
night_free(struct night *n)
{
	if (!n)
		return;
	loop_timer_stop(&n->timer);
	free(n);
}

void
night_wake(struct core *core)
{
	if (core->night)
		loop_timer_in(&core->night->timer, AGAIN);
}
