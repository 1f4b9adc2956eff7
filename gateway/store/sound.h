/* Is the store whole? Reads every table with its indexes and holds each against the
 * other, which a store that is merely in use does not notice for months. For a reader's
 * thread: it takes as long as the disk does, one table's snapshot at a time. */
#ifndef MALGIL_STORE_SOUND_H
#define MALGIL_STORE_SOUND_H

#include <stdatomic.h>

#include "gateway/store/db.h"

/* 0; -EBADMSG with what was found (three places at most); -ECANCELED when `stop` became
 * true; -errno with a sentence. */
int store_sound(struct db *db, const atomic_bool *stop, struct strbuf *err) MUST_USE;

#endif
