/* The questions of `malgil setup`, and what is an answer. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "gateway/base/suggest.h"
#include "gateway/core/driver.h"
#include "gateway/net/json.h"
#include "gateway/sms/address.h"
#include "gateway/text/zone.h"
#include "gateway/verbs/setup.h"

#define TRIES  5
#define MODEMS 16

/* ---- what is an answer ---- */

static int
check_shop(struct setup *s, char **text, struct strbuf *err)
{
	if (strlen(*text) <= 60 && strcmp(*text, "My shop") != 0 && **text)
		return 0;
	strbuf_set(err, "%s",
		setup_say(s,
			"the shop's name stands in texts to customers: 1 to 60 bytes",
			"가게 이름은 고객 문자에 들어갑니다. 1~60바이트로 적어 주세요"));
	return -EINVAL;
}

static void
replace(char **text, const char *by)
{
	char *fresh = xstrdup(by);
	free(*text);
	*text = fresh;
}

/* What is wrong, in the words of who is asked; `ko` has one place for the answer. */
static int
refuse(const struct setup *s, const char *text, const char *en, const char *ko,
	struct strbuf *err)
{
	const char *said = s->korean ? ko : en, *place = strstr(said, "%s");
	strbuf_set(err, "%.*s%.60s%s", place ? (int)(place - said) : (int)strlen(said),
		said, place ? text : "", place ? place + 2 : "");
	return -EINVAL;
}

static int
check_country(struct setup *s, char **text, struct strbuf *err)
{
	static const char *const names[][2] = {{"한국", "KR"}, {"대한민국", "KR"},
		{"korea", "KR"}, {"미국", "US"}, {"usa", "US"}, {"일본", "JP"},
		{"japan", "JP"}, {"germany", "DE"}, {"france", "FR"}, {"uk", "GB"}};
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcasecmp(*text, names[i][0]))
			replace(text, names[i][1]);
	for (char *p = *text; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	if (country_known(*text))
		return 0;
	return refuse(s, *text,
		"'%s' is no country; two letters are expected, such as KR",
		"'%s' 라는 나라를 모릅니다. KR 처럼 영문 두 글자로 적어 주세요", err);
}

static int
check_zone(struct setup *s, char **text, struct strbuf *err)
{
	if (zone_known(*text))
		return 0;
	return refuse(s, *text, "there is no time zone '%s'; write it like Asia/Seoul",
		"'%s' 라는 시간대가 없습니다. Asia/Seoul 처럼 적어 주세요", err);
}

/* "월-금 10:00~18:00" is what a Korean types. */
static void
english_hours(char **text)
{
	static const char *const words[][2] = {{"월", "mon"}, {"화", "tue"},
		{"수", "wed"}, {"목", "thu"}, {"금", "fri"}, {"토", "sat"}, {"일", "sun"},
		{"매일", ""}, {"평일", "mon-fri"}, {"주말", "sat sun"}, {"~", "-"},
		{"요", ""}};
	struct strbuf out AUTO(strbuf_done) = STRBUF_INIT(4096);
	static const size_t order[] = {7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 10, 11};
	for (const char *p = *text; *p;) {
		size_t n = 0;
		for (size_t i = 0; i < ARRAY_LEN(order) && !n; i++) {
			const char *word = words[order[i]][0];
			if (strncmp(p, word, strlen(word)) != 0)
				continue;
			n = strlen(word);
			strbuf_puts(&out, words[order[i]][1]);
		}
		if (!n)
			strbuf_putc(&out, *p);
		p += n ? n : 1;
	}
	replace(text, out.s + strspn(out.s, " "));
}

static int
check_hours(struct setup *s, char **text, struct strbuf *err)
{
	struct hours hours;
	english_hours(text);
	hours_init(&hours, "UTC");
	int r = **text && strcmp(*text, "-") ? hours_read(&hours, *text, NULL, err) : 0;
	if (!r && !strcmp(*text, "always"))
		**text = '\0';
	hours_done(&hours);
	return r && s->korean
		       ? refuse(s, *text, "",
				 "'%s': 시간을 읽을 수 없습니다. 월-금 10:00-18:00 "
				 "처럼 적어 주세요",
				 err)
		       : r;
}

