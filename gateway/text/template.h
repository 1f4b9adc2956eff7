/* Texts with places to fill: `{path[:filter][|literal]}`.
 *
 *	{name|고객}님, {cart.total:won} 담겨 있어요. {o.eta:date|도착일 확인 중}
 *{o.track:link|}
 *
 * A path is a name with dots. Filters, one at most; after it a pair of particles may
 * stand ({item:cut14:은/는|...}):
 *	won     39,000원            date  2026년 11월 21일 / 21 Nov 2026
 *	day     11월 21일(토)       time  오후 3:30 / 3:30 pm
 *	cutN    at most N characters, ".." where something was cut
 *	은/는   the value and the particle that fits it (text/particle.h)
 *	link    a tracked link      label an answer in words      menu  rows to choose
 *from Functions: {coupon:POOL}, {link:/path}, {price:sku}. What follows | is printed as
 *it stands when the value is missing or is nothing the filter can print. {{ and }} are
 *braces.
 *
 * Parsed once, rendered often. What a name means and what links and coupons are is asked
 *of the caller. Pure. */
#ifndef MALGIL_TEXT_TEMPLATE_H
#define MALGIL_TEXT_TEMPLATE_H

#include "gateway/text/value.h"

struct template;

/* 0 and a template for template_free(); -EINVAL with "character 7: sentence". */
int template_parse(const char *text, struct template **ret, struct strbuf *err) MUST_USE;
void template_free(struct template *t);
const char *template_source(const struct template *t);

enum template_call {
	TEMPLATE_COUPON, /* argument: the pool */
	TEMPLATE_LINK,  /* argument: a path of the shop's site, or the address to track */
	TEMPLATE_PRICE, /* argument: the sku */
	TEMPLATE_LABEL, /* argument: the path; value: what it holds */
	TEMPLATE_MENU,  /* argument: the path */
};

struct template_env {
	void *ctx;
	/* Leaves `ret` alone for what is missing; lends until the next call. */
	void (*get)(void *ctx, const char *path, struct value *ret);
	/* Appends what the function or filter gives; false when there is nothing. */
	bool (*call)(void *ctx, enum template_call what, const char *argument,
		const struct value *value, struct strbuf *out);
	int64_t now;      /* what {now} is */
	const char *zone; /* of dates */
	const char *lang; /* "ko", "en": how numbers and dates are written */
};

/* Appends to `out`. -ENOENT when something without a fallback is missing, its path then
 * in `missing` (may be NULL): such a text must not leave. */
int template_render(const struct template *t, const struct template_env *env,
	struct strbuf *out, struct strbuf *missing) MUST_USE;

/* One place, for checkers. For a function, `path` is its name and `filter` its argument.
 */
struct template_place {
	const char *path, *filter; /* filter NULL without one */
	bool function, fallback;
};

size_t template_count(const struct template *t);
struct template_place template_at(const struct template *t, size_t i);
/* The places replaced by nothing: the words that are always there. */
void template_literal(const struct template *t, struct strbuf *out);

#endif
