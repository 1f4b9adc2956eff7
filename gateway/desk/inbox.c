/* The inbox: pages asked for, the chosen one, what is marked and what is shown. */
#include <stdio.h>
#include <string.h>

#include "gateway/desk/commands.h"
#include "gateway/net/client.h"

#define LIST_GAP     30 /* ms between two looks at the inbox, where they cost little */
#define LIST_GAP_MAX (2 * SECOND)

/* ---- asking ---- */

void
desk_list_page(struct desk *d, const char *before)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(2048);
	if (*d->filter && d->searching) {
		strbuf_puts(&path, "/v1/search?q=");
		client_escape(&path, d->filter);
	} else {
		strbuf_printf(
			&path, "/v1/tickets?state=%s&limit=%d", d->shelf, DESK_PAGE);
		if (*d->mine) {
			strbuf_puts(&path, "&agent=");
			client_escape(&path, d->mine);
		}
		if (before)
			strbuf_printf(&path, "&before=%s", before);
	}
	char turn[24];
	snprintf(turn, sizeof(turn), "%llu", (unsigned long long)d->list_turn);
	d->busy[WANT_LIST] = d->busy[WANT_LIST] && !before;
	desk_want(d, WANT_LIST, turn, "GET", NULL, "%s", path.s);
}

void
desk_want_list(struct desk *d)
{
	/* As many pages as reach beyond the chosen one; the longer that takes, the less
	 * often it is asked for. */
	size_t pages = (desk_index(d) + DESK_PAGE / 2) / DESK_PAGE + 1;
	int64_t gap = MIN(MAX(4 * d->list_took, LIST_GAP), LIST_GAP_MAX);
	if (d->now - d->list_at < gap || d->busy[WANT_LIST]) {
		d->list_due = true;
		return;
	}
	d->list_due = false;
	d->list_at = d->now;
	desk_want_status(d);
	d->fresh_wanted = pages * DESK_PAGE;
	desk_list_page(d, NULL);
}

/* ---- the inbox ---- */

struct ticket *
desk_find(struct desk *d, const char *id)
{
	for (size_t i = 0; i < d->ticket_count; i++)
		if (!strcmp(d->tickets[i].id, id))
			return &d->tickets[i];
	return NULL;
}

static bool
holds(const char *text, const char *part)
{
	return strcasestr(text, part) != NULL;
}

/* While the gateway searches, what is here already is narrowed down at once. */
bool
ticket_shown(const struct desk *d, const struct ticket *t)
{
	if (!*d->filter || d->searching)
		return true;
	return holds(t->name, d->filter) || holds(t->phone, d->filter) ||
	       holds(t->text, d->filter) || holds(t->topic, d->filter) ||
	       holds(t->queue, d->filter) || holds(t->agent, d->filter);
}

size_t
desk_index(const struct desk *d)
{
	for (size_t i = 0; i < d->ticket_count; i++)
		if (!strcmp(d->tickets[i].id, d->selected))
			return i;
	return 0;
}

/* The nearest that is shown, from a place on and then before it. */
static const struct ticket *
nearest_shown(const struct desk *d, size_t at)
{
	for (size_t i = at; i < d->ticket_count; i++)
		if (ticket_shown(d, &d->tickets[i]))
			return &d->tickets[i];
	for (size_t i = MIN(at, d->ticket_count); i-- > 0;)
		if (ticket_shown(d, &d->tickets[i]))
			return &d->tickets[i];
	return NULL;
}

/* The chosen ticket stays chosen wherever it moved; when it left, or is not shown any
 * more, its neighbour is: nothing is ever done to what one does not see. */
void
desk_keep_selection(struct desk *d, size_t was_at)
{
	if (desk_selected(d))
		return;
	const struct ticket *t = nearest_shown(d, was_at);
	snprintf(d->selected, sizeof(d->selected), "%s", t ? t->id : "");
}

struct ticket *
desk_selected(struct desk *d)
{
	struct ticket *t = desk_find(d, d->selected);
	return t && ticket_shown(d, t) ? t : NULL;
}

struct ticket *
desk_current(struct desk *d)
{
	if (d->view == VIEW_THREAD && *d->thread.ticket.id)
		return &d->thread.ticket;
	return d->view == VIEW_INBOX ? desk_selected(d) : NULL;
}

size_t
desk_marked(const struct desk *d)
{
	size_t n = 0;
	for (size_t i = 0; i < d->ticket_count; i++)
		n += d->tickets[i].marked;
	return n;
}

void
desk_move(struct desk *d, int by)
{
	size_t at = desk_index(d), best = at;
	int step = by < 0 ? -1 : 1;
	for (int left = by < 0 ? -by : by; left;) {
		size_t next = at + (size_t)step;
		if (next >= d->ticket_count) /* below 0 too */
			break;
		at = next;
		if (ticket_shown(d, &d->tickets[at])) {
			best = at;
			left--;
		}
	}
	if (d->ticket_count)
		snprintf(d->selected, sizeof(d->selected), "%s", d->tickets[best].id);
	if (d->list_more && best + DESK_PAGE / 2 > d->ticket_count)
		desk_want_list(d);
}

/* What the gateway says about one ticket is true for the list too. */
void
desk_replace(struct desk *d, const struct ticket *t)
{
	struct ticket *row = desk_find(d, t->id);
	if (row) {
		struct ticket old = *row;
		*row = *t;
		row->marked = old.marked;
		if (!*row->name)
			memcpy(row->name, old.name, sizeof(row->name));
		if (!*row->text)
			memcpy(row->text, old.text, sizeof(row->text));
	}
	if (t != &d->thread.ticket && !strcmp(d->thread.ticket.id, t->id))
		d->thread.ticket = *t;
}
