/* What a text looks like in the cells of a terminal.
 *
 * Texts come from strangers. What leaves here is safe to show anywhere: no control
 * characters, no escape sequences, nothing that turns the direction of writing, nothing
 * that is not UTF-8. What is drawn takes as many cells as said on every terminal: where
 * terminals disagree (people joined to a family, skin colours, the emoji form of a plain
 * sign) the plain form is drawn, which all agree on. Pure. */
#ifndef MALGIL_DESK_CELLS_H
#define MALGIL_DESK_CELLS_H

#include "gateway/base/strbuf.h"

#define GLYPH_BYTES 20

struct glyph {
	char text[GLYPH_BYTES]; /* "" when nothing is drawn */
	uint8_t width;          /* 0, 1 or 2 cells */
	bool newline, blank;
};

/* What the text begins with: what a person takes for one character. Returns its bytes, at
 * least 1; `len` is at least 1. */
size_t glyph_next(const char *text, size_t len, struct glyph *ret);
/* The bytes of the last one before `at`; 0 at the beginning. */
size_t glyph_before(const char *text, size_t at);

/* Cells of the text in one row. */
int cells_width(const char *text);

/* The bytes of `text` that make one row of at most `width` cells (at least 2), the blank
 * or line break that ends it included; `ret_shown` of them are drawn. Breaks between
 * words where there is a blank. */
size_t cells_row(const char *text, size_t len, int width, size_t *ret_shown);

/* The text on one line, safe, with line breaks as a sign; as far as `out` goes. */
void cells_clean(const char *text, struct strbuf *out);

#endif
