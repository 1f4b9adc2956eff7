/* Any octets as a spreadsheet of orders: whatever is read of it is JSON, and every row is
 * either part of an order or has a reason. */
#include <stdlib.h>
#include <string.h>

#include "gateway/net/json.h"
#include "gateway/core/orders_sheet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_orders(const struct orders_sheet *s)
{
	struct strbuf text = STRBUF_INIT(1 << 22), err = STRBUF_SENTENCE;
	for (size_t i = 0; i < s->order_count; i++) {
		strbuf_reset(&text);
		orders_sheet_json(s, i, &text);
		json_t *value = json_read(text.s, text.len, &err);
		if (!value && !text.full)
			abort();
		json_decref(value);
	}
	strbuf_done(&text);
	strbuf_done(&err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const regions[] = {"KR", "US", "DE", "JP"};
	struct strbuf err = STRBUF_SENTENCE, out = STRBUF_INIT(1 << 24);
	struct orders_sheet *s;
	if (!size)
		return 0;
	struct sheet_wish wish = {.region = regions[*data % 4], .zone = "Asia/Seoul"};
	if (orders_sheet_read(data + 1, size - 1, &wish, &s, &err)) {
		if (!err.len)
			abort(); /* refused without a sentence */
	} else {
		check_orders(s);
		orders_sheet_errors(s, &out);
		for (size_t i = 0; i < s->row_count; i++)
			if (!s->rows[i].order && !s->rows[i].why)
				abort();
		orders_sheet_free(s);
	}
	strbuf_done(&err);
	strbuf_done(&out);
	return 0;
}
