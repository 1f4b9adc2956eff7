/* Conversations as others show and end them: what one waits for, as a sentence, and a way
 * out by hand. Nobody who looks needs to know the language.
 *
 * In the loop: it reads a few rows by their keys. */
#ifndef MALGIL_DIALOGS_RUNS_H
#define MALGIL_DIALOGS_RUNS_H

#include "gateway/store/runs.h"

struct dialogs;
struct run;

/* The states a run may have, for filters: NULL-terminated; "live" is all but ended.
 * "settling" and "waiting" are journeys that have not begun. */
extern const char *const run_state_filters[];

/* Why it stands where it stands: "waits for an answer to 'color' ...". `dialogs` may be
 * NULL, when no scripts are in use. */
void run_explain(struct dialogs *dialogs, struct db *db, const struct run_row *row,
	const struct run *run, struct strbuf *out);
/* The same for a journey that settles or waits to begin; NULL in every other state. */
const char *run_explain_pending(const char *state);
/* "timeout", "wait", "lookup", "unclaimed", "expire"; static. */
const char *run_timer_name(int kind);
/* Has this clock still a meaning for the run? */
bool run_timer_counts(const struct run *run, const struct timer_row *timer);

#define RUN_BY_HAND "canceled" /* the outcome of a run that somebody ended */
/* By its id, or that of an entry that has not begun. Ends it as if its script had: texts
 * that have not left are taken back, its clocks are gone, a journey lets go of the
 * person. A ticket it opened stays open. False when it is over already, or is not there.
 */
bool run_end_by_hand(struct dialogs *dialogs, uint64_t run);

#endif
