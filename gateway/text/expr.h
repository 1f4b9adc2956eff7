/* The one expression language of the whole program: splits, `if`, triggers, exits,
 *segments.
 *
 *	contact.orders >= 2 and (contact.tags has vip or not contact.lang = en)
 *	count(order.paid within 90d) >= 2 and contact.last_order < 90d ago
 *	contact.worry in (acne, 'dry skin')
 *
 * Operators: = != < <= > >= in has and or not, parentheses. `not` binds looser than a
 * comparison, tighter than `and`; `and` tighter than `or`. On the left stands a field (a
 * dotted name), a run variable (a bare name) or an aggregate; on the right also a number,
 *a duration ("90d ago"), a day (2026-11-21), `now`, `today`, or a word: several in single
 * quotes, a quote inside doubled. A day is the whole day: `= 2026-11-21` is any moment of
 *it,
 * `> 2026-11-21` begins with the next. A field alone asks whether it is there and not
 *"no".
 *
 * Aggregates over the contact's events: count sum avg min max (of the events' value),
 *last first (their moment), each over `NAME` or `NAME within 90d`. count and sum of
 *nothing are 0, the others are missing.
 *
 * A missing field makes any comparison false, `!=` too, and `not` makes that true. What
 *is compared follows from the right side: a number compares the number readings, a moment
 *the moments, a word the texts (only = != in). Two fields: = and != by text where both
 *have one, else by number, else by moment; order by number, else by moment.
 *
 * Evaluated in memory against a lookup, or compiled to SQL in the subset of SQLite 3.40
 *and PostgreSQL 15 with every value a bound parameter. The answers are the same; a
 *property test holds them together. Pure. */
#ifndef MALGIL_TEXT_EXPR_H
#define MALGIL_TEXT_EXPR_H

#include "gateway/text/value.h"

#define EXPR_LONGEST 2000 /* bytes */
#define EXPR_DEPTH   40   /* parentheses and `not`s inside each other */

struct expr;

enum expr_aggregate {
	EXPR_COUNT,
	EXPR_SUM,
	EXPR_AVG,
	EXPR_MIN,
	EXPR_MAX,
	EXPR_LAST,
	EXPR_FIRST,
};

/* 0 and an expression for expr_free(); -EINVAL with "character 7: sentence". */
int expr_parse(const char *text, struct expr **ret_expr, struct strbuf *err) MUST_USE;
void expr_free(struct expr *expr);
const char *expr_source(const struct expr *expr);

/* Every name used, for checkers; an aggregate's event is offered with `what` 'e', a field
 * with 'f', a run variable with 'v'. */
void expr_names(const struct expr *expr,
	void (*each)(void *ctx, char what, const char *name), void *ctx);

/* Where the values come from. `get` leaves `ret` alone for what is missing; what it lends
 * must live until the next call. `aggregate` may be NULL (all missing, counts 0); `since`
 * is INT64_MIN without `within`. */
struct expr_env {
	void *ctx;
	void (*get)(void *ctx, const char *name, struct value *ret);
	void (*aggregate)(void *ctx, enum expr_aggregate what, const char *event,
		int64_t since, struct value *ret);
	int64_t now;
	const char *zone; /* whose days are meant */
};

bool expr_eval(const struct expr *expr, const struct expr_env *env);

/* Is it false of whoever has, of the fields `of` knows, what `env` gives, whatever else
 * is known of them? False where that cannot be told. */
bool expr_fails(const struct expr *expr, bool (*of)(const char *name),
	const struct expr_env *env);

/* A field as SQL: scalar expressions for its readings, NULL for a reading it never has;
 * the expression itself yields SQL's NULL where the reading is missing. A truth gives
 * `text` as 'true' and 'false'. `set` is a SELECT of one text column, for `has`. */
struct expr_column {
	const char *text, *number, *time, *set;
	const char *has; /* beside `set`: what begins its `has`, up to the value; ")"
			    ends it. NULL: nothing is quicker than IN (set) */
	unsigned cost;   /* 0 at hand, 1 a row to look up, 2 more: of conditions that must
			    all hold, the cheap ones are asked first */
};

struct expr_schema {
	void *ctx;
	/* false for a name it does not know; `near` may be offered names. Borrowed
	 * strings must live until expr_sql() returns. */
	bool (*column)(void *ctx, const char *name, struct expr_column *ret);
	const char *events; /* a SELECT of (kind, at, value) of the contact's events */
};

#define EXPR_PARAMS 400

/* Values for $first, $(first + 1) ...; texts are borrowed from the expression. */
struct expr_params {
	struct value values[EXPR_PARAMS];
	size_t count;
};

/* Appends a condition, always true or false, to `sql`. -EINVAL with a sentence when it
 * uses what a segment cannot know (run variables, fields outside the schema). */
int expr_sql(const struct expr *expr, const struct expr_schema *schema, int64_t now,
	const char *zone, unsigned first, struct strbuf *sql,
	struct expr_params *ret_params, struct strbuf *err) MUST_USE;

#endif
