/* One order of a platform's spreadsheet, written in this tick's transaction: put together
 * with the rows of it that earlier files had, and told as events. */
#ifndef MALGIL_API_FOLDER_ORDERS_H
#define MALGIL_API_FOLDER_ORDERS_H

#include "gateway/core/core.h"
#include "gateway/core/orders_sheet.h"
#include "gateway/core/source_sheet.h"
#include "gateway/store/orders.h"

struct folder_taken {
	enum order_change change;
	int events; /* that were news */
};
/* 0; -EAGAIN: not now; -EINVAL with a sentence. `source` names the configured one. */
int folder_order_take(struct core *core, const char *source,
	const struct source_sheet *profile, const struct orders_sheet *sheet,
	size_t order, struct folder_taken *ret, struct strbuf *err) MUST_USE;

#endif
