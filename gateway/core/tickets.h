/* Tickets: the threads that people answer. Who has one, what was promised, and what the
 * program does and does not do meanwhile.
 *
 * A contact has at most one open ticket; what would open another joins it. A ticket that
 * *mutes* silences the bot and holds promotions: one a dialog handed over, one somebody
 * claimed, one a person answered. The catch-all ("unmatched") does not, until then.
 *
 * Two clocks run on the shop's opening hours: `due`, when the customer should have an
 * answer (hours.reply after the first text nobody answered), and the reminder that nobody
 * has claimed it (tickets.unclaimed). All clocks are rows; a crash loses none, and one
 * that rang while the program was down rings at the start.
 *
 * Everything here happens in this tick's transaction, leaves a row in the ticket's
 * history and an event "ticket.opened", ".joined", ".text", ".claimed", ".assigned",
 * ".released",
 * ".note", ".snoozed", ".woke", ".priority", ".queue", ".replied", ".late", ".unclaimed",
 * ".reply_failed", ".closed", ".reopened", ".thanks". An agent is a name; the gateway
 * itself is "". */
#ifndef MALGIL_CORE_TICKETS_H
#define MALGIL_CORE_TICKETS_H

#include "gateway/core/handler.h"
#include "gateway/core/outbox.h"
#include "gateway/store/tickets.h"

#define TICKET_UNMATCHED "unmatched"
#define TICKET_NOTE_MAX  4000 /* bytes */

struct tickets *tickets_new(struct core *core);
void tickets_free(struct tickets *tickets);
/* The clocks are read from the store again: it may have been rolled back under them. */
void tickets_alarm(struct core *core);

/* ---- for gates, handlers and dialogs ---- */

/* Does a person talk with this contact? Then the bot is mute and promotions wait. */
bool tickets_talking(struct core *core, uint64_t contact);

struct ticket_wish {
	uint64_t contact;
	uint64_t message; /* the text that asks for it, 0 none */
	uint64_t run;     /* goes on when it closes: handed to handlers' `ticket` hook */
	const char *queue, *topic, *note; /* NULL: none; long ones are cut */
	enum ticket_priority priority;
	bool mute;
	int64_t remind; /* ms of opening time until an unclaimed one is reminded of, and
			   between reminders; 0: as configured */
	int remind_max; /* how often, 0: as configured */
};
/* The ticket's id: a new one, or the contact's open one, which takes on what is asked for
 * (topic and queue, the higher priority, the note; never less mute). 0 only when the
 * transaction is poisoned. */
uint64_t tickets_open(struct core *core, const struct ticket_wish *wish);

/* The contact's last ticket once more, with a note on why (a dialog's `reopen`): opens a
 * new one when there is none or the last was closed quietly. Its id. */
uint64_t tickets_open_again(struct core *core, const struct ticket_wish *wish);

/* ---- what people do: 0; -ENOENT no such ticket; -EPERM it is closed (or is not); -EBUSY
 * somebody else has it; -EINVAL; each with a sentence ---- */

/* Atomic: the loser is told who won. Claiming what one has is done already. */
int tickets_claim(
	struct core *core, uint64_t id, const char *agent, struct strbuf *err) MUST_USE;
/* To anybody, from anybody; `to` "" releases it. */
int tickets_assign(struct core *core, uint64_t id, const char *agent, const char *to,
	struct strbuf *err) MUST_USE;
int tickets_note(struct core *core, uint64_t id, const char *agent, const char *text,
	struct strbuf *err) MUST_USE;
/* Until a time, or (0) until the customer writes; a text of the customer wakes it either
 * way. */
int tickets_snooze(struct core *core, uint64_t id, const char *agent, int64_t until,
	struct strbuf *err) MUST_USE;
int tickets_prioritise(struct core *core, uint64_t id, const char *agent,
	enum ticket_priority priority, struct strbuf *err) MUST_USE;
int tickets_move(struct core *core, uint64_t id, const char *agent, const char *queue,
	struct strbuf *err) MUST_USE;
/* `outcome` is a word of the shop's ("solved"), NULL for the usual one. Quietly: spam, a
 * wrong number; no dialog asks how it was, and no text reopens it. */
int tickets_close(struct core *core, uint64_t id, const char *agent, const char *outcome,
	bool quiet, struct strbuf *err) MUST_USE;
/* -EEXIST when a newer one of the same contact is open. */
int tickets_reopen(struct core *core, uint64_t id, const char *agent, const char *note,
	struct strbuf *err) MUST_USE;

struct ticket_reply {
	const char *agent, *text;
	size_t len;
	const char *key; /* idempotency, NULL none */
	uint64_t seen;   /* the newest text the agent has seen, 0: whatever there is */
	int64_t at;      /* not before: until then tickets_unreply() can take it back */
};
/* Sends a person's answer, class reply, to the text it answers; the first to answer
 * claims the ticket. A message the gates suppress is kept and shown but answers nobody:
 * look at the receipt's state. Also -ESTALE: the customer has written again since `seen`;
 * and what outbox_accept() returns. */
int tickets_reply(struct core *core, uint64_t id, const struct ticket_reply *reply,
	struct outbox_receipt *ret, struct strbuf *err) MUST_USE;

/* Takes back an answer that has not left: whoever waited waits again. Also -EPERM when it
 * has left, -EINVAL when it was no answer in this ticket. */
int tickets_unreply(struct core *core, uint64_t id, const char *agent, uint64_t message,
	struct strbuf *err) MUST_USE;

/* ---- what people do with the one who wrote: tickets_customer.c ---- */

/* `add` and `remove` NULL: none. */
int tickets_tag(struct core *core, uint64_t id, const char *agent, const char *add,
	const char *remove, struct strbuf *err) MUST_USE;
/* Blocked: the ticket is closed quietly, and what the number sends from now on is kept
 * and shown, but opens nothing and is answered by nobody. A STOP is heard all the same.
 */
int tickets_block(struct core *core, uint64_t id, const char *agent, bool blocked,
	struct strbuf *err) MUST_USE;
/* The customer has another number (E.164): attributes, tags and the open conversation go
 * over to it, into its own ticket if it has one (*ret_id). Consent does not: it was given
 * for a number. */
int tickets_hand_over(struct core *core, uint64_t id, const char *agent,
	const char *phone, uint64_t *ret_id, struct strbuf *err) MUST_USE;

/* ---- in the line of handlers (core/handler.h) ---- */

/* Before all others: a text of a blocked number ends here, as an event. */
bool handler_blocked(struct core *core, const struct inbound *in);
/* First: a text to an open ticket that mutes is for whoever answers there. */
bool handler_talking(struct core *core, const struct inbound *in);
/* Last: joins the open ticket; thanks within a day of a close stay without answer; a text
 * within tickets.reopen of one reopens it; else a ticket "unmatched". */
bool handler_ticket(struct core *core, const struct inbound *in);
/* Its ear: an answer of a person that did not arrive puts the ticket back to waiting (and
 * opens it again when it was closed), with the event "ticket.reply_failed". */
void tickets_event(struct core *core, const struct event *e);

#endif
