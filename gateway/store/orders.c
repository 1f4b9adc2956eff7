#include "gateway/store/orders.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                          \
	"id, number, source, phone, name, state, state_word, carrier, track, eta, "      \
	"currency, total, placed, created, updated "

/* ---- reading ---- */

/* Texts of one order, kept together while its items are read with another statement. */
struct texts {
	struct strbuf room;
	size_t at[16 + 3 * ORDER_ITEMS];
	size_t count;
};

static size_t
keep(struct texts *t, const char *text)
{
	t->at[t->count] = t->room.len;
	strbuf_add(&t->room, text, strlen(text) + 1);
	return t->count++;
}

static const char *
kept(const struct texts *t, size_t i)
{
	return t->room.s + t->at[i];
}

static void
read_items(struct db *db, struct order *o, struct texts *t)
{
	struct db_rows *q = db_select(db,
		"SELECT item, variant, sku, quantity, amount FROM order_items "
		"WHERE order_id = $1 ORDER BY seq",
		"u", o->id);
	while (o->item_count < ORDER_ITEMS && db_next(q)) {
		struct order_item *item = &o->items[o->item_count++];
		*item = (struct order_item){.quantity = db_int(q, 3),
			.amount = db_int(q, 4),
			.has_amount = !db_null(q, 4)};
		for (int c = 0; c < 3; c++)
			keep(t, db_text(q, c));
	}
	db_end(q);
}

/* The texts move while the room grows: the pointers are set when all are in it. */
static void
point(struct order *o, const struct texts *t)
{
	const char **const head[] = {&o->number, &o->source, &o->phone, &o->name,
		&o->state, &o->state_word, &o->carrier, &o->track, &o->eta, &o->currency};
	for (size_t i = 0; i < ARRAY_LEN(head); i++)
		*head[i] = kept(t, i);
	for (size_t i = 0; i < o->item_count; i++) {
		o->items[i].item = kept(t, ARRAY_LEN(head) + 3 * i);
		o->items[i].variant = kept(t, ARRAY_LEN(head) + 3 * i + 1);
		o->items[i].sku = kept(t, ARRAY_LEN(head) + 3 * i + 2);
	}
}

static void
read_order(struct db *db, struct db_rows *q, struct order *o, struct texts *t)
{
	*o = (struct order){.id = db_id(q, 0),
		.has_total = !db_null(q, 11),
		.total = db_int(q, 11),
		.placed = db_int(q, 12),
		.created = db_int(q, 13),
		.updated = db_int(q, 14)};
	strbuf_reset(&t->room);
	t->count = 0;
	for (int c = 1; c <= 10; c++)
		keep(t, db_text(q, c));
	read_items(db, o, t);
	point(o, t);
}

/* ---- lists ---- */

static bool
fits(const struct order_filter *f, const struct order *o)
{
	enum order_state state;
	if (f->source && strcmp(f->source, o->source) != 0)
		return false;
	if (f->state && strcmp(f->state, o->state) != 0)
		return false;
	if (f->tail) {
		size_t n = strlen(f->tail), len = strlen(o->number);
		if (n > len || strcmp(o->number + len - n, f->tail) != 0)
			return false;
	}
	if (f->phone && f->number && strcmp(f->phone, o->phone) != 0)
		return false;
	return !f->open || order_state_named(o->state, &state) ||
	       !order_state_final(state);
}

/* Each filter begins with what an index serves; the rest is looked at row by row. */
static struct db_rows *
select_orders(struct db *db, const struct order_filter *f)
{
	uint64_t before = f->before ? f->before : INT64_MAX;
	int64_t placed = f->before ? f->placed : INT64_MAX;
	if (f->number)
		return db_select(db,
			"SELECT " COLUMNS "FROM orders WHERE number = $1 AND id < $2 "
			"ORDER BY id DESC",
			"tu", f->number, before);
	if (f->phone)
		return db_select(db,
			"SELECT " COLUMNS "FROM orders WHERE phone = $1 AND "
			"(placed < $2 OR (placed = $2 AND id < $3)) "
			"ORDER BY placed DESC, id DESC",
			"tiu", f->phone, placed, before);
	if (f->state)
		return db_select(db,
			"SELECT " COLUMNS "FROM orders WHERE state = $1 AND id < $2 "
			"ORDER BY id DESC",
			"tu", f->state, before);
	return db_select(db,
		"SELECT " COLUMNS "FROM orders WHERE id < $1 ORDER BY id DESC", "u",
		before);
}

void
orders_list(struct db *db, const struct order_filter *f,
	bool (*each)(void *arg, const struct order *o), void *arg)
{
	struct texts *texts = xcalloc(1, sizeof(*texts));
	struct order *o = xcalloc(1, sizeof(*o));
	strbuf_init(&texts->room, 1 << 20);
	struct db_rows *q = select_orders(db, f);
	int left = f->limit;
	while (left > 0 && db_next(q)) {
		read_order(db, q, o, texts);
		if (!fits(f, o))
			continue;
		left--;
		if (!each(arg, o))
			break;
	}
	db_end(q);
	strbuf_done(&texts->room);
	free(texts);
	free(o);
}

/* ---- writing ---- */

