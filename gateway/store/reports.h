/* Rows of `reports`: what the network said about deliveries, matched or not. */
#ifndef MALGIL_STORE_REPORTS_H
#define MALGIL_STORE_REPORTS_H

#include "gateway/store/db.h"

struct report {
	uint64_t id, arrival, channel, attempt;
	char sim[24], recipient[48];
	int mr, status;
	int64_t submitted; /* TP-SCTS, 0 unknown */
	int64_t at;
};

void report_insert(struct db *db, const struct report *r);
void report_match(struct db *db, uint64_t id, uint64_t attempt);
/* Unmatched reports of a SIM and TP-MR since `since`, oldest first. */
size_t reports_unmatched(struct db *db, const char *sim, int mr, int64_t since,
	struct report *ret, size_t max);
/* Unmatched reports of a SIM newer than row `after`, oldest first. */
size_t reports_unmatched_after(
	struct db *db, const char *sim, uint64_t after, struct report *ret, size_t max);

#endif
