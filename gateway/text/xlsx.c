#include "gateway/text/xlsx.h"

#include <errno.h>
#include <expat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "gateway/base/iso.h"

#define PART_MAX    (1u << 30) /* bytes of one part, unpacked */
#define STRINGS_MAX (256u << 20)
#define CELL_MAX    65536
#define COLUMNS_MAX 1024
#define EPOCH_1900  (INT64_C(-25569) * DAY)
#define EPOCH_1904  (INT64_C(-24107) * DAY)

enum where { NOWHERE, IN_VALUE, IN_TEXT };

struct book {
	zip_t *zip;
	XML_Parser parser;
	struct strbuf *err;
	int64_t epoch;
	char sheet_id[64], sheet[256];
	/* the shared strings, NUL between them */
	struct strbuf strings;
	size_t *starts, count;
	/* which styles are days */
	bool *days;
	size_t day_count;
	unsigned char formats[4096]; /* by number: 1 a day */
	bool in_styles;
	/* the cell at hand */
	struct strbuf cell;
	enum where where;
	int phonetic;
	size_t column, written;
	unsigned long row, line;
	char type[12];
	size_t style;
	struct strbuf *out;
};

bool
xlsx_seems(const void *data, size_t len)
{
	return len >= 4 && !memcmp(data, "PK\3\4", 4);
}

static const char *
plain(const char *name)
{
	const char *colon = strrchr(name, ':');
	return colon ? colon + 1 : name;
}

static const char *
attribute(const char **attrs, const char *name)
{
	for (; attrs[0]; attrs += 2)
		if (!strcmp(plain(attrs[0]), name))
			return attrs[1];
	return NULL;
}

/* ---- a part of the archive ---- */

typedef void XMLCALL (*start_fn)(void *arg, const char *name, const char **attrs);
typedef void XMLCALL (*end_fn)(void *arg, const char *name);

static void XMLCALL
no_doctype(
	void *arg, const char *name, const char *sysid, const char *pubid, int internal)
{
	struct book *b = arg;
	(void)name, (void)sysid, (void)pubid, (void)internal;
	XML_StopParser(b->parser, XML_FALSE);
}

static void XMLCALL
on_text(void *arg, const char *text, int len)
{
	struct book *b = arg;
	if (b->where != NOWHERE)
		strbuf_add(&b->cell, text, (size_t)len);
}

static int
pump(struct book *b, zip_file_t *file)
{
	zip_int64_t n, all = 0;
	do {
		void *room = XML_GetBuffer(b->parser, 1 << 16);
		n = room ? zip_fread(file, room, 1 << 16) : -1;
		if (n < 0 || (all += n) > PART_MAX)
			return -EINVAL;
		if (XML_ParseBuffer(b->parser, (int)n, n == 0) != XML_STATUS_OK)
			return -EINVAL;
	} while (n > 0);
	return 0;
}

/* 0; -ENOENT when there is no such part; -EINVAL when it cannot be read. */
static int
read_part(struct book *b, const char *name, start_fn start, end_fn end)
{
	zip_file_t *file = zip_fopen(b->zip, name, 0);
	if (!file)
		return zip_name_locate(b->zip, name, 0) < 0 ? -ENOENT : -EINVAL;
	b->parser = XML_ParserCreate(NULL);
	XML_SetUserData(b->parser, b);
	XML_SetElementHandler(b->parser, start, end);
	XML_SetCharacterDataHandler(b->parser, on_text);
	XML_SetStartDoctypeDeclHandler(b->parser, no_doctype);
	int r = pump(b, file);
	XML_ParserFree(b->parser);
	zip_fclose(file);
	return r;
}

/* ---- the workbook: which sheet is the first ---- */

static void XMLCALL
nothing(void *arg, const char *name)
{
	(void)arg, (void)name;
}

static void XMLCALL
book_start(void *arg, const char *name, const char **attrs)
{
	struct book *b = arg;
	const char *id = attribute(attrs, "id"), *old = attribute(attrs, "date1904");
	if (!strcmp(plain(name), "workbookPr") && old && (*old == '1' || *old == 't'))
		b->epoch = EPOCH_1904;
	if (!strcmp(plain(name), "sheet") && !*b->sheet_id && id)
		snprintf(b->sheet_id, sizeof(b->sheet_id), "%s", id);
}

static void XMLCALL
relation_start(void *arg, const char *name, const char **attrs)
{
	struct book *b = arg;
	const char *id = attribute(attrs, "Id"), *target = attribute(attrs, "Target");
	if (strcmp(plain(name), "Relationship") != 0 || !id || !target ||
		strcmp(id, b->sheet_id) != 0)
		return;
	if (*target == '/')
		snprintf(b->sheet, sizeof(b->sheet), "%s", target + 1);
	else
		snprintf(b->sheet, sizeof(b->sheet), "xl/%s", target);
}

