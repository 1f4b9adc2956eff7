/* malgil campaign: one text to many, planned before it is started. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/conf.h"
#include "gateway/base/iso.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"
#include "gateway/verbs/when.h"

#define PATIENCE (6 * MINUTE)

static const struct verb_option options[] = {
	{"--name", "NAME", "draft: what it is called"},
	{"--audience", "NAME", "draft: whom it is for (malgil audience lists them)"},
	{"--if", "EXPRESSION", "draft: whom it is for, as in scripts"},
	{"--text", "TEXT", "draft: what it says"},
	{"--class", "CLASS", "draft: marketing (the default) or service"},
	{"--slot", "SLOT", "draft: \"thu 12:00\" where they live (the default), or now"},
	{"--at", "TIME", "draft: not before: 2030-01-31 22:00, 09:00, 4h"},
	{"--throttle", "N/TIME", "draft: no more people than that, 600/1h"},
	{"--holdout", "PERCENT", "draft: so many get nothing, to measure by"},
	{"--yes", "N", "start: yes, to so many people"},
	{"--json", NULL, "print data for programs"},
	{0},
};

/* ---- a draft, from a file or from options ---- */

/* A file says the same as the API's JSON: groups are objects. */
static json_t *
to_json(const struct conf_node *node)
{
	int64_t number;
	bool truth;
	if (conf_is_group(node)) {
		json_t *object = json_object();
		for (size_t i = 0; i < conf_count(node); i++) {
			const struct conf_node *one = conf_at(node, i);
			json_object_set_new(object, conf_name(one), to_json(one));
		}
		return object;
	}
	if (conf_text(node))
		return json_string(conf_text(node));
	if (conf_int(node, &number))
		return json_integer(number);
	if (conf_bool(node, &truth))
		return truth ? json_true() : json_false();
	return json_null();
}

static json_t *
read_file(const struct verb *verb, const char *path, struct conf **ret_conf)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(16 * 1024);
	const struct conf_node *root, *group;
	int64_t format;
	if (conf_open(path, ret_conf, &err) < 0) {
		verb_refuse(verb, "%s", err.s);
		return NULL;
	}
	root = conf_root(*ret_conf);
	group = conf_get(root, "campaign");
	if (!conf_get(root, "format") || !conf_int(conf_get(root, "format"), &format) ||
		format != 1)
		verb_refuse(verb, "%s: format = 1; is expected", path);
	else if (!group || !conf_is_group(group))
		verb_refuse(verb, "%s: campaign = { ... }; is expected", path);
	else
		return to_json(group);
	return NULL;
}

/* The line of "variants.a.share" in the file, 0 unknown. */
static unsigned
line_of(const struct conf *conf, const char *field)
{
	const struct conf_node *at = conf_get(conf_root(conf), "campaign");
	char name[128];
	unsigned line = 0;
	while (at && conf_is_group(at) && *field) {
		size_t n = strcspn(field, ".");
		snprintf(name, sizeof(name), "%.*s", (int)n, field);
		at = conf_get(at, name);
		line = at ? conf_line(at) : line;
		field += n + (field[n] == '.');
	}
	return line;
}

static int
send_draft(struct remote *r, json_t *object, const char *file, const struct conf *conf,
	json_t **ret)
{
	char *body = json_dumps(object, 0);
	struct client_request rq = {.method = "POST",
		.path = "/v1/campaigns",
		.body = body,
		.len = strlen(body)};
	int status = remote_ask(r, &rq, ret);
	free(body);
	if (status < 0)
		return -status;
	if (status < 300)
		return EXIT_DONE;
	const char *field = print_member(*ret, "field");
	unsigned line = conf && field ? line_of(conf, field) : 0;
	int code = line ? verb_refuse(
				  r->verb, "%s:%u: %s", file, line, remote_sentence(*ret))
			: verb_refuse(r->verb, "%s%s%s", conf ? file : "",
				  conf ? ": " : "", remote_sentence(*ret));
	json_decref(*ret);
	*ret = NULL;
	return code;
}

