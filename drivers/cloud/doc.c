#include "drivers/cloud/doc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway/text/regex.h"

#define VALUE_MOST (256u * 1024)
#define SUBJECT    4096

static const char *
header_of(const struct cloud_doc *d, const char *name)
{
	for (size_t i = 0; i < d->header_count; i++)
		if (!strcasecmp(d->headers[i].name, name))
			return d->headers[i].value;
	return NULL;
}

static bool
looks_like_json(const char *body, size_t len)
{
	size_t i = 0;
	while (i < len && strchr(" \t\r\n", body[i]) && body[i])
		i++;
	return i < len && (body[i] == '{' || body[i] == '[');
}

void
cloud_doc_open(struct cloud_doc *d, const char *body, size_t len, const char *query,
	const struct raw_field *headers, size_t header_count)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	*d = (struct cloud_doc){.body = body ? body : "",
		.len = body ? len : 0,
		.query = query ? query : "",
		.headers = headers,
		.header_count = header_count};
	const char *type = header_of(d, "content-type");
	d->form = type && strcasestr(type, "application/x-www-form-urlencoded");
	if (!d->form && looks_like_json(d->body, d->len))
		d->json = json_read(d->body, d->len, &err);
	/* Some providers send a form and name no type. */
	if (!d->json && !type)
		d->form = true;
}

void
cloud_doc_unwrap(struct cloud_doc *d, const char *path)
{
	struct strbuf inner = STRBUF_INIT(VALUE_MOST);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	json_t *json = NULL;
	if (cloud_pick(d, NULL, path, &inner) && !inner.full)
		json = json_read(inner.s, inner.len, &err);
	if (!json) {
		strbuf_done(&inner);
		return;
	}
	json_decref(d->json);
	free(d->owned);
	d->json = json;
	d->owned = inner.cap ? inner.s : NULL;
}

void
cloud_doc_close(struct cloud_doc *d)
{
	json_decref(d->json);
	free(d->owned);
	*d = (struct cloud_doc){.body = ""};
}

/* ---- values ---- */

static bool
put_json(const json_t *v, struct strbuf *out)
{
	switch (v ? json_typeof(v) : JSON_NULL) {
	case JSON_STRING:
		strbuf_add(out, json_string_value(v), json_string_length(v));
		break;
	case JSON_INTEGER:
		strbuf_printf(out, "%lld", (long long)json_integer_value(v));
		break;
	case JSON_REAL: strbuf_printf(out, "%.10g", json_real_value(v)); break;
	case JSON_TRUE: strbuf_puts(out, "true"); break;
	case JSON_FALSE: strbuf_puts(out, "false"); break;
	case JSON_OBJECT:
	case JSON_ARRAY: return json_object_size(v) > 0 || json_array_size(v) > 0;
	case JSON_NULL: return false;
	}
	return true;
}

static bool
put_match(const struct cloud_doc *d, const char *pattern, struct strbuf *out)
{
	struct regex_groups groups;
	struct strbuf subject AUTO(strbuf_done) = STRBUF_INIT(SUBJECT);
	strbuf_add(&subject, d->body, MIN(d->len, (size_t)SUBJECT));
	if (!json_utf8(subject.s) || !regex_find(pattern, subject.s, &groups))
		return false;
	strbuf_puts(out, *groups.text[1] ? groups.text[1] : groups.text[0]);
	return true;
}

static bool
put_param(const struct cloud_doc *d, const json_t *element, const char *name,
	struct strbuf *out)
{
	const json_t *top = element ? element : d->json;
	if (json_is_object(top) && json_object_get(top, name))
		return put_json(json_object_get(top, name), out);
	if (d->form && raw_form_field(d->body, d->len, name, out))
		return true;
	return raw_form_field(d->query, strlen(d->query), name, out);
}

bool
cloud_pick(const struct cloud_doc *d, const json_t *element, const char *path,
	struct strbuf *out)
{
	if (!strncmp(path, "//", 2))
		return d->json && put_json(json_pointer(d->json, path + 1), out);
	if (*path == '/') {
		const json_t *from = element ? element : d->json;
		return from && put_json(json_pointer(from, path[1] ? path : ""), out);
	}
	if (*path == '=') {
		strbuf_puts(out, path + 1);
		return true;
	}
	if (!strncmp(path, "regex:", 6))
		return put_match(d, path + 6, out);
	if (!strncmp(path, "query:", 6))
		return raw_form_field(d->query, strlen(d->query), path + 6, out);
	if (!strncmp(path, "header:", 7)) {
		const char *value = header_of(d, path + 7);
		if (value)
			strbuf_puts(out, value);
		return value != NULL;
	}
	if (!strncmp(path, "field:", 6))
		return put_param(d, element, path + 6, out);
	if (!strcmp(path, "body")) {
		strbuf_add(out, d->body, d->len);
		return d->len != 0;
	}
	return put_param(d, element, path, out);
}

bool
cloud_pick_any(const struct cloud_doc *d, const json_t *element,
	const struct cloud_texts *paths, struct strbuf *out)
{
	for (size_t i = 0; i < paths->count; i++)
		if (cloud_pick(d, element, paths->list[i], out) && out->len)
			return true;
	return false;
}

bool
cloud_pick_all(const struct cloud_doc *d, const json_t *element,
	const struct cloud_texts *paths, struct strbuf *out)
{
	for (size_t i = 0; i < paths->count; i++) {
		if (i)
			strbuf_putc(out, ':');
		size_t before = out->len;
		if (!cloud_pick(d, element, paths->list[i], out) || out->len == before)
			return false;
	}
	return paths->count != 0;
}

bool
cloud_rule_holds(
	const struct cloud_doc *d, const json_t *element, const struct cloud_pair *rule)
{
	struct strbuf v AUTO(strbuf_done) = STRBUF_INIT(VALUE_MOST);
	bool found = cloud_pick(d, element, rule->k, &v);
	if (!rule->v || !strcmp(rule->v, "*"))
		return found;
	/* "!" asks that there be none, or not that one. */
	if (*rule->v == '!')
		return rule->v[1] ? !found || !cloud_code_fits(rule->v + 1, v.s) : !found;
	return found && cloud_code_fits(rule->v, v.s);
}

bool
cloud_rules_hold(
	const struct cloud_doc *d, const json_t *element, const struct cloud_pairs *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		if (!cloud_rule_holds(d, element, &rules->list[i]))
			return false;
	return true;
}

int
cloud_path_check(const char *path, struct strbuf *err)
{
	if (*path == '/' && strcmp(path, "/") != 0 &&
		!json_pointer_valid(path[1] == '/' ? path + 1 : path)) {
		strbuf_set(err, "'%s' is no JSON pointer", path);
		return -EINVAL;
	}
	if (!strncmp(path, "regex:", 6))
		return regex_check(path + 6, err);
	if (!*path || !strcmp(path, "header:") || !strcmp(path, "query:")) {
		strbuf_set(err, "'%s' leads nowhere", path);
		return -EINVAL;
	}
	const char *colon = strchr(path, ':');
	if (colon && *path != '/' && *path != '=' && strncmp(path, "header:", 7) != 0 &&
		strncmp(path, "query:", 6) != 0 && strncmp(path, "field:", 6) != 0) {
		strbuf_set(err,
			"'%s' begins like no path; header:, query:, field: and regex: "
			"are "
			"known",
			path);
		return -EINVAL;
	}
	return 0;
}
