#include "gateway/core/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/budget.h"
#include "gateway/core/handler.h"
#include "gateway/core/pause.h"
#include "gateway/core/relay.h"
#include "gateway/core/rhythm.h"
#include "gateway/core/tickets.h"
#include "gateway/core/wording.h"
#include "gateway/store/audience.h"
#include "gateway/store/contacts.h"
#include "gateway/store/providers.h"
#include "gateway/store/usage.h"

#define REPLY_PROOF  (10 * MINUTE)
#define PERSON_PROOF DAY          /* somebody at the desk may take longer to answer */
#define MARGIN       (6 * MINUTE) /* a SIM's shortest validity, and a minute */
/* before a window ends, where no validity can be asked for */
#define MARGIN_BLIND HOUR

/* What the facts of one call borrow. */
struct gathered {
	struct contact contact;
	struct place found; /* where it was not known */
	const struct place *place;
	const struct pack *packs[WORDING_PACKS];
	size_t pack_count;
	struct pauses pauses;
	char names[WORDING_PACKS * 2][64]; /* "the pack of US-FL" */
	char unfit[160];
	const struct audience_row *known; /* of the person, when it was read for many */
	struct facts_cache *cache;        /* of what many share */
	struct gate_facts *f;
	const struct message *m;
	struct core *core;
	enum message_class cls;
	struct handler_wish wish;
	bool asked; /* it is for this channel and no other */
};

/* ---- the person ---- */

static bool
is_automatic(const struct message *m)
{
	static const char *const origins[] = {"dialog", "journey", "campaign", "timer"};
	for (size_t i = 0; m->origin && i < ARRAY_LEN(origins); i++)
		if (!strcmp(m->origin, origins[i]))
			return true;
	return false;
}

static bool
proven_reply(struct core *core, const struct message *m, int64_t *ret_at)
{
	struct message inbound;
	if (!m->reply_to || !message_load(core->db, m->reply_to, &inbound))
		return false;
	int64_t proof =
		m->origin && !strcmp(m->origin, "staff") ? PERSON_PROOF : REPLY_PROOF;
	bool proven = !inbound.outbound && inbound.contact == m->contact &&
		      m->created - inbound.created <= proof;
	*ret_at = inbound.created;
	message_done(&inbound);
	return proven;
}

/* Is a kind of grant on a pack's list of bases? */
static bool
accepts(const struct pack *pack, const char *basis)
{
	size_t n = strlen(basis);
	for (const char *p = pack->bases; n && (p = strstr(p, basis)); p += n)
		if ((p == pack->bases || strchr(" ,", p[-1])) &&
			(!p[n] || strchr(" ,", p[n])))
			return true;
	return false;
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return !a ? b : !b ? a : MIN(a, b);
}

static void
consent_facts(struct gathered *g)
{
	struct gate_facts *f = g->f;
	if (g->known)
		f->consent = g->known->consent;
	else
		consent_derive(g->core->db, g->m->contact, &f->consent);
	f->revived = g->contact.revived;
	f->basis_fits = true;
	f->consent_pack = g->names[0];
	for (size_t i = 0; i < g->pack_count; i++) {
		const struct pack *p = g->packs[i];
		int64_t ends = p->renew ? f->consent.at + p->renew : 0;
		if (!strcmp(f->consent.basis, "sale") && p->sale_for)
			ends = sooner(ends, f->consent.at + p->sale_for);
		if (!strcmp(f->consent.basis, "request") && p->request_for)
			ends = sooner(ends, f->consent.at + p->request_for);
		if (f->basis_fits && !accepts(p, f->consent.basis)) {
			f->basis_fits = false;
			f->consent_pack = g->names[i];
		}
		if (ends && ends == sooner(ends, f->grant_ends) && f->basis_fits)
			f->consent_pack = g->names[i];
		f->grant_ends = sooner(f->grant_ends, ends);
	}
}

