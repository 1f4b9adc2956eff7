/* Every fault of the table, played: what the client hears and what really went on air. */
#include "tests/lib/simchat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define SETUP                                                                            \
	{                                                                                \
		"CMEE and routing", "AT+CMEE=1;+CNMI=2,1,0,1,0\r", "|OK|"                \
	}
#define CMGS                                                                             \
	{                                                                                \
		"AT+CMGS", "AT+CMGS=24\r", "|> "                                         \
	}
#define SENT(n)                                                                          \
	{                                                                                \
		"accepted", CHAT_PDU, "|+CMGS: " #n "||OK|"                              \
	}
#define ALIVE                                                                            \
	{                                                                                \
		"still alive", "AT\r", "|OK|"                                            \
	}
#define WAIT(n)                                                                          \
	{                                                                                \
		"time passes", "@" #n, NULL                                              \
	}
#define DELIVER_ONE "!tpdu modem0 040B911010325476F80000521090715302630568656C6C6F"
#define ONE_PDU     "0791280192910003040B911010325476F80000521090715302630568656C6C6F"
#define LONG_TEXT                                                                        \
	"0123456789012345678901234567890123456789012345678901234567890123456789"         \
	"0123456789012345678901234567890123456789012345678901234567890123456789"         \
	"012345678901234567890123456789"

struct scene {
	const char *arm; /* "NAME arguments" */
	struct chat_row rows[9];
	const char *kind, *needle; /* of the ledger, and how many such lines */
	int lines;
};

/* A row's `say`: bytes for the modem, "!COMMAND" for the network, "@MS" lets time pass.
 */
