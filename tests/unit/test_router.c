/* Which channel a text takes: rules, failover, spill; and what is never moved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/core/router.h"
#include "tests/lib/rig.h"

static struct rig the_rig;

static void
open_with(const char *routes)
{
	rig_open_with(&the_rig, true, routes, NULL);
}

static int
teardown(void **state)
{
	(void)state;
	rig_close(&the_rig);
	return 0;
}

static const char *
last_channel(void)
{
	return channel_name(rig_last(rig, 0)->ch);
}

static void
a_rule_decides_by_number_and_class(void **state)
{
	(void)state;
	open_with(
		"routes = ( { to = \"+82\"; class = \"notice\"; channels = \"north\"; },"
		" { to = \"+82\"; channels = \"south, north\"; },"
		" { channels = \"north\"; } );\n");
	rig_send(rig, "+821012345678", "hello");
	rig_run(rig, 0);
	assert_string_equal(last_channel(), "south");
	rig_sent(rig, 1);
	rig_send_class(rig, "+821012345679", "hello", CLASS_NOTICE);
	rig_run(rig, 0);
	assert_string_equal(last_channel(), "north");
	rig_sent(rig, 1);
	rig_send(rig, "+12015550123", "hello");
	rig_run(rig, 0);
	assert_string_equal(last_channel(), "north");
}

static void
what_waits_goes_to_the_next_when_the_first_stays_unwell(void **state)
{
	(void)state;
	open_with("routes = ( { channels = \"south, north\"; failover = \"20s\"; } );\n");
	struct channel *south = channel_find(&rig->core, "south");
	channel_down(south, false, "unplugged");
	uint64_t id = rig_send(rig, "+821012345678", "hello");
	rig_run(rig, 10 * SECOND);
	assert_int_equal(rig->send_count, 0); /* it may come back: a moment's patience */
	assert_string_equal(rig_state(rig, id), "queued");
	rig_run(rig, 15 * SECOND);
	assert_int_equal(rig->send_count, 1);
	assert_string_equal(last_channel(), "north");
	rig_sent(rig, 7);
	/* The first is back, and has the next one. */
	rig_ready(rig, "south");
	rig_send(rig, "+821012345679", "hello");
	rig_run(rig, 0);
	assert_string_equal(last_channel(), "south");
}

static void
only_a_person_helps_so_nothing_waits(void **state)
{
	(void)state;
	open_with("routes = ( { channels = \"south, north\"; failover = \"1h\"; } );\n");
	channel_down(channel_find(&rig->core, "south"), true, "PUK");
	rig_send(rig, "+821012345678", "hello");
	rig_run(rig, 0);
	assert_string_equal(last_channel(), "north");
}

static void
what_is_in_doubt_is_never_moved(void **state)
{
	(void)state;
	open_with("routes = ( { channels = \"south, north\"; failover = \"5s\"; } );\n");
	uint64_t id = rig_send(rig, "+821012345678", "hello");
	rig_run(rig, 0);
	rig_unknown(rig);
	channel_down(channel_find(&rig->core, "south"), true, "gone");
	rig_run(rig, 10 * MINUTE);
	assert_int_equal(rig->send_count, 1);
	assert_string_equal(rig_state(rig, id), "in_doubt");
}

static void
the_cheapest_of_those_that_can(void **state)
{
	(void)state;
	rig_open_with(&the_rig, true,
		"routes = ( { channels = \"north, south\"; cheapest = true; } );\n",
		"tariffs = { default = \"60\"; KR = \"9.9\"; south = { KR = \"8.4\"; }; "
		"};");
	rig_send(rig, "+821012345678", "hello");
	rig_run(rig, 0);
	assert_string_equal(last_channel(), "south");
	rig_sent(rig, 1);
	/* The same price at both: as they are listed. */
	rig_send(rig, "+12015550123", "hello");
	rig_run(rig, 0);
	assert_string_equal(last_channel(), "north");
	rig_sent(rig, 2);
	/* Cheap and out of order for good is not cheap. */
	channel_down(channel_find(&rig->core, "south"), true, "PUK");
	rig_send(rig, "+821012345679", "hello");
	rig_run(rig, 0);
	assert_string_equal(last_channel(), "north");
}

