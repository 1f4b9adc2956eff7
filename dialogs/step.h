/* The conversation engine, pure: step(scripts, run, event, now) -> effects.
 *
 * It does no I/O, reads no clock and keeps nothing: `run` is changed in place, everything
 * else it wants is a list of effects. The same run, event and facts give the same
 * effects.
 *
 * What the shell does, in one transaction for each event:
 *  1. Loads the run (run_decode), calls step(), applies the effects in their order,
 * stores the run (run_encode) in the same commit. Nothing may be applied if the run is
 * not stored.
 *  2. EFFECT_SAY becomes a message through outbox_accept(), unique by (run, script, step,
 * visit, `part`). Where `waits` is set the run is now RUN_SENDING: the shell tells the
 * outcome with EVENT_SENT, EVENT_SUPPRESSED or EVENT_DROPPED (past drop_after), at once
 * or days later. `nudge` texts are sent now or not at all: the run does not wait for
 * them.
 *  3. EFFECT_TIMER becomes a timer row (run, visit, kind, due). It is never cancelled:
 * when due, the shell calls step() with EVENT_TIMER and the row's visit and kind, and a
 * stale one changes nothing and has no effects.
 *  4. EFFECT_LOOKUP starts the look-up; its answer is EVENT_LOOKUP with rows (or
 * `failed`). An EFFECT_TIMER for its deadline comes along.
 *  5. EFFECT_HANDOFF opens a ticket with this run as its owner; closing it is
 * EVENT_CLOSED.
 *  6. EFFECT_CONSENT goes to the ledger with the wording shown and the script's hash.
 *  7. EFFECT_SAVE writes a contact attribute, in its three readings (text/value.h);
 *     "asked.SCRIPT.STEP" among them is when a `once` question was last asked.
 *  8. EFFECT_TROUBLE is a notice for the owner and a ticket (the notice alone when a
 * marketing text could not be filled in); EFFECT_PAGE goes to who it names.
 *  9. EFFECT_END is the run's outcome, said exactly once; no further event is accepted.
 *
 * Which text belongs to which run is not decided here but in route.h, which asks
 * step_fits() before it lets a keyword take over.
 *
 * `tag, untag, set, add, emit, webhook` of a step act when it is entered; for ask and
 * wait, when an answer was taken (never on timeout or `other`). A step skipped by `if` or
 * `once` goes to the step below. */
#ifndef MALGIL_DIALOGS_STEP_H
#define MALGIL_DIALOGS_STEP_H

#include "dialogs/run.h"
#include "dialogs/script.h"

#define STEP_LIMIT 250 /* steps without a wait, and waits in a run */
#define STEP_ROWS  20  /* of a look-up that are kept */

/* Where facts come from: contact.*, order.*, policy.*, shop, hours.*, ticket.*, event.*
 * ... The engine itself answers run variables, `last`, `text` and `now`. Changes made by
 * effects of the same call are seen before them. */
struct step_env {
	void *ctx;
	void (*get)(void *ctx, const char *name, struct value *ret);
	void (*aggregate)(void *ctx, enum expr_aggregate what, const char *event,
		int64_t since, struct value *ret);
	/* Coupons are drawn, links made, prices known by the shell, inside its
	 * transaction. */
	bool (*call)(void *ctx, enum template_call what, const char *argument,
		const struct value *value, struct strbuf *out);
	bool (*phone)(const char *text, struct strbuf *out);
	/* The name of the variant that has won, for a conversation begun at `begun`; NULL
	 * (or no function): the shares decide. */
	const char *(*winner)(void *ctx, const struct script *script,
		const struct step *step, int64_t begun);
	int64_t now;
	const char *zone;      /* the contact's */
	const char *lang;      /* the contact's, NULL unknown */
	const char *pack_lang; /* of the pack */
	bool day_first;
};

enum event_kind {
	EVENT_START,  /* the first event of a run: `script`, `at_step` (or NULL), `text`;
			 `rows[0]`: variables it begins with, "cart.total" */
	EVENT_TEXT,   /* the customer wrote `text` */
	EVENT_TIMER,  /* `timer`, `visit` */
	EVENT_LOOKUP, /* `rows`, `row_count`, `failed` */
	EVENT_CLOSED, /* staff closed the ticket */
	EVENT_HAPPENED,   /* `name`, `rows[0]`: something happened to this contact; the
			     row's names are those of its fields, "total" */
	EVENT_SENT,       /* the text a RUN_SENDING run waits for has left */
	EVENT_SUPPRESSED, /* it never will; the run goes on */
	EVENT_DROPPED,    /* it never will; the run ends as `dropped` */
	EVENT_LEAVE,      /* end it with the outcome `name`: stopped, interrupted */
	EVENT_RELOADED,   /* scripts changed: is the step still there? */
};

enum timer_kind {
	TIMER_TIMEOUT,
	TIMER_WAIT,
	TIMER_LOOKUP,
	TIMER_UNCLAIMED,
	TIMER_EXPIRE
};

struct step_row {
	const char *const *names;
	const char *const *values;
	size_t count;
	const char *said; /* the shop's own word for the row's `state`, NULL: the same */
};

struct step_event {
	enum event_kind kind;
	const struct script *script;
	const char *at_step, *text, *name;
	enum timer_kind timer;
	unsigned visit;
	const struct step_row *rows;
	size_t row_count;
	bool failed;
};

enum effect_kind {
	EFFECT_SAY, /* text, cls, script, step, visit, part, waits, nudge, variant, basis
		     */
	EFFECT_TIMER,   /* timer, at, visit */
	EFFECT_CONSENT, /* consent, text: the wording shown; value: the script's hash */
	EFFECT_SAVE,    /* name (without "contact."), saved; VALUE_MISSING empties it */
	EFFECT_NOTE,    /* text: a step's `note`, for whoever reads their history */
	EFFECT_TAG,     /* name */
	EFFECT_UNTAG,   /* name */
	EFFECT_SCORE,   /* name, value, step */
	EFFECT_EMIT,    /* name */
	EFFECT_WEBHOOK, /* name */
	EFFECT_LOOKUP,  /* lookup, value: the arguments, filled, '\n' between them */
	EFFECT_HANDOFF, /* handoff, name: topic, text: note */
	EFFECT_REOPEN,  /* name: queue, text: note */
	EFFECT_PAGE,    /* name: whom, text */
	EFFECT_TROUBLE, /* text: a sentence for the owner */
	EFFECT_END,     /* name: the outcome */
};

struct effect {
	struct effect *next;
	enum effect_kind kind;
	const char *name, *text, *value;
	const char *script, *step, *variant, *basis;
	enum message_class cls;
	enum timer_kind timer;
	int64_t at;
	unsigned visit, part;
	bool waits, nudge;
	struct value saved;
	const struct script_consent *consent;
	const struct script_lookup *lookup;
	const struct script_handoff *handoff;
};

struct step_result {
	struct arena arena; /* the effects' memory: arena_done() when they are applied */
	struct effect *first, *last;
	bool taken; /* the event had a meaning for this run */
};

/* Never fails: what goes wrong in a script ends the run with EFFECT_TROUBLE. */
void step(const struct script_set *set, struct run *run, const struct step_event *event,
	const struct step_env *env, struct step_result *ret);

/* Would the run's waiting question, or its restart and leave words, take this text as an
 * answer? False while it is not waiting for one. */
bool step_fits(const struct script_set *set, const struct run *run, const char *text,
	const struct step_env *env);
/* Has the waiting question a use for a text that is no answer (`other`, `retry`)? */
bool step_minds(const struct script_set *set, const struct run *run);

#endif
