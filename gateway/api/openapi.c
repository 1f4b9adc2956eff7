#include "gateway/api/openapi.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/api/access.h"
#include "gateway/net/json.h"
#include "gateway/net/jsonw.h"

/* ---- types ---- */

static void write_type(struct jsonw *w, const char *name, const char *type, size_t len);

static void
write_simple(struct jsonw *w, const char *type, bool null)
{
	if (!null) {
		jsonw_text(w, "type", type);
		return;
	}
	jsonw_open(w, "type", '[');
	jsonw_text(w, NULL, type);
	jsonw_text(w, NULL, "null");
	jsonw_close(w, ']');
}

/* "text(a|b|c)" */
static void
write_values(struct jsonw *w, const char *type, size_t len, bool null)
{
	char value[64];
	size_t at = strlen("text(");
	jsonw_open(w, "enum", '[');
	while (at < len) {
		size_t n = 0;
		while (at + n < len && type[at + n] != '|' && type[at + n] != ')')
			n++;
		if (n >= sizeof(value))
			abort();
		memcpy(value, type + at, n);
		value[n] = '\0';
		jsonw_text(w, NULL, value);
		at += n + 1;
	}
	if (null)
		jsonw_null(w, NULL);
	jsonw_close(w, ']');
}

static void
write_ref(struct jsonw *w, const char *shape, size_t len)
{
	char ref[128] = "#/components/schemas/";
	if (len > 64)
		abort();
	strncat(ref, shape, len);
	jsonw_text(w, "$ref", ref);
}

static bool
is(const char *type, size_t len, const char *name)
{
	return strlen(name) == len && !memcmp(type, name, len);
}

static void
write_named(struct jsonw *w, const char *type, size_t len, bool null)
{
	if (is(type, len, "id")) {
		write_simple(w, "string", null);
		jsonw_text(w, "pattern", "^[0-9]+$");
	} else if (is(type, len, "time")) {
		write_simple(w, "string", null);
		jsonw_text(w, "format", "date-time");
	} else if (is(type, len, "text")) {
		write_simple(w, "string", null);
	} else if (is(type, len, "int")) {
		write_simple(w, "integer", null);
	} else if (is(type, len, "num")) {
		write_simple(w, "number", null);
	} else if (is(type, len, "bool")) {
		write_simple(w, "boolean", null);
	} else if (is(type, len, "object")) {
		write_simple(w, "object", null);
	} else if (!is(type, len, "any")) {
		abort(); /* the tables say something there is not */
	}
}

static void
write_type(struct jsonw *w, const char *name, const char *type, size_t len)
{
	jsonw_open(w, name, '{');
	bool null = len && type[len - 1] == '?';
	len -= null;
	if (*type == '[') {
		write_simple(w, "array", null);
		write_type(w, "items", type + 1, len - 2);
	} else if (*type == '@') {
		write_ref(w, type + 1, len - 1);
	} else if (!strncmp(type, "text(", 5)) {
		write_simple(w, "string", null);
		write_values(w, type, len, null);
	} else {
		write_named(w, type, len, null);
	}
	jsonw_close(w, '}');
}

/* "@Shape|[@Shape]": one of these. */
static void
write_schema(struct jsonw *w, const char *type)
{
	size_t n = strcspn(type, "(|");
	if (type[n] != '|') {
		write_type(w, "schema", type, strlen(type));
		return;
	}
	jsonw_open(w, "schema", '{');
	jsonw_open(w, "anyOf", '[');
	for (; n; type += n + (type[n] == '|'), n = strcspn(type, "|"))
		write_type(w, NULL, type, n);
	jsonw_close(w, ']');
	jsonw_close(w, '}');
}

/* ---- shapes ---- */

struct member {
	char name[64];
	const char *type;
	size_t len;
	bool optional;
};

static bool
next_member(const char **at, struct member *ret)
{
	const char *p = *at + strspn(*at, " ");
	size_t n = strcspn(p, " "), name = strcspn(p, ":");
	if (!n)
		return false;
	if (name >= n || name >= sizeof(ret->name))
		abort();
	*ret = (struct member){.type = p + name + 1, .len = n - name - 1};
	memcpy(ret->name, p, name);
	ret->optional = ret->type[ret->len - 1] == '~';
	ret->len -= ret->optional;
	*at = p + n;
	return true;
}

