/* The forgetting disk of tests/crash/vfs.c: a child commits on it and is killed, and what
 * the parent then finds on the real disk is what a power cut would have left. */
#include "tests/crash/vfs.c" /* NOLINT: the disk itself is under test */

#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <sys/wait.h>

#define COMMITS 12

static char folder[] = "/tmp/powercut-XXXXXX";
static char path[64];

/* How the child works. */
struct work {
	const char *name;
	const char *journal;     /* PRAGMA journal_mode */
	const char *synchronous; /* PRAGMA synchronous */
	const char *variable, *value;
	int checkpoint; /* PRAGMA wal_autocheckpoint, default 8 */
	bool exits;     /* by itself, instead of SIGKILL */
	bool leak;
};

struct left {
	int acknowledged; /* commits the child was told are done */
	int found;        /* of them on the disk afterwards; -1: not even a table */
	bool survived;    /* the child came to its end */
};

static void
remove_database(void)
{
	static const char *const suffix[] = {"", "-wal", "-shm", "-journal"};
	char name[sizeof(path) + 16];
	for (size_t i = 0; i < sizeof(suffix) / sizeof(*suffix); i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffix[i]);
		unlink(name);
	}
}

static bool
run_sql(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static sqlite3 *
child_opens(const struct work *w)
{
	sqlite3 *db;
	char sql[160];
	if (w->variable)
		setenv(w->variable, w->value, 1);
	if (w->leak)
		setenv("POWERCUT_LEAK", "50", 1);
	powercut_register();
	if (sqlite3_open(path, &db) != SQLITE_OK)
		return NULL;
	snprintf(sql, sizeof(sql),
		"PRAGMA synchronous = %s; PRAGMA journal_mode = %s; PRAGMA "
		"wal_autocheckpoint = %d",
		w->synchronous, w->journal, w->checkpoint ? w->checkpoint : 8);
	return run_sql(db, sql) ? db : NULL;
}

/* Commits rows, and says so on `fd` after each, until a commit fails. */
static void
child_works(const struct work *w, int fd)
{
	static sqlite3 *db; /* stays open, also past exit() */
	db = child_opens(w);
	bool ok = db && run_sql(db, "CREATE TABLE t(n INTEGER PRIMARY KEY, pad BLOB)");
	for (int i = 0; ok && i < COMMITS; i++) {
		ok = run_sql(db, "INSERT INTO t(pad) VALUES (randomblob(3000))");
		if (ok && write(fd, "+", 1) != 1)
			ok = false;
	}
	if (write(fd, ".", 1) != 1 || !w->exits)
		raise(SIGKILL);
	exit(0);
}

static int
count_rows(void)
{
	sqlite3 *db;
	sqlite3_stmt *q;
	int n = -1;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &q, NULL), 0);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	assert_string_equal(sqlite3_column_text(q, 0), "ok");
	sqlite3_finalize(q);
	if (sqlite3_prepare_v2(db, "SELECT count(*) FROM t", -1, &q, NULL) == SQLITE_OK &&
		sqlite3_step(q) == SQLITE_ROW)
		n = sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	return n;
}

static struct left
power_cut(const struct work *w)
{
	struct left left = {0};
	int fds[2], status;
	char c;
	remove_database();
	assert_int_equal(pipe(fds), 0);
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(fds[0]);
		child_works(w, fds[1]);
	}
	close(fds[1]);
	while (read(fds[0], &c, 1) == 1) {
		left.acknowledged += c == '+';
		left.survived |= c == '.';
	}
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(w->exits ? WIFEXITED(status) && WEXITSTATUS(status) == 0
			     : WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	left.found = count_rows();
	return left;
}

