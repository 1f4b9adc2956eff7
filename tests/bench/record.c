/* What the gateway says to SQLite, written down: preloaded under a run of `malgil serve`
 * with SQL_RECORD=FILE, for bare_sqlite to say again without the gateway around it.
 *
 * Only the writer's connection is listened to, the one opened to create. Binary, in the
 * machine's own order; a record is one letter and what follows it:
 *	P  u32 number, u32 length, text            a statement was prepared
 *	X  u32 length, text                        sqlite3_exec(): pragmas, schema
 *	R  u32 number, u32 steps, then parameters  a statement was run for so many steps
 *	   until a 0: u8 index, letter, value (i: i64, d: double, n, t and b: u32 length,
 * bytes) One thread owns the writer's connection, so there is nothing to lock. */
#include <dlfcn.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATEMENTS 1024
#define BOUND_MAX  65536

static FILE *out;
static sqlite3 *writer;

static struct kept {
	sqlite3_stmt *stmt;
	uint32_t steps;
	size_t len;
	unsigned char bound[BOUND_MAX];
} * kept[STATEMENTS];
static uint32_t count;

#define REAL(name)                                                                       \
	static __typeof__(name) *real;                                                   \
	if (!real)                                                                       \
	real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static void
put(char letter, const void *p, size_t len)
{
	fputc(letter, out);
	fwrite(p, 1, len, out);
}

static void
put_text(const char *sql)
{
	uint32_t len = (uint32_t)strlen(sql);
	fwrite(&len, sizeof(len), 1, out);
	fwrite(sql, 1, len, out);
}

/* The newest first: a statement's memory may be used again by a later one. */
static struct kept *
find(sqlite3_stmt *stmt, uint32_t *ret)
{
	for (uint32_t i = out ? count : 0; i-- > 0;) {
		if (kept[i]->stmt != stmt)
			continue;
		*ret = i;
		return kept[i];
	}
	return NULL;
}

int
sqlite3_open_v2(const char *path, sqlite3 **ret, int flags, const char *vfs)
{
	REAL(sqlite3_open_v2);
	int rc = real(path, ret, flags, vfs);
	const char *to = getenv("SQL_RECORD");
	if (rc == SQLITE_OK && (flags & SQLITE_OPEN_CREATE) && to && !out) {
		writer = *ret;
		out = fopen(to, "we");
		if (!out)
			abort();
	}
	return rc;
}

int
sqlite3_prepare_v3(sqlite3 *db, const char *sql, int n, unsigned flags,
	sqlite3_stmt **ret, const char **tail)
{
	REAL(sqlite3_prepare_v3);
	int rc = real(db, sql, n, flags, ret, tail);
	if (db != writer || rc != SQLITE_OK)
		return rc;
	if (count == STATEMENTS || !(kept[count] = calloc(1, sizeof(**kept))))
		abort();
	kept[count]->stmt = *ret;
	put('P', &count, sizeof(count));
	put_text(sql);
	count++;
	return rc;
}

int
sqlite3_exec(sqlite3 *db, const char *sql, int (*each)(void *, int, char **, char **),
	void *arg, char **err)
{
	REAL(sqlite3_exec);
	if (db == writer && out) {
		fputc('X', out);
		put_text(sql);
	}
	return real(db, sql, each, arg, err);
}

int
sqlite3_step(sqlite3_stmt *stmt)
{
	REAL(sqlite3_step);
	uint32_t number;
	struct kept *k = find(stmt, &number);
	if (k)
		k->steps++;
	return real(stmt);
}

int
sqlite3_reset(sqlite3_stmt *stmt)
{
	REAL(sqlite3_reset);
	uint32_t number;
	struct kept *k = find(stmt, &number);
	if (k && k->steps) {
		put('R', &number, sizeof(number));
		fwrite(&k->steps, sizeof(k->steps), 1, out);
		fwrite(k->bound, 1, k->len, out);
		fputc(0, out);
	}
	if (k)
		k->steps = 0, k->len = 0;
	return real(stmt);
}

int
sqlite3_close(sqlite3 *db)
{
	REAL(sqlite3_close);
	if (db == writer && out) {
		fclose(out);
		out = NULL;
		writer = NULL;
	}
	return real(db);
}

/* ---- parameters ---- */

static void
bound(sqlite3_stmt *stmt, int at, char letter, const void *value, size_t len)
{
	uint32_t number, size = (uint32_t)len;
	struct kept *k = find(stmt, &number);
	int sized = letter == 't' || letter == 'b';
	if (!k)
		return;
	if (k->len + len + 6 > sizeof(k->bound))
		abort();
	unsigned char *p = k->bound + k->len;
	*p++ = (unsigned char)at;
	*p++ = (unsigned char)letter;
	if (sized) {
		memcpy(p, &size, sizeof(size));
		p += sizeof(size);
	}
	if (len)
		memcpy(p, value, len);
	k->len = (size_t)(p - k->bound) + len;
}

int
sqlite3_bind_int64(sqlite3_stmt *stmt, int at, sqlite3_int64 value)
{
	REAL(sqlite3_bind_int64);
	bound(stmt, at, 'i', &value, sizeof(value));
	return real(stmt, at, value);
}

int
sqlite3_bind_double(sqlite3_stmt *stmt, int at, double value)
{
	REAL(sqlite3_bind_double);
	bound(stmt, at, 'd', &value, sizeof(value));
	return real(stmt, at, value);
}

int
sqlite3_bind_null(sqlite3_stmt *stmt, int at)
{
	REAL(sqlite3_bind_null);
	bound(stmt, at, 'n', NULL, 0);
	return real(stmt, at);
}

int
sqlite3_bind_text(
	sqlite3_stmt *stmt, int at, const char *text, int len, void (*done)(void *))
{
	REAL(sqlite3_bind_text);
	bound(stmt, at, 't', text, len < 0 ? strlen(text) : (size_t)len);
	return real(stmt, at, text, len, done);
}

int
sqlite3_bind_blob(
	sqlite3_stmt *stmt, int at, const void *bytes, int len, void (*done)(void *))
{
	REAL(sqlite3_bind_blob);
	bound(stmt, at, 'b', bytes, (size_t)len);
	return real(stmt, at, bytes, len, done);
}
