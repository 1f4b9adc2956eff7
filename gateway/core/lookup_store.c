/* Look-ups that read an SQLite file: the shop's own, or malgil's. Each connector has a
 * thread of its own, so that one slow file keeps neither another nor the API's lists
 * waiting. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/core/lookup_inside.h"
#include "gateway/sms/address.h"
#include "gateway/store/attributes.h"
#include "gateway/store/contacts.h"
#include "gateway/store/coupons.h"
#include "gateway/store/orders.h"
#include "gateway/text/orderstate.h"
#include "gateway/text/sheet.h"

/* Characters of an order's number that are enough beside the phone. */
#define TAIL_MIN 4

/* Owned by the loop until it is submitted and again in `done`; in between the thread may
 * touch everything but `owner`. */
struct store_job {
	struct lookup *owner; /* NULL: nobody waits any more */
	atomic_bool stop;
	enum connector_type type;
	char *path, *sql, *query, *language;
	struct foreign_arg args[LOOKUP_ARGS];
	size_t arg_count;
	int rows;
	int64_t wait;
	struct lookup_result *result;
};

static void
job_free(void *arg)
{
	struct store_job *job = arg;
	for (size_t i = 0; i < job->arg_count; i++) {
		free((char *)job->args[i].name);
		free((char *)job->args[i].value);
	}
	free(job->path);
	free(job->sql);
	free(job->query);
	free(job->language);
	result_free(job->result);
	free(job);
}

/* ---- somebody else's file ---- */

static void
take_row(void *arg, const struct foreign_row *row)
{
	struct store_job *job = arg;
	if (!result_row(job->result))
		return;
	for (size_t i = 0; i < row->count; i++)
		result_field(job->result, row->names[i], row->values[i]);
}

static void
ask_foreign(struct store_job *job)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct foreign_query query = {.path = job->path,
		.sql = job->sql,
		.args = job->args,
		.arg_count = job->arg_count,
		.rows = job->rows,
		.wait = job->wait,
		.stop = &job->stop};
	bool more;
	if (foreign_select(&query, take_row, job, &more, &err) < 0)
		result_fail(job->result, "%s", err.s);
	else
		job->result->more |= more;
}

/* ---- malgil's own orders ---- */

static const char *
value_of(const struct store_job *job, const char *name)
{
	for (size_t i = 0; i < job->arg_count; i++)
		if (!strcmp(job->args[i].name, name))
			return job->args[i].value;
	return NULL;
}

/* The items' names in one: the first, and how many others. */
static void
give_items(struct lookup_result *r, const struct order *o, const char *language)
{
	char count[24];
	struct strbuf item AUTO(strbuf_done) = STRBUF_INIT(2 * ORDER_NAME);
	int64_t quantity = 0;
	for (size_t i = 0; i < o->item_count; i++)
		quantity += o->items[i].quantity;
	if (o->item_count)
		strbuf_puts(&item, o->items[0].item);
	if (o->item_count > 1 && !strcmp(language, "ko"))
		strbuf_printf(&item, " 외 %zu건", o->item_count - 1);
	else if (o->item_count > 1)
		strbuf_printf(&item, " and %zu more", o->item_count - 1);
	result_field(r, "item", o->item_count ? o->items[0].item : "");
	result_field(r, "items", item.s);
	snprintf(count, sizeof(count), "%lld", (long long)quantity);
	result_field(r, "quantity", o->item_count ? count : "");
}

static void
give_state(struct lookup_result *r, const struct order *o, const char *language)
{
	enum order_state state;
	if (*o->state_word)
		result_field(r, "state", o->state_word);
	else if (!order_state_named(o->state, &state))
		result_field(r, "state", order_state_label(state, language));
}

static bool
take_order(void *arg, const struct order *o)
{
	struct store_job *job = arg;
	struct lookup_result *r = job->result;
	char total[32], placed[ISO_MAX];
	if ((int)r->count == job->rows) {
		r->more = true;
		return false;
	}
	if (!result_row(r))
		return false;
	sheet_amount_format(o->total, sheet_currency_digits(o->currency), total);
	iso_format(o->placed, 0, placed);
	result_field(r, "no", o->number);
	give_items(r, o, job->language);
	give_state(r, o, job->language);
	result_field(r, "eta", o->eta);
	result_field(r, "track", o->track);
	result_field(r, "carrier", o->carrier);
	result_field(r, "name", o->name);
	result_field(r, "total", o->has_total ? total : NULL);
	result_field(r, "currency", o->currency);
	result_field(r, "placed", o->placed ? placed : NULL);
	result_field(r, "source", o->source);
	return true;
}

