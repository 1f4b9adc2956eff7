/* Telling the owner what cannot wait. */
#ifndef MALGIL_CORE_OWNER_H
#define MALGIL_CORE_OWNER_H

#include "gateway/core/core.h"

/* An event "owner.alert", and a text to owner.phone where owner.alert says "sms" (which
 * it does when nothing is said). One that cannot be sent is an event too. */
void owner_alert(struct core *core, const char *text);

#endif
