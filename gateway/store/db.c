#include "gateway/store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/fault.h"

#define MAX_PARAMS  40
#define BUSY_WRITER 200 /* ms; the loop waits with it */
#define BUSY_READER 2000

/* A prepared statement, found again by the address of its text. */
struct db_rows {
	struct db *db;
	const char *sql;
	sqlite3_stmt *stmt;
	int params;              /* highest $n */
	short index[MAX_PARAMS]; /* SQLite's index of $n */
	bool busy, row;
	bool extra; /* made because the kept one was busy: finalised at the end */
};

struct db {
	sqlite3 *sqlite;
	char *path;
	int lock;
	enum db_mode mode;
	dev_t device; /* with `inode`: which file was opened */
	ino_t inode;
	bool transaction, savepoint;
	int poison;
	int log_pages; /* of the write-ahead log, as of the last commit */
	int log_tried; /* pages at which the writer last moved it itself */
	struct strbuf error;
	struct db_rows **table; /* open addressing by address of the text */
	size_t count, cap;
};

/* ---- errors ---- */

static int
errno_of(int rc)
{
	switch (rc & 0xFF) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE: return 0;
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return -EBUSY;
	case SQLITE_FULL: return -ENOSPC;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT: return -EBADMSG;
	case SQLITE_READONLY: return -EROFS;
	case SQLITE_CONSTRAINT: return -EEXIST;
	case SQLITE_NOMEM: abort();
	default: return -EIO;
	}
}

static void
poison(struct db *db, int rc, const char *sql)
{
	if (db->poison)
		return;
	db->poison = errno_of(rc);
	strbuf_set(&db->error, "%s (%.60s...)", sqlite3_errmsg(db->sqlite), sql);
}

int
db_poisoned(const struct db *db)
{
	return db->poison;
}

const char *
db_error(const struct db *db)
{
	return db->error.s;
}

/* ---- statements ---- */

static size_t
slot_of(const struct db *db, const char *sql)
{
	size_t i = ((uintptr_t)sql >> 4) * 0x9E3779B1u & (db->cap - 1);
	while (db->table[i] && db->table[i]->sql != sql)
		i = (i + 1) & (db->cap - 1);
	return i;
}

static void
grow(struct db *db)
{
	struct db_rows **old = db->table;
	size_t cap = db->cap;
	db->cap = cap ? cap * 2 : 128;
	db->table = xcalloc(db->cap, sizeof(*db->table));
	for (size_t i = 0; i < cap; i++)
		if (old[i])
			db->table[slot_of(db, old[i]->sql)] = old[i];
	free(old);
}

static struct db_rows *
prepare(struct db *db, const char *sql)
{
	struct db_rows *q = xcalloc(1, sizeof(*q));
	q->db = db;
	q->sql = sql;
	int rc = sqlite3_prepare_v3(
		db->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &q->stmt, NULL);
	if (rc != SQLITE_OK)
		poison(db, rc, sql);
	for (int n = 1; q->stmt && n < MAX_PARAMS; n++) {
		char name[16];
		snprintf(name, sizeof(name), "$%d", n);
		q->index[n] = (short)sqlite3_bind_parameter_index(q->stmt, name);
		if (q->index[n])
			q->params = n;
	}
	return q;
}

static struct db_rows *
statement(struct db *db, const char *sql)
{
	if (db->count * 2 >= db->cap)
		grow(db);
	size_t i = slot_of(db, sql);
	struct db_rows *q = db->table[i];
	if (!q) {
		q = db->table[i] = prepare(db, sql);
		db->count++;
	} else if (q->busy) {
		q = prepare(db, sql);
		q->extra = true;
	}
	q->busy = true;
	return q;
}

static void
bind_one(struct db_rows *q, int n, char type, va_list *ap)
{
	int at = n < MAX_PARAMS ? q->index[n] : 0;
	const void *bytes;
	const char *text;
	switch (type) {
	case 'i': sqlite3_bind_int64(q->stmt, at, va_arg(*ap, int64_t)); break;
	case 'u': sqlite3_bind_int64(q->stmt, at, (int64_t)va_arg(*ap, uint64_t)); break;
	case 'd': sqlite3_bind_double(q->stmt, at, va_arg(*ap, double)); break;
	case 'n': sqlite3_bind_null(q->stmt, at); break;
	case 't':
		text = va_arg(*ap, const char *);
		if (text)
			sqlite3_bind_text(q->stmt, at, text, -1, SQLITE_STATIC);
		else
			sqlite3_bind_null(q->stmt, at);
		break;
	case 'b':
		bytes = va_arg(*ap, const void *);
		sqlite3_bind_blob(
			q->stmt, at, bytes, (int)va_arg(*ap, size_t), SQLITE_STATIC);
		break;
	default: abort();
	}
}

