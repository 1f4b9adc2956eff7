/* The files of a watched folder: which one is complete, its bytes, and where it goes
 * afterwards. Runs in a thread that may wait for a slow disk or a share; knows nothing
 * of what the files say.
 *
 * A file is complete when it was the same twice, some seconds apart. Names that begin
 * with a dot or "~$", and those of downloads under way, are nobody's yet. What is no
 * plain file, links included, is never opened. */
#ifndef MALGIL_API_FOLDER_FILES_H
#define MALGIL_API_FOLDER_FILES_H

#include "gateway/base/strbuf.h"

#define FOLDER_NAME 256
#define FOLDER_SEEN 256 /* files looked at at once; the others wait */
#define FOLDER_HASH 65

struct folder_seen {
	char name[FOLDER_NAME];
	int64_t bytes, changed; /* ns */
	bool there;
	bool passed_over; /* by the caller: until it changes */
	int64_t rests;    /* by the caller: until then, so that others are read first */
};
/* What the last look saw. */
struct folder_view {
	struct folder_seen seen[FOLDER_SEEN];
	size_t count;
};

/* Looks again, at `now`, which `rests` is compared with. 1 and the oldest of the complete
 * files, 0: there is none, `ret_coming` when one may be soon; -errno with a sentence.
 * Makes the folder when it is missing. */
int folder_look(const char *folder, int64_t now, struct folder_view *view,
	struct folder_seen *ret_file, bool *ret_coming, struct strbuf *err) MUST_USE;
/* Its bytes, at most the ceiling of `ret`, and their SHA-256. 0; -EAGAIN: it changed;
 * -EFBIG, -errno; each with a sentence. */
int folder_load(const char *folder, const struct folder_seen *file, struct strbuf *ret,
	char ret_hash[FOLDER_HASH], struct strbuf *err) MUST_USE;
/* Moves it into FOLDER/SUB under a name that is free, with NAME.errors.csv beside it
 * where `errors` has something. 0; -EAGAIN: it changed since; -errno with a sentence. */
int folder_put_away(const char *folder, const struct folder_seen *file, const char *sub,
	const struct strbuf *errors, struct strbuf *err) MUST_USE;
/* Deletes what has lain in FOLDER/SUB since before that moment (ms), at most `max` files
 * of it. How many went, or -errno with a sentence; a folder that is not there has none.
 */
int folder_throw_away(const char *folder, const char *sub, int64_t before, int max,
	struct strbuf *err) MUST_USE;

#endif
