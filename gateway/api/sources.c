#include "gateway/api/sources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/access.h"
#include "gateway/api/orders_put.h"
#include "gateway/api/resources.h"
#include "gateway/base/fault.h"
#include "gateway/base/iso.h"
#include "gateway/core/consent.h"
#include "gateway/core/shop_events.h"
#include "gateway/store/source_calls.h"

#define BATCH    16
#define PATIENCE (10 * SECOND)
#define STARTS   3

struct platforms {
	struct core *core;
	struct loop_timer timer;
};

/* ---- one call, understood ---- */

/* 0; -EAGAIN: later; -EINVAL with a sentence. */
static int
take_event(struct core *core, const json_t *event, struct strbuf *err)
{
	struct shop_event_answer a;
	struct shop_event e = {.name = json_string_value(json_object_get(event, "name")),
		.told = json_string_value(json_object_get(event, "id")),
		.phone = json_string_value(json_object_get(event, "phone")),
		.customer = json_string_value(json_object_get(event, "customer")),
		.data = json_object_get(event, "data")};
	const char *at = json_string_value(json_object_get(event, "at"));
	if (at && iso_parse(at, &e.at, NULL) < 0)
		e.at = 0;
	shop_event_take(core, &e, &a);
	/* an order is paid once: what changes about it later is no second payment */
	int r = a.status < 300 || a.status == 409    ? 0
		: a.status == 503 || a.status == 429 ? -EAGAIN
						     : -EINVAL;
	if (r)
		strbuf_set(err, "%s: %s", e.name, a.why.s);
	shop_event_answer_done(&a);
	return r;
}

static int
take_order(struct core *core, const json_t *order, struct strbuf *err)
{
	struct order_answer a = {.status = 400, .why = STRBUF_SENTENCE};
	order_take_object(core, order, &a);
	int r = a.status < 300 ? 0 : a.status == 503 ? -EAGAIN : -EINVAL;
	if (r)
		strbuf_set(err, "order: %s", a.why.s);
	order_answer_done(&a);
	return r;
}

/* By the rules everybody keeps to: a STOP stands against it, a date must be there. */
static int
take_consent(
	struct core *core, const struct source *s, const json_t *c, struct strbuf *err)
{
	char source[128];
	uint64_t row;
	snprintf(source, sizeof(source), "%.60s (%.60s)", s->name, s->profile_name);
	struct consent_change change = {
		.phone = json_string_value(json_object_get(c, "phone")),
		.action = json_string_value(json_object_get(c, "action")),
		.words = json_string_value(json_object_get(c, "words")),
		.method = "provider",
		.source = source,
		.at = json_integer_value(json_object_get(c, "at"))};
	int r = consent_change(core, &change, &row, err);
	return r == -EPERM ? -EINVAL : r;
}

static int
take(struct core *core, const struct source *s, const struct source_call_row *row,
	struct strbuf *err)
{
	struct source_facts f = {0};
	const json_t *event;
	size_t i;
	int r = source_understand(s, row->topic, row->bytes.s, row->bytes.len, &f, err);
	if (!r && f.order &&
		source_call_newest(core->db, row->id, s->name, f.subject, f.said))
		r = take_order(core, f.order, err);
	json_array_foreach(f.events, i, event) r = r ? r : take_event(core, event, err);
	if (!r && f.consent)
		r = take_consent(core, s, f.consent, err);
	source_facts_done(&f);
	return r;
}

static void
set_aside(struct core *core, const struct source_call_row *row, const char *state,
	const char *why)
{
	source_call_finish(core->db, row->id, state, why);
	core_event(core, &(struct event){.name = "source.refused", .detail = why});
}

/* False: it waits for a better time. */
static bool
read_one(struct core *core, const struct source_call_row *row)
{
	const struct source *s = source_find(&core->config->sources, row->source);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (!s) {
		set_aside(core, row, "refused", "its source is no longer configured");
		return true;
	}
	FAULT("sources.reading");
	db_savepoint(core->db);
	int r = take(core, s, row, &err);
	if (!db_poisoned(core->db) && !r) {
		source_call_finish(core->db, row->id, "done", "");
		db_savepoint_keep(core->db);
		return true;
	}
	if (db_poisoned(core->db)) {
		strbuf_set(&err, "%s", db_error(core->db));
		r = -EINVAL;
	}
	db_savepoint_undo(core->db);
	if (r == -EAGAIN)
		return false;
	if (r == -ENOENT)
		source_call_finish(core->db, row->id, "ignored", "nothing in it matters");
	else
		set_aside(core, row, "refused", err.s);
	return true;
}

static void
on_timer(void *arg)
{
	struct platforms *p = arg;
	struct source_call_row row;
	if (p->core->store_sick) {
		loop_timer_in(&p->timer, PATIENCE);
		return;
	}
	for (int i = 0; i < BATCH; i++) {
		if (!source_call_next(p->core->db, &row))
			return;
		bool done = read_one(p->core, &row);
		source_call_done(&row);
		if (!done) {
			loop_timer_in(&p->timer, PATIENCE);
			return;
		}
	}
	loop_timer_in(&p->timer, 0);
}

/* ---- a call comes ---- */

static const char *
header_of(const void *arg, const char *name)
{
	return call_header(arg, name);
}

static void
answer(struct request *rq)
{
	struct strbuf body = STRBUF_INIT(16);
	struct core *core = rq->core;
	strbuf_puts(&body, "\n");
	if (core->platforms)
		loop_timer_in(&core->platforms->timer, 0);
	request_reply_as(rq, 200, "text/plain; charset=utf-8", &body);
}

void
sources_call(struct request *rq)
{
	struct call *call = (struct call *)rq;
	struct core *core = rq->core;
	const struct source *s = source_find(&core->config->sources, rq->param);
	struct source_call sc = {rq->body.s, rq->body.len, header_of, call};
	struct strbuf topic AUTO(strbuf_done) = STRBUF_INIT(1024);
	struct strbuf key AUTO(strbuf_done) = STRBUF_INIT(1024);
	if (!s || s->folder || !core->platforms) {
		request_problem(rq, 404, "no source of that name is configured");
		return;
	}
	if (core->store_sick || core->low_disk) {
		request_problem(
			rq, 503, "the store cannot take anything right now; try again");
		return;
	}
	if (!source_genuine(s, &sc)) {
		int64_t wait = access_guessed(call);
		request_problem(rq, wait ? 429 : 403,
			"the call does not prove that it is genuine: is the secret the "
			"one "
			"the platform gave?");
		if (wait)
			access_retry_after(call, wait);
		return;
	}
	if (source_known(s, &sc, &topic, &key))
		source_call_insert(core->db, core_id(core), core_now(core), s->name,
			key.s, topic.s, rq->body.s, rq->body.len);
	FAULT("sources.staged");
	request_after_commit(rq, answer);
}

/* ---- life ---- */

void
platforms_start(struct core *core)
{
	struct platforms *p = xcalloc(1, sizeof(*p));
	p->core = core;
	core->platforms = p;
	loop_timer_init(&p->timer, core->loop, on_timer, p);
	source_calls_begun(core->db, STARTS);
	loop_timer_in(&p->timer, SECOND);
}

void
platforms_stop(struct core *core)
{
	if (!core->platforms)
		return;
	loop_timer_stop(&core->platforms->timer);
	free(core->platforms);
	core->platforms = NULL;
}
