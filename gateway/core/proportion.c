#include "gateway/core/proportion.h"

#include <math.h>

/* The test's own condition, by the pooled share. */
static bool
holds(struct share s, double pooled)
{
	double n = (double)s.n;
	return n * pooled >= 5 && n * (1 - pooled) >= 5;
}

bool
proportion_test(struct share a, struct share b, int64_t min_each, double *ret_z)
{
	if (a.n < MAX(min_each, 1) || b.n < MAX(min_each, 1) || a.of < 0 || b.of < 0 ||
		a.of > a.n || b.of > b.n)
		return false;
	double na = (double)a.n, nb = (double)b.n;
	double pooled = (double)(a.of + b.of) / (na + nb);
	if (!holds(a, pooled) || !holds(b, pooled))
		return false;
	*ret_z = ((double)b.of / nb - (double)a.of / na) /
		 sqrt(pooled * (1 - pooled) * (1 / na + 1 / nb));
	return true;
}

void
proportion_compare(struct share a, struct share b, struct proportion *ret)
{
	double z;
	*ret = (struct proportion){.verdict = PROPORTION_NOT_ENOUGH, .p = 1};
	if (a.n <= 0 || b.n <= 0 || a.of < 0 || b.of < 0 || a.of > a.n || b.of > b.n)
		return;
	double na = (double)a.n, nb = (double)b.n;
	double pa = (double)a.of / na, pb = (double)b.of / nb;
	double spread = sqrt(pa * (1 - pa) / na + pb * (1 - pb) / nb);
	ret->difference = pb - pa;
	ret->low = ret->difference - 1.959964 * spread;
	ret->high = ret->difference + 1.959964 * spread;
	if (!proportion_test(a, b, PROPORTION_MIN, &z))
		return;
	ret->p = erfc(fabs(z) / sqrt(2));
	ret->verdict = ret->p < PROPORTION_SURE ? PROPORTION_DIFFERENT : PROPORTION_SAME;
}

const char *
proportion_name(enum proportion_verdict verdict)
{
	switch (verdict) {
	case PROPORTION_NOT_ENOUGH: return "not enough data";
	case PROPORTION_SAME: return "no difference beyond chance";
	case PROPORTION_DIFFERENT: return "different";
	}
	return "";
}

static double
part(struct share s)
{
	return s.n > 0 ? (double)s.of / (double)s.n : 0;
}

void
proportion_contest(const struct share *of, size_t count, int64_t min_each, double bar,
	struct contest *ret)
{
	double pairs = (double)(count * (count - 1)) / 2;
	struct proportion two;
	bool enough = count >= 2;
	*ret = (struct contest){
		.second = 1, .p = 1, .bar = pairs > 1 ? bar / pairs : bar};
	for (size_t i = 1; i < count; i++) {
		if (part(of[i]) > part(of[ret->best])) {
			ret->second = ret->best;
			ret->best = i;
		} else if (ret->second == ret->best ||
			   part(of[i]) > part(of[ret->second])) {
			ret->second = i;
		}
	}
	for (size_t i = 0; i < count; i++)
		enough = enough && of[i].n >= min_each;
	if (!enough ||
		!proportion_test(of[ret->second], of[ret->best], min_each, &ret->z)) {
		ret->verdict = PROPORTION_NOT_ENOUGH;
		ret->z = 0;
		return;
	}
	proportion_compare(of[ret->second], of[ret->best], &two);
	ret->low = two.low;
	ret->high = two.high;
	ret->p = erfc(fabs(ret->z) / sqrt(2));
	ret->verdict =
		ret->z > 0 && ret->p <= ret->bar ? PROPORTION_DIFFERENT : PROPORTION_SAME;
}
