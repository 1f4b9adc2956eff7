/* What the files of `malgil setup` share: the answers, where they come from, and what is
 * made of them. */
#ifndef MALGIL_VERBS_SETUP_H
#define MALGIL_VERBS_SETUP_H

#include "gateway/core/config.h"
#include "gateway/verbs/verbs.h"

enum setup_question {
	SETUP_SHOP,
	SETUP_COUNTRY,
	SETUP_ZONE,
	SETUP_HOURS,
	SETUP_LUNCH,
	SETUP_REPLY,
	SETUP_MODEM,
	SETUP_PIN,
	SETUP_OWNER,
	SETUP_OPTOUT, /* the 080 number */
	SETUP_STAFF,
	SETUP_QUESTIONS,
};

struct setup {
	const struct verb_args *args;
	const char *path;               /* of the configuration, absolute */
	char dir[3072];                 /* it lies in */
	struct config *old;             /* NULL: there is none, or it cannot be read */
	char *old_text;                 /* NULL: there is none */
	bool korean, asks;              /* asks: nobody gave a file of answers */
	char *answers[SETUP_QUESTIONS]; /* "" none */
	char *before[SETUP_QUESTIONS];  /* as it was */
	char channel[64];               /* the modem's */
};

const char *setup_name(enum setup_question q);
/* One of two sentences. */
const char *setup_say(const struct setup *s, const char *en, const char *ko);

/* setup_ask.c: from the person, or from a file; what was there is the default. 0, or an
 * exit code after printing why. */
int setup_defaults(struct setup *s);
int setup_ask_all(struct setup *s);
int setup_read_answers(struct setup *s, const char *file);

/* setup_write.c: all or nothing. */
int setup_write(struct setup *s);

/* setup_try.c: with the gateway, one of its own when none runs: the staff are entered,
 * and the owner gets a text. */
int setup_try(struct setup *s);
/* Does a gateway answer there? */
bool setup_is_running(const struct config *config);

#endif
