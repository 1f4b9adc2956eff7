/* malgil orders import: a spreadsheet's rows to the gateway, in batches; bad rows go to a
 * file of their own, with the reason, to be put right and imported again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/text/orderstate.h"
#include "gateway/verbs/bar.h"
#include "gateway/verbs/orders.h"
#include "gateway/core/orders_sheet.h"
#include "gateway/verbs/print.h"

#define BATCH       200
#define BATCH_BYTES (2u << 20) /* below what the gateway takes at once */
#define SHOWN       10         /* rows of a dry run */

struct import {
	struct remote *r;
	const struct verb_args *args;
	const char *name;
	struct orders_sheet *sheet;
	struct strbuf body;
	size_t batch[BATCH], count; /* orders in `body` */
	size_t done, created, changed, unchanged;
	struct bar bar;
	char errors[4096]; /* the file of bad rows, "" none was written */
};

/* ---- the file ---- */

static int
open_sheet(struct import *im)
{
	struct strbuf data AUTO(strbuf_done) = STRBUF_INIT(SHEET_BYTES);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const struct config *config = im->r->config;
	struct sheet_wish wish = {.region = config->country,
		.zone = config->zone,
		.source = verb_value(im->args, "--source"),
		.map = verb_value(im->args, "--map"),
		.charset = verb_value(im->args, "--charset")};
	int code = read_whole(im->args->verb, im->name, &data);
	if (!code && orders_sheet_read(data.s, data.len, &wish, &im->sheet, &err))
		code = verb_refuse(im->args->verb, "%s: %s", im->name, err.s);
	return code;
}

/* ---- sending ---- */

static void
take_result(struct import *im, size_t order, const json_t *result)
{
	const char *what = print_member(result, "result");
	if (!what)
		orders_sheet_refuse(im->sheet, order, remote_sentence(result));
	else if (!strcmp(what, "created"))
		im->created++;
	else if (!strcmp(what, "changed"))
		im->changed++;
	else
		im->unchanged++;
}

static int
flush(struct import *im)
{
	json_t *answer = NULL;
	if (!im->count)
		return 0;
	int status = remote_ask(im->r,
		&(struct client_request){.method = "POST",
			.path = "/v1/orders/bulk",
			.type = "application/x-ndjson",
			.body = im->body.s,
			.len = im->body.len},
		&answer);
	bar_clear();
	int code = status < 0 ? -status : 0;
	if (status > 0 && status != 200)
		code = verb_refuse(im->args->verb, "%s", remote_sentence(answer));
	for (size_t i = 0; i < im->count && !code; i++)
		take_result(im, im->batch[i], json_array_get(answer, i));
	if (code)
		verb_refuse(im->args->verb,
			"%s: %zu of %zu orders are imported; it is safe to run this "
			"again",
			im->name, im->created + im->changed + im->unchanged,
			im->sheet->order_count);
	json_decref(answer);
	im->done += im->count;
	im->count = 0;
	strbuf_reset(&im->body);
	bar_show(&im->bar, im->done);
	return code;
}

static int
send_orders(struct import *im)
{
	int code = 0;
	bar_begin(&im->bar, "orders", im->sheet->order_count);
	for (size_t i = 0; i < im->sheet->order_count && !code; i++) {
		if (im->sheet->orders[i].bad) {
			im->done++;
			continue;
		}
		orders_sheet_json(im->sheet, i, &im->body);
		strbuf_putc(&im->body, '\n');
		im->batch[im->count++] = i;
		if (im->count == BATCH || im->body.len > BATCH_BYTES)
			code = flush(im);
	}
	if (!code)
		code = flush(im);
	bar_clear();
	return code;
}

/* ---- what is wrong ---- */

static int
write_errors(struct import *im)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(4u * SHEET_BYTES);
	const char *wanted = verb_value(im->args, "--errors");
	if (!im->sheet->bad_rows)
		return 0;
	if (wanted)
		snprintf(im->errors, sizeof(im->errors), "%s", wanted);
	else if (strcmp(im->name, "-") != 0)
		snprintf(im->errors, sizeof(im->errors), "%s.errors.csv", im->name);
	else
		return 0;
	orders_sheet_errors(im->sheet, &text);
	FILE *f = fopen(im->errors, "we");
	bool good = f && fwrite(text.s, 1, text.len, f) == text.len;
	if (f && fclose(f) != 0)
		good = false;
	if (good)
		return 0;
	int why = errno;
	return verb_refuse(im->args->verb, "%s: %s", im->errors, strerror(why));
}

/* The first few on the terminal: most files have one mistake, many times. */
static void
complain(const struct import *im)
{
	size_t said = 0;
	for (size_t i = 0; i < im->sheet->row_count && said < SHOWN; i++) {
		const struct sheet_row *row = &im->sheet->rows[i];
		if (!row->why)
			continue;
		said++;
		fprintf(stderr, "malgil orders: %s line %u: %s\n", im->name, row->line,
			row->why);
	}
	if (im->sheet->bad_rows > said)
		fprintf(stderr, "malgil orders: %s: and %zu more bad rows\n", im->name,
			im->sheet->bad_rows - said);
}

/* ---- the dry run ---- */

