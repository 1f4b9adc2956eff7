/* The hours a shop answers in: a week, a lunch break, days it stays shut, in its own
 * zone; and time as the people in the shop live it, which stands still while the shop is
 * shut. Pure.
 *
 * Days and changes of clocks are as in text/window.h: an hour the clock skips is no
 * opening time, one it shows twice counts twice. */
#ifndef MALGIL_TEXT_HOURS_H
#define MALGIL_TEXT_HOURS_H

#include "gateway/text/window.h"

#define HOURS_NEVER WINDOW_NEVER

struct hours {
	struct window week;
	struct dates shut;
	char zone[64];
};

/* Open at any time: what holds when nobody said otherwise. */
void hours_init(struct hours *hours, const char *zone);
/* `week` as window_parse() reads it ("mon-fri 10:00-18:00"); `lunch` the same, shut
 * within it (NULL: none). -EINVAL with a sentence, `hours` untouched. */
int hours_read(struct hours *hours, const char *week, const char *lunch,
	struct strbuf *err) MUST_USE;
void hours_done(struct hours *hours);

bool hours_open(const struct hours *hours, int64_t wall);
/* `wall` when open, else the next opening; HOURS_NEVER when there is none in 400 days. */
int64_t hours_next(const struct hours *hours, int64_t wall);
/* When the doors open the next time after `wall`, also when they are open now. */
int64_t hours_reopens(const struct hours *hours, int64_t wall);
/* Opening time between two moments, in ms; 0 when `to` is not after `from`. */
int64_t hours_between(const struct hours *hours, int64_t from, int64_t to);
/* The moment at which `span` ms (>= 0) of opening time have passed since `wall`; at the
 * end of a stretch it is that end and not the next opening. HOURS_NEVER as above. */
int64_t hours_after(const struct hours *hours, int64_t wall, int64_t span);

#endif
