/* What outgoing calls are made of, without calling anybody: signatures, addresses that
 * are outside, lists of events, TwiML, Kannel's parameters and escapes, forms, settings.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <cmocka.h>

#include "gateway/api/form.h"
#include "gateway/api/kannel.h"
#include "gateway/api/push_metrics.h"
#include "gateway/api/push_sign.h"
#include "gateway/api/twilio.h"
#include "gateway/api/twiml.h"
#include "gateway/core/config_hooks.h"
#include "gateway/net/json.h"
#include "gateway/net/reach.h"

/* ---- signatures ---- */

static void
add_params(const json_t *params, struct push_form *form)
{
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)params, name, value)
	{
		if (json_is_string(value))
			push_form_add(form, name, json_string_value(value));
		for (size_t i = 0; i < json_array_size(value); i++)
			push_form_add(
				form, name, json_string_value(json_array_get(value, i)));
	}
}

static void
twilio_signatures_are_right(void **state)
{
	(void)state;
	json_t *all = json_load_file("tests/golden/signatures/twilio.json", 0, NULL);
	assert_true(json_array_size(all) >= 4);
	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *v = json_array_get(all, i);
		struct push_form form = {.count = 0};
		struct strbuf got = STRBUF_INIT(128);
		add_params(json_object_get(v, "params"), &form);
		push_sign_twilio(json_string_value(json_object_get(v, "token")),
			json_string_value(json_object_get(v, "url")), &form, &got);
		assert_string_equal(
			got.s, json_string_value(json_object_get(v, "signature")));
		strbuf_done(&got);
	}
	json_decref(all);
}

/* As `printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac 0123456789abcdef` says. */
static void
webhooks_are_signed(void **state)
{
	(void)state;
	struct strbuf got = STRBUF_INIT(256);
	push_sign("0123456789abcdef", 1700000000, "{\"a\":1}", 7, &got);
	assert_string_equal(got.s,
		"t=1700000000,v1="
		"9eb18f493f8ec135d9eb2dad817c369bb4e9cbfa818657897a7437c1cd8c3a23");
	strbuf_done(&got);
}

/* ---- addresses ---- */

static const struct {
	const char *address;
	bool outside;
} addresses[] = {
	{"8.8.8.8", true},
	{"1.1.1.1", true},
	{"172.15.255.255", true},
	{"172.32.0.1", true},
	{"100.63.255.255", true},
	{"100.128.0.0", true},
	{"198.17.255.255", true},
	{"198.20.0.0", true},
	{"223.255.255.255", true},
	{"0.0.0.0", false},
	{"10.0.0.1", false},
	{"100.64.0.1", false},
	{"127.0.0.1", false},
	{"127.255.255.255", false},
	{"169.254.169.254", false},
	{"172.16.0.1", false},
	{"172.31.255.255", false},
	{"192.0.0.192", false},
	{"192.0.2.1", false},
	{"192.168.1.1", false},
	{"198.18.0.1", false},
	{"198.51.100.7", false},
	{"203.0.113.9", false},
	{"224.0.0.1", false},
	{"255.255.255.255", false},
	{"2606:4700:4700::1111", true},
	{"2a00:1450:4001:80b::200e", true},
	{"2001:200::1", true},
	{"::ffff:8.8.8.8", true},
	{"64:ff9b::8.8.8.8", true},
	{"2002:808:808::1", true},
	{"::", false},
	{"::1", false},
	{"::127.0.0.1", false},
	{"::ffff:127.0.0.1", false},
	{"::ffff:169.254.169.254", false},
	{"64:ff9b::10.0.0.1", false},
	{"64:ff9b:1::1", false},
	{"2002:7f00:1::", false},
	{"2001:0:808:808::f5ff:fffe", false}, /* Teredo to 10.0.0.1 */
	{"2001:db8::1", false},
	{"2001:10::1", false},
	{"3fff:0:1::", false},
	{"fc00::1", false},
	{"fd00:ec2::254", false},
	{"fe80::1", false},
	{"ff02::1", false},
	{"100::1", false},
};

static void
insides_are_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
		struct sockaddr_in v4 = {.sin_family = AF_INET};
		bool is4 = inet_pton(AF_INET, addresses[i].address, &v4.sin_addr) == 1;
		if (!is4)
			assert_int_equal(
				inet_pton(AF_INET6, addresses[i].address, &v6.sin6_addr),
				1);
		bool got = reach_public(
			is4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6);
		if (got != addresses[i].outside)
			fail_msg("%s is said to be %s", addresses[i].address,
				got ? "outside" : "inside");
	}
	struct sockaddr other = {.sa_family = AF_UNIX};
	assert_false(reach_public(&other));
}

