/* Webhooks: stored as they came, answered when that is durable, read in a later tick
 * under a savepoint. One that ends the program while it is read is set aside at the third
 * start. */
#ifndef MALGIL_CORE_HOOKS_H
#define MALGIL_CORE_HOOKS_H

#include "gateway/core/core.h"

struct hooks *hooks_new(struct core *core);
void hooks_free(struct hooks *hooks);
/* There may be some to read. */
void hooks_wake(struct core *core);

#endif
