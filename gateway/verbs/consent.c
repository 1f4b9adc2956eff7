/* malgil consent: what somebody agreed to, and the ledger it follows from. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/text/csv.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"
#include "gateway/verbs/when.h"

static const struct verb_option options[] = {
	{"--list", "NAME", "what they agreed to get, such as news"},
	{"--words", "TEXT", "what they said: the proof"},
	{"--wording", "TEXT", "what they had been shown"},
	{"--source", "TEXT", "where the proof is kept: a form, a file"},
	{"--method", "HOW", "staff (the default), form, import, provider or api"},
	{"--basis", "WHY", "express (the default), sale, soft or request"},
	{"--scope", "WHAT", "revoke: marketing (the default), all or night"},
	{"--date", "TIME", "when they said it, if not now"},
	{"--age", "TEXT", "what they answered about their age"},
	{"--night", NULL, "they agreed to promotions at night too"},
	{"--operator", "NAME", "who wrote it down"},
	{"--deny", NULL, "import: a list of numbers that refuse"},
	{"--json", NULL, "print data for programs"},
	{0},
};

static void
standing(const json_t *c, const char *zone)
{
	char when[40];
	const char *stopped = print_member(c, "stopped");
	print_time(print_member(c, "stopped_at"), zone, clock_wall(clock_real()), when);
	printf("%s ", print_member(c, "phone"));
	if (!stopped)
		puts("has not said stop.");
	else if (!strcmp(stopped, "all"))
		printf("said stop to everything (%s).\n", when);
	else
		printf("said stop to %s (%s).\n", stopped, when);
}

static void
ledger(const json_t *rows, const char *zone)
{
	static const char *const titles[] = {
		"WHEN", "DID", "FOR", "BY", "WORDS", "WE HAD SAID", "MESSAGE"};
	struct print_table table;
	if (!json_array_size(rows)) {
		puts("\nThe ledger has no entry for this number.");
		return;
	}
	putchar('\n');
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		print_cell_time(&table, print_member(row, "at"), zone);
		print_cell(&table, print_member(row, "action"));
		print_cell(&table, print_member(row, "scope"));
		print_cell(&table, print_member(row, "method"));
		print_cell_short(&table, print_member(row, "words"), 30);
		print_cell_short(&table, print_member(row, "wording"), 40);
		print_cell(&table, print_member(row, "message"));
	}
	print_table_end(&table);
}

static void
for_people(const json_t *answer, const char *zone)
{
	standing(answer, zone);
	ledger(json_object_get(answer, "ledger"), zone);
}

static int
show(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/consent/", args->words[1], "");
	return remote_show(r, args, path.s, NULL, for_people);
}

/* All there is about a number, for the person who asks what we know. */
static int export(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/consent/", args->words[1], "?limit=1000");
	json_t *answer = remote_get(r, path.s);
	if (!answer)
		return EXIT_REFUSED;
	print_json(answer);
	json_decref(answer);
	return EXIT_DONE;
}

/* ---- changing ---- */

static int
add_date(struct remote *r, const struct verb_args *args, json_t *body)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	char text[ISO_MAX];
	int64_t wall;
	if (!verb_value(args, "--date"))
		return 0;
	if (when_parse(verb_value(args, "--date"), r->config->zone,
		    clock_wall(clock_real()), &wall, &err) < 0)
		return verb_misuse(args->verb, "--date: %s", err.s);
	iso_format(wall, 0, text);
	json_object_set_new(body, "at", json_string(text));
	return 0;
}

static json_t *
change_of(const struct verb_args *args, const char *phone, const char *action)
{
	static const char *const words[] = {"--list", "--words", "--wording", "--source",
		"--method", "--basis", "--scope", "--age", "--operator"};
	json_t *body = json_object();
	json_object_set_new(body, "phone", json_string(phone));
	json_object_set_new(body, "action", json_string(action));
	json_object_set_new(body, "method", json_string("staff"));
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (verb_value(args, words[i]))
			json_object_set_new(body, words[i] + 2,
				json_string(verb_value(args, words[i])));
	if (verb_flag(args, "--night"))
		json_object_set_new(body, "night", json_true());
	return body;
}

static int
change(struct remote *r, const struct verb_args *args)
{
	json_t *body = change_of(args, args->words[1], args->words[0]);
	int code = add_date(r, args, body);
	if (code) {
		json_decref(body);
		return code;
	}
	json_t *answer = remote_post(r, "/v1/consent", body);
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json"))
		print_json(answer);
	else
		printf("%s\n", print_member(answer, "id"));
	json_decref(answer);
	return EXIT_DONE;
}

/* ---- files ---- */

/* A file of consents: phone, consent, date, source[, list, words, basis]. Who said yes
 * needs a date and a source; without them nothing is recorded, and the row is named. With
 * --deny: phones alone, each of which refuses. */
struct import {
	struct remote *r;
	const struct verb_args *args;
	int columns[7]; /* where each of import_columns stands, -1: nowhere */
	bool read_header;
	int taken, left_out;
};
static const char *const import_columns[] = {
	"phone", "consent", "date", "source", "list", "words", "basis"};

static const char *
import_field(const struct import *in, const struct csv_row *row, size_t which)
{
	int at = in->columns[which];
	return at >= 0 && (size_t)at < row->count ? row->fields[at] : "";
}

