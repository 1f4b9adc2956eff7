/* How SQLite means to run what campaigns and audiences need: see tests/lib/plans.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/core/core.h"
#include "gateway/core/outcome.h"
#include "gateway/outreach/walk.h"
#include "tests/lib/plans.h"
#include "tests/lib/rig.h" /* walk.h links the trade: it has handlers */

static struct campaign_row row = {.id = 7, .name = "spring", .state = "running"};
static struct spec spec = {.goal = "order.paid", .variant_count = 1, .within = DAY};
static uint64_t contacts[8];

static void
loading(void)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(1000);
	campaign_load(t.db, campaign_find(t.db, "spring"), &row, &text);
	campaign_load(t.db, 7, &row, &text);
	row.id = 7;
}

static void
saving(void)
{
	campaign_save(t.db, &row, 1);
	campaign_set_spec(t.db, 7, "{}", 1);
	campaign_set_sweep(t.db, 7, NULL);
}

static void
members(void)
{
	campaign_member_known(t.db, 7, 8);
}

static void
next_live(void)
{
	campaign_next_live(t.db, 0);
}

static void
sweeping(void)
{
	char key[80] = "";
	(void)!campaign_sweep(
		t.db, 7, CAMPAIGN_HOLD, key, sizeof(key), "x", 1, contacts, 8);
}

static void
anything_left(void)
{
	(void)!campaign_empty(t.db, 7);
}

static void
audiences(void)
{
	static struct audience_named a;
	audience_find(t.db, "press", &a);
	audience_has(t.db, 7, 8);
	audience_drop(t.db, 7, 8);
}

static void
figures(void)
{
	static struct campaign_report report;
	campaign_measure(t.db, &row, &spec, &report);
}

static void
reminded(void)
{
	static struct walk_page page = {
		.spec = &spec, .campaign = 7, .kind = WALK_REMIND};
	walk_read(t.db, &page);
}

/* A page of an audience of every kind of clause. */
static void
people(void)
{
	static struct crowd crowd = {.rules = {"contact.orders >= 2 and contact.tags has "
					       "vip and contact.city = Seoul and "
					       "count(order.paid within 90d) >= 1 and "
					       "contact.engagement = active"},
		.rule_count = 1,
		.list = 7,
		.zone = "Asia/Seoul"};
	crowd_page(t.db, &crowd, 1, 0, contacts, 8);
}

static const struct plan_row rows[] = {
	{"a campaign", loading}, {"saving it", saving}, {"who was written to", members},
	{"which is under way", next_live, .walks = "campaigns"},
	{"clearing up", sweeping}, {"is anything left", anything_left},
	{"audiences", audiences}, {"figures", figures}, {"a reminder", reminded},
	{"a page of people", people, .walks = "ev"}, /* one person's events */
};

static void
every_statement_has_its_index(void **state)
{
	(void)state;
	plans_judge(rows, ARRAY_LEN(rows));
}

/* How the statement with this in it will be run, of what was heard. */
static bool
heard_uses(const char *part, const char *index)
{
	bool uses = false;
	for (size_t i = 0; i < t.count; i++) {
		sqlite3_stmt *stmt;
		char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", t.heard[i]);
		assert_int_equal(sqlite3_prepare_v2(t.beside, explain, -1, &stmt, NULL),
			SQLITE_OK);
		while (strstr(t.heard[i], part) && sqlite3_step(stmt) == SQLITE_ROW)
			uses |= strstr((const char *)sqlite3_column_text(stmt, 3),
					index) != NULL;
		sqlite3_finalize(stmt);
		sqlite3_free(explain);
		free(t.heard[i]);
	}
	t.count = 0;
	return uses;
}

/* A million who agreed this week are not gone through for the few who left. */
static void
who_left_is_counted_among_those_who_left(void **state)
{
	(void)state;
	struct clock_sim clock;
	clock_sim_init(&clock, 400 * DAY);
	struct core core = {.db = t.db, .clock = &clock.clock};
	t.count = 0;
	outcome_look(&core);
	assert_true(heard_uses("'revoke'", "consent_left"));
	db_rollback(t.db);
}

int
main(void)
{
	rig = NULL; /* nothing is rigged here: the store alone is asked */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_statement_has_its_index),
		cmocka_unit_test(who_left_is_counted_among_those_who_left),
	};
	return cmocka_run_group_tests(tests, plans_set_up, plans_tear_down);
}
