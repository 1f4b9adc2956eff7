/* Reading what can be read of a damaged store. SQLite's own recovery is no part of
 * Debian's library, so: each table is walked by its rowid from the front; where a page
 * cannot be read, the walk goes on behind it, found by doubling steps. Indexes are built
 * anew, which heals those that were damaged. */
#include "gateway/store/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/store/copy.h"
#include "gateway/store/db_inside.h"

#define GAPS_MAX 10000 /* places in one table that cannot be read */

struct salvage {
	sqlite3 *from, *to;
	struct strbuf *lost;
	int64_t saved;
	const char *table;
	int columns;
	sqlite3_stmt *insert;
	int64_t gaps, refused;
};

static bool
insert_row(struct salvage *s, sqlite3_stmt *row)
{
	sqlite3_reset(s->insert);
	for (int i = 0; i <= s->columns; i++)
		sqlite3_bind_value(s->insert, i + 1, sqlite3_column_value(row, i));
	return sqlite3_step(s->insert) == SQLITE_DONE;
}

/* From `*at` on; false when it met something unreadable, with the last row that was read
 * in `*at`. */
static bool
walk(struct salvage *s, int64_t *at)
{
	sqlite3_stmt *rows = NULL;
	char *sql = sqlite3_mprintf(
		"SELECT rowid, * FROM \"%w\" WHERE rowid > ?1 ORDER BY rowid", s->table);
	int rc = sqlite3_prepare_v2(s->from, sql, -1, &rows, NULL);
	sqlite3_free(sql);
	if (rc != SQLITE_OK)
		return false;
	sqlite3_bind_int64(rows, 1, *at);
	while ((rc = sqlite3_step(rows)) == SQLITE_ROW) {
		*at = sqlite3_column_int64(rows, 0);
		if (insert_row(s, rows))
			s->saved++;
		else
			s->refused++;
	}
	sqlite3_finalize(rows);
	return rc == SQLITE_DONE;
}

/* Can the row behind `at` be reached, if there is one? */
static bool
reaches(struct salvage *s, int64_t at)
{
	sqlite3_stmt *q = NULL;
	char *sql = sqlite3_mprintf(
		"SELECT * FROM \"%w\" WHERE rowid > ?1 ORDER BY rowid LIMIT 1", s->table);
	int rc = sqlite3_prepare_v2(s->from, sql, -1, &q, NULL);
	sqlite3_free(sql);
	if (rc == SQLITE_OK) {
		sqlite3_bind_int64(q, 1, at);
		rc = sqlite3_step(q);
	}
	sqlite3_finalize(q);
	return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

/* The nearest place behind what cannot be read. Ids are times shifted by 20 bits, so the
 * step doubles, and what it overshot is halved away again. */
static bool
pass_gap(struct salvage *s, int64_t *at)
{
	int64_t base = MAX(*at, 0), low = 0, high = 1;
	while (!reaches(s, base + high)) {
		low = high;
		if (high > INT64_MAX / 2 || base > INT64_MAX - high * 2)
			return false;
		high *= 2;
	}
	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;
		if (reaches(s, base + middle))
			high = middle;
		else
			low = middle;
	}
	*at = base + high;
	return true;
}

static void
walk_all(struct salvage *s)
{
	int64_t at = INT64_MIN;
	while (!walk(s, &at) && s->gaps < GAPS_MAX) {
		s->gaps++;
		if (!pass_gap(s, &at))
			break;
	}
}

static int
columns_of(sqlite3 *s, const char *table)
{
	sqlite3_stmt *q = NULL;
	char *sql = sqlite3_mprintf("SELECT * FROM \"%w\" LIMIT 0", table);
	int n = sqlite3_prepare_v2(s, sql, -1, &q, NULL) == SQLITE_OK
			? sqlite3_column_count(q)
			: 0;
	sqlite3_free(sql);
	sqlite3_finalize(q);
	return n;
}

static void
save_table(struct salvage *s, const char *table)
{
	s->table = table;
	s->columns = columns_of(s->from, table);
	s->gaps = s->refused = 0;
	struct strbuf sql AUTO(strbuf_done) = STRBUF_INIT(16 * 1024);
	if (!s->columns || columns_of(s->to, table) != s->columns) {
		strbuf_printf(s->lost, "%s: not readable at all\n", table);
		return;
	}
	/* By the names of the columns, which may stand in another order. */
	sqlite3_stmt *q = NULL;
	char *ask = sqlite3_mprintf("SELECT * FROM \"%w\" LIMIT 0", table);
	sqlite3_prepare_v2(s->from, ask, -1, &q, NULL);
	sqlite3_free(ask);
	strbuf_printf(&sql, "INSERT OR IGNORE INTO \"%s\"(rowid", table);
	for (int i = 0; i < s->columns; i++)
		strbuf_printf(&sql, ", \"%s\"", sqlite3_column_name(q, i));
	strbuf_puts(&sql, ") VALUES(?");
	for (int i = 0; i < s->columns; i++)
		strbuf_puts(&sql, ", ?");
	strbuf_puts(&sql, ")");
	sqlite3_finalize(q);
	if (sqlite3_prepare_v2(s->to, sql.s, -1, &s->insert, NULL) == SQLITE_OK)
		walk_all(s);
	sqlite3_finalize(s->insert);
	s->insert = NULL;
	if (s->gaps || s->refused)
		strbuf_printf(s->lost,
			"%s: %" PRId64 " place%s could not be read, %" PRId64
			" rows did not fit\n",
			table, s->gaps, s->gaps == 1 ? "" : "s", s->refused);
}

