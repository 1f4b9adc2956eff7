#include "gateway/verbs/upload.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH       500
#define BATCH_BYTES (3u << 20) /* below what the gateway takes at once */

struct state {
	struct upload *u;
	struct strbuf body;
	unsigned lines[BATCH];
	size_t count;
	bool headed;
	long taken, same, refused;
	int code; /* set: stop */
};

static void
complain(struct state *s, unsigned line, const char *sentence)
{
	s->refused++;
	fprintf(stderr, "malgil %s: %s line %u: %s\n", s->u->verb->name, s->u->file, line,
		sentence);
}

static void
take_results(struct state *s, const json_t *answer)
{
	for (size_t i = 0; i < s->count && i < json_array_size(answer); i++) {
		const json_t *one = json_array_get(answer, i);
		const char *result = json_string_value(json_object_get(one, "result"));
		const char *why = json_string_value(json_object_get(one, "detail"));
		const char *warning = json_string_value(json_object_get(one, "warning"));
		if (!result)
			complain(s, s->lines[i], why ? why : "it was refused");
		else if (!strcmp(result, "repeated") || !strcmp(result, "unchanged"))
			s->same++;
		else
			s->taken++;
		if (warning)
			fprintf(stderr, "malgil %s: %s line %u: note: %s\n",
				s->u->verb->name, s->u->file, s->lines[i], warning);
	}
}

static void
flush(struct state *s)
{
	json_t *answer = NULL;
	if (!s->count || s->code)
		return;
	int status = remote_ask(s->u->remote,
		&(struct client_request){.method = "POST",
			.path = s->u->path,
			.type = "application/x-ndjson",
			.body = s->body.s,
			.len = s->body.len},
		&answer);
	if (status == 200)
		take_results(s, answer);
	else if (status < 0)
		s->code = -status;
	else
		s->code = verb_refuse(s->u->verb,
			"%s: %s; the rows from line %u on were not confirmed, and may be "
			"told again",
			s->u->file, remote_sentence(answer), s->lines[0]);
	json_decref(answer);
	strbuf_reset(&s->body);
	s->count = 0;
}

static void
take_header(struct state *s, const struct csv_row *row)
{
	struct upload *u = s->u;
	s->headed = true;
	for (size_t i = 0; i < row->count; i++) {
		const char *p = row->fields[i] + strspn(row->fields[i], " ");
		size_t n = 0;
		for (; *p && n < sizeof(u->columns[0]) - 1; p++)
			u->columns[i][n++] = (char)tolower((unsigned char)*p);
		while (n && u->columns[i][n - 1] == ' ')
			n--;
		u->columns[i][n] = '\0';
	}
	u->count = row->count;
	s->code = u->header(u, row);
}

static void
take_row(struct state *s, const struct csv_row *row)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	json_t *object = NULL;
	if (row->count != s->u->count)
		strbuf_set(&err, "it has %zu fields where the header has %zu", row->count,
			s->u->count);
	for (size_t i = 0; i < row->count && !err.len; i++)
		if (!json_utf8(row->fields[i]))
			strbuf_set(&err, "field %zu is not UTF-8", i + 1);
	if (!err.len)
		object = s->u->row(s->u, row, &err);
	if (!object) {
		flush(s);
		complain(s, row->line, err.s);
		return;
	}
	char *text = json_dumps(object, JSON_COMPACT);
	strbuf_printf(&s->body, "%s\n", text);
	free(text);
	json_decref(object);
	s->lines[s->count++] = row->line;
	if (s->count == BATCH || s->body.len > BATCH_BYTES)
		flush(s);
}

static void
take_found(struct state *s, enum csv_found found, const struct csv_row *row,
	const struct strbuf *err)
{
	if (found == CSV_ROW && !s->headed)
		take_header(s, row);
	else if (found == CSV_ROW)
		take_row(s, row);
	if (found != CSV_BAD)
		return;
	flush(s);
	s->refused++;
	fprintf(stderr, "malgil %s: %s %s\n", s->u->verb->name, s->u->file, err->s);
}

static void
take_all(struct state *s, int fd)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	static char chunk[64 * 1024];
	struct csv_row row;
	struct csv csv;
	ssize_t n = 0;
	csv_init(&csv);
	while (!s->code && (n = read(fd, chunk, sizeof(chunk))) > 0) {
		const char *p = chunk;
		size_t left = (size_t)n;
		enum csv_found found = CSV_ROW;
		while (found != CSV_MORE && !s->code) {
			found = csv_next(&csv, &p, &left, &row, &err);
			take_found(s, found, &row, &err);
		}
	}
	if (n < 0)
		s->code = verb_refuse(s->u->verb, "%s: %s", s->u->file, strerror(errno));
	if (!s->code)
		take_found(s, csv_finish(&csv, &row, &err), &row, &err);
	if (!s->code && !s->headed)
		s->code = verb_refuse(s->u->verb, "%s is empty", s->u->file);
	csv_done(&csv);
	flush(s);
}

int
upload_file(struct upload *u)
{
	struct state s = {.u = u, .body = STRBUF_INIT(2 * BATCH_BYTES)};
	int fd =
		strcmp(u->file, "-") ? open(u->file, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (fd < 0)
		return verb_refuse(u->verb, "%s: %s", u->file, strerror(errno));
	take_all(&s, fd);
	if (fd != STDIN_FILENO)
		close(fd);
	strbuf_done(&s.body);
	if (!s.code || s.taken || s.same)
		printf("%ld taken, %ld known already, %ld refused\n", s.taken, s.same,
			s.refused);
	return s.code ? s.code : s.refused ? EXIT_REFUSED : EXIT_DONE;
}
