/* malgil contacts import: a spreadsheet's people to the gateway. Nothing is written
 * before somebody has seen ten rows and all the counts and said --yes; what was written
 * can be taken back as a whole. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/base/iso.h"
#include "gateway/verbs/bar.h"
#include "gateway/verbs/contacts.h"
#include "gateway/verbs/contacts_sheet.h"
#include "gateway/verbs/print.h"

#define BATCH       8000
#define BATCH_BYTES (3u << 20) /* below what the gateway takes at once */
#define SHOWN       10
#define COMPLAINTS  10
#define LOOK        50 /* ms between two questions how far it is */

struct importing {
	struct remote *r;
	const struct verb_args *args;
	const char *name;
	struct people_sheet *sheet;
	struct bar bar;
	struct strbuf body;
	size_t first, count; /* rows in `body` */
	json_t *total;       /* the import, as the gateway has it */
	char id[32];
	char errors[4096]; /* the file of rows with a note, "" none */
};

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

static int
open_sheet(struct importing *im)
{
	struct strbuf data AUTO(strbuf_done) = STRBUF_INIT(PEOPLE_BYTES);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const struct config *config = im->r->config;
	struct people_wish wish = {.region = config->country,
		.zone = config->zone,
		.charset = verb_value(im->args, "--charset"),
		.source = verb_value(im->args, "--source"),
		.map = verb_value(im->args, "--map"),
		.tag = verb_value(im->args, "--tag"),
		.now = clock_wall(clock_real())};
	int code = read_whole(im->args->verb, im->name, &data);
	if (!code && people_read(data.s, data.len, &wish, &im->sheet, &err))
		code = verb_refuse(im->args->verb, "%s: %s", im->name, err.s);
	return code;
}

/* ---- before ---- */

static void
show_columns(const struct people_sheet *s, bool used)
{
	const char *lead = used ? "columns:" : "ignored (--map \"TITLE=field\"):";
	bool any = false;
	for (size_t i = 0; i < s->title_count; i++) {
		const char *meaning = people_meaning(s, i);
		if (!meaning == used || !*s->titles[i])
			continue;
		printf("%s ", any ? "," : lead);
		any = true;
		print_text(s->titles[i]);
		if (used)
			printf(" = %s", meaning);
	}
	if (any)
		putchar('\n');
}

static void
show_consent(struct print_table *table, const struct people_row *row, const char *zone)
{
	static const char *const words[] = {[SAYS_NOTHING] = "-",
		[SAYS_YES] = "yes",
		[SAYS_NO] = "no",
		[SAYS_REFUSED] = "refused"};
	char text[64], at[ISO_MAX], when[40];
	if (row->says == SAYS_YES) {
		iso_format(row->agreed, 0, at);
		print_time(at, zone, clock_wall(clock_real()), when);
		snprintf(text, sizeof(text), "yes, %s%s", when,
			row->night ? ", night" : "");
	} else {
		snprintf(text, sizeof(text), "%s", words[row->says]);
	}
	print_cell(table, text);
}

static int
by_line(const void *a, const void *b)
{
	unsigned x = (*(const struct people_row *const *)a)->line;
	unsigned y = (*(const struct people_row *const *)b)->line;
	return (x > y) - (x < y);
}

/* The first ones of the file: the rows themselves are in the order of their numbers. */
static size_t
first_rows(const struct people_sheet *s, const struct people_row *ret[SHOWN])
{
	size_t n = 0;
	for (size_t i = 0; i < s->row_count; i++) {
		const struct people_row *row = &s->rows[i];
		if (n == SHOWN && row->line >= ret[n - 1]->line)
			continue;
		ret[n < SHOWN ? n++ : n - 1] = row;
		qsort(ret, n, sizeof(*ret), by_line);
	}
	return n;
}

