#include "drivers/cloud/profile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/suggest.h"

/* The grammar is a table, and one reader serves it: what it does not name is a mistake.
 */
enum field_kind {
	F_END,
	F_TEXT,
	F_TEXTS, /* one or a list; numbers become text */
	F_INT,
	F_SPAN, /* seconds, or "30s" */
	F_BOOL,
	F_PAIRS, /* ( { k; v; } ... ) or { name = value; ... } */
	F_GROUP,
	F_GROUPS, /* one or a list */
};

struct field {
	const char *name;
	enum field_kind kind;
	size_t at;
	const struct field *sub; /* F_GROUP, F_GROUPS */
	size_t size;
	size_t count_at; /* F_GROUPS */
};

#define CALL(m)    offsetof(struct cloud_call, m)
#define AUTH(m)    offsetof(struct cloud_auth, m)
#define BODY(m)    offsetof(struct cloud_body, m)
#define VARIANT(m) offsetof(struct cloud_variant, m)
#define CANON(m)   offsetof(struct cloud_canon, m)
#define VERIFY(m)  offsetof(struct cloud_verify, m)
#define READING(m) offsetof(struct cloud_reading, m)
#define REPLY(m)   offsetof(struct cloud_reply, m)
#define LIMIT(m)   offsetof(struct cloud_throttle, m)
#define ERRORS(m)  offsetof(struct cloud_errors, m)
#define TOP(m)     offsetof(struct cloud_profile, m)

struct error_paths {
	struct cloud_texts code, text;
};

