#include "tests/lib/plans.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

struct plans t;

static int
overhear(unsigned what, void *arg, void *stmt, void *text)
{
	(void)what, (void)arg, (void)text;
	const char *sql = sqlite3_sql(stmt);
	if (t.db && sql && t.count < PLANS_HEARD && strncmp(sql, "BEGIN", 5) != 0)
		t.heard[t.count++] = strdup(sql);
	return 0;
}

static int
listen_in(sqlite3 *sqlite, const char **err, const struct sqlite3_api_routines *api)
{
	(void)err, (void)api;
	return sqlite3_trace_v2(sqlite, SQLITE_TRACE_STMT, overhear, NULL);
}

/* ---- judging ---- */

bool
plans_allow(const char *step, const char *walks, bool sorts)
{
	if (strstr(step, "TEMP B-TREE"))
		return sorts;
	if (strncmp(step, "SCAN ", 5) != 0 || !strcmp(step, "SCAN CONSTANT ROW"))
		return true;
	const char *index = strstr(step, "INDEX ");
	return walks && !strcmp(index ? index + 6 : step + 5, walks);
}

static bool
check_plan(const char *name, const char *sql, const char *walks, bool sorts)
{
	char *explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
	sqlite3_stmt *stmt;
	bool good = true;
	assert_int_equal(
		sqlite3_prepare_v2(t.beside, explain, -1, &stmt, NULL), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(stmt, 3);
		if (plans_allow(step, walks, sorts))
			continue;
		print_error("%s: %s\n\tin %s\n", name, step, sql);
		good = false;
	}
	sqlite3_finalize(stmt);
	sqlite3_free(explain);
	return good;
}

void
plans_judge(const struct plan_row *rows, size_t count)
{
	bool good = true;
	for (size_t i = 0; i < count; i++) {
		t.count = 0;
		rows[i].call();
		assert_int_equal(db_poisoned(t.db), 0);
		if (!t.count)
			fail_msg("%s: nothing was heard", rows[i].name);
		for (size_t k = 0; k < t.count; k++) {
			good &= check_plan(
				rows[i].name, t.heard[k], rows[i].walks, rows[i].sorts);
			free(t.heard[k]);
		}
	}
	assert_true(good);
}

/* ---- the store and a connection beside it ---- */

int
plans_set_up(void **state)
{
	(void)state;
	char url[128];
	struct strbuf err = STRBUF_SENTENCE;
	snprintf(t.dir, sizeof(t.dir), "/tmp/malgil-plans-XXXXXX");
	if (!mkdtemp(t.dir))
		return -1;
	snprintf(t.path, sizeof(t.path), "%s/t.db", t.dir);
	snprintf(url, sizeof(url), "sqlite:%s", t.path);
	sqlite3_auto_extension((void (*)(void))listen_in);
	if (db_open(url, DB_WRITER, &t.db, &err) < 0)
		return -1;
	sqlite3_reset_auto_extension();
	strbuf_done(&err);
	return sqlite3_open(t.path, &t.beside);
}

int
plans_tear_down(void **state)
{
	(void)state;
	static const char *const ends[] = {"", "-wal", "-shm", ".lock"};
	sqlite3_close(t.beside);
	db_close(t.db);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		char name[128];
		snprintf(name, sizeof(name), "%s%s", t.path, ends[i]);
		unlink(name);
	}
	return rmdir(t.dir);
}
