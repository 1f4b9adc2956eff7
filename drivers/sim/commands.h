/* AT commands as tables: a name, what it needs, what it does. */
#ifndef MALGIL_SIM_COMMANDS_H
#define MALGIL_SIM_COMMANDS_H

#include "drivers/sim/modem.h"

enum sim_op { SIM_EXEC, SIM_READ_OP, SIM_SET, SIM_TEST };

struct sim_command {
	const char *name; /* "+CMGS", NULL ends a table */
	enum {
		SIM_ALWAYS,
		SIM_NEEDS_SIM,
		SIM_NEEDS_SMS
	} needs; /* SMS: errors are +CMS */
	int (*run)(struct sim_modem *m, enum sim_op op,
		char *args); /* NULL: the texts below */
	const char *test,
		*read; /* answers to =? and ? (and to the bare command), NULL: none */
};

extern const struct sim_command sim_commands_general[], sim_commands_sms[];

/* Runs one command line (after "AT"): 0x0D came. Finishes the modem's command unless it
 * goes on by itself. */
void sim_command_line(struct sim_modem *m, char *line);

/* Arguments split at commas, quotes removed, in place. Missing ones are "". */
enum { SIM_ARGS_MAX = 8 };
struct sim_args {
	char *v[SIM_ARGS_MAX];
	size_t count;
};
void sim_args_split(char *text, struct sim_args *ret);
/* A number in [min, max]: 0; "" gives `otherwise`; -EINVAL. */
int sim_args_int(const char *text, int min, int max, int otherwise, int *ret) MUST_USE;

#endif
