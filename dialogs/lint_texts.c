/* The texts and the conditions of a script: what fills them, what they may not say, and
 * what class they are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogs/lint_inside.h"
#include "dialogs/lint_names.h"
#include "dialogs/promo.h"
#include "gateway/base/suggest.h"
#include "gateway/core/wording.h"

#define TEXT_MAX 4000 /* bytes: about thirty segments of Korean */

/* ---- texts ---- */

static void
check_policy(const struct checker *c, unsigned line, const char *path)
{
	struct suggest near;
	if (rules_value(c->rules, path))
		return;
	suggest_init(&near, path);
	for (size_t i = 0; i < c->rules->value_count; i++)
		suggest_offer(&near, c->rules->values[i].name);
	lint_fail(c, line, "the shop's policy has no '%s'%s%s%s", path + 7,
		near.best ? "; did you mean '" : "", near.best ? near.best + 7 : "",
		near.best ? "'?" : "");
}

/* Hours and promises are there where malgil.cfg says them. */
static bool
promised(const struct checker *c, const char *path)
{
	const struct config *config = c->rules->config;
	return (!strcmp(path, "hours.reply") && config->reply) ||
	       (!strcmp(path, "hours.next") && config->hours_week);
}

static void
check_place(
	const struct checker *c, unsigned line, struct template_place p, bool customer)
{
	struct suggest near;
	if (p.function && !strcmp(p.path, "coupon") && !p.fallback && customer)
		lint_warn(c, line,
			"{coupon:%s} may have run out: give it a fallback, or the text "
			"stays away",
			p.filter ? p.filter : "");
	if (p.function && !strcmp(p.path, "link") && p.filter && *p.filter == '/' &&
		!p.fallback && customer && !c->rules->config->shop_site)
		lint_warn(c, line,
			"malgil.cfg says no shop.site, so {link:%s} leads nowhere and "
			"the "
			"text stays away until it does",
			p.filter);
	if (p.function)
		return;
	lint_field(c, line, p.path);
	if (!strncmp(p.path, "policy.", 7)) {
		check_policy(c, line, p.path);
		if (p.fallback)
			lint_fail(c, line,
				"{%s} takes no fallback: a made-up number would be a lie",
				p.path);
		return;
	}
	if (!names_known(c->s, p.path)) {
		suggest_init(&near, p.path);
		names_suggest(c->s, &near);
		lint_fail(c, line, "nothing gives {%s} a value in this script%s%s%s",
			p.path, near.best ? "; did you mean '" : "",
			near.best ? near.best : "", near.best ? "'?" : "");
	} else if (p.fallback || !customer || promised(c, p.path) ||
		   names_certain(c->s, p.path, p.filter))
		return;
	else if (!strcmp(p.path, "hours.reply") || !strcmp(p.path, "hours.next"))
		lint_warn(c, line,
			"malgil.cfg says no %s: give {%s} a fallback, or the text stays "
			"away until it does",
			!strcmp(p.path, "hours.next") ? "hours.week" : p.path, p.path);
	else
		lint_fail(c, line, "{%s} may have no value: give it a fallback, {%s|...}",
			p.path, p.path);
}

void
lint_template(
	const struct checker *c, unsigned line, const struct template *t, bool customer)
{
	for (size_t i = 0; t && i < template_count(t); i++)
		check_place(c, line, template_at(t, i), customer);
}

/* A particle that stands right after a value and fits only some: {item}은 reads 사과은.
 * `filter` keeps the value's end open: a sum ends in 원, a date in 일, whatever they are.
 */
static const char *
pair_for(const char *filter, const char *after)
{
	static const struct {
		const char *said, *pair;
	} rows[] = {{"은", "은/는"}, {"는", "은/는"}, {"이", "이/가"}, {"가", "이/가"},
		{"을", "을/를"}, {"를", "을/를"}, {"과", "과/와"}, {"와", "과/와"},
		{"으로", "으로/로"}, {"로", "으로/로"}, {"이에요", "이에요/예요"},
		{"예요", "이에요/예요"}};
	if (*filter && strncmp(filter, "cut", 3) != 0 && strcmp(filter, "label") != 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t n = strlen(rows[i].said);
		if (!strncmp(after, rows[i].said, n) && (unsigned char)after[n] < 0x80)
			return rows[i].pair;
	}
	return NULL;
}

