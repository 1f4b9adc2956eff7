/* How SQLite means to run what texts, channels, conversations and people need: see
 * tests/lib/plans.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/store/access.h"
#include "gateway/store/arrivals.h"
#include "gateway/store/attempts.h"
#include "gateway/store/attributes.h"
#include "gateway/store/audience.h"
#include "gateway/store/audit.h"
#include "gateway/store/channels.h"
#include "gateway/store/contacts.h"
#include "gateway/store/erasure.h"
#include "gateway/store/joins.h"
#include "gateway/store/ledger.h"
#include "gateway/store/lists.h"
#include "gateway/store/messages.h"
#include "gateway/store/orders.h"
#include "gateway/store/providers.h"
#include "gateway/store/repeats.h"
#include "gateway/store/reports.h"
#include "gateway/store/rolls.h"
#include "gateway/store/runs.h"
#include "gateway/store/said.h"
#include "gateway/store/tickets.h"
#include "tests/lib/plans.h"

/* ---- one call of each; what it returns does not matter ---- */

static uint64_t ids[8];

static bool
any_message(void *arg, const struct message *m)
{
	(void)arg, (void)m;
	return true;
}

static void
list_messages(const char *state, const char *phone)
{
	messages_list(t.db, &(struct message_filter){state, phone, 1, 0, 50}, any_message,
		NULL);
}

static void
messages_all(void)
{
	list_messages(NULL, NULL);
}
static void
messages_by_state(void)
{
	list_messages("sent", NULL);
}
static void
messages_by_phone(void)
{
	list_messages(NULL, "+821055501234");
}
static void
messages_by_both(void)
{
	list_messages("sent", "+821055501234");
}

static void
counts(void)
{
	int64_t all[MESSAGE_STATES];
	messages_count(t.db, all);
}

static void
load_message(void)
{
	struct message m;
	assert_false(message_load(t.db, 1, &m));
}

static void
by_key(void)
{
	int64_t fingerprint;
	message_by_key(t.db, "key", &fingerprint);
}

static void
settle(void)
{
	uint64_t route;
	int priority;
	messages_settle(t.db, 1, 1000, &route, &priority);
}

static void
ready(void)
{
	struct queue_entry entries[4];
	messages_ready(t.db, 1, entries, 4);
}

static struct message
blank(enum message_state state)
{
	return (struct message){.id = 1, .state = state, .parts = 1};
}

static void
move(void)
{
	struct message m = blank(MESSAGE_QUEUED);
	message_move(t.db, &m, MESSAGE_SENDING, "", 1);
	message_take_part(t.db, &m, 1, "sim", 1);
	message_done(&m);
}

static void
hold(void)
{
	struct message m = blank(MESSAGE_QUEUED);
	message_hold(t.db, &m, "why", 10, 1);
	message_pin(t.db, &m, 1, "sim");
	message_set_parts_done(t.db, &m, 0);
	message_set_tries(t.db, &m, 1);
	message_renew(t.db, &m, 10);
	message_done(&m);
}

static void
due(void)
{
	messages_due(t.db, 1, ids, 8);
}
static void
next_due(void)
{
	messages_next_due(t.db);
}
static void
overdue(void)
{
	messages_overdue(t.db, 1, ids, 8);
}
static void
unsent(void)
{
	messages_unsent(t.db, 1, "marketing", ids, 8);
}
static void
in_state(void)
{
	messages_in_state(t.db, MESSAGE_SENDING, 0, ids, 8);
}
static void
waiting_for(void)
{
	messages_waiting_for(t.db, 1);
}

static bool
any_attempt(void *arg, const struct attempt *a)
{
	(void)arg, (void)a;
	return true;
}

