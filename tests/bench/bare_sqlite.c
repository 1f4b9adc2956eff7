/* The other floor under the bench: what SQLite allows for the statements the journal
 *makes.
 *
 *	bare_sqlite [-n MESSAGES] [-b MESSAGES_A_COMMIT] DATABASE STATEMENTS
 *
 * DATABASE is a store the program made (a copy: it is written to). STATEMENTS is SQL text
 *as in statements.sql: what one message costs, statements ended by `;` at the end of a
 *line, a line `-- commit` where the journal commits. They are prepared once and run for
 *each of MESSAGES (default 2000), on one thread, with WAL and synchronous=FULL; with -b 8
 *each commit holds the share of eight messages, as when eight modems answer in one tick.
 *
 * Parameters by name, after any of : $ @
 *	i         the message's number, from 1
 *	id, id1 ... id9   unique rising ids of this message
 *	last      `id` of the message before, 0 at first
 *	now       wall clock, ms
 *	text      a short text        bytes   a TPDU
 *
 * Prints one JSON line. A statement that fails ends the run with its sentence. */
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STATEMENTS 64

static sqlite3 *db;

/* In file order; NULL marks a commit. */
static sqlite3_stmt *statements[STATEMENTS];
static int count;

static const uint8_t tpdu[] = {0x01, 0x00, 0x0C, 0x91, 0x28, 0x01, 0x55, 0x05, 0x21, 0x43,
	0, 0, 0x0A, 0xE8, 0x32, 0x9B, 0xFD, 0x46, 0x97, 0xD9, 0xEC, 0x37};

static int64_t
clock_us(clockid_t which)
{
	struct timespec t;
	clock_gettime(which, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void
fail(const char *what)
{
	fprintf(stderr, "bare_sqlite: %s: %s\n", what, sqlite3_errmsg(db));
	exit(1);
}

static void
exec(const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail(sql);
}

static void
add(sqlite3_stmt *statement)
{
	if (count == STATEMENTS) {
		fprintf(stderr, "bare_sqlite: more than %d statements\n", STATEMENTS);
		exit(1);
	}
	statements[count++] = statement;
}

static bool
is_mark(const char *line)
{
	return !strncmp(line, "-- commit", 9);
}

static bool
ends_statement(const char *line)
{
	size_t n = strcspn(line, "\r\n");
	while (n > 0 && (line[n - 1] == ' ' || line[n - 1] == '\t'))
		n--;
	return n > 0 && line[n - 1] == ';';
}

static void
load(const char *path)
{
	FILE *f = fopen(path, "re");
	char line[1024], sql[16384] = "";
	if (!f) {
		perror(path);
		exit(1);
	}
	while (fgets(line, sizeof(line), f)) {
		if (is_mark(line)) {
			add(NULL);
			continue;
		}
		if (!strncmp(line, "--", 2) || strlen(sql) + strlen(line) >= sizeof(sql))
			continue;
		strcat(sql, line);
		if (!ends_statement(line))
			continue;
		sqlite3_stmt *s;
		if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
			fail(sql);
		add(s);
		sql[0] = '\0';
	}
	fclose(f);
	if (count == 0 || statements[count - 1])
		add(NULL);
}

static void
bind(sqlite3_stmt *s, int at, const char *name, int64_t i, int64_t base)
{
	int64_t id = base + i * 16;
	if (!strcmp(name, "i"))
		sqlite3_bind_int64(s, at, i);
	else if (!strcmp(name, "now"))
		sqlite3_bind_int64(s, at, clock_us(CLOCK_REALTIME) / 1000);
	else if (!strcmp(name, "last"))
		sqlite3_bind_int64(s, at, i > 1 ? id - 16 : 0);
	else if (!strcmp(name, "text"))
		sqlite3_bind_text(s, at, "hellohello", -1, SQLITE_STATIC);
	else if (!strcmp(name, "bytes"))
		sqlite3_bind_blob(s, at, tpdu, sizeof(tpdu), SQLITE_STATIC);
	else if (!strncmp(name, "id", 2) && strlen(name) <= 3)
		sqlite3_bind_int64(s, at, id + strtol(name + 2, NULL, 10));
	else {
		fprintf(stderr, "bare_sqlite: there is no parameter '%s'\n", name);
		exit(1);
	}
}

static void
step(sqlite3_stmt *s, int64_t i, int64_t base)
{
	int rc;
	for (int at = 1; at <= sqlite3_bind_parameter_count(s); at++) {
		const char *name = sqlite3_bind_parameter_name(s, at);
		bind(s, at, name ? name + 1 : "?", i, base);
	}
	while ((rc = sqlite3_step(s)) == SQLITE_ROW)
		;
	if (rc != SQLITE_DONE)
		fail(sqlite3_sql(s));
	sqlite3_reset(s);
}

/* The share of messages `first` to `last` between two marks, as one transaction. */
static int
transact(int from, int64_t first, int64_t last, int64_t base)
{
	int to = from;
	exec("BEGIN IMMEDIATE");
	for (int64_t i = first; i <= last; i++)
		for (to = from; statements[to]; to++)
			step(statements[to], i, base);
	exec("COMMIT");
	return to + 1;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static void
run(int64_t messages, int64_t batch)
{
	int64_t *took = calloc((size_t)(messages * count + 1), sizeof(*took));
	size_t commits = 0;
	int64_t base = clock_us(CLOCK_REALTIME) << 8, started = clock_us(CLOCK_MONOTONIC);
	if (!took)
		exit(1);
	for (int64_t i = 1; i <= messages; i += batch) {
		int64_t last = i + batch - 1 < messages ? i + batch - 1 : messages;
		for (int from = 0; from < count;) {
			int64_t t = clock_us(CLOCK_MONOTONIC);
			from = transact(from, i, last, base);
			took[commits++] = clock_us(CLOCK_MONOTONIC) - t;
		}
	}
	double s = (double)(clock_us(CLOCK_MONOTONIC) - started) / 1e6;
	qsort(took, commits, sizeof(*took), by_size);
	printf("{\"what\":\"bare_sqlite\",\"messages\":%lld,\"batch\":%lld,\"commits\":%"
	       "zu,"
	       "\"per_second\":%.1f,\"commits_per_second\":%.1f,"
	       "\"commit_p50_us\":%lld,\"commit_p99_us\":%lld}\n",
		(long long)messages, (long long)batch, commits, (double)messages / s,
		(double)commits / s, (long long)took[(commits - 1) / 2],
		(long long)took[(commits - 1) * 99 / 100]);
	free(took);
}

int
main(int argc, char **argv)
{
	long messages = 2000, batch = 1;
	int option;
	while ((option = getopt(argc, argv, "n:b:")) != -1) {
		if (option == 'n')
			messages = strtol(optarg, NULL, 10);
		else if (option == 'b')
			batch = strtol(optarg, NULL, 10);
		else
			return 2;
	}
	if (argc - optind != 2 || messages < 1 || messages > 10000000 || batch < 1) {
		fprintf(stderr, "usage: bare_sqlite [-n MESSAGES] [-b MESSAGES_A_COMMIT] "
				"DATABASE STATEMENTS\n");
		return 2;
	}
	if (sqlite3_open_v2(argv[optind], &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		fail(argv[optind]);
	exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys "
	     "= ON;"
	     "PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY");
	load(argv[optind + 1]);
	run(messages, batch);
	for (int i = 0; i < count; i++)
		sqlite3_finalize(statements[i]);
	return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
