/* A loaded script: everything a file says, as const structs in one arena.
 *
 * The loader checks the grammar (every key, every type, every expression and template)
 * and resolves steps; the linter (lint.h) judges what is grammatical but unwise. A script
 * is never changed after loading; a reload makes a new one, and runs find their place in
 * it by the name of the step. Knows nothing of runs. */
#ifndef MALGIL_DIALOGS_SCRIPT_H
#define MALGIL_DIALOGS_SCRIPT_H

#include "gateway/base/arena.h"
#include "gateway/base/strbuf.h"
#include "gateway/text/answer.h"
#include "gateway/text/class.h"
#include "gateway/text/expr.h"
#include "gateway/text/match.h"
#include "gateway/text/template.h"

/* No script may say `notice`: where a class may be left out, it means that it was. */
#define CLASS_UNSAID CLASS_NOTICE

/* A text for the customer, in one language or several. Absent when count is 0. */
struct text_variant {
	char lang[12]; /* "" when the file gives one text for all */
	const struct template *body;
};

struct script_text {
	const struct text_variant *variants;
	size_t count;
	bool offers; /* in one of its languages it advertises (promo.h) */
	unsigned line;
};

#define SCRIPT_CHOICES 64 /* answers of a question, cases of a split */

/* Where a goto leads. -1: nowhere was named. */
struct script_target {
	const char *name;
	int step;
	unsigned line;
};

/* One of `set`, `add`: a run variable, or contact.NAME. A template, or a number. */
struct script_value {
	const char *name;
	const struct template *body;
	double number;
};

struct script_values {
	const struct script_value *items;
	size_t count;
};

struct script_answer {
	const char *name, *words; /* the words as they are written */
	struct wordset is;
	enum match_mode match;
	struct script_target go;
	struct script_values set, add;
	struct script_text say;
	unsigned line;
};

struct script_answers {
	const struct script_answer *items;
	size_t count;
	unsigned line;
};

struct script_case {
	const char *name;
	const struct expr *cond; /* NULL: else */
	struct script_target go;
	unsigned line;
};

struct script_variant {
	const char *name;
	int64_t share;
	struct script_text say;
	unsigned line;
};

struct script_retry {
	int64_t max;
	struct script_text say;
	struct script_target then;
	unsigned line; /* 0: absent, as below */
};

struct script_timeout {
	int64_t after, max; /* max nudges; -1 not said: 1 with a nudge */
	struct script_text nudge;
	struct script_target then;
	unsigned line;
};

struct script_consent {
	const char *grant, *deny, *list, *method, *reason;
	const char *wording; /* names of steps */
	bool night;
	unsigned line;
};

struct script_lookup {
	const char *use, *query, *into;
	const struct template *const *args;
	size_t arg_count;
	int64_t timeout, cache;
	unsigned line;
};

struct script_on {
	struct script_target none, one, many, error;
	unsigned line;
};

struct script_handoff {
	const char *queue, *priority;
	const struct template *topic, *note;
	struct script_text open, closed;
	int64_t unclaimed_after, unclaimed_max;
	struct script_text unclaimed_say;
	const char *page;
	unsigned line;
};

struct script_wait {
	int64_t wait_for, reply; /* 0: not said */
	const char *until;       /* "10:00", "order.eta 10:00", "thu 12:00" */
	const char *event;
	unsigned line;
};

struct script_winner {
	const char *by;
	int64_t min_each, sure, stop;
	unsigned line;
};

enum step_verb { VERB_NONE, VERB_ASK, VERB_WAIT, VERB_LOOKUP, VERB_HANDOFF, VERB_SPLIT };

struct step {
	const char *name, *was;
	unsigned line;
	enum step_verb verb;
	enum message_class cls;
	const char *basis;
	const struct expr *cond;
	unsigned cond_line;
	const struct template *note;

	struct script_consent consent;
	struct script_text say;
	const struct script_variant *variants;
	size_t variant_count;
	struct script_winner winner;

	struct script_text ask;
	struct script_answers answers;
	struct answer_accept accept;
	bool accepts; /* `accept` was given */
	const char *choose;
	int64_t fuzzy, once;
	struct script_target other, none;
	struct script_retry retry;
	struct script_timeout timeout;

	const struct script_case *cases;
	size_t case_count;
	struct script_lookup lookup;
	struct script_on on;
	struct script_handoff handoff;
	struct script_wait wait;

	struct script_values set, add;
	const char *save, *score, *tag, *untag, *emit, *webhook;
	const char *start, *reopen, *end;
	unsigned start_line;
	struct script_target go;
};

struct script_keywords {
	const char *words; /* as they are written */
	struct wordset set;
	enum match_mode match;
	int64_t rank;
	const struct expr *unless;
	struct script_target otherwise; /* `else` */
	const char *from;
	unsigned line;
};

/* What makes a run of a journey leave or pause. */
struct script_exit {
	const char *name, *event, *mark, *mode;
	const struct expr *cond;
	int64_t give_up;
	unsigned line;
};

struct script_journey {
	struct {
		const char *event, *date, *keyword;
		const struct expr *segment, *cond;
		int64_t settle, before, after;
		unsigned line;
	} trigger;
	const char *key;
	struct {
		int64_t after, max, per;
	} again;
	const struct script_exit *exits;
	size_t exit_count;
	struct {
		const char *hours, *days, *tz;
		int64_t spread;
	} window;
	struct {
		int64_t drop_after;
		const char *since;
		bool recheck;
	} late;
	struct {
		const char *group, *on_hit;
	} cap;
	int64_t holdout;
	struct {
		const char *event, *credit;
		int64_t within;
	} goal;
	const char *busy;
};

struct script {
	struct arena arena;
	const char *id, *file; /* the id is the file's name without .cfg */
	char hash[17];         /* of the file's bytes: what a consent record cites */
	const char *title;
	bool is_journey;
	enum message_class cls;
	const char *basis;
	unsigned line;
	struct script_keywords start; /* line 0: none */
	struct wordset restart, leave;
	int64_t expire_after;
	struct script_target expire_then;
	bool pin;
	struct script_journey journey;
	struct step *steps;
	size_t step_count;
};

/* Is this text a script (has it a dialog or a journey)? For files of unknown kind. */
bool script_recognise(const char *path);
/* 0 and a script for script_free(); -EINVAL or -errno with file, line and sentence. */
int script_load(const char *path, struct script **ret, struct strbuf *err) MUST_USE;
int script_parse(const char *path, const char *text, size_t len, struct script **ret,
	struct strbuf *err) MUST_USE;
void script_free(struct script *s);

/* The index of a step by its name, else by what it `was`; -1. */
int script_step(const struct script *s, const char *name);
/* The text for a language: that one, else `fallback`, else the first. NULL when absent.
 */
const struct template *
script_text_for(const struct script_text *t, const char *lang, const char *fallback);
/* Has it a consent by double opt-in? */
bool script_opts_in(const struct script *s);

/* All scripts that are loaded; several versions of one id where runs are pinned, the
 * newest first. Does not own them. */
struct script_set {
	const struct script **scripts;
	size_t count;
};

/* The newest of that id; or that very version if it is pinned and still there. */
const struct script *
script_find(const struct script_set *set, const char *id, const char *hash);

#endif
