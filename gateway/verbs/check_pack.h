/* malgil check on a pack: what is wrong with it; and when nothing is, what its rules
 * cost: how much of a segment the wording takes, and in which alphabet. */
#ifndef MALGIL_VERBS_CHECK_PACK_H
#define MALGIL_VERBS_CHECK_PACK_H

#include "gateway/verbs/verbs.h"

int check_pack_file(const struct verb *verb, const char *path);

#endif
