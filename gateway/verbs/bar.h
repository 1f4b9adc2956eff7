/* A bar for long work, on standard error when that is a terminal: how far, how fast, how
 * long yet. And a file read whole, which such work begins with. */
#ifndef MALGIL_VERBS_BAR_H
#define MALGIL_VERBS_BAR_H

#include "gateway/verbs/verbs.h"

struct bar {
	const char *what; /* "orders" */
	size_t all;
	int64_t began, shown; /* mono */
};
void bar_begin(struct bar *bar, const char *what, size_t all);
/* Draws at most ten times a second. */
void bar_show(struct bar *bar, size_t done);
void bar_clear(void);

/* A file, or "-", up to the ceiling of `ret`: 0, or an exit code after printing why. */
int read_whole(const struct verb *verb, const char *name, struct strbuf *ret) MUST_USE;

#endif
