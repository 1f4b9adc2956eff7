/* What is wrong with a modem, found without the gateway and said in words a shop owner
 * can follow. Runs in a command of its own: it may wait. It asks, and changes nothing: no
 * PIN, no setting that outlasts it, no message read or deleted. */
#include "drivers/at/doctor.h"

#include <ctype.h>
#include <dirent.h>
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
#include <time.h>
#include <unistd.h>

#include "drivers/at/lines.h"
#include "drivers/at/modem.h"

#define ANSWER_WAIT (2 * SECOND)
#define CHOICE_WAIT (3 * SECOND / 2)

struct patient {
	const struct exam *exam;
	const char *channel; /* NULL: a port nobody configured */
	struct at_config config;
	int fd;
	struct lock lock;
	struct lines lines;
	unsigned troubles;
	char answer[8][200]; /* the lines of the last answer */
	size_t answers;
	struct final final;
	char final_text[200];
};

/* ---- saying ---- */

static void finding(struct patient *p, enum exam_level level, const char *ko,
	const char *fmt, ...) PRINTF_LIKE(4, 5);

static void
finding(struct patient *p, enum exam_level level, const char *ko, const char *fmt, ...)
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
static bool
ask(struct patient *p, const char *command, int64_t wait)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%s\r", command);
	p->answers = 0;
	p->final = (struct final){FINAL_ERROR, -1, ""};
	return write(p->fd, text, (size_t)n) == n && hear(p, wait);
}

static bool
ask_ok(struct patient *p, const char *command)
{
	return ask(p, command, ANSWER_WAIT) && p->final.kind == FINAL_OK;
}

