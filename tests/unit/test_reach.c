/* Whom a rule means, however it is asked; and a report that says what it did not count.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/outreach/campaign.h"
#include "gateway/outreach/report.h"
#include "gateway/store/links.h"
#include "gateway/verbs/report.h"
#include "tests/lib/random.h"
#include "tests/lib/rig.h"

static struct rig r;
static char **kept; /* statements, which are known by their address */
static size_t kept_count;

static int
set_up(void **state)
{
	(void)state;
	rig_open(&r, false);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	rig_close(&r);
	while (kept_count)
		free(kept[--kept_count]);
	free(kept);
	kept = NULL;
	return 0;
}

static void
sql(const char *text)
{
	kept = xrealloc(kept, (kept_count + 1) * sizeof(*kept));
	kept[kept_count++] = xstrdup(text);
	if (db_run(r.core.db, kept[kept_count - 1], "") < 0 || db_commit(r.core.db) != 0)
		fail_msg("%s: %s", text, db_error(r.core.db));
}

/* Adds the moment, as it is written in SQL, to a statement with %lld in it. */
static void sql_at(const char *format, ...) PRINTF_LIKE(1, 2);
static void
sql_at(const char *format, ...)
{
	char text[2000];
	va_list ap;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	sql(text);
}

/* ---- whom a rule means ---- */

#define PEOPLE 300

static void
fill(uint64_t seed)
{
	struct test_random random = {seed};
	long long now = core_now(&r.core);
	for (int i = 1; i <= PEOPLE; i++) {
		sql_at("INSERT INTO contacts(id, phone, created, last_in) VALUES(%d, "
		       "'%s10%08d', %lld, %lld)",
			i, random_below(&random, 20) ? "+82" : "x", i,
			now - random_below(&random, 200) * DAY,
			random_below(&random, 3) ? 0LL
						 : now - random_below(&random, 99) * DAY);
		if (random_below(&random, 2))
			sql_at("INSERT INTO contact_stats(contact, orders, spent, "
			       "first_order, last_order, last_event) VALUES(%d, %d, %d, "
			       "%lld, %lld, %lld)",
				i, (int)random_below(&random, 4),
				(int)random_below(&random, 90000), now - 300 * DAY,
				random_below(&random, 4)
					? now - random_below(&random, 200) * DAY
					: 0LL,
				random_below(&random, 2)
					? now - random_below(&random, 200) * DAY
					: 0LL);
		if (random_below(&random, 3) == 0)
			sql_at("INSERT INTO tags(contact, name, at) VALUES(%d, 'vip', 1)",
				i);
		if (random_below(&random, 2))
			sql_at("INSERT INTO attributes(contact, name, text, updated) "
			       "VALUES(%d, 'city', '%s', 1)",
				i, random_below(&random, 2) ? "Seoul" : "Busan");
		if (random_below(&random, 2))
			sql_at("INSERT INTO shop_events(id, contact, name, at, value, "
			       "state) VALUES(%d, %d, 'order.paid', %lld, 1, 1)",
				i, i, now - random_below(&random, 300) * DAY);
	}
}

static const char *const rules[] = {
	"contact.orders >= 2",
	"contact.orders < 2",
	"contact.orders = 0",
	"contact.orders != 1",
	"contact.ltv > 10",
	"contact.ltv <= 10",
	"contact.aov > 5 or contact.tags has vip",
	"contact.last_order < 30d ago",
	"not contact.last_order < 30d ago",
	"contact.orders",
	"not contact.orders",
	"contact.last_order",
	"contact.orders in (1, 3)",
	"contact.orders in (0, 3)",
	"contact.orders >= 1 or contact.last_order >= 9d ago",
	"contact.orders >= contact.city",
	"contact.orders >= 1 and not (contact.tags has "
	"vip or contact.city = Seoul)",
	"contact.orders >= 2 and contact.last_order < 30d ago and contact.tags has vip "
	"and contact.city = Seoul and count(order.paid within 180d) >= 1",
	"count(order.paid within 180d) >= 1 and contact.city = Seoul and contact.tags "
	"has vip and contact.orders >= 1",
	"contact.engagement = silent and contact.orders >= 1",
	"contact.engagement = active and contact.tags has vip",
	"contact.last_sign >= 60d ago and contact.ltv >= 1",
	"contact.created >= 100d ago",
	"contact.city != Seoul and contact.interval > 3",
	"1 = 1 or contact.orders = 1",
};

