#include "gateway/core/budget.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/store/arrivals.h"
#include "gateway/store/usage.h"
#include "gateway/text/zone.h"

#define FIRST_SHARE 10 /* per cent of its budgets a SIM begins its warm-up with */

void
budget_days(const struct core *core, int64_t at, int64_t *ret_day, int64_t *ret_month)
{
	char text[ISO_MAX];
	int64_t local = at + zone_offset(core->config->zone, at);
	iso_format(local, 0, text);
	*ret_day = local / DAY;
	*ret_month = strtoll(text, NULL, 10) * 12 + strtoll(text + 5, NULL, 10) - 1;
}

static void
days_of_charge(void *arg, int64_t at, int64_t *ret_day, int64_t *ret_month)
{
	budget_days(arg, at, ret_day, ret_month);
}

int64_t
budget_text_hash(const char *text)
{
	int64_t hash = arrival_hash(text, strlen(text));
	return hash ? hash : 1;
}

int64_t
budget_cost(const struct core *core, const char *channel, const char *phone, int parts)
{
	struct place place;
	if (!core->config->policy->tariff_count)
		return 0;
	places_find(core->config->packs->places, phone, &place);
	return policy_tariff(core->config->policy, channel, place.country) * parts;
}

/* ---- looking ---- */

struct scope {
	struct channel *ch;
	const struct message *m;
	enum message_class cls;
	struct gate_channel *ret;
	int64_t now;
	struct usage_sum day, month;
	enum budget_recipient recipient;
};

static void PRINTF_LIKE(3, 4) full(struct scope *s, int64_t until, const char *fmt, ...)
{
	va_list ap;
	if (until <= s->ret->budget_until)
		return;
	s->ret->budget_until = until;
	va_start(ap, fmt);
	vsnprintf(s->ret->budget_rule, sizeof(s->ret->budget_rule), fmt, ap);
	va_end(ap);
}

/* A SIM just put in is not used to the full at once. */
static int64_t
warmed(const struct scope *s, int64_t count)
{
	const struct policy *p = s->ch->core->config->policy;
	int64_t age = s->now - s->ch->row.first_seen;
	if (!p->warm_up || !s->ch->row.first_seen || age >= p->warm_up)
		return count;
	int64_t share = FIRST_SHARE + (100 - FIRST_SHARE) * MAX(age, 0) / p->warm_up;
	return MAX(count * share / 100, 1);
}

/* One kind of a SIM's budget: `member` of the sums counts it, `more` is what this text
 * adds, `held_back` is kept for replies. */
struct kind {
	const char *name;
	size_t member;
	int priority; /* whose charges a span counts, -1 all */
	int64_t more, held_back;
};

static void
look_caps(struct scope *s, const struct caps *caps, const struct kind *kind)
{
	const char *zone = s->ch->core->config->zone;
	for (size_t i = 0; i < caps->count; i++) {
		const struct cap *cap = &caps->list[i];
		struct strbuf text = STRBUF_SENTENCE;
		int64_t limit = warmed(s, MAX(cap->count - kind->held_back, 1)),
			oldest = 0;
		bool is_full = false;
		if (cap->per == CAP_DAY || cap->per == CAP_MONTH) {
			const struct usage_sum *sum =
				cap->per == CAP_DAY ? &s->day : &s->month;
			int64_t used =
				*(const int64_t *)((const char *)sum + kind->member);
			is_full = used > 0 && used + kind->more > limit;
		} else {
			oldest = usage_sim_nth(s->ch->core->db, channel_sim(s->ch),
				kind->priority, cap_since(cap, zone, s->now), limit);
			is_full = oldest != 0;
		}
		cap_print(cap, &text);
		if (is_full)
			full(s, cap_until(cap, zone, s->now, oldest),
				"the SIM of %s has had its %s (%s%s)", s->ch->row.name,
				kind->name, text.s,
				kind->held_back ? ", some kept for replies" : "");
		strbuf_done(&text);
	}
}

static void
look_recipients(struct scope *s, const struct caps *caps)
{
	static const struct kind kind = {
		"distinct recipients", offsetof(struct usage_sum, recipients), -1, 1, 0};
	if (!caps->count || s->recipient == BUDGET_KNOWN_RECIPIENT)
		return;
	if (s->recipient == BUDGET_NEW_RECIPIENT ||
		!budget_knows_recipient(s->ch, s->m->contact))
		look_caps(s, caps, &kind);
}