static const char *
first(const struct patient *p)
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
		finding(p, EXAM_TROUBLE,
			"이 사용자에게 포트를 열 권한이 없습니다. 위 명령으로 그룹에 "
			"넣은 뒤 다시 "
			"로그인하세요.",
			"%s: permission denied. Put this user into the group \"%s\" and "
			"log "
			"in again: sudo usermod -aG %s %s",
			path, group, group, getenv("USER") ? getenv("USER") : "USER");
	else if (error == EBUSY)
		finding(p, EXAM_TROUBLE,
			"다른 프로그램(흔히 ModemManager)이 포트를 쓰고 있습니다.",
			"%s is in use by another program (often ModemManager; see below)",
			path);
	else if (error == ENOENT || error == ENXIO || error == ENODEV)
		finding(p, EXAM_TROUBLE,
			"모뎀이 꽂혀 있지 않거나 다른 이름으로 잡혔습니다. USB를 다시 "
			"꽂아 보고, 이름이 "
			"바뀌는 모뎀은 device = \"serial:imei=...\" 로 쓰세요.",
			"%s is not there: the modem is unplugged, or has another name "
			"now. "
			"Plug it in again; to be safe from changing names write device = "
			"\"serial:imei=...\"",
			path);
	else
		finding(p, EXAM_TROUBLE, "포트를 열 수 없습니다.",
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
		finding(p, quiet ? EXAM_NOTE : EXAM_TROUBLE,
			"다른 프로그램이 이 포트를 쓰고 있습니다.", "%s", err.s);
		return false;
	}
	if (tcgetattr(p->fd, &t)) {
		finding(p, EXAM_TROUBLE, "직렬 포트가 아닙니다.",
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
		finding(p, EXAM_TROUBLE, "주소를 찾을 수 없습니다.", "tcp:%s: %s", rest,
			gai_strerror(r));
		return false;
	}
	p->fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval wait = {5, 0};
	setsockopt(p->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	r = connect(p->fd, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	if (r)
		finding(p, EXAM_TROUBLE,
			"포트 서버에 연결할 수 없습니다. 전원과 주소를 확인하세요.",
			"tcp:%s cannot be reached: %s. Is the port server on, and the "
			"address "
			"right?",
			rest, strerror(errno));
	return r == 0;
}

static bool
open_device(struct patient *p, const char *device, bool quiet)
{
	enum port_kind kind;
	const char *rest;
	p->fd = -1;
	memset(&p->lines, 0, sizeof(p->lines));
	if (port_parse(device, &kind, &rest, NULL))
		return false;
	return kind == PORT_TCP ? open_network(p, rest) : open_terminal(p, rest, quiet);
}

static void
close_device(struct patient *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	lock_drop(&p->lock);
}

static bool
wake(struct patient *p)
{
	if (write(p->fd, "\x1b\r", 2) != 2)
		return false;
	hear(p, SECOND / 3);
	for (int i = 0; i < 3; i++)
		if (ask(p, "AT", CHOICE_WAIT / 2))
			return ask(p, "ATE0", ANSWER_WAIT) &&
			       ask(p, "AT+CMEE=1", ANSWER_WAIT);
	return false;
}

/* ---- the examination ---- */

static void
look_identity(struct patient *p, struct channel_identity *who)
{
	struct profile profile;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (ask_ok(p, "AT+CGMI"))
		parse_value(
			first(p), "+CGMI", who->manufacturer, sizeof(who->manufacturer));
	if (ask_ok(p, "AT+CGMM"))
		parse_value(first(p), "+CGMM", who->model, sizeof(who->model));
	if (ask_ok(p, "AT+CGSN"))
		for (size_t i = 0; i < p->answers && !who->imei[0]; i++)
			if (parse_digits(p->answer[i], 14, who->imei, sizeof(who->imei)))
				who->imei[0] = '\0';
	if (profile_find(p->exam->notes_dir, p->config.profile, who->manufacturer,
		    who->model, &profile, &err))
		finding(p, EXAM_TROUBLE, "모뎀 프로필을 읽을 수 없습니다.", "%s", err.s);
	finding(p, EXAM_GOOD, "모뎀이 응답합니다.",
		"the modem answers: %s %s, IMEI %s, profile %s", who->manufacturer,
		who->model, who->imei[0] ? who->imei : "unknown", profile.name);
	profile_free(&profile);
	if (p->config.imei && !find_same_imei(who->imei, p->config.imei))
		finding(p, EXAM_TROUBLE,
			"설정과 다른 모뎀입니다. 맞는 모뎀을 꽂거나 설정의 imei 를 "
			"고치세요.",
			"this is another modem than the channel is for (IMEI %s): put "
			"the "
			"right one back, or correct `imei`",
			p->config.imei);
}

static bool
look_lock(struct patient *p)
{
	char state[32] = "";
	if (!ask(p, "AT+CPIN?", 5 * SECOND)) {
		finding(p, EXAM_TROUBLE, "모뎀이 SIM 상태를 말하지 않습니다.",
			"the modem does not say whether the SIM is open");
		return false;
	}
	if (p->answers)
		parse_value(first(p), "+CPIN", state, sizeof(state));
	if (strcasecmp(state, "READY") == 0)
		return true;
	if (strstr(state, "PUK"))
		finding(p, EXAM_TROUBLE,
			"SIM이 잠겼습니다(PUK). 휴대폰에 넣고 PUK를 입력하세요. 통신사에 "
			"문의하면 "
			"알려 줍니다.",
			"the SIM is blocked and wants its PUK: put it into a phone and "
			"enter "
			"the PUK the operator gave you");
	else if (strcasecmp(state, "SIM PIN") == 0 && p->config.pin)
		finding(p, EXAM_NOTE, "SIM이 PIN을 원하며, 시작할 때 한 번 입력됩니다.",
			"the SIM wants its PIN; the gateway will enter it once, when it "
			"starts");
	else if (strcasecmp(state, "SIM PIN") == 0)
		finding(p, EXAM_TROUBLE,
			"SIM이 PIN을 원합니다. 채널에 pin = \"1234\"; 처럼 적거나 "
			"휴대폰에서 PIN "
			"잠금을 끄세요.",
			"the SIM wants its PIN: write pin = \"...\" into the channel, or "
			"switch the PIN off in a phone");
	else
		finding(p, EXAM_TROUBLE,
			"SIM이 없거나 읽히지 않습니다. 모뎀을 끄고 SIM을 다시 끼우세요.",
			"no SIM can be used (%s): switch the modem off and put the SIM "
			"in "
			"again",
			state[0]                     ? state
			: p->final.kind == FINAL_CME ? codes_cme(p->final.code)->sentence
						     : "no answer");
	return false;
}

static void
look_sim(struct patient *p)
{
	static const char *const commands[] = {
		"AT+CCID", "AT+ICCID", "AT+QCCID", "AT^ICCID?", "AT#CCID", "AT^SCID"};
	char iccid[24] = "";
	for (size_t i = 0; i < ARRAY_LEN(commands) && !iccid[0]; i++)
		if (ask_ok(p, commands[i]) &&
			parse_digits(first(p), 18, iccid, sizeof(iccid)))
			iccid[0] = '\0';
	const char *wanted = p->config.iccid                   ? p->config.iccid
			     : p->config.find.by == FIND_ICCID ? p->config.find.what
							       : NULL;
	if (wanted && !find_same_iccid(iccid, wanted))
		finding(p, EXAM_TROUBLE,
			"설정과 다른 SIM입니다. 맞는 SIM을 끼우거나 설정의 iccid 를 "
			"고치세요.",
			"another SIM is in it (ICCID %s, the channel is for %s): put the "
			"right one in, or correct `iccid`",
			iccid[0] ? iccid : "unknown", wanted);
	else
		finding(p, EXAM_GOOD, "SIM이 열려 있습니다.", "the SIM is open, ICCID %s",
			iccid[0] ? iccid : "unknown");
}

static void
look_network(struct patient *p)
{
	static const char *const names[] = {"+CREG", "+CEREG", "+CGREG"};
	char command[16], operator_name[48] = "";
	const char *word = "unknown";
	bool registered = false;
	int dbm = 0;
	for (size_t i = 0; i < ARRAY_LEN(names) && !registered; i++) {
		struct creg creg;
		snprintf(command, sizeof(command), "AT%s?", names[i]);
		if (!ask_ok(p, command) || parse_creg(first(p), names[i], true, &creg))
			continue;
		word = parse_creg_word(creg.stat);
		registered = parse_creg_registered(creg.stat);
	}
	if (ask_ok(p, "AT+CSQ") && parse_csq(first(p), &dbm))
		dbm = 0;
	if (ask_ok(p, "AT+COPS?") &&
		parse_cops(first(p), operator_name, sizeof(operator_name)))
		operator_name[0] = '\0';
	if (!registered)
		finding(p, EXAM_TROUBLE,
			"통신망에 등록되지 않았습니다. 안테나와 개통 여부를 확인하고, "
			"2G·3G 모뎀이라면 "
			"그 망이 아직 있는지 확인하세요.",
			"not in a network (%s, signal %d dBm): is the antenna on, the "
			"SIM "
			"activated, and does the operator still run the network (2G, 3G) "
			"this "
			"modem needs?",
			word, dbm);
	else if (dbm && dbm < -100)
		finding(p, EXAM_NOTE, "신호가 약합니다. 안테나를 창가로 옮기세요.",
			"in the network of %s (%s), but the signal is weak (%d dBm): "
			"move the "
			"antenna",
			operator_name, word, dbm);
	else
		finding(p, EXAM_GOOD, "통신망에 등록되었습니다.",
			"in the network of %s (%s), signal %d dBm", operator_name, word,
			dbm);
}

static void
look_storage(struct patient *p)
{
	struct mem_use use[PARSE_GROUPS];
	size_t count = 0;
	if (!ask_ok(p, "AT+CPMS?") || parse_cpms(first(p), use, &count) || !count)
		return;
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && strcmp(use[i].name, use[0].name) == 0)
			continue;
		if (use[i].total > 0 && use[i].used * 100 >= use[i].total * 80)
			finding(p, EXAM_TROUBLE,
				"SIM의 문자 보관함이 거의 찼습니다. 가득 차면 문자가 "
				"오지 않습니다. "
				"게이트웨이를 켜면 읽어서 비웁니다.",
				"the storage \"%s\" is nearly full (%d of %d): when it "
				"is "
				"full nothing arrives. The running gateway empties it; "
				"if it "
				"does not, see malgil channels adopt",
				use[i].name, use[i].used, use[i].total);
		else if (use[i].total > 0)
			finding(p, EXAM_GOOD, "보관함에 자리가 있습니다.",
				"storage \"%s\": %d of %d places taken", use[i].name,
				use[i].used, use[i].total);
	}
}

