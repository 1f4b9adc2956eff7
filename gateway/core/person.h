/* What is known of a person, by the names expressions and texts use: contact.orders,
 * contact.last_order, contact.tags ..., and what happened to them, counted.
 *
 * The same names are columns of SQL conditions over `contacts c` (segments), and give the
 * same answers there; a property test holds the two together. consent.* is not among
 * them: what was agreed to is derived, not stored. */
#ifndef MALGIL_CORE_PERSON_H
#define MALGIL_CORE_PERSON_H

#include "gateway/base/arena.h"
#include "gateway/store/db.h"
#include "gateway/text/expr.h"

#define PERSON_COOLING (30 * DAY) /* no sign of life for so long */
#define PERSON_SILENT  (90 * DAY)

/* `name` without "contact.". False when it is unknown or missing; then `ret` is left
 * alone. A text lives in `scratch` until it is reset. */
bool person_fact(struct db *db, uint64_t contact, const char *name, int64_t now,
	struct strbuf *scratch, struct value *ret);
/* Of what was told or emitted (store/shop_events.h). A name that this person has none of
 * there is looked for in the log of events, where things have a time and no value:
 * count(message.sent within 7d), last(ticket.opened). */
void person_aggregate(struct db *db, uint64_t contact, enum expr_aggregate what,
	const char *event, int64_t since, struct value *ret);

/* The schema for expr_sql(), over `contacts c`. Its columns live in the arena, which the
 * caller releases when the condition is compiled. */
struct person_columns {
	struct arena arena;
	int64_t now;
	/* Set after person_schema(), where it is so: `contact_stats s` is joined to c
	 * (LEFT JOIN contact_stats s ON s.contact = c.id), and the statement looks at
	 * all contacts, not at a page. The answers are the same, sooner. */
	bool joined, whole;
};
struct expr_schema person_schema(struct person_columns *columns, int64_t now);

/* Can it hold only of people with a row of contact_stats? ("contact.orders >= 2": yes.)
 */
bool person_needs_history(const struct expr *expr, int64_t now, const char *zone);

#endif
