/* What a journey knows of the product it is about: product.* from `products`, beside the
 * fields of the event that began it. */
#ifndef MALGIL_DIALOGS_JOURNEY_FIELDS_H
#define MALGIL_DIALOGS_JOURNEY_FIELDS_H

#include "gateway/net/json.h"
#include "gateway/store/db.h"
#include "gateway/store/shop_events.h"

#define TIMES_WITHIN DAY /* apart at most, to be looked at again and not anew */

/* Where `data` has event.sku: product.name, .price, .url, .howto, .kind, .category, the
 * same of product.better, product.pack and product.with, and product.refill, the moment
 * to offer it again: by the customer's own interval once there are two, else when it runs
 * out less three days and the time a parcel takes. Where it has appointment.at:
 * appointment.eve, a day before. */
void journey_products(struct db *db, uint64_t contact, int64_t at, json_t *data);
/* Where `data` has event.sku: product.times, how often this event has happened to this
 * very product within a day of now, this time included. Two products once each are once;
 * looks at other things in between change nothing. */
void journey_times(struct db *db, const struct shop_event_row *event, json_t *data);

#endif