/* ---- lists of events ---- */

static void
events_match(void **state)
{
	(void)state;
	static const struct {
		const char *list, *name;
		bool match;
	} rows[] = {
		{"*", "message.sent", true},
		{"", "message.sent", false},
		{"message.*", "message.sent", true},
		{"message.*", "messages", false},
		{"message.sent", "message.sent", true},
		{"message.sent", "message.sent2", false},
		{"message.sen", "message.sent", false},
		{"ticket.*, message.sent", "message.sent", true},
		{"*, -message.*", "message.sent", false},
		{"*, -message.*, message.sent", "message.sent", true},
		{"*,-ticket.text", "ticket.opened", true},
		{" message.sent , ", "message.sent", true},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (config_events_match(rows[i].list, rows[i].name) != rows[i].match)
			fail_msg("'%s' and %s", rows[i].list, rows[i].name);
}

/* ---- settings ---- */

static void
settings_are_checked(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says; /* NULL: it is good */
	} rows[] = {
		{"webhooks = ();", NULL},
		{"webhooks = ( { name = \"a\"; url = \"https://x.example/h\"; secret = "
		 "\"env:MALGIL_T\"; } );",
			NULL},
		{"webhooks = ( { name = \"a\"; url = \"https://x.example/h\"; } );",
			"'secret'"},
		{"webhooks = ( { name = \"a\"; url = \"https://x.example/h\"; secret = "
		 "\"0123456789abcdef0123\"; } );",
			"say where the secret is"},
		{"webhooks = ( { name = \"a\"; url = \"https://x.example/h\"; secret = "
		 "\"env:MALGIL_NONE\"; } );",
			"no variable MALGIL_NONE"},
		{"webhooks = ( { name = \"a\"; url = \"https://x.example/h\"; secret = "
		 "\"env:MALGIL_SHORT\"; } );",
			"fewer than 16"},
		{"webhooks = ( { name = \"a\"; url = \"https://x.example/h\"; secret = "
		 "\"file:/nowhere/at/all\"; } );",
			"/nowhere/at/all: No such file"},
		{"webhooks = ( { name = \"a\"; url = \"ftp://x.example/h\"; secret = "
		 "\"env:MALGIL_T\"; } );",
			"url = "},
		{"webhooks = ( { name = \"A b\"; url = \"https://x/\"; secret = "
		 "\"env:MALGIL_T\"; } );",
			"name = "},
		{"webhooks = ( { name = \"a\"; url = \"https://x/\"; secret = "
		 "\"env:MALGIL_T\"; events = \"message.**\"; } );",
			"events: 'message.**'"},
		{"webhooks = ( { name = \"a\"; url = \"https://x/\"; secret = "
		 "\"env:MALGIL_T\"; events = \"-\"; } );",
			"events: '-'"},
		{"webhooks = ( { name = \"a\"; url = \"https://x/\"; secret = "
		 "\"env:MALGIL_T\"; }, { name = \"a\"; url = \"https://y/\"; secret = "
		 "\"env:MALGIL_T\"; } );",
			"two webhooks"},
		{"webhooks = { a = 1; };", "should be a list"},
		{"webhooks = ( 5 );", "a whole number where a group"},
		{"webhooks = ( { nmae = \"a\"; } );", "did you mean 'name'"},
		{"callbacks = 7;", "'callbacks' should be a group"},
		{"callbacks = { allow_private = true; };", NULL},
		{"twilio = ( { sid = \"AC0123456789abcdef0123456789abcdef\"; auth_token "
		 "= \"env:MALGIL_T\"; numbers = { north = \"02-123-4567\"; }; } );",
			NULL},
		{"twilio = ( { sid = \"AC01\"; auth_token = \"env:MALGIL_T\"; } );",
			"32 digits"},
		{"twilio = ( { sid = \"AC0123456789abcdef0123456789abcdef\"; auth_token "
		 "= \"env:MALGIL_T\"; numbers = { north = \"12\"; }; } );",
			"north: "},
		{"twilio = ( { sid = \"AC0123456789abcdef0123456789abcdef\"; auth_token "
		 "= \"env:MALGIL_T\"; sms_url = \"nowhere\"; } );",
			"sms_url = "},
		{"twilio = ( { sid = \"AC0123456789abcdef0123456789abcdef\"; auth_token "
		 "= \"env:MALGIL_T\"; class = \"notice\"; } );",
			"class = "},
	};
	setenv("MALGIL_T", "0123456789abcdef", 1);
	setenv("MALGIL_SHORT", "0123456789abcde", 1);
	unsetenv("MALGIL_NONE");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf err = STRBUF_INIT(8192);
		struct config_hooks hooks = {.hook_count = 0};
		struct conf *conf;
		assert_int_equal(conf_parse("t.cfg", rows[i].text, strlen(rows[i].text),
					 &conf, &err),
			0);
		int r = config_hooks_read(conf_root(conf), "KR", &hooks, &err);
		if (!r != !rows[i].says || (r && !strstr(err.s, rows[i].says)))
			fail_msg("%s\ngave %d: %s", rows[i].text, r, err.s);
		config_hooks_done(&hooks);
		conf_close(conf);
		strbuf_done(&err);
	}
}

