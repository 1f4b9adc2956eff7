/* Drafts on disk, a file for each: whatever ends the program, the connection or the
 * machine, what was being written is there when the desk opens again. A file is replaced
 * whole (written beside and renamed); a moment after the last key it is synced too. */
#ifndef MALGIL_DESK_DRAFTS_H
#define MALGIL_DESK_DRAFTS_H

#include "gateway/desk/model.h"

/* Makes the folder (0700), and reads what is there into the model. -errno with a
 * sentence: then drafts live in memory alone. */
int drafts_open(struct desk *d, struct strbuf *err) MUST_USE;
/* Writes those that changed. */
int drafts_save(struct desk *d, struct strbuf *err) MUST_USE;
/* Makes what was written durable. */
void drafts_sync(const struct desk *d);

#endif
