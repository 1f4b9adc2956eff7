/* What the gateway says, taken into the model. Everything that comes is checked for being
 * there at all: the other end may be older or newer than this program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/desk/view.h"

static const char *
text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));
	return s ? s : "";
}

static int64_t
time_of(const json_t *o, const char *name)
{
	int64_t at = 0;
	const char *s = text_of(o, name);
	if (*s && iso_parse(s, &at, NULL) < 0)
		at = 0;
	return at;
}

static int64_t
int_of(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

static bool
true_of(const json_t *o, const char *name)
{
	return json_is_true(json_object_get(o, name));
}

/* Cut between two characters. */
static void
copy_text(char *ret, size_t size, const char *text)
{
	size_t n = strlen(text);
	if (n >= size)
		for (n = size - 1; n && ((unsigned char)text[n] & 0xC0) == 0x80; n--)
			;
	memcpy(ret, text, n);
	ret[n] = '\0';
}

#define TAKE(o, name, to) copy_text(to, sizeof(to), text_of(o, name))

static size_t
name_index(const char *const *names, size_t count, const char *name, size_t otherwise)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return i;
	return otherwise;
}

static void
take_ticket(const json_t *o, struct ticket *t)
{
	static const char *const shelves[] = {"waiting", "answered", "snoozed", "closed"};
	static const char *const priorities[] = {"low", "normal", "high", "urgent"};
	*t = (struct ticket){.waiting = time_of(o, "waiting_since"),
		.due = time_of(o, "due"),
		.updated = time_of(o, "updated"),
		.snoozed = time_of(o, "snoozed_until"),
		.muted = true_of(o, "bot_muted"),
		.late = true_of(o, "late")};
	t->shelf = (enum shelf)name_index(
		shelves, ARRAY_LEN(shelves), text_of(o, "state"), IN_WAITING);
	t->priority = (enum priority)name_index(priorities, ARRAY_LEN(priorities),
		text_of(o, "priority"), PRIORITY_NORMAL);
	TAKE(o, "id", t->id);
	TAKE(o, "contact", t->contact);
	TAKE(o, "phone", t->phone);
	TAKE(o, "name", t->name);
	TAKE(o, "queue", t->queue);
	TAKE(o, "topic", t->topic);
	TAKE(o, "agent", t->agent);
	TAKE(o, "outcome", t->outcome);
	static const char *const texts[] = {"last_text", "text", "note"};
	for (size_t i = 0; i < ARRAY_LEN(texts) && !*t->text; i++)
		TAKE(o, texts[i], t->text);
}

/* ---- the inbox: pages are read beside what is shown, and swapped in whole ---- */

static bool
was_marked(const struct desk *d, const char *id)
{
	for (size_t i = 0; i < d->ticket_count; i++)
		if (d->tickets[i].marked && !strcmp(d->tickets[i].id, id))
			return true;
	return false;
}

static void
swap_list(struct desk *d)
{
	bool marks = desk_marked(d) > 0;
	size_t at = desk_index(d);
	for (size_t i = 0; marks && i < d->fresh_count; i++)
		d->fresh[i].marked = was_marked(d, d->fresh[i].id);
	free(d->tickets);
	d->tickets = d->fresh;
	d->ticket_count = d->fresh_count;
	d->fresh = NULL;
	d->fresh_count = 0;
	d->list_loaded = true;
	d->list_took = d->now - d->list_at;
	desk_keep_selection(d, at);
}

static void
take_list(struct desk *d, const struct want_request *rq, const json_t *body)
{
	const json_t *list = json_object_get(body, "tickets");
	const char *next = text_of(body, "next");
	size_t n = json_array_size(list);
	bool first = !strstr(rq->path, "before=");
	if (strtoull(rq->subject, NULL, 10) != d->list_turn)
		return;
	if (first)
		d->fresh_count = 0;
	n = MIN(n, DESK_ROWS - d->fresh_count);
	d->fresh = xrealloc(d->fresh, (d->fresh_count + n + 1) * sizeof(*d->fresh));
	for (size_t i = 0; i < n; i++)
		take_ticket(json_array_get(list, i), &d->fresh[d->fresh_count++]);
	d->list_more = *next != '\0';
	if (*next && d->fresh_count < d->fresh_wanted && d->fresh_count < DESK_ROWS)
		desk_list_page(d, next);
	else
		swap_list(d);
}

