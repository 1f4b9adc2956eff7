/* Nothing that stands still holds up what may go: a paused class, a number that is away,
 * a retry; and the number a person knows stays theirs. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/core/audience.h"
#include "gateway/core/explain.h"
#include "gateway/core/facts.h"
#include "gateway/core/pause.h"
#include "gateway/core/queue.h"
#include "gateway/core/wal.h"
#include "tests/lib/rig.h"

#define A      "+821050000001"
#define B      "+821050000002"
#define POLICY "optout_080 = \"080-123-4567\"; same_text = \"0s\";"

static struct rig r;

static int
teardown(void **state)
{
	(void)state;
	rig_close(&r);
	return 0;
}

static void
state_is(uint64_t id, const char *state, const char *reason)
{
	struct message m;
	assert_true(message_load(r.core.db, id, &m));
	assert_string_equal(message_state_name(m.state), state);
	if (!strstr(m.reason, reason))
		fail_msg("\"%s\" is not in \"%s\"", reason, m.reason);
	message_done(&m);
}

static const char *
last_channel(void)
{
	return channel_name(rig_last(&r, 0)->ch);
}

static struct channel *
away(const char *name)
{
	struct channel *ch = channel_find(&r.core, name);
	channel_down(ch, false, "unplugged");
	rig_run(&r, 0);
	return ch;
}

static void
pause_class(const char *what)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct pause p = {.at = 0};
	snprintf(p.what, sizeof(p.what), "%s", what);
	assert_int_equal(pause_set(&r.core, &p, &err), 0);
	assert_int_equal(db_commit(r.core.db), 0);
	strbuf_done(&err);
}

static void
lift(const char *what)
{
	struct strbuf err = STRBUF_SENTENCE;
	assert_int_equal(pause_lift(&r.core, what, "", &err), 0);
	rig_run(&r, SECOND);
	strbuf_done(&err);
}

/* ---- pauses ---- */

/* More of the paused class than a window of the queue holds, before one promotion to
 * somebody else and one to somebody whose service text waits. */
static void
a_paused_class_holds_up_no_other(void **state)
{
	(void)state;
	uint64_t service[40];
	rig_open_with(&r, false, "", POLICY);
	rig_grant(&r, A);
	rig_grant(&r, B);
	away("north");
	for (int i = 0; i < 40; i++) {
		char phone[32];
		snprintf(phone, sizeof(phone), "+8210500001%02d", i);
		service[i] = rig_send_class(&r, i ? phone : A, "parcel", CLASS_SERVICE);
		state_is(service[i], "queued", "");
	}
	uint64_t theirs = rig_send_class(&r, A, "sale", CLASS_MARKETING);
	uint64_t others = rig_send_class(&r, B, "sale", CLASS_MARKETING);
	pause_class("class:service");
	r.obliging = true;
	rig_ready(&r, "north");
	rig_run(&r, MINUTE);
	state_is(theirs, "sent", "");
	state_is(others, "sent", "");
	for (int i = 0; i < 40; i++)
		state_is(service[i], "held", "schedule: service is paused by a person");
	lift("class:service");
	rig_run(&r, MINUTE);
	for (int i = 0; i < 40; i++)
		state_is(service[i], "sent", "");
}

/* A channel that is paused keeps what is queued as it is: nothing there could go. */
static void
a_paused_channel_touches_nothing(void **state)
{
	(void)state;
	rig_open_with(&r, false, "", POLICY);
	pause_class("channel:north");
	uint64_t id = rig_send_class(&r, A, "parcel", CLASS_SERVICE);
	rig_run(&r, MINUTE);
	state_is(id, "queued", "");
	lift("channel:north");
	state_is(id, "sending", "");
}

/* ---- the number they know ---- */

static void
texted_by(const char *to, const char *channel, const char *other)
{
	away(other);
	rig_run(&r, MINUTE);
	rig_send_class(&r, to, "first", CLASS_SERVICE);
	rig_run(&r, 0);
	assert_string_equal(last_channel(), channel);
	rig_sent(&r, 1);
	rig_ready(&r, other);
}

