#include "drivers/cloud/profile_fields.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/suggest.h"

/* ---- reading ---- */

static int read_group(const struct conf_node *node, const struct field *fields,
	char *dest, struct strbuf *err);

/* A text, a number or a truth as text; NULL for anything else. */
static char *
scalar(const struct conf_node *node, bool *ret_raw)
{
	int64_t number;
	bool truth;
	char text[24];
	*ret_raw = conf_text(node) == NULL;
	if (conf_text(node))
		return xstrdup(conf_text(node));
	if (conf_int(node, &number)) {
		snprintf(text, sizeof(text), "%lld", (long long)number);
		return xstrdup(text);
	}
	if (conf_bool(node, &truth))
		return xstrdup(truth ? "true" : "false");
	return NULL;
}

static int
read_texts(const struct conf_node *node, struct cloud_texts *ret, struct strbuf *err)
{
	bool raw;
	char *one = conf_is_group(node) ? NULL : scalar(node, &raw);
	size_t n = one ? 1 : conf_is_group(node) ? 0 : conf_count(node);
	if (conf_is_group(node))
		return conf_fail(node, err, "%s should be a text or a list of texts",
			conf_name(node));
	ret->list = xcalloc(n + 1, sizeof(*ret->list));
	if (one) {
		ret->list[ret->count++] = one;
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		char *text = scalar(conf_at(node, i), &raw);
		if (!text)
			return conf_fail(conf_at(node, i), err,
				"%s should be a list of texts, and one of it is %s",
				conf_name(node), conf_kind(conf_at(node, i)));
		ret->list[ret->count++] = text;
	}
	return 0;
}

/* { k = "To"; v = "{msg.to}"; optional = true; } or, for rules, { path = "/code"; }; also
 * ( "from", "to" ). */
static int
read_pair(const struct conf_node *node, struct cloud_pair *ret, struct strbuf *err)
{
	bool raw;
	if (!conf_is_group(node)) {
		bool two = conf_kind(node) && !conf_text(node) && conf_count(node) == 2;
		if (!two || !conf_text(conf_at(node, 0)) || !conf_text(conf_at(node, 1)))
			return conf_fail(node, err,
				"a group { k = \"...\"; v = \"...\"; } is expected here");
		ret->k = xstrdup(conf_text(conf_at(node, 0)));
		ret->v = xstrdup(conf_text(conf_at(node, 1)));
		return 0;
	}
	for (size_t i = 0; i < conf_count(node); i++) {
		const struct conf_node *m = conf_at(node, i);
		const char *name = conf_name(m);
		bool optional = !strcmp(name, "optional");
		if (optional || !strcmp(name, "list")) {
			if (!conf_bool(m, optional ? &ret->optional : &ret->list))
				return conf_fail(m, err, "%s is true or false", name);
		} else if ((!strcmp(name, "k") || !strcmp(name, "path")) && !ret->k) {
			ret->k = scalar(m, &raw);
		} else if (!strcmp(name, "v") && !ret->v) {
			ret->v = scalar(m, &ret->raw);
			if (!ret->v)
				return conf_fail(
					m, err, "v is a text, a number or a truth");
		} else {
			return conf_fail(m, err,
				"there is no setting '%s' here; k (or path), v, optional "
				"and list are",
				name);
		}
	}
	return ret->k ? 0 : conf_fail(node, err, "k (or path) is missing");
}

static int
read_pairs(const struct conf_node *node, struct cloud_pairs *ret, struct strbuf *err)
{
	bool named = conf_is_group(node);
	size_t n = conf_text(node) ? 0 : conf_count(node);
	if (conf_text(node))
		return conf_fail(node, err, "%s should be a list ( { k; v; } ... )",
			conf_name(node));
	ret->list = xcalloc(n + 1, sizeof(*ret->list));
	for (size_t i = 0; i < n; i++) {
		const struct conf_node *m = conf_at(node, i);
		struct cloud_pair *p = &ret->list[ret->count++];
		if (named) {
			p->k = xstrdup(conf_name(m));
			p->v = scalar(m, &p->raw);
			if (!p->v)
				return conf_fail(m, err,
					"%s should be a text, a number or a truth",
					conf_name(m));
		} else if (read_pair(m, p, err) < 0) {
			return -EINVAL;
		}
	}
	return 0;
}

