/*
 * What the two files behind db.h share: the connection and its statements (db.c), and how
 * a database is opened and brought up to date (db_open.c); and who copies whole files of
 * them (copy.c, salvage.c). Nobody else includes this.
 */
#ifndef MALGIL_STORE_DB_INSIDE_H
#define MALGIL_STORE_DB_INSIDE_H

#include <sqlite3.h>
#include <sys/types.h>

#include "gateway/store/db.h"

#define BUSY_WRITER 200 /* ms; the loop waits with it */
/* That a caller names one by one; tables of values have more. */
#define DB_MAX_PARAMS 40

/* A prepared statement, found again by the address of its text. */
struct db_rows {
	struct db *db;
	const char *sql;
	sqlite3_stmt *stmt;
	int params;   /* highest $n */
	int room;     /* entries of `index` */
	short *index; /* SQLite's index of $n; owned */
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

/* The errno value (negative) of a result code of SQLite. */
int db_errno_of(int rc);

/* Runs statements that return nothing, several at once; poisons on failure. 0 or -errno.
 */
int db_command(struct db *db, const char *sql);

/* Makes room for statements; once before the first. */
void db_grow(struct db *db);

/* How many commits the write-ahead log of the store at `path` has behind a place that was
 * damaged, 0 none. Before SQLite opens it, which would forget them. (db_log.c) */
int64_t db_log_lost(const char *path);

/* What to do about damage, behind what is wrong. */
#define DB_WAY_BACK                                                                      \
	"keep a copy of the file and of the one with -wal beside it, then: malgil "      \
	"restore --recover, which reads all that can be read; or malgil restore with "   \
	"the newest backup"

/* sqlite3_wal_hook(): keeps the size of the log. */
int db_on_log(void *arg, sqlite3 *sqlite, const char *name, int pages);

#endif
