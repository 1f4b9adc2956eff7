/* Which handler answers what: one const table, and the matching of a path against it.
 * Pure.
 *
 * The tests walk the same rows. */
#ifndef MALGIL_API_ROUTES_H
#define MALGIL_API_ROUTES_H

#include "gateway/base/strbuf.h"

#define ROUTE_PARAM_MAX 128

/* Who may ask; each includes the ones before. */
enum role { ROLE_NONE, ROLE_READ, ROLE_APP, ROLE_AGENT, ROLE_OWNER };

struct request;

enum route_flags {
	ROUTE_RAW = 1, /* any query and any type of body: the handler reads them itself */
	ROUTE_STREAM = 4, /* the body is handed over piece by piece, whatever its type */
	ROUTE_QUIET = 2,  /* not in the audit log: too many, or nothing is changed */
};

struct route {
	const char *method;
	const char *pattern; /* "/v1/messages/{id}/cancel": at most one {part} */
	enum role role;      /* ROLE_NONE: open to anybody */
	void (*handle)(struct request *rq);
	const char *query; /* names of query parameters it knows, with blanks between */
	size_t body_max;   /* bytes; 0: takes no body */
	const char *summary;
	unsigned flags;
};

extern const struct route routes[]; /* ends with a NULL method */

enum route_found { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD };

/* HEAD is answered as GET. `ret_param` receives what stood at {part}. On ROUTE_NO_METHOD
 * `ret_allow` lists the methods the path has, as the Allow header wants them. */
enum route_found route_match(const struct route *table, const char *method,
	const char *path, const struct route **ret_route, char ret_param[ROUTE_PARAM_MAX],
	struct strbuf *ret_allow);

/* Is `name` one of the words of `list`? When not, `ret_near` is the nearest, copied, or
 * "". */
bool route_knows_query(const char *list, const char *name, char ret_near[64]);

#endif
