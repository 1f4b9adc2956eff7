/* How often a customer buys: the middle of the times between their orders. */
#ifndef MALGIL_CORE_RHYTHM_H
#define MALGIL_CORE_RHYTHM_H

#include "gateway/store/db.h"

/* The median interval between the customer's orders, of the newest dozen; 0 with fewer
 * than three orders on different days. */
int64_t rhythm_interval(struct db *db, const char *phone);
/* The time between two campaign texts that follows from it: at least a day, at most 30
 * days; 0: no cap. */
int64_t rhythm_span(struct db *db, const char *phone);

#endif
