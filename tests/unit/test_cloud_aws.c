/* Amazon both ways. What libcurl signs is worked out again here, by the words of the
 * published algorithm, which is first held against its own vector; and what SNS signs is
 * signed here with a certificate made for the occasion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <poll.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "drivers/cloud/build.h"
#include "drivers/cloud/verify.h"
#include "gateway/net/http.h"
#include "gateway/net/json.h"
#include "gateway/net/sign.h"
#include "tests/lib/httpd.h"

#define NOW   1760000000000 /* 2025-10-09T08:53:20Z */
#define TOPIC "arn:aws:sns:us-east-1:123456789012:malgil"
#define CERT  "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a1b.pem"

static struct cloud_profile *profile;

/* ---- Signature Version 4, worked out by hand ---- */

static const char *
string_of(const json_t *v, const char *name)
{
	const char *value = json_string_value(json_object_get(v, name));
	if (!value)
		fail_msg("the vector lacks %s", name);
	return value;
}

static void
put_hash(struct strbuf *out, const char *text, size_t len)
{
	struct strbuf digest = STRBUF_INIT(64);
	sign_digest(SIGN_SHA256, text, len, &digest);
	sign_hex(out, digest.s, digest.len);
	strbuf_done(&digest);
}

static void
step(struct strbuf *key, const char *text)
{
	struct strbuf next = STRBUF_INIT(64);
	sign_hmac(SIGN_SHA256, key->s, key->len, text, strlen(text), &next);
	strbuf_reset(key);
	strbuf_add(key, next.s, next.len);
	strbuf_done(&next);
}

/* `scope` is "20250830/us-east-1/sms-voice/aws4_request"; it is taken apart. */
static void
sign_v4(const char *secret, const char *date, const char *scope, const char *canonical,
	struct strbuf *out)
{
	char parts[128], *rest = parts;
	struct strbuf key = STRBUF_INIT(256), text = STRBUF_INIT(1024);
	strbuf_printf(&text, "AWS4-HMAC-SHA256\n%s\n%s\n", date, scope);
	put_hash(&text, canonical, strlen(canonical));
	strbuf_printf(&key, "AWS4%s", secret);
	snprintf(parts, sizeof(parts), "%s", scope);
	for (char *part; (part = strsep(&rest, "/"));)
		step(&key, part);
	step(&key, text.s);
	sign_hex(out, key.s, key.len);
	strbuf_done(&key);
	strbuf_done(&text);
}

/* ---- a request as it was on the wire ---- */

static void
header_of(const char *raw, const char *name, size_t n, char *ret, size_t size)
{
	*ret = '\0';
	for (const char *line = strstr(raw, "\r\n"); line;
		line = strstr(line + 2, "\r\n")) {
		const char *p = line + 2;
		if (strncasecmp(p, name, n) != 0 || p[n] != ':')
			continue;
		p += n + 1;
		p += strspn(p, " ");
		snprintf(ret, size, "%.*s", (int)strcspn(p, "\r"), p);
		return;
	}
}

/* What the request says that it signed. */
static void
canonical_of(const char *raw, const char *names, struct strbuf *out)
{
	const char *body = strstr(raw, "\r\n\r\n") + 4;
	strbuf_puts(out, "POST\n/json\n\n");
	for (const char *p = names; *p;) {
		char value[300];
		size_t n = strcspn(p, ";");
		header_of(raw, p, n, value, sizeof(value));
		strbuf_printf(out, "%.*s:%s\n", (int)n, p, value);
		p += n + (p[n] == ';');
	}
	strbuf_printf(out, "\n%s\n", names);
	put_hash(out, body, strlen(body));
}

struct scanned {
	char key[64], scope[100], names[200], signature[80];
};

