/* A thread, its newest line at the bottom. Rows are counted once for a width, so a thread
 * of thousands costs no more than the screen. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/desk/view.h"
#include "gateway/text/zone.h"

#define MARGIN 6 /* "14:03 " */

struct look {
	enum style style;
	const char *sign;
};

static struct look
look_of(const struct line *l)
{
	switch (l->kind) {
	case LINE_THEIRS: return (struct look){STYLE_THEIRS, "\xE2\x97\x82 "};
	case LINE_OURS: return (struct look){STYLE_OURS, "\xE2\x96\xB8 "};
	case LINE_NOTE: return (struct look){STYLE_NOTE, "# "};
	case LINE_LOG: break;
	}
	return (struct look){STYLE_DIM, "- "};
}

/* Of what was done: a word of the program's, or one that somebody chose. */
static void
write_detail(const struct desk *d, const struct line *l, struct strbuf *out)
{
	char word[40];
	if (!l->len || l->len >= sizeof(word)) {
		strbuf_add(out, l->text, l->len);
		return;
	}
	memcpy(word, l->text, l->len);
	word[l->len] = '\0';
	strbuf_puts(out, phrase_word(d->language, word));
}

/* What stands before and after the text: who, and what became of it. */
static void
write_line(const struct desk *d, const struct line *l, struct strbuf *out)
{
	if (l->kind == LINE_OURS && *l->by)
		strbuf_printf(out, "%s: ", l->by);
	if (l->kind == LINE_NOTE)
		strbuf_printf(out, "%s %s: ", SAID(d, NOTE), l->by);
	if (l->kind == LINE_LOG)
		strbuf_printf(out, "%s%s%s%s", phrase_word(d->language, l->what),
			*l->by ? " " : "", l->by, l->len ? ": " : "");
	if (l->kind == LINE_LOG)
		write_detail(d, l, out);
	else
		strbuf_add(out, l->text, l->len);
	if (l->kind == LINE_OURS)
		strbuf_printf(out, "  [%s]", phrase_word(d->language, l->state));
}

static int
text_cols(struct box box)
{
	return MAX(box.end_col - box.col - MARGIN - 3, 8);
}

/* Days since 1970 on the shop's calendar. */
static int64_t
day_of(const struct desk *d, int64_t at)
{
	return (at + zone_offset(d->zone, at)) / DAY;
}

/* Does a day begin here that is not the one before, and (for the first line) not today?
 */
static bool
begins_day(const struct desk *d, size_t i)
{
	const struct line *l = &d->thread.lines[i];
	return day_of(d, l->at) != day_of(d, i ? l[-1].at : d->now);
}

static int
count_rows(const struct desk *d, const struct line *l, int width)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(128 * 1024);
	int rows = begins_day(d, (size_t)(l - d->thread.lines));
	write_line(d, l, &text);
	if (!text.len)
		rows++;
	for (size_t at = 0, shown; at < text.len; rows++)
		at += cells_row(text.s + at, text.len - at, width, &shown);
	return rows;
}

static void
draw_day(const struct desk *d, struct grid *g, struct box box, int row, int64_t at)
{
	char iso[ISO_MAX];
	iso_format(at, zone_offset(d->zone, at), iso);
	if (row >= box.row && row < box.end_row)
		grid_printf(g, row, box.col + MARGIN, box.end_col, STYLE_BOLD,
			"\xE2\x94\x80\xE2\x94\x80 %.10s \xE2\x94\x80\xE2\x94\x80", iso);
}

static void
draw_line(const struct desk *d, struct grid *g, struct box box, int row,
	const struct line *l)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(128 * 1024);
	struct look look = look_of(l);
	char when[24];
	int width = text_cols(box);
	write_line(d, l, &text);
	if (begins_day(d, (size_t)(l - d->thread.lines)))
		draw_day(d, g, box, row++, l->at);
	if (row >= box.row && row < box.end_row) {
		const char *clock = clock_text(d, l->at, when); /* the day stands above */
		grid_put(g, row, box.col, box.col + MARGIN, STYLE_DIM,
			clock + MAX((int)strlen(clock) - 5, 0));
		grid_put(g, row, box.col + MARGIN, box.end_col, look.style, look.sign);
	}
	for (size_t at = 0, shown; at < text.len; row++) {
		size_t n = cells_row(text.s + at, text.len - at, width, &shown);
		if (row >= box.row && row < box.end_row)
			grid_put_n(g, row, box.col + MARGIN + 2, box.end_col, look.style,
				text.s + at, shown);
		at += n;
	}
}

