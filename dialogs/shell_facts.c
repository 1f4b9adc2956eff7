/* What the store knows of a customer beyond what scripts saved: their orders. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store/orders.h"
#include "gateway/text/sheet.h"
#include "dialogs/shell_inside.h"
#include "dialogs/step.h"

/* ---- orders ---- */

/* A price in whole units of its currency. */
static double
amount_of(const struct order *o)
{
	return (double)o->total / pow(10, sheet_currency_digits(o->currency));
}

struct wanted {
	struct world *w;
	const char *name;
	struct value *ret;
};

static bool
take_order(void *arg, const struct order *o)
{
	struct wanted *want = arg;
	const struct {
		const char *name, *text;
	} fields[] = {{"no", o->number}, {"item", o->item_count ? o->items[0].item : ""},
		{"state", *o->state_word ? o->state_word : o->state}, {"eta", o->eta},
		{"track", o->track}, {"carrier", o->carrier}, {"name", o->name}};
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (strcmp(fields[i].name, want->name) != 0 || !*fields[i].text)
			continue;
		strbuf_set(&want->w->scratch, "%s", fields[i].text);
		*want->ret = value_text(want->w->scratch.s);
	}
	if (!strcmp(want->name, "total") && o->has_total)
		*want->ret = value_number(amount_of(o));
	if (!strcmp(want->name, "placed") && o->placed)
		*want->ret = value_time(o->placed);
	return false;
}

/* order.X: of their newest one. */
void
world_order(struct world *w, const char *name, struct value *ret)
{
	struct order_filter filter = {.phone = w->phone, .limit = 1};
	struct wanted want = {w, name, ret};
	orders_list(w->d->db, &filter, take_order, &want);
}
