#include "gateway/text/sheetfile.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "gateway/text/charset.h"
#include "gateway/text/sheet.h"
#include "gateway/text/xlsx.h"

static const struct {
	const char *magic;
	size_t len;
	const char *why;
} strangers[] = {
	{"\xD0\xCF\x11\xE0", 4,
		"it is an old Excel file (.xls), or one with a password: open it in "
		"Excel and save it as .xlsx or as CSV UTF-8, without a password"},
	{"%PDF", 4, "it is a PDF, and no spreadsheet"},
	{"\x89PNG", 4, "it is a picture, and no spreadsheet"},
	{"\xFF\xD8\xFF", 3, "it is a picture, and no spreadsheet"},
	{"GIF8", 4, "it is a picture, and no spreadsheet"},
	{"\x1F\x8B", 2, "it is compressed (gzip): unpack it first"},
	{"<!doctype", 9,
		"it is a web page that is called a spreadsheet: open it in "
		"Excel and save it as CSV UTF-8"},
	{"<html", 5,
		"it is a web page that is called a spreadsheet: open it in Excel "
		"and save it as CSV UTF-8"},
	{"<?xml", 5, "it is XML: open it in Excel and save it as CSV UTF-8"},
	{"{\\rtf", 5, "it is a text document, and no spreadsheet"},
};

/* What Office encrypts is an old container with a stream of this name (MS-OFFCRYPTO
 * 2.3.4.1); some platforms put a password on every list they let people download. */
static bool
is_locked(const char *data, size_t len)
{
	static const char name[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
	return len >= 4 && !memcmp(data, "\xD0\xCF\x11\xE0", 4) &&
	       memmem(data, len, name, sizeof(name) - 1);
}

static bool
is_strange(const char *data, size_t len, struct strbuf *err)
{
	size_t skip = len >= 3 && !memcmp(data, "\xEF\xBB\xBF", 3) ? 3 : 0;
	while (skip < len && skip < 64 && strchr(" \t\r\n", data[skip]) && data[skip])
		skip++;
	if (is_locked(data, len)) {
		strbuf_set(err,
			"it has a password: open it in Excel with that password, empty "
			"the password under File > Info > Protect Workbook (파일 > 정보 "
			"> "
			"통합 문서 보호 > 암호 설정) and save it again, or save it as "
			"CSV "
			"UTF-8");
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(strangers); i++)
		if (len - skip >= strangers[i].len &&
			!strncasecmp(data + skip, strangers[i].magic, strangers[i].len)) {
			strbuf_set(err, "%s", strangers[i].why);
			return true;
		}
	return false;
}

/* Spreadsheets have no control characters; programs and archives are full of them. */
static bool
is_binary(const struct strbuf *text)
{
	size_t odd = 0, looked = MIN(text->len, (size_t)65536);
	for (size_t i = 0; i < looked; i++)
		odd += (unsigned char)text->s[i] < 0x20 && text->s[i] != '\n' &&
		       text->s[i] != '\r' && text->s[i] != '\t';
	return odd * 200 > looked;
}

static int
read_text(struct sheetfile *f, const void *data, size_t len, const char *charset,
	const char *region, struct strbuf *err)
{
	f->charset = charset ? charset : charset_guess(data, len, region);
	if (!f->charset) {
		strbuf_set(err, "nobody can tell in which charset it is; save it as CSV "
				"UTF-8");
		return -EINVAL;
	}
	if (charset_to_utf8(f->charset, data, len, &f->text, err) < 0)
		return -EINVAL;
	if (f->text.full)
		strbuf_set(err, "it is too large: cut it in pieces");
	else if (is_binary(&f->text))
		strbuf_set(err, "it is no text: save the spreadsheet as .xlsx or as CSV "
				"UTF-8");
	else
		return 0;
	return -EINVAL;
}

int
sheetfile_open(struct sheetfile *f, const void *data, size_t len, const char *charset,
	const char *region, size_t max, struct strbuf *err)
{
	int r;
	*f = (struct sheetfile){.separator = ','};
	strbuf_init(&f->text, max);
	csv_init(&f->csv);
	if (xlsx_seems(data, len)) {
		f->charset = "Excel";
		r = xlsx_to_csv(data, len, &f->text, err);
	} else if (is_strange(data, len, err)) {
		r = -EINVAL;
	} else {
		r = read_text(f, data, len, charset, region, err);
		f->separator = sheet_separator(f->text.s, f->text.len);
	}
	if (r)
		sheetfile_done(f);
	else
		sheetfile_rewind(f);
	return r;
}

void
sheetfile_done(struct sheetfile *f)
{
	csv_done(&f->csv);
	strbuf_done(&f->text);
}

void
sheetfile_rewind(struct sheetfile *f)
{
	csv_done(&f->csv);
	csv_init(&f->csv);
	f->csv.separator = f->separator;
	f->at = f->text.s;
	f->left = f->text.len;
	f->finished = false;
}

enum csv_found
sheetfile_next(struct sheetfile *f, struct csv_row *ret_row, struct strbuf *err)
{
	enum csv_found found =
		f->finished ? CSV_MORE
			    : csv_next(&f->csv, &f->at, &f->left, ret_row, err);
	if (found != CSV_MORE || f->finished)
		return found;
	f->finished = true;
	return csv_finish(&f->csv, ret_row, err);
}