static int
add_moment(struct remote *r, const struct verb_args *args, json_t *object)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	int64_t wall;
	char text[40];
	if (!verb_value(args, "--at"))
		return 0;
	if (when_parse(verb_value(args, "--at"), r->config->zone,
		    clock_wall(clock_real()), &wall, &err) < 0)
		return verb_misuse(args->verb, "--at: %s", err.s);
	iso_format(wall, 0, text);
	json_object_set_new(object, "at", json_string(text));
	return 0;
}

static int
from_options(struct remote *r, const struct verb_args *args, json_t *object)
{
	static const char *const names[] = {
		"name", "audience", "if", "text", "class", "slot", "throttle"};
	static const char *const flags[] = {"--name", "--audience", "--if", "--text",
		"--class", "--slot", "--throttle"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *value = verb_value(args, flags[i]);
		if (value && !json_utf8(value))
			return verb_refuse(args->verb, "%s is not UTF-8", flags[i]);
		if (value)
			json_object_set_new(object, names[i], json_string(value));
	}
	if (verb_value(args, "--holdout"))
		json_object_set_new(object, "holdout",
			json_integer(atoi(verb_value(args, "--holdout"))));
	return add_moment(r, args, object);
}

static int
draft(struct remote *r, const struct verb_args *args)
{
	const char *file = args->word_count > 1 ? args->words[1] : NULL;
	struct conf *conf = NULL;
	json_t *answer = NULL,
	       *object = file ? read_file(args->verb, file, &conf) : json_object();
	int code = object ? EXIT_DONE : EXIT_REFUSED;
	if (!code && !file && !verb_value(args, "--name"))
		code = verb_misuse(args->verb, "draft FILE, or --name and --text");
	if (!code)
		code = from_options(r, args, object);
	if (!code)
		code = send_draft(r, object, file, conf, &answer);
	if (answer && verb_flag(args, "--json"))
		print_json(answer);
	else if (answer)
		printf("%s is drafted; malgil campaign plan %s says what it would do\n",
			print_member(answer, "name"), print_member(answer, "name"));
	json_decref(answer);
	json_decref(object);
	if (conf)
		conf_close(conf);
	return code;
}

/* ---- plan ---- */

static void
print_reasons(const json_t *p)
{
	static const char *const titles[] = {
		"VERDICT", "GATE", "HOW MANY", "FOR EXAMPLE"};
	const json_t *reason;
	struct print_table table;
	char n[32];
	size_t i;
	if (!json_array_size(json_object_get(p, "reasons")))
		return;
	putchar('\n');
	print_table_init(&table, titles, ARRAY_LEN(titles));
	json_array_foreach(json_object_get(p, "reasons"), i, reason)
	{
		print_cell(&table, print_member(reason, "verdict"));
		print_cell(&table, print_member(reason, "gate"));
		print_cell(&table, print_number(reason, "count", n));
		print_cell(&table, print_member(reason, "rule"));
	}
	print_table_end(&table);
}

static void
print_variants(const json_t *p)
{
	const json_t *v;
	size_t i;
	json_array_foreach(json_object_get(p, "variants"), i, v)
	{
		if (!print_member(v, "name"))
			continue;
		printf("  %s: ", print_member(v, "name"));
		print_figure(v, "people", "person", "people");
		putchar('\n');
	}
}

/* Where it would stop for want of codes. */
static void
print_pools(const json_t *p)
{
	const json_t *pool;
	size_t i;
	json_array_foreach(json_object_get(p, "pools"), i, pool)
	{
		int64_t wanted = json_integer_value(json_object_get(pool, "wanted"));
		int64_t has = json_integer_value(json_object_get(pool, "has"));
		const char *name = print_member(pool, "pool");
		if (!json_is_true(json_object_get(pool, "known")))
			printf("there is no coupon pool %s: it will not start\n", name);
		else if (has < wanted)
			printf("the coupon pool %s has %" PRId64 " codes for %" PRId64
			       " people: whoever comes after them gets the other words "
			       "of "
			       "the text, or, where it has none, the campaign %s "
			       "(malgil coupons import %s FILE)\n",
				name, has, wanted, has ? "waits there" : "does not start",
				name);
	}
}

