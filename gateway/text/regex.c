#include "gateway/text/regex.h"

#include <errno.h>
#include <string.h>
#include <unicode/uregex.h>
#include <unicode/ustring.h>

#define LONGEST    4096
#define TIME_LIMIT 200 /* ICU's steps: some milliseconds */

static URegularExpression *
compile(const char *pattern, UParseError *where, UErrorCode *status)
{
	UChar wide[1024];
	int32_t n = 0;
	u_strFromUTF8(wide, ARRAY_LEN(wide), &n, pattern, -1, status);
	if (U_FAILURE(*status))
		return NULL;
	URegularExpression *re =
		uregex_open(wide, n, UREGEX_CASE_INSENSITIVE, where, status);
	if (U_FAILURE(*status)) {
		uregex_close(re);
		return NULL;
	}
	uregex_setTimeLimit(re, TIME_LIMIT, status);
	uregex_setStackLimit(re, 1 << 20, status);
	return re;
}

int
regex_check(const char *pattern, struct strbuf *err)
{
	UParseError where = {0};
	UErrorCode status = U_ZERO_ERROR;
	URegularExpression *re = compile(pattern, &where, &status);
	if (re) {
		uregex_close(re);
		return 0;
	}
	strbuf_set(err, "'%s' is not a pattern: %s at character %d", pattern,
		u_errorName(status), where.offset + 1);
	return -EINVAL;
}

static void
copy_group(URegularExpression *re, int32_t group, char ret[32])
{
	UChar wide[32];
	UErrorCode status = U_ZERO_ERROR;
	int32_t n = uregex_group(re, group, wide, ARRAY_LEN(wide), &status);
	int32_t bytes = 0;
	ret[0] = '\0';
	if (U_SUCCESS(status) && n < (int32_t)ARRAY_LEN(wide))
		u_strToUTF8(ret, 32, &bytes, wide, n, &status);
	if (U_FAILURE(status) || bytes >= 32)
		ret[0] = '\0';
}

static size_t
bytes_of(const UChar *wide, int32_t units)
{
	UErrorCode status = U_ZERO_ERROR;
	int32_t n = 0;
	u_strToUTF8(NULL, 0, &n, wide, units, &status);
	return (size_t)n;
}

bool
regex_find(const char *pattern, const char *subject, struct regex_groups *ret)
{
	UChar wide[LONGEST];
	UParseError where;
	UErrorCode status = U_ZERO_ERROR;
	int32_t n = 0;
	u_strFromUTF8(wide, LONGEST, &n, subject, -1, &status);
	if (U_FAILURE(status))
		return false;
	URegularExpression *re = compile(pattern, &where, &status);
	if (!re)
		return false;
	uregex_setText(re, wide, n, &status);
	bool found = uregex_findNext(re, &status) && U_SUCCESS(status);
	int32_t groups = uregex_groupCount(re, &status);
	for (int32_t i = 0; found && i < REGEX_GROUPS; i++) {
		ret->text[i][0] = '\0';
		if (i <= groups)
			copy_group(re, i, ret->text[i]);
	}
	if (found) {
		ret->start = bytes_of(wide, uregex_start(re, 0, &status));
		ret->end = bytes_of(wide, uregex_end(re, 0, &status));
	}
	uregex_close(re);
	return found;
}