static void
person_facts(struct gathered *g)
{
	struct gate_facts *f = g->f;
	const struct contact *c = &g->contact;
	f->stopped = c->stopped;
	f->stopped_at = c->stopped_at;
	f->optout_due = c->optout_due;
	f->dead = c->dead_since != 0;
	if (relay_number(c->phone))
		f->relay = g->m->cls == CLASS_MARKETING
				   ? "a relay number (050) is for one order: promotions "
				     "do not go there"
				   : relay_over(g->core->db, c->phone, ids_wall(c->id),
					     core_now(g->core));
	f->by_person = !is_automatic(g->m);
	f->proven_reply = proven_reply(g->core, g->m, &f->replied_at);
	g->cls = g->m->cls == CLASS_REPLY && !f->proven_reply ? CLASS_SERVICE : g->m->cls;
	f->people_after_stop = true;
	for (size_t i = 0; i < g->pack_count; i++)
		if (g->packs[i]->after_stop && !strcmp(g->packs[i]->after_stop, "nobody"))
			f->people_after_stop = false;
	f->ticket_open = g->known ? g->known->ticket_mutes
				  : tickets_talking(g->core, g->m->contact);
}

/* ---- windows ---- */

static const char *
zone_at(const struct gathered *g, size_t i)
{
	if (*g->contact.zone)
		return i == 0 ? g->contact.zone : NULL;
	if (!g->place->zone_count)
		return i == 0 ? g->core->config->zone : NULL;
	return i < g->place->zone_count ? g->place->zones[i] : NULL;
}

/* A window in every zone the person may be in: all must be open. */
static void
add_window(struct gathered *g, const struct window *w, const struct dates *shut,
	const char *name)
{
	static const struct window never;
	struct gate_facts *f = g->f;
	const char *zone;
	for (size_t i = 0; (zone = zone_at(g, i)); i++)
		if (f->window_count < GATE_WINDOWS)
			f->windows[f->window_count++] =
				(struct window_rule){w, shut, zone, name};
		else /* a rule nobody could look at must not be a rule nobody keeps */
			f->windows[GATE_WINDOWS - 1] = (struct window_rule){
				&never, NULL, zone, "more rules than can be kept"};
}

static void
add_class_window(struct gathered *g, const struct pack_class *c,
	const struct dates *holidays, const char *name)
{
	if (!c->hours_text)
		return;
	if (c->night && !strcmp(c->night, "consent") && g->f->consent.night) {
		g->f->night_lifted = true;
		return;
	}
	add_window(g, &c->hours, c->closed_on_holidays ? holidays : NULL, name);
}

static bool
is_exempt(const struct gathered *g, const struct pack *pack, const char *region)
{
	char name[12];
	const char *exempt = g->core->config->policy->exempt;
	snprintf(name, sizeof(name), "%s-%s", pack->country, region);
	return exempt && strstr(exempt, name);
}

/* Many states wrote the same hours: where all count, each is kept once. */
static bool
said_before(const struct gathered *g, const struct pack *pack, size_t region)
{
	const struct pack_class *c = &pack->rules[region].classes[g->cls];
	for (size_t i = 1; i < region && c->hours_text; i++) {
		const struct pack_class *other = &pack->rules[i].classes[g->cls];
		if (other->hours_text && !is_exempt(g, pack, pack->rules[i].region) &&
			other->closed_on_holidays == c->closed_on_holidays &&
			!strcmp(other->hours_text, c->hours_text))
			return true;
	}
	return false;
}

/* The state's own rules where it is known; all states' where the number is of none. */
static void
region_windows(struct gathered *g, const struct pack *pack)
{
	const char *region = *g->contact.region ? g->contact.region : g->place->region;
	static const struct window always = {
		{{1, {{0, 1440}}}, {1, {{0, 1440}}}, {1, {{0, 1440}}}, {1, {{0, 1440}}},
			{1, {{0, 1440}}}, {1, {{0, 1440}}}, {1, {{0, 1440}}}}};
	bool all = g->place->everywhere && !*g->contact.region;
	for (size_t i = 1; i < pack->rules_count; i++) {
		const struct pack_rules *r = &pack->rules[i];
		if ((!all && strcmp(r->region, region) != 0) ||
			is_exempt(g, pack, r->region) || (all && said_before(g, pack, i)))
			continue;
		char *name = g->names[WORDING_PACKS];
		snprintf(name, sizeof(g->names[0]),
			all ? "the states of %s" : "the pack of %s-%s", pack->country,
			r->region);
		const struct pack_class *c = &r->classes[g->cls];
		add_class_window(g, c, &pack->holidays, name);
		if (r->holidays.count && !all &&
			(c->closed_on_holidays ||
				pack->rules[0].classes[g->cls].closed_on_holidays))
			add_window(g, &always, &r->holidays, name);
	}
}

/* The worst day for a promotion (policy.sunday = true allows it). */
#define WHOLE_DAY                                                                        \
	{                                                                                \
		1,                                                                       \
		{                                                                        \
			{                                                                \
				0, 1440                                                  \
			}                                                                \
		}                                                                        \
	}
