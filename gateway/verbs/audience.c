/* malgil audience: people by name, how many they are, lists in and out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway/text/csv.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

#define BATCH 500

static const struct verb_option options[] = {
	{"--if", "EXPRESSION", "count, set: people, as in scripts"},
	{"--note", "TEXT", "set: what it is for"},
	{"--sample", "N", "count: so many of them, at most 20 (5)"},
	{"--json", NULL, "print data for programs"},
	{0},
};

static void
print_all(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {"NAME", "KIND", "IF", "NOTE"};
	const json_t *a;
	struct print_table table;
	size_t i;
	(void)zone;
	print_table_init(&table, titles, ARRAY_LEN(titles));
	json_array_foreach(json_object_get(answer, "audiences"), i, a)
	{
		print_cell(&table, print_member(a, "name"));
		print_cell(&table, print_member(a, "kind"));
		print_cell_short(&table, print_member(a, "if"), 70);
		print_cell(&table, print_member(a, "note"));
	}
	print_table_end(&table);
}

static int
list(struct remote *r, const struct verb_args *args)
{
	return remote_show(r, args, "/v1/audiences", "audiences", print_all);
}

/* ---- counting ---- */

static void
print_count(const json_t *answer, const char *zone)
{
	const json_t *one;
	char n[32];
	size_t i;
	(void)zone;
	print_figure(answer, "people", "person", "people");
	printf(" of %s", print_number(answer, "of", n));
	printf("%s (%s ms)\n",
		json_is_true(json_object_get(answer, "whole"))
			? ""
			: " looked at in ten seconds: there are more",
		print_number(answer, "took_ms", n));
	json_array_foreach(json_object_get(answer, "sample"), i, one)
		printf("  %s\n", print_member(one, "phone"));
}

static int
count(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(16 * 1024);
	strbuf_puts(&path, "/v1/people/count");
	if (args->word_count < 2 && !verb_value(args, "--if"))
		return verb_misuse(args->verb, "count NAME, or count --if EXPRESSION");
	if (args->word_count > 1 && strpbrk(args->words[1], " <>="))
		return verb_misuse(args->verb,
			"'%s' is no name; an expression stands behind --if",
			args->words[1]);
	if (args->word_count > 1)
		remote_query(&path, "audience", args->words[1]);
	remote_query(&path, "if", verb_value(args, "--if"));
	remote_query(&path, "limit", verb_value(args, "--sample"));
	return remote_show(r, args, path.s, NULL, print_count);
}

/* ---- naming ---- */

static int
set(struct remote *r, const struct verb_args *args)
{
	json_t *body = json_object();
	json_object_set_new(body, "name", json_string(args->words[1]));
	if (verb_value(args, "--if"))
		json_object_set_new(body, "if", json_string(verb_value(args, "--if")));
	if (verb_value(args, "--note"))
		json_object_set_new(
			body, "note", json_string(verb_value(args, "--note")));
	json_t *answer = remote_post(r, "/v1/audiences", body);
	if (answer && verb_flag(args, "--json"))
		print_json(answer);
	else if (answer)
		printf("%s is %s\n", args->words[1],
			verb_value(args, "--if")
				? "set"
				: "a list: malgil audience add fills it");
	json_decref(answer);
	return answer ? EXIT_DONE : EXIT_REFUSED;
}

static int
drop(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/audiences/", args->words[1], "/remove");
	json_t *answer = remote_post(r, path.s, NULL);
	if (answer)
		printf("%s is gone\n", args->words[1]);
	json_decref(answer);
	return answer ? EXIT_DONE : EXIT_REFUSED;
}

/* ---- lists in and out ---- */

struct adding {
	struct remote *r;
	const struct verb_args *args;
	const char *member; /* "add" or "remove" */
	json_t *batch;
	long long done, refused;
	int column; /* of the numbers, -1: not known yet */
	bool failed;
};

static void
flush(struct adding *a)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	if (!json_array_size(a->batch) || a->failed)
		return;
	remote_path(&path, "/v1/audiences/", a->args->words[1], "/members");
	json_t *answer =
		remote_post(a->r, path.s, json_pack("{s:o}", a->member, a->batch));
	a->batch = json_array();
	a->failed = !answer;
	const char *why = print_member(answer, "detail");
	if (why)
		fprintf(stderr, "%s\n", why);
	a->done += json_integer_value(json_object_get(answer, "added")) +
		   json_integer_value(json_object_get(answer, "removed"));
	a->refused += json_integer_value(json_object_get(answer, "refused"));
	json_decref(answer);
}

static void
take(struct adding *a, const char *phone)
{
	if (!*phone)
		return;
	json_array_append_new(a->batch, json_string(phone));
	if (json_array_size(a->batch) >= BATCH)
		flush(a);
}

