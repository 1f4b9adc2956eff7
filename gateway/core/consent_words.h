/* Which consent word a text is, if any: STOP, START, HELP and what only looks like an
 * opt-out, by the words of one pack and the shop's own. Pure: the daemon, the linter and
 * a rehearsal ask the same question and get the same answer. */
#ifndef MALGIL_CORE_CONSENT_WORDS_H
#define MALGIL_CORE_CONSENT_WORDS_H

#include "gateway/core/packs.h"
#include "gateway/core/policy.h"

enum consent_word {
	CONSENT_NONE,
	CONSENT_STOP,
	CONSENT_START,
	CONSENT_HELP,
	CONSENT_HINT, /* "Stop. Thank you": a person decides */
};

/* `normalised` as text/words.h makes it. */
enum consent_word consent_word(
	const char *normalised, const struct pack *pack, const struct policy *policy);
/* What decides whether a word acts, or is ordinary text. */
struct consent_where {
	bool stopped;     /* the contact opted out */
	bool ticket_open; /* a person is answering them */
	bool asked;       /* a question is open */
	bool answers;     /* and this text is an answer to it */
};
/* The word that acts: itself, or CONSENT_NONE. STOP always does; START where there is
 * something to lift; HELP where nobody has asked or answers them, unless the pack orders
 * it. */
enum consent_word consent_acts(enum consent_word word, const struct pack *pack,
	const struct consent_where *where);
/* Does a STOP word stand in it, particles or not: "구독 해지할게요" asks for less. */
bool consent_asks_less(
	const char *normalised, const struct pack *pack, const struct policy *policy);

#endif
