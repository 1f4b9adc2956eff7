/* The world of a rehearsal: one customer, the shop's scripts, timers and a clock, all in
 * memory. It plays the shell of step.h; what may leave, and which words are an opt-out,
 * is asked of the daemon's own gates and packs (trade.h). Belongs to talk.c. */
#ifndef MALGIL_DIALOGS_STAGE_H
#define MALGIL_DIALOGS_STAGE_H

#include "dialogs/route.h"
#include "dialogs/talk.h"
#include "dialogs/trade.h"

#define STAGE_RUNS   64
#define STAGE_FIELDS 40 /* of an event, by both of their names */

struct stage_timer {
	uint64_t run;
	enum timer_kind kind;
	unsigned visit;
	int64_t at, order;
	uint64_t entry; /* whose time it is when run is 0 */
	bool sent;      /* the run's text has left */
	char *held;     /* a text that waits for its hour, else NULL */
	enum message_class cls;
	const char *basis; /* of a held text; the script's own */
};
#define STAGE_PARKED INT64_MAX /* of a timer: waits for an event, not for a time */

struct stage_pair {
	char *name, *text;
};

struct stage_pairs {
	struct stage_pair *items;
	size_t count;
};

/* The customer in the journey under test, by its key: settles or waits until they have
 * time while run is 0. */
struct stage_entry {
	uint64_t id, run;
	char *script, *key;
	bool waits; /* it has settled, and they are busy */
	int64_t origin, due;
	struct stage_pairs data; /* fields of what brought them in */
	char paused[64];         /* the exit that holds its run, "" none */
};

struct stage_event {
	char *name, *sku; /* of which product, NULL none */
	int64_t at;
	double value;
};

struct stage_queue {
	char **texts;
	size_t count, taken;
};

struct stage {
	const struct rules *rules;
	struct rules own_rules;    /* of a shop the talk itself names */
	struct config *own_config; /* NULL: the one that was handed in */
	struct trade trade;
	struct talk_options options;
	struct script *scripts[256];
	struct script_set set;
	const struct script *newest[256];
	const struct script *main;
	struct run runs[STAGE_RUNS];
	int64_t origins[STAGE_RUNS];
	size_t run_count;
	uint64_t next_run;
	struct stage_timer *timers;
	size_t timer_count;
	int64_t now, closed_at, timer_order;
	int64_t ticket_closed; /* by staff; 0: never */
	struct stage_pairs contact, facts, lookups, coupons;
	struct stage_pairs winners; /* SCRIPT.STEP: since when, and which */
	struct stage_entry *entries;
	size_t entry_count;
	uint64_t next_entry;
	struct strbuf verdict; /* what the gates said about the last text, for people */
	int64_t decide_by;     /* a text looked like an opt-out, 0 none */
	int64_t muted_until;   /* a loop: the bot is silent */
	int64_t advanced;      /* an answer last fitted */
	int64_t said_day;      /* local day the catch-all last answered, 0 never */
	struct stage_event *events;
	size_t event_count;
	struct stage_queue said, ended, owner;
	bool unmatched; /* a ticket that does not mute: nobody has taken it up */
	bool ticket, claimed, replied, begun, looping;
	bool ringing;       /* what is due at one moment leaves, before any run goes on */
	int64_t starts[64]; /* of the journey under test, the newest last */
	size_t start_count;
	int64_t scanned;       /* dates were looked for until then */
	bool member;           /* of its segment */
	int hours;             /* 1 open, 0 closed, -1 by the clock */
	struct strbuf scratch; /* lent to the engine, and of tags: */
	struct strbuf list;
};

int stage_open(struct stage *s, const char *path, const struct talk_options *o,
	struct strbuf *err) MUST_USE;
void stage_close(struct stage *s);
/* The shop is another one: "country=US, tz=America/New_York, name=..., policy=FILE".
 * Before anybody has said anything. */
int stage_shop(struct stage *s, const char **names, const char **values, size_t count,
	struct strbuf *err) MUST_USE;
/* Where the conversation stands, and what the gates said last: for people. */
void stage_tell(struct stage *s, struct strbuf *out);
int stage_reload(struct stage *s, const char *path, struct strbuf *err) MUST_USE;

void stage_feed(struct stage *s, struct run *run, const struct step_event *event);
void stage_inbound(struct stage *s, const char *text);
int stage_advance(struct stage *s, int64_t to, struct strbuf *err) MUST_USE;

/* What was said (<), how runs ended (=), what the owner heard (%): the oldest not yet
 * taken. */
const char *stage_peek(struct stage *s, char sign);
void stage_take(struct stage *s, char sign);

void stage_contact(struct stage *s, const char *name, const char *value);
void stage_consent(struct stage *s, const char *what, bool grant);
void stage_emit(struct stage *s, const char *event, const char **names,
	const char **values, size_t count);
void stage_coupons(struct stage *s, const char *pool, unsigned count);
/* Of `step`, or SCRIPT.STEP, the variant that has won, for who begins from now on. */
int stage_winner(struct stage *s, const char *step, const char *variant,
	struct strbuf *err) MUST_USE;
void stage_lookup(struct stage *s, const char *name, const char *answer);
bool stage_ticket_open(const struct stage *s);
void stage_claim_ticket(struct stage *s, bool replied);
void stage_close_ticket(struct stage *s);

void stage_show(struct stage *s, char sign, const char *text);
void stage_add_timer(struct stage *s, struct stage_timer timer);
/* What waited for an event is judged again. */
void stage_unpark(struct stage *s);
/* The conversation in progress: the newest run that waits for, or has, the customer. */
struct run *stage_dialog(struct stage *s);
/* `entry`: of a journey, which gets the run; else NULL. False when there are too many. */
bool stage_start(struct stage *s, const struct script *script, const char *text,
	struct stage_entry *entry);

/* runs, in stage.c: NULL when there is none of that id */
struct run *stage_run(struct stage *s, uint64_t id);
const struct script *stage_script(const struct stage *s, const struct run *run);
/* What lateness of its texts counts from. */
int64_t stage_origin(const struct stage *s, const struct run *run);
struct run *stage_new_run(struct stage *s);
/* effects, in stage_effects.c: a text to the gates; `waits`: the run goes on when it has
 * left */
void stage_offer(struct stage *s, struct run *run, struct trade_offer *o, bool waits);
/* A text of that visit has left: the run goes on. */
void stage_left(struct stage *s, struct run *run, unsigned visit);
void stage_open_ticket(struct stage *s);

/* the journey under test, in stage_journey.c; others begin nothing */
void stage_enter(struct stage *s, const struct script *script, const char *text);
/* An entry's clock rang. */
void stage_ring(struct stage *s, uint64_t entry);
/* Those which have not begun, for people. */
void stage_tell_entries(const struct stage *s, struct strbuf *out);
void stage_entries_done(struct stage *s);
bool stage_scans(const struct stage *s);
void stage_scan(struct stage *s);
/* Is the run held because people talk? */
bool stage_paused(struct stage *s, const struct run *run);
/* The first moment its own hours let such a text leave. */
int64_t stage_opens(const struct stage *s, const struct script *script, uint64_t run,
	enum message_class cls);

/* facts of the stage, in stage_facts.c */
void stage_pairs_done(struct stage_pairs *p);
const char *stage_pair(const struct stage_pairs *p, const char *name);
void stage_put(struct stage_pairs *p, const char *name, const char *text);
void stage_drop(struct stage_pairs *p, const char *name);
struct step_env stage_env(struct stage *s);

#endif
