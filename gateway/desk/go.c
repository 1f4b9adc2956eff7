/* Where one looks, and beginning to write: the commands that change nothing at the
 * gateway. */
#include <stdio.h>
#include <string.h>

#include "gateway/desk/commands.h"

#define SAY(d, p) phrase((d)->language, P_##p)

/* ---- moving about ---- */

static struct entries *
shown_entries(struct desk *d)
{
	switch (d->view) {
	case VIEW_QUEUE: return &d->queue;
	case VIEW_CHANNELS: return &d->channels;
	case VIEW_CAMPAIGNS: return &d->campaigns;
	case VIEW_INBOX:
	case VIEW_THREAD:
	case VIEW_REPORT:
	case VIEW_HELP:
	case VIEW_COUNT: break;
	}
	return NULL;
}

static void
move(struct desk *d, int by)
{
	struct entries *e = shown_entries(d);
	if (d->view == VIEW_INBOX)
		desk_move(d, by);
	else if (d->view == VIEW_THREAD)
		d->thread.scroll = MAX(d->thread.scroll - by, 0);
	else if (e && e->count)
		e->selected =
			(size_t)MAX(0, MIN((int)e->count - 1, (int)e->selected + by));
	else
		d->help_top = MAX(0, d->help_top + by);
}

void
go_down(struct desk *d, const char *words)
{
	(void)words;
	move(d, 1);
}

void
go_up(struct desk *d, const char *words)
{
	(void)words;
	move(d, -1);
}

void
go_page_down(struct desk *d, const char *words)
{
	(void)words;
	move(d, MAX(d->rows - 6, 1));
}

void
go_page_up(struct desk *d, const char *words)
{
	(void)words;
	move(d, -MAX(d->rows - 6, 1));
}

void
go_first(struct desk *d, const char *words)
{
	(void)words;
	move(d, -1000000);
}

void
go_last(struct desk *d, const char *words)
{
	(void)words;
	move(d, 1000000);
}

void
go_back(struct desk *d, const char *words)
{
	(void)words;
	if (d->view == VIEW_HELP)
		desk_show(d, d->back);
	else if (d->view != VIEW_INBOX)
		desk_show(d, VIEW_INBOX);
	else if (*d->filter || *d->mine || strcmp(d->shelf, "open") != 0)
		command_run(d, "all", NULL);
}

void
go_open(struct desk *d, const char *words)
{
	(void)words;
	if (d->view == VIEW_INBOX && desk_selected(d))
		desk_open(d, d->selected);
	if (d->view != VIEW_QUEUE || !d->queue.count)
		return;
	const char *id = d->queue.rows[d->queue.selected].id;
	desk_want(d, WANT_EXPLAIN, id, "GET", NULL, "/v1/messages/%s/explain", id);
}

void
go_next(struct desk *d, const char *words)
{
	(void)words;
	if (d->view == VIEW_THREAD)
		snprintf(d->selected, sizeof(d->selected), "%s", d->thread.ticket.id);
	desk_move(d, 1);
	if (d->view == VIEW_THREAD && *d->selected)
		desk_open(d, d->selected);
}

#define SHOW(name, view)                                                                 \
	void name(struct desk *d, const char *words)                                     \
	{                                                                                \
		(void)words;                                                             \
		desk_show(d, view);                                                      \
	}
SHOW(go_inbox, VIEW_INBOX)
SHOW(go_queue, VIEW_QUEUE)
SHOW(go_channels, VIEW_CHANNELS)
SHOW(go_campaigns, VIEW_CAMPAIGNS)
SHOW(go_report, VIEW_REPORT)
SHOW(go_help, VIEW_HELP)

const char *
name_state(struct desk *d, size_t i)
{
	static const char *const states[] = {
		"held", "queued", "in_doubt", "failed", "suppressed", "expired", NULL};
	(void)d;
	return i < ARRAY_LEN(states) ? states[i] : NULL;
}

void
go_state(struct desk *d, const char *words)
{
	const char *name;
	size_t i = 0;
	while ((name = name_state(d, i)) &&
		strcmp(name, words ? words : d->queue_state) != 0)
		i++;
	if (name && !words)
		name = name_state(d, i + 1);
	d->queue_state = name ? name : name_state(d, 0);
	d->queue.selected = 0;
	strbuf_reset(&d->explained);
	if (d->view != VIEW_QUEUE)
		desk_show(d, VIEW_QUEUE);
	else
		desk_refresh(d);
}

/* ---- what the inbox shows ---- */

const char *
name_shelf(struct desk *d, size_t i)
{
	static const char *const names[] = {
		"open", "waiting", "answered", "snoozed", "closed", "all", NULL};
	(void)d;
	return i < ARRAY_LEN(names) ? names[i] : NULL;
}

