/* Conversations for whoever looks: a page of them, and the clocks of one. Rows in, rows
 * out; what a state means is dialogs' business. */
#ifndef MALGIL_STORE_RUNS_LIST_H
#define MALGIL_STORE_RUNS_LIST_H

#include "gateway/store/runs.h"

struct run_filter {
	const char *script; /* NULL: all */
	const char *state;  /* NULL: all; "live": all that have not ended */
	const char *phone;  /* E.164; NULL: all */
	uint64_t before;    /* id: older than this; 0: newest */
	int limit;
};
/* The row has no `data`, and neither it nor `phone` outlives the call. A journey that has
 * not begun is one with the id of its entry and the state "settling" or "waiting"; `due`
 * is when it is looked at again, 0 of all others. */
typedef void (*run_each)(
	void *arg, const struct run_row *run, const char *phone, int64_t due);
/* Newest first. */
void runs_list(struct db *db, const struct run_filter *filter, run_each each, void *arg);

/* The clocks of a run, the earliest first; one laid aside has INT64_MAX. */
size_t timers_of(struct db *db, uint64_t run, struct timer_row *ret, size_t max);

/* The texts a run asked for, newest first. */
struct run_text {
	uint64_t message;
	char step[64], variant[64], state[16];
	int64_t at;
};
size_t run_texts(struct db *db, uint64_t run, struct run_text *ret, size_t max);

#endif