static void
show_rows(const struct orders_sheet *s)
{
	static const enum sheet_column shown[] = {SHEET_NUMBER, SHEET_PLACED, SHEET_PHONE,
		SHEET_ITEM, SHEET_QUANTITY, SHEET_TOTAL, SHEET_STATE, SHEET_TRACK};
	struct strbuf cell AUTO(strbuf_done) = STRBUF_INIT(1 << 16);
	const char *titles[ARRAY_LEN(shown) + 1] = {"line"};
	struct print_table table;
	size_t columns = 1;
	for (size_t c = 0; c < ARRAY_LEN(shown); c++)
		if (s->at[shown[c]])
			titles[columns++] = sheet_column_name(shown[c]);
	print_table_init(&table, titles, columns);
	for (size_t i = 0; i < MIN(s->row_count, SHOWN); i++) {
		char line[16];
		snprintf(line, sizeof(line), "%u", s->rows[i].line);
		print_cell(&table, line);
		for (size_t c = 0; c < ARRAY_LEN(shown); c++)
			if (s->at[shown[c]])
				print_cell_short(&table,
					orders_sheet_cell(s, &s->rows[i], shown[c], &cell)
						? cell.s
						: NULL,
					24);
	}
	print_table_end(&table);
}

static bool
is_used(const struct orders_sheet *s, size_t title)
{
	for (int c = 0; c < SHEET_COLUMNS; c++)
		if (s->at[c] == title + 1)
			return true;
	return false;
}

/* Words for a state that nobody here understands, each once. */
static json_t *
odd_states(const struct orders_sheet *s)
{
	struct strbuf cell AUTO(strbuf_done) = STRBUF_INIT(1 << 16);
	json_t *seen = json_object(), *list = json_array();
	for (size_t i = 0; i < s->row_count && json_array_size(list) < 20; i++) {
		if (!orders_sheet_cell(s, &s->rows[i], SHEET_STATE, &cell) ||
			json_object_get(seen, cell.s))
			continue;
		json_object_set_new(seen, cell.s, json_true());
		if (order_state_read(cell.s) == ORDER_OTHER)
			json_array_append_new(list, json_string(cell.s));
	}
	json_decref(seen);
	return list;
}

static json_t *
summary(const struct import *im, bool dry)
{
	const struct orders_sheet *s = im->sheet;
	char separator[2] = {s->separator, '\0'};
	json_t *o = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:o}", "file", im->name,
		"charset", s->charset, "separator", separator, "rows",
		(json_int_t)s->row_count, "orders", (json_int_t)s->order_count,
		"bad_rows", (json_int_t)s->bad_rows, "unknown_states", odd_states(s));
	json_t *columns = json_object(), *ignored = json_array();
	for (int c = 0; c < SHEET_COLUMNS; c++)
		if (s->at[c])
			json_object_set_new(columns,
				sheet_column_name((enum sheet_column)c),
				json_string(s->titles[s->at[c] - 1]));
	for (size_t i = 0; i < s->title_count; i++)
		if (!is_used(s, i))
			json_array_append_new(ignored, json_string(s->titles[i]));
	json_object_set_new(o, "columns", columns);
	json_object_set_new(o, "ignored", ignored);
	if (!dry) {
		json_object_set_new(o, "created", json_integer((json_int_t)im->created));
		json_object_set_new(o, "changed", json_integer((json_int_t)im->changed));
		json_object_set_new(
			o, "unchanged", json_integer((json_int_t)im->unchanged));
	}
	json_object_set_new(
		o, "errors_file", *im->errors ? json_string(im->errors) : json_null());
	return o;
}

static void
print_list(const char *head, const json_t *list)
{
	if (!json_array_size(list))
		return;
	fputs(head, stdout);
	for (size_t i = 0; i < json_array_size(list); i++) {
		fputs(i ? ", " : " ", stdout);
		print_text(json_string_value(json_array_get(list, i)));
	}
	putchar('\n');
}

static void
print_columns(const json_t *columns)
{
	const char *name, *lead = "columns:";
	json_t *title;
	json_object_foreach((json_t *)(uintptr_t)columns, name, title)
	{
		printf("%s %s = ", lead, name);
		print_text(json_string_value(title));
		lead = ",";
	}
	putchar('\n');
}

static void
tell(const struct import *im, bool dry)
{
	const struct orders_sheet *s = im->sheet;
	json_t *o = summary(im, dry);
	if (verb_flag(im->args, "--json")) {
		print_json(o);
		json_decref(o);
		return;
	}
	if (dry) {
		show_rows(s);
		print_columns(json_object_get(o, "columns"));
		print_list("ignored:", json_object_get(o, "ignored"));
	}
	print_list(
		"states nobody here understands:", json_object_get(o, "unknown_states"));
	printf("%s: %zu %s, %zu %s", im->name, s->row_count,
		print_noun((int64_t)s->row_count, "row", "rows"), s->order_count,
		print_noun((int64_t)s->order_count, "order", "orders"));
	if (dry)
		printf(" (%s); nothing was sent\n", s->charset);
	else
		printf(": %zu new, %zu changed, %zu as they were\n", im->created,
			im->changed, im->unchanged);
	if (s->bad_rows)
		printf("%zu bad %s%s%s\n", s->bad_rows, s->bad_rows == 1 ? "row" : "rows",
			*im->errors ? ", written with the reason to " : "", im->errors);
	json_decref(o);
}

int
orders_import(struct remote *r, const struct verb_args *args)
{
	struct import *im = xcalloc(1, sizeof(*im));
	bool dry = verb_flag(args, "--dry-run");
	im->r = r;
	im->args = args;
	im->name = args->words[1];
	strbuf_init(&im->body, 4 * BATCH_BYTES);
	int code = open_sheet(im);
	if (!code && !dry)
		code = send_orders(im);
	if (im->sheet) {
		int written = dry ? 0 : write_errors(im);
		complain(im);
		tell(im, dry);
		code = code ? code : written;
		if (!code && im->sheet->bad_rows)
			code = EXIT_REFUSED;
	}
	orders_sheet_free(im->sheet);
	strbuf_done(&im->body);
	free(im);
	return code;
}
