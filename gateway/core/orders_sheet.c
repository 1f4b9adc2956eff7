#include "gateway/core/orders_sheet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/sms/address.h"
#include "gateway/store/orders.h"
#include "gateway/text/sheet.h"
#include "gateway/text/sheetfile.h"
#include "gateway/core/orders_columns.h"

#define CELL_MAX      CSV_ROW_BYTES
#define HEADER_WITHIN 5 /* lines */

bool
orders_sheet_cell(const struct orders_sheet *s, const struct sheet_row *row,
	enum sheet_column column, struct strbuf *out)
{
	strbuf_reset(out);
	if (s->at[column])
		sheet_plain(row->cells[s->at[column] - 1], out);
	return out->len > 0;
}

/* ---- is a row good? ---- */

static int
check_date(const struct orders_sheet *s, const char *text, struct strbuf *err)
{
	int64_t wall;
	bool fixed;
	if (!sheet_date(text, s->region, &wall, &fixed))
		return 0;
	strbuf_set(err, "'%.40s' is not a day", text);
	return -EINVAL;
}

int
orders_sheet_digits(const struct orders_sheet *s, const struct sheet_row *row)
{
	struct strbuf cell AUTO(strbuf_done) = STRBUF_INIT(CELL_MAX);
	bool own = orders_sheet_cell(s, row, SHEET_CURRENCY, &cell);
	return sheet_currency_digits(own ? cell.s : s->currency);
}

static int
check_amount(const char *text, int digits, struct strbuf *err)
{
	int64_t amount;
	if (!sheet_amount(text, digits, &amount))
		return 0;
	strbuf_set(err, "'%.40s' is not an amount", text);
	return -EINVAL;
}

static int
check_quantity(const char *text, struct strbuf *err)
{
	int64_t n;
	if (!sheet_amount(text, 0, &n) && n >= 0 && n <= 1000000)
		return 0;
	strbuf_set(err, "'%.40s' is not a quantity", text);
	return -EINVAL;
}

static int
check_phone(const struct orders_sheet *s, const char *text, struct strbuf *err)
{
	struct strbuf phone AUTO(strbuf_done) = STRBUF_INIT(CELL_MAX);
	char number[32];
	if (strchr(text, '*') && s->masked)
		return 0;
	if (strchr(text, '*')) {
		strbuf_set(err, "'%.40s' is masked: nobody can be reached there", text);
		return -EINVAL;
	}
	if (sheet_phone(text, s->region, &phone, err))
		return -EINVAL;
	int r = sms_number_e164(phone.s, s->region, number, err);
	if (r || *number == '+')
		return r;
	strbuf_set(err, "'%.40s' is no person's number", text);
	return -EINVAL;
}

static int
check_cell(const struct orders_sheet *s, const struct sheet_row *row, enum sheet_column c,
	const char *text, struct strbuf *err)
{
	switch (c) {
	case SHEET_PLACED:
	case SHEET_PAID:
	case SHEET_SHIPPED:
	case SHEET_ETA: return check_date(s, text, err);
	case SHEET_PHONE: return check_phone(s, text, err);
	case SHEET_QUANTITY: return check_quantity(text, err);
	case SHEET_AMOUNT:
	case SHEET_TOTAL: return check_amount(text, orders_sheet_digits(s, row), err);
	case SHEET_NUMBER:
	case SHEET_LINE:
	case SHEET_SOURCE:
		if (strlen(text) <= ORDER_NUMBER)
			return 0;
		strbuf_set(err, "the %s is longer than %d bytes", sheet_column_name(c),
			ORDER_NUMBER);
		return -EINVAL;
	case SHEET_NAME:
	case SHEET_ITEM:
	case SHEET_VARIANT:
	case SHEET_SKU:
	case SHEET_STATE:
	case SHEET_CARRIER:
	case SHEET_TRACK:
	case SHEET_CURRENCY:
	case SHEET_COLUMNS: return 0;
	}
	abort();
}

static int
check_row(const struct orders_sheet *s, const struct sheet_row *row, struct strbuf *err)
{
	struct strbuf cell AUTO(strbuf_done) = STRBUF_INIT(CELL_MAX);
	if (!orders_sheet_cell(s, row, SHEET_NUMBER, &cell)) {
		strbuf_set(err, "the order's number is empty");
		return -EINVAL;
	}
	for (int c = 0; c < SHEET_COLUMNS; c++)
		if (orders_sheet_cell(s, row, (enum sheet_column)c, &cell) &&
			check_cell(s, row, (enum sheet_column)c, cell.s, err))
			return -EINVAL;
	return 0;
}

/* ---- rows to orders ---- */

struct table {
	size_t *slots; /* index + 1 */
	size_t cap;    /* a power of two */
};