static const struct window weekdays = {
	{WHOLE_DAY, WHOLE_DAY, WHOLE_DAY, WHOLE_DAY, WHOLE_DAY, WHOLE_DAY, {0}}};

static void
window_facts(struct gathered *g)
{
	const struct policy *policy = g->core->config->policy;
	if (g->cls == CLASS_NOTICE)
		return;
	for (size_t i = 0; i < g->pack_count && g->cls != CLASS_REPLY; i++)
		add_class_window(g, &g->packs[i]->rules[0].classes[g->cls],
			&g->packs[i]->holidays, g->names[i]);
	if (g->cls != CLASS_REPLY)
		region_windows(g, g->packs[0]);
	if (g->m->origin && !strcmp(g->m->origin, "timer"))
		add_window(g, &policy->timer, NULL, "policy.quiet.timer");
	else if (g->cls == CLASS_SERVICE && is_automatic(g->m) &&
		 !policy->quiet_text[CLASS_SERVICE])
		add_window(g, &policy->scripts, NULL, "policy.quiet.service");
	if (g->cls == CLASS_MARKETING && !policy->sunday && g->m->origin &&
		!strcmp(g->m->origin, "campaign"))
		add_window(g, &weekdays, NULL, "campaigns, which rest on Sundays");
	if (policy->quiet[g->cls] ||
		(g->cls == CLASS_MARKETING && policy->holidays.count))
		add_window(g, &policy->open[g->cls],
			g->cls == CLASS_MARKETING ? &policy->holidays : NULL,
			"policy.quiet");
	/* its own place in the minutes after an opening, the same whenever it is asked */
	if (g->f->window_count && policy->spread && g->cls == CLASS_MARKETING)
		g->f->spread = (int64_t)((g->m->id >> 20) * 2654435761u %
					 (uint64_t)policy->spread);
}

/* What a journey says about its own text: hours, and whether it is wanted at all. */
static void
wish_facts(struct gathered *g)
{
	struct gate_facts *f = g->f;
	g->wish = (struct handler_wish){.over = ""};
	if (!is_automatic(g->m) || g->cls == CLASS_REPLY)
		return;
	for (size_t i = 0; handlers[i].name; i++)
		if (handlers[i].wish)
			handlers[i].wish(g->core, g->m, &g->wish);
	f->skip_capped |= g->wish.skip_cap;
	if (*g->wish.over)
		f->run_over = g->wish.over;
	if (*g->wish.held && (!f->paused || f->paused_until)) {
		f->paused = g->wish.held;
		f->paused_until = 0;
	}
	if (g->wish.has_window && f->window_count < GATE_WINDOWS) {
		f->windows[f->window_count++] = (struct window_rule){
			&g->wish.window, NULL, g->wish.zone, "the journey"};
		f->hours = NULL; /* the next one's hours stand in the same place */
	}
}

/* ---- caps ---- */

/* When the n-th newest of their promotions was charged, not before `since`; 0: fewer. */
static int64_t
nth_newest(const struct gathered *g, int64_t since, int64_t n)
{
	const struct audience_row *k = g->known;
	if (!k || n > AUDIENCE_CHARGES ||
		(k->more_charges && (size_t)n > k->charge_count))
		return usage_contact_nth(
			g->core->db, g->m->contact, (int)g->cls, since, n);
	bool there = (size_t)n <= k->charge_count && k->charged[n - 1] >= since;
	return there ? k->charged[n - 1] : 0;
}

static void
add_caps(struct gathered *g, const struct caps *caps, const char *of)
{
	struct gate_facts *f = g->f;
	for (size_t i = 0; i < caps->count && f->cap_count < GATE_CAPS; i++) {
		struct gate_cap *c = &f->caps[f->cap_count++];
		*c = (struct gate_cap){
			.cap = caps->list[i], .zone = zone_at(g, 0), .of = of};
		c->oldest = nth_newest(
			g, cap_since(&c->cap, c->zone, core_now(g->core)), c->cap.count);
	}
}

/* A shop that writes no more often than its customer buys is welcome: campaigns keep to
 * that, other texts do not ask. */
static void
add_rhythm(struct gathered *g)
{
	const char *origin = g->m->origin ? g->m->origin : "";
	struct caps one = {.list = {{1, CAP_ROLLING, 0}}, .count = 1};
	if (!g->core->config->policy->rhythm || (g->known && !g->known->orders) ||
		(strcmp(origin, "campaign") != 0 && strcmp(origin, "newsletter") != 0))
		return;
	one.list[0].span = rhythm_span(g->core->db, g->contact.phone);
	if (one.list[0].span)
		add_caps(g, &one, "their own rhythm of buying");
}

