/* text/expr: the language by tables, its errors, and the two readings, in memory and in
 * SQL, held together by random expressions over random contacts in a real SQLite. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "gateway/text/expr.h"
#include "gateway/text/zone.h"
#include "tests/lib/random.h"

#define ZONE "Asia/Seoul"
#define NOW  INT64_C(1795305600000) /* 2026-11-22 00:00 UTC, 09:00 in Seoul */

/* ---- by table ---- */

static const struct {
	const char *name;
	struct value value;
} facts[] = {
	{"csat", {VALUE_NUMBER, 2, 0, NULL}},
	{"budget", {VALUE_TEXT, 0, 0, "3"}},
	{"zero", {VALUE_NUMBER, 0, 0, NULL}},
	{"contact.lang", {VALUE_TEXT, 0, 0, "ko"}},
	{"contact.skin", {VALUE_TEXT, 0, 0, "dry skin"}},
	{"contact.no", {VALUE_TEXT, 0, 0, "no"}},
	{"contact.zip", {VALUE_TEXT, 0, 0, "04524"}},
	{"contact.orders", {VALUE_NUMBER, 3, 0, NULL}},
	{"contact.tags", {VALUE_LIST, 0, 0, "vip\n가을 세일"}},
	{"contact.last_order", {VALUE_TIME, 0, NOW - 30 * DAY, NULL}},
	{"contact.visit", {VALUE_TEXT, 0, 0, "2026-11-22"}},
	{"consent.marketing", {VALUE_BOOL, 1, 0, NULL}},
	{"consent.night", {VALUE_BOOL, 0, 0, NULL}},
	{"order.cart", {VALUE_TEXT, 0, 0, "c-7"}},
	{"cart.id", {VALUE_TEXT, 0, 0, "c-7"}},
	{"cart.total", {VALUE_NUMBER, 20000, 0, NULL}},
};

static void
get_fact(void *ctx, const char *name, struct value *ret)
{
	(void)ctx;
	for (size_t i = 0; i < ARRAY_LEN(facts); i++)
		if (!strcmp(facts[i].name, name))
			*ret = facts[i].value;
}

/* order.paid: values 10, 20, 30 at 1, 50 and 100 days ago. */
static void
get_aggregate(void *ctx, enum expr_aggregate what, const char *event, int64_t since,
	struct value *ret)
{
	static const int ages[] = {1, 50, 100};
	double n = 0, sum = 0;
	(void)ctx;
	for (size_t i = 0; i < 3 && !strcmp(event, "order.paid"); i++) {
		if (NOW - ages[i] * DAY < since)
			continue;
		n++;
		sum += (double)(i + 1) * 10;
	}
	if (what == EXPR_COUNT || (what == EXPR_SUM && n > 0))
		*ret = value_number(what == EXPR_COUNT ? n : sum);
	else if (what == EXPR_LAST && n > 0)
		*ret = value_time(NOW - DAY);
}

static const struct expr_env env = {
	.get = get_fact, .aggregate = get_aggregate, .now = NOW, .zone = ZONE};

