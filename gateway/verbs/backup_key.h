/* malgil backup key: the key of forgotten numbers (store/key.h), for paper or a file that
 * somebody keeps where the backups are not. */
#ifndef MALGIL_VERBS_BACKUP_KEY_H
#define MALGIL_VERBS_BACKUP_KEY_H

#include "gateway/core/config.h"
#include "gateway/verbs/verbs.h"

/* Makes it when there is none and nobody was forgotten. `file` NULL: on the screen. The
 * exit code. */
int
backup_key(const struct verb_args *args, const struct config *config, const char *file);

#endif
