/* malgil consent: what somebody agreed to, and the ledger it follows from. */
#include <stdio.h>
#include <string.h>

#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option options[] = {
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

static const struct remote_action actions[] = {
	{"show", 2, 2, "a number", show},
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
	.usage = "consent show NUMBER [--json]",
	.example = "  malgil consent show 010-1234-5678",
	.options = options,
	.run = run,
};
