/* Values: texts, templates, expressions, lengths of time, words, languages. */
#include "dialogs/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uloc.h>

#include "dialogs/promo.h"
#include "gateway/base/conf.h"
#include "gateway/base/suggest.h"

/* ---- the walk ---- */

static const struct rule *
rule_of(const struct rule *rules, const char *name)
{
	while (rules->name && strcmp(rules->name, name) != 0)
		rules++;
	return rules->name ? rules : NULL;
}

/* What one of the groups around it knows was written one brace too early or too late. */
static int
unknown_key(struct loader *l, const struct conf_node *n, const struct rule *rules)
{
	struct suggest near;
	for (const struct load_group *in = l->in; in && in->around; in = in->around)
		if (rule_of(in->around->rules, conf_name(n)))
			return conf_fail(n, l->err,
				"there is no '%s' here; it belongs to '%s', outside '%s'",
				conf_name(n), conf_name(in->around->node),
				conf_name(in->node));
	suggest_init(&near, conf_name(n));
	for (const struct rule *r = rules; r->name; r++)
		suggest_offer(&near, r->name);
	if (near.best)
		return conf_fail(n, l->err, "there is no '%s' here; did you mean '%s'?",
			conf_name(n), near.best);
	return conf_fail(n, l->err, "there is no '%s' here", conf_name(n));
}

int
load_read_group(struct loader *l, const struct conf_node *group, const struct rule *rules,
	void *dest)
{
	if (!conf_is_group(group))
		return conf_fail(group, l->err, "'%s' should be a group { }, not %s",
			conf_name(group), conf_kind(group));
	struct load_group in = {group, rules, l->in};
	l->in = &in;
	int result = 0; /* every mistake is told, not the first alone */
	for (size_t i = 0; i < conf_count(group); i++) {
		const struct conf_node *n = conf_at(group, i);
		const struct rule *r = rule_of(rules, conf_name(n));
		int e = r ? r->read(l, n, (char *)dest + r->offset)
			  : unknown_key(l, n, rules);
		result = e < 0 ? e : result;
	}
	l->in = in.around;
	return result;
}

/* ---- single values ---- */

int
load_want(struct loader *l, const struct conf_node *n, const char *what)
{
	return conf_fail(
		n, l->err, "'%s' should be %s, not %s", conf_name(n), what, conf_kind(n));
}

static int
get_text(struct loader *l, const struct conf_node *n, const char **ret)
{
	*ret = conf_text(n);
	if (!*ret)
		return load_want(l, n, "a text in quotes");
	if (!**ret)
		return conf_fail(n, l->err, "'%s' is empty", conf_name(n));
	return 0;
}

int
load_str(struct loader *l, const struct conf_node *n, void *slot)
{
	const char *text;
	int r = get_text(l, n, &text);
	if (!r)
		*(const char **)slot = arena_strdup(&l->s->arena, text);
	return r;
}

int
load_name(struct loader *l, const struct conf_node *n, void *slot)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-.";
	const char *text;
	int r = get_text(l, n, &text);
	if (r < 0)
		return r;
	if (text[strspn(text, good)] || strlen(text) > 60)
		return conf_fail(n, l->err,
			"'%s = \"%.80s\"' is not a name: at most 60 of a-z, 0-9, '_', "
			"'-' "
			"and dots",
			conf_name(n), text);
	return load_str(l, n, slot);
}

/* A word out of a fixed set, listed as "a, b, c". */
int
load_one_of(
	struct loader *l, const struct conf_node *n, const char *list, const char **slot)
{
	const char *text;
	int r = load_str(l, n, slot);
	if (r < 0)
		return r;
	text = *slot;
	struct suggest near;
	char word[40];
	suggest_init(&near, text);
	for (const char *p = list; *p;) {
		size_t k = strcspn(p, ",");
		snprintf(word, sizeof(word), "%.*s", (int)k, p);
		if (!strcmp(word, text))
			return 0;
		suggest_offer(&near, word);
		p += k + (p[k] == ',');
		p += strspn(p, " ");
	}
	if (near.best)
		return conf_fail(n, l->err, "'%s' is not a %s; did you mean '%s'?", text,
			conf_name(n), near.best);
	return conf_fail(n, l->err, "'%s' is not a %s (%s)", text, conf_name(n), list);
}

int
load_int(struct loader *l, const struct conf_node *n, void *slot)
{
	int64_t *at = slot;
	if (!conf_int(n, at))
		return load_want(l, n, "a whole number");
	return *at < 0 ? conf_fail(n, l->err, "'%s' is below zero", conf_name(n)) : 0;
}

