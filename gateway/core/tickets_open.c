/* Tickets open: what asks for one, and what it joins. */
#include "gateway/core/tickets_inside.h"

#include <string.h>

#include "gateway/base/fault.h"

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
			ticket_set_name(t->topic, wish->topic);
		if (wish->queue)
			ticket_set_name(t->queue, wish->queue);
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
	ticket_set_name(t.topic, wish->topic);
	ticket_set_name(t.queue, wish->queue);
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
		ticket_set_name(t.queue, wish->queue);
	ticket_restart(core, &t, "", "", wish->message);
	return tickets_open(core, wish); /* joins: queue, priority, note, run */
}
