/* The part of `malgil check` that knows scripts. */
#ifndef MALGIL_VERBS_CHECK_SCRIPT_H
#define MALGIL_VERBS_CHECK_SCRIPT_H

#include "gateway/verbs/verbs.h"

/* Says what is wrong with a dialog or journey, and plays NAME.talk beside it. An exit
 * code. */
int
check_script(const struct verb *verb, const char *config_path, const char *path) MUST_USE;

#endif
