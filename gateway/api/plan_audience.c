/* A plan for all contacts with a tag: the walk of core/audience.h with nothing written.
 * The reader thread finds the people and what is known of them, page after page; what is
 * judged here fits into a tick. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/resources.h"
#include "gateway/base/iso.h"
#include "gateway/core/audience.h"
#include "gateway/net/jsonw.h"
#include "gateway/store/reader.h"

#define DEADLINE (5 * MINUTE)
#define BUSY     50 /* ms until the reader is asked again */
#define FIRST    32 /* people of the first page */

struct walk {
	struct request *rq; /* NULL: nobody waits any more */
	struct core *core;
	struct loop_timer timer;
	struct audience_wish wish;
	struct audience_sums sums;
	struct audience_pace pace;
	struct audience_chunk page; /* the reader's while `reading` */
	uint64_t cursor;
	int64_t since, at; /* `at`: another moment is asked about, 0 none */
	size_t max;
	bool reading, failed;
	char *text, tag[80], channel[64];
};

static struct walk *running; /* one at a time is enough for a machine */

static void
walk_free(void *arg)
{
	struct walk *w = arg;
	loop_timer_stop(&w->timer);
	audience_chunk_done(&w->page);
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
	if (!w->reading)
		walk_free(w);
}

/* Another moment is looked at by another clock, as core/plan.c does it. */
static const struct clock *
clock_of(struct walk *w, struct clock_sim *then)
{
	const struct clock *real = w->core->clock;
	if (w->at) {
		clock_sim_init(then, w->at);
		w->core->clock = &then->clock;
	}
	return real;
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
	struct clock_sim then;
	const struct clock *real = clock_of(walk, &then);
	int64_t finish = audience_finish(walk->core, &walk->wish, s);
	walk->core->clock = real;
	jsonw_time(&w, "finish", finish);
	write_reasons(&w, s);
	jsonw_close(&w, '}');
	request_reply(take_request(walk), 200, &body);
}

static void ask(struct walk *w);

static void
read_page(struct db *db, void *arg)
{
	struct walk *w = arg;
	w->failed = !db;
	if (db)
		audience_read_tagged(db, w->tag, w->cursor, w->since, w->max, &w->page);
}

static int
judge(struct walk *w, struct strbuf *err)
{
	struct clock_sim then;
	const struct clock *real = clock_of(w, &then);
	int n = audience_judge(w->core, &w->wish, &w->page, &w->sums, err);
	w->core->clock = real;
	return n;
}

static void
on_page(void *arg)
{
	struct walk *w = arg;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	bool stopping = w->core->store_sick || w->core->draining;
	w->reading = false;
	if (w->rq && (stopping || w->failed)) {
		request_problem(take_request(w), 503,
			"the gateway is stopping, or its store cannot be %s",
			w->failed ? "read" : "written");
	} else if (w->rq) {
		audience_pace_begin(&w->pace);
		int n = judge(w, &err);
		audience_pace_end(&w->pace, n);
		if (n < 0)
			request_problem(
				take_request(w), n == -EAGAIN ? 503 : 422, "%s", err.s);
		else if ((size_t)n < w->max)
			reply(w);
		else
			w->cursor = w->page.rows[n - 1].contact.id;
	}
	if (w->rq)
		ask(w);
	else
		walk_free(w);
}

static void
on_timer(void *arg)
{
	ask(arg);
}

static void
ask(struct walk *w)
{
	w->max = w->pace.size ? (size_t)w->pace.size : FIRST;
	struct clock_sim then;
	const struct clock *real = clock_of(w, &then);
	w->since = audience_charges_since(w->core);
	w->core->clock = real;
	w->reading =
		reader_submit(w->core->reader, read_page, on_page, walk_free, w) == 0;
	if (!w->reading)
		loop_timer_in(&w->timer, BUSY);
}

void
plan_audience(struct request *rq, const struct plan_for_tag *of)
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
	w->text = xstrdup(of->text);
	snprintf(w->tag, sizeof(w->tag), "%s", of->tag);
	snprintf(w->channel, sizeof(w->channel), "%s", of->channel ? of->channel : "");
	w->wish = (struct audience_wish){.text = w->text,
		.cls = of->class_name && !strcmp(of->class_name, "service")
			       ? CLASS_SERVICE
			       : CLASS_MARKETING,
		.origin = "campaign",
		.channel = of->channel ? w->channel : NULL,
		.dry = true};
	loop_timer_init(&w->timer, rq->core->loop, on_timer, w);
	w->at = of->at;
	rq->state = w;
	rq->state_free = gone;
	request_wait(rq, DEADLINE, gone);
	ask(w);
}
