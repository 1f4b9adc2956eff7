/* malgil import: texts another gateway kept, into ours. Shown first, taken only when
 * asked; said twice it changes nothing. What still lay in an outbox is old: it is sent
 * only when that is asked for too, and then through all the gates. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/iso.h"
#include "gateway/sms/address.h"
#include "gateway/text/zone.h"
#include "gateway/verbs/import.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

#define BATCH 200
#define SHOWN 10

static const struct verb_option options[] = {
	{"--dry-run", NULL, "show ten rows and the counts, take nothing"},
	{"--id", "NAME",
		"of this import (gammu, smstools): the same text under the same name is "
		"taken once"},
	{"--zone", "NAME", "the time zone its times are in (the shop's)"},
	{"--send-outbox", NULL, "send what still lay in the outbox; wants --class"},
	{"--class", "CLASS", "of what is sent: notice, reply, service, marketing"},
	{"--errors", "FILE", "write the rows that cannot be taken, and why, as CSV"},
	{"--json", NULL, "print data for programs"},
	{0},
};

struct import {
	struct remote *r;
	const struct verb_args *args;
	const char *path, *id;
	struct import_list list;
	struct strbuf body;
	struct imported *batch[BATCH];
	size_t count;
	size_t created, unchanged, sent, bad;
	size_t in, out, outbox;
};

/* ---- judging ---- */

static void
judge(struct import *im, struct imported *row)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	char phone[32];
	if (row->bad)
		return;
	if (!row->phone || !*row->phone)
		strbuf_set(&err, "it has no number");
	else if (!sms_number_e164(row->phone, im->r->config->country, phone, &err)) {
		free(row->phone);
		row->phone = xstrdup(phone);
	} else if (row->kind == IMPORTED_IN && strlen(row->phone) <= 11)
		strbuf_reset(&err); /* a name as sender */
	if (!err.len && (!row->text || !*row->text))
		strbuf_set(&err, "it has no text");
	if (!err.len && !row->at && row->kind != IMPORTED_OUTBOX)
		strbuf_set(&err, "it has no time");
	if (err.len)
		row->bad = xstrdup(err.s);
}

/* The same text to or from the same number at the same time is the same; `n` tells apart
 * those that are really several. */
static void
key_of(const struct import *im, const struct imported *row, unsigned n, char ret[128])
{
	uint64_t a = UINT64_C(0xcbf29ce484222325), b = a ^ 0x9e3779b97f4a7c15;
	const char *const texts[] = {row->phone, row->text};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		for (const char *p = texts[i];; p++) {
			a = (a ^ (uint8_t)*p) * UINT64_C(0x100000001b3);
			b = (b ^ (uint8_t)*p) * UINT64_C(0x880355f21e6d1965);
			if (!*p)
				break;
		}
	snprintf(ret, 128, "import:%.40s:%d:%lld:%016llx%08x:%u", im->id, (int)row->kind,
		(long long)row->at, (unsigned long long)a, (unsigned)(b >> 32), n);
}

static int
by_content(const void *x, const void *y)
{
	const struct imported *a = *(struct imported *const *)x;
	const struct imported *b = *(struct imported *const *)y;
	int c = (int)a->kind - (int)b->kind;
	if (!c)
		c = (a->at > b->at) - (a->at < b->at);
	if (!c)
		c = strcmp(a->phone, b->phone);
	if (!c)
		c = strcmp(a->text, b->text);
	return c ? c : (a->order > b->order) - (a->order < b->order);
}

/* `seq` of a joined row is free: how many of the same stand before it. */
static void
number_equals(struct import *im)
{
	struct imported **all = xcalloc(im->list.count + 1, sizeof(*all));
	size_t n = 0;
	for (size_t i = 0; i < im->list.count; i++)
		if (!im->list.rows[i].bad)
			all[n++] = &im->list.rows[i];
	qsort(all, n, sizeof(struct imported *), by_content);
	for (size_t i = 0; i < n; i++)
		all[i]->seq = i && all[i]->kind == all[i - 1]->kind &&
					      all[i]->at == all[i - 1]->at &&
					      !strcmp(all[i]->phone, all[i - 1]->phone) &&
					      !strcmp(all[i]->text, all[i - 1]->text)
				      ? all[i - 1]->seq + 1
				      : 0;
	free(all);
}

static void
count_all(struct import *im)
{
	for (size_t i = 0; i < im->list.count; i++) {
		struct imported *row = &im->list.rows[i];
		judge(im, row);
		if (row->bad) {
			im->bad++;
			continue;
		}
		switch (row->kind) {
		case IMPORTED_IN: im->in++; break;
		case IMPORTED_OUT: im->out++; break;
		case IMPORTED_OUTBOX: im->outbox++; break;
		}
	}
}

/* ---- handing over ---- */

static void
refuse_row(struct import *im, struct imported *row, const char *why)
{
	if (row->bad)
		return;
	row->bad = xstrdup(why ? why : "the gateway refused it");
	im->bad++;
}

