/* POST /v1/messages/batch: up to 1000 messages, each accepted or refused by itself.
 *
 * The list is taken in slices of a tick, so that a long one keeps no modem waiting; a
 * slice is as durable as the tick it was part of, and the answer leaves after the last
 * one's commit. */
#include "gateway/api/resources.h"

#include <stdlib.h>

#include "gateway/api/accept.h"

#define BATCH_MAX 1000
#define SLICE                                                                            \
	8 /* messages a posted unit; the loop fits as many units as it has time for */

struct batch {
	struct request *rq;
	struct json_items items;
	struct accepted *results;
	size_t count, next;
	size_t settled; /* the results whose tick has been committed, or dropped */
	bool effect;    /* registered for this tick */
};

static void
free_batch(void *arg)
{
	struct batch *batch = arg;
	for (size_t i = 0; i < batch->next; i++)
		accepted_done(&batch->results[i]);
	free(batch->results);
	free(batch);
}

static void
answer(struct batch *batch)
{
	struct strbuf body = STRBUF_INIT(8 << 20);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '[');
	for (size_t i = 0; i < batch->count; i++) {
		jsonw_open(&w, NULL, '{');
		jsonw_int(&w, "status", batch->results[i].status);
		accepted_write(&w, &batch->results[i]);
		jsonw_close(&w, '}');
	}
	jsonw_close(&w, ']');
	request_reply(batch->rq, 200, &body);
}

/* The tick with results settled..next is over. */
static void
settle(void *arg, bool committed)
{
	struct batch *batch = arg;
	batch->effect = false;
	for (; batch->settled < batch->next; batch->settled++) {
		struct accepted *a = &batch->results[batch->settled];
		if (committed || (a->status != 200 && a->status != 202))
			continue;
		a->status = 503;
		strbuf_set(&a->why, "the store could not write this down; try again");
	}
	if (batch->settled == batch->count)
		answer(batch);
}

static void
take_slice(void *arg)
{
	struct batch *batch = arg;
	struct core *core = batch->rq->core;
	const char *text;
	size_t len;
	for (int i = 0; i < SLICE && json_items_next(&batch->items, &text, &len); i++)
		accept_message(core, text, len, &batch->results[batch->next++]);
	if (!batch->effect)
		loop_after_commit(core->loop, settle, batch);
	batch->effect = true;
	if (batch->next < batch->count)
		loop_post(core->loop, take_slice, batch);
}

void
messages_batch(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct json_items items;
	if (json_items_open(rq->body.s, rq->body.len, rq->ndjson, &items, &err)) {
		request_problem(rq, 400, "%s", err.s);
		return;
	}
	size_t count = json_items_count(&items);
	if (!count || count > BATCH_MAX) {
		request_problem(rq, count ? 413 : 400,
			"a batch has 1 to %d messages, not %zu", BATCH_MAX, count);
		return;
	}
	struct batch *batch = xcalloc(1, sizeof(*batch));
	*batch = (struct batch){.rq = rq, .items = items, .count = count};
	batch->results = xcalloc(count, sizeof(*batch->results));
	rq->state = batch;
	rq->state_free = free_batch;
	request_wait(rq, MINUTE, NULL);
	take_slice(batch);
}