static void
test_synced_commits_survive(void **state)
{
	static const struct work rows[] = {
		{"wal full", "WAL", "FULL"},
		{"wal full, disk written early", "WAL", "FULL", .leak = true},
		{"journal extra", "DELETE", "EXTRA"},
		{"journal extra, disk written early", "DELETE", "EXTRA", .leak = true},
		{"truncated journal full", "TRUNCATE", "FULL"},
		{"nothing synced, but the program ended by itself", "WAL", "OFF",
			.exits = true},
		{"journal never synced, ended by itself", "DELETE", "OFF", .exits = true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct left left = power_cut(&rows[i]);
		print_message("%s\n", rows[i].name);
		assert_int_equal(left.acknowledged, COMMITS);
		assert_int_equal(left.found, COMMITS);
	}
}

static void
test_unsynced_commits_are_lost(void **state)
{
	static const struct work rows[] = {
		{"wal off", "WAL", "OFF"},
		{"journal off", "DELETE", "OFF"},
		{"wal normal syncs only at checkpoints", "WAL", "NORMAL",
			.checkpoint = 1000},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct left left = power_cut(&rows[i]);
		print_message("%s: %d of %d left\n", rows[i].name, left.found,
			left.acknowledged);
		assert_int_equal(left.acknowledged, COMMITS);
		assert_true(left.found < COMMITS);
	}
}

/* SQLite promises no more: with FULL the deletion of the journal is not synced, and the
 * journal that comes back undoes the last commit. */
static void
test_forgotten_deletion_undoes_last_commit(void **state)
{
	static const struct work w = {"journal full", "DELETE", "FULL"};
	(void)state;
	struct left left = power_cut(&w);
	assert_int_equal(left.acknowledged, COMMITS);
	assert_int_equal(left.found, COMMITS - 1);
}

/* Killed before each event in turn: everything acknowledged is there, at most the commit
 * under way beside it, and the database is whole. */
static void
cut_everywhere(const char *journal, const char *synchronous, bool leak)
{
	bool survived = false;
	int cuts = 0;
	for (int at = 1; !survived; at++) {
		char value[16];
		snprintf(value, sizeof(value), "%d", at);
		struct work w = {journal, journal, synchronous, "POWERCUT_KILL_AT", value,
			.leak = leak};
		struct left left = power_cut(&w);
		survived = left.survived;
		cuts += !survived;
		assert_true(left.found >= left.acknowledged ||
			    (left.found == -1 && left.acknowledged == 0));
		assert_true(left.found <= left.acknowledged + 1);
	}
	assert_true(cuts > 3 * COMMITS);
}

static void
test_cut_at_every_event(void **state)
{
	(void)state;
	cut_everywhere("WAL", "FULL", false);
	cut_everywhere("WAL", "FULL", true);
	cut_everywhere("DELETE", "EXTRA", true);
}

static void
test_failures_are_told(void **state)
{
	static const struct work rows[] = {
		{"disk full", "WAL", "FULL", "POWERCUT_FULL_AFTER", "40000"},
		{"disk full, journal", "DELETE", "EXTRA", "POWERCUT_FULL_AFTER", "40000"},
		{"sync fails", "WAL", "FULL", "POWERCUT_EIO_SYNC", "9"},
		{"disk full by a file", "WAL", "FULL", "POWERCUT_FULL_WHEN", "/"},
		{"sync fails by a file", "WAL", "FULL", "POWERCUT_EIO_WHEN", "/"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct left left = power_cut(&rows[i]);
		print_message("%s: %d told, %d found\n", rows[i].name, left.acknowledged,
			left.found);
		assert_true(left.survived);
		assert_true(left.acknowledged < COMMITS);
		assert_true(left.found == left.acknowledged ||
			    (left.found == -1 && left.acknowledged == 0));
	}
}

/* Another connection of the process sees what the disk has not got. */
static void
test_process_sees_one_truth(void **state)
{
	static const struct work w = {"wal off", "WAL", "OFF"};
	int status;
	(void)state;
	remove_database();
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		static sqlite3 *other, *db;
		db = child_opens(&w);
		bool ok = db &&
			  run_sql(db, "CREATE TABLE t(n); INSERT INTO t VALUES (7)") &&
			  sqlite3_open(path, &other) == SQLITE_OK &&
			  run_sql(other, "SELECT 1 / (n = 7) FROM t") &&
			  run_sql(other, "INSERT INTO t VALUES (8)") &&
			  run_sql(db, "PRAGMA wal_checkpoint(TRUNCATE)") &&
			  count_rows() == 2;
		struct stat st;
		ok = ok && stat(path, &st) == 0 && st.st_size == 0;
		fflush(NULL);
		_exit(ok ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int
make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/t.db", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	remove_database();
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_synced_commits_survive),
		cmocka_unit_test(test_unsynced_commits_are_lost),
		cmocka_unit_test(test_forgotten_deletion_undoes_last_commit),
		cmocka_unit_test(test_cut_at_every_event),
		cmocka_unit_test(test_failures_are_told),
		cmocka_unit_test(test_process_sees_one_truth),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
