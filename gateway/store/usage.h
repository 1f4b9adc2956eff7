/* What has been used up: one charge for each text that was handed over or may have been,
 * and sums by SIM and day. Written with the attempt, taken back when nothing left. */
#ifndef MALGIL_STORE_USAGE_H
#define MALGIL_STORE_USAGE_H

#include "gateway/store/db.h"

struct charge {
	uint64_t message, contact, channel;
	int priority; /* of the class */
	const char *sim;
	int64_t at, text; /* text: a hash, 0 for what may repeat */
	int64_t cost;     /* thousandths of the shop's currency */
	int parts;
	int64_t day, month; /* the shop's, as in `used` and `recipients` */
};
/* False when the message was charged before: it is charged once, however often it is
 * tried. */
bool usage_charge(struct db *db, const struct charge *c, bool marketing);
/* Only the day's sums, more (sign 1) or less (-1): for what no cap looks at one by one.
 */
void usage_add(struct db *db, const struct charge *c, int sign);
/* Takes a message's charge back; `day` and `month` are worked out from its time by the
 * callback. False when there was none. */
bool usage_refund(struct db *db, uint64_t message, bool marketing,
	void (*when)(void *arg, int64_t at, int64_t *ret_day, int64_t *ret_month),
	void *arg);

/* When the n-th newest (1: the newest) of a contact's texts of a class was charged, not
 * before `since`; 0 when there are fewer. */
int64_t usage_contact_nth(
	struct db *db, uint64_t contact, int priority, int64_t since, int64_t n);
/* The same for a SIM; `priority` -1: of any class. */
int64_t
usage_sim_nth(struct db *db, const char *sim, int priority, int64_t since, int64_t n);
/* When this promotion (by its hash) was last charged to the contact, 0 never. */
int64_t usage_same_text(struct db *db, uint64_t contact, int64_t text, int64_t since);
/* The channel that last texted the contact, 0 none. */
uint64_t usage_last_channel(struct db *db, uint64_t contact);

/* ms from handing a part over to its result, by the channel's share of the newest two
 * hundred; 0 unknown. */
int64_t usage_send_time(struct db *db, uint64_t channel);

struct usage_sum {
	int64_t messages, marketing, parts, recipients, cost;
};
/* Of a SIM (NULL: of all) in days [first, last]. */
void usage_sum(struct db *db, const char *sim, int64_t first, int64_t last,
	struct usage_sum *ret);
bool
usage_knows_recipient(struct db *db, const char *sim, int64_t month, uint64_t contact);

/* A token bucket's state: false when it was never used. */
bool usage_bucket(struct db *db, const char *sim, double *ret_tokens, int64_t *ret_at);
void usage_set_bucket(struct db *db, const char *sim, double tokens, int64_t at);

#endif
