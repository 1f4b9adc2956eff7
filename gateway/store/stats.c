#include "gateway/store/stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/text/orderstate.h"
#include "gateway/text/sheet.h"

/* ---- what a purchase adds up to ---- */

struct kept {
	uint64_t contact;
	int64_t at, amount, said, goods;
	bool counts;
	char phone[48];
	struct strbuf categories;
};

static bool
load_purchase(struct db *db, const char *number, const char *source, struct kept *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT contact, at, amount, counts, said, phone, categories, goods FROM "
		"purchases WHERE number = $1 AND source = $2",
		"tt", number, source);
	bool found = db_next(q);
	*ret = (struct kept){.categories = STRBUF_INIT(16384)};
	if (found) {
		ret->contact = db_id(q, 0);
		ret->at = db_int(q, 1);
		ret->amount = db_int(q, 2);
		ret->counts = db_int(q, 3) != 0;
		ret->said = db_int(q, 4);
		snprintf(ret->phone, sizeof(ret->phone), "%s", db_text(q, 5));
		strbuf_puts(&ret->categories, db_text(q, 6));
		ret->goods = db_int(q, 7);
	}
	db_end(q);
	return found;
}

/* Half of two in the middle, so that the order they came in cannot matter. */
static int64_t
median(int64_t *gaps, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && gaps[k - 1] > gaps[k]; k--) {
			int64_t swap = gaps[k];
			gaps[k] = gaps[k - 1];
			gaps[k - 1] = swap;
		}
	return !n ? 0 : n % 2 ? gaps[n / 2] : (gaps[n / 2 - 1] + gaps[n / 2]) / 2;
}

static int64_t
median_gap(struct db *db, uint64_t contact)
{
	int64_t gaps[STATS_GAPS], last = 0;
	size_t n = 0;
	bool any = false;
	struct db_rows *q = db_select(db,
		"SELECT at FROM purchases WHERE contact = $1 AND counts = 1 "
		"ORDER BY at DESC LIMIT $2",
		"ui", contact, (int64_t)STATS_GAPS + 1);
	while (db_next(q)) {
		if (any && n < STATS_GAPS)
			gaps[n++] = last - db_int(q, 0);
		last = db_int(q, 0);
		any = true;
	}
	db_end(q);
	return median(gaps, n);
}

static void
count(struct db *db, uint64_t contact, int64_t orders, int64_t spent)
{
	db_run(db,
		"INSERT INTO contact_stats(contact, orders, spent) VALUES($1, $2, $3) "
		"ON CONFLICT (contact) DO UPDATE SET orders = contact_stats.orders + "
		"excluded.orders, spent = contact_stats.spent + excluded.spent",
		"uii", contact, orders, spent);
}

/* What a difference cannot tell is read from the ends of an index. */
static void
settle(struct db *db, uint64_t contact)
{
	int64_t first = db_number(db, 0,
		"SELECT min(at) FROM purchases WHERE contact = $1 AND counts = 1", "u",
		contact);
	int64_t last = db_number(db, 0,
		"SELECT max(at) FROM purchases WHERE contact = $1 AND counts = 1", "u",
		contact);
	db_run(db,
		"UPDATE contact_stats SET first_order = $2, last_order = $3, gap = $4 "
		"WHERE contact = $1",
		"uiii", contact, first, last, median_gap(db, contact));
}

static void
count_categories(struct db *db, uint64_t contact, const char *list, int64_t by)
{
	char name[256];
	for (const char *p = list; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		snprintf(name, sizeof(name), "%.*s", (int)MIN(strcspn(p, "\n"), 255), p);
		db_run(db,
			"INSERT INTO contact_categories(contact, category, n) "
			"VALUES($1, $2, $3) ON CONFLICT (contact, category) DO UPDATE "
			"SET n = contact_categories.n + excluded.n",
			"uti", contact, name, by);
		if (by < 0)
			db_run(db,
				"DELETE FROM contact_categories WHERE contact = $1 AND "
				"category = $2 AND n <= 0",
				"ut", contact, name);
	}
}

static void
weigh(struct db *db, const struct kept *k, int64_t by)
{
	if (!k->contact || !k->counts)
		return;
	count(db, k->contact, by, by * k->amount);
	count_categories(db, k->contact, k->categories.s, by);
}

