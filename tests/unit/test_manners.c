/* People who are forgotten, notices, what is thrown away, dead numbers, pauses, the
 * rhythm of buying, and budgets that are told of. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/core/alive.h"
#include "gateway/core/budget.h"
#include "gateway/core/consent.h"
#include "gateway/core/erase.h"
#include "gateway/core/pause.h"
#include "gateway/core/people.h"
#include "gateway/core/rhythm.h"
#include "gateway/core/tickets.h"
#include "gateway/store/attributes.h"
#include "gateway/store/money.h"
#include "gateway/store/orders.h"
#include "gateway/store/usage.h"
#include "tests/lib/rig.h"

#define A     "+821011112222"
#define B     "+821033334444"
#define C     "+821055556666"
#define BASIC "optout_080 = \"080-123-4567\"; spread = \"0s\"; same_text = \"0s\"; "

static struct rig r;

static int
plain(void **state)
{
	(void)state;
	rig_open_with(&r, false, "", BASIC);
	return 0;
}

static int
with_notices(void **state)
{
	(void)state;
	rig_open_with(&r, false, "", BASIC "notices = true;");
	return 0;
}

static int
down(void **state)
{
	(void)state;
	rig_close(&r);
	return 0;
}

static uint64_t
contact_of(const char *phone)
{
	struct contact c;
	return contact_find(r.core.db, phone, &c) ? c.id : 0;
}

static void
state_is(uint64_t id, const char *state, const char *reason)
{
	struct message m;
	assert_true(message_load(r.core.db, id, &m));
	if (strcmp(message_state_name(m.state), state) != 0 || !strstr(m.reason, reason))
		fail_msg("%s (%s), expected %s (%s)", message_state_name(m.state),
			m.reason, state, reason);
	message_done(&m);
}

static uint64_t
promo(const char *to, const char *text)
{
	return rig_send_class(&r, to, text, CLASS_MARKETING);
}

static int64_t
texts_with(const char *part)
{
	return db_number(r.core.db, 0,
		"SELECT count(*) FROM messages WHERE text LIKE '%' || $1 || '%'", "t",
		part);
}

/* Lets time pass until the shop's clock shows the hour. */
static void
until_hour(int hour)
{
	int64_t local = core_now(&r.core) + 9 * HOUR;
	int64_t wanted = local / DAY * DAY + hour * HOUR;
	rig_run(&r, wanted > local ? wanted - local : wanted + DAY - local);
}

static void
forget(const char *phone, struct erase_report *ret)
{
	struct strbuf err = STRBUF_SENTENCE;
	if (erase_contact(&r.core, &(struct erase_wish){.phone = phone, .why = "asked"},
		    ret, &err) < 0)
		fail_msg("%s", err.s);
	strbuf_done(&err);
	rig_run(&r, SECOND);
}

static int
change(const char *phone, const char *action, const char *method, int64_t at,
	struct strbuf *err)
{
	uint64_t row;
	strbuf_reset(err);
	int result = consent_change(&r.core,
		&(struct consent_change){.phone = phone,
			.action = action,
			.method = method,
			.source = "a form",
			.at = at},
		&row, err);
	rig_run(&r, 0);
	return result;
}

/* ---- forgetting ---- */

static void
fill_in(const char *phone)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct contact c;
	rig_receive(&r, "north", phone, "my secret address is Moon Street 5");
	rig_send(&r, phone, "we know your secret");
	rig_sent(&r, 1);
	assert_true(contact_find(r.core.db, phone, &c));
	assert_int_equal(people_set(&r.core, &c, "name", "secret name", &err), 0);
	assert_int_equal(people_set(&r.core, &c, "zone", "Asia/Seoul", &err), 0);
	assert_int_equal(people_tag(&r.core, &c, "secret", true, &err), 0);
	uint64_t id;
	order_put(r.core.db,
		&(struct order_facts){
			.number = "1", .source = "", .phone = phone, .name = "secret"},
		core_id(&r.core), core_now(&r.core), &id);
	uint64_t ticket = tickets_open(&r.core, &(struct ticket_wish){.contact = c.id,
							.topic = "x",
							.note = "secret",
							.priority = TICKET_NORMAL});
	assert_int_equal(tickets_note(&r.core, ticket, "mina", "secret note", &err), 0);
	rig_run(&r, SECOND);
	strbuf_done(&err);
}

