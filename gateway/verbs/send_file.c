/* malgil send --file: a spreadsheet, given to the gateway in batches; one id a line in
 * the order of the rows. A bad row gets a sentence with its line; the good ones are still
 * sent. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/clock.h"
#include "gateway/base/suggest.h"
#include "gateway/sms/address.h"
#include "gateway/sms/segment.h"
#include "gateway/store/messages.h"
#include "gateway/text/sheetfile.h"
#include "gateway/verbs/bar.h"
#include "gateway/verbs/send.h"

#define BATCH       500
#define BATCH_BYTES (3u << 20)   /* below what the gateway takes at once */
#define FILE_BYTES  (256u << 20) /* of the file */

enum column { TO, TEXT, CLASS, KEY, COLUMNS };
static const char *const column_names[COLUMNS] = {"to", "text", "class", "key"};

struct sheet {
	struct remote *r;
	const struct verb_args *args;
	const char *name;
	struct sheetfile file;
	bool open;            /* it is read */
	bool dry;             /* only look: nothing is sent */
	size_t at[COLUMNS];   /* the field's place + 1, 0 when there is no such column */
	size_t fields;        /* in the header */
	struct strbuf common; /* members all rows have, with a comma before */
	struct strbuf body;
	unsigned lines[BATCH];
	size_t count;
	size_t accepted, refused;
	int64_t began;
	int code; /* set: stop */
};

/* A line that is written over: shown to whoever looks at the errors while the ids go
 * elsewhere. */
static bool
watched(void)
{
	return isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
}

static void
clear_progress(void)
{
	if (watched())
		fputs("\r\x1b[K", stderr);
}

static void
show_progress(const struct sheet *s)
{
	int64_t ms = MAX(clock_mono(clock_real()) - s->began, 1);
	clear_progress();
	if (watched())
		fprintf(stderr, "%zu accepted, %zu refused, %lld a second", s->accepted,
			s->refused, (long long)((int64_t)s->accepted * 1000 / ms));
}

static void
complain(struct sheet *s, unsigned line, const char *sentence)
{
	s->refused++;
	clear_progress();
	fprintf(stderr, "malgil send: %s line %u: %s\n", s->name, line, sentence);
}

/* ---- the header ---- */

static int
take_column(struct sheet *s, const char *name, size_t place)
{
	struct suggest near;
	suggest_init(&near, name);
	for (int c = 0; c < COLUMNS; c++) {
		suggest_offer(&near, column_names[c]);
		if (strcasecmp(name, column_names[c]) != 0)
			continue;
		if (s->at[c])
			return verb_refuse(s->args->verb,
				"%s: there are two columns '%s'", s->name, name);
		s->at[c] = place + 1;
		return 0;
	}
	if (near.best)
		return verb_refuse(s->args->verb,
			"%s: there is no column '%.40s'; did you mean '%s'?", s->name,
			name, near.best);
	return verb_refuse(s->args->verb,
		"%s: there is no column '%.40s'; the header is to,text and may add "
		"class,key",
		s->name, name);
}

static int
take_header(struct sheet *s, const struct csv_row *row)
{
	for (size_t i = 0; i < row->count && !s->code; i++)
		s->code = take_column(s, row->fields[i], i);
	s->fields = row->count;
	for (int c = TO; c <= TEXT && !s->code; c++)
		if (!s->at[c])
			s->code = verb_refuse(s->args->verb,
				"%s: the header (its first line) has no column '%s'",
				s->name, column_names[c]);
	return s->code;
}

/* ---- sending ---- */

static void
take_results(struct sheet *s, const json_t *answer)
{
	bool whole = verb_flag(s->args, "--json");
	for (size_t i = 0; i < s->count; i++) {
		const json_t *result = json_array_get(answer, i);
		const char *id = print_member(result, "id");
		if (!id) {
			complain(s, s->lines[i], remote_sentence(result));
			continue;
		}
		s->accepted++;
		if (whole)
			json_dumpf(result, stdout, JSON_COMPACT);
		else
			fputs(id, stdout);
		putchar('\n');
	}
}

static void
flush(struct sheet *s)
{
	json_t *answer = NULL;
	if (!s->count || s->code)
		return;
	int status = remote_ask(s->r,
		&(struct client_request){.method = "POST",
			.path = "/v1/messages/batch",
			.type = "application/x-ndjson",
			.body = s->body.s,
			.len = s->body.len},
		&answer);
	if (status == 200) {
		take_results(s, answer);
	} else {
		if (status > 0)
			verb_refuse(s->args->verb, "%s", remote_sentence(answer));
		s->code = verb_refuse(s->args->verb,
			"%s: the rows from line %u on were not confirmed%s", s->name,
			s->lines[0],
			s->at[KEY] ? "; with their keys it is safe to run this again"
				   : "");
	}
	json_decref(answer);
	strbuf_reset(&s->body);
	s->count = 0;
	show_progress(s);
}

/* What is known about the rows before comes first. */
static void
complain_in_order(struct sheet *s, unsigned line, const char *sentence)
{
	flush(s);
	if (!s->code)
		complain(s, line, sentence);
}

/* ---- a row ---- */

static const char *
field(const struct sheet *s, const struct csv_row *row, enum column c)
{
	const char *text = s->at[c] ? row->fields[s->at[c] - 1] : "";
	return *text ? text : NULL;
}

