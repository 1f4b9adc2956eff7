#include "gateway/core/connectors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/suggest.h"
#include "gateway/net/json.h"

#define NAME_FIRST "abcdefghijklmnopqrstuvwxyz"
#define NAME_REST  NAME_FIRST "0123456789_"

/* The queries on malgil's own tables; core/lookup_store.c answers them. */
static const struct {
	const char *name, *args[CONNECTOR_ARGS];
	size_t arg_min;
} own_queries[] = {
	{"open_orders_by_phone", {"phone"}, 1},
	{"orders_by_phone", {"phone"}, 1},
	{"order", {"number", "phone"}, 1},
	{"invitation", {"phone"}, 1},
};

/* ---- queries ---- */

static bool
is_name(const char *text)
{
	return *text && strchr(NAME_FIRST, *text) &&
	       strspn(text, NAME_REST) == strlen(text) && strlen(text) <= 32;
}

/* "no, phone" */
static int
read_args(struct connector_query *q, struct strbuf *err)
{
	for (const char *p = q->args_text ? q->args_text : ""; *p;) {
		p += strspn(p, " ");
		size_t n = strcspn(p, ", ");
		if (q->arg_count == CONNECTOR_ARGS)
			return conf_fail(q->node, err, "'%s' has more than %d args",
				q->name, CONNECTOR_ARGS);
		char *name = q->args[q->arg_count++] = xstrndup(p, n);
		if (!is_name(name))
			return conf_fail(q->node, err,
				"'%s': the arg '%s' should be a name of small letters, "
				"digits "
				"and _",
				q->name, name);
		p += n;
		p += strspn(p, " ");
		if (*p && *p != ',')
			return conf_fail(q->node, err,
				"'%s': args want commas between them", q->name);
		p += *p == ',';
	}
	q->arg_min = q->arg_count;
	return 0;
}

static int
read_none(struct connector_query *q, struct strbuf *err)
{
	for (const char *p = q->none_text ? q->none_text : "404"; *p;) {
		char *end;
		long status = strtol(p, &end, 10);
		if (end == p || status < 100 || status > 599 ||
			q->none_count == CONNECTOR_STATUSES)
			return conf_fail(q->node, err,
				"'%s': none = \"%s\" should name HTTP statuses such as "
				"\"404\"",
				q->name, q->none_text);
		q->none[q->none_count++] = (int)status;
		p = end + strspn(end, " ,");
	}
	return 0;
}

static int
read_field(void *dest, const char *name, const struct conf_node *node, struct strbuf *err)
{
	struct connector_query *q = dest;
	const char *pointer = conf_text(node);
	if (q->field_count == CONNECTOR_FIELDS)
		return conf_fail(node, err, "'%s' has more than %d fields", q->name,
			CONNECTOR_FIELDS);
	if (!pointer || !json_pointer_valid(pointer))
		return conf_fail(node, err,
			"'%s' should be a JSON pointer such as \"/order/no\", from the "
			"row on",
			name);
	q->fields[q->field_count++] =
		(struct connector_field){xstrdup(name), xstrdup(pointer)};
	return 0;
}

/* The declared argument a placeholder stands for, also spelled NAME_local or NAME_dashed
 * (a phone as people at home write it). */
static bool
declares(const struct connector_query *q, const char *name, size_t n)
{
	for (size_t i = 0; i < q->arg_count; i++) {
		size_t len = strlen(q->args[i]);
		if (n < len || strncmp(q->args[i], name, len) != 0)
			continue;
		const char *rest = name + len;
		if (n == len || (n == len + 6 && !strncmp(rest, "_local", 6)) ||
			(n == len + 7 && !strncmp(rest, "_dashed", 7)))
			return true;
	}
	return false;
}

