/* Every signature scheme of every provider, in both directions, over the vectors of
 * tests/golden/cloud/signatures.json (each names where it comes from), with the profiles
 * as they are shipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "drivers/cloud/verify.h"

static json_t *vectors;
static struct cloud_profile *profile;

static void
use(const char *name)
{
	char path[96];
	struct strbuf err = STRBUF_INIT(8192);
	cloud_profile_free(profile);
	snprintf(path, sizeof(path), "etc/providers/%s.cfg", name);
	if (cloud_profile_load(path, &profile, &err) < 0)
		fail_msg("%s", err.s);
	strbuf_done(&err);
}

static const char *
text(const json_t *v, const char *name)
{
	const char *value = json_string_value(json_object_get(v, name));
	if (!value)
		fail_msg("the vector lacks %s", name);
	return value;
}

/* ---- a request as a provider would make it ---- */

struct call {
	struct raw_field headers[6];
	size_t header_count;
	struct strbuf body, url;
	struct cloud_pair secrets[2], settings[1];
	const char *method;
	int64_t now;
	const char *certificate, *certificate_from;
};

static void
header(struct call *c, const char *name, const char *value)
{
	c->headers[c->header_count++] = (struct raw_field){name, value};
}

static void
form(struct call *c, const json_t *params, struct strbuf *out)
{
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)params, name, value)
	{
		size_t n = json_is_array(value) ? json_array_size(value) : 1;
		for (size_t i = 0; i < n; i++) {
			const json_t *one =
				json_is_array(value) ? json_array_get(value, i) : value;
			const char *s = json_string_value(one);
			if (out->len && out->s[out->len - 1] != '?')
				strbuf_putc(out, '&');
			tpl_url_encode(out, name, strlen(name), "");
			strbuf_putc(out, '=');
			tpl_url_encode(out, s, strlen(s), "");
		}
	}
	(void)c;
}

static enum cloud_verdict
verdict_of(struct call *c, size_t scheme)
{
	const char *path = strchr(strstr(c->url.s, "://") + 3, '/');
	const char *target = path ? path : "/";
	const char *query = strchr(c->url.s, '?');
	struct raw_request rq = {.method = c->method,
		.url = c->url.s,
		.target = target,
		.query = query ? query + 1 : "",
		.headers = c->headers,
		.header_count = c->header_count,
		.body = c->body.s,
		.len = c->body.len};
	struct cloud_doc doc;
	struct cloud_profile one = *profile;
	one.verify = &profile->verify[scheme];
	one.verify_count = 1;
	struct cloud_account account = {.profile = &one,
		.secrets = {c->secrets, 2},
		.settings = {c->settings, 1}};
	struct cloud_proof proof = {.rq = &rq,
		.now = c->now,
		.certificate = c->certificate,
		.certificate_len = c->certificate ? strlen(c->certificate) : 0,
		.certificate_from = c->certificate_from};
	cloud_doc_open(
		&doc, c->body.s, c->body.len, rq.query, c->headers, c->header_count);
	enum cloud_verdict v = cloud_verify(&account, &doc, &proof);
	cloud_doc_close(&doc);
	return v;
}

static void
call_init(struct call *c, const char *url, const char *key, const char *secret)
{
	*c = (struct call){.method = "POST", .now = 1760000000000};
	strbuf_init(&c->body, 65536);
	strbuf_init(&c->url, 8192);
	strbuf_puts(&c->url, url);
	c->secrets[0] = (struct cloud_pair){
		.k = (char *)(uintptr_t)key, .v = (char *)(uintptr_t)secret};
	c->secrets[1] = (struct cloud_pair){.k = (char *)"", .v = (char *)""};
	c->settings[0] = (struct cloud_pair){.k = (char *)"", .v = (char *)""};
}

static void
call_done(struct call *c)
{
	strbuf_done(&c->body);
	strbuf_done(&c->url);
}

/* Good as it is; bad with another key, another body, another address. */
static void
holds(struct call *c, size_t scheme, bool body_counts)
{
	char *key = c->secrets[0].v;
	assert_int_equal(verdict_of(c, scheme), VERIFY_GOOD);
	c->secrets[0].v = (char *)"another key altogether, 32 octets";
	assert_int_not_equal(verdict_of(c, scheme), VERIFY_GOOD);
	c->secrets[0].v = key;
	if (body_counts && c->body.len > 4) {
		char was = c->body.s[c->body.len - 3];
		c->body.s[c->body.len - 3] = was == 'x' ? 'y' : 'x';
		assert_int_not_equal(verdict_of(c, scheme), VERIFY_GOOD);
		c->body.s[c->body.len - 3] = was;
	}
	assert_int_equal(verdict_of(c, scheme), VERIFY_GOOD);
	/* A signature that is cut short, and none. */
	struct raw_field first = c->headers[c->header_count - 1];
	c->headers[c->header_count - 1].value = "";
	assert_int_not_equal(verdict_of(c, scheme), VERIFY_GOOD);
	c->headers[c->header_count - 1] = first;
}

