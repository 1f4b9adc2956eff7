/* What is being written, and above it what it will cost and whether it may go out. */
#include <stdio.h>
#include <string.h>

#include "gateway/desk/view.h"

#define ROWS_MAX 6

static void
write_title(const struct desk *d, struct strbuf *out)
{
	const struct compose *c = &d->compose;
	switch (c->kind) {
	case WRITE_REPLY: strbuf_printf(out, SAID(d, REPLY_TO), c->who); break;
	case WRITE_NOTE: strbuf_puts(out, SAID(d, NOTE_ON)); break;
	case WRITE_NEW: strbuf_printf(out, SAID(d, NEW_TO), c->cls, c->who); break;
	case WRITE_NONE: break;
	}
}

static void
write_plan(const struct desk *d, struct strbuf *out)
{
	const struct plan *p = &d->compose.plan;
	char when[24];
	if (d->compose.kind == WRITE_NOTE || !d->compose.editor.text.len)
		return;
	if (!p->known) {
		strbuf_puts(out,
			d->link == LINK_UP ? SAID(d, COUNTING) : SAID(d, NOT_COUNTED));
		return;
	}
	bool send = !strcmp(p->verdict, "send"), defer = !strcmp(p->verdict, "defer");
	if (p->segments) {
		strbuf_printf(out, SAID(d, SEGMENTS), p->segments, p->encoding);
		if (*p->cost)
			strbuf_printf(out, SAID(d, COST), p->cost);
		strbuf_puts(out, " \xC2\xB7 ");
	}
	if (send)
		strbuf_puts(out, SAID(d, LEAVES_NOW));
	else if (defer)
		strbuf_printf(
			out, SAID(d, WAITS_FOR), clock_iso(d, p->until, when), p->rule);
	else
		strbuf_printf(out, SAID(d, WILL_NOT_GO), p->rule);
}

static bool
newer(const struct desk *d)
{
	return d->compose.kind == WRITE_REPLY &&
	       strcmp(d->compose.seen, d->thread.newest) != 0;
}

static void
draw_bar(struct desk *d, struct grid *g, int row)
{
	struct strbuf title AUTO(strbuf_done) = STRBUF_INIT(1024);
	struct strbuf plan AUTO(strbuf_done) = STRBUF_INIT(1024);
	enum style style = d->compose.kind == WRITE_NOTE ? STYLE_NOTE : STYLE_BAR;
	write_title(d, &title);
	write_plan(d, &plan);
	grid_paint(g, row, 0, g->cols, style);
	int col = grid_put(g, row, 1, g->cols, style, title.s) + 1;
	if (newer(d)) {
		col = grid_put(g, row, col, g->cols, STYLE_BAD, SAID(d, NEWER_MARK)) + 1;
	}
	if (d->compose.sending)
		plan.len = 0, strbuf_puts(&plan, SAID(d, SENDING));
	int width = cells_width(plan.s);
	if (col + 1 + width < g->cols)
		grid_put_right(g, row, col, g->cols - 1, style, plan.s);
	else
		grid_put(g, row, col + 1, g->cols - 1, style, plan.s);
}

struct box
view_compose(struct desk *d, struct grid *g, struct box box)
{
	const struct editor *e = &d->compose.editor;
	int width = MAX(g->cols - 2, 2), row, col, rows;
	editor_place(e, width, &row, &col, &rows);
	int shown = MAX(1, MIN(MIN(rows, ROWS_MAX), box.end_row - box.row - 4));
	int top = MAX(0, MIN(row - shown / 2, rows - shown));
	int at_row = 0, line = box.end_row - shown;
	draw_bar(d, g, line - 1);
	for (size_t at = 0, n, cut; at < e->text.len && at_row < top + shown;
		at += n, at_row++) {
		n = cells_row(e->text.s + at, e->text.len - at, width, &cut);
		if (at_row >= top)
			grid_put_n(g, line + at_row - top, 1, g->cols, STYLE_PLAIN,
				e->text.s + at, cut);
	}
	if (!d->question.command) {
		g->cursor_row = line + row - top;
		g->cursor_col = MIN(col + 1, g->cols - 1);
	}
	box.end_row = line - 1;
	return box;
}
