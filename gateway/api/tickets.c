/* GET /v1/tickets: what waits for a person. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/api/page.h"
#include "gateway/api/resources.h"

static bool
write_ticket(void *arg, const struct ticket_item *t)
{
	struct page *page = arg;
	struct jsonw *w = &page->w;
	jsonw_open(w, NULL, '{');
	jsonw_id(w, "id", t->id);
	jsonw_text(w, "phone", t->phone);
	jsonw_text(w, "state", t->state);
	jsonw_text(w, "topic", t->topic);
	jsonw_some(w, "text", t->text);
	jsonw_some(w, "note", t->note);
	jsonw_id(w, "message", t->message);
	jsonw_time(w, "created", t->created);
	jsonw_time(w, "updated", t->updated);
	jsonw_close(w, '}');
	page_count(page, t->id);
	page->last_touched = t->updated;
	return true;
}

static void
read_tickets(struct db *db, void *arg)
{
	struct page *page = arg;
	char next[48];
	page_begin(page, db, "tickets");
	tickets_list(db, page->state, page->touched, page->cursor, page->limit,
		write_ticket, page);
	jsonw_close(&page->w, ']');
	snprintf(next, sizeof(next), "%" PRId64 "-%" PRIu64, page->last_touched,
		page->last);
	jsonw_text(&page->w, "next", page->count == page->limit ? next : NULL);
	jsonw_close(&page->w, '}');
}

/* TOUCHED-ID, as `next` was given out. */
static bool
read_cursor(struct request *rq, struct page *page)
{
	const char *text = request_query(rq, "before");
	char tail;
	if (!text)
		return true;
	if (sscanf(text, "%" SCNd64 "-%" SCNu64 "%c", &page->touched, &page->cursor,
		    &tail) == 2 &&
		page->touched > 0 && page->cursor <= INT64_MAX)
		return true;
	request_problem_field(
		rq, 400, "before", "before must be what `next` of the page before said");
	return false;
}

void
tickets_get(struct request *rq)
{
	static const struct request_read how = {read_tickets, page_answer, page_free};
	static const char *const states[] = {"open", "closed", "all", NULL};
	struct page *page = page_new(rq);
	if (!page)
		return;
	if (!request_query_name(rq, "state", states, &page->state) ||
		!read_cursor(rq, page)) {
		page_free(page);
		return;
	}
	if (!page->state)
		page->state = "open";
	else if (!strcmp(page->state, "all"))
		page->state = NULL;
	request_read(rq, &how, page);
}
