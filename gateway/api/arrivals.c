/* GET /v1/arrivals and /v1/reports: what came in as bytes and could not be made sense of,
 * and delivery reports nobody here can place. Nothing is dropped silently; this is where
 * it is. */
#include <string.h>

#include "gateway/api/page.h"
#include "gateway/api/resources.h"

static void
write_bytes(struct page *page, const struct arrival_item *a)
{
	struct strbuf hex = STRBUF_INIT(1 << 16);
	strbuf_hex(&hex, a->bytes, a->len);
	jsonw_text(&page->w, "bytes", hex.s);
	strbuf_done(&hex);
}

static bool
write_arrival(void *arg, const struct arrival_item *a)
{
	struct page *page = arg;
	struct jsonw *w = &page->w;
	jsonw_open(w, NULL, '{');
	jsonw_id(w, "id", a->id);
	jsonw_time(w, "at", a->at);
	jsonw_text(w, "channel", channel_names_find(&page->names, a->channel));
	jsonw_some(w, "sim", a->sim);
	jsonw_text(w, "kind", a->kind);
	jsonw_text(w, "state", a->state);
	jsonw_some(w, "error", a->error);
	jsonw_int(w, "starts", a->starts);
	jsonw_some(w, "smsc", a->smsc);
	write_bytes(page, a);
	jsonw_id(w, "message", a->message);
	jsonw_close(w, '}');
	page_count(page, a->id);
	return true;
}

static void
read_arrivals(struct db *db, void *arg)
{
	struct page *page = arg;
	page_begin(page, db, "arrivals");
	arrivals_list(db, page->state, page->cursor, page->limit, write_arrival, page);
	page_end(page);
}

void
arrivals_get(struct request *rq)
{
	static const struct request_read how = {read_arrivals, page_answer, page_free};
	static const char *const states[] = {
		"new", "done", "part", "quarantined", "undecodable", NULL};
	struct page *page = page_new(rq);
	if (!page)
		return;
	if (request_query_name(rq, "state", states, &page->state) &&
		request_query_id(rq, "before", &page->cursor))
		request_read(rq, &how, page);
	else
		page_free(page);
}

static bool
write_report(void *arg, const struct report_item *r)
{
	struct page *page = arg;
	struct jsonw *w = &page->w;
	jsonw_open(w, NULL, '{');
	jsonw_id(w, "id", r->id);
	jsonw_time(w, "at", r->at);
	jsonw_text(w, "channel", channel_names_find(&page->names, r->channel));
	jsonw_some(w, "sim", r->sim);
	jsonw_int(w, "reference", r->mr);
	jsonw_some(w, "recipient", r->recipient);
	jsonw_int(w, "status", r->status);
	jsonw_time(w, "submitted", r->submitted);
	jsonw_id(w, "attempt", r->attempt);
	jsonw_id(w, "message", r->message);
	jsonw_close(w, '}');
	page_count(page, r->id);
	return true;
}

static void
read_reports(struct db *db, void *arg)
{
	struct page *page = arg;
	page_begin(page, db, "reports");
	reports_list(db, page->flag, page->cursor, page->limit, write_report, page);
	page_end(page);
}

void
reports_get(struct request *rq)
{
	static const struct request_read how = {read_reports, page_answer, page_free};
	int64_t unmatched;
	struct page *page = page_new(rq);
	if (!page)
		return;
	if (request_query_int(rq, "unmatched", 0, 1, 0, &unmatched) &&
		request_query_id(rq, "before", &page->cursor)) {
		page->flag = unmatched;
		request_read(rq, &how, page);
	} else {
		page_free(page);
	}
}
