/* Times as people type them, in the shop's zone. Pure. */
#ifndef MALGIL_VERBS_WHEN_H
#define MALGIL_VERBS_WHEN_H

#include "gateway/base/strbuf.h"

/* "2030-01-31 09:00", the same with an offset, "09:00" (the next one), or a duration from
 * now ("4h"). 0, or -EINVAL with a sentence. */
int when_parse(const char *text, const char *zone, int64_t now, int64_t *ret_wall,
	struct strbuf *err) MUST_USE;

#endif
