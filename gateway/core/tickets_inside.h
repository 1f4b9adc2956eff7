/* What the files of tickets share: tickets.c (what people do), tickets_heard.c (what
 * customers do), tickets_clock.c (what time does). */
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
/* From now on, when nobody has the ticket, its reminders count. */
void ticket_remind(struct core *core, struct ticket *t);
/* It wants a look again; why is for the history. */
void ticket_wake(struct core *core, struct ticket *t, const char *why);
/* Open again, with the customer waiting. */
void ticket_restart(struct core *core, struct ticket *t, const char *agent,
	const char *note, uint64_t message);
/* Tells the handlers, if a run waits for it. */
void ticket_tell(struct core *core, enum handler_event what, const struct ticket *t);

#endif