static int
check_lunch(struct setup *s, char **text, struct strbuf *err)
{
	struct hours hours;
	const char *week = s->answers[SETUP_HOURS];
	english_hours(text);
	int from[2], to[2];
	if (sscanf(*text, " %d:%d - %d:%d", &from[0], &from[1], &to[0], &to[1]) == 4 &&
		from[0] * 60 + from[1] >= to[0] * 60 + to[1])
		return refuse(s, *text,
			"'%s' ends before it begins; write it like 12:30-13:30",
			"'%s': 끝이 시작보다 빠릅니다. 12:30-13:30 처럼 적어 주세요",
			err);
	if (!**text || !week || !*week)
		return 0;
	hours_init(&hours, "UTC");
	int r = hours_read(&hours, week, *text, err);
	hours_done(&hours);
	return r && s->korean
		       ? refuse(s, *text, "",
				 "'%s': 시간을 읽을 수 없거나 영업시간이 남지 않습니다. "
				 "12:30-13:30 처럼 적어 주세요",
				 err)
		       : r;
}

/* "1시간 30분" and its parts. */
static void
english_length(char **text)
{
	static const struct {
		const char *word;
		int minutes;
	} units[] = {{"시간", 60}, {"분", 1}, {"일", 24 * 60}};
	int64_t total = 0;
	const char *p = *text;
	while (*p) {
		char *end;
		long n = strtol(p, &end, 10);
		size_t u = 0;
		while (u < ARRAY_LEN(units) &&
			strncmp(end, units[u].word, strlen(units[u].word)) != 0)
			u++;
		if (end == p || u == ARRAY_LEN(units) || n < 0 || n > 100000)
			return;
		total += n * units[u].minutes;
		p = end + strlen(units[u].word);
		p += strspn(p, " ");
	}
	if (total) {
		char fresh[32];
		snprintf(fresh, sizeof(fresh), "%" PRId64 "m", total);
		replace(text, fresh);
	}
}

static int
check_reply(struct setup *s, char **text, struct strbuf *err)
{
	int64_t ms;
	english_length(text);
	if (!**text || (!conf_duration(*text, &ms) && ms >= MINUTE && ms <= 30 * DAY))
		return 0;
	return refuse(s, *text, "'%s' is no length of time; write it like 30m or 4h",
		"'%s': 길이를 읽을 수 없습니다. 30분, 4시간 또는 30m, 4h 처럼 적어 "
		"주세요",
		err);
}

static int
check_modem(struct setup *s, char **text, struct strbuf *err)
{
	(void)s;
	if (**text == '/') {
		struct strbuf full AUTO(strbuf_done) = STRBUF_INIT(4096);
		strbuf_printf(&full, "serial:%s", *text);
		replace(text, full.s);
	}
	if (!strncmp(*text, "serial:", 7) || !strncmp(*text, "tty:", 4) ||
		!strncmp(*text, "tcp:", 4))
		return 0;
	return refuse(s, *text,
		"'%s' is no device: serial:/dev/ttyUSB2, serial:imei=..., tty:PATH "
		"or tcp:HOST:PORT is expected",
		"'%s' 은(는) 장치가 아닙니다. serial:/dev/ttyUSB2, serial:imei=..., "
		"tty:경로, tcp:주소:포트 가운데 하나로 적어 주세요",
		err);
}

static int
check_pin(struct setup *s, char **text, struct strbuf *err)
{
	size_t n = strlen(*text);
	if (!n || (n >= 4 && n <= 8 && strspn(*text, "0123456789") == n))
		return 0;
	return refuse(s, "", "a PIN has 4 to 8 digits", "PIN은 숫자 4~8자리입니다", err);
}

static int
check_owner(struct setup *s, char **text, struct strbuf *err)
{
	char phone[32];
	const char *country = s->answers[SETUP_COUNTRY];
	int r = **text ? sms_number_e164(*text, country ? country : "KR", phone, err) : 0;
	if (!r && **text &&
		*phone != '+') { /* a service's: no person hears alarms there */
		strbuf_set(err, "'%.60s' is no number of a person", *text);
		r = -EINVAL;
	}
	if (r && s->korean)
		return refuse(s, *text, "",
			"'%s': 연락할 수 있는 번호가 아닙니다. 010-1234-5678 처럼 적어 "
			"주세요",
			err);
	return r;
}

