/* malgil audit: who changed what. */
#include <stdio.h>

#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option options[] = {
	{"--who", "NAME", "only what this person, token or login did"},
	{"--limit", "N", "how many, newest first (100)"},
	{"--before", "ID", "go on behind this one"},
	{"--json", NULL, "print data for programs"},
	{0},
};

static void
for_people(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {
		"WHEN", "WHO", "FROM", "DID", "TO", "REFUSED", "DETAIL"};
	const json_t *rows = json_object_get(answer, "audit");
	struct print_table table;
	char refused[32];
	if (!json_array_size(rows)) {
		puts("Nobody has changed anything.");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		print_cell_time(&table, print_member(row, "at"), zone);
		print_cell(&table, print_member(row, "who"));
		print_cell(&table, print_member(row, "via"));
		print_cell(&table, print_member(row, "action"));
		print_cell_short(&table, print_member(row, "target"), 24);
		print_cell(&table, print_number(row, "refused", refused));
		print_cell_short(&table, print_member(row, "detail"), 60);
	}
	print_table_end(&table);
	if (print_member(answer, "next"))
		printf("\nThere are more: add --before %s\n",
			print_member(answer, "next"));
}

static int
list(struct remote *r, const struct verb_args *args)
{
	static const char *const given[] = {"--who", "--limit", "--before"};
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	strbuf_puts(&path, "/v1/audit");
	for (size_t i = 0; i < ARRAY_LEN(given); i++)
		remote_query(&path, given[i] + 2, verb_value(args, given[i]));
	return remote_show(r, args, path.s, NULL, for_people);
}

static const struct remote_action actions[] = {
	{"list", 1, 1, "no more words", list},
	{0},
};

static int
run(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_audit = {
	.name = "audit",
	.summary = "who changed what through the API or the command line",
	.usage = "audit [list] [--who NAME] [--limit N] [--before ID] [--json]",
	.example = "  malgil audit --who soyeon --limit 20",
	.options = options,
	.run = run,
};
