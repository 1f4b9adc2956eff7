/* Which cases there are. Places are not listed anywhere: a first run, killed once so that
 * it recovers too, traces what it passes and how often. */
#ifndef MALGIL_TESTS_CRASH_CASES_H
#define MALGIL_TESTS_CRASH_CASES_H

#include "tests/crash/play.h"

struct cases_wanted {
	bool quick;
	unsigned seed;
	const char *glob;
};

/* A list to free(); NULL when the first run failed (said on stderr). */
struct play *cases_list(const struct cases_wanted *wanted, size_t *ret_count);

/* trouble.c */
void cases_trouble(void (*add)(void *arg, const struct play *p), void *arg);

/* talking.c */
void cases_talking(bool quick, void (*add)(void *arg, const struct play *p), void *arg);

/* telling.c */
void cases_telling(bool quick, void (*add)(void *arg, const struct play *p), void *arg);

/* campaigning.c */
void
cases_campaigning(bool quick, void (*add)(void *arg, const struct play *p), void *arg);

/* calling.c */
void cases_calling(bool quick, void (*add)(void *arg, const struct play *p), void *arg);

/* sheets.c */
void cases_sheets(bool quick, void (*add)(void *arg, const struct play *p), void *arg);

/* reporting.c */
void cases_reporting(bool quick, void (*add)(void *arg, const struct play *p), void *arg);

/* scanning.c */
void cases_scanning(bool quick, void (*add)(void *arg, const struct play *p), void *arg);

#endif
