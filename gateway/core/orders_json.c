/* A sheet's orders as the API takes them, and its bad rows as a spreadsheet takes them.
 */
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/net/jsonw.h"
#include "gateway/sms/address.h"
#include "gateway/store/orders.h"
#include "gateway/text/csv.h"
#include "gateway/text/sheet.h"
#include "gateway/text/zone.h"
#include "gateway/core/orders_sheet.h"

#define CELL_MAX CSV_ROW_BYTES

/* ---- an order as JSON ---- */

/* The first cell of the order's rows that says something. */
static bool
first_cell(const struct orders_sheet *s, size_t order, enum sheet_column c,
	struct strbuf *out)
{
	for (size_t r = s->orders[order].first; r; r = s->rows[r - 1].next)
		if (orders_sheet_cell(s, &s->rows[r - 1], c, out))
			return true;
	return false;
}

/* Of items in different states the order's is one that is still to come. */
static bool
state_cell(const struct orders_sheet *s, size_t order, struct strbuf *out)
{
	for (size_t r = s->orders[order].first; r; r = s->rows[r - 1].next)
		if (orders_sheet_cell(s, &s->rows[r - 1], SHEET_STATE, out) &&
			!order_state_final(order_state_read(out->s)))
			return true;
	return first_cell(s, order, SHEET_STATE, out);
}

/* Cut where a character ends. */
static void
cut(struct strbuf *text, size_t max)
{
	size_t n = MIN(text->len, max);
	while (n < text->len && n && ((unsigned char)text->s[n] & 0xC0) == 0x80)
		n--;
	if (n < text->len)
		text->s[text->len = n] = '\0';
}

static void
write_text(struct jsonw *w, const char *name, struct strbuf *cell, size_t max)
{
	cut(cell, max);
	jsonw_text(w, name, cell->s);
}

int64_t
orders_sheet_moment(const struct orders_sheet *s, const struct sheet_row *row,
	enum sheet_column column)
{
	struct strbuf cell AUTO(strbuf_done) = STRBUF_INIT(CELL_MAX);
	int64_t wall;
	bool fixed;
	if (!orders_sheet_cell(s, row, column, &cell) ||
		sheet_date(cell.s, s->region, &wall, &fixed))
		return 0;
	return fixed ? wall : zone_from_local(s->zone, wall);
}

static void
write_moment(struct jsonw *w, const struct orders_sheet *s, const char *text)
{
	int64_t wall;
	bool fixed;
	if (!sheet_date(text, s->region, &wall, &fixed))
		jsonw_time(w, "placed", fixed ? wall : zone_from_local(s->zone, wall));
}

static void
write_day(struct jsonw *w, const struct orders_sheet *s, const char *text)
{
	int64_t wall;
	bool fixed;
	char iso[ISO_MAX];
	if (sheet_date(text, s->region, &wall, &fixed))
		return;
	iso_format(wall + (fixed ? zone_offset(s->zone, wall) : 0), 0, iso);
	iso[10] = '\0';
	jsonw_text(w, "eta", iso);
}

static void
write_phone(struct jsonw *w, const struct orders_sheet *s, const char *text)
{
	struct strbuf phone AUTO(strbuf_done) = STRBUF_INIT(CELL_MAX);
	char number[32];
	if (!sheet_phone(text, s->region, &phone, NULL) &&
		!sms_number_e164(phone.s, s->region, number, NULL))
		jsonw_text(w, "phone", number);
}

static void
write_item(struct jsonw *w, const struct orders_sheet *s, const struct sheet_row *row,
	struct strbuf *cell)
{
	static const struct {
		const char *name;
		enum sheet_column column;
		size_t max;
	} texts[] = {{"item", SHEET_ITEM, ORDER_NAME},
		{"variant", SHEET_VARIANT, ORDER_NAME}, {"sku", SHEET_SKU, ORDER_NUMBER},
		{"quantity", SHEET_QUANTITY, 100}, {"amount", SHEET_AMOUNT, 100}};
	if (!orders_sheet_cell(s, row, SHEET_ITEM, cell))
		return;
	jsonw_open(w, NULL, '{');
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (orders_sheet_cell(s, row, texts[i].column, cell))
			write_text(w, texts[i].name, cell, texts[i].max);
	jsonw_close(w, '}');
}

