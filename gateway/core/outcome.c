#include "gateway/core/outcome.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/owner.h"
#include "gateway/core/shop_events.h"
#include "gateway/net/json.h"
#include "gateway/store/attributes.h"
#include "gateway/store/contacts.h"
#include "gateway/store/coupons.h"
#include "gateway/store/links.h"
#include "gateway/store/shop_events.h"
#include "gateway/text/zone.h"

#define SWEEP_AFTER (10 * MINUTE)
#define SWEEP_MAX   256
#define OPTOUT_MIN  100   /* people reached below which a share says nothing */
#define OPTOUT_PER  25500 /* parts of a million: 2.55 % */

/* What the shop said of an order. */
struct told {
	const struct event *e;
	int64_t at;
	double value;
	bool has_value;
	const char *number, *source, *coupon;
	char own[32];
};

static const char *
text_of(const json_t *data, const char *name)
{
	const char *text = json_string_value(json_object_get(data, name));
	return text ? text : "";
}

/* ---- credit ---- */

void
outcome_credit(struct core *core, const char *number, const char *source,
	uint64_t contact, int64_t at)
{
	struct credit credit;
	if (credit_find(core->db, contact, at, core->config->credit_click,
		    core->config->credit_send, 0, &credit))
		credit_put(core->db, number, source, contact, at, &credit);
}

void
outcome_credit_order(struct core *core, const char *number, const char *source)
{
	struct db_rows *q = db_select(core->db,
		"SELECT contact, at FROM purchases WHERE number = $1 AND source = $2 AND "
		"counts = 1 AND contact > 0",
		"tt", number, source);
	bool found = db_next(q);
	uint64_t contact = found ? db_id(q, 0) : 0;
	int64_t at = found ? db_int(q, 1) : 0;
	db_end(q);
	if (found)
		outcome_credit(core, number, source, contact, at);
}

/* ---- points ---- */

bool
outcome_points(struct core *core, uint64_t contact, int64_t change, const char *why,
	const char *number, const char *agent)
{
	int64_t now = core_now(core);
	if (!points_add(
		    core->db, core_id(core), contact, now, change, why, number, agent))
		return false;
	int64_t balance = points_balance(core->db, contact);
	char text[24];
	snprintf(text, sizeof(text), "%" PRId64, balance);
	attribute_save(core->db, contact, "points",
		&(struct attribute){
			.text = text, .has_number = true, .number = (double)balance},
		now);
	return true;
}

static void
earn(struct core *core, const struct told *t)
{
	int64_t points = (int64_t)(t->value * (double)core->config->points_percent / 100);
	if (core->config->points_percent && t->has_value && points > 0)
		outcome_points(core, t->e->contact, points, "order", t->number, "");
}

static void
unearn(struct core *core, const struct told *t)
{
	int64_t points = points_for(core->db, t->e->contact, "order", t->number);
	if (points)
		outcome_points(core, t->e->contact, -points, "undone", t->number, "");
}

/* ---- friends ---- */

static void
tell_giver(struct core *core, const struct referral *r, const char *name)
{
	shop_event_note(core, r->giver, name, r->code, NULL, 0);
}

static void
friend_buys(struct core *core, const struct told *t, const struct coupon *c,
	const struct coupon_pool *p)
{
	struct referral r;
	if (c->contact == t->e->contact || !c->contact)
		return;
	bool known = referral_of(core->db, t->e->contact, &r);
	if (known && strcmp(r.state, "joined") != 0)
		return; /* somebody is a new friend once */
	if (!known)
		r = (struct referral){.id = core_id(core),
			.giver = c->contact,
			.friend_ = t->e->contact};
	snprintf(r.code, sizeof(r.code), "%s", c->code);
	snprintf(r.state, sizeof(r.state), "bought");
	snprintf(r.number, sizeof(r.number), "%s", t->number);
	snprintf(r.source, sizeof(r.source), "%s", t->source);
	r.at = t->at;
	r.due = t->at + p->stands;
	referral_put(core->db, &r);
	if (!known)
		tell_giver(core, &r, "referral.joined");
	tell_giver(core, &r, "referral.bought");
}

