/* How the desk feels: the real one on a pseudo-terminal, against a gateway with 10,000
 *open tickets and a thread of 5,000 texts.
 *
 *	desk seed STORE			fills a store the gateway has made; it must not
 *run desk run MALGIL CONFIG DRAFTS	one JSON line of figures
 *
 * A key is timed from its write to the last byte of what it changed on the screen: the
 * desk answers a key in one piece, so that is the first read that follows it. */
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/vt.h"

#define TICKETS  10000
#define TEXTS    5000
#define PATIENCE 20000000
#define KEYS     400
#define TEXTS_IN 15

static struct vt vt;
static int fd;
static pid_t pid;

static int64_t
now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
die(const char *why)
{
	struct strbuf screen = STRBUF_INIT(256 * 1024);
	if (vt.cells)
		vt_dump(&vt, &screen);
	fprintf(stderr, "desk: %s\n%s", why, screen.s);
	if (pid > 0)
		kill(pid, SIGKILL);
	exit(1);
}

/* ---- a store full of people who wait ---- */

static void
seed(const char *path)
{
	static const char sql[] =
		"BEGIN;"
		"CREATE TEMP TABLE n AS WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL "
		"SELECT "
		"i + 1 FROM c WHERE i < 10000) SELECT i FROM c;"
		"CREATE TEMP TABLE at AS SELECT (CAST(strftime('%s', 'now') AS INT) - "
		"90000) "
		"* 1000 AS ms;"
		"INSERT INTO contacts(id, phone, created) SELECT (ms + i) * 1048576, "
		"'+82105' || printf('%07d', i), ms FROM n, at;"
		"INSERT INTO messages(id, contact, outbound, state, text, origin, "
		"updated) "
		"SELECT (ms + i) * 1048576 + 1, (ms + i) * 1048576, 0, 'received', '문의 "
		"번호 ' || i || '입니다. 확인 부탁드려요', 'sms', ms FROM n, at;"
		"INSERT INTO tickets(id, contact, state, topic, message, created, "
		"updated, "
		"waiting, due, shelf, place) SELECT (ms + i) * 1048576 + 2, (ms + i) * "
		"1048576, "
		"'open', 'unmatched', (ms + i) * 1048576 + 1, ms + i, ms + i, ms + i, ms "
		"+ i + "
		"200000000, 0, i FROM n, at;"
		"INSERT INTO messages(id, contact, outbound, state, class, text, origin, "
		"updated) SELECT (ms + 20000 + i) * 1048576, (ms + 1) * 1048576, i % 2, "
		"CASE "
		"WHEN i % 2 THEN 'delivered' ELSE 'received' END, CASE WHEN i % 2 THEN "
		"'reply' "
		"ELSE '' END, 'text ' || i || ' 조금 더 긴 글로 여러 줄이 되도록 씁니다. "
		"The quick brown fox jumps over the lazy dog.', 'sms', ms FROM n, at "
		"WHERE i <= "
		"5000;"
		"COMMIT;";
	sqlite3 *db;
	char *err = NULL;
	if (sqlite3_open(path, &db) != SQLITE_OK)
		die("the store cannot be opened");
	if (sqlite3_exec(db, sql, NULL, NULL, &err) != SQLITE_OK)
		die(err);
	sqlite3_close(db);
}

/* ---- the desk ---- */

static bool
read_once(int timeout)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char block[65536];
	if (poll(&p, 1, timeout) <= 0)
		return false;
	ssize_t n = read(fd, block, sizeof(block));
	if (n <= 0)
		die("the desk ended");
	vt_feed(&vt, block, (size_t)n);
	return true;
}

static void
wait_for(const char *text)
{
	int64_t until = now_us() + PATIENCE;
	for (;;) {
		struct strbuf screen = STRBUF_INIT(256 * 1024);
		vt_dump(&vt, &screen);
		bool there = strstr(screen.s, text) != NULL;
		strbuf_done(&screen);
		if (there)
			return;
		if (now_us() > until)
			die(text);
		read_once(20);
	}
}

static void
settle(void)
{
	while (read_once(60))
		;
}