static void
a_service_text_keeps_the_number_they_know(void **state)
{
	(void)state;
	rig_open_with(&r, true, "", POLICY);
	texted_by(A, "south", "north");
	texted_by(B, "north", "south");
	for (int i = 0; i < 3; i++) {
		rig_send_class(&r, A, "parcel", CLASS_SERVICE);
		rig_run(&r, 0);
		assert_string_equal(last_channel(), "south");
		rig_sent(&r, 2 + i);
		rig_send_class(&r, B, "parcel", CLASS_SERVICE);
		rig_run(&r, 0);
		assert_string_equal(last_channel(), "north");
		rig_sent(&r, 20 + i);
	}
}

/* It is a preference: what they should hear soon does not wait for a modem for long. */
static void
a_service_text_does_not_wait_for_it(void **state)
{
	(void)state;
	rig_open_with(&r, true, "", POLICY);
	texted_by(A, "south", "north");
	away("south");
	uint64_t id = rig_send_class(&r, A, "parcel", CLASS_SERVICE);
	rig_run(&r, SECOND);
	state_is(id, "queued", "");
	rig_run(&r, MINUTE);
	state_is(id, "sending", "");
	assert_string_equal(last_channel(), "north");
}

/* The owner's rule has another channel for the class: it wins, also over a promotion's.
 */
static void
a_rule_of_the_owners_wins(void **state)
{
	(void)state;
	rig_open_with(&r, true,
		"routes = ( { class = \"service\"; channels = \"south, north\"; },"
		" { class = \"marketing\"; channels = \"north\"; } );\n",
		POLICY);
	rig_grant(&r, A);
	texted_by(A, "north", "south");
	rig_send_class(&r, A, "parcel", CLASS_SERVICE);
	rig_run(&r, 0);
	assert_string_equal(last_channel(), "south");
	rig_sent(&r, 2);
	rig_send_class(&r, A, "sale", CLASS_MARKETING);
	rig_run(&r, 0);
	assert_string_equal(last_channel(), "north");
}

/* Who has texted us, and heard nothing yet, knows the number they texted. */
static void
the_number_they_texted_counts(void **state)
{
	(void)state;
	rig_open_with(&r, true, "", POLICY);
	rig_receive(&r, "south", A, "are you open?");
	rig_run(&r, HOUR);
	rig_send_class(&r, A, "parcel", CLASS_SERVICE);
	rig_run(&r, 0);
	assert_string_equal(last_channel(), "south");
}

/* ---- an audience ---- */

static void
decide(const char *key, enum message_class cls, struct audience_sums *sums)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct audience_wish wish = {.audience = 5,
		.text = "the shop moves",
		.cls = cls,
		.origin = "campaign",
		.key = key};
	uint64_t cursor = 0;
	int n;
	do
		n = audience_admit(&r.core, &wish, &cursor, 100, sums, &err);
	while (n > 0);
	if (n < 0)
		fail_msg("%s", err.s);
	assert_int_equal(db_commit(r.core.db), 0);
	strbuf_done(&err);
}

static uint64_t
member(const char *phone)
{
	struct contact c;
	bool fresh;
	assert_true(contact_take(
		r.core.db, phone, core_id(&r.core), core_now(&r.core), &c, &fresh));
	audience_add(r.core.db, 5, c.id, NULL);
	return c.id;
}

/* Some of a table have the key already, at its ends and in its middle: each of the others
 * gets one row, counted once. */
static void
taken_keys_are_passed_over(void **state)
{
	(void)state;
	rig_open_with(&r, false, "", POLICY);
	away("north");
	uint64_t ids[75];
	for (int i = 0; i < 75; i++) {
		char phone[32], key[64];
		struct outbox_receipt receipt;
		struct strbuf err = STRBUF_SENTENCE;
		snprintf(phone, sizeof(phone), "+8210500002%02d", i);
		ids[i] = member(phone);
		snprintf(key, sizeof(key), "moving:%" PRIu64, ids[i]);
		struct outbox_request rq = {.to = phone,
			.text = "x",
			.text_len = 1,
			.cls = CLASS_SERVICE,
			.origin = "api",
			.key = key,
			.msg_class = -1};
		if (i % 31 == 0 || i % 32 == 31 || i == 40)
			assert_int_equal(outbox_accept(&r.core, &rq, &receipt, &err), 0);
		strbuf_done(&err);
	}
	struct audience_sums sums = {0};
	int64_t had = rig_count(&r, "SELECT count(*) FROM messages");
	decide("moving", CLASS_SERVICE, &sums);
	assert_int_equal(sums.repeated, had);
	assert_int_equal(sums.contacts, 75 - had);
	assert_int_equal(sums.verdicts[VERDICT_SEND], 75 - had);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM messages"), 75);
	assert_int_equal(rig_count(&r, "SELECT count(DISTINCT key) FROM messages"), 75);
}