/* Their order is undone before it stood. */
static void
friend_undoes(struct core *core, const struct told *t)
{
	struct referral r;
	if (!referral_of(core->db, t->e->contact, &r) || strcmp(r.state, "bought") != 0 ||
		strcmp(r.number, t->number) != 0)
		return;
	snprintf(r.state, sizeof(r.state), "joined");
	r.due = 0;
	referral_put(core->db, &r);
}

static void
friend_stands(struct core *core, struct referral *r)
{
	struct coupon c;
	struct coupon_pool p = {0};
	int64_t counts = db_number(core->db, 0,
		"SELECT counts FROM purchases WHERE number = $1 AND source = $2", "tt",
		r->number, r->source);
	r->due = 0;
	snprintf(r->state, sizeof(r->state), counts ? "stood" : "undone");
	referral_put(core->db, r);
	if (!counts)
		return;
	if (coupon_load(core->db, r->code, &c))
		pool_load(core->db, c.pool, &p);
	shop_event_told_of(core, r->giver, "referral.stood", "reward", p.reward);
}

/* A friend typed a code. */
static const char *
friend_joins(struct core *core, uint64_t contact, const char *code)
{
	struct coupon c;
	struct coupon_pool p;
	struct referral r;
	if (!*code || !coupon_load(core->db, code, &c) || !c.contact ||
		!pool_load(core->db, c.pool, &p) || !p.stands ||
		(c.expires && c.expires <= core_now(core)))
		return "no";
	if (c.contact == contact)
		return "own";
	if (referral_of(core->db, contact, &r))
		return "known";
	r = (struct referral){.id = core_id(core),
		.giver = c.contact,
		.friend_ = contact,
		.state = "joined",
		.at = core_now(core)};
	snprintf(r.code, sizeof(r.code), "%s", c.code);
	referral_put(core->db, &r);
	tell_giver(core, &r, "referral.joined");
	return "yes";
}

static void
take_code(struct core *core, uint64_t contact)
{
	struct attribute a = {0};
	struct strbuf code AUTO(strbuf_done) = STRBUF_INIT(256);
	const char *what = "no";
	if (attribute_load(core->db, contact, "invited_by", &a, &code))
		what = friend_joins(core, contact, code.s);
	attribute_save(core->db, contact, "invited", &(struct attribute){.text = what},
		core_now(core));
}

/* ---- coupons ---- */

static void
redeem(struct core *core, const struct told *t)
{
	struct coupon c;
	struct coupon_pool p;
	if (!*t->coupon || !coupon_load(core->db, t->coupon, &c) ||
		!pool_load(core->db, c.pool, &p))
		return;
	bool on_event = !strcmp(t->e->name, "coupon.redeemed");
	/* Told by both events, or twice: once. */
	if (!strcmp(c.state, "redeemed") && !p.stands)
		return;
	coupon_redeem(core->db, c.code,
		&(struct redemption){.by = t->e->contact,
			.at = t->at,
			.amount =
				on_event && t->has_value ? (int64_t)(t->value * 1000) : 0,
			.number = t->number,
			.last = !p.stands});
	core_event(core, &(struct event){.name = "coupon.used",
				 .message = c.message,
				 .contact = t->e->contact,
				 .detail = c.code});
	if (p.stands && !on_event)
		friend_buys(core, t, &c, &p);
}

/* Who joined by a code and orders without it is that friend all the same. */
static void
buy(struct core *core, const struct told *t)
{
	struct referral r;
	struct told by_code = *t;
	if (!*t->coupon && referral_of(core->db, t->e->contact, &r) &&
		!strcmp(r.state, "joined")) {
		by_code.coupon = r.code;
		redeem(core, &by_code);
	} else {
		redeem(core, t);
	}
	outcome_credit(core, t->number, t->source, t->e->contact, t->at);
	earn(core, t);
}

/* ---- events ---- */

static void
undo(struct core *core, const struct told *t)
{
	friend_undoes(core, t);
	unearn(core, t);
}

static void
give_back(struct core *core, const struct told *t)
{
	coupons_return(core->db, t->e->message);
}

static void
invited(struct core *core, const struct told *t)
{
	take_code(core, t->e->contact);
}