static const struct scene scenes[] = {
	{"urc-before-prompt",
		{{"a URC first", "AT+CMGS=24\r", "|+CMTI: \"SM\",0||> "}, SENT(0)},
		"submit", NULL, 1},
	{"urc-inside",
		{{"inside", "AT+CPMS?\r",
			 "|+CPMS: \"SM\",0,30,\"SM\",0,30,\"SM\",0,30||+CDSI: "
			 "\"SR\",50||OK|"},
			{"once", "AT+CMGF?\r", "|+CMGF: 0||OK|"}},
		"fault", "urc-inside", 1},
	{"prompt style=bare", {{"bare", "AT+CMGS=24\r", "|>"}, SENT(0)}, "submit", NULL,
		1},
	{"echo-on", {{"ATE0 does not help", "ATE0\r", "ATE0|OK|"}}, "submit", NULL, 0},
	{"echo-off", {{"ATE1 neither", "ATE1\r", "|OK|"}, ALIVE}, "submit", NULL, 0},
	{"crlf-before-echo",
		{{"echo", "ATE1\r", "|OK|"}, {"prompt", "AT+CMGS=24\r", "AT+CMGS=24|> "},
			{"CRLF first", "00\x1b", "|00|OK|"}},
		"submit", NULL, 0},
	{"no-prompt",
		{{"nothing", "AT+CMGS=24\r", NULL}, {"nor for AT", "AT\r", NULL},
			{"ESC", "\x1b", "|OK|"}, CMGS, SENT(0)},
		"submit", NULL, 1},
	{"cms-38", {CMGS, {"after the PDU", CHAT_PDU, "|+CMS ERROR: 38|"}, CMGS, SENT(1)},
		"submit", NULL, 1},
	{"cms-304 at=prompt",
		{{"at the prompt", "AT+CMGS=24\r", "|+CMS ERROR: 304|"}, CMGS, SENT(0)},
		"submit", NULL, 1},
	{"error-text", {{"words", "AT+CMGR=99\r", "|+CMS ERROR: invalid memory index|"}},
		"submit", NULL, 0},
	{"error-no-blank", {{"glued", "AT+CMGR=99\r", "|+CMS ERROR:321|"}}, "submit",
		NULL, 0},
	{"no-answer", {CMGS, {"nothing", CHAT_PDU, NULL}, ALIVE, CMGS, SENT(0)}, "submit",
		NULL, 1},
	{"lost-ok", {CMGS, {"nothing", CHAT_PDU, NULL}, ALIVE, CMGS, SENT(1)}, "submit",
		NULL, 2},
	{"cmgs-no-ok", {CMGS, {"half", CHAT_PDU, "|+CMGS: 0|"}, ALIVE}, "submit", NULL,
		1},
	{"ok-no-cmgs", {CMGS, {"half", CHAT_PDU, "|OK|"}, ALIVE}, "submit", NULL, 1},
	{"lost-cmgs-late ms=3000",
		{CMGS, {"nothing yet", CHAT_PDU, NULL}, ALIVE, WAIT(2999),
			{"nothing", "", NULL}, WAIT(1), {"late", "", "|+CMGS: 0||OK|"}},
		"submit", NULL, 1},
	{"sent-but-cms code=500", {CMGS, {"a lie", CHAT_PDU, "|+CMS ERROR: 500|"}},
		"submit", NULL, 1},
	{"report-before-ok", {CMGS, {"in the wrong order", CHAT_REPORT, "|+CDS: 25|"}},
		"report", "\"mr\":0", 1},
	{"cdsi-wrong-mem",
		{{"stored reports", "AT+CNMI=2,1,0,2,0\r", "|OK|"}, CMGS,
			{"names SM", CHAT_REPORT, "|+CMGS: 0||OK||+CDSI: \"SM\",1|"},
			{"but SR has it", "AT+CPMS=\"SR\"\r",
				"|+CPMS: 1,20,0,30,0,30||OK|"}},
		"report", NULL, 1},
	{"sr-no-cmgl",
		{{"SR", "AT+CPMS=\"SR\"\r", "|+CPMS: 0,20,0,30,0,30||OK|"},
			{"no list", "AT+CMGL=4\r", "|+CMS ERROR: 302|"},
			{"but reading", "AT+CMGR=1\r", "|OK|"}},
		"submit", NULL, 0},
	{"dup-part",
		{{"long", "!text 0101 modem0 " LONG_TEXT,
			"|+CMTI: \"SM\",1||+CMTI: \"SM\",2||+CMTI: \"SM\",3|"}},
		"deliver", "\"seq\":1,\"total\":2", 2},
	{"reorder-parts",
		{{"long", "!text 0101 modem0 " LONG_TEXT,
			"|+CMTI: \"SM\",1||+CMTI: \"SM\",2|"}},
		"deliver", "\"total\":2", 2},
	{"drop-part", {{"long", "!text 0101 modem0 " LONG_TEXT, "|+CMTI: \"SM\",1|"}},
		"deliver", "\"seq\":2,\"total\":2", 0},
	{"dup-deliver", {{"twice", DELIVER_ONE, "|+CMTI: \"SM\",1||+CMTI: \"SM\",2|"}},
		"deliver", NULL, 2},
	{"report-unknown-mr", {CMGS, {"sent", CHAT_REPORT, "|+CMGS: 0||OK||+CDS: 25|"}},
		"report", "\"mr\":101", 1},
	{"dup-report", {CMGS, {"sent", CHAT_REPORT, "|+CMGS: 0||OK||+CDS: 25|"}, WAIT(1)},
		"report", "\"mr\":0", 2},
	{"wrong-mr value=7", {CMGS, {"says 7", CHAT_PDU, "|+CMGS: 7||OK|"}}, "submit",
		"\"mr\":0", 1},
	{"mr-constant value=0", {CMGS, SENT(0), CMGS, SENT(0)}, "submit", "\"mr\":0", 2},
	{"mr-set value=200", {CMGS, SENT(200)}, "submit", "\"mr\":200", 1},
	{"mr-reset",
		{CMGS, SENT(0), {"reboot", "!reboot modem0 10", NULL}, WAIT(10),
			{"boot", "",
				"|RDY||+CFUN: 1||+CPIN: READY||Call Ready||SMS Ready|"},
			{"echo off", "ATE0\r", "ATE0|OK|"}, CMGS, SENT(0)},
		"submit", "\"mr\":0", 2},
	{"cmti-wrong-mem",
		{{"in ME", DELIVER_ONE, "|+CMTI: \"ME\",1|"},
			{"not in SM", "AT+CMGR=1\r", "|OK|"}},
		"deliver", NULL, 1},
	{"index-zero",
		{{"from 0", DELIVER_ONE, "|+CMTI: \"SM\",0|"},
			{"deleted", "AT+CMGD=0\r", "|OK|"}},
		"delete", "\"index\":0", 1},
	{"cmti-minus-one",
		{{"nothing stored", DELIVER_ONE, "|+CMTI: ,-1|"},
			{"the next command lets the network try again", "AT\r",
				"|OK||+CMTI: \"SM\",1|"}},
		"deliver", NULL, 1},
	{"cmti-lost",
		{{"silence", DELIVER_ONE, NULL},
			{"and yet", "AT+CPMS?\r",
				"|+CPMS: \"SM\",1,30,\"SM\",1,30,\"SM\",1,30||OK|"}},
		"deliver", NULL, 1},
	{"storage-full style=smsfull",
		{{"full", DELIVER_ONE, "|+SMS FULL|"},
			{"as CPMS says", "AT+CPMS?\r",
				"|+CPMS: \"SM\",30,30,\"SM\",30,30,\"SM\",30,30||OK|"},
			{"nothing can be written", "AT+CMGW=24\r", "|+CMS ERROR: 322|"},
			{"room again", "!clear modem0", "|+CMTI: \"SM\",1|"}},
		"deliver", NULL, 1},
	{"reboot ms=50 after=1",
		{CMGS, SENT(0), {"the second", "AT+CMGS=24\r", NULL}, WAIT(50),
			{"boot", "",
				"|RDY||+CFUN: 1||+CPIN: READY||Call Ready||SMS Ready|"},
			{"settings are gone", "AT+CMEE?\r", "AT+CMEE?|+CMEE: 0||OK|"}},
		"submit", NULL, 1},
	{"cnmi-reject ds=1",
		{{"advertised", "AT+CNMI=?\r",
			 "|+CNMI: (0-2),(0-3),(0-3),(0-2),(0,1)||OK|"},
			{"refused", "AT+CNMI=2,1,0,1,0\r", "|+CMS ERROR: 303|"},
			{"another", "AT+CNMI=2,1,0,2,0\r", "|OK|"}},
		"submit", NULL, 0},
	{"cnmi-no-ds2",
		{{"not offered", "AT+CNMI=?\r",
			 "|+CNMI: (0-2),(0-3),(0-3),(0,1),(0,1)||OK|"},
			{"nor taken", "AT+CNMI=2,1,0,2,0\r", "|+CMS ERROR: 303|"}},
		"submit", NULL, 0},
	{"csca-ucs2",
		{{"hex", "AT+CSCA?\r",
			"|+CSCA: "
			"\"002B003800320031003000320039003100390030003000330030\",145||"
			"OK|"}},
		"submit", NULL, 0},
	{"creg-empty", {{"only OK", "AT+CREG?\r", "|OK|"}}, "submit", NULL, 0},
	{"creg-searching",
		{{"stat 2", "AT+CREG?\r", "|+CREG: 0,2||OK|"},
			{"no service", "AT+CMGS=24\r", "|+CMS ERROR: 331|"}},
		"submit", NULL, 0},
	{"creg-stat value=6",
		{{"SMS only", "AT+CREG?\r", "|+CREG: 0,6||OK|"}, CMGS, SENT(0)}, "submit",
		NULL, 1},
	{"creg-short", {{"no n", "AT+CREG?\r", "|+CREG: 1||OK|"}}, "submit", NULL, 0},
	{"creg-hex", {{"bare hex", "AT+CEREG?\r", "|+CEREG: 0,1,4CA,81DE445||OK|"}},
		"submit", NULL, 0},
	{"cpin-no-ok", {{"no OK", "AT+CPIN?\r", "|+CPIN: READY|"}, ALIVE}, "submit", NULL,
		0},
	{"cpin-late ms=2000",
		{{"OK first", "AT+CPIN?\r", "|OK|"}, WAIT(2000),
			{"late", "", "|+CPIN: READY|"}},
		"submit", NULL, 0},
	{"sim-pin value=4321",
		{{"locked", "AT+CPIN?\r", "|+CPIN: SIM PIN||OK|"},
			{"PIN", "AT+CPIN=4321\r", "|OK||Call Ready||SMS Ready|"}},
		"pin", "right", 1},
	{"sim-puk",
		{{"PUK", "AT+CPIN?\r", "|+CPIN: SIM PUK||OK|"},
			{"no SMS", "AT+CMGS=24\r", "|+CMS ERROR: 316|"}},
		"submit", NULL, 0},
	{"sim-busy ms=1000",
		{{"busy", "AT+CPIN?\r", "|+CME ERROR: 14|"},
			{"busy for SMS", "AT+CMGS=24\r", "|+CMS ERROR: 314|"}, WAIT(1000),
			{"ready", "AT+CPIN?\r", "|+CPIN: READY||OK|"}},
		"submit", NULL, 0},
	{"bare-cr", {{"no LF", "AT\r", "OK"}}, "submit", NULL, 0},
	{"lf-only", {{"no CR", "AT\r", "|OK|"}}, "submit", NULL, 0},
	{"trickle ms=10",
		{{"not yet", "AT\r", NULL}, WAIT(30),
			{"three bytes, CR is one", "", "|O"}, WAIT(100),
			{"the rest", "", "K|"}},
		"submit", NULL, 0},
	{"cmgl-bad-length",
		{{"stored", DELIVER_ONE, "|+CMTI: \"SM\",1|"},
			{"counts the SMSC", "AT+CMGL=4\r",
				"|+CMGL: 1,0,,32|" ONE_PDU "||OK|"}},
		"deliver", NULL, 1},
	{"cmgr-empty",
		{{"stored", DELIVER_ONE, "|+CMTI: \"SM\",1|"},
			{"empty", "AT+CMGR=1\r", "|OK|"}},
		"deliver", NULL, 1},
	{"cmgd-321",
		{{"stored", DELIVER_ONE, "|+CMTI: \"SM\",1|"},
			{"error, yet gone", "AT+CMGD=1\r", "|+CMS ERROR: 321|"}},
		"delete", NULL, 1},
	{"cmgd-kept value=1",
		{{"stored", DELIVER_ONE, "|+CMTI: \"SM\",1|"},
			{"OK, yet there", "AT+CMGD=1\r", "|OK|"},
			{"listed", "AT+CMGR=1\r", "|+CMGR: 0,,24|" ONE_PDU "||OK|"}},
		"delete", NULL, 0},
	{"cnma-required",
		{{"direct", "AT+CNMI=2,2,0,1,0\r", "|OK|"},
			{"first", DELIVER_ONE, "|+CMT: ,24|" ONE_PDU "|"},
			{"withheld", DELIVER_ONE, NULL},
			{"CNMA", "AT+CNMA\r", "|OK||+CMT: ,24|" ONE_PDU "|"}},
		"ack", "good", 1},
	{"cme-busy times=2",
		{{"busy", "AT+CSQ\r", "|+CME ERROR: 515|"},
			{"busy", "AT+CSQ\r", "|+CME ERROR: 515|"},
			{"free", "AT+CSQ\r", "|+CSQ: 20,99||OK|"}},
		"fault", "cme-busy", 2},
	{"length-mismatch", {CMGS, {"304", CHAT_PDU, "|+CMS ERROR: 304|"}}, "submit",
		NULL, 0},
	{"stuck-prompt",
		{{"prompt", "AT\r", "|> "}, {"still", "AT\r", NULL},
			{"ESC", "\x1b", "|OK|"}, ALIVE},
		"submit", NULL, 0},
	{"hang ms=500", {{"nothing", "AT\r", NULL}, WAIT(500), ALIVE}, "submit", NULL, 0},
	{"hang", {{"nothing", "AT\r", NULL}, {"clear", "!clear modem0", NULL}, ALIVE},
		"submit", NULL, 0},
	{"cut-mid-pdu ms=500",
		{{"prompt", "AT+CMGS=24\r", "|> "}, {"half a PDU", CHAT_PDU, NULL},
			{"nothing is heard", "AT\r", NULL}, WAIT(500),
			{"it still waits for the rest", "\x1b", "|OK|"}, ALIVE},
		"cut", NULL, 1},
	/* Told below, because bytes or the port itself are the point. */
	{"nul-bytes", {{0}}, NULL, NULL, 0},
	{"garbage", {{0}}, NULL, NULL, 0},
	{"unplug", {{0}}, NULL, NULL, 0},
	{"unplug-mid-pdu", {{0}}, NULL, NULL, 0},
	{"re-enumerate", {{0}}, NULL, NULL, 0},
	{"urc-flood", {{0}}, NULL, NULL, 0},
};

