/* CSV as people's spreadsheets write it: RFC 4180 with a byte order mark, LF, CR or CRLF,
 * and quoted fields that hold line ends. Pure and streaming: bytes are fed as they come.
 */
#ifndef MALGIL_TEXT_CSV_H
#define MALGIL_TEXT_CSV_H

#include "gateway/base/strbuf.h"

#define CSV_FIELDS    256 /* what marketplaces export has over a hundred */
#define CSV_ROW_BYTES (64 * 1024)

/* One row, valid until the next csv_next(). Fields are NUL-terminated. */
struct csv_row {
	const char *fields[CSV_FIELDS];
	size_t count;
	unsigned line; /* the row's first line, 1-based */
};

struct csv {
	struct strbuf row; /* the fields so far, each followed by NUL */
	size_t starts[CSV_FIELDS];
	size_t count;
	unsigned line, row_line, quote_line;
	char separator; /* between fields: a comma, unless changed before the first byte
			 */
	int state;
	int mark;        /* bytes of a byte order mark seen, -1 once past the start */
	bool after_cr;   /* a line feed now belongs to the line end before it */
	bool handed_out; /* the row was the caller's until now */
	const char *trouble;
	unsigned trouble_line;
};

enum csv_found {
	CSV_MORE, /* everything given was consumed; feed more */
	CSV_ROW,
	CSV_BAD, /* this row is unusable, the sentence is in err; go on with the next */
};

void csv_init(struct csv *c);
void csv_done(struct csv *c);
/* Consumes bytes from *p up to the end of one row; `*p` and `*len` move on. Empty lines
 * are passed over. */
enum csv_found csv_next(struct csv *c, const char **p, size_t *len,
	struct csv_row *ret_row, struct strbuf *err);
/* The last row, which may lack its line end: CSV_MORE when there is none. */
enum csv_found csv_finish(struct csv *c, struct csv_row *ret_row, struct strbuf *err);

#endif
