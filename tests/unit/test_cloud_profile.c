/* Profiles: what is wrong is named with its line; requests; what answers mean; what
 * webhooks bring. All of it pure. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/cloud/answer.h"
#include "drivers/cloud/build.h"
#include "drivers/cloud/hook.h"

static struct cloud_profile *p;

static void
use(const char *name)
{
	char path[96];
	struct strbuf err = STRBUF_INIT(8192);
	cloud_profile_free(p);
	p = NULL;
	snprintf(path, sizeof(path), "etc/providers/%s.cfg", name);
	if (cloud_profile_load(path, &p, &err) < 0)
		fail_msg("%s", err.s);
	strbuf_done(&err);
}

static int
teardown(void **state)
{
	(void)state;
	cloud_profile_free(p);
	p = NULL;
	return 0;
}

/* ---- mistakes ---- */

#define FRAME(inside)                                                                    \
	"format = 1;\nprovider = { name = \"x\"; secrets = ( \"key\" );\n" inside " };"  \
	"\n"
#define SEND "send = { method = \"POST\"; url = \"https://a.example/\"; };\n"

static const struct {
	const char *text, *says;
} mistakes[] = {
	{"provider = { };", "format = 1"},
	{"format = 1;", "provider"},
	{"format = 1; provider = { name = \"x\"; }; secrets = 1;", "'secrets'"},
	{FRAME(""), "send"},
	{FRAME("sned = { };"), "x.cfg:3: there is no setting 'sned' here; did you mean "
			       "'send'?"},
	{FRAME("send = { method = \"POST\"; url = \"ftp://a\"; };"),
		"x.cfg:3: an address"},
	{FRAME("send = { method = \"PSOT\"; url = \"https://a\"; };"), "'POST'"},
	{FRAME("send = { method = \"POST\";\n url = \"https://a/{secret:kye}\"; "
	       "};"),
		"x.cfg:4: https://a/{secret:kye}: 'kye' is not among the "
		"secrets; did you "
		"mean 'key'?"},
	{FRAME("send = { method = \"POST\"; url = \"https://a/{msg.txet}\"; };"),
		"'{msg.text}'"},
	{FRAME("send = { method = \"POST\"; url = \"https://a/{msg.to|uper}\"; "
	       "};"),
		"no modifier"},
	{FRAME("send = { method = \"POST\"; url = \"https://a\"; body = { type = "
	       "\"json\";"
	       " template = \"{\\\"a\\\": {msg.text\"; }; };"),
		"no JSON"},
	{FRAME("send = { method = \"POST\"; url = \"https://a\"; body = { type = "
	       "\"json\";"
	       " template = \"{\\\"a\\\": \\\"{json:msg.text}\\\"}\"; }; };"),
		"between quotes"},
	{FRAME("send = { method = \"POST\"; url = \"https://a\"; body = { type = "
	       "\"json\";"
	       " fields = ( { k = \"to\"; v = \"{msg.to}\"; } ); }; };"),
		"no place in JSON"},
	{FRAME("send = { method = \"POST\"; url = \"https://a\"; auth = { type = "
	       "\"basic\";"
	       " user = \"me\"; pass = \"hunter2\"; }; };"),
		"a secret does not stand in a profile"},
	{FRAME("send = { method = \"POST\"; url = \"https://a\"; headers = ( { k "
	       "= "
	       "\"Authorization\"; v = \"Bearer abc\"; } ); };"),
		"a secret does not stand in a profile"},
	{FRAME(SEND "verify = { scheme = \"hmca\"; };"), "'hmac'"},
	{FRAME(SEND "verify = { scheme = \"hmac\"; key = \"key\"; from = "
		    "\"header:X\"; };"),
		"hmac needs the setting 'base'"},
	{FRAME(SEND "verify = { scheme = \"hmac\"; key = \"key\"; from = "
		    "\"haeder:X\"; base "
		    "= \"{body}\"; };"),
		"begins like no path"},
	{FRAME(SEND "verify = { scheme = \"hmac\"; key = \"key\"; from = "
		    "\"header:X\"; base "
		    "= \"{msg.to}\"; };"),
		"there is no '{msg.to}' here"},
	{FRAME(SEND "inbound = { id = \"i\"; from = \"f\"; };"), "'text'"},
	{FRAME(SEND "inbound = { text = \"t\"; from = \"f\"; };"), "would be two"},
	{FRAME(SEND "status = { id = \"i\"; };"), "'state'"},
	{FRAME(SEND "status = { id = \"i\"; state = \"s\"; map = { a = "
		    "\"deliverd\"; }; };"),
		"'delivered'"},
	{FRAME(SEND "status = { id = \"/a~2\"; state = \"s\"; };"), "no JSON pointer"},
	{FRAME(SEND "throttle = { retry_after = \"regex:(\"; };"), "x.cfg:4"},
	{FRAME(SEND "number_format = \"e146\";"), "'e164'"},
	{FRAME(SEND "classes = ( { name = \"SMS\"; max_bytes = \"90\"; } );"),
		"a number"},
	{FRAME(SEND "defaults = ( 1 );"), "x.cfg:4"},
	{FRAME(SEND "inbound = \"nothing\";"), "\"none\""},
};

