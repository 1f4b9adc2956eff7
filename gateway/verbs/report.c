/* malgil report: what came of it all, as tables and bars. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/iso.h"
#include "gateway/outreach/report_words.h"
#include "gateway/text/sheet.h"
#include "gateway/text/zone.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"
#include "gateway/verbs/report.h"

#define BAR 30

static const struct verb_option options[] = {
	{"--from", "DAY", "the first day, 2026-11-01 (30 days before the end)"},
	{"--until", "DAY", "the day after the last (tomorrow)"},
	{"--month", "MONTH", "a whole month instead, 2026-11"},
	{"--html", "FILE", "one file with charts, to look at in a browser"},
	{"--csv", "FILE", "the same as CSV, - for standard output"},
	{"--lang", "LANGUAGE", "ko or en; files are in the shop's own (KR: ko)"},
	{"--json", NULL, "print data for programs"},
	{0},
};

/* ---- figures ---- */

/* "1234567.8" to "1,234,567.8" */
static void
with_commas(double value, int decimals, char ret[32])
{
	char plain[40];
	int n = snprintf(plain, sizeof(plain), "%.*f", decimals, value);
	int whole = decimals ? n - decimals - 1 : n, at = 0;
	for (int i = 0; i < n && at < 30; i++) {
		if (i && i < whole && (whole - i) % 3 == 0 && plain[i - 1] != '-')
			ret[at++] = ',';
		ret[at++] = plain[i];
	}
	ret[at] = '\0';
}

static void
span(double seconds, bool ko, char ret[64])
{
	if (seconds < 90)
		snprintf(ret, 64, ko ? "%.0f초" : "%.0f s", seconds);
	else if (seconds < 90 * 60)
		snprintf(ret, 64, ko ? "%.0f분" : "%.0f min", seconds / 60);
	else if (seconds < 48 * 3600.0)
		snprintf(ret, 64, ko ? "%.1f시간" : "%.1f h", seconds / 3600);
	else
		snprintf(ret, 64, ko ? "%.1f일" : "%.1f days", seconds / 86400);
}

void
report_value(const json_t *m, const char *currency, const char *language, char ret[64])
{
	const json_t *value = json_object_get(m, "value");
	const char *unit = print_member(m, "unit");
	double v = json_number_value(value);
	char figure[32];
	if (!value || json_is_null(value) || !unit) {
		snprintf(ret, 64, "-");
	} else if (!strcmp(unit, "seconds")) {
		span(v, !strcmp(language, "ko"), ret);
	} else if (!strcmp(unit, "money")) {
		with_commas(v, sheet_currency_digits(currency), figure);
		if (!strcmp(language, "ko") && !strcmp(currency, "KRW"))
			snprintf(ret, 64, "%s원", figure);
		else
			snprintf(ret, 64, "%s %s", figure, currency);
	} else if (!strcmp(unit, "percent")) {
		with_commas(v, 1, figure);
		snprintf(ret, 64, "%s %%", figure);
	} else {
		with_commas(v, fabs(v - round(v)) < 0.005 ? 0 : 1, figure);
		snprintf(ret, 64, "%s", figure);
	}
}

void
report_figure(const json_t *row, const char *name, int decimals, char ret[32])
{
	const json_t *value = json_object_get(row, name);
	if (json_is_number(value))
		with_commas(json_number_value(value), decimals, ret);
	else
		snprintf(ret, 32, "-");
}

/* Days of the shop; `until` is the day after the last. */
void
report_period(const json_t *report, const char *language, char ret[64])
{
	const char *zone = print_member(report, "zone");
	int64_t from = 0, until = 0;
	char a[ISO_MAX] = "", b[ISO_MAX] = "";
	if (zone && iso_parse(print_member(report, "from"), &from, NULL) == 0 &&
		iso_parse(print_member(report, "until"), &until, NULL) == 0) {
		iso_format(from + zone_offset(zone, from), 0, a);
		iso_format(until - 1 + zone_offset(zone, until - 1), 0, b);
	}
	snprintf(ret, 64, strcmp(language, "ko") ? "%.10s to %.10s" : "%.10s ~ %.10s", a,
		b);
}