static const struct field body_fields[] = {
	{"type", F_TEXT, BODY(type)},
	{"fields", F_PAIRS, BODY(fields)},
	{"template", F_TEXT, BODY(content)},
	{0},
};
static const struct field auth_fields[] = {
	{"type", F_TEXT, AUTH(type)},
	{"user", F_TEXT, AUTH(user)},
	{"pass", F_TEXT, AUTH(pass)},
	{"header", F_TEXT, AUTH(header)},
	{"value", F_TEXT, AUTH(value)},
	{"alg", F_TEXT, AUTH(alg)},
	{"key", F_TEXT, AUTH(key)},
	{"enc", F_TEXT, AUTH(enc)},
	{"base", F_TEXT, AUTH(base)},
	{"provider", F_TEXT, AUTH(provider)},
	{"claims", F_TEXT, AUTH(claims)},
	{0},
};
static const struct field variant_fields[] = {
	{"category", F_TEXTS, VARIANT(category)},
	{"class", F_TEXTS, VARIANT(class)},
	{"url", F_TEXT, VARIANT(url)},
	{"method", F_TEXT, VARIANT(method)},
	{"headers", F_PAIRS, VARIANT(headers)},
	{"body", F_GROUP, VARIANT(body), body_fields, sizeof(struct cloud_body)},
	{0},
};
static const struct field error_fields[] = {
	{"code", F_TEXTS, offsetof(struct error_paths, code)},
	{"text", F_TEXTS, offsetof(struct error_paths, text)},
	{0},
};
static const struct field call_fields[] = {
	{"method", F_TEXT, CALL(method)},
	{"url", F_TEXT, CALL(url)},
	{"headers", F_PAIRS, CALL(headers)},
	{"body", F_GROUP, CALL(body), body_fields, sizeof(struct cloud_body)},
	{"auth", F_GROUP, CALL(auth), auth_fields, sizeof(struct cloud_auth)},
	{"timeout", F_SPAN, CALL(timeout)},
	{"ok_http", F_TEXTS, CALL(ok_http)},
	{"ok_if", F_PAIRS, CALL(ok_if)},
	{"fail_if", F_PAIRS, CALL(fail_if)},
	{"id", F_TEXTS, CALL(id)},
	{"each", F_TEXT, CALL(each)},
	{"state", F_TEXT, CALL(state)},
	{"price", F_TEXT, CALL(price)},
	{"currency", F_TEXT, CALL(currency)},
	{"match", F_PAIRS, CALL(match)},
	{"every", F_SPAN, CALL(every)},
	{"error", F_GROUP, CALL(error), error_fields, sizeof(struct error_paths)},
	{"variants", F_GROUPS, CALL(variants), variant_fields,
		sizeof(struct cloud_variant), CALL(variant_count)},
	{0},
};
static const struct field canon_fields[] = {
	{"kv", F_TEXT, CANON(kv)},
	{"pair", F_TEXT, CANON(pair)},
	{"lead", F_TEXT, CANON(lead)},
	{"dedup", F_BOOL, CANON(dedup)},
	{"urlenc", F_BOOL, CANON(urlenc)},
	{"exclude", F_TEXTS, CANON(exclude)},
	{"replace", F_PAIRS, CANON(replace)},
	{0},
};
static const struct field verify_fields[] = {
	{"scheme", F_TEXT, VERIFY(scheme)},
	{"from", F_TEXT, VERIFY(from)},
	{"key", F_TEXT, VERIFY(key)},
	{"user", F_TEXT, VERIFY(user)},
	{"alg", F_TEXT, VERIFY(alg)},
	{"enc", F_TEXT, VERIFY(enc)},
	{"base", F_TEXT, VERIFY(base)},
	{"base_get", F_TEXT, VERIFY(base_get)},
	{"separator", F_TEXT, VERIFY(separator)},
	{"timestamp", F_TEXT, VERIFY(timestamp)},
	{"unit", F_TEXT, VERIFY(unit)},
	{"tolerance", F_SPAN, VERIFY(tolerance)},
	{"url_variants", F_TEXTS, VERIFY(url_variants)},
	{"params", F_GROUP, VERIFY(params), canon_fields, sizeof(struct cloud_canon)},
	{"query", F_GROUP, VERIFY(query), canon_fields, sizeof(struct cloud_canon)},
	{"body_hash", F_TEXT, VERIFY(body_hash)},
	{"claims", F_PAIRS, VERIFY(claims)},
	{"topic", F_TEXT, VERIFY(topic)},
	{"reply_bad", F_INT, VERIFY(reply_bad)},
	{0},
};
static const struct field reply_fields[] = {
	{"http", F_INT, REPLY(http)},
	{"type", F_TEXT, REPLY(type)},
	{"body", F_TEXT, REPLY(body)},
	{0},
};
static const struct field reading_fields[] = {
	{"match", F_PAIRS, READING(match)},
	{"each", F_TEXT, READING(each)},
	{"id", F_TEXTS, READING(id)},
	{"from", F_TEXT, READING(from)},
	{"to", F_TEXT, READING(to)},
	{"text", F_TEXT, READING(text)},
	{"time", F_TEXT, READING(time)},
	{"charset", F_TEXT, READING(charset)},
	{"optout_hint", F_TEXT, READING(optout_hint)},
	{"optout_words", F_TEXTS, READING(optout_words)},
	{"ref", F_TEXT, READING(ref)},
	{"total", F_TEXT, READING(total)},
	{"part", F_TEXT, READING(part)},
	{"key", F_TEXT, READING(key)},
	{"state", F_TEXT, READING(state)},
	{"phone", F_TEXT, READING(phone)},
	{"price", F_TEXT, READING(price)},
	{"currency", F_TEXT, READING(currency)},
	{"code", F_TEXTS, READING(code)},
	{"why", F_TEXTS, READING(why)},
	{"map", F_PAIRS, READING(map)},
	{"map_prefix", F_PAIRS, READING(map_prefix)},
	{"reply", F_GROUP, READING(reply), reply_fields, sizeof(struct cloud_reply)},
	{0},
};
static const struct field class_fields[] = {
	{"name", F_TEXT, offsetof(struct cloud_class, name)},
	{"max_bytes", F_INT, offsetof(struct cloud_class, max_bytes)},
	{0},
};
static const struct field throttle_fields[] = {
	{"http", F_TEXTS, LIMIT(http)},
	{"codes", F_TEXTS, LIMIT(codes)},
	{"retry_after", F_TEXTS, LIMIT(retry_after)},
	{"unit", F_TEXT, LIMIT(unit)},
	{"rate", F_INT, LIMIT(rate)},
	{"burst", F_INT, LIMIT(burst)},
	{0},
};
static const struct field errors_fields[] = {
	{"temporary", F_TEXTS, ERRORS(temporary)},
	{"optout", F_TEXTS, ERRORS(optout)},
	{"invalid", F_TEXTS, ERRORS(invalid)},
	{"auth", F_TEXTS, ERRORS(auth)},
	{"credit", F_TEXTS, ERRORS(credit)},
	{"blocked", F_TEXTS, ERRORS(blocked)},
	{"permanent", F_TEXTS, ERRORS(permanent)},
	{"doubt", F_TEXTS, ERRORS(doubt)},
	{0},
};
static const struct field profile_fields[] = {
	{"name", F_TEXT, TOP(name)},
	{"title", F_TEXT, TOP(title)},
	{"secrets", F_TEXTS, TOP(secrets)},
	{"defaults", F_PAIRS, TOP(defaults)},
	{"number_format", F_TEXT, TOP(number_format)},
	{"from_format", F_TEXT, TOP(from_format)},
	{"charset", F_TEXT, TOP(charset)},
	{"classes", F_GROUPS, TOP(classes), class_fields, sizeof(struct cloud_class),
		TOP(class_count)},
	{"encoding_gsm7", F_TEXT, TOP(encoding_gsm7)},
	{"encoding_ucs2", F_TEXT, TOP(encoding_ucs2)},
	{"send", F_GROUP, TOP(send), call_fields, sizeof(struct cloud_call)},
	{"poll", F_GROUP, TOP(poll), call_fields, sizeof(struct cloud_call)},
	{"lookup", F_GROUP, TOP(lookup), call_fields, sizeof(struct cloud_call)},
	{"fetch", F_GROUP, TOP(fetch), call_fields, sizeof(struct cloud_call)},
	{"throttle", F_GROUP, TOP(throttle), throttle_fields,
		sizeof(struct cloud_throttle)},
	{"errors", F_GROUP, TOP(errors), errors_fields, sizeof(struct cloud_errors)},
	{"verify", F_GROUPS, TOP(verify), verify_fields, sizeof(struct cloud_verify),
		TOP(verify_count)},
	{"inbound", F_GROUPS, TOP(inbound), reading_fields, sizeof(struct cloud_reading),
		TOP(inbound_count)},
	{"status", F_GROUPS, TOP(status), reading_fields, sizeof(struct cloud_reading),
		TOP(status_count)},
	{"optout", F_GROUPS, TOP(optout), reading_fields, sizeof(struct cloud_reading),
		TOP(optout_count)},
	{"unwrap", F_TEXT, TOP(unwrap)},
	{"reply", F_GROUP, TOP(reply), reply_fields, sizeof(struct cloud_reply)},
	{0},
};

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
	free_group(profile_fields, (char *)p);
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
		r = read_group(conf_get(conf_root(document), "provider"), profile_fields,
			(char *)p, err);
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
