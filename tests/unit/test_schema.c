/* Steps of the schema: each once, in order, also when one arrives late; a store that is
 * ahead of the program is left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <errno.h>
#include <sqlite3.h>

#include "gateway/store/db.h"

static const struct schema_step one = {1, "001-a.sql",
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
	"CREATE TABLE a (id ID PRIMARY KEY, n INT NOT NULL) STRICT;"};
static const struct schema_step two = {
	2, "002-b.sql", "ALTER TABLE a ADD COLUMN two INT NOT NULL DEFAULT 2;"};
static const struct schema_step three = {
	3, "003-c.sql", "ALTER TABLE a ADD COLUMN three INT NOT NULL DEFAULT 3;"};
static const struct schema_step broken = {4, "004-d.sql",
	"CREATE TABLE d (id ID PRIMARY KEY) STRICT; CREATE TABLE a (n INT);"};
static const struct schema_step end = {0};

static char dir[64], url[96];

static int
set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/malgil-schema-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(url, sizeof(url), "sqlite:%s/s.db", dir);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	char command[96];
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static int
open_with(enum db_mode mode, const struct schema_step *steps, const char *says)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct db *db = NULL;
	int r = db_open_with(url, mode, steps, &db, &err);
	if (says)
		assert_non_null(strstr(err.s, says));
	else if (r)
		fail_msg("%s", err.s);
	db_close(db);
	strbuf_done(&err);
	return r;
}

/* With SQLite alone, as another program would. */
static int
raw(const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;
	int n = -1;
	assert_int_equal(sqlite3_open(url + 7, &db), SQLITE_OK);
	if (strncmp(sql, "SELECT", 6) && strncmp(sql, "PRAGMA user_version;", 20)) {
		assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	} else if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK) {
		if (sqlite3_step(stmt) == SQLITE_ROW)
			n = sqlite3_column_int(stmt, 0);
		sqlite3_finalize(stmt);
	}
	sqlite3_close(db);
	return n;
}

static void
a_late_step_is_applied_once(void **state)
{
	(void)state;
	const struct schema_step early[] = {one, three, end},
				 all[] = {one, two, three, end};
	assert_int_equal(open_with(DB_WRITER, early, NULL), 0);
	raw("INSERT INTO a(id, n) VALUES(1, 7)");
	assert_int_equal(raw("SELECT three FROM a"), 3);
	assert_int_equal(raw("SELECT two FROM a"), -1);
	assert_int_equal(raw("PRAGMA user_version;"), 3);
	/* A reader must not change it, and says who can. */
	assert_int_equal(open_with(DB_READER, all, "with the gateway first"), -EPROTO);
	assert_int_equal(open_with(DB_WRITER, all, NULL), 0);
	assert_int_equal(raw("SELECT two FROM a"), 2);
	assert_int_equal(raw("SELECT count(*) FROM schema_steps"), 3);
	assert_int_equal(raw("PRAGMA user_version;"), 3);
	/* A second opening has nothing to do: the steps would fail if run again. */
	assert_int_equal(open_with(DB_WRITER, all, NULL), 0);
	assert_int_equal(open_with(DB_READER, all, NULL), 0);
}

static void
a_store_without_the_list_gets_one(void **state)
{
	(void)state;
	const struct schema_step all[] = {one, two, three, end};
	raw("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
	    "CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER NOT NULL) STRICT;"
	    "INSERT INTO a VALUES(1, 7); PRAGMA user_version = 1;");
	assert_int_equal(open_with(DB_READER, all, "with the gateway first"), -EPROTO);
	assert_int_equal(open_with(DB_WRITER, all, NULL), 0);
	assert_int_equal(raw("SELECT two + three + n FROM a"), 12);
	assert_int_equal(raw("SELECT count(*) FROM schema_steps"), 3);
}

