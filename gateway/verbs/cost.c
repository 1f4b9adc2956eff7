/* malgil cost: what texts cost, today and this month, by channel. */
#include <stdio.h>
#include <string.h>

#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option options[] = {
	{"--json", NULL, "print data for programs"},
	{0},
};

static void
period(const json_t *p, const char *title)
{
	static const char *const titles[] = {
		"CHANNEL", "TEXTS", "SEGMENTS", "COST", "PREPAID LEFT"};
	const json_t *c, *channels = json_object_get(p, "channels");
	struct print_table table;
	size_t i;
	printf("%s: %s\n", title, print_member(p, "cost"));
	if (!json_array_size(channels))
		return;
	print_table_init(&table, titles, ARRAY_LEN(titles));
	json_array_foreach(channels, i, c)
	{
		char n[32];
		const char *name = print_member(c, "channel");
		print_cell(&table, name ? name : "(a SIM that is gone)");
		print_cell(&table, print_number(c, "messages", n));
		print_cell(&table, print_number(c, "segments", n));
		print_cell(&table, print_member(c, "cost"));
		print_cell(&table, print_member(c, "balance"));
	}
	print_table_end(&table);
}

static void
today(const json_t *answer, const char *zone)
{
	(void)zone;
	period(json_object_get(answer, "today"), "today");
}

static void
month(const json_t *answer, const char *zone)
{
	(void)zone;
	period(json_object_get(answer, "month"), "this month");
	if (print_member(answer, "budget"))
		printf("\nThe budget is %s; promotions stop when it is used up.\n",
			print_member(answer, "budget"));
	if (!json_is_true(json_object_get(answer, "tariffs")))
		puts("\nNo tariffs are set (policy.tariffs): every text counts as free.");
}

static void
both(const json_t *answer, const char *zone)
{
	today(answer, zone);
	putchar('\n');
	month(answer, zone);
}

static int
run(struct verb_args *args)
{
	struct remote r;
	const char *which = args->word_count ? args->words[0] : "";
	bool day = !strcmp(which, "today");
	if (args->word_count > 1 || (*which && !day && strcmp(which, "month") != 0))
		return verb_misuse(args->verb, "'%s' is not a span: today or month",
			args->words[args->word_count - 1]);
	int code = remote_open(&r, args);
	if (!code)
		code = remote_show(&r, args, "/v1/cost", *which ? which : NULL,
			day      ? today
			: *which ? month
				 : both);
	remote_close(&r);
	return code;
}

const struct verb verb_cost = {
	.name = "cost",
	.summary = "what texts cost today and this month, and what is left of top-ups",
	.usage = "cost [today|month] [--json]",
	.example = "  malgil cost\n"
		   "  malgil cost month\n"
		   "  malgil channels topup north 10000\n"
		   "  By policy.tariffs: a price for a segment, by country and channel.",
	.options = options,
	.run = run,
};