static int
read_groups(const struct conf_node *node, const struct field *f, char *dest,
	struct strbuf *err)
{
	bool one = conf_is_group(node);
	size_t n = one ? 1 : conf_text(node) ? 0 : conf_count(node);
	char *list = xcalloc(n + 1, f->size);
	int r = 0;
	memcpy(dest + f->at, &list, sizeof(list));
	memcpy(dest + f->count_at, &n, sizeof(n));
	if (conf_text(node) && strcmp(conf_text(node), "none") != 0)
		return conf_fail(node, err,
			"%s is a group { }, a list of them, or \"none\"", f->name);
	for (size_t i = 0; i < n; i++) {
		const struct conf_node *m = one ? node : conf_at(node, i);
		if (read_group(m, f->sub, list + i * f->size, err) < 0)
			r = -EINVAL;
	}
	return r;
}

static int
read_span(const struct conf_node *node, int64_t *ret, struct strbuf *err)
{
	int64_t seconds;
	if (conf_int(node, &seconds) && seconds > 0 && seconds <= 365 * 86400) {
		*ret = seconds * SECOND;
		return 0;
	}
	if (conf_text(node) && conf_duration(conf_text(node), ret) == 0)
		return 0;
	return conf_fail(node, err, "%s should be seconds, or a time such as \"30s\"",
		conf_name(node));
}

static int
read_field(const struct conf_node *node, const struct field *f, char *dest,
	struct strbuf *err)
{
	char *sub;
	switch (f->kind) {
	case F_END: break;
	case F_TEXT:
		if (!conf_text(node))
			return conf_fail(node, err, "%s should be a text, not %s",
				f->name, conf_kind(node));
		*(char **)(void *)(dest + f->at) = xstrdup(conf_text(node));
		return 0;
	case F_TEXTS:
		return read_texts(
			node, (struct cloud_texts *)(void *)(dest + f->at), err);
	case F_INT:
		if (!conf_int(node, (int64_t *)(void *)(dest + f->at)))
			return conf_fail(node, err, "%s should be a number, not %s",
				f->name, conf_kind(node));
		return 0;
	case F_SPAN: return read_span(node, (int64_t *)(void *)(dest + f->at), err);
	case F_BOOL:
		if (!conf_bool(node, (bool *)(void *)(dest + f->at)))
			return conf_fail(
				node, err, "%s should be true or false", f->name);
		return 0;
	case F_PAIRS:
		return read_pairs(
			node, (struct cloud_pairs *)(void *)(dest + f->at), err);
	case F_GROUP:
		sub = xcalloc(1, f->size);
		memcpy(dest + f->at, &sub, sizeof(sub));
		return read_group(node, f->sub, sub, err);
	case F_GROUPS: return read_groups(node, f, dest, err);
	}
	return 0;
}

static int
read_group(const struct conf_node *node, const struct field *fields, char *dest,
	struct strbuf *err)
{
	int r = 0;
	if (!conf_is_group(node))
		return conf_fail(node, err, "a group { } is expected here");
	for (size_t i = 0; i < conf_count(node); i++) {
		const struct conf_node *m = conf_at(node, i);
		const struct field *f = fields;
		struct suggest near;
		suggest_init(&near, conf_name(m));
		for (; f->name && strcmp(f->name, conf_name(m)) != 0; f++)
			suggest_offer(&near, f->name);
		if (!f->name)
			r = conf_fail(m, err, "there is no setting '%s' here%s%s%s",
				conf_name(m), near.best ? "; did you mean '" : "",
				near.best ? near.best : "", near.best ? "'?" : "");
		else if (read_field(m, f, dest, err) < 0)
			r = -EINVAL;
	}
	return r;
}

/* ---- freeing, by the same table ---- */

static void
free_texts(struct cloud_texts *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->list[i]);
	free(t->list);
}

static void
free_pairs(struct cloud_pairs *p)
{
	for (size_t i = 0; i < p->count; i++) {
		free(p->list[i].k);
		free(p->list[i].v);
	}
	free(p->list);
}

static void
free_group(const struct field *fields, char *dest)
{
	for (const struct field *f = fields; f->name; f++) {
		char *list;
		size_t n = 1;
		memcpy(&list, dest + f->at, sizeof(list));
		if (f->kind == F_TEXT)
			free(list);
		else if (f->kind == F_TEXTS)
			free_texts((struct cloud_texts *)(void *)(dest + f->at));
		else if (f->kind == F_PAIRS)
			free_pairs((struct cloud_pairs *)(void *)(dest + f->at));
		if (f->kind != F_GROUP && f->kind != F_GROUPS)
			continue;
		if (f->kind == F_GROUPS)
			memcpy(&n, dest + f->count_at, sizeof(n));
		for (size_t i = 0; list && i < n; i++)
			free_group(f->sub, list + i * f->size);
		free(list);
	}
}

