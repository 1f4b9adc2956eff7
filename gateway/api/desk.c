/* What the staff terminal asks for: how things stand, one customer, a search, figures. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/page.h"
#include "gateway/api/resources.h"
#include "gateway/api/ticket_json.h"
#include "gateway/base/iso.h"
#include "gateway/core/owner.h"
#include "gateway/store/attributes.h"
#include "gateway/store/contacts.h"
#include "gateway/store/desk.h"
#include "gateway/store/ledger.h"
#include "gateway/store/orders.h"
#include "gateway/text/hours.h"
#include "gateway/text/zone.h"

#define DAYS_MAX 14
#define FEW      5
#define ALERTS   20

/* ---- GET /v1/desk ---- */

static void
read_desk(struct db *db, void *arg)
{
	struct page *page = arg;
	struct jsonw *w = &page->w;
	struct desk_counts counts;
	desk_count(db, &counts);
	jsonw_open(w, "counts", '{');
	for (int i = SHELF_WAITING; i < SHELF_CLOSED; i++)
		jsonw_int(w, ticket_shelf_name((enum ticket_shelf)i), counts.shelves[i]);
	jsonw_int(w, "late", counts.late);
	jsonw_close(w, '}');
	char cursor[24];
	snprintf(cursor, sizeof(cursor), "%" PRIu64, counts.newest);
	jsonw_text(w, "cursor", cursor);
	jsonw_close(w, '}');
}

/* When the shop closes (or opens) next; 0 when it never does. Closing times are asked for
 * by trying: a shop is seldom open for longer than a day. */
static int64_t
changes_at(const struct hours *hours, int64_t now, bool open)
{
	int64_t next = hours_reopens(hours, now);
	if (next == HOURS_NEVER || !open)
		return next == HOURS_NEVER ? 0 : next;
	int64_t at = now / MINUTE * MINUTE, step = 30 * MINUTE;
	while (step && at < next) {
		if (hours_open(hours, at + step))
			at += step;
		else
			step = step > MINUTE ? MINUTE : 0;
	}
	return at + MINUTE;
}

/* What the owner should have heard and nothing could carry: whoever sits here can. */
static void
write_alert(void *arg, int64_t at, const char *about, const char *text)
{
	(void)at, (void)about;
	jsonw_text(arg, NULL, text);
}

void
desk_get(struct request *rq)
{
	static const struct request_read how = {read_desk, page_answer, page_free};
	const struct config *config = rq->core->config;
	int64_t now = core_now(rq->core);
	struct page *page = page_new(rq);
	if (!page)
		return;
	struct jsonw *w = &page->w;
	bool open = hours_open(&config->hours, now);
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "shop", config->shop_name);
	jsonw_text(w, "zone", config->zone);
	jsonw_text(w, "agent", rq->agent);
	jsonw_time(w, "now", now);
	jsonw_bool(w, "open", open);
	jsonw_time(w, "changes_at", changes_at(&config->hours, now, open));
	jsonw_open(w, "alerts", '[');
	owner_waiting(rq->core->db, ALERTS, write_alert, w);
	jsonw_close(w, ']');
	request_read(rq, &how, page);
}

/* ---- GET /v1/tickets/{id}/customer ---- */

static void
write_at(struct jsonw *w, int64_t at)
{
	jsonw_time(w, "at", at);
}

static bool
write_text(void *arg, const struct desk_text *t)
{
	struct jsonw *w = arg;
	jsonw_open(w, NULL, '{');
	jsonw_id(w, "id", t->id);
	write_at(w, t->at);
	jsonw_text(w, "text", t->text);
	jsonw_close(w, '}');
	return true;
}

static bool
write_order(void *arg, const struct order *o)
{
	struct jsonw *w = arg;
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "number", o->number);
	jsonw_text(w, "state", *o->state_word ? o->state_word : o->state);
	jsonw_close(w, '}');
	return true;
}

static void
write_name(struct db *db, struct jsonw *w, uint64_t contact)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(4096);
	struct attribute name;
	if (!attribute_load(db, contact, "name", &name, &text))
		strbuf_reset(&text);
	jsonw_some(w, "name", text.s);
}

static void
write_tags(struct db *db, struct jsonw *w, uint64_t contact)
{
	struct strbuf all AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	char *tag, *rest;
	tags_list(db, contact, &all);
	jsonw_open(w, "tags", '[');
	for (rest = all.len ? all.s : NULL; (tag = strsep(&rest, "\n"));)
		jsonw_text(w, NULL, tag);
	jsonw_close(w, ']');
}

static void
write_lists(struct db *db, struct jsonw *w, const struct contact *c)
{
	struct strbuf script AUTO(strbuf_done) = STRBUF_INIT(512);
	struct order_filter orders = {.phone = c->phone, .limit = FEW};
	desk_running(db, c->id, &script);
	jsonw_some(w, "script", script.s);
	jsonw_open(w, "orders", '[');
	orders_list(db, &orders, write_order, w);
	jsonw_close(w, ']');
	jsonw_open(w, "promotions_sent", '[');
	desk_promotions(db, c->id, 3, write_text, w);
	jsonw_close(w, ']');
	jsonw_open(w, "scheduled", '[');
	desk_scheduled(db, c->id, 1, write_text, w);
	jsonw_close(w, ']');
}

