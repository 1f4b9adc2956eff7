/* The comparison: what the network swears was on air and on the SIMs against what the
 * store says, read from the file after the daemon has gone. The daemon is not asked. */
#ifndef MALGIL_TESTS_CRASH_VERDICT_H
#define MALGIL_TESTS_CRASH_VERDICT_H

#include "tests/crash/traffic.h"

struct verdict_count {
	int faults;        /* broken promises; each has a line in the case's log */
	int lost, doubled; /* of them: accepted or injected and gone; on air or kept twice
			    */
	int doubts;        /* attempts that were ever in doubt */
	int in_doubt;      /* messages still so */
	int settled;       /* doubts that evidence settled */
	int reports_lost;  /* handed over by the modem while nobody lived to write them
			      down */
	char first[200];   /* the first of the faults */
};

struct verdict_rules {
	int doubts_per_life; /* at most so many attempts of one channel and life */
	bool other_doubts;   /* lost ticks leave doubts without a kill; all of them are
				settled */
};

void verdict_give(const struct traffic *t, const struct verdict_rules *rules,
	struct verdict_count *ret);

#endif