static struct scanned
scan(const char *raw)
{
	char line[600];
	struct scanned s = {0};
	header_of(raw, "Authorization", 13, line, sizeof(line));
	int n = sscanf(line,
		"AWS4-HMAC-SHA256 Credential=%63[^/]/%99[^,], SignedHeaders=%199[^,], "
		"Signature=%79[0-9a-f]",
		s.key, s.scope, s.names, s.signature);
	if (n != 4)
		fail_msg("'%s' is no signature", line);
	return s;
}

static bool
names_has(const char *names, const char *one)
{
	size_t n = strlen(one);
	for (const char *p = names; *p; p += strcspn(p, ";"), p += *p == ';')
		if (!strncmp(p, one, n) && (!p[n] || p[n] == ';'))
			return true;
	return false;
}

static bool answered;

static void
on_answer(void *arg, const struct http_answer *a)
{
	(void)arg;
	assert_int_equal(a->failed, 0);
	answered = true;
}

/* Sends it for real and keeps what came over the wire. */
static void
over_the_wire(const struct cloud_request *rq, const char *const *headers, char *raw,
	size_t size)
{
	struct loop *loop = loop_new(clock_real());
	struct http *http = http_new(loop);
	struct httpd *httpd = httpd_start();
	char url[64];
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/json", httpd_port(httpd));
	struct http_request request = {.method = "POST",
		.url = url,
		.headers = headers,
		.body = rq->body.s,
		.len = rq->body.len,
		.timeout = 5000,
		.max = 10000,
		.user = rq->user.s,
		.sigv4 = rq->sigv4.s,
		.once = true};
	answered = false;
	assert_non_null(http_start(http, &request, on_answer, NULL));
	int64_t stop = clock_mono(clock_real()) + 10 * SECOND;
	while (!answered && clock_mono(clock_real()) < stop)
		if (!loop_turn(loop))
			poll(NULL, 0, 1);
	assert_true(answered);
	httpd_last(httpd, raw, size);
	http_free(http);
	httpd_stop(httpd);
	loop_free(loop);
}

static void
build(const char *text, struct cloud_request *ret)
{
	static struct cloud_pair secrets[] = {
		{.k = (char *)"access_key", .v = (char *)"AKIDEXAMPLE"},
		{.k = (char *)"secret_key",
			.v = (char *)"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}};
	struct cloud_account account = {
		.profile = profile, .secrets = {secrets, 2}, .hook = ""};
	struct cloud_message m = {.to = "+14255550156",
		.from = "+12065550152",
		.text = text,
		.key = "17",
		.id = "",
		.category = "service"};
	struct cloud_moment moment = {
		.now = NOW, .salt = "0123456789abcdef0123456789abcdef"};
	struct strbuf err = STRBUF_SENTENCE;
	if (cloud_build(&account, profile->send, &m, &moment, ret, &err) < 0)
		fail_msg("%s", err.s);
	strbuf_done(&err);
}

static void
the_reckoning_is_amazons(void **state)
{
	(void)state;
	json_t *all = json_load_file("tests/golden/cloud/signatures.json", 0, NULL);
	const json_t *v = json_array_get(json_object_get(all, "aws_sigv4"), 0);
	struct strbuf sig = STRBUF_INIT(128);
	sign_v4(string_of(v, "secret_key"), "20250830T123600Z",
		"20250830/us-east-1/sms-voice/aws4_request",
		string_of(v, "canonical_request"), &sig);
	assert_string_equal(sig.s, string_of(v, "signature"));
	strbuf_done(&sig);
	json_decref(all);
}

static void
what_leaves_is_signed_as_amazon_reckons(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"hello 안녕", "a&b=c \"quoted\" \\ \n/?%20+", "😀 e\xcc\x81"};
	static char raw[65536];
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct cloud_request rq;
		struct strbuf canonical = STRBUF_INIT(8192), sig = STRBUF_INIT(128);
		char date[32];
		build(texts[i], &rq);
		assert_string_equal(rq.sigv4.s, "aws:amz:us-east-1:sms-voice");
		over_the_wire(&rq, (const char *const *)rq.headers, raw, sizeof(raw));
		struct scanned s = scan(raw);
		header_of(raw, "X-Amz-Date", 10, date, sizeof(date));
		assert_string_equal(s.key, "AKIDEXAMPLE");
		assert_memory_equal(s.scope, date, 8);
		assert_string_equal(s.scope + 8, "/us-east-1/sms-voice/aws4_request");
		/* Amazon insists on these. */
		assert_true(names_has(s.names, "host"));
		assert_true(names_has(s.names, "x-amz-date"));
		assert_true(names_has(s.names, "x-amz-target"));
		assert_true(names_has(s.names, "content-type"));
		canonical_of(raw, s.names, &canonical);
		sign_v4("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", date, s.scope,
			canonical.s, &sig);
		assert_string_equal(s.signature, sig.s);
		assert_null(strstr(raw, "wJalrXUtn"));
		strbuf_done(&canonical);
		strbuf_done(&sig);
		cloud_request_free(&rq);
	}
}

