/* One message as a client writes it in JSON, and the answer it gets: shared by the single
 * post and the batch. */
#ifndef MALGIL_API_ACCEPT_H
#define MALGIL_API_ACCEPT_H

#include "gateway/core/outbox.h"
#include "gateway/net/jsonw.h"

struct accepted {
	int status; /* 202, also for a repeated key: the first answer; or what went wrong
		     */
	struct outbox_receipt receipt;
	char field[64];    /* the field that is wrong, "" none */
	struct strbuf why; /* the sentence when it was refused */
};
void accepted_done(struct accepted *a);

/* Reads and accepts it in this tick. True when it was accepted: then it is durable after
 * the tick's commit, and not before. */
bool accept_message(
	struct core *core, const char *json, size_t len, struct accepted *ret_accepted);

/* The members of the answer, without the brackets. */
void accepted_write(struct jsonw *w, const struct accepted *a);

#endif
