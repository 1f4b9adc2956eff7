/* The simulated modem as a client sees it, byte for byte, over its pty. */
#include "tests/lib/simchat.h"

#include <stdio.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void
test_commands(void **state)
{
	static const struct chat_row rows[] = {
		{"a plain AT", "AT\r", "|OK|"},
		{"noise before AT is ignored", "\x1bxxAT\r", "|OK|"},
		{"a line without AT is no command", "hello\r", NULL},
		{"small letters", "at+cmgf?\r", "|+CMGF: 0||OK|"},
		{"unknown", "AT+NOSUCH=1\r", "|ERROR|"},
		{"CME hides behind ERROR at CMEE 0", "AT+CSCS=\"KOI\"\r", "|ERROR|"},
		{"CME by number", "AT+CMEE=1;+CSCS=\"KOI\"\r", "|+CME ERROR: 50|"},
		{"CME in words", "AT+CMEE=2;+CSCS=\"KOI\"\r",
			"|+CME ERROR: incorrect parameters|"},
		{"CMEE is read back", "AT+CMEE?\r", "|+CMEE: 2||OK|"},
		{"several on one line", "ATE0+CMEE=1;+CMGF?;+CMEE?\r",
			"|+CMGF: 0||+CMEE: 1||OK|"},
		{"a line ends at its first error", "AT+CMGF?;+NOSUCH;+CMEE?\r",
			"|+CMGF: 0||ERROR|"},
		{"A/ repeats", "A/\r", "|+CMGF: 0||ERROR|"},
		{"identity", "ATI\r", "|Malgil||SIM-1||Revision: 1.0||OK|"},
		{"IMEI with its check digit", "AT+CGSN\r", "|356938035640003||OK|"},
		{"ICCID", "AT+CCID\r", "|+CCID: 8982050000000000018||OK|"},
		{"ICCID from the SIM, nibbles swapped", "AT+CRSM=176,12258,0,0,10\r",
			"|+CRSM: 144,0,\"982850000000000010F8\"||OK|"},
		{"a fresh EF_SMSS", "AT+CRSM=176,28483,0,0,2\r",
			"|+CRSM: 144,0,\"FFFF\"||OK|"},
		{"registered", "AT+CREG?\r", "|+CREG: 0,1||OK|"},
		{"own number", "AT+CNUM\r", "|+CNUM: \"\",\"+821070000000\",145||OK|"},
		{"operator", "AT+COPS?\r", "|+COPS: 0,0,\"SKTelecom\",7||OK|"},
		{"balance comes after OK", "AT+CUSD=1,\"*100#\",15\r",
			"|OK||+CUSD: 0,\"Balance 12,340 KRW\",15|"},
		{"results as numbers", "ATV0\r", "0"},
		{"and as words again", "ATV1\r", "|OK|"},
		{"the clock in the country's zone", "AT+CCLK?\r",
			"|+CCLK: \"25/10/09,17:53:20+36\"||OK|"},
		{"memories", "AT+CPMS?\r",
			"|+CPMS: \"SM\",0,30,\"SM\",0,30,\"SM\",0,30||OK|"},
		{"SR is only for reading", "AT+CPMS=\"SR\",\"SR\"\r",
			"|+CMS ERROR: 302|"},
		{"CNMI out of range", "AT+CNMI=9\r", "|+CMS ERROR: 303|"},
		{"CNMI keeps what is left out", "AT+CNMI=2,1\r", "|OK|"},
		{"CNMI read back", "AT+CNMI?\r", "|+CNMI: 2,1,0,0,0||OK|"},
		{"no acknowledgement expected", "AT+CNMA\r", "|+CMS ERROR: 340|"},
		{"an empty slot", "AT+CMGR=3\r", "|OK|"},
		{"no such slot", "AT+CMGR=31\r", "|+CMS ERROR: 321|"},
	};
	struct simchat c;
	(void)state;
	chat_open(&c, NULL);
	chat_rows(&c, rows, ARRAY_LEN(rows));
	chat_close(&c);
}

