/* Whether the hour can be believed. A board without a clock of its own wakes up in 1970
 * or where it was switched off, until the network tells it the time; quiet hours, dates
 * and expiries judged by such an hour would be wrong.
 *
 * It cannot be right when it is more than five minutes before the newest thing in the
 * store, or before the day this program was built. Until it is, what comes in is stored
 * and answered; everything else waits (gate `schedule`). A clock that is ahead cannot be
 * told from a gateway that was off for long.
 *
 * A clock that once ran far ahead leaves ids of days to come, and would hold everything
 * until then. So a person may say that the hour is right after all: what counts from
 * there on is the newest hour that was believed, kept in the store, until the ids are
 * overtaken. */
#ifndef MALGIL_CORE_ALMANAC_H
#define MALGIL_CORE_ALMANAC_H

#include "gateway/core/core.h"

/* Looks at the clock again: core->clock_odd. What waited is woken when it has come right.
 */
void almanac_look(struct core *core);

/* The newest moment the store vouches for; an hour well before it cannot be right. */
int64_t almanac_newest(const struct core *core);
/* Whether that is so just now. */
bool almanac_behind(const struct core *core);
/* When this program was built, less a day for its time zone; 0 when nobody can tell. */
int64_t almanac_built(void);

/* A person says that the hour is right. 0; -EALREADY when it is believed anyway, -EINVAL
 * when it is before the day this program was built: with a sentence. */
int almanac_accept(struct core *core, const char *agent, struct strbuf *err) MUST_USE;

#endif
