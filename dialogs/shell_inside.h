/* What the files of the shell share. Nobody else includes this.
 *
 * shell.c and shell_trade.c are the side of the trade: they alone include core/core.h,
 * and offer what the others need of it as the functions at the end. shell_step.c,
 * shell_effects.c, shell_world.c, shell_facts.c and shell_lookup.c are the engine's side,
 * shelf.c keeps the scripts. */
#ifndef MALGIL_DIALOGS_SHELL_INSIDE_H
#define MALGIL_DIALOGS_SHELL_INSIDE_H

#include "gateway/base/loop.h"
#include "gateway/store/runs.h"
#include "dialogs/care.h"
#include "gateway/text/class.h"
#include "gateway/text/expr.h"

struct core;
struct effect;
struct script;
struct step_row;
struct json_t;
struct pack;
struct lookups;
struct question;
struct rules;
struct shelf;
struct step_env;
struct reader;
struct step;
struct step_event;
struct tally;

struct dialogs {
	struct core *core;
	struct db *db;
	struct loop *loop;
	struct shelf *shelf;
	const char *folder;
	const char *country, *zone, *shop, *site; /* the shop's; site may be NULL */
	struct rules *rules;                      /* the country's, and policy.cfg */
	struct question *questions;               /* look-ups under way */
	struct loop_timer alarm;
	bool posted;       /* a look at what is due is coming */
	bool reviewing;    /* runs are being told that scripts changed */
	uint64_t reviewed; /* up to this run */
	struct care care[CARE_KINDS];
	struct tally *tally; /* variants are being counted */
	int64_t tallied;     /* not again before this */
};

/* An inbound text, as core/handler.h has it. */
struct heard {
	uint64_t message, contact;
	const char *phone, *text, *normalised, *channel;
	int64_t at;
};

/* ---- shell.c ---- */

/* What is due is looked at in the next tick. */
void shell_wake(struct dialogs *d);

/* ---- shelf.c: the scripts ---- */

struct shelf *shelf_new(void);
void shelf_free(struct shelf *shelf);
/* Reads the folder again; what it has to say about a file goes to dialogs_note(). 0, or
 * -errno with a sentence (the folder), and then nothing has changed. */
int shelf_read(struct dialogs *d, struct strbuf *err) MUST_USE;
const struct script_set *shelf_scripts(const struct shelf *shelf);

/* ---- shell_world.c: what a script may ask about ---- */

struct world {
	struct dialogs *d;
	uint64_t contact;
	char phone[48], zone[48], lang[16];
	const struct pack *pack; /* whose words and language are theirs */
	/* The run and the step that asks, for what a text may offer. */
	uint64_t run;
	const char *script, *step;
	struct strbuf scratch;
};
void world_init(struct world *f, struct dialogs *d, uint64_t contact);
void world_done(struct world *f);
struct step_env world_env(struct world *f);

/* ---- shell_facts.c: what the store knows beyond attributes ---- */

/* A field of the newest order; left alone when there is none. */
void world_order(struct world *w, const char *name, struct value *ret);

/* ---- shell_variants.c: which of several texts does better ---- */

/* After the scripts were read. */
void variants_reload(struct dialogs *d);
/* Begins to count when it is time; nothing waits for it. */
void variants_look(struct dialogs *d);
/* Whatever is being counted is of no use any more. */
void variants_stop(struct dialogs *d);
/* `winner` of struct step_env. */
const char *world_winner(
	void *ctx, const struct script *script, const struct step *step, int64_t begun);

/* ---- shell_step.c: runs ---- */

/* The inbound order from the waiting answer on. True when the text is dealt with. */
bool shell_text(struct dialogs *d, const struct heard *in);
/* 0 nothing is asked, 1 a question is open, 2 the text answers it. */
int shell_asks(struct dialogs *d, const struct heard *in);
/* They came back by a START word: true when a dialog now asks for a new consent. */
bool shell_came_back(struct dialogs *d, const struct heard *in);
/* The contact opted out: what must end ends. */
void shell_stopped(struct dialogs *d, uint64_t contact, bool all);
void shell_timer(struct dialogs *d, const struct timer_row *timer);
void shell_told(struct dialogs *d, uint64_t run);
void shell_reviewed(struct dialogs *d, uint64_t run);
/* Ends a run whose handling ended the program three times. */
void shell_set_aside(struct dialogs *d, uint64_t run);

/* The answer to a look-up, in a tick of its own. */
void shell_looked_up(struct dialogs *d, uint64_t run, const struct step_event *event);

struct beginning {
	const struct script *script;
	uint64_t contact, run, entry; /* run: its id, 0 a new one; entry: 0 no journey */
	uint64_t heard;               /* the text that caused it, 0 none */
	const char *text;             /* what that says, NULL nothing */
	const struct step_row *row;   /* variables it begins with, NULL none */
};
/* The id of the run, which may be over already. */
uint64_t shell_start(struct dialogs *d, const struct beginning *b);
void shell_happened(struct dialogs *d, uint64_t run, const struct step_event *event);
void shell_leave(struct dialogs *d, uint64_t run, const char *outcome);

/* ---- journeys.c: who is in which; journey_scan.c: dates and segments;
 * journey_wish.c: what the trade asks ---- */

/* A little of what is due: events that were not heard, clocks that have rung, the look
 * through all people. True when there is more. */