static void
show_rows(const struct people_sheet *s, const char *zone)
{
	const char *titles[PRINT_COLUMNS] = {"line", "phone", "consent"};
	const struct people_row *rows[SHOWN];
	size_t n = first_rows(s, rows);
	size_t fields = MIN(s->field_count, (size_t)PRINT_COLUMNS - 3);
	struct print_table table;
	for (size_t i = 0; i < fields; i++)
		titles[3 + i] = s->fields[i].name;
	print_table_init(&table, titles, 3 + fields);
	for (size_t i = 0; i < n; i++) {
		const char *text = s->texts.s + rows[i]->at;
		char line[16];
		snprintf(line, sizeof(line), "%u", rows[i]->line);
		print_cell(&table, line);
		print_cell(&table, rows[i]->phone);
		show_consent(&table, rows[i], zone);
		text += strlen(text) + 1;
		text += strlen(text) + 1;
		for (size_t f = 0; f < fields; f++, text += strlen(text) + 1)
			print_cell_short(&table, *text ? text : NULL, 20);
	}
	print_table_end(&table);
}

static void
line_of(size_t n, const char *what)
{
	if (n)
		printf("  %8zu  %s\n", n, what);
}

/* Consents that the shop's country holds to be too old already. */
static size_t
stale(const struct people_sheet *s, const struct config *config)
{
	const struct pack *home = packs_country(config->packs, config->country);
	size_t n = 0;
	for (size_t i = 0; home && home->renew && i < s->row_count; i++)
		n += s->rows[i].says == SAYS_YES &&
		     s->rows[i].agreed + home->renew <= s->now;
	return n;
}

static void
show_counts(const struct people_sheet *s, const struct config *config)
{
	printf("  %8zu  %s (%s)\n", s->lines,
		print_noun((int64_t)s->lines, "row", "rows"), s->file.charset);
	line_of(s->row_count, print_noun((int64_t)s->row_count, "person", "people"));
	line_of(s->yes, "of them agreed to promotions, with date and source");
	line_of(stale(s, config),
		"of these are too old for the shop's country: renew due, no promotions");
	line_of(s->unproven, "say yes without what proves it: texts they ask for only");
	line_of(s->refused, "refused: promotions will be stopped for them");
	line_of(s->relays, "have a relay number (050): texts about the order only");
	line_of(s->mended, "numbers were repaired (lost zeros)");
	line_of(s->twice, "rows repeat a number: the last row counts");
	line_of(s->bad, "rows cannot be used");
}

static void
complain(const struct importing *im)
{
	const struct people_sheet *s = im->sheet;
	size_t said = 0;
	for (size_t i = 0; i < s->note_count && said < COMPLAINTS; i++) {
		if (!s->notes[i].bad)
			continue;
		said++;
		fprintf(stderr, "malgil contacts: %s line %u: %s\n", im->name,
			s->notes[i].line, s->notes[i].why);
	}
	if (s->bad > said)
		fprintf(stderr, "malgil contacts: %s: and %zu more bad rows\n", im->name,
			s->bad - said);
}

/* ---- writing ---- */

static int
begin(struct importing *im)
{
	const char *names[PEOPLE_COLUMNS + 8];
	size_t n = people_names(im->sheet, names);
	json_t *columns = json_array();
	for (size_t i = 0; i < n; i++)
		json_array_append_new(columns, json_string(names[i]));
	json_t *file = json_string(base_name(im->name));
	json_t *answer = remote_post(im->r, "/v1/imports",
		json_pack("{s:o, s:o}", "file", file ? file : json_string("a file"),
			"columns", columns));
	if (!answer)
		return EXIT_REFUSED;
	snprintf(im->id, sizeof(im->id), "%s", print_member(answer, "id"));
	json_decref(answer);
	return 0;
}

static void
take_notes(struct importing *im, const json_t *answer)
{
	const json_t *note;
	size_t i;
	json_array_foreach(json_object_get(answer, "notes"), i, note)
	{
		json_int_t row = json_integer_value(json_object_get(note, "row"));
		const char *result = print_member(note, "result");
		const char *why = print_member(note, "why");
		if (row >= 0 && (size_t)row < im->count && result && why)
			people_note(im->sheet,
				im->sheet->rows[im->first + (size_t)row].line,
				!strcmp(result, "refused"), why);
	}
}

