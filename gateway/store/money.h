/* What texts cost and what was paid in advance. Rows of `used` and `topups`; a SIM's
 * channel is the one that has it now. */
#ifndef MALGIL_STORE_MONEY_H
#define MALGIL_STORE_MONEY_H

#include "gateway/store/db.h"

struct money_row {
	const char *channel; /* "" a SIM that no channel has any more */
	const char *sim;
	int64_t messages, parts, cost;
	bool prepaid;
	int64_t balance; /* thousandths of the currency, by the tariffs */
};
/* By channel, days [first, last]. */
void money_list(struct db *db, int64_t first, int64_t last,
	void (*each)(void *arg, const struct money_row *row), void *arg);
/* All a SIM has cost so far. */
int64_t money_spent(struct db *db, const char *sim);
struct topup {
	uint64_t id, channel;
	int64_t at, amount, spent;
	const char *agent;
};
void topup_add(struct db *db, const struct topup *topup);
/* False: nothing was ever paid in. `sim` is the channel's now. */
bool money_balance(struct db *db, uint64_t channel, const char *sim, int64_t *ret);

#endif
