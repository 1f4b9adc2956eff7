/* What a step accepts as an answer besides listed words:
 *
 *	number 1-5          a number in the range; whole unless a bound has a point. Where
 *the range is below 10,000, "3만원" and "30,000원" answer 3 date, date past     a day
 *(text/date.h); saved as 2026-11-21 time, time 10:00-18:00   saved as 15:30 yesno saved
 *as yes or no phone               saved as the caller's rule gives it, or its digits (8
 *to 15) pattern REGEX       the part that fits, not cut out of a longer word or number
 *	any                 anything at all, as written
 *
 * Pure. */
#ifndef MALGIL_TEXT_ANSWER_H
#define MALGIL_TEXT_ANSWER_H

#include "gateway/text/value.h"

enum answer_kind {
	ANSWER_NUMBER,
	ANSWER_DATE,
	ANSWER_TIME,
	ANSWER_YESNO,
	ANSWER_PHONE,
	ANSWER_PATTERN,
	ANSWER_ANY,
};

struct answer_accept {
	enum answer_kind kind;
	double min, max; /* of a number */
	bool fractions;  /* 4.5 is a number too */
	bool past;       /* of a date */
	int from, to;    /* of a time: minutes after midnight */
	char pattern[256];
};

/* "number 1-5" and friends. -EINVAL with a sentence and the nearest form. */
int
answer_parse(const char *text, struct answer_accept *ret, struct strbuf *err) MUST_USE;

struct answer_env {
	int64_t now;
	const char *zone, *lang;
	bool day_first;
	/* Number as written to number as saved; NULL: its digits. */
	bool (*phone)(const char *text, struct strbuf *out);
};

/* Is the reply such an answer? What is saved replaces the content of `out`. */
bool answer_read(const struct answer_accept *accept, const char *reply,
	const struct answer_env *env, struct strbuf *out);

/* The forms understood, for a person: `malgil check --accepts`. */
extern const char answer_forms[];

#endif
