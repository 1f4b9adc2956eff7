/* A connection's patience. libmicrohttpd gives up on one that is silent; a client that
 * sends a byte now and then would keep its place for ever. So each part of a request has
 * to come within a time that depends on its size alone. */
#ifndef MALGIL_API_LINE_H
#define MALGIL_API_LINE_H

#include <microhttpd.h>

#include "gateway/base/loop.h"

struct line {
	struct loop_timer timer;
	int fd;
	bool plain;    /* no TLS: a sentence can be said before it is cut */
	bool asking;   /* a request is half here */
	size_t bytes;  /* of the body so far */
	int64_t begun; /* mono */
};

void line_opened(
	struct MHD_Connection *connection, struct loop *loop, bool plain, void **state);
void line_closed(void **state);
struct line *line_of(struct MHD_Connection *connection);

void line_head(struct line *line);               /* the head is complete */
void line_body(struct line *line, size_t len);   /* a piece of the body came */
void line_quiet(struct line *line);              /* it is our turn */
void line_answer(struct line *line, size_t len); /* it is to take that much */
void line_done(struct line *line);               /* the next request may come */

#endif
