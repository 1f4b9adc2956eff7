#include "gateway/core/late.h"

#include <string.h>

#include "gateway/store/attempts.h"

#define LATE_SPAN (10 * MINUTE)
#define RESTARTED 2 /* below: where a modem that restarted counts; no proof */
#define RUN_MAX   8

void
late_unanswered(struct channel *ch, uint64_t attempt)
{
	if (!ch->owed_from)
		ch->owed_from = attempt;
}

void
late_answered(struct channel *ch)
{
	ch->owed_from = 0;
}

/* By plan: a doubt for which that very number was planned, and it is not the number whose
 * turn it is. */
static uint64_t
planned_doubt(struct channel *ch, int reference)
{
	struct core *core = ch->core;
	struct attempt a;
	uint64_t ids[RUN_MAX];
	if (reference < RESTARTED || ch->row.last_mr < 0 ||
		reference == (ch->row.last_mr + 1) % 256)
		return 0;
	size_t n = attempts_doubted_since(core->db, ch->row.id,
		core_now(core) - LATE_SPAN, ids, ARRAY_LEN(ids));
	for (size_t i = 0; i < n; i++)
		if (attempt_load(core->db, ids[i], &a) && a.planned_ref == reference)
			return a.id;
	return 0;
}

/* An attempt that may still be answered: in doubt, or known from elsewhere to have left.
 */
static bool
is_owed(const struct attempt *a, int64_t now)
{
	if (a->at < now - LATE_SPAN)
		return false;
	return !strcmp(a->state, "unknown") || (!strcmp(a->state, "sent") && *a->evidence);
}

/* Sent again because somebody said so: whichever is answered, the part has left. */
static bool
is_same_part(const struct attempt *a, const struct attempt *b)
{
	return a->message == b->message && a->part == b->part;
}

/* What one unanswered attempt makes of a result in the wait of a later one. A number that
 * was planned is believed: where the SIM counts, the next number shows which it was. */
static enum late_verdict
judge_one(const struct channel *ch, const struct attempt *a, int reference)
{
	bool constant = reference == ch->row.last_mr;
	if (a->planned_ref >= 0 && a->ref < 0)
		return LATE_OWN;
	if (reference >= 0 && a->ref >= 0 && reference != a->ref)
		return LATE_OWN;
	return a->ref >= 0 && reference >= 0 && !constant ? LATE_OTHERS : LATE_EITHER;
}

enum late_verdict
late_judge(struct channel *ch, uint64_t attempt, int reference, uint64_t *ret_doubt)
{
	struct core *core = ch->core;
	struct attempt self, run[RUN_MAX];
	enum late_verdict verdict = LATE_OWN;
	*ret_doubt = planned_doubt(ch, reference);
	if (*ret_doubt)
		return LATE_OTHERS;
	if (!ch->owed_from || !attempt_load(core->db, attempt, &self))
		return LATE_OWN;
	size_t n = attempts_run(
		core->db, ch->row.id, ch->owed_from, attempt, run, ARRAY_LEN(run));
	for (size_t i = 0; i < n && verdict != LATE_OTHERS; i++) {
		if (!is_owed(&run[i], core_now(core)) || is_same_part(&run[i], &self))
			continue;
		enum late_verdict v = judge_one(ch, &run[i], reference);
		if (v != LATE_OWN) {
			verdict = v;
			*ret_doubt = run[i].id;
		}
	}
	return verdict;
}

/* One more result than messages with one. Where its number was planned it must say that
 * number, which also tells one doubt from another. */
uint64_t
late_doubt(struct channel *ch, int reference)
{
	struct core *core = ch->core;
	struct attempt a;
	uint64_t ids[RUN_MAX], planned = 0, unplanned = 0;
	size_t fits = 0;
	size_t n = attempts_doubted_since(
		core->db, ch->row.id, core_now(core) - LATE_SPAN, ids, ARRAY_LEN(ids));
	for (size_t i = 0; i < n && attempt_load(core->db, ids[i], &a); i++) {
		if (a.planned_ref < 0 || reference < 0) {
			unplanned = a.id;
		} else if (a.planned_ref == reference) {
			planned = a.id;
			fits++;
		}
	}
	if (fits)
		return fits == 1 ? planned : 0;
	return n == 1 ? unplanned : 0;
}
