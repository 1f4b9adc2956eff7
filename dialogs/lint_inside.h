/* What the files of the linter share: lint.c judges steps and scripts, lint_flow.c where
 * they lead, lint_texts.c what they say. Nobody else includes this. */
#ifndef MALGIL_DIALOGS_LINT_INSIDE_H
#define MALGIL_DIALOGS_LINT_INSIDE_H

#include "dialogs/lint.h"

struct checker {
	struct lint *l;
	const struct script *s;
	const struct script_set *set;
	const struct rules *rules;
};

void
lint_fail(const struct checker *c, unsigned line, const char *fmt, ...) PRINTF_LIKE(3, 4);
void
lint_warn(const struct checker *c, unsigned line, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* lint_flow.c */
void lint_reach(const struct checker *c);
void lint_circles(const struct checker *c);

/* lint_heard.c; what is NULL is nothing */
void lint_event(const struct checker *c, unsigned line, const char *event);
void lint_field(const struct checker *c, unsigned line, const char *path);
void lint_heard(const struct checker *c);

/* lint_texts.c */
void lint_template(
	const struct checker *c, unsigned line, const struct template *t, bool customer);
void lint_text(const struct checker *c, const struct script_text *t);
void lint_cond(const struct checker *c, unsigned line, const struct expr *e);
void lint_lookup(const struct checker *c, const struct step *p);
void lint_class(const struct checker *c, const struct step *p,
	const struct script_text *t, bool review);
/* Is the script about an opinion, which nothing may be offered for? */
bool lint_asks_for_review(const struct script *s);

#endif
