/* "Did you mean ...?": the nearest of a set of names. */
#ifndef MALGIL_BASE_SUGGEST_H
#define MALGIL_BASE_SUGGEST_H

#include "gateway/base/def.h"

struct suggest {
	const char *wanted;
	/* NULL until something is near enough (a third of the letters); kept here. */
	const char *best;
	size_t distance;
	char kept[64];
};

void suggest_init(struct suggest *s, const char *wanted);
/* Offers one valid name; it may be gone afterwards. */
void suggest_offer(struct suggest *s, const char *name);

#endif
