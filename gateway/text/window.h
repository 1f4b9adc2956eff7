/* Windows: when something may leave, as sets of hours on the wall of whoever gets it.
 * Pure.
 *
 * A window is a week of hours ("mon-sat 08:00-20:00, sun 12:00-17:00"), with days on
 * which it stays shut (holidays, closures). Hours may cross midnight; "22:00-06:00" on
 * Monday ends on Tuesday at six, unless Tuesday is shut. A rule is a window in a zone;
 * several rules together allow what each of them allows.
 *
 * Half-open: the opening instant is open, the closing instant is shut. Across a change of
 * clocks: an opening the clock jumps over opens when it has jumped; hours the clock shows
 * twice open at the first showing and shut at the last. */
#ifndef MALGIL_TEXT_WINDOW_H
#define MALGIL_TEXT_WINDOW_H

#include "gateway/base/strbuf.h"

#define WINDOW_SPANS 8 /* in one day, once those that touch are one */
#define WINDOW_NEVER INT64_MAX

struct window_day {
	uint8_t count;
	struct {
		int16_t from, to; /* minutes of the day, 0 <= from < to <= 1440, apart, in
				     order */
	} spans[WINDOW_SPANS];
};
struct window {
	struct window_day days[7]; /* Monday first */
};

/* Reads "mon-fri 10:00-18:00, sat 10:00-14:00": items between commas, each its days
 * (none: every day; "mon-fri", "sat sun") and hours, "24:00" allowed as an end. "always"
 * is open the whole week, "never" not at all. -EINVAL with a sentence: what was found and
 * expected. */
int window_parse(const char *text, struct window *ret, struct strbuf *err) MUST_USE;
/* Shuts the hours that are open in `quiet`; opens nothing. -EINVAL, and `w` untouched,
 * when a day would fall into more than WINDOW_SPANS stretches. */
int window_subtract(struct window *w, const struct window *quiet) MUST_USE;
bool window_empty(const struct window *w);
bool window_always(const struct window *w);
/* The spelling window_parse() reads. */
void window_print(const struct window *w, struct strbuf *out);

/* Dates as days since 1970-01-01, in order, each once. Owned: released with dates_done().
 */
struct dates {
	int32_t *days;
	size_t count;
};
/* Adds "2026-12-25", or several between commas. -EINVAL with a sentence. */
int dates_add(struct dates *dates, const char *text, struct strbuf *err) MUST_USE;
/* Adds all of `more`. */
void dates_join(struct dates *dates, const struct dates *more);
bool dates_has(const struct dates *dates, int64_t day);
void dates_done(struct dates *dates);

struct window_rule {
	const struct window *window;
	const struct dates *shut; /* may be NULL */
	const char *zone;
	const char *name; /* for whoever explains, may be NULL */
};

/* The first moment not before `wall` at which all rules are open and stay open for more
 * than `margin` ms; WINDOW_NEVER when there is none within 400 days. `ret_rule` (may be
 * NULL): the index of the rule that kept it waiting longest, n when none did. */
int64_t window_next(const struct window_rule *rules, size_t n, int64_t wall,
	int64_t margin, size_t *ret_rule);
/* When the rules, all open at `wall`, are no longer so: looked for during 40 days, then
 * WINDOW_NEVER. */
int64_t window_closes(const struct window_rule *rules, size_t n, int64_t wall);

#endif
