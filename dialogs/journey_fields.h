/* What a journey knows of the product it is about: product.* from `products`, beside the
 * fields of the event that began it. */
#ifndef MALGIL_DIALOGS_JOURNEY_FIELDS_H
#define MALGIL_DIALOGS_JOURNEY_FIELDS_H

#include "gateway/net/json.h"
#include "gateway/store/db.h"

/* Where `data` has event.sku: product.name, .price, .url, .howto, .kind, .category, the
 * same of product.better, product.pack and product.with, and product.refill, the moment
 * to offer it again: by the customer's own interval once there are two, else when it runs
 * out less three days and the time a parcel takes. Where it has appointment.at:
 * appointment.eve, a day before. */
void journey_products(struct db *db, uint64_t contact, int64_t at, json_t *data);

#endif
