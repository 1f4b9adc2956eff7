/* The life of a channel: what its driver tells. */
#include "gateway/core/channel_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/base/fault.h"
#include "gateway/base/log.h"
#include "gateway/core/dispatch.h"
#include "gateway/core/inbox.h"
#include "gateway/core/journal.h"
#include "gateway/core/late.h"
#include "gateway/core/queue.h"
#include "gateway/core/router.h"
#include "gateway/core/special.h"

#define REST_FIRST     (5 * SECOND)
#define REST_LAST      (5 * MINUTE)
#define BREAK_FIRST    (5 * SECOND)
#define BREAK_LAST     (10 * MINUTE)
#define UNKNOWN_SPAN   (10 * MINUTE) /* three unknown outcomes within open the breaker */
#define SIM_MR_TRUSTED 8
#define ADOPT_LIMIT    20
/* Messages between two parts, beside those in flight. */
#define WORKS_MORE (16 + CLASS_COUNT)

static const char *const state_names[] = {
	[CHANNEL_STARTING] = "starting",
	[CHANNEL_READY] = "ready",
	[CHANNEL_RESTING] = "resting",
	[CHANNEL_BROKEN] = "broken",
	[CHANNEL_DOWN] = "down",
	[CHANNEL_BLOCKED] = "blocked",
};

const char *
channel_state_name(enum channel_state state)
{
	return state_names[state];
}

const char *
channel_sim(const struct channel *ch)
{
	if (*ch->row.imsi)
		return ch->row.imsi;
	return *ch->row.iccid ? ch->row.iccid : ch->row.name;
}

const char *
channel_name(const struct channel *ch)
{
	return ch->row.name;
}

struct channel *
channel_find(struct core *core, const char *name)
{
	for (size_t i = 0; i < core->channel_count; i++)
		if (!strcmp(core->channels[i]->row.name, name))
			return core->channels[i];
	return NULL;
}

struct channel *
channel_by_id(struct core *core, uint64_t id)
{
	for (size_t i = 0; i < core->channel_count; i++)
		if (core->channels[i]->row.id == id)
			return core->channels[i];
	return NULL;
}

static void
announce(struct channel *ch, const char *name, const char *detail)
{
	core_event(ch->core, &(struct event){name, 0, 0, ch->row.id, detail});
}

void
channel_set_state(struct channel *ch, enum channel_state state, const char *why)
{
	bool changed = ch->state != state || strcmp(ch->why.s, why) != 0;
	if (state == CHANNEL_READY || ch->state == CHANNEL_READY)
		ch->state_since = clock_mono(ch->core->clock);
	ch->state = state;
	strbuf_set(&ch->why, "%s", why);
	if (!changed)
		return;
	char name[32];
	snprintf(name, sizeof(name), "channel.%s", state_names[state]);
	announce(ch, name, why);
	upkeep_state(ch);
	if (state == CHANNEL_READY)
		dispatch_wanted(ch->core);
	else {
		journal_set_aside(ch);
		router_wake(ch->core);
	}
}

/* ---- resting and the breaker ---- */

static void
on_pace(void *arg)
{
	struct channel *ch = arg;
	dispatch_wanted(ch->core);
}

static void
on_rested(void *arg)
{
	struct channel *ch = arg;
	if (ch->state == CHANNEL_RESTING)
		channel_set_state(ch, CHANNEL_READY, "");
	else if (ch->state == CHANNEL_BROKEN && ch->config->ops->reset)
		channel_restart(ch); /* its channel_ready() is the self-test */
	else if (ch->state == CHANNEL_BROKEN)
		channel_set_state(ch, CHANNEL_READY, "");
}

void
channel_rest(struct channel *ch, int64_t ms, const char *why)
{
	int64_t wait = ms;
	if (!wait)
		wait = MIN(REST_FIRST << MIN(ch->rests, 10), REST_LAST);
	ch->rests++;
	ch->rest_until = core_now(ch->core) + wait;
	channel_set_state(ch, CHANNEL_RESTING, why);
	loop_timer_in(&ch->rest, wait);
}