/* By its whole number; with the customer's phone also by the number's end. Without the
 * phone the end is not enough: it would show a stranger's order. */
static void
find_order(struct db *db, struct store_job *job, struct order_filter *f)
{
	const char *number = value_of(job, "number");
	f->phone = value_of(job, "phone");
	f->number = number;
	orders_list(db, f, take_order, job);
	if (job->result->count || !f->phone || strlen(number) < TAIL_MIN)
		return;
	f->number = NULL;
	f->tail = number;
	orders_list(db, f, take_order, job);
}

/* ---- who invited them ---- */

/* The word that the check of the last code they sent has left; none for a code that is
 * nobody's. */
static void
find_invitation(struct db *db, struct store_job *job)
{
	struct contact c;
	struct referral r;
	struct strbuf what AUTO(strbuf_done) = STRBUF_INIT(256);
	struct attribute a = {0};
	const char *phone = value_of(job, "phone");
	if (!phone || !contact_find(db, phone, &c) ||
		!attribute_load(db, c.id, "invited", &a, &what) ||
		!strcmp(what.s, "no") || !result_row(job->result))
		return;
	result_field(job->result, "result", what.s);
	if (referral_of(db, c.id, &r))
		result_field(job->result, "code", r.code);
}

static void
ask_own(struct db *db, struct store_job *job)
{
	struct order_filter filter = {.limit = job->rows + 1};
	if (!db) {
		result_fail(job->result, "the store cannot be read");
		return;
	}
	if (!strcmp(job->query, "order")) {
		find_order(db, job, &filter);
	} else if (!strcmp(job->query, "invitation")) {
		find_invitation(db, job);
	} else {
		filter.phone = value_of(job, "phone");
		filter.open = !strcmp(job->query, "open_orders_by_phone");
		orders_list(db, &filter, take_order, job);
	}
	if (db_poisoned(db))
		result_fail(job->result, "the store cannot be read: %s", db_error(db));
}

/* ---- across the threads ---- */

static void
run(struct db *db, void *arg)
{
	struct store_job *job = arg;
	if (atomic_load(&job->stop))
		return;
	if (job->type == CONNECTOR_SQL)
		ask_foreign(job);
	else
		ask_own(db, job);
}

static void
on_done(void *arg)
{
	struct store_job *job = arg;
	struct lookup *l = job->owner;
	struct lookup_result *r = job->result;
	if (l) {
		l->job = NULL;
		job->result = NULL;
		lookup_finish(l, r);
	}
	job_free(job);
}

static char *
copy(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

/* malgil's own tables know phones in E.164 alone, whoever asks. */
static char *
arg_value(const struct lookup *l, size_t i)
{
	char number[32];
	bool phone = l->connector->type == CONNECTOR_MALGIL &&
		     !strcmp(l->args[i].name, "phone");
	if (phone && !sms_number_e164(l->args[i].value, l->all->country, number, NULL))
		return xstrdup(number);
	return xstrdup(l->args[i].value);
}

static struct store_job *
job_new(struct lookup *l)
{
	struct store_job *job = xcalloc(1, sizeof(*job));
	job->owner = l;
	job->type = l->connector->type;
	job->path = copy(l->connector->file);
	job->sql = copy(l->query->sql);
	job->query = copy(l->query->name);
	job->language = xstrdup(strcmp(l->all->country, "KR") ? "en" : "ko");
	job->rows = (int)l->connector->rows;
	job->wait = l->timeout;
	job->result = result_new();
	for (size_t i = 0; i < l->arg_count; i++)
		job->args[job->arg_count++] = (struct foreign_arg){
			.name = xstrdup(l->args[i].name), .value = arg_value(l, i)};
	return job;
}

int
lookup_store_begin(struct lookup *l, struct lookup_result *r)
{
	if (!l->gauge->reader)
		l->gauge->reader = reader_new(l->all->loop, l->all->store);
	l->job = job_new(l);
	if (!reader_submit(l->gauge->reader, run, on_done, job_free, l->job))
		return 0;
	job_free(l->job);
	l->job = NULL;
	result_fail(r, "%s is being asked too much already", l->connector->name);
	return -1;
}

void
lookup_store_forget(struct lookup *l)
{
	l->job->owner = NULL;
	atomic_store(&l->job->stop, true);
}
