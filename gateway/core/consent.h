/* Consent words: STOP, START, HELP, before anything else looks at a text. */
#ifndef MALGIL_CORE_CONSENT_H
#define MALGIL_CORE_CONSENT_H

#include "gateway/core/handler.h"

/* True when the text was a consent word and everything it asks for is done, in this
 * tick's commit: ledger row, block, queued promotions cancelled, one confirmation. */
bool consent_handle(struct core *core, const struct inbound *in);

#endif