static void
nothing_of_the_forgotten_is_left(void **state)
{
	(void)state;
	static const char *const places[] = {
		"SELECT count(*) FROM messages WHERE text LIKE '%secret%'",
		"SELECT count(*) FROM attributes",
		"SELECT count(*) FROM tags",
		"SELECT count(*) FROM orders WHERE name <> '' OR phone <> ''",
		"SELECT count(*) FROM tickets WHERE note LIKE '%secret%'",
		"SELECT count(*) FROM ticket_log WHERE detail LIKE '%secret%'",
		"SELECT count(*) FROM events WHERE detail LIKE '%secret%'",
		"SELECT count(*) FROM arrivals WHERE length(bytes) > 0",
		"SELECT count(*) FROM attempts WHERE tail <> ''",
		"SELECT count(*) FROM contacts WHERE phone LIKE '%1111%'",
		"SELECT count(*) FROM consent WHERE address LIKE '%1111%'",
		"SELECT count(*) FROM erasures WHERE state <> 'done'",
	};
	struct erase_report report;
	fill_in(A);
	for (size_t i = 0; i < 7; i++)
		if (i != 4 && i != 6 && rig_count(&r, places[i]) == 0)
			fail_msg("nothing to find: %s", places[i]);
	uint64_t was = contact_of(A);
	forget(A, &report);
	assert_int_equal(report.counts.orders, 1);
	assert_int_equal(report.kept, 0);
	rig_run(&r, MINUTE);
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (rig_count(&r, places[i]) != 0)
			fail_msg("%s", places[i]);
	/* what only counts stays, and the proof */
	assert_true(rig_count(&r, "SELECT count(*) FROM messages") >= 2);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM erasures"), 1);
	assert_int_equal(contact_of(A), 0);
	assert_int_equal(rig_count(&r, "SELECT min(id) FROM contacts"), (int64_t)was);
}

static void
the_forgotten_stay_stopped(void **state)
{
	(void)state;
	struct erase_report report;
	struct strbuf err = STRBUF_SENTENCE;
	rig_grant(&r, A);
	rig_receive(&r, "north", A, "그만");
	rig_sent(&r, 1);
	forget(A, &report);
	assert_string_equal(report.scope, "marketing");
	/* their grant and their STOP are proof for five years */
	assert_true(report.kept > core_now(&r.core) + 4 * 365 * DAY);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM consent"), 2);
	/* an import brings nothing back, whatever it says */
	assert_int_equal(change(A, "grant", "import", 0, &err), -EPERM);
	assert_non_null(strstr(err.s, "forgotten"));
	state_is(promo(A, "sale"), "suppressed", "opted out");
	/* also not in a new life of the program */
	rig_crash(&r);
	rig_ready(&r, "north");
	assert_int_equal(change(A, "grant", "import", 0, &err), -EPERM);
	/* somebody else's number is nobody's business */
	assert_int_equal(change(B, "grant", "import", 0, &err), 0);
	/* the key is beside the store, for its owner alone */
	char path[160];
	snprintf(path, sizeof(path), "%s/store.db.key", r.dir);
	assert_int_equal(access(path, R_OK), 0);
	strbuf_done(&err);
}

static void
a_lost_key_is_said(void **state)
{
	(void)state;
	struct erase_report report;
	char path[160];
	rig_send(&r, A, "hi");
	rig_sent(&r, 1);
	forget(A, &report);
	snprintf(path, sizeof(path), "%s/store.db.key", r.dir);
	assert_int_equal(unlink(path), 0);
	rig_send(&r, A, "hi");
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM events WHERE name = "
				       "'contact.unchecked'"),
		1);
	struct strbuf err = STRBUF_SENTENCE;
	assert_int_equal(
		erase_contact(&r.core, &(struct erase_wish){.phone = A}, &report, &err),
		-EAGAIN);
	assert_non_null(strstr(err.s, "put it back"));
	strbuf_done(&err);
}

