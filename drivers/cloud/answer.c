#include "drivers/cloud/answer.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/net/http.h"

#define REST_LEAST SECOND
#define REST_MOST  HOUR
#define PERSON     (10 * MINUTE) /* between tries of what a person must put right */

int64_t
cloud_retry_after(const char *value, int64_t now)
{
	char *end;
	while (*value == ' ')
		value++;
	double seconds = strtod(value, &end);
	if (isdigit((unsigned char)*value) && (!*end || *end == ' '))
		return seconds > 0 && seconds < 1e9 ? (int64_t)(seconds * 1000) : 0;
	int64_t when = http_date(value);
	return when > now ? when - now : 0;
}

static bool
fits(const struct cloud_texts *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (cloud_code_fits(list->list[i], text))
			return true;
	return false;
}

/* ---- what it says ---- */

struct reading {
	const struct cloud_profile *p;
	const struct cloud_call *call;
	const struct cloud_answer *a;
	struct cloud_doc doc;
	struct strbuf code, text;
	int64_t now;
	struct cloud_result *r;
};

static void
say(struct reading *rd, enum send_outcome what, const char *fallback)
{
	struct cloud_result *r = rd->r;
	const char *text = rd->text.len ? rd->text.s : fallback;
	r->what = what;
	if (what == SEND_SENT)
		return;
	struct strbuf why AUTO(strbuf_done) = STRBUF_INIT(sizeof(r->why) - 1);
	if (rd->a->status)
		strbuf_printf(&why, "HTTP %d", rd->a->status);
	if (rd->code.len && rd->code.len < 40)
		strbuf_printf(&why, "%s%s", why.len ? ", " : "", rd->code.s);
	strbuf_printf(&why, "%s%.150s", why.len ? ": " : "", text);
	/* Somebody else's words: on one line. */
	for (size_t i = 0; i < why.len; i++)
		if ((unsigned char)why.s[i] < ' ')
			why.s[i] = ' ';
	snprintf(r->why, sizeof(r->why), "%s", json_utf8(why.s) ? why.s : fallback);
}

static void
rest(struct reading *rd, int64_t ms)
{
	rd->r->channel_fault = true;
	rd->r->rest = ms ? MIN(MAX(ms, REST_LEAST), REST_MOST) : 0;
}

static int64_t
wait_asked(const struct reading *rd)
{
	const struct cloud_throttle *t = rd->p->throttle;
	char *header[] = {(char *)"header:Retry-After"};
	const struct cloud_texts usual = {header, 1};
	const struct cloud_texts *paths =
		t && t->retry_after.count ? &t->retry_after : &usual;
	for (size_t i = 0; i < paths->count; i++) {
		struct strbuf v AUTO(strbuf_done) = STRBUF_INIT(256);
		const char *path = paths->list[i];
		if (!cloud_pick(&rd->doc, NULL, path, &v) || !v.len)
			continue;
		bool in_head = !strncmp(path, "header:", 7);
		size_t n = strlen(path);
		bool ms = in_head ? n > 3 && !strcmp(path + n - 3, "-ms")
				  : t && t->unit && !strcmp(t->unit, "ms");
		int64_t wait = cloud_retry_after(v.s, rd->now);
		if (wait)
			return ms ? MAX(wait / 1000, 1) : wait;
	}
	return 0;
}

static bool
is_throttled(const struct reading *rd)
{
	const struct cloud_throttle *t = rd->p->throttle;
	char status[16];
	snprintf(status, sizeof(status), "%d", rd->a->status);
	if (t &&
		(fits(&t->http, status) || (rd->code.len && fits(&t->codes, rd->code.s))))
		return true;
	return rd->a->status == 429;
}

/* ---- judging ---- */

static void
judge_broken(struct reading *rd)
{
	const struct cloud_answer *a = rd->a;
	strbuf_reset(&rd->text);
	if (a->left) {
		say(rd, SEND_UNKNOWN, a->why);
		return;
	}
	say(rd, SEND_LATER, a->why);
	rest(rd, a->failed == -EPROTO ? PERSON : 0);
	rd->r->person = a->failed == -EPROTO;
}

static void
judge_class(struct reading *rd, enum cloud_error error)
{
	rd->r->error = error;
	switch (error) {
	case CLOUD_NONE: break;
	case CLOUD_TEMPORARY:
		say(rd, SEND_LATER, "the provider cannot take it now");
		break;
	case CLOUD_AUTH:
	case CLOUD_CREDIT:
		say(rd, SEND_LATER,
			error == CLOUD_AUTH ? "the provider does not accept the keys"
					    : "the account's credit is used up");
		rest(rd, PERSON);
		rd->r->person = true;
		break;
	case CLOUD_OPTOUT: say(rd, SEND_REJECTED, "they opted out"); break;
	case CLOUD_INVALID: say(rd, SEND_REJECTED, "nobody has that number"); break;
	case CLOUD_BLOCKED: say(rd, SEND_REJECTED, "the provider blocks it"); break;
	case CLOUD_PERMANENT: say(rd, SEND_REJECTED, "the provider refuses it"); break;
	case CLOUD_DOUBT: say(rd, SEND_UNKNOWN, "it may have gone out"); break;
	}
}

