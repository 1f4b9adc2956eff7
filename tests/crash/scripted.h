/* What cases that play a script of the shop have in common. */
#ifndef MALGIL_TESTS_CRASH_SCRIPTED_H
#define MALGIL_TESTS_CRASH_SCRIPTED_H

#include "tests/crash/cases.h"

/* Where the daemon dies; `second` in the life after that, "" never again. */
struct scripted_row {
	const char *first, *second;
	bool powercut;
};

/* A folder of scripts with this one in it, and whatever the hour is here, texts may
 * leave. The usual traffic rests. */
void
scripted_prepare(struct play *p, struct rig *rig, const char *name, const char *script);
/* A case for each row: "KIND: kill PLACE, PLACE"; `like` has what they do. */
void scripted_add(const char *kind, const struct scripted_row *rows, size_t count,
	const struct play *like, void (*add)(void *arg, const struct play *p), void *arg);

#endif
