/* malgil tickets: what waits for a person, and what people do with it. */
#include "gateway/verbs/tickets.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/verbs/when.h"

static const struct verb_option options[] = {
	{"--state", "STATE",
		"open (the default), waiting, answered, snoozed, closed or all"},
	{"--queue", "NAME", "only this queue; with open: into this queue"},
	{"--agent", "NAME", "only what this person has; \"\" is what nobody has"},
	{"--limit", "N", "how many: tickets of a list, lines of a thread (100)"},
	{"--text", "TEXT", "what reply and note say"},
	{"--until", "TIME",
		"snooze: 3h, 09:00, \"2030-01-31 09:00\", opening, or reply (their next "
		"text)"},
	{"--outcome", "WORD",
		"close: how it ended (done); feedback and acted are counted"},
	{"--quiet", NULL, "close: spam or a wrong number; nobody asks how it was"},
	{"--note", "TEXT", "open and reopen: why"},
	{"--phone", "NUMBER", "open: whose ticket"},
	{"--topic", "TEXT", "open: what it is about"},
	{"--priority", "WHAT", "open: low, normal, high or urgent"},
	{"--seen", "ID", "reply: refuse when a text newer than this one has arrived"},
	{"--key", "KEY", "reply: the same key sends only once, however often you ask"},
	{"--as", "NAME", "act as this person instead of your login"},
	{"--json", NULL, "print data for programs"},
	{0},
};

/* ---- list ---- */

/* Of whose shop: what is shown is asked for without a context. */
static const struct hours *opening;

static void
list_row(struct print_table *table, const json_t *t, const char *zone)
{
	char due[40];
	const char *text = print_member(t, "text"), *promised = print_member(t, "due");
	tickets_left(opening, promised, due);
	print_cell(table, print_member(t, "id"));
	print_cell(table, print_member(t, "state"));
	print_cell(table, due);
	print_cell(table, print_member(t, "priority"));
	print_cell(table, print_member(t, "phone"));
	print_cell_short(table, print_member(t, "topic"), 16);
	print_cell_short(table, print_member(t, "agent"), 12);
	print_cell_time(table, print_member(t, "updated"), zone);
	print_cell_short(table, text ? text : print_member(t, "note"), 40);
}

static void
list_for_people(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {"ID", "STATE", "ANSWER", "PRIORITY",
		"NUMBER", "TOPIC", "HAS IT", "TOUCHED", "TEXT"};
	const json_t *tickets = json_object_get(answer, "tickets");
	struct print_table table;
	if (!json_array_size(tickets)) {
		puts("Nothing waits for a person.");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < json_array_size(tickets); i++)
		list_row(&table, json_array_get(tickets, i), zone);
	print_table_end(&table);
	if (print_member(answer, "next"))
		puts("\nThere are more: ask for a larger --limit, or for one --queue.");
}

static int
list(struct remote *r, const struct verb_args *args)
{
	static const char *const filters[] = {"--state", "--queue", "--agent", "--limit"};
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	opening = tickets_hours(r);
	strbuf_puts(&path, "/v1/tickets");
	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		remote_query(&path, filters[i] + 2, verb_value(args, filters[i]));
	return remote_show(r, args, path.s, "tickets", list_for_people);
}

/* ---- changes ---- */

/* What the ticket is now, in a sentence. */
static void
say_ticket(const json_t *t)
{
	const char *state = print_member(t, "state"), *agent = print_member(t, "agent");
	const json_t *reply = json_object_get(t, "reply");
	if (reply)
		printf("message %s is %s\n", print_member(reply, "id"),
			print_member(reply, "state"));
	printf("ticket %s is %s (%s); ", print_member(t, "id"), state,
		tickets_meaning(state));
	print_text(agent ? agent : "nobody");
	puts(" has it");
}

/* The gates let it go, or will. A reply that was suppressed is a refusal. */
static int
code_of(const struct verb_args *args, const json_t *t)
{
	const json_t *reply = json_object_get(t, "reply");
	const char *state = print_member(reply, "state");
	if (!state || (strcmp(state, "suppressed") && strcmp(state, "expired")))
		return EXIT_DONE;
	return verb_refuse(args->verb, "it was not sent; malgil explain %s tells why",
		print_member(reply, "id"));
}

/* The option into the body, under its own name. False when it is not UTF-8. */
static bool
put(json_t *body, const struct verb_args *args, const char *option)
{
	const char *value = verb_value(args, option);
	return !value || json_object_set_new(body, option + 2, json_string(value)) == 0;
}

/* Takes `body`. */
static int
change(struct remote *r, const struct verb_args *args, const char *path, json_t *body)
{
	if (!put(body, args, "--as")) {
		json_decref(body);
		return verb_refuse(args->verb, "the name is not UTF-8");
	}
	json_t *answer = remote_post(r, path, body);
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json"))
		print_json(answer);
	else
		say_ticket(answer);
	int code = code_of(args, answer);
	json_decref(answer);
	return code;
}

static int
change_one(struct remote *r, const struct verb_args *args, const char *what, json_t *body)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/tickets/", args->words[1], what);
	return change(r, args, path.s, body);
}