/* A text that is tried again in a moment goes before one of its class that comes later.
 */
static void
a_retry_goes_before_the_audience(void **state)
{
	(void)state;
	rig_open_with(&r, false, "", POLICY);
	member(A);
	uint64_t first = rig_send_class(&r, A, "parcel", CLASS_SERVICE);
	rig_answer(&r, &(struct outcome){.what = SEND_LATER, .code = 42, .why = "busy"});
	rig_run(&r, 0);
	state_is(first, "held", "");
	struct audience_sums sums = {0};
	decide("moving", CLASS_SERVICE, &sums);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM messages WHERE ready = 1"), 0);
	r.obliging = true;
	rig_run(&r, HOUR);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM messages WHERE state = 'sent'"), 2);
	assert_true(rig_count(&r, "SELECT min(id) FROM attempts WHERE message = (SELECT "
				  "max(id) FROM messages)") >
		    rig_count(&r, "SELECT max(id) FROM attempts WHERE message = (SELECT "
				  "min(id) FROM messages)"));
}

static void
an_audience_keeps_the_number_they_know(void **state)
{
	(void)state;
	rig_open_with(&r, true, "", POLICY);
	texted_by(A, "south", "north");
	member(A);
	struct audience_sums sums = {0};
	decide("moving", CLASS_SERVICE, &sums);
	rig_run(&r, SECOND);
	assert_string_equal(last_channel(), "south");
	assert_string_equal(rig_last(&r, 0)->to, A);
}

/* ---- eight o'clock ---- */

/* Texts that wake are judged as each would be alone, whatever the one before it was. */
static void
waking_judges_each_for_itself(void **state)
{
	(void)state;
	rig_open_with(&r, false, "", POLICY "spread = \"0s\";");
	clock_sim_advance(&r.clock, 13 * HOUR); /* 22:00 */
	uint64_t ids[6];
	for (int i = 0; i < 6; i++) {
		char phone[32];
		snprintf(phone, sizeof(phone), "+8210500003%02d", i);
		rig_grant(&r, phone);
		ids[i] = rig_send_class(
			&r, phone, i % 2 ? "sale" : "another sale", CLASS_MARKETING);
		state_is(ids[i], "held", "window");
	}
	struct contact c;
	assert_true(contact_find(r.core.db, "+821050000302", &c));
	contact_set_stopped(r.core.db, c.id, "marketing", core_now(&r.core));
	assert_true(contact_find(r.core.db, "+821050000303", &c));
	contact_set_place(r.core.db, c.id, "Europe/Paris", "");
	assert_int_equal(db_commit(r.core.db), 0);
	r.obliging = true;
	rig_run(&r, 11 * HOUR);
	state_is(ids[0], "sent", "");
	state_is(ids[1], "sent", "");
	state_is(ids[2], "suppressed", "opted out");
	state_is(ids[3], "held", "Europe/Paris");
	state_is(ids[4], "sent", "");
	state_is(ids[5], "sent", "");
}

/* Both find room when they wake; the second does not when it would leave. */
static void
two_that_wake_together_keep_the_cap(void **state)
{
	(void)state;
	rig_open_with(
		&r, false, "", POLICY "spread = \"0s\"; caps = { promo = \"1/1d\"; };");
	clock_sim_advance(&r.clock, 13 * HOUR);
	rig_grant(&r, A);
	uint64_t first = rig_send_class(&r, A, "sale", CLASS_MARKETING);
	uint64_t second = rig_send_class(&r, A, "another", CLASS_MARKETING);
	state_is(first, "held", "window");
	state_is(second, "held", "window");
	r.obliging = true;
	rig_run(&r, 11 * HOUR);
	state_is(first, "sent", "");
	state_is(second, "held", "cap: the cap 1/1d");
	struct message m;
	assert_true(message_load(r.core.db, second, &m));
	int64_t sent = rig_count(&r, "SELECT max(at) FROM charges");
	assert_true(m.due >= sent + DAY && m.due <= sent + DAY + 1); /* to the moment */
	message_done(&m);
	rig_run(&r, DAY);
	state_is(second, "sent", "");
	assert_true(rig_count(&r, "SELECT max(at) FROM charges") - sent >= DAY);
}

