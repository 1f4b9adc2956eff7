#include "gateway/store/foreign.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/base/clock.h"

#define LOOK_EVERY 2000 /* steps of the machine between two looks at the clock */
#define LENGTH_MAX (1 << 20)
#define SQL_MAX    (64 * 1024)
#define BUSY_PAUSE 10 /* ms */

struct question {
	const struct foreign_query *query;
	sqlite3 *sqlite;
	sqlite3_stmt *stmt;
	int64_t until; /* mono */
	bool late, stopped, denied;
};

/* ---- what keeps it harmless ---- */

/* True when it must end. */
static bool
over(struct question *q)
{
	q->stopped |= q->query->stop && atomic_load(q->query->stop);
	q->late |= clock_mono(clock_real()) >= q->until;
	return q->late || q->stopped;
}

static int
on_steps(void *arg)
{
	return over(arg);
}

/* Somebody writes to the file: asked again until the time is over. */
static int
on_busy(void *arg, int times)
{
	(void)times;
	if (over(arg))
		return 0;
	sqlite3_sleep(BUSY_PAUSE);
	return 1;
}

static int
authorize(void *arg, int action, const char *one, const char *two, const char *database,
	const char *trigger)
{
	static const char *const refused[] = {"load_extension", "writefile", "readfile",
		"edit", "fts3_tokenizer", "randomblob", "zeroblob"};
	struct question *q = arg;
	(void)one, (void)database, (void)trigger;
	bool fine = action == SQLITE_SELECT || action == SQLITE_READ ||
		    action == SQLITE_RECURSIVE || action == SQLITE_FUNCTION;
	for (size_t i = 0; action == SQLITE_FUNCTION && i < ARRAY_LEN(refused); i++)
		fine = fine && (!two || sqlite3_stricmp(two, refused[i]) != 0);
	q->denied |= !fine;
	return fine ? SQLITE_OK : SQLITE_DENY;
}

static void
fence(struct question *q)
{
	sqlite3 *db = q->sqlite;
	sqlite3_extended_result_codes(db, 1);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, LENGTH_MAX);
	sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, SQL_MAX);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(db, SQLITE_LIMIT_COLUMN, 2 * FOREIGN_COLUMNS);
	sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 200);
	sqlite3_limit(db, SQLITE_LIMIT_WORKER_THREADS, 0);
	sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000);
	sqlite3_busy_handler(db, on_busy, q);
	sqlite3_progress_handler(db, LOOK_EVERY, on_steps, q);
	sqlite3_exec(db, "PRAGMA query_only = ON; PRAGMA cache_size = -1024;", NULL, NULL,
		NULL);
	sqlite3_set_authorizer(db, authorize, q);
}

/* ---- sentences ---- */

static int
explain(struct question *q, int rc, struct strbuf *err)
{
	const char *path = q->query->path;
	const char *said = q->sqlite ? sqlite3_errmsg(q->sqlite) : "out of memory";
	if (q->stopped) {
		strbuf_set(err, "it was called off");
		return -ECANCELED;
	}
	if (q->denied) {
		strbuf_set(err, "the statement would do more than read (%s)", said);
		return -EPERM;
	}
	switch (rc & 0xFF) {
	case SQLITE_INTERRUPT:
		strbuf_set(err, "%s did not answer within %lld ms", path,
			(long long)q->query->wait);
		return -ETIMEDOUT;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		strbuf_set(err, "%s is locked by somebody who writes", path);
		return -EBUSY;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		strbuf_set(err, "%s is damaged or not an SQLite file (%s)", path, said);
		return -EBADMSG;
	case SQLITE_CANTOPEN:
		strbuf_set(err, "%s cannot be opened: %s", path, said);
		return -EACCES;
	case SQLITE_ERROR:
		strbuf_set(err, "the statement is wrong: %s", said);
		return -EINVAL;
	default: strbuf_set(err, "%s: %s", path, said); return -EIO;
	}
}

/* ---- asking ---- */

static int
open_file(struct question *q, struct strbuf *err)
{
	struct stat st;
	const char *path = q->query->path;
	if (stat(path, &st) != 0) {
		int r = -errno;
		strbuf_set(err, "%s: %s", path, strerror(-r));
		return r;
	}
	if (!S_ISREG(st.st_mode)) {
		strbuf_set(err, "%s is not a file", path);
		return -EINVAL;
	}
	int rc = sqlite3_open_v2(
		path, &q->sqlite, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK)
		return explain(q, rc, err);
	fence(q);
	return 0;
}

/* Nothing may follow the statement but blanks, comments and its semicolon. */
static bool
alone(sqlite3 *db, const char *tail)
{
	sqlite3_stmt *second = NULL;
	while (*tail) {
		const char *next = tail;
		if (sqlite3_prepare_v2(db, tail, -1, &second, &next) != SQLITE_OK ||
			second) {
			sqlite3_finalize(second);
			return false;
		}
		if (next == tail)
			break;
		tail = next;
	}
	return true;
}

