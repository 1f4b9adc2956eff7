/* Time zones by their IANA names, daylight saving included, on ICU. Pure. */
#ifndef MALGIL_TEXT_ZONE_H
#define MALGIL_TEXT_ZONE_H

#include "gateway/base/strbuf.h"

bool zone_known(const char *name); /* "Asia/Seoul" */

/* What to add to UTC at that moment, in ms. An unknown zone counts as UTC. */
int64_t zone_offset(const char *zone, int64_t wall);
/* A local reading (ms as if UTC) to the moment it names: the first of two when clocks go
 * back, the moment after the gap when it never happened. */
int64_t zone_from_local(const char *zone, int64_t local);

/* "KR": ISO 3166-1 alpha-2. */
bool country_known(const char *code);

#endif
