#include "gateway/desk/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/desk/commands.h"
#include "gateway/net/client.h"

#define NOTICE_SPAN    (8 * SECOND)
#define STATUS_EVERY   (5 * SECOND)
#define PRESENCE_EVERY (10 * SECOND)

void
desk_init(struct desk *d)
{
	*d = (struct desk){
		.shelf = "open", .queue_state = "held", .rows = 24, .cols = 80};
	d->wants_last = &d->wants;
	strbuf_init(&d->explained, 64 * 1024);
	strbuf_init(&d->pane.tags, 1024);
	editor_init(&d->compose.editor);
	editor_init(&d->question.line);
	snprintf(d->zone, sizeof(d->zone), "UTC");
}

void
desk_forget_canned(struct desk *d)
{
	for (size_t i = 0; i < d->canned_count; i++)
		free(d->canned[i].text);
	d->canned_count = 0;
}

void
desk_done(struct desk *d)
{
	struct want_request *rq;
	while ((rq = desk_take_request(d)))
		want_request_free(rq);
	thread_clear(&d->thread);
	entries_clear(&d->queue);
	entries_clear(&d->channels);
	entries_clear(&d->campaigns);
	desk_forget_canned(d);
	for (size_t i = 0; i < d->draft_count; i++)
		free(d->drafts[i].text);
	editor_done(&d->compose.editor);
	editor_done(&d->question.line);
	strbuf_done(&d->explained);
	strbuf_done(&d->pane.tags);
	free(d->undo.text);
	free(d->canned);
	free(d->staff);
	free(d->tickets);
	free(d->fresh);
}

void
thread_clear(struct thread *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->lines[i].text);
	free(t->lines);
	*t = (struct thread){.count = 0};
}

void
entries_clear(struct entries *e)
{
	for (size_t i = 0; i < e->count; i++)
		free(e->rows[i].text);
	free(e->rows);
	*e = (struct entries){.count = 0};
}

void
desk_say(struct desk *d, enum notice kind, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(d->notice, sizeof(d->notice), fmt, ap);
	va_end(ap);
	d->notice_kind = kind;
	d->notice_until = d->now + NOTICE_SPAN;
	d->beep = d->beep || kind == NOTICE_BAD;
}

/* ---- requests ---- */

static bool
only_looks(enum want what)
{
	return what != WANT_CHANGE && what != WANT_SEND && what != WANT_UNDO &&
	       what != WANT_OLDER;
}

void
want_request_free(struct want_request *rq)
{
	free(rq->path);
	free(rq->body);
	free(rq);
}

void
desk_want(struct desk *d, enum want what, const char *subject, const char *method,
	json_t *body, const char *fmt, ...)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	if (only_looks(what) && d->busy[what]) {
		d->again[what] = true;
		json_decref(body);
		return;
	}
	va_list ap;
	va_start(ap, fmt);
	strbuf_vprintf(&path, fmt, ap);
	va_end(ap);
	struct want_request *rq = xcalloc(1, sizeof(*rq));
	rq->what = what;
	rq->method = method;
	rq->path = xstrdup(path.s);
	rq->body = body ? json_dumps(body, JSON_COMPACT) : NULL;
	snprintf(rq->subject, sizeof(rq->subject), "%s", subject);
	json_decref(body);
	d->busy[what] = true;
	*d->wants_last = rq;
	d->wants_last = &rq->next;
}

void
desk_note(struct desk *d, const char *note)
{
	struct want_request *last = d->wants;
	while (last && last->next)
		last = last->next;
	if (last)
		snprintf(last->note, sizeof(last->note), "%s", note);
}

void
desk_put_back(struct desk *d, struct want_request *rq)
{
	rq->next = d->wants;
	if (!d->wants)
		d->wants_last = &rq->next;
	d->wants = rq;
}

struct want_request *
desk_take_request(struct desk *d)
{
	struct want_request *rq = d->wants;
	if (!rq)
		return NULL;
	d->wants = rq->next;
	if (!d->wants)
		d->wants_last = &d->wants;
	rq->next = NULL;
	return rq;
}

/* ---- asking for what is shown ---- */

void
desk_want_status(struct desk *d)
{
	d->status_at = d->now;
	desk_want(d, WANT_STATUS, "", "GET", NULL, "/v1/desk");
}

