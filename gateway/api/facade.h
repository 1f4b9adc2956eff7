/* What the interfaces made after others' share: what was sent as it came, and who
 * asks. */
#ifndef MALGIL_API_FACADE_H
#define MALGIL_API_FACADE_H

#include "gateway/api/call.h"
#include "gateway/api/form.h"

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
