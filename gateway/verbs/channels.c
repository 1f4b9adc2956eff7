/* malgil channels: how the modems are, and the tools to look into one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/verbs/channels_test.h"
#include "gateway/verbs/doctor.h"
#include "gateway/verbs/old_number.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option options[] = {
	{"--old", "NUMBER", "adopt: the number before; what still names it is listed"},
	{"--json", NULL, "print data for programs"},
	{"--dry-run", NULL, "test: show the request, send nothing"},
	{"--to", "NUMBER", "test: to whom"},
	{"--text", "TEXT", "test: what it says"},
	{"--class", "CLASS", "test: notice, reply, service or marketing"},
	{0},
};

/* ---- status ---- */

/* "down (reset)": and what is being done about it. */
static void
state_cell(struct print_table *t, const json_t *c)
{
	const char *state = print_member(c, "state"),
		   *remedy = print_member(c, "recovery");
	char both[80];
	snprintf(
		both, sizeof(both), "%s (%s)", state ? state : "-", remedy ? remedy : "");
	print_cell(t, remedy ? both : state);
}

static void
status_row(struct print_table *t, const json_t *c)
{
	char dbm[32], sent[32], failed[32], doubt[32], queue[32];
	print_cell(t, print_member(c, "name"));
	state_cell(t, c);
	print_cell(t, print_member(c, "operator"));
	print_cell(t, print_member(c, "registration"));
	print_cell(t, print_number(c, "signal_dbm", dbm));
	print_cell(t, print_number(c, "queue", queue));
	print_cell(t, print_number(c, "sent", sent));
	print_cell(t, print_number(c, "failed", failed));
	print_cell(t, print_number(c, "in_doubt", doubt));
	print_cell_short(t, print_member(c, "last_error"), 60);
}

/* What could not be told to the owner, for no channel works. */
static void
alerts_for_people(const json_t *alerts, const char *zone)
{
	const json_t *a;
	size_t i;
	if (json_array_size(alerts))
		puts("\nThe owner has not heard of this yet, for no channel could carry "
		     "it:");
	json_array_foreach((json_t *)(uintptr_t)alerts, i, a)
	{
		char when[40];
		print_time(print_member(a, "at"), zone, clock_wall(clock_real()), when);
		printf("  %s  ", when);
		print_text(print_member(a, "text"));
		putchar('\n');
	}
}

static void
reports_for_people(const json_t *channels)
{
	const json_t *c;
	size_t i, n = 0;
	json_array_foreach((json_t *)(uintptr_t)channels, i, c)
	{
		const char *kept = print_member(c, "reports_while_down");
		if (!kept || strcmp(kept, "lost") != 0)
			continue;
		printf("%s%s",
			n++ ? ", "
			    : "\nDelivery reports that come while the "
			      "gateway is down are lost on: ",
			print_member(c, "name"));
	}
	if (n)
		putchar('\n');
}

static void
status_for_people(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {"CHANNEL", "STATE", "OPERATOR", "NETWORK",
		"DBM", "QUEUE", "SENT", "FAILED", "IN DOUBT", "LAST ERROR"};
	const json_t *channels = json_object_get(answer, "channels");
	struct print_table table;
	if (!json_array_size(channels)) {
		puts("No channel is configured, so nothing can be sent or received.");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < json_array_size(channels); i++)
		status_row(&table, json_array_get(channels, i));
	print_table_end(&table);
	reports_for_people(json_object_get(answer, "channels"));
	alerts_for_people(json_object_get(answer, "alerts_waiting"), zone);
}

/* Everything about one channel, a line each, without what is not known. */
static void
one_for_people(const json_t *channel, const char *zone)
{
	const char *name;
	json_t *value;
	(void)zone;
	json_object_foreach((json_t *)(uintptr_t)channel, name, value)
	{
		char number[32];
		const char *text = json_is_string(value)
					   ? json_string_value(value)
					   : print_number(channel, name, number);
		if (!text)
			continue;
		printf("%-14s ", name);
		print_text(text);
		putchar('\n');
	}
}

static int
status(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	bool one = args->word_count > 1;
	remote_path(&path, one ? "/v1/channels/" : "/v1/channels",
		one ? args->words[1] : "", "");
	return remote_show(r, args, path.s, one ? NULL : "channels",
		one ? one_for_people : status_for_people);
}

/* ---- trace, reset, adopt ---- */

static void
trace_for_people(const json_t *answer, const char *zone)
{
	const json_t *lines = json_object_get(answer, "trace");
	(void)zone;
	for (size_t i = 0; i < json_array_size(lines); i++) {
		print_text(json_string_value(json_array_get(lines, i)));
		putchar('\n');
	}
}

static int
trace(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/channels/", args->words[1], "/trace");
	return remote_show(r, args, path.s, "trace", trace_for_people);
}

static int
act(struct remote *r, const struct verb_args *args, const char *what, const char *said)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/channels/", args->words[1], what);
	json_t *answer = remote_post(r, path.s, NULL);
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json"))
		print_json(answer);
	else
		printf("%s: %s\n", args->words[1], said);
	json_decref(answer);
	return EXIT_DONE;
}

static int
reset(struct remote *r, const struct verb_args *args)
{
	return act(r, args, "/reset", "the device is being restarted");
}

