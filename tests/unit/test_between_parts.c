/* A long message between two parts, when the world changes: the modem goes away, comes
 * back with another SIM, the message's time is over, a person cancels. And time itself,
 * when the clock on the wall is put right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/core/journal.h"
#include "tests/lib/rig.h"

static struct rig r;
static const char *const A = "+821011110001", *const B = "+821011110002";

static struct channel *
north(void)
{
	return channel_find(&r.core, "north");
}

/* Three parts long; the first has left, and the second found no network. */
static uint64_t
half_sent(void)
{
	char text[401];
	memset(text, 'x', 400);
	text[400] = '\0';
	uint64_t id = rig_send(&r, A, text);
	rig_sent(&r, 1);
	assert_int_equal(rig_last(&r, 0)->part, 2);
	return id;
}

/* The first part has left and a reply in between has the modem when it goes. */
static uint64_t
displaced(void)
{
	uint64_t id = half_sent();
	rig_send_class(&r, B, "first", CLASS_NOTICE);
	rig_sent(&r, 2);
	assert_string_equal(rig_last(&r, 0)->to, B);
	rig_answer(&r, &(struct outcome){.what = SEND_LATER,
			       .reference = -1,
			       .code = -1,
			       .why = "gone",
			       .channel_fault = true,
			       .rest = SECOND});
	channel_down(north(), false, "the device has gone");
	rig_run(&r, 0);
	return id;
}

static void
it_does_not_follow_another_sim(void **state)
{
	(void)state;
	uint64_t id = displaced();
	struct channel_identity who = {.imsi = "450051234567890"};
	size_t before = r.send_count;
	channel_identify(north(), &who);
	channel_ready(north());
	rig_run(&r, SECOND);
	for (size_t i = before; i < r.send_count; i++)
		assert_string_equal(r.sends[i].to, B);
	assert_string_not_equal(rig_state(&r, id), "sending");
}

static void
it_waits_in_the_queue_and_expires_there(void **state)
{
	(void)state;
	uint64_t id = displaced();
	assert_string_equal(rig_state(&r, id), "queued");
	rig_run(&r, 4 * DAY);
	assert_string_equal(rig_state(&r, id), "expired");
}

static void
it_goes_on_where_it_stood(void **state)
{
	(void)state;
	uint64_t id = displaced();
	rig_ready(&r, "north");
	rig_sent(&r, 3);
	assert_string_equal(rig_last(&r, 0)->to, A);
	assert_int_equal(rig_last(&r, 0)->part, 3);
	rig_sent(&r, 4);
	assert_string_equal(rig_state(&r, id), "sent");
}

/* Another channel may carry what is urgent for the same contact meanwhile. */
static void
it_blocks_nothing_urgent(void **state)
{
	(void)state;
	rig_close(&r);
	rig_open(&r, true);
	channel_down(channel_find(&r.core, "south"), false, "later");
	displaced();
	rig_ready(&r, "south");
	uint64_t urgent = rig_send_class(&r, A, "urgent", CLASS_NOTICE);
	for (int i = 0; i < 3 && strcmp(rig_state(&r, urgent), "sent") != 0; i++)
		rig_sent(&r, 40 + i);
	assert_string_equal(rig_state(&r, urgent), "sent");
}

/* A board without a battery: the wall clock is put right by an hour or a day. */
static void
held_messages_see_the_wall_clock_move(void **state)
{
	(void)state;
	struct outbox_receipt receipt;
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_request request = {.to = A,
		.text = "later",
		.text_len = 5,
		.cls = CLASS_SERVICE,
		.at = r.clock.wall + DAY,
		.msg_class = -1};
	assert_int_equal(outbox_accept(&r.core, &request, &receipt, &err), 0);
	rig_run(&r, 0);
	assert_string_equal(rig_state(&r, receipt.id), "held");
	r.clock.wall += DAY;
	rig_run(&r, MINUTE);
	assert_string_equal(rig_state(&r, receipt.id), "sending");
	strbuf_done(&err);
}

/* Waiting for the clock, nothing else happens that would look at the queue. */
static void
queued_messages_see_the_wall_clock_put_right(void **state)
{
	(void)state;
	rig_send(&r, B, "before");
	rig_sent(&r, 1);
	r.clock.wall -= DAY;
	uint64_t id = rig_send(&r, A, "hi");
	assert_string_equal(rig_state(&r, id), "queued");
	r.clock.wall += DAY;
	rig_run(&r, MINUTE);
	assert_string_equal(rig_state(&r, id), "sending");
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
		ON_RIG(it_does_not_follow_another_sim),
		ON_RIG(it_waits_in_the_queue_and_expires_there),
		ON_RIG(it_goes_on_where_it_stood),
		ON_RIG(it_blocks_nothing_urgent),
		ON_RIG(held_messages_see_the_wall_clock_move),
		ON_RIG(queued_messages_see_the_wall_clock_put_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
