/* How SQLite means to run what texts, channels and whatever comes in need: see
 * tests/lib/plans.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/store/arrivals.h"
#include "gateway/store/attempts.h"
#include "gateway/store/contacts.h"
#include "gateway/store/joins.h"
#include "gateway/store/ledger.h"
#include "gateway/store/lists.h"
#include "gateway/store/messages.h"
#include "gateway/store/providers.h"
#include "gateway/store/reports.h"
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
late_answers(void)
{
	struct attempt owed[4];
	struct attempt_match found[4];
	struct report reports[4];
	attempts_owed(t.db, 1, 1, 2, owed, 4);
	attempts_unknown_on(t.db, "sim", 1, found, 4);
	attempt_may_be(t.db, 1, "unknown", 7, 1);
	reports_unmatched_after(t.db, "sim", 1, reports, 4);
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

static const struct plan_row rows[] = {
	{"messages, all", messages_all},
	{"messages in a state", messages_by_state},
	{"messages of a number", messages_by_phone},
	{"messages of a number in a state", messages_by_both},
	{"counts by state", counts, "messages_state"},
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
	{"late answers", late_answers, "attempts_unsettled", true},
	{"reports of a message", reports_of},
	{"a contact", take_contact},
	{"an arrival", arrivals},
	{"reports that came early", unmatched, NULL, true},
	{"a report matched", match_report},
	{"the newest id", newest},
	{"parts of a long text", joins},
	{"long texts that wait", old_joins},
	{"events since", list_events},
	{"arrivals in a state", list_arrivals},
	{"arrivals set aside", list_aside, NULL, true},
	{"reports, all", list_reports},
	{"reports without an attempt", list_unmatched},
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