static void
check_particles(const struct checker *c, unsigned line, const char *source)
{
	for (const char *p = source; (p = strchr(p, '{'));) {
		const char *end = strchr(p, '}');
		if (p[1] == '{' || !end) {
			p += p[1] == '{' ? 2 : 1;
			continue;
		}
		size_t path = strcspn(p, ":|}");
		size_t n = p[path] == ':' ? strcspn(p + path + 1, "|}") : 0;
		char filter[32];
		snprintf(filter, sizeof(filter), "%.*s", (int)MIN(n, 31), p + path + 1);
		const char *pair = pair_for(filter, end + 1);
		if (pair && strncmp(p, "{shop}", 6) != 0 &&
			strncmp(p, "{policy.", 8) != 0)
			lint_warn(c, line,
				"which particle fits depends on the value: write "
				"%.*s%s%s:%s%s "
				"for %.*s",
				(int)path, p, *filter ? ":" : "", filter, pair,
				strchr(p, '|') && strchr(p, '|') < end ? "|...}" : "}",
				(int)(end + 1 - p), p);
		p = end;
	}
}

/* Wording that one of the shop's packs forbids. */
static void
check_forbidden(const struct checker *c, unsigned line, const struct template *t)
{
	const struct packs *packs = c->rules->config->packs;
	struct strbuf words = STRBUF_INIT(8192);
	char word[64];
	template_literal(t, &words);
	if (words.full || words.len > TEXT_MAX)
		lint_fail(c, line, "this text has over %d bytes: no phone would take it",
			TEXT_MAX);
	for (size_t i = 0; i < packs->meant; i++)
		if (wording_forbidden(&packs->list[i], words.s, word))
			lint_fail(c, line, "the pack of %s forbids the wording '%s'",
				packs->list[i].country, word);
	strbuf_done(&words);
}

void
lint_text(const struct checker *c, const struct script_text *t)
{
	for (size_t i = 0; i < t->count; i++) {
		lint_template(c, t->line, t->variants[i].body, true);
		check_forbidden(c, t->line, t->variants[i].body);
		check_particles(c, t->line, template_source(t->variants[i].body));
	}
}

/* ---- conditions ---- */

struct condition {
	const struct checker *c;
	unsigned line;
};

static void
check_name(void *ctx, char what, const char *name)
{
	const struct condition *cond = ctx;
	struct suggest near;
	if (what == 'e')
		lint_event(cond->c, cond->line, name);
	else
		lint_field(cond->c, cond->line, name);
	if (what == 'e' || names_known(cond->c->s, name))
		return;
	suggest_init(&near, name);
	names_suggest(cond->c->s, &near);
	(what == 'v' ? lint_warn : lint_fail)(cond->c, cond->line,
		"nothing gives '%s' a value in this script%s%s%s", name,
		near.best ? "; did you mean '" : "", near.best ? near.best : "",
		near.best ? "'?" : "");
}

void
lint_cond(const struct checker *c, unsigned line, const struct expr *e)
{
	struct condition cond = {c, line};
	if (e)
		expr_names(e, check_name, &cond);
}

void
lint_lookup(const struct checker *c, const struct step *p)
{
	const struct connectors *all = c->rules->config->connectors;
	const struct connector *connector;
	const struct connector_query *query;
	struct strbuf why = STRBUF_SENTENCE;
	for (size_t i = 0; i < p->lookup.arg_count; i++)
		lint_template(c, p->lookup.line, p->lookup.args[i], true);
	if (p->lookup.line && all &&
		connectors_find(all, p->lookup.use, p->lookup.query, p->lookup.arg_count,
			&connector, &query, &why) < 0)
		lint_warn(c, p->lookup.line, "%s; until then it goes to 'error'", why.s);
	strbuf_done(&why);
}

static bool
any_variant(const struct script_text *t, bool (*test)(const struct template *t))
{
	for (size_t i = 0; i < t->count; i++)
		if (test(t->variants[i].body))
			return true;
	return false;
}

/* Somewhere customers are asked how it was: reviews are not bought. */
bool
lint_asks_for_review(const struct script *s)
{
	for (size_t i = 0; i < s->step_count; i++) {
		const struct step *p = &s->steps[i];
		if (any_variant(&p->ask, promo_asks_opinion) ||
			any_variant(&p->say, promo_asks_opinion))
			return true;
		for (size_t k = 0; k < p->variant_count; k++)
			if (any_variant(&p->variants[k].say, promo_asks_opinion))
				return true;
	}
	return false;
}

void
lint_class(const struct checker *c, const struct step *p, const struct script_text *t,
	bool review)
{
	enum message_class cls = p->cls      ? p->cls
				 : c->s->cls ? c->s->cls
					     : CLASS_MARKETING;
	if (cls == CLASS_SERVICE && any_variant(t, promo_suggests))
		lint_fail(c, t->line,
			"this text of '%s' suggests something to buy, so it is "
			"marketing: "
			"write class = \"marketing\"; in the step",
			p->name);
	if (!t->count || !t->offers)
		return;
	if (cls != CLASS_MARKETING)
		lint_fail(c, t->line,
			"this text of '%s' offers something, so it is marketing: write "
			"class = "
			"\"marketing\"; in the step",
			p->name);
	if (review)
		lint_fail(c, t->line,
			"a coupon or gift in a script that asks for a review");
}
