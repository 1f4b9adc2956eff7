/* POST /v1/orders and /v1/orders/bulk: orders as the shop's system knows them. The same
 * facts told twice change nothing; a member that is left out stays as it was. */
#include "gateway/api/orders_put.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/api/import.h"
#include "gateway/api/items.h"
#include "gateway/api/resources.h"
#include "gateway/core/outcome.h"
#include "gateway/base/iso.h"
#include "gateway/sms/address.h"
#include "gateway/store/stats.h"
#include "gateway/text/sheet.h"

/* ---- one order ---- */

struct told {
	const char *number, *source, *phone, *name, *state, *carrier, *track, *eta,
		*currency;
	int64_t placed;
	const json_t *total, *items;
};

#define AT(member) offsetof(struct told, member)
static const struct field order_fields[] = {
	{"number", FIELD_TEXT, AT(number), .required = true, .max = ORDER_NUMBER},
	{"source", FIELD_TEXT, AT(source), .max = ORDER_NUMBER},
	{"phone", FIELD_TEXT, AT(phone), .max = ORDER_NUMBER},
	{"name", FIELD_TEXT, AT(name), .max = ORDER_NAME},
	{"state", FIELD_TEXT, AT(state), .max = ORDER_NUMBER},
	{"carrier", FIELD_TEXT, AT(carrier), .max = ORDER_NUMBER},
	{"track", FIELD_TEXT, AT(track), .max = ORDER_NAME},
	{"eta", FIELD_TEXT, AT(eta), .max = 10},
	{"currency", FIELD_TEXT, AT(currency), .max = 3},
	{"total", FIELD_JSON, AT(total)},
	{"placed", FIELD_TIME, AT(placed)},
	{"items", FIELD_JSON, AT(items)},
	{0},
};

struct told_item {
	const char *item, *variant, *sku;
	const json_t *quantity, *amount;
};
#undef AT
#define AT(member) offsetof(struct told_item, member)
static const struct field item_fields[] = {
	{"item", FIELD_TEXT, AT(item), .required = true, .max = ORDER_NAME},
	{"variant", FIELD_TEXT, AT(variant), .max = ORDER_NAME},
	{"sku", FIELD_TEXT, AT(sku), .max = ORDER_NUMBER},
	{"quantity", FIELD_JSON, AT(quantity)},
	{"amount", FIELD_JSON, AT(amount)},
	{0},
};