/* A count that differs from the statement's own is a bug, found by the first test that
 * passes there. */
static void
bind_all(struct db_rows *q, const char *types, va_list *ap)
{
	if (!q->stmt)
		return;
	if ((int)strlen(types) != q->params)
		abort();
	for (int n = 1; types[n - 1]; n++)
		bind_one(q, n, types[n - 1], ap);
}

/* BEGIN, COMMIT and their like, thousands of times a second: prepared once like the rest.
 */
static int
transact(struct db *db, const char *sql)
{
	struct db_rows *q = statement(db, sql);
	int rc = q->stmt ? sqlite3_step(q->stmt) : SQLITE_ERROR;
	if (rc != SQLITE_DONE)
		poison(db, rc, sql);
	db_end(q);
	return rc == SQLITE_DONE ? 0 : errno_of(rc);
}

static void
begin(struct db *db)
{
	if (transact(db, "BEGIN IMMEDIATE") == 0)
		db->transaction = true;
}

static struct db_rows *
ready(struct db *db, const char *sql, const char *types, va_list *ap)
{
	struct db_rows *q = statement(db, sql);
	bind_all(q, types, ap);
	bool writes = q->stmt && !sqlite3_stmt_readonly(q->stmt);
	if (writes && !db->transaction && !db->poison)
		begin(db);
	return q;
}

int
db_run(struct db *db, const char *sql, const char *types, ...)
{
	va_list ap;
	va_start(ap, types);
	struct db_rows *q = ready(db, sql, types, &ap);
	va_end(ap);
	while (db_next(q))
		;
	int changed = db->poison ? -1 : sqlite3_changes(db->sqlite);
	db_end(q);
	return changed;
}

struct db_rows *
db_select(struct db *db, const char *sql, const char *types, ...)
{
	va_list ap;
	va_start(ap, types);
	struct db_rows *q = ready(db, sql, types, &ap);
	va_end(ap);
	return q;
}

