/* Who takes an inbound text: the order of LANGUAGE's "inbound order" after the loop
 * guard, as a pure decision. Used by the daemon's handler and by the rehearsal alike. */
#ifndef MALGIL_DIALOGS_ROUTE_H
#define MALGIL_DIALOGS_ROUTE_H

#include "dialogs/rules.h"
#include "dialogs/step.h"

enum route_kind {
	ROUTE_STOP,
	ROUTE_MUTED,  /* a ticket is open: staff read it, the bot is silent */
	ROUTE_ANSWER, /* the waiting question takes it */
	ROUTE_START,  /* a stopped customer comes back: `script` is the opt-in dialog, or
			 NULL */
	ROUTE_HELP,
	ROUTE_KEYWORD,  /* `script` starts; a waiting run ends as `interrupted` */
	ROUTE_COURTESY, /* thanks after a close: silence */
	ROUTE_OTHER,    /* the waiting question's `other` or `retry` */
	ROUTE_CATCHALL,
};

struct route_facts {
	const struct script_set *set;
	const struct run *run; /* the dialog in progress, NULL none */
	const struct step_env *env;
	const struct rules *rules;
	const char *channel;
	bool stopped, ticket_open;
	int64_t closed_at; /* when a ticket or a dialog last ended, 0 never */
};

struct route {
	enum route_kind kind;
	const struct script *script;
};

struct route route_text(const struct route_facts *facts, const char *text);

/* The script a text starts by its keywords: highest rank first. NULL none. */
const struct script *
route_keyword(const struct script_set *set, const char *normalised, const char *channel);

#endif
