/* What a name stands for when an expression or a template asks: nothing, a truth, a
 * number, a moment, a text, or a list of texts.
 *
 * A text may also be read as a number ("15") or a moment ("2026-11-21"): such are what
 * customers and shops save. The store keeps the three readings of an attribute beside
 * each other (text, number, moment), made by these functions, so that an expression gives
 * the same answer in memory and in SQL. A number has no text reading and a moment
 * neither: how they would be written is the reader's business, not the comparison's.
 * Pure. */
#ifndef MALGIL_TEXT_VALUE_H
#define MALGIL_TEXT_VALUE_H

#include "gateway/base/strbuf.h"

enum value_kind {
	VALUE_MISSING,
	VALUE_BOOL,
	VALUE_NUMBER,
	VALUE_TIME,
	VALUE_TEXT,
	VALUE_LIST
};

struct value {
	enum value_kind kind;
	double number;    /* VALUE_NUMBER; VALUE_BOOL as 0 or 1 */
	int64_t time;     /* VALUE_TIME: wall clock */
	const char *text; /* VALUE_TEXT; VALUE_LIST: members joined by '\n'. Borrowed. */
};

static inline struct value
value_text(const char *text)
{
	return (struct value){.kind = text ? VALUE_TEXT : VALUE_MISSING, .text = text};
}

static inline struct value
value_number(double number)
{
	return (struct value){.kind = VALUE_NUMBER, .number = number};
}

static inline struct value
value_time(int64_t wall)
{
	return (struct value){.kind = VALUE_TIME, .time = wall};
}

static inline struct value
value_bool(bool truth)
{
	return (struct value){.kind = VALUE_BOOL, .number = truth};
}

/* The readings. A truth reads as the texts "true" and "false". */
const char *value_as_text(const struct value *v); /* NULL: none */
bool value_as_number(const struct value *v, double *ret);
bool value_as_time(const struct value *v, const char *zone, int64_t *ret);
/* Is it there, and not "", "0", "no", "false", 0 or an empty list? */
bool value_is_true(const struct value *v);
bool value_list_has(const struct value *v, const char *member);

/* "2026-11-21" and "2026-11-21T09:30[:00][+09:00]"; without an offset, in `zone`. Sets
 * `ret_day` (may be NULL) when no time of day was given. */
bool value_parse_time(const char *text, const char *zone, int64_t *ret, bool *ret_day);
/* "-12.5": at most 15 digits, nothing around them. */
bool value_parse_number(const char *text, double *ret);

/* As a template prints it without a filter: 12, 12.5, 2026-11-21 09:30 in `zone`. */
void value_print(const struct value *v, const char *zone, struct strbuf *out);
void value_print_number(double number, struct strbuf *out);

#endif
