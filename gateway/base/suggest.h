/* "Did you mean ...?": the nearest of a set of names. */
#ifndef MALGIL_BASE_SUGGEST_H
#define MALGIL_BASE_SUGGEST_H

#include "gateway/base/def.h"

struct suggest {
	const char *wanted;
	const char
		*best; /* NULL until something is near enough (a third of the letters) */
	size_t distance;
};

void suggest_init(struct suggest *s, const char *wanted);
/* Offers one valid name, borrowed until the answer is used. */
void suggest_offer(struct suggest *s, const char *name);

#endif
