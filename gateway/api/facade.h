/* What the interfaces made after others' share: reading forms, and who asks. */
#ifndef MALGIL_API_FACADE_H
#define MALGIL_API_FACADE_H

#include "gateway/api/call.h"

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

/* The query of a request as it came, "" none. */
const char *facade_query(const struct request *rq);
/* The n-th part (from 0) of the decoded path, without its slashes. */
void facade_part(const struct request *rq, int n, char *ret, size_t size);
const char *facade_header(const struct request *rq, const char *name);
/* User and password of HTTP Basic, both to free(); false when there are none. */
bool facade_basic(const struct request *rq, char **ret_user, char **ret_password);
/* Adds a header to the answer that was just given. */
void facade_add_header(struct request *rq, const char *name, const char *value);

#endif