/* ---- TwiML ---- */

#define TEN                                                                              \
	"<Message>1</Message><Message>2</Message><Message>3</Message>"                   \
	"<Message>4</Message><Message>5</Message><Message>6</Message>"                   \
	"<Message>7</Message><Message>8</Message><Message>9</Message>"                   \
	"<Message>10</Message>"

/* What is read, as text: "to|from|callback|text;" and so on; or the sentence. */
static const struct {
	const char *xml, *want;
} documents[] = {
	{"<Response/>", ""},
	{"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Message>hi</Message>"
	 "</Response>",
		"|||hi;"},
	{"<Response><Message> \n a &lt;b&gt; &amp; &#xAC00;\n</Message></Response>",
		"|||a <b> & 가;"},
	{"<Response><Message><Body>one</Body></Message><Sms>two</Sms></Response>",
		"|||one;|||two;"},
	{"<Response><Message>lost<Body>kept</Body>lost</Message></Response>", "|||kept;"},
	{"<Response><Message to=\"+1\" from=\"north\" statusCallback=\"https://x/\" "
	 "action=\"y\">t</Message></Response>",
		"+1|north|https://x/|t;"},
	{"<Response><Message><![CDATA[<raw>&]]></Message></Response>", "|||<raw>&;"},
	{"<Response><Dial><Message>no</Message></Dial><Message>yes</Message></Response>",
		"|||yes;"},
	{"<Response><Message>a<Media>http://x/y.png</Media></Message></Response>",
		"|||a;media"},
	{"<Response><Redirect> https://x/next </Redirect></Response>", ">https://x/next"},
	{"<Response>" TEN "</Response>",
		"|||1;|||2;|||3;|||4;|||5;|||6;|||7;|||8;|||9;|||10;"},
	{"<Response>" TEN "<Message>11</Message></Response>", "!more than 10"},
	{"<Response><Message>unclosed</Response>", "!mismatched tag"},
	{"<Response><Message>a</Message></Response><Response/>", "!junk"},
	{"<Answer/>", "!not a <Response>"},
	{"", "!no element found"},
	{"hello", "!syntax error"},
	{"<!DOCTYPE Response><Response/>", "!DOCTYPE"},
	{"<!DOCTYPE lolz [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><Response><Message>"
	 "&b;</Message></Response>",
		"!DOCTYPE"},
	{"<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><Response>&x;"
	 "</Response>",
		"!DOCTYPE"},
	{"<Response><Message>&undefined;</Message></Response>", "!undefined entity"},
	{"<Response><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a/></a></a></a></a>"
	 "</a></a></a></a></a></a></a></a></a></a></a></a></Response>",
		"!nested too deep"},
	{"<Response><Message>\xff</Message></Response>", "!not well-formed"},
};

static void
say(const struct twiml *t, struct strbuf *out)
{
	for (size_t i = 0; i < t->count; i++)
		strbuf_printf(out, "%s|%s|%s|%s;", t->messages[i].to, t->messages[i].from,
			t->messages[i].callback, t->messages[i].text.s);
	if (t->media)
		strbuf_puts(out, "media");
	if (*t->redirect)
		strbuf_printf(out, ">%s", t->redirect);
}

static void
twiml_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
		static struct twiml t;
		struct strbuf err = STRBUF_SENTENCE, got = STRBUF_INIT(8192);
		const char *want = documents[i].want;
		int r = twiml_read(documents[i].xml, strlen(documents[i].xml), &t, &err);
		say(&t, &got);
		if (*want == '!' ? !r || !strstr(err.s, want + 1)
				 : r || strcmp(got.s, want) != 0)
			fail_msg("%s\ngave %d: %s %s", documents[i].xml, r, got.s, err.s);
		twiml_done(&t);
		strbuf_done(&err);
		strbuf_done(&got);
	}
}

/* ---- sids ---- */

