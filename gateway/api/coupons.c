/* Pools of coupons and their codes. Redeeming is an event of the shop (order.paid with
 * `coupon`, coupon.redeemed), not a route. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/api/resources.h"
#include "gateway/core/offers.h"
#include "gateway/net/jsonw.h"
#include "gateway/store/coupons.h"

#define CODES_MAX 10000
#define MAKE_MAX  10000

static const char *const states[] = {"free", "given", "redeemed", "void", NULL};

struct job {
	char pool[COUPON_POOL], code[ROUTE_PARAM_MAX];
	const char *state;
	int64_t limit, after, now;
	bool found;
	struct strbuf body;
	struct jsonw w;
};

static struct job *
job_new(const struct request *rq)
{
	struct job *job = xcalloc(1, sizeof(*job));
	strbuf_init(&job->body, 64u << 20);
	job->w.out = &job->body;
	job->limit = 100;
	job->now = core_now(rq->core);
	snprintf(job->pool, sizeof(job->pool), "%.*s", COUPON_POOL - 1, rq->param);
	snprintf(job->code, sizeof(job->code), "%s", rq->param);
	return job;
}

static void
release(void *arg)
{
	struct job *job = arg;
	strbuf_done(&job->body);
	free(job);
}

static void
answer(struct request *rq, void *arg)
{
	struct job *job = arg;
	if (job->found)
		request_reply(rq, 200, &job->body);
	else
		request_problem(rq, 404, "there is nothing called %.60s here", rq->param);
}

/* ---- pools ---- */

static void
write_pool(struct jsonw *w, struct db *db, const struct coupon_pool *p)
{
	struct db_rows *q = db_select(db,
		"SELECT state, count(*) FROM coupons WHERE pool = $1 GROUP BY state", "t",
		p->name);
	int64_t counts[4] = {0};
	while (db_next(q))
		for (size_t i = 0; i < 4; i++)
			if (!strcmp(states[i], db_text(q, 0)))
				counts[i] = db_int(q, 1);
	db_end(q);
	jsonw_text(w, "pool", p->name);
	jsonw_some(w, "prefix", p->prefix);
	jsonw_some(w, "worth", p->worth);
	jsonw_some(w, "reward", p->reward);
	jsonw_int(w, "most", p->most);
	jsonw_int(w, "made", p->made);
	jsonw_int(w, "low", p->low);
	jsonw_int(w, "lasts_hours", p->lasts / HOUR);
	jsonw_int(w, "stands_hours", p->stands / HOUR);
	jsonw_time(w, "until", p->until);
	for (size_t i = 0; i < 4; i++)
		jsonw_int(w, states[i], counts[i]);
}

static void
read_pools(struct db *db, void *arg)
{
	struct job *job = arg;
	char(*names)[COUPON_POOL] = xcalloc(1000, sizeof(*names));
	size_t n = 0;
	struct db_rows *q = db_select(
		db, "SELECT name FROM coupon_pools ORDER BY name LIMIT 1000", "");
	while (db_next(q))
		snprintf(names[n++], COUPON_POOL, "%s", db_text(q, 0));
	db_end(q);
	jsonw_open(&job->w, NULL, '{');
	jsonw_open(&job->w, "pools", '[');
	for (size_t i = 0; i < n; i++) {
		struct coupon_pool p;
		if (!pool_load(db, names[i], &p))
			continue;
		jsonw_open(&job->w, NULL, '{');
		write_pool(&job->w, db, &p);
		jsonw_close(&job->w, '}');
	}
	jsonw_close(&job->w, ']');
	jsonw_close(&job->w, '}');
	job->found = true;
	free(names);
}

void
coupons_get(struct request *rq)
{
	static const struct request_read how = {read_pools, answer, release};
	request_read(rq, &how, job_new(rq));
}

struct wish {
	const char *prefix, *worth, *reward;
	const json_t *most, *low, *codes, *make;
	int64_t lasts, stands, until;
};
static const struct field pool_fields[] = {
	{"prefix", FIELD_TEXT, offsetof(struct wish, prefix), .max = 20},
	{"worth", FIELD_TEXT, offsetof(struct wish, worth), .max = 120},
	{"reward", FIELD_TEXT, offsetof(struct wish, reward), .max = 120},
	{"most", FIELD_JSON, offsetof(struct wish, most)},
	{"low", FIELD_JSON, offsetof(struct wish, low)},
	{"lasts", FIELD_WAIT, offsetof(struct wish, lasts)},
	{"stands", FIELD_WAIT, offsetof(struct wish, stands)},
	{"until", FIELD_WAIT, offsetof(struct wish, until)},
	{0},
};

static bool
whole(struct request *rq, const char *name, const json_t *value, int64_t max,
	int64_t *ret)
{
	if (!value)
		return true;
	if (json_is_integer(value) && json_integer_value(value) >= 0 &&
		json_integer_value(value) <= max) {
		*ret = json_integer_value(value);
		return true;
	}
	request_problem_field(rq, 422, name,
		"%s should be a whole number from 0 to %" PRId64, name, max);
	return false;
}

