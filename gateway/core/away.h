/* Days the shop is not there: holidays it adds to those of its configuration, and
 * vacations.
 *
 * A holiday is shut for hours.week (promises to customers stand still) and for promotions
 * (policy.holidays). A vacation does more: promotions and campaigns are paused, what was
 * promised moves behind it, and whoever writes is told once when the shop is back. Rows
 * of `holidays` and `absences`; the configuration's days are kept beside, so that a day
 * can be taken out again. */
#ifndef MALGIL_CORE_AWAY_H
#define MALGIL_CORE_AWAY_H

#include "gateway/core/handler.h"

struct away *away_new(struct core *core);
void away_free(struct away *away);
/* Every minute: a vacation begins or is over. */
void away_look(struct core *core);
/* A customer's text reached a person's queue: who writes into a vacation hears of it. */
void away_answer(struct core *core, const struct inbound *in);

/* "2026-12-24", or "2026-12-24..2026-12-26" (at most 62 days). How many days in *ret. 0;
 * -EINVAL with a sentence. */
int holiday_add(struct core *core, const char *days, const char *name, const char *agent,
	int *ret, struct strbuf *err) MUST_USE;
/* -ENOENT when none of them was added here. */
int holiday_remove(
	struct core *core, const char *days, int *ret, struct strbuf *err) MUST_USE;

struct absence {
	uint64_t id;
	int64_t since, until;
	char says[640], agent[64];
};
/* From the first day's beginning (or now, where that is today) to the last day's end. One
 * that overlaps another, or is over, is refused. */
int away_set(struct core *core, const char *first, const char *last, const char *says,
	const char *agent, struct absence *ret, struct strbuf *err) MUST_USE;
/* -ENOENT when there is none. */
int away_end(struct core *core, const char *agent, struct strbuf *err) MUST_USE;
/* The vacation that is, or the next one. */
bool away_next(struct db *db, int64_t now, struct absence *ret);

#endif
