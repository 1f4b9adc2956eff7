#include "gateway/base/suggest.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LONGEST 48

/* Optimal string alignment distance: insert, delete, replace, swap neighbours. */
static size_t
distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	if (n > LONGEST || m > LONGEST)
		return LONGEST;
	unsigned char rows[3][LONGEST + 1];
	unsigned char *before = rows[0], *last = rows[1], *row = rows[2];
	for (size_t j = 0; j <= m; j++)
		last[j] = (unsigned char)j;
	memset(before, 0, sizeof(rows[0]));
	for (size_t i = 1; i <= n; i++) {
		row[0] = (unsigned char)i;
		for (size_t j = 1; j <= m; j++) {
			bool same = !strncasecmp(a + i - 1, b + j - 1, 1);
			unsigned best = last[j - 1] + !same;
			best = MIN(best, last[j] + 1u);
			best = MIN(best, row[j - 1] + 1u);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
				a[i - 2] == b[j - 1])
				best = MIN(best, before[j - 2] + 1u);
			row[j] = (unsigned char)best;
		}
		unsigned char *spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[m];
}

void
suggest_init(struct suggest *s, const char *wanted)
{
	*s = (struct suggest){.wanted = wanted, .distance = strlen(wanted) / 3 + 1};
}

void
suggest_offer(struct suggest *s, const char *name)
{
	size_t d = distance(s->wanted, name);
	if (d < s->distance || (d == s->distance && !s->best)) {
		s->distance = d;
		snprintf(s->kept, sizeof(s->kept), "%s", name);
		s->best = s->kept;
	}
}
