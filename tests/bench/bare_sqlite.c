/* The other floor under the bench: what SQLite allows for the very statements the gateway
 * made, values, order and transactions included.
 *
 *	bare_sqlite [-l] RECORDING DATABASE
 *
 * Says again, on one thread and with nothing in between, what record.c wrote down of a
 * run: from the empty DATABASE (made anew) over the schema to the last commit. The clock
 * runs from the first message accepted to the end. Prints one JSON line: messages (rows
 * put into `messages`), messages and commits per second, time of a COMMIT. With -l it
 * prints instead how often each statement was run for one message, the most frequent
 * first. */
#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STATEMENTS 1024

static sqlite3 *db;
static FILE *in;

static struct statement {
	sqlite3_stmt *stmt;
	char *sql;
	long runs;
	bool accepts; /* puts a message in */
	bool commits;
} statements[STATEMENTS];
static uint32_t count;

static struct {
	long messages, commits;
	int64_t started, *took;
	size_t room;
} figures;

static int64_t
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void
fail(const char *what)
{
	fprintf(stderr, "bare_sqlite: %s: %s\n", what,
		db ? sqlite3_errmsg(db) : strerror(errno));
	exit(1);
}

static void
take(void *to, size_t len)
{
	if (fread(to, 1, len, in) != len)
		fail("the recording ends in the middle");
}

static char *
take_text(uint32_t *ret_len)
{
	static char *text;
	static size_t cap;
	take(ret_len, sizeof(*ret_len));
	if (*ret_len >= cap) {
		cap = *ret_len * 2 + 4096;
		text = realloc(text, cap);
		if (!text)
			fail("memory");
	}
	take(text, *ret_len);
	text[*ret_len] = '\0';
	return text;
}

static void
prepare(void)
{
	uint32_t number, len;
	take(&number, sizeof(number));
	const char *sql = take_text(&len);
	if (number != count || count == STATEMENTS)
		fail("the recording is out of order");
	struct statement *s = &statements[count++];
	s->sql = strdup(sql);
	s->accepts = !strncmp(sql, "INSERT INTO messages(", 21);
	s->commits = !strcmp(sql, "COMMIT");
	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->stmt, NULL))
		fail(sql);
}

static void
execute(void)
{
	uint32_t len;
	const char *sql = take_text(&len);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail(sql);
}

static void
note_commit(int64_t us)
{
	if ((size_t)figures.commits == figures.room) {
		figures.room = figures.room ? figures.room * 2 : 4096;
		figures.took =
			realloc(figures.took, figures.room * sizeof(*figures.took));
		if (!figures.took)
			fail("memory");
	}
	figures.took[figures.commits++] = us;
}

static bool
bind(struct statement *s)
{
	uint8_t at, letter;
	uint32_t len;
	int64_t i;
	double d;
	take(&at, 1);
	if (!at)
		return false;
	take(&letter, 1);
	switch (letter) {
	case 'i': take(&i, sizeof(i)); return !sqlite3_bind_int64(s->stmt, at, i);
	case 'd': take(&d, sizeof(d)); return !sqlite3_bind_double(s->stmt, at, d);
	case 'n': return !sqlite3_bind_null(s->stmt, at);
	}
	const char *bytes = take_text(&len);
	if (letter == 't')
		return !sqlite3_bind_text(s->stmt, at, bytes, (int)len, SQLITE_TRANSIENT);
	return !sqlite3_bind_blob(s->stmt, at, bytes, (int)len, SQLITE_TRANSIENT);
}

static void
run(void)
{
	uint32_t number, steps;
	take(&number, sizeof(number));
	take(&steps, sizeof(steps));
	if (number >= count)
		fail("the recording is out of order");
	struct statement *s = &statements[number];
	if (s->accepts && !figures.started)
		figures.started = now();
	figures.messages += s->accepts;
	s->runs += figures.started != 0;
	while (bind(s))
		;
	int64_t t = s->commits ? now() : 0;
	while (steps-- > 0) {
		int rc = sqlite3_step(s->stmt);
		if (rc != SQLITE_ROW && rc != SQLITE_DONE)
			fail(s->sql);
	}
	sqlite3_reset(s->stmt);
	sqlite3_clear_bindings(s->stmt);
	if (s->commits && figures.started)
		note_commit(now() - t);
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static int
by_runs(const void *a, const void *b)
{
	long x = ((const struct statement *)a)->runs,
	     y = ((const struct statement *)b)->runs;
	return (x < y) - (x > y);
}

static void
list(void)
{
	qsort(statements, count, sizeof(*statements), by_runs);
	for (uint32_t i = 0; i < count && statements[i].runs; i++)
		printf("%7.3f  %s\n",
			(double)statements[i].runs / (double)figures.messages,
			statements[i].sql);
}

static void
report(void)
{
	double s = (double)(now() - figures.started) / 1e6;
	size_t n = (size_t)figures.commits;
	qsort(figures.took, n, sizeof(*figures.took), by_size);
	printf("{\"what\":\"bare_sqlite\",\"messages\":%ld,\"commits\":%zu,"
	       "\"per_second\":%.1f,\"commits_per_second\":%.1f,"
	       "\"commit_p50_us\":%lld,\"commit_p99_us\":%lld}\n",
		figures.messages, n, (double)figures.messages / s, (double)n / s,
		(long long)figures.took[(n - 1) / 2],
		(long long)figures.took[(n - 1) * 99 / 100]);
}

static void
replay(void)
{
	for (int letter; (letter = fgetc(in)) != EOF;) {
		switch (letter) {
		case 'P': prepare(); break;
		case 'X': execute(); break;
		case 'R': run(); break;
		default: fail("not a recording");
		}
	}
	if (!figures.messages || !figures.commits)
		fail("the recording holds no message");
}

static void
make_empty(const char *path)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char name[4096];
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* as the gateway does */
	if (sqlite3_open_v2(path, &db,
		    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
		    NULL))
		fail(path);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
}

int
main(int argc, char **argv)
{
	bool listing = argc > 1 && !strcmp(argv[1], "-l");
	if (argc != 3 + listing) {
		fputs("usage: bare_sqlite [-l] RECORDING DATABASE\n", stderr);
		return 2;
	}
	in = fopen(argv[1 + listing], "re");
	if (!in)
		fail(argv[1 + listing]);
	make_empty(argv[2 + listing]);
	replay();
	if (listing)
		list();
	else
		report();
	for (uint32_t i = 0; i < count; i++) {
		sqlite3_finalize(statements[i].stmt);
		free(statements[i].sql);
	}
	fclose(in);
	return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
