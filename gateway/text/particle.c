#include "gateway/text/particle.h"

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

#define TAIL 120 /* UTF-16 units at the end that are looked at */

/* After a consonant, after a vowel, how both are written when nobody can tell. */
static const struct {
	const char *closed, *open, *either;
} pairs[] = {
	{"은", "는", "은(는)"},
	{"이", "가", "이(가)"},
	{"을", "를", "을(를)"},
	{"과", "와", "과(와)"},
	{"으로", "로", "(으)로"},
	{"으로는", "로는", "(으)로는"},
	{"으로도", "로도", "(으)로도"},
	{"아", "야", "아(야)"},
	{"이나", "나", "(이)나"},
	{"이랑", "랑", "(이)랑"},
	{"이란", "란", "(이)란"},
	{"이라", "라", "(이)라"},
	{"이라는", "라는", "(이)라는"},
	{"이라고", "라고", "(이)라고"},
	{"이라도", "라도", "(이)라도"},
	{"이면", "면", "(이)면"},
	{"이며", "며", "(이)며"},
	{"이고", "고", "(이)고"},
	{"이든", "든", "(이)든"},
	{"이야", "야", "(이)야"},
	{"이에요", "예요", "이에요(예요)"},
	{"이네요", "네요", "(이)네요"},
	{"이죠", "죠", "(이)죠"},
	{"이요", "요", "(이)요"},
	{"이세요", "세요", "(이)세요"},
	{"이었어요", "였어요", "이었어요(였어요)"},
	{"이시여", "시여", "(이)시여"},
};

static size_t
find_pair(const char *pair)
{
	const char *slash = strchr(pair, '/');
	size_t i = 0;
	for (; slash && i < ARRAY_LEN(pairs); i++) {
		const char *c = pairs[i].closed, *o = pairs[i].open;
		size_t first = (size_t)(slash - pair);
		if (first == strlen(c) && !memcmp(pair, c, first) &&
			!strcmp(slash + 1, o))
			return i;
		if (first == strlen(o) && !memcmp(pair, o, first) &&
			!strcmp(slash + 1, c))
			return i;
	}
	return ARRAY_LEN(pairs);
}

bool
particle_known(const char *pair)
{
	return find_pair(pair) < ARRAY_LEN(pairs);
}

/* 영 일 이 삼 사 오 육 칠 팔 구 */
static enum particle_end
digit_end(unsigned digit)
{
	static const enum particle_end ends[] = {PARTICLE_CLOSED, PARTICLE_RIEUL,
		PARTICLE_OPEN, PARTICLE_CLOSED, PARTICLE_OPEN, PARTICLE_OPEN,
		PARTICLE_CLOSED, PARTICLE_RIEUL, PARTICLE_RIEUL, PARTICLE_OPEN};
	return digit < ARRAY_LEN(ends) ? ends[digit] : PARTICLE_UNKNOWN;
}

static bool
is_digit(UChar c)
{
	return c >= '0' && c <= '9';
}

/* A number ending at `end`: noughts are read by their place (십 백 천 만 억; 조 is open).
 */
static enum particle_end
number_end(const UChar *s, int32_t end)
{
	int32_t from = end, zeros = 0;
	while (from > 0 && (is_digit(s[from - 1]) || s[from - 1] == ','))
		from--;
	bool fraction = from > 1 && s[from - 1] == '.' && is_digit(s[from - 2]);
	for (int32_t i = end; i > from && (s[i - 1] == '0' || s[i - 1] == ','); i--)
		zeros += s[i - 1] == '0';
	if (!zeros || fraction || zeros >= 16 || (end - from > 1 && s[from] == '0'))
		return digit_end((unsigned)(s[end - 1] - '0'));
	bool only = true;
	for (int32_t i = from; i < end; i++)
		only = only && (s[i] == '0' || s[i] == ',');
	return !only && zeros >= 12 ? PARTICLE_OPEN : PARTICLE_CLOSED;
}

static bool
letter(UChar c)
{
	return c < 0x80 && u_isalpha(c);
}

static bool
vowel(UChar c)
{
	return c < 0x80 && strchr("aeiouy", u_tolower(c)) && c;
}

/* Letter by letter: 엘 is ㄹ, 엠 엔 closed, 알 ㄹ, all other names of letters are open.
 */
static enum particle_end
letter_name_end(UChar c)
{
	switch (u_tolower(c)) {
	case 'l':
	case 'r': return PARTICLE_RIEUL;
	case 'm':
	case 'n': return PARTICLE_CLOSED;
	default: return PARTICLE_OPEN;
	}
}

static unsigned
syllables(const UChar *s, int32_t from, int32_t end)
{
	unsigned n = 0;
	for (int32_t i = from; i < end; i++)
		n += vowel(s[i]) && (i == from || !vowel(s[i - 1]));
	return n;
}

