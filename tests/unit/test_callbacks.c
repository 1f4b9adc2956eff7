/* The callbacks of single requests, Twilio's and Kannel's, and what an application
 * answers to an inbound text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <inttypes.h>
#include <cmocka.h>

#include "gateway/api/push.h"
#include "tests/lib/listener.h"

/* ---- callbacks ---- */

static uint64_t
send_with_callback(const char *to, const char *url, bool kannel)
{
	struct outbox_receipt receipt;
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_request wish = {.to = to,
		.text = "hi",
		.text_len = 2,
		.cls = CLASS_SERVICE,
		.origin = "api",
		.msg_class = -1};
	if (outbox_accept(&listener.core, &wish, &receipt, &err) < 0)
		fail_msg("%s", err.s);
	struct callback c = {.message = receipt.id, .kannel = kannel, .mask = 31};
	snprintf(c.account, sizeof(c.account), "%s", kannel ? "joe" : LISTENER_ACCOUNT);
	snprintf(c.url, sizeof(c.url), url, httpd_port(listener_httpd));
	push_callback(&listener.core, &c);
	rig_run(&listener, 0);
	strbuf_done(&err);
	return receipt.id;
}

#define TWILIO                                                                           \
	"twilio = ( { sid = \"" LISTENER_ACCOUNT "\"; auth_token = \"env:MALGIL_T\"; "   \
	"sms_url = \"http://127.0.0.1:%d/json/in\"; allow_private = true; "              \
	"numbers = { north = \"+821055550000\"; }; } ); "                                \
	"callbacks = { allow_private = true; };"

/* Requests that hold the word, in order, joined. */
static void
statuses(const char *field, struct strbuf *ret)
{
	for (size_t i = 0; i < httpd_count(listener_httpd); i++) {
		const char *at = strstr(listener_nth(i), field);
		if (at)
			strbuf_printf(ret, "%.*s ",
				(int)strcspn(at + strlen(field), "& \r"),
				at + strlen(field));
	}
}

static bool
callbacks_done(int64_t n)
{
	return rig_count(&listener, "SELECT count(*) FROM deliveries WHERE state = "
				    "'delivered' AND kind <> 'event'") >= n &&
	       !db_in_transaction(listener.core.db);
}

static void
test_status_callbacks(void **state)
{
	struct strbuf got = STRBUF_INIT(1024);
	(void)state;
	listener_begin_with("/status/500", TWILIO);
	send_with_callback("+821012345678", "http://127.0.0.1:%d/json/status", false);
	rig_sent(&listener, 7);
	rig_report(&listener, "north", 7, "+821012345678", 0);
	listener_until(callbacks_done, 3);
	statuses("MessageStatus=", &got);
	assert_string_equal(got.s, "queued sent delivered ");
	strbuf_done(&got);
	listener_end();
}

static void
test_kannel_reports(void **state)
{
	struct strbuf got = STRBUF_INIT(1024);
	(void)state;
	listener_begin_with("/status/500", TWILIO);
	send_with_callback(
		"+821012345678", "http://127.0.0.1:%d/json/dlr?d=%%d&p=%%p", true);
	rig_sent(&listener, 7);
	rig_report(&listener, "north", 7, "+821012345678", 0x46);
	listener_until(callbacks_done, 2);
	statuses("/json/dlr?d=", &got);
	assert_string_equal(got.s, "8 2 ");
	assert_non_null(strstr(listener_nth(0), " "));
	strbuf_done(&got);
	listener_end();
}

/* A host that does not answer holds up nobody else, and is not hammered. */
static void
test_dead_host_waits_alone(void **state)
{
	char to[32];
	(void)state;
	listener_begin_with("/json/hook", TWILIO);
	for (int i = 0; i < 100; i++) {
		snprintf(to, sizeof(to), "+8210123450%02d", i);
		send_with_callback(to, "http://127.0.0.1:1/never?%d", false);
	}
	send_with_callback("+821099998888", "http://127.0.0.1:%d/json/alive", false);
	listener_until(callbacks_done, 1);
	assert_in_range(
		rig_count(&listener, "SELECT sum(tries) FROM deliveries WHERE kind = "
				     "'twilio.status' AND state = 'pending'"),
		1, 12);
	listener_end();
}

