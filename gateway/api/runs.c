/* /v1/runs: conversations and journeys in progress, and those that are over: where each
 * stands, what it remembers, which clocks it has, why it waits; and a way to end one. */
#include <stdio.h>
#include <string.h>

#include "dialogs/run.h"
#include "dialogs/runs.h"
#include "gateway/api/fields.h"
#include "gateway/api/page.h"
#include "gateway/api/resources.h"
#include "gateway/base/iso.h"
#include "gateway/store/contacts.h"
#include "gateway/store/entries.h"
#include "gateway/store/runs_list.h"

#define CLOCKS 64
#define TEXTS  50

static void
write_base(struct jsonw *w, const struct run_row *r, const char *phone, int64_t due)
{
	jsonw_id(w, "id", r->id);
	jsonw_id(w, "contact", r->contact);
	jsonw_text(w, "phone", phone);
	jsonw_text(w, "script", r->script);
	jsonw_text(w, "hash", r->hash);
	jsonw_text(w, "step", r->step);
	jsonw_text(w, "state", r->state);
	jsonw_some(w, "outcome", r->outcome);
	jsonw_bool(w, "journey", r->entry != 0);
	jsonw_int(w, "texts", r->said);
	jsonw_time(w, "due", due);
	jsonw_time(w, "started", r->started);
	jsonw_time(w, "updated", r->updated);
}

/* ---- the list ---- */

static void
list_one(void *arg, const struct run_row *row, const char *phone, int64_t due)
{
	struct page *page = arg;
	jsonw_open(&page->w, NULL, '{');
	write_base(&page->w, row, phone, due);
	jsonw_some(&page->w, "why", run_explain_pending(row->state));
	jsonw_close(&page->w, '}');
	page_count(page, row->id);
}

static void
read_list(struct db *db, void *arg)
{
	struct page *page = arg;
	struct run_filter filter = {*page->words ? page->words : NULL, page->state,
		*page->phone ? page->phone : NULL, page->cursor, page->limit};
	page_begin(page, db, "runs");
	runs_list(db, &filter, list_one, page);
	page_end(page);
}

void
runs_get(struct request *rq)
{
	static const struct request_read how = {read_list, page_answer, page_free};
	const char *phone = request_query(rq, "phone"), *name;
	struct page *page = page_new(rq);
	if (!page)
		return;
	name = request_query(rq, "script");
	snprintf(page->words, sizeof(page->words), "%s", name ? name : "");
	if (request_query_name(rq, "state", run_state_filters, &page->state) &&
		request_query_id(rq, "before", &page->cursor) &&
		(!phone || request_phone(rq, phone, page->phone)))
		request_read(rq, &how, page);
	else
		page_free(page);
}

/* ---- one ---- */

/* A moment as people and programs write it, in UTC; a truth as a truth. */
static void
write_variable(struct jsonw *w, const struct run_var *v)
{
	switch (v->kind) {
	case VALUE_BOOL: jsonw_bool(w, v->name, v->number != 0); break;
	case VALUE_NUMBER: jsonw_real(w, v->name, v->number); break;
	case VALUE_TIME: jsonw_time(w, v->name, v->time); break;
	case VALUE_TEXT:
	case VALUE_LIST: jsonw_text(w, v->name, v->text); break;
	case VALUE_MISSING: jsonw_null(w, v->name); break;
	}
}

