/* A spreadsheet of customers, understood: which column means what, which rows are people
 * that can be reached, what they agreed to, and what is wrong with the rest. Pure: bytes
 * in, rows out; no file, no gateway.
 *
 * A row is kept as the texts that matter of it, in one long buffer; what it looked like
 * is read from the file once more where somebody wants to know. */
#ifndef MALGIL_VERBS_CONTACTS_SHEET_H
#define MALGIL_VERBS_CONTACTS_SHEET_H

#include "gateway/base/def.h"
#include "gateway/text/sheetfile.h"

#define PEOPLE_BYTES   (256u << 20) /* of the file */
#define PEOPLE_COLUMNS 60

enum people_column {
	PEOPLE_PHONE,
	PEOPLE_CONSENT,
	PEOPLE_DATE,
	PEOPLE_SOURCE,
	PEOPLE_NIGHT,
	PEOPLE_TAGS,
	PEOPLE_KNOWN, /* below: roles, above: fields */
};

enum people_says { SAYS_NOTHING, SAYS_YES, SAYS_NO, SAYS_REFUSED };

struct people_row {
	unsigned line;
	uint8_t says; /* enum people_says */
	bool night, relay, left_out;
	char phone[16]; /* E.164 */
	int64_t agreed; /* when, ms; 0 unknown */
	size_t at;      /* its texts in `texts`: source, tags, then the fields */
};

/* Something to be said of a row, kept in the order of the lines. */
struct people_note {
	unsigned line;
	bool bad; /* the row was left out */
	char *why;
};

struct people_sheet {
	struct sheetfile file;
	const char *region, *zone, *source, *tag;
	char **titles;
	size_t title_count;
	size_t at[PEOPLE_KNOWN]; /* the cell's place + 1, 0: no such column */
	struct {
		size_t at;
		char name[65];
	} fields[PEOPLE_COLUMNS];
	size_t field_count;
	struct strbuf texts;
	struct people_row *rows; /* by phone, once read */
	size_t row_count, row_room;
	struct people_note *notes;
	size_t note_count, note_room;
	/* counts */
	size_t lines, bad, twice, yes, no, refused, unproven, relays, mended;
	int64_t oldest, now; /* of a consent; the moment of reading */
};

struct people_wish {
	const char *region, *zone, *charset;
	const char *source; /* of consents whose row names none; NULL */
	const char *tag;    /* for everybody; NULL */
	const char *map;    /* "TITLE=field, ..." */
	int64_t now;
};

/* 0 and a sheet for people_free(); -EINVAL with a sentence when the whole cannot be used.
 * `data` is no longer needed afterwards. */
int people_read(const void *data, size_t len, const struct people_wish *wish,
	struct people_sheet **ret, struct strbuf *err) MUST_USE;
void people_free(struct people_sheet *sheet);

/* Titles and fields, for contacts_columns.c and whoever shows them. */
int
people_columns(struct people_sheet *sheet, const char *map, struct strbuf *err) MUST_USE;
const char *people_column_name(enum people_column column);
/* What a title is taken for: "phone", "name" ..., NULL: nothing. */
const char *people_meaning(const struct people_sheet *sheet, size_t title);
enum people_says people_said(const char *cell);

/* The names the gateway is told, and a row's texts in that order. */
size_t
people_names(const struct people_sheet *sheet, const char *ret[PEOPLE_COLUMNS + 8]);
void people_json(const struct people_sheet *sheet, const struct people_row *row,
	struct strbuf *out);
/* One more thing to be said, which the gateway found. */
void people_note(struct people_sheet *sheet, unsigned line, bool bad, const char *why);
/* Every row with something to be said of it, as a file for a spreadsheet. */
void people_errors(struct people_sheet *sheet, struct strbuf *out);

#endif
