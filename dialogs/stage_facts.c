/* What the customer, the shop and the day are like on the stage. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dialogs/known.h"
#include "dialogs/stage.h"
#include "dialogs/variants.h"
#include "gateway/sms/address.h"
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
stage_drop(struct stage_pairs *p, const char *name)
{
	for (size_t i = 0; i < p->count; i++) {
		if (strcmp(p->items[i].name, name) != 0)
			continue;
		free(p->items[i].name);
		free(p->items[i].text);
		p->items[i] = p->items[--p->count];
		return;
	}
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
	bool night = !strcmp(what, "night");
	if (grant && trade_stopped(&s->trade))
		trade_unblock(&s->trade, NULL);
	trade_consent(&s->trade, grant, grant && night, NULL);
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

static const char *
language(const struct stage *s)
{
	const char *own = stage_pair(&s->contact, "lang");
	return own ? own : trade_pack(&s->trade)->lang;
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
		*ret = value_text(s->trade.phone);
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
	struct known k = {s->rules, language(s), s->now, s->hours};
	bool night;
	if (fact)
		*ret = value_text(fact);
	else if (known_get(&k, name, &s->scratch, ret))
		return;
	else if (!strcmp(name, "now"))
		*ret = value_time(s->now);
	else if (!strncmp(name, "contact.", 8))
		contact_fact(s, name + 8, ret);
	else if (!strncmp(name, "ticket.", 7))
		ticket_fact(s, name, ret);
	else if (!strcmp(name, "consent.marketing"))
		*ret = value_bool(trade_consented(&s->trade, NULL));
	else if (!strcmp(name, "consent.night"))
		*ret = value_bool(trade_consented(&s->trade, &night) && night);
	else if (!strncmp(name, "consent.", 8))
		*ret = value_bool(false);
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
		format_won(9900, language(s), out);
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

/* The engine asks without a context: whose country counts is remembered here. */
static const struct stage *asked;

static bool
phone(const char *text, struct strbuf *out)
{
	char e164[32];
	struct strbuf err = STRBUF_SENTENCE;
	bool good = sms_number_e164(text, asked->rules->config->country, e164, &err) == 0;
	if (good)
		strbuf_puts(out, e164);
	strbuf_done(&err);
	return good;
}

int
stage_winner(struct stage *s, const char *step, const char *variant, struct strbuf *err)
{
	char name[160], text[128];
	const char *dot = strchr(step, '.'), *own = dot ? dot + 1 : step;
	for (size_t i = 0; i < s->set.count; i++) {
		const struct script *script = s->set.scripts[i];
		if (dot ? strncmp(script->id, step, (size_t)(dot - step)) != 0 ||
					script->id[dot - step]
			: script != s->main)
			continue;
		for (size_t k = 0; k < script->step_count; k++) {
			const struct step *p = &script->steps[k];
			if (strcmp(p->name, own) != 0 || !p->winner.by ||
				variants_find(p, variant) < 0)
				continue;
			snprintf(name, sizeof(name), "%s.%s", script->id, own);
			snprintf(text, sizeof(text), "%" PRId64 " %s", s->now, variant);
			stage_put(&s->winners, name, text);
			return 0;
		}
	}
	strbuf_set(err, "no step '%s' chooses a winner, or it has no variant '%s'", step,
		variant);
	return -EINVAL;
}

static const char *
winner(void *ctx, const struct script *script, const struct step *step, int64_t begun)
{
	const struct stage *s = ctx;
	char name[160], *rest;
	snprintf(name, sizeof(name), "%s.%s", script->id, step->name);
	const char *text = stage_pair(&s->winners, name);
	return text && strtoll(text, &rest, 10) <= begun ? rest + 1 : NULL;
}

struct step_env
stage_env(struct stage *s)
{
	asked = s;
	return (struct step_env){.ctx = s,
		.get = get,
		.aggregate = aggregate,
		.call = call,
		.winner = winner,
		.now = s->now,
		.zone = s->rules->config->zone,
		.lang = stage_pair(&s->contact, "lang"),
		.pack_lang = trade_pack(&s->trade)->lang,
		.phone = phone,
		.day_first = trade_pack(&s->trade)->day_first};
}