/* A status nobody explained. */
static void
judge_status(struct reading *rd)
{
	int status = rd->a->status;
	if (status == 401 || status == 403)
		judge_class(rd, CLOUD_AUTH);
	else if (status == 402)
		judge_class(rd, CLOUD_CREDIT);
	else if (status == 408 || status == 425 || status == 503) {
		say(rd, SEND_LATER, "the provider cannot take it now");
		rest(rd, wait_asked(rd));
	} else if (status >= 300 && status < 400) {
		say(rd, SEND_LATER, "the provider answers from another address");
		rest(rd, PERSON);
		rd->r->person = true;
	} else if (status >= 400 && status < 500)
		judge_class(rd, CLOUD_PERMANENT);
	else
		say(rd, SEND_UNKNOWN, "the provider failed; it may have gone out");
}

/* Accepted by HTTP; the body has the last word. */
static void
judge_accepted(struct reading *rd)
{
	const struct cloud_call *c = rd->call;
	struct strbuf id AUTO(strbuf_done) = STRBUF_INIT(sizeof(rd->r->id) - 1);
	for (size_t i = 0; i < c->fail_if.count; i++)
		if (cloud_rule_holds(&rd->doc, NULL, &c->fail_if.list[i])) {
			judge_class(rd, CLOUD_PERMANENT);
			return;
		}
	if (!cloud_rules_hold(&rd->doc, NULL, &c->ok_if)) {
		if (rd->code.len)
			judge_class(rd, CLOUD_PERMANENT);
		else
			say(rd, SEND_UNKNOWN, "the answer cannot be understood");
		return;
	}
	if (c->id.count && (!cloud_pick_all(&rd->doc, NULL, &c->id, &id) || id.full ||
				   !json_utf8(id.s))) {
		say(rd, SEND_UNKNOWN, "the answer names no message");
		return;
	}
	snprintf(rd->r->id, sizeof(rd->r->id), "%s", id.s);
	say(rd, SEND_SENT, "");
}

static bool
is_ok(const struct reading *rd)
{
	char status[16];
	snprintf(status, sizeof(status), "%d", rd->a->status);
	if (rd->call->ok_http.count)
		return fits(&rd->call->ok_http, status);
	return rd->a->status >= 200 && rd->a->status < 300;
}

/* Where the body says "accepted" no code in it is an error's. */
static bool
body_is_good(const struct reading *rd)
{
	const struct cloud_call *c = rd->call;
	if (!is_ok(rd) || (!c->ok_if.count && !c->fail_if.count && rd->code.len))
		return false;
	for (size_t i = 0; i < c->fail_if.count; i++)
		if (cloud_rule_holds(&rd->doc, NULL, &c->fail_if.list[i]))
			return false;
	return cloud_rules_hold(&rd->doc, NULL, &c->ok_if);
}

static void
judge(struct reading *rd)
{
	if (body_is_good(rd)) {
		judge_accepted(rd);
		return;
	}
	enum cloud_error error = cloud_error_of(rd->p, rd->code.s);
	if (error == CLOUD_NONE) {
		/* "http:NNN" in the lists gives a bare status its meaning. */
		char status[24];
		snprintf(status, sizeof(status), "http:%d", rd->a->status);
		error = cloud_error_of(rd->p, status);
	}
	if (is_throttled(rd)) {
		say(rd, SEND_LATER, "too many requests");
		rest(rd, wait_asked(rd));
	} else if (error != CLOUD_NONE) {
		judge_class(rd, error);
	} else if (is_ok(rd)) {
		judge_accepted(rd);
	} else {
		judge_status(rd);
	}
}

static void
pick_short(const struct cloud_doc *d, const char *path, char *ret, size_t size)
{
	struct strbuf v AUTO(strbuf_done) = STRBUF_INIT(size - 1);
	if (path && cloud_pick(d, NULL, path, &v) && !v.full && json_utf8(v.s))
		snprintf(ret, size, "%s", v.s);
}

static void
read_error(struct reading *rd)
{
	if (!rd->call->error)
		return;
	cloud_pick_any(&rd->doc, NULL, &rd->call->error->text, &rd->text);
	if (!cloud_pick_any(&rd->doc, NULL, &rd->call->error->code, &rd->code))
		return;
	long long number = strtoll(rd->code.s, NULL, 10);
	if (number && llabs(number) < 100000000)
		rd->r->code = (int)number;
}

void
cloud_answer_read(const struct cloud_profile *profile, const struct cloud_call *call,
	const struct cloud_answer *answer, int64_t now, struct cloud_result *ret)
{
	struct reading rd = {
		.p = profile, .call = call, .a = answer, .now = now, .r = ret};
	*ret = (struct cloud_result){.what = SEND_UNKNOWN, .code = -1};
	strbuf_init(&rd.code, 256);
	strbuf_init(&rd.text, 1024);
	cloud_doc_open(&rd.doc, answer->body, answer->len, "", answer->headers,
		answer->header_count);
	rd.doc.form = false;
	if (answer->status)
		ret->code = answer->status;
	if (answer->failed) {
		judge_broken(&rd);
	} else {
		read_error(&rd);
		judge(&rd);
		pick_short(&rd.doc, call->price, ret->price, sizeof(ret->price));
		pick_short(&rd.doc, call->currency, ret->currency, sizeof(ret->currency));
	}
	strbuf_done(&rd.code);
	strbuf_done(&rd.text);
	cloud_doc_close(&rd.doc);
}
