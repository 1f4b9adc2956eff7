/* malgil events: everything that happened, in order; events_tell.c adds to it. */
#include <stdio.h>
#include <stdlib.h>

#include "gateway/verbs/events.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option options[] = {
	{"--after", "ID", "go on behind this event"},
	{"--limit", "N", "how many, oldest first (100)"},
	{"--phone", "NUMBER", "emit: whose event it is"},
	{"--customer", "ID", "emit: the same, as the shop knows them"},
	{"--contact", "ID", "emit: the same, as malgil knows them"},
	{"--id", "ID", "emit: the shop's own id of it: told twice is once"},
	{"--at", "TIME", "emit: when it happened (now)"},
	{"--json", NULL, "print data for programs"},
	{0},
};

static void
for_people(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {
		"WHEN", "EVENT", "CHANNEL", "MESSAGE", "DETAIL"};
	const json_t *events = json_object_get(answer, "events");
	struct print_table table;
	if (!json_array_size(events)) {
		puts("Nothing has happened.");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < json_array_size(events); i++) {
		const json_t *e = json_array_get(events, i);
		print_cell_time(&table, print_member(e, "at"), zone);
		print_cell(&table, print_member(e, "name"));
		print_cell(&table, print_member(e, "channel"));
		print_cell(&table, print_member(e, "message"));
		print_cell_short(&table, print_member(e, "detail"), 80);
	}
	print_table_end(&table);
	if (json_is_true(json_object_get(answer, "more")))
		printf("\nThere are more: add --after %s\n",
			print_member(answer, "next"));
}

static int
list(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	strbuf_puts(&path, "/v1/events");
	remote_query(&path, "after", verb_value(args, "--after"));
	remote_query(&path, "limit", verb_value(args, "--limit"));
	return remote_show(r, args, path.s, "events", for_people);
}

static const struct remote_action actions[] = {
	{"list", 1, 1, "no more words", list},
	{"emit", 2, 60, "an event such as order.paid, then field=value ...", events_emit},
	{"import", 2, 2, "a CSV file, or - for standard input", events_import},
	{0},
};

static int
run(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_events = {
	.name = "events",
	.summary = "everything that happened, in order; tell what happened in the shop",
	.usage = "events [list] [--after ID] [--limit N] [--json] | "
		 "events emit NAME --phone NUMBER [--customer ID] [--id ID] [--at TIME] "
		 "[FIELD=VALUE ...] | events import FILE",
	.example = "  malgil events list --limit 20\n"
		   "  malgil events emit order.paid --phone 010-1234-5678 --id e-1 "
		   "number=1001 total=39000\n"
		   "  malgil events import events.csv",
	.options = options,
	.run = run,
};
