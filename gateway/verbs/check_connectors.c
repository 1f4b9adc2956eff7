#include "gateway/verbs/check_connectors.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/store/foreign.h"

/* The statement is prepared against the shop's own tables, and not run. */
static int
check_statement(const struct verb *verb, const struct connector *c,
	const struct connector_query *q)
{
	static const char *const spellings[] = {"", "_local", "_dashed"};
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct strbuf names[CONNECTOR_ARGS * 3];
	struct foreign_arg args[CONNECTOR_ARGS * 3];
	size_t n = 0;
	for (size_t i = 0; i < q->arg_count; i++)
		for (size_t s = 0; s < ARRAY_LEN(spellings); s++, n++) {
			strbuf_init(&names[n], 128);
			strbuf_printf(&names[n], "%s%s", q->args[i], spellings[s]);
			args[n] = (struct foreign_arg){names[n].s, ""};
		}
	struct foreign_query query = {.path = c->file,
		.sql = q->sql,
		.args = args,
		.arg_count = n,
		.rows = 1,
		.wait = c->timeout};
	int code = 0;
	if (foreign_check(&query, &err) < 0)
		code = verb_refuse(verb, "%s:%u: %s.%s: %s", conf_file(q->node),
			conf_line(q->node), c->name, q->name, err.s);
	while (n--)
		strbuf_done(&names[n]);
	return code;
}

int
check_connectors(const struct verb *verb, const struct connectors *all)
{
	int code = 0;
	for (size_t i = 0; i < all->count; i++) {
		const struct connector *c = &all->list[i];
		for (size_t n = 0; c->type == CONNECTOR_SQL && n < c->query_count; n++)
			if (check_statement(verb, c, &c->queries[n]))
				code = EXIT_REFUSED;
	}
	return code;
}

int
check_connectors_file(const struct verb *verb, const char *path)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	struct connectors *all;
	if (connectors_load(path, &all, &err))
		return verb_refuse(verb, "%s", err.s);
	int code = check_connectors(verb, all);
	if (!code) {
		printf("%s: good. %zu connector%s", path, all->count,
			all->count == 1 ? "" : "s");
		for (size_t i = 0; i < all->count; i++)
			printf("%s %s (%zu)", i ? "," : ":", all->list[i].name,
				all->list[i].query_count);
		putchar('\n');
	}
	connectors_free(all);
	return code;
}
