/* What the verbs share that work on a store without the gateway: its path, its place
 * among the backups, and how a copy is made of it. */
#ifndef MALGIL_VERBS_OFFLINE_H
#define MALGIL_VERBS_OFFLINE_H

#include "gateway/core/config.h"
#include "gateway/store/copy.h"
#include "gateway/store/instance.h"
#include "gateway/verbs/verbs.h"

/* The configuration, or NULL after printing why. */
struct config *offline_config(const struct verb_args *args);
/* A copy of the configured store into `folder` (named as vault.h has it), a
 * fresh log beside it. 0, or -errno with a sentence. `ret_path` is appended to. */
int offline_backup(const struct config *config, const char *folder,
	struct strbuf *ret_path, struct copy_report *report, struct strbuf *err) MUST_USE;
/* Is `path`, or what it is to be made in, `folder` or inside of it? `folder` may be NULL.
 */
bool offline_same_folder(const char *path, const char *folder);
/* "2026-11-21 19:48" in the shop's zone; "never" for 0. */
void offline_when(const struct config *config, int64_t at, char ret[40]);

#endif
