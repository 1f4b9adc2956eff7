/* What the staff terminal looks at, for the reader thread: counts, all that is known of
 * one customer, a search, and figures of the last days. Read only, and bounded. */
#ifndef MALGIL_STORE_DESK_H
#define MALGIL_STORE_DESK_H

#include "gateway/store/tickets.h"

struct desk_counts {
	int64_t shelves[SHELF_COUNT]; /* SHELF_CLOSED is not counted */
	int64_t late;
	uint64_t newest; /* event, 0 none */
};
void desk_count(struct db *db, struct desk_counts *ret);

/* Of a customer; texts borrowed for the call. */
struct desk_text {
	uint64_t id;
	int64_t at;
	const char *text;
};
/* The newest promotions, and what will be sent to them next. `each` returns false to
 * stop.
 */
void desk_promotions(struct db *db, uint64_t contact, int limit,
	bool (*each)(void *arg, const struct desk_text *t), void *arg);
void desk_scheduled(struct db *db, uint64_t contact, int limit,
	bool (*each)(void *arg, const struct desk_text *t), void *arg);
/* "SCRIPT, STEP" of the run that was last heard of; "" none. */
void desk_running(struct db *db, uint64_t contact, struct strbuf *ret);
/* When the contact was blocked, 0 it is not. */
int64_t contact_blocked(struct db *db, uint64_t contact);
void contact_set_blocked(struct db *db, uint64_t contact, int64_t at);

/* Tickets whose customer has the name, the end of the number or the order, or wrote the
 * text: the newest ticket of each, at most `limit`. Texts are looked for in the newest
 * 50,000 messages only: *ret_cut when there are more. */
#define DESK_SEARCH_MESSAGES 50000
void desk_search(struct db *db, const char *what, int limit, bool *ret_cut,
	bool (*each)(void *arg, const struct ticket_item *item), void *arg);

/* Everything one ticket's customer has gone over to another number: attributes and tags
 * that the other has not. */
void contact_hand_over(struct db *db, uint64_t from, uint64_t to, int64_t at);

struct desk_day {
	int64_t in, out, opened, closed, late;
};
/* Between two moments. */
void desk_figures(struct db *db, int64_t from, int64_t until, struct desk_day *ret);
/* How long first answers took, half of them at most; -1 none. */
int64_t desk_median_answer(struct db *db, int64_t from);
struct desk_agent {
	const char *name;
	int64_t answers, closed;
};
void desk_agents(struct db *db, int64_t from, int limit,
	bool (*each)(void *arg, const struct desk_agent *a), void *arg);

#endif
