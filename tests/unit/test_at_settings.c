/* The AT driver without a modem: what may be typed at one by hand, its settings, and
 * which of its states follow which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <cmocka.h>

#include "drivers/at/at.h"
#include "drivers/at/modem.h"
#include "gateway/core/handler.h"

/* Nobody answers here. */
const struct handler handlers[] = {{0}};

static void
test_console(void **state)
{
	static const struct {
		const char *line;
		int want;
	} lines[] = {
		{"AT+CSQ", 0},
		{"at+cops?", 0},
		{"AT+CMGL=4", 0},
		{"AT+CUSD=1,\"*100#\",15", 0},
		{"AT+CMGS=14", -EPERM},
		{"at + C m G s = 14", -EPERM},
		{"AT+CSQ;+CMGD=1,4", -EPERM},
		{"ATE0+CMSS=1", -EPERM},
		{"AT+CMGW=10", -EPERM},
		{"AT+CPIN?", -EPERM},
		{"AT+CPIN=\"1234\"", -EPERM},
		{"AT+CLCK=\"SC\",2", -EPERM},
		{"AT+CPWD=\"SC\",\"1\",\"2\"", -EPERM},
		{"AT+CSQ\rAT+CMGD=1", -EINVAL},
		{"AT+CSQ\x1a", -EINVAL},
		{"A/", -EINVAL},
		{"+++", -EINVAL},
		{"", -EINVAL},
	};
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		strbuf_reset(&err);
		if (console_check(lines[i].line, &err) != lines[i].want)
			fail_msg("\"%s\": %s", lines[i].line, err.s);
		assert_true((err.len > 0) == (lines[i].want != 0));
	}
}

static void
test_config(void **state)
{
	static const struct {
		const char *text, *sentence; /* NULL: good */
	} rows[] = {
		{"device = \"tty:/dev/pts/1\";", NULL},
		{"device = \"/dev/ttyUSB0\"; pin = \"1234\"; smsc = \"+821000000000\";",
			NULL},
		{"device = \"tcp:192.168.0.5:2001\"; baud = 9600; sweep = \"1m\";", NULL},
		{"pin = \"1234\";", "lacks the setting 'device'"},
		{"device = \"usb0\";", "expected serial:/dev/ttyUSB0"},
		{"device = \"tty:modem\";", "expected an absolute path"},
		{"device = \"tcp:[::1]:2001\";", NULL},
		{"device = \"tcp:localhost:2001\";", NULL},
		{"device = \"tcp:modem\";", "expected tcp:HOST:PORT"},
		{"device = \"tcp:modem.lan:2001\";", NULL},
		{"device = \"tcp:modem lan:2001\";", "expected tcp:HOST:PORT"},
		{"device = \"tcp:a:b:2001\";", "expected tcp:HOST:PORT"},
		{"device = \"tcp:modem.lan:20x\";", "expected tcp:HOST:PORT"},
		{"device = \"tcp:127.0.0.1:99999\";", "expected tcp:HOST:PORT"},
		{"device = \"tcp:127.0.0.1:0\";", "expected tcp:HOST:PORT"},
		{"device = \"tcp::2001\";", "expected tcp:HOST:PORT"},
		{"device = \"tcp:127.0.0.1:\";", "expected tcp:HOST:PORT"},
		{"device = \"serial:imei=490154203237518\";", NULL},
		{"device = \"serial:imei=4901\";", "expected 15 digits"},
		{"device = \"serial:iccid=8982300000000000001\";", NULL},
		{"device = \"serial:iccid=abc\";", "18 to 20 digits"},
		{"device = \"serial:usb=12D1:1506\";", NULL},
		{"device = \"serial:usb=12d1:1506:00:11\";", NULL},
		{"device = \"serial:usb=12d1\";", "expected VID:PID"},
		{"device = \"tty:imei=490154203237518@/dev\";", NULL},
		{"device = \"tty:imei=490154203237518\";", "looks in a folder"},
		{"device = \"/dev/x\"; imei = \"49\";", "the modem's IMEI"},
		{"device = \"/dev/x\"; iccid = \"x\";", "the SIM's ICCID"},
		{"device = \"/dev/x\"; usb_reset = \"reset\";", "absolute path"},
		{"device = \"/dev/x\"; pin = \"12\";", "4 to 8 digits"},
		{"device = \"/dev/x\"; pin = \"12345678a\";", "4 to 8 digits"},
		{"device = \"/dev/x\"; smsc = \"abc\";", "service centre's number"},
		{"device = \"/dev/x\"; profile = \"../../etc\";", "name of a folder"},
		{"device = \"/dev/x\"; bauds = 9600;", "did you mean 'baud'"},
		{"device = \"/dev/x\"; baud = 5;", "baud"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
		struct strbuf text AUTO(strbuf_done) = STRBUF_SENTENCE;
		struct conf *conf;
		int r;

		strbuf_printf(&text, "shop = { driver = \"at\"; %s };", rows[i].text);
		assert_int_equal(
			conf_parse("malgil.cfg", text.s, text.len, &conf, &err), 0);
		r = driver_at.check(conf_get(conf_root(conf), "shop"), &err);
		if ((r == 0) != (rows[i].sentence == NULL) ||
			(rows[i].sentence && !strstr(err.s, rows[i].sentence)))
			fail_msg("%s: %d, %s", rows[i].text, r, err.s);
		conf_close(conf);
	}
}

/* Blocked and set up are not one step apart, and nothing goes online without its set-up.
 */
static void
test_moves(void **state)
{
	(void)state;
	for (int s = 0; s < MODEM_STATES; s++) {
		assert_true(s == MODEM_OPENING || s == MODEM_CLOSED ||
			    modem_may((enum modem_state)s, MODEM_CLOSED));
		if (s != MODEM_SEARCHING && s != MODEM_RESYNC)
			assert_false(modem_may((enum modem_state)s, MODEM_ONLINE));
	}
	assert_false(modem_may(MODEM_OPENING, MODEM_INIT));
	assert_false(modem_may(MODEM_BLOCKED, MODEM_SEARCHING));
	assert_false(modem_may(MODEM_CLOSED, MODEM_RESYNC));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_console),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_moves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
