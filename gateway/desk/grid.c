#include "gateway/desk/grid.h"

#include <stdlib.h>
#include <string.h>

#define CUT "\xE2\x80\xA6"

void
grid_done(struct grid *g)
{
	free(g->cells);
	*g = (struct grid){.rows = 0};
}

void
grid_reset(struct grid *g, int rows, int cols)
{
	if (rows != g->rows || cols != g->cols) {
		free(g->cells);
		g->cells = xcalloc((size_t)rows * (size_t)cols, sizeof(*g->cells));
		g->rows = rows;
		g->cols = cols;
	}
	for (int i = 0; i < rows * cols; i++)
		g->cells[i] = (struct cell){.text = " ", .width = 1};
	g->cursor_row = g->cursor_col = -1;
}

static void
set_cell(struct grid *g, int row, int col, const struct glyph *glyph, enum style style)
{
	struct cell *c = grid_at(g, row, col);
	memcpy(c->text, glyph->text, sizeof(c->text));
	c->width = glyph->width;
	c->style = (uint8_t)style;
	if (glyph->width == 2)
		c[1] = (struct cell){.width = 0, .style = (uint8_t)style};
}

/* A wide character whose other half is drawn over leaves a blank. */
static void
mend(struct grid *g, int row, int col, int end)
{
	if (col > 0 && col < g->cols && grid_at(g, row, col)->width == 0)
		*grid_at(g, row, col - 1) = (struct cell){.text = " ", .width = 1};
	if (end < g->cols && grid_at(g, row, end)->width == 0)
		*grid_at(g, row, end) = (struct cell){.text = " ", .width = 1};
}

int
grid_put_n(struct grid *g, int row, int col, int end, enum style style, const char *text,
	size_t len)
{
	end = MIN(end, g->cols);
	if (row < 0 || row >= g->rows || col < 0 || col >= end)
		return col;
	int from = col;
	for (size_t at = 0; at < len;) {
		struct glyph glyph;
		at += glyph_next(text + at, len - at, &glyph);
		if (glyph.newline || !glyph.width)
			continue;
		if (col + glyph.width > end)
			break;
		if (col == from)
			mend(g, row, col, col);
		mend(g, row, g->cols, col + glyph.width);
		set_cell(g, row, col, &glyph, style);
		col += glyph.width;
	}
	return col;
}

int
grid_put(struct grid *g, int row, int col, int end, enum style style, const char *text)
{
	struct strbuf line AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	end = MIN(end, g->cols);
	if (col >= end)
		return col;
	cells_clean(text, &line);
	if (cells_width(line.s) <= end - col)
		return grid_put_n(g, row, col, end, style, line.s, line.len);
	col = grid_put_n(g, row, col, end - 1, style, line.s, line.len);
	return grid_put_n(g, row, col, end, style, CUT, strlen(CUT));
}

int
grid_printf(
	struct grid *g, int row, int col, int end, enum style style, const char *fmt, ...)
{
	struct strbuf line AUTO(strbuf_done) = STRBUF_INIT(16 * 1024);
	va_list ap;
	va_start(ap, fmt);
	strbuf_vprintf(&line, fmt, ap);
	va_end(ap);
	return grid_put(g, row, col, end, style, line.s);
}

int
grid_put_right(
	struct grid *g, int row, int from, int end, enum style style, const char *text)
{
	int col = MAX(from, MIN(end, g->cols) - cells_width(text));
	grid_put(g, row, col, end, style, text);
	return col;
}

void
grid_paint(struct grid *g, int row, int col, int end, enum style style)
{
	if (row < 0 || row >= g->rows)
		return;
	for (col = MAX(col, 0); col < MIN(end, g->cols); col++)
		grid_at(g, row, col)->style = (uint8_t)style;
}

void
grid_dump(const struct grid *g, struct strbuf *out)
{
	for (int row = 0; row < g->rows; row++) {
		int last = g->cols;
		while (last && !strcmp(grid_at(g, row, last - 1)->text, " "))
			last--;
		for (int col = 0; col < last; col++)
			strbuf_puts(out, grid_at(g, row, col)->text);
		strbuf_putc(out, '\n');
	}
}