static void
who_asked_for_a_channel_waits_for_it(void **state)
{
	(void)state;
	open_with("routes = ( { channels = \"south, north\"; failover = \"5s\"; } );\n");
	struct outbox_receipt receipt;
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_request rq = {.to = "+821012345678",
		.text = "hello",
		.text_len = 5,
		.cls = CLASS_SERVICE,
		.channel = "south",
		.msg_class = -1};
	channel_down(channel_find(&rig->core, "south"), true, "gone");
	assert_int_equal(outbox_accept(&rig->core, &rq, &receipt, &err), 0);
	rig_run(rig, 10 * MINUTE);
	assert_int_equal(rig->send_count, 0);
	rig_ready(rig, "south");
	rig_run(rig, 0);
	assert_string_equal(last_channel(), "south");
	strbuf_done(&err);
}

static void
a_crowd_spills_over(void **state)
{
	(void)state;
	open_with("routes = ( { channels = \"south, north\"; spill = 2; } );\n");
	char to[24];
	for (int i = 0; i < 6; i++) {
		snprintf(to, sizeof(to), "+8210123456%02d", i);
		rig_send(rig, to, "hello");
	}
	rig_run(rig, 0);
	/* One under way and two waiting at the first; the next has one under way. */
	assert_int_equal(rig->send_count, 2);
	assert_string_equal(channel_name(rig_last(rig, 1)->ch), "south");
	assert_string_equal(channel_name(rig_last(rig, 0)->ch), "north");
}

static void
a_restart_forgets_no_choice(void **state)
{
	(void)state;
	open_with("routes = ( { channels = \"south, north\"; failover = \"20s\"; } );\n");
	channel_down(channel_find(&rig->core, "south"), false, "unplugged");
	rig_send(rig, "+821012345678", "hello");
	rig_run(rig, SECOND);
	rig_crash(rig);
	rig_ready(rig, "north");
	channel_down(channel_find(&rig->core, "south"), false, "unplugged");
	rig_run(rig, 30 * SECOND);
	assert_int_equal(rig->send_count, 1);
	assert_string_equal(last_channel(), "north");
}

static void
mistakes_have_their_line(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"routes = ( { channels = \"nroth\"; } );", "did you mean 'north'"},
		{"routes = ( { class = \"promo\"; channels = \"north\"; } );",
			"no class"},
		{"routes = ( { to = \"010\"; channels = \"north\"; } );", "+82"},
		{"routes = ( { } );", "channels"},
		{"routes = { channels = \"north\"; };", "a list"},
		{"routes = ( { channels = \"north\"; share = true; cheapest = true; } );",
			"exclude each other"},
	};
	open_with("");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char path[128];
		struct strbuf err = STRBUF_INIT(4096);
		struct config *config;
		snprintf(path, sizeof(path), "%s/bad.cfg", rig->dir);
		FILE *f = fopen(path, "w");
		fprintf(f,
			"format = 1; shop = { name = \"T\"; country = \"KR\"; tz = "
			"\"Asia/Seoul\"; };\nstore = \"sqlite:x\"; run_dir = \"/tmp\";\n"
			"channels = { north = { driver = \"fake\"; }; };\n%s\n",
			rows[i].text);
		fclose(f);
		assert_true(config_load(path, &config, &err) < 0);
		if (!strstr(err.s, rows[i].says) || !strstr(err.s, "bad.cfg:"))
			fail_msg("%s", err.s);
		unlink(path);
		strbuf_done(&err);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_rule_decides_by_number_and_class, teardown),
		cmocka_unit_test_teardown(
			what_waits_goes_to_the_next_when_the_first_stays_unwell,
			teardown),
		cmocka_unit_test_teardown(only_a_person_helps_so_nothing_waits, teardown),
		cmocka_unit_test_teardown(what_is_in_doubt_is_never_moved, teardown),
		cmocka_unit_test_teardown(the_cheapest_of_those_that_can, teardown),
		cmocka_unit_test_teardown(who_asked_for_a_channel_waits_for_it, teardown),
		cmocka_unit_test_teardown(a_crowd_spills_over, teardown),
		cmocka_unit_test_teardown(a_restart_forgets_no_choice, teardown),
		cmocka_unit_test_teardown(mistakes_have_their_line, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
