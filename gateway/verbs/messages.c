/* malgil messages: list, show, cancel, resolve. */
#include <stdio.h>
#include <string.h>

#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option options[] = {
	{"--state", "STATE",
		"only those in this state (held, queued, sent, in_doubt ...)"},
	{"--phone", "NUMBER", "only those from or to this number"},
	{"--direction", "in|out", "only received or only sent ones"},
	{"--limit", "N", "how many, newest first (50)"},
	{"--before", "ID", "older than this one: the next page"},
	{"--json", NULL, "print data for programs"},
	{0},
};

/* What a state means to somebody who does not live with this program. */
static const struct {
	const char *name, *meaning;
} states[] = {
	{"accepted", "safe on disk, about to be looked at"},
	{"held", "waits for its time"},
	{"queued", "waits for its turn"},
	{"sending", "with the modem right now"},
	{"sent", "the network took it"},
	{"delivered", "it reached the phone"},
	{"undelivered", "the network could not deliver it"},
	{"failed", "it did not go out"},
	{"expired", "its time ran out before it could leave"},
	{"canceled", "taken back before it left"},
	{"suppressed", "not sent, because it must not be"},
	{"in_doubt",
		"it may or may not have gone out: malgil messages resolve settles it"},
	{"received", "came in"},
};

static const char *
meaning_of(const char *state)
{
	for (size_t i = 0; state && i < ARRAY_LEN(states); i++)
		if (!strcmp(states[i].name, state))
			return states[i].meaning;
	return "";
}

/* ---- list ---- */

static void
list_row(struct print_table *t, const json_t *m, const char *zone)
{
	const char *direction = print_member(m, "direction");
	print_cell(t, print_member(m, "id"));
	print_cell_time(t, print_member(m, "created"), zone);
	print_cell(t, direction && !strcmp(direction, "in") ? "from" : "to");
	print_cell(t, print_member(m, "phone"));
	print_cell(t, print_member(m, "state"));
	print_cell(t, print_member(m, "channel"));
	const char *text = print_member(m, "text");
	char marked[256];
	snprintf(marked, sizeof(marked), "(flash) %s", text ? text : "");
	bool flash = json_is_true(json_object_get(m, "flash"));
	print_cell_short(t, flash ? marked : text, 40);
}

static void
list_for_people(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {
		"ID", "WHEN", "", "NUMBER", "STATE", "CHANNEL", "TEXT"};
	const json_t *messages = json_object_get(answer, "messages");
	struct print_table table;
	if (!json_array_size(messages)) {
		puts("There are no such messages.");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < json_array_size(messages); i++)
		list_row(&table, json_array_get(messages, i), zone);
	print_table_end(&table);
	if (print_member(answer, "next"))
		printf("\nThere are more: add --before %s\n",
			print_member(answer, "next"));
}

static int
list(struct remote *r, const struct verb_args *args)
{
	static const char *const filters[] = {
		"--state", "--phone", "--direction", "--limit", "--before"};
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	strbuf_puts(&path, "/v1/messages");
	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		remote_query(&path, filters[i] + 2, verb_value(args, filters[i]));
	return remote_show(r, args, path.s, "messages", list_for_people);
}

/* ---- show ---- */

static void
line(const char *title, const char *value)
{
	if (!value || !*value)
		return;
	printf("%-10s ", title);
	print_text(value);
	putchar('\n');
}

static void
line_time(const char *title, const json_t *m, const char *name, const char *zone)
{
	char when[40], far[40];
	int64_t now = clock_wall(clock_real());
	const char *iso = print_member(m, name);
	if (!iso)
		return;
	print_time(iso, zone, now, when);
	print_distance(iso, now, far);
	printf("%-10s %s (%s)\n", title, when, far);
}

