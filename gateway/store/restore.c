#include "gateway/store/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gateway/base/fault.h"
#include "gateway/base/iso.h"
#include "gateway/store/copy.h"
#include "gateway/store/db_inside.h"
#include "gateway/store/instance.h"
#include "gateway/store/meta.h"
#include "gateway/store/vault.h"

const char *
store_file(const char *url)
{
	return strncmp(url, "sqlite:", 7) ? url : url + 7;
}

/* ---- alone ---- */

int
store_hold(const char *path, struct store_hold *ret, struct strbuf *err)
{
	ret->fd = open(path, O_RDWR | O_CLOEXEC);
	if (ret->fd < 0 && errno == ENOENT)
		return 0;
	if (ret->fd < 0) {
		int r = -errno;
		strbuf_set(err, "%s: %s", path, strerror(errno));
		return r;
	}
	if (flock(ret->fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	close(ret->fd);
	ret->fd = -1;
	strbuf_set(err,
		"a gateway is serving %s; stop it first (SIGTERM, or: systemctl "
		"stop malgil)",
		path);
	return -EBUSY;
}

void
store_release(struct store_hold *hold)
{
	if (hold->fd >= 0)
		close(hold->fd);
	hold->fd = -1;
}

/* ---- the change ---- */

static bool
exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* Named by when the restore was prepared, so that an interrupted one goes on with the
 * same name. */
static void
kept_name(const char *store, const struct stat *st, char ret[4096])
{
	char stamp[32];
	struct tm t;
	gmtime_r(&st->st_mtim.tv_sec, &t);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &t);
	snprintf(ret, 4096, "%s.before-%s", store, stamp);
}

static int
rename_if_there(const char *from, const char *to)
{
	if (!exists(from) || exists(to))
		return 0;
	return rename(from, to) == 0 ? 0 : -errno;
}

/* The key goes with its store. One that was given up goes with the old one. */
static int
change_key(const char *store, const char *kept)
{
	char now[4096], fresh[4200], away[4200];
	store_key_path(store, now);
	snprintf(fresh, sizeof(fresh), "%s.restored", now);
	snprintf(away, sizeof(away), "%s.key", kept);
	if (!exists(fresh))
		return 0;
	int r = rename_if_there(now, away);
	if (!r && rename(fresh, now) != 0)
		r = -errno;
	return r;
}

int
restore_finish(const char *store, char *ret_kept, struct strbuf *err)
{
	char fresh[4096], kept[4096], from[4200], to[4200];
	struct stat st;
	snprintf(fresh, sizeof(fresh), "%s.restored", store);
	if (stat(fresh, &st) != 0)
		return 0;
	kept_name(store, &st, kept);
	/* the log before its database: alone it is of no use to anybody, but the other
	 * way round it would be taken for the new store's */
	snprintf(from, sizeof(from), "%s-wal", store);
	snprintf(to, sizeof(to), "%s-wal", kept);
	int r = rename_if_there(from, to);
	FAULT("restore.log_moved");
	snprintf(from, sizeof(from), "%s-shm", store);
	unlink(from);
	if (!r)
		r = rename_if_there(store, kept);
	if (!r)
		r = change_key(store, kept);
	FAULT("restore.old_moved");
	if (!r && rename(fresh, store) != 0)
		r = -errno;
	FAULT("restore.new_named");
	if (!r)
		r = folder_sync_of(store);
	if (r)
		strbuf_set(err, "%s cannot be put in its place: %s", fresh, strerror(-r));
	if (ret_kept)
		snprintf(ret_kept, 4096, "%s", exists(kept) ? kept : "");
	return r;
}

/* ---- what a restored store must not do ---- */

int64_t
restore_waits(struct db *db)
{
	return meta_number(db, "restored");
}

void
restore_confirm(struct db *db)
{
	meta_drop(db, "restored");
	db_run(db,
		"DELETE FROM pauses WHERE what = 'class:marketing' AND agent = 'restore'",
		"");
}

/* Whatever had not left when the copy was made may have left since. What was to wait for
 * a time that is still to come has not. */
static int64_t
put_in_doubt(struct db *db, int64_t at, int64_t now)
{
	char when[ISO_MAX];
	struct strbuf why AUTO(strbuf_done) = STRBUF_SENTENCE;
	iso_format(at, 0, when);
	strbuf_printf(&why,
		"restored from a copy of %s: whether it left after that is not known",
		when);
	return db_run(db,
		"UPDATE messages SET state = 'in_doubt', reason = $1, ready = 0, due = "
		"0, "
		"on_doubt = 'hold', updated = $2 WHERE outbound = 1 AND (state IN "
		"('accepted', 'queued', 'sending') OR (state = 'held' AND not_before <= "
		"$2))",
		"ti", why.s, now);
}

static void
hold_still(struct db *db, int64_t now)
{
	meta_set_number(db, "restored", now);
	db_run(db,
		"INSERT INTO pauses(what, at, until, agent, why) "
		"VALUES('class:marketing', "
		"$1, 0, 'restore', 'restored from a backup; malgil restore --confirm "
		"lets "
		"it go') ON CONFLICT (what) DO NOTHING",
		"i", now);
}

static void
settle(struct db *db, const struct restore_wish *w, struct restore_report *ret)
{
	struct strbuf kind AUTO(strbuf_done) = STRBUF_INIT(64);
	meta_text(db, "backup.kind", &kind);
	ret->at = meta_number(db, "backup.at");
	ret->moved = !strcmp(kind.s, "move");
	meta_drop(db, "backup.at");
	meta_drop(db, "backup.kind");
	instance_unseal(db);
	instance_release(db);
	bool whole = !w->file && !ret->lost.len;
	if (!ret->moved && w->file)
		ret->doubts = put_in_doubt(db, ret->at, w->now);
	if (!ret->moved && !whole)
		hold_still(db, w->now);
	ret->contacts = db_number(db, 0, "SELECT count(*) FROM contacts", "");
	ret->messages = db_number(db, 0, "SELECT count(*) FROM messages", "");
}

/* ---- the key of the forgotten ---- */

static void
fresh_key(const struct restore_wish *w, char ret[4200])
{
	char now[4096];
	store_key_path(w->store, now);
	snprintf(ret, 4200, "%s.restored", now);
}

static int
lay_out(const struct restore_wish *w, const struct store_key *key, struct strbuf *err)
{
	char now[4096], fresh[4200];
	struct store_key here;
	store_key_path(w->store, now);
	fresh_key(w, fresh);
	bool same = store_key_read(now, &here) == 0 &&
		    !memcmp(here.bytes, key->bytes, KEY_BYTES);
	store_key_wipe(&here);
	int r = same ? 0 : store_key_write(fresh, key);
	if (r)
		strbuf_set(err, "%s cannot be written: %s", fresh, strerror(-r));
	return r;
}

/* The one the owner gave, the one beside the store, or what older programs left beside
 * the backups. */
static bool
find_key(struct db *db, const struct restore_wish *w, struct restore_report *ret,
	struct store_key *key)
{
	char here[4096], id[INSTANCE_ID], beside[4096];
	struct strbuf there AUTO(strbuf_done) = STRBUF_INIT(4096);
	store_key_path(w->store, here);
	instance_id(db, id);
	if (w->folder && store_key_beside_backups(w->folder, id, &there))
		snprintf(ret->key_beside, sizeof(ret->key_beside), "%.511s", there.s);
	snprintf(beside, sizeof(beside), "%.4000s.key", w->file ? w->file : w->store);
	const char *const places[] = {here, *ret->key_beside ? there.s : here, beside};
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (store_key_read(places[i], key) == 0 &&
			store_key_fits(db, key) == KEY_FITS)
			return true;
	return false;
}

static int
no_key(struct strbuf *err)
{
	strbuf_set(err,
		"people were forgotten in this store, and it knows them only by a key "
		"that is neither in it nor in its backups. Give it: --key CODE (from "
		"paper) or --key-file FILE. If it is lost: --without-key; then whoever "
		"was forgotten is not recognised when they come back, and may be written "
		"to again");
	return -ENOKEY;
}

static int
take_key(struct db *db, const struct restore_wish *w, struct restore_report *ret,
	struct strbuf *err)
{
	bool needed = db_number(db, 0, "SELECT 1 FROM suppressions LIMIT 1", "") != 0;
	struct store_key key;
	char fresh[4200];
	int r = 0;
	bool found = w->key != NULL;
	fresh_key(w, fresh);
	unlink(fresh);
	if (found)
		key = *w->key;
	else
		found = find_key(db, w, ret, &key);
	if (w->key && needed && store_key_fits(db, &key) != KEY_FITS) {
		strbuf_set(err, "that is another key than the one this store's forgotten "
				"numbers are known by");
		r = -EKEYREJECTED;
	} else if (found) {
		r = lay_out(w, &key, err);
		store_key_known(db, &key);
	} else if (needed && !w->without_key) {
		r = no_key(err);
	} else if (needed) {
		store_key_give_up(db, w->now);
		ret->key_given_up = true;
		r = store_key_make(fresh, &key);
		if (r)
			strbuf_set(err, "%s cannot be made: %s", fresh, strerror(-r));
		else
			store_key_known(db, &key);
	} else {
		meta_drop(db, "key.print"); /* nobody is known by it */
	}
	store_key_wipe(&key);
	return r;
}

/* ---- preparing ---- */

static int
bring_up(struct db *db, const struct restore_wish *w, struct restore_report *ret,
	struct strbuf *err)
{
	char id[INSTANCE_ID];
	int r = 0;
	instance_id(db, id);
	if (w->folder)
		r = keeplog_merge(db, w->folder, id, &ret->merged, err);
	settle(db, w, ret);
	if (!r)
		r = take_key(db, w, ret, err);
	FAULT("restore.merged");
	if (!r && db_commit(db) != 0) {
		strbuf_set(err, "the restored store cannot be written: %s", db_error(db));
		r = -EIO;
	}
	if (r)
		return r;
	if (w->folder)
		(void)!instance_note(db, w->folder, w->now);
	/* one file again, whose name may change */
	db_checkpoint(db);
	return db_command(db, "PRAGMA journal_mode = DELETE");
}

/* A sentence about the file in work is about the file it was made from. */
static void
name_the_file(struct strbuf *err, const char *work, const char *file)
{
	const char *at = strstr(err->s, work);
	struct strbuf said AUTO(strbuf_done) = STRBUF_INIT(8192);
	if (!at)
		return;
	strbuf_add(&said, err->s, (size_t)(at - err->s));
	strbuf_puts(&said, file);
	strbuf_puts(&said, at + strlen(work));
	strbuf_set(err, "%s", said.s);
}

static bool
is_ours(const char *path)
{
	sqlite3 *s = NULL;
	sqlite3_stmt *q = NULL;
	bool ours = sqlite3_open_v2(path, &s, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
		    sqlite3_prepare_v2(s,
			    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND "
			    "name IN ('meta', 'messages', 'contacts', 'consent')",
			    -1, &q, NULL) == SQLITE_OK &&
		    sqlite3_step(q) == SQLITE_ROW && sqlite3_column_int(q, 0) == 4;
	sqlite3_finalize(q);
	sqlite3_close(s);
	return ours;
}

static void
clear_work(const char *work)
{
	static const char *const tails[] = {"", "-wal", "-shm", "-journal"};
	char path[4200];
	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		snprintf(path, sizeof(path), "%s%s", work, tails[i]);
		unlink(path);
	}
}

static int
open_work(const char *work, struct db **ret, struct strbuf *err)
{
	char url[4200];
	snprintf(url, sizeof(url), "sqlite:%s", work);
	int r = db_open(url, DB_WRITER, ret, err);
	if (r)
		return r;
	struct db_rows *q = db_select(*ret, "PRAGMA quick_check(1)", "");
	if (!db_next(q) || strcmp(db_text(q, 0), "ok") != 0) {
		strbuf_set(
			err, "%s is damaged (%s); try an older one", work, db_text(q, 0));
		r = -EBADMSG;
	}
	db_end(q);
	if (r)
		db_close(*ret);
	return r;
}

static int
make_work(const struct restore_wish *w, const char *work, struct restore_report *ret,
	struct strbuf *err)
{
	if (!w->file)
		return store_salvage(w->store, work, &ret->rows_saved, &ret->lost, err);
	int r = store_copy_file(w->file, work, err);
	FAULT("restore.copied");
	if (r || is_ours(work))
		return r;
	strbuf_set(err, "%s is no store of malgil's", w->file);
	return -EINVAL;
}

static void
clear_key(const struct restore_wish *w)
{
	char fresh[4200];
	fresh_key(w, fresh);
	unlink(fresh);
}

int
restore_prepare(
	const struct restore_wish *w, struct restore_report *ret, struct strbuf *err)
{
	char work[4096], ready[4096];
	struct db *db = NULL;
	*ret = (struct restore_report){.lost = STRBUF_INIT(64 * 1024)};
	snprintf(work, sizeof(work), "%s.restoring", w->store);
	snprintf(ready, sizeof(ready), "%s.restored", w->store);
	clear_work(work);
	int r = make_work(w, work, ret, err);
	if (!r)
		r = open_work(work, &db, err);
	if (!r) {
		r = bring_up(db, w, ret, err);
		db_close(db);
	}
	name_the_file(err, work, w->file ? w->file : w->store);
	if (!r && (r = file_sync(work)) < 0)
		strbuf_set(err, "%s cannot be synced: %s", work, strerror(-r));
	FAULT("restore.ready");
	if (!r && rename(work, ready) != 0) {
		r = -errno;
		strbuf_set(err, "%s cannot be named: %s", ready, strerror(errno));
	}
	if (!r)
		r = folder_sync_of(ready);
	if (r)
		clear_work(work);
	if (r)
		clear_key(w);
	return r;
}

void
restore_report_done(struct restore_report *report)
{
	strbuf_done(&report->lost);
}
