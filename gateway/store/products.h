/* Rows of `products`: what the shop sells, as far as journeys need to know it: what a
 * thing is called and costs, how long it lasts, and what belongs with it. */
#ifndef MALGIL_STORE_PRODUCTS_H
#define MALGIL_STORE_PRODUCTS_H

#include "gateway/store/db.h"

#define PRODUCT_TEXT 300

struct product {
	char sku[101], name[PRODUCT_TEXT + 1], category[101], kind[8];
	char url[PRODUCT_TEXT + 1], howto[PRODUCT_TEXT + 1];
	char upgrade_of[101], pack_of[101], goes_with[101];
	bool has_price, has_lasts;
	int64_t price; /* thousandths of the shop's currency */
	double lasts;  /* days one unit lasts */
};
/* True when it was new or has changed. */
bool product_put(struct db *db, const struct product *p, int64_t now);
/* Those behind `after` ("": from the first), by sku. For the reader thread. */
void products_list(struct db *db, const char *after, int limit,
	bool (*each)(void *arg, const struct product *p), void *arg);
bool product_load(struct db *db, const char *sku, struct product *ret);
/* The one that is better than `sku`, the bigger pack of it; the first by sku. */
bool product_upgrade(struct db *db, const char *sku, struct product *ret);
bool product_pack(struct db *db, const char *sku, struct product *ret);

#endif
