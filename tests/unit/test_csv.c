/* text/csv: what spreadsheets write, whole and cut into single bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/text/csv.h"

static const struct {
	const char *name, *text;
	const char *expect; /* "LINE:field|field;" a row, "!sentence;" a bad one */
} files[] = {
	{"empty", "", ""},
	{"only line ends", "\r\n\n\r", ""},
	{"plain", "a,b\nc,d\n", "1:a|b;2:c|d;"},
	{"no line end at the end", "a,b\nc", "1:a|b;2:c;"},
	{"Windows", "a,b\r\nc,d\r\n", "1:a|b;2:c|d;"},
	{"old Macintosh", "a\rb\r", "1:a;2:b;"},
	{"byte order mark", "\xEF\xBB\xBFto,text\n", "1:to|text;"},
	{"a mark elsewhere is text", "a\n\xEF\xBB\xBFz\n", "1:a;2:\xEF\xBB\xBFz;"},
	{"empty fields", ",\n,x\ny,\n", "1:|;2:|x;3:y|;"},
	{"empty lines count", "a\n\n\nb\n", "1:a;4:b;"},
	{"quotes", "\"a,b\",\"c \"\"d\"\"\"\n", "1:a,b|c \"d\";"},
	{"an empty quoted field is a row", "\"\"\n", "1:;"},
	{"line ends in quotes", "\"a\r\nb\nc\",d\ne\n", "1:a\r\nb\nc|d;4:e;"},
	{"blanks after a quote", "\"a\" ,b\n", "1:a|b;"},
	{"quote inside", "a\"b,c\nd\n",
		"!line 1: this row has a quote inside an unquoted "
		"field;2:d;"},
	{"text after a quote", "x\n\"a\"b\nc\n",
		"1:x;!line 2: this row has text after a closing quote (write \"\" for a "
		"quote);3:c;"},
	{"never closed", "a\n\"b\nc\n",
		"1:a;!line 2: this row opens a quote that is never "
		"closed;"},
	{"hangul", "말,\"길\n\"\n", "1:말|길\n;"},
};

static void
show(struct strbuf *out, enum csv_found found, const struct csv_row *row,
	const struct strbuf *err)
{
	if (found == CSV_BAD)
		strbuf_printf(out, "!%s;", err->s);
	if (found != CSV_ROW)
		return;
	strbuf_printf(out, "%u:", row->line);
	for (size_t i = 0; i < row->count; i++)
		strbuf_printf(out, "%s%s", i ? "|" : "", row->fields[i]);
	strbuf_putc(out, ';');
}

static void
read_in_pieces(const char *text, size_t len, size_t piece, struct strbuf *out)
{
	struct csv csv;
	struct csv_row row;
	struct strbuf err = STRBUF_SENTENCE;
	csv_init(&csv);
	for (size_t at = 0; at < len; at += piece) {
		const char *p = text + at;
		size_t n = MIN(piece, len - at);
		enum csv_found found;
		do {
			found = csv_next(&csv, &p, &n, &row, &err);
			show(out, found, &row, &err);
		} while (found != CSV_MORE);
	}
	show(out, csv_finish(&csv, &row, &err), &row, &err);
	csv_done(&csv);
	strbuf_done(&err);
}

static void
files_read_the_same_however_they_are_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		for (size_t piece = 1; piece < 64; piece++) {
			struct strbuf out = STRBUF_INIT(4096);
			read_in_pieces(files[i].text, strlen(files[i].text), piece, &out);
			print_message("%s in pieces of %zu\n", files[i].name, piece);
			assert_string_equal(out.s, files[i].expect);
			strbuf_done(&out);
		}
	}
}

static void
a_zero_byte_spoils_its_row_only(void **state)
{
	(void)state;
	struct strbuf out = STRBUF_INIT(4096);
	read_in_pieces("a\0,b\nc\n", 7, 7, &out);
	assert_string_equal(out.s, "!line 1: this row contains a zero byte;2:c;");
	strbuf_done(&out);
}

static void
rows_have_ceilings(void **state)
{
	(void)state;
	struct strbuf text = STRBUF_INIT(1 << 20), out = STRBUF_INIT(4096);
	for (int i = 0; i < CSV_FIELDS; i++)
		strbuf_puts(&text, ",");
	strbuf_puts(&text, "\nok\n");
	for (int i = 0; i < CSV_ROW_BYTES; i++)
		strbuf_putc(&text, 'x');
	strbuf_puts(&text, "\nok\n");
	read_in_pieces(text.s, text.len, 4096, &out);
	assert_string_equal(out.s, "!line 1: this row has more than 256 fields;2:ok;"
				   "!line 3: this row is longer than 64 KiB;4:ok;");
	strbuf_done(&text);
	strbuf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_read_the_same_however_they_are_cut),
		cmocka_unit_test(a_zero_byte_spoils_its_row_only),
		cmocka_unit_test(rows_have_ceilings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