static void
forgetting_is_said_before_it_is_done(void **state)
{
	(void)state;
	struct erase_report report;
	struct strbuf err = STRBUF_SENTENCE;
	fill_in(A);
	assert_int_equal(
		erase_contact(&r.core, &(struct erase_wish){.phone = A, .dry = true},
			&report, &err),
		0);
	assert_true(report.counts.messages >= 2 && report.counts.tags == 1);
	assert_true(contact_of(A) != 0);
	assert_int_equal(
		erase_contact(&r.core, &(struct erase_wish){.phone = C}, &report, &err),
		-ENOENT);
	strbuf_done(&err);
}

/* The schema itself gives up a ledger's row only of somebody who was forgotten. */
static void
ledgers_are_kept_by_the_schema(void **state)
{
	(void)state;
	rig_grant(&r, A);
	fill_in(B);
	assert_int_equal(db_commit(r.core.db), 0);
	static const char *const tries[] = {"DELETE FROM consent",
		"UPDATE consent SET words = ''", "DELETE FROM ticket_log",
		"UPDATE ticket_log SET detail = ''",
		"DELETE FROM erasures WHERE contact > 0"};
	struct erase_report report;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(db_run(r.core.db, tries[i], ""), -1);
		db_rollback(r.core.db);
	}
	forget(B, &report);
	assert_int_equal(db_run(r.core.db, tries[4], ""), -1);
	db_rollback(r.core.db);
	assert_int_equal(db_run(r.core.db, "DELETE FROM consent", ""), -1);
	db_rollback(r.core.db);
	/* blanking is all that is allowed, not rewriting */
	assert_int_equal(
		db_run(r.core.db, "UPDATE ticket_log SET agent = 'eve'", ""), -1);
	db_rollback(r.core.db);
}

/* ---- notices ---- */

static void
a_result_is_told_once_and_in_the_morning(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	assert_int_equal(change(A, "grant", "staff", 0, &err), 0);
	assert_int_equal(change(B, "revoke", "provider", 0, &err), 0);
	/* too old to be told any more, and one that was answered at the time */
	assert_int_equal(
		change(C, "grant", "import", core_now(&r.core) - 20 * DAY, &err), 0);
	rig_run(&r, 2 * MINUTE); /* nine o'clock, and the night's work was not done yet */
	assert_int_equal(texts_with("수신동의가 처리"), 1);
	assert_int_equal(texts_with("수신거부가 처리"), 1);
	state_is((uint64_t)rig_count(&r, "SELECT max(id) FROM messages"), "held",
		"schedule");
	until_hour(11);
	rig_sent(&r, 1);
	rig_sent(&r, 2);
	rig_run(&r, 3 * DAY);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM messages"), 2);
	strbuf_done(&err);
}

/* The duty is the shop's: its customers abroad, whose packs ask for nothing, too. */
static void
a_result_is_told_abroad_as_well(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	assert_int_equal(change("+12125550123", "revoke", "provider", 0, &err), 0);
	assert_int_equal(change("+12125550124", "revoke", "provider",
				 core_now(&r.core) - 20 * DAY, &err),
		0);
	rig_run(&r, 2 * MINUTE);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM notices WHERE message > 0"), 1);
	assert_int_equal(texts_with("수신거부가 처리"), 1);
	strbuf_done(&err);
}

static void
what_was_answered_is_not_told_again(void **state)
{
	(void)state;
	rig_grant(&r, A);
	rig_receive(&r, "north", A, "그만");
	rig_sent(&r, 1);
	int64_t before = texts_with("수신거부가 처리");
	until_hour(12);
	assert_int_equal(texts_with("수신거부가 처리"), before);
}

