/* What a script may ask about the customer, the shop and the day, read from the store. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/offers.h"
#include "gateway/core/person.h"
#include "gateway/store/contacts.h"
#include "gateway/text/format.h"
#include "dialogs/known.h"
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
	struct world *w = ctx;
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

static const char *
language(const struct world *w)
{
	return *w->lang ? w->lang : w->pack->lang;
}

static void
get(void *ctx, const char *name, struct value *ret)
{
	struct world *w = ctx;
	struct known k = {w->d->rules, language(w), dialogs_now(w->d), -1};
	bool night;
	if (known_get(&k, name, &w->scratch, ret))
		return;
	if (!strcmp(name, "now"))
		*ret = value_time(dialogs_now(w->d));
	else if (!strncmp(name, "contact.", 8))
		contact_fact(w, name + 8, ret);
	else if (!strncmp(name, "ticket.", 7))
		ticket_fact(w, name + 7, ret);
	else if (!strncmp(name, "order.", 6))
		world_order(w, name + 6, ret);
	else if (!strcmp(name, "consent.marketing"))
		*ret = value_bool(dialogs_consented(w->d, w->contact, NULL));
	else if (!strcmp(name, "consent.night"))
		*ret = value_bool(dialogs_consented(w->d, w->contact, &night) && night);
	else if (!strncmp(name, "consent.", 8))
		*ret = value_bool(false);
}

/* A tracked link where links are tracked, else the address as it is. */
static bool
link_to(const struct world *w, const char *target, const struct offer_for *whom,
	struct strbuf *out)
{
	struct strbuf url AUTO(strbuf_done) = STRBUF_INIT(4096);
	bool whole = strstr(target, "://") != NULL;
	if (!whole && !w->d->site)
		return false;
	strbuf_printf(&url, "%s%s", whole ? "" : w->d->site, target);
	if (!offer_link(w->d->core, url.s, whom, out))
		strbuf_puts(out, url.s);
	return true;
}

static bool
price(const struct world *w, const char *sku, struct strbuf *out)
{
	int64_t milli;
	if (!offer_price(w->d->core, sku, &milli))
		return false;
	format_won((double)milli / 1000, language(w), out);
	return true;
}

static bool
call(void *ctx, enum template_call what, const char *argument, const struct value *value,
	struct strbuf *out)
{
	const struct world *w = ctx;
	(void)value;
	struct offer_for whom = {.contact = w->contact,
		.run = w->run,
		.script = w->script,
		.step = w->step,
		.now = dialogs_now(w->d)};
	switch (what) {
	case TEMPLATE_COUPON: return offer_coupon(w->d->core, argument, &whom, out);
	case TEMPLATE_LINK: return link_to(w, argument, &whom, out);
	case TEMPLATE_PRICE: return price(w, argument, out);
	case TEMPLATE_LABEL: /* the engine's own */
	case TEMPLATE_MENU: break;
	}
	return false;
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
	w->pack = dialogs_pack(d, w->phone);
	snprintf(w->zone, sizeof(w->zone), "%s", *c.zone ? c.zone : d->zone);
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
		.winner = world_winner,
		.phone = phone,
		.now = dialogs_now(w->d),
		.zone = w->zone,
		.lang = *w->lang ? w->lang : NULL,
		.pack_lang = w->pack->lang,
		.day_first = w->pack->day_first};
}
