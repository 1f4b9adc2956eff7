#include "gateway/core/source_sheet.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/suggest.h"
#include "gateway/text/sheet.h"

#define FRESH (7 * DAY)

static int
unknown(const struct conf_node *n, const char *near, struct strbuf *err)
{
	return near ? conf_fail(n, err, "'%s' is not known here; did you mean '%s'?",
			      conf_name(n), near)
		    : conf_fail(n, err, "'%s' is not known here", conf_name(n));
}

static int
check_names(const struct conf_node *group, const char *const *names, struct strbuf *err)
{
	int r = 0;
	for (size_t i = 0; i < conf_count(group); i++) {
		const struct conf_node *n = conf_at(group, i);
		struct suggest near;
		size_t k = 0;
		suggest_init(&near, conf_name(n));
		for (; names[k] && strcmp(names[k], conf_name(n)) != 0; k++)
			suggest_offer(&near, names[k]);
		if (!names[k])
			r = unknown(n, near.best, err);
	}
	return r;
}

static enum sheet_column
column_named(const char *name, struct suggest *near)
{
	int c = 0;
	for (; c < SHEET_COLUMNS; c++) {
		suggest_offer(near, sheet_column_name((enum sheet_column)c));
		if (!strcmp(sheet_column_name((enum sheet_column)c), name))
			break;
	}
	return (enum sheet_column)c;
}

static int
read_columns(const struct conf_node *group, struct source_sheet *ret, struct strbuf *err)
{
	int r = 0;
	if (!group)
		return 0;
	if (!conf_is_group(group))
		return conf_fail(group, err,
			"columns = { field = \"title, ...\"; } is "
			"expected");
	for (size_t i = 0; i < conf_count(group); i++) {
		const struct conf_node *n = conf_at(group, i);
		struct suggest near;
		suggest_init(&near, conf_name(n));
		enum sheet_column c = column_named(conf_name(n), &near);
		if (c == SHEET_COLUMNS)
			r = unknown(n, near.best, err);
		else if (!conf_text(n))
			r = conf_fail(
				n, err, "titles are expected, such as \"주문번호\"");
		else
			ret->columns[c] = conf_text(n);
	}
	return r;
}

static int
read_states(const struct conf_node *n, unsigned *ret, struct strbuf *err)
{
	const char *list = n ? conf_text(n) : NULL;
	char word[32];
	while (list && *list) {
		enum order_state state;
		list += strspn(list, ", ");
		size_t len = strcspn(list, ", ");
		snprintf(word, sizeof(word), "%.*s", (int)MIN(len, (size_t)31), list);
		if (*word && order_state_named(word, &state) < 0)
			return conf_fail(n, err, "'%s' is no state of an order", word);
		if (*word)
			*ret |= 1u << state;
		list += len;
	}
	return *ret ? 0
	       : n  ? conf_fail(n, err, "states are expected: \"paid, shipped\"")
		    : -EINVAL;
}

static int
read_event(const struct conf_node *n, struct source_sheet *ret, struct strbuf *err)
{
	static const char *const names[] = {"states", "event", "when", NULL};
	struct source_sheet_event e = {.when = SHEET_COLUMNS};
	if (!conf_is_group(n) || !conf_get(n, "states") || !conf_get(n, "event") ||
		!conf_text(conf_get(n, "event")))
		return conf_fail(n, err,
			"{ states = \"paid\"; event = \"order.paid\"; } is expected");
	if (ret->event_count == SOURCE_SHEET_EVENTS)
		return conf_fail(n, err, "there are more than %d", SOURCE_SHEET_EVENTS);
	int r = check_names(n, names, err);
	const struct conf_node *when = conf_get(n, "when");
	r = conf_both(r, read_states(conf_get(n, "states"), &e.states, err));
	e.event = conf_text(conf_get(n, "event"));
	if (when) {
		struct suggest near;
		const char *text = conf_text(when) ? conf_text(when) : "";
		suggest_init(&near, text);
		e.when = column_named(text, &near);
		if (e.when != SHEET_PLACED && e.when != SHEET_PAID &&
			e.when != SHEET_SHIPPED)
			r = conf_fail(when, err, "when is placed, paid or shipped");
	}
	if (!r)
		ret->events[ret->event_count++] = e;
	return r;
}

int
source_sheet_read(
	const struct conf_node *group, struct source_sheet *ret, struct strbuf *err)
{
	static const char *const names[] = {"columns", "needs", "events", "fresh", NULL};
	*ret = (struct source_sheet){.fresh = FRESH};
	if (!conf_is_group(group))
		return conf_fail(group, err, "sheet = { ... } is expected");
	int r = check_names(group, names, err);
	const struct conf_node *needs = conf_get(group, "needs");
	const struct conf_node *fresh = conf_get(group, "fresh");
	const struct conf_node *events = conf_get(group, "events");
	r = conf_both(r, read_columns(conf_get(group, "columns"), ret, err));
	ret->needs = needs ? conf_text(needs) : NULL;
	if (needs && !ret->needs)
		r = conf_fail(needs, err, "titles are expected, such as \"주문번호\"");
	if (fresh && (!conf_text(fresh) || conf_duration(conf_text(fresh), &ret->fresh)))
		r = conf_fail(fresh, err, "a time such as \"7d\" is expected");
	for (size_t i = 0; events && i < conf_count(events); i++)
		r = conf_both(r, read_event(conf_at(events, i), ret, err));
	return r;
}

/* ---- a sheet ---- */

static bool
has_title(const struct orders_sheet *s, const char *title)
{
	struct strbuf plain AUTO(strbuf_done) = STRBUF_INIT(1024);
	for (size_t i = 0; i < s->title_count; i++) {
		sheet_title(s->titles[i], &plain);
		if (sheet_title_rank(plain.s, title))
			return true;
	}
	return false;
}

bool
source_sheet_fits(
	const struct source_sheet *p, const struct orders_sheet *s, struct strbuf *err)
{
	const char *list = p->needs ? p->needs : "";
	char title[128];
	while (*list) {
		list += strspn(list, ", ");
		size_t n = strcspn(list, ",");
		snprintf(title, sizeof(title), "%.*s", (int)MIN(n, (size_t)127), list);
		list += n;
		if (!*title || has_title(s, title))
			continue;
		strbuf_set(err,
			"it has no column '%s': is it another shop's, or another list?",
			title);
		return false;
	}
	return true;
}

/* ---- states of a row ---- */

/* How far on its way; 0: it left the way, or nobody knows. */
static int
way(enum order_state state)
{
	static const enum order_state steps[] = {ORDER_PLACED, ORDER_PAID,
		ORDER_PREPARING, ORDER_SHIPPED, ORDER_ARRIVING, ORDER_DELIVERED};
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (steps[i] == state)
			return (int)i + 1;
	return 0;
}

bool
source_sheet_newer(const char *before, const char *word)
{
	enum order_state old = order_state_read(before), now = order_state_read(word);
	if (now == ORDER_UNKNOWN || now == ORDER_OTHER)
		return old == ORDER_UNKNOWN || old == ORDER_OTHER;
	if (way(old) && way(now))
		return way(now) >= way(old);
	/* what was canceled, returned or exchanged for good is not on its way again */
	return !way(now) || !order_state_final(old);
}
