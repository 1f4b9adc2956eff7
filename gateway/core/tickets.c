#include "gateway/core/tickets.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/core/queue.h"
#include "gateway/core/tickets_inside.h"

/* ---- what every change does ---- */

void
ticket_record(struct core *core, const struct ticket *t, const char *what,
	const char *agent, const char *detail, uint64_t message)
{
	char name[48];
	snprintf(name, sizeof(name), "ticket.%s", what);
	ticket_log(core->db, &(struct ticket_entry){.id = core_id(core),
				     .ticket = t->id,
				     .at = core_now(core),
				     .what = what,
				     .agent = agent,
				     .detail = detail,
				     .message = message});
	core_event(core, &(struct event){name, message, t->contact, 0,
				 detail && *detail ? detail : agent, t->id});
}

void
ticket_keep(struct core *core, struct ticket *t)
{
	t->updated = core_now(core);
	ticket_save(core->db, t);
	FAULT("tickets.saved");
	tickets_alarm(core);
}

void
ticket_expect(struct core *core, struct ticket *t, int64_t at)
{
	const struct config *c = core->config;
	if (t->waiting)
		return;
	t->waiting = at;
	t->late = false;
	t->due = c->reply ? hours_after(&c->hours, at, c->reply) : 0;
	if (t->due == HOURS_NEVER)
		t->due = 0;
	if (!t->answered && !t->first_due)
		t->first_due = t->due;
}

void
ticket_stop_waiting(struct ticket *t)
{
	t->waiting = t->due = t->woken = t->remind_at = 0;
	t->late = false;
}

void
ticket_remind(struct core *core, struct ticket *t)
{
	t->remind_at = 0;
	if (*t->agent || !t->waiting || !t->remind || t->reminded >= t->remind_max)
		return;
	t->remind_at = hours_after(&core->config->hours, core_now(core), t->remind);
	if (t->remind_at == HOURS_NEVER)
		t->remind_at = 0;
}

void
ticket_wake(struct core *core, struct ticket *t, const char *why)
{
	t->snooze = 0;
	t->woken = core_now(core);
	ticket_remind(core, t);
	ticket_record(core, t, "woke", "", why, 0);
}

void
ticket_tell(struct core *core, enum handler_event what, const struct ticket *t)
{
	for (size_t i = 0; t->run && handlers[i].name; i++)
		if (handlers[i].ticket)
			handlers[i].ticket(core, what, t);
}

void
ticket_set_name(char ret[TICKET_NAME], const char *name)
{
	size_t n = name ? strlen(name) : 0;
	if (n >= TICKET_NAME)
		for (n = TICKET_NAME - 1; n && (name[n] & 0xC0) == 0x80; n--)
			;
	memcpy(ret, name ? name : "", n);
	ret[n] = '\0';
}

bool
tickets_talking(struct core *core, uint64_t contact)
{
	return ticket_mutes(core->db, contact);
}

/* ---- what people do ---- */

static int
load(struct core *core, uint64_t id, struct ticket *ret, struct strbuf *err)
{
	if (ticket_load(core->db, id, ret))
		return 0;
	strbuf_set(err, "there is no such ticket");
	return -ENOENT;
}

int
ticket_for_change(struct core *core, uint64_t id, struct ticket *ret, struct strbuf *err)
{
	int r = load(core, id, ret, err);
	if (r || ret->open)
		return r;
	strbuf_set(err, "the ticket is closed; reopen it first");
	return -EPERM;
}

int
ticket_check_name(const char *what, const char *name, struct strbuf *err)
{
	bool fits = strlen(name) < TICKET_NAME;
	for (const unsigned char *p = (const unsigned char *)name; *p && fits; p++)
		fits = *p >= 0x20 && *p != 0x7F;
	if (fits)
		return 0;
	strbuf_set(err, "%s has at most %d bytes and no control characters", what,
		TICKET_NAME - 1);
	return -EINVAL;
}

int
ticket_somebody_else(struct core *core, const struct ticket *t, struct strbuf *err)
{
	int64_t ms = MAX(core_now(core) - t->claimed, 0);
	int64_t n = ms < MINUTE ? ms / SECOND : ms < HOUR ? ms / MINUTE : ms / HOUR;
	strbuf_set(err, "%s has it, for %d %s now", t->agent, (int)n,
		ms < MINUTE ? "s"
		: ms < HOUR ? "min"
			    : "h");
	return -EBUSY;
}

void
ticket_claimed(struct core *core, struct ticket *t, const char *agent)
{
	ticket_set_name(t->agent, agent);
	t->claimed = core_now(core);
	t->mute = true;
	t->remind_at = 0;
	ticket_record(core, t, "claimed", agent, "", 0);
}

int
tickets_claim(struct core *core, uint64_t id, const char *agent, struct strbuf *err)
{
	struct ticket t;
	int r = *agent ? ticket_check_name("a name", agent, err) : -EINVAL;
	if (!*agent)
		strbuf_set(err, "who claims it?");
	if (!r)
		r = ticket_for_change(core, id, &t, err);
	if (r || !strcmp(t.agent, agent))
		return r;
	if (!ticket_take(core->db, id, agent, core_now(core))) {
		/* Somebody was quicker, perhaps on another gateway: look who. */
		r = ticket_for_change(core, id, &t, err);
		return r ? r : ticket_somebody_else(core, &t, err);
	}
	FAULT("tickets.taken");
	ticket_claimed(core, &t, agent);
	ticket_keep(core, &t);
	return 0;
}