/* An argument may stand in the path and the query, never in the host. */
static int
check_url(const struct connector_query *q, struct strbuf *err)
{
	const char *host = !strncmp(q->url, "https://", 8)  ? q->url + 8
			   : !strncmp(q->url, "http://", 7) ? q->url + 7
							    : NULL;
	if (!host || !*host || strchr("/?#", *host))
		return conf_fail(q->node, err,
			"'%s': url should begin with https:// (or http://) and a host",
			q->name);
	if (strpbrk(q->url, " \t\r\n"))
		return conf_fail(q->node, err, "'%s': url holds a blank", q->name);
	size_t host_len = strcspn(host, "/?#");
	if (memchr(host, '{', host_len) || memchr(host, '@', host_len))
		return conf_fail(q->node, err,
			"'%s': the host in url must be written out (a password goes to "
			"user)",
			q->name);
	for (const char *p = host; (p = strchr(p, '{')); p++) {
		size_t n = strcspn(p + 1, "}");
		if (!declares(q, p + 1, n))
			return conf_fail(q->node, err,
				"'%s': {%.*s} in url is not among its args", q->name,
				(int)MIN(n, 40), p + 1);
	}
	return 0;
}

/* With every argument replaced by a figure it must be JSON. */
static int
check_body(const struct connector_query *q, struct strbuf *err)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(1 << 16);
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (!q->body)
		return 0;
	for (const char *p = q->body; *p; p++) {
		size_t n = *p == '{' ? strcspn(p + 1, "}") : 0;
		if (n && p[n + 1] && declares(q, p + 1, n)) {
			strbuf_putc(&text, '1');
			p += n + 1;
		} else {
			strbuf_putc(&text, *p);
		}
	}
	json_t *value = json_read(text.s, text.len, &why);
	if (!value)
		return conf_fail(q->node, err, "'%s': body: %s", q->name, why.s);
	json_decref(value);
	return 0;
}

#define AT(member) offsetof(struct connector_query, member)
static const struct conf_key sql_query_keys[] = {
	{"args", CONF_TEXT, AT(args_text)},
	{"sql", CONF_TEXT, AT(sql), .required = true},
	{0},
};
static const struct conf_key http_query_keys[] = {
	{"args", CONF_TEXT, AT(args_text)},
	{"url", CONF_TEXT, AT(url), .required = true},
	{"method", CONF_TEXT, AT(method)},
	{"body", CONF_TEXT, AT(body)},
	{"rows", CONF_TEXT, AT(rows)},
	{"fields", CONF_EACH, .each = read_field},
	{"none", CONF_TEXT, AT(none_text)},
	{0},
};

static struct connector_query *
add_query(struct connector *c, const char *name)
{
	if (!c->queries)
		c->queries = xcalloc(CONNECTOR_QUERIES, sizeof(*c->queries));
	struct connector_query *q = &c->queries[c->query_count++];
	q->name = xstrdup(name);
	return q;
}

static int
check_http(struct connector_query *q, struct strbuf *err)
{
	static const char *const methods[] = {"GET", "POST", "PUT"};
	bool known = !q->method;
	for (size_t i = 0; !known && i < ARRAY_LEN(methods); i++)
		known = !strcmp(q->method, methods[i]);
	if (!known)
		return conf_fail(
			q->node, err, "'%s': method should be GET, POST or PUT", q->name);
	if (q->body && (!q->method || !strcmp(q->method, "GET")))
		return conf_fail(
			q->node, err, "'%s': a body wants method = \"POST\"", q->name);
	if (q->rows && !json_pointer_valid(q->rows))
		return conf_fail(q->node, err,
			"'%s': rows should be a JSON pointer such as \"/data/orders\"",
			q->name);
	if (check_url(q, err) || check_body(q, err))
		return -EINVAL;
	return read_none(q, err);
}

static int
read_query(void *dest, const char *name, const struct conf_node *node, struct strbuf *err)
{
	struct connector *c = dest;
	bool http = c->type == CONNECTOR_HTTP;
	if (!conf_is_group(node))
		return conf_fail(node, err, "the query '%s' should be a group { }", name);
	if (c->query_count == CONNECTOR_QUERIES)
		return conf_fail(
			node, err, "there are more than %d queries", CONNECTOR_QUERIES);
	struct connector_query *q = add_query(c, name);
	q->node = node;
	if (conf_read(node, http ? http_query_keys : sql_query_keys, q, err) ||
		read_args(q, err))
		return -EINVAL;
	return http ? check_http(q, err) : 0;
}

/* ---- connectors ---- */

