/* What the keys of a journey decide: may it begin again, when may it speak, when is a
 * date due. Pure: the rehearsal and the daemon ask the same questions here. */
#ifndef MALGIL_DIALOGS_JOURNEY_H
#define MALGIL_DIALOGS_JOURNEY_H

#include "dialogs/script.h"
#include "gateway/text/window.h"

#define JOURNEY_STALE (2 * DAY) /* what happened longer ago starts nothing by itself */
#define JOURNEY_SKEW                                                                     \
	(5 * MINUTE) /* what happened shortly before the trigger still counts as after:  \
			clocks differ */

/* Its `window` as a week of hours, open always when it has none. -EINVAL with a sentence.
 */
int
journey_window(const struct script *s, struct window *ret, struct strbuf *err) MUST_USE;
/* False with a sentence when its settings contradict each other. */
bool journey_good(const struct script *s, struct strbuf *err);

/* Whose wall its window is on: the contact's zone, the shop's, or a named one. */
const char *journey_zone(const struct script *s, const char *contact, const char *shop);
/* The first moment from `now` on at which its texts may leave, spread over the minutes
 * after an opening by `seed`. `now` when there is no window. */
int64_t
journey_opens(const struct script *s, int64_t now, const char *zone, uint64_t seed);

/* How often somebody has begun it. */
struct journey_past {
	int64_t last;   /* start, 0 never */
	int64_t starts; /* within again.per */
};
/* NULL, or why they may not begin it again now. */
const char *
journey_again(const struct script *s, const struct journey_past *past, int64_t now);
/* Is this person among those who are only watched? Always the same answer. */
bool journey_holds_out(const struct script *s, uint64_t contact);
/* How old a trigger may be when it is heard. */
int64_t journey_patience(const struct script *s);
/* Until when its texts are worth sending, 0 for ever. */
int64_t journey_ends(const struct script *s, int64_t origin, int64_t started);

/* The first time after `after` at which a journey of a date is due for somebody whose
 * date is `base`: every year at 00:00 on their wall, 29 February as the 28th in common
 * years, moved by before and after. The day itself counts only when nothing of it was
 * over at `base`. */
int64_t
journey_due(const struct script *s, int64_t base, int64_t after, const char *zone);

/* Is the exit one that only holds the journey? */
static inline bool
exit_pauses(const struct script_exit *x)
{
	return x->mode && x->mode[0] == 'p';
}
/* Do texts or expressions of this journey wait for, or leave on, an event of this name?
 */
bool journey_hears(const struct script *s, const char *event);

#endif
