/* What the files of tickets share: tickets.c (what people do), tickets_reply.c (they
 * answer), tickets_open.c (how one begins), tickets_heard.c (what customers do),
 * tickets_clock.c (what time does). */
#ifndef MALGIL_CORE_TICKETS_INSIDE_H
#define MALGIL_CORE_TICKETS_INSIDE_H

#include "gateway/core/tickets.h"

/* A row in the ticket's history and the event "ticket.WHAT". */
void ticket_record(struct core *core, const struct ticket *t, const char *what,
	const char *agent, const char *detail, uint64_t message);
/* Writes the row, touched now, and sets the alarm. */
void ticket_keep(struct core *core, struct ticket *t);

/* Somebody waits for an answer since `at`, if nobody did before. */
void ticket_expect(struct core *core, struct ticket *t, int64_t at);
/* Nobody waits any more. */
void ticket_stop_waiting(struct ticket *t);
/* From now on, when nobody has the ticket, its reminders count. */
void ticket_remind(struct core *core, struct ticket *t);
/* It wants a look again; why is for the history. */
void ticket_wake(struct core *core, struct ticket *t, const char *why);
/* Open again, with the customer waiting. */
void ticket_restart(struct core *core, struct ticket *t, const char *agent,
	const char *note, uint64_t message);
/* Tells the handlers, if a run waits for it. */
void ticket_tell(struct core *core, enum handler_event what, const struct ticket *t);

/* Cut between two characters when it is too long; NULL is "". */
void ticket_set_name(char ret[TICKET_NAME], const char *name);
/* A name somebody typed is kept as it is: 0, or -EINVAL when it does not fit. */
int ticket_check_name(const char *what, const char *name, struct strbuf *err) MUST_USE;
/* The open ticket: 0, -ENOENT, -EPERM. */
int ticket_for_change(
	struct core *core, uint64_t id, struct ticket *ret, struct strbuf *err) MUST_USE;
/* It is `agent`'s from now on. */
void ticket_claimed(struct core *core, struct ticket *t, const char *agent);
/* The sentence that says who has it; -EBUSY. */
int ticket_somebody_else(
	struct core *core, const struct ticket *t, struct strbuf *err) MUST_USE;

#endif