static void
want_thread(struct desk *d)
{
	if (*d->thread.ticket.id)
		desk_want(d, WANT_THREAD, d->thread.ticket.id, "GET", NULL,
			"/v1/tickets/%s?limit=%d", d->thread.ticket.id,
			d->thread.loaded ? THREAD_TAIL : THREAD_FIRST);
}

static void
want_pane(struct desk *d)
{
	if (*d->thread.ticket.id)
		desk_want(d, WANT_PANE, d->thread.ticket.id, "GET", NULL,
			"/v1/tickets/%s/customer", d->thread.ticket.id);
}

static void
want_others(struct desk *d)
{
	desk_want(d, WANT_PRESENCE, "", "GET", NULL, "/v1/presence?after=%lld",
		(long long)d->present_version);
}

static void
say_here(struct desk *d)
{
	bool writing = d->compose.kind == WRITE_REPLY;
	bool typing = writing && d->now - d->compose.typed < TYPING_SPAN;
	bool there = d->view == VIEW_THREAD && *d->thread.ticket.id;
	d->presence_at = d->now;
	desk_want(d, WANT_HERE, "", "POST",
		there ? json_pack("{s:s,s:b}", "ticket", d->thread.ticket.id, "typing",
				typing)
		      : json_object(),
		"/v1/presence");
}

static void
want_again(struct desk *d, enum want what)
{
	switch (what) {
	case WANT_STATUS: desk_want_status(d); break;
	case WANT_LIST: desk_want_list(d); break;
	case WANT_THREAD: want_thread(d); break;
	case WANT_PANE: want_pane(d); break;
	case WANT_PLAN: compose_plan(d); break;
	case WANT_QUEUE:
		desk_want(d, what, "", "GET", NULL, "/v1/messages?limit=200&state=%s",
			d->queue_state);
		break;
	case WANT_CHANNELS: desk_want(d, what, "", "GET", NULL, "/v1/channels"); break;
	case WANT_CAMPAIGNS: desk_want(d, what, "", "GET", NULL, "/v1/campaigns"); break;
	case WANT_REPORT:
		desk_want(d, what, "", "GET", NULL, "/v1/figures?days=7");
		break;
	case WANT_CANNED: desk_want(d, what, "", "GET", NULL, "/v1/canned"); break;
	case WANT_STAFF: desk_want(d, what, "", "GET", NULL, "/v1/staff"); break;
	case WANT_PRESENCE: want_others(d); break;
	case WANT_HERE: say_here(d); break;
	case WANT_OLDER:
	case WANT_EXPLAIN:
	case WANT_CHANGE:
	case WANT_SEND:
	case WANT_UNDO:
	case WANT_COUNT: break;
	}
}

void
desk_refresh(struct desk *d)
{
	desk_want_list(d);
	switch (d->view) {
	case VIEW_THREAD:
		want_thread(d);
		want_pane(d);
		break;
	case VIEW_QUEUE: want_again(d, WANT_QUEUE); break;
	case VIEW_CHANNELS: want_again(d, WANT_CHANNELS); break;
	case VIEW_CAMPAIGNS: want_again(d, WANT_CAMPAIGNS); break;
	case VIEW_REPORT: want_again(d, WANT_REPORT); break;
	case VIEW_INBOX:
	case VIEW_HELP:
	case VIEW_COUNT: break;
	}
}

void
desk_show(struct desk *d, enum view view)
{
	if (view == d->view)
		return;
	if (d->view == VIEW_THREAD)
		compose_leave(d);
	d->back = d->view;
	d->view = view;
	d->help_top = 0;
	d->presence_at = 0; /* others should see at once where this one is */
	desk_refresh(d);
}

void
desk_open(struct desk *d, const char *id)
{
	if (strcmp(d->thread.ticket.id, id) != 0) {
		compose_leave(d);
		const struct ticket *t = desk_find(d, id);
		thread_clear(&d->thread);
		if (t)
			d->thread.ticket = *t;
		snprintf(d->thread.ticket.id, sizeof(d->thread.ticket.id), "%s", id);
		d->pane.known = false;
	}
	d->thread.scroll = 0;
	if (d->view != VIEW_THREAD)
		desk_show(d, VIEW_THREAD);
	else
		desk_refresh(d);
	d->presence_at = 0;
}

