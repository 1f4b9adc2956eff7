/* An HTTP request as it came, for whoever must read its bytes: a driver that checks a
 * provider's signature over them (driver.h, webhook). Nothing in it has been interpreted
 * beyond HTTP itself; all of it is the sender's word. Borrowed for the call. */
#ifndef MALGIL_CORE_RAW_H
#define MALGIL_CORE_RAW_H

#include "gateway/base/strbuf.h"

struct raw_field {
	const char *name, *value;
};

struct raw_request {
	const char *method; /* "POST" or "GET" */
	/* The whole address as its sender knows it: api.public of the configuration, or
	 * what Host says, and the target. */
	const char *url;
	const char *target; /* path and query as they came, escapes and all */
	const char *path;   /* decoded, without the query */
	const char *rest;   /* what follows /hooks/CHANNEL: "" or "/status" */
	const char *query;  /* behind the '?' as it came; "" none */
	const char *peer;   /* the address it came from, "" the unix socket */
	const struct raw_field *headers;
	size_t header_count;
	const char *body; /* followed by a NUL that `len` does not count */
	size_t len;
};

/* What is answered once the tick is committed. */
struct raw_response {
	int status;       /* 200 unless changed */
	const char *type; /* "text/plain; charset=utf-8" unless changed; static */
	struct strbuf body;
};

/* The first header of that name, whatever its case; NULL when there is none. */
const char *raw_header(const struct raw_request *rq, const char *name);

/* A field of "a=1&b=2%20c" (a query, or a body of the type
 * application/x-www-form-urlencoded), decoded and appended to `ret`. False when it is not
 * there. The bytes may be anything: zeros and bad UTF-8 included. */
bool raw_form_field(const char *form, size_t len, const char *name, struct strbuf *ret);
/* The next field, name and value decoded into fresh buffers; `*at` starts at 0. */
bool raw_form_next(const char *form, size_t len, size_t *at, struct strbuf *ret_name,
	struct strbuf *ret_value);

#endif