static void
a_consent_is_told_again_before_two_years(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	assert_int_equal(
		change(A, "grant", "import", core_now(&r.core) - 720 * DAY, &err), 0);
	assert_int_equal(
		change(B, "grant", "import", core_now(&r.core) - 100 * DAY, &err), 0);
	state_is(promo(A, "sale"), "sending", "");
	rig_sent(&r, 1);
	until_hour(11);
	rig_sent(&r, 2);
	assert_int_equal(texts_with("동의하셨습니다"), 1);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM consent WHERE action = 'reconfirm'"),
		1);
	/* two years after the grant it still stands, because they were told */
	clock_sim_advance(&r.clock, 30 * DAY);
	until_hour(11);
	uint64_t id = promo(A, "sale");
	struct message m;
	assert_true(message_load(r.core.db, id, &m));
	assert_null(strstr(m.reason, "renew"));
	message_done(&m);
	strbuf_done(&err);
}

/* ---- what is thrown away ---- */

static void
old_texts_go_at_night(void **state)
{
	(void)state;
	rig_open_with(
		&r, false, "", BASIC "retention = { texts = \"10d\"; raw = \"5d\"; };");
	rig_receive(&r, "north", A, "old words");
	rig_run(&r, SECOND);
	clock_sim_advance(&r.clock, 11 * DAY);
	rig_receive(&r, "north", A, "new words");
	assert_int_equal(texts_with("new words"), 1);
	until_hour(4);
	assert_int_equal(texts_with("old words"), 0);
	assert_int_equal(texts_with("new words"), 1);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM arrivals WHERE length(bytes) > "
			      "0"),
		1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM events WHERE name = "
				       "'retention.purged'"),
		1);
	/* without an order nothing goes by itself, and a crash half-way goes on */
	clock_sim_advance(&r.clock, 12 * DAY);
	rig_crash(&r);
	rig_ready(&r, "north");
	until_hour(4);
	assert_int_equal(texts_with("new words"), 0);
	rig_close(&r);
}

/* ---- dead numbers ---- */

static void
a_number_that_was_dead_for_long_is_a_strangers(void **state)
{
	(void)state;
	rig_grant(&r, A);
	uint64_t contact = contact_of(A);
	number_refused(&r.core, contact, "no such number");
	state_is(promo(A, "one"), "sending", "");
	rig_sent(&r, 1);
	number_refused(&r.core, contact, "no such number");
	state_is(promo(A, "two"), "suppressed", "nobody has this number");
	/* a sign of life within the month: all is as before */
	rig_run(&r, 2 * DAY);
	rig_receive(&r, "north", A, "hello");
	rig_run(&r, 2 * DAY);
	uint64_t id = promo(A, "three");
	struct message m;
	assert_true(message_load(r.core.db, id, &m));
	assert_true(m.state != MESSAGE_SUPPRESSED);
	message_done(&m);
	number_refused(&r.core, contact, "no such number");
	number_refused(&r.core, contact, "no such number");
	clock_sim_advance(&r.clock, 31 * DAY);
	rig_receive(&r, "north", A, "hello, who is this?");
	state_is(promo(A, "four"), "suppressed", "somebody else's");
	/* and they may agree anew */
	rig_run(&r, SECOND);
	rig_grant(&r, A);
	id = promo(A, "five");
	assert_true(message_load(r.core.db, id, &m));
	assert_true(m.state != MESSAGE_SUPPRESSED);
	message_done(&m);
}

