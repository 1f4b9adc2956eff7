#include "gateway/store/coupons.h"

#include <stdio.h>
#include <string.h>

/* ---- pools ---- */

static void
copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

bool
pool_load(struct db *db, const char *name, struct coupon_pool *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT prefix, worth, reward, most, made, lasts, until, stands, low, "
		"told, created, (SELECT count(*) FROM coupons c WHERE c.pool = p.name "
		"AND "
		"c.state = 'free') FROM coupon_pools p WHERE name = $1",
		"t", name);
	bool found = db_next(q);
	if (found) {
		*ret = (struct coupon_pool){.most = db_int(q, 3),
			.made = db_int(q, 4),
			.lasts = db_int(q, 5),
			.until = db_int(q, 6),
			.stands = db_int(q, 7),
			.low = db_int(q, 8),
			.told = db_int(q, 9),
			.created = db_int(q, 10),
			.free = db_int(q, 11)};
		copy(ret->name, sizeof(ret->name), name);
		copy(ret->prefix, sizeof(ret->prefix), db_text(q, 0));
		copy(ret->worth, sizeof(ret->worth), db_text(q, 1));
		copy(ret->reward, sizeof(ret->reward), db_text(q, 2));
	}
	db_end(q);
	return found;
}

void
pool_save(struct db *db, const struct coupon_pool *p)
{
	db_run(db,
		"INSERT INTO coupon_pools(name, prefix, worth, reward, most, lasts, "
		"until, stands, low, created) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, "
		"$10) ON CONFLICT (name) DO UPDATE SET prefix = excluded.prefix, worth = "
		"excluded.worth, reward = excluded.reward, most = excluded.most, lasts = "
		"excluded.lasts, until = excluded.until, stands = excluded.stands, low = "
		"excluded.low, told = 0",
		"ttttiiiiii", p->name, p->prefix, p->worth, p->reward, p->most, p->lasts,
		p->until, p->stands, p->low, p->created);
}

void
pool_told(struct db *db, const char *name, int64_t what)
{
	db_run(db, "UPDATE coupon_pools SET told = $2 WHERE name = $1", "ti", name, what);
}

void
pool_made(struct db *db, const char *name)
{
	db_run(db, "UPDATE coupon_pools SET made = made + 1 WHERE name = $1", "t", name);
}

/* ---- codes ---- */

