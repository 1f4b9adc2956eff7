/* /v1/campaigns: drafts, what they would do, what people do with them, and what came of
 * it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/api/resources.h"
#include "gateway/base/iso.h"
#include "gateway/net/jsonw.h"
#include "gateway/outreach/campaign.h"

#define PLAN_DEADLINE  (5 * MINUTE)
#define COUNT_PATIENCE (10 * SECOND)
#define PATIENCE       (20 * SECOND) /* of whoever waits for the figures */

/* ---- one, and all ---- */

static void
write_row(struct jsonw *w, const struct campaign_row *c)
{
	jsonw_id(w, "id", c->id);
	jsonw_text(w, "name", c->name);
	jsonw_text(w, "state", c->state);
	jsonw_some(w, "why", c->why);
	jsonw_some(w, "agent", c->agent);
	jsonw_int(w, "round", c->pass);
	jsonw_int(w, "planned", c->planned);
	jsonw_some(w, "winner", c->winner);
	jsonw_time(w, "created", c->created);
	jsonw_time(w, "started", c->started);
	jsonw_time(w, "ended",
		!strcmp(c->state, "done") || !strcmp(c->state, "canceled") ? c->ended
									   : 0);
}

static void
write_listed(void *arg, const struct campaign_row *c)
{
	struct jsonw *w = arg;
	jsonw_open(w, NULL, '{');
	write_row(w, c);
	jsonw_close(w, '}');
}