static size_t
hash(const char *number, const char *source)
{
	uint64_t h = 14695981039346656037u;
	for (const char *p = number; *p; p++)
		h = (h ^ (unsigned char)*p) * 1099511628211u;
	for (const char *p = source; *p; p++)
		h = (h ^ (unsigned char)*p) * 1099511628211u;
	return (size_t)(h ^ h >> 29);
}

static size_t *
find(const struct orders_sheet *s, struct table *t, const char *number,
	const char *source)
{
	size_t i = hash(number, source) & (t->cap - 1);
	while (t->slots[i]) {
		const struct sheet_order *o = &s->orders[t->slots[i] - 1];
		if (!strcmp(o->number, number) && !strcmp(o->source, source))
			break;
		i = (i + 1) & (t->cap - 1);
	}
	return &t->slots[i];
}

/* Cells are replaced by their plain text once, so that number and source can be pointed
 * at. */
static const char *
plain_cell(struct orders_sheet *s, struct sheet_row *row, enum sheet_column c,
	const char *otherwise)
{
	struct strbuf cell AUTO(strbuf_done) = STRBUF_INIT(CELL_MAX);
	if (!orders_sheet_cell(s, row, c, &cell))
		return otherwise;
	char **at = &row->cells[s->at[c] - 1];
	if (strcmp(*at, cell.s) != 0) {
		free(*at);
		*at = xstrdup(cell.s);
	}
	return *at;
}

static void
join_order(struct orders_sheet *s, struct table *t, size_t i)
{
	struct sheet_row *row = &s->rows[i];
	const char *number = plain_cell(s, row, SHEET_NUMBER, "");
	bool same = s->at[SHEET_SOURCE] == s->at[SHEET_NUMBER];
	const char *source =
		same ? number : plain_cell(s, row, SHEET_SOURCE, s->default_source);
	if (!*number)
		return;
	size_t *slot = find(s, t, number, source);
	if (!*slot) {
		s->orders[s->order_count] = (struct sheet_order){
			.first = i + 1, .number = number, .source = source};
		*slot = ++s->order_count;
	} else {
		s->rows[s->orders[*slot - 1].last - 1].next = i + 1;
	}
	row->order = *slot;
	s->orders[*slot - 1].last = i + 1;
	s->orders[*slot - 1].bad |= row->why != NULL;
}

static void
blame_rest(struct orders_sheet *s)
{
	s->bad_rows = 0;
	for (size_t i = 0; i < s->row_count; i++) {
		struct sheet_row *row = &s->rows[i];
		if (!row->why && row->order && s->orders[row->order - 1].bad)
			row->why = xstrdup("another row of this order is bad");
		s->bad_rows += row->why != NULL;
	}
}

static void
group(struct orders_sheet *s)
{
	struct table t = {.cap = 64};
	while (t.cap < 2 * s->row_count)
		t.cap *= 2;
	t.slots = xcalloc(t.cap, sizeof(*t.slots));
	s->orders = xcalloc(s->row_count + 1, sizeof(*s->orders));
	for (size_t i = 0; i < s->row_count; i++)
		join_order(s, &t, i);
	free(t.slots);
	for (size_t i = 0; i < s->order_count; i++) {
		size_t n = 0;
		for (size_t r = s->orders[i].first; r; r = s->rows[r - 1].next)
			n++;
		if (n > ORDER_ITEMS && !s->orders[i].bad)
			orders_sheet_refuse(s, i, "an order has at most 200 rows");
	}
	blame_rest(s);
}

void
orders_sheet_refuse(struct orders_sheet *s, size_t order, const char *why)
{
	s->orders[order].bad = true;
	for (size_t r = s->orders[order].first; r; r = s->rows[r - 1].next) {
		if (s->rows[r - 1].why)
			continue;
		s->rows[r - 1].why = xstrdup(why);
		s->bad_rows++;
	}
}

/* ---- reading ---- */

static struct sheet_row *
add_row(struct orders_sheet *s, unsigned line)
{
	if (!(s->row_count & (s->row_count + 1)))
		s->rows = xrealloc(s->rows, (2 * s->row_count + 2) * sizeof(*s->rows));
	struct sheet_row *row = &s->rows[s->row_count++];
	*row = (struct sheet_row){.line = line};
	row->cells = xcalloc(s->title_count, sizeof(*row->cells));
	return row;
}

static void
drop_titles(struct orders_sheet *s)
{
	for (size_t i = 0; i < s->title_count; i++)
		free(s->titles[i]);
	free(s->titles);
	s->titles = NULL;
	s->title_count = 0;
	memset(s->at, 0, sizeof(s->at));
}