static void
sids_go_both_ways(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "SM", "SM0000000000000000000000000000000",
		"SM00000000000000000000000000000000",
		"MM00000000000000001a200541ac000001",
		"SM00000000000000001A200541AC000001",
		"SM10000000000000001a200541ac000001",
		"SM0000000000000000ffffffffffffffff",
		"SM00000000000000001a200541ac00000100"};
	char sid[TWILIO_SID];
	uint64_t id = 1882510423857561601u, back;
	twilio_sid(id, sid);
	assert_string_equal(sid, "SM00000000000000001a200541ac000001");
	assert_true(twilio_sid_parse(sid, &back));
	assert_true(back == id);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (twilio_sid_parse(bad[i], &back))
			fail_msg("'%s' was taken for a sid", bad[i]);
}

/* ---- Kannel ---- */

static const struct {
	const char *query,
		*want; /* "receivers|text|dlr_mask|msg_class|minutes|minutes" */
} queries[] = {
	{"to=01012345678&text=hi", "01012345678|hi|0|-1|0|0"},
	{"to=%2B821012345678+010-2222-3333&text=a+b%26c",
		"+821012345678,010-2222-3333|a b&c|0|-1|0|0"},
	{"to=+821012345678&text=x", "+821012345678|x|0|-1|0|0"},
	{"to=+821012345678++821099998888&text=x",
		"+821012345678,+821099998888|x|0|-1|0|0"},
	{"to=1&text=%EC%95%88&dlr-mask=31&dlr-url=http%3A%2F%2Fx%2F%25d&mclass=0",
		"1|안|31|0|0|0"},
	{"to=1&text=%C0%48%B1%55&coding=2", "1|쁈녕|0|-1|0|0"},
	{"to=1&text=caf%E9&charset=ISO-8859-1", "1|café|0|-1|0|0"},
	{"to=1&text=%BE%C8&charset=windows-949", "1|안|0|-1|0|0"},
	{"to=1&text=x&validity=60&deferred=5&priority=3", "1|x|0|-1|60|5"},
	{"to=1&text=x&unknown=1&mclass=abc", "!MClass field misformed, rejected"},
	{"text=x", "!Missing receiver number, rejected"},
	{"to=&text=x", "!Empty receiver number not allowed, rejected"},
	{"to=1", "!Empty text not supported, rejected"},
	{"to=1&text=%FF", "!Charset or body misformed, rejected"},
	{"to=1&text=x&charset=klingon", "!Charset or body misformed, rejected"},
	{"to=1&text=a%00b", "!Charset or body misformed, rejected"},
	{"to=1&text=x&dlr-mask=64", "!DLR-Mask field misformed, rejected"},
	{"to=1&text=x&mclass=4", "!MClass field misformed, rejected"},
	{"to=1&text=x&coding=3", "!Coding field misformed, rejected"},
	{"to=1&text=x&coding=1", "!Binary messages are not sent here, rejected"},
	{"to=1&text=x&udh=%05%00", "!Binary messages are not sent here, rejected"},
	{"to=1&text=x&validity=-5", "!Validity field misformed, rejected"},
	{"to=1&text=x&deferred=-2", "!Deferred field misformed, rejected"},
	{"to=1&text=x&priority=9", "!Priority field misformed, rejected"},
	{"to=1&text=x&dlr-url=ftp%3A%2F%2Fx", "!DLR-URL field misformed, rejected"},
	{"to=1&text=x&dlr-url=http%3A%2F%2Fx%2F%0d%0aHost%3A+y",
		"!DLR-URL field misformed, rejected"},
	{"to=1234567890123456789012345678901&text=x",
		"!Receiver number too long, rejected"},
	{"", "!Missing receiver number, rejected"},
	{"&&&=&=x&to", "!Empty receiver number not allowed, rejected"},
};

static void
write_wish(const struct kannel_wish *w, struct strbuf *out)
{
	for (size_t i = 0; i < w->receiver_count; i++)
		strbuf_printf(out, "%s%s", i ? "," : "", w->receivers[i]);
	strbuf_printf(out, "|%s|%d|%d|%d|%d", w->text.s, w->dlr_mask, w->msg_class,
		(int)(w->validity / MINUTE), (int)(w->deferred / MINUTE));
}

static void
kannel_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
		struct strbuf err = STRBUF_SENTENCE, got = STRBUF_INIT(8192);
		const char *want = queries[i].want;
		struct kannel_wish w;
		kannel_wish_init(&w);
		int r = kannel_read(queries[i].query, strlen(queries[i].query), &w, &err);
		write_wish(&w, &got);
		if (*want == '!' ? !r || strcmp(err.s, want + 1) != 0
				 : r || strcmp(got.s, want) != 0)
			fail_msg("%s\ngave %d: %s %s", queries[i].query, r, got.s, err.s);
		kannel_wish_done(&w);
		strbuf_done(&err);
		strbuf_done(&got);
	}
}

