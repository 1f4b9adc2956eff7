#include "gateway/outreach/campaign.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/core/queue.h"
#include "gateway/outreach/campaign_inside.h"

#define IDLE      (5 * SECOND) /* between two looks at what waits to be sent */
#define SICK      SECOND
#define SWEEP     64
#define UNTIL_OUT (-1) /* pass_at: the round begins when what was written has left */

/* ---- reading ahead ---- */

enum job_kind { JOB_PAGE, JOB_JUDGE };
struct job {
	struct job *next;
	struct campaigns *all; /* NULL: nobody waits for it */
	enum job_kind kind;
	uint64_t campaign;
	int64_t pass;
	struct spec *spec;
	struct crowd crowd;
	struct walk_page page;
	struct campaign_row row;
	struct campaign_report report;
};

static struct active *
active_find(struct campaigns *all, uint64_t id)
{
	struct active *a = all->list;
	while (a && a->id != id)
		a = a->next;
	return a;
}

static void
job_free(struct job *job)
{
	for (struct job **p = job->all ? &job->all->jobs : NULL; p && *p; p = &(*p)->next)
		if (*p == job) {
			*p = job->next;
			break;
		}
	spec_free(job->spec);
	free(job);
}

static void
job_read(struct db *db, void *arg)
{
	struct job *job = arg;
	if (!db)
		return;
	if (job->kind == JOB_PAGE)
		walk_read(db, &job->page);
	else
		campaign_measure(db, &job->row, job->spec, &job->report);
}

/* The test is over: the better text for the rest, if there is one. */
static void
take_judgement(struct campaigns *all, struct job *job)
{
	struct core *core = all->core;
	struct campaign_row row;
	struct strbuf detail AUTO(strbuf_done) = STRBUF_SENTENCE;
	char name[SPEC_NAME];
	if (!campaign_load(core->db, job->campaign, &row, NULL) ||
		strcmp(row.state, "running") != 0 || row.pass_at != UNTIL_OUT)
		return;
	struct split_result r = campaign_judge(job->spec, &job->report, name);
	snprintf(row.winner, sizeof(row.winner), "%s", name);
	row.pass_at = core_now(core);
	row.ended = 0;
	campaign_save(core->db, &row, core_now(core));
	strbuf_printf(&detail, "%s: %s%s%s", row.name,
		*name ? "" : split_says_name(r.says), *name ? "the rest gets " : "",
		name);
	core_event(core, &(struct event){.name = "campaign.judged", .detail = detail.s});
	FAULT("campaign.judged");
}

static void
job_done(void *arg)
{
	struct job *job = arg;
	struct active *a = job->all ? active_find(job->all, job->campaign) : NULL;
	if (a) {
		a->reading = false;
		if (job->kind == JOB_JUDGE) {
			take_judgement(job->all, job);
		} else if (a->pass == job->pass) {
			memcpy(a->ids, job->page.ids, sizeof(a->ids));
			a->count = job->page.count;
			a->at = 0;
			a->from = job->page.after;
			a->last = a->count < WALK_PAGE;
			a->filled = true;
		}
		a->look_again = 0;
		campaigns_wake(job->all->core);
	}
	job_free(job);
}

static void
job_discard(void *arg)
{
	job_free(arg);
}

/* The spec is read again for it: the thread shares nothing with the loop. */
static void
submit(struct campaigns *all, struct active *a, const struct campaign_row *row,
	enum job_kind kind, enum walk_kind round)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(1 << 20);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct job *job = xcalloc(1, sizeof(*job));
	job->kind = kind;
	job->campaign = a->id;
	job->pass = row->pass;
	job->row = *row;
	job->crowd = a->crowd;
	struct campaign_row same;
	if (!campaign_load(all->core->db, a->id, &same, &text) ||
		campaign_read(all->core, text.s, "", &job->spec,
			&(struct crowd){.list = 0}, &err) < 0) {
		job_free(job);
		return;
	}
	job->page.crowd = &job->crowd;
	job->page.spec = job->spec;
	job->page.campaign = a->id;
	job->page.after = row->cursor;
	job->page.kind = round;
	job->page.now = core_now(all->core);
	job->all = all;
	job->next = all->jobs;
	all->jobs = job;
	if (reader_submit(all->core->reader, job_read, job_done, job_discard, job) < 0) {
		job_free(job);
		a->look_again = core_now(all->core) + SICK;
		return;
	}
	a->reading = true;
}

/* ---- what is under way ---- */

