/* Putting a store back from a copy of it, or from what is left of a damaged one.
 *
 * The new store is made whole beside the old one: pages copied, schema brought up to
 * date, the logs of the backup folder merged (keeplog.h), and everything that may have
 * left since the copy was made taken out of the queue and put in doubt, so that nothing
 * is sent blindly again. Promotions are paused and clocks of conversations stand still
 * until a person confirms. Then it is named STORE.restored, and from there on the change
 * is made: by restore_finish(), which goes on from wherever a crash left it. The old
 * store is kept, as STORE.before-YYYYMMDD-HHMMSS. */
#ifndef MALGIL_STORE_RESTORE_H
#define MALGIL_STORE_RESTORE_H

#include "gateway/store/key.h"
#include "gateway/store/keeplog.h"

/* The path in "sqlite:PATH"; what stands there as it is when it is something else. */
const char *store_file(const char *url);

/* Nobody else serves or changes the store while this is held. The path needs no file. */
struct store_hold {
	int fd;
};
/* -EBUSY with a sentence when a gateway is serving it. */
int store_hold(const char *path, struct store_hold *ret, struct strbuf *err) MUST_USE;
void store_release(struct store_hold *hold);

struct restore_wish {
	const char *store;  /* the path of the one to replace */
	const char *file;   /* the copy; NULL: salvage the store itself */
	const char *folder; /* where the logs lie, NULL none */
	int64_t now;
	const struct store_key *key; /* of the forgotten, as the owner gave it; NULL */
	bool without_key;            /* the owner gives it up */
};
struct restore_report {
	bool moved; /* from a move: nothing is in doubt, nothing paused */
	int64_t at; /* when the copy was made, 0 unknown */
	int64_t contacts, messages, doubts;
	struct keeplog_merged merged;
	bool key_given_up;    /* those who were forgotten are not recognised any more */
	char key_beside[512]; /* a copy of the key beside the backups, "" none */
	char kept[4096];      /* where the old store is now, "" there was none */
	int64_t rows_saved;   /* salvaged */
	struct strbuf lost;   /* a line for each table that could not be read whole */
};
/* All of it but the change itself. 0; -EPROTO (written by a newer program), -EBADMSG,
 * -ENOSPC, -errno, each with a sentence and nothing left behind. */
int restore_prepare(const struct restore_wish *wish, struct restore_report *ret,
	struct strbuf *err) MUST_USE;
/* Makes the change that was prepared, or goes on with one that was interrupted; 0 when
 * there is none. `ret_kept` (4096 bytes, may be NULL) where the old one is. */
int restore_finish(const char *store, char *ret_kept, struct strbuf *err) MUST_USE;
void restore_report_done(struct restore_report *report);

/* Since when a restored store waits for its owner to confirm, 0: it does not. */
int64_t restore_waits(struct db *db);
void restore_confirm(struct db *db);

/* salvage.c: every row of a damaged store that can still be read, into a new one at `to`.
 * `saved` and `lost` as in the report. */
int store_salvage(const char *from, const char *to, int64_t *saved, struct strbuf *lost,
	struct strbuf *err) MUST_USE;

#endif
