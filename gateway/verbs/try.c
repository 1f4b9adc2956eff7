/* A conversation with a script in the terminal, the clock in one's own hand. */
#include "gateway/verbs/verbs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dialogs/talk.h"
#include "gateway/verbs/rehearse.h"

static const struct verb_option options[] = {
	{"--as", "PHONE", "the customer's number"},
	{"--at", "TIME", "when it begins: 2026-03-01T21:30, in the shop's time zone"},
	{NULL, NULL, NULL},
};

/* One line for each text, its own line ends written as \n; control characters are left
 * out. */
static void
show(void *ctx, char sign, const char *text)
{
	(void)ctx;
	printf("%c ", sign);
	for (const char *p = text; *p; p++) {
		if (*p == '\n')
			fputs("\\n", stdout);
		else if ((unsigned char)*p >= ' ' && *p != 0x7f)
			putchar(*p);
	}
	putchar('\n');
	fflush(stdout);
}

static int
converse(const struct verb *verb, struct talk *t)
{
	struct strbuf err = STRBUF_INIT(4096);
	bool person = isatty(STDIN_FILENO) != 0;
	char line[4096];
	int code = EXIT_DONE;
	if (person)
		fputs("Write as the customer would. +4h lets time pass, @ 21:30 too; "
		      "? tells where it stands; Ctrl-D ends.\n",
			stderr);
	for (unsigned n = 1;; n++) {
		if (person)
			fputs("> ", stderr);
		if (!fgets(line, sizeof(line), stdin))
			break;
		if (talk_line(t, line, true, &err) < 0) {
			code = verb_refuse(verb, "line %u: %s", n, err.s);
			if (!person)
				break;
			code = EXIT_DONE;
		}
	}
	strbuf_done(&err);
	return code;
}

static int
run(struct verb_args *args)
{
	struct strbuf err = STRBUF_INIT(4096);
	struct rehearsal shop;
	struct talk *t = NULL;
	if (args->word_count != 1)
		return verb_misuse(args->verb, "name the script to talk to");
	const char *path = args->words[0], *at = verb_value(args, "--at");
	int code = EXIT_REFUSED;
	if (rehearsal_open(args->config_path, path, &shop, &err) < 0) {
		verb_refuse(args->verb, "%s", err.s);
		strbuf_done(&err);
		return code;
	}
	struct talk_options o = {
		.rules = &shop.rules, .phone = verb_value(args, "--as"), .show = show};
	if (at && !value_parse_time(at, shop.config->zone, &o.at, NULL))
		code = verb_misuse(args->verb,
			"'--at %s' is not a time; write 2026-03-01T21:30", at);
	else if (talk_open(path, &o, &t, &err) < 0)
		verb_refuse(args->verb, "%s", err.s);
	else
		code = converse(args->verb, t);
	talk_close(t);
	rehearsal_close(&shop);
	strbuf_done(&err);
	return code;
}

const struct verb verb_try = {
	.name = "try",
	.summary = "talk to a script as a customer would, with a clock that jumps",
	.usage = "try FILE [--as PHONE] [--at TIME]",
	.example = "  malgil try etc/scripts/optin.cfg\n"
		   "  printf '> 가입\\n> 1\\n+3h\\n' | malgil try etc/scripts/optin.cfg\n"
		   "  Lines are those of a .talk file; texts come back as '< ...', ends "
		   "as '= ...'.\n"
		   "  A line '?' tells where the conversation stands, and what the gates "
		   "said last.",
	.options = options,
	.run = run,
};
