<<<<<<< HEAD
/* POST /v1/messages/import: texts that another gateway sent or received, as rows that are
 * over. Nothing is sent, nobody is answered, no dialog hears of them; the same key twice
 * is once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/api/resources.h"
#include "gateway/net/jsonw.h"
#include "gateway/sms/address.h"
#include "gateway/store/contacts.h"

#define ROWS_MAX  1000
#define SLICE     16 /* rows a posted unit */
#define TEXT_MAX_ 65536

struct told {
	const char *key, *direction, *phone, *text, *state;
	int64_t at;
};

static const char *const directions[] = {"in", "out", NULL};
/* What is over. */
static const char *const states[] = {
	"received", "sent", "delivered", "undelivered", "failed", NULL};

#define AT(member) offsetof(struct told, member)
static const struct field fields[] = {
	{"key", FIELD_TEXT, AT(key), .required = true, .max = 128},
	{"direction", FIELD_NAME, AT(direction), .required = true, .names = directions},
	{"phone", FIELD_TEXT, AT(phone), .required = true, .max = 47},
	{"text", FIELD_TEXT, AT(text), .required = true, .max = TEXT_MAX_},
	{"at", FIELD_TIME, AT(at), .required = true},
	{"state", FIELD_NAME, AT(state), .required = true, .names = states},
	{0},
};

struct taken {
	int status; /* 201 new, 200 known already, else why not */
	uint64_t id;
	struct strbuf why;
};

struct batch {
	struct request *rq;
	struct json_items items;
	struct taken *taken;
	size_t count, next;
	size_t settled; /* whose tick has been committed, or dropped */
	bool effect;    /* registered for this tick */
};

static void
insert(struct core *core, const struct told *told, const char *phone, struct taken *t)
{
	struct contact contact;
	enum message_state state;
	bool fresh, out = !strcmp(told->direction, "out");
	int64_t fingerprint, now = core_now(core);
	t->id = message_by_key(core->db, told->key, &fingerprint);
	if (t->id) {
		t->status = 200;
		return;
	}
	if (message_state_parse(told->state, &state))
		abort(); /* one of the table */
	if (!contact_take(core->db, phone, core_id(core), now, &contact, &fresh))
		return;
	const struct message m = {.id = core_id(core),
		.contact = contact.id,
		.outbound = out,
		.state = state,
		.cls = out ? CLASS_SERVICE : CLASS_NOTICE,
		.text = (char *)(uintptr_t)told->text,
		.origin = (char *)"import",
		.reason = (char *)(out ? "" : "stale"),
		.key = (char *)(uintptr_t)told->key,
		.sent_at = told->at,
		.updated = now,
		.parts = 1,
		.msg_class = -1};
	t->id = m.id;
	t->status = message_insert(core->db, &m, 0) ? 201 : 503;
}

static void
take_object(struct core *core, const json_t *object, struct taken *t)
{
	struct told told = {0};
	const char *field;
	char phone[48];
	if (fields_read(object, fields, core_now(core), &told, &field, &t->why))
		return;
	bool in = !strcmp(told.direction, "in");
	if (in != !strcmp(told.state, "received")) {
		strbuf_set(&t->why, "what came in is \"received\", what went out is not");
		return;
	}
	if (told.at > core_now(core) + DAY) {
		strbuf_set(&t->why, "at lies in the future");
		return;
	}
	/* A sender may be a name; nobody can be texted at one. */
	if (sms_number_e164(told.phone, core->config->country, phone, &t->why)) {
		if (!in || strlen(told.phone) > 11)
			return;
		snprintf(phone, sizeof(phone), "%s", told.phone);
	}
	insert(core, &told, phone, t);
}

static void
take_row(struct core *core, const char *json, size_t len, struct taken *t)
{
	*t = (struct taken){.status = 422, .why = STRBUF_SENTENCE};
	if (core->store_sick || core->low_disk) {
		t->status = 503;
		strbuf_set(
			&t->why, "the store cannot take anything right now; try again");
		return;
	}
	json_t *object = json_read(json, len, &t->why);
	if (object)
		take_object(core, object, t);
	json_decref(object);
}

/* ---- in slices of a tick, as batch.c does ---- */

static void
free_batch(void *arg)
{
	struct batch *b = arg;
	for (size_t i = 0; i < b->next; i++)
		strbuf_done(&b->taken[i].why);
	free(b->taken);
	free(b);
}

static void
answer(struct batch *b)
{
	struct strbuf body = STRBUF_INIT(4 << 20);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '[');
	for (size_t i = 0; i < b->count; i++) {
		const struct taken *t = &b->taken[i];
		jsonw_open(&w, NULL, '{');
		jsonw_int(&w, "status", t->status);
		if (t->status < 300) {
			jsonw_id(&w, "id", t->id);
			jsonw_text(
				&w, "result", t->status == 201 ? "created" : "unchanged");
		} else {
			jsonw_text(&w, "detail", t->why.s);
		}
		jsonw_close(&w, '}');
	}
	jsonw_close(&w, ']');
	request_reply(b->rq, 200, &body);
}

static void
settle(void *arg, bool committed)
{
	struct batch *b = arg;
	b->effect = false;
	for (; b->settled < b->next; b->settled++) {
		struct taken *t = &b->taken[b->settled];
		if ((committed && t->status != 503) || t->status == 422)
			continue;
		t->status = 503;
		strbuf_set(&t->why, "the store could not write this down; try again");
	}
	if (b->settled == b->count)
		answer(b);
}

static void
take_slice(void *arg)
{
	struct batch *b = arg;
	struct core *core = b->rq->core;
	const char *text;
	size_t len;
	for (int i = 0; i < SLICE && json_items_next(&b->items, &text, &len); i++)
		take_row(core, text, len, &b->taken[b->next++]);
	if (!b->effect)
		loop_after_commit(core->loop, settle, b);
	b->effect = true;
	if (b->next < b->count)
		loop_post(core->loop, take_slice, b);
}

void
messages_import(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct json_items items;
	if (json_items_open(rq->body.s, rq->body.len, rq->ndjson, &items, &err)) {
		request_problem(rq, 400, "%s", err.s);
		return;
	}
	size_t count = json_items_count(&items);
	if (!count || count > ROWS_MAX) {
		request_problem(rq, count ? 413 : 400,
			"a list has 1 to %d texts, not %zu", ROWS_MAX, count);
		return;
	}
	struct batch *b = xcalloc(1, sizeof(*b));
	*b = (struct batch){.rq = rq, .items = items, .count = count};
	b->taken = xcalloc(count, sizeof(*b->taken));
	rq->state = b;
	rq->state_free = free_batch;
	request_wait(rq, MINUTE, NULL);
	take_slice(b);
=======
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

static void
take(struct import *in, const json_t *row)
{
	struct import_row result = {.why = STRBUF_SENTENCE};
	in->kind->take(in->rq->core, row, &result);
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

/* The import ends here; the rest of the body is thrown away. */
static void
give_up(struct import *in, int status, const char *why)
{
	in->over = true;
	request_problem(in->rq, status, "%s", why);
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
>>>>>>> main
}