static void
twilio(void **state)
{
	(void)state;
	size_t i;
	json_t *v;
	use("twilio");
	json_array_foreach(json_object_get(vectors, "twilio"), i, v)
	{
		struct call c;
		call_init(&c, text(v, "url"), "auth_token", text(v, "token"));
		const json_t *params = json_object_get(v, "params");
		if (params) {
			header(&c, "Content-Type", "application/x-www-form-urlencoded");
			form(&c, params, &c.body);
		} else {
			header(&c, "Content-Type", "application/json");
			strbuf_puts(&c.body, text(v, "body"));
		}
		header(&c, "X-Twilio-Signature", text(v, "signature"));
		holds(&c, 0, true);
		if (params) /* another address */
			strbuf_puts(&c.url, "&a=b");
		else /* no hash of the body any more */
			strbuf_consume(&c.body, 1);
		assert_int_equal(verdict_of(&c, 0), VERIFY_BAD);
		call_done(&c);
	}
}

/* Behind a proxy the port may be written, or not. */
static void
twilio_with_a_port(void **state)
{
	(void)state;
	const json_t *v = json_array_get(json_object_get(vectors, "twilio"), 0);
	struct call c;
	use("twilio");
	call_init(&c, "https://mycompany.com:443/myapp.php?foo=1&bar=2", "auth_token",
		text(v, "token"));
	header(&c, "Content-Type", "application/x-www-form-urlencoded");
	form(&c, json_object_get(v, "params"), &c.body);
	header(&c, "X-Twilio-Signature", text(v, "signature"));
	assert_int_equal(verdict_of(&c, 0), VERIFY_GOOD);
	call_done(&c);
}

static void
vonage_sms(void **state)
{
	(void)state;
	static const char *const methods[] = {
		"md5hash", "md5", "sha1", "sha256", "sha512"};
	const json_t *v = json_array_get(json_object_get(vectors, "vonage_sms"), 0);
	use("vonage-sms");
	for (size_t i = 0; i < ARRAY_LEN(methods); i++)
		for (int get = 0; get < 2; get++) {
			struct call c;
			struct cloud_verify *how = &profile->verify[0];
			char *alg = how->alg, *scheme = how->scheme, *base = how->base;
			bool hash = i == 0;
			call_init(&c, "https://shop.example/hooks/v", "signature_secret",
				text(v, "secret"));
			how->alg = (char *)(uintptr_t)(hash ? "md5" : methods[i]);
			if (hash) {
				how->scheme = (char *)"hash";
				how->base = (char *)"{params}{secret:signature_secret}";
			}
			struct strbuf *to = get ? &c.url : &c.body;
			if (get) {
				strbuf_putc(to, '?');
				c.method = "GET";
			} else {
				header(&c, "Content-Type",
					"application/x-www-form-urlencoded");
			}
			form(&c, json_object_get(v, "params"), to);
			strbuf_printf(to, "&sig=%s",
				text(json_object_get(v, "sig"), methods[i]));
			c.now = 1385047698000 + 10 * SECOND;
			assert_int_equal(verdict_of(&c, 0), VERIFY_GOOD);
			c.now += HOUR;
			assert_int_equal(verdict_of(&c, 0), VERIFY_STALE);
			c.now = 1385047698000;
			strbuf_puts(to, "&x=1");
			assert_int_equal(verdict_of(&c, 0), VERIFY_BAD);
			how->alg = alg;
			how->scheme = scheme;
			how->base = base;
			call_done(&c);
		}
}

