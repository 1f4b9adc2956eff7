#include "gateway/outreach/compose.h"

#include <stdio.h>
#include <string.h>

#include "gateway/core/offers.h"
#include "gateway/core/person.h"
#include "gateway/text/format.h"

struct filling {
	const struct compose *c;
	const char *lang;
	struct strbuf scratch;
};

static void
get(void *ctx, const char *path, struct value *ret)
{
	struct filling *f = ctx;
	const struct core *core = f->c->core;
	if (!strcmp(path, "shop"))
		*ret = value_text(core->config->shop_name);
	else if (!strcmp(path, "now"))
		*ret = value_time(core_now(core));
	else
		person_fact(core->db, f->c->contact,
			!strncmp(path, "contact.", 8) ? path + 8 : path, core_now(core),
			&f->scratch, ret);
}

static bool
link_to(const struct compose *c, const char *target, const struct offer_for *whom,
	struct strbuf *out)
{
	struct strbuf url AUTO(strbuf_done) = STRBUF_INIT(4096);
	bool whole = strstr(target, "://") != NULL;
	if (!whole && !c->core->config->shop_site)
		return false;
	strbuf_printf(&url, "%s%s", whole ? "" : c->core->config->shop_site, target);
	if (!c->draw || !offer_link(c->core, url.s, whom, out))
		strbuf_puts(out, url.s);
	return true;
}

static bool
call(void *ctx, enum template_call what, const char *argument, const struct value *value,
	struct strbuf *out)
{
	const struct filling *f = ctx;
	const struct compose *c = f->c;
	struct offer_for whom = {.contact = c->contact,
		.run = c->campaign,
		.script = c->name,
		.step = *c->variant ? c->variant : "text",
		.now = core_now(c->core)};
	int64_t milli;
	(void)value;
	switch (what) {
	case TEMPLATE_COUPON:
		if (c->draw)
			return offer_coupon(c->core, argument, &whom, out);
		if (c->wants)
			c->wants(c->arg, argument);
		strbuf_puts(out, "XXXXXXXX");
		return true;
	case TEMPLATE_LINK: return link_to(c, argument, &whom, out);
	case TEMPLATE_PRICE:
		if (!offer_price(c->core, argument, &milli))
			return false;
		format_won((double)milli / 1000, f->lang, out);
		return true;
	case TEMPLATE_LABEL:
	case TEMPLATE_MENU: break;
	}
	return false;
}

int
compose_text(const struct compose *c, const struct spec_text *text, struct strbuf *out,
	struct strbuf *missing)
{
	struct filling f = {c, NULL, STRBUF_INIT(1 << 16)};
	struct value lang = {0};
	char own[16] = "";
	if (person_fact(c->core->db, c->contact, "lang", core_now(c->core), &f.scratch,
		    &lang) &&
		lang.text)
		snprintf(own, sizeof(own), "%s", lang.text);
	f.lang = *own ? own : strcmp(c->core->config->country, "KR") ? "en" : "ko";
	struct template_env env = {
		&f, get, call, core_now(c->core), c->core->config->zone, f.lang};
	int r = template_render(spec_text_for(text, f.lang), &env, out, missing);
	strbuf_done(&f.scratch);
	return r;
}

const char *
compose_shared(const struct spec_text *text)
{
	if (text->count != 1 || template_count(text->of[0].text))
		return NULL;
	return template_source(text->of[0].text);
}