static void
mistakes_are_named_with_their_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		struct strbuf err = STRBUF_INIT(8192);
		struct cloud_profile *bad = NULL;
		if (cloud_profile_parse("x.cfg", mistakes[i].text,
			    strlen(mistakes[i].text), &bad, &err) == 0)
			fail_msg("taken: %s", mistakes[i].text);
		if (!strstr(err.s, mistakes[i].says))
			fail_msg("row %zu: %s", i, err.s);
		strbuf_done(&err);
	}
}

/* ---- requests ---- */

static int
build(const struct cloud_message *m, bool mask, struct cloud_request *rq,
	struct strbuf *err)
{
	static struct cloud_pair secrets[8],
		settings[] = {
			{(char *)"base_url", (char *)"https://api.example", 0, 0, 0},
			{(char *)"plan", (char *)"p", 0, 0, 0},
			{(char *)"workspace", (char *)"w", 0, 0, 0},
			{(char *)"channel", (char *)"c", 0, 0, 0},
			{(char *)"service_id", (char *)"ncp:sms:kr:1:shop", 0, 0, 0}};
	for (size_t i = 0; i < p->secrets.count; i++)
		secrets[i] = (struct cloud_pair){
			.k = p->secrets.list[i], .v = (char *)"s3/cr&t"};
	struct cloud_account account = {.profile = p,
		.secrets = {secrets, p->secrets.count},
		.settings = {settings, ARRAY_LEN(settings)},
		.hook = "https://shop.example/hooks/c"};
	struct cloud_moment moment = {.now = 1760000000000,
		.salt = "0123456789abcdef0123456789abcdef",
		.mask = mask};
	return cloud_build(&account, p->send, m, &moment, rq, err);
}

static struct cloud_message
message(const char *text)
{
	return (struct cloud_message){.to = "+821012345678",
		.from = "+15017122661",
		.text = text,
		.key = "77",
		.id = "",
		.category = "service"};
}

/* The text comes back out of every request exactly as it went in. */
static void
no_text_breaks_out_of_its_place(void **state)
{
	(void)state;
	static const char *const names[] = {"twilio", "vonage-sms", "vonage-messages",
		"plivo", "telnyx", "messagebird", "bird", "sinch", "infobip", "aws",
		"clickatell", "solapi", "naver-sens", "nhn", "aligo", "kannel", "playsms",
		"generic"};
	static const char *const texts[] = {"hello", "a&b=c+d %25 #x",
		"\"},{\"to\":\"+1\"", "줄\n바꿈\\ \"인용\"", "{msg.from}{secret:key}",
		"\r\nX-Evil: 1"};
	for (size_t n = 0; n < ARRAY_LEN(names); n++)
		for (size_t t = 0; t < ARRAY_LEN(texts); t++) {
			struct cloud_request rq;
			struct strbuf err = STRBUF_SENTENCE, got = STRBUF_INIT(4096);
			struct cloud_message m = message(texts[t]);
			use(names[n]);
			if (build(&m, false, &rq, &err) < 0)
				fail_msg("%s: %s", names[n], err.s);
			struct cloud_doc doc;
			const char *type =
				strstr(rq.url.s, "?") && !rq.has_body ? "query" : "body";
			struct raw_field form = {
				"content-type", "application/x-www-form-urlencoded"};
			bool json = rq.has_body && *rq.body.s == '{';
			const char *query = strchr(rq.url.s, '?');
			cloud_doc_open(&doc, rq.body.s, rq.body.len,
				query ? query + 1 : "", &form, json ? 0 : 1);
			static const char *const places[] = {"Body", "text", "msg",
				"/text", "/messages/0/content/text", "/messages/0/text",
				"/MessageBody", "/body/text/text", "/content", "/body"};
			bool found = false;
			for (size_t k = 0; k < ARRAY_LEN(places) && !found; k++) {
				strbuf_reset(&got);
				found = cloud_pick(&doc, NULL, places[k], &got) &&
					!strcmp(got.s, texts[t]);
			}
			if (!found)
				fail_msg("%s (%s): %s\n%s", names[n], type, rq.url.s,
					rq.body.s);
			for (size_t h = 0; h < rq.header_count; h++)
				assert_null(strpbrk(rq.headers[h], "\r\n"));
			cloud_doc_close(&doc);
			cloud_request_free(&rq);
			strbuf_done(&err);
			strbuf_done(&got);
		}
}

