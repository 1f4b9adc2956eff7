/* Any octets as what a provider sends: a profile, an answer to a send, a webhook, and a
 * text that is put into every request. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/cloud/answer.h"
#include "drivers/cloud/hook.h"
#include "drivers/cloud/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 loses a string where its grammar fails. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

static struct cloud_profile *profiles[18];
static size_t count;

static void
load(void)
{
	static const char *const names[] = {"twilio", "vonage-sms", "vonage-messages",
		"plivo", "telnyx", "messagebird", "bird", "sinch", "infobip", "aws",
		"clickatell", "solapi", "naver-sens", "nhn", "aligo", "kannel", "playsms",
		"generic"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[96];
		struct strbuf err = STRBUF_INIT(4096);
		snprintf(path, sizeof(path), "etc/providers/%s.cfg", names[i]);
		if (cloud_profile_load(path, &profiles[count++], &err) < 0)
			abort();
		strbuf_done(&err);
	}
}

static void
look(void *arg, const struct cloud_item *item)
{
	(void)arg;
	/* What goes on to the store is text, and has who or what it is about. */
	if (!json_utf8(item->text) || !json_utf8(item->id) || !json_utf8(item->from) ||
		!json_utf8(item->why) || item->part > 255)
		abort();
}

static void
as_answer(const struct cloud_profile *p, const char *text, size_t len, int status)
{
	struct cloud_result r;
	struct raw_field head = {"Retry-After", text};
	struct cloud_answer a = {.left = true,
		.status = status,
		.headers = &head,
		.header_count = 1,
		.body = text,
		.len = len};
	cloud_answer_read(p, p->send, &a, 1760000000000, &r);
	if (!json_utf8(r.why) || (r.what != SEND_SENT && !*r.why) || r.rest < 0 ||
		r.rest > HOUR)
		abort();
	/* A failure of the other side's is never called sent, nor surely unsent. */
	if (status == 502 && r.what == SEND_SENT)
		abort();
}

static void
as_webhook(const struct cloud_profile *p, const char *text, size_t len)
{
	static struct cloud_pair none[1];
	struct raw_field types[] = {{"Content-Type", "application/json"},
		{"Content-Type", "application/x-www-form-urlencoded"},
		{"Authorization", text}};
	struct cloud_account account = {
		.profile = p, .secrets = {none, 0}, .settings = {none, 0}, .hook = ""};
	struct raw_request rq = {.method = "POST",
		.url = "https://shop.example/hooks/c",
		.target = "/hooks/c",
		.query = text,
		.headers = types,
		.header_count = 3,
		.body = text,
		.len = len};
	struct cloud_proof proof = {.rq = &rq, .now = 1760000000000};
	for (int i = 0; i < 3; i++) {
		struct cloud_doc doc;
		cloud_doc_open(&doc, text, len, text, &types[i], 1);
		/* Without its secret nobody is let in. */
		if (p->verify_count &&
			cloud_verify(&account, &doc, &proof) == VERIFY_GOOD)
			abort();
		if (p->unwrap)
			cloud_doc_unwrap(&doc, p->unwrap);
		cloud_hook_read(p, &doc, look, NULL, NULL);
		cloud_doc_close(&doc);
	}
}

static void
as_profile(const char *text, size_t len)
{
	struct cloud_profile *p;
	struct strbuf err = STRBUF_INIT(8192);
	if (cloud_profile_parse("fuzz.cfg", text, len, &p, &err) == 0)
		cloud_profile_free(p);
	else if (!err.len)
		abort(); /* refused without a sentence */
	strbuf_done(&err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!count)
		load();
	if (size < 2)
		return 0;
	static const int statuses[] = {200, 201, 202, 400, 429, 502};
	struct strbuf text = STRBUF_INIT(1 << 20);
	strbuf_add(&text, data + 2, size - 2);
	const struct cloud_profile *p = profiles[data[0] % count];
	if (data[1] % 4 == 0)
		as_profile(text.s, text.len);
	else if (data[1] % 4 == 1)
		as_answer(p, text.s, text.len, statuses[data[1] / 4 % 6]);
	else
		as_webhook(p, text.s, text.len);
	strbuf_done(&text);
	return 0;
}
