#include "gateway/text/numeral.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/text/words.h"

struct word {
	const char *s;
	double value;
};

static const struct word sino[] = {{"영", 0}, {"공", 0}, {"일", 1}, {"이", 2}, {"삼", 3},
	{"사", 4}, {"오", 5}, {"육", 6}, {"륙", 6}, {"칠", 7}, {"팔", 8}, {"구", 9}};
static const struct word small_units[] = {{"십", 10}, {"백", 100}, {"천", 1000}};
static const struct word large_units[] = {{"만", 1e4}, {"억", 1e8}};
static const struct word native[] = {{"하나", 1}, {"둘", 2}, {"셋", 3}, {"넷", 4},
	{"다섯", 5}, {"여섯", 6}, {"일곱", 7}, {"여덟", 8}, {"여덜", 8}, {"아홉", 9}};
static const struct word native_tens[] = {{"열", 10}, {"스물", 20}, {"스무", 20},
	{"서른", 30}, {"마흔", 40}, {"쉰", 50}, {"예순", 60}, {"일흔", 70}, {"여든", 80},
	{"아흔", 90}};
/* Only before a counter: 네 alone is yes, 세 and 한 are other words. */
static const struct word bound[] = {
	{"한", 1}, {"두", 2}, {"세", 3}, {"네", 4}, {"첫", 1}};

static const struct word english[] = {{"zero", 0}, {"one", 1}, {"two", 2}, {"three", 3},
	{"four", 4}, {"five", 5}, {"six", 6}, {"seven", 7}, {"eight", 8}, {"nine", 9},
	{"ten", 10}, {"eleven", 11}, {"twelve", 12}, {"thirteen", 13}, {"fourteen", 14},
	{"fifteen", 15}, {"sixteen", 16}, {"seventeen", 17}, {"eighteen", 18},
	{"nineteen", 19}, {"first", 1}, {"second", 2}, {"third", 3}, {"fourth", 4},
	{"fifth", 5}};
static const struct word english_tens[] = {{"twenty", 20}, {"thirty", 30}, {"forty", 40},
	{"fifty", 50}, {"sixty", 60}, {"seventy", 70}, {"eighty", 80}, {"ninety", 90}};

static const char *const counters[] = {"번째", "번", "개월", "개", "명", "분", "점", "원",
	"살", "세", "회", "인", "박", "장", "병", "권", "켤레", "벌", "잔", "시간", "일",
	"월", "주", "년", "퍼센트", "프로", "points", "point", "stars", "star", "won",
	"krw", "dollars", "percent", "st", "nd", "rd", "th", "pcs", "people", "times",
	/* measures, and what shops sell by; a longer word before its beginning */
	"킬로그램", "킬로미터", "킬로", "키로", "센티미터", "센티", "센치", "밀리리터",
	"밀리미터", "밀리", "미터", "그램", "리터", "평", "호", "박스", "봉지", "묶음",
	"세트", "송이", "그릇", "마리", "캔", "통", "kg", "kilos", "kilo", "cm", "mm",
	"ml", "inches", "pounds", "lbs", "years old", "years", "year", "months", "month",
	"days", "day", "hours", "hour", "minutes", "boxes", "box", "bottles", "items",
	"item", "ea"};
static const char *const tails[] = {"입니다", "이에요", "이예요", "예요", "에요", "이요",
	"요", "이야", "야", "임", "정도", "쯤", "이요", "가량", "으로", "로", "만",
	"드릴게요", "드려요", "줄게요", "할게요", "주세요", "please", "pls"};
static const char *const heads[] = {
	"약", "대략", "about", "option", "number", "번호", "no", "답", "답은"};

static bool
eat(const char **p, const char *s)
{
	size_t n = strlen(s);
	if (strncmp(*p, s, n) != 0)
		return false;
	*p += n;
	return true;
}

static bool
eat_word(const char **p, const struct word *table, size_t count, double *ret)
{
	for (size_t i = 0; i < count; i++) {
		if (eat(p, table[i].s)) {
			*ret = table[i].value;
			return true;
		}
	}
	return false;
}

#define EAT_WORD(p, table, ret) eat_word(p, table, ARRAY_LEN(table), ret)

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

