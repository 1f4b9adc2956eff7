/* malgil tickets: what waits for a person. */
#include <stdio.h>

#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option options[] = {
	{"--state", "STATE", "open (the default), closed or all"},
	{"--limit", "N", "how many, the last touched first (100)"},
	{"--json", NULL, "print data for programs"},
	{0},
};

static void
for_people(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {
		"ID", "TOUCHED", "NUMBER", "TOPIC", "STATE", "TEXT"};
	const json_t *tickets = json_object_get(answer, "tickets");
	struct print_table table;
	if (!json_array_size(tickets)) {
		puts("Nothing waits for a person.");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < json_array_size(tickets); i++) {
		const json_t *ticket = json_array_get(tickets, i);
		const char *text = print_member(ticket, "text");
		print_cell(&table, print_member(ticket, "id"));
		print_cell_time(&table, print_member(ticket, "updated"), zone);
		print_cell(&table, print_member(ticket, "phone"));
		print_cell(&table, print_member(ticket, "topic"));
		print_cell(&table, print_member(ticket, "state"));
		print_cell_short(&table, text ? text : print_member(ticket, "note"), 50);
	}
	print_table_end(&table);
}

static int
list(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	strbuf_puts(&path, "/v1/tickets");
	remote_query(&path, "state", verb_value(args, "--state"));
	remote_query(&path, "limit", verb_value(args, "--limit"));
	return remote_show(r, args, path.s, "tickets", for_people);
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

const struct verb verb_tickets = {
	.name = "tickets",
	.summary = "texts that wait for a person",
	.usage = "tickets [list] [--state open|closed|all] [--limit N] [--json]",
	.example = "  malgil tickets list",
	.options = options,
	.run = run,
};
