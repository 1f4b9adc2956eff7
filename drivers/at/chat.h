/* Lines to replies: the second of the modem driver's three layers.
 *
 * Knows that one command is in flight at a time, each with a deadline; which lines are
 * its echo, which belong to its answer, which ends it; and that every other line is news
 * (a URC) and may come at any moment, in two lines if it is +CMT, +CDS or +CBM. Refuses
 * to know what commands are for, and never touches a device: bytes come in by
 * chat_feed(), go out by the owner's `write`.
 *
 * States: idle; waiting for a final result; waiting for the `>` prompt; holding an open
 * prompt until the owner writes the text or takes it back; waiting for the final result
 * of the text; waiting out an ESC. */
#ifndef MALGIL_AT_CHAT_H
#define MALGIL_AT_CHAT_H

#include "drivers/at/lines.h"
#include "drivers/at/parse.h"
#include "drivers/at/wire.h"
#include "gateway/base/loop.h"

enum chat_state {
	CHAT_IDLE,
	CHAT_FINAL,  /* command written */
	CHAT_PROMPT, /* command written, `>` must come first */
	CHAT_OPEN,   /* `>` came: the modem waits for us */
	CHAT_SUBMIT, /* text and Ctrl-Z handed over */
	CHAT_ESCAPE, /* ESC written: OK, ERROR or nothing follows */
};

enum chat_result {
	CHAT_DONE,     /* `final` says how it ended */
	CHAT_TIMEOUT,  /* no final result by the deadline */
	CHAT_CANCELED, /* by chat_cancel(), chat_escape() */
	CHAT_STUCK, /* `>` came where no command asked for it: the modem holds a prompt */
};

struct chat_reply {
	enum chat_result result;
	struct final final;       /* of CHAT_DONE */
	const char *const *lines; /* the command's own lines, echo and URCs left out */
	size_t count;
	bool asked; /* a prompt had come */
};

struct chat_command {
	const char *text;     /* without CR; copied */
	const char *prefixes; /* "+CSQ" or several, separated by blanks; "" none; "*" any
				 line that is not known news (identity, console) */
	int64_t deadline;     /* ms until the final result, or until the prompt */
	int64_t submit; /* ms from Ctrl-Z to the final result; 0: no prompt expected */
	int64_t grace;  /* ms after the first own line when a missing OK is taken for OK;
				  0: never */
	bool pdus;      /* each own line is followed by one that has no prefix (+CMGL) */
	void (*done)(
		void *arg, const struct chat_reply *reply); /* the chat is idle by then */
	void *arg;
};

struct chat_owner {
	void (*write)(void *arg, const char *bytes, size_t len);
	void (*prompt)(void *arg); /* state CHAT_OPEN: chat_submit() or chat_escape() */
	void (*news)(void *arg, const char *line);
	/* `pdu` is "" when the second line never came. */
	void (*direct)(void *arg, const struct direct *direct, const char *pdu);
	void *arg;
};

#define CHAT_LINES 600 /* a full listing of 255 slots, and more */

struct chat {
	const char *name;
	enum chat_state state;
	struct chat_command command;
	struct chat_owner owner;
	struct lines lines;
	struct wire wire;
	struct loop_timer timer;
	struct loop_timer pause; /* until `gap` ms have passed since the last answer */
	int64_t gap, ended; /* `gap` is set by the owner; 0 for all but old modules */
	struct strbuf sent; /* the command, for its echo */
	struct strbuf text; /* the hex text, for its echo */
	char *answer[CHAT_LINES];
	size_t answers;
	bool want_pdu;       /* the line before announced one */
	bool asked, claimed; /* prompt seen; an own line seen */
	bool head;           /* a +CMT line waits for its PDU */
	struct direct direct;
};

/* `name` (of the channel, for the log) is borrowed for the life of the chat. */
void chat_init(struct chat *chat, struct loop *loop, const char *name,
	const struct chat_owner *owner);
/* Forgets everything, calls nothing. */
void chat_done(struct chat *chat);

void chat_feed(struct chat *chat, const char *bytes, size_t len);
/* Only while idle. `done` is called exactly once, never from inside this call. */
void chat_send(struct chat *chat, const struct chat_command *command);
/* Only while CHAT_OPEN or CHAT_SUBMIT: part of the text; `last` adds Ctrl-Z. */
void chat_submit(struct chat *chat, const char *hex, size_t len, bool last);
/* Takes an open prompt back: ESC, then a short wait for whatever the modem says to it. */
void chat_escape(struct chat *chat, int64_t wait);
/* A text that was handed over is given at most that long from now on. */
void chat_hurry(struct chat *chat, int64_t wait);
/* Gives up on the command in flight: `done` with CHAT_CANCELED. Nothing while idle. */
void chat_cancel(struct chat *chat);
/* Bytes outside any command (ESC, CR), for recovery. */
void chat_raw(struct chat *chat, const char *bytes, size_t len);

#endif
