#include "gateway/text/regex.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
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

/* ---- the ones in use ---- */

/* Compiling costs a hundred times what matching does, and the program knows a few dozen
 * patterns. Whoever finds the shelf taken by another thread compiles one of their own. */
#define KEPT 48
static pthread_mutex_t shelf = PTHREAD_MUTEX_INITIALIZER;
static struct kept {
	char *pattern;
	URegularExpression *re;
} kept[KEPT];

static URegularExpression *
keep(const char *pattern, UErrorCode *status)
{
	static size_t oldest;
	UParseError where;
	URegularExpression *re = compile(pattern, &where, status);
	if (!re)
		return NULL;
	struct kept *k = &kept[oldest++ % KEPT];
	free(k->pattern);
	if (k->re)
		uregex_close(k->re);
	*k = (struct kept){xstrdup(pattern), re};
	return re;
}

static URegularExpression *
take(const char *pattern, bool *ret_shared, UErrorCode *status)
{
	UParseError where;
	*ret_shared = pthread_mutex_trylock(&shelf) == 0;
	for (size_t i = 0; *ret_shared && i < KEPT && kept[i].pattern; i++)
		if (!strcmp(kept[i].pattern, pattern))
			return kept[i].re;
	return *ret_shared ? keep(pattern, status) : compile(pattern, &where, status);
}

static void
give_back(URegularExpression *re, bool shared)
{
	UErrorCode status = U_ZERO_ERROR;
	static const UChar nothing[1] = {0};
	if (!shared) {
		if (re)
			uregex_close(re);
		return;
	}
	if (re)
		uregex_setText(re, nothing, 0, &status);
	pthread_mutex_unlock(&shelf);
}

bool
regex_find(const char *pattern, const char *subject, struct regex_groups *ret)
{
	UChar wide[LONGEST];
	bool shared;
	UErrorCode status = U_ZERO_ERROR;
	int32_t n = 0;
	u_strFromUTF8(wide, LONGEST, &n, subject, -1, &status);
	if (U_FAILURE(status))
		return false;
	URegularExpression *re = take(pattern, &shared, &status);
	if (!re) {
		give_back(NULL, shared);
		return false;
	}
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
	give_back(re, shared);
	return found;
}
