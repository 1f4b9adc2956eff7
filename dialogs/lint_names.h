/* Inside of the linter: which names mean something in a script. Nobody else includes
 * this.
 */
#ifndef MALGIL_DIALOGS_LINT_NAMES_H
#define MALGIL_DIALOGS_LINT_NAMES_H

#include "dialogs/script.h"
#include "gateway/base/suggest.h"

/* Does anything give such a name a value, and does it always have one? `filter` may be
 * NULL. */
bool names_known(const struct script *s, const char *path);
bool names_certain(const struct script *s, const char *path, const char *filter);
/* Offers everything that is known. */
void names_suggest(const struct script *s, struct suggest *near);

#endif
