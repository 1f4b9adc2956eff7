#include "gateway/core/tickets.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/fault.h"
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

static void
stop_waiting(struct ticket *t)
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

bool
tickets_talking(struct core *core, uint64_t contact)
{
	return ticket_mutes(core->db, contact);
}

/* ---- opening ---- */

/* A long name is cut between two characters. */
static void
set_name(char ret[TICKET_NAME], const char *name)
{
	size_t n = name ? strlen(name) : 0;
	if (n >= TICKET_NAME)
		for (n = TICKET_NAME - 1; n && (name[n] & 0xC0) == 0x80; n--)
			;
	memcpy(ret, name ? name : "", n);
	ret[n] = '\0';
}

static void
cut_note(const char *note, struct strbuf *ret)
{
	size_t n = note ? strlen(note) : 0;
	if (n > TICKET_NOTE_MAX)
		for (n = TICKET_NOTE_MAX; n && (note[n] & 0xC0) == 0x80; n--)
			;
	strbuf_add(ret, note, n);
}

static void
set_reminders(const struct core *core, struct ticket *t, const struct ticket_wish *wish)
{
	t->remind = wish->remind ? wish->remind : core->config->unclaimed;
	t->remind_max =
		wish->remind_max ? wish->remind_max : (int)core->config->reminders;
	t->reminded = 0;
}

/* What is asked for now is added to what is open: nothing is taken away from it. */
static void
join(struct core *core, struct ticket *t, const struct ticket_wish *wish,
	const char *note)
{
	bool handed = wish->mute && !t->mute;
	if (handed || !*t->topic || !strcmp(t->topic, TICKET_UNMATCHED)) {
		if (wish->topic)
			set_name(t->topic, wish->topic);
		if (wish->queue)
			set_name(t->queue, wish->queue);
	}
	t->priority = MAX(t->priority, wish->priority);
	t->mute = t->mute || wish->mute;
	t->run = wish->run ? wish->run : t->run;
	if (handed)
		set_reminders(core, t, wish);
	ticket_expect(core, t, core_now(core));
	if (t->snooze)
		ticket_wake(core, t, "the customer asked again");
	ticket_remind(core, t);
	ticket_record(
		core, t, handed ? "opened" : "joined", "", wish->topic, wish->message);
	if (*note)
		ticket_record(core, t, "note", "", note, 0);
	ticket_keep(core, t);
}

static uint64_t
open_new(struct core *core, const struct ticket_wish *wish, const char *note)
{
	int64_t now = core_now(core);
	struct ticket t = {.id = core_id(core),
		.contact = wish->contact,
		.message = wish->message,
		.run = wish->run,
		.open = true,
		.mute = wish->mute,
		.priority = wish->priority,
		.created = now,
		.updated = now};
	set_name(t.topic, wish->topic);
	set_name(t.queue, wish->queue);
	set_reminders(core, &t, wish);
	ticket_expect(core, &t, now);
	ticket_remind(core, &t);
	ticket_insert(core->db, &t, note);
	ticket_record(core, &t, "opened", "", wish->topic, wish->message);
	if (*note)
		ticket_record(core, &t, "note", "", note, 0);
	FAULT("tickets.opened");
	tickets_alarm(core);
	return t.id;
}

uint64_t
tickets_open(struct core *core, const struct ticket_wish *wish)
{
	struct strbuf note AUTO(strbuf_done) = STRBUF_INIT(TICKET_NOTE_MAX);
	struct ticket t;
	cut_note(wish->note, &note);
	if (!ticket_load_open(core->db, wish->contact, &t))
		t.id = open_new(core, wish, note.s);
	else
		join(core, &t, wish, note.s);
	return db_poisoned(core->db) ? 0 : t.id;
}

void
ticket_restart(struct core *core, struct ticket *t, const char *agent, const char *note,
	uint64_t message)
{
	t->open = true;
	t->quiet = false;
	t->closed = 0;
	t->outcome[0] = '\0';
	t->reopened++;
	t->reminded = 0;
	ticket_expect(core, t, core_now(core));
	ticket_remind(core, t);
	ticket_record(core, t, "reopened", agent, note, message);
	ticket_keep(core, t);
}

