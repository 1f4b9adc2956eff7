/* argv[1] chooses a row of the verb table; everything else is that verb's business. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/base/suggest.h"
#include "gateway/verbs/verbs.h"

static const struct verb *const verbs[] = {
	&verb_serve,
	&verb_send,
	&verb_messages,
	&verb_channels,
	&verb_doctor,
	&verb_plan,
	&verb_explain,
	&verb_import,
	&verb_check,
	&verb_try,
	&verb_scripts,
	&verb_runs,
	&verb_desk,
	&verb_tickets,
	&verb_contacts,
	&verb_consent,
	&verb_pause,
	&verb_resume,
	&verb_report,
	&verb_cost,
	&verb_campaign,
	&verb_audience,
	&verb_events,
	&verb_orders,
	&verb_products,
	&verb_coupons,
	&verb_lookup,
	&verb_webhooks,
	&verb_token,
	&verb_staff,
	&verb_away,
	&verb_holiday,
	&verb_setup,
	&verb_clock,

	&verb_audit,
	&verb_sources,
	&verb_backup,
	&verb_restore,
	&verb_move,
	&verb_migrate,
	&verb_pdu,
	&verb_sim,
	&verb_version,
};

static int
list_verbs(FILE *out)
{
	fputs("malgil - an SMS gateway that holds conversations\n\n"
	      "usage: malgil [-c FILE] VERB [options]\n\n",
		out);
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		fprintf(out, "  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
	fputs("  help       this list; malgil VERB --help explains one\n\n", out);
	fprintf(out, "FILE is the configuration: -c, else $MALGIL_CONFIG, else %s.\n",
		MALGIL_CONFIG_DEFAULT);
	return EXIT_DONE;
}

static const struct verb *
find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (!strcmp(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}

static int
unknown_verb(const char *name)
{
	struct suggest near;
	suggest_init(&near, name);
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		suggest_offer(&near, verbs[i]->name);
	suggest_offer(&near, "help");
	if (near.best)
		fprintf(stderr, "malgil: there is no verb '%s'; did you mean '%s'?\n",
			name, near.best);
	else
		fprintf(stderr,
			"malgil: there is no verb '%s'; 'malgil help' lists them\n",
			name);
	return EXIT_USAGE;
}

static int
man_page(const char *name)
{
	const struct verb *verb = name ? find(name) : NULL;
	if (name && !verb)
		return unknown_verb(name);
	if (verb)
		verb_man_page_of(verb, stdout);
	else
		verb_man_page(verbs, ARRAY_LEN(verbs), stdout);
	return EXIT_DONE;
}

static int
help(int argc, char **argv)
{
	if (argc > 0 && !strcmp(argv[0], "--man")) {
		return man_page(argc > 1 ? argv[1] : NULL);
	}
	if (argc > 0 && !strcmp(argv[0], "--completion")) {
		verb_completion(verbs, ARRAY_LEN(verbs), stdout);
		return EXIT_DONE;
	}
	if (argc > 0 && (argv[0][0] == '-' || !strcmp(argv[0], "help"))) {
		puts("malgil help - the list of verbs, or one of them explained\n\n"
		     "usage: malgil help [VERB]\n\nexample:\n  malgil help send");
		return EXIT_DONE;
	}
	if (argc < 1)
		return list_verbs(stdout);
	const struct verb *verb = find(argv[0]);
	if (!verb)
		return unknown_verb(argv[0]);
	verb_help(verb);
	return EXIT_DONE;
}

static const char *
default_config(void)
{
	const char *named = getenv("MALGIL_CONFIG");
	return named && *named ? named : MALGIL_CONFIG_DEFAULT;
}

int
main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	signal(SIGPIPE, SIG_IGN);
	fault_init();
	struct verb_args args = {.config_path = default_config()};
	int at = 1;
	if (argc > 1 && !strcmp(argv[1], "-c")) {
		args.config_path = argc > 2 ? argv[2] : NULL;
		at = 3;
	}
	if (at > argc) {
		fputs("malgil: -c needs a file: malgil -c FILE VERB\n", stderr);
		return EXIT_USAGE;
	}
	if (at >= argc) {
		list_verbs(stderr);
		return EXIT_USAGE;
	}
	const char *name = argv[at++];
	if (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h"))
		return help(argc - at, argv + at);
	if (!strcmp(name, "--version"))
		name = "version";
	const struct verb *verb = find(name);
	if (!verb)
		return unknown_verb(name);
	int r = verb_parse(verb, argc - at, argv + at, &args);
	if (r)
		return r < 0 ? EXIT_DONE : r;
	return verb->run(&args);
}