static void
read_customer(struct db *db, void *arg)
{
	struct page *page = arg;
	struct jsonw *w = &page->w;
	struct ticket t;
	struct contact c;
	struct consent_state consent;
	page->missing =
		!ticket_load(db, page->cursor, &t) || !contact_load(db, t.contact, &c);
	if (page->missing)
		return;
	consent_derive(db, c.id, &consent);
	bool holds = consent.granted && (!consent.expires || consent.expires > page->now);
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "phone", c.phone);
	write_name(db, w, c.id);
	write_tags(db, w, c.id);
	jsonw_some(w, "stopped", c.stopped);
	jsonw_bool(w, "promotions", holds && !*c.stopped);
	jsonw_bool(w, "blocked", contact_blocked(db, c.id) != 0);
	jsonw_some(w, "zone", c.zone);
	write_lists(db, w, &c);
	jsonw_close(w, '}');
}

void
customer_get(struct request *rq)
{
	static const struct request_read how = {read_customer, page_answer, page_free};
	struct page *page = page_new(rq);
	if (!page)
		return;
	page->now = core_now(rq->core);
	if (request_param_id(rq, "ticket", &page->cursor))
		request_read(rq, &how, page);
	else
		page_free(page);
}

/* ---- GET /v1/search ---- */

static void
read_search(struct db *db, void *arg)
{
	struct page *page = arg;
	bool cut;
	page_begin(page, db, "tickets");
	desk_search(db, page->words, page->limit, &cut, ticket_write_item, page);
	jsonw_close(&page->w, ']');
	jsonw_bool(&page->w, "complete", !cut);
	jsonw_null(&page->w, "next");
	jsonw_close(&page->w, '}');
}

void
search_get(struct request *rq)
{
	static const struct request_read how = {read_search, page_answer, page_free};
	const char *what = request_query(rq, "q");
	struct page *page = page_new(rq);
	if (!page)
		return;
	snprintf(page->words, sizeof(page->words), "%s", what ? what : "");
	if (what && *what && strlen(what) < sizeof(page->words)) {
		request_read(rq, &how, page);
		return;
	}
	page_free(page);
	request_problem_field(rq, 400, "q", "q is what to look for, 1 to %zu bytes",
		sizeof(page->words) - 1);
}

/* ---- GET /v1/figures ---- */

static bool
write_agent(void *arg, const struct desk_agent *a)
{
	struct jsonw *w = arg;
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "agent", a->name);
	jsonw_int(w, "answers", a->answers);
	jsonw_int(w, "closed", a->closed);
	jsonw_close(w, '}');
	return true;
}

static void
write_day(struct jsonw *w, struct db *db, int64_t from, int64_t until, const char *zone)
{
	struct desk_day day;
	char iso[ISO_MAX];
	desk_figures(db, from, until, &day);
	iso_format(from, zone_offset(zone, from), iso);
	iso[10] = '\0';
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "date", iso);
	jsonw_text(w, "day", iso + 5);
	jsonw_int(w, "in", day.in);
	jsonw_int(w, "out", day.out);
	jsonw_int(w, "opened", day.opened);
	jsonw_int(w, "closed", day.closed);
	jsonw_int(w, "late", day.late);
	jsonw_close(w, '}');
}

static void
read_figures(struct db *db, void *arg)
{
	struct page *page = arg;
	struct jsonw *w = &page->w;
	int64_t here = page->now + zone_offset(page->words, page->now);
	int64_t today = here / DAY * DAY, first = 0;
	jsonw_open(w, NULL, '{');
	jsonw_open(w, "days", '[');
	for (int i = page->limit - 1; i >= 0; i--) {
		int64_t from = zone_from_local(page->words, today - i * DAY);
		int64_t until = zone_from_local(page->words, today - (i - 1) * DAY);
		first = first ? first : from;
		write_day(w, db, from, until, page->words);
	}
	jsonw_close(w, ']');
	int64_t median = desk_median_answer(db, first);
	if (median < 0)
		jsonw_null(w, "first_answer_ms");
	else
		jsonw_int(w, "first_answer_ms", median);
	jsonw_int(w, "promised_ms", page->place);
	jsonw_open(w, "agents", '[');
	desk_agents(db, first, 12, write_agent, w);
	jsonw_close(w, ']');
	jsonw_close(w, '}');
}

void
figures_get(struct request *rq)
{
	static const struct request_read how = {read_figures, page_answer, page_free};
	int64_t days;
	if (!request_query_int(rq, "days", 1, DAYS_MAX, 7, &days))
		return;
	struct page *page = page_new(rq);
	if (!page)
		return;
	page->limit = (int)days;
	page->now = core_now(rq->core);
	page->place = rq->core->config->reply;
	snprintf(page->words, sizeof(page->words), "%s", rq->core->config->zone);
	request_read(rq, &how, page);
}
