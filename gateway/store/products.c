#include "gateway/store/products.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                          \
	"sku, name, category, kind, url, howto, upgrade_of, pack_of, goes_with, price, " \
	"lasts "

static bool
next_row(struct db_rows *q, struct product *p)
{
	bool found = db_next(q);
	if (found) {
		*p = (struct product){.has_price = !db_null(q, 9),
			.has_lasts = !db_null(q, 10),
			.price = db_int(q, 9),
			.lasts = db_real(q, 10)};
		snprintf(p->sku, sizeof(p->sku), "%s", db_text(q, 0));
		snprintf(p->name, sizeof(p->name), "%s", db_text(q, 1));
		snprintf(p->category, sizeof(p->category), "%s", db_text(q, 2));
		snprintf(p->kind, sizeof(p->kind), "%s", db_text(q, 3));
		snprintf(p->url, sizeof(p->url), "%s", db_text(q, 4));
		snprintf(p->howto, sizeof(p->howto), "%s", db_text(q, 5));
		snprintf(p->upgrade_of, sizeof(p->upgrade_of), "%s", db_text(q, 6));
		snprintf(p->pack_of, sizeof(p->pack_of), "%s", db_text(q, 7));
		snprintf(p->goes_with, sizeof(p->goes_with), "%s", db_text(q, 8));
	}
	return found;
}

static bool
read_row(struct db_rows *q, struct product *p)
{
	bool found = next_row(q, p);
	db_end(q);
	return found;
}

void
products_list(struct db *db, const char *after, int limit,
	bool (*each)(void *arg, const struct product *p), void *arg)
{
	struct product p;
	struct db_rows *q = db_select(db,
		"SELECT " COLUMNS "FROM products WHERE sku > $1 ORDER BY sku LIMIT $2",
		"ti", after, (int64_t)limit);
	bool more = true;
	while (more && next_row(q, &p))
		more = each(arg, &p);
	db_end(q);
}

static bool
same(const struct product *a, const struct product *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->category, b->category) &&
	       !strcmp(a->kind, b->kind) && !strcmp(a->url, b->url) &&
	       !strcmp(a->howto, b->howto) && !strcmp(a->upgrade_of, b->upgrade_of) &&
	       !strcmp(a->pack_of, b->pack_of) && !strcmp(a->goes_with, b->goes_with) &&
	       a->has_price == b->has_price && a->price == b->price &&
	       a->has_lasts == b->has_lasts && a->lasts == b->lasts;
}

bool
product_put(struct db *db, const struct product *p, int64_t now)
{
	struct product before;
	if (product_load(db, p->sku, &before) && same(p, &before))
		return false;
	db_run(db,
		"INSERT INTO products(sku, name, category, kind, url, howto, upgrade_of, "
		"pack_of, goes_with, price, lasts, updated) VALUES($1, $2, $3, $4, $5, "
		"$6, $7, $8, $9, CASE WHEN $10 = 1 THEN $11 END, CASE WHEN $12 = 1 THEN "
		"$13 END, $14) ON CONFLICT (sku) DO UPDATE SET name = excluded.name, "
		"category = excluded.category, kind = excluded.kind, url = excluded.url, "
		"howto = excluded.howto, upgrade_of = excluded.upgrade_of, pack_of = "
		"excluded.pack_of, goes_with = excluded.goes_with, price = "
		"excluded.price, lasts = excluded.lasts, updated = excluded.updated",
		"tttttttttiiidi", p->sku, p->name, p->category, p->kind, p->url, p->howto,
		p->upgrade_of, p->pack_of, p->goes_with, (int64_t)p->has_price, p->price,
		(int64_t)p->has_lasts, p->lasts, now);
	return true;
}

bool
product_load(struct db *db, const char *sku, struct product *ret)
{
	return read_row(
		db_select(db, "SELECT " COLUMNS "FROM products WHERE sku = $1", "t", sku),
		ret);
}

bool
product_upgrade(struct db *db, const char *sku, struct product *ret)
{
	return read_row(db_select(db,
				"SELECT " COLUMNS "FROM products WHERE upgrade_of = $1 "
				"AND upgrade_of <> '' ORDER BY sku LIMIT 1",
				"t", sku),
		ret);
}

bool
product_pack(struct db *db, const char *sku, struct product *ret)
{
	return read_row(db_select(db,
				"SELECT " COLUMNS "FROM products WHERE pack_of = $1 AND "
				"pack_of <> '' ORDER BY sku LIMIT 1",
				"t", sku),
		ret);
}
