/* What providers in the cloud tell, made true: texts, what became of messages, opt-outs.
 * The driver's side of it is in driver.h. */
#ifndef MALGIL_CORE_PROVIDERS_H
#define MALGIL_CORE_PROVIDERS_H

#include "gateway/core/channel_inside.h"

/* Does the channel hand over whole texts, not segments? */
bool provider_takes_whole(const struct core *core, uint64_t channel);
/* An attempt learned its id: what was told of it before fits now. */
void provider_reports_due(struct channel *ch, uint64_t attempt, uint64_t message);
/* A refusal that says something of the person. */
void provider_refused(
	struct channel *ch, const char *phone, enum refusal refusal, const char *why);
/* Now and then: sets of parts that were never completed. */
void providers_sweep(struct core *core);

#endif
