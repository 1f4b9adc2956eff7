/* `wait { until }`: "10:00" (the next one), "thu 12:00", "order.eta 10:00" (that day).
 * Pure. */
#ifndef MALGIL_DIALOGS_UNTIL_H
#define MALGIL_DIALOGS_UNTIL_H

#include "gateway/text/value.h"

/* Milliseconds from `now`, 0 when it has passed. False when the field has no date. */
bool until_next(const char *text, int64_t now, const char *zone,
	void (*get)(void *ctx, const char *name, struct value *ret), void *ctx,
	int64_t *ret_after);
/* Is it written well? For the loader's and the linter's eyes. */
bool until_good(const char *text);

#endif
