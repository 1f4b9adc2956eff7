/* What names mean inside a run: its variables, what this very call changed, then the
 * shell's facts. */
#include "dialogs/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/text/orderstate.h"

static const char *
after_contact(const char *name)
{
	return !strncmp(name, "contact.", 8) ? name + 8 : NULL;
}

/* The tags of the contact, as this call has changed them. */
static void
overlay_tags(struct engine *e, struct value *ret)
{
	struct strbuf list = STRBUF_INIT(8192);
	e->env->get(e->env->ctx, "contact.tags", ret);
	if (ret->kind == VALUE_LIST)
		strbuf_puts(&list, ret->text);
	for (const struct effect *f = e->out->first; f; f = f->next) {
		struct value now = {.kind = VALUE_LIST, .text = list.s};
		bool has = (f->kind == EFFECT_TAG || f->kind == EFFECT_UNTAG) &&
			   value_list_has(&now, f->name);
		if (f->kind == EFFECT_TAG && !has)
			strbuf_printf(&list, "%s%s", list.len ? "\n" : "", f->name);
		if (f->kind != EFFECT_UNTAG || !has)
			continue;
		char *at = strstr(list.s, f->name);
		size_t n = strlen(f->name), from = (size_t)(at - list.s);
		memset(list.s + from, '\n', n); /* an empty member counts for nothing */
	}
	*ret = (struct value){
		.kind = VALUE_LIST, .text = arena_strdup(&e->out->arena, list.s)};
	strbuf_done(&list);
}

static bool
overlay(struct engine *e, const char *name, struct value *ret)
{
	const char *attribute = after_contact(name);
	bool found = false;
	if (attribute && !strcmp(attribute, "tags")) {
		overlay_tags(e, ret);
		return true;
	}
	for (const struct effect *f = e->out->first; f; f = f->next) {
		if (f->kind == EFFECT_SAVE && attribute && !strcmp(f->name, attribute)) {
			*ret = f->saved;
			found = true;
		}
		if (f->kind != EFFECT_CONSENT || strncmp(name, "consent.", 8) != 0)
			continue;
		const char *what =
			f->consent->grant ? f->consent->grant : f->consent->deny;
		if (!strcmp(name + 8, what)) {
			*ret = value_bool(f->consent->grant != NULL);
			found = true;
		}
	}
	return found;
}

/* A field of what has just happened: event.total, and order.total of an order.paid where
 * the run has no variable of that name. */
static bool
happened(struct engine *e, const char *name, bool by_root, struct value *ret)
{
	const struct step_event *event = e->happening;
	size_t root = by_root && event ? strcspn(event->name, ".") : 5;
	if (!event || !event->row_count ||
		strncmp(name, by_root ? event->name : "event", root) != 0 ||
		name[root] != '.')
		return false;
	for (size_t i = 0; i < event->rows[0].count; i++)
		if (!strcmp(event->rows[0].names[i], name + root + 1)) {
			*ret = value_text(event->rows[0].values[i]);
			return true;
		}
	return false;
}

void
facts_get(struct engine *e, const char *name, struct value *ret)
{
	if (happened(e, name, false, ret) || run_get(engine_frame(e), name, ret) ||
		happened(e, name, true, ret))
		return;
	if (!strcmp(name, "text") && run_get(engine_frame(e), "last", ret))
		return;
	if (!strcmp(name, "name"))
		name = "contact.name";
	if (!strncmp(name, "contact.consent.", 16))
		name += 8;
	if (overlay(e, name, ret))
		return;
	e->env->get(e->env->ctx, name, ret);
}

static void
get(void *ctx, const char *name, struct value *ret)
{
	facts_get(ctx, name, ret);
}

static void
aggregate(void *ctx, enum expr_aggregate what, const char *event, int64_t since,
	struct value *ret)
{
	struct engine *e = ctx;
	if (e->env->aggregate)
		e->env->aggregate(e->env->ctx, what, event, since, ret);
}

