#include "gateway/store/db.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/fault.h"
#include "gateway/store/db_inside.h"

/* ---- errors ---- */

int
db_errno_of(int rc)
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
	db->poison = db_errno_of(rc);
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

void
db_grow(struct db *db)
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
	q->room = MAX(DB_MAX_PARAMS, sqlite3_bind_parameter_count(q->stmt) + 1);
	q->index = xcalloc((size_t)q->room, sizeof(*q->index));
	for (int n = 1; q->stmt && n < q->room; n++) {
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
		db_grow(db);
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
	int at = n < q->room ? q->index[n] : 0;
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
	return rc == SQLITE_DONE ? 0 : db_errno_of(rc);
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

static void
bind_values(struct db_rows *q, const struct db_value *values, size_t count)
{
	for (size_t i = 0; q->stmt && i < count; i++) {
		const struct db_value *v = &values[i];
		int at = (int)i + 1 < q->room ? q->index[i + 1] : 0;
		if (v->type == 'i')
			sqlite3_bind_int64(q->stmt, at, v->number);
		else if (v->type == 'd')
			sqlite3_bind_double(q->stmt, at, v->real);
		else if (v->type == 't' && v->text)
			sqlite3_bind_text(q->stmt, at, v->text, -1, SQLITE_STATIC);
		else
			sqlite3_bind_null(q->stmt, at);
	}
}

struct db_rows *
db_ask(struct db *db, const char *sql, const struct db_value *values, size_t count)
{
	struct db_rows *q = prepare(db, sql);
	q->extra = q->busy = true;
	bind_values(q, values, count);
	return q;
}

int
db_run_values(struct db *db, const char *sql, const struct db_value *values, size_t count)
{
	struct db_rows *q = statement(db, sql);
	if (q->stmt && (int)count != q->params)
		abort();
	bind_values(q, values, count);
	if (!db->transaction && !db->poison)
		begin(db);
	while (db_next(q))
		;
	int changed = db->poison ? -1 : sqlite3_changes(db->sqlite);
	db_end(q);
	return changed;
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
		free(q->index);
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

int
db_command(struct db *db, const char *sql)
{
	int rc = sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		poison(db, rc, sql);
	return rc == SQLITE_OK ? 0 : db_errno_of(rc);
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
db_log_wash(struct db *db)
{
	int frames, moved;
	sqlite3_busy_timeout(db->sqlite, 0);
	int rc = sqlite3_wal_checkpoint_v2(
		db->sqlite, NULL, SQLITE_CHECKPOINT_TRUNCATE, &frames, &moved);
	sqlite3_busy_timeout(db->sqlite, BUSY_WRITER);
	if (rc != SQLITE_OK)
		return db_errno_of(rc);
	db->log_pages = 0;
	return 0;
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

int
db_on_log(void *arg, sqlite3 *sqlite, const char *name, int pages)
{
	struct db *db = arg;
	(void)sqlite, (void)name;
	db->log_pages = pages;
	return SQLITE_OK;
}
