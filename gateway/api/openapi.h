/* What each route takes and answers, in tables beside the routes, and the OpenAPI 3.1
 * document made from both. The tests ask every route and hold what it answers against
 * these rows: a route without one, or an answer with a member that is not here, fails
 * them.
 *
 * A shape is one line: "id:id reason:text? parts:int tags:[text] gates:[@Gate]
 * key:text~". Types are id (digits, as a text), text, int, num, bool, time (ISO 8601),
 * any, object, @Shape, a list [T], and text(a|b|c) with its values; "?" may be null, "~"
 * may be left out. A route takes or answers one of several where | stands between them.
 */
#ifndef MALGIL_API_OPENAPI_H
#define MALGIL_API_OPENAPI_H

#include "gateway/api/routes.h"

struct shape {
	const char *name; /* NULL ends the table */
	const char *is;
	const char *also; /* another shape whose members it has too, NULL none */
};
extern const struct shape shapes[];

struct route_doc {
	const char *method, *pattern; /* as in `routes`; NULL ends the table */
	const char *takes; /* "@Shape", "[@Shape]", "file", "any", NULL nothing */
	const char
		*answers; /* "202:@Accepted 200:@Accepted", or "200:" and a media type */
};
extern const struct route_doc route_docs[];

/* Appends the document. `server` is where it is reached, NULL unknown. */
void openapi_write(struct strbuf *out, const struct route *routes, const char *server);

#endif