static int
read_header(
	void *dest, const char *name, const struct conf_node *node, struct strbuf *err)
{
	struct connector *c = dest;
	const char *value = conf_text(node);
	struct strbuf line AUTO(strbuf_done) = STRBUF_INIT(8192);
	if (!value || strpbrk(value, "\r\n"))
		return conf_fail(
			node, err, "the header '%s' should be one line of text", name);
	if (c->header_count == CONNECTOR_HEADERS)
		return conf_fail(
			node, err, "there are more than %d headers", CONNECTOR_HEADERS);
	strbuf_printf(&line, "%s: %s", name, value);
	c->headers[c->header_count++] = xstrdup(line.s);
	return 0;
}

#undef AT
#define AT(member) offsetof(struct connector, member)
#define COMMON                                                                           \
	{"type", CONF_TEXT, AT(type_name), .required = true},                            \
		{"timeout", CONF_DURATION, AT(timeout), .min = 1, .max = MINUTE},        \
		{"cache", CONF_DURATION, AT(cache), .min = 0, .max = DAY},               \
	{                                                                                \
		"rows", CONF_INT, AT(rows), .min = 1, .max = 100                         \
	}
static const struct conf_key sql_keys[] = {
	COMMON,
	{"file", CONF_TEXT, AT(file), .required = true},
	{"queries", CONF_EACH, .each = read_query, .required = true},
	{0},
};
static const struct conf_key http_keys[] = {
	COMMON,
	{"headers", CONF_EACH, .each = read_header},
	{"user", CONF_TEXT, AT(user)},
	{"max_kib", CONF_INT, AT(max_kib), .min = 1, .max = 1024},
	{"redirects", CONF_INT, AT(redirects), .min = 0, .max = 5},
	{"queries", CONF_EACH, .each = read_query, .required = true},
	{0},
};
static const struct conf_key malgil_keys[] = {COMMON, {0}};

static const struct {
	const char *name;
	const struct conf_key *keys;
} types[] = {
	[CONNECTOR_SQL] = {"sql", sql_keys},
	[CONNECTOR_HTTP] = {"http", http_keys},
	[CONNECTOR_MALGIL] = {"malgil", malgil_keys},
};

static struct connector *
add_connector(struct connectors *all, const char *name, enum connector_type type)
{
	struct connector *c = &all->list[all->count++];
	*c = (struct connector){.name = xstrdup(name),
		.type = type,
		.timeout = 3 * SECOND,
		.rows = 20,
		.max_kib = 256};
	for (size_t i = 0; type == CONNECTOR_MALGIL && i < ARRAY_LEN(own_queries); i++) {
		struct connector_query *q = add_query(c, own_queries[i].name);
		q->arg_min = own_queries[i].arg_min;
		while (q->arg_count < CONNECTOR_ARGS &&
			own_queries[i].args[q->arg_count]) {
			q->args[q->arg_count] =
				xstrdup(own_queries[i].args[q->arg_count]);
			q->arg_count++;
		}
	}
	return c;
}

static int
read_type(const struct conf_node *node, const char *name, enum connector_type *ret,
	struct strbuf *err)
{
	const struct conf_node *type = conf_get(node, "type");
	const char *wanted = type ? conf_text(type) : NULL;
	for (size_t i = 0; wanted && i < ARRAY_LEN(types); i++) {
		if (strcmp(types[i].name, wanted) != 0)
			continue;
		*ret = (enum connector_type)i;
		return 0;
	}
	return conf_fail(type ? type : node, err,
		"connector '%s': type should be \"sql\", \"http\" or \"malgil\"", name);
}

static int
read_connector(
	void *dest, const char *name, const struct conf_node *node, struct strbuf *err)
{
	struct connectors *all = dest;
	enum connector_type type = CONNECTOR_SQL;
	if (!conf_is_group(node))
		return conf_fail(node, err, "connector '%s' should be a group { }", name);
	if (all->count == CONNECTORS - 1) /* one place is malgil's own */
		return conf_fail(
			node, err, "there are more than %d connectors", CONNECTORS - 1);
	if (read_type(node, name, &type, err))
		return -EINVAL;
	struct connector *c = add_connector(all, name, type);
	return conf_read(node, types[type].keys, c, err);
}

