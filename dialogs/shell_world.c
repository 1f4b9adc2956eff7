/* What a script may ask about the customer, the shop and the day, read from the store. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/person.h"
#include "gateway/store/contacts.h"
#include "gateway/text/format.h"
#include "gateway/text/hours.h"
#include "gateway/text/orderstate.h"
#include "dialogs/rules.h"
#include "dialogs/shell_inside.h"
#include "dialogs/step.h"

static void
contact_fact(struct world *w, const char *name, struct value *ret)
{
	person_fact(w->d->db, w->contact, name, dialogs_now(w->d), &w->scratch, ret);
}

static void
aggregate(void *ctx, enum expr_aggregate what, const char *event, int64_t since,
	struct value *ret)
{
	const struct world *w = ctx;
	person_aggregate(w->d->db, w->contact, what, event, since, ret);
}

static void
ticket_fact(struct world *w, const char *name, struct value *ret)
{
	int64_t n;
	if (!strcmp(name, "outcome")) {
		strbuf_reset(&w->scratch);
		dialogs_ticket_outcome(w->d, w->contact, &w->scratch);
		*ret = value_text(w->scratch.s);
	} else if (dialogs_ticket_fact(w->d, w->contact, name, &n))
		*ret = value_number((double)n);
}

/* "30분", "2 hours": what the shop promised, in the customer's language. */
static void
print_span(struct world *w, int64_t ms)
{
	bool ko = !strcmp(*w->lang ? w->lang : w->d->rules->lang, "ko");
	bool hours = ms >= HOUR && ms % HOUR == 0;
	int64_t n = ms / (hours ? HOUR : MINUTE);
	strbuf_reset(&w->scratch);
	if (ko)
		strbuf_printf(&w->scratch, "%" PRId64 "%s", n, hours ? "시간" : "분");
	else
		strbuf_printf(&w->scratch, "%" PRId64 " %s%s", n,
			hours ? "hour" : "minute", n == 1 ? "" : "s");
}

/* A number nobody promised has no value: a made-up one would be a lie. */
static void
hours_fact(struct world *w, const char *name, struct value *ret)
{
	struct opening o;
	const char *lang = *w->lang ? w->lang : w->d->rules->lang;
	bool said = dialogs_hours(w->d, &o);
	if (!strcmp(name, "open")) {
		*ret = value_bool(!said || o.open);
	} else if (!strcmp(name, "reply") && o.reply) {
		print_span(w, o.reply);
		*ret = value_text(w->scratch.s);
	} else if (!strcmp(name, "next") && said && o.next != HOURS_NEVER) {
		strbuf_reset(&w->scratch);
		format_day(o.next, w->d->zone, lang, &w->scratch);
		strbuf_putc(&w->scratch, ' ');
		format_time(o.next, w->d->zone, lang, &w->scratch);
		*ret = value_text(w->scratch.s);
	}
}

static void
get(void *ctx, const char *name, struct value *ret)
{
	struct world *w = ctx;
	if (!strcmp(name, "shop") || !strcmp(name, "shop.name"))
		*ret = value_text(w->d->shop);
	else if (!strcmp(name, "now"))
		*ret = value_time(dialogs_now(w->d));
	else if (!strncmp(name, "contact.", 8))
		contact_fact(w, name + 8, ret);
	else if (!strncmp(name, "policy.", 7))
		*ret = value_text(rules_value(w->d->rules, name));
	else if (!strncmp(name, "ticket.", 7))
		ticket_fact(w, name + 7, ret);
	else if (!strncmp(name, "hours.", 6))
		hours_fact(w, name + 6, ret);
	else if (!strcmp(name, "consent.marketing"))
		*ret = value_bool(dialogs_consented(w->d, w->contact));
	else if (!strncmp(name, "consent.", 8))
		*ret = value_bool(false);
}

/* The state of an order in the customer's language; links. Coupons and prices have no
 * store yet: a text that needs one has nothing to say. */
static bool
call(void *ctx, enum template_call what, const char *argument, const struct value *value,
	struct strbuf *out)
{
	const struct world *w = ctx;
	enum order_state state;
	const char *word = what == TEMPLATE_LABEL ? value_as_text(value) : NULL;
	if (word && order_state_named(word, &state) == 0) {
		strbuf_puts(out,
			order_state_label(state, *w->lang ? w->lang : w->d->rules->lang));
		return true;
	}
	bool whole = what == TEMPLATE_LINK && strstr(argument, "://");
	if (what != TEMPLATE_LINK || (!whole && !w->d->site))
		return false;
	strbuf_printf(out, "%s%s", whole ? "" : w->d->site, argument);
	return true;
}

/* The engine asks without a context: whose country counts is remembered here. One thread
 * steps. */
static const struct dialogs *asked;

static bool
phone(const char *text, struct strbuf *out)
{
	return dialogs_phone(asked, text, out);
}

void
world_init(struct world *w, struct dialogs *d, uint64_t contact)
{
	struct contact c = {0};
	struct value lang = {0};
	*w = (struct world){.d = d, .contact = contact, .scratch = STRBUF_INIT(8192)};
	if (contact_load(d->db, contact, &c))
		snprintf(w->phone, sizeof(w->phone), "%s", c.phone);
	snprintf(w->zone, sizeof(w->zone), "%s", d->zone);
	contact_fact(w, "lang", &lang);
	if (lang.kind == VALUE_TEXT)
		snprintf(w->lang, sizeof(w->lang), "%s", lang.text);
}

void
world_done(struct world *w)
{
	strbuf_done(&w->scratch);
}

struct step_env
world_env(struct world *w)
{
	asked = w->d;
	return (struct step_env){.ctx = w,
		.get = get,
		.aggregate = aggregate,
		.call = call,
		.phone = phone,
		.now = dialogs_now(w->d),
		.zone = w->zone,
		.lang = *w->lang ? w->lang : NULL,
		.pack_lang = w->d->rules->lang,
		.day_first = w->d->rules->day_first};
}