/* ---- answers to inbound texts ---- */

static bool
answered(int64_t n)
{
	return rig_count(&listener,
		       "SELECT count(*) FROM messages WHERE origin = 'twilio'") >= n &&
	       callbacks_done(1);
}

static void
test_twiml_is_sent(void **state)
{
	(void)state;
	listener_begin_with("/status/500", TWILIO);
	httpd_say(listener_httpd, "<Response><Message>first &amp; 안녕</Message><Message "
				  "to=\"+821077778888\">to another</Message></Response>");
	httpd_turn(listener_httpd, 200, "text/xml");
	rig_receive(&listener, "north", "+821012345678", "hello");
	listener_until(answered, 2);
	assert_int_equal(
		rig_count(&listener, "SELECT count(*) FROM messages m JOIN contacts "
				     "c ON c.id = m.contact WHERE m.class = 'reply' "
				     "AND m.text = 'first & 안녕' AND c.phone = "
				     "'+821012345678' AND m.reply_to > 0"),
		1);
	assert_int_equal(
		rig_count(&listener, "SELECT count(*) FROM messages m JOIN contacts "
				     "c ON c.id = m.contact WHERE m.class = "
				     "'service' AND c.phone = '+821077778888'"),
		1);
	/* The application answers: nobody is called. */
	assert_int_equal(rig_count(&listener, "SELECT count(*) FROM tickets"), 0);
	listener_end();
}

static void
test_bad_twiml(void **state)
{
	static const struct {
		const char *body, *type, *says;
	} rows[] = {
		{"<Response><Message>x", "text/xml", "%TwiML%"},
		{"<!DOCTYPE a [<!ENTITY b "
		 "\"c\">]><Response><Message>&b;</Message></Response>",
			"text/xml", "%DOCTYPE%"},
		{"<Response><Message from=\"+999\">x</Message></Response>", "text/xml",
			"%from%"},
		{"<Response><Message to=\"12\">x</Message></Response>", "text/xml",
			"%12%"},
		{"{\"json\":1}", "application/json", "%TwiML%"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		listener_begin_with("/status/500", TWILIO);
		httpd_say(listener_httpd, rows[i].body);
		httpd_turn(listener_httpd, 200, rows[i].type);
		rig_receive(&listener, "north", "+821012345678", "hello");
		listener_until(callbacks_done, 1);
		if (db_number(listener.core.db, -1,
			    "SELECT count(*) FROM events WHERE name = "
			    "'twilio.answer_unusable' AND detail LIKE $1",
			    "t", rows[i].says) != 1)
			fail_msg("nothing was said of %s", rows[i].body);
		assert_int_equal(
			rig_count(&listener, "SELECT count(*) FROM messages WHERE "
					     "origin = 'twilio'"),
			0);
		listener_end();
	}
}

static void
test_plain_answers(void **state)
{
	(void)state;
	listener_begin_with("/status/500", TWILIO);
	httpd_say(listener_httpd, "  just text\n");
	httpd_turn(listener_httpd, 200, "text/plain");
	rig_receive(&listener, "north", "+821012345678", "hello");
	listener_until(answered, 1);
	listener_end();
}

/* The stop of a customer holds against an application too. */
static void
test_stop_holds(void **state)
{
	(void)state;
	listener_begin_with("/status/500", TWILIO);
	httpd_say(listener_httpd, "<Response><Message>but wait</Message></Response>");
	httpd_turn(listener_httpd, 200, "text/xml");
	rig_receive(&listener, "north", "+821012345678", "STOP ALL");
	listener_until(answered, 1);
	assert_int_equal(
		rig_count(&listener, "SELECT count(*) FROM messages WHERE origin = "
				     "'twilio' AND state = 'suppressed'"),
		rig_count(&listener,
			"SELECT count(*) FROM contacts WHERE stopped = 'all'"));
	listener_end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_callbacks),
		cmocka_unit_test(test_kannel_reports),
		cmocka_unit_test(test_dead_host_waits_alone),
		cmocka_unit_test(test_twiml_is_sent),
		cmocka_unit_test(test_bad_twiml),
		cmocka_unit_test(test_plain_answers),
		cmocka_unit_test(test_stop_holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
