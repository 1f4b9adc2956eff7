#include "gateway/api/throttle.h"

/* Eight places are looked at for one: those behind where the name leads. */
#define NEAR 8

static size_t
place_of(uint64_t who, size_t i)
{
	uint64_t h = who * UINT64_C(0x9E3779B97F4A7C15);
	return (size_t)((h >> 32) + i) % THROTTLE_PLACES;
}

static double
filled(const struct throttle *t, const struct throttle_place *p, int64_t mono)
{
	double left = p->left + (double)(mono - p->at) * t->rate / 1000;
	return MIN(left, t->burst);
}

static int64_t
wait_for(const struct throttle *t, double left)
{
	return left >= 1 ? 0 : (int64_t)((1 - left) * 1000 / t->rate) + 1;
}

int64_t
throttle_take(struct throttle *t, uint64_t who, int64_t mono)
{
	struct throttle_place *p = NULL;
	for (size_t i = 0; i < NEAR; i++) {
		struct throttle_place *q = &t->places[place_of(who, i)];
		if (q->who == who) {
			p = q;
			break;
		}
		if (!p || !q->who || (p->who && q->at < p->at))
			p = q;
	}
	if (p->who != who)
		*p = (struct throttle_place){who, t->burst, mono};
	p->left = filled(t, p, mono);
	p->at = mono;
	int64_t wait = wait_for(t, p->left);
	if (!wait)
		p->left -= 1;
	return wait;
}

int64_t
throttle_look(const struct throttle *t, uint64_t who, int64_t mono)
{
	for (size_t i = 0; i < NEAR; i++) {
		const struct throttle_place *p = &t->places[place_of(who, i)];
		if (p->who == who)
			return wait_for(t, filled(t, p, mono));
	}
	return 0;
}
