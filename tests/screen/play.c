/* Plays .screen files: the real desk on a pseudo-terminal, the real daemon, a simulated
 * modem; what is compared is the screen a person would see, read from the desk's bytes by
 * a terminal interpreter (tests/lib/vt.h).
 *
 *	play MALGIL SCRATCH FILE...		UPDATE=1 writes the screens as they are
 *now
 *
 * A line is a step; '#' begins a comment. Nothing sleeps: `see`, `gone` and `screen` wait
 * until it is so, at most 8 seconds.
 *
 *	staff NAME		somebody works here, with a token
 *	desk NAME COLSxROWS [VAR=VALUE...]	NAME's desk opens, and is the one meant
 *from now on on NAME			another open desk is meant text NUMBER BODY	a
 *customer writes sh COMMAND		a shell command; $M is malgil with its
 *configuration keys NAME...		keys by their names, other words as they are typed
 *	type TEXT		typed as it is
 *	paste TEXT		pasted in brackets; \n is a line break
 *	paste-bytes N		so many letters, pasted
 *	raw BYTES		\e and \xNN
 *	size COLSxROWS		the window changes
 *	see TEXT / gone TEXT	wait until it is on the screen, or is not
 *	never BYTES		the desk has never written these
 *	daemon stop|kill|start
 *	crash			kill -9 the desk
 *	leave			the desk must end by itself
 *	screen ... end		the whole screen, a '|' before each row; any time of day
 *is written --:--, and blank rows at the end are left out */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <netinet/in.h>
#include <time.h>
#include <unistd.h>

#include "tests/lib/vt.h"

#define PATIENCE 8000
#define DESKS    4
#define LINE     8192

struct player_desk {
	char name[32];
	pid_t pid;
	int fd;
	struct vt vt;
	struct strbuf raw;
};

static struct player {
	const char *malgil, *scratch, *file;
	int line, port, failures;
	pid_t sim, daemon;
	struct player_desk desks[DESKS];
	struct player_desk *desk;
	struct strbuf rewritten;
	bool update;
} p;

static int64_t
now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND + t.tv_nsec / 1000000;
}

static void stop_all(void);

static void
fail(const char *what, const char *detail)
{
	struct strbuf screen AUTO(strbuf_done) = STRBUF_INIT(256 * 1024);
	fprintf(stderr, "%s:%d: %s: %s\n", p.file, p.line, what, detail);
	if (p.desk) {
		vt_dump(&p.desk->vt, &screen);
		fprintf(stderr, "the screen of %s:\n%s", p.desk->name, screen.s);
	}
	stop_all();
	exit(1);
}

/* ---- programs ---- */

static void
say_where(const char *name)
{
	char where[512];
	setenv("M_CFG", "m.cfg", 1);
	snprintf(where, sizeof(where), "%s -c m.cfg", p.malgil);
	setenv("M", where, 1);
	setenv("MALGIL", name, 1);
}

static pid_t
spawn(const char *log, const char *ready, char *const argv[])
{
	int fds[2];
	if (pipe(fds) != 0)
		abort();
	pid_t pid = fork();
	if (!pid) {
		int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		dup2(fds[1], STDOUT_FILENO);
		dup2(out, STDERR_FILENO);
		close(fds[0]);
		execv(argv[0], argv);
		_exit(127);
	}
	close(fds[1]);
	FILE *f = fdopen(fds[0], "r");
	char line[512];
	bool good = false;
	while (!good && fgets(line, sizeof(line), f))
		good = !strncmp(line, ready, strlen(ready));
	if (!good)
		fail("never ready", argv[1]);
	/* Kept open on purpose: a program whose reader is gone might end. */
	return pid;
}