static void
a_masked_request_holds_no_secret(void **state)
{
	(void)state;
	static const char *const names[] = {"twilio", "vonage-sms", "telnyx", "aligo",
		"kannel", "solapi", "naver-sens"};
	for (size_t n = 0; n < ARRAY_LEN(names); n++) {
		struct cloud_request rq;
		struct strbuf err = STRBUF_SENTENCE, out = STRBUF_INIT(65536);
		struct cloud_message m = message("hi");
		use(names[n]);
		assert_int_equal(build(&m, true, &rq, &err), 0);
		cloud_request_print(&rq, &out);
		assert_null(strstr(out.s, "s3"));
		assert_true(strstr(out.s, "MASKED") || strstr(out.s, "*****"));
		cloud_request_free(&rq);
		strbuf_done(&err);
		strbuf_done(&out);
	}
}

static void
korean_texts_are_measured_in_their_own_bytes(void **state)
{
	(void)state;
	char letter[8];
	struct strbuf text = STRBUF_INIT(8192), err = STRBUF_SENTENCE;
	struct cloud_request rq;
	assert_int_equal(cloud_bytes("euc-kr", "abc", letter), 3);
	assert_int_equal(cloud_bytes("euc-kr", "안녕 a", letter), 6);
	assert_int_equal(cloud_bytes("euc-kr", "똠방각하", letter), 8); /* CP949 has it */
	assert_int_equal(cloud_bytes("euc-kr", "좋아요 👋", letter), -1);
	assert_string_equal(letter, "👋");
	use("nhn");
	for (int i = 0; i < 45; i++)
		strbuf_puts(&text, "가");
	struct cloud_message m = message(text.s);
	assert_int_equal(build(&m, false, &rq, &err), 0);
	assert_string_equal(rq.class, "SMS");
	assert_non_null(strstr(rq.url.s, "/sender/sms"));
	assert_non_null(strstr(rq.body.s, "\"recipientNo\":\"01012345678\""));
	assert_non_null(strstr(rq.body.s, "\"countryCode\":\"82\""));
	cloud_request_free(&rq);
	strbuf_puts(&text, "a"); /* 91 bytes */
	m.text = text.s;
	assert_int_equal(build(&m, false, &rq, &err), 0);
	assert_string_equal(rq.class, "LMS");
	assert_non_null(strstr(rq.url.s, "/sender/mms"));
	cloud_request_free(&rq);
	/* A promotion is another route, whatever its length. */
	m.category = "marketing";
	assert_int_equal(build(&m, false, &rq, &err), 0);
	assert_non_null(strstr(rq.url.s, "/sender/ad-mms"));
	cloud_request_free(&rq);
	m.text = "(광고) 안녕";
	assert_int_equal(build(&m, false, &rq, &err), 0);
	assert_non_null(strstr(rq.url.s, "/sender/ad-sms"));
	cloud_request_free(&rq);
	m.text = "하하 😀";
	assert_int_equal(build(&m, false, &rq, &err), -EINVAL);
	assert_non_null(strstr(err.s, "😀"));
	cloud_request_free(&rq);
	for (int i = 0; i < 1000; i++)
		strbuf_puts(&text, "가");
	m.text = text.s;
	assert_int_equal(build(&m, false, &rq, &err), -EINVAL);
	assert_non_null(strstr(err.s, "2000"));
	cloud_request_free(&rq);
	strbuf_done(&text);
	strbuf_done(&err);
}

