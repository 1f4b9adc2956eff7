/* Which title of a spreadsheet's header means what, in Korean and English. Pure. */
#ifndef MALGIL_CORE_ORDERS_COLUMNS_H
#define MALGIL_CORE_ORDERS_COLUMNS_H

#include "gateway/core/orders_sheet.h"

/* Fills `at` for every column whose title is known and that has no place yet. */
void orders_columns_find(struct orders_sheet *sheet);
/* "Title=number, Other=phone". 0, or -EINVAL with a sentence. */
int orders_columns_map(
	struct orders_sheet *sheet, const char *map, struct strbuf *err) MUST_USE;

#endif
