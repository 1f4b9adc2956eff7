#include "gateway/text/answer.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "gateway/base/suggest.h"
#include "gateway/text/date.h"
#include "gateway/text/match.h"
#include "gateway/text/numeral.h"
#include "gateway/text/regex.h"

const char answer_forms[] =
	"number A-B     3, ３, 3번이요, 4점 정도요, 3만원, 삼만 오천원, 1,200, 세 개, "
	"three, 2nd\n"
	"date           2026-11-21, 26.11.21, 11/21, 11월 21일, 1121, 내일, 모레, "
	"금요일, 다음 주\n"
	"               화요일, 3일 뒤, 다음 달 5일, tomorrow, next tuesday, Nov 21, 21 "
	"November,\n"
	"               in 3 days. Without a year the next such day; 'date past' the "
	"last one\n"
	"time [A-B]     오후 3시 반, 15:30, 세시, 3pm, half past 3, noon, 정오, 1530. "
	"Without am or\n"
	"               pm, 1 to 6 is in the afternoon unless the range says otherwise\n"
	"yesno          네, 예, 응, ㅇㅇ, 넵, 1, yes, y, ok / 아니요, 아뇨, ㄴㄴ, 2, no, "
	"nope\n"
	"phone          010-1234-5678, 01012345678, +82 10 1234 5678\n"
	"pattern REGEX  whatever the ICU pattern finds, whole words and numbers only\n"
	"any            anything\n";

/* ---- the setting ---- */

static int
parse_range(const char *text, struct answer_accept *ret, struct strbuf *err)
{
	char a[24], b[24];
	int used = 0;
	if (sscanf(text, " %23[-0-9.] %n", a, &used) != 1)
		used = 0;
	/* "1-5" reads as one run of those characters: cut it at the dash between. */
	char *dash = used ? strchr(a + 1, '-') : NULL;
	if (!dash || text[strspn(text, " -0123456789.")])
		goto bad;
	*dash = '\0';
	snprintf(b, sizeof(b), "%s", dash + 1);
	if (!value_parse_number(a, &ret->min) || !value_parse_number(b, &ret->max))
		goto bad;
	if (ret->min > ret->max) {
		strbuf_set(err, "'number %s-%s' runs backwards", a, b);
		return -EINVAL;
	}
	ret->fractions = strchr(a, '.') || strchr(b, '.');
	return 0;
bad:
	strbuf_set(err, "'number%s%s' lacks its range; write number 1-5",
		*text ? " " : "", text);
	return -EINVAL;
}

static int
parse_hours(const char *text, struct answer_accept *ret, struct strbuf *err)
{
	unsigned a, b, c, d;
	char after;
	ret->from = 0;
	ret->to = 24 * 60;
	if (!*text)
		return 0;
	if (sscanf(text, "%2u:%2u-%2u:%2u%c", &a, &b, &c, &d, &after) != 4 || a > 24 ||
		c > 24 || b > 59 || d > 59) {
		strbuf_set(err,
			"'time %s' is not a range of hours; write time 10:00-18:00",
			text);
		return -EINVAL;
	}
	ret->from = (int)(a * 60 + b);
	ret->to = (int)(c * 60 + d);
	return 0;
}

static int
parse_pattern(const char *text, struct answer_accept *ret, struct strbuf *err)
{
	if (!*text || strlen(text) >= sizeof(ret->pattern)) {
		strbuf_set(err, "'pattern' wants an expression of at most 255 bytes: "
				"pattern [0-9]{6}");
		return -EINVAL;
	}
	snprintf(ret->pattern, sizeof(ret->pattern), "%s", text);
	return regex_check(text, err);
}