static void
kannel_knows_who_asks(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	struct kannel_wish w;
	static const char *const asks[] = {
		"username=joe&password=s%26c&to=1", "user=joe&pass=s%26c"};
	for (size_t i = 0; i < ARRAY_LEN(asks); i++) {
		kannel_wish_init(&w);
		assert_int_not_equal(kannel_read(asks[i], strlen(asks[i]), &w, &err), 0);
		assert_string_equal(w.user, "joe");
		assert_string_equal(w.password, "s&c");
		kannel_wish_done(&w);
	}
	strbuf_done(&err);
}

static void
kannel_escapes(void **state)
{
	(void)state;
	static const struct {
		const char *url, *want;
	} rows[] = {
		{"http://x/?s=%d&a=%A&to=%p", "http://x/?s=8&a=ACK%2F&to=%2B8210"},
		{"http://x/?f=%P&i=%i&n=%n&I=%I&F=%F",
			"http://x/?f=Shop%201&i=north&n=joe&I=42&F=42"},
		{"http://x/?t=%t&T=%T", "http://x/?t=2023-11-14%2022%3A13&T=1700000000"},
		{"http://x/%%/%z/%20/%", "http://x/%/%z/%20/%"},
	};
	struct kannel_report_facts facts = {.type = 8,
		.to = "+8210",
		.from = "Shop 1",
		.reply = "ACK/",
		.channel = "north",
		.user = "joe",
		.message = 42,
		.at = INT64_C(1700000000000)};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf got = STRBUF_INIT(4096);
		kannel_expand(rows[i].url, &facts, &got);
		assert_string_equal(got.s, rows[i].want);
		strbuf_done(&got);
	}
}

/* ---- forms ---- */

static void
forms_are_read(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE, many = STRBUF_INIT(8192);
	struct form f;
	const char *text = "To=%2B82&Body=a+b&Body=second&Empty=&Flag";
	assert_int_equal(form_read(text, strlen(text), &f, &err), 0);
	assert_string_equal(form_get(&f, "To"), "+82");
	assert_string_equal(form_get(&f, "Body"), "a b");
	assert_string_equal(form_get(&f, "Empty"), "");
	assert_string_equal(form_get(&f, "Flag"), "");
	assert_null(form_get(&f, "to"));
	form_done(&f);
	assert_int_not_equal(form_read("a=%00", 5, &f, &err), 0);
	form_done(&f);
	assert_int_not_equal(form_read("a=%ff", 5, &f, &err), 0);
	form_done(&f);
	for (int i = 0; i < 65; i++)
		strbuf_printf(&many, "a%d=1&", i);
	assert_int_not_equal(form_read(many.s, many.len, &f, &err), 0);
	form_done(&f);
	strbuf_done(&many);
	strbuf_done(&err);
}

static void
figures_are_for_prometheus(void **state)
{
	(void)state;
	static const struct push_metrics m = {
		.list = {{.name = "shop", .pending = 2, .good_at = 5000},
			{.name = "@callbacks", .dead = 7, .disabled = true}},
		.count = 2};
	struct strbuf out = STRBUF_INIT(8192);
	push_metrics_write(&m, &out);
	static const char *const lines[] = {"# TYPE malgil_webhook_pending gauge\n",
		"\nmalgil_webhook_pending{webhook=\"shop\"} 2\n",
		"\nmalgil_webhook_dead{webhook=\"@callbacks\"} 7\n",
		"\nmalgil_webhook_good_seconds{webhook=\"shop\"} 5\n",
		"\nmalgil_webhook_disabled{webhook=\"@callbacks\"} 1\n"};
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		assert_non_null(strstr(out.s, lines[i]));
	strbuf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twilio_signatures_are_right),
		cmocka_unit_test(webhooks_are_signed),
		cmocka_unit_test(figures_are_for_prometheus),
		cmocka_unit_test(insides_are_known),
		cmocka_unit_test(events_match),
		cmocka_unit_test(settings_are_checked),
		cmocka_unit_test(twiml_is_read),
		cmocka_unit_test(sids_go_both_ways),
		cmocka_unit_test(kannel_is_read),
		cmocka_unit_test(kannel_knows_who_asks),
		cmocka_unit_test(kannel_escapes),
		cmocka_unit_test(forms_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
