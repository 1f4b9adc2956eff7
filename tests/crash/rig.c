#include "tests/crash/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const char *
rig_scratch(void)
{
	const char *named = getenv("TMPDIR");
	return named && *named ? named : P_tmpdir;
}

static int64_t
now(clockid_t clock)
{
	struct timespec ts;
	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
rig_mono(void)
{
	return now(CLOCK_MONOTONIC);
}

int64_t
rig_wall(void)
{
	return now(CLOCK_REALTIME);
}

void
rig_path(const struct rig *rig, const char *name, char ret[160])
{
	snprintf(ret, 160, "%s/%s", rig->dir, name);
}

void
rig_log(struct rig *rig, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fprintf(rig->log, "%lld ", (long long)rig_wall());
	vfprintf(rig->log, fmt, ap);
	fputc('\n', rig->log);
	fflush(rig->log);
	va_end(ap);
}

/* ---- programs ---- */

/* In the child: the program, its output to `out` and the log file, its environment. */
static void
become(const struct rig *rig, int out, const char *log, char *const argv[],
	const char *const *environment, const char *extra)
{
	char path[160];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	rig_path(rig, log, path);
	int err = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (err < 0 || dup2(err, 2) < 0 || dup2(out, 1) < 0)
		_exit(120);
	for (; environment && *environment; environment++)
		putenv((char *)*environment);
	if (extra)
		putenv((char *)extra);
	execv(argv[0], argv);
	_exit(121);
}

static pid_t
spawn(const struct rig *rig, const char *log, char *const argv[],
	const char *const *environment, const char *extra, int *ret_out)
{
	int fds[2];
	fflush(NULL);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0)
		become(rig, fds[1], log, argv, environment, extra);
	close(fds[1]);
	if (pid < 0)
		close(fds[0]);
	else
		*ret_out = fds[0];
	return pid;
}

/* Reads `fd` until `word` was said, the other side has gone, or `ms` are over. */
static bool
said(int fd, const char *word, int ms)
{
	char all[4096];
	size_t len = 0;
	int64_t until = rig_mono() + ms;
	while (len < sizeof(all) - 1) {
		struct pollfd p = {fd, POLLIN, 0};
		int64_t left = until - rig_mono();
		if (left < 0 || poll(&p, 1, (int)left) <= 0)
			return false;
		ssize_t n = read(fd, all + len, sizeof(all) - 1 - len);
		if (n <= 0)
			return false;
		len += (size_t)n;
		all[len] = '\0';
		if (strstr(all, word))
			return true;
	}
	return false;
}

static char *
program(void)
{
	char *path = getenv("MALGIL");
	return path ? path : (char *)"build/malgil";
}

static bool
start_network(struct rig *rig, struct strbuf *err)
{
	char folder[160];
	int out = -1;
	rig_path(rig, "net", folder);
	char modems[8];
	snprintf(modems, sizeof(modems), "%d", RIG_MODEMS);
	char *argv[] = {program(), "sim", "--quiet", "--modems", modems, "--dir", folder,
		"--latency", (char *)rig->latency, "--report-delay",
		(char *)rig->report_delay, NULL};
	rig->sim = spawn(rig, "sim.log", argv, NULL, NULL, &out);
	bool good = rig->sim > 0 && said(out, "sim.ready", 10000);
	if (!good)
		strbuf_set(err, "the simulated network did not come up");
	if (out >= 0)
		close(out);
	return good;
}

static bool
write_config(struct rig *rig)
{
	char path[160];
	rig_path(rig, "malgil.cfg", path);
	FILE *f = fopen(path, "we");
	if (!f)
		return false;
	fprintf(f,
		"format = 1;\nshop = { name = \"Test\"; country = \"KR\"; tz = "
		"\"Asia/Seoul\"; };\n"
		"store = \"sqlite:%s/malgil.db\";\nrun_dir = \"%s/run\";\nchannels = {\n",
		rig->dir, rig->dir);
	for (int i = 0; i < RIG_MODEMS; i++)
		fprintf(f,
			"  sim%d = { driver = \"at\"; device = \"tty:%s/net/modem%d\"; "
			"};\n",
			i, rig->dir, i);
	fprintf(f, "};\n");
	return fclose(f) == 0;
}