static void
play_row(struct simchat *c, const struct chat_row *row)
{
	if (row->say[0] == '@')
		chat_pass(c, strtol(row->say + 1, NULL, 10));
	else if (row->say[0] || row->expect)
		chat_rows(c, row, 1);
	else
		chat_silent(c, row->name);
}

static void
play(const struct scene *s)
{
	static const struct chat_row setup[] = {SETUP};
	struct simchat c;
	char arm[128];
	chat_open(&c, NULL);
	chat_rows(&c, setup, 1);
	snprintf(arm, sizeof(arm), "fault modem0 %s", s->arm);
	chat_tell(&c, arm);
	for (size_t i = 0; i < ARRAY_LEN(s->rows) && s->rows[i].name; i++)
		play_row(&c, &s->rows[i]);
	int lines = chat_ledger(&c, s->kind, s->needle);
	if (lines != s->lines)
		fail_msg("%s: %d ledger lines %s %s, not %d", s->arm, lines, s->kind,
			s->needle ? s->needle : "", s->lines);
	chat_close(&c);
}

static void
test_scenes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scenes); i++) {
		if (!scenes[i].kind)
			continue;
		print_message("%s\n", scenes[i].arm);
		play(&scenes[i]);
	}
}

static void
test_every_fault_has_a_scene(void **state)
{
	bool seen[FAULT_COUNT] = {false}, listed[33] = {false};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scenes); i++) {
		struct sim_fault_armed armed;
		assert_int_equal(sim_fault_parse(scenes[i].arm, &armed, NULL), 0);
		seen[armed.id] = true;
	}
	for (size_t i = 0; i < FAULT_COUNT; i++) {
		if (!seen[i])
			fail_msg("no scene plays %s", sim_fault_rows[i].name);
		listed[sim_fault_rows[i].seen] = true;
	}
	for (size_t i = 1; i < ARRAY_LEN(listed); i++)
		assert_true(listed[i]); /* each of the failures seen on real modems */
}

