/* The simulated network behind the modems: numbers, handsets, scripts, storage, control.
 */
#include "drivers/sim/handset.h"
#include "tests/lib/simchat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* ---- storage ---- */

static void
test_slots_leave_holes_and_fill_them(void **state)
{
	struct sim_storage s;
	const uint8_t tpdu[3] = {1, 2, 3};
	(void)state;
	sim_storage_init(&s, 2, 1, 1);
	assert_int_equal(sim_storage_add(&s, SIM_SM, SIM_UNREAD, tpdu, 3), 0);
	assert_int_equal(sim_storage_add(&s, SIM_SM, SIM_UNREAD, tpdu, 3), 1);
	assert_int_equal(sim_storage_add(&s, SIM_SM, SIM_UNREAD, tpdu, 3), -ENOSPC);
	sim_storage_delete(&s, SIM_SM, 0);
	assert_false(sim_storage_at(&s, SIM_SM, 0)->used);
	assert_true(sim_storage_at(&s, SIM_SM, 1)->used);
	assert_int_equal(sim_storage_add(&s, SIM_MT, SIM_UNREAD, tpdu, 3), 0);
	assert_int_equal(
		sim_storage_add(&s, SIM_MT, SIM_UNREAD, tpdu, 3), 2); /* ME's first */
	assert_int_equal(sim_storage_used(&s, SIM_ME), 1);
	assert_int_equal(sim_storage_used(&s, SIM_MT), 3);
	assert_int_equal(sim_storage_size(&s, SIM_MT), 3);
	assert_null(sim_storage_at(&s, SIM_MT, 3));
	sim_storage_delete(&s, SIM_MT, 2);
	assert_int_equal(sim_storage_used(&s, SIM_ME), 0);
	assert_int_equal(sim_memory_parse("SR"), SIM_SR);
	assert_int_equal(sim_memory_parse("BM"), -EINVAL);
	sim_storage_done(&s);
}

/* ---- words ---- */

static void
test_escapes(void **state)
{
	static const struct {
		const char *escaped, *plain;
	} rows[] = {
		{"plain", "plain"},
		{"two\\nlines", "two\nlines"},
		{"a\\\\n", "a\\n"},
		{"tab\\x09bell\\x07", "tab\tbell\a"},
		{"\xea\xb0\x80", "\xea\xb0\x80"},
	};
	struct strbuf out = STRBUF_INIT(100);
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char copy[64];
		snprintf(copy, sizeof(copy), "%s", rows[i].escaped);
		assert_int_equal(sim_unescape(copy), strlen(rows[i].plain));
		assert_string_equal(copy, rows[i].plain);
		strbuf_reset(&out);
		sim_escape(&out, rows[i].plain, strlen(rows[i].plain));
		assert_string_equal(out.s, rows[i].escaped);
	}
	strbuf_done(&out);
}

static void
test_control_sentences(void **state)
{
	static const struct {
		const char *line, *sentence;
	} rows[] = {
		{"text 010-1 modem7 hi", "there is no modem \"modem7\""},
		{"text 0101 modem0", "the text is missing"},
		{"txt 0101 modem0 hi", "did you mean \"text\"?"},
		{"", "there is no command"},
		{"rule 0101 report=maybe", "report=delivered|pending"},
		{"latency modem0 soon", "is not a number of milliseconds"},
		{"fault modem0 nope", "there is no fault \"nope\""},
		{"fault modem9 lost-ok", "there is no modem \"modem9\""},
		{"tpdu modem0 0", "in hex is expected"},
		{"plug modem0 ../x", "must be a name inside the directory"},
	};
	struct strbuf answer = STRBUF_INIT(4096);
	struct simchat c;
	(void)state;
	chat_open(&c, NULL);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(sim_command(c.sim, rows[i].line, &answer) < 0);
		if (!strstr(answer.s, rows[i].sentence))
			fail_msg("\"%s\" gave: %s", rows[i].line, answer.s);
	}
	assert_int_equal(sim_command(c.sim, "state", &answer), 0);
	assert_non_null(strstr(answer.s, "modem0 number=+821070000000 "));
	assert_non_null(strstr(answer.s, "state=idle plugged=1 open=1 mr=255"));
	assert_int_equal(sim_command(c.sim, "ledger-mark half way", &answer), 0);
	assert_int_equal(chat_ledger(&c, "mark", "\"label\":\"half way\""), 1);
	strbuf_done(&answer);
	chat_close(&c);
}