static void
list_attempts(void)
{
	attempts_list(t.db, 1, any_attempt, NULL);
}
static void
unsettled_of(void)
{
	attempts_unsettled(t.db, 1, "unknown", ids, 8);
}
static void
unsettled_all(void)
{
	attempts_unsettled(t.db, 0, "open", ids, 8);
}
static void
doubtful(void)
{
	attempt_doubtful(t.db, 1);
}
static void
move_attempt(void)
{
	attempt_move(t.db, 1, "open", "sent", 1, -1, "", 1);
}
static void
report_attempt(void)
{
	attempt_set_report(t.db, 1, "delivered", 1);
}

static void
load_attempt(void)
{
	struct attempt a;
	assert_false(attempt_load(t.db, 1, &a));
}

static void
matching(void)
{
	struct attempt_match found[4];
	attempts_matching(t.db, "sim", 7, 1, found, 4);
}

static void
reports_of(void)
{
	struct attempt_reports parts;
	attempts_reports(t.db, 1, &parts);
}

static void
take_contact(void)
{
	struct contact c;
	bool fresh;
	contact_take(t.db, "+821055501234", 1, 1, &c, &fresh);
	contact_load(t.db, 1, &c);
	contact_heard(t.db, 1, 1, 1);
	contact_sent(t.db, 1, 1);
	contact_next_ref(t.db, 1);
}

static void
arrivals(void)
{
	static struct arrival a[2];
	arrivals_same(t.db, a, 1);
	arrivals_new(t.db, a, 2);
	arrival_load(t.db, 1, a);
	arrival_finish(t.db, 1, "done", 1, "");
}

static void
provider_calls(void)
{
	struct provider_call h;
	provider_call_next(t.db, 0, &h);
	provider_call_finish(t.db, 1, "done", "");
}
static void
provider_texts(void)
{
	char sender[48];
	int have, total;
	uint64_t channel;
	struct strbuf text = STRBUF_INIT(64);
	struct provider_part part = {1, "s", "r", "t", 2, 1, 1};
	provider_text_insert(t.db, 1, "x", 1);
	provider_part_add(t.db, &part, &text);
	provider_parts_give_up(t.db, 1, &channel, sender, &have, &total, &text);
	strbuf_done(&text);
}
static void
provider_reports(void)
{
	struct provider_report r = {.id = 1, .channel = 1}, found[2];
	struct unreported asked[2];
	provider_report_insert(t.db, &r);
	provider_reports_claim(t.db, 1, "p", 1, 1, found, 2);
	attempt_by_provider(t.db, 1, "p");
	attempt_of_message(t.db, 1, 1);
	attempts_unreported(t.db, 1, 0, 0, asked, 2);
}
static void
routes(void)
{
	uint64_t contacts[4];
	messages_unroute(t.db, 1, contacts, 4);
	messages_ready_count(t.db, 1, 4);
	message_is_routed(t.db, 1);
	message_set_routed(t.db, 1);
}
static void
unmatched(void)
{
	struct report found[4];
	reports_unmatched(t.db, "sim", 7, 1, found, 4);
}

