/* What customers do to tickets: they write. */
#include "gateway/core/tickets_inside.h"

#include "gateway/core/away.h"
#include "gateway/text/courtesy.h"

#define COURTESY_SPAN DAY

static void
heard(struct core *core, struct ticket *t, const struct inbound *in)
{
	bool asleep = t->snooze != 0;
	ticket_expect(core, t, in->at);
	if (asleep)
		ticket_wake(core, t, "the customer wrote");
	else if (!t->remind_at)
		ticket_remind(core, t);
	t->woken = 0; /* the text is what wants a look */
	core_event(core, &(struct event){"ticket.text", in->message, in->contact,
				 in->channel, t->topic, t->id});
	ticket_keep(core, t);
}

bool
handler_talking(struct core *core, const struct inbound *in)
{
	struct ticket t;
	if (!ticket_load_open(core->db, in->contact, &t) || !t.mute)
		return false;
	heard(core, &t, in);
	away_answer(core, in);
	return true;
}

/* The ticket that was closed not long ago, if a text may open it again. */
static bool
closed_lately(struct core *core, const struct inbound *in, struct ticket *ret)
{
	return ticket_load_last(core->db, in->contact, ret) && !ret->open &&
	       !ret->quiet && in->at - ret->closed < core->config->reopen;
}

static void
to_ticket(struct core *core, const struct inbound *in)
{
	struct ticket t;
	bool lately = false;
	if (ticket_load_open(core->db, in->contact, &t)) {
		heard(core, &t, in);
		away_answer(core, in);
		return;
	}
	lately = closed_lately(core, in, &t);
	if (lately && in->at - t.closed < COURTESY_SPAN &&
		courtesy_only(in->text, in->normalised)) {
		core_event(core, &(struct event){"ticket.thanks", in->message,
					 in->contact, in->channel, t.topic, t.id});
		return;
	}
	if (lately) {
		ticket_restart(core, &t, "", "the customer wrote", in->message);
		away_answer(core, in);
		return;
	}
	tickets_open(core,
		&(struct ticket_wish){.contact = in->contact,
			.message = in->message,
			.topic = TICKET_UNMATCHED,
			.priority = TICKET_NORMAL,
			.note = in->stale ? "the text was old when it arrived" : NULL});
	away_answer(core, in);
}

bool
handler_ticket(struct core *core, const struct inbound *in)
{
	to_ticket(core, in);
	return true;
}
