/* How SQLite means to run what conversations, tickets, orders and the rights of people
 * need: see tests/lib/plans.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/store/access.h"
#include "gateway/store/audience.h"
#include "gateway/store/audit.h"
#include "gateway/store/erasure.h"
#include "gateway/store/lists.h"
#include "gateway/store/orders.h"
#include "gateway/store/repeats.h"
#include "gateway/store/rolls.h"
#include "gateway/store/runs.h"
#include "gateway/store/runs_list.h"
#include "gateway/store/said.h"
#include "gateway/store/tickets.h"
#include "gateway/store/variants.h"
#include "tests/lib/plans.h"

/* ---- one call of each; what it returns does not matter ---- */

static uint64_t ids[8];

static struct message
blank(enum message_state state)
{
	return (struct message){.id = 1, .state = state, .parts = 1};
}

static void
consent(void)
{
	consent_newest(t.db, 1);
}

static void
ticket(void)
{
	struct ticket k;
	ticket_open_for(t.db, 1);
	ticket_mutes(t.db, 1);
	ticket_last_text(t.db, 1);
	assert_false(ticket_load(t.db, 1, &k));
	assert_false(ticket_load_open(t.db, 1, &k));
	assert_false(ticket_load_last(t.db, 1, &k));
}

static void
change_ticket(void)
{
	struct ticket k = {.id = 1, .contact = 1};
	ticket_save(t.db, &k);
	ticket_take(t.db, 1, "minji", 1);
	tickets_free_promotions(t.db, 1, 1);
}

static void
ringing(void)
{
	tickets_ringing(t.db, 1, ids, 8);
	tickets_next_ring(t.db);
}

static void
unclaimed(void)
{
	int64_t since;
	tickets_unclaimed(t.db, 10, &since);
	moment_load(t.db, "when");
}

static void
runs_of_a_contact(void)
{
	run_talking(t.db, 1);
	runs_of(t.db, 1, ids, 8);
	run_last_end(t.db, 1);
	run_tell_run(t.db, 1, "closed");
}

static void
last_advance(void)
{
	run_last_advance(t.db, 1);
}

static void
one_run(void)
{
	struct run_row row = {.id = 1};
	run_load(t.db, 1, &row);
	run_save(t.db, &row);
	run_tell(t.db, 1, "sent");
}

static void
any_run(void *arg, const struct run_row *run, const char *phone, int64_t due)
{
	(void)arg, (void)run, (void)phone, (void)due;
}
static void
list_runs(const char *script, const char *state, const char *phone)
{
	runs_list(t.db, &(struct run_filter){script, state, phone, 1, 10}, any_run, NULL);
}
static void
list_all_runs(void)
{
	struct run_text texts[4];
	list_runs(NULL, NULL, NULL);
	list_runs(NULL, "ended", NULL);
	list_runs(NULL, "reply", NULL);
	list_runs("quiz", NULL, NULL);
	list_runs("quiz", "live", NULL);
	run_texts(t.db, 1, texts, 4);
}
static void
list_live_runs(void)
{
	list_runs(NULL, "live", NULL);
}
static void
list_runs_to_begin(void)
{
	list_runs(NULL, "settling", NULL);
	list_runs("quiz", "waiting", NULL);
}
static void
list_runs_of_somebody(void)
{
	struct timer_row timers[4];
	list_runs(NULL, "live", "+821055501234");
	list_runs("quiz", NULL, "+821055501234");
	timers_of(t.db, 1, timers, 4);
}
static void
any_test(void *arg, const struct variant_test *row)
{
	(void)arg, (void)row;
}
static void
variant_tests(void)
{
	struct variant_test row = {.script = "cart", .state = "open"};
	variant_test_load(t.db, "cart", "one", "0", &row);
	variant_test_save(t.db, &row);
	variant_tests_list(t.db, "cart", 10, any_test, NULL);
}
static void
variant_counts(void)
{
	struct variant_count c = {.script = "cart", .step = "one", .variant = "a"};
	for (int i = 0; i < 3; i++) {
		snprintf(c.judge, sizeof(c.judge), "%s",
			i == 0   ? "goal"
			: i == 1 ? "click"
				 : "reply");
		variant_count_page(t.db, &c, 100);
	}
}
static void
variant_tests_all(void)
{
	struct variant_test row;
	variant_tests_open(t.db, "", "", "", &row, 1);
	variant_tests_list(t.db, NULL, 10, any_test, NULL);
}
static void
live_runs(void)
{
	runs_live(t.db, 1, ids, 8);
}

static void
told_runs(void)
{
	runs_told(t.db, ids, 8);
}

static void
timers(void)
{
	struct timer_row due[4];
	timers_due(t.db, 1, due, 4);
	timer_delete(t.db, 1);
	timers_forget(t.db, 1);
}