int
answer_parse(const char *text, struct answer_accept *ret, struct strbuf *err)
{
	static const char *const names[] = {[ANSWER_NUMBER] = "number",
		[ANSWER_DATE] = "date",
		[ANSWER_TIME] = "time",
		[ANSWER_YESNO] = "yesno",
		[ANSWER_PHONE] = "phone",
		[ANSWER_PATTERN] = "pattern",
		[ANSWER_ANY] = "any"};
	char name[24];
	struct suggest near;
	const char *rest = words_first(text, name, sizeof(name));
	*ret = (struct answer_accept){.kind = ANSWER_ANY};
	suggest_init(&near, name);
	size_t i = 0;
	while (i < ARRAY_LEN(names) && strcmp(names[i], name) != 0)
		suggest_offer(&near, names[i++]);
	if (i == ARRAY_LEN(names)) {
		if (near.best)
			strbuf_set(err, "nothing is called '%s' here; did you mean '%s'?",
				name, near.best);
		else
			strbuf_set(err,
				"'%s' is none of number A-B, date, time, yesno, phone, "
				"pattern, any",
				name);
		return -EINVAL;
	}
	ret->kind = (enum answer_kind)i;
	if (ret->kind == ANSWER_NUMBER)
		return parse_range(rest, ret, err);
	if (ret->kind == ANSWER_TIME)
		return parse_hours(rest, ret, err);
	if (ret->kind == ANSWER_PATTERN)
		return parse_pattern(rest, ret, err);
	ret->past = ret->kind == ANSWER_DATE && !strcmp(rest, "past");
	if (*rest && !ret->past) {
		strbuf_set(err, "'%s' takes nothing after it, not '%s'", name, rest);
		return -EINVAL;
	}
	return 0;
}

/* ---- replies ---- */

static bool
fits(const struct answer_accept *a, double n)
{
	return n >= a->min && n <= a->max && (a->fractions || n == floor(n));
}

/* "4/5" where 5 is the most. */
static bool
out_of(const struct answer_accept *a, const char *reply, double *ret)
{
	struct regex_groups g;
	if (!regex_find(
		    "^\\s*(\\d{1,2})\\s*점?\\s*/\\s*(\\d{1,2})\\s*점?\\W*$", reply, &g))
		return false;
	*ret = atof(g.text[1]);
	return atof(g.text[2]) == a->max;
}

static bool
read_number(const struct answer_accept *a, const char *reply, struct strbuf *out)
{
	struct numeral n;
	double value;
	if (out_of(a, reply, &value))
		n = (struct numeral){.value = value};
	else if (!numeral_read(reply, &n) && !numeral_find(reply, &n))
		return false;
	if (!fits(a, n.value) && n.ten_thousands && a->max < 10000)
		n.value /= 10000;
	if (!fits(a, n.value))
		return false;
	value_print_number(n.value, out);
	return true;
}

/* A reply that is a picture and nothing else: as good as a word where one is asked for.
 */
static size_t
yesno_drawn(const char *reply)
{
	static const char *const yes[] = {"👍", "👌", "🙆", "⭕", "✅", "🙋"};
	static const char *const no[] = {"👎", "🙅", "❌", "❎", "✖"};
	bool said[2] = {false, false};
	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		said[0] = said[0] || strstr(reply, yes[i]);
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		said[1] = said[1] || strstr(reply, no[i]);
	return said[0] == said[1] ? MATCH_NONE : said[1];
}

