#include "gateway/desk/view.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/desk/commands.h"
#include "gateway/text/zone.h"

#define PANE_COLS 32
#define WIDE      100 /* from here on the customer stands beside the thread */
#define TINY_ROWS 6
#define TINY_COLS 24

/* ---- times ---- */

const char *
span_text(int64_t ms, char ret[24])
{
	static const struct {
		int64_t unit;
		char sign;
	} units[] = {{DAY, 'd'}, {HOUR, 'h'}, {MINUTE, 'm'}};
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (ms >= 2 * units[i].unit || (i == 2 && ms >= units[i].unit)) {
			int64_t half = i == 2 ? 0 : units[i].unit / 2;
			snprintf(ret, 24, "%lld%c",
				(long long)((ms + half) / units[i].unit), units[i].sign);
			return ret;
		}
	snprintf(ret, 24, "1m");
	return ret;
}

const char *
clock_text(const struct desk *d, int64_t at, char ret[24])
{
	char iso[ISO_MAX], today[ISO_MAX];
	iso_format(at, zone_offset(d->zone, at), iso);
	iso_format(d->now, zone_offset(d->zone, d->now), today);
	if (!at || strlen(iso) < 16)
		snprintf(ret, 24, "--:--");
	else if (!strncmp(iso, today, 10))
		snprintf(ret, 24, "%.5s", iso + 11);
	else
		snprintf(ret, 24, "%.5s %.5s", iso + 5, iso + 11);
	return ret;
}

const char *
clock_iso(const struct desk *d, const char *iso, char ret[24])
{
	int64_t at = 0;
	if (iso_parse(iso, &at, NULL) < 0)
		at = 0;
	return clock_text(d, at, ret);
}

/* ---- the line at the top ---- */

static int
draw_tabs(struct desk *d, struct grid *g)
{
	static const enum phrase names[] = {
		P_INBOX, P_QUEUE, P_CHANNELS, P_CAMPAIGNS, P_REPORT};
	static const enum view views[] = {
		VIEW_INBOX, VIEW_QUEUE, VIEW_CHANNELS, VIEW_CAMPAIGNS, VIEW_REPORT};
	int col = 1;
	bool narrow = g->cols < WIDE;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		bool here = d->view == views[i] ||
			    (d->view == VIEW_THREAD && views[i] == VIEW_INBOX);
		if (narrow && !here) {
			col = grid_printf(g, 0, col, g->cols, STYLE_BAR, "%zu ", i + 1);
			continue;
		}
		col = grid_printf(g, 0, col, g->cols, STYLE_BAR,
			here ? "[%zu %s] " : "%zu %s ", i + 1,
			phrase(d->language, names[i]));
	}
	return col;
}

static void
write_shop(const struct desk *d, struct strbuf *s)
{
	char when[24];
	strbuf_puts(s, d->shop_open ? SAID(d, OPEN_NOW) : SAID(d, CLOSED_NOW));
	if (d->shop_changes && d->language == LANGUAGE_KO)
		strbuf_printf(s, " %s%s", clock_text(d, d->shop_changes, when),
			SAID(d, UNTIL_AFTER));
	else if (d->shop_changes)
		strbuf_printf(s, " %s %s", SAID(d, UNTIL),
			clock_text(d, d->shop_changes, when));
}

static void
write_link(const struct desk *d, struct strbuf *s)
{
	static const enum phrase names[] = {
		[LINK_CONNECTING] = P_CONNECTING,
		[LINK_UP] = P_LIVE,
		[LINK_DOWN] = P_OFFLINE,
		[LINK_REFUSED] = P_REFUSED,
	};
	strbuf_printf(s, " %s %s ", d->link == LINK_UP ? "\xE2\x97\x8F" : "\xE2\x97\x8B",
		phrase(d->language, names[d->link]));
}