static void
attempt_row(struct print_table *t, const json_t *a, const char *zone)
{
	char part[32], ref[32], took[32], spent[40] = "-";
	if (print_number(a, "took_ms", took))
		snprintf(spent, sizeof(spent), "%s ms", took);
	print_cell_time(t, print_member(a, "at"), zone);
	print_cell(t, print_number(a, "part", part));
	print_cell(t, print_member(a, "channel"));
	print_cell(t, print_member(a, "outcome"));
	print_cell(t, spent);
	print_cell(t, print_number(a, "reference", ref));
	print_cell(t, print_member(a, "report"));
	print_cell(t, print_member(a, "why"));
}

static void
show_attempts(const json_t *attempts, const char *zone)
{
	static const char *const titles[] = {
		"ATTEMPT", "PART", "CHANNEL", "OUTCOME", "TOOK", "REF", "REPORT", "WHY"};
	struct print_table table;
	if (!json_array_size(attempts))
		return;
	putchar('\n');
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < json_array_size(attempts); i++)
		attempt_row(&table, json_array_get(attempts, i), zone);
	print_table_end(&table);
}

static void
show_for_people(const json_t *m, const char *zone)
{
	char state[256], parts[32], done[32], size[96];
	const char *name = print_member(m, "state"), *in = print_member(m, "direction");
	const char *encoding = print_member(m, "encoding");
	bool inbound = in && !strcmp(in, "in");
	snprintf(state, sizeof(state), "%s: %s", name, meaning_of(name));
	snprintf(size, sizeof(size), "%s of %s gone out%s%s",
		print_number(m, "parts_done", done), print_number(m, "parts", parts),
		encoding ? ", " : "", encoding ? encoding : "");
	line("message", print_member(m, "id"));
	line(inbound ? "from" : "to", print_member(m, "phone"));
	line("state", state);
	line("because", print_member(m, "reason"));
	line("class", print_member(m, "class"));
	line("flash", json_is_true(json_object_get(m, "flash")) ? "shown at once" : NULL);
	line("channel", print_member(m, "channel"));
	line("parts", inbound ? NULL : size);
	line_time("written", m, "created", zone);
	line_time("held until", m, "held_until", zone);
	line_time("sent", m, "sent", zone);
	line_time("expires", m, "expires", zone);
	line("report", print_member(m, "report"));
	line("key", print_member(m, "key"));
	line("answers", print_member(m, "reply_to"));
	putchar('\n');
	print_text(print_member(m, "text"));
	putchar('\n');
	show_attempts(json_object_get(m, "attempts"), zone);
}

static int
show(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/messages/", args->words[1], "");
	return remote_show(r, args, path.s, NULL, show_for_people);
}

/* ---- cancel, resolve ---- */

static int
change(struct remote *r, const struct verb_args *args, const char *what, json_t *body)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/messages/", args->words[1], what);
	json_t *answer = remote_post(r, path.s, body);
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json"))
		print_json(answer);
	else
		printf("message %s is now %s: %s\n", print_member(answer, "id"),
			print_member(answer, "state"),
			meaning_of(print_member(answer, "state")));
	json_decref(answer);
	return EXIT_DONE;
}

static int
cancel(struct remote *r, const struct verb_args *args)
{
	return change(r, args, "/cancel", NULL);
}

static int
resolve(struct remote *r, const struct verb_args *args)
{
	return change(r, args, "/resolve", json_pack("{s:s}", "how", args->words[2]));
}

static const struct remote_action actions[] = {
	{"list", 1, 1, "no more words", list},
	{"show", 2, 2, "the message's id", show},
	{"cancel", 2, 2, "the message's id", cancel},
	{"resolve", 3, 3, "the message's id and one of sent, resend, close", resolve},
	{0},
};

static int
run(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_messages = {
	.name = "messages",
	.summary = "list, show, cancel and resolve messages",
	.usage = "messages [list] [options] | show ID | cancel ID | resolve ID "
		 "sent|resend|close",
	.example = "  malgil messages list --state in_doubt\n"
		   "  malgil messages show 1882499634941657089\n"
		   "  malgil messages resolve 1882499634941657089 sent",
	.options = options,
	.run = run,
};
