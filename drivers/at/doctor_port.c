/* The doctor at a port. It waits, for it is a command of its own. */
#include "drivers/at/doctor_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* ---- saying ---- */

void
doctor_say(struct patient *p, enum exam_level level, const char *ko, const char *fmt, ...)
{
	struct strbuf en AUTO(strbuf_done) = STRBUF_SENTENCE;
	va_list ap;
	va_start(ap, fmt);
	strbuf_vprintf(&en, fmt, ap);
	va_end(ap);
	p->troubles += level == EXAM_TROUBLE;
	p->exam->say(p->exam->arg,
		&(struct exam_finding){p->channel ? p->channel : "", level, en.s, ko});
}

/* ---- asking ---- */

static int64_t
now_ms(void)
{
	return clock_mono(clock_real());
}

static bool
take_line(struct patient *p, const char *line)
{
	struct final final;
	if (parse_final(line, &final) == 0) {
		snprintf(p->final_text, sizeof(p->final_text), "%s", line);
		return parse_final(p->final_text, &p->final) == 0;
	}
	if (p->answers < ARRAY_LEN(p->answer) && strncasecmp(line, "AT", 2) != 0)
		snprintf(p->answer[p->answers++], sizeof(p->answer[0]), "%s", line);
	return false;
}

static bool
hear(struct patient *p, int64_t wait)
{
	int64_t end = now_ms() + wait;
	char bytes[512];
	struct token token;
	while (now_ms() < end) {
		struct pollfd fd = {p->fd, POLLIN, 0};
		const char *at = bytes;
		if (poll(&fd, 1, (int)MAX(end - now_ms(), 1)) <= 0)
			continue;
		ssize_t n = read(p->fd, bytes, sizeof(bytes));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return false;
		size_t len = (size_t)n;
		while (lines_next(&p->lines, &at, &len, &token))
			if (token.kind == TOKEN_LINE && take_line(p, token.text))
				return true;
	}
	return false;
}

/* True when a final result came, whichever. */
bool
doctor_ask(struct patient *p, const char *command, int64_t wait)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%s\r", command);
	p->answers = 0;
	p->final = (struct final){FINAL_ERROR, -1, ""};
	return write(p->fd, text, (size_t)n) == n && hear(p, wait);
}

bool
doctor_ok(struct patient *p, const char *command)
{
	return doctor_ask(p, command, ANSWER_WAIT) && p->final.kind == FINAL_OK;
}

const char *
doctor_first(const struct patient *p)
{
	return p->answers ? p->answer[0] : "";
}

/* ---- getting there ---- */

static speed_t
speed_of(int64_t baud)
{
	static const struct {
		int64_t baud;
		speed_t speed;
	} rates[] = {{9600, B9600}, {19200, B19200}, {38400, B38400}, {57600, B57600},
		{115200, B115200}, {230400, B230400}, {460800, B460800},
		{921600, B921600}};
	for (size_t i = 0; i < ARRAY_LEN(rates); i++)
		if (rates[i].baud == baud)
			return rates[i].speed;
	return B115200;
}

/* The group that may open the port, by name. */
static void
group_of(const char *path, char *ret, size_t size)
{
	struct group entry, *found = NULL;
	struct stat st;
	char room[2048];
	if (stat(path, &st) || getgrgid_r(st.st_gid, &entry, room, sizeof(room), &found))
		found = NULL;
	snprintf(ret, size, "%s", found ? found->gr_name : "dialout");
}