/* ---- a thread ---- */

static void
take_line(const json_t *o, struct line *l)
{
	const char *direction = text_of(o, "direction"), *what = text_of(o, "what");
	*l = (struct line){.at = time_of(o, "at"),
		.kind = !strcmp(direction, "in")    ? LINE_THEIRS
			: !strcmp(direction, "out") ? LINE_OURS
			: !strcmp(what, "note")     ? LINE_NOTE
						    : LINE_LOG,
		.text = xstrdup(text_of(o, "text"))};
	l->len = strlen(l->text);
	TAKE(o, "id", l->id);
	TAKE(o, "message", l->message);
	TAKE(o, "by", l->by);
	TAKE(o, "what", l->what);
	TAKE(o, "state", l->state);
}

/* Ids are numbers written out. */
static int
compare_ids(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	return n != m ? (n < m ? -1 : 1) : strcmp(a, b);
}

static void
drop_from(struct thread *t, size_t first)
{
	for (size_t i = first; i < t->count; i++)
		free(t->lines[i].text);
	t->count = first;
}

static void
find_newest(struct thread *t)
{
	*t->newest = '\0';
	for (size_t i = t->count; i-- > 0 && !*t->newest;)
		if (t->lines[i].kind == LINE_THEIRS)
			copy_text(t->newest, sizeof(t->newest), t->lines[i].message);
}

/* The end of the thread: what overlaps is replaced, states change. */
static void
merge_tail(struct desk *d, const json_t *list)
{
	struct thread *t = &d->thread;
	size_t n = MIN(json_array_size(list), DESK_LINES), keep = t->count;
	size_t had = t->count;
	const char *first = n ? text_of(json_array_get(list, 0), "id") : "";
	while (keep && n && compare_ids(t->lines[keep - 1].id, first) >= 0)
		keep--;
	bool gap = n && keep == t->count && t->count; /* more has come than was read */
	if (gap || !t->loaded || keep + n > DESK_LINES) {
		t->older = n > 0;
		keep = 0;
	}
	if (!n && t->loaded)
		return;
	drop_from(t, keep);
	t->lines = xrealloc(t->lines, (keep + n + 1) * sizeof(*t->lines));
	for (size_t i = 0; i < n; i++)
		take_line(json_array_get(list, i), &t->lines[t->count++]);
	t->fresh = had < t->count && t->scroll ? t->count - had : 0;
	find_newest(t);
}

static void
take_thread(struct desk *d, const struct want_request *rq, const json_t *body)
{
	struct thread *t = &d->thread;
	const json_t *list = json_object_get(body, "thread");
	if (strcmp(rq->subject, t->ticket.id) != 0)
		return; /* another one is open by now */
	take_ticket(body, &t->ticket);
	bool first = !t->loaded;
	merge_tail(d, list);
	if (first)
		t->older = json_array_size(list) >= THREAD_FIRST;
	/* Begun before it was known what had been written: that is what was seen. */
	if (first && d->compose.kind == WRITE_REPLY && !*d->compose.seen)
		memcpy(d->compose.seen, t->newest, sizeof(d->compose.seen));
	t->loaded = true;
	desk_replace(d, &t->ticket);
}

static void
take_older(struct desk *d, const struct want_request *rq, const json_t *body)
{
	struct thread *t = &d->thread;
	const json_t *list = json_object_get(body, "thread");
	size_t n = json_array_size(list);
	if (strcmp(rq->subject, t->ticket.id) != 0 || !t->count)
		return;
	while (n && compare_ids(text_of(json_array_get(list, n - 1), "id"),
			    t->lines[0].id) >= 0)
		n--;
	n = MIN(n, DESK_LINES - t->count);
	t->older = n >= THREAD_OLDER;
	t->lines = xrealloc(t->lines, (t->count + n + 1) * sizeof(*t->lines));
	memmove(t->lines + n, t->lines, t->count * sizeof(*t->lines));
	t->count += n;
	t->lines[n].rows = 0; /* its day may begin earlier now */
	for (size_t i = 0; i < n; i++)
		take_line(json_array_get(list, i), &t->lines[i]);
}