/* The outermost script first; the last is the one that talks. */
static void
write_places(struct jsonw *w, const struct run *run)
{
	jsonw_open(w, "places", '[');
	for (unsigned i = 0; i < run->depth; i++) {
		const struct run_frame *f = &run->frames[i];
		jsonw_open(w, NULL, '{');
		jsonw_text(w, "script", f->script);
		jsonw_text(w, "hash", f->hash);
		jsonw_text(w, "step", f->step);
		jsonw_open(w, "variables", '{');
		for (size_t k = 0; k < f->var_count; k++)
			write_variable(w, &f->vars[k]);
		jsonw_close(w, '}');
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static void
write_clocks(struct jsonw *w, struct db *db, const struct run *run, uint64_t id)
{
	struct timer_row timers[CLOCKS];
	size_t n = timers_of(db, id, timers, CLOCKS);
	jsonw_open(w, "timers", '[');
	for (size_t i = 0; i < n; i++) {
		bool aside = timers[i].due == INT64_MAX;
		jsonw_open(w, NULL, '{');
		jsonw_text(w, "kind", run_timer_name(timers[i].kind));
		jsonw_time(w, "due", aside ? 0 : timers[i].due);
		jsonw_bool(w, "held", aside);
		jsonw_bool(w, "counts", run_timer_counts(run, &timers[i]));
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static void
write_texts(struct jsonw *w, struct db *db, uint64_t id)
{
	struct run_text texts[TEXTS];
	size_t n = run_texts(db, id, texts, TEXTS);
	jsonw_open(w, "said", '[');
	for (size_t i = 0; i < n; i++) {
		jsonw_open(w, NULL, '{');
		jsonw_id(w, "message", texts[i].message);
		jsonw_text(w, "step", texts[i].step);
		jsonw_some(w, "variant", texts[i].variant);
		jsonw_text(w, "state", texts[i].state);
		jsonw_time(w, "at", texts[i].at);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static void
write_run(struct jsonw *w, struct core *core, const struct run_row *row, int64_t due)
{
	const char *pending = run_explain_pending(row->state);
	struct run run = {0};
	struct contact c = {0};
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	bool whole = *row->data && run_decode(row->data, &run) == 0;
	if (!strcmp(row->state, "ended"))
		run.state = RUN_ENDED;
	contact_load(core->db, row->contact, &c);
	jsonw_open(w, NULL, '{');
	write_base(w, row, c.phone, due);
	strbuf_puts(&why, pending ? pending : "");
	if (whole || run.state == RUN_ENDED)
		run_explain(core->dialogs, core->db, row, &run, &why);
	jsonw_some(w, "why", why.s);
	jsonw_id(w, "heard", row->heard);
	jsonw_id(w, "awaits", row->awaits);
	jsonw_int(w, "waits", run.waits);
	jsonw_int(w, "asked_again", run.tries);
	jsonw_int(w, "reminded", run.nudges);
	write_places(w, &run);
	write_clocks(w, core->db, &run, row->id);
	write_texts(w, core->db, row->id);
	jsonw_close(w, '}');
	run_done(&run);
}

/* The id of a journey's entry names it until it has a run, and leads to that one then. */
static bool
load(struct db *db, uint64_t id, struct run_row *ret, int64_t *ret_due)
{
	struct entry_row entry;
	*ret_due = 0;
	if (run_load(db, id, ret))
		return true;
	if (!entry_load(db, id, &entry))
		return false;
	uint64_t run = entry.run;
	bool known = entry.live || !strcmp(entry.state, "ended");
	if (known && !run) {
		*ret = (struct run_row){.id = id,
			.contact = entry.contact,
			.entry = id,
			.data = xstrdup(""),
			.started = entry.origin,
			.updated = MAX(entry.origin, entry.ended)};
		snprintf(ret->script, sizeof(ret->script), "%s", entry.script);
		snprintf(ret->hash, sizeof(ret->hash), "%s", entry.hash);
		snprintf(ret->state, sizeof(ret->state), "%s", entry.state);
		snprintf(ret->outcome, sizeof(ret->outcome), "%s", entry.outcome);
		*ret_due = entry.due;
	}
	entry_row_done(&entry);
	return run ? run_load(db, run, ret) : known;
}

/* A few rows by their keys, in the loop: the scripts say what it waits for. */
void
run_get_one(struct request *rq)
{
	uint64_t id;
	struct run_row row;
	int64_t due;
	struct strbuf body = STRBUF_INIT(8u << 20);
	struct jsonw w = {&body};
	if (!request_param_id(rq, "conversation", &id)) {
		strbuf_done(&body);
		return;
	}
	if (!load(rq->core->db, id, &row, &due)) {
		strbuf_done(&body);
		request_problem(rq, 404, "there is no conversation %.40s", rq->param);
		return;
	}
	write_run(&w, rq->core, &row, due);
	run_row_done(&row);
	request_reply(rq, 200, &body);
}

/* ---- ending ---- */

struct wish {
	const char *reason;
};
static const struct field fields[] = {
	{"reason", FIELD_TEXT, offsetof(struct wish, reason), .required = true,
		.max = 140},
	{0},
};

static void
end_one(struct request *rq, uint64_t id, const struct wish *wish)
{
	struct run_row row;
	int64_t due;
	snprintf(rq->detail, sizeof(rq->detail), "%s", wish->reason);
	if (!load(rq->core->db, id, &row, &due)) {
		request_problem(rq, 404, "there is no conversation %.40s", rq->param);
		return;
	}
	char outcome[sizeof(row.outcome)];
	id = row.id;
	snprintf(outcome, sizeof(outcome), "%s", row.outcome);
	run_row_done(&row);
	if (!rq->core->dialogs)
		request_problem(rq, 409,
			"no scripts are in use (scripts = ...), so nothing can be ended");
	else if (run_end_by_hand(rq->core->dialogs, id))
		request_after_commit(rq, run_get_one);
	else
		request_problem(rq, 409, "it is over already: %s", outcome);
}

void
run_post_end(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct wish wish = {0};
	const char *field = NULL;
	uint64_t id;
	if (!request_param_id(rq, "conversation", &id))
		return;
	json_t *object = json_read(rq->body.s, rq->body.len, &err);
	if (!object ||
		fields_read(object, fields, core_now(rq->core), &wish, &field, &err))
		request_problem_field(rq, field ? 422 : 400, field, "%s", err.s);
	else
		end_one(rq, id, &wish);
	json_decref(object);
}
