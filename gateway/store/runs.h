/* Rows of `runs`, `timers` and `scripts`: conversations in progress, their clocks, and
 * the versions of the scripts they follow. What a run's `data` says is the engine's own
 * business (dialogs/run.h). */
#ifndef MALGIL_STORE_RUNS_H
#define MALGIL_STORE_RUNS_H

#include "gateway/store/db.h"

struct run_row {
	uint64_t id, contact;
	uint64_t entry; /* of a journey: store/entries.h; 0 a dialog */
	char script[64], hash[17], step[64]; /* script: the outermost, and its version */
	char state[12], outcome[64];
	char *data;     /* owned: run_row_done() */
	int64_t said;   /* texts it has asked for */
	uint64_t heard; /* the customer's last text to it, 0 none */
	int64_t advanced;
	uint64_t awaits; /* the message whose fate it waits for, 0 none */
	char told[12];   /* that fate, "" not known or already heard */
	int64_t started, updated;
};
void run_row_done(struct run_row *row);

void run_insert(struct db *db, const struct run_row *row);
void run_save(struct db *db, const struct run_row *row);
bool run_load(struct db *db, uint64_t id, struct run_row *ret);
/* The contact's run that talks with them: the newest that waits for an answer, else the
 * newest dialog that has not ended and that staff do not have; 0 none. */
uint64_t run_talking(struct db *db, uint64_t contact);
/* The contact's runs that have not ended, oldest first. */
size_t runs_of(struct db *db, uint64_t contact, uint64_t *ret_ids, size_t max);
/* When a conversation with the contact last ended; when an answer of theirs last fitted;
 * 0 never. */
int64_t run_last_end(struct db *db, uint64_t contact);
int64_t run_last_advance(struct db *db, uint64_t contact);
/* All that have not ended, in the order of their ids. */
size_t runs_live(struct db *db, uint64_t after, uint64_t *ret_ids, size_t max);

/* Writes down the fate of a message; true when a run waits for it. */
bool run_tell(struct db *db, uint64_t message, const char *fate);
/* Something happened to the ticket of a run that staff have; true if they do. */
bool run_tell_run(struct db *db, uint64_t run, const char *what);
/* Runs that were told and have not heard it yet. */
size_t runs_told(struct db *db, uint64_t *ret_ids, size_t max);

struct timer_row {
	uint64_t id, run;
	unsigned visit;
	int kind;
	int64_t due;
};
void timer_insert(struct db *db, const struct timer_row *row);
/* The oldest due ones. */
size_t timers_due(struct db *db, int64_t now, struct timer_row *ret, size_t max);
int64_t timers_next(struct db *db); /* 0 none */
void timer_delete(struct db *db, uint64_t id);
void timers_forget(struct db *db, uint64_t run);
/* Lays a timer aside until those of its run are taken up again, due at once. */
void timer_park(struct db *db, uint64_t id);
void timers_unpark(struct db *db, uint64_t run, int64_t now);

/* Automatic texts to the contact since an id, and how many of them say just this. At most
 * 200 are looked at. */
void run_count_texts(struct db *db, uint64_t contact, uint64_t since, const char *text,
	int64_t *ret_all, int64_t *ret_same);

/* ---- versions of scripts ---- */

struct script_row {
	char id[64], hash[17];
};
void
script_keep(struct db *db, const struct script_row *row, const char *text, int64_t now);
/* The text of a version; with an empty hash, of the one that was loaded last. True when
 * there is one, its hash then in `row`. */
bool script_recall(struct db *db, struct script_row *row, struct strbuf *ret_text);
/* The versions that runs follow. */
size_t scripts_followed(struct db *db, struct script_row *ret, size_t max);

#endif
