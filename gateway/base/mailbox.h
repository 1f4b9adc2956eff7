/* The one type two threads share: letters posted from any thread, delivered in order, in
 * the loop's thread, as part of an ordinary tick. */
#ifndef MALGIL_BASE_MAILBOX_H
#define MALGIL_BASE_MAILBOX_H

#include "gateway/base/loop.h"

struct mailbox;

/* `deliver(arg, letter)` runs in the loop's thread, once for each letter. */
struct mailbox *
mailbox_new(struct loop *loop, void (*deliver)(void *arg, void *letter), void *arg);

/* From any thread. The letter belongs to `deliver` from here on. */
void mailbox_post(struct mailbox *m, void *letter);

/* Loop thread only, when no other thread can post any more. Undelivered letters go to
 * `discard` (may be NULL when there can be none). */
void mailbox_free(struct mailbox *m, void (*discard)(void *letter));

#endif
