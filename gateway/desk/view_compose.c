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
	case WRITE_NEW:
		strbuf_printf(
			out, SAID(d, NEW_TO), phrase_word(d->language, c->cls), c->who);
		break;
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
		strbuf_printf(out,
			p->segments == 1 ? SAID(d, SEGMENT) : SAID(d, SEGMENTS),
			p->segments, p->encoding);
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

/* Over as many rows as it takes, the last one above `row`. Returns the first. */
static int
draw_words(struct grid *g, int row, int top, const char *text, size_t len)
{
	size_t from[4], shown[4], at = 0;
	int rows = 0;
	for (; at < len && rows < 4 && row - rows > top; rows++) {
		from[rows] = at;
		at += cells_row(text + at, len - at, MAX(g->cols - 2, 2), &shown[rows]);
	}
	for (int i = 0; i < rows; i++)
		grid_put_n(g, row - rows + i, 1, g->cols, STYLE_DIM, text + from[i],
			shown[i]);
	return row - rows;
}

static void
draw_objection(
	const struct desk *d, struct grid *g, int row, const struct plan_gate *gate)
{
	char when[24];
	bool waits = *gate->until;
	int col = grid_printf(g, row, 1, g->cols, STYLE_WARN, "%s %s: %s",
		waits ? "\xE2\x97\xB7" : "\xE2\x9C\x97",
		phrase_gate(d->language, gate->name), gate->rule);
	if (waits)
		grid_printf(g, row, col + 1, g->cols, STYLE_WARN, "(%s)",
			clock_iso(d, gate->until, when));
}

/* Of a text nobody asked for, every gate: those that object each with its reason, the
 * others by their names, upwards from `row`. Returns the first row it took. */
static int
draw_gates(const struct desk *d, struct grid *g, int row, int top)
{
	const struct plan *p = &d->compose.plan;
	struct strbuf lets AUTO(strbuf_done) = STRBUF_INIT(1024);
	if (d->compose.kind != WRITE_NEW || !p->known || !d->compose.editor.text.len)
		return row;
	for (size_t i = 0; i < p->gate_count; i++)
		if (p->gates[i].lets)
			strbuf_printf(&lets, "%s%s", lets.len ? ", " : "\xE2\x9C\x93 ",
				phrase_gate(d->language, p->gates[i].name));
	row = draw_words(g, row, top, lets.s, lets.len);
	for (size_t i = p->gate_count; i-- && row > top;)
		if (!p->gates[i].lets)
			draw_objection(d, g, --row, &p->gates[i]);
	return row;
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
	box.end_row = draw_gates(d, g, line - 1, box.row + 2);
	return box;
}
