/* The lists that are only looked at: messages that wait, channels, campaigns; the report;
 * and the list of keys. */
#include <stdio.h>
#include <string.h>

#include "gateway/desk/commands.h"
#include "gateway/desk/view.h"

/* Places of the columns, 80 cells wide. */
static const int *
columns_of(enum view view)
{
	static const int queue[] = {2, 12, 27, 37, 49}, channels[] = {2, 14, 26, 38, 2},
			 campaigns[] = {2, 30, 42, 54, 66};
	return view == VIEW_QUEUE ? queue : view == VIEW_CHANNELS ? channels : campaigns;
}

static enum style
style_of(const struct entry *e)
{
	static const enum style styles[] = {
		STYLE_PLAIN, STYLE_GOOD, STYLE_WARN, STYLE_BAD};
	return styles[e->hint];
}

static void
draw_entry(struct desk *d, struct grid *g, struct box box, int row, const struct entry *e,
	bool selected)
{
	const int *at = columns_of(d->view);
	char when[24];
	for (int i = 0; i < 5; i++) {
		const char *text = e->cols[i];
		int end = i < 4 && at[i + 1] > at[i] ? at[i + 1] - 1 : box.end_col;
		if (d->view == VIEW_QUEUE && i == 0)
			text = phrase_word(d->language, text);
		if (d->view == VIEW_QUEUE && i == 3)
			text = clock_iso(d, text, when);
		if (d->view == VIEW_CHANNELS && i == 4)
			continue;
		grid_put(g, row, at[i], end, i <= 1 ? style_of(e) : STYLE_PLAIN, text);
	}
	if (!selected)
		return;
	grid_put(g, row, 0, box.end_col, STYLE_KEY, ">");
	grid_paint(g, row, 0, box.end_col, STYLE_SELECTED);
}

static struct entries *
entries_of(struct desk *d)
{
	return d->view == VIEW_QUEUE      ? &d->queue
	       : d->view == VIEW_CHANNELS ? &d->channels
					  : &d->campaigns;
}

/* Under the list: all of the chosen row, and the gates' answer when it was asked for. */
static void
draw_detail(struct desk *d, struct grid *g, struct box box, const struct entry *e)
{
	int row = box.row, width = box.end_col - 4;
	const char *why = d->view == VIEW_CHANNELS ? e->cols[4] : e->text ? e->text : "";
	bool explained = d->view == VIEW_QUEUE && !strcmp(e->id, d->explained_id);
	for (size_t at = 0, cut, len = strlen(why); at < len && row < box.end_row;
		row++) {
		size_t n = cells_row(why + at, len - at, width, &cut);
		grid_put_n(g, row, 2, box.end_col, STYLE_THEIRS, why + at, cut);
		at += n;
	}
	const char *text = explained ? d->explained.s : "";
	for (size_t at = 0, cut, len = strlen(text); at < len && row < box.end_row;
		row++) {
		size_t n = cells_row(text + at, len - at, width, &cut);
		grid_put_n(g, row, 2, box.end_col, STYLE_PLAIN, text + at, cut);
		at += n;
	}
}

void
view_entries(struct desk *d, struct grid *g, struct box box)
{
	struct entries *e = entries_of(d);
	int height = MAX((box.end_row - box.row) / 2, 1), row = box.row;
	if (d->view == VIEW_QUEUE)
		grid_printf(g, row++, 2, box.end_col, STYLE_BOLD, "[%s]",
			phrase_word(d->language, d->queue_state));
	if (!e->count) {
		const char *none =
			d->view == VIEW_CAMPAIGNS ? SAID(d, CAMPAIGNS_NONE) : "";
		if (!e->loaded)
			grid_put(g, row + 1, 4, box.end_col, STYLE_DIM, SAID(d, LOADING));
		else if (d->view == VIEW_QUEUE)
			grid_printf(g, row + 1, 4, box.end_col, STYLE_DIM,
				SAID(d, QUEUE_NONE),
				phrase_word(d->language, d->queue_state));
		else
			grid_put(g, row + 1, 4, box.end_col, STYLE_DIM, none);
		return;
	}
	if (e->selected < e->top)
		e->top = e->selected;
	if (e->selected >= e->top + (size_t)height)
		e->top = e->selected - (size_t)height + 1;
	for (size_t i = e->top; i < e->count && i < e->top + (size_t)height; i++)
		draw_entry(d, g, box, row++, &e->rows[i], i == e->selected);
	draw_detail(d, g, (struct box){row + 1, 0, box.end_row, box.end_col},
		&e->rows[e->selected]);
}

/* ---- the report ---- */

/* Eighths of a cell, so that small differences are seen; '#' would do for the blind. */
static int
draw_bar(struct grid *g, int row, int col, int width, int64_t value, int64_t most,
	enum style style)
{
	static const char *const parts[] = {"", "\xE2\x96\x8F", "\xE2\x96\x8E",
		"\xE2\x96\x8D", "\xE2\x96\x8C", "\xE2\x96\x8B", "\xE2\x96\x8A",
		"\xE2\x96\x89"};
	int64_t eighths = most > 0 ? value * width * 8 / most : 0;
	if (value > 0 && !eighths)
		eighths = 1;
	for (; eighths >= 8; eighths -= 8)
		col = grid_put(g, row, col, g->cols, style, "\xE2\x96\x88");
	return grid_put(g, row, col, g->cols, style, parts[eighths]);
}