static void
cap_facts(struct gathered *g)
{
	const char *region = *g->contact.region ? g->contact.region : g->place->region;
	if (g->cls != CLASS_MARKETING)
		return;
	add_caps(g, &g->core->config->policy->promo, "policy.caps.promo");
	add_rhythm(g);
	for (size_t i = 0; i < g->pack_count; i++) {
		const struct pack *p = g->packs[i];
		add_caps(g, &p->rules[0].classes[g->cls].caps, g->names[i]);
		for (size_t r = 1; i == 0 && r < p->rules_count; r++)
			if (g->place->everywhere || !strcmp(p->rules[r].region, region))
				add_caps(g, &p->rules[r].classes[g->cls].caps,
					g->names[WORDING_PACKS]);
	}
}

/* ---- channels ---- */

/* The pack that refuses, NULL: none. The SIM is the shop's, so its country counts as much
 * as theirs. */
static const char *
sim_refused(const struct gathered *g)
{
	for (size_t i = 0; i < g->pack_count; i++) {
		const struct pack_class *c = &g->packs[i]->rules[0].classes[g->cls];
		if (c->sim && !strcmp(c->sim, "refuse"))
			return g->names[i];
	}
	return NULL;
}

/* The fewest segments a pack allows, 0: any number. */
static int64_t
sim_parts(const struct gathered *g)
{
	int64_t parts = g->core->config->policy->sim_ad_parts;
	for (size_t i = 0; i < g->pack_count && !g->core->config->policy->sim_ad_parts;
		i++)
		parts = sooner(parts, g->packs[i]->rules[0].classes[g->cls].sim_parts);
	return parts;
}

/* What keeps a promotion off a SIM. */
static const char *
unfit_for_sim(struct gathered *g)
{
	int64_t parts = sim_parts(g);
	if (sim_refused(g)) {
		snprintf(g->unfit, sizeof(g->unfit),
			"%s lets no promotion leave from a SIM", sim_refused(g));
		return g->unfit;
	}
	if (!parts || g->m->parts <= parts)
		return NULL;
	snprintf(g->unfit, sizeof(g->unfit),
		"a promotion from a SIM has at most %d segment%s, this one has %d "
		"(policy.sim_ad_parts)",
		(int)parts, parts == 1 ? "" : "s", g->m->parts);
	return g->unfit;
}

/* The channel's own, which many share; whether they were texted before in this month is
 * the person's. */
static const struct facts_budget *
shared_budget(struct gathered *g, struct channel *ch)
{
	struct facts_cache *cache = g->cache;
	for (size_t i = 0; i < cache->budget_count; i++) {
		const struct facts_budget *b = &cache->budgets[i];
		if (b->ch == ch && b->parts == g->m->parts &&
			!strcmp(b->country, g->place->country))
			return b;
	}
	if (cache->budget_count == FACTS_BUDGETS)
		cache->budget_count = 0;
	struct facts_budget *b = &cache->budgets[cache->budget_count++];
	*b = (struct facts_budget){.ch = ch, .parts = g->m->parts};
	memcpy(b->country, g->place->country, sizeof(b->country));
	budget_look_as(ch, g->m, g->cls, BUDGET_NEW_RECIPIENT, &b->fresh);
	budget_look_as(ch, g->m, g->cls, BUDGET_KNOWN_RECIPIENT, &b->known);
	return b;
}

static void
channel_budget(struct gathered *g, struct channel *ch, struct gate_channel *c)
{
	if (!g->cache) {
		budget_look(ch, g->m, g->cls, c);
		return;
	}
	const struct facts_budget *b = shared_budget(g, ch);
	const struct gate_channel *from = &b->fresh;
	if (from->budget_until != b->known.budget_until &&
		budget_knows_recipient(ch, g->m->contact))
		from = &b->known;
	c->budget_until = from->budget_until;
	c->pace_until = from->pace_until;
	memcpy(c->budget_rule, from->budget_rule, sizeof(c->budget_rule));
}

