/* What shops call the state of an order, in one vocabulary. The shop's own word is kept
 * beside it by whoever stores it; this module only understands. Pure. */
#ifndef MALGIL_TEXT_ORDERSTATE_H
#define MALGIL_TEXT_ORDERSTATE_H

#include "gateway/base/def.h"

enum order_state {
	ORDER_UNKNOWN, /* no word for it was given */
	ORDER_PLACED,  /* ordered, not paid yet */
	ORDER_PAID,
	ORDER_PREPARING,
	ORDER_SHIPPED,
	ORDER_ARRIVING, /* out for delivery, or ready to be picked up */
	ORDER_DELIVERED,
	ORDER_CANCEL_ASKED,
	ORDER_CANCELED,
	ORDER_RETURN_ASKED,
	ORDER_RETURNED,
	ORDER_EXCHANGE_ASKED,
	ORDER_EXCHANGED,
	ORDER_REFUNDED,
	ORDER_HELD,  /* delayed, out of stock, address to be asked for */
	ORDER_OTHER, /* a word nobody here understands */
	ORDER_STATES,
};

/* "placed", "paid", "preparing", "shipped", "arriving", "delivered", "cancel_asked" ...;
 * "" for ORDER_UNKNOWN. */
const char *order_state_name(enum order_state state);
/* -EINVAL for anything but such a name. */
int order_state_named(const char *name, enum order_state *ret_state) MUST_USE;

/* The state a word of any shop means ("배송 중", "구매확정", "In Transit", "shipped"):
 * ORDER_UNKNOWN for an empty one, ORDER_OTHER when it is not understood. */
enum order_state order_state_read(const char *word);

/* What a customer is told when the shop has no word of its own: "배송 중" for language
 * "ko", English otherwise. Static. */
const char *order_state_label(enum order_state state, const char *language);

/* Is nothing more to be expected? */
bool order_state_final(enum order_state state);

#endif
