#include "gateway/text/match.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "gateway/text/numeral.h"

/* What may follow a noun. Particles, politeness, and 하다 in the forms customers use.
 * Words that begin like one but mean something of their own (배송지, 가입해지) are not
 * here. */
static const char *const endings[] = {"은", "는", "이", "가", "을", "를", "과", "와",
	"의", "에", "에서", "에게", "한테", "로", "으로", "도", "만", "까지", "부터",
	"마다", "이나", "나", "이랑", "랑", "하고", "이라도", "라도", "이요", "요",
	"은요", "는요", "도요", "만요", "이에요", "예요", "에요", "입니다", "이네요",
	"네요", "인가요", "이죠", "죠", "좀", "이야", "야", "임", "인데", "인데요",
	"이라고", "라고", "으로요", "로요", "에요", "에는", "에도", "에서는", "해",
	"해요", "해주세요", "해줘", "해줘요", "해주실래요", "해주실수있나요",
	"해주십시오", "할게요", "할께요", "할래요", "할래", "할게", "할까요", "하기",
	"하려고", "하려고요", "하려면", "하고싶어요", "하고싶은데요", "하고싶습니다",
	"했어요", "했는데", "했는데요", "했습니다", "합니다", "하겠습니다", "하나요",
	"하는", "한", "할", "하면", "해도", "해야", "되나요", "돼요", "됐나요",
	"되었나요", "됩니까", "가능", "가능한가요", "가능해요", "요청", "신청",
	"신청해요", "문의", "문의요", "문의드려요", "드려요", "드립니다", "드릴게요",
	"드리고싶어요", "있습니다", "좀요", "문의드립니다", "부탁", "부탁해요",
	"부탁드려요", "부탁드립니다", "원해요", "원합니다", "있나요", "있어요", "언제",
	"어디", "얼마", "왔나요"};

/* After a word of one syllable only these: 네요, 예요, 응요 ... but 네가 is somebody. */
static const char *const short_endings[] = {
	"요", "이요", "용", "욤", "염", "예요", "입니다"};

static size_t
characters(const char *s)
{
	size_t n = 0;
	for (; *s; s++)
		n += ((unsigned char)*s & 0xC0) != 0x80;
	return n;
}

static bool
is_ending(const char *rest, const char *const *table, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(rest, table[i]))
			return true;
	return false;
}

bool
match_inflected(const char *said, const char *word)
{
	size_t n = strlen(word);
	if (!n || strncmp(said, word, n) != 0)
		return false;
	if (!said[n])
		return true;
	if ((unsigned char)said[n] < 0x80) /* order -> orders is another word */
		return false;
	if (characters(word) == 1)
		return is_ending(said + n, short_endings, ARRAY_LEN(short_endings));
	return is_ending(said + n, endings, ARRAY_LEN(endings));
}

bool
match_mode_read(const char *name, enum match_mode *ret)
{
	static const char *const names[] = {[MATCH_EXACT] = "exact",
		[MATCH_WORD] = "word",
		[MATCH_FIRST_WORD] = "first-word",
		[MATCH_ANY_WORD] = "any-word",
		[MATCH_PHRASE] = "phrase"};
	for (size_t i = MATCH_EXACT; i < ARRAY_LEN(names); i++) {
		if (!strcmp(names[i], name)) {
			*ret = (enum match_mode)i;
			return true;
		}
	}
	return false;
}

/* ---- words inside a reply ---- */

/* Does the reply, from `said` on, begin with the words of `word`, the last one inflected?
 * Returns what follows, NULL if not. */
static const char *
begins(const char *said, const char *word, bool inflected)
{
	char a[256], b[256];
	while (*word) {
		word = words_first(word, b, sizeof(b));
		if (!*said)
			return NULL;
		said = words_first(said, a, sizeof(a));
		if (strcmp(a, b) != 0 && (*word || !inflected || !match_inflected(a, b)))
			return NULL;
	}
	return said;
}

