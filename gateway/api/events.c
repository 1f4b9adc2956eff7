/* GET /v1/events: everything that happened, in order, from any point on. The cursor is
 * the id of the last event seen; it stays good for ever. Asked with Accept:
 * text/event-stream it goes on as things happen (stream.c). */
#include <string.h>

#include "gateway/api/call.h"
#include "gateway/api/event_json.h"
#include "gateway/api/page.h"
#include "gateway/api/resources.h"
#include "gateway/api/stream.h"

void
event_write(
	struct jsonw *w, const struct event_item *e, const struct channel_names *names)
{
	jsonw_id(w, "id", e->id);
	jsonw_time(w, "at", e->at);
	jsonw_text(w, "name", e->name);
	jsonw_id(w, "message", e->message);
	jsonw_id(w, "contact", e->contact);
	jsonw_id(w, "ticket", e->ticket);
	jsonw_text(w, "channel", channel_names_find(names, e->channel));
	jsonw_some(w, "detail", e->detail);
}

static bool
write_event(void *arg, const struct event_item *e)
{
	struct page *page = arg;
	jsonw_open(&page->w, NULL, '{');
	event_write(&page->w, e, &page->names);
	jsonw_close(&page->w, '}');
	page_count(page, e->id);
	return true;
}

/* Unlike other lists this one grows at its end: `next` is always where to go on, also
 * when there is nothing yet. */
static void
read_events(struct db *db, void *arg)
{
	struct page *page = arg;
	page_begin(page, db, "events");
	events_list(db, page->cursor, page->limit, write_event, page);
	jsonw_close(&page->w, ']');
	jsonw_id(&page->w, "next", page->count ? page->last : page->cursor);
	jsonw_bool(&page->w, "more", page->count == page->limit);
	jsonw_close(&page->w, '}');
}

/* A browser's EventSource, and whoever else says what it wants. */
static bool
wants_stream(const struct request *rq)
{
	const char *accept = call_header((const struct call *)rq, "Accept");
	return strcasestr(accept, "text/event-stream") != NULL;
}

void
events_get(struct request *rq)
{
	static const struct request_read how = {read_events, page_answer, page_free};
	if (wants_stream(rq)) {
		stream_open(rq);
		return;
	}
	struct page *page = page_new(rq);
	if (!page)
		return;
	if (request_query_id(rq, "after", &page->cursor))
		request_read(rq, &how, page);
	else
		page_free(page);
}