static void
test_sending(void **state)
{
	static const struct chat_row rows[] = {
		{"prompt", "AT+CMGS=24\r", "|> "},
		{"accepted, first reference 0", CHAT_PDU, "|+CMGS: 0||OK|"},
		{"EF_SMSS follows", "AT+CRSM=176,28483,0,0,2\r",
			"|+CRSM: 144,0,\"00FF\"||OK|"},
		{"prompt again", "AT+CMGS=24\r", "|> "},
		{"ESC leaves without sending", "0011\x1b", "|OK|"},
		{"a length that is not the PDU's", "AT+CMGS=23\r", "|> "},
		{"is refused", CHAT_PDU, "|+CMS ERROR: 304|"},
		{"not hex", "AT+CMGS=24\r", "|> "},
		{"is refused too", "00zz\x1a", "|+CMS ERROR: 304|"},
		{"no length", "AT+CMGS=\r", "|+CMS ERROR: 304|"},
		{"a DELIVER is no SUBMIT", "AT+CMGS=20\r", "|> "},
		{"and is refused", "00040B811010325476F80000112233445566770000\x1a",
			"|+CMS ERROR: 304|"},
		{"store", "AT+CMGW=24\r", "|> "},
		{"in slot 1", CHAT_PDU, "|+CMGW: 1||OK|"},
		{"send from the slot", "AT+CMSS=1\r", "|+CMGS: 1||OK|"},
		{"text mode", "AT+CMGF=1\r", "|OK|"},
		{"a bare number is PDU mode's length", "AT+CMGS=24\r",
			"|+CMS ERROR: 305|"},
		{"a quoted one is a destination", "AT+CMGS=\"01012345678\"\r", "|> "},
		{"text", "hi there\x1a", "|+CMGS: 2||OK|"},
	};
	struct simchat c;
	(void)state;
	chat_open(&c, NULL);
	chat_rows(&c, rows, ARRAY_LEN(rows));
	assert_int_equal(chat_ledger(&c, "submit", NULL), 3);
	assert_int_equal(chat_ledger(&c, "submit", "\"text\":\"hello world\""), 2);
	assert_int_equal(chat_ledger(&c, "handset-text", "\"text\":\"hi there\""), 1);
	assert_int_equal(chat_ledger(&c, "submit", "\"to\":\"+821012345678\""), 3);
	chat_close(&c);
}

static void
test_echo(void **state)
{
	struct simchat c;
	(void)state;
	chat_open(&c, NULL);
	chat_say(&c, "ATE1\r");
	chat_expect(&c, "echo on", "|OK|");
	chat_say(&c, "AT+CMGS=24\r");
	chat_expect(&c, "the command", "AT+CMGS=24|> ");
	chat_say(&c, CHAT_PDU);
	chat_expect(&c, "the PDU",
		"0011000B811010325476F80000FF0BE8329BFD06DDDF723619|+CMGS: 0||OK|");
	chat_close(&c);
}

static void
test_latency_and_waiting_input(void **state)
{
	struct sim_options o = SIM_OPTIONS_DEFAULT;
	struct simchat c;
	(void)state;
	o.latency = 2000;
	chat_open(&c, &o);
	chat_say(&c, "AT+CNMI=2,1,0,1,0\r");
	chat_expect(&c, "routing", "|OK|");
	chat_say(&c, "AT+CMGS=24\r");
	chat_expect(&c, "prompt", "|> ");
	chat_say(&c, CHAT_PDU "AT+CMGF?\r");
	chat_tell(&c, "text 010-2222-3333 modem0 meanwhile");
	chat_pass(&c, 1999);
	chat_silent(&c, "too early for an answer, and no line in the middle");
	assert_int_equal(chat_ledger(&c, "submit", NULL), 0);
	chat_pass(&c, 1);
	chat_expect(&c, "the answer, what waited, the next command",
		"|+CMGS: 0||OK||+CMTI: \"SM\",1||+CMGF: 0||OK|");
	assert_int_equal(chat_ledger(&c, "submit", NULL), 1);
	chat_close(&c);
}

