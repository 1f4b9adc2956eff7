#include "gateway/core/late.h"

#include <stdlib.h>

#include "gateway/store/attempts.h"

#define LATE_SPAN (10 * MINUTE)
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

bool
late_is_over(const struct channel *ch)
{
	return clock_mono(ch->core->clock) >= ch->late_until;
}

/* Sent again because somebody said so: whichever is answered, the part has left. */
static bool
is_same_part(const struct attempt *a, const struct attempt *b)
{
	return a->message == b->message && a->part == b->part;
}

/* A number that the SIM has passed: an older text's, or it has begun anew. One further on
 * is what follows after texts whose numbers nobody heard. */
static bool
is_behind(int last, int reference)
{
	return last >= 0 && reference >= 0 && (reference - last - 1 + 256) % 256 >= 128;
}

/* What one unanswered attempt, with `before` others right before it, makes of a number in
 * the wait of a later one. One that was planned is believed where the SIM counts: each of
 * those before it may have taken a number, or none. */
static enum late_verdict
judge_number(
	const struct channel *ch, const struct attempt *a, size_t before, int reference)
{
	int last = ch->row.last_mr, number = a->ref >= 0 ? a->ref : a->planned_ref;
	bool in_turn = last < 0 || reference == (last + 1) % 256;
	bool right_before = ch->owed_from && a->id >= ch->owed_from;
	if (number >= 0 && number == reference && reference >= RESTARTED &&
		reference != last && (!in_turn || (a->ref >= 0 && right_before)))
		return LATE_OTHERS;
	if (number < 0 && ch->row.counting > 0 && is_behind(last, reference))
		return LATE_EITHER;
	if (!right_before)
		return LATE_OWN;
	if (number < 0 || reference < 0)
		return LATE_EITHER;
	if (a->ref >= 0)
		return reference == a->ref ? LATE_EITHER : LATE_OWN;
	return (size_t)((reference - number + 256) % 256) <= before ? LATE_EITHER
								    : LATE_OWN;
}

static int
by_id(const void *left, const void *right)
{
	const struct attempt *a = left, *b = right;
	return a->id < b->id ? -1 : a->id > b->id;
}

/* A refusal has no number. Where the same part was sent again, whichever of the two is
 * refused: the other may have left. */
static enum late_verdict
judge_one(const struct channel *ch, const struct attempt *a, const struct attempt *self,
	size_t before, const struct outcome *o)
{
	if (o->what != SEND_SENT)
		return ch->owed_from && a->id >= ch->owed_from ? LATE_EITHER : LATE_OWN;
	if (is_same_part(a, self))
		return LATE_OWN;
	return judge_number(ch, a, before, o->reference);
}

/* Too many of them: nothing that comes can be shared out. */
static void
may_be(struct late_either *e, uint64_t id, size_t *n)
{
	if (*n < LATE_MOST)
		e->ids[*n] = id;
	e->count = ++*n <= LATE_MOST ? *n : 0;
}

enum late_verdict
late_judge(struct channel *ch, uint64_t attempt, const struct outcome *outcome,
	struct late_either *ret)
{
	struct core *core = ch->core;
	struct attempt self, owed[RUN_MAX];
	size_t before = 0, several = 0;
	*ret = (struct late_either){0};
	if (late_is_over(ch) || !attempt_load(core->db, attempt, &self))
		return LATE_OWN;
	size_t n = attempts_owed(core->db, ch->row.id, core_now(core) - LATE_SPAN,
		attempt, owed, ARRAY_LEN(owed));
	qsort(owed, n, sizeof(*owed), by_id);
	for (size_t i = 0; i < n; i++) {
		switch (judge_one(ch, &owed[i], &self, before, outcome)) {
		case LATE_OWN: break;
		case LATE_EITHER: may_be(ret, owed[i].id, &several); break;
		case LATE_OTHERS: ret->ids[0] = owed[i].id; return LATE_OTHERS;
		}
		before += ch->owed_from && owed[i].id >= ch->owed_from;
	}
	if (!several)
		return LATE_OWN;
	may_be(ret, attempt, &several);
	return LATE_EITHER;
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