int
tickets_assign(struct core *core, uint64_t id, const char *agent, const char *to,
	struct strbuf *err)
{
	struct ticket t;
	int r = ticket_check_name("a name", to, err);
	if (!r)
		r = ticket_for_change(core, id, &t, err);
	if (r || !strcmp(t.agent, to))
		return r;
	ticket_set_name(t.agent, to);
	t.claimed = *to ? core_now(core) : 0;
	t.mute = t.mute || *to;
	t.reminded = 0;
	ticket_remind(core, &t);
	ticket_record(core, &t, *to ? "assigned" : "released", agent, to, 0);
	ticket_keep(core, &t);
	return 0;
}

int
tickets_note(struct core *core, uint64_t id, const char *agent, const char *text,
	struct strbuf *err)
{
	struct ticket t;
	int r = load(core, id, &t, err);
	if (r)
		return r;
	if (!*text || strlen(text) > TICKET_NOTE_MAX) {
		strbuf_set(err, "a note has 1 to %d bytes", TICKET_NOTE_MAX);
		return -EINVAL;
	}
	ticket_record(core, &t, "note", agent, text, 0);
	ticket_keep(core, &t);
	return 0;
}

int
tickets_snooze(struct core *core, uint64_t id, const char *agent, int64_t until,
	struct strbuf *err)
{
	struct ticket t;
	int r = ticket_for_change(core, id, &t, err);
	if (r)
		return r;
	if (until && until <= core_now(core)) {
		strbuf_set(err, "that time has passed");
		return -EINVAL;
	}
	t.snooze = until ? until : INT64_MAX;
	t.woken = t.remind_at = 0;
	ticket_record(core, &t, "snoozed", agent,
		until ? "until a time" : "until the customer writes", 0);
	ticket_keep(core, &t);
	return 0;
}

int
tickets_prioritise(struct core *core, uint64_t id, const char *agent,
	enum ticket_priority priority, struct strbuf *err)
{
	struct ticket t;
	int r = ticket_for_change(core, id, &t, err);
	if (r || t.priority == priority)
		return r;
	t.priority = priority;
	ticket_record(core, &t, "priority", agent, ticket_priority_name(priority), 0);
	ticket_keep(core, &t);
	return 0;
}

int
tickets_move(struct core *core, uint64_t id, const char *agent, const char *queue,
	struct strbuf *err)
{
	struct ticket t;
	int r = ticket_check_name("a queue's name", queue, err);
	if (!r)
		r = ticket_for_change(core, id, &t, err);
	if (r || !strcmp(t.queue, queue))
		return r;
	ticket_set_name(t.queue, queue);
	ticket_record(core, &t, "queue", agent, queue, 0);
	ticket_keep(core, &t);
	return 0;
}

int
tickets_close(struct core *core, uint64_t id, const char *agent, const char *outcome,
	bool quiet, struct strbuf *err)
{
	struct ticket t;
	const char *usual = quiet ? "spam" : "done";
	int r = outcome ? ticket_check_name("an outcome", outcome, err) : 0;
	if (!r)
		r = load(core, id, &t, err);
	if (!r && !t.open) {
		strbuf_set(err, "the ticket is closed already: %s", t.outcome);
		r = -EPERM;
	}
	if (r)
		return r;
	t.open = false;
	t.quiet = quiet;
	t.closed = core_now(core);
	t.snooze = 0;
	ticket_set_name(t.outcome, outcome && *outcome ? outcome : usual);
	ticket_stop_waiting(&t);
	ticket_record(core, &t, "closed", agent, t.outcome, 0);
	uint64_t run = t.run;
	t.run = 0; /* a later close must not wake it again */
	ticket_keep(core, &t);
	t.run = run;
	if (tickets_free_promotions(core->db, t.contact, core_now(core)) > 0)
		queue_alarm(core->queue);
	ticket_tell(core, HANDLER_CLOSED, &t);
	return 0;
}

int
tickets_reopen(struct core *core, uint64_t id, const char *agent, const char *note,
	struct strbuf *err)
{
	struct ticket t;
	int r = load(core, id, &t, err);
	if (!r && t.open) {
		strbuf_set(err, "the ticket is open");
		r = -EPERM;
	}
	if (r)
		return r;
	if (note && strlen(note) > TICKET_NOTE_MAX) {
		strbuf_set(err, "a note has 1 to %d bytes", TICKET_NOTE_MAX);
		return -EINVAL;
	}
	uint64_t other = ticket_open_for(core->db, t.contact);
	if (other) {
		strbuf_set(err, "ticket %llu of the same customer is open",
			(unsigned long long)other);
		return -EEXIST;
	}
	ticket_restart(core, &t, agent, note, 0);
	return 0;
}
