/* Runs: one event, one step, its effects, one row; all in the transaction of the event.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "dialogs/route.h"
#include "dialogs/rules.h"
#include "dialogs/shell_live.h"

#define FOLLOW_UPS 64 /* events that one event may bring about at once */

static const char *const state_names[] = {
	[RUN_NEW] = "new",
	[RUN_REPLY] = "reply",
	[RUN_PAUSE] = "pause",
	[RUN_LOOKUP] = "lookup",
	[RUN_TICKET] = "ticket",
	[RUN_SENDING] = "sending",
	[RUN_ENDED] = "ended",
};

/* ---- life of a row ---- */

static void
begin(struct live *l, struct dialogs *d, uint64_t contact)
{
	*l = (struct live){.d = d};
	world_init(&l->world, d, contact);
	l->phone = l->world.phone;
}

static void
finish(struct live *l)
{
	run_done(&l->run);
	run_row_done(&l->row);
	world_done(&l->world);
}

static bool
load(struct live *l, struct dialogs *d, uint64_t id)
{
	struct run_row row;
	if (!id || !run_load(d->db, id, &row))
		return false;
	begin(l, d, row.contact);
	l->row = row;
	if (run_decode(row.data, &l->run) == 0)
		return true;
	finish(l);
	shell_set_aside(d, id);
	return false;
}

void
live_store(struct live *l)
{
	struct strbuf data = STRBUF_INIT(1 << 20);
	const struct run_frame *outer = &l->run.frames[0], *top = run_top(&l->run);
	bool over = l->run.state == RUN_ENDED;
	if (!over)
		run_encode(&l->run, &data);
	free(l->row.data);
	l->row.data = xstrdup(data.s);
	snprintf(l->row.hash, sizeof(l->row.hash), "%s", outer->hash);
	snprintf(l->row.step, sizeof(l->row.step), "%s", top->step);
	snprintf(l->row.state, sizeof(l->row.state), "%s", state_names[l->run.state]);
	snprintf(l->row.outcome, sizeof(l->row.outcome), "%s", l->run.outcome);
	l->row.updated = dialogs_now(l->d);
	run_save(l->d->db, &l->row);
	strbuf_done(&data);
}

/* ---- one event ---- */

static bool
step_once(struct live *l, const struct step_event *event)
{
	struct step_result result;
	struct step_env env = world_env(&l->world);
	l->following = false;
	l->world.run = l->row.id;
	l->world.script = run_top(&l->run)->script;
	l->world.step = run_top(&l->run)->step;
	step(shelf_scripts(l->d->shelf), &l->run, event, &env, &result);
	FAULT("dialogs.stepped");
	for (const struct effect *f = result.first; f; f = f->next)
		live_apply(l, f);
	arena_done(&result.arena);
	return result.taken;
}

/* A machine on the other end: the conversation is over, and what policy.loop says
 * follows. Without a time the bot is silent for as long as the ticket is open. */
static void
cut_off(struct live *l)
{
	const struct policy *policy = l->d->rules->config->policy;
	l->looping = false;
	step_once(l, &(struct step_event){.kind = EVENT_LEAVE, .name = "loop"});
	dialogs_note(l->d, "dialog.loop", l->row.contact, l->row.script);
	if (policy->loop_mute)
		dialogs_mute(l->d, l->row.contact, dialogs_now(l->d) + policy->loop_mute);
	if (!policy->loop_ticket)
		return;
	dialogs_ticket(l->d,
		&(struct thread){.contact = l->row.contact,
			.message = l->row.heard,
			.topic = "loop",
			.mute = !policy->loop_mute,
			.note = policy->loop_mute
					? "too many automatic texts in a row: is a "
					  "machine "
					  "answering? The bot is silent for a while."
					: "too many automatic texts in a row: is a "
					  "machine "
					  "answering? The bot is silent until this is "
					  "closed."});
}

/* True when the event had a meaning for the run. */
static bool
drive(struct live *l, const struct step_event *event)
{
	bool taken = step_once(l, event);
	for (int i = 0; l->following && !l->looping && i < FOLLOW_UPS; i++)
		step_once(
			l, &(struct step_event){.kind = l->next, .visit = l->run.visit});
	if (l->looping)
		cut_off(l);
	live_store(l);
	FAULT("dialogs.stored");
	return taken;
}

/* ---- inbound ---- */

static void leave(struct dialogs *d, uint64_t run, const char *outcome);