static int
check_optout(struct setup *s, char **text, struct strbuf *err)
{
	size_t digits = 0;
	for (const char *p = *text; *p; p++)
		digits += isdigit((unsigned char)*p) != 0;
	if (!**text || (!strncmp(*text, "080", 3) && digits >= 10 && digits <= 11 &&
			       strspn(*text, "0123456789- ") == strlen(*text)))
		return 0;
	return refuse(s, *text,
		"'%s' is no free number; it begins with 080, such as 080-123-4567",
		"'%s' 은(는) 무료 수신거부 번호가 아닙니다. 080-123-4567 처럼 080으로 "
		"시작합니다",
		err);
}

static int
check_staff(struct setup *s, char **text, struct strbuf *err)
{
	if (!strpbrk(*text, "/\"\\\n"))
		return 0;
	return refuse(s, "",
		"names have no slash and no quotes; several are written with commas "
		"between",
		"이름에는 / 와 따옴표를 쓸 수 없고, 여럿이면 쉼표로 나눕니다", err);
}

/* clang-format off */
static const struct {
	const char *name;
	bool must;
	int (*check)(struct setup *s, char **text, struct strbuf *err);
	const char *en, *ko;
} questions[SETUP_QUESTIONS] = {
	[SETUP_SHOP] = {"shop", true, check_shop,
		"The shop's name, as customers read it",
		"가게 이름 (고객 문자에 들어갑니다)"},
	[SETUP_COUNTRY] = {"country", true, check_country,
		"Country, two letters: whose law holds", "나라 (두 글자, 한국은 KR)"},
	[SETUP_ZONE] = {"zone", true, check_zone, "Time zone", "시간대"},
	[SETUP_HOURS] = {"hours", false, check_hours,
		"When do people answer? such as mon-fri 10:00-18:00; empty: at any time",
		"답장 가능한 시간 (예: 월-금 10:00-18:00, 비우면 항상)"},
	[SETUP_LUNCH] = {"lunch", false, check_lunch,
		"A lunch break? such as 12:30-13:30; empty: none",
		"점심시간 (예: 12:30-13:30, 비우면 없음)"},
	[SETUP_REPLY] = {"reply", false, check_reply,
		"Within how long do you promise an answer? such as 30m; empty: no promise",
		"답장 약속 시간 (예: 30분, 비우면 약속 안 함)"},
	[SETUP_MODEM] = {"modem", true, check_modem,
		"The modem: a device of the list, or tty:PATH, tcp:HOST:PORT",
		"모뎀 장치 (위 목록의 번호, 또는 tty:경로, tcp:주소:포트)"},
	[SETUP_PIN] = {"pin", false, check_pin, "The SIM's PIN; empty: it has none",
		"SIM의 PIN (없으면 비움)"},
	[SETUP_OWNER] = {"owner", false, check_owner,
		"Your own mobile number, for alarms and a first text; empty: none",
		"사장님 휴대폰 번호 (알림과 시험 문자를 받습니다, 비우면 없음)"},
	[SETUP_OPTOUT] = {"optout_080", false, check_optout,
		"The free 080 number to refuse promotions; empty: no promotions leave",
		"무료 수신거부 080 번호 (비우면 광고 문자를 보낼 수 없습니다)"},
	[SETUP_STAFF] = {"staff", false, check_staff,
		"Who answers customers? names with commas between; empty: only you",
		"답장할 직원 이름 (쉼표로 구분, 비우면 혼자)"},
};
/* clang-format on */

const char *
setup_name(enum setup_question q)
{
	return questions[q].name;
}

/* ---- what was there ---- */

static void
set(struct setup *s, enum setup_question q, const char *text)
{
	free(s->answers[q]);
	s->answers[q] = xstrdup(text ? text : "");
}

static const char *
zone_of(const char *country)
{
	static const char *const zones[][2] = {{"KR", "Asia/Seoul"}, {"JP", "Asia/Tokyo"},
		{"SG", "Asia/Singapore"}, {"IN", "Asia/Kolkata"}, {"GB", "Europe/London"},
		{"FR", "Europe/Paris"}, {"DE", "Europe/Berlin"}, {"ES", "Europe/Madrid"},
		{"IT", "Europe/Rome"}, {"US", "America/New_York"},
		{"CA", "America/Toronto"}, {"AU", "Australia/Sydney"}};
	for (size_t i = 0; i < ARRAY_LEN(zones); i++)
		if (!strcmp(zones[i][0], country))
			return zones[i][1];
	return "";
}

