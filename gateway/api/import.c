#include "gateway/api/import.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/api/call.h"
#include "gateway/api/resources.h"
#include "gateway/base/suggest.h"
#include "gateway/net/jsonw.h"
#include "gateway/text/charset.h"
#include "gateway/text/csv.h"
#include "gateway/text/sheet.h"

#define ERRORS_MAX     10000 /* told of one by one; the rest is counted */
#define LINE_MAX_BYTES (64u * 1024)
#define REPORT_MAX     (16u << 20)

const struct import_kind import_kinds[] = {
	{"contacts", import_contact, import_contact_column},
	{"events", import_event, NULL},
	{"orders", import_order, NULL},
	{0},
};

struct import {
	struct request *rq;
	const struct import_kind *kind;
	bool csv, begun, effect, over;
	struct csv reader;
	const char *charset;       /* of cells that are not UTF-8 */
	char *columns[CSV_FIELDS]; /* of the header */
	size_t column_count;
	struct strbuf line;   /* NDJSON: the line so far */
	bool long_line;       /* its end is waited for */
	unsigned line_number; /* of the row at hand */
	unsigned durable;     /* the last row's line of the last commit */
	unsigned rows, results[IMPORT_REFUSED + 1], warned, told, left_out;
	struct strbuf errors;
	struct jsonw w;
};

static void
free_import(void *arg)
{
	struct import *in = arg;
	for (size_t i = 0; i < in->column_count; i++)
		free(in->columns[i]);
	csv_done(&in->reader);
	strbuf_done(&in->line);
	strbuf_done(&in->errors);
	free(in);
}

/* ---- the report ---- */

static void
complain(struct import *in, unsigned line, const char *field, const char *why, bool taken)
{
	if (in->told == ERRORS_MAX) {
		in->left_out++;
		return;
	}
	in->told++;
	jsonw_open(&in->w, NULL, '{');
	jsonw_int(&in->w, "line", line);
	jsonw_bool(&in->w, "taken", taken);
	jsonw_text(&in->w, "detail", why);
	if (*field)
		jsonw_text(&in->w, "field", field);
	jsonw_close(&in->w, '}');
}

static void
refuse_row(struct import *in, const char *why)
{
	in->rows++;
	in->results[IMPORT_REFUSED]++;
	complain(in, in->line_number, "", why, false);
}

static void
write_report(struct import *in, struct strbuf *body)
{
	struct jsonw w = {body};
	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "what", in->kind->what);
	jsonw_int(&w, "rows", in->rows);
	jsonw_int(&w, "created", in->results[IMPORT_CREATED]);
	jsonw_int(&w, "changed", in->results[IMPORT_CHANGED]);
	jsonw_int(&w, "same", in->results[IMPORT_SAME]);
	jsonw_int(&w, "refused", in->results[IMPORT_REFUSED]);
	jsonw_int(&w, "warned", in->warned);
	strbuf_puts(body, ",\"errors\":[");
	strbuf_add(body, in->errors.s, in->errors.len);
	strbuf_puts(body, "]");
	w.comma = true;
	jsonw_int(&w, "errors_left_out", in->left_out);
	jsonw_close(&w, '}');
}

static void
answer(struct request *rq)
{
	struct import *in = rq->state;
	struct strbuf body = STRBUF_INIT(2 * REPORT_MAX);
	write_report(in, &body);
	request_reply(rq, 200, &body);
}

/* ---- rows ---- */

/* The import ends here; the rest of the body is thrown away. */
static void
give_up(struct import *in, int status, const char *why)
{
	in->over = true;
	request_problem(in->rq, status, "%s", why);
}

static void
take(struct import *in, const json_t *row)
{
	struct import_row result = {.csv = in->csv, .why = STRBUF_SENTENCE};
	in->kind->take(in->rq->core, row, &result);
	if (result.result == IMPORT_LATER) {
		struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
		strbuf_printf(&why,
			"line %u: %s; send the whole file again: what is there already "
			"stays as it is",
			in->line_number, result.why.s);
		give_up(in, 503, why.s);
		strbuf_done(&result.why);
		return;
	}
	in->rows++;
	in->results[result.result]++;
	if (result.result == IMPORT_REFUSED) {
		complain(in, in->line_number, result.field, result.why.s, false);
	} else if (result.why.len) {
		in->warned++;
		complain(in, in->line_number, result.field, result.why.s, true);
	}
	strbuf_done(&result.why);
}

