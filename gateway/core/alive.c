#include "gateway/core/alive.h"

#include "gateway/store/messages.h"

#define BELIEVED       2 /* refusals in a row */
#define LONG           (30 * DAY)
#define DELIVERED      0x00
#define NOT_OBTAINABLE 0x43

static void
revive(struct core *core, const struct contact *c)
{
	if (!c->dead_since) {
		if (c->refused)
			contact_set_refused(core->db, c->id, 0);
		return;
	}
	int64_t now = core_now(core);
	bool stranger = now - c->dead_since >= LONG;
	contact_set_revived(core->db, c->id, stranger ? now : c->revived);
	core_event(core, &(struct event){.name = "contact.alive",
				 .contact = c->id,
				 .detail = stranger ? "dead for long: older consents to "
						      "promotions count no more"
						    : NULL});
}

void
number_lives(struct core *core, const struct contact *c)
{
	revive(core, c);
}

void
number_refused(struct core *core, uint64_t contact, const char *why)
{
	struct contact c;
	if (!contact_load(core->db, contact, &c) || c.dead_since)
		return;
	contact_set_refused(core->db, contact, c.refused + 1);
	if (c.refused + 1 < BELIEVED)
		return;
	contact_set_dead(core->db, contact, core_now(core));
	core_event(
		core, &(struct event){
			      .name = "contact.dead", .contact = contact, .detail = why});
}

void
number_reported(struct core *core, uint64_t message, int status)
{
	struct message m;
	struct contact c;
	if ((status != DELIVERED && status != NOT_OBTAINABLE) ||
		!message_load(core->db, message, &m))
		return;
	if (status == NOT_OBTAINABLE)
		number_refused(core, m.contact, "the network knows no such number");
	else if (contact_load(core->db, m.contact, &c))
		revive(core, &c);
	message_done(&m);
}