static void
draw_head(struct desk *d, struct grid *g)
{
	struct strbuf right AUTO(strbuf_done) = STRBUF_INIT(1024);
	grid_paint(g, 0, 0, g->cols, STYLE_BAR);
	int col = draw_tabs(d, g);
	if (d->link == LINK_UP || d->list_loaded) {
		col = grid_printf(g, 0, col, g->cols, STYLE_BAR, SAID(d, WAITING),
			(long long)d->counts[IN_WAITING]);
		if (d->late) {
			col = grid_put(g, 0, col, g->cols, STYLE_BAR, "  ");
			col = grid_printf(g, 0, col, g->cols, STYLE_BAR, SAID(d, LATE),
				(long long)d->late);
		}
		write_shop(d, &right);
		strbuf_printf(&right, "  %s ", d->me);
	}
	write_link(d, &right);
	grid_put_right(g, 0, col + 1, g->cols, STYLE_BAR, right.s);
	if (d->link != LINK_UP)
		grid_paint(g, 0, g->cols - 14, g->cols, STYLE_BAD);
}

/* ---- the lines at the bottom ---- */

static const char *
hint(const struct desk *d)
{
	if (d->compose.kind == WRITE_NOTE)
		return SAID(d, NOTE_KEYS);
	if (d->compose.kind == WRITE_NEW)
		return SAID(d, NEW_KEYS);
	if (d->compose.kind == WRITE_REPLY)
		return SAID(d, WRITE_KEYS);
	switch (d->view) {
	case VIEW_INBOX: return SAID(d, HINT_INBOX);
	case VIEW_THREAD: return SAID(d, HINT_THREAD);
	case VIEW_QUEUE: return SAID(d, HINT_QUEUE);
	case VIEW_CHANNELS:
	case VIEW_CAMPAIGNS:
	case VIEW_REPORT:
	case VIEW_HELP:
	case VIEW_COUNT: break;
	}
	return SAID(d, HINT_OTHER);
}

static void
draw_question(struct desk *d, struct grid *g, int row)
{
	struct question *q = &d->question;
	int col = grid_put(g, row, 0, g->cols / 2 + 20, STYLE_KEY, q->prompt);
	size_t from = 0; /* a long answer is shown from where the cursor can be seen */
	struct editor *e = &q->line;
	while (from < e->cursor) {
		struct glyph glyph;
		char head[512];
		snprintf(head, sizeof(head), "%.*s", (int)(e->cursor - from),
			e->text.s + from);
		if (cells_width(head) < g->cols - col - 1)
			break;
		from += glyph_next(e->text.s + from, e->text.len - from, &glyph);
	}
	g->cursor_row = row;
	g->cursor_col = grid_put_n(
		g, row, col, g->cols, STYLE_PLAIN, e->text.s + from, e->cursor - from);
	grid_put_n(g, row, g->cursor_col, g->cols, STYLE_PLAIN, e->text.s + e->cursor,
		e->text.len - e->cursor);
	g->cursor_col = MIN(g->cursor_col, g->cols - 1);
}

/* Why not everything is there. */
static void
draw_narrowed(struct desk *d, struct grid *g, int row, int col)
{
	if (strcmp(d->shelf, "open") != 0)
		col = grid_printf(g, row, col, g->cols, STYLE_KEY, "[%s]", d->shelf) + 1;
	if (*d->mine)
		col = grid_printf(g, row, col, g->cols, STYLE_KEY, "@%s", d->mine) + 1;
	if (*d->filter)
		grid_printf(g, row, col, g->cols, STYLE_KEY, "/%s", d->filter);
}

/* Why what is being written would not leave at once, in full. */
static void
draw_obstacle(struct desk *d, struct grid *g, int row, int col)
{
	const struct plan *p = &d->compose.plan;
	if (p->known && *p->rule && strcmp(p->verdict, "send") != 0)
		grid_put(g, row, col, g->cols, STYLE_WARN, p->rule);
}

