/* The port to whoever answers an inbound text: the dialog engine, later others; the last
 * in line opens a ticket, so that nobody who texts is left without an answer.
 *
 * Promises of every handler:
 *  1. It decides from the store and the text alone, in this tick's transaction, and does
 *     nothing that a rollback would not undo: what it wants sent goes through
 *     outbox_accept().
 *  2. It returns true when the text is dealt with; the next in line is asked otherwise.
 *  3. The same text handed in twice (a crash before the commit) gives the same answer. */
#ifndef MALGIL_CORE_HANDLER_H
#define MALGIL_CORE_HANDLER_H

#include "gateway/core/core.h"

/* Everything borrowed for the call. */
struct inbound {
	uint64_t message, contact, channel;
	const char *phone;
	const char *text;       /* as written */
	const char *normalised; /* text/words.h */
	int64_t at;             /* when we got it */
	int64_t sent_at;        /* the network's time stamp, 0 unknown */
	bool stale; /* over 12 h old: stored and shown, never answered by a machine */
};

struct handler {
	const char *name;
	bool (*handle)(struct core *core, const struct inbound *in);
};

/* Asked in this order; ends with a NULL name. Defined by the composition root. */
extern const struct handler handlers[];

/* The last in line: a ticket "unmatched", one per contact while it is open. */
bool handler_ticket(struct core *core, const struct inbound *in);

#endif
