#include "gateway/text/words.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

#define LONGEST 4096 /* UTF-16 units of a text worth comparing with words */

/* NFKC, folded, normalised again: folding may denormalise (Unicode 3.13, D147). */
static int32_t
fold(const char *text, UChar *ret)
{
	static _Thread_local UChar raw[LONGEST], mid[LONGEST];
	UErrorCode status = U_ZERO_ERROR;
	int32_t n = 0;
	const UNormalizer2 *nfkc = unorm2_getNFKCCasefoldInstance(&status);
	u_strFromUTF8(raw, LONGEST, &n, text, -1, &status);
	if (U_FAILURE(status))
		return 0;
	n = unorm2_normalize(nfkc, raw, n, mid, LONGEST, &status);
	if (U_FAILURE(status))
		return 0;
	n = unorm2_normalize(
		unorm2_getNFCInstance(&status), mid, n, ret, LONGEST, &status);
	return U_FAILURE(status) ? 0 : n;
}

/* Letters, digits and the marks on them carry meaning; all else separates words. */
static bool
matters(UChar32 c)
{
	return u_isalnum(c) || u_charType(c) == U_NON_SPACING_MARK ||
	       u_charType(c) == U_COMBINING_SPACING_MARK;
}

/* A letter of Hangul that belongs to no syllable: ㅋㅋ and ㅠㅠ are words of their own,
 * also where they are written right after another (네ㅋㅋ). */
static bool
lone(UChar32 c)
{
	return (c >= 0x1100 && c <= 0x1112) || (c >= 0x1161 && c <= 0x1175);
}

/* `punctuation`: keep what stands between words. */
static void
reduce(const char *text, bool punctuation, struct strbuf *out)
{
	static _Thread_local UChar folded[LONGEST];
	int32_t n = fold(text, folded);
	bool gap = false;
	UChar32 before = 0;
	strbuf_reset(out);
	for (int32_t i = 0; i < n;) {
		UChar32 c;
		U16_NEXT(folded, i, n, c);
		if (c == 0x20E3) /* a keycap is drawn around its digit: 3️⃣ */
			continue;
		if (!matters(c) && !(punctuation && c > ' ' && !u_isUWhiteSpace(c))) {
			gap = out->len > 0;
			continue;
		}
		bool apart = before && lone(before) != lone(c) && matters(before) &&
			     matters(c);
		if (gap || apart)
			strbuf_putc(out, ' ');
		before = c;
		gap = false;
		strbuf_utf8(out, (uint32_t)c);
	}
}

void
words_normalise(const char *text, struct strbuf *out)
{
	reduce(text, false, out);
}

void
words_fold(const char *text, struct strbuf *out)
{
	reduce(text, true, out);
}

/* Calls `like` for each item of a list, normalised, until it says yes. */
static bool
any_item(const char *normalised, const char *list,
	bool (*like)(const char *normalised, const char *item))
{
	struct strbuf word = STRBUF_INIT(256), plain = STRBUF_INIT(256);
	bool found = false;
	while (*list && !found) {
		size_t n = strcspn(list, ",");
		strbuf_reset(&word);
		strbuf_add(&word, list, n);
		words_normalise(word.s, &plain);
		found = plain.len && like(normalised, plain.s);
		list += n + (list[n] == ',');
	}
	strbuf_done(&word);
	strbuf_done(&plain);
	return found;
}

static bool
is_item(const char *normalised, const char *item)
{
	return !strcmp(normalised, item);
}

