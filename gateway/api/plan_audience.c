/* A plan for all contacts with a tag: the walk of core/audience.h with nothing written
 * but the list of whom it means, some contacts in each tick, so that replies go between.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/resources.h"
#include "gateway/base/iso.h"
#include "gateway/core/audience.h"
#include "gateway/net/jsonw.h"

#define DEADLINE (5 * MINUTE)
#define PAUSE    1 /* ms between two ticks of it */
#define LIST     1000

enum phase { PHASE_CLEAR, PHASE_LIST, PHASE_WALK, PHASE_TIDY };

struct walk {
	struct request *rq; /* NULL: nobody waits any more */
	struct core *core;
	enum phase phase;
	struct loop_timer timer;
	struct audience_wish wish;
	struct audience_sums sums;
	struct audience_pace pace;
	uint64_t cursor, listed;
	char *text, tag[80], channel[64];
};

static struct walk *running; /* one at a time: its audience has one number */

static void
walk_free(struct walk *w)
{
	loop_timer_stop(&w->timer);
	free(w->text);
	free(w);
	running = NULL;
}

/* Also when the request is over for any other reason; NULL once it was answered. */
static void
gone(void *state)
{
	struct walk *w = state;
	if (!w)
		return;
	if (w->rq)
		w->rq->state = NULL;
	w->rq = NULL;
	if (w->phase < PHASE_TIDY)
		w->phase = PHASE_TIDY;
}

/* A reading of a clock somewhere: no offset is told. */
static void
write_local(struct jsonw *w, const char *name, int64_t local)
{
	char text[ISO_MAX];
	iso_format(local, 0, text);
	text[19] = '\0';
	jsonw_text(w, name, local ? text : NULL);
}

static void
write_reasons(struct jsonw *w, const struct audience_sums *s)
{
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

/* The request, which no longer knows the walk. */
static struct request *
take_request(struct walk *w)
{
	struct request *rq = w->rq;
	rq->state = NULL;
	w->rq = NULL;
	return rq;
}

static void
reply(struct walk *walk)
{
	const struct audience_sums *s = &walk->sums;
	struct strbuf body = STRBUF_INIT(256 * 1024);
	struct jsonw w = {&body};
	char cost[40];
	snprintf(cost, sizeof(cost), "%" PRId64 ".%03" PRId64, s->cost / 1000,
		s->cost % 1000);
	jsonw_open(&w, NULL, '{');
	jsonw_int(&w, "contacts", s->contacts);
	for (int i = 0; i <= VERDICT_CANCEL; i++)
		jsonw_int(&w, verdict_name((enum verdict_what)i), s->verdicts[i]);
	jsonw_int(&w, "refused", s->refused);
	jsonw_int(&w, "segments", s->segments);
	jsonw_text(&w, "cost", s->cost ? cost : NULL);
	jsonw_time(&w, "first", s->first);
	jsonw_time(&w, "last", s->last);
	write_local(&w, "first_local", s->first_local);
	write_local(&w, "last_local", s->last_local);
	jsonw_time(&w, "finish", audience_finish(walk->core, &walk->wish, s));
	write_reasons(&w, s);
	jsonw_close(&w, '}');
	request_reply(take_request(walk), 200, &body);
}

/* One tick's worth; false: this phase is over. */
static bool
step(struct walk *w)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	switch (w->phase) {
	case PHASE_CLEAR:
	case PHASE_TIDY: return audience_clear(w->core->db, AUDIENCE_PLAN, LIST) > 0;
	case PHASE_LIST:
		return audience_add_tagged(
			       w->core->db, AUDIENCE_PLAN, w->tag, &w->listed, LIST) > 0;
	case PHASE_WALK: break;
	}
	int n = audience_admit(w->core, &w->wish, &w->cursor,
		audience_pace_begin(&w->pace), &w->sums, &err);
	audience_pace_end(&w->pace, n);
	if (n < 0 && w->rq) {
		request_problem(take_request(w), n == -EAGAIN ? 503 : 422, "%s", err.s);
	} else if (!n && w->rq) {
		reply(w);
	}
	return n > 0;
}

static void
on_timer(void *arg)
{
	struct walk *w = arg;
	if (w->core->store_sick || w->core->draining) {
		if (w->rq)
			request_problem(take_request(w), 503,
				"the gateway is stopping, or its store "
				"cannot be written");
		walk_free(w);
		return;
	}
	if (!step(w)) {
		if (w->phase == PHASE_TIDY) {
			walk_free(w);
			return;
		}
		w->phase++;
	}
	loop_timer_in(&w->timer, PAUSE);
}

void
plan_audience(struct request *rq, const char *tag, const char *text, const char *cls,
	const char *channel)
{
	if (running) {
		request_problem(rq, 503,
			"another audience is being planned; try again in a "
			"moment");
		return;
	}
	struct walk *w = running = xcalloc(1, sizeof(*w));
	w->rq = rq;
	w->core = rq->core;
	w->text = xstrdup(text);
	snprintf(w->tag, sizeof(w->tag), "%s", tag);
	snprintf(w->channel, sizeof(w->channel), "%s", channel ? channel : "");
	w->wish = (struct audience_wish){.audience = AUDIENCE_PLAN,
		.text = w->text,
		.cls = cls && !strcmp(cls, "service") ? CLASS_SERVICE : CLASS_MARKETING,
		.origin = "campaign",
		.channel = channel ? w->channel : NULL,
		.dry = true};
	loop_timer_init(&w->timer, rq->core->loop, on_timer, w);
	loop_timer_in(&w->timer, 0);
	rq->state = w;
	rq->state_free = gone;
	request_wait(rq, DEADLINE, gone);
}
