/* Whose store this is. A store has an id, made once, that its copies share; it remembers
 * which computer served it last and under which path. Two gateways with one customer base
 * would send twice and forget each other's STOPs, so a store that was copied is
 * recognised when it is served: on another computer, or beside the one it is a copy of.
 * What cannot be seen from here (both computers keep their own copy, and neither ever saw
 * the other) is caught through the folder of the backups, when they share it: a restore
 * or a move leaves a note there, with a higher generation. */
#ifndef MALGIL_STORE_INSTANCE_H
#define MALGIL_STORE_INSTANCE_H

#include "gateway/store/db.h"

#define INSTANCE_ID 17 /* bytes that hold one: 16 hex digits */

/* The id, made when there is none yet: then part of the transaction. */
void instance_id(struct db *db, char ret[INSTANCE_ID]);
/* The name of a computer, as people know it. Static. */
const char *instance_host(void);

/* Before a store is served: commits. -EPERM with a sentence that says what to do: it was
 * sealed by a move, another computer served it, it is a copy of one that is still there,
 * `run_dir` is another store's,
 * or (by `folder`, NULL none) it was restored elsewhere since. `run_dir` gets the id. */
int instance_claim(struct db *db, const char *run_dir, const char *folder, int64_t now,
	struct strbuf *err) MUST_USE;

/* The next one to claim it may be any computer: after a restore or a move. Raises the
 * generation. Part of the transaction. */
void instance_release(struct db *db);
/* Leaves the note in the folder of the backups. 0 or -errno. */
int instance_note(struct db *db, const char *folder, int64_t now) MUST_USE;

/* A sealed store is not served. */
void instance_seal(struct db *db, int64_t now);
void instance_unseal(struct db *db);
int64_t instance_sealed(struct db *db); /* when, 0: it is not */

/* The network cards of this computer, hashed, in words; "" none to be seen. And: is none
 * of `now` among those of `before`, of which there are some? (instance_cards.c) */
void instance_cards(struct strbuf *ret);
bool instance_cards_strange(const char *before, const char *now);
extern const char *instance_net_folder; /* "/sys/class/net"; the tests have others */

#endif