static int
flush(struct importing *im)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(128);
	json_t *answer = NULL;
	int code = 0;
	if (!im->count)
		return 0;
	strbuf_printf(&path, "/v1/imports/%s/rows", im->id);
	int status = remote_ask(im->r,
		&(struct client_request){.method = "POST",
			.path = path.s,
			.type = "application/x-ndjson",
			.body = im->body.s,
			.len = im->body.len},
		&answer);
	if (status != 200) {
		bar_clear();
		code = status < 0 ? -status
				  : verb_refuse(im->args->verb, "%s",
					    remote_sentence(answer));
		verb_refuse(im->args->verb,
			"%s: %zu of %zu people are in. Run it again (twice is "
			"once), or take it back: malgil "
			"contacts undo %s",
			im->name, im->first, im->sheet->row_count, im->id);
	} else {
		take_notes(im, answer);
	}
	json_decref(answer);
	im->first += im->count;
	im->count = 0;
	strbuf_reset(&im->body);
	bar_show(&im->bar, im->first);
	return code;
}

static int
send_rows(struct importing *im)
{
	int code = begin(im);
	bar_begin(&im->bar, "people", im->sheet->row_count);
	for (size_t i = 0; i < im->sheet->row_count && !code; i++) {
		people_json(im->sheet, &im->sheet->rows[i], &im->body);
		im->count++;
		if (im->count == BATCH || im->body.len > BATCH_BYTES)
			code = flush(im);
	}
	if (!code)
		code = flush(im);
	bar_clear();
	return code;
}

static int
finish(struct importing *im)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(128);
	strbuf_printf(&path, "/v1/imports/%s/finish", im->id);
	im->total = remote_post(im->r, path.s, NULL);
	return im->total ? 0 : EXIT_REFUSED;
}

static int
write_errors(struct importing *im)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(4 * (size_t)PEOPLE_BYTES);
	const char *wanted = verb_value(im->args, "--errors");
	if (!im->sheet->note_count || (!wanted && !strcmp(im->name, "-")))
		return 0;
	snprintf(im->errors, sizeof(im->errors), "%s%s", wanted ? wanted : im->name,
		wanted ? "" : ".errors.csv");
	people_errors(im->sheet, &text);
	FILE *f = fopen(im->errors, "we");
	bool good = f && fwrite(text.s, 1, text.len, f) == text.len;
	if (f && fclose(f) != 0)
		good = false;
	return good ? 0
		    : verb_refuse(im->args->verb, "%s: %s", im->errors, strerror(errno));
}

/* ---- saying ---- */

static json_t *
summary(const struct importing *im)
{
	const struct people_sheet *s = im->sheet;
	json_t *columns = json_object(), *ignored = json_array();
	for (size_t i = 0; i < s->title_count; i++) {
		const char *meaning = people_meaning(s, i);
		if (meaning)
			json_object_set_new(columns, meaning, json_string(s->titles[i]));
		else if (*s->titles[i])
			json_array_append_new(ignored, json_string(s->titles[i]));
	}
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
			 "s:o, s:o, s:O?, s:s?}",
		"file", im->name, "charset", s->file.charset, "rows",
		(json_int_t)s->lines, "people", (json_int_t)s->row_count, "agreed",
		(json_int_t)s->yes, "too_old", (json_int_t)stale(s, im->r->config),
		"unproven", (json_int_t)s->unproven, "refused", (json_int_t)s->refused,
		"relay", (json_int_t)s->relays, "repaired", (json_int_t)s->mended,
		"repeated", (json_int_t)s->twice, "bad", (json_int_t)s->bad, "columns",
		columns, "ignored", ignored, "import", im->total, "errors_file",
		*im->errors ? im->errors : NULL);
}

static long long
figure(const json_t *o, const char *name)
{
	return (long long)json_integer_value(json_object_get(o, name));
}