static bool
read_yesno(const char *reply, struct strbuf *out)
{
	static const char yes[] = "1, 네, 넵, 넹, 네네, 넵넵, 예, 예예, 응, 응응, 어, "
				  "엉, 웅, ㅇㅇ, ㅇ, ㅇㅋ, 오케이, 오키, 그래, "
				  "그래요, 그럼요, 좋아, 좋아요, 좋습니다, 맞아, 맞아요, "
				  "맞습니다, 물론, 물론이죠, 당연, "
				  "당연하죠, 콜, 할게요, 원해요, 옙, 넴, 네에, 네엡, "
				  "예쓰, ㅇㅇㅇ, ㅇㅇㅇㅇ, ㅇㅋㅇㅋ, 웅웅, 굿, 동의, "
				  "동의해요, 동의합니다, o, yes, y, yeah, yep, yup, "
				  "sure, ok, okay, of course, "
				  "correct, right, true, definitely, please do";
	static const char no[] = "2, 아니, 아니요, 아니오, 아뇨, 아녀, 아닙니다, "
				 "아니에요, 아니예요, ㄴㄴ, ㄴ, 노, 놉, 싫어, "
				 "싫어요, 안해요, 안 해요, 안할래요, 안 할래요, "
				 "괜찮아요, 괜찮습니다, 됐어요, 됐습니다, "
				 "필요없어요, 필요 없어요, 아뇨아뇨, 아니아니, 아니용, "
				 "아니여, 아니야, 아닌데요, 노노, 놉놉, ㄴㄴㄴ, "
				 "ㄴㄴㄴㄴ, 별로, 별로요, 싫습니다, 틀려요, 틀렸어요, "
				 "안돼요, 안 돼요, 안됩니다, 안 됩니다, 안해, 안 해, "
				 "원하지 않아요, 원치 않아요, 하지 않을래요, x, no, n, "
				 "nope, nah, no thanks, "
				 "no thank you, not really, never, "
				 "false";
	static const char turned[] =
		"아니, 아니요, 아니오, 아니야, 아뇨, ㄴㄴ, 싫어, 싫어요, "
		"안해요, 안할래요";
	struct wordset lists[3];
	wordset_init(&lists[0], yes);
	wordset_init(&lists[1], no);
	wordset_init(&lists[2], turned);
	struct match_choice choices[2] = {{.words = &lists[0], .mode = MATCH_WORD},
		{.words = &lists[1], .mode = MATCH_WORD}};
	size_t chosen = match_choose(reply, choices, 2, 0);
	if (chosen == MATCH_NONE) {
		choices[0].mode = choices[1].mode = MATCH_FIRST_WORD;
		chosen = match_choose(reply, choices, 2, 0);
	}
	struct strbuf said = STRBUF_INIT(4096);
	words_normalise(reply, &said);
	if (!said.len)
		chosen = yesno_drawn(reply);
	if (chosen == 0 && match_list(said.s, &lists[2], MATCH_ANY_WORD))
		chosen = MATCH_NONE; /* 응 아니야 */
	if (chosen == 1 && match_list(said.s, &lists[0], MATCH_FIRST_WORD))
		chosen = MATCH_NONE; /* 네 아니요: both at once */
	strbuf_done(&said);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		wordset_done(&lists[i]);
	if (chosen != MATCH_NONE)
		strbuf_puts(out, chosen ? "no" : "yes");
	return chosen != MATCH_NONE;
}

/* 공일공 일이삼사: digits spelt out, three or more in a row, become digits. */
static void
spell_digits(const char *text, struct strbuf *out)
{
	static const char names[] = "공일이삼사오육칠팔구영"; /* three bytes each */
	while (*text) {
		char run[64];
		size_t n = 0;
		for (const char *at; n < sizeof(run) && strlen(text + 3 * n) >= 3; n++) {
			for (at = names; *at && memcmp(at, text + 3 * n, 3) != 0; at += 3)
				;
			if (!*at)
				break;
			run[n] = (char)('0' + (at - names) / 3 % 10);
		}
		if (n >= 3)
			strbuf_add(out, run, n);
		else if (n)
			strbuf_add(out, text, 3 * n);
		else
			strbuf_putc(out, *text);
		text += n ? 3 * n : 1;
	}
}

