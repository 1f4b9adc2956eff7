/* The write-ahead log kept short. SQLite writes what is committed at the end of a log and
 * moves it into the database file later; moving a lot takes longer than the loop may
 * stand still, so a thread of its own does it. What is left when it is done, because the
 * loop went on writing, is little, and the loop moves it between two transactions: only
 * then does the log begin anew. Loop thread only. */
#ifndef MALGIL_CORE_WAL_H
#define MALGIL_CORE_WAL_H

#include "gateway/core/core.h"

struct wal;

/* Looks after the store of `core` from now on. */
struct wal *wal_new(struct core *core);
/* Waits for the thread; the log stays as it is. */
void wal_free(struct wal *wal);

#endif
