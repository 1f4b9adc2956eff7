/* What the files of the journal share: journal.c (an attempt opened and settled),
 * journal_evidence.c (what ends a doubt), journal_recover.c (what a crash left), and
 * journal_resolve.c (what a person decides). For these alone. */
#ifndef MALGIL_CORE_JOURNAL_INSIDE_H
#define MALGIL_CORE_JOURNAL_INSIDE_H

#include "gateway/core/journal.h"
#include "gateway/store/attempts.h"

void journal_announce(
	struct core *core, const char *name, const struct message *m, const char *detail);
/* What certainly did not leave is not counted against anybody. */
void journal_nothing_left(struct core *core, const struct message *m, const char *sim);
/* The channel's place is free again. */
void journal_done_with(struct channel *ch, struct work *w);
/* A message with a part in doubt is in doubt as a whole; what happens next is its policy.
 * `again`: it may be to send again; not where there was an answer, if only of another. */
void journal_enter_doubt(struct core *core, struct message *m, uint64_t attempt,
	bool again, const char *why);
/* Keeps what the channel's references do. */
void journal_count_reference(struct channel *ch, int reference);

/* What came in the wait of `w` (a reference, -1 accepted without one, LATE_REFUSED)
 * answers it or one of those that were given up before it: none of them is settled. */
void journal_settle_either(struct channel *ch, struct work *w, const struct outcome *o,
	struct late_either *either);
#endif
