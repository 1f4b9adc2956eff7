#include "gateway/core/late.h"

#include "gateway/store/attempts.h"

#define LATE_SPAN (10 * MINUTE)
#define RESTARTED 2 /* below: where a modem that restarted counts; no proof */
#define RUN_MAX   32

void
late_unanswered(struct channel *ch, uint64_t attempt)
{
	if (!ch->owed_from)
		ch->owed_from = attempt;
	ch->late_until = clock_mono(ch->core->clock) + LATE_SPAN;
}

void
late_answered(struct channel *ch)
{
	ch->owed_from = 0;
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
	int last = ch->row.last_mr, number = a->ref >= 0 ? a->ref : a->planned_ref;
	bool in_turn = last < 0 || reference == (last + 1) % 256;
	bool right_before = ch->owed_from && a->id >= ch->owed_from;
	if (number >= 0 && number == reference && reference >= RESTARTED &&
		reference != last && (!in_turn || (a->ref >= 0 && right_before)))
		return LATE_OTHERS;
	if (number < 0 && !in_turn && ch->row.counting > 0)
		return LATE_EITHER;
	if (!right_before || (a->planned_ref >= 0 && a->ref < 0) ||
		(reference >= 0 && a->ref >= 0 && reference != a->ref))
		return LATE_OWN;
	return LATE_EITHER;
}

enum late_verdict
late_judge(struct channel *ch, uint64_t attempt, int reference, uint64_t *ret_doubt)
{
	struct core *core = ch->core;
	struct attempt self, owed[RUN_MAX];
	enum late_verdict verdict = LATE_OWN;
	*ret_doubt = 0;
	if (clock_mono(core->clock) >= ch->late_until ||
		!attempt_load(core->db, attempt, &self))
		return LATE_OWN;
	size_t n = attempts_owed(core->db, ch->row.id, core_now(core) - LATE_SPAN,
		attempt, owed, ARRAY_LEN(owed));
	for (size_t i = 0; i < n && verdict != LATE_OTHERS; i++) {
		enum late_verdict v = judge_one(ch, &owed[i], reference);
		if (v == LATE_OWN || is_same_part(&owed[i], &self))
			continue;
		verdict = v;
		*ret_doubt = owed[i].id;
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