static const struct {
	const char *text;
	bool expect;
} answers[] = {
	{"csat <= 2", true},
	{"csat < 2", false},
	{"csat != 2", false},
	{"budget < 3.5", true}, /* a text that is a number */
	{"budget = 3", true},
	{"contact.lang = ko", true},
	{"contact.lang != en", true},
	{"contact.lang = KO", false},
	{"contact.skin = 'dry skin'", true},
	{"contact.lang in (en, ko)", true},
	{"contact.lang in (en, ja)", false},
	{"contact.orders in (1, 3)", true},
	{"contact.orders in (one, 3)", true},
	{"contact.zip = 4524", true},
	{"contact.zip = '04524'", true},
	{"contact.zip = '4524'", false},
	{"contact.tags has vip", true},
	{"contact.tags has '가을 세일'", true},
	{"contact.tags has 가을", false},
	{"contact.lang has ko", false}, /* a text is not a list */
	/* a missing field makes any comparison false, and `not` turns that */
	{"contact.nothing = a", false},
	{"contact.nothing != a", false},
	{"contact.nothing in (a)", false},
	{"contact.nothing < 3", false},
	{"contact.nothing has a", false},
	{"contact.nothing", false},
	{"not contact.nothing = a", true},
	{"not contact.nothing != a", true},
	{"order.cart = cart.id", true},
	{"order.cart != cart.id", false},
	{"order.cart = order.nothing", false},
	{"order.cart != order.nothing", false},
	{"cart.total >= contact.orders", true},
	{"order.cart < cart.id", false}, /* texts have no order */
	/* truth */
	{"consent.marketing", true},
	{"consent.night", false},
	{"not consent.night", true},
	{"consent.marketing = true", true},
	{"contact.no", false},
	{"zero", false},
	{"csat", true},
	/* precedence */
	{"csat = 2 or csat = 9 and csat = 9", true},
	{"(csat = 2 or csat = 9) and csat = 9", false},
	{"not csat = 9 and csat = 9", false},
	{"not (csat = 9 and csat = 9)", true},
	{"not not csat = 2", true},
	/* moments */
	{"contact.last_order < 29d ago", true},
	{"contact.last_order < 31d ago", false},
	{"contact.last_order > 31d ago", true},
	{"contact.last_order < now", true},
	{"contact.visit = today", true},
	{"contact.visit = 2026-11-22", true},
	{"contact.visit <= 2026-11-22", true},
	{"contact.visit < 2026-11-22", false},
	{"contact.visit > 2026-11-21", true},
	{"contact.visit > 2026-11-22", false},
	{"contact.visit != 2026-11-21", true},
	{"contact.last_order = 2026-10-23", true}, /* at 09:00 that day in Seoul */
	{"contact.last_order >= 2026-10-24", false},
	{"contact.lang < 90d ago", false},
	/* aggregates */
	{"count(order.paid) = 3", true},
	{"count(order.paid within 90d) >= 2", true},
	{"count(order.paid within 12h) = 0", true},
	{"count(other.thing) = 0", true},
	{"sum(order.paid within 60d) = 30", true},
	{"sum(other.thing) = 0", true},
	{"avg(other.thing) = 0", false},
	{"last(order.paid) > 2d ago", true},
	{"last(other.thing) > 2d ago", false},
	{"count(order.paid) = contact.orders", true},
};

static void
answers_are_as_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct strbuf err = STRBUF_SENTENCE;
		struct expr *e = NULL;
		print_message("%s\n", answers[i].text);
		if (expr_parse(answers[i].text, &e, &err) < 0)
			fail_msg("%s", err.s);
		assert_int_equal(expr_eval(e, &env), answers[i].expect);
		expr_free(e);
		strbuf_done(&err);
	}
}