bool
facts_true(struct engine *e, const struct expr *cond)
{
	struct expr_env env = {.ctx = e,
		.get = get,
		.aggregate = aggregate,
		.now = e->env->now,
		.zone = e->env->zone};
	return !cond || expr_eval(cond, &env);
}

/* ---- filters that need the script ---- */

/* Written in letters that people who do not read Korean can read. */
static bool
is_latin(const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)word[i] >= 0xE1)
			return false;
	return true;
}

/* The answer's first word that is not a number; in a text of another language than Korean
 * the first that is not written in Hangul, where there is one. */
static bool
label_of_answer(const struct script_answer *a, const char *lang, struct strbuf *out)
{
	bool latin = lang && strncmp(lang, "ko", 2) != 0;
	const char *best = NULL;
	size_t best_len = 0;
	for (const char *p = a->words; *p;) {
		size_t n = strcspn(p, ",");
		const char *word = p + strspn(p, " ");
		size_t len = n - (size_t)(word - p);
		while (len && word[len - 1] == ' ')
			len--;
		bool wanted = len && strspn(word, "0123456789") < len;
		if (wanted && (!best || (latin && is_latin(word, len)))) {
			best = word;
			best_len = len;
			latin = latin && !is_latin(word, len);
		}
		p += n + (p[n] == ',');
	}
	if (best)
		strbuf_add(out, best, best_len);
	return best != NULL;
}

static const char *contact_language(struct engine *e);

/* The state of an order: as the shop says it to who shares its language, else in the
 * customer's. */
static bool
label_of_state(struct engine *e, const char *path, const char *text, const char *lang,
	struct strbuf *out)
{
	char name[128];
	struct value said = {0};
	enum order_state state;
	snprintf(name, sizeof(name), "%s" FACTS_SAID, path);
	const char *shop = e->env->pack_lang ? e->env->pack_lang : "";
	bool own = !lang || !strncmp(lang, shop, 2);
	if (own && run_get(engine_frame(e), name, &said) && value_as_text(&said)) {
		strbuf_puts(out, value_as_text(&said));
		return true;
	}
	if (order_state_named(text, &state) < 0)
		return false;
	strbuf_puts(out, order_state_label(state, lang));
	return true;
}

static bool
label(struct engine *e, const char *path, const struct value *v, struct strbuf *out)
{
	const char *text = value_as_text(v);
	/* the next question of facts may be answered in the same place */
	text = text ? arena_strdup(&e->out->arena, text) : NULL;
	const char *lang = contact_language(e);
	lang = lang ? lang : e->env->pack_lang;
	for (size_t i = 0; text && i < e->script->step_count; i++) {
		const struct step *s = &e->script->steps[i];
		if (!s->save || strcmp(s->save, path) != 0)
			continue;
		for (size_t k = 0; k < s->answers.count; k++)
			if (!strcmp(s->answers.items[k].name, text))
				return label_of_answer(&s->answers.items[k], lang, out);
	}
	return text && label_of_state(e, path, text, lang, out);
}

static const char *
row_field(struct engine *e, const char *root, int row, const char *field)
{
	char name[128];
	struct value v = {0};
	snprintf(name, sizeof(name), "%s.%d.%s", root, row, field);
	return run_get(engine_frame(e), name, &v) ? value_as_text(&v) : NULL;
}

