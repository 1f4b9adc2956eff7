/* One conversation in progress: where it stands and what it remembers.
 *
 * A run is plain data. The shell keeps it as one text (run_encode) in the run's row and
 * gives it back (run_decode); nothing else about it needs columns except what queries
 * want (the contact, the script, the state, when it ends). Pure. */
#ifndef MALGIL_DIALOGS_RUN_H
#define MALGIL_DIALOGS_RUN_H

#include "gateway/text/value.h"

#define RUN_FRAMES 8   /* scripts started inside each other */
#define RUN_VARS   400 /* variables a run may hold, looked-up rows included */

enum run_state {
	RUN_NEW,     /* made, not started */
	RUN_REPLY,   /* waits for the customer: a question, or `wait { reply }` */
	RUN_PAUSE,   /* waits for the clock, or for an event */
	RUN_LOOKUP,  /* waits for a look-up */
	RUN_TICKET,  /* staff have it; mute until they close */
	RUN_SENDING, /* a text must pass its gates before it goes on */
	RUN_ENDED,
};

struct run_var {
	char *name, *text; /* text NULL for a number or a moment */
	enum value_kind kind;
	double number;
	int64_t time;
};

/* A script and the place in it. The last frame is the active one. */
struct run_frame {
	char script[64], hash[17], step[64];
	struct run_var *vars;
	size_t var_count;
};

struct run {
	uint64_t id;
	struct run_frame frames[RUN_FRAMES];
	unsigned depth; /* frames in use */
	enum run_state state;
	unsigned visit;         /* of the wait: a timer of another visit is stale */
	unsigned tries, nudges; /* of this question */
	unsigned waits;         /* in the whole run */
	bool resume_verb;       /* RUN_SENDING: the text sent was the question itself */
	bool answering;         /* what it does now, the customer's text caused */
	int64_t last_text;      /* in either direction: expiry counts from here */
	int64_t started;
	char outcome[64]; /* RUN_ENDED */
};

void run_init(struct run *run, uint64_t id);
void run_done(struct run *run);

struct run_frame *run_top(struct run *run);
void run_set(struct run_frame *f, const char *name, const struct value *v);
void run_drop(struct run_frame *f, const char *name);
void run_unset(struct run_frame *f, const char *prefix); /* NAME and NAME.* */
bool run_get(const struct run_frame *f, const char *name, struct value *ret);
void run_forget(struct run_frame *f); /* all variables */

/* A line-oriented text; what run_decode() makes of it is equal. -EINVAL for a damaged
 * one. */
void run_encode(const struct run *run, struct strbuf *out);
int run_decode(const char *text, struct run *ret) MUST_USE;

#endif
