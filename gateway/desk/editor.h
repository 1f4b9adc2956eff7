/* A text being written: bytes, a cursor between two characters, and what keys do to it.
 * Knows nothing of screens except how rows break. Pure. */
#ifndef MALGIL_DESK_EDITOR_H
#define MALGIL_DESK_EDITOR_H

#include "gateway/desk/cells.h"

/* 255 segments of Hangul and air: no text that could be sent is longer. */
#define EDITOR_MAX (48u * 1024)

struct editor {
	struct strbuf text;
	size_t cursor; /* bytes */
};

void editor_init(struct editor *e);
void editor_done(struct editor *e);
void editor_set(struct editor *e, const char *text); /* the cursor at its end */
/* At the cursor, line breaks as '\n' and what no text may hold left out. False, and
 * nothing inserted, when it would become too long. */
bool editor_insert(struct editor *e, const char *text, size_t len) MUST_USE;
void editor_backspace(struct editor *e);
void editor_delete(struct editor *e);
void editor_left(struct editor *e);
void editor_right(struct editor *e);
void editor_home(struct editor *e); /* of the line */
void editor_end(struct editor *e);
void editor_up(struct editor *e, int width);
void editor_down(struct editor *e, int width);
void editor_kill_word(struct editor *e);
void editor_kill_line(struct editor *e); /* all before the cursor on its line */

/* What a key by its name does to the line. False when it means nothing here. */
bool editor_edit(struct editor *e, const char *key);

/* Where the cursor is when rows are `width` cells wide; *ret_rows: how many there are. */
void editor_place(
	const struct editor *e, int width, int *ret_row, int *ret_col, int *ret_rows);

#endif
