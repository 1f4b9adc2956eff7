#include "gateway/text/charset.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>

#define LOOK   (64u * 1024) /* bytes that are enough to guess from */
#define PIECES 4096

/* ---- guessing ---- */

static bool
begins(const void *data, size_t len, const char *mark, size_t n)
{
	return len >= n && !memcmp(data, mark, n);
}

/* Converts without keeping: true when every byte has a meaning there. A character cut by
 * the end of what is looked at does not count against it. */
static bool
reads_as(const char *charset, const char *p, size_t len)
{
	UErrorCode status = U_ZERO_ERROR;
	UConverter *cv = ucnv_open(charset, &status);
	if (U_FAILURE(status))
		return false;
	ucnv_setToUCallBack(cv, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &status);
	UChar room[PIECES];
	const char *end = p + len;
	do {
		UChar *to = room;
		status = U_ZERO_ERROR;
		ucnv_toUnicode(cv, &to, room + PIECES, &p, end, NULL, 0, &status);
	} while (status == U_BUFFER_OVERFLOW_ERROR);
	ucnv_close(cv);
	return U_SUCCESS(status);
}

/* Zero bytes: on the odd side of ASCII text in little endian. NULL when there are none.
 */
static const char *
wide(const unsigned char *p, size_t len)
{
	size_t zeros[2] = {0, 0};
	for (size_t i = 0; i < len; i++)
		zeros[i & 1] += !p[i];
	if (zeros[0] + zeros[1] < len / 16 + 1)
		return NULL;
	return zeros[1] >= zeros[0] ? "UTF-16LE" : "UTF-16BE";
}

static const char *
detect(const char *p, size_t len)
{
	static const char *const known[] = {"windows-949", "EUC-KR", "Shift_JIS",
		"EUC-JP", "GB18030", "Big5", "windows-1252", "ISO-8859-1", "windows-1250",
		"windows-1251", "ISO-8859-2", "KOI8-R", "windows-1254", "ISO-8859-9"};
	UErrorCode status = U_ZERO_ERROR;
	const char *found = NULL;
	UCharsetDetector *detector = ucsdet_open(&status);
	ucsdet_setText(detector, p, (int32_t)len, &status);
	const UCharsetMatch *match = ucsdet_detect(detector, &status);
	const char *name = match ? ucsdet_getName(match, &status) : NULL;
	for (size_t i = 0; name && U_SUCCESS(status) && i < ARRAY_LEN(known); i++)
		if (!strcasecmp(name, known[i]))
			found = known[i];
	ucsdet_close(detector);
	return found;
}

const char *
charset_guess(const void *data, size_t len, const char *region)
{
	const char *p = data;
	size_t look = MIN(len, LOOK);
	if (begins(data, len, "\xEF\xBB\xBF", 3))
		return "UTF-8";
	if (begins(data, len, "\xFF\xFE", 2))
		return "UTF-16LE";
	if (begins(data, len, "\xFE\xFF", 2))
		return "UTF-16BE";
	const char *utf16 = wide(data, look);
	if (utf16)
		return utf16;
	if (reads_as("UTF-8", p, len))
		return "UTF-8";
	if (!strcmp(region, "KR") && reads_as("windows-949", p, look))
		return "windows-949";
	return detect(p, look);
}

/* ---- converting ---- */

/* The line a byte stands in; line ends are found by their octet in every charset that can
 * come here, UTF-16 included. */
static unsigned
line_of(const char *from, const char *at)
{
	unsigned line = 1;
	for (; from < at; from++)
		line += *from == '\n';
	return line;
}

static void
put_wide(const UChar *p, const UChar *end, UChar *high, struct strbuf *out)
{
	for (; p < end; p++) {
		if (U16_IS_LEAD(*p))
			*high = *p;
		else if (U16_IS_TRAIL(*p) && *high)
			strbuf_utf8(out, (uint32_t)U16_GET_SUPPLEMENTARY(*high, *p));
		else
			strbuf_utf8(out, *p);
		if (!U16_IS_LEAD(*p))
			*high = 0;
	}
}

int
charset_to_utf8(const char *charset, const void *data, size_t len, struct strbuf *out,
	struct strbuf *err)
{
	UErrorCode status = U_ZERO_ERROR;
	UConverter *cv = ucnv_open(charset, &status);
	if (U_FAILURE(status)) {
		strbuf_set(err, "there is no charset '%.40s'", charset);
		return -EINVAL;
	}
	ucnv_setToUCallBack(cv, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &status);
	const char *p = data, *end = p + len;
	UChar room[PIECES] = {0}, high = 0;
	size_t start = out->len;
	do {
		UChar *to = room;
		status = U_ZERO_ERROR;
		ucnv_toUnicode(cv, &to, room + PIECES, &p, end, NULL, 1, &status);
		put_wide(room, to, &high, out);
	} while (status == U_BUFFER_OVERFLOW_ERROR);
	ucnv_close(cv);
	if (U_FAILURE(status)) {
		strbuf_set(
			err, "line %u cannot be read as %s", line_of(data, p), charset);
		return -EINVAL;
	}
	if (!strncmp(out->s + start, "\xEF\xBB\xBF", 3)) {
		memmove(out->s + start, out->s + start + 3, out->len - start - 2);
		out->len -= 3;
	}
	return 0;
}