static void
draw_alert(struct desk *d, struct grid *g, int row)
{
	int col = grid_put(g, row, 0, g->cols, STYLE_BAD, "! ");
	if (d->alerts > 1)
		col = grid_printf(
			g, row, col, g->cols, STYLE_BAD, SAID(d, ALERTS), d->alerts);
	grid_put(g, row, col, g->cols, STYLE_BAD, d->alert);
}

static void
draw_notice(struct desk *d, struct grid *g, int row)
{
	static const enum style styles[] = {STYLE_PLAIN, STYLE_GOOD, STYLE_BAD};
	static const char *const signs[] = {"  ", "\xE2\x9C\x93 ", "! "};
	int col = 0;
	size_t marked = desk_marked(d);
	if (d->link == LINK_REFUSED || d->link == LINK_DOWN) {
		bool dead = d->link == LINK_REFUSED;
		if (!*d->notice) {
			grid_printf(g, row, 0, g->cols, STYLE_BAD,
				dead ? SAID(d, TOKEN_DEAD) : SAID(d, LOST), d->link_why);
			return;
		}
	}
	if (marked) {
		col = grid_put(g, row, 0, g->cols, STYLE_KEY, "*");
		col = grid_printf(
			g, row, col, g->cols, STYLE_KEY, SAID(d, MARKED), marked);
		col += 2;
	}
	if (*d->notice) {
		col = grid_put(g, row, col, g->cols, styles[d->notice_kind],
			signs[d->notice_kind]);
		grid_put(g, row, col, g->cols, styles[d->notice_kind], d->notice);
	} else if (d->compose.kind != WRITE_NONE) {
		draw_obstacle(d, g, row, col);
	} else if (*d->alert && !marked) {
		draw_alert(d, g, row);
	} else if (d->view == VIEW_INBOX) {
		draw_narrowed(d, g, row, col);
	}
}

/* Before the last column: writing there makes some terminals scroll. */
static void
draw_foot(struct desk *d, struct grid *g)
{
	draw_notice(d, g, g->rows - 2);
	if (d->question.command)
		draw_question(d, g, g->rows - 1);
	else
		grid_put(g, g->rows - 1, 0, g->cols - 1, STYLE_DIM, hint(d));
}

/* ---- the whole ---- */

static struct box
beside_pane(struct desk *d, struct grid *g, struct box box)
{
	bool pane = (g->cols >= WIDE) != d->pane_toggled;
	if (d->view != VIEW_THREAD || !pane)
		return box;
	struct box right = box;
	box.end_col = MAX(box.col + 20, box.end_col - PANE_COLS);
	right.col = box.end_col + 1;
	for (int row = box.row; row < box.end_row; row++)
		grid_put(g, row, box.end_col, g->cols, STYLE_DIM, "\xE2\x94\x82");
	view_pane(d, g, right);
	return box;
}

static void
draw_view(struct desk *d, struct grid *g, struct box box)
{
	switch (d->view) {
	case VIEW_INBOX: view_inbox(d, g, box); break;
	case VIEW_THREAD: view_thread(d, g, beside_pane(d, g, box)); break;
	case VIEW_QUEUE:
	case VIEW_CHANNELS:
	case VIEW_CAMPAIGNS: view_entries(d, g, box); break;
	case VIEW_REPORT: view_report(d, g, box); break;
	case VIEW_HELP: view_help(d, g, box); break;
	case VIEW_COUNT: break;
	}
}

void
desk_draw(struct desk *d, struct grid *g)
{
	grid_reset(g, d->rows, d->cols);
	if (d->rows < TINY_ROWS || d->cols < TINY_COLS) {
		grid_put(g, 0, 0, d->cols, STYLE_WARN, SAID(d, TINY));
		return;
	}
	draw_head(d, g);
	struct box body = {1, 0, g->rows - 2, g->cols};
	if (d->compose.kind != WRITE_NONE)
		body = view_compose(d, g, body);
	draw_view(d, g, body);
	draw_foot(d, g);
}
