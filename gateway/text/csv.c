#include "gateway/text/csv.h"

#include <string.h>

enum { FIELD_START, PLAIN, QUOTED, QUOTE_SEEN };

void
csv_init(struct csv *c)
{
	*c = (struct csv){.line = 1, .row_line = 1, .separator = ','};
	c->state = FIELD_START;
	strbuf_init(&c->row, CSV_ROW_BYTES);
}

void
csv_done(struct csv *c)
{
	strbuf_done(&c->row);
}

static void
complain(struct csv *c, const char *what)
{
	if (c->trouble)
		return;
	c->trouble = what;
	c->trouble_line = c->line;
}

static void
field_open(struct csv *c)
{
	if (c->count == CSV_FIELDS)
		complain(c, "has more than 256 fields");
	else
		c->starts[c->count++] = c->row.len;
}

static void
field_close(struct csv *c)
{
	strbuf_putc(&c->row, '\0');
	c->state = FIELD_START;
}

static void
row_reset(struct csv *c)
{
	strbuf_reset(&c->row);
	c->count = 0;
	c->state = FIELD_START;
	c->trouble = NULL;
	c->handed_out = false;
	c->row_line = c->line;
}

/* A row is complete: hands it out, or says what is wrong with it. */
static enum csv_found
row_close(struct csv *c, struct csv_row *ret_row, struct strbuf *err)
{
	field_close(c);
	c->handed_out = true;
	if (c->row.full && !c->trouble) {
		c->trouble = "is longer than 64 KiB";
		c->trouble_line = c->row_line;
	}
	if (c->trouble) {
		strbuf_set(err, "line %u: this row %s", c->trouble_line, c->trouble);
		return CSV_BAD;
	}
	ret_row->count = c->count;
	ret_row->line = c->row_line;
	for (size_t i = 0; i < c->count; i++)
		ret_row->fields[i] = c->row.s + c->starts[i];
	return CSV_ROW;
}

static bool
row_empty(const struct csv *c)
{
	return !c->count && c->state == FIELD_START;
}

/* One character inside quotes; RFC 4180 2.7: a doubled quote is a quote. */
static void
quoted(struct csv *c, char ch)
{
	if (ch == '"')
		c->state = QUOTE_SEEN;
	else
		strbuf_putc(&c->row, ch);
}

static void
after_quote(struct csv *c, char ch)
{
	if (ch == '"') {
		strbuf_putc(&c->row, '"');
		c->state = QUOTED;
	} else if (ch == c->separator) {
		field_close(c);
		field_open(c);
	} else if (ch != ' ' && ch != '\t') {
		complain(c, "has text after a closing quote (write \"\" for a quote)");
	}
}

static void
unquoted(struct csv *c, char ch)
{
	if (c->state == FIELD_START) {
		if (!c->count)
			field_open(c);
		c->state = ch == '"' ? QUOTED : PLAIN;
		c->quote_line = c->line;
		if (ch == '"')
			return;
	}
	if (ch == c->separator) {
		field_close(c);
		field_open(c);
	} else if (ch == '"') {
		complain(c, "has a quote inside an unquoted field");
	} else {
		strbuf_putc(&c->row, ch);
	}
}

static void
step(struct csv *c, char ch)
{
	if (!ch)
		complain(c, "contains a zero byte");
	else if (c->state == QUOTED)
		quoted(c, ch);
	else if (c->state == QUOTE_SEEN)
		after_quote(c, ch);
	else
		unquoted(c, ch);
}

/* The byte order mark Excel writes; it may come in pieces, so it is skipped bytewise. */
static bool
skip_mark(struct csv *c, char ch)
{
	static const char mark[] = "\xEF\xBB\xBF";
	if (c->mark < 0 || ch != mark[c->mark]) {
		c->mark = -1;
		return false;
	}
	c->mark = c->mark == 2 ? -1 : c->mark + 1;
	return true;
}

/* True when `ch` ends the row. Line ends inside quotes are text, but lines all the same.
 */
static bool
line_end(struct csv *c, char ch)
{
	bool second = ch == '\n' && c->after_cr;
	c->after_cr = ch == '\r';
	if (ch != '\n' && ch != '\r')
		return false;
	if (!second)
		c->line++;
	return c->state != QUOTED && !second;
}

enum csv_found
csv_next(struct csv *c, const char **p, size_t *len, struct csv_row *ret_row,
	struct strbuf *err)
{
	if (c->handed_out)
		row_reset(c);
	while (*len) {
		char ch = *(*p)++;
		(*len)--;
		bool second = ch == '\n' && c->after_cr && c->state != QUOTED;
		if (skip_mark(c, ch))
			continue;
		bool ended = line_end(c, ch);
		if (ended && !row_empty(c))
			return row_close(c, ret_row, err);
		if (ended || second)
			c->row_line = c->line;
		else
			step(c, ch);
	}
	return CSV_MORE;
}

enum csv_found
csv_finish(struct csv *c, struct csv_row *ret_row, struct strbuf *err)
{
	if (c->handed_out)
		row_reset(c);
	if (row_empty(c))
		return CSV_MORE;
	if (c->state == QUOTED) {
		c->trouble = NULL;
		complain(c, "opens a quote that is never closed");
		c->trouble_line = c->quote_line;
	}
	return row_close(c, ret_row, err);
}
