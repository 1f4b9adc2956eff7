/* Ids: positive, time-ordered, never repeated, made by us.
 *
 * The upper bits are wall-clock milliseconds, the lower 20 a counter, so an id also says
 * about when. A clock that steps back does not matter: an id is always greater than the
 * last one made and than whatever ids_seen() was told (the newest id in the store). */
#ifndef MALGIL_BASE_IDS_H
#define MALGIL_BASE_IDS_H

#include "gateway/base/def.h"

struct ids {
	uint64_t last;
};

uint64_t ids_next(struct ids *ids, int64_t wall);
void ids_seen(struct ids *ids, uint64_t id);
/* The wall time an id was made at, to the millisecond while the clock kept still. */
int64_t ids_wall(uint64_t id);
/* Decimal text to id: 0, or -EINVAL for anything but 1..2^63-1 in digits. */
int ids_parse(const char *text, uint64_t *ret_id) MUST_USE;

#endif