/* ---- answers ---- */

static const struct {
	const char *name;
	int failed, status;
	bool left;
	const char *body;
	enum send_outcome what;
	const char *id;
	enum cloud_error error;
	bool fault;
} answers[] = {
	{"twilio", 0, 201, 1, "{\"sid\":\"SM1\",\"error_code\":null}", SEND_SENT, "SM1",
		0, 0},
	{"twilio", 0, 201, 1, "{\"si", SEND_UNKNOWN, "", 0, 0},
	{"twilio", 0, 201, 1, "", SEND_UNKNOWN, "", 0, 0},
	{"twilio", 0, 400, 1, "{\"code\":21610}", SEND_REJECTED, "", CLOUD_OPTOUT, 0},
	{"twilio", 0, 400, 1, "{\"code\":21211}", SEND_REJECTED, "", CLOUD_INVALID, 0},
	{"twilio", 0, 429, 1, "{\"code\":20429}", SEND_LATER, "", 0, 1},
	{"twilio", 0, 401, 1, "{\"code\":20003}", SEND_LATER, "", CLOUD_AUTH, 1},
	{"twilio", 0, 500, 1, "{\"code\":20500}", SEND_LATER, "", CLOUD_TEMPORARY, 0},
	{"twilio", 0, 500, 1, "oops", SEND_UNKNOWN, "", 0, 0},
	{"twilio", 0, 502, 1, "<html>", SEND_UNKNOWN, "", 0, 0},
	{"twilio", 0, 503, 1, "", SEND_LATER, "", 0, 1},
	{"twilio", 0, 404, 1, "<html>", SEND_REJECTED, "", CLOUD_PERMANENT, 0},
	{"twilio", 0, 302, 1, "", SEND_LATER, "", 0, 1},
	{"twilio", -ETIMEDOUT, 0, 1, "", SEND_UNKNOWN, "", 0, 0},
	{"twilio", -ETIMEDOUT, 0, 0, "", SEND_LATER, "", 0, 1},
	{"twilio", -ECONNREFUSED, 0, 0, "", SEND_LATER, "", 0, 1},
	{"twilio", -EIO, 201, 1, "{\"sid\":\"SM1\"}", SEND_UNKNOWN, "", 0, 0},
	{"vonage-sms", 0, 200, 1,
		"{\"messages\":[{\"status\":\"0\",\"message-id\":\"v1\"}]}", SEND_SENT,
		"v1", 0, 0},
	{"vonage-sms", 0, 200, 1, "{\"messages\":[{\"status\":\"9\"}]}", SEND_LATER, "",
		CLOUD_CREDIT, 1},
	{"vonage-sms", 0, 200, 1, "{\"messages\":[{\"status\":\"1\"}]}", SEND_LATER, "",
		0, 1},
	{"vonage-sms", 0, 200, 1, "{\"messages\":[{\"status\":\"77\"}]}", SEND_REJECTED,
		"", CLOUD_PERMANENT, 0},
	{"nhn", 0, 200, 1,
		"{\"header\":{\"isSuccessful\":true},\"body\":{\"data\":{"
		"\"requestId\":\"r\","
		"\"sendResultList\":[{\"recipientSeq\":1,\"resultCode\":0}]}}}",
		SEND_SENT, "r:1", 0, 0},
	{"nhn", 0, 200, 1, "{\"header\":{\"isSuccessful\":false,\"resultCode\":-6001}}",
		SEND_REJECTED, "", CLOUD_OPTOUT, 0},
	{"nhn", 0, 200, 1, "{\"header\":{\"isSuccessful\":false,\"resultCode\":-2312}}",
		SEND_REJECTED, "", CLOUD_PERMANENT, 0},
	{"aligo", 0, 200, 1, "{\"result_code\":\"1\",\"msg_id\":5}", SEND_SENT, "5", 0,
		0},
	{"aligo", 0, 200, 1, "{\"result_code\":1,\"msg_id\":\"5\"}", SEND_SENT, "5", 0,
		0},
	{"aligo", 0, 200, 1, "{\"result_code\":-101}", SEND_LATER, "", CLOUD_AUTH, 1},
	{"solapi", 0, 200, 1,
		"{\"failedMessageList\":[{\"statusCode\":\"1062\"}],"
		"\"messageList\":[]}",
		SEND_REJECTED, "", CLOUD_PERMANENT, 0},
	{"kannel", 0, 202, 1, "0: Accepted for delivery", SEND_SENT, "", 0, 0},
	{"kannel", 0, 403, 1, "Authorization failed", SEND_REJECTED, "", CLOUD_PERMANENT,
		0},
	{"infobip", 0, 200, 1,
		"{\"messages\":[{\"messageId\":\"7\",\"status\":{\"groupId\":1,"
		"\"id\":26}}]}",
		SEND_SENT, "7", 0, 0},
	{"infobip", 0, 200, 1,
		"{\"messages\":[{\"messageId\":\"7\",\"status\":{\"groupId\":5,"
		"\"id\":7033}}]}",
		SEND_REJECTED, "", CLOUD_OPTOUT, 0},
	{"aws", 0, 400, 1, "{\"__type\":\"ThrottlingException\"}", SEND_LATER, "", 0, 1},
	{"aws", 0, 400, 1,
		"{\"__type\":\"ConflictException\",\"Reason\":\"DESTINATION_"
		"PHONE_NUMBER_"
		"OPTED_OUT\"}",
		SEND_REJECTED, "", CLOUD_OPTOUT, 0},
	{"playsms", 0, 200, 1, "{\"status\":\"ERR\",\"error\":\"103\"}", SEND_LATER, "",
		CLOUD_CREDIT, 1},
};