static bool
read_header(struct import *in, const struct csv_row *row)
{
	in->read_header = true;
	for (size_t c = 0; c < ARRAY_LEN(import_columns); c++) {
		in->columns[c] = -1;
		for (size_t i = 0; i < row->count; i++)
			if (!strcasecmp(row->fields[i], import_columns[c]))
				in->columns[c] = (int)i;
	}
	if (in->columns[0] >= 0)
		return true;
	in->columns[0] = 0; /* no header: numbers in the first column */
	return false;
}

static void
leave_out(struct import *in, const struct csv_row *row, const char *why)
{
	in->left_out++;
	fprintf(stderr, "line %u: %s: %s\n", row->line, import_field(in, row, 0), why);
}

/* NULL when the row may be recorded, else why not. */
static const char *
import_trouble(const struct import *in, const struct csv_row *row, bool deny)
{
	static const char *const yes[] = {"yes", "y", "true", "1", "예", "네", "동의"};
	const char *said = import_field(in, row, 1);
	bool agreed = false;
	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		agreed |= !strcasecmp(said, yes[i]);
	if (deny)
		return NULL;
	if (!agreed)
		return "did not say yes: texts they ask for only";
	if (!*import_field(in, row, 2))
		return "says yes without a date: texts they ask for only";
	if (!*import_field(in, row, 3))
		return "says yes without a source: texts they ask for only";
	return NULL;
}

static json_t *
import_body(struct import *in, const struct csv_row *row, bool deny, struct strbuf *err)
{
	json_t *body =
		change_of(in->args, import_field(in, row, 0), deny ? "revoke" : "grant");
	json_object_set_new(body, "method", json_string("import"));
	if (deny)
		return body;
	for (size_t c = 3; c < ARRAY_LEN(import_columns); c++)
		if (*import_field(in, row, c))
			json_object_set_new(body, import_columns[c],
				json_string(import_field(in, row, c)));
	char text[ISO_MAX], day[40];
	int64_t wall;
	const char *date = import_field(in, row, 2);
	snprintf(day, sizeof(day), "%s%s", date, strlen(date) == 10 ? " 00:00" : "");
	if (when_parse(day, in->r->config->zone, clock_wall(clock_real()), &wall, err) ==
		0) {
		iso_format(wall, 0, text);
		json_object_set_new(body, "at", json_string(text));
		return body;
	}
	json_decref(body);
	return NULL;
}

static void
import_row(struct import *in, const struct csv_row *row)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	bool deny = verb_flag(in->args, "--deny");
	if (!in->read_header && read_header(in, row))
		return;
	const char *why = import_trouble(in, row, deny);
	json_t *body = why ? NULL : import_body(in, row, deny, &err);
	if (!body) {
		leave_out(in, row, why ? why : err.s);
		return;
	}
	char *text = json_dumps(body, JSON_COMPACT);
	json_t *answer = NULL;
	int status = remote_ask(in->r,
		&(struct client_request){.method = "POST",
			.path = "/v1/consent",
			.body = text,
			.len = strlen(text)},
		&answer);
	if (status >= 200 && status < 300)
		in->taken++;
	else
		leave_out(in, row, answer ? remote_sentence(answer) : "not recorded");
	json_decref(answer);
	json_decref(body);
	free(text);
}

static void
import_bytes(struct import *in, struct csv *csv, const char *p, size_t len)
{
	struct csv_row row;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	enum csv_found found;
	while ((found = csv_next(csv, &p, &len, &row, &err)) != CSV_MORE) {
		if (found == CSV_ROW) {
			import_row(in, &row);
			continue;
		}
		fprintf(stderr, "%s\n", err.s);
		in->left_out++;
	}
}

static int
import(struct remote *r, const struct verb_args *args)
{
	struct import in = {.r = r, .args = args};
	struct csv csv;
	struct csv_row row;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	char chunk[65536];
	size_t n;
	FILE *f = fopen(args->words[1], "re");
	if (!f)
		return verb_refuse(args->verb, "%s: %s", args->words[1], strerror(errno));
	csv_init(&csv);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		import_bytes(&in, &csv, chunk, n);
	if (csv_finish(&csv, &row, &err) == CSV_ROW)
		import_row(&in, &row);
	csv_done(&csv);
	fclose(f);
	printf("%d recorded, %d left out\n", in.taken, in.left_out);
	return in.left_out ? EXIT_REFUSED : EXIT_DONE;
}

static const struct remote_action actions[] = {
	{"show", 2, 2, "a number", show},
	{"export", 2, 2, "a number", export},
	{"grant", 2, 2, "a number", change},
	{"revoke", 2, 2, "a number", change},
	{"kept", 2, 2, "a number whose text was no opt-out", change},
	{"import", 2, 2, "a CSV file", import},
	{0},
};

static int
run(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_consent = {
	.name = "consent",
	.summary = "what somebody agreed to, and the proof",
	.usage = "consent show NUMBER | export NUMBER | grant NUMBER --words TEXT | "
		 "revoke NUMBER "
		 "[--scope WHAT] | kept NUMBER | import FILE [--deny]",
	.example = "  malgil consent show 010-1234-5678\n"
		   "  malgil consent grant 010-1234-5678 --list news --words '네, "
		   "받을게요' --method staff\n"
		   "  malgil consent import members.csv       # "
		   "phone,consent,date,source[,list,words]\n"
		   "  malgil consent import refusals.csv --deny",
	.options = options,
	.run = run,
};