void
coupon_fold(const char *code, char ret[COUPON_CODE])
{
	size_t n = 0;
	for (const char *p = code; *p && n < COUPON_CODE - 1; p++) {
		if (*p >= 'a' && *p <= 'z')
			ret[n++] = (char)(*p - 32);
		else if ((*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
			 (unsigned char)*p >= 0x80)
			ret[n++] = *p;
	}
	ret[n] = '\0';
}

bool
coupon_insert(struct db *db, const char *code, const char *pool, uint64_t line)
{
	char folded[COUPON_CODE];
	coupon_fold(code, folded);
	return db_run(db,
		       "INSERT INTO coupons(code, folded, pool, line, state) VALUES($1, "
		       "$2, $3, $4, 'free') ON CONFLICT DO NOTHING",
		       "tttu", code, folded, pool, line) > 0;
}

bool
coupon_load(struct db *db, const char *code, struct coupon *ret)
{
	char folded[COUPON_CODE];
	coupon_fold(code, folded);
	struct db_rows *q = db_select(db,
		"SELECT code, pool, state, contact, run, message, redeemer, given, "
		"expires, redeemed, times, line FROM coupons WHERE folded = $1",
		"t", folded);
	bool found = db_next(q);
	if (found) {
		*ret = (struct coupon){.contact = db_id(q, 3),
			.run = db_id(q, 4),
			.message = db_id(q, 5),
			.redeemer = db_id(q, 6),
			.given = db_int(q, 7),
			.expires = db_int(q, 8),
			.redeemed = db_int(q, 9),
			.times = db_int(q, 10),
			.line = db_int(q, 11)};
		copy(ret->code, sizeof(ret->code), db_text(q, 0));
		copy(ret->pool, sizeof(ret->pool), db_text(q, 1));
		copy(ret->state, sizeof(ret->state), db_text(q, 2));
	}
	db_end(q);
	return found;
}

static bool
take_code(struct db_rows *q, char ret[COUPON_CODE])
{
	bool found = db_next(q);
	if (found)
		copy(ret, COUPON_CODE, db_text(q, 0));
	db_end(q);
	return found;
}

bool
coupon_next(struct db *db, const char *pool, char ret[COUPON_CODE])
{
	return take_code(db_select(db,
				 "SELECT code FROM coupons WHERE pool = $1 AND state = "
				 "'free' ORDER BY line LIMIT 1",
				 "t", pool),
		ret);
}

bool
coupon_unbound(struct db *db, const char *pool, const struct coupon_for *w,
	char ret[COUPON_CODE])
{
	return take_code(
		db_select(db,
			"SELECT code FROM coupons WHERE contact = $1 AND pool = $2 AND "
			"run = $3 AND step = $4 AND script = $5 AND message = 0 AND "
			"state "
			"= 'given' LIMIT 1",
			"ututt", w->contact, pool, w->run, w->step, w->script),
		ret);
}

bool
coupon_theirs(struct db *db, const char *pool, uint64_t contact, int64_t now,
	char ret[COUPON_CODE])
{
	return take_code(
		db_select(db,
			"SELECT code FROM coupons WHERE contact = $1 AND pool = $2 AND "
			"state = 'given' AND (expires = 0 OR expires > $3) ORDER BY "
			"given "
			"DESC LIMIT 1",
			"uti", contact, pool, now),
		ret);
}

void
coupon_give(struct db *db, const char *code, const struct coupon_for *w)
{
	db_run(db,
		"UPDATE coupons SET state = 'given', contact = $2, run = $3, script = "
		"$4, "
		"step = $5, given = $6, expires = $7, message = 0 WHERE code = $1",
		"tuuttii", code, w->contact, w->run, w->script, w->step, w->given,
		w->expires);
}

void
coupons_bind(struct db *db, uint64_t message, const struct coupon_for *w)
{
	db_run(db,
		"UPDATE coupons SET message = $1 WHERE contact = $2 AND run = $3 AND "
		"step "
		"= $4 AND script = $5 AND message = 0 AND state = 'given'",
		"uuutt", message, w->contact, w->run, w->step, w->script);
}

void
coupons_return(struct db *db, uint64_t message)
{
	bool seen = db_number(db, 0,
			    "SELECT 1 FROM attempts WHERE message = $1 AND state IN "
			    "('open', 'sent', 'unknown') LIMIT 1",
			    "u", message) != 0;
	if (seen)
		db_run(db,
			"UPDATE coupons SET state = 'void' WHERE message = $1 AND state "
			"= "
			"'given'",
			"u", message);
	else
		db_run(db,
			"UPDATE coupons SET state = 'free', contact = 0, run = 0, script "
			"= '', step = '', message = 0, given = 0, expires = 0 WHERE "
			"message = $1 AND state = 'given'",
			"u", message);
}

void
coupons_sweep(struct db *db, int64_t since, int max)
{
	db_run(db,
		"UPDATE coupons SET state = 'free', contact = 0, run = 0, script = '', "
		"step = '', given = 0, expires = 0 WHERE code IN (SELECT code FROM "
		"coupons WHERE state = 'given' AND message = 0 AND given < $1 AND run > "
		"0 "
		"ORDER BY given LIMIT $2)",
		"ii", since, (int64_t)max);
}

void
coupon_void(struct db *db, const char *code)
{
	db_run(db, "UPDATE coupons SET state = 'void' WHERE code = $1", "t", code);
}

void
coupon_redeem(struct db *db, const char *code, const struct redemption *r)
{
	db_run(db,
		"UPDATE coupons SET state = CASE WHEN $6 = 1 THEN 'redeemed' ELSE state "
		"END, redeemed = $2, redeemer = $3, number = $4, amount = $5, times = "
		"times + 1 WHERE code = $1",
		"tiutii", code, r->at, r->by, r->number, r->amount, (int64_t)r->last);
}

/* ---- friends ---- */

#define REFERRAL                                                                         \
	"SELECT id, giver, friend, at, due, code, state, number, source FROM referrals "

static bool
read_referral(struct db_rows *q, struct referral *ret)
{
	bool found = db_next(q);
	if (found) {
		*ret = (struct referral){.id = db_id(q, 0),
			.giver = db_id(q, 1),
			.friend_ = db_id(q, 2),
			.at = db_int(q, 3),
			.due = db_int(q, 4)};
		copy(ret->code, sizeof(ret->code), db_text(q, 5));
		copy(ret->state, sizeof(ret->state), db_text(q, 6));
		copy(ret->number, sizeof(ret->number), db_text(q, 7));
		copy(ret->source, sizeof(ret->source), db_text(q, 8));
	}
	db_end(q);
	return found;
}

bool
referral_of(struct db *db, uint64_t friend_, struct referral *ret)
{
	return read_referral(
		db_select(db, REFERRAL "WHERE friend = $1", "u", friend_), ret);
}

bool
referral_due(struct db *db, int64_t now, struct referral *ret)
{
	return read_referral(
		db_select(db, REFERRAL "WHERE due > 0 AND due <= $1 ORDER BY due LIMIT 1",
			"i", now),
		ret);
}

void
referral_put(struct db *db, const struct referral *r)
{
	db_run(db,
		"INSERT INTO referrals(id, code, giver, friend, state, number, source, "
		"at, due) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT "
		"(friend) "
		"DO UPDATE SET state = excluded.state, number = excluded.number, source "
		"= "
		"excluded.source, at = excluded.at, due = excluded.due",
		"utuutttii", r->id, r->code, r->giver, r->friend_, r->state, r->number,
		r->source, r->at, r->due);
}

int64_t
referrals_of(struct db *db, uint64_t giver, const char *state)
{
	return db_number(db, 0,
		"SELECT count(*) FROM referrals WHERE giver = $1 AND state = $2", "ut",
		giver, state);
}

/* ---- points ---- */

bool
points_add(struct db *db, uint64_t id, uint64_t contact, int64_t at, int64_t change,
	const char *why, const char *number, const char *agent)
{
	return db_run(db,
		       "INSERT INTO points(id, contact, at, change, why, number, agent) "
		       "VALUES($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
		       "uuiittt", id, contact, at, change, why, number, agent) > 0;
}

int64_t
points_balance(struct db *db, uint64_t contact)
{
	return db_number(
		db, 0, "SELECT sum(change) FROM points WHERE contact = $1", "u", contact);
}

int64_t
points_for(struct db *db, uint64_t contact, const char *why, const char *number)
{
	return db_number(db, 0,
		"SELECT change FROM points WHERE contact = $1 AND why = $2 AND number = "
		"$3",
		"utt", contact, why, number);
}