static void
a_rule_means_the_same_people_however_it_is_asked(void **state)
{
	(void)state;
	fill(7);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
		uint64_t found[PEOPLE];
		struct crowd crowd;
		struct crowd_count n;
		int64_t now = core_now(&r.core);
		if (crowd_resolve(&r.core, "", rules[i], "", &crowd, &err) < 0)
			continue; /* what people cannot be chosen by is said elsewhere */
		size_t count =
			crowd_page(r.core.db, &crowd, now, 0, found, ARRAY_LEN(found));
		crowd_count(r.core.db, &crowd, now, MINUTE, 5, &n);
		size_t at = 0;
		for (uint64_t c = 1; c <= PEOPLE; c++) {
			bool nobody = db_number(r.core.db, 0,
				"SELECT count(*) FROM contacts WHERE id = $1 AND "
				"substr(phone, 1, 1) <> '+'",
				"u", c);
			if (nobody || !crowd_has(r.core.db, &crowd, c, now))
				continue;
			if (at >= count || found[at] != c)
				fail_msg("%s: %d is missing", rules[i], (int)c);
			at++;
		}
		if (at != count || n.matched != (int64_t)count || !n.whole ||
			n.looked_at != PEOPLE)
			fail_msg("%s: %zu by one, %zu in a page, %d counted", rules[i],
				at, count, (int)n.matched);
		assert_true(n.samples == MIN(count, 5u));
		for (size_t k = 0; k < n.samples; k++) /* the newest */
			assert_int_equal(n.sample[k], found[count - 1 - k]);
	}
}

/* A page goes on behind the last one, also where histories are walked. */
static void
pages_leave_nobody_out(void **state)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct crowd crowd;
	uint64_t page[7], last = 0;
	size_t n, all = 0;
	(void)state;
	fill(8);
	assert_int_equal(
		crowd_resolve(&r.core, "", "contact.orders >= 1", "", &crowd, &err), 0);
	while ((n = crowd_page(r.core.db, &crowd, core_now(&r.core), last, page, 7)) >
		0) {
		for (size_t i = 0; i < n; i++) {
			assert_true(page[i] > last);
			last = page[i];
		}
		all += n;
	}
	assert_int_equal(all,
		rig_count(&r, "SELECT count(*) FROM contact_stats s JOIN contacts c ON "
			      "c.id = s.contact WHERE s.orders >= 1 AND substr(c.phone, "
			      "1, 1) = '+'"));
}

/* ---- a report ---- */

static struct report
report_of(int64_t days, int64_t patience)
{
	struct report report;
	int64_t until = core_now(&r.core) + 1;
	report_count(r.core.db,
		&(struct report_ask){
			until - days * DAY, until, until, "Asia/Seoul", patience},
		&report);
	return report;
}

static const struct report_line *
line(const struct report *report, const char *script, const char *step,
	const char *variant)
{
	for (size_t i = 0; i < report->line_count; i++)
		if (!strcmp(report->lines[i].script, script) &&
			!strcmp(report->lines[i].step, step) &&
			!strcmp(report->lines[i].variant, variant))
			return &report->lines[i];
	fail_msg("no line %s %s %s", script, step, variant);
	return NULL;
}

/* Message n for contact n, a minute after the one before. */
static void
text(int n, const char *state, const char *class, const char *origin, const char *key)
{
	long long at = core_now(&r.core) - HOUR + n * MINUTE;
	sql_at("INSERT INTO messages(id, contact, outbound, state, class, text, origin, "
	       "key, updated) VALUES(%lld, %d, %d, '%s', '%s', 'x', '%s', %s%s%s, 1)",
		at << 20, n, strcmp(state, "received") != 0, state, class, origin,
		key ? "'" : "", key ? key : "NULL", key ? "'" : "");
}

