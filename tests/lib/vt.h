/* A terminal that only looks: bytes go in as a person's terminal would get them, and the
 * screen they make can be read. It knows what ncurses says to an xterm and nothing else;
 * whatever it does not know is written down as strange, so that nothing slips through.
 * Widths are the C library's, not the desk's own. */
#ifndef MALGIL_TESTS_VT_H
#define MALGIL_TESTS_VT_H

#include "gateway/base/strbuf.h"

struct vt_cell {
	char text[40];
	uint8_t width; /* 0: the right half of the one before */
	bool coloured;
};

struct vt {
	int rows, cols, row, col, top, bottom;
	int saved_row, saved_col;
	bool wrap; /* the next character begins a new row */
	bool cursor, colour, pasting;
	struct vt_cell *cells;
	char seq[64]; /* being read */
	size_t seq_len;
	char last[8];          /* for repeating */
	struct strbuf strange; /* what is not known, one a line */
	size_t bytes;
	int bells;
};

void vt_init(struct vt *v, int rows, int cols);
void vt_done(struct vt *v);
void vt_resize(struct vt *v, int rows, int cols);
void vt_feed(struct vt *v, const char *bytes, size_t len);
/* Rows without the blanks at their ends. */
void vt_dump(const struct vt *v, struct strbuf *out);

#endif
