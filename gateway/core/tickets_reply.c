/* The answer of a person. */
#include "gateway/core/tickets_inside.h"

#include <errno.h>
#include <string.h>

#include "gateway/store/messages.h"

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
		int r = ticket_somebody_else(core, t, err);
		strbuf_puts(err, "; assign it to yourself to answer");
		return r;
	}
	if (reply->seen && newest > reply->seen) {
		strbuf_set(
			err, "the customer has written again meanwhile: read it first");
		return -ESTALE;
	}
	return ticket_check_name("a name", reply->agent, err);
}

static void
replied(struct core *core, struct ticket *t, const char *agent,
	const struct outbox_receipt *receipt)
{
	if (!*t->agent)
		ticket_claimed(core, t, agent);
	ticket_record(core, t, "replied", agent,
		leaves(receipt->state) ? "" : message_state_name(receipt->state),
		receipt->id);
	if (leaves(receipt->state)) {
		ticket_stop_waiting(t);
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
	int r = ticket_for_change(core, id, &t, err);
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

/* ---- what became of it ---- */

static bool
is_failure(const struct event *e)
{
	static const char *const names[] = {"message.failed", "message.undelivered",
		"message.expired", "message.suppressed", "message.canceled"};
	for (size_t i = 0; e->message && i < ARRAY_LEN(names); i++)
		if (!strcmp(e->name, names[i]))
			return true;
	return false;
}

/* When they last wrote before it: they have waited since. */
static int64_t
waiting_since(struct core *core, const struct message *m)
{
	struct message asked;
	int64_t at = m->created;
	if (m->reply_to && message_load(core->db, m->reply_to, &asked)) {
		at = asked.created;
		message_done(&asked);
	}
	return at;
}

static void
unanswered(struct core *core, const struct message *m, const char *why)
{
	struct ticket t;
	if (!ticket_load_last(core->db, m->contact, &t) || t.quiet ||
		t.created > m->created)
		return;
	ticket_record(core, &t, "reply_failed", "", why, m->id);
	if (!t.open) {
		ticket_restart(core, &t, "", "an answer did not arrive", m->id);
		return;
	}
	ticket_expect(core, &t, waiting_since(core, m));
	t.snooze = 0;
	ticket_keep(core, &t);
}

void
tickets_event(struct core *core, const struct event *e)
{
	struct message m;
	if (!is_failure(e) || !message_load(core->db, e->message, &m))
		return;
	/* What the gates refused at once was told to whoever wrote it: tickets_reply().
	 */
	bool left = m.updated > m.created || m.state == MESSAGE_FAILED ||
		    m.state == MESSAGE_UNDELIVERED;
	if (m.outbound && left && m.origin && !strcmp(m.origin, "staff"))
		unanswered(core, &m, e->detail);
	message_done(&m);
}