static void
plivo(void **state)
{
	(void)state;
	size_t i;
	json_t *v;
	use("plivo");
	json_array_foreach(json_object_get(vectors, "plivo_v3"), i, v)
	{
		struct call c;
		call_init(&c, text(v, "url"), "auth_token", text(v, "auth_token"));
		c.method = text(v, "method");
		if (!strcmp(c.method, "POST")) {
			header(&c, "Content-Type", "application/x-www-form-urlencoded");
			form(&c, json_object_get(v, "params"), &c.body);
		} else {
			strbuf_putc(&c.url, '?');
			form(&c, json_object_get(v, "params"), &c.url);
		}
		header(&c, "X-Plivo-Signature-V3-Nonce", text(v, "nonce"));
		struct strbuf several = STRBUF_INIT(512);
		strbuf_printf(&several, "bm90IHRoaXMgb25l,%s", text(v, "signature"));
		header(&c, "X-Plivo-Signature-V3", several.s);
		holds(&c, 0, true);
		strbuf_done(&several);
		call_done(&c);
	}
	v = json_array_get(json_object_get(vectors, "plivo_v2"), 0);
	struct call c;
	call_init(&c, text(v, "url"), "auth_token", text(v, "auth_token"));
	header(&c, "X-Plivo-Signature-V2-Nonce", text(v, "nonce"));
	header(&c, "X-Plivo-Signature-V2", text(v, "signature"));
	holds(&c, 1, false);
	call_done(&c);
}

static void
telnyx(void **state)
{
	(void)state;
	const json_t *v = json_array_get(json_object_get(vectors, "telnyx"), 0);
	struct call c;
	use("telnyx");
	call_init(&c, "https://shop.example/hooks/t", "public_key",
		text(v, "public_key_b64"));
	header(&c, "Content-Type", "application/json");
	strbuf_puts(&c.body, text(v, "body"));
	header(&c, "telnyx-timestamp", text(v, "timestamp"));
	header(&c, "telnyx-signature-ed25519", text(v, "signature_b64"));
	holds(&c, 0, true);
	c.now += 301 * SECOND;
	assert_int_equal(verdict_of(&c, 0), VERIFY_STALE);
	c.now -= 602 * SECOND;
	assert_int_equal(verdict_of(&c, 0), VERIFY_STALE);
	/* The other direction: the same seed makes the same signature. */
	struct strbuf seed = STRBUF_INIT(64), sig = STRBUF_INIT(128),
		      base = STRBUF_INIT(4096);
	struct strbuf encoded = STRBUF_INIT(256);
	assert_true(sign_from_hex(text(v, "seed_hex"), 64, &seed));
	strbuf_printf(&base, "%s|%s", text(v, "timestamp"), c.body.s);
	assert_true(sign_ed25519(seed.s, base.s, base.len, &sig));
	sign_base64(&encoded, sig.s, sig.len, false);
	assert_string_equal(encoded.s, text(v, "signature_b64"));
	strbuf_done(&seed);
	strbuf_done(&sig);
	strbuf_done(&base);
	strbuf_done(&encoded);
	call_done(&c);
}

static void
messagebird(void **state)
{
	(void)state;
	const json_t *v = json_array_get(json_object_get(vectors, "messagebird_jwt"), 0);
	struct call c;
	use("messagebird");
	call_init(&c, text(v, "url"), "signing_key", text(v, "secret"));
	strbuf_puts(&c.body, text(v, "body"));
	header(&c, "Content-Type", "application/json");
	header(&c, "MessageBird-Signature-JWT", text(v, "jwt"));
	holds(&c, 0, true);
	c.now += 70 * SECOND;
	assert_int_equal(verdict_of(&c, 0), VERIFY_STALE);
	c.now -= 70 * SECOND;
	strbuf_puts(&c.url, "&more=1");
	assert_int_equal(verdict_of(&c, 0), VERIFY_BAD);
	call_done(&c);

	v = json_array_get(json_object_get(vectors, "messagebird_legacy"), 0);
	call_init(&c, "https://shop.example/hooks/m?", "signing_key", text(v, "key"));
	c.method = "GET";
	strbuf_puts(&c.url, text(v, "sorted_query"));
	c.now = 1547198231000;
	header(&c, "MessageBird-Request-Timestamp", text(v, "timestamp"));
	header(&c, "MessageBird-Signature", text(v, "signature"));
	holds(&c, 1, false);
	strbuf_puts(&c.url, "&x=1");
	assert_int_equal(verdict_of(&c, 1), VERIFY_BAD);
	call_done(&c);
}

static void
a_token_says_how_it_is_signed_and_none_is_no_way(void **state)
{
	(void)state;
	struct strbuf token = STRBUF_INIT(4096), claims = STRBUF_INIT(1024);
	sign_jwt("{\"iss\":\"x\"}", "key", 3, &token);
	assert_true(sign_jwt_valid(token.s, "key", 3, &claims));
	assert_string_equal(claims.s, "{\"iss\":\"x\"}");
	assert_false(sign_jwt_valid(token.s, "kez", 3, &claims));
	strbuf_reset(&token);
	sign_base64(&token, "{\"alg\":\"none\"}", 14, true);
	strbuf_puts(&token, ".e30.");
	assert_false(sign_jwt_valid(token.s, "key", 3, &claims));
	assert_false(sign_jwt_valid("", "key", 3, &claims));
	assert_false(sign_jwt_valid("a.b.c.d", "key", 3, &claims));
	strbuf_done(&token);
	strbuf_done(&claims);
}

