/* Whatever may take longer than 5 ms reads elsewhere: one thread with a read-only
 * connection.
 *
 * A job sees a consistent snapshot. It must not touch anything but its own argument. */
#ifndef MALGIL_STORE_READER_H
#define MALGIL_STORE_READER_H

#include "gateway/base/loop.h"
#include "gateway/store/db.h"

struct reader;

/* Opens the connection at the first job. `url` is copied. */
struct reader *reader_new(struct loop *loop, const char *url);
/* Waits for the running job; the others' `done` is never called: `discard` is, if given.
 */
void reader_free(struct reader *reader);

/* Runs `job(db, arg)` in the thread, then `done(arg)` in the loop. `db` is NULL when the
 * store cannot be opened. Jobs run in order. Returns -EAGAIN when 64 are waiting (say
 * 503). */
int reader_submit(struct reader *reader, void (*job)(struct db *db, void *arg),
	void (*done)(void *arg), void (*discard)(void *arg), void *arg) MUST_USE;

#endif