bool
db_next(struct db_rows *q)
{
	q->row = false;
	if (!q->stmt || q->db->poison)
		return false;
	int rc = sqlite3_step(q->stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		poison(q->db, rc, q->sql);
	q->row = rc == SQLITE_ROW;
	return q->row;
}

void
db_end(struct db_rows *q)
{
	if (q->stmt) {
		sqlite3_reset(q->stmt);
		sqlite3_clear_bindings(q->stmt);
	}
	q->busy = q->row = false;
	if (q->extra) {
		sqlite3_finalize(q->stmt);
		free(q);
	}
}

int64_t
db_int(struct db_rows *q, int column)
{
	return q->row ? sqlite3_column_int64(q->stmt, column) : 0;
}

uint64_t
db_id(struct db_rows *q, int column)
{
	return (uint64_t)db_int(q, column);
}

double
db_real(struct db_rows *q, int column)
{
	return q->row ? sqlite3_column_double(q->stmt, column) : 0;
}

const char *
db_text(struct db_rows *q, int column)
{
	const char *text = NULL;
	if (q->row)
		text = (const char *)sqlite3_column_text(q->stmt, column);
	return text ? text : "";
}

bool
db_null(struct db_rows *q, int column)
{
	return !q->row || sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}

const void *
db_bytes(struct db_rows *q, int column, size_t *ret_len)
{
	const void *bytes = q->row ? sqlite3_column_blob(q->stmt, column) : NULL;
	*ret_len = q->row ? (size_t)sqlite3_column_bytes(q->stmt, column) : 0;
	return bytes ? bytes : "";
}

size_t
db_ids(struct db_rows *q, uint64_t *ret, size_t max)
{
	size_t n = 0;
	while (n < max && db_next(q))
		ret[n++] = db_id(q, 0);
	db_end(q);
	return n;
}

int64_t
db_number(struct db *db, int64_t otherwise, const char *sql, const char *types, ...)
{
	va_list ap;
	va_start(ap, types);
	struct db_rows *q = ready(db, sql, types, &ap);
	va_end(ap);
	int64_t n = otherwise;
	if (db_next(q) && !db_null(q, 0))
		n = db_int(q, 0);
	db_end(q);
	return n;
}

/* ---- transactions ---- */

static int
command(struct db *db, const char *sql)
{
	int rc = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		poison(db, rc, sql);
	return rc == SQLITE_OK ? 0 : errno_of(rc);
}

bool
db_in_transaction(const struct db *db)
{
	return db->transaction;
}

void
db_rollback(struct db *db)
{
	if (db->transaction && !sqlite3_get_autocommit(db->sqlite))
		sqlite3_exec(db->sqlite, "ROLLBACK", NULL, NULL, NULL);
	db->transaction = db->savepoint = false;
	db->poison = 0;
}

/* The checkpointing thread keeps the log short; where it cannot keep up with a load that
 * never pauses, the writer takes the time itself, so that the log has an end. A reader's
 * snapshot may be in the way: then again a little later. */
#define LOG_HARD  16384 /* pages: 64 MiB */
#define LOG_AGAIN 2048

static void
bound_log(struct db *db)
{
	if (db->log_pages < LOG_HARD)
		db->log_tried = 0;
	else if (db->log_pages >= db->log_tried + LOG_AGAIN) {
		db->log_tried = db->log_pages;
		db_checkpoint(db);
	}
}

int
db_commit(struct db *db)
{
	if (!db->transaction && !db->poison)
		return 0;
	if (!db->poison) {
		FAULT("store.before_commit");
		transact(db, "COMMIT");
		FAULT("store.after_commit");
	}
	int r = db->poison;
	if (r)
		db_rollback(db);
	db->transaction = false;
	bound_log(db);
	return r;
}

void
db_savepoint(struct db *db)
{
	if (!db->transaction && !db->poison)
		begin(db);
	if (!db->poison && transact(db, "SAVEPOINT s") == 0)
		db->savepoint = true;
}

void
db_savepoint_keep(struct db *db)
{
	if (db->savepoint && !db->poison)
		transact(db, "RELEASE s");
	db->savepoint = false;
}

void
db_savepoint_undo(struct db *db)
{
	/* A full disk may have rolled everything back already: then the poison stays. */
	if (!db->savepoint || sqlite3_get_autocommit(db->sqlite))
		return;
	int before = db->poison;
	db->savepoint = false;
	db->poison = 0;
	if (transact(db, "ROLLBACK TO s") == 0 && transact(db, "RELEASE s") == 0 &&
		before && before != -EEXIST)
		db->poison = before;
}

/* Room for a few busy ticks, not for a row: what fits only just would be full again at
 * once. Two commits, because pages that are freed before the first are never written. */
int
db_probe(struct db *db)
{
	db_run(db,
		"INSERT INTO meta(key, value) VALUES('probe', hex(zeroblob(65536))) "
		"ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		"");
	int r = db_commit(db);
	if (r)
		return r;
	db_run(db, "DELETE FROM meta WHERE key = 'probe'", "");
	return db_commit(db);
}

bool
db_present(const struct db *db)
{
	struct stat file;
	return stat(db->path, &file) == 0 && file.st_dev == db->device &&
	       file.st_ino == db->inode;
}

int
db_checkpoint(struct db *db)
{
	int frames = 0, moved = 0;
	FAULT("store.before_checkpoint");
	int rc = sqlite3_wal_checkpoint_v2(
		db->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &moved);
	FAULT("store.after_checkpoint");
	if (rc != SQLITE_OK)
		return -1;
	if (frames == moved)
		db->log_pages = 0;
	return frames - moved;
}

int
db_log_pages(const struct db *db)
{
	return db->log_pages;
}

void
db_log_moved(struct db *db)
{
	db->log_pages = 0;
}

static int
on_log(void *arg, sqlite3 *sqlite, const char *name, int pages)
{
	struct db *db = arg;
	(void)sqlite, (void)name;
	db->log_pages = pages;
	return SQLITE_OK;
}

/* ---- opening ---- */

/* Expands ID, INT and BYTES where they stand as words. */
static void
expand(const char *sql, struct strbuf *out)
{
	static const struct {
		const char *word, *sqlite;
	} types[] = {{"ID", "INTEGER"}, {"INT", "INTEGER"}, {"BYTES", "BLOB"}};
	while (*sql) {
		size_t n = strspn(
			sql, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_");
		const char *as = NULL;
		for (size_t i = 0; n && i < ARRAY_LEN(types); i++)
			if (strlen(types[i].word) == n && !strncmp(sql, types[i].word, n))
				as = types[i].sqlite;
		if (as)
			strbuf_puts(out, as);
		else
			strbuf_add(out, sql, n ? n : 1);
		sql += n ? n : 1;
	}
}

/* user_version stays the highest step ever applied: programs older than the list of steps
 * go by it. */
static int
apply(struct db *db, const struct schema_step *step)
{
	struct strbuf sql = STRBUF_INIT(1 << 20);
	int have = (int)db_number(db, 0, "PRAGMA user_version", "");
	strbuf_puts(&sql, "BEGIN IMMEDIATE;");
	expand(step->sql, &sql);
	strbuf_printf(&sql,
		"INSERT INTO schema_steps(version) VALUES(%d);"
		"PRAGMA user_version = %d; COMMIT;",
		step->version, MAX(have, step->version));
	FAULT("store.before_schema");
	int r = command(db, sql.s);
	FAULT("store.after_schema");
	if (r)
		command(db, "ROLLBACK");
	strbuf_done(&sql);
	return r;
}

/* A store from before the list has every step up to its user_version. */
static int
start_list(struct db *db, const struct schema_step *steps)
{
	struct strbuf sql = STRBUF_INIT(4096);
	int have = (int)db_number(db, 0, "PRAGMA user_version", "");
	strbuf_puts(&sql,
		"BEGIN IMMEDIATE;"
		"CREATE TABLE schema_steps (version INTEGER PRIMARY KEY) STRICT;");
	for (; steps->version; steps++)
		if (steps->version <= have)
			strbuf_printf(&sql, "INSERT INTO schema_steps VALUES(%d);",
				steps->version);
	strbuf_puts(&sql, "COMMIT;");
	int r = command(db, sql.s);
	strbuf_done(&sql);
	return r;
}

/* The newest step in the store that this program does not know, 0 none. */
static int
unknown_step(struct db *db, const struct schema_step *steps, bool listed)
{
	int newest = 0, unknown = 0;
	for (const struct schema_step *s = steps; s->version; s++)
		newest = MAX(newest, s->version);
	int have = (int)db_number(db, 0, "PRAGMA user_version", "");
	struct db_rows *q =
		!listed ? NULL
			: db_select(db,
				  "SELECT version FROM schema_steps ORDER BY version",
				  "");
	while (q && db_next(q)) {
		const struct schema_step *s = steps;
		while (s->version && s->version != (int)db_int(q, 0))
			s++;
		unknown = s->version ? unknown : (int)db_int(q, 0);
	}
	if (q)
		db_end(q);
	return have > newest ? have : unknown;
}

static bool
has_step(struct db *db, int version, bool listed)
{
	return listed && db_number(db, 0, "SELECT 1 FROM schema_steps WHERE version = $1",
				 "i", (int64_t)version);
}

/* Steps are applied in the order of their numbers, and each once: one whose number is
 * lower than what the store has (two lines of work came together late) is applied too. */
static int
migrate(struct db *db, const struct schema_step *steps, struct strbuf *err)
{
	bool listed = db_number(db, 0,
		"SELECT count(*) FROM sqlite_master WHERE name = 'schema_steps'", "");
	int unknown = unknown_step(db, steps, listed);
	if (unknown) {
		strbuf_set(err,
			"%s was written by a newer malgil (schema step %d, which this "
			"one "
			"does not know); install that version again, or restore a backup "
			"made before it",
			db->path, unknown);
		return -EPROTO;
	}
	bool write = db->mode != DB_READER && !db->poison;
	if (write && !listed)
		listed = start_list(db, steps) == 0;
	bool whole = listed;
	for (const struct schema_step *s = steps; s->version && whole; s++)
		whole = has_step(db, s->version, listed) || (write && apply(db, s) == 0);
	if (whole && !db->poison)
		return 0;
	strbuf_set(err, "%s: the schema cannot be brought up to date: %s", db->path,
		db->error.len ? db->error.s : "open it with the gateway first");
	return db->poison ? db->poison : -EPROTO;
}

/* flock() on the database file itself: SQLite's own locks are another kind, and nothing
 * is left behind. The descriptor stays open until every connection of this process is
 * closed: closing it earlier would drop SQLite's locks on the file (fcntl(2)). */
static int
take_lock(struct db *db, struct strbuf *err)
{
	db->lock = open(db->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (db->lock < 0) {
		int r = -errno;
		strbuf_set(err, "%s cannot be opened for writing: %s%s", db->path,
			strerror(-r),
			r == -ENOENT ? " (the folder of the store must be there)" : "");
		return r;
	}
	if (flock(db->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	strbuf_set(err,
		"another malgil is serving %s already; stop that one first, or give this "
		"one a store of its own",
		db->path);
	return -EBUSY;
}

static int
set_up(struct db *db, struct strbuf *err)
{
	sqlite3_extended_result_codes(db->sqlite, 1);
	sqlite3_busy_timeout(
		db->sqlite, db->mode == DB_WRITER ? BUSY_WRITER : BUSY_READER);
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	/* Or a parameter that a partial index speaks of makes it plan anew at every
	 * binding. */
	sqlite3_db_config(db->sqlite, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
	const char *sync =
		getenv("MALGIL_SYNCHRONOUS"); /* the crash suite proves FULL with it */
	struct strbuf pragmas = STRBUF_INIT(512);
	strbuf_printf(&pragmas,
		"PRAGMA journal_mode = WAL; PRAGMA synchronous = %s; PRAGMA foreign_keys "
		"= ON;"
		"PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -4096;"
		"PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;",
		sync && !strcmp(sync, "OFF") ? "OFF" : "FULL");
	if (db->mode == DB_READER)
		strbuf_puts(
			&pragmas, "PRAGMA query_only = ON; PRAGMA cache_size = -2048;");
	int r = command(db, pragmas.s);
	strbuf_done(&pragmas);
	sqlite3_wal_hook(db->sqlite, on_log, db);
	if (r == -EBADMSG)
		strbuf_set(err,
			"%s is damaged or not a database (%s); nothing was changed: keep "
			"a copy, "
			"then restore the newest backup",
			db->path, db->error.s);
	else if (r < 0)
		strbuf_set(err, "%s cannot be used: %s", db->path, db->error.s);
	return r;
}

/* Damage is looked for before anything is accepted, as long as looking is quick: reading
 * the whole of a large store would keep customers waiting for what is met soon enough
 * anyway. */
#define CHECKED_PAGES 16384

static int
check_health(struct db *db, struct strbuf *err)
{
	if (db_number(db, 0, "PRAGMA page_count", "") > CHECKED_PAGES)
		return 0;
	struct db_rows *q = db_select(db, "PRAGMA quick_check(1)", "");
	bool good = db_next(q) && !strcmp(db_text(q, 0), "ok");
	if (!good)
		strbuf_set(err,
			"%s is damaged (%s); nothing was changed: keep a copy, then "
			"restore the "
			"newest backup",
			db->path, db->poison ? db->error.s : db_text(q, 0));
	db_end(q);
	return good ? 0 : -EBADMSG;
}

/* SQLite's own statistics of memory take a lock at every allocation; nobody asks for
 * them. */
static void
prepare_library(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int
db_open_with(const char *url, enum db_mode mode, const struct schema_step *steps,
	struct db **ret_db, struct strbuf *err)
{
	if (mode == DB_SCRATCH)
		url = "sqlite::memory:";
	if (strncmp(url, "sqlite:", 7) != 0 || !url[7]) {
		strbuf_set(err, "store = \"%s\": only \"sqlite:PATH\" is known", url);
		return -EINVAL;
	}
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, prepare_library);
	struct db *db = xcalloc(1, sizeof(*db));
	db->path = xstrdup(url + 7);
	db->mode = mode;
	db->lock = -1;
	strbuf_init(&db->error, 1024);
	grow(db);
	int r = mode == DB_WRITER ? take_lock(db, err) : 0;
	if (!r) {
		int flags = mode == DB_READER
				    ? SQLITE_OPEN_READWRITE
				    : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
		int rc = sqlite3_open_v2(
			db->path, &db->sqlite, flags | SQLITE_OPEN_NOMUTEX, NULL);
		if (rc != SQLITE_OK) {
			r = errno_of(rc);
			strbuf_set(err, "%s cannot be opened: %s", db->path,
				db->sqlite ? sqlite3_errmsg(db->sqlite)
					   : "out of memory");
		}
	}
	if (!r)
		r = set_up(db, err);
	struct stat file;
	if (!r && stat(db->path, &file) == 0) {
		db->device = file.st_dev;
		db->inode = file.st_ino;
	}
	if (!r && mode == DB_WRITER)
		r = check_health(db, err);
	if (!r)
		r = migrate(db, steps, err);
	if (r) {
		db_close(db);
		return r;
	}
	*ret_db = db;
	return 0;
}

int
db_open(const char *url, enum db_mode mode, struct db **ret_db, struct strbuf *err)
{
	return db_open_with(url, mode, schema_steps, ret_db, err);
}

void
db_close(struct db *db)
{
	if (!db)
		return;
	db_rollback(db);
	for (size_t i = 0; i < db->cap; i++) {
		if (!db->table[i])
			continue;
		sqlite3_finalize(db->table[i]->stmt);
		free(db->table[i]);
	}
	free(db->table);
	sqlite3_close(db->sqlite);
	if (db->lock >= 0)
		close(db->lock);
	strbuf_done(&db->error);
	free(db->path);
	free(db);
}

const char *
db_path(const struct db *db)
{
	return db->path;
}