static const struct shape *
find_shape(const char *name)
{
	for (const struct shape *s = shapes; s->name; s++)
		if (!strcmp(s->name, name))
			return s;
	abort();
}

static void
write_members(struct jsonw *w, const struct shape *s, bool required)
{
	struct member m;
	if (s->also)
		write_members(w, find_shape(s->also), required);
	for (const char *at = s->is; next_member(&at, &m);) {
		if (!required)
			write_type(w, m.name, m.type, m.len);
		else if (!m.optional)
			jsonw_text(w, NULL, m.name);
	}
}

static void
write_shapes(struct jsonw *w)
{
	jsonw_open(w, "schemas", '{');
	for (const struct shape *s = shapes; s->name; s++) {
		jsonw_open(w, s->name, '{');
		jsonw_text(w, "type", "object");
		jsonw_open(w, "properties", '{');
		write_members(w, s, false);
		jsonw_close(w, '}');
		jsonw_open(w, "required", '[');
		write_members(w, s, true);
		jsonw_close(w, ']');
		jsonw_close(w, '}');
	}
	jsonw_close(w, '}');
}

/* ---- parameters ---- */

/* What a query parameter is; whatever is not here is a text. */
static const struct {
	const char *name, *type, *means;
} queries[] = {
	{"limit", "int", "how many at most, 1 to 1000"},
	{"before", "text", "a page goes on where `next` of the one before said"},
	{"after", "id", "only those behind this one"},
	{"all", "text(0|1)", "those that are over too"},
	{"unmatched", "text(0|1)", "only those nobody can place"},
	{"direction", "text(in|out)", NULL},
};

static void
write_parameter(struct jsonw *w, const char *name, size_t len, const char *in)
{
	char copy[64];
	if (len >= sizeof(copy))
		abort();
	memcpy(copy, name, len);
	copy[len] = '\0';
	const char *type = "text", *means = NULL;
	for (size_t i = 0; i < ARRAY_LEN(queries) && !strcmp(in, "query"); i++) {
		if (strcmp(queries[i].name, copy) != 0)
			continue;
		type = queries[i].type;
		means = queries[i].means;
	}
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "name", copy);
	jsonw_text(w, "in", in);
	jsonw_bool(w, "required", !strcmp(in, "path"));
	if (means)
		jsonw_text(w, "description", means);
	write_type(w, "schema", type, strlen(type));
	jsonw_close(w, '}');
}

static void
write_parameters(struct jsonw *w, const struct route *r)
{
	jsonw_open(w, "parameters", '[');
	for (const char *p = r->pattern; (p = strchr(p, '{')); p++)
		write_parameter(w, p + 1, strcspn(p + 1, "}"), "path");
	for (const char *p = r->query ? r->query : ""; *p;) {
		size_t n = strcspn(p, " ");
		write_parameter(w, p, n, "query");
		p += n + strspn(p + n, " ");
	}
	if (!strcmp(r->pattern, "/v1/events") && !strcmp(r->method, "GET"))
		write_parameter(w, "Last-Event-ID", 13, "header");
	if (strcmp(r->method, "GET") != 0 && !(r->flags & (ROUTE_RAW | ROUTE_STREAM)))
		write_parameter(w, "Idempotency-Key", 15, "header");
	jsonw_close(w, ']');
}

/* ---- operations ---- */

static void
write_media(struct jsonw *w, const char *media, const char *type)
{
	jsonw_open(w, media, '{');
	if (type)
		write_schema(w, type);
	jsonw_close(w, '}');
}

static void
write_body(struct jsonw *w, const struct route_doc *doc)
{
	if (!doc->takes)
		return;
	jsonw_open(w, "requestBody", '{');
	jsonw_open(w, "content", '{');
	if (!strcmp(doc->takes, "file")) {
		write_media(w, "text/csv", NULL);
		write_media(w, "application/x-ndjson", NULL);
	} else if (!strcmp(doc->takes, "any")) {
		write_media(w, "*/*", NULL);
	} else {
		write_media(w, "application/json", doc->takes);
	}
	if (strchr(doc->takes, '['))
		write_media(w, "application/x-ndjson", NULL);
	jsonw_close(w, '}');
	jsonw_close(w, '}');
}

