/* Days and times of day as people text them, Korean and English: "내일", "다음 주
 * 화요일", "11/21", "3월 5일", "1121", "next tuesday", "Nov 21st", "3일 뒤"; "오후 3시
 * 반", "15:30", "half past 3", "정오". Takes the text as it was written. Pure. */
#ifndef MALGIL_TEXT_DATE_H
#define MALGIL_TEXT_DATE_H

#include "gateway/base/strbuf.h"

struct date_env {
	int64_t now;
	const char *zone;
	bool day_first; /* 3/4 is the third of April */
	bool korean;    /* 26.3.5 is 2026-03-05 */
	bool past;      /* birthdays: a date without a year is the last such day */
};

/* "2026-11-21" into `ret`. A date without a year is the next such day, today included; a
 * bare weekday is never today; 이번 주, 다음 주 count from Monday. Days that do not exist
 * are refused. */
bool date_read(const char *text, const struct date_env *env, char ret[16]);

/* Minutes after midnight. Without 오전 or 오후, 1 to 6 o'clock is in the
 * afternoon, as shops are open. `from` and `to` (minutes, to may be 1440) bound the
 * answer and choose between the two readings. */
bool time_read(const char *text, int from, int to, int *ret_minutes);

#endif