void
channel_doubted(struct channel *ch)
{
	int64_t now = core_now(ch->core);
	ch->unknown_row++;
	memmove(&ch->unknown_at[1], &ch->unknown_at[0], 2 * sizeof(ch->unknown_at[0]));
	ch->unknown_at[0] = now;
	bool often = ch->unknown_at[2] && now - ch->unknown_at[2] <= UNKNOWN_SPAN;
	if (ch->unknown_row < 2 && !often)
		return;
	int64_t wait = MIN(BREAK_FIRST << MIN(ch->breaks, 10), BREAK_LAST);
	ch->breaks++;
	memset(ch->unknown_at, 0, sizeof(ch->unknown_at));
	ch->unknown_row = 0;
	ch->rest_until = now + wait;
	ch->broken_until = clock_mono(ch->core->clock) + wait;
	channel_set_state(ch, CHANNEL_BROKEN,
		"too many sends ended without an answer; the device is restarted and "
		"tested");
	loop_timer_in(&ch->rest, wait);
}

/* ---- the driver's calls: life ---- */

static void
copy_known(char *to, size_t size, const char *from)
{
	if (*from)
		snprintf(to, size, "%s", from);
}

/* The number customers know, and the one they knew before: posters still show that. */
static void
note_number(struct channel *ch, const char *now, bool other_sim)
{
	struct db *db = ch->core->db;
	char known[32];
	channel_note_get(db, ch->row.id, "number", known, sizeof(known));
	if (*known && ((*now && strcmp(now, known) != 0) || (!*now && other_sim)))
		channel_note_set(db, ch->row.id, "number.before", known);
	if ((*now && strcmp(now, known) != 0) || other_sim)
		channel_note_set(db, ch->row.id, "number", now);
}

/* Another SIM counts anew, keeps other texts, and pinned messages do not follow to it. */
void
channel_identify(struct channel *ch, const struct channel_identity *who)
{
	struct channel_row *row = &ch->row;
	bool other_sim =
		(*who->imsi && *row->imsi && strcmp(who->imsi, row->imsi) != 0) ||
		(*who->iccid && *row->iccid && strcmp(who->iccid, row->iccid) != 0);
	bool other_modem = *who->imei && *row->imei && strcmp(who->imei, row->imei) != 0;
	ch->who = *who;
	ch->identified = true;
	if (other_sim || other_modem) {
		row->counting = 0;
		row->last_mr = -1;
		row->imsi[0] = row->iccid[0] = '\0';
	}
	if (other_modem)
		announce(ch, "channel.modem_changed",
			"another modem than last time is in this channel");
	note_number(ch, who->own_number, other_sim);
	if (other_sim) {
		row->adopted = false;
		row->first_seen = 0; /* its warm-up begins anew */
		announce(ch, "channel.sim_changed",
			"another SIM than last time is in the modem");
	}
	copy_known(row->imei, sizeof(row->imei), who->imei);
	copy_known(row->imsi, sizeof(row->imsi), who->imsi);
	copy_known(row->iccid, sizeof(row->iccid), who->iccid);
	if (!row->first_seen)
		row->first_seen = core_now(ch->core);
	ch->row_dirty = true;
}

/* Cheap modems share one IMEI by the hundred, so the SIM decides where it is known. */
bool
channel_taken(struct channel *ch, const struct channel_identity *who, struct strbuf *err)
{
	for (size_t i = 0; i < ch->core->channel_count; i++) {
		const struct channel *other = ch->core->channels[i];
		const struct channel_identity *its = &other->who;
		bool here = other != ch && other->identified && other->driver &&
			    other->state != CHANNEL_DOWN &&
			    other->state != CHANNEL_BLOCKED;
		bool same = *who->iccid && *its->iccid
				    ? !strcmp(who->iccid, its->iccid)
				    : *who->imei && !strcmp(who->imei, its->imei);
		if (!here || !same)
			continue;
		strbuf_set(err,
			"this is the modem the channel '%s' is using already (IMEI %s)",
			other->row.name, *who->imei ? who->imei : "unknown");
		return true;
	}
	return false;
}

static void
release_tokens(struct channel *ch)
{
	for (size_t i = 0; i < ch->held_count; i++)
		ch->config->ops->committed(ch->driver, ch->held_tokens[i]);
	ch->held_count = 0;
}

void
channel_adopt(struct core *core, struct channel *ch)
{
	(void)core;
	ch->row.adopted = true;
	ch->row_dirty = true;
	announce(ch, "channel.adopted", "texts found on the SIM are deleted once stored");
	release_tokens(ch);
}

void
channel_ready(struct channel *ch)
{
	if (!ch->row.adopted && ch->drained <= ADOPT_LIMIT)
		channel_adopt(ch->core, ch);
	else if (!ch->row.adopted)
		announce(ch, "channel.not_adopted",
			"many texts lie on this SIM: they are stored but not deleted "
			"until "
			"'malgil channels adopt' says this SIM is the shop's");
	if (ch->state == CHANNEL_BROKEN && clock_mono(ch->core->clock) < ch->broken_until)
		return; /* the timer asks for the self-test again when the pause is over
			 */
	loop_timer_stop(&ch->rest);
	loop_timer_stop(&ch->pace);
	ch->result_ns = 0;
	channel_set_state(ch, CHANNEL_READY, "");
	dispatch_wanted(ch->core);
}