static const struct {
	const char *text, *expect;
} mistakes[] = {
	{"", "character 1: a condition is missing at the end"},
	{"csat <", "character 7: something to compare with is missing at the end"},
	{"csat == 2", "character 6: write = instead of =="},
	{"csat => 2", "character 6: write >= instead of =>"},
	{"a && b", "character 3: write and instead of &&"},
	{"!a", "character 1: write not instead of !"},
	{"a = \"b\"", "character 5: write a single quote ' instead of \""},
	{"a = b adn c = d", "character 7: 'adn' is not an operator; did you mean 'and'?"},
	{"가 = 나 adn c = d",
		"character 7: 'adn' is not an operator; did you mean 'and'?"},
	{"a hsa b", "character 3: 'hsa' is not an operator; did you mean 'has'?"},
	{"skin = dry skin",
		"character 12: 'skin' stands alone; several words go in single "
		"quotes, conditions are joined by 'and' or 'or'"},
	{"(a = b", "character 1: the ( opened here is not closed"},
	{"a = b)", "character 6: this ) closes nothing"},
	{"a = 'b", "character 5: the quote ' opened here is not closed"},
	{"2 < csat", "character 1: a condition begins with a name: contact.orders >= 2"},
	{"a < b", "character 5: the word 'b' has no order; < and > compare numbers and "
		  "dates"},
	{"a < 90d", "character 8: after a length of time comes 'ago': 90d ago"},
	{"a < 90x",
		"character 5: '90x' is neither a number nor a length of time (90m, 4h, "
		"90d, 3mo); a word that begins with a digit stands in single quotes"},
	{"a > 2026-02-30", "character 5: there is no day 2026-02-30"},
	{"cuont(order.paid) > 1",
		"character 1: there is no function 'cuont'; did you mean 'count'?"},
	{"count(order.paid within) > 1",
		"character 24: 'within' wants a length of time: within 90d"},
	{"count(order.paid 90d) > 1", "character 18: expected ) or 'within 90d' here"},
	{"a in b", "character 6: 'in' wants a list: in (a, b)"},
	{"a in (b c)", "character 9: expected , or ) in the list"},
	{"a in (b, today)", "character 10: a list holds words and numbers only"},
	{"a has 3", "character 7: 'has' wants a word: contact.tags has vip"},
	{"and = 3", "character 1: 'and' cannot stand here; as a word it goes in single "
		    "quotes"},
	{"contact. = 3", "character 1: 'contact.' is not a name"},
	{"a ? b", "character 3: '?' has no meaning here"},
};

static void
mistakes_get_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		struct strbuf err = STRBUF_SENTENCE;
		struct expr *e = NULL;
		print_message("%s\n", mistakes[i].text);
		assert_true(expr_parse(mistakes[i].text, &e, &err) < 0);
		assert_string_equal(err.s, mistakes[i].expect);
		strbuf_done(&err);
	}
}

static void
depth_is_bounded(void **state)
{
	(void)state;
	struct strbuf deep = STRBUF_INIT(4096), err = STRBUF_SENTENCE;
	struct expr *e = NULL;
	for (int i = 0; i < 900; i++)
		strbuf_putc(&deep, '(');
	assert_true(expr_parse(deep.s, &e, &err) < 0);
	assert_non_null(strstr(err.s, "nested too deeply"));
	strbuf_reset(&deep);
	for (int i = 0; i < 250; i++)
		strbuf_printf(&deep, "%sa=b", i ? " or " : "");
	assert_int_equal(expr_parse(deep.s, &e, &err), 0);
	assert_false(expr_eval(e, &env));
	expr_free(e);
	strbuf_done(&deep);
	strbuf_done(&err);
}

/* ---- the property ---- */

static const char *const texts[] = {"", "0", "no", "a", "b", "3", "3.5", "-2", "가",
	"2026-11-22", "2026-10-01", "true", "a b"};
static const char *const fields[] = {"contact.a", "contact.b", "contact.c", "contact.n",
	"contact.t", "contact.flag", "contact.tags", "contact.none"};

struct person {
	const char *a, *b, *c; /* attributes, NULL missing */
	bool has_n, has_t, has_flag;
	double n;
	int64_t t;
	bool flag;
	char tags[64];
	struct {
		const char *kind;
		int64_t at;
		double value;
	} events[4];
	size_t event_count;
};

static void
get_person(void *ctx, const char *name, struct value *ret)
{
	const struct person *p = ctx;
	const char *attribute = NULL;
	if (!strcmp(name, "contact.a"))
		attribute = p->a;
	else if (!strcmp(name, "contact.b"))
		attribute = p->b;
	else if (!strcmp(name, "contact.c"))
		attribute = p->c;
	else if (!strcmp(name, "contact.n") && p->has_n)
		*ret = value_number(p->n);
	else if (!strcmp(name, "contact.t") && p->has_t)
		*ret = value_time(p->t);
	else if (!strcmp(name, "contact.flag") && p->has_flag)
		*ret = value_bool(p->flag);
	else if (!strcmp(name, "contact.tags"))
		*ret = (struct value){.kind = VALUE_LIST, .text = p->tags};
	if (attribute)
		*ret = value_text(attribute);
}

