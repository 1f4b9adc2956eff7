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

enum handler_asks {
	HANDLER_ASKS_NOTHING,
	HANDLER_ASKED,    /* a question is open */
	HANDLER_ANSWERED, /* and this text is an answer to it */
};

struct handler {
	const char *name;
	bool (*handle)(struct core *core, const struct inbound *in);
	/* Hears every event as it is written, in the same transaction; NULL: does not
	 * care. It may be called from anywhere in core/: it writes down what it must
	 * remember, and does the work in a later tick. */
	void (*event)(struct core *core, const struct event *e);
	/* What the contact has been asked; NULL: never asks. Consent words that are
	 * ordinary words too (HELP, START) give way to it. */
	enum handler_asks (*asks)(struct core *core, const struct inbound *in);
};

/* Asked in this order; ends with a NULL name. Defined by the composition root. */
extern const struct handler handlers[];

/* The most any of them says to `asks`. */
enum handler_asks handlers_ask(struct core *core, const struct inbound *in);

/* The last in line: a ticket "unmatched", one per contact while it is open. */
bool handler_ticket(struct core *core, const struct inbound *in);

#endif