/* ---- the terminal ---- */

static void
print_measures(const json_t *report)
{
	static const char *const titles[] = {"MEASURE", "VALUE", "N", "HOW"};
	const json_t *m, *measures = json_object_get(report, "measures");
	struct print_table table;
	size_t i;
	print_table_init(&table, titles, ARRAY_LEN(titles));
	json_array_foreach(measures, i, m)
	{
		char value[64], n[48], figure[32];
		report_value(m, print_member(report, "currency"), "en", value);
		report_figure(m, "n", 0, figure);
		snprintf(n, sizeof(n), "%s%s", figure,
			json_is_true(json_object_get(m, "small")) ? " (few)" : "");
		print_cell(&table, print_member(m, "title"));
		print_cell(&table, value);
		print_cell(&table, n);
		print_cell_short(&table, print_member(m, "formula"), 60);
	}
	print_table_end(&table);
}

static double
largest(const json_t *rows, const char *name)
{
	const json_t *row;
	double most = 0;
	size_t i;
	json_array_foreach(rows, i, row)
	{
		double v = json_number_value(json_object_get(row, name));
		most = v > most ? v : most;
	}
	return most;
}

static void
print_bar(double value, double most)
{
	int n = most > 0 ? (int)(value / most * BAR + 0.5) : 0;
	for (int i = 0; i < n; i++)
		fputs("█", stdout);
}

static void
print_days(const json_t *report)
{
	const json_t *day, *days = json_object_get(report, "days");
	double most = largest(days, "sent");
	size_t i;
	if (most <= 0 || json_array_size(days) > 62)
		return;
	puts("\nTexts sent, by day");
	json_array_foreach(days, i, day)
	{
		char n[32];
		report_figure(day, "sent", 0, n);
		printf("  %s %7s ", print_member(day, "day"), n);
		print_bar(json_number_value(json_object_get(day, "sent")), most);
		putchar('\n');
	}
}

static void
print_hours(const json_t *report)
{
	const json_t *hour, *hours = json_object_get(report, "hours");
	double most = largest(hours, "answered");
	size_t i;
	if (most <= 0)
		return;
	puts("\nWhen promotions are answered (replies and clicks of 100 sent in that "
	     "hour)");
	json_array_foreach(hours, i, hour)
	{
		char n[32], v[32];
		if (!json_number_value(json_object_get(hour, "sent")))
			continue;
		report_figure(hour, "sent", 0, n);
		report_figure(hour, "answered", 1, v);
		printf("  %02zu h %6s %% of %-7s ", i, v, n);
		print_bar(json_number_value(json_object_get(hour, "answered")), most);
		puts(json_is_true(json_object_get(hour, "small")) ? " (few)" : "");
	}
	const char *verdict = print_member(report, "best_hour");
	if (verdict)
		printf("  %s\n", verdict);
}

struct column {
	const char *title, *name;
	int decimals; /* -1: a text */
};

static void
print_rows(const json_t *report, const char *name, const char *title,
	const struct column *columns, size_t count)
{
	const json_t *row, *rows = json_object_get(report, name);
	const char *titles[PRINT_COLUMNS];
	struct print_table table;
	size_t i;
	if (!json_array_size(rows))
		return;
	printf("\n%s\n", title);
	for (i = 0; i < count; i++)
		titles[i] = columns[i].title;
	print_table_init(&table, titles, count);
	json_array_foreach(rows, i, row) for (size_t k = 0; k < count; k++)
	{
		char figure[32];
		const json_t *v = json_object_get(row, columns[k].name);
		report_figure(row, columns[k].name, MAX(columns[k].decimals, 0), figure);
		if (json_is_boolean(v))
			print_cell(&table, json_is_true(v) ? "below average" : "");
		else
			print_cell(&table, columns[k].decimals < 0
						   ? print_member(row, columns[k].name)
						   : figure);
	}
	print_table_end(&table);
}

