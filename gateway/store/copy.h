/* A whole copy of a store, made while it is in use: pages by SQLite's backup interface
 * from a connection of the caller's, under one snapshot, so that nobody waits and the
 * copy is of one moment.
 *
 * The copy is one file in rollback mode (no -wal beside it), checked after writing
 * (PRAGMA quick_check, and the numbers of rows against those of the snapshot), synced,
 * and only then given its name. A copy that failed leaves nothing. */
#ifndef MALGIL_STORE_COPY_H
#define MALGIL_STORE_COPY_H

#include <stdatomic.h>

#include "gateway/store/db.h"

/* Shared with the thread that copies: how far it is, and whether it should stop. */
struct copy_progress {
	atomic_long done, total; /* pages */
	atomic_bool stop;
};

struct copy_wish {
	const char *path;               /* where to; must not be there */
	const char *kind;               /* "backup" or "move": kept inside the copy */
	int64_t at;                     /* wall, kept inside too */
	struct copy_progress *progress; /* may be NULL */
};
struct copy_report {
	int64_t bytes, contacts, messages, consents;
};
/* 0; -EEXIST, -ENOSPC, -ECANCELED, -EBADMSG (the copy, or the store, is damaged), -errno;
 * each with a sentence. `from` is a reader's connection without a query under way. */
int store_copy(struct db *from, const struct copy_wish *wish, struct copy_report *ret,
	struct strbuf *err) MUST_USE;

/* The pages of one database file into another that is not there yet, whatever they mean.
 * 0, or -errno with a sentence. */
int store_copy_file(const char *from, const char *to, struct strbuf *err) MUST_USE;

/* Makes what was written to a file, or the names in its folder, durable. 0 or -errno. */
int file_sync(const char *path) MUST_USE;
int folder_sync_of(const char *path) MUST_USE;
/* Bytes of a small file (at most 1 MiB) into another: temporary name, fsync, rename. The
 * copy is 0600. 0 or -errno. */
int file_copy(const char *from, const char *to) MUST_USE;
/* Bytes of a file of any size into a new one (0600), not synced. 0 or -errno. */
int file_copy_large(const char *from, const char *to) MUST_USE;

/* strerror(), and for a place that may only be read what lets a service write there. */
const char *file_trouble(int error);

#endif