static bool
has_item(const char *normalised, const char *item)
{
	size_t n = strlen(item);
	for (const char *p = normalised; (p = strstr(p, item)); p++)
		if ((p == normalised || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
	return false;
}

bool
words_in(const char *normalised, const char *list)
{
	return any_item(normalised, list, is_item);
}

bool
words_contain(const char *normalised, const char *list)
{
	return any_item(normalised, list, has_item);
}

const char *
words_first(const char *normalised, char *ret, size_t size)
{
	size_t n = strcspn(normalised, " ");
	size_t keep = MIN(n, size - 1);
	memcpy(ret, normalised, keep);
	ret[keep] = '\0';
	return normalised + n + (normalised[n] == ' ');
}

bool
words_have_digit(const char *normalised)
{
	return strpbrk(normalised, "0123456789") != NULL;
}

/* ---- courtesy ---- */

static const char courtesies[] =
	"감사, 감사해요, 감사합니다, 감사드립니다, 감사드려요, 고마워, 고마워요, "
	"고맙습니다, 땡큐, 넵, "
	"넹, 네, 네네, 넵넵, 예, 예예, 알겠습니다, 알겠어요, 알았어요, 확인했습니다, "
	"확인했어요, "
	"확인, 수고하세요, 수고하셨습니다, 수고, 오케이, 굿, 좋아요, 정말, 너무, 항상, "
	"ok, okay, k, thanks, thank, you, thx, ty, cheers, great, perfect, cool, good, "
	"got, it, so, much, very, many, a, lot, noted";

/* What is said for nothing else: one of these, or a nod alone. */
static const char thanks[] = "감사, 감사해요, 감사합니다, 감사드립니다, 감사드려요, "
			     "고마워, 고마워요, 고맙습니다, 땡큐, 넵, "
			     "넹, 네, 네네, 넵넵, 예, 예예, 알겠습니다, 알겠어요, "
			     "알았어요, 확인했습니다, 확인했어요, "
			     "수고하세요, 수고하셨습니다, 오케이, 굿, ok, okay, k, "
			     "thanks, thank, thx, ty, cheers, "
			     "great, perfect, cool, noted, got";

static bool
laughter(const char *word)
{
	struct strbuf one = STRBUF_INIT(16);
	size_t n = 0;
	bool all = *word != '\0';
	words_normalise("ㅎ", &one);
	size_t unit = one.len;
	char h[8], k[8], u[8];
	memcpy(h, one.s, unit);
	words_normalise("ㅋ", &one);
	memcpy(k, one.s, unit);
	words_normalise("ㅠ", &one);
	memcpy(u, one.s, unit);
	for (n = strlen(word); all && n >= unit; n -= unit, word += unit)
		all = !memcmp(word, h, unit) || !memcmp(word, k, unit) ||
		      !memcmp(word, u, unit);
	strbuf_done(&one);
	return all && !n;
}

/* Emoji leave nothing after normalisation: one of these must be there. */
static bool
emoji_nod(const char *text)
{
	static const char *const nods[] = {"👍", "👌", "🙏", "❤", "😊", "🙂", "😀", "👏", "💕",
		"🥰", "😄", "😁", "💯", "✅", "🙆", "^^"};
	for (size_t i = 0; i < ARRAY_LEN(nods); i++)
		if (strstr(text, nods[i]))
			return true;
	return false;
}

bool
words_courtesy(const char *text)
{
	struct strbuf plain = STRBUF_INIT(512);
	char word[64];
	words_normalise(text, &plain);
	bool all = !plain.full && strlen(text) < 200,
	     meant = !plain.len && emoji_nod(text);
	const char *rest = plain.s;
	while (all && *rest) {
		rest = words_first(rest, word, sizeof(word));
		bool laughs = laughter(word);
		all = laughs || words_in(word, courtesies);
		meant = meant || laughs || words_in(word, thanks);
	}
	strbuf_done(&plain);
	return all && meant && !strchr(text, '?');
}

/* ---- lists ---- */

void
wordset_init(struct wordset *list, const char *text)
{
	struct strbuf word = STRBUF_INIT(256), plain = STRBUF_INIT(512);
	*list = (struct wordset){0};
	for (const char *p = text ? text : ""; *p;) {
		size_t n = strcspn(p, ",");
		strbuf_reset(&word);
		strbuf_add(&word, p, n);
		words_normalise(word.s, &plain);
		if (plain.len) {
			list->words = xrealloc(
				list->words, (list->count + 1) * sizeof(*list->words));
			list->words[list->count++] = xstrdup(plain.s);
		}
		p += n + (p[n] == ',');
	}
	strbuf_done(&word);
	strbuf_done(&plain);
}

void
wordset_done(struct wordset *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->words[i]);
	free(list->words);
	*list = (struct wordset){0};
}

bool
wordset_has(const struct wordset *list, const char *normalised)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->words[i], normalised))
			return true;
	return false;
}
