/* Keeping the shop's memory safe: a copy of the store into `owner.backup` each night (and
 * whenever somebody asks), the log of consents beside it as they happen, and an alarm
 * when the last good copy is old. All of it in a thread of its own, which only reads the
 * store; the loop merely hears how it went.
 *
 * Without owner.backup nothing is copied, and whoever asks is told so. */
#ifndef MALGIL_CORE_KEEP_H
#define MALGIL_CORE_KEEP_H

#include "gateway/core/core.h"

struct keep *keep_new(struct core *core);
/* Stops a copy that is under way; it leaves nothing. */
void keep_free(struct keep *keep);

/* An event was written: consents and people forgotten go into the log after the commit.
 */
void keep_event(struct core *core, const struct event *event);

/* Begins a copy now. 0, also when one is under way; -ENOENT with a sentence when no
 * folder is configured; -EAGAIN. */
int keep_backup(struct core *core, struct strbuf *err) MUST_USE;

struct keep_state {
	bool running;
	long done, total; /* pages */
	int64_t good;     /* when the last good copy was made, 0 never */
	int64_t tried;    /* and the last attempt */
	const char *why;  /* why that one failed, "" it did not; borrowed */
	const char *log;  /* why the log cannot be written, "" it can */
	const char *key;  /* what is wrong with the key of the forgotten, "" nothing */
};
void keep_state(struct core *core, struct keep_state *ret);

/* Since when the store waits, restored, for the owner to confirm; 0: it does not. Kept in
 * memory, so that clocks may ask at every turn. */
int64_t keep_waits(const struct core *core);
/* The owner confirms: promotions and clocks go on. False: there was nothing to confirm.
 */
bool keep_confirm(struct core *core, const char *who);

#endif
