/* Any octets as a list: whatever the parser takes as a whole, the walk takes apart into
 * as many elements, each good by itself. And whatever text a value holds is written as
 * JSON. */
#include <stdlib.h>

#include "gateway/net/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static size_t
walk(struct json_items *items, bool all_good)
{
	struct strbuf err = STRBUF_SENTENCE;
	const char *text;
	size_t len, n = 0;
	for (; json_items_next(items, &text, &len); n++) {
		json_t *value = json_read(text, len, &err);
		must(value || !all_good);
		json_decref(value);
	}
	strbuf_done(&err);
	return n;
}

static void
quote(const char *text, size_t len)
{
	struct strbuf out = STRBUF_INIT(1 << 24), err = STRBUF_SENTENCE,
		      copy = STRBUF_INIT(1 << 24);
	strbuf_add(&copy, text, len);
	json_quote(&out, copy.s);
	json_t *value = json_read(out.s, out.len, &err);
	must(value && json_is_string(value));
	json_decref(value);
	strbuf_done(&copy);
	strbuf_done(&out);
	strbuf_done(&err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf err = STRBUF_SENTENCE;
	const char *text = (const char *)data;
	struct json_items items;
	json_t *whole = json_read(text, size, &err);
	int r = json_items_open(text, size, false, &items, &err);
	if (json_is_array(whole)) {
		must(r == 0 && json_items_count(&items) == json_array_size(whole));
		must(walk(&items, true) == json_array_size(whole));
	} else if (r == 0) {
		size_t count = json_items_count(&items);
		must(walk(&items, false) == count);
	}
	if (json_items_open(text, size, true, &items, &err) == 0)
		walk(&items, false);
	quote(text, size);
	json_decref(whole);
	strbuf_done(&err);
	return 0;
}