uint64_t
shell_start(struct dialogs *d, const struct beginning *b)
{
	struct live l;
	begin(&l, d, b->contact);
	l.row = (struct run_row){.id = b->run ? b->run : dialogs_id(d),
		.contact = b->contact,
		.entry = b->entry,
		.heard = b->heard,
		.state = "new",
		.started = dialogs_now(d)};
	snprintf(l.row.script, sizeof(l.row.script), "%s", b->script->id);
	snprintf(l.row.hash, sizeof(l.row.hash), "%s", b->script->hash);
	run_init(&l.run, l.row.id);
	run_insert(d->db, &l.row); /* before its timers, which name it */
	dialogs_note(d, "dialog.started", b->contact, b->script->id);
	drive(&l, &(struct step_event){.kind = EVENT_START,
			  .script = b->script,
			  .text = b->text,
			  .rows = b->row,
			  .row_count = b->row != NULL});
	uint64_t run = l.row.id;
	finish(&l);
	return run;
}

static void
start(struct dialogs *d, const struct script *script, const struct heard *in)
{
	if (script->is_journey)
		journeys_keyword(d, script, in);
	else
		shell_start(d, &(struct beginning){.script = script,
				       .contact = in->contact,
				       .heard = in->message,
				       .text = in->text});
}

void
shell_happened(struct dialogs *d, uint64_t run, const struct step_event *event)
{
	struct live l;
	if (!load(&l, d, run))
		return;
	drive(&l, event);
	finish(&l);
}

void
shell_leave(struct dialogs *d, uint64_t run, const char *outcome)
{
	leave(d, run, outcome);
}

static void
leave(struct dialogs *d, uint64_t run, const char *outcome)
{
	struct live l;
	if (!load(&l, d, run))
		return;
	drive(&l, &(struct step_event){.kind = EVENT_LEAVE, .name = outcome});
	finish(&l);
}

static void
answer(struct live *l, const struct heard *in, bool fits)
{
	l->row.heard = in->message;
	if (fits)
		l->row.advanced = in->at;
	drive(l, &(struct step_event){.kind = EVENT_TEXT, .text = in->text});
}

/* When a conversation with a person or with us was last over. */
static int64_t
last_close(struct dialogs *d, uint64_t contact)
{
	int64_t closed = 0;
	dialogs_ticket_fact(d, contact, "closed", &closed);
	return MAX(closed, run_last_end(d->db, contact));
}

static struct route
route(struct dialogs *d, struct live *l, bool running, const struct heard *in)
{
	struct step_env env = world_env(&l->world);
	struct route_facts facts = {.set = shelf_scripts(d->shelf),
		.run = running ? &l->run : NULL,
		.env = &env,
		.policy = d->rules->config->policy,
		.pack = l->world.pack,
		.channel = in->channel,
		.closed_at = last_close(d, in->contact)};
	return route_text(&facts, in->text);
}

static void
by_keyword(struct dialogs *d, struct live *l, bool running, const struct script *script,
	const struct heard *in)
{
	if (running)
		leave(d, l->row.id, "interrupted");
	/* Somebody who opted out and sees a poster: this is how one comes back. */
	if (script_opts_in(script) && dialogs_is_stopped(d, in->contact))
		dialogs_unblock(d, in);
	start(d, script, in);
}

bool
shell_text(struct dialogs *d, const struct heard *in)
{
	struct live l;
	bool running = load(&l, d, run_talking(d->db, in->contact)), taken = true;
	if (!running)
		begin(&l, d, in->contact);
	struct route r = route(d, &l, running, in);
	switch (r.kind) {
	case ROUTE_ANSWER:
	case ROUTE_OTHER: answer(&l, in, r.kind == ROUTE_ANSWER); break;
	case ROUTE_KEYWORD: by_keyword(d, &l, running, r.script, in); break;
	case ROUTE_COURTESY: dialogs_note(d, "dialog.courtesy", in->contact, NULL); break;
	case ROUTE_MUTED: /* handler_talking() was there first */
	case ROUTE_CATCHALL: taken = false; break;
	}
	finish(&l);
	return taken;
}

bool
shell_came_back(struct dialogs *d, const struct heard *in)
{
	const struct script *join = route_opt_in(shelf_scripts(d->shelf));
	uint64_t running = join ? run_talking(d->db, in->contact) : 0;
	if (running)
		leave(d, running, "interrupted");
	if (join)
		start(d, join, in);
	return join != NULL;
}