static void
the_network_says_that_nobody_is_there(void **state)
{
	(void)state;
	rig_grant(&r, A);
	for (int i = 0; i < 2; i++) {
		rig_send(&r, A, "your order");
		rig_answer(&r, &(struct outcome){.what = SEND_REJECTED,
				       .reference = -1,
				       .code = i ? 1 : 38,
				       .why = "refused"});
	}
	/* 38 is the network's own trouble */
	assert_int_equal(rig_count(&r, "SELECT refused FROM contacts"), 1);
	rig_send(&r, A, "your order");
	rig_answer(&r, &(struct outcome){.what = SEND_REJECTED,
			       .reference = -1,
			       .code = 1,
			       .why = "unassigned number"});
	state_is(promo(A, "sale"), "suppressed", "nobody has this number");
	/* what they asked for is tried all the same, and success undoes it */
	state_is(rig_send(&r, A, "your order"), "sending", "");
	rig_sent(&r, 77);
	rig_report(&r, "north", 77, A, 0);
	rig_run(&r, SECOND);
	assert_int_equal(rig_count(&r, "SELECT dead_since FROM contacts"), 0);
}

/* ---- clocks ---- */

/* A board without a battery wakes up in the past: promotions and news wait, answers do
 * not; nothing of the night's work is done twice. */
static void
a_clock_that_jumps_judges_nothing(void **state)
{
	(void)state;
	rig_grant(&r, A);
	rig_run(&r, 5 * MINUTE);
	int64_t done = rig_count(
		&r, "SELECT CAST(value AS INT) FROM meta WHERE key = 'night.done'");
	assert_true(done > 0);
	rig_receive(&r, "north", C, "where is my parcel?");
	uint64_t asked = messages_newest_inbound(r.core.db, contact_of(C));
	r.clock.wall -= 2 * DAY;
	uint64_t news = rig_send(&r, B, "your order");
	state_is(news, "queued", "");
	struct outbox_receipt receipt;
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_request answer = {.to = C,
		.text = "on its way",
		.text_len = 10,
		.cls = CLASS_REPLY,
		.origin = "staff",
		.reply_to = asked,
		.msg_class = -1};
	assert_int_equal(outbox_accept(&r.core, &answer, &receipt, &err), 0);
	strbuf_done(&err);
	rig_run(&r, 0);
	assert_string_equal(rig_last(&r, 0)->to, C);
	rig_sent(&r, 1);
	rig_run(&r, 10 * MINUTE);
	state_is(news, "queued", "");
	assert_int_equal(
		rig_count(&r,
			"SELECT CAST(value AS INT) FROM meta WHERE key = 'night.done'"),
		done);
	/* put right, everything goes on */
	r.clock.wall += 2 * DAY;
	rig_run(&r, MINUTE);
	state_is(news, "sending", "");
	rig_sent(&r, 2);
	/* forwards, over a night and an expiry */
	rig_run(&r, 0);
	uint64_t sale = promo(A, "sale");
	rig_sent(&r, 3);
	state_is(sale, "sent", "");
	r.clock.wall += 400 * DAY;
	rig_run(&r, 5 * MINUTE);
	assert_true(
		rig_count(&r,
			"SELECT CAST(value AS INT) FROM meta WHERE key = 'night.done'") >
		done);
}

/* ---- pauses ---- */

static void
what_is_paused_waits(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	rig_grant(&r, A);
	struct pause p = {.what = "class:marketing"};
	assert_int_equal(pause_set(&r.core, &p, &err), 0);
	uint64_t sale = promo(A, "sale");
	state_is(sale, "held", "marketing is paused");
	uint64_t other = rig_send(&r, B, "your order");
	state_is(other, "sending", "");
	rig_sent(&r, 1);
	assert_int_equal(pause_lift(&r.core, "class:marketing", "", &err), 0);
	rig_run(&r, SECOND);
	state_is(sale, "sending", "");
	rig_sent(&r, 2);
	assert_int_equal(pause_lift(&r.core, "class:marketing", "", &err), -ENOENT);
	/* a channel: what is queued stays queued */
	snprintf(p.what, sizeof(p.what), "channel:north");
	assert_int_equal(pause_set(&r.core, &p, &err), 0);
	other = rig_send(&r, B, "your parcel");
	state_is(other, "queued", "");
	rig_run(&r, MINUTE);
	state_is(other, "queued", "");
	assert_int_equal(pause_lift(&r.core, "channel:north", "mina", &err), 0);
	rig_run(&r, SECOND);
	state_is(other, "sending", "");
	rig_sent(&r, 3);
	/* everything, until a time; the confirmation of a STOP is owed all the same */
	snprintf(p.what, sizeof(p.what), "all");
	p.until = core_now(&r.core) + HOUR;
	assert_int_equal(pause_set(&r.core, &p, &err), 0);
	other = rig_send(&r, B, "your change");
	state_is(other, "held", "everything is paused");
	rig_receive(&r, "north", A, "그만");
	assert_string_equal(rig_last(&r, 0)->to, A);
	rig_sent(&r, 4);
	rig_run(&r, HOUR + MINUTE);
	state_is(other, "sending", "");
	snprintf(p.what, sizeof(p.what), "channel:nowhere");
	assert_int_equal(pause_set(&r.core, &p, &err), -EINVAL);
	snprintf(p.what, sizeof(p.what), "class:notice");
	assert_int_equal(pause_set(&r.core, &p, &err), -EINVAL);
	strbuf_done(&err);
}