/* The clock jumps over an opening and back behind it: nothing leaves at night, and
 * nothing is lost. */
static void
a_clock_that_jumps_lets_nothing_out(void **state)
{
	(void)state;
	rig_open_with(&r, false, "", POLICY "spread = \"0s\";");
	rig_grant(&r, A);
	clock_sim_advance(&r.clock, 13 * HOUR);
	uint64_t id = rig_send_class(&r, A, "sale", CLASS_MARKETING);
	state_is(id, "held", "window");
	r.clock.wall +=
		24 * HOUR; /* 22:00 of the next day: what was due is judged anew */
	rig_run(&r, MINUTE);
	state_is(id, "held", "window");
	r.clock.wall -= 26 * HOUR;
	rig_run(&r, MINUTE);
	assert_int_equal(r.send_count, 0);
	r.obliging = true;
	rig_run(&r, 3 * DAY);
	state_is(id, "sent", "");
}

/* A customer's text is handled before more of the night's texts are woken, and those
 * still come. */
static void
waking_stands_back_and_goes_on(void **state)
{
	(void)state;
	int yields = 0;
	rig_open_with(&r, false, "", POLICY);
	assert_false(queue_yields(r.core.queue, &yields));
	away("north");
	rig_receive(&r, "north", A, "hello?");
	rig_send_class(&r, A, "yes", CLASS_NOTICE); /* waits for its channel */
	int stood = 0;
	while (queue_yields(r.core.queue, &yields))
		assert_true(++stood < 100);
	assert_true(stood > 0);
	assert_int_equal(yields, 0);
}

/* ---- the log ---- */

static long
log_size(void)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/store.db-wal", r.dir);
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	long size = ftell(f);
	fclose(f);
	return size;
}

static void
a_washed_log_is_empty(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	struct db *other;
	rig_open_with(&r, false, "", POLICY);
	rig_send(&r, A, "hello");
	assert_true(log_size() > 0);
	assert_int_equal(db_open(r.core.config->store, DB_READER, &other, &err), 0);
	struct db_rows *q = db_select(other, "SELECT id FROM messages", "");
	assert_true(db_next(q));
	rig_send(&r, B, "hello");
	assert_int_equal(db_log_wash(r.core.db), -EBUSY);
	db_end(q);
	assert_int_equal(db_log_wash(r.core.db), 0);
	assert_int_equal(log_size(), 0);
	db_close(other);
	/* and as the daemon does it: when somebody was forgotten */
	struct wal *wal = wal_new(&r.core);
	rig_send(&r, A, "again");
	r.core.wash_log = true;
	/* a thread of its own does it, when the machine lets it */
	int64_t end = clock_mono(clock_real()) + 10 * SECOND;
	while (r.core.wash_log && clock_mono(clock_real()) < end)
		if (!loop_turn(r.loop))
			clock_sim_advance(&r.clock, 10);
	assert_false(r.core.wash_log);
	assert_int_equal(log_size(), 0);
	wal_free(wal);
	strbuf_done(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_paused_class_holds_up_no_other, teardown),
		cmocka_unit_test_teardown(a_paused_channel_touches_nothing, teardown),
		cmocka_unit_test_teardown(
			a_service_text_keeps_the_number_they_know, teardown),
		cmocka_unit_test_teardown(a_service_text_does_not_wait_for_it, teardown),
		cmocka_unit_test_teardown(a_rule_of_the_owners_wins, teardown),
		cmocka_unit_test_teardown(the_number_they_texted_counts, teardown),
		cmocka_unit_test_teardown(taken_keys_are_passed_over, teardown),
		cmocka_unit_test_teardown(a_retry_goes_before_the_audience, teardown),
		cmocka_unit_test_teardown(
			an_audience_keeps_the_number_they_know, teardown),
		cmocka_unit_test_teardown(waking_judges_each_for_itself, teardown),
		cmocka_unit_test_teardown(two_that_wake_together_keep_the_cap, teardown),
		cmocka_unit_test_teardown(a_clock_that_jumps_lets_nothing_out, teardown),
		cmocka_unit_test_teardown(waking_stands_back_and_goes_on, teardown),
		cmocka_unit_test_teardown(a_washed_log_is_empty, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
