/* The two halves of malgil send. */
#ifndef MALGIL_VERBS_SEND_H
#define MALGIL_VERBS_SEND_H

#include "gateway/net/jsonw.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

/* Members every message of this call has: channel, times, report. 0 or an exit code. */
int send_write_common(
	const struct verb_args *args, const struct remote *r, struct jsonw *w) MUST_USE;
/* send --file. Returns the exit code. */
int send_file(struct remote *r, const struct verb_args *args);

#endif