int
load_fuzzy(struct loader *l, const struct conf_node *n, void *slot)
{
	int r = load_int(l, n, slot);
	if (!r && *(int64_t *)slot > 3)
		return conf_fail(n, l->err, "fuzzy is a distance of 0 to 3 letters");
	return r;
}

int
load_percent(struct loader *l, const struct conf_node *n, void *slot)
{
	int r = load_int(l, n, slot);
	if (!r && *(int64_t *)slot > 100)
		return conf_fail(n, l->err, "'%s' is a share of 0 to 100", conf_name(n));
	return r;
}

int
load_bool(struct loader *l, const struct conf_node *n, void *slot)
{
	return conf_bool(n, slot) ? 0 : load_want(l, n, "true or false (without quotes)");
}

int
load_span(struct loader *l, const struct conf_node *n, void *slot)
{
	const char *text;
	int r = get_text(l, n, &text);
	if (r < 0)
		return r;
	if (conf_duration(text, slot) < 0 || *(int64_t *)slot <= 0)
		return conf_fail(n, l->err,
			"'%s = \"%s\"' is not a length of time; write \"90m\", \"4h\", "
			"\"2d\" or "
			"\"3mo\"",
			conf_name(n), text);
	return 0;
}

static void
free_template(void *t)
{
	template_free(t);
}

size_t
load_until_comma(const char *text)
{
	size_t n = 0;
	for (int depth = 0; text[n] && (text[n] != ',' || depth); n++)
		depth += text[n] == '{' ? 1 : text[n] == '}' && depth ? -1 : 0;
	return n;
}

int
load_make_template(struct loader *l, const struct conf_node *n, const char *text,
	const struct template **ret)
{
	struct strbuf why = STRBUF_SENTENCE;
	struct template *t = NULL;
	int r = template_parse(text, &t, &why);
	if (r < 0)
		r = conf_fail(n, l->err, "in '%s', %s", conf_name(n), why.s);
	else
		arena_at_end(&l->s->arena, free_template, t);
	*ret = t;
	strbuf_done(&why);
	return r;
}

int
load_template(struct loader *l, const struct conf_node *n, void *slot)
{
	const char *text;
	int r = get_text(l, n, &text);
	return r < 0 ? r : load_make_template(l, n, text, slot);
}

static void
free_expr(void *e)
{
	expr_free(e);
}

int
load_expr(struct loader *l, const struct conf_node *n, void *slot)
{
	struct strbuf why = STRBUF_SENTENCE;
	struct expr *e = NULL;
	const char *text;
	int r = get_text(l, n, &text);
	if (r < 0)
		return r;
	r = expr_parse(text, &e, &why);
	if (r < 0)
		r = conf_fail(n, l->err, "in '%s', %s", conf_name(n), why.s);
	else
		arena_at_end(&l->s->arena, free_expr, e);
	*(struct expr **)slot = e;
	strbuf_done(&why);
	return r;
}

static void
done_wordset(void *w)
{
	wordset_done(w);
}

int
load_words(struct loader *l, const struct conf_node *n, void *slot)
{
	struct wordset *w = arena_alloc(&l->s->arena, sizeof(*w));
	const char *text;
	int r = get_text(l, n, &text);
	if (r < 0)
		return r;
	wordset_init(w, text);
	arena_at_end(&l->s->arena, done_wordset, w);
	*(struct wordset *)slot = *w;
	if (!w->count)
		return conf_fail(n, l->err, "'%s' holds no word that could be matched",
			conf_name(n));
	return 0;
}

static bool
language_code(const char *name)
{
	char base[4];
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz");
	if (n < 2 || n > 3 || (name[n] && (name[n] != '-' || strlen(name) > 10)))
		return false;
	snprintf(base, sizeof(base), "%.*s", (int)n, name);
	for (const char *const *known = uloc_getISOLanguages(); *known; known++)
		if (!strcmp(*known, base))
			return true;
	return false;
}

/* Countries that are taken for their language: nobody here writes Kanuri, which is kr. */
static const char *
meant_language(const char *name)
{
	static const char *const pairs[][2] = {{"kr", "ko"}, {"kor", "ko"}, {"jp", "ja"},
		{"cn", "zh"}, {"us", "en"}, {"gb", "en"}, {"vn", "vi"}, {"eng", "en"}};
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (!strcmp(pairs[i][0], name))
			return pairs[i][1];
	return NULL;
}