static void
test_prompts(void **state)
{
	static const struct {
		const char *style, *folded;
	} rows[] = {{"bare", "|>"}, {"cr", "|> "}, {"n211", "| | > |"}, {"glued", "> "}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct simchat c;
		char arm[64];
		chat_open(&c, NULL);
		snprintf(arm, sizeof(arm), "fault modem0 prompt style=%s", rows[i].style);
		chat_tell(&c, arm);
		chat_say(&c, "AT+CMGS=24\r");
		chat_expect(&c, rows[i].style, rows[i].folded);
		chat_say(&c, CHAT_PDU);
		chat_expect(&c, "accepted", "|+CMGS: 0||OK|");
		chat_close(&c);
	}
}

/* Counts a byte in all that is heard until `count` bytes came. */
static int
heard_bytes(struct simchat *c, size_t count, char byte)
{
	int found = 0;
	while (c->heard.len < count)
		chat_pass(c, 0);
	for (size_t i = 0; i < c->heard.len; i++)
		found += c->heard.s[i] == byte;
	return found;
}

static void
test_bytes_that_do_not_belong(void **state)
{
	struct simchat c;
	(void)state;
	chat_open(&c, NULL);
	chat_tell(&c, "fault modem0 nul-bytes");
	chat_say(&c, "AT\r");
	assert_int_equal(heard_bytes(&c, 6, '\0'), 2);
	chat_tell(&c, "clear modem0");
	strbuf_reset(&c.heard);
	chat_tell(&c, "fault modem0 garbage value=30");
	chat_say(&c, "AT\r");
	assert_true(heard_bytes(&c, 28, (char)0xFF) >= 10);
	chat_close(&c);
}