bool journeys_look(struct dialogs *d);
/* When it must look again at the latest, INT64_MAX when nothing is due. */
int64_t journeys_next(struct dialogs *d);
/* After the scripts were read. */
void journeys_reload(struct dialogs *d);
/* Something happened that the shop did not tell: heard if a journey minds. */
void
journeys_note(struct dialogs *d, const char *name, uint64_t contact, const char *detail);
void
journeys_keyword(struct dialogs *d, const struct script *script, const struct heard *in);
bool journeys_paused(struct dialogs *d, uint64_t entry);
/* Its run is over. */
void journeys_ended(struct dialogs *d, uint64_t entry, const char *outcome);
/* The person begins the journey, or is kept out of it; `data` are the fields of what
 * brought them, by full names, borrowed. */
struct arrival {
	const struct script *script;
	uint64_t contact, event;
	const char *key;
	int64_t at;
	struct json_t *data;
	const struct heard *heard; /* the text that did, NULL none */
};
void journeys_enter(struct dialogs *d, const struct arrival *a);
bool scan_look(struct dialogs *d);
int64_t scan_next(struct dialogs *d);
/* journey_wish.c: when a text of this journey may leave, and until when it is worth it (0
 * for ever). */
struct terms {
	int64_t not_before, expires;
};
void journeys_terms(struct dialogs *d, uint64_t entry, const char *zone, uint64_t run,
	struct terms *ret);
/* What the gates ask about a text of a run, again before it leaves. */
struct wish {
	char over[80]; /* why it is not wanted any more, "" it is */
	char hours[400], zone[48];
	bool skip; /* rather than wait for a cap */
};
void journeys_wish(struct dialogs *d, uint64_t run, bool marketing, struct wish *ret);

/* ---- shell_lookup.c: questions to connectors ---- */

/* Asks when this tick is committed. */
void questions_ask(struct dialogs *d, uint64_t run, const struct effect *f);
void questions_drop(struct dialogs *d);

/* ---- shell_trade.c: what the engine's side needs of the trade ---- */

uint64_t dialogs_id(struct dialogs *d);
int64_t dialogs_now(const struct dialogs *d);
/* An event of this contact; texts may be NULL. */
void
dialogs_note(struct dialogs *d, const char *name, uint64_t contact, const char *detail);

/* The same, counted and heard by journeys too. */
void dialogs_emit(struct dialogs *d, const char *name, uint64_t contact,
	const char *detail, const double *value);
void dialogs_overheard(
	struct dialogs *d, const char *name, uint64_t contact, const char *detail);
/* A mark somebody gave, "5: csat", with the last ticket, whose agent it is about; `value`
 * NULL when it is no number. */
void dialogs_score(struct dialogs *d, const char *name, uint64_t contact,
	const char *detail, const double *value);

struct saying {
	uint64_t run, contact, reply_to; /* reply_to: 0 nothing */
	int64_t number;                  /* of the run's texts */
	int64_t not_before, expires;     /* 0 none */
	const char *phone, *text;
	enum message_class cls;
	bool now_or_never; /* a nudge: the clock sends it, and no later than now */
	/* Which step of which script says it: kept beside the text. */
	const char *script, *hash, *step, *variant, *basis;
	unsigned visit;
};
enum fate { FATE_ON_ITS_WAY, FATE_SUPPRESSED, FATE_DROPPED, FATE_REFUSED };
/* Hands a text to the outbox. Refused: with a sentence, nothing is stored. */
enum fate dialogs_say(struct dialogs *d, const struct saying *what, uint64_t *ret_message,
	struct strbuf *err);
/* Takes back what has not left. */
void dialogs_unsay(struct dialogs *d, uint64_t message);

struct thread {
	uint64_t contact, message, run;
	const char *queue, *topic, *note, *priority;
	int64_t remind; /* ms of opening time between reminders that nobody took it */
	int remind_max;
	bool mute; /* a person talks now: the bot is silent */
};
/* Has the bot said this too often, or too much? */
bool
dialogs_loops(struct dialogs *d, uint64_t contact, int64_t advanced, const char *text);
/* Silence towards a contact who loops, until a time; and is it still so? */
void dialogs_mute(struct dialogs *d, uint64_t contact, int64_t until);
bool dialogs_muted(struct dialogs *d, uint64_t contact);
void dialogs_ticket(struct dialogs *d, const struct thread *t);
/* Once more, with a note. */
void dialogs_reopen(struct dialogs *d, const struct thread *t);

/* "open", "claimed", "staff_texts", "closed" (when) of the contact's newest ticket. */
bool
dialogs_ticket_fact(struct dialogs *d, uint64_t contact, const char *name, int64_t *ret);
void dialogs_ticket_outcome(struct dialogs *d, uint64_t contact, struct strbuf *out);

/* The pack whose words count for a number. */
const struct pack *dialogs_pack(const struct dialogs *d, const char *phone);

struct record {
	uint64_t contact, message;
	const char *phone, *action, *list, *method, *words, *wording, *hash, *reason;
	bool night;
};
void dialogs_consent(struct dialogs *d, const struct record *r);
/* `ret_night` may be NULL. */
bool dialogs_consented(struct dialogs *d, uint64_t contact, bool *ret_night);
/* "" | "marketing" | "all"; and START, which lifts it and grants nothing. */
bool dialogs_is_stopped(struct dialogs *d, uint64_t contact);
void dialogs_unblock(struct dialogs *d, const struct heard *in);
struct lookups *dialogs_lookups(struct dialogs *d);
/* NULL in tests without a thread. */
struct reader *dialogs_reader(struct dialogs *d);
/* E.164 of any spelling. */
bool dialogs_phone(const struct dialogs *d, const char *text, struct strbuf *out);

#endif
