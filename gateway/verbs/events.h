/* The parts of `malgil events`. */
#ifndef MALGIL_VERBS_EVENTS_H
#define MALGIL_VERBS_EVENTS_H

#include "gateway/verbs/remote.h"

int events_emit(struct remote *r, const struct verb_args *args);
int events_import(struct remote *r, const struct verb_args *args);

#endif