static void
test_reference_wraps(void **state)
{
	struct simchat c;
	(void)state;
	chat_open(&c, NULL);
	chat_tell(&c, "fault modem0 mr-set value=255");
	for (int i = 0; i < 2; i++) {
		chat_say(&c, "AT+CMGS=24\r");
		chat_expect(&c, "prompt", "|> ");
		chat_say(&c, CHAT_PDU);
		chat_expect(
			&c, "wraps at 256", i ? "|+CMGS: 0||OK|" : "|+CMGS: 255||OK|");
	}
	chat_close(&c);
}

static void
test_storage(void **state)
{
	struct sim_options o = SIM_OPTIONS_DEFAULT;
	struct simchat c;
	(void)state;
	o.storage = 2;
	chat_open(&c, &o);
	chat_say(&c, "AT+CNMI=2,1,0,1,0\r");
	chat_expect(&c, "routing", "|OK|");
	static const struct chat_row rows[] = {
		{"first", "!text 0101 modem0 one", "|+CMTI: \"SM\",1|"},
		{"second", "!text 0101 modem0 two", "|+CMTI: \"SM\",2|"},
		{"the SIM is full: the network waits", "!text 0101 modem0 three", NULL},
		{"full in CPMS", "AT+CPMS?\r",
			"|+CPMS: \"SM\",2,2,\"SM\",2,2,\"SM\",2,2||OK|"},
		{"full in EF_SMSS", "AT+CRSM=176,28483,0,0,2\r",
			"|+CRSM: 144,0,\"FFFE\"||OK|"},
		{"a freed slot takes what waited, at once", "AT+CMGD=1\r",
			"|OK||+CMTI: \"SM\",1|"},
		{"delete both", "AT+CMGD=1,4\r", "|OK|"},
		{"deleting nothing is fine", "AT+CMGD=2\r", "|OK|"},
		{"deleting nowhere is not", "AT+CMGD=3\r", "|+CMS ERROR: 321|"},
	};
	chat_rows(&c, rows, ARRAY_LEN(rows));
	assert_int_equal(chat_ledger(&c, "delete", NULL), 3);
	assert_int_equal(chat_ledger(&c, "deliver", NULL), 3);
	assert_int_equal(chat_ledger(&c, "full", NULL), 1);
	chat_close(&c);
}

static void
test_listing(void **state)
{
	static const struct chat_row rows[] = {
		{"one text",
			"!tpdu modem0 040B911010325476F80000521090715302630568656C6C6F",
			NULL},
		{"listed", "AT+CMGL=4\r",
			"|+CMGL: "
			"1,0,,24|0791280192910003040B911010325476F8000052109071530263"
			"0568656C6C6F||OK|"},
		{"read now, so not among the new", "AT+CMGL=0\r", "|OK|"},
		{"read by index", "AT+CMGR=1\r",
			"|+CMGR: "
			"1,,24|0791280192910003040B911010325476F80000521090715302630"
			"568656C6C6F||OK|"},
		{"no such status", "AT+CMGL=9\r", "|+CMS ERROR: 304|"},
	};
	struct simchat c;
	(void)state;
	chat_open(&c, NULL);
	chat_rows(&c, rows, ARRAY_LEN(rows));
	chat_close(&c);
}

/* Sends one text with a report and returns with the modem idle. */
static void
send_reported(struct simchat *c)
{
	chat_say(c, "AT+CMGS=24\r");
	chat_expect(c, "prompt", "|> ");
	chat_say(c, CHAT_REPORT);
	chat_expect(c, "accepted", "|+CMGS: 0||OK|");
}

