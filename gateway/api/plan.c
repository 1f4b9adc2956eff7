/* POST /v1/plan: what would become of a message, and why. Nothing is written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/api/resources.h"
#include "gateway/base/iso.h"
#include "gateway/core/plan.h"
#include "gateway/net/jsonw.h"
#include "gateway/text/zone.h"

struct wish {
	const char *to, *tag, *text, *class_name, *channel, *key, *on_doubt;
	int64_t at, expires;
	uint64_t reply_to;
	bool report, flash;
};

static const char *const classes[] = {"service", "reply", "marketing", NULL};
static const char *const doubts[] = {"hold", "close", "resend", NULL};
static const struct field wish_fields[] = {
	{"to", FIELD_TEXT, offsetof(struct wish, to), .max = 64},
	{"tag", FIELD_TEXT, offsetof(struct wish, tag), .max = 64},
	{"text", FIELD_TEXT, offsetof(struct wish, text), .required = true},
	{"class", FIELD_NAME, offsetof(struct wish, class_name), .names = classes},
	{"channel", FIELD_TEXT, offsetof(struct wish, channel), .max = 63},
	{"at", FIELD_WAIT, offsetof(struct wish, at)},
	{"expires", FIELD_WAIT, offsetof(struct wish, expires)},
	{"reply_to", FIELD_ID, offsetof(struct wish, reply_to)},
	{"key", FIELD_TEXT, offsetof(struct wish, key), .max = 128},
	{"report", FIELD_BOOL, offsetof(struct wish, report)},
	{"flash", FIELD_BOOL, offsetof(struct wish, flash)},
	{"on_doubt", FIELD_NAME, offsetof(struct wish, on_doubt), .names = doubts},
	{0},
};

/* In the recipient's time. */
static void
write_time(struct jsonw *w, const char *name, int64_t at, const char *zone)
{
	char text[ISO_MAX];
	iso_format(at, at ? zone_offset(zone, at) : 0, text);
	jsonw_some(w, name, at ? text : NULL);
}

static void
write_gates(struct jsonw *w, const struct plan *p)
{
	jsonw_open(w, "gates", '[');
	for (size_t i = 0; i < p->verdict.gate_count; i++) {
		const struct gate_verdict *g = &p->verdict.gates[i];
		jsonw_open(w, NULL, '{');
		jsonw_text(w, "gate", g->gate);
		jsonw_text(w, "verdict", verdict_name(g->what));
		jsonw_some(w, "rule", g->rule);
		write_time(w, "until", g->until, p->zone);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static void
write_money(struct jsonw *w, int64_t milli)
{
	char text[32];
	snprintf(text, sizeof(text), "%lld.%03lld", (long long)(milli / 1000),
		(long long)(milli % 1000));
	jsonw_some(w, "cost", milli ? text : NULL);
}

static void
answer(struct request *rq, const struct plan *p)
{
	struct strbuf body = STRBUF_INIT(4u << 20);
	struct jsonw w = {&body};
	const struct verdict *v = &p->verdict;
	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "verdict", verdict_name(v->what));
	write_time(&w, "until", v->until, p->zone);
	jsonw_some(&w, "gate", v->gate);
	jsonw_some(&w, "rule", verdict_rule(v));
	jsonw_some(&w, "channel", v->channel);
	jsonw_text(&w, "encoding", p->encoding);
	jsonw_int(&w, "segments", p->segments);
	jsonw_bool(&w, "wording_turns_ucs2", p->turned);
	jsonw_text(&w, "text", p->text);
	write_gates(&w, p);
	jsonw_text(&w, "phone", p->phone);
	jsonw_text(&w, "class", message_class_name(v->cls));
	write_time(&w, "at", p->at, p->zone);
	jsonw_text(&w, "zone", p->zone);
	jsonw_bool(&w, "zone_ambiguous", p->ambiguous);
	jsonw_some(&w, "country", p->country);
	jsonw_some(&w, "region", p->region);
	jsonw_bool(&w, "waits", v->waits);
	write_time(&w, "closes", v->closes, p->zone);
	write_money(&w, p->cost);
	jsonw_some(&w, "gsm_text", p->gsm);
	if (p->gsm)
		jsonw_int(&w, "gsm_segments", p->gsm_segments);
	jsonw_some(&w, "euc_kr", p->euckr_kind);
	if (p->euckr_bytes)
		jsonw_int(&w, "euc_kr_bytes", (int64_t)p->euckr_bytes);
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

static void
make(struct request *rq, const struct wish *wish)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct plan plan;
	struct outbox_request request = {.to = wish->to,
		.text = wish->text,
		.text_len = strlen(wish->text),
		.cls = CLASS_SERVICE,
		.channel = wish->channel,
		.origin = "api",
		.at = wish->at,
		.expires = wish->expires,
		.key = wish->key,
		.on_doubt = wish->on_doubt,
		.no_report = !wish->report,
		.msg_class = wish->flash ? 0 : -1,
		.reply_to = wish->reply_to};
	if (wish->class_name && message_class_parse(wish->class_name, &request.cls) < 0)
		abort(); /* the list above knows a class the store does not */
	if (plan_make(rq->core, &request, &plan, &err) < 0) {
		request_problem(rq, 422, "%s", err.s);
		return;
	}
	answer(rq, &plan);
	plan_done(&plan);
}

void
plan_post(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct wish wish = {.report = true};
	const char *field = NULL;
	json_t *object = json_read(rq->body.s, rq->body.len, &err);
	if (!object ||
		fields_read(object, wish_fields, core_now(rq->core), &wish, &field, &err))
		request_problem_field(rq, field ? 422 : 400, field, "%s", err.s);
	else if (!wish.to == !wish.tag)
		request_problem_field(rq, 422, "to",
			"a number to text, or the tag of an audience: one of them is "
			"expected");
	else if (wish.at < 0)
		request_problem_field(rq, 422, "at",
			"there was no gateway then: a moment after 1970 is expected");
	else if (wish.tag)
		plan_audience(rq, &(struct plan_for_tag){wish.tag, wish.text,
					  wish.class_name, wish.channel, wish.at});
	else
		make(rq, &wish);
	json_decref(object);
}