static void
print_plan(const json_t *p, const char *zone)
{
	char n[32], when[40];
	int64_t left = json_integer_value(json_object_get(p, "send")) +
		       json_integer_value(json_object_get(p, "defer"));
	if (!json_integer_value(json_object_get(p, "people"))) {
		printf("The audience of %s matches nobody: nothing would be sent.\n",
			print_member(p, "name"));
		return;
	}
	printf("%s means ", print_member(p, "name"));
	print_figure(p, "people", "person", "people");
	printf("; ");
	if (json_integer_value(json_object_get(p, "holdout")))
		printf("%s of them get nothing, to measure by; ",
			print_number(p, "holdout", n));
	printf("%" PRId64 " would get a text", left);
	printf(", ");
	print_figure(p, "segments", "segment", "segments");
	printf("%s%s\n", print_member(p, "cost") ? ", " : "",
		print_member(p, "cost") ? print_member(p, "cost") : "");
	print_variants(p);
	print_pools(p);
	if (print_member(p, "first_local"))
		printf("first %.16s, last %.16s where they live\n",
			print_member(p, "first_local"), print_member(p, "last_local"));
	print_time(print_member(p, "finish"), zone, clock_wall(clock_real()), when);
	if (left)
		printf("done: %s\n", print_member(p, "finish")
					     ? when
					     : "nobody can say: no channel is ready");
	if (print_member(p, "sample")) {
		printf("\nfor example: ");
		print_text(print_member(p, "sample"));
		putchar('\n');
	}
	print_reasons(p);
}

static int
call(struct remote *r, const char *name, const char *what, json_t *body, json_t **ret)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	char *text = body ? json_dumps(body, 0) : NULL;
	remote_path(&path, "/v1/campaigns/", name, what);
	struct client_request rq = {.method = "POST",
		.path = path.s,
		.body = text,
		.len = text ? strlen(text) : 0,
		.patience = PATIENCE};
	int status = remote_ask(r, &rq, ret);
	free(text);
	json_decref(body);
	return status;
}

/* A file is drafted first: `campaign plan summer.cfg`. */
static const char *
named(struct remote *r, const struct verb_args *args, char name[80], int *ret_code)
{
	const char *word = args->words[1];
	struct conf *conf = NULL;
	json_t *answer = NULL;
	size_t n = strlen(word);
	*ret_code = EXIT_DONE;
	if (n < 5 || strcmp(word + n - 4, ".cfg") != 0)
		return word;
	json_t *object = read_file(args->verb, word, &conf);
	*ret_code = object ? send_draft(r, object, word, conf, &answer) : EXIT_REFUSED;
	if (!*ret_code)
		snprintf(name, 80, "%s", print_member(answer, "name"));
	json_decref(answer);
	json_decref(object);
	if (conf)
		conf_close(conf);
	return *ret_code ? NULL : name;
}

static int
plan(struct remote *r, const struct verb_args *args)
{
	json_t *answer = NULL;
	char buffer[80];
	int code;
	const char *name = named(r, args, buffer, &code);
	if (!name)
		return code;
	int status = call(r, name, "/plan", NULL, &answer);
	if (status < 0)
		return -status;
	code = EXIT_DONE;
	if (status >= 300)
		code = verb_refuse(args->verb, "%s", remote_sentence(answer));
	else if (verb_flag(args, "--json"))
		print_json(answer);
	else
		print_plan(answer, r->config->zone);
	json_decref(answer);
	return code;
}

/* ---- start ---- */

static bool
ask_number(const char *sentence, int64_t *ret)
{
	char line[64];
	char *end;
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return false;
	fprintf(stderr, "%s\nThe number, to go on: ", sentence);
	if (!fgets(line, sizeof(line), stdin))
		return false;
	*ret = strtoll(line, &end, 10);
	return end != line;
}