static void
next_timer(void)
{
	timers_next(t.db);
}

static void
texts_of_the_bot(void)
{
	int64_t all, same;
	run_count_texts(t.db, 1, 1, "x", &all, &same);
}

static void
script_versions(void)
{
	struct script_row row = {"a", "b"};
	struct strbuf text = STRBUF_INIT(100);
	script_keep(t.db, &row, "text", 1);
	script_recall(t.db, &row, &text);
	*row.hash = '\0';
	script_recall(t.db, &row, &text);
	strbuf_done(&text);
}

static void
versions_followed(void)
{
	struct script_row rows[4];
	scripts_followed(t.db, rows, 4);
}

static void
attributes(void)
{
	struct attribute a = {.text = "x"};
	struct strbuf text = STRBUF_INIT(100);
	attribute_load(t.db, 1, "name", &a, &text);
	tag_remove(t.db, 1, "tag");
	tags_list(t.db, 1, &text);
	strbuf_done(&text);
}

static void
events_by_name(void)
{
	int64_t first, last;
	events_count(t.db, 1, "order.paid", 1, &first, &last);
}

static void
said_by(void)
{
	struct said_row row;
	struct strbuf text = STRBUF_SENTENCE;
	said_load(t.db, 1, &row, &text);
	strbuf_done(&text);
}

static void
told_what_they_asked(void)
{
	said_on_request(t.db, 1, "restock", 1, 2);
}

static void
attribute_gone(void)
{
	attribute_delete(t.db, 1, "color");
}

static bool
any_ticket(void *arg, const struct ticket_item *k)
{
	(void)arg, (void)k;
	return true;
}

static void
list_tickets(void)
{
	struct ticket_filter f = {
		.last = SHELF_ASLEEP, .limit = 50, .after_place = INT64_MIN};
	tickets_list(t.db, &f, any_ticket, NULL);
	ticket_item_load(t.db, 1, any_ticket, NULL);
}

static bool
any_line(void *arg, const struct thread_line *line)
{
	(void)arg, (void)line;
	return true;
}

static void
thread(void)
{
	struct ticket k = {.id = 1, .contact = 1, .open = true};
	ticket_thread(t.db, &k, 3, 100, 0, any_line, NULL);
}

static bool
any_order(void *arg, const struct order *o)
{
	(void)arg, (void)o;
	return true;
}

static bool
any_audit(void *arg, const struct audit_row *row)
{
	(void)arg, (void)row;
	return true;
}

static void
whose_token(void)
{
	struct token token;
	token_by_handle(t.db, "0123", &token);
	token_by_name(t.db, "shop", &token);
	token_load(t.db, 1, &token);
	token_used(t.db, 1, 1);
	tokens_revoke_of(t.db, 1, 1);
}

static void
whose_login(void)
{
	struct staff staff;
	staff_by_login(t.db, "soyeon", &staff);
	staff_by_name(t.db, "soyeon", &staff);
	staff_tickets(t.db, "soyeon", ids, 8);
}

static void
audit_pages(void)
{
	audit_list(t.db, NULL, 0, 50, any_audit, NULL);
	audit_list(t.db, "soyeon", 0, 50, any_audit, NULL);
}

static void
repeats(void)
{
	struct repeat r = {.answer = STRBUF_INIT(16)};
	repeat_load(t.db, "1", "key", &r);
	repeat_save(t.db, "1", "key", &r, 1, 0);
	events_newest(t.db);
}

static void
orders_all(void)
{
	orders_list(t.db, &(struct order_filter){.limit = 50}, any_order, NULL);
}

static void
orders_of_phone(void)
{
	struct order_filter f = {.phone = "+821055501234", .limit = 50};
	orders_list(t.db, &f, any_order, NULL);
}

static void
orders_in_state(void)
{
	orders_list(t.db, &(struct order_filter){.state = "paid", .limit = 50}, any_order,
		NULL);
}

static void
put_order(void)
{
	static const struct order_item item = {"x", "", "", 1, 5, true};
	struct order_facts f = {.number = "1",
		.source = "",
		.has_total = true,
		.has_placed = true,
		.has_items = true,
		.items = &item,
		.item_count = 1};
	uint64_t id;
	char currency[4];
	assert_int_equal(order_put(t.db, &f, 1, 1, &id), ORDER_NEW);
	assert_int_equal(order_put(t.db, &f, 2, 1, &id), ORDER_SAME);
	order_currency(t.db, "1", "", currency);
}