/* ---- the customer ---- */

static void
take_pane_row(const json_t *o, const char *a, const char *b, struct pane_row *r)
{
	copy_text(r->a, sizeof(r->a), text_of(o, a));
	copy_text(r->b, sizeof(r->b), text_of(o, b));
}

static void
take_pane(struct desk *d, const struct want_request *rq, const json_t *body)
{
	struct pane *p = &d->pane;
	const json_t *o;
	size_t i;
	if (strcmp(rq->subject, d->thread.ticket.id) != 0)
		return;
	strbuf_reset(&p->tags);
	p->known = true;
	p->agreed = true_of(body, "promotions");
	p->blocked = true_of(body, "blocked");
	TAKE(body, "phone", p->phone);
	TAKE(body, "name", p->name);
	TAKE(body, "stopped", p->stopped);
	TAKE(body, "zone", p->zone);
	TAKE(body, "script", p->script);
	json_array_foreach(json_object_get(body, "tags"), i, o)
		strbuf_printf(&p->tags, "%s%s", i ? ", " : "", json_string_value(o));
	p->order_count = p->sent_count = 0;
	json_array_foreach(json_object_get(body, "orders"), i,
		o) if (p->order_count < ARRAY_LEN(p->orders))
		take_pane_row(o, "number", "state", &p->orders[p->order_count++]);
	json_array_foreach(json_object_get(body, "promotions_sent"), i,
		o) if (p->sent_count < ARRAY_LEN(p->sent))
		take_pane_row(o, "at", "text", &p->sent[p->sent_count++]);
	take_pane_row(json_array_get(json_object_get(body, "scheduled"), 0), "at", "text",
		&p->next);
}

/* ---- lists that are only looked at ---- */

static struct entry *
entry_add(struct entries *e, const char *id)
{
	e->rows = xrealloc(e->rows, (e->count + 1) * sizeof(*e->rows));
	struct entry *row = &e->rows[e->count++];
	*row = (struct entry){.hint = HINT_NONE};
	copy_text(row->id, sizeof(row->id), id);
	return row;
}

static void
entries_begin(struct entries *e)
{
	size_t selected = e->selected, top = e->top;
	entries_clear(e);
	e->selected = selected;
	e->top = top;
	e->loaded = true;
}

static void
entries_end(struct entries *e)
{
	e->selected = e->count ? MIN(e->selected, e->count - 1) : 0;
}

#define COL(row, i, text) copy_text((row)->cols[i], sizeof((row)->cols[i]), text)

static void
take_queue(struct desk *d, const json_t *body)
{
	const json_t *o;
	size_t i;
	entries_begin(&d->queue);
	json_array_foreach(json_object_get(body, "messages"), i, o)
	{
		const char *state = text_of(o, "state"),
			   *until = text_of(o, "held_until");
		struct entry *row = entry_add(&d->queue, text_of(o, "id"));
		COL(row, 0, phrase_word(d->language, state));
		COL(row, 1, text_of(o, "phone"));
		COL(row, 2, phrase_word(d->language, text_of(o, "class")));
		COL(row, 3, *until ? until : text_of(o, "created"));
		desk_reason(d, text_of(o, "reason"), row->cols[4], sizeof(row->cols[4]));
		row->text = xstrdup(text_of(o, "text"));
		row->hint = !strcmp(state, "in_doubt") || !strcmp(state, "failed")
				    ? HINT_BAD
				    : HINT_NONE;
	}
	entries_end(&d->queue);
}

/* So many cells, and one between it and what follows. */
static void
pad(struct strbuf *out, const char *text, int cells)
{
	strbuf_puts(out, text);
	for (int n = cells_width(text); n <= cells; n++)
		strbuf_putc(out, ' ');
}