/* A new SIM has a new number: what still names the old one has to be changed by hand. */
static void
say_old_number(struct remote *r, const json_t *channel, const char *given)
{
	const char *old = given ? given : print_member(channel, "number_before");
	if (!old) {
		puts("If the number is new: malgil channels adopt NAME --old NUMBER "
		     "lists "
		     "what still names the old one.");
		return;
	}
	printf("Still named %s:\n", old);
	if (!old_number_find(r->config, r->config_path, old))
		puts("  nothing in the configuration and the scripts");
	puts("Posters, QR codes, the web shop and the operator's 080 list are not files "
	     "malgil can see: look at them too.");
}

static int
adopt(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/channels/", args->words[1], "/adopt");
	json_t *answer = remote_post(r, path.s, NULL);
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json")) {
		print_json(answer);
	} else {
		printf("%s: adopted; texts found on the SIM are deleted from it once "
		       "they "
		       "are stored. A new SIM warms up: its budgets grow over "
		       "policy.sim.warm_up.\n",
			args->words[1]);
		say_old_number(r, answer, verb_value(args, "--old"));
	}
	json_decref(answer);
	return EXIT_DONE;
}

static int
test(struct remote *r, const struct verb_args *args)
{
	return act(r, args, "/test",
		"a text to its own number is on its way; malgil events tells when it is "
		"back");
}

/* ---- console ---- */

static int
ask(struct remote *r, const struct verb_args *args, const char *what, const char *field,
	const char *line)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	json_t *body = json_pack("{s:s}", field, line);
	if (!body)
		return verb_refuse(args->verb, "the command is not UTF-8");
	remote_path(&path, "/v1/channels/", args->words[1], what);
	json_t *answer = remote_post(r, path.s, body);
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json"))
		print_json(answer);
	else
		print_text(print_member(answer, "answer"));
	if (!verb_flag(args, "--json"))
		putchar('\n');
	fflush(stdout);
	json_decref(answer);
	return EXIT_DONE;
}

static int
command(struct remote *r, const struct verb_args *args, const char *line)
{
	return ask(r, args, "/command", "at", line);
}

static int
ussd(struct remote *r, const struct verb_args *args)
{
	return ask(r, args, "/ussd", "code", args->words[2]);
}

/* Reads commands until the end of input. A refused one is no reason to leave for a
 * person, but it is the outcome for a script. */
static int
converse(struct remote *r, const struct verb_args *args)
{
	bool person = isatty(STDIN_FILENO);
	char *line = NULL;
	size_t cap = 0;
	int code = EXIT_DONE;
	if (person)
		printf("%s: type AT commands; Ctrl-D leaves\n", args->words[1]);
	for (;;) {
		if (person)
			printf("%s> ", args->words[1]);
		fflush(stdout);
		if (getline(&line, &cap, stdin) <= 0)
			break;
		line[strcspn(line, "\r\n")] = '\0';
		if (*line && command(r, args, line) != EXIT_DONE)
			code = EXIT_REFUSED;
	}
	if (person)
		putchar('\n');
	free(line);
	return person ? EXIT_DONE : code;
}

static int
console(struct remote *r, const struct verb_args *args)
{
	if (args->word_count > 2)
		return command(r, args, args->words[2]);
	return converse(r, args);
}

static int
topup(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	json_t *body = json_pack("{s:s}", "amount", args->words[2]);
	if (!body)
		return verb_refuse(args->verb, "the amount is not UTF-8");
	remote_path(&path, "/v1/channels/", args->words[1], "/topups");
	json_t *answer = remote_post(r, path.s, body);
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json"))
		print_json(answer);
	else
		printf("%s has %s left\n", args->words[1],
			print_member(answer, "balance"));
	json_decref(answer);
	return EXIT_DONE;
}

static const struct remote_action actions[] = {
	{"status", 1, 2, "at most one channel's name", status},
	{"console", 2, 3, "a channel's name and maybe a command, in quotes", console},
	{"ussd", 3, 3, "a channel's name and a code, such as '*100#'", ussd},
	{"trace", 2, 2, "a channel's name", trace},
	{"reset", 2, 2, "a channel's name", reset},
	{"adopt", 2, 2, "a channel's name", adopt},
	{"topup", 3, 3, "a channel's name and an amount", topup},
	{"test", 2, 2, "a channel's name", test},
	{"doctor", 1, 1, "nothing more", NULL}, /* needs no gateway: run() */
	{0},
};

static int
run(struct verb_args *args)
{
	if (verb_flag(args, "--dry-run"))
		return channels_test(args);
	if (args->word_count == 1 && !strcmp(args->words[0], "doctor"))
		return doctor_run(args, verb_flag(args, "--json"));
	return remote_run(args, actions);
}

const struct verb verb_channels = {
	.name = "channels",
	.summary = "how the modems are; console, ussd, trace, reset, adopt, test, doctor",
	.usage = "channels [status [NAME]] | console NAME [COMMAND] | ussd NAME CODE | "
		 "trace NAME | reset "
		 "NAME | "
		 "adopt NAME [--old NUMBER] | topup NAME AMOUNT | test NAME [--dry-run] "
		 "| doctor",
	.example =
		"  malgil channels status\n"
		"  malgil channels console north AT+CSQ\n"
		"  malgil channels ussd north '*100#'\n"
		"  malgil channels trace north\n"
		"  malgil channels test cloud --dry-run --to +12015550123 --text hello\n"
		"  shows the exact request of an account at a provider, secrets masked.",
	.options = options,
	.run = run,
};
