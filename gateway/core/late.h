/* Whose answer is it? A modem that was given up on may still answer, while the next text
 * waits for its own. This decides what a result proves, from the references and from what
 * was left unanswered before it; the journal writes what it says.
 *
 * A modem answers in order, unless the number in an answer says otherwise: what stands
 * before a text with an answer is answered, or never will be. None answers after ten
 * minutes. */
#ifndef MALGIL_CORE_LATE_H
#define MALGIL_CORE_LATE_H

#include "gateway/core/channel_inside.h"

enum late_verdict {
	LATE_OWN,    /* it is the answer of the text that waits for it */
	LATE_OTHERS, /* of one that was given up; what became of this one is not said */
	LATE_EITHER, /* of one of the two, and nothing tells which */
};

/* The result `reference` (-1 none) came while `attempt` waited. `ret_doubt` is the
 * attempt in doubt that it belongs to, or may belong to; 0 none. */
enum late_verdict
late_judge(struct channel *ch, uint64_t attempt, int reference, uint64_t *ret_doubt);

/* The modem has not answered this attempt. */
void late_unanswered(struct channel *ch, uint64_t attempt);
/* It has answered one: nothing before is owed any more. */
void late_answered(struct channel *ch);

/* The attempt in doubt that a result outside any wait answers, 0 when that cannot be
 * told.
 */
uint64_t late_doubt(struct channel *ch, int reference);

#endif
