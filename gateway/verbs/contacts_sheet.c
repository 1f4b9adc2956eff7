#include "gateway/verbs/contacts_sheet.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/core/relay.h"
#include "gateway/net/json.h"
#include "gateway/sms/address.h"
#include "gateway/text/sheet.h"
#include "gateway/text/zone.h"

#define TEXT_MAX 4096 /* bytes of a cell the gateway takes */

/* ---- notes ---- */

void
people_note(struct people_sheet *s, unsigned line, bool bad, const char *why)
{
	if (s->note_count == s->note_room) {
		s->note_room = 2 * s->note_room + 64;
		s->notes = xrealloc(s->notes, s->note_room * sizeof(*s->notes));
	}
	s->notes[s->note_count++] =
		(struct people_note){.line = line, .bad = bad, .why = xstrdup(why)};
	s->bad += bad;
}

/* ---- a row ---- */

struct reading {
	struct people_sheet *s;
	const struct csv_row *row;
	struct people_row *into;
	struct strbuf cell, phone, err;
	/* A column says the same few words a million times. */
	struct {
		char text[32];
		enum people_says says;
	} known[16];
	size_t known_count;
};

static enum people_says
said(struct reading *r, const char *text)
{
	size_t i = 0;
	if (!*text || strlen(text) >= sizeof(r->known[0].text))
		return *text ? people_said(text) : SAYS_NOTHING;
	while (i < r->known_count && strcmp(r->known[i].text, text) != 0)
		i++;
	if (i < r->known_count)
		return r->known[i].says;
	i = r->known_count < ARRAY_LEN(r->known) ? r->known_count++ : 0;
	snprintf(r->known[i].text, sizeof(r->known[i].text), "%s", text);
	r->known[i].says = people_said(text);
	return r->known[i].says;
}

/* The plain text of a cell; "" when there is none. */
static const char *
cell(struct reading *r, size_t at)
{
	strbuf_reset(&r->cell);
	if (at && at <= r->row->count)
		sheet_plain(r->row->fields[at - 1], &r->cell);
	return r->cell.s;
}

static bool
is_mobile(const char *text, char ret[16])
{
	char digits[12];
	size_t n = 0;
	for (; *text && n < 12; text++)
		if (*text >= '0' && *text <= '9')
			digits[n++] = *text;
		else if (*text != '-' && *text != ' ')
			return false;
	if (*text || n != 11 || memcmp(digits, "010", 3) != 0 || digits[3] < '2')
		return false;
	memcpy(ret, "+82", 3);
	memcpy(ret + 3, digits + 1, 10);
	ret[13] = '\0';
	return true;
}

static int
read_phone(struct reading *r)
{
	struct people_row *into = r->into;
	const char *text = cell(r, r->s->at[PEOPLE_PHONE]);
	char number[32];
	bool korean = !strcmp(r->s->region, "KR");
	if (korean && is_mobile(text, into->phone))
		return 0;
	if (!*text)
		strbuf_set(&r->err, "there is no telephone number");
	else if (strchr(text, '*'))
		strbuf_set(
			&r->err, "'%.40s' is masked: nobody can be reached there", text);
	else if (!sheet_phone(text, r->s->region, &r->phone, &r->err) &&
		 !sms_number_e164(r->phone.s, r->s->region, number, &r->err)) {
		if (*number != '+' || strlen(number) >= sizeof(into->phone)) {
			strbuf_set(&r->err, "'%.40s' is no number of a person", text);
			return -EINVAL;
		}
		snprintf(into->phone, sizeof(into->phone), "%s", number);
		into->relay = relay_number(number);
		r->s->mended += strcmp(r->phone.s, text) != 0;
		return 0;
	}
	return -EINVAL;
}

/* A consent counts with a day that is not to come and a source. */
static const char *
read_proof(struct reading *r, const char *date)
{
	struct people_sheet *s = r->s;
	int64_t at;
	bool fixed;
	if (!*date)
		return "it says yes without a date: texts they ask for only";
	if (sheet_date(date, s->region, &at, &fixed) < 0)
		return "the date of its consent is no day: texts they ask for only";
	if (!fixed)
		at = zone_from_local(s->zone, at);
	if (at > s->now)
		return "the date of its consent is to come: texts they ask for only";
	r->into->agreed = at;
	if (!*cell(r, s->at[PEOPLE_SOURCE]) && !s->source)
		return "it says yes, but nothing says where (--source): texts they ask "
		       "for only";
	return NULL;
}

