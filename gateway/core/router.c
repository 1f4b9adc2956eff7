#include "gateway/core/router.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/suggest.h"
#include "gateway/core/budget.h"
#include "gateway/core/queue.h"
#include "gateway/store/providers.h"

#define FAILOVER (30 * SECOND)
#define LOOK     SECOND
#define BATCH    64 /* contacts whose texts change their channel in one tick */
#define SPILL    64 /* what waits is counted up to here */

struct route {
	char *to, *class_names, *names;
	bool share, cheapest;
	int64_t spill, failover;
	unsigned classes;                 /* bits, 0 all */
	size_t channels[CONFIG_CHANNELS]; /* indexes of the configuration, best first */
	size_t count;
};

struct routes {
	struct route *list;
	size_t count;
	bool mixed; /* there are SIMs and providers: without a rule, SIMs first */
};

struct router {
	struct core *core;
	struct loop_timer look;
};

/* ---- reading ---- */

#define AT(member) offsetof(struct route, member)
static const struct conf_key route_keys[] = {
	{"to", CONF_TEXT, AT(to)},
	{"class", CONF_TEXT, AT(class_names)},
	{"channels", CONF_TEXT, AT(names), .required = true},
	{"share", CONF_BOOL, AT(share)},
	{"cheapest", CONF_BOOL, AT(cheapest)},
	{"spill", CONF_INT, AT(spill), .min = 1, .max = SPILL},
	{"failover", CONF_DURATION, AT(failover), .min = SECOND, .max = DAY},
	{0},
};

static size_t
next_word(const char **at, char ret[64])
{
	*at += strspn(*at, " ,");
	size_t n = strcspn(*at, " ,");
	snprintf(ret, 64, "%.*s", (int)MIN(n, 63), *at);
	*at += n;
	return n;
}

static int
add_channel(const struct config *c, const struct conf_node *node, struct route *r,
	const char *name, struct strbuf *err)
{
	struct suggest near;
	suggest_init(&near, name);
	for (size_t i = 0; i < c->channel_count; i++) {
		suggest_offer(&near, c->channels[i].name);
		if (strcmp(c->channels[i].name, name) != 0)
			continue;
		if (r->count < CONFIG_CHANNELS)
			r->channels[r->count++] = i;
		return 0;
	}
	return conf_fail(node, err, "there is no channel '%s'%s%s%s", name,
		near.best ? "; did you mean '" : "", near.best ? near.best : "",
		near.best ? "'?" : "");
}

static int
read_route(const struct config *c, const struct conf_node *node, struct route *r,
	struct strbuf *err)
{
	char word[64];
	enum message_class cls;
	if (!conf_is_group(node))
		return conf_fail(node, err, "a route is a group { channels = \"...\"; }");
	r->failover = FAILOVER;
	if (conf_read(node, route_keys, r, err) < 0)
		return -EINVAL;
	for (const char *p = r->class_names ? r->class_names : ""; next_word(&p, word);) {
		if (message_class_parse(word, &cls) < 0)
			return conf_fail(conf_get(node, "class"), err,
				"'%s' is no class; notice, reply, service and marketing "
				"are",
				word);
		r->classes |= 1u << cls;
	}
	if (r->to &&
		(*r->to != '+' || strspn(r->to + 1, "0123456789") != strlen(r->to + 1)))
		return conf_fail(conf_get(node, "to"), err,
			"to = \"%s\": the beginning of international numbers is "
			"expected, such "
			"as \"+82\"",
			r->to);
	for (const char *p = r->names; next_word(&p, word);)
		if (add_channel(c, conf_get(node, "channels"), r, word, err) < 0)
			return -EINVAL;
	if (r->share && r->cheapest)
		return conf_fail(conf_get(node, "cheapest"), err,
			"share and cheapest exclude each other: whoever is free, or "
			"whoever costs least");
	return r->count ? 0 : conf_fail(node, err, "a route names its channels");
}