static void
what_an_answer_means(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct cloud_answer a = {.failed = answers[i].failed,
			.left = answers[i].left,
			.status = answers[i].status,
			.why = "it broke off",
			.body = answers[i].body,
			.len = strlen(answers[i].body)};
		struct cloud_result r;
		use(answers[i].name);
		cloud_answer_read(p, p->send, &a, 1760000000000, &r);
		if (r.what != answers[i].what || strcmp(r.id, answers[i].id) != 0 ||
			r.error != answers[i].error ||
			r.channel_fault != answers[i].fault)
			fail_msg("row %zu (%s %d %s): %d %s %s %d: %s", i,
				answers[i].name, answers[i].status, answers[i].body,
				(int)r.what, r.id, cloud_error_name(r.error),
				r.channel_fault, r.why);
		assert_true(r.what == SEND_SENT || *r.why);
	}
}

static void
how_long_to_wait(void **state)
{
	(void)state;
	int64_t now = 1760000000000;
	assert_int_equal(cloud_retry_after("7", now), 7000);
	assert_int_equal(cloud_retry_after(" 1.5", now), 1500);
	assert_int_equal(cloud_retry_after("Thu, 09 Oct 2025 08:53:30 GMT", now), 10000);
	assert_int_equal(cloud_retry_after("Thu, 09 Oct 2025 08:00:00 GMT", now), 0);
	assert_int_equal(cloud_retry_after("soon", now), 0);
	assert_int_equal(cloud_retry_after("-5", now), 0);
	assert_int_equal(cloud_retry_after("", now), 0);
	assert_int_equal(cloud_retry_after("999999999999999999999", now), 0);
	static const struct {
		const char *profile, *header, *value, *body;
		int64_t want;
	} rows[] = {
		{"twilio", "Retry-After", "3", "{}", 3000},
		{"twilio", "Retry-After", "99999999", "{}", HOUR},
		{"twilio", "X", "3", "{}", 0},
		{"telnyx", "retry-after-ms", "2500", "{}", 2500},
		{"vonage-sms", "X", "1",
			"{\"messages\":[{\"status\":\"1\",\"error-text\":\"Throughput "
			"Rate Exceeded - "
			"please wait [ 1250 ] and retry\"}]}",
			1250},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct raw_field h = {rows[i].header, rows[i].value};
		struct cloud_answer a = {.left = true,
			.status = 429,
			.headers = &h,
			.header_count = 1,
			.body = rows[i].body,
			.len = strlen(rows[i].body)};
		struct cloud_result r;
		use(rows[i].profile);
		cloud_answer_read(p, p->send, &a, now, &r);
		assert_int_equal(r.what, SEND_LATER);
		assert_true(r.channel_fault);
		if (r.rest != rows[i].want)
			fail_msg("row %zu: %lld", i, (long long)r.rest);
	}
}