/* ---- purchases ---- */

static uint64_t
contact_of(struct db *db, const char *phone)
{
	return (uint64_t)db_number(
		db, 0, "SELECT id FROM contacts WHERE phone = $1", "t", phone);
}

/* The fact that happened last is the one that holds, in whatever order they come. */
static void
merge(struct db *db, const struct purchase *p, struct kept *k, bool found)
{
	if (p->goods && p->said >= k->goods) {
		k->at = p->at;
		k->amount = p->amount;
		k->goods = p->said;
		strbuf_reset(&k->categories);
		strbuf_puts(&k->categories, p->categories ? p->categories : "");
	}
	if (found && p->said < k->said)
		return;
	k->counts = p->counts;
	k->said = p->said;
	if (!found || strcmp(k->phone, p->phone) != 0) {
		snprintf(k->phone, sizeof(k->phone), "%s", p->phone);
		k->contact = *p->phone ? contact_of(db, p->phone) : 0;
	}
}

void
purchase_put(struct db *db, const struct purchase *p)
{
	struct kept k;
	bool found = load_purchase(db, p->number, p->source, &k);
	uint64_t before = k.contact;
	weigh(db, &k, -1);
	merge(db, p, &k, found);
	db_run(db,
		"INSERT INTO purchases(number, source, phone, contact, at, amount, "
		"counts, "
		"said, categories, goods) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, "
		"$10) "
		"ON CONFLICT (number, source) DO UPDATE SET phone = excluded.phone, "
		"contact = excluded.contact, at = excluded.at, amount = excluded.amount, "
		"counts = excluded.counts, said = excluded.said, categories = "
		"excluded.categories, goods = excluded.goods",
		"tttuiiiiti", p->number, p->source, k.phone, k.contact, k.at, k.amount,
		(int64_t)k.counts, k.said, k.categories.s, k.goods);
	weigh(db, &k, 1);
	if (before)
		settle(db, before);
	if (k.contact && k.contact != before)
		settle(db, k.contact);
	strbuf_done(&k.categories);
}

/* ---- from imported orders ---- */

/* An order that was only placed, or is undone, does not count yet or any more. One whose
 * state nobody ever said is taken for bought, as lists of past sales come. */
static bool
state_counts(const char *name)
{
	enum order_state state;
	if (order_state_named(name, &state) != 0)
		return true;
	switch (state) {
	case ORDER_PLACED:
	case ORDER_CANCELED:
	case ORDER_RETURNED:
	case ORDER_REFUNDED: return false;
	case ORDER_UNKNOWN:
	case ORDER_PAID:
	case ORDER_PREPARING:
	case ORDER_SHIPPED:
	case ORDER_ARRIVING:
	case ORDER_DELIVERED:
	case ORDER_CANCEL_ASKED:
	case ORDER_RETURN_ASKED:
	case ORDER_EXCHANGE_ASKED:
	case ORDER_EXCHANGED:
	case ORDER_HELD:
	case ORDER_OTHER:
	case ORDER_STATES: break;
	}
	return true;
}

static void
order_categories(struct db *db, uint64_t order, struct strbuf *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT DISTINCT p.category FROM order_items i JOIN products p "
		"ON p.sku = i.sku WHERE i.order_id = $1 AND p.category <> '' "
		"ORDER BY p.category",
		"u", order);
	while (db_next(q))
		strbuf_printf(ret, "%s%s", ret->len ? "\n" : "", db_text(q, 0));
	db_end(q);
}

static int64_t
thousandths(int64_t amount, const char *currency)
{
	for (int digits = sheet_currency_digits(currency); digits < 3; digits++)
		amount *= 10;
	return amount;
}

