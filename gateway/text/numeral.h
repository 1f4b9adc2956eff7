/* Numbers as people text them: "3", "３", "1번이요", "4점 정도요", "3만원", "3만 5천원",
 * "삼만원", "1,200", "2.5", "세 개", "둘", "열두 명", "첫번째", "three", "twenty five",
 * "2nd". Takes the text as it was written. Pure. */
#ifndef MALGIL_TEXT_NUMERAL_H
#define MALGIL_TEXT_NUMERAL_H

#include "gateway/base/strbuf.h"

struct numeral {
	double value;
	bool ten_thousands; /* 만 or 원 was written: 3만원 may answer "how many 만원?" */
};

/* The whole text is one number, give or take its unit and politeness. */
bool numeral_read(const char *text, struct numeral *ret);
/* Exactly one number stands in a text of at most five words ("음 4점 드릴게요"). Words of
 * one syllable (일, 이) count only in numeral_read(). */
bool numeral_find(const char *text, struct numeral *ret);

#endif