static void
test_options_get_a_sentence(void **state)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct clock_sim clock;
	(void)state;
	clock_sim_init(&clock, 0);
	struct loop *loop = loop_new(&clock.clock);
	struct sim_options rows[5];
	static const char *const sentences[] = {"1 to 64 modems", "1 to 255 slots",
		"a PIN is 4 to 8 digits", "is not simulated; there are KR",
		"is not a directory"};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		rows[i] = (struct sim_options)SIM_OPTIONS_DEFAULT;
	rows[0].modems = 65;
	rows[1].storage = 0;
	rows[2].pin = "12x4";
	rows[3].country = "XX";
	rows[4].dir = "/dev/null";
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_null(sim_open(loop, &rows[i], &err));
		if (!strstr(err.s, sentences[i]))
			fail_msg("expected \"%s\" in: %s", sentences[i], err.s);
	}
	loop_free(loop);
	strbuf_done(&err);
}

static void
test_one_network_a_directory(void **state)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct sim_options o = SIM_OPTIONS_DEFAULT;
	struct simchat c;
	(void)state;
	chat_open(&c, NULL);
	o.dir = c.dir;
	assert_null(sim_open(c.loop, &o, &err));
	assert_non_null(strstr(err.s, "another simulated network is running"));
	assert_int_equal(chat_ledger(&c, "plug", NULL), 1); /* the ledger is untouched */
	chat_say(&c, "AT\r");
	chat_expect(&c, "and the modem too", "|OK|");
	strbuf_done(&err);
	chat_close(&c);
}

/* ---- between modems and handsets ---- */

static void
submit_hex(struct simchat *c, const char *tpdu, const char *answer)
{
	char line[600];
	snprintf(line, sizeof(line), "AT+CMGS=%zu\r", strlen(tpdu) / 2);
	chat_say(c, line);
	chat_expect(c, line, "|> ");
	snprintf(line, sizeof(line), "00%s\x1a", tpdu);
	chat_say(c, line);
	chat_expect(c, tpdu, answer);
}

/* Two UCS-2 parts of one text, an emoji cut in its middle, the last part first. */
static void
test_handset_joins_parts(void **state)
{
	struct simchat c;
	(void)state;
	chat_open(&c, NULL);
	submit_hex(&c,
		"51000B811010325476F80008FF0A05000342"
		"0202"
		"DE000021",
		"|+CMGS: 0||OK|");
	assert_int_equal(chat_ledger(&c, "handset-text", NULL), 0);
	submit_hex(&c,
		"51000B811010325476F80008FF0A05000342"
		"0201"
		"0041D83D",
		"|+CMGS: 1||OK|");
	assert_int_equal(chat_ledger(&c, "handset-text",
				 "\"parts\":2,\"text\":\"A\xf0\x9f\x98\x80!\""),
		1);
	assert_int_equal(chat_ledger(&c, "submit", "\"concat\":{\"ref\":66"), 2);
	chat_close(&c);
}

static void
test_modem_to_modem(void **state)
{
	struct sim_options o = SIM_OPTIONS_DEFAULT;
	struct simchat c;
	(void)state;
	o.modems = 2;
	chat_open(&c, &o);
	/* to +821070000001 */
	submit_hex(&c,
		"11000C91280107000010"
		"0000FF0BE8329BFD06DDDF723619",
		"|+CMGS: 0||OK|");
	chat_pass(&c, 1);
	assert_int_equal(chat_ledger(&c, "deliver",
				 "\"modem\":\"modem1\",\"how\":\"stored\",\"from\":\"+"
				 "821070000000\""),
		1);
	assert_int_equal(chat_ledger(&c, "handset-text", NULL), 0);
	chat_close(&c);
}

static void
write_script(struct simchat *c, char *path, size_t size, const char *text)
{
	snprintf(path, size, "%s.script", c->dir);
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
test_script_answers(void **state)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct simchat c;
	char path[128];
	(void)state;
	chat_open(&c, NULL);
	write_script(&c, path, sizeof(path),
		"# handsets\n"
		"010-1234-5678 | *bye* | 0 | never\n"
		"010-1234-5678 | hello* | 3s | two\\nlines\n"
		"* | * | 0 | too late in the list\n");
	assert_int_equal(sim_script_load(c.sim, path, &err), 0);
	submit_hex(
		&c, "11000B811010325476F80000FF0BE8329BFD06DDDF723619", "|+CMGS: 0||OK|");
	chat_pass(&c, 2999);
	assert_int_equal(chat_ledger(&c, "inbound", NULL), 0);
	chat_pass(&c, 1);
	assert_int_equal(chat_ledger(&c, "inbound", "\"from\":\"+821012345678\""), 1);
	assert_int_equal(chat_ledger(&c, "deliver", "\"text\":\"two\\nlines\""), 1);
	write_script(&c, path, sizeof(path), "\n* | x | soon | y\n");
	assert_true(sim_script_load(c.sim, path, &err) < 0);
	assert_non_null(strstr(err.s, ".script:2: \"soon\" is not a delay"));
	write_script(&c, path, sizeof(path), "no bars\n");
	assert_true(sim_script_load(c.sim, path, &err) < 0);
	assert_non_null(strstr(err.s, "NUMBER | GLOB | DELAY | REPLY is expected"));
	unlink(path);
	strbuf_done(&err);
	chat_close(&c);
}