static void
take_result(struct import *im, struct imported *row, const json_t *result)
{
	const char *what = print_member(result, "result");
	if (!what)
		refuse_row(im, row, remote_sentence(result));
	else if (!strcmp(what, "created"))
		im->created++;
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
			.path = "/v1/messages/import",
			.type = "application/x-ndjson",
			.body = im->body.s,
			.len = im->body.len},
		&answer);
	int code = status < 0 ? -status : 0;
	if (status > 0 && status != 200)
		code = verb_refuse(im->args->verb, "%s", remote_sentence(answer));
	for (size_t i = 0; i < im->count && !code; i++)
		take_result(im, im->batch[i], json_array_get(answer, i));
	json_decref(answer);
	im->count = 0;
	strbuf_reset(&im->body);
	return code;
}

static void
put_json(struct import *im, json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);
	if (!text)
		abort();
	strbuf_puts(&im->body, text);
	free(text);
	json_decref(o);
}

static void
put_row(struct import *im, struct imported *row)
{
	char key[128], at[40];
	key_of(im, row, (unsigned)row->seq, key);
	iso_format(row->at, 0, at);
	put_json(im, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "key", key, "direction",
			     row->kind == IMPORTED_IN ? "in" : "out", "phone", row->phone,
			     "text", row->text, "at", at, "state", row->state));
	strbuf_putc(&im->body, '\n');
	im->batch[im->count++] = row;
}

/* Through the ordinary door: gates, quiet hours and consent have their say. */
static int
send_row(struct import *im, struct imported *row)
{
	char key[128];
	json_t *answer = NULL;
	key_of(im, row, (unsigned)row->seq, key);
	strbuf_reset(&im->body);
	put_json(
		im, json_pack("{s:s, s:s, s:s, s:s}", "key", key, "to", row->phone,
			    "text", row->text, "class", verb_value(im->args, "--class")));
	int status = remote_ask(im->r,
		&(struct client_request){.method = "POST",
			.path = "/v1/messages",
			.body = im->body.s,
			.len = im->body.len},
		&answer);
	strbuf_reset(&im->body);
	int code = status < 0 ? -status : 0;
	if (status >= 200 && status < 300)
		im->sent++;
	else if (status > 0)
		refuse_row(im, row, remote_sentence(answer));
	json_decref(answer);
	return code;
}

static int
hand_over(struct import *im)
{
	bool send = verb_flag(im->args, "--send-outbox");
	int code = 0;
	for (size_t i = 0; i < im->list.count && !code; i++) {
		struct imported *row = &im->list.rows[i];
		if (row->bad || row->kind == IMPORTED_OUTBOX)
			continue;
		put_row(im, row);
		if (im->count == BATCH || im->body.len > (2u << 20))
			code = flush(im);
	}
	if (!code)
		code = flush(im);
	for (size_t i = 0; i < im->list.count && !code && send; i++)
		if (!im->list.rows[i].bad && im->list.rows[i].kind == IMPORTED_OUTBOX)
			code = send_row(im, &im->list.rows[i]);
	return code;
}

/* ---- telling ---- */

static void
csv_cell(FILE *f, const char *text, char after)
{
	fputc('"', f);
	for (; text && *text; text++) {
		if (*text == '"')
			fputc('"', f);
		fputc(*text, f);
	}
	fputc('"', f);
	fputc(after, f);
}

static int
write_errors(struct import *im)
{
	const char *name = verb_value(im->args, "--errors");
	if (!name || !im->bad)
		return 0;
	FILE *f = fopen(name, "we");
	if (!f)
		return verb_refuse(im->args->verb, "%s: %s", name, strerror(errno));
	fputs("where,phone,text,why\n", f);
	for (size_t i = 0; i < im->list.count; i++) {
		const struct imported *row = &im->list.rows[i];
		if (!row->bad)
			continue;
		csv_cell(f, row->where, ',');
		csv_cell(f, row->phone, ',');
		csv_cell(f, row->text, ',');
		csv_cell(f, row->bad, '\n');
	}
	bool bad = ferror(f);
	if (fclose(f) || bad)
		return verb_refuse(im->args->verb, "%s: %s", name, strerror(errno));
	return 0;
}

static void
complain(const struct import *im)
{
	size_t said = 0;
	for (size_t i = 0; i < im->list.count && said < SHOWN; i++)
		if (im->list.rows[i].bad) {
			fprintf(stderr, "malgil import: %s: %s\n", im->list.rows[i].where,
				im->list.rows[i].bad);
			said++;
		}
	if (im->bad > said)
		fprintf(stderr, "malgil import: and %zu more%s\n", im->bad - said,
			verb_value(im->args, "--errors")
				? ""
				: "; --errors FILE writes them all down");
}

