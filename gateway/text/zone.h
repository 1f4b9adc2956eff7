/* Time zones by their IANA names, daylight saving included, on ICU. Pure: what is
 * remembered between calls (spans of constant offset, for each thread its own) only saves
 * time. */
#ifndef MALGIL_TEXT_ZONE_H
#define MALGIL_TEXT_ZONE_H

#include "gateway/base/strbuf.h"

bool zone_known(const char *name); /* "Asia/Seoul" */

/* What to add to UTC at that moment, in ms. An unknown zone counts as UTC. */
int64_t zone_offset(const char *zone, int64_t wall);
/* A local reading (ms as if UTC) to the moment it names: the first of two when clocks go
 * back, as far behind the gap as it would stand in it when it never happened. */
int64_t zone_from_local(const char *zone, int64_t local);

/* A stretch of time [from, until) in which a zone's offset does not change. */
struct zone_span {
	int64_t from, until, offset;
};
void zone_span(const char *zone, int64_t wall, struct zone_span *ret);

/* When the clock first shows a local reading or a later one, and from when on it never
 * shows an earlier one. The two differ only where clocks go back over the reading; where
 * they jump over it, both are the end of the gap. */
int64_t zone_local_first(const char *zone, int64_t local);
int64_t zone_local_last(const char *zone, int64_t local);
/* "KR": ISO 3166-1 alpha-2. */
bool country_known(const char *code);

#endif
