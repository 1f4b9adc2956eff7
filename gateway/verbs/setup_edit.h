/* One setting of a configuration changed where it stands, and nothing else of the file:
 * its owner's comments and order stay. Pure. */
#ifndef MALGIL_VERBS_SETUP_EDIT_H
#define MALGIL_VERBS_SETUP_EDIT_H

#include "gateway/base/strbuf.h"

/* The end of a comment or a quoted text that begins at p; p itself when none does. */
const char *setup_past_quiet(const char *p);
/* The end of the setting that begins at p, its line's rest included. */
const char *setup_end_of_setting(const char *p);
/* "text" in quotes as libconfig reads it. */
void setup_quoted(struct strbuf *out, const char *text);

/* Sets the text at `path` (names from the top, NULL ends it), "" takes it away. A setting
 * that is not there is put at the beginning of its group. False: a group on the way is
 * not there, or the value is no text; nothing was changed. */
bool setup_edit(struct strbuf *text, const char *const *path, const char *value);

#endif
