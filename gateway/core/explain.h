/* Why a message is where it is: every gate with its verdict, recomputed from the store.
 */
#ifndef MALGIL_CORE_EXPLAIN_H
#define MALGIL_CORE_EXPLAIN_H

#include "gateway/core/gates.h"
#include "gateway/store/messages.h"

struct explanation {
	struct message message; /* released by explanation_done() */
	struct verdict verdict; /* as if it were judged now; for a finished message, as it
				   ended */
	int64_t cost; /* by that channel, thousandths of the currency, 0 unknown */
};

/* False when there is no such outbound message. Loop thread only (it knows the channels).
 */
bool explain_message(struct core *core, uint64_t id, struct explanation *ret);
void explanation_done(struct explanation *e);

#endif