static int
tell_started(const struct verb_args *args, int status, json_t *answer)
{
	if (status >= 300)
		return verb_refuse(args->verb, "%s%s", remote_sentence(answer),
			status == 409 && print_member(answer, "field") &&
					!verb_value(args, "--yes")
				? " (--yes N)"
				: "");
	if (verb_flag(args, "--json"))
		print_json(answer);
	else {
		printf("%s is running: ", print_member(answer, "name"));
		print_figure(answer, "planned", "person", "people");
		putchar('\n');
	}
	return EXIT_DONE;
}

static int
start(struct remote *r, const struct verb_args *args)
{
	json_t *answer = NULL;
	char buffer[80];
	int code;
	int64_t yes = 0;
	const char *name = named(r, args, buffer, &code);
	if (!name)
		return code;
	if (verb_value(args, "--yes")) {
		yes = strtoll(verb_value(args, "--yes"), NULL, 10);
		if (yes < 1)
			return verb_misuse(args->verb, "--yes: a number of people");
	}
	int status = call(r, name, "/start",
		yes ? json_pack("{s:I}", "yes", (json_int_t)yes) : NULL, &answer);
	if (status == 409 && !yes && print_member(answer, "field") &&
		ask_number(remote_sentence(answer), &yes)) {
		json_decref(answer);
		answer = NULL;
		status = call(r, name, "/start",
			json_pack("{s:I}", "yes", (json_int_t)yes), &answer);
	}
	if (status < 0)
		return -status;
	code = tell_started(args, status, answer);
	json_decref(answer);
	return code;
}

static int
change(struct remote *r, const struct verb_args *args)
{
	struct strbuf what AUTO(strbuf_done) = STRBUF_INIT(64);
	json_t *answer = NULL;
	strbuf_printf(&what, "/%s", args->words[0]);
	int status = call(r, args->words[1], what.s, NULL, &answer);
	if (status < 0)
		return -status;
	int code = EXIT_DONE;
	if (status >= 300)
		code = verb_refuse(args->verb, "%s", remote_sentence(answer));
	else if (verb_flag(args, "--json"))
		print_json(answer);
	else
		printf("%s is %s\n", print_member(answer, "name"),
			print_member(answer, "state"));
	json_decref(answer);
	return code;
}

/* ---- list, show, report ---- */