static const char *
text_of(const char *text)
{
	return text ? text : "";
}

static bool
same_text(const char *told, const char *known)
{
	return !told || !strcmp(told, known);
}

static bool
same_items(const struct order_facts *f, const struct order *o)
{
	if (!f->has_items)
		return true;
	if (f->item_count != o->item_count)
		return false;
	for (size_t i = 0; i < f->item_count; i++) {
		const struct order_item *a = &f->items[i], *b = &o->items[i];
		if (strcmp(a->item, b->item) != 0 ||
			strcmp(a->variant, b->variant) != 0 ||
			strcmp(a->sku, b->sku) != 0 || a->quantity != b->quantity ||
			a->has_amount != b->has_amount ||
			(a->has_amount && a->amount != b->amount))
			return false;
	}
	return true;
}

static bool
same(const struct order_facts *f, const struct order *o)
{
	return same_text(f->phone, o->phone) && same_text(f->name, o->name) &&
	       same_text(f->state_word, o->state_word) &&
	       same_text(f->carrier, o->carrier) && same_text(f->track, o->track) &&
	       same_text(f->eta, o->eta) && same_text(f->currency, o->currency) &&
	       (!f->has_total || (o->has_total && f->total == o->total)) &&
	       (!f->has_placed || f->placed == o->placed) &&
	       (!f->state_word || !strcmp(order_state_name(f->state), o->state)) &&
	       same_items(f, o);
}

static void
put_items(struct db *db, uint64_t id, const struct order_facts *f)
{
	db_run(db, "DELETE FROM order_items WHERE order_id = $1", "u", id);
	for (size_t i = 0; i < f->item_count; i++) {
		const struct order_item *item = &f->items[i];
		db_run(db,
			"INSERT INTO order_items(order_id, seq, item, variant, sku, "
			"quantity, "
			"amount) VALUES($1, $2, $3, $4, $5, $6, NULL)",
			"uittti", id, (int64_t)i, item->item, item->variant, item->sku,
			item->quantity);
		if (item->has_amount)
			db_run(db,
				"UPDATE order_items SET amount = $3 WHERE order_id = $1 "
				"AND "
				"seq = $2",
				"uii", id, (int64_t)i, item->amount);
	}
}

/* A NULL leaves the column as it is: coalesce() asks PostgreSQL for the types. */
static void
change(struct db *db, uint64_t id, const struct order_facts *f, int64_t now)
{
	db_run(db,
		"UPDATE orders SET phone = coalesce($2, phone), name = coalesce($3, "
		"name), "
		"state_word = coalesce($4, state_word), carrier = coalesce($5, carrier), "
		"track = coalesce($6, track), eta = coalesce($7, eta), "
		"currency = coalesce($8, currency), state = coalesce($9, state), "
		"updated = $10 WHERE id = $1",
		"uttttttt"
		"ti",
		id, f->phone, f->name, f->state_word, f->carrier, f->track, f->eta,
		f->currency, f->state_word ? order_state_name(f->state) : NULL, now);
	if (f->has_total)
		db_run(db, "UPDATE orders SET total = $2 WHERE id = $1", "ui", id,
			f->total);
	if (f->has_placed)
		db_run(db, "UPDATE orders SET placed = $2 WHERE id = $1", "ui", id,
			f->placed);
	if (f->has_items)
		put_items(db, id, f);
}

struct comparison {
	const struct order_facts *facts;
	uint64_t id;
	bool same;
};

static bool
compare(void *arg, const struct order *o)
{
	struct comparison *c = arg;
	c->id = o->id;
	c->same = same(c->facts, o);
	return false;
}

enum order_change
order_put(struct db *db, const struct order_facts *f, uint64_t new_id, int64_t now,
	uint64_t *ret_id)
{
	struct comparison c = {.facts = f};
	struct order_filter filter = {
		.number = f->number, .source = text_of(f->source), .limit = 1};
	orders_list(db, &filter, compare, &c);
	*ret_id = c.id ? c.id : new_id;
	if (c.id && c.same)
		return ORDER_SAME;
	if (!c.id)
		db_run(db,
			"INSERT INTO orders(id, number, source, created, updated) "
			"VALUES($1, $2, $3, $4, $4)",
			"utti", new_id, f->number, text_of(f->source), now);
	change(db, *ret_id, f, now);
	return c.id ? ORDER_CHANGED : ORDER_NEW;
}

void
order_currency(struct db *db, const char *number, const char *source, char ret[4])
{
	struct db_rows *q = db_select(db,
		"SELECT currency FROM orders WHERE number = $1 AND source = $2", "tt",
		number, source);
	ret[0] = '\0';
	if (db_next(q) && strlen(db_text(q, 0)) == 3)
		memcpy(ret, db_text(q, 0), 4);
	db_end(q);
}

void
order_phone(struct db *db, const char *number, const char *source, char ret[32])
{
	struct db_rows *q = db_select(db,
		"SELECT phone FROM orders WHERE number = $1 AND source = $2", "tt",
		number, source);
	ret[0] = '\0';
	if (db_next(q) && strlen(db_text(q, 0)) < 32)
		snprintf(ret, 32, "%s", db_text(q, 0));
	db_end(q);
}
