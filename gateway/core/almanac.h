/* Whether the hour can be believed. A board without a clock of its own wakes up in 1970
 * or where it was switched off, until the network tells it the time; quiet hours, dates
 * and expiries judged by such an hour would be wrong.
 *
 * It cannot be right when it is more than five minutes before the newest thing in the
 * store, or before the day this program was built. Until it is, what comes in is stored
 * and answered; everything else waits (gate `schedule`). A clock that is ahead cannot be
 * told from a gateway that was off for long. */
#ifndef MALGIL_CORE_ALMANAC_H
#define MALGIL_CORE_ALMANAC_H

#include "gateway/core/core.h"

/* Looks at the clock again: core->clock_odd. What waited is woken when it has come right.
 */
void almanac_look(struct core *core);

#endif