static void
test_order_is_kept_while_unplugged(void **state)
{
	struct simchat c;
	(void)state;
	chat_open(&c, NULL);
	chat_tell(&c, "unplug modem0");
	chat_tell(&c, "text 0101 modem0 one");
	chat_tell(&c, "text 0102 modem0 two");
	chat_tell(&c, "text 0103 modem0 three");
	assert_int_equal(chat_ledger(&c, "deliver", NULL), 0);
	chat_tell(&c, "plug modem0");
	chat_dial(&c);
	chat_say(&c, "ATE0;+CMGF=1\r");
	chat_expect(&c, "text mode", "ATE0;+CMGF=1|OK|");
	chat_say(&c, "AT+CMGR=2\r");
	chat_expect(&c, "the second",
		"|+CMGR: \"REC UNREAD\",\"0102\",,\"25/10/09,17:53:20+36\"|two||OK|");
	assert_int_equal(chat_ledger(&c, "deliver", NULL), 3);
	chat_close(&c);
}

static void
test_numbers_are_one_subscriber_however_dialled(void **state)
{
	static const char *const same[] = {
		"010-1234-5678", "01012345678", "+821012345678", "+82 10 1234 5678"};
	struct simchat c;
	(void)state;
	chat_open(&c, NULL);
	for (size_t i = 0; i < ARRAY_LEN(same); i++)
		assert_ptr_equal(sim_subscriber(c.sim, same[i], NULL),
			sim_subscriber(c.sim, same[0], NULL));
	assert_string_equal(sim_subscriber(c.sim, "1588", NULL)->number, "1588");
	assert_string_equal(
		sim_subscriber(c.sim, "KakaoBank", NULL)->number, "KakaoBank");
	assert_ptr_equal(sim_modem_find(c.sim, "010-7000-0000"), &c.sim->modems[0]);
	chat_tell(&c, "text KakaoBank modem0 hello");
	assert_int_equal(chat_ledger(&c, "deliver", "\"from\":\"KakaoBank\""), 1);
	for (int i = 0; i < 2000; i++) { /* the table of spellings grows */
		char number[20];
		snprintf(number, sizeof(number), "99%07d", i);
		assert_non_null(sim_subscriber(c.sim, number, NULL));
	}
	assert_ptr_equal(sim_subscriber(c.sim, same[1], NULL),
		sim_subscriber(c.sim, same[0], NULL));
	chat_close(&c);
}

static void
test_same_seed_same_noise(void **state)
{
	uint32_t first[8];
	(void)state;
	for (int round = 0; round < 3; round++) {
		struct sim_options o = SIM_OPTIONS_DEFAULT;
		struct simchat c;
		o.seed = round == 2 ? 99 : 7;
		chat_open(&c, &o);
		for (size_t i = 0; i < ARRAY_LEN(first); i++) {
			uint32_t n = sim_random(c.sim);
			if (round == 0)
				first[i] = n;
			else if (round == 1)
				assert_int_equal(n, first[i]);
			else
				assert_int_not_equal(n, first[i]);
		}
		chat_close(&c);
	}
}

static void
test_every_country_has_numbers_that_parse(void **state)
{
	static const char *const countries[] = {"KR", "JP", "US", "DE", "GB", "FR"};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(countries); i++) {
		struct sim_options o = SIM_OPTIONS_DEFAULT;
		struct simchat c;
		char region[4];
		o.country = countries[i];
		chat_open(&c, &o);
		sms_number_region(c.sim->modems[0].me->number, region);
		if (strcmp(region, countries[i]) != 0)
			fail_msg("%s belongs to \"%s\"", c.sim->modems[0].me->number,
				region);
		assert_int_equal(strlen(c.sim->modems[0].imsi), 15);
		assert_int_equal(strlen(c.sim->modems[0].iccid), 19);
		chat_close(&c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots_leave_holes_and_fill_them),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_control_sentences),
		cmocka_unit_test(test_options_get_a_sentence),
		cmocka_unit_test(test_one_network_a_directory),
		cmocka_unit_test(test_handset_joins_parts),
		cmocka_unit_test(test_modem_to_modem),
		cmocka_unit_test(test_script_answers),
		cmocka_unit_test(test_order_is_kept_while_unplugged),
		cmocka_unit_test(test_numbers_are_one_subscriber_however_dialled),
		cmocka_unit_test(test_same_seed_same_noise),
		cmocka_unit_test(test_every_country_has_numbers_that_parse),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
