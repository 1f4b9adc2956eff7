/* Results as they are built, and the cleaning of what comes from outside. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/lookup_inside.h"
#include "gateway/net/json.h"
#include "gateway/text/orderstate.h"

#define ROWS_MAX  100
#define FIELDS    CONNECTOR_FIELDS
#define VALUE_MAX 1000
#define TOTAL_MAX (48 * 1024)

struct lookup_result *
result_new(void)
{
	return xcalloc(1, sizeof(struct lookup_result));
}

static void
drop_rows(struct lookup_result *r)
{
	for (size_t i = 0; i < r->count; i++) {
		for (size_t n = 0; n < r->rows[i].count; n++) {
			free(r->rows[i].fields[n].name);
			free(r->rows[i].fields[n].value);
			free(r->rows[i].fields[n].label);
		}
		free(r->rows[i].fields);
	}
	free(r->rows);
	r->rows = NULL;
	r->count = 0;
}

void
result_free(struct lookup_result *r)
{
	if (!r)
		return;
	drop_rows(r);
	free(r->why);
	free(r);
}

static size_t
weight(const struct lookup_result *r)
{
	size_t sum = 0;
	for (size_t i = 0; i < r->count; i++)
		for (size_t n = 0; n < r->rows[i].count; n++)
			sum += strlen(r->rows[i].fields[n].value) + 16;
	return sum;
}

bool
result_row(struct lookup_result *r)
{
	if (r->count == ROWS_MAX || weight(r) > TOTAL_MAX) {
		r->more = true;
		return false;
	}
	if (!r->rows)
		r->rows = xcalloc(ROWS_MAX, sizeof(*r->rows));
	struct lookup_row *row = &r->rows[r->count++];
	row->fields = xcalloc(FIELDS, sizeof(*row->fields));
	return true;
}

/* One line of UTF-8 without control characters, cut where a character ends. */
static char *
clean(const char *value)
{
	struct strbuf out = STRBUF_INIT(4 * FOREIGN_VALUE + 8);
	bool good = json_utf8(value), gap = false;
	for (const char *p = value; *p; p++) {
		unsigned char ch = (unsigned char)*p;
		if (ch <= ' ' || ch == 0x7F) {
			gap = out.len > 0;
			continue;
		}
		if (gap)
			strbuf_putc(&out, ' ');
		gap = false;
		if (!good && ch >= 0x80)
			strbuf_utf8(&out, 0xFFFD);
		else
			strbuf_putc(&out, *p);
	}
	size_t n = MIN(out.len, VALUE_MAX);
	while (n < out.len && n && ((unsigned char)out.s[n] & 0xC0) == 0x80)
		n--;
	char *copy = xstrndup(out.s, n);
	strbuf_done(&out);
	return copy;
}

void
result_field(struct lookup_result *r, const char *name, const char *value)
{
	struct lookup_row *row = &r->rows[r->count - 1];
	if (!value || row->count == FIELDS || lookup_field(row, name))
		return;
	char *text = clean(value);
	if (!*text) {
		free(text);
		return;
	}
	struct lookup_field *f = &row->fields[row->count++];
	*f = (struct lookup_field){.name = xstrdup(name), .value = text};
	if (strcmp(name, "state") != 0)
		return;
	enum order_state state = order_state_read(text);
	f->label = text;
	f->value = xstrdup(state == ORDER_OTHER || state == ORDER_UNKNOWN
				   ? text
				   : order_state_name(state));
}

void
result_fail(struct lookup_result *r, const char *fmt, ...)
{
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	va_list ap;
	va_start(ap, fmt);
	strbuf_vprintf(&why, fmt, ap);
	va_end(ap);
	drop_rows(r);
	free(r->why);
	r->why = clean(why.s);
	r->found = LOOKUP_ERROR;
	r->more = false;
}

void
result_settle(struct lookup_result *r)
{
	if (r->found == LOOKUP_ERROR)
		return;
	r->found = !r->count                 ? LOOKUP_NONE
		   : r->count > 1 || r->more ? LOOKUP_MANY
					     : LOOKUP_ONE;
}

struct lookup_result *
result_copy(const struct lookup_result *r)
{
	struct lookup_result *copy = result_new();
	for (size_t i = 0; i < r->count && result_row(copy); i++) {
		struct lookup_row *row = &copy->rows[i];
		for (size_t n = 0; n < r->rows[i].count; n++) {
			const struct lookup_field *f = &r->rows[i].fields[n];
			row->fields[row->count++] =
				(struct lookup_field){xstrdup(f->name), xstrdup(f->value),
					f->label ? xstrdup(f->label) : NULL};
		}
	}
	copy->found = r->found;
	copy->more = r->more;
	copy->cached = r->cached;
	copy->why = r->why ? xstrdup(r->why) : NULL;
	return copy;
}

const char *
lookup_found_name(enum lookup_found found)
{
	static const char *const names[] = {"none", "one", "many", "error"};
	return names[found];
}

const struct lookup_field *
lookup_field(const struct lookup_row *row, const char *name)
{
	for (size_t i = 0; i < row->count; i++)
		if (!strcmp(row->fields[i].name, name))
			return &row->fields[i];
	return NULL;
}
