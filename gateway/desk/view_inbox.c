/* The inbox: one row for each ticket, in the gateway's order: who waits longest past what
 * was promised comes first. */
#include <stdio.h>
#include <string.h>

#include "gateway/desk/view.h"

#define SOON (10 * MINUTE)

/* The clock of a ticket: what was promised, and how much of it is left. Signs say as much
 * as colours do. */
enum style
ticket_clock(const struct desk *d, const struct ticket *t, char ret[32])
{
	char span[24];
	int64_t left = t->due - d->now;
	switch (t->shelf) {
	case IN_ANSWERED: snprintf(ret, 32, "\xE2\x9C\x93"); return STYLE_DIM;
	case IN_CLOSED: snprintf(ret, 32, "\xC3\x97"); return STYLE_DIM;
	case IN_ASLEEP:
		snprintf(ret, 32, "z %s",
			t->snoozed ? span_text(t->snoozed - d->now, span)
				   : "\xE2\x86\xA9");
		return STYLE_DIM;
	case IN_WAITING: break;
	}
	if (!t->due) {
		snprintf(ret, 32, "%s",
			t->waiting ? span_text(d->now - t->waiting, span) : "?");
		return STYLE_PLAIN;
	}
	if (left <= 0) {
		snprintf(ret, 32, "!-%s", span_text(-left, span));
		return STYLE_BAD;
	}
	/* Minutes begun count: a promise of 30 minutes begins with 30. */
	if (d->shop_open)
		snprintf(ret, 32, "%s", span_text(left + MINUTE - 1, span));
	else
		snprintf(ret, 32, "%.11s", clock_text(d, t->due, span));
	return left < SOON ? STYLE_WARN : STYLE_PLAIN;
}

static const char *
sign_of(const struct ticket *t)
{
	static const char *const signs[] = {
		[PRIORITY_LOW] = "\xE2\x86\x93",
		[PRIORITY_NORMAL] = " ",
		[PRIORITY_HIGH] = "\xE2\x86\x91",
		[PRIORITY_URGENT] = "!",
	};
	return signs[t->priority];
}

static const char *
present_sign(const struct desk *d, const struct ticket *t)
{
	const char *sign = " ";
	for (size_t i = 0; i < d->present_count; i++)
		if (!strcmp(d->present[i].ticket, t->id) &&
			strcmp(d->present[i].agent, d->me) != 0)
			sign = d->present[i].typing ? "\xE2\x9C\x8E" : "o";
	return sign;
}

static bool
has_draft(struct desk *d, const struct ticket *t)
{
	const struct draft *draft = desk_draft(d, WRITE_REPLY, t->id);
	return draft && !draft->gone;
}

static void
draw_row(struct desk *d, struct grid *g, int row, const struct ticket *t, struct box box)
{
	char clock[32], who[96];
	bool selected = !strcmp(t->id, d->selected);
	enum style style = ticket_clock(d, t, clock);
	int end = box.end_col;
	grid_put(g, row, 0, end, STYLE_KEY, selected ? ">" : " ");
	grid_put(g, row, 1, end, STYLE_KEY, t->marked ? "*" : " ");
	grid_put(g, row, 2, end, t->priority == PRIORITY_URGENT ? STYLE_BAD : STYLE_PLAIN,
		sign_of(t));
	grid_put(g, row, 4, 10, style, clock);
	grid_put(g, row, 11, 19, *t->agent ? STYLE_PLAIN : STYLE_DIM,
		*t->agent ? t->agent : "-");
	grid_put(g, row, 20, end, STYLE_WARN, present_sign(d, t));
	snprintf(who, sizeof(who), "%s", *t->name ? t->name : t->phone);
	grid_put(g, row, 22, 36, STYLE_BOLD, who);
	int col = 37;
	if (has_draft(d, t)) {
		col = grid_printf(g, row, col, end, STYLE_NOTE, "[%s]", SAID(d, DRAFT)) +
		      1;
	}
	if (*t->queue)
		col = grid_printf(g, row, col, end, STYLE_DIM, "%s:", t->queue) + 1;
	grid_put(g, row, col, end, STYLE_PLAIN, *t->text ? t->text : t->topic);
	if (selected)
		for (col = 0; col < end; col++)
			grid_at(g, row, col)->style = STYLE_SELECTED;
}

/* So that the chosen one is on the screen: back from it as many rows as there is room. */
static void
scroll(struct desk *d, int height)
{
	size_t at = desk_index(d), first = at;
	int rows = 0;
	d->top = MIN(d->top, at);
	for (size_t i = at + 1; d->ticket_count && i-- > d->top && rows <= height;) {
		if (!ticket_shown(d, &d->tickets[i]))
			continue;
		if (++rows <= height)
			first = i;
	}
	if (rows > height)
		d->top = first;
}

static void
draw_nothing(struct desk *d, struct grid *g, struct box box)
{
	int row = box.row + (box.end_row - box.row) / 3;
	if (!d->list_loaded)
		grid_put(g, row, 4, box.end_col, STYLE_DIM, SAID(d, LOADING));
	else if (*d->filter)
		grid_printf(
			g, row, 4, box.end_col, STYLE_DIM, SAID(d, NO_MATCH), d->filter);
	else
		grid_put(g, row, 4, box.end_col, STYLE_DIM, SAID(d, NOTHING_WAITS));
}

void
view_inbox(struct desk *d, struct grid *g, struct box box)
{
	int row = box.row;
	scroll(d, box.end_row - box.row);
	for (size_t i = d->top; i < d->ticket_count && row < box.end_row; i++)
		if (ticket_shown(d, &d->tickets[i]))
			draw_row(d, g, row++, &d->tickets[i], box);
	if (row == box.row)
		draw_nothing(d, g, box);
}
