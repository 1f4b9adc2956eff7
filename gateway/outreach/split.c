#include "gateway/outreach/split.h"

#include <math.h>

/* splitmix64's finisher: neighbours in, strangers out. */
static uint64_t
mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

int
split_percent(uint64_t campaign, uint64_t contact, enum split_salt salt)
{
	return (int)(mix(mix(campaign + (uint64_t)salt) ^ contact) % 100);
}

/* The z-test's own condition, by the pooled share. */
static bool
normal_enough(struct split_side s, double p)
{
	return (double)s.n * p >= 5 && (double)s.n * (1 - p) >= 5;
}

struct split_result
split_compare(struct split_side a, struct split_side b, int64_t min_each, int sure)
{
	struct split_result r = {SPLIT_NOT_ENOUGH, 0, 0};
	if (a.n < MAX(min_each, 1) || b.n < MAX(min_each, 1))
		return r;
	double pa = (double)a.hits / (double)a.n, pb = (double)b.hits / (double)b.n;
	double p = (double)(a.hits + b.hits) / (double)(a.n + b.n);
	if (!normal_enough(a, p) || !normal_enough(b, p))
		return r;
	r.z = (pa - pb) / sqrt(p * (1 - p) * (1 / (double)a.n + 1 / (double)b.n));
	r.sure = 100 * erf(fabs(r.z) / sqrt(2));
	r.says = r.sure < sure ? SPLIT_NO_DIFFERENCE
		 : pa > pb     ? SPLIT_FIRST
			       : SPLIT_SECOND;
	return r;
}

const char *
split_says_name(enum split_says says)
{
	static const char *const names[] = {[SPLIT_NOT_ENOUGH] = "not enough data",
		[SPLIT_NO_DIFFERENCE] = "no difference",
		[SPLIT_FIRST] = "first",
		[SPLIT_SECOND] = "second"};
	return names[says];
}
