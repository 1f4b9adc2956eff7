/* application/x-www-form-urlencoded, read strictly: a form, or a query. Pure. */
#ifndef MALGIL_API_FORM_H
#define MALGIL_API_FORM_H

#include "gateway/base/strbuf.h"

#define FORM_FIELDS 64

/* A form or a query, decoded; the first of each name counts. */
struct form {
	struct strbuf room; /* all names and values, each with its NUL */
	struct {
		size_t name, value;
	} fields[FORM_FIELDS];
	size_t count;
};
/* 0, or -EINVAL with a sentence: too many fields, a zero byte, not UTF-8. form_done() in
 * either case. */
int
form_read(const char *text, size_t len, struct form *ret, struct strbuf *err) MUST_USE;
void form_done(struct form *form);
/* NULL when it is not there; borrowed. */
const char *form_get(const struct form *form, const char *name);

#endif
