/* The report as one HTML file: opens from a disk, without a network, in light and dark,
 * and reads well aloud: each chart has its sentence and the same figures as a table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/outreach/report_words.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/report.h"

#define WIDTH  720
#define HEIGHT 180
#define LEFT   52
#define BOTTOM 24

static const char style[] =
	"<style>:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#5b6470;"
	"--line:#d8dde3;--card:#f6f8fa;--a:#0b63ce;--b:#b5500b;--bad:#b3261e}"
	"@media(prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e8eaed;--dim:#a3abb5;"
	"--line:#363c43;--card:#1e2226;--a:#6aa9ff;--b:#ffab6b;--bad:#ff8a80}}"
	"*{box-sizing:border-box}body{margin:0 auto;max-width:1080px;padding:24px;"
	"background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,'Noto Sans "
	"KR',sans-serif}h1{margin:0}h2{margin:2em 0 .4em;font-size:1.2em}"
	".tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));"
	"gap:12px;margin:0}.tile{background:var(--card);border:1px solid var(--line);"
	"border-radius:8px;padding:12px}.tile dt{color:var(--dim);font-size:.9em}"
	".tile dd{margin:0}.big{font-size:1.5em;font-variant-numeric:tabular-nums}"
	".how,.n{color:var(--dim);font-size:.8em}.few{color:var(--b)}"
	".alarm{border-left:4px solid var(--bad);padding-left:12px;font-weight:600}"
	"table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
	"th,td{border-bottom:1px solid var(--line);padding:4px 8px;text-align:right;"
	"vertical-align:top}th:first-child,td:first-child,.t{text-align:left}"
	"th{color:var(--dim);font-weight:600;font-size:.85em}.wide{overflow-x:auto}"
	"figure{margin:0 0 8px}svg{width:100%;height:auto;display:block}"
	"svg text{fill:var(--dim);font-size:11px}.bar{fill:var(--a)}.bar2{fill:var(--b)}"
	".axis{stroke:var(--line)}summary{color:var(--dim);font-size:.85em;cursor:"
	"pointer}"
	"@media print{details{display:none}}</style>\n";

/* The words of the page are the reader's. */
struct page {
	struct strbuf *out;
	const char *language;
	bool ko;
};

static const char *
word(const struct page *p, const char *english)
{
	return report_word(p->language, english);
}

static void
escape(struct strbuf *out, const char *text)
{
	for (const char *p = text ? text : ""; *p; p++)
		switch (*p) {
		case '&': strbuf_puts(out, "&amp;"); break;
		case '<': strbuf_puts(out, "&lt;"); break;
		case '>': strbuf_puts(out, "&gt;"); break;
		case '"': strbuf_puts(out, "&quot;"); break;
		default: strbuf_putc(out, *p);
		}
}

/* ---- measures ---- */

static void
write_tile(const struct page *p, const json_t *m, const char *currency)
{
	struct strbuf *out = p->out;
	char value[64], n[32], of[32];
	bool few = json_is_true(json_object_get(m, "small"));
	bool none = !json_integer_value(json_object_get(m, "n"));
	report_value(m, currency, p->language, value);
	report_figure(m, "n", 0, n);
	report_figure(m, "of", 0, of);
	strbuf_puts(out, "<div class=tile><dt>");
	escape(out, print_member(m, "title"));
	strbuf_puts(out, "</dt><dd><span class=big>");
	escape(out, value);
	strbuf_puts(out, "</span> ");
	strbuf_printf(out, "<span class=\"n%s\">", few && !none ? " few" : "");
	if (json_is_true(json_object_get(m, "missing")))
		strbuf_puts(out, word(p, "not counted"));
	else if (none)
		strbuf_puts(out, word(p, "none in this period"));
	else if (json_object_get(m, "of") && p->ko)
		strbuf_printf(out, "n&nbsp;=&nbsp;%s 중 %s", n, of);
	else if (json_object_get(m, "of"))
		strbuf_printf(out, "%s of n&nbsp;=&nbsp;%s", of, n);
	else
		strbuf_printf(out, "n&nbsp;=&nbsp;%s", n);
	strbuf_printf(out, "%s%s</span><div class=how>", few && !none ? " · " : "",
		few && !none ? word(p, "few, take care") : "");
	escape(out, print_member(m, "formula"));
	strbuf_puts(out, "</div></dd></div>\n");
}