/* ---- what happens elsewhere ---- */

static bool
begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

void
desk_event(struct desk *d, const json_t *event)
{
	const char *name = json_string_value(json_object_get(event, "name"));
	const char *ticket = json_string_value(json_object_get(event, "ticket"));
	const char *contact = json_string_value(json_object_get(event, "contact"));
	const struct ticket *t = &d->thread.ticket;
	if (!name)
		return;
	bool of_ticket = begins(name, "ticket.");
	bool ours = (ticket && !strcmp(ticket, t->id)) ||
		    (contact && *t->contact && !strcmp(contact, t->contact));
	if (of_ticket)
		desk_want_list(d);
	if (ours && *t->id) {
		want_thread(d);
		if (!begins(name, "ticket.") && !begins(name, "message."))
			want_pane(d);
	}
	if (d->view == VIEW_QUEUE && begins(name, "message."))
		want_again(d, WANT_QUEUE);
	if (d->view == VIEW_CHANNELS && begins(name, "channel."))
		want_again(d, WANT_CHANNELS);
}

void
desk_tick(struct desk *d)
{
	if (*d->notice && d->now >= d->notice_until)
		*d->notice = '\0';
	if (d->undo.until && d->now >= d->undo.until)
		d->undo.until = 0;
	if (d->link != LINK_UP)
		return;
	if (d->list_due)
		desk_want_list(d);
	if (d->now - d->status_at >= STATUS_EVERY)
		desk_want_status(d);
	if (d->now - d->presence_at >= PRESENCE_EVERY)
		say_here(d);
}

static void
link_up(struct desk *d, bool first)
{
	if (!first)
		desk_say(d, NOTICE_GOOD, "%s", phrase(d->language, P_BACK_AGAIN));
	memset(d->again, 0, sizeof(d->again));
	desk_refresh(d);
	want_again(d, WANT_CANNED);
	want_again(d, WANT_STAFF);
	d->present_version = 0;
	want_others(d);
	say_here(d);
	compose_plan(d);
}

void
desk_link(struct desk *d, enum link_state state, const char *why)
{
	enum link_state was = d->link;
	d->link = state;
	snprintf(d->link_why, sizeof(d->link_why), "%s", why);
	if (state == was)
		return;
	if (state == LINK_UP)
		link_up(d, was == LINK_CONNECTING);
	else
		d->compose.plan.known = false;
	if (state == LINK_DOWN && was == LINK_UP)
		d->beep = true;
}

/* ---- answers ---- */

static void
refused(struct desk *d, const struct want_request *rq, int status, const char *why)
{
	switch (rq->what) {
	case WANT_CHANGE:
		desk_say(d, NOTICE_BAD,
			phrase(d->language, status ? P_FAILED : P_NO_ANSWER), why);
		if (status)
			desk_refresh(d);
		break;
	case WANT_THREAD:
	case WANT_EXPLAIN:
	case WANT_LIST:
		if (status && status != 401) /* that the link says itself */
			desk_say(d, NOTICE_BAD, "%s", why);
		break;
	case WANT_CAMPAIGNS: d->campaigns.loaded = true; break;
	case WANT_STATUS:
	case WANT_OLDER:
	case WANT_PANE:
	case WANT_PLAN:
	case WANT_QUEUE:
	case WANT_CHANNELS:
	case WANT_REPORT:
	case WANT_CANNED:
	case WANT_STAFF:
	case WANT_PRESENCE:
	case WANT_HERE:
	case WANT_SEND:
	case WANT_UNDO:
	case WANT_COUNT: break;
	}
}

void
desk_answer(struct desk *d, const struct want_request *rq, int status, const json_t *body,
	const char *why)
{
	bool good = status >= 200 && status < 300 && body;
	d->busy[rq->what] = false;
	if (rq->what == WANT_SEND || rq->what == WANT_UNDO)
		compose_answered(d, rq, status, body, why);
	else if (rq->what == WANT_PLAN)
		compose_planned(d, rq, status, body);
	else if (good)
		answers_take(d, rq, body);
	else
		refused(d, rq, status, why);
	if (rq->what == WANT_PRESENCE && good)
		want_others(d);
	if (d->again[rq->what] && status) {
		d->again[rq->what] = false;
		want_again(d, rq->what);
	}
}