static void
end(pid_t *pid, int signum)
{
	if (*pid > 0) {
		kill(*pid, signum);
		waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

static void
stop_all(void)
{
	for (int i = 0; i < DESKS; i++)
		end(&p.desks[i].pid, SIGKILL);
	end(&p.daemon, SIGTERM);
	end(&p.sim, SIGTERM);
}

/* A port nobody has: asked for, looked at and given back. */
static int
free_port(void)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(fd, (struct sockaddr *)&a, len) != 0 ||
		getsockname(fd, (struct sockaddr *)&a, &len) != 0)
		abort();
	close(fd);
	return ntohs(a.sin_port);
}

static void
run_shell(const char *command)
{
	char whole[LINE + 64];
	snprintf(whole, sizeof(whole), "( %s\n) >sh.log 2>&1", command);
	if (system(whole) != 0)
		fail("the command failed", command);
}

static void
start_daemon(void)
{
	char *argv[] = {(char *)(uintptr_t)p.malgil, "-c", "m.cfg", "serve", NULL};
	p.daemon = spawn("serve.log", "gateway.ready", argv);
	run_shell("timeout 8 sh -c 'until $M channels status --json | "
		  "grep -q \"\\\"ready\\\"\"; do :; done'");
}

static void
write_config(void)
{
	FILE *f = fopen("m.cfg", "w");
	fprintf(f,
		"format = 1;\n"
		"shop = { name = \"Test\"; country = \"KR\"; tz = \"Asia/Seoul\"; };\n"
		"store = \"sqlite:%s/malgil.db\";\nrun_dir = \"%s/run\";\n"
		"channels = { north = { driver = \"at\"; device = \"tty:%s/sim/modem0\"; "
		"}; };\n"
		"hours = { week = \"mon-sun 00:00-24:00\"; reply = \"30m\"; };\n"
		"api = { listen = \"127.0.0.1:%d\"; };\n",
		p.scratch, p.scratch, p.scratch, p.port);
	fclose(f);
	f = fopen("canned.cfg", "w");
	fputs("format = 1;\nreplies = { hello = \"안녕하세요, {shop}입니다.\"; "
	      "shipped = \"{carrier}로 보냈습니다.\"; };\n",
		f);
	fclose(f);
}

static void
start_world(void)
{
	char *sim[] = {(char *)(uintptr_t)p.malgil, "sim", "--modems", "1", "--dir",
		"sim", NULL};
	if (chdir(p.scratch) != 0)
		abort();
	run_shell("rm -rf run sim drafts-* malgil.db* *.log *.cfg token-*");
	p.port = free_port();
	write_config();
	say_where(p.malgil);
	p.sim = spawn("sim.log", "sim.ready", sim);
	start_daemon();
}

/* ---- desks ---- */

static void
read_some(struct player_desk *d, int timeout)
{
	struct pollfd fd = {.fd = d->fd, .events = POLLIN};
	char block[65536];
	if (poll(&fd, 1, timeout) <= 0)
		return;
	ssize_t n = read(d->fd, block, sizeof(block));
	if (n <= 0) {
		if (fd.revents & POLLHUP)
			poll(NULL, 0, 1);
		return;
	}
	vt_feed(&d->vt, block, (size_t)n);
	strbuf_add(&d->raw, block, (size_t)n);
	if (d->vt.strange.len)
		fail("the desk wrote what no terminal should be told", d->vt.strange.s);
}

/* All desks are read, so that none waits for its terminal. */
static void
read_all(int timeout)
{
	for (int i = 0; i < DESKS; i++)
		if (p.desks[i].pid && &p.desks[i] != p.desk)
			read_some(&p.desks[i], 0);
	if (p.desk && p.desk->pid)
		read_some(p.desk, timeout);
}

static void
say_bytes(const char *bytes, size_t len)
{
	for (int64_t until = now_ms() + PATIENCE; len;) {
		ssize_t n = write(p.desk->fd, bytes, MIN(len, 4096));
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (now_ms() > until) {
			fail("the desk does not read", "");
		}
		read_all(n > 0 ? 0 : 5);
	}
}

static struct player_desk *
find_desk(const char *name)
{
	for (int i = 0; i < DESKS; i++)
		if (p.desks[i].pid && !strcmp(p.desks[i].name, name))
			return &p.desks[i];
	for (int i = 0; i < DESKS; i++)
		if (!p.desks[i].pid)
			return &p.desks[i];
	abort();
}

