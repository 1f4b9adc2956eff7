/* Forgetting where nothing but the number says whose a row is: the audit log, remembered
 * answers, calls of providers and platforms, what an answering webhook complained of.
 * Those tables are walked in the order of their ids, some rows at a time, and what names
 * the number, however it is written, is emptied or goes. */
#ifndef MALGIL_STORE_SWEEP_H
#define MALGIL_STORE_SWEEP_H

#include "gateway/store/db.h"

/* Walks at most `max` rows on behalf of one that is being forgotten. Returns how many it
 * walked; 0: all of it is done. */
int erasure_sweep(struct db *db, uint64_t contact, int max);

/* Do the bytes name that E.164 number, with or without its country, blanks or dashes?
 * Pure. */
bool sweep_names(const void *bytes, size_t len, const char *phone);

#endif