static long long
id_of(int n)
{
	return (long long)(core_now(&r.core) - HOUR + n * MINUTE) << 20;
}

static void
people(int n)
{
	for (int i = 1; i <= n; i++)
		sql_at("INSERT INTO contacts(id, phone, created) VALUES(%d, "
		       "'+8210%08d', 1)",
			i, i);
}

static void
a_report_has_a_line_for_each_text(void **state)
{
	(void)state;
	people(9);
	sql("INSERT INTO campaigns(id, name, spec, state, created, updated) VALUES(7, "
	    "'flash', '{}', 'running', 1, 1)");
	sql("INSERT INTO campaign_members(campaign, contact, at, variant, what) "
	    "VALUES(7, 1, 1, 'plain', 'sent'), (7, 2, 1, 'short', 'sent')");
	text(1, "delivered", "marketing", "campaign", "c7:1");
	text(2, "sent", "marketing", "campaign", "c7:2");
	text(3, "suppressed", "marketing", "campaign", "c7r:3");
	text(4, "delivered", "service", "dialog", NULL);
	text(5, "failed", "service", "api", NULL);
	text(6, "received", "", "sms", NULL);
	text(7, "held", "marketing", "api", NULL);
	sql_at("INSERT INTO said(message, contact, run, script, hash, step, visit, "
	       "variant, basis, at) VALUES(%lld, 4, 5, 'optin', 'h', 'age', 1, 'b', "
	       "'asked', %lld)",
		id_of(4), id_of(4) >> 20);
	sql_at("INSERT INTO charges(message, contact, priority, channel, sim, at, parts, "
	       "cost) VALUES(%lld, 1, 3, 1, 's', 1, 1, 9000)",
		id_of(1));
	sql_at("INSERT INTO links(id, code, url, contact, message, made, clicked) "
	       "VALUES(1, 'aaaaaaa', 'https://x', 1, %lld, 1, 5), (2, 'bbbbbbb', "
	       "'https://y', 1, %lld, 1, 0), (3, 'ccccccc', 'https://y', 2, %lld, 1, 0)",
		id_of(1), id_of(1), id_of(2));
	sql_at("INSERT INTO consent(id, contact, address, at, action, scope, method) "
	       "VALUES(1, 4, '+', %lld, 'grant', 'marketing', 'keyword'), (2, 9, '+', "
	       "%lld, 'grant', 'marketing', 'import')",
		(long long)core_now(&r.core), (long long)core_now(&r.core));
	struct report report = report_of(1, MINUTE);
	assert_false(report.partial);
	assert_int_equal(report.missing, 0);
	assert_int_equal(report.texts.sent, 3);
	assert_int_equal(report.texts.received, 1);
	assert_int_equal(report.texts.failed, 1);
	assert_int_equal(report.texts.waiting, 1);
	assert_int_equal(report.texts.suppressed, 1);
	assert_int_equal(report.texts.promotions, 2);
	assert_int_equal(report.texts.reached, 2);
	assert_int_equal(report.texts.linked, 2); /* texts, not links */
	assert_int_equal(report.texts.clicked, 1);
	assert_int_equal(line(&report, "flash", "campaign", "plain")->clicked, 1);
	assert_int_equal(line(&report, "flash", "campaign", "plain")->cost, 9000);
	assert_int_equal(line(&report, "flash", "campaign", "short")->linked, 1);
	assert_int_equal(line(&report, "flash", "reminder", "")->kept, 1);
	assert_int_equal(line(&report, "optin", "age", "b")->delivered, 1);
	assert_int_equal(line(&report, "", "api", "")->failed, 1);
	/* One was asked and agreed; the other never was asked. */
	assert_int_equal(report.texts.asked, 1);
	assert_int_equal(report.texts.asked_agreed, 1);
	assert_int_equal(report.texts.agreed, 2);
	report_done(&report);
}

