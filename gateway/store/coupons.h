/* Rows of `coupon_pools` and `coupons`, `referrals` and `points`. A code has one row for
 * ever, so none is made or brought in twice; compared by capital letters and digits
 * alone, as people type it. */
#ifndef MALGIL_STORE_COUPONS_H
#define MALGIL_STORE_COUPONS_H

#include "gateway/store/db.h"

#define COUPON_CODE 40 /* bytes, NUL included */
#define COUPON_POOL 40

struct coupon_pool {
	char name[COUPON_POOL], prefix[24], worth[128], reward[128];
	int64_t most, made; /* codes that may be made, that were */
	int64_t lasts, until, stands, low, told, created;
	int64_t free; /* counted */
};
bool pool_load(struct db *db, const char *name, struct coupon_pool *ret);
void pool_save(struct db *db, const struct coupon_pool *pool);
void pool_told(struct db *db, const char *name, int64_t what);
/* Made one more. */
void pool_made(struct db *db, const char *name);

/* Capital letters and digits of ASCII, other scripts as they are. */
void coupon_fold(const char *code, char ret[COUPON_CODE]);

struct coupon {
	char code[COUPON_CODE], pool[COUPON_POOL], state[12];
	uint64_t contact, run, message, redeemer;
	int64_t given, expires, redeemed, times, line;
};
/* False when that code was there before. */
bool coupon_insert(struct db *db, const char *code, const char *pool, uint64_t line);
/* In any spelling. */
bool coupon_load(struct db *db, const char *code, struct coupon *ret);
/* The next free one; false: none. */
bool coupon_next(struct db *db, const char *pool, char ret[COUPON_CODE]);
struct coupon_for {
	uint64_t contact, run;
	const char *script, *step;
	int64_t given, expires;
};
/* The one this step has for this text already. */
bool coupon_unbound(struct db *db, const char *pool, const struct coupon_for *whom,
	char ret[COUPON_CODE]);
/* One of the pool they were given before, still good: for codes to hand on. */
bool coupon_theirs(struct db *db, const char *pool, uint64_t contact, int64_t now,
	char ret[COUPON_CODE]);
void coupon_give(struct db *db, const char *code, const struct coupon_for *whom);
void coupons_bind(struct db *db, uint64_t message, const struct coupon_for *whom);
/* The codes of a text that will not leave: free again; void when any of it may have been
 * seen. */
void coupons_return(struct db *db, uint64_t message);
/* Those of scripts given before `since` for texts that were never written: free again, at
 * most `max`. */
void coupons_sweep(struct db *db, int64_t since, int max);
void coupon_void(struct db *db, const char *code);
struct redemption {
	uint64_t by;
	int64_t at, amount;
	const char *number;
	bool last; /* nobody else may come with it */
};
void coupon_redeem(struct db *db, const char *code, const struct redemption *r);

struct referral {
	uint64_t id, giver, friend_;
	char code[COUPON_CODE], state[8], number[129], source[33];
	int64_t at, due;
};
bool referral_of(struct db *db, uint64_t friend_, struct referral *ret);
void referral_put(struct db *db, const struct referral *r);
/* The next whose order has stood long enough. */
bool referral_due(struct db *db, int64_t now, struct referral *ret);
int64_t referrals_of(struct db *db, uint64_t giver, const char *state);

/* False when that was written down before. */
bool points_add(struct db *db, uint64_t id, uint64_t contact, int64_t at, int64_t change,
	const char *why, const char *number, const char *agent);
int64_t points_balance(struct db *db, uint64_t contact);
int64_t points_for(struct db *db, uint64_t contact, const char *why, const char *number);

#endif