static void
reply_text(int64_t ms, char ret[32])
{
	if (ms % HOUR == 0)
		snprintf(ret, 32, "%dh", (int)(ms / HOUR));
	else
		snprintf(ret, 32, "%dm", (int)(ms / MINUTE));
}

static void
from_old(struct setup *s, const struct config *c)
{
	char reply[32] = "";
	const struct conf_node *node = c->channel_count ? c->channels[0].node : NULL;
	const struct conf_node *device = node ? conf_get(node, "device") : NULL;
	const struct conf_node *pin = node ? conf_get(node, "pin") : NULL;
	if (c->reply)
		reply_text(c->reply, reply);
	set(s, SETUP_SHOP, strcmp(c->shop_name, "My shop") ? c->shop_name : "");
	set(s, SETUP_COUNTRY, c->country);
	set(s, SETUP_ZONE, c->zone);
	set(s, SETUP_HOURS, c->hours_week);
	set(s, SETUP_LUNCH, c->hours_lunch);
	set(s, SETUP_REPLY, reply);
	set(s, SETUP_MODEM, device ? conf_text(device) : "");
	set(s, SETUP_PIN, pin ? conf_text(pin) : "");
	set(s, SETUP_OWNER, c->owner_phone);
	set(s, SETUP_OPTOUT, c->policy->optout_080);
	if (c->channel_count)
		snprintf(s->channel, sizeof(s->channel), "%s", c->channels[0].name);
}

int
setup_defaults(struct setup *s)
{
	const char *country = s->korean ? "KR" : "";
	for (int q = 0; q < SETUP_QUESTIONS; q++)
		set(s, (enum setup_question)q, "");
	set(s, SETUP_COUNTRY, country);
	set(s, SETUP_ZONE, zone_of(country));
	snprintf(s->channel, sizeof(s->channel), "shop");
	if (s->old)
		from_old(s, s->old);
	for (int q = 0; q < SETUP_QUESTIONS; q++)
		s->before[q] = xstrdup(s->answers[q]);
	return 0;
}

/* ---- asking ---- */

/* As the drivers themselves look for them: what a number chooses here is what `malgil
 * doctor` would examine. */
static size_t
list_modems(const struct setup *s, struct device_found ret[MODEMS])
{
	size_t n = 0;
	for (size_t i = 0; drivers[i]; i++)
		if (drivers[i]->plugged)
			n += drivers[i]->plugged(ret + n, MODEMS - n);
	for (size_t i = 0; i < n; i++)
		printf("  %zu) %s  %s\n", i + 1, ret[i].device, ret[i].product);
	if (!n)
		puts(setup_say(s,
			"No serial device is plugged in. `malgil doctor` says more; the "
			"simulated network is tty:DIR/modem0.",
			"연결된 시리얼 장치가 없습니다. malgil doctor 로 자세히 볼 수 "
			"있고, "
			"모의 통신망은 tty:경로/modem0 입니다."));
	return n;
}

static void
trim(char *line)
{
	size_t n = strlen(line), skip = strspn(line, " \t");
	while (n > skip && strchr(" \t\r\n", line[n - 1]))
		n--;
	line[n] = '\0';
	memmove(line, line + skip, n - MIN(skip, n) + 1);
}

/* False at the end of the input. */
static bool
read_line(char line[1024])
{
	if (!fgets(line, 1024, stdin))
		return false;
	trim(line);
	return true;
}

static bool
is_plain(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	return json_utf8(text);
}

static int
judge(struct setup *s, enum setup_question q, char **text, struct strbuf *err)
{
	strbuf_reset(err);
	if (!is_plain(*text)) {
		return refuse(s, "", "the answer is not UTF-8, or has control characters",
			"답을 읽을 수 없습니다 (UTF-8이 아니거나 제어 문자가 있습니다)",
			err);
	}
	if (!**text && questions[q].must) {
		return refuse(s, questions[q].name, "%s: an answer is needed",
			"%s: 꼭 필요합니다", err);
	}
	return questions[q].check(s, text, err);
}

static void
pick(char **text, const struct device_found *found, size_t n)
{
	char *end;
	unsigned long k = strtoul(*text, &end, 10);
	if (**text && !*end && k >= 1 && k <= n)
		replace(text, found[k - 1].device);
}

