/* Who takes an inbound text that is no consent word (core/consent_words.h): the rest of
 * the inbound order, as a pure decision. Used by the daemon's handler and by the
 * rehearsal alike. */
#ifndef MALGIL_DIALOGS_ROUTE_H
#define MALGIL_DIALOGS_ROUTE_H

#include "dialogs/step.h"
#include "gateway/core/packs.h"
#include "gateway/core/policy.h"

enum route_kind {
	ROUTE_MUTED,    /* a ticket is open: staff read it, the bot is silent */
	ROUTE_ANSWER,   /* the waiting question takes it */
	ROUTE_KEYWORD,  /* `script` starts; a waiting run ends as `interrupted` */
	ROUTE_COURTESY, /* thanks after a close: silence */
	ROUTE_OTHER,    /* the waiting question's `other` or `retry` */
	ROUTE_CATCHALL,
};

struct route_facts {
	const struct script_set *set;
	const struct run *run; /* the dialog in progress, NULL none */
	const struct step_env *env;
	const struct policy *policy;
	const struct pack *pack; /* of the person who writes */
	const char *channel;
	bool ticket_open;
	int64_t closed_at; /* when a ticket or a dialog last ended, 0 never */
};

struct route {
	enum route_kind kind;
	const struct script *script;
};

struct route route_text(const struct route_facts *facts, const char *text);

/* The dialog that asks for a consent, the one to begin when somebody who had stopped
 * comes back by a START word. NULL: there is none. */
const struct script *route_opt_in(const struct script_set *set);
/* The script a text starts by its keywords: highest rank first. NULL none. */
const struct script *
route_keyword(const struct script_set *set, const char *normalised, const char *channel);

#endif