/* ---- what SNS signs ---- */

struct notice {
	const char *type, *message, *id, *subject, *timestamp, *topic, *token, *subscribe;
	const char *version, *url;
};

static EVP_PKEY *
new_key(bool rsa)
{
	EVP_PKEY *key = rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
	assert_non_null(key);
	return key;
}

/* PEM of a certificate for that key, valid between two times in s. */
static void
certify(EVP_PKEY *key, int64_t from, int64_t to, struct strbuf *out)
{
	X509 *cert = X509_new();
	char *pem;
	ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)from);
	ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)to);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
		(const unsigned char *)"sns.amazonaws.com", -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	BIO *bio = BIO_new(BIO_s_mem());
	PEM_write_bio_X509(bio, cert);
	long n = BIO_get_mem_data(bio, &pem);
	strbuf_add(out, pem, (size_t)n);
	BIO_free(bio);
	X509_free(cert);
}

static void
line(struct strbuf *out, const char *name, const char *value)
{
	if (value)
		strbuf_printf(out, "%s\n%s\n", name, value);
}

/* In the order Amazon names, which is not that of the document. */
static void
put_base(const struct notice *n, struct strbuf *out)
{
	line(out, "Message", n->message);
	line(out, "MessageId", n->id);
	line(out, n->subscribe ? "SubscribeURL" : "Subject",
		n->subscribe ? n->subscribe : n->subject);
	line(out, "Timestamp", n->timestamp);
	line(out, "Token", n->token);
	line(out, "TopicArn", n->topic);
	line(out, "Type", n->type);
}

static void
put_signature(EVP_PKEY *key, const struct notice *n, struct strbuf *out)
{
	struct strbuf base = STRBUF_INIT(4096);
	unsigned char sig[512];
	size_t len = sizeof(sig);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	put_base(n, &base);
	assert_int_equal(
		EVP_DigestSignInit(md, NULL,
			*n->version == '1' ? EVP_sha1() : EVP_sha256(), NULL, key),
		1);
	assert_int_equal(
		EVP_DigestSign(md, sig, &len, (unsigned char *)base.s, base.len), 1);
	sign_base64(out, sig, len, false);
	EVP_MD_CTX_free(md);
	strbuf_done(&base);
}

static json_t *
document(const struct notice *n, const char *signature)
{
	return json_pack("{s:s,s:s,s:s,s:s*,s:s,s:s,s:s*,s:s*,s:s,s:s,s:s}", "Type",
		n->type, "Message", n->message, "MessageId", n->id, "Subject", n->subject,
		"Timestamp", n->timestamp, "TopicArn", n->topic, "Token", n->token,
		"SubscribeURL", n->subscribe, "SignatureVersion", n->version,
		"SigningCertURL", n->url, "Signature", signature);
}

