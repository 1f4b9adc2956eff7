/* What a campaign would do: the same walk with nothing written but the list of whom each
 * chunk means. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/outreach/campaign_inside.h"

#define PLAN_AUDIENCE 2 /* its own number in `audience`: one at a time */

struct planning {
	struct core *core;
	struct loop_timer timer;
	struct campaign_row row;
	struct spec *spec;
	struct crowd crowd;
	struct walk_page *page; /* the reader's while `reading` */
	size_t at;
	uint64_t cursor;
	bool reading, filled, over;
	struct audience_pace pace;
	struct campaign_plan plan;
	void (*done)(void *arg, const struct campaign_plan *plan, const char *trouble);
	void *arg;
};

static void
planning_free(struct planning *p)
{
	loop_timer_stop(&p->timer);
	if (p->core && p->core->campaigns)
		p->core->campaigns->planning = NULL;
	spec_free(p->spec);
	free(p->page);
	free(p);
}

static void
tell(struct planning *p, const char *trouble)
{
	if (p->done)
		p->done(p->arg, trouble ? NULL : &p->plan, trouble);
	p->done = NULL;
}

static void
read_page(struct db *db, void *arg)
{
	struct planning *p = arg;
	if (db)
		walk_read(db, p->page);
}

static void
on_page(void *arg)
{
	struct planning *p = arg;
	p->reading = false;
	p->filled = true;
	p->at = 0;
	if (p->over || !p->done)
		planning_free(p);
	else
		loop_timer_in(&p->timer, 0);
}

static void
discard(void *arg)
{
	planning_free(arg);
}

static void
ask_page(struct planning *p)
{
	struct walk_page *page = p->page;
	page->crowd = &p->crowd;
	page->spec = p->spec;
	page->campaign = p->row.id;
	page->after = p->cursor;
	page->kind = WALK_ALL;
	page->now = core_now(p->core);
	p->reading = true;
	if (reader_submit(p->core->reader, read_page, on_page, discard, p) < 0) {
		p->reading = false;
		loop_timer_in(&p->timer, SECOND);
	}
}

static void
finish(struct planning *p)
{
	struct walk_step step = {p->core, &p->row, p->spec, WALK_ALL, PLAN_AUDIENCE, true,
		&p->plan.sums, NULL};
	p->plan.wish = walk_wish(&step);
	p->plan.finish = audience_finish(p->core, &p->plan.wish, &p->plan.sums);
	codes_count(p->core, &p->plan);
	tell(p, NULL);
}

static int
take_some(struct planning *p, struct strbuf *err)
{
	struct walk_step step = {p->core, &p->row, p->spec, WALK_ALL, PLAN_AUDIENCE, true,
		&p->plan.sums, &p->plan};
	int n = MIN(audience_pace_begin(&p->pace), (int)(p->page->count - p->at));
	int r = walk_take(&step, p->page->ids + p->at, (size_t)n, &p->cursor, err);
	audience_pace_end(&p->pace, n);
	p->at += (size_t)n;
	p->plan.looked_at += n;
	p->cursor = p->page->ids[p->at - 1];
	return r;
}

static void
on_timer(void *arg)
{
	struct planning *p = arg;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	int r = 0;
	if (p->core->store_sick || p->core->draining)
		tell(p, "the gateway is stopping, or its store cannot be written");
	else if (p->done && p->filled && p->at < p->page->count)
		r = take_some(p, &err);
	else if (p->done && p->filled && p->page->count < WALK_PAGE)
		finish(p);
	else if (p->done) {
		ask_page(p);
		return;
	}
	if (r < 0)
		tell(p, err.s);
	if (!p->done)
		planning_free(p);
	else
		loop_timer_in(&p->timer, 0);
}

int
campaign_plan(struct core *core, const char *name,
	void (*done)(void *arg, const struct campaign_plan *plan, const char *trouble),
	void *arg, struct strbuf *err)
{
	struct campaigns *all = core->campaigns;
	if (!all || all->planning) {
		strbuf_set(
			err, "another campaign is being planned; try again in a moment");
		return -EBUSY;
	}
	struct planning *p = xcalloc(1, sizeof(*p));
	int r = campaign_open(core, name, &p->row, &p->spec, &p->crowd, err);
	if (r < 0) {
		free(p);
		return r;
	}
	p->core = core;
	p->page = xcalloc(1, sizeof(*p->page));
	p->done = done;
	p->arg = arg;
	all->planning = p;
	while (audience_clear(core->db, PLAN_AUDIENCE, WALK_PAGE) > 0)
		; /* of a life that ended in the middle: one chunk */
	loop_timer_init(&p->timer, core->loop, on_timer, p);
	loop_timer_in(&p->timer, 0);
	return 0;
}

void
campaign_plan_forget(struct core *core, void *arg)
{
	struct planning *p = core->campaigns ? core->campaigns->planning : NULL;
	if (p && p->arg == arg)
		p->done = NULL;
}

void
planning_stop(struct campaigns *all)
{
	struct planning *p = all->planning;
	if (!p)
		return;
	tell(p, "the gateway is stopping");
	all->planning = NULL;
	loop_timer_stop(&p->timer);
	p->over = true;
	p->core = NULL;
	if (!p->reading)
		planning_free(p);
}
