/* The control socket: one line in, one line out ("ok ..." or "error SENTENCE"), for
 * whoever conducts a test or holds a handset. The commands are a table; `help` prints it.
 */
#ifndef MALGIL_SIM_CONTROL_H
#define MALGIL_SIM_CONTROL_H

#include "drivers/sim/network.h"

/* Listens on `path` (0600). -EADDRINUSE when another network answers there. */
int sim_control_open(struct sim *sim, const char *path, struct strbuf *err) MUST_USE;
void sim_control_close(struct sim *sim);

struct sim_control_row {
	const char *name, *usage, *help;
	int (*run)(struct sim *sim, char *args, struct strbuf *answer);
};
extern const struct sim_control_row sim_control_rows[]; /* ends with name NULL */

#endif