static void
tell(struct importing *im, bool written)
{
	const struct people_sheet *s = im->sheet;
	if (verb_flag(im->args, "--json")) {
		json_t *o = summary(im);
		print_json(o);
		json_decref(o);
		return;
	}
	if (!written) {
		show_rows(s, im->r->config->zone);
		putchar('\n');
		show_columns(s, true);
		show_columns(s, false);
		show_counts(s, im->r->config);
		puts("Nothing was written: --yes does it.");
		return;
	}
	printf("%s: %lld new, %lld changed, %lld as they were; %lld agreed to "
	       "promotions\n",
		im->name, figure(im->total, "created"), figure(im->total, "changed"),
		figure(im->total, "unchanged"), figure(im->total, "granted"));
	if (figure(im->total, "kept_out"))
		printf("%lld said yes in the file and no here: they stay stopped\n",
			figure(im->total, "kept_out"));
	if (figure(im->total, "stopped"))
		printf("%lld are stopped now, as the file says\n",
			figure(im->total, "stopped"));
	if (s->note_count)
		printf("%zu %s with something to be said%s%s\n", s->note_count,
			print_noun((int64_t)s->note_count, "row", "rows"),
			*im->errors ? ": " : "", im->errors);
	printf("To take all of it back: malgil contacts undo %s\n", im->id);
}

int
contacts_import(struct remote *r, const struct verb_args *args)
{
	struct importing *im = xcalloc(1, sizeof(*im));
	bool yes = verb_flag(args, "--yes");
	im->r = r;
	im->args = args;
	im->name = args->words[1];
	strbuf_init(&im->body, 4 * BATCH_BYTES);
	int code = open_sheet(im);
	if (!code && yes)
		code = send_rows(im);
	if (!code && yes)
		code = finish(im);
	if (im->sheet) {
		int written = yes ? write_errors(im) : 0;
		complain(im);
		if (!code)
			tell(im, yes);
		code = code ? code : written;
		if (!code && im->sheet->bad)
			code = EXIT_REFUSED;
	}
	people_free(im->sheet);
	json_decref(im->total);
	strbuf_done(&im->body);
	free(im);
	return code;
}

/* ---- what was imported ---- */

static void
imports_for_people(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {
		"IMPORT", "WHEN", "FILE", "STATE", "NEW", "CHANGED", "AGREED", "BY"};
	const json_t *im, *list = json_object_get(answer, "imports");
	struct print_table table;
	size_t i;
	if (!json_array_size(list)) {
		puts("Nothing was imported.");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	json_array_foreach(list, i, im)
	{
		char n[3][32];
		print_cell(&table, print_member(im, "id"));
		print_cell_time(&table, print_member(im, "at"), zone);
		print_cell_short(&table, print_member(im, "file"), 30);
		print_cell(&table, print_member(im, "state"));
		print_cell(&table, print_number(im, "created", n[0]));
		print_cell(&table, print_number(im, "changed", n[1]));
		print_cell(&table, print_number(im, "granted", n[2]));
		print_cell(&table, print_member(im, "by"));
	}
	print_table_end(&table);
}

int
contacts_imports(struct remote *r, const struct verb_args *args)
{
	return remote_show(r, args, "/v1/imports", "imports", imports_for_people);
}

static json_t *
wait_undone(struct remote *r, const char *path, json_t *answer)
{
	struct bar bar;
	bar_begin(&bar, "people",
		(size_t)(figure(answer, "created") + figure(answer, "changed")));
	while (answer && strcmp(print_member(answer, "state"), "undoing") == 0) {
		bar_show(&bar,
			(size_t)(figure(answer, "removed") + figure(answer, "left_as") +
				 figure(answer, "restored")));
		json_decref(answer);
		poll(NULL, 0, LOOK);
		answer = remote_get(r, path);
	}
	bar_clear();
	return answer;
}

int
contacts_undo(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	struct strbuf one AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/imports/", args->words[1], "/undo");
	remote_path(&one, "/v1/imports/", args->words[1], "");
	json_t *answer = remote_post(r, path.s, NULL);
	if (answer)
		answer = wait_undone(r, one.s, answer);
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json"))
		print_json(answer);
	else
		printf("%s is taken back: %lld %s removed, %lld as they were before. "
		       "%lld stay: they wrote, were written to, or agreed (the ledger "
		       "says that it was taken back)\n",
			print_member(answer, "file"), figure(answer, "removed"),
			print_noun(figure(answer, "removed"), "person", "people"),
			figure(answer, "restored"), figure(answer, "left_as"));
	json_decref(answer);
	return EXIT_DONE;
}