static void
press(const char *bytes)
{
	if (write(fd, bytes, strlen(bytes)) < 0)
		die("the desk does not read");
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

static struct figures {
	int64_t p50, p99, bytes;
} figures[3], echo;

/* Each key when the one before is on the screen; what comes from the clock or the gateway
 * in between is read too, and counted. */
static void
measure(struct figures *f, const char *const *keys, size_t count)
{
	static int64_t took[KEYS];
	settle();
	size_t before = vt.bytes;
	for (int i = 0; i < KEYS; i++) {
		while (read_once(1))
			;
		int64_t start = now_us();
		press(keys[(size_t)i % count]);
		while (!read_once(1000))
			;
		took[i] = now_us() - start;
	}
	qsort(took, KEYS, sizeof(*took), by_size);
	f->p50 = took[KEYS / 2];
	f->p99 = took[KEYS * 99 / 100];
	f->bytes = (int64_t)(vt.bytes - before) / KEYS;
}

static long
memory_kb(const char *what)
{
	char path[64], line[256];
	long kb = 0, sum = 0;
	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, what, strlen(what)) &&
			sscanf(strchr(line, ':') + 1, "%ld", &kb) == 1)
			sum += kb;
	if (f)
		fclose(f);
	return sum;
}

/* A customer's text, from the command that has the handset send it to the screen. */
static int64_t
measure_texts(const char *malgil, const char *net)
{
	static int64_t took[TEXTS_IN];
	char command[512], text[32];
	for (int i = 0; i < TEXTS_IN; i++) {
		settle();
		snprintf(text, sizeof(text), "news %d-%d.", (int)pid, i);
		snprintf(command, sizeof(command),
			"%s sim tell --dir %s text 010-5000-0001 modem0 '%s' >/dev/null",
			malgil, net, text);
		int64_t start = now_us();
		if (system(command) != 0)
			die("no text could be sent");
		wait_for(text);
		took[i] = now_us() - start;
	}
	qsort(took, TEXTS_IN, sizeof(*took), by_size);
	return took[TEXTS_IN / 2];
}

/* What a terminal costs by itself here and now: a program that says back what it hears.
 */
static void
measure_echo(void)
{
	static const char *const letters[] = {"a"};
	struct termios raw;
	pid = forkpty(&fd, NULL, NULL, NULL);
	if (!pid) {
		tcgetattr(0, &raw);
		cfmakeraw(&raw);
		tcsetattr(0, TCSANOW, &raw);
		execlp("cat", "cat", "-u", NULL);
		_exit(127);
	}
	settle();
	measure(&echo, letters, 1);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fd);
}

static void
run(char **argv)
{
	static const char *const moves[] = {"j", "j", "j", "k"};
	static const char *const scrolls[] = {"k", "k", "k", "j"};
	static const char *const letters[] = {"a", "한", "글", " "};
	struct winsize size = {.ws_row = 24, .ws_col = 80};
	vt_init(&vt, 24, 80);
	measure_echo();
	vt_done(&vt);
	vt_init(&vt, 24, 80);
	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	int64_t start = now_us();
	pid = forkpty(&fd, NULL, NULL, &size);
	if (!pid) {
		execl(argv[2], argv[2], "-c", argv[3], "desk", "--drafts", argv[4], NULL);
		_exit(127);
	}
	wait_for("+8210500");
	int64_t first = now_us() - start;
	size_t first_bytes = vt.bytes;
	measure(&figures[0], moves, ARRAY_LEN(moves));
	press("/50000001\r"); /* the one with the long thread */
	settle();
	press("\r");
	settle();
	wait_for("bot live");
	for (int i = 0; i < 40; i++) { /* so that a part of the thread is there */
		press("\033[5~");
		settle();
	}
	measure(&figures[1], scrolls, ARRAY_LEN(scrolls));
	press("r");
	measure(&figures[2], letters, ARRAY_LEN(letters));
	press("\033");
	settle();
	press("G");
	settle();
	int64_t text = measure_texts(argv[2], argv[5]);
	printf("{\"what\":\"desk\",\"first_screen_us\":%lld,\"first_screen_bytes\":%zu,",
		(long long)first, first_bytes);
	static const char *const names[] = {"inbox", "thread", "typing"};
	for (int i = 0; i < 3; i++)
		printf("\"%s_p50_us\":%lld,\"%s_p99_us\":%lld,\"%s_bytes\":%lld,",
			names[i], (long long)figures[i].p50, names[i],
			(long long)figures[i].p99, names[i], (long long)figures[i].bytes);
	printf("\"text_p50_us\":%lld,", (long long)text);
	printf("\"echo_p50_us\":%lld,\"echo_p99_us\":%lld,", (long long)echo.p50,
		(long long)echo.p99);
	printf("\"private_kb\":%ld,\"resident_kb\":%ld}\n", memory_kb("Private_"),
		memory_kb("Rss:"));
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
}

int
main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	if (argc == 3 && !strcmp(argv[1], "seed"))
		seed(argv[2]);
	else if (argc == 6 && !strcmp(argv[1], "run"))
		run(argv);
	else
		return 2;
	return 0;
}
