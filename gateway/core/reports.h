/* Delivery reports: finding the attempt each one speaks of, and what the message becomes.
 */
#ifndef MALGIL_CORE_REPORTS_H
#define MALGIL_CORE_REPORTS_H

#include "gateway/core/core.h"
#include "gateway/sms/pdu.h"
#include "gateway/store/arrivals.h"

/* A decoded SMS-STATUS-REPORT. Kept whether it matches or not. */
void
reports_received(struct core *core, const struct arrival *arrival, const struct pdu *pdu);

/* An attempt learned its reference: reports that came before it (report before OK) fit
 * now. */
void reports_rematch(struct core *core, const char *sim, int reference, uint64_t attempt);

/* An attempt has just come into doubt: a report that came while its answer was waited for
 * may have told already that it went out. */
void reports_doubted(struct core *core, uint64_t attempt);

/* What the parts' reports make of the message as a whole, once all parts have left. */
void reports_conclude(struct core *core, uint64_t message, const char *why);

#endif