static void
add_channel(struct gathered *g, struct channel *ch)
{
	struct gate_facts *f = g->f;
	bool tpdu = ch->config->ops->caps & DRIVER_TPDU;
	if ((g->asked && g->m->route != ch->row.id) || f->channel_count == GATE_CHANNELS)
		return;
	struct gate_channel *c = &f->channels[f->channel_count++];
	*c = (struct gate_channel){.id = ch->row.id,
		.name = ch->row.name,
		.ready = ch->state == CHANNEL_READY,
		.until = ch->state == CHANNEL_RESTING ? ch->rest_until : 0,
		.why = ch->why.s,
		.margin = tpdu ? MARGIN : MARGIN_BLIND};
	if (tpdu && g->cls == CLASS_MARKETING)
		c->unfit = unfit_for_sim(g);
	/* what is charged already has its room */
	if (!g->m->parts_done)
		channel_budget(g, ch, c);
	if (pause_of_channel(&g->pauses, ch->row.name, core_now(g->core))) {
		c->ready = false;
		c->until = pause_of_channel(&g->pauses, ch->row.name, core_now(g->core));
		c->until = c->until == PAUSE_OPEN ? 0 : c->until;
		c->why = "a person paused this channel";
	}
}

static void
candidate_facts(struct gathered *g, const struct channel *first)
{
	struct core *core = g->core;
	/* What the router chose is no wish of anybody's. */
	g->asked = g->m->route && (g->m->parts_done || (g->m->sim && *g->m->sim) ||
					  !message_is_routed(core->db, g->m->id));
	for (size_t i = 0; i < core->channel_count; i++)
		if (core->channels[i] == first)
			add_channel(g, core->channels[i]);
	for (size_t i = 0; i < core->channel_count; i++)
		if (core->channels[i] != first)
			add_channel(g, core->channels[i]);
}

/* ---- all of it ---- */

/* For each of many: no formatting. */
static char *
put(char *at, const char *end, const char *text)
{
	while (*text && at < end - 1)
		*at++ = *text++;
	*at = '\0';
	return at;
}

static void
name_packs(struct gathered *g)
{
	const char *region = *g->contact.region ? g->contact.region : g->place->region;
	if (g->cls != CLASS_MARKETING && g->cls != CLASS_SERVICE)
		return;
	for (size_t i = 0; i < g->pack_count; i++) {
		const char *end = g->names[i] + sizeof(g->names[i]);
		char *at = put(g->names[i], end, "the pack of ");
		at = put(at, end, g->packs[i]->country);
		if (strcmp(g->packs[i]->country, "ZZ") == 0)
			put(at, end, " (their country has none of its own)");
	}
	char *own = g->names[WORDING_PACKS];
	const char *end = own + sizeof(g->names[0]);
	own = put(put(own, end, "the pack of "), end, g->packs[0]->country);
	put(put(own, end, "-"), end, region);
}

static void
read_text(const struct gathered *g, struct facts_text *ret)
{
	struct strbuf lack AUTO(strbuf_done) = STRBUF_SENTENCE;
	*ret = (struct facts_text){.text = g->m->text, .packs = {g->packs[0], NULL}};
	if (g->pack_count > 1)
		ret->packs[1] = g->packs[1];
	ret->hash = g->core->config->policy->same_text ? budget_text_hash(g->m->text) : 0;
	if (wording_lacks(g->core, g->packs, g->pack_count, g->m->text, &lack))
		snprintf(ret->lack, sizeof(ret->lack), "%s", lack.s);
}

static bool
same_packs(const struct gathered *g, const struct facts_text *t)
{
	return t->packs[0] == g->packs[0] &&
	       t->packs[1] == (g->pack_count > 1 ? g->packs[1] : NULL);
}

/* What many get lies in memory once for each of them: known by what it says. */
static const struct facts_text *
look_at_last(struct gathered *g)
{
	struct facts_cache *cache = g->cache;
	if (cache->last_text && !strcmp(cache->last_text, g->m->text) &&
		same_packs(g, &cache->last))
		return &cache->last;
	free(cache->last_text);
	cache->last_text = xstrdup(g->m->text);
	read_text(g, &cache->last);
	return &cache->last;
}

/* The same for all who get the same text under the same packs. */
static const struct facts_text *
look_at_text(struct gathered *g)
{
	static _Thread_local struct facts_text one;
	struct facts_cache *cache = g->cache;
	for (size_t i = 0; cache && i < cache->text_count; i++) {
		const struct facts_text *t = &cache->texts[i];
		if (t->text == g->m->text && same_packs(g, t))
			return t;
	}
	if (cache && cache->shared_text != g->m->text)
		return look_at_last(g);
	bool room = cache && cache->text_count < FACTS_TEXTS;
	struct facts_text *t = room ? &cache->texts[cache->text_count++] : &one;
	read_text(g, t);
	return t;
}

