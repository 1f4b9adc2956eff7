/* Whole lists of people: taken in row by row, and taken back by the import's id.
 *
 * A row makes a contact or adds to one. It starts nothing: no event for each person, no
 * greeting, no journey. What it says about consent counts only with a yes, a date and a
 * source; it never overrules what somebody said here (a STOP, a refusal in the ledger, a
 * number that was forgotten), and a relay number (050x) agrees to nothing. A row that
 * says no stops the promotions.
 *
 * Undoing restores what was there before, where nobody has changed it since: fields and
 * tags get back what they held, people nobody knew before go. Whoever has written, was
 * written to, or has a row in the ledger stays; the ledger only grows, so a consent is
 * taken back by one more row, unless theirs has a later one. It is work in ticks and goes
 * on after a crash. */
#ifndef MALGIL_CORE_ROLLS_H
#define MALGIL_CORE_ROLLS_H

#include "gateway/core/core.h"
#include "gateway/store/rolls.h"

#define ROLL_CELLS 64

struct roll_wish {
	const char *name, *agent;
	const char *const
		*columns; /* phone, consent, date, source, night, tags, fields */
	size_t column_count;
};
/* 0 and an id; -EINVAL with a sentence. */
int roll_begin(struct core *core, const struct roll_wish *wish, uint64_t *ret_id,
	struct strbuf *err) MUST_USE;

/* One list in hand: rows are put into it, some in each tick. */
struct roll_hand;
struct roll_hand *roll_take(struct core *core, uint64_t id, struct strbuf *err) MUST_USE;
void roll_release(struct roll_hand *hand);
/* At the beginning of a tick's rows and at their end: reads and writes the import's row.
 */
int roll_slice(struct roll_hand *hand, struct strbuf *err) MUST_USE;
void roll_sliced(struct roll_hand *hand);

enum roll_result {
	ROLL_NEW,
	ROLL_CHANGED,
	ROLL_SAME,
	ROLL_REFUSED,
};
const char *roll_result_name(enum roll_result result);
/* Cells by the columns, "" or NULL empty. A sentence is in `why` when the row was
 * refused, and also when it was taken but its consent was not. */
enum roll_result roll_row(struct roll_hand *hand, const char *const *cells, size_t count,
	struct strbuf *why);

int roll_finish(struct core *core, uint64_t id, struct strbuf *err) MUST_USE;
/* 0: it is being undone. -ENOENT, -EPERM with a sentence. */
int roll_undo(struct core *core, uint64_t id, struct strbuf *err) MUST_USE;
/* Some more of what is being undone: true while there is something left to do now. */
bool rolls_undo_some(struct core *core);

#endif