int
routes_read(const struct config *c, const struct conf_node *node, struct routes **ret,
	struct strbuf *err)
{
	struct routes *rs = xcalloc(1, sizeof(*rs));
	size_t n =
		node && !conf_text(node) && !conf_is_group(node) ? conf_count(node) : 0;
	int r = 0;
	size_t sims = 0;
	if (node && !n)
		r = conf_fail(
			node, err, "routes is a list ( { channels = \"...\"; }, ... )");
	rs->list = xcalloc(n + 1, sizeof(*rs->list));
	for (size_t i = 0; i < n; i++)
		if (read_route(c, conf_at(node, i), &rs->list[rs->count++], err) < 0)
			r = -EINVAL;
	for (size_t i = 0; i < c->channel_count; i++)
		sims += (c->channels[i].ops->caps & DRIVER_TPDU) != 0;
	rs->mixed = sims && sims < c->channel_count;
	if (r) {
		routes_free(rs);
		return r;
	}
	*ret = rs;
	return 0;
}

void
routes_free(struct routes *rs)
{
	if (!rs)
		return;
	for (size_t i = 0; i < rs->count; i++)
		conf_free(route_keys, &rs->list[i]);
	free(rs->list);
	free(rs);
}

/* ---- choosing ---- */

static const struct route *
rule_for(const struct routes *rs, const struct message *m)
{
	for (size_t i = 0; i < rs->count; i++) {
		const struct route *r = &rs->list[i];
		if ((!r->classes || r->classes >> m->cls & 1) &&
			(!r->to || !strncmp(m->phone, r->to, strlen(r->to))))
			return r;
	}
	return NULL;
}

/* Worth waiting for: well, or not unwell for long, unless only a person can help. */
static bool
is_hopeful(const struct channel *ch, int64_t failover)
{
	if (ch->state == CHANNEL_READY)
		return true;
	return ch->state != CHANNEL_BLOCKED &&
	       clock_mono(ch->core->clock) - ch->state_since < failover;
}

static bool
has_room(struct channel *ch, const struct message *m)
{
	struct gate_channel look = {.id = ch->row.id};
	budget_look(ch, m, m->cls, &look);
	return look.budget_until <= core_now(ch->core);
}

static bool
is_crowded(const struct channel *ch, int64_t spill)
{
	return spill && ch->busy >= ch->window &&
	       (int64_t)messages_ready_count(ch->core->db, ch->row.id, (size_t)spill) >=
		       spill;
}

static bool
is_fit(struct core *core, const struct route *r, const struct message *m, size_t i)
{
	struct channel *ch = core->channels[r->channels[i]];
	return is_hopeful(ch, r->failover) && has_room(ch, m) &&
	       (i + 1 == r->count || !is_crowded(ch, r->spill));
}

/* Of those that are well and have room, the one whose tariff is least; equal ones as they
 * are listed. NULL: none. */
static struct channel *
cheapest(struct core *core, const struct route *r, const struct message *m)
{
	struct channel *best = NULL;
	int64_t least = 0;
	for (size_t i = 0; i < r->count; i++) {
		struct channel *ch = core->channels[r->channels[i]];
		if (!is_fit(core, r, m, i))
			continue;
		int64_t cost = budget_cost(core, channel_name(ch), m->phone, m->parts);
		if (!best || cost < least) {
			best = ch;
			least = cost;
		}
	}
	return best;
}

/* Two rounds: what is well and has room; then, so that a text waits where it belongs, the
 * first that may have it at all. */
static struct channel *
by_rule(struct core *core, const struct route *r, const struct message *m,
	struct channel *asker)
{
	struct channel *least = r->cheapest ? cheapest(core, r, m) : NULL;
	if (least)
		return least;
	for (size_t i = 0; i < r->count; i++) {
		struct channel *ch = core->channels[r->channels[i]];
		if (!is_fit(core, r, m, i))
			continue;
		if (!r->share)
			return ch;
		/* Shared: whoever asks first, as long as it may. */
		for (size_t k = i; k < r->count; k++)
			if (core->channels[r->channels[k]] == asker)
				return asker;
		return ch;
	}
	for (size_t i = 0; i < r->count; i++)
		if (core->channels[r->channels[i]] == asker)
			return asker;
	return core->channels[r->channels[0]];
}