static void
look_smsc(struct patient *p)
{
	char number[32] = "";
	if (p->config.smsc || !ask_ok(p, "AT+CSCA?") ||
		parse_csca(first(p), number, sizeof(number)) || number[0])
		return;
	finding(p, EXAM_TROUBLE,
		"문자 센터 번호가 없어 문자를 보낼 수 없습니다. 통신사에 물어 smsc = "
		"\"+82...\"; 로 "
		"적으세요.",
		"the SIM knows no service centre, so nothing can be sent: ask the "
		"operator for "
		"its number and write smsc = \"+82...\" into the channel");
}

static void
look(struct patient *p)
{
	struct channel_identity who = {.imei = ""};
	if (!wake(p)) {
		finding(p, EXAM_TROUBLE,
			"포트는 열리지만 모뎀이 응답하지 않습니다. 모뎀에는 포트가 "
			"여럿이니 다른 번호"
			"(ttyUSB1, ttyUSB2 …)를 써 보고, 모뎀을 뽑았다 꽂으세요.",
			"the port opens, but nobody answers AT. Modems have several "
			"ports: try "
			"the others (ttyUSB1, ttyUSB2 ...), or unplug the modem and plug "
			"it in "
			"again");
		return;
	}
	look_identity(p, &who);
	if (!look_lock(p))
		return;
	look_sim(p);
	look_network(p);
	look_storage(p);
	look_smsc(p);
}

