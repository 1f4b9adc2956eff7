/* A question to somebody else's SQLite file: the shop's own. Read only by every means
 * there is, because the file is not ours and the statement was written by hand.
 *
 *  - The file is opened read-only for the one question and closed again, so a file that
 * was replaced or has vanished is noticed, and nothing of it is kept locked.
 *  - The statement must be one SELECT: SQLite's own judgement (sqlite3_stmt_readonly) and
 * an authorizer that knows nothing but reading both have to agree. No ATTACH, no PRAGMA,
 * no extension, nothing that touches another file.
 *  - Arguments are bound as texts, by name (:phone), never spliced.
 *  - Time, rows, bytes of a value and of the whole have ends.
 *
 * From any one thread. */
#ifndef MALGIL_STORE_FOREIGN_H
#define MALGIL_STORE_FOREIGN_H

#include <stdatomic.h>

#include "gateway/base/strbuf.h"

struct foreign_arg {
	const char *name, *value;
};

struct foreign_query {
	const char *path, *sql;
	const struct foreign_arg *args;
	size_t arg_count;
	int rows;          /* at most so many are read */
	int64_t wait;      /* ms for all of it, waiting for somebody's lock included */
	atomic_bool *stop; /* ends it when set, from any thread; NULL: nobody can */
};

/* One row: names and values, NULL where the column is null; borrowed for the call. */
struct foreign_row {
	const char *const *names, *const *values;
	size_t count;
};
#define FOREIGN_COLUMNS 64
#define FOREIGN_VALUE   4096 /* bytes of a value; what is longer is cut */

/* Rows delivered, and *ret_more when there would have been others. -ETIMEDOUT, -EBUSY
 * (locked), -ENOENT, -EACCES, -EBADMSG (not a database), -EPERM (the statement would do
 * more than read), -EINVAL (it cannot be understood), -EIO, with a sentence. */
int foreign_select(const struct foreign_query *query,
	void (*each)(void *arg, const struct foreign_row *row), void *arg, bool *ret_more,
	struct strbuf *err) MUST_USE;

/* Only looks whether the statement could run: the same errors. */
int foreign_check(const struct foreign_query *query, struct strbuf *err) MUST_USE;

#endif
