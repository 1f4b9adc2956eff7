/* A person, or time, decides what no evidence has. */
#include "gateway/core/journal_inside.h"

#include <errno.h>
#include <string.h>

#include "gateway/core/queue.h"
#include "gateway/store/attempts.h"

void
journal_close_doubt(struct core *core, struct message *m, const char *why)
{
	struct strbuf reason = STRBUF_SENTENCE;
	strbuf_printf(&reason, "closed: %s", why);
	message_close_doubt(core->db, m, reason.s, core_now(core));
	journal_announce(core, "message.doubt_closed", m, reason.s);
	strbuf_done(&reason);
}

int
journal_resolve(struct core *core, uint64_t id, const char *how, struct strbuf *err)
{
	struct message m;
	if (!message_load(core->db, id, &m)) {
		strbuf_set(err, "there is no message with that id");
		return -ENOENT;
	}
	int r = 0;
	uint64_t attempt = attempt_doubtful(core->db, id);
	if (m.state != MESSAGE_IN_DOUBT || !attempt) {
		strbuf_set(err,
			"the message is %s, not in doubt: there is nothing to settle",
			message_state_name(m.state));
		r = -EPERM;
	} else if (!strcmp(how, "sent")) {
		attempt_set_evidence(core->db, attempt, "");
		journal_accepted(core, attempt, -1, "person");
	} else if (!strcmp(how, "resend")) {
		attempt_set_evidence(core->db, attempt, "resent");
		message_move(core->db, &m, MESSAGE_QUEUED, "", core_now(core));
		message_renew(core->db, &m, core_now(core) + core->config->keep_expires);
		journal_announce(
			core, "message.resent", &m, "a person decided to send it again");
		queue_settle(core->queue, m.contact);
	} else if (!strcmp(how, "close")) {
		journal_close_doubt(core, &m, "a person left it so");
	} else {
		strbuf_set(err,
			"'%s' is not a way to settle a doubt: sent, resend or close",
			how);
		r = -EINVAL;
	}
	message_done(&m);
	return r;
}