void
cloud_profile_free(struct cloud_profile *p)
{
	if (!p)
		return;
	free_group(cloud_profile_fields, (char *)p);
	conf_close(p->document);
	free(p);
}

/* ---- loading ---- */

static int
check_frame(const struct conf_node *root, struct strbuf *err)
{
	int64_t format = 0;
	const struct conf_node *node = conf_get(root, "format");
	if (!node || !conf_int(node, &format) || format != 1)
		return conf_fail(node ? node : root, err, "format = 1 is expected");
	node = conf_get(root, "provider");
	if (!node || !conf_is_group(node))
		return conf_fail(root, err, "a group 'provider' is expected");
	for (size_t i = 0; i < conf_count(root); i++)
		if (strcmp(conf_name(conf_at(root, i)), "format") != 0 &&
			strcmp(conf_name(conf_at(root, i)), "provider") != 0)
			return conf_fail(conf_at(root, i), err,
				"there is no setting '%s' here; a profile holds format "
				"and provider",
				conf_name(conf_at(root, i)));
	return 0;
}

static int
load(struct conf *document, struct cloud_profile **ret, struct strbuf *err)
{
	struct cloud_profile *p = xcalloc(1, sizeof(*p));
	p->document = document;
	int r = check_frame(conf_root(document), err);
	if (!r)
		r = read_group(conf_get(conf_root(document), "provider"),
			cloud_profile_fields, (char *)p, err);
	if (!r)
		r = cloud_profile_lint(p, err);
	if (r) {
		cloud_profile_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

int
cloud_profile_load(const char *path, struct cloud_profile **ret, struct strbuf *err)
{
	struct conf *document;
	int r = conf_open(path, &document, err);
	return r ? r : load(document, ret, err);
}

int
cloud_profile_parse(const char *name, const char *text, size_t len,
	struct cloud_profile **ret, struct strbuf *err)
{
	struct conf *document;
	int r = conf_parse(name, text, len, &document, err);
	return r ? r : load(document, ret, err);
}

int
cloud_profile_about(const char *path, struct strbuf *ret, struct strbuf *err)
{
	struct cloud_profile *p;
	int r = cloud_profile_load(path, &p, err);
	if (r)
		return r;
	strbuf_printf(ret, "The provider %s: sends", p->title ? p->title : p->name);
	strbuf_puts(ret, p->inbound_count ? ", receives" : ", receives nothing");
	if (p->status_count)
		strbuf_puts(ret, p->poll ? ", is asked for reports" : ", reports");
	if (p->lookup)
		strbuf_puts(ret, ", settles doubts by look-up");
	strbuf_puts(ret, "; secrets");
	for (size_t i = 0; i < p->secrets.count; i++)
		strbuf_printf(ret, " %s", p->secrets.list[i]);
	cloud_profile_free(p);
	return 0;
}

/* ---- codes ---- */

static const char *const error_names[] = {"none", "temporary", "optout", "invalid",
	"auth", "credit", "blocked", "permanent", "doubt"};

const char *
cloud_error_name(enum cloud_error e)
{
	return error_names[e];
}

bool
cloud_code_fits(const char *pattern, const char *code)
{
	for (; *pattern; pattern++, code++) {
		if (*pattern == '*')
			return true;
		bool digit = *code >= '0' && *code <= '9';
		if (*pattern == 'x' ? !digit && *code != 'x' : *pattern != *code)
			return false;
	}
	return !*code;
}

static bool
any_fits(const struct cloud_texts *list, const char *code)
{
	for (size_t i = 0; i < list->count; i++)
		if (cloud_code_fits(list->list[i], code))
			return true;
	return false;
}

enum cloud_error
cloud_error_of(const struct cloud_profile *p, const char *code)
{
	const struct cloud_errors *e = p->errors;
	if (!e || !*code)
		return CLOUD_NONE;
	const struct cloud_texts *lists[] = {NULL, &e->temporary, &e->optout, &e->invalid,
		&e->auth, &e->credit, &e->blocked, &e->permanent, &e->doubt};
	/* What is named by itself beats what a range covers. */
	for (int i = CLOUD_TEMPORARY; i <= CLOUD_DOUBT; i++)
		for (size_t k = 0; k < lists[i]->count; k++)
			if (!strcmp(lists[i]->list[k], code))
				return (enum cloud_error)i;
	for (int i = CLOUD_TEMPORARY; i <= CLOUD_DOUBT; i++)
		if (any_fits(lists[i], code))
			return (enum cloud_error)i;
	return CLOUD_NONE;
}
