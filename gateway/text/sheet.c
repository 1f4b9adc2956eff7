#include "gateway/text/sheet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucurr.h>
#include <unicode/ustring.h>

#include "gateway/base/iso.h"
#include "gateway/text/words.h"

#define EXCEL_EPOCH INT64_C(-2209161600000) /* 1899-12-30, day 0 */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

void
sheet_plain(const char *cell, struct strbuf *out)
{
	strbuf_reset(out);
	size_t n = strlen(cell);
	while (n && strchr(" \t\r\n", *cell))
		cell++, n--;
	while (n && strchr(" \t\r\n", cell[n - 1]))
		n--;
	if (n > 3 && !strncmp(cell, "=\"", 2) && cell[n - 1] == '"')
		cell += 2, n -= 3;
	else if (n > 1 && *cell == '\'')
		cell++, n--;
	while (n && strchr(" \t", *cell))
		cell++, n--;
	strbuf_add(out, cell, n);
}

/* ---- amounts ---- */

int
sheet_currency_digits(const char *currency)
{
	UChar wide[4];
	UErrorCode status = U_ZERO_ERROR;
	if (strlen(currency) != 3)
		return 2;
	u_charsToUChars(currency, wide, 4);
	int digits = ucurr_getDefaultFractionDigits(wide, &status);
	return U_FAILURE(status) ? 2 : digits;
}

void
sheet_currency(const char *region, char ret[4])
{
	char locale[16];
	UChar wide[4];
	UErrorCode status = U_ZERO_ERROR;
	ret[0] = '\0';
	snprintf(locale, sizeof(locale), "und_%.2s", region);
	int32_t n = ucurr_forLocale(locale, wide, 4, &status);
	if (U_SUCCESS(status) && n == 3)
		u_UCharsToChars(wide, ret, 4);
}

void
sheet_amount_format(int64_t amount, int digits, char ret[32])
{
	int64_t unit = 1;
	for (int i = 0; i < digits; i++)
		unit *= 10;
	uint64_t size = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
	const char *sign = amount < 0 ? "-" : "";
	if (!digits)
		snprintf(ret, 32, "%s%llu", sign, (unsigned long long)size);
	else
		snprintf(ret, 32, "%s%llu.%0*llu", sign,
			(unsigned long long)(size / (uint64_t)unit), digits,
			(unsigned long long)(size % (uint64_t)unit));
}

/* Drops what surrounds the figures: signs of currencies, their words, blanks. Returns -1
 * when something else stands between them, else 1 for a negative amount, 0 otherwise. */
static int
bare_amount(const char *text, char ret[32])
{
	static const char *const dropped[] = {"₩", "￦", "원", "€", "$", "£", "¥", "円",
		"KRW", "USD", "EUR", "JPY", "GBP", " ", "\t", "\xC2\xA0"};
	size_t n = 0;
	bool negative = false;
	while (*text) {
		size_t skip = 0;
		for (size_t i = 0; i < ARRAY_LEN(dropped) && !skip; i++)
			if (!strncmp(text, dropped[i], strlen(dropped[i])))
				skip = strlen(dropped[i]);
		if (!skip && !n && strchr("-(", *text))
			negative = true, skip = 1;
		else if (!skip && *text == ')' && negative)
			skip = 1;
		if (!skip && (n == 31 || (!is_digit(*text) && !strchr(",.", *text))))
			return -1;
		if (!skip)
			ret[n++] = *text++;
		text += skip;
	}
	ret[n] = '\0';
	return negative;
}

/* Where the decimals begin: behind the last point or comma, unless it groups thousands.
 * One kind of sign with three figures behind every one of them groups; in a currency
 * with decimals a lone point does not. */
static const char *
decimals_at(const char *text, int digits)
{
	const char *last = strrchr(text, '.'), *comma = strrchr(text, ',');
	if (!last || (comma && comma > last))
		last = comma;
	if (!last)
		return NULL;
	bool one_kind = !strchr(text, *last == '.' ? ',' : '.');
	bool alone = strchr(text, *last) == last;
	if (one_kind && strlen(last + 1) == 3 && !(alone && *last == '.' && digits))
		return NULL;
	return one_kind && !alone ? NULL : last;
}

