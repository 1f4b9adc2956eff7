/* Drawing: each view draws the model into a part of the grid. Nothing is decided here but
 * where things stand; scrolling is brought back into bounds while it is known how much
 * there is. */
#ifndef MALGIL_DESK_VIEW_H
#define MALGIL_DESK_VIEW_H

#include "gateway/desk/grid.h"
#include "gateway/desk/model.h"

struct box {
	int row, col, end_row, end_col;
};

void view_inbox(struct desk *d, struct grid *g, struct box box);
void view_thread(struct desk *d, struct grid *g, struct box box);
void view_pane(struct desk *d, struct grid *g, struct box box);
void view_entries(struct desk *d, struct grid *g, struct box box);
void view_report(struct desk *d, struct grid *g, struct box box);
void view_help(struct desk *d, struct grid *g, struct box box);
/* Draws the text being written into the last rows of the box; the box that is left. */
struct box view_compose(struct desk *d, struct grid *g, struct box box);

/* What was promised and how much of it is left, or why nobody waits: a sign and a span,
 * and how it looks. */
enum style ticket_clock(const struct desk *d, const struct ticket *t, char ret[32]);
/* "1m", "5m", "3h", "2d": at most 4 cells. */
const char *span_text(int64_t ms, char ret[24]);
/* "14:03" on the shop's clock; with the day when it is another one. */
const char *clock_text(const struct desk *d, int64_t at, char ret[24]);
/* An ISO time as the gateway writes it, the same way. */
const char *clock_iso(const struct desk *d, const char *iso, char ret[24]);
#define SAID(d, p) phrase((d)->language, P_##p)

#endif
