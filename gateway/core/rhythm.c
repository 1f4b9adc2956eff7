#include "gateway/core/rhythm.h"

#include <stdlib.h>

#define NEWEST 13
#define LEAST  3 /* orders before anything is said about a rhythm */
#define SLOW   (30 * DAY)

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

/* Two orders on one day are one visit. */
int64_t
rhythm_interval(struct db *db, const char *phone)
{
	int64_t gaps[NEWEST], last = 0;
	size_t n = 0, visits = 0;
	struct db_rows *q = db_select(db,
		"SELECT placed FROM orders WHERE phone = $1 AND placed > 0 AND state <> "
		"'canceled' ORDER BY placed DESC LIMIT $2",
		"ti", phone, (int64_t)NEWEST);
	while (db_next(q)) {
		int64_t at = db_int(q, 0);
		if (visits && last - at < DAY)
			continue;
		if (visits++)
			gaps[n++] = last - at;
		last = at;
	}
	db_end(q);
	if (visits < LEAST)
		return 0;
	qsort(gaps, n, sizeof(*gaps), compare);
	return n % 2 ? gaps[n / 2] : (gaps[n / 2 - 1] + gaps[n / 2]) / 2;
}

int64_t
rhythm_span(struct db *db, const char *phone)
{
	return MIN(rhythm_interval(db, phone), SLOW);
}