/* The port that is meant, when the device is named by what it is. */
static bool
choose(struct patient *p, char *ret_device, size_t size)
{
	struct find_port ports[FIND_MAX];
	size_t count = find_list(&p->config.find, ports);
	for (size_t i = 0; i < count; i++) {
		struct channel_identity who = {.imei = ""};
		char iccid[24] = "";
		bool it = false;
		if (open_device(p, ports[i].device, true) && wake(p)) {
			if (p->config.find.by == FIND_USB)
				it = true;
			if (p->config.find.by == FIND_IMEI && ask_ok(p, "AT+CGSN") &&
				!parse_digits(first(p), 14, who.imei, sizeof(who.imei)))
				it = find_same_imei(who.imei, p->config.find.what);
			if (p->config.find.by == FIND_ICCID && ask_ok(p, "AT+CCID") &&
				!parse_digits(first(p), 18, iccid, sizeof(iccid)))
				it = find_same_iccid(iccid, p->config.find.what);
		}
		close_device(p);
		if (it) {
			snprintf(ret_device, size, "%.299s", ports[i].device);
			return true;
		}
	}
	return false;
}

static void
doctor_channel(struct patient *p)
{
	struct strbuf name AUTO(strbuf_done) = STRBUF_SENTENCE;
	char device[300];
	snprintf(device, sizeof(device), "%s", p->config.device);
	if (p->config.find.by != FIND_PATH) {
		find_name(&p->config.find, &name);
		if (!choose(p, device, sizeof(device))) {
			finding(p, EXAM_TROUBLE,
				"설정에 적힌 모뎀(SIM)이 어느 포트에도 없습니다. 꽂혀 "
				"있는지, 다른 "
				"프로그램이 쓰고 있지 않은지 확인하세요.",
				"%s is at none of the ports that can be opened: is it "
				"plugged "
				"in, and not in use by another program?",
				name.s);
			return;
		}
		finding(p, EXAM_GOOD, "모뎀을 찾았습니다.", "%s is at %s", name.s,
			device);
	}
	if (open_device(p, device, false))
		look(p);
	close_device(p);
}

/* ---- the machine ---- */

static bool
is_running(const char *name)
{
	struct dirent *e;
	DIR *dir = opendir("/proc");
	bool found = false;
	while (dir && !found && (e = readdir(dir)) != NULL) {
		char path[300], comm[64] = "";
		if (!isdigit((unsigned char)e->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%.200s/comm", e->d_name);
		FILE *f = fopen(path, "r");
		if (f && fgets(comm, sizeof(comm), f)) {
			comm[strcspn(comm, "\n")] = '\0';
			found = strcmp(comm, name) == 0;
		}
		if (f)
			fclose(f);
	}
	if (dir)
		closedir(dir);
	return found;
}

static bool
rule_installed(void)
{
	static const char *const dirs[] = {"/etc/udev/rules.d", "/usr/lib/udev/rules.d",
		"/lib/udev/rules.d", "/usr/local/lib/udev/rules.d"};
	char path[128];
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		snprintf(path, sizeof(path), "%s/77-malgil.rules", dirs[i]);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

static void
doctor_machine(struct patient *p)
{
	const struct find all = {.by = FIND_IMEI};
	struct find_port ports[FIND_MAX];
	size_t count = find_list(&all, ports);
	finding(p, count ? EXAM_GOOD : EXAM_NOTE,
		count ? "USB 직렬 포트가 있습니다."
		      : "USB 직렬 포트가 없습니다. 모뎀을 꽂고 몇 초 기다리세요.",
		count ? "%zu USB serial ports are plugged in"
		      : "%zu USB serial ports are plugged in: plug the modem in and wait "
			"a few "
			"seconds",
		count);
	for (size_t i = 0; i < count; i++)
		finding(p, EXAM_NOTE, "", "  %s  usb %s%s%s  %s", ports[i].device,
			ports[i].usb, ports[i].serial[0] ? ":" : "", ports[i].serial,
			ports[i].product);
	if (!is_running("ModemManager"))
		return;
	if (rule_installed())
		finding(p, EXAM_NOTE,
			"ModemManager가 실행 중이지만 우리 모뎀은 건드리지 않습니다.",
			"ModemManager runs; the rule 77-malgil.rules keeps it off our "
			"modems");
	else
		finding(p, EXAM_TROUBLE,
			"ModemManager가 실행 중이며 모뎀을 가로챌 수 있습니다. 필요 "
			"없으면 끄고, "
			"필요하면 udev 규칙을 설치하세요.",
			"ModemManager runs and takes modems for itself. If nothing else "
			"needs "
			"it: sudo systemctl disable --now ModemManager. Otherwise "
			"install "
			"etc/udev/77-malgil.rules into /etc/udev/rules.d");
}

unsigned
doctor_examine(
	const char *channel, const struct conf_node *config, const struct exam *exam)
{
	struct patient p = {.exam = exam, .channel = channel, .fd = -1};
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (!channel) {
		doctor_machine(&p);
	} else if (at_config_read(config, &p.config, &err)) {
		finding(&p, EXAM_TROUBLE, "설정이 틀렸습니다.", "%s", err.s);
	} else {
		doctor_channel(&p);
		at_config_free(&p.config);
	}
	return p.troubles;
}
