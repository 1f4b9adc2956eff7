/* Any octets as a CSV file: whole and cut in two it reads the same, row by row. The first
 * octet says where it is cut. */
#include <stdlib.h>
#include <string.h>

#include "gateway/text/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
note(struct strbuf *out, enum csv_found found, const struct csv_row *row,
	const struct strbuf *err)
{
	if (found == CSV_BAD)
		strbuf_puts(out, err->s);
	if (found != CSV_ROW)
		return;
	strbuf_printf(out, "\n%u:%zu", row->line, row->count);
	for (size_t i = 0; i < row->count; i++)
		strbuf_puts(out, row->fields[i]);
}

static void
feed(struct csv *csv, const char *p, size_t len, struct strbuf *out)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct csv_row row;
	enum csv_found found;
	do {
		found = csv_next(csv, &p, &len, &row, &err);
		note(out, found, &row, &err);
	} while (found != CSV_MORE);
	if (len)
		abort(); /* it asked for more with some left */
	strbuf_done(&err);
}

static void
read_file(const char *p, size_t len, size_t cut, struct strbuf *out)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct csv_row row;
	struct csv csv;
	csv_init(&csv);
	feed(&csv, p, cut, out);
	feed(&csv, p + cut, len - cut, out);
	enum csv_found found = csv_finish(&csv, &row, &err);
	note(out, found, &row, &err);
	csv_done(&csv);
	strbuf_done(&err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf whole = STRBUF_INIT(1 << 24), parts = STRBUF_INIT(1 << 24);
	if (!size)
		return 0;
	const char *p = (const char *)data + 1;
	size_t len = size - 1;
	read_file(p, len, len, &whole);
	read_file(p, len, len ? data[0] % len : 0, &parts);
	if (whole.len != parts.len || memcmp(whole.s, parts.s, whole.len) != 0)
		abort();
	strbuf_done(&whole);
	strbuf_done(&parts);
	return 0;
}
