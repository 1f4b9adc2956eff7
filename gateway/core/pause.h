/* Pauses: a person stops everything, a class of texts, or a channel, until a time or
 * until somebody resumes. What is paused waits and is not lost; the one confirmation of
 * an opt-out leaves all the same. Rows of `pauses`; nothing is kept in memory. */
#ifndef MALGIL_CORE_PAUSE_H
#define MALGIL_CORE_PAUSE_H

#include "gateway/core/config.h"
#include "gateway/store/db.h"
#include "gateway/store/messages.h"

#define PAUSES     (CONFIG_CHANNELS + CLASS_COUNT + 1)
#define PAUSE_OPEN INT64_MAX /* until somebody resumes */

struct core;
struct pause {
	char what[80]; /* "all", "class:marketing", "channel:NAME" */
	int64_t at, until;
	char agent[64], why[160];
};
struct pauses {
	struct pause_short {
		char what[80];
		int64_t until; /* 0: open */
	} list[PAUSES];
	size_t count;
};
void pauses_load(struct db *db, struct pauses *ret);
/* Until when a channel is paused: PAUSE_OPEN, or a time; 0: it is not. */
int64_t pause_of_channel(const struct pauses *pauses, const char *name, int64_t now);
/* The same for a class, 0 for an open pause as the gates want it: *ret_what is NULL when
 * nothing holds it, else what does ("everything", "marketing"). */
int64_t pause_of_class(const struct pauses *pauses, enum message_class cls, int64_t now,
	const char **ret_what);
/* Does a pause hold everything, or this channel, now? For the dispatcher, which leaves
 * what is queued where it is. */
bool paused_here(struct core *core, const char *channel);

/* A person pauses; what was paused already gets the new end and reason. 0; -EINVAL with a
 * sentence (no such class or channel, a time that is over). */
int pause_set(struct core *core, const struct pause *pause, struct strbuf *err) MUST_USE;
/* 0, or -ENOENT with a sentence. What waited for it is looked at again at once. */
int pause_lift(struct core *core, const char *what, const char *agent,
	struct strbuf *err) MUST_USE;
void
pauses_list(struct db *db, bool (*each)(void *arg, const struct pause *p), void *arg);

#endif