void
campaigns_get(struct request *rq)
{
	struct strbuf body = STRBUF_INIT(4u << 20);
	struct jsonw w = {.out = &body};
	int64_t limit;
	if (!request_query_int(rq, "limit", 1, 1000, 100, &limit))
		return;
	jsonw_open(&w, NULL, '{');
	jsonw_open(&w, "campaigns", '[');
	campaigns_list(rq->core->db, (int)limit, write_listed, &w);
	jsonw_close(&w, ']');
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

/* With its definition as it was given. */
static void
answer_with(struct request *rq, int status, const char *name)
{
	struct strbuf body = STRBUF_INIT(4u << 20), spec = STRBUF_INIT(1u << 20);
	struct jsonw w = {.out = &body};
	struct campaign_row c;
	uint64_t id = campaign_find(rq->core->db, name);
	if (!id || !campaign_load(rq->core->db, id, &c, &spec)) {
		strbuf_done(&spec);
		request_problem(rq, 404, "there is no campaign '%.60s'", name);
		return;
	}
	jsonw_open(&w, NULL, '{');
	write_row(&w, &c);
	jsonw_text(&w, "definition", spec.s);
	jsonw_close(&w, '}');
	strbuf_done(&spec);
	request_reply(rq, status, &body);
}

void
campaign_get(struct request *rq)
{
	answer_with(rq, 200, rq->param);
}

static void
answer_changed(struct request *rq)
{
	answer_with(rq, 200, rq->param);
}

static void
answer_drafted(struct request *rq)
{
	answer_with(rq, 201, rq->state);
}

void
campaigns_post(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	char field[128] = "";
	json_t *object = json_read(rq->body.s, rq->body.len, &err);
	int r = object ? campaign_draft(rq->core, object, rq->agent, field, &err)
		       : -EINVAL;
	if (r == -EEXIST) {
		request_problem(rq, 409, "%s", err.s);
	} else if (r < 0) {
		request_problem_field(
			rq, object ? 422 : 400, *field ? field : NULL, "%s", err.s);
	} else {
		rq->state = xstrdup(json_string_value(json_object_get(object, "name")));
		rq->state_free = free;
		request_after_commit(rq, answer_drafted);
	}
	json_decref(object);
}

/* ---- planning ---- */

static void
write_local(struct jsonw *w, const char *name, int64_t local)
{
	char text[ISO_MAX];
	iso_format(local, 0, text);
	text[19] = '\0';
	jsonw_text(w, name, local ? text : NULL);
}

static void
write_sums(struct jsonw *w, const struct audience_sums *s)
{
	char cost[40];
	snprintf(cost, sizeof(cost), "%" PRId64 ".%03" PRId64, s->cost / 1000,
		s->cost % 1000);
	for (int i = 0; i <= VERDICT_CANCEL; i++)
		jsonw_int(w, verdict_name((enum verdict_what)i), s->verdicts[i]);
	jsonw_int(w, "refused", s->refused);
	jsonw_int(w, "segments", s->segments);
	jsonw_text(w, "cost", s->cost ? cost : NULL);
	jsonw_time(w, "first", s->first);
	jsonw_time(w, "last", s->last);
	write_local(w, "first_local", s->first_local);
	write_local(w, "last_local", s->last_local);
	jsonw_open(w, "reasons", '[');
	for (size_t i = 0; i < s->reason_count; i++) {
		jsonw_open(w, NULL, '{');
		jsonw_text(w, "verdict", verdict_name(s->reasons[i].what));
		jsonw_text(w, "gate", s->reasons[i].gate);
		jsonw_int(w, "count", s->reasons[i].count);
		jsonw_text(w, "rule", s->reasons[i].rule);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static void
write_pools(struct jsonw *w, const struct campaign_plan *plan)
{
	jsonw_open(w, "pools", '[');
	for (size_t i = 0; i < CAMPAIGN_POOLS && *plan->pools[i].name; i++) {
		jsonw_open(w, NULL, '{');
		jsonw_text(w, "pool", plan->pools[i].name);
		jsonw_bool(w, "known", plan->pools[i].has >= 0);
		jsonw_int(w, "wanted", plan->pools[i].wanted);
		jsonw_int(w, "has", MAX(plan->pools[i].has, 0));
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static void
on_planned(void *arg, const struct campaign_plan *plan, const char *trouble)
{
	struct request *rq = arg;
	struct strbuf body = STRBUF_INIT(1u << 20);
	struct jsonw w = {.out = &body};
	rq->state = NULL;
	if (!plan) {
		request_problem(rq, 422, "%s", trouble);
		return;
	}
	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "name", rq->param);
	jsonw_int(&w, "people", plan->looked_at);
	jsonw_int(&w, "holdout", plan->holdout);
	jsonw_int(&w, "contacts", plan->sums.contacts);
	write_sums(&w, &plan->sums);
	jsonw_time(&w, "finish", plan->finish);
	jsonw_open(&w, "variants", '[');
	for (size_t i = 0; i < SPEC_VARIANTS && plan->variants[i].count; i++) {
		jsonw_open(&w, NULL, '{');
		jsonw_some(&w, "name", plan->variants[i].name);
		jsonw_int(&w, "people", plan->variants[i].count);
		jsonw_close(&w, '}');
	}
	jsonw_close(&w, ']');
	write_pools(&w, plan);
	jsonw_some(&w, "sample", plan->sample);
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

/* The request is over before the plan is. */
static void
forget_plan(void *state)
{
	struct request *rq = state;
	if (rq)
		campaign_plan_forget(rq->core, rq);
}

void
campaign_post_plan(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	int r = campaign_plan(rq->core, rq->param, on_planned, rq, &err);
	if (r < 0) {
		request_problem(rq,
			r == -ENOENT  ? 404
			: r == -EBUSY ? 503
				      : 422,
			"%s", err.s);
		return;
	}
	rq->state = rq;
	rq->state_free = forget_plan;
	request_wait(rq, PLAN_DEADLINE, forget_plan);
}

/* ---- starting: counted first ---- */

struct counting {
	struct campaign_row row;
	struct spec *spec;
	struct crowd crowd;
	struct crowd_count count;
	int64_t now, yes;
};

static void
count_read(struct db *db, void *job)
{
	struct counting *c = job;
	crowd_count(db, &c->crowd, c->now, COUNT_PATIENCE, 0, &c->count);
}

static void
count_release(void *job)
{
	struct counting *c = job;
	spec_free(c->spec);
	free(c);
}

/* Nobody, or so many that their number is to be said: a sentence. */
static bool
confirmed(struct request *rq, const struct counting *c)
{
	int64_t n = c->count.matched;
	bool all = n == c->count.everybody && n > 1;
	if (!n) {
		request_problem(rq, 422,
			"the audience of %s matches nobody: nothing would be sent",
			c->row.name);
		return false;
	}
	if (c->yes == n || (!c->yes && !all && n <= CAMPAIGN_CONFIRM))
		return true;
	if (c->yes)
		request_problem_field(rq, 409, "yes",
			"%s means %" PRId64 " people now, not %" PRId64
			": confirm with that number",
			c->row.name, n, c->yes);
	else
		request_problem_field(rq, 409, "yes",
			"%s means %" PRId64 " people%s: confirm with that number",
			c->row.name, n, all ? ", which is everybody" : "");
	return false;
}

static void
count_answer(struct request *rq, void *job)
{
	struct counting *c = job;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (!c->count.whole) {
		request_problem(rq, 503,
			"the audience could not be counted in time; try again when the "
			"machine is less busy");
		return;
	}
	if (!confirmed(rq, c))
		return;
	int r = campaign_begin(rq->core, rq->param, c->count.matched, rq->agent, &err);
	if (r < 0)
		request_problem(rq, r == -ENOENT ? 404 : 409, "%s", err.s);
	else
		request_after_commit(rq, answer_changed);
}

void
campaign_post_start(struct request *rq)
{
	static const struct request_read how = {count_read, count_answer, count_release};
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct counting *c = xcalloc(1, sizeof(*c));
	json_t *object = rq->body.len ? json_read(rq->body.s, rq->body.len, &err) : NULL;
	const json_t *yes = json_object_get(object, "yes");
	if ((rq->body.len && !json_is_object(object)) || (yes && !json_is_integer(yes))) {
		request_problem_field(rq, 422, "yes", "a number is expected");
		count_release(c);
		json_decref(object);
		return;
	}
	c->yes = yes ? json_integer_value(yes) : 0;
	json_decref(object);
	c->now = core_now(rq->core);
	int r = campaign_open(rq->core, rq->param, &c->row, &c->spec, &c->crowd, &err);
	if (!r && strcmp(c->row.state, "draft") != 0) {
		strbuf_set(&err, "%s is %s: it cannot be started", c->row.name,
			c->row.state);
		r = -EEXIST;
	}
	if (!r)
		r = campaign_codes_ready(rq->core, c->spec, &err);
	if (r < 0) {
		request_problem(rq,
			r == -ENOENT   ? 404
			: r == -EEXIST ? 409
				       : 422,
			"%s", err.s);
		count_release(c);
		return;
	}
	request_read(rq, &how, c);
}

/* ---- pause, resume, cancel ---- */

static void
change(struct request *rq, int (*how)(struct core *core, const char *name,
				   const char *why, struct strbuf *err))
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct strbuf why AUTO(strbuf_done) = STRBUF_INIT(200);
	strbuf_printf(&why, "%s%s", *rq->agent ? "by " : "", rq->agent);
	int r = how(
		rq->core, rq->param, how == campaign_resume ? rq->agent : why.s, &err);
	if (r < 0)
		request_problem(rq, r == -ENOENT ? 404 : 409, "%s", err.s);
	else
		request_after_commit(rq, answer_changed);
}

void
campaign_post_pause(struct request *rq)
{
	change(rq, campaign_pause);
}

void
campaign_post_resume(struct request *rq)
{
	change(rq, campaign_resume);
}

void
campaign_post_cancel(struct request *rq)
{
	change(rq, campaign_cancel);
}

/* ---- what came of it ---- */

struct measuring {
	struct campaign_row row;
	struct spec *spec;
	struct crowd crowd;
	struct campaign_report report;
};

static void
measure_read(struct db *db, void *job)
{
	struct measuring *m = job;
	campaign_measure_within(db, &m->row, m->spec, PATIENCE, &m->report);
}

static void
measure_release(void *job)
{
	struct measuring *m = job;
	spec_free(m->spec);
	free(m);
}

static void
write_figures(struct jsonw *w, const struct campaign_figures *f, bool control)
{
	int64_t n = control ? f->people : f->sent;
	jsonw_open(w, NULL, '{');
	jsonw_some(w, "name", f->name);
	jsonw_int(w, "people", f->people);
	jsonw_int(w, "waiting", f->waiting);
	jsonw_int(w, "sent", f->sent);
	jsonw_int(w, "delivered", f->delivered);
	jsonw_int(w, "failed", f->failed);
	jsonw_int(w, "suppressed", f->suppressed);
	jsonw_int(w, "canceled", f->canceled);
	jsonw_int(w, "replies", f->replies);
	jsonw_int(w, "clicks", f->clicks);
	jsonw_int(w, "goals", f->goals);
	jsonw_int(w, "optouts", f->stops);
	jsonw_real(w, "value", f->value);
	if (n)
		jsonw_real(w, "goal_percent", 100.0 * (double)f->goals / (double)n);
	else
		jsonw_null(w, "goal_percent");
	jsonw_close(w, '}');
}

/* What the text itself did: all who got it against all who did not. */
static void
write_lift(struct jsonw *w, const struct measuring *m)
{
	const struct campaign_report *r = &m->report;
	const struct campaign_figures *control = &r->of[r->count];
	struct split_side sent = {0, 0};
	for (size_t i = 0; i < r->count; i++) {
		sent.n += r->of[i].sent;
		sent.hits += r->of[i].goals;
	}
	struct split_result s =
		split_compare(sent, (struct split_side){control->people, control->goals},
			m->spec->winner.min_each, (int)m->spec->winner.sure);
	jsonw_open(w, "against_holdout", '{');
	jsonw_text(w, "says",
		r->partial                            ? "not all were counted"
		: !control->people || !*m->spec->goal ? "nothing to compare"
		: s.says == SPLIT_FIRST               ? "the text sells"
		: s.says == SPLIT_SECOND              ? "the text harms"
						      : split_says_name(s.says));
	jsonw_real(w, "sure", s.sure);
	jsonw_close(w, '}');
}

/* Those with the lowest ids are no sample of all: nothing is judged by them. */
static void
write_partial(struct jsonw *w, const struct campaign_report *r)
{
	char text[240];
	snprintf(text, sizeof(text),
		"Counting was cut short after %d seconds: these figures are of the first "
		"%lld of %lld people, and nothing is judged by them.",
		(int)(PATIENCE / SECOND), (long long)r->looked_at, (long long)r->planned);
	jsonw_text(w, "note", text);
}

static void
measure_answer(struct request *rq, void *job)
{
	struct measuring *m = job;
	struct strbuf body = STRBUF_INIT(1u << 20);
	struct jsonw w = {.out = &body};
	char name[SPEC_NAME];
	struct split_result s = campaign_judge(m->spec, &m->report, name);
	jsonw_open(&w, NULL, '{');
	write_row(&w, &m->row);
	jsonw_open(&w, "variants", '[');
	for (size_t i = 0; i < m->report.count; i++)
		write_figures(&w, &m->report.of[i], false);
	jsonw_close(&w, ']');
	jsonw_open(&w, "holdout", '[');
	if (m->report.of[m->report.count].people)
		write_figures(&w, &m->report.of[m->report.count], true);
	jsonw_close(&w, ']');
	jsonw_int(&w, "reminded", m->report.reminded);
	jsonw_bool(&w, "partial", m->report.partial);
	jsonw_int(&w, "looked_at", m->report.looked_at);
	jsonw_int(&w, "of", m->report.planned);
	if (m->report.partial)
		write_partial(&w, &m->report);
	jsonw_open(&w, "judgement", '{');
	jsonw_some(&w, "by", m->spec->winner.by);
	jsonw_text(&w, "says",
		m->report.partial ? "not all were counted"
		: *m->spec->winner.by
			? *name ? "there is a winner" : split_says_name(s.says)
			: "nothing to compare");
	jsonw_some(&w, "winner", m->report.partial ? "" : name);
	jsonw_real(&w, "sure", s.sure);
	jsonw_int(&w, "min_each", m->spec->winner.min_each);
	jsonw_close(&w, '}');
	write_lift(&w, m);
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

void
campaign_get_report(struct request *rq)
{
	static const struct request_read how = {
		measure_read, measure_answer, measure_release};
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct measuring *m = xcalloc(1, sizeof(*m));
	int r = campaign_open(rq->core, rq->param, &m->row, &m->spec, &m->crowd, &err);
	if (r < 0) {
		request_problem(rq, r == -ENOENT ? 404 : 422, "%s", err.s);
		measure_release(m);
		return;
	}
	request_read(rq, &how, m);
}
