/* A terminal: keys come from it, a grid is shown on it. The one place where a library for
 * terminals is spoken to; nothing else in the desk knows which.
 *
 * What a grid holds is drawn with as few bytes as the terminal's abilities allow. */
#ifndef MALGIL_DESK_TERM_H
#define MALGIL_DESK_TERM_H

#include "gateway/desk/grid.h"
#include "gateway/desk/model.h"

enum theme { THEME_DARK, THEME_LIGHT, THEME_MONO };
/* -EINVAL for an unknown name; "" is by NO_COLOR. */
int theme_parse(const char *name, enum theme *ret) MUST_USE;

struct desk_term;

/* Takes over the terminal of stdin and stdout. -errno with a sentence when it is none, or
 * can do too little. */
int term_open(enum theme theme, bool mouse, struct desk_term **ret,
	struct strbuf *err) MUST_USE;
/* Gives it back as it was. NULL is allowed. */
void term_close(struct desk_term *t);
void term_size(const struct desk_term *t, int *ret_rows, int *ret_cols);
/* After the window changed. */
void term_resize(struct desk_term *t);
void term_draw(struct desk_term *t, const struct grid *g);
void term_redraw(struct desk_term *t); /* everything anew at the next term_draw() */
void term_beep(struct desk_term *t);

#define PASTE_MAX (8u << 20)

/* The next key, if there is one; its text is good until the next call. False when there
 * is none for now; *ret_gone when nobody is there any more. */
bool term_read(struct desk_term *t, struct key *ret, bool *ret_gone);

#endif