/* ---- rhythm, skipping ---- */

static void
order_at(const char *phone, int number, int64_t days_ago)
{
	char text[32];
	uint64_t id;
	snprintf(text, sizeof(text), "%s-%d", phone, number);
	order_put(r.core.db,
		&(struct order_facts){.number = text,
			.source = "",
			.phone = phone,
			.has_placed = true,
			.placed = core_now(&r.core) - days_ago * DAY},
		core_id(&r.core), core_now(&r.core), &id);
}

static uint64_t
campaign(const char *to, const char *text, bool skip)
{
	struct outbox_receipt receipt;
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_request request = {.to = to,
		.text = text,
		.text_len = strlen(text),
		.cls = CLASS_MARKETING,
		.origin = "campaign",
		.skip_capped = skip,
		.expires = core_now(&r.core) + 40 * DAY,
		.msg_class = -1};
	if (outbox_accept(&r.core, &request, &receipt, &err) < 0)
		fail_msg("%s", err.s);
	strbuf_done(&err);
	rig_run(&r, 0);
	return receipt.id;
}

static void
no_more_often_than_they_buy(void **state)
{
	(void)state;
	rig_grant(&r, A);
	order_at(A, 1, 30);
	order_at(A, 2, 20);
	assert_int_equal(rhythm_interval(r.core.db, A), 0); /* two tell nothing */
	order_at(A, 3, 4);
	order_at(A, 4, 4); /* the same visit */
	assert_int_equal(rhythm_interval(r.core.db, A), 13 * DAY);
	order_at(B, 1, 300);
	order_at(B, 2, 200);
	order_at(B, 3, 100);
	assert_int_equal(rhythm_interval(r.core.db, B), 100 * DAY);
	assert_int_equal(rhythm_span(r.core.db, B), 30 * DAY);
	uint64_t first = campaign(A, "one", false);
	state_is(first, "sending", "");
	rig_sent(&r, 1);
	state_is(campaign(A, "two", false), "held", "rhythm of buying");
	state_is(campaign(A, "three", true), "suppressed", "skipped");
	/* other texts do not ask */
	state_is(promo(A, "four"), "sending", "");
}

/* ---- budgets ---- */

static int64_t
alerts(const char *part)
{
	return db_number(r.core.db, 0,
		"SELECT count(*) FROM events WHERE name = 'owner.alert' AND detail LIKE "
		"'%' || $1 || '%'",
		"t", part);
}