static int
rows_of(struct desk *d, struct line *l, int width)
{
	if (!l->rows)
		l->rows = count_rows(d, l, width);
	return l->rows;
}

/* How many rows from the end are known; no further back than `wanted`. */
static int
measure(struct desk *d, int width, int wanted)
{
	struct thread *t = &d->thread;
	int rows = 0;
	if (t->width != width)
		for (size_t i = 0; i < t->count; i++)
			t->lines[i].rows = 0;
	t->width = width;
	for (size_t i = t->count; i-- > 0 && rows < wanted;)
		rows += rows_of(d, &t->lines[i], width);
	return rows;
}

static void
want_older(struct desk *d)
{
	struct thread *t = &d->thread;
	if (!t->older || d->busy[WANT_OLDER] || d->link != LINK_UP || !t->count)
		return;
	desk_want(d, WANT_OLDER, t->ticket.id, "GET", NULL,
		"/v1/tickets/%s?limit=%d&before=%s", t->ticket.id, THREAD_OLDER,
		t->lines[0].id);
}

static void
draw_lines(struct desk *d, struct grid *g, struct box box)
{
	struct thread *t = &d->thread;
	int height = box.end_row - box.row, width = text_cols(box);
	measure(d, width, 1);
	for (; t->fresh && t->fresh <= t->count; t->fresh--) /* what is read stays put */
		t->scroll += rows_of(d, &t->lines[t->count - t->fresh], width);
	t->fresh = 0;
	int known = measure(d, width, t->scroll + height);
	if (known < t->scroll + height)
		want_older(d);
	t->scroll = MAX(0, MIN(t->scroll, known - height));
	int row = box.end_row + t->scroll;
	if (known < height)
		row = box.row + known;
	for (size_t i = t->count; i-- > 0 && row > box.row;) {
		row -= rows_of(d, &t->lines[i], width);
		if (row < box.end_row)
			draw_line(d, g, box, row, &t->lines[i]);
	}
}

/* ---- the two lines above: who it is, who has it, what may be sent ---- */

static enum phrase
promotions(const struct pane *p)
{
	if (!strcmp(p->stopped, "all"))
		return P_ALL_STOPPED;
	if (*p->stopped)
		return P_PROMO_STOPPED;
	return p->agreed ? P_PROMO_YES : P_PROMO_NO;
}

static void
write_present(const struct desk *d, const char *id, struct strbuf *out)
{
	for (size_t i = 0; i < d->present_count; i++) {
		const struct presence *p = &d->present[i];
		if (strcmp(p->ticket, id) != 0 || !strcmp(p->agent, d->me))
			continue;
		strbuf_puts(out, " \xC2\xB7 ");
		strbuf_printf(out, phrase(d->language, p->typing ? P_TYPING : P_VIEWING),
			p->agent);
	}
}

static void
draw_head(struct desk *d, struct grid *g, struct box box)
{
	struct strbuf line AUTO(strbuf_done) = STRBUF_INIT(4096);
	const struct ticket *t = &d->thread.ticket;
	const struct pane *p = &d->pane;
	bool known = p->known && !strcmp(p->phone, t->phone);
	const char *name = known && *p->name ? p->name : t->name;
	int col = grid_put(g, box.row, box.col, box.end_col, STYLE_BOLD, t->phone);
	col = grid_put(g, box.row, col + (*name != 0), box.end_col, STYLE_BOLD, name);
	strbuf_printf(&line, "%s%s \xC2\xB7 %s", " \xC2\xB7 ",
		*t->topic ? phrase_word(d->language, t->topic) : "-",
		*t->agent ? t->agent : SAID(d, NOBODY));
	write_present(d, t->id, &line);
	grid_put(g, box.row, col, box.end_col, STYLE_PLAIN, line.s);
	strbuf_reset(&line);
	char clock[32];
	enum style style = ticket_clock(d, t, clock);
	col = grid_put(g, box.row + 1, box.col, box.end_col, style, clock);
	col = grid_put(g, box.row + 1, col, box.end_col, STYLE_DIM, " \xC2\xB7 ");
	if (t->shelf == IN_CLOSED)
		strbuf_printf(&line, "%s \xC2\xB7 ", t->outcome);
	strbuf_puts(&line, t->muted ? SAID(d, BOT_SILENT) : SAID(d, BOT_LIVE));
	if (known)
		strbuf_printf(&line, " \xC2\xB7 %s", phrase(d->language, promotions(p)));
	if (known && p->blocked)
		strbuf_printf(&line, " \xC2\xB7 %s", SAID(d, BLOCKED));
	if (t->priority == PRIORITY_URGENT)
		strbuf_puts(&line, " \xC2\xB7 !");
	if (known && p->tags.len)
		strbuf_printf(&line, " \xC2\xB7 %s", p->tags.s);
	grid_put(g, box.row + 1, col, box.end_col,
		known && *p->stopped ? STYLE_WARN : STYLE_DIM, line.s);
}

