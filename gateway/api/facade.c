#include "gateway/api/facade.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
facade_query(const struct request *rq)
{
	const char *mark = strchr(((const struct call *)rq)->target, '?');
	return mark ? mark + 1 : "";
}

void
facade_part(const struct request *rq, int n, char *ret, size_t size)
{
	const char *p = ((const struct call *)rq)->path;
	for (p += *p == '/'; n > 0 && *p; n--) {
		p += strcspn(p, "/");
		p += *p == '/';
	}
	snprintf(ret, size, "%.*s", (int)MIN(strcspn(p, "/"), size - 1), p);
}

const char *
facade_header(const struct request *rq, const char *name)
{
	return call_header((const struct call *)rq, name);
}

bool
facade_basic(const struct request *rq, char **ret_user, char **ret_password)
{
	const struct call *call = (const struct call *)rq;
	*ret_password = NULL;
	*ret_user = MHD_basic_auth_get_username_password(call->connection, ret_password);
	if (*ret_user && *ret_password)
		return true;
	free(*ret_user);
	free(*ret_password);
	*ret_user = *ret_password = NULL;
	return false;
}

void
facade_add_header(struct request *rq, const char *name, const char *value)
{
	struct call *call = (struct call *)rq;
	if (call->response)
		MHD_add_response_header(call->response, name, value);
}
