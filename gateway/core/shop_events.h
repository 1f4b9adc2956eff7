/* What the shop's own systems say happened: `order.paid`, `cart.updated` and friends, by
 * the API, a CSV file or the command line; and what scripts emit, in the same place.
 *
 * One model: everything that happens is a row of the log `events`; what the shop told
 * about it is a row of `shop_events`, written in the same commit. Journeys hear it, with
 * the run they start in one commit, in a later tick; expressions count it; contact_stats
 * follows from it. The shop says when it happened: late and out of order is fine, from
 * the future is not. The same id told twice is one event.
 *
 * Whose it is: a phone (the contact is made when there is none), the shop's own customer
 * id once a phone was told with it, or our contact id. */
#ifndef MALGIL_CORE_SHOP_EVENTS_H
#define MALGIL_CORE_SHOP_EVENTS_H

#include "gateway/core/core.h"
#include "gateway/core/event_schema.h"

struct shop_event {
	const char *name, *told; /* told: the shop's own id of it, NULL none */
	const char *phone, *customer;
	uint64_t contact;
	int64_t at;         /* when it happened, 0 now */
	const json_t *data; /* an object, NULL nothing */
};

struct shop_event_answer {
	int status; /* as HTTP has it: 202, 200 a repeat, 4xx, 503 */
	uint64_t id, contact;
	bool repeated;
	char field[EVENT_NAME]; /* what is wrong, "" the whole */
	struct strbuf why;      /* refused: a sentence. Taken: a warning, or empty */
};
/* Takes one in this tick's transaction: durable once the tick commits. Always to be
 * released with shop_event_answer_done(). */
void shop_event_take(
	struct core *core, const struct shop_event *event, struct shop_event_answer *ret);
void shop_event_answer_done(struct shop_event_answer *answer);

/* What happened in here: a script emitted it, a mark was given. `detail` stands in the
 * log, with the ticket it is about; NULL and 0 for what is not said. */
void shop_event_note(struct core *core, uint64_t contact, const char *name,
	const char *detail, const double *value, uint64_t ticket);
/* The same with one field, for journeys' texts: {event.reward}. */
void shop_event_told_of(struct core *core, uint64_t contact, const char *name,
	const char *field, const char *text);
/* A row for what the log tells already, so that journeys hear it. */
void shop_event_overheard(
	struct core *core, uint64_t contact, const char *name, const char *detail);

#endif