static const struct column step_columns[] = {{"SCRIPT", "script", -1},
	{"STEP", "step", -1}, {"VARIANT", "variant", -1}, {"SENT", "sent", 0},
	{"DELIV %", "delivered", 1}, {"CLICK %", "click", 1}, {"REPLY %", "reply", 1},
	{"LEFT", "left", 0}, {"ORDERS", "orders", 0}, {"", "below_average", -1}};
static const struct column variant_columns[] = {{"SCRIPT", "script", -1},
	{"STEP", "step", -1}, {"BY", "by", -1}, {"A", "a", -1}, {"OF", "a_of", 0},
	{"N", "a_n", 0}, {"B", "b", -1}, {"OF", "b_of", 0}, {"N", "b_n", 0},
	{"VERDICT", "verdict", -1}};
static const struct column winner_columns[] = {{"STATE", "state", -1},
	{"WINNER", "winner", -1}, {"WHAT THE FIGURES SAY", "says", -1}};
static const struct column journey_columns[] = {{"JOURNEY", "script", -1},
	{"PEOPLE", "people", 0}, {"REACHED GOAL", "goals", 0}, {"GOAL %", "goal", 1},
	{"CREDITED", "credited", 0}, {"LEFT ALONE", "held_out", 0},
	{"THEIR GOALS", "held_out_goals", 0}};
static const struct column channel_columns[] = {{"CHANNEL", "channel", -1},
	{"SENT", "sent", 0}, {"RECEIVED", "received", 0}, {"DELIVERED %", "delivered", 1},
	{"FAILED", "failed", 0}, {"COST", "cost", 0}};
static const struct column agent_columns[] = {{"AGENT", "agent", -1},
	{"TICKETS", "tickets", 0}, {"ANSWERED", "answered", 0},
	{"FIRST ANSWER, S", "answer_time", 0}, {"CSAT %", "csat", 1},
	{"MARKS", "marks", 0}};
static const struct column source_columns[] = {{"SOURCE", "source", -1},
	{"PEOPLE", "people", 0}, {"AGREED %", "agreed", 1}, {"ORDERS", "orders", 0},
	{"SPENT", "revenue", 0}};

static void
for_people(const json_t *report, const char *zone)
{
	const json_t *note;
	char period[64];
	size_t i;
	(void)zone;
	report_period(report, "en", period);
	printf("%s\n", period);
	json_array_foreach(json_object_get(report, "notes"), i, note)
		printf("%s\n", json_string_value(note));
	if (json_is_true(json_object_get(report, "empty")))
		return;
	putchar('\n');
	print_measures(report);
	print_days(report);
	print_rows(report, "steps", "Texts, by what said them", step_columns,
		ARRAY_LEN(step_columns));
	print_rows(report, "variants", "Variants (two-proportion test)", variant_columns,
		ARRAY_LEN(variant_columns));
	print_rows(report, "winners",
		"Tests of variants (a winner is what new conversations get)",
		winner_columns, ARRAY_LEN(winner_columns));
	print_rows(report, "journeys", "Journeys", journey_columns,
		ARRAY_LEN(journey_columns));
	print_rows(report, "channels", "Channels", channel_columns,
		ARRAY_LEN(channel_columns));
	print_rows(report, "agents", "People who answer (- nobody took it)",
		agent_columns, ARRAY_LEN(agent_columns));
	print_rows(report, "sources", "Where customers come from (contact.source, ever)",
		source_columns, ARRAY_LEN(source_columns));
	print_hours(report);
}

/* ---- files ---- */

