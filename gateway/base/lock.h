/* One opener at a time: the lock file other serial programs honour (LCK..ttyUSB0, the
 * writer's pid in ten columns) and an flock() on the device itself, which also holds when
 * two names lead to one device. */
#ifndef MALGIL_BASE_LOCK_H
#define MALGIL_BASE_LOCK_H

#include "gateway/base/strbuf.h"

struct lock {
	char path[256]; /* "" when none is held */
};

/* `fd` is the open device. 0, or -EBUSY with a sentence that says who holds it. A lock
 * file whose writer is gone is replaced. Where the directory cannot be written flock()
 * alone decides. */
int lock_take(struct lock *lock, const char *dir, const char *device, int fd,
	struct strbuf *err) MUST_USE;
void lock_drop(struct lock *lock);

#endif
