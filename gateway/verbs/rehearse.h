/* What `check` and `try` share: the rules of the configured shop, for a rehearsal. */
#ifndef MALGIL_VERBS_REHEARSE_H
#define MALGIL_VERBS_REHEARSE_H

#include "dialogs/rules.h"

/* The shop of the configuration, its policy file, or policy.cfg beside the script; a
 * Korean shop called "Shop" where there is no configuration. -EINVAL with a sentence when
 * a policy that exists is wrong. */
int rehearse_rules(const char *config_path, const char *script_path, struct rules *ret,
	struct strbuf *err) MUST_USE;

#endif