static void
a_store_ahead_of_the_program_is_refused(void **state)
{
	(void)state;
	const struct schema_step all[] = {one, two, three, end},
				 without_two[] = {one, three, end}, old[] = {one, end};
	assert_int_equal(open_with(DB_WRITER, all, NULL), 0);
	assert_int_equal(
		open_with(DB_WRITER, old, "newer malgil (schema step 3"), -EPROTO);
	assert_int_equal(open_with(DB_WRITER, without_two, "newer malgil (schema step 2"),
		-EPROTO);
	assert_int_equal(open_with(DB_READER, old, "newer malgil"), -EPROTO);
	assert_int_equal(open_with(DB_WRITER, all, NULL), 0);
}

static void
a_step_that_fails_leaves_nothing_of_itself(void **state)
{
	(void)state;
	const struct schema_step bad[] = {one, two, broken, end}, all[] = {one, two, end};
	assert_true(open_with(DB_WRITER, bad, "cannot be brought up to date") < 0);
	assert_int_equal(raw("SELECT count(*) FROM sqlite_master WHERE name = 'd'"), 0);
	assert_int_equal(raw("SELECT count(*) FROM schema_steps"), 2);
	assert_int_equal(open_with(DB_WRITER, all, NULL), 0);
}

static void
the_programs_own_steps_are_in_order(void **state)
{
	(void)state;
	int last = 0;
	for (const struct schema_step *s = schema_steps; s->version; s++) {
		assert_true(s->version > last);
		last = s->version;
	}
	assert_true(last > 0);
	assert_int_equal(open_with(DB_WRITER, schema_steps, NULL), 0);
	assert_int_equal(open_with(DB_READER, schema_steps, NULL), 0);
}

/* All that defines the store, as one text. */
static void
describe(struct strbuf *ret)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;
	assert_int_equal(sqlite3_open(url + 7, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_prepare_v2(db,
			"SELECT name, sql FROM sqlite_master WHERE type = "
			"'index' AND sql IS NOT NULL UNION ALL SELECT m.name, "
			"c.name || c.type || c.\"notnull\" FROM sqlite_master m, "
			"pragma_table_info(m.name) c WHERE m.type = 'table' "
			"ORDER BY 1, 2",
			-1, &stmt, NULL),
		SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		strbuf_printf(ret, "%s: %s\n", sqlite3_column_text(stmt, 0),
			sqlite3_column_text(stmt, 1));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

/* A store that the first program made, with what it held, is what a new one is. */
static void
the_first_store_is_brought_up_to_date(void **state)
{
	(void)state;
	static char sql[65536];
	FILE *f = fopen("tests/golden/store/001-foundation-first.sql", "re");
	assert_non_null(f);
	sql[fread(sql, 1, sizeof(sql) - 1, f)] = '\0';
	fclose(f);
	const struct schema_step first[] = {{1, "001-foundation.sql", sql}, end};
	struct strbuf fresh AUTO(strbuf_done) = STRBUF_INIT(65536);
	struct strbuf old AUTO(strbuf_done) = STRBUF_INIT(65536);
	assert_int_equal(open_with(DB_WRITER, schema_steps, NULL), 0);
	describe(&fresh);
	assert_int_equal(unlink(url + 7), 0);
	assert_int_equal(open_with(DB_WRITER, first, NULL), 0);
	raw("INSERT INTO contacts(id, phone, created) VALUES(1, '+821055550001', 5); "
	    "INSERT INTO tickets(id, contact, state, topic, message, created, updated) "
	    "VALUES(7, 1, 'open', 'unmatched', 3, 5, 6)");
	assert_int_equal(open_with(DB_WRITER, schema_steps, NULL), 0);
	describe(&old);
	assert_string_equal(old.s, fresh.s);
	assert_int_equal(raw("SELECT waiting FROM tickets WHERE id = 7"), 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_late_step_is_applied_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_store_without_the_list_gets_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_store_ahead_of_the_program_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_step_that_fails_leaves_nothing_of_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			the_programs_own_steps_are_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			the_first_store_is_brought_up_to_date, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