void
channel_down(struct channel *ch, bool blocked, const char *why)
{
	ch->drained = 0;
	ch->held_count = 0;
	ch->result_ns = 0;
	if (ch->state != CHANNEL_BROKEN || blocked)
		channel_set_state(ch, blocked ? CHANNEL_BLOCKED : CHANNEL_DOWN, why);
}

void
channel_facts(struct channel *ch, const struct channel_facts *facts)
{
	ch->facts = *facts;
}

void
channel_heard(struct channel *ch)
{
	ch->heard = core_now(ch->core);
}

void
channel_called(struct channel *ch, const char *number)
{
	special_call(ch->core, ch->row.id, number);
}

void
channel_notice(struct channel *ch, const char *event, const char *sentence)
{
	announce(ch, event, sentence);
	upkeep_notice(ch, event, sentence);
}

/* EF_SMSS is believed once it has agreed with +CMGS through enough sends. Then, with one
 * doubt open: still at the last confirmed reference, the doubtful one was never
 * submitted. */
void
channel_sim_reference(struct channel *ch, int mr)
{
	struct core *core = ch->core;
	if (ch->sends_since_read) {
		bool agrees = mr == ch->row.last_mr;
		ch->sim_mr_follows =
			agrees ? ch->sim_mr_follows + ch->sends_since_read : 0;
		ch->sends_since_read = 0;
	}
	ch->sim_mr = mr;
	uint64_t doubt = journal_open_doubt(ch);
	if (doubt && ch->sim_mr_follows >= SIM_MR_TRUSTED && mr == ch->row.last_mr)
		journal_never_left(core, doubt, "sim-reference");
}

void
channel_recall(struct channel *ch, const char *key, char *ret, size_t size)
{
	channel_note_get(ch->core->db, ch->row.id, key, ret, size);
}

struct remembered {
	void (*then)(void *arg);
	void *arg;
	struct channel *ch;
};

static void
on_remembered(void *arg, bool committed)
{
	struct remembered *r = arg;
	if (committed && r->ch->driver)
		r->then(r->arg);
	free(r);
}

void
channel_remember(struct channel *ch, const char *key, const char *value,
	void (*then)(void *arg), void *arg)
{
	channel_note_set(ch->core->db, ch->row.id, key, value);
	if (!then)
		return;
	struct remembered *r = xcalloc(1, sizeof(*r));
	*r = (struct remembered){then, arg, ch};
	loop_after_commit(ch->core->loop, on_remembered, r);
}

/* ---- the driver's calls: sends ---- */

static struct work *
work_of(struct channel *ch, uint64_t attempt)
{
	for (size_t i = 0; i < ch->work_count; i++)
		if (ch->works[i].used && ch->works[i].attempt == attempt)
			return &ch->works[i];
	return NULL;
}

void
channel_hurry(struct channel *ch, uint64_t attempt)
{
	if (ch->driver && ch->config->ops->hurry && work_of(ch, attempt))
		ch->config->ops->hurry(ch->driver, attempt);
}

