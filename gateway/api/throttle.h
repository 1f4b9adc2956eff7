/* Counting how often somebody asks: token buckets in a table of fixed size, so that no
 * number of askers grows it. Pure: the time is handed in. */
#ifndef MALGIL_API_THROTTLE_H
#define MALGIL_API_THROTTLE_H

#include "gateway/base/def.h"

#define THROTTLE_PLACES 256

struct throttle {
	double rate;  /* a second */
	double burst; /* at once */
	struct throttle_place {
		uint64_t who; /* 0: free */
		double left;
		int64_t at; /* mono */
	} places[THROTTLE_PLACES];
};

/* Takes one from `who` (not 0). 0, or ms until there is one again. The place of whoever
 * was silent longest is taken when all are: a stranger begins with all he has. */
int64_t throttle_take(struct throttle *t, uint64_t who, int64_t mono);
/* The same without taking. */
int64_t throttle_look(const struct throttle *t, uint64_t who, int64_t mono);

#endif
