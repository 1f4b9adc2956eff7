/* Comparing two shares honestly: is what we see more than chance? The two-proportion z
 * test with a pooled share, two-sided, and the 95 % interval of the difference. Pure.
 *
 * "Not enough" is an answer: below PROPORTION_MIN people in either group, or with fewer
 * than five expected to do or not to do it, the test does not hold and no verdict is
 * given. */
#ifndef MALGIL_CORE_PROPORTION_H
#define MALGIL_CORE_PROPORTION_H

#include "gateway/base/def.h"

#define PROPORTION_MIN  100
#define PROPORTION_SURE 0.05 /* a difference as large comes by chance as rarely */

struct share {
	int64_t of, n; /* `of` people out of `n` did it */
};
/* How many standard errors the second share lies above the first. False when there is not
 * enough to tell: fewer than `min_each` in either, or the test does not hold. */
bool
proportion_test(struct share a, struct share b, int64_t min_each, double *ret_z) MUST_USE;

enum proportion_verdict { PROPORTION_NOT_ENOUGH, PROPORTION_SAME, PROPORTION_DIFFERENT };
struct proportion {
	enum proportion_verdict verdict;
	double difference, low, high; /* second minus first, in parts of one */
	double p;                     /* 1 when there is nothing to test */
};
void proportion_compare(struct share a, struct share b, struct proportion *ret);
const char *proportion_name(enum proportion_verdict verdict);

/* Several texts, and which of them did best: the best share against the second best. With
 * more than two, `bar` is divided by the number of pairs (Bonferroni), or luck would win.
 * It is won when the two differ by what chance does as rarely as that. */
#define CONTEST_MAX 16
struct contest {
	enum proportion_verdict verdict; /* PROPORTION_DIFFERENT: `best` has won */
	size_t best, second;             /* always two of them, where there are two */
	double z, p, bar;                /* p 1, z 0 when there is nothing to test */
	double low, high;                /* best minus second, in parts of one */
};
/* `count` of 2..CONTEST_MAX; `min_each` is asked of every one of them. */
void proportion_contest(const struct share *of, size_t count, int64_t min_each,
	double bar, struct contest *ret);

#endif