static enum cloud_verdict
judge(const json_t *doc, const struct strbuf *pem, const char *from, char *ret_url)
{
	char *body = json_dumps(doc, 0);
	struct raw_request rq = {.method = "POST",
		.url = "https://shop.example/hooks/aws",
		.target = "/hooks/aws",
		.query = "",
		.body = body,
		.len = strlen(body)};
	struct cloud_pair settings[] = {{.k = (char *)"topic_arn", .v = (char *)TOPIC}};
	struct cloud_account account = {.profile = profile, .settings = {settings, 1}};
	struct cloud_proof proof = {.rq = &rq,
		.now = NOW,
		.certificate = pem ? pem->s : NULL,
		.certificate_len = pem ? pem->len : 0,
		.certificate_from = from};
	struct cloud_doc parsed;
	cloud_doc_open(&parsed, body, strlen(body), "", NULL, 0);
	enum cloud_verdict v = cloud_verify(&account, &parsed, &proof);
	if (ret_url)
		snprintf(ret_url, 256, "%s", proof.certificate_url);
	cloud_doc_close(&parsed);
	free(body);
	return v;
}

static const struct notice told = {.type = "Notification",
	.message = "{\"inboundMessageId\":\"1\",\"messageBody\":\"안녕\\n하세요\"}",
	.id = "da41e39f-ea4d-435a-b922-c6aae3915ebe",
	.timestamp = "2025-10-09T08:53:00.000Z",
	.topic = TOPIC,
	.version = "2",
	.url = CERT};

static enum cloud_verdict
verdict_of(const struct notice *n, EVP_PKEY *key, const struct strbuf *pem)
{
	struct strbuf sig = STRBUF_INIT(1024);
	put_signature(key, n, &sig);
	json_t *doc = document(n, sig.s);
	enum cloud_verdict v = judge(doc, pem, CERT, NULL);
	json_decref(doc);
	strbuf_done(&sig);
	return v;
}

static void
sns_is_believed_by_its_certificate(void **state)
{
	(void)state;
	struct notice rows[] = {told, told, told, told};
	rows[1].version = "1";
	rows[2].subject = "a subject";
	rows[3].type = "SubscriptionConfirmation";
	rows[3].token = "2336412f37";
	rows[3].subscribe =
		"https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription";
	EVP_PKEY *key = new_key(true);
	struct strbuf pem = STRBUF_INIT(8192);
	certify(key, NOW / 1000 - 1000, NOW / 1000 + 1000, &pem);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(verdict_of(&rows[i], key, &pem), VERIFY_GOOD);
	rows[0].timestamp = "2025-10-09T06:00:00.000Z";
	assert_int_equal(verdict_of(&rows[0], key, &pem), VERIFY_STALE);
	strbuf_done(&pem);
	EVP_PKEY_free(key);
}

static void
whatever_was_touched_is_refused(void **state)
{
	(void)state;
	static const char *const fields[] = {"Message", "MessageId", "Subject",
		"Timestamp", "Type", "Signature", "SignatureVersion", "TopicArn"};
	struct notice n = told;
	n.subject = "a subject";
	EVP_PKEY *key = new_key(true);
	struct strbuf pem = STRBUF_INIT(8192), sig = STRBUF_INIT(1024);
	certify(key, NOW / 1000 - 1000, NOW / 1000 + 1000, &pem);
	put_signature(key, &n, &sig);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		json_t *doc = document(&n, sig.s);
		char changed[1024];
		snprintf(changed, sizeof(changed), "%s",
			json_string_value(json_object_get(doc, fields[i])));
		changed[0] = changed[0] == 'A' ? 'B' : 'A';
		json_object_set_new(doc, fields[i], json_string(changed));
		if (judge(doc, &pem, CERT, NULL) != VERIFY_BAD)
			fail_msg("another %s is believed", fields[i]);
		json_object_del(doc, fields[i]);
		if (judge(doc, &pem, CERT, NULL) != VERIFY_BAD)
			fail_msg("no %s is believed", fields[i]);
		json_decref(doc);
	}
	strbuf_done(&pem);
	strbuf_done(&sig);
	EVP_PKEY_free(key);
}