static void
vonage_messages(void **state)
{
	(void)state;
	struct call c;
	struct strbuf token = STRBUF_INIT(4096), claims = STRBUF_INIT(1024);
	struct strbuf md = STRBUF_INIT(64);
	use("vonage-messages");
	call_init(&c, "https://shop.example/hooks/v", "signature_secret", "shared");
	strbuf_puts(&c.body, "{\"message_uuid\":\"1\",\"text\":\"hi\"}");
	strbuf_puts(&claims, "{\"iat\":1760000000,\"payload_hash\":\"");
	sign_digest(SIGN_SHA256, c.body.s, c.body.len, &md);
	sign_hex(&claims, md.s, md.len);
	strbuf_puts(&claims, "\"}");
	strbuf_puts(&token, "Bearer ");
	sign_jwt(claims.s, "shared", 6, &token);
	header(&c, "Authorization", token.s);
	holds(&c, 0, true);
	c.now += HOUR;
	assert_int_equal(verdict_of(&c, 0), VERIFY_STALE);
	strbuf_done(&token);
	strbuf_done(&claims);
	strbuf_done(&md);
	call_done(&c);
}

static void
sinch_and_bird(void **state)
{
	(void)state;
	const json_t *v = json_array_get(json_object_get(vectors, "sinch"), 0);
	struct call c;
	use("sinch");
	call_init(
		&c, "https://shop.example/hooks/s", "webhook_secret", text(v, "secret"));
	strbuf_puts(&c.body, text(v, "body"));
	c.now = 1736760161000;
	header(&c, "x-sinch-webhook-signature-nonce", text(v, "nonce"));
	header(&c, "x-sinch-webhook-signature-timestamp", text(v, "timestamp"));
	header(&c, "x-sinch-webhook-signature", text(v, "signature"));
	holds(&c, 0, true);
	c.now += HOUR;
	assert_int_equal(verdict_of(&c, 0), VERIFY_STALE);
	call_done(&c);

	v = json_array_get(json_object_get(vectors, "bird"), 0);
	use("bird");
	call_init(&c, text(v, "url"), "signing_key", text(v, "key"));
	strbuf_puts(&c.body, text(v, "body"));
	c.now = 1719823259000;
	header(&c, "messagebird-request-timestamp", text(v, "timestamp"));
	header(&c, "messagebird-signature", text(v, "signature"));
	holds(&c, 0, true);
	call_done(&c);
}

/* ---- what goes out signed ---- */

static void
out_by_hmac(const char *base, const char *key, bool hex, const char *want)
{
	struct strbuf md = STRBUF_INIT(64), sig = STRBUF_INIT(256);
	sign_hmac(SIGN_SHA256, key, strlen(key), base, strlen(base), &md);
	if (hex)
		sign_hex(&sig, md.s, md.len);
	else
		sign_base64(&sig, md.s, md.len, false);
	assert_string_equal(sig.s, want);
	strbuf_done(&md);
	strbuf_done(&sig);
}

static void
solapi_and_sens(void **state)
{
	(void)state;
	const json_t *v = json_array_get(json_object_get(vectors, "solapi"), 0);
	struct strbuf base = STRBUF_INIT(1024);
	strbuf_printf(&base, "%s%s", text(v, "date"), text(v, "salt"));
	out_by_hmac(base.s, text(v, "apiSecret"), true, text(v, "signature"));
	strbuf_done(&base);
	v = json_array_get(json_object_get(vectors, "naver_sens"), 0);
	/* Through the profile: the path as it is sent, the time as it is told. */
	use("naver-sens");
	struct cloud_pair secrets[] = {
		{.k = (char *)"access_key",
			.v = (char *)(uintptr_t)text(v, "access_key")},
		{.k = (char *)"secret_key",
			.v = (char *)(uintptr_t)text(v, "secret_key")}};
	struct cloud_pair settings[] = {
		{.k = (char *)"service_id", .v = (char *)"ncp:sms:kr:123456789012:shop"}};
	struct cloud_account account = {.profile = profile,
		.secrets = {secrets, 2},
		.settings = {settings, 1},
		.hook = ""};
	struct cloud_message m = {.to = "+821012345678",
		.from = "0212345678",
		.text = "안녕",
		.key = "1",
		.id = "",
		.category = "service"};
	struct cloud_moment moment = {
		.now = 1700000000000, .salt = "0123456789abcdef0123456789abcdef"};
	struct cloud_request rq;
	struct strbuf err = STRBUF_SENTENCE, want = STRBUF_INIT(256);
	if (cloud_build(&account, profile->send, &m, &moment, &rq, &err) < 0)
		fail_msg("%s", err.s);
	assert_non_null(strstr(rq.url.s, text(v, "uri")));
	strbuf_printf(&want, "x-ncp-apigw-signature-v2: %s", text(v, "signature"));
	assert_string_equal(rq.headers[0], want.s);
	cloud_request_free(&rq);
	strbuf_done(&want);
	strbuf_done(&err);
}