/* What the gateway would say to it, as far as that can be known without asking. */
static int
check_row(struct sheet *s, const struct csv_row *row, struct strbuf *err)
{
	struct segment_plan plan;
	struct segment_options options = {0};
	enum message_class cls;
	char number[32];
	const char *to = field(s, row, TO), *text = field(s, row, TEXT);
	const char *class_name = field(s, row, CLASS);
	if (!to || !text)
		return strbuf_set(err, "the %s is empty", to ? "text" : "number"),
		       -EINVAL;
	if (class_name && (message_class_parse(class_name, &cls) || cls == CLASS_NOTICE))
		return strbuf_set(err, "there is no class '%.40s'", class_name), -EINVAL;
	if (sms_number_e164(to, s->r->config->country, number, err))
		return -EINVAL;
	return segment_plan(text, strlen(text), &options, &plan, err);
}

static void
add_row(struct sheet *s, const struct csv_row *row)
{
	const char *class_name = field(s, row, CLASS);
	struct jsonw w = {&s->body};
	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "to", field(s, row, TO));
	jsonw_text(&w, "text", field(s, row, TEXT));
	jsonw_text(&w, "class", class_name ? class_name : verb_value(s->args, "--class"));
	jsonw_text(&w, "key", field(s, row, KEY));
	strbuf_puts(&s->body, s->common.s);
	jsonw_close(&w, '}');
	strbuf_putc(&s->body, '\n');
	s->lines[s->count++] = row->line;
	if (s->count == BATCH || s->body.len > BATCH_BYTES)
		flush(s);
}

static void
take_row(struct sheet *s, const struct csv_row *row)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (!s->fields) {
		take_header(s, row);
		return;
	}
	if (row->count != s->fields)
		strbuf_set(&err, "it has %zu fields where the header has %zu", row->count,
			s->fields);
	for (size_t i = 0; i < row->count && !err.len; i++)
		if (!json_utf8(row->fields[i]))
			strbuf_set(&err, "field %zu is not UTF-8", i + 1);
	if (!err.len && s->dry && check_row(s, row, &err))
		complain(s, row->line, err.s);
	else if (err.len)
		complain_in_order(s, row->line, err.s);
	else if (!s->dry)
		add_row(s, row);
}

/* ---- the file ---- */

static void
take_found(struct sheet *s, enum csv_found found, const struct csv_row *row,
	const struct strbuf *err)
{
	if (found == CSV_ROW)
		take_row(s, row);
	if (found != CSV_BAD)
		return;
	if (!s->fields) {
		s->code = verb_refuse(s->args->verb, "%s: %s", s->name, err->s);
		return;
	}
	flush(s);
	if (s->code)
		return;
	s->refused++;
	clear_progress();
	fprintf(stderr, "malgil send: %s %s\n", s->name, err->s);
}

static void
take_file(struct sheet *s)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct csv_row row;
	enum csv_found found;
	while (!s->code && (found = sheetfile_next(&s->file, &row, &err)) != CSV_MORE)
		take_found(s, found, &row, &err);
	if (!s->code && !s->fields)
		s->code = verb_refuse(s->args->verb, "%s is empty", s->name);
	flush(s);
}

/* --strict: the whole file is looked through before the first row leaves. */
static void
check_file(struct sheet *s)
{
	s->dry = true;
	take_file(s);
	s->dry = false;
	if (!s->code && s->refused)
		s->code = verb_refuse(s->args->verb, "%s: %zu bad %s; nothing was sent",
			s->name, s->refused, s->refused == 1 ? "row" : "rows");
	s->fields = 0;
	memset(s->at, 0, sizeof(s->at));
	sheetfile_rewind(&s->file);
}

/* Unicode says so itself, and what a Korean Excel writes is told from it with certainty.
 * Any other guess might put nonsense into the texts. */
static int
trust_charset(const struct sheet *s)
{
	const char *is = s->file.charset;
	if (verb_value(s->args, "--charset") || !strncmp(is, "UTF-", 4) ||
		!strcmp(is, "windows-949") || !strcmp(is, "Excel"))
		return 0;
	return verb_refuse(s->args->verb,
		"%s is not UTF-8; if it is %s, say --charset %s", s->name, is, is);
}

static int
open_sheet(struct sheet *s)
{
	struct strbuf data AUTO(strbuf_done) = STRBUF_INIT(FILE_BYTES);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *charset = verb_value(s->args, "--charset");
	struct jsonw w = {&s->common, true};
	s->name = verb_value(s->args, "--file");
	int code = read_whole(s->args->verb, s->name, &data);
	if (!code && !data.len)
		code = verb_refuse(s->args->verb, "%s is empty", s->name);
	if (!code && sheetfile_open(&s->file, data.s, data.len, charset,
			     s->r->config->country, 2 * (size_t)FILE_BYTES, &err) < 0)
		return verb_refuse(s->args->verb, "%s: %s", s->name, err.s);
	s->open = !code;
	if (!code)
		code = trust_charset(s);
	return code ? code : send_write_common(s->args, s->r, &w);
}

int
send_file(struct remote *r, const struct verb_args *args)
{
	struct sheet *s = xcalloc(1, sizeof(*s));
	s->r = r;
	s->args = args;
	s->began = clock_mono(clock_real());
	strbuf_init(&s->common, 4096);
	strbuf_init(&s->body, 2 * BATCH_BYTES);
	s->code = open_sheet(s);
	if (!s->code && verb_flag(args, "--strict"))
		check_file(s);
	if (!s->code)
		take_file(s);
	clear_progress();
	bool looked =
		!s->code || s->accepted; /* and not only --strict found it wanting */
	int code = s->code ? s->code : s->refused ? EXIT_REFUSED : EXIT_DONE;
	if (looked && (s->refused || isatty(STDERR_FILENO)))
		fprintf(stderr, "malgil send: %s: %zu accepted, %zu refused\n", s->name,
			s->accepted, s->refused);
	if (s->open)
		sheetfile_done(&s->file);
	strbuf_done(&s->common);
	strbuf_done(&s->body);
	free(s);
	return code;
}
