#include "gateway/text/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include "gateway/text/zone.h"

static bool
korean(const char *lang)
{
	return lang && !strncmp(lang, "ko", 2);
}

void
format_won(double amount, const char *lang, struct strbuf *out)
{
	char digits[40];
	snprintf(digits, sizeof(digits), "%.0f", fabs(amount));
	size_t n = strlen(digits);
	if (amount <= -0.5)
		strbuf_putc(out, '-');
	for (size_t i = 0; i < n; i++) {
		strbuf_putc(out, digits[i]);
		if ((n - i) % 3 == 1 && i + 1 < n)
			strbuf_putc(out, ',');
	}
	strbuf_puts(out, korean(lang) ? "원" : " won");
}

static struct tm
local(int64_t wall, const char *zone)
{
	struct tm tm = {0};
	time_t t = (time_t)((wall + zone_offset(zone, wall)) / 1000);
	gmtime_r(&t, &tm);
	return tm;
}

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
	"Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char *const korean_days[] = {"일", "월", "화", "수", "목", "금", "토"};

void
format_date(int64_t wall, const char *zone, const char *lang, struct strbuf *out)
{
	struct tm tm = local(wall, zone);
	if (korean(lang))
		strbuf_printf(out, "%d년 %d월 %d일", tm.tm_year + 1900, tm.tm_mon + 1,
			tm.tm_mday);
	else
		strbuf_printf(out, "%d %s %d", tm.tm_mday, months[tm.tm_mon],
			tm.tm_year + 1900);
}

void
format_day(int64_t wall, const char *zone, const char *lang, struct strbuf *out)
{
	struct tm tm = local(wall, zone);
	if (korean(lang))
		strbuf_printf(out, "%d월 %d일(%s)", tm.tm_mon + 1, tm.tm_mday,
			korean_days[tm.tm_wday]);
	else
		strbuf_printf(
			out, "%s %d %s", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon]);
}

void
format_time(int64_t wall, const char *zone, const char *lang, struct strbuf *out)
{
	struct tm tm = local(wall, zone);
	int hour = tm.tm_hour % 12 ? tm.tm_hour % 12 : 12;
	if (korean(lang))
		strbuf_printf(out, "%s %d:%02d", tm.tm_hour < 12 ? "오전" : "오후", hour,
			tm.tm_min);
	else
		strbuf_printf(out, "%d:%02d %s", hour, tm.tm_min,
			tm.tm_hour < 12 ? "am" : "pm");
}

/* Byte offset after `count` characters, or of the end; *ret_more when text remains. */
static size_t
after(UBreakIterator *it, unsigned count, size_t len, bool *ret_more)
{
	int32_t at = ubrk_first(it);
	while (count-- && at != UBRK_DONE)
		at = ubrk_next(it);
	*ret_more = at != UBRK_DONE && (size_t)at < len;
	return at == UBRK_DONE ? len : (size_t)at;
}

void
format_cut(const char *text, unsigned max, struct strbuf *out)
{
	UErrorCode status = U_ZERO_ERROR;
	size_t len = strlen(text);
	bool more, unused;
	UText *u = utext_openUTF8(NULL, text, (int64_t)len, &status);
	UBreakIterator *it = ubrk_open(UBRK_CHARACTER, "", NULL, 0, &status);
	ubrk_setUText(it, u, &status);
	if (U_SUCCESS(status)) {
		size_t n = after(it, max, len, &more);
		if (more && max >= 4)
			n = after(it, max - 2, len, &unused);
		while (more && n && text[n - 1] == ' ')
			n--;
		strbuf_add(out, text, n);
		strbuf_puts(out, more && max >= 4 ? ".." : "");
	}
	ubrk_close(it);
	utext_close(u);
}
