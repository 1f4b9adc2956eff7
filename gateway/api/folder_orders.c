#include "gateway/api/folder_orders.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/api/orders_put.h"
#include "gateway/base/fault.h"
#include "gateway/base/iso.h"
#include "gateway/core/shop_events.h"
#include "gateway/net/secret.h"
#include "gateway/store/source_files.h"
#include "gateway/text/csv.h"
#include "gateway/text/sheet.h"

#define TOLD_MAX 128 /* bytes of an event's own id */

/* ---- what the rows of all files say ---- */

struct together {
	json_t *items;
	char word[ORDER_NUMBER + 1];
	int digits;
	bool any, on_its_way, priced;
	int64_t sum;
};

/* Of items in different states the order's is one that is still to come. */
static void
take_word(struct together *t, const char *word)
{
	bool open = !order_state_final(order_state_read(word));
	if (!*word || (t->any && (t->on_its_way || !open)))
		return;
	t->any = true;
	t->on_its_way = open;
	snprintf(t->word, sizeof(t->word), "%.100s", word);
}

static void
take_line(void *arg, const char *word, const char *item)
{
	struct together *t = arg;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	json_t *o = *item ? json_read(item, strlen(item), &err) : NULL;
	const char *amount = json_string_value(json_object_get(o, "amount"));
	int64_t n;
	take_word(t, word);
	if (!o)
		return;
	if (amount && sheet_amount(amount, t->digits, &n) == 0)
		t->sum += n;
	else
		t->priced = false;
	json_array_append_new(t->items, o);
}

static void
remember(struct core *core, const char *source, const struct orders_sheet *s,
	const struct sheet_row *row, const char *number)
{
	struct strbuf line AUTO(strbuf_done) = STRBUF_INIT(CSV_ROW_BYTES);
	struct strbuf word AUTO(strbuf_done) = STRBUF_INIT(CSV_ROW_BYTES);
	struct strbuf item AUTO(strbuf_done) = STRBUF_INIT(CSV_ROW_BYTES * 2);
	char before[128];
	if (!orders_sheet_cell(s, row, SHEET_LINE, &line))
		return;
	orders_sheet_cell(s, row, SHEET_STATE, &word);
	if (word.len > ORDER_NUMBER)
		strbuf_reset(&word);
	if (source_line_word(core->db, source, line.s, before) &&
		!source_sheet_newer(before, word.s))
		strbuf_set(&word, "%s", before);
	orders_sheet_item(s, row, &item);
	source_line_put(core->db, source, line.s, number, word.s, item.s);
}

static bool
has_lines(const struct orders_sheet *s, const struct sheet_order *o)
{
	struct strbuf line AUTO(strbuf_done) = STRBUF_INIT(CSV_ROW_BYTES);
	bool all = true;
	for (size_t r = o->first; r && all; r = s->rows[r - 1].next)
		all = orders_sheet_cell(s, &s->rows[r - 1], SHEET_LINE, &line);
	return all;
}

/* The order as all its rows have it, not only those of this file. */
static void
put_together(struct core *core, const char *source, const struct orders_sheet *s,
	const struct sheet_order *o, json_t *order)
{
	struct together t = {.items = json_array(), .priced = true};
	char sum[32];
	t.digits = orders_sheet_digits(s, &s->rows[o->first - 1]);
	for (size_t r = o->first; r; r = s->rows[r - 1].next)
		remember(core, source, s, &s->rows[r - 1], o->number);
	source_lines_each(core->db, source, o->number, take_line, &t);
	if (t.any)
		json_object_set_new(order, "state", json_string(t.word));
	if (!s->at[SHEET_TOTAL] && t.priced && json_array_size(t.items)) {
		sheet_amount_format(t.sum, t.digits, sum);
		json_object_set_new(order, "total", json_string(sum));
	}
	if (s->at[SHEET_ITEM])
		json_object_set(order, "items", t.items);
	json_decref(t.items);
}

/* ---- news ---- */

static int64_t
moment_of(const struct orders_sheet *s, const struct sheet_order *o, enum sheet_column c)
{
	int64_t at = 0;
	for (size_t r = o->first; r && !at && c != SHEET_COLUMNS; r = s->rows[r - 1].next)
		at = orders_sheet_moment(s, &s->rows[r - 1], c);
	return at;
}

/* What happened long ago is no news, nor is what happened to an order we meet when it is
 * long over. */
static bool
is_news(const struct source_sheet *p, const struct orders_sheet *s,
	const struct sheet_order *o, enum order_change change, int64_t at, int64_t now)
{
	int64_t placed = moment_of(s, o, SHEET_PLACED);
	if (at)
		return now - at <= p->fresh;
	return change == ORDER_CHANGED || (placed && now - placed <= p->fresh);
}

