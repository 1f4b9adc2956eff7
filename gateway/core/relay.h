/* Relay numbers: what marketplaces print instead of a customer's own (Korea: 0502 to
 * 0508). They lead to the customer while an order is on its way and to somebody else, or
 * nobody, afterwards. So they get what belongs to the order alone, and only while it is
 * alive. */
#ifndef MALGIL_CORE_RELAY_H
#define MALGIL_CORE_RELAY_H

#include "gateway/store/db.h"

/* Of an E.164 number. Pure. */
bool relay_number(const char *e164);
/* Why nothing may be sent to it any more, NULL: its order is alive. An order is over a
 * week after its last news, once nothing more is to be expected; without an order, a
 * month after the number was first seen. Static. */
const char *relay_over(struct db *db, const char *e164, int64_t first_seen, int64_t now);

#endif
