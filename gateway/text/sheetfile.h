/* A spreadsheet as people save it, read row by row: CSV with commas, semicolons or tabs
 * in any charset, or an Excel workbook. What only looks like one (a PDF, a picture, a web
 * page called .xls) gets the sentence that helps. Pure. */
#ifndef MALGIL_TEXT_SHEETFILE_H
#define MALGIL_TEXT_SHEETFILE_H

#include "gateway/text/csv.h"

struct sheetfile {
	const char *charset; /* "UTF-8", "windows-949" ..., or "Excel" */
	char separator;
	struct strbuf text; /* all of it as UTF-8 */
	struct csv csv;
	const char *at;
	size_t left;
	bool finished;
};

/* `charset` NULL: guessed, with `region` in mind. `max`: bytes of the text as UTF-8. 0,
 * or -EINVAL with a sentence. */
int sheetfile_open(struct sheetfile *f, const void *data, size_t len, const char *charset,
	const char *region, size_t max, struct strbuf *err) MUST_USE;
void sheetfile_done(struct sheetfile *f);
/* The next row, as csv_next(); CSV_MORE at the end. The line of a bad one is in
 * f->csv.row_line. */
enum csv_found
sheetfile_next(struct sheetfile *f, struct csv_row *ret_row, struct strbuf *err);
/* From the beginning again. */
void sheetfile_rewind(struct sheetfile *f);

#endif