bool
budget_knows_recipient(struct channel *ch, uint64_t contact)
{
	int64_t day, month;
	budget_days(ch->core, core_now(ch->core), &day, &month);
	return usage_knows_recipient(ch->core->db, channel_sim(ch), month, contact);
}

/* The shop's figure, else the pack's. What a pack thinks kind to a SIM holds back
 * promotions always, and what people asked for only where a shop has written a policy:
 * without one nobody has chosen to let an order's news wait for tomorrow. */
static const struct caps *
figure(const struct scope *s, const char *own, const struct caps *of_shop,
	const struct caps *of_pack)
{
	static const struct caps none;
	bool binds = s->cls == CLASS_MARKETING || s->ch->core->config->policy_path;
	return own ? of_shop : of_pack && binds ? of_pack : &none;
}

/* Of the day's texts, those kept for replies, and for telling the owner that the rest is
 * used up. */
static int64_t
reserve_of(const struct scope *s)
{
	const struct config *config = s->ch->core->config;
	const struct pack *home = packs_country(config->packs, config->country);
	bool owner = s->m && s->m->origin && !strcmp(s->m->origin, "owner");
	if (s->cls <= CLASS_REPLY || owner)
		return 0;
	return config->policy->sim_reserve >= 0 ? config->policy->sim_reserve
	       : home                           ? home->sim_reserve
						: 0;
}

static void
look_sim(struct scope *s)
{
	const struct config *config = s->ch->core->config;
	const struct policy *p = config->policy;
	const struct pack *home = packs_country(config->packs, config->country);
	struct kind texts = {
		"texts", offsetof(struct usage_sum, messages), -1, 1, reserve_of(s)};
	static const struct kind promotions = {"promotions",
		offsetof(struct usage_sum, marketing), CLASS_MARKETING, 1, 0};
	struct kind parts = {
		"segments", offsetof(struct usage_sum, parts), -1, s->m->parts, 0};
	if (s->cls == CLASS_MARKETING)
		look_caps(s,
			figure(s, p->sim_marketing, &p->sim_marketing_caps,
				home ? &home->sim_marketing_caps : NULL),
			&promotions);
	look_caps(s,
		figure(s, p->sim_all, &p->sim_all_caps,
			home ? &home->sim_all_caps : NULL),
		&texts);
	if (s->cls <= CLASS_REPLY)
		return;
	look_caps(s, &p->sim_parts_caps, &parts);
	look_recipients(s, figure(s, p->sim_recipients, &p->sim_recipients_caps,
				   home ? &home->sim_recipients_caps : NULL));
}

static void
lower_room(struct scope *s, const struct caps *caps, int64_t used, int64_t held_back,
	int64_t *today, int64_t *daily)
{
	for (size_t i = 0; i < caps->count; i++) {
		if (caps->list[i].per != CAP_DAY)
			continue;
		int64_t limit = warmed(s, MAX(caps->list[i].count - held_back, 1));
		*daily = MIN(*daily, limit);
		*today = MIN(*today, MAX(limit - used, 0));
	}
}

void
budget_room(struct channel *ch, enum message_class cls, int64_t *ret_today,
	int64_t *ret_daily)
{
	struct core *core = ch->core;
	struct scope s = {.ch = ch, .cls = cls, .now = core_now(core)};
	const struct policy *p = core->config->policy;
	const struct pack *home =
		packs_country(core->config->packs, core->config->country);
	int64_t day, month;
	*ret_today = *ret_daily = INT64_MAX / 4;
	if (!(ch->config->ops->caps & DRIVER_TPDU))
		return;
	budget_days(core, s.now, &day, &month);
	usage_sum(core->db, channel_sim(ch), day, day, &s.day);
	lower_room(&s,
		figure(&s, p->sim_all, &p->sim_all_caps,
			home ? &home->sim_all_caps : NULL),
		s.day.messages, reserve_of(&s), ret_today, ret_daily);
	if (cls == CLASS_MARKETING)
		lower_room(&s,
			figure(&s, p->sim_marketing, &p->sim_marketing_caps,
				home ? &home->sim_marketing_caps : NULL),
			s.day.marketing, 0, ret_today, ret_daily);
}

/* ---- the pace of promotions: a bucket that holds ten seconds' worth ---- */

static double
tokens_now(struct channel *ch, int64_t now, double per_ms)
{
	double tokens, size = MAX(per_ms * 10 * SECOND, 1.0);
	int64_t at;
	if (!usage_bucket(ch->core->db, channel_sim(ch), &tokens, &at))
		return size;
	tokens += (double)MAX(now - at, 0) * per_ms; /* a clock set back gives nothing */
	return MIN(tokens, size);
}