int
sheet_amount(const char *text, int digits, int64_t *ret)
{
	char bare[32];
	int negative = bare_amount(text, bare);
	if (negative < 0 || !strpbrk(bare, "0123456789"))
		return -EINVAL;
	const char *point = decimals_at(bare, digits);
	int64_t amount = 0;
	int places = 0;
	for (const char *p = bare; *p; p++) {
		if (!is_digit(*p))
			continue;
		bool behind = point && p > point;
		if (behind && places == digits && *p != '0')
			return -EINVAL; /* a fraction of the smallest unit */
		if (behind && places == digits)
			continue;
		places += behind;
		if (amount > INT64_C(100000000000000000))
			return -EINVAL;
		amount = amount * 10 + (*p - '0');
	}
	for (; places < digits; places++)
		amount *= 10;
	*ret = negative ? -amount : amount;
	return 0;
}

/* ---- days ---- */

struct reading {
	int64_t n[6];
	size_t width[6];
	size_t count;
	bool afternoon, morning;
};

/* The figures of a text and what is said of the half of the day. False when it holds
 * anything else. */
static bool
read_figures(const char *p, struct reading *ret)
{
	static const struct {
		const char *word;
		int half;
	} words[] = {{"오후", 2}, {"오전", 1}, {"PM", 2}, {"AM", 1}, {"pm", 2}, {"am", 1},
		{"년", 0}, {"월", 0}, {"일", 0}, {"시", 0}, {"분", 0}, {"초", 0}};
	*ret = (struct reading){.count = 0};
	while (*p) {
		size_t skip = strchr(" \t-./:,T", *p) ? 1 : 0;
		for (size_t i = 0; i < ARRAY_LEN(words) && !skip; i++) {
			if (strncmp(p, words[i].word, strlen(words[i].word)) != 0)
				continue;
			skip = strlen(words[i].word);
			ret->afternoon |= words[i].half == 2;
			ret->morning |= words[i].half == 1;
		}
		p += skip;
		if (skip)
			continue;
		size_t width = strspn(p, "0123456789");
		if (!width || width > 14 || ret->count == 6)
			return false;
		ret->n[ret->count] = strtoll(p, NULL, 10);
		ret->width[ret->count++] = width;
		p += width;
	}
	return ret->count > 0;
}

/* 20261121, 202611211405 and 20261121140500 are figures without anything between. */
static void
take_apart(struct reading *r)
{
	int64_t v = r->n[0];
	size_t width = r->width[0], rest = r->count - 1;
	size_t more = width == 8 ? 0 : width == 12 ? 2 : width == 14 ? 3 : 9;
	if (more == 9 || 3 + more + rest > 6)
		return;
	for (size_t i = rest; i > 0; i--)
		r->n[2 + more + i] = r->n[i];
	for (size_t i = 3 + more; i-- > 1;) {
		r->n[i] = v % 100;
		v /= 100;
	}
	r->n[0] = v;
	r->width[0] = 4;
	r->count = 3 + more + rest;
}

static void
swap(int64_t *a, int64_t *b)
{
	int64_t t = *a;
	*a = *b;
	*b = t;
}

static int
to_wall(struct reading *r, const char *region, int64_t *ret)
{
	char iso[ISO_MAX];
	bool local;
	take_apart(r);
	if (r->count < 3)
		return -EINVAL;
	if (r->width[0] <= 2 && r->width[2] == 4) { /* the year comes last */
		swap(&r->n[0], &r->n[2]);
		if (!strcmp(region, "US"))
			swap(&r->n[1], &r->n[2]);
	} else if (r->width[0] == 2) {
		r->n[0] += 2000;
	} else if (r->width[0] != 4) {
		return -EINVAL;
	}
	if (r->afternoon && r->n[3] < 12)
		r->n[3] += 12;
	else if (r->morning && r->n[3] == 12)
		r->n[3] = 0;
	for (size_t i = 0; i < 6; i++)
		if (r->n[i] > 9999)
			return -EINVAL;
	snprintf(iso, sizeof(iso), "%04d-%02d-%02dT%02d:%02d:%02d", (int)r->n[0],
		(int)r->n[1], (int)r->n[2], (int)r->n[3], (int)r->n[4], (int)r->n[5]);
	return iso_parse(iso, ret, &local);
}