static void
aggregate_person(void *ctx, enum expr_aggregate what, const char *event, int64_t since,
	struct value *ret)
{
	const struct person *p = ctx;
	double n = 0, sum = 0, min = 1e9, max = -1e9;
	int64_t last = INT64_MIN, first = INT64_MAX;
	for (size_t i = 0; i < p->event_count; i++) {
		if (strcmp(p->events[i].kind, event) != 0 || p->events[i].at < since)
			continue;
		n++;
		sum += p->events[i].value;
		min = MIN(min, p->events[i].value);
		max = MAX(max, p->events[i].value);
		last = MAX(last, p->events[i].at);
		first = MIN(first, p->events[i].at);
	}
	if (what == EXPR_COUNT)
		*ret = value_number(n);
	if (n == 0)
		return;
	if (what == EXPR_LAST || what == EXPR_FIRST)
		*ret = value_time(what == EXPR_LAST ? last : first);
	else if (what != EXPR_COUNT)
		*ret = value_number(what == EXPR_SUM   ? sum
				    : what == EXPR_AVG ? sum / n
				    : what == EXPR_MIN ? min
						       : max);
}

/* What a store keeps of an attribute: its three readings, in columns of their own. */
static bool
person_column(void *ctx, const char *name, struct expr_column *ret)
{
	static char s[3][128];
	(void)ctx;
	if (!strcmp(name, "contact.n"))
		*ret = (struct expr_column){.number = "p.n"};
	else if (!strcmp(name, "contact.t"))
		*ret = (struct expr_column){.time = "p.t"};
	else if (!strcmp(name, "contact.flag"))
		*ret = (struct expr_column){.text = "p.flag"};
	else if (!strcmp(name, "contact.tags"))
		*ret = (struct expr_column){
			.set = "SELECT tag FROM tags WHERE person = p.id"};
	else {
		static const char *const parts[] = {"text", "number", "moment"};
		for (int i = 0; i < 3; i++)
			snprintf(s[i], sizeof(s[i]),
				"SELECT %s FROM attributes WHERE person = p.id AND name "
				"= '%s'",
				parts[i], name + strlen("contact."));
		*ret = (struct expr_column){s[0], s[1], s[2], NULL};
	}
	return !strncmp(name, "contact.", 8);
}

static const struct expr_schema schema = {.column = person_column,
	.events = "SELECT kind, at, value FROM events WHERE person = p.id"};

static void
sql(sqlite3 *db, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = sqlite3_vmprintf(fmt, ap), *why = NULL;
	va_end(ap);
	if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", text, why);
	sqlite3_free(text);
}

static void
store_attribute(sqlite3 *db, const char *name, const char *text)
{
	if (!text)
		return;
	struct value v = value_text(text);
	double number;
	int64_t moment;
	char n[40] = "NULL", m[40] = "NULL";
	if (value_as_number(&v, &number))
		snprintf(n, sizeof(n), "%.17g", number);
	if (value_as_time(&v, ZONE, &moment))
		snprintf(m, sizeof(m), "%lld", (long long)moment);
	sql(db, "INSERT INTO attributes VALUES (1, %Q, %Q, %s, %s)", name, text, n, m);
}

static void
store_person(sqlite3 *db, const struct person *p)
{
	sql(db, "DELETE FROM p; DELETE FROM tags; DELETE FROM events; DELETE FROM "
		"attributes;"
		"INSERT INTO p VALUES (1, NULL, NULL, NULL)");
	if (p->has_n)
		sql(db, "UPDATE p SET n = %!.17g", p->n);
	if (p->has_t)
		sql(db, "UPDATE p SET t = %lld", (long long)p->t);
	if (p->has_flag)
		sql(db, "UPDATE p SET flag = %Q", p->flag ? "true" : "false");
	store_attribute(db, "a", p->a);
	store_attribute(db, "b", p->b);
	store_attribute(db, "c", p->c);
	char tags[64];
	strcpy(tags, p->tags);
	char *rest = NULL;
	for (char *t = strtok_r(tags, "\n", &rest); t; t = strtok_r(NULL, "\n", &rest))
		sql(db, "INSERT INTO tags VALUES (1, %Q)", t);
	for (size_t i = 0; i < p->event_count; i++)
		sql(db, "INSERT INTO events VALUES (1, %Q, %lld, %!.17g)",
			p->events[i].kind, (long long)p->events[i].at,
			p->events[i].value);
}

