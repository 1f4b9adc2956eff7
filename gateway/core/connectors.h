/* connectors.cfg: where scripts may look things up. Written by whoever looks after the
 * shop's systems; scripts only name a connector and one of its queries, so no SQL, no
 * address and no password ever stands in a script.
 *
 * Three kinds: `sql` on the shop's own SQLite file, `http` on the shop's own service, and
 * `malgil`, named queries on malgil's own tables. One called "malgil" is always there.
 * See etc/connectors.cfg for every setting with its meaning. */
#ifndef MALGIL_CORE_CONNECTORS_H
#define MALGIL_CORE_CONNECTORS_H

#include "gateway/base/conf.h"

#define CONNECTORS         32
#define CONNECTOR_QUERIES  64
#define CONNECTOR_ARGS     8
#define CONNECTOR_FIELDS   48
#define CONNECTOR_HEADERS  16
#define CONNECTOR_STATUSES 8

enum connector_type { CONNECTOR_SQL, CONNECTOR_HTTP, CONNECTOR_MALGIL };

struct connector_field {
	char *name, *pointer; /* RFC 6901, from the row on */
};

struct connector_query {
	char *name;
	char *args[CONNECTOR_ARGS];
	size_t arg_count, arg_min;
	char *sql;
	char *url, *method, *body; /* templates: {name} stands for an argument */
	char *rows; /* pointer to the list or object; "" the whole answer */
	struct connector_field fields[CONNECTOR_FIELDS];
	size_t field_count;
	int none[CONNECTOR_STATUSES]; /* HTTP statuses that mean "there is none" */
	size_t none_count;
	/* as written */
	char *args_text, *none_text;
	const struct conf_node *node; /* lives as long as the connectors */
};

struct connector {
	char *name;
	enum connector_type type;
	char *type_name, *file, *user;
	char *headers[CONNECTOR_HEADERS + 1]; /* "Name: value" */
	size_t header_count;
	int64_t timeout, cache; /* ms */
	int64_t rows, max_kib, redirects;
	struct connector_query *queries;
	size_t query_count;
};

struct connectors {
	struct conf *document; /* NULL without a file */
	struct connector list[CONNECTORS];
	size_t count;
};

/* `path` NULL: only what is always there. 0, or -EINVAL or -errno with file, line,
 * sentence. */
int connectors_load(const char *path, struct connectors **ret_connectors,
	struct strbuf *err) MUST_USE;
void connectors_free(struct connectors *connectors);

/* What a script's `use` and `query` name, with that many arguments: 0, or -EINVAL with a
 * sentence that says the nearest. Used by the linter and by every look-up. */
int connectors_find(const struct connectors *connectors, const char *use,
	const char *query, size_t arg_count, const struct connector **ret_connector,
	const struct connector_query **ret_query, struct strbuf *err) MUST_USE;

#endif