/* A change whose body is made of options, the first of which must be given. */
static int
change_by(struct remote *r, const struct verb_args *args, const char *what,
	const char *const *names, bool first)
{
	json_t *body = json_object();
	bool good = true;
	if (first && !verb_value(args, *names)) {
		json_decref(body);
		return verb_misuse(args->verb, "%s is missing", *names);
	}
	for (; *names; names++)
		good = put(body, args, *names) && good;
	if (!good) {
		json_decref(body);
		return verb_refuse(args->verb, "the text is not UTF-8");
	}
	if (what)
		return change_one(r, args, what, body);
	return change(r, args, "/v1/tickets", body);
}

static int
reply(struct remote *r, const struct verb_args *args)
{
	static const char *const names[] = {"--text", "--key", "--seen", NULL};
	return change_by(r, args, "/reply", names, true);
}

static int
note(struct remote *r, const struct verb_args *args)
{
	static const char *const names[] = {"--text", NULL};
	return change_by(r, args, "/note", names, true);
}

static int
open_one(struct remote *r, const struct verb_args *args)
{
	static const char *const names[] = {
		"--phone", "--topic", "--queue", "--priority", "--note", NULL};
	return change_by(r, args, NULL, names, true);
}

static int
reopen(struct remote *r, const struct verb_args *args)
{
	static const char *const names[] = {"--note", NULL};
	return change_by(r, args, "/reopen", names, false);
}

static int
close_one(struct remote *r, const struct verb_args *args)
{
	json_t *body = json_object();
	if (!put(body, args, "--outcome")) {
		json_decref(body);
		return verb_refuse(args->verb, "the outcome is not UTF-8");
	}
	if (verb_flag(args, "--quiet"))
		json_object_set_new(body, "quiet", json_true());
	return change_one(r, args, "/close", body);
}

static int
claim(struct remote *r, const struct verb_args *args)
{
	return change_one(r, args, "/claim", json_object());
}

/* The word after the id, under `name`. */
static int
change_word(struct remote *r, const struct verb_args *args, const char *what,
	const char *name)
{
	json_t *word = json_string(args->words[2]), *body = json_object();
	if (!word) {
		json_decref(body);
		return verb_refuse(args->verb, "the name is not UTF-8");
	}
	json_object_set_new(body, name, word);
	return change_one(r, args, what, body);
}

static int
assign(struct remote *r, const struct verb_args *args)
{
	return change_word(r, args, "/assign", "to");
}

static int
release(struct remote *r, const struct verb_args *args)
{
	return change_one(r, args, "/assign", json_object());
}

static int
priority(struct remote *r, const struct verb_args *args)
{
	return change_word(r, args, "/priority", "priority");
}

static int
queue(struct remote *r, const struct verb_args *args)
{
	return change_word(r, args, "/queue", "queue");
}

/* "09:00" is a time in the shop's zone, which the gateway is told exactly. */
static int
snooze(struct remote *r, const struct verb_args *args)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *until = verb_value(args, "--until");
	char iso[ISO_MAX];
	int64_t wall;
	if (!until)
		return verb_misuse(args->verb, "--until is missing");
	if (strcmp(until, "reply") != 0 && strcmp(until, "opening") != 0) {
		if (when_parse(until, r->config->zone, clock_wall(clock_real()), &wall,
			    &err))
			return verb_misuse(args->verb, "--until: %s", err.s);
		iso_format(wall, 0, iso);
		until = iso;
	}
	return change_one(r, args, "/snooze", json_pack("{s:s}", "until", until));
}

static const struct remote_action actions[] = {
	{"list", 1, 1, "no more words", list},
	{"show", 2, 2, "the ticket's id", tickets_show},
	{"reply", 2, 2, "the ticket's id, and --text", reply},
	{"claim", 2, 2, "the ticket's id", claim},
	{"assign", 3, 3, "the ticket's id and a name", assign},
	{"release", 2, 2, "the ticket's id", release},
	{"note", 2, 2, "the ticket's id, and --text", note},
	{"snooze", 2, 2, "the ticket's id, and --until", snooze},
	{"priority", 3, 3, "the ticket's id and low, normal, high or urgent", priority},
	{"queue", 3, 3, "the ticket's id and a queue", queue},
	{"close", 2, 2, "the ticket's id", close_one},
	{"reopen", 2, 2, "the ticket's id", reopen},
	{"open", 1, 1, "no more words, but --phone", open_one},
	{0},
};

static int
run(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_tickets = {
	.name = "tickets",
	.summary = "what waits for a person: answer, claim, note, snooze, close",
	.usage = "tickets [list] [options] | show ID | reply ID --text TEXT | claim ID | "
		 "assign ID NAME | release ID | note ID --text TEXT | snooze ID --until "
		 "TIME | priority ID WHAT | queue ID NAME | close ID | reopen ID | open "
		 "--phone NUMBER",
	.example =
		"  malgil tickets\n"
		"  malgil tickets show 1882499634941657089\n"
		"  malgil tickets reply 1882499634941657089 --text \"We are looking "
		"into it\"\n"
		"  malgil tickets snooze 1882499634941657089 --until opening\n"
		"  malgil tickets close 1882499634941657089 --outcome refunded\n\n"
		"The unanswered come first, by what was promised (hours.reply). While a\n"
		"ticket that somebody has is open, the bot and promotions are silent.",
	.options = options,
	.run = run,
};