static void
random_person(struct test_random *r, struct person *p)
{
	static const char *const lists[] = {"", "a", "a\nb", "가\nb"};
	static const char *const kinds[] = {"x.y", "z"};
	memset(p, 0, sizeof(*p));
	if (random_below(r, 3))
		p->a = texts[random_below(r, ARRAY_LEN(texts))];
	if (random_below(r, 3))
		p->b = texts[random_below(r, ARRAY_LEN(texts))];
	if (random_below(r, 3))
		p->c = texts[random_below(r, ARRAY_LEN(texts))];
	p->has_n = random_below(r, 3) > 0;
	p->n = (double)random_below(r, 9) / 2 - 1;
	p->has_t = random_below(r, 3) > 0;
	p->t = NOW - (int64_t)random_below(r, 200) * HOUR * 12;
	p->has_flag = random_below(r, 3) > 0;
	p->flag = random_bool(r);
	strcpy(p->tags, lists[random_below(r, ARRAY_LEN(lists))]);
	p->event_count = random_below(r, 5);
	for (size_t i = 0; i < p->event_count; i++) {
		p->events[i].kind = kinds[random_below(r, 2)];
		p->events[i].at = NOW - (int64_t)random_below(r, 100) * DAY;
		p->events[i].value = random_below(r, 5);
	}
}

static void
random_left(struct test_random *r, struct strbuf *out)
{
	static const char *const functions[] = {
		"count", "sum", "avg", "min", "max", "last", "first"};
	if (random_below(r, 4)) {
		strbuf_puts(out, fields[random_below(r, ARRAY_LEN(fields))]);
		return;
	}
	strbuf_printf(out, "%s(%s", functions[random_below(r, 7)],
		random_bool(r) ? "x.y" : "z");
	if (random_bool(r))
		strbuf_printf(out, " within %ud", random_below(r, 60) + 1);
	strbuf_putc(out, ')');
}

static void
random_comparison(struct test_random *r, struct strbuf *out)
{
	static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">="};
	random_left(r, out);
	switch (random_below(r, 8)) {
	case 0: break;
	case 1: strbuf_printf(out, " has '%s'", random_bool(r) ? "a" : "가"); break;
	case 2:
		strbuf_printf(out, " in (%u, '%s', '%s')", random_below(r, 4),
			texts[random_below(r, ARRAY_LEN(texts))],
			texts[random_below(r, ARRAY_LEN(texts))]);
		break;
	case 3:
		strbuf_printf(out, " %s '%s'", signs[random_below(r, 2)],
			texts[random_below(r, ARRAY_LEN(texts))]);
		break;
	case 4:
		strbuf_printf(out, " %s %ud ago", signs[random_below(r, 6)],
			random_below(r, 90));
		break;
	case 5:
		strbuf_printf(out, " %s %s", signs[random_below(r, 6)],
			random_bool(r) ? "today" : "2026-10-01");
		break;
	case 6:
		strbuf_printf(out, " %s ", signs[random_below(r, 6)]);
		random_left(r, out);
		break;
	case 7:
		strbuf_printf(out, " %s %d.5", signs[random_below(r, 6)],
			(int)random_below(r, 5) - 1);
		break;
	}
}

static void
random_expression(struct test_random *r, unsigned depth, struct strbuf *out)
{
	if (!depth || !random_below(r, 3)) {
		random_comparison(r, out);
		return;
	}
	if (!random_below(r, 4))
		strbuf_puts(out, "not ");
	strbuf_putc(out, '(');
	random_expression(r, depth - 1, out);
	strbuf_puts(out, random_bool(r) ? " and " : " or ");
	random_expression(r, depth - 1, out);
	strbuf_putc(out, ')');
}

