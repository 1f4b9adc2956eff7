/* What stands in the cells of people's spreadsheets: amounts with signs and words, days
 * in every order, numbers a spreadsheet has chewed. Pure. */
#ifndef MALGIL_TEXT_SHEET_H
#define MALGIL_TEXT_SHEET_H

#include "gateway/base/strbuf.h"

/* Drops blanks around, a leading apostrophe, and the ="..." that keeps Excel from
 * calculating. Replaces the content of `out`. */
void sheet_plain(const char *cell, struct strbuf *out);

/* An amount in the smallest unit of a currency with `digits` decimals (won 0, cent 2):
 * "₩32,000", "32,000원", "3만 2천" is not one, "12.50", "1.234,56 €", "(500)" is
 * negative. 0, or -EINVAL. */
int sheet_amount(const char *text, int digits, int64_t *ret) MUST_USE;
/* The decimals of a currency: 0 for KRW and JPY, 2 for most. */
int sheet_currency_digits(const char *currency);
/* The currency of a region, "KRW" for "KR"; "" when it has none. `ret` needs 4 bytes. */
void sheet_currency(const char *region, char ret[4]);
/* "32000", "12.50". `ret` needs 32 bytes. */
void sheet_amount_format(int64_t amount, int digits, char ret[32]);

/* A day, with or without a time: "2026-11-21", "2026.11.21 14:05", "2026. 11. 21. 오후
 * 2:05", "20261121", "20261121140500", "11/21/2026" in a region that writes the month
 * first, "21/11/2026" elsewhere, a day's number in Excel ("46347.5"), or ISO 8601 with an
 * offset. `ret_local` gets ms as if UTC, or with *ret_fixed set the moment itself. 0, or
 * -EINVAL. */
int sheet_date(const char *text, const char *region, int64_t *ret_local,
	bool *ret_fixed) MUST_USE;

/* A telephone number a spreadsheet took for a number: "1012345678" and "1012345678.0" in
 * Korea get their zero back. Replaces the content of `out`. -EINVAL with a sentence when
 * digits are lost for good ("1.01235E+09"). */
int sheet_phone(const char *text, const char *region, struct strbuf *out,
	struct strbuf *err) MUST_USE;

/* A title of a header made comparable: as words_normalise(), without blanks. Replaces the
 * content of `out`. */
void sheet_title(const char *title, struct strbuf *out);
/* The place of such a title in a comma-separated list, 1 the best; 0: not there. */
size_t sheet_title_rank(const char *title, const char *list);

/* What separates the cells of a header: ',', ';' or a tab, whichever the first line has
 * most outside quotes. */
char sheet_separator(const char *text, size_t len);

#endif
