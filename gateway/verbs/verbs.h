/* One verb of the command line: a row of the table in gateway/main.c. `--help`, the list
 * of verbs, the manual page and the completion are all made from these rows.
 *
 * Exit codes: 0 done, 1 refused (a sentence on stderr), 2 usage. */
#ifndef MALGIL_VERBS_VERBS_H
#define MALGIL_VERBS_VERBS_H

#include <stdio.h>

#include "gateway/base/strbuf.h"

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

struct verb_option {
	const char *name;  /* "--to"; NULL ends the list */
	const char *value; /* what stands for the value in help, NULL for a flag */
	const char *help;
};

struct verb_args;

struct verb {
	const char *name;
	const char *summary; /* one line for `malgil help` */
	/* "send --to NUMBER --text TEXT | send --file FILE": the ways to call it; all but
	 * the first may leave the name out. */
	const char *usage;
	const char *example;               /* printed by --help */
	const struct verb_option *options; /* may be NULL */
	int (*run)(struct verb_args *args);
};

/* Parsed arguments. `config_path` is -c, MALGIL_CONFIG or the default. */
struct verb_args {
	const struct verb *verb;
	const char *config_path;
	const char *words[256]; /* positional arguments, word_count of them */
	size_t word_count;
	const char *values[32]; /* by index of verb->options; a flag given is "" */
};

/* The value of an option, NULL when not given. Asking for an undeclared one is a bug. */
const char *verb_value(const struct verb_args *args, const char *option);
bool verb_flag(const struct verb_args *args, const char *option);
/* Parses argv after the verb's name by its options. 0, or EXIT_USAGE after printing why;
 * --help prints the help and returns -1. */
int
verb_parse(const struct verb *verb, int argc, char **argv, struct verb_args *ret_args);
void verb_help(const struct verb *verb);

/* Refuses words behind a verb that takes none: 0, or EXIT_USAGE after saying so. */
int verb_no_words(const struct verb_args *args);

/* Walks verb->usage, where `*at` begins: the next way to call it (not NUL-terminated) and
 * whether it starts with the verb's name; NULL at the end. */
const char *
verb_way(const struct verb *verb, const char **at, int *ret_len, bool *ret_named);
/* manual.c: malgil.1, and the completion for bash. */
void verb_man_page(const struct verb *const *verbs, size_t count, FILE *out);
/* The page of one verb, malgil-VERB(1). */
void verb_man_page_of(const struct verb *verb, FILE *out);
void verb_completion(const struct verb *const *verbs, size_t count, FILE *out);

/* Prints "malgil VERB: sentence" on stderr and returns the code. */
int verb_refuse(const struct verb *verb, const char *fmt, ...) PRINTF_LIKE(2, 3);
int verb_misuse(const struct verb *verb, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* clang-format off */
extern const struct verb verb_audience;
extern const struct verb verb_audit;
extern const struct verb verb_sources;
extern const struct verb verb_away;
extern const struct verb verb_backup;
extern const struct verb verb_campaign;
extern const struct verb verb_channels;
extern const struct verb verb_check;
extern const struct verb verb_clock;
extern const struct verb verb_consent;
extern const struct verb verb_contacts;
extern const struct verb verb_cost;
extern const struct verb verb_coupons;
extern const struct verb verb_desk;
extern const struct verb verb_doctor;
extern const struct verb verb_events;
extern const struct verb verb_explain;
extern const struct verb verb_holiday;
extern const struct verb verb_import;
extern const struct verb verb_lookup;
extern const struct verb verb_messages;
extern const struct verb verb_migrate;
extern const struct verb verb_move;
extern const struct verb verb_orders;
extern const struct verb verb_pause;
extern const struct verb verb_pdu;
extern const struct verb verb_plan;
extern const struct verb verb_products;
extern const struct verb verb_report;
extern const struct verb verb_restore;
extern const struct verb verb_resume;
extern const struct verb verb_runs;
extern const struct verb verb_scripts;
extern const struct verb verb_send;
extern const struct verb verb_serve;
extern const struct verb verb_setup;
extern const struct verb verb_sim;
extern const struct verb verb_staff;
extern const struct verb verb_tickets;
extern const struct verb verb_token;
extern const struct verb verb_try;
extern const struct verb verb_version;
extern const struct verb verb_webhooks;
/* clang-format on */

#endif
