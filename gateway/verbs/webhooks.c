/* malgil webhooks: who is told what happens, and once more. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option options[] = {
	{"--state", "STATE", "deliveries: pending, delivered or dead"},
	{"--from", "POINT", "replay: from this event's id, time, or 2h ago"},
	{"--to", "POINT", "replay: up to this one (the newest)"},
	{"--delivery", "ID", "replay: this delivery alone, under its id"},
	{"--dead", NULL, "replay: all that were given up"},
	{"--before", "ID", "deliveries: older than this one"},
	{"--limit", "N", "deliveries: how many, the newest first (50)"},
	{"--json", NULL, "print data for programs"},
	{0},
};

/* ---- list ---- */

static void
print_hooks(const json_t *hooks, const char *zone)
{
	static const char *const titles[] = {"NAME", "STATE", "PENDING", "DEAD",
		"LAST SUCCESS", "NEXT TRY", "URL", "WHY"};
	struct print_table table;
	char number[32];
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < json_array_size(hooks); i++) {
		const json_t *h = json_array_get(hooks, i);
		print_cell(&table, print_member(h, "name"));
		print_cell(&table, print_member(h, "state"));
		print_cell(&table, print_number(h, "pending", number));
		print_cell(&table, print_number(h, "dead", number));
		print_cell_time(&table, print_member(h, "last_success"), zone);
		print_cell_time(&table, print_member(h, "next_try"), zone);
		print_cell_short(&table, print_member(h, "url"), 48);
		print_cell_short(&table, print_member(h, "why"), 60);
	}
	print_table_end(&table);
}

static void
list_for_people(const json_t *answer, const char *zone)
{
	const json_t *hooks = json_object_get(answer, "webhooks");
	print_hooks(hooks, zone);
	if (json_array_size(hooks) < 2)
		puts("\nThe configuration has no webhooks; see `webhooks` in "
		     "malgil.cfg.");
}

static int
list(struct remote *r, const struct verb_args *args)
{
	return remote_show(r, args, "/v1/webhooks", "webhooks", list_for_people);
}

/* ---- deliveries ---- */

static void
print_deliveries(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {"ID", "CREATED", "WHAT", "MESSAGE", "STATE",
		"TRIES", "STATUS", "MS", "NEXT TRY", "WHY"};
	const json_t *rows = json_object_get(answer, "deliveries");
	struct print_table table;
	char tries[32], status[32], took[32];
	if (!json_array_size(rows)) {
		puts("There are no such deliveries.");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *d = json_array_get(rows, i);
		const char *name = print_member(d, "name");
		print_cell(&table, print_member(d, "id"));
		print_cell_time(&table, print_member(d, "created"), zone);
		print_cell(&table, name ? name : print_member(d, "kind"));
		print_cell(&table, print_member(d, "message"));
		print_cell(&table, print_member(d, "state"));
		print_cell(&table, print_number(d, "tries", tries));
		print_cell(&table, print_number(d, "status", status));
		print_cell(&table, print_number(d, "took_ms", took));
		print_cell_time(&table, print_member(d, "next_try"), zone);
		print_cell_short(&table, print_member(d, "why"), 60);
	}
	print_table_end(&table);
	if (print_member(answer, "next"))
		printf("\nThere are more: add --before %s\n",
			print_member(answer, "next"));
}

static int
deliveries(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/webhooks/", args->words[1], "/deliveries");
	remote_query(&path, "state", verb_value(args, "--state"));
	remote_query(&path, "before", verb_value(args, "--before"));
	remote_query(&path, "limit", verb_value(args, "--limit"));
	return remote_show(r, args, path.s, "deliveries", print_deliveries);
}

/* ---- changes ---- */

static int
post(struct remote *r, const struct verb_args *args, const char *tail, json_t *body,
	json_t **ret)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/webhooks/", args->words[1], tail);
	*ret = remote_post(r, path.s, body);
	if (*ret && verb_flag(args, "--json"))
		print_json(*ret);
	return *ret ? EXIT_DONE : EXIT_REFUSED;
}

static int
change(struct remote *r, const struct verb_args *args)
{
	struct strbuf tail AUTO(strbuf_done) = STRBUF_INIT(64);
	json_t *answer;
	strbuf_printf(&tail, "/%s", args->words[0]);
	int code = post(r, args, tail.s, NULL, &answer);
	if (answer && !verb_flag(args, "--json"))
		printf("%s: %s\n", print_member(answer, "webhook"),
			print_member(answer, "done"));
	json_decref(answer);
	return code;
}

static int
replay(struct remote *r, const struct verb_args *args)
{
	json_t *body = json_object(), *answer;
	static const char *const names[] = {"from", "to", "delivery"};
	static const char *const flags[] = {"--from", "--to", "--delivery"};
	char number[32];
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (verb_value(args, flags[i]))
			json_object_set_new(
				body, names[i], json_string(verb_value(args, flags[i])));
	if (verb_flag(args, "--dead"))
		json_object_set_new(body, "dead", json_true());
	int code = post(r, args, "/replay", body, &answer);
	const char *n = answer ? print_number(answer, "deliveries", number) : NULL;
	if (answer && !verb_flag(args, "--json"))
		printf("%s: replaying%s%s%s\n", print_member(answer, "webhook"),
			n ? " " : "", n ? n : "", n ? " deliveries" : "");
	json_decref(answer);
	return code;
}

static int
tell_outcome(const struct verb_args *args, const json_t *d)
{
	char status[32], took[32];
	if (strcmp(print_member(d, "state"), "delivered") != 0)
		return verb_refuse(args->verb, "%s was not reached: %s", args->words[1],
			print_member(d, "why"));
	printf("%s answered %s within %s ms\n", args->words[1],
		print_number(d, "status", status), print_number(d, "took_ms", took));
	return EXIT_DONE;
}

static int
test(struct remote *r, const struct verb_args *args)
{
	json_t *answer;
	int code = post(r, args, "/test", NULL, &answer);
	if (answer && !verb_flag(args, "--json"))
		code = tell_outcome(args, answer);
	json_decref(answer);
	return code;
}

static const struct remote_action actions[] = {
	{"list", 1, 1, "no more words", list},
	{"deliveries", 2, 2, "the name of a webhook", deliveries},
	{"replay", 2, 2, "the name of a webhook", replay},
	{"test", 2, 2, "the name of a webhook", test},
	{"skip", 2, 2, "the name of a webhook", change},
	{"enable", 2, 2, "the name of a webhook", change},
	{"disable", 2, 2, "the name of a webhook", change},
	{0},
};

static int
run(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_webhooks = {
	.name = "webhooks",
	.summary = "who is told what happens: list, deliveries, replay, test",
	.usage = "webhooks [list] | deliveries NAME [--state S] | replay NAME "
		 "[--from POINT] [--to POINT] [--delivery ID] [--dead] | test NAME | "
		 "skip NAME | enable NAME | disable NAME",
	.example =
		"  malgil webhooks test shop\n"
		"  malgil webhooks deliveries shop --state dead\n"
		"  malgil webhooks replay shop --from 2h\n"
		"  malgil webhooks replay shop --dead\n\n"
		"Webhooks stand in malgil.cfg; @callbacks are what single requests "
		"asked for.\n"
		"A replayed range has new delivery ids and the events' own; skip gives "
		"up the\n"
		"delivery that is first in line and holds up the rest.",
	.options = options,
	.run = run,
};