static bool
negation(const char *word)
{
	static const char *const whole[] = {"안", "못", "말고", "말아", "말아요",
		"마세요", "마", "아니", "아뇨", "아니요", "아니오", "not", "dont", "don",
		"no", "never", "cant", "wont", "didnt", "doesnt", "isnt"};
	static const char *const stems[] = {"않", "싫", "안할", "안해", "안합", "안하",
		"못해", "안받", "아닌", "아닙"};
	for (size_t i = 0; i < ARRAY_LEN(whole); i++)
		if (!strcmp(word, whole[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(stems); i++)
		if (!strncmp(word, stems[i], strlen(stems[i])))
			return true;
	return false;
}

static bool
negated(const char *from, const char *to)
{
	char word[256];
	while (*from && from != to) {
		from = words_first(from, word, sizeof(word));
		if (negation(word))
			return true;
	}
	return false;
}

/* Courtesy, softeners and endings that stand as words of their own. */
static bool
filler(const char *word)
{
	static const char list[] =
		"요, 이요, 좀, 네, 넵, 예, 음, 아, 그냥, 저는, 전, 제발, 감사합니다, "
		"감사해요, 고마워요, "
		"입니다, 이에요, 예요, 해주세요, 주세요, 할게요, 할래요, 해줘, 해요, "
		"합니다, 부탁드려요, "
		"부탁해요, 부탁드립니다, 드려요, 요청, please, pls, thanks, thank, you, "
		"i, d, like, the, "
		"want, to, an, a, my, me, it, s, is, um, hi, hello, 안녕하세요, ok";
	return words_in(word, list);
}

static bool
only_filler(const char *from, const char *to)
{
	char word[256];
	while (*from && from != to) {
		from = words_first(from, word, sizeof(word));
		if (!filler(word))
			return false;
	}
	return true;
}

static bool
match_inside(const char *said, const char *word, enum match_mode mode,
	const char **ret_at, const char **ret_rest)
{
	const char *at = said, *rest;
	char skipped[256];
	for (; *at; at = words_first(at, skipped, sizeof(skipped))) {
		rest = begins(at, word, mode != MATCH_PHRASE);
		if (!rest)
			continue;
		if (mode == MATCH_WORD &&
			!(only_filler(said, at) && only_filler(rest, NULL)))
			continue;
		*ret_at = at;
		*ret_rest = rest;
		return true;
	}
	return false;
}

/* Korean is written with and without spaces: 주문 취소 and 주문취소 are the same. */
static bool
squeezed(const char *said, const char *word)
{
	char a[256];
	size_t n = 0;
	if (!strchr(said, ' ') == !strchr(word, ' ') || strlen(said) >= sizeof(a))
		return false;
	for (; *said; said++)
		if (*said != ' ')
			a[n++] = *said;
	a[n] = '\0';
	const char *p = a;
	for (; *word; word++) {
		if (*word == ' ')
			continue;
		if ((unsigned char)*word < 0x80 || *p++ != *word)
			return false;
	}
	return !*p;
}

/* Where the word stands in the reply: from *ret_at up to *ret_rest. */
static bool
locate(const char *said, const char *word, enum match_mode mode, const char **ret_at,
	const char **ret_rest)
{
	*ret_at = said;
	*ret_rest = said + strlen(said);
	if (mode == MATCH_EXACT)
		return !strcmp(said, word);
	if (mode != MATCH_PHRASE && squeezed(said, word))
		return true;
	if (mode != MATCH_DEFAULT && mode != MATCH_FIRST_WORD)
		return match_inside(said, word, mode, ret_at, ret_rest);
	const char *rest = begins(said, word, true);
	if (rest)
		*ret_rest = rest;
	return rest != NULL;
}

bool
match_word(const char *said, const char *word, enum match_mode mode)
{
	const char *at, *rest;
	return locate(said, word, mode, &at, &rest);
}

bool
match_list(const char *said, const struct wordset *list, enum match_mode mode)
{
	for (size_t i = 0; i < list->count; i++)
		if (match_word(said, list->words[i], mode))
			return true;
	return false;
}

/* ---- choosing ---- */

/* One more that fits: the first is kept, a second one spoils it. */
static void
vote(size_t i, size_t *found, bool *tie)
{
	if (*found != MATCH_NONE && *found != i)
		*tie = true;
	*found = i;
}

static bool
has_number(const struct wordset *list, double number)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *w = list->words[i];
		size_t n = strlen(w);
		if (n < 10 && strspn(w, "0123456789") == n && atof(w) == number)
			return true;
	}
	return false;
}

static size_t
by_number(const char *reply, const struct match_choice *choices, size_t count, bool *tie)
{
	struct numeral number;
	size_t found = MATCH_NONE;
	if (!numeral_read(reply, &number) && !numeral_find(reply, &number))
		return MATCH_NONE;
	for (size_t i = 0; i < count; i++)
		if (!choices[i].strict && choices[i].mode != MATCH_EXACT &&
			has_number(choices[i].words, number.value))
			vote(i, &found, tie);
	return found;
}