static void
a_report_that_is_cut_short_says_so(void **state)
{
	(void)state;
	people(3);
	text(1, "sent", "marketing", "api", NULL);
	struct report report = report_of(1, -SECOND);
	assert_true(report.partial);
	for (unsigned i = 0; i < REPORT_PARTS; i++)
		assert_true(report.missing & REPORT_PART(i));
	assert_int_equal(report.texts_until, report.ask.from);
	assert_int_equal(report.texts.sent, 0);
	report_done(&report);
	report = report_of(1, MINUTE);
	assert_false(report.partial);
	assert_int_equal(report.texts_until, report.ask.until);
	report_done(&report);
}

/* More lines than there is room for: the sums stay right. */
static void
a_report_of_too_many_lines(void **state)
{
	(void)state;
	people(1);
	sql_at("INSERT INTO messages(id, contact, outbound, state, class, text, origin, "
	       "updated) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
	       "WHERE i < 5000) SELECT (%lld + i) * 1048576, 1, 1, 'sent', 'service', "
	       "'x', 'dialog', 1 FROM n",
		(long long)core_now(&r.core) - HOUR);
	sql("INSERT INTO said(message, contact, run, script, hash, step, visit, at) "
	    "SELECT id, 1, 1, 'many', 'h', 'step' || id, 1, 1 FROM messages");
	struct report report = report_of(1, MINUTE);
	assert_int_equal(report.texts.sent, 5000);
	assert_int_equal(report.line_count, REPORT_LINES);
	report_done(&report);
}

/* ---- a campaign's figures ---- */

static void
figures_that_are_cut_short_judge_nothing(void **state)
{
	static struct campaign_row row = {.id = 7, .name = "flash"};
	static struct spec spec = {.variant_count = 1, .within = DAY};
	struct campaign_report report;
	(void)state;
	sql("INSERT INTO contacts(id, phone, created) WITH RECURSIVE n(i) AS (SELECT 1 "
	    "UNION ALL SELECT i + 1 FROM n WHERE i < 6000) SELECT i, '+8210' || (i + "
	    "10000000), 1 FROM n");
	sql("INSERT INTO campaigns(id, name, spec, state, created, updated) VALUES(7, "
	    "'flash', '{}', 'running', 1, 1)");
	sql("INSERT INTO campaign_members(campaign, contact, at, what) SELECT 7, id, 1, "
	    "'sent' FROM contacts");
	campaign_measure_within(r.core.db, &row, &spec, -SECOND, &report);
	assert_true(report.partial);
	assert_true(report.looked_at > 0 && report.looked_at < 6000);
	assert_int_equal(report.planned, 6000);
	campaign_measure_within(r.core.db, &row, &spec, MINUTE, &report);
	assert_false(report.partial);
	assert_int_equal(report.looked_at, 6000);
	assert_int_equal(report.of[0].people, 6000);
}

/* ---- whose an order is ---- */

static void
left_at(int n, int64_t at)
{
	sql_at("INSERT INTO attempts(id, message, part, channel, sim, tail, at, state, "
	       "done_at) VALUES(%d, %lld, 1, (SELECT min(id) FROM channels), '', '', 1, "
	       "'sent', %lld)",
		n, id_of(n), (long long)at);
}

static void
the_last_touch_counts_and_a_journeys_own_service_texts_too(void **state)
{
	struct credit credit;
	int64_t now = core_now(&r.core);
	(void)state;
	people(2);
	text(1, "sent", "service", "dialog", NULL);
	left_at(1, now - 50 * MINUTE);
	sql_at("INSERT INTO said(message, contact, run, script, hash, step, visit, at) "
	       "VALUES(%lld, 1, 44, 'review', 'h', 'ask', 1, 1)",
		id_of(1));
	/* An order's own look: service texts bring nobody. A journey's: its own do. */
	assert_false(credit_find(r.core.db, 1, now, 0, DAY, 0, &credit));
	assert_false(credit_find(r.core.db, 1, now, 0, DAY, 45, &credit));
	assert_true(credit_find(r.core.db, 1, now, 0, DAY, 44, &credit));
	assert_true((long long)credit.message == id_of(1));
	/* Not after its time, and not once a promotion came later. */
	assert_false(credit_find(r.core.db, 1, now, 0, 10 * MINUTE, 44, &credit));
	sql_at("INSERT INTO messages(id, contact, outbound, state, class, text, origin, "
	       "updated) VALUES(%lld, 1, 1, 'sent', 'marketing', 'x', 'campaign', 1)",
		id_of(5));
	left_at(5, now - 20 * MINUTE);
	assert_true(credit_find(r.core.db, 1, now, 0, DAY, 44, &credit));
	assert_true((long long)credit.message == id_of(5));
}