uint64_t
tickets_open_again(struct core *core, const struct ticket_wish *wish)
{
	struct ticket t;
	if (!ticket_load_last(core->db, wish->contact, &t) || t.open || t.quiet)
		return tickets_open(core, wish);
	if (wish->queue)
		set_name(t.queue, wish->queue);
	ticket_restart(core, &t, "", "", wish->message);
	return tickets_open(core, wish); /* joins: queue, priority, note, run */
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

static int
load_open(struct core *core, uint64_t id, struct ticket *ret, struct strbuf *err)
{
	int r = load(core, id, ret, err);
	if (r || ret->open)
		return r;
	strbuf_set(err, "the ticket is closed; reopen it first");
	return -EPERM;
}

/* A name is kept as given: one too long is refused, not cut. */
static int
check_name(const char *what, const char *name, struct strbuf *err)
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

static int
somebody_else(struct core *core, const struct ticket *t, struct strbuf *err)
{
	int64_t ms = MAX(core_now(core) - t->claimed, 0);
	int64_t n = ms < MINUTE ? ms / SECOND : ms < HOUR ? ms / MINUTE : ms / HOUR;
	strbuf_set(err, "%s has it, for %d %s now", t->agent, (int)n,
		ms < MINUTE ? "s"
		: ms < HOUR ? "min"
			    : "h");
	return -EBUSY;
}

static void
claimed(struct core *core, struct ticket *t, const char *agent)
{
	set_name(t->agent, agent);
	t->claimed = core_now(core);
	t->mute = true;
	t->remind_at = 0;
	ticket_record(core, t, "claimed", agent, "", 0);
}

int
tickets_claim(struct core *core, uint64_t id, const char *agent, struct strbuf *err)
{
	struct ticket t;
	int r = *agent ? check_name("a name", agent, err) : -EINVAL;
	if (!*agent)
		strbuf_set(err, "who claims it?");
	if (!r)
		r = load_open(core, id, &t, err);
	if (r || !strcmp(t.agent, agent))
		return r;
	if (!ticket_take(core->db, id, agent, core_now(core))) {
		/* Somebody was quicker, perhaps on another gateway: look who. */
		r = load_open(core, id, &t, err);
		return r ? r : somebody_else(core, &t, err);
	}
	FAULT("tickets.taken");
	claimed(core, &t, agent);
	ticket_keep(core, &t);
	return 0;
}

int
tickets_assign(struct core *core, uint64_t id, const char *agent, const char *to,
	struct strbuf *err)
{
	struct ticket t;
	int r = check_name("a name", to, err);
	if (!r)
		r = load_open(core, id, &t, err);
	if (r || !strcmp(t.agent, to))
		return r;
	set_name(t.agent, to);
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
	int r = load_open(core, id, &t, err);
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
	int r = load_open(core, id, &t, err);
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
	int r = check_name("a queue's name", queue, err);
	if (!r)
		r = load_open(core, id, &t, err);
	if (r || !strcmp(t.queue, queue))
		return r;
	set_name(t.queue, queue);
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
	int r = outcome ? check_name("an outcome", outcome, err) : 0;
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
	set_name(t.outcome, outcome && *outcome ? outcome : usual);
	stop_waiting(&t);
	ticket_record(core, &t, "closed", agent, t.outcome, 0);
	uint64_t run = t.run;
	t.run = 0; /* a later close must not wake it again */
	ticket_keep(core, &t);
	t.run = run;
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

/* ---- the answer of a person ---- */

/* What the gates will never let out answers nobody. */
static bool
leaves(enum message_state state)
{
	return state != MESSAGE_SUPPRESSED && state != MESSAGE_EXPIRED &&
	       state != MESSAGE_CANCELED && state != MESSAGE_FAILED;
}

static int
may_reply(struct core *core, const struct ticket *t, const struct ticket_reply *reply,
	uint64_t newest, struct strbuf *err)
{
	if (!*reply->agent) {
		strbuf_set(err, "who answers?");
		return -EINVAL;
	}
	if (*t->agent && strcmp(t->agent, reply->agent) != 0) {
		somebody_else(core, t, err);
		strbuf_puts(err, "; assign it to yourself to answer");
		return -EBUSY;
	}
	if (reply->seen && newest > reply->seen) {
		strbuf_set(
			err, "the customer has written again meanwhile: read it first");
		return -ESTALE;
	}
	return check_name("a name", reply->agent, err);
}

static void
replied(struct core *core, struct ticket *t, const char *agent,
	const struct outbox_receipt *receipt)
{
	if (!*t->agent)
		claimed(core, t, agent);
	ticket_record(core, t, "replied", agent,
		leaves(receipt->state) ? "" : message_state_name(receipt->state),
		receipt->id);
	if (leaves(receipt->state)) {
		stop_waiting(t);
		t->snooze = 0;
		t->mute = true;
		t->staff_texts++;
		t->answered = t->answered ? t->answered : core_now(core);
	}
	ticket_keep(core, t);
}

int
tickets_reply(struct core *core, uint64_t id, const struct ticket_reply *reply,
	struct outbox_receipt *ret, struct strbuf *err)
{
	struct ticket t;
	struct outbox_receipt receipt;
	int r = load_open(core, id, &t, err);
	if (r)
		return r;
	uint64_t newest = ticket_last_text(core->db, t.contact);
	r = may_reply(core, &t, reply, newest, err);
	if (r)
		return r;
	struct outbox_request request = {.to = t.phone,
		.text = reply->text,
		.text_len = reply->len,
		.cls = CLASS_REPLY,
		.key = reply->key,
		.origin = "staff",
		.msg_class = -1,
		.reply_to = newest};
	r = outbox_accept(core, &request, &receipt, err);
	if (r)
		return r;
	if (!receipt.repeated)
		replied(core, &t, reply->agent, &receipt);
	*ret = receipt;
	return 0;
}