static void
ranges_of_codes(void **state)
{
	(void)state;
	assert_true(cloud_code_fits("1xxx", "1062"));
	assert_false(cloud_code_fits("1xxx", "10620"));
	assert_false(cloud_code_fits("1xxx", "106"));
	assert_true(cloud_code_fits("-6*", "-6001"));
	assert_true(cloud_code_fits("*", ""));
	assert_false(cloud_code_fits("12", "1"));
	assert_true(cloud_code_fits("Texxception", "Texxception"));
}

/* ---- webhooks ---- */

struct got {
	size_t count;
	char line[8][256];
};

static void
note(void *arg, const struct cloud_item *item)
{
	struct got *g = arg;
	static const char *const kinds[] = {"text", "status", "optout"};
	if (g->count < ARRAY_LEN(g->line))
		snprintf(g->line[g->count], sizeof(g->line[0]), "%s %s %s %s %s%s%s",
			kinds[item->kind], item->id, item->from,
			item->kind == CLOUD_STATUS ? cloud_state_names[item->state]
						   : item->text,
			item->key, item->opted_out ? " OPTOUT" : "",
			item->total ? " part" : "");
	g->count++;
}

static const struct {
	const char *profile, *query, *type, *body, *want[2];
} hooks[] = {
	{"twilio", "", "application/x-www-form-urlencoded",
		"SmsStatus=received&MessageSid=SM1&From=%2B8210&To=%2B1&Body=%EC%"
		"95%88%20b",
		{"text SM1 +8210 안 b "}},
	{"twilio", "", "application/x-www-form-urlencoded",
		"SmsStatus=received&MessageSid=SM1&From=%2B8210&Body=STOP&"
		"OptOutType=STOP",
		{"text SM1 +8210 STOP  OPTOUT"}},
	{"twilio", "", "application/x-www-form-urlencoded",
		"MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30005",
		{"status SM1  undelivered "}},
	{"vonage-sms", "msisdn=821012345678&to=1&messageId=v&text=hi", "", "",
		{"text v +821012345678 hi "}},
	{"vonage-sms", "", "application/json",
		"{\"msisdn\":\"821012345678\",\"messageId\":\"v\",\"text\":\"h\","
		"\"concat-ref\":"
		"\"1\",\"concat-total\":\"2\",\"concat-part\":\"1\"}",
		{"text v +821012345678 h  part"}},
	{"vonage-sms", "msisdn=82&messageId=v&status=delivered&client-ref=9", "", "",
		{"status v  delivered 9"}},
	{"telnyx", "", "application/json",
		"{\"data\":{\"event_type\":\"message.received\",\"payload\":{"
		"\"id\":\"t\",\"from\":"
		"{\"phone_number\":\"+82\"},\"text\":\"x\"}}}",
		{"text t +82 x "}},
	{"telnyx", "", "application/json",
		"{\"data\":{\"event_type\":\"message.finalized\",\"payload\":{"
		"\"id\":\"t\",\"to\":["
		"{\"status\":\"delivery_failed\"}],\"errors\":[{\"code\":"
		"\"40300\"}]}}}",
		{"status t  undelivered  OPTOUT"}},
	{"messagebird", "id=m&recipient=31&status=delivered&reference=5", "", "",
		{"status m  delivered 5"}},
	{"messagebird", "", "application/x-www-form-urlencoded",
		"id=m&originator=31612345678&recipient=1&body=hallo",
		{"text m +31612345678 hallo "}},
	{"sinch", "", "application/json",
		"{\"type\":\"recipient_delivery_report_sms\",\"batch_id\":\"b\","
		"\"status\":"
		"\"Delivered\",\"code\":0,\"client_reference\":\"4\"}",
		{"status b  delivered 4"}},
	{"infobip", "", "application/json",
		"{\"results\":[{\"messageId\":\"1\",\"status\":{\"groupName\":"
		"\"DELIVERED\"}},"
		"{\"messageId\":\"2\",\"status\":{\"groupName\":\"REJECTED\"},"
		"\"error\":{\"id\":"
		"7033}}]}",
		{"status 1  delivered ", "status 2  failed  OPTOUT"}},
	{"infobip", "", "application/json",
		"{\"results\":[{\"messageId\":\"1\",\"from\":\"821012345678\","
		"\"text\":\"y\"}]}",
		{"text 1 +821012345678 y "}},
	{"clickatell", "", "application/json",
		"{\"messageId\":\"c\",\"fromNumber\":\"821012345678\",\"text\":"
		"\"%C5%48%B1%55\","
		"\"charset\":\"UTF-16BE\"}",
		{"text c +821012345678 안녕 "}},
	{"nhn", "", "application/json",
		"{\"event\":\"MESSAGE_RESULT_UPDATE\",\"hooks\":[{\"requestId\":"
		"\"r\","
		"\"recipientSeq\":1,\"messageStatus\":\"COMPLETED\","
		"\"resultCode\":\"1000\"}]}",
		{"status r:1  delivered "}},
	{"nhn", "", "application/json",
		"{\"event\":\"UNSUBSCRIBE\",\"hooks\":[{\"recipientNo\":"
		"\"01012345678\"}]}",
		{"optout  01012345678  "}},
	{"kannel", "token=x&kind=dlr&status=1&key=42", "", "", {"status   delivered 42"}},
	{"kannel", "kind=mo&id=k1&from=%2B82&to=1&text=hi", "", "", {"text k1 +82 hi "}},
	/* What is none of it brings nothing. */
	{"twilio", "", "application/json", "[]", {NULL}},
	{"telnyx", "", "application/json", "{\"data\":{\"event_type\":7}}", {NULL}},
	{"infobip", "", "application/json", "{\"results\":\"no\"}", {NULL}},
	{"sinch", "", "application/json", "{\"type\":\"mo_text\",\"id\":\"1\"}", {NULL}},
};

