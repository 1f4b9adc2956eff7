/* POST /v1/products: what the shop sells, one or many; the same told twice is once. */
#include <stdio.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/api/items.h"
#include "gateway/api/resources.h"
#include "gateway/store/products.h"
#include "gateway/text/value.h"

struct told {
	const char *sku, *name, *category, *kind, *url, *howto, *upgrade_of, *pack_of,
		*goes_with;
	const json_t *price, *lasts;
};

#define AT(member) offsetof(struct told, member)
static const char *const kinds[] = {"soft", "hard", NULL};
static const struct field product_fields[] = {
	{"sku", FIELD_TEXT, AT(sku), .required = true, .max = 100},
	{"name", FIELD_TEXT, AT(name), .required = true, .max = PRODUCT_TEXT},
	{"category", FIELD_TEXT, AT(category), .max = 100},
	{"kind", FIELD_NAME, AT(kind), .names = kinds},
	{"url", FIELD_TEXT, AT(url), .max = PRODUCT_TEXT},
	{"howto", FIELD_TEXT, AT(howto), .max = PRODUCT_TEXT},
	{"upgrade_of", FIELD_TEXT, AT(upgrade_of), .max = 100},
	{"pack_of", FIELD_TEXT, AT(pack_of), .max = 100},
	{"goes_with", FIELD_TEXT, AT(goes_with), .max = 100},
	{"price", FIELD_JSON, AT(price)},
	{"lasts", FIELD_JSON, AT(lasts)},
	{0},
};

/* A number, or its text as a spreadsheet has it. */
static bool
read_number(const json_t *value, const char *name, bool *ret_has, double *ret,
	struct item_answer *a)
{
	*ret_has = value != NULL;
	if (!value)
		return true;
	bool good = json_is_number(value) ||
		    (json_is_string(value) &&
			    value_parse_number(json_string_value(value), ret));
	if (json_is_number(value))
		*ret = json_number_value(value);
	if (good && *ret >= 0 && *ret < 1e12)
		return true;
	a->status = 422;
	snprintf(a->field, sizeof(a->field), "%s", name);
	strbuf_set(&a->why, "%s should be a number from 0 on", name);
	return false;
}

static void
copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from ? from : "");
}

static void
take_product(
	struct core *core, const json_t *object, struct jsonw *w, struct item_answer *a)
{
	struct told t = {0};
	struct product p = {0};
	const char *field;
	double price = 0;
	if (fields_read(object, product_fields, 0, &t, &field, &a->why)) {
		a->status = field ? 422 : 400;
		copy(a->field, sizeof(a->field), field);
		return;
	}
	if (!read_number(t.price, "price", &p.has_price, &price, a) ||
		!read_number(t.lasts, "lasts", &p.has_lasts, &p.lasts, a))
		return;
	p.price = (int64_t)(price * 1000 + 0.5);
	copy(p.sku, sizeof(p.sku), t.sku);
	copy(p.name, sizeof(p.name), t.name);
	copy(p.category, sizeof(p.category), t.category);
	copy(p.kind, sizeof(p.kind), t.kind);
	copy(p.url, sizeof(p.url), t.url);
	copy(p.howto, sizeof(p.howto), t.howto);
	copy(p.upgrade_of, sizeof(p.upgrade_of), t.upgrade_of);
	copy(p.pack_of, sizeof(p.pack_of), t.pack_of);
	copy(p.goes_with, sizeof(p.goes_with), t.goes_with);
	bool changed = product_put(core->db, &p, core_now(core));
	a->status = 200;
	jsonw_text(w, "sku", p.sku);
	jsonw_text(w, "result", changed ? "stored" : "unchanged");
}

static void
take(struct core *core, const char *json, size_t len, struct jsonw *w,
	struct item_answer *a)
{
	json_t *object = json_read(json, len, &a->why);
	if (object && (core->store_sick || core->low_disk)) {
		a->status = 503;
		strbuf_set(
			&a->why, "the store cannot take anything right now; try again");
	} else if (object)
		take_product(core, object, w, a);
	json_decref(object);
}

void
products_post(struct request *rq)
{
	items_post(rq, "products", take);
}