static const struct {
	const char *name;
	bool shop; /* with what the shop said */
	void (*act)(struct core *core, const struct told *t);
} acts[] = {
	{"message.canceled", false, give_back},
	{"message.suppressed", false, give_back},
	{"message.expired", false, give_back},
	{"message.failed", false, give_back},
	{"order.paid", true, buy},
	{"order.canceled", true, undo},
	{"order.cancelled", true, undo},
	{"order.returned", true, undo},
	{"order.refunded", true, undo},
	{"coupon.redeemed", true, redeem},
	{"referral.code", false, invited},
};

static void
act_on(struct core *core, const struct event *e, size_t i)
{
	struct shop_event_row row = {0};
	struct strbuf data AUTO(strbuf_done) = STRBUF_INIT(1 << 20);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct told t = {
		.e = e, .at = core_now(core), .number = "", .source = "", .coupon = ""};
	json_t *said = NULL;
	if (acts[i].shop) {
		if (!e->shop || !shop_event_load(core->db, e->shop, &row, &data))
			return;
		said = json_read(data.s, data.len, &err);
		t.at = row.at;
		t.value = row.value;
		t.has_value = row.has_value;
		t.number = *text_of(said, "number")  ? text_of(said, "number")
			   : *text_of(said, "order") ? text_of(said, "order")
						     : text_of(said, "id");
		t.source = text_of(said, "source");
		t.coupon = *text_of(said, "code") ? text_of(said, "code")
						  : text_of(said, "coupon");
		snprintf(t.own, sizeof(t.own), "event:%" PRIu64, e->shop);
		if (!*t.number)
			t.number = t.own;
	}
	acts[i].act(core, &t);
	json_decref(said);
}

void
outcome_event(struct core *core, const struct event *e)
{
	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		if (!strcmp(acts[i].name, e->name)) {
			act_on(core, e, i);
			return;
		}
}

/* ---- what time brings ---- */

/* More people leave than should: told once a week at most. */
static void
watch_optouts(struct core *core)
{
	int64_t now = core_now(core), since = now - 7 * DAY;
	int64_t last = db_number(core->db, 0,
		"SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'optouts.told'", "");
	int64_t looked = db_number(core->db, 0,
		"SELECT CAST(value AS BIGINT) FROM meta WHERE key = 'optouts.looked'",
		"");
	if (last > since || looked > now - HOUR)
		return;
	db_run(core->db,
		"INSERT INTO meta(key, value) VALUES('optouts.looked', CAST($1 AS TEXT)) "
		"ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		"i", now);
	int64_t left = db_number(core->db, 0,
		"SELECT count(DISTINCT contact) FROM consent WHERE at >= $1 AND action = "
		"'revoke'",
		"i", since);
	if (!left)
		return;
	int64_t reached = db_number(core->db, 0,
		"SELECT count(*) FROM (SELECT DISTINCT contact FROM charges WHERE at >= "
		"$1 AND priority = 3 LIMIT $2) s",
		"ii", since, left * 1000000 / OPTOUT_PER + 1);
	if (reached < OPTOUT_MIN || left * 1000000 <= reached * OPTOUT_PER)
		return;
	struct strbuf text AUTO(strbuf_done) = STRBUF_SENTENCE;
	strbuf_printf(&text,
		"%" PRId64 " of %" PRId64 " people who had promotions in the last 7 days "
		"have opted out (%.2f %%); 2.55 %% is usual. Look at: malgil report",
		left, reached, 100.0 * (double)left / (double)reached);
	db_run(core->db,
		"INSERT INTO meta(key, value) VALUES('optouts.told', CAST($1 AS TEXT)) "
		"ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		"i", now);
	core_event(core, &(struct event){.name = "report.optouts", .detail = text.s});
	owner_alert(core, text.s);
}

bool
outcome_look(struct core *core)
{
	struct referral r;
	int n = 0;
	coupons_sweep(core->db, core_now(core) - SWEEP_AFTER, SWEEP_MAX);
	for (; n < 16 && referral_due(core->db, core_now(core), &r); n++)
		friend_stands(core, &r);
	watch_optouts(core);
	return n == 16;
}