/* ---- shared strings ---- */

static void XMLCALL
strings_start(void *arg, const char *name, const char **attrs)
{
	struct book *b = arg;
	(void)attrs;
	if (!strcmp(plain(name), "si"))
		strbuf_reset(&b->cell);
	b->phonetic += !strcmp(plain(name), "rPh");
	if (!strcmp(plain(name), "t") && !b->phonetic)
		b->where = IN_TEXT;
}

static void XMLCALL
strings_end(void *arg, const char *name)
{
	struct book *b = arg;
	b->where = NOWHERE;
	b->phonetic -= !strcmp(plain(name), "rPh");
	if (strcmp(plain(name), "si") != 0)
		return;
	if (!(b->count & (b->count + 1)))
		b->starts = xrealloc(b->starts, (2 * b->count + 2) * sizeof(*b->starts));
	b->starts[b->count++] = b->strings.len;
	strbuf_add(&b->strings, b->cell.s, b->cell.len + 1);
}

/* ---- styles: which of them are days (18.8.30) ---- */

static bool
code_is_day(const char *code)
{
	bool quoted = false, bracket = false, day = false;
	for (; *code; code++) {
		quoted ^= *code == '"';
		bracket = *code == '[' || (bracket && *code != ']');
		if (*code == '\\' && code[1])
			code++;
		else if (!quoted && !bracket && strchr("yYdD", *code))
			day = true;
		else if (!quoted && !bracket && strchr("0#?", *code))
			return false;
	}
	return day;
}

static bool
format_is_day(const struct book *b, unsigned long id)
{
	return (id >= 14 && id <= 17) || id == 22 || (id >= 27 && id <= 36) ||
	       (id >= 50 && id <= 58) || (id < sizeof(b->formats) && b->formats[id]);
}

static void XMLCALL
styles_start(void *arg, const char *name, const char **attrs)
{
	struct book *b = arg;
	const char *id = attribute(attrs, "numFmtId");
	const char *code = attribute(attrs, "formatCode");
	unsigned long n = id ? strtoul(id, NULL, 10) : 0;
	if (!strcmp(plain(name), "numFmt") && code && n < sizeof(b->formats))
		b->formats[n] = code_is_day(code);
	if (!strcmp(plain(name), "cellXfs"))
		b->in_styles = true;
	if (!b->in_styles || strcmp(plain(name), "xf") != 0)
		return;
	if (!(b->day_count & (b->day_count + 1)))
		b->days = xrealloc(b->days, 2 * b->day_count + 2);
	b->days[b->day_count++] = format_is_day(b, n);
}

static void XMLCALL
styles_end(void *arg, const char *name)
{
	struct book *b = arg;
	if (!strcmp(plain(name), "cellXfs"))
		b->in_styles = false;
}

/* ---- the sheet ---- */

static size_t
column_of(const char *ref)
{
	size_t n = 0;
	for (; *ref >= 'A' && *ref <= 'Z' && n < COLUMNS_MAX; ref++)
		n = n * 26 + (size_t)(*ref - 'A') + 1;
	return n;
}

static void
begin_row(struct book *b, const char *number)
{
	unsigned long row = number ? strtoul(number, NULL, 10) : b->row + 1;
	b->row = row > b->row ? row : b->row + 1;
	b->column = b->written = 0;
	for (; b->line + 1 < b->row && !b->out->full; b->line++)
		strbuf_putc(b->out, '\n');
}

static void
begin_cell(struct book *b, const char **attrs)
{
	const char *ref = attribute(attrs, "r"), *type = attribute(attrs, "t");
	const char *style = attribute(attrs, "s");
	size_t column = ref ? column_of(ref) : 0;
	b->column = column ? column : b->column + 1;
	snprintf(b->type, sizeof(b->type), "%s", type ? type : "n");
	b->style = style ? strtoul(style, NULL, 10) : 0;
	strbuf_reset(&b->cell);
}

static void XMLCALL
sheet_start(void *arg, const char *name, const char **attrs)
{
	struct book *b = arg;
	const char *what = plain(name);
	if (!strcmp(what, "row"))
		begin_row(b, attribute(attrs, "r"));
	else if (!strcmp(what, "c"))
		begin_cell(b, attrs);
	else if (!strcmp(what, "rPh"))
		b->phonetic++;
	else if (!strcmp(what, "v"))
		b->where = IN_VALUE;
	else if (!strcmp(what, "t") && !b->phonetic)
		b->where = IN_TEXT;
}

