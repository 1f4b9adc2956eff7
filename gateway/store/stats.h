/* Rows of `purchases`, `contact_stats` and `contact_categories`: what follows for a
 * person from their orders and from what the shop says happened.
 *
 * The rows of `purchases` are the truth: one for each order, whether it was imported or
 * told as an event, known by its number within a source. Facts about it may come late and
 * in any order: the one that happened last says whether the order counts. The row of
 * `contact_stats` is kept right with every change, by the difference it makes; it is
 * always what stats_derive() finds from scratch.
 *
 * Amounts are thousandths of the shop's own currency; an order in another one counts as
 * an order and adds no amount. An order of a number that nobody has texted yet waits, and
 * becomes the contact's when there is one. */
#ifndef MALGIL_STORE_STATS_H
#define MALGIL_STORE_STATS_H

#include "gateway/store/db.h"

#define STATS_GAPS 50 /* the newest intervals the median is of */

struct purchase {
	const char *number, *source, *phone; /* phone: E.164 */
	int64_t said;                        /* when this was so */
	bool counts;
	bool goods; /* what follows is told too: a cancelation says nothing of it */
	int64_t at, amount;
	const char *categories; /* sorted, '\n' between them */
};
void purchase_put(struct db *db, const struct purchase *p);

/* Takes over what `orders` says about an order that has just changed. `currency` is the
 * shop's, "KRW". */
void stats_order(struct db *db, uint64_t order, const char *currency);
/* A shop event of the contact was written down. */
void stats_happened(struct db *db, uint64_t contact, int64_t at);
/* A contact was made: the orders of that number are theirs. */
void stats_adopt(struct db *db, uint64_t contact, const char *phone);

struct contact_stats {
	int64_t orders, spent;
	int64_t first_order, last_order; /* 0 none */
	int64_t gap; /* median ms between two orders, 0: fewer than two orders */
	int64_t happened, last_event;
};
/* All zero for somebody of whom nothing is known. */
void stats_load(struct db *db, uint64_t contact, struct contact_stats *ret);
/* The same from `purchases` and `shop_events`, from scratch. */
void stats_derive(struct db *db, uint64_t contact, struct contact_stats *ret);
/* Appends the categories ordered, '\n' between them. */
void stats_categories(struct db *db, uint64_t contact, struct strbuf *ret);

#endif
