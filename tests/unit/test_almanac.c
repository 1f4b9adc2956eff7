/* What the clock of the computer may not do: let texts go at an hour that cannot be
 * right, and put a moment that was only looked at into the store. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/core/almanac.h"
#include "gateway/core/plan.h"
#include "tests/lib/rig.h"

static struct rig r;
static const char *const A = "+821011110001", *const B = "+821011110002";

static void
a_clock_before_the_store_lets_only_answers_go(void **state)
{
	(void)state;
	rig_sent(&r, (rig_send(&r, A, "before"), 1));
	int64_t right = r.clock.wall;
	clock_sim_set_wall(&r.clock, right - HOUR);
	almanac_look(&r.core);
	size_t sends = r.send_count;
	uint64_t id = rig_send(&r, A, "later");
	assert_string_equal(rig_state(&r, id), "held");
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM messages WHERE reason = "
				       "'schedule: the clock of this computer cannot be "
				       "right (malgil clock)'"),
		1);
	assert_int_equal(r.send_count, sends);
	rig_receive(&r, "north", B, "STOP"); /* stored, and answered */
	assert_int_equal(r.send_count, sends + 1);
	rig_sent(&r, 2);
	clock_sim_set_wall(&r.clock, right + MINUTE);
	almanac_look(&r.core);
	rig_run(&r, 5 * SECOND);
	assert_string_equal(rig_state(&r, id), "sending");
	rig_sent(&r, 3);
}

/* Some minutes are what a clock is set by every day. */
static void
a_clock_that_is_set_back_a_little_stops_nothing(void **state)
{
	(void)state;
	rig_sent(&r, (rig_send(&r, A, "before"), 1));
	clock_sim_set_wall(&r.clock, r.clock.wall - 4 * MINUTE);
	almanac_look(&r.core);
	assert_string_equal(rig_state(&r, rig_send(&r, B, "now")), "sending");
	rig_sent(&r, 2);
}

/* Also when the program begins with it. */
static void
a_start_at_a_wrong_hour_sends_nothing(void **state)
{
	(void)state;
	rig_sent(&r, (rig_send(&r, A, "before"), 1));
	clock_sim_set_wall(&r.clock, r.clock.wall - DAY);
	rig_crash(&r);
	rig_ready(&r, "north");
	assert_string_equal(rig_state(&r, rig_send(&r, A, "later")), "held");
}

/* A clock that ran two years ahead for a while: the owner's word is enough, also after a
 * restart, and it does not make a clock believed that is wrong later. */
static void
the_owner_may_say_that_the_hour_is_right(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	int64_t right = r.clock.wall;
	assert_int_equal(almanac_accept(&r.core, "kim", &err), -EALREADY);
	clock_sim_set_wall(&r.clock, right + 700 * DAY);
	rig_sent(&r, (rig_send(&r, A, "in two years"), 1));
	clock_sim_set_wall(&r.clock, right + HOUR);
	almanac_look(&r.core);
	uint64_t id = rig_send(&r, A, "now");
	assert_string_equal(rig_state(&r, id), "held");
	assert_int_equal(almanac_accept(&r.core, "kim", &err), 0);
	assert_false(r.core.clock_odd);
	rig_run(&r, 5 * SECOND);
	assert_string_equal(rig_state(&r, id), "sending");
	rig_sent(&r, 2);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM events WHERE name = "
			      "'gateway.clock_accepted' AND detail LIKE '%kim%'"),
		1);
	rig_crash(&r);
	rig_ready(&r, "north");
	assert_string_equal(rig_state(&r, rig_send(&r, B, "after")), "sending");
	rig_sent(&r, 3);
	rig_run(&r, 3 * HOUR); /* noted on the way, while it is believed */
	clock_sim_set_wall(&r.clock, right + HOUR);
	almanac_look(&r.core);
	assert_true(r.core.clock_odd);
	clock_sim_set_wall(&r.clock, right + 800 * DAY); /* the ids are overtaken */
	almanac_look(&r.core);
	assert_false(r.core.clock_odd);
	rig_sent(&r, (rig_send(&r, A, "much later"), 4));
	clock_sim_set_wall(&r.clock, right + 4 * HOUR);
	almanac_look(&r.core);
	assert_true(r.core.clock_odd);
	strbuf_done(&err);
}

static void
a_plan_for_another_year_leaves_no_trace(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	struct plan plan;
	struct outbox_request request = {.to = A,
		.text = "hi",
		.text_len = 2,
		.cls = CLASS_SERVICE,
		.origin = "test",
		.at = r.clock.wall + 400 * DAY,
		.msg_class = -1};
	assert_int_equal(plan_make(&r.core, &request, &plan, &err), 0);
	assert_true(plan.at > r.clock.wall);
	plan_done(&plan);
	uint64_t id = rig_send(&r, A, "now");
	assert_true(llabs(ids_wall(id) - r.clock.wall) < MINUTE);
	strbuf_done(&err);
}

/* Asked as send would be: too late is an answer, and a key has one message. */
static void
a_plan_judges_what_send_would_refuse(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	struct plan plan;
	struct outbox_receipt receipt;
	struct outbox_request request = {.to = A,
		.text = "hi",
		.text_len = 2,
		.cls = CLASS_SERVICE,
		.origin = "test",
		.at = r.clock.wall + 2 * HOUR,
		.expires = r.clock.wall + HOUR,
		.msg_class = -1};
	assert_int_equal(plan_make(&r.core, &request, &plan, &err), 0);
	assert_string_equal(verdict_name(plan.verdict.what), "expire");
	assert_string_equal(plan.verdict.gate, "expiry");
	plan_done(&plan);
	request.at = request.expires = 0;
	request.key = "order-7";
	assert_int_equal(plan_make(&r.core, &request, &plan, &err), 0);
	assert_string_equal(verdict_name(plan.verdict.what), "send");
	plan_done(&plan);
	assert_int_equal(outbox_accept(&r.core, &request, &receipt, &err), 0);
	rig_run(&r, 0);
	rig_sent(&r, 1);
	assert_int_equal(plan_make(&r.core, &request, &plan, &err), 0);
	assert_string_equal(verdict_name(plan.verdict.what), "suppress");
	assert_string_equal(plan.verdict.gate, "duplicate");
	plan_done(&plan);
	strbuf_done(&err);
}

static int
open_rig(void **state)
{
	(void)state;
	rig_open(&r, false);
	return 0;
}

static int
close_rig(void **state)
{
	(void)state;
	rig_close(&r);
	return 0;
}

#define ON_RIG(test) cmocka_unit_test_setup_teardown(test, open_rig, close_rig)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_RIG(a_clock_before_the_store_lets_only_answers_go),
		ON_RIG(a_clock_that_is_set_back_a_little_stops_nothing),
		ON_RIG(a_start_at_a_wrong_hour_sends_nothing),
		ON_RIG(the_owner_may_say_that_the_hour_is_right),
		ON_RIG(a_plan_for_another_year_leaves_no_trace),
		ON_RIG(a_plan_judges_what_send_would_refuse),
	};
	rig_watches = true;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
