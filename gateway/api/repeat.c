/* Idempotency-Key: the same request again is answered as it was the first time, and
 * nothing is done twice.
 *
 * A key belongs to whoever asked. The answer is kept in the transaction of what it
 * promises, so there is no moment at which one is durable without the other. Work that
 * takes several transactions (a batch) leaves a mark in its first and its answer in one
 * of its own; if the program ended in between, the key says that the answer was lost. A
 * request that was refused has done nothing, and leaves its key free. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/call.h"
#include "gateway/net/secret.h"
#include "gateway/store/repeats.h"

#define KEPT_FOR (7 * DAY)

struct keyed {
	char asker[80], key[REPEAT_KEY + 1];
	struct repeat first;
	bool recording; /* what is answered now goes to `first` */
	bool recorded;  /* and it has */
	bool marked;    /* in the store, without an answer */
};

static void
write_fingerprint(const struct call *call, char ret[SECRET_SHA256])
{
	struct strbuf all AUTO(strbuf_done) = STRBUF_INIT(SIZE_MAX / 4);
	strbuf_printf(&all, "%s %s\n", call->rq.route->method, call->target);
	strbuf_add(&all, call->rq.body.s, call->rq.body.len);
	secret_sha256(all.s, all.len, ret);
}

static void
answer_again(struct call *call, struct repeat *first)
{
	if (!first->answer.cap)
		strbuf_puts(&first->answer, "\n");
	request_reply_as(&call->rq, first->status,
		strstr(first->type, "problem") ? "application/problem+json"
					       : "application/json",
		&first->answer);
	MHD_add_response_header(call->response, "Idempotent-Replayed", "true");
}

/* Answers when the key was used before. */
static void
look_up(struct call *call, struct keyed *keyed)
{
	struct repeat first;
	if (!repeat_load(call->rq.core->db, keyed->asker, keyed->key, &first))
		return;
	if (strcmp(first.fingerprint, keyed->first.fingerprint) != 0)
		request_problem(&call->rq, 409,
			"the Idempotency-Key '%.60s' was used for another request",
			keyed->key);
	else if (!first.status)
		request_problem(&call->rq, 409,
			"the request with the Idempotency-Key '%.60s' is being worked "
			"on, or its answer was lost when the gateway ended; look at what "
			"became of it",
			keyed->key);
	else
		answer_again(call, &first);
	strbuf_done(&first.answer);
}

static bool
key_is_good(const char *key)
{
	size_t n = strlen(key);
	for (size_t i = 0; i < n; i++)
		if (key[i] < 0x21 || key[i] > 0x7E)
			return false;
	return n >= 1 && n <= REPEAT_KEY;
}

void
call_begin_keyed(struct call *call)
{
	const char *key = call_header(call, "Idempotency-Key");
	struct request *rq = &call->rq;
	if (!*key || !strcmp(rq->route->method, "GET") ||
		rq->route->flags & (ROUTE_RAW | ROUTE_STREAM))
		return;
	if (!key_is_good(key)) {
		request_problem(rq, 400,
			"an Idempotency-Key has 1 to %d visible ASCII characters",
			REPEAT_KEY);
		return;
	}
	struct keyed *keyed = xcalloc(1, sizeof(*keyed));
	if (rq->token)
		snprintf(keyed->asker, sizeof(keyed->asker), "%" PRIu64, rq->token);
	else
		snprintf(keyed->asker, sizeof(keyed->asker), "login %s", rq->agent);
	snprintf(keyed->key, sizeof(keyed->key), "%s", key);
	strbuf_init(&keyed->first.answer, SIZE_MAX / 4);
	write_fingerprint(call, keyed->first.fingerprint);
	look_up(call, keyed);
	if (call->response) {
		free(keyed);
		return;
	}
	call->keyed = keyed;
}

static void
save(struct call *call)
{
	struct core *core = call->rq.core;
	struct keyed *keyed = call->keyed;
	int64_t now = core_now(core);
	repeat_save(
		core->db, keyed->asker, keyed->key, &keyed->first, now, now - KEPT_FOR);
}

void
call_mark_keyed(struct call *call)
{
	struct keyed *keyed = call->keyed;
	if (!keyed || call->response || keyed->recorded)
		return;
	keyed->marked = true;
	save(call);
}

void
call_record_keyed(struct call *call)
{
	struct keyed *keyed = call->keyed;
	if (!keyed || keyed->marked)
		return;
	keyed->recording = true;
	call->on_commit(&call->rq);
	keyed->recording = false;
	save(call);
}

/* The second transaction of work that took several. Whether it succeeds or not, what was
 * done is done, and is told. */
static void
tell(void *arg, bool committed)
{
	struct call *call = arg;
	(void)committed;
	call->commit_pending = false;
	call_reply_keyed(call);
}

static void
save_late(void *arg)
{
	struct call *call = arg;
	save(call);
	loop_after_commit(call->rq.core->loop, tell, call);
}

bool
call_keep_keyed(struct call *call, int status, const char *type, struct strbuf *body)
{
	struct keyed *keyed = call->keyed;
	bool late = keyed && keyed->marked && !keyed->recorded && status < 500 &&
		    !call->api->stopping;
	if (!keyed || (!keyed->recording && !late))
		return false;
	keyed->recorded = true;
	keyed->first.status = status;
	snprintf(keyed->first.type, sizeof(keyed->first.type), "%s", type);
	strbuf_done(&keyed->first.answer);
	keyed->first.answer = *body;
	*body = (struct strbuf)STRBUF_INIT(0);
	if (late) {
		call->commit_pending =
			true; /* the call is the argument of what is posted */
		loop_post(call->rq.core->loop, save_late, call);
	}
	return true;
}

bool
call_reply_keyed(struct call *call)
{
	struct keyed *keyed = call->keyed;
	if (!keyed || !keyed->recorded)
		return false;
	struct repeat first = keyed->first;
	strbuf_init(&keyed->first.answer, 0);
	keyed->marked = keyed->recorded = false;
	request_reply_as(&call->rq, first.status,
		strstr(first.type, "problem") ? "application/problem+json"
					      : "application/json",
		&first.answer);
	return true;
}

void
call_free_keyed(struct call *call)
{
	if (!call->keyed)
		return;
	strbuf_done(&call->keyed->first.answer);
	free(call->keyed);
	call->keyed = NULL;
}
