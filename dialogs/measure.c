#include "dialogs/measure.h"

#include <stdio.h>
#include <string.h>

#include "dialogs/known.h"
#include "dialogs/promo.h"
#include "gateway/core/wording.h"
#include "gateway/sms/segment.h"

/* Monday 2026-09-28, 22:58: about the longest a date gets. */
#define SOME_DAY INT64_C(1790603880000)

struct measuring {
	const struct script *s;
	const struct rules *rules;
	const struct template *t;
	const char *lang;
	bool worst;
	struct strbuf scratch, values;
	void (*each)(void *ctx, const struct measured *m);
	void *ctx;
};

/* ---- values as long as they are likely to get ---- */

/* Letters, at worst, of what a name stands for; the last part of the name tells. */
static unsigned
length_of(const char *path, bool worst)
{
	static const struct {
		const char *name;
		unsigned usual, worst;
	} rows[] = {{"name", 3, 10}, {"no", 8, 14}, {"id", 8, 14}, {"count", 1, 2},
		{"item", 8, 20}, {"items", 10, 30}, {"state", 4, 8}, {"track", 12, 60},
		{"url", 20, 60}, {"phone", 13, 14}, {"last", 10, 70}, {"text", 10, 70},
		{"first", 8, 20}};
	const char *dot = strrchr(path, '.'), *last = dot ? dot + 1 : path;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (!strcmp(rows[i].name, last))
			return worst ? rows[i].worst : rows[i].usual;
	return worst ? 20 : 6;
}

static bool
is_korean(const struct measuring *m)
{
	return !strcmp(*m->lang ? m->lang : m->rules->pack->lang, "ko");
}

static void
letters(struct measuring *m, unsigned n, struct strbuf *out)
{
	while (n--)
		strbuf_puts(out, is_korean(m) ? "가" : "m");
}

static void
assume(struct measuring *m, const char *path, unsigned n)
{
	if (m->worst && !strstr(m->values.s, path))
		strbuf_printf(&m->values, "%s%s %u", m->values.len ? ", " : "", path, n);
}

static const char *
filter_of(const struct measuring *m, const char *path)
{
	for (size_t i = 0; i < template_count(m->t); i++) {
		struct template_place p = template_at(m->t, i);
		if (!p.function && !strcmp(p.path, path))
			return p.filter ? p.filter : "";
	}
	return "";
}

static void
get(void *ctx, const char *path, struct value *ret)
{
	struct measuring *m = ctx;
	const char *filter = filter_of(m, path);
	struct known k = {
		m->rules, *m->lang ? m->lang : m->rules->pack->lang, SOME_DAY, -1};
	if (known_get(&k, path, &m->scratch, ret) && ret->kind != VALUE_MISSING)
		return;
	if (!strcmp(filter, "won"))
		*ret = value_number(m->worst ? 9999999 : 39000);
	else if (!strcmp(filter, "date") || !strcmp(filter, "day") ||
		 !strcmp(filter, "time") || !strcmp(path, "now"))
		*ret = value_time(SOME_DAY);
	else {
		unsigned n = length_of(path, m->worst);
		if (strncmp(filter, "cut", 3) != 0)
			assume(m, path, n);
		else
			n = 80;
		strbuf_reset(&m->scratch);
		letters(m, n, &m->scratch);
		*ret = value_text(m->scratch.s);
	}
}

/* The first of an answer's words that is no number: what `label` prints. */
static const char *
label_of(const struct script_answer *a)
{
	for (size_t i = 0; i < a->is.count; i++)
		if (strspn(a->is.words[i], "0123456789") < strlen(a->is.words[i]))
			return a->is.words[i];
	return "";
}

/* The longest word an answer of that question is called by. */
static void
longest_label(const struct measuring *m, const char *path, struct strbuf *out)
{
	for (size_t i = 0; i < m->s->step_count; i++) {
		const struct step *p = &m->s->steps[i];
		bool asks = p->save && !strcmp(p->save, path);
		for (size_t k = 0; asks && k < p->answers.count; k++) {
			const char *word = label_of(&p->answers.items[k]);
			if (strlen(word) > out->len)
				strbuf_set(out, "%s", word);
		}
	}
}

static bool
call(void *ctx, enum template_call what, const char *argument, const struct value *v,
	struct strbuf *out)
{
	struct measuring *m = ctx;
	struct strbuf word = STRBUF_INIT(512);
	(void)v;
	switch (what) {
	case TEMPLATE_COUPON: strbuf_printf(out, "%.20s-ABCD23", argument); break;
	case TEMPLATE_LINK: strbuf_puts(out, "https://shop.example/l/Ab3dE9xQ"); break;
	case TEMPLATE_PRICE:
		strbuf_puts(out, is_korean(m) ? "999,000원" : "999,000");
		break;
	case TEMPLATE_LABEL:
		longest_label(m, argument, &word);
		if (!word.len)
			letters(m, m->worst ? 8 : 4, &word);
		strbuf_puts(out, word.s);
		break;
	case TEMPLATE_MENU:
		for (int i = 1; i <= (m->worst ? 5 : 2); i++) {
			strbuf_printf(out, "%s%d) ", i > 1 ? "\n" : "", i);
			letters(m, m->worst ? 20 : 10, out);
		}
		assume(m, "menu rows", 5);
		break;
	}
	strbuf_done(&word);
	return true;
}

