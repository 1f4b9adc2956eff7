/* Each night after four o'clock of the shop, when the backup is made: is the store whole
 * (store/sound.h)? In a thread of its own, which only reads. A store that is damaged
 * where nobody looked is said to the owner, each day again for as long as it is so, while
 * there are still good backups; the program goes on, since what it writes is held
 * against what it reads, and ends as soon as that fails. */
#ifndef MALGIL_CORE_CHECKUP_H
#define MALGIL_CORE_CHECKUP_H

#include "gateway/core/core.h"

struct checkup *checkup_new(struct core *core);
/* Waits for the table that is being read. */
void checkup_free(struct checkup *checkup);

#endif