static void
audience(void)
{
	static struct audience_chunk chunk;
	struct contact c;
	bool fresh;
	contact_take(t.db, "+821055501239", 9, 1, &c, &fresh);
	audience_add(t.db, 7, 9, NULL);
	audience_read(t.db, 7, 0, 0, 8, &chunk);
	assert_int_equal(chunk.count, 1);
	audience_chunk_done(&chunk);
	audience_read_tagged(t.db, "vip", 0, 0, 8, &chunk);
	audience_chunk_done(&chunk);
	audience_clear(t.db, 7, 8);
}

static void
rolls(void)
{
	struct roll im = {.id = 5, .last_id = 50, .state = "open", .columns = "phone"};
	struct roll other;
	uint64_t few[8];
	roll_insert(t.db, &im);
	roll_save(t.db, &im);
	roll_load(t.db, 5, &other);
	roll_undoing(t.db, &other);
	roll_made(t.db, &im, few, 8);
	roll_found(t.db, &im, few, 8);
}

static void
roll_rows(void)
{
	roll_contact(t.db, 8, "+821055501230", 1, 5);
	roll_marks(t.db, 8, 5);
	roll_touched(t.db, 5, 8);
	roll_keep(t.db, 5, 8, "name");
	roll_keep_tag(t.db, 5, 8, "vip");
	tag_there(t.db, 8, "vip");
}

static void
roll_back(void)
{
	struct roll im = {.id = 5, .at = 7};
	bool grant;
	roll_said_no(t.db, 8);
	roll_last_word(t.db, 5, 8, &grant);
	roll_strip(t.db, &im, 8);
	roll_put_back(t.db, &im, 8);
}

static void
forgotten(void)
{
	struct erasure e = {.contact = 9};
	struct erasure_counts counts;
	char scope[12];
	int64_t at;
	suppression_find(t.db, "x", scope, &at);
	erasure_count(t.db, 9, "+821055501239", &counts);
	erasure_walk_events(t.db, &e, 8);
	erasures_release(t.db, 1, 8);
}

static void
next_forgotten(void)
{
	struct erasure e;
	erasure_next(t.db, &e);
}

static void
emptied(void)
{
	struct erasure e = {.contact = 9};
	struct message m = blank(MESSAGE_RECEIVED);
	m.id = 99;
	m.text = (char *)"x";
	m.contact = 9;
	m.outbound = false;
	message_insert(t.db, &m, 0);
	assert_int_equal(erasure_empty_texts(t.db, &e, 8), 1);
	erasure_texts_left(t.db, 9);
}

static void
purges(void)
{
	for (int i = 0; i < PURGE_KINDS; i++)
		purge_some(t.db, (enum purge_what)i, DAY, 8);
}

static const struct plan_row rows[] = {
	{"imports", rolls, "imports_undoing"},
	{"rows of an import", roll_rows},
	{"an import taken back", roll_back},
	{"runs of a contact", runs_of_a_contact, NULL, true},
	{"when a contact last answered", last_advance, NULL, true},
	{"one run", one_run},
	{"live runs", live_runs, "runs_live"},
	{"runs as a list", list_all_runs},
	{"live runs as a list", list_live_runs, "runs_live"},
	{"a test of variants", variant_tests, NULL, true},
	{"what each variant brought", variant_counts, "s"},
	{"all tests of variants", variant_tests_all, "sqlite_autoindex_variant_tests_1",
		true},
	{"journeys that have not begun", list_runs_to_begin},
	{"runs of somebody as a list", list_runs_of_somebody, NULL, true},
	{"runs that were told", told_runs, "runs_told"},
	{"timers", timers},
	{"the next timer", next_timer, "timers_due"},
	{"texts of the bot", texts_of_the_bot, "s"},
	{"versions of a script", script_versions},
	{"versions that are followed", versions_followed, "runs_version"},
	{"attributes and tags", attributes},
	{"a contact's last consent", consent},
	{"a contact's ticket", ticket},
	{"a ticket changes", change_ticket},
	{"tickets whose clock rings", ringing},
	{"who waits unclaimed", unclaimed},
	{"a contact's events of a name", events_by_name, "events_of_contact"},
	{"which step said a text", said_by},
	{"told what they asked for", told_what_they_asked, "messages_contact"},
	{"an attribute is emptied", attribute_gone},
	{"a page of tickets", list_tickets},
	{"a thread", thread, "newest", true},
	{"whose a token is", whose_token},
	{"whose a login is", whose_login},
	{"a page of the audit log", audit_pages},
	{"a request that comes again", repeats, NULL, true},
	{"orders, all", orders_all},
	{"orders of a phone", orders_of_phone},
	{"orders in a state", orders_in_state},
	{"an order told of", put_order, NULL, true},
	{"a chunk of an audience", audience, "some", true},
	{"who was forgotten", forgotten, "some"},
	{"the next to forget", next_forgotten, "erasures_working"},
	{"texts emptied", emptied},
	{"what is thrown away", purges, "some"},
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