static int
ask(struct setup *s, enum setup_question q)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct device_found found[MODEMS];
	char line[1024];
	size_t n = q == SETUP_MODEM ? list_modems(s, found) : 0;
	if (n && !*s->answers[q])
		set(s, q, found[0].device);
	for (int i = 0; i < TRIES; i++) {
		const char *now = s->answers[q];
		printf("%s%s%s%s: ", setup_say(s, questions[q].en, questions[q].ko),
			*now ? " [" : "", now, *now ? "]" : "");
		fflush(stdout);
		bool more = read_line(line);
		if (!more && isatty(STDIN_FILENO))
			return verb_refuse(s->args->verb, "%s",
				setup_say(s, "nothing was written",
					"아무것도 저장하지 않았습니다"));
		if (!more || !isatty(STDIN_FILENO))
			putchar('\n');
		char *text = xstrdup(more && *line ? line : now);
		if (!strcmp(text, "-")) /* empties what was there */
			*text = '\0';
		pick(&text, found, n);
		int r = judge(s, q, &text, &err);
		if (!r)
			set(s, q, text);
		free(text);
		if (!r)
			return 0;
		if (!more || !isatty(STDIN_FILENO))
			break;
		printf("  %s\n", err.s);
	}
	return verb_refuse(s->args->verb, "%s", err.s);
}

int
setup_ask_all(struct setup *s)
{
	puts(setup_say(s,
		"Enter keeps what stands in [ ], - empties it. Nothing is "
		"written before the end.",
		"Enter는 [ ] 안의 값을 그대로 두고, - 는 비웁니다. 끝나기 전에는 "
		"아무것도 "
		"저장하지 않습니다."));
	for (int q = 0; q < SETUP_QUESTIONS; q++) {
		if (q == SETUP_ZONE && !*s->answers[q])
			set(s, SETUP_ZONE, zone_of(s->answers[SETUP_COUNTRY]));
		if ((q == SETUP_OPTOUT && strcmp(s->answers[SETUP_COUNTRY], "KR") != 0) ||
			((q == SETUP_LUNCH || q == SETUP_REPLY) &&
				!*s->answers[SETUP_HOURS]))
			continue;
		int code = ask(s, (enum setup_question)q);
		if (code)
			return code;
	}
	return 0;
}

/* ---- a file of answers ---- */

static int
take_answer(struct setup *s, const char *file, unsigned number, char *line)
{
	struct suggest near;
	char *equals = strchr(line, '=');
	trim(line);
	if (!*line || *line == '#')
		return 0;
	if (!equals)
		return verb_refuse(
			s->args->verb, "%s:%u: NAME = ANSWER is expected", file, number);
	*equals = '\0';
	trim(line);
	trim(equals + 1);
	suggest_init(&near, line);
	for (int q = 0; q < SETUP_QUESTIONS; q++) {
		suggest_offer(&near, questions[q].name);
		if (strcmp(line, questions[q].name) != 0)
			continue;
		set(s, (enum setup_question)q, equals + 1);
		return 0;
	}
	return verb_refuse(s->args->verb, "%s:%u: there is no question '%.40s'%s%s%s",
		file, number, line, near.best ? "; did you mean '" : "",
		near.best ? near.best : "", near.best ? "'?" : "");
}

int
setup_read_answers(struct setup *s, const char *file)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	char line[1024];
	unsigned number = 0;
	int code = 0;
	FILE *f = strcmp(file, "-") ? fopen(file, "re") : stdin;
	if (!f)
		return verb_refuse(s->args->verb, "%s: %s", file, strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		char *start = line;
		if (!number++ && !strncmp(line, "\xEF\xBB\xBF", 3))
			start += 3;
		int r = take_answer(s, file, number, start);
		code = code ? code : r;
	}
	if (f != stdin)
		fclose(f);
	if (!*s->answers[SETUP_ZONE])
		set(s, SETUP_ZONE, zone_of(s->answers[SETUP_COUNTRY]));
	/* Every mistake is named, not only the first. */
	for (int q = 0; q < SETUP_QUESTIONS; q++)
		if (judge(s, (enum setup_question)q, &s->answers[q], &err) < 0)
			code = verb_refuse(s->args->verb, "%s: %s: %s", file,
				questions[q].name, err.s);
	return code;
}