static void
read_consent(struct reading *r)
{
	struct people_sheet *s = r->s;
	struct people_row *into = r->into;
	const char *no = NULL;
	into->says = (uint8_t)said(r, cell(r, s->at[PEOPLE_CONSENT]));
	into->night = said(r, cell(r, s->at[PEOPLE_NIGHT])) == SAYS_YES;
	if (into->says != SAYS_YES)
		return;
	if (into->relay)
		no = "a relay number (050) is for one order: it agrees to nothing";
	else
		no = read_proof(r, cell(r, s->at[PEOPLE_DATE]));
	if (!no)
		return;
	s->unproven++;
	into->says = SAYS_NOTHING;
	people_note(s, into->line, false, no);
}

/* Nobody is born in the future: 88.12.31 is 1988. */
static void
born_before(int64_t wall, const char *text, char iso[ISO_MAX])
{
	char year[5] = {iso[0], iso[1], iso[2], iso[3], '\0'}, now[ISO_MAX];
	iso_format(wall, 0, now);
	if (strncmp(iso, now, 10) > 0 && !strstr(text, year))
		memcpy(iso, "19", 2);
}

/* A birthday stands as scripts compare it: 1990-03-05, or 03-05 without its year. */
static bool
put_day(struct reading *r, const char *text)
{
	int64_t at;
	bool fixed;
	char iso[ISO_MAX];
	if (sheet_date(text, r->s->region, &at, &fixed) < 0)
		return false;
	iso_format(at, 0, iso);
	born_before(r->s->now, text, iso);
	strbuf_add(&r->s->texts, iso, 10);
	return true;
}

