/* Who gets which text, and which of two texts did better. Pure. */
#ifndef MALGIL_OUTREACH_SPLIT_H
#define MALGIL_OUTREACH_SPLIT_H

#include "gateway/base/def.h"

/* A number of 0..99 that belongs to a person within a campaign, always the same; another
 * `salt`, another independent number. */
enum split_salt { SPLIT_HOLDOUT = 1, SPLIT_TEST, SPLIT_VARIANT };
int split_percent(uint64_t campaign, uint64_t contact, enum split_salt salt);

/* Two proportions, hits of n each: is one of them better? proportion_test() is asked;
 * `sure` is in percent, 50..99. */
enum split_says { SPLIT_NOT_ENOUGH, SPLIT_NO_DIFFERENCE, SPLIT_FIRST, SPLIT_SECOND };
struct split_result {
	enum split_says says;
	double z, sure; /* how sure it is that they differ, in percent */
};
struct split_side {
	int64_t n, hits;
};
struct split_result
split_compare(struct split_side a, struct split_side b, int64_t min_each, int sure);
/* Words for people, static. */
const char *split_says_name(enum split_says says);

#endif
