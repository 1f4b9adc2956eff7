/* /v1/webhooks: who is told what happens, what became of each call, and once more. The
 * addresses themselves are the configuration's. */
#include "gateway/api/resources.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/api/page.h"
#include "gateway/api/push.h"
#include "gateway/base/iso.h"

/* ---- GET /v1/webhooks ---- */

struct listing {
	struct {
		char name[HOOK_NAME], url[HOOK_URL], events[512];
	} hooks[CONFIG_HOOKS + 1];
	size_t count;
	struct strbuf body;
};

/* Without what may be a secret: a password before the host, and the query. */
static void
plain_url(const char *url, char ret[HOOK_URL])
{
	const char *host = strstr(url, "://");
	host = host ? host + 3 : url;
	size_t n = strcspn(host, "/?#");
	const char *at = memchr(host, '@', n);
	snprintf(ret, HOOK_URL, "%.*s%.*s", (int)(host - url), url,
		(int)strcspn(at ? at + 1 : host, "?#"), at ? at + 1 : host);
}

static void
write_hook(struct db *db, struct jsonw *w, const struct listing *l, size_t i)
{
	struct hook_row row = {.id = 0};
	struct delivery head;
	bool known = hook_load(db, l->hooks[i].name, &row);
	bool waits = known && delivery_head(db, row.id, 0, &head);
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "name", l->hooks[i].name);
	jsonw_some(w, "url", l->hooks[i].url);
	jsonw_some(w, "events", l->hooks[i].events);
	jsonw_text(w, "state",
		!known                ? "new"
		: row.disabled        ? "disabled"
		: waits && head.tries ? "failing"
				      : "active");
	jsonw_some(w, "why", row.why);
	jsonw_id(w, "cursor", row.cursor);
	jsonw_id(w, "replaying_to", row.replay_to);
	jsonw_int(
		w, "pending", known ? deliveries_count(db, row.id, DELIVERY_PENDING) : 0);
	jsonw_int(w, "dead", known ? deliveries_count(db, row.id, DELIVERY_DEAD) : 0);
	jsonw_time(w, "oldest", waits ? ids_wall(head.id) : 0);
	jsonw_time(w, "next_try", waits ? head.due : 0);
	jsonw_time(w, "last_success", row.good_at);
	jsonw_time(w, "last_failure", row.bad_at);
	jsonw_close(w, '}');
}

static void
read_listing(struct db *db, void *arg)
{
	struct listing *l = arg;
	struct jsonw w = {&l->body};
	jsonw_open(&w, NULL, '{');
	jsonw_id(&w, "newest_event", hooks_newest_event(db));
	jsonw_open(&w, "webhooks", '[');
	for (size_t i = 0; i < l->count; i++)
		write_hook(db, &w, l, i);
	jsonw_close(&w, ']');
	jsonw_close(&w, '}');
}

static void
answer_listing(struct request *rq, void *arg)
{
	struct listing *l = arg;
	request_reply(rq, 200, &l->body);
}

static void
free_listing(void *arg)
{
	struct listing *l = arg;
	strbuf_done(&l->body);
	free(l);
}

void
webhooks_get(struct request *rq)
{
	static const struct request_read how = {
		read_listing, answer_listing, free_listing};
	const struct config_hooks *hooks = &rq->core->config->hooks;
	struct listing *l = xcalloc(1, sizeof(*l));
	strbuf_init(&l->body, 256 * 1024);
	for (size_t i = 0; i < hooks->hook_count; i++, l->count++) {
		snprintf(l->hooks[i].name, HOOK_NAME, "%s", hooks->hooks[i].name);
		snprintf(l->hooks[i].events, sizeof(l->hooks[i].events), "%s",
			hooks->hooks[i].events);
		plain_url(hooks->hooks[i].url, l->hooks[i].url);
	}
	snprintf(l->hooks[l->count++].name, HOOK_NAME, "%s", PUSH_CALLBACKS);
	request_read(rq, &how, l);
}

/* ---- GET /v1/webhooks/{name}/deliveries ---- */

