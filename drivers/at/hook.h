/* A program that is run for its effect (switching a USB port off and on), never waited
 * for by the loop: looked at now and then, killed when it takes too long. */
#ifndef MALGIL_AT_HOOK_H
#define MALGIL_AT_HOOK_H

#include "gateway/base/loop.h"

struct hook {
	struct loop_timer timer;
	int pid; /* 0: none is running */
	int64_t deadline;
};

void hook_init(struct hook *hook, struct loop *loop);
/* Runs `program device name`; one at a time. 0 or -errno. */
int hook_run(struct hook *hook, const char *program, const char *device,
	const char *name) MUST_USE;
/* Ends what still runs. */
void hook_stop(struct hook *hook);

#endif