/* One text, or a group of them by language. */
int
load_text(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_text *t = slot;
	bool group = conf_is_group(n), offers = false;
	size_t count = group ? conf_count(n) : 1;
	struct text_variant *v = arena_alloc(&l->s->arena, (count + 1) * sizeof(*v));
	if (!count)
		return conf_fail(n, l->err, "'%s' holds no text", conf_name(n));
	for (size_t i = 0; i < count; i++) {
		const struct conf_node *one = group ? conf_at(n, i) : n;
		const char *text;
		const char *meant = group ? meant_language(conf_name(one)) : NULL;
		if (meant)
			return conf_fail(one, l->err,
				"'%s' is not a language; did you mean '%s'?",
				conf_name(one), meant);
		if (group && !language_code(conf_name(one)))
			return conf_fail(one, l->err,
				"'%s' is not a language; a text is \"...\" or { ko = "
				"\"...\"; en = "
				"\"...\"; }",
				conf_name(one));
		int r = get_text(l, one, &text);
		if (!r)
			r = load_make_template(l, one, text, &v[i].body);
		if (r < 0)
			return r;
		snprintf(v[i].lang, sizeof(v[i].lang), "%s", group ? conf_name(one) : "");
		offers = offers || promo_found(v[i].body);
	}
	*t = (struct script_text){
		.variants = v, .count = count, .offers = offers, .line = conf_line(n)};
	return 0;
}

int
load_target(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_target *t = slot;
	t->line = conf_line(n);
	return load_str(l, n, &t->name);
}

int
load_class(struct loader *l, const struct conf_node *n, void *slot)
{
	const char *name = "";
	int r = load_one_of(l, n, "reply, service, marketing", &name);
	if (!r)
		*(enum message_class *)slot = *name == 'r'   ? CLASS_REPLY
					      : *name == 's' ? CLASS_SERVICE
							     : CLASS_MARKETING;
	return r;
}

int
load_match(struct loader *l, const struct conf_node *n, void *slot)
{
	const char *name = "";
	int r = load_one_of(l, n, "exact, word, first-word, any-word, phrase", &name);
	if (!r)
		match_mode_read(name, slot);
	return r;
}

int
load_accept(struct loader *l, const struct conf_node *n, void *slot)
{
	struct strbuf why = STRBUF_SENTENCE;
	const char *text;
	int r = get_text(l, n, &text);
	if (!r && answer_parse(text, slot, &why) < 0)
		r = conf_fail(n, l->err, "in 'accept', %s", why.s);
	strbuf_done(&why);
	return r;
}

/* ---- set, add ---- */

static int
one_value(struct loader *l, const struct conf_node *n, const char *prefix,
	struct script_value *v)
{
	int64_t number;
	bool truth;
	char name[128];
	snprintf(name, sizeof(name), "%s%s", prefix, conf_name(n));
	v->name = arena_strdup(&l->s->arena, name);
	if (conf_int(n, &number)) {
		v->number = (double)number;
		return 0;
	}
	if (conf_bool(n, &truth))
		return load_make_template(l, n, truth ? "true" : "false", &v->body);
	/* "" empties it */
	const char *text = conf_text(n);
	return text && !*text ? load_make_template(l, n, "", &v->body)
			      : load_template(l, n, &v->body);
}

int
load_values(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_values *values = slot;
	size_t count = 0, room = 0;
	if (!conf_is_group(n))
		return load_want(l, n, "a group { name = value; }");
	for (size_t i = 0; i < conf_count(n); i++)
		room += conf_is_group(conf_at(n, i)) ? conf_count(conf_at(n, i)) : 1;
	struct script_value *v = arena_alloc(&l->s->arena, (room + 1) * sizeof(*v));
	for (size_t i = 0; i < conf_count(n); i++) {
		const struct conf_node *one = conf_at(n, i);
		bool group = conf_is_group(one);
		if (group && strcmp(conf_name(one), "contact") != 0)
			return conf_fail(
				one, l->err, "only 'contact' may be a group here");
		for (size_t k = 0; k < (group ? conf_count(one) : 1); k++) {
			int r = one_value(l, group ? conf_at(one, k) : one,
				group ? "contact." : "", &v[count++]);
			if (r < 0)
				return r;
		}
	}
	*values = (struct script_values){v, count};
	return 0;
}

int
load_add(struct loader *l, const struct conf_node *n, void *slot)
{
	struct script_values *values = slot;
	int r = load_values(l, n, slot);
	for (size_t i = 0; !r && i < values->count; i++)
		if (values->items[i].body)
			return conf_fail(n, l->err,
				"'add' holds whole numbers: add = { warm = 2; }");
	return r;
}
