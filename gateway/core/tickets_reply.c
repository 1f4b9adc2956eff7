/* The answer of a person. */
#include "gateway/core/tickets_inside.h"

#include <errno.h>
#include <stdio.h>
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
	bool here = fits && (m.state == MESSAGE_HELD || m.state == MESSAGE_QUEUED ||
				    m.state == MESSAGE_ACCEPTED);
	if (fits) {
		fits = m.contact == t->contact && m.outbound && m.origin &&
		       !strcmp(m.origin, "staff");
		message_done(&m);
	}
	if (!fits)
		strbuf_set(err, "message %llu is not an answer in this ticket",
			(unsigned long long)message);
	else if (!here)
		strbuf_set(err, "it is too late: the text has left, or is over already");
	return !fits ? -EINVAL : here ? 0 : -EPERM;
}

/* Written down first: what follows from a canceled answer asks who canceled it. */
int
tickets_unreply(struct core *core, uint64_t id, const char *agent, uint64_t message,
	struct strbuf *err)
{
	struct ticket t;
	int r = ticket_for_change(core, id, &t, err);
	if (!r)
		r = may_unreply(core, &t, message, err);
	if (r)
		return r;
	ticket_record(core, &t, "unreplied", agent, "", message);
	r = outbox_cancel(core, message, err);
	if (r)
		return r;
	t.staff_texts = MAX(t.staff_texts - 1, 0);
	if (!t.staff_texts)
		t.answered = 0;
	uint64_t newest = ticket_last_text(core->db, t.contact);
	if (newest && newest > ticket_last_answer(core->db, t.id, message))
		ticket_expect(core, &t, MIN(ids_wall(newest), core_now(core)));
	ticket_keep(core, &t);
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
		t.created > m->created || ticket_taken_back(core->db, m->id))
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
