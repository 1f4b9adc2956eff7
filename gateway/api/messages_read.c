/* Looking at messages: lists and single ones are read in the reader thread, explanations
 * in the loop, because only the loop knows how the channels are. */
#include "gateway/api/page.h"
#include "gateway/api/resources.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/core/explain.h"
#include "gateway/store/attempts.h"
#include "gateway/store/messages.h"
#include "gateway/text/zone.h"

struct job {
	struct page page;
	struct message_filter filter;
	uint64_t id;
};

static void
write_message(struct job *job, const struct message *m)
{
	struct jsonw *w = &job->page.w;
	jsonw_id(w, "id", m->id);
	jsonw_text(w, "direction", m->outbound ? "out" : "in");
	jsonw_text(w, "phone", m->phone);
	jsonw_text(w, "state", message_state_name(m->state));
	jsonw_some(w, "reason", m->reason);
	jsonw_text(w, "class", m->outbound ? message_class_name(m->cls) : NULL);
	jsonw_text(w, "channel",
		channel_names_find(&job->page.names, m->channel ? m->channel : m->route));
	jsonw_text(w, "text", m->text);
	jsonw_some(w, "encoding", m->encoding);
	jsonw_int(w, "parts", m->parts);
	jsonw_int(w, "parts_done", m->parts_done);
	jsonw_time(w, "created", m->created);
	jsonw_time(w, "updated", m->updated);
	jsonw_time(w, "held_until", m->state == MESSAGE_HELD ? m->due : 0);
	jsonw_time(w, "expires", m->expires);
	jsonw_time(w, m->outbound ? "sent" : "network_time", m->sent_at);
	jsonw_some(w, "key", m->key);
	jsonw_some(w, "origin", m->origin);
	jsonw_id(w, "reply_to", m->reply_to);
	jsonw_id(w, "contact", m->contact);
	jsonw_bool(w, "flash", m->msg_class == 0);
}

/* ---- GET /v1/messages ---- */

static bool
list_one(void *arg, const struct message *m)
{
	struct job *job = arg;
	jsonw_open(&job->page.w, NULL, '{');
	write_message(job, m);
	jsonw_close(&job->page.w, '}');
	page_count(&job->page, m->id);
	return true;
}

static void
read_list(struct db *db, void *arg)
{
	struct job *job = arg;
	page_begin(&job->page, db, "messages");
	messages_list(db, &job->filter, list_one, job);
	page_end(&job->page);
}

static bool
read_state(struct request *rq, const char **ret)
{
	const char *names[MESSAGE_STATES + 1] = {NULL};
	for (int i = 0; i < MESSAGE_STATES; i++)
		names[i] = message_state_name((enum message_state)i);
	return request_query_name(rq, "state", names, ret);
}

static bool
read_filter(struct request *rq, struct job *job)
{
	static const char *const directions[] = {"in", "out", NULL};
	const char *direction, *phone = request_query(rq, "phone");
	if (!read_state(rq, &job->filter.state) ||
		!request_query_id(rq, "before", &job->filter.before) ||
		!request_query_name(rq, "direction", directions, &direction) ||
		(phone && !request_phone(rq, phone, job->page.phone)))
		return false;
	job->filter.limit = job->page.limit;
	job->filter.phone = phone ? job->page.phone : NULL;
	if (direction)
		job->filter.direction = *direction == 'o' ? 1 : -1;
	return true;
}

void
messages_get(struct request *rq)
{
	static const struct request_read how = {read_list, page_answer, page_free};
	struct job *job = page_of(rq, sizeof(*job), 50);
	if (job && read_filter(rq, job))
		request_read(rq, &how, job);
	else if (job)
		page_free(job);
}

/* ---- GET /v1/messages/{id} ---- */

static void
jsonw_number(struct jsonw *w, const char *name, int value)
{
	if (value < 0)
		jsonw_null(w, name);
	else
		jsonw_int(w, name, value);
}

struct attempts_job {
	struct job *job;
	char report[16];
	int64_t report_at;
};

static bool
show_attempt(void *arg, const struct attempt *a)
{
	struct attempts_job *all = arg;
	struct jsonw *w = &all->job->page.w;
	jsonw_open(w, NULL, '{');
	jsonw_id(w, "id", a->id);
	jsonw_int(w, "part", a->part);
	jsonw_some(w, "channel", a->channel_name);
	jsonw_some(w, "sim", a->sim);
	jsonw_text(w, "outcome", a->state);
	jsonw_number(w, "reference", a->ref);
	jsonw_number(w, "planned_reference", a->planned_ref);
	jsonw_some(w, "provider_id", a->provider_id);
	jsonw_time(w, "at", a->at);
	jsonw_time(w, "done", a->done_at);
	jsonw_number(
		w, "took_ms", a->done_at ? (int)MIN(a->done_at - a->at, INT32_MAX) : -1);
	jsonw_number(w, "code", a->code);
	jsonw_some(w, "why", a->why);
	jsonw_some(w, "price", a->price);
	jsonw_some(w, "evidence", a->evidence);
	jsonw_some(w, "report", a->report);
	jsonw_time(w, "report_at", a->report_at);
	jsonw_close(w, '}');
	if (a->report_at >= all->report_at && *a->report) {
		all->report_at = a->report_at;
		snprintf(all->report, sizeof(all->report), "%s", a->report);
	}
	return true;
}