/* A cell as text: UTF-8, or in the charset the file began in. None of those in use has a
 * separator or a quote inside a character, so rows may be cut before. NULL when it cannot
 * be read. */
static json_t *
cell(const struct import *in, const char *bytes)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(4 * LINE_MAX_BYTES);
	json_t *value = json_string(bytes);
	if (value || !in->charset)
		return value;
	if (charset_to_utf8(in->charset, bytes, strlen(bytes), &text, NULL) < 0)
		return NULL;
	return json_string(text.s);
}

static bool
read_header(struct import *in, const struct csv_row *row)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	for (size_t i = 0; i < row->count; i++) {
		struct strbuf name AUTO(strbuf_done) = STRBUF_INIT(256);
		json_t *title = cell(in, row->fields[i]);
		sheet_plain(title ? json_string_value(title) : "", &name);
		json_decref(title);
		if (!title || name.full)
			strbuf_set(&err, "a column's name is not UTF-8, or too long");
		else if (*name.s && in->kind->column)
			in->kind->column(name.s, &err);
		for (size_t k = 0; k < i && *name.s; k++)
			if (!strcmp(in->columns[k], name.s))
				strbuf_set(
					&err, "the column '%s' is there twice", name.s);
		in->columns[in->column_count++] = xstrdup(name.s);
		if (err.len) {
			give_up(in, 422, err.s);
			return false;
		}
	}
	return true;
}

static void
take_csv(struct import *in, const struct csv_row *row)
{
	json_t *object = json_object();
	const char *bad = NULL;
	in->line_number = row->line;
	if (row->count > in->column_count)
		bad = "the row has more cells than the header";
	for (size_t i = 0; i < row->count && !bad; i++) {
		if (!*in->columns[i] || !*row->fields[i])
			continue;
		if (json_object_set_new(object, in->columns[i], cell(in, row->fields[i])))
			bad = "the row is not UTF-8; save the file as UTF-8";
	}
	if (bad)
		refuse_row(in, bad);
	else
		take(in, object);
	json_decref(object);
}

static void
handle_csv(struct import *in, enum csv_found found, const struct csv_row *row,
	const struct strbuf *err)
{
	if (found == CSV_BAD) {
		in->line_number = in->reader.row_line;
		refuse_row(in, err->s);
	} else if (!in->column_count) {
		read_header(in, row);
	} else {
		take_csv(in, row);
	}
}

/* The first piece tells how the file was saved. */
static bool
begin_csv(struct import *in, const char *data, size_t len)
{
	const char *country = in->rq->core->config->country;
	const char *charset = charset_guess(data, len, country);
	in->begun = true;
	in->reader.separator = sheet_separator(data, len);
	if (charset && !strncmp(charset, "UTF-16", 6)) {
		give_up(in, 422, "the file is UTF-16; save it as CSV in UTF-8");
		return false;
	}
	in->charset = charset && strcmp(charset, "UTF-8") != 0 ? charset
		      : !strcmp(country, "KR")                 ? "windows-949"
							       : NULL;
	return true;
}

static void
piece_csv(struct import *in, const char *data, size_t len)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct csv_row row;
	enum csv_found found;
	if (!in->begun && len && !begin_csv(in, data, len))
		return;
	while (!in->over && (found = csv_next(&in->reader, &data, &len, &row, &err)))
		handle_csv(in, found, &row, &err);
}

static void
end_csv(struct import *in)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct csv_row row;
	enum csv_found found;
	while (!in->over && (found = csv_finish(&in->reader, &row, &err)))
		handle_csv(in, found, &row, &err);
	if (!in->over && !in->column_count)
		give_up(in, 400,
			"the file is empty: a header with the columns' names "
			"was expected");
}

