/* GET /v1/tickets and /v1/tickets/{id}: what waits for a person, and the whole thread. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/api/page.h"
#include "gateway/api/resources.h"
#include "gateway/api/ticket_json.h"

#define CONTEXT 3 /* texts from before the ticket */

void
ticket_write(struct jsonw *w, const struct ticket *t)
{
	jsonw_id(w, "id", t->id);
	jsonw_text(w, "phone", t->phone);
	jsonw_text(w, "state", ticket_shelf_name(ticket_shelf(t)));
	jsonw_some(w, "queue", t->queue);
	jsonw_some(w, "topic", t->topic);
	jsonw_text(w, "priority", ticket_priority_name(t->priority));
	jsonw_some(w, "agent", t->agent);
	jsonw_bool(w, "bot_muted", t->open && t->mute);
	jsonw_time(w, "waiting_since", t->waiting);
	jsonw_time(w, "due", t->due);
	jsonw_bool(w, "late", t->late);
	jsonw_time(w, "first_due", t->first_due);
	jsonw_time(w, "first_answered", t->answered);
	jsonw_int(w, "staff_texts", t->staff_texts);
	jsonw_time(w, "snoozed_until", t->snooze == INT64_MAX ? 0 : t->snooze);
	jsonw_time(w, "claimed", t->claimed);
	jsonw_time(w, "created", t->created);
	jsonw_time(w, "updated", t->updated);
	jsonw_time(w, "closed", t->closed);
	jsonw_some(w, "outcome", t->outcome);
	jsonw_bool(w, "quiet", t->quiet);
	jsonw_int(w, "reopened", t->reopened);
	jsonw_int(w, "reminded", t->reminded);
	jsonw_id(w, "message", t->message);
	jsonw_id(w, "contact", t->contact);
}

/* ---- the list ---- */

bool
ticket_write_item(void *arg, const struct ticket_item *item)
{
	struct page *page = arg;
	jsonw_open(&page->w, NULL, '{');
	ticket_write(&page->w, &item->t);
	jsonw_some(&page->w, "text", item->text);
	jsonw_some(&page->w, "note", item->note);
	jsonw_some(&page->w, "name", item->name);
	jsonw_some(&page->w, "last_text", item->newest);
	jsonw_close(&page->w, '}');
	page_count(page, item->t.id);
	page->last_shelf = item->shelf;
	page->last_place = item->place;
	return true;
}

static void
read_list(struct db *db, void *arg)
{
	struct page *page = arg;
	char next[64];
	page_begin(page, db, "tickets");
	tickets_list(db, &page->tickets, ticket_write_item, page);
	jsonw_close(&page->w, ']');
	snprintf(next, sizeof(next), "%d.%" PRId64 ".%" PRIu64, (int)page->last_shelf,
		page->last_place, page->last);
	jsonw_text(&page->w, "next", page->count == page->limit ? next : NULL);
	jsonw_close(&page->w, '}');
}

/* SHELF.PLACE.ID, as `next` was given out. */
static bool
read_cursor(struct request *rq, struct ticket_filter *filter)
{
	const char *text = request_query(rq, "before");
	int shelf;
	char tail;
	filter->after_place = INT64_MIN;
	if (!text)
		return true;
	if (sscanf(text, "%1d.%20" SCNd64 ".%20" SCNu64 "%c", &shelf,
		    &filter->after_place, &filter->after, &tail) == 3 &&
		shelf >= 0 && shelf < SHELF_COUNT && filter->after <= INT64_MAX) {
		filter->after_shelf = (enum ticket_shelf)shelf;
		return true;
	}
	request_problem_field(
		rq, 400, "before", "before must be what `next` of the page before said");
	return false;
}