static int
run_sql(sqlite3 *s, const char *sql)
{
	return sqlite3_exec(s, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -EIO;
}

/* Schema first without its triggers and indexes, which would refuse or slow; they follow
 * the rows. */
static int
copy_schema(struct salvage *s, bool tables)
{
	sqlite3_stmt *q = NULL;
	int r = 0, n = 0;
	if (sqlite3_prepare_v2(s->from,
		    tables ? "SELECT sql FROM sqlite_master WHERE type = 'table' AND "
			     "name "
			     "NOT LIKE 'sqlite_%'"
			   : "SELECT sql FROM sqlite_master WHERE type IN ('index', "
			     "'trigger') AND sql IS NOT NULL",
		    -1, &q, NULL) != SQLITE_OK)
		return -EBADMSG;
	while (sqlite3_step(q) == SQLITE_ROW && ++n)
		if (run_sql(s->to, (const char *)sqlite3_column_text(q, 0)) < 0) {
			strbuf_printf(s->lost, "schema: %.100s\n", sqlite3_errmsg(s->to));
			r = tables ? -EBADMSG : r;
		}
	sqlite3_finalize(q);
	return n ? r : -EBADMSG;
}

static void
copy_version(struct salvage *s)
{
	char sql[64];
	sqlite3_stmt *q = NULL;
	if (sqlite3_prepare_v2(s->from, "PRAGMA user_version", -1, &q, NULL) ==
			SQLITE_OK &&
		sqlite3_step(q) == SQLITE_ROW) {
		snprintf(sql, sizeof(sql), "PRAGMA user_version = %d",
			sqlite3_column_int(q, 0));
		run_sql(s->to, sql);
	}
	sqlite3_finalize(q);
}

static int
save_all(struct salvage *s)
{
	sqlite3_stmt *q = NULL;
	int r = copy_schema(s, true);
	if (r)
		return r;
	run_sql(s->to, "BEGIN");
	sqlite3_prepare_v2(s->to,
		"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE "
		"'sqlite_%' ORDER BY rowid",
		-1, &q, NULL);
	while (sqlite3_step(q) == SQLITE_ROW)
		save_table(s, (const char *)sqlite3_column_text(q, 0));
	sqlite3_finalize(q);
	r = run_sql(s->to, "COMMIT");
	copy_version(s);
	return r ? r : copy_schema(s, false);
}

/* What stands in the first hundred bytes of each of our stores ("The Database Header",
 * sqlite.org/fileformat2.html): without them SQLite reads nothing, and they say nothing
 * that is not known. The numbers of pages are taken from the file. */
static int
write_head(const char *path)
{
	static const unsigned char head[24] = {'S', 'Q', 'L', 'i', 't', 'e', ' ', 'f',
		'o', 'r', 'm', 'a', 't', ' ', '3', 0, 0x10, 0, 2, 2, 0, 64, 32, 32};
	static const unsigned char none[12], format[4] = {0, 0, 0, 4},
					     utf8[4] = {0, 0, 0, 1};
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	bool good = pwrite(fd, head, sizeof(head), 0) == sizeof(head) &&
		    pwrite(fd, none, sizeof(none), 28) == sizeof(none) &&
		    pwrite(fd, format, sizeof(format), 44) == sizeof(format) &&
		    pwrite(fd, utf8, sizeof(utf8), 56) == sizeof(utf8);
	close(fd);
	return good ? 0 : -EIO;
}

static int
open_from(struct salvage *s, const char *path)
{
	int rc = sqlite3_open_v2(
		path, &s->from, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK)
		return -EIO;
	run_sql(s->from, "PRAGMA cell_size_check = ON; PRAGMA query_only = ON");
	return 0;
}

static void
drop_copy(const char *copy)
{
	static const char *const tails[] = {"", "-wal", "-shm"};
	char path[4300];
	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		snprintf(path, sizeof(path), "%.4200s%s", copy, tails[i]);
		unlink(path);
	}
}

/* The same once more, from a copy with a head as it must be. */
static int
save_headless(struct salvage *s, const char *from, const char *to)
{
	char copy[4200], wal[4300], copy_wal[4300];
	snprintf(copy, sizeof(copy), "%.4100s.head", to);
	snprintf(wal, sizeof(wal), "%.4100s-wal", from);
	snprintf(copy_wal, sizeof(copy_wal), "%.4200s-wal", copy);
	drop_copy(copy);
	sqlite3_close(s->from);
	s->from = NULL;
	int r = file_copy_large(from, copy);
	if (!r && access(wal, F_OK) == 0)
		r = file_copy_large(wal, copy_wal);
	if (!r)
		r = write_head(copy);
	if (!r)
		r = open_from(s, copy);
	if (!r)
		r = save_all(s);
	if (!r)
		strbuf_puts(s->lost, "the head of the file: written anew\n");
	sqlite3_close(s->from);
	s->from = NULL;
	drop_copy(copy);
	return r;
}

int
store_salvage(const char *from, const char *to, int64_t *saved, struct strbuf *lost,
	struct strbuf *err)
{
	struct salvage s = {.lost = lost};
	int rc = sqlite3_open_v2(to, &s.to,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	int r = rc == SQLITE_OK ? open_from(&s, from) : -EIO;
	run_sql(s.to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA "
		      "foreign_keys = OFF");
	if (!r)
		r = save_all(&s);
	if (r && access(from, F_OK) == 0)
		r = save_headless(&s, from, to);
	if (r)
		strbuf_set(err,
			"%s is damaged where its tables are described (%s): nothing can "
			"be "
			"read from it; restore the newest backup",
			from,
			rc == SQLITE_OK ? "file is not a database" : sqlite3_errstr(rc));
	*saved = s.saved;
	sqlite3_close(s.from);
	sqlite3_close(s.to);
	return r;
}