static void
told_id(const char *source, const char *number, const char *event, char ret[TOLD_MAX + 1])
{
	struct strbuf id AUTO(strbuf_done) = STRBUF_INIT(1024);
	char hash[SECRET_SHA256];
	strbuf_printf(&id, "%s:%s:%s", source, number, event);
	if (id.len > TOLD_MAX) {
		secret_sha256(id.s, id.len, hash);
		strbuf_set(&id, "%s", hash);
	}
	snprintf(ret, TOLD_MAX + 1, "%.128s", id.s);
}

static json_t *
data_of(const json_t *order, const char *source, const char *event)
{
	static const char *const shipped[] = {"carrier", "track", "eta"};
	json_t *data = json_object();
	const json_t *first = json_array_get(json_object_get(order, "items"), 0);
	json_object_set(data, "id", json_object_get(order, "number"));
	json_object_set_new(data, "source", json_string(source));
	if (json_object_get(first, "item"))
		json_object_set(data, "item", json_object_get(first, "item"));
	if (!strcmp(event, "order.paid") || !strcmp(event, "order.placed")) {
		if (json_object_get(order, "total"))
			json_object_set(data, "total", json_object_get(order, "total"));
	}
	for (size_t i = 0; i < ARRAY_LEN(shipped) && !strcmp(event, "order.shipped"); i++)
		if (json_object_get(order, shipped[i]))
			json_object_set(
				data, shipped[i], json_object_get(order, shipped[i]));
	return data;
}

static int
tell(struct core *core, const char *source, const struct source_sheet_event *e,
	const json_t *order, const char *phone, int64_t at, int *told, struct strbuf *err)
{
	struct shop_event_answer a;
	char id[TOLD_MAX + 1];
	json_t *data = data_of(order, source, e->event);
	const char *number = json_string_value(json_object_get(order, "number"));
	told_id(source, number, e->event, id);
	shop_event_take(core,
		&(struct shop_event){.name = e->event,
			.told = id,
			.phone = phone,
			.at = MIN(at, core_now(core)),
			.data = data},
		&a);
	int r = a.status < 300 || a.status == 409    ? 0
		: a.status == 503 || a.status == 429 ? -EAGAIN
						     : -EINVAL;
	if (r)
		strbuf_set(err, "%s: %s", e->event, a.why.s);
	*told += a.status == 202;
	shop_event_answer_done(&a);
	json_decref(data);
	return r;
}

static int
tell_all(struct core *core, const char *source, const struct source_sheet *p,
	const struct orders_sheet *s, const struct sheet_order *o, const json_t *order,
	struct folder_taken *ret, struct strbuf *err)
{
	const char *word = json_string_value(json_object_get(order, "state"));
	const char *phone = json_string_value(json_object_get(order, "phone"));
	enum order_state state = word ? order_state_read(word) : ORDER_UNKNOWN;
	char known[32] = "";
	int r = 0;
	if (!phone) {
		order_phone(core->db, o->number, source, known);
		phone = known;
	}
	for (size_t i = 0; i < p->event_count && !r && *phone; i++) {
		const struct source_sheet_event *e = &p->events[i];
		int64_t at = moment_of(s, o, e->when);
		if ((e->states & 1u << state) &&
			is_news(p, s, o, ret->change, at, core_now(core)))
			r = tell(core, source, e, order, phone, at, &ret->events, err);
	}
	return r;
}

/* ---- one order ---- */

int
folder_order_take(struct core *core, const char *source, const struct source_sheet *p,
	const struct orders_sheet *s, size_t i, struct folder_taken *ret,
	struct strbuf *err)
{
	const struct sheet_order *o = &s->orders[i];
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(16u << 20);
	struct order_answer a = {.status = 400, .why = STRBUF_SENTENCE};
	*ret = (struct folder_taken){0};
	orders_sheet_json(s, i, &text);
	json_t *order = json_read(text.s, text.len, err);
	if (!order)
		return -EINVAL;
	if (s->at[SHEET_LINE] && has_lines(s, o))
		put_together(core, source, s, o, order);
	order_take_object(core, order, &a);
	int r = a.status < 300 ? 0 : a.status == 503 ? -EAGAIN : -EINVAL;
	ret->change = a.change;
	if (r)
		strbuf_set(err, "%s", a.why.s);
	FAULT("folder.order");
	if (!r)
		r = tell_all(core, source, p, s, o, order, ret, err);
	order_answer_done(&a);
	json_decref(order);
	return r;
}