static const struct {
	const char *name;
	enum ticket_shelf first, last;
} views[] = {
	{"open", SHELF_WAITING, SHELF_ASLEEP},
	{"waiting", SHELF_WAITING, SHELF_WAITING},
	{"answered", SHELF_ANSWERED, SHELF_ANSWERED},
	{"snoozed", SHELF_ASLEEP, SHELF_ASLEEP},
	{"closed", SHELF_CLOSED, SHELF_CLOSED},
	{"all", SHELF_WAITING, SHELF_CLOSED},
};

static bool
read_view(struct request *rq, struct ticket_filter *filter)
{
	const char *names[ARRAY_LEN(views) + 1] = {NULL}, *state;
	for (size_t i = 0; i < ARRAY_LEN(views); i++)
		names[i] = views[i].name;
	if (!request_query_name(rq, "state", names, &state))
		return false;
	size_t view = 0;
	while (state && strcmp(views[view].name, state) != 0)
		view++;
	filter->first = views[view].first;
	filter->last = views[view].last;
	return true;
}

static const char *
read_name(struct request *rq, const char *name, char ret[TICKET_NAME])
{
	const char *text = request_query(rq, name);
	if (text)
		snprintf(ret, TICKET_NAME, "%s", text);
	return text ? ret : NULL;
}

void
tickets_get(struct request *rq)
{
	static const struct request_read how = {read_list, page_answer, page_free};
	struct page *page = page_new(rq);
	if (!page)
		return;
	page->tickets.limit = page->limit;
	if (!read_view(rq, &page->tickets) || !read_cursor(rq, &page->tickets)) {
		page_free(page);
		return;
	}
	page->tickets.queue = read_name(rq, "queue", page->queue);
	page->tickets.agent = read_name(rq, "agent", page->agent);
	request_read(rq, &how, page);
}

/* ---- one, with its thread ---- */

static bool
write_line(void *arg, const struct thread_line *line)
{
	struct jsonw *w = arg;
	bool text = line->message != 0;
	jsonw_open(w, NULL, '{');
	jsonw_id(w, "id", line->id);
	jsonw_time(w, "at", line->at);
	jsonw_text(w, "what", line->what);
	jsonw_text(w, "direction", !text ? NULL : line->outbound ? "out" : "in");
	jsonw_some(w, "by", line->agent);
	jsonw_some(w, "text", line->text);
	jsonw_text(w, "state", text && line->outbound ? line->state : NULL);
	jsonw_id(w, "message", line->message);
	jsonw_close(w, '}');
	return true;
}

struct whole {
	struct page *page;
	struct ticket ticket;
};

static bool
write_whole(void *arg, const struct ticket_item *item)
{
	struct whole *whole = arg;
	struct jsonw *w = &whole->page->w;
	whole->ticket = item->t;
	ticket_write(w, &item->t);
	jsonw_some(w, "note", item->note);
	jsonw_some(w, "name", item->name);
	jsonw_some(w, "last_text", item->newest);
	return true;
}

static void
read_whole(struct db *db, void *arg)
{
	struct page *page = arg;
	struct whole whole = {.page = page};
	jsonw_open(&page->w, NULL, '{');
	page->missing = !ticket_item_load(db, page->cursor, write_whole, &whole);
	if (page->missing)
		return;
	jsonw_open(&page->w, "thread", '[');
	ticket_thread(db, &whole.ticket, CONTEXT, page->limit, page->after, write_line,
		&page->w);
	jsonw_close(&page->w, ']');
	jsonw_close(&page->w, '}');
}

static void
answer_whole(struct request *rq, void *arg)
{
	struct page *page = arg;
	if (page->missing)
		request_problem(rq, 404, "there is no ticket %s", rq->param);
	else
		request_reply(rq, 200, &page->body);
}

void
ticket_get(struct request *rq)
{
	static const struct request_read how = {read_whole, answer_whole, page_free};
	struct page *page = page_new(rq);
	if (!page)
		return;
	if (request_param_id(rq, "ticket", &page->cursor) &&
		request_query_id(rq, "before", &page->after))
		request_read(rq, &how, page);
	else
		page_free(page);
}
