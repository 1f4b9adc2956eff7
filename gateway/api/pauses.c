/* What a person has paused. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/api/resources.h"
#include "gateway/core/pause.h"
#include "gateway/net/jsonw.h"

static bool
write_one(void *arg, const struct pause *p)
{
	struct jsonw *w = arg;
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "what", p->what);
	jsonw_time(w, "at", p->at);
	jsonw_time(w, "until", p->until);
	jsonw_some(w, "agent", p->agent);
	jsonw_some(w, "why", p->why);
	jsonw_close(w, '}');
	return true;
}

/* A handful of rows: read at once. */
static void
answer(struct request *rq)
{
	struct strbuf body = STRBUF_INIT(256 * 1024);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	jsonw_open(&w, "pauses", '[');
	pauses_list(rq->core->db, write_one, &w);
	jsonw_close(&w, ']');
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

void
pauses_get(struct request *rq)
{
	answer(rq);
}

struct wish {
	const char *what, *why;
	int64_t until;
};
static const struct field wish_fields[] = {
	{"what", FIELD_TEXT, offsetof(struct wish, what), .required = true, .max = 75},
	{"why", FIELD_TEXT, offsetof(struct wish, why), .max = 150},
	{"until", FIELD_WAIT, offsetof(struct wish, until)},
	{0},
};

/* "marketing" is the class, "north" the channel. */
static void
full_name(const char *what, char ret[80])
{
	enum message_class cls;
	if (!strcmp(what, "all") || strchr(what, ':'))
		snprintf(ret, 80, "%s", what);
	else if (message_class_parse(what, &cls) == 0)
		snprintf(ret, 80, "class:%s", what);
	else
		snprintf(ret, 80, "channel:%.71s", what);
}

static void
change(struct request *rq, bool lift)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct wish wish = {NULL, NULL, 0};
	const char *field = NULL;
	json_t *object = json_read(rq->body.s, rq->body.len, &err);
	if (!object || fields_read(object, wish_fields, core_now(rq->core), &wish, &field,
			       &err)) {
		request_problem_field(rq, field ? 422 : 400, field, "%s", err.s);
		json_decref(object);
		return;
	}
	struct pause p = {.until = wish.until};
	full_name(wish.what, p.what);
	snprintf(p.agent, sizeof(p.agent), "%s", rq->agent);
	snprintf(p.why, sizeof(p.why), "%s", wish.why ? wish.why : "");
	int r = lift ? pause_lift(rq->core, p.what, rq->agent, &err)
		     : pause_set(rq->core, &p, &err);
	if (r)
		request_problem_field(rq, r == -ENOENT ? 404 : 422, "what", "%s", err.s);
	else
		request_after_commit(rq, answer);
	json_decref(object);
}

void
pauses_post(struct request *rq)
{
	change(rq, false);
}

void
pauses_lift(struct request *rq)
{
	change(rq, true);
}
