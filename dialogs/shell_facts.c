/* What the store knows of a customer beyond what scripts saved: their orders, and counts
 * and sums over what has happened to them. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store/ledger.h"
#include "gateway/store/orders.h"
#include "gateway/text/sheet.h"
#include "dialogs/shell_inside.h"
#include "dialogs/step.h"

#define EVENTS_READ 2000 /* of one name, the newest */

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

/* ---- events ---- */

/* What an event is worth: the number its detail begins with, or a member `total`, `value`
 * of it. NAN: nothing. */
static double
worth(const char *detail)
{
	static const char *const members[] = {"\"total\":", "\"value\":"};
	char *end;
	double n = strtod(detail, &end);
	if (end != detail)
		return n;
	for (size_t i = 0; *detail == '{' && i < ARRAY_LEN(members); i++) {
		const char *at = strstr(detail, members[i]);
		if (!at)
			continue;
		at += strlen(members[i]);
		at += strspn(at, " \"");
		n = strtod(at, &end);
		if (end != at)
			return n;
	}
	return NAN;
}

struct tally {
	int64_t count, valued, first, last;
	double sum, min, max;
};

static void
count_one(void *arg, int64_t at, const char *detail)
{
	struct tally *t = arg;
	double value = worth(detail);
	t->first = at;
	t->last = t->count++ ? t->last : at;
	if (isnan(value))
		return;
	t->min = t->valued ? fmin(t->min, value) : value;
	t->max = t->valued ? fmax(t->max, value) : value;
	t->sum += value;
	t->valued++;
}

void
world_aggregate(void *ctx, enum expr_aggregate what, const char *event, int64_t since,
	struct value *ret)
{
	const struct world *w = ctx;
	struct tally t = {0};
	events_of(w->d->db, w->contact, event, since, EVENTS_READ, count_one, &t);
	switch (what) {
	case EXPR_COUNT: *ret = value_number((double)t.count); return;
	case EXPR_SUM: *ret = value_number(t.sum); return;
	case EXPR_AVG:
		if (t.valued)
			*ret = value_number(t.sum / (double)t.valued);
		return;
	case EXPR_MIN:
		if (t.valued)
			*ret = value_number(t.min);
		return;
	case EXPR_MAX:
		if (t.valued)
			*ret = value_number(t.max);
		return;
	case EXPR_LAST:
		if (t.count)
			*ret = value_time(t.last);
		return;
	case EXPR_FIRST:
		if (t.count)
			*ret = value_time(t.first);
		return;
	}
}
