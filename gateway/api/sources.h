/* What the shop's platforms call /hooks/sources/NAME for: stored as it came, answered
 * when that is durable, understood in a later tick (core/sources.h) under a savepoint,
 * and told to the rest of the program the way POST /v1/events and /v1/orders tell it.
 * Twice is once; what is older than what is known of an order changes it no more. */
#ifndef MALGIL_API_SOURCES_H
#define MALGIL_API_SOURCES_H

#include "gateway/core/core.h"

/* After core_start(); what an earlier life left is read. */
void platforms_start(struct core *core);
void platforms_stop(struct core *core);

#endif
