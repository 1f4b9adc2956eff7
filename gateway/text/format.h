/* Money, dates and short forms as a customer reads them, in Korean ("ko") or English
 * (every other language for now). Pure. */
#ifndef MALGIL_TEXT_FORMAT_H
#define MALGIL_TEXT_FORMAT_H

#include "gateway/base/strbuf.h"

void format_won(
	double amount, const char *lang, struct strbuf *out); /* 39,000원 / 39,000 won */
/* 2026년 11월 21일 / 21 Nov 2026 */
void format_date(int64_t wall, const char *zone, const char *lang, struct strbuf *out);
/* 11월 21일(토) / Sat 21 Nov */
void format_day(int64_t wall, const char *zone, const char *lang, struct strbuf *out);
/* 오후 3:30 / 3:30 pm */
void format_time(int64_t wall, const char *zone, const char *lang, struct strbuf *out);
/* At most `max` characters as people count them; ".." ends what was cut (from 4 on). */
void format_cut(const char *text, unsigned max, struct strbuf *out);

#endif
