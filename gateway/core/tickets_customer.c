/* What people do with the one who wrote: tags, a block, another number. */
#include "gateway/core/tickets_inside.h"
#include "gateway/core/erase.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/store/attributes.h"
#include "gateway/store/contacts.h"
#include "gateway/store/desk.h"

int
tickets_tag(struct core *core, uint64_t id, const char *agent, const char *add,
	const char *remove, struct strbuf *err)
{
	struct ticket t;
	char detail[2 * TICKET_NAME + 8];
	if (!ticket_load(core->db, id, &t)) {
		strbuf_set(err, "there is no such ticket");
		return -ENOENT;
	}
	const char *name = add ? add : remove;
	if (!name) {
		strbuf_set(err, "say which tag to add or to remove");
		return -EINVAL;
	}
	int r = ticket_check_name("a tag", name, err);
	if (r)
		return r;
	if (add)
		tag_add(core->db, t.contact, add, core_now(core));
	if (remove)
		tag_remove(core->db, t.contact, remove);
	snprintf(detail, sizeof(detail), "%s%s%s%s", add ? "+" : "", add ? add : "",
		remove ? " -" : "", remove ? remove : "");
	ticket_record(core, &t, "tagged", agent, detail, 0);
	ticket_keep(core, &t);
	return 0;
}

int
tickets_block(struct core *core, uint64_t id, const char *agent, bool blocked,
	struct strbuf *err)
{
	struct ticket t;
	if (!ticket_load(core->db, id, &t)) {
		strbuf_set(err, "there is no such ticket");
		return -ENOENT;
	}
	if (blocked && t.open) {
		int r = tickets_close(core, id, agent, "blocked", true, err);
		if (r || !ticket_load(core->db, id, &t))
			return r ? r : -EAGAIN;
	}
	contact_set_blocked(core->db, t.contact, blocked ? core_now(core) : 0);
	ticket_record(core, &t, blocked ? "blocked" : "unblocked", agent, "", 0);
	ticket_keep(core, &t);
	return 0;
}

bool
handler_blocked(struct core *core, const struct inbound *in)
{
	if (!contact_blocked(core->db, in->contact))
		return false;
	core_event(core, &(struct event){"message.blocked", in->message, in->contact,
				 in->channel, "the number is blocked", 0});
	return true;
}

/* What the new number's ticket should know of the old one. No number stands in it:
 * whoever is forgotten one day must not live on in another's thread. */
static void
note_on_both(struct core *core, const struct ticket *from, const struct ticket *to,
	const char *agent)
{
	char text[160];
	snprintf(text, sizeof(text),
		"had another number until now, ticket %llu; consent has not come along",
		(unsigned long long)from->id);
	ticket_record(core, to, "number", agent, text, 0);
	snprintf(text, sizeof(text), "goes on under another number, ticket %llu",
		(unsigned long long)to->id);
	ticket_record(core, from, "number", agent, text, 0);
}

static uint64_t
continue_there(struct core *core, const struct ticket *t, uint64_t contact)
{
	uint64_t id =
		tickets_open(core, &(struct ticket_wish){.contact = contact,
					   .queue = *t->queue ? t->queue : NULL,
					   .topic = *t->topic ? t->topic : "new number",
					   .priority = t->priority,
					   .mute = t->mute});
	struct ticket fresh;
	if (!id || !ticket_load(core->db, id, &fresh))
		return 0;
	if (!*fresh.agent && *t->agent) {
		ticket_set_name(fresh.agent, t->agent);
		fresh.claimed = core_now(core);
		fresh.mute = true;
	}
	ticket_keep(core, &fresh);
	return id;
}

int
tickets_hand_over(struct core *core, uint64_t id, const char *agent, const char *phone,
	uint64_t *ret_id, struct strbuf *err)
{
	struct ticket t, other;
	struct contact to;
	bool fresh;
	int r = ticket_for_change(core, id, &t, err);
	if (r)
		return r;
	if (!strcmp(t.phone, phone)) {
		strbuf_set(err, "%s is the number it has", phone);
		return -EINVAL;
	}
	if (!contact_meet(core, phone, core_now(core), &to, &fresh)) {
		strbuf_set(err, "the store cannot write this down; try again");
		return -EAGAIN;
	}
	contact_hand_over(core->db, t.contact, to.id, core_now(core));
	uint64_t there = continue_there(core, &t, to.id);
	if (!there || !ticket_load(core->db, there, &other)) {
		strbuf_set(err, "the store cannot write this down; try again");
		return -EAGAIN;
	}
	note_on_both(core, &t, &other, agent);
	r = tickets_close(core, id, agent, "new number", true, err);
	if (!r)
		*ret_id = there;
	return r;
}