static void
the_owner_hears_of_a_full_budget_and_replies_still_leave(void **state)
{
	(void)state;
	rig_open_with(&r, false, "",
		BASIC "sim = { all = \"10/day\"; reserve = 2; }; tariffs = { default = "
		      "\"9\"; north = { KR = \"7.5\"; }; };");
	int64_t balance;
	topup_add(r.core.db, &(struct topup){.id = 1,
				     .channel = r.core.channels[0]->row.id,
				     .amount = 100000});
	uint64_t last = 0;
	for (int i = 0; i < 9; i++) {
		last = rig_send(&r, A, "order news");
		if (i < 8)
			rig_sent(&r, i);
		if (i == 6)
			rig_run(&r, 2 * MINUTE);
	}
	assert_int_equal(alerts("had 7 of the 8"), 1);
	state_is(last, "held", "kept for replies");
	rig_run(&r, 5 * MINUTE);
	assert_int_equal(alerts("wait until midnight"), 1);
	assert_int_equal(alerts(""), 2);
	/* a customer asks: two answers still leave, and no more */
	rig_receive(&r, "north", B, "question");
	struct outbox_receipt receipt[3];
	struct strbuf err = STRBUF_SENTENCE;
	uint64_t asked = messages_newest_inbound(r.core.db, contact_of(B));
	for (int i = 0; i < 3; i++) {
		struct outbox_request request = {.to = B,
			.text = "answer",
			.text_len = 6,
			.cls = CLASS_REPLY,
			.origin = "staff",
			.reply_to = asked,
			.msg_class = -1};
		assert_int_equal(outbox_accept(&r.core, &request, &receipt[i], &err), 0);
		rig_run(&r, 0);
		if (i < 2)
			rig_sent(&r, 50 + i);
	}
	state_is(receipt[1].id, "sent", "");
	state_is(receipt[2].id, "held", "has had its texts");
	/* money: by the channel's own price */
	assert_true(money_balance(r.core.db, r.core.channels[0]->row.id,
		channel_sim(r.core.channels[0]), &balance));
	assert_int_equal(balance, 100000 - 10 * 7500);
	strbuf_done(&err);
	rig_close(&r);
}

static void
a_long_silence_is_told_once(void **state)
{
	(void)state;
	rig_open_with(&r, false, "", BASIC "silence = \"20d\";");
	rig_grant(&r, A);
	promo(A, "sale");
	rig_sent(&r, 1);
	clock_sim_advance(&r.clock, 10 * DAY);
	until_hour(4);
	assert_int_equal(alerts("No promotion"), 0);
	clock_sim_advance(&r.clock, 11 * DAY);
	until_hour(4);
	until_hour(5);
	rig_run(&r, DAY);
	assert_int_equal(alerts("No promotion"), 1);
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			nothing_of_the_forgotten_is_left, plain, down),
		cmocka_unit_test_setup_teardown(the_forgotten_stay_stopped, plain, down),
		cmocka_unit_test_setup_teardown(a_lost_key_is_said, plain, down),
		cmocka_unit_test_setup_teardown(
			forgetting_is_said_before_it_is_done, plain, down),
		cmocka_unit_test_setup_teardown(
			ledgers_are_kept_by_the_schema, plain, down),
		cmocka_unit_test_setup_teardown(
			a_result_is_told_once_and_in_the_morning, with_notices, down),
		cmocka_unit_test_setup_teardown(
			a_result_is_told_abroad_as_well, with_notices, down),
		cmocka_unit_test_setup_teardown(
			what_was_answered_is_not_told_again, with_notices, down),
		cmocka_unit_test_setup_teardown(
			a_consent_is_told_again_before_two_years, with_notices, down),
		cmocka_unit_test(old_texts_go_at_night),
		cmocka_unit_test_setup_teardown(
			a_number_that_was_dead_for_long_is_a_strangers, plain, down),
		cmocka_unit_test_setup_teardown(
			the_network_says_that_nobody_is_there, plain, down),
		cmocka_unit_test_setup_teardown(
			a_clock_that_jumps_judges_nothing, plain, down),
		cmocka_unit_test_setup_teardown(what_is_paused_waits, plain, down),
		cmocka_unit_test_setup_teardown(no_more_often_than_they_buy, plain, down),
		cmocka_unit_test(
			the_owner_hears_of_a_full_budget_and_replies_still_leave),
		cmocka_unit_test(a_long_silence_is_told_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
