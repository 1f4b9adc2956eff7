/* /v1/away and /v1/holidays: when nobody is in the shop. */
#include <errno.h>
#include <stdio.h>

#include "gateway/api/fields.h"
#include "gateway/api/resources.h"
#include "gateway/core/away.h"
#include "gateway/net/jsonw.h"

/* ---- vacations: a handful of rows, read at once ---- */

static void
answer_away(struct request *rq)
{
	struct absence a;
	int64_t now = core_now(rq->core);
	struct strbuf body = STRBUF_INIT(8192);
	struct jsonw w = {&body};
	bool set = away_next(rq->core->db, now, &a);
	jsonw_open(&w, NULL, '{');
	jsonw_bool(&w, "away", set && a.since <= now);
	jsonw_time(&w, "since", set ? a.since : 0);
	jsonw_time(&w, "until", set ? a.until : 0);
	jsonw_some(&w, "says", set ? a.says : "");
	jsonw_some(&w, "by", set ? a.agent : "");
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

void
away_get(struct request *rq)
{
	answer_away(rq);
}

struct wish {
	const char *first, *last, *says;
	const char *days, *name;
	bool remove;
};
#define AT(member) offsetof(struct wish, member)
static const struct field away_fields[] = {
	{"first", FIELD_TEXT, AT(first), .required = true, .max = 10},
	{"last", FIELD_TEXT, AT(last), .required = true, .max = 10},
	{"says", FIELD_TEXT, AT(says), .max = 600},
	{0},
};
static const struct field holiday_fields[] = {
	{"days", FIELD_TEXT, AT(days), .required = true, .max = 40},
	{"name", FIELD_TEXT, AT(name), .max = 80},
	{"remove", FIELD_BOOL, AT(remove)},
	{0},
};

static json_t *
read_wish(struct request *rq, const struct field *fields, struct wish *ret)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *field = NULL;
	json_t *object = json_read(rq->body.s, rq->body.len, &err);
	if (object && !fields_read(object, fields, core_now(rq->core), ret, &field, &err))
		return object;
	request_problem_field(rq, field ? 422 : 400, field, "%s", err.s);
	json_decref(object);
	return NULL;
}

void
away_post(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct wish wish = {0};
	struct absence a;
	json_t *object = read_wish(rq, away_fields, &wish);
	if (!object)
		return;
	if (away_set(rq->core, wish.first, wish.last, wish.says, rq->agent, &a, &err) < 0)
		request_problem(rq, 422, "%s", err.s);
	else
		request_after_commit(rq, answer_away);
	json_decref(object);
}

void
away_post_end(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (away_end(rq->core, rq->agent, &err) < 0)
		request_problem(rq, 404, "%s", err.s);
	else
		request_after_commit(rq, answer_away);
}

/* ---- holidays ---- */

static void
answer_holidays(struct request *rq)
{
	struct strbuf body = STRBUF_INIT(1 << 20);
	struct jsonw w = {&body};
	struct db_rows *q = db_select(rq->core->db,
		"SELECT day, name, agent FROM holidays ORDER BY day LIMIT 1000", "");
	jsonw_open(&w, NULL, '{');
	jsonw_open(&w, "holidays", '[');
	while (db_next(q)) {
		jsonw_open(&w, NULL, '{');
		jsonw_text(&w, "day", db_text(q, 0));
		jsonw_some(&w, "name", db_text(q, 1));
		jsonw_some(&w, "by", db_text(q, 2));
		jsonw_close(&w, '}');
	}
	db_end(q);
	jsonw_close(&w, ']');
	jsonw_some(&w, "configured", rq->core->config->hours_holidays);
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

void
holidays_get(struct request *rq)
{
	answer_holidays(rq);
}

void
holidays_post(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct wish wish = {0};
	int n, r;
	json_t *object = read_wish(rq, holiday_fields, &wish);
	if (!object)
		return;
	if (wish.remove)
		r = holiday_remove(rq->core, wish.days, &n, &err);
	else
		r = holiday_add(rq->core, wish.days, wish.name, rq->agent, &n, &err);
	if (r)
		request_problem_field(rq, r == -ENOENT ? 404 : 422, "days", "%s", err.s);
	else
		request_after_commit(rq, answer_holidays);
	json_decref(object);
}
