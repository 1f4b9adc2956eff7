#include "gateway/api/page.h"

#include <stdlib.h>

#define BODY_MAX (256u << 20)

void *
page_of(struct request *rq, size_t size, int usual)
{
	int64_t limit;
	if (!request_query_int(rq, "limit", 1, 1000, usual, &limit))
		return NULL;
	struct page *page = xcalloc(1, size);
	page->limit = (int)limit;
	strbuf_init(&page->body, BODY_MAX);
	page->w.out = &page->body;
	return page;
}

struct page *
page_new(struct request *rq)
{
	return page_of(rq, sizeof(struct page), 100);
}

void
page_free(void *arg)
{
	struct page *page = arg;
	strbuf_done(&page->body);
	free(page);
}

void
page_begin(struct page *page, struct db *db, const char *name)
{
	channel_names_load(db, &page->names);
	jsonw_open(&page->w, NULL, '{');
	jsonw_open(&page->w, name, '[');
}

void
page_count(struct page *page, uint64_t id)
{
	page->count++;
	page->last = id;
}

void
page_end(struct page *page)
{
	jsonw_close(&page->w, ']');
	jsonw_id(&page->w, "next", page->count == page->limit ? page->last : 0);
	jsonw_close(&page->w, '}');
}

void
page_answer(struct request *rq, void *arg)
{
	struct page *page = arg;
	if (page->missing)
		request_problem(rq, 404, "nothing is known about %s", rq->param);
	else
		request_reply(rq, 200, &page->body);
}
