/* Whose answer is it? A modem that was given up on may still answer, while the next text
 * waits for its own. This decides what an answer proves, from the references and from
 * what was left unanswered before it; the journal writes what it says.
 *
 * A modem answers in order, unless the number in an answer says otherwise: what stands
 * before a text with an answer is answered, or never will be. None answers after ten
 * minutes.
 *
 * Within them the number that the doubtful one would have had proves nothing by itself:
 * either it never left and the next text got its number, or this is its late answer, and
 * the next text was swallowed, and what follows counts on the same in both cases. Only a
 * status report, which names the number and the recipient, or a second answer tells. So
 * after a text that was given up the next one is in doubt with it; but not after one that
 * an earlier life of the gateway left: since then the modem has answered the whole
 * setting up, and would have answered that first. */
#ifndef MALGIL_CORE_LATE_H
#define MALGIL_CORE_LATE_H

#include "gateway/core/channel_inside.h"

#define RESTARTED 2 /* below: where a modem that restarted counts; no proof */

enum late_verdict {
	LATE_OWN,    /* it is the answer of the text that waits for it */
	LATE_OTHERS, /* of one that was given up; what became of this one is not said */
	LATE_EITHER, /* of one of several, and nothing tells which */
};

/* The answer `outcome` came while `attempt` waited. OTHERS: ids[0] is the attempt it
 * belongs to. EITHER: those it may belong to, `attempt` the last. */
enum late_verdict late_judge(struct channel *ch, uint64_t attempt,
	const struct outcome *outcome, struct late_either *ret);

/* Nothing that was given up can be answered any more: ten minutes are over. */
bool late_is_over(const struct channel *ch);
/* The modem has not answered this attempt. */
void late_unanswered(struct channel *ch, uint64_t attempt);
/* It has answered one: nothing before is owed any more. */
void late_answered(struct channel *ch);

/* The attempt in doubt that a result outside any wait answers, 0 when that cannot be
 * told. */
uint64_t late_doubt(struct channel *ch, int reference);

#endif