int
shell_asks(struct dialogs *d, const struct heard *in)
{
	struct live l;
	if (!load(&l, d, run_talking(d->db, in->contact)))
		return 0;
	struct step_env env = world_env(&l.world);
	int asks = l.run.state == RUN_REPLY;
	if (step_fits(shelf_scripts(d->shelf), &l.run, in->text, &env))
		asks = 2;
	finish(&l);
	return asks;
}

/* ---- everything else ---- */

/* A dialog in progress ends, and whatever advertises; service goes on, and so does what
 * staff have, unless everything was refused. */
static bool
outlives_stop(const struct dialogs *d, uint64_t run)
{
	struct run_row row;
	if (!run_load(d->db, run, &row))
		return true;
	const struct script *s =
		script_find(shelf_scripts(d->shelf), row.script, row.hash);
	bool service = s && s->is_journey && s->cls == CLASS_SERVICE;
	bool lives = service || !strcmp(row.state, state_names[RUN_TICKET]);
	run_row_done(&row);
	return lives;
}

void
shell_stopped(struct dialogs *d, uint64_t contact, bool all)
{
	uint64_t ids[64];
	size_t n = runs_of(d->db, contact, ids, ARRAY_LEN(ids));
	for (size_t i = 0; i < n; i++)
		if (all || !outlives_stop(d, ids[i]))
			leave(d, ids[i], "stopped");
}

void
shell_timer(struct dialogs *d, const struct timer_row *timer)
{
	struct live l;
	if (!load(&l, d, timer->run))
		return;
	if (l.row.entry && journeys_paused(d, l.row.entry)) {
		timer_insert(d->db, timer); /* the one that rang is gone */
		timer_park(d->db, timer->id);
		finish(&l);
		return;
	}
	drive(&l, &(struct step_event){.kind = EVENT_TIMER,
			  .timer = (enum timer_kind)timer->kind,
			  .visit = timer->visit});
	finish(&l);
}

/* What it was told, as an event. A ticket closed quietly (spam, a wrong number) ends the
 * conversation: nobody is asked how it was. */
static struct step_event
told_event(const struct live *l)
{
	static const struct {
		const char *told;
		struct step_event event;
	} known[] = {{"sent", {.kind = EVENT_SENT}}, {"dropped", {.kind = EVENT_DROPPED}},
		{"closed", {.kind = EVENT_CLOSED}},
		{"quiet", {.kind = EVENT_LEAVE, .name = "closed"}},
		{"unclaimed", {.kind = EVENT_TIMER, .timer = TIMER_UNCLAIMED}}};
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		struct step_event event = known[i].event;
		event.visit = l->run.visit;
		if (!strcmp(l->row.told, known[i].told))
			return event;
	}
	return (struct step_event){.kind = EVENT_SUPPRESSED};
}

void
shell_told(struct dialogs *d, uint64_t run)
{
	struct live l;
	if (!load(&l, d, run))
		return;
	struct step_event event = told_event(&l);
	*l.row.told = '\0';
	drive(&l, &event);
	finish(&l);
}

void
shell_looked_up(struct dialogs *d, uint64_t run, const struct step_event *event)
{
	struct live l;
	if (!load(&l, d, run))
		return;
	drive(&l, event);
	finish(&l);
}

void
shell_reviewed(struct dialogs *d, uint64_t run)
{
	struct live l;
	if (!load(&l, d, run))
		return;
	drive(&l, &(struct step_event){.kind = EVENT_RELOADED});
	finish(&l);
}

void
shell_set_aside(struct dialogs *d, uint64_t run)
{
	struct run_row row;
	if (!run_load(d->db, run, &row))
		return;
	snprintf(row.state, sizeof(row.state), "%s", state_names[RUN_ENDED]);
	snprintf(row.outcome, sizeof(row.outcome), "set-aside");
	row.awaits = 0;
	*row.told = '\0';
	row.updated = dialogs_now(d);
	run_save(d->db, &row); /* its data stay, for whoever looks for the cause */
	timers_forget(d->db, run);
	if (row.entry)
		journeys_ended(d, row.entry, row.outcome);
	struct strbuf why = STRBUF_SENTENCE;
	strbuf_printf(&why, "%s: a conversation could not be carried on and was ended",
		row.script);
	dialogs_note(d, "dialog.set_aside", row.contact, why.s);
	dialogs_ticket(d, &(struct thread){.contact = row.contact, .note = why.s});
	strbuf_done(&why);
	run_row_done(&row);
}