static bool
ask_sqlite(sqlite3 *db, const struct expr *e)
{
	static struct expr_params params;
	struct strbuf text = STRBUF_INIT(1 << 20), err = STRBUF_SENTENCE;
	sqlite3_stmt *stmt;
	strbuf_puts(&text, "SELECT count(*) FROM p WHERE ");
	if (expr_sql(e, &schema, NOW, ZONE, 1, &text, &params, &err) < 0)
		fail_msg("%s", err.s);
	if (sqlite3_prepare_v2(db, text.s, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sqlite3_errmsg(db), text.s);
	for (size_t i = 0; i < params.count; i++) {
		const struct value *v = &params.values[i];
		char name[32];
		snprintf(name, sizeof(name), "$%zu", i + 1);
		int at = sqlite3_bind_parameter_index(stmt, name);
		if (v->kind == VALUE_TEXT)
			sqlite3_bind_text(stmt, at, v->text, -1, SQLITE_STATIC);
		else if (v->kind == VALUE_TIME)
			sqlite3_bind_int64(stmt, at, v->time);
		else
			sqlite3_bind_double(stmt, at, v->number);
	}
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	bool found = sqlite3_column_int(stmt, 0) == 1;
	sqlite3_finalize(stmt);
	strbuf_done(&text);
	strbuf_done(&err);
	return found;
}

static void
memory_and_sql_agree(void **state)
{
	(void)state;
	struct test_random r = {.state = 20261121};
	struct strbuf text = STRBUF_INIT(1 << 14), err = STRBUF_SENTENCE;
	size_t truths = 0;
	sqlite3 *db;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	sql(db, "CREATE TABLE p (id INT, n REAL, t INT, flag TEXT);"
		"CREATE TABLE tags (person INT, tag TEXT);"
		"CREATE TABLE events (person INT, kind TEXT, at INT, value REAL);"
		"CREATE TABLE attributes (person INT, name TEXT, text TEXT, number REAL, "
		"moment INT)");
	for (int i = 0; i < 200; i++) {
		struct person p;
		random_person(&r, &p);
		store_person(db, &p);
		struct expr_env of = {&p, get_person, aggregate_person, NOW, ZONE};
		for (int j = 0; j < 15; j++) {
			struct expr *e = NULL;
			strbuf_reset(&text);
			random_expression(&r, 3, &text);
			if (expr_parse(text.s, &e, &err) < 0)
				fail_msg("%s in %s", err.s, text.s);
			bool memory = expr_eval(e, &of), stored = ask_sqlite(db, e);
			if (memory != stored)
				fail_msg("memory says %d, SQL says %d: %s", memory,
					stored, text.s);
			truths += memory;
			expr_free(e);
		}
	}
	assert_in_range(truths, 500, 2500); /* the comparison is worth something */
	sqlite3_close(db);
	strbuf_done(&text);
	strbuf_done(&err);
}

static void
sql_refuses_what_a_segment_cannot_know(void **state)
{
	(void)state;
	static struct expr_params params;
	static const char *const rows[][2] = {
		{"skin = dry", "'skin' would be a run's variable, which a segment does "
			       "not know; a "
			       "field has a dot: contact.skin"},
		{"order.no = 3", "there is no field 'order.no' to select people by"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf out = STRBUF_INIT(4096), err = STRBUF_SENTENCE;
		struct expr *e = NULL;
		assert_int_equal(expr_parse(rows[i][0], &e, &err), 0);
		assert_true(expr_sql(e, &schema, NOW, ZONE, 1, &out, &params, &err) < 0);
		assert_string_equal(err.s, rows[i][1]);
		expr_free(e);
		strbuf_done(&out);
		strbuf_done(&err);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_as_written),
		cmocka_unit_test(mistakes_get_a_sentence),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(memory_and_sql_agree),
		cmocka_unit_test(sql_refuses_what_a_segment_cannot_know),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
