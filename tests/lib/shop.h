/* A shop with scripts of its own on the bench, one customer with a handset, and a network
 * that takes whatever lies on the wire: what tests of conversations and of journeys
 * share. */
#ifndef MALGIL_TESTS_SHOP_H
#define MALGIL_TESTS_SHOP_H

#include "tests/lib/rig.h"

#define SHOP_MINA "+821012345678"

extern struct rig shop;
extern char shop_folder[64]; /* where its scripts are */

/* Of each case: a folder for scripts, and everything gone behind it. */
int shop_set_up(void **state);
int shop_tear_down(void **state);

/* A file of that folder. */
void shop_put(const char *name, const char *text);
/* One that is shipped, by its name without ".cfg". */
void shop_copy(const char *name);
/* Opens with that folder, more settings or NULL, and what stands in its policy.cfg; NULL
 * is a number to refuse at, and four promotions a month. */
void shop_open(const char *settings, const char *policy);

/* The network takes what was released. */
void shop_deliver(void);
/* Mina writes, a second after whatever was before, and is answered. */
void shop_says(const char *text);
void shop_pass(int64_t ms);

/* One value, "(none)" without a row; static until the next call. */
const char *shop_query(const char *sql);
/* The last text that was sent contains `part`. */
void shop_heard(const char *part);
/* Texts that were to leave, whatever became of them. */
int64_t shop_texts(void);
/* Of the newest conversation. */
void shop_outcome(const char *word);
void shop_step_is(const char *name);

#define SHOP_CASE(name) cmocka_unit_test_setup_teardown(name, shop_set_up, shop_tear_down)

#endif
