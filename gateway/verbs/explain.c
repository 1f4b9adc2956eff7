/* malgil explain: every gate's verdict on one message. */
#include <stdio.h>
#include <string.h>

#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option options[] = {
	{"--json", NULL, "print data for programs"},
	{0},
};

static const char *
verdict_for_people(const char *verdict)
{
	static const struct {
		const char *name, *says;
	} says[] = {{"send", "lets it pass"}, {"defer", "holds it"},
		{"suppress", "forbids it"}, {"expire", "lets it expire"},
		{"cancel", "cancels it"}};
	for (size_t i = 0; verdict && i < ARRAY_LEN(says); i++)
		if (!strcmp(says[i].name, verdict))
			return says[i].says;
	return verdict;
}

static void
headline(const json_t *e, const char *zone)
{
	char when[40], far[40];
	int64_t now = clock_wall(clock_real());
	const char *until = print_member(e, "until"), *reason = print_member(e, "reason");
	const char *rule = print_member(e, "rule"), *channel = print_member(e, "channel");
	printf("Message %s to %s is %s", print_member(e, "id"), print_member(e, "phone"),
		print_member(e, "state"));
	if (until) {
		print_time(until, zone, now, when);
		print_distance(until, now, far);
		printf(" until %s (%s)", when, far);
	}
	printf(".\n");
	if (rule || reason) {
		print_text(rule ? rule : reason);
		putchar('\n');
	}
	if (channel)
		printf("It would take the channel %s.\n", channel);
	if (print_member(e, "cost"))
		printf("It costs %s.\n", print_member(e, "cost"));
}

static void
gates(const json_t *list, const char *zone)
{
	static const char *const titles[] = {"GATE", "VERDICT", "UNTIL", "RULE"};
	struct print_table table;
	print_table_init(&table, titles, ARRAY_LEN(titles));
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *g = json_array_get(list, i);
		print_cell(&table, print_member(g, "gate"));
		print_cell(&table, verdict_for_people(print_member(g, "verdict")));
		print_cell_time(&table, print_member(g, "until"), zone);
		print_cell(&table, print_member(g, "rule"));
	}
	print_table_end(&table);
}

static void
for_people(const json_t *answer, const char *zone)
{
	headline(answer, zone);
	putchar('\n');
	gates(json_object_get(answer, "gates"), zone);
}

static int
explain(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/messages/", args->words[0], "/explain");
	return remote_show(r, args, path.s, NULL, for_people);
}

static int
run(struct verb_args *args)
{
	struct remote r;
	if (args->word_count != 1)
		return verb_misuse(args->verb, "which message? give one id");
	int code = remote_open(&r, args);
	if (!code)
		code = explain(&r, args);
	remote_close(&r);
	return code;
}

const struct verb verb_explain = {
	.name = "explain",
	.summary = "why a message is where it is: every rule that was asked",
	.usage = "explain ID [--json]",
	.example = "  malgil explain 1882499634941657089",
	.options = options,
	.run = run,
};