/* "03-05", which scripts understand. */
static bool
without_year(const char *text)
{
	int month, day, n = 0;
	return sscanf(text, "%2d-%2d%n", &month, &day, &n) == 2 && n == 5 && !text[n] &&
	       month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* Cells are cut where a character ends. */
static void
put_text(struct people_sheet *s, const char *text)
{
	size_t n = strlen(text);
	if (n > TEXT_MAX)
		for (n = TEXT_MAX; n && (text[n] & 0xC0) == 0x80; n--)
			;
	strbuf_add(&s->texts, text, n);
}

static void
put_texts(struct reading *r)
{
	struct people_sheet *s = r->s;
	const char *source = cell(r, s->at[PEOPLE_SOURCE]);
	r->into->at = s->texts.len;
	put_text(s, *source || !s->source ? source : s->source);
	strbuf_putc(&s->texts, '\0');
	put_text(s, cell(r, s->at[PEOPLE_TAGS]));
	if (s->tag)
		strbuf_printf(&s->texts, "%s%s", *r->cell.s ? "," : "", s->tag);
	strbuf_putc(&s->texts, '\0');
	for (size_t i = 0; i < s->field_count; i++) {
		const char *text = cell(r, s->fields[i].at);
		bool day = !strcmp(s->fields[i].name, "birthday");
		if (!day || !put_day(r, text)) {
			put_text(s, text);
			if (day && *text && !without_year(text))
				people_note(s, r->into->line, false,
					"its birthday is no day that is understood; "
					"write it like 1990-03-05 or 03-05");
		}
		strbuf_putc(&s->texts, '\0');
	}
}

static bool
is_blank(const struct csv_row *row)
{
	for (size_t i = 0; i < row->count; i++)
		if (row->fields[i][strspn(row->fields[i], " \t")])
			return false;
	return true;
}

static bool
too_long(const struct people_sheet *s, const struct csv_row *row)
{
	for (size_t i = s->title_count; i < row->count; i++)
		if (*row->fields[i])
			return true;
	return false;
}

static void
take_row(struct reading *r)
{
	struct people_sheet *s = r->s;
	if (is_blank(r->row))
		return;
	s->lines++;
	if (s->row_count == s->row_room) {
		s->row_room = 2 * s->row_room + 1024;
		s->rows = xrealloc(s->rows, s->row_room * sizeof(*s->rows));
	}
	r->into = &s->rows[s->row_count];
	*r->into = (struct people_row){.line = r->row->line};
	strbuf_reset(&r->err);
	if (too_long(s, r->row))
		strbuf_set(&r->err, "it has %zu cells where the header has %zu",
			r->row->count, s->title_count);
	if (r->err.len || read_phone(r) < 0) {
		people_note(s, r->row->line, true, r->err.s);
		return;
	}
	read_consent(r);
	put_texts(r);
	s->row_count++;
}

/* ---- the whole ---- */

static int
take_header(struct people_sheet *s, const struct csv_row *row, const char *map,
	struct strbuf *err)
{
	struct strbuf said AUTO(strbuf_done) = STRBUF_INIT(200);
	s->titles = xcalloc(row->count, sizeof(*s->titles));
	for (size_t i = 0; i < row->count; i++) {
		s->titles[s->title_count++] = xstrdup(row->fields[i]);
		strbuf_printf(&said, "%s%.40s", i ? ", " : "", row->fields[i]);
	}
	if (people_columns(s, map, err) < 0)
		return -EINVAL;
	if (s->at[PEOPLE_PHONE])
		return 0;
	strbuf_set(err,
		"line %u is not a header with a telephone number (휴대폰, 연락처, "
		"phone): "
		"it says \"%s\"; name the column with --map \"TITLE=phone\"",
		row->line, said.s);
	return -EINVAL;
}

static int
read_all(struct people_sheet *s, const char *map, struct strbuf *err)
{
	struct csv_row row;
	struct reading r = {.s = s,
		.row = &row,
		.cell = STRBUF_INIT(CSV_ROW_BYTES),
		.phone = STRBUF_INIT(CSV_ROW_BYTES),
		.err = STRBUF_SENTENCE};
	enum csv_found found;
	int code = 0;
	while (!code && (found = sheetfile_next(&s->file, &row, err)) != CSV_MORE) {
		if (found == CSV_ROW && !s->titles)
			code = take_header(s, &row, map, err);
		else if (found == CSV_ROW)
			take_row(&r);
		else if (!s->titles)
			code = -EINVAL;
		else {
			s->lines++;
			people_note(s, s->file.csv.row_line, true, err->s);
		}
	}
	strbuf_done(&r.cell);
	strbuf_done(&r.phone);
	strbuf_done(&r.err);
	if (!code && s->texts.full) {
		strbuf_set(err, "it is too large: cut it in pieces");
		code = -EINVAL;
	}
	if (!code && !s->titles) {
		strbuf_set(err, "it is empty");
		code = -EINVAL;
	}
	return code;
}

static int
by_phone(const void *a, const void *b)
{
	const struct people_row *x = a, *y = b;
	int c = strcmp(x->phone, y->phone);
	return c ? c : (x->line > y->line) - (x->line < y->line);
}

/* Of a number that comes twice the lower row counts, for lists grow downwards; a refusal
 * counts wherever it stands. */
static void
drop_twins(struct people_sheet *s)
{
	char why[120];
	size_t kept = 0;
	for (size_t i = 0; i < s->row_count; i++) {
		struct people_row *r = &s->rows[i];
		struct people_row *next = i + 1 < s->row_count ? r + 1 : NULL;
		if (!next || strcmp(r->phone, next->phone) != 0) {
			s->rows[kept++] = *r;
			continue;
		}
		if (r->says == SAYS_REFUSED)
			next->says = SAYS_REFUSED;
		s->twice++;
		snprintf(why, sizeof(why), "the same number is in line %u, which counts",
			next->line);
		people_note(s, r->line, false, why);
	}
	s->row_count = kept;
}

static void
count(struct people_sheet *s)
{
	for (size_t i = 0; i < s->row_count; i++) {
		const struct people_row *r = &s->rows[i];
		s->yes += r->says == SAYS_YES;
		s->no += r->says == SAYS_NO;
		s->refused += r->says == SAYS_REFUSED;
		s->relays += r->relay;
		if (r->says == SAYS_YES && (!s->oldest || r->agreed < s->oldest))
			s->oldest = r->agreed;
	}
}

int
people_read(const void *data, size_t len, const struct people_wish *wish,
	struct people_sheet **ret, struct strbuf *err)
{
	struct people_sheet *s = xcalloc(1, sizeof(*s));
	s->region = wish->region;
	s->zone = wish->zone;
	s->source = wish->source;
	s->tag = wish->tag;
	s->now = wish->now;
	strbuf_init(&s->texts, 3 * (size_t)PEOPLE_BYTES);
	int r = sheetfile_open(&s->file, data, len, wish->charset, wish->region,
		3 * (size_t)PEOPLE_BYTES, err);
	if (!r)
		r = read_all(s, wish->map, err);
	if (r) {
		people_free(s);
		return r;
	}
	qsort(s->rows, s->row_count, sizeof(*s->rows), by_phone);
	drop_twins(s);
	count(s);
	*ret = s;
	return 0;
}

void
people_free(struct people_sheet *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->title_count; i++)
		free(s->titles[i]);
	for (size_t i = 0; i < s->note_count; i++)
		free(s->notes[i].why);
	free(s->titles);
	free(s->notes);
	free(s->rows);
	strbuf_done(&s->texts);
	sheetfile_done(&s->file);
	free(s);
}