/* A word as Korean borrows it: -l -le ㄹ; -m -n -ng and -me -ne closed; -p -k -b after a
 * short vowel closed (컵, 북, 웹); -t so in words of two syllables (티켓, but 세트);
 * others open. */
static enum particle_end
latin_word_end(const UChar *s, int32_t from, int32_t end)
{
	UChar last = (UChar)u_tolower(s[end - 1]);
	UChar before = end - from > 1 ? (UChar)u_tolower(s[end - 2]) : 0;
	bool silent_e = last == 'e' && end - from > 2 &&
			(before == 'l' ||
				((before == 'm' || before == 'n') && vowel(s[end - 3])));
	if (silent_e && syllables(s, from, end - 1)) {
		last = before;
		before = 'e';
	}
	if (last == 'l')
		return PARTICLE_RIEUL;
	if (last == 'm' || last == 'n' || (last == 'g' && before == 'n'))
		return PARTICLE_CLOSED;
	if (last == 'k' && before == 'c')
		return PARTICLE_CLOSED;
	if ((last == 'p' || last == 'k' || last == 'b' || last == 'c') && vowel(before))
		return PARTICLE_CLOSED;
	if (last == 't' && vowel(before) && syllables(s, from, end) > 1)
		return PARTICLE_CLOSED;
	return PARTICLE_OPEN;
}

/* 5kg: 킬로그램, 100ml: 밀리리터. The unit follows a digit. */
static bool
unit_end(const UChar *s, int32_t from, int32_t end, enum particle_end *ret)
{
	if (!from || !is_digit(s[from - 1]) || end - from > 2)
		return false;
	UChar last = (UChar)u_tolower(s[end - 1]);
	if (last != 'g' && last != 'm' && last != 'l')
		return false;
	*ret = last == 'g' ? PARTICLE_CLOSED : PARTICLE_OPEN;
	return true;
}

static enum particle_end
latin_end(const UChar *s, int32_t end)
{
	int32_t from = end;
	bool lower = false, any_vowel = false;
	enum particle_end unit;
	for (; from > 0 && letter(s[from - 1]); from--) {
		lower = lower || u_islower(s[from - 1]);
		any_vowel = any_vowel || vowel(s[from - 1]);
	}
	if (unit_end(s, from, end, &unit))
		return unit;
	if (!lower || !any_vowel || end - from == 1)
		return letter_name_end(s[end - 1]);
	return latin_word_end(s, from, end);
}

/* Steps back over blanks, marks and whole brackets. */
static int32_t
spoken_end(const UChar *s, int32_t end)
{
	static const UChar closing[] = u")]}）］｝", opening[] = u"([{（［｛";
	while (end > 0) {
		UChar c = s[end - 1];
		const UChar *at = u_strchr(closing, c);
		if (at && c) {
			int32_t open = end - 1;
			while (open > 0 && s[open - 1] != opening[at - closing])
				open--;
			if (open > 1) {
				end = open - 1;
				continue;
			}
		}
		if (u_isalnum(c) || c == '%' || c == 0x2103 || c == 0x00B0 ||
			U16_IS_TRAIL(c))
			return end;
		end--;
	}
	return 0;
}

enum particle_end
particle_end(const char *word)
{
	UChar s[TAIL];
	UErrorCode status = U_ZERO_ERROR;
	int32_t n = 0;
	size_t len = strlen(word);
	size_t skip = len > TAIL - 1 ? len - (TAIL - 1) : 0;
	while (((unsigned char)word[skip] & 0xC0) == 0x80)
		skip++;
	u_strFromUTF8(s, TAIL, &n, word + skip, -1, &status);
	if (U_FAILURE(status))
		return PARTICLE_UNKNOWN;
	n = spoken_end(s, n);
	if (!n)
		return PARTICLE_UNKNOWN;
	UChar c = s[n - 1];
	if (c >= 0xAC00 && c <= 0xD7A3) {
		int final = (c - 0xAC00) % 28;
		return !final       ? PARTICLE_OPEN
		       : final == 8 ? PARTICLE_RIEUL
				    : PARTICLE_CLOSED;
	}
	if (is_digit(c))
		return number_end(s, n);
	if (letter(c))
		return latin_end(s, n);
	return c == '%' || c == 0x2103 || c == 0x00B0 ? PARTICLE_OPEN : PARTICLE_UNKNOWN;
}

void
particle_add(const char *word, const char *pair, struct strbuf *out)
{
	size_t i = find_pair(pair);
	enum particle_end end = particle_end(word);
	bool short_ro = !strncmp(pairs[i].closed, "으로", strlen("으로"));
	if (end == PARTICLE_UNKNOWN)
		strbuf_puts(out, pairs[i].either);
	else if (end == PARTICLE_OPEN || (end == PARTICLE_RIEUL && short_ro))
		strbuf_puts(out, pairs[i].open);
	else
		strbuf_puts(out, pairs[i].closed);
}
