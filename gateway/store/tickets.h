/* Rows of `tickets`: threads that wait for a person, one open at a time for each contact;
 * and of `ticket_log`: what was done with them, by whom. Rows in, rows out; what a change
 * means is core/tickets.h. */
#ifndef MALGIL_STORE_TICKETS_H
#define MALGIL_STORE_TICKETS_H

#include "gateway/store/db.h"

#define TICKET_NAME 64 /* bytes of a queue, topic, agent or outcome, NUL included */

enum ticket_priority {
	TICKET_LOW,
	TICKET_NORMAL,
	TICKET_HIGH,
	TICKET_URGENT,
	TICKET_PRIORITIES,
};
const char *ticket_priority_name(enum ticket_priority priority);
/* -EINVAL for an unknown name. */
int ticket_priority_parse(const char *name, enum ticket_priority *ret) MUST_USE;

/* Where a list shows it: the order of the enum, and within one by `place`. */
enum ticket_shelf {
	SHELF_WAITING,  /* somebody waits for an answer, or it slept long enough */
	SHELF_ANSWERED, /* the customer's turn */
	SHELF_ASLEEP,
	SHELF_CLOSED,
	SHELF_COUNT,
};
const char *ticket_shelf_name(enum ticket_shelf shelf);

/* Times are wall ms, 0: not so. */
struct ticket {
	uint64_t id, contact;
	uint64_t message; /* the text that opened it, 0 none */
	uint64_t run;     /* the dialog's run that goes on when it closes, 0 none */
	bool open, mute, late, quiet;
	char phone[48]; /* of the contact */
	char queue[TICKET_NAME], topic[TICKET_NAME], agent[TICKET_NAME];
	char outcome[TICKET_NAME];
	enum ticket_priority priority;
	int64_t created, updated, claimed;
	int64_t waiting; /* the first text nobody has answered yet */
	int64_t due,
		first_due; /* when that should be answered; when the first one should */
	int64_t answered;  /* the first answer */
	int64_t snooze, woken;     /* asleep until; woke up */
	int64_t remind, remind_at; /* ms of opening time; wall */
	int64_t closed;
	int staff_texts, reminded, remind_max, reopened;
};

bool ticket_load(struct db *db, uint64_t id, struct ticket *ret);
/* The contact's open ticket. */
bool ticket_load_open(struct db *db, uint64_t contact, struct ticket *ret);
/* The contact's newest ticket, open or closed. */
bool ticket_load_last(struct db *db, uint64_t contact, struct ticket *ret);
/* Its id, 0 none. */
uint64_t ticket_open_for(struct db *db, uint64_t contact);
/* Is there an open ticket that silences the bot? */
bool ticket_mutes(struct db *db, uint64_t contact);

/* The contact's newest text to us, 0 none. */
uint64_t ticket_last_text(struct db *db, uint64_t contact);

/* The newest answer that stands, but for one; 0 none. */
uint64_t ticket_last_answer(struct db *db, uint64_t ticket, uint64_t but);
/* Did whoever wrote that answer take it back? */
bool ticket_taken_back(struct db *db, uint64_t message);

void ticket_insert(struct db *db, const struct ticket *t, const char *note);
/* Writes everything of the row that may change; shelf, place and wake follow from it. */
void ticket_save(struct db *db, const struct ticket *t);
/* Gives the ticket to `agent` if nobody has it, in one statement: of several who try at
 * once (also on several gateways) one wins. True for that one. */
bool ticket_take(struct db *db, uint64_t id, const char *agent, int64_t at);
enum ticket_shelf ticket_shelf(const struct ticket *t);

/* Promotions that were held because somebody was talking are due at `now`: how many. */
int tickets_free_promotions(struct db *db, uint64_t contact, int64_t now);

/* Ids of tickets whose clock has rung by `now`, and when the next one rings (0: never).
 */
size_t tickets_ringing(struct db *db, int64_t now, uint64_t *ret_ids, size_t max);
int64_t tickets_next_ring(struct db *db);
/* How many customers wait whom nobody has claimed, counted up to `max`; the one who has
 * waited longest in *ret_since (untouched when there is none). */
int64_t tickets_unclaimed(struct db *db, int64_t max, int64_t *ret_since);

struct ticket_entry {
	uint64_t id, ticket, message;
	int64_t at;
	const char *what, *agent, *detail;
};
void ticket_log(struct db *db, const struct ticket_entry *entry);

/* The time something was last done, under a name; 0 never. */
int64_t moment_load(struct db *db, const char *name);
void moment_save(struct db *db, const char *name, int64_t at);

/* ---- lists, for the reader thread; texts are borrowed for the call ---- */

struct ticket_item {
	struct ticket t;
	enum ticket_shelf shelf;
	int64_t place;
	const char *note, *text;   /* as opened with; of the message that opened it */
	const char *name, *newest; /* of the customer: the name, the last text */
};
struct ticket_filter {
	enum ticket_shelf first, last; /* the shelves to show */
	const char *queue, *agent;     /* NULL: any; agent "": nobody's */
	int limit;
	/* A page goes on behind this one; shelf 0, place INT64_MIN, id 0 from the start.
	 */
	enum ticket_shelf after_shelf;
	int64_t after_place;
	uint64_t after;
};
/* Those who wait longest past their time first. `each` returns false to stop. */
void tickets_list(struct db *db, const struct ticket_filter *filter,
	bool (*each)(void *arg, const struct ticket_item *item), void *arg);
bool ticket_item_load(struct db *db, uint64_t id,
	bool (*each)(void *arg, const struct ticket_item *item), void *arg);

/* A line of the thread: a text of either side, or something that was done. */
struct thread_line {
	uint64_t id, message; /* message: 0 for what is not a text */
	int64_t at;
	bool outbound;
	const char *what;  /* "text", "note", "claimed" ... */
	const char *agent; /* of a staff text too; "" the gateway or the customer */
	const char *text;  /* or detail */
	const char *state; /* of an outbound text */
};
/* In the order it happened: the last `limit` lines before the one with the id `before`
 * (0: to the end); with `context` texts from before the ticket. */
void ticket_thread(struct db *db, const struct ticket *t, int context, int limit,
	uint64_t before, bool (*each)(void *arg, const struct thread_line *line),
	void *arg);

#endif