static void
read_one(struct db *db, void *arg)
{
	struct job *job = arg;
	struct message m;
	job->page.missing = !message_load(db, job->id, &m);
	if (job->page.missing)
		return;
	channel_names_load(db, &job->page.names);
	jsonw_open(&job->page.w, NULL, '{');
	write_message(job, &m);
	jsonw_some(&job->page.w, "on_doubt", m.on_doubt);
	jsonw_int(&job->page.w, "tries", m.tries);
	struct attempts_job all = {.job = job};
	jsonw_open(&job->page.w, "attempts", '[');
	attempts_list(db, job->id, show_attempt, &all);
	jsonw_close(&job->page.w, ']');
	jsonw_bool(&job->page.w, "report_wanted", m.outbound && m.report);
	jsonw_some(&job->page.w, "report", all.report);
	jsonw_time(&job->page.w, "report_at", all.report_at);
	jsonw_close(&job->page.w, '}');
	message_done(&m);
}

static void
answer_one(struct request *rq, void *arg)
{
	struct job *job = arg;
	if (job->page.missing)
		request_problem(rq, 404, "there is no message %s", rq->param);
	else
		request_reply(rq, 200, &job->page.body);
}

void
message_get(struct request *rq)
{
	static const struct request_read how = {read_one, answer_one, page_free};
	uint64_t id;
	if (!request_param_id(rq, "message", &id))
		return;
	struct job *job = page_of(rq, sizeof(*job), 1);
	if (!job)
		return;
	job->id = id;
	request_read(rq, &how, job);
}

/* ---- GET /v1/messages/{id}/explain ---- */

static void
write_until(struct request *rq, struct jsonw *w, int64_t until)
{
	char text[ISO_MAX];
	iso_format(until, until ? zone_offset(rq->core->config->zone, until) : 0, text);
	jsonw_some(w, "until", until ? text : NULL);
}

static void
write_gates(struct request *rq, struct jsonw *w, const struct verdict *v)
{
	jsonw_open(w, "gates", '[');
	for (size_t i = 0; i < v->gate_count; i++) {
		jsonw_open(w, NULL, '{');
		jsonw_text(w, "gate", v->gates[i].gate);
		jsonw_text(w, "verdict", verdict_name(v->gates[i].what));
		jsonw_some(w, "rule", v->gates[i].rule);
		write_until(rq, w, v->gates[i].until);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

/* The rule of the gate that decided, "" when all let it pass. */
static const char *
deciding_rule(const struct verdict *v)
{
	for (size_t i = 0; i < v->gate_count; i++)
		if (v->gate && !strcmp(v->gate, v->gates[i].gate))
			return v->gates[i].rule;
	return "";
}

static void
write_cost(struct jsonw *w, int64_t milli)
{
	char text[32];
	snprintf(text, sizeof(text), "%lld.%03lld", (long long)(milli / 1000),
		(long long)(milli % 1000));
	jsonw_text(w, "cost", milli ? text : NULL);
}

void
message_explain(struct request *rq)
{
	struct explanation e;
	struct strbuf body = STRBUF_INIT(1 << 20);
	struct jsonw w = {&body};
	uint64_t id;
	if (!request_param_id(rq, "message", &id))
		return;
	if (!explain_message(rq->core, id, &e)) {
		request_problem(rq, 404, "there is no outgoing message %s", rq->param);
		return;
	}
	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "verdict", verdict_name(e.verdict.what));
	write_until(rq, &w, e.verdict.until);
	jsonw_some(&w, "gate", e.verdict.gate);
	jsonw_some(&w, "rule", deciding_rule(&e.verdict));
	jsonw_some(&w, "channel", e.verdict.channel);
	jsonw_some(&w, "encoding", e.message.encoding);
	jsonw_int(&w, "segments", e.message.parts);
	jsonw_text(&w, "text", e.message.text);
	write_cost(&w, e.cost);
	write_gates(rq, &w, &e.verdict);
	jsonw_id(&w, "id", e.message.id);
	jsonw_text(&w, "phone", e.message.phone);
	jsonw_text(&w, "class", message_class_name(e.message.cls));
	jsonw_text(&w, "state", message_state_name(e.message.state));
	jsonw_some(&w, "reason", e.message.reason);
	jsonw_close(&w, '}');
	explanation_done(&e);
	request_reply(rq, 200, &body);
}
