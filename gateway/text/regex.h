/* ICU regular expressions over UTF-8, bounded in time. Pure. */
#ifndef MALGIL_TEXT_REGEX_H
#define MALGIL_TEXT_REGEX_H

#include "gateway/base/strbuf.h"

#define REGEX_GROUPS 6

struct regex_groups {
	char text[REGEX_GROUPS]
		 [32];     /* group 0 is the whole; absent or over-long ones are "" */
	size_t start, end; /* of the whole, in bytes of the subject */
};

/* 0, or -EINVAL with a sentence that says where the pattern is wrong. */
int regex_check(const char *pattern, struct strbuf *err) MUST_USE;
/* The first match in `subject` (up to 4 KB). A pattern that takes too long does not
 * match. */
bool regex_find(const char *pattern, const char *subject, struct regex_groups *ret);

#endif
