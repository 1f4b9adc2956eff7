/* What `check` and `try` share: the rules of the configured shop, for a rehearsal. */
#ifndef MALGIL_VERBS_REHEARSE_H
#define MALGIL_VERBS_REHEARSE_H

#include "dialogs/rules.h"

struct rehearsal {
	struct config *config;
	struct rules rules;
	bool made_up; /* no policy was found: its numbers are invented */
};

/* The shop of the configuration with its packs, its policy (or policy.cfg beside the
 * script) and its hours; a Korean shop called "Shop" where there is no configuration.
 * -EINVAL with a sentence when a file that is there is wrong. */
int rehearsal_open(const char *config_path, const char *script_path,
	struct rehearsal *ret, struct strbuf *err) MUST_USE;
void rehearsal_close(struct rehearsal *r);

#endif