struct search {
	struct delivery_filter filter;
	char name[ROUTE_PARAM_MAX];
	int count;
	uint64_t last;
	bool known;
	struct strbuf body;
	struct jsonw w;
};

static bool
write_delivery(void *arg, const struct delivery *d, const char *event)
{
	struct search *s = arg;
	struct jsonw *w = &s->w;
	bool pending = d->state == DELIVERY_PENDING;
	jsonw_open(w, NULL, '{');
	jsonw_id(w, "id", d->id);
	jsonw_text(w, "kind", delivery_kind_name(d->kind));
	jsonw_id(w, "event", d->event);
	jsonw_some(w, "name", event);
	jsonw_id(w, "message", d->message);
	jsonw_text(w, "state", delivery_state_name(d->state));
	jsonw_int(w, "tries", d->tries);
	if (d->status)
		jsonw_int(w, "status", d->status);
	else
		jsonw_null(w, "status");
	jsonw_some(w, "why", d->why);
	jsonw_int(w, "took_ms", d->took);
	jsonw_time(w, "created", ids_wall(d->id));
	jsonw_time(w, "next_try", pending ? d->due : 0);
	jsonw_time(w, "given_up", pending ? d->until : 0);
	jsonw_time(w, "done", d->done_at);
	jsonw_close(w, '}');
	s->count++;
	s->last = d->id;
	return true;
}

static void
read_deliveries(struct db *db, void *arg)
{
	struct search *s = arg;
	struct hook_row row;
	s->known = hook_load(db, s->name, &row);
	if (!s->known)
		return;
	s->filter.hook = row.id;
	jsonw_open(&s->w, NULL, '{');
	jsonw_open(&s->w, "deliveries", '[');
	deliveries_list(db, &s->filter, write_delivery, s);
	jsonw_close(&s->w, ']');
	jsonw_id(&s->w, "next", s->count == s->filter.limit ? s->last : 0);
	jsonw_close(&s->w, '}');
}

static void
answer_deliveries(struct request *rq, void *arg)
{
	struct search *s = arg;
	if (s->known)
		request_reply(rq, 200, &s->body);
	else
		request_problem(rq, 404, "there is no webhook '%.64s'", s->name);
}

static void
free_search(void *arg)
{
	struct search *s = arg;
	strbuf_done(&s->body);
	free(s);
}

void
webhook_deliveries(struct request *rq)
{
	static const struct request_read how = {
		read_deliveries, answer_deliveries, free_search};
	static const char *const states[] = {"pending", "delivered", "dead", NULL};
	struct search *s = xcalloc(1, sizeof(*s));
	int64_t limit;
	strbuf_init(&s->body, 16u << 20);
	s->w.out = &s->body;
	snprintf(s->name, sizeof(s->name), "%s", rq->param);
	if (!request_query_int(rq, "limit", 1, 1000, 50, &limit) ||
		!request_query_id(rq, "before", &s->filter.before) ||
		!request_query_name(rq, "state", states, &s->filter.state)) {
		free_search(s);
		return;
	}
	s->filter.limit = (int)limit;
	request_read(rq, &how, s);
}

/* ---- changes ---- */

struct done {
	char name[ROUTE_PARAM_MAX];
	const char *what;
	int again;
};

static void
answer_done(struct request *rq)
{
	const struct done *d = rq->state;
	struct strbuf body = STRBUF_INIT(4096);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "webhook", d->name);
	jsonw_text(&w, "done", d->what);
	if (d->again)
		jsonw_int(&w, "deliveries", d->again);
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

static void
refuse(struct request *rq, int r, const struct strbuf *why)
{
	int status = r == -ENOENT ? 404 : r == -EINVAL ? 422 : 409;
	request_problem(rq, status, "%s", why->s);
}

/* `r` is what push said. */
static void
finish(struct request *rq, int r, const struct done *done, const struct strbuf *why)
{
	if (r) {
		refuse(rq, r, why);
		return;
	}
	struct done *d = xmalloc(sizeof(*d));
	*d = *done;
	snprintf(d->name, sizeof(d->name), "%s", rq->param);
	rq->state = d;
	rq->state_free = free;
	request_after_commit(rq, answer_done);
}

