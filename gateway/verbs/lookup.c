/* malgil lookup: one look-up by hand, for whoever wires up the shop's systems. Needs no
 * gateway: it reads connectors.cfg and asks, as the gateway would. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/log.h"
#include "gateway/core/config.h"
#include "gateway/core/lookup.h"
#include "gateway/net/jsonw.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/verbs.h"

static const struct verb_option options[] = {
	{"--timeout", "TIME", "how long to wait, \"5s\" (the connector's)"},
	{"--json", NULL, "print data for programs"},
	{0},
};

struct asking {
	const struct verb_args *args;
	struct loop *loop;
	int64_t began;
	int code;
};

static void
write_rows(struct jsonw *w, const struct lookup_result *r)
{
	jsonw_open(w, "rows", '[');
	for (size_t i = 0; i < r->count; i++) {
		jsonw_open(w, NULL, '{');
		for (size_t n = 0; n < r->rows[i].count; n++)
			jsonw_text(
				w, r->rows[i].fields[n].name, r->rows[i].fields[n].value);
		const struct lookup_field *state = lookup_field(&r->rows[i], "state");
		if (state && !lookup_field(&r->rows[i], "state_label"))
			jsonw_text(w, "state_label", state->label);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static void
for_programs(const struct lookup_result *r, int64_t took)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(4 << 20);
	struct jsonw w = {&text};
	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "found", lookup_found_name(r->found));
	jsonw_int(&w, "count", (int64_t)r->count);
	jsonw_bool(&w, "more", r->more);
	jsonw_int(&w, "ms", took);
	jsonw_text(&w, "error", r->why);
	write_rows(&w, r);
	jsonw_close(&w, '}');
	json_t *value = json_loadb(text.s, text.len, 0, NULL);
	print_json(value);
	json_decref(value);
}

static void
for_people(const struct lookup_result *r, int64_t took)
{
	for (size_t i = 0; i < r->count; i++) {
		if (i)
			putchar('\n');
		for (size_t n = 0; n < r->rows[i].count; n++) {
			const struct lookup_field *f = &r->rows[i].fields[n];
			printf("%-12s ", f->name);
			print_text(f->value);
			if (f->label && strcmp(f->label, f->value) != 0) {
				fputs("  (", stdout);
				print_text(f->label);
				putchar(')');
			}
			putchar('\n');
		}
	}
	printf("%s%s: %zu row%s in %lld ms%s\n", r->count ? "\n" : "",
		lookup_found_name(r->found), r->count, r->count == 1 ? "" : "s",
		(long long)took, r->more ? "; there were more" : "");
}

static void
on_result(void *arg, const struct lookup_result *r)
{
	struct asking *a = arg;
	int64_t took = clock_mono(clock_real()) - a->began;
	a->code = r->found == LOOKUP_ERROR ? EXIT_REFUSED : EXIT_DONE;
	if (verb_flag(a->args, "--json"))
		for_programs(r, took);
	else if (r->found == LOOKUP_ERROR)
		verb_refuse(a->args->verb, "%s", r->why);
	else
		for_people(r, took);
	loop_stop(a->loop);
}

static void
ask(struct asking *a, const struct config *config, const struct lookup_ask *what)
{
	a->loop = loop_new(clock_real());
	struct lookups *all =
		lookups_new(a->loop, config->connectors, config->store, config->country);
	a->began = clock_mono(clock_real());
	struct lookup *l = lookup_start(all, what, on_result, a);
	if (l)
		loop_run(a->loop);
	lookups_free(all);
	loop_free(a->loop);
}

static int
split_name(const struct verb_args *args, char use[64], char query[64])
{
	const char *dot = strchr(args->words[0], '.');
	if (!dot || dot - args->words[0] >= 64 || strlen(dot + 1) >= 64)
		return verb_misuse(args->verb,
			"'%s' should be CONNECTOR.QUERY, such as malgil.orders_by_phone",
			args->words[0]);
	snprintf(use, 64, "%.*s", (int)(dot - args->words[0]), args->words[0]);
	snprintf(query, 64, "%s", dot + 1);
	return 0;
}

static int
list_all(const struct config *config)
{
	const struct connectors *all = config->connectors;
	for (size_t i = 0; i < all->count; i++)
		for (size_t n = 0; n < all->list[i].query_count; n++) {
			const struct connector_query *q = &all->list[i].queries[n];
			printf("%s.%s", all->list[i].name, q->name);
			for (size_t a = 0; a < q->arg_count; a++)
				printf(a < q->arg_min ? " %s" : " [%s]", q->args[a]);
			putchar('\n');
		}
	return EXIT_DONE;
}

static int
run(struct verb_args *args)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	struct config *config;
	struct asking a = {.args = args, .code = EXIT_REFUSED};
	char use[64], query[64];
	struct lookup_ask what = {.use = use,
		.query = query,
		.args = args->words + 1,
		.arg_count = args->word_count ? args->word_count - 1 : 0};
	const char *timeout = verb_value(args, "--timeout");
	if (timeout && (conf_duration(timeout, &what.timeout) || what.timeout <= 0))
		return verb_misuse(
			args->verb, "--timeout %s is not a length of time", timeout);
	int code = args->word_count ? split_name(args, use, query) : 0;
	if (code)
		return code;
	if (config_load(args->config_path, &config, &err))
		return verb_refuse(args->verb, "%s", err.s);
	log_open(stderr, LOG_OFF, clock_real());
	if (!args->word_count) {
		code = list_all(config);
	} else {
		ask(&a, config, &what);
		code = a.code;
	}
	config_free(config);
	return code;
}

const struct verb verb_lookup = {
	.name = "lookup",
	.summary = "look something up as a script would",
	.usage = "lookup [CONNECTOR.QUERY ARG...] [--timeout TIME] [--json]",
	.example =
		"  malgil lookup                        lists what connectors.cfg "
		"offers\n"
		"  malgil lookup malgil.open_orders_by_phone +821012345678\n"
		"  malgil lookup shop_db.order 2026112112345 +821012345678 --json\n\n"
		"The gateway need not run. Connectors are described in "
		"etc/connectors.cfg;\n"
		"malgil check etc/connectors.cfg tries every statement against its file.",
	.options = options,
	.run = run,
};