void
orders_sheet_item(
	const struct orders_sheet *s, const struct sheet_row *row, struct strbuf *out)
{
	struct strbuf cell AUTO(strbuf_done) = STRBUF_INIT(CELL_MAX);
	struct jsonw w = {out};
	write_item(&w, s, row, &cell);
}

/* Without a total the items' amounts make one, if all have theirs. */
static void
write_total(
	struct jsonw *w, const struct orders_sheet *s, size_t order, struct strbuf *cell)
{
	int digits = orders_sheet_digits(s, &s->rows[s->orders[order].first - 1]);
	int64_t sum = 0, amount;
	char text[32];
	if (first_cell(s, order, SHEET_TOTAL, cell)) {
		write_text(w, "total", cell, 100);
		return;
	}
	for (size_t r = s->orders[order].first; r; r = s->rows[r - 1].next) {
		if (!orders_sheet_cell(s, &s->rows[r - 1], SHEET_AMOUNT, cell) ||
			sheet_amount(cell->s, digits, &amount))
			return;
		sum += amount;
	}
	sheet_amount_format(sum, digits, text);
	jsonw_text(w, "total", text);
}

void
orders_sheet_json(const struct orders_sheet *s, size_t order, struct strbuf *out)
{
	struct strbuf cell AUTO(strbuf_done) = STRBUF_INIT(CELL_MAX);
	const struct sheet_order *o = &s->orders[order];
	struct jsonw w = {out};
	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "number", o->number);
	if (*o->source)
		jsonw_text(&w, "source", o->source);
	if (first_cell(s, order, SHEET_PHONE, &cell))
		write_phone(&w, s, cell.s);
	if (first_cell(s, order, SHEET_NAME, &cell))
		write_text(&w, "name", &cell, ORDER_NAME);
	if (state_cell(s, order, &cell))
		write_text(&w, "state", &cell, ORDER_NUMBER);
	if (first_cell(s, order, SHEET_CARRIER, &cell))
		write_text(&w, "carrier", &cell, ORDER_NUMBER);
	if (first_cell(s, order, SHEET_TRACK, &cell))
		write_text(&w, "track", &cell, ORDER_NAME);
	if (first_cell(s, order, SHEET_CURRENCY, &cell))
		write_text(&w, "currency", &cell, 3);
	if (first_cell(s, order, SHEET_PLACED, &cell))
		write_moment(&w, s, cell.s);
	if (first_cell(s, order, SHEET_ETA, &cell))
		write_day(&w, s, cell.s);
	write_total(&w, s, order, &cell);
	if (s->at[SHEET_ITEM]) {
		jsonw_open(&w, "items", '[');
		for (size_t r = o->first; r; r = s->rows[r - 1].next)
			write_item(&w, s, &s->rows[r - 1], &cell);
		jsonw_close(&w, ']');
	}
	jsonw_close(&w, '}');
}

/* ---- what is wrong with the rest ---- */

/* RFC 4180, and no cell that a spreadsheet would take for a formula it should run. */
static void
write_csv_cell(struct strbuf *out, const char *text)
{
	strbuf_putc(out, '"');
	if (*text && strchr("=+-@\t\r", *text))
		strbuf_putc(out, '\'');
	for (; *text; text++) {
		if (*text == '"')
			strbuf_putc(out, '"');
		strbuf_putc(out, *text);
	}
	strbuf_putc(out, '"');
}

void
orders_sheet_errors(const struct orders_sheet *s, struct strbuf *out)
{
	strbuf_puts(out, "\xEF\xBB\xBFline,why");
	for (size_t c = 0; c < s->title_count; c++) {
		strbuf_putc(out, ',');
		write_csv_cell(out, s->titles[c]);
	}
	strbuf_puts(out, "\r\n");
	for (size_t i = 0; i < s->row_count; i++) {
		const struct sheet_row *row = &s->rows[i];
		if (!row->why)
			continue;
		strbuf_printf(out, "%u,", row->line);
		write_csv_cell(out, row->why);
		for (size_t c = 0; c < s->title_count; c++) {
			strbuf_putc(out, ',');
			write_csv_cell(out, row->cells[c]);
		}
		strbuf_puts(out, "\r\n");
	}
}
