/* The answer of a person. */
#include "gateway/core/tickets_inside.h"

#include <errno.h>
#include <string.h>

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
