/* malgil runs: conversations and journeys, one by one. */
#include <stdio.h>
#include <string.h>

#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option options[] = {
	{"--script", "NAME", "only those of this script"},
	{"--phone", "NUMBER", "only this person's"},
	{"--state", "STATE",
		"live (all that are not over), reply, pause, lookup, ticket, sending, "
		"ended; settling, waiting: journeys that have not begun"},
	{"--limit", "N", "how many, newest first (100)"},
	{"--before", "ID", "go on behind this one"},
	{"--reason", "TEXT", "end: why, for the audit log"},
	{"--json", NULL, "print data for programs"},
	{0},
};

/* ---- the list ---- */

/* "at 10:15", of a journey that has not begun. */
static const char *
begins(const json_t *row, const char *zone, char due[56])
{
	char text[40];
	if (!print_member(row, "due"))
		return NULL;
	print_time(print_member(row, "due"), zone, 0, text);
	snprintf(due, 56, "due %s", text);
	return due;
}

static void
list_for_people(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {
		"ID", "PHONE", "SCRIPT", "STEP", "STATE", "STARTED", "MOVED", "OUTCOME"};
	const json_t *row, *rows = json_object_get(answer, "runs");
	struct print_table table;
	char due[56];
	size_t i;
	if (!json_array_size(rows)) {
		puts("There is no such conversation.");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	json_array_foreach(rows, i, row)
	{
		print_cell(&table, print_member(row, "id"));
		print_cell(&table, print_member(row, "phone"));
		print_cell_short(&table, print_member(row, "script"), 24);
		print_cell_short(&table, print_member(row, "step"), 20);
		print_cell(&table, print_member(row, "state"));
		print_cell_time(&table, print_member(row, "started"), zone);
		print_cell_time(&table, print_member(row, "updated"), zone);
		const char *outcome = print_member(row, "outcome");
		print_cell_short(&table, outcome ? outcome : begins(row, zone, due), 40);
	}
	print_table_end(&table);
	if (print_member(answer, "next"))
		printf("\nThere are more: add --before %s\n",
			print_member(answer, "next"));
}

static int
list(struct remote *r, const struct verb_args *args)
{
	static const char *const given[] = {
		"--script", "--phone", "--state", "--limit", "--before"};
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	strbuf_puts(&path, "/v1/runs");
	for (size_t i = 0; i < ARRAY_LEN(given); i++)
		remote_query(&path, given[i] + 2, verb_value(args, given[i]));
	return remote_show(r, args, path.s, NULL, list_for_people);
}

/* ---- one ---- */

static void
say(const char *what, const char *text)
{
	if (!text)
		return;
	printf("  %-9s ", what);
	print_text(text);
	putchar('\n');
}

static void
say_time(const json_t *run, const char *name, const char *what, const char *zone)
{
	char text[40];
	print_time(print_member(run, name), zone, 0, text);
	if (print_member(run, name))
		say(what, text);
}

static void
say_places(const json_t *run)
{
	const char *name;
	const json_t *value, *place, *places = json_object_get(run, "places");
	char number[32];
	size_t i;
	json_array_foreach(places, i, place)
	{
		printf("  %s '", i ? "and there in" : "stands in ");
		print_text(print_member(place, "script"));
		fputs("' at '", stdout);
		print_text(print_member(place, "step"));
		puts("'");
		json_object_foreach(
			(json_t *)(uintptr_t)json_object_get(place, "variables"), name,
			value)
		{
			const json_t *in = json_object_get(place, "variables");
			fputs("            ", stdout);
			print_text(name);
			fputs(" = ", stdout);
			print_text(json_is_string(value) ? json_string_value(value)
				   : json_is_true(value) ? "yes"
				   : json_is_false(value)
					   ? "no"
					   : print_number(in, name, number));
			putchar('\n');
		}
	}
}

static void
say_clocks(const json_t *run, const char *zone)
{
	const json_t *t, *timers = json_object_get(run, "timers");
	char text[40];
	size_t i;
	json_array_foreach(timers, i, t)
	{
		if (!json_is_true(json_object_get(t, "counts")))
			continue;
		print_time(print_member(t, "due"), zone, 0, text);
		printf("  clock     %s: %s\n", print_member(t, "kind"),
			json_is_true(json_object_get(t, "held"))
				? "held while people talk"
				: text);
	}
}

static void
say_texts(const json_t *run, const char *zone)
{
	const json_t *t, *said = json_object_get(run, "said");
	char text[40];
	size_t i;
	json_array_foreach(said, i, t)
	{
		const char *variant = print_member(t, "variant");
		print_time(print_member(t, "at"), zone, 0, text);
		printf("  said      %s  %s%s%s  %s (%s)\n", text, print_member(t, "step"),
			variant ? " in variant " : "", variant ? variant : "",
			print_member(t, "message"), print_member(t, "state"));
	}
}

static void
show_for_people(const json_t *run, const char *zone)
{
	printf("%s with %s: ", print_member(run, "script"), print_member(run, "phone"));
	print_text(print_member(run, "why") ? print_member(run, "why")
					    : print_member(run, "state"));
	putchar('\n');
	say("id", print_member(run, "id"));
	say("version", print_member(run, "hash"));
	say_time(run, "started", "started", zone);
	say_time(run, "updated", "moved", zone);
	say_time(run, "due", "due", zone);
	say_places(run);
	say_clocks(run, zone);
	say_texts(run, zone);
}

static int
show(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/runs/", args->words[1], "");
	return remote_show(r, args, path.s, NULL, show_for_people);
}

static int
end(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	const char *reason = verb_value(args, "--reason");
	if (!reason)
		return verb_misuse(
			args->verb, "--reason says why, for whoever asks later");
	remote_path(&path, "/v1/runs/", args->words[1], "/end");
	json_t *answer = remote_post(r, path.s, json_pack("{s:s}", "reason", reason));
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json"))
		print_json(answer);
	else
		printf("Ended: %s with %s.\n", print_member(answer, "script"),
			print_member(answer, "phone"));
	json_decref(answer);
	return EXIT_DONE;
}

static const struct remote_action actions[] = {
	{"list", 1, 1, "no more words", list},
	{"show", 2, 2, "the id of a conversation", show},
	{"end", 2, 2, "the id of a conversation", end},
	{0},
};

static int
run(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_runs = {
	.name = "runs",
	.summary = "conversations and journeys: list, look into one, end one",
	.usage = "runs [list] [--script NAME] [--phone NUMBER] [--state STATE] [--limit "
		 "N] "
		 "[--before ID] | show ID | end ID --reason TEXT",
	.example = "  malgil runs --state live --script order\n"
		   "  malgil runs show 1834509812736001\n"
		   "  malgil runs end 1834509812736001 --reason \"asked us to stop\"\n"
		   "  Its texts that have not left are taken back; a ticket stays open.",
	.options = options,
	.run = run,
};
