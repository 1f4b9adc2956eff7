/* A step's `variants` and its `winner`: when one text has done better than the others by
 * more than chance, and from when on everybody gets it. Pure.
 *
 * A test is the names of the texts, their words, and what they are judged by. Whatever
 * else of the script changes, it goes on, and what was decided stays decided; other words
 * are another test, which begins with nothing. Shares, `min_each`, `sure` and `stop` may
 * be changed on the way.
 *
 * The rule is that of campaigns (core/proportion.h): the best against the second best, at
 * least `min_each` people each (200), surer than `sure` percent (95). But here the
 * figures are looked at again and again, and who looks often enough sees a winner where
 * there is none. So they are judged only when twice as many as the last time have done
 * it, and each look may use up half of the doubt that is left: with `sure = 90` the first
 * wants a p below 0.05, the second below 0.025. However often it is looked at, at most 10
 * of 100 tests of equal texts find a winner. After `stop` a last look uses up what is
 * left; then it is over, and without a winner the shares stay as they are written. */
#ifndef MALGIL_DIALOGS_VARIANTS_H
#define MALGIL_DIALOGS_VARIANTS_H

#include "gateway/core/proportion.h"
#include "gateway/store/variants.h"
#include "dialogs/script.h"

#define VARIANTS_MIN  200
#define VARIANTS_SURE 95

/* What names a test: of the step's texts, in all their languages. */
void variants_print(const struct step *step, char ret[17]);

/* Puts the figures, one share for each variant of the step in its order, into the row,
 * and judges them if it is time. True when the test is over now: decided, or over. */
bool variants_judge(struct variant_test *test, const struct step *step,
	const struct share *of, int64_t now);

/* "step remind: 'b' wins by goal, 61 of 402 against 30 of 398 of 'a' (p 0.0004, below
 * 0.05)", or why nobody does. */
void variants_say(const struct variant_test *test, struct strbuf *out);

/* The variant's place in the step's list by its name; -1. */
int variants_find(const struct step *step, const char *name);

#endif
