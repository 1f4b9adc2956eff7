/* Does anybody have this number? What the network says twice in a row is believed, and a
 * sign of life undoes it; but a number that was dead for a month may be somebody else's,
 * and older consents count no more. */
#ifndef MALGIL_CORE_ALIVE_H
#define MALGIL_CORE_ALIVE_H

#include "gateway/core/core.h"
#include "gateway/store/contacts.h"

/* They wrote. */
void number_lives(struct core *core, const struct contact *contact);
/* A status report about a text to them (TP-ST, 23.040 9.2.3.15). */
void number_reported(struct core *core, uint64_t message, int status);
/* A provider or the network refused for good because nobody has the number: also from a
 * driver's error table. */
void number_refused(struct core *core, uint64_t contact, const char *why);

#endif
