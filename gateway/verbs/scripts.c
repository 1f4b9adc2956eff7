/* malgil scripts: the conversations in use, and which of their texts does better. */
#include <stdio.h>

#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option options[] = {
	{"--text", NULL, "show: the file too"},
	{"--json", NULL, "print data for programs"},
	{0},
};

static void
list_for_people(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {
		"SCRIPT", "KIND", "STEPS", "VERSION", "TITLE"};
	const json_t *row, *rows = json_object_get(answer, "scripts");
	struct print_table table;
	char steps[32];
	size_t i;
	(void)zone;
	if (!json_array_size(rows)) {
		puts("No scripts are in use: scripts = \"FOLDER\" in malgil.cfg names "
		     "them.");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	json_array_foreach(rows, i, row)
	{
		print_cell(&table, print_member(row, "name"));
		print_cell(&table, print_member(row, "kind"));
		print_cell(&table, print_number(row, "steps", steps));
		print_cell(&table, print_member(row, "hash"));
		print_cell_short(&table, print_member(row, "title"), 50);
	}
	print_table_end(&table);
}

static int
list(struct remote *r, const struct verb_args *args)
{
	return remote_show(r, args, "/v1/scripts", "scripts", list_for_people);
}

static void
say_test(const json_t *test, const char *zone)
{
	static const char *const titles[] = {"TEXT", "PEOPLE", "DID", "PERCENT"};
	const json_t *text, *texts = json_object_get(test, "texts");
	struct print_table table;
	char when[40], number[32];
	size_t i;
	print_time(print_member(test, "since"), zone, 0, when);
	printf("\n%s, since %s: ", print_member(test, "state"), when);
	print_text(print_member(test, "says"));
	putchar('\n');
	if (!json_array_size(texts))
		return;
	print_table_init(&table, titles, ARRAY_LEN(titles));
	json_array_foreach(texts, i, text)
	{
		print_cell(&table, print_member(text, "name"));
		print_cell(&table, print_number(text, "people", number));
		print_cell(&table, print_number(text, "did", number));
		print_cell(&table, print_number(text, "percent", number));
	}
	print_table_end(&table);
}

static void
show_for_people(const json_t *script, const char *zone)
{
	const json_t *test, *tests = json_object_get(script, "tests");
	size_t i;
	printf("%s (%s, ", print_member(script, "name"), print_member(script, "kind"));
	print_figure(script, "steps", "step", "steps");
	printf(", version %s)\n", print_member(script, "hash"));
	if (print_member(script, "title")) {
		print_text(print_member(script, "title"));
		putchar('\n');
	}
	json_array_foreach(tests, i, test) say_test(test, zone);
}

static void
text_for_people(const json_t *script, const char *zone)
{
	(void)zone;
	if (print_member(script, "text"))
		print_text(print_member(script, "text"));
}

static int
show(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/scripts/", args->words[1], "");
	return remote_show(r, args, path.s, NULL,
		verb_flag(args, "--text") ? text_for_people : show_for_people);
}

static int
reload(struct remote *r, const struct verb_args *args)
{
	json_t *answer = remote_post(r, "/v1/scripts/reload", NULL);
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json"))
		print_json(json_object_get(answer, "scripts"));
	else
		list_for_people(answer, r->config->zone);
	json_decref(answer);
	return EXIT_DONE;
}

static const struct remote_action actions[] = {
	{"list", 1, 1, "no more words", list},
	{"show", 2, 2, "the name of a script", show},
	{"reload", 1, 1, "no more words", reload},
	{0},
};

static int
run(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_scripts = {
	.name = "scripts",
	.summary = "the scripts in use, and which of their variants does better",
	.usage = "scripts [list] | show NAME [--text] | reload",
	.example =
		"  malgil scripts show cart\n"
		"  malgil scripts show cart --text\n"
		"  malgil scripts reload             # as SIGHUP does, for scripts alone",
	.options = options,
	.run = run,
};