/* A day's number in Excel, fraction included: 1982 to 2119. */
static bool
excel_day(const char *text, int64_t *ret)
{
	char *end;
	if (strspn(text, "0123456789.") != strlen(text))
		return false;
	double day = strtod(text, &end);
	if (*end || day < 30000 || day >= 80000)
		return false;
	*ret = EXCEL_EPOCH + (int64_t)(day * 86400 + 0.5) * SECOND;
	return true;
}

int
sheet_date(const char *text, const char *region, int64_t *ret_local, bool *ret_fixed)
{
	struct reading r;
	int64_t wall;
	bool local = false;
	if (!iso_parse(text, &wall, &local) && !local) {
		*ret_local = wall;
		*ret_fixed = true;
		return 0;
	}
	if (!excel_day(text, &wall) &&
		(!read_figures(text, &r) || to_wall(&r, region, &wall)))
		return -EINVAL;
	*ret_local = wall;
	*ret_fixed = false;
	return 0;
}

/* ---- telephone numbers ---- */

/* Korean numbers without their zero: 10-xxxx-xxxx, 2-xxx(x)-xxxx, 31..64, 70, 50x. */
static bool
lost_zero(const char *digits)
{
	size_t n = strlen(digits);
	if (strspn(digits, "0123456789") != n)
		return false;
	if (*digits == '1' && strchr("01679", digits[1]))
		return n == 9 || n == 10;
	if (*digits == '2')
		return n == 8 + (size_t)(digits[1] != '0') || n == 9;
	return strchr("34567", *digits) && (n == 9 || n == 10 || n == 11);
}

int
sheet_phone(const char *text, const char *region, struct strbuf *out, struct strbuf *err)
{
	sheet_plain(text, out);
	size_t n = out->len;
	if (n > 4 && strspn(out->s, "0123456789.,") < n && strpbrk(out->s, "eE") &&
		strspn(out->s, "0123456789.,eE+") == n) {
		strbuf_set(err,
			"'%.40s' is what a spreadsheet made of a telephone number: its "
			"last "
			"digits are lost; give that column the format Text and save "
			"again",
			out->s);
		return -EINVAL;
	}
	if (n > 2 && !strcmp(out->s + n - 2, ".0"))
		out->s[out->len -= 2] = '\0';
	if (!strcmp(region, "KR") && *out->s && strchr("1234567", *out->s) &&
		lost_zero(out->s)) {
		char *digits = xstrdup(out->s);
		strbuf_set(out, "0%s", digits);
		free(digits);
	}
	return 0;
}

/* ---- titles ---- */

void
sheet_title(const char *title, struct strbuf *out)
{
	words_normalise(title, out);
	size_t n = 0;
	for (size_t i = 0; i < out->len; i++)
		if (out->s[i] != ' ')
			out->s[n++] = out->s[i];
	if (out->cap)
		out->s[n] = '\0';
	out->len = n;
}

/* The place of a title in a list, 1 the best; 0 when it is not there. */
size_t
sheet_title_rank(const char *title, const char *list)
{
	struct strbuf one AUTO(strbuf_done) = STRBUF_INIT(256);
	struct strbuf plain AUTO(strbuf_done) = STRBUF_INIT(256);
	for (size_t rank = 1; *list; rank++) {
		size_t n = strcspn(list, ",");
		strbuf_reset(&one);
		strbuf_add(&one, list, n);
		sheet_title(one.s, &plain);
		if (!strcmp(plain.s, title))
			return rank;
		list += n + (list[n] == ',');
	}
	return 0;
}

/* ---- the file ---- */

char
sheet_separator(const char *text, size_t len)
{
	static const char signs[] = ",;\t";
	size_t counts[3] = {0};
	bool quoted = false;
	for (size_t i = 0; i < len && (quoted || (text[i] != '\n' && text[i] != '\r'));
		i++) {
		const char *sign = text[i] ? strchr(signs, text[i]) : NULL;
		quoted ^= text[i] == '"';
		if (!quoted && sign)
			counts[sign - signs]++;
	}
	size_t best = 0;
	for (size_t i = 1; i < 3; i++)
		if (counts[i] > counts[best])
			best = i;
	return signs[best];
}
