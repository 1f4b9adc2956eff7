/* JSON as it comes from outside: strictly read, in bounded depth. On jansson. */
#ifndef MALGIL_NET_JSON_H
#define MALGIL_NET_JSON_H

#include <jansson.h>

#include "gateway/base/strbuf.h"

#define JSON_DEPTH 32

/* One value and nothing after it. Refuses bad UTF-8, names given twice, zero characters
 * and nesting deeper than JSON_DEPTH. A value to json_decref(), or NULL with a sentence
 * that says where. */
json_t *json_read(const char *text, size_t len, struct strbuf *err) MUST_USE;

/* Walks the elements of a top-level array, or the lines of NDJSON, without building
 * anything: a long list is then read one element at a time. */
struct json_items {
	const char *at, *end;
	bool array;
};
/* 0 and a walk; -EINVAL with a sentence when the list's own brackets and commas do not
 * fit. What is inside an element may still be wrong: json_read() says so. */
int json_items_open(const char *text, size_t len, bool ndjson, struct json_items *ret,
	struct strbuf *err) MUST_USE;
/* The next element as text; false at the end. Empty lines of NDJSON are passed over. */
bool json_items_next(struct json_items *items, const char **ret_text, size_t *ret_len);
size_t json_items_count(const struct json_items *items);

/* The value an RFC 6901 pointer ("/data/0/no"; "" the whole) leads to: NULL when it leads
 * nowhere. Borrowed. */
const json_t *json_pointer(const json_t *value, const char *pointer);
bool json_pointer_valid(const char *pointer);

/* "text" with quotes and escapes, as one JSON string, appended to `out`; what is not
 * UTF-8 becomes U+FFFD. */
void json_quote(struct strbuf *out, const char *text);
bool json_utf8(const char *text);

#endif
