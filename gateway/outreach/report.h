/* What came of it all in a period: the figures behind `malgil report`, counted from the
 * rows themselves in the reader thread.
 *
 * A text belongs to the period it was written in, an order to the one it was made in, a
 * mark, a ticket, a consent to when it was given. "Sent" is what was handed to the
 * network: sent, delivered or undelivered. A reply is the first text somebody sends
 * within a day of ours, and answers the newest of ours before it. Who leaves is counted
 * against the last promotion they had within a day. A link followed counts for the text
 * it stands in. Money is in thousandths of the shop's
 * currency.
 *
 * It refuses to guess: a share without anybody in it is not there, and nothing is known
 * of who read a text, for SMS does not tell. */
#ifndef MALGIL_OUTREACH_REPORT_H
#define MALGIL_OUTREACH_REPORT_H

#include "gateway/store/db.h"

#define REPORT_NAME  64
#define REPORT_LINES 4000
#define REPORT_SMALL 30 /* a share of fewer people says little, and is marked */
#define REPORT_REPLY DAY
#define REPORT_DAYS  400 /* the longest period */

struct report_ask {
	int64_t from, until; /* wall */
	int64_t now;
	const char *zone; /* of the shop: hours and days are its own; lives as long */
	int64_t patience; /* ms; what is not counted by then is left out */
};

/* A script's step, in a variant; or what is not said by a script, by its origin. */
struct report_line {
	char script[REPORT_NAME], step[REPORT_NAME], variant[REPORT_NAME];
	int64_t sent, delivered, failed, kept; /* kept: suppressed, expired, canceled */
	int64_t linked, clicked, replied, left;
	int64_t orders, revenue, cost;
};
struct report_channel {
	char name[REPORT_NAME];
	int64_t sent, delivered, undelivered, failed, received, cost;
};
struct report_agent {
	char name[REPORT_NAME];                       /* "": nobody has taken it */
	int64_t tickets, answered, closed, answer_ms; /* median until the first answer */
	int64_t marks, positive;
};
struct report_source {
	char name[REPORT_NAME];
	int64_t people, agreed, orders, revenue;
};
/* A journey: those it wrote to, and those it left alone. */
struct report_journey {
	char script[REPORT_NAME];
	int64_t in, in_goals, out, out_goals, credited, value;
};
struct report_marks {
	int64_t n, positive, negative;
	double sum, high;
};
struct report_day {
	int64_t day; /* since 1970, local */
	int64_t sent, received, revenue, orders, left;
};
struct report_hour {
	int64_t sent, replied, clicked; /* of promotions, by when they were written */
};

/* What is counted one after the other, the quick ones first. */
enum report_part {
	REPORT_CONSENT,
	REPORT_COST,
	REPORT_ORDERS,
	REPORT_CREDITS,
	REPORT_RETENTION,
	REPORT_MARKS,
	REPORT_TICKETS,
	REPORT_SOURCES,
	REPORT_JOURNEYS,
	REPORT_REPLIES,
	REPORT_TEXTS,
	REPORT_PARTS
};
#define REPORT_PART(part) (1u << (part))

struct report {
	struct report_ask ask;
	bool partial;        /* it took too long: some of it is missing */
	unsigned missing;    /* of which parts: REPORT_PART() */
	int64_t texts_until; /* texts are missing: those before that are counted */
	struct {
		int64_t sent, delivered, undelivered, failed, suppressed, expired,
			canceled, waiting, doubt, received;
		int64_t promotions, reached; /* promotions sent; people who had one */
		int64_t linked, clicked, other_devices, machines;
		int64_t replied, reply_ms; /* texts answered; median until then */
		int64_t people, agreed, declined, left;
		int64_t asked, asked_agreed; /* people a script asked for consent */
		int64_t parts, cost;
	} texts;
	struct {
		int64_t orders, revenue, customers, new_orders, new_revenue,
			repeat_orders, repeat_revenue, undone, credited, credited_revenue,
			by_click;
		int64_t before, retained; /* customers of the span before; still here */
		int64_t ever, ever_spent;
		int64_t given, redeemed, referred, stood;
	} shop;
	struct {
		int64_t opened, answered, closed, answer_ms, unanswered;
		int64_t feedback, acted; /* closed with these words */
	} tickets;
	struct report_marks csat, nps;
	struct report_line *lines;
	uint32_t *line_slots; /* where a line stands, plus one, by its names */
	struct report_channel *channels;
	struct report_agent *agents;
	struct report_source *sources;
	struct report_journey *journeys;
	struct report_day *days;
	size_t line_count, channel_count, agent_count, source_count, journey_count,
		day_count;
	struct report_hour hours[24], weekdays[7]; /* weekday 0: Monday */
};

/* For the reader thread. Always released. */
void report_count(struct db *db, const struct report_ask *ask, struct report *ret);
void report_done(struct report *r);
const char *report_part_name(enum report_part part); /* "texts" */
/* All of all, for "against our own average". */
void report_total(const struct report *r, struct report_line *ret);

/* ---- report_people.c, report_texts.c: inside ---- */

struct report_work {
	struct db *db;
	struct report *r;
	int64_t lo, hi; /* ids of the period */
	int64_t from, until;
	int64_t deadline; /* monotonic */
};
bool report_is_late(const struct report_work *w);
/* The line of a text that was told so: by a script, by a campaign (its key says which,
 * the line's script is its name, its step "campaign" or "reminder"), or else by its
 * origin. */
struct report_line *
report_line_told(struct report_work *w, const char *script, const char *step,
	const char *variant, const char *origin, const char *key, uint64_t contact);
struct report_line *report_line_named(
	struct report *r, const char *script, const char *step, const char *variant);
/* The line a text stands in, by its id; NULL: there are too many. */
struct report_line *report_line_of(struct report_work *w, uint64_t message);
struct report_day *report_day_of(struct report *r, int64_t wall);
/* The hour and the weekday in which promotions of that moment are counted. */
void report_hours_of(struct report *r, int64_t wall, struct report_hour *ret[2]);
struct report_channel *report_channel_named(struct report *r, const char *name);
/* A row of a growing list, empty; NULL: it is full. */
void *report_place(void *list, size_t *count, size_t size, size_t max);
/* The row whose name is at its beginning, or a new one. */
void *report_named(void *list, size_t *count, size_t size, const char *name, size_t max);
/* Sorts. 0 for none. */
int64_t report_median(int64_t *times, size_t n);
void report_texts(struct report_work *w);
void report_consent(struct report_work *w);
void report_orders(struct report_work *w);
void report_retention(struct report_work *w);
void report_credits(struct report_work *w);
void report_marks(struct report_work *w);
void report_tickets(struct report_work *w);
void report_sources(struct report_work *w);
void report_journeys(struct report_work *w);

#endif
