/* A run under the hands of the shell, shared by shell_step.c, which drives it, and
 * shell_effects.c, which does what the engine wants done. Nobody else includes this. */
#ifndef MALGIL_DIALOGS_SHELL_LIVE_H
#define MALGIL_DIALOGS_SHELL_LIVE_H

#include "dialogs/shell_inside.h"
#include "dialogs/step.h"

/* A run under the hands: its row, decoded, and what the event's effects bring about. */
struct live {
	struct dialogs *d;
	struct run_row row;
	struct run run;
	struct world world;
	const char *phone;
	enum event_kind next; /* with `following` */
	bool following, looping;
};

/* Writes the run into its row. */
void live_store(struct live *l);
/* Does what one effect says; marks what follows from it at once. */
void live_apply(struct live *l, const struct effect *f);

#endif