static void
active_drop(struct campaigns *all, uint64_t id)
{
	for (struct active **p = &all->list; *p; p = &(*p)->next) {
		struct active *a = *p;
		if (a->id != id)
			continue;
		*p = a->next;
		spec_free(a->spec);
		free(a);
		return;
	}
}

static struct active *
active_get(struct campaigns *all, uint64_t id)
{
	struct active *a = active_find(all, id);
	if (a)
		return a;
	a = xcalloc(1, sizeof(*a));
	a->id = id;
	a->pass = -1;
	a->next = all->list;
	all->list = a;
	return a;
}

/* What cannot go on waits for a person, and says why. */
static void
give_up(struct campaigns *all, struct campaign_row *row, const char *why)
{
	campaign_move(all->core, row, "paused", why);
	active_drop(all, row->id);
}

static bool
enter_pass(struct campaigns *all, struct active *a, struct campaign_row *row,
	const struct strbuf *text)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	enum walk_kind round;
	spec_free(a->spec);
	a->spec = NULL;
	a->pass = row->pass;
	a->filled = a->last = false;
	a->count = a->at = 0;
	int r = campaign_read(all->core, text->s, "", &a->spec, &a->crowd, &err);
	if (!r && walk_pass(a->spec, row->pass, &round) && round == WALK_STAGE) {
		spec_free(a->spec);
		a->spec = NULL;
		struct spec *peek;
		if (campaign_read(all->core, text->s, "", &peek, &a->crowd, &err) == 0) {
			r = campaign_read(all->core, text->s,
				peek->stages[row->pass].rule, &a->spec, &a->crowd, &err);
			spec_free(peek);
		}
	}
	if (!r)
		return true;
	a->pass = -1;
	give_up(all, row, err.s);
	return false;
}

/* ---- a tick ---- */

static void
next_pass(struct campaigns *all, struct active *a, struct campaign_row *row)
{
	int64_t now = core_now(all->core);
	enum walk_kind round;
	int64_t wait = row->pass < (int64_t)a->spec->stage_count
			       ? a->spec->stages[row->pass].wait
			       : 0;
	row->pass++;
	row->cursor = 0;
	row->pass_at = MAX(row->pass_at, row->started) + wait;
	if (walk_pass(a->spec, row->pass, &round) &&
		(round == WALK_REST || round == WALK_REMIND))
		row->pass_at = UNTIL_OUT;
	campaign_save(all->core->db, row, now);
	a->pass = -1;
}

static void
finish(struct campaigns *all, struct campaign_row *row)
{
	row->ended = core_now(all->core);
	campaign_move(all->core, row, "done", "");
	active_drop(all, row->id);
}

/* Everything written has left: the clock of the test, or of the reminder, begins. */
static void
after_the_last(struct campaigns *all, struct active *a, struct campaign_row *row,
	enum walk_kind round)
{
	int64_t now = core_now(all->core);
	int64_t wait = round == WALK_REST ? a->spec->winner.after : a->spec->remind_after;
	if (!campaign_empty(all->core->db, row->id)) {
		a->look_again = now + IDLE;
	} else if (row->ended && now >= row->ended + wait) {
		if (round == WALK_REST) {
			submit(all, a, row, JOB_JUDGE, round);
			return;
		}
		row->pass_at = now;
		row->ended = 0;
		campaign_save(all->core->db, row, now);
	} else if (!row->ended) {
		row->ended =
			now; /* for the time being: the last of this round has left */
		campaign_save(all->core->db, row, now);
	} else {
		a->look_again = row->ended + wait;
	}
}

/* Its own pace: so many people in a time, a minute's worth at once. */
static int
allowed(struct active *a, struct campaign_row *row, int64_t now, int want)
{
	const struct spec *s = a->spec;
	if (!s->throttle)
		return want;
	double per_ms = (double)s->throttle / (double)s->throttle_per;
	double most = MAX(1.0, per_ms * MINUTE);
	row->budget =
		row->budget_at
			? MIN(most, row->budget + per_ms * (double)(now - row->budget_at))
			: most;
	row->budget_at = now;
	if (row->budget < 1)
		a->look_again = now + (int64_t)((1 - row->budget) / per_ms) + 1;
	return MIN(want, (int)row->budget);
}