static void
test_flood(void **state)
{
	struct simchat c;
	(void)state;
	chat_open(&c, NULL);
	chat_tell(&c, "fault modem0 urc-flood ms=10");
	chat_pass(&c, 100);
	assert_int_equal(heard_bytes(&c, 10 * strlen("|^RSSI:10|"), '^'), 10);
	chat_close(&c);
}

static bool
port_is_gone(const struct simchat *c)
{
	char byte;
	return access(c->sim->modems[0].link, F_OK) < 0 && read(c->fd, &byte, 1) <= 0;
}

static void
test_the_port_disappears(void **state)
{
	struct simchat c;
	(void)state;
	chat_open(&c, NULL);
	chat_tell(&c, "fault modem0 unplug-mid-pdu ms=1000");
	chat_say(&c, "AT+CMGS=24\r");
	chat_expect(&c, "prompt", "|> ");
	chat_say(&c, CHAT_PDU);
	chat_pass(&c, 999);
	assert_true(port_is_gone(&c));
	assert_int_equal(chat_ledger(&c, "submit", NULL), 0);
	chat_tell(&c, "text 0101 modem0 waits for the plug");
	assert_int_equal(chat_ledger(&c, "deliver", NULL), 0);
	chat_pass(&c, 1);
	chat_dial(&c);
	assert_int_equal(chat_ledger(&c, "deliver", "waits for the plug"), 1);
	chat_say(&c, "AT\r");
	chat_expect(&c, "power on: echo is back", "AT|OK|");
	chat_tell(&c, "fault modem0 unplug");
	assert_true(port_is_gone(&c));
	chat_tell(&c, "plug modem0");
	chat_dial(&c);
	chat_close(&c);
}

