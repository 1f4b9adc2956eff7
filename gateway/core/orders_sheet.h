/* A spreadsheet of orders, understood: which column means what, which rows are one order,
 * and what is wrong with the rest. Pure: bytes in, orders out; no file, no gateway. */
#ifndef MALGIL_CORE_ORDERS_SHEET_H
#define MALGIL_CORE_ORDERS_SHEET_H

#include "gateway/base/strbuf.h"

#define SHEET_BYTES (64u << 20) /* of the file, and of its text as UTF-8 twice that */

enum sheet_column {
	SHEET_NUMBER,
	SHEET_LINE, /* the platform's own number of the row */
	SHEET_SOURCE,
	SHEET_PLACED,
	SHEET_PAID,    /* when it was paid, */
	SHEET_SHIPPED, /* and when it left */
	SHEET_PHONE,
	SHEET_NAME,
	SHEET_ITEM,
	SHEET_VARIANT,
	SHEET_SKU,
	SHEET_QUANTITY,
	SHEET_AMOUNT, /* of the row's item */
	SHEET_TOTAL,  /* of the order */
	SHEET_STATE,
	SHEET_CARRIER,
	SHEET_TRACK,
	SHEET_ETA,
	SHEET_CURRENCY,
	SHEET_COLUMNS,
};
const char *sheet_column_name(enum sheet_column column); /* "number", "placed" ... */

struct sheet_row {
	unsigned line;
	char **cells; /* header's count of them */
	size_t order; /* index + 1; 0 when it belongs to none */
	size_t next;  /* the order's next row, index + 1; 0 the last */
	char *why;    /* what is wrong with it; NULL nothing */
};

struct sheet_order {
	size_t first, last; /* rows, index + 1 */
	const char *number, *source;
	bool bad; /* one of its rows is: nothing of it is sent */
};

struct orders_sheet {
	const char *charset;
	char separator;
	char **titles; /* of the header */
	size_t title_count;
	size_t at[SHEET_COLUMNS]; /* the cell's place + 1, 0 when there is no such column
				   */
	struct sheet_row *rows;
	size_t row_count;
	struct sheet_order *orders;
	size_t order_count;
	size_t bad_rows;
	/* What was asked for. */
	const char *region, *zone, *default_source, *currency;
	const char *const *known; /* of struct sheet_wish */
	bool masked;
};

struct sheet_wish {
	const char *region; /* "KR": how numbers and days are read */
	const char *zone;   /* of days without an offset */
	const char *source; /* of orders whose row names none */
	const char *map; /* "Title=number, Other=phone": before the titles known; NULL */
	const char *charset; /* NULL: guessed */
	/* Titles by SHEET_*, several with commas, that come before those known to
	 * everybody; NULL, as each of them may be. */
	const char *const *columns;
	bool masked; /* a masked number is none, and no mistake */
};

/* 0 and a sheet for orders_sheet_free(), in which single rows may be bad; -EINVAL with a
 * sentence when the whole cannot be used. `wish` is borrowed as long as the sheet lives.
 */
int orders_sheet_read(const void *data, size_t len, const struct sheet_wish *wish,
	struct orders_sheet **ret_sheet, struct strbuf *err) MUST_USE;
void orders_sheet_free(struct orders_sheet *sheet);

/* Appends one order as the API takes it, without a line end. */
void
orders_sheet_json(const struct orders_sheet *sheet, size_t order, struct strbuf *out);

/* Appends the item of one row as it stands in an order; nothing when it names none. */
void orders_sheet_item(const struct orders_sheet *sheet, const struct sheet_row *row,
	struct strbuf *out);

/* A row is bad after all, and with it its order's other rows. */
void orders_sheet_refuse(struct orders_sheet *sheet, size_t order, const char *why);

/* What is wrong, as a file for a spreadsheet: the line, why, and the row as it was. */
void orders_sheet_errors(const struct orders_sheet *sheet, struct strbuf *out);

/* The plain text of a cell into `out`; false when the column is missing or it is empty.
 */
bool orders_sheet_cell(const struct orders_sheet *sheet, const struct sheet_row *row,
	enum sheet_column column, struct strbuf *out);

/* The moment a cell names, in the sheet's zone; 0 when it names none. */
int64_t orders_sheet_moment(const struct orders_sheet *sheet, const struct sheet_row *row,
	enum sheet_column column);

/* The decimals of the row's own currency, where it has one. */
int orders_sheet_digits(const struct orders_sheet *sheet, const struct sheet_row *row);

#endif