/* ---- POST .../test: answered when it is known what became of it ---- */

#define TEST_PATIENCE (70 * SECOND) /* a webhook's timeout is a minute at most */

struct test {
	struct request *rq;
	struct delivery delivery;
};

static void
answer_test(struct request *rq)
{
	const struct test *t = rq->state;
	const struct delivery *d = &t->delivery;
	struct strbuf body = STRBUF_INIT(4096);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "webhook", rq->param);
	jsonw_id(&w, "delivery", d->id);
	jsonw_text(&w, "state", delivery_state_name(d->state));
	jsonw_int(&w, "status", d->status);
	jsonw_some(&w, "why", d->why);
	jsonw_int(&w, "took_ms", d->took);
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

static void
on_tested(void *arg, const struct delivery *d)
{
	struct test *t = arg;
	t->delivery = *d;
	request_after_commit(t->rq, answer_test);
}

static void
forget_test(void *arg)
{
	struct test *t = arg;
	push_test_forget(t->rq->core, t);
}

static void
free_test(void *arg)
{
	forget_test(arg);
	free(arg);
}

void
webhook_test(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct test *t = xcalloc(1, sizeof(*t));
	t->rq = rq;
	rq->state = t;
	rq->state_free = free_test;
	int r = push_test(rq->core, rq->param, on_tested, t, &err);
	if (r)
		refuse(rq, r, &err);
	else
		request_wait(rq, TEST_PATIENCE, forget_test);
}

void
webhook_skip(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	finish(rq, push_skip(rq->core, rq->param, &err),
		&(struct done){.what = "skipped"}, &err);
}

void
webhook_enable(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	finish(rq, push_enable(rq->core, rq->param, true, &err),
		&(struct done){.what = "enabled"}, &err);
}

void
webhook_disable(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	finish(rq, push_enable(rq->core, rq->param, false, &err),
		&(struct done){.what = "disabled"}, &err);
}

/* ---- POST .../replay ---- */

struct again {
	const char *from, *to;
	uint64_t delivery;
	bool dead;
};
static const struct field again_fields[] = {
	{"from", FIELD_TEXT, offsetof(struct again, from), .max = 40},
	{"to", FIELD_TEXT, offsetof(struct again, to), .max = 40},
	{"delivery", FIELD_ID, offsetof(struct again, delivery)},
	{"dead", FIELD_BOOL, offsetof(struct again, dead)},
	{0},
};

/* An event's id, a time, or how long ago. */
static bool
read_point(const char *text, int64_t now, uint64_t *ret)
{
	int64_t ms;
	*ret = 0;
	if (!text || !ids_parse(text, ret))
		return true;
	if (!conf_duration(text, &ms))
		ms = now - ms;
	else if (iso_parse(text, &ms, NULL) < 0)
		return false;
	*ret = (uint64_t)MAX(ms, 1) << 20;
	return true;
}

static int
replay(struct request *rq, const struct again *a, int *ret, struct strbuf *err)
{
	uint64_t from, to;
	if (a->dead + (a->delivery != 0) + (a->from != NULL) != 1) {
		strbuf_set(err, "say one of: from (and to), delivery, dead");
		return -EINVAL;
	}
	if (!a->from)
		return push_again(rq->core, rq->param, a->delivery, ret, err);
	if (!read_point(a->from, core_now(rq->core), &from) ||
		!read_point(a->to, core_now(rq->core), &to)) {
		strbuf_set(err, "from and to are the id of an event, a time such as "
				"2026-11-21T10:00:00+09:00, or how long ago, such as 2h");
		return -EINVAL;
	}
	return push_replay(rq->core, rq->param, from, to, err);
}

void
webhook_replay(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct done done = {.what = "replaying"};
	struct again again = {.from = NULL};
	const char *field = NULL;
	json_t *object = json_read(rq->body.s, rq->body.len, &err);
	if (!object || fields_read(object, again_fields, 0, &again, &field, &err))
		request_problem_field(rq, field ? 422 : 400, field, "%s", err.s);
	else
		finish(rq, replay(rq, &again, &done.again, &err), &done, &err);
	json_decref(object);
}
