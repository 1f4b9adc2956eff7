#include "dialogs/journey_fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/store/products.h"
#include "gateway/store/shop_events.h"
#include "gateway/text/value.h"

#define MARGIN   (3 * DAY)
#define SHIPPING (2 * DAY) /* where nobody knows better */
#define LOOKS    64        /* of one day that are looked through */
#define BOUGHT   16        /* purchases the own interval is learned from */

static void
put(json_t *data, const char *root, const char *name, const char *text)
{
	char full[80];
	snprintf(full, sizeof(full), "%s.%s", root, name);
	if (*text)
		json_object_set_new(data, full, json_string(text));
}

static void
put_product(json_t *data, const char *root, const struct product *p)
{
	struct strbuf price = STRBUF_INIT(64);
	put(data, root, "sku", p->sku);
	put(data, root, "name", p->name);
	put(data, root, "category", p->category);
	put(data, root, "kind", p->kind);
	put(data, root, "url", p->url);
	put(data, root, "howto", p->howto);
	if (p->has_price)
		value_print_number((double)p->price / 1000.0, &price);
	put(data, root, "price", price.s);
	strbuf_done(&price);
}

/* ---- when it runs out ---- */

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

/* The median of the intervals at which they bought this very thing; 0 with fewer than
 * two. */
static int64_t
own_interval(struct db *db, uint64_t contact, const char *sku)
{
	struct shop_event_row rows[BOUGHT];
	struct strbuf room = STRBUF_INIT(1 << 20), err = STRBUF_SENTENCE;
	int64_t gaps[BOUGHT], last = 0;
	size_t n = 0, found = shop_events_since(db, contact, "order.paid", 1, INT64_MAX,
			      rows, BOUGHT, &room);
	for (size_t i = 0; i < found; i++) {
		json_t *data = json_read(rows[i].data, strlen(rows[i].data), &err);
		const char *its = json_string_value(json_object_get(data, "sku"));
		if (its && !strcmp(its, sku)) {
			if (last)
				gaps[n++] = rows[i].at - last;
			last = rows[i].at;
		}
		json_decref(data);
	}
	strbuf_done(&room);
	strbuf_done(&err);
	if (n < 2)
		return 0;
	qsort(gaps, n, sizeof(*gaps), by_size);
	return gaps[n / 2];
}

/* How long the parcel of this order took, from its payment to `at`. */
static int64_t
shipping(struct db *db, const char *order, int64_t at)
{
	int64_t paid = order ? db_number(db, 0,
				       "SELECT max(at) FROM purchases WHERE number = $1",
				       "t", order)
			     : 0;
	return paid && paid < at && at - paid < 30 * DAY ? at - paid : SHIPPING;
}

static void
put_refill(struct db *db, uint64_t contact, int64_t at, const struct product *p,
	json_t *data)
{
	const char *quantity = json_string_value(json_object_get(data, "event.quantity"));
	double n = 1;
	char iso[ISO_MAX];
	int64_t own = own_interval(db, contact, p->sku), due;
	if (quantity && (!value_parse_number(quantity, &n) || n <= 0 || n > 1000))
		n = 1;
	if (own)
		due = at + own - MARGIN;
	else if (p->has_lasts && p->lasts > 0)
		due = at + (int64_t)(MIN(p->lasts * n, 3650.0) * (double)DAY) - MARGIN -
		      shipping(db, json_string_value(json_object_get(data, "event.id")),
			      at);
	else
		return;
	iso_format(MAX(due, at + DAY), 0, iso);
	put(data, "product", "refill", iso);
}

static bool
of_product(const struct shop_event_row *row, const char *sku)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	json_t *data = json_read(row->data, strlen(row->data), &err);
	const char *its = json_string_value(json_object_get(data, "sku"));
	bool same = its && !strcmp(its, sku);
	json_decref(data);
	return same;
}

/* What is told late counts too: a day before it or after it. */
void
journey_times(struct db *db, const struct shop_event_row *event, json_t *data)
{
	const char *sku = json_string_value(json_object_get(data, "event.sku"));
	struct strbuf room AUTO(strbuf_done) = STRBUF_INIT(1 << 20);
	struct shop_event_row rows[LOOKS];
	char text[16];
	unsigned times = 1;
	if (!sku)
		return;
	size_t n = shop_events_latest(db, event->contact, event->name,
		event->at - TIMES_WITHIN, event->id, rows, LOOKS, &room);
	for (size_t i = 0; i < n; i++)
		times += rows[i].at <= event->at + TIMES_WITHIN &&
			 of_product(&rows[i], sku);
	snprintf(text, sizeof(text), "%u", times);
	put(data, "product", "times", text);
}

/* The eve of an appointment, for `wait { until = "appointment.eve 17:00" }`. */
static void
put_eve(json_t *data)
{
	const char *at = json_string_value(json_object_get(data, "appointment.at"));
	char iso[ISO_MAX];
	int64_t wall;
	if (!at || iso_parse(at, &wall, NULL) < 0)
		return;
	iso_format(wall - DAY, 0, iso);
	put(data, "appointment", "eve", iso);
}

void
journey_products(struct db *db, uint64_t contact, int64_t at, json_t *data)
{
	put_eve(data);
	const char *sku = json_string_value(json_object_get(data, "event.sku"));
	struct product p, other;
	if (!sku || !product_load(db, sku, &p))
		return;
	put_product(data, "product", &p);
	if (product_upgrade(db, p.sku, &other))
		put_product(data, "product.better", &other);
	if (product_pack(db, p.sku, &other))
		put_product(data, "product.pack", &other);
	if (*p.goes_with && product_load(db, p.goes_with, &other))
		put_product(data, "product.with", &other);
	put_refill(db, contact, at, &p, data);
}
