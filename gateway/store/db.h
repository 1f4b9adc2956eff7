/* The one thin SQL interface. SQLite stands behind it; a PostgreSQL-protocol engine can.
 *
 * What the rest of the program may rely on:
 *  1. Statements are static strings in the subset both engines share, with parameters
 *     $1..$n. Each is prepared once per connection and kept.
 *  2. Writing opens a transaction by itself (BEGIN IMMEDIATE); db_commit() makes it
 *     durable.
 *  3. A failed statement poisons the transaction, as in PostgreSQL: every later
 *     statement does nothing and yields no row until db_rollback(). Callers therefore
 *     need not check each statement: a tick whose transaction is poisoned cannot
 *     commit, and whatever it did in memory is rebuilt from the store.
 *  4. Text and bytes of a row are valid until the next db_next() or db_end() of its
 *     query.
 *  5. A connection belongs to one thread.
 *
 * Parameter types, one letter each: i int64_t, u uint64_t (must fit int64), t const char
 * * (NULL is null), b const void * and size_t, n null (takes no argument), d double. */
#ifndef MALGIL_STORE_DB_H
#define MALGIL_STORE_DB_H

#include <stdio.h>

#include "gateway/base/strbuf.h"

struct db;
struct db_rows;

/* One numbered file of store/schema/. The store lists which it has (table schema_steps);
 * what is missing is applied at opening, in the order of the numbers, each in a
 * transaction of its own. A step may therefore come after one with a higher number, and
 * must not rely on what only a lower one does unless that one is older than both. Never
 * edited once it was released. */
struct schema_step {
	int version;
	const char *name, *sql;
};
extern const struct schema_step schema_steps[]; /* ends with version 0 */

enum db_mode {
	DB_WRITER,  /* creates and migrates the schema, takes the writer's lock */
	DB_READER,  /* read-only: for the reader thread and connectors */
	DB_SCRATCH, /* a store of its own in memory, gone when closed: for rehearsals; the
		       url is not looked at */
};

/* `url` is "sqlite:PATH". 0; -EBUSY when another process is the writer; -EBADMSG when the
 * file is corrupt or not a database; -EPROTO when its schema is newer than this program;
 * -errno. The sentence says what to do. */
int db_open(const char *url, enum db_mode mode, struct db **ret_db,
	struct strbuf *err) MUST_USE;
/* The same with steps of the caller's choice, in the order of their numbers. */
int db_open_with(const char *url, enum db_mode mode, const struct schema_step *steps,
	struct db **ret_db, struct strbuf *err) MUST_USE;
/* Prints a line for each step a store has not got yet, touching nothing; counts them. 0,
 * or as db_open(). */
int db_missing_steps(const char *url, const struct schema_step *steps, FILE *out,
	int *ret_count, struct strbuf *err) MUST_USE;
void db_close(struct db *db);
const char *db_path(const struct db *db);

/* Runs a statement that yields nothing. Returns rows changed, -1 when poisoned. */
int db_run(struct db *db, const char *sql, const char *types, ...);

/* Runs a query; never NULL. Always finished with db_end(). */
struct db_rows *db_select(struct db *db, const char *sql, const char *types, ...);
/* The same for a statement made at run time (a condition compiled to SQL), which is not
 * kept. The text of `sql` and of the values must live until db_end(). */
struct db_value {
	char type; /* i, d, t or n, as above */
	int64_t number;
	double real;
	const char *text;
};
struct db_rows *
db_ask(struct db *db, const char *sql, const struct db_value *values, size_t count);
/* db_run() for a statement that writes many rows at once: the n-th value is $n. */
int db_run_values(
	struct db *db, const char *sql, const struct db_value *values, size_t count);
bool db_next(struct db_rows *rows);
void db_end(struct db_rows *rows);
int64_t db_int(struct db_rows *rows, int column);      /* 0 for null */
uint64_t db_id(struct db_rows *rows, int column);      /* 0 for null */
double db_real(struct db_rows *rows, int column);      /* 0 for null */
const char *db_text(struct db_rows *rows, int column); /* "" for null */
bool db_null(struct db_rows *rows, int column);
const void *db_bytes(struct db_rows *rows, int column, size_t *ret_len);

/* Ids of the first column into `ret`, at most `max`; ends the query. Returns how many. */
size_t db_ids(struct db_rows *rows, uint64_t *ret, size_t max);

/* One number of one row, `otherwise` when there is no row or it is null. */
int64_t
db_number(struct db *db, int64_t otherwise, const char *sql, const char *types, ...);

bool db_in_transaction(const struct db *db);
/* 0 when everything written since the last commit is durable. On failure the transaction
 * is rolled back and the reason can be asked with db_error(). */
int db_commit(struct db *db) MUST_USE;
void db_rollback(struct db *db);
/* Why the transaction is poisoned: 0 or -errno (-ENOSPC, -EIO, -EBUSY, -EBADMSG corrupt).
 */
int db_poisoned(const struct db *db);
const char *db_error(const struct db *db);

/* A part of a transaction that may be undone by itself, poison included (bad input makes
 * a constraint fail; it must not take the tick with it). Not nested. */
void db_savepoint(struct db *db);
void db_savepoint_keep(struct db *db);
void db_savepoint_undo(struct db *db);

/* Writes and removes a row, and commits: can this store be written? */
int db_probe(struct db *db) MUST_USE;

/* Is the file under that name still the one that was opened? What is written to one that
 * was removed or replaced is durable nowhere. */
bool db_present(const struct db *db);

/* Pages in the write-ahead log as of the last commit, 0 when they are known to be moved.
 * For the writer's connection, which hears of it when another one has moved them all. */
int db_log_pages(const struct db *db);
void db_log_moved(struct db *db);
/* Moves the write-ahead log into the database file, as far as it goes without waiting for
 * anybody; outside a transaction. Returns the pages left to move, -1 when it could not.
 * With none left and nobody reading, the next commit begins the log anew from its start.
 */
int db_checkpoint(struct db *db);
/* Moves all of it and leaves an empty file, so that nothing of what was deleted is in it;
 * outside a transaction. It takes a millisecond for each MiB of the file. 0; -EBUSY while
 * somebody reads: nothing was waited for, try again. */
int db_log_wash(struct db *db);

#endif