/* ---- Amazon ---- */

static void
only_amazons_addresses(void **state)
{
	(void)state;
	assert_true(cloud_sns_address(
		"https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem",
		true));
	assert_true(cloud_sns_address(
		"https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem",
		true));
	static const char *const bad[] = {"http://sns.us-east-1.amazonaws.com/a.pem",
		"https://sns.us-east-1.amazonaws.com.evil.example/a.pem",
		"https://evil.example/sns.us-east-1.amazonaws.com/a.pem",
		"https://sns.us-east-1.amazonaws.com@evil.example/a.pem",
		"https://sns.us-east-1.amazonaws.com/../a.pem",
		"https://sns.us-east-1.amazonaws.com/a.pem?x=.pem",
		"https://sns.us-east-1.amazonaws.com/a.txt",
		"https://sns..amazonaws.com/a.pem", "https://SNS.us.amazonaws.com/a.pem",
		""};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(cloud_sns_address(bad[i], true));
}

/* A request signs itself as an official library would: all schemes that encode. */
static void
what_we_sign_we_believe(void **state)
{
	(void)state;
	use("generic");
	struct call c;
	call_init(&c, "https://shop.example/hooks/g", "webhook_secret", "s3cret");
	strbuf_puts(&c.body, "{\"type\":\"inbound\"}");
	header(&c, "X-Timestamp", "1760000000");
	struct raw_request rq = {.method = "POST", .url = c.url.s, .target = "/hooks/g"};
	struct cloud_doc doc;
	struct cloud_account account = {.profile = profile, .secrets = {c.secrets, 1}};
	struct strbuf base = STRBUF_INIT(1024), sig = STRBUF_INIT(256);
	cloud_doc_open(&doc, c.body.s, c.body.len, "", c.headers, c.header_count);
	assert_true(cloud_verify_base(
		&account, &profile->verify[0], &doc, &rq, c.url.s, &base));
	assert_string_equal(base.s, "1760000000.{\"type\":\"inbound\"}");
	assert_true(cloud_verify_sign(&account, &profile->verify[0], &base, &sig));
	header(&c, "X-Signature", sig.s);
	holds(&c, 0, true);
	cloud_doc_close(&doc);
	strbuf_done(&base);
	strbuf_done(&sig);
	call_done(&c);
}

static void
tokens_and_passwords(void **state)
{
	(void)state;
	struct call c;
	use("clickatell");
	call_init(&c, "https://shop.example/hooks/c?token=let-me-in", "webhook_token",
		"let-me-in");
	strbuf_puts(&c.body, "{}");
	assert_int_equal(verdict_of(&c, 0), VERIFY_GOOD);
	c.secrets[0].v = (char *)"let-me-i";
	assert_int_equal(verdict_of(&c, 0), VERIFY_BAD);
	c.secrets[0].v = (char *)""; /* a secret that is not there opens nothing */
	assert_int_equal(verdict_of(&c, 0), VERIFY_BAD);
	call_done(&c);
}

static int
load(void **state)
{
	(void)state;
	json_error_t error;
	vectors = json_load_file("tests/golden/cloud/signatures.json", 0, &error);
	return vectors ? 0 : -1;
}

static int
unload(void **state)
{
	(void)state;
	json_decref(vectors);
	cloud_profile_free(profile);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twilio),
		cmocka_unit_test(twilio_with_a_port),
		cmocka_unit_test(vonage_sms),
		cmocka_unit_test(plivo),
		cmocka_unit_test(telnyx),
		cmocka_unit_test(messagebird),
		cmocka_unit_test(a_token_says_how_it_is_signed_and_none_is_no_way),
		cmocka_unit_test(vonage_messages),
		cmocka_unit_test(sinch_and_bird),
		cmocka_unit_test(solapi_and_sens),
		cmocka_unit_test(only_amazons_addresses),
		cmocka_unit_test(what_we_sign_we_believe),
		cmocka_unit_test(tokens_and_passwords),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
