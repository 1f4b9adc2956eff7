/* The journal: never lost, never silently doubled.
 *
 * For each segment handed over there is an `attempts` row, durable before the first byte
 * that could make the network accept it leaves. What came of it is written with the next
 * attempt in one commit. "May have gone out" is a state of its own, and ends only by
 * evidence, by a person's decision, or by running out of time. */
#ifndef MALGIL_CORE_JOURNAL_H
#define MALGIL_CORE_JOURNAL_H

#include "gateway/core/dispatch.h"

struct attempt;

/* Opens the attempt row for the work's part and moves its message to `sending`. */
void journal_begin(struct channel *ch, struct work *w);
/* Writes what came of the work's attempt; the work is then free, or stands at its next
 * part. */
void journal_settle(struct channel *ch, struct work *w, const struct outcome *outcome);

/* An attempt in doubt turned out to have been accepted (reference -1: unknown), or never
 * to have left. `how` names the evidence. Ignored when the attempt is not in doubt. */
void
journal_accepted(struct core *core, uint64_t attempt, int reference, const char *how);
void journal_never_left(struct core *core, uint64_t attempt, const char *how);
/* That the number of an attempt is its own is certain, and not only what the modem said
 * in its wait: what that proves of the doubts beside it. */
void journal_numbered(struct core *core, const struct attempt *a);
/* The doubt that was the last thing the channel's modem had in its hands, 0 when there is
 * none or more than one: the only one that references can prove anything about. */
uint64_t journal_open_doubt(struct channel *ch);
/* A +CMGS outside its wait is one of those that are still out after an answer that was
 * anybody's. When all have come they are those texts', in their order. */
bool journal_either_answered(struct channel *ch, int reference);

/* The channel cannot send for now: what waits between two parts goes back to the queue,
 * where it expires, is cancelled and is judged again like everything else. */
void journal_set_aside(struct channel *ch);

/* At start, and after a lost tick: what was in flight is in doubt, what was between two
 * parts waits again. */
void journal_recover(struct core *core);

/* A doubt whose message expired is closed as it is. */
void journal_close_doubt(struct core *core, struct message *m, const char *why);

/* A person settles an in-doubt message. "sent": it went out. "resend": send the doubtful
 * part again, same reference and sequence, then the rest. "close": leave it in doubt for
 * good. 0; -ENOENT; -EPERM or -EINVAL with a sentence. */
int journal_resolve(struct core *core, uint64_t message, const char *how,
	struct strbuf *err) MUST_USE;

#endif