static int
find_column(const struct csv_row *row)
{
	static const char *const names[] = {"phone", "number", "mobile", "to", "전화",
		"전화번호", "휴대폰", "핸드폰"};
	for (size_t i = 0; i < row->count; i++)
		for (size_t k = 0; k < ARRAY_LEN(names); k++)
			if (!strcasecmp(row->fields[i], names[k]))
				return (int)i;
	return 0;
}

/* The column called phone, else the first; a first row without any digit is a header. */
static void
take_row(struct adding *a, const struct csv_row *row)
{
	bool first = a->column < 0;
	if (first)
		a->column = find_column(row);
	if ((size_t)a->column >= row->count ||
		(first && !strpbrk(row->fields[a->column], "0123456789")))
		return;
	take(a, row->fields[a->column]);
}

static void
feed(struct adding *a, struct csv *csv, const char *data, size_t len)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct csv_row row;
	enum csv_found found;
	while ((found = data ? csv_next(csv, &data, &len, &row, &err)
			     : csv_finish(csv, &row, &err)) != CSV_MORE) {
		if (found == CSV_ROW) {
			take_row(a, &row);
		} else {
			fprintf(stderr, "%s\n", err.s);
			a->refused++;
		}
		if (!data)
			return;
	}
}

static int
read_rows(struct adding *a, const char *path)
{
	char chunk[16 * 1024];
	struct csv csv;
	size_t n;
	FILE *f = fopen(path, "re");
	if (!f)
		return verb_refuse(
			a->args->verb, "%s cannot be read: %s", path, strerror(errno));
	csv_init(&csv);
	while (!a->failed && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		feed(a, &csv, chunk, n);
	feed(a, &csv, NULL, 0);
	csv_done(&csv);
	fclose(f);
	return EXIT_DONE;
}

static int
members(struct remote *r, const struct verb_args *args)
{
	struct adding a = {.r = r,
		.args = args,
		.member = !strcmp(args->words[0], "add") ? "add" : "remove",
		.batch = json_array(),
		.column = -1};
	int code = EXIT_DONE;
	for (size_t i = 2; i < args->word_count && !code; i++) {
		size_t n = strlen(args->words[i]);
		if (n > 4 && !strcmp(args->words[i] + n - 4, ".csv"))
			code = read_rows(&a, args->words[i]);
		else
			take(&a, args->words[i]);
	}
	flush(&a);
	json_decref(a.batch);
	if (a.failed)
		return EXIT_REFUSED;
	printf("%lld %s, %lld refused\n", a.done,
		!strcmp(a.member, "add") ? "on the list" : "taken off", a.refused);
	return code ? code : a.refused ? EXIT_REFUSED : EXIT_DONE;
}

static int export(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	char after[32] = "";
	puts("phone");
	for (;;) {
		const json_t *one;
		size_t i;
		strbuf_reset(&path);
		remote_path(&path, "/v1/audiences/", args->words[1], "/people");
		remote_query(&path, "after", *after ? after : NULL);
		json_t *answer = remote_get(r, path.s);
		if (!answer)
			return EXIT_REFUSED;
		json_array_foreach(json_object_get(answer, "people"), i, one)
			puts(print_member(one, "phone"));
		const char *next = print_member(answer, "next");
		snprintf(after, sizeof(after), "%s", next ? next : "");
		json_decref(answer);
		if (!*after)
			return EXIT_DONE;
	}
}

static const struct remote_action actions[] = {
	{"list", 1, 1, "no more words", list},
	{"count", 1, 2, "a name, or --if", count},
	{"set", 2, 2, "a name", set},
	{"add", 3, 256, "a name, and numbers or FILE.csv", members},
	{"drop", 3, 256, "a name, and numbers or FILE.csv", members},
	{"export", 2, 2, "a name", export},
	{"remove", 2, 2, "a name", drop},
	{0},
};

static int
run(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_audience = {
	.name = "audience",
	.summary = "people by name: how many they are, lists in and out",
	.usage = "audience [list] | count NAME | count --if EXPRESSION | set NAME [--if "
		 "EXPRESSION] | add NAME NUMBER|FILE.csv... | drop NAME "
		 "NUMBER|FILE.csv... | export NAME | remove NAME",
	.example =
		"  malgil audience count silent\n"
		"  malgil audience count --if \"contact.orders >= 2 and contact.tags has "
		"vip\"\n"
		"  malgil audience set seoul --if \"contact.city = Seoul\"\n"
		"  malgil audience set press; malgil audience add press list.csv\n"
		"  malgil audience export silent > silent.csv\n\n"
		"Without --if, set begins a list that is filled by hand.",
	.options = options,
	.run = run,
};
