/* Look-ups over HTTP: an address and a body from their templates, and JSON to rows. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/core/lookup_inside.h"
#include "gateway/net/client.h"
#include "gateway/net/json.h"

#define URL_MAX  8192
#define BODY_MAX (64 * 1024)

/* ---- asking ---- */

/* Inside a JSON string: json_quote() without its quotes. */
static void
escape_json(struct strbuf *out, const char *value)
{
	struct strbuf quoted AUTO(strbuf_done) = STRBUF_INIT(BODY_MAX);
	json_quote(&quoted, value);
	strbuf_add(out, quoted.s + 1, quoted.len - 2);
}

/* Copies a template; {name} becomes the escaped argument, other braces stay. */
static void
fill(const struct lookup *l, const char *template, struct strbuf *out,
	void (*escape)(struct strbuf *out, const char *value))
{
	for (const char *p = template; *p; p++) {
		size_t n = *p == '{' ? strcspn(p + 1, "}") : 0;
		const char *value = n && p[n + 1] ? lookup_arg(l, p + 1, n) : NULL;
		if (!value) {
			strbuf_putc(out, *p);
			continue;
		}
		escape(out, value);
		p += n + 1;
	}
}

/* "." and ".." mean another place in a path, escaped or not. */
static bool
only_dots(const struct lookup *l)
{
	for (size_t i = 0; i < l->arg_count; i++)
		if (strspn(l->args[i].value, ".") == strlen(l->args[i].value))
			return true;
	return false;
}

static void on_answer(void *arg, const struct http_answer *answer);

int
lookup_http_begin(struct lookup *l, struct lookup_result *r)
{
	struct strbuf url AUTO(strbuf_done) = STRBUF_INIT(URL_MAX);
	struct strbuf body AUTO(strbuf_done) = STRBUF_INIT(BODY_MAX);
	const struct connector *c = l->connector;
	const char *headers[CONNECTOR_HEADERS + 3] = {"Accept: application/json"};
	size_t n = 1;
	for (size_t i = 0; i < c->header_count; i++)
		headers[n++] = c->headers[i];
	fill(l, l->query->url, &url, client_escape);
	if (l->query->body) {
		fill(l, l->query->body, &body, escape_json);
		headers[n++] = "Content-Type: application/json";
	}
	if (url.full || body.full || only_dots(l)) {
		result_fail(r, "%s.%s: an argument does not fit into the request",
			c->name, l->query->name);
		return -1;
	}
	struct http_request request = {
		.method = l->query->method ? l->query->method : "GET",
		.url = url.s,
		.headers = headers,
		.body = l->query->body ? body.s : NULL,
		.len = body.len,
		.timeout = l->timeout,
		.max = (size_t)c->max_kib * 1024,
		.redirects = (int)c->redirects,
		.user = c->user};
	if (!l->all->http)
		l->all->http = http_new(l->all->loop);
	l->call = http_start(l->all->http, &request, on_answer, l);
	if (l->call)
		return 0;
	result_fail(r, "too much is being asked over HTTP already");
	return -1;
}

/* ---- what came ---- */

static const char *
kind_of(const json_t *value)
{
	return json_is_object(value)   ? "an object"
	       : json_is_array(value)  ? "a list"
	       : json_is_string(value) ? "a text"
				       : "a number or a word";
}

/* A scalar as text; false for what is not one. NULL and null are no value at all. */
static bool
scalar(const json_t *value, char room[40], const char **ret)
{
	*ret = NULL;
	if (!value || json_is_null(value))
		return true;
	if (json_is_string(value))
		*ret = json_string_value(value);
	else if (json_is_boolean(value))
		*ret = json_is_true(value) ? "true" : "false";
	else if (json_is_integer(value))
		snprintf(room, 40, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		snprintf(room, 40, "%.15g", json_real_value(value));
	else
		return false;
	if (json_is_number(value))
		*ret = room;
	return true;
}

/* Without `fields` every plain member of the object is one. */
static void
take_members(struct lookup_result *r, const json_t *object)
{
	const char *name, *text;
	char room[40];
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		if (scalar(value, room, &text))
			result_field(r, name, text);
	}
}

static int
take_fields(const struct lookup *l, struct lookup_result *r, const json_t *row)
{
	char room[40];
	const char *text;
	for (size_t i = 0; i < l->query->field_count; i++) {
		const struct connector_field *f = &l->query->fields[i];
		const json_t *value = json_pointer(row, f->pointer);
		if (scalar(value, room, &text)) {
			result_field(r, f->name, text);
			continue;
		}
		result_fail(r, "%s.%s: %s (%s) is %s where a text was expected",
			l->connector->name, l->query->name, f->name, f->pointer,
			kind_of(value));
		return -1;
	}
	return 0;
}

static int
take_row(const struct lookup *l, struct lookup_result *r, const json_t *row)
{
	if (!json_is_object(row)) {
		result_fail(r, "%s.%s: a row is %s where an object was expected",
			l->connector->name, l->query->name, kind_of(row));
		return -1;
	}
	if ((int64_t)r->count == l->connector->rows) {
		r->more = true;
		return -1;
	}
	if (!result_row(r))
		return -1;
	if (l->query->field_count)
		return take_fields(l, r, row);
	take_members(r, row);
	return 0;
}

static void
take_json(const struct lookup *l, struct lookup_result *r, const json_t *answer)
{
	const json_t *rows = json_pointer(answer, l->query->rows ? l->query->rows : "");
	if (!rows || json_is_null(rows))
		return;
	if (!json_is_array(rows)) {
		take_row(l, r, rows);
		return;
	}
	for (size_t i = 0; i < json_array_size(rows); i++)
		if (take_row(l, r, json_array_get(rows, i)))
			break;
}

static bool
means_none(const struct connector_query *q, int status)
{
	for (size_t i = 0; i < q->none_count; i++)
		if (q->none[i] == status)
			return true;
	return status == 204;
}

static void
judge(const struct lookup *l, struct lookup_result *r, const struct http_answer *a)
{
	const char *name = l->connector->name;
	if (a->failed) {
		result_fail(r, "%s: %s", name, a->why);
		return;
	}
	if (means_none(l->query, a->status))
		return;
	if (a->status / 100 != 2) {
		result_fail(r, "%s answered HTTP %d%s", name, a->status,
			a->status / 100 == 3 ? ", which sends elsewhere" : "");
		return;
	}
	json_t *answer = json_read(a->body.s, a->body.len, NULL);
	if (!answer) { /* what exactly it was may be a customer's: not for the log */
		result_fail(r, "%s answered something that is not JSON", name);
		return;
	}
	take_json(l, r, answer);
	json_decref(answer);
}

static void
on_answer(void *arg, const struct http_answer *answer)
{
	struct lookup *l = arg;
	struct lookup_result *r = result_new();
	l->call = NULL;
	judge(l, r, answer);
	lookup_finish(l, r);
}
