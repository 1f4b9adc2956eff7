/* /v1/audiences: people by name, and how many they are. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/api/resources.h"
#include "gateway/core/erase.h"
#include "gateway/net/jsonw.h"
#include "gateway/outreach/campaign.h"
#include "gateway/sms/address.h"
#include "gateway/store/audience.h"

#define PATIENCE (10 * SECOND)
#define MEMBERS  1000 /* in one request */

/* ---- all of them ---- */

static void
write_one(struct jsonw *w, const char *name, const char *rule, const char *note,
	const char *kind)
{
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "name", name);
	jsonw_text(w, "kind", kind);
	jsonw_some(w, "if", rule);
	jsonw_some(w, "note", note);
	jsonw_close(w, '}');
}

static void
write_own(void *arg, const struct audience_named *a)
{
	write_one(arg, a->name, a->rule, a->note, *a->rule ? "rule" : "list");
}

void
audiences_get(struct request *rq)
{
	struct strbuf body = STRBUF_INIT(4u << 20);
	struct jsonw w = {.out = &body};
	static struct audience_named own;
	jsonw_open(&w, NULL, '{');
	jsonw_open(&w, "audiences", '[');
	audiences_list(rq->core->db, write_own, &w);
	for (const struct crowd_default *d = crowd_defaults; d->name; d++)
		if (!audience_find(rq->core->db, d->name, &own))
			write_one(&w, d->name, d->rule, d->note, "shipped");
	jsonw_close(&w, ']');
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

/* ---- making, and taking away ---- */

struct wish {
	const char *name, *rule, *note;
};
static const struct field wish_fields[] = {
	{"name", FIELD_TEXT, offsetof(struct wish, name), .required = true, .max = 55},
	{"if", FIELD_TEXT, offsetof(struct wish, rule), .max = AUDIENCE_RULE},
	{"note", FIELD_TEXT, offsetof(struct wish, note), .max = 190},
	{0},
};

static int
put(struct request *rq, const struct wish *wish, const char **ret_field,
	struct strbuf *err)
{
	struct audience_named *a = xcalloc(1, sizeof(*a));
	struct crowd *s = xcalloc(1, sizeof(*s));
	struct core *core = rq->core;
	int r = 0;
	*ret_field = "name";
	if (!spec_name_good(wish->name) || !strcmp(wish->name, CROWD_EVERYBODY)) {
		strbuf_set(err, "\"%.40s\" is no name for an audience: a-z, 0-9 and -",
			wish->name);
		r = -EINVAL;
	} else if (wish->rule) {
		*ret_field = "if";
		r = crowd_resolve(core, "", wish->rule, "", s, err);
	}
	if (!r && audience_find(core->db, wish->name, a) && !*a->rule != !wish->rule) {
		*ret_field = "if";
		strbuf_set(err, "%s is %s: remove it first", a->name,
			*a->rule ? "an expression" : "a list");
		r = -EINVAL;
	}
	if (!r) {
		a->id = a->id ? a->id : core_id(core);
		snprintf(a->name, sizeof(a->name), "%s", wish->name);
		snprintf(a->rule, sizeof(a->rule), "%s", wish->rule ? wish->rule : "");
		snprintf(a->note, sizeof(a->note), "%s", wish->note ? wish->note : "");
		audience_put(core->db, a, core_now(core));
		campaigns_audience_changed(core);
	}
	free(a);
	free(s);
	return r;
}

void
audiences_post(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct wish wish = {NULL, NULL, NULL};
	const char *field = NULL;
	json_t *object = json_read(rq->body.s, rq->body.len, &err);
	if (!object ||
		fields_read(
			object, wish_fields, core_now(rq->core), &wish, &field, &err) ||
		put(rq, &wish, &field, &err))
		request_problem_field(rq, object ? 422 : 400, field, "%s", err.s);
	else
		request_after_commit(rq, audiences_get);
	json_decref(object);
}

static bool
find_own(struct request *rq, struct audience_named *ret)
{
	if (audience_find(rq->core->db, rq->param, ret))
		return true;
	request_problem(
		rq, 404, "there is no audience '%.60s' of the shop's own", rq->param);
	return false;
}

void
audience_post_remove(struct request *rq)
{
	static struct audience_named a;
	if (!find_own(rq, &a))
		return;
	if (!*a.rule && audience_count(rq->core->db, a.id) > 0) {
		/* some of a long list in each request: the answer says what is left */
		audience_clear(rq->core->db, a.id, 20000);
		if (audience_count(rq->core->db, a.id) > 0) {
			request_problem(rq, 409,
				"the list is long: some of it is gone, ask again");
			return;
		}
	}
	audience_remove(rq->core->db, a.id);
	campaigns_audience_changed(rq->core);
	request_after_commit(rq, audiences_get);
}

/* ---- lists ---- */

struct tally {
	int64_t added, removed, refused;
	char first[200]; /* the first refusal */
};

static void
take_phones(struct request *rq, const json_t *list, uint64_t audience, bool add,
	struct tally *t)
{
	struct core *core = rq->core;
	const json_t *v;
	size_t i;
	json_array_foreach(list, i, v)
	{
		struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
		char phone[32];
		struct contact c;
		bool fresh;
		const char *text = json_is_string(v) ? json_string_value(v) : "";
		if (sms_number_e164(text, core->config->country, phone, &why) < 0) {
			if (!t->refused++)
				snprintf(t->first, sizeof(t->first), "%.60s: %.120s",
					text, why.s);
			continue;
		}
		if (add && contact_meet(core, phone, core_now(core), &c, &fresh)) {
			audience_add(core->db, audience, c.id, NULL);
			t->added++;
		} else if (!add && contact_find(core->db, phone, &c)) {
			audience_drop(core->db, audience, c.id);
			t->removed++;
		}
	}
}

static void
answer_tally(struct request *rq)
{
	const struct tally *t = rq->state;
	struct strbuf body = STRBUF_INIT(4096);
	struct jsonw w = {.out = &body};
	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "added", t->added);
	jsonw_int(&w, "removed", t->removed);
	jsonw_int(&w, "refused", t->refused);
	jsonw_some(&w, "detail", t->first);
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

void
audience_post_members(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	static struct audience_named a;
	if (!find_own(rq, &a))
		return;
	json_t *object = json_read(rq->body.s, rq->body.len, &err);
	const json_t *add = json_object_get(object, "add");
	const json_t *drop = json_object_get(object, "remove");
	if (*a.rule) {
		request_problem(rq, 409,
			"%s is an expression: who belongs to it follows "
			"from what is known of them",
			a.name);
	} else if (!object) {
		request_problem(rq, 400, "%s", err.s);
	} else if ((add && !json_is_array(add)) || (drop && !json_is_array(drop)) ||
		   json_array_size(add) + json_array_size(drop) > MEMBERS ||
		   (!add && !drop)) {
		request_problem_field(rq, 422, "add",
			"lists of numbers are expected: add, remove, at most %d together",
			MEMBERS);
	} else {
		struct tally *t = xcalloc(1, sizeof(*t));
		take_phones(rq, add, a.id, true, t);
		take_phones(rq, drop, a.id, false, t);
		rq->state = t;
		rq->state_free = free;
		request_after_commit(rq, answer_tally);
	}
	json_decref(object);
}

/* ---- counting, and who they are ---- */

struct job {
	struct crowd crowd;
	struct crowd_count count;
	int64_t now, limit;
	uint64_t after, last;
	bool list; /* all of them, page by page */
	size_t rows;
	struct strbuf body;
	struct jsonw w;
};

static void
write_person(struct job *job, struct db *db, uint64_t id)
{
	struct contact c;
	if (!contact_load(db, id, &c))
		return;
	jsonw_open(&job->w, NULL, '{');
	jsonw_id(&job->w, "id", id);
	jsonw_text(&job->w, "phone", c.phone);
	jsonw_close(&job->w, '}');
}

static void
count_people(struct db *db, struct job *job)
{
	struct crowd_count *n = &job->count;
	crowd_count(db, &job->crowd, job->now, PATIENCE, (size_t)job->limit, n);
	jsonw_int(&job->w, "people", n->matched);
	jsonw_int(&job->w, "of", n->everybody);
	jsonw_bool(&job->w, "whole", n->whole);
	jsonw_int(&job->w, "took_ms", n->took);
	jsonw_open(&job->w, "sample", '[');
	for (size_t i = 0; i < n->samples; i++)
		write_person(job, db, n->sample[i]);
	jsonw_close(&job->w, ']');
}

static void
list_people(struct db *db, struct job *job)
{
	uint64_t ids[1000];
	size_t n = crowd_page(
		db, &job->crowd, job->now, job->after, ids, (size_t)job->limit);
	jsonw_open(&job->w, "people", '[');
	for (size_t i = 0; i < n; i++)
		write_person(job, db, ids[i]);
	jsonw_close(&job->w, ']');
	jsonw_id(&job->w, "next", n == (size_t)job->limit ? ids[n - 1] : 0);
}

static void
read_job(struct db *db, void *arg)
{
	struct job *job = arg;
	jsonw_open(&job->w, NULL, '{');
	if (job->list)
		list_people(db, job);
	else
		count_people(db, job);
	jsonw_close(&job->w, '}');
}

static void
answer_job(struct request *rq, void *arg)
{
	struct job *job = arg;
	request_reply(rq, 200, &job->body);
	strbuf_init(&job->body, 16);
}

static void
release_job(void *arg)
{
	struct job *job = arg;
	strbuf_done(&job->body);
	free(job);
}

static void
ask(struct request *rq, const char *audience, const char *rule, bool list)
{
	static const struct request_read how = {read_job, answer_job, release_job};
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct job *job = xcalloc(1, sizeof(*job));
	strbuf_init(&job->body, 1u << 20);
	job->w.out = &job->body;
	job->now = core_now(rq->core);
	job->list = list;
	if (!request_query_int(
		    rq, "limit", 0, list ? 1000 : 20, list ? 1000 : 5, &job->limit)) {
		release_job(job);
		return;
	}
	int r = crowd_resolve(rq->core, audience, rule, "", &job->crowd, &err);
	bool good = !list || request_query_id(rq, "after", &job->after);
	if (!r && good) {
		job->limit = list ? MAX(job->limit, 1) : job->limit;
		request_read(rq, &how, job);
		return;
	}
	release_job(job);
	if (r)
		request_problem_field(rq, r == -ENOENT ? 404 : 422,
			r == -ENOENT ? "audience" : "if", "%s", err.s);
}

void
audience_get_count(struct request *rq)
{
	const char *audience = request_query(rq, "audience");
	const char *rule = request_query(rq, "if");
	if (!audience && !rule)
		request_problem_field(
			rq, 400, "if", "audience or if is expected: whom to count");
	else if (rule && strlen(rule) > AUDIENCE_RULE)
		request_problem_field(rq, 422, "if", "the expression is too long");
	else
		ask(rq, audience ? audience : "", rule ? rule : "", false);
}

void
audience_get_people(struct request *rq)
{
	ask(rq, rq->param, "", true);
}
