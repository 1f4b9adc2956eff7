/* How SQLite means to run what the shop, its journeys, its desk and its webhooks need:
 * see tests/lib/plans.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/store/contacts.h"
#include "gateway/store/contacts_list.h"
#include "gateway/store/coupons.h"
#include "gateway/store/desk.h"
#include "gateway/store/entries.h"
#include "gateway/store/hooks.h"
#include "gateway/store/links.h"
#include "gateway/store/products.h"
#include "gateway/store/shop_events.h"
#include "gateway/store/source_files.h"
#include "gateway/store/stats.h"
#include "gateway/store/tickets.h"
#include "tests/lib/plans.h"

static uint64_t ids[8];

/* What the others point to. */
static void
somebody(void)
{
	struct contact c;
	bool fresh;
	contact_take(t.db, "+821055501234", 1, 1, &c, &fresh);
}

static bool
any_contact(void *arg, const struct contact *c)
{
	(void)arg, (void)c;
	return true;
}
static void
list_contacts(void)
{
	contacts_list(t.db, &(struct contact_filter){.limit = 8}, any_contact, NULL);
	struct contact_filter vip = {.tag = "vip", .limit = 8};
	contacts_list(t.db, &vip, any_contact, NULL);
}

static void
shop_events(void)
{
	struct shop_event_row rows[4];
	struct shop_event_sum sum;
	struct strbuf room = STRBUF_INIT(4096);
	int64_t print;
	shop_event_told(t.db, "e", "order.paid", &print);
	shop_events_within(t.db, 1, "order.paid", 0, 1, 5);
	shop_events_since(t.db, 1, "order.paid", 1, 9, rows, 4, &room);
	shop_events_latest(t.db, 1, "order.paid", 1, 9, rows, 4, &room);
	shop_events_sum(t.db, 1, "order.paid", 0, &sum);
	shop_event_heard(t.db, 1);
	contact_by_external(t.db, "c");
	strbuf_done(&room);
}

static void
unheard_events(void)
{
	struct shop_event_row rows[4];
	struct strbuf room = STRBUF_INIT(4096);
	shop_events_oldest(t.db);
	shop_events_unheard(t.db, rows, 4, &room);
	strbuf_done(&room);
}

static void
who_is_in_a_journey(void)
{
	struct entry_row row;
	int64_t last, starts;
	assert_false(entry_load(t.db, 1, &row));
	assert_false(entry_load_live(t.db, 1, "x", "", &row));
	entries_of(t.db, 1, ids, 8);
	entry_past(t.db, 1, "x", 1, &last, &starts);
	entry_said(t.db, 1, "", 1);
	entry_reach(t.db, 1, &(struct entry_goal){.at = 1});
}

static void
whose_goal(void)
{
	entry_without_goal(t.db, 1, "x", 1);
}

static void
clocks_of_journeys(void)
{
	entries_due(t.db, 1, ids, 8);
	entries_next(t.db);
}

static void
looks_through_people(void)
{
	struct scan_row scan;
	struct scan_date dates[4];
	assert_false(scan_load(t.db, "x", &scan));
	scan_upto(t.db, 1, 4);
	scan_dates(t.db, "birthday", 1, dates, 4);
	scan_dates(t.db, "first_order", 1, dates, 4);
	scan_member_set(t.db, "x", 1, false);
	scan_members(t.db, "x", 1, 2, ids, 8);
}

static void
what_orders_say(void)
{
	struct contact_stats stats;
	stats_load(t.db, 1, &stats);
	stats_adopt(t.db, 1, "+821055501234");
	stats_happened(t.db, 1, 1);
	purchase_put(t.db, &(struct purchase){.number = "1",
				   .source = "",
				   .phone = "+821055501234",
				   .said = 1,
				   .counts = true,
				   .goods = true,
				   .at = 1});
}

static void
products(void)
{
	struct product p;
	assert_false(product_load(t.db, "x", &p));
	assert_false(product_upgrade(t.db, "x", &p));
	assert_false(product_pack(t.db, "x", &p));
	products_list(t.db, "x", 10, NULL, NULL);
}

static void
links(void)
{
	struct link_row like = {.contact = 1, .url = "u", .script = "s", .step = "t"};
	struct strbuf url = STRBUF_INIT(100);
	struct link_row row;
	assert_false(link_unbound(t.db, &like, like.code));
	assert_false(link_load(t.db, "x", &row, &url));
	links_bind(t.db, 1, &like);
	strbuf_done(&url);
}

static void
credit_by_click(void)
{
	struct credit c;
	assert_false(credit_find(t.db, 1, DAY, DAY, 0, 9, &c));
}

static void
codes(void)
{
	char code[COUPON_CODE];
	struct coupon c;
	struct coupon_for w = {.contact = 1, .script = "s", .step = "t"};
	assert_false(coupon_next(t.db, "x", code));
	assert_false(coupon_load(t.db, "x", &c));
	assert_false(coupon_unbound(t.db, "x", &w, code));
	coupons_bind(t.db, 1, &w);
}

