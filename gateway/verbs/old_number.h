/* Where a shop's files still name a number it no longer has. */
#ifndef MALGIL_VERBS_OLD_NUMBER_H
#define MALGIL_VERBS_OLD_NUMBER_H

#include "gateway/core/config.h"

/* Prints FILE:LINE for each place in the configuration, the policy, the connectors and
 * the scripts, whatever the spelling ("010-1234-5678", "+82 10 1234 5678"). How many. */
unsigned
old_number_find(const struct config *config, const char *config_path, const char *number);

#endif