int64_t
budget_pace(struct channel *ch)
{
	int64_t per_minute = ch->core->config->policy->pace_per_minute;
	int64_t now = core_now(ch->core);
	if (!per_minute)
		return 0;
	double per_ms = (double)per_minute / MINUTE;
	double tokens = tokens_now(ch, now, per_ms);
	return tokens < 0.999 ? now + (int64_t)((1.0 - tokens) / per_ms) + 1 : 0;
}

static void
look_money(struct scope *s)
{
	const struct core *core = s->ch->core;
	const struct cap *budget = &core->config->policy->budget;
	if (s->cls != CLASS_MARKETING || !budget->count)
		return;
	int64_t day, month;
	struct usage_sum sum;
	budget_days(core, s->now, &day, &month);
	int64_t since = cap_since(budget, core->config->zone, s->now), first;
	budget_days(core, since, &first, &month);
	usage_sum(core->db, NULL, first, day, &sum);
	if (sum.cost + budget_cost(core, s->ch->row.name, s->m->phone, s->m->parts) >
		budget->count * 1000)
		full(s, cap_until(budget, core->config->zone, s->now, 0),
			"policy.budget of %s is used up",
			core->config->policy->budget_text);
}

void
budget_look(struct channel *ch, const struct message *m, enum message_class cls,
	struct gate_channel *ret)
{
	budget_look_as(ch, m, cls, BUDGET_ASK_RECIPIENT, ret);
}

void
budget_look_as(struct channel *ch, const struct message *m, enum message_class cls,
	enum budget_recipient recipient, struct gate_channel *ret)
{
	struct scope s = {ch, m, cls, ret, core_now(ch->core), {0}, {0}, recipient};
	struct cap monthly = {1, CAP_MONTH, 0};
	int64_t day, first, month;
	if (cls == CLASS_NOTICE)
		return; /* the one confirmation is owed */
	if (ch->config->ops->caps & DRIVER_TPDU) {
		budget_days(ch->core, s.now, &day, &month);
		budget_days(ch->core, cap_since(&monthly, ch->core->config->zone, s.now),
			&first, &month);
		usage_sum(ch->core->db, channel_sim(ch), day, day, &s.day);
		usage_sum(ch->core->db, channel_sim(ch), first, day, &s.month);
		look_sim(&s);
	}
	if (cls == CLASS_MARKETING)
		ret->pace_until = budget_pace(ch);
	look_money(&s);
}

/* ---- charging ---- */

/* A text that no cap of one person and no policy looks at is counted in the sums alone:
 * the rows of its own would double what a commit writes. */
static bool
counts_alone(const struct core *core, const struct message *m)
{
	return m->cls != CLASS_MARKETING && !core->config->policy_path;
}

static struct charge
charge_of(struct core *core, const struct message *m, const struct channel *ch,
	const char *sim)
{
	bool marketing = m->cls == CLASS_MARKETING;
	struct charge c = {.message = m->id,
		.contact = m->contact,
		.priority = (int)m->cls,
		.sim = sim,
		.at = core_now(core),
		.parts = m->parts,
		.text = marketing ? budget_text_hash(m->text) : 0,
		.cost = budget_cost(core, ch ? ch->row.name : NULL, m->phone, m->parts)};
	budget_days(core, c.at, &c.day, &c.month);
	return c;
}

void
budget_charge(struct channel *ch, const struct message *m)
{
	struct core *core = ch->core;
	bool marketing = m->cls == CLASS_MARKETING;
	struct charge c = charge_of(core, m, ch, channel_sim(ch));
	c.channel = ch->row.id;
	if (counts_alone(core, m)) {
		if (!m->parts_done)
			usage_add(core->db, &c, 1);
		return;
	}
	if (!usage_charge(core->db, &c, marketing) || !marketing)
		return;
	int64_t per_minute = core->config->policy->pace_per_minute;
	if (per_minute) {
		double tokens = tokens_now(ch, c.at, (double)per_minute / MINUTE);
		usage_set_bucket(core->db, c.sim, MAX(tokens - 1.0, 0.0), c.at);
	}
}

void
budget_refund(struct core *core, const struct message *m, const char *sim)
{
	bool marketing = m->cls == CLASS_MARKETING;
	if (usage_refund(core->db, m->id, marketing, days_of_charge, core) ||
		!counts_alone(core, m))
		return;
	struct charge c = charge_of(core, m, channel_by_id(core, m->channel), sim);
	usage_add(core->db, &c, -1);
}
