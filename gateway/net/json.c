#include "gateway/net/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a walk over the characters of a JSON text remembers. */
struct scan {
	const char *p, *end;
	int depth;
	bool in_string;
};

/* One character on, keeping strings and depth in mind. */
static void
scan_step(struct scan *s)
{
	char ch = *s->p++;
	if (s->in_string) {
		if (ch == '\\' && s->p < s->end)
			s->p++;
		else if (ch == '"')
			s->in_string = false;
	} else if (ch == '"') {
		s->in_string = true;
	} else if (ch == '{' || ch == '[') {
		s->depth++;
	} else if (ch == '}' || ch == ']') {
		s->depth--;
	}
}

static bool
too_deep(const char *text, size_t len)
{
	struct scan s = {text, text + len, 0, false};
	while (s.p < s.end && s.depth <= JSON_DEPTH)
		scan_step(&s);
	return s.depth > JSON_DEPTH;
}

json_t *
json_read(const char *text, size_t len, struct strbuf *err)
{
	if (too_deep(text, len)) {
		strbuf_set(err, "the JSON is nested deeper than %d levels", JSON_DEPTH);
		return NULL;
	}
	json_error_t error;
	json_t *value =
		json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (!value)
		strbuf_set(err, "this is not JSON: %s (line %d, column %d)", error.text,
			error.line, error.column);
	return value;
}

static bool
is_space(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

static void
skip_space(struct json_items *items)
{
	while (items->at < items->end && is_space(*items->at))
		items->at++;
}

/* The end of the element at `s`: a comma or bracket of the list itself. */
static const char *
element_end(const char *p, const char *end)
{
	struct scan s = {p, end, 0, false};
	while (s.p < s.end) {
		bool stop = !s.in_string && !s.depth && (*s.p == ',' || *s.p == ']');
		if (stop)
			return s.p;
		scan_step(&s);
	}
	return NULL;
}

static int
check_array(const struct json_items *list, struct strbuf *err)
{
	struct json_items items = *list;
	size_t n = 0;
	skip_space(&items);
	if (items.at < items.end && *items.at == ']')
		return 0;
	for (;;) {
		const char *stop = element_end(items.at, items.end);
		skip_space(&items);
		if (!stop || items.at == stop) {
			strbuf_set(err, "element %zu of the list %s", n + 1,
				stop ? "is missing" : "never ends");
			return -EINVAL;
		}
		n++;
		items.at = stop + 1;
		if (*stop == ']')
			break;
	}
	skip_space(&items);
	if (items.at == items.end)
		return 0;
	strbuf_set(err, "something follows the list's closing bracket");
	return -EINVAL;
}

int
json_items_open(const char *text, size_t len, bool ndjson, struct json_items *ret,
	struct strbuf *err)
{
	struct json_items items = {text, text + len, !ndjson};
	if (!ndjson) {
		skip_space(&items);
		if (items.at == items.end || *items.at != '[') {
			strbuf_set(err, "a list in square brackets was expected");
			return -EINVAL;
		}
		items.at++;
		if (check_array(&items, err))
			return -EINVAL;
	}
	*ret = items;
	return 0;
}

bool
json_items_next(struct json_items *items, const char **ret_text, size_t *ret_len)
{
	skip_space(items);
	if (items->at >= items->end || (items->array && *items->at == ']'))
		return false;
	const char *stop =
		items->array ? element_end(items->at, items->end)
			     : memchr(items->at, '\n', (size_t)(items->end - items->at));
	if (!stop)
		stop = items->end;
	*ret_text = items->at;
	*ret_len = (size_t)(stop - items->at);
	items->at = stop < items->end && *stop != ']' ? stop + 1 : stop;
	return true;
}

size_t
json_items_count(const struct json_items *items)
{
	struct json_items walk = *items;
	const char *text;
	size_t n = 0, len;
	while (json_items_next(&walk, &text, &len))
		n++;
	return n;
}

/* Bytes of the well-formed UTF-8 character at `p` (Unicode table 3-7), 0 when there is
 * none. A NUL ends any text, so looking ahead is safe. */
static size_t
utf8_length(const unsigned char *p)
{
	size_t n = p[0] < 0x80   ? 1
		   : p[0] < 0xC2 ? 0
		   : p[0] < 0xE0 ? 2
		   : p[0] < 0xF0 ? 3
		   : p[0] < 0xF5 ? 4
				 : 0;
	if (n > 1 &&
		((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
			(p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F)))
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	return n;
}

void
json_quote(struct strbuf *out, const char *text)
{
	strbuf_putc(out, '"');
	for (const char *p = text; *p;) {
		size_t n = utf8_length((const unsigned char *)p);
		if (!n)
			strbuf_utf8(out, 0xFFFD);
		else if (*p == '"' || *p == '\\')
			strbuf_printf(out, "\\%c", *p);
		else if ((unsigned char)*p < 0x20)
			strbuf_printf(out, "\\u%04x", (unsigned)*p);
		else
			strbuf_add(out, p, n);
		p += n ? n : 1;
	}
	strbuf_putc(out, '"');
}

bool
json_utf8(const char *text)
{
	for (size_t n; *text; text += n) {
		n = utf8_length((const unsigned char *)text);
		if (!n)
			return false;
	}
	return true;
}

/* ---- pointers ---- */

/* One reference token, "~1" and "~0" unescaped (RFC 6901 4). Returns what follows it. */
static const char *
pointer_token(const char *p, struct strbuf *token)
{
	strbuf_reset(token);
	for (; *p && *p != '/'; p++) {
		if (*p == '~' && (p[1] == '0' || p[1] == '1'))
			strbuf_putc(token, *++p == '0' ? '~' : '/');
		else
			strbuf_putc(token, *p);
	}
	return p;
}

static const json_t *
array_member(const json_t *array, const struct strbuf *token)
{
	bool plain = token->len && token->len < 7 &&
		     strspn(token->s, "0123456789") == token->len &&
		     (token->s[0] != '0' || token->len == 1);
	return plain ? json_array_get(array, (size_t)strtoul(token->s, NULL, 10)) : NULL;
}

const json_t *
json_pointer(const json_t *value, const char *pointer)
{
	struct strbuf token AUTO(strbuf_done) = STRBUF_INIT(1024);
	while (value && *pointer == '/') {
		pointer = pointer_token(pointer + 1, &token);
		value = json_is_array(value) ? array_member(value, &token)
					     : json_object_get(value, token.s);
	}
	return value;
}

bool
json_pointer_valid(const char *pointer)
{
	if (*pointer && *pointer != '/')
		return false;
	for (const char *p = pointer; *p; p++)
		if (*p == '~' && p[1] != '0' && p[1] != '1')
			return false;
	return true;
}
