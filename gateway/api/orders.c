/* GET /v1/orders and /v1/orders/{number}: looking at orders, in the reader thread. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gateway/api/page.h"
#include "gateway/api/resources.h"
#include "gateway/store/orders.h"
#include "gateway/text/sheet.h"

struct job {
	struct page page;
	struct order_filter filter;
	char number[ROUTE_PARAM_MAX], source[ROUTE_PARAM_MAX];
	char language[4];
	struct strbuf sources; /* of those found, for the one who must choose */
};

static struct job *
job_new(struct request *rq)
{
	struct job *job = page_of(rq, sizeof(*job), 50);
	if (!job)
		return NULL;
	strbuf_init(&job->sources, 1024);
	snprintf(job->language, sizeof(job->language), "%s",
		strcmp(rq->core->config->country, "KR") ? "en" : "ko");
	return job;
}

static void
release(void *arg)
{
	struct job *job = arg;
	strbuf_done(&job->sources);
	page_free(job);
}

static void
write_amount(
	struct jsonw *w, const char *name, bool has, int64_t amount, const char *currency)
{
	char text[32];
	sheet_amount_format(amount, sheet_currency_digits(currency), text);
	jsonw_text(w, name, has ? text : NULL);
}

static void
write_items(struct jsonw *w, const struct order *o)
{
	jsonw_open(w, "items", '[');
	for (size_t i = 0; i < o->item_count; i++) {
		const struct order_item *item = &o->items[i];
		jsonw_open(w, NULL, '{');
		jsonw_text(w, "item", item->item);
		jsonw_some(w, "variant", item->variant);
		jsonw_some(w, "sku", item->sku);
		jsonw_int(w, "quantity", item->quantity);
		write_amount(w, "amount", item->has_amount, item->amount, o->currency);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static void
write_order(struct job *job, const struct order *o)
{
	struct jsonw *w = &job->page.w;
	enum order_state state = ORDER_UNKNOWN;
	if (order_state_named(o->state, &state))
		state = ORDER_UNKNOWN;
	jsonw_open(w, NULL, '{');
	jsonw_id(w, "id", o->id);
	jsonw_text(w, "number", o->number);
	jsonw_some(w, "source", o->source);
	jsonw_some(w, "phone", o->phone);
	jsonw_some(w, "name", o->name);
	jsonw_some(w, "state", o->state);
	jsonw_some(w, "state_word", o->state_word);
	jsonw_some(w, "state_label", order_state_label(state, job->language));
	jsonw_some(w, "carrier", o->carrier);
	jsonw_some(w, "track", o->track);
	jsonw_some(w, "eta", o->eta);
	write_amount(w, "total", o->has_total, o->total, o->currency);
	jsonw_some(w, "currency", o->currency);
	jsonw_time(w, "placed", o->placed);
	jsonw_time(w, "created", o->created);
	jsonw_time(w, "updated", o->updated);
	write_items(w, o);
	jsonw_close(w, '}');
}

/* ---- GET /v1/orders ---- */

static bool
list_one(void *arg, const struct order *o)
{
	struct job *job = arg;
	write_order(job, o);
	page_count(&job->page, o->id);
	job->page.last_place = o->placed;
	return true;
}

static void
read_list(struct db *db, void *arg)
{
	struct job *job = arg;
	char next[48];
	jsonw_open(&job->page.w, NULL, '{');
	jsonw_open(&job->page.w, "orders", '[');
	orders_list(db, &job->filter, list_one, job);
	jsonw_close(&job->page.w, ']');
	snprintf(next, sizeof(next), "%" PRId64 "-%" PRIu64, job->page.last_place,
		job->page.last);
	jsonw_text(
		&job->page.w, "next", job->page.count == job->page.limit ? next : NULL);
	jsonw_close(&job->page.w, '}');
}

/* PLACED-ID, as `next` was given out. */
static bool
read_cursor(struct request *rq, struct order_filter *f)
{
	const char *text = request_query(rq, "before");
	char tail;
	if (!text)
		return true;
	if (sscanf(text, "%" SCNd64 "-%" SCNu64 "%c", &f->placed, &f->before, &tail) ==
			2 &&
		f->before && f->before <= INT64_MAX)
		return true;
	request_problem_field(
		rq, 400, "before", "before must be what `next` of the page before said");
	return false;
}

static bool
read_state(struct request *rq, struct order_filter *f)
{
	const char *names[ORDER_STATES + 1] = {"open"};
	for (int i = ORDER_PLACED; i < ORDER_STATES; i++)
		names[i] = order_state_name((enum order_state)i);
	if (!request_query_name(rq, "state", names, &f->state))
		return false;
	f->open = f->state && !strcmp(f->state, "open");
	if (f->open)
		f->state = NULL;
	return true;
}

static const char *
copy_query(struct request *rq, const char *name, char ret[ROUTE_PARAM_MAX])
{
	const char *text = request_query(rq, name);
	snprintf(ret, ROUTE_PARAM_MAX, "%s", text ? text : "");
	return text ? ret : NULL;
}

static bool
read_filter(struct request *rq, struct job *job)
{
	const char *phone = request_query(rq, "phone");
	if (!read_state(rq, &job->filter) || !read_cursor(rq, &job->filter) ||
		(phone && !request_phone(rq, phone, job->page.phone)))
		return false;
	job->filter.limit = job->page.limit;
	job->filter.phone = phone ? job->page.phone : NULL;
	job->filter.number = copy_query(rq, "number", job->number);
	job->filter.source = copy_query(rq, "source", job->source);
	return true;
}

void
orders_get(struct request *rq)
{
	static const struct request_read how = {read_list, page_answer, release};
	struct job *job = job_new(rq);
	if (job && read_filter(rq, job))
		request_read(rq, &how, job);
	else if (job)
		release(job);
}

/* ---- GET /v1/orders/{number} ---- */

static bool
show_one(void *arg, const struct order *o)
{
	struct job *job = arg;
	if (!job->page.count++)
		write_order(job, o);
	strbuf_printf(
		&job->sources, "%s'%s'", job->page.count > 1 ? ", " : "", o->source);
	return true;
}

static void
read_one(struct db *db, void *arg)
{
	struct job *job = arg;
	orders_list(db, &job->filter, show_one, job);
}

static void
answer_one(struct request *rq, void *arg)
{
	struct job *job = arg;
	if (!job->page.count)
		request_problem(rq, 404, "there is no order %s", rq->param);
	else if (job->page.count > 1)
		request_problem_field(rq, 409, "source",
			"there are orders %s from %s: say which with source", rq->param,
			job->sources.s);
	else
		request_reply(rq, 200, &job->page.body);
}

void
order_get(struct request *rq)
{
	static const struct request_read how = {read_one, answer_one, release};
	struct job *job = job_new(rq);
	if (!job)
		return;
	snprintf(job->number, sizeof(job->number), "%s", rq->param);
	job->filter.number = job->number;
	job->filter.source = copy_query(rq, "source", job->source);
	job->filter.limit = 100;
	request_read(rq, &how, job);
}
