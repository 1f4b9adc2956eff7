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
#include "gateway/store/messages.h"
#include "gateway/text/window.h"

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

struct ticket;
enum handler_event {
	HANDLER_CLOSED,    /* its ticket was closed: the run goes on (see `quiet`) */
	HANDLER_UNCLAIMED, /* nobody has taken it yet: the customer may be told */
};

/* What the writer of a text still wants of it, asked whenever the gates are. */
struct handler_wish {
	char over[80];   /* why it is not wanted any more, "" it is */
	char held[80];   /* what a person has paused that it belongs to, "" nothing */
	bool skip_cap;   /* a full cap ends it rather than delays it */
	bool has_window; /* it may only leave in these hours, on this wall */
	struct window window;
	char zone[48];
};

struct message;
struct handler {
	const char *name;
	/* NULL: it never answers. */
	bool (*handle)(struct core *core, const struct inbound *in);
	/* Something happened to a ticket that has a `run`; NULL: never asked. In the same
	 * transaction, under the same promises. */
	void (*ticket)(
		struct core *core, enum handler_event what, const struct ticket *t);
	/* Hears every event as it is written, in the same transaction; NULL: does not
	 * care. It may be called from anywhere in core/: it writes down what it must
	 * remember, and does the work in a later tick. */
	void (*event)(struct core *core, const struct event *e);
	/* What the contact has been asked; NULL: never asks. Consent words that are
	 * ordinary words too (HELP, START) give way to it. */
	enum handler_asks (*asks)(struct core *core, const struct inbound *in);
	/* Leaves `ret` alone for what it did not write; NULL: never writes. Reads only.
	 */
	void (*wish)(
		struct core *core, const struct message *m, struct handler_wish *ret);
	/* A contact who had stopped came back with a START word, and the block is lifted:
	 * true when it has begun to ask for a new consent, which then is the answer.
	 * NULL: never does. */
	bool (*came_back)(struct core *core, const struct inbound *in);
};

/* Asked in this order; ends with a NULL name. Defined by the composition root. The first
 * and the last are in core/tickets.h. */
extern const struct handler handlers[];

/* The most any of them says to `asks`. */
enum handler_asks handlers_ask(struct core *core, const struct inbound *in);
/* Has one of them answered somebody who came back? */
bool handlers_came_back(struct core *core, const struct inbound *in);

#endif