static void
match_report(void)
{
	report_match(t.db, 1, 1);
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
newest(void)
{
	ledger_newest_id(t.db);
}

static void
joins(void)
{
	struct join_key key = {"sim", "+821055501234", 1, 8, 2};
	struct join_set set[4];
	joins_find(t.db, &key, 1, 1, 1, set);
	joins_set_message(t.db, 1, 1);
	joins_channel(t.db, 1);
}

static void
old_joins(void)
{
	struct join_set set[4];
	joins_older(t.db, 1, true, set, 4);
}

static void
any_of_them(void *arg, int64_t at, const char *detail)
{
	(void)arg, (void)at, (void)detail;
}
static void
events_by_name(void)
{
	events_of(t.db, 1, "order.paid", 1, 100, any_of_them, NULL);
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
any_event(void *arg, const struct event_item *e)
{
	(void)arg, (void)e;
	return true;
}
static bool
any_arrival(void *arg, const struct arrival_item *a)
{
	(void)arg, (void)a;
	return true;
}
static bool
any_report(void *arg, const struct report_item *r)
{
	(void)arg, (void)r;
	return true;
}
static bool
any_ticket(void *arg, const struct ticket_item *k)
{
	(void)arg, (void)k;
	return true;
}
static void
list_events(void)
{
	events_list(t.db, 1, 50, any_event, NULL);
}
static void
list_arrivals(void)
{
	arrivals_list(t.db, "new", 0, 50, any_arrival, NULL);
}
static void
list_aside(void)
{
	arrivals_list(t.db, NULL, 0, 50, any_arrival, NULL);
}
static void
list_reports(void)
{
	reports_list(t.db, false, 0, 50, any_report, NULL);
}
static void
list_unmatched(void)
{
	reports_list(t.db, true, 0, 50, any_report, NULL);
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
	{"messages, all", messages_all},
	{"messages in a state", messages_by_state},
	{"messages of a number", messages_by_phone},
	{"messages of a number in a state", messages_by_both},
	{"counts by state", counts, "messages_state"},
	{"imports", rolls, "imports_undoing"},
	{"rows of an import", roll_rows},
	{"an import taken back", roll_back},
	{"one message", load_message},
	{"a key", by_key},
	{"what a contact gets next", settle},
	{"what a channel sends next", ready},
	{"a message on its way", move},
	{"a message held", hold},
	{"held ones due", due},
	{"when the next held one is due", next_due},
	{"overdue ones", overdue},
	{"unsent ones of a contact", unsent},
	{"all in a state", in_state},
	{"how many wait for a channel", waiting_for, "waiting"},
	{"attempts of a message", list_attempts, NULL, true},
	{"doubts of a channel", unsettled_of},
	{"what a crash left open", unsettled_all, "attempts_unsettled", true},
	{"the doubt of a message", doubtful, NULL, true},
	{"webhooks of providers", provider_calls},
	{"texts of providers", provider_texts},
	{"reports of providers", provider_reports},
	{"the router's choices", routes},
	{"one attempt", load_attempt},
	{"a result", move_attempt},
	{"a report noted", report_attempt},
	{"whom a report is about", matching, "attempts_unsettled", true},
	{"reports of a message", reports_of},
	{"a contact", take_contact},
	{"an arrival", arrivals},
	{"reports that came early", unmatched, NULL, true},
	{"a report matched", match_report},
	{"runs of a contact", runs_of_a_contact, NULL, true},
	{"when a contact last answered", last_advance, NULL, true},
	{"one run", one_run},
	{"live runs", live_runs, "runs_live"},
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
	{"the newest id", newest},
	{"parts of a long text", joins},
	{"long texts that wait", old_joins},
	{"events since", list_events},
	{"a contact's events of a name", events_by_name, "events_of_contact"},
	{"which step said a text", said_by},
	{"told what they asked for", told_what_they_asked, "messages_contact"},
	{"an attribute is emptied", attribute_gone},
	{"arrivals in a state", list_arrivals},
	{"arrivals set aside", list_aside, NULL, true},
	{"reports, all", list_reports},
	{"reports without an attempt", list_unmatched},
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

/* The judge itself: a walk through a table must be seen. */
static void
a_walk_is_seen(void **state)
{
	(void)state;
	static const struct {
		const char *step, *walks;
		bool good;
	} steps[] = {
		{"SCAN attempts", NULL, false},
		{"SCAN attempts", "attempts_unsettled", false},
		{"SCAN a USING INDEX attempts_unsettled", "attempts_unsettled", true},
		{"SCAN a USING COVERING INDEX messages_state", NULL, false},
		{"SEARCH messages USING INDEX messages_ready (route=?)", NULL, true},
		{"USE TEMP B-TREE FOR ORDER BY", NULL, false},
	};
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		assert_int_equal(
			plans_allow(steps[i].step, steps[i].walks, false), steps[i].good);
}

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
		cmocka_unit_test(a_walk_is_seen),
		cmocka_unit_test(every_statement_has_its_index),
	};
	return cmocka_run_group_tests(tests, plans_set_up, plans_tear_down);
}