static void
write_number(struct book *b, const char *text, char room[48])
{
	double n = strtod(text, NULL);
	bool day = b->style < b->day_count && b->days[b->style];
	if (day && n >= 1 && n < 2958466) {
		char iso[ISO_MAX];
		/* 1900 was no leap year, whatever Excel says */
		if (b->epoch == EPOCH_1900 && n < 60)
			n += 1;
		iso_format(b->epoch + (int64_t)(n * 86400 + 0.5) * SECOND, 0, iso);
		bool whole = n == (double)(int64_t)n;
		snprintf(room, 48, "%.*s", whole ? 10 : 19, iso);
	} else if (n == (double)(int64_t)n && n > -1e15 && n < 1e15) {
		snprintf(room, 48, "%.0f", n);
	} else {
		snprintf(room, 48, "%.47s", text);
	}
}

static const char *
meaning(struct book *b, char room[48])
{
	const char *text = b->cell.s;
	if (!strcmp(b->type, "s")) {
		size_t n = strtoul(text, NULL, 10);
		return *text && n < b->count ? b->strings.s + b->starts[n] : "";
	}
	if (!strcmp(b->type, "b"))
		return *text == '1' ? "true" : "false";
	if (!strcmp(b->type, "e"))
		return "";
	if (strcmp(b->type, "n") != 0 || !*text)
		return text;
	write_number(b, text, room);
	return room;
}

static void
end_cell(struct book *b)
{
	char room[48];
	const char *text = meaning(b, room);
	if (b->column > COLUMNS_MAX || b->column <= b->written || !*text)
		return;
	for (; b->written < b->column; b->written++)
		if (b->written)
			strbuf_putc(b->out, ',');
	strbuf_putc(b->out, '"');
	for (; *text; text++) {
		if (*text == '"')
			strbuf_putc(b->out, '"');
		strbuf_putc(b->out, *text == '\n' || *text == '\r' ? ' ' : *text);
	}
	strbuf_putc(b->out, '"');
}

static void XMLCALL
sheet_end(void *arg, const char *name)
{
	struct book *b = arg;
	const char *what = plain(name);
	b->where = NOWHERE;
	if (!strcmp(what, "c"))
		end_cell(b);
	else if (!strcmp(what, "rPh"))
		b->phonetic--;
	else if (!strcmp(what, "row")) {
		strbuf_putc(b->out, '\n');
		b->line++;
	}
	if (b->out->full)
		XML_StopParser(b->parser, XML_FALSE);
}

/* ---- all of it ---- */

static int
refuse(struct book *b, const char *why)
{
	strbuf_set(b->err, "%s", why);
	return -EINVAL;
}

static int
read_book(struct book *b)
{
	int r = read_part(b, "xl/workbook.xml", book_start, nothing);
	if (r == -ENOENT)
		return refuse(b, "it is a ZIP archive, and no Excel workbook");
	if (r || read_part(b, "xl/_rels/workbook.xml.rels", relation_start, nothing))
		return refuse(b, "the Excel file is damaged: open it and save it again");
	if (!*b->sheet)
		snprintf(b->sheet, sizeof(b->sheet), "xl/worksheets/sheet1.xml");
	r = read_part(b, "xl/sharedStrings.xml", strings_start, strings_end);
	if ((r && r != -ENOENT) || b->strings.full)
		return refuse(b, "the texts of the Excel file cannot be read: save it "
				 "as CSV UTF-8");
	r = read_part(b, "xl/styles.xml", styles_start, styles_end);
	if (!r || r == -ENOENT)
		r = read_part(b, b->sheet, sheet_start, sheet_end);
	if (b->out->full)
		return refuse(b, "the Excel file is too large: save it as CSV UTF-8, in "
				 "pieces");
	return r ? refuse(b, "its first sheet cannot be read: open it and save it again")
		 : 0;
}

int
xlsx_to_csv(const void *data, size_t len, struct strbuf *out, struct strbuf *err)
{
	zip_error_t why;
	struct book b = {.err = err, .out = out, .epoch = EPOCH_1900};
	zip_error_init(&why);
	zip_source_t *source = zip_source_buffer_create(data, len, 0, &why);
	b.zip = source ? zip_open_from_source(source, ZIP_RDONLY, &why) : NULL;
	if (!b.zip) {
		zip_source_free(source);
		zip_error_fini(&why);
		return refuse(&b, "it is an Excel file that was cut off or damaged: open "
				  "it in Excel and save it again");
	}
	strbuf_init(&b.strings, STRINGS_MAX);
	strbuf_init(&b.cell, CELL_MAX);
	int r = read_book(&b);
	strbuf_done(&b.strings);
	strbuf_done(&b.cell);
	free(b.starts);
	free(b.days);
	zip_discard(b.zip);
	zip_error_fini(&why);
	return r;
}
