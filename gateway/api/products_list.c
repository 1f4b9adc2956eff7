/* GET /v1/products: what the shop sells, by sku. */
#include <stdio.h>
#include <string.h>

#include "gateway/api/page.h"
#include "gateway/api/resources.h"
#include "gateway/store/products.h"

static bool
write_product(void *arg, const struct product *p)
{
	struct page *page = arg;
	struct jsonw *w = &page->w;
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "sku", p->sku);
	jsonw_text(w, "name", p->name);
	jsonw_some(w, "category", p->category);
	jsonw_some(w, "kind", p->kind);
	if (p->has_price)
		jsonw_real(w, "price", (double)p->price / 1000);
	else
		jsonw_null(w, "price");
	jsonw_some(w, "url", p->url);
	jsonw_some(w, "howto", p->howto);
	if (p->has_lasts)
		jsonw_real(w, "lasts", p->lasts);
	else
		jsonw_null(w, "lasts");
	jsonw_some(w, "upgrade_of", p->upgrade_of);
	jsonw_some(w, "pack_of", p->pack_of);
	jsonw_some(w, "goes_with", p->goes_with);
	jsonw_close(w, '}');
	page->count++;
	snprintf(page->words, sizeof(page->words), "%s", p->sku);
	return true;
}

/* The cursor is a sku, and not an id. */
static void
read_products(struct db *db, void *arg)
{
	struct page *page = arg;
	char after[sizeof(page->words)];
	snprintf(after, sizeof(after), "%s", page->words);
	page_begin(page, db, "products");
	products_list(db, after, page->limit, write_product, page);
	jsonw_close(&page->w, ']');
	jsonw_some(&page->w, "next", page->count == page->limit ? page->words : "");
	jsonw_close(&page->w, '}');
}

void
products_get(struct request *rq)
{
	static const struct request_read how = {read_products, page_answer, page_free};
	const char *after = request_query(rq, "after");
	struct page *page;
	if (after && strlen(after) >= sizeof(page->words)) {
		request_problem_field(rq, 400, "after", "no sku is that long");
		return;
	}
	page = page_new(rq);
	if (!page)
		return;
	snprintf(page->words, sizeof(page->words), "%s", after ? after : "");
	request_read(rq, &how, page);
}