/* Letters, digits, - and _: it stands in {coupon:NAME}. */
static bool
good_name(const char *name)
{
	size_t n = strlen(name);
	return n && n < COUPON_POOL &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			    "0123456789-_") == n;
}

static void
answer_pool(struct request *rq)
{
	struct strbuf body = STRBUF_INIT(8192);
	struct jsonw w = {&body};
	struct coupon_pool p;
	jsonw_open(&w, NULL, '{');
	if (pool_load(rq->core->db, rq->param, &p))
		write_pool(&w, rq->core->db, &p);
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

static void
set_pool(struct request *rq, const struct wish *wish)
{
	struct coupon_pool p = {.created = core_now(rq->core)};
	int64_t now = core_now(rq->core);
	if (!good_name(rq->param)) {
		request_problem(rq, 422,
			"a pool is called by letters, digits, - and _, at most %d of "
			"them",
			COUPON_POOL - 1);
		return;
	}
	pool_load(rq->core->db, rq->param, &p);
	snprintf(p.name, sizeof(p.name), "%s", rq->param);
	if (!whole(rq, "most", wish->most, 100000000, &p.most) ||
		!whole(rq, "low", wish->low, 1000000, &p.low))
		return;
	if (wish->prefix)
		snprintf(p.prefix, sizeof(p.prefix), "%s", wish->prefix);
	if (wish->worth)
		snprintf(p.worth, sizeof(p.worth), "%s", wish->worth);
	if (wish->reward)
		snprintf(p.reward, sizeof(p.reward), "%s", wish->reward);
	p.lasts = wish->lasts ? wish->lasts - now : p.lasts;
	p.stands = wish->stands ? MAX(wish->stands - now, 1) : p.stands;
	p.until = wish->until ? wish->until : p.until;
	pool_save(rq->core->db, &p);
	request_after_commit(rq, answer_pool);
}

static void
with_body(struct request *rq, const struct field *table,
	void (*act)(struct request *rq, const struct wish *wish))
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct wish wish = {0};
	const char *field = NULL;
	json_t *object = json_read(rq->body.s, rq->body.len, &err);
	if (!object ||
		fields_read(object, table, core_now(rq->core), &wish, &field, &err))
		request_problem_field(rq, field ? 422 : 400, field, "%s", err.s);
	else
		act(rq, &wish);
	json_decref(object);
}

void
coupons_post(struct request *rq)
{
	with_body(rq, pool_fields, set_pool);
}

/* ---- codes in ---- */

static const struct field code_fields[] = {
	{"codes", FIELD_JSON, offsetof(struct wish, codes)},
	{"make", FIELD_JSON, offsetof(struct wish, make)},
	{0},
};

struct taken {
	int64_t added, known, made;
};

static void
answer_taken(struct request *rq)
{
	const struct taken *t = rq->state;
	struct strbuf body = STRBUF_INIT(4096);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "pool", rq->param);
	jsonw_int(&w, "added", t->added);
	jsonw_int(&w, "known", t->known);
	jsonw_int(&w, "made", t->made);
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

static bool
good_code(const char *code)
{
	char folded[COUPON_CODE];
	size_t n = code ? strlen(code) : 0;
	if (n < 4 || n >= COUPON_CODE)
		return false;
	for (const char *p = code; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7F)
			return false;
	coupon_fold(code, folded);
	return strlen(folded) >= 4;
}

static bool
codes_are_good(struct request *rq, const json_t *codes)
{
	const json_t *c;
	size_t i;
	if (codes && (!json_is_array(codes) || json_array_size(codes) > CODES_MAX)) {
		request_problem_field(rq, 422, "codes",
			"codes should be a list of at most %d texts", CODES_MAX);
		return false;
	}
	json_array_foreach(codes, i, c) if (!good_code(json_string_value(c)))
	{
		request_problem_field(rq, 422, "codes",
			"code %zu is no code: it should have 4 to %d letters or digits, "
			"and no blank; nothing was taken",
			i + 1, COUPON_CODE - 1);
		return false;
	}
	return true;
}

static void
take_codes(struct request *rq, const struct wish *wish)
{
	struct core *core = rq->core;
	struct coupon_pool p;
	const json_t *c;
	size_t i;
	int64_t make = 0;
	if (!pool_load(core->db, rq->param, &p)) {
		request_problem(rq, 404,
			"there is no pool %.40s; make it first: malgil coupons pool "
			"%.40s",
			rq->param, rq->param);
		return;
	}
	if (!codes_are_good(rq, wish->codes) ||
		!whole(rq, "make", wish->make, MAKE_MAX, &make))
		return;
	struct taken *t = xcalloc(1, sizeof(*t));
	rq->state = t;
	rq->state_free = free;
	json_array_foreach(wish->codes, i, c)
	{
		bool fresh = coupon_insert(
			core->db, json_string_value(c), p.name, core_id(core));
		t->added += fresh;
		t->known += !fresh;
	}
	if (make && p.made + make > p.most)
		p.most = p.made + make;
	if (make || t->added)
		pool_save(core->db, &p); /* and the owner hears again when it runs dry */
	t->made = offers_make(core, p.name, make);
	request_after_commit(rq, answer_taken);
}