static void
take_some(struct campaigns *all, struct active *a, struct campaign_row *row,
	enum walk_kind round)
{
	struct core *core = all->core;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct audience_sums sums = {0};
	struct walk_step step = {core, row, a->spec, round, row->id, false, &sums, NULL};
	int n = allowed(a, row, core_now(core), audience_pace_begin(&a->pace));
	n = MIN(n, (int)(a->count - a->at));
	if (n < 1)
		return;
	row->budget -= a->spec->throttle ? n : 0;
	uint64_t before = row->cursor;
	db_savepoint(core->db);
	int r = walk_take(&step, a->ids + a->at, (size_t)n, &row->cursor, &err);
	FAULT("campaign.chunk");
	if (r < 0 && r != -ENODATA) { /* nobody of them has a message: nobody was met */
		db_savepoint_undo(core->db);
		row->cursor = before;
		a->look_again = core_now(core) + SICK;
		if (r != -EAGAIN)
			give_up(all, row, err.s);
		return;
	}
	db_savepoint_keep(core->db);
	campaign_save(core->db, row, core_now(core));
	audience_pace_end(&a->pace, n);
	a->at += (size_t)n;
	if (r < 0)
		give_up(all, row, err.s);
}

/* After a tick that was lost the row is behind the page. */
static void
align(struct active *a, const struct campaign_row *row)
{
	while (a->at > 0 && a->ids[a->at - 1] > row->cursor)
		a->at--;
	while (a->at < a->count && a->ids[a->at] <= row->cursor)
		a->at++;
	if (a->from > row->cursor)
		a->filled = false;
}

static void
go_on(struct campaigns *all, struct active *a, struct campaign_row *row,
	const struct strbuf *text)
{
	int64_t now = core_now(all->core);
	enum walk_kind round;
	if (a->reading || (a->look_again && now < a->look_again))
		return;
	a->look_again = 0;
	if (a->pass != row->pass && !enter_pass(all, a, row, text))
		return;
	if (!walk_pass(a->spec, row->pass, &round)) {
		if (campaign_empty(all->core->db, row->id))
			finish(all, row);
		else
			a->look_again = now + IDLE;
		return;
	}
	if (a->spec->expires &&
		now >= MAX(row->started, a->spec->at) + a->spec->expires) {
		row->pass = SPEC_STAGES + 8; /* what is left of it is too late */
		campaign_save(all->core->db, row, now);
		return;
	}
	if (row->pass_at == UNTIL_OUT) {
		after_the_last(all, a, row, round);
		return;
	}
	if (row->pass_at > now) {
		a->look_again = row->pass_at;
		return;
	}
	align(a, row);
	if (a->filled && a->at < a->count)
		take_some(all, a, row, round);
	else if (a->filled && a->last)
		next_pass(all, a, row);
	else
		submit(all, a, row, JOB_PAGE, round);
}

/* The reason of what is held is the gates' own: both may have come first. */
static void
sweep(struct campaigns *all, const struct campaign_row *row)
{
	struct core *core = all->core;
	uint64_t contacts[SWEEP];
	char key[80], reason[160];
	enum campaign_sweep what = !strcmp(row->state, "canceled") ? CAMPAIGN_CANCEL
				   : !strcmp(row->state, "paused") ? CAMPAIGN_HOLD
								   : CAMPAIGN_WAKE;
	campaign_get_sweep(core->db, row->id, key, sizeof(key));
	snprintf(reason, sizeof(reason),
		what == CAMPAIGN_CANCEL ? "campaign: %s was canceled"
		: what == CAMPAIGN_HOLD
			? "schedule: the campaign %s is paused by a person"
			: "campaign: %s goes on",
		row->name);
	int n = campaign_sweep(core->db, row->id, what, key, sizeof(key), reason,
		core_now(core), contacts, SWEEP);
	campaign_set_sweep(core->db, row->id, n ? key : NULL);
	FAULT("campaign.swept");
	for (int i = 0; i < n; i++)
		queue_settle(core->queue, contacts[i]);
	if (n && what == CAMPAIGN_WAKE)
		queue_alarm(core->queue);
	if (!n && what == CAMPAIGN_CANCEL && !row->ended)
		active_drop(all, row->id);
}

/* One chunk of one campaign; the next one's turn is the next tick's. */
static void
on_turn(void *arg)
{
	struct campaigns *all = arg;
	struct core *core = all->core;
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(1 << 20);
	struct campaign_row row;
	if (core->store_sick || core->draining || core->low_disk) {
		loop_timer_in(&all->timer, SICK);
		return;
	}
	if (queue_yields(core->queue, &all->yields)) {
		loop_timer_in(&all->timer, 1);
		return;
	}
	uint64_t id = campaign_next_live(core->db, all->turn);
	bool around = !id;
	if (around)
		id = campaign_next_live(core->db, 0);
	all->turn = id;
	if (!id || !campaign_load(core->db, id, &row, &text))
		return; /* whoever starts one wakes us */
	struct active *a = active_get(all, id);
	if (row.sweeping) {
		a->look_again = 0;
		sweep(all, &row);
	} else {
		go_on(all, a, &row, &text);
	}
	campaigns_wake(core);
}

