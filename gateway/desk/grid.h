/* The screen as rows of cells, each with what stands in it and how it looks. Everything
 * the desk shows is drawn here first; a terminal or a test takes it from here. Pure. */
#ifndef MALGIL_DESK_GRID_H
#define MALGIL_DESK_GRID_H

#include "gateway/desk/cells.h"

/* What a cell means, not what colour it has: themes know that. */
enum style {
	STYLE_PLAIN,
	STYLE_DIM,
	STYLE_BOLD,
	STYLE_BAR, /* the lines at the top and above the prompt */
	STYLE_SELECTED,
	STYLE_THEIRS, /* what the customer wrote */
	STYLE_OURS,
	STYLE_NOTE, /* not seen by the customer */
	STYLE_GOOD,
	STYLE_WARN,
	STYLE_BAD,
	STYLE_KEY,
	STYLE_COUNT,
};

struct cell {
	char text[GLYPH_BYTES];
	uint8_t width; /* 0: the right half of the one before */
	uint8_t style;
};

struct grid {
	int rows, cols;
	int cursor_row, cursor_col; /* -1: none */
	struct cell *cells;
};

void grid_done(struct grid *g);
/* Blank, of that size. */
void grid_reset(struct grid *g, int rows, int cols);
static inline struct cell *
grid_at(const struct grid *g, int row, int col)
{
	return &g->cells[row * g->cols + col];
}

/* Draws on one row from `col` up to before `end`; what does not fit is cut with a sign.
 * Returns the column after. Outside the grid nothing is drawn. */
int
grid_put(struct grid *g, int row, int col, int end, enum style style, const char *text);
int grid_printf(struct grid *g, int row, int col, int end, enum style style,
	const char *fmt, ...) PRINTF_LIKE(6, 7);
/* The same without a sign for what is cut: for rows that were measured. */
int grid_put_n(struct grid *g, int row, int col, int end, enum style style,
	const char *text, size_t len);
/* So that the text ends before `end`. Returns its first column. */
int grid_put_right(
	struct grid *g, int row, int from, int end, enum style style, const char *text);
/* Restyles cells, drawing nothing. */
void grid_paint(struct grid *g, int row, int col, int end, enum style style);

/* As text, blanks at the ends of rows left out, a line for each row. */
void grid_dump(const struct grid *g, struct strbuf *out);

#endif
