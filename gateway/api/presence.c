/* POST /v1/presence: who looks at which ticket, and who is writing. It is true for 25
 * seconds and then forgotten: not a fact of the trade, so it is in no store; after a
 * restart everybody says it again within seconds. */
#include "gateway/api/presence.h"

#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/api/resources.h"
#include "gateway/net/jsonw.h"

#define PRESENCE_SPAN (25 * SECOND)

struct wish {
	uint64_t ticket;
	bool typing;
};
#define AT(member) offsetof(struct wish, member)
static const struct field fields[] = {
	{"ticket", FIELD_ID, AT(ticket)}, {"typing", FIELD_BOOL, AT(typing)}, {0}};

/* Theirs, a free one, or the one nobody has renewed for longest. */
static struct presence_row *
row_of(struct presence_row rows[PRESENCE_MAX], const char *agent)
{
	struct presence_row *oldest = &rows[0];
	for (size_t i = 0; i < PRESENCE_MAX; i++) {
		if (!strcmp(rows[i].agent, agent))
			return &rows[i];
		if (rows[i].until < oldest->until)
			oldest = &rows[i];
	}
	return oldest;
}

static void
answer(struct request *rq, const struct presence_row rows[PRESENCE_MAX], int64_t now)
{
	struct strbuf body = STRBUF_INIT(64 * 1024);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	jsonw_open(&w, "present", '[');
	for (size_t i = 0; i < PRESENCE_MAX; i++) {
		if (rows[i].until <= now)
			continue;
		jsonw_open(&w, NULL, '{');
		jsonw_text(&w, "agent", rows[i].agent);
		jsonw_id(&w, "ticket", rows[i].ticket);
		jsonw_bool(&w, "typing", rows[i].typing);
		jsonw_close(&w, '}');
	}
	jsonw_close(&w, ']');
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

void
presence_post(struct request *rq)
{
	static struct presence_row rows[PRESENCE_MAX]; /* of the loop's thread */
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct wish wish = {0};
	const char *field = NULL;
	int64_t now = clock_mono(rq->core->clock);
	json_t *body =
		rq->body.len ? json_read(rq->body.s, rq->body.len, &err) : json_object();
	if (!body || fields_read(body, fields, core_now(rq->core), &wish, &field, &err)) {
		request_problem_field(rq, field ? 422 : 400, field, "%s", err.s);
	} else {
		struct presence_row *row = row_of(rows, rq->agent);
		memcpy(row->agent, rq->agent, sizeof(row->agent));
		row->ticket = wish.ticket;
		row->typing = wish.typing;
		row->until = now + PRESENCE_SPAN;
		answer(rq, rows, now);
	}
	json_decref(body);
}
