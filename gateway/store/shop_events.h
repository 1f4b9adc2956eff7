/* Rows of `shop_events` and `contact_ids`: what happened to a person, as the shop or a
 * script tells it. `events` is the log of everything; a row here is one of them with what
 * was said of it, which journeys hear and expressions count. */
#ifndef MALGIL_STORE_SHOP_EVENTS_H
#define MALGIL_STORE_SHOP_EVENTS_H

#include "gateway/store/db.h"

struct shop_event_row {
	uint64_t id, contact;
	const char *name;   /* "order.paid" */
	const char *told;   /* the shop's own id of it, "" none */
	const char *source; /* "shop", "script", "log" */
	const char *data;   /* a JSON object, "" nothing */
	int64_t at;         /* when it happened */
	int64_t fingerprint;
	bool has_value, heard; /* heard: journeys need not be told */
	double value;
};
void shop_event_insert(struct db *db, const struct shop_event_row *row);
/* The event the shop told under this id, 0 none. */
uint64_t shop_event_told(
	struct db *db, const char *told, const char *name, int64_t *ret_fingerprint);
/* One by its id: contact, time and value, and what was said appended to `ret_data`. */
bool shop_event_load(
	struct db *db, uint64_t id, struct shop_event_row *ret, struct strbuf *ret_data);
/* How many of that name the contact has within [from, to], looked at up to `max`. */
int64_t shop_events_within(struct db *db, uint64_t contact, const char *name,
	int64_t from, int64_t to, int64_t max);

/* Those journeys have not heard of, oldest first, their texts in `room`, which must not
 * be touched while they are used. */
size_t shop_events_unheard(
	struct db *db, struct shop_event_row *ret, size_t max, struct strbuf *room);
/* The oldest unheard one, 0 none. */
uint64_t shop_events_oldest(struct db *db);
void shop_event_heard(struct db *db, uint64_t id);
void shop_event_set_aside(struct db *db, uint64_t id);
/* Events of a name at or after `since` that are known before the event `before`: oldest
 * first. */
size_t shop_events_since(struct db *db, uint64_t contact, const char *name, int64_t since,
	uint64_t before, struct shop_event_row *ret, size_t max, struct strbuf *room);
/* The same, newest first. */
size_t
shop_events_latest(struct db *db, uint64_t contact, const char *name, int64_t since,
	uint64_t before, struct shop_event_row *ret, size_t max, struct strbuf *room);

/* What an aggregate is of. NULL for the outputs nobody asks for. */
struct shop_event_sum {
	int64_t count, first, last;
	double sum, min, max;
	int64_t values; /* how many have a value */
};
void shop_events_sum(struct db *db, uint64_t contact, const char *name, int64_t since,
	struct shop_event_sum *ret);

/* The contact the shop knows by its own id; 0 nobody. */
uint64_t contact_by_external(struct db *db, const char *external);
/* The newest word on whose id it is holds. */
void
contact_set_external(struct db *db, const char *external, uint64_t contact, int64_t now);

#endif
