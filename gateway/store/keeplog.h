/* The log beside the backups: every change of consent and every person forgotten, a line
 * of JSON each, appended and synced as they happen, so that a restored backup forgets no
 * STOP and brings nobody back.
 *
 * What a log has already is read from its own last line, so a stick that was away, or a
 * fresh one, catches up by itself. Each copy begins a new log (vault.h); a restore reads
 * all there are. Lines that are no JSON (the power went while one was written) are passed
 * over and counted. */
#ifndef MALGIL_STORE_KEEPLOG_H
#define MALGIL_STORE_KEEPLOG_H

#include "gateway/store/db.h"

/* Appends what is missing, and syncs. `fresh`: begin a new log, as after a copy. Returns
 * the lines written, or -errno with a sentence. Through any connection, outside a
 * transaction. */
int keeplog_write(struct db *db, const char *folder, const char *instance, int64_t now,
	bool fresh, struct strbuf *err) MUST_USE;

struct keeplog_merged {
	int64_t files, lines, bad, consents, stops, forgotten;
	int64_t newest; /* the newest thing told, wall; 0 nothing */
};
/* Tells an opened store what the logs of the folder know and it does not; twice is once.
 * Not committed. 0, or -errno with a sentence. */
int keeplog_merge(struct db *db, const char *folder, const char *instance,
	struct keeplog_merged *ret, struct strbuf *err) MUST_USE;

#endif