static void
take_explained(struct desk *d, const struct want_request *rq, const json_t *body)
{
	const json_t *g;
	size_t i;
	copy_text(d->explained_id, sizeof(d->explained_id), rq->subject);
	strbuf_reset(&d->explained);
	char rule[320];
	desk_reason(d, text_of(body, "rule"), rule, sizeof(rule));
	strbuf_printf(&d->explained, "%s  %s\n",
		phrase_word(d->language, text_of(body, "verdict")), rule);
	json_array_foreach(json_object_get(body, "gates"), i, g)
	{
		char when[24];
		const char *until = text_of(g, "until");
		desk_reason(d, text_of(g, "rule"), rule, sizeof(rule));
		pad(&d->explained, phrase_gate(d->language, text_of(g, "gate")), 12);
		pad(&d->explained, phrase_word(d->language, text_of(g, "verdict")), 9);
		strbuf_printf(&d->explained, "%s %s\n", rule,
			*until ? clock_iso(d, until, when) : "");
	}
}

static void
take_channels(struct desk *d, const json_t *body)
{
	const json_t *o;
	size_t i;
	entries_begin(&d->channels);
	json_array_foreach(json_object_get(body, "channels"), i, o)
	{
		const char *state = text_of(o, "state");
		struct entry *row = entry_add(&d->channels, text_of(o, "name"));
		COL(row, 0, text_of(o, "name"));
		COL(row, 1, phrase_word(d->language, state));
		COL(row, 2, text_of(o, "operator"));
		snprintf(row->cols[3], sizeof(row->cols[3]),
			phrase(d->language, P_CHANNEL_FIGURES),
			(long long)int_of(o, "sent"), (long long)int_of(o, "failed"),
			(long long)int_of(o, "in_doubt"), (long long)int_of(o, "queue"));
		COL(row, 4, text_of(o, "last_error"));
		row->hint = !strcmp(state, "ready") ? HINT_GOOD : HINT_WARN;
	}
	entries_end(&d->channels);
}

static void
take_campaigns(struct desk *d, const json_t *body)
{
	const json_t *o;
	size_t i;
	entries_begin(&d->campaigns);
	json_array_foreach(json_object_get(body, "campaigns"), i, o)
	{
		struct entry *row = entry_add(&d->campaigns, text_of(o, "name"));
		COL(row, 0, text_of(o, "name"));
		COL(row, 1, phrase_word(d->language, text_of(o, "state")));
		const char *state = text_of(o, "state");
		row->hint = !strcmp(state, "running") || !strcmp(state, "done")
				    ? HINT_GOOD
				    : HINT_WARN;
		snprintf(row->cols[2], sizeof(row->cols[2]),
			phrase(d->language, int_of(o, "planned") == 1
						    ? P_CAMPAIGN_ONE
						    : P_CAMPAIGN_PEOPLE),
			(long long)int_of(o, "planned"));
		COL(row, 3, text_of(o, "agent"));
		COL(row, 4, text_of(o, "why"));
	}
	entries_end(&d->campaigns);
}

/* ---- figures ---- */

static int64_t
ms_of(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);
	return json_is_integer(v) ? json_integer_value(v) : -1;
}

static void
take_report(struct desk *d, const json_t *body)
{
	struct report *r = &d->report;
	const json_t *o;
	size_t i;
	*r = (struct report){.loaded = true,
		.median = ms_of(body, "first_answer_ms"),
		.promised = ms_of(body, "promised_ms")};
	json_array_foreach(json_object_get(body, "days"), i, o)
	{
		if (r->day_count == ARRAY_LEN(r->days))
			break;
		struct report_day *day = &r->days[r->day_count++];
		*day = (struct report_day){.in = int_of(o, "in"),
			.out = int_of(o, "out"),
			.opened = int_of(o, "opened"),
			.closed = int_of(o, "closed"),
			.late = int_of(o, "late")};
		TAKE(o, "day", day->label);
	}
	json_array_foreach(json_object_get(body, "agents"), i, o)
	{
		if (r->agent_count == ARRAY_LEN(r->agents))
			break;
		struct report_agent *a = &r->agents[r->agent_count++];
		a->answers = int_of(o, "answers");
		a->closed = int_of(o, "closed");
		TAKE(o, "agent", a->name);
	}
}