static void
show_rows(const struct import *im)
{
	static const char *const titles[] = {
		"WHERE", "WAY", "NUMBER", "TIME", "STATE", "TEXT"};
	static const char *const ways[] = {"in", "out", "outbox"};
	struct print_table table;
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < MIN(im->list.count, SHOWN); i++) {
		const struct imported *row = &im->list.rows[i];
		char at[40] = "", when[40] = "";
		if (row->at) {
			iso_format(row->at, 0, at);
			print_time(
				at, im->r->config->zone, clock_wall(clock_real()), when);
		}
		print_cell_short(&table, row->where, 28);
		print_cell(&table, ways[row->kind]);
		print_cell_short(&table, row->phone, 20);
		print_cell(&table, *when ? when : NULL);
		print_cell(&table, row->bad                       ? "cannot be taken"
				   : row->kind == IMPORTED_OUTBOX ? "not sent yet"
								  : row->state);
		print_cell_short(&table, row->text, 32);
	}
	print_table_end(&table);
}

static void
tell_people(const struct import *im, bool dry)
{
	if (dry)
		show_rows(im);
	printf("%s: %zu received, %zu sent, %zu in the outbox, %zu that cannot be taken, "
	       "%zu that are no texts%s\n",
		im->path, im->in, im->out, im->outbox, im->bad, im->list.skipped,
		dry ? "; nothing was taken" : "");
	if (!dry)
		printf("%zu new, %zu known already, %zu sent\n", im->created,
			im->unchanged, im->sent);
	if (im->outbox && !verb_flag(im->args, "--send-outbox"))
		puts("What is in the outbox is left alone; --send-outbox --class CLASS "
		     "sends it.");
}

static void
tell(const struct import *im, bool dry)
{
	if (!verb_flag(im->args, "--json")) {
		tell_people(im, dry);
		return;
	}
	json_t *o = json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "id",
		im->id, "dry_run", dry, "received", (json_int_t)im->in, "sent",
		(json_int_t)im->out, "outbox", (json_int_t)im->outbox, "bad",
		(json_int_t)im->bad, "skipped", (json_int_t)im->list.skipped, "created",
		(json_int_t)im->created, "unchanged", (json_int_t)im->unchanged,
		"outbox_sent", (json_int_t)im->sent);
	print_json(o);
	json_decref(o);
}

/* ---- the verb ---- */

static int
import_run(struct import *im,
	int (*read)(struct import_list *list, const char *path, struct strbuf *err))
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	bool dry = verb_flag(im->args, "--dry-run");
	if (read(&im->list, im->path, &err))
		return verb_refuse(im->args->verb, "%s: %s", im->path, err.s);
	if (im->list.full)
		return verb_refuse(im->args->verb,
			"%s holds more than %d rows: cut it in pieces", im->path,
			IMPORT_ROWS);
	import_join(&im->list);
	count_all(im);
	number_equals(im);
	int code = dry ? 0 : hand_over(im);
	int written = code ? 0 : write_errors(im);
	complain(im);
	tell(im, dry);
	code = code ? code : written;
	return code || !im->bad ? code : EXIT_REFUSED;
}

static int
import_from(struct remote *r, const struct verb_args *args,
	int (*read)(struct import_list *list, const char *path, struct strbuf *err))
{
	const char *id = verb_value(args, "--id"), *zone = verb_value(args, "--zone");
	if (verb_flag(args, "--send-outbox") && !verb_value(args, "--class"))
		return verb_misuse(args->verb,
			"--send-outbox wants --class: what kind of texts these are");
	if (zone && !zone_known(zone))
		return verb_misuse(
			args->verb, "'%s' is no time zone such as Asia/Seoul", zone);
	struct import *im = xcalloc(1, sizeof(*im));
	im->r = r;
	im->args = args;
	im->path = args->words[1];
	im->id = id ? id : args->words[0];
	im->list.zone = zone ? zone : r->config->zone;
	strbuf_init(&im->body, 16u << 20);
	int code = import_run(im, read);
	import_done(&im->list);
	strbuf_done(&im->body);
	free(im);
	return code;
}

static int
from_gammu(struct remote *r, const struct verb_args *args)
{
	return import_from(r, args, import_gammu);
}

static int
from_smstools(struct remote *r, const struct verb_args *args)
{
	return import_from(r, args, import_smstools);
}

static int
run(struct verb_args *args)
{
	static const struct remote_action actions[] = {
		{"gammu", 2, 2, "a file or a folder", from_gammu},
		{"smstools", 2, 2, "a spool folder", from_smstools},
		{0},
	};
	if (!args->word_count)
		return verb_misuse(args->verb, "say whose texts these are: gammu or "
					       "smstools, and where they are");
	return remote_run(args, actions);
}

const struct verb verb_import = {
	.name = "import",
	.summary = "take over what gammu-smsd or smstools kept",
	.usage = "import gammu FILE|FOLDER [--dry-run] [--send-outbox --class CLASS] | "
		 "smstools FOLDER [--dry-run]",
	.example = "  malgil import gammu /var/lib/gammu/smsd.db --dry-run\n"
		   "  malgil import gammu dump.sql --id old-shop\n"
		   "  malgil import smstools /var/spool/sms\n\n"
		   "A gammu FILE is gammu-smsd's SQLite file or a dump (mysqldump, "
		   "sqlite3) of "
		   "its\n"
		   "tables; a FOLDER holds its files backend. What came in is kept as "
		   "received, "
		   "what\n"
		   "went out as it ended; nobody is answered. Importing twice changes "
		   "nothing.",
	.options = options,
	.run = run,
};