/* One line for each row: its `menu`, or what names it and its state. */
static bool
menu(struct engine *e, const char *root, struct strbuf *out)
{
	static const char *const names[] = {
		"menu", "item", "title", "name", "label", "no", "id"};
	char count_name[80];
	struct value count = {0};
	snprintf(count_name, sizeof(count_name), "%s.count", root);
	if (!run_get(engine_frame(e), count_name, &count))
		return false;
	for (int row = 1; row <= (int)count.number && row <= STEP_ROWS; row++) {
		const char *title = NULL, *state = row_field(e, root, row, "state");
		char path[128];
		for (size_t i = 0; !title && i < ARRAY_LEN(names); i++)
			title = row_field(e, root, row, names[i]);
		bool whole = row_field(e, root, row, "menu") != NULL;
		strbuf_printf(
			out, "%s%d) %s", row > 1 ? "\n" : "", row, title ? title : "-");
		if (!state || whole)
			continue;
		struct value v = value_text(state);
		strbuf_putc(out, ' ');
		snprintf(path, sizeof(path), "%s.%d.state", root, row);
		if (!label(e, path, &v, out))
			strbuf_puts(out, state);
	}
	return out->len > 0;
}

static bool
call(void *ctx, enum template_call what, const char *argument, const struct value *v,
	struct strbuf *out)
{
	struct engine *e = ctx;
	if (what == TEMPLATE_LABEL && label(e, argument, v, out))
		return true;
	if (what == TEMPLATE_MENU)
		return menu(e, argument, out);
	return e->env->call && e->env->call(e->env->ctx, what, argument, v, out);
}

static const char *
contact_language(struct engine *e)
{
	struct value v = {0};
	facts_get(e, "contact.lang", &v);
	return v.kind == VALUE_TEXT && *v.text ? arena_strdup(&e->out->arena, v.text)
					       : e->env->lang;
}

const char *
facts_fill(struct engine *e, const struct template *t)
{
	struct strbuf out = STRBUF_INIT(16384), missing = STRBUF_SENTENCE;
	const char *lang = contact_language(e), *filled = NULL;
	struct template_env env = {.ctx = e,
		.get = get,
		.call = call,
		.now = e->env->now,
		.zone = e->env->zone,
		.lang = lang ? lang : e->env->pack_lang};
	if (!t)
		return NULL;
	if (template_render(t, &env, &out, &missing) == 0)
		filled = arena_strdup(&e->out->arena, out.s);
	else {
		struct effect *f = engine_effect(e, EFFECT_TROUBLE);
		struct strbuf why = STRBUF_SENTENCE;
		strbuf_printf(&why,
			"%s: a text of the step '%s' was not sent: {%s} has no value",
			e->script->id, engine_frame(e)->step, missing.s);
		f->text = arena_strdup(&e->out->arena, why.s);
		strbuf_done(&why);
	}
	strbuf_done(&out);
	strbuf_done(&missing);
	return filled;
}

const char *
facts_text(struct engine *e, const struct script_text *t)
{
	return facts_fill(e, script_text_for(t, contact_language(e), e->env->pack_lang));
}

/* ---- saving ---- */

void
facts_save(struct engine *e, const char *name, const struct value *v)
{
	const char *attribute = after_contact(name);
	if (!attribute) {
		if (v->kind == VALUE_MISSING)
			run_drop(engine_frame(e), name);
		else
			run_set(engine_frame(e), name, v);
		return;
	}
	struct effect *f = engine_effect(e, EFFECT_SAVE);
	f->name = arena_strdup(&e->out->arena, attribute);
	f->saved = *v;
	f->saved.text = v->text ? arena_strdup(&e->out->arena, v->text) : NULL;
}

void
facts_apply(struct engine *e, const struct script_values *set,
	const struct script_values *add)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct script_value *s = &set->items[i];
		struct value v = value_number(s->number);
		if (s->body) {
			const char *text = facts_fill(e, s->body);
			if (!text)
				continue;
			v = value_text(*text ? text : NULL);
		}
		facts_save(e, s->name, &v);
	}
	for (size_t i = 0; i < add->count; i++) {
		struct value v = {0};
		double before = 0;
		facts_get(e, add->items[i].name, &v);
		if (!value_as_number(&v, &before))
			before = 0;
		v = value_number(before + add->items[i].number);
		facts_save(e, add->items[i].name, &v);
	}
}
