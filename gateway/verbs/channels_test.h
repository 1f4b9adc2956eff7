/* malgil channels test NAME --dry-run: the exact request a channel would send, with its
 * secrets masked. Nothing is sent, and no daemon is needed. */
#ifndef MALGIL_VERBS_CHANNELS_TEST_H
#define MALGIL_VERBS_CHANNELS_TEST_H

#include "gateway/verbs/verbs.h"

int channels_test(const struct verb_args *args);

#endif