void
view_thread(struct desk *d, struct grid *g, struct box box)
{
	draw_head(d, g, box);
	box.row += 2;
	if (box.row >= box.end_row)
		return;
	if (d->thread.loaded)
		draw_lines(d, g, box);
	else
		grid_put(g, box.row, box.col + 2, box.end_col, STYLE_DIM,
			SAID(d, LOADING));
}

/* ---- the customer ---- */

static int
draw_fact(struct grid *g, struct box box, int row, const char *name, const char *value)
{
	if (row >= box.end_row)
		return row;
	int col = grid_put(g, row, box.col, box.end_col, STYLE_DIM, name);
	grid_put(g, row, col + 1, box.end_col, STYLE_PLAIN, value);
	return row + 1;
}

static int
draw_title(struct grid *g, struct box box, int row, const char *name, const char *none)
{
	if (row + 1 >= box.end_row)
		return box.end_row;
	int col = grid_put(g, row + 1, box.col, box.end_col, STYLE_BOLD, name);
	if (none)
		grid_put(g, row + 1, col + 1, box.end_col, STYLE_DIM, none);
	return row + 2;
}

static int
draw_rows(const struct desk *d, struct grid *g, struct box box, int row,
	const struct pane_row *rows, size_t count, bool times)
{
	char when[24];
	for (size_t i = 0; i < count && row < box.end_row; i++, row++) {
		int col = grid_put(g, row, box.col + 1, box.end_col, STYLE_PLAIN,
			times ? clock_iso(d, rows[i].a, when) : rows[i].a);
		grid_put(g, row, col + 1, box.end_col, STYLE_DIM, rows[i].b);
	}
	return row;
}

void
view_pane(struct desk *d, struct grid *g, struct box box)
{
	const struct pane *p = &d->pane;
	const char *none = SAID(d, NONE);
	char when[24];
	int row = box.row;
	if (!p->known) {
		grid_put(g, row, box.col, box.end_col, STYLE_DIM, SAID(d, LOADING));
		return;
	}
	row = draw_fact(g, box, row, SAID(d, PANE_NAME), *p->name ? p->name : "-");
	row = draw_fact(g, box, row, SAID(d, PANE_TAGS), p->tags.len ? p->tags.s : "-");
	row = draw_fact(
		g, box, row, SAID(d, PANE_CONSENT), phrase(d->language, promotions(p)));
	row = draw_fact(g, box, row, SAID(d, PANE_SCRIPT), *p->script ? p->script : none);
	row = draw_title(g, box, row, SAID(d, PANE_ORDERS), p->order_count ? NULL : none);
	row = draw_rows(d, g, box, row, p->orders, p->order_count, false);
	row = draw_title(g, box, row, SAID(d, PANE_SENT), p->sent_count ? NULL : none);
	row = draw_rows(d, g, box, row, p->sent, p->sent_count, true);
	row = draw_title(g, box, row, SAID(d, PANE_NEXT), *p->next.a ? NULL : none);
	if (*p->next.a && row < box.end_row) {
		grid_put(g, row, box.col + 1, box.end_col, STYLE_PLAIN,
			clock_iso(d, p->next.a, when));
		grid_put(g, row + 1, box.col + 1, box.end_col, STYLE_DIM, p->next.b);
	}
}