/* A negation beside the word that was found: "취소 안 할래요". */
static bool
denied(const char *said, const struct match_choice *c, enum match_mode mode)
{
	const char *at, *rest;
	for (size_t i = 0; i < c->words->count; i++)
		if (locate(said, c->words->words[i], mode, &at, &rest) &&
			!negated(said, at) && !negated(rest, NULL))
			return false;
	return true;
}

static enum match_mode
mode_of(const struct match_choice *c)
{
	return c->mode == MATCH_DEFAULT ? MATCH_ANY_WORD : c->mode;
}

static size_t
by_word(const char *said, const struct match_choice *choices, size_t count, bool *tie)
{
	size_t found = MATCH_NONE;
	for (size_t i = 0; i < count; i++) {
		const struct match_choice *c = &choices[i];
		if (!c->strict && mode_of(c) != MATCH_EXACT &&
			match_list(said, c->words, mode_of(c)))
			vote(i, &found, tie);
	}
	if (found != MATCH_NONE && !*tie &&
		denied(said, &choices[found], mode_of(&choices[found])))
		*tie = true;
	return found;
}

/* ---- distance ---- */

#define FUZZY_LONGEST 40 /* characters */

static size_t
scalars(const char *s, UChar32 ret[FUZZY_LONGEST], bool *ret_hangul)
{
	size_t n = 0;
	int32_t i = 0, len = (int32_t)strlen(s);
	*ret_hangul = false;
	while (i < len) {
		UChar32 c;
		U8_NEXT((const uint8_t *)s, i, len, c);
		if (n == FUZZY_LONGEST)
			return SIZE_MAX;
		*ret_hangul = *ret_hangul || c >= 0xAC00;
		ret[n++] = c;
	}
	return n;
}

/* Insertions, deletions, replacements, and neighbours that changed places. */
static unsigned
distance(const UChar32 *a, size_t n, const UChar32 *b, size_t m)
{
	unsigned rows[3][FUZZY_LONGEST + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];
	for (size_t j = 0; j <= m; j++)
		before[j] = last[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned best = last[j - 1] + (a[i - 1] != b[j - 1]);
			best = MIN(best, last[j] + 1);
			best = MIN(best, row[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
				a[i - 2] == b[j - 1])
				best = MIN(best, before[j - 2] + 1);
			row[j] = best;
		}
		unsigned *spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[m];
}

/* The smallest distance of the reply, also without an ending, to a word. */
static unsigned
nearest(const char *said, const char *word)
{
	UChar32 a[FUZZY_LONGEST], b[FUZZY_LONGEST];
	bool hangul, unused;
	size_t m = scalars(word, b, &hangul), n = scalars(said, a, &unused);
	if (m == SIZE_MAX || n == SIZE_MAX || m < (hangul ? 3 : 4) ||
		words_have_digit(word))
		return UINT32_MAX;
	unsigned best = distance(a, n, b, m);
	size_t len = strlen(said);
	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		size_t e = strlen(endings[i]), k = characters(endings[i]);
		if (e < len && n > k + 1 && !strcmp(said + len - e, endings[i]))
			best = MIN(best, distance(a, n - k, b, m));
	}
	return best;
}

static size_t
by_distance(const char *said, const struct match_choice *choices, size_t count,
	unsigned fuzzy, bool *tie)
{
	size_t found = MATCH_NONE;
	unsigned best = fuzzy + 1;
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < choices[i].words->count && !choices[i].strict;
			k++) {
			unsigned d = choices[i].mode == MATCH_EXACT
					     ? UINT32_MAX
					     : nearest(said, choices[i].words->words[k]);
			if (d > fuzzy || d > best)
				continue;
			if (d < best) {
				found = MATCH_NONE;
				*tie = false;
			}
			best = d;
			vote(i, &found, tie);
		}
	}
	return found;
}

size_t
match_choose(const char *reply, const struct match_choice *choices, size_t count,
	unsigned fuzzy)
{
	struct strbuf said = STRBUF_INIT(8192);
	size_t found = MATCH_NONE;
	bool tie = false;
	words_normalise(reply, &said);
	for (size_t i = 0; said.len && i < count; i++)
		if (wordset_has(choices[i].words, said.s))
			vote(i, &found, &tie);
	if (found == MATCH_NONE && said.len)
		found = by_number(reply, choices, count, &tie);
	if (found == MATCH_NONE && said.len)
		found = by_word(said.s, choices, count, &tie);
	if (found == MATCH_NONE && fuzzy && said.len)
		found = by_distance(said.s, choices, count, fuzzy, &tie);
	strbuf_done(&said);
	return tie ? MATCH_NONE : found;
}