static void
take_status(struct desk *d, const json_t *body)
{
	const json_t *counts = json_object_get(body, "counts");
	TAKE(body, "shop", d->shop);
	TAKE(body, "zone", d->zone);
	TAKE(body, "agent", d->me);
	d->skew = time_of(body, "now") ? time_of(body, "now") - d->now : 0;
	const json_t *alerts = json_object_get(body, "alerts");
	d->alerts = json_array_size(alerts);
	const char *alert = json_string_value(json_array_get(alerts, 0));
	snprintf(d->alert, sizeof(d->alert), "%s", alert ? alert : "");
	d->shop_open = true_of(body, "open");
	d->shop_changes = time_of(body, "changes_at");
	int64_t now[] = {int_of(counts, "waiting"), int_of(counts, "answered"),
		int_of(counts, "snoozed")};
	/* Whatever was missed on the way: the list is looked at again. */
	if (memcmp(now, d->counts, sizeof(now)) != 0 && d->list_loaded)
		d->list_due = true;
	memcpy(d->counts, now, sizeof(now));
	d->late = int_of(counts, "late");
}

static void
take_presence(struct desk *d, const json_t *body)
{
	const json_t *o;
	size_t i;
	d->present_count = 0;
	d->present_version = int_of(body, "version");
	json_array_foreach(json_object_get(body, "present"), i, o)
	{
		if (d->present_count == ARRAY_LEN(d->present))
			break;
		struct presence *p = &d->present[d->present_count++];
		TAKE(o, "agent", p->agent);
		TAKE(o, "ticket", p->ticket);
		p->typing = true_of(o, "typing");
	}
}

static void
take_canned(struct desk *d, const json_t *body)
{
	const json_t *o;
	size_t i;
	desk_forget_canned(d);
	json_array_foreach(json_object_get(body, "replies"), i, o)
	{
		d->canned =
			xrealloc(d->canned, (d->canned_count + 1) * sizeof(*d->canned));
		struct canned *c = &d->canned[d->canned_count++];
		c->text = xstrdup(text_of(o, "text"));
		TAKE(o, "name", c->name);
	}
}

static void
take_staff(struct desk *d, const json_t *body)
{
	const json_t *list = json_object_get(body, "staff"), *o;
	size_t i, most = json_array_size(list);
	d->staff = xrealloc(d->staff, MAX(most, 1) * sizeof(*d->staff));
	json_array_foreach(list, i, o) TAKE(o, "name", d->staff[i]);
	d->staff_count = most;
}

/* A change is answered with the ticket as it is then. */
static void
take_change(struct desk *d, const struct want_request *rq, const json_t *body)
{
	struct ticket t;
	if (json_object_get(body, "bot_muted")) {
		take_ticket(body, &t);
		desk_replace(d, &t);
	}
	if (*rq->note)
		desk_say(d, NOTICE_GOOD, "%s", rq->note);
	desk_refresh(d);
}

void
answers_take(struct desk *d, const struct want_request *rq, const json_t *body)
{
	switch (rq->what) {
	case WANT_STATUS: take_status(d, body); break;
	case WANT_LIST: take_list(d, rq, body); break;
	case WANT_THREAD: take_thread(d, rq, body); break;
	case WANT_OLDER: take_older(d, rq, body); break;
	case WANT_PANE: take_pane(d, rq, body); break;
	case WANT_PLAN: break; /* compose.c */
	case WANT_QUEUE: take_queue(d, body); break;
	case WANT_EXPLAIN: take_explained(d, rq, body); break;
	case WANT_CHANNELS: take_channels(d, body); break;
	case WANT_CAMPAIGNS: take_campaigns(d, body); break;
	case WANT_REPORT: take_report(d, body); break;
	case WANT_CANNED: take_canned(d, body); break;
	case WANT_STAFF: take_staff(d, body); break;
	case WANT_PRESENCE:
	case WANT_HERE: take_presence(d, body); break;
	case WANT_CHANGE: take_change(d, rq, body); break;
	case WANT_SEND:
	case WANT_UNDO: break; /* compose.c */
	case WANT_COUNT: break;
	}
}