/* 12, 1,200, 2.5 */
static bool
eat_digits(const char **p, double *ret)
{
	char plain[24];
	size_t n = 0, run = 0;
	const char *s = *p;
	bool commas = false;
	while (n < 15 &&
		(digit(*s) || (*s == ',' && run > 0 && run <= 3 && digit(s[1])))) {
		if (*s == ',') {
			commas = true;
			run = 0;
			if (!(digit(s[1]) && digit(s[2]) && digit(s[3]) && !digit(s[4])))
				return false;
		} else {
			plain[n++] = *s;
			run++;
		}
		s++;
	}
	if (!n || digit(*s) || (commas && run != 3))
		return false;
	if (*s == '.' && digit(s[1]) && n < 15) {
		plain[n++] = *s++;
		for (int i = 0; i < 4 && digit(*s); i++)
			plain[n++] = *s++;
	}
	plain[n] = '\0';
	*ret = strtod(plain, NULL);
	*p = s;
	return true;
}

/* 삼만오천, 3만5천, 이십, 12: digits or 일이삼 before 십백천 before 만억. */
static bool
eat_sino(const char **p, double *ret, bool *ret_man)
{
	const char *s = *p;
	double total = 0, section = 0, n, unit, last_large = 1e12, last_small = 1e4;
	bool pending = false, any = false;
	n = 0;
	for (;;) {
		double found;
		if (!pending && (eat_digits(&s, &found) || EAT_WORD(&s, sino, &found))) {
			n = found;
			pending = true;
		} else if (EAT_WORD(&s, small_units, &unit) && unit < last_small) {
			section += (pending ? n : 1) * unit;
			last_small = unit;
			pending = false;
			n = 0;
		} else if (EAT_WORD(&s, large_units, &unit) && unit < last_large) {
			double part = section + (pending ? n : 0);
			total += (part > 0 ? part : 1) * unit;
			*ret_man = true;
			last_large = unit;
			last_small = 1e4;
			section = n = 0;
			pending = false;
		} else
			break;
		any = true;
		*p = s;
	}
	*ret = total + section + (pending ? n : 0);
	return any;
}

static bool
eat_native(const char **p, double *ret)
{
	double tens = 0, ones = 0;
	bool t = EAT_WORD(p, native_tens, &tens);
	const char *s = *p;
	s += t && *s == ' '; /* 스물 다섯 */
	bool o = EAT_WORD(&s, native, &ones);
	if (t && !o && EAT_WORD(&s, bound, &ones))
		o = true;
	if (o)
		*p = s;
	*ret = tens + ones;
	return t || o;
}

static bool
eat_english(const char **p, double *ret)
{
	double tens = 0, ones = 0, value;
	bool t = EAT_WORD(p, english_tens, &tens), o;
	const char *s = *p;
	if (t && (*s == '-' || *s == ' '))
		s++;
	o = eat_word(&s, english + 13, ARRAY_LEN(english) - 13, &ones) ||
	    EAT_WORD(&s, english, &ones);
	if (!t && !o)
		return false;
	if (o)
		*p = s;
	value = tens + ones;
	s = *p;
	s += *s == ' ';
	if (eat(&s, "hundred")) {
		value *= 100;
		*p = s;
	} else if (eat(&s, "thousand")) {
		value *= 1000;
		*p = s;
	}
	if (((**p >= 'a' && **p <= 'z')))
		return false;
	*ret = value;
	return true;
}

static bool
eat_counter(const char **p, bool *ret_won)
{
	for (size_t i = 0; i < ARRAY_LEN(counters); i++) {
		if (eat(p, counters[i])) {
			*ret_won = *ret_won || !strcmp(counters[i], "원") ||
				   !strcmp(counters[i], "won") ||
				   !strcmp(counters[i], "krw");
			return true;
		}
	}
	return eat(p, "%");
}

static void
blanks(const char **p)
{
	*p += strspn(*p, " ");
}