static void
friends(void)
{
	struct referral r;
	assert_false(referral_of(t.db, 1, &r));
	assert_false(referral_due(t.db, 1, &r));
}

static bool
any_text(void *arg, const struct desk_text *text)
{
	(void)arg, (void)text;
	return true;
}
static bool
any_agent(void *arg, const struct desk_agent *a)
{
	(void)arg, (void)a;
	return true;
}
static void
desk_counts(void)
{
	struct desk_counts counts;
	desk_count(t.db, &counts);
}
static void
desk_customer(void)
{
	struct strbuf out AUTO(strbuf_done) = STRBUF_INIT(100);
	desk_promotions(t.db, 1, 3, any_text, NULL);
	desk_running(t.db, 1, &out);
	contact_blocked(t.db, 1);
	contact_set_blocked(t.db, 1, 5);
	ticket_last_answer(t.db, 1, 2);
	ticket_taken_back(t.db, 2);
}
static void
desk_next(void)
{
	desk_scheduled(t.db, 1, 1, any_text, NULL);
}
static void
desk_day(void)
{
	struct desk_day day;
	desk_figures(t.db, 0, 5, &day);
}
static void
desk_staff(void)
{
	desk_median_answer(t.db, 5);
	desk_agents(t.db, 5, 12, any_agent, NULL);
}
static bool
any_delivery(void *arg, const struct delivery *d, const char *event)
{
	(void)arg, (void)d, (void)event;
	return true;
}

static void
hooks_and_events(void)
{
	struct hook_row row;
	struct hook_event events[2];
	hook_load(t.db, "shop", &row);
	hook_save(t.db, &(struct hook_row){.id = 1});
	hook_events(t.db, 5, 9, events, 2);
	hook_event_load(t.db, 5, events);
	hooks_newest_event(t.db);
}

static void
deliveries_due(void)
{
	struct delivery rows[2];
	delivery_head(t.db, 1, 0, rows);
	deliveries_ready(t.db, 1, 5, rows, 2);
	deliveries_next_due(t.db, 1);
	deliveries_count(t.db, 1, DELIVERY_DEAD);
	delivery_load(t.db, 1, rows);
	delivery_save(t.db, &(struct delivery){.id = 1});
	deliveries_revive(t.db, 1, 5, 6, 10);
}

static void
deliveries_pages(void)
{
	struct delivery_filter f = {.hook = 1, .limit = 10};
	deliveries_list(t.db, &f, any_delivery, NULL);
	f.state = "dead";
	deliveries_list(t.db, &f, any_delivery, NULL);
}

static void
deliveries_old(void)
{
	deliveries_purge(t.db, 5, 5, 10);
	callbacks_purge(t.db, 5, 10);
}

static void
callbacks(void)
{
	struct callback c;
	callback_load(t.db, 5, &c);
}

static void
any_refused(void *arg, size_t place, const char *why)
{
	(void)arg, (void)place, (void)why;
}

static void
any_line(void *arg, const char *word, const char *item)
{
	(void)arg, (void)word, (void)item;
}

static void
files_of_folders(void)
{
	static struct source_file files[4];
	char word[128];
	source_file_find(t.db, "naver", "hash", &files[0]);
	source_files_list(t.db, files, 4);
	source_refused_each(t.db, 5, any_refused, NULL);
	source_refused_clear(t.db, 5);
	source_line_word(t.db, "naver", "1", word);
	source_lines_each(t.db, "naver", "1", any_line, NULL);
}

static const struct plan_row rows[] = {
	{"files of watched folders", files_of_folders, "source_files"},
	{"somebody", somebody},
	{"how many wait", desk_counts, "tickets_late"},
	{"a customer at the desk", desk_customer, NULL, true},
	{"what a customer gets next", desk_next, NULL, true},
	{"a day in figures", desk_day},
	{"answers of the staff", desk_staff, "some", true},
	{"webhooks and their events", hooks_and_events},
	{"deliveries due", deliveries_due, "few"},
	{"a page of deliveries", deliveries_pages},
	{"deliveries that are old", deliveries_old},
	{"what a request asked for", callbacks},
	{"contacts, all and by tag", list_contacts},
	{"what the shop told", shop_events, "s"},
	{"what journeys have not heard", unheard_events, "shop_events_new"},
	{"who is in a journey", who_is_in_a_journey},
	{"whose goal it is", whose_goal, NULL, true},
	{"clocks of journeys", clocks_of_journeys, "entries_due"},
	{"looks through all people", looks_through_people, "s"},
	{"what follows from orders", what_orders_say, "g"},
	{"products", products},
	{"links", links},
	{"what an order is credited to", credit_by_click, "clicks_contact"},
	{"codes", codes},
	{"friends", friends},
};

static void
every_statement_has_its_index(void **state)
{
	(void)state;
	plans_judge(rows, ARRAY_LEN(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_statement_has_its_index),
	};
	return cmocka_run_group_tests(tests, plans_set_up, plans_tear_down);
}
