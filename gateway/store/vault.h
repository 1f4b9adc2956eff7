/* The folder backups lie in, which may be a stick that is pulled at any moment. Names
 * tell everything: "malgil-INSTANCE-YYYYMMDD-HHMMSS.db" (UTC) is a whole copy,
 * "malgil-INSTANCE-YYYYMMDD-HHMMSS.log" what was agreed, refused and forgotten since
 * (keeplog.h). The key forgotten numbers are hashed with (key.h) is never among them.
 * Several shops may share a folder; each touches its own instance's files only.
 *
 * Knows nothing of what is in the files. */
#ifndef MALGIL_STORE_VAULT_H
#define MALGIL_STORE_VAULT_H

#include "gateway/base/strbuf.h"

#define VAULT_NAME     64
#define VAULT_INSTANCE 8 /* characters of the instance's id in names */

enum vault_kind { VAULT_COPY, VAULT_LOG };

struct vault_item {
	char name[VAULT_NAME];
	int64_t at, bytes;
};
struct vault_list {
	struct vault_item *items; /* the newest first */
	size_t count;
};

/* 0; -ENOENT or another -errno with a sentence when the folder cannot be read (a stick
 * that is not there). `instance` NULL: of all. */
int vault_read(const char *folder, const char *instance, enum vault_kind kind,
	struct vault_list *ret, struct strbuf *err) MUST_USE;
void vault_done(struct vault_list *list);
/* FOLDER/NAME of a file made at that time; of a copy at the first second from then on
 * that has none yet. `ret` is empty before. */
void vault_path(const char *folder, const char *instance, int64_t at,
	enum vault_kind kind, struct strbuf *ret);
/* Whose file that is, from its name: false when it is none of ours. */
bool vault_owner(const char *path, char ret_instance[VAULT_INSTANCE + 1]);

/* Which of the copies stay: of the last 7 days, 4 weeks and 12 months that have one, the
 * newest each, and the newest ten of two days. `items` the newest first; pure. */
void vault_choose(const struct vault_item *items, size_t count, bool *ret_keep);
/* Removes the copies that do not stay, logs older than the oldest copy, and what an
 * interrupted copy left. Returns how many files went. */
size_t vault_rotate(const char *folder, const char *instance);

#endif
