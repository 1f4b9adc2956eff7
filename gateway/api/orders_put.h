/* What a program says about one order, as JSON, to a row: shared by the single and the
 * bulk route. */
#ifndef MALGIL_API_ORDERS_PUT_H
#define MALGIL_API_ORDERS_PUT_H

#include "gateway/core/core.h"
#include "gateway/net/json.h"
#include "gateway/store/orders.h"

struct order_answer {
	int status; /* 201 new, 200 changed or the same, else why it was refused */
	enum order_change change;
	uint64_t id;
	char number[ORDER_NUMBER + 1];
	char field[32];
	struct strbuf why;
};
void order_answer_done(struct order_answer *a);

/* Reads one order and writes it in this tick's transaction. */
void
order_take(struct core *core, const char *json, size_t len, struct order_answer *ret);
/* The same for an object that is read already. */
void order_take_object(struct core *core, const json_t *object, struct order_answer *ret);

#endif