static void
become_desk(const char *name, char *vars)
{
	char url[64], token[64], drafts[64];
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", p.port);
	snprintf(token, sizeof(token), "token-%s", name);
	snprintf(drafts, sizeof(drafts), "drafts-%s", name);
	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("HOME", p.scratch, 1);
	unsetenv("XDG_STATE_HOME");
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("NO_COLOR");
	for (char *var; (var = strsep(&vars, " "));)
		if (*var)
			putenv(var);
	if (access(token, F_OK) != 0) { /* nobody in particular: whoever runs this */
		execl(p.malgil, p.malgil, "-c", "m.cfg", "desk", "--mouse", "--drafts",
			drafts, NULL);
		_exit(127);
	}
	execl(p.malgil, p.malgil, "-c", "m.cfg", "desk", "--url", url, "--token-file",
		token, "--drafts", drafts, NULL);
	_exit(127);
}

static void
open_desk(char *rest)
{
	char name[32] = "";
	int cols, rows, used = 0;
	if (sscanf(rest, "%31s %dx%d%n", name, &cols, &rows, &used) != 3)
		fail("desk NAME COLSxROWS", rest);
	struct player_desk *d = find_desk(name);
	struct winsize size = {
		.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
	if (d->raw.max) {
		vt_done(&d->vt);
		strbuf_done(&d->raw);
		close(d->fd);
	}
	vt_init(&d->vt, rows, cols);
	strbuf_init(&d->raw, 64u << 20);
	snprintf(d->name, sizeof(d->name), "%s", name);
	d->pid = forkpty(&d->fd, NULL, NULL, &size);
	if (!d->pid)
		become_desk(name, rest + used);
	fcntl(d->fd, F_SETFL, O_NONBLOCK);
	p.desk = d;
}

static void
resize(const char *rest)
{
	int cols, rows;
	if (sscanf(rest, "%dx%d", &cols, &rows) != 2)
		fail("size COLSxROWS", rest);
	struct winsize size = {
		.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
	read_all(0);
	vt_resize(&p.desk->vt, rows, cols);
	ioctl(p.desk->fd, TIOCSWINSZ, &size);
}

static void
add_staff(const char *name)
{
	char command[256];
	snprintf(command, sizeof(command),
		"$M staff add %s && $M token create %s-t --role agent --staff %s "
		">token-all && "
		"grep -o 'mg[A-Za-z0-9_.-]*' token-all | tail -1 >token-%s; test -s "
		"token-%s",
		name, name, name, name, name);
	run_shell(command);
}

/* ---- what is on the screen ---- */

/* Any time of day becomes --:--, so that a screen is the same tomorrow. */
static void
mask(char *s)
{
	for (; *s; s++) {
		bool digits = strlen(s) >= 5 && s[2] == ':' &&
			      strspn(s, "0123456789") == 2 &&
			      strspn(s + 3, "0123456789") >= 2;
		if (digits) {
			s[0] = s[1] = s[3] = s[4] = '-';
			s += 4;
		}
	}
}

static void
dump(struct strbuf *out)
{
	strbuf_reset(out);
	vt_dump(&p.desk->vt, out);
	mask(out->s);
	while (out->len > 1 && out->s[out->len - 2] == '\n')
		out->s[--out->len] = '\0';
}

static bool
holds(const char *text)
{
	struct strbuf screen AUTO(strbuf_done) = STRBUF_INIT(256 * 1024);
	dump(&screen);
	return strstr(screen.s, text) != NULL;
}

static void
wait_until(const char *text, bool there)
{
	int64_t until = now_ms() + PATIENCE;
	while (holds(text) != there) {
		if (now_ms() > until)
			fail(there ? "never seen" : "still there", text);
		read_all(20);
	}
}

static void
compare(const char *wanted)
{
	struct strbuf screen AUTO(strbuf_done) = STRBUF_INIT(256 * 1024);
	int64_t until = now_ms() + (p.update ? 700 : PATIENCE);
	for (;;) {
		dump(&screen);
		if (!strcmp(screen.s, wanted))
			break;
		if (now_ms() > until && !p.update)
			fail("another screen was expected", wanted);
		if (now_ms() > until)
			break;
		read_all(20);
	}
	for (char *rest = screen.s, *row; (row = strsep(&rest, "\n"));)
		if (rest || *row)
			strbuf_printf(&p.rewritten, "|%s\n", row);
}

/* ---- steps ---- */

static void
press(char *rest)
{
	static const struct {
		const char *name, *bytes;
	} keys[] = {{"enter", "\r"}, {"esc", "\033"}, {"tab", "\t"}, {"up", "\033OA"},
		{"down", "\033OB"}, {"right", "\033OC"}, {"left", "\033OD"},
		{"home", "\033OH"}, {"end", "\033OF"}, {"pgup", "\033[5~"},
		{"pgdn", "\033[6~"}, {"delete", "\033[3~"}, {"backspace", "\177"},
		{"space", " "}, {"ctrl-j", "\n"}, {"ctrl-t", "\024"}, {"ctrl-u", "\025"},
		{"ctrl-k", "\013"}, {"ctrl-l", "\014"}, {"ctrl-w", "\027"}};
	for (char *word; (word = strsep(&rest, " "));) {
		const char *bytes = word;
		for (size_t i = 0; i < ARRAY_LEN(keys); i++)
			if (!strcmp(word, keys[i].name))
				bytes = keys[i].bytes;
		say_bytes(bytes, strlen(bytes));
	}
}

/* \e, \n and \xNN, in place. */
static size_t
unescape(char *s)
{
	char *out = s, *begin = s;
	for (; *s; s++) {
		unsigned byte;
		if (*s != '\\')
			*out++ = *s;
		else if (s[1] == 'x' && sscanf(s + 2, "%2x", &byte) == 1) {
			*out++ = (char)byte;
			s += 3;
		} else {
			s++;
			*out++ = *s == 'e' ? '\033' : *s == 'n' ? '\n' : *s;
		}
	}
	*out = '\0';
	return (size_t)(out - begin);
}

static void
paste(const char *text, size_t len)
{
	int64_t until = now_ms() + PATIENCE;
	while (!p.desk->vt.pasting && now_ms() < until)
		read_all(20);
	say_bytes("\033[200~", 6);
	say_bytes(text, len);
	say_bytes("\033[201~", 6);
}

static void
paste_bytes(const char *rest)
{
	size_t n = strtoul(rest, NULL, 10);
	char *text = xmalloc(n);
	memset(text, 'x', n);
	paste(text, n);
	free(text);
}

static void
customer_writes(char *rest)
{
	char *body = strchr(rest, ' ');
	if (!body)
		fail("text NUMBER BODY", rest);
	*body++ = '\0';
	unescape(body);
	setenv("FROM", rest, 1);
	setenv("BODY", body, 1);
	run_shell("\"$MALGIL\" sim tell --dir sim text \"$FROM\" modem0 \"$BODY\"");
}

static void
never(char *rest)
{
	size_t n = unescape(rest);
	read_all(0);
	if (memmem(p.desk->raw.s, p.desk->raw.len, rest, n))
		fail("the desk wrote", rest);
}

static void
daemon_step(const char *rest)
{
	if (!strcmp(rest, "stop"))
		end(&p.daemon, SIGTERM);
	else if (!strcmp(rest, "kill"))
		end(&p.daemon, SIGKILL);
	else
		start_daemon();
}

static void
leave(char *rest)
{
	int64_t until = now_ms() + PATIENCE;
	(void)rest;
	for (;;) {
		int status;
		if (waitpid(p.desk->pid, &status, WNOHANG) == p.desk->pid) {
			p.desk->pid = 0;
			if (!WIFEXITED(status) || WEXITSTATUS(status))
				fail("the desk ended badly", "");
			return;
		}
		if (now_ms() > until)
			fail("the desk does not end", "");
		read_some(p.desk, 20);
	}
}

static void
crash(char *rest)
{
	(void)rest;
	end(&p.desk->pid, SIGKILL);
}

static void
on(char *rest)
{
	p.desk = find_desk(rest);
	if (!p.desk->pid)
		fail("there is no such desk", rest);
}

static void
see(char *rest)
{
	wait_until(rest, true);
}
static void
gone(char *rest)
{
	wait_until(rest, false);
}
static void
type(char *rest)
{
	say_bytes(rest, strlen(rest));
}
static void
raw(char *rest)
{
	say_bytes(rest, unescape(rest));
}
static void
paste_text(char *rest)
{
	paste(rest, unescape(rest));
}
static void
size_step(char *rest)
{
	resize(rest);
}
static void
shell_step(char *rest)
{
	run_shell(rest);
}
static void
staff_step(char *rest)
{
	add_staff(rest);
}
static void
daemon_word(char *rest)
{
	daemon_step(rest);
}
static void
bytes_step(char *rest)
{
	paste_bytes(rest);
}

static const struct {
	const char *name;
	void (*run)(char *rest);
} steps[] = {{"staff", staff_step}, {"desk", open_desk}, {"on", on},
	{"text", customer_writes}, {"sh", shell_step}, {"keys", press}, {"type", type},
	{"paste", paste_text}, {"paste-bytes", bytes_step}, {"raw", raw},
	{"size", size_step}, {"see", see}, {"gone", gone}, {"never", never},
	{"daemon", daemon_word}, {"crash", crash}, {"leave", leave}};

static void
screen_step(FILE *f)
{
	struct strbuf wanted AUTO(strbuf_done) = STRBUF_INIT(256 * 1024);
	char line[LINE];
	while (fgets(line, sizeof(line), f) && strcmp(line, "end\n") != 0) {
		p.line++;
		if (*line == '|')
			strbuf_puts(&wanted, line + 1);
	}
	p.line++;
	compare(wanted.s);
	strbuf_puts(&p.rewritten, "end\n");
}

static void
step(char *line, FILE *f)
{
	char *rest = strchr(line, ' ');
	if (!strcmp(line, "screen")) {
		screen_step(f);
		return;
	}
	if (rest)
		*rest++ = '\0';
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (!strcmp(line, steps[i].name)) {
			steps[i].run(rest ? rest : line + strlen(line));
			return;
		}
	fail("there is no such step", line);
}

/* Somebody lost patience: nothing is left behind. */
static void
give_up(int signum)
{
	stop_all();
	_exit(128 + signum);
}

static void
play(const char *file)
{
	char line[LINE];
	FILE *f = fopen(file, "r");
	p.file = file;
	p.line = 0;
	p.desk = NULL;
	if (!f)
		fail("cannot be read", strerror(errno));
	strbuf_init(&p.rewritten, 1u << 20);
	start_world();
	while (fgets(line, sizeof(line), f)) {
		p.line++;
		strbuf_puts(&p.rewritten, line);
		line[strcspn(line, "\n")] = '\0';
		if (*line && *line != '#')
			step(line, f);
	}
	fclose(f);
	stop_all();
	if (p.update && (f = fopen(file, "w"))) {
		fputs(p.rewritten.s, f);
		fclose(f);
	}
	strbuf_done(&p.rewritten);
}

int
main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, give_up);
	signal(SIGINT, give_up);
	if (argc < 4)
		return 2;
	p.malgil = argv[1];
	p.scratch = argv[2];
	p.update = getenv("UPDATE") != NULL;
	for (int i = 3; i < argc; i++) {
		int64_t start = now_ms();
		play(argv[i]);
		printf("%s ok %lld ms\n", strrchr(argv[i], '/') + 1,
			(long long)(now_ms() - start));
		fflush(stdout);
	}
	return 0;
}