bool
rig_open(struct rig *rig, struct strbuf *err)
{
	char path[160];
	snprintf(rig->dir, sizeof(rig->dir), "%.40s/crash-XXXXXX", rig_scratch());
	rig->ready_fd = rig->daemon_fd = -1;
	if (!mkdtemp(rig->dir)) {
		strbuf_set(err, "%s cannot be made: %s", rig->dir, strerror(errno));
		return false;
	}
	rig_path(rig, "case.log", path);
	rig->log = fopen(path, "we");
	if (!rig->log || !write_config(rig)) {
		strbuf_set(err, "%s cannot be written: %s", rig->dir, strerror(errno));
		return false;
	}
	return start_network(rig, err);
}

static void
end(pid_t *pid, int signal)
{
	if (*pid <= 0)
		return;
	kill(*pid, signal);
	waitpid(*pid, NULL, 0);
	*pid = 0;
}

static void
forget_daemon(struct rig *rig)
{
	if (rig->ready_fd >= 0)
		close(rig->ready_fd);
	if (rig->daemon_fd >= 0)
		close(rig->daemon_fd);
	rig->ready_fd = rig->daemon_fd = -1;
	rig->daemon = 0;
	rig->ready = false;
}

void
rig_close(struct rig *rig)
{
	end(&rig->daemon, SIGKILL);
	forget_daemon(rig);
	end(&rig->sim, SIGTERM);
	if (rig->log)
		fclose(rig->log);
	rig->log = NULL;
}

/* ---- the daemon ---- */

bool
rig_start(struct rig *rig, const char *extra)
{
	char config[160];
	rig_path(rig, "malgil.cfg", config);
	char *argv[] = {program(), "-c", config, "serve", NULL};
	if (rig->lives == RIG_LIVES)
		return false;
	forget_daemon(rig);
	rig_log(rig, "start %s", extra ? extra : "");
	rig->born[rig->lives] = rig_wall();
	rig->died[rig->lives] = INT64_MAX;
	rig->daemon =
		spawn(rig, "malgil.log", argv, rig->environment, extra, &rig->ready_fd);
	if (rig->daemon <= 0)
		return false;
	rig->lives++;
	rig->daemon_fd = (int)syscall(SYS_pidfd_open, rig->daemon, 0);
	return rig->daemon_fd >= 0;
}

static void
reap(struct rig *rig)
{
	waitpid(rig->daemon, &rig->status, 0);
	rig->died[rig->lives - 1] = rig_wall();
	rig_log(rig, "ended, status %x", (unsigned)rig->status);
	rig->kills += rig_was_killed(rig);
	forget_daemon(rig);
}

bool
rig_watch(struct rig *rig, int ms)
{
	if (!rig->daemon)
		return false;
	struct pollfd p[2] = {{rig->daemon_fd, POLLIN, 0}, {rig->ready_fd, POLLIN, 0}};
	if (poll(p, rig->ready_fd >= 0 ? 2 : 1, ms) <= 0)
		return true;
	if (rig->ready_fd >= 0 && p[1].revents) {
		rig->ready = rig->ready || said(rig->ready_fd, "gateway.ready", 1000);
		close(rig->ready_fd);
		rig->ready_fd = -1;
	}
	if (p[0].revents)
		reap(rig);
	return rig->daemon != 0;
}

bool
rig_await_ready(struct rig *rig, int ms)
{
	int64_t until = rig_mono() + ms;
	while (!rig->ready && rig_mono() < until && rig_watch(rig, 100))
		;
	return rig->ready;
}

void
rig_kill(struct rig *rig, int signal)
{
	if (!rig->daemon)
		return;
	kill(rig->daemon, signal);
	if (signal == SIGKILL)
		reap(rig);
}

