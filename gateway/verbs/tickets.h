/* Shared by tickets.c and tickets_show.c. */
#ifndef MALGIL_VERBS_TICKETS_H
#define MALGIL_VERBS_TICKETS_H

#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

/* What a state means to somebody who does not live with this program. */
const char *tickets_meaning(const char *state);
/* One ticket with its thread. */
int tickets_show(struct remote *r, const struct verb_args *args);

#endif