static void
write_measures(const struct page *p, const json_t *report)
{
	struct strbuf *out = p->out;
	const json_t *m;
	size_t i;
	strbuf_printf(out, "<h2>%s</h2>\n<dl class=tiles>\n", word(p, "Measures"));
	json_array_foreach(json_object_get(report, "measures"), i, m)
		write_tile(p, m, print_member(report, "currency"));
	strbuf_puts(out, "</dl>\n");
}

/* ---- charts ---- */

struct chart {
	const char *title, *list, *value, *label; /* members of each row */
	const char *extra, *extra_title; /* shown beside the value in the table */
	const char *unit, *cls;
	int decimals;
};

static double
value_of(const json_t *row, const char *name)
{
	double v = json_number_value(json_object_get(row, name));
	return v > 0 ? v : 0;
}

static void
label_of(const struct page *p, const json_t *row, const struct chart *c, char ret[32])
{
	static const char *const days[] = {
		"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	const json_t *v = json_object_get(row, c->label);
	long long n = json_integer_value(v);
	if (json_is_string(v))
		snprintf(ret, 32, "%s", json_string_value(v) + 5); /* 2026-11-21: 11-21 */
	else if (!strcmp(c->list, "weekdays"))
		snprintf(ret, 32, "%s", word(p, days[n >= 0 && n < 7 ? n : 0]));
	else
		snprintf(ret, 32, p->ko ? "%02lld시" : "%02lld h", n);
}

/* 1, 2 or 5 times a power of ten, not below the largest. */
static double
round_up(double most)
{
	static const double steps[] = {1, 2, 5};
	double power = 1;
	while (power * 10 <= most)
		power *= 10;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (power * steps[i] >= most)
			return power * steps[i];
	return power * 10;
}

static void
write_bars(const struct page *p, const struct chart *c, const json_t *rows, double top)
{
	struct strbuf *out = p->out;
	size_t n = json_array_size(rows), every = n / 12 + 1;
	double width = (double)(WIDTH - LEFT) / (double)n;
	const json_t *row;
	size_t i;
	json_array_foreach(rows, i, row)
	{
		char label[32], figure[32];
		double v = value_of(row, c->value), h = v / top * (HEIGHT - BOTTOM - 12);
		double x = LEFT + width * (double)i;
		label_of(p, row, c, label);
		report_figure(row, c->value, c->decimals, figure);
		strbuf_printf(out,
			"<rect class=%s x=%.1f y=%.1f width=%.1f height=%.1f><title>%s: "
			"%s %s</title></rect>",
			c->cls, x + width * 0.1, HEIGHT - BOTTOM - h, width * 0.8, h,
			label, figure, word(p, c->unit));
		if (i % every == 0)
			strbuf_printf(out,
				"<text x=%.1f y=%d text-anchor=middle>%s</text>",
				x + width / 2, HEIGHT - 8, label);
	}
}

static void
write_axis(const struct page *p, double top)
{
	struct strbuf *out = p->out;
	for (int i = 0; i <= 2; i++) {
		double y = HEIGHT - BOTTOM - (HEIGHT - BOTTOM - 12) * i / 2.0,
		       v = top * i / 2;
		strbuf_printf(out,
			"<line class=axis x1=%d x2=%d y1=%.1f y2=%.1f /><text x=%d "
			"y=%.1f "
			"text-anchor=end>",
			LEFT, WIDTH, y, y, LEFT - 6, y + 4);
		if (p->ko && v >= 1e8)
			strbuf_printf(out, "%g억</text>", v / 1e8);
		else if (p->ko && v >= 1e4)
			strbuf_printf(out, "%g만</text>", v / 1e4);
		else if (v >= 1e6)
			strbuf_printf(out, "%g M</text>", v / 1e6);
		else if (v >= 1e4)
			strbuf_printf(out, "%g k</text>", v / 1e3);
		else
			strbuf_printf(out, "%g</text>", v);
	}
}

static void
write_figures(const struct page *p, const struct chart *c, const json_t *rows)
{
	struct strbuf *out = p->out;
	const json_t *row;
	size_t i;
	strbuf_printf(out,
		"<details><summary>%s</summary><table><tr><th scope=col>%s<th "
		"scope=col>%s%s%s</tr>",
		word(p, "the same as a table"), word(p, "when"), word(p, c->unit),
		c->extra ? "<th scope=col>" : "",
		c->extra ? word(p, c->extra_title) : "");
	json_array_foreach(rows, i, row)
	{
		char label[32], figure[32], extra[32] = "";
		label_of(p, row, c, label);
		report_figure(row, c->value, c->decimals, figure);
		if (c->extra)
			report_figure(row, c->extra, 0, extra);
		strbuf_printf(out, "<tr><th scope=row>%s<td>%s%s%s</tr>", label, figure,
			c->extra ? "<td>" : "", extra);
	}
	strbuf_puts(out, "</table></details>\n");
}

static void
write_chart(const struct page *p, const json_t *report, const struct chart *c)
{
	struct strbuf *out = p->out;
	const json_t *row, *rows = json_object_get(report, c->list);
	double most = 0;
	char at[32] = "", figure[32] = "";
	size_t i;
	json_array_foreach(rows, i, row) if (value_of(row, c->value) > most)
	{
		most = value_of(row, c->value);
		label_of(p, row, c, at);
		report_figure(row, c->value, c->decimals, figure);
	}
	const char *title = word(p, c->title), *unit = word(p, c->unit);
	strbuf_printf(out, "<h2>%s</h2>\n", title);
	if (most <= 0) {
		strbuf_printf(out, "<p>%s</p>\n", word(p, "None in this period."));
		return;
	}
	double top = round_up(most);
	strbuf_printf(out, "<figure><svg viewBox=\"0 0 %d %d\" role=img aria-label=\"",
		WIDTH, HEIGHT);
	strbuf_printf(out,
		p->ko ? "%s: 가장 많은 때는 %s, %s %s.\">"
		      : "%s: the most at %s, %s %s.\">",
		title, at, figure, unit);
	write_axis(p, top);
	write_bars(p, c, rows, top);
	strbuf_printf(
		out, "</svg><figcaption class=how>%s</figcaption></figure>\n", unit);
	const char *verdict = print_member(report, "best_hour");
	if (!strcmp(c->list, "hours") && verdict) {
		strbuf_puts(out, "<p>");
		escape(out, verdict);
		strbuf_puts(out, "</p>\n");
	}
	write_figures(p, c, rows);
}

/* ---- tables ---- */

struct column {
	const char *title, *name;
	int decimals; /* -1: a text */
};

static void
write_cell(const struct page *p, const json_t *row, const struct column *c)
{
	struct strbuf *out = p->out;
	const json_t *v = json_object_get(row, c->name);
	char figure[32];
	if (json_is_boolean(v)) {
		strbuf_printf(out, "<td class=\"t few\">%s",
			json_is_true(v) ? word(p, "below average") : "");
	} else if (c->decimals < 0) {
		strbuf_puts(out, "<td class=t>");
		escape(out, json_is_string(v) ? word(p, json_string_value(v)) : "–");
	} else {
		report_figure(row, c->name, c->decimals, figure);
		strbuf_printf(out, "<td>%s", figure);
	}
}

static void
write_table(const struct page *p, const json_t *report, const char *list,
	const char *title, const struct column *columns)
{
	struct strbuf *out = p->out;
	const json_t *row, *rows = json_object_get(report, list);
	size_t i;
	if (!json_array_size(rows))
		return;
	strbuf_printf(out,
		"<h2>%s</h2>\n<div class=wide tabindex=0 role=region "
		"aria-label=\"%s\"><table><thead><tr>",
		word(p, title), word(p, title));
	for (const struct column *c = columns; c->name; c++)
		strbuf_printf(out, "<th scope=col%s>%s",
			c->decimals < 0 ? " class=t" : "", word(p, c->title));
	strbuf_puts(out, "</tr></thead><tbody>\n");
	json_array_foreach(rows, i, row)
	{
		strbuf_puts(out, "<tr>");
		for (const struct column *c = columns; c->name; c++)
			write_cell(p, row, c);
		strbuf_puts(out, "</tr>\n");
	}
	strbuf_puts(out, "</tbody></table></div>\n");
}

static const struct {
	const char *list, *title;
	struct column columns[14];
} tables[] = {
	{"steps", "Texts, by what said them",
		{{"Script", "script", -1}, {"Step", "step", -1},
			{"Variant", "variant", -1}, {"Sent", "sent", 0},
			{"Kept back", "kept_back", 0}, {"Delivered %", "delivered", 1},
			{"Click %", "click", 1}, {"Reply %", "reply", 1},
			{"Left", "left", 0}, {"Orders", "orders", 0},
			{"Revenue", "revenue", 0}, {"Cost", "cost", 0},
			{"", "below_average", -1}}},
	{"variants", "Variants, by a two-proportion test",
		{{"Script", "script", -1}, {"Step", "step", -1}, {"By", "by", -1},
			{"A", "a", -1}, {"did", "a_of", 0}, {"n", "a_n", 0},
			{"B", "b", -1}, {"did", "b_of", 0}, {"n", "b_n", 0},
			{"B − A, points", "difference", 1}, {"95 % from", "low", 1},
			{"to", "high", 1}, {"Verdict", "verdict", -1}}},
	{"winners", "Tests of variants: a winner is what new conversations get",
		{{"Script", "script", -1}, {"Step", "step", -1}, {"By", "by", -1},
			{"State", "state", -1}, {"Winner", "winner", -1}, {"p", "p", -1},
			{"below", "bar", -1}, {"95 % from", "low", 1}, {"to", "high", 1},
			{"Looks", "looks", 0}, {"Decided", "decided", -1},
			{"What the figures say", "says", -1}}},
	{"journeys", "Journeys",
		{{"Journey", "script", -1}, {"People", "people", 0},
			{"Reached the goal", "goals", 0}, {"Goal %", "goal", 1},
			{"Credited", "credited", 0}, {"Value", "value", 0},
			{"Left alone", "held_out", 0},
			{"Their goals", "held_out_goals", 0}}},
	{"channels", "Channels",
		{{"Channel", "channel", -1}, {"Sent", "sent", 0},
			{"Received", "received", 0}, {"Delivered %", "delivered", 1},
			{"Failed", "failed", 0}, {"Cost", "cost", 0}}},
	{"agents", "People who answer (– nobody took it)",
		{{"Agent", "agent", -1}, {"Tickets", "tickets", 0},
			{"Answered", "answered", 0},
			{"First answer, median s", "answer_time", 0},
			{"CSAT %", "csat", 1}, {"Marks", "marks", 0}}},
	{"sources", "Where customers come from (ever)",
		{{"Source", "source", -1}, {"People", "people", 0},
			{"Agreed %", "agreed", 1}, {"Orders", "orders", 0},
			{"Spent", "revenue", 0}}},
};

static const struct chart charts[] = {
	{"Revenue by day", "days", "revenue", "day", "orders", "of orders", "revenue",
		"bar2", 0},
	{"Texts sent by day", "days", "sent", "day", "received", "of received", "texts",
		"bar", 0},
	{"People who left, by day", "days", "left", "day", "sent", "of sent", "people",
		"bar2", 0},
	{"Answers to promotions by hour", "hours", "answered", "at", "sent", "of sent",
		"replies and clicks of 100 sent", "bar", 1},
	{"Answers to promotions by weekday", "weekdays", "answered", "at", "sent",
		"of sent", "replies and clicks of 100 sent", "bar", 1},
};

void
report_html(
	const json_t *report, const char *shop, const char *language, struct strbuf *out)
{
	const struct page page = {out, language, !strcmp(language, "ko")}, *p = &page;
	const char *zone = print_member(report, "zone");
	const json_t *note;
	char period[64];
	size_t i;
	report_period(report, language, period);
	strbuf_printf(out,
		"<!doctype html>\n<html lang=%s><head><meta charset=utf-8><meta "
		"name=viewport content=\"width=device-width\"><title>",
		page.ko ? "ko" : "en");
	escape(out, shop);
	strbuf_printf(out, ": %s</title>\n%s</head><body>\n<main><h1>", period, style);
	escape(out, shop);
	strbuf_printf(out,
		page.ko ? "</h1>\n<p>%s, %s 기준</p>\n"
			: "</h1>\n<p>%s, days of %s</p>\n",
		period, zone);
	json_array_foreach(json_object_get(report, "notes"), i, note)
	{
		bool alarm = json_is_true(json_object_get(report, "alarm")) &&
			     i + 1 == json_array_size(json_object_get(report, "notes"));
		bool cut = !i && json_is_true(json_object_get(report, "partial"));
		strbuf_printf(out, "<p class=%s>", alarm || cut ? "alarm" : "how");
		escape(out, json_string_value(note));
		strbuf_puts(out, "</p>\n");
	}
	if (!json_is_true(json_object_get(report, "empty"))) {
		write_measures(p, report);
		for (i = 0; i < ARRAY_LEN(charts); i++)
			write_chart(p, report, &charts[i]);
		for (i = 0; i < ARRAY_LEN(tables); i++)
			write_table(p, report, tables[i].list, tables[i].title,
				tables[i].columns);
	}
	strbuf_puts(out, "</main></body></html>\n");
}

/* ---- CSV ---- */

/* What a spreadsheet would take for a formula is not one. */
static void
write_field(struct strbuf *out, const json_t *v)
{
	const char *text = json_string_value(v);
	if (json_is_integer(v))
		strbuf_printf(out, "%lld", (long long)json_integer_value(v));
	else if (json_is_real(v))
		strbuf_printf(out, "%.3f", json_real_value(v));
	else if (json_is_boolean(v))
		strbuf_puts(out, json_is_true(v) ? "yes" : "no");
	if (!text)
		return;
	strbuf_puts(out, strchr("=+-@\t\r", *text) && *text ? "\"'" : "\"");
	for (const char *p = text; *p; p++) {
		if (*p == '"')
			strbuf_putc(out, '"');
		strbuf_putc(out, *p);
	}
	strbuf_putc(out, '"');
}

/* The columns of all rows: a measure that is no share has no `of`. */
static json_t *
columns_of(const json_t *rows)
{
	json_t *columns = json_object();
	const json_t *row;
	const char *key;
	json_t *v;
	size_t i;
	json_array_foreach(rows, i, row) json_object_foreach((json_t *)(uintptr_t)row,
		key, v) json_object_set_new(columns, key, json_true());
	return columns;
}

static void
write_csv(struct strbuf *out, const char *name, const json_t *rows)
{
	json_t *columns = columns_of(rows), *v;
	const json_t *row;
	const char *key, *comma = "";
	size_t i;
	if (json_object_size(columns)) {
		strbuf_printf(out, "# %s\r\n", name);
		json_object_foreach(columns, key, v)
		{
			strbuf_printf(out, "%s%s", comma, key);
			comma = ",";
		}
		strbuf_puts(out, "\r\n");
	}
	json_array_foreach(rows, i, row)
	{
		comma = "";
		json_object_foreach(columns, key, v)
		{
			strbuf_puts(out, comma);
			write_field(out, json_object_get(row, key));
			comma = ",";
		}
		strbuf_puts(out, "\r\n");
	}
	if (json_object_size(columns))
		strbuf_puts(out, "\r\n");
	json_decref(columns);
}

void
report_csv(const json_t *report, struct strbuf *out)
{
	static const char *const lists[] = {"measures", "days", "steps", "variants",
		"journeys", "channels", "agents", "sources", "hours", "weekdays"};
	strbuf_puts(out, "\xEF\xBB\xBF"); /* spreadsheets read it as UTF-8 then */
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		write_csv(out, lists[i], json_object_get(report, lists[i]));
}
