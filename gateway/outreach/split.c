#include "gateway/outreach/split.h"

#include <math.h>

#include "gateway/core/proportion.h"

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

struct split_result
split_compare(struct split_side a, struct split_side b, int64_t min_each, int sure)
{
	struct split_result r = {SPLIT_NOT_ENOUGH, 0, 0};
	if (!proportion_test((struct share){b.hits, b.n}, (struct share){a.hits, a.n},
		    min_each, &r.z))
		return r;
	r.sure = 100 * erf(fabs(r.z) / sqrt(2));
	r.says = r.sure < sure ? SPLIT_NO_DIFFERENCE
		 : r.z > 0     ? SPLIT_FIRST
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
