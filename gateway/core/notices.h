/* What a pack wants told afterwards: the result of a consent, a refusal or a withdrawal
 * (Korea: within 14 days), and every now and then that a consent still stands. They go
 * through the outbox as service texts, once for each row of the ledger; where somebody
 * was answered at the time, that answer was the notice. */
#ifndef MALGIL_CORE_NOTICES_H
#define MALGIL_CORE_NOTICES_H

#include "gateway/core/core.h"

/* Some more of them; how many rows were looked at, 0 when none is left for now. */
int notices_results(struct core *core);
int notices_reconfirm(struct core *core);

#endif
