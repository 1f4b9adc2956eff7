/* GET /v1/consent/{phone}: what somebody agreed to, and the ledger that proves it. */
#include <stdio.h>

#include "gateway/api/page.h"
#include "gateway/api/resources.h"

static bool
write_row(void *arg, const struct consent_item *c)
{
	struct page *page = arg;
	struct jsonw *w = &page->w;
	jsonw_open(w, NULL, '{');
	jsonw_id(w, "id", c->id);
	jsonw_time(w, "at", c->at);
	jsonw_text(w, "action", c->action);
	jsonw_text(w, "scope", c->scope);
	jsonw_some(w, "list", c->list);
	jsonw_text(w, "method", c->method);
	jsonw_text(w, "address", c->address);
	jsonw_some(w, "words", c->words);
	jsonw_some(w, "wording", c->wording);
	jsonw_id(w, "message", c->message);
	jsonw_some(w, "operator", c->operator_name);
	jsonw_some(w, "basis", c->basis);
	jsonw_close(w, '}');
	page_count(page, c->id);
	return true;
}

static void
read_consent(struct db *db, void *arg)
{
	struct page *page = arg;
	struct consent_standing standing;
	jsonw_open(&page->w, NULL, '{');
	jsonw_text(&page->w, "phone", page->phone);
	jsonw_open(&page->w, "ledger", '[');
	consent_list(db, page->phone, page->limit, &standing, write_row, page);
	jsonw_close(&page->w, ']');
	jsonw_some(&page->w, "stopped", standing.stopped);
	jsonw_time(&page->w, "stopped_at", standing.stopped_at);
	jsonw_close(&page->w, '}');
	page->missing = !standing.contact;
}

void
consent_get(struct request *rq)
{
	static const struct request_read how = {read_consent, page_answer, page_free};
	struct page *page = page_new(rq);
	if (!page)
		return;
	if (request_phone(rq, rq->param, page->phone))
		request_read(rq, &how, page);
	else
		page_free(page);
}