void
channel_outcome(struct channel *ch, uint64_t attempt, const struct outcome *o)
{
	struct core *core = ch->core;
	if (ch->busy)
		ch->busy--;
	if (o->what != SEND_UNKNOWN)
		channel_heard(ch);
	core_keep_result(core, attempt, o);
	if (core->store_sick)
		return;
	struct work *w = work_of(ch, attempt);
	if (!w) {
		/* Its tick was lost and the journal rebuilt: what it says now is
		 * evidence. */
		if (o->what == SEND_SENT)
			journal_accepted(core, attempt, o->reference, "late-result");
		else if (o->what != SEND_UNKNOWN)
			journal_never_left(core, attempt, "late-result");
		return;
	}
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	ch->result_ns = (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
	journal_settle(ch, w, o);
	dispatch_pump(ch);
	ch->result_ns = 0; /* nothing followed at once: that is no gap */
}

void
channel_evidence(struct channel *ch, uint64_t attempt, enum evidence kind, int reference)
{
	if (!attempt && kind == EVIDENCE_ACCEPTED &&
		journal_either_answered(ch, reference))
		return;
	if (!attempt && kind == EVIDENCE_ACCEPTED)
		attempt = late_doubt(ch, reference);
	else if (!attempt)
		attempt = journal_open_doubt(ch);
	if (!attempt) {
		announce(ch, "evidence.unmatched", "a late +CMGS fits no open doubt");
		return;
	}
	if (kind == EVIDENCE_ACCEPTED)
		journal_accepted(ch->core, attempt, reference, "late-result");
	else
		journal_never_left(ch->core, attempt, "driver");
}

/* ---- the driver's calls: inbound ---- */

struct acknowledged {
	struct channel *ch;
	uint64_t token;
	bool direct;
};

static void
on_stored(void *arg, bool committed)
{
	struct acknowledged *a = arg;
	struct channel *ch = a->ch;
	if (committed && ch->driver) {
		if (ch->row.adopted || a->direct)
			ch->config->ops->committed(ch->driver, a->token);
		else if (ch->held_count < CHANNEL_HELD_TOKENS)
			ch->held_tokens[ch->held_count++] = a->token;
	}
	free(a);
}

void
channel_received(struct channel *ch, const struct incoming *in)
{
	if (ch->core->store_sick) {
		inbox_keep(ch->core, ch,
			in); /* or it stays on the SIM, to be listed again */
		return;
	}
	if (ch->state != CHANNEL_READY)
		ch->drained++;
	inbox_stage(ch->core, ch, in);
	if (!in->token)
		return;
	struct acknowledged *a = xcalloc(1, sizeof(*a));
	*a = (struct acknowledged){ch, in->token, in->direct};
	loop_after_commit(ch->core->loop, on_stored, a);
	FAULT("inbox.before_commit");
}

void
channel_restart(struct channel *ch)
{
	if (ch->config->ops->reset && ch->driver)
		ch->config->ops->reset(ch->driver);
}

/* ---- opening and closing ---- */

void
channel_flush(struct channel *ch)
{
	if (!ch->row_dirty)
		return;
	channel_row_save(ch->core->db, &ch->row);
	ch->row_dirty = false;
}

void
channel_forget_work(struct channel *ch)
{
	for (size_t i = 0; i < ch->work_count; i++) {
		if (ch->works[i].used)
			message_done(&ch->works[i].message);
		ch->works[i].used = false;
	}
	ch->held_count = 0;
	ch->either.count = 0;
	struct channel_row stored;
	if (channel_row_take(ch->core->db, ch->row.name, ch->row.id, &stored))
		ch->row = stored;
}

bool
channel_open(struct core *core, const struct config_channel *config, struct strbuf *err)
{
	struct channel *ch = xcalloc(1, sizeof(*ch));
	ch->core = core;
	ch->config = config;
	ch->sim_mr = -1;
	late_unanswered(ch, 0);
	ch->facts.storage_used = ch->facts.storage_total = -1;
	snprintf(ch->facts.registration, sizeof(ch->facts.registration), "unknown");
	ch->window = config->ops->in_flight;
	ch->work_count = ch->window + WORKS_MORE;
	ch->works = xcalloc(ch->work_count, sizeof(*ch->works));
	ch->plans = xcalloc(ch->work_count, sizeof(*ch->plans));
	for (size_t i = 0; i < ch->work_count; i++)
		ch->works[i].plan = &ch->plans[i];
	strbuf_init(&ch->why, 1024);
	ch->state_since = clock_mono(core->clock);
	strbuf_puts(&ch->why, "the device is being opened");
	loop_timer_init(&ch->rest, core->loop, on_rested, ch);
	loop_timer_init(&ch->pace, core->loop, on_pace, ch);
	core->channels[core->channel_count++] = ch;
	if (!channel_row_take(core->db, config->name, core_id(core), &ch->row)) {
		strbuf_set(err, "channel %s: %s", config->name, db_error(core->db));
		return false;
	}
	upkeep_open(ch);
	return true;
}

void
channel_close(struct channel *ch)
{
	if (ch->driver) {
		struct driver *driver = ch->driver;
		ch->config->ops->close(driver);
		ch->driver = NULL;
	}
	for (size_t i = 0; i < ARRAY_LEN(ch->commands); i++)
		channel_command_done(ch, ch->commands[i].ticket, NULL);
	loop_timer_stop(&ch->rest);
	loop_timer_stop(&ch->pace);
	upkeep_close(ch);
	loop_forget(ch->core->loop, ch);
}

void
channel_free(struct channel *ch)
{
	for (size_t i = 0; i < ch->work_count; i++)
		if (ch->works[i].used)
			message_done(&ch->works[i].message);
	strbuf_done(&ch->why);
	free(ch->works);
	free(ch->plans);
	free(ch);
}