static void
test_another_terminal_under_another_name(void **state)
{
	struct simchat c;
	char before[64];
	(void)state;
	chat_open(&c, NULL);
	snprintf(before, sizeof(before), "%s", c.sim->modems[0].port.path);
	chat_tell(&c, "fault modem0 re-enumerate ms=100 path=ttyUSB7");
	assert_true(port_is_gone(&c));
	close(c.fd); /* the old terminal's number is free again */
	c.fd = -1;
	chat_pass(&c, 100);
	assert_non_null(strstr(c.sim->modems[0].link, "/ttyUSB7"));
	chat_dial(&c);
	assert_string_not_equal(c.sim->modems[0].port.path, before);
	chat_say(&c, "AT+CGSN\r");
	chat_expect(&c, "the same modem", "AT+CGSN|356938035640003||OK|");
	chat_close(&c);
}

static void
test_bad_faults_get_a_sentence(void **state)
{
	static const struct {
		const char *text, *sentence;
	} rows[] = {
		{"", "name is missing"},
		{"lost-okay", "did you mean \"lost-ok\"?"},
		{"qqq", "malgil sim --list-faults"},
		{"lost-ok after=x", "a number from 0 is expected"},
		{"lost-ok after", "is not KEY=VALUE"},
		{"creg-searching after=2", "takes neither after nor times"},
		{"reboot ms=-1", "a number from 0 is expected"},
	};
	struct strbuf err = STRBUF_SENTENCE;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct sim_fault_armed armed;
		assert_true(sim_fault_parse(rows[i].text, &armed, &err) < 0);
		if (!strstr(err.s, rows[i].sentence))
			fail_msg("\"%s\" gave: %s", rows[i].text, err.s);
	}
	strbuf_done(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenes),
		cmocka_unit_test(test_every_fault_has_a_scene),
		cmocka_unit_test(test_prompts),
		cmocka_unit_test(test_bytes_that_do_not_belong),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_the_port_disappears),
		cmocka_unit_test(test_another_terminal_under_another_name),
		cmocka_unit_test(test_bad_faults_get_a_sentence),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