/* The one run of digits and what people put between them: of two, none is meant. */
static bool
read_phone(const char *reply, const struct answer_env *env, struct strbuf *out)
{
	static const char form[] =
		"(?<![0-9])\\+?[0-9][-‐-―−0-9 .()]{6,22}[0-9](?![0-9])";
	struct strbuf folded = STRBUF_INIT(512), plain = STRBUF_INIT(512);
	struct regex_groups g, other;
	words_fold(reply, &folded);
	spell_digits(folded.s, &plain);
	bool good = !folded.full && !plain.full && regex_find(form, plain.s, &g) &&
		    !regex_find(form, plain.s + g.end, &other);
	strbuf_done(&folded);
	if (good && env->phone)
		good = env->phone(g.text[0], out);
	else if (good) {
		for (const char *p = g.text[0]; *p; p++)
			if ((*p >= '0' && *p <= '9') || (*p == '+' && p == g.text[0]))
				strbuf_putc(out, *p);
		size_t digits = out->len - (out->s[0] == '+');
		good = digits >= 8 && digits <= 15;
	}
	strbuf_done(&plain);
	return good;
}

/* NFKC, letters' case kept: what is saved is what was written. */
static bool
compose(const char *reply, struct strbuf *out)
{
	UChar raw[1024], composed[1024];
	char text[4096];
	UErrorCode status = U_ZERO_ERROR;
	int32_t n = 0, bytes = 0;
	u_strFromUTF8(raw, ARRAY_LEN(raw), &n, reply, -1, &status);
	if (U_FAILURE(status))
		return false;
	n = unorm2_normalize(unorm2_getNFKCInstance(&status), raw, n, composed,
		ARRAY_LEN(composed), &status);
	if (U_FAILURE(status))
		return false;
	u_strToUTF8(text, sizeof(text), &bytes, composed, n, &status);
	if (U_FAILURE(status) || bytes >= (int32_t)sizeof(text))
		return false;
	strbuf_add(out, text, (size_t)bytes);
	return true;
}

static bool
ascii_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
read_pattern(const char *pattern, const char *reply, struct strbuf *out)
{
	struct strbuf plain = STRBUF_INIT(4096);
	struct regex_groups g;
	bool good = compose(reply, &plain) && regex_find(pattern, plain.s, &g) &&
		    g.end > g.start;
	if (good) {
		const char *s = plain.s;
		bool cut = (g.start && ascii_alnum(s[g.start]) &&
				   ascii_alnum(s[g.start - 1])) ||
			   (ascii_alnum(s[g.end]) && ascii_alnum(s[g.end - 1]));
		good = !cut;
		if (good)
			strbuf_add(out, s + g.start, g.end - g.start);
	}
	strbuf_done(&plain);
	return good;
}

static bool
read_date(const struct answer_accept *a, const char *reply, const struct answer_env *env,
	struct strbuf *out)
{
	char iso[16];
	struct date_env de = {.now = env->now,
		.zone = env->zone,
		.day_first = env->day_first,
		.korean = !env->lang || !strncmp(env->lang, "ko", 2),
		.past = a->past};
	if (!date_read(reply, &de, iso))
		return false;
	strbuf_puts(out, iso);
	return true;
}

bool
answer_read(const struct answer_accept *a, const char *reply,
	const struct answer_env *env, struct strbuf *out)
{
	int minutes;
	strbuf_reset(out);
	switch (a->kind) {
	case ANSWER_NUMBER: return read_number(a, reply, out);
	case ANSWER_DATE: return read_date(a, reply, env, out);
	case ANSWER_YESNO: return read_yesno(reply, out);
	case ANSWER_PHONE: return read_phone(reply, env, out);
	case ANSWER_PATTERN: return read_pattern(a->pattern, reply, out);
	case ANSWER_ANY:
		strbuf_puts(out, reply);
		return reply[strspn(reply, " \t\r\n")] != '\0';
	case ANSWER_TIME:
		if (!time_read(reply, a->from, a->to, &minutes))
			return false;
		strbuf_printf(out, "%02d:%02d", minutes / 60 % 24, minutes % 60);
		return true;
	}
	return false;
}