static void
take_line(struct import *in)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *s = in->line.s;
	in->line_number++;
	if (in->long_line) {
		refuse_row(in, "the line is longer than 64 KiB");
	} else if (s[strspn(s, " \t\r")] || strlen(s) != in->line.len) {
		json_t *row = json_read(s, in->line.len, &err);
		if (row)
			take(in, row);
		else
			refuse_row(in, err.s);
		json_decref(row);
	}
	in->long_line = false;
	strbuf_reset(&in->line);
}

static void
piece_lines(struct import *in, const char *data, size_t len)
{
	while (len && !in->over) {
		const char *end = memchr(data, '\n', len);
		size_t n = end ? (size_t)(end - data) : len;
		strbuf_add(&in->line, data, n);
		in->long_line |= in->line.full;
		if (!end)
			return;
		take_line(in);
		data += n + 1;
		len -= n + 1;
	}
}

/* ---- pieces ---- */

static void
settle(void *arg, bool committed)
{
	struct import *in = arg;
	in->effect = false;
	if (committed) {
		in->durable = in->line_number;
		return;
	}
	if (in->over)
		return;
	in->over = true;
	request_problem(in->rq, 503,
		"the store failed after line %u; everything up to there is in. Send the "
		"file again: what is there already stays as it is",
		in->durable);
}

static void
piece(struct request *rq, const char *data, size_t len)
{
	struct import *in = rq->state;
	if (in->over)
		return;
	if (rq->core->store_sick || rq->core->low_disk) {
		give_up(in, 503,
			"the store cannot take anything right now; send the file "
			"again later");
		return;
	}
	if (rq->core->draining && !rq->core->reloading) {
		give_up(in, 503,
			"the gateway is stopping; send the file again when it is "
			"back: what is there already stays as it is");
		return;
	}
	if (in->csv)
		piece_csv(in, data, len);
	else
		piece_lines(in, data, len);
	if (!in->effect)
		loop_after_commit(rq->core->loop, settle, in);
	in->effect = true;
}

static void
finish(struct request *rq)
{
	struct import *in = rq->state;
	if (in->over)
		return;
	if (in->csv)
		end_csv(in);
	else if (in->line.len || in->long_line)
		take_line(in);
	if (in->over)
		return;
	in->over = true;
	struct strbuf detail AUTO(strbuf_done) = STRBUF_SENTENCE;
	strbuf_printf(&detail, "%s: %u rows, %u refused", in->kind->what, in->rows,
		in->results[IMPORT_REFUSED]);
	core_event(rq->core, &(struct event){.name = "import.done", .detail = detail.s});
	request_after_commit(rq, answer);
}

/* ---- the beginning ---- */

static const struct import_kind *
kind_of(struct request *rq)
{
	struct suggest near;
	suggest_init(&near, rq->param);
	const struct import_kind *kind = import_kinds;
	for (; kind->what; kind++) {
		if (!strcmp(kind->what, rq->param))
			return kind;
		suggest_offer(&near, kind->what);
	}
	request_problem(rq, 404, "'%.40s' cannot be imported%s%s%s", rq->param,
		near.best ? "; did you mean '" : "", near.best ? near.best : "",
		near.best ? "'?" : "");
	return NULL;
}

static bool
is_type(const char *type, const char *wanted)
{
	size_t n = strcspn(type, "; ");
	return n == strlen(wanted) && !strncasecmp(type, wanted, n);
}

void
import_post(struct request *rq)
{
	const char *type = call_header((struct call *)rq, "Content-Type");
	const struct import_kind *kind = kind_of(rq);
	bool csv = is_type(type, "text/csv");
	if (!kind)
		return;
	if (!csv && !is_type(type, "application/x-ndjson")) {
		request_problem(rq, 415,
			"the file is declared as '%.60s'; send Content-Type: text/csv or "
			"application/x-ndjson",
			type);
		return;
	}
	struct import *in = xcalloc(1, sizeof(*in));
	in->rq = rq;
	in->kind = kind;
	in->csv = csv;
	csv_init(&in->reader);
	strbuf_init(&in->line, LINE_MAX_BYTES);
	strbuf_init(&in->errors, REPORT_MAX);
	in->w.out = &in->errors;
	rq->state = in;
	rq->state_free = free_import;
	rq->piece = piece;
	rq->finish = finish;
}
