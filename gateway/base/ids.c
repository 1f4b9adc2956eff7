#include "gateway/base/ids.h"

#include <errno.h>
#include <stdlib.h>

#define COUNTER_BITS 20

uint64_t
ids_next(struct ids *ids, int64_t wall)
{
	uint64_t now = wall > 0 ? (uint64_t)wall << COUNTER_BITS : 0;
	ids->last = MAX(ids->last + 1, now);
	return ids->last;
}

void
ids_seen(struct ids *ids, uint64_t id)
{
	ids->last = MAX(ids->last, id);
}

int64_t
ids_wall(uint64_t id)
{
	return (int64_t)(id >> COUNTER_BITS);
}

int
ids_parse(const char *text, uint64_t *ret_id)
{
	uint64_t id = 0;
	size_t n = 0;
	for (; text[n]; n++) {
		if (text[n] < '0' || text[n] > '9' || n >= 19)
			return -EINVAL;
		id = id * 10 + (uint64_t)(text[n] - '0');
	}
	if (!n || !id || id > INT64_MAX)
		return -EINVAL;
	*ret_id = id;
	return 0;
}
