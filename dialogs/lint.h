/* What is grammatical but unwise, or a trap for the customer. Errors keep a script from
 * being loaded; warnings are said and left to the author. */
#ifndef MALGIL_DIALOGS_LINT_H
#define MALGIL_DIALOGS_LINT_H

#include "dialogs/rules.h"
#include "dialogs/script.h"

struct lint_found {
	bool error;
	const char *sentence; /* "FILE:LINE: ..." */
};

struct lint {
	struct arena arena;
	struct lint_found *found;
	size_t count, errors;
};

/* Judges one script among its siblings (`set`, which may be the script alone). */
void lint_script(struct lint *l, const struct script *s, const struct script_set *set,
	const struct rules *rules);
/* What only shows across scripts: the same keyword at the same rank, circles of `start`.
 */
void lint_set(struct lint *l, const struct script_set *set);
void lint_done(struct lint *l);

#endif
