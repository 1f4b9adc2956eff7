/* Rows of `orders` and `order_items`: what the shop's own system says about its orders.
 *
 * An order is known by its number within a source. The same facts told twice change
 * nothing; what is not told stays as it was. The phone is E.164 and is what ties an order
 * to a contact: an order makes no contact, and a contact needs no order. */
#ifndef MALGIL_STORE_ORDERS_H
#define MALGIL_STORE_ORDERS_H

#include "gateway/store/db.h"
#include "gateway/text/orderstate.h"

#define ORDER_ITEMS  200
#define ORDER_NUMBER 100 /* bytes of a number, and of the other short texts */
#define ORDER_NAME   300 /* bytes of an item's name */

struct order_item {
	const char *item, *variant, *sku; /* never NULL once read */
	int64_t quantity, amount;
	bool has_amount;
};

/* What is told about an order. Texts that are NULL are not told. Borrowed. */
struct order_facts {
	const char *number, *source; /* both always told; source may be "" */
	const char *phone, *name, *state_word, *carrier, *track, *eta, *currency;
	enum order_state state; /* told with state_word */
	bool has_total, has_placed, has_items;
	int64_t total, placed;
	const struct order_item *items;
	size_t item_count;
};

enum order_change { ORDER_SAME, ORDER_NEW, ORDER_CHANGED };

/* Inserts or changes the order; `new_id` is consumed only on ORDER_NEW. */
enum order_change order_put(struct db *db, const struct order_facts *facts,
	uint64_t new_id, int64_t now, uint64_t *ret_id);

/* The currency an order is kept in already: "" when there is none. `ret` needs 4 bytes.
 */
void order_currency(struct db *db, const char *number, const char *source, char ret[4]);

/* Whose it is as far as it is known: "" nobody's. `ret` needs 32 bytes. */
void order_phone(struct db *db, const char *number, const char *source, char ret[32]);

/* A row with its items; everything borrowed for the call. */
struct order {
	uint64_t id;
	const char *number, *source, *phone, *name, *state, *state_word, *carrier, *track,
		*eta, *currency;
	bool has_total;
	int64_t total, placed, created, updated;
	struct order_item items[ORDER_ITEMS];
	size_t item_count;
};

struct order_filter {
	const char *phone;  /* E.164; NULL: all */
	const char *number; /* exact; NULL: all */
	const char *tail;   /* the number's last characters; only together with `phone` */
	const char *source; /* NULL: all */
	const char *state;  /* a name; NULL: all */
	bool open;          /* only those something is still expected of */
	int64_t placed;     /* page: behind the order placed then, with the id `before` */
	uint64_t before;    /* 0: from the newest */
	int limit;          /* 1..1000 */
};
/* The newest first: by when it was placed for one phone, by when it became known
 * otherwise. `each` returns false to stop. */
void orders_list(struct db *db, const struct order_filter *filter,
	bool (*each)(void *arg, const struct order *o), void *arg);

#endif