/* SIMs first: a text by a provider costs, and answers to it may not come back. */
static struct channel *
by_kind(struct core *core, const struct message *m, struct channel *asker)
{
	if (asker->config->ops->caps & DRIVER_TPDU)
		return asker;
	for (size_t i = 0; i < core->channel_count; i++) {
		struct channel *ch = core->channels[i];
		if ((ch->config->ops->caps & DRIVER_TPDU) && is_hopeful(ch, FAILOVER) &&
			has_room(ch, m))
			return ch;
	}
	return asker;
}

struct channel *
router_choose(struct core *core, const struct message *m, struct channel *asker)
{
	const struct routes *rs = core->config->routes;
	if (m->route || m->parts_done || !rs)
		return asker;
	const struct route *r = rule_for(rs, m);
	if (r)
		return by_rule(core, r, m, asker);
	return rs->mixed ? by_kind(core, m, asker) : asker;
}

/* ---- the number they know ---- */

static bool
lists(const struct core *core, const struct route *r, const struct channel *ch)
{
	for (size_t i = 0; i < r->count; i++)
		if (core->channels[r->channels[i]] == ch)
			return true;
	return false;
}

/* Promotions wait for their number wherever the rule has it at all. */
bool
router_keeps(const struct core *core, const struct message *m, const struct channel *ch)
{
	const struct routes *rs = core->config->routes;
	const struct route *r = rs ? rule_for(rs, m) : NULL;
	if (r)
		return lists(core, r, ch) && (r->share || m->cls == CLASS_MARKETING);
	return !rs || !rs->mixed || m->cls == CLASS_MARKETING ||
	       (ch->config->ops->caps & DRIVER_TPDU);
}

struct channel *
router_known(struct core *core, const struct message *m, uint64_t last)
{
	bool theirs = m->cls == CLASS_SERVICE || m->cls == CLASS_MARKETING;
	struct channel *ch =
		theirs && core->config->policy->sticky ? channel_by_id(core, last) : NULL;
	return ch && router_keeps(core, m, ch) ? ch : NULL;
}

/* ---- taking back ---- */

static int64_t
patience(const struct core *core)
{
	int64_t least = FAILOVER;
	for (size_t i = 0; i < core->config->routes->count; i++)
		least = MIN(least, core->config->routes->list[i].failover);
	return least;
}

static void
on_look(void *arg)
{
	struct router *router = arg;
	struct core *core = router->core;
	uint64_t contacts[BATCH];
	bool unwell = false, more = false;
	if (core->store_sick) {
		loop_timer_in(&router->look, LOOK);
		return;
	}
	for (size_t i = 0; i < core->channel_count; i++) {
		struct channel *ch = core->channels[i];
		unwell |= ch->state != CHANNEL_READY;
		if (is_hopeful(ch, patience(core)))
			continue;
		size_t n = messages_unroute(core->db, ch->row.id, contacts, BATCH);
		for (size_t k = 0; k < n; k++)
			queue_settle(core->queue, contacts[k]);
		more |= n == BATCH;
		if (n)
			queue_reload(core->queue);
	}
	if (more || unwell)
		loop_timer_in(&router->look, more ? 1 : LOOK);
}

void
router_wake(struct core *core)
{
	struct router *router = core->router;
	if (router && core->channel_count > 1 && !loop_timer_active(&router->look))
		loop_timer_in(&router->look, LOOK);
}

struct router *
router_new(struct core *core)
{
	struct router *router = xcalloc(1, sizeof(*router));
	router->core = core;
	loop_timer_init(&router->look, core->loop, on_look, router);
	return router;
}

void
router_free(struct router *router)
{
	if (!router)
		return;
	loop_timer_stop(&router->look);
	free(router);
}