static int
prepare(struct question *q, struct strbuf *err)
{
	const char *tail = "";
	int rc = sqlite3_prepare_v2(q->sqlite, q->query->sql, -1, &q->stmt, &tail);
	if (rc != SQLITE_OK)
		return explain(q, rc, err);
	if (!q->stmt || !sqlite3_column_count(q->stmt)) {
		strbuf_set(err, "the statement selects nothing");
		return -EINVAL;
	}
	if (!sqlite3_stmt_readonly(q->stmt) || sqlite3_stmt_isexplain(q->stmt)) {
		strbuf_set(err, "the statement is not a SELECT");
		return -EPERM;
	}
	if (!alone(q->sqlite, tail)) {
		strbuf_set(err, "there is more than one statement");
		return -EPERM;
	}
	if (sqlite3_column_count(q->stmt) <= FOREIGN_COLUMNS)
		return 0;
	strbuf_set(err, "the statement selects more than %d columns", FOREIGN_COLUMNS);
	return -EINVAL;
}

static const char *
argument(const struct foreign_query *query, const char *name)
{
	for (size_t i = 0; name && i < query->arg_count; i++)
		if (!strcmp(query->args[i].name, name + 1)) /* behind ':' or '$' or '@' */
			return query->args[i].value;
	return NULL;
}

static int
bind(struct question *q, struct strbuf *err)
{
	for (int i = 1; i <= sqlite3_bind_parameter_count(q->stmt); i++) {
		const char *name = sqlite3_bind_parameter_name(q->stmt, i);
		const char *value = argument(q->query, name);
		if (!value) {
			strbuf_set(err,
				"the statement asks for %s, which is not among its args",
				name ? name : "'?'; write :name");
			return -EINVAL;
		}
		sqlite3_bind_text(q->stmt, i, value, -1, SQLITE_TRANSIENT);
	}
	return 0;
}

/* A cut value ends where a character does. */
static const char *
value_of(sqlite3_stmt *stmt, int column, char room[FOREIGN_VALUE + 1])
{
	if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
		return NULL;
	const char *text = (const char *)sqlite3_column_text(stmt, column);
	size_t n = strlen(text ? text : "");
	if (n <= FOREIGN_VALUE)
		return text ? text : "";
	n = FOREIGN_VALUE;
	while (n && ((unsigned char)text[n] & 0xC0) == 0x80)
		n--;
	memcpy(room, text, n);
	room[n] = '\0';
	return room;
}

static void
deliver(struct question *q, void (*each)(void *arg, const struct foreign_row *row),
	void *arg)
{
	const char *names[FOREIGN_COLUMNS], *values[FOREIGN_COLUMNS];
	static _Thread_local char rooms[FOREIGN_COLUMNS][FOREIGN_VALUE + 1];
	int count = sqlite3_column_count(q->stmt);
	for (int i = 0; i < count; i++) {
		names[i] = sqlite3_column_name(q->stmt, i);
		values[i] = value_of(q->stmt, i, rooms[i]);
	}
	each(arg, &(struct foreign_row){names, values, (size_t)count});
}

static int
run(struct question *q, void (*each)(void *arg, const struct foreign_row *row), void *arg,
	bool *ret_more, struct strbuf *err)
{
	int rows = 0, rc;
	*ret_more = false;
	while ((rc = sqlite3_step(q->stmt)) == SQLITE_ROW) {
		if (rows == q->query->rows) {
			*ret_more = true;
			return rows;
		}
		deliver(q, each, arg);
		rows++;
	}
	return rc == SQLITE_DONE ? rows : explain(q, rc, err);
}

static int
ask(struct question *q, struct strbuf *err)
{
	q->until = clock_mono(clock_real()) + q->query->wait;
	int r = open_file(q, err);
	if (!r)
		r = prepare(q, err);
	return r ? r : bind(q, err);
}

static void
finish(struct question *q)
{
	sqlite3_finalize(q->stmt);
	sqlite3_close(q->sqlite);
}

int
foreign_select(const struct foreign_query *query,
	void (*each)(void *arg, const struct foreign_row *row), void *arg, bool *ret_more,
	struct strbuf *err)
{
	struct question q = {.query = query};
	*ret_more = false;
	int r = ask(&q, err);
	if (!r)
		r = run(&q, each, arg, ret_more, err);
	finish(&q);
	return r;
}

int
foreign_check(const struct foreign_query *query, struct strbuf *err)
{
	struct question q = {.query = query};
	int r = ask(&q, err);
	finish(&q);
	return r;
}