static void
list_anew(struct desk *d)
{
	d->list_turn++;
	d->list_at = 0;
	d->busy[WANT_LIST] =
		false; /* an answer to the other question is not waited for */
	desk_refresh(d);
}

void
go_shelf(struct desk *d, const char *words)
{
	const char *name;
	size_t i = 0;
	while ((name = name_shelf(d, i)) && strcmp(name, words ? words : d->shelf) != 0)
		i++;
	if (name && !words)
		name = name_shelf(d, i + 1);
	d->shelf = name ? name : "open";
	if (d->view != VIEW_INBOX)
		desk_show(d, VIEW_INBOX);
	list_anew(d);
}

void
go_mine(struct desk *d, const char *words)
{
	bool was = *d->mine != '\0';
	snprintf(d->mine, sizeof(d->mine), "%s", words ? words : was ? "" : d->me);
	list_anew(d);
}

void
go_all(struct desk *d, const char *words)
{
	(void)words;
	*d->filter = *d->mine = '\0';
	d->searching = false;
	d->shelf = "open";
	list_anew(d);
}

void
go_filter(struct desk *d, const char *words)
{
	if (!words) {
		desk_show(d, VIEW_INBOX);
		desk_ask(d, command_find("filter"), SAY(d, ASK_FILTER));
		return;
	}
	snprintf(d->filter, sizeof(d->filter), "%.63s", words);
	d->searching = *d->filter != '\0';
	list_anew(d);
}

void
go_mark(struct desk *d, const char *words)
{
	struct ticket *t = desk_selected(d);
	(void)words;
	if (!t)
		return;
	t->marked = !t->marked;
	desk_move(d, 1);
}

void
go_mark_all(struct desk *d, const char *words)
{
	bool on = !desk_marked(d);
	(void)words;
	for (size_t i = 0; i < d->ticket_count; i++)
		d->tickets[i].marked = on && ticket_shown(d, &d->tickets[i]);
}

/* ---- writing ---- */

static const char *
who(const struct ticket *t)
{
	return *t->name ? t->name : t->phone;
}

static void
write_about(struct desk *d, enum writing kind)
{
	const struct ticket *t = desk_current(d);
	if (!t) {
		desk_say(d, NOTICE_BAD, "%s", SAY(d, NO_TICKET));
		return;
	}
	if (d->view != VIEW_THREAD)
		desk_open(d, t->id);
	compose_begin(d, kind, d->thread.ticket.id, who(&d->thread.ticket));
}

void
go_reply(struct desk *d, const char *words)
{
	write_about(d, WRITE_REPLY);
	if (words && d->compose.kind == WRITE_REPLY)
		compose_insert(d, words);
}

void
go_note(struct desk *d, const char *words)
{
	write_about(d, WRITE_NOTE);
	if (words && d->compose.kind == WRITE_NOTE)
		compose_insert(d, words);
}

void
go_message(struct desk *d, const char *words)
{
	const struct ticket *t = desk_current(d);
	if (!words) {
		desk_ask(d, command_find("message"), SAY(d, ASK_NUMBER));
		if (t && d->view == VIEW_THREAD)
			editor_set(&d->question.line, t->phone);
		return;
	}
	if (*words)
		compose_begin(d, WRITE_NEW, words, words);
}

void
go_undo(struct desk *d, const char *words)
{
	(void)words;
	desk_undo(d);
}

void
go_customer(struct desk *d, const char *words)
{
	(void)words;
	d->pane_toggled = !d->pane_toggled;
}

void
go_cancel(struct desk *d, const char *words)
{
	(void)words;
	if (!d->queue.count)
		return;
	desk_want(d, WANT_CHANGE, "", "POST", NULL, "/v1/messages/%s/cancel",
		d->queue.rows[d->queue.selected].id);
}

void
go_again(struct desk *d, const char *words)
{
	(void)words;
	if (d->last)
		d->last->run(d, *d->last_words ? d->last_words : NULL);
}

void
go_command(struct desk *d, const char *words)
{
	(void)words;
	desk_ask(d, command_find("command"), SAY(d, ASK_COMMAND));
}

void
go_quit(struct desk *d, const char *words)
{
	(void)words;
	compose_leave(d);
	d->quit = true;
}

void
go_redraw(struct desk *d, const char *words)
{
	(void)words;
	d->redraw = true;
	desk_refresh(d);
}

void
go_send_anyway(struct desk *d, const char *words)
{
	if (*words == 'y' || *words == 'Y')
		compose_send(d, true);
}
