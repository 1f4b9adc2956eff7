/* Posting, cancelling and resolving a message. */
#include "gateway/api/resources.h"

#include <errno.h>
#include <stdlib.h>

#include "gateway/api/accept.h"
#include "gateway/api/facade.h"
#include "gateway/api/fields.h"
#include "gateway/base/fault.h"
#include "gateway/core/journal.h"
#include "gateway/core/outbox.h"

/* ---- POST /v1/messages ---- */

static void
free_accepted(void *arg)
{
	accepted_done(arg);
	free(arg);
}

static void
answer_accepted(struct request *rq)
{
	const struct accepted *accepted = rq->state;
	FAULT("api.before_answer");
	struct strbuf body = STRBUF_INIT(4096);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	accepted_write(&w, accepted);
	jsonw_close(&w, '}');
	request_reply(rq, accepted->status, &body);
	if (accepted->receipt.repeated)
		facade_add_header(rq, "Idempotent-Replayed", "true");
	FAULT("api.after_answer");
}

void
messages_post(struct request *rq)
{
	if (rq->ndjson) {
		request_problem(rq, 415, "lines of JSON go to /v1/messages/batch");
		return;
	}
	struct accepted *accepted = xmalloc(sizeof(*accepted));
	rq->state = accepted;
	rq->state_free = free_accepted;
	if (accept_message(rq->core, rq->body.s, rq->body.len, accepted))
		request_after_commit(rq, answer_accepted);
	else
		request_problem_field(rq, accepted->status,
			*accepted->field ? accepted->field : NULL, "%s", accepted->why.s);
}

/* ---- POST /v1/messages/{id}/cancel, .../resolve ---- */

struct change {
	uint64_t id;
	enum message_state state;
};

static void
answer_change(struct request *rq)
{
	const struct change *change = rq->state;
	struct strbuf body = STRBUF_INIT(4096);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	jsonw_id(&w, "id", change->id);
	jsonw_text(&w, "state", message_state_name(change->state));
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

/* `r` is what core said of the change. */
static void
finish_change(struct request *rq, uint64_t id, int r, const struct strbuf *why)
{
	struct message m;
	if (r == -ENOENT || (!r && !message_load(rq->core->db, id, &m))) {
		request_problem(rq, 404, "there is no message %s", rq->param);
		return;
	}
	if (r) {
		int status = r == -EAGAIN ? 503 : r == -EINVAL ? 422 : 409;
		request_problem(rq, status, "%s", why->s);
		return;
	}
	struct change *change = xmalloc(sizeof(*change));
	*change = (struct change){id, m.state};
	message_done(&m);
	rq->state = change;
	rq->state_free = free;
	request_after_commit(rq, answer_change);
}

void
messages_cancel(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	uint64_t id;
	if (request_param_id(rq, "message", &id))
		finish_change(rq, id, outbox_cancel(rq->core, id, &err), &err);
}

static const char *const ways[] = {"sent", "resend", "close", NULL};
static const struct field resolve_fields[] = {
	{"how", FIELD_NAME, 0, .required = true, .names = ways},
	{0},
};

void
messages_resolve(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	uint64_t id;
	const char *how, *field = NULL;
	if (!request_param_id(rq, "message", &id))
		return;
	json_t *object = json_read(rq->body.s, rq->body.len, &err);
	if (!object || fields_read(object, resolve_fields, 0, &how, &field, &err))
		request_problem_field(rq, field ? 422 : 400, field, "%s", err.s);
	else
		finish_change(rq, id, journal_resolve(rq->core, id, how, &err), &err);
	json_decref(object);
}
