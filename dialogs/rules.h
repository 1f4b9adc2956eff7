/* The rules a script lives under: the shop's configuration with its packs and its policy,
 * the very ones the daemon judges by, and the values that texts may name (`policy.X`).
 * Knows nothing of runs; decides nothing itself. */
#ifndef MALGIL_DIALOGS_RULES_H
#define MALGIL_DIALOGS_RULES_H

#include "gateway/core/config.h"

struct rules_value {
	char *name, *text; /* "policy.month_max", "4" */
};

struct rules {
	const struct config *config; /* borrowed */
	const struct pack *pack;     /* of the shop's own country */
	struct rules_value *values;  /* of policy.cfg, flattened */
	size_t value_count;
};

void rules_init(struct rules *r, const struct config *config);
void rules_done(struct rules *r);

/* "policy.quiet.marketing" to its text, NULL unknown. */
const char *rules_value(const struct rules *r, const char *name);
/* Is a word STOP to anybody this shop may text: in any of its packs? Whose, in `ret_pack`
 * (may be NULL). */
bool rules_is_stop(
	const struct rules *r, const char *normalised, const struct pack **ret_pack);

#endif