/* ---- one text ---- */

static void
fill(struct measuring *m, struct strbuf *out)
{
	struct template_env env = {.ctx = m,
		.get = get,
		.call = call,
		.now = SOME_DAY,
		.zone = m->rules->config->zone,
		.lang = *m->lang ? m->lang : m->rules->pack->lang};
	if (template_render(m->t, &env, out, NULL) < 0)
		strbuf_puts(out, template_source(m->t));
}

/* With what the pack wants around a promotion. */
static void
dress(const struct measuring *m, struct strbuf *text)
{
	struct clock_sim clock;
	struct core core = {.config = m->rules->config, .clock = &clock.clock};
	struct strbuf out = STRBUF_INIT(256 * 1024);
	clock_sim_init(&clock, SOME_DAY);
	wording_wrap(&core, &m->rules->pack, 1, text->s, &out);
	strbuf_set(text, "%s", out.s);
	strbuf_done(&out);
}

static size_t
segments_of(struct measuring *m, bool promotion, struct segment_plan *plan)
{
	static const struct segment_options options = {.alphabet = SEGMENT_AUTO};
	struct strbuf text = STRBUF_INIT(256 * 1024);
	plan->count = 0;
	fill(m, &text);
	if (promotion)
		dress(m, &text);
	if (segment_plan(text.s, text.len, &options, plan, NULL) < 0)
		plan->count = 0;
	strbuf_done(&text);
	return plan->count;
}

static void
measure(struct measuring *m, const struct step *p, const char *what,
	const struct script_text *t)
{
	static struct segment_plan plan;
	const struct pack_class *ads = &m->rules->pack->rules[0].classes[CLASS_MARKETING];
	int64_t limit = m->rules->config->policy->sim_ad_parts;
	for (size_t i = 0; i < t->count; i++) {
		m->t = t->variants[i].body;
		m->lang = t->variants[i].lang;
		strbuf_reset(&m->values);
		bool promotion = p->cls == CLASS_MARKETING || promo_found(m->t);
		struct measured r = {.may_answer = !promotion,
			.line = t->line,
			.step = p->name,
			.what = what,
			.lang = m->lang,
			.cls = promotion   ? CLASS_MARKETING
			       : p->cls    ? p->cls
			       : m->s->cls ? m->s->cls
					   : CLASS_MARKETING};
		m->worst = false;
		r.segments = segments_of(m, r.cls == CLASS_MARKETING, &plan);
		r.units = plan.units;
		r.encoding = plan.alphabet == SMS_GSM7 ? "gsm7" : "ucs2";
		r.room = r.segments *
			 segment_capacity(plan.alphabet, r.segments > 1 ? 6 : 0);
		m->worst = true;
		r.worst = segments_of(m, r.cls == CLASS_MARKETING, &plan);
		r.cost_milli = policy_tariff(m->rules->config->policy, NULL,
				       m->rules->config->country) *
			       (int64_t)r.worst;
		r.values = m->values.s;
		limit = limit ? limit : ads->sim_parts;
		r.too_long =
			r.cls == CLASS_MARKETING && limit && (int64_t)r.segments > limit;
		m->each(m->ctx, &r);
	}
}

void
measure_script(const struct script *s, const struct rules *rules,
	void (*each)(void *ctx, const struct measured *m), void *ctx)
{
	struct measuring m = {.s = s,
		.rules = rules,
		.each = each,
		.ctx = ctx,
		.scratch = STRBUF_INIT(8192),
		.values = STRBUF_INIT(1024)};
	for (size_t i = 0; i < s->step_count; i++) {
		const struct step *p = &s->steps[i];
		measure(&m, p, "say", &p->say);
		for (size_t k = 0; k < p->variant_count; k++)
			measure(&m, p, p->variants[k].name, &p->variants[k].say);
		measure(&m, p, "ask", &p->ask);
		for (size_t k = 0; k < p->answers.count; k++)
			measure(&m, p, p->answers.items[k].name,
				&p->answers.items[k].say);
		measure(&m, p, "retry", &p->retry.say);
		measure(&m, p, "nudge", &p->timeout.nudge);
		measure(&m, p, "open", &p->handoff.open);
		measure(&m, p, "closed", &p->handoff.closed);
		measure(&m, p, "unclaimed", &p->handoff.unclaimed_say);
	}
	strbuf_done(&m.scratch);
	strbuf_done(&m.values);
}