static void
draw_days(struct desk *d, struct grid *g, struct box box, int row)
{
	const struct report *r = &d->report;
	int64_t most = 1;
	int width = MAX((box.end_col - 50) / 2, 8);
	for (size_t i = 0; i < r->day_count; i++)
		most = MAX(most, MAX(r->days[i].in, r->days[i].out));
	grid_put(g, row, 9, 8 + width, STYLE_BOLD, SAID(d, REPORT_IN));
	grid_put(g, row, 18 + width, 17 + 2 * width, STYLE_BOLD, SAID(d, REPORT_OUT));
	int col = 27 + 2 * width;
	grid_put(g, row, col, col + 8, STYLE_BOLD, SAID(d, REPORT_OPENED));
	grid_put(g, row, col + 8, col + 15, STYLE_BOLD, SAID(d, REPORT_CLOSED));
	grid_put(g, row, col + 15, box.end_col, STYLE_BOLD, SAID(d, REPORT_LATE));
	for (size_t i = 0; i < r->day_count && ++row < box.end_row; i++) {
		const struct report_day *day = &r->days[i];
		grid_put(g, row, 2, 8, STYLE_DIM, day->label);
		int end = draw_bar(g, row, 9, width, day->in, most, STYLE_THEIRS);
		grid_printf(g, row, end + 1, box.end_col, STYLE_PLAIN, "%lld",
			(long long)day->in);
		end = draw_bar(g, row, 18 + width, width, day->out, most, STYLE_OURS);
		grid_printf(g, row, end + 1, box.end_col, STYLE_PLAIN, "%lld",
			(long long)day->out);
		grid_printf(g, row, col, box.end_col, STYLE_PLAIN, "%-7lld %-6lld %lld",
			(long long)day->opened, (long long)day->closed,
			(long long)day->late);
	}
}

void
view_report(struct desk *d, struct grid *g, struct box box)
{
	const struct report *r = &d->report;
	char median[24], promised[24];
	int row = box.row;
	int64_t most = 1;
	if (!r->loaded) {
		grid_put(g, row + 1, 4, box.end_col, STYLE_DIM, SAID(d, LOADING));
		return;
	}
	grid_printf(
		g, row, 2, box.end_col, STYLE_BOLD, SAID(d, REPORT_TITLE), r->day_count);
	grid_printf(g, row + 1, 2, box.end_col, STYLE_PLAIN, SAID(d, REPORT_FIRST),
		r->median < 0 ? "-" : span_text(r->median, median),
		r->promised <= 0 ? "-" : span_text(r->promised, promised));
	draw_days(d, g, box, row + 3);
	row += (int)r->day_count + 5;
	if (r->agent_count)
		grid_put(g, row++, 2, box.end_col, STYLE_BOLD, SAID(d, REPORT_AGENTS));
	for (size_t i = 0; i < r->agent_count; i++)
		most = MAX(most, r->agents[i].answers);
	for (size_t i = 0; i < r->agent_count && row < box.end_row; i++, row++) {
		grid_put(g, row, 2, 16, STYLE_PLAIN, r->agents[i].name);
		int end = draw_bar(g, row, 17, MAX(box.end_col - 40, 8),
			r->agents[i].answers, most, STYLE_OURS);
		grid_printf(g, row, end + 1, box.end_col, STYLE_PLAIN, "%lld",
			(long long)r->agents[i].answers);
	}
}

/* ---- the keys that do something where one came from ---- */

static size_t
help_rows(const struct desk *d, const struct command *ret[128])
{
	size_t n = 0;
	for (const struct command *c = commands; c->name && n < 128; c++)
		if (c->where & IN(d->back))
			ret[n++] = c;
	return n;
}

void
view_help(struct desk *d, struct grid *g, struct box box)
{
	const struct command *rows[128];
	size_t n = help_rows(d, rows);
	int height = box.end_row - box.row;
	int columns = box.end_col >= 130 ? 2 : 1, wide = box.end_col / columns;
	int lines = ((int)n + columns - 1) / columns;
	d->help_top = MAX(0, MIN(d->help_top, lines - height));
	for (int i = d->help_top; i < lines && i < d->help_top + height; i++)
		for (int k = 0; k < columns; k++) {
			size_t at = (size_t)i + (size_t)k * (size_t)lines;
			int row = box.row + i - d->help_top, col = k * wide;
			if (at >= n)
				continue;
			grid_put(g, row, col + 2, col + 10, STYLE_KEY,
				command_key(rows[at]));
			grid_printf(g, row, col + 11, col + 24, STYLE_DIM, ":%s",
				rows[at]->name);
			grid_put(g, row, col + 24, col + wide - 1, STYLE_PLAIN,
				rows[at]->help[d->language]);
		}
}
