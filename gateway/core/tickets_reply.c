/* The answer of a person. */
#include "gateway/core/tickets_inside.h"

#include <errno.h>
#include <stdio.h>
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

/* The same answer once more (its asker did not hear that it was taken): what became of
 * it, whatever has happened in the ticket since. */
static bool
said_already(struct core *core, const struct ticket *t, const struct ticket_reply *reply,
	struct outbox_receipt *ret)
{
	struct message m;
	int64_t fingerprint;
	uint64_t id = reply->key ? message_by_key(core->db, reply->key, &fingerprint) : 0;
	if (!id || !message_load(core->db, id, &m))
		return false;
	bool same = m.contact == t->contact && m.origin && !strcmp(m.origin, "staff") &&
		    strlen(m.text) == reply->len &&
		    !memcmp(m.text, reply->text, reply->len);
	if (same) {
		*ret = (struct outbox_receipt){
			.id = id, .state = m.state, .repeated = true, .parts = m.parts};
		snprintf(ret->encoding, sizeof(ret->encoding), "%s", m.encoding);
	}
	message_done(&m);
	return same;
}

int
tickets_reply(struct core *core, uint64_t id, const struct ticket_reply *reply,
	struct outbox_receipt *ret, struct strbuf *err)
{
	struct ticket t;
	struct outbox_receipt receipt;
	if (ticket_load(core->db, id, &t) && said_already(core, &t, reply, ret))
		return 0;
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
		.at = reply->at,
		.reply_to = newest};
	r = outbox_accept(core, &request, &receipt, err);
	if (r)
		return r;
	if (!receipt.repeated)
		replied(core, &t, reply->agent, &receipt);
	*ret = receipt;
	return 0;
}

/* ---- taken back ---- */

static int
may_unreply(
	struct core *core, const struct ticket *t, uint64_t message, struct strbuf *err)
{
	struct message m;
	bool fits = message_load(core->db, message, &m);
	if (fits) {
		fits = m.contact == t->contact && m.outbound && m.origin &&
		       !strcmp(m.origin, "staff");
		message_done(&m);
	}
	if (fits)
		return 0;
	strbuf_set(err, "message %llu is not an answer in this ticket",
		(unsigned long long)message);
	return -EINVAL;
}

int
tickets_unreply(struct core *core, uint64_t id, const char *agent, uint64_t message,
	struct strbuf *err)
{
	struct ticket t;
	int r = ticket_for_change(core, id, &t, err);
	if (!r)
		r = may_unreply(core, &t, message, err);
	if (!r)
		r = outbox_cancel(core, message, err);
	if (r)
		return r;
	t.staff_texts = MAX(t.staff_texts - 1, 0);
	if (!t.staff_texts)
		t.answered = 0;
	uint64_t newest = ticket_last_text(core->db, t.contact);
	if (newest && newest > ticket_last_answer(core->db, t.id, message))
		ticket_expect(core, &t, ids_wall(newest));
	ticket_record(core, &t, "unreplied", agent, "", message);
	ticket_keep(core, &t);
	return 0;
}
