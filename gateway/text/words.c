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

void
words_normalise(const char *text, struct strbuf *out)
{
	UChar folded[LONGEST];
	int32_t n = fold(text, folded);
	bool gap = false;
	strbuf_reset(out);
	for (int32_t i = 0; i < n;) {
		UChar32 c;
		U16_NEXT(folded, i, n, c);
		if (!matters(c)) {
			gap = out->len > 0;
			continue;
		}
		if (gap)
			strbuf_putc(out, ' ');
		gap = false;
		strbuf_utf8(out, (uint32_t)c);
	}
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