void
stats_order(struct db *db, uint64_t order, const char *currency)
{
	struct strbuf texts = STRBUF_INIT(2048), categories = STRBUF_INIT(16384);
	struct purchase p = {.goods = true};
	char state[24];
	struct db_rows *q = db_select(db,
		"SELECT number, source, phone, state, currency, total, placed, created, "
		"updated FROM orders WHERE id = $1",
		"u", order);
	if (db_next(q)) {
		strbuf_add(&texts, db_text(q, 0), strlen(db_text(q, 0)) + 1);
		size_t source = texts.len;
		strbuf_add(&texts, db_text(q, 1), strlen(db_text(q, 1)) + 1);
		size_t phone = texts.len;
		strbuf_add(&texts, db_text(q, 2), strlen(db_text(q, 2)) + 1);
		p.number = texts.s;
		p.source = texts.s + source;
		p.phone = texts.s + phone;
		snprintf(state, sizeof(state), "%s", db_text(q, 3));
		p.counts = state_counts(state);
		if (!strcmp(db_text(q, 4), currency))
			p.amount = thousandths(db_int(q, 5), currency);
		p.at = db_int(q, 6) ? db_int(q, 6) : db_int(q, 7);
		p.said = db_int(q, 8);
	}
	db_end(q);
	if (p.number) {
		order_categories(db, order, &categories);
		p.categories = categories.s;
		purchase_put(db, &p);
	}
	strbuf_done(&texts);
	strbuf_done(&categories);
}

/* ---- contacts ---- */

void
stats_happened(struct db *db, uint64_t contact, int64_t at)
{
	db_run(db,
		"INSERT INTO contact_stats(contact, happened, last_event) VALUES($1, 1, "
		"$2) ON CONFLICT (contact) DO UPDATE SET happened = "
		"contact_stats.happened + 1, last_event = CASE WHEN excluded.last_event "
		"> "
		"contact_stats.last_event THEN excluded.last_event ELSE "
		"contact_stats.last_event END",
		"ui", contact, at);
}

void
stats_adopt(struct db *db, uint64_t contact, const char *phone)
{
	struct strbuf categories = STRBUF_INIT(1 << 20);
	int64_t orders = 0, spent = 0;
	struct db_rows *q = db_select(db,
		"SELECT amount, categories FROM purchases WHERE phone = $1 AND contact = "
		"0 AND counts = 1",
		"t", phone);
	while (db_next(q)) {
		orders++;
		spent += db_int(q, 0);
		if (*db_text(q, 1))
			strbuf_printf(&categories, "%s%s", categories.len ? "\n" : "",
				db_text(q, 1));
	}
	db_end(q);
	if (db_run(db,
		    "UPDATE purchases SET contact = $1 WHERE phone = $2 AND contact = 0",
		    "ut", contact, phone) > 0) {
		count(db, contact, orders, spent);
		count_categories(db, contact, categories.s, 1);
		settle(db, contact);
	}
	strbuf_done(&categories);
}

static void
read_stats(struct db_rows *q, struct contact_stats *ret)
{
	*ret = (struct contact_stats){0};
	if (db_next(q))
		*ret = (struct contact_stats){.orders = db_int(q, 0),
			.spent = db_int(q, 1),
			.first_order = db_int(q, 2),
			.last_order = db_int(q, 3),
			.happened = db_int(q, 4),
			.last_event = db_int(q, 5),
			.gap = db_int(q, 6)};
	db_end(q);
}

void
stats_load(struct db *db, uint64_t contact, struct contact_stats *ret)
{
	read_stats(db_select(db,
			   "SELECT orders, spent, first_order, last_order, happened, "
			   "last_event, gap FROM contact_stats WHERE contact = $1",
			   "u", contact),
		ret);
}

void
stats_derive(struct db *db, uint64_t contact, struct contact_stats *ret)
{
	read_stats(
		db_select(db,
			"SELECT count(*), coalesce(sum(amount), 0), "
			"coalesce(min(at), 0), coalesce(max(at), 0), (SELECT count(*) "
			"FROM shop_events WHERE contact = $1 AND source = 'shop'), "
			"coalesce((SELECT max(at) FROM shop_events WHERE contact = $1 "
			"AND source = 'shop'), 0), 0 FROM purchases WHERE contact = $1 "
			"AND counts = 1",
			"u", contact),
		ret);
	ret->gap = median_gap(db, contact);
}

void
stats_categories(struct db *db, uint64_t contact, struct strbuf *ret)
{
	struct db_rows *q = db_select(db,
		"SELECT category FROM contact_categories WHERE contact = $1 "
		"ORDER BY category",
		"u", contact);
	while (db_next(q))
		strbuf_printf(ret, "%s%s", ret->len ? "\n" : "", db_text(q, 0));
	db_end(q);
}
