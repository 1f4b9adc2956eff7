/* What is done when nobody waits for it: some rows in each tick, never a long one.
 *
 * At once when there is something: forgetting people (core/erase.h), undoing imports
 * (core/rolls.h). Every minute: what
 * the owner should hear of the budgets. Each night after three o'clock of the shop, once:
 * what has been kept long enough is thrown away, what a pack wants told is sent, the
 * owner hears of a long silence. How far it came is in the store; a crash goes on from
 * there. */
#ifndef MALGIL_CORE_NIGHT_H
#define MALGIL_CORE_NIGHT_H

#include "gateway/core/core.h"
#include "gateway/store/erasure.h"

struct night *night_new(struct core *core);
void night_free(struct night *night);
/* There is something to do before the next night. */
void night_wake(struct core *core);

/* Older than that is thrown away (wall time); 0: it is kept for ever. The shop's own
 * figure, where it is the shorter one, else the shop's country's pack. */
int64_t night_keeps_since(const struct core *core, enum purge_what what);

/* People nothing was heard of since then are forgotten; 0: nobody is. */
int64_t night_inactive_since(const struct core *core);

#endif
