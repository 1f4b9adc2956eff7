/* What the month was, told to the owner on its first morning: texts, who joined and who
 * left, cost, tickets, complaints. Counted in the reader thread at night, kept as an
 * event "owner.digest", and sent as a text of its own at ten o'clock. */
#ifndef MALGIL_CORE_DIGEST_H
#define MALGIL_CORE_DIGEST_H

#include "gateway/core/core.h"

/* Counts and tells, if that was not done for the month that is over. Of a store that is
 * younger than that month it tells nothing. */
void digest_look(struct core *core);

#endif