struct file {
	int64_t format;
	struct connectors *all;
};

static int
read_into(void *dest, const char *name, const struct conf_node *node, struct strbuf *err)
{
	return read_connector(((struct file *)dest)->all, name, node, err);
}

static const struct conf_key file_keys[] = {
	{"format", CONF_INT, offsetof(struct file, format), .required = true, .min = 1,
		.max = 1},
	{"connectors", CONF_EACH, .each = read_into, .required = true},
	{0},
};

static const struct connector *
find(const struct connectors *all, const char *name)
{
	for (size_t i = 0; i < all->count; i++)
		if (!strcmp(all->list[i].name, name))
			return &all->list[i];
	return NULL;
}

int
connectors_load(const char *path, struct connectors **ret, struct strbuf *err)
{
	struct file file = {.all = xcalloc(1, sizeof(*file.all))};
	int r = path ? conf_open(path, &file.all->document, err) : 0;
	if (!r && path)
		r = conf_read(conf_root(file.all->document), file_keys, &file, err);
	if (r) {
		connectors_free(file.all);
		return r;
	}
	if (!find(file.all, "malgil"))
		add_connector(file.all, "malgil", CONNECTOR_MALGIL);
	*ret = file.all;
	return 0;
}

static void
free_query(struct connector_query *q)
{
	for (size_t i = 0; i < q->arg_count; i++)
		free(q->args[i]);
	for (size_t i = 0; i < q->field_count; i++) {
		free(q->fields[i].name);
		free(q->fields[i].pointer);
	}
	conf_free(sql_query_keys, q);
	conf_free(http_query_keys, q);
	free(q->name);
}

void
connectors_free(struct connectors *all)
{
	if (!all)
		return;
	for (size_t i = 0; i < all->count; i++) {
		struct connector *c = &all->list[i];
		for (size_t n = 0; n < c->query_count; n++)
			free_query(&c->queries[n]);
		for (size_t n = 0; n < c->header_count; n++)
			free(c->headers[n]);
		conf_free(sql_keys, c);
		conf_free(http_keys, c);
		free(c->queries);
		free(c->name);
	}
	conf_close(all->document);
	free(all);
}

/* ---- finding ---- */

static int
no_such(struct strbuf *err, const char *what, const struct suggest *near)
{
	strbuf_set(err, "there is no %s '%.60s'%s%s%s", what, near->wanted,
		near->best ? "; did you mean '" : "", near->best ? near->best : "",
		near->best ? "'?" : "");
	return -EINVAL;
}

static int
find_query(const struct connector *c, const char *name,
	const struct connector_query **ret, struct strbuf *err)
{
	struct suggest near;
	suggest_init(&near, name);
	for (size_t i = 0; i < c->query_count; i++) {
		suggest_offer(&near, c->queries[i].name);
		*ret = &c->queries[i];
		if (!strcmp((*ret)->name, name))
			return 0;
	}
	no_such(err, "query", &near);
	strbuf_printf(err, " (connector %s)", c->name);
	return -EINVAL;
}

int
connectors_find(const struct connectors *all, const char *use, const char *query,
	size_t arg_count, const struct connector **ret_connector,
	const struct connector_query **ret_query, struct strbuf *err)
{
	struct suggest near;
	const struct connector_query *q;
	const struct connector *c = find(all, use);
	suggest_init(&near, use);
	for (size_t i = 0; i < all->count; i++)
		suggest_offer(&near, all->list[i].name);
	if (!c)
		return no_such(err, "connector", &near);
	if (find_query(c, query, &q, err))
		return -EINVAL;
	if (arg_count < q->arg_min || arg_count > q->arg_count) {
		strbuf_set(err, "%s.%s wants %zu argument%s", use, query, q->arg_count,
			q->arg_count == 1 ? "" : "s");
		for (size_t i = 0; i < q->arg_count; i++)
			strbuf_printf(err, "%s%s", i ? ", " : ": ", q->args[i]);
		strbuf_printf(err, "; %zu were given", arg_count);
		return -EINVAL;
	}
	*ret_connector = c;
	*ret_query = q;
	return 0;
}
