/* The scripts as others show them: what is in use, and what is wrong with one that is
 * not. Plain texts and numbers, so that nobody who looks needs to know the language. */
#ifndef MALGIL_DIALOGS_VIEW_H
#define MALGIL_DIALOGS_VIEW_H

#include "gateway/base/strbuf.h"

struct config;
struct dialogs;

/* Borrowed for the call. */
struct script_view {
	const char *name, *title, *hash, *file; /* title may be NULL */
	bool journey;
	size_t steps;
};
/* The newest version of each script in use. */
void scripts_each(const struct dialogs *dialogs,
	void (*each)(void *arg, const struct script_view *s), void *arg);
bool scripts_one(const struct dialogs *dialogs, const char *name,
	void (*each)(void *arg, const struct script_view *s), void *arg);

struct script_judging {
	const struct config *config; /* of the shop that will use it */
	void (*found)(void *arg, bool error, const char *sentence);
	void *arg;
};
/* Reads a script's text by itself, not among its siblings. True when nothing forbids it.
 */
bool script_judge(const char *text, size_t len, const struct script_judging *how);

#endif