/* ---- on paper ---- */

static void
a_page_in_the_shops_language(void **state)
{
	static const struct {
		const char *language, *has[6];
	} pages[] = {
		{"ko", {"<html lang=ko>", "지표", "일별 매출", "aria-label=\"일별 매출",
			       "표로 보기", "n&nbsp;=&nbsp;40 중 30"}},
		{"en", {"<html lang=en>", "Measures", "Revenue by day",
			       "aria-label=\"Revenue by day", "the same as a table",
			       "30 of n&nbsp;=&nbsp;40"}},
	};
	json_t *report = json_pack(
		"{s:s,s:s,s:s,s:s,s:b,s:b,s:[s],s:[{s:s,s:s,s:s,s:f,s:i,s:i,s:b,s:b,s:s},"
		"{s:s,s:"
		"s,s:s,s:n,s:i,s:b,s:b,s:s}],s:[{s:s,s:f,s:i,s:i,s:i,s:i}]}",
		"from", "2026-11-01T00:00:00Z", "until", "2026-11-02T00:00:00Z", "zone",
		"UTC", "currency", "KRW", "empty", 0, "partial", 0, "notes",
		"<script>alert(1)</script>", "measures", "name", "click", "title",
		"Clicked", "unit", "percent", "value", 75.0, "of", 30, "n", 40, "small",
		0, "missing", 0, "formula", "a / b", "name", "roi", "title", "ROI",
		"unit", "percent", "value", "n", 0, "small", 1, "missing", 1, "formula",
		"c", "days", "day", "2026-11-01", "revenue", 1000.0, "orders", 1, "sent",
		2, "received", 0, "left", 0);
	(void)state;
	assert_non_null(report);
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		struct strbuf out AUTO(strbuf_done) = STRBUF_INIT(1 << 20);
		report_html(report, "A & <b>", pages[i].language, &out);
		for (size_t k = 0; k < ARRAY_LEN(pages[i].has); k++)
			if (!strstr(out.s, pages[i].has[k]))
				fail_msg("no %s in %s", pages[i].has[k], out.s);
		/* Nothing from elsewhere, nothing of theirs as markup. */
		assert_null(strstr(out.s, "http"));
		assert_null(strstr(out.s, "<script"));
		assert_null(strstr(out.s, "src="));
		assert_non_null(strstr(out.s, "A &amp; &lt;b&gt;"));
	}
	struct strbuf csv AUTO(strbuf_done) = STRBUF_INIT(1 << 20);
	report_csv(report, &csv);
	assert_non_null(
		strstr(csv.s, "name,title,unit,value,of,n,small,missing,formula\r\n"));
	assert_non_null(
		strstr(csv.s, "\"roi\",\"ROI\",\"percent\",,,0,yes,yes,\"c\"\r\n"));
	json_decref(report);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_rule_means_the_same_people_however_it_is_asked),
		TEST(pages_leave_nobody_out),
		TEST(a_report_has_a_line_for_each_text),
		TEST(a_report_that_is_cut_short_says_so),
		TEST(a_report_of_too_many_lines),
		TEST(figures_that_are_cut_short_judge_nothing),
		TEST(the_last_touch_counts_and_a_journeys_own_service_texts_too),
		cmocka_unit_test(a_page_in_the_shops_language),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
