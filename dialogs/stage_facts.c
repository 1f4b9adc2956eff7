/* What the customer, the shop and the day are like on the stage. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dialogs/stage.h"
#include "gateway/text/format.h"
#include "gateway/text/zone.h"

const char *
stage_pair(const struct stage_pairs *p, const char *name)
{
	for (size_t i = 0; i < p->count; i++)
		if (!strcmp(p->items[i].name, name))
			return p->items[i].text;
	return NULL;
}

void
stage_put(struct stage_pairs *p, const char *name, const char *text)
{
	for (size_t i = 0; i < p->count; i++) {
		if (strcmp(p->items[i].name, name) != 0)
			continue;
		free(p->items[i].text);
		p->items[i].text = xstrdup(text);
		return;
	}
	p->items = xrealloc(p->items, (p->count + 1) * sizeof(*p->items));
	p->items[p->count++] = (struct stage_pair){xstrdup(name), xstrdup(text)};
}

void
stage_contact(struct stage *s, const char *name, const char *value)
{
	char tag[80];
	if (!strncmp(name, "contact.", 8))
		name += 8;
	if (!strcmp(name, "tags")) {
		for (const char *p = value; *p; p += strcspn(p, "+"), p += *p == '+') {
			snprintf(tag, sizeof(tag), "tag.%.*s",
				(int)MIN(strcspn(p, "+"), 70), p);
			stage_put(&s->facts, tag, "1");
		}
		return;
	}
	stage_put(&s->contact, name, value);
}

void
stage_consent(struct stage *s, const char *what, bool grant)
{
	stage_put(&s->granted, what, grant ? "yes" : "no");
	if (grant)
		s->stopped = false;
}

void
stage_coupons(struct stage *s, const char *pool, unsigned count)
{
	char text[16];
	snprintf(text, sizeof(text), "%u", count);
	stage_put(&s->coupons, pool, text);
}

void
stage_lookup(struct stage *s, const char *name, const char *answer)
{
	stage_put(&s->lookups, name, answer);
}

static struct tm
local_time(const struct stage *s, int64_t wall)
{
	struct tm tm = {0};
	time_t t = (time_t)((wall + zone_offset(s->rules->zone, wall)) / 1000);
	gmtime_r(&t, &tm);
	return tm;
}

static bool
shop_open(const struct stage *s, int64_t wall)
{
	struct tm tm = local_time(s, wall);
	if (s->hours >= 0)
		return s->hours;
	return tm.tm_wday >= 1 && tm.tm_wday <= 5 && tm.tm_hour >= 10 && tm.tm_hour < 18;
}

static void
hours_fact(struct stage *s, const char *name, struct value *ret)
{
	struct strbuf text = STRBUF_INIT(200);
	const char *own = stage_pair(&s->contact, "lang");
	const char *lang = own ? own : s->rules->lang;
	int64_t at = s->now;
	if (!strcmp(name, "hours.open"))
		*ret = value_bool(shop_open(s, s->now));
	else if (!strcmp(name, "hours.reply"))
		*ret = value_text(!strcmp(lang, "ko") ? "30분" : "30 minutes");
	else if (!strcmp(name, "hours.next")) {
		do
			at += HOUR - at % HOUR;
		while (local_time(s, at).tm_hour != 10 ||
			local_time(s, at).tm_wday % 6 == 0);
		format_day(at, s->rules->zone, lang, &text);
		strbuf_putc(&text, ' ');
		format_time(at, s->rules->zone, lang, &text);
		snprintf(s->scratch, sizeof(s->scratch), "%s", text.s);
		*ret = value_text(s->scratch);
	}
	strbuf_done(&text);
}

static void
contact_fact(struct stage *s, const char *name, struct value *ret)
{
	if (!strcmp(name, "tags")) {
		strbuf_reset(&s->list);
		for (size_t i = 0; i < s->facts.count; i++)
			if (!strncmp(s->facts.items[i].name, "tag.", 4) &&
				*s->facts.items[i].text == '1')
				strbuf_printf(&s->list, "%s%s", s->list.len ? "\n" : "",
					s->facts.items[i].name + 4);
		*ret = (struct value){.kind = VALUE_LIST, .text = s->list.s};
		return;
	}
	*ret = value_text(stage_pair(&s->contact, name));
	if (ret->kind == VALUE_MISSING && !strcmp(name, "phone"))
		*ret = value_text(s->options.phone ? s->options.phone : "010-0000-0000");
	if (ret->kind == VALUE_MISSING && !strcmp(name, "orders"))
		*ret = value_number(0);
}

static void
ticket_fact(struct stage *s, const char *name, struct value *ret)
{
	if (!strcmp(name, "ticket.open"))
		*ret = value_bool(s->ticket);
	else if (!strcmp(name, "ticket.claimed"))
		*ret = value_bool(s->claimed);
	else if (!strcmp(name, "ticket.staff_texts"))
		*ret = value_number(s->replied ? 1 : 0);
	else if (!strcmp(name, "ticket.outcome"))
		*ret = value_text("done");
}

static void
get(void *ctx, const char *name, struct value *ret)
{
	struct stage *s = ctx;
	const char *fact = stage_pair(&s->facts, name);
	if (fact)
		*ret = value_text(fact);
	else if (!strcmp(name, "shop") || !strcmp(name, "shop.name"))
		*ret = value_text(s->rules->shop);
	else if (!strcmp(name, "now"))
		*ret = value_time(s->now);
	else if (!strncmp(name, "contact.", 8))
		contact_fact(s, name + 8, ret);
	else if (!strncmp(name, "policy.", 7))
		*ret = value_text(rules_value(s->rules, name));
	else if (!strncmp(name, "hours.", 6))
		hours_fact(s, name, ret);
	else if (!strncmp(name, "ticket.", 7))
		ticket_fact(s, name, ret);
	else if (!strncmp(name, "consent.", 8)) {
		const char *given = stage_pair(&s->granted, name + 8);
		*ret = value_bool(given && !strcmp(given, "yes") && !s->stopped);
	}
}

static void
aggregate(void *ctx, enum expr_aggregate what, const char *event, int64_t since,
	struct value *ret)
{
	struct stage *s = ctx;
	double n = 0, sum = 0, min = INFINITY, max = -INFINITY;
	int64_t first = 0, last = 0;
	for (size_t i = 0; i < s->event_count; i++) {
		const struct stage_event *e = &s->events[i];
		if (strcmp(e->name, event) != 0 || e->at < since)
			continue;
		first = n == 0 ? e->at : first;
		last = e->at;
		n++;
		sum += e->value;
		min = fmin(min, e->value);
		max = fmax(max, e->value);
	}
	switch (what) {
	case EXPR_COUNT: *ret = value_number(n); return;
	case EXPR_SUM: *ret = value_number(sum); return;
	case EXPR_AVG: *ret = value_number(sum / n); break;
	case EXPR_MIN: *ret = value_number(min); break;
	case EXPR_MAX: *ret = value_number(max); break;
	case EXPR_LAST: *ret = value_time(last); break;
	case EXPR_FIRST: *ret = value_time(first); break;
	}
	if (n == 0)
		*ret = (struct value){.kind = VALUE_MISSING};
}

static bool
call(void *ctx, enum template_call what, const char *argument, const struct value *v,
	struct strbuf *out)
{
	struct stage *s = ctx;
	(void)v;
	if (what == TEMPLATE_LINK) {
		strbuf_printf(out, "%s%s",
			strstr(argument, "://") ? "" : "https://shop.example", argument);
		return true;
	}
	if (what == TEMPLATE_PRICE) {
		format_won(9900, s->rules->lang, out);
		return true;
	}
	if (what != TEMPLATE_COUPON)
		return false;
	const char *left = stage_pair(&s->coupons, argument);
	int count = left ? atoi(left) : 100;
	if (count <= 0)
		return false;
	strbuf_printf(out, "%s-%04d", argument, count);
	stage_coupons(s, argument, (unsigned)count - 1);
	return true;
}

struct step_env
stage_env(struct stage *s)
{
	return (struct step_env){.ctx = s,
		.get = get,
		.aggregate = aggregate,
		.call = call,
		.now = s->now,
		.zone = s->rules->zone,
		.lang = stage_pair(&s->contact, "lang"),
		.pack_lang = s->rules->lang,
		.day_first = s->rules->day_first};
}