/* ---- for the gateway ---- */

size_t
people_names(const struct people_sheet *s, const char *ret[PEOPLE_COLUMNS + 8])
{
	static const char *const always[] = {
		"phone", "consent", "date", "night", "source", "tags"};
	size_t n = 0;
	for (; n < ARRAY_LEN(always); n++)
		ret[n] = always[n];
	for (size_t i = 0; i < s->field_count; i++)
		ret[n++] = s->fields[i].name;
	return n;
}

/* Most texts need no escape: they are copied. */
static void
quote(struct strbuf *out, const char *text)
{
	size_t n = 0;
	while ((unsigned char)text[n] >= 0x20 && text[n] != '"' && text[n] != '\\' &&
		(unsigned char)text[n] < 0x7f)
		n++;
	if (text[n]) {
		json_quote(out, text);
		return;
	}
	strbuf_putc(out, '"');
	strbuf_add(out, text, n);
	strbuf_putc(out, '"');
}

void
people_json(
	const struct people_sheet *s, const struct people_row *row, struct strbuf *out)
{
	static const char *const says[] = {[SAYS_NOTHING] = "",
		[SAYS_YES] = "yes",
		[SAYS_NO] = "no",
		[SAYS_REFUSED] = "refused"};
	char at[ISO_MAX] = "";
	const char *text = s->texts.s + row->at;
	if (row->says == SAYS_YES)
		iso_format(row->agreed, 0, at);
	strbuf_puts(out, "[\"");
	strbuf_puts(out, row->phone);
	strbuf_puts(out, "\",\"");
	strbuf_puts(out, says[row->says]);
	strbuf_puts(out, "\",\"");
	strbuf_puts(out, at);
	strbuf_puts(out, row->night ? "\",\"yes\"" : "\",\"\"");
	for (size_t i = 0; i < s->field_count + 2; i++, text += strlen(text) + 1) {
		strbuf_putc(out, ',');
		quote(out, text);
	}
	strbuf_puts(out, "]\n");
}

/* ---- what is to be said, row by row ---- */

static int
by_line(const void *a, const void *b)
{
	const struct people_note *x = a, *y = b;
	return (x->line > y->line) - (x->line < y->line);
}

static void
put_cell(struct strbuf *out, char separator, const char *text)
{
	bool formula = *text == '=' || *text == '@'; /* what Excel would calculate */
	strbuf_putc(out, separator);
	if (!text[strcspn(text, ",\"\n\r;\t")] && !formula) {
		strbuf_puts(out, text);
		return;
	}
	strbuf_puts(out, formula ? "\"'" : "\"");
	for (; *text; text++) {
		if (*text == '"')
			strbuf_putc(out, '"');
		strbuf_putc(out, *text);
	}
	strbuf_putc(out, '"');
}

static void
put_note(struct strbuf *out, const struct people_note *n, const struct csv_row *row)
{
	strbuf_printf(out, "%u", n->line);
	put_cell(out, ',', n->bad ? "left out" : "taken");
	put_cell(out, ',', n->why);
	for (size_t i = 0; row && i < row->count; i++)
		put_cell(out, ',', row->fields[i]);
	strbuf_puts(out, "\r\n");
}

void
people_errors(struct people_sheet *s, struct strbuf *out)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct csv_row row;
	enum csv_found found;
	size_t i = 0;
	qsort(s->notes, s->note_count, sizeof(*s->notes), by_line);
	sheetfile_rewind(&s->file);
	strbuf_puts(out, "\xEF\xBB\xBFline,result,why"); /* so Excel reads it as UTF-8 */
	for (size_t t = 0; t < s->title_count; t++)
		put_cell(out, ',', s->titles[t]);
	strbuf_puts(out, "\r\n");
	while ((found = sheetfile_next(&s->file, &row, &err)) != CSV_MORE) {
		unsigned line = found == CSV_ROW ? row.line : s->file.csv.row_line;
		for (; i < s->note_count && s->notes[i].line <= line; i++)
			put_note(out, &s->notes[i], found == CSV_ROW ? &row : NULL);
	}
}