static void
write_answer(struct jsonw *w, const struct route *r, const char *one, size_t len)
{
	char status[4] = "", type[64] = "";
	memcpy(status, one, 3);
	if (len < 5 || len - 4 >= sizeof(type))
		abort();
	memcpy(type, one + 4, len - 4);
	jsonw_open(w, status, '{');
	jsonw_text(w, "description", r->summary);
	jsonw_open(w, "content", '{');
	if (strchr(type, '/'))
		write_media(w, type, NULL);
	else
		write_media(w, "application/json", type);
	if (!strcmp(r->pattern, "/v1/events") && !strcmp(r->method, "GET"))
		write_media(w, "text/event-stream", NULL);
	jsonw_close(w, '}');
	jsonw_close(w, '}');
}

static void
write_answers(struct jsonw *w, const struct route *r, const struct route_doc *doc)
{
	jsonw_open(w, "responses", '{');
	for (const char *p = doc->answers; *p;) {
		size_t n = strcspn(p, " ");
		write_answer(w, r, p, n);
		p += n + strspn(p + n, " ");
	}
	jsonw_open(w, "default", '{');
	jsonw_text(w, "description", "Refused: a problem (RFC 9457) with a sentence");
	jsonw_open(w, "content", '{');
	write_media(w, "application/problem+json", "@Problem");
	jsonw_close(w, '}');
	jsonw_close(w, '}');
	jsonw_close(w, '}');
}

static const struct route_doc *
find_doc(const struct route *r)
{
	for (const struct route_doc *d = route_docs; d->method; d++)
		if (!strcmp(d->method, r->method) && !strcmp(d->pattern, r->pattern))
			return d;
	return NULL;
}

static void
write_operation(struct jsonw *w, const struct route *r)
{
	const struct route_doc *doc = find_doc(r);
	char method[16] = "";
	for (size_t i = 0; i < sizeof(method) - 1 && r->method[i]; i++)
		method[i] = (char)(r->method[i] | 0x20);
	jsonw_open(w, method, '{');
	jsonw_text(w, "summary", r->summary);
	jsonw_text(w, "x-role", role_name(r->role));
	if (r->role == ROLE_NONE) {
		jsonw_open(w, "security", '[');
		jsonw_close(w, ']');
	}
	write_parameters(w, r);
	if (doc) {
		write_body(w, doc);
		write_answers(w, r, doc);
	}
	jsonw_close(w, '}');
}

/* All methods of a path stand together, where the first of them does in the table. */
static void
write_paths(struct jsonw *w, const struct route *all)
{
	jsonw_open(w, "paths", '{');
	for (const struct route *r = all; r->method; r++) {
		const struct route *first = all;
		while (strcmp(first->pattern, r->pattern) != 0)
			first++;
		if (first != r)
			continue;
		jsonw_open(w, r->pattern, '{');
		for (const struct route *other = r; other->method; other++)
			if (!strcmp(other->pattern, r->pattern))
				write_operation(w, other);
		jsonw_close(w, '}');
	}
	jsonw_close(w, '}');
}

static void
write_security(struct jsonw *w)
{
	jsonw_open(w, "securitySchemes", '{');
	jsonw_open(w, "token", '{');
	jsonw_text(w, "type", "http");
	jsonw_text(w, "scheme", "bearer");
	jsonw_text(w, "description",
		"malgil token create makes one. The same works as the password of HTTP "
		"Basic, with any name. Whoever asks at the unix socket is known by the "
		"login.");
	jsonw_close(w, '}');
	jsonw_close(w, '}');
}

void
openapi_write(struct strbuf *out, const struct route *all, const char *server)
{
	struct jsonw w = {out};
	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "openapi", "3.1.0");
	jsonw_open(&w, "info", '{');
	jsonw_text(&w, "title", "malgil");
	jsonw_text(&w, "version", MALGIL_VERSION);
	jsonw_text(&w, "summary", "An SMS gateway that holds conversations");
	jsonw_close(&w, '}');
	jsonw_open(&w, "servers", '[');
	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "url", server ? server : "/");
	jsonw_close(&w, '}');
	jsonw_close(&w, ']');
	jsonw_open(&w, "security", '[');
	strbuf_puts(out, "{\"token\":[]}");
	jsonw_close(&w, ']');
	write_paths(&w, all);
	jsonw_open(&w, "components", '{');
	write_security(&w);
	write_shapes(&w);
	jsonw_close(&w, '}');
	jsonw_close(&w, '}');
}