void
coupon_codes_post(struct request *rq)
{
	with_body(rq, code_fields, take_codes);
}

/* ---- codes out ---- */

static void
write_code(struct jsonw *w, struct db_rows *q, int64_t now)
{
	int64_t expires = db_int(q, 4);
	bool over = expires && expires <= now && !strcmp(db_text(q, 2), "given");
	jsonw_text(w, "code", db_text(q, 0));
	jsonw_text(w, "pool", db_text(q, 1));
	jsonw_text(w, "state", over ? "expired" : db_text(q, 2));
	jsonw_time(w, "given", db_int(q, 3));
	jsonw_time(w, "expires", expires);
	jsonw_some(w, "phone", db_text(q, 5));
	jsonw_id(w, "message", db_id(q, 6));
	jsonw_time(w, "redeemed", db_int(q, 7));
	jsonw_some(w, "order", db_text(q, 8));
	jsonw_int(w, "times", db_int(q, 9));
	jsonw_some(w, "script", db_text(q, 10));
	jsonw_some(w, "step", db_text(q, 11));
}

#define CODE                                                                             \
	"SELECT c.code, c.pool, c.state, c.given, c.expires, p.phone, c.message, "       \
	"c.redeemed, c.number, c.times, c.script, c.step, c.line FROM coupons c LEFT "   \
	"JOIN contacts p ON p.id = c.contact "

static void
read_codes(struct db *db, void *arg)
{
	struct job *job = arg;
	struct jsonw *w = &job->w;
	uint64_t last = 0;
	int64_t n = 0;
	struct coupon_pool p;
	job->found = pool_load(db, job->pool, &p);
	struct db_rows *q =
		job->state
			? db_select(db,
				  CODE "WHERE c.pool = $1 AND c.state = $2 AND c.line > "
				       "$3 ORDER BY c.line LIMIT $4",
				  "ttii", job->pool, job->state, job->after, job->limit)
			: db_select(db,
				  CODE "WHERE c.pool = $1 AND c.line > $2 ORDER BY "
				       "c.line LIMIT $3",
				  "tii", job->pool, job->after, job->limit);
	jsonw_open(w, NULL, '{');
	jsonw_open(w, "codes", '[');
	while (db_next(q)) {
		jsonw_open(w, NULL, '{');
		write_code(w, q, job->now);
		jsonw_close(w, '}');
		last = db_id(q, 12);
		n++;
	}
	db_end(q);
	jsonw_close(w, ']');
	jsonw_id(w, "next", n == job->limit ? last : 0);
	jsonw_close(w, '}');
}

void
coupon_codes_get(struct request *rq)
{
	static const struct request_read how = {read_codes, answer, release};
	const char *state;
	int64_t limit;
	uint64_t after;
	if (!request_query_name(rq, "state", states, &state) ||
		!request_query_int(rq, "limit", 1, CODES_MAX, 100, &limit) ||
		!request_query_id(rq, "after", &after))
		return;
	struct job *job = job_new(rq);
	job->state = state;
	job->limit = limit;
	job->after = (int64_t)after;
	request_read(rq, &how, job);
}

static void
read_code(struct db *db, void *arg)
{
	struct job *job = arg;
	char folded[COUPON_CODE];
	coupon_fold(job->code, folded);
	struct db_rows *q = db_select(db, CODE "WHERE c.folded = $1", "t", folded);
	job->found = db_next(q);
	jsonw_open(&job->w, NULL, '{');
	if (job->found)
		write_code(&job->w, q, job->now);
	jsonw_close(&job->w, '}');
	db_end(q);
}

void
code_get(struct request *rq)
{
	static const struct request_read how = {read_code, answer, release};
	request_read(rq, &how, job_new(rq));
}

static void
answer_code(struct request *rq)
{
	struct job *job = job_new(rq);
	read_code(rq->core->db, job);
	answer(rq, job);
	release(job);
}

void
code_post_void(struct request *rq)
{
	struct coupon c;
	if (!coupon_load(rq->core->db, rq->param, &c)) {
		request_problem(rq, 404, "there is no code %.60s", rq->param);
	} else if (!strcmp(c.state, "redeemed")) {
		request_problem(rq, 409, "%s is redeemed already", c.code);
	} else {
		coupon_void(rq->core->db, c.code);
		request_after_commit(rq, answer_code);
	}
}
