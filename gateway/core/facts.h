/* The facts admit() wants about a message, gathered from the store, the packs, the policy
 * and the channels. The one place that knows where each of them lives. */
#ifndef MALGIL_CORE_FACTS_H
#define MALGIL_CORE_FACTS_H

#include "gateway/core/channel_inside.h"
#include "gateway/core/gates.h"

/* `first` is asked before the other candidates, NULL: the router's order. What the facts
 * borrow lives until the next call from the same thread. */
void facts_gather(struct core *core, const struct message *m, const struct channel *first,
	struct gate_facts *ret);

#endif