static void
say_refused(struct patient *p, const char *path, int error)
{
	char group[64];
	group_of(path, group, sizeof(group));
	if (error == EACCES)
		doctor_say(p, EXAM_TROUBLE,
			"이 사용자에게 포트를 열 권한이 없습니다. 위 명령으로 그룹에 "
			"넣은 뒤 다시 "
			"로그인하세요.",
			"%s: permission denied. Put this user into the group \"%s\" and "
			"log "
			"in again: sudo usermod -aG %s %s",
			path, group, group, getenv("USER") ? getenv("USER") : "USER");
	else if (error == EBUSY)
		doctor_say(p, EXAM_TROUBLE,
			"다른 프로그램(흔히 ModemManager)이 포트를 쓰고 있습니다.",
			"%s is in use by another program (often ModemManager; see below)",
			path);
	else if (error == ENOENT || error == ENXIO || error == ENODEV)
		doctor_say(p, EXAM_TROUBLE,
			"모뎀이 꽂혀 있지 않거나 다른 이름으로 잡혔습니다. USB를 다시 "
			"꽂아 보고, 이름이 "
			"바뀌는 모뎀은 device = \"serial:imei=...\" 로 쓰세요.",
			"%s is not there: the modem is unplugged, or has another name "
			"now. "
			"Plug it in again; to be safe from changing names write device = "
			"\"serial:imei=...\"",
			path);
	else
		doctor_say(p, EXAM_TROUBLE, "포트를 열 수 없습니다.",
			"%s cannot be opened: %s", path, strerror(error));
}

static bool
open_terminal(struct patient *p, const char *path, bool quiet)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct termios t;
	p->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (p->fd < 0) {
		if (!quiet || errno == EACCES)
			say_refused(p, path, errno);
		return false;
	}
	if (lock_take(&p->lock, p->exam->lock_dir, path, p->fd, &err)) {
		doctor_say(p, quiet ? EXAM_NOTE : EXAM_TROUBLE,
			"다른 프로그램이 이 포트를 쓰고 있습니다.", "%s", err.s);
		return false;
	}
	if (tcgetattr(p->fd, &t)) {
		doctor_say(p, EXAM_TROUBLE, "직렬 포트가 아닙니다.",
			"%s is not a serial port", path);
		return false;
	}
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	cfsetspeed(&t, speed_of(p->config.baud));
	tcsetattr(p->fd, TCSANOW, &t);
	tcflush(p->fd, TCIOFLUSH);
	return true;
}

static bool
open_network(struct patient *p, const char *rest)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
	char host[256];
	const char *colon = strrchr(rest, ':');
	size_t len = (size_t)(colon - rest), skip = *rest == '[';
	snprintf(host, sizeof(host), "%.*s", (int)(len - 2 * skip), rest + skip);
	int r = getaddrinfo(host, colon + 1, &hints, &found);
	if (r) {
		doctor_say(p, EXAM_TROUBLE, "주소를 찾을 수 없습니다.", "tcp:%s: %s",
			rest, gai_strerror(r));
		return false;
	}
	p->fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval wait = {5, 0};
	setsockopt(p->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	r = connect(p->fd, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	if (r)
		doctor_say(p, EXAM_TROUBLE,
			"포트 서버에 연결할 수 없습니다. 전원과 주소를 확인하세요.",
			"tcp:%s cannot be reached: %s. Is the port server on, and the "
			"address "
			"right?",
			rest, strerror(errno));
	return r == 0;
}

bool
doctor_open(struct patient *p, const char *device, bool quiet)
{
	enum port_kind kind;
	const char *rest;
	p->fd = -1;
	memset(&p->lines, 0, sizeof(p->lines));
	if (port_parse(device, &kind, &rest, NULL))
		return false;
	return kind == PORT_TCP ? open_network(p, rest) : open_terminal(p, rest, quiet);
}

void
doctor_close(struct patient *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	lock_drop(&p->lock);
}

bool
doctor_wake(struct patient *p)
{
	if (write(p->fd, "\x1b\r", 2) != 2)
		return false;
	hear(p, SECOND / 3);
	for (int i = 0; i < 3; i++)
		if (doctor_ask(p, "AT", CHOICE_WAIT / 2))
			return doctor_ask(p, "ATE0", ANSWER_WAIT) &&
			       doctor_ask(p, "AT+CMEE=1", ANSWER_WAIT);
	return false;
}
