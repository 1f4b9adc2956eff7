/* Shared by tickets.c and tickets_show.c. */
#ifndef MALGIL_VERBS_TICKETS_H
#define MALGIL_VERBS_TICKETS_H

#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

/* What a state means to somebody who does not live with this program. */
const char *tickets_meaning(const char *state);
/* The shop's hours as the gateway counts them: with the holidays and the days away it was
 * told since the configuration was written. Borrowed from `r`. */
const struct hours *tickets_hours(struct remote *r);
/* What is left until a promised answer, as the people in the shop live it: "25 min left",
 * "late by 1 h 5 min"; the time stands still while the shop is shut. "" when nothing was
 * promised. */
void tickets_left(const struct hours *hours, const char *due, char ret[40]);
/* One ticket with its thread. */
int tickets_show(struct remote *r, const struct verb_args *args);

#endif