static void
print_list(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {
		"NAME", "STATE", "PEOPLE", "STARTED", "ENDED", "WINNER", "BY", "WHY"};
	const json_t *c;
	struct print_table table;
	char n[32];
	size_t i;
	if (!json_array_size(json_object_get(answer, "campaigns"))) {
		puts("There are no campaigns yet: malgil campaign draft FILE");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	json_array_foreach(json_object_get(answer, "campaigns"), i, c)
	{
		print_cell(&table, print_member(c, "name"));
		print_cell(&table, print_member(c, "state"));
		print_cell(&table, print_number(c, "planned", n));
		print_cell_time(&table, print_member(c, "started"), zone);
		print_cell_time(&table, print_member(c, "ended"), zone);
		print_cell(&table, print_member(c, "winner"));
		print_cell(&table, print_member(c, "agent"));
		print_cell_short(&table, print_member(c, "why"), 60);
	}
	print_table_end(&table);
}

static int
list(struct remote *r, const struct verb_args *args)
{
	return remote_show(r, args, "/v1/campaigns", "campaigns", print_list);
}

static void
print_one(const json_t *c, const char *zone)
{
	char when[40], n[32];
	json_t *spec = json_loads(print_member(c, "definition"), 0, NULL);
	printf("%s is %s%s%s\n", print_member(c, "name"), print_member(c, "state"),
		print_member(c, "why") ? ": " : "",
		print_member(c, "why") ? print_member(c, "why") : "");
	print_time(print_member(c, "started"), zone, clock_wall(clock_real()), when);
	if (print_member(c, "started"))
		printf("started %s%s%s, for %s people\n", when,
			print_member(c, "agent") ? " by " : "",
			print_member(c, "agent") ? print_member(c, "agent") : "",
			print_number(c, "planned", n));
	if (spec)
		print_json(spec);
	json_decref(spec);
}

static int
show(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/campaigns/", args->words[1], "");
	return remote_show(r, args, path.s, NULL, print_one);
}

static void
print_figures(struct print_table *table, const json_t *f)
{
	static const char *const members[] = {"people", "waiting", "sent", "delivered",
		"suppressed", "replies", "goals", "optouts"};
	char n[32];
	print_cell(table, print_member(f, "name") ? print_member(f, "name") : "text");
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		print_cell(table, print_number(f, members[i], n));
	const json_t *p = json_object_get(f, "goal_percent");
	snprintf(n, sizeof(n), "%.2f %%", json_number_value(p));
	print_cell(table, json_is_null(p) ? NULL : n);
}

static void
print_report(const json_t *a, const char *zone)
{
	static const char *const titles[] = {"TEXT", "PEOPLE", "WAITING", "SENT",
		"DELIVERED", "LEFT OUT", "REPLIES", "GOALS", "OPT-OUTS", "GOALS/SENT"};
	struct print_table table;
	const json_t *f, *j = json_object_get(a, "judgement"),
			 *h = json_object_get(a, "against_holdout");
	size_t i;
	(void)zone;
	printf("%s is %s\n\n", print_member(a, "name"), print_member(a, "state"));
	print_table_init(&table, titles, ARRAY_LEN(titles));
	json_array_foreach(json_object_get(a, "variants"), i, f) print_figures(&table, f);
	json_array_foreach(json_object_get(a, "holdout"), i, f) print_figures(&table, f);
	print_table_end(&table);
	if (print_member(a, "note"))
		printf("\n%s\n", print_member(a, "note"));
	if (print_member(j, "by"))
		printf("\nby %s: %s%s%s (%.1f %% sure; two-proportion test, at least "
		       "%lld sent each)\n",
			print_member(j, "by"), print_member(j, "says"),
			print_member(j, "winner") ? ": " : "",
			print_member(j, "winner") ? print_member(j, "winner") : "",
			json_number_value(json_object_get(j, "sure")),
			(long long)json_integer_value(json_object_get(j, "min_each")));
	if (json_array_size(json_object_get(a, "holdout")))
		printf("against those who got nothing: %s (%.1f %% sure)\n",
			print_member(h, "says"),
			json_number_value(json_object_get(h, "sure")));
}

static int
report(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/campaigns/", args->words[1], "/report");
	return remote_show(r, args, path.s, NULL, print_report);
}

static const struct remote_action actions[] = {
	{"list", 1, 1, "no more words", list},
	{"draft", 1, 2, "a file, or options", draft},
	{"plan", 2, 2, "a name or a file", plan},
	{"start", 2, 2, "a name or a file", start},
	{"pause", 2, 2, "the name of a campaign", change},
	{"resume", 2, 2, "the name of a campaign", change},
	{"cancel", 2, 2, "the name of a campaign", change},
	{"report", 2, 2, "the name of a campaign", report},
	{"show", 2, 2, "the name of a campaign", show},
	{0},
};

static int
run(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_campaign = {
	.name = "campaign",
	.summary = "one text to many: plan, start, pause, resume, cancel, report",
	.usage =
		"campaign [list] | draft FILE | draft --name NAME --if EXPRESSION --text "
		"TEXT | plan NAME|FILE | start NAME|FILE [--yes N] | pause NAME | resume "
		"NAME | cancel NAME | report NAME | show NAME",
	.example =
		"  malgil campaign plan etc/campaigns/flash.cfg\n"
		"  malgil campaign start flash --yes 1204\n"
		"  malgil campaign draft --name spring --audience silent --text \"봄 "
		"신상\"\n"
		"  malgil campaign report flash\n\n"
		"A plan writes nothing and sends nothing. What was started is not "
		"rewritten: take\n"
		"another name. A pause or a cancellation holds at once for whatever has "
		"not left.",
	.options = options,
	.run = run,
};
