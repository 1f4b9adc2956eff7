/* How SQLite means to run each statement of store/: by an index, whatever the tables
 * hold.
 *
 * Every row calls one function of the store; what it says to SQLite is overheard, and the
 * plan of each statement is asked for on a connection beside it. The texts are not
 * repeated here. */
#ifndef MALGIL_TESTS_PLANS_H
#define MALGIL_TESTS_PLANS_H

#include <sqlite3.h>

#include "gateway/store/db.h"

#define PLANS_HEARD 16

struct plans {
	char dir[64], path[96];
	struct db *db;
	sqlite3 *beside;
	char *heard[PLANS_HEARD];
	size_t count;
};
extern struct plans t; /* the one under test */

/* `walks`: an index (or table, for what is small) it may read from end to end, because
 * all of it is wanted or because it holds only what is unsettled. `sorts`: it may, few
 * rows are left. */
struct plan_row {
	const char *name;
	void (*call)(void);
	const char *walks;
	bool sorts;
};

int plans_set_up(void **state);
int plans_tear_down(void **state);
/* Calls each on a fresh store; fails the test that asks when a plan is not allowed. */
void plans_judge(const struct plan_row *rows, size_t count);
/* May a plan have this step? */
bool plans_allow(const char *step, const char *walks, bool sorts);

#endif