/* A person did something: whatever it waited for, it looks now. */
void
campaigns_touch(struct core *core, uint64_t id)
{
	struct active *a = core->campaigns ? active_find(core->campaigns, id) : NULL;
	if (a)
		a->look_again = 0;
	campaigns_wake(core);
}

/* When any of them has something to do. */
void
campaigns_wake(struct core *core)
{
	struct campaigns *all = core->campaigns;
	if (!all)
		return;
	int64_t now = core_now(core), wait = INT64_MAX;
	uint64_t id = 0;
	while ((id = campaign_next_live(core->db, id))) {
		struct active *a = active_find(all, id);
		if (!a || !a->reading)
			wait = MIN(
				wait, a && a->look_again > now ? a->look_again - now : 1);
	}
	if (wait != INT64_MAX)
		loop_timer_in(&all->timer, MIN(wait, MINUTE));
}

/* ---- the gates ask ---- */

static bool
goal_reached(struct db *db, const struct spec *s, const struct campaign_row *row,
	uint64_t contact)
{
	return *s->goal &&
	       db_number(db, 0,
		       "SELECT 1 FROM shop_events WHERE contact = $1 AND name = "
		       "$2 AND at >= $3 LIMIT 1",
		       "uti", contact, s->goal, row->started) == 1;
}

static const struct spec *
asked_of(struct campaigns *all, const struct campaign_row *row)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(1 << 20);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct campaign_row same;
	if (all->asked.id == row->id && all->asked.updated == row->started &&
		all->asked.spec)
		return all->asked.spec;
	spec_free(all->asked.spec);
	all->asked.spec = NULL;
	all->asked.id = row->id;
	all->asked.updated = row->started;
	if (campaign_load(all->core->db, row->id, &same, &text) &&
		campaign_read(all->core, text.s, "", &all->asked.spec, &all->asked.crowd,
			&err) < 0)
		all->asked.spec = NULL;
	return all->asked.spec;
}

void
campaigns_wish(struct core *core, const struct message *m, struct handler_wish *ret)
{
	struct campaign_row row;
	unsigned long long id, contact;
	char colon;
	bool remind = m->key && sscanf(m->key, "c%llur:%llu", &id, &contact) == 2;
	if (!m->key || !core->campaigns || !m->origin ||
		strcmp(m->origin, "campaign") != 0)
		return;
	if (!remind && (sscanf(m->key, "c%llu%c%llu", &id, &colon, &contact) != 3 ||
			       colon != ':'))
		return;
	if (!campaign_load(core->db, id, &row, NULL))
		return;
	if (!strcmp(row.state, "paused"))
		snprintf(ret->held, sizeof(ret->held), "the campaign %s", row.name);
	if (!strcmp(row.state, "canceled"))
		snprintf(ret->over, sizeof(ret->over), "%.60s was canceled", row.name);
	if (m->state == MESSAGE_ACCEPTED || *ret->over || *ret->held)
		return; /* chosen in this very tick, or a moment ago */
	const struct spec *spec = asked_of(core->campaigns, &row);
	if (!spec)
		return;
	if (remind && goal_reached(core->db, spec, &row, m->contact))
		snprintf(ret->over, sizeof(ret->over), "%.40s: the goal is reached",
			row.name);
	else if (!crowd_has(core->db, &core->campaigns->asked.crowd, m->contact,
			 core_now(core)))
		snprintf(ret->over, sizeof(ret->over), "%.40s: no longer in its audience",
			row.name);
}

void
campaigns_audience_changed(struct core *core)
{
	struct campaigns *all = core->campaigns;
	if (!all)
		return;
	spec_free(all->asked.spec);
	all->asked.spec = NULL;
	all->asked.id = 0;
	for (struct active *a = all->list; a; a = a->next)
		a->pass = -1;
}

/* ---- life ---- */

void
campaigns_start(struct core *core)
{
	struct campaigns *all = xcalloc(1, sizeof(*all));
	all->core = core;
	loop_timer_init(&all->timer, core->loop, on_turn, all);
	core->campaigns = all;
	loop_timer_in(&all->timer, 0);
}

void
campaigns_stop(struct core *core)
{
	struct campaigns *all = core->campaigns;
	if (!all)
		return;
	planning_stop(all);
	loop_timer_stop(&all->timer);
	for (struct job *j = all->jobs; j; j = j->next)
		j->all = NULL;
	while (all->list)
		active_drop(all, all->list->id);
	spec_free(all->asked.spec);
	free(all);
	core->campaigns = NULL;
}