static int64_t
same_text(const struct gathered *g, int64_t hash, int64_t since)
{
	const struct audience_row *k = g->known;
	if (!k || k->more_charges)
		return usage_same_text(g->core->db, g->m->contact, hash, since);
	for (size_t i = 0; i < k->charge_count; i++)
		if (k->charged_text[i] == hash && k->charged[i] >= since)
			return k->charged[i];
	return 0;
}

static void
marketing_facts(struct gathered *g)
{
	struct gate_facts *f = g->f;
	const struct policy *policy = g->core->config->policy;
	consent_facts(g);
	const struct facts_text *text = look_at_text(g);
	f->wording_asked = wording_asks(g->packs, g->pack_count);
	f->wording = *text->lack ? text->lack : NULL;
	f->same_text_guard = policy->same_text;
	if (policy->same_text && !g->m->parts_done)
		f->same_text_at =
			same_text(g, text->hash, core_now(g->core) - policy->same_text);
}

void
facts_gather(struct core *core, const struct message *m, const struct channel *first,
	struct gate_facts *ret)
{
	facts_gather_known(core, m, first, NULL, NULL, ret);
}

void
facts_cache_done(struct facts_cache *cache)
{
	free(cache->last_text);
	cache->last_text = NULL;
}

void
facts_cache_reset(struct facts_cache *cache, struct core *core)
{
	facts_cache_done(cache);
	cache->text_count = cache->budget_count = 0;
	cache->shared_text = NULL;
	*cache->phone = '\0';
	cache->hours.count = cache->hours.next = 0;
	pauses_load(core->db, &cache->pauses);
}

void
facts_cache_place(struct facts_cache *cache, struct core *core, const char *phone)
{
	if (!strcmp(phone, cache->phone))
		return;
	snprintf(cache->phone, sizeof(cache->phone), "%s", phone);
	places_find(core->config->packs->places, phone, &cache->place);
	cache->pack_count = wording_packs_of(core, &cache->place, cache->packs);
}

static void
place_facts(struct gathered *g)
{
	if (g->cache) {
		facts_cache_place(g->cache, g->core, g->m->phone);
		g->place = &g->cache->place;
		memcpy(g->packs, g->cache->packs, sizeof(g->packs));
		g->pack_count = g->cache->pack_count;
	} else {
		places_find(g->core->config->packs->places, g->m->phone, &g->found);
		g->place = &g->found;
		g->pack_count = wording_packs_of(g->core, g->place, g->packs);
	}
}

void
facts_gather_known(struct core *core, const struct message *m,
	const struct channel *first, const struct audience_row *known,
	struct facts_cache *cache, struct gate_facts *ret)
{
	static _Thread_local struct gathered g;
	g = (struct gathered){.f = ret,
		.m = m,
		.core = core,
		.cls = m->cls,
		.known = known,
		.cache = cache};
	if (cache)
		g.pauses = cache->pauses;
	else
		pauses_load(core->db, &g.pauses);
	ret->window_count = ret->cap_count = ret->channel_count = 0;
	memset(ret, 0, offsetof(struct gate_facts, windows));
	ret->night_lifted = ret->wording_asked = false;
	ret->spread = 0;
	ret->wording = NULL;
	ret->cls = m->cls;
	ret->id = m->id;
	ret->expires = m->expires;
	ret->skip_capped = m->skip;
	ret->paused_until =
		pause_of_class(&g.pauses, m->cls, core_now(core), &ret->paused);
	if (known)
		g.contact = known->contact;
	else if (!contact_load(core->db, m->contact, &g.contact))
		g.contact = (struct contact){.id = m->contact};
	place_facts(&g);
	ret->hours = cache && !*g.contact.zone ? &cache->hours : NULL;
	ret->zone = zone_at(&g, 0);
	name_packs(&g);
	person_facts(&g);
	if (g.cls == CLASS_MARKETING)
		marketing_facts(&g);
	window_facts(&g);
	wish_facts(&g);
	cap_facts(&g);
	if (m->state == MESSAGE_HELD && m->tries)
		ret->retry_at = m->due;
	ret->at = m->not_before;
	ret->clock_odd = core->clock_odd;
	ret->predecessor = m->state == MESSAGE_QUEUED && !m->ready;
	candidate_facts(&g, first);
}
