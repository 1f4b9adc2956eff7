/* /v1/presence: who looks at which ticket, and who is writing. It is true for 25 seconds
 * and then forgotten: not a fact of the trade, so it is in no store; after a restart
 * everybody says it again within seconds. Who wants to hear of changes asks with the
 * version seen last, and is answered when there is another. All of this is the loop's. */
#include "gateway/api/presence.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/api/resources.h"
#include "gateway/net/jsonw.h"

#define PRESENCE_SPAN (25 * SECOND)
#define WATCH_SPAN    (5 * SECOND) /* after which a watcher is answered anyway */
#define WATCHERS_MAX  256

struct wish {
	uint64_t ticket;
	bool typing;
};
#define AT(member) offsetof(struct wish, member)
static const struct field fields[] = {
	{"ticket", FIELD_ID, AT(ticket)}, {"typing", FIELD_BOOL, AT(typing)}, {0}};

/* One that waits for a change: the state of its request. */
struct watcher {
	struct request *rq;
	struct loop_timer timer;
	struct watcher *next;
};

static struct presence {
	struct presence_row rows[PRESENCE_MAX];
	int64_t version;
	struct watcher *watchers;
	size_t watching;
} all = {.version = 1};

/* Theirs, a free one, or the one nobody has renewed for longest. */
static struct presence_row *
row_of(const char *agent)
{
	struct presence_row *oldest = &all.rows[0];
	for (size_t i = 0; i < PRESENCE_MAX; i++) {
		if (!strcmp(all.rows[i].agent, agent))
			return &all.rows[i];
		if (all.rows[i].until < oldest->until)
			oldest = &all.rows[i];
	}
	return oldest;
}

static void
answer(struct request *rq)
{
	struct strbuf body = STRBUF_INIT(64 * 1024);
	struct jsonw w = {&body};
	int64_t now = clock_mono(rq->core->clock);
	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "version", all.version);
	jsonw_open(&w, "present", '[');
	for (size_t i = 0; i < PRESENCE_MAX; i++) {
		if (all.rows[i].until <= now)
			continue;
		jsonw_open(&w, NULL, '{');
		jsonw_text(&w, "agent", all.rows[i].agent);
		jsonw_id(&w, "ticket", all.rows[i].ticket);
		jsonw_bool(&w, "typing", all.rows[i].typing);
		jsonw_close(&w, '}');
	}
	jsonw_close(&w, ']');
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

/* ---- watching ---- */

static void
leave(struct watcher *w)
{
	for (struct watcher **at = &all.watchers; *at; at = &(*at)->next)
		if (*at == w) {
			*at = w->next;
			all.watching--;
			break;
		}
	loop_timer_stop(&w->timer);
}

static void
watcher_free(void *arg)
{
	leave(arg);
	free(arg);
}

static void
on_time(void *arg)
{
	struct watcher *w = arg;
	leave(w);
	answer(w->rq);
}

static void
tell_watchers(void)
{
	all.version++;
	while (all.watchers)
		on_time(all.watchers);
}

void
presence_get(struct request *rq)
{
	int64_t seen;
	if (!request_query_int(rq, "after", 0, INT64_MAX, 0, &seen))
		return;
	if (seen != all.version || all.watching == WATCHERS_MAX) {
		answer(rq);
		return;
	}
	struct watcher *w = xcalloc(1, sizeof(*w));
	w->rq = rq;
	w->next = all.watchers;
	all.watchers = w;
	all.watching++;
	rq->state = w;
	rq->state_free = watcher_free;
	loop_timer_init(&w->timer, rq->core->loop, on_time, w);
	loop_timer_in(&w->timer, WATCH_SPAN);
	request_wait(rq, 2 * WATCH_SPAN, NULL);
}

/* ---- saying ---- */

static void
take(struct request *rq, const struct wish *wish)
{
	struct presence_row *row = row_of(rq->agent);
	int64_t now = clock_mono(rq->core->clock);
	bool same = row->until > now && row->ticket == wish->ticket &&
		    row->typing == wish->typing && !strcmp(row->agent, rq->agent);
	memcpy(row->agent, rq->agent, sizeof(row->agent));
	row->ticket = wish->ticket;
	row->typing = wish->typing;
	row->until = now + PRESENCE_SPAN;
	if (!same)
		tell_watchers();
}

void
presence_post(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct wish wish = {0};
	const char *field = NULL;
	json_t *body =
		rq->body.len ? json_read(rq->body.s, rq->body.len, &err) : json_object();
	if (!body || fields_read(body, fields, core_now(rq->core), &wish, &field, &err)) {
		request_problem_field(rq, field ? 422 : 400, field, "%s", err.s);
	} else {
		take(rq, &wish);
		answer(rq);
	}
	json_decref(body);
}
