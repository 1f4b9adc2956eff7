/* malgil away and malgil holiday: when nobody is in the shop. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option away_options[] = {
	{"--says", "TEXT", "what whoever writes is told, once; a usual sentence else"},
	{"--json", NULL, "print data for programs"},
	{0},
};
static const struct verb_option holiday_options[] = {
	{"--name", "TEXT", "add: what day it is"},
	{"--json", NULL, "print data for programs"},
	{0},
};

static void
away_for_people(const json_t *a, const char *zone)
{
	char since[40], until[40];
	int64_t now = clock_wall(clock_real());
	if (!print_member(a, "until")) {
		puts("No vacation is set.");
		return;
	}
	print_time(print_member(a, "since"), zone, now, since);
	print_time(print_member(a, "until"), zone, now, until);
	printf("%s from %s until %s.\n",
		json_is_true(json_object_get(a, "away")) ? "Away" : "Away, to come:",
		since, until);
	puts("Promotions wait, what was promised moves behind it, and whoever writes is "
	     "told once.");
	if (print_member(a, "says")) {
		print_text(print_member(a, "says"));
		putchar('\n');
	}
}

static int
show_answer(const struct verb_args *args, json_t *answer, const char *zone,
	const char *member, void (*show)(const json_t *answer, const char *zone))
{
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json"))
		print_json(member ? json_object_get(answer, member) : answer);
	else
		show(answer, zone);
	json_decref(answer);
	return EXIT_DONE;
}

static int
away(struct remote *r, const struct verb_args *args)
{
	const char *says = verb_value(args, "--says");
	char first[16] = "", last[16] = "";
	if (!args->word_count)
		return remote_show(r, args, "/v1/away", NULL, away_for_people);
	const char *days = args->words[0], *dots = strstr(days, "..");
	if (!strcmp(days, "end"))
		return show_answer(args, remote_post(r, "/v1/away/end", NULL),
			r->config->zone, NULL, away_for_people);
	snprintf(first, sizeof(first), "%.*s", (int)(dots ? dots - days : 15), days);
	snprintf(last, sizeof(last), "%s", dots ? dots + 2 : days);
	json_t *body =
		json_pack("{s:s, s:s, s:s*}", "first", first, "last", last, "says", says);
	if (!body)
		return verb_refuse(args->verb, "the text is not UTF-8");
	return show_answer(args, remote_post(r, "/v1/away", body), r->config->zone, NULL,
		away_for_people);
}

static void
holidays_for_people(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {"DAY", "NAME", "BY"};
	const json_t *h, *list = json_object_get(answer, "holidays");
	struct print_table table;
	size_t i;
	(void)zone;
	if (print_member(answer, "configured"))
		printf("In the configuration: %s\n", print_member(answer, "configured"));
	if (!json_array_size(list)) {
		puts("No other day was added.");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	json_array_foreach(list, i, h)
	{
		print_cell(&table, print_member(h, "day"));
		print_cell(&table, print_member(h, "name"));
		print_cell(&table, print_member(h, "by"));
	}
	print_table_end(&table);
}

static int
list_holidays(struct remote *r, const struct verb_args *args)
{
	return remote_show(r, args, "/v1/holidays", "holidays", holidays_for_people);
}

static int
post_holiday(struct remote *r, const struct verb_args *args, bool remove)
{
	json_t *body = json_pack("{s:s, s:s*, s:b}", "days", args->words[1], "name",
		verb_value(args, "--name"), "remove", remove);
	if (!body)
		return verb_refuse(args->verb, "the text is not UTF-8");
	return show_answer(args, remote_post(r, "/v1/holidays", body), r->config->zone,
		"holidays", holidays_for_people);
}

static int
add_holiday(struct remote *r, const struct verb_args *args)
{
	return post_holiday(r, args, false);
}

static int
remove_holiday(struct remote *r, const struct verb_args *args)
{
	return post_holiday(r, args, true);
}

static int
run_away(struct verb_args *args)
{
	struct remote r;
	if (args->word_count > 1)
		return verb_misuse(args->verb, "DAY..DAY, or end, is expected");
	int code = remote_open(&r, args);
	if (!code)
		code = away(&r, args);
	remote_close(&r);
	return code;
}

static const struct remote_action actions[] = {
	{"list", 1, 1, "no more words", list_holidays},
	{"add", 2, 2, "a DAY, or DAY..DAY", add_holiday},
	{"remove", 2, 2, "a DAY, or DAY..DAY", remove_holiday},
	{0},
};

static int
run_holiday(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_away = {
	.name = "away",
	.summary = "vacation: promotions wait, promises move, customers are told",
	.usage = "away | away DAY [--says TEXT] | away DAY..DAY [--says TEXT] | away end",
	.example =
		"  malgil away                          # is one set?\n"
		"  malgil away 2026-12-24..2026-12-31\n"
		"  malgil away 2026-12-24..2026-12-31 --says \"1월 2일에 뵙겠습니다.\"\n"
		"  malgil away end\n"
		"  Whoever writes meanwhile is told once when you are back; their "
		"tickets wait.",
	.options = away_options,
	.run = run_away,
};
const struct verb verb_holiday = {
	.name = "holiday",
	.summary = "days the shop stays shut beside those of the configuration",
	.usage = "holiday [list] | add DAY[..DAY] [--name TEXT] | remove DAY[..DAY]",
	.example = "  malgil holiday add 2026-12-24 --name \"stock taking\"\n"
		   "  malgil holiday add 2027-02-06..2027-02-10\n"
		   "  malgil holiday remove 2026-12-24\n"
		   "  Promises to customers stand still on them and promotions wait.",
	.options = holiday_options,
	.run = run_holiday,
};