static bool
eat_number(const char **p, struct numeral *ret)
{
	const char *s = *p;
	bool counted = false, negative = eat(&s, "-");
	if (!negative && EAT_WORD(&s, bound, &ret->value)) {
		const char *after = s;
		blanks(&after);
		if (eat_counter(&after, &ret->ten_thousands)) {
			*p = after;
			return true;
		}
		s = *p;
	}
	if (!negative && (eat_native(&s, &ret->value) || eat_english(&s, &ret->value))) {
		const char *after = s;
		blanks(&after);
		*p = eat_counter(&after, &ret->ten_thousands) ? after : s;
		return true;
	}
	s = *p + negative;
	if (!eat_sino(&s, &ret->value, &ret->ten_thousands))
		return false;
	/* 3만 5천원: more of the same number after a blank. */
	while (*s == ' ' && ret->ten_thousands) {
		const char *more = s + 1;
		double part;
		bool man = false;
		double room = ret->value >= 1e8 ? 1e8 : 1e4;
		if (!eat_sino(&more, &part, &man) || part >= room)
			break;
		ret->value += part;
		s = more;
	}
	const char *after = s;
	if (*s == 'k' && s > *p && digit(s[-1]) && !(s[1] >= 'a' && s[1] <= 'z')) {
		ret->value *= 1000; /* 20k */
		after = ++s;
	}
	blanks(&after);
	counted = eat_counter(&after, &ret->ten_thousands);
	if (counted)
		s = after;
	if (negative)
		ret->value = -ret->value;
	*p = s;
	return true;
}

static const char *
skip_heads(const char *p)
{
	static const char *const signs[] = {"₩", "$", "#", "(", "[", "'", "\"", "<"};
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		const char *s = p;
		if (eat(&s, heads[i]) && (*s == ' ' || *s == '.' || digit(*s))) {
			s += strspn(s, " .");
			return s;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(signs); i++)
		if (eat(&p, signs[i]))
			break;
	return p;
}

/* Beyond ASCII, and neither letter nor digit. */
static bool
only_pictures(const char *p)
{
	struct strbuf plain = STRBUF_INIT(64);
	bool bare = true;
	for (const char *s = p; *s; s++)
		bare = bare && ((unsigned char)*s >= 0x80 || *s == ' ');
	words_normalise(p, &plain);
	bare = bare && !plain.len;
	strbuf_done(&plain);
	return bare;
}

/* Punctuation, politeness, emoji. */
static bool
only_tail(const char *p)
{
	for (bool moved = true; moved && *p;) {
		size_t n = strspn(p, " .,!?~)]'\">;:^*");
		p += n;
		moved = n > 0;
		for (size_t i = 0; !moved && i < ARRAY_LEN(tails); i++)
			moved = eat(&p, tails[i]);
	}
	return !*p || words_courtesy(p) || only_pictures(p);
}

bool
numeral_read(const char *text, struct numeral *ret)
{
	struct strbuf folded = STRBUF_INIT(256);
	struct numeral n = {0};
	words_fold(text, &folded);
	const char *p = skip_heads(folded.s);
	bool good = folded.len && !folded.full && eat_number(&p, &n) && only_tail(p);
	strbuf_done(&folded);
	if (good)
		*ret = n;
	return good;
}

static bool
has_digit(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (digit(s[i]))
			return true;
	return false;
}

bool
numeral_find(const char *text, struct numeral *ret)
{
	struct strbuf folded = STRBUF_INIT(256);
	size_t words = 1, found = 0;
	struct numeral n = {0}, kept = {0};
	words_fold(text, &folded);
	for (const char *s = folded.s; *s; s++)
		words += *s == ' ';
	for (const char *s = folded.s; *s && words <= 5 && !folded.full;) {
		const char *p = s;
		n = (struct numeral){0};
		bool one = eat_number(&p, &n) &&
			   ((size_t)(p - s) > strlen("일") || digit(*s));
		for (size_t i = 0; one && i < ARRAY_LEN(tails); i++)
			if (eat(&p, tails[i]))
				break;
		one = one && (!*p || strchr(" .,!?~)", *p));
		if (one) {
			found++;
			kept = n;
			s = p;
		} else {
			size_t n_word = strcspn(s, " ");
			found += has_digit(s, n_word) ? 2 : 0;
			s += n_word;
		}
		s += strspn(s, " .,!?~)");
	}
	bool good = found == 1 && !folded.full;
	strbuf_done(&folded);
	if (good)
		*ret = kept;
	return good;
}
