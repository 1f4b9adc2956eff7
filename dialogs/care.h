/* What an earlier life of the program left undone is handled with care: whatever is taken
 * in hand is counted durably before, and what was in hand when the program ended is taken
 * alone the next time. So what ends the program again and again is found and set aside,
 * and what merely lay beside it is not. Part of the shell. */
#ifndef MALGIL_DIALOGS_CARE_H
#define MALGIL_DIALOGS_CARE_H

#include "gateway/base/def.h"

struct dialogs;

#define CARE_BATCH 16
enum care_kind { CARE_TIMER, CARE_EVENT, CARE_ENTRY, CARE_KINDS };

struct care {
	struct dialogs *d;
	uint64_t first; /* of those counted */
	size_t count;   /* in hand, 0 none */
	bool leftover;  /* there may be some of an earlier life */
	bool durable;   /* that they are counted */
};

/* Once at the start. */
void care_begin(struct dialogs *d);
/* Of `n` things that wait, the first first: how many may be handled now. 0: none yet,
 * look again when woken. `ret_aside`: the first is not to be handled but set aside. */
size_t care_admits(struct dialogs *d, enum care_kind kind, const uint64_t *ids, size_t n,
	bool *ret_aside);
/* A count waits for its commit, and wakes the shell then. */
bool care_waits(const struct dialogs *d);

#endif