static void
test_report_routing(void **state)
{
	static const struct {
		const char *cnmi, *heard;
	} rows[] = {
		{"AT+CNMI=2,1,0,0,0\r", NULL},
		{"AT+CNMI=2,1,0,1,0\r", "|+CDS: 25|"},
		{"AT+CNMI=2,1,0,2,0\r", "|+CDSI: \"SR\",1|"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct sim_options o = SIM_OPTIONS_DEFAULT;
		struct simchat c;
		o.report_delay = 700;
		chat_open(&c, &o);
		chat_say(&c, rows[i].cnmi);
		chat_expect(&c, rows[i].cnmi, "|OK|");
		send_reported(&c);
		chat_pass(&c, 699);
		chat_silent(&c, "not yet");
		chat_pass(&c, 1);
		if (rows[i].heard)
			chat_expect(&c, rows[i].cnmi, rows[i].heard);
		else
			chat_silent(&c, rows[i].cnmi);
		assert_int_equal(chat_ledger(&c, "report", "\"mr\":0,\"status\":0"), 1);
		chat_close(&c);
	}
}

static void
test_report_rules(void **state)
{
	static const struct {
		const char *rule;
		int status, reports, texts;
	} rows[] = {
		{"rule 010-1234-5678 report=delivered", 0, 1, 1},
		{"rule 010-1234-5678 report=failed", 0x43, 1, 0},
		{"rule * report=expired delay=5", 0x46, 1, 0},
		{"rule 010-1234-5678 report=pending delay=5", 0x21, 2, 1},
		{"rule 010-1234-5678 report=none", 0, 0, 1},
		{"rule 010-1234-5678 report=0x30", 0x30, 2, 1},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct simchat c;
		char needle[32];
		chat_open(&c, NULL);
		chat_tell(&c, rows[i].rule);
		send_reported(&c);
		chat_pass(&c, 100);
		snprintf(needle, sizeof(needle), "\"status\":%d", rows[i].status);
		assert_int_equal(chat_ledger(&c, "report", NULL), rows[i].reports);
		assert_int_equal(chat_ledger(&c, "report", needle), rows[i].reports > 0);
		assert_int_equal(chat_ledger(&c, "handset-text", NULL), rows[i].texts);
		chat_close(&c);
	}
}

static void
test_direct_delivery_wants_acknowledgement(void **state)
{
	static const char one[] =
		"tpdu modem0 040B911010325476F80000521090715302630568656C6C6F";
	static const char cmt[] =
		"|+CMT: ,24|0791280192910003040B911010325476F80000521090715302"
		"630568656C6C6F|";
	struct simchat c;
	(void)state;
	chat_open(&c, NULL);
	chat_say(&c, "AT+CSMS=1;+CNMI=2,2,0,1,0\r");
	chat_expect(&c, "phase 2+", "|+CSMS: 1,1,1||OK|");
	chat_tell(&c, one);
	chat_tell(&c, one);
	chat_expect(&c, "handed over", cmt);
	chat_silent(&c, "the second is withheld");
	chat_say(&c, "AT+CNMA\r");
	chat_expect(&c, "acknowledged, and the second comes", "|OK|");
	chat_expect(&c, "second", cmt);
	chat_pass(&c, 6000);
	chat_say(&c, "AT+CNMI?\r");
	chat_expect(&c, "too late: routing is off", "|+CNMI: 2,0,0,0,0||OK|");
	chat_say(&c, "AT+CPMS?\r");
	chat_expect(&c, "and the network delivered it into the SIM",
		"|+CPMS: \"SM\",1,30,\"SM\",1,30,\"SM\",1,30||OK|");
	assert_int_equal(chat_ledger(&c, "ack", "good"), 1);
	assert_int_equal(chat_ledger(&c, "ack", "late"), 1);
	chat_close(&c);
}

static void
test_indications_wait_in_mode_0(void **state)
{
	static const struct chat_row rows[] = {
		{"mode 0", "AT+CNMI=0,1,0,1,0\r", "|OK|"},
		{"kept in the modem", "!text 0101 modem0 hey", NULL},
		{"still", "AT\r", "|OK|"},
		{"flushed by mode 2", "AT+CNMI=2,1,0,1,0\r", "|OK||+CMTI: \"SM\",1|"},
	};
	struct simchat c;
	(void)state;
	chat_open(&c, NULL);
	chat_rows(&c, rows, ARRAY_LEN(rows));
	chat_close(&c);
}

static void
test_pin(void **state)
{
	static const struct chat_row rows[] = {
		{"numbers", "AT+CMEE=1\r", "|OK|"},
		{"locked", "AT+CPIN?\r", "|+CPIN: SIM PIN||OK|"},
		{"SMS commands say CMS", "AT+CMGS=24\r", "|+CMS ERROR: 311|"},
		{"SIM commands say CME", "AT+CIMI\r", "|+CME ERROR: 11|"},
		{"not registered", "AT+CREG?\r", "|+CREG: 0,0||OK|"},
		{"wrong", "AT+CPIN=\"0000\"\r", "|+CME ERROR: 16|"},
		{"right", "AT+CPIN=\"1234\"\r", "|OK||Call Ready||SMS Ready|"},
		{"open", "AT+CPIN?\r", "|+CPIN: READY||OK|"},
		{"on the network", "AT+CREG?\r", "|+CREG: 0,1||OK|"},
		{"lock again", "!fault modem0 sim-pin value=4711", NULL},
		{"1", "AT+CPIN=1\r", "|+CME ERROR: 16|"},
		{"2", "AT+CPIN=2\r", "|+CME ERROR: 16|"},
		{"3", "AT+CPIN=3\r", "|+CME ERROR: 16|"},
		{"the third wrong PIN", "AT+CPIN?\r", "|+CPIN: SIM PUK||OK|"},
		{"PUK and a new PIN", "AT+CPIN=\"12345678\",\"9999\"\r",
			"|OK||Call Ready||SMS Ready|"},
	};
	struct sim_options o = SIM_OPTIONS_DEFAULT;
	struct simchat c;
	(void)state;
	o.pin = "1234";
	chat_open(&c, &o);
	chat_rows(&c, rows, ARRAY_LEN(rows));
	assert_int_equal(chat_ledger(&c, "pin", "wrong"), 4);
	chat_close(&c);
}

static void
test_reboot_forgets_settings_not_the_sim(void **state)
{
	struct simchat c;
	(void)state;
	chat_open(&c, NULL);
	chat_say(&c, "AT+CMEE=2;+CNMI=2,1,0,1,0;+CSMS=1\r");
	chat_expect(&c, "settings", "|+CSMS: 1,1,1||OK|");
	chat_tell(&c, "text 0101 modem0 stays");
	chat_expect(&c, "stored", "|+CMTI: \"SM\",1|");
	chat_tell(&c, "reboot modem0 500");
	chat_say(&c, "AT\r");
	chat_silent(&c, "nobody home");
	chat_pass(&c, 500);
	chat_expect(&c, "boot", "|RDY||+CFUN: 1||+CPIN: READY||Call Ready||SMS Ready|");
	chat_say(&c, "AT+CMEE?;+CNMI?;+CPMS?\r");
	chat_expect(&c, "echo and defaults are back, the SIM kept its slot",
		"AT+CMEE?;+CNMI?;+CPMS?|+CMEE: 0||+CNMI: 0,0,0,0,0||"
		"+CPMS: \"SM\",1,30,\"SM\",1,30,\"SM\",1,30||OK|");
	chat_close(&c);
}

static void
test_client_may_come_and_go(void **state)
{
	struct simchat c;
	(void)state;
	chat_open(&c, NULL);
	chat_say(&c, "AT+CNMI=2,1,0,1,0\r");
	chat_expect(&c, "routing", "|OK|");
	chat_say(&c, "AT+CMGF?\r");
	chat_expect(&c, "half read", "|+CMGF: 0|");
	close(c.fd);
	c.fd = -1;
	chat_tell(&c, "text 0101 modem0 unheard");
	chat_dial(&c);
	chat_say(&c, "AT\r");
	chat_expect(&c, "nothing of the last client's is left, nor what nobody heard",
		"|OK|");
	chat_say(&c, "AT+CPMS?\r");
	chat_expect(&c, "but the text is there",
		"|+CPMS: \"SM\",1,30,\"SM\",1,30,\"SM\",1,30||OK|");
	chat_close(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_sending),
		cmocka_unit_test(test_echo),
		cmocka_unit_test(test_latency_and_waiting_input),
		cmocka_unit_test(test_reference_wraps),
		cmocka_unit_test(test_storage),
		cmocka_unit_test(test_listing),
		cmocka_unit_test(test_report_routing),
		cmocka_unit_test(test_report_rules),
		cmocka_unit_test(test_direct_delivery_wants_acknowledgement),
		cmocka_unit_test(test_indications_wait_in_mode_0),
		cmocka_unit_test(test_pin),
		cmocka_unit_test(test_reboot_forgets_settings_not_the_sim),
		cmocka_unit_test(test_client_may_come_and_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