/* Beside the name, then moved: never half a file. */
static int
write_file(const struct verb *verb, const char *path, const struct strbuf *text)
{
	struct strbuf part AUTO(strbuf_done) = STRBUF_INIT(4096);
	if (!strcmp(path, "-"))
		return fwrite(text->s, 1, text->len, stdout) == text->len ? EXIT_DONE
									  : EXIT_REFUSED;
	strbuf_printf(&part, "%s.part", path);
	FILE *out = fopen(part.s, "w");
	bool good = out && fwrite(text->s, 1, text->len, out) == text->len;
	good = (!out || fclose(out) == 0) && good && rename(part.s, path) == 0;
	if (good)
		return EXIT_DONE;
	int why = errno;
	unlink(part.s);
	return verb_refuse(verb, "%s cannot be written: %s", path, strerror(why));
}

static int
to_files(struct remote *r, const struct verb_args *args, const char *path,
	const char *language)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(64u << 20);
	const char *html = verb_value(args, "--html"), *csv = verb_value(args, "--csv");
	json_t *report = remote_get(r, path);
	int code = report ? EXIT_DONE : EXIT_REFUSED;
	if (report && html) {
		report_html(report, r->config->shop_name, language, &text);
		code = write_file(args->verb, html, &text);
	}
	if (!code && csv) {
		strbuf_reset(&text);
		report_csv(report, &text);
		code = write_file(args->verb, csv, &text);
	}
	json_decref(report);
	return code;
}

/* "2026-11" to its first day and the first of the next. */
static bool
month_days(const char *text, char from[32], char until[32])
{
	int year, month, used = 0;
	if (sscanf(text, "%4d-%2d%n", &year, &month, &used) != 2 || text[used] ||
		month < 1 || month > 12 || year < 1970)
		return false;
	snprintf(from, 32, "%04d-%02d-01", year, month);
	snprintf(until, 32, "%04d-%02d-01", month == 12 ? year + 1 : year,
		month == 12 ? 1 : month + 1);
	return true;
}

static int
run(struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	struct remote r;
	char from[32], until[32];
	const char *month = verb_value(args, "--month"),
		   *language = verb_value(args, "--lang");
	if (args->word_count)
		return verb_misuse(args->verb, "no words are expected");
	if (month && !month_days(month, from, until))
		return verb_misuse(args->verb, "--month should be such as 2026-11");
	strbuf_puts(&path, "/v1/report");
	remote_query(&path, "from", month ? from : verb_value(args, "--from"));
	remote_query(&path, "until", month ? until : verb_value(args, "--until"));
	if (language && strcmp(language, "ko") != 0 && strcmp(language, "en") != 0)
		return verb_misuse(args->verb, "--lang should be ko or en");
	int code = remote_open(&r, args);
	bool files = verb_value(args, "--html") || verb_value(args, "--csv");
	if (!language) /* what is kept and shown around is in the shop's own */
		language = files && !code ? report_language(r.config->country) : "en";
	remote_query(&path, "lang", language);
	if (!code && files)
		code = to_files(&r, args, path.s, language);
	else if (!code)
		code = remote_show(&r, args, path.s, NULL, for_people);
	remote_close(&r);
	return code;
}

const struct verb verb_report = {
	.name = "report",
	.summary = "what came of it: every measure with its formula, as tables or charts",
	.usage = "report [--from DAY] [--until DAY] [--html FILE] [--csv FILE] [--lang "
		 "LANGUAGE] [--json] | report --month MONTH [--html FILE] [--csv FILE] "
		 "[--lang LANGUAGE] [--json]",
	.example =
		"  malgil report\n"
		"  malgil report --month 2026-11 --html november.html\n"
		"  malgil report --from 2026-11-01 --until 2026-11-08 --csv week.csv\n\n"
		"N is how many a figure is of; below 30 it says \"few\". SMS has no "
		"open\n"
		"event, so there is no open rate.",
	.options = options,
	.run = run,
};
