/* The world of a rehearsal: one customer, the shop's scripts, timers and a clock, all in
 * memory. It plays the shell of step.h, with the gates a script's author meets: consent,
 * quiet hours, caps, the opt-out. Belongs to talk.c. */
#ifndef MALGIL_DIALOGS_STAGE_H
#define MALGIL_DIALOGS_STAGE_H

#include "dialogs/route.h"
#include "dialogs/talk.h"

#define STAGE_RUNS 16

struct stage_timer {
	uint64_t run;
	enum timer_kind kind;
	unsigned visit;
	int64_t at, order;
	char *held; /* a text that waits for its hour, else NULL */
	enum text_class cls;
};

struct stage_pair {
	char *name, *text;
};

struct stage_pairs {
	struct stage_pair *items;
	size_t count;
};

struct stage_event {
	char *name;
	int64_t at;
	double value;
};

struct stage_queue {
	char **texts;
	size_t count, taken;
};

struct stage {
	const struct rules *rules;
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
	int64_t now, closed_at, caught_at, timer_order;
	struct stage_pairs contact, facts, lookups, coupons, granted;
	struct stage_event *events;
	size_t event_count;
	struct stage_queue said, ended, owner;
	int64_t ads[64]; /* when marketing left */
	size_t ad_count;
	bool stopped, ticket, claimed, replied;
	int hours; /* 1 open, 0 closed, -1 by the clock */
	char scratch[512];
	struct strbuf list; /* of tags, lent to the engine */
};

int stage_open(struct stage *s, const char *path, const struct talk_options *o,
	struct strbuf *err) MUST_USE;
void stage_close(struct stage *s);
int stage_reload(struct stage *s, const char *path, struct strbuf *err) MUST_USE;

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
void stage_lookup(struct stage *s, const char *name, const char *answer);
bool stage_ticket_open(const struct stage *s);
void stage_claim_ticket(struct stage *s, bool replied);
void stage_close_ticket(struct stage *s);

/* facts of the stage, in stage_facts.c */
const char *stage_pair(const struct stage_pairs *p, const char *name);
void stage_put(struct stage_pairs *p, const char *name, const char *text);
struct step_env stage_env(struct stage *s);

#endif
