/* Times as ISO 8601 text, the only form in which a time leaves the program for another
 * program. Knows UTC and fixed offsets; time zones with their rules are text/zone.h.
 * Pure. */
#ifndef MALGIL_BASE_ISO_H
#define MALGIL_BASE_ISO_H

#include "gateway/base/def.h"

#define ISO_MAX 40 /* bytes that hold any formatted time */

/* "2026-11-21T19:48:16.123Z" (offset 0) or "...+09:00"; `offset` in ms. Times outside the
 * years 0..9999 give "". */
void iso_format(int64_t wall, int64_t offset, char ret[ISO_MAX]);

/* Date and time with an offset: "2026-11-21T19:48:16Z", seconds and fraction optional, a
 * blank for the T allowed, "+09:00", "+0900" or "+09". Without an offset the time is
 * local: `ret_local` is then set (it may be NULL: such a text is refused) and the reading
 * is as if UTC. 0, or -EINVAL for anything else, 30 February included. */
int iso_parse(const char *text, int64_t *ret_wall, bool *ret_local) MUST_USE;

#endif