static int
refuse(struct order_answer *a, const char *field, const char *fmt, ...) PRINTF_LIKE(3, 4);
static int
refuse(struct order_answer *a, const char *field, const char *fmt, ...)
{
	va_list ap;
	a->status = 422;
	snprintf(a->field, sizeof(a->field), "%s", field);
	strbuf_reset(&a->why);
	va_start(ap, fmt);
	strbuf_vprintf(&a->why, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* A number or a text such as "32,000원". Reals go through their shortest spelling. */
static int
read_amount(struct order_answer *a, const char *field, const json_t *value,
	const char *currency, int64_t *ret)
{
	char text[40] = "";
	if (json_is_integer(value))
		snprintf(
			text, sizeof(text), "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		snprintf(text, sizeof(text), "%.15g", json_real_value(value));
	else if (json_is_string(value))
		snprintf(text, sizeof(text), "%s", json_string_value(value));
	if (!sheet_amount(text, sheet_currency_digits(currency), ret))
		return 0;
	return refuse(a, field, "%s is not an amount in %s", field, currency);
}

static int
read_quantity(struct order_answer *a, const json_t *value, int64_t *ret)
{
	const char *text = json_string_value(value);
	int64_t n = json_is_integer(value) ? json_integer_value(value) : -1;
	if (text && (sheet_amount(text, 0, &n) || n < 0))
		n = -1;
	if (n < 0 || n > 1000000)
		return refuse(a, "quantity", "quantity must be a whole number from 0 on");
	*ret = n;
	return 0;
}

static int
read_item(struct order_answer *a, const json_t *value, const char *currency,
	struct order_item *ret)
{
	struct told_item told = {.variant = "", .sku = ""};
	const char *field;
	if (fields_read(value, item_fields, 0, &told, &field, &a->why)) {
		a->status = 422;
		snprintf(a->field, sizeof(a->field), "items");
		return -EINVAL;
	}
	*ret = (struct order_item){.item = told.item,
		.variant = told.variant,
		.sku = told.sku,
		.quantity = 1};
	if (told.quantity && read_quantity(a, told.quantity, &ret->quantity))
		return -EINVAL;
	ret->has_amount = told.amount != NULL;
	if (told.amount && read_amount(a, "amount", told.amount, currency, &ret->amount))
		return -EINVAL;
	return 0;
}

static int
read_items(struct order_answer *a, const struct told *told, struct order_item *items,
	struct order_facts *f)
{
	if (!told->items)
		return 0;
	if (!json_is_array(told->items) || json_array_size(told->items) > ORDER_ITEMS)
		return refuse(
			a, "items", "items must be a list of at most %d", ORDER_ITEMS);
	for (size_t i = 0; i < json_array_size(told->items); i++)
		if (read_item(a, json_array_get(told->items, i), f->currency, &items[i]))
			return -EINVAL;
	f->has_items = true;
	f->items = items;
	f->item_count = json_array_size(told->items);
	return 0;
}

/* "2026-11-24", a day that exists. */
static bool
is_day(const char *text)
{
	int64_t wall;
	bool fixed;
	return strlen(text) == 10 && text[4] == '-' && text[7] == '-' &&
	       !sheet_date(text, "", &wall, &fixed) && !fixed;
}

static int
read_facts(struct core *core, struct order_answer *a, const struct told *told,
	char phone[32], char currency[4], struct order_facts *f)
{
	*f = (struct order_facts){.number = told->number,
		.source = told->source ? told->source : "",
		.name = told->name,
		.state_word = told->state,
		.carrier = told->carrier,
		.track = told->track,
		.eta = told->eta,
		.has_placed = told->placed != 0,
		.placed = told->placed,
		.currency = told->currency};
	if (told->state)
		f->state = order_state_read(told->state);
	if (told->eta && !is_day(told->eta))
		return refuse(a, "eta", "eta must be a day such as 2026-11-24");
	if (told->currency &&
		(strlen(told->currency) != 3 ||
			strspn(told->currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3))
		return refuse(
			a, "currency", "currency must be three letters such as KRW");
	if (!told->currency) {
		order_currency(core->db, f->number, f->source, currency);
		if (!*currency)
			sheet_currency(core->config->country, currency);
		f->currency = currency;
	}
	if (told->total && read_amount(a, "total", told->total, f->currency, &f->total))
		return -EINVAL;
	f->has_total = told->total != NULL;
	if (!told->phone)
		return 0;
	f->phone = phone;
	if (!sms_number_e164(told->phone, core->config->country, phone, &a->why))
		return 0;
	a->status = 422;
	snprintf(a->field, sizeof(a->field), "phone");
	return -EINVAL;
}

static void
take_object(struct core *core, const json_t *object, struct order_answer *a)
{
	static _Thread_local struct order_item items[ORDER_ITEMS];
	struct told told = {0};
	struct order_facts facts;
	const char *field;
	char phone[32], currency[4] = "";
	if (fields_read(object, order_fields, core_now(core), &told, &field, &a->why)) {
		a->status = field ? 422 : 400;
		snprintf(a->field, sizeof(a->field), "%s", field ? field : "");
		return;
	}
	snprintf(a->number, sizeof(a->number), "%s", told.number);
	if (read_facts(core, a, &told, phone, currency, &facts) ||
		read_items(a, &told, items, &facts))
		return;
	a->change = order_put(core->db, &facts, core_id(core), core_now(core), &a->id);
	a->status = a->change == ORDER_NEW ? 201 : 200;
	sheet_currency(core->config->country, currency);
	if (a->change != ORDER_SAME)
		stats_order(core->db, a->id, currency);
	if (a->change != ORDER_SAME)
		outcome_credit_order(
			core, facts.number, facts.source ? facts.source : "");
}

void
order_take_object(struct core *core, const json_t *object, struct order_answer *ret)
{
	if (core->store_sick || core->low_disk) {
		ret->status = 503;
		strbuf_set(
			&ret->why, "the store cannot take anything right now; try again");
	} else {
		take_object(core, object, ret);
	}
}

void
order_take(struct core *core, const char *json, size_t len, struct order_answer *ret)
{
	*ret = (struct order_answer){.status = 400, .why = STRBUF_SENTENCE};
	json_t *object = json_read(json, len, &ret->why);
	if (object)
		order_take_object(core, object, ret);
	json_decref(object);
}

void
import_order(struct core *core, const json_t *row, struct import_row *ret)
{
	static const enum import_result results[] = {
		[ORDER_SAME] = IMPORT_SAME,
		[ORDER_NEW] = IMPORT_CREATED,
		[ORDER_CHANGED] = IMPORT_CHANGED,
	};
	struct order_answer a = {.status = 400, .why = STRBUF_SENTENCE};
	order_take_object(core, row, &a);
	ret->result = a.status < 300 ? results[a.change] : IMPORT_REFUSED;
	snprintf(ret->field, sizeof(ret->field), "%s", a.field);
	strbuf_set(&ret->why, "%s", a.status < 300 ? "" : a.why.s);
	order_answer_done(&a);
}

void
order_answer_done(struct order_answer *a)
{
	strbuf_done(&a->why);
}

static void
write_number(struct jsonw *w, const struct order_answer *a)
{
	if (*a->number)
		jsonw_text(w, "number", a->number);
}

static void
write_result(struct jsonw *w, const struct order_answer *a)
{
	static const char *const changes[] = {"unchanged", "created", "changed"};
	jsonw_id(w, "id", a->id);
	jsonw_text(w, "result", changes[a->change]);
}

/* ---- POST /v1/orders ---- */

static void
free_one(void *state)
{
	order_answer_done(state);
	free(state);
}

static void
answer_one(struct request *rq)
{
	struct order_answer *a = rq->state;
	struct strbuf body = STRBUF_INIT(64 * 1024);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	write_number(&w, a);
	write_result(&w, a);
	jsonw_close(&w, '}');
	request_reply(rq, a->status, &body);
}

void
orders_post(struct request *rq)
{
	struct order_answer *a = xcalloc(1, sizeof(*a));
	rq->state = a;
	rq->state_free = free_one;
	order_take(rq->core, rq->body.s, rq->body.len, a);
	if (a->status < 300)
		request_after_commit(rq, answer_one);
	else if (*a->field)
		request_problem_field(rq, a->status, a->field, "%s", a->why.s);
	else
		request_problem(rq, a->status, "%s", a->why.s);
}

/* ---- POST /v1/orders/bulk ---- */

static void
take_one(struct core *core, const char *json, size_t len, struct jsonw *members,
	struct item_answer *ret)
{
	struct order_answer a;
	order_take(core, json, len, &a);
	ret->status = a.status;
	snprintf(ret->field, sizeof(ret->field), "%s", a.field);
	strbuf_set(&ret->why, "%s", a.why.s);
	write_number(members, &a);
	ret->named = members->out->len;
	if (a.status < 300)
		write_result(members, &a);
	order_answer_done(&a);
}

void
orders_bulk(struct request *rq)
{
	items_post_list(rq, "orders", take_one);
}