static int
take_header(struct orders_sheet *s, const struct csv_row *row,
	const struct sheet_wish *wish, struct strbuf *err)
{
	s->titles = xcalloc(row->count, sizeof(*s->titles));
	for (size_t i = 0; i < row->count; i++)
		s->titles[s->title_count++] = xstrdup(row->fields[i]);
	if (wish->map && orders_columns_map(s, wish->map, err))
		return -EINVAL;
	orders_columns_find(s);
	if (s->known && !s->known[SHEET_SOURCE]) /* one shop's list, whatever it says */
		s->at[SHEET_SOURCE] = 0;
	if (s->at[SHEET_NUMBER])
		return 0;
	/* some platforms write a line or two for people above the header */
	if (row->line < HEADER_WITHIN && !wish->map) {
		drop_titles(s);
		return 0;
	}
	strbuf_set(err,
		"line %u is not a header with the order's number (주문번호, order "
		"number); name "
		"its column with --map \"TITLE=number\"",
		row->line);
	return -EINVAL;
}

/* Blank cells beyond the header are what a deleted column leaves. */
static bool
too_long(const struct orders_sheet *s, const struct csv_row *row)
{
	for (size_t i = s->title_count; i < row->count; i++)
		if (*row->fields[i])
			return true;
	return false;
}

static bool
blank(const struct csv_row *row)
{
	for (size_t i = 0; i < row->count; i++)
		if (row->fields[i][strspn(row->fields[i], " \t")])
			return false;
	return true;
}

static void
take_row(struct orders_sheet *s, const struct csv_row *given)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (blank(given))
		return;
	struct sheet_row *row = add_row(s, given->line);
	for (size_t i = 0; i < s->title_count; i++)
		row->cells[i] = xstrdup(i < given->count ? given->fields[i] : "");
	if (too_long(s, given))
		strbuf_set(&err, "it has %zu fields where the header has %zu",
			given->count, s->title_count);
	if (err.len || check_row(s, row, &err))
		row->why = xstrdup(err.s);
}

static int
take_found(struct orders_sheet *s, enum csv_found found, const struct csv_row *row,
	const struct sheet_wish *wish, unsigned line, struct strbuf *err)
{
	if (found == CSV_ROW && !s->titles)
		return take_header(s, row, wish, err);
	if (found == CSV_ROW)
		take_row(s, row);
	if (found != CSV_BAD)
		return 0;
	if (!s->titles)
		return -EINVAL; /* the sentence is there already */
	struct sheet_row *bad = add_row(s, line);
	for (size_t i = 0; i < s->title_count; i++)
		bad->cells[i] = xstrdup("");
	bad->why = xstrdup(err->s);
	strbuf_reset(err);
	return 0;
}

static int
read_rows(struct orders_sheet *s, struct sheetfile *file, const struct sheet_wish *wish,
	struct strbuf *err)
{
	struct csv_row row;
	enum csv_found found;
	int r = 0;
	do {
		found = sheetfile_next(file, &row, err);
		r = take_found(s, found, &row, wish, file->csv.row_line, err);
	} while (!r && found != CSV_MORE);
	if (!r && !s->titles) {
		strbuf_set(err,
			file->text.len
				? "what stands in its first %d lines is not a header "
				  "with the order's number (주문번호, order number); "
				  "name "
				  "its column with --map \"TITLE=number\""
				: "it is empty",
			HEADER_WITHIN);
		r = -EINVAL;
	}
	return r;
}

int
orders_sheet_read(const void *data, size_t len, const struct sheet_wish *wish,
	struct orders_sheet **ret, struct strbuf *err)
{
	struct sheetfile file;
	struct orders_sheet *s = xcalloc(1, sizeof(*s));
	char currency[4];
	sheet_currency(wish->region, currency);
	s->currency = xstrdup(currency);
	s->region = wish->region;
	s->zone = wish->zone;
	s->default_source = wish->source ? wish->source : "";
	s->known = wish->columns;
	s->masked = wish->masked;
	int r = sheetfile_open(
		&file, data, len, wish->charset, wish->region, 3u * SHEET_BYTES, err);
	if (!r) {
		s->charset = file.charset;
		s->separator = file.separator;
		r = read_rows(s, &file, wish, err);
		sheetfile_done(&file);
	}
	if (r) {
		orders_sheet_free(s);
		return r;
	}
	group(s);
	*ret = s;
	return 0;
}

void
orders_sheet_free(struct orders_sheet *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->row_count; i++) {
		for (size_t c = 0; c < s->title_count; c++)
			free(s->rows[i].cells[c]);
		free(s->rows[i].cells);
		free(s->rows[i].why);
	}
	drop_titles(s);
	free(s->rows);
	free(s->orders);
	free((char *)s->currency);
	free(s);
}