static void
not_every_certificate_will_do(void **state)
{
	(void)state;
	EVP_PKEY *key = new_key(true), *other = new_key(true), *curve = new_key(false);
	const int64_t now = NOW / 1000;
	struct row {
		const char *name;
		EVP_PKEY *key;
		int64_t from, to;
		enum cloud_verdict want;
	} rows[] = {
		{"good", key, now - 9, now + 9, VERIFY_GOOD},
		{"expired", key, now - 99, now - 9, VERIFY_BAD},
		{"not valid yet", key, now + 9, now + 99, VERIFY_BAD},
		{"somebody else's", other, now - 9, now + 9, VERIFY_BAD},
		{"no RSA", curve, now - 9, now + 9, VERIFY_BAD},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf pem = STRBUF_INIT(8192);
		print_message("%s\n", rows[i].name);
		certify(rows[i].key, rows[i].from, rows[i].to, &pem);
		assert_int_equal(verdict_of(&told, key, &pem), rows[i].want);
		strbuf_done(&pem);
	}
	struct strbuf junk = STRBUF_INIT(100);
	strbuf_puts(&junk, "<html>not a certificate</html>");
	assert_int_equal(verdict_of(&told, key, &junk), VERIFY_BAD);
	strbuf_done(&junk);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	EVP_PKEY_free(curve);
}

static void
a_certificate_is_asked_for_where_amazon_keeps_them(void **state)
{
	(void)state;
	static const struct {
		const char *url;
		enum cloud_verdict want;
	} rows[] = {
		{CERT, VERIFY_CERTIFICATE},
		{"https://sns.us-gov-west-1.amazonaws.com/a.pem", VERIFY_CERTIFICATE},
		{"https://sns.ap-southeast-2.amazonaws.com/a.pem", VERIFY_CERTIFICATE},
		{"https://evil.example/a.pem", VERIFY_BAD},
		{"http://sns.us-east-1.amazonaws.com/a.pem", VERIFY_BAD},
		/* a bucket of anybody's, whose name is "sns" */
		{"https://sns.s3-us-west-2.amazonaws.com/a.pem", VERIFY_BAD},
		{"https://sns.s3-website-us-east-1.amazonaws.com/a.pem", VERIFY_BAD},
		{"https://sns.us-east-1.amazonaws.com:8443/a.pem", VERIFY_BAD},
	};
	EVP_PKEY *key = new_key(true);
	struct strbuf pem = STRBUF_INIT(8192);
	certify(key, NOW / 1000 - 9, NOW / 1000 + 9, &pem);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct notice n = told;
		char url[256];
		n.url = rows[i].url;
		json_t *doc = document(&n, "AAAA");
		print_message("%s\n", rows[i].url);
		assert_int_equal(judge(doc, NULL, "", url), rows[i].want);
		/* one fetched from elsewhere proves nothing */
		assert_int_equal(
			judge(doc, &pem, "https://sns.eu-west-1.amazonaws.com/b.pem",
				url),
			rows[i].want);
		if (rows[i].want == VERIFY_CERTIFICATE)
			assert_string_equal(url, rows[i].url);
		json_decref(doc);
	}
	strbuf_done(&pem);
	EVP_PKEY_free(key);
}

static int
load(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_INIT(8192);
	int r = cloud_profile_load("etc/providers/aws.cfg", &profile, &err);
	strbuf_done(&err);
	return r;
}

static int
unload(void **state)
{
	(void)state;
	cloud_profile_free(profile);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reckoning_is_amazons),
		cmocka_unit_test(what_leaves_is_signed_as_amazon_reckons),
		cmocka_unit_test(sns_is_believed_by_its_certificate),
		cmocka_unit_test(whatever_was_touched_is_refused),
		cmocka_unit_test(not_every_certificate_will_do),
		cmocka_unit_test(a_certificate_is_asked_for_where_amazon_keeps_them),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