static void
what_webhooks_bring(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hooks); i++) {
		struct got got = {0};
		struct cloud_doc doc;
		struct raw_field type = {"Content-Type", hooks[i].type};
		use(hooks[i].profile);
		cloud_doc_open(&doc, hooks[i].body, strlen(hooks[i].body), hooks[i].query,
			&type, *hooks[i].type ? 1 : 0);
		cloud_hook_read(p, &doc, note, &got, NULL);
		size_t want = hooks[i].want[0] ? hooks[i].want[1] ? 2 : 1 : 0;
		if (got.count != want)
			fail_msg("row %zu (%s): %zu things: %s", i, hooks[i].profile,
				got.count, got.line[0]);
		for (size_t k = 0; k < want; k++)
			assert_string_equal(got.line[k], hooks[i].want[k]);
		cloud_doc_close(&doc);
	}
}

static void
a_notification_of_amazon_is_unwrapped(void **state)
{
	(void)state;
	struct got got = {0};
	struct cloud_doc doc;
	static const char body[] = "{\"Type\":\"Notification\",\"Message\":\"{"
				   "\\\"inboundMessageId\\\":\\\"a\\\","
				   "\\\"originationNumber\\\":\\\"+82\\\","
				   "\\\"messageBody\\\":\\\"hey\\\"}\"}";
	use("aws");
	cloud_doc_open(&doc, body, sizeof(body) - 1, "", NULL, 0);
	cloud_doc_unwrap(&doc, p->unwrap);
	cloud_hook_read(p, &doc, note, &got, NULL);
	assert_int_equal(got.count, 1);
	assert_string_equal(got.line[0], "text a +82 hey ");
	cloud_doc_close(&doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(mistakes_are_named_with_their_line, teardown),
		cmocka_unit_test_teardown(no_text_breaks_out_of_its_place, teardown),
		cmocka_unit_test_teardown(a_masked_request_holds_no_secret, teardown),
		cmocka_unit_test_teardown(
			korean_texts_are_measured_in_their_own_bytes, teardown),
		cmocka_unit_test_teardown(what_an_answer_means, teardown),
		cmocka_unit_test_teardown(how_long_to_wait, teardown),
		cmocka_unit_test_teardown(ranges_of_codes, teardown),
		cmocka_unit_test_teardown(what_webhooks_bring, teardown),
		cmocka_unit_test_teardown(
			a_notification_of_amazon_is_unwrapped, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
