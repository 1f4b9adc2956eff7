/* Is a pack fit to judge by? What a pack says is read by core/packs.c; here it is held
 * against itself: hours that open, words on one list only, holidays in the year they are
 * listed under, a source for every rule. Each mistake is one sentence with file and line.
 * Pure. */
#ifndef MALGIL_CORE_PACKS_CHECK_H
#define MALGIL_CORE_PACKS_CHECK_H

#include "gateway/core/packs.h"

/* `node`: the group `pack` it was read from. 0, or -EINVAL with the sentence. */
int packs_check(const struct conf_node *node, const struct pack *pack,
	struct strbuf *err) MUST_USE;
/* `node`: y2026 = "...", `dates` what was read of it. */
int packs_check_year(const struct conf_node *node, const struct dates *dates,
	struct strbuf *err) MUST_USE;
/* "KR.cfg": the country into `ret`; false for any other name. */
bool packs_is_country_file(const char *name, char ret[4]);

#endif