bool
rig_was_killed(const struct rig *rig)
{
	return WIFSIGNALED(rig->status) && WTERMSIG(rig->status) == SIGKILL;
}

/* ---- sockets ---- */

static int
connect_to(const struct rig *rig, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {10, 0};
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", rig->dir, name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool
send_all(int fd, const struct strbuf *what)
{
	return send(fd, what->s, what->len, MSG_NOSIGNAL) == (ssize_t)what->len;
}

bool
rig_sim(const struct rig *rig, struct strbuf *answer, const char *fmt, ...)
{
	struct strbuf line = STRBUF_INIT(4096);
	char buf[2048];
	va_list ap;
	va_start(ap, fmt);
	strbuf_vprintf(&line, fmt, ap);
	va_end(ap);
	strbuf_putc(&line, '\n');
	strbuf_reset(answer);
	int fd = connect_to(rig, "net/control");
	bool good = fd >= 0 && send_all(fd, &line);
	while (good && !strchr(answer->s, '\n')) {
		ssize_t n = read(fd, buf, sizeof(buf));
		good = n > 0;
		if (good)
			strbuf_add(answer, buf, (size_t)n);
	}
	if (fd >= 0)
		close(fd);
	strbuf_done(&line);
	return good && !strncmp(answer->s, "ok", 2);
}

/* The server closes after its answer, so the end of the stream is the end of the body;
 * one that ends before Content-Length was cut off by a kill. */
static int
parse_answer(const struct strbuf *all, struct strbuf *ret_body)
{
	const char *body = strstr(all->s, "\r\n\r\n");
	const char *length = strcasestr(all->s, "content-length:");
	if (strncmp(all->s, "HTTP/1.1 ", 9) != 0 || !body || !length || length > body)
		return 0;
	body += 4;
	size_t got = all->len - (size_t)(body - all->s);
	if (got < strtoul(length + 15, NULL, 10))
		return 0;
	strbuf_reset(ret_body);
	strbuf_add(ret_body, body, got);
	return atoi(all->s + 9);
}

int
rig_http(const struct rig *rig, const char *method, const char *path, const char *body,
	struct strbuf *ret_body)
{
	struct strbuf all = STRBUF_INIT(1 << 20);
	char buf[8192];
	int fd = connect_to(rig, "run/malgil.sock");
	if (fd < 0)
		return 0;
	strbuf_printf(&all,
		"%s %s HTTP/1.1\r\nHost: malgil\r\nConnection: close\r\n"
		"Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
		method, path, body ? strlen(body) : 0, body ? body : "");
	bool good = send_all(fd, &all);
	strbuf_reset(&all);
	ssize_t n = 0;
	while (good && (n = read(fd, buf, sizeof(buf))) > 0)
		strbuf_add(&all, buf, (size_t)n);
	close(fd);
	int status = good && n == 0 ? parse_answer(&all, ret_body) : 0;
	strbuf_done(&all);
	return status;
}

/* ---- what a case leaves and finds ---- */

bool
rig_put(const struct rig *rig, const char *name, const char *mode, const char *text)
{
	char path[160];
	rig_path(rig, name, path);
	FILE *f = fopen(path, mode);
	if (!f)
		return false;
	fputs(text, f);
	return fclose(f) == 0;
}

int
rig_shown(const struct rig *rig, const char *phone, const char *mark)
{
	char path[160], *line = NULL;
	size_t size = 0;
	int count = 0;
	rig_path(rig, "net/ledger.jsonl", path);
	FILE *f = fopen(path, "re");
	while (f && getline(&line, &size, f) > 0)
		count += strstr(line, "\"handset-text\"") && strstr(line, mark) &&
			 strstr(line, phone);
	free(line);
	if (f)
		fclose(f);
	return count;
}

int
rig_number(const struct rig *rig, const char *sql)
{
	char path[160];
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;
	int n = -1;
	rig_path(rig, "malgil.db", path);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
		sqlite3_busy_timeout(db, 2000) == SQLITE_OK &&
		sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK &&
		sqlite3_step(q) == SQLITE_ROW)
		n = sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	return n;
}
