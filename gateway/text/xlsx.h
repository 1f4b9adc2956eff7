/* The first sheet of an Excel workbook (.xlsx, ECMA-376 part 1, 18) as CSV, on libzip and
 * expat. What stands in a cell counts, not how it is shown: a telephone number that Excel
 * took for a number has all its digits, and a day is written 2026-11-21. Line ends within
 * a cell become blanks, so that a line of the CSV has the number of its row. Pure. */
#ifndef MALGIL_TEXT_XLSX_H
#define MALGIL_TEXT_XLSX_H

#include "gateway/base/strbuf.h"

/* Do the bytes begin as a ZIP archive does? */
bool xlsx_seems(const void *data, size_t len);
/* Appends the CSV. -EINVAL with a sentence: cut off, no workbook, too large. */
int xlsx_to_csv(
	const void *data, size_t len, struct strbuf *out, struct strbuf *err) MUST_USE;

#endif
