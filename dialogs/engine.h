/* What the files of the pure engine share: step.c hears, step_move.c moves, facts.c
 * knows, reply.c understands, say.c speaks. Nobody else includes this. */
#ifndef MALGIL_DIALOGS_ENGINE_H
#define MALGIL_DIALOGS_ENGINE_H

#include "dialogs/step.h"

struct engine {
	const struct script_set *set;
	struct run *run;
	const struct step_env *env;
	struct step_result *out;
	const struct script *script;        /* of the active frame */
	const struct step_event *happening; /* EVENT_HAPPENED: what event.* means */
	bool caused; /* by the customer's own text, in this very step */
	unsigned steps, parts;
	const char *note_value; /* scratch of facts.c */
};

enum { NOWHERE = -1 }; /* no step to go to: the run waits or is over */

static inline struct run_frame *
engine_frame(struct engine *e)
{
	return run_top(e->run);
}

struct effect *engine_effect(struct engine *e, enum effect_kind kind);
/* A timer for this visit. */
void engine_timer(struct engine *e, enum timer_kind kind, int64_t after);

/* step_move.c. Each that gives an int gives the step to go to next, or NOWHERE. */
void move_trouble(struct engine *e, const char *what);
/* The whole run ends; only the active script does, and its starter goes on. */
int move_end(struct engine *e, const char *outcome);
int move_end_frame(struct engine *e, const char *outcome);
/* Where the active frame stands; ends the run when its script or step is gone. */
int move_locate(struct engine *e);
/* Where `t` leads, else the step below `s`. */
int
move_follow(const struct engine *e, const struct step *s, const struct script_target *t);
int move_push(struct engine *e, const struct script *script);
void move_act(struct engine *e, const struct step *s);
int move_last_act(struct engine *e, const struct step *s);
/* The run waits; its visit is another one. */
int move_wait(struct engine *e, enum run_state state);
int move_ask(struct engine *e, const struct step *s);
int move_verb(struct engine *e, const struct step *s);
/* From step to step until it waits or ends. */
void move_go(struct engine *e, int at);

/* facts.c */
bool facts_true(struct engine *e, const struct expr *cond); /* NULL is true */
/* Fills a template in the contact's language. NULL and a note of trouble when it lacks a
 * value that has no fallback. */
const char *facts_fill(struct engine *e, const struct template *t);
const char *facts_text(struct engine *e, const struct script_text *t);
/* Behind the name of a `state`: the shop's own word for it. */
#define FACTS_SAID "_said"
void facts_get(struct engine *e, const char *name, struct value *ret);
/* Saves to a run variable or, for "contact.NAME", to the contact. */
void facts_save(struct engine *e, const char *name, const struct value *v);
void facts_apply(struct engine *e, const struct script_values *set,
	const struct script_values *add);

/* say.c: sends a text of a step; true when the run must wait until it has left. */
bool say_text(struct engine *e, const struct step *s, const struct script_text *t,
	bool may_wait);
bool say_variants(struct engine *e, const struct step *s);
void say_nudge(struct engine *e, const struct step *s, const struct script_text *t);

/* reply.c: what a text means to the waiting step. */
enum reply_kind {
	REPLY_NONE,
	REPLY_RESTART,
	REPLY_LEAVE,
	REPLY_ANSWER,
	REPLY_ACCEPT,
	REPLY_ROW,
	REPLY_ANY
};

struct reply {
	enum reply_kind kind;
	size_t index;        /* of the answer; of the row, from 1 */
	struct strbuf value; /* REPLY_ACCEPT: what is saved */
};

void reply_read(const struct script *script, const struct step *s, const struct run *run,
	const char *text, const struct step_env *env, struct reply *ret);

#endif
